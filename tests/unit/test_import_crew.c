/* test_import_crew.c: a file imported by several threads gives the same version, the same report and the same files beside it as by one. */
#include "config.h"

#include "unit.h"

#include "base/file.h"
#include "import_run.h"

/* Files long enough for many batches, with all that a line can be in them. */
static void fixed_list(struct hl_buf *b, int lines)
{
	for (int i = 0; i < lines; i++) {
		if (i % 997 == 0)
			hl_buf_puts(b, "\n");
		else if (i % 211 == 0)
			hl_buf_puts(b, "too short\n");
		else if (i % 503 == 0)
			hl_buf_puts(b, "V123456789CA010012320231332ABC123    CA2026PC2004BMW RAMPKMAR    \n"); /* month 13 */
		else if (i % 307 == 0)
			hl_buf_printf(b, "%c%09dCA010012320200811ABC%04d   CA2026PC2004BMW RAMPKMAR    \n", "VFWMP"[(i - 1) % 5], i - 1, i); /* again */
		else
			hl_buf_printf(b, "%c%09dCA01001%02d202008%02dAB%c%04d   N%c2026PC20%02dBMW RAMPKMAR    \n", "VFWMP"[i % 5], i, i % 60, 1 + i % 28,
				      i % 3 ? 'O' : '0', i % 10000, "VYJ"[i % 3], i % 30);
	}
}

static void csv_list(struct hl_buf *b, int lines)
{
	hl_buf_puts(b, "\n\nplate,category,note,case,expires\n");
	for (int i = 0; i < lines; i++) {
		if (i % 401 == 0)
			hl_buf_printf(b, "XY%d,stolen,\"two\nlines, \"\"quoted\"\"\",26-%d,2027-01-31\n", i, i);
		else if (i % 613 == 0)
			hl_buf_printf(b, "XY%d,stolen,\"text\" behind,26-%d,2027-01-31\n", i, i);
		else if (i % 701 == 0)
			hl_buf_printf(b, "XY%d,stolen\n", i);
		else if (i % 1009 == 0)
			hl_buf_printf(b, "TOOLONGFORAPLATE%d,stolen,,,\n", i);
		else if (i % 307 == 0)
			hl_buf_printf(b, "AGAIN1,stolen,%s,26-1,2027-01-31\n", i % 2 ? "one" : "two");
		else
			hl_buf_printf(b, "A%c%05d,%s,note %d,26-%d,20%d-01-31\r\n", i % 2 ? 'O' : '0', i % 9000, i % 7 ? "stolen" : "", i % 50, i / 2, i % 97 ? 27 : 25);
	}
}

struct outcome {
	enum hl_code code;
	struct hl_err err;
	struct hl_import_report r;
	struct hl_buf file[3];
};

static void import(const char *layout, const struct hl_buf *text, unsigned threads, bool strict, struct outcome *o)
{
	static const char *const names[] = { "entries.snap", "lint.jsonl", "quarantine.txt" };
	const struct hl_crew crew = { .threads = threads };
	char path[2 * HL_PATH_MAX];
	struct hl_import in = import_of("stolen", layout, "");
	close(in.fd);
	in.fd = text_fd(text->data, text->len);
	in.crew = threads ? &crew : NULL;
	in.strict = strict;
	snprintf(path, sizeof path, "%s/state%u%d", tmp_dir, threads, strict);
	o->code = hl_import_run(NULL, path, &in, &o->r, &o->err);
	for (int i = 0; i < 3; i++) {
		o->file[i] = HL_BUF(64 << 20);
		size_t at = (size_t)snprintf(path, sizeof path, "%s/state%u%d/lists/stolen/versions/%s/", tmp_dir, threads, strict, o->r.version.id);
		snprintf(path + at, sizeof path - at, "%s", names[i]);
		if (!o->code)
			ck_assert_int_eq(hl_file_read(path, &o->file[i], NULL), HL_OK);
	}
	close(in.fd);
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
	ck_assert_int_eq(a->code, b->code);
	if (a->code)
		ck_assert_str_eq(a->err.text, b->err.text);
	ck_assert_str_eq(a->r.version.id, b->r.version.id);
	ck_assert_int_eq(a->r.lines, b->r.lines);
	ck_assert_int_eq(a->r.entries, b->r.entries);
	ck_assert_int_eq(a->r.rejected, b->r.rejected);
	ck_assert_int_eq(a->r.skipped, b->r.skipped);
	ck_assert_int_eq(a->r.duplicates, b->r.duplicates);
	ck_assert_int_eq(a->r.twins, b->r.twins);
	ck_assert_str_eq(hl_buf_text(&a->r.text), hl_buf_text(&b->r.text));
	ck_assert_str_eq(hl_buf_text(&a->r.faults), hl_buf_text(&b->r.faults));
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(a->file[i].len, b->file[i].len);
		ck_assert(!a->file[i].len || !memcmp(a->file[i].data, b->file[i].data, a->file[i].len));
	}
}

static void outcome_fini(struct outcome *o)
{
	hl_import_report_fini(&o->r);
	for (int i = 0; i < 3; i++)
		hl_buf_fini(&o->file[i]);
}

static void compare(const char *layout, struct hl_buf *text, bool strict)
{
	struct outcome one, many;
	tmp_make();
	import(layout, text, 0, strict, &one);
	for (unsigned threads = 2; threads <= 5; threads += 3) {
		import(layout, text, threads, strict, &many);
		expect_same(&one, &many);
		outcome_fini(&many);
	}
	if (!strict) {
		ck_assert_int_gt(one.r.entries, 10000);
		ck_assert_int_gt(one.r.rejected, 50);
		ck_assert_int_gt(one.r.duplicates, 0);
		ck_assert_int_gt(one.r.skipped, 0);
		ck_assert_int_eq(one.r.lines, one.r.entries + one.r.rejected + one.r.skipped);
	}
	outcome_fini(&one);
	tmp_remove();
}

START_TEST(test_fixed)
{
	struct hl_buf text = HL_BUF(16 << 20);
	fixed_list(&text, 30000);
	compare("ncic-fixed", &text, false);
	compare("ncic-fixed", &text, true);
	hl_buf_fini(&text);
}
END_TEST

START_TEST(test_delimited)
{
	struct hl_buf text = HL_BUF(16 << 20);
	csv_list(&text, 30000);
	compare("csv", &text, false);
	/* Cut off within a quoted column: the rest of the file is one fault. */
	hl_buf_puts(&text, "XYZ1,stolen,\"never closed\n");
	for (int i = 0; i < 20000; i++)
		hl_buf_puts(&text, "XYZ2,stolen\n");
	compare("csv", &text, false);
	hl_buf_fini(&text);
}
END_TEST

/* A header that can't be used ends the reading; a line longer than any may be does not. */
START_TEST(test_ends)
{
	struct hl_buf text = HL_BUF(16 << 20);
	hl_buf_puts(&text, "category,note\n");
	for (int i = 0; i < 20000; i++)
		hl_buf_puts(&text, "stolen,x\n");
	compare("csv", &text, true);
	hl_buf_clear(&text);
	fixed_list(&text, 12000);
	for (int i = 0; i < 200000; i++)
		hl_buf_putc(&text, 'x');
	hl_buf_puts(&text, "\n");
	fixed_list(&text, 100);
	compare("ncic-fixed", &text, false);
	hl_buf_clear(&text);
	compare("csv", &text, true);
	hl_buf_fini(&text);
}
END_TEST

UNIT_MAIN("import_crew", test_fixed, test_delimited, test_ends)
