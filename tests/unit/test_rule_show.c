/* test_rule_show.c: what `rules show` writes: as YAML it is the same rules (thresholds, decisions, routes, mutes), and writing that again changes nothing; defaults,
 * inherited receivers and included files are in it.
 */
#include "base/clock.h"
#include "core/rule_show.h"
#include "rules_fixture.h"
#include "tmpdir.h"
#include "unit.h"

enum { CASES = 3000 };

static const char patrol[] = "include: parts.yaml\n"
			     "timezone: America/Denver\n"
			     "confusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}, {listed: \"7\", read: \"1\", cost: 0.6}]}\n"
			     "match: {max_cost: 0.9, min_confidence: 0.3}\n"
			     "lists:\n"
			     "  stolen: {priority: 1, base_rate: 0.005, match: {min_probability: 0.10}}\n"
			     "  no: {match: {max_cost: 0}}\n"
			     "cameras: {cam2: {match: {max_cost: 0.5}, lists: {stolen: {match: {min_probability: 0.4}}}}}\n"
			     "alerts: {contradictions: drop, cleared_for: {officer: 2h}}\n"
			     "route:\n"
			     "  receivers: [desk, \"0123\"]\n"
			     "  routes:\n"
			     "    - when: {category: \"Am\\\"ber\\\\ alert\", site: 'I-25: N # 214'}\n"
			     "      receivers: everyone\n"
			     "      continue: true\n"
			     "    - &north\n"
			     "      when: {list: [stolen, no], zone: [downtown, border], at: [\"Mon-Fri 06:00-18:00\", Hol]}\n"
			     "      routes:\n"
			     "        - {when: {priority: [\"<=2\", \"4..5\"], decision: alert, kind: [exact, edit]}, receivers: north, continue: true}\n"
			     "        - when: {contradiction: [any], probability: \">0.25\", confidence: \"0.5\"}\n"
			     "          routes: [{when: {agency: METRO, region: [us-ca, de]}, receivers: [metro, desk]}, {when: {camera: cam1}}]\n"
			     "    - *north\n"
			     "mute:\n"
			     "  - {when: {list: no, at: \"Sat,Sun\"}, until: 2027-01-01, comment: \"no \\u00e9nforcement: yet\"}\n";

static const char parts[] = "zones:\n"
			    "  downtown: {cameras: [cam1, cam2]}\n"
			    "  border: {polygon: [[39.1, -104.9], [39.2, -104.9], [39.2, -104.7]]}\n"
			    "holidays: [2026-12-25]\n"
			    "lists: {late: {priority: 9}}\n"
			    "mute: [{when: {camera: cam3}, from: 2026-11-24, until: \"2026-11-25T00:00:00+01:00\"}]\n";

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path(name), text, strlen(text), 0600, NULL), HL_OK);
}

static struct hl_rules *load(const char *name, struct hl_rules_tree **tree)
{
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	enum hl_code code = hl_rules_load_tree(&r, tree, tmp_path(name), f);
	ck_assert_msg(code == HL_OK, "%s: %u:%u: %s", name, f->v[0].line, f->v[0].column, f->v[0].text);
	free(f);
	return r;
}

static unsigned long seed = 7;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(seed >> 33) % n;
}

static struct hl_case random_case(void)
{
	static const char *const lists[] = { "stolen", "no", "late", "else" }, *const cameras[] = { "cam1", "cam2", "cam3", "cam4" };
	static const char *const categories[] = { "Am\"ber\\ alert", "AMBER", "" }, *const sites[] = { "I-25: N # 214", "" };
	static const char *const regions[] = { "us-ca", "us-nv", "de-by", "" }, *const agencies[] = { "metro", "COUNTY" };
	struct hl_case c = { .list = lists[pick(4)], .category = categories[pick(3)], .agency = agencies[pick(2)], .camera = cameras[pick(4)],
			     .site = sites[pick(2)], .region = regions[pick(4)], .has_position = pick(2), .priority = 1 + (int)pick(9), .kind = pick(5),
			     .contradictions = pick(3) ? 0 : pick(16), .late = pick(8) == 0 };
	c.time_ms = pick(9) ? INT64_C(1795305600000) /* 2026-11-22 */ + (int64_t)pick(35 * 24 * 4) * 900000 : HL_NO_TIME;
	c.position = hl_point_of(39.0 + pick(30) / 100.0, -105.0 + pick(40) / 100.0);
	c.plate_probability = pick(21) / 20.0;
	c.probability = pick(21) / 20.0;
	c.confidence = pick(11) / 10.0 - (pick(3) ? 0 : 2);
	return c;
}

static void same_match(const struct hl_match_opts *a, const struct hl_match_opts *b)
{
	ck_assert_int_eq(a->max_cost, b->max_cost);
	ck_assert_int_eq(a->candidate_cost, b->candidate_cost);
	ck_assert_int_eq(a->candidates, b->candidates);
	ck_assert_double_eq(a->min_probability, b->min_probability);
	ck_assert_double_eq(a->alert_probability, b->alert_probability);
	ck_assert_double_eq(a->min_confidence, b->min_confidence);
}

static void same_rules(const struct hl_rules *a, const struct hl_rules *b)
{
	static const char *const lists[] = { "stolen", "no", "late", "else" };
	unsigned routed = 0, muted = 0, several = 0;
	ck_assert_str_eq(a->timezone, b->timezone);
	ck_assert_mem_eq(&a->confusion, &b->confusion, sizeof a->confusion);
	for (size_t i = 0; i < 4; i++) {
		same_match(hl_rules_match(a, lists[i]), hl_rules_match(b, lists[i]));
		same_match(hl_rules_match_for(a, lists[i], "cam2"), hl_rules_match_for(b, lists[i], "cam2"));
	}
	ck_assert_int_eq(hl_rules_match_for(b, "late", "cam2")->max_cost, 50);
	ck_assert_double_eq(hl_rules_list(a, "stolen")->base_rate, hl_rules_list(b, "stolen")->base_rate);
	ck_assert(hl_rules_list(b, "no")->base_rate < 0);
	ck_assert_int_eq(a->cleared_officer_ms, b->cleared_officer_ms);
	ck_assert_int_eq(a->cleared_supervisor_ms, b->cleared_supervisor_ms);
	for (int i = 0; i < CASES; i++) {
		const char *x[HL_RECEIVERS_MAX], *y[HL_RECEIVERS_MAX];
		struct hl_case c = random_case();
		c.decision = hl_rules_decide(a, hl_rules_match_for(a, c.list, c.camera), &c);
		ck_assert_int_eq(c.decision, hl_rules_decide(b, hl_rules_match_for(b, c.list, c.camera), &c));
		size_t n = hl_rules_route(a, &c, x);
		ck_assert_uint_eq(n, hl_rules_route(b, &c, y));
		for (size_t k = 0; k < n; k++)
			ck_assert_str_eq(x[k], y[k]);
		const struct hl_mute *m = hl_rules_mute(a, &c), *o = hl_rules_mute(b, &c);
		ck_assert_int_eq(m ? m - (struct hl_mute *)a->mutes.v : -1, o ? o - (struct hl_mute *)b->mutes.v : -1);
		routed += strcmp(x[0], "desk") != 0;
		several += n > 2;
		muted += m != NULL;
	}
	/* The cases reach the branches, else the above says little. */
	ck_assert_uint_gt(routed, CASES / 20);
	ck_assert_uint_gt(several, CASES / 100);
	ck_assert_uint_gt(muted, CASES / 50);
}

START_TEST(shown_as_yaml_it_is_the_same_rules)
{
	struct hl_rules_tree *tree, *tree2;
	struct hl_buf once = HL_BUF(1 << 20), twice = HL_BUF(1 << 20);
	tmp_make();
	put("rules.yaml", patrol);
	put("parts.yaml", parts);
	struct hl_rules *r = load("rules.yaml", &tree);
	hl_rules_show_yaml(r, tree, &once);
	put("shown.yaml", hl_buf_text(&once));
	struct hl_rules *r2 = load("shown.yaml", &tree2);
	same_rules(r, r2);
	hl_rules_show_yaml(r2, tree2, &twice);
	/* But for the first line, which names the file. */
	ck_assert(!strcmp(strchr(hl_buf_text(&once), '\n'), strchr(hl_buf_text(&twice), '\n')));
	ck_assert_ptr_null(strstr(hl_buf_text(&once), "include"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&once), "\nmatch: {max_cost: 0.9, min_probability: 0.20, alert_probability: 0.80, min_confidence: 0.3, candidates: 10, candidate_cost: 1.0}\n"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&once), "      receivers: [desk, \"0123\"]\n")); /* inherited */
	hl_rules_free(&r);
	hl_rules_free(&r2);
	hl_rules_tree_free(&tree);
	hl_rules_tree_free(&tree2);
	hl_buf_fini(&once);
	hl_buf_fini(&twice);
	tmp_remove();
}
END_TEST

START_TEST(as_text)
{
	struct hl_rules_tree *tree;
	struct hl_buf out = HL_BUF(1 << 20);
	tmp_make();
	put("rules.yaml", "lists: {scofflaw: {priority: 9, match: {max_cost: 0, candidates: 0}}}\n"
			  "holidays: [2026-12-25]\n"
			  "zones: {z: {cameras: cam1}}\n"
			  "route: {receivers: desk, routes: [{when: {list: a, priority: \"<=2\"}, receivers: [b, c], continue: true, routes: [{when: {zone: z}}]}, {receivers: e}]}\n");
	struct hl_rules *r = load("rules.yaml", &tree);
	hl_rules_show_text(r, tree, &out);
	ck_assert_str_eq(strchr(hl_buf_text(&out), '\n') + 1,
			 "timezone: UTC\n"
			 "channels: {density: us, scores: openalpr, shares: fastplateocr, plain: neutral}\n"
			 "thresholds:\n"
			 "               max_cost  min_probability  alert_probability  min_confidence  candidates  candidate_cost  priority\n"
			 "  scofflaw         0.00             0.20               0.80            0.00           0            1.00         9\n"
			 "  other lists      1.00             0.20               0.80            0.00          10            1.00         5\n"
			 "holidays: [2026-12-25]\n"
			 "zones:\n"
			 "  z: {cameras: cam1}\n"
			 "alerts: {passage: 8s, cooldown: 10m, contradictions: verify, cleared_for: {officer: 24h, supervisor: 30d}, ack_for: 15m, late_after: 10m}\n"
			 "route -> desk\n"
			 "  list: a, priority: \"<=2\" -> b, c; and on\n"
			 "    zone: z -> b, c\n"
			 "  all -> e\n");
	hl_rules_free(&r);
	hl_rules_tree_free(&tree);
	hl_buf_fini(&out);
	tmp_remove();
}
END_TEST

START_TEST(as_json)
{
	struct hl_rules_tree *tree;
	struct hl_buf out = HL_BUF(1 << 20);
	tmp_make();
	put("rules.yaml", "match: {max_cost: 0.5, candidates: 08}\n"
			  "zones: {z: {cameras: 0123, polygon: [[1, -2.5], [3, 4], [5, 5.0]]}}\n"
			  "route: {receivers: no, routes: [{when: {priority: 3, list: 12}, continue: true}]}\n");
	struct hl_rules *r = load("rules.yaml", &tree);
	hl_rules_show_json(r, tree, &out);
	const char *json = hl_buf_text(&out);
	static const char *const wanted[] = {
		"\"match\":{\"max_cost\":0.5,\"min_probability\":0.20,", "\"candidates\":8,\"candidate_cost\"",
		"\"zones\":{\"z\":{\"cameras\":\"0123\",\"polygon\":[[1,-2.5],[3,4],[5,5.0]]}}",
		"\"route\":{\"receivers\":\"no\",\"continue\":false,\"routes\":[{\"when\":{\"list\":\"12\",\"priority\":3},\"receivers\":\"no\",\"continue\":true}]}",
		"\"thresholds\":[{\"list\":null,\"max_cost\":0.5,\"min_probability\":0.2,",
	};
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		ck_assert_msg(strstr(json, wanted[i]), "%s\nis not in\n%s", wanted[i], json);
	hl_rules_free(&r);
	hl_rules_tree_free(&tree);
	hl_buf_fini(&out);
	tmp_remove();
}
END_TEST

UNIT_MAIN("rule_show", shown_as_yaml_it_is_the_same_rules, as_text, as_json)
