/* lint_junk.c: plates that are none. A list's plate column holds whatever a system had to put there when there was no plate: NONE, UNKNOWN, 0000000. Such an
 * entry finds nobody it was meant for, but it does find people: the owner of a plate that reads NULL, and every passage at which a grille or a ladder is read
 * as 1111111. Plates that can hardly be anything else are refused, unless the list's settings name them in `accept_plates`; those that are real now and then are told.
 * Pure; any thread.
 */
#include <string.h>

#include "engine/lint_priv.h"

enum { SAME_REFUSED = 5, SAME_ODD = 3, RUN_REFUSED = 7, RUN_ODD = 5, FIXED_LEAST = 2, FIXED_LEAST_WILD = 3 };

static const struct {
	const char *word; /* normal form */
	enum hl_junk what;
} words[] = {
	{ "TEST", HL_JUNK_REFUSED },      { "TESTING", HL_JUNK_REFUSED },   { "TESTTEST", HL_JUNK_REFUSED }, { "TESTPLATE", HL_JUNK_REFUSED },
	{ "NONE", HL_JUNK_REFUSED },      { "NULL", HL_JUNK_REFUSED },      { "NIL", HL_JUNK_REFUSED },      { "UNKNOWN", HL_JUNK_REFUSED },
	{ "UNKNWN", HL_JUNK_REFUSED },    { "UNKN", HL_JUNK_REFUSED },      { "UNK", HL_JUNK_REFUSED },      { "NOTKNOWN", HL_JUNK_REFUSED },
	{ "NOPLATE", HL_JUNK_REFUSED },   { "NOPLATES", HL_JUNK_REFUSED },  { "NOPLT", HL_JUNK_REFUSED },    { "NOTAG", HL_JUNK_REFUSED },
	{ "NOTAGS", HL_JUNK_REFUSED },    { "NOLICENSE", HL_JUNK_REFUSED }, { "NOREG", HL_JUNK_REFUSED },    { "NODATA", HL_JUNK_REFUSED },
	{ "NOTAVAILABLE", HL_JUNK_REFUSED },
	{ "NA", HL_JUNK_ODD },            { "TBD", HL_JUNK_ODD },           { "TEMP", HL_JUNK_ODD },         { "TEMPTAG", HL_JUNK_ODD },
	{ "PAPER", HL_JUNK_ODD },         { "PAPERTAG", HL_JUNK_ODD },      { "DEALER", HL_JUNK_ODD },       { "PLATE", HL_JUNK_ODD },
	{ "LICENSE", HL_JUNK_ODD },       { "SAMPLE", HL_JUNK_ODD },        { "EXAMPLE", HL_JUNK_ODD },      { "DUMMY", HL_JUNK_ODD },
	{ "BLANK", HL_JUNK_ODD },         { "EMPTY", HL_JUNK_ODD },         { "MISSING", HL_JUNK_ODD },      { "PENDING", HL_JUNK_ODD },
	{ "EXPIRED", HL_JUNK_ODD },       { "VARIOUS", HL_JUNK_ODD },       { "DELETE", HL_JUNK_ODD },       { "DELETED", HL_JUNK_ODD },
	{ "QWERTY", HL_JUNK_ODD },        { "ASDF", HL_JUNK_ODD },
};

/* O as 0 and I as 1: people and systems write them for each other. */
static uint8_t fold(uint8_t sym)
{
	return sym == 'O' - 'A' + 10 ? 0 : sym == 'I' - 'A' + 10 ? 1 : sym;
}

static bool one_symbol(const struct hl_pattern *p)
{
	for (size_t i = 1; i < p->len; i++)
		if (fold(p->sym[i]) != fold(p->sym[0]))
			return false;
	return true;
}

static bool is_digit(uint8_t sym)
{
	return sym < 10;
}

/* 1234567, GFEDCBA. */
static bool in_sequence(const struct hl_pattern *p)
{
	int step = p->len > 1 ? p->sym[1] - p->sym[0] : 0;
	if (step != 1 && step != -1)
		return false;
	for (size_t i = 1; i < p->len; i++)
		if (p->sym[i] - p->sym[i - 1] != step || is_digit(p->sym[i]) != is_digit(p->sym[0]))
			return false;
	return true;
}

static enum hl_junk find_word(const struct hl_pattern *p)
{
	char text[HL_PLATE_MAX + 1];
	/* No word has a digit, but for a 0 that stands for an O: most plates are done with here. */
	for (size_t i = 0; i < p->len; i++)
		if (p->sym[i] > 0 && p->sym[i] < 10)
			return HL_JUNK_NONE;
	hl_pattern_text(p, text);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const char *w = words[i].word, *t = text;
		while (*w && (*w == *t || ((p->flags & HL_PAT_O0) && *w == 'O' && *t == '0')))
			w++, t++;
		if (!*w && !*t)
			return words[i].what;
	}
	return HL_JUNK_NONE;
}

enum hl_junk hl_junk_find(const struct hl_pattern *p, const char **why)
{
	size_t fixed = 0;
	bool wild = p->flags & HL_PAT_WILD;
	for (size_t i = 0; i < p->len; i++)
		fixed += p->sym[i] < HL_SYMBOLS;
	*why = "a plate of two letters and digits or more: one alone is found in half of what cameras misread";
	if (fixed < FIXED_LEAST)
		return HL_JUNK_REFUSED;
	*why = "three letters or digits or more in a partial plate: fewer fit every street's traffic";
	if (wild && fixed < FIXED_LEAST_WILD)
		return HL_JUNK_REFUSED;
	enum hl_junk word = wild ? HL_JUNK_NONE : find_word(p);
	*why = word == HL_JUNK_ODD ? "a plate: this often stands for none" : "a plate: this stands for none";
	if (word)
		return word;
	*why = "a plate: one symbol again and again stands for none, and is read from grilles and fences";
	if (!wild && p->len >= SAME_ODD && one_symbol(p))
		return p->len >= SAME_REFUSED ? HL_JUNK_REFUSED : HL_JUNK_ODD;
	*why = "a plate: a sequence of digits or letters stands for none, or is a specimen";
	if (!wild && p->len >= RUN_ODD && in_sequence(p))
		return p->len >= RUN_REFUSED ? HL_JUNK_REFUSED : HL_JUNK_ODD;
	return HL_JUNK_NONE;
}
