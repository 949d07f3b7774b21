/* rules_version.c: see rules_version.h. Any thread. */
#include "store/rules_version.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/text.h"
#include "store/fleet.h"

enum { FILES_MAX = 256, FILE_NAME = 128 };

/* version.yaml, written as JSON, which is YAML. */
struct row {
	char *file, *name; /* in the version's folder; what it was called: see struct hl_rules_file */
	bool table;
};

struct meta {
	char *id, *content, *imported, *by;
	struct hl_array files; /* struct row */
};

static const struct hl_opt row_table[] = {
	{ .name = "file", .type = HL_OPT_STRING, .offset = offsetof(struct row, file), .required = true, .max = FILE_NAME - 1, .help = "in this folder" },
	{ .name = "name", .type = HL_OPT_STRING, .offset = offsetof(struct row, name), .required = true, .max = HL_PATH_MAX, .help = "the path it was read from; a table's is its kind and name" },
	{ .name = "table", .type = HL_OPT_BOOL, .offset = offsetof(struct row, table), .def = "false", .help = "confusions, density or a channel" },
	{ 0 },
};

#define TEXT(field, most) { .name = #field, .type = HL_OPT_STRING, .offset = offsetof(struct meta, field), .required = true, .max = most, .help = "see rules_version.h" }
static const struct hl_opt meta_table[] = {
	TEXT(id, HL_VERSION_ID),
	TEXT(content, HL_SHA256_HEX),
	TEXT(imported, HL_TIME_TEXT),
	TEXT(by, 4 * HL_TEXT_SHORT),
	{ .name = "files", .type = HL_OPT_LIST, .offset = offsetof(struct meta, files), .required = true, .sub = row_table, .sub_size = sizeof(struct row),
	  .help = "the rules file first, what it includes, then the tables" },
	{ 0 },
};

static enum hl_code shelf_of(struct hl_shelf *s, const char *state, struct hl_err *err)
{
	return hl_shelf_init(s, state, "rules", 'r', "the rule set", err);
}

/* ---- making ---- */

/* The i-th file's own name in the version's folder: "rules.yaml", "include-1.yaml", "channels-openalpr.yaml". */
static void file_name(const struct hl_rules_files *files, size_t i, char *dst, size_t size)
{
	if (files->v[i].table)
		snprintf(dst, size, "%s.yaml", files->v[i].name);
	else if (i)
		snprintf(dst, size, "include-%zu.yaml", i);
	else
		hl_copy(dst, size, "rules.yaml");
	for (char *p = dst; *p; p++)
		*p = *p == '/' ? '-' : *p;
}

static enum hl_code describe(const char *dir, const struct hl_rules_files *files, const struct hl_rules_version *v, const char *content, struct hl_err *err)
{
	char path[HL_PATH_MAX], name[FILE_NAME];
	struct hl_buf b = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_str(&j, "id", v->id);
	hl_json_str(&j, "content", content);
	hl_json_time(&j, "imported", v->imported_ms);
	hl_shelf_put_text(&j, "by", v->by);
	hl_json_open_key(&j, "files", '[');
	for (size_t i = 0; i < files->n; i++) {
		file_name(files, i, name, sizeof name);
		hl_json_open(&j, '{');
		hl_json_str(&j, "file", name);
		hl_json_str(&j, "name", files->v[i].name);
		hl_json_bool(&j, "table", files->v[i].table);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(&b, '\n');
	enum hl_code code = hl_path_join(path, sizeof path, dir, "version.yaml", err);
	if (!code)
		code = hl_file_write_atomic(path, hl_buf_text(&b), b.len, 0640, err);
	hl_buf_fini(&b);
	return code;
}

static enum hl_code write_files(const char *dir, const struct hl_rules_files *files, struct hl_err *err)
{
	char path[HL_PATH_MAX], name[FILE_NAME];
	enum hl_code code = HL_OK;
	for (size_t i = 0; !code && i < files->n; i++) {
		file_name(files, i, name, sizeof name);
		code = hl_path_join(path, sizeof path, dir, name, err);
		if (!code)
			code = hl_file_write_atomic(path, files->v[i].text, files->v[i].n, 0640, err);
	}
	return code;
}

/* The whole version that has this content, or "". */
static void find_same(const char *state, const struct hl_shelf_id *ids, size_t n, const char *content, char id[HL_VERSION_ID])
{
	id[0] = 0;
	for (size_t i = 0; i < n && !id[0]; i++) {
		struct hl_rules_files files = { 0 };
		if (!strncmp(ids[i].hex, content, HL_SHELF_HEX) && hl_rules_version_open(state, ids[i].id, &files, NULL) == HL_OK)
			hl_copy(id, HL_VERSION_ID, ids[i].id);
		hl_rules_files_fini(&files);
	}
}

static enum hl_code make(const struct hl_shelf *s, const struct hl_rules_files *files, struct hl_rules_version *v, const char *content, struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	enum hl_code code = hl_shelf_draft(s, dir, err);
	if (!code)
		code = write_files(dir, files, err);
	if (!code)
		code = describe(dir, files, v, content, err);
	if (!code)
		code = hl_shelf_publish(s, dir, v->id, err);
	hl_shelf_abandon(s, dir);
	return code;
}

static enum hl_code lock(const struct hl_shelf *s, int *fd, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	*fd = -1;
	enum hl_code code = hl_file_make_dirs(s->dir, 0750, err);
	if (!code)
		code = hl_shelf_path(path, s, NULL, "lock", err);
	return code ? code : hl_file_lock_wait(path, fd, err);
}

/* Names that could not be read back as they are. */
static enum hl_code check_names(const struct hl_rules_files *files, struct hl_err *err)
{
	if (files->n > FILES_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the rules are made of %zu files; at most %d can be kept", files->n, FILES_MAX);
	for (size_t i = 0; i < files->n; i++)
		for (const unsigned char *p = (const unsigned char *)files->v[i].name; *p; p++)
			if (*p < ' ' || *p == 0x7f)
				return hl_err_set(err, HL_E_INPUT, "a file's name has control characters: it can't be kept");
	return HL_OK;
}

enum hl_code hl_rules_version_put(const char *state, const struct hl_rules_files *files, const char *by, int64_t now_ms, char id[HL_VERSION_ID], bool *fresh,
				  struct hl_err *err)
{
	unsigned char hash[HL_SHA256];
	char content[HL_SHA256_HEX];
	struct hl_rules_version v = { .imported_ms = now_ms };
	struct hl_shelf s;
	struct hl_shelf_id *ids = NULL;
	size_t n = 0;
	int fd = -1;
	*fresh = false;
	hl_rules_files_hash(files, hash);
	hl_hex(hash, HL_SHA256, content);
	hl_copy(v.by, sizeof v.by, by);
	enum hl_code code = check_names(files, err);
	if (!code)
		code = shelf_of(&s, state, err);
	if (!code)
		code = lock(&s, &fd, err);
	if (!code)
		code = hl_shelf_scan(&s, &ids, &n, err);
	if (!code)
		find_same(state, ids, n, content, v.id);
	if (!code && !v.id[0]) {
		*fresh = true;
		code = hl_shelf_next(&s, ids, n, content, v.id, err);
		if (!code)
			code = make(&s, files, &v, content, err);
	}
	hl_copy(id, HL_VERSION_ID, v.id);
	free(ids);
	if (fd >= 0)
		close(fd);
	return code;
}

/* ---- finding ---- */

/* Reads the description: *m is to be wiped, also after a fault. */
static enum hl_code read_meta(const struct hl_shelf *s, const char *id, struct meta *m, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_conf *conf = NULL;
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	*m = (struct meta){ .id = NULL };
	enum hl_code code = hl_shelf_path(path, s, id, "version.yaml", err);
	if (!code && hl_conf_load(&conf, path, faults) == HL_OK)
		hl_conf_fill(hl_conf_root(conf), meta_table, m, &ctx);
	if (!code && faults->errors)
		code = hl_err_set(err, HL_E_INPUT, "version %s is damaged: version.yaml: %s", id, faults->v[0].text);
	else if (!code && (!m->files.n || m->files.n > FILES_MAX))
		code = hl_err_set(err, HL_E_INPUT, "version %s is damaged: it names %zu files", id, m->files.n);
	hl_conf_free(&conf);
	free(faults);
	return code;
}

static void load(const struct hl_shelf *s, const char *id, const char *active, struct hl_rules_version *v)
{
	struct meta m;
	struct hl_err err;
	*v = (struct hl_rules_version){ .imported_ms = HL_NO_TIME, .files = -1, .active = !strcmp(id, active) };
	hl_copy(v->id, sizeof v->id, id);
	if (read_meta(s, id, &m, &err)) {
		hl_copy(v->source, sizeof v->source, err.text);
	} else {
		const struct row *row = m.files.v;
		v->files = (int64_t)m.files.n;
		hl_copy(v->source, sizeof v->source, row[0].name);
		hl_copy(v->by, sizeof v->by, m.by);
		if (!hl_time_parse(m.imported, strlen(m.imported), &v->imported_ms))
			v->imported_ms = HL_NO_TIME;
	}
	hl_conf_wipe(meta_table, &m);
}

enum hl_code hl_rules_version_list(const char *state, struct hl_rules_version **v, size_t *n, struct hl_err *err)
{
	struct hl_shelf s;
	struct hl_shelf_id *ids;
	char active[HL_VERSION_ID];
	*v = NULL;
	*n = 0;
	enum hl_code code = shelf_of(&s, state, err);
	if (!code)
		code = hl_shelf_scan(&s, &ids, n, err);
	if (code)
		return code;
	if (hl_shelf_active(&s, active, NULL))
		active[0] = 0;
	*v = hl_calloc(*n + 1, sizeof **v);
	for (size_t i = 0; i < *n; i++)
		load(&s, ids[i].id, active, &(*v)[i]);
	free(ids);
	return HL_OK;
}

enum hl_code hl_rules_version_find(const char *state, const char *ref, struct hl_rules_version *v, struct hl_err *err)
{
	struct hl_shelf s;
	struct hl_shelf_id *ids = NULL;
	size_t n = 0;
	char active[HL_VERSION_ID];
	const char *id;
	struct hl_err why;
	bool want_active = !strcmp(ref, "active");
	enum hl_code code = shelf_of(&s, state, err);
	if (code)
		return code;
	enum hl_code mark = hl_shelf_active(&s, active, &why); /* damaged, it must not keep anybody from naming another version */
	code = hl_shelf_scan(&s, &ids, &n, err);
	if (!code && want_active && mark)
		code = hl_err_set(err, mark, "%s", why.text);
	else if (!code && (!n || (want_active && !active[0])))
		code = hl_err_set(err, HL_E_NOTFOUND, "%s has no %sversion", s.what, n ? "active " : "");
	if (!code)
		code = hl_shelf_resolve(&s, ids, n, want_active ? active : ref, &id, err);
	if (!code)
		load(&s, id, active, v);
	free(ids);
	return code;
}

static enum hl_code read_rows(const struct hl_shelf *s, const char *id, const struct meta *m, struct hl_rules_files *files, struct hl_err *err)
{
	const struct row *row = m->files.v;
	enum hl_code code = HL_OK;
	for (size_t i = 0; !code && i < m->files.n; i++) {
		char path[HL_PATH_MAX];
		struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
		struct hl_err why;
		if (!hl_text_is_name(row[i].file, strlen(row[i].file), FILE_NAME - 1))
			return hl_err_set(err, HL_E_INPUT, "version %s is damaged: '%s' is no name of a file in it", id, row[i].file);
		code = hl_shelf_path(path, s, id, row[i].file, err);
		if (!code && hl_file_read(path, &text, &why))
			code = hl_err_set(err, HL_E_INPUT, "version %s is damaged: %s", id, why.text);
		if (!code)
			hl_rules_files_add(files, row[i].table, row[i].name, hl_buf_text(&text), text.len);
		hl_buf_fini(&text);
	}
	return code;
}

enum hl_code hl_rules_version_open(const char *state, const char *id, struct hl_rules_files *files, struct hl_err *err)
{
	struct hl_shelf s;
	struct meta m = { 0 };
	unsigned char hash[HL_SHA256];
	char hex[HL_SHA256_HEX];
	*files = (struct hl_rules_files){ .n = 0 };
	enum hl_code code = shelf_of(&s, state, err);
	if (!code)
		code = read_meta(&s, id, &m, err);
	if (!code)
		code = read_rows(&s, id, &m, files, err);
	if (!code) {
		const char *dash = strchr(id, '-');
		hl_rules_files_hash(files, hash);
		hl_hex(hash, HL_SHA256, hex);
		if (!dash || strncmp(dash + 1, hex, HL_SHELF_HEX) || strcmp(hex, m.content))
			code = hl_err_set(err, HL_E_INPUT, "version %s is damaged: its files are not those that it was made of", id);
	}
	hl_conf_wipe(meta_table, &m);
	if (code)
		hl_rules_files_fini(files);
	return code;
}

/* ---- switching ---- */

enum hl_code hl_rules_version_activate(const char *state, const char *id, struct hl_activation *a, struct hl_err *err)
{
	struct hl_shelf s;
	struct hl_rules_files files = { 0 };
	char dir[HL_PATH_MAX];
	int fd = -1;
	enum hl_code code = hl_rules_version_open(state, id, &files, err);
	hl_rules_files_fini(&files);
	if (!code)
		code = shelf_of(&s, state, err);
	if (!code)
		code = hl_shelf_path(dir, &s, id, NULL, err);
	if (!code)
		code = hl_fleet_tell(state, "rules", dir, id, a, err);
	if (!code)
		code = lock(&s, &fd, err);
	if (!code)
		code = hl_shelf_switch(&s, id, a, err);
	if (fd >= 0)
		close(fd);
	return code;
}

enum hl_code hl_rules_version_active(const char *state, char dst[HL_VERSION_ID], struct hl_err *err)
{
	struct hl_shelf s;
	dst[0] = 0;
	enum hl_code code = shelf_of(&s, state, err);
	return code ? code : hl_shelf_active(&s, dst, err);
}

enum hl_code hl_rules_version_back(const char *state, char dst[HL_VERSION_ID], struct hl_err *err)
{
	struct hl_shelf s;
	dst[0] = 0;
	enum hl_code code = shelf_of(&s, state, err);
	return code ? code : hl_shelf_back(&s, dst, err);
}

static enum hl_code approvals_path(char path[HL_PATH_MAX], const char *state, const char *id, struct hl_err *err)
{
	struct hl_shelf s;
	enum hl_code code = shelf_of(&s, state, err);
	return code ? code : hl_shelf_path(path, &s, id, HL_APPROVALS_FILE, err);
}

enum hl_code hl_rules_version_approvals(const char *state, const char *id, struct hl_approval **a, size_t *n, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	*a = NULL;
	*n = 0;
	enum hl_code code = approvals_path(path, state, id, err);
	return code ? code : hl_approvals_load(path, id, a, n, err);
}

enum hl_code hl_rules_version_approve(const char *state, const struct hl_rules_version *v, const struct hl_approval *a, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	if (!strcmp(v->by, a->by))
		return hl_err_set(err, HL_E_DENIED, "%s imported rules %s: somebody else has to approve them", a->by, v->id);
	enum hl_code code = approvals_path(path, state, v->id, err);
	return code ? code : hl_approvals_add(path, v->id, a, err);
}
