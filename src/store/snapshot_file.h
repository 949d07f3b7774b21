/* snapshot_file.h: the bytes of a snapshot, shared by its writer and its reader and by nobody else.
 *
 *     header | patterns: count x 16 | records: count x 64 | refs: n_refs x 4 | pool of texts, each ended by a NUL
 *
 * Patterns stand by themselves because matching walks them alone. A record says in `mask` which of the fields it has; their texts' places in the pool
 * stand in refs, one after the other in the order of enum hl_field. In the pool each different text of the shared fields stands once, then the texts that are
 * an entry's own (snapshot_rows.h), entry by entry. Numbers are the machine's own: a file of
 * another byte order is refused by its magic. The content's hash (below) covers the header (with the hash itself zero) and all that follows, and the order of
 * everything depends on the entries alone: the same entries give the same bytes.
 */
#ifndef HL_STORE_SNAPSHOT_FILE_H
#define HL_STORE_SNAPSHOT_FILE_H

#include "store/snapshot.h"

/* A change of enum hl_field's order needs a new HL_SNAP_FORMAT; a field added at its end does not. */
enum { HL_SNAP_FORMAT = 2, HL_SNAP_FORMAT_FIRST = 1, HL_SNAP_BLOCK = 1 << 20, HL_SNAP_ID = 16, HL_SNAP_ENTRIES_MAX = 20000000 };
#define HL_SNAP_MAGIC UINT64_C(0x31534c5448304c48) /* "HL0HTLS1" on a little-endian machine */

struct hl_snap_header {
	uint64_t magic;
	uint32_t format, fields;
	uint64_t count, n_refs, pool;
	unsigned char hash[HL_SHA256];
	unsigned char spare[56];
};

struct hl_snap_record {
	unsigned char id[HL_SNAP_ID], revision[HL_SNAP_ID];
	int64_t starts_ms, expires_ms;
	uint32_t first_ref, mask;
	uint8_t priority, about_plate, spare[6];
};

_Static_assert(sizeof(struct hl_snap_header) == 128, "the header has no holes");
_Static_assert(sizeof(struct hl_snap_record) == 64, "a record has no holes");
_Static_assert(sizeof(struct hl_pattern) == 16, "a pattern has no holes");
_Static_assert(HL_FIELDS <= 32, "the mask has a bit for each field");

/* The content's hash: SHA-256 of a file of at most one block, else of the hashes of its blocks, one after the other, so that several processors can share the
 * checking of a large one. In format 1, which is still read, it was SHA-256 of the whole whatever its size. */

/* A snapshot's file, open: verified like hl_snapshot_open, which is this and an open(). Borrows fd. */
enum hl_code hl_snap_map(struct hl_snapshot **s, int fd, const char *name, struct hl_err *err);

#endif
