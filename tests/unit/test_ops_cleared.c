/* test_ops_cleared.c: cleared pairs, suppressed reads and stand-downs as people see them, on the real store; who may end a pair; what the limits of the contract are. */
#include "../fixture/engine_fixture.h"
#include "engine/standdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char words[512];

/* An alert of 5SOW350 against 5SOW750, rejected as misread by smith at fx.now_ms; its id. */
static const char *clear_pair(const char *more)
{
	static char id[HL_ID_TEXT];
	hl_copy(id, sizeof id, fx_see("r1", "5SOW350", 0).alert);
	snprintf(words, sizeof words, "alert reject %s --reason misread --plate 5SOW350 --by smith %s", id, more);
	fx_ok(words);
	return id;
}

/* The first pair of all that are kept. */
static struct hl_cleared_row first_pair(void)
{
	struct hl_cleared_row *rows, r;
	size_t n;
	ck_assert_int_eq(fx.store->ops->cleared_list(fx.store, &(struct hl_cleared_filter){ .holds_ms = HL_NO_TIME }, &rows, &n, NULL), HL_OK);
	ck_assert_uint_ge(n, 1);
	r = rows[0];
	free(rows);
	return r;
}

static const char *with(const char *fmt, const char *id)
{
	const char *at = strchr(fmt, '@');
	snprintf(words, sizeof words, "%.*s%s%s", (int)(at - fmt), fmt, id, at + 1);
	return words;
}

static void assert_narrow(const char *text)
{
	for (const char *s = text; *s; s += strcspn(s, "\n") + 1)
		ck_assert_msg(strcspn(s, "\n") <= 80, "wider than 80: %s", s);
}

START_TEST(a_pair_is_listed_with_who_when_until_why_and_how_many)
{
	ck_assert_str_eq(fx_ok("cleared ls"), "no cleared pairs\n");
	ck_assert_str_eq(fx_ok("cleared ls --json"), "[]\n");
	const char *alert = clear_pair("");
	fx_see("r2", "5SOW350", 700000);
	fx_see("r3", "5SOW350", 760000);
	struct hl_cleared_row r = first_pair();
	char expect[1024], id[HL_ID_TEXT];
	hl_cleared_id(r.agency, "5SOW350", r.region, r.entry, r.revision, id);
	ck_assert_str_eq(r.cleared.id, id);
	snprintf(expect, sizeof expect,
		 "ID       READ    LISTED  LIST         AT (UTC)       UNTIL          SILENCED\n"
		 "%.8s 5SOW350 5SOW750 stolen       11-23 10:00:00 11-24 10:00:00        2\n"
		 "         misread, by smith (officer), of alert %.8s; listed by METRO\n"
		 "1 cleared pair\n", id, alert);
	ck_assert_str_eq(fx_ok("cleared ls"), expect);
	assert_narrow(hl_buf_text(&fx.out));
	fx_ok("cleared ls --json");
	fx_has(hl_buf_text(&fx.out), "\"standing\":\"holds\",\"plate_read\":\"5SOW350\",\"plate_listed\":\"5SOW750\"");
	fx_has(hl_buf_text(&fx.out), "\"reason\":\"misread\",\"by\":\"smith\",\"role\":\"officer\",\"at\":\"2026-11-23T10:00:00.000Z\",\"until\":\"2026-11-24T10:00:00.000Z\"");
	fx_has(hl_buf_text(&fx.out), "\"suppressed\":2,\"last\":\"2026-11-23T10:12:40.000Z\",\"ended_by\":null");
	ck_assert_str_eq(fx_ok("cleared ls --list felony"), "no cleared pairs\n");
	fx_has(fx_ok("cleared ls --list stolen"), "1 cleared pair\n");
	fx_fails(HL_E_USAGE, "'x' is one word too many; usage: hotlistctl cleared ls", "cleared ls x");
}
END_TEST

START_TEST(a_pair_that_lapses_is_listed_only_with_all)
{
	clear_pair("--role supervisor");
	struct hl_cleared_row r = first_pair();
	ck_assert_str_eq(r.cleared.role, "supervisor");
	ck_assert_int_eq(r.cleared.until_ms - r.cleared.at_ms, INT64_C(30) * 86400000);
	fx.ctx.now_ms = fx.now_ms = r.cleared.until_ms;
	ck_assert_str_eq(fx_ok("cleared ls"), "no cleared pairs\n");
	fx_has(fx_ok("cleared ls --all"), "         lapsed: misread, by smith (supervisor)");
	fx_has(fx_ok("status"), "cleared pairs 0\n");
	fx.ctx.now_ms = fx.now_ms = r.cleared.until_ms - 1;
	fx_has(fx_ok("status"), "cleared pairs 1\n");
}
END_TEST

/* Another revision of the entry, or an entry that is no longer listed, is another matter: the pair holds no more, whatever its time. */
START_TEST(a_pair_of_an_entry_that_has_changed_does_not_hold)
{
	clear_pair("");
	struct hl_cleared_row r = first_pair();
	struct hl_peek_key key = { .entry = r.entry, .revision = "older", .agency = r.agency, .plate_read = "5SOW350", .region = "" };
	struct hl_cleared c = r.cleared;
	hl_copy(c.id, sizeof c.id, "pair-of-older");
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .key = &key, .cleared = &c }, NULL), HL_OK);
	key.entry = "no-such-entry";
	hl_copy(c.id, sizeof c.id, "pair-of-gone");
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .key = &key, .cleared = &c }, NULL), HL_OK);
	fx_has(fx_ok("cleared ls"), "\n1 cleared pair\n");
	fx_ok("cleared ls --all");
	fx_has(hl_buf_text(&fx.out), "         entry changed: misread");
	fx_has(hl_buf_text(&fx.out), "         not listed: misread");
	fx_has(hl_buf_text(&fx.out), "3 cleared pairs\n");
}
END_TEST

START_TEST(an_ended_pair_is_told_again)
{
	clear_pair("");
	struct hl_cleared_row r = first_pair();
	ck_assert_int_eq(fx_see("r2", "5SOW350", 700000).why, HL_SUP_CLEARED);
	char text[256];
	snprintf(text, sizeof text, "pair %s is ended: plate 5SOW350 as read against listed 5SOW750 is told again; it has silenced 1 read\n", r.cleared.id);
	ck_assert_str_eq(fx_ok(with("cleared end @ --reason mistake --by smith", r.cleared.id)), text);
	ck_assert_int_eq(fx_see("r3", "5SOW350", 1400000).outcome, HL_OUT_CREATED);
	ck_assert_str_eq(fx_ok("cleared ls"), "no cleared pairs\n");
	fx_has(fx_ok("cleared ls --all"), "ended: misread, by smith (officer)");
	fx_has(hl_buf_text(&fx.out), "ended by smith: mistake");
	fx_fails(HL_E_CONFLICT, "does not hold", with("cleared end @ --reason mistake --by smith", r.cleared.id));
}
END_TEST

/* Who asks, as what; smith cleared it. */
static const struct {
	const char *by, *role;
	bool may;
} ender[] = {
	{ "smith", "officer", true },	{ "smith", "dispatcher", true }, { "smith", "supervisor", true }, { "smith", "agency", false }, { "smith", "auditor", false },
	{ "lee", "officer", false },	{ "lee", "dispatcher", false },	 { "lee", "supervisor", true },	  { "lee", "agency", false },	{ "lee", "auditor", false },
};

START_TEST(a_pair_is_ended_by_whoever_cleared_it_or_a_supervisor)
{
	clear_pair("");
	struct hl_cleared_row r = first_pair();
	snprintf(words, sizeof words, "cleared end %.8s --reason mistake --by %s --role %s", r.cleared.id, ender[_i].by, ender[_i].role);
	if (ender[_i].may)
		fx_has(fx_ok(words), "is ended");
	else
		fx_fails(HL_E_DENIED, "was cleared by smith: that person or a supervisor may end it", words);
	ck_assert_str_eq(first_pair().ended_by, ender[_i].may ? ender[_i].by : "");
}
END_TEST

START_TEST(cleared_end_says_what_is_wrong)
{
	clear_pair("");
	struct hl_cleared_row r = first_pair();
	fx_fails(HL_E_USAGE, "ID is missing; usage: hotlistctl cleared end ID", "cleared end --reason x");
	fx_fails(HL_E_USAGE, "--reason is missing", with("cleared end @ --by smith", r.cleared.id));
	fx_fails(HL_E_USAGE, "--reason: 1 to 255 bytes", with("cleared end @ --reason=a\x01 --by smith", r.cleared.id));
	fx_fails(HL_E_USAGE, "--role 'boss': expected one of officer", with("cleared end @ --reason x --role boss", r.cleared.id));
	fx_fails(HL_E_USAGE, "at least 4", "cleared end abc --reason x");
	fx_fails(HL_E_NOTFOUND, "no cleared pair zzzz", "cleared end zzzz --reason x");
	fx_fails(HL_E_USAGE, "cleared what? There is ls, end, suppressed", "cleared");
}
END_TEST

START_TEST(what_was_kept_silent_is_listed_with_why_and_by_what)
{
	ck_assert_str_eq(fx_ok("alert suppressed"), "no suppressed reads\n");
	struct hl_recorded exact = fx_see("r0", "ABC123", 0);
	fx_see("r1", "ABC123", 2000);   /* the same passage */
	fx_see("r2", "ABC123", 60000);  /* the cooldown */
	char alert[HL_ID_TEXT];
	hl_copy(alert, sizeof alert, exact.alert);
	clear_pair("");
	fx_see("r3", "5SOW350", 700000); /* the cleared pair */
	struct hl_cleared_row r = first_pair();
	char expect[1024];
	snprintf(expect, sizeof expect,
		 "TIME (UTC)     WHY      READ    LISTED  LIST         BY       CAMERA\n"
		 "11-23 10:11:40 cleared  5SOW350 5SOW750 stolen       %.8s cam7\n"
		 "11-23 10:01:00 cooldown ABC123  ABC123  stolen       %.8s cam7\n"
		 "11-23 10:00:02 passage  ABC123  ABC123  stolen       %.8s cam7\n"
		 "3 suppressed reads\n", r.cleared.id, alert, alert);
	ck_assert_str_eq(fx_ok("alert suppressed"), expect);
	assert_narrow(hl_buf_text(&fx.out));
	fx_has(fx_ok(with("alert suppressed @", alert)), "2 suppressed reads\n");
	fx_has(fx_ok("alert suppressed --why passage"), "1 suppressed read\n");
	fx_has(fx_ok("cleared suppressed"), "1 suppressed read\n");
	fx_has(fx_ok(with("cleared suppressed @", r.cleared.id)), "1 suppressed read\n");
	ck_assert_str_eq(fx_ok("cleared suppressed --camera cam8"), "no suppressed reads\n");
	fx_has(fx_ok("alert suppressed --since 5m --json"), "[{\"time\":\"2026-11-23T10:11:40.000Z\",\"why\":\"cleared\",\"plate_read\":\"5SOW350\"");
	fx_fails(HL_E_USAGE, "--why 'x': expected one of passage, cooldown, cleared", "alert suppressed --why x");
	fx_fails(HL_E_USAGE, "unknown option '--why'", "cleared suppressed --why cleared");
	fx_fails(HL_E_NOTFOUND, "no alert zzzz", "alert suppressed zzzz");
	fx_fails(HL_E_NOTFOUND, "no cleared pair zzzz", "cleared suppressed zzzz");
}
END_TEST

static const struct {
	const char *name;
	bool silent;
} limit[] = { { "the same", true }, { "another plate as read", false }, { "another region", false } };

/* The parts of a pair that a read brings along: the others (entry, revision, agency) are the store's contract. */
START_TEST(a_pair_is_no_wider_than_what_was_seen)
{
	clear_pair("");
	struct hl_read r = fx_read("r9", _i == 1 ? "5SOW751" : "5SOW350", 700000);
	if (_i == 2)
		hl_copy(r.region, sizeof r.region, "us-nv");
	struct hl_recorded out = fx_record(&r);
	ck_assert_msg((out.why == HL_SUP_CLEARED) == limit[_i].silent, "%s: %d", limit[_i].name, out.why);
}
END_TEST

START_TEST(only_misread_and_other_vehicle_clear)
{
	snprintf(words, sizeof words, "alert reject %s --reason other --by smith", fx_see("r1", "5SOW350", 0).alert);
	fx_ok(words);
	ck_assert_str_eq(fx_ok("cleared ls --all"), "no cleared pairs\n");
}
END_TEST

START_TEST(stand_downs_say_why_and_whom_they_reached)
{
	ck_assert_str_eq(fx_ok("standdown ls"), "no stand-downs\n");
	ck_assert_str_eq(fx_ok("standdown ls --json"), "[]\n");
	struct hl_recorded told = fx_see("r1", "ABC123", 0);
	fx_see("r2", "5SOW750", 1000);
	struct hl_delivery d[4];
	size_t n;
	ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, 60000, d, 4, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(d[i].alert, told.alert))
			ck_assert_int_eq(fx.store->ops->done(fx.store, d[i].id, fx.now_ms, "204", NULL), HL_OK);
		else
			ck_assert_int_eq(fx.store->ops->dead(fx.store, d[i].id, fx.now_ms, "never tried", NULL), HL_OK);
		hl_delivery_wipe(&d[i]);
	}
	struct hl_err err;
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, told.alert, HL_SD_WITHDRAWN, "lee", "recovered", fx.now_ms, NULL, &err), HL_OK);
	fx_ok("standdown ls");
	fx_has(hl_buf_text(&fx.out), "withdrawn");
	fx_has(hl_buf_text(&fx.out), "desk webhook");
	fx_has(hl_buf_text(&fx.out), ": pending\n");
	fx_has(hl_buf_text(&fx.out), "1 stand-down\n");
	assert_narrow(hl_buf_text(&fx.out));
	ck_assert_str_eq(fx_ok("standdown ls --cause expired"), "no stand-downs\n");
	fx_has(fx_ok("standdown ls --json"), "\"cause\":\"withdrawn\"");
	fx_has(hl_buf_text(&fx.out), "\"told\":[{\"receiver\":\"desk\",\"channel\":\"webhook\"");
}
END_TEST

/* What an officer is not shown, by command, and that a supervisor is. */
static const struct {
	const char *command, *shown;
} look[] = {
	{ "cleared ls --json", "XYZ989" }, { "cleared ls --all", "XYZ989" }, { "cleared suppressed", "XYZ989" }, { "alert suppressed --json", "XYZ989" },
	{ "standdown ls", "XYZ999" }, { "report", "felony" }, { "report --csv", "felony" }, { "report --json", "felony" },
};

static void setup_covert(void)
{
	static char rules[2048];
	const char *at = strstr(fx_rules, "felony: {priority: 1}");
	snprintf(rules, sizeof rules, "%.*sfelony: {priority: 1, covert: true}%s", (int)(at - fx_rules), fx_rules, at + strlen("felony: {priority: 1}"));
	fx_setup_rules(rules);
}

START_TEST(officers_are_shown_nothing_of_a_covert_list)
{
	char id[HL_ID_TEXT];
	struct hl_err err;
	hl_copy(id, sizeof id, fx_see("r1", "XYZ989", 0).alert);
	snprintf(words, sizeof words, "alert reject %s --reason misread --plate XYZ989 --by smith --role dispatcher", id);
	fx_ok(words);
	ck_assert_int_eq(fx_see("r2", "XYZ989", 700000).why, HL_SUP_CLEARED);
	hl_copy(id, sizeof id, fx_see("r3", "XYZ999", 1400000).alert);
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, id, HL_SD_WITHDRAWN, "lee", "", fx.now_ms, NULL, &err), HL_OK);
	fx_ok(look[_i].command);
	ck_assert_msg(!strstr(hl_buf_text(&fx.out), "XYZ9") && !strstr(hl_buf_text(&fx.out), "felony"), "%s", hl_buf_text(&fx.out));
	snprintf(words, sizeof words, "%s --role officer", look[_i].command);
	fx_ok(words);
	ck_assert_msg(!strstr(hl_buf_text(&fx.out), "XYZ9") && !strstr(hl_buf_text(&fx.out), "felony"), "%s", hl_buf_text(&fx.out));
	snprintf(words, sizeof words, "%s --role supervisor", look[_i].command);
	fx_has(fx_ok(words), look[_i].shown);
	snprintf(words, sizeof words, "%s --role boss", look[_i].command);
	fx_fails(HL_E_USAGE, "--role", words);
	/* Nor by an id that he has from somewhere. */
	snprintf(words, sizeof words, "alert suppressed %s", id);
	fx_fails(HL_E_NOTFOUND, "no alert", words);
	struct hl_cleared_row *r;
	size_t n;
	ck_assert_int_eq(fx.store->ops->cleared_list(fx.store, &(struct hl_cleared_filter){ .holds_ms = HL_NO_TIME }, &r, &n, &err), HL_OK);
	ck_assert_uint_eq(n, 1);
	snprintf(words, sizeof words, "cleared end %s --reason why --by lee", r->cleared.id);
	fx_fails(HL_E_NOTFOUND, "no cleared pair", words);
	snprintf(words, sizeof words, "cleared suppressed %s", r->cleared.id);
	fx_fails(HL_E_NOTFOUND, "no cleared pair", words);
	free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops cleared");
	TCase *t = tcase_create("ops");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, a_pair_is_listed_with_who_when_until_why_and_how_many);
	tcase_add_test(t, a_pair_that_lapses_is_listed_only_with_all);
	tcase_add_test(t, a_pair_of_an_entry_that_has_changed_does_not_hold);
	tcase_add_test(t, an_ended_pair_is_told_again);
	tcase_add_loop_test(t, a_pair_is_ended_by_whoever_cleared_it_or_a_supervisor, 0, sizeof ender / sizeof ender[0]);
	tcase_add_test(t, cleared_end_says_what_is_wrong);
	tcase_add_test(t, what_was_kept_silent_is_listed_with_why_and_by_what);
	tcase_add_loop_test(t, a_pair_is_no_wider_than_what_was_seen, 0, sizeof limit / sizeof limit[0]);
	tcase_add_test(t, only_misread_and_other_vehicle_clear);
	tcase_add_test(t, stand_downs_say_why_and_whom_they_reached);
	suite_add_tcase(s, t);
	TCase *covert = tcase_create("covert");
	tcase_add_checked_fixture(covert, setup_covert, fx_teardown);
	tcase_add_loop_test(covert, officers_are_shown_nothing_of_a_covert_list, 0, sizeof look / sizeof look[0]);
	suite_add_tcase(s, covert);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
