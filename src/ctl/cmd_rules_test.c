/* cmd_rules_test.c: `hotlistctl rules test`: where rules would send an alert, and why: one that the words describe, or each of a file of cases. Main thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/json_out.h"
#include "core/rule_plan.h"
#include "ctl/ctl.h"
#include "engine/route_case.h"

enum { WORDS_MAX = 64, REPORT_MAX = 64 << 20, MISMATCH = 1 };

struct args {
	const char *rules, *suite;
	struct hl_node root; /* the words as a mapping, as if they stood in a file */
};

struct test {
	const struct hl_rules *rules;
	const struct hl_rules_tree *tree;
	const struct hl_settings *settings;
	const struct hl_case *kase; /* of the answer that is being found */
	struct hl_json *json;       /* NULL: text */
	struct hl_buf *out;
};

/* ---- words ---- */

static void free_node(struct hl_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		free_node(&n->child[i]);
	free(n->child);
	free((void *)(uintptr_t)n->text);
	free((void *)(uintptr_t)n->key);
}

/* A value of several parts as a list: "north,desk"; "" is an empty one. */
static void split(struct hl_node *n, const char *value)
{
	n->kind = HL_NODE_SEQ;
	n->child = hl_calloc(strlen(value) + 1, sizeof *n->child);
	for (const char *s = value; *s;) {
		size_t len = strcspn(s, ",");
		n->child[n->n++] = (struct hl_node){ .kind = HL_NODE_SCALAR, .quoted = true, .text = hl_strndup(s, len) };
		s += len + (s[len] == ',');
	}
}

/* "--plate-probability" as the key "plate_probability". Gives. */
static char *key_of(const char *word, size_t n)
{
	char *key = hl_strndup(word + 2, n - 2);
	for (char *s = key; *s; s++)
		if (*s == '-')
			*s = '_';
	return key;
}

static void add_word(struct args *a, const char *word, size_t n, const char *value)
{
	const struct hl_opt *o = hl_route_case_options;
	struct hl_node *child = &a->root.child[a->root.n++];
	*child = (struct hl_node){ .kind = HL_NODE_SCALAR, .quoted = true, .key = key_of(word, n) };
	while (o->name && strcmp(o->name, child->key))
		o++;
	if (o->name && o->type == HL_OPT_STRINGS)
		split(child, value);
	else
		child->text = hl_strdup(value);
}

static bool is_flag(const char *word)
{
	return !strcmp(word, "--late");
}

static int parse(int argc, char **argv, struct args *a)
{
	const struct hl_ctl_command *self = &hl_ctl_rules_test;
	a->root = (struct hl_node){ .kind = HL_NODE_MAP, .child = hl_calloc(WORDS_MAX, sizeof *a->root.child) };
	for (int i = 0; i < argc; i++) {
		const char *equals = strchr(argv[i], '='), *word = argv[i];
		if (strncmp(word, "--", 2) != 0) {
			if (a->rules)
				return hl_ctl_usage(self, "'%s' is one word too many: the rules are %s", word, a->rules);
			a->rules = word;
			continue;
		}
		if (!equals && !is_flag(word) && i + 1 == argc)
			return hl_ctl_usage(self, "%s needs a value", word);
		size_t n = equals ? (size_t)(equals - word) : strlen(word);
		const char *value = equals ? equals + 1 : is_flag(word) ? "true" : argv[++i];
		if (n == 7 && !strncmp(word, "--suite", 7))
			a->suite = value;
		else if (a->root.n == WORDS_MAX)
			return hl_ctl_usage(self, "too many words");
		else
			add_word(a, word, n, value);
	}
	if (!a->rules)
		return hl_ctl_usage(self, "which rules?");
	return a->suite && a->root.n ? hl_ctl_usage(self, "a suite brings its own cases: --suite FILE alone") : 0;
}

/* ---- why ---- */

/* The condition as it was written. */
static void put_condition(const struct test *t, const struct hl_route *route, const char *key, struct hl_buf *out)
{
	const struct hl_node *node = hl_rules_tree_route(t->tree, route), *when = node ? hl_node_get(node, "when") : NULL;
	const struct hl_node *at = when && key ? hl_node_get(when, key) : when;
	if (at)
		hl_node_write(at, out);
}

static void step_text(const struct test *t, const struct hl_route_step *s, const char *condition, const char *value)
{
	hl_buf_printf(t->out, "%*s", (int)(2 * s->depth), "");
	if (s->tells) {
		hl_buf_printf(t->out, "%u:%u tells", s->route->line, s->route->column);
		for (size_t i = 0; i < s->tells->n; i++)
			hl_buf_printf(t->out, "%s %s", i ? "," : "", s->tells->v[i]);
	} else if (s->missed) {
		hl_buf_printf(t->out, "%u:%u no: %s: %s, here: %s", s->route->line, s->route->column, s->missed, condition, value);
	} else {
		hl_buf_printf(t->out, "%u:%u fits%s%s%s", s->route->line, s->route->column, *condition ? ": " : " every alert", condition,
			      s->route->cont ? ", and the routes below are tried, too" : "");
	}
	hl_buf_putc(t->out, '\n');
}

static void step_json(const struct test *t, const struct hl_route_step *s, const char *condition, const char *value)
{
	hl_json_open(t->json, '{');
	hl_json_int(t->json, "line", s->route->line);
	hl_json_int(t->json, "column", s->route->column);
	hl_json_int(t->json, "depth", s->depth);
	hl_json_str(t->json, "result", s->tells ? "tells" : s->missed ? "no" : "fits");
	if (s->tells) {
		hl_json_open_key(t->json, "receivers", '[');
		for (size_t i = 0; i < s->tells->n; i++)
			hl_json_str(t->json, NULL, s->tells->v[i]);
		hl_json_close(t->json);
	} else {
		hl_json_opt(t->json, "key", s->missed);
		hl_json_opt(t->json, "condition", condition);
		if (s->missed)
			hl_json_str(t->json, "found", value);
	}
	hl_json_close(t->json);
}

static void on_step(void *arg, const struct hl_route_step *s)
{
	const struct test *t = arg;
	struct hl_buf condition = HL_BUF(4096), value = HL_BUF(1024);
	if (!s->tells)
		put_condition(t, s->route, s->missed, &condition);
	if (s->missed)
		hl_route_case_value(t->rules, t->kase, s->missed, &value);
	(t->json ? step_json : step_text)(t, s, hl_buf_text(&condition), hl_buf_text(&value));
	hl_buf_fini(&condition);
	hl_buf_fini(&value);
}

/* ---- answers ---- */

static void put_names(const char *const *v, size_t n, struct hl_buf *out)
{
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(out, "%s%s", i ? ", " : "", v[i]);
	hl_buf_puts(out, n ? "" : "nobody");
}

/* What follows where nobody answers (doc/escalation.md). */
static void plan_text(const struct test *t, const struct hl_plan *p)
{
	char after[32];
	for (size_t i = 0; i < p->n_steps; i++) {
		hl_conf_duration_text(after, sizeof after, p->step[i].after_ms);
		hl_buf_printf(t->out, "  after %s unless acknowledged: ", after);
		put_names(p->step[i].names.v, p->step[i].names.n, t->out);
		hl_buf_putc(t->out, '\n');
	}
	if (p->repeat_ms) {
		hl_conf_duration_text(after, sizeof after, p->repeat_ms);
		hl_buf_printf(t->out, "  every %s until acknowledged: all who were told\n", after);
	}
	for (size_t i = 0; i < p->n_fallbacks; i++) {
		hl_conf_duration_text(after, sizeof after, p->fallback[i].after_ms);
		hl_buf_printf(t->out, "  where not reached within %s: ", after);
		put_names(p->fallback[i].of.v, p->fallback[i].of.n, t->out);
		hl_buf_puts(t->out, " -> ");
		put_names(p->fallback[i].names.v, p->fallback[i].names.n, t->out);
		hl_buf_putc(t->out, '\n');
	}
}

static void answer_text(const struct test *t, const struct hl_route_case *c, const struct hl_route_answer *a)
{
	hl_buf_printf(t->out, "decision: %s (%s)\n", hl_decision_name(a->kase.decision), a->why);
	if (a->mute)
		hl_buf_printf(t->out, "muted by %u:%u%s%s\n", a->mute->when.line, a->mute->when.column, a->mute->comment ? ": " : "",
			      a->mute->comment ? a->mute->comment : "");
	hl_buf_puts(t->out, "told: ");
	put_names(a->route, a->n_told, t->out);
	if (!hl_route_case_ok(c, a)) {
		hl_buf_puts(t->out, "; expected: ");
		put_names((const char *const *)c->expect.v, c->expect.n, t->out);
	}
	hl_buf_putc(t->out, '\n');
}

static void json_names(struct hl_json *j, const char *key, const char *const *v, size_t n)
{
	hl_json_open_key(j, key, '[');
	for (size_t i = 0; i < n; i++)
		hl_json_str(j, NULL, v[i]);
	hl_json_close(j);
}

static void json_duration(struct hl_json *j, const char *key, int64_t ms)
{
	char text[32];
	hl_conf_duration_text(text, sizeof text, ms);
	hl_json_str(j, key, text);
}

static void plan_json(struct hl_json *j, const struct hl_plan *p)
{
	if (p->n_steps)
		hl_json_open_key(j, "escalate", '[');
	for (size_t i = 0; i < p->n_steps; i++) {
		hl_json_open(j, '{');
		json_duration(j, "after", p->step[i].after_ms);
		json_names(j, "receivers", p->step[i].names.v, p->step[i].names.n);
		hl_json_close(j);
	}
	if (p->n_steps)
		hl_json_close(j);
	if (p->repeat_ms)
		json_duration(j, "repeat", p->repeat_ms);
	if (p->n_fallbacks)
		hl_json_open_key(j, "fallback", '[');
	for (size_t i = 0; i < p->n_fallbacks; i++) {
		hl_json_open(j, '{');
		json_duration(j, "after", p->fallback[i].after_ms);
		json_names(j, "of", p->fallback[i].of.v, p->fallback[i].of.n);
		json_names(j, "receivers", p->fallback[i].names.v, p->fallback[i].names.n);
		hl_json_close(j);
	}
	if (p->n_fallbacks)
		hl_json_close(j);
}

static void tell_plan(const struct test *t, const struct hl_route_answer *a)
{
	if (!a->n_told)
		return;
	struct hl_plan *p = hl_calloc(1, sizeof *p);
	hl_rules_plan(t->rules, &a->kase, p);
	if (t->json)
		plan_json(t->json, p);
	else
		plan_text(t, p);
	free(p);
}

static void answer_json(const struct test *t, const struct hl_route_case *c, const struct hl_route_answer *a)
{
	hl_json_str(t->json, "decision", hl_decision_name(a->kase.decision));
	hl_json_str(t->json, "why", a->why);
	json_names(t->json, "told", a->route, a->n_told);
	if (a->mute) {
		hl_json_str(t->json, "muted", a->mute->comment ? a->mute->comment : "");
		json_names(t->json, "would_tell", a->route, a->n_route);
	}
	if (c->expects) {
		json_names(t->json, "expected", (const char *const *)c->expect.v, c->expect.n);
		hl_json_bool(t->json, "ok", hl_route_case_ok(c, a));
	}
}

/* One case, its steps and its answer, written to t. */
static bool run_case(struct test *t, const struct hl_route_case *c)
{
	struct hl_route_watch watch = { on_step, t };
	struct hl_route_answer a;
	t->kase = &a.kase;
	if (t->json)
		hl_json_open_key(t->json, "tried", '[');
	hl_route_case_run(t->rules, t->settings, c, &watch, &a);
	if (t->json)
		hl_json_close(t->json);
	(t->json ? answer_json : answer_text)(t, c, &a);
	tell_plan(t, &a);
	t->kase = NULL;
	return hl_route_case_ok(c, &a);
}

static int run_one(struct test *t, const struct args *a)
{
	struct hl_faults faults = { 0 };
	struct hl_conf_ctx ctx = { .file = "hotlistctl rules test", .faults = &faults };
	struct hl_route_case c = { 0 };
	int rc = EX_USAGE;
	if (hl_route_case_fill(&a->root, t->rules, &c, &ctx) == HL_OK) {
		if (t->json)
			hl_json_open(t->json, '{');
		rc = run_case(t, &c) ? EX_OK : MISMATCH;
		if (t->json)
			hl_json_close(t->json);
		hl_buf_puts(t->out, t->json ? "\n" : "");
	} else
		hl_ctl_faults(&faults);
	hl_conf_wipe(hl_route_case_options, &c);
	return rc;
}

/* In text only what failed is shown; in JSON every case. */
static bool suite_case(struct test *t, const char *file, const struct hl_route_case *c)
{
	struct hl_buf *all = t->out, steps = HL_BUF(REPORT_MAX);
	if (t->json) {
		hl_json_open(t->json, '{');
		hl_json_int(t->json, "line", c->line);
		hl_json_opt(t->json, "name", c->name);
		bool good = run_case(t, c);
		hl_json_close(t->json);
		return good;
	}
	t->out = &steps;
	bool good = run_case(t, c);
	t->out = all;
	if (!good)
		hl_buf_printf(all, "%s:%u:%u: %s\n%s", file, c->line, c->column, c->name ? c->name : "not as expected", hl_buf_text(&steps));
	hl_buf_fini(&steps);
	return good;
}

static int run_suite(struct test *t, const char *path)
{
	struct hl_faults faults = { 0 };
	struct hl_route_suite *s;
	if (hl_route_suite_load(&s, path, t->rules, &faults) != HL_OK)
		return hl_ctl_faults(&faults);
	size_t good = 0, n = s->cases.n;
	if (t->json)
		hl_json_open(t->json, '[');
	for (size_t i = 0; i < n; i++)
		good += suite_case(t, path, (const struct hl_route_case *)s->cases.v + i);
	if (t->json)
		hl_json_close(t->json);
	if (t->json)
		hl_buf_putc(t->out, '\n');
	else
		hl_buf_printf(t->out, "%zu of %zu cases as expected\n", good, n);
	hl_route_suite_free(&s);
	return good == n ? EX_OK : MISMATCH;
}

static int run_with(const struct hl_ctl_globals *g, struct test *t, const struct args *a)
{
	struct hl_buf out = HL_BUF(REPORT_MAX);
	struct hl_json j;
	hl_json_init(&j, &out);
	t->out = &out;
	t->json = g->json ? &j : NULL;
	int rc = a->suite ? run_suite(t, a->suite) : run_one(t, a);
	fputs(hl_buf_text(&out), stdout);
	hl_buf_fini(&out);
	return rc;
}

static int test_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct hl_faults faults = { 0 };
	struct hl_rules *r = NULL;
	struct hl_rules_tree *tree = NULL;
	struct hl_settings *s = NULL;
	struct args a = { 0 };
	int rc = parse(argc, argv, &a);
	if (!rc && (hl_rules_load_tree(&r, &tree, a.rules, &faults) != HL_OK || (g->config && hl_settings_load(&s, g->config, &faults) != HL_OK)))
		rc = hl_ctl_faults(&faults);
	if (!rc && !r->has_route) {
		fprintf(stderr, "%s: the rules have no 'route': an alert would go to nobody\n", a.rules);
		rc = EX_CONFIG;
	}
	if (!rc) {
		struct test t = { .rules = r, .tree = tree, .settings = s };
		rc = run_with(g, &t, &a);
	}
	hl_settings_free(&s);
	hl_rules_tree_free(&tree);
	hl_rules_free(&r);
	free_node(&a.root);
	return rc;
}

const struct hl_ctl_command hl_ctl_rules_test = {
	.family = "rules",
	.verb = "test",
	.usage = "FILE --suite CASES.yaml | FILE [--list L] [--category C] [--agency A] [--priority 1] [--camera C] [--site S] [--position LAT,LON] [--region us-ca] "
		 "[--at 2026-11-22T23:10-07:00] [--kind exact] [--probability 1] [--plate-probability P] [--confidence C] [--contradiction state,type] [--late] "
		 "[--decision alert|verify] [--expect north,desk]",
	.help = "where the rules would send such an alert, and why; ends with 1 where others are told than expected; a suite is a file of such cases",
	.run = test_run,
};
