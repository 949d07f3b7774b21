/* test_bad_rules.c: a corpus of faulty rules files with the exact words they must be answered with: tests/data/bad-rules/NAME.yaml and
 * NAME.expected. HL_CORPUS_WRITE=1 writes the expected files anew, to be read and judged before they are kept.
 */
#include "core/rule.h"
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CORPUS_LEAST = 110 };

static void read_text(const char *path, char *dst, size_t size)
{
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s is missing", path);
	size_t n = fread(dst, 1, size - 1, f);
	dst[n] = 0;
	fclose(f);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void check_file(const char *name)
{
	char path[HL_PATH_MAX], expected[32768];
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	enum hl_code code = hl_rules_load(&r, name, f);
	hl_faults_print(f, &out);
	snprintf(path, sizeof path, "%.*s.expected", (int)(strlen(name) - 5), name);
	if (getenv("HL_CORPUS_WRITE"))
		write_text(path, hl_buf_text(&out));
	read_text(path, expected, sizeof expected);
	ck_assert_msg(!strcmp(hl_buf_text(&out), expected), "%s\n--- is\n%.3000s--- expected\n%.3000s", name, hl_buf_text(&out), expected);
	ck_assert_uint_gt(f->n, 0);
	ck_assert_int_eq(code, f->errors ? HL_E_CONFIG : HL_OK);
	ck_assert((r != NULL) == (f->errors == 0));
	hl_rules_free(&r);
	hl_buf_fini(&out);
	free(f);
}

START_TEST(the_corpus)
{
	const char *srcdir = getenv("srcdir");
	char path[HL_PATH_MAX];
	int n = 0;
	snprintf(path, sizeof path, "%s/tests/data/bad-rules", srcdir ? srcdir : ".");
	ck_assert_int_eq(chdir(path), 0);
	DIR *d = opendir(".");
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
			continue;
		check_file(e->d_name);
		n++;
	}
	closedir(d);
	ck_assert_int_ge(n, CORPUS_LEAST);
}
END_TEST

UNIT_MAIN("bad_rules", the_corpus)
