/* plate.c: see plate.h. A plate is held as symbol codes, so that distances and keys index tables by them. Pure; any thread. */
#include "core/plate.h"
#include "base/text.h"

int hl_sym_code(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return -1;
}

char hl_sym_char(int code)
{
	static const char chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ?*";
	return code >= 0 && code < (int)sizeof chars - 1 ? chars[code] : '#';
}

/* The normal form as text into dst; the number of its symbols, 1..HL_PLATE_MAX, or 0 and *err filled. */
static size_t normal_form(const char *text, size_t n, const char *keep, char dst[HL_PLATE_MAX + 1], struct hl_err *err)
{
	size_t len = hl_text_plate(text, n, keep, dst, HL_PLATE_MAX + 1);
	if (len == 0)
		hl_err_set(err, HL_E_INPUT, "plate has no letter or digit");
	if (len <= HL_PLATE_MAX)
		return len;
	hl_err_set(err, HL_E_INPUT, "plate has %zu symbols, at most %d", len, HL_PLATE_MAX);
	return 0;
}

/* Plain ASCII, as nearly every plate is. False: no normal form that way, or a byte of 0x80 and more. */
static bool parse_ascii(struct hl_plate *p, const char *text, size_t n)
{
	/* Codes + 1 of the ASCII characters; 0: nothing that counts. */
	static const uint8_t codes[128] = {
		['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['A'] = 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
		['a'] = 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
	};
	unsigned len = 0, all = 0;
	*p = (struct hl_plate){ 0 };
	for (size_t i = 0; i < n; i++) {
		unsigned c = (unsigned char)text[i], code = codes[c & 127];
		all |= c;
		if (!code)
			continue;
		if (len == HL_PLATE_MAX)
			return false;
		p->sym[len++] = (uint8_t)(code - 1);
	}
	p->len = (uint8_t)len;
	return len > 0 && all < 128;
}

enum hl_code hl_plate_parse(struct hl_plate *p, const char *text, size_t n, struct hl_err *err)
{
	char form[HL_PLATE_MAX + 1];
	if (parse_ascii(p, text, n))
		return HL_OK;
	*p = (struct hl_plate){ 0 };
	size_t len = normal_form(text, n, NULL, form, err);
	if (len == 0)
		return HL_E_INPUT;
	for (size_t i = 0; i < len; i++)
		p->sym[i] = (uint8_t)hl_sym_code(form[i]);
	p->len = (uint8_t)len;
	return HL_OK;
}

/* Appends one symbol; a '*' after a '*' says nothing new and is left out. */
static void append(struct hl_pattern *p, char c, unsigned *ones, unsigned *runs)
{
	if (c == '*') {
		if (p->len && p->sym[p->len - 1] == HL_SYM_RUN)
			return;
		++*runs;
		p->sym[p->len++] = HL_SYM_RUN;
	} else if (c == '?') {
		++*ones;
		p->sym[p->len++] = HL_SYM_ONE;
	} else {
		p->sym[p->len++] = (uint8_t)hl_sym_code(c);
	}
}

static int wild_flags(unsigned ones, unsigned runs)
{
	return (ones + runs ? HL_PAT_WILD : 0) | (runs || ones > 2 ? HL_PAT_SCANNED : 0);
}

enum hl_code hl_pattern_parse(struct hl_pattern *p, const char *text, size_t n, bool o0, struct hl_err *err)
{
	char form[HL_PLATE_MAX + 1];
	unsigned ones = 0, runs = 0;
	*p = (struct hl_pattern){ 0 };
	size_t len = normal_form(text, n, "?*", form, err);
	if (len == 0)
		return HL_E_INPUT;
	for (size_t i = 0; i < len; i++)
		append(p, form[i], &ones, &runs);
	if (ones + runs == p->len) {
		*p = (struct hl_pattern){ 0 };
		return hl_err_set(err, HL_E_INPUT, "plate has no letter or digit");
	}
	p->flags = (uint8_t)((o0 ? HL_PAT_O0 : 0) | wild_flags(ones, runs));
	return HL_OK;
}

unsigned hl_pattern_fixed(const struct hl_pattern *p)
{
	unsigned n = 0;
	for (unsigned i = 0; i < p->len; i++)
		n += p->sym[i] < HL_SYMBOLS;
	return n;
}

bool hl_pattern_is_sound(const struct hl_pattern *p)
{
	unsigned ones = 0, runs = 0;
	if (p->len > HL_PLATE_MAX)
		return false;
	for (unsigned i = 0; i < p->len; i++) {
		ones += p->sym[i] == HL_SYM_ONE;
		runs += p->sym[i] == HL_SYM_RUN;
	}
	return ones + runs + hl_pattern_fixed(p) == p->len && ones + runs < p->len && (p->flags & ~HL_PAT_O0) == wild_flags(ones, runs);
}

static void to_text(const uint8_t *sym, unsigned len, char *dst)
{
	for (unsigned i = 0; i < len; i++)
		dst[i] = hl_sym_char(sym[i]);
	dst[len] = 0;
}

void hl_plate_text(const struct hl_plate *p, char *dst)
{
	to_text(p->sym, p->len, dst);
}

void hl_pattern_text(const struct hl_pattern *p, char *dst)
{
	to_text(p->sym, p->len, dst);
}
