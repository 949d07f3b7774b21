/* channel_priv.h: the constants of the channel and what its two halves share: channel.c prepares a read, channel_sum.c sums over alignments and over
 * plates. Only these two and channel_constants.c include it. Pure; any thread.
 */
#ifndef HL_CORE_CHANNEL_PRIV_H
#define HL_CORE_CHANNEL_PRIV_H

#include "core/channel.h"

enum { HL_BANDS = 6 };

struct hl_channel_profile {
	const char *name;
	double cut[HL_BANDS - 1];              /* bands of confidence: below cut[0], …, above cut[4] */
	double error[HL_BANDS], lost[HL_BANDS], invented[HL_BANDS]; /* a symbol: read as another, lost; a slot: invented */
	int unknown_band;                   /* where the reader gives no confidence */
	double rho;                         /* sharpens which other symbol is read */
	double hint_sub[2], hint_lost[2], hint_invented[2]; /* A and B of A * exp(-B * gap) */
	double end_lost, repeat_invented, first_invented;   /* factors */
	double epsilon;                     /* share of reads that are not of the vehicle at all */
	double bad_share, bad_factor;       /* the rare bad read: its share, its rates over the usual ones */
	double slot_weight, slot_power, slot_floor; /* trust in `chars` */
};

/* What each sort of reader is like, and the bounds for all. */
extern const struct hl_channel_profile hl_channel_scores, hl_channel_distribution, hl_channel_plain;

struct hl_channel_limits {
	double error_most, lost_most, invented_most; /* whatever confidence and factor say: a read is some evidence of its plate */
	double prone_least, prone_most;              /* how error-prone a symbol may be, over the usual */
	double cost_scale, unlisted_rate;            /* the way back from a table's cost to a rate */
	double hint_floor;                           /* least confidence of a candidate in a ratio */
	double distribution_most;                    /* shares of one sum to 1 but for rounding */
	double calibration;                          /* of the likelihood ratio */
};
extern const struct hl_channel_limits hl_channel_limits;

/* How common a plate is among passing vehicles: a share by its shape (L a letter, D a digit), any_shape for the rest: a length, then letters and digits in
 * runs. Symbols of a class are alike. */
enum { HL_SHAPES = 33 };
struct hl_shape {
	char classes[HL_PLATE_MAX + 1];
	double share;
};
struct hl_density {
	struct hl_shape shape[HL_SHAPES];
	double any_shape, length[HL_PLATE_MAX + 1], first[HL_CLASSES], next[HL_CLASSES][HL_CLASSES]; /* classes: letter, digit */
};
extern const struct hl_density hl_density;

/* The sum over all plates of q(plate) * P(read | plate). */
double hl_channel_sum(const struct hl_channel *ch);

#endif
