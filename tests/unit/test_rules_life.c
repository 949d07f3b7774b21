/* test_rules_life.c: versions of the rules: the same files are the same version, a version decides whatever becomes of its file, damage is found, a kill between
 * any two steps leaves what was before or what comes after; and catalogs by the active version, by the file, and by what another process has activated.
 */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/rules_life.h"
#include "state_fixture.h"

#include "config.h"

#define NOW INT64_C(1795428000123)
static const char main_text[] = "include: [more.yaml]\nconfusions: {base: own}\nchannels: {plain: mine}\nmatch: {max_cost: 0.5}\nroute: {receivers: desk}\n";

static void make_files(void)
{
	struct hl_buf channel = HL_BUF(HL_CONF_FILE_MAX);
	const char *srcdir = getenv("srcdir");
	char path[HL_PATH_MAX];
	snprintf(path, sizeof path, "%s/rules/channels/neutral.yaml", srcdir ? srcdir : ".");
	set_up();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("confusions"), 0700, NULL), HL_OK);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("channels"), 0700, NULL), HL_OK);
	ck_assert_int_eq(hl_file_read(path, &channel, NULL), HL_OK);
	write_file("channels/mine.yaml", hl_buf_text(&channel));
	write_file("confusions/own.yaml", "pairs: [{chars: B8, cost: 0.3}]\n");
	write_file("more.yaml", "lists: {stolen: {priority: 2}}\n");
	write_file("rules.yaml", main_text);
	hl_buf_fini(&channel);
}

static struct hl_rules *load(void)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_rules *r;
	ck_assert_msg(!hl_rules_load(&r, tmp_path("rules.yaml"), f), "%s", f->v[0].text);
	free(f);
	return r;
}

/* The number of the version that the files are; negative: it was there. */
static int number(void)
{
	struct hl_rules *r = load();
	struct hl_err err;
	char id[HL_VERSION_ID];
	bool fresh;
	ck_assert_msg(!hl_rules_version_put(tmp_path("state"), &r->files, "ann", NOW, id, &fresh, &err), "%s", err.text);
	ck_assert_str_eq(hl_rules_content(id), hl_rules_content(r->id));
	hl_rules_free(&r);
	return (int)strtol(id + 1, NULL, 10) * (fresh ? 1 : -1);
}

static enum hl_code activate(struct hl_err *err)
{
	struct hl_activation a = { .by = "ann", .why = "so", .time_ms = NOW };
	struct hl_rules_version v;
	enum hl_code code = hl_rules_version_find(tmp_path("state"), "newest", &v, err);
	return code ? code : hl_rules_version_activate(tmp_path("state"), v.id, &a, err);
}

static void is_active(int n)
{
	char id[HL_VERSION_ID];
	ck_assert_int_eq(hl_rules_version_active(tmp_path("state"), id, NULL), HL_OK);
	ck_assert_int_eq(id[0] ? strtol(id + 1, NULL, 10) : 0, n);
}

START_TEST(every_file_counts_and_the_same_files_are_the_same_version)
{
	static const char *const changed[][2] = { { "rules.yaml", "include: [more.yaml]\nroute: {receivers: desk}\n" }, { "rules.yaml", main_text },
						  { "more.yaml", "lists: {stolen: {priority: 3}}\n" }, { "confusions/own.yaml", "pairs: [{chars: B8, cost: 0.4}]\n" } };
	make_files();
	ck_assert_int_eq(number(), 1);
	ck_assert_int_eq(number(), -1);
	for (int i = 0, n = 1; i < 4; i++) {
		write_file(changed[i][0], changed[i][1]);
		ck_assert_int_eq(number(), i == 1 ? -1 : ++n);
	}
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	ck_assert_int_eq(hl_file_read(tmp_path("channels/mine.yaml"), &text, NULL), HL_OK);
	hl_buf_puts(&text, "# learned again\n");
	write_file("channels/mine.yaml", hl_buf_text(&text));
	hl_buf_fini(&text);
	ck_assert_int_eq(number(), 5);
	tmp_remove();
}
END_TEST

START_TEST(a_version_decides_whatever_becomes_of_its_files)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_rules *was = NULL, *r;
	struct hl_err err;
	make_files();
	was = load();
	ck_assert_int_eq(number(), 1);
	ck_assert_msg(!activate(&err), "%s", err.text);
	unlink(tmp_path("rules.yaml"));
	unlink(tmp_path("more.yaml"));
	unlink(tmp_path("confusions/own.yaml"));
	unlink(tmp_path("channels/mine.yaml"));
	ck_assert_msg(!hl_rules_active_load(&r, tmp_path("state"), f), "%s", f->v[0].text);
	ck_assert_int_eq(strncmp(r->id, "r000001-", 8), 0);
	ck_assert_str_eq(r->file, was->file);
	ck_assert_int_eq(r->match.max_cost, 50);
	ck_assert_int_eq(hl_rules_list(r, "stolen")->priority, 2);
	ck_assert_uint_eq(hl_confusion_hash(&r->confusion), hl_confusion_hash(&was->confusion));
	ck_assert_str_eq(r->channels.by_form[HL_GAP_NONE]->id, was->channels.by_form[HL_GAP_NONE]->id);
	hl_rules_free(&r);
	hl_rules_free(&was);
	free(f);
	tmp_remove();
}
END_TEST

/* The path of a file of version 1. */
static const char *in_version(const char *name)
{
	static char path[HL_PATH_MAX];
	struct hl_rules_version v;
	ck_assert_int_eq(hl_rules_version_find(tmp_path("state"), "r000001", &v, NULL), HL_OK);
	snprintf(path, sizeof path, "%s/rules/versions/%s/%s", tmp_path("state"), v.id, name);
	return path;
}

START_TEST(damage_is_found_and_mended_by_the_file)
{
	static const char *const files[] = { "rules.yaml", "include-1.yaml", "confusions-own.yaml", "channels-mine.yaml", "version.yaml" };
	static const char *const texts[] = { "", "route: {receivers: desk}\n", "files: [{file: \"../../active\", name: x}]\n" };
	for (size_t i = 0; i < 5 * 4; i++) {
		struct hl_rules_version v;
		struct hl_rules_files read;
		struct hl_err err;
		make_files();
		ck_assert_int_eq(number(), 1);
		ck_assert_msg(!activate(&err), "%s", err.text);
		const char *path = in_version(files[i % 5]), *text = i / 5 < 3 ? texts[i / 5] : NULL;
		ck_assert_int_eq(text ? hl_file_write_atomic(path, text, strlen(text), 0600, NULL) : (enum hl_code)unlink(path), HL_OK);
		ck_assert_int_eq(hl_rules_version_find(tmp_path("state"), "active", &v, &err), HL_OK);
		ck_assert_int_eq(hl_rules_version_open(tmp_path("state"), v.id, &read, &err), HL_E_INPUT);
		ck_assert_msg(strstr(err.text, "is damaged") != NULL, "%s", err.text);
		ck_assert_int_eq(activate(&err), HL_E_INPUT);
		/* The daemon says so and does not start by something else; the file makes a whole version again. */
		struct hl_catalog *c = NULL;
		char *faults = load_faults(&c, NULL);
		ck_assert_msg(strstr(faults, "is damaged") != NULL, "%s", faults);
		free(faults);
		ck_assert_int_eq(number(), 2);
		ck_assert_msg(!activate(&err), "%s", err.text);
		is_active(2);
		tmp_remove();
	}
}
END_TEST

START_TEST(the_catalog_goes_by_the_active_version)
{
	struct hl_catalog *c = NULL, *next = NULL;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_err err;
	struct hl_activation a = { .by = "ann", .why = "back", .time_ms = NOW };
	char first[HL_VERSION_ID];
	make_files();
	char *faults = load_faults(&c, NULL);
	ck_assert_int_eq(strncmp(c->rules->id, "r-", 2), 0); /* no version: the file */
	free(faults);
	hl_catalog_unref(&c);
	ck_assert_msg(!hl_catalog_take(&c, tmp_path("hotlistd.yaml"), NULL, NULL, "ann", NOW, f), "%s", f->v[0].text);
	hl_copy(first, sizeof first, c->rules->id);
	is_active(0); /* imported, not active */
	ck_assert_int_eq(hl_rules_version_activate(tmp_path("state"), first, &a, &err), HL_OK);
	faults = load_faults(&next, c);
	ck_assert_str_eq(faults, "");
	free(faults);
	ck_assert_str_eq(next->rules->id, first);
	hl_catalog_unref(&next);
	/* A changed file, and a broken one, are told and do not count. */
	write_file("rules.yaml", "route: {receivers: desk}\n");
	faults = load_faults(&next, c);
	ck_assert_msg(strstr(faults, "the file is not what the active version r000001-") != NULL, "%s", faults);
	free(faults);
	hl_catalog_unref(&next);
	write_file("rules.yaml", "rout: {}\n");
	faults = load_faults(&next, c);
	ck_assert_msg(strstr(faults, "the file has faults (unknown key 'rout'") != NULL, "%s", faults);
	free(faults);
	ck_assert_str_eq(next->rules->id, first);
	hl_catalog_unref(&next);
	ck_assert_int_eq(hl_catalog_take(&next, tmp_path("hotlistd.yaml"), c, NULL, "ann", NOW, f), HL_E_CONFIG);
	/* What somebody else has activated comes with the next refresh; lists and indexes stay. */
	write_file("rules.yaml", "include: [more.yaml]\nroute: {receivers: desk}\n");
	ck_assert_int_eq(number(), 2);
	ck_assert_int_eq(hl_catalog_refresh(&next, c, NULL, &err), HL_OK);
	ck_assert_ptr_eq(next->rules, c->rules);
	hl_catalog_unref(&next);
	ck_assert_int_eq(activate(&err), HL_OK);
	ck_assert_msg(!hl_catalog_refresh(&next, c, NULL, &err), "%s", err.text);
	ck_assert_int_eq(strncmp(next->rules->id, "r000002-", 8), 0);
	ck_assert_int_eq(hl_rules_version_back(tmp_path("state"), first, &err), HL_OK);
	ck_assert_str_eq(first, c->rules->id);
	hl_catalog_unref(&next);
	hl_catalog_unref(&c);
	free(f);
	tmp_remove();
}
END_TEST

static void approve(const char *id, const char *by, enum hl_code expect)
{
	struct hl_approval a = { .why = "seen", .time_ms = NOW };
	struct hl_rules_version v;
	struct hl_err err;
	hl_copy(a.by, sizeof a.by, by);
	ck_assert_int_eq(hl_rules_version_find(tmp_path("state"), id, &v, &err), HL_OK);
	ck_assert_int_eq(hl_rules_version_approve(tmp_path("state"), &v, &a, &err), expect);
}

static struct hl_rules *imported(const char *by)
{
	struct hl_rules *r = load();
	struct hl_err err;
	ck_assert_int_eq(hl_rules_import(r, tmp_path("state"), by, NOW, &err), HL_OK);
	return r;
}

static bool agreed_after_load(const char *id)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_rules *r;
	ck_assert_int_eq(hl_rules_version_load(&r, tmp_path("state"), id, f), HL_OK);
	bool yes = r->agreed;
	hl_rules_free(&r);
	free(f);
	return yes;
}

START_TEST(what_silences_others_needs_a_second_person)
{
	char id[HL_VERSION_ID];
	make_files();
	write_file("more.yaml", "lists: {stolen: {}, wanted: {inhibits: stolen}}\n");
	struct hl_rules *r = imported("ann");
	hl_copy(id, sizeof id, r->id);
	ck_assert(!r->agreed);
	hl_rules_free(&r);
	approve(id, "ann", HL_E_DENIED);
	ck_assert(!agreed_after_load(id));
	approve(id, "bob", HL_OK);
	approve(id, "bob", HL_E_EXISTS);
	ck_assert(agreed_after_load(id));
	r = imported("ann"); /* the same files are the same version, and agreed to */
	ck_assert(r->agreed);
	hl_rules_free(&r);
	/* What the program took up by itself: nobody knows who wrote it. */
	write_file("more.yaml", "lists: {stolen: {}, wanted: {inhibits: stolen, priority: 1}}\n");
	r = imported("SIGHUP");
	hl_copy(id, sizeof id, r->id);
	hl_rules_free(&r);
	approve(id, "ann", HL_OK);
	ck_assert(!agreed_after_load(id));
	approve(id, "bob", HL_OK);
	ck_assert(agreed_after_load(id));
	/* Rules that silence nothing need nobody. */
	write_file("more.yaml", "lists: {stolen: {}}\n");
	r = imported("ann");
	ck_assert(!r->agreed && !hl_rules_inhibit(r));
	hl_rules_free(&r);
	tmp_remove();
}
END_TEST

#ifdef HL_TEST_HOOKS
static enum hl_code put(struct hl_err *err)
{
	struct hl_rules *r = load();
	char id[HL_VERSION_ID];
	bool fresh;
	enum hl_code code = hl_rules_version_put(tmp_path("state"), &r->files, "ann", NOW, id, &fresh, err);
	hl_rules_free(&r);
	return code;
}

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

START_TEST(a_kill_between_steps_leaves_the_one_or_the_other)
{
	static const struct { const char *point; int version, active; } steps[] = {
		{ "version.begun", 2, 1 }, { "file.written:3", 2, 1 }, { "file.renamed:5", 2, 1 }, { "version.synced", 2, 1 }, { "version.renamed", -2, 1 },
		{ "version.activating", -2, 1 }, { "version.activated", -2, 2 },
	};
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct hl_rules_version *v;
		struct hl_err err;
		size_t n;
		bool switching = strstr(steps[i].point, "activ") != NULL;
		make_files();
		ck_assert_int_eq(number(), 1);
		ck_assert_int_eq(activate(&err), HL_OK);
		write_file("more.yaml", "lists: {stolen: {priority: 3}}\n");
		if (switching)
			ck_assert_int_eq(number(), 2);
		killed_at(steps[i].point, switching ? activate : put);
		is_active(steps[i].active);
		ck_assert_msg(number() == steps[i].version, "%s", steps[i].point);
		ck_assert_int_eq(hl_rules_version_list(tmp_path("state"), &v, &n, &err), HL_OK);
		ck_assert_uint_eq(n, 2);
		free(v);
		ck_assert_int_eq(activate(&err), HL_OK);
		is_active(2);
		tmp_remove();
	}
}
END_TEST
#endif

UNIT_MAIN("rules_life", every_file_counts_and_the_same_files_are_the_same_version, a_version_decides_whatever_becomes_of_its_files,
#ifdef HL_TEST_HOOKS
	  a_kill_between_steps_leaves_the_one_or_the_other,
#endif
	  what_silences_others_needs_a_second_person, damage_is_found_and_mended_by_the_file, the_catalog_goes_by_the_active_version)
