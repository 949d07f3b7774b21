/* test_covert.c: what officers can learn of the alerts of a covert list (doc/story.md, Covert lists): nothing, by whatever they ask or do. Each case goes through the rules, the
 * real store and the adapters.
 */
#include "story_case.h"
#include "engine/standdown.h"

/* The vehicle of most cases is on an overt list and on one that the fixture's settings call covert; north hears of both. */
static const char covert_rules[] =
	"version: 1\n"
	"confusions: {base: none}\n"
	"match: {max_cost: 0, min_probability: 0.0, alert_probability: 0.0}\n"
	"lists: {felony: {priority: 2}, quiet: {priority: 1}}\n"
	"route:\n"
	"  receivers: [desk]\n"
	"  routes:\n"
	"    - {when: {list: quiet}, receivers: [north]}\n"
	"    - {when: {list: felony}, receivers: [desk, north]}\n";

static char quiet[HL_ID_TEXT], felony[HL_ID_TEXT];

static void setup(void)
{
	fx_setup_rules(covert_rules);
}

static void see_both(void)
{
	fx_see("r1", "TWO111", 0);
	alert_of("quiet", quiet);
	alert_of("felony", felony);
}

/* ---- acts ---- */

static const struct {
	const char *verb, *options;
} act[] = { { "ack", "" }, { "join", "" }, { "verify", "--plate agrees" }, { "close", "--outcome other" }, { "reject", "--reason other" }, { "confirm", "--source a --reference b" },
	    { "undo", "--reason why" } };

/* The same words as for an id that there is not, in whatever state it is. */
START_TEST(an_officer_finds_no_covert_alert_to_act_on)
{
	char words[256], text[128];
	see_both();
	static const char *const roles[] = { "", " --role officer", " --role agency" };
	for (int round = 0; round < 2; round++) {
		for (size_t r = 0; r < 3; r++) {
			snprintf(words, sizeof words, "alert %s %s %s%s", act[_i].verb, quiet, act[_i].options, roles[r]);
			snprintf(text, sizeof text, "no alert %s", quiet);
			fx_fails(HL_E_NOTFOUND, text, words);
			lacks(hl_buf_text(&fx.out), quiet);
		}
		snprintf(words, sizeof words, "alert ack %s --role dispatcher", quiet);
		if (!round)
			fx_has(fx_ok(words), "acknowledged by");
	}
}
END_TEST

START_TEST(what_an_act_answers_names_no_covert_entry)
{
	char words[256];
	see_both();
	static const char *const acts[] = { "ack", "verify", "close" };
	static const char *const options[] = { "", "--plate agrees", "--outcome other" };
	for (int i = 0; i < 3; i++) {
		snprintf(words, sizeof words, "alert %s %s %s --json", acts[i], felony, options[i]);
		const char *text = fx_ok(words);
		fx_has(text, felony);
		lacks(text, quiet);
		lacks(text, "quiet");
	}
}
END_TEST

/* What the alerts remember was written when the list was an open one. */
START_TEST(a_list_that_is_made_covert_later_is_hidden_in_what_is_stored_already)
{
	char words[256];
	fx_teardown();
	fx_setup_rules(covert_rules);
	struct hl_list_settings *list = (struct hl_list_settings *)hl_settings_list(fx.catalog->settings, "quiet");
	list->covert = false;
	see_both();
	snprintf(words, sizeof words, "alert show %s --json", felony);
	fx_has(fx_ok(words), quiet);
	list->covert = true;
	lacks(fx_ok(words), "quiet");
	lacks(fx_ok("alert ls --json"), "quiet");
	lacks(fx_ok("outbox ls --json"), quiet);
	snprintf(words, sizeof words, "alert ack %s --json", felony);
	lacks(fx_ok(words), "quiet");
	snprintf(words, sizeof words, "alert ack %s", quiet);
	fx_fails(HL_E_NOTFOUND, "no alert", words);
}
END_TEST

/* ---- the outbox ---- */

static size_t pending_of(const char *alert)
{
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = alert, .state = "pending" }, &d, &n, NULL), HL_OK);
	hl_deliveries_free(d, n);
	return n;
}

START_TEST(the_outbox_shows_an_officer_no_delivery_of_a_covert_alert)
{
	char words[256];
	fx_see("r1", "TWO111", 0);
	alert_of("quiet", quiet);
	alert_of("felony", felony);
	struct hl_recorded again = fx_see("r2", "5SOW750", 1000);
	const char *const looks[] = { "outbox ls", "outbox ls --json", "outbox ls --limit 2 --json", "outbox ls --role officer --json", "outbox ls --receiver north --json" };
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		lacks(fx_ok(looks[i]), quiet);
		snprintf(words, sizeof words, "alert %.8s", quiet);
		lacks(hl_buf_text(&fx.out), words);
	}
	fx_has(fx_ok("outbox ls --json"), felony);
	fx_has(fx_ok("outbox ls --json"), again.alert);
	fx_has(fx_ok("outbox ls --role supervisor --json"), quiet);
	snprintf(words, sizeof words, "outbox ls --alert %s", quiet);
	fx_fails(HL_E_NOTFOUND, "no alert", words);
}
END_TEST

START_TEST(an_officer_gives_up_nothing_of_a_covert_alert_and_may_try_all_again)
{
	char words[256], id[HL_DELIVERY_ID];
	see_both();
	size_t before = pending_of(quiet);
	ck_assert_uint_gt(before, 0);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .alert = quiet }, before);
	hl_copy(id, sizeof id, d[0].id);
	hl_deliveries_free(d, before);
	snprintf(words, sizeof words, "outbox drop %s --reason why", id);
	fx_fails(HL_E_NOTFOUND, "no delivery", words);
	snprintf(words, sizeof words, "outbox retry %s", id);
	fx_fails(HL_E_NOTFOUND, "no delivery", words);
	snprintf(words, sizeof words, "outbox drop --alert %s --reason why", quiet);
	fx_fails(HL_E_NOTFOUND, "no alert", words);
	fx_ok("outbox drop --receiver north --reason why");
	ck_assert_uint_eq(pending_of(quiet), before);
	/* To try again is never wrong; it counts what may be seen. */
	ck_assert_int_eq(fx.store->ops->dead(fx.store, id, fx.now_ms, "no", NULL), HL_OK);
	fx_has(fx_ok("outbox retry --json"), "{\"retried\":0}");
	ck_assert_uint_eq(pending_of(quiet), before);
	fx_ok("outbox drop --receiver north --role supervisor --reason why");
	ck_assert_uint_eq(pending_of(quiet), 0);
}
END_TEST

/* ---- what is told ---- */

/* Records what the read hits on this list alone. */
static void only(const struct hl_read *r, const char *list)
{
	struct hl_recorded out = { 0 };
	const struct hl_hit *h;
	fx.now_ms = r->time_ms > fx.now_ms ? r->time_ms : fx.now_ms;
	size_t n = hl_decide(fx.catalog, fx.decider, r, 1, &(struct hl_decide_opts){ .now_ms = fx.now_ms }, &h);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(fx.catalog->list[h[i].list].name, list))
			ck_assert_int_eq(hl_record_hit(fx.store, fx.catalog, r, &h[i], fx.now_ms, &out, &fx.err), HL_OK);
	ck_assert(out.alert[0]);
}

static const struct {
	const char *felony, *quiet;
} urgency[] = { { "1", "2" }, { "2", "1" } };

/* Whoever hears of both has it from the covert one, whichever is the more urgent; nothing is to be seen in the other. */
START_TEST(a_covert_entry_that_joins_leaves_no_trace_in_an_open_alert)
{
	char rules[sizeof covert_rules], words[128];
	snprintf(rules, sizeof rules, "%s", covert_rules);
	*(strstr(rules, "felony: {priority: ") + strlen("felony: {priority: ")) = *urgency[_i].felony;
	*(strstr(rules, "quiet: {priority: ") + strlen("quiet: {priority: ")) = *urgency[_i].quiet;
	fx_teardown();
	fx_setup_rules(rules);
	struct hl_read r = fx_read("r1", "TWO111", 0);
	only(&r, "felony");
	alert_of("felony", felony);
	snprintf(words, sizeof words, "alert show %s --json", felony);
	char *before = hl_strdup(fx_ok(words)), *pulse = hl_strdup(fx_ok("alert pulse")), *sent = hl_strdup(fx_ok("outbox ls --json"));
	r = fx_read("r2", "TWO111", 1000);
	only(&r, "quiet");
	alert_of("quiet", quiet);
	ck_assert_str_eq(fx_ok(words), before);
	ck_assert_str_eq(fx_ok("alert pulse"), pulse);
	ck_assert_str_eq(fx_ok("outbox ls --json"), sent);
	hl_deliveries_free(outbox((struct hl_outbox_filter){ .receiver = "north", .alert = quiet }, 3), 3);
	struct hl_alert *a = fx_alert(quiet);
	ck_assert_str_eq(a->life.also[0].alert, felony);
	free(a);
	free(before);
	free(pulse);
	free(sent);
}
END_TEST

/* What was told before is taken back, and the end names no list that kept the rest silent. */
START_TEST(the_end_of_a_silenced_alert_does_not_say_by_what)
{
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nalerts: {cooldown: 1s}\nlists: {quiet: {inhibits: [stolen]}, stolen: {}}\n"
		       "route: {receivers: [desk], routes: [{when: {list: quiet}, receivers: [north]}]}\n");
	fx.catalog->rules->agreed = true;
	struct hl_read r = fx_read("r1", "TWO111", 0);
	only(&r, "stolen");
	deliver_all();
	r = fx_read("r2", "TWO111", 60000);
	only(&r, "quiet");
	r = fx_read("r3", "TWO111", 120000);
	only(&r, "stolen");
	char stolen[HL_ID_TEXT];
	alert_of("stolen", stolen);
	struct hl_alert *a = fx_alert(stolen);
	ck_assert_str_eq(a->life.inhibited, "quiet");
	free(a);
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, stolen, HL_SD_WITHDRAWN, "lee", "", fx.now_ms, NULL, &fx.err), HL_OK);
	char *desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.standdown\"");
	lacks(desk, "quiet");
	free(desk);
}
END_TEST

/* ---- status, audit ---- */

static size_t two_drops(void *arg, struct hl_drop_state *out, size_t max)
{
	(void)arg;
	ck_assert_uint_ge(max, 2);
	out[0] = (struct hl_drop_state){ .list = "quiet" };
	out[1] = (struct hl_drop_state){ .list = "felony" };
	return 2;
}

START_TEST(status_and_audit_tell_an_officer_of_no_covert_list)
{
	fx.ctx.drops = two_drops;
	lacks(fx_ok("status"), "quiet");
	lacks(fx_ok("status --json"), "quiet");
	fx_has(fx_ok("status --json"), "\"list\":\"felony\"");
	const char *const looks[] = { "audit show", "audit show --role officer", "audit sample 3" };
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		fx_fails(HL_E_DENIED, "covert lists", looks[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("covert");
	TCase *t = tcase_create("covert");
	tcase_add_checked_fixture(t, setup, fx_teardown);
	tcase_add_loop_test(t, an_officer_finds_no_covert_alert_to_act_on, 0, sizeof act / sizeof act[0]);
	tcase_add_test(t, what_an_act_answers_names_no_covert_entry);
	tcase_add_test(t, a_list_that_is_made_covert_later_is_hidden_in_what_is_stored_already);
	tcase_add_test(t, the_outbox_shows_an_officer_no_delivery_of_a_covert_alert);
	tcase_add_test(t, an_officer_gives_up_nothing_of_a_covert_alert_and_may_try_all_again);
	tcase_add_loop_test(t, a_covert_entry_that_joins_leaves_no_trace_in_an_open_alert, 0, sizeof urgency / sizeof urgency[0]);
	tcase_add_test(t, the_end_of_a_silenced_alert_does_not_say_by_what);
	tcase_add_test(t, status_and_audit_tell_an_officer_of_no_covert_list);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
