/* audit_walk.c: the check of every chain of a folder, record by record: changed, removed, inserted, swapped, of another chain, cut off before a signed place. What it
 * finds is told with its place, and the check goes on behind it, so that one fault does not hide the next. Any thread; waits for a purge that is under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "store/audit_priv.h"

enum { MARKS_FILE_MAX = 64 << 20 };

struct walk {
	const char *audit;
	const struct hl_audit_proof *proof;
	bool (*each)(void *arg, const struct hl_audit_record *r);
	void *arg;
	struct hl_audit_report *out;
	/* of the chain under way */
	struct hl_audit_chain *c;
	char dir[HL_PATH_MAX], file[HL_AUDIT_CHAIN + HL_AUDIT_NAME];
	unsigned line;
	unsigned char key[HL_ED25519_KEY];
	bool has_key, root_used, stop;
	struct hl_audit_mark *mark; /* by seq */
	size_t n_marks;
	size_t at_mark;
	int64_t expected;           /* the seq that comes next; 0: none was met */
	char prev[HL_SHA256_HEX];   /* the hash that it must name */
	int64_t bare, purged;       /* the last record without its details; what purges say they went up to */
};

static void say(struct walk *w, bool note, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct walk *w, bool note, const char *fmt, ...)
{
	char text[HL_ERR_TEXT - sizeof w->file - 16];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct hl_audit_report *out = w->out;
	out->notes += note;
	out->faults += !note;
	if (out->n == HL_AUDIT_FAULTS)
		return;
	out->said[out->n].note = note;
	if (w->line)
		snprintf(out->said[out->n].text, HL_ERR_TEXT, "%s:%u: %s", w->file, w->line, text);
	else
		snprintf(out->said[out->n].text, HL_ERR_TEXT, "%s: %s", w->file, text);
	out->n++;
}

/* ---- signed places ---- */

static int by_seq(const void *a, const void *b)
{
	const struct hl_audit_mark *x = a, *y = b;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The lines of one text that are of this chain. */
static void take_marks(struct walk *w, const char *text, size_t n, bool exported)
{
	const unsigned char *key = exported && w->proof->key ? w->proof->key : w->has_key ? w->key : NULL;
	for (size_t at = 0, number = 1; at < n; number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		struct hl_audit_mark m;
		bool fits, good = hl_audit_mark_take(text + at, len, key, &m, &fits);
		w->line = (unsigned)number;
		if (!good && len && !exported && !end)
			say(w, true, "an unfinished line, as a crash leaves it");
		else if (!good && len && !exported)
			say(w, false, "it is no signed place");
		else if (good && !strcmp(m.chain, w->c->chain) && !fits)
			say(w, false, "the signature of record %" PRId64 " does not fit the key%s", m.seq, exported && w->proof->key ? " given" : " beside the chain");
		else if (good && strcmp(m.chain, w->c->chain) && !exported)
			say(w, false, "it is of chain %s", m.chain);
		else if (good && !strcmp(m.chain, w->c->chain)) {
			m.exported = exported;
			w->mark = hl_realloc(w->mark, w->n_marks + 1, sizeof *w->mark);
			w->mark[w->n_marks++] = m;
		}
		at += len + (end != NULL);
	}
	w->line = 0;
}

static void read_marks(struct walk *w, const char *name)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(MARKS_FILE_MAX);
	struct hl_err err;
	snprintf(w->file, sizeof w->file, "%s/%s", w->c->chain, name);
	enum hl_code code = hl_path_join(path, sizeof path, w->dir, name, &err);
	if (!code)
		code = hl_file_read(path, &b, &err);
	if (!code)
		take_marks(w, hl_buf_text(&b), b.len, false);
	else if (code != HL_E_NOTFOUND)
		say(w, false, "%s", err.text);
	hl_buf_fini(&b);
}

static void find_marks(struct walk *w)
{
	struct hl_err err;
	w->has_key = hl_audit_chain_key(w->dir, w->key, &err) == HL_OK;
	snprintf(w->file, sizeof w->file, "%s/key.pub", w->c->chain);
	if (w->has_key)
		hl_key_name(w->key, w->c->key);
	else
		say(w, false, "%s", err.text);
	read_marks(w, "checkpoints");
	read_marks(w, "roots");
	snprintf(w->file, sizeof w->file, "the checkpoint");
	if (w->proof && w->proof->checkpoints)
		take_marks(w, w->proof->checkpoints, w->proof->n, true);
	if (w->n_marks)
		qsort(w->mark, w->n_marks, sizeof *w->mark, by_seq);
}

/* The root that the first record left hangs on. */
static const struct hl_audit_mark *root_of(const struct walk *w, int64_t seq)
{
	for (size_t i = 0; i < w->n_marks; i++)
		if (w->mark[i].root && w->mark[i].seq == seq)
			return &w->mark[i];
	return NULL;
}

static void meet_marks(struct walk *w, int64_t seq, const char *hash)
{
	while (w->at_mark < w->n_marks && w->mark[w->at_mark].seq < seq)
		w->at_mark++;
	for (size_t i = w->at_mark; i < w->n_marks && w->mark[i].seq == seq; i++) {
		struct hl_audit_mark *m = &w->mark[i];
		m->hit = !strcmp(m->hash, hash);
		if (!m->hit)
			say(w, false, "record %" PRId64 " is not the one that %s signed: it, or records before it, were made anew", seq,
			    m->exported ? "the exported checkpoint" : m->root ? "a purge" : "a checkpoint");
		else if (!m->root && seq > w->c->signed_seq)
			w->c->signed_seq = seq;
	}
}

/* ---- records ---- */

static void first_record(struct walk *w, const struct hl_audit_line *l)
{
	const struct hl_audit_mark *root = l->r.seq > 1 ? root_of(w, l->r.seq - 1) : NULL;
	w->expected = l->r.seq;
	if (l->r.seq == 1)
		hl_audit_genesis(w->c->chain, w->prev);
	else if (root)
		hl_copy(w->prev, sizeof w->prev, root->hash);
	else {
		say(w, false, "records 1 to %" PRId64 " are missing, and no signed root stands for them", l->r.seq - 1);
		hl_copy(w->prev, sizeof w->prev, l->prev);
	}
	if (l->r.kind == HL_AUDIT_BEGIN && w->has_key && strcmp(l->r.object, w->c->key) != 0)
		say(w, false, "the chain was begun with key %s: key.pub is another", l->r.object);
	w->c->first = l->r.seq;
}

/* Whether it is the record that comes next. What is said is where the chain is broken; the next record is compared with this one. */
static void follow(struct walk *w, const struct hl_audit_line *l)
{
	int64_t seq = l->r.seq;
	if (!w->expected)
		first_record(w, l);
	if (seq > w->expected)
		say(w, false, seq - w->expected == 1 ? "record %" PRId64 " is missing before this one, %" PRId64 : "records from %" PRId64 " on are missing before this one, %" PRId64,
		    w->expected, seq);
	else if (seq < w->expected)
		say(w, false, "record %" PRId64 " is out of its place, or there twice: %" PRId64 " should stand here", seq, w->expected);
	else if (strcmp(l->prev, w->prev) != 0)
		say(w, false, "record %" PRId64 " does not hang on the one before it: that one was put there, or made anew", seq);
}

static void see_record(struct walk *w, const struct hl_audit_line *l)
{
	const struct hl_audit_record *r = &l->r;
	follow(w, l);
	meet_marks(w, r->seq, l->hash);
	if (!l->details_fit)
		say(w, false, "the details of record %" PRId64 " were changed", r->seq);
	if (r->erased) {
		w->bare = r->seq;
		w->c->erased++;
	}
	if (r->kind == HL_AUDIT_PURGE && r->of > w->purged)
		w->purged = r->of;
	w->c->records++;
	w->c->last = r->seq > w->c->last ? r->seq : w->c->last;
	hl_copy(w->c->last_hash, sizeof w->c->last_hash, l->hash);
	w->expected = r->seq + 1;
	hl_copy(w->prev, sizeof w->prev, l->hash);
	if (w->each && l->details_fit && !w->each(w->arg, r))
		w->stop = true;
}

static void see_line(struct walk *w, char *line, size_t n)
{
	struct hl_audit_line l;
	struct hl_err err;
	if (hl_audit_take(line, n, &l, &err)) {
		say(w, false, "the line was changed: %s", err.text);
		return;
	}
	if (l.fits && strcmp(l.r.chain, w->c->chain) != 0) {
		say(w, false, "record %" PRId64 " is of chain %s", l.r.seq, l.r.chain);
		return;
	}
	if (l.fits) {
		see_record(w, &l);
		return;
	}
	say(w, false, "record %" PRId64 " was changed: its bytes and its hash differ", l.r.seq);
	if (w->expected && l.r.seq == w->expected) { /* the next one hangs on the hash as it was */
		w->expected++;
		hl_copy(w->prev, sizeof w->prev, l.hash);
	}
}

static void see_segment(struct walk *w, struct hl_buf *b, bool newest)
{
	w->line = 0;
	for (size_t at = 0; at < b->len && !w->stop;) {
		char *end = memchr(b->data + at, '\n', b->len - at);
		w->line++;
		if (!end) {
			say(w, newest, "an unfinished line of %zu bytes%s", b->len - at, newest ? ", as a crash leaves it; the next record mends it" : "");
			break;
		}
		see_line(w, b->data + at, (size_t)(end - b->data) - at);
		at = (size_t)(end - b->data) + 1;
	}
	w->line = 0;
}

/* ---- a chain ---- */

/* The newest file is read while nobody appends to it. */
static enum hl_code read_segment(struct walk *w, unsigned segment, bool newest, struct hl_buf *b, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	int fd = newest && !hl_path_join(path, sizeof path, w->audit, "lock", NULL) ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd >= 0)
		flock(fd, LOCK_SH);
	enum hl_code code = hl_audit_segment_read(w->dir, segment, b, err);
	if (fd >= 0)
		close(fd);
	return code;
}

static void end_chain(struct walk *w)
{
	snprintf(w->file, sizeof w->file, "%s", w->c->chain);
	for (size_t i = 0; i < w->n_marks && !w->stop; i++) {
		const struct hl_audit_mark *m = &w->mark[i];
		if (m->seq > w->c->last)
			say(w, false, "the chain ends with record %" PRId64 ", but %s signed record %" PRId64 ": its end was cut off", w->c->last,
			    m->exported ? "the exported checkpoint" : "a checkpoint", m->seq);
		else if (m->exported && m->seq < w->c->first)
			say(w, true, "record %" PRId64 " of the exported checkpoint was purged meanwhile: what hangs on the root signed then is whole", m->seq);
	}
	if (w->bare > w->purged)
		say(w, false, "the details of record %" PRId64 " are gone, and no purge went so far", w->bare);
}

static enum hl_code walk_chain(struct walk *w, const char *chain, struct hl_err *err)
{
	unsigned *v = NULL;
	size_t n = 0;
	w->out->chain = hl_realloc(w->out->chain, w->out->n_chains + 1, sizeof *w->out->chain);
	w->c = &w->out->chain[w->out->n_chains++];
	*w->c = (struct hl_audit_chain){ .first = 0 };
	hl_copy(w->c->chain, sizeof w->c->chain, chain);
	enum hl_code code = hl_path_join(w->dir, sizeof w->dir, w->audit, chain, err);
	w->n_marks = w->at_mark = 0;
	w->expected = w->bare = w->purged = 0;
	w->line = 0;
	if (!code) {
		find_marks(w);
		code = hl_audit_segments(w->dir, &v, &n, err);
	}
	for (size_t i = 0; !code && i < n && !w->stop; i++) {
		struct hl_buf b;
		char name[HL_AUDIT_NAME];
		hl_audit_segment_name(v[i], name);
		snprintf(w->file, sizeof w->file, "%s/%s", chain, name);
		code = read_segment(w, v[i], i == n - 1, &b, err);
		if (!code)
			see_segment(w, &b, i == n - 1);
		hl_buf_fini(&b);
	}
	if (!code)
		end_chain(w);
	free(v);
	free(w->mark);
	w->mark = NULL;
	return code;
}

/* ---- all chains ---- */

struct place {
	const char *chain;
	int64_t last_ms;
};

static int by_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->last_ms != y->last_ms ? (x->last_ms > y->last_ms) - (x->last_ms < y->last_ms) : strcmp(x->chain, y->chain);
}

/* Oldest first: the one that is appended to comes last. */
static struct place *in_order(const char *audit, const struct hl_strings *all)
{
	struct place *v = hl_calloc(all->n + 1, sizeof *v);
	for (size_t i = 0; i < all->n; i++) {
		char dir[HL_PATH_MAX];
		struct hl_audit_tail t;
		v[i].chain = all->v[i];
		if (!hl_path_join(dir, sizeof dir, audit, all->v[i], NULL) && !hl_audit_tail_find(dir, all->v[i], &t, NULL))
			v[i].last_ms = t.time_ms;
	}
	qsort(v, all->n, sizeof *v, by_time);
	return v;
}

/* An exported checkpoint must name a chain that is here. */
static void check_proof(struct walk *w)
{
	const char *text = w->proof ? w->proof->checkpoints : NULL;
	size_t n = text ? w->proof->n : 0, places = 0;
	snprintf(w->file, sizeof w->file, "the checkpoint");
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		struct hl_audit_mark m;
		bool fits, here = false;
		if (hl_audit_mark_take(text + at, len, NULL, &m, &fits)) {
			places++;
			for (size_t i = 0; i < w->out->n_chains; i++)
				here |= !strcmp(w->out->chain[i].chain, m.chain);
			if (!here)
				say(w, false, "it is of chain %s, of which there is nothing here", m.chain);
		}
		at += len + (end != NULL);
	}
	if (text && !places)
		say(w, false, "there is no checkpoint in it");
}

enum hl_code hl_audit_verify(const char *state, const struct hl_audit_proof *proof, bool (*each)(void *arg, const struct hl_audit_record *r), void *arg,
			     struct hl_audit_report *out, struct hl_err *err)
{
	char audit[HL_PATH_MAX], path[HL_PATH_MAX], writer[HL_AUDIT_CHAIN];
	struct hl_strings all = { 0 };
	static const struct hl_audit_proof none;
	struct walk w = { .audit = audit, .proof = proof ? proof : &none, .each = each, .arg = arg, .out = out };
	*out = (struct hl_audit_report){ .n = 0 };
	enum hl_code code = hl_path_join(audit, sizeof audit, state, "audit", err);
	if (!code)
		code = hl_audit_chains(audit, &all, err);
	if (code)
		return code;
	int fd = hl_path_join(path, sizeof path, audit, "purge.lock", NULL) ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_SH);
	struct place *v = in_order(audit, &all);
	for (size_t i = 0; !code && i < all.n && !w.stop; i++)
		code = walk_chain(&w, v[i].chain, err);
	if (!code && !w.stop)
		check_proof(&w);
	if (!hl_audit_writer(audit, writer, NULL))
		for (size_t i = 0; i < out->n_chains; i++)
			out->chain[i].writer = !strcmp(out->chain[i].chain, writer);
	if (fd >= 0)
		close(fd);
	free(v);
	hl_strings_wipe(&all);
	return code;
}

void hl_audit_report_fini(struct hl_audit_report *r)
{
	free(r->chain);
	*r = (struct hl_audit_report){ .n = 0 };
}
