/* store_unrecorded.c: the contract of what the audit does not know yet: each delivery that ended and each stand-down stands there once, from the
 * commit that did it, over a restart, until it is said to be recorded. */
#include "store_contract.h"

#include <stdio.h>
#include <string.h>

/* "delivered d-a-0" and the like, separated by ", ". */
static const char *unrecorded(size_t max)
{
	static char text[1024];
	struct hl_unrecorded u[16];
	size_t n = 99, used = 0;
	ok(st->ops->unrecorded(st, u, max, &n, err));
	ck_assert_uint_le(n, max);
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", i ? ", " : "", hl_unrecorded_name(u[i].what), u[i].id);
		ck_assert(!i || u[i].seq > u[i - 1].seq);
	}
	return text;
}

static int64_t seq_of(size_t i)
{
	struct hl_unrecorded u[16];
	size_t n;
	ok(st->ops->unrecorded(st, u, 16, &n, err));
	ck_assert_uint_gt(n, i);
	return u[i].seq;
}

START_TEST(what_ended_is_unrecorded)
{
	char ids[1024];
	contract_put("a", "desk", "https://a.example/", 3);
	ck_assert_str_eq(unrecorded(16), "");
	contract_take(T0 + 10, 8, 3, ids);
	ok(st->ops->later(st, "d-a-0", T0 + 20, "503", err));
	ck_assert_str_eq(unrecorded(16), "");
	ok(st->ops->done(st, "d-a-1", T0 + 11, "200", err));
	ok(st->ops->dead(st, "d-a-2", T0 + 12, "550", err));
	ck_assert_str_eq(unrecorded(16), "delivered d-a-1, dead d-a-2");
	ck_assert_str_eq(unrecorded(1), "delivered d-a-1");
	struct hl_unrecorded u[4];
	size_t n;
	ok(st->ops->unrecorded(st, u, 4, &n, err));
	ck_assert_str_eq(u[0].event, "e-a");
	ck_assert_str_eq(u[0].alert, "a");
	ck_assert_str_eq(u[0].receiver, "desk");
	ck_assert_str_eq(u[0].address, "https://a.example/");
	ck_assert_str_eq(u[0].channel, contract_get_delivery("d-a-1").channel);
	ck_assert_int_eq(u[0].time_ms, T0 + 11);
	contract_reopen();
	ck_assert_str_eq(unrecorded(16), "delivered d-a-1, dead d-a-2");
	ok(st->ops->recorded(st, seq_of(0), err));
	ck_assert_str_eq(unrecorded(16), "dead d-a-2");
	/* Said twice, it arrived once. */
	ok(st->ops->done(st, "d-a-1", T0 + 13, "200", err));
	ck_assert_str_eq(unrecorded(16), "dead d-a-2");
}
END_TEST

/* Also where no attempt was counted: one may have been cut off by a crash. */
START_TEST(what_was_cancelled_is_unrecorded)
{
	char ids[1024];
	contract_put("a", "desk", "https://a.example/", 2);
	contract_take(T0, 8, 1, ids);
	ok(st->ops->later(st, "d-a-0", T0 + 20, "time-out", err));
	ok(st->ops->apply(st, &(struct hl_change){ .cancel_alert = "a", .now_ms = T0 + 5 }, err));
	ck_assert_str_eq(unrecorded(16), "cancelled d-a-0, cancelled d-a-1");
}
END_TEST

START_TEST(a_stand_down_is_unrecorded_with_its_commit)
{
	contract_put("a", "desk", "https://a.example/", 1);
	struct hl_event e = contract_event("e-down", "a");
	e.type = HL_EVENT_STANDDOWN;
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .now_ms = T0 }, err));
	st->ops->rollback(st);
	ck_assert_str_eq(unrecorded(16), "");
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .now_ms = T0 }, err));
	ok(st->ops->commit(st, err));
	ck_assert_str_eq(unrecorded(16), "standdown e-down");
	int64_t first = seq_of(0);
	ok(st->ops->recorded(st, first, err));
	/* A number is never given twice, also where all are gone. */
	e = contract_event("e-down2", "a");
	e.type = HL_EVENT_STANDDOWN;
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .now_ms = T0 }, err));
	ck_assert_int_gt(seq_of(0), first);
}
END_TEST

START_TEST(only_the_writing_handle_says_what_is_recorded)
{
	struct hl_store *reader = contract_reader();
	struct hl_unrecorded u[2];
	size_t n = 9;
	ok(reader->ops->unrecorded(reader, u, 2, &n, err));
	ck_assert_uint_eq(n, 0);
	fails(HL_E_DENIED, "", reader->ops->recorded(reader, 1, err));
	hl_store_close(&reader);
}
END_TEST

TCase *contract_unrecorded_case(void)
{
	TCase *c = tcase_create("unrecorded");
	tcase_add_checked_fixture(c, contract_setup, contract_teardown);
	tcase_add_test(c, what_ended_is_unrecorded);
	tcase_add_test(c, what_was_cancelled_is_unrecorded);
	tcase_add_test(c, a_stand_down_is_unrecorded_with_its_commit);
	tcase_add_test(c, only_the_writing_handle_says_what_is_recorded);
	return c;
}
