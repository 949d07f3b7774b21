/* lists.h: random tables, lists and reads for the tests of the index, and the comparison of three answers: the index, every entry compared by
 * core/match, and the independent distance of brute.c.
 */
#ifndef HL_TESTS_LISTS_H
#define HL_TESTS_LISTS_H

#include "brute.h"
#include "core/index.h"

/* One trial: a table, a list, reads; all texts kept, since the judge works on them. */
struct trial {
	struct brute_table judge;
	struct hl_confusion table;
	size_t n_entries, n_reads;
	char (*entry)[HL_PLATE_MAX + 1];
	char (*read)[HL_PLATE_MAX + 1];
	struct hl_pattern *pattern;
	struct hl_plate *plate;
};

enum trial_kind {
	TRIAL_SMALL_ALPHABET, /* strings of 1-12 symbols over 0OQ1I28BZ: nearly everything matches */
	TRIAL_PLATES,         /* plate-like strings, reads mutated from entries */
	TRIAL_WILD,           /* the same with '?' and '*' in a third of the entries */
	TRIAL_PARTIAL         /* nearly all partial: beginnings, ends, middles, both ends, several runs */
};

struct hl_confusion trial_table(const struct brute_table *judge);
/* Fills t (entries with O/0 flags too); gives what trial_fini frees. */
void trial_init(struct trial *t, struct brute_rng *r, enum trial_kind kind, int pairs, int directed, size_t n_entries, size_t n_reads);
void trial_fini(struct trial *t);
/* All pairs within max, as the independent distance finds them: ordered by read (counted from 0) and entry. The crew's threads share the reads. */
struct truth {
	struct hl_found *pair;
	size_t n;
};
void trial_truth(const struct trial *t, const struct hl_crew *crew, int max, struct truth *truth);
void truth_fini(struct truth *truth);
/* Compares an index made for max_cost with what of the truth is within each read's budget (at most that of the truth). As trial_compare otherwise. */
size_t trial_compare_truth(const struct trial *t, const struct hl_crew *crew, int max_cost, const int *budgets, const struct truth *truth);

/* Compares the answers at this budget, the reads in batches; with_judge: the independent distance too. max_cost: the index's. Ends the program with a
 * line that names the pair where they differ. Gives the number of pairs found. */
size_t trial_compare(const struct trial *t, int max_cost, const int *budgets, bool with_judge);

#endif
