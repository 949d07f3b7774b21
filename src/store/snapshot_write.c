/* snapshot_write.c: making a snapshot, see snapshot.h and snapshot_file.h. Entries are collected as rows of fixed size with the numbers of their texts,
 * each different text once; at the end the rows are sorted by id and the texts written in the order in which the sorted rows use them. About 100 bytes
 * an entry and its new texts are held meanwhile. A writer belongs to one thread.
 */
#include "config.h" /* memfd_create, sync_file_range */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/snapshot_file.h"

enum { OUT_BYTES = 1 << 18, SYNC_BYTES = 4 << 20, TEXT_MAX = 64 << 10 };

struct row {
	struct hl_snap_record record;
	struct hl_pattern pattern;
	uint32_t line;
};

/* Open addressing; a cell holds a number + 1, 0 is free. */
struct table {
	uint32_t *cell;
	size_t size, used; /* size is a power of two */
};

struct hl_snapshot_writer {
	unsigned char key[16];
	struct row *row;
	uint32_t *ref; /* numbers of texts */
	char *pool;
	uint32_t *text; /* number -> place in pool */
	size_t n_rows, cap_rows, n_refs, cap_refs, n_pool, cap_pool, n_texts, cap_texts;
	struct table ids, texts;
};

/* A stream to a file with its hash. */
struct sink {
	int fd;
	bool failed;
	int error;
	size_t n;
	off_t written, synced;
	struct hl_sha256 sha;
	char data[OUT_BYTES];
};

struct hl_snapshot_writer *hl_snapshot_writer_new(void)
{
	struct hl_snapshot_writer *w = hl_calloc(1, sizeof *w);
	hl_random(w->key, sizeof w->key);
	return w;
}

void hl_snapshot_writer_free(struct hl_snapshot_writer **w)
{
	if (!*w)
		return;
	free((*w)->row);
	free((*w)->ref);
	free((*w)->pool);
	free((*w)->text);
	free((*w)->ids.cell);
	free((*w)->texts.cell);
	free(*w);
	*w = NULL;
}

size_t hl_snapshot_writer_count(const struct hl_snapshot_writer *w)
{
	return w->n_rows;
}

/* Makes room for `more` elements of `size` bytes in *p. */
static void grow(void *p, size_t *cap, size_t used, size_t more, size_t size)
{
	if (*cap - used >= more)
		return;
	size_t next = *cap + *cap / 2 + 1024;
	if (next - used < more)
		next = used + more;
	void *old;
	memcpy(&old, p, sizeof old);
	old = hl_realloc(old, next, size);
	memcpy(p, &old, sizeof old);
	*cap = next;
}

static uint64_t hash_of_id(const unsigned char *id)
{
	uint64_t h;
	memcpy(&h, id, sizeof h); /* a hash already */
	return h;
}

static uint64_t hash_of_text(const struct hl_snapshot_writer *w, uint32_t number)
{
	const char *s = w->pool + w->text[number];
	return hl_keyed_hash(w->key, s, strlen(s));
}

static void table_put(struct table *t, uint64_t hash, uint32_t number)
{
	size_t i = hash & (t->size - 1);
	while (t->cell[i])
		i = (i + 1) & (t->size - 1);
	t->cell[i] = number + 1;
}

/* Doubles a table that is more than half full; hash gives a number's hash again. */
static void table_room(struct hl_snapshot_writer *w, struct table *t, bool of_ids)
{
	if (2 * (t->used + 1) <= t->size)
		return;
	size_t n = t->used;
	t->size = t->size ? 2 * t->size : 4096;
	free(t->cell);
	t->cell = hl_calloc(t->size, sizeof *t->cell);
	for (uint32_t i = 0; i < n; i++)
		table_put(t, of_ids ? hash_of_id(w->row[i].record.id) : hash_of_text(w, i), i);
}

/* The row of this id, or NULL. */
static const struct row *row_of(const struct hl_snapshot_writer *w, const unsigned char *id)
{
	size_t i = hash_of_id(id) & (w->ids.size - 1);
	for (; w->ids.cell[i]; i = (i + 1) & (w->ids.size - 1)) {
		const struct row *r = &w->row[w->ids.cell[i] - 1];
		if (!memcmp(r->record.id, id, HL_SNAP_ID))
			return r;
	}
	return NULL;
}

/* The number of a text, which is added where it is new. */
static uint32_t number_of(struct hl_snapshot_writer *w, const char *s, size_t n)
{
	table_room(w, &w->texts, false);
	uint64_t hash = hl_keyed_hash(w->key, s, n);
	size_t i = hash & (w->texts.size - 1);
	for (; w->texts.cell[i]; i = (i + 1) & (w->texts.size - 1))
		if (!strcmp(w->pool + w->text[w->texts.cell[i] - 1], s))
			return w->texts.cell[i] - 1;
	grow(&w->pool, &w->cap_pool, w->n_pool, n + 1, 1);
	grow(&w->text, &w->cap_texts, w->n_texts, 1, sizeof *w->text);
	memcpy(w->pool + w->n_pool, s, n + 1);
	w->text[w->n_texts] = (uint32_t)w->n_pool;
	w->n_pool += n + 1;
	w->texts.cell[i] = (uint32_t)w->n_texts + 1;
	w->texts.used++;
	return (uint32_t)w->n_texts++;
}

/* What the reader would refuse is refused here, before it is in a file. */
static enum hl_code check(const struct hl_snapshot_writer *w, const struct hl_entry *e, struct hl_snap_record *r, struct hl_err *err)
{
	size_t bytes = 0;
	if (!hl_id_parse(e->id, r->id) || !hl_id_parse(e->revision, r->revision))
		return hl_err_set(err, HL_E_INTERNAL, "an entry without id was given to a snapshot");
	if (!e->pattern.len || e->pattern.len > HL_PLATE_MAX || e->priority < 0 || e->priority > 9)
		return hl_err_set(err, HL_E_INTERNAL, "an entry without plate or with priority %d was given to a snapshot", e->priority);
	for (int f = 0; f < HL_FIELDS; f++) {
		size_t n = strnlen(e->f[f], TEXT_MAX);
		if (n == TEXT_MAX)
			return hl_err_set(err, HL_E_LIMIT, "%s is longer than %d bytes", hl_fields[f].name, TEXT_MAX);
		bytes += n + 1;
	}
	if (w->n_rows >= HL_SNAP_ENTRIES_MAX)
		return hl_err_set(err, HL_E_LIMIT, "more than %d entries in one version", HL_SNAP_ENTRIES_MAX);
	if (w->n_pool + bytes > UINT32_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the texts of one version are larger than 4 GiB");
	return HL_OK;
}

enum hl_code hl_snapshot_writer_add(struct hl_snapshot_writer *w, const struct hl_entry *e, unsigned line, unsigned *earlier, struct hl_err *err)
{
	struct row row = { .pattern = e->pattern, .line = line };
	struct hl_snap_record *r = &row.record;
	enum hl_code code = check(w, e, r, err);
	if (code)
		return code;
	table_room(w, &w->ids, true);
	const struct row *same = row_of(w, r->id);
	if (same) {
		if (earlier)
			*earlier = same->line;
		bool alike = !memcmp(same->record.revision, r->revision, HL_SNAP_ID) && same->record.expires_ms == e->expires_ms;
		return hl_err_set(err, HL_E_EXISTS, "%s as on line %u", alike ? "the same entry" : "the same entry with other content", same->line);
	}
	memset(row.pattern.spare, 0, sizeof row.pattern.spare);
	r->starts_ms = e->starts_ms;
	r->expires_ms = e->expires_ms;
	r->priority = (uint8_t)e->priority;
	r->about_plate = e->about_plate;
	r->first_ref = (uint32_t)w->n_refs;
	grow(&w->ref, &w->cap_refs, w->n_refs, HL_FIELDS, sizeof *w->ref);
	for (int f = 0; f < HL_FIELDS; f++) {
		if (!e->f[f][0])
			continue;
		r->mask |= UINT32_C(1) << f;
		w->ref[w->n_refs++] = number_of(w, e->f[f], strlen(e->f[f]));
	}
	grow(&w->row, &w->cap_rows, w->n_rows, 1, sizeof *w->row);
	w->row[w->n_rows] = row;
	table_put(&w->ids, hash_of_id(r->id), (uint32_t)w->n_rows);
	w->ids.used++;
	w->n_rows++;
	return HL_OK;
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
	hl_sha256_put(&s->sha, s->data, s->n);
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

static int by_id(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return memcmp(x->record.id, y->record.id, HL_SNAP_ID);
}

/* The texts' new places by number, in the order in which the sorted rows use them; order gets the numbers in that order. */
static uint32_t *place_texts(const struct hl_snapshot_writer *w, uint32_t *order)
{
	uint32_t *place = hl_alloc((w->n_texts + 1) * sizeof *place);
	memset(place, 0xff, (w->n_texts + 1) * sizeof *place);
	size_t n = 0;
	uint32_t at = 0;
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hl_snap_record *r = &w->row[i].record;
		for (int k = 0; k < __builtin_popcount(r->mask); k++) {
			uint32_t number = w->ref[r->first_ref + (uint32_t)k];
			if (place[number] != UINT32_MAX)
				continue;
			place[number] = at;
			order[n++] = number;
			at += (uint32_t)strlen(w->pool + w->text[number]) + 1;
		}
	}
	return place;
}

static void put_rows(struct hl_snapshot_writer *w, struct sink *s)
{
	uint32_t first = 0;
	for (size_t i = 0; i < w->n_rows; i++)
		put(s, &w->row[i].pattern, sizeof w->row[i].pattern);
	for (size_t i = 0; i < w->n_rows; i++) {
		struct hl_snap_record r = w->row[i].record;
		r.first_ref = first;
		first += (uint32_t)__builtin_popcount(r.mask);
		put(s, &r, sizeof r);
	}
}

static void put_texts(struct hl_snapshot_writer *w, struct sink *s)
{
	uint32_t *order = hl_alloc((w->n_texts + 1) * sizeof *order);
	uint32_t *place = place_texts(w, order);
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hl_snap_record *r = &w->row[i].record;
		for (int k = 0; k < __builtin_popcount(r->mask); k++)
			put(s, &place[w->ref[r->first_ref + (uint32_t)k]], sizeof *place);
	}
	for (size_t i = 0; i < w->n_texts; i++) {
		const char *text = w->pool + w->text[order[i]];
		put(s, text, strlen(text) + 1);
	}
	free(place);
	free(order);
}

/* Everything to fd, then the header again with the hash in it. */
static enum hl_code write_file(struct hl_snapshot_writer *w, int fd, const char *name, unsigned char hash[HL_SHA256], struct hl_err *err)
{
	struct hl_snap_header h = { .magic = HL_SNAP_MAGIC, .format = HL_SNAP_FORMAT, .fields = HL_FIELDS, .count = w->n_rows, .n_refs = w->n_refs, .pool = w->n_pool };
	struct sink *s = hl_calloc(1, sizeof *s);
	s->fd = fd;
	hl_sha256_init(&s->sha);
	if (w->n_rows)
		qsort(w->row, w->n_rows, sizeof *w->row, by_id);
	put(s, &h, sizeof h);
	put_rows(w, s);
	put_texts(w, s);
	flush(s);
	hl_sha256_end(&s->sha, hash);
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
