/* test_routes.c: the route tree: what each condition means, `continue` at several depths, inheritance, and that every alert reaches somebody. */
#include "rules_fixture.h"
#include "unit.h"

static const char tree[] = "route:\n"
			   "  receivers: [desk]\n"
			   "  routes:\n"
			   "    - when: {category: amber}\n"
			   "      receivers: [everyone]\n"
			   "      continue: true\n"
			   "    - when: {list: [stolen, felony]}\n"
			   "      receivers: [north]\n"
			   "      routes:\n"
			   "        - when: {camera: cam1}\n"
			   "          continue: true\n"
			   "          receivers: [cam1desk, north]\n"
			   "        - when: {priority: \"<=2\"}\n"
			   "          continue: true\n"
			   "          routes:\n"
			   "            - {when: {site: bridge}, receivers: [bridge], continue: true}\n"
			   "            - {when: {decision: alert}, receivers: [swat]}\n"
			   "            - {when: {decision: alert}, receivers: [never]}\n"
			   "        - when: {kind: edit}\n"
			   "          receivers: [edit]\n"
			   "        - when: {kind: edit}\n"
			   "          receivers: [never]\n"
			   "    - when: {list: stolen}\n"
			   "      receivers: [never]\n"
			   "    - when: {list: scofflaw}\n"
			   "      continue: true\n";

struct route_row {
	const char *expected;
	struct hl_case c;
};

/* What a row leaves out. */
static struct hl_case whole(struct hl_case c)
{
	c.list = c.list ? c.list : "other";
	c.category = c.category ? c.category : "x";
	c.agency = c.agency ? c.agency : "METRO";
	c.camera = c.camera ? c.camera : "cam9";
	c.site = c.site ? c.site : "elsewhere";
	c.priority = c.priority ? c.priority : 5;
	c.decision = c.decision ? c.decision : HL_VERIFY;
	c.probability = 0.5;
	c.confidence = c.confidence < 0 ? -1 : 0.9;
	return c;
}

/* The receivers of c, joined by blanks, into dst. */
static const char *routed(const struct hl_rules *r, const struct hl_case *given, char dst[256])
{
	const char *names[HL_RECEIVERS_MAX];
	struct hl_case c = whole(*given);
	size_t n = hl_rules_route(r, &c, names), at = 0;
	dst[0] = 0;
	for (size_t i = 0; i < n; i++) {
		hl_copy(dst + at, 256 - at, i ? " " : "");
		at += strlen(dst + at);
		hl_copy(dst + at, 256 - at, names[i]);
		at += strlen(dst + at);
	}
	return dst;
}

static const struct route_row route_rows[] = {
	{ "desk", { .late = false } },
	{ "desk", { .list = "scofflaw" } },            /* fits, has no receivers of its own: the parent's */
	{ "everyone", { .category = "amber" } },       /* a child fits: the parent's are not used */
	{ "everyone", { .category = "AMBER" } },
	{ "everyone north", { .category = "amber", .list = "stolen" } },
	{ "everyone desk", { .category = "amber", .list = "scofflaw" } },
	{ "north", { .list = "stolen" } },             /* the third route is not looked at */
	{ "north", { .list = "felony" } },
	{ "cam1desk north", { .list = "stolen", .camera = "cam1" } },
	{ "cam1desk north edit", { .list = "stolen", .camera = "cam1", .kind = HL_KIND_EDIT } },
	{ "edit", { .list = "stolen", .kind = HL_KIND_EDIT } },
	{ "north", { .list = "stolen", .priority = 2 } }, /* the second child fits, none of its children does */
	{ "bridge", { .list = "stolen", .priority = 2, .site = "bridge" } },
	{ "bridge swat", { .list = "stolen", .priority = 2, .site = "bridge", .decision = HL_ALERT } },
	{ "swat edit", { .list = "stolen", .priority = 1, .decision = HL_ALERT, .kind = HL_KIND_EDIT } },
	{ "everyone cam1desk north bridge swat edit",
	  { .category = "amber", .list = "felony", .camera = "cam1", .priority = 1, .site = "bridge", .decision = HL_ALERT, .kind = HL_KIND_EDIT } },
};

START_TEST(the_tree)
{
	struct hl_rules *r = rules_of(tree);
	char dst[256];
	for (size_t i = 0; i < sizeof route_rows / sizeof route_rows[0]; i++)
		ck_assert_msg(!strcmp(routed(r, &route_rows[i].c, dst), route_rows[i].expected), "row %zu: %s, expected %s", i, dst,
			      route_rows[i].expected);
	hl_rules_free(&r);
}
END_TEST

struct when_row {
	const char *when;
	bool fits;
	struct hl_case c;
};

static const struct when_row when_rows[] = {
	{ "{}", true, { .late = false } },
	{ "{list: other}", true, { .late = false } },
	{ "{list: Other}", false, { .late = false } },
	{ "{list: [a, other]}", true, { .late = false } },
	{ "{category: X, agency: metro}", true, { .late = false } },
	{ "{category: X, agency: metro, camera: cam8}", false, { .late = false } },
	{ "{camera: \"cam9\", site: elsewhere}", true, { .late = false } },
	{ "{agency: METRO}", false, { .agency = "" } },
	{ "{priority: 5}", true, { .late = false } },
	{ "{priority: \"=5\"}", true, { .late = false } },
	{ "{priority: \"<5\"}", false, { .late = false } },
	{ "{priority: \"<=5\"}", true, { .late = false } },
	{ "{priority: \">5\"}", false, { .late = false } },
	{ "{priority: \">= 5\"}", true, { .late = false } },
	{ "{priority: [1, \"4..6\"]}", true, { .late = false } },
	{ "{priority: [1, 2]}", false, { .late = false } },
	{ "{kind: [candidate, exact]}", true, { .late = false } },
	{ "{kind: edit}", false, { .late = false } },
	{ "{decision: verify}", true, { .late = false } },
	{ "{decision: alert}", false, { .late = false } },
	{ "{decision: [alert, verify]}", true, { .late = false } },
	{ "{probability: \"<0.5\"}", false, { .late = false } },
	{ "{probability: \"0.2..0.5\"}", true, { .late = false } },
	{ "{probability: \">0.49\"}", true, { .late = false } },
	{ "{confidence: \">=0.9\"}", true, { .late = false } },
	{ "{confidence: \"<=1\"}", false, { .confidence = -1 } },
	{ "{confidence: \"<0.5\"}", false, { .confidence = -1 } },
	{ "{contradiction: make}", true, { .contradictions = 1u << HL_C_MAKE | 1u << HL_C_STATE } },
	{ "{contradiction: [type, color]}", false, { .contradictions = 1u << HL_C_MAKE | 1u << HL_C_STATE } },
	{ "{contradiction: any}", true, { .contradictions = 1u << HL_C_COLOR } },
	{ "{contradiction: any}", false, { .late = false } },
	{ "{contradiction: none}", true, { .late = false } },
	{ "{contradiction: none}", false, { .contradictions = 1u << HL_C_COLOR } },
	{ "{contradiction: [none, color]}", true, { .late = false } },
};

START_TEST(each_condition)
{
	char text[512], dst[256];
	for (size_t i = 0; i < sizeof when_rows / sizeof when_rows[0]; i++) {
		snprintf(text, sizeof text, "route:\n  receivers: parent\n  routes:\n    - {receivers: child, when: %s}\n", when_rows[i].when);
		struct hl_rules *r = rules_of(text);
		bool fits = !strcmp(routed(r, &when_rows[i].c, dst), "child");
		ck_assert_msg(fits == when_rows[i].fits, "%s", when_rows[i].when);
		hl_rules_free(&r);
	}
}
END_TEST

START_TEST(a_catch_all_child_covers_a_parent_without_receivers)
{
	char dst[256];
	struct hl_rules *r = rules_of("route:\n"
				      "  routes:\n"
				      "    - {when: {list: a}, receivers: a}\n"
				      "    - routes:\n"
				      "        - {when: {list: b}, receivers: b}\n"
				      "        - {receivers: rest}\n");
	struct hl_case c = { .list = "a" };
	ck_assert_str_eq(routed(r, &c, dst), "a");
	c.list = "b";
	ck_assert_str_eq(routed(r, &c, dst), "b");
	c.list = "c";
	ck_assert_str_eq(routed(r, &c, dst), "rest");
	hl_rules_free(&r);
}
END_TEST

static void note(void *arg, const char *name, unsigned line, unsigned column)
{
	hl_buf_printf(arg, "%s %u:%u\n", name, line, column);
}

START_TEST(each_receiver_has_its_place)
{
	struct hl_buf out = HL_BUF(4096);
	struct hl_rules *r = rules_of("route:\n"
				      "  receivers: desk\n"
				      "  routes:\n"
				      "    - receivers:\n"
				      "      - north\n"
				      "      - south\n"
				      "    - {receivers: [a, b], when: {list: x}}\n");
	hl_rules_each_receiver(r, note, &out);
	ck_assert_str_eq(hl_buf_text(&out), "desk 2:14\nnorth 5:9\nsouth 6:9\na 7:20\nb 7:23\n");
	hl_buf_fini(&out);
	hl_rules_free(&r);
}
END_TEST

/* However deep and wide, one more name than the ceiling is refused, the ceiling itself is not. */
START_TEST(at_most_64_names)
{
	for (int n = HL_RECEIVERS_MAX; n <= HL_RECEIVERS_MAX + 1; n++) {
		struct hl_buf text = HL_BUF(65536);
		hl_buf_puts(&text, "route:\n  receivers: r0\n  routes:\n");
		for (int i = 1; i < n; i++)
			hl_buf_printf(&text, "    - {when: {list: l%d}, receivers: [r%d, r0], continue: true}\n", i, i);
		char *faults = faults_of(hl_buf_text(&text));
		ck_assert_str_eq(faults, n > HL_RECEIVERS_MAX ? "rules.yaml:2:3: the routes name more than 64 receivers\n" : "");
		free(faults);
		hl_buf_fini(&text);
	}
}
END_TEST

START_TEST(keys_of_the_life_are_read)
{
	struct hl_rules *r = rules_of("lists: {wanted: {covert: true, inhibits: [stolen, fines]}, stolen: {}, fines: {}}\n"
				      "receivers: {desk: {rate_limit: {notices: 20, per: 10m}, digest: 5m}}\n"
				      "route:\n  receivers: desk\n  repeat: 5m\n  fallback: {after: 60s, receivers: phone}\n"
				      "  escalate: [{after: 2m, receivers: sergeant}, {after: 10m, receivers: [watch, sergeant]}]\n");
	const struct hl_step *s = r->route.escalate.v;
	const struct hl_rules_receiver *desk = r->receivers.v;
	ck_assert_uint_eq(r->route.escalate.n, 2);
	ck_assert_int_eq(s[1].after_ms, 600000);
	ck_assert_str_eq(s[1].receivers.v[0], "watch");
	ck_assert_int_eq(r->route.fallback.after_ms, 60000);
	ck_assert_int_eq(r->route.repeat_ms, 300000);
	ck_assert(hl_rules_list(r, "wanted")->covert);
	ck_assert_uint_eq(hl_rules_list(r, "wanted")->inhibits.n, 2);
	ck_assert(!hl_rules_list(r, "stolen")->covert);
	ck_assert_int_eq(desk->limit.notices, 20);
	ck_assert_int_eq(desk->limit.per_ms, 600000);
	ck_assert_int_eq(desk->digest_ms, 300000);
	struct hl_case c = { .list = "wanted", .category = "", .agency = "", .camera = "", .site = "" };
	const char *names[HL_RECEIVERS_MAX];
	ck_assert_uint_eq(hl_rules_route(r, &c, names), 1); /* nobody is told by them yet */
	hl_rules_free(&r);
}
END_TEST

UNIT_MAIN("routes", keys_of_the_life_are_read, the_tree, each_condition, a_catch_all_child_covers_a_parent_without_receivers, each_receiver_has_its_place, at_most_64_names)
