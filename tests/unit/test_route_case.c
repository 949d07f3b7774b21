/* test_route_case.c: a described alert becomes the case that the rules judge, and the answer says whom they tell, the decision and why; suites are read with all
 * their faults.
 */
#include "engine/route_case.h"
#include "base/clock.h"
#include "rules_fixture.h"
#include "tmpdir.h"
#include "unit.h"

static const char rules_text[] = "timezone: America/Denver\n"
				 "lists: {stolen: {priority: 1}, odd: {match: {min_probability: 0.5, alert_probability: 0.9}}}\n"
				 "cameras: {cam9: {match: {min_probability: 0.6, alert_probability: 0.95}}}\n"
				 "zones: {town: {cameras: cam1}, border: {polygon: [[39.1, -104.9], [39.2, -104.9], [39.2, -104.7]]}}\n"
				 "mute: [{when: {list: scofflaw, at: \"Sat,Sun\"}, comment: weekend}]\n"
				 "route:\n"
				 "  receivers: desk\n"
				 "  routes:\n"
				 "    - {when: {category: amber}, receivers: everyone, continue: true}\n"
				 "    - {when: {zone: town, at: \"Mon-Fri 06:00-18:00\"}, receivers: north}\n"
				 "    - when: {zone: border}\n"
				 "      receivers: border\n"
				 "      routes: [{when: {priority: \"<=2\", decision: alert}, receivers: [border, watch]}]\n"
				 "    - {when: {contradiction: make}, receivers: garage}\n"
				 "    - {when: {region: us, confidence: \">0.5\"}, receivers: region}\n";

static void fill(const char *text, const struct hl_rules *r, struct hl_route_case *c)
{
	struct hl_conf *conf;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_conf_ctx ctx = { .file = "case", .faults = f };
	ck_assert_int_eq(hl_conf_parse(&conf, "case", text, strlen(text), f), HL_OK);
	enum hl_code code = hl_route_case_fill(hl_conf_root(conf), r, c, &ctx);
	ck_assert_msg(code == HL_OK, "%s: %s", text, f->v[0].text);
	hl_conf_free(&conf);
	free(f);
}

static const struct {
	const char *text, *told, *decision;
} rows[] = {
	{ "{list: stolen}", "desk", "alert" },
	{ "{list: stolen, category: AMBER}", "everyone", "alert" },
	{ "{camera: cam1, at: \"2026-11-23T06:00\"}", "north", "alert" },                       /* Monday, in Denver */
	{ "{camera: cam1, at: 2026-11-23T13:00:00Z}", "north", "alert" },                       /* the same instant */
	{ "{camera: cam1, at: \"2026-11-23T12:59Z\"}", "desk", "alert" },
	{ "{camera: cam1, at: \"2026-11-23T05:59-07:00\"}", "desk", "alert" },
	{ "{camera: cam1, at: \"2026-11-22T12:00\"}", "desk", "alert" },                        /* Sunday */
	{ "{camera: cam1}", "desk", "alert" },                                                  /* no time: no `at` */
	{ "{camera: cam1, category: amber, at: \"2026-11-23T12:00\"}", "everyone, north", "alert" },
	{ "{position: [39.15, -104.85]}", "border", "alert" },
	{ "{list: stolen, position: [39.15, -104.85]}", "border, watch", "alert" },             /* the list's priority */
	{ "{list: stolen, priority: 3, position: [39.15, -104.85]}", "border", "alert" },       /* the entry's own before it */
	{ "{list: stolen, position: [39.15, -104.85], kind: edit}", "border", "verify" },
	{ "{list: stolen, position: [39.15, -104.85], late: true}", "border", "verify" },
	{ "{list: stolen, position: [39.15, -104.85], kind: edit, decision: alert}", "border, watch", "alert" },
	{ "{list: stolen, kind: edit, plate_probability: 0.19}", "", "drop" },
	{ "{list: stolen, kind: edit, plate_probability: 0.2, probability: 0}", "desk", "verify" },
	{ "{list: odd, kind: edit, plate_probability: 0.49}", "", "drop" },
	{ "{list: odd, probability: 0.89}", "desk", "verify" },
	{ "{list: odd, probability: 0.9}", "desk", "alert" },
	{ "{list: odd, camera: cam9, probability: 0.94}", "desk", "verify" },
	{ "{camera: cam9, kind: edit, plate_probability: 0.59}", "", "drop" },
	{ "{contradiction: make}", "garage", "verify" },
	{ "{contradiction: [state, color]}", "desk", "verify" },
	{ "{region: us-ca, confidence: 0.6}", "region", "alert" },
	{ "{region: us-ca}", "desk", "alert" },
	{ "{list: scofflaw, at: \"2026-11-22\"}", "", "alert" },                                /* muted */
	{ "{list: scofflaw, at: \"2026-11-23\"}", "desk", "alert" },
};

static void names_of(const struct hl_route_answer *a, char *dst, size_t size)
{
	dst[0] = 0;
	for (size_t i = 0; i < a->n_told; i++)
		snprintf(dst + strlen(dst), size - strlen(dst), "%s%s", i ? ", " : "", a->route[i]);
}

START_TEST(described_cases)
{
	struct hl_rules *r = rules_of(rules_text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hl_route_case c = { 0 };
		struct hl_route_answer a;
		char told[256];
		fill(rows[i].text, r, &c);
		hl_route_case_run(r, NULL, &c, NULL, &a);
		names_of(&a, told, sizeof told);
		ck_assert_msg(!strcmp(told, rows[i].told), "%s: %s, expected %s", rows[i].text, told, rows[i].told);
		ck_assert_msg(!strcmp(hl_decision_name(a.kase.decision), rows[i].decision), "%s: %s (%s)", rows[i].text, hl_decision_name(a.kase.decision), a.why);
		ck_assert(hl_route_case_ok(&c, &a)); /* nothing was expected */
		hl_conf_wipe(hl_route_case_options, &c);
	}
	hl_rules_free(&r);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
} expected[] = {
	{ "{list: stolen, position: [39.15, -104.85], expect: [watch, border]}", true }, /* in any order */
	{ "{list: stolen, position: [39.15, -104.85], expect: [watch, border, watch]}", true },
	{ "{list: stolen, position: [39.15, -104.85], expect: [watch]}", false },
	{ "{list: stolen, position: [39.15, -104.85], expect: [watch, border, desk]}", false },
	{ "{list: stolen, expect: []}", false },
	{ "{list: scofflaw, at: 2026-11-22, expect: []}", true },
	{ "{list: scofflaw, at: 2026-11-22, expect: desk}", false },
	{ "{list: stolen, kind: edit, probability: 0, expect: []}", true },
};

START_TEST(exactly_those_who_are_expected)
{
	struct hl_rules *r = rules_of(rules_text);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		struct hl_route_case c = { 0 };
		struct hl_route_answer a;
		fill(expected[i].text, r, &c);
		hl_route_case_run(r, NULL, &c, NULL, &a);
		ck_assert_msg(hl_route_case_ok(&c, &a) == expected[i].ok, "%s", expected[i].text);
		hl_conf_wipe(hl_route_case_options, &c);
	}
	hl_rules_free(&r);
}
END_TEST

struct seen {
	const struct hl_rules *r;
	const struct hl_case *kase;
	struct hl_buf text;
};

static void on_step(void *arg, const struct hl_route_step *s)
{
	struct seen *seen = arg;
	hl_buf_printf(&seen->text, "%u:%u %u %s", s->route->line, s->depth, (unsigned)(s->tells ? s->tells->n : 0), s->tells ? "tells" : s->missed ? s->missed : "fits");
	if (s->missed) {
		hl_buf_puts(&seen->text, "=");
		hl_route_case_value(seen->r, seen->kase, s->missed, &seen->text);
	}
	hl_buf_putc(&seen->text, '\n');
}

START_TEST(each_step_is_told_with_the_first_condition_that_fails)
{
	struct hl_rules *r = rules_of(rules_text);
	struct hl_route_case c = { 0 };
	struct hl_route_answer a;
	struct seen seen = { .r = r, .kase = &a.kase, .text = HL_BUF(4096) };
	struct hl_route_watch watch = { on_step, &seen };
	fill("{camera: cam1, category: amber, position: [39.15, -104.85], at: \"2026-11-22T12:00\"}", r, &c);
	hl_route_case_run(r, NULL, &c, &watch, &a);
	ck_assert_str_eq(hl_buf_text(&seen.text), "9:1 0 fits\n9:1 1 tells\n10:1 0 at=Sun 2026-11-22 12:00:00 MST\n11:1 0 fits\n13:2 0 priority=5\n11:1 1 tells\n");
	hl_conf_wipe(hl_route_case_options, &c);
	hl_buf_clear(&seen.text);
	c = (struct hl_route_case){ 0 };
	fill("{camera: cam1}", r, &c);
	hl_route_case_run(r, NULL, &c, &watch, &a);
	ck_assert_str_eq(hl_buf_text(&seen.text), "9:1 0 category=not given\n10:1 0 at=no time\n11:1 0 zone=camera cam1, no position\n14:1 0 contradiction=none\n"
						  "15:1 0 region=not given\n7:0 1 tells\n");
	hl_conf_wipe(hl_route_case_options, &c);
	hl_buf_fini(&seen.text);
	hl_rules_free(&r);
}
END_TEST

START_TEST(registries_know_what_the_words_leave_open)
{
	static const char text[] = "state: /tmp/x\nrules: r.yaml\ncameras: {cam7: {site: Bridge, lat: 39.15, lon: -104.85}}\nlists: {stolen: {agency: METRO}}\n";
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_settings *s;
	struct hl_rules *r = rules_of(rules_text);
	struct hl_route_case c = { 0 };
	struct hl_route_answer a;
	ck_assert_int_eq(hl_settings_parse(&s, "/tmp/s.yaml", text, strlen(text), f), HL_OK);
	fill("{camera: cam7, list: stolen}", r, &c);
	hl_route_case_run(r, s, &c, NULL, &a);
	ck_assert_str_eq(a.route[0], "border");
	ck_assert_str_eq(a.kase.site, "Bridge");
	ck_assert_str_eq(a.kase.agency, "METRO");
	hl_conf_wipe(hl_route_case_options, &c);
	c = (struct hl_route_case){ 0 };
	fill("{camera: cam7, list: stolen, position: [0, 0], site: Tunnel, agency: COUNTY}", r, &c);
	hl_route_case_run(r, s, &c, NULL, &a);
	ck_assert_str_eq(a.route[0], "desk");
	ck_assert_str_eq(a.kase.site, "Tunnel");
	ck_assert_str_eq(a.kase.agency, "COUNTY");
	hl_conf_wipe(hl_route_case_options, &c);
	hl_settings_free(&s);
	hl_rules_free(&r);
	free(f);
}
END_TEST

/* What is said of a suite's text. */
static void suite_faults(const char *text, const char *wanted)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	struct hl_rules *r = rules_of(rules_text);
	struct hl_route_suite *s;
	size_t folder;
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("c.yaml"), text, strlen(text), 0600, NULL), HL_OK);
	ck_assert_int_eq(hl_route_suite_load(&s, tmp_path("c.yaml"), r, f), HL_E_CONFIG);
	ck_assert_ptr_null(s);
	for (size_t i = 0; i < f->n; i++) {
		folder = strlen(tmp_dir) + 1;
		memmove(f->v[i].file, f->v[i].file + folder, strlen(f->v[i].file) + 1 - folder);
	}
	hl_faults_print(f, &out);
	ck_assert_str_eq(hl_buf_text(&out), wanted);
	hl_buf_fini(&out);
	hl_rules_free(&r);
	free(f);
}

START_TEST(suites_that_are_none)
{
	tmp_make();
	suite_faults("", "c.yaml:1:1: required key 'cases' is missing\n");
	suite_faults("cases: {}\n", "c.yaml:1:8: 'cases': expected a list of 1 to 10000 cases, each like {list: stolen, camera: cam7, expect: [north]}\n");
	suite_faults("cases: []\n", "c.yaml:1:8: 'cases': expected a list of 1 to 10000 cases, each like {list: stolen, camera: cam7, expect: [north]}\n");
	suite_faults("cases:\n- {lst: stolen}\n", "c.yaml:2:3: required key 'expect' is missing: the receivers that must be told, [] for nobody\n"
						    "c.yaml:2:4: unknown key 'lst' (did you mean 'list'?)\n");
	suite_faults("cases:\n- {at: 10pm, expect: a}\n- {position: [139.1, -104.8], expect: a}\n- {position: [1, x], expect: a}\n- {position: 1, expect: a}\n- 5\n",
		     "c.yaml:2:8: '10pm' is no time; expected one like 2026-11-22T23:10-07:00, or 2026-11-22T23:10 in the rules' timezone\n"
		     "c.yaml:3:15: 'latitude' is '139.1': expected a decimal number from -90 to 90\n"
		     "c.yaml:4:18: 'longitude' is 'x': expected a decimal number from -180 to 180\n"
		     "c.yaml:5:14: 'position' has 1 values: expected at least 2\n"
		     "c.yaml:6:3: this is '5': expected a mapping of keys\n");
	suite_faults("cases:\n- {kind: exakt, expect: a}\n- {priority: 0, expect: a}\n- {contradiction: colour, expect: a}\n- {decision: drop, expect: a}\n- {probability: 2, expect: a}\n",
		     "c.yaml:2:10: 'kind' is 'exakt': expected exact, confusable, edit, wildcard or candidate\n"
		     "c.yaml:3:14: 'priority' is '0': expected a whole number from 1 to 9\n"
		     "c.yaml:4:19: unknown contradiction 'colour'; expected state, type, make or color\n"
		     "c.yaml:5:14: 'decision' is 'drop': expected by-rules, verify or alert\n"
		     "c.yaml:6:17: 'probability' is '2': expected a decimal number from 0 to 1\n");
	tmp_remove();
}
END_TEST

START_TEST(defaults_of_the_table)
{
	struct hl_route_case c = { 0 };
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	ck_assert_uint_eq(hl_conf_default_faults(hl_route_case_options, &c, f), 0);
	hl_conf_wipe(hl_route_case_options, &c);
	free(f);
}
END_TEST

UNIT_MAIN("route_case", described_cases, exactly_those_who_are_expected, each_step_is_told_with_the_first_condition_that_fails, registries_know_what_the_words_leave_open,
	  suites_that_are_none, defaults_of_the_table)
