/* test_err.c: error texts, exit codes, and the collection of faults. */
#include "unit.h"

#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/mem.h"

START_TEST(test_set)
{
	struct hl_err err;
	ck_assert_int_eq(hl_err_set(&err, HL_E_INPUT, "bad %s", "x\x1by\x7f"), HL_E_INPUT);
	ck_assert_int_eq(err.code, HL_E_INPUT);
	ck_assert_uint_eq(err.line, 0);
	ck_assert_str_eq(err.text, "bad x?y?");
	ck_assert_int_eq(hl_err_at(&err, HL_E_CONFIG, 12, 5, "here"), HL_E_CONFIG);
	ck_assert_uint_eq(err.line, 12);
	ck_assert_uint_eq(err.column, 5);
	hl_err_clear(&err);
	ck_assert_int_eq(err.code, HL_OK);
	ck_assert_int_eq(hl_err_set(NULL, HL_E_IO, "nobody listens"), HL_E_IO);
	ck_assert_int_eq(hl_err_at(NULL, HL_E_IO, 1, 1, "nobody listens"), HL_E_IO);
}
END_TEST

START_TEST(test_long_text_is_cut_between_characters)
{
	struct hl_err err;
	char text[2000];
	for (size_t i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "é", 3);
	hl_err_set(&err, HL_E_INPUT, "x%s", text);
	size_t n = strlen(err.text);
	ck_assert_uint_lt(n, HL_ERR_TEXT);
	ck_assert_uint_ge(n, HL_ERR_TEXT - 3);
	ck_assert_mem_eq(err.text + n - 2, "é", 2);
}
END_TEST

START_TEST(test_exit_codes)
{
	ck_assert_int_eq(hl_code_exit(HL_OK), 0);
	ck_assert_int_eq(hl_code_exit(HL_E_USAGE), EX_USAGE);
	ck_assert_int_eq(hl_code_exit(HL_E_INPUT), EX_DATAERR);
	ck_assert_int_eq(hl_code_exit(HL_E_CONFIG), EX_CONFIG);
	ck_assert_int_eq(hl_code_exit((enum hl_code)999), EX_SOFTWARE);
	for (int c = HL_OK; c <= HL_E_CONFIG; c++)
		ck_assert_uint_gt(strlen(hl_code_name((enum hl_code)c)), 0);
	ck_assert_str_eq(hl_code_name((enum hl_code)999), "unknown");
}
END_TEST

START_TEST(test_faults_are_sorted)
{
	struct hl_faults f = { 0 };
	struct hl_buf out = HL_BUF(10000);
	hl_faults_add(&f, "b.yaml", 2, 1, "second");
	hl_faults_warn(&f, "b.yaml", 1, 9, "odd");
	hl_faults_add(&f, "a.yaml", 7, 3, "first\n");
	hl_faults_add(&f, "b.yaml", 0, 0, "whole file");
	hl_faults_print(&f, &out);
	ck_assert_str_eq(hl_buf_text(&out), "a.yaml:7:3: first?\nb.yaml: whole file\nb.yaml:1:9: warning: odd\nb.yaml:2:1: second\n");
	ck_assert_uint_eq(f.errors, 3);
	ck_assert_uint_eq(f.warnings, 1);
	hl_faults_clear(&f);
	ck_assert_uint_eq(f.n + f.errors + f.warnings, 0);
	hl_buf_fini(&out);
}
END_TEST

START_TEST(test_faults_are_capped_and_counted)
{
	struct hl_faults f = { 0 };
	struct hl_buf out = HL_BUF(100000);
	for (unsigned i = 0; i < 15; i++)
		hl_faults_warn(&f, "a", 100 + i, 1, "warning");
	for (unsigned i = 0; i < 30; i++)
		hl_faults_add(&f, "a", 1 + i, 1, "error");
	hl_faults_warn(&f, "a", 1, 1, "too late");
	ck_assert_uint_eq(f.n, HL_FAULTS_MAX);
	ck_assert_uint_eq(f.errors, 30);
	ck_assert_uint_eq(f.warnings, 16);
	for (size_t i = 0; i < f.n; i++)
		ck_assert(!f.v[i].warning);
	hl_faults_print(&f, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "... and 26 more\n"));
	hl_buf_fini(&out);
}
END_TEST

UNIT_MAIN("err", test_set, test_long_text_is_cut_between_characters, test_exit_codes, test_faults_are_sorted, test_faults_are_capped_and_counted)
