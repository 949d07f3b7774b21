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

/* A figure for the usual reader, [0], and for the bad read, [1]: worked on together, each rounded as it would be alone. */
struct hl_pair {
	double v __attribute__((vector_size(HL_CHANNEL_RATES * sizeof(double))));
};

/* The rates of one band of confidence, made from the figures of the file. */
struct hl_channel_rates {
	struct hl_pair error[HL_SYMBOLS];                /* read as another symbol */
	struct hl_pair lost[HL_ENDS][HL_SYMBOLS];        /* without hint */
	struct hl_pair kept[HL_ENDS][HL_SYMBOLS];        /* P(symbol | class) * (1 - lost) */
	struct hl_pair kept_mean[HL_ENDS][HL_CLASSES], lost_mean[HL_ENDS][HL_CLASSES];
	struct hl_pair match_mean[HL_SYMBOLS][HL_ENDS][HL_CLASSES]; /* of (1 - lost) e over a class, by what the slot shows; without alternatives and `chars` */
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
	struct hl_channel_rates rates[HL_BANDS];
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

/* What the reader itself gives the symbols of a slot, as far as it counts: slot_weight * share^slot_power. */
struct hl_channel_slot {
	uint8_t n, sym[HL_SLOT_SYMBOLS];
	double own[HL_SLOT_SYMBOLS];
};

/* One read, prepared for sums. One thread at a time: a likelihood fills in what it needs. */
struct hl_channel_read {
	const struct hl_channel_table *table; /* borrowed */
	const struct hl_channel_rates *rates; /* the table's, of the band */
	struct hl_plate plate;
	unsigned m;                           /* slots: symbols of the plate as read */
	int band;
	unsigned n_sub, n_lost;
	struct hl_hint sub[HL_HINTS_MAX];  /* an alternative shows sym in slot; gap: what it adds to e */
	struct hl_hint lost[HL_HINTS_MAX]; /* an alternative shows sym before slot; gap: the probability it adds */
	unsigned n_slots;                  /* of `chars`, 0 where they don't count */
	struct hl_channel_slot slot[HL_PLATE_MAX];
	uint64_t known;                              /* the symbols whose row of e is filled, a bit each */
	struct hl_pair e[HL_SYMBOLS][HL_PLATE_MAX];  /* slot j given symbol t */
	bool means;                                  /* the two below are filled: hl_channel_means */
	struct hl_pair class_match[HL_ENDS][HL_CLASSES][HL_PLATE_MAX];    /* the mean over a class of (1 - lost) e */
	struct hl_pair class_lost[HL_ENDS][HL_CLASSES][HL_PLATE_MAX + 1]; /* of lost + hint */
	struct hl_pair invented[HL_PLATE_MAX];
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
/* Prepares o with the table's rates, without the background: some tens of nanoseconds. */
void hl_channel_prepare(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o);
/* The same with the background: about a microsecond. */
void hl_channel_init(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o);
/* P(read | plate), for a pattern the mean over what it stands for; up to a factor that is the same for all plates and for the background. */
double hl_channel_likelihood(struct hl_channel_read *ch, const struct hl_pattern *p);
/* For sums: E of symbol t in each slot; the means over classes. */
const struct hl_pair *hl_channel_symbol(struct hl_channel_read *ch, int t);
void hl_channel_means(struct hl_channel_read *ch);
/* The usual reader and the rare bad read together. */
double hl_channel_mix(const struct hl_channel_read *ch, struct hl_pair f);
/* The mean of P(read | plate) over all plates of a shape ("LLLDDDD": L a letter, D a digit; 1..HL_PLATE_MAX of them), and over all of n symbols. */
double hl_channel_shape(struct hl_channel_read *ch, const char *classes);
double hl_channel_any(struct hl_channel_read *ch, int n);
/* The sum over all plates of q(plate) * P(read | plate); hl_channel_init leaves it in background. */
double hl_channel_sum(struct hl_channel_read *ch);
/* One term of that sum or less: the plate as read, each symbol read right. No background is below it but for rounding, some 1e-13 of it. */
double hl_channel_least(struct hl_channel_read *ch);
/* The likelihood ratio against the background, bounded below: no read can speak against a plate by more than the share of reads that are of something
 * else altogether. */
double hl_channel_ratio(const struct hl_channel_read *ch, double likelihood);

/* One more symbol of the plate: from[j], slots used before it, to to[j], slots used after it; then the slots that no symbol stands behind, at that place. */
static inline void hl_channel_step(const struct hl_channel_read *ch, const struct hl_pair *from, const struct hl_pair *match, const struct hl_pair *lost,
				   struct hl_pair *to)
{
	to[0].v = from[0].v * lost[0].v;
	for (unsigned j = 1; j <= ch->m; j++)
		to[j].v = (from[j].v * lost[j].v + from[j - 1].v * match[j - 1].v) + to[j - 1].v * ch->invented[j - 1].v;
}

#endif
