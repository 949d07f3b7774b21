/* state_format.h: the number in STATE/format, which says how the folder is laid out. Checked by whoever begins to work on a folder and holds its lock.
 */
#ifndef HL_STORE_STATE_FORMAT_H
#define HL_STORE_STATE_FORMAT_H

#include "base/err.h"

enum { HL_STATE_FORMAT = 2 };

/* Brings the folder up to HL_STATE_FORMAT, step by step, where it is older; a fresh one gets the number. HL_E_CONFIG: it is newer, or the file holds no number; nothing is changed then. */
enum hl_code hl_state_format_bring_up(const char *state, struct hl_err *err);
/* The number: 1 where there is none and the folder was in use, 0 where it is fresh. HL_E_CONFIG as above. */
enum hl_code hl_state_format(const char *state, int *format, struct hl_err *err);

/* A folder that was restored from a backup is held: nothing is sent from it until a person releases it (doc/backup.md). */
bool hl_state_held(const char *state);
enum hl_code hl_state_hold(const char *state, const char *why, struct hl_err *err);
/* HL_E_CONFLICT: it is not held. */
enum hl_code hl_state_release(const char *state, struct hl_err *err);

#endif
