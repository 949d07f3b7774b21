/* test_green.c: Green v. San Francisco (9th Cir. 2014): read 5SOW350, listed 5SOW750; the list said GMC truck, the car was a Lexus; the second officer believed that it had been
 * verified. So: a 3 for a 7 is measured as confusable, the make contradicts, the decision is `verify`, and all three channels show both plates with the differing symbol
 * (the short message how much differs) and say NOT VERIFIED until plate, state and vehicle have each been verified.
 */
#include "lesson.h"
#include "unit.h"

static const char rules[] = "confusions: {pairs: [{chars: \"37\", cost: 0.4}]}\n"
			    "match: {min_probability: 0.0001}\n"
			    "route: {receivers: desk, routes: [{when: {contradiction: any}, receivers: careful}]}\n";

START_TEST(the_decision)
{
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = lesson_read("5SOW350", "us-ca", "LEXS", "");
	struct hl_hit h = lesson_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_int_eq(h.kind, HL_KIND_CONFUSABLE);
	ck_assert_int_eq(h.cost, 40);
	ck_assert_uint_eq(h.alignment.n, 1);
	ck_assert_uint_eq(h.alignment.op[0].pos, 4);
	ck_assert_str_eq(h.alignment.op[0].listed, "7");
	ck_assert_str_eq(h.alignment.op[0].read, "3");
	ck_assert_uint_eq(h.contradictions, 1u << HL_C_MAKE);
	ck_assert_int_eq(h.evidence[HL_C_STATE], HL_EV_AGREES);
	const char *names[HL_RECEIVERS_MAX];
	ck_assert_uint_eq(hl_decide_route(c, &r, &h, names), 1);
	ck_assert_str_eq(names[0], "careful");
	hl_catalog_unref(&c);
}
END_TEST

/* However sure the symbols are: a confusable match is never an alert by itself, contradicted or not. */
START_TEST(without_a_make)
{
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = lesson_read("5SOW350", "us-ca", "GMC", "truck");
	r.confidence = 1.0;
	struct hl_hit h = lesson_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_uint_eq(h.contradictions, 0);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(what_people_read)
{
	struct hl_alert a;
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = lesson_read("5SOW350", "us-ca", "LEXS", "");
	struct hl_hit h = lesson_hit(c, &r);
	lesson_alert(c, &r, &h, &a);
	golden_check("lesson-green", &a, HL_EVENT_CREATED);
	LESSON_SAYS("lesson-green", "txt", "CONTRADICTION: make: read LEXS, listed GMC\n\nNOT VERIFIED", "listed  5SOW750\n    read    5SOW350\n                ^\n",
		    "listed 7, read 3 (position 5)");
	LESSON_SAYS("lesson-green", "html", "CONTRADICTION: make: read LEXS, listed GMC", "NOT VERIFIED", ">7</b>50</td>", ">3</b>50</td>");
	LESSON_SAYS("lesson-green", "sms", "NOT VERIFIED: make differs, 1 of 7 symbols differs");
	LESSON_SAYS("lesson-green", "json", "\"contradictions\":[{\"what\":\"make\",\"read\":\"LEXS\",\"listed\":\"GMC\"}]", "\"notice\":\"NOT VERIFIED");
	hl_catalog_unref(&c);
}
END_TEST

/* The second officer: somebody has it, and has compared two of the three. No word of it sounds like verified. */
START_TEST(the_second_officer)
{
	struct hl_alert a;
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = lesson_read("5SOW350", "us-ca", "LEXS", "");
	struct hl_hit h = lesson_hit(c, &r);
	lesson_alert(c, &r, &h, &a);
	struct hl_act act = { .by = "first", .role = HL_ROLE_OFFICER, .now_ms = a.created_ms + 60000 };
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_ACK, &act, NULL), HL_OK);
	act.result[HL_VP_PLATE] = act.result[HL_VP_STATE] = HL_VR_AGREES;
	ck_assert_int_eq(hl_alert_transit(&a, HL_T_VERIFY, &act, NULL), HL_OK);
	ck_assert_int_ne(a.state, HL_ST_VERIFIED);
	golden_check("lesson-green-second-officer", &a, HL_EVENT_ESCALATED);
	LESSON_SAYS("lesson-green-second-officer", "txt", "NOT VERIFIED: confirm plate, state and vehicle before acting");
	LESSON_SAYS("lesson-green-second-officer", "html", "NOT VERIFIED: confirm plate, state and vehicle before acting");
	LESSON_SAYS("lesson-green-second-officer", "sms", "NOT VERIFIED");
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("green", the_decision, without_a_make, what_people_read, the_second_officer)
