/* redis_watch.c: open alerts by list and by the end of their entry, and timers, as operations of the script. A handle belongs to one thread. */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <stdlib.h>
#include <string.h>

static int64_t at_most(size_t max)
{
	return max < HL_LIST_MAX ? (int64_t)max : HL_LIST_MAX;
}

enum { NEW_SEQ = 1 << 30 }; /* an alert of the open group has no number yet: it is younger than all that have */

/* Each hit asks for the open alerts of its vehicle: those of the group are known, so that the whole group need not be tried for it. */
static bool asks_group(const struct hl_redis *q, const struct hl_watch_filter *f)
{
	size_t n;
	return !f->incident || q->blurred || hl_redis_noted(q, hl_redis_mark('W', "", NULL), &n);
}

static void change_one(struct hl_watch *w, const struct hl_redis_of_incident *x)
{
	int64_t seq = w->seq;
	if (x->same_entry)
		return;
	*w = x->watch;
	w->seq = seq;
}

/* What the group has made of the open alerts of an incident since. */
static void add_group(const struct hl_redis *q, const char *incident, struct hl_watch *out, size_t max, size_t *n)
{
	const struct hl_redis_of_incident *x;
	size_t at = 0, size;
	while (q->in_group && (x = hl_redis_noted_next(q, hl_redis_mark('i', incident, NULL), &at, &size))) {
		size_t i = 0;
		while (i < *n && strcmp(out[i].alert, x->watch.alert))
			i++;
		if (i < *n && x->open)
			change_one(&out[i], x);
		else if (i < *n)
			memmove(&out[i], &out[i + 1], (--*n - i) * sizeof *out);
		else if (x->open && *n < max) {
			out[*n] = x->watch;
			out[*n].seq = ((int64_t)NEW_SEQ << 20) + (int64_t)at;
			++*n;
		}
	}
}

enum hl_code hl_redis_watch_list(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*n = 0;
	hl_redis_put_text(&a, "watch_list");
	hl_redis_put_text(&a, f->list);
	hl_redis_put_text(&a, f->incident);
	hl_redis_put_time(&a, f->due_ms);
	hl_redis_put_int(&a, f->after);
	hl_redis_put_int(&a, at_most(max));
	enum hl_code rc = hl_redis_ask(s, &a, asks_group(hl_redis_of(s), f), &whole, &r, err);
	hl_redis_args_wipe(&a);
	for (size_t i = 0; !rc && i < hl_redis_n(r) && *n < max; i++) {
		const struct redisReply *e = hl_redis_item(r, i);
		struct hl_watch *w = &out[(*n)++];
		w->seq = hl_redis_int(e, 0);
		hl_redis_copy(e, 1, w->alert, sizeof w->alert);
		hl_redis_copy(e, 2, w->list, sizeof w->list);
		hl_redis_copy(e, 3, w->entry, sizeof w->entry);
		hl_redis_copy(e, 4, w->revision, sizeof w->revision);
		w->look_ms = hl_redis_time(e, 5);
		hl_redis_copy(e, 6, w->incident, sizeof w->incident);
	}
	hl_redis_reply_free(&whole);
	if (!rc && !asks_group(hl_redis_of(s), f))
		add_group(hl_redis_of(s), f->incident, out, max, n);
	return rc;
}

enum hl_code hl_redis_watch_set(struct hl_store *s, const char *alert, const char *revision, int64_t look_ms, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "watch_set");
	hl_redis_put_text(&a, alert);
	hl_redis_put_some(&a, revision);
	hl_redis_put_time(&a, look_ms);
	if (q->in_group) {
		hl_redis_keep(q, &a); /* it is never refused */
		hl_redis_note(q, hl_redis_mark('W', "", NULL), "1", 1);
	} else {
		rc = hl_redis_change(s, &a, NULL, NULL, NULL, err);
	}
	hl_redis_args_wipe(&a);
	return rc;
}

static void read_timer(const struct redisReply *r, struct hl_timer *t)
{
	*t = (struct hl_timer){ .kind = (enum hl_timer_kind)hl_redis_int(r, 2), .states = (unsigned)hl_redis_int(r, 3), .step = hl_redis_int(r, 4),
				.due_ms = hl_redis_int(r, 5) };
	hl_redis_copy(r, 0, t->id, sizeof t->id);
	hl_redis_copy(r, 1, t->alert, sizeof t->alert);
	t->data = hl_redis_bytes(r, 6, &t->data_n);
}

enum hl_code hl_redis_timer_list(struct hl_store *s, const struct hl_timer_filter *f, struct hl_timer *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*n = 0;
	hl_redis_put_text(&a, "timer_list");
	hl_redis_put_some(&a, f->id);
	hl_redis_put_some(&a, f->alert);
	if (f->due_ms == HL_NO_TIME)
		hl_redis_put_text(&a, "+inf");
	else
		hl_redis_put_int(&a, f->due_ms);
	hl_redis_put_int(&a, at_most(max));
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	for (size_t i = 0; !rc && i < hl_redis_n(r) && *n < max; i++)
		read_timer(hl_redis_item(r, i), &out[(*n)++]);
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_timer_next(struct hl_store *s, int64_t *due_ms, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*due_ms = HL_NO_TIME;
	hl_redis_put_text(&a, "timer_next");
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc)
		*due_ms = hl_redis_time(r, 0);
	hl_redis_reply_free(&whole);
	return rc;
}

/* ---- what the audit does not know yet ---- */

enum hl_code hl_redis_unrecorded(struct hl_store *s, struct hl_unrecorded *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*n = 0;
	hl_redis_put_text(&a, "unrecorded");
	hl_redis_put_int(&a, at_most(max));
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	for (size_t i = 0; !rc && i < hl_redis_n(r) && *n < max; i++) {
		const struct redisReply *e = hl_redis_item(r, i);
		struct hl_unrecorded *u = &out[(*n)++];
		u->seq = hl_redis_int(e, 0);
		u->what = (enum hl_unrecorded_what)hl_redis_int(e, 1);
		hl_redis_copy(e, 2, u->id, sizeof u->id);
		hl_redis_copy(e, 3, u->event, sizeof u->event);
		hl_redis_copy(e, 4, u->alert, sizeof u->alert);
		hl_redis_copy(e, 5, u->receiver, sizeof u->receiver);
		hl_redis_copy(e, 6, u->channel, sizeof u->channel);
		hl_redis_copy(e, 7, u->address, sizeof u->address);
		u->time_ms = hl_redis_int(e, 8);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_recorded(struct hl_store *s, int64_t upto, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "recorded");
	hl_redis_put_int(&a, upto);
	if (q->in_group)
		hl_redis_keep(q, &a);
	else
		rc = hl_redis_change(s, &a, NULL, NULL, NULL, err);
	hl_redis_args_wipe(&a);
	return rc;
}

enum hl_code hl_redis_adopt(struct hl_store *s, int64_t now_ms, int64_t idle_ms, size_t *n, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r = NULL;
	*n = 0;
	hl_redis_put_text(&a, "adopt");
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_int(&a, now_ms - idle_ms);
	hl_redis_put_int(&a, HL_SWEEP_ROWS);
	enum hl_code rc = hl_redis_change(s, &a, NULL, &whole, &r, err);
	if (!rc)
		*n = (size_t)hl_redis_int(r, 0);
	if (!rc && q->in_group)
		hl_redis_keep(q, &a);
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return rc;
}
