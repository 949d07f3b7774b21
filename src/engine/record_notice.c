/* record_notice.c: what the hits of one read have changed of one vehicle's open alerts -> notices. A receiver gets one: it is an event of the most urgent alert that the
 * receiver's own routes let it have, and names the others that they let it have. Runs on the store thread inside a group. doc/story.md is the manual.
 */
#include "engine/follow.h"
#include "engine/record_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = HL_RECEIVERS_MAX };

/* One alert's part of it. */
struct part {
	struct hl_member *member;
	struct hl_record_hit *hit; /* NULL: none of this read */
	bool untold;               /* nobody has been told of the alert before */
	char before[HL_RECEIVERS_TEXT]; /* the alert's receivers, without this read's */
	const char *receivers[NAMES_MAX];
	size_t n_receivers;        /* those that are told by this alert */
	struct hl_event event;
	struct hl_buf body;
	struct hl_delivery *deliveries;
	size_t n_deliveries;
	struct hl_follow follow;   /* what waits for an answer */
};

struct notices {
	struct hl_record *record;
	struct part part[HL_INCIDENT_MAX];
	char name[NAMES_MAX][HL_NAME]; /* all that are told */
	size_t n_names;
};

static bool is_silent(const struct hl_record_hit *w)
{
	return w->mute || w->inhibited;
}

/* Those of the route, and whoever was told before; the alert remembers them all. */
static void make_receivers(const struct hl_record *r, struct hl_record_hit *w)
{
	const char *names[HL_RECEIVERS_MAX];
	struct hl_hit as_told = *w->hit;
	char *dst = w->alert->receivers;
	const size_t size = sizeof w->alert->receivers;
	as_told.decision = hl_record_told_as(w);
	size_t n = w->mute ? 0 : hl_decide_route(r->catalog, r->read, &as_told, names);
	char before[sizeof w->alert->receivers], *rest = before, *word;
	hl_copy(before, sizeof before, dst);
	size_t routed = n;
	while ((word = strsep(&rest, " "))) {
		bool known = !*word || n == HL_RECEIVERS_MAX;
		for (size_t i = 0; i < routed && !known; i++)
			known = !strcmp(names[i], word);
		if (!known)
			names[n++] = word;
	}
	size_t used = 0;
	dst[0] = 0;
	for (size_t i = 0; i < n && used + strlen(names[i]) + 2 <= size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? " " : "", names[i]);
}

/* Those that others keep silent tell nobody, and the cooldown takes it as nothing said: so the end of it is a rise. One after the other, so that two lists that inhibit each
 * other leave one that speaks. */
static void inhibit(struct notices *t)
{
	const struct hl_record *r = t->record;
	for (size_t i = 0; i < r->incident.n; i++) {
		struct hl_record_hit *w = t->part[i].hit;
		const char *by = w ? hl_incident_inhibits(&r->incident, r->catalog->rules, w->alert) : NULL;
		if (!w)
			continue;
		w->inhibited = by != NULL;
		hl_copy(w->alert->life.inhibited, sizeof w->alert->life.inhibited, by ? by : "");
		if (!by)
			continue;
		w->notice.decision = HL_DROP;
		w->out->inhibited = true;
		hl_copy(w->alert->receivers, sizeof w->alert->receivers, t->part[i].before);
	}
}

static void add_names(struct notices *t, const struct hl_alert *a)
{
	char copy[sizeof a->receivers], *rest = copy, *word;
	hl_copy(copy, sizeof copy, a->receivers);
	while ((word = strsep(&rest, " "))) {
		bool known = !*word || t->n_names == NAMES_MAX;
		for (size_t i = 0; i < t->n_names && !known; i++)
			known = !strcmp(t->name[i], word);
		if (!known)
			hl_copy(t->name[t->n_names++], HL_NAME, word);
	}
}

static bool is_covert(const struct notices *t, const struct hl_alert *a)
{
	return a->life.covert || hl_catalog_covert_name(t->record->catalog, a->list);
}

/* The most urgent of those that a receiver may hear of. But where all that is new to it is covert, the most urgent of that: else an open alert of another list would have a
 * revision, a reason and deliveries that show whoever looks it up that there is something else. */
static struct part *speaker(struct notices *t, uint32_t sees)
{
	struct part *first = &t->part[__builtin_ctz(sees)], *covert = NULL; /* it sees one at least: that which brought its name */
	for (size_t i = t->record->incident.n; i-- > 0;) {
		struct part *p = &t->part[i];
		if (!(sees >> i & 1) || !p->hit || is_silent(p->hit))
			continue;
		if (!is_covert(t, p->member->alert))
			return first;
		covert = p;
	}
	return covert && !is_covert(t, first->member->alert) ? covert : first;
}

/* Whose part tells whom. */
static void share_out(struct notices *t)
{
	struct hl_incident *inc = &t->record->incident;
	for (size_t i = 0; i < t->n_names; i++) {
		struct part *p = speaker(t, hl_incident_sees(inc, t->name[i]));
		p->receivers[p->n_receivers++] = t->name[i];
	}
}

/* What the alert itself remembers: all others, also those that are over by now, since their notices named it too. */
static void remember_others(const struct hl_incident *inc, struct hl_alert *a)
{
	struct hl_also before[HL_ALSO_MAX];
	unsigned n = a->life.n_also;
	memcpy(before, a->life.also, n * sizeof before[0]);
	hl_incident_also(inc, UINT32_MAX, a);
	for (unsigned i = 0; i < n && a->life.n_also < HL_ALSO_MAX; i++) {
		bool known = false;
		for (unsigned k = 0; k < a->life.n_also && !known; k++)
			known = !strcmp(a->life.also[k].alert, before[i].alert);
		if (!known)
			a->life.also[a->life.n_also++] = before[i];
	}
}

/* What is new, in words without a plate, and without naming what not everybody may hear of. */
static void say_why(const struct part *p)
{
	struct hl_alert *a = p->member->alert;
	struct hl_alert_life *l = &a->life;
	l->why_rev = a->rev;
	if (p->member->fresh)
		l->why_rev = 0;
	else if (!p->hit)
		hl_copy(l->why, sizeof l->why, "another entry lists this vehicle, too");
	else if (p->hit->hit->fell)
		hl_copy(l->why, sizeof l->why, "less likely by further reads: no longer an alert, to be verified");
	else if (p->hit->out->outcome == HL_OUT_SIGHTED)
		snprintf(l->why, sizeof l->why, "seen again: %.128s", hl_alert_place(a));
	else
		hl_copy(l->why, sizeof l->why, "read again, better");
}

/* A first notice and a rise begin what waits for an answer. A sighting doesn't: else a vehicle that is seen again and again would never be escalated. */
static bool begins(const struct part *p)
{
	return p->hit && !is_silent(p->hit) && !p->hit->hit->fell && (p->member->fresh || p->untold || p->hit->out->outcome == HL_OUT_UPDATED);
}

/* A repeat or a step of an alert that another speaks for waits (engine/follow_fire.c); its fallback would look for deliveries that are the other's. */
static enum hl_code make_follow(const struct hl_record *r, struct part *p, struct hl_err *err)
{
	struct hl_follow *f = &p->follow;
	if (begins(p)) {
		struct hl_hit as_told = *p->hit->hit;
		as_told.decision = hl_record_told_as(p->hit);
		hl_follow_told(f, r->catalog, r->read, &as_told, p->member->alert, &p->event, p->deliveries, p->n_deliveries, r->now_ms);
	}
	size_t kept = 0;
	for (size_t i = 0; i < f->n; i++)
		if (p->n_receivers || f->timer[i].kind != HL_TIMER_FALLBACK)
			f->timer[kept++] = f->timer[i];
		else
			hl_timer_wipe(&f->timer[i]);
	f->n = kept;
	return hl_digest_limit(f, r->store, r->catalog, p->member->alert, p->deliveries, p->n_deliveries, r->now_ms, err);
}

static enum hl_code make_part(struct notices *t, struct part *p, struct hl_err *err)
{
	const struct hl_record *r = t->record;
	struct hl_member *m = p->member;
	const struct hl_audience to = { p->receivers, p->n_receivers, &r->incident };
	if (!m->changed)
		m->alert->rev++;
	m->changed = true;
	remember_others(&r->incident, m->alert);
	say_why(p);
	enum hl_code rc = hl_record_tell(r->catalog, m->alert, m->fresh ? HL_EVENT_CREATED : HL_EVENT_UPDATED, &to, r->now_ms, &p->event, &p->body, &p->deliveries,
					 &p->n_deliveries, err);
	return rc ? rc : make_follow(r, p, err);
}

static enum hl_code apply_part(struct notices *t, struct part *p, struct hl_err *err)
{
	const struct hl_record *r = t->record;
	struct hl_change own = { .now_ms = r->now_ms, .same_entry = true }, *c = p->hit ? &p->hit->change : &own;
	c->alert = p->member->alert;
	c->alert_body = hl_buf_text(&p->body);
	c->alert_body_n = p->body.len;
	/* A new alert that nobody is told of has an event all the same: it is part of what happened. */
	if (p->n_deliveries || p->member->fresh) {
		c->event = &p->event;
		c->deliveries = p->deliveries;
		c->n_deliveries = p->n_deliveries;
	}
	hl_follow_into(&p->follow, c->alert->id, c);
	enum hl_code rc = r->store->ops->apply(r->store, c, err);
	if (!rc && p->hit) {
		p->hit->over = true;
		p->hit->out->deliveries = (unsigned)p->n_deliveries;
	}
	return rc;
}

/* Where the store can't write them all at once, a crash between two must not leave a hit written that nobody was told of: an alert of before that tells comes first, then
 * what others tell of, last what tells of itself. */
static int rank(const struct part *p)
{
	if (!p->hit)
		return 0;
	return p->n_receivers ? 2 : 1;
}

static enum hl_code tell(struct notices *t, struct hl_err *err)
{
	struct hl_incident *inc = &t->record->incident;
	enum hl_code rc = HL_OK;
	share_out(t);
	for (size_t i = 0; !rc && i < inc->n; i++)
		if (t->part[i].member->news || t->part[i].n_receivers)
			rc = make_part(t, &t->part[i], err);
	for (int turn = 0; !rc && turn <= 2; turn++)
		for (size_t i = 0; !rc && i < inc->n; i++)
			if ((t->part[i].member->news || t->part[i].n_receivers) && rank(&t->part[i]) == turn)
				rc = apply_part(t, &t->part[i], err);
	return rc;
}

enum hl_code hl_record_notices(struct hl_record *r, struct hl_record_hit *const *w, size_t n, struct hl_err *err)
{
	size_t news = 0;
	for (size_t i = 0; i < r->incident.n; i++)
		news += r->incident.v[i].news;
	if (!news)
		return HL_OK;
	struct notices *t = hl_calloc(1, sizeof *t);
	t->record = r;
	hl_incident_sort(&r->incident);
	for (size_t i = 0; i < r->incident.n; i++) {
		t->part[i].member = &r->incident.v[i];
		t->part[i].body = HL_BUF(HL_BODY_MAX);
		for (size_t k = 0; k < n; k++)
			if (!w[k]->over && w[k]->alert == r->incident.v[i].alert)
				t->part[i].hit = w[k];
		if (!t->part[i].hit)
			continue;
		t->part[i].untold = !r->incident.v[i].alert->receivers[0];
		hl_copy(t->part[i].before, sizeof t->part[i].before, r->incident.v[i].alert->receivers);
		make_receivers(r, t->part[i].hit);
	}
	inhibit(t);
	for (size_t i = 0; i < r->incident.n; i++)
		if (t->part[i].hit && !is_silent(t->part[i].hit))
			add_names(t, r->incident.v[i].alert);
	enum hl_code rc = tell(t, err);
	for (size_t i = 0; i < r->incident.n; i++) {
		hl_deliveries_free(t->part[i].deliveries, t->part[i].n_deliveries);
		hl_buf_fini(&t->part[i].body);
		hl_follow_wipe(&t->part[i].follow);
	}
	free(t);
	return rc;
}
