/* import_increment.h: an upload that says what has changed: each line of it against the version that it starts from, and the rest carried over. One import at a
 * time in a state folder; one thread.
 */
#ifndef HL_ENGINE_IMPORT_INCREMENT_H
#define HL_ENGINE_IMPORT_INCREMENT_H

#include "engine/import.h"

struct hl_increment;

/* Opens the version that the increment is onto: `onto` (any ref), else the active one, else, where none is active, the newest. HL_E_CONFLICT: onto is NULL and a newer version
 * than the active one was never active, so that it can't be told which is meant; HL_E_NOTFOUND: there is none. Gives *x. */
enum hl_code hl_increment_begin(struct hl_increment **x, const char *state, const char *list, const char *onto, struct hl_err *err);
void hl_increment_free(struct hl_increment **x);
/* The version it is onto; borrowed from x. */
const struct hl_version *hl_increment_base(const struct hl_increment *x);
/* Whether the line's entry (identified) and its action fit the version, and no earlier line was about the same entry; false with the fault (but its line). x NULL: a complete
 * upload, in which nothing can be removed. */
bool hl_increment_allows(const struct hl_increment *x, const struct hl_entry *e, enum hl_line_action action, struct hl_line_fault *f);
/* Takes an allowed line; it is counted in the report. */
void hl_increment_take(struct hl_increment *x, const struct hl_entry *e, enum hl_line_action action, unsigned line, struct hl_import_report *report);
/* After the last line: puts what no line was about into the writer; counts it. */
enum hl_code hl_increment_end(struct hl_increment *x, struct hl_snapshot_writer *w, struct hl_import_report *report, struct hl_err *err);

#endif
