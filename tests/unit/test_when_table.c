/* test_when_table.c: what `at`, `zone` and `region` mean, row by row: tests/data/rules/when.txt by hand, times.txt by a second implementation over Python's own
 * zone data (times.py). And what is refused.
 */
#include "rule_case.h"
#include "rules_fixture.h"
#include "unit.h"

/* "camera=cam1 time=… pos=LAT,LON region=us-ca": see rule_case.h. */
static struct hl_case case_of(char *text)
{
	struct hl_case c = { .list = "stolen", .category = "stolen", .agency = "", .camera = "", .site = "", .priority = 5, .decision = HL_VERIFY, .confidence = -1,
			     .time_ms = HL_NO_TIME };
	case_words(&c, text);
	return c;
}

static void row(struct rule_table *t, const char *file, unsigned line, char *text)
{
	bool wanted = !strncmp(text, "yes", 3);
	char *at = strstr(text, " @ ");
	ck_assert_msg(at && (wanted || !strncmp(text, "no ", 3)), "%s:%u: no row", file, line);
	*at = 0;
	struct hl_buf rules = HL_BUF(65536);
	const char *names[HL_RECEIVERS_MAX];
	hl_buf_printf(&rules, "%sroute: {receivers: none, routes: [{when: %s, receivers: some}]}\n", hl_buf_text(&t->text), text + 4);
	struct hl_rules *r = rules_of(hl_buf_text(&rules));
	struct hl_case c = case_of(at + 3);
	ck_assert_uint_eq(hl_rules_route(r, &c, names), 1);
	ck_assert_msg(!strcmp(names[0], "some") == wanted, "%s:%u: expected %s", file, line, wanted ? "yes" : "no");
	hl_rules_free(&r);
	hl_buf_fini(&rules);
	t->yes += wanted;
}

START_TEST(rows_by_hand)
{
	struct rule_table t = rule_table_run("when.txt", row);
	ck_assert_uint_ge(t.rows, 110);
	ck_assert_uint_ge(t.yes, 50);
}
END_TEST

START_TEST(rows_by_another_clock)
{
	struct rule_table t = rule_table_run("times.txt", row);
	ck_assert_uint_ge(t.rows, 300);
	ck_assert_uint_ge(t.yes, 90);
}
END_TEST

static void refused_in_line_two(const char *text, const char *words)
{
	char *faults = faults_of(text);
	ck_assert_msg(strstr(faults, words) && strstr(faults, "rules.yaml:2:"), "%s%s", text, faults);
	free(faults);
}

static const char *const refused[][2] = {
	{ "at: \"\"", "'' is no time; expected days" },
	{ "at: [\"\"]", "'' is no time" },
	{ "at: Monday", "'Monday' is no time from 'Monday' on" },
	{ "at: \"Mon-Fri 06:00\"", "from '06:00' on" },
	{ "at: \"Mon-Fri 6:00-18:00\"", "from '6:00-18:00' on" },
	{ "at: \"06:00-24:01\"", "from '06:00-24:01' on" },
	{ "at: \"24:00-06:00\"", "from '24:00-06:00' on" },
	{ "at: \"06:00-06:00\"", "from '06:00-06:00' on" },
	{ "at: \"06:60-07:00\"", "from '06:60-07:00' on" },
	{ "at: \"06:00-18:00 Mon\"", "from 'Mon' on" },
	{ "at: \"Mon-Hol\"", "is no time" },
	{ "at: \"!Mon\"", "is no time" },
	{ "at: \"Mon,\"", "is no time" },
	{ "at: \"Mon;Tue\"", "from ';Tue' on" },
	{ "zone: dwntown", "unknown zone 'dwntown' (did you mean 'downtown'?)" },
	{ "zone: elsewhere", "unknown zone 'elsewhere'; expected a name under 'zones'" },
	{ "region: []", "region" },
};

START_TEST(what_is_refused)
{
	char text[512];
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		snprintf(text, sizeof text, "zones: {downtown: {cameras: cam1}}\nroute: {receivers: a, routes: [{when: {%s}, receivers: b}]}\n", refused[i][0]);
		refused_in_line_two(text, refused[i][1]);
	}
}
END_TEST

static const char *const bad_zones[][2] = {
	{ "{}", "neither cameras nor a polygon" },
	{ "{polygon: [[1, 2], [3, 4]]}", "expected 3 to 1000 points" },
	{ "{polygon: [[1, 2], [3, 4], 5]}", "expected a point as [lat, lon]" },
	{ "{polygon: [[1, 2], [3, 4], [5, 6, 7]]}", "expected a point as [lat, lon]" },
	{ "{polygon: [[-104.9, 39.1], [-104.9, 39.2], [-104.7, 39.2]]}", "a latitude of -104.9 is beyond ±90; points are [lat, lon], the reverse of GeoJSON" },
	{ "{polygon: [[0, 0], [1, 1], [0, 1], [1, 0]]}", "crosses or touches itself" },
	{ "{polygon: [[0, 0], [0, 2], [0, 1]]}", "crosses or touches itself" },
	{ "{polygon: [[0, 0], [0, 1], [0, 1], [1, 1]]}", "crosses or touches itself" },
	{ "{polygon: [[0, 0], [0, 2], [2, 2], [2, 0], [0, 1]]}", "crosses or touches itself" },
	{ "{polygon: [[10, 179], [10, -179], [11, -179]]}", "over the date line" },
	{ "{polygon: [[x, 0], [0, 1], [1, 1]]}", "x" },
	{ "{cameras: []}", "cameras" },
};

START_TEST(zones_that_are_none)
{
	char text[512];
	for (size_t i = 0; i < sizeof bad_zones / sizeof bad_zones[0]; i++) {
		snprintf(text, sizeof text, "zones:\n  z: %s\nroute: {receivers: a}\n", bad_zones[i][0]);
		refused_in_line_two(text, bad_zones[i][1]);
	}
}
END_TEST

static const char *const mute_rows[][3] = {
	/* a row of mute | time of the read | muted */
	{ "when: {list: stolen}", "2026-11-23T10:00:00Z", "yes" },
	{ "when: {list: amber}", "2026-11-23T10:00:00Z", "no" },
	{ "when: {list: stolen}, until: 2026-11-24", "2026-11-24T06:59:59Z", "yes" }, /* midnight in Denver */
	{ "when: {list: stolen}, until: 2026-11-24", "2026-11-24T07:00:00Z", "no" },
	{ "when: {list: stolen}, from: 2026-11-24", "2026-11-24T06:59:59Z", "no" },
	{ "when: {list: stolen}, from: 2026-11-24", "2026-11-24T07:00:00Z", "yes" },
	{ "when: {list: stolen}, from: 2026-03-08, until: 2026-03-09", "2026-03-09T05:59:59Z", "yes" }, /* a day of 23 hours */
	{ "when: {list: stolen}, from: 2026-03-08, until: 2026-03-09", "2026-03-09T06:00:00Z", "no" },
	{ "when: {list: stolen}, until: \"2026-11-24T00:00:00+01:00\"", "2026-11-23T22:59:59Z", "yes" },
	{ "when: {list: stolen}, until: \"2026-11-24T00:00:00+01:00\"", "2026-11-23T23:00:00Z", "no" },
	{ "when: {list: stolen, at: \"Sat,Sun\"}, until: 2027-01-01", "2026-11-22T12:00:00Z", "yes" },
	{ "when: {list: stolen, at: \"Sat,Sun\"}, until: 2027-01-01", "2026-11-23T12:00:00Z", "no" },
	{ "when: {zone: z}", "2026-11-23T12:00:00Z", "yes" },
	{ "when: {camera: cam2}", "2026-11-23T12:00:00Z", "no" },
};

START_TEST(mutes)
{
	for (size_t i = 0; i < sizeof mute_rows / sizeof mute_rows[0]; i++) {
		char text[512], words[128];
		snprintf(text, sizeof text, "timezone: America/Denver\nzones: {z: {cameras: cam1}}\nmute: [{%s}]\n", mute_rows[i][0]);
		snprintf(words, sizeof words, "camera=cam1 time=%s", mute_rows[i][1]);
		struct hl_rules *r = rules_of(text);
		struct hl_case c = case_of(words);
		ck_assert_msg((hl_rules_mute(r, &c) != NULL) == !strcmp(mute_rows[i][2], "yes"), "%s at %s", mute_rows[i][0], mute_rows[i][1]);
		hl_rules_free(&r);
	}
}
END_TEST

START_TEST(mutes_that_are_none)
{
	char *faults = faults_of("mute:\n"
				 "  - {comment: x}\n"
				 "  - {when: {}}\n"
				 "  - {when: {list: a}, until: tomorrow}\n"
				 "  - {when: {list: a}, from: 2026-12-02, until: 2026-12-01}\n"
				 "  - {when: {zone: z}}\n");
	ck_assert_str_eq(faults, "rules.yaml:2:5: required key 'when' is missing\n"
				 "rules.yaml:3:5: a mute without conditions would silence every alert; expected one key of 'when' at least\n"
				 "rules.yaml:4:30: 'tomorrow' is neither a date nor a time; expected one like 2027-01-01 or 2027-01-01T06:00:00-07:00\n"
				 "rules.yaml:5:48: the mute ends (2026-12-01) before it begins (2026-12-02)\n"
				 "rules.yaml:6:19: unknown zone 'z'; expected a name under 'zones'\n");
	free(faults);
}
END_TEST

START_TEST(dates_that_are_none)
{
	char *faults = faults_of("holidays: [2026-02-29, 2026-12-25, 25.12.2026, 2026-1-1]\n");
	ck_assert_str_eq(faults, "rules.yaml:1:12: '2026-02-29' is no date; expected one like 2026-12-25\n"
				 "rules.yaml:1:36: '25.12.2026' is no date; expected one like 2026-12-25\n"
				 "rules.yaml:1:48: '2026-1-1' is no date; expected one like 2026-12-25\n");
	free(faults);
}
END_TEST

UNIT_MAIN("when_table", rows_by_hand, rows_by_another_clock, what_is_refused, zones_that_are_none, mutes, mutes_that_are_none, dates_that_are_none)
