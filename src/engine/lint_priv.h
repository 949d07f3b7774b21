/* lint_priv.h: what the lint*.c files share; nobody else includes it. */
#ifndef HL_ENGINE_LINT_PRIV_H
#define HL_ENGINE_LINT_PRIV_H

#include "core/confusion.h"
#include "engine/lint.h"

/* lint_junk.c: what a plate looks like that is none. */
enum hl_junk { HL_JUNK_NONE, HL_JUNK_ODD /* told */, HL_JUNK_REFUSED };
/* why: what is told as expected; a literal. */
enum hl_junk hl_junk_find(const struct hl_pattern *p, const char **why);

/* lint_words.c: the values of code columns, each distinct one looked up once and told once, with the number of its lines. */
struct hl_words;
struct hl_words *hl_words_new(void);
void hl_words_free(struct hl_words **w);
/* Counts text of that field on that line; a number that equal texts of a field share, 0 for an empty one or where there are too many. */
unsigned hl_words_add(struct hl_words *w, enum hl_field field, const char *text, unsigned line);
/* Tells the unknown ones in the order of their first lines. */
void hl_words_tell(const struct hl_words *w, struct hl_import_notes *n);
/* True for a category that the layouts or the documents know. */
const char *hl_words_category_meant(const char *text);

/* lint_twins.c: pairs of plates of one state that differ only by symbols that cameras take for one another. */
enum { HL_TWIN_COST = 35 /* at least one reading in eighteen takes the one for the other */, HL_TWINS_TOLD = 50 };
struct hl_twin_pair {
	char a, b;
	int cost; /* of the cheaper direction */
};
extern const struct hl_twin_pair hl_twin_pairs[]; /* ends with a row of zeros; O and 0, which cost nothing here, are not among them */
struct hl_twins;
struct hl_twins *hl_twins_new(void);
void hl_twins_free(struct hl_twins **t);
/* place: the same number for the same state. */
void hl_twins_add(struct hl_twins *t, const struct hl_pattern *p, unsigned place, unsigned line);
/* Tells the pairs in the order of their later lines: all that differ by O and 0 alone, and HL_TWINS_TOLD of the others; counts all. */
void hl_twins_tell(struct hl_twins *t, struct hl_import_notes *n);

struct hl_lint {
	const struct hl_list_settings *policy; /* never NULL */
	bool named;                            /* in the settings */
	struct hl_list_settings defaults;      /* policy where it is not */
	struct hl_import_notes *notes;
	int64_t now_ms;
	struct hl_words *words;
	struct hl_twins *twins;
	int64_t far;                           /* entries that live for more than five years */
	unsigned far_line;
	size_t n_partial, cap_partial;
	struct hl_lint_partial {
		char id[HL_ID_TEXT], revision[HL_ID_TEXT];
	} *partial;
};

/* A warning about one line; field may be NULL. */
void hl_lint_warn(struct hl_import_notes *n, unsigned line, const char *field, const char *found, const char *expected);

#endif
