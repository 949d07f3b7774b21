/* audit_files.c: the files of the audit: STATE/audit/CHAIN/000001.chain and so on, and where the last of them ends. Any thread; what changes something is done
 * under the lock of audit.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/audit_priv.h"

enum { SEGMENTS_MAX = 200000, CHAINS_MAX = 1000, PIECE = 64 << 10, SEGMENT_READ_MAX = HL_AUDIT_SEGMENT_MAX + 2 * HL_AUDIT_LINE_MAX };

void hl_audit_segment_name(unsigned segment, char dst[HL_AUDIT_NAME])
{
	snprintf(dst, HL_AUDIT_NAME, "%06u.chain", segment);
}

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	return (x > y) - (x < y);
}

/* The number in a segment's name; 0: it is none. */
static unsigned number_of(const char *name)
{
	char *end, again[HL_AUDIT_NAME];
	unsigned long n = strtoul(name, &end, 10);
	if (n < 1 || n > SEGMENTS_MAX)
		return 0;
	hl_audit_segment_name((unsigned)n, again);
	return strcmp(again, name) ? 0 : (unsigned)n;
}

enum hl_code hl_audit_segments(const char *dir, unsigned **v, size_t *n, struct hl_err *err)
{
	DIR *d = opendir(dir);
	*v = NULL;
	*n = 0;
	if (!d)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "can't open folder %s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));) {
		unsigned number = number_of(e->d_name);
		if (!number)
			continue;
		*v = hl_realloc(*v, *n + 1, sizeof **v);
		(*v)[(*n)++] = number;
	}
	closedir(d);
	if (*n)
		qsort(*v, *n, sizeof **v, by_number);
	return HL_OK;
}

static bool is_chain(const char *name)
{
	return strlen(name) == HL_AUDIT_CHAIN - 1 && strspn(name, "0123456789abcdef") == HL_AUDIT_CHAIN - 1;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum hl_code hl_audit_chains(const char *audit, struct hl_strings *out, struct hl_err *err)
{
	DIR *d = opendir(audit);
	*out = (struct hl_strings){ .n = 0 };
	if (!d)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "can't open folder %s: %s", audit, strerror(errno));
	for (struct dirent *e; (e = readdir(d)) && out->n < CHAINS_MAX;)
		if (is_chain(e->d_name)) {
			out->v = hl_realloc(out->v, out->n + 1, sizeof *out->v);
			out->v[out->n++] = hl_strdup(e->d_name);
		}
	closedir(d);
	if (out->n)
		qsort(out->v, out->n, sizeof *out->v, by_text);
	return HL_OK;
}

enum hl_code hl_audit_segment_read(const char *dir, unsigned segment, struct hl_buf *out, struct hl_err *err)
{
	char name[HL_AUDIT_NAME], path[HL_PATH_MAX];
	hl_audit_segment_name(segment, name);
	*out = HL_BUF(SEGMENT_READ_MAX);
	enum hl_code code = hl_path_join(path, sizeof path, dir, name, err);
	return code ? code : hl_file_read(path, out, err);
}

enum hl_code hl_audit_writer(const char *audit, char chain[HL_AUDIT_CHAIN], struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(64);
	enum hl_code code = hl_path_join(path, sizeof path, audit, "writer", err);
	if (!code)
		code = hl_file_read(path, &text, err);
	chain[0] = 0;
	if (code == HL_E_NOTFOUND) {
		code = HL_OK;
	} else if (!code) {
		hl_copy_n(chain, HL_AUDIT_CHAIN, hl_buf_text(&text), strcspn(hl_buf_text(&text), "\n"));
		if (!is_chain(chain))
			code = hl_err_set(err, HL_E_INPUT, "%s names no chain: move it away, and a new chain is begun", path);
	}
	hl_buf_fini(&text);
	return code;
}

enum hl_code hl_audit_chain_key(const char *dir, unsigned char key[HL_ED25519_KEY], struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(1024);
	enum hl_code code = hl_path_join(path, sizeof path, dir, "key.pub", err);
	if (!code)
		code = hl_file_read(path, &text, err);
	if (!code && !hl_ed25519_key_parse(hl_buf_text(&text), text.len, key))
		code = hl_err_set(err, HL_E_INPUT, "%s is no public key", path);
	hl_buf_fini(&text);
	return code;
}

/* ---- the end of a chain ---- */

/* Takes a copy of the line apart. True where it fits and is of this chain. */
static bool good_line(const char *at, size_t n, const char *chain, struct hl_audit_tail *t, int64_t *time_ms)
{
	struct hl_audit_line l;
	char *copy = hl_strndup(at, n);
	bool good = n < HL_AUDIT_LINE_MAX && hl_audit_take(copy, n, &l, NULL) == HL_OK && l.fits && !strcmp(l.r.chain, chain);
	if (good && t) {
		t->seq = l.r.seq;
		t->time_ms = l.r.time_ms;
		hl_copy(t->hash, sizeof t->hash, l.hash);
	}
	if (good && time_ms)
		*time_ms = l.r.time_ms;
	free(copy);
	return good;
}

/* Looks for the last good line in the bytes that begin at `from` of the file. True: found; everything behind it is torn or damaged. */
static bool last_good(const struct hl_buf *b, int64_t from, const char *chain, struct hl_audit_tail *t)
{
	const char *text = hl_buf_text(b);
	size_t end = b->len;
	while (end && text[end - 1] != '\n')
		end--;
	size_t whole = end; /* behind it is what has no end */
	for (; end; ) {
		size_t begin = end - 1;
		while (begin && text[begin - 1] != '\n')
			begin--;
		if ((begin || !from) && good_line(text + begin, end - 1 - begin, chain, t, NULL)) {
			t->damaged = end < whole;
			t->good = from + (int64_t)(t->damaged ? whole : end);
			return true;
		}
		end = begin;
	}
	t->damaged = whole > 0;
	t->good = from + (int64_t)whole;
	return false;
}

static enum hl_code read_end(int fd, int64_t from, struct hl_buf *b, struct hl_err *err)
{
	*b = HL_BUF(SEGMENT_READ_MAX);
	if (lseek(fd, from, SEEK_SET) < 0)
		return hl_err_set(err, HL_E_IO, "%s", strerror(errno));
	return hl_file_read_fd(fd, "the audit", b, err);
}

/* Looks through one file from its end. *found: a good line is there. */
static enum hl_code look_in(int fd, const char *chain, struct hl_audit_tail *t, bool *found, struct hl_err *err)
{
	struct stat st;
	enum hl_code code = fstat(fd, &st) ? hl_err_set(err, HL_E_IO, "%s", strerror(errno)) : HL_OK;
	*found = false;
	for (int64_t want = PIECE; !code && !*found; want *= 4) {
		struct hl_buf b;
		int64_t from = st.st_size > want ? st.st_size - want : 0;
		code = read_end(fd, from, &b, err);
		*found = !code && last_good(&b, from, chain, t);
		t->torn = st.st_size - t->good;
		if (!code && t->torn > 0 && (uint64_t)t->torn <= b.len)
			hl_audit_sha(b.data + b.len - (size_t)t->torn, (size_t)t->torn, t->torn_hash);
		hl_buf_fini(&b);
		if (!from)
			break;
	}
	return code;
}

static void first_time(int fd, const char *chain, struct hl_audit_tail *t)
{
	struct hl_buf b = HL_BUF(HL_AUDIT_LINE_MAX);
	t->first_ms = HL_NO_TIME;
	if (lseek(fd, 0, SEEK_SET) || hl_file_read_fd(fd, "the audit", &b, NULL) == HL_E_IO) /* more than a line's length need not fit */
		b.len = 0;
	const char *end = b.len ? memchr(b.data, '\n', b.len) : NULL;
	if (end)
		good_line(b.data, (size_t)(end - b.data), chain, NULL, &t->first_ms);
	hl_buf_fini(&b);
}

enum hl_code hl_audit_tail_find(const char *dir, const char *chain, struct hl_audit_tail *t, struct hl_err *err)
{
	unsigned *v;
	size_t n;
	bool found = false;
	*t = (struct hl_audit_tail){ .first_ms = HL_NO_TIME };
	hl_audit_genesis(chain, t->hash);
	enum hl_code code = hl_audit_segments(dir, &v, &n, err);
	if (!code && !n)
		t->segment = 1;
	for (size_t i = n; !code && !found && i-- > 0;) {
		struct hl_audit_tail here = { .segment = v[i], .first_ms = HL_NO_TIME };
		char name[HL_AUDIT_NAME], path[HL_PATH_MAX];
		hl_audit_segment_name(v[i], name);
		code = hl_path_join(path, sizeof path, dir, name, err);
		int fd = code ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (!code && fd < 0)
			code = hl_err_set(err, HL_E_IO, "can't open %s: %s", path, strerror(errno));
		if (!code)
			code = look_in(fd, chain, &here, &found, err);
		if (!code && i == n - 1) {
			first_time(fd, chain, &here);
			*t = here;
		} else if (!code && found) { /* the newest file has no whole record: what it goes on from stands before it */
			t->seq = here.seq;
			t->time_ms = here.time_ms;
			hl_copy(t->hash, sizeof t->hash, here.hash);
		}
		if (fd >= 0)
			close(fd);
	}
	if (!code && !found)
		hl_audit_genesis(chain, t->hash);
	free(v);
	return code;
}
