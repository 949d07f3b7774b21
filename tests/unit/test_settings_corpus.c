/* test_settings_corpus.c: every tests/data/bad-settings/NAME.yaml is loaded as hotlistd.yaml from a folder that holds secrets good and bad, and what is said
 * is compared byte by byte with NAME.expected; a file without a fault says "ok". With PRINT_EXPECTED in the environment it prints what is said instead.
 */
#include "config.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/settings.h"
#include "tmpdir.h"

static void put_file(const char *name, const char *text, size_t n, unsigned mode)
{
	struct hl_err err = { 0 };
	ck_assert_msg(hl_file_write_atomic(tmp_path(name), text, n, mode, &err) == HL_OK, "%s", err.text);
}

static void make_secrets(void)
{
	static const char good[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", two[] = "one-password-here\ntwo-passwords-here\n";
	char big[5000];
	memset(big, 'x', sizeof big);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("secrets"), 0700, NULL), HL_OK);
	put_file("secrets/good", good, sizeof good - 1, 0600);
	put_file("secrets/two", two, sizeof two - 1, 0600);
	put_file("secrets/open", good, sizeof good - 1, 0644);
	put_file("secrets/empty", "", 0, 0600);
	put_file("secrets/blank", "\n\n", 2, 0600);
	put_file("secrets/short", "abc\n", 4, 0600);
	put_file("secrets/big", big, sizeof big, 0600);
	put_file("secrets/binary", "\xff\xfe\x00\x01", 4, 0600);
	ck_assert_int_eq(mkdir(tmp_path("secrets/folder"), 0700), 0);
	ck_assert_int_eq(mkfifo(tmp_path("secrets/pipe"), 0600), 0);
}

static void make_folders(void)
{
	static const char curve[] = "# a key\nJTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\n";
	ck_assert_int_eq(mkdir(tmp_path("everyones"), 0700), 0);
	ck_assert_int_eq(chmod(tmp_path("everyones"), 0777), 0);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("layouts"), 0700, NULL), HL_OK);
	put_file("layouts/csv.yaml", "", 0, 0600);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("keys"), 0700, NULL), HL_OK);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("empty"), 0700, NULL), HL_OK);
	put_file("keys/cam1.key", curve, sizeof curve - 1, 0600);
	put_file("secrets/curve", curve, sizeof curve - 1, 0600);
	put_file("layouts/ncic-fixed.yaml", "", 0, 0600);
}

/* text without the name of the folder, which differs each time. */
static void put_stripped(struct hl_buf *out, const char *text)
{
	size_t n = strlen(tmp_dir);
	for (const char *hit; (hit = strstr(text, tmp_dir)); text = hit + n + 1)
		hl_buf_put(out, text, (size_t)(hit - text));
	hl_buf_puts(out, text);
}

static void say(const char *name, const struct hl_buf *text, struct hl_buf *out)
{
	struct hl_settings *s;
	struct hl_faults faults = { 0 };
	struct hl_buf said = HL_BUF(1 << 20);
	put_file(name, hl_buf_text(text), text->len, 0600);
	enum hl_code code = hl_settings_load(&s, tmp_path(name), &faults);
	ck_assert_int_eq(code, faults.errors ? HL_E_CONFIG : HL_OK);
	ck_assert_int_eq(code == HL_OK, s != NULL);
	hl_faults_print(&faults, &said);
	if (code == HL_OK)
		hl_buf_puts(&said, "ok\n");
	put_stripped(out, hl_buf_text(&said));
	hl_buf_fini(&said);
	hl_settings_free(&s);
	ck_assert_int_eq(unlink(tmp_path(name)), 0);
}

static int is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
#ifndef HL_WITH_REDIS
	if (strstr(d->d_name, "redis") || strstr(d->d_name, "-into"))
		return 0;
#endif
	return n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static void check_file(const char *dir, const char *name)
{
	char path[1024];
	struct hl_buf text = HL_BUF(8 << 20), said = HL_BUF(1 << 20), want = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_msg(hl_file_read(path, &text, &err) == HL_OK, "%s", err.text);
	say(name, &text, &said);
	snprintf(path, sizeof path, "%s/%.*s.expected", dir, (int)strlen(name) - 5, name);
	if (getenv("PRINT_EXPECTED"))
		printf("--- %s\n%s", path, hl_buf_text(&said));
	else {
		ck_assert_msg(hl_file_read(path, &want, &err) == HL_OK, "%s", err.text);
		ck_assert_msg(strcmp(hl_buf_text(&said), hl_buf_text(&want)) == 0, "%s: said\n%sexpected\n%s", name, hl_buf_text(&said), hl_buf_text(&want));
	}
	hl_buf_fini(&text);
	hl_buf_fini(&said);
	hl_buf_fini(&want);
}

START_TEST(test_corpus)
{
	char dir[512];
	struct dirent **list;
	const char *top = getenv("srcdir");
	snprintf(dir, sizeof dir, "%s/tests/data/bad-settings", top ? top : ".");
	tmp_make();
	make_secrets();
	make_folders();
	int n = scandir(dir, &list, is_yaml, alphasort);
	ck_assert_msg(n >= 95, "%s: %d files", dir, n);
	for (int i = 0; i < n; i++) {
		check_file(dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	tmp_remove();
}
END_TEST

UNIT_MAIN("settings_corpus", test_corpus)
