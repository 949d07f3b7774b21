/* index.h: finds all listed plates within a budget of a plate as read, with recall identical to comparing with every one. doc/matching.md explains
 * the keys, the plans and why they are exact. An index is immutable once built and shared between threads; each thread queries with a scratch of
 * its own.
 */
#ifndef HL_CORE_INDEX_H
#define HL_CORE_INDEX_H

#include "base/crew.h"
#include "core/match.h"

struct hl_index;
struct hl_index_scratch;

/* Partial plates (hl_pattern_is_partial) are scanned for each read: an import refuses a list with more. An index takes what its lists have together. */
enum { HL_INDEX_PARTIAL_MAX = 10000 };

struct hl_index_params {
	const struct hl_confusion *confusion; /* borrowed for the build only; copied */
	int max_cost;                         /* the budget, 0..HL_COST_MAX hundredths: a query above it is compared with every entry */
	const struct hl_crew *crew;           /* borrowed for the build; NULL: the caller's thread alone. The same index, to the byte, whatever it is */
	bool borrow;                          /* the patterns stay where they are for as long as the index lives, instead of being copied */
};

struct hl_index_stats {
	size_t entries, bytes;          /* bytes: filter, postings, patterns */
	size_t filter_bytes;            /* of these, the filters */
	double build_s;                 /* 0: the index reads no clock; filled by callers that do */
	char plan[96];                  /* the plan's families, as text, for status and benches */
	uint64_t queries, keys, survivors, verified, found; /* of one scratch, see hl_index_scratch_stats */
};

/* Builds an index over n patterns; entry numbers are positions in patterns. Partial ones stand in a list that is scanned.
 * Borrows patterns and params for the call; gives *out. HL_E_INPUT: max_cost out of range. HL_E_LIMIT: too many entries or keys. HL_E_INTERNAL: no complete plan for this table
 * and budget (never seen; the condition is checked at every build). Memory: about 70-440 bytes an entry by plan. */
enum hl_code hl_index_new(struct hl_index **out, const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params, struct hl_err *err);
void hl_index_free(struct hl_index **ix);
void hl_index_stats(const struct hl_index *ix, struct hl_index_stats *stats);

/* A thread's working memory; grows with use (never a cap on candidates). */
struct hl_index_scratch *hl_index_scratch_new(void);
void hl_index_scratch_free(struct hl_index_scratch **s);
void hl_index_scratch_stats(const struct hl_index_scratch *s, struct hl_index_stats *stats);

/* The entry's pattern; borrowed from ix. */
const struct hl_pattern *hl_index_pattern(const struct hl_index *ix, uint32_t entry);
/* How many lines (64 bytes) of the filters a plate touches within this budget: for benches. */
size_t hl_index_lines(const struct hl_index *ix, const struct hl_plate *plate, int budget);

/* One (query, entry) pair within the query's budget. */
struct hl_found {
	uint32_t query; /* position in the batch */
	uint32_t entry; /* position in patterns */
	int cost;       /* hundredths */
};

/* Compares n plates (each with a budget of its own, at most the index's) with all entries; best in batches of 16-64. Gives the pairs in *found
 * (borrowed from the scratch, valid until its next use), ordered by query and entry, each pair once. Returns how many. */
size_t hl_index_query(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets, size_t n,
		      const struct hl_found **found);
/* The same by comparing with every entry: the judge of the index. */
size_t hl_index_query_all(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets, size_t n,
			  const struct hl_found **found);

#endif
