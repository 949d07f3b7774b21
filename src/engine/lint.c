/* lint.c: see lint.h. The checks of one entry, and the order in which things are told at the end. */
#include "engine/lint_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/settings_priv.h"

#define FIVE_YEARS_MS (5 * INT64_C(365) * 86400000)

static const char junk_mark[] = " (accept_plates lets it in)";

struct hl_lint *hl_lint_new(const struct hl_list_settings *policy, struct hl_import_notes *notes, int64_t now_ms)
{
	struct hl_lint *l = hl_calloc(1, sizeof *l);
	if (!policy)
		hl_list_policy_default(&l->defaults);
	l->policy = policy ? policy : &l->defaults;
	l->named = policy != NULL;
	l->notes = notes;
	l->now_ms = now_ms;
	l->words = hl_words_new();
	l->twins = hl_twins_new();
	return l;
}

void hl_lint_free(struct hl_lint **l)
{
	if (!*l)
		return;
	hl_words_free(&(*l)->words);
	hl_twins_free(&(*l)->twins);
	hl_list_policy_wipe(&(*l)->defaults);
	free((*l)->partial);
	free(*l);
	*l = NULL;
}

void hl_lint_warn(struct hl_import_notes *n, unsigned line, const char *field, const char *found, const char *expected)
{
	struct hl_line_fault f = { .line = line };
	hl_copy(f.field, sizeof f.field, field ? field : "");
	hl_copy(f.found, sizeof f.found, found);
	hl_copy(f.expected, sizeof f.expected, expected);
	hl_notes_fault(n, &f, "", 0, true);
}

/* False, so that it can be returned. */
static bool refuse(struct hl_line_fault *f, enum hl_field field, const char *found, const char *expected)
{
	hl_copy(f->field, sizeof f->field, hl_fields[field].name);
	hl_copy(f->found, sizeof f->found, found);
	hl_copy(f->expected, sizeof f->expected, expected);
	return false;
}

static bool check_category(const struct hl_lint *l, const struct hl_entry *e, struct hl_line_fault *f)
{
	const struct hl_strings *allowed = &l->policy->categories;
	const char *category = e->f[HL_F_CATEGORY], *words[65] = { NULL };
	if (!allowed->n)
		return true;
	struct hl_buf all = HL_BUF(sizeof f->expected - 1);
	bool fits = false;
	for (size_t i = 0; i < allowed->n && !fits; i++) {
		fits = hl_text_same(allowed->v[i], category);
		hl_buf_printf(&all, "%s%s", i ? ", " : "one of ", allowed->v[i]);
		words[i < 64 ? i : 63] = allowed->v[i];
	}
	const char *near = fits ? NULL : hl_text_nearest(category, words);
	if (near)
		hl_buf_printf(&all, " (did you mean '%s'?)", near);
	if (!fits)
		refuse(f, HL_F_CATEGORY, category, hl_buf_text(&all));
	hl_buf_fini(&all);
	return fits;
}

/* How long the entry will be looked for. */
static bool check_life(const struct hl_lint *l, const struct hl_entry *e, struct hl_line_fault *f)
{
	int64_t most = hl_list_longest(l->policy, e->f[HL_F_CATEGORY]);
	char latest[HL_TIME_TEXT], expected[128];
	if (!most || (e->expires_ms != HL_NO_TIME && e->expires_ms <= l->now_ms + most))
		return true;
	hl_time_format(l->now_ms + most, latest);
	snprintf(expected, sizeof expected, "a time up to %s, the longest that the list's settings allow", latest);
	return refuse(f, HL_F_EXPIRES, e->f[HL_F_EXPIRES], expected);
}

static bool accepted(const struct hl_lint *l, const struct hl_pattern *p)
{
	const struct hl_strings *plates = &l->policy->accept_plates;
	struct hl_pattern known;
	for (size_t i = 0; i < plates->n; i++)
		if (!hl_pattern_parse(&known, plates->v[i], strlen(plates->v[i]), false, NULL) && known.len == p->len && !memcmp(known.sym, p->sym, sizeof p->sym))
			return true;
	return false;
}

static bool check_junk(const struct hl_lint *l, const struct hl_entry *e, struct hl_line_fault *f)
{
	const char *why;
	char expected[128];
	if (hl_junk_find(&e->pattern, &why) != HL_JUNK_REFUSED || accepted(l, &e->pattern))
		return true;
	snprintf(expected, sizeof expected, "%.*s%s", (int)(sizeof expected - sizeof junk_mark), why, junk_mark);
	return refuse(f, HL_F_PLATE, e->f[HL_F_PLATE], expected);
}

bool hl_lint_allows(const struct hl_lint *l, const struct hl_entry *e, struct hl_line_fault *f)
{
	return check_category(l, e, f) && check_life(l, e, f) && check_junk(l, e, f);
}

bool hl_lint_was_junk(const struct hl_line_fault *f)
{
	size_t n = strlen(f->expected), mark = sizeof junk_mark - 1;
	return n >= mark && !strcmp(f->expected + n - mark, junk_mark);
}

static void keep_partial(struct hl_lint *l, const struct hl_entry *e, unsigned line)
{
	if (l->n_partial == l->cap_partial)
		l->partial = hl_realloc(l->partial, l->cap_partial = l->cap_partial ? 2 * l->cap_partial : 16, sizeof *l->partial);
	struct hl_lint_partial *p = &l->partial[l->n_partial++];
	hl_copy(p->id, sizeof p->id, e->id);
	hl_copy(p->revision, sizeof p->revision, e->revision);
	hl_lint_warn(l->notes, line, "plate", e->f[HL_F_PLATE], "at most two ? and no *: a partial plate must be approved by a second person");
}

/* An entry that is over already is kept, as the next version of a feed may prolong it, but told: it will never match, and a wrong year looks like it. */
static void tell_times(struct hl_lint *l, const struct hl_entry *e, unsigned line)
{
	if (e->expires_ms == HL_NO_TIME)
		return;
	if (e->expires_ms < l->now_ms)
		hl_lint_warn(l->notes, line, "expires", e->f[HL_F_EXPIRES], "a time to come: an entry that is over never matches");
	if (l->named && e->expires_ms - FIVE_YEARS_MS > l->now_ms && !hl_list_longest(l->policy, e->f[HL_F_CATEGORY]))
		l->far_line = l->far++ ? l->far_line : line;
}

void hl_lint_take(struct hl_lint *l, const struct hl_entry *e, unsigned line)
{
	static const enum hl_field coded[] = { HL_F_MAKE, HL_F_COLOR, HL_F_TYPE };
	const char *why;
	unsigned place = hl_words_add(l->words, HL_F_STATE, e->f[HL_F_STATE], line);
	for (size_t i = 0; i < sizeof coded / sizeof coded[0]; i++)
		hl_words_add(l->words, coded[i], e->f[coded[i]], line);
	if (l->named && !l->policy->categories.n)
		hl_words_add(l->words, HL_F_CATEGORY, e->f[HL_F_CATEGORY], line);
	tell_times(l, e, line);
	if (hl_junk_find(&e->pattern, &why) == HL_JUNK_ODD && !accepted(l, &e->pattern))
		hl_lint_warn(l->notes, line, "plate", e->f[HL_F_PLATE], why);
	if (e->pattern.flags & HL_PAT_SCANNED)
		keep_partial(l, e, line);
	hl_twins_add(l->twins, &e->pattern, place, line);
}

/* A file whose last line has no line break may end anywhere. Where that line is bad it was cut off; where it is good, nobody can tell. */
static void check_end(struct hl_lint *l, struct hl_import_report *r)
{
	struct hl_line_fault f = { .line = 0 };
	if (r->file.complete || r->file.bad || !r->lines)
		return;
	hl_copy(f.found, sizeof f.found, r->cut ? "a bad last line without a line break" : "no line break behind the last line");
	hl_copy(f.expected, sizeof f.expected, r->cut ? "a whole last line: the file was cut off" : "one: a file that was cut off looks like this; it is not activated unseen");
	f.whole = r->cut;
	hl_notes_fault(l->notes, &f, "", 0, !r->cut);
	if (!r->cut)
		return;
	r->file.bad = true;
	r->file.why = f;
}

void hl_lint_end(struct hl_lint *l, struct hl_import_report *r)
{
	char found[48];
	check_end(l, r);
	hl_words_tell(l->words, l->notes);
	if (l->far) {
		snprintf(found, sizeof found, "%" PRId64 " %s of more than 5 years", l->far, l->far == 1 ? "life" : "lives");
		hl_lint_warn(l->notes, l->far_line, "expires", found, "5 years at most: an entry should be looked at again by then (28 CFR 23)");
	}
	hl_twins_tell(l->twins, l->notes);
	r->partial = (int64_t)l->n_partial;
}
