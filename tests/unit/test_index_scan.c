/* test_index_scan.c: the entries that stand beside the keys of an index: which those are, how many, and that both forms of the sum leave the same. That what is
 * found is what comparing all finds, and an independent distance, is shown by test_index.c.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/index_int.h"
#include "lists.h"

enum { READS = 100 };

/* With and without AVX2 the same entries are compared, and found: lists that fill whole blocks of lanes and that do not. */
START_TEST(scan_forms)
{
	struct brute_rng r = { 17 };
	int budgets[READS];
	for (size_t n = 31; n <= 2000; n = n * 2 + 1) {
		struct trial t;
		struct hl_index *ix;
		const struct hl_found *a, *b;
		trial_init(&t, &r, TRIAL_PARTIAL, 170, 1, n, READS);
		struct hl_index_params params = { .confusion = &t.table, .max_cost = 200 };
		for (size_t k = 0; k < t.n_reads; k++)
			budgets[k] = (int)brute_below(&r, HL_COST_MAX + 1);
		ck_assert_int_eq(hl_index_new(&ix, t.pattern, t.n_entries, &params, NULL), HL_OK);
		struct hl_index_scratch *sa = hl_index_scratch_new(), *sb = hl_index_scratch_new();
		size_t na = hl_index_query(ix, sa, t.plate, budgets, t.n_reads, &a);
		ix->scan.sum = hl_ix_sum_portable();
		size_t nb = hl_index_query(ix, sb, t.plate, budgets, t.n_reads, &b);
		ck_assert_uint_eq(na, nb);
		ck_assert_uint_gt(na, 20);
		ck_assert_mem_eq(a, b, na * sizeof a[0]);
		struct hl_index_stats fa, fb;
		hl_index_scratch_stats(sa, &fa);
		hl_index_scratch_stats(sb, &fb);
		ck_assert_uint_eq(fa.verified, fb.verified);
		ck_assert_uint_lt(fa.verified, n * t.n_reads / 2); /* the sum spares most comparisons */
		hl_index_scratch_free(&sa);
		hl_index_scratch_free(&sb);
		hl_index_free(&ix);
		trial_fini(&t);
	}
}
END_TEST

/* Few entries with a '?' are scanned, many have keys; partial plates are scanned, however many. */
START_TEST(what_is_scanned)
{
	struct hl_confusion t;
	struct hl_index *ix;
	struct hl_err err;
	struct hl_index_stats st;
	size_t n = HL_INDEX_PARTIAL_MAX + 1;
	struct hl_pattern *p = hl_calloc(n, sizeof p[0]);
	hl_confusion_init(&t);
	struct hl_index_params params = { .confusion = &t, .max_cost = 100 };
	for (size_t i = 0; i < n; i++) {
		char text[HL_PLATE_MAX + 1];
		snprintf(text, sizeof text, i < 300 ? "A??%04zu" : "A*%05zu", i);
		ck_assert_int_eq(hl_pattern_parse(&p[i], text, strlen(text), false, NULL), HL_OK);
	}
	ck_assert_int_eq(hl_index_new(&ix, p, 302, &params, &err), HL_OK);
	hl_index_stats(ix, &st);
	ck_assert_str_eq(st.plan, "scan:302");
	hl_index_free(&ix);
	ck_assert_int_eq(hl_index_new(&ix, p, n, &params, &err), HL_OK); /* what is too many for a list, several may have together */
	ck_assert_uint_eq(ix->scan.n, n);
	hl_index_free(&ix);
	for (size_t i = 0; i < n; i++) {
		char text[HL_PLATE_MAX + 1];
		snprintf(text, sizeof text, "A?%05zu", i);
		ck_assert_int_eq(hl_pattern_parse(&p[i], text, strlen(text), false, NULL), HL_OK);
	}
	ck_assert_int_eq(hl_index_new(&ix, p, n, &params, &err), HL_OK); /* with one or two '?' there may be as many as one likes */
	ck_assert_uint_eq(ix->scan.n, 0);
	hl_index_free(&ix);
	free(p);
}
END_TEST

UNIT_MAIN("index_scan", scan_forms, what_is_scanned)
