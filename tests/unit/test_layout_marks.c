/* test_layout_marks.c: head and tail of a list file: its date, its count, and that a file that is not whole is known as such, wherever it was cut. */
#include "unit.h"

#include "base/clock.h"
#include "layout_runner.h"

#include <stdio.h>
#include <string.h>

#define YAML(marks) "version: 1\nshape: fixed\n" marks "skip: [{prefix: \"#\", why: comment}]\nfields:\n  - {field: plate, at: [0, 8]}\n  - {field: state, at: [8, 10]}\n"

static const char clew[] = YAML("head: {line: \"DATE<date>\", date: mm/dd/yyyy HH:MM}\ntail: {line: TOTAL RECORD <count>}\n");
static const char whole[] = "DATE07/02/2018 09:00\r\nABC123  CA\r\n# remark\r\n\r\n1XYZ999 NV\r\nTOTAL RECORD 0000002\r\n";

START_TEST(date_and_count)
{
	runner_gives(clew, whole,
	      "1 skip head\n2 entry ABC123 plate=\"ABC123\" state=\"CA\"\n3 skip comment\n4 skip blank line\n5 entry 1XYZ999 plate=\"1XYZ999\" state=\"NV\"\n6 skip tail\n"
	      "file time=2018-07-02T09:00:00.000Z promised=2 counted=2\n");
	runner_gives(YAML("head: {line: \"<date> * n=<count>;\", date: [yyyymmdd, yyyy-mm-dd]}\n"), "2026-11-23 METRO n=1;\nAB1\n",
	      "1 skip head\n2 entry AB1 plate=\"AB1\"\nfile time=2026-11-23T00:00:00.000Z promised=1 counted=1\n");
	runner_gives(YAML("tail: {line: \"END <count> LINES\", counts: lines, required: false}\n"), "AB1\n#\nEND 3 LINES", "1 entry AB1 plate=\"AB1\"\n2 skip comment\n3 skip tail\n"
	      "file promised=3 counted=3\n");
	runner_gives(YAML("tail: {line: \"END <count>\", required: false}\n"), "AB1\n", "1 entry AB1 plate=\"AB1\"\n");
}
END_TEST

START_TEST(not_whole)
{
	runner_gives(clew, "DATE07/02/2018 09:00\nABC123  CA\nTOTAL RECORD 0000002\n",
	      "1 skip head\n2 entry ABC123 plate=\"ABC123\" state=\"CA\"\n"
	      "3 FILE fault 0 -: found \"1 records\", expected 2 records, as the file says itself: it is not whole\nfile time=2018-07-02T09:00:00.000Z promised=2 counted=1\n");
	runner_gives(clew, "DATE07/02/2018 09:00\nABC123  CA\n",
	      "1 skip head\n2 entry ABC123 plate=\"ABC123\" state=\"CA\"\n"
	      "0 FILE fault 0 tail: found \"\", expected the line 'TOTAL RECORD <count>': the file is not whole\nfile time=2018-07-02T09:00:00.000Z\n");
	runner_gives(clew, "ABC123  CA\nTOTAL RECORD 1\nDEF456  CA\n",
	      "1 entry ABC123 plate=\"ABC123\" state=\"CA\"\n2 skip tail\n"
	      "3 FILE fault 0 tail: found \"DEF456  CA\", expected nothing behind the last line that says how much there is\n"
	      "0 FILE fault 0 head: found \"\", expected the line 'DATE<date>': the file is not whole\nfile promised=1 counted=1\n");
	runner_gives(clew, "DATE13/02/2018 09:00\nTOTAL RECORD x1\n",
	      "1 FILE fault 0 head: found \"13/02/2018 09:00\", expected the file's date as mm/dd/yyyy HH:MM\n2 FILE fault 0 tail: found \"x1\", expected the number of records\n");
	runner_gives(clew, "", "0 FILE fault 0 head: found \"\", expected the line 'DATE<date>': the file is not whole\n"
			"0 FILE fault 0 tail: found \"\", expected the line 'TOTAL RECORD <count>': the file is not whole\n");
	runner_gives(YAML("head: {line: \"<count> records\", counts: lines}\n"), "3 records\nAB1\n",
	      "1 skip head\n2 entry AB1 plate=\"AB1\"\n0 FILE fault 0 -: found \"2 lines\", expected 3 lines, as the file says itself: it is not whole\nfile promised=3 counted=2\n");
}
END_TEST

/* Bad lines are records too: the count says how many there were meant to be. */
START_TEST(bad_lines_count)
{
	runner_gives(clew, "DATE07/02/2018 09:00\n**\nAB1\nTOTAL RECORD 2\n",
	      "1 skip head\n2 fault 1 plate: found \"**\", expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n3 entry AB1 plate=\"AB1\"\n4 skip tail\n"
	      "file time=2018-07-02T09:00:00.000Z promised=2 counted=2\n");
}
END_TEST

/* Cut off at any byte before the count is whole, the file is bad; behind it, only the line's end is missing. */
START_TEST(cut_at_every_byte)
{
	struct hl_layout *l = runner_yaml(clew);
	size_t n = strlen(whole), needed = n - 2;
	for (size_t cut = 0; cut <= n; cut++) {
		struct runner r = { 0 };
		ck_assert_int_eq(runner_bytes(&r, l, NULL, whole, cut), HL_OK);
		ck_assert_msg(r.file.bad == (cut < needed), "cut at %zu", cut);
		ck_assert_msg(r.file.complete == (!cut || whole[cut - 1] == '\n'), "cut at %zu", cut);
		ck_assert(!r.file.bad || (r.file.why.whole && r.file.why.expected[0]));
		runner_fini(&r);
	}
	hl_layout_free(&l);
}
END_TEST

/* The shipped layout with its sample: a line that is gone, that stands twice, or two files in one. */
START_TEST(lines_lost_and_doubled)
{
	struct hl_layout *l = runner_layout(NULL, "clew");
	struct hl_buf file = HL_BUF(1 << 16), changed = HL_BUF(1 << 16);
	runner_read("tests/data/lists/clew.list", &file);
	unsigned lines = 0;
	for (const char *s = hl_buf_text(&file), *next; *s; s = next, lines++) {
		next = strchr(s, '\n') + 1;
		size_t before = (size_t)(s - file.data), n = (size_t)(next - s);
		for (unsigned times = 0; times <= 2; times++) {
			struct runner r = { 0 };
			hl_buf_clear(&changed);
			hl_buf_put(&changed, file.data, before);
			for (unsigned i = 0; i < times; i++)
				hl_buf_put(&changed, s, n);
			hl_buf_put(&changed, next, file.len - before - n);
			ck_assert_int_eq(runner_bytes(&r, l, NULL, changed.data, changed.len), HL_OK);
			ck_assert_msg(r.file.bad == (times != 1), "line %u, %u times: %s", lines + 1, times, hl_buf_text(&r.out));
			runner_fini(&r);
		}
	}
	ck_assert_uint_eq(lines, 7);
	struct runner r = { 0 };
	hl_buf_clear(&changed);
	hl_buf_put(&changed, file.data, file.len);
	hl_buf_put(&file, changed.data, changed.len);
	ck_assert_int_eq(runner_bytes(&r, l, NULL, file.data, file.len), HL_OK);
	ck_assert(r.file.bad);
	runner_fini(&r);
	hl_buf_fini(&file);
	hl_buf_fini(&changed);
	hl_layout_free(&l);
}
END_TEST

START_TEST(broken_layouts)
{
	runner_refuses(YAML("head: {line: \"<date><count>\", date: yyyymmdd}\ntail: {line: \"<count>\"}\n"),
	       "bad.yaml:3:14: 'line' is '<date><count>': expected text between <date>, <count> and *, to tell where one ends\n"
	       "bad.yaml:4:14: 'line' is '<count>': expected text first, to tell it from a record\n");
	runner_refuses(YAML("head: {line: \"<date> <date>\"}\ntail: {line: END, date: yyyymm, counts: bytes}\n"),
	       "bad.yaml:3:7: 'date' is missing: expected how <date> is written\n"
	       "bad.yaml:3:14: 'line' is '<date> <date>': expected <date> and <count> at most once\n"
	       "bad.yaml:4:7: 'date' needs <date> in the line\n"
	       "bad.yaml:4:14: 'line' is 'END': expected <date>, <count> or both in it\n"
	       "bad.yaml:4:25: 'date' is 'yyyymm': expected rfc3339, or a pattern of yyyy or yy, mm, dd and perhaps HH, MM, SS\n"
	       "bad.yaml:4:41: 'counts' is 'bytes': expected records or lines\n");
	runner_refuses(YAML("head: {line: \"DATE<day>\", required: perhaps}\ntail: x\n"),
	       "bad.yaml:3:14: 'line' is 'DATE<day>': expected <date> and <count>, and no other < or >\n"
	       "bad.yaml:3:37: 'required' is 'perhaps': expected true or false\n"
	       "bad.yaml:4:7: 'tail' is 'x': expected a mapping of keys\n");
}
END_TEST

UNIT_MAIN("layout_marks", date_and_count, not_whole, bad_lines_count, cut_at_every_byte, lines_lost_and_doubled, broken_layouts)
