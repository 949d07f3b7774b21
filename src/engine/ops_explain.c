/* ops_explain.c: `alert explain`: why an alert is what it is, from the stored alert, in words that a supervisor can follow: what differs and what that
 * costs, how likely the plate is, what speaks for and against, which thresholds decided. Pure.
 */
#include "engine/ops_priv.h"
#include "core/exact.h"

#include <stdio.h>
#include <string.h>

enum { REASONS_MAX = 8 };

/* The thresholds that hold today; NULL rules: none are loaded. */
struct frame {
	const struct hl_alert *a;
	const struct hl_rules *rules;
	const struct hl_match_opts *match;
	bool same_rules; /* those that decided */
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	size_t n_reasons;
	char reason[REASONS_MAX][HL_TEXT_LONG];
};

static void __attribute__((format(printf, 2, 3))) because(struct frame *f, const char *fmt, ...)
{
	va_list ap;
	if (f->n_reasons == REASONS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(f->reason[f->n_reasons++], sizeof f->reason[0], fmt, ap);
	va_end(ap);
}

static void reasons(struct frame *f)
{
	const struct hl_alert *a = f->a;
	char text[HL_TEXT_LONG];
	if (a->kind != HL_KIND_EXACT)
		because(f, "the plate as read is not the listed one (%s)", hl_kind_name(a->kind));
	if (a->n_contradictions) {
		hl_alert_contradictions(a, text, sizeof text);
		because(f, "the vehicle contradicts the entry: %.200s", text);
	}
	if (a->read.late)
		because(f, "the read came late: what it saw may have moved on");
	if (a->cleared_note[0])
		because(f, "a person rejected this very pair before (%.100s); an exact plate is never silenced", a->cleared_note);
	if (f->match && a->probability < f->match->alert_probability)
		because(f, "the probability with all that is known, %.6g, is below %.6g, from where on the rules say alert", a->probability,
			f->match->alert_probability);
	if (!f->n_reasons && a->decision == HL_ALERT)
		because(f, "the plate agrees in all symbols, nothing contradicts it, and it is likely enough");
	if (!f->n_reasons)
		because(f, "the rules of that time said so");
}

static struct frame frame_of(const struct hl_ops_ctx *ctx, const struct hl_alert *a)
{
	struct frame f = { .a = a, .rules = ctx->catalog ? ctx->catalog->rules : NULL };
	f.match = f.rules ? hl_rules_match_for(f.rules, a->list, a->read.camera) : NULL;
	f.same_rules = f.rules && !strcmp(f.rules->id, a->rules_version);
	struct hl_entry e = { .about_plate = !strcmp(a->entry[HL_F_ABOUT], "plate") };
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		e.f[i] = a->entry[i];
	hl_vehicle_compare(&e, &a->read, f.evidence);
	reasons(&f);
	return f;
}

static void explain_op(const struct hl_op *op, struct hl_buf *out)
{
	unsigned pos = op->pos + 1u;
	switch (op->type) {
	case HL_OP_SUB:
		hl_buf_printf(out, "   - position %u: %s was read where the list has %s; this counts %d.%02d of a full difference, %s\n", pos, op->read, op->listed,
			      op->cost / 100, op->cost % 100, op->cost < HL_HARD ? "since the two are easily confused" : "since the two are seldom confused");
		return;
	case HL_OP_SWAP:
		hl_buf_printf(out, "   - positions %u and %u: %s was read where the list has %s, two neighbours exchanged; this counts %d.%02d\n", pos, pos + 1,
			      op->read, op->listed, op->cost / 100, op->cost % 100);
		return;
	case HL_OP_LOST:
		hl_buf_printf(out, "   - position %u: the list has %s, and nothing was read there; this counts %d.%02d\n", pos, op->listed, op->cost / 100,
			      op->cost % 100);
		return;
	default:
		hl_buf_printf(out, "   - before position %u: %s was read, and the list has nothing there; this counts %d.%02d\n", pos, op->read, op->cost / 100,
			      op->cost % 100);
	}
}

static void explain_plates(const struct frame *f, struct hl_buf *out)
{
	const struct hl_alignment *al = &f->a->alignment;
	char text[HL_TEXT_LONG];
	hl_buf_puts(out, "1. What was compared\n");
	hl_alert_plates(f->a, "   ", out);
	hl_alert_difference(f->a, text, sizeof text);
	hl_buf_printf(out, "   %s\n", text);
	if (f->a->kind == HL_KIND_CANDIDATE)
		hl_buf_printf(out, "   The reader gave other readings of the same plate; one of them, %s, %s\n", f->a->alternative,
			      al->n ? "is nearer to the listed plate:" : "is the listed plate.");
	for (unsigned i = 0; i < al->n; i++)
		explain_op(&al->op[i], out);
	hl_buf_printf(out, "   In all the difference counts %d.%02d", al->cost / 100, al->cost % 100);
	if (f->match)
		hl_buf_printf(out, "; for list %s the rules look at matches of up to %d.%02d", f->a->list, f->match->max_cost / 100, f->match->max_cost % 100);
	hl_buf_puts(out, ".\n");
}

/* The sum of doc/scoring.md with its figures, so that it can be followed by hand. */
static void explain_sum(const struct hl_alert *a, struct hl_buf *out)
{
	const struct hl_alert_factors *s = &a->factors;
	double evidence = s->state * s->type * s->make * s->color, rivals = s->listed - s->prior * s->likelihood_ratio;
	if (!(s->likelihood_ratio > 0))
		return;
	hl_buf_printf(out, "   The sum, by channel %s, band %lld of 6 of the reader's confidence (doc/scoring.md has the formulas):\n", a->channel_version, (long long)s->band);
	hl_buf_printf(out, "     this read, were it the listed plate:    e^%.4f\n     this read, of all plates that may pass: e^%.4f\n", s->log_channel, s->log_background);
	double own = (1 - s->epsilon) * s->calibration * hl_exact_exp(s->log_channel - s->log_background) + s->epsilon;
	hl_buf_printf(out, "     ratio = %.6g x %.6g x e^(%.4f + %.4f) + %.6g = %.6g\n", 1 - s->epsilon, s->calibration, s->log_channel, -s->log_background, s->epsilon, own);
	if (a->match_reads > 1)
		hl_buf_printf(out, "     mean of the ratios of the %lld reads of this passage: %.6g\n", (long long)a->match_reads, s->likelihood_ratio);
	else if (s->likelihood_ratio > 1.00001 * own)
		hl_buf_printf(out, "     another entry of the same vehicle has a better ratio, which counts: %.6g\n", s->likelihood_ratio);
	hl_buf_printf(out, "     prior of a vehicle of this list = %.6g; other listed vehicles near this read together: %.6g; not listed: %.6g\n", s->prior,
		      rivals > 1e-9 * s->listed ? rivals : 0, s->not_listed);
	hl_buf_printf(out, "     symbols alone: %.6g x %.6g / (%.6g + %.6g) = %.6g\n", s->prior, s->likelihood_ratio, s->listed, s->not_listed, a->plate_probability);
	hl_buf_printf(out, "     with state %.4g, type %.4g, make %.4g, color %.4g: %.6g x %.6g x %.6g / (%.6g + %.6g) = %.6g\n", s->state, s->type, s->make, s->color,
		      s->prior, s->likelihood_ratio, evidence, s->listed_with_evidence, s->not_listed, a->probability);
}

static void explain_probability(const struct frame *f, struct hl_buf *out)
{
	hl_buf_printf(out, "2. How likely it is that this plate passed\n   By the symbols alone: %.6g (%.1f %%).\n", f->a->plate_probability,
		      100 * f->a->plate_probability);
	if (f->match)
		hl_buf_printf(out, "   Below %.6g the rules drop an inexact match.\n", f->match->min_probability);
	if (f->a->read.confidence >= 0)
		hl_buf_printf(out, "   The reader's own confidence was %.2f; it counts as evidence, not as a threshold.\n", f->a->read.confidence);
	if (f->a->match_reads > 1)
		hl_buf_printf(out, "   The figures are of %lld reads of this passage, not of this read alone: each speaks for the listed plate or against it, and what\n"
			      "   counts is the mean. Reads that did not match count as well.\n", (long long)f->a->match_reads);
	hl_buf_printf(out, "   With state and vehicle taken into account: %.6g (%.1f %%).\n", f->a->probability, 100 * f->a->probability);
	explain_sum(f->a, out);
	if (f->match)
		hl_buf_printf(out, "   From %.6g on the rules say alert for an exact match.\n", f->match->alert_probability);
}

static const char *verdict_of(const struct frame *f, int i)
{
	for (unsigned k = 0; k < f->a->n_contradictions; k++)
		if (!strcmp(f->a->contradiction[k].what, hl_contradiction_name((enum hl_contradiction)i)))
			return "CONTRADICTS";
	switch (f->evidence[i]) {
	case HL_EV_AGREES:
		return "agrees";
	case HL_EV_DIFFERS:
		return "differs (the rules do not count it)";
	case HL_EV_UNKNOWN:
		break;
	}
	return "unknown: says nothing";
}

static void explain_evidence(const struct frame *f, struct hl_buf *out)
{
	const struct hl_read *r = &f->a->read;
	const char *const read[HL_CONTRADICTIONS] = { [HL_C_STATE] = r->region, [HL_C_TYPE] = r->vehicle.type, [HL_C_MAKE] = r->vehicle.make,
						      [HL_C_COLOR] = r->vehicle.color };
	static const enum hl_field listed[HL_CONTRADICTIONS] = { [HL_C_STATE] = HL_F_STATE, [HL_C_TYPE] = HL_F_TYPE, [HL_C_MAKE] = HL_F_MAKE,
								 [HL_C_COLOR] = HL_F_COLOR };
	hl_buf_puts(out, "3. What else is known of the vehicle\n");
	for (int i = 0; i < HL_CONTRADICTIONS; i++) {
		const char *was_read = read[i][0] ? read[i] : "nothing", *was_listed = f->a->entry[listed[i]];
		hl_buf_printf(out, "   %-6s read %s, listed %s: %s\n", hl_contradiction_name((enum hl_contradiction)i), was_read,
			      was_listed[0] ? was_listed : "nothing", verdict_of(f, i));
	}
}

static void explain_decision(const struct frame *f, struct hl_buf *out)
{
	hl_buf_printf(out, "4. Decision: %s, because\n", hl_decision_name(f->a->decision));
	for (size_t i = 0; i < f->n_reasons; i++)
		hl_buf_printf(out, "   - %s\n", f->reason[i]);
	if (f->a->decision == HL_VERIFY)
		hl_buf_puts(out, "   Verify means: look at plate, state and vehicle with your own eyes before anything else.\n");
	if (f->rules && !f->same_rules)
		hl_buf_printf(out, "   Note: it was decided by rules %s; the thresholds shown are those of the present rules %s.\n", f->a->rules_version, f->rules->id);
	if (!f->rules)
		hl_buf_puts(out, "   Note: no rules are loaded here, so the thresholds can't be shown.\n");
}

void hl_ops_explain(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	struct frame f = frame_of(ctx, a);
	char when[48];
	hl_ops_full_time(ctx, a->time_ms, when);
	hl_buf_printf(out, "Alert %s, seen %s at %s\nlist %s %s, rules %s\n\n", a->id, when, a->read.site[0] ? a->read.site : a->read.camera, a->list, a->list_version, a->rules_version);
	explain_plates(&f, out);
	explain_probability(&f, out);
	explain_evidence(&f, out);
	explain_decision(&f, out);
	hl_ops_explain_entry(ctx, a, out);
}

static void json_thresholds(const struct frame *f, struct hl_json *j)
{
	if (!f->match) {
		hl_json_null(j, "thresholds");
		return;
	}
	hl_json_open_key(j, "thresholds", '{');
	hl_json_str(j, "rules_version", f->rules->id);
	hl_json_bool(j, "those_that_decided", f->same_rules);
	hl_json_cost(j, "max_cost", f->match->max_cost);
	hl_json_prob(j, "min_probability", f->match->min_probability);
	hl_json_prob(j, "alert_probability", f->match->alert_probability);
	hl_json_close(j);
}

void hl_ops_explain_json(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	static const char *const evidence[] = { [HL_EV_UNKNOWN] = "unknown", [HL_EV_AGREES] = "agrees", [HL_EV_DIFFERS] = "differs" };
	struct frame f = frame_of(ctx, a);
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "id", a->id);
	hl_json_str(&j, "plate_read", a->plate_read);
	hl_json_str(&j, "plate_listed", a->plate_listed);
	hl_json_str(&j, "kind", hl_kind_name(a->kind));
	hl_json_cost(&j, "cost", a->alignment.cost);
	hl_alignment_write(&a->alignment, &j, "alignment");
	hl_json_prob(&j, "plate_probability", a->plate_probability);
	hl_json_prob(&j, "probability", a->probability);
	hl_json_int(&j, "passage_reads", a->match_reads);
	hl_json_str(&j, "channel_version", a->channel_version);
	if (a->factors.likelihood_ratio > 0)
		hl_alert_factors_write(&a->factors, &j);
	hl_json_open_key(&j, "evidence", '{');
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		hl_json_str(&j, hl_contradiction_name((enum hl_contradiction)i), evidence[f.evidence[i]]);
	hl_json_close(&j);
	json_thresholds(&f, &j);
	hl_json_str(&j, "decided_by", a->rules_version);
	hl_json_str(&j, "decision", hl_decision_name(a->decision));
	hl_json_open_key(&j, "because", '[');
	for (size_t i = 0; i < f.n_reasons; i++)
		hl_json_str(&j, NULL, f.reason[i]);
	hl_json_close(&j);
	hl_ops_explain_entry_json(ctx, a, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}
