/* decide_fall.c: what a passage's further reads take back of what was told of it: a misread that the rest does not bear out, an alert that has become unlikely. Kept in memory
 * with the passage (engine/passage.h). No clock; any thread.
 */
#include "engine/decide_priv.h"

#include <string.h>

/* What is kept: the hit as it was told, and what its figures are made of. */
struct told {
	struct hl_hit hit;
	double prior;
	char entry[HL_ID_TEXT], state[16];
};

_Static_assert(sizeof(struct told) <= HL_PASSAGE_KEEP, "what was told fits");

enum { FELL_TO_VERIFY = 1, FELL_TO_DROP = 2 };

void hl_decide_remember(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_pattern *pattern, const struct hl_decide_opts *o)
{
	const struct hl_catalog_list *list = &c->list[h->list];
	struct hl_passage_kept k = { .rank = (int)h->decision * 2 + (h->kind == HL_KIND_EXACT), .epsilon = h->detail.epsilon, .size = sizeof(struct told) };
	struct told t = { .hit = *h, .prior = list->prior };
	struct hl_entry e;
	hl_snapshot_get(list->snapshot, h->entry, &e);
	hl_copy(t.entry, sizeof t.entry, e.id);
	hl_state_canon(e.f[HL_F_STATE], t.state);
	t.hit.detail.channel = NULL; /* of rules that may be gone by then */
	memcpy(k.what, &t, sizeof t);
	hl_passages_keep(o->passages, r, c->rules->passage_ms, o->now_ms, pattern, &k);
}

/* The catalog may have been swapped since. */
static bool still_there(const struct hl_catalog *c, const struct told *t)
{
	char id[HL_ID_TEXT];
	if (t->hit.list >= c->n_lists || t->hit.entry >= hl_snapshot_count(c->list[t->hit.list].snapshot))
		return false;
	hl_snapshot_id(c->list[t->hit.list].snapshot, t->hit.entry, id);
	return !strcmp(id, t->entry);
}

/* Half the threshold, so that nothing goes up and down about it; an exact match is never dropped by probability. */
static enum hl_decision left(const struct hl_match_opts *m, const struct hl_hit *h)
{
	if (h->kind != HL_KIND_EXACT && h->plate_probability < m->min_probability / 2)
		return HL_DROP;
	return h->decision == HL_ALERT && h->probability < m->alert_probability / 2 ? HL_VERIFY : h->decision;
}

static bool falls(const struct hl_catalog *c, const struct hl_read *r, const struct hl_passage_fall *f, struct told *t)
{
	struct hl_hypothesis h = { .pattern = &f->pattern, .state = t->state, .prior = t->prior, .ratio = f->ratio };
	memcpy(h.evidence, t->hit.evidence, sizeof h.evidence);
	hl_score_ratios(&h, 1, &t->hit.detail);
	t->hit.plate_probability = h.plate_probability;
	t->hit.probability = h.probability;
	t->hit.passage_reads = f->reads;
	enum hl_decision to = left(hl_catalog_match(&c->list[t->hit.list], hl_rules_camera(c->rules, r->camera)), &t->hit);
	bool again = f->kept.falls & (to == HL_DROP ? FELL_TO_DROP : FELL_TO_VERIFY);
	if (to == t->hit.decision || again)
		return false;
	t->hit.decision = to;
	return true;
}

size_t hl_decide_falls(const struct hl_catalog *c, const struct hl_read *r, uint32_t read, const struct hl_decide_opts *o, struct hl_hit *out)
{
	struct hl_passage_fall f[HL_FALLS_MAX];
	int64_t passage_ms = c->rules->passage_ms;
	size_t got = hl_passages_told(o->passages, r, passage_ms, o->now_ms, f, HL_FALLS_MAX), n = 0;
	for (size_t i = 0; i < got; i++) {
		struct told t;
		memcpy(&t, f[i].kept.what, sizeof t);
		if (f[i].reads < HL_FALL_READS || !still_there(c, &t) || !falls(c, r, &f[i], &t))
			continue;
		hl_passages_fell(o->passages, r, passage_ms, o->now_ms, &f[i].pattern, f[i].kept.falls | (t.hit.decision == HL_DROP ? FELL_TO_DROP | FELL_TO_VERIFY : FELL_TO_VERIFY));
		t.hit.read = read;
		t.hit.fell = true;
		out[n++] = t.hit;
	}
	return n;
}
