/* test_cost.c: what `list lint` and `list import` say of the false alerts to be expected, in words and as JSON: by whose rules, channel and reads a day, of which entries, and what
 * they say where nothing can be worked out. */
#include "config.h"

#include "unit.h"

#include <signal.h>

#include "ops_list_fixture.h"

static const char file[] = "1ABC234\n?BC1234\n12345\n";
static const char rules_text[] = "version: 1\nconfusions: {base: none}\nmatch: {min_probability: 0.1}\nlists: {loose: {match: {min_probability: 0, max_cost: 2.0}}}\n";

static void write_file(const char *name, const char *text)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path(name), text, strlen(text), 0600, NULL), HL_OK);
}

/* The number behind this key, the first there is. */
static double number(const char *key)
{
	char quoted[64];
	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	const char *at = strstr(hl_buf_text(&out), quoted);
	ck_assert_msg(at != NULL, "no %s in:\n%s", key, hl_buf_text(&out));
	return strtod(at + strlen(quoted), NULL);
}

static void hasnt(const char *part)
{
	ck_assert_msg(!strstr(hl_buf_text(&out), part), "'%s' is in:\n%s", part, hl_buf_text(&out));
}

static void begin(void)
{
	setup_lists("watched: {layout: plates, feed: true, max_false_a_day: 0.5}, loose: {layout: plates, feed: true}");
	write_file("rules.yaml", rules_text);
}

START_TEST(lint_and_import_tell)
{
	begin();
	good("list|lint|loose|a.txt", file);
	has("expected: ");
	has(" false alerts a day, ");
	has("    at 100000 reads a day (assumed), channel openalpr\n");
	has(" a day: 12345 on line 3: ");
	has(" a day: ?BC1234 on line 2: give the symbols that are known\n");
	good("list|lint|loose|a.txt|--json", file);
	double a_day = number("expected_false_alerts_a_day");
	ck_assert(a_day > 0 && number("of_which_verify") <= a_day && number("of_which_same_plate") <= a_day);
	ck_assert(number("reads_a_day") == 100000);
	has("\"worst\":[{\"plate\":\"");
	has("{\"plate\":\"1ABC234\",\"line\":1,\"expected\":");
	good("list|import|loose|a.txt|--json", file);
	ck_assert(number("expected_false_alerts_a_day") == a_day);
	has("\"untold\":0,\"expected_false_alerts_a_day\":");
	good("list|import|loose|a.txt", file);
	has(" a day: 12345 on line 3: ");
	teardown();
}
END_TEST

START_TEST(reads_rules_and_channel)
{
	begin();
	good("list|lint|loose|a.txt|--json", file);
	double a_day = number("expected_false_alerts_a_day");
	good("list|lint|loose|a.txt|--json|--reads-per-day|200000", file);
	ck_assert(number("expected_false_alerts_a_day") > 1.99 * a_day && number("expected_false_alerts_a_day") < 2.01 * a_day);
	has("\"reads_a_day_from\":\"as given\"");
	good("list|import|loose|a.txt|--reads-per-day|1000", file);
	has("at 1000 reads a day (as given)");
	good("list|lint|loose|a.txt|--json|--channel|neutral", file);
	has("\"channel\":\"neutral\"");
	ck_assert(number("expected_false_alerts_a_day") != a_day);
	write_file("strict.yaml", "version: 1\nconfusions: {base: none}\nmatch: {max_cost: 0, candidates: 0}\n");
	char words[512];
	snprintf(words, sizeof words, "list|lint|loose|a.txt|--json|--rules|%s", tmp_path("strict.yaml"));
	good(words, file);
	ck_assert(number("expected_false_alerts_a_day") > 0 && number("expected_false_alerts_a_day") < a_day / 2);
	ck_assert(number("of_which_same_plate") > 0);
	/* Each list by its own options, each file by its own size: more entries cost more. */
	good("list|lint|watched|a.txt|--json", file);
	ck_assert(number("expected_false_alerts_a_day") < a_day);
	teardown();
}
END_TEST

START_TEST(more_than_allowed_is_a_warning)
{
	begin();
	good("list|lint|watched|a.txt|--reads-per-day|100000000", file);
	has("a.txt: warning: found '");
	has(" false alerts a day expected', expected at most 0.50 (max_false_a_day): see the dearest entries\n");
	has("2 warnings:");
	good("list|import|watched|a.txt|--activate|--reads-per-day|100000000", file);
	has(" (max_false_a_day)");
	has(", active\n");
	good("list|lint|watched|a.txt|--reads-per-day|1000", file);
	hasnt("max_false_a_day");
	has("expected: under 0.01 false alerts a day");
	teardown();
}
END_TEST

START_TEST(nothing_to_tell)
{
	begin();
	bad("list|lint|loose|a.txt", "NONE\n", HL_E_INPUT, "no good entry");
	hasnt("false alerts");
	bad("list|lint|loose|a.txt|--reads-per-day|0", file, HL_E_USAGE, "--reads-per-day '0'");
	bad("list|lint|loose|a.txt|--reads-per-day|many", file, HL_E_USAGE, "--reads-per-day 'many'");
	bad("list|lint|loose|a.txt|--rules|/nonexistent/rules.yaml", file, HL_E_CONFIG, "/nonexistent/rules.yaml can't be used");
	bad("list|lint|loose|a.txt|--channel|nosuch", file, HL_E_NOTFOUND, "--channel: there is no 'nosuch'");
	bad("list|import|loose|a.txt|--rules|r.yaml", file, HL_E_USAGE, "unknown option '--rules'");
	write_file("rules.yaml", "version: 1\nmach: {}\n");
	good("list|lint|loose|a.txt", file);
	hasnt("false alerts");
	good("list|import|loose|a.txt|--json", file);
	hasnt("expected_false_alerts_a_day");
	teardown();
}
END_TEST

/* A daemon that has counted for two hours. */
static int64_t uptime_s;
static size_t figures(void *arg, struct hl_figure *v, size_t max)
{
	(void)arg;
	ck_assert(max >= 2);
	v[0] = (struct hl_figure){ "reads", "in", 6000 };
	v[1] = (struct hl_figure){ "daemon", "uptime_s", uptime_s };
	return 2;
}

START_TEST(by_a_daemons_count)
{
	begin();
	ctx.live = figures;
	uptime_s = 7200;
	good("list|lint|loose|a.txt", file);
	has("at 72000 reads a day (as counted since the daemon's start)");
	uptime_s = 60;
	good("list|lint|loose|a.txt", file);
	has("at 100000 reads a day (assumed)");
	bad("list|lint|loose|a.txt|--rules|/etc/passwd", file, HL_E_USAGE, "a daemon reads no file of yours");
	teardown();
}
END_TEST

/* The channel is that of most cameras. */
START_TEST(by_the_cameras)
{
	struct hl_faults faults = { 0 };
	char yaml[] = "state: s\nrules: rules.yaml\ncameras: {a: {channel: fastplateocr}, b: {channel: neutral}, c: {channel: neutral}, d: {}}\n";
	struct hl_settings *s;
	begin();
	hl_settings_free(&settings);
	write_file("other.yaml", yaml);
	ck_assert_int_eq(hl_settings_load(&s, tmp_path("other.yaml"), &faults), HL_OK);
	settings = s;
	ctx.settings = s;
	ctx.state = s->state;
	good("list|lint|loose|a.txt|--layout|plates", file);
	has("channel neutral\n");
	good("list|lint|loose|a.txt|--layout|plates|--channel|fastplateocr", file);
	has("channel fastplateocr\n");
	teardown();
}
END_TEST

UNIT_MAIN("cost", lint_and_import_tell, reads_rules_and_channel, more_than_allowed_is_a_warning, nothing_to_tell, by_a_daemons_count, by_the_cameras)
