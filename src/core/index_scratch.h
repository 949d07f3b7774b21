/* index_scratch.h: the working memory of one thread that queries an index; for the files of the index alone. Everything in it grows with use and is kept for
 * the next query, so that a thread that runs for long allocates nothing. It belongs to the thread that made it (hl_index_scratch_new, _free in index.h).
 */
#ifndef HL_CORE_INDEX_SCRATCH_H
#define HL_CORE_INDEX_SCRATCH_H

#include "core/index_int.h"

enum { HL_IX_CHUNK = 256 /* plates of a chunk */, HL_IX_TESTED = 128 /* keys tested in one call */ };

/* The keys of some plates, in the order of the plates: those before `tested` are done with, the others' lines were asked for and are on their way. */
struct hl_ix_chunk {
	struct hl_ix_keys keys;
	size_t tested;
	unsigned n, plate;           /* how many plates; which one has the first key not tested */
	uint32_t query[HL_IX_CHUNK]; /* each plate's position in the batch */
	size_t end[HL_IX_CHUNK];     /* where each plate's keys end */
};

/* A key that passed the filter, and the plate (by its position in the batch) that asked for it: its bucket is looked at next. */
struct hl_ix_survivor {
	uint64_t key;
	uint32_t query;
};

/* An entry from such a bucket whose tag fits: to be compared with the plate, once. */
struct hl_ix_candidate {
	uint32_t query, entry;
};

/* A place of the table of entries that the query at hand was compared with; one whose epoch is not the present one is empty, so that a new query need not
 * clear the table. */
struct hl_ix_seen {
	uint32_t entry, epoch;
};

struct hl_index_scratch {
	struct hl_ix_chunk chunk;
	uint32_t passed[HL_IX_TESTED]; /* positions of the keys that a test let through */
	struct hl_ix_survivor *survivor;
	size_t n_survivors, survivors_cap;
	struct hl_ix_candidate *candidate;
	size_t n_candidates, candidates_cap;
	struct hl_ix_seen *seen;       /* open addressing; seen_size is a power of two, at most half of it is used */
	size_t seen_size, seen_n;
	uint32_t epoch, epoch_query;   /* of the query at hand: which one it is, UINT32_MAX for none */
	struct hl_found *found;        /* what hl_index_query gives; in order once it is done */
	size_t n_found, found_cap;
	struct hl_index_stats stats;   /* the counters alone, over all queries so far */
};

/* Appends one pair to s's findings; each pair is given once by whoever calls. */
void hl_ix_found_add(struct hl_index_scratch *s, uint32_t query, uint32_t entry, int cost);

#endif
