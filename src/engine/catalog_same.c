/* catalog_same.c: whether two catalogs over the same lists look equally far, so that what one search has found does for both. Pure. */
#include <string.h>

#include "engine/catalog.h"

static bool same_options(const struct hl_match_opts *x, const struct hl_match_opts *y)
{
	return x->max_cost == y->max_cost && x->candidates == y->candidates && x->candidate_cost == y->candidate_cost;
}

/* The cameras that have options of their own. */
static bool same_cameras(const struct hl_rules *a, const struct hl_rules *b)
{
	const struct hl_rules_camera *x = a->cameras.v, *y = b->cameras.v;
	bool same = a->cameras.n == b->cameras.n;
	for (size_t i = 0; same && i < a->cameras.n; i++)
		same = !strcmp(x[i].name, y[i].name);
	return same;
}

bool hl_catalog_same_reach(const struct hl_catalog *a, const struct hl_catalog *b)
{
	bool same = a->n_lists == b->n_lists && same_cameras(a->rules, b->rules) && hl_confusion_hash(&a->rules->confusion) == hl_confusion_hash(&b->rules->confusion);
	for (size_t i = 0; same && i < a->n_lists; i++)
		for (unsigned k = 0; same && k <= a->rules->cameras.n; k++)
			same = same_options(hl_catalog_match(&a->list[i], k), hl_catalog_match(&b->list[i], k));
	return same;
}
