/* follow.c: see follow.h. Here the timers are set; follow_fire.c does what they are for. Runs on the store thread. */
#include "engine/follow_priv.h"

#include "engine/decide_priv.h"
#include "format/alert_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACK_MS = 900000 /* the rules' own default, where none are loaded */, STATES_NEW = 1 << HL_ST_NEW, STATES_OPEN = (1 << HL_ST_CLOSED) - 1 };

void hl_follow_wipe(struct hl_follow *f)
{
	for (size_t i = 0; i < f->n; i++)
		hl_timer_wipe(&f->timer[i]);
	*f = (struct hl_follow){ 0 };
}

void hl_follow_into(const struct hl_follow *f, const char *alert, struct hl_change *c)
{
	c->stop_alert = f->stop ? alert : NULL;
	c->stop_kinds = f->stop;
	c->timers = f->timer;
	c->n_timers = f->n;
}

void hl_follow_timer(struct hl_timer *t, const char *alert, enum hl_timer_kind kind, const char *what, int64_t due_ms)
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_field(&h, "timer");
	hl_sha256_field(&h, alert);
	hl_sha256_field(&h, hl_timer_kind_name(kind));
	hl_sha256_field(&h, what);
	hl_sha256_end(&h, hash);
	*t = (struct hl_timer){ .kind = kind, .states = kind == HL_TIMER_LAPSE ? STATES_OPEN : STATES_NEW, .step = 1, .due_ms = due_ms };
	hl_id_text(hash, t->id);
	hl_copy(t->alert, sizeof t->alert, alert);
}

static struct hl_timer *add(struct hl_follow *f, const char *alert, enum hl_timer_kind kind, const char *what, int64_t due_ms)
{
	struct hl_timer *t = &f->timer[f->n++];
	hl_follow_timer(t, alert, kind, what, due_ms);
	return t;
}

static void set_lapse(struct hl_follow *f, const char *alert, const struct hl_kept_plan *k, int64_t due_ms)
{
	struct hl_timer *t = add(f, alert, HL_TIMER_LAPSE, "", due_ms);
	t->data = hl_kept_plan_text(k, &t->data_n);
}

static int64_t lapse_of(const struct hl_alert *a, const struct hl_kept_plan *k)
{
	int64_t at_ms = hl_alert_lapses_at(a, k->ack_ms);
	return at_ms == HL_NO_TIME ? HL_NEVER_MS : at_ms;
}

void hl_follow_set_plan(struct hl_follow *f, const char *alert, const struct hl_kept_plan *k, int64_t lapse_ms)
{
	set_lapse(f, alert, k, lapse_ms);
	if (k->plan.n_steps)
		add(f, alert, HL_TIMER_ESCALATE, "", k->from_ms + k->plan.step[0].after_ms);
	if (k->plan.repeat_ms)
		add(f, alert, HL_TIMER_REPEAT, "", k->from_ms + k->plan.repeat_ms);
}

/* ---- told first ---- */

static bool all_dead(const char *receiver, const struct hl_delivery *d, size_t n)
{
	bool some = false;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(d[i].receiver, receiver) != 0)
			continue;
		if (d[i].state != HL_DL_DEAD)
			return false;
		some = true;
	}
	return some;
}

static void set_fallback(struct hl_follow *f, const struct hl_plan_fallback *p, size_t number, const struct hl_event *event, const struct hl_delivery *d, size_t n_d,
			 int64_t now_ms)
{
	char what[HL_ID_TEXT + 24];
	struct hl_kept_fallback k = { .due_ms = now_ms + p->after_ms, .of = p->of, .names = p->names };
	bool dead = false;
	for (size_t i = 0; i < p->of.n; i++)
		dead |= all_dead(p->of.v[i], d, n_d);
	hl_copy(k.event, sizeof k.event, event->id);
	snprintf(what, sizeof what, "%s %zu", event->id, number);
	struct hl_timer *t = add(f, event->alert, HL_TIMER_FALLBACK, what, dead ? now_ms : k.due_ms);
	t->data = hl_kept_fallback_text(&k, &t->data_n);
}

void hl_follow_told(struct hl_follow *f, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_alert *a, const struct hl_event *event,
		    const struct hl_delivery *d, size_t n_d, int64_t now_ms)
{
	struct hl_kept_plan *k = hl_calloc(1, sizeof *k);
	struct hl_entry e;
	struct hl_case kase;
	hl_snapshot_get(c->list[h->list].snapshot, h->entry, &e);
	hl_decide_case(c, r, h, &e, &kase);
	hl_rules_plan(c->rules, &kase, &k->plan);
	k->from_ms = now_ms;
	k->ack_ms = c->rules->ack_ms;
	f->stop = 1u << HL_TIMER_ESCALATE | 1u << HL_TIMER_REPEAT;
	if (a->state == HL_ST_NEW) {
		hl_follow_set_plan(f, a->id, k, HL_NEVER_MS);
		for (size_t i = 0; i < k->plan.n_fallbacks; i++)
			set_fallback(f, &k->plan.fallback[i], i, event, d, n_d, now_ms);
	} else {
		set_lapse(f, a->id, k, lapse_of(a, k));
	}
	free(k);
}

/* ---- moved ---- */

enum hl_code hl_follow_timer_of(struct hl_store *s, const char *alert, enum hl_timer_kind kind, struct hl_timer *t, bool *found, struct hl_err *err)
{
	struct hl_timer one;
	size_t n = 0;
	*found = false;
	/* By its id: an alert that has been told anew again and again has fallbacks without number. */
	hl_follow_timer(&one, alert, kind, "", 0);
	enum hl_code rc = s->ops->timer_list(s, &(struct hl_timer_filter){ .id = one.id, .due_ms = HL_NO_TIME }, t, 1, &n, err);
	*found = !rc && n;
	return rc;
}

enum hl_code hl_follow_plan_of(struct hl_store *s, const char *alert, struct hl_timer *t, bool *found, struct hl_err *err)
{
	return hl_follow_timer_of(s, alert, HL_TIMER_LAPSE, t, found, err);
}

/* Whether the stored alert is in another state than new. */
static enum hl_code was_taken(struct hl_store *s, const char *alert, bool *yes, struct hl_err *err)
{
	struct hl_alert_row row;
	struct hl_alert *was = hl_calloc(1, sizeof *was);
	enum hl_code rc = s->ops->alert_get(s, alert, &row, err);
	if (!rc) {
		*yes = hl_alert_parse(was, row.body, row.body_n, err) == HL_OK && was->state != HL_ST_NEW;
		free(row.body);
	}
	free(was);
	return rc;
}

static void set_moved(struct hl_follow *f, const struct hl_alert *a, struct hl_kept_plan *k, int64_t now_ms)
{
	if (a->state == HL_ST_NEW) {
		k->from_ms = now_ms;
		hl_follow_set_plan(f, a->id, k, HL_NEVER_MS);
	} else {
		set_lapse(f, a->id, k, lapse_of(a, k));
	}
}

enum hl_code hl_follow_moved(struct hl_follow *f, struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, int64_t now_ms, struct hl_err *err)
{
	struct hl_timer t;
	bool found = false, wanted = a->state == HL_ST_ACKNOWLEDGED;
	enum hl_code rc = a->state == HL_ST_NEW ? was_taken(s, a->id, &wanted, err) : HL_OK;
	if (!rc && wanted)
		rc = hl_follow_plan_of(s, a->id, &t, &found, err);
	if (rc || !wanted)
		return rc;
	struct hl_kept_plan *k = hl_calloc(1, sizeof *k);
	if (found)
		hl_kept_plan_read(k, t.data);
	else
		k->ack_ms = c && c->rules ? c->rules->ack_ms : ACK_MS;
	set_moved(f, a, k, now_ms);
	free(k);
	if (found)
		hl_timer_wipe(&t);
	return HL_OK;
}

enum hl_code hl_follow_ack_ms(struct hl_store *s, const struct hl_catalog *c, const char *alert, int64_t *ack_ms, struct hl_err *err)
{
	struct hl_timer t;
	bool found;
	*ack_ms = c && c->rules ? c->rules->ack_ms : ACK_MS;
	enum hl_code rc = hl_follow_plan_of(s, alert, &t, &found, err);
	if (rc || !found)
		return rc;
	struct hl_kept_plan *k = hl_calloc(1, sizeof *k);
	hl_kept_plan_read(k, t.data);
	*ack_ms = k->ack_ms;
	free(k);
	hl_timer_wipe(&t);
	return HL_OK;
}

/* ---- a dead letter ---- */

static enum hl_code hurry(struct hl_store *s, const struct hl_delivery *d, int64_t now_ms, struct hl_err *err)
{
	struct hl_timer *t = hl_calloc(HL_TIMERS_MAX, sizeof *t);
	size_t n = 0, moved = 0;
	enum hl_code rc = s->ops->timer_list(s, &(struct hl_timer_filter){ .alert = d->alert, .due_ms = HL_NO_TIME }, t, HL_TIMERS_MAX, &n, err);
	for (size_t i = 0; i < n; i++) {
		bool waits = t[i].kind == HL_TIMER_FALLBACK && t[i].due_ms > now_ms && strstr(t[i].data, d->event);
		if (!waits) {
			hl_timer_wipe(&t[i]);
			continue;
		}
		t[i].due_ms = now_ms;
		t[moved++] = t[i];
	}
	if (!rc && moved)
		rc = s->ops->apply(s, &(struct hl_change){ .timers = t, .n_timers = moved, .now_ms = now_ms }, err);
	for (size_t i = 0; i < moved; i++)
		hl_timer_wipe(&t[i]);
	free(t);
	return rc;
}

enum hl_code hl_follow_dead(struct hl_store *s, const char *delivery, int64_t now_ms, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	size_t n = 0;
	enum hl_code rc = s->ops->outbox_list(s, &(struct hl_outbox_filter){ .id = delivery, .limit = 1 }, &d, &n, err);
	if (!rc && n && d[0].alert[0] && d[0].state == HL_DL_DEAD)
		rc = hurry(s, &d[0], now_ms, err);
	hl_deliveries_free(d, rc && !d ? 0 : n);
	return rc;
}
