/* redis_outbox.c: the queue of deliveries, as operations of the script (redis/outbox.lua, redis/fate.lua). Leases stand in Redis, so that several nodes share the work;
 * a node that begins again lets go of what it had under way. A handle belongs to one thread.
 */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <stdlib.h>
#include <string.h>

/* ---- taking ---- */

static size_t limit_of(const struct hl_store *s, const char *destination)
{
	int64_t limit = s->concurrency ? s->concurrency(s->concurrency_arg, destination) : HL_PER_DESTINATION;
	return limit < 0 ? 0 : limit > 1000 ? 1000 : (size_t)limit;
}

/* The destinations that have anything, with their limits: what take and next_due go through. */
static enum hl_code put_destinations(struct hl_store *s, struct hl_redis_args *a, struct hl_err *err)
{
	struct hl_redis_args op = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	hl_redis_put_text(&op, "dests");
	enum hl_code rc = hl_redis_ask(s, &op, true, &whole, &r, err);
	hl_redis_args_wipe(&op);
	if (!rc) {
		hl_redis_put_int(a, (int64_t)hl_redis_n(r));
		for (size_t i = 0; i < hl_redis_n(r); i++) {
			hl_redis_put_text(a, hl_redis_text(r, i));
			hl_redis_put_int(a, (int64_t)limit_of(s, hl_redis_text(r, i)));
		}
	}
	hl_redis_reply_free(&whole);
	return rc;
}

/* The members of outbox.lua's TAKEN. */
static void read_delivery(const struct redisReply *r, struct hl_delivery *d)
{
	*d = (struct hl_delivery){ 0 };
	hl_redis_copy(r, 0, d->id, sizeof d->id);
	hl_redis_copy(r, 2, d->event, sizeof d->event);
	hl_redis_copy(r, 3, d->alert, sizeof d->alert);
	hl_redis_copy(r, 4, d->receiver, sizeof d->receiver);
	hl_redis_copy(r, 5, d->channel, sizeof d->channel);
	hl_redis_copy(r, 6, d->address, sizeof d->address);
	d->type = (enum hl_event_type)hl_redis_int(r, 7);
	d->state = (enum hl_delivery_state)hl_redis_int(r, 8);
	d->created_ms = hl_redis_int(r, 9);
	d->due_ms = hl_redis_int(r, 10);
	d->deadline_ms = hl_redis_time(r, 11);
	d->attempts = hl_redis_int(r, 12);
	d->seen_ms = hl_redis_time(r, 13);
	d->done_ms = hl_redis_time(r, 14);
	hl_redis_copy(r, 15, d->result, sizeof d->result);
	d->body = hl_redis_bytes(r, 16, &d->body_n);
	d->report = (enum hl_report)hl_redis_int(r, 17);
	d->report_ms = hl_redis_time(r, 18);
	hl_redis_copy(r, 19, d->report_text, sizeof d->report_text);
	hl_redis_copy(r, 20, d->held, sizeof d->held);
	hl_redis_copy(r, 21, d->carrier, sizeof d->carrier);
}

/* What was taken within a group is leased with it. */
static void keep_lease(struct hl_redis *q, int64_t now_ms, int64_t until_ms, const struct hl_delivery *d, size_t n)
{
	struct hl_redis_args a = { 0 };
	hl_redis_put_text(&a, "lease");
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_int(&a, until_ms);
	hl_redis_put_text(&a, q->token);
	hl_redis_put_int(&a, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		hl_redis_put_text(&a, d[i].id);
	hl_redis_keep(q, &a);
	q->fates = true;
	hl_redis_args_wipe(&a);
}

enum hl_code hl_redis_take(struct hl_store *s, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r = NULL;
	*n = 0;
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "take");
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_int(&a, now_ms + lease_ms);
	hl_redis_put_text(&a, q->token);
	hl_redis_put_int(&a, (int64_t)max);
	rc = put_destinations(s, &a, err);
	if (!rc)
		rc = hl_redis_change(s, &a, NULL, &whole, &r, err);
	for (size_t i = 0; !rc && i < hl_redis_n(r) && i < max; i++)
		read_delivery(hl_redis_item(r, i), &out[(*n)++]);
	if (!rc && q->in_group)
		keep_lease(q, now_ms, now_ms + lease_ms, out, *n);
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return rc;
}

enum hl_code hl_redis_next_due(struct hl_store *s, int64_t *due_ms, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r;
	*due_ms = HL_NO_TIME;
	hl_redis_put_text(&a, "next_due");
	enum hl_code rc = put_destinations(s, &a, err);
	if (!rc)
		rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	if (!rc)
		*due_ms = hl_redis_time(r, 0);
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return rc;
}

/* ---- what became of one ---- */

/* Sends op, about this delivery, whose answer is not needed, and keeps it within a group. Takes *a. */
static enum hl_code fate(struct hl_store *s, struct hl_redis_args *a, const char *delivery, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args assume = { 0 };
	size_t n;
	if (q->in_group && hl_redis_noted(q, hl_redis_mark('d', delivery, NULL), &n)) {
		hl_redis_put_text(&assume, "assume");
		hl_redis_put_text(&assume, "1");
		hl_redis_put_pair(&assume, 'd', delivery, NULL, "1", 1);
	}
	enum hl_code rc = hl_redis_change(s, a, assume.n ? &assume : NULL, NULL, NULL, err);
	if (!rc && q->in_group)
		hl_redis_keep(q, a);
	q->fates |= q->in_group;
	hl_redis_args_wipe(&assume);
	hl_redis_args_wipe(a);
	return rc;
}

static enum hl_code end_attempt(struct hl_store *s, const char *op, const char *delivery, int64_t ms, const char *result, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	char text[HL_TEXT_LONG];
	hl_copy(text, sizeof text, result ? result : "");
	hl_redis_put_text(&a, op);
	hl_redis_put_text(&a, delivery);
	hl_redis_put_int(&a, ms);
	hl_redis_put_text(&a, text);
	hl_redis_put_text(&a, hl_redis_of(s)->token);
	return fate(s, &a, delivery, err);
}

enum hl_code hl_redis_done(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, "done", delivery, now_ms, result, err);
}

enum hl_code hl_redis_later(struct hl_store *s, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, "later", delivery, due_ms, result, err);
}

enum hl_code hl_redis_dead(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return end_attempt(s, "dead", delivery, now_ms, result, err);
}

/* A change whose answer is one number. Takes *a. */
static enum hl_code counted(struct hl_store *s, struct hl_redis_args *a, int64_t *n, struct hl_err *err)
{
	struct redisReply *whole = NULL;
	const struct redisReply *r = NULL;
	enum hl_code rc = hl_redis_change(s, a, NULL, &whole, &r, err);
	*n = rc ? 0 : hl_redis_int(r, 0);
	if (!rc && hl_redis_of(s)->in_group)
		hl_redis_keep(hl_redis_of(s), a);
	hl_redis_of(s)->fates |= hl_redis_of(s)->in_group;
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(a);
	return rc;
}

enum hl_code hl_redis_report(struct hl_store *s, const char *delivery, enum hl_report report, int64_t now_ms, const char *text, bool *changed, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	char said[HL_TEXT_LONG];
	int64_t n = 0;
	hl_copy(said, sizeof said, text);
	hl_redis_put_text(&a, "report");
	hl_redis_put_text(&a, delivery);
	hl_redis_put_int(&a, report);
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_text(&a, said);
	enum hl_code rc = counted(s, &a, &n, err);
	*changed = n != 0;
	return rc;
}

/* ---- what people choose ---- */

static void put_filter(struct hl_redis_args *a, const struct hl_outbox_filter *f)
{
	int state = f->state ? hl_delivery_state_find(f->state) : 0;
	hl_redis_put_some(a, f->receiver);
	hl_redis_put_some(a, f->id);
	hl_redis_put_some(a, f->alert);
	hl_redis_put_text(a, f->state ? "1" : "0");
	hl_redis_put_int(a, state);
	hl_redis_put_text(a, f->since_ms ? "1" : "0");
	hl_redis_put_int(a, f->since_ms);
	hl_redis_put_text(a, f->before_ms ? "1" : "0");
	hl_redis_put_int(a, f->before_ms);
	hl_redis_put_some(a, f->held);
}

enum hl_code hl_redis_retry(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, int64_t deadline_ms, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	int64_t changed;
	hl_redis_put_text(&a, "retry");
	put_filter(&a, f);
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_time(&a, deadline_ms);
	enum hl_code rc = counted(s, &a, &changed, err);
	*n = (size_t)changed;
	return rc;
}

enum hl_code hl_redis_drop(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	char text[HL_TEXT_LONG];
	int64_t changed;
	hl_copy(text, sizeof text, result);
	hl_redis_put_text(&a, "drop");
	put_filter(&a, f);
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_text(&a, text);
	enum hl_code rc = counted(s, &a, &changed, err);
	*n = (size_t)changed;
	return rc;
}

enum hl_code hl_redis_outbox_list(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = NULL;
	*n = 0;
	hl_redis_put_text(&a, "outbox_list");
	put_filter(&a, f);
	hl_redis_put_int(&a, f->limit ? f->limit < HL_LIST_MAX ? (int64_t)f->limit : HL_LIST_MAX : 100);
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		*n = hl_redis_n(r);
		*out = hl_calloc(*n, sizeof **out);
		for (size_t i = 0; i < *n; i++)
			read_delivery(hl_redis_item(r, i), &(*out)[i]);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

static bool same_address(const struct hl_reached *a, const struct hl_reached *b)
{
	return !strcmp(a->address, b->address) && !strcmp(a->channel, b->channel) && !strcmp(a->receiver, b->receiver);
}

static void read_reached(const struct redisReply *r, struct hl_reached *v, size_t *n)
{
	for (size_t i = 0; i < hl_redis_n(r); i++) {
		const struct redisReply *e = hl_redis_item(r, i);
		struct hl_reached *to = &v[*n];
		bool known = false;
		hl_redis_copy(e, 0, to->receiver, sizeof to->receiver);
		hl_redis_copy(e, 1, to->channel, sizeof to->channel);
		hl_redis_copy(e, 2, to->address, sizeof to->address);
		for (size_t k = 0; k < *n && !known; k++)
			known = same_address(&v[k], to);
		*n += !known;
	}
}

enum hl_code hl_redis_reached(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = NULL;
	*n = 0;
	hl_redis_put_text(&a, "reached");
	hl_redis_put_text(&a, alert);
	hl_redis_put_text(&a, hl_redis_of(s)->opened_seq);
	const struct hl_redis *q = hl_redis_of(s);
	size_t noted;
	bool with = q->blurred || q->fates || hl_redis_noted(q, hl_redis_mark('a', alert, NULL), &noted);
	enum hl_code rc = hl_redis_ask(s, &a, with, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		*out = hl_calloc(hl_redis_n(r) + 1, sizeof **out);
		read_reached(r, *out, n);
	}
	hl_redis_reply_free(&whole);
	return rc;
}
