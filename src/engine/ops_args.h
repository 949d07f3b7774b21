/* ops_args.h: the words of an operation: options and the rest. Pure; any thread.
 */
#ifndef HL_ENGINE_OPS_ARGS_H
#define HL_ENGINE_OPS_ARGS_H

#include "engine/ops.h"

/* One option: "--since 2h" or "--since=2h"; a row with a flag takes no value. A table ends with a row without name. */
struct hl_ops_opt {
	const char *name;   /* "--since" */
	const char **value; /* where the value goes, untouched where it is not given; borrowed from argv */
	bool *flag;
};

/* Splits argv into options and at least `least` and at most `most` other words (borrowed, in order, the missing ones NULL). HL_E_USAGE: an unknown
 * option (with a suggestion), one given twice or without its value, too few or too many words (`names` says what they are: "ID"). */
enum hl_code hl_ops_args(int argc, const char *const *argv, const struct hl_ops_opt *opts, const char *names, const char **words, size_t least, size_t most,
			 struct hl_err *err);
/* Whole number 1..max; text NULL leaves *n alone. */
enum hl_code hl_ops_count(const char *option, const char *text, size_t max, size_t *n, struct hl_err *err);
/* "2h" (before now), or a time as RFC 3339; text NULL leaves *ms alone. */
enum hl_code hl_ops_since(const char *option, const char *text, int64_t now_ms, int64_t *ms, struct hl_err *err);
/* One of words (NULL-ended); text NULL is fine. */
enum hl_code hl_ops_word(const char *option, const char *text, const char *const *words, struct hl_err *err);

/* For tables: "11-23 03:00:00" in the rules' zone, else UTC; dst has 32 bytes. hl_ops_zone names that zone ("MST"). */
void hl_ops_time(const struct hl_ops_ctx *ctx, int64_t ms, char *dst);
void hl_ops_zone(const struct hl_ops_ctx *ctx, char *dst, size_t size);
/* "2026-11-23 03:00:00 MST"; HL_NO_TIME is "never". dst has 48 bytes. */
void hl_ops_full_time(const struct hl_ops_ctx *ctx, int64_t ms, char *dst);
/* "1h30m", "45s", "3d2h": two units at most; dst has 32 bytes. */
void hl_ops_span(int64_t ms, char *dst);
/* A text in lines of 80 columns behind an indent (below 80), broken at blanks where there are some. */
void hl_ops_wrapped(const char *text, int indent, struct hl_buf *out);

#endif
