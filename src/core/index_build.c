/* index_build.c: lays the keys of all entries of a part into the filter and the postings. Three passes over the keys: count, mark, fill; in groups of
 * entries, so that the lines of memory they touch are asked for ahead. One thread.
 */
#include "core/index_int.h"
#include "base/mem.h"

#include <stdlib.h>

enum { GROUP = 16, KEYS_A_BUCKET = 8, BITS_A_KEY = 12, LINE = 64 };

/* The keys of a group of entries; end[i]: where those of the i-th end. */
struct group {
	struct hl_ix_keys keys;
	size_t n, end[GROUP];
};

static void load(struct group *g, const struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry, size_t first)
{
	g->keys.n = 0;
	g->n = p->n - first < GROUP ? p->n - first : GROUP;
	for (size_t i = 0; i < g->n; i++) {
		hl_ix_keys_listed(p, &ix->pattern[entry[first + i]], &g->keys);
		g->end[i] = g->keys.n;
	}
}

static uint64_t count_keys(struct group *g, const struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->n; i += GROUP) {
		load(g, p, ix, entry, i);
		n += g->keys.n;
	}
	return n;
}

static void mark(struct group *g, struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry)
{
	for (size_t i = 0; i < p->n; i += GROUP) {
		load(g, p, ix, entry, i);
		for (size_t k = 0; k < g->keys.n; k++) {
			__builtin_prefetch(p->filter + HL_IX_BLOCK * hl_ix_block(p, g->keys.v[k]), 1);
			__builtin_prefetch(&p->offset[hl_ix_bucket(p, g->keys.v[k]) + 1], 1);
		}
		for (size_t k = 0; k < g->keys.n; k++) {
			hl_ix_filter_add(p, g->keys.v[k]);
			p->offset[hl_ix_bucket(p, g->keys.v[k]) + 1]++;
		}
	}
	for (uint64_t b = 0; b < p->buckets; b++)
		p->offset[b + 1] += p->offset[b];
}

/* Uses each bucket's offset as its cursor and shifts them back at the end. */
static void fill(struct group *g, struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry)
{
	for (size_t i = 0; i < p->n; i += GROUP) {
		load(g, p, ix, entry, i);
		for (size_t k = 0; k < g->keys.n; k++)
			__builtin_prefetch(&p->offset[hl_ix_bucket(p, g->keys.v[k])], 1);
		for (size_t k = 0; k < g->keys.n; k++)
			__builtin_prefetch(&p->item[p->offset[hl_ix_bucket(p, g->keys.v[k])]], 1);
		for (size_t e = 0, k = 0; e < g->n; e++)
			for (; k < g->end[e]; k++)
				p->item[p->offset[hl_ix_bucket(p, g->keys.v[k])]++] =
					entry[i + e] | hl_ix_tag(g->keys.v[k], ix->id_bits) << ix->id_bits;
	}
	for (uint64_t b = p->buckets; b > 0; b--)
		p->offset[b] = p->offset[b - 1];
	p->offset[0] = 0;
}

static void note_lengths(struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry)
{
	for (size_t i = 0; i < p->n; i++)
		p->lengths[0] |= (uint16_t)(1u << ix->pattern[entry[i]].len);
	for (int h = 1; h <= HL_COST_MAX / HL_HARD; h++)
		p->lengths[h] = (uint16_t)(p->lengths[h - 1] | p->lengths[h - 1] << 1 | p->lengths[h - 1] >> 1);
}

static size_t to_line(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

/* All of a part stands in one area, so that a short list fits one huge page. */
static size_t area_bytes(const struct hl_ix_part *p)
{
	return p->filter_bytes + p->offset_bytes + p->item_bytes;
}

enum hl_code hl_ix_part_build(struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry, struct hl_err *err)
{
	struct group g = { 0 };
	note_lengths(p, ix, entry);
	p->items = count_keys(&g, p, ix, entry);
	if (p->items > UINT32_MAX / 2) {
		free(g.keys.v);
		return hl_err_set(err, HL_E_LIMIT, "the index would need %llu keys, at most %u: lower max_cost", (unsigned long long)p->items,
				  UINT32_MAX / 2);
	}
	p->blocks = p->items * BITS_A_KEY / (HL_IX_BLOCK * 8) + 1;
	p->buckets = p->items / KEYS_A_BUCKET + 1;
	p->filter_bytes = to_line(p->blocks * HL_IX_BLOCK);
	p->offset_bytes = to_line((p->buckets + 1) * sizeof p->offset[0]);
	p->item_bytes = to_line((p->items + 1) * sizeof p->item[0]);
	p->filter = hl_alloc_pages(area_bytes(p));
	p->offset = (uint32_t *)(void *)(p->filter + p->filter_bytes);
	p->item = (uint32_t *)(void *)(p->filter + p->filter_bytes + p->offset_bytes);
	mark(&g, p, ix, entry);
	fill(&g, p, ix, entry);
	free(g.keys.v);
	return HL_OK;
}

void hl_ix_part_fini(struct hl_ix_part *p)
{
	hl_free_pages(p->filter, area_bytes(p));
	p->filter = NULL;
}
