/* score.h: how sure we are: P(the vehicle that passed is this entry | everything read): the channel of the camera's reader against the sum over all plates that
 * may pass, in a frame of vehicles as hypotheses, a prior per list, and two figures. doc/scoring.md has the formulas. Deterministic: no result depends on
 * order, machine or thread count. Pure; any thread.
 */
#ifndef HL_CORE_SCORE_H
#define HL_CORE_SCORE_H

#include "core/channel.h"
#include "core/match.h"
#include "core/vehicle.h"

/* One retrieved (read, entry) pair, in and out. */
struct hl_hypothesis {
	const struct hl_pattern *pattern;
	const char *state;            /* canonical, "" = unknown */
	double prior;                 /* base rate of the list / entries of the list */
	double ratio;                 /* P(read | this plate) / background: out of hl_score_read, into hl_score_ratios */
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	double plate_probability;     /* out: symbols only, six significant digits */
	double probability;           /* out: with region, type, make and colour */
	double likelihood;            /* out: P(read | plate) / background, for explain */
};

/* The factors of one figure, for explain:
 *     likelihood_ratio = (1 - epsilon) * calibration * exp(log_channel - log_background) + epsilon      (of the best entry of the vehicle)
 *     plate_probability = prior * likelihood_ratio / (rivals + rest), and probability the same with the evidence of each vehicle */
struct hl_score_detail {
	const char *channel; /* id of the table: channel_version; NULL: nothing was scored */
	int band;            /* of the reader's confidence, 0 the lowest */
	double log_channel, log_background, epsilon, calibration, prior, evidence[HL_CONTRADICTIONS], likelihood_ratio;
	double sum_plate, sum_all, rest; /* over all listed vehicles, this one included; 1 - sum of priors */
};

/* One read, prepared. Working memory: one thread. */
struct hl_score_work {
	struct hl_observation observation;
	struct hl_channel_read channel;
	double least; /* no background is below it; negative: not worked out */
};

/* Prepares r, which has symbols, by the channel of its camera; t is borrowed until the last use of w. */
void hl_score_begin(struct hl_score_work *w, const struct hl_channel_table *t, const struct hl_read *r);
/* No ratio of p by hl_score_read is above this: a tenth of the work, since it needs no sum over all plates. */
double hl_score_ratio_most(struct hl_score_work *w, const struct hl_pattern *p);
/* Sets the ratio of each of n hypotheses, and the channel's part of details (may be NULL); hl_score_ratios makes figures of them. */
void hl_score_read(struct hl_score_work *w, struct hl_hypothesis *h, size_t n, struct hl_score_detail *details);
/* The figures from the ratios, by hl_score_read or means over several reads; the other factors of details stay. All n compete. Borrows all; details may be
 * NULL or n long. */
void hl_score_ratios(struct hl_hypothesis *h, size_t n, struct hl_score_detail *details);
/* No plate_probability of n hypotheses or fewer, whose priors are at most prior_most and ratios at most ratio_most, is above this. */
double hl_score_most(size_t n, double prior_most, double ratio_most);
/* Scores all n hypotheses of one read together: all of the above. details keep t's id. For a read without symbols all figures are 0. */
void hl_score(const struct hl_channel_table *t, const struct hl_read *r, struct hl_hypothesis *h, size_t n, struct hl_score_detail *details);
/* The default base rate of a list of n entries: min(0.005, 5e-7 * n). */
double hl_score_base_rate(size_t n);
/* p rounded to six significant digits: what is compared, stored and shown. */
double hl_score_round(double p);

#endif
