/* versions.c: the folders of list versions, see versions.h. Making a version and removing one; switching is in versions_active.c, finding and describing
 * in versions_find.c. A version comes into being by one rename of a whole, synced folder, and goes by one rename too: a crash at any point leaves what
 * was before or what comes after. Any thread; one writer at a time (the holder of the state lock).
 */
#include "store/versions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/text.h"
#include "store/versions_priv.h"

enum hl_code hl_versions_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *id, const char *file, struct hl_err *err)
{
	if (!hl_text_is_name(list, strlen(list), HL_NAME - 1))
		return hl_err_set(err, HL_E_USAGE, "'%s' can't be a list's name (letters, digits, _ . -, at most %d, none of . - first)", list, HL_NAME - 1);
	bool versions = id != NULL;
	int n = snprintf(dst, HL_PATH_MAX, "%s/lists/%s%s%s%s%s%s", state, list, versions ? "/versions" : "", versions && *id ? "/" : "", versions ? id : "",
			 file ? "/" : "", file ? file : "");
	if (n < 0 || n >= HL_PATH_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", state);
	return HL_OK;
}

/* Removes drafts of processes that are no more. */
static void sweep_drafts(const char *dir)
{
	DIR *d = opendir(dir);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char path[2 * HL_PATH_MAX];
		long pid = strncmp(e->d_name, HL_VERSIONS_DRAFT, sizeof HL_VERSIONS_DRAFT - 1) ? 0 : strtol(e->d_name + sizeof HL_VERSIONS_DRAFT - 1, NULL, 10);
		if (pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH && !hl_path_join(path, sizeof path, dir, e->d_name, NULL))
			hl_file_remove_tree(path, NULL);
	}
	closedir(d);
}

enum hl_code hl_version_begin(struct hl_version_draft *d, const char *state, const char *list, struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	*d = (struct hl_version_draft){ .v.imported_ms = HL_NO_TIME, .v.file_time_ms = HL_NO_TIME };
	enum hl_code code = hl_versions_path(dir, state, list, "", NULL, err);
	if (!code)
		code = hl_file_make_dirs(dir, 0750, err);
	if (code)
		return code;
	sweep_drafts(dir);
	hl_copy(d->v.list, sizeof d->v.list, list);
	hl_copy(d->state, sizeof d->state, state);
	int n = snprintf(d->dir, sizeof d->dir, "%s/" HL_VERSIONS_DRAFT "%ld-XXXXXX", dir, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof d->dir) {
		d->dir[0] = 0;
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", state);
	}
	if (!mkdtemp(d->dir)) {
		d->dir[0] = 0;
		return hl_err_set(err, HL_E_IO, "can't make a folder in %s: %s", dir, strerror(errno));
	}
	hl_crash_point("version.begun");
	return HL_OK;
}

void hl_version_abandon(struct hl_version_draft *d)
{
	char dir[HL_PATH_MAX];
	if (!d->dir[0])
		return;
	hl_file_remove_tree(d->dir, NULL);
	d->dir[0] = 0;
	/* A list that has no version yet should not be left as an empty folder. Both fail, as they should, where anything is inside. */
	if (!hl_versions_path(dir, d->state, d->v.list, "", NULL, NULL) && !rmdir(dir) && !hl_versions_path(dir, d->state, d->v.list, NULL, NULL, NULL))
		rmdir(dir);
}

void hl_versions_put_text(struct hl_json *j, const char *key, const char *text)
{
	struct hl_buf clean = HL_BUF(4 * HL_TEXT_LONG);
	hl_text_clean(text, strlen(text), &clean);
	hl_json_str(j, key, hl_buf_text(&clean));
	hl_buf_fini(&clean);
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
	hl_versions_put_text(&j, "source", v->source);
	hl_versions_put_text(&j, "layout", v->layout);
	hl_versions_put_text(&j, "by", v->by);
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

/* Every file of the draft to the disk, and the folder itself. */
static enum hl_code sync_draft(const char *dir, struct hl_err *err)
{
	DIR *d = opendir(dir);
	if (!d)
		return hl_err_set(err, HL_E_IO, "can't open folder %s: %s", dir, strerror(errno));
	enum hl_code code = HL_OK;
	for (struct dirent *e; !code && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || fsync(fd))
			code = hl_err_set(err, HL_E_IO, "can't sync %s/%s: %s", dir, e->d_name, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	closedir(d);
	return code ? code : hl_file_sync_dir(dir, err);
}

/* The version that has this content and can be opened, or the number that comes next. */
static enum hl_code same_or_next(const struct hl_version_draft *d, const char *content, struct hl_version *same, unsigned *next, struct hl_err *err)
{
	struct hl_version_id *ids;
	size_t n;
	enum hl_code code = hl_versions_scan(d->state, d->v.list, &ids, &n, err);
	if (code)
		return code;
	*next = n ? ids[0].number + 1 : 1;
	for (size_t i = 0; i < n && !same->id[0]; i++) {
		struct hl_snapshot *s = NULL;
		if (strncmp(ids[i].hex, content, HL_VERSIONS_HEX))
			continue;
		/* One whose snapshot is damaged must not stand in the way of a new import of the same file. */
		if (!hl_version_find(d->state, d->v.list, ids[i].id, same, NULL) && hl_version_open(d->state, same, &s, NULL))
			same->id[0] = 0;
		hl_snapshot_close(&s);
	}
	free(ids);
	return HL_OK;
}

static enum hl_code publish(struct hl_version_draft *d, struct hl_err *err)
{
	char final[HL_PATH_MAX], dir[HL_PATH_MAX];
	enum hl_code code = hl_versions_path(final, d->state, d->v.list, d->v.id, NULL, err);
	if (!code)
		code = hl_versions_path(dir, d->state, d->v.list, "", NULL, err);
	if (!code)
		code = sync_draft(d->dir, err);
	if (code)
		return code;
	hl_crash_point("version.synced");
	if (rename(d->dir, final))
		return hl_err_set(err, HL_E_IO, "can't rename %s to %s: %s", d->dir, final, strerror(errno));
	hl_crash_point("version.renamed");
	d->dir[0] = 0;
	return hl_file_sync_dir(dir, err);
}

enum hl_code hl_version_commit(struct hl_version_draft *d, const unsigned char hash[HL_SHA256], struct hl_err *err)
{
	char content[HL_SHA256_HEX];
	struct hl_version same = { .id = "" };
	unsigned next = 1;
	hl_hex(hash, HL_SHA256, content);
	enum hl_code code = same_or_next(d, content, &same, &next, err);
	if (!code && same.id[0]) {
		hl_version_abandon(d);
		d->v = same;
		return hl_err_set(err, HL_E_EXISTS, "the same content is version %s already", same.id);
	}
	if (!code && next > HL_VERSIONS_NUMBER_MAX)
		code = hl_err_set(err, HL_E_LIMIT, "list '%s' has had more than %d versions", d->v.list, HL_VERSIONS_NUMBER_MAX);
	if (!code) {
		snprintf(d->v.id, sizeof d->v.id, "v%06u-%.*s", next, HL_VERSIONS_HEX, content);
		code = hl_versions_describe(d->dir, &d->v, content, err);
	}
	if (!code)
		code = publish(d, err);
	if (code)
		hl_version_abandon(d);
	return code;
}

enum hl_code hl_version_remove(const char *state, const struct hl_version *v, struct hl_err *err)
{
	char dir[HL_PATH_MAX], from[HL_PATH_MAX], aside[HL_PATH_MAX], active[HL_VERSION_ID];
	enum hl_code code = hl_version_active(state, v->list, active, err);
	if (!code && !strcmp(active, v->id))
		code = hl_err_set(err, HL_E_CONFLICT, "version %s of list '%s' is active: it can't be removed", v->id, v->list);
	if (!code)
		code = hl_versions_path(dir, state, v->list, "", NULL, err);
	if (!code)
		code = hl_versions_path(from, state, v->list, v->id, NULL, err);
	if (code)
		return code;
	/* By the name of a draft, so that what a crash leaves of it is swept away by the next import. */
	int n = snprintf(aside, sizeof aside, "%s/" HL_VERSIONS_DRAFT "%ld-%s", dir, (long)getpid(), v->id);
	if (n < 0 || (size_t)n >= sizeof aside)
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", state);
	if (rename(from, aside))
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "can't remove %s: %s", from, strerror(errno));
	hl_crash_point("version.removing");
	code = hl_file_sync_dir(dir, err);
	return code ? code : hl_file_remove_tree(aside, err);
}
