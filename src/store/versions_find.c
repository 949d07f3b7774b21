/* versions_find.c: finding, describing and opening list versions, see versions.h. Reads only; any thread, any process. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/text.h"
#include "store/versions_priv.h"

/* version.yaml. */
struct meta {
	char *id, *list, *content, *imported, *source, *layout, *by;
	char *parent, *signed_by;
	int64_t entries, rejected, skipped, lines;
	char *file_time;
	struct hl_strings holds;
};

#define TEXT(field, most) { .name = #field, .type = HL_OPT_STRING, .offset = offsetof(struct meta, field), .def = "\"\"", .max = most, .help = "see versions.h" }
#define COUNT(field) { .name = #field, .type = HL_OPT_INT, .offset = offsetof(struct meta, field), .required = true, .min = 0, .max = INT64_MAX, .help = "see versions.h" }

static const struct hl_opt meta_table[] = {
	TEXT(id, HL_VERSION_ID),
	TEXT(list, HL_NAME),
	TEXT(content, HL_SHA256_HEX),
	TEXT(imported, HL_TIME_TEXT),
	TEXT(source, 4 * HL_TEXT_LONG),
	TEXT(layout, 4 * HL_NAME),
	TEXT(by, 4 * HL_TEXT_SHORT),
	TEXT(parent, HL_VERSION_ID),
	TEXT(signed_by, HL_KEY_NAME),
	COUNT(entries),
	COUNT(rejected),
	COUNT(skipped),
	COUNT(lines),
	TEXT(file_time, HL_TIME_TEXT),
	{ .name = "holds", .type = HL_OPT_STRINGS, .offset = offsetof(struct meta, holds), .max = 32, .help = "see versions.h" },
	{ 0 },
};

static void take_meta(struct hl_version *v, const struct meta *m)
{
	if (!hl_time_parse(m->imported, strlen(m->imported), &v->imported_ms))
		v->imported_ms = HL_NO_TIME;
	if (!hl_time_parse(m->file_time, strlen(m->file_time), &v->file_time_ms))
		v->file_time_ms = HL_NO_TIME;
	if (!hl_versions_parse_holds(&m->holds, &v->holds))
		v->holds |= HL_HOLD_UNREADABLE;
	hl_copy(v->source, sizeof v->source, m->source);
	hl_copy(v->layout, sizeof v->layout, m->layout);
	hl_copy(v->by, sizeof v->by, m->by);
	hl_copy(v->parent, sizeof v->parent, m->parent);
	hl_copy(v->signed_by, sizeof v->signed_by, m->signed_by);
	v->entries = m->entries;
	v->rejected = m->rejected;
	v->skipped = m->skipped;
	v->lines = m->lines;
}

/* A version whose description can't be read is still named, with entries -1 and the reason as its source: nothing is left out in silence. */
static void load(const char *state, const char *list, const char *id, const char *active, struct hl_version *v)
{
	char path[HL_PATH_MAX];
	struct hl_conf *conf = NULL;
	struct meta m = { 0 };
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	*v = (struct hl_version){ .imported_ms = HL_NO_TIME, .file_time_ms = HL_NO_TIME, .entries = -1, .holds = HL_HOLD_UNREADABLE, .active = !strcmp(id, active) };
	hl_copy(v->id, sizeof v->id, id);
	hl_copy(v->list, sizeof v->list, list);
	enum hl_code code = hl_versions_path(path, state, list, id, "version.yaml", NULL);
	if (!code)
		code = hl_conf_load(&conf, path, faults);
	if (!code) {
		code = hl_conf_fill(hl_conf_root(conf), meta_table, &m, &ctx);
		if (!code)
			take_meta(v, &m);
		hl_conf_wipe(meta_table, &m);
	}
	if (code) {
		char why[HL_ERR_TEXT + 16];
		snprintf(why, sizeof why, "unreadable: %s", faults->n ? faults->v[0].text : "version.yaml");
		hl_copy(v->source, sizeof v->source, why);
	}
	hl_conf_free(&conf);
	free(faults);
}

static enum hl_code no_list(const char *list, struct hl_err *err)
{
	return hl_err_set(err, HL_E_NOTFOUND, "there is no version of a list '%s'", list);
}

enum hl_code hl_version_list(const char *state, const char *list, struct hl_version **v, size_t *n, struct hl_err *err)
{
	struct hl_shelf_id *ids;
	struct hl_shelf shelf;
	char active[HL_VERSION_ID];
	*v = NULL;
	*n = 0;
	if (hl_version_active(state, list, active, NULL))
		active[0] = 0;
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	if (!code)
		code = hl_shelf_scan(&shelf, &ids, n, err);
	if (code)
		return code;
	if (*n)
		*v = hl_calloc(*n, sizeof **v);
	for (size_t i = 0; i < *n; i++)
		load(state, list, ids[i].id, active, &(*v)[i]);
	free(ids);
	return *n ? HL_OK : no_list(list, err);
}

enum hl_code hl_version_find(const char *state, const char *list, const char *ref, struct hl_version *v, struct hl_err *err)
{
	struct hl_shelf_id *ids = NULL;
	struct hl_shelf shelf;
	size_t n = 0;
	char active[HL_VERSION_ID];
	const char *id;
	bool want_active = !strcmp(ref, "active");
	*v = (struct hl_version){ 0 };
	/* The mark is read before the folders: a version made and activated in between would otherwise be named and not found. A damaged mark must not keep
	 * anybody from naming another version. */
	struct hl_err why;
	enum hl_code mark = hl_version_active(state, list, active, &why);
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	if (!code)
		code = hl_shelf_scan(&shelf, &ids, &n, err);
	if (!code && !n)
		code = no_list(list, err);
	if (!code && want_active && mark)
		code = hl_err_set(err, mark, "%s", why.text);
	if (!code && want_active && !*active)
		code = hl_err_set(err, HL_E_NOTFOUND, "list '%s' has no active version", list);
	if (!code)
		code = hl_shelf_resolve(&shelf, ids, n, want_active ? active : ref, &id, err);
	if (!code)
		load(state, list, id, active, v);
	free(ids);
	return code;
}

enum hl_code hl_version_open(const char *state, const struct hl_version *v, struct hl_snapshot **s, struct hl_err *err)
{
	char path[HL_PATH_MAX], hex[HL_SHA256_HEX];
	*s = NULL;
	enum hl_code code = hl_versions_path(path, state, v->list, v->id, "entries.snap", err);
	if (!code)
		code = hl_snapshot_open(s, path, err);
	if (code)
		return code;
	const char *dash = strchr(v->id, '-');
	hl_hex(hl_snapshot_hash(*s), HL_SHA256, hex);
	if (dash && !strncmp(dash + 1, hex, HL_SHELF_HEX))
		return HL_OK;
	hl_snapshot_close(s);
	return hl_err_set(err, HL_E_INPUT, "%s is not the content of version %s: its hash is %.*s…", path, v->id, HL_SHELF_HEX, hex);
}

enum hl_code hl_version_active(const char *state, const char *list, char dst[HL_VERSION_ID], struct hl_err *err)
{
	struct hl_shelf shelf;
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	dst[0] = 0;
	return code ? code : hl_shelf_active(&shelf, dst, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum hl_code hl_version_lists(const char *state, struct hl_strings *names, struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	*names = (struct hl_strings){ 0 };
	enum hl_code code = hl_path_join(dir, sizeof dir, state, "lists", err);
	if (code)
		return code;
	DIR *d = opendir(dir);
	if (!d && errno == ENOENT)
		return HL_OK;
	if (!d)
		return hl_err_set(err, errno == EACCES ? HL_E_DENIED : HL_E_IO, "can't open folder %s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));) {
		if (!hl_text_is_name(e->d_name, strlen(e->d_name), HL_NAME - 1))
			continue;
		names->v = hl_realloc(names->v, names->n + 1, sizeof *names->v);
		names->v[names->n++] = hl_strdup(e->d_name);
	}
	closedir(d);
	if (names->n)
		qsort(names->v, names->n, sizeof *names->v, by_name);
	return HL_OK;
}
