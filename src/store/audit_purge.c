/* audit_purge.c: what is too old goes: details are cut from their lines, whose chained part stays; days of records are removed, and the first one left hangs on a
 * signed root. What is to go is recorded first, so that a crash in between leaves nothing gone without a word. Any thread, one at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "store/audit_priv.h"

/* What one file holds. */
struct extent {
	int64_t first_seq, last_seq, last_ms, details;
	char last_hash[HL_SHA256_HEX];
	bool whole; /* all its lines fit: another is left alone, it is evidence */
};

static void look_at(const struct hl_buf *b, struct extent *x)
{
	*x = (struct extent){ .last_ms = INT64_MIN, .whole = true };
	for (size_t at = 0; at < b->len && x->whole;) {
		const char *end = memchr(b->data + at, '\n', b->len - at);
		size_t n = end ? (size_t)(end - b->data) - at : 0;
		char *copy = hl_strndup(b->data + at, n);
		struct hl_audit_line l;
		x->whole = end && hl_audit_take(copy, n, &l, NULL) == HL_OK && l.fits && l.details_fit;
		if (x->whole) {
			x->first_seq = x->first_seq ? x->first_seq : l.r.seq;
			x->last_seq = l.r.seq;
			x->last_ms = l.r.time_ms > x->last_ms ? l.r.time_ms : x->last_ms;
			x->details += l.r.details != NULL;
			hl_copy(x->last_hash, sizeof x->last_hash, l.hash);
		}
		free(copy);
		at += n + 1;
	}
	x->whole = x->whole && x->last_seq;
}

static enum hl_code note(struct hl_audit *a, const char *what, int64_t upto, int64_t n, int64_t now_ms, struct hl_err *err)
{
	struct hl_audit_record r = { .time_ms = now_ms, .kind = HL_AUDIT_PURGE, .who = "hotlistd", .role = "keeper", .org = "local", .purpose = "retention",
				     .op = what, .of = upto, .n = n, .result = "ok" };
	enum hl_code code = hl_audit_append(a, &r, err);
	hl_crash_point("audit.purge_noted");
	return code;
}

/* The file again, without what stands behind the chained part of each line. */
static enum hl_code cut_details(struct hl_audit *a, unsigned segment, const struct hl_buf *b, struct hl_err *err)
{
	char name[HL_AUDIT_NAME], path[HL_PATH_MAX];
	struct hl_buf out = HL_BUF(b->len + 1);
	for (size_t at = 0; at < b->len;) {
		size_t n = (size_t)((const char *)memchr(b->data + at, '\n', b->len - at) - (b->data + at));
		hl_buf_put(&out, b->data + at, hl_audit_chained(b->data + at, n));
		hl_buf_putc(&out, '\n');
		at += n + 1;
	}
	hl_audit_segment_name(segment, name);
	enum hl_code code = hl_path_join(path, sizeof path, a->dir, name, err);
	if (!code)
		code = hl_file_write_atomic(path, out.data, out.len, 0600, err);
	hl_buf_fini(&out);
	return code;
}

/* The root first: a crash in between leaves the file, which fits it. */
static enum hl_code remove_segment(struct hl_audit *a, unsigned segment, const struct extent *x, int64_t now_ms, struct hl_err *err)
{
	char name[HL_AUDIT_NAME], path[HL_PATH_MAX];
	struct hl_audit_mark m = { .root = true, .seq = x->last_seq, .time_ms = now_ms };
	struct hl_buf line = HL_BUF(2 * HL_AUDIT_MARK_MAX);
	hl_copy(m.chain, sizeof m.chain, a->chain);
	hl_copy(m.hash, sizeof m.hash, x->last_hash);
	hl_key_name(a->key, m.key);
	hl_audit_mark_put(&m, a->seed, &line);
	enum hl_code code = hl_audit_mark_append(a->dir, "roots", &line, err);
	hl_buf_fini(&line);
	hl_crash_point("audit.rooted");
	hl_audit_segment_name(segment, name);
	if (!code)
		code = hl_path_join(path, sizeof path, a->dir, name, err);
	if (!code && unlink(path))
		code = hl_err_set(err, HL_E_IO, "can't remove %s: %s", path, strerror(errno));
	return code ? code : hl_file_sync_dir(a->dir, err);
}

/* Whether all of a file is older; the newest is never touched, and a file that does not fit neither. */
static enum hl_code purge_one(struct hl_audit *a, unsigned segment, const int64_t before_ms[2], int64_t now_ms, struct hl_audit_purged *out, bool *more, struct hl_err *err)
{
	struct hl_buf b;
	struct extent x;
	enum hl_code code = hl_audit_segment_read(a->dir, segment, &b, err);
	if (!code)
		look_at(&b, &x);
	*more = !code && x.whole && (x.last_ms < before_ms[0] || x.last_ms < before_ms[1]);
	if (*more && x.last_ms < before_ms[1]) {
		code = note(a, "records", x.last_seq, x.last_seq - x.first_seq + 1, now_ms, err);
		if (!code)
			code = remove_segment(a, segment, &x, now_ms, err);
		out->records += code ? 0 : x.last_seq - x.first_seq + 1;
	} else if (*more && x.details) {
		code = note(a, "details", x.last_seq, x.details, now_ms, err);
		if (!code)
			code = cut_details(a, segment, &b, err);
		out->details += code ? 0 : x.details;
	}
	hl_buf_fini(&b);
	return code;
}

enum hl_code hl_audit_purge(struct hl_audit *a, int64_t details_before_ms, int64_t records_before_ms, int64_t now_ms, struct hl_audit_purged *out, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	unsigned *v = NULL;
	size_t n = 0;
	const int64_t before_ms[2] = { details_before_ms, records_before_ms };
	*out = (struct hl_audit_purged){ .records = 0 };
	enum hl_code code = hl_path_join(path, sizeof path, a->audit, "purge.lock", err);
	int fd = code ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (!code && (fd < 0 || flock(fd, LOCK_EX)))
		code = hl_err_set(err, HL_E_IO, "can't lock %s: %s", path, strerror(errno));
	if (!code)
		code = hl_audit_segments(a->dir, &v, &n, err);
	bool more = true;
	for (size_t i = 0; !code && more && i + 1 < n; i++)
		code = purge_one(a, v[i], before_ms, now_ms, out, &more, err);
	if (fd >= 0)
		close(fd);
	free(v);
	return code;
}
