/* redis_change.c: what is known before a hit is judged (peek), and the one change that follows (apply), as operations of the script. A handle belongs to one
 * thread.
 */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_key(struct hl_redis_args *a, const struct hl_peek_key *key)
{
	static const struct hl_peek_key none;
	const struct hl_peek_key *k = key ? key : &none;
	const char *const text[] = { k->entry, k->revision, k->place, k->site, k->agency, k->plate_read, k->region, k->read_id, k->camera };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		hl_redis_put_text(a, text[i]);
}

static void read_track(const struct redisReply *r, struct hl_track *t)
{
	t->exists = hl_redis_n(r) > 0;
	if (!t->exists)
		return;
	t->rev = hl_redis_int(r, 0);
	hl_redis_copy(r, 1, t->alert, sizeof t->alert);
	t->decision = (enum hl_decision)hl_redis_int(r, 2);
	t->first_ms = hl_redis_int(r, 3);
	t->last_ms = hl_redis_int(r, 4);
	t->reads = hl_redis_int(r, 5);
}

static void read_notice(const struct redisReply *r, struct hl_notice *n)
{
	n->exists = hl_redis_n(r) > 0;
	if (!n->exists)
		return;
	n->at_ms = hl_redis_int(r, 0);
	n->decision = (enum hl_decision)hl_redis_int(r, 1);
	hl_redis_copy(r, 2, n->alert, sizeof n->alert);
}

/* ---- what the group has written already ---- */

static uint64_t receipt_mark(const struct hl_peek_key *key)
{
	return hl_redis_mark('r', key->read_id, key->camera) * 31 ^ hl_redis_mark('r', key->entry, NULL);
}

static uint64_t pair_mark(const struct hl_peek_key *key)
{
	return (hl_redis_mark('c', key->entry, key->revision) * 31 ^ hl_redis_mark('c', key->plate_read, key->region)) * 31 ^ hl_redis_mark('c', key->agency, NULL);
}

/* The newest note of this mark into dst, of size bytes; false: there is none. */
static bool noted(const struct hl_redis *q, uint64_t mark, void *dst, size_t size)
{
	size_t n;
	const void *v = q->in_group ? hl_redis_noted(q, mark, &n) : NULL;
	if (v && n == size)
		memcpy(dst, v, size);
	return v && n == size;
}

static void overlay(const struct hl_redis *q, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out)
{
	struct hl_cleared c;
	char one;
	noted(q, hl_redis_mark('k', key->entry, key->place), &out->track, sizeof out->track);
	noted(q, hl_redis_mark('o', key->entry, key->site), &out->notice, sizeof out->notice);
	if (noted(q, pair_mark(key), &c, sizeof c))
		out->cleared = c.until_ms > now_ms ? c : (struct hl_cleared){ 0 };
	out->duplicate |= noted(q, receipt_mark(key), &one, 1);
}

/* The group has taken marks of this entry away. */
static bool is_forgotten(const struct hl_redis *q, const char *entry)
{
	size_t n;
	return q->in_group && hl_redis_noted(q, hl_redis_mark('F', entry, NULL), &n);
}

enum hl_code hl_redis_peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = (struct hl_peek){ 0 };
	hl_redis_put_text(&a, "peek");
	put_key(&a, key);
	hl_redis_put_int(&a, now_ms);
	bool with = q->blurred || is_forgotten(q, key->entry);
	enum hl_code rc = hl_redis_ask(s, &a, with, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		read_track(hl_redis_item(r, 0), &out->track);
		read_notice(hl_redis_item(r, 1), &out->notice);
		if (hl_redis_n(hl_redis_item(r, 2)))
			hl_redis_read_pair(hl_redis_item(r, 2), &out->cleared);
		out->duplicate = hl_redis_int(r, 3) != 0;
		if (!with)
			overlay(q, key, now_ms, out);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

/* What a change rests on, as far as the group holds it: pairs for the script's `assume`. */
struct assumed {
	const struct hl_redis *q;
	struct hl_redis_args pairs;
};

static void assume(struct assumed *x, char kind, const char *name)
{
	size_t n;
	const void *v = name && *name ? hl_redis_noted(x->q, hl_redis_mark(kind, name, NULL), &n) : NULL;
	if (v)
		hl_redis_put_pair(&x->pairs, kind, name, NULL, v, n);
}

static void assume_marks(struct assumed *x, const struct hl_change *c)
{
	struct hl_track t;
	char rev[24], one;
	if (c->track && noted(x->q, hl_redis_mark('k', c->key->entry, c->key->place), &t, sizeof t)) {
		snprintf(rev, sizeof rev, "%lld", (long long)t.rev);
		hl_redis_put_pair(&x->pairs, 'k', c->key->entry, c->key->place, rev, strlen(rev));
	}
	if (c->receipt && noted(x->q, receipt_mark(c->key), &one, 1)) {
		struct hl_buf name = HL_BUF(4096);
		hl_buf_printf(&name, "r%s", c->key->read_id);
		hl_buf_putc(&name, 0);
		hl_buf_puts(&name, c->key->camera);
		hl_buf_putc(&name, 0);
		hl_buf_puts(&name, c->key->entry);
		hl_redis_put(&x->pairs, hl_buf_text(&name), name.len);
		hl_redis_put_text(&x->pairs, "1");
		hl_buf_fini(&name);
	}
}

/* The operation "assume" for this change, or nothing. */
static void assume_all(const struct hl_redis *q, const struct hl_change *c, struct hl_redis_args *out)
{
	struct assumed x = { .q = q };
	assume_marks(&x, c);
	assume(&x, 'a', c->alert ? c->alert->id : NULL);
	assume(&x, 'e', c->event ? c->event->id : NULL);
	assume(&x, 'a', c->event ? c->event->alert : NULL);
	assume(&x, 't', c->fired ? c->fired->id : NULL);
	for (size_t i = 0; i < c->n_deliveries; i++) {
		assume(&x, 'd', c->deliveries[i].id);
		if (!i || strcmp(c->deliveries[i].event, c->deliveries[i - 1].event))
			assume(&x, 'e', c->deliveries[i].event);
	}
	for (size_t i = 0; i < c->n_timers; i++)
		assume(&x, 'a', c->timers[i].alert);
	if (x.pairs.n) {
		hl_redis_put_text(out, "assume");
		hl_redis_put_int(out, (int64_t)(x.pairs.n / 2));
		hl_redis_args_add(out, &x.pairs);
	}
	hl_redis_args_wipe(&x.pairs);
}

static void note_text(struct hl_redis *q, char kind, const char *name, const char *text)
{
	hl_redis_note(q, hl_redis_mark(kind, name, NULL), text, strlen(text));
}

static void note_int(struct hl_redis *q, char kind, const char *name, int64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)n);
	note_text(q, kind, name, text);
}

static void note_marks(struct hl_redis *q, const struct hl_change *c)
{
	if (c->receipt)
		hl_redis_note(q, receipt_mark(c->key), "1", 1);
	if (c->track) {
		struct hl_track t = *c->track;
		t.exists = true;
		t.rev++;
		hl_redis_note(q, hl_redis_mark('k', c->key->entry, c->key->place), &t, sizeof t);
	}
	if (c->notice) {
		struct hl_notice n = *c->notice;
		n.exists = true;
		hl_redis_note(q, hl_redis_mark('o', c->key->entry, c->key->site), &n, sizeof n);
	}
	if (c->cleared) {
		struct hl_cleared l = *c->cleared;
		l.exists = true;
		hl_redis_note(q, pair_mark(c->key), &l, sizeof l);
	}
}

static void note_incident(struct hl_redis *q, const struct hl_change *c)
{
	const struct hl_alert *a = c->alert;
	struct hl_redis_of_incident x;
	memset(&x, 0, sizeof x);
	x.watch.look_ms = a->entry_expires_ms;
	x.open = a->state < HL_ST_CLOSED;
	x.same_entry = c->same_entry;
	hl_copy(x.watch.alert, sizeof x.watch.alert, a->id);
	hl_copy(x.watch.list, sizeof x.watch.list, a->list);
	hl_copy(x.watch.entry, sizeof x.watch.entry, a->entry_id);
	hl_copy(x.watch.revision, sizeof x.watch.revision, a->entry_revision);
	hl_copy(x.watch.incident, sizeof x.watch.incident, a->incident);
	hl_redis_note(q, hl_redis_mark('i', a->incident, NULL), &x, sizeof x);
}

/* What this change has written, for those after it. */
static void note_all(struct hl_redis *q, const struct hl_change *c)
{
	note_marks(q, c);
	if (c->alert) {
		note_int(q, 'a', c->alert->id, c->alert->rev);
		note_incident(q, c);
		hl_redis_note(q, hl_redis_mark('b', c->alert->id, NULL), c->alert_body ? c->alert_body : "", c->alert_body_n);
	}
	if (c->alert && c->alert->rev > 1)
		note_text(q, 'T', c->alert->id, "1");
	if (c->stop_alert)
		note_text(q, 'T', c->stop_alert, "1");
	if (c->event)
		note_text(q, 'e', c->event->id, "1");
	for (size_t i = 0; i < c->n_deliveries; i++)
		note_text(q, 'd', c->deliveries[i].id, "1");
	if (c->fired)
		note_text(q, 't', c->fired->id, "");
	for (size_t i = 0; i < c->n_timers; i++)
		note_int(q, 't', c->timers[i].id, c->timers[i].due_ms);
	if (c->alert && c->forget) /* which marks of the entry go, only the script knows */
		note_text(q, 'F', c->alert->entry_id, "1");
}

/* Whether the notes don't tell all that it rests on: the timers of an alert that was changed in this group may be gone. */
static bool is_unclear(const struct hl_redis *q, const struct hl_change *c)
{
	size_t n;
	return q->blurred || (c->key && is_forgotten(q, c->key->entry)) || (c->fired && hl_redis_noted(q, hl_redis_mark('T', c->fired->alert, NULL), &n));
}

/* ---- a change ---- */

/* A letter for each part that is there. */
static void put_parts(struct hl_redis_args *a, const struct hl_change *c)
{
	const struct {
		bool there;
		char letter;
	} part[] = { { c->receipt, 'R' }, { c->alert != NULL, 'A' }, { c->event != NULL, 'E' }, { c->cancel_alert != NULL, 'X' }, { c->fired != NULL, 'D' },
		     { c->stop_alert != NULL, 'P' }, { c->track != NULL, 'T' }, { c->notice != NULL, 'N' }, { c->cleared != NULL, 'C' }, { c->suppressed != NULL, 'S' },
		     { c->same_entry, 'Y' }, { c->alert && c->forget, 'F' } };
	char text[sizeof part / sizeof part[0] + 1];
	size_t n = 0;
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		if (part[i].there)
			text[n++] = part[i].letter;
	text[n] = 0;
	hl_redis_put_text(a, text);
}

static void put_alert(struct hl_redis_args *a, const struct hl_change *c)
{
	const struct hl_alert *al = c->alert;
	hl_redis_put_text(a, al->id);
	hl_redis_put_int(a, al->rev);
	hl_redis_put_int(a, al->time_ms);
	hl_redis_put_int(a, al->state);
	hl_redis_put_text(a, al->list);
	hl_redis_put_text(a, al->read.camera);
	hl_redis_put_text(a, al->entry_id);
	hl_redis_put_text(a, al->entry_revision);
	hl_redis_put_time(a, al->entry_expires_ms);
	hl_redis_put_text(a, al->incident);
	hl_redis_put(a, c->alert_body, c->alert_body_n);
}

static void put_event(struct hl_redis_args *a, const struct hl_event *e)
{
	hl_redis_put_text(a, e->id);
	hl_redis_put_text(a, e->alert);
	hl_redis_put_int(a, e->type);
	hl_redis_put_int(a, e->time_ms);
	hl_redis_put(a, e->body ? e->body : "", e->body ? e->body_n : 0);
}

static void put_delivery(struct hl_redis_args *a, const struct hl_delivery *d)
{
	char destination[HL_ADDRESS_MAX];
	hl_store_destination(d, destination, sizeof destination);
	const char *const text[] = { d->id, d->event, d->alert, d->receiver, d->channel, d->address, destination };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		hl_redis_put_text(a, text[i]);
	hl_redis_put_int(a, d->type);
	hl_redis_put_int(a, d->state);
	hl_redis_put_int(a, d->created_ms);
	hl_redis_put_int(a, d->due_ms);
	hl_redis_put_time(a, d->deadline_ms);
	hl_redis_put_int(a, d->attempts);
	hl_redis_put_time(a, d->seen_ms);
	hl_redis_put_time(a, d->done_ms);
	hl_redis_put_text(a, d->result);
	hl_redis_put_text(a, d->incident[0] ? d->incident : d->alert);
	hl_redis_put_text(a, d->held);
	hl_redis_put(a, d->body ? d->body : "", d->body ? d->body_n : 0);
}

static void put_gathers(struct hl_redis_args *a, const struct hl_change *c)
{
	hl_redis_put_int(a, (int64_t)c->n_gathers);
	for (size_t i = 0; i < c->n_gathers; i++) {
		const struct hl_gather *g = &c->gathers[i];
		const char *const text[] = { g->held, g->receiver, g->channel, g->address, g->carrier };
		for (size_t k = 0; k < sizeof text / sizeof text[0]; k++)
			hl_redis_put_text(a, text[k]);
	}
}

static void put_timers(struct hl_redis_args *a, const struct hl_change *c)
{
	hl_redis_put_int(a, (int64_t)c->n_timers);
	for (size_t i = 0; i < c->n_timers; i++) {
		const struct hl_timer *t = &c->timers[i];
		hl_redis_put_text(a, t->id);
		hl_redis_put_text(a, t->alert);
		hl_redis_put_int(a, t->kind);
		hl_redis_put_int(a, t->states);
		hl_redis_put_int(a, t->step);
		hl_redis_put_int(a, t->due_ms);
		hl_redis_put(a, t->data ? t->data : "", t->data ? t->data_n : 0);
	}
}

static void put_marks(struct hl_redis_args *a, const struct hl_change *c)
{
	if (c->track) {
		hl_redis_put_int(a, c->track->rev);
		hl_redis_put_text(a, c->track->alert);
		hl_redis_put_int(a, c->track->decision);
		hl_redis_put_int(a, c->track->first_ms);
		hl_redis_put_int(a, c->track->last_ms);
		hl_redis_put_int(a, c->track->reads);
	}
	if (c->notice) {
		hl_redis_put_int(a, c->notice->at_ms);
		hl_redis_put_int(a, c->notice->decision);
		hl_redis_put_text(a, c->notice->alert);
	}
}

static void put_cleared(struct hl_redis_args *a, const struct hl_cleared *c)
{
	hl_redis_put_int(a, c->at_ms);
	hl_redis_put_int(a, c->until_ms);
	hl_redis_put_text(a, c->by);
	hl_redis_put_text(a, c->alert);
	hl_redis_put_int(a, c->agreed_state);
	hl_redis_put_int(a, c->agreed_vehicle);
	const char *const text[] = { c->id, c->role, c->reason, c->list, c->plate_listed };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		hl_redis_put_text(a, text[i]);
}

static void put_suppressed(struct hl_redis_args *a, const struct hl_suppressed *u)
{
	hl_redis_put_int(a, u->why);
	const char *const text[] = { u->entry, u->alert, u->camera, u->plate_read, u->read_id };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		hl_redis_put_text(a, text[i]);
	hl_redis_put_int(a, u->time_ms);
	hl_redis_put_text(a, u->pair);
	hl_redis_put_text(a, u->list);
	hl_redis_put_text(a, u->plate_listed);
}

/* In the order in which change.lua parses it. */
static void put_change(struct hl_redis_args *a, const struct hl_change *c)
{
	hl_redis_put_text(a, "apply");
	put_parts(a, c);
	hl_redis_put_int(a, c->now_ms);
	put_key(a, c->key);
	if (c->alert)
		put_alert(a, c);
	if (c->event)
		put_event(a, c->event);
	if (c->cancel_alert)
		hl_redis_put_text(a, c->cancel_alert);
	hl_redis_put_int(a, (int64_t)c->n_deliveries);
	for (size_t i = 0; i < c->n_deliveries; i++)
		put_delivery(a, &c->deliveries[i]);
	put_gathers(a, c);
	if (c->fired) {
		hl_redis_put_text(a, c->fired->id);
		hl_redis_put_int(a, c->fired->due_ms);
	}
	if (c->stop_alert) {
		hl_redis_put_text(a, c->stop_alert);
		hl_redis_put_int(a, c->stop_kinds);
	}
	put_timers(a, c);
	put_marks(a, c);
	if (c->cleared)
		put_cleared(a, c->cleared);
	if (c->suppressed)
		put_suppressed(a, c->suppressed);
}

enum hl_code hl_redis_apply(struct hl_store *s, const struct hl_change *c, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 }, rests_on = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (!rc)
		rc = hl_store_check_change(c, err);
	if (rc)
		return rc;
	put_change(&a, c);
	if (q->in_group && is_unclear(q, c)) {
		rc = hl_redis_try(s, &a, err);
	} else {
		if (q->in_group)
			assume_all(q, c, &rests_on);
		rc = hl_redis_change(s, &a, rests_on.n ? &rests_on : NULL, NULL, NULL, err);
	}
	if (!rc && q->in_group) {
		hl_redis_keep(q, &a);
		note_all(q, c);
	}
	hl_redis_args_wipe(&rests_on);
	hl_redis_args_wipe(&a);
	return rc;
}
