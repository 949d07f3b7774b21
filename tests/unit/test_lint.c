/* test_lint.c: what a version is held for, and that twins are found as a comparison of all with all finds them. The messages of each check are in
 * tests/data/lists/bad, see test_lint_corpus.c.
 */
#include "unit.h"

#include <sys/stat.h>

#include "core/index.h"
#include "core/rule.h"
#include "engine/lint_priv.h"
#include "ops_list_fixture.h"

/* Plates A0001 and so on, one a line. */
static const char *plates(int n)
{
	static struct hl_buf text = HL_BUF(1 << 20);
	hl_buf_clear(&text);
	for (int i = 0; i < n; i++)
		hl_buf_printf(&text, "XK%04d\n", i);
	return hl_buf_text(&text);
}

static void holds(const char *list, const char *want)
{
	struct hl_version v;
	char text[HL_HOLDS_TEXT];
	ck_assert_int_eq(hl_version_find(settings->state, list, "newest", &v, &err), HL_OK);
	hl_holds_text(v.holds, text);
	ck_assert_msg(!strcmp(text, want), "%s is held for '%s' instead of '%s'", v.id, text, want);
}

static void import(const char *list, const char *text, const char *want)
{
	char words[256];
	snprintf(words, sizeof words, "list|import|%s|a.txt|--layout|plates", list);
	good(words, text);
	holds(list, want);
}

static void activate(const char *list)
{
	char words[256];
	snprintf(words, sizeof words, "list|activate|%s|--reason|a test", list);
	good(words, NULL);
}

START_TEST(test_shrink_and_growth)
{
	setup_lists("l: {require: plate, feed: true}, free: {require: plate, feed: true, shrink: 100, growth: 1000000}, tight: {require: plate, shrink: 0, growth: 0}");
	import("l", plates(200), ""); /* nothing to compare with */
	import("l", plates(2), "");   /* nothing is active yet */
	import("l", plates(200), "");
	good("list|activate|l|v000001|--reason|a test", NULL);
	import("l", plates(160), "");
	import("l", plates(159), "shrink");
	has("a.txt: warning: found '159 entries', expected no more than 20 % fewer than the 200 of the active version: held\n");
	has("l: held until it is approved: shrink\n");
	import("l", plates(300), "");
	import("l", plates(301), "growth");
	has("found '301 entries', expected no more than 50 % over the 200 of the active version: held\n");
	/* A lint says the same. */
	good("list|lint|l|a.txt|--layout|plates", plates(100));
	has("an import would be held until it is approved: shrink\n");
	/* Lists that the settings don't name are guarded, too. */
	import("unnamed", plates(100), "");
	activate("unnamed");
	import("unnamed", plates(79), "shrink");
	import("free", plates(200), "");
	activate("free");
	import("free", plates(1), "");
	import("free", plates(2000), "");
	import("tight", plates(100), "");
	activate("tight");
	import("tight", plates(81), ""); /* too few to be told from an ordinary day */
	import("tight", plates(80), "shrink");
	import("tight", plates(149), "");
	import("tight", plates(150), "growth");
	teardown();
}
END_TEST

/* The same content again: what it would be held for if it were new holds it all the same; the active version is not touched. */
START_TEST(test_an_old_file_again)
{
	struct hl_version v;
	setup_lists("l: {require: plate, feed: true}");
	import("l", plates(100), "");
	import("l", plates(200), "");
	activate("l");
	good("list|import|l|a.txt|--layout|plates|--json", plates(100));
	has("\"version\":\"v000001-");
	has("\"holds\":[\"shrink\"]");
	ck_assert_int_eq(hl_version_find(settings->state, "l", "v000001", &v, &err), HL_OK);
	ck_assert_uint_eq(v.holds, HL_HOLD_SHRINK);
	good("list|import|l|a.txt|--layout|plates|--activate", plates(200));
	ck_assert_int_eq(hl_version_find(settings->state, "l", "active", &v, &err), HL_OK);
	ck_assert_uint_eq(v.holds, 0);
	ck_assert_int_ne(run("list|import|l|a.txt|--layout|plates|--activate", plates(100)), HL_OK);
	ck_assert_int_eq(hl_version_find(settings->state, "l", "active", &v, &err), HL_OK);
	ck_assert_int_eq(v.entries, 200);
	teardown();
}
END_TEST

START_TEST(test_caps)
{
	setup_lists("l: {require: plate, shrink: 100, growth: 1000000}, own: {require: plate, max_entries: 10, max_entries_a_day: 25}, feed: {require: plate, feed: true}");
	import("l", plates(2500), "");
	import("l", plates(2501), "cap");
	has("found '2501 entries', expected at most 2500 in one upload (max_entries): held");
	import("l", plates(2499), "");
	import("l", plates(2498), ""); /* 9998 so far, with the one that is held */
	import("l", plates(2497), "cap");
	has("in 24 hours', expected at most 10000 (max_entries_a_day): held");
	ctx.now_ms += INT64_C(86400001);
	import("l", plates(2496), "");
	import("own", plates(10), "");
	import("own", plates(9), "");
	import("own", plates(8), "cap");
	import("own", plates(11), "cap");
	import("feed", plates(9000), "");
	teardown();
}
END_TEST

START_TEST(test_partial_plates_are_approved_once)
{
	setup_lists("l: {require: plate}");
	import("l", "ABC123\nXYZ*\n", "partial");
	ctx.who = "jones";
	good("list|approve|l|newest|--reason|seen", NULL);
	ctx.who = "smith";
	activate("l");
	import("l", "ABC124\nXYZ*\n", "");
	import("l", "ABC124\nXYZ*\nXYW1???\n", "partial");
	has("a.txt: warning: found '1 partial plate', expected none that the active version does not have: held\n");
	teardown();
}
END_TEST

START_TEST(test_partial_plates_that_an_index_takes)
{
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_import_report r;
	setup_lists("l: {require: plate, feed: true}");
	for (int i = 0; i < HL_INDEX_PARTIAL_MAX; i++)
		hl_buf_printf(&text, "XK%05d*\n", i);
	struct hl_import in = import_of("l", "plates", hl_buf_text(&text));
	ck_assert_msg(!hl_import_run(settings, settings->state, &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.partial, HL_INDEX_PARTIAL_MAX);
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_puts(&text, "*XKA123\n");
	in = import_of("l", "plates", hl_buf_text(&text));
	ck_assert_int_eq(hl_import_run(settings, settings->state, &in, &r, &err), HL_E_LIMIT);
	ck_assert_str_eq(err.text, "10001 partial plates (with * or more than two ?), at most 10000: every read is compared with each");
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_fini(&text);
	teardown();
}
END_TEST

static void import_of_time(int64_t ms, const char *want)
{
	struct hl_import_report r;
	struct hl_import in = import_of("l", "plates", "ABC123\n");
	const struct timespec t[2] = { { .tv_sec = ms / 1000 }, { .tv_sec = ms / 1000 } };
	char text[HL_HOLDS_TEXT];
	ck_assert_int_eq(futimens(in.fd, t), 0);
	ck_assert_msg(!hl_import_run(settings, settings->state, &in, &r, &err), "%s", err.text);
	hl_holds_text(r.version.holds, text);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(r.version.file_time_ms, HL_NO_TIME);
	hl_import_report_fini(&r);
	close(in.fd);
	ck_assert_int_eq(hl_version_remove(settings->state, &r.version, &err), HL_OK);
}

static void import_dated(const char *time, int n, const char *want)
{
	char text[1024];
	snprintf(text, sizeof text, "DATE%s\nABC10%d\nTOTAL 1\n", time, n);
	good("list|import|dated|a.txt|--layout|dated", text);
	holds("dated", want);
}

/* By the time of the file where it says none itself; by its own, also against that of the active version. */
START_TEST(test_age)
{
	static const char layout[] = "version: 1\nshape: fixed\nhead: {line: \"DATE<date>\", date: mm/dd/yyyy HH:MM}\ntail: {line: \"TOTAL <count>\"}\n"
				     "fields:\n  - {field: plate, at: [0, 8]}\n";
	setup_lists("l: {require: plate, max_age: 24h}, dated: {require: plate}");
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("own"), 0700, NULL), HL_OK);
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("own/dated.yaml"), layout, sizeof layout - 1, 0600, NULL), HL_OK);
	import_of_time(IMPORT_NOW - 3600000, "");
	import_of_time(IMPORT_NOW - INT64_C(25) * 3600000, "age");
	import_dated("11/23/2026 08:00", 1, "");
	activate("dated");
	import_dated("11/23/2026 08:00", 2, "");
	import_dated("11/23/2026 07:59", 3, "age");
	has("found 'a file of 2026-11-23T07:59:00.000Z', expected one no older than the active version's, of 2026-11-23T08:00:00.000Z: held");
	import_dated("11/23/2026 08:01", 4, "");
	teardown();
}
END_TEST

/* The table of pairs is the learned table's: all pairs within the budget, and no other. */
START_TEST(test_pairs_are_those_of_the_rules)
{
	struct hl_confusion t;
	struct hl_faults faults = { 0 };
	char path[1024];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/rules/confusions/latin.yaml", top ? top : ".");
	ck_assert_int_eq(hl_confusion_load(&t, path, &faults), HL_OK);
	int oh = hl_sym_code('O'), least[HL_SYMBOLS][HL_SYMBOLS], found = 0;
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int b = 0; b < HL_SYMBOLS; b++)
			least[a][b] = t.cost[a][b] < t.cost[b][a] ? t.cost[a][b] : t.cost[b][a];
	for (int b = 1; b < HL_SYMBOLS; b++)
		if (b != oh && least[oh][b] < least[0][b])
			least[0][b] = least[oh][b];
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int b = a + 1; b < HL_SYMBOLS; b++) {
			if (a == oh || b == oh || least[a][b] > HL_TWIN_COST)
				continue;
			found++;
			const struct hl_twin_pair *p = hl_twin_pairs;
			while (p->a && !((p->a == hl_sym_char(a) && p->b == hl_sym_char(b)) || (p->b == hl_sym_char(a) && p->a == hl_sym_char(b))))
				p++;
			ck_assert_msg(p->a && p->cost == least[a][b], "%c and %c cost %d", hl_sym_char(a), hl_sym_char(b), least[a][b]);
		}
	for (const struct hl_twin_pair *p = hl_twin_pairs; p->a; p++)
		found--;
	ck_assert_int_eq(found, 0);
}
END_TEST

/* What two symbols cost, O as 0; more than the budget where they are no pair. */
static int symbol_cost(char a, char b)
{
	a = a == 'O' ? '0' : a;
	b = b == 'O' ? '0' : b;
	for (const struct hl_twin_pair *p = hl_twin_pairs; p->a; p++)
		if ((p->a == a && p->b == b) || (p->a == b && p->b == a))
			return p->cost;
	return a == b ? 0 : 1000;
}

static int plate_cost(const char *a, const char *b)
{
	int sum = strlen(a) == strlen(b) ? 0 : 1000;
	for (; sum < 1000 && *a; a++, b++)
		sum += symbol_cost(*a, *b);
	return sum;
}

/* Random lists of symbols that are easily confused, against all pairs: the numbers are exact however many there are. */
START_TEST(test_twins_as_by_comparing_all)
{
	enum { N = 1500 };
	static char list[N][8], text[N * 8];
	unsigned seed = 5;
	int64_t most = 0;
	tmp_make();
	for (int round = 0; round < 12; round++) {
		int n = 0;
		int64_t oh = 0, others = 0;
		for (int i = 0; i < N; i++) {
			size_t len = 4 + (size_t)rand_r(&seed) % 3;
			for (size_t k = 0; k < len; k++)
				list[n][k] = "0OI18BDQX2"[rand_r(&seed) % (round < 6 ? 10 : 6)];
			list[n][0] = "ACE"[rand_r(&seed) % 3];
			list[n][len] = 0;
			int same = 0;
			while (same < n && strcmp(list[same], list[n]))
				same++;
			n += same == n;
		}
		text[0] = 0;
		for (int i = 0, at = 0; i < n; i++) {
			int fold = 0, first = 1;
			for (int k = 0; k < i; k++)
				first = first && plate_cost(list[i], list[k]) != 0;
			oh += !first;
			for (int k = 0; first && k < i; k++) {
				int head = plate_cost(list[i], list[k]) <= HL_TWIN_COST;
				for (int m = 0; head && m < k; m++)
					head = plate_cost(list[k], list[m]) != 0; /* forms alike by O and 0 count once */
				fold += head;
			}
			others += fold;
			at += snprintf(text + at, sizeof text - (size_t)at, "%s\n", list[i]);
		}
		struct hl_import_report r;
		struct hl_import in = import_of("l", "plates", text);
		ck_assert_msg(!hl_import_lint(NULL, &in, &r, &err) || r.junk, "%s", err.text);
		ck_assert_int_eq(r.junk, 0);
		ck_assert_int_eq(r.twins, oh);
		ck_assert_int_eq(r.confusable, others);
		bool many = others > HL_TWINS_TOLD;
		most = others > most ? others : most;
		ck_assert_int_eq(r.warnings, oh + (many ? HL_TWINS_TOLD + 1 : others));
		ck_assert_int_eq(many, strstr(hl_buf_text(&r.text), "the others are not told one by one\n") != NULL);
		hl_import_report_fini(&r);
		close(in.fd);
	}
	ck_assert_int_gt(most, 5 * HL_TWINS_TOLD);
	tmp_remove();
}
END_TEST

/* A column of codes with thousands of different values is none; it is told once, and no memory is spent on it. */
START_TEST(test_too_many_codes)
{
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_import_report r;
	tmp_make();
	hl_buf_puts(&text, "plate,make\n");
	for (int i = 0; i < 5000; i++)
		hl_buf_printf(&text, "XK%04d,M%d\n", i, i);
	struct hl_import in = import_of("l", "csv", hl_buf_text(&text));
	ck_assert_msg(!hl_import_lint(NULL, &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.entries, 5000);
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&r.text), "list.csv:4098: warning: found 'more than 4096 different codes', expected columns of codes"));
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_fini(&text);
	tmp_remove();
}
END_TEST

/* Offline matching takes every plate there is: no policy, no placeholders. */
START_TEST(test_offline_takes_all)
{
	struct hl_import_report r;
	struct hl_snapshot *s;
	tmp_make();
	struct hl_import in = import_of("l", "plates", "NONE\n0000000\nA\nABC123");
	ck_assert_msg(!hl_import_snapshot(&in, &s, &r, &err), "%s", err.text);
	ck_assert_uint_eq(hl_snapshot_count(s), 4);
	ck_assert_int_eq(r.warnings, 0);
	hl_snapshot_close(&s);
	hl_import_report_fini(&r);
	close(in.fd);
	tmp_remove();
}
END_TEST

UNIT_MAIN("lint", test_shrink_and_growth, test_an_old_file_again, test_caps, test_partial_plates_are_approved_once, test_partial_plates_that_an_index_takes, test_age, test_pairs_are_those_of_the_rules,
	  test_twins_as_by_comparing_all, test_too_many_codes, test_offline_takes_all)
