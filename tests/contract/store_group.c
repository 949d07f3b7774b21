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

TCase *contract_group_case(void)
{
	TCase *t = tcase_create("group");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, a_group_is_there_after_commit_only);
	tcase_add_test(t, a_group_rolled_back_or_cut_off_leaves_nothing);
	tcase_add_test(t, groups_do_not_nest);
	tcase_add_test(t, a_reading_handle_reads_and_never_writes);
	tcase_add_test(t, a_reader_of_nothing_says_so);
	return t;
}
