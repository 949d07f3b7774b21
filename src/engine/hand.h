/* hand.h: what people may do to a list by hand, over store/hand.h: an entry in words is checked like a line of an upload, and a new version ends the withdrawals
 * that it overtakes. doc/hand.md is its manual. No clock; any thread.
 */
#ifndef HL_ENGINE_HAND_H
#define HL_ENGINE_HAND_H

#include "engine/import.h"
#include "store/hand.h"

/* An entry as a person gives it. */
struct hl_hand_words {
	const char *list, *by;
	const char *f[HL_FIELDS];  /* NULL: not given. starts and expires: a duration from now ("6h") or a date */
	const char *const *layout_dirs;
	int64_t now_ms;
};
/* Checks the words as hl_import_run checks a line of a csv file: required fields, `fill`, categories, all of the list's policy. Then what only matters by hand: it
 * ends, and it is not over. Gives *s, a snapshot of this one entry;
 * what is odd about it is appended to told, a line each. HL_E_INPUT, HL_E_USAGE with the field, what was found and what is expected. */
enum hl_code hl_hand_check(const struct hl_settings *settings, const struct hl_hand_words *w, struct hl_snapshot **s, struct hl_buf *told, struct hl_err *err);

/* Ends the withdrawals of a list that its now active version (snapshot, id) overtakes: the entry is no more in it, or has another revision. One line each
 * is appended to told: "stolen: ABC123 (ID) is no longer withdrawn: …". Nothing to do is HL_OK. fleet: as for hl_hand_write_for. */
enum hl_code hl_hand_settle(const char *fleet, const char *state, const char *list, const struct hl_snapshot *s, const char *version, const char *by, int64_t now_ms, struct hl_buf *told,
			    struct hl_err *err);

#endif
