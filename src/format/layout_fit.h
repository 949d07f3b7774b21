/* layout_fit.h: how well a layout takes the beginning of a file, for guessing the layout of one. Pure; any thread. */
#ifndef HL_FORMAT_LAYOUT_FIT_H
#define HL_FORMAT_LAYOUT_FIT_H

#include "format/layout.h"

struct hl_layout_fit {
	unsigned lines;     /* records looked at: entries and bad lines, without headers and skipped lines */
	unsigned good;      /* of them without a fault */
	unsigned coded;     /* values of good lines that a table or a rule knows (state, make, color, type, year, a plate with a digit) ... */
	unsigned known;     /* ... and how many of them it knows: columns that are read wrongly give words that nobody knows */
	unsigned filled;    /* fields that are not empty, of good lines */
	unsigned named, unnamed; /* columns of the header line that have a field, and that have none */
	bool dated, counted; /* a head or tail with the file's date, its count, was found */
	bool refused;       /* the layout does not read such a file at all */
	struct hl_line_fault fault; /* the first there is; expected "" where none */
};

/* n bytes of a file's beginning, cut behind a line. now_ms as in hl_layout_run. */
void hl_layout_fit(const struct hl_layout *l, const char *data, size_t n, int64_t now_ms, struct hl_layout_fit *out);
/* What it makes of a hundred lines, bad ones too: values that are known less those that are not, weighed by the share of column names that are known. A layout that
 * takes every line and understands little of it is worth less than one that understands all of most. */
unsigned hl_layout_fit_score(const struct hl_layout_fit *fit);
/* The better of two first, as qsort wants it: by score, then by the lines taken, then by the fields filled. */
int hl_layout_fit_compare(const struct hl_layout_fit *a, const struct hl_layout_fit *b);

#endif
