/* test_log.c: one line each, escaped, limited. Standard error is turned into a file for the while. */
#include "config.h"

#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tmpdir.h"

static int saved;

static void capture(void)
{
	tmp_make();
	saved = dup(2);
	int fd = open(tmp_path("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	ck_assert_int_ge(fd, 0);
	dup2(fd, 2);
	close(fd);
}

static char *captured(void)
{
	struct hl_buf b = HL_BUF(1 << 20);
	dup2(saved, 2);
	close(saved);
	ck_assert_int_eq(hl_file_read(tmp_path("log"), &b, NULL), HL_OK);
	tmp_remove();
	return hl_buf_steal(&b);
}

START_TEST(test_journal)
{
	char longer[6000];
	memset(longer, '\1', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	capture();
	hl_log_open(HL_LOG_INFO, 1);
	hl_log(HL_LOG_ERROR, "a\nb\x1b %s \xff é \xc2\x9b", "x");
	hl_log(HL_LOG_DEBUG, "not this");
	hl_log_open(HL_LOG_DEBUG, 1);
	hl_log(HL_LOG_DEBUG, "this");
	hl_log(HL_LOG_INFO, "%s", longer);
	char *text = captured();
	static const char want[] = "<3>a\\x0ab\\x1b x \\xff é \\x9b\n<7>this\n<6>\\x01";
	ck_assert_int_eq(strncmp(text, want, sizeof want - 1), 0);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	free(text);
}
END_TEST

START_TEST(test_plain)
{
	capture();
	hl_log_open(HL_LOG_INFO, 0);
	hl_log(HL_LOG_WARN, "careful key=%d", 7);
	char *text = captured();
	int64_t t;
	ck_assert(hl_time_parse(text, strcspn(text, " "), &t));
	ck_assert_str_eq(strchr(text, ' '), " WARN careful key=7\n");
	free(text);
}
END_TEST

#ifdef HL_TEST_HOOKS
START_TEST(test_limited)
{
	unsigned long slot = 0;
	capture();
	hl_log_open(HL_LOG_INFO, 1);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 100; k++)
			hl_log_limited(&slot, HL_LOG_WARN, "again");
		hl_clock_shift(5000);
	}
	hl_log_limited(&slot, HL_LOG_DEBUG, "not shown");
	char *text = captured();
	int lines = 0;
	for (char *p = text; *p; p++)
		lines += *p == '\n';
	/* A second may end inside a loop: at the most one line more for each. */
	ck_assert_int_ge(lines, 3);
	ck_assert_int_le(lines, 6);
	ck_assert_int_eq(strncmp(text, "<4>again\n", 9), 0);
	ck_assert_ptr_nonnull(strstr(text, "<4>again left_out="));
	free(text);
}
END_TEST
UNIT_MAIN("log", test_journal, test_plain, test_limited)
#else
UNIT_MAIN("log", test_journal, test_plain)
#endif
