/* test_layout.c: hotlist files through the shipped layouts. Sample files under tests/data/lists are compared with what stands in NAME.golden; the rest are bytes
 * that no file should have.
 */
#include "unit.h"

#include "layout_runner.h"

#include <stdio.h>
#include <string.h>

static const struct hl_layout_fill ncic_fill[] = {
	{ HL_F_REASON, "from-category" },
	{ HL_F_CASE, "from-nic" },
	{ HL_F_EXPIRES, "36h" },
};

static const enum hl_field contract_required[] = { HL_F_PLATE, HL_F_STATE, HL_F_CATEGORY, HL_F_REASON, HL_F_AGENCY, HL_F_CASE, HL_F_EXPIRES };

static const struct hl_layout_run full_run = {
	.now_ms = RUNNER_NOW,
	.fill = ncic_fill,
	.n_fill = 3,
	.required = contract_required,
	.n_required = 7,
};

static void golden(const char *layout, const char *file, const struct hl_layout_run *run)
{
	char name[200];
	struct runner r = { 0 };
	struct hl_buf want = HL_BUF(1 << 20);
	struct hl_layout *l = runner_layout(NULL, layout);
	snprintf(name, sizeof name, "tests/data/lists/%s.golden", file);
	runner_read(name, &want);
	ck_assert_int_eq(runner_file(&r, l, run, file), HL_OK);
	ck_assert_msg(!strcmp(hl_buf_text(&r.out), hl_buf_text(&want)), "%s gives\n%s", file, hl_buf_text(&r.out));
	hl_buf_fini(&want);
	runner_fini(&r);
	hl_layout_free(&l);
}

static void bytes_with(const char *layout, const struct hl_layout_run *run, const char *data, size_t n, const char *want)
{
	struct runner r = { 0 };
	struct hl_layout *l = runner_layout(NULL, layout);
	ck_assert_str_eq(hl_layout_name(l), layout);
	ck_assert_int_eq(runner_bytes(&r, l, run, data, n), HL_OK);
	if (want)
		ck_assert_str_eq(hl_buf_text(&r.out), want);
	runner_fini(&r);
	hl_layout_free(&l);
}

static void bytes(const char *layout, const char *data, const char *want)
{
	bytes_with(layout, NULL, data, strlen(data), want);
}

START_TEST(samples)
{
	golden("csv", "csv-good.csv", NULL);
	golden("csv", "csv-bad.csv", NULL);
	golden("plates", "plates.txt", NULL);
	golden("ncic-fixed", "ncic.txt", &full_run);
	golden("ncic-fixed", "ncic-bad.txt", &full_run);
}
END_TEST

START_TEST(ends_of_files)
{
	bytes("plates", "", "");
	bytes("plates", "\xef\xbb\xbf", "");
	bytes("plates", "AB1", "1 entry AB1 plate=\"AB1\"\n");
	bytes("plates", "\xef\xbb\xbf" "AB1\r\nAB2\r\n", "1 entry AB1 plate=\"AB1\"\n2 entry AB2 plate=\"AB2\"\n");
	bytes("plates", "\n\r\n  \t\n", "1 skip blank line\n2 skip blank line\n3 skip blank line\n");
	bytes("csv", "plate", "1 skip header\n");
	bytes("csv", "plate\nAB1", "1 skip header\n2 entry AB1 plate=\"AB1\"\n");
	bytes("csv", "plate,state\r\n\"AB1\",CA", "1 skip header\n2 entry AB1 plate=\"AB1\" state=\"CA\"\n");
}
END_TEST

START_TEST(headers)
{
	bytes("csv", "State , PLATE\nCA,AB1\n", "1 skip header\n2 entry AB1 plate=\"AB1\" state=\"CA\"\n");
	bytes("csv", "plate,colour,county\nAB1,RED,7\n",
	      "1 fault 3 -: found \"'county'\", expected one of plate, state, category, reason, agency, case, starts, expires, priority, make, model, color, type, year, vin, note, ...\n"
	      "2 entry AB1 plate=\"AB1\" color=\"RED\"\n");
	bytes("csv", "plate,categry,xyzzy\nAB1,a,b\n",
	      "1 fault 2 -: found \"'categry', 'xyzzy'\", expected the name of a field (did you mean 'category'?)\n2 entry AB1 plate=\"AB1\"\n");
	bytes("csv", "state,category\nCA,stolen\n",
	      "1 FILE fault 0 plate: found \"state,category\", expected a header line with a column for plate: the file was not read\n");
	bytes("csv", "plate,color,colour\nAB1,RED,RED\n", "1 FILE fault 3 color: found \"colour\", expected one column for this field: the file was not read\n");
	bytes("csv", "plate,\"state\nCA\n", "1 fault 2 -: found \"a quote that is never closed\", expected a closing quote within 65536 bytes\n"
					      "2 FILE fault 0 plate: found \"CA\", expected a header line with a column for plate: the file was not read\n");
}
END_TEST

START_TEST(quotes)
{
	bytes("csv", "plate,note\nAB1,\"a \"\"b\"\", c\"\nAB2,5\" lift\nAB3,\"\"\nAB4,\"\"\"\"\n",
	      "1 skip header\n2 entry AB1 plate=\"AB1\" note=\"a \"b\", c\"\n3 entry AB2 plate=\"AB2\" note=\"5\" lift\"\n4 entry AB3 plate=\"AB3\"\n"
	      "5 entry AB4 plate=\"AB4\" note=\"\"\"\n");
	bytes("csv", "plate,note\nAB1,\"one\r\ntwo\n\tthree\n\"\nAB2,x\n",
	      "1 skip header\n2 entry AB1 plate=\"AB1\" note=\"one two  three\"\n6 entry AB2 plate=\"AB2\" note=\"x\"\n");
	bytes("csv", "plate,note\nAB1,\"x\"y\nAB2,\"never\nAB3,z\n",
	      "1 skip header\n2 fault 2 -: found \"text after a closing quote\", expected a delimiter or the line's end after a closing quote\n"
	      "3 fault 2 -: found \"a quote that is never closed\", expected a closing quote within 65536 bytes\n4 entry AB3 plate=\"AB3\" note=\"z\"\n");
}
END_TEST

START_TEST(junk)
{
	static const char nul[] = "plate,note\nAB1,a\0b\nAB2,x\n";
	bytes_with("csv", NULL, nul, sizeof nul - 1,
		   "1 skip header\n2 fault 2 -: found \"a NUL byte\", expected text without control bytes\n3 entry AB2 plate=\"AB2\" note=\"x\"\n");
	bytes_with("plates", NULL, "AB\0001\nAB2", 8, "1 fault 3 -: found \"a NUL byte\", expected text without control bytes\n2 entry AB2 plate=\"AB2\"\n");
	bytes("plates", "AB\x1b[31m1\n", "1 fault 1 plate: found \"AB\\x1b[31m1\", expected text without control bytes\n");
	bytes("plates", "AB\rCD\n", "1 fault 1 plate: found \"AB\\x0dCD\", expected text without control bytes\n");
	bytes("plates", "AB\xc2\x85" "1\n", "1 fault 1 plate: found \"AB\\xc2\\x851\", expected text without control bytes\n");
	bytes("csv", "plate,note\nAB1,caf\xe9\nAB2,caf\xc3\xa9\n",
	      "1 skip header\n2 fault 2 note: found \"caf\\xe9\", expected UTF-8 (if the file is Latin-1, a layout that says so)\n"
	      "3 entry AB2 plate=\"AB2\" note=\"caf\xc3\xa9\"\n");
	bytes("csv", "plate,note\nAB1,\x07\n", "1 skip header\n2 fault 2 note: found \"\\x07\", expected text without control bytes\n");
	bytes_with("csv", NULL, "\xff\xfep\0l\0", 6, "0 FILE fault 0 -: found \"UTF-16\", expected UTF-8 or Latin-1: the file was not read\n");
	bytes("plates", "AB1,CA\n\xf0\x9f\x9a\x97\nABCDEFGHIJKLM\n**\n",
	      "1 fault 1 plate: found \"AB1,CA\", expected a plate: letters, digits, spaces, - . ? and * (is it the right layout?)\n"
	      "2 fault 1 plate: found \"\xf0\x9f\x9a\x97\", expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n"
	      "3 fault 1 plate: found \"ABCDEFGHIJKLM\", expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n"
	      "4 fault 1 plate: found \"**\", expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n");
	bytes("plates", "AB*\n*A?9\nA???B\nABC*\nA*B*C\n???XYZ\nA??\n",
	      "1 fault 1 plate: found \"AB*\", expected at least 3 letters or digits in a partial plate (with * or more than two ?)\n"
	      "2 fault 1 plate: found \"*A?9\", expected at least 3 letters or digits in a partial plate (with * or more than two ?)\n"
	      "3 fault 1 plate: found \"A???B\", expected at least 3 letters or digits in a partial plate (with * or more than two ?)\n"
	      "4 entry ABC* plate=\"ABC*\"\n5 entry A*B*C plate=\"A*B*C\"\n6 entry ???XYZ plate=\"???XYZ\"\n7 entry A?? plate=\"A??\"\n");
}
END_TEST

/* Any bytes at all: one call a line, nothing else. */
START_TEST(random_junk)
{
	static const char *const layouts[] = { "csv", "plates", "ncic-fixed" };
	static char data[100000];
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof data; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (char)(x >> 24);
	}
	memcpy(data, "plate\n", 6);
	for (size_t i = 0; i < 3; i++) {
		struct runner r = { 0 };
		struct hl_layout *l = runner_layout(NULL, layouts[i]);
		ck_assert_int_eq(runner_bytes(&r, l, NULL, data, sizeof data), HL_OK);
		ck_assert_uint_gt(r.faults, 100);
		runner_fini(&r);
		hl_layout_free(&l);
	}
}
END_TEST

/* before, then n times c, then after. */
static void long_line(const char *layout, const char *before, char c, size_t n, const char *after, const char *want)
{
	struct hl_buf b = HL_BUF(8 << 20);
	hl_buf_puts(&b, before);
	for (size_t i = 0; i < n; i++)
		hl_buf_putc(&b, c);
	hl_buf_puts(&b, after);
	bytes_with(layout, NULL, b.data, b.len, want);
	hl_buf_fini(&b);
}

START_TEST(long_lines)
{
	const char *csv = "1 skip header\n2 fault 0 -: found \"more than 65536 bytes\", expected at most 65536 bytes in a line\n3 entry AB2 plate=\"AB2\" note=\"x\"\n";
	long_line("csv", "plate,note\nAB1,", 'x', 70000, "\nAB2,x\n", csv);
	long_line("csv", "plate,note\nAB1,", 'x', 5000000, "\nAB2,x\n", csv);
	long_line("csv", "plate,note\nAB1,", 'x', 5000000, "", "1 skip header\n2 fault 0 -: found \"more than 65536 bytes\", expected at most 65536 bytes in a line\n");
	long_line("csv", "plate,note\nAB1,\"", 'x', 70000, "\"\nAB2,x\n", csv);
	long_line("csv", "plate,note\n\"AB1\n\",", 'x', 65533, "\nAB2,x\n",
		  "1 skip header\n2 fault 0 -: found \"more than 65536 bytes\", expected at most 65536 bytes in a line\n"
		  "4 entry AB2 plate=\"AB2\" note=\"x\"\n");
	long_line("csv", "plate,note\nAB1,\"a\n", '\n', 70000, "", NULL);
	long_line("plates", "", 'A', 65536, "\nAB2\n", NULL);
	long_line("plates", "", '\0', 3000000, "\nAB2\n",
		  "1 fault 0 -: found \"more than 65536 bytes\", expected at most 65536 bytes in a line\n2 entry AB2 plate=\"AB2\"\n");
	long_line("csv", "plate", ',', 300, "\nAB2\n", "1 fault 256 -: found \"more than 256 columns\", expected at most 256 columns\n"
							 "2 FILE fault 0 plate: found \"AB2\", expected a header line with a column for plate: the file was not read\n");
}
END_TEST

START_TEST(fills)
{
	static const struct hl_layout_fill v[] = {
		{ HL_F_AGENCY, "METRO" }, { HL_F_EXPIRES, "+30d" }, { HL_F_STARTS, "2026-11-01" }, { HL_F_PRIORITY, "2" }, { HL_F_ABOUT, "plate" },
		{ HL_F_NOTE, "from-agency" },
	};
	struct hl_layout_run run = { .now_ms = RUNNER_NOW, .fill = v, .n_fill = 6 };
	bytes_with("plates", &run, "AB1\n", 4,
		   "1 entry AB1 plate=\"AB1\" agency=\"METRO\" starts=\"2026-11-01T00:00:00.000Z\" expires=\"2026-12-23T10:00:00.000Z\" priority=\"2\" note=\"METRO\""
		   " about=\"plate\" from=2026-11-01T00:00:00.000Z until=2026-12-23T10:00:00.000Z plate-only\n");
}
END_TEST

START_TEST(bad_fills)
{
	static const struct { struct hl_layout_fill fill; const char *want; } v[] = {
		{ { HL_F_PLATE, "A" }, "usage: fill plate: found 'A', expected no value: a plate is never filled\n" },
		{ { HL_F_EXPIRES, "soon" }, "usage: fill expires: found 'soon', expected a duration from now (36h, +30d) or a date\n" },
		{ { HL_F_EXPIRES, "2026-02-30" }, "usage: fill expires: found '2026-02-30', expected a duration from now (36h, +30d) or a date\n" },
		{ { HL_F_EXPIRES, "from-note" }, "usage: fill expires: found 'from-note', expected from- and the name of another field of its kind\n" },
		{ { HL_F_NOTE, "from-nothing" }, "usage: fill note: found 'from-nothing', expected from- and the name of another field of its kind\n" },
		{ { HL_F_PRIORITY, "10" }, "usage: fill priority: found '10', expected 1 (most urgent) to 9\n" },
		{ { HL_F_NOTE, "a\nb" }, "usage: fill note: found 'a?b', expected text without control bytes\n" },
	};
	struct hl_layout *l = runner_layout(NULL, "plates");
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct runner r = { 0 };
		struct hl_layout_run run = { .now_ms = RUNNER_NOW, .fill = &v[i].fill, .n_fill = 1 };
		ck_assert_int_eq(runner_bytes(&r, l, &run, "AB1\n", 4), HL_E_USAGE);
		ck_assert_str_eq(hl_buf_text(&r.out), v[i].want);
		runner_fini(&r);
	}
	hl_layout_free(&l);
}
END_TEST

START_TEST(unreadable)
{
	struct runner r = { 0 };
	struct hl_err err;
	const struct hl_layout_run run = { .now_ms = RUNNER_NOW };
	const struct hl_layout_sink sink = { .arg = &r };
	struct hl_layout *l = runner_layout(NULL, "plates");
	ck_assert_int_eq(hl_layout_read(l, -1, &run, &sink, &err), HL_E_IO);
	ck_assert_msg(strstr(err.text, "reading the list failed") != NULL, "%s", err.text);
	hl_layout_free(&l);
}
END_TEST

UNIT_MAIN("layout", samples, ends_of_files, headers, quotes, junk, random_junk, long_lines, fills, bad_fills, unreadable)
