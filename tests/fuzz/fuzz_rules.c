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
		check_confusion(&r->confusion);
		check_routes(r, data, n);
	}
	hl_rules_free(&r);
	hl_buf_fini(&out);
	free(f);
	return 0;
}
