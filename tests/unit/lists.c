/* lists.c: see lists.h. */
#include "lists.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char small[] = "0OQ1I28BZ", all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

struct hl_confusion trial_table(const struct brute_table *judge)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	for (int i = 0; i < HL_SYMBOLS; i++) {
		for (int j = 0; j < HL_SYMBOLS; j++) {
			int cost = judge->pair[(int)hl_sym_char(i)][(int)hl_sym_char(j)];
			if (cost && hl_confusion_set(&t, i, j, cost, NULL) != HL_OK)
				abort();
		}
	}
	return t;
}

static char any(struct brute_rng *r, const char *of)
{
	return of[brute_below(r, (uint32_t)strlen(of))];
}

/* x: a symbol. Three are fixed at least, but for the last two: such entries can't be listed any more but may be in old snapshots. */
static void make_partial(struct brute_rng *r, char *dst)
{
	static const char *const forms[] = { "xxx*", "*xxx", "xx*xx", "*xxxx*", "x*x?x", "xxx????", "?x?x?xx", "xx???x*", "*x?*xx", "x*x*x*x", "????xxx*", "xxxxxxx*",
					     "*xxxxxxxxx", "*xxxxx", "xxxxxx", "xx?xxx?", "x*x", "*?x" };
	const char *form = forms[brute_below(r, sizeof forms / sizeof forms[0])];
	size_t n = strlen(form);
	for (size_t i = 0; i <= n; i++)
		dst[i] = form[i] == 'x' ? any(r, brute_below(r, 2) ? small : all) : form[i];
}

static void make_entry(struct brute_rng *r, enum trial_kind kind, char *dst)
{
	if (kind == TRIAL_PARTIAL) {
		make_partial(r, dst);
		return;
	}
	static const char *const forms[] = { "LLDDLLL", "LLLDDDD", "DLLLDDD", "LLDDDLL", "AAAAAAA", "LLLDDD", "LLLLLDDD", "AAAA" };
	const char *form = forms[brute_below(r, 8)];
	size_t n = kind == TRIAL_SMALL_ALPHABET ? 1 + brute_below(r, HL_PLATE_MAX) : strlen(form);
	for (size_t i = 0; i < n; i++) {
		if (kind == TRIAL_SMALL_ALPHABET)
			dst[i] = any(r, small);
		else
			dst[i] = form[i] == 'D' ? any(r, "0123456789") : form[i] == 'L' ? any(r, all + 10) : any(r, all);
	}
	dst[n] = 0;
	for (uint32_t k = kind == TRIAL_WILD && brute_below(r, 3) == 0 ? 1 + brute_below(r, 3) : 0; k; k--)
		dst[brute_below(r, (uint32_t)n)] = brute_below(r, 8) ? '?' : '*';
	if (strspn(dst, "?*") == n)
		dst[0] = 'Q';
}

/* One random edit; half of the substitutions follow the table. */
static void edit(struct trial *t, struct brute_rng *r, const char *of, char *s)
{
	size_t n = strlen(s), at = brute_below(r, (uint32_t)n);
	char c = any(r, of);
	switch (brute_below(r, 6)) {
	case 0:
		if (n > 1)
			memmove(s + at, s + at + 1, n - at);
		return;
	case 1:
		if (n < HL_PLATE_MAX) {
			memmove(s + at + 1, s + at, n - at + 1);
			s[at] = c;
		}
		return;
	case 2:
		if (at + 1 < n) {
			c = s[at];
			s[at] = s[at + 1];
			s[at + 1] = c;
		}
		return;
	case 3:
		s[at] = c;
		return;
	default:
		for (int tries = 0; tries < 40; tries++, c = any(r, of))
			if (t->judge.pair[(int)s[at]][(int)c]) {
				s[at] = c;
				return;
			}
	}
}

/* Puts a symbol for each '?', and one to three, or none, for each '*' while there is room. */
static void write_out(struct brute_rng *r, const char *of, char *s)
{
	for (size_t i = 0; s[i]; i++) {
		size_t n = strlen(s);
		uint32_t more = s[i] == '*' ? brute_below(r, 4) : 1;
		if (s[i] != '?' && s[i] != '*')
			continue;
		more = more && n + more - 1 > HL_PLATE_MAX ? 1 : more;
		more = more == 0 && n == 1 ? 1 : more;
		memmove(s + i + more, s + i + 1, n - i);
		for (uint32_t k = 0; k < more; k++)
			s[i + k] = any(r, of);
		i += more;
		i--;
	}
}

static void make_read(struct trial *t, struct brute_rng *r, enum trial_kind kind, char *dst)
{
	const char *of = kind == TRIAL_SMALL_ALPHABET ? small : all;
	if (brute_below(r, 8) == 0)
		make_entry(r, kind == TRIAL_WILD || kind == TRIAL_PARTIAL ? TRIAL_PLATES : kind, dst);
	else
		hl_copy(dst, HL_PLATE_MAX + 1, t->entry[brute_below(r, (uint32_t)t->n_entries)]);
	write_out(r, of, dst);
	for (uint32_t k = brute_below(r, 4); k; k--)
		edit(t, r, of, dst);
}

void trial_init(struct trial *t, struct brute_rng *r, enum trial_kind kind, int pairs, int directed, size_t n_entries, size_t n_reads)
{
	*t = (struct trial){ .n_entries = n_entries, .n_reads = n_reads };
	brute_random_table(r, &t->judge, pairs, directed);
	t->table = trial_table(&t->judge);
	t->entry = hl_calloc(n_entries, sizeof t->entry[0]);
	t->read = hl_calloc(n_reads, sizeof t->read[0]);
	t->pattern = hl_calloc(n_entries, sizeof t->pattern[0]);
	t->plate = hl_calloc(n_reads, sizeof t->plate[0]);
	for (size_t i = 0; i < n_entries; i++) {
		make_entry(r, kind, t->entry[i]);
		if (hl_pattern_parse(&t->pattern[i], t->entry[i], strlen(t->entry[i]), brute_below(r, 4) == 0, NULL) != HL_OK)
			abort();
	}
	for (size_t i = 0; i < n_reads; i++) {
		make_read(t, r, kind, t->read[i]);
		if (hl_plate_parse(&t->plate[i], t->read[i], strlen(t->read[i]), NULL) != HL_OK)
			abort();
	}
}

void trial_fini(struct trial *t)
{
	free(t->entry);
	free(t->read);
	free(t->pattern);
	free(t->plate);
}

static void differ(const struct trial *t, const char *who, const struct hl_found *f, size_t first, const struct hl_index *ix, int budget)
{
	struct hl_index_stats st;
	hl_index_stats(ix, &st);
	fprintf(stderr, "%s has %s%s (entry %u) read as %s at cost %d, budget %d, plan %s\n", who, t->entry[f->entry],
		t->pattern[f->entry].flags & HL_PAT_O0 ? " (O=0)" : "", f->entry, t->read[first + f->query], f->cost, budget, st.plan);
	abort();
}

/* Are these the same pairs? They are ordered, so the first difference names the pair that one of them lacks. */
static void same(const struct trial *t, const struct hl_found *a, size_t na, const struct hl_found *b, size_t nb, size_t first, const int *budgets,
		 const struct hl_index *ix)
{
	for (size_t i = 0; i < na || i < nb; i++) {
		if (i < na && i < nb && memcmp(&a[i], &b[i], sizeof a[i]) == 0)
			continue;
		bool mine = i == nb || (i < na && (a[i].query < b[i].query || (a[i].query == b[i].query && a[i].entry < b[i].entry)));
		if (mine)
			differ(t, "only the index", &a[i], first, ix, budgets[first + a[i].query]);
		differ(t, "not the index but comparing all", &b[i], first, ix, budgets[first + b[i].query]);
	}
}

static void ask_judge(const struct trial *t, const struct hl_found *a, size_t na, size_t first, size_t n, const int *budgets, const struct hl_index *ix)
{
	size_t at = 0;
	for (size_t q = 0; q < n; q++) {
		for (size_t e = 0; e < t->n_entries; e++) {
			bool found = at < na && a[at].query == q && a[at].entry == e;
			int cost = brute_distance(&t->judge, t->entry[e], t->pattern[e].flags & HL_PAT_O0, t->read[first + q]);
			struct hl_found truth = { .query = (uint32_t)q, .entry = (uint32_t)e, .cost = cost };
			if (found != (cost <= budgets[first + q]) || (found && a[at].cost != cost))
				differ(t, "the judge", &truth, first, ix, budgets[first + q]);
			at += found;
		}
	}
}

static struct hl_index *build(const struct trial *t, const struct hl_crew *crew, int max_cost)
{
	struct hl_index *ix;
	struct hl_err err;
	struct hl_index_params params = { .confusion = &t->table, .max_cost = max_cost, .crew = crew };
	if (hl_index_new(&ix, t->pattern, t->n_entries, &params, &err) == HL_OK)
		return ix;
	fprintf(stderr, "%s\n", err.text);
	abort();
}

size_t trial_compare(const struct trial *t, int max_cost, const int *budgets, bool with_judge)
{
	struct hl_index *ix = build(t, NULL, max_cost);
	struct hl_index_scratch *sa = hl_index_scratch_new(), *sb = hl_index_scratch_new();
	size_t sum = 0;
	for (size_t first = 0, n; first < t->n_reads; first += n) {
		const struct hl_found *a, *b;
		n = 1 + (first * 7 + 3) % 45;
		n = t->n_reads - first < n ? t->n_reads - first : n;
		size_t na = hl_index_query(ix, sa, t->plate + first, budgets + first, n, &a);
		size_t nb = hl_index_query_all(ix, sb, t->plate + first, budgets + first, n, &b);
		same(t, a, na, b, nb, first, budgets, ix);
		if (with_judge)
			ask_judge(t, a, na, first, n, budgets, ix);
		sum += na;
	}
	hl_index_scratch_free(&sa);
	hl_index_scratch_free(&sb);
	hl_index_free(&ix);
	return sum;
}

/* What one job found: the pairs of one read. */
struct found_list {
	struct hl_found *v;
	size_t n, cap;
};

struct judging {
	const struct trial *t;
	int max;
	struct found_list *read;
};

static void judge_read(void *arg, size_t q)
{
	const struct judging *j = arg;
	const struct trial *t = j->t;
	struct found_list *l = &j->read[q];
	struct brute_least least[2];
	brute_least(&t->judge, t->read[q], 0, &least[0]);
	brute_least(&t->judge, t->read[q], 1, &least[1]);
	for (size_t e = 0; e < t->n_entries; e++) {
		int sum = 0;
		for (const char *c = t->entry[e]; *c; c++)
			sum += least[t->pattern[e].flags & HL_PAT_O0].cost[(int)*c];
		if (sum > j->max)
			continue;
		int cost = brute_within(&t->judge, t->entry[e], t->pattern[e].flags & HL_PAT_O0, t->read[q], j->max);
		if (cost > j->max)
			continue;
		if (l->n == l->cap) {
			l->cap = l->cap ? l->cap * 2 : 16;
			l->v = hl_realloc(l->v, l->cap, sizeof l->v[0]);
		}
		l->v[l->n++] = (struct hl_found){ .query = (uint32_t)q, .entry = (uint32_t)e, .cost = cost };
	}
}

void trial_truth(const struct trial *t, const struct hl_crew *crew, int max, struct truth *truth)
{
	struct judging j = { .t = t, .max = max, .read = hl_calloc(t->n_reads, sizeof j.read[0]) };
	hl_crew_run(crew, judge_read, &j, t->n_reads);
	*truth = (struct truth){ 0 };
	for (size_t q = 0; q < t->n_reads; q++)
		truth->n += j.read[q].n;
	truth->pair = hl_calloc(truth->n + 1, sizeof truth->pair[0]);
	truth->n = 0;
	for (size_t q = 0; q < t->n_reads; q++) {
		if (j.read[q].n)
			memcpy(truth->pair + truth->n, j.read[q].v, j.read[q].n * sizeof truth->pair[0]);
		truth->n += j.read[q].n;
		free(j.read[q].v);
	}
	free(j.read);
}

void truth_fini(struct truth *truth)
{
	free(truth->pair);
	*truth = (struct truth){ 0 };
}

struct comparing {
	const struct trial *t;
	const struct hl_index *ix;
	const int *budgets;
	const struct truth *truth;
	size_t *found; /* of each job */
};

enum { A_JOB = 100 };

/* What of the truth is within the budgets of reads first .. first + n - 1, counted from the first of them. */
static size_t within(const struct truth *truth, const int *budgets, size_t first, size_t n, struct hl_found *want)
{
	size_t low = 0, high = truth->n, n_want = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (truth->pair[middle].query < first)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < truth->n && truth->pair[low].query < first + n; low++)
		if (truth->pair[low].cost <= budgets[truth->pair[low].query]) {
			want[n_want] = truth->pair[low];
			want[n_want++].query -= (uint32_t)first;
		}
	return n_want;
}

static void compare_job(void *arg, size_t i)
{
	const struct comparing *c = arg;
	const struct trial *t = c->t;
	struct hl_index_scratch *s = hl_index_scratch_new();
	struct hl_found *want = hl_calloc(c->truth->n + 1, sizeof want[0]);
	size_t end = (i + 1) * A_JOB < t->n_reads ? (i + 1) * A_JOB : t->n_reads;
	for (size_t first = i * A_JOB, n; first < end; first += n) {
		const struct hl_found *found;
		n = 1 + (first * 7 + 3) % 45;
		n = end - first < n ? end - first : n;
		size_t n_want = within(c->truth, c->budgets, first, n, want);
		size_t n_found = hl_index_query(c->ix, s, t->plate + first, c->budgets + first, n, &found);
		same(t, found, n_found, want, n_want, first, c->budgets, c->ix);
		c->found[i] += n_found;
	}
	free(want);
	hl_index_scratch_free(&s);
}

size_t trial_compare_truth(const struct trial *t, const struct hl_crew *crew, int max_cost, const int *budgets, const struct truth *truth)
{
	struct hl_index *ix = build(t, crew, max_cost);
	size_t jobs = (t->n_reads + A_JOB - 1) / A_JOB, sum = 0;
	struct comparing c = { .t = t, .ix = ix, .budgets = budgets, .truth = truth, .found = hl_calloc(jobs, sizeof c.found[0]) };
	hl_crew_run(crew, compare_job, &c, jobs);
	for (size_t i = 0; i < jobs; i++)
		sum += c.found[i];
	free(c.found);
	hl_index_free(&ix);
	return sum;
}
