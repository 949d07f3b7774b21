/* match.h: the distance of a listed plate and a plate as read: weighted restricted Damerau-Levenshtein (optimal string alignment) in hundredths of a
 * hard edit. Substitution of a confusable pair costs what the table says; any other substitution, insertion, deletion, or swap of two neighbours
 * costs HL_HARD. '?' stands for any one symbol at cost 0, '*' for any run at cost 0. With HL_PAT_O0 the letter O and the digit 0 are equal. A swap
 * counts only where the two symbols differ. No floating point. Source: Damerau 1964; Boytsov 2011 (restricted form). Pure; any thread.
 */
#ifndef HL_CORE_MATCH_H
#define HL_CORE_MATCH_H

#include "core/confusion.h"

/* Least first among equal costs. */
enum hl_kind { HL_KIND_EXACT, HL_KIND_CONFUSABLE, HL_KIND_EDIT, HL_KIND_WILDCARD, HL_KIND_CANDIDATE };

enum hl_op_type { HL_OP_SUB, HL_OP_LOST, HL_OP_INVENTED, HL_OP_SWAP }; /* lost: listed, not read; invented: read, not listed */

struct hl_op {
	uint8_t type;
	uint8_t pos;   /* 0-based index in the listed plate where it stands (for invented: before which) */
	uint8_t rpos;  /* 0-based index in the plate as read (for lost: before which) */
	uint8_t cost;  /* hundredths */
	char listed[3], read[3]; /* "7" and "3"; "" where there is none; two symbols for a swap */
};

enum { HL_OPS_MAX = 2 * HL_PLATE_MAX };

struct hl_alignment {
	int cost;
	unsigned n;
	struct hl_op op[HL_OPS_MAX]; /* only where something differs, by position; a free '?' is no op */
};

/* The cost, or HL_COST_NONE where it is above max (0..HL_COST_MAX). Exact for every pattern. */
int hl_match_cost(const struct hl_confusion *t, const struct hl_pattern *listed, const struct hl_plate *read, int max);
/* The least alignment (ties: substitution, swap, lost, invented, from the left), always fills *a; returns its cost. */
int hl_match_align(const struct hl_confusion *t, const struct hl_pattern *listed, const struct hl_plate *read, struct hl_alignment *a);
/* exact, confusable (only confusable substitutions, or O/0 of a collapsed entry), edit, or wildcard where the pattern has any wildcard. */
enum hl_kind hl_match_kind(const struct hl_pattern *listed, const struct hl_alignment *a);
const char *hl_kind_name(enum hl_kind kind); /* "exact", "confusable", "edit", "wildcard", "candidate" */
const char *hl_op_name(uint8_t type);        /* "sub", "lost", "invented", "swap" */

#endif
