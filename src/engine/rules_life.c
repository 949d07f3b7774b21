/* rules_life.c: see rules_life.h. */
#include "engine/rules_life.h"

#include <stdlib.h>
#include <string.h>

const char *hl_rules_content(const char *id)
{
	const char *dash = strchr(id, '-');
	return dash ? dash + 1 : id;
}

/* Names under which the program imports a file by itself: who wrote it is not known then. */
static bool is_program(const char *by)
{
	return !strcmp(by, "hotlistd") || !strcmp(by, "SIGHUP");
}

bool hl_rules_agreed(const char *state, const char *id, size_t *given, size_t *needed)
{
	struct hl_rules_version v;
	struct hl_approval *a = NULL;
	size_t n = 0, count = 0, need = 2;
	bool found = hl_rules_version_find(state, id, &v, NULL) == HL_OK;
	if (found && hl_rules_version_approvals(state, v.id, &a, &n, NULL) == HL_OK) {
		need = is_program(v.by) ? 2 : 1;
		for (size_t i = 0; i < n; i++)
			count += strcmp(a[i].by, v.by) != 0;
	}
	free(a);
	if (given)
		*given = count;
	if (needed)
		*needed = need;
	return found && count >= need;
}

enum hl_code hl_rules_version_load(struct hl_rules **out, const char *state, const char *id, struct hl_faults *faults)
{
	struct hl_rules_files files;
	struct hl_err err;
	*out = NULL;
	enum hl_code code = hl_rules_version_open(state, id, &files, &err);
	if (code) {
		hl_faults_add(faults, state, 0, 0, "rules: %s", err.text);
		return HL_E_CONFIG;
	}
	code = hl_rules_remake(out, &files, faults);
	if (!code)
		hl_copy((*out)->id, sizeof (*out)->id, id);
	if (!code)
		(*out)->agreed = hl_rules_inhibit(*out) && hl_rules_agreed(state, id, NULL, NULL);
	hl_rules_files_fini(&files);
	return code;
}

enum hl_code hl_rules_active_load(struct hl_rules **out, const char *state, struct hl_faults *faults)
{
	char id[HL_VERSION_ID];
	struct hl_err err;
	*out = NULL;
	if (hl_rules_version_active(state, id, &err)) {
		hl_faults_add(faults, state, 0, 0, "rules: %s", err.text);
		return HL_E_CONFIG;
	}
	return id[0] ? hl_rules_version_load(out, state, id, faults) : HL_OK;
}

enum hl_code hl_rules_deciding(struct hl_rules **out, const struct hl_settings *s, struct hl_faults *faults)
{
	enum hl_code code = hl_rules_active_load(out, s->state, faults);
	return code || *out ? code : hl_rules_load(out, s->rules, faults);
}

enum hl_code hl_rules_checked(struct hl_rules **out, const struct hl_settings *s, const char *path, struct hl_faults *faults)
{
	enum hl_code code = hl_rules_load(out, path, faults);
	if (!code)
		code = hl_settings_check_rules(s, *out, faults);
	if (code)
		hl_rules_free(out);
	return code;
}

enum hl_code hl_rules_import(struct hl_rules *r, const char *state, const char *by, int64_t now_ms, struct hl_err *err)
{
	char id[HL_VERSION_ID];
	bool fresh;
	enum hl_code code = hl_rules_version_put(state, &r->files, by, now_ms, id, &fresh, err);
	if (!code)
		hl_copy(r->id, sizeof r->id, id);
	r->agreed = !code && hl_rules_inhibit(r) && hl_rules_agreed(state, id, NULL, NULL);
	return code;
}

void hl_rules_tell_difference(const struct hl_settings *s, const struct hl_rules *r, struct hl_faults *faults)
{
	struct hl_faults *own = hl_calloc(1, sizeof *own);
	struct hl_rules *file;
	if (hl_rules_checked(&file, s, s->rules, own))
		hl_faults_warn(faults, s->rules, 0, 0, "the file has faults (%s); the active version %s decides", own->n ? own->v[0].text : "unreadable", r->id);
	else if (strcmp(hl_rules_content(file->id), hl_rules_content(r->id)) != 0)
		hl_faults_warn(faults, s->rules, 0, 0, "the file is not what the active version %s was made from, which decides: SIGHUP or `hotlistctl rules activate` takes the file up",
			       r->id);
	hl_rules_free(&file);
	free(own);
}
