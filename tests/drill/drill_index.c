/* drill_index.c: the index against an independent distance (brute.c): 20,000 entries and 5,000 mutated reads at each budget, and reads of different budgets
 * as a read and its alternatives have them, for empty, sparse, directed and densely linked tables, with partial plates and O/0-collapsed entries; comparing
 * with every entry against the same on a part of the reads; then a million entries and 2,000 reads. Prints one JSON line a trial; ends by abort, with a
 * line that names the pair, where any answer differs. Give a seed as argument to try others. Uses all processors.
 */
#include "lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ENTRIES = 20000, READS = 5000, ALL_COMPARED = 150, MANY = 1000000, SAMPLE = 2000 };

static const int budget_list[] = { 0, 30, 50, 100, 125, 150, 200 };
enum { BUDGETS = sizeof budget_list / sizeof budget_list[0] };
static const struct {
	const char *name;
	enum trial_kind kind;
	int pairs, directed;
} tables[] = {
	{ "empty", TRIAL_PLATES, 0, 0 },     { "sparse", TRIAL_PLATES, 28, 0 }, { "sparse", TRIAL_WILD, 28, 0 },
	{ "directed", TRIAL_WILD, 170, 1 },  { "dense", TRIAL_PLATES, 640, 1 }, { "dense", TRIAL_WILD, 640, 1 },
};

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void report(const struct trial *t, const char *name, enum trial_kind kind, const char *budget, size_t found, double since)
{
	printf("{\"table\":\"%s\",\"pairs\":%u,\"wildcards\":%s,\"max_cost\":%s,\"reads\":%zu,\"entries\":%zu,\"matches\":%zu,\"equal\":true,\"s\":%.1f}\n", name,
	       t->table.pairs, kind == TRIAL_WILD ? "true" : "false", budget, t->n_reads, t->n_entries, found, seconds() - since);
	fflush(stdout);
}

static void all_at(int *budgets, size_t n, int budget)
{
	for (size_t k = 0; k < n; k++)
		budgets[k] = budget;
}

/* One truth serves all budgets. */
static void run(struct brute_rng *r, const struct hl_crew *crew, size_t i)
{
	struct trial t;
	struct truth truth;
	static int budgets[READS];
	char text[16];
	double start = seconds();
	trial_init(&t, r, tables[i].kind, tables[i].pairs, tables[i].directed, ENTRIES, READS);
	trial_truth(&t, crew, HL_COST_MAX, &truth);
	for (size_t b = 0; b < BUDGETS; b++, start = seconds()) {
		all_at(budgets, READS, budget_list[b]);
		size_t found = trial_compare_truth(&t, crew, budget_list[b], budgets, &truth);
		snprintf(text, sizeof text, "%d.%02d", budget_list[b] / 100, budget_list[b] % 100);
		report(&t, tables[i].name, tables[i].kind, text, found, start);
	}
	for (int k = 0; k < READS; k++)
		budgets[k] = budget_list[brute_below(r, BUDGETS)];
	report(&t, tables[i].name, tables[i].kind, "\"each read its own\"", trial_compare_truth(&t, crew, HL_COST_MAX, budgets, &truth), start);
	start = seconds();
	t.n_reads = ALL_COMPARED;
	report(&t, tables[i].name, tables[i].kind, "\"every entry compared\"", trial_compare(&t, HL_COST_MAX, budgets, false), start);
	truth_fini(&truth);
	trial_fini(&t);
}

/* A long list, a sample of reads. */
static void run_long(struct brute_rng *r, const struct hl_crew *crew, enum trial_kind kind, int pairs)
{
	struct trial t;
	struct truth truth;
	static int budgets[SAMPLE];
	double start = seconds();
	trial_init(&t, r, kind, pairs, 1, MANY, SAMPLE);
	trial_truth(&t, crew, HL_COST_MAX, &truth);
	for (int b = 100; b <= 200; b += 100, start = seconds()) {
		all_at(budgets, SAMPLE, b);
		report(&t, "directed", kind, b == 100 ? "1.00" : "2.00", trial_compare_truth(&t, crew, b, budgets, &truth), start);
	}
	truth_fini(&truth);
	trial_fini(&t);
}

int main(int argc, char **argv)
{
	struct brute_rng r = { argc > 1 ? strtoull(argv[1], NULL, 10) : 2026 };
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		run(&r, &crew, i);
	run_long(&r, &crew, TRIAL_PLATES, 56);
	run_long(&r, &crew, TRIAL_PLATES, 640);
	return 0;
}
