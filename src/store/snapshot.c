/* snapshot.c: reading snapshots, see snapshot.h and snapshot_file.h. A file is verified whole at open, after which no access can leave the map. Any
 * thread; an open snapshot is immutable.
 */
#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crew.h"
#include "base/mem.h"
#include "store/snapshot_file.h"

enum { LARGE = 16 << 20 /* bytes from which a crew pays */, SLICES = 64 };

struct hl_snapshot {
	void *map;
	size_t size;
	size_t count;
	const struct hl_pattern *pattern;
	const struct hl_snap_record *record;
	const uint32_t *ref;
	const char *pool;
	unsigned char hash[HL_SHA256];
};

static enum hl_code damaged(const char *name, const char *what, struct hl_err *err)
{
	return hl_err_set(err, HL_E_INPUT, "%s is not a whole snapshot: %s", name, what);
}

/* The parts' places by the header's counts, which must make up the file's size to the byte. */
static bool lay_out(struct hl_snapshot *s, const struct hl_snap_header *h)
{
	if (h->count > HL_SNAP_ENTRIES_MAX || h->n_refs > (uint64_t)HL_SNAP_ENTRIES_MAX * HL_FIELDS || h->pool > UINT32_MAX)
		return false;
	size_t records = sizeof *h + h->count * sizeof *s->pattern;
	size_t refs = records + h->count * sizeof *s->record;
	size_t pool = refs + h->n_refs * sizeof *s->ref;
	if (s->size != pool + h->pool)
		return false;
	const char *base = s->map;
	s->count = h->count;
	s->pattern = (const struct hl_pattern *)(const void *)(base + sizeof *h);
	s->record = (const struct hl_snap_record *)(const void *)(base + records);
	s->ref = (const uint32_t *)(const void *)(base + refs);
	s->pool = base + pool;
	memcpy(s->hash, h->hash, sizeof s->hash);
	return true;
}

/* The header as it was hashed, and what follows it. */
static void sum_all(const struct hl_snapshot *s, struct hl_sha256 *sha, size_t from, size_t to)
{
	struct hl_snap_header h;
	if (from == 0) {
		memcpy(&h, s->map, sizeof h);
		memset(h.hash, 0, sizeof h.hash);
		hl_sha256_put(sha, &h, sizeof h);
		from = sizeof h;
	}
	hl_sha256_put(sha, (const char *)s->map + from, to - from);
}

struct checking {
	const struct hl_snapshot *s;
	const struct hl_snap_header *h;
	size_t jobs;
	unsigned char (*hash)[HL_SHA256]; /* of the blocks */
	const char **fault;               /* by job */
};

static void sum_block(const struct checking *c, size_t i)
{
	struct hl_sha256 sha;
	size_t from = i * HL_SNAP_BLOCK, to = c->s->size - from < HL_SNAP_BLOCK ? c->s->size : from + HL_SNAP_BLOCK;
	hl_sha256_init(&sha);
	sum_all(c->s, &sha, from, to);
	hl_sha256_end(&sha, c->hash[i]);
}

/* Two blocks, side by side where both are whole and have no header in them. */
static void sum_job(void *arg, size_t i)
{
	struct checking *c = arg;
	size_t first = 2 * i, blocks = (c->s->size + HL_SNAP_BLOCK - 1) / HL_SNAP_BLOCK;
	const char *at = (const char *)c->s->map + first * HL_SNAP_BLOCK;
	if (first > 0 && (first + 2) * HL_SNAP_BLOCK <= c->s->size) {
		hl_sha256_two(at, HL_SNAP_BLOCK, at + HL_SNAP_BLOCK, HL_SNAP_BLOCK, c->hash[first], c->hash[first + 1]);
		return;
	}
	sum_block(c, first);
	if (first + 1 < blocks)
		sum_block(c, first + 1);
}

static struct hl_crew crew_for(const struct hl_snapshot *s)
{
	return (struct hl_crew){ .threads = s->size < LARGE ? 1 : hl_crew_processors() };
}

static bool hash_fits(const struct hl_snapshot *s, uint32_t format)
{
	const struct hl_crew crew = crew_for(s);
	struct hl_sha256 sha;
	unsigned char hash[HL_SHA256];
	size_t blocks = (s->size + HL_SNAP_BLOCK - 1) / HL_SNAP_BLOCK;
	hl_sha256_init(&sha);
	if (format == HL_SNAP_FORMAT_FIRST || blocks == 1) {
		sum_all(s, &sha, 0, s->size);
	} else {
		struct checking c = { .s = s, .hash = hl_calloc(blocks, sizeof *c.hash) };
		hl_crew_run(&crew, sum_job, &c, (blocks + 1) / 2);
		hl_sha256_put(&sha, c.hash, blocks * sizeof *c.hash);
		free(c.hash);
	}
	hl_sha256_end(&sha, hash);
	return !memcmp(hash, s->hash, sizeof hash);
}

static bool record_is_sound(const struct hl_snap_record *r, uint64_t n_refs, uint32_t fields)
{
	unsigned n = (unsigned)__builtin_popcount(r->mask);
	return (fields == 32 || r->mask >> fields == 0) && r->first_ref <= n_refs && n <= n_refs - r->first_ref && r->priority <= 9 && r->about_plate <= 1;
}

/* The i-th of the slices of refs and records. */
static void check_job(void *arg, size_t i)
{
	struct checking *c = arg;
	const struct hl_snapshot *s = c->s;
	const struct hl_snap_header *h = c->h;
	bool outside = false;
	for (size_t k = h->n_refs * i / c->jobs, to = h->n_refs * (i + 1) / c->jobs; k < to; k++)
		outside |= s->ref[k] >= h->pool;
	c->fault[i] = outside ? "a text lies outside" : NULL;
	for (size_t k = s->count * i / c->jobs, to = s->count * (i + 1) / c->jobs; k < to && !c->fault[i]; k++) {
		if (!record_is_sound(&s->record[k], h->n_refs, h->fields))
			c->fault[i] = "a record is out of bounds";
		else if (!hl_pattern_is_sound(&s->pattern[k]))
			c->fault[i] = "a plate is out of bounds";
		else if (k && memcmp(s->record[k - 1].id, s->record[k].id, HL_SNAP_ID) >= 0)
			c->fault[i] = "its records are not in order";
	}
}

/* Every place that hl_snapshot_get will follow. The hash alone would be enough against chance, not against a file made to harm. */
static const char *unsound(const struct hl_snapshot *s, const struct hl_snap_header *h)
{
	const struct hl_crew crew = crew_for(s);
	const char *fault[SLICES];
	struct checking c = { .s = s, .h = h, .jobs = crew.threads == 1 ? 1 : SLICES, .fault = fault };
	if (h->pool && s->pool[h->pool - 1])
		return "its texts have no end";
	hl_crew_run(&crew, check_job, &c, c.jobs);
	for (size_t i = 0; i < c.jobs; i++)
		if (fault[i])
			return fault[i];
	return NULL;
}

static enum hl_code verify(struct hl_snapshot *s, const char *name, struct hl_err *err)
{
	const struct hl_snap_header *h = s->map;
	if (h->magic != HL_SNAP_MAGIC)
		return damaged(name, "wrong beginning", err);
	if (h->format < HL_SNAP_FORMAT_FIRST || h->format > HL_SNAP_FORMAT || h->fields > HL_FIELDS_KEPT)
		return hl_err_set(err, HL_E_INPUT, "%s is a snapshot of format %u with %u fields; this program reads formats up to %d with up to %d", name, h->format,
				  h->fields, HL_SNAP_FORMAT, HL_FIELDS_KEPT);
	if (!lay_out(s, h))
		return damaged(name, "its size does not fit its header", err);
	if (!hash_fits(s, h->format))
		return damaged(name, "its checksum differs", err);
	const char *fault = unsound(s, h);
	return fault ? damaged(name, fault, err) : HL_OK;
}

enum hl_code hl_snap_map(struct hl_snapshot **out, int fd, const char *name, struct hl_err *err)
{
	struct stat st;
	*out = NULL;
	if (fstat(fd, &st))
		return hl_err_set(err, HL_E_IO, "can't stat %s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct hl_snap_header))
		return damaged(name, S_ISREG(st.st_mode) ? "too short" : "not a file", err);
	struct hl_snapshot *s = hl_calloc(1, sizeof *s);
	s->size = (size_t)st.st_size;
	s->map = mmap(NULL, s->size, PROT_READ, MAP_SHARED, fd, 0);
	if (s->map == MAP_FAILED) {
		int e = errno;
		free(s);
		return hl_err_set(err, HL_E_IO, "can't map %s: %s", name, strerror(e));
	}
	enum hl_code code = verify(s, name, err);
	/* Verifying touched every page; most are looked at again only for a hit, so they need not count as this process's memory. */
	madvise(s->map, s->size, MADV_DONTNEED);
	if (code)
		hl_snapshot_close(&s);
	*out = s;
	return code;
}

enum hl_code hl_snapshot_open(struct hl_snapshot **s, const char *path, struct hl_err *err)
{
	*s = NULL;
	/* Not blocking, in case somebody put a pipe in the place. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : errno == EACCES ? HL_E_DENIED : HL_E_IO, "can't open %s: %s", path, strerror(errno));
	enum hl_code code = hl_snap_map(s, fd, path, err);
	close(fd);
	return code;
}

void hl_snapshot_close(struct hl_snapshot **s)
{
	if (!*s)
		return;
	munmap((*s)->map, (*s)->size);
	free(*s);
	*s = NULL;
}

size_t hl_snapshot_count(const struct hl_snapshot *s)
{
	return s->count;
}

const unsigned char *hl_snapshot_hash(const struct hl_snapshot *s)
{
	return s->hash;
}

static void id_text(const unsigned char id[HL_SNAP_ID], char dst[HL_ID_TEXT])
{
	unsigned char hash[HL_SHA256] = { 0 };
	memcpy(hash, id, HL_SNAP_ID);
	hl_id_text(hash, dst);
}

void hl_snapshot_get(const struct hl_snapshot *s, size_t i, struct hl_entry *e)
{
	const struct hl_snap_record *r = &s->record[i];
	const uint32_t *ref = s->ref + r->first_ref;
	id_text(r->id, e->id);
	id_text(r->revision, e->revision);
	e->pattern = s->pattern[i];
	e->starts_ms = r->starts_ms;
	e->expires_ms = r->expires_ms;
	e->priority = r->priority;
	e->about_plate = r->about_plate;
	e->action = HL_ACT_NONE;
	for (int f = 0; f < HL_FIELDS; f++)
		e->f[f] = r->mask >> f & 1 ? s->pool + *ref++ : "";
}

const struct hl_pattern *hl_snapshot_pattern(const struct hl_snapshot *s, size_t i)
{
	return &s->pattern[i];
}

int hl_snapshot_compare(const struct hl_snapshot *a, size_t i, const struct hl_snapshot *b, size_t k)
{
	return memcmp(a->record[i].id, b->record[k].id, HL_SNAP_ID);
}

bool hl_snapshot_same(const struct hl_snapshot *a, size_t i, const struct hl_snapshot *b, size_t k)
{
	const struct hl_snap_record *x = &a->record[i], *y = &b->record[k];
	return !memcmp(x->revision, y->revision, HL_SNAP_ID) && x->expires_ms == y->expires_ms;
}

void hl_snapshot_prefetch(const struct hl_snapshot *s, size_t i)
{
	__builtin_prefetch(&s->record[i]);
}

void hl_snapshot_times(const struct hl_snapshot *s, size_t i, int64_t *starts_ms, int64_t *expires_ms)
{
	*starts_ms = s->record[i].starts_ms;
	*expires_ms = s->record[i].expires_ms;
}

void hl_snapshot_id(const struct hl_snapshot *s, size_t i, char dst[HL_ID_TEXT])
{
	id_text(s->record[i].id, dst);
}

ptrdiff_t hl_snapshot_find(const struct hl_snapshot *s, const char *id)
{
	unsigned char key[HL_SNAP_ID];
	if (!hl_id_parse(id, key))
		return -1;
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = memcmp(s->record[middle].id, key, HL_SNAP_ID);
		if (c == 0)
			return (ptrdiff_t)middle;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}
