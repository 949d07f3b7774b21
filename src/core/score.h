/* score.h: how sure we are: P(the vehicle that passed is this entry | everything read). A first, simple channel: substitution probabilities from the
 * confusion table's costs, losses and inventions at fixed rates, scaled by the reader's confidence, candidates as evidence; the frame (vehicles
 * as hypotheses, prior per list, two figures) is doc/scoring.md's. Deterministic: no result depends on order, machine or thread count.
 * Pure; any thread.
 */
#ifndef HL_CORE_SCORE_H
#define HL_CORE_SCORE_H

#include "core/match.h"
#include "core/vehicle.h"

/* One retrieved (read, entry) pair, in and out. */
struct hl_hypothesis {
	const struct hl_pattern *pattern;
	const char *state;            /* canonical, "" = unknown */
	double prior;                 /* base rate of the list / entries of the list */
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	double plate_probability;     /* out: symbols only, six significant digits */
	double probability;           /* out: with region, type, make and colour */
	double likelihood;            /* out: P(read | plate) / background, for explain */
};

/* The factors of one figure, for explain. */
struct hl_score_detail {
	double log_channel, log_background, prior, evidence[HL_CONTRADICTIONS], likelihood_ratio;
};

/* Scores all n hypotheses of one read together (they compete). Borrows all; details may be NULL or n long. */
void hl_score(const struct hl_confusion *t, const struct hl_read *r, struct hl_hypothesis *h, size_t n, struct hl_score_detail *details);
/* The default base rate of a list of n entries: min(0.005, 5e-7 * n). */
double hl_score_base_rate(size_t n);
/* p rounded to six significant digits: what is compared, stored and shown. */
double hl_score_round(double p);

#endif
