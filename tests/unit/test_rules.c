/* test_rules.c: loading rules, inheritance, confusions, and the decision. Routes have a file of their own, faults a corpus (test_bad_rules.c). */
#include "base/file.h"
#include "rules_fixture.h"
#include "unit.h"

START_TEST(defaults_are_the_contracts)
{
	struct hl_rules *r = rules_of("version: 1\n");
	ck_assert_int_eq(r->match.max_cost, 100);
	ck_assert_int_eq(r->match.candidate_cost, 100);
	ck_assert_int_eq(r->match.candidates, 10);
	ck_assert_double_eq(r->match.min_probability, 0.2);
	ck_assert_double_eq(r->match.alert_probability, 0.8);
	ck_assert_double_eq(r->match.min_confidence, 0);
	ck_assert_int_eq(r->passage_ms, 8000);
	ck_assert_int_eq(r->cooldown_ms, 600000);
	ck_assert_int_eq(r->cleared_officer_ms, 86400000);
	ck_assert_int_eq(r->cleared_supervisor_ms, 30LL * 86400000);
	ck_assert_int_eq(r->ack_ms, 900000);
	ck_assert_int_eq(r->late_ms, 600000);
	ck_assert_int_eq(r->contradictions, HL_CON_VERIFY);
	ck_assert_str_eq(r->timezone, "UTC");
	ck_assert_int_eq(r->confusion.pairs, 0);
	ck_assert(!r->has_route);
	ck_assert_ptr_eq(hl_rules_match(r, "any"), &r->match);
	ck_assert_ptr_null(hl_rules_list(r, "any"));
	const char *names[HL_RECEIVERS_MAX];
	ck_assert_uint_eq(hl_rules_route(r, &(struct hl_case){ .list = "any" }, names), 0);
	hl_rules_free(&r);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(table_defaults_have_no_fault)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_rules *r = hl_calloc(1, sizeof *r);
	ck_assert_uint_eq(hl_conf_default_faults(hl_rules_options(), r, f), 0);
	hl_rules_free(&r);
	free(f);
}
END_TEST

START_TEST(a_list_inherits_what_it_does_not_say)
{
	struct hl_rules *r = rules_of("lists:\n"
				      "  stolen: {priority: 1, base_rate: 0.005, match: {min_probability: 0.10}}\n"
				      "  scofflaw: {priority: 9, match: {max_cost: 0, candidates: 0}}\n"
				      "  plain: {}\n"
				      "match: {max_cost: 0.75, min_probability: 0.3, alert_probability: 0.9, candidates: 4, candidate_cost: 0.5}\n");
	const struct hl_match_opts *m = hl_rules_match(r, "stolen");
	ck_assert_int_eq(m->max_cost, 75);
	ck_assert_double_eq(m->min_probability, 0.1);
	ck_assert_double_eq(m->alert_probability, 0.9);
	ck_assert_int_eq(m->candidates, 4);
	ck_assert_int_eq(hl_rules_list(r, "stolen")->priority, 1);
	ck_assert_double_eq(hl_rules_list(r, "stolen")->base_rate, 0.005);
	m = hl_rules_match(r, "scofflaw");
	ck_assert_int_eq(m->max_cost, 0);
	ck_assert_int_eq(m->candidates, 0);
	ck_assert_int_eq(m->candidate_cost, 50);
	ck_assert_double_lt(hl_rules_list(r, "scofflaw")->base_rate, 0);
	ck_assert_mem_eq(hl_rules_match(r, "plain"), &r->match, sizeof r->match);
	ck_assert_int_eq(hl_rules_list(r, "plain")->priority, 0);
	hl_rules_free(&r);
}
END_TEST

static int cost(const struct hl_rules *r, char listed, char read)
{
	return r->confusion.cost[hl_sym_code(listed)][hl_sym_code(read)];
}

START_TEST(pairs_stand_over_the_base)
{
	struct hl_rules *r = rules_of("confusions:\n"
				      "  pairs:\n"
				      "    - {chars: \"37\", cost: 0.4}\n"
				      "    - {listed: \"7\", read: \"1\", cost: 0.6}\n"
				      "    - {chars: 0o, cost: 0.15}\n"
				      "  base: small\n");
	ck_assert_int_eq(cost(r, '3', '7'), 40);
	ck_assert_int_eq(cost(r, '7', '3'), 40);
	ck_assert_int_eq(cost(r, '7', '1'), 60);
	ck_assert_int_eq(cost(r, '1', '7'), HL_HARD);
	ck_assert_int_eq(cost(r, '0', 'O'), 15); /* the base says 0.20 */
	ck_assert_int_eq(cost(r, '8', 'B'), 30); /* the base's, one way */
	ck_assert_int_eq(cost(r, 'B', '8'), 45);
	ck_assert_int_eq(cost(r, 'A', 'A'), 0);
	hl_rules_free(&r);
	r = rules_of("confusions: {base: none}\n");
	ck_assert_int_eq(r->confusion.pairs, 0);
	hl_rules_free(&r);
}
END_TEST

START_TEST(a_table_loads_by_itself)
{
	char path[HL_PATH_MAX];
	struct hl_confusion t;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	const char *srcdir = getenv("srcdir");
	static const char *const files[] = { "confusions/small.yaml", "prototype.yaml" };
	static const int zero_o[] = { 20, 20 };
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/tests/data/rules/%s", srcdir ? srcdir : ".", files[i]);
		ck_assert_int_eq(hl_confusion_load(&t, path, f), HL_OK);
		ck_assert_int_eq(t.cost[0][hl_sym_code('O')], zero_o[i]);
		ck_assert_int_gt(t.pairs, 2);
	}
	snprintf(path, sizeof path, "%s/tests/data/rules/absent.yaml", srcdir ? srcdir : ".");
	ck_assert_int_eq(hl_confusion_load(&t, path, f), HL_E_CONFIG);
	ck_assert_uint_eq(f->errors, 1);
	free(f);
}
END_TEST

START_TEST(the_id_is_of_the_file_and_its_tables)
{
	struct hl_rules *a = rules_of("version: 1\n"), *b = rules_of("version: 1 \n"), *c = rules_of("version: 1\n");
	struct hl_rules *d = rules_of("confusions: {base: small}\n"), *e = rules_of("confusions: {base: other}\n");
	ck_assert_str_eq(a->id, c->id);
	ck_assert_str_ne(a->id, b->id);
	ck_assert_str_ne(d->id, e->id);
	ck_assert_uint_eq(strlen(a->id), 14);
	ck_assert_int_eq(strncmp(a->id, "r-", 2), 0);
	hl_rules_free(&a);
	hl_rules_free(&b);
	hl_rules_free(&c);
	hl_rules_free(&d);
	hl_rules_free(&e);
}
END_TEST

START_TEST(a_missing_file_is_one_fault)
{
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	ck_assert_int_eq(hl_rules_load(&r, "/nonexistent/rules.yaml", f), HL_E_CONFIG);
	ck_assert_ptr_null(r);
	ck_assert_uint_eq(f->errors, 1);
	ck_assert_str_eq(f->v[0].file, "/nonexistent/rules.yaml");
	free(f);
}
END_TEST

struct decision_row {
	const char *what;
	enum hl_kind kind;
	double plate_probability, probability, confidence;
	unsigned contradictions;
	bool late;
	enum hl_decision verify, drop, ignore; /* by policy */
};

/* min_probability 0.2, alert_probability 0.8, min_confidence 0.5 */
static const struct decision_row decision_rows[] = {
	{ "exact and sure", HL_KIND_EXACT, 0.99, 0.99, 0.9, 0, false, HL_ALERT, HL_ALERT, HL_ALERT },
	{ "at the alert threshold", HL_KIND_EXACT, 0.9, 0.8, 0.9, 0, false, HL_ALERT, HL_ALERT, HL_ALERT },
	{ "just below it", HL_KIND_EXACT, 0.9, 0.799999, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "no confidence given", HL_KIND_EXACT, 0.99, 0.99, -1, 0, false, HL_ALERT, HL_ALERT, HL_ALERT },
	{ "late", HL_KIND_EXACT, 0.99, 0.99, 0.9, 0, true, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "contradicted", HL_KIND_EXACT, 0.99, 0.99, 0.9, 1, false, HL_VERIFY, HL_DROP, HL_ALERT },
	{ "contradicted and improbable in all", HL_KIND_EXACT, 0.99, 0.01, 0.9, 5, false, HL_VERIFY, HL_DROP, HL_VERIFY },
	{ "an exact one is never dropped by probability", HL_KIND_EXACT, 0.001, 0.001, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "nor does it stay an alert then", HL_KIND_EXACT, 0.1, 0.95, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "nor dropped by confidence", HL_KIND_EXACT, 0.99, 0.99, 0.1, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "inexact and sure", HL_KIND_CONFUSABLE, 0.99, 0.99, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "edit", HL_KIND_EDIT, 0.5, 0.5, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "wildcard", HL_KIND_WILDCARD, 0.99, 0.99, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "candidate", HL_KIND_CANDIDATE, 0.99, 0.99, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "inexact at the threshold", HL_KIND_EDIT, 0.2, 0.01, 0.9, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
	{ "inexact below it", HL_KIND_EDIT, 0.199999, 0.9, 0.9, 0, false, HL_DROP, HL_DROP, HL_DROP },
	{ "a contradiction does not silence by itself", HL_KIND_EDIT, 0.3, 0.0001, 0.9, 3, false, HL_VERIFY, HL_DROP, HL_VERIFY },
	{ "inexact below min_confidence", HL_KIND_EDIT, 0.9, 0.9, 0.499, 0, false, HL_DROP, HL_DROP, HL_DROP },
	{ "inexact without confidence", HL_KIND_EDIT, 0.9, 0.9, -1, 0, false, HL_VERIFY, HL_VERIFY, HL_VERIFY },
};

enum { TABLES_MAX = 32 };

/* Each option of the table, and of those below it, must stand in the page as an item of its own; one not supported yet must be named. */
static void check_named(const char *page, const struct hl_opt *table, const struct hl_opt *seen[TABLES_MAX], size_t *n)
{
	char item[128];
	for (size_t i = 0; i < *n; i++)
		if (seen[i] == table)
			return;
	ck_assert_uint_lt(*n, TABLES_MAX);
	seen[(*n)++] = table;
	for (; table->name; table++) {
		snprintf(item, sizeof item, table->type == HL_OPT_LATER ? "%s" : "Cm %s", table->name);
		ck_assert_msg(strstr(page, item) != NULL, "hotlist-rules(5) does not name '%s'", table->name);
		ck_assert_msg(table->type == HL_OPT_LATER || table->help, "'%s' has no help", table->name);
		if (table->sub)
			check_named(page, table->sub, seen, n);
	}
}

START_TEST(the_manual_names_every_option)
{
	char path[HL_PATH_MAX];
	const struct hl_opt *seen[TABLES_MAX];
	size_t n = 0;
	struct hl_buf page = HL_BUF(1 << 20);
	const char *srcdir = getenv("srcdir");
	snprintf(path, sizeof path, "%s/doc/man/hotlist-rules.5", srcdir ? srcdir : ".");
	ck_assert_int_eq(hl_file_read(path, &page, NULL), HL_OK);
	check_named(hl_buf_text(&page), hl_rules_options(), seen, &n);
	ck_assert_uint_ge(n, 8);
	hl_buf_fini(&page);
}
END_TEST

/* The rules that we ship: no fault, no warning. */
START_TEST(the_default_rules)
{
	char path[HL_PATH_MAX];
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	const char *srcdir = getenv("srcdir"), *names[HL_RECEIVERS_MAX];
	snprintf(path, sizeof path, "%s/rules/default.yaml", srcdir ? srcdir : ".");
	ck_assert_int_eq(hl_rules_load(&r, path, f), HL_OK);
	ck_assert_uint_eq(f->n, 0);
	ck_assert_int_gt(r->confusion.pairs, 100);
	ck_assert_int_lt(cost(r, '7', '3'), HL_HARD); /* the Green case */
	ck_assert_uint_eq(hl_rules_route(r, &(struct hl_case){ .list = "any" }, names), 1);
	ck_assert_str_eq(names[0], "desk");
	hl_rules_free(&r);
	free(f);
}
END_TEST

START_TEST(the_decision)
{
	struct hl_rules *r = rules_of("match: {min_confidence: 0.5}\n");
	for (size_t i = 0; i < sizeof decision_rows / sizeof decision_rows[0]; i++) {
		const struct decision_row *d = &decision_rows[i];
		struct hl_case c = { .kind = d->kind, .plate_probability = d->plate_probability, .probability = d->probability,
				     .confidence = d->confidence, .contradictions = d->contradictions, .late = d->late };
		const enum hl_decision expected[] = { [HL_CON_VERIFY] = d->verify, [HL_CON_DROP] = d->drop, [HL_CON_IGNORE] = d->ignore };
		for (int policy = HL_CON_VERIFY; policy <= HL_CON_IGNORE; policy++) {
			r->contradictions = policy;
			ck_assert_msg(hl_rules_decide(r, &r->match, &c) == expected[policy], "%s, policy %d", d->what, policy);
		}
	}
	hl_rules_free(&r);
}
END_TEST

START_TEST(decisions_have_names)
{
	ck_assert_str_eq(hl_decision_name(HL_DROP), "drop");
	ck_assert_str_eq(hl_decision_name(HL_VERIFY), "verify");
	ck_assert_str_eq(hl_decision_name(HL_ALERT), "alert");
}
END_TEST

UNIT_MAIN("rules", defaults_are_the_contracts, table_defaults_have_no_fault, a_list_inherits_what_it_does_not_say, pairs_stand_over_the_base,
	  a_table_loads_by_itself, the_id_is_of_the_file_and_its_tables, a_missing_file_is_one_fault, the_manual_names_every_option, the_default_rules, the_decision, decisions_have_names)
