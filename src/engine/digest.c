/* digest.c: what a receiver can bear. Its notices are counted from the first one on until `per` is over; what is more than `notices` by then is written down like any other
 * delivery, but held, and told in one message. The count, and when that message is due, stand in a timer of the receiver's. Runs on the store thread.
 */
#include "engine/follow_priv.h"

#include "base/json_out.h"
#include "engine/record_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4000 /* gathered into one digest */ };

/* A receiver's count. */
struct bearing {
	char receiver[HL_NAME];
	int64_t since_ms, count;
};

static const struct hl_rules_receiver *limit_of(const struct hl_rules *r, const char *name)
{
	const struct hl_rules_receiver *v = r->receivers.v;
	for (size_t i = 0; i < r->receivers.n; i++)
		if (!strcmp(v[i].name, name))
			return v[i].limit.notices ? &v[i] : NULL;
	return NULL;
}

static void put_data(struct hl_timer *t, const struct bearing *b)
{
	struct hl_buf text = HL_BUF(256);
	hl_buf_printf(&text, "%lld %lld %s", (long long)b->since_ms, (long long)b->count, b->receiver);
	t->data_n = text.len;
	t->data = hl_buf_steal(&text);
}

static void get_data(const struct hl_timer *t, struct bearing *b)
{
	char *end = t->data;
	*b = (struct bearing){ 0 };
	if (!end)
		return;
	b->since_ms = strtoll(end, &end, 10);
	b->count = strtoll(end, &end, 10);
	hl_copy(b->receiver, sizeof b->receiver, *end ? end + 1 : "");
}

/* The receiver's timer as it is, or a new one. Gives t->data. */
static enum hl_code get_timer(struct hl_store *s, const char *receiver, int64_t now_ms, struct hl_timer *t, struct hl_err *err)
{
	struct hl_timer there;
	struct bearing b = { .since_ms = now_ms };
	size_t n = 0;
	hl_follow_timer(t, "", HL_TIMER_DIGEST, receiver, HL_NEVER_MS);
	enum hl_code rc = s->ops->timer_list(s, &(struct hl_timer_filter){ .id = t->id, .due_ms = HL_NO_TIME }, &there, 1, &n, err);
	if (rc)
		return rc;
	hl_copy(b.receiver, sizeof b.receiver, receiver);
	if (n)
		*t = there;
	else
		put_data(t, &b);
	return HL_OK;
}

static void hold(struct hl_delivery *d, size_t n, const char *receiver, const struct hl_timer *t)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(d[i].receiver, receiver) && d[i].state == HL_DL_PENDING)
			hl_copy(d[i].held, sizeof d[i].held, t->id);
}

static enum hl_code bear(struct hl_follow *f, struct hl_store *s, const struct hl_rules_receiver *r, struct hl_delivery *d, size_t n, int64_t now_ms, struct hl_err *err)
{
	struct hl_timer *t = &f->timer[f->n];
	struct bearing b;
	enum hl_code rc = get_timer(s, r->name, now_ms, t, err);
	if (rc)
		return rc;
	f->n++;
	get_data(t, &b);
	if (now_ms - b.since_ms >= r->limit.per_ms || now_ms < b.since_ms) {
		b.since_ms = now_ms;
		b.count = 0;
	}
	if (b.count++ >= r->limit.notices) {
		hold(d, n, r->name, t);
		if (t->due_ms == HL_NEVER_MS)
			t->due_ms = now_ms + (r->digest_ms ? r->digest_ms : r->limit.per_ms);
	}
	hl_timer_wipe(t);
	put_data(t, &b);
	return HL_OK;
}

static bool same_address(const struct hl_delivery *a, const struct hl_delivery *b)
{
	return !strcmp(a->address, b->address) && !strcmp(a->channel, b->channel) && !strcmp(a->receiver, b->receiver);
}

enum hl_code hl_digest_join(struct hl_store *s, const struct hl_alert *a, struct hl_delivery *d, size_t n, struct hl_err *err)
{
	struct hl_delivery *there = NULL;
	size_t all = 0;
	if (!n || d[0].type != HL_EVENT_UPDATED || a->priority <= 1)
		return HL_OK;
	enum hl_code rc = s->ops->outbox_list(s, &(struct hl_outbox_filter){ .alert = a->id, .state = "pending", .limit = HL_LIST_MAX }, &there, &all, err);
	for (size_t i = 0; !rc && i < n * all; i++) {
		const struct hl_delivery *h = &there[i % all];
		struct hl_delivery *one = &d[i / all];
		if (h->held[0] && one->state == HL_DL_PENDING && same_address(h, one))
			hl_copy(one->held, sizeof one->held, h->held);
	}
	hl_deliveries_free(there, rc ? 0 : all);
	return rc;
}

enum hl_code hl_digest_limit(struct hl_follow *f, struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, struct hl_delivery *d, size_t n, int64_t now_ms,
			     struct hl_err *err)
{
	if (!c->rules->receivers.n || a->priority <= 1 || !s->ops->timer_list)
		return HL_OK;
	enum hl_code rc = hl_digest_join(s, a, d, n, err);
	for (size_t i = 0; !rc && i < n; i++) {
		bool known = d[i].held[0] || (d[i].type != HL_EVENT_CREATED && d[i].type != HL_EVENT_UPDATED);
		for (size_t k = 0; k < i && !known; k++)
			known = !strcmp(d[k].receiver, d[i].receiver);
		const struct hl_rules_receiver *r = known || f->n == HL_FOLLOW_TIMERS ? NULL : limit_of(c->rules, d[i].receiver);
		if (r)
			rc = bear(f, s, r, d, n, now_ms, err);
	}
	return rc;
}

/* ---- the digest ---- */

struct work {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	const struct hl_timer *timer;
	int64_t now_ms;
	struct hl_delivery *held;
	size_t n_held;
	const struct hl_alert **alert; /* each owned */
	size_t n_alerts;
	struct hl_reached *to;
	size_t n_to;
	struct hl_event event;
	struct hl_buf body;
	struct hl_delivery *deliveries;
	size_t n_deliveries;
};

static enum hl_code load(struct work *w, const char *id, struct hl_err *err)
{
	struct hl_alert_row row;
	for (size_t i = 0; i < w->n_alerts; i++)
		if (!strcmp(w->alert[i]->id, id))
			return HL_OK;
	enum hl_code rc = w->store->ops->alert_get(w->store, id, &row, err);
	if (rc)
		return rc == HL_E_NOTFOUND ? HL_OK : rc;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	rc = hl_alert_parse(a, row.body, row.body_n, err);
	free(row.body);
	if (rc) { /* named by its id alone, rather than not at all */
		hl_err_clear(err);
		hl_copy(a->id, sizeof a->id, id);
	}
	w->alert[w->n_alerts++] = a;
	return HL_OK;
}

static void add_address(struct work *w, const struct hl_delivery *d)
{
	for (size_t i = 0; i < w->n_to; i++)
		if (!strcmp(w->to[i].address, d->address) && !strcmp(w->to[i].channel, d->channel) && !strcmp(w->to[i].receiver, d->receiver))
			return;
	struct hl_reached *to = &w->to[w->n_to++];
	hl_copy(to->receiver, sizeof to->receiver, d->receiver);
	hl_copy(to->channel, sizeof to->channel, d->channel);
	hl_copy(to->address, sizeof to->address, d->address);
}

/* The most urgent first, then the newest. */
static int by_urgency(const void *x, const void *y)
{
	const struct hl_alert *a = *(const struct hl_alert *const *)x, *b = *(const struct hl_alert *const *)y;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->time_ms == b->time_ms ? strcmp(a->id, b->id) : a->time_ms > b->time_ms ? -1 : 1;
}

static enum hl_code gather(struct work *w, struct hl_err *err)
{
	enum hl_code rc = w->store->ops->outbox_list(w->store, &(struct hl_outbox_filter){ .held = w->timer->id, .limit = ROWS }, &w->held, &w->n_held, err);
	if (rc)
		return rc;
	w->alert = hl_calloc(w->n_held + 1, sizeof *w->alert);
	w->to = hl_calloc(w->n_held + 1, sizeof *w->to);
	for (size_t i = 0; !rc && i < w->n_held; i++) {
		add_address(w, &w->held[i]);
		rc = load(w, w->held[i].alert, err);
	}
	qsort(w->alert, w->n_alerts, sizeof *w->alert, by_urgency);
	return rc;
}

static void make_event(struct work *w, const struct bearing *b)
{
	struct hl_json j;
	hl_json_init(&j, &w->body);
	hl_json_open(&j, '{');
	hl_json_str(&j, "type", hl_event_name(HL_EVENT_DIGEST));
	hl_json_time(&j, "time", w->now_ms);
	hl_json_str(&j, "receiver", b->receiver);
	hl_json_open_key(&j, "alerts", '[');
	for (size_t i = 0; i < w->n_alerts; i++)
		hl_json_str(&j, NULL, w->alert[i]->id);
	hl_json_close(&j);
	hl_json_close(&j);
	w->event = (struct hl_event){ .type = HL_EVENT_DIGEST, .time_ms = w->now_ms, .body = hl_buf_text(&w->body), .body_n = w->body.len };
	hl_record_event_id(w->timer->id, HL_EVENT_DIGEST, w->timer->due_ms, w->event.id);
}

/* What was held is carried; what did not fit is gathered next, at once. */
static enum hl_code apply(struct work *w, struct hl_err *err)
{
	struct hl_timer next;
	struct bearing b;
	get_data(w->timer, &b);
	/* As it is now: a timer of the same moment may have counted meanwhile. */
	enum hl_code rc = get_timer(w->store, b.receiver, w->now_ms, &next, err);
	if (rc)
		return rc;
	struct hl_gather *g = hl_calloc(w->n_deliveries + 1, sizeof *g);
	for (size_t i = 0; i < w->n_deliveries; i++)
		g[i] = (struct hl_gather){ .held = w->timer->id, .receiver = w->deliveries[i].receiver, .channel = w->deliveries[i].channel,
					   .address = w->deliveries[i].address, .carrier = w->deliveries[i].id };
	next.due_ms = w->n_held == ROWS ? w->now_ms + 1 : HL_NEVER_MS;
	struct hl_change c = { .fired = w->timer, .event = w->n_deliveries ? &w->event : NULL, .deliveries = w->deliveries, .n_deliveries = w->n_deliveries, .gathers = g,
			       .n_gathers = w->n_deliveries, .timers = &next, .n_timers = 1, .now_ms = w->now_ms };
	rc = w->store->ops->apply(w->store, &c, err);
	hl_timer_wipe(&next);
	free(g);
	return rc;
}

enum hl_code hl_digest_fire(struct hl_store *s, const struct hl_catalog *c, const struct hl_timer *t, int64_t now_ms, struct hl_fired *out, struct hl_err *err)
{
	struct work w = { .store = s, .catalog = c, .timer = t, .now_ms = now_ms, .body = HL_BUF(HL_BODY_MAX) };
	struct bearing b;
	get_data(t, &b);
	enum hl_code rc = gather(&w, err);
	if (!rc && w.n_held) {
		struct hl_digest d = { .alert = w.alert, .n = w.n_alerts < HL_DIGEST_NAMED ? w.n_alerts : HL_DIGEST_NAMED, .all = w.n_alerts };
		make_event(&w, &b);
		hl_record_digest(c, &d, &w.event, w.to, w.n_to, now_ms, &w.deliveries, &w.n_deliveries);
	}
	if (!rc)
		rc = apply(&w, err);
	out->told = !rc && w.n_deliveries;
	out->deliveries = rc ? 0 : w.n_deliveries;
	for (size_t i = 0; i < w.n_alerts; i++)
		free((void *)(uintptr_t)w.alert[i]);
	free(w.alert);
	free(w.to);
	hl_deliveries_free(w.held, w.n_held);
	hl_deliveries_free(w.deliveries, w.n_deliveries);
	hl_buf_fini(&w.body);
	return rc;
}
