/* sqlite_people.c: what people do with deliveries: try them again, give them up, and look through them. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <string.h>

void hl_sqlite_bind_filter(sqlite3_stmt *st, const struct hl_outbox_filter *f)
{
	hl_sqlite_text(st, 1, f->receiver);
	hl_sqlite_text(st, 2, f->id);
	hl_sqlite_text(st, 3, f->alert);
	if (f->state)
		sqlite3_bind_int(st, 4, hl_delivery_state_find(f->state));
	if (f->since_ms)
		sqlite3_bind_int64(st, 5, f->since_ms);
	if (f->before_ms)
		sqlite3_bind_int64(st, 6, f->before_ms);
}

enum hl_code hl_sqlite_retry(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, int64_t deadline_ms, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*n = 0;
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_RETRY, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_bind_filter(st, f);
	sqlite3_bind_int64(st, 7, now_ms);
	hl_sqlite_time(st, 8, deadline_ms);
	int64_t changed = 0;
	rc = hl_sqlite_run(q, st, &changed, err);
	*n = rc ? 0 : (size_t)changed;
	return rc;
}

static enum hl_code drop_some(struct hl_sqlite *q, enum hl_sqlite_statement which, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, int64_t seq,
			      size_t *n, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, which, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_bind_filter(st, f);
	sqlite3_bind_int64(st, 7, now_ms);
	hl_sqlite_text(st, 8, result);
	if (seq)
		sqlite3_bind_int64(st, 9, seq);
	int64_t changed = 0;
	enum hl_code rc = hl_sqlite_run(q, st, &changed, err);
	sqlite3_clear_bindings(st);
	*n += rc ? 0 : (size_t)changed;
	return rc;
}

/* Those under way first: they are marked, and the statement for all others leaves alone what is marked. */
enum hl_code hl_sqlite_drop(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	char text[HL_TEXT_LONG];
	*n = 0;
	hl_copy(text, sizeof text, result);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	for (size_t i = 0; !rc && i < q->n_leases; i++)
		if (!q->lease[i].over)
			rc = drop_some(q, HL_SQ_DROP_LATER, f, now_ms, text, q->lease[i].seq, n, err);
	return rc ? rc : drop_some(q, f->id ? HL_SQ_DROP_ID : HL_SQ_DROP, f, now_ms, text, 0, n, err);
}
