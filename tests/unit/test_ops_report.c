/* test_ops_report.c: the report's texts and options on the real store; what counts as right and wrong. The numbers of a long stream are compared with a ledger in
 * tests/integration/system/test_report.py. */
#include "../fixture/engine_fixture.h"
#include "engine/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char words[256];

static const char *with(const char *fmt, const char *id)
{
	const char *at = strchr(fmt, '@');
	snprintf(words, sizeof words, "%.*s%s%s", (int)(at - fmt), fmt, id, at + 1);
	return words;
}

static void assert_narrow(const char *text)
{
	for (const char *s = text; *s; s += strcspn(s, "\n") + 1)
		ck_assert_msg(strcspn(s, "\n") <= 80, "wider than 80: %s", s);
}

/* Three alerts: one acknowledged after a minute, one rejected, one nobody has answered; a read kept silent. */
static void a_morning(void)
{
	char id[HL_ID_TEXT];
	const struct hl_total t[] = { { "reads.in", 100 }, { "reads.matched", 3 }, { "reads.suppressed", 1 }, { "reads.discarded", 95 }, { "reads.rejected", 1 } };
	ck_assert_int_eq(fx.store->ops->totals_add(fx.store, FX_T0, t, 5, NULL), HL_OK);
	hl_copy(id, sizeof id, fx_see("r1", "ABC123", 0).alert);
	fx_see("r2", "ABC123", 1000);
	fx.now_ms = fx.ctx.now_ms = FX_T0 + 60000;
	fx_ok(with("alert ack @ --by lee", id));
	hl_copy(id, sizeof id, fx_see("r3", "5SOW350", 120000).alert);
	fx.now_ms = fx.ctx.now_ms = FX_T0 + 120000 + 180000;
	fx_ok(with("alert reject @ --reason misread --plate 5SOW350 --by kim", id));
	fx_see("r4", "XYZ999", 600000);
}

START_TEST(the_text_says_all_in_80_columns)
{
	a_morning();
	const char *text = fx_ok("report");
	assert_narrow(text);
	fx_has(text, "           100 in = 3 matched + 1 suppressed + 95 discarded + 1 rejected + 0\n           failed\n"
		     "           whole hours, counted since 2026-11-23 10:00:00 UTC\n"
		     "silenced   1 by their passage, 0 by the cooldown, 0 by cleared pairs\n"
		     "alerts     3, 1 of them to verify; 0 muted, 0 late\n"
		     "           1 new, 1 acknowledged, 1 rejected\n"
		     "found      0 right, 1 wrong, 2 unknown; precision 0.000 (0.000-0.793)\n"
		     "rejected\n           misread 1\n"
		     "answered   2, half within 1m, nine of ten within 3m\n"
		     "           1 unanswered, 0 taken back before an answer\n");
	fx_has(text, "\nBY LIST                ALERTS  VERIFY  RIGHT  WRONG UNKNOWN  PRECISION (95 %)\n"
		     "felony                      1       0      0      0       1  -\n"
		     "stolen                      2       1      0      1       1  0.000 (0.000-0.793)\n");
	fx_has(text, "\nBY RECEIVER ");
	fx_has(text, "desk                        3       1      0      1       2  0.000 (0.000-0.793)\nnorth                       1 ");
	fx_has(text, "\nNO ANSWER TIME           P LIST           WAITS      PLACE\n");
	fx_has(text, " 11-23 10:10:00 1 felony         0s         I-25 N 214\n");
}
END_TEST

START_TEST(nothing_yet_is_said_too)
{
	const char *text = fx_ok("report");
	fx_has(text, "report     from the beginning until");
	fx_has(text, "           as an officer sees it: covert lists are left out (--role)\n");
	fx_has(text, "0 in = 0 matched");
	fx_has(text, "found      0 right, 0 wrong, 0 unknown; precision -\n");
	fx_has(text, "answered   0\n           0 unanswered");
	fx_has(fx_ok("report --json"), "\"counted_from\":null");
	fx_has(hl_buf_text(&fx.out), "\"median_s\":null");
}
END_TEST

START_TEST(json_and_csv_have_the_same_numbers)
{
	a_morning();
	const char *json = fx_ok("report --json");
	fx_has(json, "\"reads\":{\"in\":100,\"matched\":3,\"suppressed\":1,\"discarded\":95,\"rejected\":1,\"failed\":0,\"counted_from\":\"2026-11-23T10:00:00.000Z\"}");
	fx_has(json, "\"answer\":{\"answered\":2,\"median_s\":60,\"p90_s\":180,\"unanswered\":1,\"ended_unanswered\":0}");
	fx_has(json, "\"rejected\":{\"misread\":1}");
	const char *csv = fx_ok("report --csv");
	fx_has(csv, "group,name,count,verify,right,wrong,unknown,precision,low,high\r\n\"reads\",\"in\",100,,,,,,,\r\n");
	fx_has(csv, "\"list\",\"stolen\",2,1,0,1,1,0.0000,0.0000,0.7935\r\n");
	fx_has(csv, "\"list\",\"felony\",1,0,0,0,1,,0.0000,1.0000\r\n");
	fx_has(csv, "\"answer\",\"median_ms\",60000,,,,,,,\r\n");
}
END_TEST

/* Lists and cameras are names by the settings, categories come from uploads. */
START_TEST(csv_is_safe_in_a_spreadsheet)
{
	struct hl_alert *a = fx_alert(fx_see("r1", "ABC123", 0).alert);
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	hl_copy(a->category, sizeof a->category, "=HYPERLINK(\"http://x\")");
	a->rev++;
	hl_json_init(&j, &body);
	hl_alert_write(a, &j, NULL);
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .alert = a, .alert_body = hl_buf_text(&body), .alert_body_n = body.len }, NULL), HL_OK);
	hl_buf_fini(&body);
	free(a);
	fx_has(fx_ok("report --csv"), "\"category\",\"'=HYPERLINK(\"\"http://x\"\")\",1,");
}
END_TEST

START_TEST(filters_take_part_of_it)
{
	a_morning();
	fx_has(fx_ok("report --list stolen"), "alerts     2, 1 of them");
	fx_has(hl_buf_text(&fx.out), "           not counted by list or camera\n");
	fx_has(fx_ok("report --camera cam8"), "alerts     0, 0 of them");
	fx_has(fx_ok("report --since 2026-11-23T10:02:00Z"), "alerts     2, ");
	fx_has(fx_ok("report --since 2026-11-23T10:02:00Z --until 2026-11-23T10:10:00Z"), "alerts     1, ");
	fx_fails(HL_E_USAGE, "--until is not after --since", "report --since 1h --until 2h");
	fx_fails(HL_E_USAGE, "--csv or --json, not both", "report --csv --json");
	fx_fails(HL_E_USAGE, "--year '26': a year such as 2026", "report --year 26");
	fx_fails(HL_E_USAGE, "--year stands alone", "report --year 2026 --list stolen");
	fx_fails(HL_E_USAGE, "'x' is one word too many; usage: hotlistctl report", "report x");
}
END_TEST

START_TEST(the_yearly_form_names_nobody)
{
	a_morning();
	const char *text = fx_ok("report --year 2026");
	assert_narrow(text);
	fx_has(text, "2026-01-01 00:00:00 UTC until 2027-01-01 00:00:00 UTC\n");
	fx_has(text, "stolen vehicle                      2      0      1       1      0         0\n");
	fx_has(text, "criminal investigation              1      0      0       1      0         0\n");
	fx_has(text, "all                                 3      0      1       2      0         0\n");
	static const char *const hidden[] = { "ABC123", "5SOW", "cam7", "I-25", "lee", "kim" };
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		ck_assert_msg(!strstr(text, hidden[i]), "%s stands in the form", hidden[i]);
	fx_has(fx_ok("report --year 2026 --json"), "\"form\":\"2.2-5517\",\"year\":2026,");
	fx_has(hl_buf_text(&fx.out), "\"reads\":100,\"reads_matched\":4,\"non_matching_reads_kept\":0,");
	fx_has(fx_ok("report --year 2025 --json"), "\"alerts\":0,\"stood_down\":0,\"unanswered\":0}");
}
END_TEST

static const struct {
	enum hl_alert_state state;
	const char *reason, *outcome;
	int agree; /* how many of the three parts */
	enum hl_replay_truth is;
} truth[] = {
	{ HL_ST_NEW, "", "", 0, HL_TRUTH_UNKNOWN },
	{ HL_ST_ACKNOWLEDGED, "", "", 2, HL_TRUTH_UNKNOWN },
	{ HL_ST_VERIFIED, "", "", 3, HL_TRUTH_RIGHT },
	{ HL_ST_CONFIRMED, "", "", 3, HL_TRUTH_RIGHT },
	{ HL_ST_CLOSED, "", "arrest", 0, HL_TRUTH_RIGHT },
	{ HL_ST_CLOSED, "", "found", 0, HL_TRUTH_RIGHT },
	{ HL_ST_CLOSED, "", "not_found", 0, HL_TRUTH_UNKNOWN },
	{ HL_ST_CLOSED, "", "no_action", 3, HL_TRUTH_RIGHT },
	{ HL_ST_CLOSED, "", "other", 0, HL_TRUTH_UNKNOWN },
	{ HL_ST_REJECTED, "misread", "", 3, HL_TRUTH_WRONG },
	{ HL_ST_REJECTED, "other_vehicle", "", 0, HL_TRUTH_WRONG },
	{ HL_ST_REJECTED, "other", "", 0, HL_TRUTH_UNKNOWN },
	{ HL_ST_WITHDRAWN, "expired", "", 0, HL_TRUTH_UNKNOWN },
	{ HL_ST_WITHDRAWN, "expired", "", 3, HL_TRUTH_RIGHT },
};

START_TEST(what_people_found_is_right_wrong_or_unknown)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	a->state = truth[_i].state;
	hl_copy(a->closed_reason, sizeof a->closed_reason, truth[_i].reason);
	hl_copy(a->life.outcome, sizeof a->life.outcome, truth[_i].outcome);
	for (int i = 0; i < truth[_i].agree; i++)
		a->life.verification[i].result = HL_VR_AGREES;
	ck_assert_int_eq(hl_alert_truth(a), truth[_i].is);
	free(a);
}
END_TEST

/* More alerts than a page, many of one instant: each is counted once. */
START_TEST(pages_join_without_a_seam)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	ck_assert_int_eq(fx.store->ops->begin(fx.store, NULL), HL_OK);
	for (int i = 0; i < 1700; i++) {
		struct hl_json j;
		*a = (struct hl_alert){ .rev = 1, .time_ms = FX_T0 + (i < 700 ? 0 : i / 7 * 7), .created_ms = FX_T0, .acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME,
					.entry_expires_ms = HL_NO_TIME, .priority = 5, .list = "stolen", .read = { .camera = "cam7", .time_ms = FX_T0 } };
		snprintf(a->id, sizeof a->id, "alert%05d", i);
		hl_buf_clear(&body);
		hl_json_init(&j, &body);
		hl_alert_write(a, &j, NULL);
		ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .alert = a, .alert_body = hl_buf_text(&body), .alert_body_n = body.len }, NULL), HL_OK);
	}
	ck_assert_int_eq(fx.store->ops->commit(fx.store, NULL), HL_OK);
	struct hl_review r;
	struct hl_err err = { 0 };
	enum hl_code rc = hl_review_make(&r, fx.store, &(struct hl_review_filter){ .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME }, &err);
	ck_assert_msg(rc == HL_OK, "%s", err.text);
	ck_assert_int_eq(r.all.alerts, 1700);
	ck_assert_int_eq(r.unanswered, 1700);
	ck_assert_uint_eq(r.n_open, HL_REVIEW_OPEN_MAX);
	ck_assert_int_eq(r.open[0].time_ms, FX_T0);
	hl_review_fini(&r);
	hl_buf_fini(&body);
	free(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops report");
	TCase *t = tcase_create("report");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, the_text_says_all_in_80_columns);
	tcase_add_test(t, nothing_yet_is_said_too);
	tcase_add_test(t, json_and_csv_have_the_same_numbers);
	tcase_add_test(t, csv_is_safe_in_a_spreadsheet);
	tcase_add_test(t, filters_take_part_of_it);
	tcase_add_test(t, the_yearly_form_names_nobody);
	tcase_add_loop_test(t, what_people_found_is_right_wrong_or_unknown, 0, sizeof truth / sizeof truth[0]);
	tcase_add_test(t, pages_join_without_a_seam);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
