/* approvals.h: who agreed to a version, in VERSION'S FOLDER/approvals.yaml. The versions of lists (versions.h) and of rules (rules_version.h) both have them. Any thread; one
 * writer at a time (the holder of the state lock).
 */
#ifndef HL_STORE_APPROVALS_H
#define HL_STORE_APPROVALS_H

#include "base/err.h"
#include "base/mem.h"
#include "core/alert_life.h"

#define HL_APPROVALS_FILE "approvals.yaml"
enum { HL_APPROVALS_MAX = 64 };

struct hl_approval {
	char by[HL_TEXT_SHORT], why[HL_TEXT_LONG];
	int64_t time_ms;
};
/* Gives *a (free()), oldest first; none is HL_OK. version: its id, for messages. HL_E_INPUT where the record can't be read: nobody's approval then. */
enum hl_code hl_approvals_load(const char *path, const char *version, struct hl_approval **a, size_t *n, struct hl_err *err);
/* HL_E_EXISTS: by has approved it already; HL_E_LIMIT: HL_APPROVALS_MAX did. */
enum hl_code hl_approvals_add(const char *path, const char *version, const struct hl_approval *a, struct hl_err *err);

#endif
