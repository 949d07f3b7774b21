/* test_ops_roles.c: which role may run what where the settings have users: a table of its own beside the operations' own tables, every row with every role; and that
 * what the rows of `alert` say is what the life of an alert says.
 */
#include "../fixture/engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* o officer, d dispatcher, s supervisor, g agency, a auditor; in the order of enum hl_role. */
static const char letters[] = "odsga";
static const struct { const char *family, *verb, *may; } table[] = {
	{ "alert", "ls", "odsga" }, { "alert", "show", "odsga" }, { "alert", "explain", "odsga" }, { "alert", "suppressed", "odsga" }, { "alert", "pulse", "odsga" },
	{ "alert", "ack", "ods" }, { "alert", "join", "ods" }, { "alert", "verify", "ods" }, { "alert", "confirm", "ds" }, { "alert", "close", "ods" }, { "alert", "reject", "ods" },
	{ "alert", "undo", "s" },
	{ "audit", "show", "sa" }, { "audit", "verify", "odsga" }, { "audit", "sample", "sa" }, { "audit", "checkpoint", "odsga" }, { "audit", "export-key", "odsga" },
	{ "backup", "", "s" }, { "backup", "verify", "odsga" }, { "restore", "", "odsga" },
	{ "cleared", "ls", "odsga" }, { "cleared", "end", "ods" }, { "cleared", "suppressed", "odsga" }, { "standdown", "ls", "odsga" },
	{ "list", "import", "sg" }, { "list", "lint", "odsga" }, { "list", "versions", "odsga" }, { "list", "show", "odsga" }, { "list", "diff", "odsga" },
	{ "list", "activate", "s" }, { "list", "approve", "sg" }, { "list", "rollback", "s" }, { "list", "gc", "s" }, { "list", "export", "odsga" },
	{ "list", "layouts", "odsga" }, { "list", "add", "sg" }, { "list", "withdraw", "sg" }, { "list", "withdrawn", "odsga" },
	{ "mute", "add", "s" }, { "mute", "ls", "odsga" }, { "mute", "end", "s" },
	{ "outbox", "ls", "odsga" }, { "outbox", "retry", "s" }, { "outbox", "drop", "s" }, { "outbox", "release", "s" }, { "outbox", "report", "s" },
	{ "receiver", "ls", "odsga" }, { "receiver", "test", "s" }, { "report", "", "odsga" },
	{ "rules", "versions", "odsga" }, { "rules", "activate", "s" }, { "rules", "approve", "s" }, { "rules", "rollback", "s" }, { "rules", "version", "odsga" },
	{ "rules", "shadow", "odsga" }, { "rules", "diff", "odsga" }, { "status", "", "odsga" },
};
enum { ROWS = sizeof table / sizeof table[0] };

static struct hl_settings settings;
static struct hl_user user;

static void settings_have_one(enum hl_role role)
{
	static char jones[] = "jones", metro[] = "METRO";
	settings = *fx.catalog->settings;
	user = (struct hl_user){ .name = jones, .role = (int)role, .agency = role == HL_ROLE_AGENCY ? metro : NULL };
	settings.users = (struct hl_array){ .v = &user, .n = 1 };
	fx.ctx.settings = &settings;
	fx.ctx.who = jones;
	fx.ctx.trusted = false;
}

/* With an option that no operation has: whoever is let in hears of that, and nothing is done. */
static enum hl_code try_it(const struct hl_op_row *r)
{
	char words[128];
	snprintf(words, sizeof words, "%s %s --no-such-option", r->family, r->verb);
	return fx_run(words);
}

START_TEST(every_operation_is_in_the_table)
{
	size_t n = 0;
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++, n++) {
			size_t i = 0;
			while (i < ROWS && (strcmp(table[i].family, r->family) || strcmp(table[i].verb, r->verb)))
				i++;
			ck_assert_msg(i < ROWS, "%s %s: who may is not in this test's table", r->family, r->verb);
		}
	ck_assert_uint_eq(n, ROWS);
}
END_TEST

START_TEST(each_role_runs_what_it_may)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct hl_op_row *r = hl_ops_find(table[i].family, table[i].verb);
		ck_assert_ptr_nonnull(r);
		for (int role = 0; role < HL_ROLE_PROGRAM; role++) {
			settings_have_one((enum hl_role)role);
			enum hl_code rc = try_it(r), due = strchr(table[i].may, letters[role]) ? HL_E_USAGE : HL_E_DENIED;
			ck_assert_msg(rc == due, "%s %s as %s: %s: %s", r->family, r->verb, hl_role_name((enum hl_role)role), hl_code_name(rc), fx.err.text);
			if (rc != HL_E_DENIED)
				continue;
			fx_has(fx.err.text, " is for ");
			fx_has(fx.err.text, "supervisor");
			fx.ctx.trusted = true; /* root and the daemon's own user */
			ck_assert_int_eq(try_it(r), HL_E_USAGE);
		}
	}
}
END_TEST

START_TEST(a_stranger_only_looks_and_without_users_all_may)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct hl_op_row *r = hl_ops_find(table[i].family, table[i].verb);
		settings_have_one(HL_ROLE_SUPERVISOR);
		fx.ctx.who = "mallory";
		ck_assert_int_eq(try_it(r), strcmp(table[i].may, letters) ? HL_E_DENIED : HL_E_USAGE);
		if (strcmp(table[i].may, letters))
			fx_has(fx.err.text, "mallory is not among the users of the settings");
		settings.users.n = 0;
		ck_assert_int_eq(try_it(r), HL_E_USAGE);
	}
}
END_TEST

/* core/alert_transit.c has the last word; the rows must not say otherwise. */
START_TEST(the_verbs_of_alert_are_as_its_life_has_them)
{
	static const enum hl_transition t[] = { HL_T_ACK, HL_T_JOIN, HL_T_VERIFY, HL_T_CONFIRM, HL_T_CLOSE, HL_T_REJECT, HL_T_UNDO };
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const struct hl_op_row *r = hl_ops_find("alert", hl_transition_name(t[i]));
		ck_assert_ptr_nonnull(r);
		for (int role = 0; role < HL_ROLE_PROGRAM; role++) {
			*a = (struct hl_alert){ .state = HL_ST_WITHDRAWN };
			bool denied = hl_alert_transit(a, t[i], &(struct hl_act){ .by = "jones", .role = (enum hl_role)role, .now_ms = 1 }, NULL) == HL_E_DENIED;
			ck_assert_msg(denied == !(hl_ops_roles(r) >> role & 1), "alert %s as %s", r->verb, hl_role_name((enum hl_role)role));
		}
	}
	free(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("roles of operations");
	TCase *t = tcase_create("roles of operations");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, every_operation_is_in_the_table);
	tcase_add_test(t, each_role_runs_what_it_may);
	tcase_add_test(t, a_stranger_only_looks_and_without_users_all_may);
	tcase_add_test(t, the_verbs_of_alert_are_as_its_life_has_them);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
