/* import_increment.c: see import_increment.h. Beside the open snapshot four bytes an entry are held: the line that was about it. */
#include "engine/import_increment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct hl_increment {
	struct hl_version base;
	struct hl_snapshot *s;
	uint32_t *line; /* by the entry's place in the snapshot; 0: none was about it */
};

/* The newest version, where it is newer than the active one and was never active: an increment onto the active one would lose what it holds. */
static enum hl_code is_waiting(const char *state, const char *list, const struct hl_version *active, struct hl_err *err)
{
	struct hl_version newest;
	bool was;
	enum hl_code code = hl_version_find(state, list, "newest", &newest, err);
	if (!code && strcmp(newest.id, active->id) != 0)
		code = hl_version_was_active(state, list, newest.id, &was, err);
	if (code || !strcmp(newest.id, active->id) || was)
		return code;
	return hl_err_set(err, HL_E_CONFLICT, "version %s is newer than the active %s and was never active: say which one this is an increment of, by --onto newest or --onto active",
			  newest.id, active->id);
}

static enum hl_code choose(const char *state, const char *list, const char *onto, struct hl_version *v, struct hl_err *err)
{
	char active[HL_VERSION_ID];
	if (onto)
		return hl_version_find(state, list, onto, v, err);
	enum hl_code code = hl_version_active(state, list, active, err);
	if (!code)
		code = hl_version_find(state, list, active[0] ? active : "newest", v, err);
	return !code && active[0] ? is_waiting(state, list, v, err) : code;
}

enum hl_code hl_increment_begin(struct hl_increment **out, const char *state, const char *list, const char *onto, struct hl_err *err)
{
	struct hl_err why;
	struct hl_increment *x = *out = hl_calloc(1, sizeof *x);
	enum hl_code code = choose(state, list, onto, &x->base, &why);
	if (!code)
		code = hl_version_open(state, &x->base, &x->s, &why);
	if (!code) {
		x->line = hl_calloc(hl_snapshot_count(x->s) + 1, sizeof *x->line);
		return HL_OK;
	}
	hl_increment_free(out);
	return hl_err_set(err, code, "%s%s", code == HL_E_NOTFOUND ? "nothing that this could be an increment of: " : "", why.text);
}

void hl_increment_free(struct hl_increment **x)
{
	if (!*x)
		return;
	hl_snapshot_close(&(*x)->s);
	free((*x)->line);
	free(*x);
	*x = NULL;
}

const struct hl_version *hl_increment_base(const struct hl_increment *x)
{
	return &x->base;
}

static bool refuse(struct hl_line_fault *f, enum hl_field field, const char *found, const char *expected)
{
	hl_copy(f->field, sizeof f->field, hl_fields[field].name);
	hl_copy(f->found, sizeof f->found, found);
	hl_copy(f->expected, sizeof f->expected, expected);
	return false;
}

bool hl_increment_allows(const struct hl_increment *x, const struct hl_entry *e, enum hl_line_action action, struct hl_line_fault *f)
{
	char expected[sizeof f->expected];
	const char *record = e->f[HL_F_RECORD];
	enum hl_field field = record[0] ? HL_F_RECORD : HL_F_PLATE;
	if (!x)
		return action != HL_ACT_REMOVE || refuse(f, HL_F_ACTION, "remove", "add or change: a complete upload removes what it leaves out (else --incremental)");
	ptrdiff_t at = hl_snapshot_find(x->s, e->id);
	if (at >= 0 && x->line[at]) {
		snprintf(expected, sizeof expected, "one line an entry: line %u is about this one already", x->line[at]);
		return refuse(f, field, e->f[field], expected);
	}
	if (at >= 0 && action == HL_ACT_ADD) {
		snprintf(expected, sizeof expected, "an entry that %s does not have yet (or: change)", x->base.id);
		return refuse(f, field, e->f[field], expected);
	}
	if (at < 0 && action >= HL_ACT_CHANGE) {
		snprintf(expected, sizeof expected, "an entry that %s has%s", x->base.id, action == HL_ACT_CHANGE ? " (or: add)" : "");
		return refuse(f, field, e->f[field], expected);
	}
	/* A version's entries are of one kind, so that it can be exported by one layout. */
	const struct hl_pattern *any = hl_snapshot_count(x->s) ? hl_snapshot_pattern(x->s, 0) : NULL;
	if (any && action != HL_ACT_REMOVE && (any->flags & HL_PAT_O0) != (e->pattern.flags & HL_PAT_O0))
		return refuse(f, HL_F_PLATE, e->f[HL_F_PLATE], "a layout that tells O and 0 apart just as that of the version does");
	return true;
}

void hl_increment_take(struct hl_increment *x, const struct hl_entry *e, enum hl_line_action action, unsigned line, struct hl_import_report *report)
{
	ptrdiff_t at = hl_snapshot_find(x->s, e->id);
	if (at >= 0)
		x->line[at] = line;
	report->added += at < 0;
	report->changed += at >= 0 && action != HL_ACT_REMOVE;
	report->removed += action == HL_ACT_REMOVE;
}

enum hl_code hl_increment_end(struct hl_increment *x, struct hl_snapshot_writer *w, struct hl_import_report *report, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	size_t n = hl_snapshot_count(x->s);
	for (size_t i = 0; !code && i < n; i++) {
		struct hl_entry e;
		if (x->line[i])
			continue;
		hl_snapshot_get(x->s, i, &e);
		code = hl_snapshot_writer_add(w, &e, 0, NULL, err);
		report->carried += !code;
	}
	report->version.entries = report->entries + report->carried;
	hl_copy(report->version.parent, sizeof report->version.parent, x->base.id);
	return code;
}
