/* hand_priv.h: the lines of a hand layer's journal, shared by hand.c (reading) and hand_write.c. A line is
 *
 *     CHECK SEQ OP<tab>key=value<tab>key=value…<newline>
 *
 * CHECK is the beginning of the SHA-256 of what follows it, as 16 hexadecimal digits; in values backslash, tab and newline are \\, \t, \n.
 */
#ifndef HL_STORE_HAND_PRIV_H
#define HL_STORE_HAND_PRIV_H

#include "store/fleet.h"
#include "store/hand.h"

enum { HL_HAND_BASE = HL_HAND_OVERTAKEN + 1, HL_HAND_OPS }; /* base: the changes up to this number were moved away */

/* One line. The texts point into the line that was read, or to whatever is to be written. */
struct hl_hand_record {
	int op; /* enum hl_hand_op, or HL_HAND_BASE */
	int64_t seq, time_ms;
	bool mask, waits, o0;
	const char *by, *why, *id, *revision, *version;
	const char *f[HL_FIELDS];
};

/* Appends the line. False where it is too long, and nothing is appended. */
bool hl_hand_put(const struct hl_hand_record *r, struct hl_buf *out);
/* Whether the n bytes, without newline, are a whole line. */
bool hl_hand_whole(const char *line, size_t n);
/* Reads a whole line, NUL-ended, which it changes. HL_E_INPUT: it says what this program does not know. */
enum hl_code hl_hand_parse(char *line, struct hl_hand_record *r, struct hl_err *err);
/* How many of the n bytes are whole lines. HL_E_INPUT where what follows them is more than a torn end: there are whole lines behind it. */
enum hl_code hl_hand_good(const char *text, size_t n, const char *path, size_t *good, struct hl_err *err);
/* STATE/lists/LIST/FILE. */
enum hl_code hl_hand_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *file, struct hl_err *err);
/* The layer of a journal's whole lines; takes text (n bytes and a NUL behind). */
enum hl_code hl_hand_build(struct hl_hand **h, const char *list, char *text, size_t n, struct hl_err *err);
/* The bytes of the journal, whole or not; none is an empty text. */
enum hl_code hl_hand_read(const char *path, struct hl_buf *b, struct hl_err *err);

#endif
