/* drop_again.c: files that lay in importing/ when the daemon ended. A complete upload may simply be imported again, since the same content is the same version; but an
 * increment finds all its changes made, and a version that somebody has taken back meanwhile must not come back by itself. The drop thread.
 */
#include "daemon/drop_priv.h"

#include <stdlib.h>
#include <string.h>

static bool is_of(const struct hl_version *v, const struct hl_drop_file *file, const char *by)
{
	int64_t moved_ms = file->st.st_ctim.tv_sec * INT64_C(1000) + file->st.st_ctim.tv_nsec / 1000000;
	return !strcmp(v->source, file->name) && !strcmp(v->by, by) && v->imported_ms >= moved_ms;
}

bool hl_drop_was_imported(const struct hl_drop *d, const struct hl_drop_folder *f, const struct hl_drop_file *file, struct hl_drop_result *r)
{
	struct hl_version *v;
	size_t n, i = 0;
	bool was = false;
	if (hl_version_list(d->o.state, f->list, &v, &n, NULL))
		return false;
	while (i < n && !is_of(&v[i], file, r->by))
		i++;
	bool found = i < n && !hl_version_was_active(d->o.state, f->list, v[i].id, &was, NULL) && (was || f->incremental);
	if (found) {
		r->result = v[i].active ? "active" : was || !f->activate ? "imported" : "waits";
		hl_err_set(&r->why, HL_E_EXISTS, "version %s was made of it before hotlistd ended%s; its report is lint.jsonl beside the version", v[i].id,
			   v[i].active ? "" : was ? ", and is no longer active" : f->activate ? ", and was not activated yet: list activate" : "");
	}
	free(v);
	return found;
}
