/* test_layout_fit.c: guessing a file's layout: every sample of tests/data/lists is most like the layout whose sample it is, also by its first lines alone. */
#include "unit.h"

#include "format/layout_fit.h"
#include "layout_runner.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYOUTS = 64 };

static struct hl_layout *layouts[LAYOUTS];
static size_t n_layouts;

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void files(const char *pattern, glob_t *g)
{
	char path[4096];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/%s", top ? top : ".", pattern);
	ck_assert_int_eq(glob(path, 0, NULL, g), 0);
}

static void load_all(void)
{
	glob_t g;
	char name[100];
	files("hotlists/layouts/*.yaml", &g);
	ck_assert_uint_le(g.gl_pathc, LAYOUTS);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		hl_copy_n(name, sizeof name, base_of(g.gl_pathv[i]), strcspn(base_of(g.gl_pathv[i]), "."));
		layouts[n_layouts++] = runner_layout(NULL, name);
	}
	globfree(&g);
}

static void free_all(void)
{
	while (n_layouts)
		hl_layout_free(&layouts[--n_layouts]);
}

/* The layout that fits best; all of them in text. */
static const char *best_of(const char *data, size_t n, struct hl_buf *text)
{
	struct hl_layout_fit best = { 0 }, fit;
	const char *name = "";
	for (size_t i = 0; i < n_layouts; i++) {
		hl_layout_fit(layouts[i], data, n, RUNNER_NOW, &fit);
		ck_assert(fit.good <= fit.lines && fit.known <= fit.coded);
		ck_assert_uint_le(hl_layout_fit_score(&fit), 600);
		if (fit.good)
			hl_buf_printf(text, "%s: %u of %u, %u of %u known, %u filled; ", hl_layout_name(layouts[i]), fit.good, fit.lines, fit.known, fit.coded, fit.filled);
		int by = fit.good && *name ? hl_layout_fit_compare(&fit, &best) : -1;
		if (fit.good && (by < 0 || (!by && strcmp(hl_layout_name(layouts[i]), name) < 0))) {
			name = hl_layout_name(layouts[i]);
			best = fit;
		}
	}
	return name;
}

static void is_recognised(const char *file, size_t lines)
{
	char path[300], want[100];
	struct hl_buf data = HL_BUF(1 << 20), text = HL_BUF(1 << 16);
	size_t n = 0;
	snprintf(path, sizeof path, "tests/data/lists/%s", file);
	runner_read(path, &data);
	for (; n < data.len && lines; n++)
		lines -= data.data[n] == '\n';
	hl_copy_n(want, sizeof want, file, strcspn(file, "."));
	const char *got = best_of(data.data, n, &text);
	ck_assert_msg(!strcmp(got, want), "%s, %zu bytes: %s", file, n, hl_buf_text(&text));
	hl_buf_fini(&text);
	hl_buf_fini(&data);
}

START_TEST(each_sample_by_its_own)
{
	glob_t g;
	load_all();
	files("tests/data/lists/*.list", &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		is_recognised(base_of(g.gl_pathv[i]), SIZE_MAX);
		is_recognised(base_of(g.gl_pathv[i]), 3);
	}
	globfree(&g);
	free_all();
}
END_TEST

static void fits(const char *layout, const char *data, unsigned good, unsigned lines, bool refused)
{
	struct hl_layout *l = runner_layout(NULL, layout);
	struct hl_layout_fit fit;
	hl_layout_fit(l, data, strlen(data), RUNNER_NOW, &fit);
	ck_assert_msg(fit.good == good && fit.lines == lines && fit.refused == refused, "%s: %u of %u, refused %d", data, fit.good, fit.lines, fit.refused);
	ck_assert_int_eq(fit.fault.expected[0] != 0, good < lines);
	hl_layout_free(&l);
}

START_TEST(what_counts)
{
	fits("plates", "AB1\nAB2\n\n#\nAB,3\n", 2, 3, false);
	fits("csv", "plate,state\nAB1,CA\n", 1, 1, false);
	fits("csv", "AB1,CA\nAB2,CA\n", 0, 1, true);
	fits("csv", "", 0, 0, false);
	/* The end of a beginning may lack the tail, not the head. */
	fits("clew", "DATE07/02/2018 09:00\n4ZQC901 CA1920261102\n", 1, 1, false);
	fits("clew", "4ZQC901 CA1920261102\n", 1, 2, false);
	fits("flock-json", "[{\"plate\":\"AB1\"},\n", 1, 1, false);
	fits("flock-json", "AB1\n", 0, 1, false);
	fits("plates", "\xff\xfe" "A", 0, 0, true);
}
END_TEST

/* A word that no table knows takes away what one that is known gives. */
START_TEST(order)
{
	struct hl_layout_fit a = { .lines = 10, .good = 10, .coded = 20, .known = 20, .filled = 40 }, b = { .lines = 10, .good = 10, .coded = 20, .known = 10, .filled = 90 },
			     c = { .lines = 10, .good = 6, .coded = 12, .known = 12, .filled = 90 }, d = a, e = a, none = { 0 };
	d.filled++;
	e.named = 3;
	e.unnamed = 1;
	ck_assert_uint_eq(hl_layout_fit_score(&a), 200);
	ck_assert_uint_eq(hl_layout_fit_score(&b), 0);
	ck_assert_uint_eq(hl_layout_fit_score(&c), 120);
	ck_assert_uint_eq(hl_layout_fit_score(&e), 150);
	ck_assert_uint_eq(hl_layout_fit_score(&none), 0);
	ck_assert(hl_layout_fit_compare(&a, &b) < 0 && hl_layout_fit_compare(&b, &c) > 0 && hl_layout_fit_compare(&a, &c) < 0 && hl_layout_fit_compare(&d, &a) < 0 && !hl_layout_fit_compare(&a, &a));
}
END_TEST

UNIT_MAIN("layout_fit", each_sample_by_its_own, what_counts, order)
