/* life.c: see life.h. The order: look, let an acknowledgement lapse that is overdue, change, find out who is to be told, write: alert, event, deliveries, what is
 * cancelled and the cleared pair are one change.
 */
#include "engine/life.h"

#include <stdlib.h>
#include <string.h>

#include "core/vehicle.h"
#include "engine/follow.h"
#include "engine/standdown_who.h"

enum { OFFICER_CLEARS_MS = 86400000 }; /* the rules' own defaults, where none are loaded */
#define SUPERVISOR_CLEARS_MS (INT64_C(30) * 86400000)

enum audience { NOBODY, RECEIVERS /* told so far */, REACHED /* addresses that got it, or may have */ };

struct work {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	enum hl_transition t;
	const struct hl_act *act;
	struct hl_lived *out;
	struct hl_alert was;
	struct hl_event event;
	struct hl_buf body;
	struct hl_reached *reached;
	struct hl_delivery *deliveries;
	size_t n_reached, n_deliveries;
	struct hl_incident others; /* what else is open of the vehicle */
	struct hl_peek_key key;
	struct hl_cleared cleared;
};

static enum hl_code load(struct work *w, const char *id, struct hl_err *err)
{
	struct hl_alert_row row;
	enum hl_code rc = w->store->ops->alert_get(w->store, id, &row, err);
	if (rc)
		return rc;
	rc = hl_alert_parse(&w->was, row.body, row.body_n, err);
	free(row.body);
	w->out->alert = w->was;
	return rc;
}

/* No timer has fired yet, or no daemon runs: an overdue acknowledgement holds nobody else off. It is part of the same revision. */
static enum hl_code lapse(struct work *w, struct hl_err *err)
{
	struct hl_alert *a = &w->out->alert;
	const struct hl_act act = { .by = "hotlistd", .role = HL_ROLE_PROGRAM, .now_ms = w->act->now_ms, .reason = "no progress in time" };
	int64_t ack_ms;
	if (w->t != HL_T_ACK && w->t != HL_T_LAPSE)
		return HL_OK;
	enum hl_code rc = hl_follow_ack_ms(w->store, w->catalog, a->id, &ack_ms, err);
	int64_t due = rc ? HL_NO_TIME : hl_alert_lapses_at(a, ack_ms);
	if (due == HL_NO_TIME || due > w->act->now_ms)
		return rc;
	rc = hl_alert_transit(a, HL_T_LAPSE, &act, err);
	a->rev = w->was.rev;
	return rc;
}

/* What was open may not stand again where its entry is gone meanwhile: its stand-down would follow at once. */
static enum hl_code check_entry(const struct work *w, struct hl_err *err)
{
	struct hl_listing l;
	const struct hl_alert *a = &w->was;
	if (w->t != HL_T_UNDO || a->state < HL_ST_CLOSED || !w->catalog)
		return HL_OK;
	enum hl_listed is = hl_catalog_entry(w->catalog, a->list, a->entry_id, w->act->now_ms, &l);
	bool holds = (is == HL_LISTED || is == HL_LISTED_NOT_YET) && !strcmp(l.plate, a->plate_listed);
	return holds ? HL_OK : hl_err_set(err, HL_E_CONFLICT, "alert %s is %s, and its entry no longer holds: it can't be opened again", a->id, hl_alert_state_name(a->state));
}

/* ---- the pair ---- */

/* What spoke for the pair when it was rejected: only new evidence breaks through later. */
static void remember_evidence(const struct hl_alert *a, struct hl_cleared *c)
{
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	struct hl_entry e = { .about_plate = !strcmp(a->entry[HL_F_ABOUT], "plate") };
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		e.f[i] = a->entry[i];
	hl_vehicle_compare(&e, &a->read, evidence);
	c->agreed_state = evidence[HL_C_STATE] == HL_EV_AGREES;
	c->agreed_vehicle = hl_record_vehicle_agrees(evidence);
}

static bool clears(const struct hl_alert *a)
{
	return a->state == HL_ST_REJECTED && (!strcmp(a->closed_reason, "misread") || !strcmp(a->closed_reason, "other_vehicle"));
}

static void key_of(const struct hl_alert *a, struct hl_peek_key *key, char id[HL_ID_TEXT])
{
	*key = (struct hl_peek_key){ .entry = a->entry_id, .revision = a->entry_revision, .agency = a->entry[HL_F_AGENCY], .plate_read = a->plate_read,
				     .region = a->read.region };
	hl_cleared_id(key->agency, key->plate_read, key->region, key->entry, key->revision, id);
}

static void clear_pair(struct work *w, struct hl_change *c)
{
	const struct hl_alert *a = &w->out->alert;
	const struct hl_rules *rules = w->catalog ? w->catalog->rules : NULL;
	bool supervisor = w->act->role == HL_ROLE_SUPERVISOR;
	int64_t for_ms = supervisor ? SUPERVISOR_CLEARS_MS : OFFICER_CLEARS_MS;
	if (!clears(a))
		return;
	if (rules)
		for_ms = supervisor ? rules->cleared_supervisor_ms : rules->cleared_officer_ms;
	w->cleared = (struct hl_cleared){ .exists = true, .at_ms = w->act->now_ms, .until_ms = w->act->now_ms + for_ms };
	key_of(a, &w->key, w->cleared.id);
	hl_copy(w->cleared.by, sizeof w->cleared.by, a->closed_by);
	hl_copy(w->cleared.role, sizeof w->cleared.role, hl_role_name(w->act->role));
	hl_copy(w->cleared.reason, sizeof w->cleared.reason, a->closed_reason);
	hl_copy(w->cleared.alert, sizeof w->cleared.alert, a->id);
	hl_copy(w->cleared.list, sizeof w->cleared.list, a->list);
	hl_copy(w->cleared.plate_listed, sizeof w->cleared.plate_listed, a->plate_listed);
	remember_evidence(a, &w->cleared);
	w->out->cleared_until_ms = w->cleared.until_ms;
	c->key = &w->key;
	c->cleared = &w->cleared;
}

/* The pair that a rejection cleared, once that is undone; not one that another rejection has cleared since. */
static enum hl_code unclear_pair(struct work *w, struct hl_err *err)
{
	struct hl_peek_key key;
	struct hl_cleared_row *row = NULL;
	char id[HL_ID_TEXT];
	size_t n = 0;
	if (w->t != HL_T_UNDO || !clears(&w->was))
		return HL_OK;
	key_of(&w->was, &key, id);
	enum hl_code rc = w->store->ops->cleared_list(w->store, &(struct hl_cleared_filter){ .id = id, .holds_ms = w->act->now_ms }, &row, &n, err);
	if (!rc && n == 1 && !strcmp(row->cleared.alert, w->was.id)) {
		rc = w->store->ops->cleared_end(w->store, id, w->act->now_ms, w->act->by, w->act->reason, err);
		w->out->pair_ended = !rc;
	}
	free(row);
	return rc;
}

/* ---- who is told ---- */

static bool notice_changed(const struct work *w)
{
	char before[HL_NOTICE_TEXT], after[HL_NOTICE_TEXT];
	hl_alert_notice(&w->was, before, sizeof before);
	hl_alert_notice(&w->out->alert, after, sizeof after);
	return strcmp(before, after) != 0;
}

/* An event is a change worth telling: of the notice. Who has it, and who goes along, is to be seen in the alert. */
static enum audience audience_of(const struct work *w)
{
	if (w->t == HL_T_CLOSE || w->t == HL_T_REJECT || (w->t == HL_T_UNDO && w->was.state >= HL_ST_CLOSED))
		return REACHED;
	bool may = w->t == HL_T_VERIFY || w->t == HL_T_CONFIRM || w->t == HL_T_UNDO;
	return may && notice_changed(w) ? RECEIVERS : NOBODY;
}

static enum hl_code load_others(struct work *w, struct hl_err *err)
{
	enum hl_code rc = hl_incident_load(w->store, w->was.incident, w->was.id, &w->others, err);
	hl_incident_sort(&w->others);
	return rc;
}

static enum hl_code tell_receivers(struct work *w, struct hl_err *err)
{
	const struct hl_alert *a = &w->out->alert;
	const char *names[HL_RECEIVERS_MAX];
	char room[sizeof a->receivers], *rest = room, *word;
	size_t n = 0;
	hl_copy(room, sizeof room, a->receivers);
	while ((word = strsep(&rest, " ")))
		if (*word && n < HL_RECEIVERS_MAX)
			names[n++] = word;
	if (!n)
		return HL_OK;
	w->out->told = true;
	enum hl_code rc = load_others(w, err);
	const struct hl_audience to = { names, n, &w->others };
	if (!rc)
		rc = hl_record_tell(w->catalog, a, HL_EVENT_UPDATED, &to, w->act->now_ms, &w->event, &w->body, &w->deliveries, &w->n_deliveries, err);
	return rc ? rc : hl_digest_join(w->store, a, w->deliveries, w->n_deliveries, err);
}

static enum hl_code tell_reached(struct work *w, struct hl_err *err)
{
	w->out->event = w->t == HL_T_REJECT ? HL_EVENT_STANDDOWN : HL_EVENT_UPDATED;
	enum hl_code rc = hl_standdown_reached(w->store, &w->was, &w->reached, &w->n_reached, err);
	if (!rc)
		rc = load_others(w, err);
	if (!rc && w->catalog)
		rc = hl_standdown_remains(w->store, w->catalog, &w->was, &w->others, w->reached, w->n_reached, w->act->now_ms, err);
	if (rc || !w->n_reached)
		return rc;
	if (!w->catalog)
		return hl_err_set(err, HL_E_CONFIG, "alert %s: whoever got it is to be told, and there are no settings that say how", w->was.id);
	w->out->told = true;
	return hl_record_to(w->catalog, &w->out->alert, w->out->event, &w->others, w->reached, w->n_reached, w->act->now_ms, &w->event, &w->body, &w->deliveries, &w->n_deliveries, err);
}

static enum hl_code tell(struct work *w, struct hl_err *err)
{
	enum audience who = audience_of(w);
	w->out->event = HL_EVENT_UPDATED;
	if (who == RECEIVERS && w->was.receivers[0] && !w->catalog)
		return hl_err_set(err, HL_E_CONFIG, "alert %s: whoever was told of it is to be told, and there are no settings that say how", w->was.id);
	if (who == RECEIVERS)
		return tell_receivers(w, err);
	return who == REACHED ? tell_reached(w, err) : HL_OK;
}

/* What nobody has tried yet. */
static enum hl_code count_pending(struct work *w, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	size_t n = 0;
	struct hl_outbox_filter f = { .alert = w->was.id, .state = "pending", .limit = HL_LIST_MAX };
	enum hl_code rc = w->store->ops->outbox_list(w->store, &f, &d, &n, err);
	w->out->cancelled = n;
	hl_deliveries_free(d, n);
	return rc;
}

/* Somebody has it now: what says that nobody does goes. */
static enum hl_code find_moot(struct work *w, struct hl_moot *moot, struct hl_err *err)
{
	const struct hl_alert *a = &w->out->alert;
	bool answered = w->was.state == HL_ST_NEW && a->state != HL_ST_NEW && a->state < HL_ST_CLOSED;
	return answered ? hl_follow_moot(w->store, a->id, moot, err) : HL_OK;
}

static enum hl_code write(struct work *w, struct hl_err *err)
{
	struct hl_alert *a = &w->out->alert;
	struct hl_change c = { .alert = a, .same_entry = true, .now_ms = w->act->now_ms };
	struct hl_follow follow = { 0 };
	struct hl_moot moot = { 0 };
	enum hl_code rc = hl_follow_moved(&follow, w->store, w->catalog, a, w->act->now_ms, err);
	if (!rc)
		rc = find_moot(w, &moot, err);
	hl_follow_into(&follow, a->id, &c);
	if (!rc && (a->state == HL_ST_CLOSED || a->state == HL_ST_REJECTED)) {
		c.cancel_alert = a->id;
		rc = count_pending(w, err);
	}
	clear_pair(w, &c);
	if (!rc && !w->out->told)
		rc = hl_record_body(a, &w->body, err);
	c.alert_body = hl_buf_text(&w->body);
	c.alert_body_n = w->body.len;
	if (w->out->told) {
		c.event = &w->event;
		c.deliveries = w->deliveries;
		c.n_deliveries = w->n_deliveries;
	}
	if (!rc)
		rc = w->store->ops->apply(w->store, &c, err);
	if (!rc && moot.n)
		rc = hl_follow_cancel(w->store, &moot, w->act->now_ms, "cancelled: somebody has the alert", &w->out->cancelled, err);
	hl_follow_moot_wipe(&moot);
	hl_follow_wipe(&follow);
	w->out->deliveries = w->n_deliveries;
	return rc ? rc : unclear_pair(w, err);
}

/* What remains of the vehicle, the alert's own change and the pair that holds no more: all, or none. */
static enum hl_code tell_and_write(struct hl_store *s, void *arg, struct hl_err *err)
{
	(void)s; /* w has it */
	enum hl_code rc = tell(arg, err);
	return rc ? rc : write(arg, err);
}

static enum hl_code once(struct work *w, const char *id, bool *refused, struct hl_err *err)
{
	struct hl_alert *a = &w->out->alert;
	enum hl_code rc = load(w, id, err);
	if (!rc)
		rc = lapse(w, err);
	if (!rc)
		rc = check_entry(w, err);
	if (!rc)
		rc = hl_alert_transit(a, w->t, w->act, err);
	if (!rc && w->t == HL_T_REJECT && !strcmp(a->closed_reason, "misread") && !strcmp(a->plate_seen, a->plate_listed))
		rc = hl_err_set(err, HL_E_USAGE, "%s is the listed plate: if it was seen, it was no misread", a->plate_seen);
	*refused = rc != HL_OK;
	if (!rc)
		rc = hl_store_whole(w->store, tell_and_write, w, err);
	if (rc)
		w->out->alert = w->was;
	return rc;
}

static void release(struct work *w)
{
	free(w->reached);
	w->reached = NULL;
	hl_deliveries_free(w->deliveries, w->n_deliveries);
	w->deliveries = NULL;
	w->n_deliveries = 0;
	hl_buf_fini(&w->body);
	hl_incident_fini(&w->others);
}

enum hl_code hl_life_transit(struct hl_store *s, const struct hl_catalog *c, const char *id, enum hl_transition t, const struct hl_act *act, struct hl_lived *out,
			     struct hl_err *err)
{
	struct work *w = hl_calloc(1, sizeof *w);
	bool refused = false;
	enum hl_code rc = HL_E_CONFLICT;
	for (int i = 0; rc == HL_E_CONFLICT && !refused && i < 2; i++) {
		release(w);
		memset(out, 0, sizeof *out);
		out->cleared_until_ms = HL_NO_TIME;
		*w = (struct work){ .store = s, .catalog = c, .t = t, .act = act, .out = out, .body = HL_BUF(HL_BODY_MAX) };
		rc = once(w, id, &refused, err);
	}
	release(w);
	free(w);
	return rc;
}
