/* brute.h: the judge of the matcher: a distance written from the definition alone, on characters, over full matrices, sharing no code with src/.
 * Slow on purpose. Test programs and the fuzz target use it.
 */
#ifndef HL_TESTS_BRUTE_H
#define HL_TESTS_BRUTE_H

#include <stdint.h>

/* Cost by characters: pair[listed][read] in hundredths, 0 meaning "not listed" (then 100). */
struct brute_table {
	unsigned char pair[128][128];
};

/* The least cost of pattern (A-Z, 0-9, '?', '*') read as read; o0: O and 0 cost nothing against each other. */
int brute_distance(const struct brute_table *t, const char *pattern, int o0, const char *read);

/* The same where it is at most max (0..200), else anything above max: only the cells near the diagonal, until all are above it. Some tens of nanoseconds for
 * plates that have nothing in common. */
int brute_within(const struct brute_table *t, const char *pattern, int o0, const char *read, int max);

/* What each listed character costs at least, wherever it stands, given the characters of a read: their sum is never above the distance. */
struct brute_least {
	unsigned char cost[128];
};
void brute_least(const struct brute_table *t, const char *read, int o0, struct brute_least *least);

/* A small generator for tests: the same numbers everywhere. */
struct brute_rng {
	uint64_t state;
};
uint32_t brute_below(struct brute_rng *r, uint32_t n);

/* Fills t with about `pairs` random directed pairs of costs 10..90 (both ways where directed is 0) and gives how many are listed. */
int brute_random_table(struct brute_rng *r, struct brute_table *t, int pairs, int directed);

#endif
