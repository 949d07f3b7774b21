/* shelf.c: folders of versions, see shelf.h: finding them, making them and removing them; switching is in shelf_active.c. A version comes into being by one
 * rename of a whole, synced folder, and goes by one rename too: a crash at any point leaves what was before or what comes after. Any thread; one writer at a
 * time (the holder of the state lock).
 */
#include "store/shelf.h"

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
#include "base/text.h"

enum hl_code hl_shelf_init(struct hl_shelf *s, const char *state, const char *sub, char letter, const char *what, struct hl_err *err)
{
	*s = (struct hl_shelf){ .letter = letter };
	hl_copy(s->what, sizeof s->what, what);
	return hl_path_join(s->dir, sizeof s->dir, state, sub, err);
}

enum hl_code hl_shelf_path(char dst[HL_PATH_MAX], const struct hl_shelf *s, const char *id, const char *file, struct hl_err *err)
{
	bool versions = id != NULL;
	int n = snprintf(dst, HL_PATH_MAX, "%s%s%s%s%s%s", s->dir, versions ? "/versions" : "", versions && *id ? "/" : "", versions ? id : "", file ? "/" : "",
			 file ? file : "");
	if (n < 0 || n >= HL_PATH_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", s->dir);
	return HL_OK;
}

/* "v000042-9f3c0a1b2c3d": at least six digits, exactly twelve of the hash. */
static bool parse_id(const struct hl_shelf *s, const char *text, struct hl_shelf_id *out)
{
	size_t digits = *text == s->letter ? strspn(text + 1, "0123456789") : 0;
	if (digits < 6 || digits > 9 || text[1 + digits] != '-')
		return false;
	const char *hex = text + digits + 2;
	if (strlen(hex) != HL_SHELF_HEX || strspn(hex, "0123456789abcdef") != HL_SHELF_HEX)
		return false;
	if (out) {
		hl_copy(out->id, sizeof out->id, text);
		out->number = (unsigned)strtoul(text + 1, NULL, 10);
	}
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct hl_shelf_id *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? 1 : -1;
	return strcmp(y->id, x->id);
}

enum hl_code hl_shelf_scan(const struct hl_shelf *s, struct hl_shelf_id **ids, size_t *n, struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	size_t cap = 0;
	*ids = NULL;
	*n = 0;
	enum hl_code code = hl_shelf_path(dir, s, "", NULL, err);
	if (code)
		return code;
	DIR *d = opendir(dir);
	if (!d && errno == ENOENT)
		return HL_OK;
	if (!d)
		return hl_err_set(err, errno == EACCES ? HL_E_DENIED : HL_E_IO, "can't open folder %s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));) {
		struct hl_shelf_id id;
		if (!parse_id(s, e->d_name, &id))
			continue;
		if (*n == cap)
			*ids = hl_realloc(*ids, cap = cap ? 2 * cap : 16, sizeof **ids);
		(*ids)[(*n)++] = id;
	}
	closedir(d);
	if (*n)
		qsort(*ids, *n, sizeof **ids, newest_first);
	for (size_t i = 0; i < *n; i++)
		(*ids)[i].hex = (*ids)[i].id + strlen((*ids)[i].id) - HL_SHELF_HEX;
	return HL_OK;
}

enum hl_code hl_shelf_resolve(const struct hl_shelf *s, const struct hl_shelf_id *ids, size_t n, const char *ref, const char **id, struct hl_err *err)
{
	size_t fits = 0;
	*id = ids[0].id;
	if (!strcmp(ref, "newest"))
		return HL_OK;
	for (size_t i = 0; i < n; i++) {
		if (strncmp(ids[i].id, ref, strlen(ref)))
			continue;
		*id = ids[i].id;
		fits++;
		if (!strcmp(ids[i].id, ref))
			return HL_OK;
	}
	if (!*ref || fits > 1)
		return hl_err_set(err, HL_E_USAGE, "%s has %zu versions that begin with '%s'", s->what, fits, ref);
	if (!fits)
		return hl_err_set(err, HL_E_NOTFOUND, "%s has no version '%s'", s->what, ref);
	return HL_OK;
}

enum hl_code hl_shelf_active(const struct hl_shelf *s, char dst[HL_VERSION_ID], struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(4096);
	struct hl_err why;
	dst[0] = 0;
	enum hl_code code = hl_shelf_path(path, s, NULL, "active", err);
	if (code)
		return code;
	code = hl_file_read(path, &b, &why);
	if (code == HL_E_NOTFOUND) {
		code = HL_OK; /* none was ever activated */
	} else if (code) {
		hl_err_set(err, code, "%s", why.text);
	} else {
		if (b.len && b.data[b.len - 1] == '\n')
			b.data[--b.len] = 0;
		if (parse_id(s, hl_buf_text(&b), NULL))
			hl_copy(dst, HL_VERSION_ID, hl_buf_text(&b));
		else
			code = hl_err_set(err, HL_E_INPUT, "%s does not name a version: activate one", path);
	}
	hl_buf_fini(&b);
	return code;
}

/* Removes drafts of processes that are no more. */
static void sweep_drafts(const char *dir)
{
	DIR *d = opendir(dir);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char path[2 * HL_PATH_MAX];
		long pid = strncmp(e->d_name, HL_SHELF_DRAFT, sizeof HL_SHELF_DRAFT - 1) ? 0 : strtol(e->d_name + sizeof HL_SHELF_DRAFT - 1, NULL, 10);
		if (pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH && !hl_path_join(path, sizeof path, dir, e->d_name, NULL))
			hl_file_remove_tree(path, NULL);
	}
	closedir(d);
}

enum hl_code hl_shelf_draft(const struct hl_shelf *s, char draft[HL_PATH_MAX], struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	draft[0] = 0;
	enum hl_code code = hl_shelf_path(dir, s, "", NULL, err);
	if (!code)
		code = hl_file_make_dirs(dir, 0750, err);
	if (code)
		return code;
	sweep_drafts(dir);
	int n = snprintf(draft, HL_PATH_MAX, "%s/" HL_SHELF_DRAFT "%ld-XXXXXX", dir, (long)getpid());
	if (n < 0 || n >= HL_PATH_MAX) {
		draft[0] = 0;
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", s->dir);
	}
	if (!mkdtemp(draft)) {
		draft[0] = 0;
		return hl_err_set(err, HL_E_IO, "can't make a folder in %s: %s", dir, strerror(errno));
	}
	hl_crash_point("version.begun");
	return HL_OK;
}

void hl_shelf_abandon(const struct hl_shelf *s, char draft[HL_PATH_MAX])
{
	char dir[HL_PATH_MAX];
	if (!draft[0])
		return;
	hl_file_remove_tree(draft, NULL);
	draft[0] = 0;
	/* A list that has no version yet should not be left as an empty folder. Both fail, as they should, where anything is inside. */
	if (!hl_shelf_path(dir, s, "", NULL, NULL) && !rmdir(dir))
		rmdir(s->dir);
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

enum hl_code hl_shelf_next(const struct hl_shelf *s, const struct hl_shelf_id *ids, size_t n, const char *content, char id[HL_VERSION_ID], struct hl_err *err)
{
	unsigned next = n ? ids[0].number + 1 : 1;
	if (next > HL_SHELF_NUMBER_MAX)
		return hl_err_set(err, HL_E_LIMIT, "%s has had more than %d versions", s->what, HL_SHELF_NUMBER_MAX);
	snprintf(id, HL_VERSION_ID, "%c%06u-%.*s", s->letter, next, HL_SHELF_HEX, content);
	return HL_OK;
}

enum hl_code hl_shelf_publish(const struct hl_shelf *s, char draft[HL_PATH_MAX], const char *id, struct hl_err *err)
{
	char final[HL_PATH_MAX], dir[HL_PATH_MAX];
	enum hl_code code = hl_shelf_path(final, s, id, NULL, err);
	if (!code)
		code = hl_shelf_path(dir, s, "", NULL, err);
	if (!code)
		code = sync_draft(draft, err);
	if (code)
		return code;
	hl_crash_point("version.synced");
	if (rename(draft, final))
		return hl_err_set(err, HL_E_IO, "can't rename %s to %s: %s", draft, final, strerror(errno));
	hl_crash_point("version.renamed");
	draft[0] = 0;
	return hl_file_sync_dir(dir, err);
}

enum hl_code hl_shelf_remove(const struct hl_shelf *s, const char *id, struct hl_err *err)
{
	char dir[HL_PATH_MAX], from[HL_PATH_MAX], aside[HL_PATH_MAX], active[HL_VERSION_ID];
	enum hl_code code = hl_shelf_active(s, active, err);
	if (!code && !strcmp(active, id))
		code = hl_err_set(err, HL_E_CONFLICT, "version %s of %s is active: it can't be removed", id, s->what);
	if (!code)
		code = hl_shelf_path(dir, s, "", NULL, err);
	if (!code)
		code = hl_shelf_path(from, s, id, NULL, err);
	if (code)
		return code;
	/* By the name of a draft, so that what a crash leaves of it is swept away by the next import. */
	int n = snprintf(aside, sizeof aside, "%s/" HL_SHELF_DRAFT "%ld-%s", dir, (long)getpid(), id);
	if (n < 0 || (size_t)n >= sizeof aside)
		return hl_err_set(err, HL_E_LIMIT, "the state folder's path is too long: %s", s->dir);
	if (rename(from, aside))
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "can't remove %s: %s", from, strerror(errno));
	hl_crash_point("version.removing");
	code = hl_file_sync_dir(dir, err);
	return code ? code : hl_file_remove_tree(aside, err);
}

void hl_shelf_put_text(struct hl_json *j, const char *key, const char *text)
{
	struct hl_buf clean = HL_BUF(4 * HL_TEXT_LONG);
	hl_text_clean(text, strlen(text), &clean);
	hl_json_str(j, key, hl_buf_text(&clean));
	hl_buf_fini(&clean);
}
