/* vehicle.c: see vehicle.h. Looks words up in vehicle_tables and compares what was read with what is listed. Pure; any thread. */
#include "core/vehicle.h"
#include "base/mem.h"
#include "core/vehicle_tables.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 32, CANON = 16 };

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Upper case, letters and digits only; "" where it is longer than any word of the tables. */
static void fold(const char *text, size_t n, char dst[WORD])
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		char c = upper(text[i]);
		if (!alnum(c))
			continue;
		if (len == WORD - 1) {
			len = 0;
			break;
		}
		dst[len++] = c;
	}
	dst[len] = 0;
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = words; p && *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && !memcmp(p, word, n))
			return true;
	return false;
}

static const struct hl_code_row *find(const struct hl_code_table *t, const char *word)
{
	for (size_t i = 0; word[0] && i < t->n; i++)
		if (has_word(t->row[i].words, word))
			return &t->row[i];
	return NULL;
}

/* Many extracts write the letter O as zero everywhere ("0H", "D0DG"): no word of the tables needs a zero. */
static bool zero_to_o(char *word)
{
	bool any = false;
	for (; *word; word++)
		if (*word == '0') {
			*word = 'O';
			any = true;
		}
	return any;
}

static const struct hl_code_row *look_up(const struct hl_code_table *t, const char *text, size_t n)
{
	char word[WORD];
	fold(text, n, word);
	const struct hl_code_row *row = find(t, word);
	if (!row && zero_to_o(word))
		row = find(t, word);
	return row;
}

static void canon(const struct hl_code_table *t, const char *text, char *dst)
{
	const struct hl_code_row *row = look_up(t, text, strlen(text));
	hl_copy(dst, CANON, row ? row->canon : "");
}

/* The length of a country's prefix ("us-", "US_", "ca ", "mx-") in front of more text, 0 where there is none. */
static size_t country_prefix(const char *text)
{
	static const char countries[][3] = { "US", "CA", "MX" };
	for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++)
		if (upper(text[0]) == countries[i][0] && upper(text[1]) == countries[i][1] && text[2] && strchr("-_ ", text[2]) && text[3])
			return 3;
	return 0;
}

static bool same_country(const char *canonical, const char *text)
{
	return canonical[0] == (char)tolower((unsigned char)text[0]) && canonical[1] == (char)tolower((unsigned char)text[1]);
}

/* The state behind a country's prefix: the rest is the code of the canonical form, or a word of that country's rows. */
static const struct hl_code_row *find_in_country(const char *text, const char *word)
{
	for (size_t i = 0; word[0] && i < hl_states.n; i++) {
		const struct hl_code_row *row = &hl_states.row[i];
		char code[WORD];
		fold(row->canon + 3, strlen(row->canon + 3), code);
		if (same_country(row->canon, text) && (!strcmp(code, word) || has_word(row->words, word) || has_word(row->also, word)))
			return row;
	}
	return NULL;
}

static const struct hl_code_row *find_state(const char *text)
{
	while (*text == ' ')
		text++;
	size_t prefix = country_prefix(text);
	if (!prefix)
		return look_up(&hl_states, text, strlen(text));
	char word[WORD];
	fold(text + prefix, strlen(text + prefix), word);
	const struct hl_code_row *row = find_in_country(text, word);
	if (!row && zero_to_o(word))
		row = find_in_country(text, word);
	return row;
}

void hl_state_canon(const char *text, char *dst)
{
	const struct hl_code_row *row = find_state(text);
	hl_copy(dst, CANON, row ? row->canon : "");
}

void hl_region_canon(const char *region, char *dst)
{
	bool country = islower((unsigned char)region[0]) && islower((unsigned char)region[1]) && !region[2];
	hl_state_canon(country ? "" : region, dst);
}

void hl_type_canon(const char *text, char *dst)
{
	canon(&hl_types, text, dst);
}

void hl_make_canon(const char *text, char *dst)
{
	canon(&hl_makes, text, dst);
}

static const struct hl_code_table *table_of(enum hl_field field)
{
	static const struct hl_code_table *const tables[HL_FIELDS] = {
		[HL_F_STATE] = &hl_states, [HL_F_MAKE] = &hl_makes, [HL_F_TYPE] = &hl_types, [HL_F_COLOR] = &hl_colors,
	};
	return (unsigned)field < HL_FIELDS ? tables[field] : NULL;
}

bool hl_vehicle_restore(enum hl_field field, const char *text, char *dst, size_t size)
{
	const struct hl_code_table *t = table_of(field);
	char word[WORD], part[WORD];
	hl_copy(dst, size, text);
	if (!t || strlen(text) >= sizeof word || !hl_copy(word, sizeof word, text) || !zero_to_o(word))
		return false;
	/* A two-tone colour is restored where each of its parts is known. */
	for (const char *p = word; *p; p += strcspn(p, "/"), p += *p == '/') {
		fold(p, strcspn(p, "/"), part);
		if (!find(t, part))
			return false;
	}
	return hl_copy(dst, size, word);
}

/* A state's code is the first of its words; the few that have none of their own keep what was written. */
static bool state_code(const char *text, char *dst, size_t size)
{
	const struct hl_code_row *row = find_state(text);
	size_t n = row ? strcspn(row->words, " ") : 0;
	return row && (n != 2 || hl_copy_n(dst, size, row->words, n));
}

bool hl_vehicle_code(enum hl_field field, const char *text, char *dst, size_t size)
{
	const struct hl_code_table *t = field == HL_F_MAKE || field == HL_F_COLOR ? table_of(field) : NULL;
	size_t at = 0;
	bool known = t && text[0];
	hl_copy(dst, size, text);
	if (field == HL_F_STATE)
		return state_code(text, dst, size);
	for (const char *p = text; known && *p; p += strcspn(p, "/"), p += *p == '/') {
		const struct hl_code_row *row = look_up(t, p, strcspn(p, "/"));
		int n = row ? snprintf(dst + at, size - at, "%s%s", at ? "/" : "", row->canon) : -1;
		known = n > 0 && (size_t)n < size - at;
		at += known ? (size_t)n : 0;
	}
	if (!known)
		hl_copy(dst, size, text);
	return known;
}

static enum hl_evidence compare_words(const char *listed, const char *read)
{
	if (!listed[0] || !read[0])
		return HL_EV_UNKNOWN;
	return strcmp(listed, read) ? HL_EV_DIFFERS : HL_EV_AGREES;
}

static enum hl_evidence compare_state(const struct hl_entry *e, const struct hl_read *r)
{
	char listed[CANON], read[CANON];
	if (r->region_confidence >= 0 && r->region_confidence < HL_REGION_TRUST)
		return HL_EV_UNKNOWN;
	hl_state_canon(e->f[HL_F_STATE], listed);
	hl_region_canon(r->region, read);
	return compare_words(listed, read);
}

/* Classes of which a reader, or the person who wrote the list, may well have meant the other. Neither agreement nor contradiction. */
static bool near_types(const char *a, const char *b)
{
	static const char near[][2][11] = {
		{ "passenger", "car" }, { "passenger", "suv" }, { "passenger", "van" }, { "passenger", "truck" }, { "passenger", "rv" },
		{ "van", "suv" }, { "van", "bus" }, { "van", "truck" }, { "trailer", "truck" },
		/* RV is a recreational vehicle to a reader and a rented one as a plate type. */
		{ "rv", "car" }, { "rv", "suv" }, { "rv", "van" }, { "rv", "bus" }, { "rv", "truck" },
	};
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		if ((!strcmp(a, near[i][0]) && !strcmp(b, near[i][1])) || (!strcmp(b, near[i][0]) && !strcmp(a, near[i][1])))
			return true;
	return false;
}

static enum hl_evidence compare_type(const char *listed_text, const char *read_text)
{
	char listed[CANON], read[CANON];
	hl_type_canon(listed_text, listed);
	hl_type_canon(read_text, read);
	return near_types(listed, read) ? HL_EV_UNKNOWN : compare_words(listed, read);
}

static enum hl_evidence compare_make(const char *listed_text, const char *read_text)
{
	char listed[CANON], read[CANON];
	hl_make_canon(listed_text, listed);
	hl_make_canon(read_text, read);
	return compare_words(listed, read);
}

/* Groups of colours that cameras and people take for one another; a colour may be in several. Groups, not pairs: what is listed and what was read agree
 * where they are in one group. At night with infrared light only light and dark are told apart, but no read says so: colour is the weakest evidence. */
static const char *const color_groups[] = {
	"GRY SIL COM TPE", "WHI SIL COM CRM", "WHI CRM BGE", "BGE TAN GLD CRM TPE BRZ", "BRO TAN BRZ CPR MAR", "BLK DBL DGR", "BLK GRY", "BLU DBL LBL TEA TRQ",
	"GRN DGR LGR TEA TRQ", "RED MAR ONG", "ONG YEL GLD CPR", "PLE LAV MVE AME", "PLE DBL MAR", "PNK RED MVE LAV",
};

static bool near_colors(const char *a, const char *b)
{
	if (!strcmp(a, b))
		return true;
	for (size_t i = 0; i < sizeof color_groups / sizeof color_groups[0]; i++)
		if (has_word(color_groups[i], a) && has_word(color_groups[i], b))
			return true;
	return false;
}

enum { TONES_MAX = 4 };

/* The colours of "A/B"; a part that is not known makes the whole unknown, since it might be the one that was seen. */
static unsigned tones(const char *text, const char *dst[TONES_MAX])
{
	unsigned n = 0;
	for (const char *p = text; *p; p += strcspn(p, "/"), p += *p == '/') {
		const struct hl_code_row *row = look_up(&hl_colors, p, strcspn(p, "/"));
		if (!row || n == TONES_MAX)
			return 0;
		dst[n++] = row->canon;
	}
	return n;
}

bool hl_color_known(const char *text)
{
	const char *parts[TONES_MAX];
	return tones(text, parts) > 0;
}

static enum hl_evidence compare_color(const char *listed_text, const char *read_text)
{
	const char *listed[TONES_MAX], *read[TONES_MAX];
	unsigned listed_n = tones(listed_text, listed), read_n = tones(read_text, read);
	if (!listed_n || !read_n)
		return HL_EV_UNKNOWN;
	for (unsigned i = 0; i < listed_n; i++)
		for (unsigned k = 0; k < read_n; k++)
			if (near_colors(listed[i], read[k]))
				return HL_EV_AGREES;
	return HL_EV_DIFFERS;
}

void hl_vehicle_compare(const struct hl_entry *e, const struct hl_read *r, enum hl_evidence out[HL_CONTRADICTIONS])
{
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		out[i] = HL_EV_UNKNOWN;
	out[HL_C_STATE] = compare_state(e, r);
	if (e->about_plate)
		return;
	out[HL_C_TYPE] = compare_type(e->f[HL_F_TYPE], r->vehicle.type);
	out[HL_C_MAKE] = compare_make(e->f[HL_F_MAKE], r->vehicle.make);
	out[HL_C_COLOR] = compare_color(e->f[HL_F_COLOR], r->vehicle.color);
}

const char *hl_contradiction_name(enum hl_contradiction c)
{
	static const char *const names[HL_CONTRADICTIONS] = { "state", "type", "make", "color" };
	return (unsigned)c < HL_CONTRADICTIONS ? names[c] : "?";
}
