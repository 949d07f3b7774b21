/* json_out.c: see json_out.h. The only writer of JSON in the project. Numbers are put together from digits here, because printf's decimal point
 * depends on the locale and two nodes must write the same bytes. One writer belongs to one thread.
 */
#include "base/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void hl_json_init(struct hl_json *j, struct hl_buf *out)
{
	*j = (struct hl_json){ .out = out };
}

/* U+0080..U+009F: control characters too, which some terminals obey. */
static bool is_c1(const char *s, size_t len)
{
	return len == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;
}

static void escape(struct hl_buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c ? strchr(from, c) : NULL;
	if (p) {
		char two[2] = { '\\', to[p - from] };
		hl_buf_put(out, two, 2);
	} else {
		hl_buf_printf(out, "\\u%04x", c);
	}
}

/* Writes s in quotes. Runs of plain characters go out in one piece. */
static void quote(struct hl_buf *out, const char *s, size_t n)
{
	size_t start = 0, i = 0;
	hl_buf_putc(out, '"');
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t len = c < 0x80 ? 1 : hl_text_utf8_len(s + i, n - i);
		bool plain = len && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !is_c1(s + i, len);
		if (plain) {
			i += len;
			continue;
		}
		hl_buf_put(out, s + start, i - start);
		if (!len)
			hl_buf_puts(out, "\xef\xbf\xbd");
		else
			escape(out, len == 2 ? (unsigned char)s[i + 1] : c);
		i += len ? len : 1;
		start = i;
	}
	hl_buf_put(out, s + start, n - start);
	hl_buf_putc(out, '"');
}

/* The comma and the member's name before a value. Values at the top are not separated: the caller writes one a line. */
static void before(struct hl_json *j, const char *key)
{
	if (j->depth && j->some[j->depth])
		hl_buf_putc(j->out, ',');
	j->some[j->depth] = true;
	if (!key)
		return;
	quote(j->out, key, strlen(key));
	hl_buf_putc(j->out, ':');
}

void hl_json_open_key(struct hl_json *j, const char *key, char bracket)
{
	assert(j->depth < HL_JSON_DEPTH);
	before(j, key);
	hl_buf_putc(j->out, bracket);
	j->closer[j->depth++] = bracket == '{' ? '}' : ']';
	j->some[j->depth] = false;
}

void hl_json_open(struct hl_json *j, char bracket)
{
	hl_json_open_key(j, NULL, bracket);
}

void hl_json_close(struct hl_json *j)
{
	assert(j->depth > 0);
	hl_buf_putc(j->out, j->closer[--j->depth]);
}

void hl_json_str_n(struct hl_json *j, const char *key, const char *value, size_t n)
{
	before(j, key);
	if (value)
		quote(j->out, value, n);
	else
		hl_buf_puts(j->out, "null");
}

void hl_json_str(struct hl_json *j, const char *key, const char *value)
{
	hl_json_str_n(j, key, value, value ? strlen(value) : 0);
}

void hl_json_opt(struct hl_json *j, const char *key, const char *value)
{
	if (value && *value)
		hl_json_str(j, key, value);
}

void hl_json_int(struct hl_json *j, const char *key, int64_t value)
{
	before(j, key);
	hl_buf_printf(j->out, "%" PRId64, value);
}

void hl_json_bool(struct hl_json *j, const char *key, bool value)
{
	before(j, key);
	hl_buf_puts(j->out, value ? "true" : "false");
}

void hl_json_null(struct hl_json *j, const char *key)
{
	hl_json_raw(j, key, "");
}

void hl_json_cost(struct hl_json *j, const char *key, int hundredths)
{
	before(j, key);
	unsigned u = hundredths < 0 ? 0U - (unsigned)hundredths : (unsigned)hundredths;
	hl_buf_printf(j->out, "%s%u.%02u", hundredths < 0 ? "-" : "", u / 100, u % 100);
}

/* The digits (without trailing zeros, at least one) and the decimal exponent of |v|, taken from printf's %e whatever its decimal point looks like. */
static int digits_of(double v, int precision, char *digits, size_t *n)
{
	char text[64];
	snprintf(text, sizeof text, "%.*e", precision - 1, fabs(v));
	*n = 0;
	const char *p = text;
	for (; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[(*n)++] = *p;
	while (*n > 1 && digits[*n - 1] == '0')
		(*n)--;
	int exponent = 0;
	bool negative = *p && p[1] == '-';
	for (p += *p ? 2 : 0; *p; p++)
		exponent = exponent * 10 + (*p - '0');
	return negative ? -exponent : exponent;
}

/* The form of %.*g with a point, in every locale. */
static void number(struct hl_buf *out, double v, int precision)
{
	char d[32];
	size_t n;
	int x = digits_of(v, precision, d, &n);
	if (v < 0)
		hl_buf_putc(out, '-');
	if (x < -4 || x >= precision) {
		hl_buf_putc(out, d[0]);
		if (n > 1) {
			hl_buf_putc(out, '.');
			hl_buf_put(out, d + 1, n - 1);
		}
		hl_buf_printf(out, "e%c%02d", x < 0 ? '-' : '+', x < 0 ? -x : x);
		return;
	}
	if (x < 0) {
		hl_buf_puts(out, "0.");
		for (int i = -1; i > x; i--)
			hl_buf_putc(out, '0');
		hl_buf_put(out, d, n);
		return;
	}
	for (size_t i = 0; i <= (size_t)x || i < n; i++) {
		if (i == (size_t)x + 1)
			hl_buf_putc(out, '.');
		hl_buf_putc(out, i < n ? d[i] : '0');
	}
}

static void put_number(struct hl_json *j, const char *key, double v, int precision)
{
	before(j, key);
	if (isfinite(v))
		number(j->out, v, precision);
	else
		hl_buf_puts(j->out, "null");
}

void hl_json_prob(struct hl_json *j, const char *key, double p)
{
	put_number(j, key, p, 6);
}

void hl_json_num(struct hl_json *j, const char *key, double v)
{
	put_number(j, key, v, 9);
}

void hl_json_time(struct hl_json *j, const char *key, int64_t unix_ms)
{
	char text[HL_TIME_TEXT];
	if (unix_ms == HL_NO_TIME) {
		hl_json_null(j, key);
		return;
	}
	hl_time_format(unix_ms, text);
	hl_json_str(j, key, text);
}

void hl_json_raw(struct hl_json *j, const char *key, const char *json)
{
	before(j, key);
	hl_buf_puts(j->out, *json ? json : "null");
}
