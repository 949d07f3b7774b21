/* test_decide_random.c: over random lists, rules and reads, the lines from the index and from comparing with every entry are the same bytes, in any batch;
 * and what is found is what an independent full-matrix distance says, list by list, budget by budget; hits that are kept are the same where dropped ones are
 * left out.
 */
#include "brute.h"
#include "catalog_fixture.h"
#include "unit.h"

/* The same file makes drill_decide, with more of everything. */
#ifdef HL_DRILL
enum { READS = 5000, ROUNDS = 3 };
#else
enum { READS = 150, ROUNDS = 12 };
#endif
enum { LISTS = 3, CAMERAS = 3 };

static const char symbols[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* What a list looks for at a camera. */
struct limits {
	int max_cost, candidate_cost;
	unsigned candidates;
};

struct world {
	struct brute_rng rng;
	struct brute_table judge;
	char rules[65536];
	struct limits limit[LISTS][CAMERAS];
	char plate[LISTS][60000][HL_PLATE_MAX + 1];
	size_t n[LISTS];
	struct hl_catalog *catalog;
	struct hl_read read[READS];
};

static void random_plate(struct brute_rng *r, char *dst)
{
	size_t n = 5 + brute_below(r, 3);
	for (size_t i = 0; i < n; i++)
		dst[i] = symbols[i < 3 ? 10 + brute_below(r, 26) : brute_below(r, 10)];
	dst[n] = 0;
}

/* One random edit, or a confusable symbol of the table. */
static void mutate(struct world *w, char *s)
{
	size_t n = strlen(s), at = brute_below(&w->rng, (uint32_t)n);
	switch (brute_below(&w->rng, 4)) {
	case 0:
		s[at] = symbols[brute_below(&w->rng, 36)];
		break;
	case 1:
		if (n > 3)
			memmove(s + at, s + at + 1, n - at);
		break;
	case 2:
		if (n < HL_PLATE_MAX - 1) {
			memmove(s + at + 1, s + at, n - at + 1);
			s[at] = symbols[brute_below(&w->rng, 36)];
		}
		break;
	default:
		for (int k = 0; k < 36; k++)
			if (w->judge.pair[(int)s[at]][(int)symbols[k]]) {
				s[at] = symbols[k];
				break;
			}
	}
}

static const char *const costs[] = { "0", "0.3", "0.75", "1.0", "1.25", "1.5", "2.0" };
static const int cost_is[] = { 0, 30, 75, 100, 125, 150, 200 };

/* cam0 has no options of its own, cam1 its own max_cost and candidates, cam2 its own candidate_cost, and for list1 another max_cost. */
static size_t make_cameras(struct world *w, size_t at)
{
	unsigned far = brute_below(&w->rng, 7), some = brute_below(&w->rng, 4), near = brute_below(&w->rng, 6), last = brute_below(&w->rng, 7);
	for (int l = 0; l < LISTS; l++) {
		struct limits *m = w->limit[l];
		m[1] = m[2] = m[0];
		m[1].max_cost = cost_is[far];
		m[1].candidates = some;
		m[2].candidate_cost = cost_is[near];
		if (l == 1)
			m[2].max_cost = cost_is[last];
	}
	return at + (size_t)snprintf(w->rules + at, sizeof w->rules - at,
				     "cameras:\n  cam1: {match: {max_cost: %s, candidates: %u}}\n  cam2: {match: {candidate_cost: %s}, lists: {list1: {match: {max_cost: %s}}}}\n",
				     costs[far], some, costs[near], costs[last]);
}

static void make_rules(struct world *w)
{
	size_t at = (size_t)snprintf(w->rules, sizeof w->rules, "match: {min_probability: 0.001}\nlists:\n");
	for (int l = 0; l < LISTS; l++) {
		unsigned far = brute_below(&w->rng, 7), near = brute_below(&w->rng, 6), some = brute_below(&w->rng, 4) * 4;
		w->limit[l][0] = (struct limits){ cost_is[far], cost_is[near], some };
		at += (size_t)snprintf(w->rules + at, sizeof w->rules - at, "  list%d: {match: {max_cost: %s, candidate_cost: %s, candidates: %u}}\n", l, costs[far],
				       costs[near], some);
	}
	at = make_cameras(w, at);
	at += (size_t)snprintf(w->rules + at, sizeof w->rules - at, "confusions:\n  pairs:\n    - {chars: \"0O\", cost: 0.2}\n");
	w->judge.pair['0']['O'] = w->judge.pair['O']['0'] = 20;
	for (int a = 0; a < 36; a++)
		for (int b = 0; b < 36; b++) {
			int cost = w->judge.pair[(int)symbols[a]][(int)symbols[b]];
			if (cost)
				at += (size_t)snprintf(w->rules + at, sizeof w->rules - at, "    - {listed: \"%c\", read: \"%c\", cost: 0.%02d}\n", symbols[a], symbols[b], cost);
		}
}

static void make_lists(struct world *w, size_t large)
{
	static const char *const names[LISTS] = { "list0", "list1", "list2" };
	struct hl_snapshot *s[LISTS];
	for (int l = 0; l < LISTS; l++) {
		struct hl_snapshot_writer *writer = hl_snapshot_writer_new();
		size_t want = l == 1 ? large : 300;
		w->n[l] = 0;
		for (size_t i = 0; i < want; i++) {
			char *plate = w->plate[l][w->n[l]];
			random_plate(&w->rng, plate);
			if (brute_below(&w->rng, 20) == 0)
				plate[brute_below(&w->rng, 4)] = '?';
			else if (brute_below(&w->rng, 20) == 0)
				plate[brute_below(&w->rng, 5)] = '*';
			struct hl_entry e = entry_of(names[l], plate, "x", "");
			w->n[l] += hl_snapshot_writer_add(writer, &e, 1, NULL, NULL) == HL_OK;
		}
		ck_assert_int_eq(hl_snapshot_writer_open(writer, &s[l], NULL), HL_OK);
		hl_snapshot_writer_free(&writer);
	}
	w->catalog = catalog_of(w->rules, names, s, LISTS, NULL);
}

static void make_reads(struct world *w)
{
	for (int i = 0; i < READS; i++) {
		char text[HL_PLATE_MAX + 4], other[HL_PLATE_MAX + 4];
		size_t l = brute_below(&w->rng, LISTS);
		hl_copy(text, sizeof text, w->plate[l][brute_below(&w->rng, (uint32_t)w->n[l])]);
		for (uint32_t k = brute_below(&w->rng, 3); k; k--)
			mutate(w, text);
		w->read[i] = read_of(text);
		snprintf(w->read[i].camera, sizeof w->read[i].camera, "cam%u", brute_below(&w->rng, CAMERAS));
		for (uint32_t k = brute_below(&w->rng, 8); k; k--) {
			hl_copy(other, sizeof other, text);
			mutate(w, other);
			hl_read_add_candidate(&w->read[i], other, strlen(other), 0.1 * k);
		}
		if (brute_below(&w->rng, 3) == 0) {
			w->read[i].n_slots = w->read[i].plate.len;
			for (unsigned k = 0; k < w->read[i].n_slots; k++)
				w->read[i].slot[k] = (struct hl_read_slot){ .n = 2, .sym = { w->read[i].plate.sym[k], (uint8_t)brute_below(&w->rng, 36) },
									    .p = { 0.7f, 0.2f } };
		}
	}
}

static int distance(const struct world *w, const char *listed, const struct hl_plate *read)
{
	char text[HL_PLATE_MAX + 1];
	hl_plate_text(read, text);
	return brute_within(&w->judge, listed, 0, text, HL_COST_MAX);
}

/* The least cost of the entry for the read under its list's budgets at its camera, or -1. */
static int expected(const struct world *w, const struct hl_read *r, int list, const char *listed)
{
	const struct limits *m = &w->limit[list][r->camera[3] - '0'];
	struct hl_plate strings[16];
	int best = distance(w, listed, &r->plate), c;
	best = best <= m->max_cost ? best : -1;
	for (unsigned i = 0; i < r->n_candidates && i < m->candidates; i++) {
		c = distance(w, listed, &r->candidate[i].plate);
		if (c <= m->candidate_cost && (best < 0 || c < best))
			best = c;
	}
	unsigned n = m->candidates && r->n_slots ? hl_read_strings(r, strings, 16) : 0;
	for (unsigned i = 0; i < n; i++) {
		c = distance(w, listed, &strings[i]);
		if (c <= m->candidate_cost && (best < 0 || c < best))
			best = c;
	}
	return best;
}

/* Every hit has the expected cost, and there are as many as expected. */
static size_t judge(const struct world *w, int first, int reads)
{
	struct hl_decider *d = hl_decider_new();
	const struct hl_hit *h;
	size_t n = hl_decide(w->catalog, d, w->read + first, (size_t)reads, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h), wanted = 0;
	for (size_t i = 0; i < n; i++) {
		char listed[HL_PLATE_MAX + 1];
		hl_pattern_text(hl_snapshot_pattern(w->catalog->list[h[i].list].snapshot, h[i].entry), listed);
		ck_assert_int_eq(h[i].cost, expected(w, &w->read[first + (int)h[i].read], (int)h[i].list, listed));
		ck_assert_int_eq(h[i].alignment.cost, h[i].cost);
	}
	for (int i = first; i < first + reads; i++)
		for (int l = 0; l < LISTS; l++)
			for (size_t k = 0; k < w->n[l]; k++)
				wanted += expected(w, &w->read[i], l, w->plate[l][k]) >= 0;
	ck_assert_uint_eq(n, wanted);
	hl_decider_free(&d);
	return n;
}

static void make(struct world *w, uint64_t seed, size_t large)
{
	w->rng.state = seed;
	memset(&w->judge, 0, sizeof w->judge);
	brute_random_table(&w->rng, &w->judge, 5 + (int)(seed % 3) * 40, seed % 2);
	make_rules(w);
	make_lists(w, large);
	make_reads(w);
}

#ifdef HL_DRILL
START_TEST(every_read_as_the_judge_has_it)
{
	enum { ENTRIES = 20000, A_JOB = 50 };
	struct world *w = hl_calloc(1, sizeof *w);
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		size_t n = 0;
		make(w, seed, ENTRIES);
		for (int first = 0; first < READS; first += A_JOB)
			n += judge(w, first, A_JOB);
		printf("{\"reads\":%d,\"with\":\"candidates and chars\",\"entries\":%zu,\"matches\":%zu,\"equal\":true}\n", READS, w->n[0] + w->n[1] + w->n[2], n);
		fflush(stdout);
		hl_catalog_unref(&w->catalog);
	}
	free(w);
}
END_TEST

/* In this process: a test of its own would be ended after two minutes. */
int main(void)
{
	const TTest *const tests[] = { every_read_as_the_judge_has_it };
	setenv("CK_FORK", "no", 1);
	return unit_run("drill_decide", tests, 1);
}
#else
/* The hits that are not dropped, figures and all. */
static char *kept(const struct world *w, bool kept_only, bool passages, size_t *left_out)
{
	struct hl_buf out = HL_BUF(16 << 20);
	struct hl_decider *d = hl_decider_new();
	struct hl_decide_opts o = { .now_ms = HL_NO_TIME, .kept_only = kept_only, .passages = passages ? hl_passages_new() : NULL };
	const struct hl_hit *h;
	size_t n = hl_decide(w->catalog, d, w->read, READS, &o, &h);
	for (size_t i = 0; i < n; i++)
		if (h[i].decision != HL_DROP) {
			hl_buf_printf(&out, "%u %u %u %u ", h[i].passage_reads, (unsigned)h[i].contradictions, (unsigned)h[i].decision, (unsigned)h[i].late);
			hl_decide_write(w->catalog, &w->read[h[i].read], &h[i], h[i].read + 1, true, &out);
			hl_buf_putc(&out, '\n');
		}
	*left_out = n;
	hl_passages_free(&o.passages);
	hl_decider_free(&d);
	return hl_buf_steal(&out);
}

/* Dropped hits left out as soon as that is certain change nothing in the others. */
static void judge_kept(const struct world *w, size_t *sum)
{
	for (int passages = 0; passages < 2; passages++) {
		size_t all, few;
		char *is = kept(w, true, passages, &few), *should = kept(w, false, passages, &all);
		ck_assert_str_eq(is, should);
		ck_assert_uint_le(few, all);
		sum[0] += all - few;
		sum[1] += few;
		free(is);
		free(should);
	}
}

static void round_of(struct world *w, uint64_t seed, size_t large, int judged, size_t *sum)
{
	static const size_t batches[] = { 1, 7, 64, READS };
	make(w, seed, large);
	char *all = lines_of(w->catalog, w->read, READS, READS, true, true);
	ck_assert_uint_gt(strlen(all), 1000);
	for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
		char *is = lines_of(w->catalog, w->read, READS, batches[i], false, true);
		ck_assert_msg(!strcmp(is, all), "seed %llu, batch %zu", (unsigned long long)seed, batches[i]);
		free(is);
	}
	free(all);
	judge(w, 0, judged);
	judge_kept(w, sum);
	hl_catalog_unref(&w->catalog);
}

START_TEST(index_and_every_entry_agree)
{
	struct world *w = hl_calloc(1, sizeof *w);
	size_t sum[2] = { 0 }; /* hits left out, and not */
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		round_of(w, seed, 300, 30, sum);
	ck_assert_uint_gt(sum[0], 100);
	ck_assert_uint_gt(sum[1], 1000);
	free(w);
}
END_TEST

/* One list has a segment of its own. */
START_TEST(in_several_segments_too)
{
	struct world *w = hl_calloc(1, sizeof *w);
	size_t sum[2] = { 0 };
	round_of(w, 99, HL_SEGMENT_OWN + 100, 1, sum);
	ck_assert_uint_gt(sum[0], 10);
	free(w);
}
END_TEST

UNIT_MAIN("decide_random", index_and_every_entry_agree, in_several_segments_too)
#endif
