/* test_file.c: bounded reading, secrets, atomic writing, folders, locks. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tmpdir.h"

static void put(const char *path, const char *text, unsigned mode)
{
	struct hl_err err;
	ck_assert_msg(!hl_file_write_atomic(path, text, strlen(text), mode, &err), "%s", err.text);
}

static int names_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(test_read)
{
	struct hl_err err;
	struct hl_buf b = HL_BUF(8);
	tmp_make();
	put(tmp_path("a"), "12345678", 0644);
	ck_assert_int_eq(hl_file_read(tmp_path("a"), &b, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&b), "12345678");
	hl_buf_clear(&b);
	put(tmp_path("a"), "123456789", 0644);
	ck_assert_int_eq(hl_file_read(tmp_path("a"), &b, &err), HL_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 8 bytes"));
	hl_buf_clear(&b);
	ck_assert_int_eq(hl_file_read(tmp_path("none"), &b, &err), HL_E_NOTFOUND);
	ck_assert_int_eq(hl_file_read(tmp_path("a/b"), &b, &err), HL_E_NOTFOUND);
	ck_assert_int_eq(hl_file_read(tmp_dir, &b, &err), HL_E_IO);
	int pipes[2];
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(write(pipes[1], "pipe", 4), 4);
	close(pipes[1]);
	ck_assert_int_eq(hl_file_read_fd(pipes[0], "pipe", &b, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&b), "pipe");
	close(pipes[0]);
	hl_buf_fini(&b);
	tmp_remove();
}
END_TEST

static enum hl_code secret(const char *text, unsigned mode, struct hl_buf *b, struct hl_err *err)
{
	put(tmp_path("s"), text, mode);
	hl_buf_clear(b);
	return hl_file_secret(tmp_path("s"), b, err);
}

START_TEST(test_secret)
{
	struct hl_err err;
	struct hl_buf b = HL_BUF(0);
	tmp_make();
	ck_assert_int_eq(secret("key\r\n\n", 0600, &b, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&b), "key");
	ck_assert_int_eq(secret(" k y ", 0640, &b, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&b), " k y ");
	ck_assert_int_eq(secret("key", 0644, &b, &err), HL_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "0644"));
	ck_assert_int_eq(secret("", 0600, &b, &err), HL_E_CONFIG);
	ck_assert_int_eq(secret("\n\n", 0600, &b, &err), HL_E_CONFIG);
	char *large = hl_alloc(5001);
	memset(large, 'x', 5000);
	large[5000] = 0;
	ck_assert_int_eq(secret(large, 0600, &b, &err), HL_E_LIMIT);
	free(large);
	ck_assert_int_eq(hl_file_secret(tmp_path("none"), &b, &err), HL_E_NOTFOUND);
	hl_buf_fini(&b);
	tmp_remove();
}
END_TEST

START_TEST(test_write_atomic)
{
	struct hl_err err;
	struct stat st;
	struct hl_buf b = HL_BUF(100);
	tmp_make();
	put(tmp_path("f"), "old", 0600);
	put(tmp_path("f"), "new", 0640);
	ck_assert_int_eq(hl_file_read(tmp_path("f"), &b, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&b), "new");
	ck_assert_int_eq(stat(tmp_path("f"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	ck_assert_int_eq(names_in(tmp_dir), 1);
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("no/f"), "x", 1, 0600, &err), HL_E_NOTFOUND);
	/* A folder in the way: nothing changes, nothing is left behind. */
	ck_assert_int_eq(mkdir(tmp_path("d"), 0700), 0);
	ck_assert_int_ne(hl_file_write_atomic(tmp_path("d"), "x", 1, 0600, &err), HL_OK);
	ck_assert_int_eq(names_in(tmp_dir), 2);
	/* A name left over by a process that died. */
	char left[64];
	snprintf(left, sizeof left, "f.tmp-%ld-0", (long)getpid());
	close(open(tmp_path(left), O_CREAT | O_WRONLY, 0600));
	put(tmp_path("f"), "newer", 0600);
	hl_buf_fini(&b);
	tmp_remove();
}
END_TEST

START_TEST(test_full_disk)
{
	/* /dev/full answers every write with ENOSPC; the name beside it can't be made there, so the error is told without harm. */
	struct hl_err err;
	ck_assert_int_ne(hl_file_write_atomic("/dev/full/x", "x", 1, 0600, &err), HL_OK);
	ck_assert_uint_gt(strlen(err.text), 0);
}
END_TEST

START_TEST(test_dirs)
{
	struct hl_err err;
	tmp_make();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("a/b/c"), 0700, &err), HL_OK);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("a/b/c/"), 0700, &err), HL_OK);
	put(tmp_path("a/b/c/f"), "x", 0600);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("a/b/c/f"), 0700, &err), HL_E_EXISTS);
	ck_assert_int_ne(hl_file_make_dirs(tmp_path("a/b/c/f/g"), 0700, &err), HL_OK);
	ck_assert_int_ne(hl_file_make_dirs("", 0700, &err), HL_OK);
	/* A link inside is removed, what it points to is not. */
	put(tmp_path("kept"), "x", 0600);
	ck_assert_int_eq(symlink(tmp_dir, tmp_path("a/up")), 0);
	ck_assert_int_eq(symlink(tmp_path("a"), tmp_path("link")), 0);
	ck_assert_int_eq(hl_file_remove_tree(tmp_path("link"), &err), HL_E_DENIED);
	ck_assert_int_eq(hl_file_remove_tree(tmp_path("a"), &err), HL_OK);
	ck_assert_int_eq(access(tmp_path("kept"), F_OK), 0);
	ck_assert_int_ne(access(tmp_path("a"), F_OK), 0);
	ck_assert_int_eq(hl_file_remove_tree(tmp_path("a"), &err), HL_OK);
	tmp_remove();
}
END_TEST

START_TEST(test_join)
{
	char d[8];
	struct hl_err err;
	ck_assert_int_eq(hl_path_join(d, sizeof d, "abc", "def", &err), HL_OK);
	ck_assert_str_eq(d, "abc/def");
	ck_assert_int_eq(hl_path_join(d, sizeof d, "/", "def", &err), HL_OK);
	ck_assert_str_eq(d, "/def");
	ck_assert_int_eq(hl_path_join(d, sizeof d, "abcd", "def", &err), HL_E_LIMIT);
}
END_TEST

START_TEST(test_lock)
{
	struct hl_err err;
	int fd, other;
	char want[32];
	tmp_make();
	ck_assert_int_eq(hl_file_lock(tmp_path("lock"), &fd, &err), HL_OK);
	ck_assert_int_eq(hl_file_lock(tmp_path("lock"), &other, &err), HL_E_CONFLICT);
	ck_assert_int_eq(other, -1);
	snprintf(want, sizeof want, "process %ld", (long)getpid());
	ck_assert_ptr_nonnull(strstr(err.text, want));
	pid_t child = fork();
	if (!child)
		_exit(hl_file_lock(tmp_path("lock"), &other, NULL));
	int status;
	waitpid(child, &status, 0);
	ck_assert_int_eq(WEXITSTATUS(status), HL_E_CONFLICT);
	close(fd);
	ck_assert_int_eq(hl_file_lock(tmp_path("lock"), &fd, &err), HL_OK);
	close(fd);
	ck_assert_int_eq(hl_file_lock(tmp_path("no/lock"), &fd, &err), HL_E_NOTFOUND);
	tmp_remove();
}
END_TEST

UNIT_MAIN("file", test_read, test_secret, test_write_atomic, test_full_disk, test_dirs, test_join, test_lock)
