/* store_group.c: the contract of groups and handles: what commit has said yes to is there, the rest is not; readers can't write. */
#include "store_contract.h"

#include <stdlib.h>
#include <string.h>

START_TEST(a_group_is_there_after_commit_only)
{
	ok(st->ops->begin(st, err));
	contract_put("alert1", "desk", "https://a.example/", 1);
	contract_put("alert2", "desk", "https://a.example/", 1);
	struct hl_store *r = contract_reader();
	struct hl_store_counts c;
	ok(r->ops->counts(r, &c, err));
	ck_assert_int_eq(c.alerts, 0);
	ok(st->ops->commit(st, err));
	ok(r->ops->counts(r, &c, err));
	ck_assert_int_eq(c.alerts, 2);
	hl_store_close(&r);
}
END_TEST

START_TEST(a_group_rolled_back_or_cut_off_leaves_nothing)
{
	ok(st->ops->begin(st, err));
	contract_put("alert1", "desk", "https://a.example/", 1);
	st->ops->rollback(st);
	ck_assert_int_eq(contract_counts().alerts, 0);
	ok(st->ops->begin(st, err));
	contract_put("alert1", "desk", "https://a.example/", 1);
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 0);
	contract_put("alert1", "desk", "https://a.example/", 1);
	ck_assert_int_eq(contract_counts().alerts, 1);
}
END_TEST

START_TEST(groups_do_not_nest)
{
	fails(HL_E_INTERNAL, "no group", st->ops->commit(st, err));
	ok(st->ops->begin(st, err));
	fails(HL_E_INTERNAL, "open already", st->ops->begin(st, err));
	ok(st->ops->commit(st, err));
	st->ops->rollback(st);
}
END_TEST

START_TEST(a_reading_handle_reads_and_never_writes)
{
	contract_put("alert1", "desk", "https://a.example/", 1);
	struct hl_store *w = st;
	struct hl_store *r = contract_reader();
	struct hl_alert *a = contract_alert("alert2", T0);
	struct hl_change c = { .alert = a, .alert_body = "{}", .alert_body_n = 2 };
	struct hl_delivery d[1];
	struct hl_outbox_filter all = { 0 };
	size_t n;
	fails(HL_E_DENIED, "reading only", r->ops->begin(r, err));
	fails(HL_E_DENIED, "reading only", r->ops->apply(r, &c, err));
	fails(HL_E_DENIED, "reading only", r->ops->take(r, T0, 1000, d, 1, &n, err));
	fails(HL_E_DENIED, "reading only", r->ops->done(r, "d-alert1-0", T0, "200", err));
	fails(HL_E_DENIED, "reading only", r->ops->later(r, "d-alert1-0", T0, "503", err));
	fails(HL_E_DENIED, "reading only", r->ops->dead(r, "d-alert1-0", T0, "400", err));
	fails(HL_E_DENIED, "reading only", r->ops->retry(r, &all, T0, T0, &n, err));
	fails(HL_E_DENIED, "reading only", r->ops->sweep(r, T0, T0, err));
	st = r;
	ck_assert_int_eq(contract_counts().pending, 1);
	int64_t due;
	ok(r->ops->next_due(r, &due, err));
	ck_assert_int_eq(due, T0);
	st = w;
	hl_store_close(&r);
	free(a);
}
END_TEST

START_TEST(a_reader_of_nothing_says_so)
{
	struct hl_store *r = NULL;
	fails(HL_E_NOTFOUND, "no-such-folder", hl_store_open(&r, contract_target.store, "/tmp/no-such-folder", HL_STORE_READ, err));
	ck_assert_ptr_null(r);
	fails(HL_E_CONFIG, "unknown store 'paper'", hl_store_open(&r, "paper", st_dir, HL_STORE_WRITE, err));
}
END_TEST

/* Each part of the change alone is refused for what the group has done. */
static void refused(const struct hl_change *c, const struct hl_peek_key *other)
{
	fails(HL_E_CONFLICT, "read1", st->ops->apply(st, &(struct hl_change){ .key = c->key, .receipt = true }, err));
	fails(HL_E_CONFLICT, "the passage", st->ops->apply(st, &(struct hl_change){ .key = other, .track = c->track }, err));
	fails(HL_E_EXISTS, c->alert->id, st->ops->apply(st, &(struct hl_change){ .alert = c->alert, .alert_body = "{}", .alert_body_n = 2 }, err));
	fails(HL_E_EXISTS, "", st->ops->apply(st, &(struct hl_change){ .event = c->event }, err));
	fails(HL_E_EXISTS, "", st->ops->apply(st, &(struct hl_change){ .deliveries = c->deliveries, .n_deliveries = 1 }, err));
}

/* All that the next hit of a group is judged by. */
START_TEST(a_group_sees_itself)
{
	static const char body[] = "{\"v\":1}";
	struct hl_alert *a = contract_alert("abcdefghijklmnopqrstuvwxyz", T0);
	struct hl_event e = contract_event("e1", a->id);
	struct hl_delivery d = contract_delivery("d1", "e1", a->id, "desk", "https://a.example/");
	struct hl_peek_key key = contract_key("entry1", "read1"), other = contract_key("entry1", "read2");
	struct hl_track t = { .decision = HL_VERIFY, .first_ms = T0, .last_ms = T0 + 5, .reads = 3 };
	struct hl_notice n = { .at_ms = T0, .decision = HL_VERIFY };
	struct hl_cleared cl = { .at_ms = T0, .until_ms = T0 + 1000, .by = "smith", .id = "pair" };
	struct hl_change c = { .alert = a, .alert_body = body, .alert_body_n = sizeof body - 1, .event = &e, .deliveries = &d, .n_deliveries = 1, .key = &key, .track = &t,
			       .notice = &n, .cleared = &cl, .receipt = true, .now_ms = T0 };
	struct hl_peek p;
	struct hl_alert_row row;
	hl_copy(t.alert, sizeof t.alert, a->id);
	hl_copy(n.alert, sizeof n.alert, a->id);
	hl_copy(a->entry_id, sizeof a->entry_id, "entry1");
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &c, err));
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(p.track.exists && p.notice.exists && p.cleared.exists && p.duplicate);
	ck_assert_int_eq(p.track.rev, 1);
	ck_assert_int_eq(p.track.reads, 3);
	ck_assert_str_eq(p.notice.alert, a->id);
	ck_assert_str_eq(p.cleared.by, "smith");
	ok(st->ops->peek(st, &other, T0 + 1000, &p, err));
	ck_assert(p.track.exists && !p.cleared.exists && !p.duplicate);
	ok(st->ops->alert_get(st, a->id, &row, err));
	ck_assert_str_eq(row.body, body);
	free(row.body);
	refused(&c, &other);
	/* And goes on from there. */
	t.rev = 1;
	t.reads = 4;
	a->rev = 2;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{\"v\":2}", .alert_body_n = 7, .key = &other, .track = &t, .receipt = true }, err));
	ok(st->ops->done(st, "d1", T0 + 9, "200", err));
	fails(HL_E_NOTFOUND, "d2", st->ops->done(st, "d2", T0 + 9, "200", err));
	ok(st->ops->alert_get(st, a->id, &row, err));
	ck_assert_str_eq(row.body, "{\"v\":2}");
	free(row.body);
	a->rev = 3;
	if (_i == 2)
		ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2, .forget = true }, err));
	if (_i == 3)
		ok(st->ops->cleared_end(st, "pair", T0 + 1, "lee", "why", err));
	ok(st->ops->peek(st, &key, T0 + 2, &p, err));
	ck_assert(p.track.exists == (_i != 2) && p.cleared.exists == (_i != 3));
	if (_i)
		ok(st->ops->commit(st, err));
	else
		st->ops->rollback(st);
	ok(st->ops->peek(st, &other, T0 + 2, &p, err));
	ck_assert_int_eq(p.track.reads, _i == 0 || _i == 2 ? 0 : 4);
	ck_assert_int_eq(p.duplicate, _i != 0);
	ck_assert_int_eq(contract_counts().delivered, _i != 0);
	free(a);
}
END_TEST

/* What one job of a group has done before it failed is taken back; the others' work, before and after, stands. */
START_TEST(what_was_done_since_a_mark_is_taken_back)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	struct hl_peek p;
	struct hl_delivery d;
	size_t n;
	contract_put("old", "desk", "https://o.example/", 1);
	ok(st->ops->begin(st, err));
	contract_put("first", "desk", "https://a.example/", 1);
	ok(st->ops->mark(st, err));
	contract_put("half", "desk", "https://b.example/", 1);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t, .receipt = true }, err));
	ok(st->ops->take(st, T0, 60000, &d, 1, &n, err));
	ck_assert_uint_eq(n, 1);
	hl_delivery_wipe(&d);
	ok(st->ops->done(st, "d-first-0", T0, "200", err));
	ok(st->ops->mark(st, err));
	contract_put("inner", "desk", "https://b.example/", 1);
	ok(st->ops->keep(st, err));
	ok(st->ops->undo(st, err));
	ck_assert_int_eq(contract_counts().alerts, 2);
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(!p.track.exists && !p.duplicate);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t, .receipt = true }, err));
	contract_put("half", "desk", "https://b.example/", 1); /* the id is free */
	ok(st->ops->mark(st, err));
	contract_put("last", "desk", "https://b.example/", 1);
	ok(st->ops->keep(st, err));
	ok(st->ops->commit(st, err));
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 4);
	ck_assert_int_eq(contract_counts().pending, 4);
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(p.track.exists && p.duplicate);
}
END_TEST

/* Leases that the marked part took or ended are as they were. */
START_TEST(a_mark_holds_leases_too)
{
	char ids[1024];
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "north", "https://b.example/", 1);
	ok(st->ops->begin(st, err));
	contract_take(T0, 1, 1, ids);
	ok(st->ops->mark(st, err));
	contract_take(T0, 8, 1, ids);
	ok(st->ops->later(st, "d-a-0", T0 + 1, "503", err));
	ok(st->ops->undo(st, err));
	contract_take(T0 + 1, 8, 1, ids);
	ok(st->ops->commit(st, err));
	contract_take(T0 + 1, 8, 0, ids);
}
END_TEST

START_TEST(marks_need_a_group_and_end_with_it)
{
	fails(HL_E_NOTFOUND, "no group", st->ops->mark(st, err));
	ok(st->ops->begin(st, err));
	fails(HL_E_NOTFOUND, "no mark", st->ops->undo(st, err));
	fails(HL_E_NOTFOUND, "no mark", st->ops->keep(st, err));
	for (int i = 0; i < HL_MARKS_MAX; i++)
		ok(st->ops->mark(st, err));
	fails(HL_E_INTERNAL, "marks", st->ops->mark(st, err));
	contract_put("a", "desk", "https://a.example/", 1);
	ok(st->ops->commit(st, err)); /* whatever was not undone holds */
	ck_assert_int_eq(contract_counts().alerts, 1);
	ok(st->ops->begin(st, err));
	fails(HL_E_NOTFOUND, "no mark", st->ops->undo(st, err));
	st->ops->rollback(st);
}
END_TEST

static enum hl_code half(struct hl_store *s, void *arg, struct hl_err *e)
{
	contract_put("half", "desk", "https://a.example/", 1);
	return arg ? hl_err_set(e, *(enum hl_code *)arg, "the second part") : s->ops->counts(s, &(struct hl_store_counts){ 0 }, e);
}

START_TEST(several_changes_are_whole)
{
	enum hl_code code = HL_E_LIMIT;
	fails(HL_E_LIMIT, "the second part", hl_store_whole(st, half, &code, err));
	ck_assert_int_eq(contract_counts().alerts, 0);
	ok(st->ops->begin(st, err));
	fails(HL_E_LIMIT, "the second part", hl_store_whole(st, half, &code, err));
	ok(hl_store_whole(st, half, NULL, err));
	ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
}
END_TEST

/* What an answer makes needless goes with the group that holds the answer, also what the same group has put there. */
START_TEST(what_is_dropped_in_a_group_goes_with_it)
{
	char ids[1024];
	size_t n, found;
	struct hl_delivery *d;
	contract_put("alert1", "desk", "https://a.example/", 1);
	ok(st->ops->begin(st, err));
	contract_put("alert2", "desk", "https://b.example/", 2);
	ok(st->ops->outbox_list(st, &(struct hl_outbox_filter){ .alert = "alert2", .state = "pending" }, &d, &found, err));
	ck_assert_uint_eq(found, 2);
	hl_deliveries_free(d, found);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .id = "d-alert1-0", .state = "pending" }, T0, "cancelled: over", &n, err));
	ck_assert_uint_eq(n, 1);
	ok(st->ops->drop(st, &(struct hl_outbox_filter){ .id = "d-alert2-1", .state = "pending" }, T0, "cancelled: over", &n, err));
	if (_i)
		st->ops->rollback(st);
	else
		ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_get_delivery("d-alert1-0").state, _i ? HL_DL_PENDING : HL_DL_CANCELLED);
	ck_assert_int_eq(contract_counts().cancelled, _i ? 0 : 2);
	contract_take(T0 + 10, 8, 1, ids);
	ck_assert_str_eq(ids, _i ? "d-alert1-0" : "d-alert2-0");
}
END_TEST

TCase *contract_group_case(void)
{
	TCase *t = tcase_create("group");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, a_group_is_there_after_commit_only);
	tcase_add_loop_test(t, what_is_dropped_in_a_group_goes_with_it, 0, 2);
	tcase_add_test(t, a_group_rolled_back_or_cut_off_leaves_nothing);
	tcase_add_loop_test(t, a_group_sees_itself, 0, 4);
	tcase_add_test(t, groups_do_not_nest);
	tcase_add_test(t, what_was_done_since_a_mark_is_taken_back);
	tcase_add_test(t, a_mark_holds_leases_too);
	tcase_add_test(t, marks_need_a_group_and_end_with_it);
	tcase_add_test(t, several_changes_are_whole);
	tcase_add_test(t, a_reading_handle_reads_and_never_writes);
	tcase_add_test(t, a_reader_of_nothing_says_so);
	return t;
}
