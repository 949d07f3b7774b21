/* redis_fleet_blob.c: versions as blobs on Redis, see fleet.h. A blob is a hash: `manifest`, a line "SIZE SHA256 NAME" a file; I:K, the K-th piece of the I-th
 * file; `whole`, once all is there. Its name is the SHA-256 of the manifest, so that whoever has fetched it knows that it is what was announced. Pieces are of at most
 * 1 MB, so that no other call waits long behind one. A handle belongs to one thread.
 */
#include "store/redis_fleet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/text.h"

enum { PIECE = 1 << 20, FILES_MAX = 512, NAME_MAX_BYTES = 160, MANIFEST_MAX = 256 << 10 };
#define FILE_MAX (INT64_C(16) << 30)

struct file {
	char name[NAME_MAX_BYTES];
	int64_t size;
	char hash[HL_SHA256_HEX];
};

struct manifest {
	struct file v[FILES_MAX];
	size_t n;
};

/* A node's own: what its import rejected, what it has made of the version. */
static bool stays(const char *name)
{
	size_t n = strlen(name);
	return name[0] == '.' || !strcmp(name, "quarantine.txt") || !strcmp(name, "lint.jsonl") || (n > 6 && !strcmp(name + n - 6, ".index"));
}

static enum hl_code io_fault(const char *dir, const char *name, struct hl_err *err)
{
	return hl_err_set(err, HL_E_IO, "%s/%s: %s", dir, name, strerror(errno));
}

/* Reads a piece; *n 0 at the end. */
static enum hl_code read_piece(int fd, char *data, size_t *n)
{
	for (*n = 0; *n < PIECE;) {
		ssize_t got = read(fd, data + *n, PIECE - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return HL_E_IO;
		if (!got)
			break;
		*n += (size_t)got;
	}
	return HL_OK;
}

static enum hl_code open_file(const char *dir, const char *name, int *fd, struct hl_err *err)
{
	char path[2 * HL_PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *fd < 0 ? io_fault(dir, name, err) : HL_OK;
}

static enum hl_code hash_file(const char *dir, struct file *f, char *data, struct hl_err *err)
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	size_t n = 1;
	int fd;
	enum hl_code code = open_file(dir, f->name, &fd, err);
	hl_sha256_init(&h);
	while (!code && n) {
		if (read_piece(fd, data, &n))
			code = io_fault(dir, f->name, err);
		hl_sha256_put(&h, data, n);
		f->size += (int64_t)n;
	}
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, f->hash);
	if (fd >= 0)
		close(fd);
	return code;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static enum hl_code list_files(const char *dir, struct manifest *m, struct hl_err *err)
{
	DIR *d = opendir(dir);
	enum hl_code code = d ? HL_OK : io_fault(dir, "", err);
	for (struct dirent *e; !code && (e = readdir(d));) {
		if (stays(e->d_name))
			continue;
		if (m->n == FILES_MAX || !hl_copy(m->v[m->n].name, NAME_MAX_BYTES, e->d_name))
			code = hl_err_set(err, HL_E_LIMIT, "%s has more files than can be shared, or '%.60s' is too long a name", dir, e->d_name);
		else
			m->n++;
	}
	if (d)
		closedir(d);
	qsort(m->v, m->n, sizeof m->v[0], by_name);
	return code;
}

static void write_manifest(const struct manifest *m, struct hl_buf *text)
{
	for (size_t i = 0; i < m->n; i++)
		hl_buf_printf(text, "%" PRId64 " %s %s\n", m->v[i].size, m->v[i].hash, m->v[i].name);
}

static void name_of(const struct hl_buf *text, char blob[HL_SHA256_HEX])
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	hl_sha256_init(&h);
	hl_sha256_put(&h, hl_buf_text(text), text->len);
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, blob);
}

static enum hl_code put_field(struct hl_fleet *f, const char *blob, const char *name, const void *data, size_t n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	hl_redis_put_text(&a, "HSET");
	hl_fleet_put_key(f, &a, "blob:", blob);
	hl_redis_put_text(&a, name);
	hl_redis_put(&a, data, n);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	hl_redis_reply_free(&r);
	return code;
}

/* Gives *r, a text; or HL_E_NOTFOUND. */
static enum hl_code get_field(struct hl_fleet *f, const char *blob, const char *name, struct redisReply **r, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	hl_redis_put_text(&a, "HGET");
	hl_fleet_put_key(f, &a, "blob:", blob);
	hl_redis_put_text(&a, name);
	enum hl_code code = hl_fleet_ask(f, &a, r, err);
	if (!code && (*r)->type != REDIS_REPLY_STRING) {
		hl_redis_reply_free(r);
		code = hl_err_set(err, HL_E_NOTFOUND, "Redis %s no longer has %.12s, or not all of it", f->q.name, blob);
	}
	return code;
}

static bool is_there(struct hl_fleet *f, const char *blob)
{
	struct redisReply *r = NULL;
	bool there = !get_field(f, blob, "whole", &r, NULL);
	hl_redis_reply_free(&r);
	return there;
}

static enum hl_code send_file(struct hl_fleet *f, const char *blob, const char *dir, const struct manifest *m, size_t i, char *data, struct hl_err *err)
{
	char name[48];
	size_t n = 1;
	int fd;
	enum hl_code code = open_file(dir, m->v[i].name, &fd, err);
	for (unsigned k = 0; !code && n; k++) {
		if (read_piece(fd, data, &n))
			code = io_fault(dir, m->v[i].name, err);
		snprintf(name, sizeof name, "%zu:%u", i, k);
		if (!code && n)
			code = put_field(f, blob, name, data, n, err);
	}
	if (fd >= 0)
		close(fd);
	return code;
}

enum hl_code hl_fleet_send(struct hl_fleet *f, const char *dir, char blob[HL_SHA256_HEX], struct hl_err *err)
{
	struct manifest *m = hl_calloc(1, sizeof *m);
	struct hl_buf text = HL_BUF(MANIFEST_MAX);
	char *data = hl_alloc(PIECE);
	enum hl_code code = list_files(dir, m, err);
	for (size_t i = 0; !code && i < m->n; i++)
		code = hash_file(dir, &m->v[i], data, err);
	write_manifest(m, &text);
	name_of(&text, blob);
	if (!code && !is_there(f, blob)) {
		code = put_field(f, blob, "manifest", hl_buf_text(&text), text.len, err);
		for (size_t i = 0; !code && i < m->n; i++)
			code = send_file(f, blob, dir, m, i, data, err);
		if (!code)
			code = put_field(f, blob, "whole", "1", 1, err);
	}
	hl_buf_fini(&text);
	free(data);
	free(m);
	return code;
}

/* ---- fetching ---- */

static enum hl_code damaged(const char *blob, const char *what, struct hl_err *err)
{
	return hl_err_set(err, HL_E_INPUT, "what the fleet has as %.12s is damaged: %s", blob, what);
}

/* One line, NUL-ended. */
static bool parse_line(const char *line, struct file *f)
{
	char *at;
	f->size = strtoll(line, &at, 10);
	if (*at != ' ' || f->size < 0 || f->size > FILE_MAX || strlen(at) < HL_SHA256_HEX + 2 || at[HL_SHA256_HEX] != ' ')
		return false;
	hl_copy_n(f->hash, sizeof f->hash, at + 1, HL_SHA256_HEX - 1);
	const char *name = at + HL_SHA256_HEX + 1;
	return hl_text_is_name(name, strlen(name), NAME_MAX_BYTES - 1) && hl_copy(f->name, sizeof f->name, name);
}

static enum hl_code parse_manifest(const char *blob, char *text, struct manifest *m, struct hl_err *err)
{
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end || m->n == FILES_MAX)
			return damaged(blob, "its list of files", err);
		*end = 0;
		if (!parse_line(line, &m->v[m->n++]))
			return damaged(blob, "its list of files", err);
	}
	return HL_OK;
}

static enum hl_code fetch_manifest(struct hl_fleet *f, const char *blob, struct manifest *m, struct hl_err *err)
{
	struct redisReply *r = NULL;
	struct hl_buf text = HL_BUF(MANIFEST_MAX);
	char name[HL_SHA256_HEX];
	if (!is_there(f, blob))
		return hl_err_set(err, HL_E_NOTFOUND, "Redis %s no longer has %.12s, or can't be reached", f->q.name, blob);
	enum hl_code code = get_field(f, blob, "manifest", &r, err);
	if (code)
		return code;
	hl_buf_put(&text, r->str, (size_t)r->len);
	hl_redis_reply_free(&r);
	name_of(&text, name);
	if (strcmp(name, blob) != 0)
		code = damaged(blob, "its name is another", err);
	else
		code = parse_manifest(blob, text.data, m, err);
	hl_buf_fini(&text);
	return code;
}

static bool write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, data, n);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		data += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

/* Pieces into fd, hashed on the way. */
static enum hl_code fetch_pieces(struct hl_fleet *f, const char *blob, size_t i, const struct file *file, int fd, struct hl_err *err)
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	char name[48], hex[HL_SHA256_HEX];
	int64_t left = file->size;
	enum hl_code code = HL_OK;
	hl_sha256_init(&h);
	for (unsigned k = 0; !code && left; k++) {
		struct redisReply *r = NULL;
		snprintf(name, sizeof name, "%zu:%u", i, k);
		code = get_field(f, blob, name, &r, err);
		if (!code && (!r->len || (int64_t)r->len > left))
			code = damaged(blob, file->name, err);
		if (!code && !write_all(fd, r->str, (size_t)r->len))
			code = hl_err_set(err, HL_E_IO, "%s can't be written: %s", file->name, strerror(errno));
		if (!code) {
			hl_sha256_put(&h, r->str, (size_t)r->len);
			left -= (int64_t)r->len;
		}
		hl_redis_reply_free(&r);
	}
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, hex);
	return !code && strcmp(hex, file->hash) != 0 ? damaged(blob, file->name, err) : code;
}

enum hl_code hl_fleet_fetch(struct hl_fleet *f, const char *blob, const char *dir, struct hl_err *err)
{
	struct manifest *m = hl_calloc(1, sizeof *m);
	enum hl_code code = fetch_manifest(f, blob, m, err);
	for (size_t i = 0; !code && i < m->n; i++) {
		char path[2 * HL_PATH_MAX];
		snprintf(path, sizeof path, "%s/%s", dir, m->v[i].name);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
		code = fd < 0 ? io_fault(dir, m->v[i].name, err) : fetch_pieces(f, blob, i, &m->v[i], fd, err);
		if (fd >= 0)
			close(fd);
	}
	free(m);
	return code;
}
