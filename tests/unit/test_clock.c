/* test_clock.c: RFC 3339 both ways, the calendar, and the movable clock. */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static int64_t parsed(const char *s)
{
	int64_t t = HL_NO_TIME;
	ck_assert_msg(hl_time_parse(s, strlen(s), &t), "%s", s);
	return t;
}

START_TEST(test_parse_good)
{
	ck_assert_int_eq(parsed("1970-01-01T00:00:00Z"), 0);
	ck_assert_int_eq(parsed("2026-11-23T10:00:00.123Z"), 1795428000123);
	ck_assert_int_eq(parsed("2026-11-23 10:00:00.123456789Z"), 1795428000123);
	ck_assert_int_eq(parsed("2026-11-23T10:00:00.1Z"), 1795428000100);
	ck_assert_int_eq(parsed("2026-11-23T03:00:00-07:00"), 1795428000000);
	ck_assert_int_eq(parsed("2026-11-23t15:30:00+05:30"), 1795428000000);
	ck_assert_int_eq(parsed("2016-12-31T23:59:60Z"), parsed("2016-12-31T23:59:59Z"));
	ck_assert_int_eq(parsed("2024-02-29T00:00:00Z"), 1709164800000);
	ck_assert_int_eq(parsed("1969-12-31T23:59:59.999Z"), -1);
}
END_TEST

START_TEST(test_parse_bad)
{
	static const char *const bad[] = { "", "2026", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00Z", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
					   "2026-11-23T10:00:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
					   "2026-11-31T00:00:00Z", "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00,5Z", "2026-11-23T10:00:00+0700",
					   "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+07:60", "2026-11-23T10:00:00Zx", " 2026-11-23T10:00:00Z",
					   "2026-11-23_10:00:00Z", "+026-11-23T10:00:00Z", "2026-1-23T10:00:00Z" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int64_t t;
		ck_assert_msg(!hl_time_parse(bad[i], strlen(bad[i]), &t), "%s", bad[i]);
	}
	/* No byte past n is looked at. */
	static const char good[] = "2026-11-23T10:00:00Z";
	for (size_t n = 0; n < sizeof good - 1; n++) {
		int64_t t;
		char *cut = malloc(n ? n : 1);
		memcpy(cut, good, n);
		ck_assert(!hl_time_parse(cut, n, &t));
		free(cut);
	}
}
END_TEST

/* The last date is remembered: one that is none is none again, and does not stand for another. */
START_TEST(test_dates_in_turn)
{
	static const char *const tails[] = { ".a23Z", ".1a3Z", ".12aZ", ".123z ", ".123", ".12:Z", ":123Z", "+1:00" };
	int64_t t = 0;
	for (int i = 0; i < 3; i++) {
		ck_assert(!hl_time_parse("2026-02-30T00:00:00Z", 20, &t));
		ck_assert(!hl_time_parse("2026-02-3:T00:00:00Z", 20, &t));
		ck_assert_int_eq(parsed("2024-02-29T00:00:00.999Z"), 1709164800999);
		ck_assert(!hl_time_parse("2023-02-29T00:00:00Z", 20, &t));
		ck_assert_int_eq(parsed("2024-03-01T00:00:00.001z"), 1709251200001);
		ck_assert_int_eq(parsed("2024-03-01T01:00:00.12+01:00"), 1709251200120);
	}
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		char text[40];
		int n = snprintf(text, sizeof text, "2024-02-29T00:00:00%s", tails[i]);
		ck_assert_msg(!hl_time_parse(text, (size_t)n, &t), "%s", text);
	}
}
END_TEST

START_TEST(test_format)
{
	char text[HL_TIME_TEXT];
	hl_time_format(1795428000123, text);
	ck_assert_str_eq(text, "2026-11-23T10:00:00.123Z");
	hl_time_format(-1, text);
	ck_assert_str_eq(text, "1969-12-31T23:59:59.999Z");
	hl_time_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
	hl_time_format(INT64_MIN, text);
	ck_assert_str_eq(text, "0000-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(test_round_trip_against_libc)
{
	for (int64_t t = -62000000000000; t < 250000000000000; t += 86399999 * 977LL) {
		char text[HL_TIME_TEXT], want[40];
		time_t sec = (time_t)(t / 1000 - (t % 1000 < 0));
		struct tm tm;
		gmtime_r(&sec, &tm);
		hl_time_format(t, text);
		strftime(want, sizeof want, "%m-%dT%H:%M:%S", &tm);
		ck_assert_int_eq(strncmp(text + 5, want, strlen(want)), 0);
		ck_assert_int_eq(parsed(text), t);
	}
}
END_TEST

START_TEST(test_from_date)
{
	int64_t t;
	ck_assert(hl_time_from_date(2000, 2, 29, &t));
	ck_assert_int_eq(t, 951782400000);
	ck_assert(!hl_time_from_date(2100, 2, 29, &t));
	ck_assert(!hl_time_from_date(2026, 4, 31, &t));
	ck_assert(!hl_time_from_date(2026, 0, 1, &t));
	ck_assert(!hl_time_from_date(2026, 1, 0, &t));
	ck_assert(!hl_time_from_date(10000, 1, 1, &t));
	ck_assert(!hl_time_from_date(-1, 1, 1, &t));
}
END_TEST

START_TEST(test_shift)
{
	int64_t real = hl_clock_real_ms(), mono = hl_clock_mono_ms(), ns = hl_clock_mono_ns();
	ck_assert_int_gt(real, 1600000000000);
	bool moved = hl_clock_shift(3600000);
#ifdef HL_TEST_HOOKS
	ck_assert(moved);
	ck_assert_int_eq(hl_clock_shifted(), 3600000);
	ck_assert_int_ge(hl_clock_real_ms(), real + 3600000);
	ck_assert_int_ge(hl_clock_mono_ms(), mono + 3600000);
	ck_assert_int_ge(hl_clock_mono_ns(), ns + 3600000000000);
	/* What setting the clock does: the other one goes on as before. */
	ck_assert(hl_clock_jump(-7200000));
	ck_assert_int_lt(hl_clock_real_ms(), real);
	ck_assert_int_ge(hl_clock_mono_ms(), mono + 3600000);
#else
	ck_assert(!moved);
	ck_assert(!hl_clock_jump(-7200000));
	ck_assert_int_lt(hl_clock_real_ms(), real + 3600000);
	ck_assert_int_lt(hl_clock_mono_ms(), mono + 3600000);
	ck_assert_int_ge(hl_clock_mono_ns(), ns);
#endif
}
END_TEST

UNIT_MAIN("clock", test_parse_good, test_parse_bad, test_dates_in_turn, test_format, test_round_trip_against_libc, test_from_date, test_shift)
