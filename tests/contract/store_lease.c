/* store_lease.c: the contract of leases: one taker each, a limit for each destination, turns between receivers, all due after a restart. */
#include "store_contract.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char ids[1024];

START_TEST(what_is_leased_is_not_taken_again_until_the_lease_ends)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_take(T0, 8, 1, ids);
	contract_take(T0 + 59999, 8, 0, ids);
	contract_take(T0 + 60000, 8, 1, ids);
	contract_reopen();
	contract_take(T0 + 60001, 8, 1, ids);
	ck_assert_str_eq(ids, "d-a-0");
	ok(st->ops->later(st, "d-a-0", T0 + 60002, "503", err));
	contract_take(T0 + 60002, 8, 1, ids);
}
END_TEST

static int64_t two(void *arg, const char *destination)
{
	ck_assert_str_eq(arg, "arg");
	if (!strncmp(destination, "desk webhook ", 13))
		return 2;
	ck_assert_str_eq(destination, "north webhook a.example");
	return 3;
}

START_TEST(a_destination_has_a_limit_of_its_own)
{
	static char arg[] = "arg";
	st->concurrency = two;
	st->concurrency_arg = arg;
	contract_put("a", "desk", "https://a.example/x", 3);
	contract_put("b", "desk", "https://u:p@A.example/y?q", 3);
	contract_put("c", "desk", "https://a.example:8443/x", 3);
	contract_put("d", "north", "https://a.example/x", 4);
	contract_take(T0 + 50, 64, 2 + 2 + 3, ids);
	contract_take(T0 + 50, 64, 0, ids);
	int64_t due;
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, T0 + 50 + 60000);
	ok(st->ops->done(st, "d-a-0", T0 + 51, "200", err));
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_le(due, T0 + 50);
	contract_take(T0 + 51, 64, 1, ids);
	ok(st->ops->dead(st, "d-d-0", T0 + 51, "410", err));
	ok(st->ops->later(st, "d-d-1", T0 + 9000, "503", err));
	contract_take(T0 + 51, 64, 1, ids);
	ck_assert_str_eq(ids, "d-d-3");
}
END_TEST

static int64_t not_a(void *arg, const char *destination)
{
	const bool *closed = arg;
	return *closed && strstr(destination, "a.example") ? 0 : 2;
}

/* A destination that is known to be down: its deliveries keep their place and cost nothing. */
START_TEST(a_destination_may_be_closed_for_a_time)
{
	static bool closed = true;
	st->concurrency = not_a;
	st->concurrency_arg = &closed;
	contract_put("a", "desk", "https://a.example/x", 3);
	contract_put("b", "desk", "https://b.example/x", 1);
	contract_take(T0 + 50, 64, 1, ids);
	ck_assert_str_eq(ids, "d-b-0");
	int64_t due;
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, T0);
	closed = false;
	contract_take(T0 + 51, 64, 2, ids);
	ck_assert_int_eq(contract_get_delivery("d-a-0").attempts, 0);
}
END_TEST

START_TEST(the_limit_holds_where_nobody_set_one)
{
	contract_put("a", "desk", "https://a.example/x", HL_PER_DESTINATION + 3);
	contract_take(T0 + 50, 64, HL_PER_DESTINATION, ids);
}
END_TEST

START_TEST(a_flood_for_one_receiver_does_not_delay_another)
{
	contract_put("a", "flood", "https://a.example/x", 200);
	contract_put("b", "flood", "https://b.example/x", 20);
	contract_put("c", "small", "https://c.example/x", 1);
	contract_put("d", "third", "https://d.example/x", 2);
	ok(st->ops->later(st, "d-c-0", T0 + 400, "503", err));
	contract_take(T0 + 500, 4, 4, ids);
	ck_assert_ptr_nonnull(strstr(ids, "d-c-0"));
	ck_assert_ptr_nonnull(strstr(ids, "d-d-0"));
	contract_take(T0 + 500, 64, 2 * HL_PER_DESTINATION + 3 - 4, ids);
	ck_assert_ptr_nonnull(strstr(ids, "d-d-1"));
}
END_TEST

START_TEST(a_black_hole_costs_the_others_nothing)
{
	for (int i = 0; i < 8; i++) {
		char id[] = "hole-0";
		id[5] = (char)('0' + i);
		contract_put(id, "hole", "https://hole.example/x", HL_DELIVERIES_MAX);
	}
	contract_take(T0 + 1000, 64, HL_PER_DESTINATION, ids);
	contract_put("good", "good", "https://good.example/x", 1);
	contract_take(T0 + 1000, 64, 1, ids);
	ck_assert_str_eq(ids, "d-good-0");
}
END_TEST

START_TEST(an_ending_rolled_back_keeps_the_lease)
{
	contract_put("a", "desk", "https://a.example/", 1);
	contract_take(T0, 8, 1, ids);
	ok(st->ops->begin(st, err));
	ok(st->ops->done(st, "d-a-0", T0 + 1, "200", err));
	st->ops->rollback(st);
	ck_assert_int_eq(contract_counts().pending, 1);
	contract_take(T0 + 59999, 8, 0, ids);
	contract_take(T0 + 60000, 8, 1, ids);
	ok(st->ops->begin(st, err));
	ok(st->ops->later(st, "d-a-0", T0 + 60001, "503", err));
	ok(st->ops->commit(st, err));
	contract_take(T0 + 60001, 8, 1, ids);
}
END_TEST

/* The delivery that was taken may have been written by the same group: its number then belongs to whatever comes next. */
START_TEST(a_taking_rolled_back_leaves_no_lease)
{
	contract_put("a", "desk", "https://a.example/", 1);
	ok(st->ops->begin(st, err));
	contract_put("b", "north", "https://b.example/", 1);
	contract_take(T0, 8, 2, ids);
	st->ops->rollback(st);
	contract_put("c", "third", "https://c.example/", 1);
	contract_take(T0 + 1, 8, 2, ids);
	ck_assert_ptr_nonnull(strstr(ids, "d-a-0"));
	ck_assert_ptr_nonnull(strstr(ids, "d-c-0"));
	ok(st->ops->begin(st, err));
	ok(st->ops->later(st, "d-a-0", T0 + 2, "503", err));
	ok(st->ops->commit(st, err));
	ok(st->ops->begin(st, err));
	contract_take(T0 + 2, 8, 1, ids);
	ok(st->ops->commit(st, err));
	contract_take(T0 + 3, 8, 0, ids);
}
END_TEST

START_TEST(destinations_are_named_by_host)
{
	static const char *const row[][2] = {
		{ "https://cad.example/hook", "r webhook cad.example" },      { "http://CAD.example:81?x", "r webhook cad.example:81" },
		{ "https://u:p@cad.example", "r webhook cad.example" },	      { "north@Mail.example", "r webhook mail.example" },
		{ "https://[::1]:9/x@y", "r webhook [::1]:9" },		      { "+13035550100", "r webhook " },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char dst[HL_ADDRESS_MAX];
		struct hl_delivery d = contract_delivery("d", "e", "a", "r", row[i][0]);
		hl_store_destination(&d, dst, sizeof dst);
		ck_assert_str_eq(dst, row[i][1]);
		hl_copy(d.server, sizeof d.server, "SMTP://relay:25");
		hl_store_destination(&d, dst, sizeof dst);
		ck_assert_str_eq(dst, "r webhook smtp://relay:25");
	}
}
END_TEST

TCase *contract_lease_case(void)
{
	TCase *t = tcase_create("lease");
	tcase_set_timeout(t, 30); /* 32,000 deliveries on a busy machine */
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, what_is_leased_is_not_taken_again_until_the_lease_ends);
	tcase_add_test(t, a_destination_has_a_limit_of_its_own);
	tcase_add_test(t, a_destination_may_be_closed_for_a_time);
	tcase_add_test(t, the_limit_holds_where_nobody_set_one);
	tcase_add_test(t, a_flood_for_one_receiver_does_not_delay_another);
	tcase_add_test(t, a_black_hole_costs_the_others_nothing);
	tcase_add_test(t, an_ending_rolled_back_keeps_the_lease);
	tcase_add_test(t, a_taking_rolled_back_leaves_no_lease);
	tcase_add_test(t, destinations_are_named_by_host);
	return t;
}
