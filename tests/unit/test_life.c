/* test_life.c: the life of an alert: every transition by every role from every state, against a table written here by hand from doc/life.md; then what each leaves behind,
 * what undoing takes back, what lapses. The notice at each step: test_notice.c.
 */
#include "base/json_out.h"
#include "life_case.h"

#include <stdio.h>
#include <string.h>

/* ---- the table ---- */

/* By state: new, acknowledged, verified, confirmed, closed, rejected, withdrawn; the letter is the state that it leads to, '.' a conflict. By role: officer, dispatcher, supervisor,
 * agency (of the entry), auditor, the program. `differs`: verify with a plate that does. */
static const char letters[] = "navcxrw";
static const struct {
	enum hl_transition t;
	bool differs;
	const char *states, *roles;
} table[] = {
	{ HL_T_ACK,      false, "a......", "+++---" },
	{ HL_T_JOIN,     false, ".avc...", "+++---" },
	{ HL_T_VERIFY,   false, ".v.....", "+++---" }, /* all agree: nobody needs to say so again of what is verified */
	{ HL_T_VERIFY,   true,  ".aaa...", "+++---" },
	{ HL_T_CONFIRM,  false, "..c....", "-++---" },
	{ HL_T_CLOSE,    false, "xxxx...", "+++---" },
	{ HL_T_REJECT,   false, "rrrr...", "+++---" },
	{ HL_T_WITHDRAW, false, "wwww...", "--++-+" },
	{ HL_T_UNDO,     false, ".navnn.", "--+---" }, /* those that are closed and rejected here were new before */
	{ HL_T_LAPSE,    false, ".n.....", "-----+" },
};

static void one_cell(size_t row, int state, int role)
{
	struct hl_alert before, after;
	struct hl_act act = act_of("nina", (enum hl_role)role, T0 + 1000);
	if (table[row].differs)
		act.result[HL_VP_PLATE] = HL_VR_DIFFERS;
	be(&before, (enum hl_alert_state)state);
	memcpy(&after, &before, sizeof after);
	char to = table[row].states[state];
	enum hl_code want = table[row].roles[role] == '-' ? HL_E_DENIED : to == '.' ? HL_E_CONFLICT : HL_OK;
	enum hl_code rc = hl_alert_transit(&after, table[row].t, &act, &err);
	const char *what = hl_transition_name(table[row].t), *from = hl_alert_state_name((enum hl_alert_state)state), *who = hl_role_name((enum hl_role)role);
	ck_assert_msg(rc == want, "%s of a %s alert by %s: %d, not %d (%s)", what, from, who, (int)rc, (int)want, err.text);
	if (rc) {
		ck_assert_msg(!memcmp(&before, &after, sizeof after), "%s of a %s alert by %s was refused and changed it", what, from, who);
		ck_assert_msg(rc != HL_E_CONFLICT || strstr(err.text, from) != NULL, "the refusal names no state: %s", err.text);
		return;
	}
	ck_assert_msg(after.state == (enum hl_alert_state)(strchr(letters, to) - letters), "%s of a %s alert by %s makes it %s", what, from, who, hl_alert_state_name(after.state));
	ck_assert_int_eq(after.rev, before.rev + 1);
}

START_TEST(every_transition_by_every_role_from_every_state)
{
	size_t cells = 0;
	unsigned seen = 0;
	for (size_t row = 0; row < sizeof table / sizeof table[0]; row++) {
		seen |= 1u << table[row].t;
		for (int state = 0; state < HL_ALERT_STATES; state++)
			for (int role = 0; role < HL_ROLES; role++, cells++)
				one_cell(row, state, role);
	}
	ck_assert_uint_eq(seen, (1u << HL_TRANSITIONS) - 1);
	ck_assert_uint_eq(cells, 10 * 7 * 6);
}
END_TEST

START_TEST(an_agency_withdraws_its_own_only)
{
	static const char *const others[] = { "COUNTY", "METR", "", NULL };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct hl_alert a;
		struct hl_act act = act_of("ann", HL_ROLE_AGENCY, T0);
		be(&a, HL_ST_NEW);
		act.agency = others[i];
		ck_assert_int_eq(hl_alert_transit(&a, HL_T_WITHDRAW, &act, &err), HL_E_DENIED);
		ck_assert_ptr_nonnull(strstr(err.text, "an entry of METRO"));
		a.entry[HL_F_AGENCY][0] = 0; /* and nobody's is everybody's never */
		ck_assert_int_eq(hl_alert_transit(&a, HL_T_WITHDRAW, &act, &err), HL_E_DENIED);
	}
}
END_TEST

START_TEST(words_that_are_missing)
{
	struct hl_alert a, was;
	be(&a, HL_ST_VERIFIED);
	was = a;
	static const enum hl_transition t[] = { HL_T_CONFIRM, HL_T_CLOSE, HL_T_REJECT, HL_T_WITHDRAW, HL_T_UNDO, HL_T_VERIFY };
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct hl_act bare = { .by = "sue", .role = HL_ROLE_SUPERVISOR, .now_ms = T0 };
		ck_assert_int_eq(hl_alert_transit(&a, t[i], &bare, &err), HL_E_USAGE);
	}
	struct hl_act act = act_of("sue", HL_ROLE_SUPERVISOR, T0);
	act.reference = "";
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_CONFIRM, &act, &err), HL_E_USAGE);
	act.outcome = "recover";
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_CLOSE, &act, &err), HL_E_USAGE);
	act.reason = "other_vehicle";
	act.plate_seen = "";
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_REJECT, &act, &err), HL_E_USAGE);
	act.by = "";
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_CLOSE, &act, &err), HL_E_INTERNAL);
	ck_assert_int_eq(hl_alert_transit(&a, HL_TRANSITIONS, &act, &err), HL_E_INTERNAL);
	ck_assert(!memcmp(&a, &was, sizeof a));
}
END_TEST

/* ---- people ---- */

START_TEST(one_has_it_and_others_join)
{
	struct hl_alert a;
	be(&a, HL_ST_ACKNOWLEDGED);
	ck_assert_int_eq(go(&a, HL_T_ACK, "jones", HL_ROLE_OFFICER), HL_E_CONFLICT);
	ck_assert_str_eq(err.text, "alert k3v7 is acknowledged by smith and can't be acknowledged; join it");
	ck_assert_int_eq(go(&a, HL_T_ACK, "smith", HL_ROLE_OFFICER), HL_E_CONFLICT);
	ck_assert_str_eq(err.text, "alert k3v7 is acknowledged by smith and can't be acknowledged");
	ck_assert_int_eq(go(&a, HL_T_JOIN, "smith", HL_ROLE_OFFICER), HL_E_CONFLICT);
	ck_assert_str_eq(err.text, "alert k3v7 is acknowledged, and smith has it already");
	must(&a, HL_T_JOIN, "jones", HL_ROLE_OFFICER);
	ck_assert_int_eq(go(&a, HL_T_JOIN, "jones", HL_ROLE_OFFICER), HL_E_CONFLICT);
	ck_assert_str_eq(err.text, "alert k3v7 is acknowledged, and jones has joined already");
	for (int i = 1; i < HL_JOINED_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "officer%d", i);
		must(&a, HL_T_JOIN, name, HL_ROLE_OFFICER);
	}
	ck_assert_int_eq(go(&a, HL_T_JOIN, "late", HL_ROLE_OFFICER), HL_E_LIMIT);
	ck_assert_uint_eq(a.life.n_joined, HL_JOINED_MAX);
	ck_assert_str_eq(a.acknowledged_by, "smith");
	/* There is room to say what one sees all the same. */
	must(&a, HL_T_VERIFY, "late", HL_ROLE_OFFICER);
	ck_assert_uint_eq(a.life.n_joined, HL_JOINED_MAX);
}
END_TEST

START_TEST(who_joined_may_take_it_on)
{
	struct hl_alert a;
	be(&a, HL_ST_ACKNOWLEDGED);
	must(&a, HL_T_JOIN, "jones", HL_ROLE_OFFICER);
	must(&a, HL_T_JOIN, "brown", HL_ROLE_OFFICER);
	must(&a, HL_T_LAPSE, "hotlistd", HL_ROLE_PROGRAM);
	ck_assert_uint_eq(a.life.n_joined, 2);
	ck_assert_str_eq(a.acknowledged_by, "");
	must(&a, HL_T_ACK, "jones", HL_ROLE_OFFICER);
	ck_assert_uint_eq(a.life.n_joined, 1);
	ck_assert_str_eq(a.life.joined[0], "brown");
	ck_assert_str_eq(a.life.lapsed.of, "smith");
}
END_TEST

/* ---- verification ---- */

static void says(struct hl_alert *a, const char *by, enum hl_verified plate, enum hl_verified state, enum hl_verified vehicle, enum hl_alert_state then)
{
	struct hl_act act = { .by = by, .now_ms = T0 + 77, .result = { plate, state, vehicle } };
	ck_assert_msg(hl_alert_transit(a, HL_T_VERIFY, &act, &err) == HL_OK, "%s", err.text);
	ck_assert_int_eq(a->state, then);
}

START_TEST(verified_by_one_named_person)
{
	const enum hl_verified NOT = HL_VR_NONE, YES = HL_VR_AGREES;
	struct hl_alert a;
	be(&a, HL_ST_ACKNOWLEDGED);
	says(&a, "smith", YES, NOT, NOT, HL_ST_ACKNOWLEDGED);
	says(&a, "smith", NOT, YES, NOT, HL_ST_ACKNOWLEDGED);
	says(&a, "jones", NOT, NOT, YES, HL_ST_ACKNOWLEDGED); /* three agree, by two people */
	says(&a, "smith", NOT, NOT, YES, HL_ST_VERIFIED);
	ck_assert_uint_eq(a.life.n_joined, 1);
	ck_assert_str_eq(a.life.joined[0], "jones");
	be(&a, HL_ST_ACKNOWLEDGED);
	says(&a, "smith", YES, YES, HL_VR_UNKNOWN, HL_ST_ACKNOWLEDGED);
	says(&a, "jones", YES, YES, YES, HL_ST_VERIFIED);
	ck_assert_str_eq(hl_alert_holder(&a), "jones");
}
END_TEST

START_TEST(doubt_takes_it_back)
{
	struct hl_alert a;
	be(&a, HL_ST_CONFIRMED);
	says(&a, "jones", HL_VR_AGREES, HL_VR_NONE, HL_VR_UNKNOWN, HL_ST_ACKNOWLEDGED);
	ck_assert_str_eq(a.life.verification[HL_VP_PLATE].by, "smith"); /* a second agreement does not take the first one's place */
	ck_assert_str_eq(a.life.verification[HL_VP_VEHICLE].by, "jones");
	ck_assert_str_eq(a.life.confirmed.by, "");
	ck_assert_uint_eq(a.life.n_steps, 1);
	says(&a, "smith", HL_VR_NONE, HL_VR_NONE, HL_VR_AGREES, HL_ST_VERIFIED);
}
END_TEST

/* Whatever order the three parts come in, from whichever of two people, the alert is verified exactly when one of them has the last word on all three. */
START_TEST(all_orders_of_two_peoples_words)
{
	for (unsigned code = 0; code < 6 * 6 * 6 * 6; code++) {
		struct hl_alert a;
		const char *last[HL_VERIFIED_PARTS] = { "", "", "" };
		be(&a, HL_ST_ACKNOWLEDGED);
		for (unsigned i = 0, rest = code; i < 4; i++, rest /= 6) {
			const char *by = rest % 2 ? "smith" : "jones";
			struct hl_act act = { .by = by, .now_ms = T0 + i };
			act.result[rest % 6 / 2] = HL_VR_AGREES;
			bool over = a.state == HL_ST_VERIFIED;
			ck_assert_int_eq(hl_alert_transit(&a, HL_T_VERIFY, &act, &err), over ? HL_E_CONFLICT : HL_OK);
			if (!over)
				last[rest % 6 / 2] = by;
			bool one = last[0][0] && !strcmp(last[0], last[1]) && !strcmp(last[0], last[2]);
			ck_assert_int_eq(a.state, one ? HL_ST_VERIFIED : HL_ST_ACKNOWLEDGED);
		}
	}
}
END_TEST

/* ---- what lapses ---- */

static void change_state(struct hl_alert *a)
{
	hl_copy(a->entry[HL_F_STATE], sizeof a->entry[0], "NV");
}

static void change_make(struct hl_alert *a)
{
	hl_copy(a->entry[HL_F_MAKE], sizeof a->entry[0], "GMC");
}

static void contradict_state(struct hl_alert *a)
{
	a->contradiction[a->n_contradictions++] = (struct hl_contradiction_text){ "state", "us-nv", "CA" };
}

static void contradict_color(struct hl_alert *a)
{
	a->contradiction[a->n_contradictions++] = (struct hl_contradiction_text){ "color", "RED", "BLU" };
}

static void change_note(struct hl_alert *a)
{
	hl_copy(a->entry[HL_F_NOTE], sizeof a->entry[0], "armed");
	a->probability = 0.9;
}

START_TEST(agreement_lapses_with_what_was_looked_at)
{
	static const struct { void (*change)(struct hl_alert *a); int part; const char *why; } v[] = {
		{ change_read, HL_VP_PLATE, "plate (smith): it is read otherwise since" },
		{ change_state, HL_VP_STATE, "state (smith): another state is listed since" },
		{ change_make, HL_VP_VEHICLE, "vehicle (smith): another vehicle is listed since" },
		{ contradict_state, HL_VP_STATE, "state (smith): the reader contradicts since" },
		{ contradict_color, HL_VP_VEHICLE, "vehicle (smith): the reader contradicts since" },
		{ change_note, -1, "" },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct hl_alert a, was;
		be(&a, HL_ST_CONFIRMED);
		was = a;
		v[i].change(&a);
		ck_assert_int_eq(hl_alert_recheck(&a, &was), v[i].part >= 0);
		ck_assert_str_eq(a.life.verification_lapsed, v[i].why);
		ck_assert_int_eq(a.state, v[i].part >= 0 ? HL_ST_ACKNOWLEDGED : HL_ST_CONFIRMED);
		ck_assert_str_eq(a.life.confirmed.by, v[i].part >= 0 ? "" : "dora");
		for (int p = 0; p < HL_VERIFIED_PARTS; p++)
			ck_assert_int_eq(a.life.verification[p].result, p == v[i].part ? HL_VR_NONE : HL_VR_AGREES);
		ck_assert_int_eq(a.rev, was.rev);
		was = a;
		ck_assert(!hl_alert_recheck(&a, &was));
	}
}
END_TEST

START_TEST(what_differs_stays_whatever_changes)
{
	struct hl_alert a, was;
	be(&a, HL_ST_ACKNOWLEDGED);
	says(&a, "smith", HL_VR_DIFFERS, HL_VR_AGREES, HL_VR_AGREES, HL_ST_ACKNOWLEDGED);
	was = a;
	change_read(&a);
	ck_assert(!hl_alert_recheck(&a, &was));
	ck_assert_int_eq(a.life.verification[HL_VP_PLATE].result, HL_VR_DIFFERS);
}
END_TEST

START_TEST(an_acknowledgement_lapses_after_the_last_progress)
{
	struct hl_alert a;
	struct hl_act act = { .by = "smith", .now_ms = T0 };
	be_new(&a);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), HL_NO_TIME);
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_ACK, &act, &err), HL_OK);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), T0 + 900);
	act.now_ms = T0 + 500;
	act.by = "jones";
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_JOIN, &act, &err), HL_OK);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), T0 + 900); /* another's coming along is no progress of his */
	act.result[HL_VP_STATE] = HL_VR_UNKNOWN;
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_VERIFY, &act, &err), HL_OK);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), T0 + 1400);
	must(&a, HL_T_LAPSE, "hotlistd", HL_ROLE_PROGRAM);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), HL_NO_TIME);
	ck_assert_int_eq(a.state, HL_ST_NEW);
	ck_assert_int_eq(a.acknowledged_ms, HL_NO_TIME);
	ck_assert_str_eq(a.life.lapsed.of, "smith");
	ck_assert_str_eq(a.life.lapsed.by, "hotlistd");
	ck_assert_uint_eq(a.life.n_steps, 0);
	/* One of before there was progress to note. */
	be(&a, HL_ST_ACKNOWLEDGED);
	a.acknowledged_ms = T0;
	a.life.progress_ms = 0;
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), T0 + 900);
}
END_TEST

/* ---- undo ---- */

START_TEST(undo_goes_back_step_by_step)
{
	struct hl_alert a;
	be(&a, HL_ST_CONFIRMED);
	must(&a, HL_T_CLOSE, "smith", HL_ROLE_OFFICER);
	ck_assert_str_eq(a.life.outcome, "recovered");
	must(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR);
	ck_assert_int_eq(a.state, HL_ST_CONFIRMED);
	ck_assert_str_eq(a.closed_by, "");
	ck_assert_str_eq(a.life.outcome, "");
	ck_assert_int_eq(a.closed_ms, HL_NO_TIME);
	ck_assert_int_eq(a.life.undone.state, HL_ST_CLOSED);
	ck_assert_str_eq(a.life.undone.of, "smith");
	ck_assert_str_eq(a.life.undone.by, "sue");
	must(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR);
	ck_assert_int_eq(a.state, HL_ST_VERIFIED);
	ck_assert_str_eq(a.life.confirmed.by, "");
	must(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR);
	ck_assert_int_eq(a.state, HL_ST_ACKNOWLEDGED);
	ck_assert_int_eq(a.life.verification[HL_VP_STATE].result, HL_VR_NONE);
	ck_assert_int_eq(hl_alert_lapses_at(&a, 900), a.life.undone.at_ms + 900); /* whoever has it gets the whole time again */
	must(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR);
	ck_assert_int_eq(a.state, HL_ST_NEW);
	ck_assert_str_eq(a.acknowledged_by, "");
	ck_assert_int_eq(go(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR), HL_E_CONFLICT);
}
END_TEST

START_TEST(undo_from_each_open_state)
{
	for (int s = HL_ST_NEW; s <= HL_ST_CONFIRMED; s++)
		for (int how = 0; how < 2; how++) {
			struct hl_alert a, was;
			be(&was, (enum hl_alert_state)s);
			a = was;
			must(&a, how ? HL_T_CLOSE : HL_T_REJECT, "smith", HL_ROLE_OFFICER);
			must(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR);
			ck_assert_int_eq(a.rev, was.rev + 2);
			a.rev = was.rev;
			a.life.undone = was.life.undone;
			a.life.progress_ms = was.life.progress_ms;
			/* Nothing else is left of it, but bytes behind the ends of texts. */
			struct hl_buf x = HL_BUF(1 << 16), y = HL_BUF(1 << 16);
			struct hl_json j;
			hl_json_init(&j, &x);
			hl_alert_write(&a, &j, NULL);
			hl_json_init(&j, &y);
			hl_alert_write(&was, &j, NULL);
			ck_assert_str_eq(hl_buf_text(&x), hl_buf_text(&y));
			hl_buf_fini(&x);
			hl_buf_fini(&y);
		}
}
END_TEST

START_TEST(what_came_before_the_steps_is_not_guessed)
{
	struct hl_alert a;
	be(&a, HL_ST_CLOSED);
	a.life.n_steps = 0; /* as of an older version */
	ck_assert_int_eq(go(&a, HL_T_UNDO, "sue", HL_ROLE_SUPERVISOR), HL_E_CONFLICT);
	ck_assert_str_eq(err.text, "alert k3v7 is closed, and what it was before is not kept");
	/* Old steps make room for new ones. */
	be(&a, HL_ST_NEW);
	for (int i = 0; i < 5; i++) {
		must(&a, HL_T_REJECT, "smith", HL_ROLE_OFFICER);
		a.state = HL_ST_NEW; /* as if opened otherwise: no transition leaves steps behind without end */
		must(&a, HL_T_ACK, "smith", HL_ROLE_OFFICER);
		a.state = HL_ST_NEW;
	}
	ck_assert_uint_eq(a.life.n_steps, HL_STEPS_MAX);
	ck_assert_int_eq(a.life.step[HL_STEPS_MAX - 1].to, HL_ST_ACKNOWLEDGED);
}
END_TEST

START_TEST(names_of_roles_and_outcomes)
{
	static const char *const roles[] = { "officer", "dispatcher", "supervisor", "agency", "auditor" };
	for (int i = 0; i < HL_ROLE_PROGRAM; i++) {
		ck_assert_str_eq(hl_role_name((enum hl_role)i), roles[i]);
		ck_assert_int_eq(hl_role_find(roles[i]), i);
	}
	ck_assert_int_eq(hl_role_find("hotlistd"), -1); /* nobody is the program */
	ck_assert_int_eq(hl_role_find(NULL), -1);
	unsigned right = 0;
	for (unsigned i = 0; hl_outcome_name(i); i++)
		right += hl_outcome_is_right(hl_outcome_name(i));
	ck_assert_uint_eq(right, 5);
	ck_assert(hl_outcome_is_right("found") && !hl_outcome_is_right("not_found") && !hl_outcome_is_right("") && !hl_outcome_name(HL_OUTCOMES));
}
END_TEST

UNIT_MAIN("life", every_transition_by_every_role_from_every_state, an_agency_withdraws_its_own_only, words_that_are_missing, one_has_it_and_others_join,
	  who_joined_may_take_it_on, verified_by_one_named_person, doubt_takes_it_back, all_orders_of_two_peoples_words, agreement_lapses_with_what_was_looked_at,
	  what_differs_stays_whatever_changes, an_acknowledgement_lapses_after_the_last_progress, undo_goes_back_step_by_step, undo_from_each_open_state,
	  what_came_before_the_steps_is_not_guessed, names_of_roles_and_outcomes)
