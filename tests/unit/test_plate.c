/* test_plate.c: normal forms, patterns, and the confusion table. */
#include "core/confusion.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void check_plate(const char *text, const char *form)
{
	struct hl_plate p;
	struct hl_err err;
	char back[HL_PLATE_MAX + 1];
	ck_assert_int_eq(hl_plate_parse(&p, text, strlen(text), &err), HL_OK);
	hl_plate_text(&p, back);
	ck_assert_str_eq(back, form);
}

START_TEST(normal_form)
{
	check_plate("abc-123", "ABC123");
	check_plate("  5SOW 750\t", "5SOW750");
	check_plate("a?b*c", "ABC");
	check_plate("123456789012", "123456789012");
	check_plate("Z", "Z");
	check_plate("\xd0\x90\xd0\x92 12", "AB12"); /* Cyrillic letters that look like A and B */
	check_plate("\xef\xbc\xa1\xef\xbc\x91", "A1"); /* full width */
}
END_TEST

START_TEST(equal_plates_are_equal_bytes)
{
	struct hl_plate a, b;
	memset(&a, 0xff, sizeof a);
	memset(&b, 0x11, sizeof b);
	ck_assert_int_eq(hl_plate_parse(&a, "AB-1", 4, NULL), HL_OK);
	ck_assert_int_eq(hl_plate_parse(&b, "ab 1", 4, NULL), HL_OK);
	ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

START_TEST(bad_plates)
{
	struct hl_plate p;
	struct hl_err err;
	ck_assert_int_eq(hl_plate_parse(&p, "", 0, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_plate_parse(&p, "-- ?*\x01", 6, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "plate has no letter or digit");
	ck_assert_int_eq(hl_plate_parse(&p, "ABCDEFG-HIJKLMN", 15, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "plate has 14 symbols, at most 12");
	ck_assert_int_eq(hl_plate_parse(&p, "A\0B", 3, &err), HL_OK);
	ck_assert_int_eq(p.len, 2);
}
END_TEST

static void check_pattern(const char *text, bool o0, const char *form, int flags)
{
	struct hl_pattern p;
	struct hl_err err;
	char back[HL_PLATE_MAX + 1];
	ck_assert_int_eq(hl_pattern_parse(&p, text, strlen(text), o0, &err), HL_OK);
	hl_pattern_text(&p, back);
	ck_assert_str_eq(back, form);
	ck_assert_int_eq(p.flags, flags);
}

START_TEST(patterns)
{
	check_pattern("abc 12", false, "ABC12", 0);
	check_pattern("abc 12", true, "ABC12", HL_PAT_O0);
	check_pattern("a?c", false, "A?C", HL_PAT_WILD);
	check_pattern("?A?", true, "?A?", HL_PAT_WILD | HL_PAT_O0);
	check_pattern("?A??", false, "?A??", HL_PAT_WILD | HL_PAT_SCANNED);
	check_pattern("AB**C", false, "AB*C", HL_PAT_WILD | HL_PAT_SCANNED);
	check_pattern("*7", false, "*7", HL_PAT_WILD | HL_PAT_SCANNED);
	struct hl_pattern p;
	struct hl_err err;
	ck_assert_int_eq(hl_pattern_parse(&p, "a?*-7", 5, false, &err), HL_OK);
	ck_assert(hl_pattern_is_partial(&p));
	ck_assert_uint_eq(hl_pattern_fixed(&p), 2);
	ck_assert(hl_pattern_is_sound(&p));
	p.flags = HL_PAT_WILD; /* a run that its flags hide */
	ck_assert(!hl_pattern_is_sound(&p));
	p.flags = HL_PAT_WILD | HL_PAT_SCANNED | HL_PAT_O0;
	ck_assert(hl_pattern_is_sound(&p));
	p.sym[1] = HL_SYM_RUN + 1;
	ck_assert(!hl_pattern_is_sound(&p));
	p.len = HL_PLATE_MAX + 1;
	ck_assert(!hl_pattern_is_sound(&p));
	p = (struct hl_pattern){ 0 };
	ck_assert(!hl_pattern_is_sound(&p));
	ck_assert_int_eq(hl_pattern_parse(&p, "A??7", 4, false, &err), HL_OK);
	ck_assert(!hl_pattern_is_partial(&p));
	ck_assert_int_eq(hl_pattern_parse(&p, "??", 2, false, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_pattern_parse(&p, "*", 1, false, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_pattern_parse(&p, "", 0, false, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_pattern_parse(&p, "ABCDEFGHIJKL?", 13, false, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "plate has 13 symbols, at most 12");
}
END_TEST

START_TEST(symbols)
{
	const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	for (int i = 0; i < HL_SYMBOLS; i++) {
		ck_assert_int_eq(hl_sym_code(all[i]), i);
		ck_assert_int_eq(hl_sym_char(i), all[i]);
	}
	ck_assert_int_eq(hl_sym_code('q'), hl_sym_code('Q'));
	ck_assert_int_eq(hl_sym_code('?'), -1);
	ck_assert_int_eq(hl_sym_char(HL_SYM_ONE), '?');
	ck_assert_int_eq(hl_sym_char(HL_SYM_RUN), '*');
}
END_TEST

START_TEST(confusions)
{
	struct hl_confusion t, u;
	struct hl_err err;
	hl_confusion_init(&t);
	hl_confusion_init(&u);
	ck_assert_int_eq(t.cheapest, HL_HARD);
	ck_assert_uint_eq(hl_confusion_hash(&t), hl_confusion_hash(&u));
	ck_assert_int_eq(hl_confusion_set(&t, 7, 3, 40, &err), HL_OK);
	ck_assert_int_eq(t.cost[7][3], 40);
	ck_assert_int_eq(t.cost[3][7], HL_HARD);
	ck_assert_int_eq(t.pairs, 1);
	ck_assert_uint_ne(hl_confusion_hash(&t), hl_confusion_hash(&u));
	ck_assert_int_eq(hl_confusion_set(&u, 3, 7, 40, &err), HL_OK);
	ck_assert_uint_ne(hl_confusion_hash(&t), hl_confusion_hash(&u));
	ck_assert_int_eq(hl_confusion_set(&t, 7, 3, 60, &err), HL_OK);
	ck_assert_int_eq(t.pairs, 1);
	ck_assert_int_eq(t.cheapest, 60);
	ck_assert_int_eq(hl_confusion_set(&t, 7, 7, 40, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_confusion_set(&t, 7, 36, 40, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_confusion_set(&t, -1, 3, 40, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_confusion_set(&t, 1, 3, 9, &err), HL_E_INPUT);
	ck_assert_int_eq(hl_confusion_set(&t, 1, 3, 91, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "the cost of 1 read as 3 is 0.91, expected 0.10 to 0.90");
	ck_assert_int_eq(t.pairs, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("plate");
	tcase_add_test(tc, normal_form);
	tcase_add_test(tc, equal_plates_are_equal_bytes);
	tcase_add_test(tc, bad_plates);
	tcase_add_test(tc, patterns);
	tcase_add_test(tc, symbols);
	tcase_add_test(tc, confusions);
	Suite *s = suite_create("plate");
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
