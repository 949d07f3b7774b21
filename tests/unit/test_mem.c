/* test_mem.c: bounded copies and the growing buffer. */
#include "unit.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"

START_TEST(test_alloc)
{
	free(hl_alloc(0));
	char *z = hl_calloc(3, 4);
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(z[i], 0);
	z = hl_realloc(z, 100, 1);
	z[99] = 1;
	free(z);
	ck_assert_ptr_null(hl_strdup(NULL));
	char *s = hl_strndup("abcdef", 3);
	ck_assert_str_eq(s, "abc");
	free(s);
}
END_TEST

START_TEST(test_overflow_ends_the_process)
{
	hl_realloc(NULL, SIZE_MAX / 2, 3);
}
END_TEST

START_TEST(test_copy)
{
	char d[5];
	ck_assert(hl_copy(d, sizeof d, "abcd"));
	ck_assert_str_eq(d, "abcd");
	ck_assert(!hl_copy(d, sizeof d, "abcde"));
	ck_assert_str_eq(d, "abcd");
	ck_assert(!hl_copy(d, sizeof d, "abcé"));
	ck_assert_str_eq(d, "abc");
	ck_assert(!hl_copy(d, sizeof d, "a\xf0\x9f\x98\x80"));
	ck_assert_str_eq(d, "a");
	ck_assert(hl_copy_n(d, sizeof d, "xyz", 2));
	ck_assert_str_eq(d, "xy");
	ck_assert(!hl_copy(d, 1, "a"));
	ck_assert_str_eq(d, "");
}
END_TEST

START_TEST(test_buf_bounds)
{
	struct hl_buf b = HL_BUF(10);
	ck_assert_str_eq(hl_buf_text(&b), "");
	ck_assert(hl_buf_puts(&b, "12345"));
	ck_assert(!hl_buf_puts(&b, "678901"));
	ck_assert(b.full);
	ck_assert_str_eq(hl_buf_text(&b), "12345");
	ck_assert(hl_buf_printf(&b, "%d", 67890));
	ck_assert(!hl_buf_putc(&b, 'x'));
	ck_assert(!hl_buf_printf(&b, "%s", "y"));
	ck_assert_str_eq(hl_buf_text(&b), "1234567890");
	ck_assert(hl_buf_put(&b, NULL, 0));
	ck_assert(!hl_buf_put(&b, "x", SIZE_MAX));
	hl_buf_clear(&b);
	ck_assert(!b.full);
	ck_assert_str_eq(hl_buf_text(&b), "");
	ck_assert(hl_buf_put(&b, "a\0b", 3));
	ck_assert_uint_eq(b.len, 3);
	hl_buf_fini(&b);
	ck_assert_uint_eq(b.max, 10);
}
END_TEST

START_TEST(test_buf_grows)
{
	struct hl_buf b;
	hl_buf_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		ck_assert(hl_buf_printf(&b, "%d,", i % 10));
	ck_assert_uint_eq(b.len, 200000);
	ck_assert_int_eq(b.data[b.len], 0);
	char *s = hl_buf_steal(&b);
	ck_assert_uint_eq(strlen(s), 200000);
	free(s);
	ck_assert_ptr_null(b.data);
	s = hl_buf_steal(&b);
	ck_assert_str_eq(s, "");
	free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mem");
	TCase *all = tcase_create("mem");
	static const TTest *const *const tests[] = { &test_alloc, &test_copy, &test_buf_bounds, &test_buf_grows };
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(all, *tests[i]);
	tcase_add_test_raise_signal(all, test_overflow_ends_the_process, SIGABRT);
	suite_add_tcase(suite, all);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
