/* test_match.c: the distance by example, and against the independent one of brute.c on 10^6 random pairs. */
#include "brute.h"
#include "core/match.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_pattern pattern(const char *text, bool o0)
{
	struct hl_pattern p;
	ck_assert_int_eq(hl_pattern_parse(&p, text, strlen(text), o0, NULL), HL_OK);
	return p;
}

static struct hl_plate plate(const char *text)
{
	struct hl_plate p;
	ck_assert_int_eq(hl_plate_parse(&p, text, strlen(text), NULL), HL_OK);
	return p;
}

static void set(struct hl_confusion *t, const char *pair, int cost)
{
	ck_assert_int_eq(hl_confusion_set(t, hl_sym_code(pair[0]), hl_sym_code(pair[1]), cost, NULL), HL_OK);
}

static int cost(const struct hl_confusion *t, const char *listed, bool o0, const char *read, int max)
{
	struct hl_pattern l = pattern(listed, o0);
	struct hl_plate r = plate(read);
	return hl_match_cost(t, &l, &r, max);
}

START_TEST(examples)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	set(&t, "73", 40);
	set(&t, "0O", 20);
	ck_assert_int_eq(cost(&t, "5SOW750", false, "5SOW750", 0), 0);
	ck_assert_int_eq(cost(&t, "5SOW750", false, "5SOW350", 100), 40);
	ck_assert_int_eq(cost(&t, "5SOW750", false, "5SOW350", 40), 40);
	ck_assert_int_eq(cost(&t, "5SOW750", false, "5SOW350", 39), HL_COST_NONE);
	ck_assert_int_eq(cost(&t, "5SOW350", false, "5SOW750", 200), 100); /* directed */
	ck_assert_int_eq(cost(&t, "ABC123", false, "ABC12", 100), 100);
	ck_assert_int_eq(cost(&t, "ABC12", false, "ABC123", 100), 100);
	ck_assert_int_eq(cost(&t, "ABC123", false, "ACB123", 100), 100);
	ck_assert_int_eq(cost(&t, "ABC123", false, "ACB132", 200), 200);
	ck_assert_int_eq(cost(&t, "ABC123", false, "BC1230", 200), 200);
	ck_assert_int_eq(cost(&t, "ABC123", false, "BC1230", 199), HL_COST_NONE);
	ck_assert_int_eq(cost(&t, "CA", false, "ABC", 200), HL_COST_NONE); /* restricted: no edit inside a swap */
	ck_assert_int_eq(cost(&t, "A0C", false, "AOC", 100), 20);
	ck_assert_int_eq(cost(&t, "AOC", false, "A0C", 100), 100);
	ck_assert_int_eq(cost(&t, "AOC", true, "A0C", 0), 0);
	ck_assert_int_eq(cost(&t, "AOC", true, "0AC", 100), 100); /* a swap, O and 0 being equal */
}
END_TEST

START_TEST(wildcards)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	ck_assert_int_eq(cost(&t, "AB?123", false, "ABZ123", 0), 0);
	ck_assert_int_eq(cost(&t, "AB?123", false, "AB123", 100), 100);
	ck_assert_int_eq(cost(&t, "AB*", false, "AB", 0), 0);
	ck_assert_int_eq(cost(&t, "AB*", false, "ABCDEFGHIJKL", 0), 0);
	ck_assert_int_eq(cost(&t, "*12", false, "XYZ12", 0), 0);
	ck_assert_int_eq(cost(&t, "A*9", false, "A123456789", 0), 0);
	ck_assert_int_eq(cost(&t, "A*9", false, "B1234567", 200), 200);
	ck_assert_int_eq(cost(&t, "A*B", false, "BA", 200), 100); /* as AB, swapped */
	ck_assert_int_eq(cost(&t, "A???", false, "A12", 100), 100);
}
END_TEST

static void align(const struct hl_confusion *t, const char *listed, bool o0, const char *read, const char *expected, enum hl_kind kind)
{
	struct hl_pattern l = pattern(listed, o0);
	struct hl_plate r = plate(read);
	struct hl_alignment a;
	char text[512] = "";
	hl_match_align(t, &l, &r, &a);
	for (unsigned i = 0; i < a.n; i++) {
		size_t n = strlen(text);
		snprintf(text + n, sizeof text - n, "%s%s@%d/%d:%s>%s=%d", n ? " " : "", hl_op_name(a.op[i].type), a.op[i].pos, a.op[i].rpos,
			 a.op[i].listed, a.op[i].read, a.op[i].cost);
	}
	ck_assert_str_eq(text, expected);
	ck_assert_str_eq(hl_kind_name(hl_match_kind(&l, &a)), hl_kind_name(kind));
}

START_TEST(alignments)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	set(&t, "73", 40);
	align(&t, "5SOW750", false, "5SOW750", "", HL_KIND_EXACT);
	align(&t, "5SOW750", false, "5SOW350", "sub@4/4:7>3=40", HL_KIND_CONFUSABLE);
	align(&t, "5SOW750", false, "5S0W350", "sub@2/2:O>0=100 sub@4/4:7>3=40", HL_KIND_EDIT);
	align(&t, "5SOW750", true, "5S0W350", "sub@2/2:O>0=0 sub@4/4:7>3=40", HL_KIND_CONFUSABLE);
	align(&t, "AOC", true, "A0C", "sub@1/1:O>0=0", HL_KIND_CONFUSABLE);
	align(&t, "ABC", false, "AC", "lost@1/1:B>=100", HL_KIND_EDIT);
	align(&t, "AC", false, "ABC", "invented@1/1:>B=100", HL_KIND_EDIT);
	align(&t, "AABC", false, "ABC", "lost@1/1:A>=100", HL_KIND_EDIT);
	align(&t, "ABC", false, "BAC", "swap@0/0:AB>BA=100", HL_KIND_EDIT);
	align(&t, "A?C", false, "AXC", "", HL_KIND_WILDCARD);
	align(&t, "A*C", false, "A123B", "sub@2/4:C>B=100", HL_KIND_WILDCARD);
	align(&t, "AB", false, "X", "sub@0/0:A>X=100 lost@1/1:B>=100", HL_KIND_EDIT);
}
END_TEST

static struct hl_confusion table_of(const struct brute_table *b)
{
	struct hl_confusion t;
	hl_confusion_init(&t);
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			t.cost[i][j] = i == j ? 0 : b->pair[(int)hl_sym_char(i)][(int)hl_sym_char(j)];
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			if (i != j && t.cost[i][j] == 0)
				t.cost[i][j] = HL_HARD;
	return t;
}

static int random_text(struct brute_rng *r, const char *alphabet, int longest, char *dst)
{
	int n = 1 + (int)brute_below(r, (uint32_t)longest), kinds = (int)strlen(alphabet);
	for (int i = 0; i < n; i++)
		dst[i] = alphabet[brute_below(r, (uint32_t)kinds)];
	dst[n] = 0;
	return n;
}

/* A read near a: three random edits at most, so that most pairs are within some budget. */
static void near_text(struct brute_rng *r, const char *alphabet, const char *a, char *dst)
{
	int n = (int)strlen(a), kinds = (int)strlen(alphabet);
	memcpy(dst, a, (size_t)n + 1);
	for (uint32_t edits = brute_below(r, 4); edits; edits--) {
		int at = (int)brute_below(r, (uint32_t)n);
		char c = alphabet[brute_below(r, (uint32_t)kinds)];
		uint32_t kind = brute_below(r, 4);
		if (kind == 0 && n > 1) {
			memmove(dst + at, dst + at + 1, (size_t)(n-- - at));
		} else if (kind == 1 && n < HL_PLATE_MAX) {
			memmove(dst + at + 1, dst + at, (size_t)(++n - at));
			dst[at] = c;
		} else if (kind == 2 && at + 1 < n) {
			char keep = dst[at];
			dst[at] = dst[at + 1];
			dst[at + 1] = keep;
		} else {
			dst[at] = c;
		}
	}
	for (int i = 0; i < n; i++)
		if (dst[i] == '?' || dst[i] == '*')
			dst[i] = alphabet[0];
}

static void add_wildcards(struct brute_rng *r, char *text)
{
	size_t n = strlen(text);
	for (uint32_t k = brute_below(r, 4); k; k--)
		text[brute_below(r, (uint32_t)n)] = brute_below(r, 3) ? '?' : '*';
	if (strspn(text, "?*") == n)
		text[0] = 'O';
}

static void compare_pair(const struct hl_confusion *t, const struct brute_table *b, const char *listed, bool o0, const char *read)
{
	static const int budgets[] = { 0, 30, 50, 100, 125, 150, 199, 200 };
	struct hl_pattern l = pattern(listed, o0);
	struct hl_plate r = plate(read);
	struct hl_alignment a;
	int truth = brute_distance(b, listed, o0, read), sum = 0;
	for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
		int got = hl_match_cost(t, &l, &r, budgets[i]);
		if (got != (truth <= budgets[i] ? truth : HL_COST_NONE))
			ck_abort_msg("%s%s read as %s within %d: %d, truth %d", listed, o0 ? " (O=0)" : "", read, budgets[i], got, truth);
		int within = brute_within(b, listed, o0, read, budgets[i]); /* the judge's quick form, for the drill */
		ck_assert_msg(truth <= budgets[i] ? within == truth : within > budgets[i], "%s read as %s: %d, truth %d", listed, read, within, truth);
	}
	struct brute_least least;
	brute_least(b, read, o0, &least);
	for (const char *c = listed; *c; c++)
		sum += least.cost[(int)*c];
	ck_assert_msg(sum <= truth, "%s read as %s: at least %d, truth %d", listed, read, sum, truth);
	sum = 0;
	ck_assert_msg(hl_match_align(t, &l, &r, &a) == truth, "%s read as %s: aligned %d, truth %d", listed, read, a.cost, truth);
	for (unsigned i = 0; i < a.n; i++)
		sum += a.op[i].cost;
	ck_assert_msg(sum == truth, "%s read as %s: operations sum to %d, truth %d", listed, read, sum, truth);
}

/* 10^6 pairs: 50 tables from empty to dense, directed and not, over a small alphabet and all symbols, with wildcards and O/0. */
START_TEST(equals_brute_force)
{
	static const char *const alphabets[] = { "0OQ1I28BZ", "0O1", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" };
	static const int pairs[] = { 0, 60, 200, 700, 1200 };
	struct brute_rng r = { 1 };
	for (int i = 0; i < 50; i++) {
		struct brute_table b;
		brute_random_table(&r, &b, pairs[i % 5], i / 5 % 2);
		struct hl_confusion t = table_of(&b);
		for (int k = 0; k < 20000; k++) {
			const char *alphabet = alphabets[brute_below(&r, 3)];
			char listed[HL_PLATE_MAX + 1], read[HL_PLATE_MAX + 1];
			random_text(&r, alphabet, HL_PLATE_MAX, listed);
			if (brute_below(&r, 4) == 0)
				random_text(&r, alphabet, HL_PLATE_MAX, read);
			else
				near_text(&r, alphabet, listed, read);
			if (brute_below(&r, 5) == 0)
				add_wildcards(&r, listed);
			compare_pair(&t, &b, listed, brute_below(&r, 3) == 0, read);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("match");
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, examples);
	tcase_add_test(tc, wildcards);
	tcase_add_test(tc, alignments);
	tcase_add_test(tc, equals_brute_force);
	Suite *s = suite_create("match");
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
