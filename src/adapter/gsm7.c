/* gsm7.c: see gsm7.h. Source: 3GPP TS 23.038 (GSM 03.38), default alphabet and its extension table. Pure; any thread. */
#include "adapter/gsm7.h"

#include <stdint.h>
#include <string.h>

/* Symbols of the default alphabet beyond those ASCII ones that are plain in it. */
static const uint16_t basic_beyond[] = {
	0xa1, 0xa3, 0xa4, 0xa5, 0xa7, 0xbf, 0xc4, 0xc5, 0xc6, 0xc7, 0xc9, 0xd1, 0xd6, 0xd8, 0xdc, 0xdf, 0xe0, 0xe4, 0xe5, 0xe6, 0xe8, 0xe9, 0xec,
	0xf1, 0xf2, 0xf6, 0xf8, 0xf9, 0xfc, 0x393, 0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9
};

/* The next symbol of UTF-8 text; a byte that begins none is a symbol of its own, outside every alphabet. */
static uint32_t next_symbol(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	unsigned more = p[0] < 0x80 ? 0 : p[0] < 0xc2 ? 4 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : p[0] < 0xf5 ? 3 : 4;
	uint32_t v = more == 0 ? p[0] : p[0] & (0x3fu >> more);
	*s += 1;
	if (more == 4)
		return 0xfffd;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		v = v << 6 | (p[i] & 0x3f);
	}
	*s += more;
	return v;
}

static int septets_of(uint32_t v)
{
	if (v == '\n' || v == '\r')
		return 1;
	if (v >= 0x20 && v < 0x7f) {
		if (strchr("^{}\\[]~|", (int)v))
			return 2;
		return v == '`' ? -1 : 1;
	}
	if (v == 0x20ac || v == '\f')
		return 2;
	for (size_t i = 0; i < sizeof basic_beyond / sizeof basic_beyond[0]; i++)
		if (basic_beyond[i] == v)
			return 1;
	return -1;
}

int hl_gsm7_septets(const char *text)
{
	int n = 0;
	while (*text) {
		int one = septets_of(next_symbol(&text));
		if (one < 0)
			return -1;
		n += one;
	}
	return n;
}

void hl_gsm7_plain(const char *text, struct hl_buf *out)
{
	while (*text) {
		const char *start = text;
		if (septets_of(next_symbol(&text)) < 0)
			hl_buf_putc(out, '?');
		else
			hl_buf_put(out, start, (size_t)(text - start));
	}
}

int hl_ucs2_units(const char *text)
{
	int n = 0;
	while (*text)
		n += next_symbol(&text) > 0xffff ? 2 : 1;
	return n;
}

bool hl_sms_fits(const char *text)
{
	int n = hl_gsm7_septets(text);
	return n >= 0 ? n <= HL_SMS_SEPTETS : hl_ucs2_units(text) <= HL_SMS_UNITS;
}

struct fold_row {
	uint16_t from;
	const char *to;
};

static const struct fold_row folds[] = {
	{ 0x60, "'" },    { 0xa0, " " },    { 0xb4, "'" },    { 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" },
	{ 0x2014, "-" },  { 0x2018, "'" },  { 0x2019, "'" },  { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2026, "..." }, { 0x202f, " " },
};

void hl_sms_fold(const char *text, struct hl_buf *out)
{
	while (*text) {
		const char *start = text, *to = NULL;
		uint32_t v = next_symbol(&text);
		for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++)
			if (folds[i].from == v)
				to = folds[i].to;
		if (to)
			hl_buf_puts(out, to);
		else
			hl_buf_put(out, start, (size_t)(text - start));
	}
}
