/* index_query.c: the way of a query: keys, filter, postings, distance. Memory is what costs, so each step asks for its lines ahead: the keys of a plate
 * are tested only when those of some plates after it were asked for, and survivors go on in groups. A thread works on its own scratch.
 */
#include "core/index_scratch.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	AHEAD = 96,      /* keys on their way from memory */
	LAG = 16,        /* plates on their way, in the quick form */
	GROUP = 64,      /* survivors that go on together */
	NEAR = 512 << 10, /* bytes of a filter that stays in a near cache: nothing to wait for */
	PREFETCH_MAX = 64 /* of the keys of one plate; more are asked for while testing */
};

static void prefetch_block(const struct hl_ix_part *p, uint64_t key)
{
	__builtin_prefetch(p->filter + HL_IX_BLOCK * hl_ix_block(p, key));
}

/* Doubles the table; what the query at hand has seen is put in again. */
static void grow_seen(struct hl_index_scratch *s)
{
	struct hl_ix_seen *old = s->seen;
	size_t old_size = s->seen_size;
	s->seen_size = old_size ? old_size * 2 : 256;
	s->seen = hl_calloc(s->seen_size, sizeof s->seen[0]);
	for (size_t i = 0; i < old_size; i++) {
		if (old[i].epoch != s->epoch)
			continue;
		size_t at = old[i].entry * 2654435761u & (s->seen_size - 1);
		while (s->seen[at].epoch == s->epoch)
			at = (at + 1) & (s->seen_size - 1);
		s->seen[at] = old[i];
	}
	free(old);
}

/* True the first time that the query at hand meets the entry. */
static bool is_new(struct hl_index_scratch *s, uint32_t entry)
{
	if ((s->seen_n + 1) * 2 > s->seen_size)
		grow_seen(s);
	size_t at = entry * 2654435761u & (s->seen_size - 1);
	while (s->seen[at].epoch == s->epoch) {
		if (s->seen[at].entry == entry)
			return false;
		at = (at + 1) & (s->seen_size - 1);
	}
	s->seen[at] = (struct hl_ix_seen){ .entry = entry, .epoch = s->epoch };
	s->seen_n++;
	return true;
}

static void next_query(struct hl_index_scratch *s, uint32_t query)
{
	s->epoch_query = query;
	s->seen_n = 0;
	if (++s->epoch == 0) {
		memset(s->seen, 0, s->seen_size * sizeof s->seen[0]);
		s->epoch = 1;
	}
}

/* Each candidate once: the weighted distance decides. */
static void verify(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets)
{
	for (size_t i = 0; i < s->n_candidates; i++) {
		struct hl_ix_candidate c = s->candidate[i];
		if (c.query != s->epoch_query)
			next_query(s, c.query);
		if (!is_new(s, c.entry))
			continue;
		s->stats.verified++;
		int cost = hl_match_cost(&ix->confusion, &ix->pattern[c.entry], &plates[c.query], budgets[c.query]);
		if (cost != HL_COST_NONE)
			hl_ix_found_add(s, c.query, c.entry, cost);
	}
	s->n_candidates = 0;
}

/* The entries of the survivor's bucket with its tag. */
static void collect(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_ix_survivor *v)
{
	uint64_t b = hl_ix_bucket(p, v->key);
	uint32_t first = p->offset[b], last = p->offset[b + 1], tag = hl_ix_tag(v->key, ix->id_bits), mask = (1u << ix->id_bits) - 1;
	size_t most = s->n_candidates + (last - first);
	if (most > s->candidates_cap) {
		s->candidates_cap = most * 2;
		s->candidate = hl_realloc(s->candidate, s->candidates_cap, sizeof s->candidate[0]);
	}
	for (uint32_t i = first; i < last; i++) {
		if (p->item[i] >> ix->id_bits != tag)
			continue;
		uint32_t entry = p->item[i] & mask;
		__builtin_prefetch(&ix->pattern[entry]);
		s->candidate[s->n_candidates++] = (struct hl_ix_candidate){ .query = v->query, .entry = entry };
	}
}

static void follow(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plates,
		   const int *budgets)
{
	for (size_t at = 0; at < s->n_survivors; at += GROUP) {
		const struct hl_ix_survivor *v = s->survivor + at;
		size_t n = s->n_survivors - at < GROUP ? s->n_survivors - at : GROUP;
		for (size_t i = 0; i < n; i++)
			__builtin_prefetch(&p->offset[hl_ix_bucket(p, v[i].key)]);
		for (size_t i = 0; i < n; i++)
			__builtin_prefetch(&p->item[p->offset[hl_ix_bucket(p, v[i].key)]]);
		for (size_t i = 0; i < n; i++)
			collect(ix, p, s, &v[i]);
		verify(ix, s, plates, budgets);
	}
	s->stats.survivors += s->n_survivors;
	s->n_survivors = 0;
}

/* Room for n more survivors. */
static void reserve(struct hl_index_scratch *s, size_t n)
{
	if (s->n_survivors + n <= s->survivors_cap)
		return;
	s->survivors_cap = (s->n_survivors + n) * 2;
	s->survivor = hl_realloc(s->survivor, s->survivors_cap, sizeof s->survivor[0]);
}

static void add_survivors(struct hl_index_scratch *s, const uint64_t *key, unsigned n, uint32_t query)
{
	reserve(s, n);
	for (unsigned i = 0; i < n; i++)
		s->survivor[s->n_survivors++] = (struct hl_ix_survivor){ .key = key[i], .query = query };
}

/* Tests the plate that has waited longest. */
static void test_oldest(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s)
{
	struct hl_ix_slot *slot = &s->slot[(s->head + HL_IX_RING - s->waiting) % HL_IX_RING];
	const uint64_t *key = slot->keys.v;
	hl_ix_keys_room(&s->passed, PREFETCH_MAX);
	for (size_t at = 0; at < slot->keys.n; at += PREFETCH_MAX) {
		size_t left = slot->keys.n - at, n = left < PREFETCH_MAX ? left : PREFETCH_MAX;
		for (size_t i = at + n; i < slot->keys.n && i < at + n + PREFETCH_MAX; i++)
			prefetch_block(p, key[i]);
		unsigned passed = ix->test(p, key + at, (unsigned)n, s->passed.v);
		if (passed == 0)
			continue;
		add_survivors(s, s->passed.v, passed, slot->query);
	}
	s->waiting--;
	s->waiting_keys -= slot->keys.n;
}

/* Makes the keys of one plate and asks for their blocks. */
static void ask(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plate, int budget, uint32_t query)
{
	struct hl_ix_slot *slot = &s->slot[s->head];
	slot->query = query;
	slot->keys.n = 0;
	if (budget >= 0 && budget <= ix->max_cost)
		hl_ix_keys_read(p, budget, plate, &slot->keys);
	size_t ahead = slot->keys.n < PREFETCH_MAX ? slot->keys.n : PREFETCH_MAX;
	for (size_t i = 0; i < ahead; i++)
		prefetch_block(p, slot->keys.v[i]);
	s->stats.keys += slot->keys.n;
	s->head = (s->head + 1) % HL_IX_RING;
	s->waiting++;
	s->waiting_keys += slot->keys.n;
}

/* How many plates from `first` on the quick form will do for, at most HL_IX_PROBES. */
static unsigned count_quick(const struct hl_index *ix, const struct hl_ix_part *p, const struct hl_plate *plates, const int *budgets, size_t first,
			    size_t n, uint64_t *keys)
{
	size_t i = first;
	if (!ix->probe || !p->quick_deletions)
		return 0;
	for (; i < n && i < first + HL_IX_PROBES; i++) {
		if (budgets[i] < 0 || budgets[i] > ix->max_cost || !p->quick[budgets[i]] || plates[i].len == 0 || plates[i].len > HL_PLATE_MAX)
			break;
		*keys += plates[i].len + 2u;
	}
	return (unsigned)(i - first);
}

void hl_ix_part_query(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plates,
		      const int *budgets, size_t n)
{
	s->epoch_query = UINT32_MAX;
	s->waiting = 0;
	s->waiting_keys = 0;
	unsigned lag = p->filter_bytes <= NEAR ? 0 : LAG;
	for (size_t i = 0; i < n; i++) {
		unsigned quick = count_quick(ix, p, plates, budgets, i, n, &s->stats.keys);
		if (quick) {
			reserve(s, quick * HL_IX_QUICK_KEYS);
			s->n_survivors += ix->probe(p, plates + i, quick, (uint32_t)i, lag, s->survivor + s->n_survivors);
			i += quick - 1;
		} else {
			ask(ix, p, s, &plates[i], budgets[i], (uint32_t)i);
			while (s->waiting == HL_IX_RING || s->waiting_keys > AHEAD)
				test_oldest(ix, p, s);
		}
		if (s->n_survivors >= GROUP)
			follow(ix, p, s, plates, budgets);
	}
	while (s->waiting)
		test_oldest(ix, p, s);
	follow(ix, p, s, plates, budgets);
}
