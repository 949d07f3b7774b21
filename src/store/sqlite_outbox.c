/* sqlite_outbox.c: the durable queue of deliveries. What is due is found destination by destination over the index of what is pending, so that a hundred
 * thousand deliveries that wait for one dead receiver cost nothing to the others. Leases live in memory: after a restart all that is pending is due.
 * A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct hl_lease *hl_sqlite_lease(struct hl_sqlite *q, int64_t seq)
{
	for (size_t i = 0; i < q->n_leases; i++)
		if (q->lease[i].seq == seq && !q->lease[i].over)
			return &q->lease[i];
	return NULL;
}

static void drop_lease(struct hl_sqlite *q, size_t i)
{
	free(q->lease[i].destination);
	free(q->lease[i].failed);
	q->lease[i] = q->lease[--q->n_leases];
}

static void add_lease(struct hl_sqlite *q, int64_t seq, const char *destination, int64_t until_ms)
{
	if (q->n_leases == q->cap_leases) {
		q->cap_leases = q->cap_leases ? 2 * q->cap_leases : 64;
		q->lease = hl_realloc(q->lease, q->cap_leases, sizeof *q->lease);
	}
	q->lease[q->n_leases++] = (struct hl_lease){ .seq = seq, .until_ms = until_ms, .destination = hl_strdup(destination), .fresh = q->in_group ? 1 + q->n_marks : 0 };
}

/* What was taken in a group that went back was given to nobody (and its row may not be there any more, or its number stand for another): a lease kept
 * on it would hold that delivery up until it ends. */
void hl_sqlite_leases_settle(struct hl_sqlite *q, bool committed)
{
	for (size_t i = q->n_leases; i-- > 0;) {
		if (committed ? q->lease[i].over : q->lease[i].fresh)
			drop_lease(q, i);
		else
			q->lease[i].over = q->lease[i].fresh = 0;
	}
}

void hl_sqlite_leases_unmark(struct hl_sqlite *q, bool undone)
{
	const unsigned mark = q->n_marks;
	for (size_t i = q->n_leases; i-- > 0;) {
		struct hl_lease *l = &q->lease[i];
		if (undone && l->fresh > mark) {
			drop_lease(q, i);
			continue;
		}
		if (l->over > mark)
			l->over = undone ? 0 : mark;
		if (l->fresh > mark)
			l->fresh = mark;
	}
}

void hl_sqlite_leases_free(struct hl_sqlite *q)
{
	while (q->n_leases)
		drop_lease(q, q->n_leases - 1);
	free(q->lease);
	q->lease = NULL;
	q->cap_leases = 0;
}

/* Of an attempt that nobody came back from: what was to be cancelled with it is. */
static enum hl_code end_cancelled(struct hl_sqlite *q, int64_t seq, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_END_CANCELLED, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, seq);
	return hl_sqlite_run(q, st, NULL, err);
}

static enum hl_code drop_expired(struct hl_sqlite *q, int64_t now_ms, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	for (size_t i = q->n_leases; !rc && i-- > 0;) {
		if (q->lease[i].until_ms > now_ms)
			continue;
		rc = end_cancelled(q, q->lease[i].seq, err);
		if (!rc)
			drop_lease(q, i);
	}
	return rc;
}

enum hl_code hl_sqlite_outbox_opened(struct hl_sqlite *q, struct hl_err *err)
{
	enum hl_code rc = end_cancelled(q, 0, err);
	sqlite3_stmt *st = rc ? NULL : hl_sqlite_get(q, HL_SQ_LAST_DELIVERY, err);
	bool row;
	if (!st)
		return rc ? rc : HL_E_IO;
	rc = hl_sqlite_step(q, st, &row, err);
	if (rc || !row)
		return rc;
	q->opened_seq = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return HL_OK;
}

/* How many of a destination are under way, and when the first of these leases ends. */
static size_t leased(const struct hl_sqlite *q, const char *destination, int64_t *first_end_ms)
{
	size_t n = 0;
	for (size_t i = 0; i < q->n_leases; i++) {
		if (q->lease[i].over || strcmp(q->lease[i].destination, destination) != 0)
			continue;
		if (!n++ || q->lease[i].until_ms < *first_end_ms)
			*first_end_ms = q->lease[i].until_ms;
	}
	return n;
}

static size_t limit_of(const struct hl_store *s, const char *destination)
{
	int64_t limit = s->concurrency ? s->concurrency(s->concurrency_arg, destination) : HL_PER_DESTINATION;
	return limit < 0 ? 0 : limit > 1000 ? 1000 : (size_t)limit;
}

/* The next destination with anything pending after the one in name, "" for the first; name becomes "" at the end. */
static enum hl_code next_destination(struct hl_sqlite *q, char *name, size_t size, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEXT_DESTINATION, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_text(st, 1, name, -1, SQLITE_TRANSIENT);
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	name[0] = 0;
	if (rc || !row)
		return rc;
	hl_sqlite_copy(st, 0, name, size);
	sqlite3_reset(st);
	return HL_OK;
}

/* A delivery that could be taken. turn: how many of its receiver go before it. */
struct candidate {
	int64_t seq, due_ms;
	size_t turn;
	char receiver[HL_NAME];
	char destination[HL_ADDRESS_MAX];
};

struct candidates {
	struct candidate *v;
	size_t n, cap;
};

static struct candidate *add_candidate(struct candidates *c)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 32;
		c->v = hl_realloc(c->v, c->cap, sizeof *c->v);
	}
	return &c->v[c->n++];
}

static enum hl_code collect(struct hl_store *s, const char *destination, int64_t now_ms, size_t max, struct candidates *out, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	int64_t end;
	size_t under_way = leased(q, destination, &end), limit = limit_of(s, destination);
	if (under_way >= limit)
		return HL_OK;
	size_t room = limit - under_way < max ? limit - under_way : max;
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_DUE, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, destination);
	sqlite3_bind_int64(st, 2, now_ms);
	sqlite3_bind_int64(st, 3, (int64_t)(room + under_way));
	bool row = true;
	enum hl_code rc = HL_OK;
	while (!rc && room && row) {
		rc = hl_sqlite_step(q, st, &row, err);
		if (rc || !row || hl_sqlite_lease(q, sqlite3_column_int64(st, 0)))
			continue;
		struct candidate *c = add_candidate(out);
		c->seq = sqlite3_column_int64(st, 0);
		c->due_ms = sqlite3_column_int64(st, 1);
		hl_sqlite_copy(st, 2, c->receiver, sizeof c->receiver);
		hl_copy(c->destination, sizeof c->destination, destination);
		room--;
	}
	sqlite3_reset(st);
	return rc;
}

static int by_due(const struct candidate *x, const struct candidate *y)
{
	if (x->due_ms != y->due_ms)
		return x->due_ms < y->due_ms ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int by_receiver(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int c = strcmp(x->receiver, y->receiver);
	return c ? c : by_due(x, y);
}

static int by_turn(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	return by_due(x, y);
}

/* First each receiver's oldest, then each receiver's second, and so on: a flood for one receiver delays no other. */
static void order_by_turns(struct candidates *c)
{
	if (!c->n)
		return;
	qsort(c->v, c->n, sizeof *c->v, by_receiver);
	for (size_t i = 0; i < c->n; i++)
		c->v[i].turn = i && !strcmp(c->v[i].receiver, c->v[i - 1].receiver) ? c->v[i - 1].turn + 1 : 0;
	qsort(c->v, c->n, sizeof *c->v, by_turn);
}

void hl_sqlite_read_delivery(sqlite3_stmt *st, struct hl_delivery *d)
{
	*d = (struct hl_delivery){ 0 };
	hl_sqlite_copy(st, 1, d->id, sizeof d->id);
	hl_sqlite_copy(st, 2, d->event, sizeof d->event);
	hl_sqlite_copy(st, 3, d->alert, sizeof d->alert);
	hl_sqlite_copy(st, 4, d->receiver, sizeof d->receiver);
	hl_sqlite_copy(st, 5, d->channel, sizeof d->channel);
	hl_sqlite_copy(st, 6, d->address, sizeof d->address);
	d->type = (enum hl_event_type)sqlite3_column_int(st, 7);
	d->state = (enum hl_delivery_state)sqlite3_column_int(st, 8);
	d->created_ms = sqlite3_column_int64(st, 9);
	d->due_ms = sqlite3_column_int64(st, 10);
	d->deadline_ms = hl_sqlite_time_at(st, 11);
	d->attempts = sqlite3_column_int64(st, 12);
	d->seen_ms = hl_sqlite_time_at(st, 13);
	d->done_ms = hl_sqlite_time_at(st, 14);
	hl_sqlite_copy(st, 15, d->result, sizeof d->result);
	const void *body = sqlite3_column_blob(st, 16);
	d->body_n = (size_t)sqlite3_column_bytes(st, 16);
	d->body = hl_strndup(body ? body : "", d->body_n);
	d->report = (enum hl_report)sqlite3_column_int(st, 17);
	d->report_ms = hl_sqlite_time_at(st, 18);
	hl_sqlite_copy(st, 19, d->report_text, sizeof d->report_text);
	hl_sqlite_copy(st, 20, d->held, sizeof d->held);
	hl_sqlite_copy(st, 21, d->carrier, sizeof d->carrier);
}

static enum hl_code read_candidate(struct hl_sqlite *q, const struct candidate *c, struct hl_delivery *out, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_DELIVERY, err);
	if (!st)
		return HL_E_IO;
	sqlite3_bind_int64(st, 1, c->seq);
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (!rc && !row)
		return hl_err_set(err, HL_E_IO, "the database is damaged: %s: a delivery without a body", q->path);
	if (!rc)
		hl_sqlite_read_delivery(st, out);
	sqlite3_reset(st);
	return rc;
}

enum hl_code hl_sqlite_take(struct hl_store *s, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*n = 0;
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (rc)
		return rc;
	rc = drop_expired(q, now_ms, err);
	if (rc)
		return rc;
	struct candidates found = { 0 };
	char destination[HL_ADDRESS_MAX] = "";
	rc = next_destination(q, destination, sizeof destination, err);
	while (!rc && *destination) {
		rc = collect(s, destination, now_ms, max, &found, err);
		if (!rc)
			rc = next_destination(q, destination, sizeof destination, err);
	}
	order_by_turns(&found);
	for (size_t i = 0; !rc && i < found.n && *n < max; i++) {
		rc = read_candidate(q, &found.v[i], &out[*n], err);
		if (rc)
			break;
		add_lease(q, found.v[i].seq, found.v[i].destination, now_ms + lease_ms);
		++*n;
	}
	free(found.v);
	return *n ? HL_OK : rc;
}

/* When a destination's next delivery can be taken: HL_NO_TIME where all it has is under way. */
static enum hl_code due_of(struct hl_store *s, const char *destination, int64_t *due_ms, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*due_ms = HL_NO_TIME;
	int64_t end_ms = 0;
	size_t under_way = leased(q, destination, &end_ms);
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_NEXT_DUE, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, destination);
	sqlite3_bind_int64(st, 2, (int64_t)under_way + 1);
	bool row = true;
	enum hl_code rc = HL_OK;
	while (!rc && row && *due_ms == HL_NO_TIME) {
		rc = hl_sqlite_step(q, st, &row, err);
		if (!rc && row && !hl_sqlite_lease(q, sqlite3_column_int64(st, 0)))
			*due_ms = sqlite3_column_int64(st, 1);
	}
	sqlite3_reset(st);
	if (*due_ms != HL_NO_TIME && under_way >= limit_of(s, destination) && *due_ms < end_ms)
		*due_ms = end_ms;
	return rc;
}

enum hl_code hl_sqlite_next_due(struct hl_store *s, int64_t *due_ms, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	*due_ms = HL_NO_TIME;
	char destination[HL_ADDRESS_MAX] = "";
	enum hl_code rc = next_destination(q, destination, sizeof destination, err);
	while (!rc && *destination) {
		int64_t due;
		rc = due_of(s, destination, &due, err);
		if (!rc && due != HL_NO_TIME && (*due_ms == HL_NO_TIME || due < *due_ms))
			*due_ms = due;
		if (!rc)
			rc = next_destination(q, destination, sizeof destination, err);
	}
	return rc;
}

static enum hl_code find_delivery(struct hl_sqlite *q, const char *id, int64_t *seq, struct hl_err *err)
{
	sqlite3_stmt *st = hl_sqlite_get(q, HL_SQ_FIND_DELIVERY, err);
	if (!st)
		return HL_E_IO;
	hl_sqlite_text(st, 1, id);
	bool row;
	enum hl_code rc = hl_sqlite_step(q, st, &row, err);
	if (rc)
		return rc;
	if (!row)
		return hl_err_set(err, HL_E_NOTFOUND, "no delivery %s", id);
	*seq = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return HL_OK;
}

/* The end of an attempt: the row changes, and the lease ends with the group that holds the change. */
static enum hl_code end_attempt(struct hl_store *s, enum hl_sqlite_statement which, const char *id, int64_t ms, const char *result, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s);
	int64_t seq = 0;
	enum hl_code rc = hl_sqlite_may_write(q, err);
	if (!rc)
		rc = find_delivery(q, id, &seq, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = hl_sqlite_get(q, which, err);
	if (!st)
		return HL_E_IO;
	char text[HL_TEXT_LONG];
	hl_copy(text, sizeof text, result ? result : "");
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int64(st, 2, ms);
	hl_sqlite_text(st, 3, text);
	rc = hl_sqlite_run(q, st, NULL, err);
	sqlite3_clear_bindings(st);
	struct hl_lease *lease = rc ? NULL : hl_sqlite_lease(q, seq);
	if (lease && lease->failed && which == HL_SQ_DONE)
		rc = hl_sqlite_report_failed(q, seq, ms, lease->failed, err);
	if (lease)
		lease->over = 1 + q->n_marks;
	if (lease && !q->in_group)
		hl_sqlite_leases_settle(q, true);
	return rc;
}

enum hl_code hl_sqlite_done(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, HL_SQ_DONE, delivery, now_ms, result, err);
}

enum hl_code hl_sqlite_later(struct hl_store *s, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, HL_SQ_LATER, delivery, due_ms, result, err);
}

enum hl_code hl_sqlite_dead(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, HL_SQ_DEAD, delivery, now_ms, result, err);
}
