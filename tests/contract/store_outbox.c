/* store_outbox.c: the contract of the outbox: what is due comes in order, each to one taker; done, later, dead, cancel and retry; bodies unchanged. */
#include "store_contract.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char ids[1024];

START_TEST(the_oldest_due_comes_first)
{
	contract_put("b", "desk", "https://a.example/", 2);
	struct hl_event e = contract_event("e1", "b");
	struct hl_delivery d = contract_delivery("early", "e1", "b", "desk", "https://b.example/");
	d.due_ms = T0 - 100;
	struct hl_change c = { .event = &e, .deliveries = &d, .n_deliveries = 1 };
	ok(st->ops->apply(st, &c, err));
	int64_t due;
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, T0 - 100);
	contract_take(T0 - 101, 8, 0, ids);
	contract_take(T0, 8, 2, ids);
	ck_assert_str_eq(ids, "early d-b-0");
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, T0 + 1);
	contract_take(T0 + 1, 8, 1, ids);
	ck_assert_str_eq(ids, "d-b-1");
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, HL_NO_TIME);
}
END_TEST

START_TEST(an_empty_outbox_has_nothing_due)
{
	int64_t due = 5;
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, HL_NO_TIME);
	contract_take(INT64_MAX - 100000, 8, 0, ids);
}
END_TEST

/* A later event of an alert that contract_put made, for one address. */
static void put_later(const char *alert, const char *event_id, const char *delivery_id, const char *receiver, const char *address)
{
	struct hl_event e = contract_event(event_id, alert);
	struct hl_delivery d = contract_delivery(delivery_id, event_id, alert, receiver, address);
	d.due_ms = T0;
	struct hl_change c = { .event = &e, .deliveries = &d, .n_deliveries = 1, .now_ms = T0 };
	ok(st->ops->apply(st, &c, err));
}

/* What one address is told of one alert comes in order; another address, receiver or alert does not wait. */
START_TEST(an_update_never_overtakes_what_it_updates)
{
	contract_put("a", "desk", "https://a.example/", 1);
	put_later("a", "e-later", "d-later", "desk", "https://a.example/");
	put_later("a", "e-other", "d-other", "desk", "https://other.example/");
	put_later("a", "e-north", "d-north", "north", "https://a.example/");
	contract_put("b", "desk", "https://a.example/", 1);
	contract_take(T0, 8, 4, ids);
	ck_assert_ptr_null(strstr(ids, "d-later"));
	contract_take(T0, 8, 0, ids);
	int64_t due;
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, HL_NO_TIME); /* nothing to wake up for before the first one ends */
	ok(st->ops->later(st, "d-a-0", T0 + 500, "503", err));
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, T0 + 500);
	contract_take(T0 + 499, 8, 0, ids);
	contract_take(T0 + 500, 8, 1, ids);
	ck_assert_str_eq(ids, "d-a-0");
	ok(st->ops->dead(st, "d-a-0", T0 + 501, "404", err));
	contract_take(T0 + 501, 8, 1, ids);
	ck_assert_str_eq(ids, "d-later");
}
END_TEST

START_TEST(bodies_are_identical_over_retries_and_restarts)
{
	size_t n = HL_BODY_MAX;
	char *body = hl_alloc(n);
	for (size_t i = 0; i < n; i++)
		body[i] = (char)(i * 31 + i / 255);
	contract_put("a", "desk", "https://a.example/", 0);
	struct hl_event e = contract_event("e1", "a");
	struct hl_delivery d[2] = { contract_delivery("big", "e1", "a", "desk", "https://a.example/"),
				    contract_delivery("none", "e1", "a", "desk", "https://a.example/") };
	d[0].body = body;
	d[0].body_n = n;
	d[1].body = NULL;
	d[1].body_n = 0;
	struct hl_change c = { .event = &e, .deliveries = d, .n_deliveries = 2 };
	ok(st->ops->apply(st, &c, err));
	for (int i = 0; i < 3; i++) {
		struct hl_delivery got[2];
		size_t taken;
		ok(st->ops->take(st, T0 + i + 1, 1000, got, 2, &taken, err));
		ck_assert_uint_eq(taken, 2);
		ck_assert_uint_eq(got[0].body_n, n);
		ck_assert_mem_eq(got[0].body, body, n);
		ck_assert_uint_eq(got[1].body_n, 0);
		ck_assert_str_eq(got[1].body, "");
		ck_assert_int_eq(got[0].attempts, i);
		hl_delivery_wipe(&got[0]);
		hl_delivery_wipe(&got[1]);
		ok(st->ops->later(st, "big", T0 + i, "503", err));
		ok(st->ops->later(st, "none", T0 + i + 1, "503", err));
		contract_reopen();
	}
	free(body);
}
END_TEST

START_TEST(every_member_of_a_delivery_comes_back)
{
	contract_put("a", "desk", "https://a.example/", 0);
	struct hl_event e = contract_event("e1", "a");
	struct hl_delivery d = contract_delivery("del", "e1", "a", "north", "+13035550100");
	hl_copy(d.channel, sizeof d.channel, "sms");
	d.type = HL_EVENT_STANDDOWN;
	d.created_ms = T0 + 1;
	d.due_ms = T0 + 2;
	d.deadline_ms = T0 + 3;
	d.seen_ms = T0 + 4;
	struct hl_change c = { .event = &e, .deliveries = &d, .n_deliveries = 1 };
	ok(st->ops->apply(st, &c, err));
	struct hl_delivery g = contract_get_delivery("del");
	ck_assert_str_eq(g.event, "e1");
	ck_assert_str_eq(g.alert, "a");
	ck_assert_str_eq(g.receiver, "north");
	ck_assert_str_eq(g.channel, "sms");
	ck_assert_str_eq(g.address, "+13035550100");
	ck_assert_int_eq(g.type, HL_EVENT_STANDDOWN);
	ck_assert_int_eq(g.state, HL_DL_PENDING);
	ck_assert_int_eq(g.created_ms, T0 + 1);
	ck_assert_int_eq(g.due_ms, T0 + 2);
	ck_assert_int_eq(g.deadline_ms, T0 + 3);
	ck_assert_int_eq(g.seen_ms, T0 + 4);
	ck_assert_int_eq(g.done_ms, HL_NO_TIME);
	ck_assert_int_eq(g.attempts, 0);
	ck_assert_str_eq(g.result, "");
}
END_TEST

START_TEST(a_test_event_needs_no_alert)
{
	struct hl_event e = contract_event("e1", "");
	struct hl_delivery d = contract_delivery("del", "e1", "", "desk", "https://a.example/");
	struct hl_change c = { .event = &e, .deliveries = &d, .n_deliveries = 1 };
	ok(st->ops->apply(st, &c, err));
	ck_assert_str_eq(contract_get_delivery("del").alert, "");
	contract_take(T0, 8, 1, ids);
}
END_TEST

START_TEST(done_later_and_dead_say_what_became_of_it)
{
	contract_put("a", "desk", "https://a.example/", 3);
	contract_take(T0 + 10, 8, 3, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 20, "200 thanks", err));
	ok(st->ops->later(st, "d-a-1", T0 + 500, "503", err));
	ok(st->ops->dead(st, "d-a-2", T0 + 30, "400 bad request", err));
	contract_reopen();
	struct hl_delivery d = contract_get_delivery("d-a-0");
	ck_assert_int_eq(d.state, HL_DL_DELIVERED);
	ck_assert_int_eq(d.done_ms, T0 + 20);
	ck_assert_int_eq(d.attempts, 1);
	ck_assert_str_eq(d.result, "200 thanks");
	d = contract_get_delivery("d-a-1");
	ck_assert_int_eq(d.state, HL_DL_PENDING);
	ck_assert_int_eq(d.due_ms, T0 + 500);
	ck_assert_int_eq(d.done_ms, HL_NO_TIME);
	ck_assert_str_eq(d.result, "503");
	d = contract_get_delivery("d-a-2");
	ck_assert_int_eq(d.state, HL_DL_DEAD);
	ck_assert_int_eq(d.done_ms, T0 + 30);
	ck_assert_str_eq(d.result, "400 bad request");
	contract_take(T0 + 499, 8, 0, ids);
	contract_take(T0 + 500, 8, 1, ids);
	ck_assert_str_eq(ids, "d-a-1");
	ok(st->ops->done(st, "d-a-1", T0 + 501, "200", err));
	ck_assert_int_eq(contract_get_delivery("d-a-1").attempts, 2);
	struct hl_store_counts c = contract_counts();
	ck_assert(c.pending == 0 && c.delivered == 2 && c.dead == 1 && c.cancelled == 0);
	fails(HL_E_NOTFOUND, "no-such", st->ops->done(st, "no-such", T0, "", err));
	fails(HL_E_NOTFOUND, "no-such", st->ops->later(st, "no-such", T0, "", err));
	fails(HL_E_NOTFOUND, "no-such", st->ops->dead(st, "no-such", T0, "", err));
}
END_TEST

START_TEST(what_is_ended_stays_ended_unless_it_did_arrive)
{
	contract_put("a", "desk", "https://a.example/", 2);
	ok(st->ops->dead(st, "d-a-0", T0, "gave up", err));
	ok(st->ops->later(st, "d-a-0", T0, "late answer", err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DEAD);
	ok(st->ops->done(st, "d-a-0", T0 + 5, "200", err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
	ok(st->ops->dead(st, "d-a-0", T0 + 6, "no", err));
	ok(st->ops->done(st, "d-a-0", T0 + 7, "again", err));
	struct hl_delivery d = contract_get_delivery("d-a-0");
	ck_assert_int_eq(d.state, HL_DL_DELIVERED);
	ck_assert_int_eq(d.done_ms, T0 + 5);
}
END_TEST

START_TEST(cancelling_stops_what_is_pending_but_not_the_stand_down)
{
	contract_put("a", "desk", "https://a.example/", 3);
	contract_put("b", "desk", "https://a.example/", 1);
	ok(st->ops->done(st, "d-a-0", T0, "200", err));
	contract_take(T0 + 1, 1, 1, ids);
	ck_assert_str_eq(ids, "d-b-0");
	struct hl_alert *a = contract_alert("a", T0);
	a->rev = 2;
	struct hl_event e = contract_event("e2", "a");
	e.type = HL_EVENT_STANDDOWN;
	struct hl_delivery d = contract_delivery("stand-down", "e2", "a", "desk", "https://a.example/");
	struct hl_change c = { .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1,
			       .cancel_alert = "a", .now_ms = T0 + 9 };
	ok(st->ops->apply(st, &c, err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
	ck_assert_int_eq(contract_get_delivery("d-a-1").state, HL_DL_CANCELLED);
	ck_assert_int_eq(contract_get_delivery("d-a-2").done_ms, T0 + 9);
	ck_assert_int_eq(contract_get_delivery("d-b-0").state, HL_DL_PENDING);
	contract_take(T0 + 100, 8, 1, ids);
	ck_assert_str_eq(ids, "stand-down");
	ok(st->ops->later(st, "d-a-1", T0, "503", err));
	ck_assert_int_eq(contract_get_delivery("d-a-1").state, HL_DL_CANCELLED);
	ok(st->ops->done(st, "d-a-2", T0 + 10, "200", err));
	ck_assert_int_eq(contract_get_delivery("d-a-2").state, HL_DL_DELIVERED);
	free(a);
}
END_TEST

START_TEST(dropping_cancels_what_is_meant_and_says_why)
{
	contract_put("a", "desk", "https://a.example/", 4);
	contract_put("b", "north", "https://b.example/", 2);
	ok(st->ops->done(st, "d-a-0", T0, "200", err));
	ok(st->ops->dead(st, "d-a-1", T0, "410", err));
	size_t n = 99;
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .receiver = "nobody" }, T0, "no", &n, err));
	ck_assert_uint_eq(n, 0);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .before_ms = T0 }, T0, "no", &n, err));
	ck_assert_uint_eq(n, 0);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .since_ms = T0 + 1 }, T0, "no", &n, err));
	ck_assert_uint_eq(n, 0);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .receiver = "desk", .state = "dead", .since_ms = T0, .before_ms = T0 + 1 }, T0 + 7, "dropped by ann", &n, err));
	ck_assert_uint_eq(n, 1);
	struct hl_delivery d = contract_get_delivery("d-a-1");
	ck_assert_int_eq(d.state, HL_DL_CANCELLED);
	ck_assert_int_eq(d.done_ms, T0 + 7);
	ck_assert_str_eq(d.result, "dropped by ann");
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .receiver = "desk" }, T0 + 8, "dropped by bob", &n, err));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
	ck_assert_str_eq(contract_get_delivery("d-a-1").result, "dropped by ann");
	contract_take(T0 + 100, 8, 2, ids);
	ck_assert_str_eq(ids, "d-b-0 d-b-1");
}
END_TEST

/* It may arrive all the same; if not, it is not tried again. */
START_TEST(what_is_under_way_is_dropped_when_its_attempt_has_failed)
{
	contract_put("a", "desk", "https://a.example/", 3);
	contract_take(T0 + 10, 8, 3, ids);
	size_t n;
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .alert = "a" }, T0 + 11, "dropped by ann", &n, err));
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .alert = "a" }, T0 + 12, "dropped by bob", &n, err));
	ck_assert_uint_eq(n, 0);
	ok(st->ops->done(st, "d-a-0", T0 + 20, "200", err));
	ok(st->ops->later(st, "d-a-1", T0 + 500, "503", err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
	struct hl_delivery d = contract_get_delivery("d-a-1");
	ck_assert_int_eq(d.state, HL_DL_CANCELLED);
	ck_assert_str_eq(d.result, "dropped by ann; the last: 503");
	/* The end of the process, or of the lease, ends the attempt too. */
	contract_reopen();
	d = contract_get_delivery("d-a-2");
	ck_assert_int_eq(d.state, HL_DL_CANCELLED);
	ck_assert_str_eq(d.result, "dropped by ann");
}
END_TEST

START_TEST(who_thinks_better_of_it_tries_again)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_take(T0 + 10, 8, 1, ids);
	size_t n;
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .alert = "a" }, T0 + 11, "dropped by ann", &n, err));
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .alert = "a" }, T0 + 12, T0 + 9999, &n, err));
	ck_assert_uint_eq(n, 1);
	ok(st->ops->later(st, "d-a-0", T0 + 500, "503", err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
}
END_TEST

START_TEST(retry_wakes_the_dead_and_the_waiting_that_are_meant)
{
	contract_put("a", "desk", "https://a.example/", 3);
	contract_put("b", "north", "https://b.example/", 2);
	ok(st->ops->done(st, "d-a-0", T0, "200", err));
	ok(st->ops->dead(st, "d-a-1", T0, "410", err));
	ok(st->ops->later(st, "d-a-2", T0 + 9999, "503", err));
	ok(st->ops->dead(st, "d-b-0", T0, "410", err));
	ok(st->ops->later(st, "d-b-1", T0 + 9999, "503", err));
	static const struct {
		struct hl_outbox_filter f;
		size_t n;
	} row[] = {
		{ { .receiver = "nobody" }, 0 }, { { .id = "d-a-0" }, 0 },		    { { .id = "d-a-1" }, 1 },
		{ { .alert = "b" }, 2 },	 { { .receiver = "desk", .alert = "b" }, 0 }, { { .receiver = "desk" }, 2 },
		{ { .state = "dead" }, 0 },	 { { .state = "delivered" }, 0 },	    { { 0 }, 4 },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t n = 99;
		ok(st->ops->retry(st, &row[i].f, T0 + 50, T0 + 7777, &n, err));
		ck_assert_msg(n == row[i].n, "row %zu: %zu, not %zu", i, n, row[i].n);
	}
	struct hl_delivery d = contract_get_delivery("d-a-1");
	ck_assert_int_eq(d.state, HL_DL_PENDING);
	ck_assert_int_eq(d.due_ms, T0 + 50);
	ck_assert_int_eq(d.deadline_ms, T0 + 7777);
	ck_assert_int_eq(d.done_ms, HL_NO_TIME);
	ck_assert_int_eq(d.attempts, 1);
	contract_take(T0 + 50, 8, 4, ids);
}
END_TEST

TCase *contract_outbox_case(void)
{
	TCase *t = tcase_create("outbox");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, the_oldest_due_comes_first);
	tcase_add_test(t, an_empty_outbox_has_nothing_due);
	tcase_add_test(t, an_update_never_overtakes_what_it_updates);
	tcase_add_test(t, bodies_are_identical_over_retries_and_restarts);
	tcase_add_test(t, every_member_of_a_delivery_comes_back);
	tcase_add_test(t, a_test_event_needs_no_alert);
	tcase_add_test(t, done_later_and_dead_say_what_became_of_it);
	tcase_add_test(t, what_is_ended_stays_ended_unless_it_did_arrive);
	tcase_add_test(t, cancelling_stops_what_is_pending_but_not_the_stand_down);
	tcase_add_test(t, dropping_cancels_what_is_meant_and_says_why);
	tcase_add_test(t, what_is_under_way_is_dropped_when_its_attempt_has_failed);
	tcase_add_test(t, who_thinks_better_of_it_tries_again);
	tcase_add_test(t, retry_wakes_the_dead_and_the_waiting_that_are_meant);
	return t;
}
