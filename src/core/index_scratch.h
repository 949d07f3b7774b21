/* index_scratch.h: the working memory of one thread that queries an index; for the files of the index alone. */
#ifndef HL_CORE_INDEX_SCRATCH_H
#define HL_CORE_INDEX_SCRATCH_H

#include "core/index_int.h"

enum { HL_IX_CHUNK = 256, HL_IX_TESTED = 128 };

/* The keys of some plates: those from `tested` on were asked for and are on their way. */
struct hl_ix_chunk {
	struct hl_ix_keys keys;
	size_t tested;
	unsigned n, plate;          /* plates; that of the first key not tested */
	uint32_t query[HL_IX_CHUNK];
	size_t end[HL_IX_CHUNK];    /* of each plate's keys */
};

/* A key that passed the filter. */
struct hl_ix_survivor {
	uint64_t key;
	uint32_t query;
};

struct hl_ix_candidate {
	uint32_t query, entry;
};

struct hl_ix_seen {
	uint32_t entry, epoch;
};

struct hl_index_scratch {
	struct hl_ix_chunk chunk;
	uint32_t passed[HL_IX_TESTED];
	struct hl_ix_survivor *survivor;
	size_t n_survivors, survivors_cap;
	struct hl_ix_candidate *candidate;
	size_t n_candidates, candidates_cap;
	struct hl_ix_seen *seen; /* entries that the query at hand was compared with; open addressing */
	size_t seen_size, seen_n;
	uint32_t epoch, epoch_query;
	struct hl_found *found;
	size_t n_found, found_cap;
	struct hl_index_stats stats;
};

void hl_ix_found_add(struct hl_index_scratch *s, uint32_t query, uint32_t entry, int cost);

#endif
