/* snapshot_rows.h: entries on their way into a snapshot, as its writer holds them; shared by snapshot_part.c, snapshot_join.c and snapshot_write.c.
 *
 * Texts that many entries have in common (a state, a make, an agency) are held once and known by number. Texts that are nearly always an entry's own
 * (its plate, its record number) would only fill a table that is searched in vain: they stand in a block of the entry's.
 */
#ifndef HL_STORE_SNAPSHOT_ROWS_H
#define HL_STORE_SNAPSHOT_ROWS_H

#include "base/mem.h"
#include "store/snapshot_file.h"

/* Fields whose texts are not shared. This decides the bytes of a snapshot, and with them a version's id. */
#define HL_SNAP_OWN (UINT32_C(1) << HL_F_PLATE | UINT32_C(1) << HL_F_CASE | UINT32_C(1) << HL_F_VIN | UINT32_C(1) << HL_F_RECORD)

struct hl_snap_row {
	unsigned char id[HL_SNAP_ID], revision[HL_SNAP_ID];
	int64_t starts_ms, expires_ms;
	struct hl_pattern pattern;
	uint32_t mask, first_ref; /* as in a record; of shared texts refs hold numbers, of others places in the entry's block */
	uint32_t own, own_n;      /* the block */
	uint32_t line;
	uint8_t priority, about_plate;
};

/* Open addressing. A cell is a number + 1, 0 is free; tag: the low half of its hash. */
struct hl_snap_table {
	struct hl_snap_cell {
		uint32_t number, tag;
	} *cell;
	size_t size, used; /* size is a power of two */
};

/* Makes room for one more. */
void hl_snap_table_room(struct hl_snap_table *t);
void hl_snap_table_put(struct hl_snap_table *t, uint64_t hash, uint32_t number);

enum { HL_SNAP_NEAR = 1024 };

/* Different texts, numbered in the order in which they came. */
struct hl_snap_texts {
	unsigned char key[16];
	char *pool;
	struct hl_snap_text {
		uint32_t at, n; /* in pool, ended by a NUL that n does not count */
	} *text;
	size_t n_pool, cap_pool, n, cap;
	struct hl_snap_table table;
	uint32_t near[HL_SNAP_NEAR]; /* number + 1 of a text met lately: most are met again soon */
};

void hl_snap_texts_init(struct hl_snap_texts *t);
void hl_snap_texts_fini(struct hl_snap_texts *t);
/* The number of a text of n bytes and a NUL, which is copied where it is new. The caller sees to it that the pool stays within 4 GiB. */
uint32_t hl_snap_texts_number(struct hl_snap_texts *t, const char *s, size_t n);
/* The same without a table: one that was not met lately gets a new number, whether it has one or not. For a part, whose texts are numbered anew when it is joined. */
uint32_t hl_snap_texts_keep(struct hl_snap_texts *t, const char *s, size_t n);

/* Rows with what belongs to them. */
struct hl_snap_rows {
	struct hl_snap_row *row;
	uint32_t *ref;
	char *own;
	size_t n, cap, n_refs, cap_refs, n_own, cap_own;
};

void hl_snap_rows_fini(struct hl_snap_rows *r);

struct hl_snapshot_part {
	struct hl_snap_rows rows;
	struct hl_snap_texts texts;
	uint32_t *joined; /* number here -> number in the writer; UINT32_MAX: not known yet */
	size_t cap_joined;
};

struct hl_snapshot_writer {
	struct hl_snap_rows rows;
	struct hl_snap_texts texts;
	struct hl_snap_table ids;
	struct hl_snapshot_part *single;  /* for entries that come one by one */
	struct hl_pattern *pattern;       /* sorted; NULL: not yet */
	uint32_t *order;                  /* the rows by id */
};

/* Makes room for `more` elements of `size` bytes in *p. */
void hl_snap_grow(void *p, size_t *cap, size_t used, size_t more, size_t size);
/* Fills order and pattern, once. */
void hl_snap_sort(struct hl_snapshot_writer *w);

#endif
