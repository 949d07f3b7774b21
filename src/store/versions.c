/* versions.c: the folders of list versions, see versions.h. Making a version and removing one, by the shelf that they stand on (shelf.h); switching is in
 * versions_active.c, finding and describing in versions_find.c. Any thread; one writer at a time (the holder of the state lock).
 */
#include "store/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/text.h"
#include "store/versions_priv.h"

enum hl_code hl_versions_shelf(struct hl_shelf *s, const char *state, const char *list, struct hl_err *err)
{
	char sub[HL_NAME + 8], what[HL_NAME + 8];
	if (!hl_text_is_name(list, strlen(list), HL_NAME - 1))
		return hl_err_set(err, HL_E_USAGE, "'%s' can't be a list's name (letters, digits, _ . -, at most %d, none of . - first)", list, HL_NAME - 1);
	snprintf(sub, sizeof sub, "lists/%s", list);
	snprintf(what, sizeof what, "list '%s'", list);
	return hl_shelf_init(s, state, sub, 'v', what, err);
}

enum hl_code hl_versions_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *id, const char *file, struct hl_err *err)
{
	struct hl_shelf s;
	enum hl_code code = hl_versions_shelf(&s, state, list, err);
	return code ? code : hl_shelf_path(dst, &s, id, file, err);
}

enum hl_code hl_version_begin(struct hl_version_draft *d, const char *state, const char *list, struct hl_err *err)
{
	struct hl_shelf s;
	*d = (struct hl_version_draft){ .v.imported_ms = HL_NO_TIME, .v.file_time_ms = HL_NO_TIME };
	enum hl_code code = hl_versions_shelf(&s, state, list, err);
	if (code)
		return code;
	hl_copy(d->v.list, sizeof d->v.list, list);
	hl_copy(d->state, sizeof d->state, state);
	return hl_shelf_draft(&s, d->dir, err);
}

void hl_version_abandon(struct hl_version_draft *d)
{
	struct hl_shelf s;
	if (d->dir[0] && !hl_versions_shelf(&s, d->state, d->v.list, NULL))
		hl_shelf_abandon(&s, d->dir);
}

/* version.yaml is written as JSON, which is YAML. */
enum hl_code hl_versions_describe(const char *dir, const struct hl_version *v, const char *content, struct hl_err *err)
{
	char path[HL_PATH_MAX + 32];
	struct hl_buf b = HL_BUF(16 << 10);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_str(&j, "id", v->id);
	hl_json_str(&j, "list", v->list);
	hl_json_str(&j, "content", content);
	hl_json_time(&j, "imported", v->imported_ms == HL_NO_TIME ? 0 : v->imported_ms);
	hl_shelf_put_text(&j, "source", v->source);
	hl_shelf_put_text(&j, "layout", v->layout);
	hl_shelf_put_text(&j, "by", v->by);
	hl_json_int(&j, "entries", v->entries);
	hl_json_int(&j, "rejected", v->rejected);
	hl_json_int(&j, "skipped", v->skipped);
	hl_json_int(&j, "lines", v->lines);
	if (v->file_time_ms != HL_NO_TIME)
		hl_json_time(&j, "file_time", v->file_time_ms);
	hl_holds_json(v->holds, &j);
	hl_json_opt(&j, "parent", v->parent);
	hl_json_opt(&j, "signed_by", v->signed_by);
	hl_json_close(&j);
	hl_buf_putc(&b, '\n');
	enum hl_code code = hl_path_join(path, sizeof path, dir, "version.yaml", err);
	if (!code)
		code = hl_file_write_atomic(path, hl_buf_text(&b), b.len, 0640, err);
	hl_buf_fini(&b);
	return code;
}

/* The version that has this content and can be opened, or the id that comes next. */
static enum hl_code same_or_next(const struct hl_version_draft *d, const struct hl_shelf *shelf, const char *content, struct hl_version *same, char next[HL_VERSION_ID],
				 struct hl_err *err)
{
	struct hl_shelf_id *ids;
	size_t n;
	enum hl_code code = hl_shelf_scan(shelf, &ids, &n, err);
	for (size_t i = 0; !code && i < n && !same->id[0]; i++) {
		struct hl_snapshot *s = NULL;
		if (strncmp(ids[i].hex, content, HL_SHELF_HEX))
			continue;
		/* One whose snapshot is damaged must not stand in the way of a new import of the same file. */
		if (!hl_version_find(d->state, d->v.list, ids[i].id, same, NULL) && hl_version_open(d->state, same, &s, NULL))
			same->id[0] = 0;
		hl_snapshot_close(&s);
	}
	if (!code && !same->id[0])
		code = hl_shelf_next(shelf, ids, n, content, next, err);
	free(ids);
	return code;
}

enum hl_code hl_version_commit(struct hl_version_draft *d, const unsigned char hash[HL_SHA256], struct hl_err *err)
{
	char content[HL_SHA256_HEX];
	struct hl_version same = { .id = "" };
	struct hl_shelf shelf;
	hl_hex(hash, HL_SHA256, content);
	enum hl_code code = hl_versions_shelf(&shelf, d->state, d->v.list, err);
	if (!code)
		code = same_or_next(d, &shelf, content, &same, d->v.id, err);
	if (!code && same.id[0]) {
		hl_version_abandon(d);
		d->v = same;
		return hl_err_set(err, HL_E_EXISTS, "the same content is version %s already", same.id);
	}
	if (!code)
		code = hl_versions_describe(d->dir, &d->v, content, err);
	if (!code)
		code = hl_shelf_publish(&shelf, d->dir, d->v.id, err);
	if (code)
		hl_version_abandon(d);
	return code;
}

enum hl_code hl_version_remove(const char *state, const struct hl_version *v, struct hl_err *err)
{
	struct hl_shelf shelf;
	enum hl_code code = hl_versions_shelf(&shelf, state, v->list, err);
	return code ? code : hl_shelf_remove(&shelf, v->id, err);
}
