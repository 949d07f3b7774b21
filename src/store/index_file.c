/* index_file.c: see index_file.h. */
#include "config.h" /* sync_file_range */

#include "store/index_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "core/index_image.h"
#include "store/versions_priv.h"

enum { PIECE = 8 << 20, NAME_HEX = HL_SHA256 };
#define ENDING ".index"

/* What to write, and how far it is. */
struct output {
	int fd;
	off_t written;
};

/* In pieces whose way to the disk is begun at once, and waited for when the next has begun: whatever shares the file system's journal is not held up for all of
 * it, and no more than two pieces are on their way. */
static bool write_piece(struct output *o, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = write(o->fd, p + at, n - at < PIECE ? n - at : PIECE);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += (size_t)k;
		sync_file_range(o->fd, o->written, k, SYNC_FILE_RANGE_WRITE);
		if (o->written >= PIECE)
			sync_file_range(o->fd, o->written - PIECE, PIECE, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
		o->written += k;
	}
	return true;
}

static void name_of(const unsigned char key[HL_SHA256], char dst[NAME_HEX + sizeof ENDING])
{
	char hex[HL_SHA256_HEX];
	hl_hex(key, HL_SHA256, hex);
	snprintf(dst, NAME_HEX + sizeof ENDING, "%.*s" ENDING, NAME_HEX, hex);
}

/* Whether a file in dir is newer than what *newest says; then that is its time. */
static bool is_newer(int dir, const char *name, struct timespec *newest)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	bool newer = st.st_mtim.tv_sec != newest->tv_sec ? st.st_mtim.tv_sec > newest->tv_sec : st.st_mtim.tv_nsec > newest->tv_nsec;
	if (newer)
		*newest = st.st_mtim;
	return newer;
}

/* Removes the files of other keys but the newest of them, and what writers that died have left. */
static void sweep(const char *dir, const char *keep)
{
	char other[NAME_HEX + sizeof ENDING] = "";
	struct timespec newest = { 0 };
	DIR *d = opendir(dir);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (strlen(e->d_name) == strlen(keep) && strstr(e->d_name, ENDING) && strcmp(e->d_name, keep) && is_newer(dirfd(d), e->d_name, &newest))
			hl_copy(other, sizeof other, e->d_name);
	rewinddir(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strstr(e->d_name, ENDING) && strcmp(e->d_name, keep) && strcmp(e->d_name, other))
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

enum hl_code hl_index_file_write(const char *state, const struct hl_version *v, const struct hl_index *ix, const unsigned char key[HL_SHA256],
				 const struct hl_crew *crew, struct hl_err *err)
{
	char dir[HL_PATH_MAX], path[HL_PATH_MAX], aside[HL_PATH_MAX + 32], name[NAME_HEX + sizeof ENDING];
	name_of(key, name);
	enum hl_code code = hl_versions_path(dir, state, v->list, v->id, NULL, err);
	if (!code)
		code = hl_versions_path(path, state, v->list, v->id, name, err);
	if (code)
		return code;
	snprintf(aside, sizeof aside, "%s.new-%ld", path, (long)getpid());
	struct output o = { .fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640) };
	if (o.fd < 0)
		return hl_err_set(err, HL_E_IO, "can't create %s: %s", aside, strerror(errno));
	struct hl_index_image *image = hl_alloc(sizeof *image);
	hl_index_to_image(ix, key, crew, image);
	bool good = true;
	for (int i = 0; i < HL_INDEX_PIECES && good; i++)
		good = write_piece(&o, image->piece[i].data, image->piece[i].n);
	free(image);
	good = !close(o.fd) && good;
	if (!good || rename(aside, path)) {
		code = hl_err_set(err, HL_E_IO, "can't write %s: %s", path, strerror(errno));
		unlink(aside);
		return code;
	}
	sweep(dir, name);
	return HL_OK;
}

static enum hl_code map_file(struct hl_index_file *f, int fd, const char *path, struct hl_err *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return hl_err_set(err, HL_E_IO, "can't stat %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return hl_err_set(err, HL_E_INPUT, "%s is not an index", path);
	f->bytes = (size_t)st.st_size;
	/* All of it is looked at soon, and its pages are to be there before the first read comes. */
	void *map = mmap(NULL, f->bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		return hl_err_set(err, HL_E_IO, "can't map %s: %s", path, strerror(errno));
	f->map = map;
	return HL_OK;
}

enum hl_code hl_index_file_open(struct hl_index_file **out, const char *state, const struct hl_version *v, const unsigned char key[HL_SHA256],
				const struct hl_snapshot *s, const struct hl_index_params *params, struct hl_err *err)
{
	char path[HL_PATH_MAX], name[NAME_HEX + sizeof ENDING];
	size_t n = hl_snapshot_count(s);
	*out = NULL;
	name_of(key, name);
	enum hl_code code = hl_versions_path(path, state, v->list, v->id, name, err);
	if (code)
		return code;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "can't open %s: %s", path, strerror(errno));
	struct hl_index_file *f = hl_calloc(1, sizeof *f);
	code = map_file(f, fd, path, err);
	close(fd);
	if (!code)
		code = hl_index_from_image(&f->index, f->map, f->bytes, key, n ? hl_snapshot_pattern(s, 0) : NULL, n, params, err);
	if (code)
		hl_index_file_close(&f);
	*out = f;
	return code;
}

void hl_index_file_close(struct hl_index_file **f)
{
	if (!*f)
		return;
	hl_index_free(&(*f)->index);
	if ((*f)->map)
		munmap((*f)->map, (*f)->bytes);
	free(*f);
	*f = NULL;
}
