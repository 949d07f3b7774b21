/* index_build.c: lays the keys of all entries of a part into the filter and the postings. Three passes over the keys: count, mark, fill. Each goes in rounds
 * of some thousand entries: first chunks of entries are turned into keys and sorted by the range of the filter or the buckets that they fall into, then
 * each range is written, chunk after chunk. Both steps are jobs of a crew; since a range is written by one job and in the order of the
 * entries, what comes out is the same to the byte with any number of threads. Alone, a thread has one range and small rounds, which stay in its cache.
 */
#include "core/index_int.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	GROUP = 256,             /* entries of a round of one thread */
	ROUND_KEYS = 1 << 20,    /* keys of a round of several threads: worth their start, and 16 MB */
	CREW_ENTRIES = 20000,    /* from so many entries on a crew pays */
	SHARES = 4,              /* chunks, and ranges, for each thread: the slowest does not hold up the others for long */
	PIECES = 64,             /* chunks, and ranges, at most */
	AHEAD = 48, KEYS_A_BUCKET = 8, BITS_A_KEY = 12, LINE = 64
};

/* Where one key goes: a block of the filter and its bits, or a bucket and the item for it. */
struct record {
	uint32_t at, what;
};

struct records {
	struct record *v;
	size_t n, cap;
};

enum stream { BLOCKS, BUCKETS, STREAMS };

/* The entries of one job, and their keys by range. */
struct chunk {
	struct hl_ix_keys keys;
	uint64_t n_keys;
	struct records *out[STREAMS]; /* [range] */
};

struct build {
	struct hl_ix_part *p;
	const struct hl_index *ix;
	const uint32_t *entry;
	const struct hl_crew *crew;
	unsigned n_chunks, n_ranges;
	size_t first, last, step; /* entries of the round; of a chunk */
	bool fill;
	struct chunk *chunk;
};

static void put(struct records *r, uint64_t at, uint32_t what)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 256;
		r->v = hl_realloc(r->v, r->cap, sizeof r->v[0]);
	}
	r->v[r->n++] = (struct record){ .at = (uint32_t)at, .what = what };
}

/* Which of n_ranges equal ranges of 0..size-1 holds `at`. */
static unsigned range_of(const struct build *b, uint64_t at, uint64_t size)
{
	return (unsigned)(at * b->n_ranges / size);
}

static void sort_keys(const struct build *b, struct chunk *c, uint32_t entry)
{
	const struct hl_ix_part *p = b->p;
	for (size_t k = 0; k < c->keys.n; k++) {
		uint64_t key = c->keys.v[k], bucket = hl_ix_bucket(p, key), block = hl_ix_block(p, key);
		uint32_t item = entry | hl_ix_tag(key, b->ix->id_bits) << b->ix->id_bits;
		put(&c->out[BUCKETS][range_of(b, bucket, p->buckets)], bucket, item);
		if (!b->fill)
			put(&c->out[BLOCKS][range_of(b, block, p->blocks)], block, (uint32_t)key);
	}
}

/* Calls fn for each entry of a chunk, its keys made. */
static void each_entry(struct build *b, size_t i, void (*fn)(const struct build *b, struct chunk *c, uint32_t entry))
{
	struct chunk *c = &b->chunk[i];
	size_t first = b->first + i * b->step, last = first + b->step < b->last ? first + b->step : b->last;
	for (size_t e = first; e < last; e++) {
		c->keys.n = 0;
		hl_ix_keys_listed(b->p, &b->ix->pattern[b->entry[e]], &c->keys);
		fn(b, c, b->entry[e]);
	}
}

static void sort_job(void *arg, size_t i)
{
	struct build *b = arg;
	for (int s = 0; s < STREAMS; s++)
		for (unsigned r = 0; r < b->n_ranges; r++)
			b->chunk[i].out[s][r].n = 0;
	each_entry(b, i, sort_keys);
}

static void add_count(const struct build *b, struct chunk *c, uint32_t entry)
{
	(void)b, (void)entry;
	c->n_keys += c->keys.n;
}

static void count_job(void *arg, size_t i)
{
	each_entry(arg, i, add_count);
}

static void mark_blocks(struct hl_ix_part *p, const struct records *r)
{
	for (size_t k = 0; k < r->n; k++) {
		if (k + AHEAD < r->n)
			__builtin_prefetch(p->filter + HL_IX_BLOCK * (size_t)r->v[k + AHEAD].at, 1);
		hl_ix_filter_add(p, r->v[k].at, r->v[k].what);
	}
}

static void count_buckets(struct hl_ix_part *p, const struct records *r)
{
	for (size_t k = 0; k < r->n; k++) {
		if (k + AHEAD < r->n)
			__builtin_prefetch(&p->offset[r->v[k + AHEAD].at + 1], 1);
		p->offset[r->v[k].at + 1]++;
	}
}

/* A bucket's offset is its cursor meanwhile. */
static void fill_buckets(struct hl_ix_part *p, const struct records *r)
{
	for (size_t k = 0; k < r->n; k++) {
		if (k + 2 * AHEAD < r->n)
			__builtin_prefetch(&p->offset[r->v[k + 2 * AHEAD].at], 1);
		if (k + AHEAD < r->n)
			__builtin_prefetch(&p->item[p->offset[r->v[k + AHEAD].at]], 1);
		p->item[p->offset[r->v[k].at]++] = r->v[k].what;
	}
}

/* One range of the buckets, or (in the second half of the jobs) of the filter. */
static void write_job(void *arg, size_t i)
{
	struct build *b = arg;
	bool blocks = i >= b->n_ranges;
	for (unsigned c = 0; c < b->n_chunks; c++) {
		const struct records *r = &b->chunk[c].out[blocks ? BLOCKS : BUCKETS][blocks ? i - b->n_ranges : i];
		if (blocks)
			mark_blocks(b->p, r);
		else if (b->fill)
			fill_buckets(b->p, r);
		else
			count_buckets(b->p, r);
	}
}

/* All entries in rounds of so many entries. */
static void rounds(struct build *b, size_t a_round, hl_crew_job first, hl_crew_job then, size_t n_then)
{
	for (b->first = 0; b->first < b->p->n; b->first = b->last) {
		b->last = b->p->n - b->first < a_round ? b->p->n : b->first + a_round;
		b->step = (b->last - b->first + b->n_chunks - 1) / b->n_chunks;
		hl_crew_run(b->crew, first, b, b->n_chunks);
		if (then)
			hl_crew_run(b->crew, then, b, n_then);
	}
}

static void begin(struct build *b, const struct hl_crew *crew)
{
	unsigned threads = crew && crew->threads > 1 ? crew->threads : 1;
	b->crew = crew;
	b->n_chunks = b->n_ranges = threads == 1 ? 1 : threads < PIECES / SHARES ? SHARES * threads : PIECES;
	b->chunk = hl_calloc(b->n_chunks, sizeof b->chunk[0]);
	for (unsigned c = 0; c < b->n_chunks; c++)
		for (int s = 0; s < STREAMS; s++)
			b->chunk[c].out[s] = hl_calloc(b->n_ranges, sizeof b->chunk[c].out[s][0]);
}

static void end(struct build *b)
{
	for (unsigned c = 0; c < b->n_chunks; c++) {
		for (int s = 0; s < STREAMS; s++) {
			for (unsigned r = 0; r < b->n_ranges; r++)
				free(b->chunk[c].out[s][r].v);
			free(b->chunk[c].out[s]);
		}
		free(b->chunk[c].keys.v);
	}
	free(b->chunk);
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
size_t hl_ix_part_bytes(const struct hl_ix_part *p)
{
	return p->filter_bytes + p->offset_bytes + p->item_bytes;
}

/* The bounds of the buckets, from their counts. */
static void add_up(struct hl_ix_part *p)
{
	for (uint64_t b = 0; b < p->buckets; b++)
		p->offset[b + 1] += p->offset[b];
}

/* The cursors stand where the next bucket begins: one further each, and they are the bounds again. */
static void shift_back(struct hl_ix_part *p)
{
	memmove(p->offset + 1, p->offset, p->buckets * sizeof p->offset[0]);
	p->offset[0] = 0;
}

static void lay(struct build *b)
{
	struct hl_ix_part *p = b->p;
	size_t a_round = b->n_chunks == 1 ? GROUP : (size_t)(ROUND_KEYS * p->n / (p->items + 1)) + b->n_chunks;
	rounds(b, a_round, sort_job, write_job, 2 * (size_t)b->n_ranges);
	add_up(p);
	b->fill = true;
	rounds(b, a_round, sort_job, write_job, b->n_ranges);
	shift_back(p);
}

void hl_ix_part_size(struct hl_ix_part *p)
{
	p->blocks = p->items * BITS_A_KEY / (HL_IX_BLOCK * 8) + 1;
	p->buckets = p->items / KEYS_A_BUCKET + 1;
	p->filter_bytes = to_line(p->blocks * HL_IX_BLOCK);
	p->offset_bytes = to_line((p->buckets + 1) * sizeof p->offset[0]);
	p->item_bytes = to_line((p->items + 1) * sizeof p->item[0]);
}

static enum hl_code take_room(struct hl_ix_part *p, struct hl_err *err)
{
	if (p->items > UINT32_MAX / 2)
		return hl_err_set(err, HL_E_LIMIT, "the index would need %llu keys, at most %u: lower max_cost", (unsigned long long)p->items,
				  UINT32_MAX / 2);
	hl_ix_part_size(p);
	p->filter = hl_alloc_pages(hl_ix_part_bytes(p));
	p->offset = (uint32_t *)(void *)(p->filter + p->filter_bytes);
	p->item = (uint32_t *)(void *)(p->filter + p->filter_bytes + p->offset_bytes);
	return HL_OK;
}

enum hl_code hl_ix_part_build(struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry, const struct hl_crew *crew, struct hl_err *err)
{
	struct build b = { .p = p, .ix = ix, .entry = entry };
	note_lengths(p, ix, entry);
	begin(&b, p->n >= CREW_ENTRIES ? crew : NULL);
	rounds(&b, p->n, count_job, NULL, 0);
	for (unsigned c = 0; c < b.n_chunks; c++)
		p->items += b.chunk[c].n_keys;
	enum hl_code code = take_room(p, err);
	if (code == HL_OK)
		lay(&b);
	end(&b);
	return code;
}

void hl_ix_part_fini(struct hl_ix_part *p)
{
	hl_free_pages(p->filter, p->mapped ? p->filter_bytes : hl_ix_part_bytes(p));
	p->filter = NULL;
}
