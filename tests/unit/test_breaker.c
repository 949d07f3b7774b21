/* test_breaker.c: when a destination rests, how long, and what ends it. Times are made up. */
#include "unit.h"

#include <stdio.h>

#include "daemon/breaker.h"

static struct hl_breaker *b;

static bool fails(const char *destination, int n, int64_t now)
{
	bool began = false;
	for (int i = 0; i < n; i++)
		began = hl_breaker_failed(b, destination, -1, now) || began;
	return began;
}

START_TEST(rests_after_five_in_a_row)
{
	b = hl_breaker_new();
	ck_assert(!fails("desk webhook a", HL_BREAKER_FAILURES - 1, 0));
	ck_assert_int_eq(hl_breaker_room(b, "desk webhook a", 4, 0), 4);
	ck_assert(!hl_breaker_answered(b, "desk webhook a"));
	ck_assert(!fails("desk webhook a", HL_BREAKER_FAILURES - 1, 0));
	ck_assert(fails("desk webhook a", 1, 0));
	ck_assert_int_eq(hl_breaker_room(b, "desk webhook a", 4, 0), 0);
	ck_assert_int_eq(hl_breaker_room(b, "desk webhook b", 4, 0), 4);
	ck_assert_uint_eq(hl_breaker_resting(b), 1);
	ck_assert_int_eq(hl_breaker_until(b, "desk webhook a"), HL_BREAKER_FIRST_MS);
	ck_assert_int_eq(hl_breaker_until(b, "desk webhook b"), 0);
	hl_breaker_free(&b);
	ck_assert_ptr_null(b);
}
END_TEST

START_TEST(one_is_tried_now_and_then)
{
	b = hl_breaker_new();
	fails("a", HL_BREAKER_FAILURES, 0);
	int64_t now = 0, pause = HL_BREAKER_FIRST_MS;
	for (int i = 0; i < 12; i++) {
		now += pause;
		ck_assert_int_eq(hl_breaker_room(b, "a", 4, now - 1), 0);
		ck_assert_int_eq(hl_breaker_room(b, "a", 4, now), 1);
		/* Two that were under way together: the pause is doubled once. */
		ck_assert(!fails("a", 2, now));
		pause = 2 * pause < HL_BREAKER_MOST_MS ? 2 * pause : HL_BREAKER_MOST_MS;
		ck_assert_int_eq(hl_breaker_until(b, "a"), now + pause);
	}
	ck_assert(hl_breaker_answered(b, "a"));
	ck_assert_int_eq(hl_breaker_room(b, "a", 4, now), 4);
	ck_assert_uint_eq(hl_breaker_resting(b), 0);
	fails("a", HL_BREAKER_FAILURES, now);
	hl_breaker_clear(b);
	ck_assert_int_eq(hl_breaker_room(b, "a", 4, now), 4);
	hl_breaker_free(&b);
}
END_TEST

START_TEST(a_pause_that_was_asked_for)
{
	b = hl_breaker_new();
	ck_assert(hl_breaker_failed(b, "a", 30000, 100));
	ck_assert_int_eq(hl_breaker_until(b, "a"), 30100);
	/* The answer to another that was under way does not make it shorter. */
	ck_assert(!hl_breaker_failed(b, "a", 10, 200));
	ck_assert_int_eq(hl_breaker_until(b, "a"), 30100);
	ck_assert(hl_breaker_failed(b, "b", HL_BREAKER_ASKED_MS, 0));
	ck_assert_int_eq(hl_breaker_until(b, "b"), HL_BREAKER_ASKED_MS);
	ck_assert(!hl_breaker_failed(b, "c", HL_BREAKER_ASKED_MS + 1, 0));
	ck_assert_int_eq(hl_breaker_until(b, "c"), 0);
	hl_breaker_free(&b);
}
END_TEST

START_TEST(there_is_a_bound)
{
	b = hl_breaker_new();
	char name[32];
	for (int i = 0; i <= HL_BREAKER_KNOWN; i++) {
		snprintf(name, sizeof name, "d%d", i);
		hl_breaker_failed(b, name, 1000, 0);
	}
	ck_assert_uint_eq(hl_breaker_resting(b), HL_BREAKER_KNOWN);
	ck_assert_int_eq(hl_breaker_room(b, name, 4, 0), 4);
	hl_breaker_free(&b);
}
END_TEST

UNIT_MAIN("breaker", rests_after_five_in_a_row, one_is_tried_now_and_then, a_pause_that_was_asked_for, there_is_a_bound)
