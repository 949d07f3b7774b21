/* layout_date.c: dates by a pattern that a layout names, so that a new way to write a day is data. Pure; any thread. */
#include "format/layout_impl.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000 };

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

static const struct {
	const char *token;
	enum part part;
} tokens[] = {
	{ "yyyy", YEAR }, { "yy", YEAR }, { "mm", MONTH }, { "dd", DAY }, { "HH", HOUR }, { "MM", MINUTE }, { "SS", SECOND },
};

enum { TOKENS = sizeof tokens / sizeof tokens[0] };

static size_t token_at(const char *p)
{
	size_t i = 0;
	while (i < TOKENS && (*p != tokens[i].token[0] || strncmp(p, tokens[i].token, strlen(tokens[i].token))))
		i++;
	return i;
}

bool hl_date_pattern_ok(const char *pattern)
{
	unsigned seen[PARTS] = { 0 };
	if (!strcmp(pattern, "rfc3339"))
		return true;
	for (const char *p = pattern; *p;) {
		size_t i = token_at(p);
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
		if (i == TOKENS && letter && *p != 'T')
			return false;
		if (i < TOKENS)
			seen[tokens[i].part]++;
		p += i < TOKENS ? strlen(tokens[i].token) : 1;
	}
	return seen[YEAR] == 1 && seen[MONTH] == 1 && seen[DAY] == 1 && seen[HOUR] <= 1 && seen[MINUTE] == seen[HOUR] && seen[SECOND] <= seen[HOUR];
}

static bool digits(const char *s, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*out = *out * 10 + (s[i] - '0');
	}
	return true;
}

/* Where a month or day is followed by a separator one digit will do: 7/2/2018. */
static size_t width_of(const char *pattern, size_t width, const char *s, size_t n)
{
	char next = pattern[width];
	bool short_one = width == 2 && next && token_at(pattern + width) == TOKENS && n >= 2 && s[1] == next;
	return short_one ? 1 : width;
}

static bool parse_parts(const char *p, const char *s, size_t n, int v[PARTS], bool *day)
{
	while (*p) {
		size_t i = token_at(p);
		if (i == TOKENS) {
			if (!n || *s != *p)
				return false;
			p++, s++, n--;
			continue;
		}
		size_t width = strlen(tokens[i].token), w = tokens[i].part == MONTH || tokens[i].part == DAY ? width_of(p, width, s, n) : width;
		if (n < w || !digits(s, w, &v[tokens[i].part]))
			return false;
		/* Two digits of a year: hotlists look a few years back and ahead. */
		if (tokens[i].part == YEAR && width == 2)
			v[YEAR] += v[YEAR] < 80 ? 2000 : 1900;
		*day = *day && tokens[i].part != HOUR;
		p += width, s += w, n -= w;
	}
	return !n;
}

bool hl_date_parse(const char *pattern, const char *s, size_t n, bool end, int64_t *ms)
{
	int v[PARTS] = { 0 };
	bool day = true;
	if (!strcmp(pattern, "rfc3339"))
		return hl_time_parse(s, n, ms);
	if (!parse_parts(pattern, s, n, v, &day))
		return false;
	if (v[HOUR] > 23 || v[MINUTE] > 59 || v[SECOND] > 59 || !hl_time_from_date(v[YEAR], v[MONTH], v[DAY], ms))
		return false;
	*ms += end && day ? DAY_MS - 1 : 0;
	*ms += ((v[HOUR] * 60 + v[MINUTE]) * 60 + v[SECOND]) * INT64_C(1000);
	return true;
}

bool hl_layout_date(const struct hl_layout *l, const struct hl_strings *patterns, const char *s, size_t n, bool end, int64_t *ms)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (!hl_date_parse(patterns->v[i], s, n, end, ms))
			continue;
		if (l->tz && strcmp(patterns->v[i], "rfc3339"))
			*ms = hl_tz_instant(l->tz, *ms);
		return true;
	}
	return false;
}

void hl_layout_expect_date(const struct hl_strings *patterns, const char *before, char *expected)
{
	const char *words[9] = { NULL };
	for (size_t i = 0; i < patterns->n && i < 8; i++)
		words[i] = patterns->v[i];
	hl_layout_join(expected, HL_EXPECTED, before, words);
}

/* The calendar year of an instant, near enough: only whole years are asked for. */
static int year_of(int64_t ms)
{
	char text[HL_TIME_TEXT];
	int year;
	hl_time_format(ms, text);
	return digits(text, 4, &year) ? year : 1970;
}

bool hl_year_parse(const struct hl_strings *patterns, const char *s, int64_t now_ms, char *dst)
{
	size_t n = strlen(s);
	int year, newest;
	for (size_t i = 0; i < patterns->n; i++) {
		if (n != strlen(patterns->v[i]) || !digits(s, n, &year))
			continue;
		newest = year_of(now_ms) + 2;
		if (n == 2)
			year += newest / 100 * 100 - (year > newest % 100 ? 100 : 0);
		snprintf(dst, 5, "%04u", (unsigned)year % 10000);
		return true;
	}
	return false;
}
