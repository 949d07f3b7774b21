/* standdown.c: see standdown.h. The order: whom it reached is asked before anything is cancelled, and all of it is one change: the alert, the event, the cancelled
 * deliveries, those of the stand-down, and the marks that would keep the next read silent.
 */
#include "engine/standdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/standdown_who.h"
#include "store/fleet.h"

/* ---- one alert ---- */

struct work {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	int64_t now_ms;
	const char *id, *by, *detail;
	enum hl_standdown why;
	struct hl_alert alert;
	struct hl_event event;
	struct hl_buf body;
	struct hl_reached *reached;
	struct hl_delivery *deliveries;
	size_t n_reached, n_deliveries;
	struct hl_incident remains; /* what else is open of the vehicle */
};

static enum hl_code load(struct hl_store *s, const char *id, struct hl_alert *a, struct hl_err *err)
{
	struct hl_alert_row row;
	enum hl_code rc = s->ops->alert_get(s, id, &row, err);
	if (rc)
		return rc;
	rc = hl_alert_parse(a, row.body, row.body_n, err);
	free(row.body);
	return rc;
}

static enum hl_code apply(struct work *w, struct hl_err *err)
{
	const struct hl_change c = { .alert = &w->alert, .alert_body = hl_buf_text(&w->body), .alert_body_n = w->body.len, .event = &w->event, .deliveries = w->deliveries,
				     .n_deliveries = w->n_deliveries, .cancel_alert = w->alert.id, /* Better evidence ends the alert, not the passage: its next bad frame must not begin it again. */
				     .forget = strcmp(w->alert.closed_reason, hl_standdown_name(HL_SD_EVIDENCE)) != 0, .now_ms = w->now_ms };
	return w->store->ops->apply(w->store, &c, err);
}

/* What remains is told in a change before the alert's own: both, or none. */
static enum hl_code once(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct work *w = arg;
	enum hl_code rc = load(s, w->id, &w->alert, err);
	const struct hl_act act = { .by = w->by, .role = HL_ROLE_PROGRAM, .now_ms = w->now_ms, .reason = hl_standdown_name(w->why) };
	if (!rc)
		rc = hl_alert_transit(&w->alert, HL_T_WITHDRAW, &act, err);
	if (rc)
		return rc;
	hl_copy(w->alert.standdown, sizeof w->alert.standdown, w->detail);
	rc = hl_standdown_reached(w->store, &w->alert, &w->reached, &w->n_reached, err);
	if (!rc)
		rc = hl_incident_load(w->store, w->alert.incident, w->alert.id, &w->remains, err);
	hl_incident_sort(&w->remains);
	if (!rc)
		rc = hl_standdown_remains(w->store, w->catalog, &w->alert, &w->remains, w->reached, w->n_reached, w->now_ms, err);
	if (!rc)
		rc = hl_record_to(w->catalog, &w->alert, HL_EVENT_STANDDOWN, &w->remains, w->reached, w->n_reached, w->now_ms, &w->event, &w->body, &w->deliveries, &w->n_deliveries, err);
	return rc ? rc : apply(w, err);
}

static void release(struct work *w)
{
	free(w->reached);
	w->reached = NULL;
	hl_deliveries_free(w->deliveries, w->n_deliveries);
	w->deliveries = NULL;
	w->n_deliveries = 0;
	hl_buf_fini(&w->body);
	hl_incident_fini(&w->remains);
}

enum hl_code hl_standdown(struct hl_store *s, const struct hl_catalog *c, const char *alert, enum hl_standdown why, const char *by, const char *detail, int64_t now_ms,
			  size_t *deliveries, struct hl_err *err)
{
	struct work *w = hl_calloc(1, sizeof *w); /* an alert is some 25 KiB */
	enum hl_code rc = HL_E_CONFLICT;
	for (int i = 0; rc == HL_E_CONFLICT && i < 2; i++) {
		release(w);
		*w = (struct work){ .store = s, .catalog = c, .now_ms = now_ms, .id = alert, .by = by, .detail = detail, .why = why, .body = HL_BUF(HL_BODY_MAX) };
		rc = hl_store_whole(s, once, w, err);
	}
	if (deliveries)
		*deliveries = rc ? 0 : w->n_deliveries;
	release(w);
	free(w);
	return rc;
}

/* ---- what the catalog says ---- */

/* *plate: that of the open alert; whether it was told of that plate. HL_E_NOTFOUND where it is gone. */
static enum hl_code is_about(struct hl_store *s, const char *alert, const char *plate, bool *yes, struct hl_err *err)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	enum hl_code rc = load(s, alert, a, err);
	*yes = !rc && !strcmp(a->plate_listed, plate);
	free(a);
	return rc;
}

struct verdict {
	bool ends;
	enum hl_standdown why;
	const char *by;
	char detail[HL_TEXT_LONG];
};

static enum hl_code judge_listed(struct hl_store *s, const struct hl_watch *w, const struct hl_listing *l, struct verdict *v, struct hl_err *err)
{
	bool same;
	if (!strcmp(l->revision, w->revision))
		return HL_OK;
	enum hl_code rc = is_about(s, w->alert, l->plate, &same, err);
	if (rc || same)
		return rc;
	v->ends = true;
	v->why = HL_SD_CHANGED;
	snprintf(v->detail, sizeof v->detail, "%s lists %s now", l->version, l->plate);
	return HL_OK;
}

static enum hl_code judge(struct hl_store *s, const struct hl_watch *w, enum hl_listed is, const struct hl_listing *l, struct verdict *v, struct hl_err *err)
{
	char when[HL_TIME_TEXT];
	*v = (struct verdict){ .ends = true, .by = "hotlistd" };
	switch (is) {
	case HL_LISTED:
	case HL_LISTED_NOT_YET: /* a camera's clock may be ahead of ours, and its read has met the entry in force */
		v->ends = false;
		return judge_listed(s, w, l, v, err);
	case HL_LISTED_EXPIRED:
		v->why = HL_SD_EXPIRED;
		hl_time_format(l->expires_ms, when);
		snprintf(v->detail, sizeof v->detail, "expired %s", when);
		return HL_OK;
	case HL_LISTED_WITHDRAWN:
		v->why = HL_SD_WITHDRAWN;
		v->by = l->by[0] ? l->by : "hotlistd";
		snprintf(v->detail, sizeof v->detail, "by %.60s: %.180s", v->by, l->why);
		return HL_OK;
	case HL_LISTED_ABSENT:
		break;
	}
	v->why = HL_SD_ABSENT;
	snprintf(v->detail, sizeof v->detail, l->version[0] ? "not in %s" : "the list has no active version%s", l->version);
	return HL_OK;
}

/* Whether another node of the fleet decided the alert by what this one has not taken up yet: then what this one lacks says nothing. It looks again once it has. */
static enum hl_code is_ahead(struct hl_store *s, const struct hl_catalog *c, const struct hl_watch *w, bool *yes, struct hl_err *err)
{
	*yes = false;
	if (!c->settings || !hl_fleet_shared(c->settings->store))
		return HL_OK;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	enum hl_code rc = load(s, w->alert, a, err);
	const struct hl_catalog_list *l = hl_catalog_list(c, w->list, false);
	const struct hl_catalog_list *hand = hl_catalog_list(c, w->list, true);
	const struct hl_hand *layer = l && l->hand ? l->hand : hand ? hand->hand : NULL;
	char active[HL_VERSION_ID];
	bool was = false;
	if (!rc && !strncmp(a->list_version, "hand-", 5)) {
		*yes = strtoll(a->list_version + 5, NULL, 10) > (layer ? layer->last.seq : 0);
	} else if (!rc && (!l || strcmp(l->version.id, a->list_version) != 0)) {
		bool marked = !hl_version_active(c->settings->state, w->list, active, NULL) && !strcmp(active, a->list_version);
		*yes = marked || (!hl_version_was_active(c->settings->state, w->list, a->list_version, &was, NULL) && !was);
	}
	free(a);
	return rc;
}

enum hl_code hl_standdown_look(struct hl_store *s, const struct hl_catalog *c, const struct hl_watch *w, int64_t now_ms, enum hl_looked *out, size_t *deliveries,
			       struct hl_err *err)
{
	struct hl_listing l;
	struct verdict v;
	size_t told = 0;
	enum hl_listed is = hl_catalog_entry(c, w->list, w->entry, now_ms, &l);
	bool ahead = false;
	enum hl_code rc = judge(s, w, is, &l, &v, err);
	if (!rc && v.ends && (v.why == HL_SD_ABSENT || v.why == HL_SD_CHANGED))
		rc = is_ahead(s, c, w, &ahead, err);
	*out = HL_LOOKED_HOLDS;
	if (!rc && ahead)
		return HL_OK;
	if (!rc && v.ends) {
		rc = hl_standdown(s, c, w->alert, v.why, v.by, v.detail, now_ms, &told, err);
		*out = HL_LOOKED_STOOD_DOWN;
		*deliveries += told;
	} else if (!rc && (strcmp(l.revision, w->revision) != 0 || l.expires_ms != w->look_ms)) {
		rc = s->ops->watch_set(s, w->alert, l.revision, l.expires_ms, err);
	}
	if (rc != HL_E_NOTFOUND && rc != HL_E_CONFLICT)
		return rc;
	*out = HL_LOOKED_GONE;
	return HL_OK;
}

/* ---- what an activation would end ---- */

struct plan {
	struct hl_store *store;
	struct hl_hand *hand;
	struct hl_snapshot *snapshot;
	int64_t now_ms;
	size_t n;
};

static enum hl_code would_end(const struct plan *p, const struct hl_watch *w, bool *yes, struct hl_err *err)
{
	struct hl_entry e;
	char plate[HL_READ_PLATE];
	bool same;
	const struct hl_hand_entry *h = hl_hand_find(p->hand, w->entry);
	ptrdiff_t at = hl_snapshot_find(p->snapshot, w->entry);
	*yes = !(h && !h->waits && !h->ended.seq && hl_entry_when(&h->e, p->now_ms) == HL_WHEN_NOW);
	if (!*yes || at < 0)
		return HL_OK;
	hl_snapshot_get(p->snapshot, (size_t)at, &e);
	*yes = hl_entry_when(&e, p->now_ms) == HL_WHEN_OVER;
	if (*yes || !strcmp(e.revision, w->revision))
		return HL_OK;
	hl_pattern_text(&e.pattern, plate);
	enum hl_code rc = is_about(p->store, w->alert, plate, &same, err);
	*yes = !rc && !same;
	return rc == HL_E_NOTFOUND ? HL_OK : rc;
}

enum { COUNT_ROWS = 256 };

static enum hl_code count_all(struct plan *p, const char *list, struct hl_err *err)
{
	struct hl_watch *w = hl_calloc(COUNT_ROWS, sizeof *w);
	struct hl_watch_filter f = { .list = list, .due_ms = HL_NO_TIME };
	size_t got = COUNT_ROWS;
	enum hl_code rc = HL_OK;
	while (!rc && got == COUNT_ROWS) {
		rc = p->store->ops->watch_list(p->store, &f, w, COUNT_ROWS, &got, err);
		for (size_t i = 0; !rc && i < got; i++) {
			bool yes;
			rc = would_end(p, &w[i], &yes, err);
			p->n += yes;
			f.after = w[i].seq;
		}
	}
	free(w);
	return rc;
}

enum hl_code hl_standdown_count(const char *store, const char *state, const struct hl_version *v, int64_t now_ms, size_t *n, struct hl_err *err)
{
	struct plan p = { .now_ms = now_ms };
	struct hl_watch few[HL_STANDDOWN_FREE + 1];
	size_t open = 0;
	*n = 0;
	enum hl_code rc = hl_store_open(&p.store, store, state, HL_STORE_READ, err);
	if (rc)
		return rc == HL_E_NOTFOUND ? HL_OK : rc;
	rc = p.store->ops->watch_list(p.store, &(struct hl_watch_filter){ .list = v->list, .due_ms = HL_NO_TIME }, few, HL_STANDDOWN_FREE + 1, &open, err);
	if (!rc && open > HL_STANDDOWN_FREE) {
		rc = hl_hand_open(&p.hand, state, v->list, err);
		if (!rc)
			rc = hl_version_open(state, v, &p.snapshot, err);
		if (!rc)
			rc = count_all(&p, v->list, err);
	}
	*n = rc ? 0 : p.n;
	hl_hand_close(&p.hand);
	hl_snapshot_close(&p.snapshot);
	hl_store_close(&p.store);
	return rc;
}
