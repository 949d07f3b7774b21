/* sqlite_watch.c: what a stand-down asks of the store: which alerts are open, by list and by the end of their entries; who got one, or may have got it; and what
 * goes with it: deliveries not yet made, and the marks that keep the next read silent. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static enum hl_code run_two(struct hl_sqlite *q, enum hl_sqlite_statement which, const char *a, const char *b, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, which, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, a);
	hl_sqlite_text(st, 2, b);
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_watch(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err)
{
	const struct hl_alert *a = c->alert;
	/* The alert's own word on its entry may be hours old: it must not take the place of a later look's, nor of a look that is still to come. */
	enum hl_sqlite_statement open = c->same_entry ? HL_SQ_WATCH_ON : HL_SQ_WATCH;
	sqlite3_stmt *st = hl_sqlite_get(q, a->state < HL_ST_CLOSED ? open : HL_SQ_UNWATCH, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, a->id);
	if (a->state < HL_ST_CLOSED) {
		hl_sqlite_text(st, 2, a->entry_id);
		hl_sqlite_text(st, 3, a->entry_revision);
		hl_sqlite_time(st, 4, a->entry_expires_ms);
		hl_sqlite_text(st, 5, a->incident);
	}
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_forget(struct hl_sqlite *q, const struct hl_alert *a, struct hl_err *err)
{
	enum hl_code rc = run_two(q, HL_SQ_FORGET_TRACKS, a->entry_id, a->id, err);
	return rc ? rc : run_two(q, HL_SQ_FORGET_NOTICES, a->entry_id, a->id, err);
}

enum hl_code hl_sqlite_watch_set(struct hl_store *s, const char *alert, const char *revision, int64_t look_ms, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_WATCH_SET, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, alert);
	hl_sqlite_text(st, 2, revision);
	hl_sqlite_time(st, 3, look_ms);
	return hl_sqlite_run(q, st, NULL, err);
}

enum hl_code hl_sqlite_watch_list(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	bool due = f->due_ms != HL_NO_TIME, row = true;
	*n = 0;
	enum hl_sqlite_statement all = f->list ? HL_SQ_WATCHES_OF : HL_SQ_WATCHES;
	sqlite3_stmt *st = hl_sqlite_get(q, due ? HL_SQ_WATCHES_DUE : f->incident ? HL_SQ_WATCHES_AT : all, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, f->incident ? f->incident : f->list);
	sqlite3_bind_int64(st, 2, f->after);
	sqlite3_bind_int64(st, 3, max < HL_LIST_MAX ? (int64_t)max : HL_LIST_MAX);
	if (due)
		sqlite3_bind_int64(st, 4, f->due_ms);
	enum hl_code rc;
	while (!(rc = hl_sqlite_step(q, st, &row, err)) && row) {
		struct hl_watch *w = &out[(*n)++];
		w->seq = sqlite3_column_int64(st, 0);
		hl_sqlite_copy(st, 1, w->alert, sizeof w->alert);
		hl_sqlite_copy(st, 2, w->list, sizeof w->list);
		hl_sqlite_copy(st, 3, w->entry, sizeof w->entry);
		hl_sqlite_copy(st, 4, w->revision, sizeof w->revision);
		w->look_ms = hl_sqlite_time_at(st, 5);
		hl_sqlite_copy(st, 6, w->incident, sizeof w->incident);
	}
	return rc;
}

/* ---- deliveries of one alert ---- */

struct sent {
	bool held, carried;
	int64_t seq, attempts;
	enum hl_delivery_state state;
	struct hl_reached to;
};

/* Gives *v (free()), oldest first. */
static enum hl_code of_alert(struct hl_sqlite *q, const char *alert, struct sent **v, size_t *n, struct hl_err *err)
{
	size_t cap = 0;
	bool row = true;
	enum hl_code rc;
	*v = NULL;
	*n = 0;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_OF_ALERT, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, alert);
	while (!(rc = hl_sqlite_step(q, st, &row, err)) && row) {
		if (*n == cap)
			*v = hl_realloc(*v, cap = cap ? 2 * cap : 16, sizeof **v);
		struct sent *d = &(*v)[(*n)++];
		d->seq = sqlite3_column_int64(st, 0);
		d->state = (enum hl_delivery_state)sqlite3_column_int(st, 1);
		d->attempts = sqlite3_column_int64(st, 2);
		hl_sqlite_copy(st, 3, d->to.receiver, sizeof d->to.receiver);
		hl_sqlite_copy(st, 4, d->to.channel, sizeof d->to.channel);
		hl_sqlite_copy(st, 5, d->to.address, sizeof d->to.address);
		d->held = sqlite3_column_type(st, 6) != SQLITE_NULL;
		d->carried = sqlite3_column_type(st, 7) != SQLITE_NULL;
	}
	return rc;
}

enum hl_code hl_sqlite_cancel(struct hl_sqlite *q, const char *alert, int64_t now_ms, struct hl_err *err)
{
	struct sent *v;
	size_t n;
	enum hl_code rc = of_alert(q, alert, &v, &n, err);
	for (size_t i = 0; !rc && i < n; i++) {
		if (v[i].state != HL_DL_PENDING)
			continue;
		/* What is on its way can't be called back: it stays pending until its attempt ends, so that nothing overtakes it. */
		sqlite3_stmt *st = hl_sqlite_get(q, v[i].carried || hl_sqlite_lease(q, v[i].seq) ? HL_SQ_CANCEL_LATER : HL_SQ_CANCEL, err);
		if (!st) {
			rc = HL_E_IO;
			break;
		}
		sqlite3_bind_int64(st, 1, v[i].seq);
		sqlite3_bind_int64(st, 2, now_ms);
		rc = hl_sqlite_run(q, st, NULL, err);
	}
	free(v);
	return rc;
}

static bool same_address(const struct hl_reached *a, const struct hl_reached *b)
{
	return !strcmp(a->address, b->address) && !strcmp(a->channel, b->channel) && !strcmp(a->receiver, b->receiver);
}

static bool may_have_got(struct hl_sqlite *q, const struct sent *d)
{
	return d->state == HL_DL_DELIVERED || d->attempts > 0 || (d->state == HL_DL_PENDING && !d->held && (d->carried || d->seq <= q->opened_seq || hl_sqlite_lease(q, d->seq)));
}

enum hl_code hl_sqlite_reached(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	struct sent *v;
	size_t all;
	*out = NULL;
	*n = 0;
	enum hl_code rc = of_alert(q, alert, &v, &all, err);
	struct hl_reached *r = rc ? NULL : hl_calloc(all, sizeof *r);
	for (size_t i = 0; !rc && i < all; i++) {
		bool known = !may_have_got(q, &v[i]);
		for (size_t k = 0; k < *n && !known; k++)
			known = same_address(&r[k], &v[i].to);
		if (!known)
			r[(*n)++] = v[i].to;
	}
	free(v);
	*out = r;
	return rc;
}
