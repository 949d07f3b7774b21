/* test_index_image.c: an index from its image answers as the one that was built; what is damaged, cut off or of other entries is refused, and what was made to harm
 * leads nowhere.
 */
#include "unit.h"

#include <string.h>

#include "base/crew.h"
#include "core/index_image.h"
#include "lists.h"

enum { READS = 300 };

static const unsigned char key[HL_SHA256] = { 1, 2, 3 };

struct image {
	unsigned char *v;
	size_t n;
};

static struct image image_of(const struct hl_index *ix, unsigned threads)
{
	static struct hl_index_image pieces;
	hl_index_to_image(ix, key, &(const struct hl_crew){ threads }, &pieces);
	struct image m = { .n = 0 };
	m.v = aligned_alloc(HL_INDEX_ALIGN, (pieces.bytes + HL_INDEX_ALIGN - 1) / HL_INDEX_ALIGN * HL_INDEX_ALIGN);
	for (int i = 0; i < HL_INDEX_PIECES; i++) {
		if (pieces.piece[i].n)
			memcpy(m.v + m.n, pieces.piece[i].data, pieces.piece[i].n);
		m.n += pieces.piece[i].n;
	}
	ck_assert_uint_eq(m.n, pieces.bytes);
	return m;
}

static void same_answers(const struct hl_index *a, const struct hl_index *b, const struct trial *t, const int *budgets)
{
	struct hl_index_scratch *x = hl_index_scratch_new(), *y = hl_index_scratch_new();
	const struct hl_found *f, *g;
	size_t n = hl_index_query(a, x, t->plate, budgets, t->n_reads, &f), m = hl_index_query(b, y, t->plate, budgets, t->n_reads, &g);
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(f, g, n * sizeof *f);
	hl_index_scratch_free(&x);
	hl_index_scratch_free(&y);
}

START_TEST(test_same_answers)
{
	struct brute_rng r = { 7 };
	int budgets[READS];
	for (int i = 0; i < 6; i++) {
		struct trial t;
		struct hl_index *built, *mapped;
		struct hl_err err;
		trial_init(&t, &r, (enum trial_kind)(i % 3), (const int[]){ 28, 640 }[i % 2], i > 2, i == 5 ? 40000 : 3000, READS);
		for (int k = 0; k < READS; k++)
			budgets[k] = (int[]){ 0, 50, 100, 125, 150 }[k % 5];
		struct hl_index_params params = { .confusion = &t.table, .max_cost = 150, .crew = &(const struct hl_crew){ 3 } };
		ck_assert_int_eq(hl_index_new(&built, t.pattern, t.n_entries, &params, NULL), HL_OK);
		struct image m = image_of(built, 1), again = image_of(built, 4);
		ck_assert_uint_eq(m.n, again.n);
		ck_assert_mem_eq(m.v, again.v, m.n);
		ck_assert_msg(!hl_index_from_image(&mapped, m.v, m.n, key, t.pattern, t.n_entries, &params, &err), "%s", err.text);
		same_answers(built, mapped, &t, budgets);
		/* What was mapped gives the same image again. */
		struct hl_index_stats x, y;
		hl_index_stats(built, &x);
		hl_index_stats(mapped, &y);
		ck_assert_str_eq(x.plan, y.plan);
		ck_assert_uint_eq(x.bytes, y.bytes);
		hl_index_free(&mapped);
		hl_index_free(&built);
		free(m.v);
		free(again.v);
		trial_fini(&t);
	}
}
END_TEST

static enum hl_code try(const struct image *m, size_t n, const unsigned char *k, const struct trial *t, size_t entries, int budget)
{
	struct hl_index *ix;
	struct hl_err err = { 0 };
	struct hl_index_params params = { .confusion = &t->table, .max_cost = budget };
	enum hl_code code = hl_index_from_image(&ix, m->v, n, k, t->pattern, entries, &params, &err);
	ck_assert(code == HL_OK || code == HL_E_INPUT);
	ck_assert(!code == (ix != NULL));
	hl_index_free(&ix);
	return code;
}

START_TEST(test_refused)
{
	struct brute_rng r = { 9 };
	struct trial t;
	struct hl_index *ix;
	unsigned char other[HL_SHA256] = { 1, 2, 4 };
	trial_init(&t, &r, TRIAL_WILD, 28, 0, 40, 1);
	struct hl_index_params params = { .confusion = &t.table, .max_cost = 100 };
	ck_assert_int_eq(hl_index_new(&ix, t.pattern, t.n_entries, &params, NULL), HL_OK);
	struct image m = image_of(ix, 1);
	ck_assert_int_eq(try(&m, m.n, key, &t, t.n_entries, 100), HL_OK);
	ck_assert_int_eq(try(&m, m.n, other, &t, t.n_entries, 100), HL_E_INPUT);
	ck_assert_int_eq(try(&m, m.n, key, &t, t.n_entries - 1, 100), HL_E_INPUT);
	ck_assert_int_eq(try(&m, m.n, key, &t, t.n_entries, 125), HL_E_INPUT);
	for (size_t n = 0; n < m.n; n++)
		ck_assert_int_eq(try(&m, n, key, &t, t.n_entries, 100), HL_E_INPUT);
	for (size_t i = 0; i < m.n; i++) {
		m.v[i] ^= (unsigned char)(1 << i % 8);
		ck_assert_msg(try(&m, m.n, key, &t, t.n_entries, 100) == HL_E_INPUT, "byte %zu", i);
		m.v[i] ^= (unsigned char)(1 << i % 8);
	}
	ck_assert_int_eq(try(&m, m.n, key, &t, t.n_entries, 100), HL_OK);
	free(m.v);
	hl_index_free(&ix);
	trial_fini(&t);
}
END_TEST

/* Damage under a sum that was put right: whatever is let through must be safe to ask (the sanitizers of the full check watch). */
START_TEST(test_forged)
{
	struct brute_rng r = { 11 };
	struct trial t;
	struct hl_index *ix;
	int budgets[READS], let_through = 0;
	trial_init(&t, &r, TRIAL_WILD, 28, 0, 300, READS);
	for (int k = 0; k < READS; k++)
		budgets[k] = 100;
	struct hl_index_params params = { .confusion = &t.table, .max_cost = 100 };
	ck_assert_int_eq(hl_index_new(&ix, t.pattern, t.n_entries, &params, NULL), HL_OK);
	struct image m = image_of(ix, 1);
	unsigned char *bad = aligned_alloc(HL_INDEX_ALIGN, m.n);
	for (int i = 0; i < 2000; i++) {
		struct hl_index *forged;
		const struct hl_found *f;
		memcpy(bad, m.v, m.n);
		for (int k = 0; k < 3; k++) {
			size_t at = k == 0 && i % 2 ? (size_t)brute_below(&r, 300) : (size_t)brute_below(&r, (int)m.n);
			bad[at] = (unsigned char)brute_below(&r, 256);
		}
		hl_index_image_seal(bad, m.n);
		if (hl_index_from_image(&forged, bad, m.n, key, t.pattern, t.n_entries, &params, NULL))
			continue;
		let_through++;
		struct hl_index_scratch *s = hl_index_scratch_new();
		size_t n = hl_index_query(forged, s, t.plate, budgets, t.n_reads, &f);
		for (size_t k = 0; k < n; k++)
			ck_assert_uint_lt(f[k].entry, t.n_entries);
		hl_index_scratch_free(&s);
		hl_index_free(&forged);
	}
	ck_assert_int_gt(let_through, 10);
	free(bad);
	free(m.v);
	hl_index_free(&ix);
	trial_fini(&t);
}
END_TEST

UNIT_MAIN("index_image", test_same_answers, test_refused, test_forged)
