/* zone.h: time zones over GLib's immutable GTimeZone; never setenv("TZ"). Any thread. */
#ifndef HL_BASE_ZONE_H
#define HL_BASE_ZONE_H

#include "base/err.h"
#include <stdint.h>

struct hl_tz;
/* Gives *tz for an IANA name ("America/Denver", "UTC"); HL_E_CONFIG where it is not known. */
enum hl_code hl_tz_new(struct hl_tz **tz, const char *name, struct hl_err *err);
void hl_tz_free(struct hl_tz **tz);
/* What a wall clock in a zone shows. */
struct hl_local {
	int64_t day; /* days since 1970-01-01 of the local date: a Thursday, so (day + 3) mod 7 is 0 on Mondays */
	int minute;  /* since the clock's midnight, 0..1439 */
};
/* The local day and minute of unix_ms in tz (NULL = UTC), daylight saving time as it was or will be then. Allocates nothing. */
void hl_tz_local(const struct hl_tz *tz, int64_t unix_ms, struct hl_local *out);
/* "2026-11-23 03:00:00 MST" of unix_ms in tz (NULL = UTC) into dst (at least 40 bytes). */
void hl_tz_format(const struct hl_tz *tz, int64_t unix_ms, char *dst, size_t size);

/* The instant (Unix ms) at which clocks in tz show what UTC's show at shown_ms; of an hour that is shown twice the first, of one that is left out the one behind it. tz NULL = UTC. */
int64_t hl_tz_instant(const struct hl_tz *tz, int64_t shown_ms);

#endif
