/* rules_version.h: versions of the rules in the state folder: STATE/rules/versions/ID/ holds the files that a set of rules is made of, byte by byte, and version.yaml,
 * which says what each was; STATE/rules/active and activations.jsonl are a shelf's (shelf.h). ID = "r%06u-" and 12 hex digits of the files' hash. Several
 * processes may read; whoever writes holds the state lock, and of its threads each waits for the other (STATE/rules/lock).
 */
#ifndef HL_STORE_RULES_VERSION_H
#define HL_STORE_RULES_VERSION_H

#include "core/rule_files.h"
#include "store/approvals.h"
#include "store/shelf.h"

struct hl_rules_version {
	char id[HL_VERSION_ID];
	int64_t imported_ms;            /* when; HL_NO_TIME: not known */
	char source[HL_PATH_MAX];       /* the path of the rules file; or, where the description can't be read, the reason */
	char by[HL_TEXT_SHORT];
	int64_t files;                  /* how many it is made of; negative: its description can't be read */
	bool active;
};

/* Keeps the files as a version and gives its id; the same files are the version that they were before (*fresh false), unless that is damaged. */
enum hl_code hl_rules_version_put(const char *state, const struct hl_rules_files *files, const char *by, int64_t now_ms, char id[HL_VERSION_ID], bool *fresh,
				  struct hl_err *err);
/* Newest first; gives *v (free()). None is HL_OK. */
enum hl_code hl_rules_version_list(const char *state, struct hl_rules_version **v, size_t *n, struct hl_err *err);
/* ref: an id, a unique beginning of one ("r000042"), "active" or "newest". HL_E_NOTFOUND; HL_E_USAGE where several versions begin so. */
enum hl_code hl_rules_version_find(const char *state, const char *ref, struct hl_rules_version *v, struct hl_err *err);
/* Gives the version's files (hl_rules_files_fini). HL_E_INPUT where it is damaged: its files are not those that it is named by. */
enum hl_code hl_rules_version_open(const char *state, const char *id, struct hl_rules_files *files, struct hl_err *err);
/* Switches to a version, once it has opened whole: see hl_shelf_switch. */
enum hl_code hl_rules_version_activate(const char *state, const char *id, struct hl_activation *a, struct hl_err *err);
/* "" where none is active. */
enum hl_code hl_rules_version_active(const char *state, char dst[HL_VERSION_ID], struct hl_err *err);
/* The version to go back to: see hl_shelf_back. */
enum hl_code hl_rules_version_back(const char *state, char dst[HL_VERSION_ID], struct hl_err *err);

/* Who agreed to a version. Gives *a (free()). */
enum hl_code hl_rules_version_approvals(const char *state, const char *id, struct hl_approval **a, size_t *n, struct hl_err *err);
/* HL_E_DENIED: a->by imported it; HL_E_EXISTS, HL_E_LIMIT as hl_approvals_add. */
enum hl_code hl_rules_version_approve(const char *state, const struct hl_rules_version *v, const struct hl_approval *a, struct hl_err *err);

#endif
