/* bench_match.c: how fast the index finds, on lists and reads from files.
 *
 *     bench_match ENTRIES READS [--max-cost B] [--threads N] [--confusions FILE] [--batch N] [--rounds N]
 *
 * One plate a line each. Prints JSON lines: reads a second (all reads, and those that match nothing), bytes an entry, seconds to build (on one
 * thread, and on all processors), the time of single reads, and the floor: what the memory alone would allow, were each line that a miss in the prototype touches merely fetched, asked for
 * ahead. With several threads also what they gain beside a spin loop. Counts of lines, survivors and comparisons a read are free of noise. Speeds are the best of the rounds. Exit codes as everywhere (sysexits).
 */
#include "base/conf.h"
#include "base/data.h"
#include "core/index.h"
#include "core/rule.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH_MAX = 1024, THREADS_MAX = 64, LATENCIES = 200000, LINE = 64, LINE_READS = 20000, SPINS = 20000000 };

struct options {
	const char *entries, *reads, *confusions;
	int max_cost, threads, batch, rounds;
};

/* One thread's work: all reads, in batches, several times. */
struct job {
	const struct hl_index *ix;
	const struct hl_plate *plates;
	const int *budgets;
	size_t n;
	int batch, rounds;
	double best_s;
	pthread_t thread;
};

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(int code, const char *text, const char *what)
{
	fprintf(stderr, "bench_match: %s%s%s\n", what ? what : "", what ? ": " : "", text);
	exit(code);
}

/* Calls fn for each line of a file; the line's end is cut off. */
static size_t each_line(const char *path, void (*fn)(void *arg, size_t i, const char *text, size_t n), void *arg)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0, i = 0;
	if (!f)
		fail(66, "can't be read", path);
	for (ssize_t n; (n = getline(&line, &cap, f)) >= 0; i++)
		fn(arg, i, line, strcspn(line, "\r\n"));
	free(line);
	fclose(f);
	return i;
}

struct loaded {
	const char *path;
	void *v; /* struct hl_pattern or struct hl_plate */
	size_t cap;
	bool patterns;
};

static void load_line(void *arg, size_t i, const char *text, size_t n)
{
	struct loaded *l = arg;
	size_t size = l->patterns ? sizeof(struct hl_pattern) : sizeof(struct hl_plate);
	struct hl_err err;
	if (i == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 1024;
		l->v = hl_realloc(l->v, l->cap, size);
	}
	enum hl_code code = l->patterns ? hl_pattern_parse((struct hl_pattern *)l->v + i, text, n, false, &err)
					: hl_plate_parse((struct hl_plate *)l->v + i, text, n, &err);
	if (code == HL_OK)
		return;
	fprintf(stderr, "bench_match: %s:%zu: %s\n", l->path, i + 1, err.text);
	exit(hl_code_exit(code));
}

static void *load(const char *path, bool patterns, size_t *n)
{
	struct loaded l = { .path = path, .patterns = patterns };
	*n = each_line(path, load_line, &l);
	if (*n == 0)
		fail(65, "has no plates", path);
	return l.v;
}

static void load_table(struct hl_confusion *t, const char *path)
{
	static struct hl_faults faults;
	char latin[HL_PATH_MAX];
	if (!path && !hl_data_find(latin, sizeof latin, "rules/confusions/latin.yaml"))
		fail(66, "the installed confusion table is not found: name one with --confusions", NULL);
	if (hl_confusion_load(t, path ? path : latin, &faults) == HL_OK)
		return;
	struct hl_buf text = HL_BUF(1 << 16);
	hl_faults_print(&faults, &text);
	fputs(hl_buf_text(&text), stderr);
	exit(78);
}

static int parse_cost(const char *s)
{
	char *end;
	double v = strtod(s, &end);
	if (end == s || *end || !(v >= 0 && v <= HL_COST_MAX / 100.0))
		fail(64, "expected 0 to 2.00", "--max-cost");
	return (int)(v * 100 + 0.5);
}

static int parse_count(const char *s, int max, const char *name)
{
	char *end;
	long v = strtol(s, &end, 10);
	if (end == s || *end || v < 1 || v > max)
		fail(64, "is out of range", name);
	return (int)v;
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = { { "max-cost", 1, 0, 'b' }, { "threads", 1, 0, 't' }, { "confusions", 1, 0, 'c' },
					       { "batch", 1, 0, 'n' },	  { "rounds", 1, 0, 'r' },  { 0 } };
	*o = (struct options){ .max_cost = 100, .threads = 1, .batch = 32, .rounds = 5 };
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (c == 'b')
			o->max_cost = parse_cost(optarg);
		else if (c == 't')
			o->threads = parse_count(optarg, THREADS_MAX, "--threads");
		else if (c == 'c')
			o->confusions = optarg;
		else if (c == 'n')
			o->batch = parse_count(optarg, BATCH_MAX, "--batch");
		else if (c == 'r')
			o->rounds = parse_count(optarg, 1000, "--rounds");
		else
			exit(64);
	}
	if (argc - optind != 2)
		fail(64, "ENTRIES READS [--max-cost B] [--threads N] [--confusions FILE] [--batch N] [--rounds N]", "usage: bench_match");
	o->entries = argv[optind];
	o->reads = argv[optind + 1];
}

static void *run(void *arg)
{
	struct job *j = arg;
	struct hl_index_scratch *s = hl_index_scratch_new();
	const struct hl_found *found;
	j->best_s = 1e9;
	for (int round = 0; round < j->rounds; round++) {
		double start = now_s();
		for (size_t i = 0; i < j->n; i += (size_t)j->batch) {
			size_t n = j->n - i < (size_t)j->batch ? j->n - i : (size_t)j->batch;
			hl_index_query(j->ix, s, j->plates + i, j->budgets + i, n, &found);
		}
		double took = now_s() - start;
		j->best_s = took < j->best_s ? took : j->best_s;
	}
	hl_index_scratch_free(&s);
	return NULL;
}

/* Reads a second of all threads together, each reading all plates. */
static double speed(const struct hl_index *ix, const struct hl_plate *plates, const int *budgets, size_t n, const struct options *o)
{
	static struct job job[THREADS_MAX];
	double sum = 0;
	for (int i = 0; i < o->threads; i++) {
		job[i] = (struct job){ .ix = ix, .plates = plates, .budgets = budgets, .n = n, .batch = o->batch, .rounds = o->rounds };
		if (pthread_create(&job[i].thread, NULL, run, &job[i]) != 0)
			fail(71, "can't start a thread", NULL);
	}
	for (int i = 0; i < o->threads; i++) {
		pthread_join(job[i].thread, NULL);
		sum += (double)n / job[i].best_s;
	}
	return sum;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* The time of single reads that come one at a time, the clock's own included. */
static void latency(const struct hl_index *ix, const struct hl_plate *plates, const int *budgets, size_t n)
{
	struct hl_index_scratch *s = hl_index_scratch_new();
	const struct hl_found *found;
	n = n < LATENCIES ? n : LATENCIES;
	double *ns = hl_alloc(n * sizeof ns[0]);
	for (size_t i = 0; i < n; i++) {
		double start = now_s();
		hl_index_query(ix, s, plates + i, budgets, 1, &found);
		ns[i] = (now_s() - start) * 1e9;
	}
	qsort(ns, n, sizeof ns[0], by_value);
	printf("{\"p50_ns\":%.0f}\n{\"p99_ns\":%.0f}\n", ns[n / 2], ns[n * 99 / 100]);
	free(ns);
	hl_index_scratch_free(&s);
}

/* Nanoseconds for one line at a random place of `bytes`, many asked for ahead. */
static double line_ns(size_t bytes)
{
	enum { LINES = 4000000, AHEAD = 32 };
	size_t lines = bytes / LINE + 1;
	uint8_t *area = hl_alloc_pages(lines * LINE);
	for (size_t i = 0; i < lines; i++)
		area[i * LINE] = (uint8_t)i;
	uint64_t at[AHEAD] = { 0 }, state = 1, sum = 0;
	double best = 1e9;
	for (int round = 0; round < 3; round++) {
		double start = now_s();
		for (size_t i = 0; i < LINES; i++) {
			sum += area[at[i % AHEAD]];
			state = state * 6364136223846793005u + 1442695040888963407u;
			at[i % AHEAD] = (state >> 32) * lines >> 32 << 6;
			__builtin_prefetch(area + at[i % AHEAD]);
		}
		double ns = (now_s() - start) * 1e9 / LINES;
		best = ns < best ? ns : best;
	}
	hl_free_pages(area, lines * LINE);
	return sum == 42 ? 0 : best;
}

/* The reads that match nothing, moved to the front of a copy; counts and the matches on the way. */
static struct hl_plate *find_misses(const struct hl_index *ix, const struct hl_plate *plates, const int *budgets, size_t n, size_t *misses,
				    struct hl_index_stats *st)
{
	struct hl_index_scratch *s = hl_index_scratch_new();
	struct hl_plate *miss = hl_alloc(n * sizeof miss[0]);
	*misses = 0;
	for (size_t i = 0; i < n; i += BATCH_MAX) {
		const struct hl_found *found;
		size_t batch = n - i < BATCH_MAX ? n - i : BATCH_MAX;
		size_t k = 0, n_found = hl_index_query(ix, s, plates + i, budgets + i, batch, &found);
		for (size_t q = 0; q < batch; q++) {
			if (k == n_found || found[k].query != q)
				miss[(*misses)++] = plates[i + q];
			while (k < n_found && found[k].query == q)
				k++;
		}
	}
	hl_index_scratch_stats(s, st);
	hl_index_scratch_free(&s);
	return miss;
}

/* Lines of the filters that a read touches, by a sample. */
static double lines_a_read(const struct hl_index *ix, const struct hl_plate *plates, size_t n, int budget)
{
	size_t take = n < LINE_READS ? n : LINE_READS, sum = 0;
	for (size_t i = 0; i < take; i++)
		sum += hl_index_lines(ix, &plates[i], budget);
	return (double)sum / (double)take;
}

/* The keys of the prototype that the design began with, modes U1 (budgets below 2) and U2: all variants with one symbol left out (two), and the whole
 * folded (with one left out): each a line of its own. */
static double prototype_keys(const uint8_t *sym, unsigned n, int budget)
{
	double one = n > 0;
	for (unsigned i = 1; i < n; i++)
		one += sym[i] != sym[i - 1];
	return budget < 200 ? one + 2 : 1 + one + n * (n - 1) / 2.0 + 1 + one;
}

/* What the memory alone would allow: the lines that a miss touches in the prototype, fetched at random from a filter as large as its, asked for ahead. */
static void print_floor(double entry_keys, const struct hl_plate *miss, size_t n, int budget)
{
	enum { BITS_A_KEY = 12 };
	double keys = 0, ns = line_ns((size_t)(entry_keys * BITS_A_KEY / 8));
	for (size_t i = 0; i < n; i++)
		keys += prototype_keys(miss[i].sym, miss[i].len, budget);
	keys /= (double)n;
	printf("{\"prototype_lines\":%.2f}\n{\"line_ns\":%.2f}\n{\"line_floor_reads_per_s\":%.0f}\n", keys, ns, 1e9 / (ns * keys));
}

static void print_counts(const struct hl_index_stats *st, size_t misses)
{
	double n = (double)st->queries;
	printf("{\"plan\":\"%s\"}\n", st->plan);
	printf("{\"keys_per_read\":%.3f}\n{\"survivors_per_read\":%.4f}\n{\"verified_per_read\":%.4f}\n",
	       (double)st->keys / n, (double)st->survivors / n, (double)st->verified / n);
	printf("{\"matches_per_read\":%.5f}\n{\"reads_with_match\":%.5f}\n", (double)st->found / n, 1 - (double)misses / n);
	printf("{\"bytes_per_entry\":%.1f}\n", (double)st->bytes / (double)st->entries);
}

/* Builds, first on one thread, then on all processors where there are more; the second is kept. */
static struct hl_index *build(const struct options *o, const struct hl_pattern *patterns, size_t n)
{
	struct hl_confusion table;
	struct hl_index *ix = NULL;
	struct hl_err err;
	const unsigned threads[] = { 1, hl_crew_processors() };
	double took[2] = { 0 };
	load_table(&table, o->confusions);
	for (int i = 0; i < 2 && (i == 0 || threads[i] > 1); i++) {
		struct hl_crew crew = { .threads = threads[i] };
		struct hl_index_params params = { .confusion = &table, .max_cost = o->max_cost, .crew = &crew };
		hl_index_free(&ix);
		double start = now_s();
		enum hl_code code = hl_index_new(&ix, patterns, n, &params, &err);
		if (code != HL_OK)
			fail(hl_code_exit(code), err.text, NULL);
		took[i] = now_s() - start;
	}
	printf("{\"entries\":%zu}\n{\"max_cost\":%d.%02d}\n{\"confusion_pairs\":%u}\n{\"build_s\":%.4f}\n", n, o->max_cost / 100, o->max_cost % 100,
	       table.pairs, took[0]);
	if (threads[1] > 1)
		printf("{\"build_threads\":%u}\n{\"build_s_threads\":%.4f}\n", threads[1], took[1]);
	return ix;
}

/* A loop that touches no memory: what more threads gain on this machine at this moment. */
static void *spin(void *arg)
{
	struct job *j = arg;
	double start = now_s();
	uint64_t v = (uint64_t)j->rounds;
	for (int i = 0; i < SPINS; i++)
		v = v * 6364136223846793005u + 1442695040888963407u;
	j->best_s = now_s() - start;
	j->n = v == 42;
	return NULL;
}

static double spins(int threads)
{
	static struct job job[THREADS_MAX];
	double sum = 0;
	for (int i = 0; i < threads; i++) {
		job[i] = (struct job){ .rounds = i };
		if (pthread_create(&job[i].thread, NULL, spin, &job[i]) != 0)
			fail(71, "can't start a thread", NULL);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(job[i].thread, NULL);
		sum += 1 / job[i].best_s;
	}
	return sum;
}

/* What the threads gain, beside what the spin loop gains, in turn; medians of as many pairs as there are rounds, each round once over all reads. */
static void print_gain(const struct hl_index *ix, const struct hl_plate *plates, const int *budgets, size_t n, const struct options *o)
{
	struct options one = *o, all = *o;
	double *gain = hl_alloc(3 * (size_t)o->rounds * sizeof gain[0]), *spun = gain + o->rounds, *share = spun + o->rounds;
	one.threads = 1;
	one.rounds = all.rounds = 1;
	for (int i = 0; i < o->rounds; i++) {
		gain[i] = speed(ix, plates, budgets, n, &all) / speed(ix, plates, budgets, n, &one);
		spun[i] = spins(o->threads) / spins(1);
		share[i] = gain[i] / spun[i];
	}
	for (int i = 0; i < 3; i++)
		qsort(gain + i * o->rounds, (size_t)o->rounds, sizeof gain[0], by_value);
	printf("{\"threads\":%d}\n{\"threads_gain\":%.3f}\n{\"spin_gain\":%.3f}\n{\"gain_of_spin\":%.3f}\n", o->threads, gain[o->rounds / 2],
	       spun[o->rounds / 2], share[o->rounds / 2]);
	free(gain);
}

int main(int argc, char **argv)
{
	struct options o;
	size_t n_entries, n_reads, misses;
	double entry_keys = 0;
	struct hl_index_stats st;
	parse(&o, argc, argv);
	struct hl_pattern *patterns = load(o.entries, true, &n_entries);
	struct hl_plate *plates = load(o.reads, false, &n_reads);
	int *budgets = hl_alloc(n_reads * sizeof budgets[0]);
	for (size_t i = 0; i < n_reads; i++)
		budgets[i] = o.max_cost;
	struct hl_index *ix = build(&o, patterns, n_entries);
	for (size_t i = 0; i < n_entries; i++)
		entry_keys += prototype_keys(patterns[i].sym, patterns[i].len, o.max_cost);
	free(patterns);
	hl_index_stats(ix, &st);
	struct hl_plate *miss = find_misses(ix, plates, budgets, n_reads, &misses, &st);
	print_counts(&st, misses);
	printf("{\"lines_per_read\":%.3f}\n", lines_a_read(ix, plates, n_reads, o.max_cost));
	printf("{\"natural_reads_per_s\":%.0f}\n", speed(ix, plates, budgets, n_reads, &o));
	if (misses)
		printf("{\"miss_reads_per_s\":%.0f}\n", speed(ix, miss, budgets, misses, &o));
	else
		printf("{\"miss_reads_per_s\":null}\n");
	latency(ix, misses ? miss : plates, budgets, misses ? misses : n_reads);
	print_floor(entry_keys, misses ? miss : plates, misses ? misses : n_reads, o.max_cost);
	if (o.threads > 1)
		print_gain(ix, plates, budgets, n_reads, &o);
	hl_index_free(&ix);
	free(plates);
	free(miss);
	free(budgets);
	return 0;
}
