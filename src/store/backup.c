/* backup.c: see backup.h. The order: database, lists and rules and the rest, audit, MANIFEST. What grows meanwhile (journals, the audit) is copied as long as it was when it was
 * opened; a line cut by that is what a crash leaves, too, and is treated so by its reader. One thread at a time.
 */
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/crash.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "store/state_format.h"

enum { PIECE = 256 << 10, DEPTH = 8, MANIFEST_MAX = 256 << 20, FAULTS_MAX = 20, LINE_MAX = 2 * HL_PATH_MAX };

static const char head[] = "hotlistd backup";

/* A copy under way: from one folder to another, with what MANIFEST says. */
struct copy {
	const char *from, *to;
	struct hl_buf manifest;
	struct hl_backup_sum sum;
	int pass; /* of the audit: 0 all but the chain's files, 1 those */
};

static enum hl_code os_fault(const char *doing, const char *path, struct hl_err *err)
{
	return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : errno == EEXIST ? HL_E_EXISTS : HL_E_IO, "can't %s %s: %s", doing, path, strerror(errno));
}

/* ---- one file ---- */

static enum hl_code pour(int in, int out, const char *path, int64_t size, char hex[HL_SHA256_HEX], int64_t *done, struct hl_err *err)
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	char *piece = hl_alloc(PIECE);
	enum hl_code code = HL_OK;
	hl_sha256_init(&h);
	for (*done = 0; !code && *done < size;) {
		ssize_t n = read(in, piece, size - *done < PIECE ? (size_t)(size - *done) : (size_t)PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			code = os_fault("read", path, err);
		if (n <= 0)
			break;
		hl_sha256_put(&h, piece, (size_t)n);
		*done += n;
		for (ssize_t at = 0; !code && out >= 0 && at < n;) {
			ssize_t wrote = write(out, piece + at, (size_t)(n - at));
			if (wrote < 0 && errno != EINTR)
				code = os_fault("write a copy of", path, err);
			at += wrote > 0 ? wrote : 0;
		}
	}
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, hex);
	free(piece);
	return code;
}

/* The hash of a file, which is on the disk when this returns. */
static enum hl_code hash_file(const char *path, char hex[HL_SHA256_HEX], int64_t *size, struct hl_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		enum hl_code bad = fd < 0 ? os_fault("open", path, err) : hl_err_set(err, HL_E_INPUT, "%s is no regular file", path);
		if (fd >= 0)
			close(fd);
		return bad;
	}
	enum hl_code code = pour(fd, -1, path, st.st_size, hex, size, err);
	close(fd);
	return code;
}

static void note(struct copy *c, const char *name, const char *hex, int64_t size)
{
	hl_buf_printf(&c->manifest, "%s\t%" PRId64 "\t%s\n", hex, size, name);
	c->sum.files++;
	c->sum.bytes += size;
}

/* Copies one file as long as it is now. Gone meanwhile is fine: *gone. */
static enum hl_code copy_file(struct copy *c, const char *name, struct hl_err *err)
{
	char from[HL_PATH_MAX], to[HL_PATH_MAX], hex[HL_SHA256_HEX];
	struct stat st;
	int64_t size = 0;
	enum hl_code code = hl_path_join(from, sizeof from, c->from, name, err);
	if (!code)
		code = hl_path_join(to, sizeof to, c->to, name, err);
	if (code)
		return code;
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (in < 0 && errno == ENOENT)
		return HL_OK;
	int out = in < 0 || fstat(in, &st) ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, st.st_mode & 0700 ? (st.st_mode & 0600) | 0400 : 0600);
	if (out < 0)
		code = os_fault("copy", from, err);
	else
		code = pour(in, out, from, st.st_size, hex, &size, err);
	if (!code && fsync(out))
		code = os_fault("sync", to, err);
	if (!code)
		note(c, name, hex, size);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return code;
}

/* ---- folders ---- */

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);
	return n >= k && !strcmp(name + n - k, end);
}

/* What is made anew, belongs to a process that runs, or is not finished. */
static bool is_passing(const char *name)
{
	return name[0] == '.' || ends(name, ".lock") || ends(name, ".index") || strstr(name, ".tmp-") != NULL;
}

static bool is_left_out(const struct copy *c, const char *folder, const char *name)
{
	static const char *const top[] = { "lock", "control.sock", "rejects", "audit", "restored", "MANIFEST", NULL }, *const audit[] = { "lock", "key", "writer", NULL };
	const char *const *list = !*folder ? top : !strcmp(folder, "audit") ? audit : NULL;
	for (size_t i = 0; list && list[i]; i++)
		if (!strcmp(name, list[i]))
			return true;
	if (!*folder && !strncmp(name, "hotlistd.db", 11))
		return true;
	if (!strncmp(folder, "audit/", 6))
		return ends(name, ".chain") != (c->pass == 1);
	return is_passing(name);
}

static enum hl_code copy_folder(struct copy *c, const char *folder, int depth, struct hl_err *err);

static enum hl_code copy_one(struct copy *c, const char *folder, const char *name, int depth, struct hl_err *err)
{
	char path[HL_PATH_MAX], full[HL_PATH_MAX];
	struct stat st;
	enum hl_code code = *folder ? hl_path_join(path, sizeof path, folder, name, err) : (hl_copy(path, sizeof path, name) ? HL_OK : HL_E_LIMIT);
	if (!code)
		code = hl_path_join(full, sizeof full, c->from, path, err);
	if (code || lstat(full, &st))
		return code; /* gone meanwhile */
	if (S_ISDIR(st.st_mode))
		return copy_folder(c, path, depth + 1, err);
	return S_ISREG(st.st_mode) ? copy_file(c, path, err) : HL_OK;
}

static enum hl_code copy_folder(struct copy *c, const char *folder, int depth, struct hl_err *err)
{
	char from[HL_PATH_MAX], to[HL_PATH_MAX];
	if (depth > DEPTH)
		return hl_err_set(err, HL_E_LIMIT, "%s: folders more than %d deep", folder, DEPTH);
	enum hl_code code = hl_path_join(from, sizeof from, c->from, folder, err);
	if (!code)
		code = hl_path_join(to, sizeof to, c->to, folder, err);
	if (!code)
		code = hl_file_make_dirs(to, 0700, err);
	DIR *d = code ? NULL : opendir(from);
	if (!code && !d)
		return errno == ENOENT ? HL_OK : os_fault("open folder", from, err);
	for (struct dirent *e; !code && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && !is_left_out(c, folder, e->d_name))
			code = copy_one(c, folder, e->d_name, depth, err);
	if (d)
		closedir(d);
	return code ? code : hl_file_sync_dir(to, err);
}

/* The signed places before the records that they are of; and no purge meanwhile. */
static enum hl_code copy_audit(struct copy *c, struct hl_err *err)
{
	char path[HL_PATH_MAX], lock[HL_PATH_MAX];
	enum hl_code code = hl_path_join(path, sizeof path, c->from, "audit", err);
	if (code || access(path, F_OK))
		return code;
	int fd = hl_path_join(lock, sizeof lock, path, "purge.lock", NULL) ? -1 : open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_SH))
		code = os_fault("lock", path, err);
	for (c->pass = 0; !code && c->pass < 2; c->pass++)
		code = copy_folder(c, "audit", 1, err);
	if (fd >= 0)
		close(fd);
	return code;
}

/* ---- making ---- */

static enum hl_code copy_database(struct copy *c, struct hl_store *store, struct hl_err *err)
{
	char path[HL_PATH_MAX], hex[HL_SHA256_HEX];
	int64_t size;
	enum hl_code code = hl_path_join(path, sizeof path, c->to, "hotlistd.db", err);
	if (!code)
		code = store->ops->backup(store, path, err);
	if (!code)
		code = hash_file(path, hex, &size, err);
	if (!code)
		note(c, "hotlistd.db", hex, size);
	hl_crash_point("backup.database");
	return code;
}

static enum hl_code finish(struct copy *c, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	hl_crash_point("backup.copied");
	enum hl_code code = c->manifest.full ? hl_err_set(err, HL_E_LIMIT, "the backup has too many files") : hl_path_join(path, sizeof path, c->to, "MANIFEST", err);
	return code ? code : hl_file_write_atomic(path, c->manifest.data, c->manifest.len, 0600, err);
}

static enum hl_code make_new(const char *dir, struct hl_err *err)
{
	return mkdir(dir, 0700) ? os_fault("make", dir, err) : HL_OK;
}

enum hl_code hl_backup_make(const char *state, struct hl_store *store, const char *dir, const char *program, int64_t now_ms, struct hl_backup_sum *out, struct hl_err *err)
{
	struct copy c = { .from = state, .to = dir, .manifest = HL_BUF(MANIFEST_MAX), .sum = { .time_ms = now_ms } };
	struct hl_err lost;
	char time[HL_TIME_TEXT];
	if (!store->ops->backup)
		return hl_err_set(err, HL_E_USAGE, "alerts and deliveries stand in %s, which has to be backed up by its own means", store->ops->name);
	hl_copy(c.sum.program, sizeof c.sum.program, program);
	hl_time_format(now_ms, time);
	enum hl_code code = hl_state_format(state, &c.sum.format, err);
	if (!code)
		code = make_new(dir, err);
	if (code)
		return code;
	hl_buf_printf(&c.manifest, "%s\tformat=%d\ttime=%s\tprogram=%s\n", head, c.sum.format, time, program);
	code = copy_database(&c, store, err);
	if (!code)
		code = copy_folder(&c, "", 0, err);
	if (!code)
		code = copy_audit(&c, err);
	if (!code)
		code = finish(&c, err);
	if (code)
		hl_file_remove_tree(dir, &lost);
	*out = c.sum;
	hl_buf_fini(&c.manifest);
	return code;
}

/* ---- MANIFEST ---- */

static bool take_head(const char *line, struct hl_backup_sum *sum)
{
	char time[HL_TIME_TEXT];
	int format, at = 0;
	if (strncmp(line, head, sizeof head - 1) != 0 || sscanf(line + sizeof head - 1, "\tformat=%d\ttime=%31[^\t]\tprogram=%n", &format, time, &at) != 2 || !at)
		return false;
	sum->format = format;
	hl_copy(sum->program, sizeof sum->program, line + sizeof head - 1 + at);
	return hl_time_parse(time, strlen(time), &sum->time_ms);
}

/* A name inside the folder, and nowhere else. */
static bool is_inside(const char *name)
{
	if (!*name || *name == '/' || strlen(name) >= HL_PATH_MAX)
		return false;
	for (const char *p = name; p; p = strchr(p, '/'), p = p ? p + 1 : NULL)
		if (!strncmp(p, "../", 3) || !strcmp(p, "..") || *p == '/' || !*p)
			return false;
	return true;
}

/* "HEX\tSIZE\tNAME", in place. */
static bool take_line(char *line, const char **hex, int64_t *size, const char **name)
{
	char *a = strchr(line, '\t'), *b = a ? strchr(a + 1, '\t') : NULL, *end;
	if (!b)
		return false;
	*a = *b = 0;
	*hex = line;
	*size = strtoll(a + 1, &end, 10);
	*name = b + 1;
	return !*end && *size >= 0 && strlen(line) == HL_SHA256_HEX - 1 && is_inside(b + 1);
}

/* Reads MANIFEST and gives each file to `each`, which says no by a code. */
static enum hl_code each_file(const char *dir, struct hl_backup_sum *sum, enum hl_code (*each)(void *arg, const char *name, const char *hex, int64_t size, struct hl_err *err),
			      void *arg, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(MANIFEST_MAX);
	*sum = (struct hl_backup_sum){ .files = 0 };
	enum hl_code code = hl_path_join(path, sizeof path, dir, "MANIFEST", err);
	if (!code)
		code = hl_file_read(path, &text, err);
	if (code == HL_E_NOTFOUND)
		hl_err_set(err, code, "%s is no backup, or was never finished: it has no MANIFEST", dir);
	unsigned number = 0;
	for (char *at = text.data, *next; !code && at && *at; at = next) {
		const char *hex, *name;
		int64_t size;
		char *end = strchr(at, '\n');
		next = end ? end + 1 : at + strlen(at);
		if (end)
			*end = 0;
		number++;
		bool good = end && (number == 1 ? take_head(at, sum) : take_line(at, &hex, &size, &name));
		if (!good)
			code = hl_err_at(err, HL_E_INPUT, number, 1, "%s: this line was changed", path);
		else if (number > 1 && !(code = each(arg, name, hex, size, err))) {
			sum->files++;
			sum->bytes += size;
		}
	}
	if (!code && !number)
		code = hl_err_set(err, HL_E_INPUT, "%s is empty", path);
	hl_buf_fini(&text);
	return code;
}

/* ---- check ---- */

struct check {
	const char *dir;
	struct hl_buf *faults;
	size_t n;
};

static enum hl_code compare(const char *dir, const char *name, const char *hex, int64_t size, struct hl_err *err)
{
	char path[HL_PATH_MAX], found[HL_SHA256_HEX];
	int64_t n;
	enum hl_code code = hl_path_join(path, sizeof path, dir, name, err);
	if (!code)
		code = hash_file(path, found, &n, err);
	if (!code && n != size)
		code = hl_err_set(err, HL_E_INPUT, "%s has %lld bytes: it had %lld", name, (long long)n, (long long)size);
	else if (!code && strcmp(found, hex) != 0)
		code = hl_err_set(err, HL_E_INPUT, "%s is not what was copied", name);
	return code;
}

static enum hl_code check_one(void *arg, const char *name, const char *hex, int64_t size, struct hl_err *err)
{
	struct check *c = arg;
	if (compare(c->dir, name, hex, size, err) && c->n++ < FAULTS_MAX)
		hl_buf_printf(c->faults, "%s\n", err->text);
	return HL_OK;
}

enum hl_code hl_backup_check(const char *dir, struct hl_backup_sum *out, struct hl_buf *faults, size_t *n, struct hl_err *err)
{
	struct check c = { .dir = dir, .faults = faults };
	enum hl_code code = each_file(dir, out, check_one, &c, err);
	*n = c.n;
	return code;
}

/* ---- restore ---- */

static enum hl_code restore_one(void *arg, const char *name, const char *hex, int64_t size, struct hl_err *err)
{
	struct copy *c = arg;
	char path[HL_PATH_MAX], *slash;
	enum hl_code code = hl_path_join(path, sizeof path, c->to, name, err);
	slash = code ? NULL : strrchr(path, '/');
	if (code)
		return code;
	*slash = 0;
	code = hl_file_make_dirs(path, 0700, err);
	if (!code)
		code = copy_file(c, name, err);
	if (!code)
		code = compare(c->to, name, hex, size, err);
	if (!code)
		code = hl_file_sync_dir(path, err);
	return code;
}

/* A folder that is not there, or empty. */
static enum hl_code must_be_free(const char *state, struct hl_err *err)
{
	if (!mkdir(state, 0700))
		return HL_OK;
	if (errno != EEXIST)
		return os_fault("make", state, err);
	DIR *d = opendir(state);
	if (!d)
		return os_fault("open folder", state, err);
	size_t n = 0;
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n ? hl_err_set(err, HL_E_EXISTS, "%s is not empty: a backup is restored into a folder of its own", state) : HL_OK;
}

enum hl_code hl_backup_restore(const char *dir, const char *state, struct hl_backup_sum *out, struct hl_err *err)
{
	struct copy c = { .from = dir, .to = state, .manifest = HL_BUF(MANIFEST_MAX) };
	struct hl_err lost;
	char why[2 * HL_PATH_MAX];
	enum hl_code code = must_be_free(state, err);
	if (code)
		return code;
	/* Held first: a crash in between leaves nothing that would send. */
	snprintf(why, sizeof why, "restored from %s\n", dir);
	code = hl_state_hold(state, why, err);
	if (!code)
		code = each_file(dir, out, restore_one, &c, err);
	if (!code && out->format > HL_STATE_FORMAT)
		code = hl_err_set(err, HL_E_CONFIG, "the backup has format %d, made by a newer hotlistd; this one knows up to %d", out->format, HL_STATE_FORMAT);
	if (code)
		hl_file_remove_tree(state, &lost);
	hl_buf_fini(&c.manifest);
	return code;
}
