/* test_index.c: the index against comparing with every entry and against the independent distance, over random tables, budgets and lists; its plans;
 * its two forms of the filter. The large version of the same is tests/drill/drill_index.c.
 */
#include "core/index_int.h"
#include "lists.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int budget_list[] = { 0, 30, 50, 100, 125, 150, 200 };
enum { BUDGETS = sizeof budget_list / sizeof budget_list[0], READS_MAX = 400 };

/* Sparse, dense, both ways and directed, and empty. */
static const struct {
	int pairs, directed;
} tables[] = { { 0, 0 }, { 28, 0 }, { 80, 1 }, { 640, 1 }, { 330, 0 } };
enum { TABLES = sizeof tables / sizeof tables[0] };

static void compare_all(enum trial_kind kind, size_t entries, size_t reads, uint64_t seed)
{
	struct brute_rng r = { seed };
	int budgets[READS_MAX];
	for (int i = 0; i < TABLES; i++) {
		struct trial t;
		size_t found = 0;
		trial_init(&t, &r, kind, tables[i].pairs, tables[i].directed, entries, reads);
		for (int b = 0; b < BUDGETS; b++) {
			for (size_t k = 0; k < reads; k++)
				budgets[k] = budget_list[b];
			found += trial_compare(&t, budget_list[b], budgets, b % 2 == i % 2);
		}
		ck_assert_uint_gt(found, reads / 2);
		trial_fini(&t);
	}
}

START_TEST(small_alphabet)
{
	compare_all(TRIAL_SMALL_ALPHABET, 300, 60, 1);
}
END_TEST

START_TEST(plates)
{
	compare_all(TRIAL_PLATES, 1500, 60, 2);
}
END_TEST

START_TEST(wildcards)
{
	compare_all(TRIAL_WILD, 500, 60, 3);
}
END_TEST

START_TEST(partial)
{
	compare_all(TRIAL_PARTIAL, 400, 60, 15);
	compare_all(TRIAL_PARTIAL, 3, 60, 16);
}
END_TEST

START_TEST(few_entries)
{
	for (uint64_t seed = 10; seed < 40; seed++)
		compare_all(seed % 2 ? TRIAL_WILD : TRIAL_SMALL_ALPHABET, 1 + seed % 5, 4, seed);
}
END_TEST

/* Any budget at all, and queries of less, or of more, than the index was built for. */
START_TEST(any_budget)
{
	struct brute_rng r = { 4 };
	int budgets[READS_MAX];
	for (int i = 0; i < 40; i++) {
		struct trial t;
		trial_init(&t, &r, i % 2 ? TRIAL_WILD : TRIAL_SMALL_ALPHABET, tables[i % TABLES].pairs, tables[i % TABLES].directed, 120, 40);
		int max_cost = (int)brute_below(&r, HL_COST_MAX + 1);
		for (int k = 0; k < 40; k++)
			budgets[k] = (int)brute_below(&r, HL_COST_MAX + 1);
		trial_compare(&t, max_cost, budgets, true);
		trial_fini(&t);
	}
}
END_TEST

/* So many entries that the filter is no longer near and lines are asked for ahead; small budgets among large ones. */
START_TEST(long_list)
{
	struct brute_rng r = { 6 };
	int budgets[READS_MAX];
	for (int i = 0; i < 4; i++) {
		struct trial t;
		trial_init(&t, &r, TRIAL_PLATES, (const int[]){ 0, 4, 28, 640 }[i], i >= 2, 60000, 300);
		for (size_t k = 0; k < t.n_reads; k++)
			budgets[k] = k % 5 ? 100 : budget_list[brute_below(&r, 4)];
		ck_assert_uint_gt(trial_compare(&t, 100, budgets, false), 50);
		trial_fini(&t);
	}
}
END_TEST

/* Budgets that take the sparse form among budgets that do not, on a list whose lines are asked for ahead: the keys of a plate stay together, so that each entry is compared, and found, once. */
START_TEST(forms_in_turn)
{
	struct brute_rng r = { 13 };
	int budgets[READS_MAX];
	for (int i = 0; i < 2; i++) {
		struct trial t;
		trial_init(&t, &r, TRIAL_PLATES, 28, 0, 20000, READS_MAX);
		for (size_t k = 0; k < t.n_reads; k++)
			budgets[k] = budget_list[brute_below(&r, BUDGETS)];
		ck_assert_uint_gt(trial_compare(&t, 200, budgets, false), 50);
		trial_fini(&t);
	}
}
END_TEST

/* An index is the same to the byte, whoever builds it. */
static void same_index(const struct hl_index *a, const struct hl_index *b)
{
	for (int i = 0; i <= HL_IX_ONES; i++) {
		const struct hl_ix_part *p = &a->part[i], *q = &b->part[i];
		ck_assert_uint_eq(p->n, q->n);
		ck_assert_uint_eq(p->items, q->items);
		ck_assert_uint_eq(p->filter_bytes, q->filter_bytes);
		ck_assert_uint_eq(p->offset_bytes, q->offset_bytes);
		ck_assert_uint_eq(p->item_bytes, q->item_bytes);
		ck_assert_int_eq(memcmp(p->need, q->need, sizeof p->need), 0);
		if (p->n)
			ck_assert_int_eq(memcmp(p->filter, q->filter, p->filter_bytes + p->offset_bytes + p->item_bytes), 0);
	}
	ck_assert_uint_eq(a->scan.n, b->scan.n);
	ck_assert_uint_eq(a->scan.column_bytes, b->scan.column_bytes);
	if (a->scan.n)
		ck_assert_mem_eq(a->scan.entry, b->scan.entry, a->scan.n * sizeof a->scan.entry[0]);
	if (a->scan.n)
		ck_assert_mem_eq(a->scan.column, b->scan.column, a->scan.column_bytes);
}

START_TEST(any_crew)
{
	static const unsigned threads[] = { 2, 3, 7, HL_CREW_MAX };
	struct brute_rng r = { 14 };
	for (int i = 0; i < 3; i++) {
		struct trial t;
		struct hl_index *one, *more;
		trial_init(&t, &r, i == 1 ? TRIAL_WILD : TRIAL_PLATES, (const int[]){ 28, 640, 170 }[i], i > 0, 70001, 1);
		if (i == 2) /* the same plate again and again: one bucket holds a third of all keys */
			for (size_t k = 0; k < t.n_entries; k += 3)
				t.pattern[k] = t.pattern[0];
		struct hl_index_params params = { .confusion = &t.table, .max_cost = i == 2 ? 200 : 100 };
		ck_assert_int_eq(hl_index_new(&one, t.pattern, t.n_entries, &params, NULL), HL_OK);
		for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
			struct hl_crew crew = { .threads = threads[k] };
			params.crew = &crew;
			ck_assert_int_eq(hl_index_new(&more, t.pattern, t.n_entries, &params, NULL), HL_OK);
			same_index(one, more);
			hl_index_free(&more);
		}
		hl_index_free(&one);
		trial_fini(&t);
	}
}
END_TEST

/* Without the forms for this processor the same is found. */
START_TEST(portable_forms)
{
	struct brute_rng r = { 7 };
	struct trial t;
	int budgets[READS_MAX];
	trial_init(&t, &r, TRIAL_PLATES, 4, 0, 60000, 300);
	for (size_t k = 0; k < t.n_reads; k++)
		budgets[k] = k % 7 ? 100 : 40;
	struct hl_index_params params = { .confusion = &t.table, .max_cost = 100 };
	struct hl_index *ix;
	const struct hl_found *a, *b;
	ck_assert_int_eq(hl_index_new(&ix, t.pattern, t.n_entries, &params, NULL), HL_OK);
	ck_assert_uint_gt(ix->part[0].quick[100].n, 0);
	struct hl_index_scratch *sa = hl_index_scratch_new(), *sb = hl_index_scratch_new();
	size_t na = hl_index_query(ix, sa, t.plate, budgets, t.n_reads, &a);
	ix->probe = NULL;
	memset(ix->part[0].quick, 0, sizeof ix->part[0].quick);
	ix->test = hl_ix_test_portable();
	size_t nb = hl_index_query(ix, sb, t.plate, budgets, t.n_reads, &b);
	ck_assert_uint_eq(na, nb);
	ck_assert_uint_gt(na, 50);
	ck_assert_mem_eq(a, b, na * sizeof a[0]);
	hl_index_scratch_free(&sa);
	hl_index_scratch_free(&sb);
	hl_index_free(&ix);
	trial_fini(&t);
}
END_TEST

static int by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Sorts, and keeps one of each. */
static size_t as_set(uint64_t *v, size_t n)
{
	size_t kept = 0;
	qsort(v, n, sizeof v[0], by_key);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	return kept;
}

/* The unrolled forms ask for the same keys as the general way, for each kind of family and each length. */
START_TEST(quick_keys)
{
	static const struct hl_ix_shape shapes[] = { { .k = 0, .fold = 30 }, { .k = 1 }, { .k = 2, .fold = 20 }, { .holes = true, .k = 1, .fold = 50 },
						     { .holes = true, .k = 1, .fold = 25, .expand = 45 } };
	static uint64_t v[HL_IX_QUICK_KEYS];
	struct brute_rng r = { 8 };
	for (int i = 0; i < 600; i++) {
		struct brute_table judge;
		brute_random_table(&r, &judge, 120, 1);
		struct hl_confusion t = trial_table(&judge);
		struct hl_plate plate = { .len = (uint8_t)(1 + i % HL_PLATE_MAX) };
		struct hl_ix_part p = { .n_families = 2, .ones = i % 3 == 0, .lengths = { UINT16_MAX, UINT16_MAX, UINT16_MAX } };
		struct hl_ix_keys general = { 0 };
		for (unsigned k = 0; k < plate.len; k++)
			plate.sym[k] = (uint8_t)brute_below(&r, i % 2 ? HL_SYMBOLS : 3);
		for (unsigned f = 0; f < 2; f++) {
			p.family[f].shape = shapes[brute_below(&r, 5)];
			hl_ix_family_init(&p.family[f], &t, f);
			p.need[100][f] = (struct hl_ix_need){ .k = (int8_t)p.family[f].shape.k, .expand = p.family[f].shape.expand > 0 };
		}
		hl_ix_quick_init(&p);
		if (p.quick[100].n == 0) /* three left out */
			continue;
		hl_ix_keys_read(&p, 100, &plate, &general);
		size_t n = hl_ix_quick_keys(&p, &p.quick[100], &plate, v), want = as_set(general.v, general.n);
		if (n) {
			ck_assert_uint_eq(as_set(v, n), want);
			ck_assert_mem_eq(v, general.v, want * sizeof v[0]);
		}
		free(general.v);
	}
}
END_TEST

/* A read too long or too short for every entry asks for nothing; one within reach does. */
START_TEST(lengths_in_reach)
{
	struct hl_confusion t;
	static struct hl_pattern pattern[500];
	struct hl_index *ix;
	struct hl_index_stats before, after;
	const struct hl_found *found;
	hl_confusion_init(&t);
	for (int i = 0; i < 500; i++) {
		char text[8];
		snprintf(text, sizeof text, "AB?1%03d", i);
		ck_assert_int_eq(hl_pattern_parse(&pattern[i], text, 7, false, NULL), HL_OK);
	}
	struct hl_index_params params = { .confusion = &t, .max_cost = 200 };
	ck_assert_int_eq(hl_index_new(&ix, pattern, 500, &params, NULL), HL_OK);
	struct hl_index_scratch *s = hl_index_scratch_new();
	for (int len = 1; len <= HL_PLATE_MAX; len++) {
		for (int hard = 0; hard <= 2; hard++) {
			struct hl_plate plate;
			int budget = hard * 100;
			ck_assert_int_eq(hl_plate_parse(&plate, "ABX1234XYZUV", (size_t)len, NULL), HL_OK);
			hl_index_scratch_stats(s, &before);
			size_t n = hl_index_query(ix, s, &plate, &budget, 1, &found);
			hl_index_scratch_stats(s, &after);
			ck_assert_int_eq(after.keys > before.keys, abs(len - 7) <= budget / 100);
			ck_assert_uint_eq(n, hl_index_query_all(ix, s, &plate, &budget, 1, &found));
			ck_assert(abs(len - 7) > hard || n > 0);
		}
	}
	hl_index_scratch_free(&s);
	hl_index_free(&ix);
}
END_TEST

START_TEST(empty_list)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	struct hl_index_params params = { .confusion = &t, .max_cost = 100 };
	struct hl_index *ix;
	struct hl_err err;
	struct hl_plate p;
	int budget = 100;
	const struct hl_found *found;
	ck_assert_int_eq(hl_index_new(&ix, NULL, 0, &params, &err), HL_OK);
	struct hl_index_scratch *s = hl_index_scratch_new();
	ck_assert_int_eq(hl_plate_parse(&p, "ABC", 3, NULL), HL_OK);
	ck_assert_uint_eq(hl_index_query(ix, s, &p, &budget, 1, &found), 0);
	ck_assert_uint_eq(hl_index_query(ix, s, &p, &budget, 0, &found), 0);
	hl_index_scratch_free(&s);
	hl_index_free(&ix);
	ck_assert_ptr_null(ix);
	params.max_cost = HL_COST_MAX + 1;
	ck_assert_int_eq(hl_index_new(&ix, NULL, 0, &params, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "max_cost is 201 hundredths, expected 0 to 200");
	ck_assert_ptr_null(ix);
}
END_TEST

START_TEST(every_entry_finds_itself)
{
	struct brute_rng r = { 5 };
	struct trial t;
	trial_init(&t, &r, TRIAL_PLATES, 640, 1, 3000, 1);
	struct hl_index_params params = { .confusion = &t.table, .max_cost = 100 };
	struct hl_index *ix;
	struct hl_index_stats st;
	ck_assert_int_eq(hl_index_new(&ix, t.pattern, t.n_entries, &params, NULL), HL_OK);
	struct hl_index_scratch *s = hl_index_scratch_new();
	for (size_t i = 0; i < t.n_entries; i++) {
		struct hl_plate p;
		const struct hl_found *found;
		int budget = 0;
		bool self = false;
		hl_plate_parse(&p, t.entry[i], strlen(t.entry[i]), NULL);
		size_t n = hl_index_query(ix, s, &p, &budget, 1, &found);
		for (size_t k = 0; k < n; k++)
			self |= found[k].entry == i && found[k].cost == 0;
		ck_assert_msg(self, "%s is not found", t.entry[i]);
	}
	hl_index_stats(ix, &st);
	hl_index_scratch_stats(s, &st);
	ck_assert_uint_eq(st.queries, t.n_entries);
	ck_assert_uint_ge(st.verified, st.found);
	ck_assert_uint_gt(st.bytes, t.n_entries * 16);
	hl_index_scratch_free(&s);
	hl_index_free(&ix);
	trial_fini(&t);
}
END_TEST

static struct hl_ix_shape shape(bool holes, int k, int fold, int expand)
{
	return (struct hl_ix_shape){ .holes = holes, .k = (uint8_t)k, .fold = (uint8_t)fold, .expand = (uint8_t)expand };
}

/* The plans of doc/matching.md pass, and each with a piece taken away does not. */
START_TEST(completeness)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	struct hl_ix_shape d0 = shape(false, 0, 0, 0), d1 = shape(false, 1, 0, 0);
	ck_assert(hl_ix_complete(&d0, 1, &t, 0));
	ck_assert(hl_ix_complete(&d0, 1, &t, 99)); /* nothing is confusable */
	ck_assert(!hl_ix_complete(&d0, 1, &t, 100));
	ck_assert(hl_ix_complete(&d1, 1, &t, 199));
	ck_assert(!hl_ix_complete(&d1, 1, &t, 200));
	for (int c = 10; c <= 90; c++)
		ck_assert_int_eq(hl_confusion_set(&t, c % 36, (c + 1 + c / 36) % 36, c, NULL), HL_OK);
	struct hl_ix_shape learned[] = { shape(false, 1, 0, 0), shape(true, 1, 37, 50) };
	ck_assert(hl_ix_complete(learned, 2, &t, 100));
	ck_assert(!hl_ix_complete(learned, 2, &t, 102));
	ck_assert(!hl_ix_complete(learned, 1, &t, 100));
	ck_assert(!hl_ix_complete(learned + 1, 1, &t, 100));
	learned[1].expand = 49;
	ck_assert(!hl_ix_complete(learned, 2, &t, 100));
	learned[1] = shape(true, 1, 32, 50);
	ck_assert(!hl_ix_complete(learned, 2, &t, 100));
	learned[1] = shape(true, 1, 50, 0);
	ck_assert(hl_ix_complete(learned, 2, &t, 100));
	struct hl_ix_shape wide[] = { shape(false, 2, 0, 0), shape(false, 2, 33, 50), shape(true, 3, 40, 50) };
	ck_assert(hl_ix_complete(wide, 3, &t, 200));
	ck_assert(!hl_ix_complete(wide, 2, &t, 200));
}
END_TEST

static bool share_a_key(const struct hl_ix_family *f, const char *listed, const char *read)
{
	struct hl_ix_keys a = { 0 }, b = { 0 };
	struct hl_plate l, r;
	bool found = false;
	hl_plate_parse(&l, listed, strlen(listed), NULL);
	hl_plate_parse(&r, read, strlen(read), NULL);
	hl_ix_keys_add(f, f->shape.k, false, l.sym, l.len, &a);
	hl_ix_keys_add(f, f->shape.k, f->shape.expand > 0, r.sym, r.len, &b);
	for (size_t i = 0; i < a.n; i++)
		for (size_t k = 0; k < b.n; k++)
			found |= a.v[i] == b.v[k];
	free(a.v);
	free(b.v);
	return found;
}

/* 3 and D are folded, 5 is dearer read as D: which of the neighbours 3D33 is left out matters, since D alone can be replaced. */
START_TEST(replacing_beside_folded_neighbours)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	hl_confusion_set(&t, hl_sym_code('3'), hl_sym_code('D'), 30, NULL);
	hl_confusion_set(&t, hl_sym_code('5'), hl_sym_code('D'), 44, NULL);
	struct hl_ix_family f = { .shape = { .k = 1, .fold = 37, .expand = 45 } };
	hl_ix_family_init(&f, &t, 0);
	ck_assert(share_a_key(&f, "HL353RA", "HL3D33A"));
	ck_assert(share_a_key(&f, "HL353RA", "HL3D3RA"));
	ck_assert(!share_a_key(&f, "HL353RA", "HL3D99A"));
	ck_assert(!share_a_key(&f, "HL3D3RA", "HL353XA")); /* directed: D read as 5 is not listed */
}
END_TEST

/* Both forms of the filter answer alike, and never lose a key. */
START_TEST(filter_forms)
{
	struct hl_ix_part p = { .blocks = 37 };
	_Alignas(HL_IX_BLOCK) static uint8_t bits[37 * HL_IX_BLOCK];
	uint64_t key[512], state = 9;
	uint32_t a[512], b[512];
	p.filter = bits;
	for (int i = 0; i < 512; i++) {
		struct brute_rng r = { state++ };
		key[i] = (uint64_t)brute_below(&r, UINT32_MAX) << 32 | brute_below(&r, UINT32_MAX);
		if (i < 256)
			hl_ix_filter_add(&p, hl_ix_block(&p, key[i]), (uint32_t)key[i]);
	}
	unsigned na = hl_ix_test_best()(&p, key, 512, a), nb = hl_ix_test_portable()(&p, key, 512, b);
	ck_assert_uint_eq(na, nb);
	ck_assert_mem_eq(a, b, na * sizeof a[0]);
	for (uint32_t i = 0; i < 256; i++)
		ck_assert_uint_eq(a[i], i);
	ck_assert_uint_lt(na, 300);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("index");
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, small_alphabet);
	tcase_add_test(tc, plates);
	tcase_add_test(tc, wildcards);
	tcase_add_test(tc, partial);
	tcase_add_test(tc, few_entries);
	tcase_add_test(tc, any_budget);
	tcase_add_test(tc, long_list);
	tcase_add_test(tc, forms_in_turn);
	tcase_add_test(tc, any_crew);
	tcase_add_test(tc, portable_forms);
	tcase_add_test(tc, quick_keys);
	tcase_add_test(tc, lengths_in_reach);
	tcase_add_test(tc, empty_list);
	tcase_add_test(tc, every_entry_finds_itself);
	tcase_add_test(tc, completeness);
	tcase_add_test(tc, replacing_beside_folded_neighbours);
	tcase_add_test(tc, filter_forms);
	Suite *s = suite_create("index");
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
