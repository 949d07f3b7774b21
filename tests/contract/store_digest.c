/* store_digest.c: the contract of deliveries that wait for a digest: nobody takes them, they end as the digest that tells of them does, and a stand-down does not overtake
 * a digest that is under way. */
#include "store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char ids[1024];

/* An alert, its event, and one delivery to the address that is held for the timer "digest". */
static void put_held(const char *id, const char *address)
{
	struct hl_alert *a = contract_alert(id, T0);
	char event[HL_ID_TEXT], delivery[HL_ID_TEXT];
	snprintf(event, sizeof event, "e-%.15s", id);
	snprintf(delivery, sizeof delivery, "d-%.15s", id);
	struct hl_event e = contract_event(event, id);
	struct hl_delivery d = contract_delivery(delivery, event, id, "desk", address);
	hl_copy(d.held, sizeof d.held, "digest");
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1, .now_ms = T0 }, err));
	free(a);
}

/* The digest "c" to one address. */
static void gather(const char *address)
{
	struct hl_event e = contract_event("e-digest", "");
	struct hl_delivery d = contract_delivery("c", "e-digest", "", "desk", address);
	e.type = d.type = HL_EVENT_DIGEST;
	struct hl_gather g = { .held = "digest", .receiver = "desk", .channel = "webhook", .address = address, .carrier = "c" };
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .deliveries = &d, .n_deliveries = 1, .gathers = &g, .n_gathers = 1, .now_ms = T0 }, err));
}

static size_t held(void)
{
	struct hl_delivery *d;
	size_t n;
	ok(st->ops->outbox_list(st, &(struct hl_outbox_filter){ .held = "digest", .limit = HL_LIST_MAX }, &d, &n, err));
	hl_deliveries_free(d, n);
	return n;
}

static enum hl_delivery_state state_of(const char *id)
{
	return contract_get_delivery(id).state;
}

START_TEST(what_is_held_is_pending_and_nobodys)
{
	put_held("aaaa", "https://a.example/");
	put_held("bbbb", "https://a.example/");
	contract_take(T0 + 1000000, 8, 0, ids);
	int64_t due_ms;
	ok(st->ops->next_due(st, &due_ms, err));
	ck_assert_int_eq(due_ms, HL_NO_TIME);
	ck_assert_int_eq(contract_counts().pending, 2);
	ck_assert_uint_eq(held(), 2);
	ck_assert_str_eq(contract_get_delivery("d-aaaa").held, "digest");
	contract_reopen();
	contract_take(T0 + 1000000, 8, 0, ids);
	ck_assert_uint_eq(held(), 2);
	contract_put("cccc", "desk", "https://a.example/", 1);
	contract_take(T0 + 1000000, 8, 1, ids);
	ck_assert_str_eq(ids, "d-cccc-0");
}
END_TEST

START_TEST(it_ends_as_its_digest_does)
{
	put_held("aaaa", "https://a.example/");
	put_held("bbbb", "https://other.example/");
	gather("https://a.example/");
	ck_assert_uint_eq(held(), 1);
	ck_assert_str_eq(contract_get_delivery("d-aaaa").carrier, "c");
	contract_take(T0 + 1000000, 8, 1, ids);
	ck_assert_str_eq(ids, "c");
	ok(st->ops->later(st, "c", T0, "503", err));
	ck_assert_int_eq(state_of("d-aaaa"), HL_DL_PENDING);
	if (_i == 0)
		ok(st->ops->done(st, "c", T0 + 7, "200", err));
	else
		ok(st->ops->dead(st, "c", T0 + 7, "410", err));
	struct hl_delivery d = contract_get_delivery("d-aaaa");
	ck_assert_int_eq(d.state, _i == 0 ? HL_DL_DELIVERED : HL_DL_DEAD);
	ck_assert_int_eq(d.done_ms, T0 + 7);
	ck_assert_str_eq(d.result, _i == 0 ? "in the digest c: 200" : "in the digest c: 410");
	ck_assert_int_eq(state_of("d-bbbb"), HL_DL_PENDING);
	if (_i == 0)
		return;
	size_t n;
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .id = "c" }, T0, T0 + 86400000, &n, err));
	ok(st->ops->done(st, "c", T0 + 9, "200", err));
	ck_assert_int_eq(state_of("d-aaaa"), HL_DL_DELIVERED);
}
END_TEST

/* A person who wants it sent gets it sent by itself; what a digest has under way is not sent twice. */
START_TEST(it_can_be_sent_by_itself)
{
	size_t n;
	put_held("aaaa", "https://a.example/");
	put_held("bbbb", "https://b.example/");
	gather("https://b.example/");
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .receiver = "desk" }, T0, T0 + 86400000, &n, err));
	ck_assert_uint_eq(n, 2);
	contract_take(T0, 8, 2, ids);
	ck_assert_ptr_nonnull(strstr(ids, "d-aaaa"));
	ck_assert_ptr_null(strstr(ids, "d-bbbb"));
	ck_assert_uint_eq(held(), 0);
}
END_TEST

static void stand_down(const char *id)
{
	struct hl_alert *a = contract_alert(id, T0);
	struct hl_event e = contract_event("e-down", id);
	struct hl_delivery d = contract_delivery("down", "e-down", id, "desk", "https://a.example/");
	a->rev = 2;
	a->state = HL_ST_WITHDRAWN;
	e.type = d.type = HL_EVENT_STANDDOWN;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1, .cancel_alert = id, .now_ms = T0 },
			  err));
	free(a);
}

static size_t reached(const char *alert)
{
	struct hl_reached *to;
	size_t n;
	ok(st->ops->reached(st, alert, &to, &n, err));
	free(to);
	return n;
}

START_TEST(who_was_only_to_get_it_has_not_got_it)
{
	put_held("aaaa", "https://a.example/");
	ck_assert_uint_eq(reached("aaaa"), 0);
	contract_reopen();
	ck_assert_uint_eq(reached("aaaa"), 0);
	gather("https://a.example/");
	ck_assert_uint_eq(reached("aaaa"), 1);
}
END_TEST

START_TEST(a_stand_down_cancels_what_is_held_and_waits_for_what_is_under_way)
{
	put_held("aaaa", "https://a.example/");
	if (_i)
		gather("https://a.example/");
	stand_down("aaaa");
	ck_assert_int_eq(state_of("d-aaaa"), _i ? HL_DL_PENDING : HL_DL_CANCELLED);
	contract_take(T0, 8, 1, ids);
	ck_assert_str_eq(ids, _i ? "c" : "down");
	if (!_i)
		return;
	contract_take(T0, 8, 0, ids);
	if (_i == 1)
		ok(st->ops->done(st, "c", T0, "200", err));
	else
		ok(st->ops->dead(st, "c", T0, "410", err));
	ck_assert_int_eq(state_of("d-aaaa"), _i == 1 ? HL_DL_DELIVERED : HL_DL_CANCELLED);
	contract_take(T0, 8, 1, ids);
	ck_assert_str_eq(ids, "down");
}
END_TEST

/* What is told of the alert meanwhile does not wait for the digest. */
START_TEST(what_is_not_held_does_not_wait_for_it)
{
	put_held("aaaa", "https://a.example/");
	struct hl_event e = contract_event("e-step", "aaaa");
	struct hl_delivery d = contract_delivery("step", "e-step", "aaaa", "desk", "https://a.example/");
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .deliveries = &d, .n_deliveries = 1, .now_ms = T0 }, err));
	contract_take(T0, 8, 1, ids);
	ck_assert_str_eq(ids, "step");
}
END_TEST

START_TEST(a_timer_is_found_by_its_id)
{
	struct hl_timer t[2] = { { .id = "x", .kind = HL_TIMER_DIGEST, .due_ms = HL_NEVER_MS }, { .id = "y", .kind = HL_TIMER_DIGEST, .due_ms = T0 } }, got[2];
	size_t n;
	ok(st->ops->apply(st, &(struct hl_change){ .timers = t, .n_timers = 2 }, err));
	ok(st->ops->timer_list(st, &(struct hl_timer_filter){ .id = "x", .due_ms = HL_NO_TIME }, got, 2, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(got[0].id, "x");
	ck_assert_int_eq(got[0].due_ms, HL_NEVER_MS);
	hl_timer_wipe(&got[0]);
	ok(st->ops->timer_list(st, &(struct hl_timer_filter){ .id = "z", .due_ms = HL_NO_TIME }, got, 2, &n, err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

TCase *contract_digest_case(void)
{
	TCase *t = tcase_create("digest");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, what_is_held_is_pending_and_nobodys);
	tcase_add_loop_test(t, it_ends_as_its_digest_does, 0, 2);
	tcase_add_test(t, it_can_be_sent_by_itself);
	tcase_add_test(t, who_was_only_to_get_it_has_not_got_it);
	tcase_add_loop_test(t, a_stand_down_cancels_what_is_held_and_waits_for_what_is_under_way, 0, 3);
	tcase_add_test(t, what_is_not_held_does_not_wait_for_it);
	tcase_add_test(t, a_timer_is_found_by_its_id);
	return t;
}
