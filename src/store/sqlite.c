/* sqlite.c: the store on one SQLite database: opening, groups, and the table of operations. Write-ahead log, synchronous FULL: what commit has said
 * yes to survives the power. One writing handle, the store thread's, so that no writer ever waits for another; readers have handles of their own,
 * which can't write at all. Design: measured, one row a transaction is 325 rows/s, a hundred are 19,600; therefore groups.
 */
#include "store/sqlite_priv.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 5000 };

static const char settings_both[] =
	"PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL";
static const char settings_write[] = "PRAGMA secure_delete=FAST; PRAGMA journal_size_limit=67108864";

static enum hl_code set_wal(struct hl_sqlite *q, struct hl_err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(q->db, "PRAGMA journal_mode=WAL", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	enum hl_code code = HL_OK;
	if (rc != SQLITE_ROW)
		code = hl_sqlite_fault(q, err);
	else if (strcmp((const char *)sqlite3_column_text(st, 0), "wal") != 0)
		code = hl_err_set(err, HL_E_IO, "%s: this file system can't hold a write-ahead log", q->path);
	sqlite3_finalize(st);
	return code;
}

static enum hl_code configure(struct hl_sqlite *q, struct hl_err *err)
{
	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	enum hl_code rc = hl_sqlite_exec(q, settings_both, err);
	if (!rc && q->mode == HL_STORE_WRITE)
		rc = hl_sqlite_exec(q, settings_write, err);
	if (!rc && q->mode == HL_STORE_WRITE)
		rc = set_wal(q, err);
	if (!rc)
		rc = hl_sqlite_prepare_schema(q, err);
	if (!rc && q->mode == HL_STORE_WRITE)
		rc = hl_sqlite_outbox_opened(q, err);
	if (!rc && q->mode == HL_STORE_READ)
		rc = hl_sqlite_exec(q, "PRAGMA query_only=ON", err);
	return rc;
}

static enum hl_code store_open(struct hl_store *s, const char *state_dir, enum hl_store_mode mode, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	q->mode = mode;
	enum hl_code rc = hl_sqlite_path(state_dir, q->path, sizeof q->path, err);
	if (rc)
		return rc;
	if (mode == HL_STORE_WRITE)
		rc = hl_sqlite_create_file(q, err);
	else if (access(q->path, F_OK))
		rc = hl_err_set(err, HL_E_NOTFOUND, "there is no database %s: has hotlistd run with this state folder?", q->path);
	if (rc)
		return rc;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (sqlite3_open_v2(q->path, &q->db, flags, NULL) != SQLITE_OK)
		return hl_sqlite_fault(q, err);
	return configure(q, err);
}

static void store_close(struct hl_store *s)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	hl_sqlite_finalize_all(q);
	hl_sqlite_leases_free(q);
	sqlite3_close(q->db);
	q->db = NULL;
}

static enum hl_code store_begin(struct hl_store *s, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	if (q->in_group)
		return hl_err_set(err, HL_E_INTERNAL, "a group is open already");
	rc = hl_sqlite_exec(q, "BEGIN IMMEDIATE", err);
	q->in_group = !rc;
	q->n_marks = 0;
	return rc;
}

static void store_rollback(struct hl_store *s)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	q->in_group = false;
	q->broken.code = HL_OK;
	hl_sqlite_leases_settle(q, false);
}

static enum hl_code store_commit(struct hl_store *s, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	if (!q->in_group)
		return hl_err_set(err, HL_E_INTERNAL, "no group is open");
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (!rc)
		rc = hl_sqlite_exec(q, "COMMIT", err);
	if (rc) {
		store_rollback(s);
		return rc;
	}
	q->in_group = false;
	hl_sqlite_leases_settle(q, true);
	return HL_OK;
}

static enum hl_code may_mark(struct hl_sqlite *q, bool is_there, struct hl_err *err)
{
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	return q->in_group && is_there ? HL_OK : hl_err_set(err, HL_E_NOTFOUND, q->in_group ? "no mark is set" : "no group is open");
}

static enum hl_code store_mark(struct hl_store *s, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = may_mark(q, true, err);
	if (!rc && q->n_marks == HL_MARKS_MAX)
		rc = hl_err_set(err, HL_E_INTERNAL, "more than %d marks in a group", HL_MARKS_MAX);
	if (!rc)
		rc = hl_sqlite_exec(q, "SAVEPOINT mark", err);
	q->n_marks += !rc;
	return rc;
}

static enum hl_code unmark(struct hl_sqlite *q, bool undone, struct hl_err *err)
{
	enum hl_code rc = may_mark(q, q->n_marks > 0, err);
	if (!rc)
		rc = hl_sqlite_exec(q, undone ? "ROLLBACK TO mark; RELEASE mark" : "RELEASE mark", err);
	if (rc)
		return rc;
	hl_sqlite_leases_unmark(q, undone);
	q->n_marks--;
	return HL_OK;
}

static enum hl_code store_undo(struct hl_store *s, struct hl_err *err)
{
	return unmark(hl_sqlite_of(s), true, err);
}

static enum hl_code store_keep(struct hl_store *s, struct hl_err *err)
{
	return unmark(hl_sqlite_of(s), false, err);
}

const struct hl_store_ops hl_store_sqlite = {
	.name = "sqlite",
	.size = sizeof(struct hl_sqlite),
	.open = store_open,
	.close = store_close,
	.begin = store_begin,
	.commit = store_commit,
	.rollback = store_rollback,
	.mark = store_mark,
	.undo = store_undo,
	.keep = store_keep,
	.peek = hl_sqlite_peek,
	.apply = hl_sqlite_apply,
	.take = hl_sqlite_take,
	.next_due = hl_sqlite_next_due,
	.done = hl_sqlite_done,
	.later = hl_sqlite_later,
	.dead = hl_sqlite_dead,
	.report = hl_sqlite_report,
	.retry = hl_sqlite_retry,
	.drop = hl_sqlite_drop,
	.alert_get = hl_sqlite_alert_get,
	.alert_list = hl_sqlite_alert_list,
	.outbox_list = hl_sqlite_outbox_list,
	.suppressed_list = hl_sqlite_suppressed_list,
	.cleared_list = hl_sqlite_cleared_list,
	.cleared_end = hl_sqlite_cleared_end,
	.totals_add = hl_sqlite_totals_add,
	.totals_sum = hl_sqlite_totals_sum,
	.counts = hl_sqlite_counts,
	.pinned = hl_sqlite_pinned,
	.watch_list = hl_sqlite_watch_list,
	.watch_set = hl_sqlite_watch_set,
	.reached = hl_sqlite_reached,
	.timer_list = hl_sqlite_timer_list,
	.timer_next = hl_sqlite_timer_next,
	.unrecorded = hl_sqlite_unrecorded,
	.recorded = hl_sqlite_recorded,
	.sweep = hl_sqlite_sweep,
	.backup = hl_sqlite_backup,
	.backup_check = hl_sqlite_backup_check,
	.set_aside = hl_sqlite_set_aside,
};
