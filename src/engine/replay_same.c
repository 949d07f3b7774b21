/* replay_same.c: whether two catalogs over the same lists give every read the same figures: then one search and one scoring do for both, and only what the rules
 * make of them differs. Pure.
 */
#include "engine/replay_priv.h"

#include <string.h>

static bool same_lists(const struct hl_catalog *a, const struct hl_catalog *b)
{
	bool same = a->n_lists == b->n_lists;
	for (size_t i = 0; same && i < a->n_lists; i++) {
		const struct hl_match_opts *x = a->list[i].match, *y = b->list[i].match;
		same = x->max_cost == y->max_cost && x->candidates == y->candidates && x->candidate_cost == y->candidate_cost && a->list[i].prior == b->list[i].prior;
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
	return same_lists(a, b) && hl_confusion_hash(&a->rules->confusion) == hl_confusion_hash(&b->rules->confusion) &&
	       same_channels(&a->rules->channels, &b->rules->channels) && (per_read || a->rules->passage_ms == b->rules->passage_ms);
}
