/* sqlite_totals.c: what was counted, by the hour, so that a report over months needs no reads and survives restarts. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"

#include <stdlib.h>

enum hl_code hl_sqlite_totals_add(struct hl_store *s, int64_t hour_ms, const struct hl_total *v, size_t n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (!rc && n > HL_TOTALS_MAX)
		rc = hl_err_set(err, HL_E_LIMIT, "%zu totals at once, at most %d", n, HL_TOTALS_MAX);
	for (size_t i = 0; !rc && i < n; i++) {
		sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_TOTALS_ADD, err);
		if (!st)
			return HL_E_IO;
		sqlite3_bind_int64(st, 1, hour_ms);
		hl_sqlite_text(st, 2, v[i].name);
		sqlite3_bind_int64(st, 3, v[i].n);
		rc = hl_sqlite_run(q, st, NULL, err);
	}
	return rc;
}

static void read_total(sqlite3_stmt *st, void *element)
{
	struct hl_total *t = element;
	hl_sqlite_copy(st, 0, t->name, sizeof t->name);
	t->n = sqlite3_column_int64(st, 1);
}

static sqlite3_stmt *over(struct hl_sqlite *q, enum hl_sqlite_statement which, int64_t since_ms, int64_t until_ms, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, which, err);
	if (!st)
		return NULL;
	sqlite3_bind_int64(st, 1, since_ms);
	sqlite3_bind_int64(st, 2, until_ms == HL_NO_TIME ? INT64_MAX : until_ms);
	return st;
}

static enum hl_code first_hour(struct hl_sqlite *q, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_err *err)
{
	bool row;
	sqlite3_stmt *st = over(q, HL_SQ_TOTALS_FIRST, since_ms, until_ms, err);
	if (!st)
		return HL_E_IO;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc || !row)
		return rc;
	*first_ms = hl_sqlite_time_at(st, 0);
	sqlite3_reset(st);
	return HL_OK;
}

enum hl_code hl_sqlite_totals_sum(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_total **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	void *rows = NULL;
	*out = NULL;
	*n = 0;
	*first_ms = HL_NO_TIME;
	enum hl_code rc = first_hour(q, since_ms, until_ms, first_ms, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = over(q, HL_SQ_TOTALS_SUM, since_ms, until_ms, err);
	if (!st)
		return HL_E_IO;
	rc = hl_sqlite_rows(q, st, sizeof **out, read_total, &rows, n, err);
	if (rc) {
		free(rows);
		rows = NULL;
		*n = 0;
	}
	*out = rows;
	return rc;
}
