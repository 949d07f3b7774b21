/* rule_plan.c: see rule_plan.h. The routes are walked by rule_route.c, which says each route that it enters; here is remembered what each level of the way says of an
 * alert's life, or has from above. Pure; any thread.
 */
#include "core/rule_plan.h"

#include <string.h>

bool hl_names_add(struct hl_names *n, const char *name)
{
	for (size_t i = 0; i < n->n; i++)
		if (!strcmp(n->v[i], name))
			return true;
	if (n->n == HL_RECEIVERS_MAX)
		return false;
	n->v[n->n++] = name;
	return true;
}

static void add_all(struct hl_names *n, const struct hl_strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		hl_names_add(n, s->v[i]);
}

/* What holds at one level. */
struct life {
	const struct hl_array *escalate;
	const struct hl_step *fallback;
	int64_t repeat_ms;
};

struct planning {
	struct life level[HL_CONF_DEPTH];
	struct hl_plan *plan;
};

static struct life life_of(const struct hl_route *r, const struct life *above)
{
	struct life l = above ? *above : (struct life){ 0 };
	if (r->escalate.n)
		l.escalate = &r->escalate;
	if (r->fallback.receivers.n)
		l.fallback = &r->fallback;
	if (r->repeat_ms)
		l.repeat_ms = r->repeat_ms;
	return l;
}

/* The step of that time, in its place. */
static struct hl_plan_step *step_at(struct hl_plan *p, int64_t after_ms)
{
	size_t i = 0;
	while (i < p->n_steps && p->step[i].after_ms < after_ms)
		i++;
	if (i < p->n_steps && p->step[i].after_ms == after_ms)
		return &p->step[i];
	if (p->n_steps == HL_PLAN_STEPS)
		return &p->step[i ? i - 1 : 0];
	memmove(&p->step[i + 1], &p->step[i], (p->n_steps++ - i) * sizeof p->step[0]);
	p->step[i] = (struct hl_plan_step){ .after_ms = after_ms };
	return &p->step[i];
}

static bool same_step(const struct hl_plan_fallback *f, const struct hl_step *s)
{
	bool same = f->after_ms == s->after_ms && f->names.n == s->receivers.n;
	for (size_t k = 0; same && k < s->receivers.n; k++)
		same = !strcmp(f->names.v[k], s->receivers.v[k]);
	return same;
}

static void add_fallback(struct hl_plan *p, const struct hl_step *s, const struct hl_strings *of)
{
	size_t i = 0;
	while (i < p->n_fallbacks && !same_step(&p->fallback[i], s))
		i++;
	if (i == HL_PLAN_FALLBACKS)
		i--;
	else if (i == p->n_fallbacks)
		p->fallback[p->n_fallbacks++] = (struct hl_plan_fallback){ .after_ms = s->after_ms };
	struct hl_plan_fallback *f = &p->fallback[i];
	f->after_ms = s->after_ms < f->after_ms ? s->after_ms : f->after_ms;
	add_all(&f->of, of);
	add_all(&f->names, &s->receivers);
}

static void tell(struct hl_plan *p, const struct life *l, const struct hl_strings *receivers)
{
	for (size_t i = 0; l->escalate && i < l->escalate->n; i++) {
		const struct hl_step *s = (const struct hl_step *)l->escalate->v + i;
		add_all(&step_at(p, s->after_ms)->names, &s->receivers);
	}
	if (l->fallback)
		add_fallback(p, l->fallback, receivers);
	if (l->repeat_ms && (!p->repeat_ms || l->repeat_ms < p->repeat_ms))
		p->repeat_ms = l->repeat_ms;
}

static void on_step(void *arg, const struct hl_route_step *s)
{
	struct planning *g = arg;
	if (s->tells)
		tell(g->plan, &g->level[s->depth], s->tells);
	else if (!s->missed)
		g->level[s->depth] = life_of(s->route, &g->level[s->depth - 1]);
}

void hl_rules_plan(const struct hl_rules *r, const struct hl_case *c, struct hl_plan *p)
{
	struct planning g = { .plan = p };
	const struct hl_route_watch watch = { on_step, &g };
	*p = (struct hl_plan){ 0 };
	if (r->has_route)
		g.level[0] = life_of(&r->route, NULL);
	p->told.n = hl_rules_route_watched(r, c, &watch, p->told.v);
}
