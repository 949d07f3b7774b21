/* test_notice.c: the sentence that every message begins with, at each step of an alert's life, word for word as doc/life.md has it. */
#include "life_case.h"

#define NOT_VERIFIED "NOT VERIFIED: confirm plate, state and vehicle before acting"

static void notice_is(const struct hl_alert *a, const char *want, const char *brief)
{
	char text[HL_NOTICE_TEXT];
	hl_alert_notice(a, text, sizeof text);
	ck_assert_str_eq(text, want);
	hl_alert_notice_brief(a, text, sizeof text);
	ck_assert_str_eq(text, brief ? brief : want);
}

static void at(struct hl_alert *a, enum hl_transition t, const char *by, enum hl_role role, int64_t now_ms)
{
	struct hl_act act = act_of(by, role, now_ms);
	ck_assert_msg(hl_alert_transit(a, t, &act, &err) == HL_OK, "%s", err.text);
}

START_TEST(the_notice_at_each_step)
{
	const enum hl_role OF = HL_ROLE_OFFICER, DI = HL_ROLE_DISPATCHER, SU = HL_ROLE_SUPERVISOR;
	const int64_t now = INT64_C(1795428300000); /* 2026-11-23T10:05:00Z */
	struct hl_alert a;
	be_new(&a);
	notice_is(&a, NOT_VERIFIED, NULL);
	at(&a, HL_T_ACK, "smith", OF, now);
	notice_is(&a, NOT_VERIFIED, NULL);
	struct hl_act half = { .by = "smith", .now_ms = now, .result = { HL_VR_AGREES, HL_VR_AGREES, HL_VR_NONE } };
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_VERIFY, &half, &err), HL_OK);
	notice_is(&a, NOT_VERIFIED, NULL); /* half a verification is none */
	half.result[HL_VP_VEHICLE] = HL_VR_DIFFERS;
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_VERIFY, &half, &err), HL_OK);
	notice_is(&a, NOT_VERIFIED "; vehicle DIFFERS, says smith", NULL);
	at(&a, HL_T_VERIFY, "smith", OF, now + 1000);
	notice_is(&a, "VERIFIED by smith at 2026-11-23 10:05:01Z; NOT CONFIRMED by the listing agency", NULL);
	at(&a, HL_T_CONFIRM, "dora", DI, now + 2000);
	notice_is(&a, "VERIFIED by smith at 2026-11-23 10:05:01Z; CONFIRMED by METRO desk, reference V123",
		  "VERIFIED by smith at 2026-11-23 10:05:01Z; CONFIRMED by the listing agency");
	at(&a, HL_T_CLOSE, "smith", OF, now + 3000);
	notice_is(&a, "CLOSED by smith: recovered", NULL);
	at(&a, HL_T_UNDO, "sue", SU, now + 4000);
	notice_is(&a, "STANDS AGAIN, says sue; VERIFIED by smith at 2026-11-23 10:05:01Z; CONFIRMED by METRO desk, reference V123",
		  "STANDS AGAIN, says sue; VERIFIED by smith at 2026-11-23 10:05:01Z; CONFIRMED by the listing agency");
	at(&a, HL_T_UNDO, "sue", SU, now + 5000);
	notice_is(&a, "VERIFIED by smith at 2026-11-23 10:05:01Z; NOT CONFIRMED by the listing agency", NULL);
	struct hl_alert was = a;
	change_read(&a);
	ck_assert(hl_alert_recheck(&a, &was));
	notice_is(&a, NOT_VERIFIED "; no longer verified: plate (smith): it is read otherwise since", NULL);
	at(&a, HL_T_REJECT, "smith", OF, now + 6000);
	notice_is(&a, "STAND DOWN: misread, says smith", NULL);
	at(&a, HL_T_UNDO, "sue", SU, now + 7000);
	notice_is(&a, "STANDS AGAIN, says sue; " NOT_VERIFIED "; no longer verified: plate (smith): it is read otherwise since", NULL);
	at(&a, HL_T_VERIFY, "smith", OF, now + 8000);
	notice_is(&a, "VERIFIED by smith at 2026-11-23 10:05:08Z; NOT CONFIRMED by the listing agency", NULL);
}
END_TEST

START_TEST(rejections_in_words)
{
	static const struct { const char *reason, *notice; } v[] = {
		{ "misread", "STAND DOWN: misread, says smith" }, { "other_vehicle", "STAND DOWN: another vehicle, says smith" }, { "other", "STAND DOWN: rejected, says smith" },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct hl_alert a;
		struct hl_act act = act_of("smith", HL_ROLE_OFFICER, T0);
		be_new(&a);
		act.reason = v[i].reason;
		ck_assert_int_eq(hl_alert_transit(&a, HL_T_REJECT, &act, &err), HL_OK);
		notice_is(&a, v[i].notice, NULL);
		ck_assert_str_eq(a.plate_seen, "5SOW350");
		ck_assert_int_eq(a.closed_ms, T0);
	}
}
END_TEST

UNIT_MAIN("notice", the_notice_at_each_step, rejections_in_words)
