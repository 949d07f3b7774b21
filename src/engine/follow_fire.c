/* follow_fire.c: a timer that is due: whether its alert still wants it, who is told what, and what waits next; all of it one change. Runs on the store thread. */
#include "engine/follow_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/record_priv.h"

struct work {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	const struct hl_timer *timer;
	int64_t now_ms;
	struct hl_alert alert;
	struct hl_timer plan_timer;
	bool has_plan;
	struct hl_kept_plan kept;
	struct hl_names names;         /* who is told */
	size_t first_step, step;       /* of a plan: the first that this timer is for, and the first that is not due yet */
	char cut[HL_RECEIVERS_TEXT];   /* words that names borrow */
	struct hl_incident others;     /* what else is open of the vehicle */
	struct hl_follow next;
	struct hl_event event;
	struct hl_buf body;
	struct hl_delivery *deliveries;
	size_t n_deliveries;
};

/* "45 s", "2 min", "8 h", "3 d": never more than it was. */
static const char *lasted(int64_t ms, char *dst, size_t size)
{
	long long s = ms > 0 ? (long long)(ms / 1000) : 0;
	if (s < 100)
		snprintf(dst, size, "%lld s", s);
	else if (s < 6000)
		snprintf(dst, size, "%lld min", s / 60);
	else if (s < 360000)
		snprintf(dst, size, "%lld h", s / 3600);
	else
		snprintf(dst, size, "%lld d", s / 86400);
	return dst;
}

/* ---- the change ---- */

static enum hl_code apply(struct work *w, struct hl_change *c, struct hl_err *err)
{
	c->fired = w->timer;
	c->now_ms = w->now_ms;
	hl_follow_into(&w->next, w->timer->alert, c);
	return w->store->ops->apply(w->store, c, err);
}

/* The timer is over, or waits on, and nobody hears of it. */
static enum hl_code quietly(struct work *w, struct hl_err *err)
{
	return apply(w, &(struct hl_change){ 0 }, err);
}

static struct hl_timer *wait_on(struct work *w, int64_t due_ms, int64_t step)
{
	struct hl_timer *t = &w->next.timer[w->next.n++];
	*t = *w->timer;
	t->data = w->timer->data ? hl_strndup(w->timer->data, w->timer->data_n) : NULL;
	t->due_ms = due_ms;
	t->step = step;
	return t;
}

static void add_word(const char *word, char *dst, size_t size)
{
	size_t n = strlen(dst);
	if (n + strlen(word) + 2 <= size)
		snprintf(dst + n, size - n, "%s%s", n ? " " : "", word);
}

/* Whole names only: what has no room was told all the same, and is in the outbox. */
static void remember(const struct hl_names *names, char *dst, size_t size)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *at = dst;
		size_t n = strlen(names->v[i]);
		while ((at = strstr(at, names->v[i])) && !((at == dst || at[-1] == ' ') && (!at[n] || at[n] == ' ')))
			at++;
		if (!at)
			add_word(names->v[i], dst, size);
	}
}

static enum hl_code tell(struct work *w, enum hl_event_type type, struct hl_fired *out, struct hl_err *err)
{
	struct hl_alert *a = &w->alert;
	a->life.why_rev = a->rev;
	remember(&w->names, a->receivers, sizeof a->receivers);
	const struct hl_audience to = { w->names.v, w->names.n, &w->others };
	enum hl_code rc = hl_incident_load(w->store, a->incident, a->id, &w->others, err);
	hl_incident_sort(&w->others);
	if (!rc)
		rc = hl_record_tell(w->catalog, a, type, &to, w->now_ms, &w->event, &w->body, &w->deliveries, &w->n_deliveries, err);
	if (!rc)
		rc = hl_digest_limit(&w->next, w->store, w->catalog, a, w->deliveries, w->n_deliveries, w->now_ms, err);
	if (rc)
		return rc;
	struct hl_change c = { .alert = a, .alert_body = hl_buf_text(&w->body), .alert_body_n = w->body.len, .event = &w->event, .deliveries = w->deliveries,
			       .n_deliveries = w->n_deliveries, .same_entry = true };
	rc = apply(w, &c, err);
	out->told = !rc;
	out->deliveries = rc ? 0 : w->n_deliveries;
	return rc;
}

static void unite(struct hl_names *to, const struct hl_names *from)
{
	for (size_t i = 0; i < from->n; i++)
		hl_names_add(to, from->v[i]);
}

/* The names that an alert remembers; cut is cut into words and must live as long as n. */
static void add_remembered(struct hl_names *n, char *cut)
{
	char *word;
	while ((word = strsep(&cut, " ")))
		if (*word)
			hl_names_add(n, word);
}

/* Whom a step or a repeat tells: the receivers of all steps that are over, or all who have been told so far. */
static void name_all(struct work *w)
{
	const struct hl_plan *p = &w->kept.plan;
	w->step = w->first_step = w->timer->step > 0 ? (size_t)w->timer->step - 1 : 0;
	if (w->timer->kind == HL_TIMER_ESCALATE)
		for (; w->step < p->n_steps && w->kept.from_ms + p->step[w->step].after_ms <= w->now_ms; w->step++)
			unite(&w->names, &p->step[w->step].names);
	if (w->timer->kind != HL_TIMER_REPEAT)
		return;
	unite(&w->names, &p->told);
	for (size_t i = 0; i < p->n_steps && (int64_t)i < w->alert.life.escalation.step; i++)
		unite(&w->names, &p->step[i].names);
	hl_copy(w->cut, sizeof w->cut, w->alert.receivers);
	add_remembered(&w->names, w->cut);
}

/* ---- kinds ---- */

/* Of several steps that are over the newest is told, to those of all: one message to each, not one for every step of the night. */
static enum hl_code escalate(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	const struct hl_plan *p = &w->kept.plan;
	struct hl_escalation *e = &w->alert.life.escalation;
	char text[32];
	if (w->step < p->n_steps)
		wait_on(w, w->kept.from_ms + p->step[w->step].after_ms, (int64_t)w->step + 1);
	if (w->step == w->first_step)
		return quietly(w, err);
	e->step = (int64_t)w->step;
	e->at_ms = w->now_ms;
	remember(&w->names, e->told, sizeof e->told);
	w->alert.rev++;
	snprintf(w->alert.life.why, sizeof w->alert.life.why, "not acknowledged for %s", lasted(w->now_ms - w->kept.from_ms, text, sizeof text));
	return tell(w, HL_EVENT_ESCALATED, out, err);
}

/* The next one waits with the event of this one, which it is to take the place of; behind the last one a timer waits for nothing, so that an answer finds it. */
static void wait_repeat(struct work *w, int64_t due_ms)
{
	struct hl_timer *t = wait_on(w, due_ms, w->timer->step + 1);
	char event[HL_ID_TEXT];
	hl_record_event_id(w->alert.id, HL_EVENT_UPDATED, w->alert.rev, event);
	hl_timer_wipe(t);
	t->data = hl_strdup(event);
	t->data_n = strlen(event);
}

/* Who could not be told that nobody answers is told it once, and not as often as it was tried. */
static enum hl_code tell_repeat(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	struct hl_moot before;
	char event[HL_ID_TEXT];
	size_t n;
	hl_copy(event, sizeof event, w->timer->data && w->timer->data_n < sizeof event ? w->timer->data : "");
	enum hl_code rc = hl_follow_moot_repeat(w->store, w->alert.id, event, false, &before, err);
	if (!rc)
		rc = tell(w, HL_EVENT_UPDATED, out, err);
	if (!rc)
		rc = hl_follow_cancel(w->store, &before, w->now_ms, "cancelled: a later repeat says it", &n, err);
	hl_follow_moot_wipe(&before);
	return rc;
}

static enum hl_code repeat(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	const struct hl_plan *p = &w->kept.plan;
	char text[32];
	int64_t n = p->repeat_ms ? (w->now_ms - w->kept.from_ms) / p->repeat_ms : 0;
	if (n < 1 || w->timer->step > HL_REPEATS_MAX) {
		if (p->repeat_ms && w->timer->step <= HL_REPEATS_MAX)
			wait_on(w, w->kept.from_ms + p->repeat_ms, w->timer->step);
		return quietly(w, err);
	}
	w->alert.rev++;
	wait_repeat(w, w->timer->step < HL_REPEATS_MAX ? w->kept.from_ms + (n + 1) * p->repeat_ms : HL_NEVER_MS);
	snprintf(w->alert.life.why, sizeof w->alert.life.why, "REPEAT %lld, not acknowledged for %s", (long long)w->timer->step,
		 lasted(w->now_ms - w->kept.from_ms, text, sizeof text));
	return tell_repeat(w, out, err);
}

/* People who hold an alert and do nothing must not keep others from it. */
static enum hl_code lapse(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	struct hl_alert *a = &w->alert;
	char of[HL_TEXT_SHORT], text[32];
	int64_t at_ms = hl_alert_lapses_at(a, w->kept.ack_ms);
	if (at_ms == HL_NO_TIME || at_ms > w->now_ms) {
		wait_on(w, at_ms == HL_NO_TIME ? HL_NEVER_MS : at_ms, 1);
		return quietly(w, err);
	}
	hl_copy(of, sizeof of, a->acknowledged_by);
	enum hl_code rc = hl_alert_transit(a, HL_T_LAPSE, &(struct hl_act){ .by = "hotlistd", .role = HL_ROLE_PROGRAM, .now_ms = w->now_ms, .reason = "nothing was done in time" }, err);
	if (rc)
		return rc;
	snprintf(a->life.why, sizeof a->life.why, "the acknowledgement by %.60s has lapsed, nothing was done for %s", of, lasted(w->kept.ack_ms, text, sizeof text));
	unite(&w->names, &w->kept.plan.told);
	if (a->life.escalation.step > 0 && (size_t)a->life.escalation.step <= w->kept.plan.n_steps)
		unite(&w->names, &w->kept.plan.step[a->life.escalation.step - 1].names);
	a->life.escalation.step = 0;
	w->kept.from_ms = w->now_ms;
	hl_follow_set_plan(&w->next, a->id, &w->kept, HL_NEVER_MS);
	return tell(w, HL_EVENT_UPDATED, out, err);
}

/* ---- fallback ---- */

enum reach { REACHED, PERHAPS /* a gateway has it and will say */, WAITING, UNREACHABLE };

/* Until when a pending delivery has its time. One that is held for a digest has not begun; one that a digest carries began when that was sent. */
static int64_t has_until(struct work *w, const struct hl_kept_fallback *k, const struct hl_delivery *d)
{
	struct hl_delivery *carrier = NULL;
	struct hl_err err;
	size_t n = 0;
	int64_t until_ms = k->due_ms;
	if (d->held[0])
		return w->now_ms + HL_FOLLOW_AGAIN_MS;
	if (d->carrier[0] && !w->store->ops->outbox_list(w->store, &(struct hl_outbox_filter){ .id = d->carrier, .limit = 1 }, &carrier, &n, &err) && n)
		until_ms = carrier->created_ms + (k->due_ms - d->created_ms);
	hl_deliveries_free(carrier, n);
	return until_ms;
}

/* One channel that got through is enough. An address that another receiver of the same event has, too, may have no delivery of this one: nobody says that it failed. */
static enum reach reach_of(struct work *w, const char *receiver, const struct hl_kept_fallback *k, const struct hl_delivery *d, size_t n, int64_t *until_ms)
{
	bool some = false, waiting = false, perhaps = false;
	*until_ms = 0;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(d[i].receiver, receiver) != 0 || strcmp(d[i].event, k->event) != 0)
			continue;
		some = true;
		if (d[i].state == HL_DL_DELIVERED && d[i].report != HL_REPORT_ACCEPTED)
			return REACHED;
		int64_t until = d[i].state == HL_DL_DELIVERED ? d[i].deadline_ms : d[i].state == HL_DL_PENDING ? has_until(w, k, &d[i]) : 0;
		perhaps |= d[i].state == HL_DL_DELIVERED;
		waiting |= d[i].state == HL_DL_PENDING;
		if (until > *until_ms)
			*until_ms = until;
	}
	return !some ? REACHED : perhaps ? PERHAPS : waiting && *until_ms > w->now_ms ? WAITING : UNREACHABLE;
}

/* The receivers that could not be reached, into lost; *again_ms: when to look again, since some may be yet, or have only been taken by a gateway, whose report of failure would
 * come until then. HL_NO_TIME: all is known. */
static enum hl_code judge(struct work *w, const struct hl_kept_fallback *k, struct hl_names *lost, int64_t *again_ms, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	size_t n = 0;
	struct hl_outbox_filter f = { .alert = w->alert.id, .limit = HL_LIST_MAX };
	enum hl_code rc = w->store->ops->outbox_list(w->store, &f, &d, &n, err);
	*again_ms = HL_NO_TIME;
	for (size_t i = 0; !rc && i < k->of.n; i++) {
		int64_t until_ms;
		enum reach r = reach_of(w, k->of.v[i], k, d, n, &until_ms);
		if (r == UNREACHABLE)
			hl_names_add(lost, k->of.v[i]);
		else if (r != REACHED && until_ms > w->now_ms && (*again_ms == HL_NO_TIME || until_ms < *again_ms))
			*again_ms = until_ms;
	}
	hl_deliveries_free(d, rc ? 0 : n);
	return rc;
}

static enum hl_code fall_back(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	char *cut = hl_strndup(w->timer->data ? w->timer->data : "", w->timer->data_n);
	struct hl_kept_fallback *k = hl_calloc(1, sizeof *k);
	struct hl_names *lost = hl_calloc(1, sizeof *lost);
	struct hl_alert *a = &w->alert;
	int64_t again_ms;
	hl_kept_fallback_read(k, cut);
	enum hl_code rc = judge(w, k, lost, &again_ms, err);
	if (!rc && !lost->n) {
		if (again_ms != HL_NO_TIME)
			wait_on(w, again_ms, 1);
		rc = quietly(w, err);
	} else if (!rc) {
		size_t used = 0;
		a->life.why[0] = 0;
		for (size_t i = 0; i < lost->n && used < sizeof a->life.why - HL_NAME - 32; i++)
			used += (size_t)snprintf(a->life.why + used, sizeof a->life.why - used, "%s%s", i ? ", " : "", lost->v[i]);
		snprintf(a->life.why + used, sizeof a->life.why - used, " could not be reached");
		w->names = k->names;
		a->rev++;
		rc = tell(w, HL_EVENT_ESCALATED, out, err);
	}
	free(lost);
	free(k);
	free(cut);
	return rc;
}

/* ---- one timer ---- */

static enum hl_code load(struct work *w, struct hl_err *err)
{
	struct hl_alert_row row;
	enum hl_code rc = w->store->ops->alert_get(w->store, w->timer->alert, &row, err);
	if (rc)
		return rc;
	rc = hl_alert_parse(&w->alert, row.body, row.body_n, err);
	free(row.body);
	if (!rc)
		rc = hl_follow_plan_of(w->store, w->timer->alert, &w->plan_timer, &w->has_plan, err);
	if (!rc && w->has_plan)
		hl_kept_plan_read(&w->kept, w->plan_timer.data);
	return rc;
}

/* It waits for a more urgent alert of the vehicle that tells the same people, or for one that keeps it silent; each minute it is looked at again. */
static enum hl_code wait_turn(struct work *w, bool *waits, struct hl_err *err)
{
	*waits = false;
	if (w->timer->kind != HL_TIMER_ESCALATE && w->timer->kind != HL_TIMER_REPEAT)
		return HL_OK;
	name_all(w);
	const struct hl_turn turn = { .store = w->store, .catalog = w->catalog, .others = &w->others, .kind = w->timer->kind, .names = &w->names,
				      .repeat_ms = w->kept.plan.repeat_ms, .now_ms = w->now_ms };
	enum hl_code rc = hl_incident_load(w->store, w->alert.incident, w->alert.id, &w->others, err);
	if (!rc)
		rc = hl_follow_waits(&turn, &w->alert, waits, err);
	*waits |= !rc && hl_incident_inhibits(&w->others, w->catalog->rules, &w->alert);
	if (*waits)
		wait_on(w, w->now_ms + HL_FOLLOW_AGAIN_MS, w->timer->step);
	return rc;
}

static enum hl_code fire(struct work *w, struct hl_fired *out, struct hl_err *err)
{
	bool waits;
	enum hl_code rc = load(w, err);
	if (rc)
		return rc;
	/* The store has ended what no longer holds; an older store's rows may say otherwise. */
	if (!(w->timer->states >> w->alert.state & 1))
		return quietly(w, err);
	rc = wait_turn(w, &waits, err);
	if (rc || waits)
		return rc ? rc : quietly(w, err);
	switch (w->timer->kind) {
	case HL_TIMER_ESCALATE:
		return escalate(w, out, err);
	case HL_TIMER_REPEAT:
		return repeat(w, out, err);
	case HL_TIMER_LAPSE:
		return lapse(w, out, err);
	case HL_TIMER_FALLBACK:
		return fall_back(w, out, err);
	case HL_TIMER_DIGEST:
	case HL_TIMER_KINDS:
		break;
	}
	return quietly(w, err);
}

enum hl_code hl_follow_fire(struct hl_store *s, const struct hl_catalog *c, const struct hl_timer *t, int64_t now_ms, struct hl_fired *out, struct hl_err *err)
{
	struct work *w = hl_calloc(1, sizeof *w);
	*w = (struct work){ .store = s, .catalog = c, .timer = t, .now_ms = now_ms, .body = HL_BUF(HL_BODY_MAX) };
	*out = (struct hl_fired){ 0 };
	enum hl_code rc = t->kind == HL_TIMER_DIGEST ? hl_digest_fire(s, c, t, now_ms, out, err) : fire(w, out, err);
	hl_follow_wipe(&w->next);
	if (w->has_plan)
		hl_timer_wipe(&w->plan_timer);
	hl_deliveries_free(w->deliveries, w->n_deliveries);
	hl_buf_fini(&w->body);
	hl_incident_fini(&w->others);
	free(w);
	/* Somebody was quicker: what he did decides. */
	return rc == HL_E_CONFLICT || rc == HL_E_NOTFOUND ? HL_OK : rc;
}

enum hl_code hl_follow_put_off(struct hl_store *s, const struct hl_timer *t, int64_t now_ms, struct hl_err *err)
{
	struct hl_timer later = *t;
	later.due_ms = now_ms + HL_FOLLOW_AGAIN_MS;
	return s->ops->apply(s, &(struct hl_change){ .fired = t, .timers = &later, .n_timers = 1, .now_ms = now_ms }, err);
}
