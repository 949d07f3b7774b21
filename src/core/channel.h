/* channel.h: P(read | plate): how one sort of reader turns a plate into what it reports, and the same averaged over all plates that may pass. doc/scoring.md
 * gives the formulas so that a sum can be followed by hand. The figures of a reader are a versioned artefact (rules/channels/NAME.yaml) learned from labelled
 * reads by `hotlistctl channel learn`; no figure of a real plate is in it. Pure; any thread; a table is immutable once finished.
 */
#ifndef HL_CORE_CHANNEL_H
#define HL_CORE_CHANNEL_H

#include "core/confusion.h"
#include "core/density.h"
#include "core/read.h"

enum {
	HL_BANDS = 6, HL_CHANNEL_RATES = 2 /* the usual reader, the rare bad read */, HL_ENDS = 2 /* a symbol inside the plate, at its end */,
	HL_CHANNEL_NAME = 32, HL_CHANNEL_ID = 48, HL_HINTS_MAX = 64
};

/* What the distance of a candidate from the plate as read is: nothing known, hundredths of a score, the logarithm of a ratio of shares. */
enum hl_gap_form { HL_GAP_NONE, HL_GAP_POINTS, HL_GAP_RATIO };

/* The rates of one band of confidence, made from the figures of the file. */
struct hl_channel_rates {
	double error[HL_SYMBOLS];                /* read as another symbol */
	double lost[HL_ENDS][HL_SYMBOLS];        /* without hint */
	double kept[HL_ENDS][HL_SYMBOLS];        /* P(symbol | class) * (1 - lost) */
	double lost_mean[HL_ENDS][HL_CLASSES];
};

struct hl_channel_table {
	char name[HL_CHANNEL_NAME];
	char id[HL_CHANNEL_ID]; /* "NAME-" and 12 hex digits of the SHA-256 of the file and its density: channel_version */
	int gap;                /* enum hl_gap_form */
	double cut[HL_BANDS - 1]; /* bands of confidence: below cut[0], …, above cut[4] */
	double error[HL_BANDS], lost[HL_BANDS], invented[HL_BANDS]; /* a symbol: read as another, lost; a slot: invented */
	double rel[HL_SYMBOLS], drel[HL_SYMBOLS], insd[HL_SYMBOLS]; /* the symbol's rate of each over the mean */
	double conf[HL_SYMBOLS][HL_SYMBOLS]; /* of the errors of t, the share read as c */
	double rho;                         /* sharpens conf */
	double hint_sub[2], hint_lost[2], hint_invented[2]; /* A and B of A * exp(-B * gap) */
	double end_lost, repeat_invented, first_invented;   /* factors */
	double epsilon;                     /* share of reads that are not of the vehicle at all */
	double bad_share, bad_factor;       /* the rare bad read: its share, its rates over the usual ones */
	double slot_weight, slot_power, slot_floor; /* trust in `chars`; weight 0: none */
	double calibration;                 /* of the likelihood ratio */
	double seen_error[HL_BANDS], seen_lost[HL_BANDS], seen_invented[HL_BANDS]; /* as counted, with what alternatives show: for simulations */
	struct hl_density density;
	/* made by hl_channel_finish */
	double share[HL_SYMBOLS][HL_SYMBOLS]; /* [read][truth]: conf^rho */
	double floor_power;                   /* slot_floor^slot_power */
	struct hl_channel_rates rates[HL_BANDS][HL_CHANNEL_RATES];
};

enum hl_hint_type { HL_HINT_SUB, HL_HINT_LOST, HL_HINT_INVENTED };
struct hl_hint {
	uint8_t type, slot, sym; /* lost: before which slot; invented: sym is 0 */
	double gap;
};

/* What a read says, apart from any table but for the form of the gaps: the plate, its confidence, and the single edits that its alternatives show. */
struct hl_observation {
	struct hl_plate plate;
	double confidence;
	unsigned n_hints;
	struct hl_hint hint[HL_HINTS_MAX];
	unsigned n_slots; /* 0, or as many as the plate has symbols */
	struct hl_read_slot slot[HL_PLATE_MAX];
};

/* One read, prepared for sums. */
struct hl_channel_read {
	const struct hl_channel_table *table; /* borrowed */
	unsigned m;                           /* slots: symbols of the plate as read */
	int band;
	double e[HL_CHANNEL_RATES][HL_SYMBOLS][HL_PLATE_MAX]; /* slot j given symbol t */
	double class_match[HL_CHANNEL_RATES][HL_ENDS][HL_CLASSES][HL_PLATE_MAX];    /* the mean over a class of (1 - lost) e */
	double class_lost[HL_CHANNEL_RATES][HL_ENDS][HL_CLASSES][HL_PLATE_MAX + 1]; /* of lost + hint */
	unsigned n_lost;
	struct hl_hint lost[HL_HINTS_MAX]; /* an alternative shows sym before slot; gap: the probability it adds */
	double invented[HL_CHANNEL_RATES][HL_PLATE_MAX];
	double background; /* sum over all plates of q(plate) * P(read | plate) */
};

/* The file's figures to what sums need; to be called after any change of them. */
void hl_channel_finish(struct hl_channel_table *t);
/* A channel file; the density is put in by the caller before hl_channel_finish. Every fault is told. */
enum hl_code hl_channel_parse(struct hl_channel_table *t, const char *name, const char *text, size_t n, struct hl_faults *faults);
void hl_channel_write(const struct hl_channel_table *t, const char *comment, const char *source, struct hl_buf *out);
/* "none", "points", "ratio". */
const char *hl_gap_name(int gap);

/* What the figures of a read look like: shares of one, scores, or no alternatives at all. */
enum hl_gap_form hl_channel_guess(const struct hl_read *r);
/* r's plate has at least one symbol. */
void hl_observe(struct hl_observation *o, enum hl_gap_form gap, const struct hl_read *r);
/* Prepares o with the table's rates, the background included: some microseconds. */
void hl_channel_init(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o);
/* P(read | plate), for a pattern the mean over what it stands for; up to a factor that is the same for all plates and for the background. */
double hl_channel_likelihood(const struct hl_channel_read *ch, const struct hl_pattern *p);
/* The mean of P(read | plate) over all plates of a shape ("LLLDDDD": L a letter, D a digit; 1..HL_PLATE_MAX of them), and over all of n symbols. */
double hl_channel_shape(const struct hl_channel_read *ch, const char *classes);
double hl_channel_any(const struct hl_channel_read *ch, int n);
/* The sum over all plates of q(plate) * P(read | plate); hl_channel_init leaves it in background. */
double hl_channel_sum(const struct hl_channel_read *ch);
/* The likelihood ratio against the background, bounded below: no read can speak against a plate by more than the share of reads that are of something
 * else altogether. */
double hl_channel_ratio(const struct hl_channel_read *ch, double likelihood);

#endif
