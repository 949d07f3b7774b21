/* zone.h: time zones over GLib's immutable GTimeZone; never setenv("TZ"). Any thread. */
#ifndef HL_BASE_ZONE_H
#define HL_BASE_ZONE_H

#include "base/err.h"
#include <stdint.h>

struct hl_tz;
/* Gives *tz for an IANA name ("America/Denver", "UTC"); HL_E_CONFIG where it is not known. */
enum hl_code hl_tz_new(struct hl_tz **tz, const char *name, struct hl_err *err);
void hl_tz_free(struct hl_tz **tz);
/* "2026-11-23 03:00:00 MST" of unix_ms in tz (NULL = UTC) into dst (at least 40 bytes). */
void hl_tz_format(const struct hl_tz *tz, int64_t unix_ms, char *dst, size_t size);

/* The instant (Unix ms) at which clocks in tz show what UTC's show at shown_ms; of an hour that is shown twice the first, of one that is left out the one behind it. */
int64_t hl_tz_instant(const struct hl_tz *tz, int64_t shown_ms);

#endif
