/* rule_cover.c: whether one `when` takes all that another takes, and whether two have nothing in common. Conservative: what can't be told is "no", since only
 * warnings hang on it. See rule_odd.h. Pure; any thread.
 */
#include "base/text.h"
#include "core/rule_odd.h"
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

static const struct text_key {
	const char *name;
	size_t offset;
	bool any_case;
} text_keys[] = {
	{ "list", offsetof(struct hl_when, list), false },     { "category", offsetof(struct hl_when, category), true },
	{ "agency", offsetof(struct hl_when, agency), true },  { "camera", offsetof(struct hl_when, camera), false },
	{ "site", offsetof(struct hl_when, site), false },
};
enum { TEXT_KEYS = sizeof text_keys / sizeof text_keys[0] };

static const struct hl_strings *texts_of(const struct hl_when *w, const struct text_key *k)
{
	return (const struct hl_strings *)(const void *)((const char *)w + k->offset);
}

static bool has_text(const struct hl_strings *s, const char *text, bool any_case)
{
	for (size_t i = 0; i < s->n; i++)
		if (any_case ? hl_text_same(s->v[i], text) : !strcmp(s->v[i], text))
			return true;
	return false;
}

static bool all_in(const struct hl_strings *few, const struct hl_strings *many, bool any_case)
{
	for (size_t i = 0; i < few->n; i++)
		if (!has_text(many, few->v[i], any_case))
			return false;
	return few->n > 0;
}

static bool none_in(const struct hl_strings *a, const struct hl_strings *b, bool any_case)
{
	for (size_t i = 0; i < a->n; i++)
		if (has_text(b, a->v[i], any_case))
			return false;
	return a->n && b->n;
}

/* ---- what a `when` of one key says about the same key of another: each is true where all that fits b fits a ---- */

static bool texts_cover(const struct hl_strings *a, const struct hl_strings *b, bool any_case)
{
	return !a->n || all_in(b, a, any_case);
}

static bool in_named_zone(const struct hl_rules *r, const struct hl_strings *zones, const char *camera)
{
	const struct hl_zone *z = r->zones.v;
	for (size_t i = 0; i < r->zones.n; i++)
		if (z[i].name && has_text(zones, z[i].name, false) && has_text(&z[i].cameras, camera, false))
			return true;
	return false;
}

/* A zone takes itself, and the cameras that it names. */
static bool zones_cover(const struct hl_rules *r, const struct hl_when *a, const struct hl_when *b)
{
	if (!a->zone.n || all_in(&b->zone, &a->zone, false))
		return true;
	for (size_t i = 0; i < b->camera.n; i++)
		if (!in_named_zone(r, &a->zone, b->camera.v[i]))
			return false;
	return b->camera.n > 0;
}

/* "us" takes "us-ca". */
static bool regions_cover(const struct hl_strings *a, const struct hl_strings *b)
{
	char country[16];
	for (size_t i = 0; i < b->n; i++) {
		hl_copy_n(country, sizeof country, b->v[i], strcspn(b->v[i], "-"));
		if (a->n && !has_text(a, b->v[i], true) && !has_text(a, country, true))
			return false;
	}
	return !a->n || b->n;
}

static unsigned priorities(const struct hl_array *a)
{
	unsigned bits = 0;
	for (int p = 1; p <= 9; p++)
		bits |= (unsigned)hl_ranges_have(a, p) << p;
	return bits;
}

static bool inside(const struct hl_range *out, const struct hl_range *in)
{
	bool low = in->low > out->low || (in->low >= out->low && (!out->low_open || in->low_open));
	bool high = in->high < out->high || (in->high <= out->high && (!out->high_open || in->high_open));
	return low && high;
}

/* Each range of b in one of a's; several of a's together are not looked at. */
static bool ranges_cover(const struct hl_array *a, const struct hl_array *b)
{
	const struct hl_range *x = a->v, *y = b->v;
	for (size_t i = 0; a->n && i < b->n; i++) {
		size_t k = 0;
		while (k < a->n && !inside(&x[k], &y[i]))
			k++;
		if (k == a->n)
			return false;
	}
	return !a->n || b->n;
}

static bool bits_cover(unsigned a, unsigned b)
{
	return !a || (b && !(b & ~a));
}

static bool any_fits(const struct hl_array *at, const struct hl_holidays *h, int64_t day, int minute)
{
	struct hl_local now = { .day = day, .minute = minute };
	for (size_t i = 0; i < at->n; i++)
		if (hl_times_fit(&((const struct hl_times *)at->v)[i], h, &now))
			return true;
	return false;
}

/* Where a time begins or ends is where the answer can change. */
static bool day_covers(const struct hl_array *a, const struct hl_array *b, const struct hl_holidays *h, int64_t day)
{
	const struct hl_array *both[] = { a, b };
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < both[s]->n; i++) {
			const struct hl_times *t = (const struct hl_times *)both[s]->v + i;
			const int minute[] = { 0, t->from, t->to % (24 * 60) };
			for (size_t m = 0; m < 3; m++)
				if (any_fits(b, h, day, minute[m]) && !any_fits(a, h, day, minute[m]))
					return false;
		}
	return true;
}

/* Each day of the week, as a holiday and not, after a holiday and not: whatever the holidays of the file are. */
static bool times_cover(const struct hl_array *a, const struct hl_array *b)
{
	enum { A_MONDAY = 4, SPANS_MAX = 64 /* of one times those of the other: more are not compared */ };
	if (!a->n)
		return true;
	if (a->n * b->n > SPANS_MAX)
		return false;
	for (int64_t day = A_MONDAY; b->n && day < A_MONDAY + 7; day++)
		for (unsigned which = 0; which < 4; which++) {
			int64_t days[2] = { day - 1, day };
			struct hl_holidays h = { .n = which == 3 ? 2 : which > 0, .day = which == 2 ? days + 1 : days };
			if (!day_covers(a, b, &h, day))
				return false;
		}
	return b->n > 0;
}

enum { OTHER_KEYS = 9 };

/* Key number k of a holds wherever b does. */
static bool key_covers(const struct hl_rules *r, unsigned k, const struct hl_when *a, const struct hl_when *b)
{
	if (k < TEXT_KEYS)
		return texts_cover(texts_of(a, &text_keys[k]), texts_of(b, &text_keys[k]), text_keys[k].any_case);
	switch (k - TEXT_KEYS) {
	case 0: return zones_cover(r, a, b);
	case 1: return regions_cover(&a->region, &b->region);
	case 2: return !(priorities(&b->priority) & ~priorities(&a->priority));
	case 3: return bits_cover(a->kinds, b->kinds);
	case 4: return bits_cover(a->decisions, b->decisions) || a->decisions == (1u << HL_VERIFY | 1u << HL_ALERT);
	case 5: return bits_cover(a->contradictions, b->contradictions);
	case 6: return ranges_cover(&a->probability, &b->probability);
	case 7: return ranges_cover(&a->confidence, &b->confidence);
	default: return times_cover(&a->at, &b->at);
	}
}

bool hl_when_covers(const struct hl_rules *r, const struct hl_when *a, const struct hl_when_scope *scope)
{
	for (unsigned k = 0; k < TEXT_KEYS + OTHER_KEYS; k++) {
		const struct hl_when_scope *s = scope;
		while (s && !key_covers(r, k, a, s->when))
			s = s->around;
		if (!s)
			return false;
	}
	return true;
}

const char *hl_when_apart(const struct hl_when *a, const struct hl_when *b)
{
	const unsigned none = 1u << HL_CONTRADICTIONS;
	for (unsigned k = 0; k < TEXT_KEYS; k++)
		if (none_in(texts_of(a, &text_keys[k]), texts_of(b, &text_keys[k]), text_keys[k].any_case))
			return text_keys[k].name;
	if (!(priorities(&a->priority) & priorities(&b->priority)))
		return "priority";
	if (a->kinds && b->kinds && !(a->kinds & b->kinds))
		return "kind";
	if (a->decisions && b->decisions && !(a->decisions & b->decisions))
		return "decision";
	bool only = a->contradictions == none || b->contradictions == none;
	return only && a->contradictions && b->contradictions && !(a->contradictions & b->contradictions) ? "contradiction" : NULL;
}
