/* snapshot.h: a list version's entries as one file that is mapped, not parsed: a header with a checksum, fixed records sorted by entry id (by its bits, not its letters), a pool of texts.
 * Written once, never changed. Reading verifies the checksum and every offset at open: a damaged file is refused, never a crash. Any thread.
 */
#ifndef HL_STORE_SNAPSHOT_H
#define HL_STORE_SNAPSHOT_H

#include "core/entry.h"

struct hl_snapshot;
struct hl_snapshot_writer;
struct hl_snapshot_part;

/* Collects entries (copied); gives *w. */
struct hl_snapshot_writer *hl_snapshot_writer_new(void);
void hl_snapshot_writer_free(struct hl_snapshot_writer **w);
/* The entry must have been identified. HL_E_EXISTS: an entry of this id is there already (which: *line of the earlier one as given at its add). */
enum hl_code hl_snapshot_writer_add(struct hl_snapshot_writer *w, const struct hl_entry *e, unsigned line, unsigned *earlier, struct hl_err *err);
/* Entries that several threads prepare, each in a part of its own, to be joined by one. A part belongs to one thread at a time, and to one writer. */
struct hl_snapshot_part *hl_snapshot_part_new(void);
void hl_snapshot_part_free(struct hl_snapshot_part **p);
/* Without entries; their memory is kept, and what is known of their texts. */
void hl_snapshot_part_clear(struct hl_snapshot_part *p);
size_t hl_snapshot_part_count(const struct hl_snapshot_part *p);
/* Copies e, whose id and revision are given by hl_snapshot_part_identify before it is joined. HL_E_LIMIT: a text is too long. */
enum hl_code hl_snapshot_part_add(struct hl_snapshot_part *p, const struct hl_entry *e, struct hl_err *err);
void hl_snapshot_part_identify(struct hl_snapshot_part *p, size_t i, const struct hl_entry_hash *h);
/* The i-th as a view, valid until the part's next add or clear; without its id and revision, which hl_snapshot_part_name writes. */
void hl_snapshot_part_get(const struct hl_snapshot_part *p, size_t i, struct hl_entry *e);
void hl_snapshot_part_name(const struct hl_snapshot_part *p, size_t i, struct hl_entry *e);
/* Copies the part's i-th entry into the writer; otherwise as hl_snapshot_writer_add. */
enum hl_code hl_snapshot_writer_take(struct hl_snapshot_writer *w, struct hl_snapshot_part *p, size_t i, unsigned line, unsigned *earlier,
				     struct hl_err *err);
size_t hl_snapshot_writer_count(const struct hl_snapshot_writer *w);
/* The patterns in the order of the snapshot; borrowed from w until the next entry is added. */
const struct hl_pattern *hl_snapshot_writer_patterns(struct hl_snapshot_writer *w);
/* The line of the i-th of them, as given when it was added. */
unsigned hl_snapshot_writer_line(struct hl_snapshot_writer *w, size_t i);
/* Sorts, writes to path, which must not exist (fsynced; the caller renames; nothing is left after a fault), and gives the content's hash. Afterwards
 * nothing can be added. HL_E_IO: the disk. */
enum hl_code hl_snapshot_writer_finish(struct hl_snapshot_writer *w, const char *path, unsigned char hash[HL_SHA256], struct hl_err *err);
/* The same as an open snapshot without a file (in memory): for offline matching. Gives *s. */
enum hl_code hl_snapshot_writer_open(struct hl_snapshot_writer *w, struct hl_snapshot **s, struct hl_err *err);

/* Gives *s. HL_E_INPUT where the file is damaged in any way, HL_E_NOTFOUND where it is not there. */
enum hl_code hl_snapshot_open(struct hl_snapshot **s, const char *path, struct hl_err *err);
void hl_snapshot_close(struct hl_snapshot **s);
size_t hl_snapshot_count(const struct hl_snapshot *s);
/* The content's SHA-256, HL_SHA256 bytes: the same entries have the same. Borrowed from s. */
const unsigned char *hl_snapshot_hash(const struct hl_snapshot *s);
/* The i-th entry as a view into the map; valid until close. */
void hl_snapshot_get(const struct hl_snapshot *s, size_t i, struct hl_entry *e);
/* Only a part of it: cheap. The pattern is borrowed. */
const struct hl_pattern *hl_snapshot_pattern(const struct hl_snapshot *s, size_t i);
/* By id: less than, equal to or greater than 0 as entry i of a stands before, at or after entry k of b in the order of all snapshots. */
int hl_snapshot_compare(const struct hl_snapshot *a, size_t i, const struct hl_snapshot *b, size_t k);
/* Whether two entries of one id say the same, their expiry included. */
bool hl_snapshot_same(const struct hl_snapshot *a, size_t i, const struct hl_snapshot *b, size_t k);
void hl_snapshot_prefetch(const struct hl_snapshot *s, size_t i); /* of what hl_snapshot_times looks at */
void hl_snapshot_times(const struct hl_snapshot *s, size_t i, int64_t *starts_ms, int64_t *expires_ms);
void hl_snapshot_id(const struct hl_snapshot *s, size_t i, char dst[HL_ID_TEXT]);
/* Position of the entry of this id, or -1. */
ptrdiff_t hl_snapshot_find(const struct hl_snapshot *s, const char *id);

#endif
