/* index_query.c: the way of a query: keys, filter, postings, distance. Memory is what costs, so each step asks for its lines ahead: the keys of a plate
 * are tested only when those of some plates after it were asked for, and survivors go on in groups. A thread works on its own scratch.
 */
#include "core/index_scratch.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	AHEAD = 96,      /* keys on their way from memory */
	STEP = 16,       /* keys tested together at least */
	LAG = 16,        /* plates on their way, in the sparse form */
	KEYS_MAX = 4096, /* in the near cache */
	GROUP = 64,      /* survivors that go on together */
	NEAR = 512 << 10 /* bytes of a filter that stays in a near cache: nothing to wait for */
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

/* Tests the keys up to `to`; those that pass go on with the number of their query. */
static void test(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, size_t to)
{
	struct hl_ix_chunk *c = &s->chunk;
	while (c->tested < to) {
		size_t at = c->tested, n = to - at < HL_IX_TESTED ? to - at : HL_IX_TESTED;
		unsigned passed = ix->test(p, c->keys.v + at, (unsigned)n, s->passed);
		reserve(s, passed);
		for (unsigned i = 0; i < passed; i++) {
			size_t k = at + s->passed[i];
			while (c->end[c->plate] <= k)
				c->plate++;
			s->survivor[s->n_survivors++] = (struct hl_ix_survivor){ .key = c->keys.v[k], .query = c->query[c->plate] };
		}
		c->tested += n;
	}
}

/* Tests what is left and begins anew. */
static void drain(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s)
{
	struct hl_ix_chunk *c = &s->chunk;
	test(ix, p, s, c->keys.n);
	s->stats.keys += c->keys.n;
	c->keys.n = c->tested = 0;
	c->n = c->plate = 0;
}

/* Makes the keys of one plate. */
static void add(const struct hl_ix_part *p, struct hl_ix_chunk *c, const struct hl_plate *plate, int budget, uint32_t query)
{
	const struct hl_ix_quick *q = &p->quick[budget];
	unsigned n = 0;
	if (q->n && plate->len && hl_ix_in_reach(p, budget, plate->len)) {
		hl_ix_keys_room(&c->keys, HL_IX_QUICK_KEYS);
		n = hl_ix_quick_keys(p, q, plate, c->keys.v + c->keys.n);
		c->keys.n += n;
	}
	if (n == 0)
		hl_ix_keys_read(p, budget, plate, &c->keys);
	c->query[c->n] = query;
	c->end[c->n++] = c->keys.n;
}

/* How many plates from `first` on the sparse form will do for, at most HL_IX_PROBES; all of one budget. */
static unsigned count_sparse(const struct hl_index *ix, const struct hl_ix_part *p, const struct hl_plate *plates, const int *budgets, size_t first,
			     size_t n, uint64_t *keys)
{
	size_t i = first;
	if (!ix->probe || !p->quick[budgets[first]].sparse)
		return 0;
	unsigned reach = p->lengths[budgets[first] / HL_HARD];
	for (; i < n && i < first + HL_IX_PROBES && budgets[i] == budgets[first] && plates[i].len && reach >> plates[i].len & 1; i++)
		*keys += plates[i].len + 2u;
	return (unsigned)(i - first);
}

/* Makes the keys of a plate, asks for their lines, and tests keys whose lines were asked for long enough ago. */
static void probe(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plate, int budget,
		  uint32_t query)
{
	struct hl_ix_chunk *c = &s->chunk;
	size_t ahead = p->filter_bytes <= NEAR ? 0 : AHEAD, first = c->keys.n;
	add(p, c, plate, budget, query);
	for (size_t k = first; ahead && k < c->keys.n; k++)
		prefetch_block(p, c->keys.v[k]);
	if (c->keys.n > KEYS_MAX || c->n == HL_IX_CHUNK)
		drain(ix, p, s);
	else if (c->keys.n >= c->tested + ahead + STEP)
		test(ix, p, s, c->keys.n - ahead);
}

void hl_ix_part_query(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plates,
		      const int *budgets, size_t n)
{
	unsigned lag = p->filter_bytes <= NEAR ? 0 : LAG;
	s->epoch_query = UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		if (budgets[i] < 0 || budgets[i] > ix->max_cost)
			continue;
		unsigned sparse = count_sparse(ix, p, plates, budgets, i, n, &s->stats.keys);
		if (sparse) {
			drain(ix, p, s); /* what waits may be the second half of a plate's keys: they are followed together with the first */
			reserve(s, sparse * HL_IX_SPARSE_KEYS);
			s->n_survivors += ix->probe(p, &p->quick[budgets[i]], plates + i, sparse, (uint32_t)i, lag, s->survivor + s->n_survivors);
			i += sparse - 1;
		} else {
			probe(ix, p, s, &plates[i], budgets[i], (uint32_t)i);
		}
		if (s->n_survivors >= GROUP)
			follow(ix, p, s, plates, budgets);
	}
	drain(ix, p, s);
	follow(ix, p, s, plates, budgets);
}
