/* hand_write.c: changes of a hand layer, see hand.h: lines appended to the journal and synced, and lines of no more use moved to the history. Run by the
 * holder of the state lock, on any of its threads; hand.lock lets one write at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/hand_priv.h"

enum { TIDY_BYTES = 64 << 10 /* a journal below is left as it is */, TRIES = 20 /* where other nodes write, too */ };

struct pen {
	char dir[HL_PATH_MAX], path[HL_PATH_MAX], history[HL_PATH_MAX];
	int lock;
	struct hl_buf was;    /* the journal's bytes */
	size_t good;          /* of them, in whole lines */
	struct hl_hand *hand; /* what they say */
	struct hl_buf lines;  /* what is to be appended */
};

static enum hl_code take_lock(struct pen *p, const char *state, const char *list, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	enum hl_code code = hl_hand_path(path, state, list, "hand.lock", err);
	return code ? code : hl_file_lock_wait(path, &p->lock, err);
}

/* Locks the layer and reads it as it is now. */
static enum hl_code pen_open(struct pen *p, const char *state, const char *list, struct hl_err *err)
{
	struct hl_err why;
	*p = (struct pen){ .lock = -1, .was = HL_BUF(HL_HAND_BYTES_MAX), .lines = HL_BUF(HL_HAND_BYTES_MAX) };
	enum hl_code code = hl_hand_path(p->dir, state, list, NULL, err);
	if (!code)
		code = hl_hand_path(p->path, state, list, "hand.journal", err);
	if (!code)
		code = hl_hand_path(p->history, state, list, "hand.history", err);
	if (!code)
		code = hl_file_make_dirs(p->dir, 0750, err);
	if (!code)
		code = take_lock(p, state, list, err);
	if (!code)
		code = hl_hand_read(p->path, &p->was, err);
	if (!code)
		code = hl_hand_good(hl_buf_text(&p->was), p->was.len, p->path, &p->good, err);
	if (code)
		return code;
	code = hl_hand_build(&p->hand, list, hl_strndup(hl_buf_text(&p->was), p->good), p->good, &why);
	return code ? hl_err_set(err, code, "%s: %s", p->path, why.text) : HL_OK;
}

static void pen_close(struct pen *p)
{
	hl_hand_close(&p->hand);
	hl_buf_fini(&p->was);
	hl_buf_fini(&p->lines);
	if (p->lock >= 0)
		close(p->lock);
}

/* Appends lines to a file behind its first `good` bytes (or, where `good` is none, at its end), and syncs it. What can't be written whole is taken back. */
static enum hl_code append(const char *path, off_t good, const struct hl_buf *lines, struct hl_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	off_t at = fd < 0 ? -1 : good >= 0 ? good : lseek(fd, 0, SEEK_END);
	bool fits = at >= 0 && ftruncate(fd, at) == 0 && lseek(fd, at, SEEK_SET) == at;
	for (size_t n = 0; fits && n < lines->len;) {
		ssize_t wrote = write(fd, lines->data + n, lines->len - n);
		fits = wrote > 0 || (wrote < 0 && errno == EINTR);
		n += wrote > 0 ? (size_t)wrote : 0;
		hl_crash_point("hand.written");
	}
	fits = fits && fsync(fd) == 0;
	enum hl_code code = fits ? HL_OK : hl_err_set(err, HL_E_IO, "can't write %s: %s", path, strerror(errno));
	if (code && at >= 0 && ftruncate(fd, at) == 0)
		fsync(fd);
	if (fd >= 0)
		close(fd);
	return code;
}

static enum hl_code put_lines(struct pen *p, const struct hl_hand_change *c, size_t n, struct hl_err *err)
{
	size_t used = p->hand->listed + p->hand->waiting + p->hand->masked, room = used < HL_HAND_MAX ? HL_HAND_MAX - used : 0;
	for (size_t i = 0; i < n; i++) {
		struct hl_hand_record r = { .op = (int)c[i].op, .seq = p->hand->last.seq + 1 + (int64_t)i, .time_ms = c[i].time_ms, .by = c[i].by, .why = c[i].why,
					    .version = c[i].version, .mask = c[i].mask, .waits = c[i].waits, .id = c[i].entry->id, .revision = c[i].entry->revision,
					    .o0 = c[i].entry->pattern.flags & HL_PAT_O0 };
		if ((r.op == HL_HAND_ADD || r.mask) && !room--)
			return hl_err_set(err, HL_E_LIMIT, "list '%s' has %d entries and withdrawals by hand: more belong into an upload", p->hand->list, HL_HAND_MAX);
		memcpy(r.f, c[i].entry->f, sizeof r.f);
		if (!hl_hand_put(&r, &p->lines) || p->good + p->lines.len > HL_HAND_BYTES_MAX)
			return hl_err_set(err, HL_E_LIMIT, "an entry of more than %d bytes can't be kept", HL_HAND_LINE_MAX);
	}
	return HL_OK;
}

static bool long_ago(const struct hl_hand_act *a, int64_t now_ms)
{
	return a->seq && a->time_ms < now_ms - HL_HAND_KEEP_MS;
}

/* The first change of an id that still says anything; past the last one where none does. */
static int64_t first_needed(const struct hl_hand *h, const char *id, int64_t now_ms)
{
	const struct hl_hand_entry *e = hl_hand_find(h, id);
	const struct hl_hand_mask *m = hl_hand_find_mask(h, id);
	if (e && (long_ago(&e->ended, now_ms) || hl_entry_when(&e->e, now_ms - HL_HAND_KEEP_MS) == HL_WHEN_OVER))
		e = NULL;
	if (m && long_ago(&m->ended, now_ms))
		m = NULL;
	int64_t first = INT64_MAX;
	if (e)
		first = e->added.seq;
	if (m && m->made.seq < first)
		first = m->made.seq;
	return first;
}

/* Sorts the journal's lines into those that are needed and those that are not. */
static enum hl_code sort_lines(const struct pen *p, int64_t now_ms, struct hl_buf *keep, struct hl_buf *drop, size_t *dropped, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	const char *at = hl_buf_text(&p->was), *all = at + p->good;
	for (*dropped = 0; at < all && !code;) {
		size_t n = (size_t)((const char *)memchr(at, '\n', (size_t)(all - at)) - at);
		char *line = hl_strndup(at, n);
		struct hl_hand_record r;
		code = hl_hand_parse(line, &r, err);
		bool base = r.op == HL_HAND_BASE, needed = !code && !base && r.seq >= first_needed(p->hand, r.id, now_ms);
		if (needed)
			hl_buf_put(keep, at, n + 1);
		else if (!base)
			hl_buf_put(drop, at, n + 1);
		*dropped += !needed && !base;
		free(line);
		at += n + 1;
	}
	return code;
}

/* What is of no more use goes to the history first; a crash in between leaves it in both, with the same numbers. */
static enum hl_code tidy(struct pen *p, int64_t now_ms, size_t *moved, struct hl_err *err)
{
	struct hl_buf keep = HL_BUF(2 * HL_HAND_BYTES_MAX), drop = HL_BUF(2 * HL_HAND_BYTES_MAX);
	const struct hl_hand_act *last = &p->hand->last;
	struct hl_hand_record base = { .op = HL_HAND_BASE, .seq = last->seq, .time_ms = last->time_ms, .by = last->by };
	size_t dropped = 0;
	enum hl_code code = sort_lines(p, now_ms, &keep, &drop, &dropped, err);
	hl_hand_put(&base, &keep); /* behind what is kept: no number may be given twice */
	if (!code && dropped && drop.len >= p->good / 2) {
		code = append(p->history, -1, &drop, err);
		hl_crash_point("hand.history");
		if (!code)
			code = hl_file_write_atomic(p->path, keep.data, keep.len, 0640, err);
		*moved = code ? 0 : dropped;
	}
	if (*moved) {
		hl_buf_clear(&p->was);
		hl_buf_put(&p->was, keep.data, keep.len);
		p->good = p->was.len;
	}
	hl_buf_fini(&keep);
	hl_buf_fini(&drop);
	return code;
}

/* f NULL: nobody else has this layer. HL_E_CONFLICT: another node was quicker. */
static enum hl_code write_once(struct hl_fleet *f, const char *state, const char *list, const struct hl_hand_change *c, size_t n, struct hl_hand_written *w, struct hl_err *err)
{
	struct pen p;
	*w = (struct hl_hand_written){ .torn = 0 };
	enum hl_code code = pen_open(&p, state, list, err);
	if (!code && n) {
		bool made = !p.was.len;
		w->torn = p.was.len - p.good;
		if (p.good > TIDY_BYTES)
			code = tidy(&p, c[0].time_ms, &w->moved, err);
		if (!code)
			code = put_lines(&p, c, n, err);
		if (!code && f)
			code = hl_fleet_hand_put(f, list, p.hand->last.seq, p.hand->last.seq + (int64_t)n, &p.lines, err);
		hl_crash_point("hand.told");
		if (!code)
			code = append(p.path, (off_t)p.good, &p.lines, err);
		if (!code && made)
			code = hl_file_sync_dir(p.dir, err);
		hl_crash_point("hand.synced");
	}
	if (!code)
		snprintf(w->version, sizeof w->version, "hand-%06" PRId64, p.hand->last.seq + (int64_t)n);
	pen_close(&p);
	return code;
}

enum hl_code hl_hand_write(const char *state, const char *list, const struct hl_hand_change *c, size_t n, struct hl_hand_written *out, struct hl_err *err)
{
	struct hl_hand_written room;
	return write_once(NULL, state, list, c, n, out ? out : &room, err);
}

enum hl_code hl_hand_write_for(const char *fleet, const char *state, const char *list, const struct hl_hand_change *c, size_t n, struct hl_hand_written *out,
			       struct hl_err *err)
{
	struct hl_hand_written room;
	struct hl_fleet *f;
	struct hl_err why;
	bool some;
	if (!hl_fleet_shared(fleet))
		return hl_hand_write(state, list, c, n, out, err);
	enum hl_code code = hl_fleet_open(&f, fleet, state, &why);
	if (code)
		return hl_err_set(err, code, "the other nodes can't be told, so nothing is changed: %s", why.text);
	code = HL_E_CONFLICT;
	for (int i = 0; code == HL_E_CONFLICT && i < TRIES; i++) {
		code = hl_hand_level(f, state, list, &some, err);
		if (!code)
			code = write_once(f, state, list, c, n, out ? out : &room, err);
	}
	hl_fleet_close(&f);
	return code;
}

/* ---- the fleet's lines ---- */

/* Behind ours come theirs: whole lines with higher numbers. last: the number of the last one that there was, which may be gone: no number may be given twice. */
static enum hl_code take_lines(struct pen *p, struct hl_buf *theirs, int64_t last, struct hl_err *err)
{
	int64_t seq = p->hand->last.seq;
	for (char *at = theirs->data, *end; at && *at; at = end + 1) {
		end = strchr(at, '\n');
		const char *number = end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
		int64_t next = number ? strtoll(number, NULL, 10) : 0;
		if (!number || !hl_hand_whole(at, (size_t)(end - at)) || next <= seq)
			return hl_err_set(err, HL_E_INPUT, "the fleet's layer by hand of list '%s' is damaged behind change %" PRId64, p->hand->list, seq);
		seq = next;
	}
	struct hl_hand_record base = { .op = HL_HAND_BASE, .seq = last, .time_ms = p->hand->last.time_ms == HL_NO_TIME ? 0 : p->hand->last.time_ms, .by = "fleet" };
	if (seq < last && !hl_hand_put(&base, theirs))
		return hl_err_set(err, HL_E_LIMIT, "list '%s' has more by hand than can be kept", p->hand->list);
	return p->good + theirs->len > HL_HAND_BYTES_MAX ? hl_err_set(err, HL_E_LIMIT, "list '%s' has more by hand than can be kept", p->hand->list) :
							   append(p->path, (off_t)p->good, theirs, err);
}

/* Our lines after number `after`, but for those that only say where the numbers are. */
static enum hl_code own_lines(const struct pen *p, int64_t after, struct hl_buf *out, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	const char *at = hl_buf_text(&p->was), *all = at + p->good;
	while (at < all && !code) {
		size_t n = (size_t)((const char *)memchr(at, '\n', (size_t)(all - at)) - at);
		char *line = hl_strndup(at, n);
		struct hl_hand_record r;
		code = hl_hand_parse(line, &r, err);
		if (!code && r.op != HL_HAND_BASE && r.seq > after)
			hl_buf_put(out, at, n + 1);
		free(line);
		at += n + 1;
	}
	return code;
}

enum hl_code hl_hand_level(struct hl_fleet *f, const char *state, const char *list, bool *changed, struct hl_err *err)
{
	struct pen p;
	struct hl_buf lines = HL_BUF(2 * HL_HAND_BYTES_MAX);
	int64_t last = 0;
	*changed = false;
	enum hl_code code = pen_open(&p, state, list, err);
	int64_t own = code ? 0 : p.hand->last.seq;
	if (!code)
		code = hl_fleet_hand_get(f, list, own, &lines, &last, err);
	if (!code && last > own) {
		bool made = !p.was.len;
		code = take_lines(&p, &lines, last, err);
		if (!code && made)
			code = hl_file_sync_dir(p.dir, err);
		*changed = !code;
	} else if (!code && last < own) {
		code = own_lines(&p, last, &lines, err);
		if (!code)
			code = hl_fleet_hand_put(f, list, last, own, &lines, err);
	}
	hl_buf_fini(&lines);
	pen_close(&p);
	return code;
}

enum hl_code hl_hand_set_aside(const char *state, const char *list, int64_t now_ms, struct hl_err *err)
{
	char path[HL_PATH_MAX], aside[HL_PATH_MAX + 32];
	enum hl_code code = hl_hand_path(path, state, list, "hand.journal", err);
	if (code)
		return code;
	snprintf(aside, sizeof aside, "%s.alone-%" PRId64, path, now_ms);
	if (rename(path, aside) && errno != ENOENT)
		return hl_err_set(err, HL_E_IO, "can't rename %s: %s", path, strerror(errno));
	return HL_OK;
}
