/* test_sms.c: what a short message says, that it fits one segment whatever comes from outside, what is never cut, the request to Kannel and its answers. */
#include "unit.h"

#include <stdio.h>

#include "adapter/gsm7.h"
#include "channel_fixture.h"

#define PLACE "conf/hotlistd.yaml:"
#define KANNEL "gateway: kannel, url: 'http://127.0.0.1:13013/cgi-bin/sendsms', allow: [127.0.0.0/8], user: hot list, password_file: p, "
static const char minimal[] = "{" KANNEL "from: hotlist, to: ['+13035550100', '100']}";
static const char full[] = "{" KANNEL "to: ['+13035550100'], detail: full}";

START_TEST(test_faults)
{
	fixture_expect("sms", minimal, "");
	fixture_expect("sms", "{gateway: twilio, url: 'https://sms.example/', user: u, password_file: p, to: '100'}",
		       PLACE "1:11: gateway: 'twilio' is not supported yet, expected kannel\n");
	fixture_expect("sms", "{gateway: pigeon, url: 'https://sms.example/', user: u, password_file: p, to: '100'}",
		       PLACE "1:11: gateway: unknown gateway 'pigeon', expected kannel\n");
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
};

static const struct verdict_row verdicts[] = {
	{ 202, "0: Accepted for delivery", HL_FATE_DONE }, { 202, "3: Queued for later delivery", HL_FATE_DONE },
	{ 202, "5: something else", HL_FATE_DEAD },        { 200, "<html>welcome</html>", HL_FATE_DEAD },
	{ 202, "", HL_FATE_DEAD },                         { 400, "Missing receiver", HL_FATE_DEAD },
	{ 403, "Authorization failed for sendsms", HL_FATE_DEAD }, { 404, "Unknown request.", HL_FATE_DEAD },
	{ 410, "gone", HL_FATE_DEAD },                     { 429, "slow", HL_FATE_LATER },
	{ 500, "", HL_FATE_LATER },                        { 503, "Temporal failure, try again later.", HL_FATE_LATER },
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

UNIT_MAIN("sms", test_faults, test_words, test_how_much_differs, test_one_segment, test_what_is_cut_first, test_age_is_not_to_be_faked, test_request,
	  test_verdicts)
