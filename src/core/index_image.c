/* index_image.c: see index_image.h. Pure; any thread; the work on large images is shared by a crew. */
#include "core/index_image.h"
#include "base/crew.h"
#include "base/mem.h"
#include "core/index_int.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 8, STRIPE = 8 * LANES, BLOCK = 1 << 20, CHECKED = 1 << 18, COPIED = 8 << 20, PARTS = HL_IX_ONES + 1 };

struct head {
	uint64_t magic, sum;
	uint32_t format, max_cost;
	unsigned char key[HL_SHA256];
	uint64_t n, n_scan, bytes;
	struct head_part {
		uint64_t n, items;
		uint32_t n_families;
		uint8_t shape[HL_IX_FAMILIES][4]; /* holes, k, fold, expand */
		uint16_t lengths[HL_COST_MAX / HL_HARD + 1];
	} part[PARTS];
};

_Static_assert(sizeof(struct head) <= HL_INDEX_HEAD, "the head has room for what is in it");

static uint64_t turn(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* Eight sums side by side, as wide as the memory is quick. Each step is a bijection of the sum for a given word and of the word for a given sum: a change of one
 * word is always seen, one of several with a chance of 1 in 2^64 against. n: a multiple of STRIPE. */
static uint64_t sum_stripes(const unsigned char *p, size_t n)
{
	uint64_t sum[LANES], all = n;
	for (int i = 0; i < LANES; i++)
		sum[i] = 0x9e3779b97f4a7c15u * (unsigned)(i + 1);
	for (; n >= STRIPE; n -= STRIPE, p += STRIPE)
		for (int i = 0; i < LANES; i++) {
			uint64_t word;
			memcpy(&word, p + 8 * i, sizeof word);
			sum[i] = turn(sum[i] ^ word, 29) * 0xbf58476d1ce4e5b9u;
		}
	for (int i = 0; i < LANES; i++)
		all = turn(all ^ sum[i], 31) * 0x94d049bb133111ebu;
	return all;
}

/* The image's bytes as pieces, cut into blocks that jobs add up. */
struct summing {
	const struct hl_index_image *image;
	uint64_t *sum;
};

static size_t blocks_of(size_t n)
{
	return (n + BLOCK - 1) / BLOCK;
}

static void sum_job(void *arg, size_t i)
{
	struct summing *s = arg;
	size_t k = 0, block = i;
	while (block >= blocks_of(s->image->piece[k].n))
		block -= blocks_of(s->image->piece[k++].n);
	size_t left = s->image->piece[k].n - block * BLOCK;
	s->sum[i] = sum_stripes((const unsigned char *)s->image->piece[k].data + block * BLOCK, left < BLOCK ? left : BLOCK);
}

/* The sum of all pieces, the place of the sum itself in the head taken as zero. */
static uint64_t sum_of(const struct hl_index_image *image, const struct hl_crew *crew)
{
	struct head h;
	size_t n = 0;
	memcpy(&h, image->piece[0].data, sizeof h);
	h.sum = 0;
	for (size_t k = 1; k < HL_INDEX_PIECES; k++)
		n += blocks_of(image->piece[k].n);
	struct hl_index_image body = *image;
	body.piece[0].n = 0;
	struct summing s = { .image = &body, .sum = hl_calloc(n + 1, sizeof *s.sum) };
	hl_crew_run(crew, sum_job, &s, n);
	uint64_t all = 0;
	for (size_t i = 0; i < n; i++)
		all = turn(all ^ s.sum[i], 27) * 0x9e3779b97f4a7c15u;
	free(s.sum);
	unsigned char first[HL_INDEX_HEAD];
	memcpy(first, image->piece[0].data, sizeof first);
	memcpy(first, &h, sizeof h);
	return turn(all ^ sum_stripes(first, sizeof first), 33) * 0xbf58476d1ce4e5b9u;
}

static size_t to_line(size_t bytes)
{
	return (bytes + HL_INDEX_ALIGN - 1) / HL_INDEX_ALIGN * HL_INDEX_ALIGN;
}

void hl_index_to_image(const struct hl_index *ix, const unsigned char key[HL_SHA256], const struct hl_crew *crew, struct hl_index_image *out)
{
	struct head h = { .magic = HL_INDEX_MAGIC, .format = HL_INDEX_FORMAT, .max_cost = (uint32_t)ix->max_cost, .n = ix->n, .n_scan = ix->scan.n };
	memset(out, 0, sizeof *out);
	memcpy(h.key, key, sizeof h.key);
	out->piece[0].data = out->head;
	out->piece[0].n = sizeof out->head;
	out->piece[1].data = ix->scan.entry;
	out->piece[1].n = to_line(ix->scan.n * sizeof ix->scan.entry[0]);
	for (int i = 0; i < PARTS; i++) {
		const struct hl_ix_part *p = &ix->part[i];
		struct head_part *hp = &h.part[i];
		if (!p->n)
			continue;
		hp->n = p->n;
		hp->items = p->items;
		hp->n_families = p->n_families;
		for (unsigned f = 0; f < p->n_families; f++) {
			const struct hl_ix_shape *s = &p->family[f].shape;
			memcpy(hp->shape[f], (const uint8_t[]){ s->holes, s->k, s->fold, s->expand }, sizeof hp->shape[f]);
		}
		memcpy(hp->lengths, p->lengths, sizeof hp->lengths);
		out->piece[2 + i].data = p->filter;
		out->piece[2 + i].n = hl_ix_part_bytes(p);
	}
	for (size_t k = 0; k < HL_INDEX_PIECES; k++)
		out->bytes += out->piece[k].n;
	h.bytes = out->bytes;
	memcpy(out->head, &h, sizeof h);
	h.sum = sum_of(out, crew);
	memcpy(out->head, &h, sizeof h);
}

static enum hl_code refuse(const char *what, struct hl_err *err)
{
	return hl_err_set(err, HL_E_INPUT, "not a whole index: %s", what);
}

/* Places of the pieces by what the head says, which must make up the size to the byte; parts get their sizes. */
static bool lay_out(struct hl_index *ix, const struct head *h, const unsigned char *image, size_t bytes, struct hl_index_image *out)
{
	size_t at = HL_INDEX_HEAD, n = 0;
	if (h->bytes != bytes || h->n_scan > h->n || h->n > UINT32_MAX)
		return false;
	out->piece[0].data = image;
	out->piece[0].n = HL_INDEX_HEAD;
	out->piece[1].data = image + at;
	out->piece[1].n = to_line(h->n_scan * sizeof ix->scan.entry[0]);
	at += out->piece[1].n;
	n = h->n_scan;
	for (unsigned i = 0; i < PARTS; i++) {
		struct hl_ix_part *p = &ix->part[i];
		p->ones = i;
		p->n = h->part[i].n;
		p->items = h->part[i].items;
		if (p->n > h->n || p->items > UINT32_MAX / 2)
			return false;
		n += p->n;
		if (!p->n)
			continue;
		hl_ix_part_size(p);
		out->piece[2 + i].data = image + at;
		out->piece[2 + i].n = hl_ix_part_bytes(p);
		at += out->piece[2 + i].n;
	}
	out->bytes = at;
	return at == bytes && n == h->n;
}

/* Runs of numbers that must stay below a bound, or must not fall. */
struct checks {
	const uint32_t *v;
	size_t n;
	uint32_t mask, bound;
	bool rising;
	bool *bad; /* by job */
};

static void check_job(void *arg, size_t i)
{
	struct checks *c = arg;
	size_t from = i * CHECKED, to = from + CHECKED < c->n ? from + CHECKED : c->n;
	uint32_t bad = 0;
	for (size_t k = from; k < to && !c->rising; k++)
		bad |= (c->v[k] & c->mask) >= c->bound;
	for (size_t k = from ? from : 1; k < to && c->rising; k++)
		bad |= c->v[k] < c->v[k - 1];
	c->bad[i] = bad;
}

static bool sound(struct checks c, const struct hl_crew *crew)
{
	size_t jobs = (c.n + CHECKED - 1) / CHECKED;
	bool good = true;
	c.bad = hl_calloc(jobs + 1, sizeof *c.bad);
	hl_crew_run(crew, check_job, &c, jobs);
	for (size_t i = 0; i < jobs; i++)
		good = good && !c.bad[i];
	free(c.bad);
	return good;
}

static bool take_plan(struct hl_index *ix, struct hl_ix_part *p, const struct head_part *hp)
{
	struct hl_ix_shape shape[HL_IX_FAMILIES];
	if (hp->n_families > HL_IX_FAMILIES)
		return false;
	for (unsigned f = 0; f < hp->n_families; f++) {
		const uint8_t *v = hp->shape[f];
		if (v[0] > 1)
			return false;
		shape[f] = (struct hl_ix_shape){ .holes = v[0] == 1, .k = v[1], .fold = v[2], .expand = v[3] };
	}
	return hl_ix_plan_take(p, &ix->confusion, ix->max_cost, shape, hp->n_families, NULL) == HL_OK;
}

struct copying {
	uint8_t *to;
	const uint8_t *from;
	size_t n;
};

static void copy_job(void *arg, size_t i)
{
	struct copying *c = arg;
	size_t at = i * COPIED;
	memcpy(c->to + at, c->from + at, c->n - at < COPIED ? c->n - at : COPIED);
}

/* The filter is copied to huge pages, where a look at it costs one miss less; the rest stays in the image. */
static enum hl_code take_part(struct hl_index *ix, unsigned i, const struct head_part *hp, const void *area, const struct hl_crew *crew, struct hl_err *err)
{
	struct hl_ix_part *p = &ix->part[i];
	uint8_t *base = (uint8_t *)(uintptr_t)area; /* read only, like what a part that was built holds from then on */
	uint32_t n = (uint32_t)ix->n, mask = ix->id_bits < 32 ? (UINT32_C(1) << ix->id_bits) - 1 : UINT32_MAX;
	p->offset = (uint32_t *)(void *)(base + p->filter_bytes);
	p->item = (uint32_t *)(void *)(base + p->filter_bytes + p->offset_bytes);
	if (!take_plan(ix, p, hp))
		return refuse("its keys do not cover the budget", err);
	memcpy(p->lengths, hp->lengths, sizeof p->lengths);
	if (p->offset[0] || p->offset[p->buckets] != p->items || !sound((struct checks){ .v = p->offset, .n = p->buckets + 1, .rising = true }, crew))
		return refuse("a bucket lies outside", err);
	if (!sound((struct checks){ .v = p->item, .n = p->items, .mask = mask, .bound = n }, crew))
		return refuse("an entry lies outside", err);
	struct copying c = { .to = hl_alloc_pages(p->filter_bytes), .from = base, .n = p->filter_bytes };
	p->filter = c.to;
	p->mapped = true;
	hl_crew_run(crew, copy_job, &c, (c.n + COPIED - 1) / COPIED);
	return HL_OK;
}

static enum hl_code take(struct hl_index *ix, const struct head *h, const struct hl_index_image *image, const struct hl_crew *crew, struct hl_err *err)
{
	const uint32_t *scan = image->piece[1].data;
	if (!sound((struct checks){ .v = scan, .n = h->n_scan, .mask = UINT32_MAX, .bound = (uint32_t)ix->n }, crew))
		return refuse("a scanned entry lies outside", err);
	hl_ix_scan_init(&ix->scan, &ix->confusion, ix->pattern, scan, h->n_scan);
	for (unsigned i = 0; i < PARTS; i++) {
		enum hl_code code = ix->part[i].n ? take_part(ix, i, &h->part[i], image->piece[2 + i].data, crew, err) : HL_OK;
		if (code)
			return code;
	}
	return HL_OK;
}

enum hl_code hl_index_from_image(struct hl_index **out, const void *image, size_t bytes, const unsigned char key[HL_SHA256],
				 const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params, struct hl_err *err)
{
	struct head h;
	struct hl_index_image pieces;
	*out = NULL;
	if (bytes < HL_INDEX_HEAD)
		return refuse("too short", err);
	memcpy(&h, image, sizeof h);
	if (h.magic != HL_INDEX_MAGIC || h.format != HL_INDEX_FORMAT)
		return refuse("another format", err);
	if (memcmp(h.key, key, sizeof h.key) || h.n != n || h.max_cost != (uint32_t)params->max_cost || params->max_cost > HL_COST_MAX)
		return refuse("it is of other entries, confusions or another budget", err);
	memset(&pieces, 0, sizeof pieces);
	struct hl_index *ix = hl_ix_new(patterns, n, params);
	enum hl_code code = lay_out(ix, &h, image, bytes, &pieces) ? HL_OK : refuse("its size does not fit its head", err);
	if (!code && sum_of(&pieces, params->crew) != h.sum)
		code = refuse("its sum differs", err);
	if (!code)
		code = take(ix, &h, &pieces, params->crew, err);
	if (code)
		hl_index_free(&ix);
	*out = ix;
	return code;
}

void hl_index_image_seal(void *image, size_t bytes)
{
	struct head h;
	struct hl_index ix = { .n = 0 };
	struct hl_index_image pieces;
	memset(&pieces, 0, sizeof pieces);
	memcpy(&h, image, sizeof h);
	if (!lay_out(&ix, &h, image, bytes, &pieces))
		return;
	h.sum = sum_of(&pieces, NULL);
	memcpy(image, &h, sizeof h);
}
