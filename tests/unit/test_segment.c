/* test_segment.c: the index of a large version in its file: made by the import, found by the catalog, built again where there is none that fits, and never needed. */
#include "state_fixture.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/import.h"
#include "import_run.h"

enum { LINES = HL_SEGMENT_OWN };

static char version_dir[HL_PATH_MAX];

/* The plates of the list and of the reads: every read has a near entry. */
static void plate_of(int i, bool read, char dst[16])
{
	snprintf(dst, 16, "%c%cX%05d", 'A' + i % 23, 'A' + i / 23 % 23, (i * 7919 + read) % 100000);
}

static void import_large(const struct hl_settings *s)
{
	struct hl_buf text = HL_BUF(8 << 20);
	struct hl_import_report r;
	struct hl_err err;
	char plate[16];
	for (int i = 0; i < LINES; i++) {
		plate_of(i, false, plate);
		hl_buf_printf(&text, "%s\n", plate);
	}
	const struct hl_crew crew = { 2 };
	struct hl_import in = import_of("large", "plates", "");
	close(in.fd);
	in.fd = text_fd(text.data, text.len);
	in.crew = &crew;
	ck_assert_msg(!hl_import_run(s, tmp_path("state"), &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.entries, LINES);
	ck_assert_msg(!hl_version_activate(tmp_path("state"), "large", r.version.id, &err), "%s", err.text);
	snprintf(version_dir, sizeof version_dir, "%s/state/lists/large/versions/%s", tmp_dir, r.version.id);
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_fini(&text);
}

/* The path of the version's newest index file and its inode, "" and 0: there is none. *n (NULL: it is at most one) is how many there are. */
static ino_t newest_index_file(char path[HL_PATH_MAX], int *n)
{
	struct stat st, newest = { 0 };
	char one[HL_PATH_MAX];
	int found = 0;
	DIR *d = opendir(version_dir);
	ck_assert_ptr_nonnull(d);
	path[0] = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (!strstr(e->d_name, ".index"))
			continue;
		found++;
		ck_assert_int_eq(hl_path_join(one, HL_PATH_MAX, version_dir, e->d_name, NULL), HL_OK);
		ck_assert_int_eq(stat(one, &st), 0);
		if (!path[0] || st.st_mtim.tv_sec > newest.st_mtim.tv_sec ||
		    (st.st_mtim.tv_sec == newest.st_mtim.tv_sec && st.st_mtim.tv_nsec > newest.st_mtim.tv_nsec)) {
			newest = st;
			hl_copy(path, HL_PATH_MAX, one);
		}
	}
	closedir(d);
	if (n)
		*n = found;
	else
		ck_assert_int_le(found, 1);
	return newest.st_ino;
}

static ino_t index_file(char path[HL_PATH_MAX])
{
	return newest_index_file(path, NULL);
}

static char *answers(const struct hl_catalog *c, bool exhaustive)
{
	enum { READS = 40 };
	static struct hl_read r[READS];
	char plate[16];
	for (int i = 0; i < READS; i++) {
		plate_of(i * 997 % LINES, i % 3 != 0, plate);
		r[i] = read_of(plate);
	}
	return lines_of(c, r, READS, 16, exhaustive, false);
}

/* Loads the catalog and compares its answers with those of every entry. */
static void load_and_compare(void)
{
	struct hl_catalog *c;
	char *faults = load_faults(&c, NULL);
	ck_assert_str_eq(faults, "");
	free(faults);
	ck_assert_uint_eq(c->n_lists, 1);
	char *is = answers(c, false), *want = answers(c, true);
	ck_assert_uint_gt(strlen(want), 1000);
	ck_assert_str_eq(is, want);
	free(is);
	free(want);
	hl_catalog_unref(&c);
}

/* The same, and gives the inode of the file that there is then. */
static ino_t load_and_ask(char path[HL_PATH_MAX])
{
	load_and_compare();
	return index_file(path);
}

static void other_rules(const char *max_cost)
{
	char text[100];
	snprintf(text, sizeof text, "match: {max_cost: %s}\nroute: {receivers: desk}\n", max_cost);
	write_file("rules.yaml", text);
	load_and_compare();
}

static void spoil(const char *path, off_t at, off_t cut)
{
	unsigned char byte;
	int fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	if (cut)
		ck_assert_int_eq(ftruncate(fd, cut), 0);
	close(fd);
}

START_TEST(test_made_and_found)
{
	char path[HL_PATH_MAX], other[HL_PATH_MAX];
	struct hl_settings *s;
	struct hl_faults faults = { 0 };
	set_up();
	ck_assert_int_eq(hl_settings_load(&s, tmp_path("hotlistd.yaml"), &faults), HL_OK);
	import_large(s);
	ino_t made = index_file(path);
	ck_assert_str_ne(path, "");
	/* It is taken as it is. */
	ck_assert_uint_eq(load_and_ask(path), made);
	/* Damaged or cut off, it is as if there were none, and is made again. */
	int fd = open(path, O_RDONLY); /* keeps its inode from being given again */
	spoil(path, 100000, 0);
	ino_t again = load_and_ask(path);
	ck_assert_uint_ne(again, made);
	ck_assert_uint_eq(load_and_ask(path), again);
	int fd2 = open(path, O_RDONLY);
	spoil(path, 0, 5000);
	made = load_and_ask(path);
	ck_assert_uint_ne(made, again);
	/* Other rules: another key. The file of those before stays, that of any older ones goes. */
	int n;
	other_rules("1.25");
	newest_index_file(other, &n);
	ck_assert_int_eq(n, 2);
	ck_assert_str_ne(path, other);
	ck_assert_int_eq(access(path, F_OK), 0);
	other_rules("1.1");
	newest_index_file(path, &n);
	ck_assert_int_eq(n, 2);
	ck_assert_str_ne(path, other);
	ck_assert_int_eq(access(other, F_OK), 0);
	/* None at all. */
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(unlink(path), 0);
	load_and_ask(other);
	ck_assert_str_eq(path, other);
	close(fd);
	close(fd2);
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

/* A folder that can't be written to, or a file in the way: the index is built all the same. */
START_TEST(test_never_needed)
{
	char path[HL_PATH_MAX], link[HL_PATH_MAX];
	set_up();
	import_large(NULL); /* without settings nobody knows the rules */
	ck_assert_uint_eq(index_file(path), 0);
	ck_assert_uint_ne(load_and_ask(path), 0);
	snprintf(link, sizeof link, "%s", path);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(link, 0700), 0);
	load_and_ask(path);
	ck_assert_int_eq(rmdir(link), 0);
	ck_assert_int_eq(symlink("/dev/zero", link), 0);
	ck_assert_uint_ne(load_and_ask(path), 0);
	tmp_remove();
}
END_TEST

/* Whoever holds a segment holds what its index lies in. */
START_TEST(test_outlives_the_catalog)
{
	struct hl_catalog *a, *b;
	char *faults;
	struct hl_settings *s;
	struct hl_faults f = { 0 };
	struct hl_err err;
	char path[HL_PATH_MAX];
	set_up();
	ck_assert_int_eq(hl_settings_load(&s, tmp_path("hotlistd.yaml"), &f), HL_OK);
	import_large(s);
	faults = load_faults(&a, NULL);
	free(faults);
	ck_assert_msg(!hl_catalog_refresh(&b, a, NULL, &err), "%s", err.text);
	ck_assert_ptr_eq(a->segment[0].index, b->segment[0].index);
	hl_catalog_unref(&a);
	index_file(path);
	ck_assert_int_eq(unlink(path), 0);
	char *is = answers(b, false), *want = answers(b, true);
	ck_assert_str_eq(is, want);
	free(is);
	free(want);
	hl_catalog_unref(&b);
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

UNIT_MAIN("segment", test_made_and_found, test_never_needed, test_outlives_the_catalog)
