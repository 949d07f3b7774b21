/* life_case.h: an alert in a state of one's choice, for the tests of its life and of its notice. */
#ifndef HL_TESTS_LIFE_CASE_H
#define HL_TESTS_LIFE_CASE_H

#include "core/alert.h"
#include "unit.h"

#include <string.h>

enum { T0 = 1000000 };

static struct hl_err err;

static inline void be_new(struct hl_alert *a)
{
	memset(a, 0, sizeof *a);
	*a = (struct hl_alert){ .rev = 1, .entry_expires_ms = HL_NO_TIME, .acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME };
	hl_copy(a->id, sizeof a->id, "k3v7");
	hl_copy(a->plate_read, sizeof a->plate_read, "5SOW350");
	hl_copy(a->plate_listed, sizeof a->plate_listed, "5SOW750");
	hl_copy(a->entry[HL_F_AGENCY], sizeof a->entry[0], "METRO");
	hl_copy(a->entry[HL_F_STATE], sizeof a->entry[0], "CA");
	hl_read_init(&a->read);
}

/* All that any transition could ask for. */
static inline struct hl_act act_of(const char *by, enum hl_role role, int64_t now_ms)
{
	return (struct hl_act){ .by = by, .role = role, .agency = "METRO", .now_ms = now_ms, .reason = "misread", .plate_seen = "5SOW350", .outcome = "recovered",
				.source = "METRO desk", .reference = "V123", .result = { HL_VR_AGREES, HL_VR_AGREES, HL_VR_AGREES } };
}

static inline enum hl_code go(struct hl_alert *a, enum hl_transition t, const char *by, enum hl_role role)
{
	static int64_t clock = T0;
	struct hl_act act = act_of(by, role, clock++);
	return hl_alert_transit(a, t, &act, &err);
}

static inline void must(struct hl_alert *a, enum hl_transition t, const char *by, enum hl_role role)
{
	enum hl_code rc = go(a, t, by, role);
	ck_assert_msg(rc == HL_OK, "%s by %s: %s", hl_transition_name(t), by, err.text);
}

/* The shortest way to a state. */
static inline void be(struct hl_alert *a, enum hl_alert_state s)
{
	be_new(a);
	if (s == HL_ST_CLOSED)
		must(a, HL_T_CLOSE, "smith", HL_ROLE_OFFICER);
	if (s == HL_ST_REJECTED)
		must(a, HL_T_REJECT, "smith", HL_ROLE_OFFICER);
	if (s == HL_ST_WITHDRAWN)
		must(a, HL_T_WITHDRAW, "hotlistd", HL_ROLE_PROGRAM);
	if (s == HL_ST_ACKNOWLEDGED || s == HL_ST_VERIFIED || s == HL_ST_CONFIRMED)
		must(a, HL_T_ACK, "smith", HL_ROLE_OFFICER);
	if (s == HL_ST_VERIFIED || s == HL_ST_CONFIRMED)
		must(a, HL_T_VERIFY, "smith", HL_ROLE_OFFICER);
	if (s == HL_ST_CONFIRMED)
		must(a, HL_T_CONFIRM, "dora", HL_ROLE_DISPATCHER);
	ck_assert_int_eq(a->state, s);
}

static inline void change_read(struct hl_alert *a)
{
	hl_copy(a->plate_read, sizeof a->plate_read, "5SOW750");
}

#endif
