/* test_ops.c: what people do, on the real store: every verb in text and JSON, its faults of usage, unknown ids; words to operation. */
#include "../fixture/engine_fixture.h"
#include "base/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char words[512];

static const char *with(const char *fmt, const char *id)
{
	const char *at = strchr(fmt, '@');
	ck_assert_ptr_nonnull(at);
	snprintf(words, sizeof words, "%.*s%s%s", (int)(at - fmt), fmt, id, at + 1);
	return words;
}

START_TEST(alert_ls_is_a_table_of_80_columns_with_marks)
{
	ck_assert_str_eq(fx_ok("alert ls"), "no alerts\n");
	ck_assert_str_eq(fx_ok("alert ls --json"), "[]\n");
	struct hl_recorded a = fx_see("r1", "5SOW350", 0), b = fx_see("r2", "ABC123", 1000);
	char expect[1024];
	snprintf(expect, sizeof expect,
		 "ID       TIME (UTC)     P RESULT STATE LISTED  READ    PLACE\n"
		 "%.8s 11-23 10:00:01 5 alert  new   ABC123  ABC123  I-25 N 214\n"
		 "%.8s 11-23 10:00:00 5 verify new   5SOW750 5SOW350 I-25 N 214\n"
		 "                                           ^       ^\n"
		 "2 alerts, none of them verified by being here: confirm plate, state and vehicle\n",
		 b.alert, a.alert);
	ck_assert_str_eq(fx_ok("alert ls"), expect);
	for (const char *s = hl_buf_text(&fx.out); *s; s += strcspn(s, "\n") + 1)
		ck_assert_uint_le(strcspn(s, "\n"), 80);
}
END_TEST

START_TEST(long_plates_and_places_still_fit)
{
	struct hl_read r = fx_read("r1", "5SOW350", 0);
	memset(r.site, 'x', sizeof r.site - 1);
	struct hl_recorded out = fx_record(&r);
	fx_ok(with("alert ack @", out.alert));
	for (const char *s = fx_ok("alert ls"); *s; s += strcspn(s, "\n") + 1)
		ck_assert_uint_le(strcspn(s, "\n"), 80);
	fx_has(hl_buf_text(&fx.out), "acknowledged");
}
END_TEST

static void expect_alerts(const char *command, unsigned n)
{
	unsigned got = 0;
	for (const char *s = fx_ok(command); (s = strstr(s, "{\"id\":\"")); s++)
		got += s[-1] == '[' || (s[-1] == ',' && s[-2] == '}');
	ck_assert_msg(got == n, "%s: %u alerts, not %u: %s", command, got, n, hl_buf_text(&fx.out));
}

START_TEST(alert_ls_filters)
{
	fx_see("r1", "5SOW350", 0);
	fx_see("r2", "XYZ999", 1000);
	struct hl_read r = fx_read("r3", "ABC123", 7200000);
	hl_copy(r.camera, sizeof r.camera, "cam8");
	fx_ok(with("alert ack @", fx_record(&r).alert));
	expect_alerts("alert ls --json", 3);
	expect_alerts("alert ls --json --state new", 2);
	expect_alerts("alert --json ls --state=acknowledged", 1);
	expect_alerts("alert ls --json --list felony", 1);
	expect_alerts("alert ls --json --camera cam8", 1);
	expect_alerts("alert ls --json --since 1h", 1);
	expect_alerts("alert ls --json --since 3h", 3);
	expect_alerts("alert ls --json --since 2026-11-23T10:00:01Z", 2);
	expect_alerts("alert ls --json --limit 2", 2);
	fx_fails(HL_E_USAGE, "--state 'old': expected one of new, acknowledged, verified, confirmed, closed, rejected, withdrawn; usage: hotlistctl alert ls",
		 "alert ls --state old");
	fx_fails(HL_E_USAGE, "--since 'noon': a duration such as 90s", "alert ls --since noon");
	fx_fails(HL_E_USAGE, "--limit '0': a whole number of 1 to 10000", "alert ls --limit 0");
	fx_fails(HL_E_USAGE, "--limit '-1'", "alert ls --limit -1");
	fx_fails(HL_E_USAGE, "unknown option '--stat' (did you mean '--state'?)", "alert ls --stat new");
	fx_fails(HL_E_USAGE, "option --state is given twice", "alert ls --state new --state new");
	fx_fails(HL_E_USAGE, "option --list needs a value", "alert ls --list");
	fx_fails(HL_E_USAGE, "'x' is one word too many", "alert ls x");
}
END_TEST

START_TEST(alert_show_has_no_row_of_marks_where_nothing_differs)
{
	const char *text = fx_ok(with("alert show @", fx_see("r1", "5SOW750", 0).alert));
	fx_has(text, "    listed  5SOW750\n    read    5SOW750\n    all 7 symbols agree\n");
}
END_TEST

START_TEST(alert_show_says_all)
{
	struct hl_read r = fx_read("r1", "5SOW350", 0);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	struct hl_recorded a = fx_record(&r);
	char part[HL_ID_TEXT];
	hl_copy_n(part, sizeof part, a.alert, 6);
	const char *text = fx_ok(with("alert show @", part));
	fx_has(text, a.alert);
	fx_has(text, "NOT VERIFIED: confirm plate, state and vehicle before acting\n");
	fx_has(text, "    listed  5SOW750\n    read    5SOW350\n                ^");
	fx_has(text, "1 of 7 symbols differs: listed 7, read 3 (position 5)");
	fx_has(text, "CONTRADICTS: make: read LEXS, listed GMC");
	fx_has(text, "seen           2026-11-23 10:00:00 UTC at I-25 N 214 (camera cam7), 1 read\n");
	fx_has(text, "list           stolen v000042-9f3c00112233, 1h30m old when it matched\n");
	fx_has(text, "agency         METRO\n");
	fx_has(text, "expires        never\n");
	fx_has(text, "told           desk\n");
	struct hl_alert_row row;
	ck_assert_int_eq(fx.store->ops->alert_get(fx.store, a.alert, &row, NULL), HL_OK);
	const char *json = fx_ok(with("alert show @ --json", part));
	/* The alert as it is stored, and who was told behind it. */
	ck_assert_mem_eq(json, row.body, row.body_n - 1);
	fx_has(json + row.body_n - 1, ",\"deliveries\":[{\"id\":\"");
	free(row.body);
	fx_fails(HL_E_NOTFOUND, "no alert zzzzzz", "alert show zzzzzz");
	fx_fails(HL_E_USAGE, "at least 4", "alert show zzz");
	fx_fails(HL_E_USAGE, "ID is missing; usage: hotlistctl alert show ID", "alert show");
}
END_TEST

START_TEST(alert_explain_gives_the_reasons)
{
	struct hl_read r = fx_read("r1", "5SOW350", 0);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	hl_copy(r.region, sizeof r.region, "us-ca");
	struct hl_recorded a = fx_record(&r);
	const char *text = fx_ok(with("alert explain @", a.alert));
	fx_has(text, "position 5: 3 was read where the list has 7; this counts 0.40 of a full difference, since the two are easily confused");
	fx_has(text, "In all the difference counts 0.40; for list stolen the rules look at matches of up to 1.00.");
	fx_has(text, "From 0.001 on the rules say alert for an exact match.");
	fx_has(text, "   state  read us-ca, listed CA: agrees\n");
	fx_has(text, "   make   read LEXS, listed GMC: CONTRADICTS\n");
	fx_has(text, "   The sum, by channel neutral-");
	fx_has(text, "     ratio = 0.99");
	fx_has(text, "     with state 1.8, type 1, make 0.1807, color 1: ");
	fx_has(text, "   color  read nothing, listed nothing: unknown");
	fx_has(text, "4. Decision: verify, because\n   - the plate as read is not the listed one (confusable)\n   - the vehicle contradicts the entry: make: read LEXS");
	fx_has(text, "5. The entry, then and now\n   Version v000042-9f3c00112233 is no longer kept");
	fx_has(text, "   Now it is listed, unchanged (v000042-9f3c00112233).\n");
	text = fx_ok(with("alert explain @ --json", a.alert));
	fx_has(text, "\"version_kept\":false,\"now\":\"listed, unchanged\"}");
	fx_has(text, "\"evidence\":{\"state\":\"agrees\",\"type\":\"unknown\",\"make\":\"differs\",\"color\":\"unknown\"}");
	fx_has(text, "\"factors\":{\"band\":");
	fx_has(text, "\"those_that_decided\":true");
	fx_has(text, "\"decision\":\"verify\",\"because\":[\"the plate as read");
	fx_fails(HL_E_NOTFOUND, "no alert", "alert explain zzzzzz");
	fx.ctx.catalog = NULL;
	fx_has(fx_ok(with("alert explain @", a.alert)), "no rules are loaded here");
	fx_has(fx_ok(with("alert explain @ --json", a.alert)), "\"thresholds\":null");
}
END_TEST

START_TEST(alert_explain_tells_of_how_many_reads_it_is)
{
	struct hl_recorded a = fx_see("r1", "5SOW350", 0);
	ck_assert_ptr_null(strstr(fx_ok(with("alert explain @", a.alert)), "of this passage"));
	fx_has(fx_ok(with("alert explain @ --json", a.alert)), "\"passage_reads\":1,");
	fx_see("r2", "5SOW350", 500);
	ck_assert_str_eq(fx_see("r3", "5SOW750", 1000).alert, a.alert);
	fx_has(fx_ok(with("alert explain @", a.alert)), "   The figures are of 3 reads of this passage, not of this read alone: ");
	fx_has(fx_ok(with("alert explain @ --json", a.alert)), "\"passage_reads\":3,");
	fx_has(fx_ok(with("alert show @ --json", a.alert)), "\"decision\":\"alert\",\"passage_reads\":3}");
}
END_TEST

START_TEST(an_exact_alert_explains_itself_too)
{
	const char *text = fx_ok(with("alert explain @", fx_see("r1", "XYZ999", 0).alert));
	fx_has(text, "all 6 symbols agree");
	fx_has(text, "In all the difference counts 0.00");
	fx_has(text, "4. Decision: alert, because\n   - the plate agrees in all symbols");
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0, alert_probability: 1.0}\nroute: {receivers: [desk]}\n");
	text = fx_ok(with("alert explain @", fx_see("r1", "XYZ999", 0).alert));
	fx_has(text, "the probability with all that is known, ");
	fx_has(text, "is below 1, from where on the rules say alert");
}
END_TEST

START_TEST(alert_ack_is_taken_by_one)
{
	struct hl_recorded a = fx_see("r1", "5SOW350", 0);
	char expect[128];
	snprintf(expect, sizeof expect, "alert %s acknowledged by jones\n", a.alert);
	ck_assert_str_eq(fx_ok(with("alert ack @", a.alert)), expect);
	fx_fails(HL_E_CONFLICT, "is acknowledged by jones and can't be acknowledged", with("alert ack @ --by smith", a.alert));
	struct hl_alert *stored = fx_alert(a.alert);
	ck_assert_int_eq(stored->state, HL_ST_ACKNOWLEDGED);
	ck_assert_str_eq(stored->acknowledged_by, "jones");
	ck_assert_int_eq(stored->acknowledged_ms, fx.now_ms);
	ck_assert_int_eq(stored->rev, 2);
	free(stored);
	ck_assert_int_eq(fx_counts().events, 1);
	ck_assert_int_eq(fx_counts().pending, 1);
	/* ack_for: 15m by default. */
	fx.now_ms += 899999;
	fx_fails(HL_E_CONFLICT, "is acknowledged by jones and can't be acknowledged", with("alert ack @ --by smith", a.alert));
	fx.now_ms += 1;
	fx_has(fx_ok(with("alert ack @ --by smith", a.alert)), "acknowledged by smith");
	fx_fails(HL_E_CONFLICT, "is acknowledged by smith and can't be acknowledged", with("alert ack @ --by jones", a.alert));
	fx_has(fx_ok(with("alert ack @ --by smith --json", fx_see("r2", "ABC123", 0).alert)), "\"acknowledged_by\":\"smith\"");
	fx_fails(HL_E_NOTFOUND, "no alert", "alert ack zzzzzz");
	fx_fails(HL_E_USAGE, "ID is missing", "alert ack --by smith");
	/* A name that its JSON can't hold as it stands would make the alert unreadable. */
	fx_fails(HL_E_USAGE, "UTF-8", with("alert reject @ --reason other --by M\xfcller", a.alert));
	fx_fails(HL_E_USAGE, "control", with("alert reject @ --reason other --by a\tb", a.alert));
	fx_ok(with("alert reject @ --reason other --by M\xc3\xbcller", a.alert));
}
END_TEST

START_TEST(alert_reject_cancels_and_clears)
{
	struct hl_recorded a = fx_see("r1", "5SOW350", 0);
	fx_fails(HL_E_USAGE, "--reason is missing", with("alert reject @ --plate 5SOW350", a.alert));
	fx_fails(HL_E_USAGE, "--plate is missing", with("alert reject @ --reason misread", a.alert));
	fx_fails(HL_E_USAGE, "expected one of misread, other_vehicle, other", with("alert reject @ --reason no", a.alert));
	fx_fails(HL_E_USAGE, "--plate '---'", with("alert reject @ --reason misread --plate ---", a.alert));
	fx_fails(HL_E_USAGE, "--role 'chief': expected one of officer, dispatcher, supervisor, agency, auditor", with("alert reject @ --reason misread --plate A --role chief", a.alert));
	fx_fails(HL_E_USAGE, "5SOW750 is the listed plate", with("alert reject @ --reason misread --plate 5sow-750", a.alert));
	fx_fails(HL_E_NOTFOUND, "no alert", "alert reject zzzzzz --reason other");
	ck_assert_int_eq(fx_counts().pending, 1);
	ck_assert_int_eq(fx_counts().cleared, 0);
	char expect[512];
	snprintf(expect, sizeof expect,
		 "alert %s rejected as misread by jones\n1 pending delivery cancelled\n"
		 "plate 5SOW350 as read against listed 5SOW750 is cleared until 2026-11-24 10:00:00 UTC, or until the entry changes\n",
		 a.alert);
	ck_assert_str_eq(fx_ok(with("alert reject @ --reason misread --plate 5sow-350", a.alert)), expect);
	struct hl_alert *stored = fx_alert(a.alert);
	ck_assert_int_eq(stored->state, HL_ST_REJECTED);
	ck_assert_str_eq(stored->closed_reason, "misread");
	ck_assert_str_eq(stored->plate_seen, "5SOW350");
	ck_assert_str_eq(stored->closed_by, "jones");
	free(stored);
	ck_assert_int_eq(fx_counts().pending, 0);
	ck_assert_int_eq(fx_counts().cancelled, 1);
	ck_assert_int_eq(fx_counts().cleared, 1);
	fx_fails(HL_E_CONFLICT, "is rejected by jones", with("alert reject @ --reason other", a.alert));
	fx_has(fx_ok(with("alert show @", a.alert)), "rejected       by jones, 2026-11-23 10:00:00 UTC: misread\n");
}
END_TEST

START_TEST(a_supervisors_rejection_holds_longer_and_other_clears_nothing)
{
	struct hl_recorded a = fx_see("r1", "5SOW350", 0), b = fx_see("r2", "ABC123", 0);
	fx_has(fx_ok(with("alert reject @ --reason other_vehicle --plate 5SOW350 --role supervisor --by smith", a.alert)), "until 2026-12-23 10:00:00 UTC");
	fx_has(fx_ok(with("alert reject @ --reason other --json", b.alert)), "\"closed_reason\":\"other\"");
	ck_assert_int_eq(fx_counts().cleared, 1);
}
END_TEST

START_TEST(receiver_ls_and_test)
{
	ck_assert_str_eq(fx_ok("receiver ls"),
			 "RECEIVER         CHANNEL  ADDRESS\n"
			 "desk             webhook  https://cad.example/hook\n"
			 "north            email    n1@b.example\n"
			 "north            email    n2@b.example\n"
			 "north            sms      +13035550100\n"
			 "annex            sms      +13035550100\n");
	fx_has(fx_ok("receiver ls --json"), "{\"name\":\"north\",\"channels\":[{\"channel\":\"email\",\"addresses\":[\"n1@b.example\",\"n2@b.example\"]},");
	const char *text = fx_ok("receiver test north");
	fx_has(text, "for north: 3 deliveries\n");
	ck_assert(fx.ctx.outbox_changed);
	fx_ok("receiver test north");
	ck_assert_int_eq(fx_counts().pending, 6);
	ck_assert_int_eq(fx_counts().events, 2);
	ck_assert_int_eq(fx_counts().alerts, 0);
	fx_has(fx_ok("receiver test desk --json"), "\"channel\":\"webhook\",\"address\":\"https://cad.example/hook\",\"state\":\"pending\"");
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = "desk" }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(d[0].type, HL_EVENT_TEST);
	fx_has(d[0].body, "receiver.test");
	hl_deliveries_free(d, n);
	fx_fails(HL_E_NOTFOUND, "no receiver 'nobody'", "receiver test nobody");
	fx_fails(HL_E_USAGE, "NAME is missing", "receiver test");
	fx.ctx.catalog = NULL;
	fx_ok("receiver test desk");
	fx.ctx.settings = NULL;
	fx_fails(HL_E_CONFIG, "receivers stand in the settings", "receiver test desk");
}
END_TEST

static size_t live(void *arg, struct hl_figure *out, size_t max)
{
	static const struct hl_figure figures[] = { { "reads", "in", 10 },	 { "reads", "matched", 1 },	{ "reads", "suppressed", 2 },
						    { "reads", "discarded", 3 }, { "reads", "rejected", 4 },	{ "reads", "failed", 0 },
						    { "reads", "pending", 0 },	 { "suppressed", "passage", 7 }, { "daemon", "uptime_s", 61 },
						    { "daemon", "hits", 0 } };
	ck_assert_str_eq(arg, "arg");
	ck_assert_uint_ge(max, sizeof figures / sizeof figures[0]);
	memcpy(out, figures, sizeof figures);
	return sizeof figures / sizeof figures[0];
}

START_TEST(status_is_one_page)
{
	static char arg[] = "arg";
	fx_see("r1", "5SOW350", 0);
	fx.now_ms += 90000;
	const char *text = fx_ok("status");
	fx_has(text, "state     /the/state  (no daemon is running)\n");
	fx_has(text, "alerts    1, events 1, suppressed reads 0, cleared pairs 0\n");
	fx_has(text, "outbox    1 pending, 0 delivered, 0 dead, 0 cancelled; the oldest waits 1m30s\n");
	fx_has(text, fx.catalog->rules->id);
	fx_has(text, "list      stolen       v000042-9f3c00112233  15 entries, imported 1h31m ago\n");
	fx_has(fx_ok("status --json"), "\"running\":false,\"store\":{\"kind\":\"sqlite\",\"may_lose\":\"\",\"alerts\":1,\"events\":1,\"suppressed\":0,\"cleared\":0},\"outbox\":{\"pending\":1,");
	fx_has(hl_buf_text(&fx.out), "},{\"name\":\"stolen\",\"version\":\"v000042-9f3c00112233\",\"entries\":15,");
	fx.ctx.live = live;
	fx.ctx.live_arg = arg;
	text = fx_ok("status");
	fx_has(text, "reads     10 in = 1 matched + 2 suppressed + 3 discarded + 4 rejected + 0 failed + 0 pending\n");
	fx_has(text, "suppressed passage 7\ndaemon    uptime_s 61\n");
	fx_has(fx_ok("status --json"), "\"running\":true,\"reads\":{\"in\":10,");
	fx.ctx.catalog = NULL;
	fx_has(fx_ok("status"), "rules     unknown");
	fx_fails(HL_E_USAGE, "'now' is one word too many", "status now");
	fx.ctx.catalog = fx.catalog;
	ck_assert_ptr_null(strstr(fx_ok("status"), "STALE"));
	fx.now_ms = FX_T0 + 86400000;
	fx_has(fx_ok("status"), " ago, STALE: older than its max_age\n");
	fx_has(fx_ok("status --json"), "{\"name\":\"stolen\",\"version\":\"v000042-9f3c00112233\",\"entries\":15,\"imported\":\"2026-11-23T08:30:00.000Z\",\"stale\":true}");
	fx_has(hl_buf_text(&fx.out), "\"stale\":false}");
}
END_TEST

START_TEST(unknown_words_are_told_with_what_there_is)
{
	fx_fails(HL_E_USAGE, "unknown command 'alrt' (did you mean 'alert'?); there is ", "alrt ls");
	fx_fails(HL_E_USAGE, "unknown command 'alert lss' (did you mean 'ls'?); there is ls, show, explain, ack, join, verify, confirm, close, reject, undo", "alert lss");
	fx_fails(HL_E_USAGE, "alert what? There is ls, show, explain, ack, join, verify, confirm, close, reject, undo", "alert");
	fx_fails(HL_E_USAGE, "unknown command ''", "--json");
	struct hl_buf many = HL_BUF(4096);
	for (int i = 0; i <= HL_OPS_ARGS; i++)
		hl_buf_puts(&many, "x ");
	fx_fails(HL_E_USAGE, "at most 64 words", hl_buf_text(&many));
	hl_buf_fini(&many);
	fx.ctx.store = NULL;
	fx_fails(HL_E_INTERNAL, "needs the store", "alert ls");
}
END_TEST

START_TEST(every_operation_is_whole)
{
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++) {
			ck_assert(r->verb && r->run && r->usage && r->help);
			ck_assert_int_eq(strncmp(r->usage, r->family, strlen(r->family)), 0);
			ck_assert_ptr_eq(hl_ops_find(r->family, r->verb), r);
		}
	ck_assert_ptr_nonnull(hl_ops_find("status", "--json"));
	ck_assert_ptr_null(hl_ops_find("alert", "fly"));
}
END_TEST

START_TEST(an_answer_past_its_ceiling_is_told)
{
	fx_see("r1", "5SOW350", 0);
	hl_buf_fini(&fx.out);
	fx.out = HL_BUF(100);
	fx_fails(HL_E_LIMIT, "longer than 100 bytes", "alert ls --json");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("operations");
	TCase *t = tcase_create("operations");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, alert_ls_is_a_table_of_80_columns_with_marks);
	tcase_add_test(t, long_plates_and_places_still_fit);
	tcase_add_test(t, alert_ls_filters);
	tcase_add_test(t, alert_show_has_no_row_of_marks_where_nothing_differs);
	tcase_add_test(t, alert_show_says_all);
	tcase_add_test(t, alert_explain_gives_the_reasons);
	tcase_add_test(t, alert_explain_tells_of_how_many_reads_it_is);
	tcase_add_test(t, an_exact_alert_explains_itself_too);
	tcase_add_test(t, alert_ack_is_taken_by_one);
	tcase_add_test(t, alert_reject_cancels_and_clears);
	tcase_add_test(t, a_supervisors_rejection_holds_longer_and_other_clears_nothing);
	tcase_add_test(t, receiver_ls_and_test);
	tcase_add_test(t, status_is_one_page);
	tcase_add_test(t, unknown_words_are_told_with_what_there_is);
	tcase_add_test(t, every_operation_is_whole);
	tcase_add_test(t, an_answer_past_its_ceiling_is_told);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
