/* snapshot_join.c: the parts of a snapshot, joined in the order of their lines: entries that are there already are told, texts that several parts have
 * are held once; and the order of the whole. A writer belongs to one thread.
 */
#include "store/snapshot_rows.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8, BUCKET = 4 };

struct hl_snapshot_writer *hl_snapshot_writer_new(void)
{
	struct hl_snapshot_writer *w = hl_calloc(1, sizeof *w);
	hl_snap_texts_init(&w->texts);
	return w;
}

static uint64_t hash_of_id(const unsigned char *id)
{
	uint64_t h;
	memcpy(&h, id, sizeof h); /* a hash already */
	return h;
}

/* What was sorted is so no more. */
static void unsort(struct hl_snapshot_writer *w)
{
	free(w->pattern);
	free(w->order);
	w->pattern = NULL;
	w->order = NULL;
}

void hl_snapshot_writer_free(struct hl_snapshot_writer **w)
{
	if (!*w)
		return;
	hl_snap_rows_fini(&(*w)->rows);
	hl_snap_texts_fini(&(*w)->texts);
	hl_snapshot_part_free(&(*w)->single);
	free((*w)->ids.cell);
	unsort(*w);
	free(*w);
	*w = NULL;
}

size_t hl_snapshot_writer_count(const struct hl_snapshot_writer *w)
{
	return w->rows.n;
}

/* The row of this id, or NULL. */
static const struct hl_snap_row *row_of(const struct hl_snapshot_writer *w, const unsigned char *id)
{
	uint32_t tag = (uint32_t)hash_of_id(id);
	size_t mask = w->ids.size - 1, i = tag & mask;
	for (; w->ids.cell[i].number; i = (i + 1) & mask) {
		const struct hl_snap_row *r = &w->rows.row[w->ids.cell[i].number - 1];
		if (w->ids.cell[i].tag == tag && !memcmp(r->id, id, HL_SNAP_ID))
			return r;
	}
	return NULL;
}

/* A row that comes soon has its place in the table asked for. */
static void ask_ahead(const struct hl_snapshot_writer *w, const struct hl_snapshot_part *p, size_t i)
{
	if (i < p->rows.n)
		__builtin_prefetch(&w->ids.cell[(uint32_t)hash_of_id(p->rows.row[i].id) & (w->ids.size - 1)]);
}

/* The writer's number of a part's text. */
static uint32_t joined(struct hl_snapshot_writer *w, struct hl_snapshot_part *p, uint32_t number)
{
	if (p->cap_joined < p->texts.n) {
		size_t was = p->cap_joined;
		hl_snap_grow(&p->joined, &p->cap_joined, was, p->texts.n - was, sizeof *p->joined);
		memset(p->joined + was, 0xff, (p->cap_joined - was) * sizeof *p->joined);
	}
	if (p->joined[number] == UINT32_MAX)
		p->joined[number] = hl_snap_texts_number(&w->texts, p->texts.pool + p->texts.text[number].at, p->texts.text[number].n);
	return p->joined[number];
}

static enum hl_code check_room(const struct hl_snapshot_writer *w, const struct hl_snapshot_part *p, const struct hl_snap_row *r, struct hl_err *err)
{
	if (w->rows.n >= HL_SNAP_ENTRIES_MAX)
		return hl_err_set(err, HL_E_LIMIT, "more than %d entries in one version", HL_SNAP_ENTRIES_MAX);
	if (w->texts.n_pool + w->rows.n_own + p->texts.n_pool + r->own_n > UINT32_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the texts of one version are larger than 4 GiB");
	return HL_OK;
}

/* The table again, where sorting has done without it. */
static void make_ids(struct hl_snapshot_writer *w)
{
	for (size_t i = w->ids.used; i < w->rows.n; i++) {
		hl_snap_table_room(&w->ids);
		hl_snap_table_put(&w->ids, hash_of_id(w->rows.row[i].id), (uint32_t)i);
	}
}

enum hl_code hl_snapshot_writer_take(struct hl_snapshot_writer *w, struct hl_snapshot_part *p, size_t i, unsigned line, unsigned *earlier,
				     struct hl_err *err)
{
	struct hl_snap_rows *to = &w->rows;
	const struct hl_snap_row *from = &p->rows.row[i];
	enum hl_code code = check_room(w, p, from, err);
	if (code)
		return code;
	unsort(w);
	make_ids(w);
	hl_snap_table_room(&w->ids);
	ask_ahead(w, p, i + AHEAD);
	const struct hl_snap_row *same = row_of(w, from->id);
	if (same) {
		if (earlier)
			*earlier = same->line;
		bool alike = !memcmp(same->revision, from->revision, HL_SNAP_ID) && same->expires_ms == from->expires_ms;
		return hl_err_set(err, HL_E_EXISTS, "%s as on line %u", alike ? "the same entry" : "the same entry with other content", same->line);
	}
	hl_snap_grow(&to->row, &to->cap, to->n, 1, sizeof *to->row);
	hl_snap_grow(&to->ref, &to->cap_refs, to->n_refs, HL_FIELDS, sizeof *to->ref);
	hl_snap_grow(&to->own, &to->cap_own, to->n_own, from->own_n, 1);
	struct hl_snap_row *row = &to->row[to->n];
	*row = *from;
	row->line = line;
	row->first_ref = (uint32_t)to->n_refs;
	row->own = (uint32_t)to->n_own;
	memcpy(to->own + to->n_own, p->rows.own + from->own, from->own_n);
	to->n_own += from->own_n;
	const uint32_t *ref = p->rows.ref + from->first_ref;
	for (uint32_t left = from->mask; left; left &= left - 1, ref++)
		to->ref[to->n_refs++] = HL_SNAP_OWN & left & -left ? *ref : joined(w, p, *ref);
	hl_snap_table_put(&w->ids, hash_of_id(row->id), (uint32_t)to->n++);
	return HL_OK;
}

enum hl_code hl_snapshot_writer_add(struct hl_snapshot_writer *w, const struct hl_entry *e, unsigned line, unsigned *earlier, struct hl_err *err)
{
	struct hl_entry_hash h;
	if (!hl_id_parse(e->id, h.id) || !hl_id_parse(e->revision, h.revision))
		return hl_err_set(err, HL_E_INTERNAL, "an entry without id was given to a snapshot");
	if (!w->single)
		w->single = hl_snapshot_part_new();
	hl_snapshot_part_clear(w->single);
	enum hl_code code = hl_snapshot_part_add(w->single, e, err);
	if (!code)
		hl_snapshot_part_identify(w->single, 0, &h);
	return code ? code : hl_snapshot_writer_take(w, w->single, 0, line, earlier, err);
}

/* A row by the beginning of its id. */
struct place {
	uint64_t head;
	uint32_t row;
};

static uint64_t head_of(const unsigned char *id)
{
	uint64_t h = 0;
	for (int i = 0; i < 8; i++)
		h = h << 8 | id[i];
	return h;
}

static int by_head(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->head < y->head ? -1 : x->head > y->head;
}

/* Sorts what fell into one bucket; of ids that begin alike the rest decides. */
static void sort_bucket(const struct hl_snapshot_writer *w, struct place *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof *v, by_head);
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && v[k - 1].head == v[k].head && memcmp(w->rows.row[v[k - 1].row].id, w->rows.row[v[k].row].id, HL_SNAP_ID) > 0; k--) {
			struct place t = v[k];
			v[k] = v[k - 1];
			v[k - 1] = t;
		}
}

/* Ids are hashes, so that their first bits spread them evenly over buckets of a few each. */
static struct place *sorted_places(const struct hl_snapshot_writer *w)
{
	size_t n = w->rows.n;
	unsigned bits = 10;
	while (bits < 24 && n >> bits > BUCKET)
		bits++;
	uint32_t *end = hl_calloc((size_t)(1 << bits) + 1, sizeof *end);
	struct place *v = hl_alloc(n * sizeof *v);
	for (size_t i = 0; i < n; i++)
		end[(head_of(w->rows.row[i].id) >> (64 - bits)) + 1]++;
	for (size_t b = 0; b < (size_t)1 << bits; b++)
		end[b + 1] += end[b];
	for (size_t i = 0; i < n; i++) {
		uint64_t head = head_of(w->rows.row[i].id);
		v[end[head >> (64 - bits)]++] = (struct place){ .head = head, .row = (uint32_t)i };
	}
	for (size_t b = 0, from = 0; b < (size_t)1 << bits; from = end[b++])
		sort_bucket(w, v + from, end[b] - from);
	free(end);
	return v;
}

void hl_snap_sort(struct hl_snapshot_writer *w)
{
	if (w->pattern)
		return;
	/* Of ten million entries it is 128 MB that whoever sorts can use. */
	free(w->ids.cell);
	w->ids = (struct hl_snap_table){ .size = 0 };
	struct place *v = sorted_places(w);
	size_t n = w->rows.n;
	w->order = hl_alloc(n * sizeof *w->order);
	w->pattern = hl_alloc(n * sizeof *w->pattern);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&w->rows.row[v[i + AHEAD].row].pattern);
		w->order[i] = v[i].row;
		w->pattern[i] = w->rows.row[v[i].row].pattern;
	}
	free(v);
}

const struct hl_pattern *hl_snapshot_writer_patterns(struct hl_snapshot_writer *w)
{
	hl_snap_sort(w);
	return w->pattern;
}

unsigned hl_snapshot_writer_line(struct hl_snapshot_writer *w, size_t i)
{
	hl_snap_sort(w);
	return w->rows.row[w->order[i]].line;
}
