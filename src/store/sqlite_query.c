/* sqlite_query.c: what people and the daemon ask the store, and the sweep that forgets. Each list has a ceiling. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int64_t hl_sqlite_limit(size_t limit)
{
	return limit ? limit < HL_LIST_MAX ? (int64_t)limit : HL_LIST_MAX : 100;
}

static void read_alert(sqlite3_stmt *st, void *element)
{
	struct hl_alert_row *row = element;
	hl_sqlite_copy(st, 0, row->id, sizeof row->id);
	const void *body = sqlite3_column_blob(st, 1);
	row->body_n = (size_t)sqlite3_column_bytes(st, 1);
	row->body = hl_strndup(body ? body : "", row->body_n);
}

enum hl_code hl_sqlite_alert_get(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = (struct hl_alert_row){ 0 };
	if (strlen(id) < 4)
		return hl_err_set(err, HL_E_USAGE, "'%s' is too short for an id: give at least 4 characters of it", id);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_ALERT, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, id);
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc)
		return rc;
	if (!row)
		return hl_err_set(err, HL_E_NOTFOUND, "no alert %s", id);
	read_alert(st, out);
	if (!strcmp(out->id, id))
		goto end;
	rc = hl_sqlite_step(q, st, &row, err);
	if (!rc && row)
		rc = hl_err_set(err, HL_E_USAGE, "'%s' is the beginning of several alerts, %s and %s among them: give more of it", id, out->id,
				(const char *)sqlite3_column_text(st, 0));
	if (rc) {
		free(out->body);
		*out = (struct hl_alert_row){ 0 };
	}
end:
	sqlite3_reset(st);
	return rc;
}

enum hl_code hl_sqlite_rows(struct hl_sqlite *q, sqlite3_stmt *st, size_t size, void (*read)(sqlite3_stmt *st, void *element), void **out, size_t *n,
			    struct hl_err *err)
{
	char *v = NULL;
	size_t cap = 0;
	bool row = true;
	enum hl_code rc;
	for (*n = 0; !(rc = hl_sqlite_step(q, st, &row, err)) && row; ++*n) {
		if (*n == cap)
			v = hl_realloc(v, cap = cap ? 2 * cap : 16, size);
		read(st, v + *n * size);
	}
	*out = v;
	return rc;
}

static void read_delivery(sqlite3_stmt *st, void *element)
{
	hl_sqlite_read_delivery(st, element);
}

static int state_named(const char *name)
{
	for (int i = 0; i < HL_ALERT_STATES; i++)
		if (!strcmp(hl_alert_state_name((enum hl_alert_state)i), name))
			return i;
	return -1;
}

enum hl_code hl_sqlite_alert_list(struct hl_store *s, const struct hl_alert_filter *f, struct hl_alert_row **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = NULL;
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_ALERTS, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, f->list);
	if (f->state)
		sqlite3_bind_int(st, 2, state_named(f->state));
	hl_sqlite_text(st, 3, f->camera);
	sqlite3_bind_int64(st, 4, f->since_ms);
	sqlite3_bind_int64(st, 5, f->until_ms == HL_NO_TIME ? INT64_MAX : f->until_ms);
	sqlite3_bind_int64(st, 6, hl_sqlite_limit(f->limit));
	void *rows;
	enum hl_code rc = hl_sqlite_rows(q, st, sizeof **out, read_alert, &rows, n, err);
	*out = rows;
	if (!rc)
		return HL_OK;
	hl_alert_rows_free(*out, *n);
	*out = NULL;
	*n = 0;
	return rc;
}

static enum hl_sqlite_statement outbox_statement(const struct hl_outbox_filter *f)
{
	if (f->held)
		return HL_SQ_OUTBOX_HELD;
	if (f->id)
		return HL_SQ_OUTBOX_ID;
	return f->alert ? HL_SQ_OUTBOX_OF : HL_SQ_OUTBOX;
}

enum hl_code hl_sqlite_outbox_list(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = NULL;
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, outbox_statement(f), err);
	if (!st)
		return HL_E_IO;
	if (f->held)
		hl_sqlite_text(st, 1, f->held);
	else
		hl_sqlite_bind_filter(st, f);
	sqlite3_bind_int64(st, 7, hl_sqlite_limit(f->limit));
	void *rows;
	enum hl_code rc = hl_sqlite_rows(q, st, sizeof **out, read_delivery, &rows, n, err);
	*out = rows;
	if (!rc)
		return HL_OK;
	hl_deliveries_free(*out, *n);
	*out = NULL;
	*n = 0;
	return rc;
}

enum hl_code hl_sqlite_counts(struct hl_store *s, struct hl_store_counts *out, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = (struct hl_store_counts){ .oldest_pending_ms = HL_NO_TIME };
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_COUNTS, err);
	if (!st)
		return HL_E_IO;
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc || !row)
		return rc;
	int64_t *const field[] = { &out->alerts, &out->events, &out->pending, &out->delivered, &out->dead, &out->cancelled, &out->suppressed,
				   &out->cleared };
	for (int i = 0; i < (int)(sizeof field / sizeof field[0]); i++)
		*field[i] = sqlite3_column_int64(st, i);
	out->oldest_pending_ms = hl_sqlite_time_at(st, 8);
	sqlite3_reset(st);
	return HL_OK;
}

static void read_pinned(sqlite3_stmt *st, void *element)
{
	char **id = element;
	*id = hl_strdup(sqlite3_column_type(st, 0) == SQLITE_TEXT ? (const char *)sqlite3_column_text(st, 0) : "");
}

enum hl_code hl_sqlite_pinned(struct hl_store *s, const char *list, struct hl_strings *versions, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*versions = (struct hl_strings){ 0 };
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_PINNED, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, list);
	sqlite3_bind_int(st, 2, HL_ST_CLOSED);
	void *rows;
	enum hl_code rc = hl_sqlite_rows(q, st, sizeof *versions->v, read_pinned, &rows, &versions->n, err);
	versions->v = rows;
	if (rc)
		hl_strings_wipe(versions);
	return rc;
}

struct sweep_step {
	enum hl_sqlite_statement which;
	int64_t before_ms;
};

static enum hl_code sweep_one(struct hl_sqlite *q, const struct sweep_step *step, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, step->which, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, step->before_ms);
	sqlite3_bind_int64(st, 2, HL_SWEEP_ROWS);
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_sweep(struct hl_store *s, int64_t now_ms, int64_t retain_before_ms, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	const struct sweep_step step[] = {
		{ HL_SQ_SWEEP_RECEIPTS, now_ms - HL_KEEP_MS },	       { HL_SQ_SWEEP_TRACKS, now_ms - HL_KEEP_MS },
		{ HL_SQ_SWEEP_NOTICES, now_ms - HL_KEEP_NOTICE_MS },   { HL_SQ_SWEEP_CLEARED, retain_before_ms },
		{ HL_SQ_SWEEP_SUPPRESSED, retain_before_ms },	       { HL_SQ_SWEEP_ALERTS, retain_before_ms },
		{ HL_SQ_SWEEP_TESTS, retain_before_ms },
	};
	enum hl_code rc = hl_sqlite_may_write(q, err);
	for (size_t i = 0; !rc && i < sizeof step / sizeof step[0]; i++)
		rc = sweep_one(q, &step[i], err);
	return rc;
}
