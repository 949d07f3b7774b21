/* delivery_report.c: see delivery_report.h. Words of gateways are the adapters' (struct hl_adapter, report); what a report does to a delivery is the store's. */
#include "engine/delivery_report.h"
#include "adapter/adapter.h"
#include "base/text.h"
#include "engine/follow.h"

#include <stdio.h>
#include <string.h>

/* The delivery of exactly this id, without its body. */
static enum hl_code find(struct hl_store *store, const char *id, struct hl_delivery *out, struct hl_err *err)
{
	struct hl_delivery *list;
	size_t n;
	enum hl_code rc = store->ops->outbox_list(store, &(struct hl_outbox_filter){ .id = id, .limit = 1 }, &list, &n, err);
	if (rc)
		return rc;
	bool found = n == 1 && !strcmp(list[0].id, id);
	if (found) {
		*out = list[0];
		out->body = NULL;
		out->body_n = 0;
	}
	hl_deliveries_free(list, n);
	return found ? HL_OK : hl_err_set(err, HL_E_NOTFOUND, "no delivery %.40s: a report names the whole id", id);
}

static enum hl_code understand(const struct hl_delivery *d, const char *status, struct hl_sms_report *out, struct hl_err *err)
{
	const struct hl_adapter *a = hl_adapter_find(d->channel);
	if (!a || !a->report)
		return hl_err_set(err, HL_E_USAGE, "delivery %s went out by %s, which has no delivery reports", d->id, d->channel);
	const struct hl_sms_report *r = a->report(status);
	if (!r)
		return hl_err_set(err, HL_E_USAGE, "unknown status '%.40s', expected accepted, delivered, failed or a word of the gateway", status);
	*out = *r;
	return HL_OK;
}

/* "reported failed by the gateway: not delivered to the phone (2: NACK/…)" */
static void describe(const struct hl_sms_report *r, const char *detail, char *dst, size_t size)
{
	struct hl_buf clean = HL_BUF(4 * HL_REPORT_DETAIL_MAX);
	hl_text_clean(detail, strlen(detail), &clean);
	const char *s = hl_buf_text(&clean);
	size_t n = clean.len;
	hl_text_trim(&s, &n);
	snprintf(dst, size, "%s (%s%s%.*s)", r->text, r->word, n ? ": " : "", (int)n, s);
	hl_buf_fini(&clean);
}

enum hl_code hl_report_take(struct hl_store *store, const struct hl_report_in *in, int64_t now_ms, struct hl_report_out *out, struct hl_err *err)
{
	struct hl_delivery d = { 0 };
	struct hl_sms_report r = { 0 };
	char said[2 * HL_REPORT_DETAIL_MAX], text[HL_TEXT_LONG];
	const char *detail = in->detail ? in->detail : "";
	*out = (struct hl_report_out){ 0 };
	if (strlen(detail) > HL_REPORT_DETAIL_MAX)
		return hl_err_set(err, HL_E_LIMIT, "a detail of %zu bytes, at most %d", strlen(detail), HL_REPORT_DETAIL_MAX);
	enum hl_code rc = find(store, in->delivery, &d, err);
	if (!rc)
		rc = understand(&d, in->status, &r, err);
	if (rc)
		return rc;
	out->report = (enum hl_report)hl_report_find(r.meaning);
	out->before = d.state;
	hl_copy(out->receiver, sizeof out->receiver, d.receiver);
	hl_copy(out->channel, sizeof out->channel, d.channel);
	describe(&r, detail, said, sizeof said);
	hl_copy(text, sizeof text, said);
	rc = store->ops->report(store, d.id, out->report, now_ms, text, &out->changed, err);
	if (!rc)
		rc = find(store, d.id, &d, err);
	out->now = d.state;
	if (!rc && out->changed && out->now == HL_DL_DEAD)
		rc = hl_follow_dead(store, d.id, now_ms, err);
	return rc;
}

void hl_report_json(const struct hl_delivery *d, struct hl_json *j)
{
	if (d->report == HL_REPORT_NONE) {
		hl_json_str(j, "report", NULL);
		return;
	}
	hl_json_open_key(j, "report", '{');
	hl_json_str(j, "state", hl_report_name(d->report));
	hl_json_time(j, "time", d->report_ms);
	hl_json_str(j, "text", d->report_text);
	hl_json_close(j);
}
