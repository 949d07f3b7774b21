/* test_colorado.c: Colorado: plates entered in both O and 0 forms; one innocent driver stopped again and again. Genetec: "if the plate is read again, it will generate another
 * hit" after a rejection. So: an import tells of O/0 twins, a pair that a person rejected as misread or as another vehicle stays silent for a time, is listed and counted; an
 * exact pair is never silenced, only marked.
 */
#include "../fixture/engine_fixture.h"
#include "golden/golden.h"
#include "unit.h"

#include <stdio.h>

static void reject(const char *alert, const char *reason, const char *plate)
{
	char words[160];
	snprintf(words, sizeof words, "alert reject %s --reason %s --plate %s --by smith --role officer", alert, reason, plate);
	fx_ok(words);
}

START_TEST(genetec_a_rejected_plate_is_read_again_and_again)
{
	fx_setup();
	struct hl_recorded first = fx_see("r1", "5SOW350", 0), r = { 0 };
	reject(first.alert, "misread", "5SOW350");
	for (int i = 1; i <= 20; i++) {
		char id[16];
		snprintf(id, sizeof id, "r%d", i + 1);
		r = fx_see(id, "5SOW350", i * 3600000LL); /* all day long */
		ck_assert_int_eq(r.outcome, HL_OUT_SUPPRESSED);
		ck_assert_int_eq(r.why, HL_SUP_CLEARED);
		ck_assert_uint_eq(r.deliveries, 0);
	}
	ck_assert_int_eq(fx_counts().suppressed, 20);
	fx_has(fx_ok("cleared ls"), "smith");
	fx_teardown();
}
END_TEST

START_TEST(it_lapses)
{
	fx_setup();
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	reject(first.alert, "other_vehicle", "5SOW350");
	ck_assert_int_eq(fx_see("r2", "5SOW350", 86400000 + 60000).outcome, HL_OUT_CREATED);
	fx_teardown();
}
END_TEST

START_TEST(colorado_an_exact_pair_is_marked_and_never_silent)
{
	fx_setup();
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	reject(first.alert, "other_vehicle", "5SOW750");
	struct hl_recorded r = fx_see("r2", "5SOW750", 3600000);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	ck_assert_str_eq(a->cleared_note, "cleared 2026-11-23 by smith");
	golden_check("lesson-colorado", a, HL_EVENT_CREATED);
	char *text = golden_read("lesson-colorado", "txt"), *html = golden_read("lesson-colorado", "html");
	fx_has(text, "cleared 2026-11-23 by smith");
	fx_has(html, "cleared 2026-11-23 by smith");
	free(text);
	free(html);
	free(a);
	fx_teardown();
}
END_TEST

UNIT_MAIN("colorado", genetec_a_rejected_plate_is_read_again_and_again, it_lapses, colorado_an_exact_pair_is_marked_and_never_silent)
