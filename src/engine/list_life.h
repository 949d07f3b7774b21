/* list_life.h: what has to be true before a version may become active, and which versions may go: the policy over store/versions.h, the same for people, drop
 * folders and tests. doc/versions.md is its manual. Works on the state folder; no clock. Any thread; one writer at a time (the holder of the state lock).
 */
#ifndef HL_ENGINE_LIST_LIFE_H
#define HL_ENGINE_LIST_LIFE_H

#include "engine/catalog.h"

/* Approvals of a version. Approvers are people other than the importer and, for an activation, other than whoever activates. */
struct hl_list_approvals {
	int64_t needed;              /* the list's `approvals`, and at least 1 for a version that is held */
	int64_t given;               /* those that count */
	struct hl_approval *approval; /* all, oldest first */
	size_t n;
};
/* activator NULL: nobody yet. settings may be NULL. Fills *a (hl_list_approvals_fini, also after a fault). HL_E_INPUT: the record of approvals is damaged. */
enum hl_code hl_list_approvals(const struct hl_settings *s, const char *state, const struct hl_version *v, const char *activator, struct hl_list_approvals *a,
			       struct hl_err *err);
void hl_list_approvals_fini(struct hl_list_approvals *a);

/* Activates as hl_version_activate_by does, once the approvals are there; one that would end more than HL_STANDDOWN_FREE open alerts at a->time_ms (engine/standdown.h)
 * is held for that from now on: HL_E_DENIED, with what is missing and how to give it, while they are not. */
enum hl_code hl_list_activate(const struct hl_settings *s, const char *state, const char *list, const char *ref, struct hl_activation *a, struct hl_err *err);
/* A reason as a person must give it: HL_E_USAGE where it is missing, blank or too long to be kept whole. */
enum hl_code hl_list_reason(const char *why, struct hl_err *err);

/* What becomes of a version at a clearing-up. */
enum hl_gc_why { HL_GC_REMOVE, HL_GC_ACTIVE, HL_GC_BEFORE, HL_GC_NEWEST, HL_GC_WAITS, HL_GC_ALERTS, HL_GC_IN_USE, HL_GC_WHYS };
struct hl_gc_row {
	struct hl_version version;
	enum hl_gc_why why;
};
const char *hl_gc_why_text(enum hl_gc_why why); /* "active", "the one before the active" … */
/* Which versions of a list go: all but the newest `keep` of the settings, the active one, the one before it, those that wait for an approval, those in
 * `pinned` and those that the catalog (may be NULL) holds. Gives *row (free()), newest first. */
enum hl_code hl_gc_plan(const struct hl_settings *s, const char *state, const char *list, const struct hl_strings *pinned, const struct hl_catalog *catalog,
			struct hl_gc_row **row, size_t *n, struct hl_err *err);

#endif
