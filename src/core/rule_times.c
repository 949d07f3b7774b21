/* rule_times.c: see rule_times.h. Pure; any thread. */
#include "core/rule_times.h"

#include <strings.h>

enum { MINUTES = 24 * 60, WEEK = (1 << 7) - 1 };

static const char *const day_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Hol" };

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void blanks(const char **s)
{
	while (**s == ' ' || **s == '\t')
		(*s)++;
}

/* The number of the three-letter day at *s, or -1; moves past it. */
static int take_day(const char **s)
{
	for (int i = 0; i <= HL_TIMES_HOLIDAY; i++)
		if (!strncasecmp(*s, day_names[i], 3) && !is_letter((*s)[3])) {
			*s += 3;
			return i;
		}
	return -1;
}

/* "Mon", "Mon-Fri", "Fri-Mon" (over the week's end), "Hol" or "!Hol". */
static bool take_days(const char **s, struct hl_times *t)
{
	bool negative = **s == '!';
	*s += negative;
	int first = take_day(s), last = first;
	if (first < 0 || (negative && first != HL_TIMES_HOLIDAY))
		return false;
	if (negative) {
		t->not_holidays = true;
		return true;
	}
	if (**s == '-') {
		(*s)++;
		last = take_day(s);
		if (last < 0 || last == HL_TIMES_HOLIDAY || first == HL_TIMES_HOLIDAY)
			return false;
	}
	for (int d = first; d != last; d = (d + 1) % 7)
		t->days |= 1u << d;
	t->days |= 1u << last;
	return true;
}

/* "06:00" to "24:00" as minutes, or -1; moves past it. */
static int take_clock(const char **s)
{
	const char *p = *s;
	if (!is_digit(p[0]) || !is_digit(p[1]) || p[2] != ':' || !is_digit(p[3]) || !is_digit(p[4]) || is_digit(p[5]))
		return -1;
	int hour = (p[0] - '0') * 10 + p[1] - '0', minute = (p[3] - '0') * 10 + p[4] - '0';
	if (minute > 59 || hour * 60 + minute > MINUTES)
		return -1;
	*s = p + 5;
	return hour * 60 + minute;
}

/* "06:00-18:00". A span that ends where it begins would be none or a whole day: nobody can tell which was meant. */
static bool take_span(const char **s, struct hl_times *t)
{
	t->from = take_clock(s);
	if (t->from < 0 || t->from == MINUTES || **s != '-')
		return false;
	(*s)++;
	t->to = take_clock(s);
	return t->to >= 0 && t->to != t->from;
}

/* One item after another, days first; commas and blanks between them. */
static bool take_items(const char **s, struct hl_times *days, struct hl_times *out, size_t *n, size_t max)
{
	for (blanks(s); **s; blanks(s)) {
		const char *item = *s;
		struct hl_times span;
		if (!is_digit(*item)) {
			if (*n || !take_days(s, days))
				return false;
		} else if (*n == max || !take_span(s, &span)) {
			*s = item;
			return false;
		} else {
			out[(*n)++] = span;
		}
		blanks(s);
		if (**s != ',')
			continue;
		(*s)++;
		blanks(s);
		if (!**s)
			return false;
	}
	return true;
}

size_t hl_times_parse(const char *s, struct hl_times *out, size_t max, const char **bad)
{
	struct hl_times days = { 0 };
	size_t n = 0;
	*bad = s;
	blanks(bad);
	if (!**bad || !take_items(bad, &days, out, &n, max))
		return 0;
	if (!days.days)
		days.days = WEEK;
	if (!n)
		out[n++] = (struct hl_times){ .to = MINUTES };
	for (size_t i = 0; i < n; i++) {
		out[i].days = days.days;
		out[i].not_holidays = days.not_holidays;
	}
	return n;
}

static bool is_holiday(const struct hl_holidays *h, int64_t day)
{
	size_t low = 0, high = h ? h->n : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (h->day[mid] < day)
			low = mid + 1;
		else
			high = mid;
	}
	return h && low < h->n && h->day[low] == day;
}

static bool day_fits(const struct hl_times *t, const struct hl_holidays *h, int64_t day)
{
	bool holiday = is_holiday(h, day);
	int weekday = (int)(((day + 3) % 7 + 7) % 7);
	if (holiday && t->not_holidays)
		return false;
	return t->days >> weekday & 1 || (holiday && t->days >> HL_TIMES_HOLIDAY & 1);
}

bool hl_times_fit(const struct hl_times *t, const struct hl_holidays *holidays, const struct hl_local *now)
{
	bool past_midnight = t->to < t->from, begun = now->minute >= t->from, before_end = now->minute < t->to;
	if (!past_midnight)
		return begun && before_end && day_fits(t, holidays, now->day);
	return (begun && day_fits(t, holidays, now->day)) || (before_end && day_fits(t, holidays, now->day - 1));
}
