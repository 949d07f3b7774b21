/* snapshot_write.c: the file of a snapshot, see snapshot.h and snapshot_file.h: the joined rows by id, the shared texts in the order in which the sorted
 * rows use them, and after them each entry's own. A writer belongs to one thread.
 */
#include "config.h" /* memfd_create, sync_file_range */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/snapshot_rows.h"

enum { OUT_BYTES = 2 * HL_SNAP_BLOCK, SYNC_BYTES = 4 << 20, AHEAD = 12 };

/* A stream to a file with its hash. */
struct sink {
	int fd;
	bool failed;
	int error;
	size_t n;
	off_t written, synced;
	struct hl_sha256 tree; /* of the hashes of the blocks */
	size_t blocks;
	unsigned char only[HL_SHA256]; /* the first block's, which is the content's where there is no other */
	char data[OUT_BYTES];
};

/* Whole blocks, two by two, but for the last time. */
static void add_blocks(struct sink *s)
{
	unsigned char hash[2][HL_SHA256];
	size_t first = s->n < HL_SNAP_BLOCK ? s->n : HL_SNAP_BLOCK, blocks = (s->n + HL_SNAP_BLOCK - 1) / HL_SNAP_BLOCK;
	hl_sha256_two(s->data, first, s->data + first, s->n - first, hash[0], hash[1]);
	hl_sha256_put(&s->tree, hash, blocks * HL_SHA256);
	if (!s->blocks)
		memcpy(s->only, hash[0], HL_SHA256);
	s->blocks += blocks;
}

static void end_sum(struct sink *s, unsigned char hash[HL_SHA256])
{
	if (s->blocks == 1)
		memcpy(hash, s->only, HL_SHA256);
	else
		hl_sha256_end(&s->tree, hash);
}

/* A file system may put the data of all files into the order of one journal: a hundred megabytes written at once would make the COMMIT of an alert wait for
 * them. So they go to the disk in small pieces, each waited for here. Only advice; what counts is the fsync at the end. */
static void spread(struct sink *s)
{
	if (s->failed || s->written - s->synced < SYNC_BYTES)
		return;
	sync_file_range(s->fd, s->synced, s->written - s->synced, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	s->synced = s->written;
}

static void flush(struct sink *s)
{
	size_t at = 0;
	add_blocks(s);
	while (!s->failed && at < s->n) {
		ssize_t k = write(s->fd, s->data + at, s->n - at);
		if (k < 0 && errno == EINTR)
			continue;
		s->failed = k < 0;
		s->error = errno;
		at += k > 0 ? (size_t)k : 0;
	}
	s->written += (off_t)at;
	spread(s);
	s->n = 0;
}

static void put(struct sink *s, const void *data, size_t n)
{
	const char *p = data;
	while (n) {
		size_t k = n < OUT_BYTES - s->n ? n : OUT_BYTES - s->n;
		memcpy(s->data + s->n, p, k);
		s->n += k;
		p += k;
		n -= k;
		if (s->n == OUT_BYTES)
			flush(s);
	}
}

/* What refs and pool need of a row, in the order of the ids: the rows themselves lie all over the memory, and are looked at once. */
struct place {
	uint32_t first_ref, mask, own, own_n;
};

/* The i-th row by id; one that comes soon is asked for. */
static const struct hl_snap_row *row_at(const struct hl_snapshot_writer *w, size_t i)
{
	if (i + AHEAD < w->rows.n) {
		const char *next = (const char *)&w->rows.row[w->order[i + AHEAD]];
		__builtin_prefetch(next);
		__builtin_prefetch(next + 64);
	}
	return &w->rows.row[w->order[i]];
}

static void put_records(const struct hl_snapshot_writer *w, struct place *place, struct sink *s)
{
	uint32_t first = 0;
	for (size_t i = 0; i < w->rows.n; i++) {
		const struct hl_snap_row *row = row_at(w, i);
		struct hl_snap_record r = { .starts_ms = row->starts_ms, .expires_ms = row->expires_ms, .first_ref = first, .mask = row->mask,
					    .priority = row->priority, .about_plate = row->about_plate };
		memcpy(r.id, row->id, sizeof r.id);
		memcpy(r.revision, row->revision, sizeof r.revision);
		first += (uint32_t)__builtin_popcount(r.mask);
		place[i] = (struct place){ .first_ref = row->first_ref, .mask = row->mask, .own = row->own, .own_n = row->own_n };
		put(s, &r, sizeof r);
	}
}

/* Shared texts by their new order, that in which the sorted rows use them. */
struct places {
	uint32_t *at, *order; /* by number; numbers by place */
	size_t n;
	uint32_t bytes;
};

static uint32_t place_of(const struct hl_snapshot_writer *w, struct places *p, uint32_t number)
{
	if (p->at[number] == UINT32_MAX) {
		p->at[number] = p->bytes;
		p->order[p->n++] = number;
		p->bytes += w->texts.text[number].n + 1;
	}
	return p->at[number];
}

/* All refs: the shared texts come first in the pool, the entries' blocks follow. */
static void put_refs(const struct hl_snapshot_writer *w, struct places *p, const struct place *place, struct sink *s)
{
	uint32_t block = (uint32_t)w->texts.n_pool;
	for (size_t i = 0; i < w->rows.n; i++) {
		const uint32_t *from = w->rows.ref + place[i].first_ref;
		uint32_t to[HL_FIELDS], n = 0;
		if (i + AHEAD < w->rows.n)
			__builtin_prefetch(w->rows.ref + place[i + AHEAD].first_ref);
		for (uint32_t left = place[i].mask; left; left &= left - 1, n++)
			to[n] = HL_SNAP_OWN & left & -left ? block + from[n] : place_of(w, p, from[n]);
		put(s, to, n * sizeof to[0]);
		block += place[i].own_n;
	}
}

static void put_pool(const struct hl_snapshot_writer *w, const struct places *p, const struct place *place, struct sink *s)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct hl_snap_text *t = &w->texts.text[p->order[i]];
		put(s, w->texts.pool + t->at, t->n + 1);
	}
	for (size_t i = 0; i < w->rows.n; i++) {
		if (i + AHEAD < w->rows.n)
			__builtin_prefetch(w->rows.own + place[i + AHEAD].own);
		put(s, w->rows.own + place[i].own, place[i].own_n);
	}
}

static void put_all(struct hl_snapshot_writer *w, struct sink *s)
{
	size_t n = w->texts.n + 1;
	struct places p = { .at = hl_alloc(n * sizeof *p.at), .order = hl_alloc(n * sizeof *p.order) };
	struct place *place = hl_alloc((w->rows.n + 1) * sizeof *place);
	memset(p.at, 0xff, n * sizeof *p.at);
	put(s, w->pattern, w->rows.n * sizeof *w->pattern);
	put_records(w, place, s);
	put_refs(w, &p, place, s);
	put_pool(w, &p, place, s);
	free(place);
	free(p.at);
	free(p.order);
}

/* Everything to fd, then the header again with the hash in it. */
static enum hl_code write_file(struct hl_snapshot_writer *w, int fd, const char *name, unsigned char hash[HL_SHA256], struct hl_err *err)
{
	struct hl_snap_header h = { .magic = HL_SNAP_MAGIC, .format = HL_SNAP_FORMAT, .fields = HL_FIELDS_KEPT, .count = w->rows.n, .n_refs = w->rows.n_refs,
				    .pool = w->texts.n_pool + w->rows.n_own };
	struct sink *s = hl_calloc(1, sizeof *s);
	s->fd = fd;
	hl_sha256_init(&s->tree);
	hl_snap_sort(w);
	put(s, &h, sizeof h);
	put_all(w, s);
	flush(s);
	end_sum(s, hash);
	memcpy(h.hash, hash, sizeof h.hash);
	if (!s->failed && (pwrite(fd, &h, sizeof h, 0) != (ssize_t)sizeof h || fsync(fd))) {
		s->failed = true;
		s->error = errno;
	}
	enum hl_code code = s->failed ? hl_err_set(err, HL_E_IO, "can't write %s: %s", name, strerror(s->error)) : HL_OK;
	free(s);
	return code;
}

enum hl_code hl_snapshot_writer_finish(struct hl_snapshot_writer *w, const char *path, unsigned char hash[HL_SHA256], struct hl_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return hl_err_set(err, errno == EEXIST ? HL_E_EXISTS : HL_E_IO, "can't create %s: %s", path, strerror(errno));
	enum hl_code code = write_file(w, fd, path, hash, err);
	if (close(fd) && !code)
		code = hl_err_set(err, HL_E_IO, "can't write %s: %s", path, strerror(errno));
	if (code)
		unlink(path);
	return code;
}

enum hl_code hl_snapshot_writer_open(struct hl_snapshot_writer *w, struct hl_snapshot **s, struct hl_err *err)
{
	unsigned char hash[HL_SHA256];
	*s = NULL;
	int fd = memfd_create("snapshot", MFD_CLOEXEC);
	if (fd < 0)
		return hl_err_set(err, HL_E_IO, "can't make a file in memory: %s", strerror(errno));
	enum hl_code code = write_file(w, fd, "a snapshot in memory", hash, err);
	if (!code)
		code = hl_snap_map(s, fd, "a snapshot in memory", err);
	close(fd);
	return code;
}
