/* redis_change.c: what is known before a hit is judged (peek), and the one change that follows (apply), as operations of the script. A handle belongs to one
 * thread.
 */
#include "base/clock.h"
#include "store/redis_priv.h"

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

enum hl_code hl_redis_peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	uint64_t mark = hl_redis_mark('n', key->entry); /* all four hang on the entry */
	*out = (struct hl_peek){ 0 };
	hl_redis_put_text(&a, "peek");
	put_key(&a, key);
	hl_redis_put_int(&a, now_ms);
	enum hl_code rc = hl_redis_ask(s, &a, &mark, 1, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		read_track(hl_redis_item(r, 0), &out->track);
		read_notice(hl_redis_item(r, 1), &out->notice);
		if (hl_redis_n(hl_redis_item(r, 2)))
			hl_redis_read_pair(hl_redis_item(r, 2), &out->cleared);
		out->duplicate = hl_redis_int(r, 3) != 0;
	}
	hl_redis_reply_free(&whole);
	return rc;
}

/* ---- a change ---- */

/* What a change reads and writes, as marks. */
struct marks {
	uint64_t *v;
	size_t n;
};

static void mark(struct marks *m, char kind, const char *name)
{
	if (name && *name)
		m->v[m->n++] = hl_redis_mark(kind, name);
}

static void mark_all(struct marks *m, const struct hl_change *c)
{
	m->v = hl_calloc(16 + c->n_deliveries + 2 * c->n_timers, sizeof m->v[0]);
	if (c->key)
		mark(m, 'n', c->key->entry);
	if (c->alert) {
		mark(m, 'a', c->alert->id);
		mark(m, 'n', c->alert->entry_id);
	}
	if (c->event) {
		mark(m, 'e', c->event->id);
		mark(m, 'a', c->event->alert);
	}
	for (size_t i = 0; i < c->n_deliveries; i++) {
		mark(m, 'd', c->deliveries[i].id);
		if (!i || strcmp(c->deliveries[i].event, c->deliveries[i - 1].event))
			mark(m, 'e', c->deliveries[i].event);
	}
	for (size_t i = 0; i < c->n_timers; i++) {
		mark(m, 't', c->timers[i].id);
		mark(m, 'a', c->timers[i].alert);
	}
	if (c->fired) {
		mark(m, 't', c->fired->id);
		mark(m, 'a', c->fired->alert);
	}
	mark(m, 'a', c->cancel_alert);
	mark(m, 'a', c->stop_alert);
	if (c->suppressed)
		mark(m, 'n', c->suppressed->entry);
}

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
	struct hl_redis_args a = { 0 };
	struct marks m = { 0 };
	enum hl_code rc = hl_redis_may_write(hl_redis_of(s), err);
	if (!rc)
		rc = hl_store_check_change(c, err);
	if (rc)
		return rc;
	mark_all(&m, c);
	put_change(&a, c);
	rc = hl_redis_change(s, &a, m.v, m.n, NULL, NULL, err);
	if (!rc && hl_redis_of(s)->in_group)
		hl_redis_keep(hl_redis_of(s), &a, m.v, m.n);
	hl_redis_args_wipe(&a);
	free(m.v);
	return rc;
}
