/* test_layout_samples.c: each tests/data/lists/LAYOUT.list and LAYOUT.VARIANT.list through the layout of its name, compared with what stands beside it in
 * .golden; a layout without a sample is a fault. Adding a sample is adding its two files; with HL_GOLDEN=DIR what came out is written there
 * instead, to be read and put beside it.
 */
#include "unit.h"

#include "base/file.h"
#include "layout_runner.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files of a pattern under the source folder. */
static void files(const char *pattern, glob_t *g)
{
	char path[HL_PATH_MAX];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/%s", top ? top : ".", pattern);
	ck_assert_int_eq(glob(path, 0, NULL, g), 0);
}

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool keep(const char *name, const struct hl_buf *got)
{
	char path[HL_PATH_MAX];
	struct hl_err err;
	const char *dir = getenv("HL_GOLDEN");
	if (!dir)
		return false;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(hl_file_write_atomic(path, hl_buf_text(got), got->len, 0644, &err), HL_OK);
	return true;
}

static void compare(const char *file)
{
	char layout[100], golden[200], path[300];
	struct runner r = { 0 };
	struct hl_buf want = HL_BUF(1 << 20);
	hl_copy_n(layout, sizeof layout, file, strcspn(file, "."));
	snprintf(golden, sizeof golden, "%.*sgolden", (int)(strlen(file) - strlen("list")), file);
	struct hl_layout *l = runner_layout(NULL, layout);
	ck_assert_int_eq(runner_file(&r, l, NULL, file), HL_OK);
	ck_assert_msg(r.entries || r.file.bad, "%s gives no entry", file);
	snprintf(path, sizeof path, "tests/data/lists/%s", golden);
	bool kept = keep(golden, &r.out);
	if (!kept)
		runner_read(path, &want);
	ck_assert_msg(kept || !strcmp(hl_buf_text(&r.out), hl_buf_text(&want)), "%s gives\n%s", file, hl_buf_text(&r.out));
	hl_buf_fini(&want);
	runner_fini(&r);
	hl_layout_free(&l);
}

START_TEST(samples)
{
	glob_t g;
	files("tests/data/lists/*.list", &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		compare(base_of(g.gl_pathv[i]));
	globfree(&g);
}
END_TEST

START_TEST(each_layout_has_one)
{
	glob_t g;
	char path[HL_PATH_MAX];
	const char *top = getenv("srcdir");
	files("hotlists/layouts/*.yaml", &g);
	ck_assert_uint_ge(g.gl_pathc, 20);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *name = base_of(g.gl_pathv[i]);
		snprintf(path, sizeof path, "%s/tests/data/lists/%.*s.list", top ? top : ".", (int)(strlen(name) - strlen(".yaml")), name);
		ck_assert_msg(!access(path, R_OK), "%s is missing", path);
	}
	globfree(&g);
}
END_TEST

UNIT_MAIN("layout_samples", samples, each_layout_has_one)
