/* versions_approve.c: who agreed to a version of a list, see versions.h and approvals.h. Any thread; one writer at a time (the holder of the state lock).
 */
#include <stdio.h>
#include <string.h>

#include "store/versions_priv.h"

enum hl_code hl_version_approvals(const char *state, const struct hl_version *v, struct hl_approval **a, size_t *n, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	*a = NULL;
	*n = 0;
	enum hl_code code = hl_versions_path(path, state, v->list, v->id, HL_APPROVALS_FILE, err);
	return code ? code : hl_approvals_load(path, v->id, a, n, err);
}

bool hl_version_is_by(const char *by, const char *who)
{
	char end[HL_TEXT_SHORT + 4];
	int n = snprintf(end, sizeof end, " (%s)", who);
	size_t all = strlen(by);
	if (!strcmp(by, who))
		return true;
	return n > 0 && (size_t)n < sizeof end && !strncmp(by, "drop:", 5) && all > (size_t)n && !strcmp(by + all - n, end);
}

enum hl_code hl_version_approve(const char *state, const struct hl_version *v, const struct hl_approval *a, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	if (hl_version_is_by(v->by, a->by))
		return hl_err_set(err, HL_E_DENIED, "%s imported version %s: somebody else has to approve it", a->by, v->id);
	enum hl_code code = hl_versions_path(path, state, v->list, v->id, HL_APPROVALS_FILE, err);
	return code ? code : hl_approvals_add(path, v->id, a, err);
}
