/* test_hofer.c: Hofer 2018: a recovered rental was still listed. So: an entry that is over matches nothing, the age of the list stands in every alert, and whoever was told of
 * an entry that ends hears of it.
 */
#include "../fixture/engine_fixture.h"
#include "engine/standdown.h"
#include "lesson.h"
#include "unit.h"

START_TEST(the_age_of_the_list_is_told)
{
	fx_setup();
	struct hl_recorded r = fx_see("r1", "5SOW750", 0);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_int_eq(a->list_age_ms, 5400000);
	golden_check("lesson-hofer", a, HL_EVENT_CREATED);
	LESSON_SAYS("lesson-hofer", "txt", "90 min old");
	LESSON_SAYS("lesson-hofer", "html", "90 min old");
	LESSON_SAYS("lesson-hofer", "json", "\"list_age_s\":5400");
	free(a);
	fx_teardown();
}
END_TEST

START_TEST(an_entry_that_is_over_matches_nothing)
{
	struct hl_entry e = lesson_entry("5SOW750", "CA", "GMC", "truck");
	struct hl_read r = lesson_read("5SOW750", "us-ca", "GMC", "truck");
	e.expires_ms = r.time_ms - 1;
	struct hl_catalog *c = lesson_catalog("match: {min_probability: 0}\n", e);
	const struct hl_hit *h;
	struct hl_decider *d = hl_decider_new();
	ck_assert_uint_eq(hl_decide(c, d, &r, 1, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h), 0);
	r.time_ms -= 2;
	ck_assert_uint_eq(hl_decide(c, d, &r, 1, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h), 1);
	hl_decider_free(&d);
	hl_catalog_unref(&c);
}
END_TEST

/* The agency withdraws what was recovered: everyone who may have been told is told, in every channel. */
START_TEST(a_withdrawn_entry_is_taken_back)
{
	size_t told = 0;
	struct hl_delivery d[8];
	size_t n;
	fx_setup();
	struct hl_recorded r = fx_see("r1", "XYZ999", 0);
	ck_assert_uint_eq(r.deliveries, 4);
	ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, fx.now_ms + 60000, d, 8, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 4); /* under way: each may have arrived */
	for (size_t i = 0; i < n; i++)
		hl_delivery_wipe(&d[i]);
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, r.alert, HL_SD_WITHDRAWN, "metro-desk", "vehicle recovered", fx.now_ms + 1000, &told, &fx.err), HL_OK);
	ck_assert_uint_eq(told, 4);
	struct hl_alert *a = fx_alert(r.alert);
	golden_check("lesson-hofer-recovered", a, HL_EVENT_STANDDOWN);
	LESSON_SAYS("lesson-hofer-recovered", "txt", "STAND DOWN: entry withdrawn\n", "This alert no longer holds", "vehicle recovered");
	LESSON_SAYS("lesson-hofer-recovered", "html", "STAND DOWN: entry withdrawn<", "This alert no longer holds");
	LESSON_SAYS("lesson-hofer-recovered", "sms", "STAND DOWN: entry withdrawn");
	LESSON_SAYS("lesson-hofer-recovered", "json", "\"type\":\"alert.standdown\"", "\"state\":\"withdrawn\"");
	free(a);
	fx_teardown();
}
END_TEST

UNIT_MAIN("hofer", the_age_of_the_list_is_told, an_entry_that_is_over_matches_nothing, a_withdrawn_entry_is_taken_back)
