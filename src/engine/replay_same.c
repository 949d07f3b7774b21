/* replay_same.c: whether two catalogs over the same lists give every read the same figures: then one search and one scoring do for both, and only what the rules
 * make of them differs. Pure.
 */
#include "engine/replay_priv.h"

#include <string.h>

/* What is to be expected before a read is looked at. */
static bool same_priors(const struct hl_catalog *a, const struct hl_catalog *b)
{
	bool same = true;
	for (size_t i = 0; same && i < a->n_lists; i++)
		same = a->list[i].prior == b->list[i].prior;
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
	return hl_catalog_same_reach(a, b) && same_priors(a, b) &&
	       same_channels(&a->rules->channels, &b->rules->channels) && (per_read || a->rules->passage_ms == b->rules->passage_ms);
}
