/* test_versions.c: versions are made whole or not at all, found by every kind of reference, switched atomically; a kill at each point between the
 * steps leaves the old state or the new one.
 */
#include "unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "entries.h"
#include "store/versions.h"
#include "tmpdir.h"

/* A version of one plate; the code of the commit. */
static enum hl_code make(const char *list, const char *plate, struct hl_version *v)
{
	struct hl_version_draft d;
	struct hl_err err;
	unsigned char hash[HL_SHA256];
	char path[HL_PATH_MAX + 32];
	ck_assert_msg(!hl_version_begin(&d, tmp_dir, list, &err), "%s", err.text);
	d.v.imported_ms = 1795428000123;
	hl_copy(d.v.source, sizeof d.v.source, "a \"file\"\x1b: é.csv");
	hl_copy(d.v.layout, sizeof d.v.layout, "csv");
	hl_copy(d.v.by, sizeof d.v.by, "smith");
	d.v.entries = 1;
	d.v.rejected = 2;
	d.v.skipped = 3;
	d.v.lines = 6;
	d.v.file_time_ms = 1795420000000;
	d.v.holds = HL_HOLD_SHRINK | HL_HOLD_PARTIAL;
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_entry e = entry_of(list, plate, "stolen", "");
	ck_assert_int_eq(hl_snapshot_writer_add(w, &e, 1, NULL, &err), HL_OK);
	hl_path_join(path, sizeof path, d.dir, "entries.snap", NULL);
	ck_assert_msg(!hl_snapshot_writer_finish(w, path, hash, &err), "%s", err.text);
	hl_snapshot_writer_free(&w);
	enum hl_code code = hl_version_commit(&d, hash, &err);
	ck_assert_str_eq(d.dir, "");
	if (v)
		*v = d.v;
	return code;
}

static int entries_in(const char *dir)
{
	int n = 0;
	DIR *d = opendir(dir);
	if (!d)
		return -1;
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

static void expect_plate(const char *list, const char *ref, const char *plate)
{
	struct hl_version v;
	struct hl_snapshot *s;
	struct hl_err err;
	struct hl_entry e;
	ck_assert_msg(!hl_version_find(tmp_dir, list, ref, &v, &err), "%s", err.text);
	ck_assert_msg(!hl_version_open(tmp_dir, &v, &s, &err), "%s", err.text);
	ck_assert_uint_eq(hl_snapshot_count(s), 1);
	hl_snapshot_get(s, 0, &e);
	ck_assert_str_eq(e.f[HL_F_PLATE], plate);
	hl_snapshot_close(&s);
}

START_TEST(test_make_and_describe)
{
	struct hl_version v, *all;
	struct hl_err err;
	size_t n;
	tmp_make();
	ck_assert_int_eq(make("stolen", "ABC1", &v), HL_OK);
	ck_assert_int_eq(strncmp(v.id, "v000001-", 8), 0);
	ck_assert_uint_eq(strlen(v.id), 20);
	ck_assert_int_eq(make("stolen", "ABC2", NULL), HL_OK);
	ck_assert_msg(!hl_version_list(tmp_dir, "stolen", &all, &n, &err), "%s", err.text);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(strncmp(all[0].id, "v000002-", 8), 0);
	ck_assert_str_eq(all[1].id, v.id);
	ck_assert_str_eq(all[1].list, "stolen");
	ck_assert_str_eq(all[1].source, "a \"file\" : é.csv");
	ck_assert_str_eq(all[1].layout, "csv");
	ck_assert_str_eq(all[1].by, "smith");
	ck_assert_int_eq(all[1].imported_ms, 1795428000123);
	ck_assert_int_eq(all[1].entries, 1);
	ck_assert_int_eq(all[1].rejected, 2);
	ck_assert_int_eq(all[1].skipped, 3);
	ck_assert_int_eq(all[1].lines, 6);
	ck_assert_int_eq(all[1].file_time_ms, 1795420000000);
	ck_assert_uint_eq(all[1].holds, HL_HOLD_SHRINK | HL_HOLD_PARTIAL);
	ck_assert(!all[0].active && !all[1].active);
	free(all);
	tmp_remove();
}
END_TEST

/* Every hold has a name and is found again by it; one that is not known is not forgotten, and none can be taken back. */
START_TEST(test_holds)
{
	struct hl_version v, again;
	struct hl_err err;
	char text[HL_HOLDS_TEXT], path[2 * HL_PATH_MAX], all[HL_HOLDS_TEXT];
	unsigned bits = 0;
	tmp_make();
	ck_assert_int_eq(make("stolen", "ABC1", &v), HL_OK);
	for (const struct hl_hold_info *h = hl_holds; h->name; h++) {
		ck_assert_uint_eq(bits & h->bit, 0);
		bits |= h->bit;
		ck_assert(h->help && h->help[0]);
		ck_assert_msg(!hl_version_hold(tmp_dir, "stolen", v.id, h->bit, &err), "%s", err.text);
		ck_assert_msg(!hl_version_find(tmp_dir, "stolen", v.id, &again, &err), "%s", err.text);
		ck_assert_uint_eq(again.holds, bits | HL_HOLD_SHRINK | HL_HOLD_PARTIAL);
	}
	ck_assert_str_eq(again.source, "a \"file\" : é.csv");
	ck_assert_int_eq(again.lines, 6);
	hl_holds_text(bits, all);
	ck_assert_uint_lt(strlen(all), sizeof all - 20);
	hl_holds_text(HL_HOLD_SHRINK | HL_HOLD_PARTIAL, text);
	ck_assert_str_eq(text, "partial, shrink");
	static const char later[] = "{entries: 1, rejected: 0, skipped: 0, lines: 1, holds: [shrink, of-a-later-release]}";
	snprintf(path, sizeof path, "%s/lists/stolen/versions/%s/version.yaml", tmp_dir, v.id);
	ck_assert_msg(!hl_file_write_atomic(path, later, strlen(later), 0640, &err), "%s", err.text);
	ck_assert_msg(!hl_version_find(tmp_dir, "stolen", v.id, &again, &err), "%s", err.text);
	ck_assert_uint_eq(again.holds, HL_HOLD_SHRINK | HL_HOLD_UNREADABLE);
	ck_assert_msg(!hl_file_write_atomic(path, "{", 1, 0640, &err), "%s", err.text);
	ck_assert_msg(!hl_version_find(tmp_dir, "stolen", v.id, &again, &err), "%s", err.text);
	ck_assert_uint_eq(again.holds, HL_HOLD_UNREADABLE);
	ck_assert_int_eq(hl_version_hold(tmp_dir, "stolen", v.id, HL_HOLD_CAP, &err), HL_E_INPUT);
	tmp_remove();
}
END_TEST

START_TEST(test_same_content_is_the_same_version)
{
	struct hl_version first, again;
	tmp_make();
	ck_assert_int_eq(make("stolen", "ABC1", &first), HL_OK);
	ck_assert_int_eq(make("stolen", "ABC2", NULL), HL_OK);
	ck_assert_int_eq(make("stolen", "ABC1", &again), HL_E_EXISTS);
	ck_assert_str_eq(again.id, first.id);
	ck_assert_int_eq(again.entries, 1);
	ck_assert_int_eq(entries_in(tmp_path("lists/stolen/versions")), 2);
	/* Where its snapshot is damaged a new version is made: a restore by importing the same file must work. */
	char path[2 * HL_PATH_MAX];
	snprintf(path, sizeof path, "%s/lists/stolen/versions/%s/entries.snap", tmp_dir, first.id);
	ck_assert_int_eq(truncate(path, 200), 0);
	ck_assert_int_eq(hl_version_activate(tmp_dir, "stolen", first.id, NULL), HL_E_INPUT);
	ck_assert_int_eq(make("stolen", "ABC1", &again), HL_OK);
	ck_assert_int_eq(strncmp(again.id, "v000003-", 8), 0);
	expect_plate("stolen", again.id, "ABC1");
	tmp_remove();
}
END_TEST

START_TEST(test_references)
{
	struct hl_version one, two, v;
	struct hl_err err;
	char active[HL_VERSION_ID];
	tmp_make();
	ck_assert_int_eq(make("a", "ABC1", &one), HL_OK);
	ck_assert_int_eq(make("a", "ABC2", &two), HL_OK);
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "active", &v, &err), HL_E_NOTFOUND);
	ck_assert_str_eq(err.text, "list 'a' has no active version");
	ck_assert_int_eq(hl_version_active(tmp_dir, "a", active, &err), HL_OK);
	ck_assert_str_eq(active, "");
	ck_assert_msg(!hl_version_activate(tmp_dir, "a", "v000001", &err), "%s", err.text);
	expect_plate("a", "active", "ABC1");
	expect_plate("a", "newest", "ABC2");
	expect_plate("a", "v000002", "ABC2");
	expect_plate("a", two.id, "ABC2");
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", two.id, &err), HL_OK);
	ck_assert_int_eq(hl_version_active(tmp_dir, "a", active, &err), HL_OK);
	ck_assert_str_eq(active, two.id);
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "active", &v, &err), HL_OK);
	ck_assert(v.active);
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "v0000", &v, &err), HL_E_USAGE);
	ck_assert_str_eq(err.text, "list 'a' has 2 versions that begin with 'v0000'");
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "", &v, &err), HL_E_USAGE);
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "v000003", &v, &err), HL_E_NOTFOUND);
	ck_assert_int_eq(hl_version_find(tmp_dir, "b", "newest", &v, &err), HL_E_NOTFOUND);
	ck_assert_str_eq(err.text, "there is no version of a list 'b'");
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", "v000009", &err), HL_E_NOTFOUND);
	struct hl_version_draft d;
	static const char *const names[] = { "", "..", "a/b", ".x", "-x", "../../etc" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		ck_assert_int_eq(hl_version_begin(&d, tmp_dir, names[i], &err), HL_E_USAGE);
		ck_assert_int_eq(hl_version_find(tmp_dir, names[i], "newest", &v, &err), HL_E_USAGE);
	}
	tmp_remove();
}
END_TEST

START_TEST(test_lists)
{
	struct hl_strings names;
	struct hl_version_draft d;
	struct hl_err err;
	tmp_make();
	ck_assert_int_eq(hl_version_lists(tmp_dir, &names, &err), HL_OK);
	ck_assert_uint_eq(names.n, 0);
	make("zeta", "ABC1", NULL);
	make("alpha", "ABC1", NULL);
	/* An abandoned first import leaves no list behind. */
	ck_assert_int_eq(hl_version_begin(&d, tmp_dir, "beta", &err), HL_OK);
	hl_version_abandon(&d);
	hl_version_abandon(&d);
	ck_assert_int_eq(hl_version_lists(tmp_dir, &names, &err), HL_OK);
	ck_assert_uint_eq(names.n, 2);
	ck_assert_str_eq(names.v[0], "alpha");
	ck_assert_str_eq(names.v[1], "zeta");
	hl_strings_wipe(&names);
	tmp_remove();
}
END_TEST

static void put(const char *path, const char *text)
{
	ck_assert_int_eq(hl_file_write_atomic(path, text, strlen(text), 0600, NULL), HL_OK);
}

START_TEST(test_damage)
{
	struct hl_version one, two, *all;
	struct hl_err err;
	char path[2 * HL_PATH_MAX], other[2 * HL_PATH_MAX];
	size_t n;
	tmp_make();
	make("a", "ABC1", &one);
	make("a", "ABC2", &two);
	/* One version's snapshot in another's place. */
	snprintf(path, sizeof path, "%s/lists/a/versions/%s/entries.snap", tmp_dir, one.id);
	snprintf(other, sizeof other, "%s/lists/a/versions/%s/entries.snap", tmp_dir, two.id);
	unlink(path);
	ck_assert_int_eq(link(other, path), 0);
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", one.id, &err), HL_E_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "is not the content of version"));
	/* A description that can't be read: the version is still there, and can be activated. */
	snprintf(path, sizeof path, "%s/lists/a/versions/%s/version.yaml", tmp_dir, two.id);
	put(path, "entries: many\n");
	ck_assert_int_eq(hl_version_list(tmp_dir, "a", &all, &n, &err), HL_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(all[0].entries, -1);
	ck_assert_int_eq(strncmp(all[0].source, "unreadable: ", 12), 0);
	ck_assert_str_eq(all[0].list, "a");
	free(all);
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", two.id, &err), HL_OK);
	/* The mark of the active version. */
	static const char *const marks[] = { "", "v1", "../../x\n", "v000002-zzzzzzzzzzzz\n", "v000002-aaaaaaaaaaaa\nmore" };
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		char active[HL_VERSION_ID];
		put(tmp_path("lists/a/active"), marks[i]);
		ck_assert_int_eq(hl_version_active(tmp_dir, "a", active, &err), HL_E_INPUT);
		expect_plate("a", two.id, "ABC2");
	}
	put(tmp_path("lists/a/active"), "v000009-aaaaaaaaaaaa\n");
	ck_assert_int_eq(hl_version_find(tmp_dir, "a", "active", &one, &err), HL_E_NOTFOUND);
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", two.id, &err), HL_OK);
	expect_plate("a", "active", "ABC2");
	tmp_remove();
}
END_TEST

START_TEST(test_stale_drafts)
{
	tmp_make();
	make("a", "ABC1", NULL);
	pid_t child = fork();
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	char dead[64], alive[64];
	snprintf(dead, sizeof dead, "lists/a/versions/.draft-%ld-abcdef", (long)child);
	snprintf(alive, sizeof alive, "lists/a/versions/.draft-%ld-abcdef", (long)getpid());
	ck_assert_int_eq(mkdir(tmp_path(dead), 0700), 0);
	ck_assert_int_eq(mkdir(tmp_path(alive), 0700), 0);
	make("a", "ABC2", NULL);
	ck_assert_int_ne(access(tmp_path(dead), F_OK), 0);
	ck_assert_int_eq(access(tmp_path(alive), F_OK), 0);
	tmp_remove();
}
END_TEST

#ifdef HL_TEST_HOOKS
/* Makes and activates ABC2 in a child that is killed at the point; true where it was. */
static bool killed_at(const char *point)
{
	int status;
	pid_t child = fork();
	if (!child) {
		setenv("HL_CRASH_AT", point, 1);
		struct hl_version v;
		if (make("a", "ABC2", &v) && v.id[0] == 0)
			_exit(1);
		_exit(hl_version_activate(tmp_dir, "a", v.id, NULL) ? 1 : 0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

START_TEST(test_kill_between_steps)
{
	static const struct { const char *point; int versions; const char *active; } steps[] = {
		{ "version.begun", 1, "ABC1" },	     { "file.written", 1, "ABC1" },	{ "file.renamed", 1, "ABC1" },
		{ "version.synced", 1, "ABC1" },     { "version.renamed", 2, "ABC1" },	{ "version.activating", 2, "ABC1" },
		{ "file.written:2", 2, "ABC1" },     { "file.renamed:2", 2, "ABC2" },	{ "version.activated", 2, "ABC2" },
	};
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct hl_version *all;
		struct hl_err err;
		size_t n;
		tmp_make();
		ck_assert_int_eq(make("a", "ABC1", NULL), HL_OK);
		ck_assert_int_eq(hl_version_activate(tmp_dir, "a", "newest", NULL), HL_OK);
		ck_assert_msg(killed_at(steps[i].point), "%s", steps[i].point);
		ck_assert_int_eq(hl_version_list(tmp_dir, "a", &all, &n, &err), HL_OK);
		ck_assert_msg((int)n == steps[i].versions, "%s: %zu", steps[i].point, n);
		for (size_t k = 0; k < n; k++) {
			ck_assert_int_eq(all[k].entries, 1);
			expect_plate("a", all[k].id, k + 1 == n ? "ABC1" : "ABC2");
		}
		free(all);
		expect_plate("a", "active", steps[i].active);
		/* And the next attempt works, leaving nothing of the dead one. */
		make("a", "ABC2", NULL);
		ck_assert_int_eq(hl_version_activate(tmp_dir, "a", "newest", &err), HL_OK);
		expect_plate("a", "active", "ABC2");
		ck_assert_int_eq(entries_in(tmp_path("lists/a/versions")), 2);
		tmp_remove();
	}
}
END_TEST
#endif

static atomic_bool stop;

static void *look(void *arg)
{
	unsigned long *looks = arg;
	while (!atomic_load(&stop)) {
		struct hl_version v;
		struct hl_snapshot *s;
		struct hl_err err;
		ck_assert_msg(!hl_version_find(tmp_dir, "a", "active", &v, &err), "%s", err.text);
		ck_assert_msg(!hl_version_open(tmp_dir, &v, &s, &err), "%s", err.text);
		hl_snapshot_close(&s);
		(*looks)++;
	}
	return NULL;
}

START_TEST(test_readers_beside_a_writer)
{
	pthread_t t[2];
	unsigned long looks[2] = { 0 };
	tmp_make();
	make("a", "ABC1", NULL);
	hl_version_activate(tmp_dir, "a", "newest", NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, look, &looks[i]), 0);
	for (int i = 0; i < 30; i++) {
		char plate[8];
		snprintf(plate, sizeof plate, "XYZ%d", i);
		ck_assert_int_eq(make("a", plate, NULL), HL_OK);
		ck_assert_int_eq(hl_version_activate(tmp_dir, "a", "newest", NULL), HL_OK);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_gt(looks[0] + looks[1], 10);
	tmp_remove();
}
END_TEST

UNIT_MAIN("versions", test_make_and_describe, test_holds, test_same_content_is_the_same_version, test_references, test_lists, test_damage, test_stale_drafts,
#ifdef HL_TEST_HOOKS
	  test_kill_between_steps,
#endif
	  test_readers_beside_a_writer)
