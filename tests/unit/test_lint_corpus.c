/* test_lint_corpus.c: every tests/data/lists/bad/NAME.LAYOUT is imported as list NAME by the settings lists.yaml beside it, and what is said of it is compared byte by byte
 * with NAME.expected: each fault and warning with its place, the counts, what the version is held for, and whether an import would activate it. With PRINT_EXPECTED in
 * the environment the files are written instead.
 */
#include "unit.h"

#include <dirent.h>

#include "import_run.h"

static char dir[512];

static void say_result(const struct hl_import_report *r, enum hl_code code, const struct hl_err *err, struct hl_buf *out)
{
	char holds[HL_HOLDS_TEXT];
	struct hl_err why;
	hl_buf_puts(out, hl_buf_text(&r->text));
	hl_buf_printf(out, "lines %lld = %lld entries + %lld rejected + %lld skipped\n", (long long)r->lines, (long long)r->entries, (long long)r->rejected,
		      (long long)r->skipped);
	hl_buf_printf(out, "duplicates %lld, junk %lld, warnings %lld, twins %lld, confusable %lld, partial %lld\n", (long long)r->duplicates, (long long)r->junk,
		      (long long)r->warnings, (long long)r->twins, (long long)r->confusable, (long long)r->partial);
	hl_holds_text(r->version.holds, holds);
	if (code)
		hl_buf_printf(out, "no version: %s\n", err->text);
	else
		hl_buf_printf(out, "a version%s%s\n%s\n", *holds ? ", held for " : "", holds,
			      hl_import_may_activate(r, &why) ? why.text : "may be activated by the import");
}

static struct hl_settings *load(void)
{
	char path[1024];
	struct hl_settings *s;
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(8192);
	snprintf(path, sizeof path, "%s/lists.yaml", dir);
	enum hl_code code = hl_settings_load(&s, path, &faults);
	hl_faults_print(&faults, &text);
	ck_assert_msg(!code, "%s", hl_buf_text(&text));
	hl_buf_fini(&text);
	return s;
}

/* Both ways: the lint says the same lines as the import, and stores nothing; the counts add up; every line of the JSON says how grave it is. */
static void check_lint(const struct hl_settings *s, struct hl_import *in, const struct hl_import_report *imported)
{
	struct hl_import_report r;
	struct hl_err err;
	ck_assert_int_eq(lseek(in->fd, 0, SEEK_SET), 0);
	hl_import_lint(s, in, &r, &err);
	ck_assert_str_eq(hl_buf_text(&r.text), hl_buf_text(&imported->text));
	ck_assert_int_eq(r.lines, r.entries + r.rejected + r.skipped);
	int64_t warnings = 0, faults = 0;
	for (const char *p = hl_buf_text(&r.faults); (p = strstr(p, ",\"severity\":\"")); p += 5) {
		warnings += !strncmp(p, ",\"severity\":\"warning\"}\n", 23);
		faults += !strncmp(p, ",\"severity\":\"fault\"}\n", 21);
	}
	ck_assert_int_eq(warnings, r.warnings);
	ck_assert_int_ge(faults, r.rejected);
	hl_import_report_fini(&r);
}

static void check_file(const struct hl_settings *s, const char *file)
{
	char name[256], path[1024], state[300];
	const char *dot = strrchr(file, '.');
	struct hl_buf text = HL_BUF(1 << 20), said = HL_BUF(1 << 20), want = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	struct hl_import_report r;
	hl_copy_n(name, sizeof name, file, (size_t)(dot - file));
	snprintf(path, sizeof path, "%s/%s", dir, file);
	ck_assert_msg(hl_file_read(path, &text, &err) == HL_OK, "%s", err.text);
	struct hl_import in = import_of(name, dot + 1, "");
	const char *dirs[] = { in.layout_dirs[0], s->layout_dirs.v[0], NULL };
	close(in.fd);
	in.fd = text_fd(hl_buf_text(&text), text.len);
	in.source = file;
	in.layout_dirs = dirs;
	snprintf(state, sizeof state, "state-%s", name);
	enum hl_code code = hl_import_run(s, tmp_path(state), &in, &r, &err);
	say_result(&r, code, &err, &said);
	check_lint(s, &in, &r);
	ck_assert_int_eq(r.lines, r.entries + r.rejected + r.skipped);
	snprintf(path, sizeof path, "%s/%s.expected", dir, name);
	if (getenv("PRINT_EXPECTED")) {
		ck_assert_msg(!hl_file_write_atomic(path, hl_buf_text(&said), said.len, 0644, &err), "%s", err.text);
	} else {
		ck_assert_msg(hl_file_read(path, &want, &err) == HL_OK, "%s", err.text);
		ck_assert_msg(strcmp(hl_buf_text(&said), hl_buf_text(&want)) == 0, "%s: said\n%sexpected\n%s", name, hl_buf_text(&said), hl_buf_text(&want));
	}
	close(in.fd);
	hl_import_report_fini(&r);
	hl_buf_fini(&text);
	hl_buf_fini(&said);
	hl_buf_fini(&want);
}

static int is_list(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');
	return d->d_name[0] != '.' && dot && strcmp(dot, ".expected") && strcmp(dot, ".yaml");
}

START_TEST(test_corpus)
{
	struct dirent **list;
	const char *top = getenv("srcdir");
	snprintf(dir, sizeof dir, "%s/tests/data/lists/bad", top ? top : ".");
	tmp_make();
	struct hl_settings *s = load();
	int n = scandir(dir, &list, is_list, alphasort);
	ck_assert_msg(n >= 28, "%s: %d files", dir, n);
	for (int i = 0; i < n; i++) {
		check_file(s, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

UNIT_MAIN("lint_corpus", test_corpus)
