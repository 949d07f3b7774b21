/* sqlite_change.c: what is known before a hit is judged (peek), and the one atomic change that follows (apply). Each change stands in a savepoint of its
 * own: one that fails leaves the rest of its group whole. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"

#include <string.h>

static enum hl_code peek_track(struct hl_sqlite *q, const struct hl_peek_key *key, struct hl_track *t, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_TRACK, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, key->entry);
	hl_sqlite_text(st, 2, key->place);
	enum hl_code rc = hl_sqlite_step(q, st, &t->exists, err);
	if (rc || !t->exists)
		return rc;
	t->rev = sqlite3_column_int64(st, 0);
	hl_sqlite_copy(st, 1, t->alert, sizeof t->alert);
	t->decision = (enum hl_decision)sqlite3_column_int(st, 2);
	t->first_ms = sqlite3_column_int64(st, 3);
	t->last_ms = sqlite3_column_int64(st, 4);
	t->reads = sqlite3_column_int64(st, 5);
	sqlite3_reset(st);
	return HL_OK;
}

static enum hl_code peek_notice(struct hl_sqlite *q, const struct hl_peek_key *key, struct hl_notice *n, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NOTICE, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, key->entry);
	hl_sqlite_text(st, 2, key->site);
	enum hl_code rc = hl_sqlite_step(q, st, &n->exists, err);
	if (rc || !n->exists)
		return rc;
	n->at_ms = sqlite3_column_int64(st, 0);
	n->decision = (enum hl_decision)sqlite3_column_int(st, 1);
	hl_sqlite_copy(st, 2, n->alert, sizeof n->alert);
	sqlite3_reset(st);
	return HL_OK;
}

static void bind_receipt(sqlite3_stmt *st, const struct hl_peek_key *key)
{
	hl_sqlite_text(st, 1, key->read_id);
	hl_sqlite_text(st, 2, key->camera);
	hl_sqlite_text(st, 3, key->entry);
}

enum hl_code hl_sqlite_peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*out = (struct hl_peek){ 0 };
	enum hl_code rc = q->in_group ? hl_sqlite_may_write(q, err) : HL_OK;
	if (!rc)
		rc = peek_track(q, key, &out->track, err);
	if (!rc)
		rc = peek_notice(q, key, &out->notice, err);
	if (!rc)
		rc = hl_sqlite_peek_cleared(q, key, now_ms, &out->cleared, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_RECEIPT, err);
	if (!st)
		return HL_E_IO;
	bind_receipt(st, key);
	rc = hl_sqlite_step(q, st, &out->duplicate, err);
	sqlite3_reset(st);
	return rc;
}

static enum hl_code put_receipt(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_PUT_RECEIPT, err);
	if (!st)
		return HL_E_IO;
	bind_receipt(st, c->key);
	sqlite3_bind_int64(st, 4, c->now_ms);
	int64_t changed;
	enum hl_code rc = hl_sqlite_run(q, st, &changed, err);
	if (rc || changed)
		return rc;
	return hl_err_set(err, HL_E_CONFLICT, "read %s of camera %s was decided already for entry %s", c->key->read_id, c->key->camera, c->key->entry);
}

static enum hl_code put_alert(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	const struct hl_alert *a = c->alert;
	bool is_new = a->rev == 1;
	sqlite3_stmt *st = hl_sqlite_get(q, is_new ? HL_SQ_NEW_ALERT : HL_SQ_SET_ALERT, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, a->id);
	sqlite3_bind_int64(st, 2, a->rev);
	sqlite3_bind_int64(st, 3, a->time_ms);
	sqlite3_bind_int(st, 4, (int)a->state);
	hl_sqlite_text(st, 5, a->list);
	hl_sqlite_text(st, 6, a->read.camera);
	sqlite3_bind_blob64(st, 7, c->alert_body, c->alert_body_n, SQLITE_STATIC);
	int64_t changed;
	enum hl_code rc = hl_sqlite_run(q, st, &changed, err);
	if (rc || changed)
		return rc;
	if (is_new)
		return hl_err_set(err, HL_E_EXISTS, "alert %s is there already", a->id);
	return hl_err_set(err, HL_E_CONFLICT, "alert %s was changed by someone else meanwhile (revision %lld is not the next)", a->id, (long long)a->rev);
}

static enum hl_code put_event(struct hl_sqlite *q, const struct hl_event *e, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEW_EVENT, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, e->id);
	hl_sqlite_text_some(st, 2, e->alert);
	sqlite3_bind_int(st, 3, (int)e->type);
	sqlite3_bind_int64(st, 4, e->time_ms);
	sqlite3_bind_blob64(st, 5, e->body ? e->body : "", e->body_n, SQLITE_STATIC);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code put_body(struct hl_sqlite *q, const struct hl_delivery *d, struct hl_err *err)
{
	int64_t seq = sqlite3_last_insert_rowid(q->db);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEW_BODY, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_blob64(st, 2, d->body ? d->body : "", d->body_n, SQLITE_STATIC);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code put_delivery(struct hl_sqlite *q, const struct hl_delivery *d, struct hl_err *err)
{
	if (d->body_n > HL_BODY_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the body for %s has %zu bytes, at most %d", d->address, d->body_n, HL_BODY_MAX);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEW_DELIVERY, err);
	if (!st)
		return HL_E_IO;
	char destination[HL_ADDRESS_MAX];
	hl_store_destination(d, destination, sizeof destination);
	hl_sqlite_text(st, 1, d->id);
	hl_sqlite_text(st, 2, d->event);
	hl_sqlite_text_some(st, 3, d->alert);
	hl_sqlite_text(st, 4, d->receiver);
	hl_sqlite_text(st, 5, d->channel);
	hl_sqlite_text(st, 6, d->address);
	hl_sqlite_text(st, 7, destination);
	sqlite3_bind_int(st, 8, (int)d->type);
	sqlite3_bind_int(st, 9, (int)d->state);
	sqlite3_bind_int64(st, 10, d->created_ms);
	sqlite3_bind_int64(st, 11, d->held[0] ? HL_NEVER_MS : d->due_ms);
	hl_sqlite_time(st, 12, d->deadline_ms);
	sqlite3_bind_int64(st, 13, d->attempts);
	hl_sqlite_time(st, 14, d->seen_ms);
	hl_sqlite_time(st, 15, d->done_ms);
	hl_sqlite_text(st, 16, d->result);
	hl_sqlite_text_some(st, 17, d->incident[0] ? d->incident : d->alert);
	hl_sqlite_text_some(st, 18, d->held);
	enum hl_code rc = hl_sqlite_run(q, st, NULL, err);
	return rc ? rc : put_body(q, d, err);
}

static enum hl_code put_track(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	const struct hl_track *t = c->track;
	sqlite3_stmt *st = hl_sqlite_get(q, t->rev ? HL_SQ_SET_TRACK : HL_SQ_NEW_TRACK, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, c->key->entry);
	hl_sqlite_text(st, 2, c->key->place);
	sqlite3_bind_int64(st, 3, t->rev + 1);
	hl_sqlite_text(st, 4, t->alert);
	sqlite3_bind_int(st, 5, (int)t->decision);
	sqlite3_bind_int64(st, 6, t->first_ms);
	sqlite3_bind_int64(st, 7, t->last_ms);
	sqlite3_bind_int64(st, 8, t->reads);
	int64_t changed;
	enum hl_code rc = hl_sqlite_run(q, st, &changed, err);
	if (rc || changed)
		return rc;
	return hl_err_set(err, HL_E_CONFLICT, "the passage of entry %s at %s was changed by someone else meanwhile", c->key->entry, c->key->place);
}

static enum hl_code put_notice(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_PUT_NOTICE, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, c->key->entry);
	hl_sqlite_text(st, 2, c->key->site);
	sqlite3_bind_int64(st, 3, c->notice->at_ms);
	sqlite3_bind_int(st, 4, (int)c->notice->decision);
	hl_sqlite_text(st, 5, c->notice->alert);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code gather(struct hl_sqlite *q, const struct hl_gather *g, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_GATHER, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, g->held);
	hl_sqlite_text(st, 2, g->receiver);
	hl_sqlite_text(st, 3, g->channel);
	hl_sqlite_text(st, 4, g->address);
	hl_sqlite_text(st, 5, g->carrier);
	return hl_sqlite_run(q, st, NULL, err);
}

/* What is told. Cancelling comes before the new deliveries, which may be the stand-down of the same alert. */
static enum hl_code apply_told(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	if (c->alert)
		rc = put_alert(q, c, err);
	if (!rc && c->alert)
		rc = hl_sqlite_watch(q, c, err);
	if (!rc && c->alert && c->forget)
		rc = hl_sqlite_forget(q, c->alert, err);
	if (!rc && c->event)
		rc = put_event(q, c->event, err);
	if (!rc && c->cancel_alert)
		rc = hl_sqlite_cancel(q, c->cancel_alert, c->now_ms, err);
	for (size_t i = 0; !rc && i < c->n_deliveries; i++)
		rc = put_delivery(q, &c->deliveries[i], err);
	for (size_t i = 0; !rc && i < c->n_gathers; i++)
		rc = gather(q, &c->gathers[i], err);
	return rc;
}

static enum hl_code apply_parts(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	if (c->receipt)
		rc = put_receipt(q, c, err);
	if (!rc && c->fired)
		rc = hl_sqlite_timer_fired(q, c->fired, err);
	if (!rc)
		rc = apply_told(q, c, err);
	if (!rc)
		rc = hl_sqlite_timers(q, c, err);
	if (!rc && c->track)
		rc = put_track(q, c, err);
	if (!rc && c->notice)
		rc = put_notice(q, c, err);
	if (!rc && c->cleared)
		rc = hl_sqlite_put_cleared(q, c, err);
	if (!rc && c->suppressed)
		rc = hl_sqlite_put_suppressed(q, c->suppressed, err);
	return rc;
}

static enum hl_code apply_in_group(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	enum hl_code rc = hl_sqlite_exec(q, "SAVEPOINT change", err);
	if (rc)
		return rc;
	rc = apply_parts(q, c, err);
	if (!rc)
		return hl_sqlite_exec(q, "RELEASE change", err);
	struct hl_err second; /* the first fault is the one to tell */
	if (!q->broken.code)
		hl_sqlite_exec(q, "ROLLBACK TO change; RELEASE change", &second);
	return rc;
}

enum hl_code hl_sqlite_apply(struct hl_store *s, const struct hl_change *change, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (!rc)
		rc = hl_store_check_change(change, err);
	if (rc || q->in_group)
		return rc ? rc : apply_in_group(q, change, err);
	rc = s->ops->begin(s, err);
	if (rc)
		return rc;
	rc = apply_in_group(q, change, err);
	if (!rc)
		return s->ops->commit(s, err);
	s->ops->rollback(s);
	return rc;
}
