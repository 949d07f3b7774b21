/* mime.c: see mime.h. Sources: RFC 5322 (2.2, 3.3), RFC 2045 (6.7, quoted-printable), RFC 2047 (encoded words, B). Pure; any thread. */
#include "adapter/mime.h"
#include "base/crypto.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE = 76, WORD_BYTES = 42 /* of text in one encoded word: 56 in base64, with its frame below 75 */ };

static bool is_plain(const char *s)
{
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return strstr(s, "=?") == NULL;
}

/* Bytes of a beginning of s, at most max, that ends between two UTF-8 sequences. */
static size_t whole_symbols(const char *s, size_t max)
{
	size_t n = strlen(s);
	if (n <= max)
		return n;
	n = max;
	while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void put_encoded(struct hl_buf *out, const char *s)
{
	char word[4 * ((WORD_BYTES + 2) / 3) + 1];
	for (size_t n; *s; s += n) {
		n = whole_symbols(s, WORD_BYTES);
		hl_base64(s, n, word, sizeof word);
		hl_buf_printf(out, "=?UTF-8?B?%s?=%s", word, s[n] ? "\r\n " : "");
	}
}

/* Plain text, broken before a word where the line would pass LINE. */
static void put_folded(struct hl_buf *out, const char *s, size_t column)
{
	while (*s) {
		size_t space = strspn(s, " "), n = space + strcspn(s + space, " ");
		if (space && column + n > LINE && n > space) {
			hl_buf_puts(out, "\r\n");
			column = 0;
		}
		hl_buf_put(out, s, n);
		column += n;
		s += n;
	}
}

void hl_mime_header(struct hl_buf *out, const char *name, const char *text)
{
	struct hl_buf clean = HL_BUF(4096);
	for (const char *p = text; *p; p++)
		hl_buf_putc(&clean, (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p);
	while (clean.len && clean.data[clean.len - 1] == ' ')
		clean.data[--clean.len] = 0; /* a line of blanks only would end nothing, but is obsolete */
	hl_buf_printf(out, "%s: ", name);
	if (is_plain(hl_buf_text(&clean)))
		put_folded(out, hl_buf_text(&clean), strlen(name) + 2);
	else
		put_encoded(out, hl_buf_text(&clean));
	hl_buf_puts(out, "\r\n");
	hl_buf_fini(&clean);
}

/* Bytes of the mark at s, 0 where there is none. */
static size_t mark_at(const char *s, size_t n)
{
	size_t i = 2;
	if (n < 5 || s[0] != '{' || s[1] != '{')
		return 0;
	while (i < n && i < HL_MIME_MARK && s[i] >= 'A' && s[i] <= 'Z')
		i++;
	return i > 2 && i + 1 < n && s[i] == '}' && s[i + 1] == '}' ? i + 2 : 0;
}

static void quote_line(struct hl_buf *out, const char *s, size_t n)
{
	size_t column = 0;
	for (size_t i = 0, step; i < n; i += step) {
		unsigned char c = (unsigned char)s[i];
		size_t mark = mark_at(s + i, n - i);
		step = mark ? mark : 1;
		bool last = i + step == n, blank = c == ' ' || c == '\t';
		bool plain = (c > 0x20 && c < 0x7f && c != '=') || (blank && !last);
		size_t need = mark ? HL_MIME_MARK : plain ? 1 : 3;
		if (column + need > LINE - 1 && !(last && column + need <= LINE)) {
			hl_buf_puts(out, "=\r\n");
			column = 0;
		}
		if (plain)
			hl_buf_put(out, s + i, step);
		else
			hl_buf_printf(out, "=%02X", c);
		column += need;
	}
	hl_buf_puts(out, "\r\n");
}

void hl_mime_quoted(struct hl_buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		quote_line(out, text, n);
		text += n;
		text += *text == '\n';
	}
}

void hl_mime_date(int64_t unix_ms, char *dst, size_t size)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	time_t t = (time_t)(unix_ms / 1000);
	if (!gmtime_r(&t, &tm) || tm.tm_year < 0 || tm.tm_year > 8099)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1, .tm_wday = 4 };
	snprintf(dst, size, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool hl_mime_is_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t n = strlen(s);
	if (!at || at == s || !at[1] || strchr(at + 1, '@') || n > 254 || s[0] == '-')
		return false;
	for (const char *p = s; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f || strchr("<>()[],;:\\\"", *p))
			return false;
	return strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(at + 1);
}
