/* clock.c: see clock.h. Any thread. The calendar arithmetic counts days from 1 March of year 0, so that the leap day is the last of its year. */
#include "config.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum { DAY_MS = 86400000 };

#ifdef HL_TEST_HOOKS
static atomic_llong shift_ms, jump_ms; /* only test builds can move them */
#endif

static int64_t jumped(void)
{
#ifdef HL_TEST_HOOKS
	return atomic_load(&jump_ms);
#else
	return 0;
#endif
}

bool hl_clock_jump(int64_t delta_ms)
{
#ifdef HL_TEST_HOOKS
	atomic_fetch_add(&jump_ms, delta_ms);
	return true;
#else
	(void)delta_ms;
	return false;
#endif
}

int64_t hl_clock_shifted(void)
{
#ifdef HL_TEST_HOOKS
	return atomic_load(&shift_ms);
#else
	return 0;
#endif
}

bool hl_clock_shift(int64_t delta_ms)
{
#ifdef HL_TEST_HOOKS
	atomic_fetch_add(&shift_ms, delta_ms);
	return true;
#else
	(void)delta_ms;
	return false;
#endif
}

static int64_t now_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t hl_clock_real_ms(void)
{
	return now_ns(CLOCK_REALTIME) / 1000000 + hl_clock_shifted() + jumped();
}

int64_t hl_clock_mono_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000 + hl_clock_shifted();
}

int64_t hl_clock_mono_ns(void)
{
	return now_ns(CLOCK_MONOTONIC) + hl_clock_shifted() * 1000000;
}

/* Days since 1970-01-01 of a proleptic Gregorian date. Years 0..9999. */
static int64_t days_of(int y, int m, int d)
{
	y -= m <= 2;
	int era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return (int64_t)era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, int *y, int *m, int *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int doe = (int)(days - era * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (int)(yoe + era * 400) + (*m <= 2);
}

/* v in n digits; a list of a million entries has as many times, which is too many for printf. */
static void put_digits(char *dst, int n, int v)
{
	for (; n > 0; v /= 10)
		dst[--n] = (char)('0' + v % 10);
}

void hl_time_format(int64_t unix_ms, char *dst)
{
	/* RFC 3339 has years 0000 to 9999: what lies outside is shown as the nearest it can say. */
	int64_t least = days_of(0, 1, 1) * DAY_MS, most = (days_of(9999, 12, 31) + 1) * DAY_MS - 1;
	int64_t t = unix_ms < least ? least : unix_ms > most ? most : unix_ms;
	int64_t days = t / DAY_MS - (t % DAY_MS < 0);
	int ms = (int)(t - days * DAY_MS), y, m, d;
	date_of(days, &y, &m, &d);
	char text[] = "0000-00-00T00:00:00.000Z";
	put_digits(text, 4, y);
	put_digits(text + 5, 2, m);
	put_digits(text + 8, 2, d);
	put_digits(text + 11, 2, ms / 3600000);
	put_digits(text + 14, 2, ms / 60000 % 60);
	put_digits(text + 17, 2, ms / 1000 % 60);
	put_digits(text + 20, 3, ms % 1000);
	memcpy(dst, text, sizeof text);
}

bool hl_time_from_date(int year, int month, int day, int64_t *unix_ms)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (day > length[month - 1] + (month == 2 && leap))
		return false;
	*unix_ms = days_of(year, month, day) * DAY_MS;
	return true;
}

struct cursor {
	const char *s, *end;
};

/* Two digits; what is none sets *bad, and the number means nothing. */
static unsigned two(const char *s, unsigned *bad)
{
	unsigned tens = (unsigned)(s[0] - '0'), ones = (unsigned)(s[1] - '0');
	*bad |= (unsigned)(tens > 9) | (unsigned)(ones > 9);
	return tens * 10 + ones;
}

static bool take(struct cursor *c, char ch)
{
	if (c->s == c->end || *c->s != ch)
		return false;
	c->s++;
	return true;
}

/* An optional fraction, cut to milliseconds. */
static bool take_fraction(struct cursor *c, int *ms)
{
	int scale = 100;
	*ms = 0;
	if (!take(c, '.'))
		return true;
	const char *start = c->s;
	for (; c->s < c->end && *c->s >= '0' && *c->s <= '9'; c->s++, scale /= 10)
		*ms += (*c->s - '0') * scale;
	return c->s > start;
}

static bool take_offset(struct cursor *c, int *minutes)
{
	unsigned h, m;
	int sign;
	*minutes = 0;
	if (take(c, 'Z') || take(c, 'z'))
		return true;
	if (take(c, '+'))
		sign = 1;
	else if (take(c, '-'))
		sign = -1;
	else
		return false;
	unsigned bad = c->end - c->s < 5 || c->s[2] != ':';
	if (bad)
		return false;
	h = two(c->s, &bad);
	m = two(c->s + 3, &bad);
	c->s += 5;
	if (bad || h > 23 || m > 59)
		return false;
	*minutes = sign * (int)(h * 60 + m);
	return true;
}

/* ".123Z", as most write it, at once; anything else part by part. */
static bool take_tail(struct cursor *c, int *ms, int *offset)
{
	const char *s = c->s;
	if (c->end - s == 5 && s[0] == '.' && s[4] == 'Z') {
		unsigned bad = 0, tens = two(s + 1, &bad), ones = (unsigned)(s[3] - '0');
		*ms = (int)(tens * 10 + ones);
		*offset = 0;
		return !bad && ones <= 9;
	}
	return take_fraction(c, ms) && take_offset(c, offset) && c->s == c->end;
}

/* The ten bytes of a date. Those of a stream are alike: the thread's last one is remembered. */
static bool take_date(const char *s, int64_t *day_ms)
{
	static _Thread_local struct {
		char text[10]; /* not a date at first: no dashes */
		int64_t day_ms;
	} last;
	if (s[4] != '-' || s[7] != '-')
		return false;
	if (memcmp(last.text, s, sizeof last.text) != 0) {
		unsigned bad = 0, y = two(s, &bad) * 100 + two(s + 2, &bad), m = two(s + 5, &bad), d = two(s + 8, &bad);
		if (bad || !hl_time_from_date((int)y, (int)m, (int)d, &last.day_ms))
			return false;
		memcpy(last.text, s, sizeof last.text);
	}
	*day_ms = last.day_ms;
	return true;
}

bool hl_time_parse(const char *s, size_t n, int64_t *unix_ms)
{
	enum { HEAD = 19 }; /* 2026-11-23T10:00:00: each part has its place */
	int ms, offset;
	int64_t day;
	if (n < HEAD || !take_date(s, &day) || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':' || s[16] != ':')
		return false;
	unsigned bad = 0, h = two(s + 11, &bad), mi = two(s + 14, &bad), sec = two(s + 17, &bad);
	struct cursor c = { s + HEAD, s + n };
	if (bad || h > 23 || mi > 59 || sec > 60 || !take_tail(&c, &ms, &offset))
		return false;
	sec = sec == 60 ? 59 : sec;
	*unix_ms = day + ((int64_t)((int)(h * 60 + mi) - offset) * 60 + (int)sec) * 1000 + ms;
	return true;
}

bool hl_day_parse(const char *s, int64_t *day)
{
	int64_t ms;
	if (strlen(s) != 10 || !take_date(s, &ms))
		return false;
	*day = ms / DAY_MS;
	return true;
}
