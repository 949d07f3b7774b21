/* drill_index.c: the index against comparing with every entry, 20,000 entries and 5,000 mutated reads, for sparse, dense, directed and empty tables, at
 * all budgets, with wildcards and O/0 entries; a part of the reads against the independent distance too; then a
 * million entries and a sample of reads. Prints one JSON line a trial; ends by
 * abort, with a line that names the pair, where any answer differs. Give a seed as argument to try others.
 */
#include "lists.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES = 20000, READS = 5000, JUDGED = 60, MANY = 1000000, FEW_READS = 200 };

static const int budget_list[] = { 0, 30, 50, 100, 125, 150, 200 };
static const struct {
	const char *name;
	enum trial_kind kind;
	int pairs, directed;
} tables[] = {
	{ "empty", TRIAL_PLATES, 0, 0 },	     { "sparse", TRIAL_PLATES, 28, 0 },	 { "directed", TRIAL_WILD, 170, 1 },
	{ "dense", TRIAL_PLATES, 640, 1 },	     { "dense", TRIAL_WILD, 640, 1 },
};

static void run(struct brute_rng *r, size_t i)
{
	struct trial t;
	static int budgets[READS];
	trial_init(&t, r, tables[i].kind, tables[i].pairs, tables[i].directed, ENTRIES, READS);
	for (size_t b = 0; b < sizeof budget_list / sizeof budget_list[0]; b++) {
		for (int k = 0; k < READS; k++)
			budgets[k] = budget_list[b];
		size_t found = trial_compare(&t, budget_list[b], budgets, false);
		printf("{\"table\":\"%s\",\"pairs\":%u,\"wildcards\":%s,\"max_cost\":%d,\"reads\":%d,\"entries\":%d,\"matches\":%zu,\"equal\":true}\n",
		       tables[i].name, t.table.pairs, tables[i].kind == TRIAL_WILD ? "true" : "false", budget_list[b], READS, ENTRIES, found);
		fflush(stdout);
	}
	for (int k = 0; k < READS; k++)
		budgets[k] = budget_list[brute_below(r, 7)];
	t.n_reads = JUDGED;
	size_t found = trial_compare(&t, HL_COST_MAX, budgets, true);
	printf("{\"table\":\"%s\",\"judge\":\"independent\",\"reads\":%d,\"entries\":%d,\"matches\":%zu,\"equal\":true}\n", tables[i].name, JUDGED,
	       ENTRIES, found);
	trial_fini(&t);
}

/* A long list, a sample of reads. */
static void run_long(struct brute_rng *r, int pairs)
{
	static const int budget[] = { 100, 200 };
	struct trial t;
	int budgets[FEW_READS];
	trial_init(&t, r, TRIAL_PLATES, pairs, 1, MANY, FEW_READS);
	for (int b = 0; b < 2; b++) {
		for (int k = 0; k < FEW_READS; k++)
			budgets[k] = budget[b];
		size_t found = trial_compare(&t, budget[b], budgets, false);
		printf("{\"pairs\":%u,\"max_cost\":%d,\"reads\":%d,\"entries\":%d,\"matches\":%zu,\"equal\":true}\n", t.table.pairs, budget[b],
		       FEW_READS, MANY, found);
		fflush(stdout);
	}
	trial_fini(&t);
}

int main(int argc, char **argv)
{
	struct brute_rng r = { argc > 1 ? strtoull(argv[1], NULL, 10) : 2026 };
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		run(&r, i);
	run_long(&r, 56);
	run_long(&r, 640);
	return 0;
}
