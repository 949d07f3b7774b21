/* sqlite_cleared.c: cleared pairs, and the reads that were suppressed, by them or for another reason. A pair counts what it silences in the change that
 * writes the silenced read, so that the two never differ. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"

#include <stdlib.h>
#include <string.h>

/* The columns that HL_SQ_CLEARED and HL_SQ_CLEARED_LIST begin with. */
static void read_pair(sqlite3_stmt *st, struct hl_cleared *c)
{
	c->exists = true;
	c->at_ms = sqlite3_column_int64(st, 0);
	c->until_ms = sqlite3_column_int64(st, 1);
	hl_sqlite_copy(st, 2, c->by, sizeof c->by);
	hl_sqlite_copy(st, 3, c->alert, sizeof c->alert);
	c->agreed_state = sqlite3_column_int(st, 4) != 0;
	c->agreed_vehicle = sqlite3_column_int(st, 5) != 0;
	hl_sqlite_copy(st, 6, c->id, sizeof c->id);
	hl_sqlite_copy(st, 7, c->role, sizeof c->role);
	hl_sqlite_copy(st, 8, c->reason, sizeof c->reason);
	hl_sqlite_copy(st, 9, c->list, sizeof c->list);
	hl_sqlite_copy(st, 10, c->plate_listed, sizeof c->plate_listed);
}

static void bind_key(sqlite3_stmt *st, const struct hl_peek_key *key)
{
	hl_sqlite_text(st, 1, key->entry);
	hl_sqlite_text(st, 2, key->revision);
	hl_sqlite_text(st, 3, key->plate_read);
	hl_sqlite_text(st, 4, key->region);
	hl_sqlite_text(st, 5, key->agency);
}

enum hl_code hl_sqlite_peek_cleared(struct hl_sqlite *q, const struct hl_peek_key *key, int64_t now_ms, struct hl_cleared *c, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_CLEARED, err);
	if (!st)
		return HL_E_IO;
	bool row;
	bind_key(st, key);
	sqlite3_bind_int64(st, 6, now_ms);
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc || !row)
		return rc;
	read_pair(st, c);
	sqlite3_reset(st);
	return HL_OK;
}

enum hl_code hl_sqlite_put_cleared(struct hl_sqlite *q, const struct hl_change *change, struct hl_err *err)
{
	const struct hl_cleared *c = change->cleared;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_PUT_CLEARED, err);
	if (!st)
		return HL_E_IO;
	bind_key(st, change->key);
	sqlite3_bind_int64(st, 6, c->at_ms);
	sqlite3_bind_int64(st, 7, c->until_ms);
	hl_sqlite_text(st, 8, c->by);
	hl_sqlite_text(st, 9, c->alert);
	sqlite3_bind_int(st, 10, c->agreed_state);
	sqlite3_bind_int(st, 11, c->agreed_vehicle);
	hl_sqlite_text(st, 12, c->id);
	hl_sqlite_text(st, 13, c->role);
	hl_sqlite_text(st, 14, c->reason);
	hl_sqlite_text(st, 15, c->list);
	hl_sqlite_text(st, 16, c->plate_listed);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code count_pair(struct hl_sqlite *q, const struct hl_suppressed *u, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_COUNT_CLEARED, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, u->pair);
	sqlite3_bind_int64(st, 2, u->time_ms);
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_put_suppressed(struct hl_sqlite *q, const struct hl_suppressed *u, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEW_SUPPRESSED, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int(st, 1, (int)u->why);
	hl_sqlite_text(st, 2, u->entry);
	hl_sqlite_text(st, 3, u->alert);
	hl_sqlite_text(st, 4, u->camera);
	hl_sqlite_text(st, 5, u->plate_read);
	hl_sqlite_text(st, 6, u->read_id);
	sqlite3_bind_int64(st, 7, u->time_ms);
	hl_sqlite_text(st, 8, u->pair);
	hl_sqlite_text(st, 9, u->list);
	hl_sqlite_text(st, 10, u->plate_listed);
	enum hl_code rc = hl_sqlite_run(q, st, NULL, err);
	return rc || !u->pair[0] ? rc : count_pair(q, u, err);
}

static void read_suppressed(sqlite3_stmt *st, void *element)
{
	struct hl_suppressed *u = element;
	*u = (struct hl_suppressed){ .why = (enum hl_suppression)sqlite3_column_int(st, 0), .time_ms = sqlite3_column_int64(st, 6) };
	hl_sqlite_copy(st, 1, u->entry, sizeof u->entry);
	hl_sqlite_copy(st, 2, u->alert, sizeof u->alert);
	hl_sqlite_copy(st, 3, u->camera, sizeof u->camera);
	hl_sqlite_copy(st, 4, u->plate_read, sizeof u->plate_read);
	hl_sqlite_copy(st, 5, u->read_id, sizeof u->read_id);
	hl_sqlite_copy(st, 7, u->pair, sizeof u->pair);
	hl_sqlite_copy(st, 8, u->list, sizeof u->list);
	hl_sqlite_copy(st, 9, u->plate_listed, sizeof u->plate_listed);
}

/* All rows into *out, or none: rows that own nothing. */
static enum hl_code plain_rows(struct hl_sqlite *q, sqlite3_stmt *st, size_t size, void (*read)(sqlite3_stmt *st, void *element), void **out, size_t *n,
			       struct hl_err *err)
{
	enum hl_code rc = hl_sqlite_rows(q, st, size, read, out, n, err);
	if (!rc)
		return rc;
	free(*out);
	*out = NULL;
	*n = 0;
	return rc;
}

enum hl_code hl_sqlite_suppressed_list(struct hl_store *s, const struct hl_suppressed_filter *f, struct hl_suppressed **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = NULL;
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_SUPPRESSED, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int(st, 1, (int)f->why);
	hl_sqlite_text(st, 2, f->pair);
	hl_sqlite_text(st, 3, f->alert);
	hl_sqlite_text(st, 4, f->list);
	hl_sqlite_text(st, 5, f->camera);
	sqlite3_bind_int64(st, 6, f->since_ms);
	sqlite3_bind_int64(st, 7, f->until_ms == HL_NO_TIME ? INT64_MAX : f->until_ms);
	sqlite3_bind_int64(st, 8, hl_sqlite_limit(f->limit));
	void *rows;
	enum hl_code rc = plain_rows(q, st, sizeof **out, read_suppressed, &rows, n, err);
	*out = rows;
	return rc;
}

static void read_cleared(sqlite3_stmt *st, void *element)
{
	struct hl_cleared_row *r = element;
	*r = (struct hl_cleared_row){ .suppressed = sqlite3_column_int64(st, 16), .last_ms = hl_sqlite_time_at(st, 17) };
	read_pair(st, &r->cleared);
	hl_sqlite_copy(st, 11, r->agency, sizeof r->agency);
	hl_sqlite_copy(st, 12, r->plate_read, sizeof r->plate_read);
	hl_sqlite_copy(st, 13, r->region, sizeof r->region);
	hl_sqlite_copy(st, 14, r->entry, sizeof r->entry);
	hl_sqlite_copy(st, 15, r->revision, sizeof r->revision);
	hl_sqlite_copy(st, 18, r->ended_by, sizeof r->ended_by);
	hl_sqlite_copy(st, 19, r->ended_reason, sizeof r->ended_reason);
}

enum hl_code hl_sqlite_cleared_list(struct hl_store *s, const struct hl_cleared_filter *f, struct hl_cleared_row **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = NULL;
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_CLEARED_LIST, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, f->id);
	hl_sqlite_text(st, 2, f->list);
	hl_sqlite_time(st, 3, f->holds_ms);
	sqlite3_bind_int64(st, 4, hl_sqlite_limit(f->limit));
	void *rows;
	enum hl_code rc = plain_rows(q, st, sizeof **out, read_cleared, &rows, n, err);
	*out = rows;
	return rc;
}

/* Why it could not be ended. */
static enum hl_code not_ended(struct hl_store *s, const char *id, struct hl_err *err)
{
	struct hl_cleared_row *rows;
	size_t n;
	enum hl_code rc = s->ops->cleared_list(s, &(struct hl_cleared_filter){ .id = id, .holds_ms = HL_NO_TIME, .limit = 1 }, &rows, &n, err);
	if (rc)
		return rc;
	bool there = n && !strcmp(rows[0].cleared.id, id);
	free(rows);
	return there ? hl_err_set(err, HL_E_CONFLICT, "the cleared pair %s does not hold any more", id) : hl_err_set(err, HL_E_NOTFOUND, "no cleared pair %s", id);
}

enum hl_code hl_sqlite_cleared_end(struct hl_store *s, const char *id, int64_t now_ms, const char *by, const char *reason, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	int64_t changed = 0;
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_CLEARED_END, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, id);
	sqlite3_bind_int64(st, 2, now_ms);
	hl_sqlite_text(st, 3, by);
	hl_sqlite_text(st, 4, reason);
	rc = hl_sqlite_run(q, st, &changed, err);
	return rc || changed ? rc : not_ended(s, id, err);
}
