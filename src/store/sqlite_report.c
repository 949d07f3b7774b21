/* sqlite_report.c: what a gateway reports of a message after it has taken it. Reports come in any order, twice, before the answer that they are about has been
 * written, and years late: the better one stands. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <stdlib.h>

/* A delivery as a report finds it. */
struct reported {
	int64_t seq;
	enum hl_delivery_state state;
	enum hl_report report;
};

static enum hl_code find(struct hl_sqlite *q, const char *id, struct reported *out, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_REPORTED, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, id);
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc)
		return rc;
	if (!row)
		return hl_err_set(err, HL_E_NOTFOUND, "no delivery %s", id);
	*out = (struct reported){ .seq = sqlite3_column_int64(st, 0), .state = (enum hl_delivery_state)sqlite3_column_int(st, 1),
				  .report = (enum hl_report)sqlite3_column_int(st, 2) };
	sqlite3_reset(st);
	return HL_OK;
}

static enum hl_code write(struct hl_sqlite *q, const struct reported *to, int64_t now_ms, const char *text, bool attempt, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_REPORT, err);
	if (!st)
		return HL_E_IO;
	char said[HL_TEXT_LONG];
	hl_copy(said, sizeof said, text);
	sqlite3_bind_int64(st, 1, to->seq);
	sqlite3_bind_int(st, 2, to->state);
	sqlite3_bind_int(st, 3, to->report);
	sqlite3_bind_int64(st, 4, now_ms);
	hl_sqlite_text(st, 5, said);
	sqlite3_bind_int(st, 6, attempt);
	enum hl_code rc = hl_sqlite_run(q, st, NULL, err);
	sqlite3_clear_bindings(st);
	return rc;
}

enum hl_code hl_sqlite_report_failed(struct hl_sqlite *q, int64_t seq, int64_t now_ms, const char *text, struct hl_err *err)
{
	return write(q, &(struct reported){ .seq = seq, .state = HL_DL_DEAD, .report = HL_REPORT_FAILED }, now_ms, text, false, err);
}

/* The failure of an attempt whose answer is not written yet waits in memory for it: should the process end before, the delivery is pending and is tried
 * again, and the failure says nothing of that next attempt. */
static void keep_failure(struct hl_lease *lease, const char *text, bool *changed)
{
	*changed = !lease->failed;
	free(lease->failed);
	lease->failed = hl_strdup(text);
}

enum hl_code hl_sqlite_report(struct hl_store *s, const char *delivery, enum hl_report report, int64_t now_ms, const char *text, bool *changed, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	struct reported d = { 0 };
	*changed = false;
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (!rc)
		rc = find(q, delivery, &d, err);
	if (rc || report <= d.report)
		return rc;
	struct hl_lease *lease = d.state == HL_DL_PENDING ? hl_sqlite_lease(q, d.seq) : NULL;
	if (report == HL_REPORT_FAILED && lease)
		keep_failure(lease, text, changed);
	if (report == HL_REPORT_FAILED && d.state == HL_DL_PENDING)
		return HL_OK;
	if (report == HL_REPORT_DELIVERED)
		d.state = HL_DL_DELIVERED;
	else if (report == HL_REPORT_FAILED && d.state == HL_DL_DELIVERED)
		d.state = HL_DL_DEAD;
	d.report = report;
	rc = write(q, &d, now_ms, text, lease && report == HL_REPORT_DELIVERED, err);
	*changed = !rc;
	return rc;
}
