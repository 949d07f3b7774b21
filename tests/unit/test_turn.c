/* test_turn.c: of several alerts of one vehicle, which tells its steps and repeats: one waits for a more urgent one only as long as that itself tells the same people, and never
 * for one that is covert. Each case goes through the rules and the real store.
 */
#include "story_case.h"
#include "engine/follow.h"

enum { MINUTE = 60000 };

#define RULES(felony, stolen)                                                                                                                               \
	"version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nlists: {felony: {priority: 1}, quiet: {priority: 2}, stolen: {priority: 4}}\n"                  \
	"route:\n  receivers: [desk]\n  routes:\n    - {when: {list: felony}, receivers: [desk]" felony "}\n    - {when: {list: stolen}, receivers: [desk]" stolen "}\n" \
	"    - {when: {list: quiet}, receivers: [desk, north], repeat: 5m, escalate: [{after: 2m, receivers: [annex]}]}\n"

static char felony[HL_ID_TEXT], quiet[HL_ID_TEXT], stolen[HL_ID_TEXT];

/* All three lists have the vehicle; the alert of one is over at once. */
static void begin(const char *rules, const char *without)
{
	char words[128];
	fx_teardown();
	fx_setup_rules(rules);
	fx_see("r1", "TWO111", 0);
	deliver_all();
	alert_of("felony", felony);
	alert_of("quiet", quiet);
	alert_of("stolen", stolen);
	snprintf(words, sizeof words, "alert reject %s --reason other --by smith --role supervisor", without);
	fx_ok(words);
	deliver_all();
}

/* What the daemon does minute after minute. */
static void minutes(int from, int to)
{
	for (int i = from; i <= to; i++)
		story_fire_due(i * MINUTE);
}

START_TEST(it_goes_on_where_the_more_urgent_one_has_no_steps)
{
	begin(RULES("", ", escalate: [{after: 2m, receivers: [annex]}]"), quiet);
	story_fire_due(2 * MINUTE);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 1);
}
END_TEST

START_TEST(it_goes_on_where_the_steps_of_the_more_urgent_one_tell_others)
{
	begin(RULES(", escalate: [{after: 2m, receivers: [north]}, {after: 9m, receivers: [phone]}]", ", escalate: [{after: 2m, receivers: [north, phone]}]"), quiet);
	story_fire_due(2 * MINUTE);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_ESCALATED, "north"), 1);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "phone"), 1);
}
END_TEST

START_TEST(an_open_alert_waits_for_no_covert_one)
{
	begin(RULES("", ", repeat: 5m, escalate: [{after: 2m, receivers: [annex]}]"), felony);
	story_fire_due(2 * MINUTE);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 1);
	story_fire_due(5 * MINUTE);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_UPDATED, "desk"), 1);
}
END_TEST

#define BOTH ", repeat: 5m, escalate: [{after: 2m, receivers: [annex]}, {after: 12m, receivers: [north]}]"

/* What is answered is that alert: nobody has said anything of the other entry. */
START_TEST(it_goes_on_once_the_more_urgent_one_is_acknowledged)
{
	char words[128];
	begin(RULES(BOTH, BOTH), quiet);
	minutes(1, 4);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_ESCALATED, "annex"), 1);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 0);
	snprintf(words, sizeof words, "alert ack %s --by smith", felony);
	fx_ok(words);
	minutes(5, 6);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 1);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_UPDATED, "desk"), 1);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_UPDATED, "desk"), 0);
}
END_TEST

/* Nobody answers at all: the most urgent one is told first, and the others soon after it. */
START_TEST(none_waits_for_ever)
{
	begin(RULES(BOTH, BOTH), quiet);
	minutes(1, 6);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 0);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_UPDATED, "desk"), 1);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_UPDATED, "desk"), 0);
	minutes(7, 17);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 1);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_ESCALATED, "north"), 1);
	minutes(18, 20);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "north"), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("turn");
	TCase *t = tcase_create("turn");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, it_goes_on_where_the_more_urgent_one_has_no_steps);
	tcase_add_test(t, it_goes_on_where_the_steps_of_the_more_urgent_one_tell_others);
	tcase_add_test(t, an_open_alert_waits_for_no_covert_one);
	tcase_add_test(t, it_goes_on_once_the_more_urgent_one_is_acknowledged);
	tcase_add_test(t, none_waits_for_ever);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
