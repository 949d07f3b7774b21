/* alert_life.h: what an alert gathers while it lives: who has it, what people saw of it, how it came to its state, where the vehicle was seen again, which other
 * entries its notice names. Parts of struct hl_alert (core/alert.h): bounded arrays only, nothing owned. doc/life.md is the manual. Pure.
 */
#ifndef HL_CORE_ALERT_LIFE_H
#define HL_CORE_ALERT_LIFE_H

#include "base/crypto.h"
#include "core/read.h"
#include "core/rule.h"

enum { HL_TEXT_SHORT = 64, HL_TEXT_LONG = 256, HL_NAME = 65 };
enum { HL_JOINED_MAX = 8, HL_STEPS_MAX = 8, HL_SIGHTINGS_MAX = 16, HL_ALSO_MAX = 8 };

enum hl_alert_state { HL_ST_NEW, HL_ST_ACKNOWLEDGED, HL_ST_VERIFIED, HL_ST_CONFIRMED, HL_ST_CLOSED, HL_ST_REJECTED, HL_ST_WITHDRAWN, HL_ALERT_STATES };

/* What a person has compared with what is listed, and what came of it. */
enum hl_verified_part { HL_VP_PLATE, HL_VP_STATE, HL_VP_VEHICLE, HL_VERIFIED_PARTS };
enum hl_verified { HL_VR_NONE /* nobody has looked */, HL_VR_AGREES, HL_VR_DIFFERS, HL_VR_UNKNOWN, HL_VERIFIED_RESULTS };
const char *hl_verified_part_name(enum hl_verified_part p); /* "plate", "state", "vehicle" */
const char *hl_verified_name(enum hl_verified r);           /* "none", "agrees", "differs", "unknown" */

struct hl_verification {
	enum hl_verified result;
	char by[HL_TEXT_SHORT];
	int64_t at_ms;
};

/* The listing agency's word that the entry holds. */
struct hl_confirmation {
	char by[HL_TEXT_SHORT]; /* "": nobody has confirmed */
	char source[HL_TEXT_LONG], reference[HL_TEXT_LONG]; /* whom was asked; the number under which they answered */
	int64_t at_ms;
};

/* One change of state, so that it can be undone. */
struct hl_alert_step {
	enum hl_alert_state from, to;
	char by[HL_TEXT_SHORT];
	int64_t at_ms;
};

/* Something that no longer counts: an acknowledgement that lapsed, a step that was undone. */
struct hl_alert_past {
	enum hl_alert_state state; /* the one that was left */
	char of[HL_TEXT_SHORT];    /* whose it was; "": there was none */
	char by[HL_TEXT_SHORT];    /* who ended it */
	char why[HL_TEXT_LONG];
	int64_t at_ms;
};

/* Where and when the vehicle was seen again while the alert was open. */
struct hl_sighting {
	int64_t time_ms;        /* of the read */
	char camera[HL_READ_NAME], site[HL_READ_SITE]; /* site "": not known */
	char plate_read[HL_READ_PLATE];
	enum hl_decision decision;
	bool has_position;
	double lat, lon;
};

/* Another entry of the same incident, which the alert's notice names too. */
struct hl_also {
	char alert[HL_ID_TEXT];
	char list[HL_NAME], entry_id[HL_ID_TEXT], plate_listed[HL_READ_PLATE], category[HL_TEXT_SHORT];
	int priority;
	bool covert;            /* its list is */
};

/* How far it was escalated. */
struct hl_escalation {
	int64_t step;           /* of the route's `escalate`, 1 the first; 0: not yet */
	int64_t at_ms;
	char told[HL_TEXT_LONG]; /* names of receivers, separated by spaces */
};

/* All zero: nothing has happened yet. */
struct hl_alert_life {
	struct hl_verification verification[HL_VERIFIED_PARTS];
	char verification_lapsed[HL_TEXT_LONG]; /* why a part no longer counts, without any plate; "" */
	unsigned n_joined;
	char joined[HL_JOINED_MAX][HL_TEXT_SHORT];
	struct hl_confirmation confirmed;
	char outcome[HL_TEXT_SHORT]; /* of a closed alert */
	int64_t progress_ms;    /* when it was last got on with: acknowledged, or a part compared; 0: never */
	unsigned n_steps;
	struct hl_alert_step step[HL_STEPS_MAX]; /* how it came to its state, the oldest first; of more than there is room for the last */
	struct hl_alert_past lapsed, undone;     /* the last of each */
	struct hl_escalation escalation;
	int64_t sightings;      /* all of them; the array keeps the last HL_SIGHTINGS_MAX by read time, the oldest first */
	unsigned n_sightings;
	struct hl_sighting sighting[HL_SIGHTINGS_MAX];
	unsigned n_also;
	struct hl_also also[HL_ALSO_MAX]; /* the most urgent first */
	char why[HL_TEXT_LONG]; /* why revision why_rev is told, where that is no change of the alert's own: "not acknowledged for 2 min". Without any plate */
	int64_t why_rev;
	bool covert;            /* its list is: absent from what officers are shown */
	char inhibited[HL_NAME]; /* the list whose open alert of the vehicle keeps its notices silent; "": none does, or they were told */
};

/* Who acts. HL_ROLE_PROGRAM is hotlistd itself: nobody can ask for it. */
enum hl_role { HL_ROLE_OFFICER, HL_ROLE_DISPATCHER, HL_ROLE_SUPERVISOR, HL_ROLE_AGENCY, HL_ROLE_AUDITOR, HL_ROLE_PROGRAM, HL_ROLES };
const char *hl_role_name(enum hl_role r); /* "officer" … "auditor", "hotlistd" */
int hl_role_find(const char *name);       /* the role of people named so, or -1 */

enum hl_transition {
	HL_T_ACK, HL_T_JOIN, HL_T_VERIFY, HL_T_CONFIRM, HL_T_CLOSE, HL_T_REJECT, HL_T_WITHDRAW, HL_T_UNDO, HL_T_LAPSE, HL_TRANSITIONS
};
const char *hl_transition_name(enum hl_transition t); /* "ack", "join" … */

/* One person's act. Texts that the transition does not need may be NULL. Borrowed. */
struct hl_act {
	const char *by;
	enum hl_role role;
	const char *agency;     /* of a caller of role agency */
	int64_t now_ms;
	const char *reason;     /* reject, withdraw (the cause), undo; of a lapse may be NULL */
	const char *plate_seen; /* reject */
	const char *outcome;    /* close: one of hl_outcome_name's */
	const char *source, *reference; /* confirm */
	enum hl_verified result[HL_VERIFIED_PARTS]; /* verify; HL_VR_NONE: not said */
};

struct hl_alert;
/* Changes *a (state, people, steps) and its rev, by the one table of transitions. HL_E_DENIED: the role may not, or the entry is another agency's; HL_E_CONFLICT, naming the
 * present state and who has it: not from this state, or there is nothing to change; HL_E_USAGE: a word is missing; HL_E_LIMIT: no room for one more who joins.
 * *a is unchanged then. */
enum hl_code hl_alert_transit(struct hl_alert *a, enum hl_transition t, const struct hl_act *act, struct hl_err *err);
/* When an acknowledgement lapses that nothing follows: ack_ms after the last progress. HL_NO_TIME: it can't, the alert is not just acknowledged. */
int64_t hl_alert_lapses_at(const struct hl_alert *a, int64_t ack_ms);
/* Who has it, or ended it: a name, "" for nobody. */
const char *hl_alert_holder(const struct hl_alert *a);
/* A verified or confirmed alert is acknowledged again, and its confirmation gone; what people said of the parts stays. Leaves rev alone. */
void hl_alert_unverify(struct hl_alert *a);
/* After its match, read or entry were changed from *was: agreement about what is otherwise now lapses, and a verified alert is acknowledged again. True where that
 * happened. Leaves rev alone. */
bool hl_alert_recheck(struct hl_alert *a, const struct hl_alert *was);

/* Outcomes of a close. */
enum { HL_OUTCOMES = 8 };
const char *hl_outcome_name(unsigned i); /* NULL past the last */
/* Whether the outcome says that the match was right; others say nothing of it. */
bool hl_outcome_is_right(const char *name);

struct hl_json;
/* Its members, into the open object of the alert. */
void hl_alert_life_write(const struct hl_alert_life *l, struct hl_json *j);
/* Names separated by spaces, as an array. */
void hl_alert_names_write(const char *names, struct hl_json *j, const char *key);
/* `sightings` and how many there were. */
void hl_alert_sightings_write(const struct hl_alert_life *l, struct hl_json *j);

#endif
