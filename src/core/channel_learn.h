/* channel_learn.h: a reader's channel from labelled reads: rates and confusions by counting best alignments, shrunk towards means, then some twenty scalars
 * by the greatest mean logarithm of the likelihood ratio of the plate that was there (conditional likelihood). Deterministic: the same reads in any order
 * give the same file. An artefact that somebody makes by a command and looks at; nothing learns while the program runs. Pure; one thread at a time.
 */
#ifndef HL_CORE_CHANNEL_LEARN_H
#define HL_CORE_CHANNEL_LEARN_H

#include "core/channel.h"

enum { HL_CHANNEL_LEARN_MAX = 200000 /* labelled reads: 2 kB each */, HL_FIT_PARAMS = 20 };

struct hl_channel_learn;

struct hl_channel_report {
	size_t reads, others, too_far, fitted; /* reads counted; reads of other readers that shape the priors; left out as too unlike; in the fit */
	double log_ratio, log_ratio_start;     /* mean ln LR of the plate that was there, in the end and before the fit */
	unsigned sums;                         /* times that it was computed */
};

/* gap: what the reader's candidates are; HL_GAP_NONE leaves candidates and chars aside. */
struct hl_channel_learn *hl_channel_learn_new(enum hl_gap_form gap);
void hl_channel_learn_free(struct hl_channel_learn **l);
/* One labelled read, with its weight in the fit (0: only counted). HL_E_LIMIT past HL_CHANNEL_LEARN_MAX. */
enum hl_code hl_channel_learn_add(struct hl_channel_learn *l, const struct hl_read *r, const struct hl_plate *truth, double weight, struct hl_err *err);
/* One of another reader: its confusions are a third of the prior of this one's. */
enum hl_code hl_channel_learn_other(struct hl_channel_learn *l, const struct hl_plate *read, const struct hl_plate *truth, struct hl_err *err);
/* Learns *out. align: the table by whose costs reads are aligned; density: of the plates that pass. sweeps: of the fit; 0: counts only. HL_E_INPUT: no read. */
enum hl_code hl_channel_learn_run(struct hl_channel_learn *l, const struct hl_confusion *align, const struct hl_density *density, unsigned sweeps,
				  struct hl_channel_table *out, struct hl_channel_report *report, struct hl_err *err);

/* For the fit, in channel_fit.c: a labelled read. */
struct hl_channel_sample {
	struct hl_observation o;
	struct hl_pattern truth;
	double weight;
};
/* Changes the scalars of *t so that the mean ln LR over the samples is greatest. */
void hl_channel_fit(struct hl_channel_table *t, const struct hl_channel_sample *v, size_t n, unsigned sweeps, struct hl_channel_report *report);

#endif
