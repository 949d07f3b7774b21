/* file.c: see file.h. Whole files in and out, locks and folders. Any thread. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"

enum { TREE_DEPTH = 32, TMP_TRIES = 100 };

static enum hl_code os_err(struct hl_err *err, const char *doing, const char *path)
{
	int e = errno;
	enum hl_code code = e == ENOENT || e == ENOTDIR ? HL_E_NOTFOUND : e == EACCES || e == EPERM ? HL_E_DENIED : HL_E_IO;
	return hl_err_set(err, code, "can't %s %s: %s", doing, path, strerror(e));
}

enum hl_code hl_file_read_fd(int fd, const char *name, struct hl_buf *out, struct hl_err *err)
{
	char piece[16384];
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return os_err(err, "read", name);
		if (n == 0)
			return HL_OK;
		if (!hl_buf_put(out, piece, (size_t)n))
			return hl_err_set(err, HL_E_LIMIT, "%s is larger than %zu bytes", name, out->max);
	}
}

enum hl_code hl_file_read(const char *path, struct hl_buf *out, struct hl_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return os_err(err, "open", path);
	enum hl_code code = hl_file_read_fd(fd, path, out, err);
	close(fd);
	return code;
}

enum hl_code hl_file_secret(const char *path, struct hl_buf *out, struct hl_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not hold up the start */
	if (fd < 0)
		return os_err(err, "open", path);
	enum hl_code code = HL_OK;
	out->max = 4096;
	if (fstat(fd, &st))
		code = os_err(err, "stat", path);
	else if (!S_ISREG(st.st_mode))
		code = hl_err_set(err, HL_E_CONFIG, "%s is not a regular file", path);
	else if (st.st_mode & 0007)
		code = hl_err_set(err, HL_E_CONFIG, "%s holds a secret and is open to everyone (mode %04o): chmod o= it", path, (unsigned)st.st_mode & 07777);
	else
		code = hl_file_read_fd(fd, path, out, err);
	close(fd);
	if (code)
		return code;
	while (out->len && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
		out->data[--out->len] = 0;
	return out->len ? HL_OK : hl_err_set(err, HL_E_CONFIG, "%s holds a secret and is empty", path);
}

static bool write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t k = write(fd, data, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		data += k;
		n -= (size_t)k;
	}
	return true;
}

enum hl_code hl_file_sync_dir(const char *dir, struct hl_err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return os_err(err, "open", dir);
	enum hl_code code = fsync(fd) ? os_err(err, "sync", dir) : HL_OK;
	close(fd);
	return code;
}

/* The folder in which path stands, "." where it names none. */
static void parent_of(const char *path, char *dst, size_t size)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		hl_copy(dst, size, ".");
	else
		hl_copy_n(dst, size, path, slash == path ? 1 : (size_t)(slash - path));
}

/* A new file beside path. A name left over by a crashed process of the same pid is passed over. */
static int open_aside(const char *path, unsigned mode, char *tmp, size_t size)
{
	for (int i = 0; i < TMP_TRIES; i++) {
		if ((size_t)snprintf(tmp, size, "%s.tmp-%ld-%d", path, (long)getpid(), i) >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

enum hl_code hl_file_write_atomic(const char *path, const void *data, size_t n, unsigned mode, struct hl_err *err)
{
	char tmp[HL_PATH_MAX + 32], dir[HL_PATH_MAX];
	int fd = open_aside(path, mode, tmp, sizeof tmp);
	if (fd < 0)
		return os_err(err, "create a file beside", path);
	bool ok = write_all(fd, data, n) && !fchmod(fd, (mode_t)mode) && !fsync(fd);
	int e = errno;
	if (close(fd) && ok) {
		ok = false;
		e = errno;
	}
	hl_crash_point("file.written");
	if (ok && rename(tmp, path)) {
		ok = false;
		e = errno;
	}
	if (!ok) {
		unlink(tmp);
		errno = e;
		return os_err(err, "write", path);
	}
	hl_crash_point("file.renamed");
	parent_of(path, dir, sizeof dir);
	return hl_file_sync_dir(dir, err);
}

/* One new folder, durable in its parent. */
static enum hl_code make_dir(const char *dir, unsigned mode, struct hl_err *err)
{
	struct stat st;
	if (!mkdir(dir, (mode_t)mode)) {
		char parent[HL_PATH_MAX];
		parent_of(dir, parent, sizeof parent);
		return hl_file_sync_dir(parent, err);
	}
	if (errno != EEXIST)
		return os_err(err, "make folder", dir);
	if (!stat(dir, &st) && S_ISDIR(st.st_mode))
		return HL_OK;
	return hl_err_set(err, HL_E_EXISTS, "%s is there and is not a folder", dir);
}

enum hl_code hl_file_make_dirs(const char *dir, unsigned mode, struct hl_err *err)
{
	char part[HL_PATH_MAX];
	if (!*dir || !hl_copy(part, sizeof part, dir))
		return hl_err_set(err, HL_E_LIMIT, "the folder's name is %s", *dir ? "too long" : "empty");
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		enum hl_code code = make_dir(part, mode, err);
		if (code)
			return code;
		*p = '/';
	}
	return make_dir(part, mode, err);
}

static enum hl_code remove_below(int parent, const char *name, int depth, struct hl_err *err);

static enum hl_code remove_one(int dir, const char *name, int depth, struct hl_err *err)
{
	if (!strcmp(name, ".") || !strcmp(name, "..") || !unlinkat(dir, name, 0))
		return HL_OK;
	if (errno == EISDIR || errno == EPERM)
		return remove_below(dir, name, depth + 1, err);
	return os_err(err, "remove", name);
}

static enum hl_code remove_below(int parent, const char *name, int depth, struct hl_err *err)
{
	if (depth > TREE_DEPTH)
		return hl_err_set(err, HL_E_LIMIT, "%s: folders more than %d deep", name, TREE_DEPTH);
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return HL_OK;
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return hl_err_set(err, HL_E_DENIED, "%s is a link or a file, not a folder: left alone", name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		enum hl_code failed = os_err(err, "open folder", name);
		if (fd >= 0)
			close(fd);
		return failed;
	}
	enum hl_code code = HL_OK;
	for (struct dirent *e; !code && (e = readdir(d));)
		code = remove_one(dirfd(d), e->d_name, depth, err);
	closedir(d);
	if (!code && unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		code = os_err(err, "remove folder", name);
	return code;
}

enum hl_code hl_file_remove_tree(const char *dir, struct hl_err *err)
{
	return remove_below(AT_FDCWD, dir, 0, err);
}

enum hl_code hl_path_join(char *dst, size_t size, const char *dir, const char *name, struct hl_err *err)
{
	size_t n = strlen(dir);
	int k = snprintf(dst, size, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
	if (k < 0 || (size_t)k >= size)
		return hl_err_set(err, HL_E_LIMIT, "the path %s/%s is longer than %zu bytes", dir, name, size - 1);
	return HL_OK;
}

static enum hl_code held(int fd, const char *path, struct hl_err *err)
{
	char who[32] = "";
	ssize_t n = pread(fd, who, sizeof who - 1, 0);
	who[n > 0 ? n : 0] = 0;
	who[strspn(who, "0123456789")] = 0;
	return hl_err_set(err, HL_E_CONFLICT, "%s is locked by process %s", path, *who ? who : "(unknown)");
}

enum hl_code hl_file_lock(const char *path, int *fd, struct hl_err *err)
{
	char who[32];
	*fd = -1;
	int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f < 0)
		return os_err(err, "open", path);
	int n = snprintf(who, sizeof who, "%ld\n", (long)getpid());
	enum hl_code code = HL_OK;
	if (flock(f, LOCK_EX | LOCK_NB))
		code = errno == EWOULDBLOCK ? held(f, path, err) : os_err(err, "lock", path);
	else if (ftruncate(f, 0) || pwrite(f, who, (size_t)n, 0) != n)
		code = os_err(err, "write", path);
	if (code)
		close(f);
	else
		*fd = f;
	return code;
}

enum hl_code hl_file_lock_wait(const char *path, int *fd, struct hl_err *err)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = *fd < 0 ? -1 : flock(*fd, LOCK_EX);
	while (rc && *fd >= 0 && errno == EINTR)
		rc = flock(*fd, LOCK_EX);
	return rc ? hl_err_set(err, HL_E_IO, "can't lock %s: %s", path, strerror(errno)) : HL_OK;
}
