/* test_zone.c: zone names and local times, over both changes of the clock. Needs the system's zone data base. */
#include "unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/zone.h"

static void shows(const char *zone, const char *utc, const char *want)
{
	struct hl_tz *tz = NULL;
	struct hl_err err;
	int64_t t;
	char text[40];
	if (zone)
		ck_assert_msg(!hl_tz_new(&tz, zone, &err), "%s", err.text);
	ck_assert(hl_time_parse(utc, strlen(utc), &t));
	hl_tz_format(tz, t, text, sizeof text);
	ck_assert_str_eq(text, want);
	hl_tz_free(&tz);
	ck_assert_ptr_null(tz);
}

START_TEST(test_format)
{
	shows("America/Denver", "2026-11-23T10:00:00.999Z", "2026-11-23 03:00:00 MST");
	shows("America/Denver", "2026-07-01T10:00:00Z", "2026-07-01 04:00:00 MDT");
	shows("America/Denver", "2026-11-01T07:59:59Z", "2026-11-01 01:59:59 MDT");
	shows("America/Denver", "2026-11-01T08:00:00Z", "2026-11-01 01:00:00 MST");
	shows("UTC", "2026-11-23T10:00:00Z", "2026-11-23 10:00:00 UTC");
	shows(NULL, "2026-11-23T10:00:00Z", "2026-11-23 10:00:00 UTC");
	shows("America/Argentina/Buenos_Aires", "2026-11-23T10:00:00Z", "2026-11-23 07:00:00 -03");
	shows(NULL, "1969-12-31T23:59:59.500Z", "1969-12-31 23:59:59 UTC");
}
END_TEST

START_TEST(test_extremes)
{
	char text[40];
	hl_tz_format(NULL, INT64_MAX, text, sizeof text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
	hl_tz_format(NULL, 0, text, 5);
	ck_assert_str_eq(text, "1970");
}
END_TEST

START_TEST(test_unknown)
{
	static const char *const bad[] = { "", "Nowhere/Land", "+05:00", "MST7MDT,M3.2.0,M11.1.0", "../../etc/passwd", "/etc/localtime", "America/", "America//Denver",
					   "America/Denver\n", ":America/Denver", "Europe/../UTC" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct hl_tz *tz;
		struct hl_err err;
		ck_assert_msg(hl_tz_new(&tz, bad[i], &err) == HL_E_CONFIG, "%s", bad[i]);
		ck_assert_ptr_null(tz);
		ck_assert_ptr_nonnull(strstr(err.text, "is not known"));
	}
}
END_TEST

static void is_instant(const char *zone, const char *shown, const char *want)
{
	struct hl_tz *tz;
	struct hl_err err;
	int64_t t, w;
	ck_assert(!hl_tz_new(&tz, zone, &err) && hl_time_parse(shown, strlen(shown), &t) && hl_time_parse(want, strlen(want), &w));
	ck_assert_msg(hl_tz_instant(tz, t) == w, "%s %s", zone, shown);
	hl_tz_free(&tz);
}

START_TEST(test_instant)
{
	is_instant("UTC", "2026-11-23T10:00:00.123Z", "2026-11-23T10:00:00.123Z");
	is_instant("America/Denver", "2026-11-23T03:00:00.999Z", "2026-11-23T10:00:00.999Z");
	is_instant("America/Denver", "2026-07-01T04:00:00Z", "2026-07-01T10:00:00Z");
	/* Shown twice: the first. Never shown: the moment the clocks went on. */
	is_instant("America/Denver", "2026-11-01T01:30:00Z", "2026-11-01T07:30:00Z");
	/* A midnight that is shown twice: a day begins with the first. */
	is_instant("America/Havana", "2026-11-01T00:00:00Z", "2026-11-01T04:00:00Z");
	is_instant("America/Denver", "2026-03-08T02:30:00Z", "2026-03-08T09:00:00Z");
	is_instant("America/Denver", "1969-12-31T16:59:59.500Z", "1969-12-31T23:59:59.500Z");
}
END_TEST

UNIT_MAIN("zone", test_format, test_extremes, test_unknown, test_instant)
