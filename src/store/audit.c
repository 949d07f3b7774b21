/* audit.c: see audit.h. The way of a record: lock -> catch up with what others have appended -> cut off what a crash left, and note it -> a new file with a new
 * day -> write -> wait for the disk -> perhaps sign. Whatever fails leaves the chain as it was.
 */
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
#include "base/crash.h"
#include "base/file.h"
#include "store/audit_priv.h"

#define DAY_MS INT64_C(86400000)

static enum hl_code os_fault(const struct hl_audit *a, const char *doing, struct hl_err *err)
{
	return hl_err_set(err, HL_E_IO, "the audit can't be %s (%s): %s", doing, a->dir, strerror(errno));
}

enum hl_code hl_audit_lock(struct hl_audit *a, struct hl_err *err)
{
	pthread_mutex_lock(&a->lock);
	int rc;
	do
		rc = flock(a->lock_fd, LOCK_EX);
	while (rc && errno == EINTR);
	if (!rc)
		return HL_OK;
	pthread_mutex_unlock(&a->lock);
	return os_fault(a, "locked", err);
}

void hl_audit_unlock(struct hl_audit *a)
{
	flock(a->lock_fd, LOCK_UN);
	pthread_mutex_unlock(&a->lock);
}

static void let_go(struct hl_audit *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

static enum hl_code open_segment(struct hl_audit *a, unsigned segment, struct hl_err *err)
{
	char name[HL_AUDIT_NAME], path[HL_PATH_MAX];
	hl_audit_segment_name(segment, name);
	enum hl_code code = hl_path_join(path, sizeof path, a->dir, name, err);
	let_go(a);
	if (code)
		return code;
	a->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	a->segment = segment;
	return a->fd < 0 ? os_fault(a, "opened", err) : HL_OK;
}

/* Writes one line behind the others. Nothing of it is there where it fails. */
static enum hl_code write_line(struct hl_audit *a, const struct hl_buf *line, struct hl_err *err)
{
	size_t n = 0;
	bool fits = true;
	while (fits && n < line->len) {
		ssize_t wrote = pwrite(a->fd, line->data + n, line->len - n, a->end + (off_t)n);
		fits = wrote > 0 || (wrote < 0 && errno == EINTR);
		n += wrote > 0 ? (size_t)wrote : 0;
	}
	hl_crash_point("audit.written");
	fits = fits && fdatasync(a->fd) == 0;
	enum hl_code code = fits ? HL_OK : os_fault(a, "written", err);
	if (code) {
		if (!ftruncate(a->fd, a->end))
			fsync(a->fd);
		let_go(a); /* what is there is looked at afresh */
		return code;
	}
	hl_crash_point("audit.synced");
	a->end += (int64_t)line->len;
	return HL_OK;
}

static enum hl_code put(struct hl_audit *a, struct hl_audit_record *r, struct hl_err *err)
{
	struct hl_buf line = HL_BUF(HL_AUDIT_LINE_MAX);
	char hash[HL_SHA256_HEX];
	r->seq = a->seq + 1;
	r->chain = a->chain;
	enum hl_code code = hl_audit_put(r, a->hash, &line, hash) ? HL_OK : hl_err_set(err, HL_E_LIMIT, "a record of the audit has more than %d bytes", HL_AUDIT_LINE_MAX);
	if (!code)
		code = write_line(a, &line, err);
	if (!code) {
		a->seq = r->seq;
		hl_copy(a->hash, sizeof a->hash, hash);
		if (a->day < 0)
			a->day = r->time_ms / DAY_MS;
	}
	hl_buf_fini(&line);
	return code;
}

static enum hl_code next_segment(struct hl_audit *a, struct hl_err *err)
{
	unsigned next = a->segment + 1;
	enum hl_code code = open_segment(a, next, err);
	a->end = 0;
	a->day = -1;
	return code ? code : hl_file_sync_dir(a->dir, err);
}

/* What a crash has left is cut off; whole lines that don't fit are left where they are, for a person to see, and the chain goes on behind them in a new file. */
static enum hl_code mend(struct hl_audit *a, const struct hl_audit_tail *t, int64_t now_ms, struct hl_err *err)
{
	struct hl_audit_record note = { .time_ms = now_ms, .kind = HL_AUDIT_NOTE, .who = "hotlistd", .role = "keeper", .org = "local", .purpose = "keeping the audit",
					.op = t->damaged ? "damaged line" : "torn line", .object = t->torn_hash, .n = t->torn, .result = "ok" };
	enum hl_code code = HL_OK;
	if (t->torn && (ftruncate(a->fd, t->good) || fsync(a->fd)))
		return os_fault(a, "mended", err);
	hl_crash_point("audit.cut");
	if (t->damaged)
		code = next_segment(a, err);
	return code ? code : put(a, &note, err);
}

/* Finds the end of the chain, where others may have appended to it. */
static enum hl_code catch_up(struct hl_audit *a, int64_t now_ms, struct hl_err *err)
{
	struct hl_audit_tail t;
	struct stat st;
	char name[HL_AUDIT_NAME], next[HL_PATH_MAX];
	hl_audit_segment_name(a->segment + 1, name);
	if (a->fd >= 0 && !fstat(a->fd, &st) && st.st_size == a->end && st.st_nlink && !hl_path_join(next, sizeof next, a->dir, name, NULL) && access(next, F_OK))
		return HL_OK;
	enum hl_code code = hl_audit_tail_find(a->dir, a->chain, &t, err);
	if (!code)
		code = open_segment(a, t.segment, err);
	if (code)
		return code;
	a->seq = t.seq;
	a->end = t.good;
	a->day = t.first_ms == HL_NO_TIME ? -1 : t.first_ms / DAY_MS;
	hl_copy(a->hash, sizeof a->hash, t.hash);
	if (!t.torn && !t.damaged)
		return t.seq ? HL_OK : hl_file_sync_dir(a->dir, err);
	code = mend(a, &t, now_ms, err);
	if (code)
		let_go(a);
	return code;
}

static enum hl_code sign(struct hl_audit *a, int64_t now_ms, struct hl_buf *out, struct hl_err *err)
{
	struct hl_audit_mark m = { .seq = a->seq, .time_ms = now_ms };
	struct hl_buf line = HL_BUF(2 * HL_AUDIT_MARK_MAX);
	hl_copy(m.chain, sizeof m.chain, a->chain);
	hl_copy(m.hash, sizeof m.hash, a->hash);
	hl_key_name(a->key, m.key);
	hl_audit_mark_put(&m, a->seed, &line);
	enum hl_code code = hl_audit_mark_append(a->dir, "checkpoints", &line, err);
	if (!code) {
		a->signed_seq = a->seq;
		a->signed_ms = now_ms;
	}
	if (!code && out)
		hl_buf_put(out, line.data, line.len);
	hl_buf_fini(&line);
	hl_crash_point("audit.signed");
	return code;
}

static bool due(const struct hl_audit *a, int64_t now_ms)
{
	return a->seq - a->signed_seq >= HL_AUDIT_SIGN_RECORDS || (a->seq > a->signed_seq && (now_ms - a->signed_ms >= HL_AUDIT_SIGN_MS || now_ms < a->signed_ms));
}

static bool empty(const char *s)
{
	return !s || !*s;
}

enum hl_code hl_audit_append_locked(struct hl_audit *a, struct hl_audit_record *r, struct hl_err *err)
{
	if (empty(r->who) || empty(r->role) || empty(r->org) || empty(r->purpose) || empty(r->op) || (empty(r->result) && r->kind != HL_AUDIT_CHANGE))
		return hl_err_set(err, HL_E_INTERNAL, "a record of the audit needs who, role, organization, purpose, what and the result");
	enum hl_code code = catch_up(a, r->time_ms, err);
	if (!code && a->day >= 0 && (r->time_ms / DAY_MS > a->day || a->end >= HL_AUDIT_SEGMENT_MAX))
		code = next_segment(a, err);
	if (!code)
		code = put(a, r, err);
	if (!code && due(a, r->time_ms))
		sign(a, r->time_ms, NULL, NULL); /* a record that is there is no less so without a signature; the next one tries again */
	return code;
}

enum hl_code hl_audit_append(struct hl_audit *a, struct hl_audit_record *r, struct hl_err *err)
{
	enum hl_code code = hl_audit_lock(a, err);
	if (code)
		return code;
	code = hl_audit_append_locked(a, r, err);
	hl_audit_unlock(a);
	return code;
}

enum hl_code hl_audit_checkpoint(struct hl_audit *a, int64_t now_ms, bool fresh, struct hl_buf *out, struct hl_err *err)
{
	enum hl_code code = hl_audit_lock(a, err);
	if (code)
		return code;
	code = catch_up(a, now_ms, err);
	if (!code && (fresh || due(a, now_ms)))
		code = sign(a, now_ms, out, err);
	hl_audit_unlock(a);
	return code;
}

void hl_audit_public_key(struct hl_audit *a, char dst[48])
{
	hl_base64(a->key, sizeof a->key, dst, 48);
}

/* ---- opening ---- */

/* The end of the chain before, for the first record of the new one. */
static void name_end(const struct hl_audit *a, const char *old, struct hl_buf *out)
{
	char dir[HL_PATH_MAX];
	struct hl_audit_tail t;
	if (old[0] && !hl_path_join(dir, sizeof dir, a->audit, old, NULL) && !hl_audit_tail_find(dir, old, &t, NULL) && t.seq)
		hl_buf_printf(out, "goes on from chain=%s seq=%" PRId64 " hash=%s", old, t.seq, t.hash);
	else
		hl_buf_puts(out, old[0] ? "goes on from a chain that can't be read: " : "the first chain of this folder");
	if (old[0] && !strstr(hl_buf_text(out), old))
		hl_buf_puts(out, old);
}

/* The newest of the chains that are there, where `writer` names none: those of the folder that a backup was restored from. */
static void find_older(const struct hl_audit *a, char old[HL_AUDIT_CHAIN])
{
	struct hl_strings all;
	int64_t newest = INT64_MIN;
	if (old[0] || hl_audit_chains(a->audit, &all, NULL))
		return;
	for (size_t i = 0; i < all.n; i++) {
		char dir[HL_PATH_MAX];
		struct hl_audit_tail t;
		if (!hl_path_join(dir, sizeof dir, a->audit, all.v[i], NULL) && !hl_audit_tail_find(dir, all.v[i], &t, NULL) && t.seq && t.time_ms > newest) {
			newest = t.time_ms;
			hl_copy(old, HL_AUDIT_CHAIN, all.v[i]);
		}
	}
	hl_strings_wipe(&all);
}

static enum hl_code begin_chain(struct hl_audit *a, const char *old, int64_t now_ms, struct hl_err *err)
{
	unsigned char id[(HL_AUDIT_CHAIN - 1) / 2];
	char key[HL_KEY_NAME], text[64], path[HL_PATH_MAX];
	struct hl_buf from = HL_BUF(256);
	hl_random(id, sizeof id);
	hl_hex(id, sizeof id, a->chain);
	hl_key_name(a->key, key);
	hl_audit_public_key(a, text);
	hl_copy(text + strlen(text), 2, "\n");
	name_end(a, old, &from);
	struct hl_audit_record r = { .time_ms = now_ms, .kind = HL_AUDIT_BEGIN, .who = "hotlistd", .role = "keeper", .org = "local", .purpose = "keeping the audit",
				     .op = "chain", .object = key, .result = "ok", .details = hl_buf_text(&from) };
	enum hl_code code = hl_path_join(a->dir, sizeof a->dir, a->audit, a->chain, err);
	if (!code)
		code = hl_file_make_dirs(a->dir, 0700, err);
	if (!code)
		code = hl_path_join(path, sizeof path, a->dir, "key.pub", err);
	if (!code)
		code = hl_file_write_atomic(path, text, strlen(text), 0644, err);
	if (!code)
		code = hl_audit_append_locked(a, &r, err);
	hl_crash_point("audit.begun");
	if (!code)
		code = hl_path_join(path, sizeof path, a->audit, "writer", err);
	hl_buf_clear(&from);
	hl_buf_printf(&from, "%s\n", a->chain);
	if (!code)
		code = hl_file_write_atomic(path, from.data, from.len, 0600, err);
	hl_buf_fini(&from);
	return code;
}

/* Under the lock: another process may just have begun it. */
static enum hl_code find_chain(struct hl_audit *a, int64_t now_ms, struct hl_err *err)
{
	unsigned char key[HL_ED25519_KEY];
	bool made;
	enum hl_code code = hl_audit_key(a->audit, a->seed, &made, err);
	if (code)
		return code;
	hl_ed25519_public(a->seed, a->key);
	code = hl_audit_writer(a->audit, a->chain, err);
	if (!code && a->chain[0])
		code = hl_path_join(a->dir, sizeof a->dir, a->audit, a->chain, err);
	if (!code && a->chain[0] && !made && !hl_audit_chain_key(a->dir, key, NULL) && !memcmp(key, a->key, sizeof key))
		return catch_up(a, now_ms, err);
	char old[HL_AUDIT_CHAIN];
	hl_copy(old, sizeof old, a->chain);
	find_older(a, old);
	return code ? code : begin_chain(a, old, now_ms, err);
}

/* When it was signed last, so that a start signs nothing anew. */
static void find_signed(struct hl_audit *a)
{
	char path[HL_PATH_MAX], last[HL_AUDIT_MARK_MAX + 1];
	struct hl_audit_mark m;
	bool fits;
	if (hl_path_join(path, sizeof path, a->dir, "checkpoints", NULL))
		return;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	off_t from = size > HL_AUDIT_MARK_MAX ? size - HL_AUDIT_MARK_MAX : 0;
	ssize_t n = size > 0 ? pread(fd, last, HL_AUDIT_MARK_MAX, from) : 0;
	if (fd >= 0)
		close(fd);
	last[n > 0 ? n : 0] = 0;
	char *end = strrchr(last, '\n');
	if (!end)
		return;
	*end = 0;
	char *at = strrchr(last, '\n');
	at = at ? at + 1 : last;
	if (hl_audit_mark_take(at, strlen(at), a->key, &m, &fits) && fits && m.seq <= a->seq) {
		a->signed_seq = m.seq;
		a->signed_ms = m.time_ms;
	}
}

enum hl_code hl_audit_open(struct hl_audit **out, const char *state, int64_t now_ms, struct hl_err *err)
{
	struct hl_audit *a = hl_calloc(1, sizeof *a);
	char path[HL_PATH_MAX];
	*out = NULL;
	a->lock_fd = a->fd = -1;
	a->signed_ms = now_ms;
	pthread_mutex_init(&a->lock, NULL);
	enum hl_code code = hl_path_join(a->audit, sizeof a->audit, state, "audit", err);
	if (!code)
		code = hl_file_make_dirs(a->audit, 0700, err);
	if (!code)
		code = hl_path_join(path, sizeof path, a->audit, "lock", err);
	if (!code && (a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		code = os_fault(a, "locked", err);
	if (!code)
		code = hl_audit_lock(a, err);
	if (!code) {
		code = find_chain(a, now_ms, err);
		if (!code)
			find_signed(a);
		hl_audit_unlock(a);
	}
	if (code)
		hl_audit_close(&a);
	else
		*out = a;
	return code;
}

void hl_audit_close(struct hl_audit **ap)
{
	struct hl_audit *a = *ap;
	if (!a)
		return;
	let_go(a);
	if (a->lock_fd >= 0)
		close(a->lock_fd);
	hl_wipe(a->seed, sizeof a->seed);
	pthread_mutex_destroy(&a->lock);
	free(a);
	*ap = NULL;
}
