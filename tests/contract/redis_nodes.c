/* redis_nodes.c: several nodes on one server: who is quicker, whose lease it is, whose audit. */
#include "redis_nodes.h"
#include "base/file.h"
#include "base/mem.h"
#include "store_contract.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char ids[1024];

static char other_dir[HL_PATH_MAX];

/* A second node, with a state folder of its own. */
static struct hl_store *other_node(void)
{
	struct hl_store *s;
	snprintf(other_dir, sizeof other_dir, "%.400s/other", st_dir);
	if (mkdir(other_dir, 0700) && errno != EEXIST)
		abort();
	ok(hl_store_open(&s, contract_target.store, other_dir, HL_STORE_WRITE, err));
	return s;
}

static size_t takes(struct hl_store *s, int64_t now_ms, int64_t lease_ms)
{
	struct hl_delivery d[8];
	size_t n = 99;
	ok(s->ops->take(s, now_ms, lease_ms, d, 8, &n, err));
	for (size_t i = 0; i < n; i++)
		hl_delivery_wipe(&d[i]);
	return n;
}

START_TEST(who_commits_first_wins_and_the_other_begins_anew)
{
	struct hl_store *b = other_node();
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	ok(st->ops->begin(st, err));
	contract_put("mine", "desk", "https://a.example/", 1);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(b->ops->apply(b, &(struct hl_change){ .key = &key, .track = &t }, err));
	fails(HL_E_IO, "another writer was quicker: the passage of entry entry1", st->ops->commit(st, err));
	ck_assert(st->again);
	ck_assert_int_eq(contract_counts().alerts, 0);
	ok(st->ops->begin(st, err));
	ck_assert(!st->again);
	contract_put("mine", "desk", "https://a.example/", 1);
	fails(HL_E_CONFLICT, "entry1", st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	t.rev = 1;
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	hl_store_close(&b);
}
END_TEST

/* Found while the group is still open, where something asks for all of it. */
START_TEST(a_group_that_has_lost_already_is_told_at_the_next_step)
{
	struct hl_store *b = other_node();
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	struct hl_peek p;
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(b->ops->apply(b, &(struct hl_change){ .key = &key, .track = &t }, err));
	struct hl_store_counts n;
	fails(HL_E_IO, "another writer was quicker", st->ops->counts(st, &n, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->peek(st, &key, T0, &p, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->commit(st, err));
	ck_assert(st->again);
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert_int_eq(p.track.rev, 1);
	hl_store_close(&b);
}
END_TEST

START_TEST(a_delivery_is_one_nodes_at_a_time)
{
	struct hl_store *b = other_node();
	int64_t due;
	contract_put("a", "desk", "https://a.example/", 1);
	ck_assert_uint_eq(takes(st, T0, 1000), 1);
	ck_assert_uint_eq(takes(b, T0 + 999, 1000), 0);
	/* The end of another node's lease is a time to look. */
	ok(b->ops->next_due(b, &due, err));
	ck_assert_int_eq(due, T0 + 1000);
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, HL_NO_TIME);
	ck_assert_uint_eq(takes(b, T0 + 1000, 1000), 1);
	hl_store_close(&b);
}
END_TEST

/* The first node was stopped past its lease: whatever it says then does not undo what the second one does. */
START_TEST(who_wakes_past_his_lease_does_no_harm)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 1);
	ck_assert_uint_eq(takes(st, T0, 1000), 1);
	ck_assert_uint_eq(takes(b, T0 + 1000, 60000), 1);
	switch (_i) {
	case 0:
		ok(st->ops->later(st, "d-a-0", T0 + 90000, "time-out", err));
		break;
	case 1:
		ok(st->ops->dead(st, "d-a-0", T0 + 2000, "deadline", err));
		break;
	case 2: /* it did arrive: that holds, whoever says it */
		ok(st->ops->done(st, "d-a-0", T0 + 2000, "200 late", err));
		ok(b->ops->later(b, "d-a-0", T0 + 3000, "503", err));
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
		hl_store_close(&b);
		return;
	default: /* the second one has failed, and waits */
		ok(b->ops->later(b, "d-a-0", T0 + 5000, "503", err));
		ok(st->ops->dead(st, "d-a-0", T0 + 4000, "deadline", err));
		ck_assert_int_eq(contract_get_delivery("d-a-0").due_ms, T0 + 5000);
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
		hl_store_close(&b);
		return;
	}
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	ck_assert_uint_eq(takes(st, T0 + 4000, 1000), 0);
	ok(b->ops->done(b, "d-a-0", T0 + 5000, "200", err));
	struct hl_delivery d = contract_get_delivery("d-a-0");
	ck_assert_int_eq(d.state, HL_DL_DELIVERED);
	ck_assert_str_eq(d.result, "200");
	ck_assert_int_eq(d.attempts, 1);
	hl_store_close(&b);
}
END_TEST

START_TEST(a_node_that_begins_again_lets_go_of_its_own_leases_only)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "north", "https://b.example/", 1);
	st->concurrency = NULL;
	ck_assert_uint_eq(takes(st, T0, 60000), 2);
	hl_store_close(&b);
	b = other_node();
	ck_assert_uint_eq(takes(b, T0 + 1, 60000), 0);
	contract_reopen();
	ck_assert_uint_eq(takes(b, T0 + 1, 60000), 2);
	contract_reopen();
	ck_assert_uint_eq(takes(st, T0 + 2, 60000), 0);
	hl_store_close(&b);
}
END_TEST

/* Whatever a node did reaches an audit, also where it never comes back; what a node that is there did is its own to record. */
START_TEST(what_a_node_that_is_gone_left_is_recorded_by_another)
{
	struct hl_store *b = other_node();
	struct hl_unrecorded u[8];
	size_t n;
	contract_put("a", "desk", "https://a.example/", 3);
	ok(b->ops->adopt(b, T0, 600000, &n, err));
	ck_assert_uint_eq(n, 0);
	ok(b->ops->done(b, "d-a-0", T0 + 1, "200", err));
	ok(b->ops->done(b, "d-a-1", T0 + 2, "200", err));
	ok(st->ops->done(st, "d-a-2", T0 + 3, "200", err));
	hl_store_close(&b);
	ok(st->ops->adopt(st, T0 + 600000, 600000, &n, err));
	ck_assert_uint_eq(n, 0); /* it is still within its time */
	ok(st->ops->unrecorded(st, u, 8, &n, err));
	ck_assert_uint_eq(n, 1);
	ok(st->ops->begin(st, err));
	ok(st->ops->adopt(st, T0 + 600001, 600000, &n, err));
	ck_assert_uint_eq(n, 2);
	ok(st->ops->commit(st, err));
	ok(st->ops->unrecorded(st, u, 8, &n, err));
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(u[0].id, "d-a-0");
	ck_assert_str_eq(u[1].id, "d-a-1");
	ck_assert_str_eq(u[2].id, "d-a-2");
	ok(st->ops->recorded(st, u[2].seq, err));
	ok(st->ops->adopt(st, T0 + 1200000, 600000, &n, err));
	ck_assert_uint_eq(n, 0);
	/* It comes back: nothing is recorded twice, and what it does from then on is found again. */
	b = other_node();
	ok(b->ops->unrecorded(b, u, 8, &n, err));
	ck_assert_uint_eq(n, 0);
	contract_put("b", "desk", "https://a.example/", 1);
	ok(b->ops->done(b, "d-b-0", T0 + 1200000, "200", err));
	hl_store_close(&b);
	ok(st->ops->adopt(st, T0 + 1900000, 600000, &n, err));
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* Two groups that take at once: one of them begins anew and gets what is left. */
START_TEST(what_two_groups_take_is_taken_once)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 3);
	ok(st->ops->begin(st, err));
	ck_assert_uint_eq(takes(st, T0 + 50, 60000), 3);
	ok(b->ops->begin(b, err));
	ck_assert_uint_eq(takes(b, T0 + 50, 60000), 3);
	ok(b->ops->commit(b, err));
	fails(HL_E_IO, "was taken by another node", st->ops->commit(st, err));
	ck_assert(st->again);
	ck_assert_uint_eq(takes(st, T0 + 50, 60000), 0);
	hl_store_close(&b);
}
END_TEST

/* Each node records in its own audit what it did itself. */
START_TEST(what_a_node_did_is_for_its_own_audit)
{
	struct hl_store *b = other_node();
	struct hl_unrecorded u[4];
	size_t n;
	contract_put("a", "desk", "https://a.example/", 2);
	contract_take(T0 + 1, 8, 2, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 2, "200", err));
	ok(b->ops->done(b, "d-a-1", T0 + 2, "200", err));
	ok(st->ops->unrecorded(st, u, 4, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(u[0].id, "d-a-0");
	ok(st->ops->recorded(st, u[0].seq + 1000, err));
	ok(b->ops->unrecorded(b, u, 4, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(u[0].id, "d-a-1");
	hl_store_close(&b);
}
END_TEST

/* More than one call of the script should hold: the store says so. */
START_TEST(a_large_group_says_that_it_is_full)
{
	char *body = hl_calloc(1, HL_BODY_MAX);
	bool full = false;
	memset(body, 'x', HL_BODY_MAX);
	ok(st->ops->begin(st, err));
	ck_assert(!st->ops->full(st));
	for (int i = 0; !full && i < 1000; i++) {
		char id[HL_ID_TEXT];
		snprintf(id, sizeof id, "big%d", i);
		struct hl_alert *a = contract_alert(id, T0);
		ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = body, .alert_body_n = HL_BODY_MAX }, err));
		free(a);
		full = st->ops->full(st);
	}
	ck_assert(full);
	ok(st->ops->commit(st, err));
	ck_assert(!st->ops->full(st));
	free(body);
}
END_TEST

TCase *redis_nodes_case(void)
{
	TCase *t = tcase_create("nodes");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, who_commits_first_wins_and_the_other_begins_anew);
	tcase_add_test(t, a_group_that_has_lost_already_is_told_at_the_next_step);
	tcase_add_test(t, a_delivery_is_one_nodes_at_a_time);
	tcase_add_loop_test(t, who_wakes_past_his_lease_does_no_harm, 0, 4);
	tcase_add_test(t, a_node_that_begins_again_lets_go_of_its_own_leases_only);
	tcase_add_test(t, what_a_node_that_is_gone_left_is_recorded_by_another);
	tcase_add_test(t, what_two_groups_take_is_taken_once);
	tcase_add_test(t, what_a_node_did_is_for_its_own_audit);
	tcase_add_test(t, a_large_group_says_that_it_is_full);
	return t;
}
