/* store_timer.c: the contract of timers: set, fired and stopped with the change they belong to or not at all, ended by the change that takes their alert
 * elsewhere, and asked for in order of time. */
#include "store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ON_NEW = 1 << HL_ST_NEW, ON_ACK = 1 << HL_ST_ACKNOWLEDGED, ON_OPEN = (1 << HL_ST_CLOSED) - 1 };

static struct hl_timer timer(const char *id, const char *alert, enum hl_timer_kind kind, unsigned states, int64_t due_ms)
{
	static char data[] = "who is told";
	struct hl_timer t = { .kind = kind, .states = states, .step = 1, .due_ms = due_ms, .data = data, .data_n = 11 };
	hl_copy(t.id, sizeof t.id, id);
	hl_copy(t.alert, sizeof t.alert, alert);
	return t;
}

static void set(struct hl_timer t)
{
	ok(st->ops->apply(st, &(struct hl_change){ .timers = &t, .n_timers = 1 }, err));
}

/* One revision more, in this state; with what else c says. */
static enum hl_code move(const char *id, int64_t rev, enum hl_alert_state state, struct hl_change c, struct hl_err *err)
{
	struct hl_alert *a = contract_alert(id, T0);
	a->rev = rev;
	a->state = state;
	c.alert = a;
	c.alert_body = "{}";
	c.alert_body_n = 2;
	enum hl_code rc = st->ops->apply(st, &c, err);
	free(a);
	return rc;
}

/* The timers that fit, separated by blanks. */
static const char *listed(struct hl_store *s, const char *alert, int64_t due_ms, size_t max)
{
	static char text[256];
	struct hl_timer t[8];
	size_t n = 99, used = 0;
	ok(s->ops->timer_list(s, &(struct hl_timer_filter){ .alert = alert, .due_ms = due_ms }, t, max, &n, err));
	ck_assert_uint_le(n, max);
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", t[i].id);
		hl_timer_wipe(&t[i]);
	}
	return text;
}

static int64_t next(void)
{
	int64_t due_ms = 0;
	ok(st->ops->timer_next(st, &due_ms, err));
	return due_ms;
}

START_TEST(timers_come_in_order_of_time)
{
	ck_assert_int_eq(next(), HL_NO_TIME);
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "");
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "desk", "https://a.example/", 1);
	set(timer("late", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 900));
	set(timer("y", "b", HL_TIMER_REPEAT, ON_NEW, T0 + 300));
	set(timer("x", "a", HL_TIMER_FALLBACK, ON_OPEN, T0 + 300));
	set(timer("soon", "", HL_TIMER_DIGEST, 0, T0 + 100));
	ck_assert_int_eq(next(), T0 + 100);
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "soon x y late");
	ck_assert_str_eq(listed(st, NULL, T0 + 300, 8), "soon x y");
	ck_assert_str_eq(listed(st, NULL, T0 + 299, 8), "soon");
	ck_assert_str_eq(listed(st, NULL, T0 + 99, 8), "");
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 2), "soon x");
	ck_assert_str_eq(listed(st, "a", HL_NO_TIME, 8), "x late");
	ck_assert_str_eq(listed(st, "a", T0 + 300, 8), "x");
	ck_assert_str_eq(listed(st, "nobody", HL_NO_TIME, 8), "");
}
END_TEST

START_TEST(a_timer_comes_back_as_it_was_set_also_after_a_restart)
{
	contract_put("a", "desk", "https://a.example/", 1);
	struct hl_timer in = timer("t", "a", HL_TIMER_LAPSE, ON_ACK | ON_NEW, T0 + 5), out;
	in.step = 7;
	in.data = (char[]){ 'a', 0, 'b', '\n', (char)0xff };
	in.data_n = 5;
	set(in);
	struct hl_timer none = timer("n", "", HL_TIMER_DIGEST, 0, T0 + 6);
	none.data = NULL;
	none.data_n = 0;
	set(none);
	contract_reopen();
	struct hl_timer both[2];
	size_t n;
	ok(st->ops->timer_list(st, &(struct hl_timer_filter){ .due_ms = HL_NO_TIME }, both, 2, &n, err));
	ck_assert_uint_eq(n, 2);
	out = both[0];
	ck_assert_str_eq(out.id, "t");
	ck_assert_str_eq(out.alert, "a");
	ck_assert_int_eq(out.kind, HL_TIMER_LAPSE);
	ck_assert_uint_eq(out.states, ON_ACK | ON_NEW);
	ck_assert_int_eq(out.step, 7);
	ck_assert_int_eq(out.due_ms, T0 + 5);
	ck_assert_uint_eq(out.data_n, 5);
	ck_assert_mem_eq(out.data, in.data, 5);
	ck_assert_str_eq(both[1].alert, "");
	ck_assert_int_eq(both[1].kind, HL_TIMER_DIGEST);
	ck_assert_uint_eq(both[1].data_n, 0);
	hl_timer_wipe(&both[0]);
	hl_timer_wipe(&both[1]);
	struct hl_store *r = contract_reader();
	ck_assert_str_eq(listed(r, NULL, HL_NO_TIME, 8), "t n");
	fails(HL_E_DENIED, "", r->ops->apply(r, &(struct hl_change){ .fired = &in }, err));
	hl_store_close(&r);
}
END_TEST

START_TEST(setting_a_timer_again_moves_it)
{
	contract_put("a", "desk", "https://a.example/", 1);
	set(timer("t", "a", HL_TIMER_REPEAT, ON_NEW, T0 + 5));
	set(timer("t", "a", HL_TIMER_REPEAT, ON_NEW, T0 + 50));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "t");
	ck_assert_int_eq(next(), T0 + 50);
}
END_TEST

START_TEST(a_timer_is_fired_once)
{
	contract_put("a", "desk", "https://a.example/", 1);
	struct hl_timer t = timer("t", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 5), moved = t, other = t;
	set(t);
	other.due_ms = T0 + 6;
	fails(HL_E_CONFLICT, "the timer t was fired, moved or stopped", move("a", 2, HL_ST_NEW, (struct hl_change){ .fired = &other }, err));
	moved.due_ms = T0 + 10;
	ok(move("a", 2, HL_ST_NEW, (struct hl_change){ .fired = &t, .timers = &moved, .n_timers = 1 }, err));
	fails(HL_E_CONFLICT, "", move("a", 3, HL_ST_NEW, (struct hl_change){ .fired = &t }, err));
	ck_assert_int_eq(next(), T0 + 10);
	ok(move("a", 3, HL_ST_NEW, (struct hl_change){ .fired = &moved }, err));
	fails(HL_E_CONFLICT, "", move("a", 4, HL_ST_NEW, (struct hl_change){ .fired = &moved }, err));
	ck_assert_int_eq(next(), HL_NO_TIME);
}
END_TEST

/* What fails leaves the timers as they were, and what is found fired leaves the rest undone. */
START_TEST(a_change_moves_timers_whole_or_not_at_all)
{
	contract_put("a", "desk", "https://a.example/", 1);
	struct hl_timer t = timer("t", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 5), new = timer("new", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 1);
	set(t);
	struct hl_change c = { .fired = &t, .stop_alert = "a", .stop_kinds = ~0u, .timers = &new, .n_timers = 1 };
	fails(HL_E_CONFLICT, "revision 7", move("a", 7, HL_ST_NEW, c, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "t");
	struct hl_timer gone = timer("gone", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 5);
	struct hl_event e = contract_event("e2", "a");
	struct hl_delivery d = contract_delivery("d2", "e2", "a", "sergeant", "https://s.example/");
	c = (struct hl_change){ .fired = &gone, .event = &e, .deliveries = &d, .n_deliveries = 1, .timers = &new, .n_timers = 1 };
	fails(HL_E_CONFLICT, "gone", move("a", 2, HL_ST_NEW, c, err));
	ck_assert_int_eq(contract_counts().pending, 1);
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "t");
	ok(st->ops->begin(st, err));
	ok(move("a", 2, HL_ST_ACKNOWLEDGED, (struct hl_change){ .timers = &new, .n_timers = 1 }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "new");
	st->ops->rollback(st);
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "t");
}
END_TEST

START_TEST(a_timer_needs_its_alert_and_has_bounds)
{
	static char big[HL_TIMER_DATA_MAX + 1];
	static struct hl_timer many[HL_TIMERS_MAX + 1];
	struct hl_timer t = timer("t", "nobody", HL_TIMER_ESCALATE, ON_NEW, T0 + 5);
	fails(HL_E_NOTFOUND, "", st->ops->apply(st, &(struct hl_change){ .timers = &t, .n_timers = 1 }, err));
	t = timer("t", "", HL_TIMER_DIGEST, 0, T0 + 5);
	t.data = big;
	t.data_n = sizeof big;
	fails(HL_E_LIMIT, "the data of a timer", st->ops->apply(st, &(struct hl_change){ .timers = &t, .n_timers = 1 }, err));
	fails(HL_E_LIMIT, "257 timers in one change", st->ops->apply(st, &(struct hl_change){ .timers = many, .n_timers = HL_TIMERS_MAX + 1 }, err));
	t.data_n = sizeof big - 1;
	ok(st->ops->apply(st, &(struct hl_change){ .timers = &t, .n_timers = 1 }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "t");
}
END_TEST

/* Nobody who changes an alert needs to know what waits for it. */
START_TEST(the_change_that_takes_an_alert_elsewhere_ends_its_timers)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "desk", "https://a.example/", 1);
	set(timer("esc", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 1));
	set(timer("fall", "a", HL_TIMER_FALLBACK, ON_OPEN, T0 + 2));
	set(timer("other", "b", HL_TIMER_ESCALATE, ON_NEW, T0 + 3));
	set(timer("none", "", HL_TIMER_DIGEST, 0, T0 + 4));
	ok(move("a", 2, HL_ST_NEW, (struct hl_change){ .same_entry = true }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "esc fall other none");
	struct hl_timer lapse = timer("lapse", "a", HL_TIMER_LAPSE, ON_ACK, T0 + 5);
	ok(move("a", 3, HL_ST_ACKNOWLEDGED, (struct hl_change){ .timers = &lapse, .n_timers = 1 }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "fall other none lapse");
	ok(move("a", 4, HL_ST_VERIFIED, (struct hl_change){ 0 }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "fall other none");
	ok(move("a", 5, HL_ST_CLOSED + _i, (struct hl_change){ 0 }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "other none");
}
END_TEST

START_TEST(timers_are_stopped_by_kind_and_set_after_that)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "desk", "https://a.example/", 1);
	set(timer("e1", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 1));
	set(timer("e2", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 2));
	set(timer("f", "a", HL_TIMER_FALLBACK, ON_NEW, T0 + 3));
	set(timer("r", "a", HL_TIMER_REPEAT, ON_NEW, T0 + 4));
	set(timer("o", "b", HL_TIMER_ESCALATE, ON_NEW, T0 + 5));
	struct hl_timer again = timer("e1", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 9);
	struct hl_change c = { .stop_alert = "a", .stop_kinds = 1u << HL_TIMER_ESCALATE | 1u << HL_TIMER_REPEAT, .timers = &again, .n_timers = 1 };
	ok(st->ops->apply(st, &c, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "f o e1");
	ok(st->ops->apply(st, &(struct hl_change){ .stop_alert = "a" }, err));
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "f o e1");
}
END_TEST

START_TEST(timers_go_with_their_alert)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "desk", "https://a.example/", 1);
	set(timer("ta", "a", HL_TIMER_REPEAT, ON_NEW, T0 + 5));
	set(timer("tb", "b", HL_TIMER_REPEAT, ON_NEW, T0 + 6));
	ok(st->ops->done(st, "d-a-0", T0, "200", err));
	ok(st->ops->sweep(st, T0, T0 + 1, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	ck_assert_str_eq(listed(st, NULL, HL_NO_TIME, 8), "tb");
}
END_TEST

/* An acknowledgement and a step, as two changes of which each knows only what it read: whichever comes first, nothing is told after the acknowledgement,
 * and what was told stands. _i: 0 the acknowledgement first, 1 the step first; +2 in one group. */
START_TEST(an_acknowledgement_and_a_step_in_either_order)
{
	contract_put("a", "desk", "https://a.example/", 1);
	struct hl_timer t = timer("step", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 5), second = timer("step2", "a", HL_TIMER_ESCALATE, ON_NEW, T0 + 9);
	set(t);
	set(second);
	struct hl_event e = contract_event("e2", "a");
	struct hl_delivery d = contract_delivery("d2", "e2", "a", "sergeant", "https://s.example/");
	struct hl_change step = { .fired = &t, .event = &e, .deliveries = &d, .n_deliveries = 1 };
	if (_i & 2)
		ok(st->ops->begin(st, err));
	if (_i & 1)
		ok(move("a", 2, HL_ST_NEW, step, err));
	ok(move("a", _i & 1 ? 3 : 2, HL_ST_ACKNOWLEDGED, (struct hl_change){ 0 }, err));
	if (!(_i & 1)) {
		fails(HL_E_CONFLICT, "", move("a", 2, HL_ST_NEW, step, err));
		fails(HL_E_CONFLICT, "", move("a", 3, HL_ST_ACKNOWLEDGED, step, err));
	}
	step.fired = &second;
	fails(HL_E_CONFLICT, "step2", move("a", _i & 1 ? 4 : 3, HL_ST_ACKNOWLEDGED, step, err));
	if (_i & 2)
		ok(st->ops->commit(st, err));
	ck_assert_int_eq(next(), HL_NO_TIME);
	ck_assert_int_eq(contract_counts().pending, _i & 1 ? 2 : 1);
}
END_TEST

TCase *contract_timer_case(void)
{
	TCase *t = tcase_create("timers");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, timers_come_in_order_of_time);
	tcase_add_test(t, a_timer_comes_back_as_it_was_set_also_after_a_restart);
	tcase_add_test(t, setting_a_timer_again_moves_it);
	tcase_add_test(t, a_timer_is_fired_once);
	tcase_add_test(t, a_change_moves_timers_whole_or_not_at_all);
	tcase_add_test(t, a_timer_needs_its_alert_and_has_bounds);
	tcase_add_loop_test(t, the_change_that_takes_an_alert_elsewhere_ends_its_timers, 0, 3);
	tcase_add_test(t, timers_are_stopped_by_kind_and_set_after_that);
	tcase_add_test(t, timers_go_with_their_alert);
	tcase_add_loop_test(t, an_acknowledgement_and_a_step_in_either_order, 0, 4);
	return t;
}
