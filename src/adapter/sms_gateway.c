/* sms_gateway.c: see sms_gateway.h; one gateway, one row. What is known of Twilio is from its published description (Messages resource, error codes, message
 * status), not from talking to it. Pure; any thread.
 */
#include "adapter/sms_gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Kannel ---- */

/* 202 with "0: Accepted for delivery" or "3: Queued for later delivery". An answer of 2xx in other words is not Kannel's. */
static void judge_kannel(const struct hl_answer *a, struct hl_fate_of *out)
{
	hl_judge_http(a, out);
	if (out->fate == HL_FATE_GONE)
		out->fate = HL_FATE_DEAD; /* a gateway is shared by all numbers: one answer does not close it */
	if (out->fate != HL_FATE_DONE)
		return;
	if (a->body && a->body_n >= 2 && (!memcmp(a->body, "0:", 2) || !memcmp(a->body, "3:", 2)))
		hl_fate_set(out, HL_FATE_DONE, -1, "HTTP %d %s", a->status, a->text);
	else
		hl_fate_set(out, HL_FATE_DEAD, -1, "HTTP %d, but not in the gateway's words: %s", a->status, a->text);
}

static const struct hl_sms_param kannel_params[] = {
	{ "username", "user" }, { "password", "password" }, { "from", "from" },     { "to", "to" },          { "charset", "=UTF-8" },
	{ "coding", "coding" }, { "text", "text" },         { "dlr-mask", "mask" }, { "dlr-url", "report" }, { NULL, NULL },
};

static const struct hl_sms_report kannel_reports[] = {
	{ "1", "delivered", "delivered to the phone" },
	{ "2", "failed", "not delivered to the phone" },
	{ "4", "accepted", "kept by the SMS centre until the phone can be reached" },
	{ "8", "accepted", "taken by the SMS centre" },
	{ "16", "failed", "refused by the SMS centre" },
	{ "34", "failed", "not delivered in the time it was kept" },
	{ "66", "failed", "the SMS centre does not know what became of it" },
	{ NULL, NULL, NULL },
};

/* ---- Twilio ---- */

/* Faults that pass: the account or the sender's number has too much to do just now. */
static bool passes(const char *code)
{
	static const char *const codes[] = { "14107", "20429", "20500", "20503", "21611", NULL };
	for (size_t i = 0; codes[i]; i++)
		if (!strcmp(codes[i], code))
			return true;
	return false;
}

static void judge_twilio_fault(const struct hl_answer *a, struct hl_fate_of *out)
{
	char code[16], message[HL_TEXT_LONG];
	if (!a->body || !hl_sms_json_member(a->body, a->body_n, "code", code, sizeof code))
		return;
	hl_sms_json_member(a->body, a->body_n, "message", message, sizeof message);
	if (out->fate == HL_FATE_DEAD && passes(code))
		out->fate = HL_FATE_LATER;
	hl_fate_set(out, out->fate, out->wait_ms, "HTTP %d, code %s: %s", a->status, code, message);
}

/* 201 with the new message as JSON: its sid, its status, and an error code where it has failed at once. */
static void judge_twilio(const struct hl_answer *a, struct hl_fate_of *out)
{
	char sid[64], status[32], code[16];
	hl_judge_http(a, out);
	if (out->fate == HL_FATE_GONE)
		out->fate = HL_FATE_DEAD;
	if (out->fate != HL_FATE_DONE) {
		judge_twilio_fault(a, out);
		return;
	}
	if (!a->body || !hl_sms_json_member(a->body, a->body_n, "sid", sid, sizeof sid)) {
		hl_fate_set(out, HL_FATE_DEAD, -1, "HTTP %d, but not in the gateway's words: %s", a->status, a->text);
		return;
	}
	hl_sms_json_member(a->body, a->body_n, "status", status, sizeof status);
	bool coded = hl_sms_json_member(a->body, a->body_n, "error_code", code, sizeof code);
	const struct hl_sms_report *r = hl_sms_report_find(status);
	bool failed = r && !strcmp(r->meaning, "failed");
	hl_fate_set(out, failed ? HL_FATE_DEAD : HL_FATE_DONE, -1, "HTTP %d %s %s%s%s", a->status, status, sid, coded ? ", code " : "", coded ? code : "");
}

static const struct hl_sms_param twilio_params[] = {
	{ "To", "to" },     { "From", "from" },          { "MessagingServiceSid", "service" },
	{ "Body", "text" }, { "ValidityPeriod", "keep" }, { "StatusCallback", "report" },
	{ NULL, NULL },
};

static const struct hl_sms_report twilio_reports[] = {
	{ "accepted", "accepted", "taken by the gateway" },
	{ "scheduled", "accepted", "taken by the gateway, for later" },
	{ "queued", "accepted", "waits at the gateway" },
	{ "sending", "accepted", "on its way to the carrier" },
	{ "sent", "accepted", "taken by the carrier" },
	{ "partially_delivered", "accepted", "delivered in part" },
	{ "delivered", "delivered", "delivered to the phone" },
	{ "read", "delivered", "read" },
	{ "undelivered", "failed", "not delivered by the carrier" },
	{ "failed", "failed", "the gateway could not send it" },
	{ "canceled", "failed", "cancelled at the gateway" },
	{ NULL, NULL, NULL },
};

static const struct hl_sms_gateway gateways[] = {
	{ .name = "kannel", .param = kannel_params, .report = "&status=%d&detail=%A", .reports = kannel_reports, .judge = judge_kannel },
	{ .name = "twilio", .url = "https://api.twilio.com/2010-04-01/Accounts/{user}/Messages.json", .post = true, .international = true, .sender = true,
	  .marked = true, .param = twilio_params, .report = "", .reports = twilio_reports, .judge = judge_twilio },
};
enum { GATEWAYS = sizeof gateways / sizeof gateways[0] };

const struct hl_sms_gateway *hl_sms_gateway_find(const char *name)
{
	for (size_t i = 0; name && i < GATEWAYS; i++)
		if (!strcmp(gateways[i].name, name))
			return &gateways[i];
	return NULL;
}

void hl_sms_gateway_names(char *dst, size_t size)
{
	size_t n = 0;
	dst[0] = 0;
	for (size_t i = 0; i < GATEWAYS && n < size; i++)
		n += (size_t)snprintf(dst + n, size - n, "%s%s", !i ? "" : i + 1 < GATEWAYS ? ", " : " or ", gateways[i].name);
}

const struct hl_sms_report *hl_sms_report_find(const char *word)
{
	for (size_t i = 0; i < GATEWAYS; i++)
		for (const struct hl_sms_report *r = gateways[i].reports; r->word; r++)
			if (!strcmp(r->word, word))
				return r;
	return NULL;
}
