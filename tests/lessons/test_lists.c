/* test_lists.c: Truncated uploads empty a list: a version that has lost much of it is held, and the old one stays active. Colorado: plates entered in both O and 0 forms: the import
 * says so. Lists pushed by others with no countersignature, entries "indefinitely and without clear restrictions": an entry needs its reason, agency, case, state and expiry, a
 * partial plate a second person, and nobody is that for himself.
 */
#include "unit.h"

#include "../unit/ops_list_fixture.h"

static const char *plates(int n)
{
	static struct hl_buf text = HL_BUF(1 << 20);
	hl_buf_clear(&text);
	for (int i = 0; i < n; i++)
		hl_buf_printf(&text, "XK%04d\n", i);
	return hl_buf_text(&text);
}

static size_t active_entries(const char *list)
{
	struct hl_version v;
	ck_assert_int_eq(hl_version_find(settings->state, list, "active", &v, &err), HL_OK);
	return (size_t)v.entries;
}

START_TEST(a_truncated_upload_is_held)
{
	setup_lists("l: {require: plate, feed: true}");
	good("list|import|l|whole.txt|--layout|plates", plates(500));
	good("list|activate|l|newest|--reason|the first", NULL);
	good("list|import|l|cut.txt|--layout|plates", plates(37));
	has("held");
	bad("list|activate|l|newest|--reason|the day's file", NULL, HL_E_DENIED, "");
	ck_assert_uint_eq(active_entries("l"), 500);
	bad("list|approve|l|newest|--reason|I am sure", NULL, HL_E_DENIED, ""); /* who uploaded it does not approve it */
	bad("list|import|l|none.txt|--layout|plates", "", HL_E_INPUT, "");
	ck_assert_uint_eq(active_entries("l"), 500);
	teardown();
}
END_TEST

START_TEST(twins_of_o_and_0_are_told)
{
	setup_lists("l: {require: plate, feed: true}");
	good("list|lint|l|a.txt|--layout|plates", "ABO123\nAB0123\nXYZ999\n");
	has("found 'AB0123', expected only one of it and ABO123 on line 1: they differ by O and 0 alone");
	teardown();
}
END_TEST

START_TEST(an_entry_without_reason_agency_case_state_or_expiry_is_refused)
{
	static const char head[] = "plate,state,category,reason,agency,case,expires\n";
	static const char *const lines[] = { "ABC123,,stolen,taken,METRO,26-1,2026-12-01\n", "ABC123,CO,stolen,,METRO,26-1,2026-12-01\n", "ABC123,CO,stolen,taken,,26-1,2026-12-01\n",
					     "ABC123,CO,stolen,taken,METRO,,2026-12-01\n", "ABC123,CO,stolen,taken,METRO,26-1,\n" };
	static const char *const fields[] = { "state", "reason", "agency", "case", "expires" };
	setup_lists("l: {layout: csv}");
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char text[512];
		snprintf(text, sizeof text, "%sXYZ999,CO,stolen,taken,METRO,26-2,2026-12-01\n%s", head, lines[i]);
		good("list|import|l|a.csv|--layout|csv", text);
		has("1 good, 1 rejected");
		has(fields[i]);
	}
	teardown();
}
END_TEST

START_TEST(a_partial_plate_needs_a_second_person)
{
	setup_lists("l: {require: plate}");
	good("list|import|l|a.txt|--layout|plates", "ABC123\nXYZ*\n");
	bad("list|activate|l|newest|--reason|now", NULL, HL_E_DENIED, "");
	bad("list|approve|l|newest|--reason|mine", NULL, HL_E_DENIED, "");
	ctx.who = "jones";
	good("list|approve|l|newest|--reason|seen", NULL);
	ctx.who = "smith";
	good("list|activate|l|newest|--reason|now", NULL);
	ck_assert_uint_eq(active_entries("l"), 2);
	teardown();
}
END_TEST

UNIT_MAIN("lists", a_truncated_upload_is_held, twins_of_o_and_0_are_told, an_entry_without_reason_agency_case_state_or_expiry_is_refused, a_partial_plate_needs_a_second_person)
