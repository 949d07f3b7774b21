/* rule_life.c: keys of an alert's life after the first notice: escalation, fallback and limits of receivers. They are read and checked here; what
 * they mean for one alert is rule_plan.c's. Pure; any thread.
 */
#include "base/text.h"
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 16, DAY_MS = 86400000 };

const struct hl_opt hl_step_options[] = {
	{ .name = "after", .type = HL_OPT_DURATION, .required = true, .offset = offsetof(struct hl_step, after_ms), .min = 1000, .max = DAY_MS,
	  .help = "how long after the alert" },
	{ .name = "receivers", .type = HL_OPT_STRINGS, .required = true, .min = 1, .max = HL_RECEIVERS_MAX, .offset = offsetof(struct hl_step, receivers),
	  .help = "names of receivers of the settings" },
	{ .name = NULL },
};

static const struct hl_opt limit_options[] = {
	{ .name = "notices", .type = HL_OPT_INT, .required = true, .offset = offsetof(struct hl_rate_limit, notices), .min = 1, .max = 100000,
	  .help = "so many" },
	{ .name = "per", .type = HL_OPT_DURATION, .required = true, .offset = offsetof(struct hl_rate_limit, per_ms), .min = 1000, .max = DAY_MS,
	  .help = "within this time" },
	{ .name = NULL },
};

const struct hl_opt hl_rules_receiver_options[] = {
	{ .name = "rate_limit", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_rules_receiver, limit), .sub = limit_options,
	  .sub_size = sizeof(struct hl_rate_limit), .help = "how many notices it gets at most" },
	{ .name = "digest", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules_receiver, digest_ms), .min = 10000, .max = DAY_MS,
	  .help = "what is over rate_limit is told in one message this long after the first of it; absent: as long as per" },
	{ .name = NULL },
};

static void check_step(struct hl_step *s, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_node *names = hl_node_get(node, "receivers");
	if (!names)
		return;
	s->line = names->line;
	s->column = names->column;
	for (size_t i = 0; i < s->receivers.n; i++)
		hl_route_check_name(s->receivers.v[i], names->kind == HL_NODE_SEQ ? &names->child[i] : names, ctx);
}

void hl_route_finish_life(struct hl_route *r, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_node *steps = hl_node_get(node, "escalate"), *fallback = hl_node_get(node, "fallback");
	struct hl_step *s = r->escalate.v;
	if (r->escalate.n > STEPS_MAX)
		hl_conf_fault(ctx, steps, "'escalate' has %zu steps; expected at most %d", r->escalate.n, STEPS_MAX);
	for (size_t i = 0; steps && i < r->escalate.n; i++) {
		const struct hl_node *after = hl_node_get(&steps->child[i], "after");
		check_step(&s[i], &steps->child[i], ctx);
		if (i && s[i].after_ms <= s[i - 1].after_ms)
			hl_conf_fault(ctx, after, "this step is not after the one above it; expected steps in the order of time, each later than the one before");
	}
	if (fallback)
		check_step(&r->fallback, fallback, ctx);
}

void hl_rules_unknown_list(const struct hl_rules *r, const char *name, const struct hl_node *at, struct hl_conf_ctx *ctx)
{
	const struct hl_rules_list *l = r->lists.v;
	const char **names = hl_calloc(r->lists.n + 1, sizeof *names);
	size_t n = 0;
	for (size_t i = 0; i < r->lists.n; i++)
		if (l[i].name)
			names[n++] = l[i].name;
	const char *near = hl_text_nearest(name, names);
	if (near)
		hl_conf_fault(ctx, at, "unknown list '%s' (did you mean '%s'?)", name, near);
	else
		hl_conf_fault(ctx, at, "unknown list '%s'; expected a name under 'lists'", name);
	free(names);
}

/* A list that silences others must exist, and be another. */
static void check_inhibits(const struct hl_rules *r, const struct hl_rules_list *l, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_node *names = hl_node_get(node, "inhibits");
	for (size_t i = 0; names && i < l->inhibits.n; i++) {
		const struct hl_node *at = names->kind == HL_NODE_SEQ ? &names->child[i] : names;
		if (!strcmp(l->inhibits.v[i], l->name))
			hl_conf_fault(ctx, at, "list '%s' can't inhibit itself", l->name);
		else if (!hl_rules_list(r, l->inhibits.v[i]))
			hl_rules_unknown_list(r, l->inhibits.v[i], at, ctx);
	}
}

void hl_rules_finish_life(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *receivers = hl_node_get(root, "receivers"), *lists = hl_node_get(root, "lists"), *node;
	struct hl_rules_receiver *v = r->receivers.v;
	const struct hl_rules_list *l = r->lists.v;
	for (size_t i = 0; receivers && i < r->receivers.n && i < receivers->n; i++) {
		node = &receivers->child[i];
		v[i].line = node->key_line;
		v[i].column = node->key_column;
		if (hl_node_get(node, "digest") && !hl_node_get(node, "rate_limit"))
			hl_conf_fault_key(ctx, hl_node_get(node, "digest"), "'digest' gathers what is over 'rate_limit'; expected both, or neither");
	}
	for (size_t i = 0; lists && i < r->lists.n && i < lists->n; i++)
		if (l[i].name && (node = hl_node_get(lists, l[i].name)))
			check_inhibits(r, &l[i], node, ctx);
}

bool hl_rules_inhibits(const struct hl_rules *r, const char *by, const char *list)
{
	const struct hl_rules_list *l = hl_rules_list(r, by);
	for (size_t i = 0; l && i < l->inhibits.n; i++)
		if (!strcmp(l->inhibits.v[i], list))
			return true;
	return false;
}

bool hl_rules_inhibit(const struct hl_rules *r)
{
	const struct hl_rules_list *l = r->lists.v;
	for (size_t i = 0; i < r->lists.n; i++)
		if (l[i].inhibits.n)
			return true;
	return false;
}
