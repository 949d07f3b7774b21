/* lint_words.c: the values of code columns (state, make, colour, type, category): looked up once for each distinct one, told once with the number of its lines. What is not
 * known is no fault: it is never held against a read, but it helps nobody either, and a shifted column looks like it. One thread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/vehicle.h"
#include "core/vehicle_tables.h"
#include "engine/lint_priv.h"

enum { DISTINCT_MAX = 4096, SLOTS = 4 * DISTINCT_MAX, NEAR_WORDS = 1024 };

struct word {
	char *text;
	enum hl_field field;
	bool known;
	unsigned line;
	int64_t lines;
};

struct hl_words {
	struct word v[DISTINCT_MAX];
	size_t n;
	uint16_t slot[SLOTS]; /* number of the word, 0: free */
	int64_t others;       /* values that had no room any more */
	unsigned others_line;
};

/* The categories of the layouts and the documents. A deployment may have others: only what is nearly one of these, and is none, is told. */
static const char *const categories[] = {
	"stolen", "stolen-vehicle", "stolen-plate", "stolen plate", "stolen vehicle", "stolen-canadian", "felony", "wanted", "warrant", "missing", "amber", "silver", "violent-person",
	"supervised-release", "protection-order", "protective-interest", "gang-terrorist", "sex-offender", "bolo", "scofflaw", "permit", "parole", "probation",
	"abduction", "homicide", "robbery", "narcotics", NULL,
};

struct hl_words *hl_words_new(void)
{
	return hl_calloc(1, sizeof(struct hl_words));
}

void hl_words_free(struct hl_words **w)
{
	for (size_t i = 0; *w && i < (*w)->n; i++)
		free((*w)->v[i].text);
	free(*w);
	*w = NULL;
}

static const struct hl_code_table *table_of(enum hl_field field)
{
	return field == HL_F_STATE ? &hl_states : field == HL_F_MAKE ? &hl_makes : field == HL_F_TYPE ? &hl_types : field == HL_F_COLOR ? &hl_colors : NULL;
}

const char *hl_words_category_meant(const char *text)
{
	for (size_t i = 0; categories[i]; i++)
		if (hl_text_same(categories[i], text))
			return NULL;
	return hl_text_nearest(text, categories);
}

static bool known(enum hl_field field, const char *text)
{
	char canon[16];
	if (field == HL_F_CATEGORY)
		return !hl_words_category_meant(text);
	if (field == HL_F_COLOR)
		return hl_color_known(text);
	if (field == HL_F_STATE)
		hl_state_canon(text, canon);
	else if (field == HL_F_MAKE)
		hl_make_canon(text, canon);
	else
		hl_type_canon(text, canon);
	return canon[0];
}

static uint32_t hash_of(enum hl_field field, const char *text)
{
	uint32_t h = 2166136261u ^ (uint32_t)field; /* FNV-1a */
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h ^ h >> 15;
}

unsigned hl_words_add(struct hl_words *w, enum hl_field field, const char *text, unsigned line)
{
	if (!text[0])
		return 0;
	uint32_t at = hash_of(field, text) % SLOTS;
	for (; w->slot[at]; at = (at + 1) % SLOTS) {
		struct word *have = &w->v[w->slot[at] - 1];
		if (have->field != field || strcmp(have->text, text))
			continue;
		have->lines++;
		return w->slot[at];
	}
	if (w->n == DISTINCT_MAX) {
		w->others_line = w->others++ ? w->others_line : line;
		return 0;
	}
	w->v[w->n++] = (struct word){ .text = hl_strdup(text), .field = field, .known = known(field, text), .line = line, .lines = 1 };
	w->slot[at] = (uint16_t)w->n;
	return w->slot[at];
}

/* The word of the table that text may stand for, into dst; false where none is near. */
static bool find_near(const struct hl_code_table *t, const char *text, char *dst, size_t size)
{
	char room[NEAR_WORDS][24];
	const char *list[NEAR_WORDS + 1];
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		for (const char *p = t->row[i].words; *p && n < NEAR_WORDS; p += strcspn(p, " "), p += *p == ' ') {
			hl_copy_n(room[n], sizeof room[n], p, strcspn(p, " "));
			list[n] = room[n];
			n++;
		}
	list[n] = NULL;
	const char *near = hl_text_nearest(text, list);
	return near && hl_copy(dst, size, near);
}

static void tell(const struct word *word, struct hl_import_notes *n)
{
	char near[64] = "", expected[128], count[64] = "";
	const struct hl_code_table *t = table_of(word->field);
	const char *category = word->field == HL_F_CATEGORY ? hl_words_category_meant(word->text) : NULL;
	bool some = category ? hl_copy(near, sizeof near, category) : t && find_near(t, word->text, near, sizeof near);
	if (word->lines > 1)
		snprintf(count, sizeof count, "; on %lld lines", (long long)word->lines);
	snprintf(expected, sizeof expected, "a known %s%s%s%s: it is taken as it is%s", hl_fields[word->field].name, some ? " (did you mean '" : "", some ? near : "",
		 some ? "'?)" : "", count);
	hl_lint_warn(n, word->line, hl_fields[word->field].name, word->text, expected);
}

void hl_words_tell(const struct hl_words *w, struct hl_import_notes *n)
{
	char found[64];
	for (size_t i = 0; i < w->n; i++)
		if (!w->v[i].known)
			tell(&w->v[i], n);
	if (!w->others)
		return;
	snprintf(found, sizeof found, "more than %d different codes", DISTINCT_MAX);
	hl_lint_warn(n, w->others_line, NULL, found, "columns of codes, of which there are few: is it the right layout?");
}
