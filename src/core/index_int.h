/* index_int.h: what the files of the index share among themselves; nobody else includes it but their tests. doc/matching.md explains the method.
 *
 * Entries fall into parts by the number of '?' they have (none, one, two); a part has a plan of key families, one filter and one set of postings for
 * all of its keys. Built by one call, on a crew's threads; immutable afterwards.
 */
#ifndef HL_CORE_INDEX_INT_H
#define HL_CORE_INDEX_INT_H

#include "core/index.h"

enum {
	HL_IX_FAMILIES = 3,                 /* one for each number of hard edits at most */
	HL_IX_DELETIONS = 3,                /* of a family, on the listed side */
	HL_IX_ONES = 2,                     /* '?' in an indexed entry at most */
	HL_IX_SHIFTS = HL_IX_DELETIONS + HL_IX_ONES + 1,
	HL_IX_BLOCK = 32,                   /* bytes of a block of the filter */
	HL_IX_BUDGETS = HL_COST_MAX + 1,
	HL_IX_QUICK_ALTERNATIVES = 24,      /* a plate with more symbols that may be replaced has its keys made the general way */
	HL_IX_SPARSE_KEYS = HL_PLATE_MAX + 2,
	HL_IX_PROBES = 128,
	HL_IX_QUICK_KEYS = 1024,             /* of one plate made the quick way, at most */
	HL_IX_LANES = 32,                    /* scanned entries summed at once */
	HL_IX_SLOTS = 2 * HL_PLATE_MAX + 1,  /* where a symbol of a scanned entry stands: from the beginning, from the end, anywhere */
	HL_IX_SCAN_SYMBOLS = 48              /* room for the 36 and a few more, three times what one instruction looks up */
};

/* Which keys a family has. "d2@33x50": all variants with at most two deletions, symbols folded along edges up to 0.33, the read's side also with one
 * symbol replaced by each listed one that is read as it at a cost above 0.33 and up to 0.50. "w1@40": exactly one hole at a fixed position. */
struct hl_ix_shape {
	bool holes;
	uint8_t k;      /* deletions at most, or holes exactly */
	uint8_t fold;   /* hundredths; 0: no edge is folded, only O and 0 are one */
	uint8_t expand; /* hundredths; 0: no replacement */
};

struct hl_ix_family {
	struct hl_ix_shape shape;
	uint8_t cls[HL_SYMBOLS];                           /* the least symbol of the class */
	uint64_t mark[HL_PLATE_MAX][HL_SYMBOLS + 1];       /* [position][symbol], equal within a class; the last is a hole */
	uint64_t salt;                                     /* of the family: the key of the empty string */
	unsigned group;                                    /* of one hole: keys with holes at neighbouring places stand in one block, by so many */
	uint8_t n_alt[HL_SYMBOLS], alt[HL_SYMBOLS][HL_SYMBOLS]; /* classes that a read symbol may stand for by replacement */
};

/* What a query of some budget has to ask of a family. */
struct hl_ix_need {
	int8_t k; /* deletions or holes on the listed side; -1: nothing */
	bool expand;
};

/* Which families a query of some budget asks, where all of them have an unrolled form; n = 0 where one has not. */
struct hl_ix_quick {
	uint8_t n, kind[HL_IX_FAMILIES], family[HL_IX_FAMILIES];
	bool sparse; /* at most one symbol left out, and another fold of the whole: the plan of a sparse table at a budget of one hard edit */
};

struct hl_ix_part {
	unsigned ones;   /* '?' in each of its entries */
	uint16_t lengths[HL_COST_MAX / HL_HARD + 1]; /* [hard edits] bit n: an entry's length is within so many of n */
	size_t n;        /* entries */
	unsigned n_families;
	struct hl_ix_family family[HL_IX_FAMILIES];
	struct hl_ix_need need[HL_IX_BUDGETS][HL_IX_FAMILIES];
	struct hl_ix_quick quick[HL_IX_BUDGETS];
	uint8_t *filter; /* blocks of HL_IX_BLOCK bytes */
	uint64_t blocks;
	uint32_t *offset, *item; /* buckets + 1; item: entry | tag << id_bits */
	uint64_t buckets, items;
	size_t filter_bytes, offset_bytes, item_bytes;
	bool mapped;     /* of an image: offset and item belong to it, the filter alone is ours */
};

/* Tests n keys, writes the positions of those that pass to out (room for n) in order, gives how many. */
typedef unsigned (*hl_ix_test)(const struct hl_ix_part *p, const uint64_t *key, unsigned n, uint32_t *out);

/* Makes the keys of n plates (1..HL_IX_PROBES, none empty; the first is query `first`) as q, which is sparse, says, tests them `lag` plates later, and
 * writes those that pass to out (room for n * HL_IX_SPARSE_KEYS); gives how many. */
struct hl_ix_survivor;
typedef unsigned (*hl_ix_probe)(const struct hl_ix_part *p, const struct hl_ix_quick *q, const struct hl_plate *plates, unsigned n, uint32_t first,
				unsigned lag, struct hl_ix_survivor *out);

/* Of 32 entries (columns `stride` bytes apart) the bit set of those whose sum, by the table of each column, is at most the budget. */
typedef uint32_t (*hl_ix_sum)(const uint8_t *column, size_t stride, unsigned columns, const uint8_t (*const *least)[HL_IX_SCAN_SYMBOLS], int budget);

/* Scanned entries of one layout. */
struct hl_ix_scan_group {
	uint8_t run, columns;      /* has a '*'; symbols that are none */
	uint8_t slot[HL_PLATE_MAX];
	uint32_t n, first;         /* entries; the first in entry */
	size_t column;             /* where its columns begin, each padded to whole lanes */
};

struct hl_ix_scan {
	size_t n, column_bytes;
	uint32_t *entry;
	unsigned n_groups;
	struct hl_ix_scan_group *group;
	uint8_t *column;
	uint32_t slots;            /* bit set of those in use */
	uint8_t row[HL_SYMBOLS + 1][HL_IX_SCAN_SYMBOLS]; /* [read, the last where nothing is][listed] */
	hl_ix_sum sum;
};

struct hl_index {
	struct hl_confusion confusion;
	int max_cost;
	size_t n, pattern_bytes;
	const struct hl_pattern *pattern;
	bool borrowed; /* the patterns */
	struct hl_ix_scan scan; /* entries that stand beside the keys */
	unsigned id_bits;
	hl_ix_test test;
	hl_ix_probe probe; /* NULL: this processor has none */
	struct hl_ix_part part[HL_IX_ONES + 1]; /* n = 0: not used */
};

/* Keys of one string, growing. */
struct hl_ix_keys {
	uint64_t *v;
	size_t n, cap;
};

/* index.c */
/* An index without entries in it, the patterns borrowed. */
struct hl_index *hl_ix_new(const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params);

/* index_plan.c */
/* Chooses p's families for the table, the budget and the entries listed at `entry` (positions in patterns), fills p->need. HL_E_INTERNAL where the
 * plan is not complete. */
enum hl_code hl_ix_plan(struct hl_ix_part *p, const struct hl_confusion *t, int budget, const struct hl_pattern *patterns, const uint32_t *entry,
			struct hl_err *err);
/* The families by their shapes, with what a query needs of them. HL_E_INTERNAL where they are no complete plan. */
enum hl_code hl_ix_plan_take(struct hl_ix_part *p, const struct hl_confusion *t, int budget, const struct hl_ix_shape *shape, unsigned n, struct hl_err *err);
/* For tests: do these families find every alignment within budget? */
bool hl_ix_complete(const struct hl_ix_shape *shape, unsigned n, const struct hl_confusion *t, int budget);
/* "d1@0+w1@37x50" into dst. */
void hl_ix_plan_text(const struct hl_ix_part *p, char *dst, size_t size);

/* The half of a key that says which block of the filter; the other says which bits. */
#define HL_IX_PLACE 0xffffffff00000000u

/* index_keys.c */
/* Classes, marks and replacements of f->shape; number: of the family in its part, so that families do not share keys. */
void hl_ix_family_init(struct hl_ix_family *f, const struct hl_confusion *t, unsigned number);
/* Classes alone: cls[symbol] is the least symbol connected with it by edges of cost up to fold, O and 0 always being one. */
void hl_ix_fold(const struct hl_confusion *t, int fold, uint8_t cls[HL_SYMBOLS]);
/* Appends the keys of n symbols with up to (holes: exactly) k left out; a key may come more than once. */
void hl_ix_keys_add(const struct hl_ix_family *f, int k, bool expand, const uint8_t *sym, unsigned n, struct hl_ix_keys *out);
void hl_ix_keys_grow(struct hl_ix_keys *keys, size_t more);
static inline void hl_ix_keys_room(struct hl_ix_keys *keys, size_t more)
{
	if (keys->n + more > keys->cap)
		hl_ix_keys_grow(keys, more);
}
/* Can a plate of this length be within the budget (0..HL_COST_MAX) of an entry at all? */
static inline bool hl_ix_in_reach(const struct hl_ix_part *p, int budget, unsigned len)
{
	return p->lengths[budget / HL_HARD] >> len & 1;
}
/* The keys that a plate as read asks for within this budget. */
void hl_ix_keys_read(const struct hl_ix_part *p, int budget, const struct hl_plate *plate, struct hl_ix_keys *out);
/* All keys of a listed plate; its '?' left out. */
void hl_ix_keys_listed(const struct hl_ix_part *p, const struct hl_pattern *pattern, struct hl_ix_keys *out);

/* index_quick.c */
hl_ix_probe hl_ix_probe_best(void); /* NULL where there is none */
/* Fills p->quick from p->need. */
void hl_ix_quick_init(struct hl_ix_part *p);
/* The keys that a plate (1..HL_PLATE_MAX symbols) asks for, into v (room for HL_IX_QUICK_KEYS); gives how many. 0 where the plate has too many
 * replacements: then it is hl_ix_keys_read that makes them. q->n > 0. */
unsigned hl_ix_quick_keys(const struct hl_ix_part *p, const struct hl_ix_quick *q, const struct hl_plate *plate, uint64_t *v);

/* index_build.c */
enum hl_code hl_ix_part_build(struct hl_ix_part *p, const struct hl_index *ix, const uint32_t *entry, const struct hl_crew *crew, struct hl_err *err);
void hl_ix_part_fini(struct hl_ix_part *p);
/* How large filter, bounds and items are, by p->items; they stand one behind the other. */
void hl_ix_part_size(struct hl_ix_part *p);
size_t hl_ix_part_bytes(const struct hl_ix_part *p);

/* index_filter.c */
hl_ix_test hl_ix_test_best(void);     /* the quickest for this processor */
hl_ix_test hl_ix_test_portable(void);
extern const uint32_t hl_ix_salts[HL_IX_BLOCK / 4];
void hl_ix_filter_add(struct hl_ix_part *p, uint64_t block, uint32_t bits); /* bits: the lower half of the key */

static inline uint64_t hl_ix_block(const struct hl_ix_part *p, uint64_t key)
{
	return (key >> 32) * p->blocks >> 32;
}

static inline uint64_t hl_ix_bucket(const struct hl_ix_part *p, uint64_t key)
{
	return (uint64_t)((unsigned __int128)(key * 0xff51afd7ed558ccdu) * p->buckets >> 64);
}

static inline uint32_t hl_ix_tag(uint64_t key, unsigned id_bits)
{
	return id_bits < 32 ? (uint32_t)(key & 0xffffffffu) >> id_bits : 0;
}

/* index_scan.c */
/* Over the n entries listed at `entry`, in any order; s is filled whatever it held. s->entry is whole lines long, as an image has it. */
void hl_ix_scan_init(struct hl_ix_scan *s, const struct hl_confusion *t, const struct hl_pattern *patterns, const uint32_t *entry, size_t n);
void hl_ix_scan_fini(struct hl_ix_scan *s);
size_t hl_ix_scan_bytes(const struct hl_ix_scan *s);
/* Appends the pairs of the scanned entries with one plate within budget (0..HL_COST_MAX). */
void hl_ix_scan_query(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plate, int budget, uint32_t query);
hl_ix_sum hl_ix_sum_best(void);
hl_ix_sum hl_ix_sum_portable(void);

/* index_query.c */
/* Appends the pairs of part p with n plates to s's findings. */
void hl_ix_part_query(const struct hl_index *ix, const struct hl_ix_part *p, struct hl_index_scratch *s, const struct hl_plate *plates,
		      const int *budgets, size_t n);

#endif
