/* store_report.c: the contract of delivery reports: whatever order they come in, the better one stands, and what failed is found as a dead letter. */
#include "store_contract.h"

#include <stdio.h>
#include <string.h>

static char ids[1024];

static bool report(const char *id, enum hl_report r, int64_t at_ms, const char *text)
{
	bool changed;
	ok(st->ops->report(st, id, r, at_ms, text, &changed, err));
	return changed;
}

static void sent(void)
{
	contract_put("a", "north", "+13035550100", 1);
	contract_take(T0, 8, 1, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 1, "HTTP 202", err));
}

static struct hl_delivery is(enum hl_delivery_state state, enum hl_report r, int64_t report_ms, const char *text)
{
	struct hl_delivery d = contract_get_delivery("d-a-0");
	ck_assert_str_eq(hl_delivery_state_name(d.state), hl_delivery_state_name(state));
	ck_assert_str_eq(hl_report_name(d.report), hl_report_name(r));
	ck_assert_int_eq(d.report_ms, report_ms);
	ck_assert_str_eq(d.report_text, text);
	return d;
}

START_TEST(a_new_delivery_has_no_report)
{
	sent();
	is(HL_DL_DELIVERED, HL_REPORT_NONE, HL_NO_TIME, "");
}
END_TEST

/* Every order of two reports: the better one stands, with its time and words; the second of a kind is nothing new. */
START_TEST(the_better_report_stands)
{
	enum hl_report first = HL_REPORT_ACCEPTED + _i / 3, second = HL_REPORT_ACCEPTED + _i % 3;
	sent();
	ck_assert(report("d-a-0", first, T0 + 10, "first"));
	ck_assert_int_eq(report("d-a-0", second, T0 + 20, "second"), second > first);
	bool newer = second > first;
	enum hl_report r = newer ? second : first;
	struct hl_delivery d = is(r == HL_REPORT_FAILED ? HL_DL_DEAD : HL_DL_DELIVERED, r, newer ? T0 + 20 : T0 + 10, newer ? "second" : "first");
	ck_assert_int_eq(d.attempts, 1);
	if (r == HL_REPORT_FAILED)
		ck_assert_str_eq(d.result, newer ? "second" : "first");
	contract_reopen();
	is(d.state, r, d.report_ms, d.report_text);
}
END_TEST

START_TEST(what_failed_is_a_dead_letter_and_can_be_tried_again)
{
	sent();
	report("d-a-0", HL_REPORT_FAILED, T0 + 9, "the number is not in use");
	struct hl_delivery d = is(HL_DL_DEAD, HL_REPORT_FAILED, T0 + 9, "the number is not in use");
	ck_assert_str_eq(d.result, "the number is not in use");
	ck_assert_int_eq(d.done_ms, T0 + 9);
	ck_assert_int_eq(contract_counts().dead, 1);
	size_t n;
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .state = "dead" }, T0 + 10, T0 + 99999, &n, err));
	ck_assert_uint_eq(n, 1);
	is(HL_DL_PENDING, HL_REPORT_NONE, HL_NO_TIME, "");
	contract_take(T0 + 10, 8, 1, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 11, "HTTP 202", err));
	is(HL_DL_DELIVERED, HL_REPORT_NONE, HL_NO_TIME, "");
}
END_TEST

/* The report is quicker than the commit of the answer. */
START_TEST(a_failure_under_way_holds_once_the_attempt_is_done)
{
	contract_put("a", "north", "+13035550100", 1);
	contract_take(T0, 8, 1, ids);
	ck_assert(report("d-a-0", HL_REPORT_FAILED, T0 + 5, "no such number"));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	contract_take(T0 + 6, 8, 0, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 7, "HTTP 202", err));
	struct hl_delivery d = is(HL_DL_DEAD, HL_REPORT_FAILED, T0 + 7, "no such number");
	ck_assert_str_eq(d.result, "no such number");
	ck_assert_int_eq(d.attempts, 1);
}
END_TEST

/* The answer was lost, and the message failed besides: the next attempt begins anew. */
START_TEST(a_failure_under_way_ends_with_its_attempt)
{
	contract_put("a", "north", "+13035550100", 1);
	contract_take(T0, 8, 1, ids);
	report("d-a-0", HL_REPORT_FAILED, T0 + 5, "no such number");
	if (_i == 0)
		ok(st->ops->later(st, "d-a-0", T0 + 20, "no answer", err));
	else if (_i == 1)
		contract_reopen();
	contract_take(_i == 2 ? T0 + 60000 : T0 + 20, 8, 1, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 60001, "HTTP 202", err));
	is(HL_DL_DELIVERED, HL_REPORT_NONE, HL_NO_TIME, "");
}
END_TEST

START_TEST(a_failure_of_what_waits_for_its_next_attempt_changes_nothing)
{
	contract_put("a", "north", "+13035550100", 1);
	ck_assert(!report("d-a-0", HL_REPORT_FAILED, T0 + 5, "no such number"));
	is(HL_DL_PENDING, HL_REPORT_NONE, HL_NO_TIME, "");
	contract_take(T0, 8, 1, ids);
}
END_TEST

/* It did arrive, whatever the answer was or will be. */
START_TEST(delivered_ends_what_is_pending)
{
	contract_put("a", "north", "+13035550100", 1);
	if (_i)
		contract_take(T0, 8, 1, ids);
	ck_assert(report("d-a-0", HL_REPORT_DELIVERED, T0 + 5, "to the handset"));
	struct hl_delivery d = is(HL_DL_DELIVERED, HL_REPORT_DELIVERED, T0 + 5, "to the handset");
	ck_assert_int_eq(d.attempts, _i ? 1 : 0);
	ck_assert_int_eq(d.done_ms, T0 + 5);
	contract_take(T0 + 100000, 8, 0, ids);
	if (_i == 1)
		ok(st->ops->done(st, "d-a-0", T0 + 7, "HTTP 202", err));
	else if (_i == 2)
		ok(st->ops->later(st, "d-a-0", T0 + 7, "no answer", err));
	else if (_i == 3)
		ok(st->ops->dead(st, "d-a-0", T0 + 7, "HTTP 500", err));
	is(HL_DL_DELIVERED, HL_REPORT_DELIVERED, T0 + 5, "to the handset");
	contract_reopen();
	contract_take(T0 + 200000, 8, 0, ids);
}
END_TEST

START_TEST(delivered_also_holds_for_what_was_given_up_or_cancelled)
{
	contract_put("a", "north", "+13035550100", 1);
	contract_take(T0, 8, 1, ids);
	ok(st->ops->dead(st, "d-a-0", T0 + 2, "no answer", err));
	ck_assert(report("d-a-0", HL_REPORT_FAILED, T0 + 3, "later"));
	struct hl_delivery d = is(HL_DL_DEAD, HL_REPORT_FAILED, T0 + 3, "later");
	ck_assert_str_eq(d.result, "no answer");
	ck_assert_int_eq(d.done_ms, T0 + 2);
	report("d-a-0", HL_REPORT_DELIVERED, T0 + 4, "after all");
	d = is(HL_DL_DELIVERED, HL_REPORT_DELIVERED, T0 + 4, "after all");
	ck_assert_str_eq(d.result, "after all");
}
END_TEST

START_TEST(accepted_keeps_a_pending_delivery_pending)
{
	contract_put("a", "north", "+13035550100", 1);
	contract_take(T0, 8, 1, ids);
	ck_assert(report("d-a-0", HL_REPORT_ACCEPTED, T0 + 3, "buffered"));
	is(HL_DL_PENDING, HL_REPORT_ACCEPTED, T0 + 3, "buffered");
	ok(st->ops->done(st, "d-a-0", T0 + 4, "HTTP 202", err));
	struct hl_delivery d = is(HL_DL_DELIVERED, HL_REPORT_ACCEPTED, T0 + 3, "buffered");
	ck_assert_str_eq(d.result, "HTTP 202");
}
END_TEST

START_TEST(an_unknown_delivery_is_named)
{
	bool changed = true;
	contract_put("a", "north", "+13035550100", 1);
	fails(HL_E_NOTFOUND, "no delivery d-a", st->ops->report(st, "d-a", HL_REPORT_DELIVERED, T0, "", &changed, err));
	ck_assert(!changed);
	is(HL_DL_PENDING, HL_REPORT_NONE, HL_NO_TIME, "");
}
END_TEST

/* In a group that goes back nothing was reported. */
START_TEST(a_report_goes_back_with_its_group)
{
	sent();
	ok(st->ops->begin(st, err));
	report("d-a-0", HL_REPORT_FAILED, T0 + 9, "no such number");
	st->ops->rollback(st);
	is(HL_DL_DELIVERED, HL_REPORT_NONE, HL_NO_TIME, "");
}
END_TEST

START_TEST(a_reader_may_not_report)
{
	bool changed;
	sent();
	struct hl_store *r = contract_reader();
	fails(HL_E_DENIED, "", r->ops->report(r, "d-a-0", HL_REPORT_DELIVERED, T0, "", &changed, err));
	hl_store_close(&r);
}
END_TEST

TCase *contract_report_case(void)
{
	TCase *c = tcase_create("report");
	tcase_add_checked_fixture(c, contract_setup, contract_teardown);
	tcase_add_test(c, a_new_delivery_has_no_report);
	tcase_add_loop_test(c, the_better_report_stands, 0, 9);
	tcase_add_test(c, what_failed_is_a_dead_letter_and_can_be_tried_again);
	tcase_add_test(c, a_failure_under_way_holds_once_the_attempt_is_done);
	tcase_add_loop_test(c, a_failure_under_way_ends_with_its_attempt, 0, 3);
	tcase_add_test(c, a_failure_of_what_waits_for_its_next_attempt_changes_nothing);
	tcase_add_loop_test(c, delivered_ends_what_is_pending, 0, 4);
	tcase_add_test(c, delivered_also_holds_for_what_was_given_up_or_cancelled);
	tcase_add_test(c, accepted_keeps_a_pending_delivery_pending);
	tcase_add_test(c, an_unknown_delivery_is_named);
	tcase_add_test(c, a_report_goes_back_with_its_group);
	tcase_add_test(c, a_reader_may_not_report);
	return c;
}
