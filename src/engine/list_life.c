/* list_life.c: see list_life.h. Approvals, activation, and what a clearing-up keeps. */
#include "engine/list_life.h"
#include "engine/standdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The list's policy, or what holds for a list that the settings don't name. */
static void policy(const struct hl_settings *s, const char *list, int64_t *approvals, int64_t *keep)
{
	const struct hl_list_settings *l = s ? hl_settings_list(s, list) : NULL;
	struct hl_list_settings usual;
	hl_list_policy_default(&usual);
	*approvals = l ? l->approvals : usual.approvals;
	*keep = l ? l->keep : usual.keep;
	hl_list_policy_wipe(&usual);
}

enum hl_code hl_list_approvals(const struct hl_settings *s, const char *state, const struct hl_version *v, const char *activator, struct hl_list_approvals *a,
			       struct hl_err *err)
{
	int64_t keep;
	*a = (struct hl_list_approvals){ 0 };
	policy(s, v->list, &a->needed, &keep);
	if (v->holds && !a->needed)
		a->needed = 1;
	enum hl_code code = hl_version_approvals(state, v, &a->approval, &a->n, err);
	for (size_t i = 0; i < a->n; i++)
		a->given += !hl_version_is_by(v->by, a->approval[i].by) && (!activator || !hl_version_is_by(activator, a->approval[i].by));
	return code;
}

void hl_list_approvals_fini(struct hl_list_approvals *a)
{
	free(a->approval);
	*a = (struct hl_list_approvals){ 0 };
}

/* ends: how many open alerts it would end, where those are too many. */
static enum hl_code refuse(const struct hl_version *v, const struct hl_list_approvals *a, const char *activator, size_t ends, struct hl_err *err)
{
	char holds[HL_HOLDS_TEXT], many[64] = "";
	if (ends)
		snprintf(many, sizeof many, "it would end %zu open alerts; ", ends);
	int64_t missing = a->needed - a->given;
	bool importer = v->by[0] && strcmp(v->by, activator) != 0;
	hl_holds_text(v->holds & ~(unsigned)HL_HOLD_POLICY, holds); /* that the list asks for approvals is said already */
	return hl_err_set(err, HL_E_DENIED, "%sversion %s needs %lld%s approval%s by %s other than %s%s%s%s%s%s: hotlistctl list approve %s %s --reason …", many, v->id,
			  (long long)missing, a->given ? " more" : "", missing == 1 ? "" : "s", missing == 1 ? "someone" : "people", activator,
			  importer ? " and " : "", importer ? v->by : "", *holds ? " (held: " : "", holds, *holds ? ")" : "", v->list, v->id);
}

/* Counted when it is to become active: what is open now is not what was open when it was imported. *ends is 0 where it is within bounds. */
static enum hl_code hold_standdown(const struct hl_settings *s, const char *state, struct hl_version *v, int64_t now_ms, size_t *ends, struct hl_err *err)
{
	*ends = 0;
	enum hl_code code = v->active ? HL_OK : hl_standdown_count(s ? s->store : "sqlite", state, v, now_ms, ends, err);
	if (*ends <= HL_STANDDOWN_FREE)
		*ends = 0;
	if (code || !*ends)
		return code;
	v->holds |= HL_HOLD_STANDDOWN;
	return hl_version_hold(state, v->list, v->id, HL_HOLD_STANDDOWN, err);
}

enum hl_code hl_list_activate(const struct hl_settings *s, const char *state, const char *list, const char *ref, struct hl_activation *a, struct hl_err *err)
{
	struct hl_version v;
	struct hl_list_approvals given = { 0 };
	const char *who = a->by ? a->by : "";
	a->fleet = s ? s->store : NULL;
	a->version[0] = a->was[0] = 0;
	size_t ends = 0;
	enum hl_code code = hl_version_find(state, list, ref, &v, err);
	if (!code)
		code = hold_standdown(s, state, &v, a->time_ms, &ends, err);
	if (!code)
		code = hl_list_approvals(s, state, &v, who, &given, err);
	if (!code && given.given < given.needed)
		code = refuse(&v, &given, who, ends, err);
	hl_list_approvals_fini(&given);
	return code ? code : hl_version_activate_by(state, list, v.id, a, err);
}

enum hl_code hl_list_reason(const char *why, struct hl_err *err)
{
	if (!why)
		return hl_err_set(err, HL_E_USAGE, "--reason TEXT is missing: it is kept with what you do");
	size_t n = strlen(why);
	hl_text_trim(&why, &n);
	if (!n)
		return hl_err_set(err, HL_E_USAGE, "--reason is blank: expected why");
	return n < HL_TEXT_LONG ? HL_OK : hl_err_set(err, HL_E_USAGE, "--reason has %zu bytes: expected at most %d", n, HL_TEXT_LONG - 1);
}

const char *hl_gc_why_text(enum hl_gc_why why)
{
	static const char *const text[HL_GC_WHYS] = {
		[HL_GC_REMOVE] = "",	       [HL_GC_ACTIVE] = "active",	     [HL_GC_BEFORE] = "the one before the active", [HL_GC_NEWEST] = "among the newest",
		[HL_GC_WAITS] = "waits for an approval", [HL_GC_ALERTS] = "named by an open alert", [HL_GC_IN_USE] = "in use",
	};
	return text[why];
}

static bool named(const struct hl_strings *names, const char *id)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (!strcmp(names->v[i], id))
			return true;
	return false;
}

static bool in_use(const struct hl_catalog *c, const struct hl_version *v)
{
	for (size_t i = 0; c && i < c->n_lists; i++)
		if (!strcmp(c->list[i].name, v->list) && !strcmp(c->list[i].version.id, v->id))
			return true;
	return false;
}

/* Whether somebody may still approve it: it lacks an approval, is newer than the active version and was never active itself. */
static enum hl_code waits(const struct hl_settings *s, const char *state, const struct hl_version *v, bool newer, bool *yes, struct hl_err *err)
{
	struct hl_list_approvals a;
	bool was;
	*yes = false;
	if (!newer)
		return HL_OK;
	enum hl_code code = hl_version_was_active(state, v->list, v->id, &was, err);
	/* One whose record of approvals can't be read is not one to remove unasked. */
	if (!code && !was)
		*yes = hl_list_approvals(s, state, v, NULL, &a, NULL) || a.given < a.needed;
	if (!code && !was)
		hl_list_approvals_fini(&a);
	return code;
}

struct gc {
	const struct hl_settings *settings;
	const char *state, *before;
	const struct hl_strings *pinned;
	const struct hl_catalog *catalog;
	int64_t keep;
};

static enum hl_code judge(const struct gc *g, const struct hl_version *v, size_t nth, bool newer, enum hl_gc_why *why, struct hl_err *err)
{
	bool yes = false;
	enum hl_code code = HL_OK;
	if (v->active)
		*why = HL_GC_ACTIVE;
	else if (!strcmp(v->id, g->before))
		*why = HL_GC_BEFORE;
	else if (named(g->pinned, v->id))
		*why = HL_GC_ALERTS;
	else if (in_use(g->catalog, v))
		*why = HL_GC_IN_USE;
	else if ((int64_t)nth < g->keep)
		*why = HL_GC_NEWEST;
	else if (!(code = waits(g->settings, g->state, v, newer, &yes, err)))
		*why = yes ? HL_GC_WAITS : HL_GC_REMOVE;
	return code;
}

enum hl_code hl_gc_plan(const struct hl_settings *s, const char *state, const char *list, const struct hl_strings *pinned, const struct hl_catalog *catalog,
			struct hl_gc_row **row, size_t *n, struct hl_err *err)
{
	struct hl_version *v = NULL;
	char before[HL_VERSION_ID];
	int64_t approvals;
	struct gc g = { .settings = s, .state = state, .before = before, .pinned = pinned, .catalog = catalog };
	*row = NULL;
	*n = 0;
	policy(s, list, &approvals, &g.keep);
	/* Where it can't be told what is active, and what was before, nothing may go. */
	enum hl_code code = hl_version_before(state, list, before, err);
	if (!code)
		code = hl_version_list(state, list, &v, n, err);
	if (code)
		return code;
	bool newer = true; /* than the active one: the list is newest first */
	*row = hl_calloc(*n, sizeof **row);
	for (size_t i = 0; !code && i < *n; i++) {
		newer = newer && !v[i].active;
		(*row)[i].version = v[i];
		code = judge(&g, &v[i], i, newer, &(*row)[i].why, err);
	}
	free(v);
	if (code) {
		free(*row);
		*row = NULL;
		*n = 0;
	}
	return code;
}
