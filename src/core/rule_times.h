/* rule_times.h: the times of an `at`: days of the week or holidays, and hours of the wall clock. Pure; any thread. */
#ifndef HL_CORE_RULE_TIMES_H
#define HL_CORE_RULE_TIMES_H

#include "base/zone.h"

#include <stdbool.h>
#include <stddef.h>

enum { HL_TIMES_MAX = 16, HL_TIMES_HOLIDAY = 7 /* the bit beside Monday's 0 to Sunday's 6 */ };

/* One span of hours on some days. Where `to` is not above `from` it runs past midnight and belongs to the day on which it starts. */
struct hl_times {
	unsigned days;      /* bits: Monday 0 … Sunday 6, holidays 7 */
	bool not_holidays;  /* `!Hol`: holidays are taken out of the days */
	int from, to;       /* minutes of the wall clock, from inclusive, to exclusive; 0..1440 */
};

/* Days given as dates, sorted: days since 1970-01-01. */
struct hl_holidays {
	size_t n;
	int64_t *day;
};

/* Reads "Mon-Fri !Hol 06:00-12:00, 13:00-18:00", "Sat,Sun", "22:00-06:00", "Hol" into at most max spans and gives their number; 0 where s is no such text:
 * then *bad (borrowed from s) is where it went wrong. Without days every day, without hours the whole day. */
size_t hl_times_parse(const char *s, struct hl_times *out, size_t max, const char **bad);
/* True where the wall clock shows a time of t. An hour that daylight saving time skips never comes, one that it repeats comes twice. */
bool hl_times_fit(const struct hl_times *t, const struct hl_holidays *holidays, const struct hl_local *now);

#endif
