/* fuzz_rules.c: any bytes as a rules file; what is accepted keeps its promises: thresholds in bounds, costs in bounds, every alert reaches somebody.
 * The corpus tests/data/bad-rules is a good one to start from.
 */
#include "core/rule.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void check_match(const struct hl_match_opts *m)
{
	check(m->max_cost >= 0 && m->max_cost <= HL_COST_MAX && m->candidate_cost >= 0 && m->candidate_cost <= HL_COST_MAX);
	check(m->candidates >= 0 && m->candidates <= HL_CANDIDATES_MAX);
	check(m->min_probability >= 0 && m->min_probability <= m->alert_probability && m->alert_probability <= 1);
	check(m->min_confidence >= 0 && m->min_confidence <= 1);
}

/* Of each list at each camera; those that nothing names have the defaults. */
static void check_cameras(const struct hl_rules *r)
{
	const struct hl_rules_camera *c = r->cameras.v;
	const struct hl_rules_list *l = r->lists.v;
	check(hl_rules_match_for(r, "no such list", "no such camera") == &r->match);
	for (size_t i = 0; i < r->cameras.n; i++) {
		check(hl_rules_camera(r, c[i].name) == i + 1);
		check_match(hl_rules_match_for(r, "no such list", c[i].name));
		for (size_t k = 0; k < r->lists.n; k++) {
			const struct hl_match_opts *m = hl_rules_match_for(r, l[k].name, c[i].name);
			check_match(m);
			check(m->max_cost <= hl_rules_budget(r, l[k].name));
		}
	}
}

/* Steps in the order of time; whoever is told has a name; what is limited is limited to something. */
static void check_life(const struct hl_rules *r, const struct hl_route *route)
{
	const struct hl_step *s = route->escalate.v;
	const struct hl_rules_receiver *v = r->receivers.v;
	for (size_t i = 0; i < route->escalate.n; i++)
		check(s[i].after_ms > (i ? s[i - 1].after_ms : 0) && s[i].receivers.n);
	check((route->fallback.after_ms > 0) == (route->fallback.receivers.n > 0));
	for (size_t i = 0; i < route->routes.n; i++)
		check_life(r, &((const struct hl_route *)route->routes.v)[i]);
	for (size_t i = 0; i < r->receivers.n; i++)
		check((v[i].limit.notices > 0) == (v[i].limit.per_ms > 0) && (!v[i].digest_ms || v[i].limit.notices));
}

static void name_seen(void *arg, const char *name, unsigned line, unsigned column)
{
	(void)arg;
	check(name[0] && line && column);
}

/* What mutes say holds for what they are given. */
static void check_mutes(const struct hl_rules *r, const struct hl_case *c)
{
	const struct hl_mute *m = hl_rules_mute(r, c);
	check(!m || hl_mute_fits(r, m, c));
	check(!m || m->until_ms == INT64_MIN || c->time_ms == INT64_MIN || c->time_ms < m->until_ms);
}

static void check_confusion(const struct hl_confusion *t)
{
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int b = 0; b < HL_SYMBOLS; b++)
			check(a == b ? t->cost[a][b] == 0 : (t->cost[a][b] >= 10 && t->cost[a][b] <= 90) || t->cost[a][b] == HL_HARD);
}

/* Cases of all kinds; the same bytes give the same cases. */
static void check_routes(const struct hl_rules *r, const uint8_t *data, size_t n)
{
	static const char *const words[] = { "a", "b", "stolen", "amber", "cam1", "", "x" };
	const char *names[HL_RECEIVERS_MAX];
	for (size_t i = 0; i < 64; i++) {
		unsigned v = (unsigned)i * 2654435761u ^ (n ? data[i % n] * 40503u : 0);
		struct hl_case c = { .list = words[v % 7], .category = words[(v >> 3) % 7], .agency = words[(v >> 6) % 7], .camera = words[(v >> 9) % 7],
				     .site = words[(v >> 12) % 7], .priority = 1 + (int)(v >> 15) % 9, .kind = (enum hl_kind)((v >> 18) % 5),
				     .decision = v >> 21 & 1 ? HL_ALERT : HL_VERIFY, .contradictions = v >> 22 & 15, .probability = (v >> 24) / 255.0,
				     .plate_probability = (v >> 20 & 255) / 255.0, .confidence = i % 5 ? (v >> 16 & 255) / 255.0 : -1,
				     .region = words[v >> 3 & 3], .time_ms = i % 7 ? (int64_t)v * 1000 : INT64_MIN, .has_position = i & 1,
				     .position = hl_point_of((double)(v & 255) - 128, (double)(v >> 8 & 511) - 256) };
		check_mutes(r, &c);
		size_t count = hl_rules_route(r, &c, names);
		check(r->has_route ? count >= 1 && count <= HL_RECEIVERS_MAX : count == 0);
		enum hl_decision d = hl_rules_decide(r, hl_rules_match(r, c.list), &c);
		check(c.kind == HL_KIND_EXACT || d != HL_ALERT);
		check(c.kind != HL_KIND_EXACT || d != HL_DROP || r->contradictions == HL_CON_DROP);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hl_rules *r = NULL;
	struct hl_faults *f = calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(1 << 20);
	check(f != NULL);
	enum hl_code code = hl_rules_parse(&r, "rules.yaml", (const char *)data, n, f);
	check((code == HL_OK) == (r != NULL) && (code == HL_OK) == (f->errors == 0));
	hl_faults_print(f, &out);
	check((out.len > 0) == (f->errors + f->warnings > 0));
	if (r) {
		check_match(&r->match);
		for (size_t i = 0; i < r->lists.n; i++)
			check_match(&((const struct hl_rules_list *)r->lists.v)[i].match);
		check_cameras(r);
		if (r->has_route)
			check_life(r, &r->route);
		hl_rules_each_receiver(r, name_seen, NULL);
		check_confusion(&r->confusion);
		check_routes(r, data, n);
	}
	hl_rules_free(&r);
	hl_buf_fini(&out);
	free(f);
	return 0;
}
