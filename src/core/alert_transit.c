/* alert_transit.c: the life of an alert: which transition starts from which state, who may do it, and what it leaves behind. The table at the end is the one place
 * where that stands; doc/life.md is its manual. Pure: the store thread, the API and the commands call it on structs of their own.
 */
#include "core/alert.h"

#include <stdio.h>
#include <string.h>

static const char *const role_names[HL_ROLES] = {
	[HL_ROLE_OFFICER] = "officer", [HL_ROLE_DISPATCHER] = "dispatcher", [HL_ROLE_SUPERVISOR] = "supervisor",
	[HL_ROLE_AGENCY] = "agency",   [HL_ROLE_AUDITOR] = "auditor",	    [HL_ROLE_PROGRAM] = "hotlistd",
};

static const struct {
	const char *name;
	bool right;
} outcomes[HL_OUTCOMES] = {
	{ "arrest", true }, { "citation", true }, { "stopped", true }, { "recovered", true }, { "found", true }, { "not_found", false }, { "no_action", false }, { "other", false },
};

const char *hl_role_name(enum hl_role r)
{
	return (unsigned)r < HL_ROLES ? role_names[r] : "?";
}

int hl_role_find(const char *name)
{
	for (int i = 0; name && i < HL_ROLE_PROGRAM; i++)
		if (!strcmp(role_names[i], name))
			return i;
	return -1;
}

const char *hl_outcome_name(unsigned i)
{
	return i < HL_OUTCOMES ? outcomes[i].name : NULL;
}

bool hl_outcome_is_right(const char *name)
{
	for (unsigned i = 0; i < HL_OUTCOMES; i++)
		if (!strcmp(outcomes[i].name, name))
			return outcomes[i].right;
	return false;
}

const char *hl_alert_holder(const struct hl_alert *a)
{
	if (a->state >= HL_ST_CLOSED)
		return a->closed_by;
	if (a->state == HL_ST_CONFIRMED)
		return a->life.confirmed.by;
	return a->state == HL_ST_VERIFIED ? a->life.verification[HL_VP_PLATE].by : a->acknowledged_by;
}

int64_t hl_alert_lapses_at(const struct hl_alert *a, int64_t ack_ms)
{
	int64_t since = a->life.progress_ms ? a->life.progress_ms : a->acknowledged_ms;
	return a->state == HL_ST_ACKNOWLEDGED && since != HL_NO_TIME ? since + ack_ms : HL_NO_TIME;
}

/* ---- people and steps ---- */

static bool has_joined(const struct hl_alert_life *l, const char *name)
{
	for (unsigned i = 0; i < l->n_joined; i++)
		if (!strcmp(l->joined[i], name))
			return true;
	return false;
}

static bool add_joined(struct hl_alert *a, const char *name)
{
	struct hl_alert_life *l = &a->life;
	if (!strcmp(a->acknowledged_by, name) || has_joined(l, name))
		return true;
	if (l->n_joined == HL_JOINED_MAX)
		return false;
	hl_copy(l->joined[l->n_joined++], sizeof l->joined[0], name);
	return true;
}

static void drop_joined(struct hl_alert_life *l, const char *name)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < l->n_joined; i++) {
		if (!strcmp(l->joined[i], name))
			continue;
		if (kept != i)
			memcpy(l->joined[kept], l->joined[i], sizeof l->joined[0]);
		kept++;
	}
	l->n_joined = kept;
}

static void move_to(struct hl_alert *a, enum hl_alert_state to, const struct hl_act *act)
{
	struct hl_alert_life *l = &a->life;
	if (a->state == to)
		return;
	if (l->n_steps == HL_STEPS_MAX) {
		memmove(&l->step[0], &l->step[1], sizeof l->step - sizeof l->step[0]);
		l->n_steps--;
	}
	struct hl_alert_step *s = &l->step[l->n_steps++];
	*s = (struct hl_alert_step){ .from = a->state, .to = to, .at_ms = act->now_ms };
	hl_copy(s->by, sizeof s->by, act->by);
	a->state = to;
}

/* ---- one function for each transition that changes more than the state: *a is changed only where it succeeds ---- */

static enum hl_code do_ack(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	(void)err;
	hl_copy(a->acknowledged_by, sizeof a->acknowledged_by, act->by);
	a->acknowledged_ms = a->life.progress_ms = act->now_ms;
	drop_joined(&a->life, a->acknowledged_by);
	return HL_OK;
}

static enum hl_code do_join(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	if (!strcmp(a->acknowledged_by, act->by) || has_joined(&a->life, act->by))
		return hl_err_set(err, HL_E_CONFLICT, "alert %s is %s, and %s %s already", a->id, hl_alert_state_name(a->state), act->by,
				  has_joined(&a->life, act->by) ? "has joined" : "has it");
	if (!add_joined(a, act->by))
		return hl_err_set(err, HL_E_LIMIT, "alert %s: %d people have joined already, there is no room for more", a->id, HL_JOINED_MAX);
	return HL_OK;
}

/* All three agree, and one person has said so of all three. */
static bool is_verified(const struct hl_alert_life *l)
{
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++)
		if (l->verification[i].result != HL_VR_AGREES || strcmp(l->verification[i].by, l->verification[0].by) != 0)
			return false;
	return true;
}

/* Whether the word would change anything: what is verified needs no second agreement. */
static bool says_something_new(const struct hl_alert *a, const struct hl_act *act)
{
	bool says = false;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++)
		says = says || (act->result[i] != HL_VR_NONE && (a->state == HL_ST_ACKNOWLEDGED || act->result[i] != HL_VR_AGREES));
	return says;
}

void hl_alert_unverify(struct hl_alert *a)
{
	struct hl_alert_life *l = &a->life;
	while (l->n_steps && (l->step[l->n_steps - 1].to == HL_ST_VERIFIED || l->step[l->n_steps - 1].to == HL_ST_CONFIRMED))
		l->n_steps--;
	l->confirmed = (struct hl_confirmation){ 0 };
	a->state = HL_ST_ACKNOWLEDGED;
}

static enum hl_code do_verify(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	struct hl_alert_life *l = &a->life;
	bool given = false;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++)
		given = given || act->result[i] != HL_VR_NONE;
	if (!given)
		return hl_err_set(err, HL_E_USAGE, "nothing is verified without saying of plate, state or vehicle whether it agrees");
	if (!says_something_new(a, act))
		return hl_err_set(err, HL_E_CONFLICT, "alert %s is %s: %s has verified plate, state and vehicle already", a->id, hl_alert_state_name(a->state),
				  l->verification[HL_VP_PLATE].by);
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		struct hl_verification *v = &l->verification[i];
		if (act->result[i] == HL_VR_NONE || (a->state != HL_ST_ACKNOWLEDGED && act->result[i] == HL_VR_AGREES))
			continue;
		*v = (struct hl_verification){ .result = act->result[i], .at_ms = act->now_ms };
		hl_copy(v->by, sizeof v->by, act->by);
	}
	l->progress_ms = act->now_ms;
	add_joined(a, act->by);
	if (a->state != HL_ST_ACKNOWLEDGED)
		hl_alert_unverify(a);
	if (!is_verified(l))
		return HL_OK;
	l->verification_lapsed[0] = 0;
	move_to(a, HL_ST_VERIFIED, act);
	return HL_OK;
}

static enum hl_code do_confirm(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	struct hl_confirmation *c = &a->life.confirmed;
	if (!act->source || !act->source[0] || !act->reference || !act->reference[0])
		return hl_err_set(err, HL_E_USAGE, "a confirmation names its source and the reference under which it is on record");
	*c = (struct hl_confirmation){ .at_ms = act->now_ms };
	hl_copy(c->by, sizeof c->by, act->by);
	hl_copy(c->source, sizeof c->source, act->source);
	hl_copy(c->reference, sizeof c->reference, act->reference);
	add_joined(a, act->by);
	return HL_OK;
}

static void end(struct hl_alert *a, const struct hl_act *act)
{
	hl_copy(a->closed_by, sizeof a->closed_by, act->by);
	hl_copy(a->closed_reason, sizeof a->closed_reason, act->reason ? act->reason : "");
	hl_copy(a->plate_seen, sizeof a->plate_seen, act->plate_seen ? act->plate_seen : "");
	a->closed_ms = act->now_ms;
}

static enum hl_code do_close(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	unsigned i = 0;
	while (i < HL_OUTCOMES && strcmp(outcomes[i].name, act->outcome ? act->outcome : "") != 0)
		i++;
	if (i == HL_OUTCOMES)
		return hl_err_set(err, HL_E_USAGE, "an alert is closed with an outcome: arrest, citation, stopped, recovered, found, not_found, no_action or other");
	end(a, act);
	hl_copy(a->life.outcome, sizeof a->life.outcome, outcomes[i].name);
	return HL_OK;
}

static enum hl_code do_reject(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	if (!act->reason || !act->reason[0])
		return hl_err_set(err, HL_E_USAGE, "an alert is rejected with a reason: misread, other_vehicle or another word");
	if (!strcmp(act->reason, "other_vehicle") && (!act->plate_seen || !act->plate_seen[0]))
		return hl_err_set(err, HL_E_USAGE, "the reason other_vehicle needs the plate that was really seen");
	end(a, act);
	return HL_OK;
}

static enum hl_code do_withdraw(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	if (!act->reason || !act->reason[0])
		return hl_err_set(err, HL_E_USAGE, "an alert is withdrawn with a reason");
	end(a, act);
	return HL_OK;
}

static void note_past(struct hl_alert_past *p, const struct hl_alert *a, const char *of, const struct hl_act *act)
{
	*p = (struct hl_alert_past){ .state = a->state, .at_ms = act->now_ms };
	hl_copy(p->of, sizeof p->of, of);
	hl_copy(p->by, sizeof p->by, act->by);
	hl_copy(p->why, sizeof p->why, act->reason ? act->reason : "");
}

static void forget_ack(struct hl_alert *a)
{
	a->acknowledged_by[0] = 0;
	a->acknowledged_ms = HL_NO_TIME;
	a->life.progress_ms = 0;
}

/* What the state that is left has put into the alert. */
static void take_back(struct hl_alert *a, enum hl_alert_state left)
{
	struct hl_alert_life *l = &a->life;
	if (left == HL_ST_ACKNOWLEDGED)
		forget_ack(a);
	else if (left == HL_ST_VERIFIED)
		memset(l->verification, 0, sizeof l->verification);
	else if (left == HL_ST_CONFIRMED)
		l->confirmed = (struct hl_confirmation){ 0 };
	if (left < HL_ST_CLOSED)
		return;
	a->closed_by[0] = a->closed_reason[0] = a->plate_seen[0] = l->outcome[0] = 0;
	a->closed_ms = HL_NO_TIME;
}

static enum hl_code do_undo(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	struct hl_alert_life *l = &a->life;
	const struct hl_alert_step *s = l->n_steps ? &l->step[l->n_steps - 1] : NULL;
	if (!act->reason || !act->reason[0])
		return hl_err_set(err, HL_E_USAGE, "a change is undone with a reason");
	if (!s || s->to != a->state)
		return hl_err_set(err, HL_E_CONFLICT, "alert %s is %s, and what it was before is not kept", a->id, hl_alert_state_name(a->state));
	note_past(&l->undone, a, s->by, act);
	take_back(a, a->state);
	a->state = s->from;
	l->n_steps--;
	if (a->state == HL_ST_ACKNOWLEDGED)
		l->progress_ms = act->now_ms;
	return HL_OK;
}

static enum hl_code do_lapse(struct hl_alert *a, const struct hl_act *act, struct hl_err *err)
{
	struct hl_alert_life *l = &a->life;
	(void)err;
	note_past(&l->lapsed, a, a->acknowledged_by, act);
	forget_ack(a);
	while (l->n_steps && l->step[l->n_steps - 1].to == HL_ST_ACKNOWLEDGED)
		l->n_steps--;
	a->state = HL_ST_NEW;
	return HL_OK;
}

/* ---- the table ---- */

struct row {
	const char *name, *done; /* for messages: the act, and what an alert is after it */
	unsigned from, roles;    /* bit sets */
	int to;                  /* OWN: the function decides */
	enum hl_code (*run)(struct hl_alert *a, const struct hl_act *act, struct hl_err *err);
};

enum {
	NEW = 1 << HL_ST_NEW, ACKNOWLEDGED = 1 << HL_ST_ACKNOWLEDGED, VERIFIED = 1 << HL_ST_VERIFIED, CONFIRMED = 1 << HL_ST_CONFIRMED, CLOSED = 1 << HL_ST_CLOSED,
	REJECTED = 1 << HL_ST_REJECTED, TAKEN = ACKNOWLEDGED | VERIFIED | CONFIRMED, OPEN = NEW | TAKEN,
	SUPERVISOR = 1 << HL_ROLE_SUPERVISOR, DISPATCHERS = 1 << HL_ROLE_DISPATCHER | SUPERVISOR, OFFICERS = 1 << HL_ROLE_OFFICER | DISPATCHERS,
	AGENCY = 1 << HL_ROLE_AGENCY, PROGRAM = 1 << HL_ROLE_PROGRAM,
	OWN = -1
};

static const struct row rows[HL_TRANSITIONS] = {
	[HL_T_ACK] = { "ack", "acknowledged", NEW, OFFICERS, HL_ST_ACKNOWLEDGED, do_ack },
	[HL_T_JOIN] = { "join", "joined", TAKEN, OFFICERS, OWN, do_join },
	[HL_T_VERIFY] = { "verify", "verified", TAKEN, OFFICERS, OWN, do_verify },
	[HL_T_CONFIRM] = { "confirm", "confirmed", VERIFIED, DISPATCHERS, HL_ST_CONFIRMED, do_confirm },
	[HL_T_CLOSE] = { "close", "closed", OPEN, OFFICERS, HL_ST_CLOSED, do_close },
	[HL_T_REJECT] = { "reject", "rejected", OPEN, OFFICERS, HL_ST_REJECTED, do_reject },
	[HL_T_WITHDRAW] = { "withdraw", "withdrawn", OPEN, AGENCY | SUPERVISOR | PROGRAM, HL_ST_WITHDRAWN, do_withdraw },
	[HL_T_UNDO] = { "undo", "undone", TAKEN | CLOSED | REJECTED, SUPERVISOR, OWN, do_undo },
	[HL_T_LAPSE] = { "lapse", "lapsed", ACKNOWLEDGED, PROGRAM, OWN, do_lapse },
};

const char *hl_transition_name(enum hl_transition t)
{
	return (unsigned)t < HL_TRANSITIONS ? rows[t].name : "?";
}

static enum hl_code deny(const struct hl_alert *a, const struct row *r, const struct hl_act *act, struct hl_err *err)
{
	char who[128] = "";
	size_t n = 0;
	if (r->roles >> act->role & 1)
		return hl_err_set(err, HL_E_DENIED, "alert %s is about an entry of %s: %s of agency %s may not %s it", a->id,
				  a->entry[HL_F_AGENCY][0] ? a->entry[HL_F_AGENCY] : "no agency", act->by, act->agency && act->agency[0] ? act->agency : "(none)", r->name);
	for (int i = 0; i < HL_ROLES && n < sizeof who; i++)
		if (r->roles >> i & 1)
			n += (size_t)snprintf(who + n, sizeof who - n, "%s%s", n ? ", " : "", role_names[i]);
	return hl_err_set(err, HL_E_DENIED, "%s is for %s: %s is %s", r->name, who, act->by, hl_role_name(act->role));
}

static bool may(const struct hl_alert *a, const struct row *r, const struct hl_act *act)
{
	if ((unsigned)act->role >= HL_ROLES || !(r->roles >> act->role & 1))
		return false;
	return act->role != HL_ROLE_AGENCY || (act->agency && act->agency[0] && !strcmp(act->agency, a->entry[HL_F_AGENCY]));
}

static enum hl_code refuse(const struct hl_alert *a, enum hl_transition t, const struct hl_act *act, struct hl_err *err)
{
	const char *who = hl_alert_holder(a);
	bool offer = t == HL_T_ACK && (TAKEN >> a->state & 1) && strcmp(a->acknowledged_by, act->by) != 0 && !has_joined(&a->life, act->by);
	return hl_err_set(err, HL_E_CONFLICT, "alert %s is %s%s%s and can't be %s%s", a->id, hl_alert_state_name(a->state), who[0] ? " by " : "", who, rows[t].done,
			  offer ? "; join it" : "");
}

enum hl_code hl_alert_transit(struct hl_alert *a, enum hl_transition t, const struct hl_act *act, struct hl_err *err)
{
	if ((unsigned)t >= HL_TRANSITIONS || !act->by || !act->by[0])
		return hl_err_set(err, HL_E_INTERNAL, "no transition %d, or nobody to make it", (int)t);
	const struct row *r = &rows[t];
	if (!may(a, r, act))
		return deny(a, r, act, err);
	if (!(r->from >> a->state & 1))
		return refuse(a, t, act, err);
	enum hl_code rc = r->run(a, act, err);
	if (rc)
		return rc;
	if (r->to != OWN)
		move_to(a, (enum hl_alert_state)r->to, act);
	a->rev++;
	return HL_OK;
}
