/* zone.c: see zone.h. The only file that knows GLib. Any thread: GTimeZone and GDateTime are immutable. */
#include "base/zone.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

struct hl_tz {
	GTimeZone *zone;
};

/* GLib would also take offsets, POSIX rules and paths; only names of the zone data base are wanted, and none that climbs out of its folder. */
static bool is_zone_name(const char *s)
{
	static const char wanted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t n = strlen(s);
	bool letter = n && g_ascii_isalpha(s[0]);
	return letter && n <= 64 && strspn(s, wanted) == n && s[n - 1] != '/' && !strstr(s, "//");
}

enum hl_code hl_tz_new(struct hl_tz **tz, const char *name, struct hl_err *err)
{
	*tz = NULL;
	GTimeZone *zone = is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
	if (!zone)
		return hl_err_set(err, HL_E_CONFIG, "time zone '%s' is not known (expected a name like America/Denver or UTC)", name);
	*tz = hl_alloc(sizeof **tz);
	(*tz)->zone = zone;
	return HL_OK;
}

void hl_tz_free(struct hl_tz **tz)
{
	if (!*tz)
		return;
	g_time_zone_unref((*tz)->zone);
	free(*tz);
	*tz = NULL;
}

void hl_tz_local(const struct hl_tz *tz, int64_t unix_ms, struct hl_local *out)
{
	enum { DAY_S = 86400 };
	int64_t sec = unix_ms / 1000 - (unix_ms % 1000 < 0);
	if (tz) {
		int interval = g_time_zone_find_interval(tz->zone, G_TIME_TYPE_UNIVERSAL, sec);
		sec += interval < 0 ? 0 : g_time_zone_get_offset(tz->zone, interval);
	}
	out->day = sec / DAY_S - (sec % DAY_S < 0);
	out->minute = (int)((sec - out->day * DAY_S) / 60);
}

void hl_tz_format(const struct hl_tz *tz, int64_t unix_ms, char *dst, size_t size)
{
	int64_t sec = unix_ms / 1000 - (unix_ms % 1000 < 0);
	GDateTime *utc = g_date_time_new_from_unix_utc(sec);
	GDateTime *local = utc && tz ? g_date_time_to_timezone(utc, tz->zone) : utc ? g_date_time_ref(utc) : NULL;
	char *text = local ? g_date_time_format(local, "%Y-%m-%d %H:%M:%S %Z") : NULL;
	char plain[HL_TIME_TEXT];
	hl_time_format(unix_ms, plain); /* for years that GDateTime can't say */
	hl_copy(dst, size, text ? text : plain);
	g_free(text);
	g_clear_pointer(&local, g_date_time_unref);
	g_clear_pointer(&utc, g_date_time_unref);
}

int64_t hl_tz_instant(const struct hl_tz *tz, int64_t shown_ms)
{
	if (!tz)
		return shown_ms;
	gint64 shown = shown_ms / 1000 - (shown_ms % 1000 < 0), was = shown;
	int interval = g_time_zone_adjust_time(tz->zone, G_TIME_TYPE_DAYLIGHT, &shown);
	/* adjust_time moves a time that no clock ever showed. */
	return shown_ms + (shown - was) * 1000 - g_time_zone_get_offset(tz->zone, interval) * INT64_C(1000);
}
