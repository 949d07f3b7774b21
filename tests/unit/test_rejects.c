/* The reject file: bounded, masked, forgotten in time. */
#include "daemon/rejects.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "tmpdir.h"
#include "unit.h"

static const char *mask(const char *text)
{
	static struct hl_buf out;
	hl_buf_fini(&out);
	out = HL_BUF(4096);
	hl_rejects_mask(text, strlen(text), 4096, &out);
	return hl_buf_text(&out);
}

START_TEST(no_plate_survives_the_mask)
{
	ck_assert_str_eq(mask("{\"camera\":\"cam7\",\"plate\":\"5SOW350\",\"x\":1"), "{\"camera\":\"xxx9\",\"plate\":\"9xxx999\",\"x\":9");
	ck_assert_str_eq(mask("plate=5SOW350"), "xxxxx=9xxx999");
	ck_assert_str_eq(mask("\"plate\""), "\"xxxxx\""); /* not before a colon: it could be a plate that reads PLATE */
	ck_assert_str_eq(mask("{\"seq\": tru\x01\xd0\x90"), "{\"seq\": xxx...");
	ck_assert_str_eq(mask("{\"SAMPLE\":1}"), "{\"xxxxxx\":9}");
}
END_TEST

START_TEST(at_most_the_bound_is_masked)
{
	struct hl_buf out = HL_BUF(100);
	hl_rejects_mask("abcdef", 6, 3, &out);
	ck_assert_str_eq(hl_buf_text(&out), "xxx");
	hl_buf_fini(&out);
}
END_TEST

static int64_t size_of(const char *name)
{
	struct stat st;
	return stat(tmp_path(name), &st) == 0 ? st.st_size : -1;
}

START_TEST(the_file_is_bounded_and_swept)
{
	struct hl_rejects *r = NULL;
	struct hl_err err = { 0 }, why = { .code = HL_E_INPUT, .line = 1, .column = 5, .text = "no" };
	hl_log_open(HL_LOG_ERROR, 0);
	tmp_make();
	ck_assert_int_eq(hl_rejects_open(&r, tmp_dir, 8192, 1000, &err), HL_OK);
	for (int i = 0; i < 500; i++)
		hl_rejects_put(r, 1000, "tcp://x", &why, "{\"plate\":\"ABC123\"}", 18);
	ck_assert_int_gt(size_of("rejects/rejects.jsonl"), 0);
	ck_assert_int_le(size_of("rejects/rejects.jsonl"), 4096);
	ck_assert_int_le(size_of("rejects/rejects.1.jsonl"), 4096);
	struct hl_buf text = HL_BUF(8192);
	ck_assert_int_eq(hl_file_read(tmp_path("rejects/rejects.jsonl"), &text, &err), HL_OK);
	ck_assert_ptr_null(strstr(hl_buf_text(&text), "ABC123"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&text), "xxx999"));
	hl_buf_fini(&text);
	hl_rejects_sweep(r, (int64_t)1 << 50);
	ck_assert_int_eq(size_of("rejects/rejects.jsonl"), -1);
	ck_assert_int_eq(size_of("rejects/rejects.1.jsonl"), -1);
	hl_rejects_put(r, 1000, "tcp://x", &why, "x", 1);
	ck_assert_int_gt(size_of("rejects/rejects.jsonl"), 0);
	hl_rejects_close(&r);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

/* One reject an hour for three days, a sweep with each: none is ever older than the keep time, also over a restart. */
START_TEST(a_line_now_and_then_keeps_no_old_ones)
{
	struct hl_rejects *r = NULL;
	struct hl_err err = { 0 }, why = { .code = HL_E_INPUT };
	const int64_t hour = 3600000, keep = 24 * hour, begin = (int64_t)time(NULL) * 1000;
	hl_log_open(HL_LOG_ERROR, 0);
	tmp_make();
	ck_assert_int_eq(hl_rejects_open(&r, tmp_dir, 1 << 20, keep, &err), HL_OK);
	for (int64_t i = 0; i < 72; i++) {
		static const char *const names[] = { "rejects/rejects.jsonl", "rejects/rejects.1.jsonl" };
		if (i % 7 == 6) {
			hl_rejects_close(&r);
			ck_assert_int_eq(hl_rejects_open(&r, tmp_dir, 1 << 20, keep, &err), HL_OK);
		}
		hl_rejects_put(r, begin + i * hour, "tcp://x", &why, "x", 1);
		struct timespec at[2] = { { .tv_sec = (begin + i * hour) / 1000 }, { .tv_sec = (begin + i * hour) / 1000 } };
		ck_assert_int_eq(utimensat(AT_FDCWD, tmp_path(names[0]), at, 0), 0);
		hl_rejects_sweep(r, begin + i * hour + 1);
		for (int k = 0; k < 2; k++) {
			struct hl_buf text = HL_BUF(1 << 20);
			int64_t ms = 0;
			if (size_of(names[k]) <= 0)
				continue;
			ck_assert_int_eq(hl_file_read(tmp_path(names[k]), &text, &err), HL_OK);
			ck_assert(hl_time_parse(hl_buf_text(&text) + 9, 24, &ms));
			ck_assert_msg(ms >= begin + i * hour - keep, "%s holds a line of %d h ago", names[k], (int)((begin + i * hour - ms) / hour));
			hl_buf_fini(&text);
		}
	}
	hl_rejects_close(&r);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

START_TEST(nothing_is_kept_where_the_bound_is_zero)
{
	struct hl_rejects *r = NULL;
	struct hl_err err = { 0 }, why = { .code = HL_E_INPUT };
	hl_log_open(HL_LOG_ERROR, 0);
	tmp_make();
	ck_assert_int_eq(hl_rejects_open(&r, tmp_dir, 0, 1000, &err), HL_OK);
	hl_rejects_put(r, 1000, "tcp://x", &why, "x", 1);
	ck_assert_int_eq(size_of("rejects/rejects.jsonl"), -1);
	hl_rejects_close(&r);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

UNIT_MAIN("rejects", no_plate_survives_the_mask, at_most_the_bound_is_masked, the_file_is_bounded_and_swept, a_line_now_and_then_keeps_no_old_ones,
	  nothing_is_kept_where_the_bound_is_zero)
