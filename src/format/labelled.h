/* labelled.h: native reads with the plate that was really there: the key `_truth`, as `hotlistctl channel learn` takes them. Everything else that begins
 * with `_` is ignored, as by every reader of the format. Pure; any thread.
 */
#ifndef HL_FORMAT_LABELLED_H
#define HL_FORMAT_LABELLED_H

#include "core/read.h"

struct hl_label {
	struct hl_plate plate;  /* normal form of text */
	char text[HL_READ_PLATE];
	char region[16];        /* `_truth_region`: "us-ca"; "": not said */
	char condition[32];     /* `_condition`: "clean", …; "": not said */
};

struct hl_labelled {
	size_t reads;     /* given to fn */
	size_t unlabelled; /* reads without `_truth` */
	size_t unusable;  /* the read or the truth has no normal form */
};

/* Calls fn for each labelled read of data (one JSON object a line, blank lines skipped) with the read and the truth's normal form; counts into *n (adds).
 * A line that is no read, or whose `_truth` is no text, is a fault of `file`; the rest is still walked; HL_E_INPUT where there was any. fn borrows. */
typedef void (*hl_labelled_fn)(void *arg, const struct hl_read *r, const struct hl_label *truth);
enum hl_code hl_labelled_walk(const char *file, const char *data, size_t size, hl_labelled_fn fn, void *arg, struct hl_labelled *n, struct hl_faults *faults);

/* What one line says beside the read: HL_OK with *truth, HL_E_NOTFOUND: there is no `_truth`; HL_E_LIMIT: there is, and no plate can be made of it; HL_E_INPUT: it
 * is no JSON, or the truth no text. *received_ms (may be NULL): the time in `received`, as an alert's `read` has it; HL_NO_TIME where it has none. */
enum hl_code hl_labelled_line(const char *line, size_t size, struct hl_label *truth, int64_t *received_ms, struct hl_err *err);

#endif
