/* text.c: see text.h. The only file that knows utf8proc. Pure; any thread. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Upper-case letters of other scripts that look like a Latin letter, as on the plates of Russia, Ukraine, Belarus, Bulgaria, Serbia and Greece, whose
 * authorities choose only letters that look Latin. Sorted by code point. Source: the Vienna Convention's rule of Latin letters and Unicode's
 * confusables (UTS 39), upper case only. */
static const struct lookalike {
	uint16_t code;
	char latin;
} lookalikes[] = {
	{ 0x0391, 'A' }, { 0x0392, 'B' }, { 0x0395, 'E' }, { 0x0396, 'Z' }, { 0x0397, 'H' }, { 0x0399, 'I' }, { 0x039a, 'K' }, { 0x039c, 'M' },
	{ 0x039d, 'N' }, { 0x039f, 'O' }, { 0x03a1, 'P' }, { 0x03a4, 'T' }, { 0x03a5, 'Y' }, { 0x03a7, 'X' }, { 0x03f9, 'C' }, { 0x0405, 'S' },
	{ 0x0406, 'I' }, { 0x0408, 'J' }, { 0x0410, 'A' }, { 0x0412, 'B' }, { 0x0415, 'E' }, { 0x041a, 'K' }, { 0x041c, 'M' }, { 0x041d, 'H' },
	{ 0x041e, 'O' }, { 0x0420, 'P' }, { 0x0421, 'C' }, { 0x0422, 'T' }, { 0x0423, 'Y' }, { 0x0425, 'X' }, { 0x04ae, 'Y' }, { 0x04c0, 'I' },
	{ 0x0501, 'D' }, { 0x050c, 'G' }, { 0x051a, 'Q' }, { 0x051c, 'W' },
};

static int by_code(const void *key, const void *row)
{
	int a = *(const int32_t *)key, b = ((const struct lookalike *)row)->code;
	return (a > b) - (a < b);
}

/* Where a symbol goes: dst takes what fits, n counts all. */
struct plate_out {
	char *dst;
	size_t size, n;
	const char *keep;
};

static void put_symbol(struct plate_out *o, int32_t c)
{
	if (c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	bool wanted = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (o->keep && c > 0 && c < 0x80 && strchr(o->keep, c));
	if (!wanted)
		return;
	if (o->n + 1 < o->size)
		o->dst[o->n] = (char)c;
	o->n++;
}

static void put_codepoint(struct plate_out *o, int32_t c)
{
	if (c >= 0x80) {
		c = utf8proc_toupper(c);
		const struct lookalike *l = bsearch(&c, lookalikes, sizeof lookalikes / sizeof lookalikes[0], sizeof lookalikes[0], by_code);
		if (l)
			c = l->latin;
	}
	put_symbol(o, c);
}

size_t hl_text_utf8_len(const char *s, size_t n)
{
	utf8proc_int32_t c;
	if (n && (unsigned char)*s < 0x80)
		return 1;
	utf8proc_ssize_t len = n ? utf8proc_iterate((const utf8proc_uint8_t *)s, n > 4 ? 4 : (utf8proc_ssize_t)n, &c) : 0;
	return len > 0 ? (size_t)len : 0;
}

/* The slow path: valid sequences only, then NFKC as one string, since composition looks at neighbours. */
static void put_unicode(struct plate_out *o, const char *s, size_t n)
{
	const utf8proc_option_t options = UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE;
	char *valid = hl_alloc(n);
	size_t len = 0;
	for (size_t i = 0; i < n;) {
		size_t k = hl_text_utf8_len(s + i, n - i);
		memcpy(valid + len, s + i, k);
		len += k;
		i += k ? k : 1;
	}
	/* A code point of at least two bytes becomes at most 18, one byte stays one: 9 a byte is room enough. */
	utf8proc_ssize_t room = (utf8proc_ssize_t)n * 9;
	int32_t *points = hl_alloc(((size_t)room + 1) * sizeof *points);
	utf8proc_ssize_t m = utf8proc_decompose((const utf8proc_uint8_t *)valid, (utf8proc_ssize_t)len, points, room, options);
	if (m > 0 && m <= room)
		m = utf8proc_normalize_utf32(points, m, options);
	for (utf8proc_ssize_t i = 0; i < m && i < room; i++)
		put_codepoint(o, points[i]);
	free(points);
	free(valid);
}

size_t hl_text_plate(const char *s, size_t n, const char *keep, char *dst, size_t size)
{
	struct plate_out o = { dst, size, 0, keep };
	bool ascii = true;
	for (size_t i = 0; i < n && ascii; i++)
		ascii = (unsigned char)s[i] < 0x80;
	if (ascii)
		for (size_t i = 0; i < n; i++)
			put_symbol(&o, s[i]);
	else
		put_unicode(&o, s, n);
	if (size)
		dst[o.n < size ? o.n : size - 1] = 0;
	return o.n;
}

bool hl_text_utf8(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = hl_text_utf8_len(s + i, n - i);
		if (!len || !s[i])
			return false;
		i += len;
	}
	return true;
}

void hl_text_clean(const char *s, size_t n, struct hl_buf *out)
{
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		size_t len = hl_text_utf8_len(s + i, n - i);
		bool control = c < 0x20 || c == 0x7f || (len == 2 && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0);
		if (!len)
			hl_buf_puts(out, "\xef\xbf\xbd");
		else if (control)
			hl_buf_putc(out, ' ');
		else
			hl_buf_put(out, s + i, len);
		i += len ? len : 1;
	}
}

/* Columns of a character on a terminal; -1 for what must not be shown: marks that turn the direction of writing, and others that take no place. */
static int columns_of(utf8proc_int32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return 1;
	if (c < 0xa0)
		return -1;
	utf8proc_category_t k = utf8proc_category(c);
	return k == UTF8PROC_CATEGORY_CF || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP || k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_CO ? -1
		: utf8proc_charwidth(c);
}

size_t hl_text_fit(const char *s, size_t columns, bool pad, struct hl_buf *out)
{
	size_t used = 0, n = strlen(s), i = 0;
	while (i < n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &c);
		int wide = len > 0 ? columns_of(c) : 1;
		if (wide > 0 && used + (size_t)wide > columns)
			break;
		if (len <= 0)
			hl_buf_puts(out, "?");
		else if (wide >= 0)
			hl_buf_put(out, s + i, (size_t)len);
		used += wide > 0 ? (size_t)wide : 0;
		i += len > 0 ? (size_t)len : 1;
	}
	for (size_t k = used; pad && k < columns; k++)
		hl_buf_putc(out, ' ');
	return i;
}

void hl_text_latin1(const char *s, size_t n, struct hl_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		char two[2] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) };
		if (c < 0x80)
			hl_buf_putc(out, (char)c);
		else
			hl_buf_put(out, two, 2);
	}
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned hl_text_distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	size_t n = strnlen(a, MOST), m = strnlen(b, MOST);
	unsigned row[MOST + 1];
	for (unsigned j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned above = row[j];
			row[j] = least(diagonal + (lower(a[i - 1]) != lower(b[j - 1])), least(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[m];
}

const char *hl_text_nearest(const char *s, const char *const *words)
{
	const char *best = NULL;
	unsigned least_distance = 3;
	for (; *words; words++) {
		unsigned d = hl_text_distance(s, *words);
		if (d < least_distance && 2 * d < strlen(s)) {
			least_distance = d;
			best = *words;
		}
	}
	return best;
}

void hl_text_trim(const char **s, size_t *n)
{
	while (*n && (**s == ' ' || **s == '\t')) {
		(*s)++;
		(*n)--;
	}
	while (*n && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
		(*n)--;
}

bool hl_text_same(const char *a, const char *b)
{
	for (; *a && lower(*a) == lower(*b); a++, b++)
		;
	return lower(*a) == lower(*b);
}

bool hl_text_is_name(const char *s, size_t n, size_t max)
{
	static const uint64_t in_name[4] = { UINT64_C(0x03ff600000000000), UINT64_C(0x07fffffe87fffffe) }; /* a bit a byte: letters, digits, '_', '.', '-' */
	if (!n || n > max || *s == '.' || *s == '-')
		return false;
	uint64_t all = 1;
	for (size_t i = 0; i < n; i++)
		all &= in_name[(unsigned char)s[i] >> 6] >> ((unsigned char)s[i] & 63);
	return all;
}

uint64_t hl_text_hash(const char *s, uint64_t seed)
{
	uint64_t h = seed, word, end;
	do {
		memcpy(&word, s, sizeof word);
		s += sizeof word;
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		end = (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080); /* the first NUL sets the lowest bit */
		word &= end ? (end ^ (end - 1)) >> 8 : UINT64_MAX; /* what stands before it */
#else
		size_t n = strnlen(s - sizeof word, sizeof word);
		end = n < sizeof word;
		word = 0;
		memcpy(&word, s - sizeof word, n);
#endif
		/* A multiplication, and a shift by which the high half reaches all bits. */
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	} while (!end);
	return h;
}
