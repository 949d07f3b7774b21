/* index_plan.c: which families of keys a part has. An alignment of cost <= B with h hard edits has soft edits worth s = B - 100 h at most; sorted, the
 * m-th dearest costs s/m at most. A family covers h if what its deletions or holes leave over, after the hard edits and the j dearest soft ones, is
 * folded (cost <= fold), or is one symbol dearer than that which the read's side replaces. Every h must be covered. Among the complete plans the
 * cheapest is taken, by a model of the list (index_model.c). Source: the argument is written out in doc/matching.md.
 */
#include "core/index_int.h"
#include "base/mem.h"
#include "core/index_model.h"

#include <stdio.h>
#include <string.h>

enum { HARD_MAX = HL_COST_MAX / HL_HARD, SOFT_HOLES = 3, FOLDS = 8, CHOICES = 128 };

/* edge[c]: the dearest cost of a pair that is at most c, 0 where there is none. */
struct edges {
	uint8_t at_most[HL_COST_MAX + 1];
};

static void find_edges(const struct hl_confusion *t, struct edges *e)
{
	bool listed[HL_COST_MAX + 1] = { false };
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			if (i != j && t->cost[i][j] < HL_HARD)
				listed[t->cost[i][j]] = true;
	e->at_most[0] = 0;
	for (int c = 1; c <= HL_COST_MAX; c++)
		e->at_most[c] = listed[c] ? (uint8_t)c : e->at_most[c - 1];
}

/* Does a family of this shape, k deletions (or holes) of it used, find every alignment of cost <= budget with exactly h hard edits? */
static bool covers(const struct edges *e, const struct hl_ix_shape *f, int k, bool expand, int h, int budget)
{
	int soft = budget - h * HL_HARD;
	if (soft < 0)
		return true;
	if (f->holes && h > 0)
		return false;
	int j = f->holes ? k : k - h;
	if (j < 0)
		return false;
	int next = e->at_most[soft / (j + 1)], after = e->at_most[soft / (j + 2)];
	return next <= f->fold || (expand && next <= f->expand && after <= f->fold);
}

/* The families on the way to a whole plan. */
struct plan {
	unsigned n;
	int pick[HL_IX_FAMILIES];
	double cost;
};

struct search {
	struct edges edges;
	int budget, hard;
	unsigned n;
	struct hl_ix_shape choice[CHOICES];
	double cost[CHOICES];
	struct plan best;
};

static void add_choice(struct search *s, bool holes, int k, int fold, int expand)
{
	struct hl_ix_shape f = { .holes = holes, .k = (uint8_t)k, .fold = (uint8_t)fold, .expand = (uint8_t)expand };
	for (unsigned i = 0; i < s->n; i++)
		if (memcmp(&s->choice[i], &f, sizeof f) == 0)
			return;
	if (s->n < CHOICES)
		s->choice[s->n++] = f;
}

/* With j soft edits left out: fold all that may remain, or fold less and replace one symbol. Of the many folds between, a few are tried. */
static void add_choices(struct search *s, bool holes, int k, int soft, int j)
{
	int next = s->edges.at_most[soft / (j + 1)], after = s->edges.at_most[soft / (j + 2)];
	int folds[HL_HARD], n = 0;
	add_choice(s, holes, k, next, 0);
	for (int c = after; c < next; c++)
		if (c == after || s->edges.at_most[c] == c)
			folds[n++] = c;
	for (int i = 0; i < FOLDS && i < n; i++)
		add_choice(s, holes, k, folds[n <= FOLDS ? i : i * (n - 1) / (FOLDS - 1)], next);
}

static void list_choices(struct search *s, bool with_holes)
{
	for (int h = s->hard; h >= 0; h--) {
		int soft = s->budget - h * HL_HARD;
		for (int j = 0; j <= SOFT_HOLES; j++) {
			if (h + j <= HL_IX_DELETIONS)
				add_choices(s, false, h + j, soft, j);
			if (h == 0 && with_holes && j > 0)
				add_choices(s, true, j, soft, j);
		}
	}
}

static bool covered(const struct search *s, const struct plan *p, int h)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct hl_ix_shape *f = &s->choice[p->pick[i]];
		if (covers(&s->edges, f, f->k, f->expand > 0, h, s->budget))
			return true;
	}
	return false;
}

/* Tries every family for h hard edits, then for fewer. */
static void search(struct search *s, struct plan p, int h)
{
	while (h >= 0 && covered(s, &p, h))
		h--;
	if (h < 0) {
		if (p.cost < s->best.cost)
			s->best = p;
		return;
	}
	if (p.n == HL_IX_FAMILIES)
		return;
	for (unsigned i = 0; i < s->n; i++) {
		const struct hl_ix_shape *f = &s->choice[i];
		struct plan more = p;
		more.cost += s->cost[i];
		if (more.cost >= s->best.cost || !covers(&s->edges, f, f->k, f->expand > 0, h, s->budget))
			continue;
		more.pick[more.n++] = (int)i;
		search(s, more, h - 1);
	}
}

/* The least that covers h for a query of this budget: how few deletions, and whether to replace. */
static void ask_for(struct hl_ix_part *p, const struct edges *e, int h, int budget)
{
	struct hl_ix_need *need = p->need[budget], best = { 0 };
	double least = 0;
	int at = -1;
	for (unsigned i = 0; i < p->n_families; i++) {
		const struct hl_ix_shape *f = &p->family[i].shape;
		for (int k = f->holes ? f->k : 0; k <= f->k; k++) {
			for (int expand = 0; expand <= (f->expand > 0); expand++) {
				struct hl_ix_need n = { .k = (int8_t)k, .expand = expand };
				if (!covers(e, f, k, expand, h, budget))
					continue;
				bool had = need[i].k >= k && (need[i].expand || !expand);
				double keys = had ? 0 : hl_ix_model_keys(&p->family[i], n, p->ones, 7);
				if (at < 0 || keys < least) {
					at = (int)i;
					best = n;
					least = keys;
				}
			}
		}
	}
	if (at < 0)
		return;
	need[at].k = need[at].k > best.k ? need[at].k : best.k;
	need[at].expand |= best.expand;
}

static bool is_complete(const struct hl_ix_shape *shape, unsigned n, const struct edges *e, int budget)
{
	for (int h = 0; h <= budget / HL_HARD; h++) {
		bool found = false;
		for (unsigned i = 0; i < n; i++)
			found |= covers(e, &shape[i], shape[i].k, shape[i].expand > 0, h, budget);
		if (!found)
			return false;
	}
	return true;
}

bool hl_ix_complete(const struct hl_ix_shape *shape, unsigned n, const struct hl_confusion *t, int budget)
{
	struct edges e;
	find_edges(t, &e);
	return is_complete(shape, n, &e, budget);
}

/* Does what a query of this budget asks for find everything? */
static bool need_is_complete(const struct hl_ix_part *p, const struct edges *e, int budget)
{
	for (int h = 0; h <= budget / HL_HARD; h++) {
		bool found = false;
		for (unsigned i = 0; i < p->n_families; i++) {
			struct hl_ix_need n = p->need[budget][i];
			found |= n.k >= 0 && covers(e, &p->family[i].shape, n.k, n.expand, h, budget);
		}
		if (!found)
			return false;
	}
	return true;
}

static enum hl_code fill_needs(struct hl_ix_part *p, const struct edges *e, int budget, struct hl_err *err)
{
	for (int b = 0; b <= HL_COST_MAX; b++) {
		for (unsigned i = 0; i < HL_IX_FAMILIES; i++)
			p->need[b][i] = (struct hl_ix_need){ .k = -1 };
		if (b > budget)
			continue;
		for (int h = b / HL_HARD; h >= 0; h--)
			ask_for(p, e, h, b);
		if (!need_is_complete(p, e, b))
			return hl_err_set(err, HL_E_INTERNAL, "the keys of the index do not cover a budget of %d.%02d", b / 100, b % 100);
	}
	return HL_OK;
}

static bool is_possible(const struct hl_ix_part *p, const struct hl_ix_shape *f)
{
	return f->k <= (f->holes ? SOFT_HOLES : HL_IX_DELETIONS) && f->fold < HL_HARD && f->expand < HL_HARD && (!f->holes || (f->k > 0 && !p->ones));
}

enum hl_code hl_ix_plan_take(struct hl_ix_part *p, const struct hl_confusion *t, int budget, const struct hl_ix_shape *shape, unsigned n, struct hl_err *err)
{
	struct edges e;
	bool possible = true;
	find_edges(t, &e);
	p->n_families = n;
	for (unsigned i = 0; i < n; i++) {
		possible = possible && is_possible(p, &shape[i]);
		p->family[i].shape = shape[i];
		hl_ix_family_init(&p->family[i], t, i);
	}
	if (!possible || !is_complete(shape, n, &e, budget))
		return hl_err_set(err, HL_E_INTERNAL, "no complete plan of keys for a budget of %d.%02d", budget / 100, budget % 100);
	enum hl_code code = fill_needs(p, &e, budget, err);
	hl_ix_quick_init(p);
	return code;
}

enum hl_code hl_ix_plan(struct hl_ix_part *p, const struct hl_confusion *t, int budget, const struct hl_pattern *patterns, const uint32_t *entry,
			struct hl_err *err)
{
	struct search s = { .budget = budget, .hard = budget / HL_HARD, .best = { .cost = 1e300 } };
	struct hl_ix_model *model = hl_ix_model_new(t, patterns, entry, p->n, p->ones);
	find_edges(t, &s.edges);
	list_choices(&s, p->ones == 0);
	for (unsigned i = 0; i < s.n; i++)
		s.cost[i] = hl_ix_model_cost(model, &s.choice[i]);
	hl_ix_model_free(&model);
	search(&s, (struct plan){ 0 }, s.hard);
	struct hl_ix_shape shape[HL_IX_FAMILIES];
	for (unsigned i = 0; i < s.best.n; i++)
		shape[i] = s.choice[s.best.pick[i]];
	return hl_ix_plan_take(p, t, budget, shape, s.best.n, err);
}

void hl_ix_plan_text(const struct hl_ix_part *p, char *dst, size_t size)
{
	size_t n = 0;
	dst[0] = 0;
	for (unsigned i = 0; i < p->n_families && n < size; i++) {
		const struct hl_ix_shape *f = &p->family[i].shape;
		n += (size_t)snprintf(dst + n, size - n, "%s%c%u@%u", i ? "+" : "", f->holes ? 'w' : 'd', f->k, f->fold);
		if (f->expand && n < size)
			n += (size_t)snprintf(dst + n, size - n, "x%u", f->expand);
	}
}
