/* test_route_table.c: what becomes of a match, row by row: tests/data/rules/routes.txt by hand, trees.txt by a second implementation (trees.py). Rules decide, mute and
 * route as the daemon asks them to.
 */
#include "rule_case.h"
#include "rules_fixture.h"
#include "unit.h"

/* "alert desk north", "verify MUTED(why)", "drop" */
static char *outcome(const struct hl_rules *r, struct hl_case *c)
{
	const char *names[HL_RECEIVERS_MAX];
	struct hl_buf out = HL_BUF(4096);
	c->decision = hl_rules_decide(r, hl_rules_match_for(r, c->list, c->camera), c);
	const struct hl_mute *m = hl_rules_mute(r, c);
	size_t n = m || c->decision == HL_DROP ? 0 : hl_rules_route(r, c, names);
	hl_buf_puts(&out, hl_decision_name(c->decision));
	if (m && c->decision != HL_DROP)
		hl_buf_printf(&out, " MUTED(%s)", m->comment);
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(&out, " %s", names[i]);
	return hl_buf_steal(&out);
}

static void row(struct rule_table *t, const char *file, unsigned line, char *text)
{
	char *arrow = strstr(text, " -> "), last[32] = "";
	struct hl_case c = { .list = "stolen", .category = "stolen", .agency = "METRO", .camera = "cam1", .site = "here", .region = "", .priority = 5, .kind = HL_KIND_EXACT,
			     .time_ms = HL_NO_TIME, .plate_probability = 1, .probability = 1, .confidence = -1 };
	ck_assert_msg(arrow != NULL, "%s:%u: no row", file, line);
	*arrow = 0;
	if (!t->rules) {
		t->rules = rules_of(hl_buf_text(&t->text));
		t->trees++;
	}
	case_words(&c, text);
	char *is = outcome(t->rules, &c);
	ck_assert_msg(!strcmp(is, arrow + 4), "%s:%u: is '%s', expected '%s'", file, line, is, arrow + 4);
	t->united += sscanf(arrow + 4, "%*s %*s %30s", last) == 1; /* several receivers */
	free(is);
}

START_TEST(rows_by_hand)
{
	struct rule_table t = rule_table_run("routes.txt", row);
	ck_assert_uint_ge(t.rows, 160);
	ck_assert_uint_ge(t.trees, 18);
	ck_assert_uint_ge(t.united, 20);
}
END_TEST

START_TEST(random_trees)
{
	struct rule_table t = rule_table_run("trees.txt", row);
	ck_assert_uint_ge(t.rows, 400);
	ck_assert_uint_ge(t.trees, 40);
	ck_assert_uint_ge(t.united, 100);
}
END_TEST

UNIT_MAIN("route_table", rows_by_hand, random_trees)
