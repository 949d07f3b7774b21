/* test_versions_life.c: a version's life after its import: who approved it, what was active before, going back, removal; and a kill at each point of an
 * approval and a rollback.
 */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "entries.h"
#include "store/versions.h"
#include "tmpdir.h"

#define NOW INT64_C(1795428000123)

/* Versions 1 to n of list "a", each of one plate. */
static void make(int n)
{
	for (int i = 1; i <= n; i++) {
		struct hl_version_draft d;
		struct hl_err err;
		unsigned char hash[HL_SHA256];
		char path[HL_PATH_MAX + 32], plate[8];
		snprintf(plate, sizeof plate, "ABC%d", i);
		ck_assert_msg(!hl_version_begin(&d, tmp_dir, "a", &err), "%s", err.text);
		d.v.imported_ms = NOW;
		d.v.entries = d.v.lines = 1;
		hl_copy(d.v.by, sizeof d.v.by, "ann");
		struct hl_snapshot_writer *w = hl_snapshot_writer_new();
		struct hl_entry e = entry_of("a", plate, "stolen", "");
		ck_assert_int_eq(hl_snapshot_writer_add(w, &e, 1, NULL, &err), HL_OK);
		hl_path_join(path, sizeof path, d.dir, "entries.snap", NULL);
		ck_assert_msg(!hl_snapshot_writer_finish(w, path, hash, &err), "%s", err.text);
		hl_snapshot_writer_free(&w);
		ck_assert_int_eq(hl_version_commit(&d, hash, &err), HL_OK);
	}
}

static struct hl_version find(const char *ref)
{
	struct hl_version v;
	struct hl_err err;
	ck_assert_msg(!hl_version_find(tmp_dir, "a", ref, &v, &err), "%s", err.text);
	return v;
}

static void activate(const char *ref)
{
	struct hl_activation a = { .by = "ann", .why = "a \"reason\"\n, \"kind\":\"rollback\"", .time_ms = NOW };
	struct hl_err err;
	ck_assert_msg(!hl_version_activate_by(tmp_dir, "a", ref, &a, &err), "%s", err.text);
}

static enum hl_code rollback(struct hl_err *err)
{
	struct hl_activation a = { .by = "bob", .why = "wrong", .time_ms = NOW };
	return hl_version_rollback_by(tmp_dir, "a", &a, err);
}

static int number_of(const char *id)
{
	return id[0] ? (int)strtol(id + 1, NULL, 10) : 0;
}

/* The number of the version before the active one; 0: none. */
static int before(void)
{
	char id[HL_VERSION_ID];
	struct hl_err err;
	ck_assert_msg(!hl_version_before(tmp_dir, "a", id, &err), "%s", err.text);
	return number_of(id);
}

static int active(void)
{
	char id[HL_VERSION_ID];
	ck_assert_int_eq(hl_version_active(tmp_dir, "a", id, NULL), HL_OK);
	return number_of(id);
}

static void back_to(int number)
{
	struct hl_err err;
	ck_assert_msg(!rollback(&err), "%s", err.text);
	ck_assert_int_eq(active(), number);
}

START_TEST(test_rollback_goes_back_and_never_forth)
{
	struct hl_err err;
	bool was;
	tmp_make();
	make(5);
	ck_assert_int_eq(rollback(&err), HL_E_NOTFOUND);
	ck_assert_str_eq(err.text, "list 'a' has no active version");
	activate("v000001");
	ck_assert_int_eq(before(), 0);
	ck_assert_int_eq(rollback(&err), HL_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(err.text, "nothing to go back to"));
	activate("v000002");
	activate("v000002");
	activate("v000003");
	ck_assert_int_eq(before(), 2);
	back_to(2);
	ck_assert_int_eq(before(), 1);
	activate("v000004");
	ck_assert_int_eq(before(), 2);
	back_to(2);
	back_to(1);
	ck_assert_int_eq(rollback(&err), HL_E_CONFLICT);
	ck_assert_int_eq(active(), 1);
	static const struct { const char *id; bool was; } had[] = { { "v000003", true }, { "v000004", true }, { "v000005", false } };
	for (size_t i = 0; i < sizeof had / sizeof had[0]; i++) {
		ck_assert_int_eq(hl_version_was_active(tmp_dir, "a", find(had[i].id).id, &was, &err), HL_OK);
		ck_assert_int_eq(was, had[i].was);
	}
	tmp_remove();
}
END_TEST

/* What a crash between the record and the switch leaves: a line about something that never was. */
static void say(const char *version, const char *was, const char *more)
{
	FILE *f = fopen(tmp_path("lists/a/activations.jsonl"), "a");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "{\"time\":\"2026-11-23T10:00:00.000Z\",\"version\":\"%s\",\"was\":\"%s\"%s,\"by\":\"x\",\"why\":\"y\"}\n", find(version).id, find(was).id, more);
	fclose(f);
}

START_TEST(test_record_of_what_never_was)
{
	tmp_make();
	make(4);
	activate("v000001");
	activate("v000002");
	say("v000003", "v000002", "");
	ck_assert_int_eq(before(), 1);
	activate("v000004");
	ck_assert_int_eq(before(), 2);
	say("v000002", "v000004", ",\"kind\":\"rollback\"");
	ck_assert_int_eq(before(), 2);
	back_to(2);
	ck_assert_int_eq(before(), 1);
	/* A line that was cut off, junk, and a switch that nobody recorded. */
	FILE *f = fopen(tmp_path("lists/a/activations.jsonl"), "a");
	fputs("junk\n{\"time\":null,\"version\":\"v0000", f);
	fclose(f);
	ck_assert_int_eq(before(), 1);
	activate("v000003");
	ck_assert_int_eq(before(), 2);
	ck_assert_int_eq(hl_version_activate(tmp_dir, "a", "v000004", NULL), HL_OK);
	ck_assert_int_eq(before(), 3);
	tmp_remove();
}
END_TEST

START_TEST(test_rollback_to_what_is_gone)
{
	struct hl_err err;
	struct hl_version v;
	tmp_make();
	make(2);
	activate("v000001");
	activate("v000002");
	v = find("v000002");
	ck_assert_int_eq(hl_version_remove(tmp_dir, &v, &err), HL_E_CONFLICT);
	v = find("v000001");
	ck_assert_msg(!hl_version_remove(tmp_dir, &v, &err), "%s", err.text);
	ck_assert_int_eq(hl_version_remove(tmp_dir, &v, &err), HL_E_NOTFOUND);
	ck_assert_int_eq(rollback(&err), HL_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(err.text, "has been removed: activate another one"));
	ck_assert_int_eq(active(), 2);
	tmp_remove();
}
END_TEST

static enum hl_code approve(const char *by, const char *why, struct hl_err *err)
{
	struct hl_version v = find("newest");
	struct hl_approval a = { .time_ms = NOW };
	hl_copy(a.by, sizeof a.by, by);
	hl_copy(a.why, sizeof a.why, why);
	return hl_version_approve(tmp_dir, &v, &a, err);
}

START_TEST(test_approvals)
{
	struct hl_version v;
	struct hl_approval *a;
	struct hl_err err;
	size_t n;
	char path[2 * HL_PATH_MAX];
	tmp_make();
	make(1);
	v = find("newest");
	ck_assert_int_eq(hl_version_approvals(tmp_dir, &v, &a, &n, &err), HL_OK);
	ck_assert_uint_eq(n, 0);
	free(a);
	ck_assert_int_eq(approve("ann", "mine", &err), HL_E_DENIED);
	ck_assert_ptr_nonnull(strstr(err.text, "ann imported version v000001-"));
	ck_assert_msg(!approve("bob", "looked \"at\" it: 'é'\n", &err), "%s", err.text);
	ck_assert_int_eq(approve("bob", "again", &err), HL_E_EXISTS);
	ck_assert_msg(!approve("eve", "me too", &err), "%s", err.text);
	ck_assert_msg(!hl_version_approvals(tmp_dir, &v, &a, &n, &err), "%s", err.text);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(a[0].by, "bob");
	ck_assert_str_eq(a[0].why, "looked \"at\" it: 'é' ");
	ck_assert_int_eq(a[0].time_ms, NOW);
	ck_assert_str_eq(a[1].by, "eve");
	free(a);
	/* A record that can't be read is nobody's approval, and is not written over. */
	static const char *const broken[] = { "", "approvals: 7\n", "approvals: [{by: x}]\n", "approvals: [", "{}", "approvals: [{by: x, why: y, time: z, more: 1}]" };
	snprintf(path, sizeof path, "%s/lists/a/versions/%s/approvals.yaml", tmp_dir, v.id);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		ck_assert_int_eq(hl_file_write_atomic(path, broken[i], strlen(broken[i]), 0600, NULL), HL_OK);
		ck_assert_int_eq(hl_version_approvals(tmp_dir, &v, &a, &n, &err), HL_E_INPUT);
		ck_assert_uint_eq(n, 0);
		ck_assert_ptr_null(a);
		ck_assert_int_eq(approve("joe", "so", &err), HL_E_INPUT);
	}
	tmp_remove();
}
END_TEST

#ifdef HL_TEST_HOOKS
/* Runs f in a child that dies at the point. */
static void killed_at(const char *point, enum hl_code (*f)(struct hl_err *err))
{
	int status;
	pid_t child = fork();
	if (!child) {
		struct hl_err err;
		setenv("HL_CRASH_AT", point, 1);
		f(&err);
		_exit(1);
	}
	waitpid(child, &status, 0);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s", point);
}

static enum hl_code approve_as_bob(struct hl_err *err)
{
	return approve("bob", "so", err);
}

static enum hl_code remove_first(struct hl_err *err)
{
	struct hl_version v = find("v000001");
	return hl_version_remove(tmp_dir, &v, err);
}

START_TEST(test_kill_between_steps)
{
	static const struct { const char *point; size_t approvals; int active; } steps[] = {
		{ "version.approving", 0, 1 }, { "file.written", 0, 1 }, { "file.renamed", 1, 1 }, { "version.approved", 1, 0 }, { "version.activating", 0, 2 },
		{ "version.activated", 0, 1 },
	};
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct hl_approval *a;
		struct hl_err err;
		size_t n;
		tmp_make();
		make(2);
		activate("v000001");
		activate("v000002");
		struct hl_version v = find("newest");
		killed_at(steps[i].point, strstr(steps[i].point, "activat") ? rollback : approve_as_bob);
		ck_assert_msg(!hl_version_approvals(tmp_dir, &v, &a, &n, &err), "%s: %s", steps[i].point, err.text);
		ck_assert_msg(n == steps[i].approvals, "%s: %zu", steps[i].point, n);
		free(a);
		if (strstr(steps[i].point, "activat"))
			ck_assert_msg(active() == steps[i].active, "%s: %d", steps[i].point, active());
		/* What was begun can be done again, or has been done. */
		ck_assert_int_eq(approve("bob", "so", &err), n ? HL_E_EXISTS : HL_OK);
		if (active() == 2)
			back_to(1);
		ck_assert_int_eq(rollback(&err), HL_E_CONFLICT);
		tmp_remove();
	}
}
END_TEST

START_TEST(test_kill_while_removing)
{
	struct hl_version *all;
	size_t n;
	tmp_make();
	make(2);
	activate("v000002");
	killed_at("version.removing", remove_first);
	ck_assert_int_eq(hl_version_list(tmp_dir, "a", &all, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	free(all);
	/* The next import sweeps what is left; the numbers go on. */
	make(1);
	ck_assert_int_eq(number_of(find("newest").id), 3);
	struct dirent **e;
	int k = scandir(tmp_path("lists/a/versions"), &e, NULL, NULL);
	ck_assert_int_eq(k, 4); /* two, and . and .. */
	while (k)
		free(e[--k]);
	free(e);
	tmp_remove();
}
END_TEST
#endif

/* An upload through a drop folder is its file's owner's. */
START_TEST(test_who)
{
	ck_assert(hl_version_is_by("smith", "smith"));
	ck_assert(hl_version_is_by("drop:/srv/metro (smith)", "smith"));
	ck_assert(!hl_version_is_by("drop:/srv/metro (smith)", "mith"));
	ck_assert(!hl_version_is_by("drop:/srv/metro (smith)", "smith2"));
	ck_assert(!hl_version_is_by("drop:/srv (smith)/metro (jones)", "smith"));
	ck_assert(!hl_version_is_by("smith (jones)", "jones"));
	ck_assert(!hl_version_is_by("", "smith"));
}
END_TEST

UNIT_MAIN("versions_life", test_who, test_rollback_goes_back_and_never_forth, test_record_of_what_never_was, test_rollback_to_what_is_gone,
#ifdef HL_TEST_HOOKS
	  test_kill_between_steps, test_kill_while_removing,
#endif
	  test_approvals)
