/* sqlite_unrecorded.c: what is not in the audit yet, see store.h. Its rows are written by triggers (sqlite_schema.c), in the transaction of what they tell of.
 * A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"

enum hl_code hl_sqlite_unrecorded(struct hl_store *s, struct hl_unrecorded *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_UNRECORDED, err);
	bool row = true;
	enum hl_code rc;
	*n = 0;
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, max < HL_LIST_MAX ? (int64_t)max : HL_LIST_MAX);
	while (!(rc = hl_sqlite_step(q, st, &row, err)) && row) {
		struct hl_unrecorded *u = &out[(*n)++];
		u->seq = sqlite3_column_int64(st, 0);
		u->what = (enum hl_unrecorded_what)sqlite3_column_int(st, 1);
		hl_sqlite_copy(st, 2, u->id, sizeof u->id);
		hl_sqlite_copy(st, 3, u->event, sizeof u->event);
		hl_sqlite_copy(st, 4, u->alert, sizeof u->alert);
		hl_sqlite_copy(st, 5, u->receiver, sizeof u->receiver);
		hl_sqlite_copy(st, 6, u->channel, sizeof u->channel);
		hl_sqlite_copy(st, 7, u->address, sizeof u->address);
		u->time_ms = sqlite3_column_int64(st, 8);
	}
	return rc;
}

enum hl_code hl_sqlite_recorded(struct hl_store *s, int64_t upto, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_RECORDED, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, upto);
	return hl_sqlite_run(q, st, NULL, err);
}
