/* rule_route.c: the route tree: reading it, checking that every alert ends at a receiver, and walking it for one match. contract.md (Meaning):
 * a child's receivers replace its parent's; the parent's are used only if no child fits; the first child that fits wins, and with `continue` the
 * siblings after it are tried too. Pure; any thread.
 */
#include "base/text.h"
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

static void routes_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	if (node->kind != HL_NODE_SEQ) {
		hl_conf_fault(ctx, node, node->kind == HL_NODE_MAP ? "expected a list of routes (is a '- ' missing before the first key?)" : "expected a list of routes");
		return;
	}
	a->v = hl_calloc(node->n ? node->n : 1, sizeof(struct hl_route));
	a->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		hl_route_read(&node->child[i], &((struct hl_route *)a->v)[i], ctx);
}

static void routes_wipe(void *target)
{
	struct hl_array *a = target;
	for (size_t i = 0; i < a->n; i++)
		hl_route_wipe(&((struct hl_route *)a->v)[i]);
	free(a->v);
	*a = (struct hl_array){ 0 };
}

const struct hl_opt hl_route_options[] = {
	{ .name = "when", .type = HL_OPT_CUSTOM, .offset = offsetof(struct hl_route, when), .sub = hl_when_options, .custom = hl_when_read,
	  .wipe = hl_when_wipe, .help = "conditions that must all hold; without it the route fits every alert" },
	{ .name = "receivers", .type = HL_OPT_STRINGS, .min = 1, .max = HL_RECEIVERS_MAX, .offset = offsetof(struct hl_route, receivers),
	  .help = "names of receivers of the settings; they replace the parent's; absent: the parent's" },
	{ .name = "continue", .type = HL_OPT_BOOL, .offset = offsetof(struct hl_route, cont), .def = "false",
	  .help = "also look at the siblings below, and unite the receivers" },
	{ .name = "routes", .type = HL_OPT_CUSTOM, .offset = offsetof(struct hl_route, routes), .sub = hl_route_options, .custom = routes_read, .shape = HL_SHAPE_LIST,
	  .wipe = routes_wipe, .help = "children, read from the top; the first that fits wins" },
	{ .name = "escalate", .type = HL_OPT_LIST, .offset = offsetof(struct hl_route, escalate), .sub = hl_step_options, .sub_size = sizeof(struct hl_step),
	  .help = "who else is told while nobody has acknowledged, the earliest first; absent: the parent's" },
	{ .name = "fallback", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_route, fallback), .sub = hl_step_options, .sub_size = sizeof(struct hl_step),
	  .help = "who is told when a receiver could not be reached in time; absent: the parent's" },
	{ .name = "repeat", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_route, repeat_ms), .min = 30000, .max = 86400000,
	  .help = "tell it again this often until somebody acknowledges; absent: the parent's" },
	{ .name = NULL },
};

/* Where each name stands, for faults that only the settings can find. A single name may stand without brackets. */
static void names_places(const struct hl_node *names, struct hl_route *r)
{
	r->places = hl_calloc(r->receivers.n, 2 * sizeof r->places[0]);
	for (size_t i = 0; i < r->receivers.n; i++) {
		const struct hl_node *n = names->kind == HL_NODE_SEQ && i < names->n ? &names->child[i] : names;
		r->places[2 * i] = n->line;
		r->places[2 * i + 1] = n->column;
	}
}

void hl_route_check_name(const char *name, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	if (!hl_text_is_name(name, strlen(name), 64))
		hl_conf_fault(ctx, node, "'%s' is no name of a receiver; expected 1 to 64 of A-Z a-z 0-9 _ . -", name);
}

void hl_route_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_route *r = target;
	r->line = node->line;
	r->column = node->column;
	if (hl_conf_fill(node, hl_route_options, r, ctx) != HL_OK)
		return;
	hl_route_finish_life(r, node, ctx);
	const struct hl_node *names = hl_node_get(node, "receivers");
	if (!names)
		return;
	names_places(names, r);
	for (size_t i = 0; i < r->receivers.n; i++)
		hl_route_check_name(r->receivers.v[i], names->kind == HL_NODE_SEQ ? &names->child[i] : names, ctx);
}

void hl_route_wipe(void *target)
{
	struct hl_route *r = target;
	hl_conf_wipe(hl_route_options, r);
	free(r->places);
	r->places = NULL;
}

/* One message about a route at its own place. */
static void route_fault(struct hl_conf_ctx *ctx, const struct hl_route *r, const char *text)
{
	hl_faults_add(ctx->faults, ctx->file, r->line, r->column, "%s", text);
}

/* A route that has receivers, or inherits them, is whole with all below it. One that has none must pass every alert on to a child that is whole. */
static void check_covered(const struct hl_route *r, bool inherited, struct hl_conf_ctx *ctx)
{
	const struct hl_route *child = r->routes.v;
	bool has = inherited || r->receivers.n, passes_all = false;
	for (size_t i = 0; i < r->routes.n; i++) {
		check_covered(&child[i], has, ctx);
		passes_all |= hl_when_empty(&child[i].when);
	}
	if (has || passes_all)
		return;
	route_fault(ctx, r, r->routes.n ? "an alert that fits none of these routes would reach nobody: give 'receivers' here or above" :
					  "an alert that fits this route would reach nobody: give 'receivers' here or above");
}

struct names {
	const char *v[HL_RECEIVERS_MAX];
	size_t n;
	bool full;
};

static void names_add(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->v[i], name))
			return;
	if (names->n == HL_RECEIVERS_MAX)
		names->full = true;
	else
		names->v[names->n++] = name;
}

static void names_collect(const struct hl_route *r, struct names *names)
{
	for (size_t i = 0; i < r->receivers.n; i++)
		names_add(names, r->receivers.v[i]);
	for (size_t i = 0; i < r->routes.n; i++)
		names_collect(&((const struct hl_route *)r->routes.v)[i], names);
}

void hl_route_check(const struct hl_route *root, struct hl_conf_ctx *ctx)
{
	struct names names = { 0 };
	if (!hl_when_empty(&root->when))
		hl_faults_add(ctx->faults, ctx->file, root->when.line, root->when.column,
			      "the topmost route takes every alert: 'when' belongs in its 'routes'");
	if (root->cont)
		route_fault(ctx, root, "'continue' means nothing at the topmost route: it has no siblings");
	check_covered(root, false, ctx);
	names_collect(root, &names);
	if (names.full)
		hl_faults_add(ctx->faults, ctx->file, root->line, root->column, "the routes name more than %d receivers", HL_RECEIVERS_MAX);
}

void hl_route_check_zones(const struct hl_rules *r, const struct hl_route *root, struct hl_conf_ctx *ctx)
{
	hl_when_check_zones(r, &root->when, NULL, ctx);
	for (size_t i = 0; i < root->routes.n; i++)
		hl_route_check_zones(r, &((const struct hl_route *)root->routes.v)[i], ctx);
}

struct walk {
	const struct hl_rules *rules;
	const struct hl_case *c;
	const struct hl_route_watch *watch; /* NULL: nobody looks on */
	struct names *out;
};

static void step(const struct walk *w, const struct hl_route *r, unsigned depth, const char *missed, const struct hl_strings *tells)
{
	struct hl_route_step s = { .route = r, .depth = depth, .missed = missed, .tells = tells };
	if (w->watch)
		w->watch->step(w->watch->arg, &s);
}

static void walk(const struct walk *w, const struct hl_route *r, unsigned depth, const struct hl_strings *inherited)
{
	const struct hl_strings *own = r->receivers.n ? &r->receivers : inherited;
	const struct hl_route *child = r->routes.v;
	bool some = false;
	for (size_t i = 0; i < r->routes.n; i++) {
		const char *missed = hl_when_misses(w->rules, &child[i].when, w->c);
		step(w, &child[i], depth + 1, missed, NULL);
		if (missed)
			continue;
		some = true;
		walk(w, &child[i], depth + 1, own);
		if (!child[i].cont)
			break;
	}
	if (some || !own)
		return;
	step(w, r, depth, NULL, own);
	for (size_t i = 0; i < own->n; i++)
		names_add(w->out, own->v[i]);
}

size_t hl_rules_route_watched(const struct hl_rules *r, const struct hl_case *c, const struct hl_route_watch *watch, const char **receivers)
{
	struct names names = { 0 };
	struct walk w = { .rules = r, .c = c, .watch = watch, .out = &names };
	if (!r->has_route)
		return 0;
	walk(&w, &r->route, 0, NULL);
	memcpy(receivers, names.v, names.n * sizeof names.v[0]);
	return names.n;
}

size_t hl_rules_route(const struct hl_rules *r, const struct hl_case *c, const char **receivers)
{
	return hl_rules_route_watched(r, c, NULL, receivers);
}

/* A function for receiver names, and what goes with it. */
struct visit {
	void (*fn)(void *arg, const char *name, unsigned line, unsigned column);
	void *arg;
};

static void each_of_step(const struct hl_step *s, const struct visit *v)
{
	for (size_t i = 0; i < s->receivers.n; i++)
		v->fn(v->arg, s->receivers.v[i], s->line, s->column);
}

static void each(const struct hl_route *r, const struct visit *v)
{
	for (size_t i = 0; i < r->receivers.n; i++)
		v->fn(v->arg, r->receivers.v[i], r->places[2 * i], r->places[2 * i + 1]);
	for (size_t i = 0; i < r->escalate.n; i++)
		each_of_step(&((const struct hl_step *)r->escalate.v)[i], v);
	each_of_step(&r->fallback, v);
	for (size_t i = 0; i < r->routes.n; i++)
		each(&((const struct hl_route *)r->routes.v)[i], v);
}

void hl_rules_each_receiver(const struct hl_rules *r, void (*fn)(void *arg, const char *name, unsigned line, unsigned column), void *arg)
{
	const struct hl_rules_receiver *named = r->receivers.v;
	if (r->has_route)
		each(&r->route, &(struct visit){ fn, arg });
	for (size_t i = 0; i < r->receivers.n; i++)
		fn(arg, named[i].name, named[i].line, named[i].column);
}
