/* snapshot_part.c: entries as rows: what can be done for each by itself, so that several threads may prepare parts of one snapshot at once. A part
 * belongs to one thread at a time.
 */
#include "store/snapshot_rows.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 10, TEXTS_KEPT = 1 << 16, POOL_KEPT = 4 << 20, TABLE_FIRST = 1024 };

void hl_snap_grow(void *p, size_t *cap, size_t used, size_t more, size_t size)
{
	if (*cap - used >= more)
		return;
	size_t next = *cap + *cap / 2 + 1024;
	if (next - used < more)
		next = used + more;
	void *old;
	memcpy(&old, p, sizeof old);
	old = hl_realloc(old, next, size);
	memcpy(p, &old, sizeof old);
	*cap = next;
}

void hl_snap_table_put(struct hl_snap_table *t, uint64_t hash, uint32_t number)
{
	size_t i = (uint32_t)hash & (t->size - 1);
	while (t->cell[i].number)
		i = (i + 1) & (t->size - 1);
	t->cell[i] = (struct hl_snap_cell){ .number = number + 1, .tag = (uint32_t)hash };
	t->used++;
}

void hl_snap_table_room(struct hl_snap_table *t)
{
	if (4 * (t->used + 1) <= 3 * t->size)
		return;
	struct hl_snap_table old = *t;
	t->size = old.size ? 2 * old.size : TABLE_FIRST;
	t->used = 0;
	t->cell = hl_calloc(t->size, sizeof *t->cell);
	for (size_t i = 0; i < old.size; i++)
		if (old.cell[i].number)
			hl_snap_table_put(t, old.cell[i].tag, old.cell[i].number - 1);
	free(old.cell);
}

void hl_snap_texts_init(struct hl_snap_texts *t)
{
	*t = (struct hl_snap_texts){ .n = 0 };
	hl_random(t->key, sizeof t->key);
}

void hl_snap_texts_fini(struct hl_snap_texts *t)
{
	free(t->pool);
	free(t->text);
	free(t->table.cell);
	*t = (struct hl_snap_texts){ .n = 0 };
}

static bool is_text(const struct hl_snap_texts *t, uint32_t number, const char *s, size_t n)
{
	return t->text[number].n == n && !memcmp(t->pool + t->text[number].at, s, n);
}

static uint32_t append_text(struct hl_snap_texts *t, const char *s, size_t n)
{
	hl_snap_grow(&t->pool, &t->cap_pool, t->n_pool, n + 1, 1);
	hl_snap_grow(&t->text, &t->cap, t->n, 1, sizeof *t->text);
	memcpy(t->pool + t->n_pool, s, n + 1);
	t->text[t->n] = (struct hl_snap_text){ .at = (uint32_t)t->n_pool, .n = (uint32_t)n };
	t->n_pool += n + 1;
	return (uint32_t)t->n++;
}

static uint32_t look_up(struct hl_snap_texts *t, const char *s, size_t n)
{
	hl_snap_table_room(&t->table);
	uint64_t hash = hl_keyed_hash(t->key, s, n);
	size_t i = (uint32_t)hash & (t->table.size - 1);
	for (; t->table.cell[i].number; i = (i + 1) & (t->table.size - 1))
		if (t->table.cell[i].tag == (uint32_t)hash && is_text(t, t->table.cell[i].number - 1, s, n))
			return t->table.cell[i].number - 1;
	hl_snap_table_put(&t->table, hash, (uint32_t)t->n);
	return append_text(t, s, n);
}

/* Where a text met lately would be noted. Whoever makes all of them meet in one place only sends everything to the table, whose hash is keyed. */
static uint32_t *near(struct hl_snap_texts *t, const char *s, size_t n)
{
	uint64_t head = 0, tail = 0;
	uint32_t half[2] = { 0 };
	if (n >= sizeof head) {
		memcpy(&head, s, sizeof head);
		memcpy(&tail, s + n - sizeof tail, sizeof tail);
	} else if (n >= sizeof half[0]) {
		memcpy(&half[0], s, sizeof half[0]);
		memcpy(&half[1], s + n - sizeof half[1], sizeof half[1]);
		head = half[0] | (uint64_t)half[1] << 32;
	} else if (n) {
		head = (uint64_t)(unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << 8 | (uint64_t)(unsigned char)s[n - 1] << 16;
	}
	uint64_t h = (head ^ tail * 0x9e3779b97f4a7c15u ^ n) * 0xff51afd7ed558ccdu;
	return &t->near[h >> 32 & (HL_SNAP_NEAR - 1)];
}

uint32_t hl_snap_texts_number(struct hl_snap_texts *t, const char *s, size_t n)
{
	uint32_t *seen = near(t, s, n);
	if (!*seen || !is_text(t, *seen - 1, s, n))
		*seen = look_up(t, s, n) + 1;
	return *seen - 1;
}

uint32_t hl_snap_texts_keep(struct hl_snap_texts *t, const char *s, size_t n)
{
	uint32_t *seen = near(t, s, n);
	if (!*seen || !is_text(t, *seen - 1, s, n))
		*seen = append_text(t, s, n) + 1;
	return *seen - 1;
}

void hl_snap_rows_fini(struct hl_snap_rows *r)
{
	free(r->row);
	free(r->ref);
	free(r->own);
	*r = (struct hl_snap_rows){ .n = 0 };
}

struct hl_snapshot_part *hl_snapshot_part_new(void)
{
	struct hl_snapshot_part *p = hl_calloc(1, sizeof *p);
	hl_snap_texts_init(&p->texts);
	return p;
}

void hl_snapshot_part_free(struct hl_snapshot_part **p)
{
	if (!*p)
		return;
	hl_snap_rows_fini(&(*p)->rows);
	hl_snap_texts_fini(&(*p)->texts);
	free((*p)->joined);
	free(*p);
	*p = NULL;
}

void hl_snapshot_part_clear(struct hl_snapshot_part *p)
{
	p->rows.n = p->rows.n_refs = p->rows.n_own = 0;
	if (p->texts.n < TEXTS_KEPT && p->texts.n_pool < POOL_KEPT)
		return;
	hl_snap_texts_fini(&p->texts);
	hl_snap_texts_init(&p->texts);
	free(p->joined);
	p->joined = NULL;
	p->cap_joined = 0;
}

size_t hl_snapshot_part_count(const struct hl_snapshot_part *p)
{
	return p->rows.n;
}

/* What the reader would refuse is refused here, before it is in a file. */
static enum hl_code check(const struct hl_entry *e, size_t n[HL_FIELDS], struct hl_err *err)
{
	if (!e->pattern.len || e->pattern.len > HL_PLATE_MAX || e->priority < 0 || e->priority > 9)
		return hl_err_set(err, HL_E_INTERNAL, "an entry without plate or with priority %d was given to a snapshot", e->priority);
	for (int f = 0; f < HL_FIELDS; f++) {
		n[f] = e->f[f][0] ? strnlen(e->f[f], TEXT_MAX) : 0;
		if (n[f] == TEXT_MAX)
			return hl_err_set(err, HL_E_LIMIT, "%s is longer than %d bytes", hl_fields[f].name, TEXT_MAX);
	}
	return HL_OK;
}

/* The place of a text in the row's block, to which it is added unless it is there: a case number is often the record's. */
static uint32_t place_own(struct hl_snap_rows *r, struct hl_snap_row *row, const char *s, size_t n)
{
	const char *block = row->own_n ? r->own + row->own : NULL; /* nothing is added to what is not there yet */
	for (uint32_t at = 0; at < row->own_n; at += (uint32_t)strlen(block + at) + 1)
		if (!strcmp(block + at, s))
			return at;
	hl_snap_grow(&r->own, &r->cap_own, r->n_own, n + 1, 1);
	memcpy(r->own + r->n_own, s, n + 1);
	r->n_own += n + 1;
	row->own_n += (uint32_t)n + 1;
	return row->own_n - (uint32_t)n - 1;
}

enum hl_code hl_snapshot_part_add(struct hl_snapshot_part *p, const struct hl_entry *e, struct hl_err *err)
{
	struct hl_snap_rows *r = &p->rows;
	size_t n[HL_FIELDS];
	enum hl_code code = check(e, n, err);
	if (code)
		return code;
	hl_snap_grow(&r->row, &r->cap, r->n, 1, sizeof *r->row);
	hl_snap_grow(&r->ref, &r->cap_refs, r->n_refs, HL_FIELDS, sizeof *r->ref);
	struct hl_snap_row *row = &r->row[r->n++];
	*row = (struct hl_snap_row){ .pattern = e->pattern, .starts_ms = e->starts_ms, .expires_ms = e->expires_ms, .priority = (uint8_t)e->priority,
				     .about_plate = e->about_plate, .first_ref = (uint32_t)r->n_refs, .own = (uint32_t)r->n_own };
	memset(row->pattern.spare, 0, sizeof row->pattern.spare);
	for (int f = 0; f < HL_FIELDS; f++) {
		if (!n[f])
			continue;
		row->mask |= UINT32_C(1) << f;
		r->ref[r->n_refs++] = HL_SNAP_OWN >> f & 1 ? place_own(r, row, e->f[f], n[f]) : hl_snap_texts_keep(&p->texts, e->f[f], n[f]);
	}
	return HL_OK;
}

void hl_snapshot_part_identify(struct hl_snapshot_part *p, size_t i, const struct hl_entry_hash *h)
{
	struct hl_snap_row *row = &p->rows.row[i];
	memcpy(row->id, h->id, sizeof row->id);
	memcpy(row->revision, h->revision, sizeof row->revision);
}

void hl_snapshot_part_get(const struct hl_snapshot_part *p, size_t i, struct hl_entry *e)
{
	const struct hl_snap_row *row = &p->rows.row[i];
	const uint32_t *ref = p->rows.ref + row->first_ref;
	e->id[0] = e->revision[0] = 0;
	e->pattern = row->pattern;
	e->starts_ms = row->starts_ms;
	e->expires_ms = row->expires_ms;
	e->priority = row->priority;
	e->about_plate = row->about_plate;
	for (int f = 0; f < HL_FIELDS; f++) {
		e->f[f] = "";
		if (!(row->mask >> f & 1))
			continue;
		e->f[f] = HL_SNAP_OWN >> f & 1 ? p->rows.own + row->own + *ref : p->texts.pool + p->texts.text[*ref].at;
		ref++;
	}
}

void hl_snapshot_part_name(const struct hl_snapshot_part *p, size_t i, struct hl_entry *e)
{
	const struct hl_snap_row *row = &p->rows.row[i];
	unsigned char bits[HL_SHA256] = { 0 };
	memcpy(bits, row->id, HL_SNAP_ID);
	hl_id_text(bits, e->id);
	memcpy(bits, row->revision, HL_SNAP_ID);
	hl_id_text(bits, e->revision);
}
