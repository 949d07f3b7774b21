/* store_watch.c: the contract of what a stand-down needs: open alerts by list and by the end of their entry, whom an alert has reached, and that a cancelled
 * delivery that is under way keeps its place until its attempt has ended. */
#include "store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char ids[1024];

static void put(const char *id, const char *list, int64_t rev, enum hl_alert_state state, int64_t expires_ms)
{
	struct hl_alert *a = contract_alert(id, T0);
	a->rev = rev;
	a->state = state;
	a->entry_expires_ms = expires_ms;
	hl_copy(a->list, sizeof a->list, list);
	snprintf(a->entry_id, sizeof a->entry_id, "entry-of-%s", id);
	hl_copy(a->entry_revision, sizeof a->entry_revision, "rev1");
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2 }, err));
	free(a);
}

/* The alerts that fit, separated by blanks. */
static const char *watched(const char *list, int64_t due_ms, int64_t after, size_t max)
{
	static char text[256];
	struct hl_watch w[8];
	size_t n = 99, used = 0;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .list = list, .due_ms = due_ms, .after = after }, w, max, &n, err));
	ck_assert_uint_le(n, max);
	text[0] = 0;
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", w[i].alert);
	return text;
}

START_TEST(open_alerts_are_watched_by_list_and_by_when_their_entry_ends)
{
	put("a", "stolen", 1, HL_ST_NEW, T0 + 500);
	put("b", "amber", 1, HL_ST_NEW, T0 + 100);
	put("c", "stolen", 1, HL_ST_NEW, HL_NO_TIME);
	put("d", "stolen", 1, HL_ST_CLOSED, T0 + 100);
	put("e", "stolen", 1, HL_ST_NEW, T0 + 100);
	put("e", "stolen", 2, HL_ST_ACKNOWLEDGED, T0 + 300);
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "a b c e");
	ck_assert_str_eq(watched("stolen", HL_NO_TIME, 0, 8), "a c e");
	ck_assert_str_eq(watched("stolen", HL_NO_TIME, 0, 2), "a c");
	ck_assert_str_eq(watched("nothing", HL_NO_TIME, 0, 8), "");
	ck_assert_str_eq(watched(NULL, T0 + 99, 0, 8), "");
	ck_assert_str_eq(watched(NULL, T0 + 100, 0, 8), "b");
	ck_assert_str_eq(watched(NULL, T0 + 9999, 0, 8), "b e a");
	ck_assert_str_eq(watched("stolen", T0 + 9999, 0, 8), "e a");
	struct hl_watch w[8];
	size_t n;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .list = "stolen", .due_ms = HL_NO_TIME }, w, 8, &n, err));
	ck_assert_str_eq(w[0].list, "stolen");
	ck_assert_str_eq(w[0].entry, "entry-of-a");
	ck_assert_str_eq(w[0].revision, "rev1");
	ck_assert_int_eq(w[0].look_ms, T0 + 500);
	ck_assert_int_eq(w[1].look_ms, HL_NO_TIME);
	ck_assert_str_eq(watched("stolen", HL_NO_TIME, w[0].seq, 8), "c e");
	contract_reopen();
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "a b c e");
	/* Until it is closed, and not longer than it is kept. */
	put("a", "stolen", 2, HL_ST_WITHDRAWN, T0 + 500);
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "b c e");
	ok(st->ops->sweep(st, T0, T0 + 1, err));
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "");
}
END_TEST

static void put_of(const char *id, const char *incident, int64_t rev, enum hl_alert_state state)
{
	struct hl_alert *a = contract_alert(id, T0);
	a->rev = rev;
	a->state = state;
	hl_copy(a->incident, sizeof a->incident, incident);
	hl_copy(a->entry_id, sizeof a->entry_id, "entry");
	hl_copy(a->entry_revision, sizeof a->entry_revision, "rev1");
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .same_entry = rev > 1 }, err));
	free(a);
}

static const char *of_incident(const char *incident, int64_t after, size_t max)
{
	static char text[256];
	struct hl_watch w[8];
	size_t n = 99, used = 0;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .incident = incident, .due_ms = HL_NO_TIME, .after = after }, w, max, &n, err));
	ck_assert_uint_le(n, max);
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(w[i].incident, incident);
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", w[i].alert);
	}
	return text;
}

START_TEST(open_alerts_are_found_by_their_incident)
{
	put_of("a", "i1", 1, HL_ST_NEW);
	put_of("b", "i2", 1, HL_ST_NEW);
	put_of("c", "i1", 1, HL_ST_NEW);
	put_of("d", "i1", 1, HL_ST_CLOSED);
	put_of("e", "i1", 1, HL_ST_VERIFIED);
	ck_assert_str_eq(of_incident("i1", 0, 8), "a c e");
	ck_assert_str_eq(of_incident("i1", 0, 2), "a c");
	ck_assert_str_eq(of_incident("i1", 1, 8), "c e");
	ck_assert_str_eq(of_incident("i2", 0, 8), "b");
	ck_assert_str_eq(of_incident("i3", 0, 8), "");
	put_of("a", "i1", 2, HL_ST_REJECTED);
	put_of("c", "i1", 2, HL_ST_ACKNOWLEDGED);
	contract_reopen();
	ck_assert_str_eq(of_incident("i1", 0, 8), "c e");
	/* What was closed by mistake is open again. */
	put_of("a", "i1", 3, HL_ST_NEW);
	ck_assert_str_eq(of_incident("i1", 0, 8), "a c e");
}
END_TEST

START_TEST(a_group_sees_the_open_alerts_it_has_made)
{
	put_of("a", "i1", 1, HL_ST_NEW);
	ok(st->ops->begin(st, err));
	put_of("b", "i1", 1, HL_ST_NEW);
	put_of("c", "i2", 1, HL_ST_NEW);
	ck_assert_str_eq(of_incident("i1", 0, 8), "a b");
	put_of("b", "i1", 2, HL_ST_VERIFIED);
	put_of("d", "i1", 1, HL_ST_NEW);
	put_of("a", "i1", 2, HL_ST_CLOSED);
	ck_assert_str_eq(of_incident("i1", 0, 8), "b d");
	ck_assert_str_eq(of_incident("i2", 0, 8), "c");
	ok(st->ops->watch_set(st, "b", "rev9", T0 + 77, err));
	struct hl_watch w[2];
	size_t n;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .incident = "i1", .due_ms = HL_NO_TIME }, w, 2, &n, err));
	ck_assert_str_eq(w[0].revision, "rev9");
	ck_assert_int_eq(w[0].look_ms, T0 + 77);
	if (_i)
		ok(st->ops->commit(st, err));
	else
		st->ops->rollback(st);
	ck_assert_str_eq(of_incident("i1", 0, 8), _i ? "b d" : "a");
}
END_TEST

/* An event of its own for an alert, with one delivery to one address. */
static void tell(const char *alert, const char *event, const char *incident, const char *address)
{
	struct hl_alert *a = contract_alert(alert, T0);
	struct hl_event e = contract_event(event, alert);
	struct hl_delivery d = contract_delivery(event, event, alert, "desk", address);
	hl_copy(d.incident, sizeof d.incident, incident);
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1 }, err));
	free(a);
}

START_TEST(what_one_address_is_told_of_one_incident_comes_in_order)
{
	tell("a", "d1", "i1", "https://one.example/");
	tell("b", "d2", "i1", "https://one.example/");
	tell("c", "d3", "i1", "https://two.example/");
	tell("d", "d4", "i2", "https://one.example/");
	contract_take(T0, 8, 3, ids);
	ck_assert_str_eq(ids, "d1 d3 d4");
	ok(st->ops->done(st, "d1", T0, "200", err));
	contract_take(T0, 8, 1, ids);
	ck_assert_str_eq(ids, "d2");
}
END_TEST

START_TEST(when_to_look_again_is_kept)
{
	put("a", "stolen", 1, HL_ST_NEW, T0 + 100);
	ok(st->ops->watch_set(st, "a", "rev2", T0 + 900, err));
	ok(st->ops->watch_set(st, "no-such", "rev2", T0 + 1, err));
	ck_assert_str_eq(watched(NULL, T0 + 899, 0, 8), "");
	contract_reopen();
	struct hl_watch w[2];
	size_t n;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .due_ms = T0 + 900 }, w, 2, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(w[0].revision, "rev2");
	ok(st->ops->watch_set(st, "a", "rev2", HL_NO_TIME, err));
	ck_assert_str_eq(watched(NULL, INT64_MAX, 0, 8), "");
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "a");
	struct hl_store *reader = contract_reader();
	fails(HL_E_DENIED, "reading only", reader->ops->watch_set(reader, "a", "r", 1, err));
	ok(reader->ops->watch_list(reader, &(struct hl_watch_filter){ .list = "stolen", .due_ms = HL_NO_TIME }, w, 2, &n, err));
	ck_assert_uint_eq(n, 1);
	hl_store_close(&reader);
}
END_TEST

/* "https://a.example/ https://b.example/ …", in the order of their first delivery. */
static const char *reached(const char *alert)
{
	static char text[1024];
	struct hl_reached *r;
	size_t n = 99, used = 0;
	ok(st->ops->reached(st, alert, &r, &n, err));
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(r[i].receiver, "desk");
		ck_assert_str_eq(r[i].channel, "webhook");
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", r[i].address);
	}
	free(r);
	return text;
}

static void put_to(const char *id, const char *const *address, size_t n)
{
	struct hl_alert *a = contract_alert(id, T0);
	struct hl_event e = contract_event("e1", id);
	struct hl_delivery d[8];
	for (size_t i = 0; i < n; i++) {
		char name[HL_ID_TEXT];
		snprintf(name, sizeof name, "d-%s-%zu", id, i);
		d[i] = contract_delivery(name, "e1", id, "desk", address[i]);
		d[i].due_ms = T0 + (int64_t)i;
	}
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = d, .n_deliveries = n, .now_ms = T0 }, err));
	free(a);
}

/* An acknowledgement, or one more read of the passage, says nothing of the entry: what was noted about it since stays. */
START_TEST(a_change_of_the_alert_alone_keeps_when_to_look_again)
{
	struct hl_watch w[2];
	size_t n;
	put("a", "stolen", 1, HL_ST_NEW, T0 + 900);
	ok(st->ops->watch_set(st, "a", "rev2", T0 + 100, err));
	struct hl_alert *a = contract_alert("a", T0);
	a->rev = 2;
	a->state = HL_ST_ACKNOWLEDGED;
	a->entry_expires_ms = T0 + 900;
	hl_copy(a->list, sizeof a->list, "stolen");
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .same_entry = true }, err));
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .due_ms = T0 + 100 }, w, 2, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(w[0].revision, "rev2");
	ck_assert_str_eq(w[0].entry, "entry-of-a");
	/* Closed it is not watched; open again it is. */
	a->rev = 3;
	a->state = HL_ST_CLOSED;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .same_entry = true }, err));
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "");
	a->rev = 4;
	a->state = HL_ST_NEW;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .same_entry = true }, err));
	ck_assert_str_eq(watched(NULL, T0 + 900, 0, 8), "a");
	free(a);
}
END_TEST

START_TEST(who_got_it_or_may_have_got_it)
{
	static const char *const address[] = { "got", "tried", "refused", "on-its-way", "waiting", "never" };
	put_to("a", address, 6);
	ck_assert_str_eq(reached("a"), "");
	ok(st->ops->done(st, "d-a-0", T0, "200", err));
	ok(st->ops->later(st, "d-a-1", T0 + 5000, "timeout", err));
	ok(st->ops->dead(st, "d-a-2", T0, "deadline", err));
	contract_take(T0 + 3, 1, 1, ids);
	ck_assert_str_eq(ids, "d-a-3");
	ck_assert_str_eq(reached("a"), "got tried refused on-its-way");
	ck_assert_str_eq(reached("no-such"), "");
	/* A process that ended may have had any of them on its way. */
	contract_reopen();
	ck_assert_str_eq(reached("a"), "got tried refused on-its-way waiting never");
}
END_TEST

/* Withdraws alert "a" with a stand-down to address. */
static void stand_down(const char *address)
{
	struct hl_alert *a = contract_alert("a", T0);
	a->rev = 2;
	a->state = HL_ST_WITHDRAWN;
	struct hl_event e = contract_event("e2", "a");
	e.type = HL_EVENT_STANDDOWN;
	struct hl_delivery d = contract_delivery("stand-down", "e2", "a", "desk", address);
	d.type = HL_EVENT_STANDDOWN;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1, .cancel_alert = "a",
						   .now_ms = T0 + 9 }, err));
	free(a);
}

START_TEST(nothing_overtakes_what_is_on_its_way)
{
	static const char *const address[] = { "https://a.example/", "https://b.example/" };
	put_to("a", address, 2);
	contract_take(T0, 1, 1, ids);
	ck_assert_str_eq(ids, "d-a-0");
	stand_down(address[0]);
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	ck_assert_int_eq(contract_get_delivery("d-a-1").state, HL_DL_CANCELLED);
	contract_take(T0 + 100, 8, 0, ids);
	switch (_i) {
	case 0: /* it arrived */
		ok(st->ops->done(st, "d-a-0", T0 + 50, "200", err));
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
		break;
	case 1: /* it did not, as far as is known: it is not tried again */
		ok(st->ops->later(st, "d-a-0", T0 + 50, "timeout", err));
		struct hl_delivery d = contract_get_delivery("d-a-0");
		ck_assert_int_eq(d.state, HL_DL_CANCELLED);
		ck_assert_int_eq(d.done_ms, T0 + 9);
		ck_assert_int_eq(d.attempts, 1);
		ck_assert_str_eq(d.result, "cancelled: the alert is over; the last: timeout");
		break;
	case 2: /* nobody ever says */
		contract_take(T0 + 59999, 8, 0, ids);
		contract_take(T0 + 60000, 8, 1, ids);
		ck_assert_str_eq(ids, "stand-down");
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_CANCELLED);
		return;
	default: /* a crash */
		contract_reopen();
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_CANCELLED);
	}
	contract_take(T0 + 100, 8, 1, ids);
	ck_assert_str_eq(ids, "stand-down");
}
END_TEST

START_TEST(a_group_that_goes_back_cancels_nothing)
{
	static const char *const address[] = { "https://a.example/" };
	put_to("a", address, 1);
	contract_take(T0, 1, 1, ids);
	ok(st->ops->begin(st, err));
	stand_down(address[0]);
	st->ops->rollback(st);
	ok(st->ops->later(st, "d-a-0", T0 + 50, "503", err));
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	contract_take(T0 + 50, 8, 1, ids);
	ck_assert_str_eq(ids, "d-a-0");
	ck_assert_str_eq(watched(NULL, HL_NO_TIME, 0, 8), "a");
}
END_TEST

START_TEST(what_was_withdrawn_is_not_woken_again)
{
	static const char *const address[] = { "https://a.example/" };
	put_to("a", address, 1);
	ok(st->ops->dead(st, "d-a-0", T0, "deadline", err));
	stand_down(address[0]);
	ok(st->ops->dead(st, "stand-down", T0, "deadline", err));
	size_t n = 99;
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .receiver = "desk" }, T0 + 50, T0 + 7777, &n, err));
	ck_assert_uint_eq(n, 1);
	contract_take(T0 + 50, 8, 1, ids);
	ck_assert_str_eq(ids, "stand-down");
}
END_TEST

static void event_of(const char *alert, int64_t rev, enum hl_alert_state state, const char *event)
{
	struct hl_alert *a = contract_alert(alert, T0);
	struct hl_event e = contract_event(event, alert);
	struct hl_delivery d = contract_delivery(event, event, alert, "desk", "https://a.example/");
	a->rev = rev;
	a->state = state;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = &d, .n_deliveries = 1 }, err));
	ok(st->ops->dead(st, event, T0, "deadline", err));
	free(a);
}

START_TEST(of_what_is_over_only_the_last_word_is_woken)
{
	static const enum hl_alert_state over[] = { HL_ST_CLOSED, HL_ST_REJECTED, HL_ST_WITHDRAWN };
	static const char *const id[] = { "a", "b", "c" };
	size_t n = 99;
	for (size_t i = 0; i < 3; i++) {
		char event[3][8];
		for (int k = 0; k < 3; k++)
			snprintf(event[k], sizeof event[k], "%s%d", id[i], k);
		event_of(id[i], 1, HL_ST_NEW, event[0]);
		event_of(id[i], 2, HL_ST_VERIFIED, event[1]);
		event_of(id[i], 3, over[i], event[2]);
		ok(st->ops->retry(st, &(struct hl_outbox_filter){ .alert = id[i] }, T0 + 50, T0 + 7777, &n, err));
		ck_assert_uint_eq(n, 1);
		contract_take(T0 + 50, 8, 1, ids);
		ck_assert_str_eq(ids, event[2]);
	}
	/* Open again, all of it may be of use. */
	event_of("a", 4, HL_ST_ACKNOWLEDGED, "a3");
	ok(st->ops->retry(st, &(struct hl_outbox_filter){ .alert = "a", .state = "dead" }, T0 + 60, T0 + 7777, &n, err));
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(what_is_opened_again_is_watched_again)
{
	put_of("a", "i1", 1, HL_ST_NEW);
	put_of("b", "i1", 1, HL_ST_NEW);
	put_of("a", "i1", 2, HL_ST_REJECTED);
	ck_assert_str_eq(of_incident("i1", 0, 8), "b");
	put_of("a", "i1", 3, HL_ST_NEW);
	ck_assert_str_eq(of_incident("i1", 0, 8), "a b");
	struct hl_watch w;
	size_t n;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .list = "stolen", .due_ms = HL_NO_TIME }, &w, 1, &n, err));
	ck_assert_str_eq(w.entry, "entry");
	ck_assert_str_eq(w.revision, "rev1");
	contract_reopen();
	ck_assert_str_eq(of_incident("i1", 0, 8), "a b");
}
END_TEST

START_TEST(the_next_read_is_told_again)
{
	struct hl_peek_key key = contract_key("entry-of-a", "read1"), other = contract_key("entry-of-b", "read1");
	struct hl_track t = { .decision = HL_VERIFY, .alert = "a", .reads = 1 };
	struct hl_notice n = { .at_ms = T0, .decision = HL_VERIFY, .alert = "a" };
	put("a", "stolen", 1, HL_ST_NEW, HL_NO_TIME);
	put("b", "stolen", 1, HL_ST_NEW, HL_NO_TIME);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t, .notice = &n }, err));
	ok(st->ops->apply(st, &(struct hl_change){ .key = &other, .track = &t, .notice = &n }, err));
	struct hl_alert *a = contract_alert("a", T0);
	a->rev = 2;
	a->state = HL_ST_WITHDRAWN;
	hl_copy(a->entry_id, sizeof a->entry_id, "entry-of-a");
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .forget = true }, err));
	struct hl_peek p;
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(!p.track.exists && !p.notice.exists);
	ok(st->ops->peek(st, &other, T0, &p, err));
	ck_assert(p.track.exists && p.notice.exists);
	free(a);
}
END_TEST

TCase *contract_watch_case(void)
{
	TCase *t = tcase_create("watch");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, open_alerts_are_watched_by_list_and_by_when_their_entry_ends);
	tcase_add_test(t, open_alerts_are_found_by_their_incident);
	tcase_add_loop_test(t, a_group_sees_the_open_alerts_it_has_made, 0, 2);
	tcase_add_test(t, what_one_address_is_told_of_one_incident_comes_in_order);
	tcase_add_test(t, when_to_look_again_is_kept);
	tcase_add_test(t, a_change_of_the_alert_alone_keeps_when_to_look_again);
	tcase_add_test(t, who_got_it_or_may_have_got_it);
	tcase_add_loop_test(t, nothing_overtakes_what_is_on_its_way, 0, 4);
	tcase_add_test(t, a_group_that_goes_back_cancels_nothing);
	tcase_add_test(t, what_was_withdrawn_is_not_woken_again);
	tcase_add_test(t, of_what_is_over_only_the_last_word_is_woken);
	tcase_add_test(t, what_is_opened_again_is_watched_again);
	tcase_add_test(t, the_next_read_is_told_again);
	return t;
}
