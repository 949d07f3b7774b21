/* test_crumb.c: Crumb: a cooldown on (event, camera) swallowed a second, different BOLO. So: what is kept silent is kept by entry and passage, never by the camera alone. OpenALPR
 * agents send some 50 results for each passing car, and Axis revises the text of one car: that is one passage and one alert. open-nvr reports confidence 1.00 on a blur: the reader's
 * confidence is evidence, and never decides alone.
 */
#include "../fixture/engine_fixture.h"
#include "unit.h"

#include <stdio.h>

START_TEST(crumb_a_second_entry_at_the_same_camera)
{
	fx_setup();
	struct hl_recorded a = fx_see("r1", "5SOW750", 0), b = fx_see("r2", "XYZ999", 100), c = fx_see("r3", "ABC123", 200);
	ck_assert_int_eq(a.outcome, HL_OUT_CREATED);
	ck_assert_int_eq(b.outcome, HL_OUT_CREATED);
	ck_assert_int_eq(c.outcome, HL_OUT_CREATED);
	ck_assert_uint_eq(b.deliveries, 4);
	ck_assert_str_ne(a.alert, b.alert);
	ck_assert_str_ne(b.alert, c.alert);
	fx_teardown();
}
END_TEST

START_TEST(openalpr_fifty_results_for_one_car)
{
	fx_setup();
	struct hl_recorded first = fx_see("r0", "5SOW750", 0);
	ck_assert_int_eq(first.outcome, HL_OUT_CREATED);
	for (int i = 1; i < 50; i++) {
		char id[16];
		snprintf(id, sizeof id, "r%d", i);
		struct hl_recorded r = fx_see(id, i % 7 ? "5SOW750" : "5SOW350", i * 100);
		ck_assert_str_eq(r.alert, first.alert);
		ck_assert_uint_eq(r.deliveries, 0);
	}
	struct hl_store_counts n = fx_counts();
	ck_assert_int_eq(n.alerts, 1);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->passage_reads, 50);
	free(a);
	fx_teardown();
}
END_TEST

static enum hl_decision decision_at(const char *id, const char *plate, int64_t at_ms, double confidence)
{
	struct hl_read r = fx_read(id, plate, at_ms);
	r.confidence = confidence;
	struct hl_alert *a = fx_alert(fx_record(&r).alert);
	enum hl_decision d = a->decision;
	free(a);
	return d;
}

START_TEST(open_nvr_certain_of_a_blur)
{
	fx_setup();
	ck_assert_int_eq(decision_at("r1", "5SOW350", 0, 1.0), HL_VERIFY);      /* certain, and not what is listed: a person looks */
	ck_assert_int_eq(decision_at("r2", "XYZ999", 3600000, 0.05), HL_ALERT); /* unsure, and what is listed: it is not dropped */
	fx_teardown();
}
END_TEST

UNIT_MAIN("crumb", crumb_a_second_entry_at_the_same_camera, openalpr_fifty_results_for_one_car, open_nvr_certain_of_a_blur)
