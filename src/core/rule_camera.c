/* rule_camera.c: options of `match` that differ at single cameras. What is said for a list at a camera goes before what is said for the camera, that before what is
 * said for the list, that before `match`: each option by itself. All pairs of list and camera are worked out when the file is loaded, so that a read only
 * looks its camera up. Pure; any thread.
 */
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

enum { CAMERAS_MAX = 1000, PAIRS_MAX = 1000000 };

static const struct hl_opt list_options[] = {
	{ .name = "match", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_camera_list, match), .sub = hl_match_options,
	  .sub_size = sizeof(struct hl_match_opts), .help = "overrides of the options of match for this list at this camera" },
	{ .name = NULL },
};

const struct hl_opt hl_rules_camera_options[] = {
	{ .name = "match", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_rules_camera, match), .sub = hl_match_options,
	  .sub_size = sizeof(struct hl_match_opts), .help = "overrides of the options of match at this camera, also of those that a list gives" },
	{ .name = "lists", .type = HL_OPT_MAP, .offset = offsetof(struct hl_rules_camera, lists), .sub = list_options, .sub_size = sizeof(struct hl_camera_list),
	  .help = "the same for single lists; these have the last word" },
	{ .name = NULL },
};

static int by_name(const void *a, const void *b)
{
	const struct hl_rules_camera *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static int name_is(const void *name, const void *camera)
{
	return strcmp(name, ((const struct hl_rules_camera *)camera)->name);
}

unsigned hl_rules_camera(const struct hl_rules *r, const char *camera)
{
	const struct hl_rules_camera *all = r->cameras.v, *c = NULL;
	if (r->cameras.n)
		c = bsearch(camera, all, r->cameras.n, sizeof *all, name_is);
	return c ? (unsigned)(c - all) + 1 : 0;
}

const struct hl_match_opts *hl_rules_match_at(const struct hl_rules *r, const char *list)
{
	const struct hl_rules_list *all = r->lists.v, *l = hl_rules_list(r, list);
	size_t number = l ? (size_t)(l - all) : r->lists.n;
	return r->at_camera ? r->at_camera + number * r->cameras.n : NULL;
}

const struct hl_match_opts *hl_rules_match_for(const struct hl_rules *r, const char *list, const char *camera)
{
	unsigned number = hl_rules_camera(r, camera);
	return number ? hl_rules_match_at(r, list) + number - 1 : hl_rules_match(r, list);
}

static int budget_of(const struct hl_match_opts *m)
{
	return m->candidates > 0 && m->candidate_cost > m->max_cost ? m->candidate_cost : m->max_cost;
}

int hl_rules_budget(const struct hl_rules *r, const char *list)
{
	const struct hl_match_opts *at = hl_rules_match_at(r, list);
	int most = budget_of(hl_rules_match(r, list));
	for (size_t i = 0; at && i < r->cameras.n; i++)
		most = budget_of(&at[i]) > most ? budget_of(&at[i]) : most;
	return most;
}

/* Node a.b where a is given. */
static const struct hl_node *member(const struct hl_node *a, const char *b)
{
	return a ? hl_node_get(a, b) : NULL;
}

static bool looser(const struct hl_match_opts *a, const struct hl_match_opts *b, const char *key)
{
	return (!strcmp(key, "max_cost") && a->max_cost > b->max_cost) || (!strcmp(key, "candidate_cost") && a->candidate_cost > b->candidate_cost) ||
	       (!strcmp(key, "candidates") && a->candidates > b->candidates) || (!strcmp(key, "min_probability") && a->min_probability < b->min_probability);
}

/* A list that asks for less, "the plate as read only", may be meant so at every camera. */
static void warn_looser(const struct hl_match_opts *at, const struct hl_rules_list *l, const struct hl_node *camera, const struct hl_node *list, const struct hl_node *own,
			struct hl_conf_ctx *ctx)
{
	for (const struct hl_opt *o = hl_match_options; camera && list && o->name; o++) {
		const struct hl_node *given = hl_node_get(camera, o->name);
		if (given && hl_node_has(list, o->name) && !(own && hl_node_has(own, o->name)) && looser(at, &l->match, o->name))
			hl_conf_warn(ctx, given, "this loosens '%s' of list '%s' too; if that is not meant, say what holds for it under 'lists' of this camera", o->name, l->name);
	}
}

/* One pair of camera and list; l NULL: lists that are not named. */
static struct hl_match_opts pair(const struct hl_rules *r, const struct hl_rules_camera *c, const struct hl_node *camera, const struct hl_node *root, const struct hl_rules_list *l,
				 struct hl_conf_ctx *ctx)
{
	struct hl_match_opts m = l ? l->match : r->match;
	const struct hl_node *match = member(camera, "match"), *own = l ? member(member(member(camera, "lists"), l->name), "match") : NULL;
	const struct hl_camera_list *cl = c->lists.v;
	hl_match_take(&m, &c->match, match);
	if (l)
		warn_looser(&m, l, match, member(member(member(root, "lists"), l->name), "match"), own, ctx);
	for (size_t i = 0; own && i < c->lists.n; i++)
		if (cl[i].name && !strcmp(cl[i].name, l->name))
			hl_match_take(&m, &cl[i].match, own);
	return m;
}

/* The pairs of one camera. In the last column stand the lists that are not named. */
static void pairs(struct hl_rules *r, size_t camera, const struct hl_node *node, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	struct hl_rules_camera *c = &((struct hl_rules_camera *)r->cameras.v)[camera];
	const struct hl_rules_list *l = r->lists.v;
	const struct hl_node *match = member(node, "match"), *lists = member(node, "lists"), *own;
	size_t errors = ctx->faults->errors;
	for (size_t i = 0; i <= r->lists.n; i++) {
		struct hl_match_opts *m = &r->at_camera[i * r->cameras.n + camera];
		*m = pair(r, c, node, root, i < r->lists.n ? &l[i] : NULL, ctx);
		own = i < r->lists.n ? member(member(lists, l[i].name), "match") : NULL;
		if (own)
			hl_match_check(m, own, ctx);
		else if (m->min_probability > m->alert_probability && i < r->lists.n)
			hl_conf_fault(ctx, match ? match : node, "at camera '%s', min_probability (%g) of list '%s' is above its alert_probability (%g)", c->name,
				      m->min_probability, l[i].name, m->alert_probability);
	}
	c->match = r->at_camera[r->lists.n * r->cameras.n + camera];
	if (match && ctx->faults->errors == errors)
		hl_match_check(&c->match, match, ctx);
}

/* False where pairs can't be made of what was written: a key that is no name has been told and left without one. */
static bool check(const struct hl_rules *r, const struct hl_node *cameras, struct hl_conf_ctx *ctx)
{
	const struct hl_rules_camera *c = r->cameras.v;
	const struct hl_rules_list *l = r->lists.v;
	size_t errors = ctx->faults->errors, nameless = 0;
	if (r->cameras.n > CAMERAS_MAX || r->cameras.n * (r->lists.n + 1) > PAIRS_MAX)
		hl_conf_fault(ctx, cameras, "%zu cameras with options of their own, and %zu lists; expected at most %d cameras and %d pairs", r->cameras.n, r->lists.n, CAMERAS_MAX,
			      PAIRS_MAX);
	for (size_t i = 0; i < r->lists.n; i++)
		nameless += !l[i].name;
	for (size_t i = 0; i < r->cameras.n; i++) {
		const struct hl_node *lists = hl_node_get(&cameras->child[i], "lists");
		nameless += !c[i].name;
		for (size_t k = 0; lists && lists->kind == HL_NODE_MAP && k < lists->n; k++)
			if (!hl_rules_list(r, lists->child[k].key))
				hl_rules_unknown_list(r, lists->child[k].key, &lists->child[k], ctx);
	}
	return ctx->faults->errors == errors && !nameless;
}

void hl_cameras_finish(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *cameras = hl_node_get(root, "cameras");
	struct hl_rules_camera *c = r->cameras.v;
	if (!r->cameras.n || !cameras || !check(r, cameras, ctx))
		return;
	for (size_t i = 0; i < r->cameras.n; i++) {
		c[i].line = cameras->child[i].key_line;
		c[i].column = cameras->child[i].key_column;
	}
	qsort(c, r->cameras.n, sizeof *c, by_name);
	r->at_camera = hl_calloc((r->lists.n + 1) * r->cameras.n, sizeof *r->at_camera);
	for (size_t i = 0; i < r->cameras.n; i++)
		pairs(r, i, hl_node_get(cameras, c[i].name), root, ctx);
}
