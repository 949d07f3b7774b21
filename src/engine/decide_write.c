/* decide_write.c: a hit as the line of `hotlistctl match` (contract.md, Offline matching): the same bytes from the index and from --exhaustive. With
 * explain also everything that a supervisor needs to follow the sum by hand. Pure; any thread.
 */
#include "base/json_out.h"
#include "core/alert.h"
#include "engine/decide_priv.h"

static const char *const evidence_names[] = { [HL_EV_UNKNOWN] = "unknown", [HL_EV_AGREES] = "agrees", [HL_EV_DIFFERS] = "differs" };

static void write_evidence(const struct hl_hit *h, struct hl_json *j)
{
	hl_json_open_key(j, "evidence", '{');
	for (int i = 0; i < HL_CONTRADICTIONS; i++) {
		hl_json_open_key(j, hl_contradiction_name((enum hl_contradiction)i), '{');
		hl_json_str(j, "is", evidence_names[h->evidence[i]]);
		hl_json_prob(j, "factor", h->detail.evidence[i]);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void write_factors(const struct hl_hit *h, struct hl_json *j)
{
	hl_json_open_key(j, "factors", '{');
	hl_json_str(j, "channel", h->detail.channel);
	hl_json_int(j, "band", h->detail.band + 1);
	hl_json_num(j, "log_channel", h->detail.log_channel);
	hl_json_num(j, "log_background", h->detail.log_background);
	hl_json_prob(j, "epsilon", h->detail.epsilon);
	hl_json_prob(j, "calibration", h->detail.calibration);
	hl_json_prob(j, "likelihood_ratio", h->detail.likelihood_ratio);
	hl_json_prob(j, "prior", h->detail.prior);
	hl_json_prob(j, "listed", h->detail.sum_plate);
	hl_json_prob(j, "listed_with_evidence", h->detail.sum_all);
	hl_json_prob(j, "not_listed", h->detail.rest);
	hl_json_close(j);
	write_evidence(h, j);
}

static void write_thresholds(const struct hl_match_opts *m, struct hl_json *j)
{
	hl_json_open_key(j, "thresholds", '{');
	hl_json_cost(j, "max_cost", m->max_cost);
	hl_json_cost(j, "candidate_cost", m->candidate_cost);
	hl_json_int(j, "candidates", m->candidates);
	hl_json_prob(j, "min_probability", m->min_probability);
	hl_json_prob(j, "alert_probability", m->alert_probability);
	hl_json_prob(j, "min_confidence", m->min_confidence);
	hl_json_close(j);
}

static void write_contradictions(const struct hl_hit *h, struct hl_json *j)
{
	hl_json_open_key(j, "contradictions", '[');
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		if (h->contradictions >> i & 1)
			hl_json_str(j, NULL, hl_contradiction_name((enum hl_contradiction)i));
	hl_json_close(j);
}

static void write_explanation(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_entry *e, struct hl_json *j)
{
	char as_read[HL_PLATE_MAX + 1];
	hl_plate_text(&h->as_read, as_read);
	hl_json_str(j, "entry", e->id);
	hl_json_str(j, "as_read", as_read);
	hl_json_int(j, "priority", h->priority);
	hl_alignment_write(&h->alignment, j, "alignment");
	write_contradictions(h, j);
	write_factors(h, j);
	write_thresholds(hl_catalog_match(&c->list[h->list], hl_rules_camera(c->rules, r->camera)), j);
	hl_json_str(j, "rules_version", c->rules->id);
}

void hl_decide_write(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, uint64_t line, bool explain, struct hl_buf *out)
{
	char read[HL_PLATE_MAX + 1], listed[HL_PLATE_MAX + 1];
	struct hl_entry e;
	struct hl_json j;
	hl_snapshot_get(c->list[h->list].snapshot, h->entry, &e);
	hl_plate_text(&r->plate, read);
	hl_pattern_text(&e.pattern, listed);
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_int(&j, "read", (int64_t)line);
	hl_json_str(&j, "plate_read", read);
	hl_json_str(&j, "list", c->list[h->list].name);
	hl_json_str(&j, "plate_listed", listed);
	hl_json_str(&j, "kind", hl_kind_name(h->kind));
	hl_json_cost(&j, "cost", h->cost);
	hl_json_prob(&j, "plate_probability", h->plate_probability);
	hl_json_prob(&j, "probability", h->probability);
	hl_json_str(&j, "decision", hl_decision_name(h->decision));
	if (explain)
		write_explanation(c, r, h, &e, &j);
	hl_json_close(&j);
}
