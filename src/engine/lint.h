/* lint.h: what is looked at in a hotlist beyond the form of its lines: codes nobody knows, plates that stand for none, plates that are easily taken for one
 * another, how the whole compares with the active version. import.c calls it at a few places, doc/lists.md is its manual. Floor 3: no log, no clock.
 *
 *     lint.c         the checks of one entry, and what is told at the end     lint_junk.c    plates that are none
 *     lint_words.c   codes: known, or what may have been meant                lint_twins.c   plates that cameras take for one another
 *     lint_guard.c   the version as a whole: caps, shrink, growth, age
 */
#ifndef HL_ENGINE_LINT_H
#define HL_ENGINE_LINT_H

#include "engine/import_priv.h"

struct hl_lint;

/* Gives *l. Borrows all until it is freed. policy: the list's settings; NULL: the settings don't name the list, and the defaults hold. Checks of one list and
 * one file. */
struct hl_lint *hl_lint_new(const struct hl_list_settings *policy, struct hl_import_notes *notes, int64_t now_ms);
void hl_lint_free(struct hl_lint **l);

/* Whether the policy lets the entry in; false with the fault (but its line). Reads l only: several threads may ask at once. */
bool hl_lint_allows(const struct hl_lint *l, const struct hl_entry *e, struct hl_line_fault *f);
/* Whether a fault that hl_lint_allows gave was a plate that is none: it says nothing about the state of the file. */
bool hl_lint_was_junk(const struct hl_line_fault *f);
/* An entry that was taken, in the order of the lines: tells what is odd about it, and keeps what the end needs. One thread. */
void hl_lint_take(struct hl_lint *l, const struct hl_entry *e, unsigned line);
/* After the last line: tells codes, twins, and what the file as a whole looks like. */
void hl_lint_end(struct hl_lint *l, struct hl_import_report *report);
/* Against the state folder, after hl_lint_end: sets report->version.holds and tells each. state NULL or "": what needs the active version is left out. fd: the
 * file, whose age counts where it says none itself. HL_E_INPUT where the active version can't be opened and has to be. HL_E_LIMIT:
 * more partial plates than an index takes. */
enum hl_code hl_lint_guard(const struct hl_lint *l, const char *state, int fd, struct hl_import_report *report, struct hl_err *err);
/* What is expected of the list, against what its settings allow: a warning, no hold. */
void hl_lint_cost(const struct hl_lint *l, const struct hl_cost *c);

#endif
