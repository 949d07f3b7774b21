/* test_store_sqlite.c: the store contract on SQLite, and what is SQLite's own: the file's mode, its schema, damage, a disk that refuses. */
#include "store_contract.h"
#include "base/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct contract_target contract_target = { .store = "sqlite" };

static const char *db_file(const char *name)
{
	static char path[HL_PATH_MAX + 64];
	snprintf(path, sizeof path, "%s/%s", st_dir, name);
	return path;
}

static void sql(const char *text)
{
	sqlite3 *db;
	ck_assert_int_eq(sqlite3_open(db_file("hotlistd.db"), &db), SQLITE_OK);
	char *why = NULL;
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK, "%s", why ? why : "");
	sqlite3_close(db);
}

START_TEST(the_files_are_for_their_owner_only)
{
	static const char *const name[] = { "hotlistd.db", "hotlistd.db-wal", "hotlistd.db-shm" };
	contract_put("a", "desk", "https://a.example/", 1);
	for (size_t i = 0; i < 3; i++) {
		struct stat s;
		ck_assert_int_eq(stat(db_file(name[i]), &s), 0);
		ck_assert_uint_eq(s.st_mode & 0777, 0600);
	}
	hl_store_close(&st);
	ck_assert_int_eq(chmod(db_file("hotlistd.db"), 0644), 0);
	contract_reopen();
	struct stat s;
	ck_assert_int_eq(stat(db_file("hotlistd.db"), &s), 0);
	ck_assert_uint_eq(s.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_symbolic_link_is_refused)
{
	hl_store_close(&st);
	char other[HL_PATH_MAX + 64];
	hl_copy(other, sizeof other, db_file("other.db"));
	ck_assert_int_eq(rename(db_file("hotlistd.db"), other), 0);
	ck_assert_int_eq(symlink(other, db_file("hotlistd.db")), 0);
	fails(HL_E_IO, "hotlistd.db", hl_store_open(&st, "sqlite", st_dir, HL_STORE_WRITE, err));
}
END_TEST

START_TEST(a_newer_or_foreign_database_is_refused_and_left_alone)
{
	contract_put("a", "desk", "https://a.example/", 1);
	hl_store_close(&st);
	sql("PRAGMA user_version=4");
	fails(HL_E_CONFIG, "has schema 4, made by a newer hotlistd; this one knows up to 3", hl_store_open(&st, "sqlite", st_dir, HL_STORE_WRITE, err));
	fails(HL_E_CONFIG, "newer hotlistd", hl_store_open(&st, "sqlite", st_dir, HL_STORE_READ, err));
	sql("PRAGMA user_version=3; PRAGMA application_id=7");
	fails(HL_E_CONFIG, "is not a database of hotlistd", hl_store_open(&st, "sqlite", st_dir, HL_STORE_WRITE, err));
	sql("PRAGMA application_id=0x484c4442");
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 1);
}
END_TEST

/* What schema 3 added is taken away again: each part by the one that it is of. */
#define TO_SCHEMA_2                                                                                                                                 \
	"DROP INDEX watch_incident; ALTER TABLE watch DROP COLUMN incident; DROP INDEX delivery_chain; ALTER TABLE delivery DROP COLUMN chain;"    \
	"DROP TRIGGER delivery_carried; DROP INDEX delivery_held; DROP INDEX delivery_carrier; ALTER TABLE delivery DROP COLUMN held; ALTER TABLE delivery DROP COLUMN carrier;"\
	"DROP TRIGGER delivery_ended; DROP TRIGGER event_standdown; DROP TABLE unrecorded; DROP TABLE timer; ALTER TABLE delivery DROP COLUMN report; ALTER TABLE delivery DROP COLUMN report_ms;"                                    \
	"ALTER TABLE delivery DROP COLUMN report_text; ALTER TABLE delivery DROP COLUMN ends_why;"                                                                                        \
	"DROP TABLE total; DROP INDEX cleared_id; DROP INDEX suppressed_pair; DROP INDEX suppressed_alert;"                                         \
	"ALTER TABLE suppressed DROP COLUMN pair; ALTER TABLE suppressed DROP COLUMN list; ALTER TABLE suppressed DROP COLUMN plate_listed;"        \
	"ALTER TABLE cleared DROP COLUMN id; ALTER TABLE cleared DROP COLUMN role; ALTER TABLE cleared DROP COLUMN reason;"                         \
	"ALTER TABLE cleared DROP COLUMN list; ALTER TABLE cleared DROP COLUMN plate_listed; ALTER TABLE cleared DROP COLUMN suppressed;"           \
	"ALTER TABLE cleared DROP COLUMN last_ms; ALTER TABLE cleared DROP COLUMN ended_by; ALTER TABLE cleared DROP COLUMN ended_reason;"

/* Cleared pairs of schema 2 hold on, each with an id by which it can be ended. */
START_TEST(cleared_pairs_of_an_older_database_hold_on)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_cleared cl = { .at_ms = T0, .until_ms = T0 + 1000, .by = "smith", .alert = "told", .agreed_state = true };
	struct hl_suppressed u = { .why = HL_SUP_CLEARED, .alert = "told", .time_ms = T0 };
	contract_put("told", "desk", "https://a.example/", 1);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .cleared = &cl, .suppressed = &u }, err));
	key.entry = "entry2";
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .cleared = &cl }, err));
	hl_store_close(&st);
	sql(TO_SCHEMA_2 "PRAGMA user_version=2");
	contract_reopen();
	struct hl_cleared_row *row;
	size_t n;
	ok(st->ops->cleared_list(st, &(struct hl_cleared_filter){ .holds_ms = T0 }, &row, &n, err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_ne(row[0].cleared.id, row[1].cleared.id);
	ck_assert_str_eq(row[0].cleared.list, "stolen");
	ck_assert_str_eq(row[0].cleared.by, "smith");
	ck_assert(row[0].cleared.agreed_state);
	ok(st->ops->cleared_end(st, row[0].cleared.id, T0 + 1, "lee", "it was the car", err));
	free(row);
	ck_assert_int_eq(contract_counts().suppressed, 1);
}
END_TEST

/* A database as schema 1 left it: one alert that is open, one that is closed, one whose body can't be read. */
START_TEST(an_older_database_is_brought_up_to_date)
{
	static const char *const body[] = { "{\"entry\":{\"id\":\"e1\",\"revision\":\"r1\",\"expires\":\"2026-11-23T10:00:00.000Z\"}}", "{\"entry\":{\"id\":\"e2\"}}", "{\"ent" };
	for (int i = 0; i < 3; i++) {
		char id[8];
		snprintf(id, sizeof id, "alert%d", i);
		struct hl_alert *a = contract_alert(id, T0);
		a->state = i == 1 ? HL_ST_CLOSED : HL_ST_NEW;
		ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = body[i], .alert_body_n = strlen(body[i]) }, err));
		free(a);
	}
	contract_put("told", "desk", "https://a.example/", 1);
	hl_store_close(&st);
	sql(TO_SCHEMA_2 "DROP TABLE watch; ALTER TABLE delivery DROP COLUMN ends_ms; PRAGMA user_version=1");
	fails(HL_E_CONFIG, "has schema 1, made by an older hotlistd: start hotlistd once", hl_store_open(&st, "sqlite", st_dir, HL_STORE_READ, err));
	contract_reopen();
	contract_reopen();
	struct hl_watch w[8];
	size_t n;
	ok(st->ops->watch_list(st, &(struct hl_watch_filter){ .due_ms = HL_NO_TIME }, w, 8, &n, err));
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(w[0].alert, "alert0");
	ck_assert_str_eq(w[0].entry, "e1");
	ck_assert_str_eq(w[0].revision, "r1");
	ck_assert_int_eq(w[0].look_ms, 1795428000000);
	ck_assert_str_eq(w[1].alert, "alert2");
	ck_assert_str_eq(w[1].entry, "");
	ck_assert_int_eq(w[1].look_ms, HL_NO_TIME);
	ck_assert_int_eq(contract_counts().pending, 1);
}
END_TEST

static void overwrite(const char *name, long at, size_t n)
{
	FILE *f = fopen(db_file(name), "r+b");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, at, SEEK_SET), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_ne(fputc((int)(i * 7 + 1) & 0xff, f), EOF);
	ck_assert_int_eq(fclose(f), 0);
}

/* The head, a page of a table in the middle, and a file cut off. */
static void damage(int how)
{
	if (how == 0)
		overwrite("hotlistd.db", 0, 4096);
	else if (how == 1)
		overwrite("hotlistd.db", 4096, 16384);
	else
		ck_assert_int_eq(truncate(db_file("hotlistd.db"), 5000), 0);
}

START_TEST(a_damaged_database_is_refused_by_name_and_can_be_set_aside)
{
	contract_put("a", "desk", "https://a.example/", 200);
	hl_store_close(&st);
	damage(_i);
	fails(HL_E_IO, "hotlistd.db", hl_store_open(&st, "sqlite", st_dir, HL_STORE_WRITE, err));
	fails(HL_E_IO, "damaged", hl_store_open(&st, "sqlite", st_dir, HL_STORE_WRITE, err));
	ck_assert_int_eq(access(db_file("hotlistd.db"), F_OK), 0);
	char aside[HL_PATH_MAX], expect[HL_PATH_MAX + 64];
	ok(hl_store_set_aside("sqlite", st_dir, 1795428000123, aside, sizeof aside, err));
	hl_copy(expect, sizeof expect, db_file("hotlistd.db.corrupt-20261123T100000Z"));
	ck_assert_str_eq(aside, expect);
	ck_assert_int_eq(access(aside, F_OK), 0);
	ck_assert_int_ne(access(db_file("hotlistd.db"), F_OK), 0);
	ck_assert_int_ne(access(db_file("hotlistd.db-wal"), F_OK), 0);
	fails(HL_E_NOTFOUND, "no database", hl_store_set_aside("sqlite", st_dir, 1795428000123, aside, sizeof aside, err));
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 0);
	contract_put("a", "desk", "https://a.example/", 1);
	fails(HL_E_EXISTS, "there already", hl_store_set_aside("sqlite", st_dir, 1795428000123, aside, sizeof aside, err));
}
END_TEST

START_TEST(side_files_go_aside_too)
{
	contract_put("a", "desk", "https://a.example/", 1);
	char aside[HL_PATH_MAX], side[HL_PATH_MAX + 8];
	ok(hl_store_set_aside("sqlite", st_dir, 1795428000123, aside, sizeof aside, err));
	snprintf(side, sizeof side, "%s-wal", aside);
	ck_assert_int_eq(access(side, F_OK), 0);
	snprintf(side, sizeof side, "%s-shm", aside);
	ck_assert_int_eq(access(side, F_OK), 0);
}
END_TEST

static void limit_files(rlim_t bytes)
{
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, RLIM_INFINITY }), 0);
}

static rlim_t wal_size(void)
{
	struct stat s;
	ck_assert_int_eq(stat(db_file("hotlistd.db-wal"), &s), 0);
	return (rlim_t)s.st_size;
}

START_TEST(a_full_disk_rolls_the_group_back_and_says_so)
{
	contract_put("before", "desk", "https://a.example/", 1);
	limit_files(wal_size() + 100);
	ok(st->ops->begin(st, err));
	contract_put("lost", "desk", "https://a.example/", 50);
	fails(HL_E_IO, "hotlistd.db: disk I/O error", st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	limit_files(RLIM_INFINITY);
	ok(st->ops->begin(st, err));
	contract_put("after", "desk", "https://a.example/", 50);
	ok(st->ops->commit(st, err));
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 2);
	ck_assert_int_eq(contract_counts().pending, 51);
}
END_TEST

/* So much in one group that SQLite must write before the commit: the fault comes in the middle, and nothing after it may pass as written. */
START_TEST(a_disk_that_fills_in_mid_group_breaks_the_whole_group)
{
	contract_put("before", "desk", "https://a.example/", 1);
	limit_files(wal_size() + 1000000);
	char *body = hl_calloc(1, HL_BODY_MAX);
	memset(body, 'x', HL_BODY_MAX);
	ok(st->ops->begin(st, err));
	enum hl_code rc = HL_OK;
	struct hl_err e = { 0 };
	for (int i = 0; !rc && i < 1000; i++) {
		char id[HL_ID_TEXT];
		snprintf(id, sizeof id, "big%d", i);
		struct hl_alert *a = contract_alert(id, T0);
		rc = st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = body, .alert_body_n = HL_BODY_MAX }, &e);
		free(a);
	}
	ck_assert_int_eq(rc, HL_E_IO);
	limit_files(RLIM_INFINITY);
	struct hl_alert *a = contract_alert("small", T0);
	struct hl_change small = { .alert = a, .alert_body = "{}", .alert_body_n = 2 };
	fails(HL_E_IO, e.text, st->ops->apply(st, &small, err));
	fails(HL_E_IO, e.text, st->ops->done(st, "d-before-0", T0, "200", err));
	fails(HL_E_IO, e.text, st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	ck_assert_int_eq(contract_counts().pending, 1);
	ok(st->ops->apply(st, &small, err));
	ck_assert_int_eq(contract_counts().alerts, 2);
	free(a);
	free(body);
}
END_TEST

START_TEST(a_killed_process_loses_no_committed_group)
{
	hl_store_close(&st);
	int ready[2];
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		contract_reopen();
		contract_put("committed", "desk", "https://a.example/", 2);
		ok(st->ops->begin(st, err));
		contract_put("open", "desk", "https://a.example/", 2);
		ck_assert_int_eq(write(ready[1], "x", 1), 1);
		for (;;)
			pause();
	}
	char x;
	ck_assert_int_eq(read(ready[0], &x, 1), 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 1);
	ck_assert_int_eq(contract_counts().pending, 2);
}
END_TEST

static TCase *sqlite_case(void)
{
	TCase *t = tcase_create("sqlite");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, the_files_are_for_their_owner_only);
	tcase_add_test(t, a_symbolic_link_is_refused);
	tcase_add_test(t, a_newer_or_foreign_database_is_refused_and_left_alone);
	tcase_add_test(t, an_older_database_is_brought_up_to_date);
	tcase_add_test(t, cleared_pairs_of_an_older_database_hold_on);
	tcase_add_loop_test(t, a_damaged_database_is_refused_by_name_and_can_be_set_aside, 0, 3);
	tcase_add_test(t, side_files_go_aside_too);
	tcase_add_test(t, a_full_disk_rolls_the_group_back_and_says_so);
	tcase_add_test(t, a_disk_that_fills_in_mid_group_breaks_the_whole_group);
	tcase_add_test(t, a_killed_process_loses_no_committed_group);
	return t;
}

int main(void)
{
	Suite *s = suite_create("store on sqlite");
	contract_cases(s);
	suite_add_tcase(s, sqlite_case());
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
