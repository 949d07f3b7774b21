/* learn.h: a confusion table from labelled reads: pairs of the plate that was there and the plate as read. The table is an artefact that somebody makes
 * by a command and looks at; nothing learns while the program runs. Floating point is used here and only here on the way to a cost: the file holds
 * hundredths. Pure; one thread at a time for one struct hl_learn.
 */
#ifndef HL_CORE_LEARN_H
#define HL_CORE_LEARN_H

#include "base/mem.h"
#include "core/confusion.h"

enum { HL_LEARN_MAX = 1 << 22 }; /* labelled reads: 26 bytes each */

struct hl_learn;

struct hl_learn_params {
	double scale;    /* cost = scale * -log10(rate); 0.28 makes most unlisted pairs dearer than a hard edit, and the commonest nearly free */
	double coverage; /* 0..1: the share of substitutions on plates not learned from that the table shall hold; 1: every pair ever seen */
};

#define HL_LEARN_DEFAULT ((struct hl_learn_params){ .scale = 0.28, .coverage = 0.82 })

/* One direction of a pair that was chosen. */
struct hl_learn_pair {
	uint8_t listed, read; /* codes */
	uint8_t cost;         /* hundredths, 10..90 */
	unsigned n;           /* times listed was read as read */
};

/* What hl_learn_run found: counts, and the pairs with their costs in hundredths of a hard edit. */
struct hl_learn_report {
	size_t reads, exact, too_far, plates;                    /* labelled reads; those without any error; those too unlike their plate to align; plates */
	uint64_t correct, substituted, lost, invented, swapped; /* symbols of the reads that were aligned */
	size_t pairs_seen;                                       /* directed pairs met at least once, in either direction */
	double covered, covered_max;                             /* share of substitutions held when the plate they stand on is left out: by the table, by all pairs */
	size_t n;                                                /* pairs chosen */
	struct hl_learn_pair pair[HL_SYMBOLS * HL_SYMBOLS];      /* by cost, then listed, then read */
};

/* Gives an empty collection of labelled reads, to be freed by hl_learn_free, which also takes NULL and leaves NULL. Its plates are held in memory only. */
struct hl_learn *hl_learn_new(void);
void hl_learn_free(struct hl_learn **l);
/* Adds a copy of one labelled read; both have at least one symbol. HL_E_LIMIT past HL_LEARN_MAX. */
enum hl_code hl_learn_add(struct hl_learn *l, const struct hl_plate *truth, const struct hl_plate *read, struct hl_err *err);
/* Aligns all reads with their plates (three rounds: the second and third with the table of the round before), counts, and chooses the pairs. The order in
 * which reads were added does not matter. Borrows params, fills *report (large: on the heap); may be run again. The cost of a pair is a rate on a logarithmic
 * scale, smoothed by the opposite direction: doc/scoring.md, section 8. HL_E_INPUT: no read, or no substitution to learn from, or a parameter out of range. */
enum hl_code hl_learn_run(struct hl_learn *l, const struct hl_learn_params *params, struct hl_learn_report *report, struct hl_err *err);
/* The table file (rules/confusions/NAME.yaml): the choice and its reasons as comments, then the pairs with their counts. No plate is in it. source, put
 * between double quotes as it is, says where the reads come from; NULL or "": not said. Borrows all, adds to out. */
void hl_learn_write(const struct hl_learn_params *params, const struct hl_learn_report *report, const char *source, struct hl_buf *out);

#endif
