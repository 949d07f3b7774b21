/* test_learn.c: a confusion table from labelled reads: the formula by hand, the choice of pairs, order, bad input, the file. */
#include "core/learn.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add(struct hl_learn *l, const char *truth, const char *read, int times)
{
	struct hl_plate t, r;
	ck_assert_int_eq(hl_plate_parse(&t, truth, strlen(truth), NULL), HL_OK);
	ck_assert_int_eq(hl_plate_parse(&r, read, strlen(read), NULL), HL_OK);
	while (times--)
		ck_assert_int_eq(hl_learn_add(l, &t, &r, NULL), HL_OK);
}

static const struct hl_learn_pair *find(const struct hl_learn_report *r, char listed, char read)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->pair[i].listed == hl_sym_code(listed) && r->pair[i].read == hl_sym_code(read))
			return &r->pair[i];
	return NULL;
}

static struct hl_learn_report run(struct hl_learn *l, double scale, double coverage)
{
	struct hl_learn_report r;
	struct hl_learn_params p = { .scale = scale, .coverage = coverage };
	struct hl_err err;
	ck_assert_msg(hl_learn_run(l, &p, &r, &err) == HL_OK, "%s", err.text);
	return r;
}

static int by_hand(double n, double opposite, double right, double scale)
{
	int cost = (int)floor(0.5 - 100 * scale * log10((n + opposite / 2) / (right + 10)));
	return cost < 10 ? 10 : cost > 90 ? 90 : cost;
}

START_TEST(test_formula)
{
	struct hl_learn *l = hl_learn_new();
	add(l, "ABC7", "ABC7", 80);
	add(l, "ABC7", "ABC1", 20); /* 7 > 1: 20 of 100 */
	add(l, "ABD1", "ABD1", 200);
	add(l, "ABD1", "ABD7", 4); /* 1 > 7: 4 of 204 */
	struct hl_learn_report r = run(l, 0.28, 1);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_uint_eq(r.plates, 2);
	ck_assert_uint_eq(r.exact, 280);
	ck_assert_uint_eq(r.substituted, 24);
	ck_assert_int_eq(find(&r, '7', '1')->cost, by_hand(20, 4, 80, 0.28));
	ck_assert_int_eq(find(&r, '1', '7')->cost, by_hand(4, 20, 200, 0.28));
	ck_assert_uint_eq(find(&r, '7', '1')->n, 20);
	ck_assert_int_eq(r.pair[0].listed, 7); /* the cheaper one first */
	r = run(l, 0.01, 1);
	ck_assert_int_eq(find(&r, '7', '1')->cost, 10);
	r = run(l, 10, 1);
	ck_assert_int_eq(find(&r, '1', '7')->cost, 90);
	hl_learn_free(&l);
	ck_assert_ptr_null(l);
}
END_TEST

/* One confusion alone gives the opposite one too, at half the weight. */
START_TEST(test_opposite)
{
	struct hl_learn *l = hl_learn_new();
	add(l, "8XYZ", "BXYZ", 10);
	add(l, "BXYZ", "BXYZ", 90);
	struct hl_learn_report r = run(l, 0.28, 1);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(find(&r, 'B', '8')->cost, by_hand(0, 10, 90, 0.28));
	ck_assert_uint_eq(find(&r, 'B', '8')->n, 0);
	hl_learn_free(&l);
}
END_TEST

START_TEST(test_losses_and_noise)
{
	struct hl_learn *l = hl_learn_new();
	add(l, "ABC123", "ABC12", 3);
	add(l, "ABC123", "XABC123", 2);
	add(l, "ABC123", "ACB123", 1);
	add(l, "ABC123", "QWERTY", 5); /* too far: teaches nothing */
	add(l, "ABC123", "ABC128", 1);
	struct hl_learn_report r = run(l, 0.28, 1);
	ck_assert_uint_eq(r.reads, 12);
	ck_assert_uint_eq(r.too_far, 5);
	ck_assert_uint_eq(r.lost, 3);
	ck_assert_uint_eq(r.invented, 2);
	ck_assert_uint_eq(r.swapped, 1);
	ck_assert_uint_eq(r.substituted, 1);
	ck_assert_uint_eq(r.correct, 3 * 5 + 2 * 6 + 4 + 5);
	ck_assert_ptr_nonnull(find(&r, '3', '8'));
	ck_assert_ptr_null(find(&r, 'A', 'Q'));
	hl_learn_free(&l);
}
END_TEST

/* Coverage counts only what other plates have taught: a pair seen on one plate alone covers nothing there. */
START_TEST(test_coverage)
{
	struct hl_learn *l = hl_learn_new();
	add(l, "AAA111", "AAAII1", 1);
	for (int i = 0; i < 8; i++) {
		char plate[] = "ZZZ05X", read[] = "ZZZO5X";
		plate[5] = read[5] = (char)('A' + i);
		add(l, plate, read, 1);
	}
	add(l, "KKK999", "KKK9P9", 2);
	struct hl_learn_report r = run(l, 0.28, 1);
	ck_assert_uint_eq(r.pairs_seen, 6);
	ck_assert_uint_eq(r.n, 6);
	ck_assert(fabs(r.covered_max - 8.0 / 12) < 1e-9);
	r = run(l, 0.28, 0.5);
	ck_assert_uint_lt(r.n, 6);
	ck_assert(r.covered >= 0.5);
	ck_assert_ptr_nonnull(find(&r, '0', 'O'));
	hl_learn_free(&l);
}
END_TEST

START_TEST(test_order_does_not_matter)
{
	static const char *const pairs[][2] = {
		{ "ABC123", "A8C123" }, { "ABC123", "ABC123" }, { "XYZ789", "XYZ7B9" }, { "8888", "B8B8" }, { "HELL0", "HELLO" }, { "ZZ22", "22ZZ" }, { "WV11", "VW1I" },
	};
	enum { N = sizeof pairs / sizeof pairs[0] };
	struct hl_learn *a = hl_learn_new(), *b = hl_learn_new();
	for (int i = 0; i < N; i++) {
		add(a, pairs[i][0], pairs[i][1], 1 + i);
		add(b, pairs[N - 1 - i][0], pairs[N - 1 - i][1], N - i);
	}
	struct hl_learn_report ra = run(a, 0.28, 0.4), rb = run(b, 0.28, 0.4);
	ck_assert_uint_eq(ra.n, rb.n);
	ck_assert_mem_eq(ra.pair, rb.pair, sizeof ra.pair);
	hl_learn_free(&a);
	hl_learn_free(&b);
}
END_TEST

START_TEST(test_bad_input)
{
	struct hl_learn *l = hl_learn_new();
	struct hl_learn_params p = HL_LEARN_DEFAULT;
	struct hl_learn_report r;
	struct hl_err err;
	ck_assert_int_eq(hl_learn_run(l, &p, &r, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "no labelled read to learn from");
	add(l, "ABC", "ABC", 2);
	ck_assert_int_eq(hl_learn_run(l, &p, &r, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "no substitution in 2 labelled reads to learn from");
	static const double bad[] = { 0, -1, 11, NAN };
	for (int i = 0; i < 4; i++) {
		p = (struct hl_learn_params){ .scale = bad[i], .coverage = 1 };
		ck_assert_int_eq(hl_learn_run(l, &p, &r, &err), HL_E_INPUT);
		p = (struct hl_learn_params){ .scale = 0.28, .coverage = bad[i] };
		ck_assert_int_eq(hl_learn_run(l, &p, &r, &err), HL_E_INPUT);
	}
	hl_learn_free(&l);
	hl_learn_free(&l);
}
END_TEST

START_TEST(test_file)
{
	struct hl_learn *l = hl_learn_new();
	add(l, "ABC7", "ABC1", 3);
	struct hl_learn_params p = { .scale = 0.28, .coverage = 1 };
	struct hl_learn_report r = run(l, p.scale, p.coverage);
	struct hl_buf b = HL_BUF(1 << 16);
	hl_learn_write(&p, &r, "a.jsonl (3)", &b);
	const char *pairs = strstr(hl_buf_text(&b), "version: 1\n");
	ck_assert_ptr_nonnull(pairs);
	ck_assert_str_eq(pairs, "version: 1\nsource: \"a.jsonl (3)\"\npairs:\n  - {listed: \"7\", read: \"1\", cost: 0.15} # 3\n  - {listed: \"1\", read: \"7\", cost: 0.23} # 0\n");
	for (const char *line = hl_buf_text(&b); line < pairs; line = strchr(line, '\n') + 1)
		ck_assert(line[0] == '#');
	ck_assert_ptr_null(strstr(hl_buf_text(&b), "ABC"));
	hl_buf_fini(&b);
	hl_learn_free(&l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("learn");
	TCase *t = tcase_create("learn");
	tcase_add_test(t, test_formula);
	tcase_add_test(t, test_opposite);
	tcase_add_test(t, test_losses_and_noise);
	tcase_add_test(t, test_coverage);
	tcase_add_test(t, test_order_does_not_matter);
	tcase_add_test(t, test_bad_input);
	tcase_add_test(t, test_file);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
