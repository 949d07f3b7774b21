/* channel.h: P(read | plate): how a camera's reader turns a plate into what it reports, and the same averaged over all plates that may pass. doc/scoring.md
 * gives the formulas so that a sum can be followed by hand. A first channel: substitutions by the confusion table in force, losses and inventions at fixed
 * rates, all by bands of the reader's confidence, the reader's alternatives broken into single edits. No figure of a real plate is in it. Pure; any thread.
 */
#ifndef HL_CORE_CHANNEL_H
#define HL_CORE_CHANNEL_H

#include "core/confusion.h"
#include "core/read.h"

enum { HL_CHANNEL_RATES = 2, HL_CLASSES = 2 /* letters, digits */ };

struct hl_channel_profile; /* constants of one sort of reader, see channel.c */

/* One read, prepared: what each slot says about each symbol. f[0] is the usual reader, f[1] the rare bad read. */
struct hl_channel {
	const struct hl_channel_profile *profile;
	unsigned m; /* slots: symbols of the plate as read */
	double e[HL_CHANNEL_RATES][HL_PLATE_MAX][HL_SYMBOLS];       /* slot j given symbol t */
	double class_e[HL_CHANNEL_RATES][HL_CLASSES][HL_PLATE_MAX]; /* the mean over a class, by slot */
	double lost[HL_CHANNEL_RATES];                              /* any symbol, not first or last */
	double end_lost[HL_CHANNEL_RATES];
	double hint_lost[HL_PLATE_MAX + 1][HL_SYMBOLS];             /* an alternative shows t before slot j */
	double class_hint_lost[HL_CLASSES][HL_PLATE_MAX + 1];
	double invented[HL_CHANNEL_RATES][HL_PLATE_MAX];
	double background; /* sum over all plates of q(plate) * P(read | plate) */
};

/* Prepares r (whose plate has at least one symbol) with the table's rates: some tens of microseconds. Borrows for the call. */
void hl_channel_init(struct hl_channel *ch, const struct hl_confusion *t, const struct hl_read *r);
/* P(read | plate), for a pattern the mean over what it stands for; up to a factor that is the same for all plates and for the background. */
double hl_channel_likelihood(const struct hl_channel *ch, const struct hl_pattern *p);
/* The mean of P(read | plate) over all plates of a shape ("LLLDDDD": L a letter, D a digit; 1..HL_PLATE_MAX of them), and over all of n symbols. */
double hl_channel_shape(const struct hl_channel *ch, const char *classes);
double hl_channel_any(const struct hl_channel *ch, int n);
/* The likelihood ratio against the background, bounded below: no read can speak against a plate by more than the share of reads that are of something
 * else altogether. */
double hl_channel_ratio(const struct hl_channel *ch, double likelihood);
/* The name of the profile chosen: "scores", "distribution", "plain". */
const char *hl_channel_profile_name(const struct hl_channel *ch);

#endif
