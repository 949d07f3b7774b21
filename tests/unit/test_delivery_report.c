/* test_delivery_report.c: delivery reports on the real store: words of both gateways, what they do to a delivery, how it is shown, and faults. */
#include "../fixture/engine_fixture.h"
#include "engine/delivery_report.h"

#include <stdio.h>
#include <string.h>

static char sms[HL_DELIVERY_ID], mail[HL_DELIVERY_ID], words[512];

/* An alert of the list felony: one short message that its gateway has taken, two mails and a webhook. */
static void told(void)
{
	struct hl_delivery *d;
	size_t n;
	fx_setup();
	fx_see("r1", "XYZ999", 0);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ 0 }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		hl_copy(strcmp(d[i].channel, "sms") ? mail : sms, HL_DELIVERY_ID, strcmp(d[i].channel, "webhook") ? d[i].id : mail);
	hl_deliveries_free(d, n);
	ck_assert_int_eq(fx.store->ops->done(fx.store, sms, FX_T0 + 500, "HTTP 202 0: Accepted", NULL), HL_OK);
	fx.now_ms = FX_T0 + 61000;
}

static const char *report(const char *id, const char *rest)
{
	snprintf(words, sizeof words, "outbox report %s %s", id, rest);
	return words;
}

START_TEST(a_report_is_shown)
{
	char expect[256];
	snprintf(expect, sizeof expect, "delivery %s is delivered: accepted reported\n", sms);
	ck_assert_str_eq(fx_ok(report(sms, "--status 8")), expect);
	ck_assert(fx.ctx.outbox_changed);
	fx_has(fx_ok("outbox ls --receiver north"), "          reported accepted, 11-23 10:01:01: taken by the SMS centre (8)\n");
	snprintf(expect, sizeof expect, "{\"id\":\"%s\",\"report\":\"delivered\",\"changed\":true,\"state\":\"delivered\"}\n", sms);
	ck_assert_str_eq(fx_ok(report(sms, "--status 1 --detail stat:DELIVRD --json")), expect);
	fx_has(fx_ok("outbox ls --receiver north --json"),
	       "\"report\":{\"state\":\"delivered\",\"time\":\"2026-11-23T10:01:01.000Z\",\"text\":\"delivered to the phone (1: stat:DELIVRD)\"}");
	fx_has(fx_ok("outbox ls --receiver desk --json"), "\"report\":null");
	snprintf(expect, sizeof expect, "delivery %s is delivered: accepted reported, which says nothing new\n", sms);
	ck_assert_str_eq(fx_ok(report(sms, "--status 8")), expect);
}
END_TEST

START_TEST(a_failure_is_a_dead_letter_that_can_be_tried_again)
{
	char expect[256];
	snprintf(expect, sizeof expect, "delivery %s is dead: failed reported\n", sms);
	ck_assert_str_eq(fx_ok(report(sms, "--status undelivered --detail 30003")), expect);
	ck_assert_str_eq(fx.ctx.died, sms);
	fx.ctx.died[0] = 0;
	const char *text = fx_ok("outbox ls --state dead");
	fx_has(text, "+13035550100: not delivered by the carrier\n          (undelivered: 30003)\n");
	fx_has(text, "reported failed, 11-23 10:01:01\n");
	fx_ok(report(sms, "--status failed"));
	ck_assert_str_eq(fx.ctx.died, "");
	snprintf(words, sizeof words, "outbox retry --id %s", sms);
	ck_assert_str_eq(fx_ok(words), "1 delivery will be tried again now\n");
	fx_has(fx_ok("outbox ls --receiver north --state pending --json"), "\"report\":null");
}
END_TEST

START_TEST(an_alert_shows_who_was_told)
{
	struct hl_alert_row *rows;
	size_t n;
	fx_ok(report(sms, "--status delivered"));
	ck_assert_int_eq(fx.store->ops->alert_list(fx.store, &(struct hl_alert_filter){ .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME }, &rows, &n, NULL), HL_OK);
	snprintf(words, sizeof words, "alert show %s", rows[0].id);
	const char *text = fx_ok(words);
	fx_has(text, "\ndeliveries\n");
	fx_has(text, "reported delivered, 11-23 10:01:01: delivered to the phone (delivered)");
	snprintf(words, sizeof words, "alert show %s --json", rows[0].id);
	text = fx_ok(words);
	fx_has(text, ",\"deliveries\":[{\"id\":\"");
	fx_has(text, "\"report\":{\"state\":\"delivered\"");
	hl_alert_rows_free(rows, n);
}
END_TEST

START_TEST(faults_say_what_is_expected)
{
	fx_fails(HL_E_NOTFOUND, "no delivery zzzzzzzz: a report names the whole id", report("zzzzzzzz", "--status 1"));
	char part[HL_DELIVERY_ID];
	hl_copy(part, sizeof part, sms);
	part[10] = 0;
	fx_fails(HL_E_NOTFOUND, "a report names the whole id", report(part, "--status 1"));
	fx_fails(HL_E_USAGE, "--status is missing: accepted, delivered, failed or a word of the gateway", report(sms, ""));
	fx_fails(HL_E_USAGE, "unknown status '3', expected accepted, delivered, failed or a word of the gateway", report(sms, "--status 3"));
	fx_fails(HL_E_USAGE, "which has no delivery reports", report(mail, "--status delivered"));
	ck_assert(!fx.ctx.outbox_changed);
}
END_TEST

/* What a gateway says is from outside: bounded, without control bytes. */
START_TEST(details_are_bounded_and_cleaned)
{
	char detail[HL_REPORT_DETAIL_MAX + 2];
	struct hl_report_out out;
	struct hl_err err = { 0 };
	memset(detail, 'x', sizeof detail);
	detail[sizeof detail - 1] = 0;
	struct hl_report_in in = { .delivery = sms, .status = "8", .detail = detail };
	ck_assert_int_eq(hl_report_take(fx.store, &in, FX_T0, &out, &err), HL_E_LIMIT);
	detail[HL_REPORT_DETAIL_MAX] = 0;
	ck_assert_int_eq(hl_report_take(fx.store, &in, FX_T0, &out, &err), HL_OK);
	in = (struct hl_report_in){ .delivery = sms, .status = "1", .detail = " a\033[31m\r\nb\xff " };
	ck_assert_int_eq(hl_report_take(fx.store, &in, FX_T0, &out, &err), HL_OK);
	fx_has(fx_ok("outbox ls --receiver north --json"), "delivered to the phone (1: a [31m  b\xef\xbf\xbd)");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");
	tcase_add_checked_fixture(t, told, fx_teardown);
	tcase_add_test(t, a_report_is_shown);
	tcase_add_test(t, a_failure_is_a_dead_letter_that_can_be_tried_again);
	tcase_add_test(t, an_alert_shows_who_was_told);
	tcase_add_test(t, faults_say_what_is_expected);
	tcase_add_test(t, details_are_bounded_and_cleaned);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
