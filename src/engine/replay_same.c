/* replay_same.c: whether two catalogs over the same lists give every read the same figures: then one search and one scoring do for both, and only what the rules
 * make of them differs. Pure.
 */
#include "engine/replay_priv.h"

#include <string.h>

static bool same_reach(const struct hl_match_opts *x, const struct hl_match_opts *y)
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

/* Of rules with the same cameras. */
static bool same_lists(const struct hl_catalog *a, const struct hl_catalog *b)
{
	bool same = a->n_lists == b->n_lists;
	for (size_t i = 0; same && i < a->n_lists; i++) {
		same = a->list[i].prior == b->list[i].prior;
		for (unsigned k = 0; same && k <= a->rules->cameras.n; k++)
			same = same_reach(hl_catalog_match(&a->list[i], k), hl_catalog_match(&b->list[i], k));
	}
	return same;
}

static bool same_table(const struct hl_channel_table *a, const struct hl_channel_table *b)
{
	return a == b || (a && b && !strcmp(a->name, b->name) && !strcmp(a->id, b->id));
}

static bool same_channels(const struct hl_channel_set *a, const struct hl_channel_set *b)
{
	bool same = a->n == b->n && !memcmp(a->density_hash, b->density_hash, sizeof a->density_hash);
	for (size_t i = 0; same && i < a->n; i++)
		same = same_table(a->table[i], b->table[i]);
	for (size_t i = 0; same && i < sizeof a->by_form / sizeof a->by_form[0]; i++)
		same = same_table(a->by_form[i], b->by_form[i]);
	return same;
}

bool hl_replay_same_figures(const struct hl_catalog *a, const struct hl_catalog *b, bool per_read)
{
	return same_cameras(a->rules, b->rules) && same_lists(a, b) && hl_confusion_hash(&a->rules->confusion) == hl_confusion_hash(&b->rules->confusion) &&
	       same_channels(&a->rules->channels, &b->rules->channels) && (per_read || a->rules->passage_ms == b->rules->passage_ms);
}
