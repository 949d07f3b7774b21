/* test_aurora.c: Aurora 2020: the same symbols, a Montana motorcycle against a Colorado SUV; children on the ground. So: state and kind of vehicle are evidence, a wrong
 * one is a contradiction, makes the decision `verify`, and is shown first.
 */
#include "lesson.h"
#include "unit.h"

static const char rules[] = "match: {min_probability: 0.0001}\n";

START_TEST(the_decision)
{
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("ABC123", "MT", "", "MC"));
	struct hl_read r = lesson_read("ABC123", "us-co", "", "suv");
	struct hl_hit h = lesson_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_int_eq(h.kind, HL_KIND_EXACT);
	ck_assert_int_eq(h.cost, 0);
	ck_assert_uint_eq(h.contradictions, 1u << HL_C_STATE | 1u << HL_C_TYPE);
	ck_assert_double_lt(h.probability, h.plate_probability);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(what_people_read)
{
	struct hl_alert a;
	struct hl_catalog *c = lesson_catalog(rules, lesson_entry("ABC123", "MT", "", "MC"));
	struct hl_read r = lesson_read("ABC123", "us-co", "", "suv");
	struct hl_hit h = lesson_hit(c, &r);
	lesson_alert(c, &r, &h, &a);
	golden_check("lesson-aurora", &a, HL_EVENT_CREATED);
	char *text = golden_read("lesson-aurora", "txt"), *html = golden_read("lesson-aurora", "html");
	const char *first = strstr(text, "\n\nCONTRADICTION: state: read ");
	ck_assert_ptr_eq(first, strstr(text, "\n\n")); /* nothing stands before it but the subject */
	ck_assert(strstr(html, "CONTRADICTION: state: read ") && strstr(html, "CONTRADICTION: state: read ") < strstr(html, "ABC123"));
	free(text);
	free(html);
	LESSON_SAYS("lesson-aurora", "txt", "; type: read ", "NOT VERIFIED", "all 6 symbols agree");
	LESSON_SAYS("lesson-aurora", "sms", "NOT VERIFIED: state, type differ, all 6 symbols agree");
	LESSON_SAYS("lesson-aurora", "json", "\"what\":\"state\"", "\"what\":\"type\"");
	hl_catalog_unref(&c);
}
END_TEST

/* The same entry and the right vehicle: an alert, so that the two above are not `verify` for a wrong reason. */
START_TEST(the_right_vehicle)
{
	struct hl_catalog *c = lesson_catalog("lists: {stolen: {base_rate: 0.005}}\n", lesson_entry("ABC123", "MT", "", "MC"));
	struct hl_read r = lesson_read("ABC123", "us-mt", "", "motorcycle");
	struct hl_hit h = lesson_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_ALERT);
	ck_assert_uint_eq(h.contradictions, 0);
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("aurora", the_decision, what_people_read, the_right_vehicle)
