/* sqlite_timer.c: timers of alerts: set, fired and stopped as parts of a change, and asked for by time. The index by time makes the next one a
 * single step however many wait. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <string.h>

enum hl_code hl_sqlite_timer_fired(struct hl_sqlite *q, const struct hl_timer *t, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_TIMER_FIRED, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, t->id);
	sqlite3_bind_int64(st, 2, t->due_ms);
	int64_t changed;
	enum hl_code rc = hl_sqlite_run(q, st, &changed, err);
	if (rc || changed)
		return rc;
	return hl_err_set(err, HL_E_CONFLICT, "the timer %s was fired, moved or stopped meanwhile", t->id);
}

static enum hl_code stop(struct hl_sqlite *q, enum hl_sqlite_statement which, const char *alert, int64_t bits, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, which, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, alert);
	sqlite3_bind_int64(st, 2, bits);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code set(struct hl_sqlite *q, const struct hl_timer *t, struct hl_err *err)
{
	if (t->data_n > HL_TIMER_DATA_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the data of a timer has %zu bytes, at most %d", t->data_n, HL_TIMER_DATA_MAX);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_TIMER_SET, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, t->id);
	hl_sqlite_text_some(st, 2, t->alert);
	sqlite3_bind_int(st, 3, (int)t->kind);
	sqlite3_bind_int64(st, 4, t->states);
	sqlite3_bind_int64(st, 5, t->step);
	sqlite3_bind_int64(st, 6, t->due_ms);
	sqlite3_bind_blob64(st, 7, t->data ? t->data : "", t->data_n, SQLITE_STATIC);
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_timers(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	if (c->alert && c->alert->rev > 1)
		rc = stop(q, HL_SQ_TIMERS_LEFT, c->alert->id, (int64_t)c->alert->state, err);
	if (!rc && c->stop_alert)
		rc = stop(q, HL_SQ_TIMERS_STOP, c->stop_alert, c->stop_kinds, err);
	for (size_t i = 0; !rc && i < c->n_timers; i++)
		rc = set(q, &c->timers[i], err);
	return rc;
}

static void read_timer(sqlite3_stmt *st, struct hl_timer *t)
{
	*t = (struct hl_timer){ .kind = (enum hl_timer_kind)sqlite3_column_int(st, 2), .states = (unsigned)sqlite3_column_int64(st, 3),
				.step = sqlite3_column_int64(st, 4), .due_ms = sqlite3_column_int64(st, 5) };
	hl_sqlite_copy(st, 0, t->id, sizeof t->id);
	hl_sqlite_copy(st, 1, t->alert, sizeof t->alert);
	const void *data = sqlite3_column_blob(st, 6);
	t->data_n = (size_t)sqlite3_column_bytes(st, 6);
	t->data = hl_strndup(data ? data : "", t->data_n);
}

enum hl_code hl_sqlite_timer_list(struct hl_store *s, const struct hl_timer_filter *f, struct hl_timer *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, f->id ? HL_SQ_TIMER : f->alert ? HL_SQ_TIMERS_OF : HL_SQ_TIMERS, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, f->due_ms == HL_NO_TIME ? INT64_MAX : f->due_ms);
	sqlite3_bind_int64(st, 2, max < HL_LIST_MAX ? (int64_t)max : HL_LIST_MAX);
	if (f->id || f->alert)
		hl_sqlite_text(st, 3, f->id ? f->id : f->alert);
	bool row = true;
	enum hl_code rc;
	while (!(rc = hl_sqlite_step(q, st, &row, err)) && row)
		read_timer(st, &out[(*n)++]);
	if (rc)
		while (*n)
			hl_timer_wipe(&out[--*n]);
	return rc;
}

enum hl_code hl_sqlite_timer_next(struct hl_store *s, int64_t *due_ms, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*due_ms = HL_NO_TIME;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_TIMER_NEXT, err);
	if (!st)
		return HL_E_IO;
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc || !row)
		return rc;
	*due_ms = hl_sqlite_time_at(st, 0);
	sqlite3_reset(st);
	return HL_OK;
}
