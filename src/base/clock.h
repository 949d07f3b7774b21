/* clock.h: the only place that reads a clock, and RFC 3339. Times are milliseconds: `real` since 1970-01-01T00:00:00Z, `mono` since an arbitrary
 * start. Only daemon/ and ctl/ call hl_clock_*; everything below gets `now` as an argument. In builds with --enable-test-hooks both clocks can be
 * moved by hl_clock_shift, so that tests need not wait. Any thread.
 */
#ifndef HL_BASE_CLOCK_H
#define HL_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_NO_TIME INT64_MIN

enum { HL_TIME_TEXT = 32 };

/* Now: Unix milliseconds, UTC; milliseconds and nanoseconds of a clock that never goes back. With what test builds shift them by. Floor 4 only; any thread. */
int64_t hl_clock_real_ms(void);
int64_t hl_clock_mono_ms(void);
int64_t hl_clock_mono_ns(void);
/* Adds delta_ms to both clocks from now on (atomic). False in builds without test hooks. */
bool hl_clock_shift(int64_t delta_ms);
int64_t hl_clock_shifted(void); /* sum of all shifts */
/* Adds delta_ms to the real clock alone, as setting it does; negative sets it back. False in builds without test hooks. */
bool hl_clock_jump(int64_t delta_ms);

/* "2026-11-23T10:00:00.123Z" into dst (HL_TIME_TEXT bytes); ms without a fraction where it is 0 is still written as .000. */
void hl_time_format(int64_t unix_ms, char *dst);
/* RFC 3339 with 'T' or a space, any fraction (cut to ms), 'Z' or an offset; the offset is required. Leap second 60 reads as 59. False where it is
 * not exactly that. n bytes, no NUL needed. */
bool hl_time_parse(const char *s, size_t n, int64_t *unix_ms);
/* "2026-12-25" as days since 1970-01-01; false where s is not exactly that, or no such day. */
bool hl_day_parse(const char *s, int64_t *day);
/* yyyy, mm, dd (proleptic Gregorian) to the ms of its first instant in UTC; false for a day that does not exist. */
bool hl_time_from_date(int year, int month, int day, int64_t *unix_ms);

#endif
