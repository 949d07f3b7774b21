/* test_lint_cut.c: a file that is cut off at any byte, or of which any line is damaged, never becomes active by its import and leaves the active version as it is.
 * What can't be known from a file alone is named here too: a file without a trailer, cut exactly behind a line, is a shorter file.
 */
#include "unit.h"

#include "ops_list_fixture.h"

enum { LINES = 40 };

/* In memory where there is some to be had: thousands of versions are made and removed, and nothing here is about what survives a crash. */
static void begin_lists(const char *text)
{
	if (access("/dev/shm", W_OK | X_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	setup_lists(text);
}

static struct hl_buf whole = HL_BUF(1 << 16);
static char active[HL_VERSION_ID];
static int tried, made;

static void import_bytes(const char *list, const char *layout, const char *bytes, size_t n)
{
	const char *argv[] = { "list", "import", list, "part", "--layout", layout, "--activate" };
	hl_buf_clear(&out);
	ctx.fd = text_fd(bytes, n);
	hl_err_clear(&err);
	hl_ops_run(&ctx, 7, argv, &out, &err);
	close(ctx.fd);
	tried++;
}

/* Imports it, and removes what version it may have made; the number of entries of the active version afterwards. */
static int64_t entries_after(const char *list, const char *layout, const char *bytes, size_t n, bool *changed)
{
	struct hl_version v, newest;
	import_bytes(list, layout, bytes, n);
	ck_assert_int_eq(hl_version_find(settings->state, list, "active", &v, &err), HL_OK);
	*changed = strcmp(v.id, active) != 0;
	if (*changed)
		ck_assert_int_eq(hl_version_activate(settings->state, list, active, &err), HL_OK);
	ck_assert_int_eq(hl_version_find(settings->state, list, "newest", &newest, &err), HL_OK);
	if (strcmp(newest.id, active)) {
		made++;
		ck_assert_int_eq(hl_version_remove(settings->state, &newest, &err), HL_OK);
	}
	return v.entries;
}

static void begin(const char *list, const char *layout)
{
	struct hl_version v;
	import_bytes(list, layout, hl_buf_text(&whole), whole.len);
	ck_assert_msg(!err.code, "%s\n%s", err.text, hl_buf_text(&out));
	ck_assert_int_eq(hl_version_find(settings->state, list, "active", &v, &err), HL_OK);
	ck_assert_int_eq(v.entries, LINES);
	ck_assert_int_eq(v.rejected, 0);
	hl_copy(active, sizeof active, v.id);
}

/* Every cut; behind a line's end only the guard can help, where trailer says nothing. */
static void cut_everywhere(const char *list, const char *layout, bool trailer)
{
	const char *s = hl_buf_text(&whole);
	bool changed;
	begin(list, layout);
	for (size_t n = 0; n < whole.len; n++) {
		int64_t entries = entries_after(list, layout, s, n, &changed);
		bool behind_line = n > 0 && s[n - 1] == '\n';
		ck_assert_msg(!changed || (behind_line && !trailer), "%s: cut behind byte %zu became active", list, n);
		/* The guard's bound: fewer than 20 less. */
		ck_assert_msg(!changed || entries > LINES - 20, "%s: cut behind byte %zu: %lld entries became active", list, n, (long long)entries);
	}
}

static void make_csv(void)
{
	hl_buf_clear(&whole);
	hl_buf_puts(&whole, "plate,state,category,reason,case,expires\n");
	for (int i = 0; i < LINES; i++)
		hl_buf_printf(&whole, "%dABC%03d,CA,stolen,\"theft, from %d\",26-%d,2027-01-%02d\n", 1 + i % 9, 7 * i, i, i, 1 + i % 30);
}

static void make_ncic(void)
{
	hl_buf_clear(&whole);
	for (int i = 0; i < LINES; i++)
		hl_buf_printf(&whole, "V%09dLA057020020190509AB%-8dCA2009MC2009YAMACYLMCBLK\n", 1000 + i, 123456 + 77 * i);
}

/* A date at the head, a count at the tail. */
static void make_clew(void)
{
	hl_buf_clear(&whole);
	hl_buf_puts(&whole, "DATE11/22/2026 09:00\n");
	for (int i = 0; i < LINES; i++)
		hl_buf_printf(&whole, "%dABC%03d CA0120261101\n", 1 + i % 9, 7 * i);
	hl_buf_printf(&whole, "TOTAL RECORD %07d\n", LINES);
}

static const char lists[] = "csv: {agency: METRO}, ncic: {feed: true, fill: {reason: from-category, case: from-record, expires: 36h}}, clew: {require: plate, shrink: 100}";

START_TEST(test_cut_csv)
{
	begin_lists(lists);
	make_csv();
	cut_everywhere("csv", "csv", false);
	ck_assert_int_gt(tried, 2000);
	ck_assert_int_gt(made, 10);
	teardown();
}
END_TEST

START_TEST(test_cut_ncic)
{
	begin_lists(lists);
	make_ncic();
	cut_everywhere("ncic", "ncic-fixed", false);
	ck_assert_int_gt(tried, 2000);
	teardown();
}
END_TEST

/* The count catches every cut, the guard switched off. */
START_TEST(test_cut_with_a_trailer)
{
	begin_lists(lists);
	make_clew();
	cut_everywhere("clew", "clew", true);
	ck_assert_int_eq(made, 0);
	teardown();
}
END_TEST

enum damage { NUL_BYTE, NOT_TEXT, SHORT /* a third of it is left */, JOINED, DAMAGES };

/* whole with line k damaged. */
static void damage(struct hl_buf *to, int k, enum damage how)
{
	const char *s = hl_buf_text(&whole), *line = s;
	for (int i = 0; i < k; i++)
		line = strchr(line, '\n') + 1;
	size_t from = (size_t)(line - s), n = strcspn(line, "\n"), middle = from + n / 3;
	hl_buf_clear(to);
	hl_buf_put(to, s, how == JOINED ? from + n : middle);
	if (how == NUL_BYTE)
		hl_buf_put(to, "", 1);
	if (how == NOT_TEXT)
		hl_buf_put(to, "\xff\x01\xfe", 3);
	size_t on = how == SHORT ? from + n : how == JOINED ? from + n + 1 : middle + (how == NUL_BYTE ? 1 : 3);
	hl_buf_put(to, s + on, whole.len - on);
}

static void damage_everywhere(const char *list, const char *layout)
{
	struct hl_buf bytes = HL_BUF(1 << 16);
	bool changed;
	begin(list, layout);
	int lines = 0;
	for (const char *p = hl_buf_text(&whole); (p = strchr(p, '\n')); p++)
		lines++;
	for (int k = 0; k < lines; k++)
		for (enum damage how = 0; how < DAMAGES; how++) {
			if (how == JOINED && k == lines - 1)
				continue; /* the line break at the file's end */
			damage(&bytes, k, how);
			entries_after(list, layout, hl_buf_text(&bytes), bytes.len, &changed);
			ck_assert_msg(!changed, "%s: line %d with damage %d became active", list, k + 1, how);
		}
	hl_buf_fini(&bytes);
}

START_TEST(test_damaged_lines)
{
	begin_lists(lists);
	make_csv();
	damage_everywhere("csv", "csv");
	make_ncic();
	damage_everywhere("ncic", "ncic-fixed");
	make_clew();
	damage_everywhere("clew", "clew");
	ck_assert_int_gt(tried, 470);
	teardown();
}
END_TEST

/* Nothing is wrong with a whole file; and who has looked may activate what the import did not. */
START_TEST(test_whole_and_looked_at)
{
	struct hl_version v;
	begin_lists("csv: {agency: METRO, bad_lines: 1}, other: {agency: METRO}");
	make_csv();
	begin("csv", "csv");
	hl_buf_puts(&whole, "TOOLONGAPLATE99,CA,stolen,theft,1,2027-01-01\n");
	import_bytes("other", "csv", hl_buf_text(&whole), whole.len);
	ck_assert_int_eq(err.code, HL_E_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "lines rejected: 1 (bad_lines allows 0); look at them, then: list activate other v000001-"));
	has("other: new version v000001-");
	has(", not active\n");
	good("list|activate|other|v000001|--reason|the test line is known", NULL);
	import_bytes("csv", "csv", hl_buf_text(&whole), whole.len);
	ck_assert_int_eq(hl_version_find(settings->state, "csv", "active", &v, &err), HL_OK);
	ck_assert_str_eq(v.id, active); /* the same content */
	hl_buf_puts(&whole, "2XYZ100,CA,stolen,theft,1,2027-01-01\n");
	import_bytes("csv", "csv", hl_buf_text(&whole), whole.len);
	ck_assert_int_eq(hl_version_find(settings->state, "csv", "active", &v, &err), HL_OK);
	ck_assert_int_eq(v.entries, LINES + 1);
	ck_assert_int_eq(v.rejected, 1);
	teardown();
}
END_TEST

UNIT_MAIN("lint_cut", test_cut_csv, test_cut_ncic, test_cut_with_a_trailer, test_damaged_lines, test_whole_and_looked_at)
