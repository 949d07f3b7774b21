/* rule_odd.c: what is legal in a rules file and still hardly meant: warnings, each at its place. Called when the whole file is read and has no error. Nothing here
 * changes what the rules do. Pure; any thread.
 */
#include "core/rule_odd.h"
#include "base/clock.h"
#include "core/rule_priv.h"

#include <stdio.h>
#include <string.h>

enum { SIBLINGS_MAX = 200 /* each is compared with each; those behind are not looked at */ };

struct look {
	const struct hl_rules *r;
	struct hl_conf_ctx *ctx;
};

/* ---- routes ---- */

static void warn_route(const struct look *l, const struct hl_route *route, const char *text)
{
	hl_faults_warn(l->ctx->faults, l->ctx->file, route->line, route->column, "%s", text);
}

/* A condition of this route and one of a route around it that never hold together. */
static bool check_apart(const struct look *l, const struct hl_route *route, const struct hl_when_scope *around)
{
	char text[200];
	for (; around; around = around->around) {
		const char *key = hl_when_apart(&route->when, around->when);
		if (!key)
			continue;
		snprintf(text, sizeof text, "this route is never reached: its '%s' and that of the route around it (line %u) have nothing in common", key, around->when->line);
		warn_route(l, route, text);
		return true;
	}
	return false;
}

/* Conditions on the match that no match has, by contract.md (Decision). */
static bool check_impossible(const struct look *l, const struct hl_route *route)
{
	const struct hl_when *w = &route->when;
	bool alert_only = w->decisions == 1u << HL_ALERT, contradicted = w->contradictions && !(w->contradictions >> HL_CONTRADICTIONS & 1);
	const char *text = NULL;
	if (alert_only && w->kinds && !(w->kinds & 1u << HL_KIND_EXACT))
		text = "this route is never reached: only an exact match is an alert, others are to be verified";
	else if (contradicted && l->r->contradictions == HL_CON_IGNORE)
		text = "this route is never reached: 'alerts' says contradictions: ignore";
	else if (contradicted && l->r->contradictions == HL_CON_DROP)
		text = "this route is never reached: 'alerts' says contradictions: drop";
	else if (contradicted && alert_only)
		text = "this route is never reached: a contradicted match is to be verified, never an alert";
	if (text)
		warn_route(l, route, text);
	return text != NULL;
}

/* `at` that needs holidays, where there are none. */
static bool check_holidays(const struct look *l, const struct hl_route *route)
{
	const struct hl_times *t = route->when.at.v;
	size_t i = 0;
	while (i < route->when.at.n && t[i].days == 1u << HL_TIMES_HOLIDAY)
		i++;
	bool never = i && i == route->when.at.n && !l->r->holidays.n;
	if (never)
		warn_route(l, route, "this route is never reached: its 'at' is on holidays, and 'holidays' names none");
	return never;
}

static bool tells_all(const struct hl_route *a, const struct hl_route *b)
{
	for (size_t i = 0; i < b->receivers.n; i++) {
		size_t k = 0;
		while (k < a->receivers.n && strcmp(a->receivers.v[k], b->receivers.v[i]) != 0)
			k++;
		if (k == a->receivers.n)
			return false;
	}
	return true;
}

/* The route before it that takes all that fits `child`, and lets nothing pass; told. */
static bool check_shadow(const struct look *l, const struct hl_route *all, size_t i, const struct hl_when_scope *around)
{
	const struct hl_when_scope here = { &all[i].when, around };
	char text[200];
	for (size_t k = 0; k < i; k++) {
		if (all[k].cont || !hl_when_covers(l->r, &all[k].when, &here))
			continue;
		bool every = hl_when_empty(&all[k].when);
		snprintf(text, sizeof text, "this route is never reached: the one above it in line %u fits %s and does not continue", all[k].line,
			 every ? "every alert" : "all that fits here");
		warn_route(l, &all[i], text);
		return true;
	}
	return false;
}

/* A part of what a later sibling takes, which that sibling's receivers do not hear of. A sibling that takes everything is an "else", and `continue: false` that was
 * written down was meant.
 */
static void check_narrow(const struct look *l, const struct hl_route *all, size_t n, size_t i, const struct hl_node *node, const struct hl_when_scope *around)
{
	const struct hl_when_scope here = { &all[i].when, around };
	char text[300];
	if (all[i].cont || hl_node_has(node, "continue") || !all[i].receivers.n)
		return;
	for (size_t k = i + 1; k < n; k++) {
		if (hl_when_empty(&all[k].when) || !all[k].receivers.n || tells_all(&all[i], &all[k]) || !hl_when_covers(l->r, &all[k].when, &here))
			continue;
		snprintf(text, sizeof text,
			 "what fits here fits the route in line %u too, whose receivers (%.64s%s) are not told: give 'continue: true', or 'continue: false' if that is meant",
			 all[k].line, all[k].receivers.v[0], all[k].receivers.n > 1 ? " ..." : "");
		warn_route(l, &all[i], text);
		return;
	}
}

static void check_routes(const struct look *l, const struct hl_route *route, const struct hl_node *node, const struct hl_when_scope *around)
{
	const struct hl_route *child = route->routes.v;
	const struct hl_node *nodes = hl_node_get(node, "routes");
	size_t n = route->routes.n < SIBLINGS_MAX ? route->routes.n : SIBLINGS_MAX;
	for (size_t i = 0; nodes && i < n; i++) {
		const struct hl_when_scope here = { &child[i].when, around };
		bool dead = check_apart(l, &child[i], around) || check_impossible(l, &child[i]) || check_holidays(l, &child[i]) || check_shadow(l, child, i, around);
		if (dead)
			continue;
		check_narrow(l, child, n, i, &nodes->child[i], around);
		check_routes(l, &child[i], &nodes->child[i], &here);
	}
}

/* ---- zones ---- */

static bool names_zone(const struct hl_when *w, const char *name)
{
	for (size_t i = 0; i < w->zone.n; i++)
		if (!strcmp(w->zone.v[i], name))
			return true;
	return false;
}

static bool route_names_zone(const struct hl_route *route, const char *name)
{
	const struct hl_route *child = route->routes.v;
	for (size_t i = 0; i < route->routes.n; i++)
		if (route_names_zone(&child[i], name))
			return true;
	return names_zone(&route->when, name);
}

static bool zone_is_used(const struct hl_rules *r, const char *name)
{
	const struct hl_mute *m = r->mutes.v;
	for (size_t i = 0; i < r->mutes.n; i++)
		if (names_zone(&m[i].when, name))
			return true;
	return r->has_route && route_names_zone(&r->route, name);
}

/* A file of zones that others share may hold more than one of them needs. */
static void check_zones(const struct look *l, const struct hl_node *root)
{
	const struct hl_node *zones = hl_node_get(root, "zones");
	for (size_t i = 0; zones && i < zones->n; i++) {
		const struct hl_node *z = &zones->child[i];
		bool own = !z->file || !strcmp(z->file, l->ctx->file);
		if (own && !zone_is_used(l->r, z->key))
			hl_faults_warn(l->ctx->faults, l->ctx->file, z->key_line, z->key_column, "no route and no mute names the zone '%.64s'", z->key);
	}
}

void hl_rules_warn_odd(const struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	struct look l = { r, ctx };
	const struct hl_node *route = hl_node_get(root, "route");
	if (route && r->has_route)
		check_routes(&l, &r->route, route, NULL);
	check_zones(&l, root);
}

void hl_match_warn_odd(const struct hl_match_opts *m, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_node *low = hl_node_get(node, "min_probability"), *high = hl_node_get(node, "alert_probability");
	if (low && m->min_probability >= 1)
		hl_conf_warn(ctx, low, "min_probability 1 drops every match that is not exact: none is certain");
	if (high && m->alert_probability >= 1)
		hl_conf_warn(ctx, high, "alert_probability 1 is never reached: every match will be one to verify");
}

/* ---- what time has overtaken ---- */

void hl_rules_warn_times(const struct hl_rules *r, const struct hl_rules_tree *tree, int64_t now_ms, struct hl_faults *faults)
{
	const struct hl_node *mutes = hl_node_get(hl_rules_tree_root(tree), "mute"), *holidays = hl_node_get(hl_rules_tree_root(tree), "holidays");
	const struct hl_mute *m = r->mutes.v;
	struct hl_conf_ctx ctx = { .file = r->file, .faults = faults };
	struct hl_local today;
	for (size_t i = 0; mutes && i < r->mutes.n; i++)
		if (m[i].until_ms != HL_NO_TIME && m[i].until_ms <= now_ms)
			hl_conf_warn(&ctx, hl_node_get(&mutes->child[i], "until"), "this mute has ended (%s): it does nothing any more", m[i].until);
	hl_tz_local(r->tz, now_ms, &today);
	if (holidays && r->holidays.n && r->holidays.day[r->holidays.n - 1] < today.day)
		hl_conf_warn(&ctx, holidays, "all holidays are over: 'at' will find none");
}
