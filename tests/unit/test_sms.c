/* test_sms.c: what a short message says, that it fits one segment whatever comes from outside, what is never cut, the request to Kannel and its answers. */
#include "unit.h"

#include <stdio.h>

#include "adapter/gsm7.h"
#include "adapter/sms_gateway.h"
#include "adapter/template.h"
#include "channel_fixture.h"

#define PLACE "conf/hotlistd.yaml:"
#define KANNEL "gateway: kannel, url: 'http://127.0.0.1:13013/cgi-bin/sendsms', allow: [127.0.0.0/8], user: hot list, password_file: p, "
static const char minimal[] = "{" KANNEL "from: hotlist, to: ['+13035550100', '100']}";
static const char full[] = "{" KANNEL "to: ['+13035550100'], detail: full}";

static const char twilio[] = "{gateway: twilio, user: AC 1, password_file: p, from: '+13035550199', to: ['+13035550100'], deadline: 2m,"
			     " report_url: 'https://hl.example/report'}";

START_TEST(test_faults)
{
	fixture_expect("sms", minimal, "");
	fixture_expect("sms", twilio, "");
	fixture_expect("sms", "{gateway: twilio, user: u, password_file: p, service: MG1, to: '+4930555'}", "");
	fixture_expect("sms", "{gateway: twilio, user: u, password_file: p, to: ['+4930555', '100']}",
		       PLACE "1:1: gateway twilio needs 'from' or 'service'\n" PLACE
			     "1:63: to: '100': gateway twilio takes numbers with + and the country's code\n");
	fixture_expect("sms", "{gateway: twilio, user: u, password_file: p, from: '+1303', service: MG1, to: '+4930555'}",
		       PLACE "1:61: 'from' and 'service' exclude each other\n");
	fixture_expect("sms", "{gateway: kannel, user: u, password_file: p, service: MG1, to: '100', report_url: 'ftp://x/'}",
		       PLACE "1:1: gateway kannel needs 'url', its address for sending\n" PLACE "1:46: 'service' is not for gateway kannel\n" PLACE
			     "1:83: report_url: 'ftp://x/' does not begin with https://, http://, smtp:// or smtps://\n");
	fixture_expect("sms", "{" KANNEL "to: '100', report_url: 'https://x/?a=%d'}",
		       PLACE "1:145: report_url: neither ? nor % belongs here, the delivery's id and the gateway's words are added\n");
	fixture_expect("sms", "{" KANNEL "to: '100', report_url: 'smtp://x/'}", PLACE "1:145: report_url: scheme 'smtp', expected https or http\n");
	fixture_expect("sms", "{gateway: pigeon, url: 'https://sms.example/', user: u, password_file: p, to: '100'}",
		       PLACE "1:11: gateway: unknown gateway 'pigeon', expected kannel or twilio\n");
	fixture_expect("sms", "{gateway: kannel, url: 'https://sms.example/?a=b', user: u, password_file: p, to: '100'}",
		       PLACE "1:24: url: a query does not belong here, the gateway's words are added\n");
	fixture_expect("sms", "{gateway: kannel, url: 'http://sms.example/', user: u, password_file: p, to: '100'}",
		       PLACE "1:24: url: http is unencrypted: use https, or name the receiver's network in `allow`\n");
	fixture_expect("sms", "{gateway: kannel, url: 'https://sms.example/', user: u, password_file: p, from: Much Too Long A Name, to: ['12', '1 2', '100', '100']}",
		       PLACE "1:81: 'from' is 'Much Too Long A Name': expected a text of at most 16 bytes, not 20\n" PLACE
			     "1:108: to: '12' is no number, expected 3 to 15 digits, with or without a +\n" PLACE
			     "1:114: to: '1 2' is no number, expected 3 to 15 digits, with or without a +\n" PLACE "1:128: to: '100' stands here twice\n");
}
END_TEST

static char *render(const char *yaml, const struct hl_message *m)
{
	struct fixture f;
	fixture_open(&f, "sms", yaml, "secret");
	char *body = fixture_render(&f, m, "+13035550100");
	fixture_close(&f);
	return body;
}

START_TEST(test_words)
{
	struct hl_alert a;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	char *body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; I-25 N 214, seen {{AGE}} "
			       "https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	a.read.late = true;
	body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen LATE, NOT VERIFIED: make differs, 1 of 7 symbols differs; I-25 N 214, seen {{AGE}} "
			       "https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	a.read.late = false;
	m.type = HL_EVENT_STANDDOWN;
	a.state = HL_ST_WITHDRAWN;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "withdrawn");
	hl_copy(a.standdown, sizeof a.standdown, "by ann: 5SOW750 found in Reno");
	body = render(minimal, &m);
	ck_assert_str_eq(body, "STAND DOWN: entry withdrawn; P1 stolen; I-25 N 214, seen {{AGE}} https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	m.link = "";
	hl_copy(a.closed_reason, sizeof a.closed_reason, "absent");
	body = render(full, &m);
	ck_assert_str_eq(body, "STAND DOWN: entry no longer listed, ask METRO; P1 stolen; listed 5SOW750 read 5SOW350; I-25 N 214, seen {{AGE}}; METRO 26-1234");
	free(body);
	hl_copy(a.entry[HL_F_AGENCY], sizeof a.entry[HL_F_AGENCY], "");
	hl_copy(a.list, sizeof a.list, "stolen");
	body = render(minimal, &m);
	ck_assert_str_eq(body, "STAND DOWN: entry no longer listed, ask the keeper of list stolen; P1 stolen; I-25 N 214, seen {{AGE}}");
	free(body);
	m.alert = NULL;
	body = render(minimal, &m);
	ck_assert_str_eq(body, "TEST of receiver desk: no vehicle was seen, nothing to do");
	free(body);
}
END_TEST

/* Aurora: the symbols agree, the vehicle does not; a partial plate; the reader's alternative. */
START_TEST(test_how_much_differs)
{
	struct hl_alert a;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	m.link = "";
	hl_copy(a.plate_read, sizeof a.plate_read, a.plate_listed);
	a.kind = HL_KIND_EXACT;
	a.n_contradictions = 2;
	hl_copy(a.contradiction[1].what, sizeof a.contradiction[1].what, "type");
	fixture_align(&a);
	char *body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make, type differ, all 7 symbols agree; I-25 N 214, seen {{AGE}}");
	free(body);
	a.n_contradictions = 0;
	a.kind = HL_KIND_WILDCARD;
	hl_copy(a.plate_listed, sizeof a.plate_listed, "5SOW7*");
	fixture_align(&a);
	body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: all 5 symbols agree, partial plate; I-25 N 214, seen {{AGE}}");
	free(body);
	fixture_alert(&a);
	a.n_contradictions = 0;
	a.kind = HL_KIND_CANDIDATE;
	a.alignment = (struct hl_alignment){ 0 };
	hl_copy(a.alternative, sizeof a.alternative, "5SOW750");
	body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: 1 of 7 symbols differs, reader's alternative; I-25 N 214, seen {{AGE}}");
	free(body);
}
END_TEST

/* The stored text with the longest age there can be. */
static void fits(const char *body, const char *never_cut)
{
	char text[1024];
	const char *mark = strstr(body, "{{AGE}}");
	if (mark)
		snprintf(text, sizeof text, "%.*s9999 d ago%s", (int)(mark - body), body, mark + 7);
	else
		hl_copy(text, sizeof text, body);
	ck_assert_msg(hl_sms_fits(text), "%d septets, %d units: %s", hl_gsm7_septets(text), hl_ucs2_units(text), text);
	ck_assert_msg(strstr(body, never_cut) != NULL, "no '%s' in: %s", never_cut, body);
}

START_TEST(test_one_segment)
{
	static const char *const symbols[] = { "a", "€", "[", "é", "ê", "Д", "😀", "\x01", "\xff", "{", " " };
	static const char *const whats[] = { "state", "type", "make", "color" };
	struct hl_alert a;
	for (size_t s = 0; s < sizeof symbols / sizeof symbols[0]; s++)
		for (size_t n = 0; n < 130; n++) {
			struct hl_buf text = HL_BUF(1024);
			fixture_alert(&a);
			a.n_contradictions = 4;
			for (size_t i = 0; i < 4; i++)
				hl_copy(a.contradiction[i].what, sizeof a.contradiction[i].what, whats[i]);
			for (size_t i = 0; i < n; i++)
				hl_buf_puts(&text, symbols[s]);
			hl_copy(a.read.site, sizeof a.read.site, hl_buf_text(&text));
			if (n % 2)
				hl_copy(a.category, sizeof a.category, hl_buf_text(&text));
			if (n % 3)
				hl_copy(a.entry[HL_F_CASE], HL_TEXT_LONG, hl_buf_text(&text));
			struct hl_message m = fixture_message(&a, n % 5 ? HL_EVENT_CREATED : HL_EVENT_STANDDOWN);
			if (n % 5 == 0) {
				a.state = HL_ST_WITHDRAWN;
				hl_copy(a.closed_reason, sizeof a.closed_reason, "changed");
				hl_copy(a.entry[HL_F_AGENCY], HL_TEXT_LONG, hl_buf_text(&text));
			}
			char *body = render(n % 4 ? minimal : full, &m);
			fits(body, n % 5 ? "NOT VERIFIED: state, type, make, color differ, 1 of 7 symbols differs" : "STAND DOWN: entry changed, another plate is listed now, ask ");
			free(body);
			hl_buf_fini(&text);
		}
}
END_TEST

START_TEST(test_what_is_cut_first)
{
	struct hl_alert a;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	hl_copy(a.read.site, sizeof a.read.site, "Interstate 25 northbound at mile 214, by the weigh station");
	char *body = render(minimal, &m);
	/* As much as fits: the place gives way, the link stays. */
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; Interstate 25 northbound a.., seen {{AGE}} "
			       "https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	ck_assert_int_eq((int)strlen(body) - 7 + 10, 160);
	free(body);
	/* A place is not cut to another one's name: the link goes first, and gives its room back. */
	hl_copy(a.read.site, sizeof a.read.site, "Patrol car 12");
	body = render(full, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; listed 5SOW750 read 5SOW350; Patrol car 12, seen {{AGE}}");
	free(body);
	hl_copy(a.read.site, sizeof a.read.site, "Дорога 25");
	body = render(minimal, &m);
	/* Too much for 70 units: the camera's name stands for the site, and the rest stays. */
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; cam7, seen {{AGE}} "
			       "https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	a.n_contradictions = 0;
	m.link = "";
	hl_copy(a.read.site, sizeof a.read.site, "Дон 5");
	body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: 1 of 7 symbols differs; Дон 5, seen {{AGE}}");
	ck_assert_int_eq(hl_ucs2_units(body) - 7 + 10, 70);
	free(body);
	hl_copy(a.read.site, sizeof a.read.site, "Дон 55");
	body = render(minimal, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: 1 of 7 symbols differs; cam7, seen {{AGE}}");
	free(body);
}
END_TEST

START_TEST(test_age_is_not_to_be_faked)
{
	struct hl_alert a;
	fixture_alert(&a);
	hl_copy(a.read.site, sizeof a.read.site, "{{AGE}} {{{AGE}}}");
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	m.link = "";
	char *body = render(minimal, &m);
	ck_assert_ptr_nonnull(strstr(body, "((AGE}} (((AGE}}}, seen {{AGE}}"));
	free(body);
}
END_TEST

START_TEST(test_request)
{
	struct fixture f;
	struct hl_request r;
	static const char body[] = "P1 & 50% seen {{AGE}} é", other[] = "Д";
	fixture_open(&f, "sms", minimal, "se&cret\n");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "id", "+13035550100", body, strlen(body), 0, 180000, &r, NULL), HL_OK);
	ck_assert_str_eq(r.url, "http://127.0.0.1:13013/cgi-bin/sendsms?username=hot%20list&password=se%26cret&from=hotlist&to=%2B13035550100"
				"&charset=UTF-8&coding=0&text=P1%20%26%2050%25%20seen%203%20min%20ago%20%C3%A9");
	ck_assert_str_eq(r.method, "GET");
	ck_assert(r.allow_only);
	hl_request_wipe(&r);
	ck_assert_int_eq(f.adapter->prepare(f.conf, "id", "100", other, strlen(other), 0, 0, &r, NULL), HL_OK);
	ck_assert_ptr_nonnull(strstr(r.url, "&to=100&charset=UTF-8&coding=2&text=%D0%94"));
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

struct verdict_row {
	int status;
	const char *body;
	enum hl_fate fate;
	const char *reason; /* NULL: any */
};

static const struct verdict_row verdicts[] = {
	{ 202, "0: Accepted for delivery", HL_FATE_DONE, NULL }, { 202, "3: Queued for later delivery", HL_FATE_DONE, NULL },
	{ 202, "5: something else", HL_FATE_DEAD, NULL },        { 200, "<html>welcome</html>", HL_FATE_DEAD, NULL },
	{ 202, "", HL_FATE_DEAD, NULL },                         { 400, "Missing receiver", HL_FATE_DEAD, NULL },
	{ 403, "Authorization failed for sendsms", HL_FATE_DEAD, NULL }, { 404, "Unknown request.", HL_FATE_DEAD, NULL },
	{ 410, "gone", HL_FATE_DEAD, NULL },                     { 429, "slow", HL_FATE_LATER, NULL },
	{ 500, "", HL_FATE_LATER, NULL },                        { 503, "Temporal failure, try again later.", HL_FATE_LATER, NULL },
};

START_TEST(test_verdicts)
{
	struct fixture f;
	char reason[HL_TEXT_LONG];
	fixture_open(&f, "sms", minimal, "secret");
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct hl_answer a = { .sent = true, .status = verdicts[i].status, .retry_after_ms = -1, .body = verdicts[i].body,
				       .body_n = strlen(verdicts[i].body) };
		ck_assert_msg(fixture_fate(&f, &a, NULL, reason) == verdicts[i].fate, "%d %s", verdicts[i].status, verdicts[i].body);
	}
	struct hl_answer a = { .retry_after_ms = -1, .text = "could not use secret" };
	ck_assert_int_eq(fixture_fate(&f, &a, NULL, reason), HL_FATE_LATER);
	ck_assert_str_eq(reason, "no answer: could not use ***");
	fixture_close(&f);
}
END_TEST

START_TEST(test_kannel_is_asked_for_reports)
{
	struct fixture f;
	struct hl_request r;
	fixture_open(&f, "sms", "{" KANNEL "to: '100', report_url: 'http://127.0.0.1:8471/report'}", "p");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "d3livery", "100", "x", 1, 0, 0, &r, NULL), HL_OK);
	ck_assert_str_eq(r.url, "http://127.0.0.1:13013/cgi-bin/sendsms?username=hot%20list&password=p&to=100&charset=UTF-8&coding=0&text=x"
				"&dlr-mask=31&dlr-url=http%3A%2F%2F127.0.0.1%3A8471%2Freport%3Fdelivery%3Dd3livery%26status%3D%25d%26detail%3D%25A");
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

START_TEST(test_twilio_request)
{
	struct fixture f;
	struct hl_request r;
	char server[128];
	static const char body[] = "P1 & seen {{AGE}} #d3live";
	fixture_open(&f, "sms", twilio, "t0ken\n");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "d3livery", "+13035550100", body, strlen(body), 0, 180000, &r, NULL), HL_OK);
	ck_assert_str_eq(r.url, "https://api.twilio.com/2010-04-01/Accounts/AC%201/Messages.json");
	ck_assert_str_eq(r.method, "POST");
	ck_assert_str_eq(r.user, "AC 1");
	ck_assert_str_eq(r.password, "t0ken");
	ck_assert_str_eq(r.body, "To=%2B13035550100&From=%2B13035550199&Body=P1%20%26%20seen%203%20min%20ago%20%23d3live&ValidityPeriod=120"
				 "&StatusCallback=https%3A%2F%2Fhl.example%2Freport%3Fdelivery%3Dd3livery");
	ck_assert_uint_eq(r.body_n, strlen(r.body));
	ck_assert(!r.allow_only);
	ck_assert_uint_eq(r.headers.n, 2);
	ck_assert_str_eq(r.headers.v[1], "Content-Type: application/x-www-form-urlencoded");
	hl_request_wipe(&r);
	f.adapter->destination(f.conf, "+1", server, sizeof server);
	ck_assert_str_eq(server, "https://api.twilio.com:443");
	fixture_close(&f);
	fixture_open(&f, "sms", "{gateway: twilio, url: 'https://sms.example/m.json', user: u, password_file: p, service: MG1, to: '+4930555'}", "t");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "d", "+4930555", "x", 1, 0, 0, &r, NULL), HL_OK);
	ck_assert_str_eq(r.url, "https://sms.example/m.json");
	ck_assert_str_eq(r.body, "To=%2B4930555&MessagingServiceSid=MG1&Body=x&ValidityPeriod=36000");
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

/* A reader knows a text that came twice by its mark, which is there however long the rest is. */
START_TEST(test_twilio_texts_are_marked)
{
	struct hl_alert a;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	char *body = render(twilio, &m);
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; I-25 N 214, seen {{AGE}} "
			       "https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa #d3live");
	free(body);
	for (size_t n = 0; n < 300; n++) {
		memset(a.read.site, 'a', sizeof a.read.site);
		a.read.site[n < sizeof a.read.site ? n : sizeof a.read.site - 1] = 0;
		body = render(twilio, &m);
		fits(body, "NOT VERIFIED: make differs, 1 of 7 symbols differs");
		ck_assert_str_eq(body + strlen(body) - 8, " #d3live");
		free(body);
	}
}
END_TEST

static const struct verdict_row twilio_verdicts[] = {
	{ 201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}", HL_FATE_DONE, "HTTP 201 queued SM1" },
	{ 201, " { \"subresource_uris\": {\"sid\": \"no\", \"a\": [\"}\"]}, \"sid\" : \"SM2\" }", HL_FATE_DONE, "HTTP 201  SM2" },
	{ 201, "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":30007}", HL_FATE_DEAD, "HTTP 201 failed SM1, code 30007" },
	{ 200, "<html>welcome</html>", HL_FATE_DEAD, "HTTP 200, but not in the gateway's words: " },
	{ 201, "", HL_FATE_DEAD, NULL },
	{ 201, "{\"sid\":", HL_FATE_DEAD, NULL },
	{ 201, "{\"sid\":\"SM1", HL_FATE_DEAD, NULL },
	{ 400, "{\"code\":21211,\"message\":\"The 'To' number \\\"100\\\" is not valid\",\"status\":400}", HL_FATE_DEAD,
	  "HTTP 400, code 21211: The 'To' number \"100\" is not valid" },
	{ 400, "{\"code\":21611,\"message\":\"queue\",\"status\":400}", HL_FATE_LATER, "HTTP 400, code 21611: queue" },
	{ 429, "{\"code\":20429,\"message\":\"Too Many Requests\"}", HL_FATE_LATER, "HTTP 429, code 20429: Too Many Requests" },
	{ 401, "{\"code\":20003,\"message\":\"Authenticate\"}", HL_FATE_DEAD, "HTTP 401, code 20003: Authenticate" },
	{ 410, "gone", HL_FATE_DEAD, NULL },
	{ 500, "{\"code\":20500,\"message\":\"\"}", HL_FATE_LATER, "HTTP 500, code 20500: " },
	{ 503, "", HL_FATE_LATER, NULL },
};

START_TEST(test_twilio_verdicts)
{
	struct fixture f;
	char reason[HL_TEXT_LONG];
	int64_t wait_ms;
	fixture_open(&f, "sms", twilio, "secret");
	for (size_t i = 0; i < sizeof twilio_verdicts / sizeof twilio_verdicts[0]; i++) {
		const struct verdict_row *v = &twilio_verdicts[i];
		struct hl_answer a = { .sent = true, .status = v->status, .retry_after_ms = 7000, .body = v->body, .body_n = strlen(v->body) };
		ck_assert_msg(fixture_fate(&f, &a, &wait_ms, reason) == v->fate, "%d %s", v->status, v->body);
		if (v->reason)
			ck_assert_str_eq(reason, v->reason);
		if (v->status == 429)
			ck_assert_int_eq(wait_ms, 7000);
	}
	struct hl_answer a = { .retry_after_ms = -1, .text = "timed out" };
	ck_assert_int_eq(fixture_fate(&f, &a, NULL, reason), HL_FATE_LATER);
	fixture_close(&f);
}
END_TEST

START_TEST(test_words_of_reports)
{
	static const char *const rows[][2] = { { "1", "delivered" }, { "2", "failed" }, { "4", "accepted" }, { "8", "accepted" }, { "16", "failed" },
					       { "delivered", "delivered" }, { "undelivered", "failed" }, { "sent", "accepted" }, { "failed", "failed" } };
	const struct hl_adapter *sms = hl_adapter_find("sms");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct hl_sms_report *r = sms->report(rows[i][0]);
		ck_assert_ptr_nonnull(r);
		ck_assert_str_eq(r->meaning, rows[i][1]);
		ck_assert_str_ne(r->text, "");
	}
	ck_assert_ptr_null(sms->report("3"));
	ck_assert_ptr_null(sms->report(""));
	ck_assert_ptr_null(hl_adapter_find("webhook")->report);
}
END_TEST

/* Cut anywhere, an answer never reads past its end (under the sanitizers), and gives a member only where the text holds it whole. */
START_TEST(test_json_members)
{
	static const char text[] = "{\"a\":\"x\\u00e9\\n\\\"y\",\"b\":-12,\"c\":null,\"d\":{\"e\":[1,\"]}\"]},\"f\":true,\"g\":\"last\"}";
	char dst[8];
	ck_assert(hl_sms_json_member(text, strlen(text), "a", dst, sizeof dst));
	ck_assert_str_eq(dst, "x\"y");
	ck_assert(hl_sms_json_member(text, strlen(text), "b", dst, sizeof dst));
	ck_assert_str_eq(dst, "-12");
	ck_assert(!hl_sms_json_member(text, strlen(text), "c", dst, sizeof dst));
	ck_assert(!hl_sms_json_member(text, strlen(text), "e", dst, sizeof dst));
	ck_assert(!hl_sms_json_member(text, strlen(text), "f", dst, sizeof dst));
	ck_assert(hl_sms_json_member(text, strlen(text), "g", dst, sizeof dst));
	ck_assert(!hl_sms_json_member(text, strlen(text), "g", dst, 4));
	ck_assert_str_eq(dst, "");
	for (size_t n = 0; n < strlen(text) - 2; n++) {
		char *part = hl_strndup(text, n);
		ck_assert(!hl_sms_json_member(part, n, "g", dst, sizeof dst));
		free(part);
	}
}
END_TEST

/* In a template's words: one segment, whatever comes in; NOT VERIFIED and the difference are never cut. */
START_TEST(test_template)
{
	static const char words[] = "=== sms\nP{{priority}} {{category}} {{notice_short}}/UNGEPRÜFT: {{difference}}; {{place}}{{#span}}, vor {{span}}{{/span}} {{link}}\n";
	static struct hl_faults faults;
	struct fixture f;
	struct hl_alert a;
	struct hl_template *t;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	ck_assert_int_eq(hl_template_parse(&t, "de.txt", words, strlen(words), &faults), HL_OK);
	fixture_open(&f, "sms", minimal, "0123456789abcdef");
	f.adapter->words(f.conf)->named = t;
	char *body = fixture_render(&f, &m, "+13035550100");
	ck_assert_str_eq(body, "P1 stolen NOT VERIFIED/UNGEPRÜFT: make differs, 1 of 7 symbols differs; I-25 N 214, vor {{SPAN}} https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	for (size_t n = 0; n < 120; n++) {
		char text[1024];
		memset(a.read.site, 'x', n);
		a.read.site[n] = 0;
		hl_copy(a.category, sizeof a.category, n % 2 ? "Д" : "stolen");
		body = fixture_render(&f, &m, "+13035550100");
		const char *mark = strstr(body, "{{SPAN}}");
		snprintf(text, sizeof text, "%.*s%s%s", mark ? (int)(mark - body) : 1000, body, mark ? "9999 d" : "", mark ? mark + 8 : "");
		ck_assert_msg(hl_sms_fits(text), "%s", text);
		ck_assert_msg(strstr(text, "NOT VERIFIED/UNGEPRÜFT: make differs, 1 of 7 symbols differs") != NULL, "%s", text);
		free(body);
	}
	a.state = HL_ST_WITHDRAWN;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "withdrawn");
	m.type = HL_EVENT_STANDDOWN;
	hl_copy(a.read.site, sizeof a.read.site, "Gate");
	hl_copy(a.category, sizeof a.category, "stolen");
	body = fixture_render(&f, &m, "+13035550100");
	ck_assert_str_eq(body, "P1 stolen STAND DOWN: entry withdrawn/UNGEPRÜFT: ; Gate, vor {{SPAN}} https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa");
	free(body);
	hl_template_free(&t);
	fixture_close(&f);
}
END_TEST

UNIT_MAIN("sms", test_template, test_faults, test_words, test_how_much_differs, test_one_segment, test_what_is_cut_first, test_age_is_not_to_be_faked, test_request,
	  test_verdicts, test_kannel_is_asked_for_reports, test_twilio_request, test_twilio_texts_are_marked, test_twilio_verdicts, test_words_of_reports,
	  test_json_members)
