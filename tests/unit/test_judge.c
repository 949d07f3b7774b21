/* test_judge.c: what is told and what is kept silent: passages, cooldown and cleared pairs, as a table. */
#include "core/alert.h"
#include "unit.h"

enum { PASSAGE = 8000, COOLDOWN = 600000, T0 = 1000000, NOW = 2000000 };

enum { TRACK = 1, NOTICE = 2, CLEARED = 4, NO_ALERT = 8 };

struct judge_row {
	const char *what;
	int known;                     /* TRACK, NOTICE, CLEARED */
	enum hl_decision told;         /* by track and notice */
	int64_t read_ms;               /* the track's passage is T0 .. T0 + 5000, the notice at T0 */
	enum hl_decision decision;
	enum hl_kind kind;
	int agrees, agreed;            /* bit 0 state, bit 1 vehicle */
	enum hl_action action;
	enum hl_suppression why;
	bool mark;
};

static const struct judge_row judge_rows[] = {
	{ "the first of all", 0, 0, T0, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "the same passage", TRACK | NOTICE, HL_VERIFY, T0 + 6000, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_COUNT, HL_SUP_PASSAGE, false },
	{ "a rise within it", TRACK | NOTICE, HL_VERIFY, T0 + 6000, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_UPDATE, HL_SUP_NONE, false },
	{ "a fall within it", TRACK | NOTICE, HL_ALERT, T0 + 6000, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_COUNT, HL_SUP_PASSAGE, false },
	{ "a rise where nobody was told yet", TRACK | NO_ALERT, HL_VERIFY, T0 + 6000, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE,
	  false },
	{ "the same decision where nobody was told yet", TRACK | NO_ALERT, HL_VERIFY, T0 + 6000, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_CREATE,
	  HL_SUP_NONE, false },
	{ "nobody was told yet, but cooling", TRACK | NOTICE | NO_ALERT, HL_VERIFY, T0 + 6000, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_SUPPRESS,
	  HL_SUP_COOLDOWN, false },
	{ "at the passage's edge", TRACK, HL_VERIFY, T0 + 5000 + PASSAGE, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_COUNT, HL_SUP_PASSAGE, false },
	{ "past it, no notice", TRACK, HL_VERIFY, T0 + 5001 + PASSAGE, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "past it, cooling", TRACK | NOTICE, HL_VERIFY, T0 + 5001 + PASSAGE, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_SUPPRESS, HL_SUP_COOLDOWN, false },
	{ "an earlier read comes late, same passage", TRACK, HL_VERIFY, T0 - PASSAGE, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_COUNT, HL_SUP_PASSAGE, false },
	{ "too early for it", TRACK, HL_VERIFY, T0 - PASSAGE - 1, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "cooling", NOTICE, HL_VERIFY, T0 + COOLDOWN - 1, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_SUPPRESS, HL_SUP_COOLDOWN, false },
	{ "cooled down", NOTICE, HL_VERIFY, T0 + COOLDOWN, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "a rise breaks through the cooldown", NOTICE, HL_VERIFY, T0 + 60000, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "an alert after an alert does not", NOTICE, HL_ALERT, T0 + 60000, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_SUPPRESS, HL_SUP_COOLDOWN, false },
	{ "an earlier read comes late, cooling", NOTICE, HL_VERIFY, T0 - 60000, HL_VERIFY, HL_KIND_EDIT, 0, 0, HL_ACT_SUPPRESS, HL_SUP_COOLDOWN, false },
	{ "cleared, inexact", CLEARED, 0, T0, HL_VERIFY, HL_KIND_CONFUSABLE, 0, 0, HL_ACT_SUPPRESS, HL_SUP_CLEARED, false },
	{ "cleared, exact: told, with a note", CLEARED, 0, T0, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_CREATE, HL_SUP_NONE, true },
	{ "the state agrees now", CLEARED, 0, T0, HL_VERIFY, HL_KIND_CONFUSABLE, 1, 0, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "the state agreed then too", CLEARED, 0, T0, HL_VERIFY, HL_KIND_CONFUSABLE, 1, 1, HL_ACT_SUPPRESS, HL_SUP_CLEARED, false },
	{ "the vehicle agrees now", CLEARED, 0, T0, HL_VERIFY, HL_KIND_CONFUSABLE, 2, 1, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "exact, and the vehicle agrees now", CLEARED, 0, T0, HL_ALERT, HL_KIND_EXACT, 3, 1, HL_ACT_CREATE, HL_SUP_NONE, false },
	{ "cleared, exact, same passage: verify is no rise", CLEARED | TRACK, HL_VERIFY, T0 + 1, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_COUNT,
	  HL_SUP_PASSAGE, true },
	{ "cleared, exact, cooling: verify is no rise", CLEARED | NOTICE, HL_VERIFY, T0 + 60000, HL_ALERT, HL_KIND_EXACT, 0, 0, HL_ACT_SUPPRESS,
	  HL_SUP_COOLDOWN, true },
	{ "new evidence does not break the passage", CLEARED | TRACK, HL_VERIFY, T0 + 1, HL_VERIFY, HL_KIND_CONFUSABLE, 1, 0, HL_ACT_COUNT,
	  HL_SUP_PASSAGE, false },
};

START_TEST(the_table)
{
	for (size_t i = 0; i < sizeof judge_rows / sizeof judge_rows[0]; i++) {
		const struct judge_row *r = &judge_rows[i];
		struct hl_track track = { .exists = r->known & TRACK, .decision = r->told, .first_ms = T0, .last_ms = T0 + 5000, .reads = 3 };
		struct hl_notice notice = { .exists = r->known & NOTICE, .decision = r->told, .at_ms = T0 };
		struct hl_cleared cleared = { .exists = r->known & CLEARED, .at_ms = NOW - 1000, .until_ms = NOW + 1,
					      .agreed_state = r->agreed & 1, .agreed_vehicle = r->agreed & 2 };
		if (!(r->known & NO_ALERT))
			hl_copy(track.alert, sizeof track.alert, "k3v7");
		struct hl_verdict v = hl_alert_judge(&track, &notice, &cleared, r->decision, r->kind, r->agrees & 1, r->agrees & 2, r->read_ms, NOW,
						     PASSAGE, COOLDOWN);
		ck_assert_msg(v.action == r->action && v.why == r->why && v.mark_cleared == r->mark, "%s: action %d, why %d, mark %d", r->what,
			      (int)v.action, (int)v.why, v.mark_cleared);
	}
}
END_TEST

START_TEST(clearing_lapses)
{
	struct hl_track track = { 0 };
	struct hl_notice notice = { 0 };
	struct hl_cleared cleared = { .exists = true, .until_ms = NOW };
	struct hl_verdict v = hl_alert_judge(&track, &notice, &cleared, HL_VERIFY, HL_KIND_EDIT, false, false, T0, NOW, PASSAGE, COOLDOWN);
	ck_assert_int_eq(v.action, HL_ACT_CREATE);
	v = hl_alert_judge(&track, &notice, &cleared, HL_VERIFY, HL_KIND_EDIT, false, false, T0, NOW - 1, PASSAGE, COOLDOWN);
	ck_assert_int_eq(v.action, HL_ACT_SUPPRESS);
}
END_TEST

/* However dense the reads come, a passage ends after a minute. */
START_TEST(a_passage_lasts_a_minute_at_most)
{
	struct hl_track track = { .exists = true, .decision = HL_VERIFY, .first_ms = T0, .last_ms = T0 + 59000, .alert = "k3v7" };
	struct hl_notice notice = { 0 };
	struct hl_cleared cleared = { 0 };
	struct hl_verdict v = hl_alert_judge(&track, &notice, &cleared, HL_VERIFY, HL_KIND_EDIT, false, false, T0 + 60000, NOW, PASSAGE, 0);
	ck_assert_int_eq(v.action, HL_ACT_COUNT);
	v = hl_alert_judge(&track, &notice, &cleared, HL_VERIFY, HL_KIND_EDIT, false, false, T0 + 60001, NOW, PASSAGE, 0);
	ck_assert_int_eq(v.action, HL_ACT_CREATE);
}
END_TEST

UNIT_MAIN("judge", the_table, clearing_lapses, a_passage_lasts_a_minute_at_most)
