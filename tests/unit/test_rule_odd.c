/* test_rule_odd.c: a route that rules are warned about as never reached is never reached: made-up trees, made-up alerts, and the routing itself as the judge. What
 * is said, and at which place, stands in tests/data/bad-rules/warn-*. And what time has overtaken.
 */
#include "base/clock.h"
#include "rules_fixture.h"
#include "tmpdir.h"
#include "unit.h"

enum { TREES = 400, CASES = 300, ROUTES = 5 };

static unsigned long seed = 3;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(seed >> 33) % n;
}

/* One value or two, from a few, so that conditions often meet. */
static const char *const conditions[][6] = {
	{ "list: a", "list: b", "list: [a, b]", "category: X", "category: [x, y]", "agency: m" },
	{ "camera: c1", "camera: [c1, c2]", "zone: z", "zone: [z, y]", "site: s", "camera: c3" },
	{ "priority: \"<=3\"", "priority: \"2..5\"", "priority: [1, 2, 3]", "priority: \">=4\"", "priority: \"1..9\"", "priority: 5" },
	{ "kind: exact", "kind: [edit, exact]", "decision: alert", "decision: verify", "decision: [alert, verify]", "contradiction: none" },
	{ "at: \"Mon-Fri\"", "at: \"Mon 06:00-18:00\"", "at: \"22:00-06:00\"", "at: [Hol, \"Tue,Wed\"]", "at: \"!Hol Mon-Wed 05:00-19:00\"", "at: \"Mon-Sun\"" },
	{ "probability: \">0.5\"", "probability: \"0.6..0.9\"", "probability: \">=0.5\"", "contradiction: make", "contradiction: any", "confidence: \"<0.5\"" },
	{ "region: us", "region: us-ca", "region: [us-ca, de]", "region: de-by", "region: [us, de]", "site: s" },
};
enum { GROUPS = sizeof conditions / sizeof conditions[0] };

static void put_when(struct hl_buf *out)
{
	unsigned first = pick(GROUPS), n = pick(3);
	hl_buf_puts(out, "when: {");
	for (unsigned i = 0; i < n; i++)
		hl_buf_printf(out, "%s%s", i ? ", " : "", conditions[(first + i) % GROUPS][pick(6)]);
	hl_buf_puts(out, "}");
}

/* Each route on a line of its own, its receiver named by the line. */
static unsigned put_routes(struct hl_buf *out, unsigned line, unsigned depth)
{
	for (unsigned i = 0; i < ROUTES; i++) {
		hl_buf_printf(out, "%*s- {receivers: r%u, continue: %s, ", (int)(4 * depth), "", line, pick(4) ? "false" : "true");
		put_when(out);
		bool deeper = depth < 2 && !pick(4);
		hl_buf_puts(out, deeper ? ", routes: [\n" : "}\n");
		line++;
		if (!deeper)
			continue;
		/* A flow list inside: one child a line. */
		for (unsigned k = 0; k < 3; k++) {
			hl_buf_printf(out, "%*s{receivers: r%u, ", (int)(4 * depth + 6), "", line);
			put_when(out);
			hl_buf_puts(out, k < 2 ? "},\n" : "}]}\n");
			line++;
		}
	}
	return line;
}

static struct hl_case random_case(void)
{
	static const char *const lists[] = { "a", "b", "c" }, *const categories[] = { "x", "Y", "" }, *const cameras[] = { "c1", "c2", "c3" };
	static const char *const regions[] = { "us-ca", "us-nv", "de-by", "" };
	struct hl_case c = { .list = lists[pick(3)], .category = categories[pick(3)], .agency = pick(2) ? "M" : "", .camera = cameras[pick(3)],
			     .site = pick(2) ? "s" : "", .region = regions[pick(4)], .priority = 1 + (int)pick(9), .kind = pick(3) ? HL_KIND_EXACT : HL_KIND_EDIT };
	c.contradictions = c.kind == HL_KIND_EDIT || pick(2) ? pick(2) * pick(16) : 0;
	c.time_ms = INT64_C(1795305600000) /* Sunday, 2026-11-22 */ + (int64_t)pick(14 * 24) * 3600000;
	c.plate_probability = c.probability = pick(11) / 10.0;
	c.confidence = pick(11) / 10.0;
	return c;
}

static bool called_dead(const struct hl_faults *f, const char *receiver)
{
	unsigned line = (unsigned)strtoul(receiver + 1, NULL, 10);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].line == line && strstr(f->v[i].text, "never reached"))
			return true;
	return false;
}

START_TEST(what_is_called_unreachable_is)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	size_t dead = 0, told = 0;
	for (unsigned t = 0; t < TREES; t++) {
		struct hl_buf text = HL_BUF(65536);
		struct hl_rules *r;
		hl_buf_puts(&text, "holidays: [2026-11-26]\nzones: {z: {cameras: [c1, c2]}, y: {cameras: c3}}\nroute:\n  receivers: desk\n  routes:\n");
		put_routes(&text, 6, 1);
		hl_faults_clear(f);
		enum hl_code code = hl_rules_parse(&r, "rules.yaml", hl_buf_text(&text), text.len, f);
		ck_assert_msg(code == HL_OK, "%u:%u: %s\n%s", f->v[0].line, f->v[0].column, f->v[0].text, hl_buf_text(&text));
		for (size_t i = 0; i < f->n; i++)
			dead += strstr(f->v[i].text, "never reached") != NULL;
		for (unsigned k = 0; k < CASES; k++) {
			const char *names[HL_RECEIVERS_MAX];
			struct hl_case c = random_case();
			c.decision = hl_rules_decide(r, hl_rules_match(r, c.list), &c);
			size_t n = c.decision == HL_DROP ? 0 : hl_rules_route(r, &c, names);
			for (size_t i = 0; i < n; i++)
				ck_assert_msg(!called_dead(f, names[i]), "%s was told\n%s", names[i], hl_buf_text(&text));
			told += n && strcmp(names[0], "desk") != 0;
		}
		hl_rules_free(&r);
		hl_buf_fini(&text);
	}
	ck_assert_uint_gt(dead, TREES / 2); /* else the trees say little */
	ck_assert_uint_gt(told, TREES * CASES / 4);
	free(f);
}
END_TEST

START_TEST(what_time_has_overtaken)
{
	static const char text[] = "timezone: America/Denver\nholidays: [2025-12-25, 2026-11-26]\nmute:\n- {when: {list: a}, until: 2026-11-23}\n- {when: {list: b}}\n"
				   "- {when: {list: c}, until: \"2026-11-23T08:00:00Z\"}\n";
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_rules *r;
	struct hl_rules_tree *tree;
	int64_t now;
	tmp_make();
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("r.yaml"), text, sizeof text - 1, 0600, NULL), HL_OK);
	ck_assert_int_eq(hl_rules_load_tree(&r, &tree, tmp_path("r.yaml"), f), HL_OK);
	ck_assert_uint_eq(f->n, 0);
	ck_assert(hl_time_parse("2026-11-23T06:59:59Z", 20, &now)); /* a second before midnight in Denver */
	hl_rules_warn_times(r, tree, now, f);
	ck_assert_uint_eq(f->n, 0);
	hl_rules_warn_times(r, tree, now + 1000, f);
	ck_assert_uint_eq(f->n, 1);
	ck_assert_str_eq(f->v[0].text, "this mute has ended (2026-11-23): it does nothing any more");
	ck_assert_uint_eq(f->v[0].line, 4);
	ck_assert_uint_eq(f->v[0].column, 28);
	hl_faults_clear(f);
	hl_rules_warn_times(r, tree, now + 4 * INT64_C(86400000) + 1000, f); /* the holiday is over, too */
	ck_assert_uint_eq(f->n, 3);
	ck_assert_uint_eq(f->v[1].line, 6);
	ck_assert_str_eq(f->v[2].text, "all holidays are over: 'at' will find none");
	ck_assert_uint_eq(f->v[2].line, 2);
	hl_rules_tree_free(&tree);
	hl_rules_free(&r);
	free(f);
	tmp_remove();
}
END_TEST

UNIT_MAIN("rule_odd", what_is_called_unreachable_is, what_time_has_overtaken)
