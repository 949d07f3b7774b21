/* test_story.c: one vehicle, one story (doc/story.md): sightings, several entries in one notice, covert lists, what remains when one of them ends, an address that
 * several receivers share. Each case goes through the rules, the real store and the adapters.
 */
#include "story_case.h"
#include "engine/standdown.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const char story_rules[] =
	"version: 1\n"
	"confusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\n"
	"match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.001}\n"
	"lists: {felony: {priority: 1}, stolen: {priority: 4}, quiet: {priority: 2}}\n"
	"zones: {out: {cameras: [cam9]}}\n"
	"route:\n"
	"  receivers: [desk]\n"
	"  routes:\n"
	"    - {when: {list: quiet}, receivers: [north]}\n"
	"    - {when: {zone: out}, receivers: [annex]}\n";

static void setup(void)
{
	fx_setup_rules(story_rules);
}

/* A read of another camera, at its site. */
static struct hl_read read_at(const char *id, const char *plate, const char *camera, const char *site, int64_t at_ms)
{
	struct hl_read r = fx_read(id, plate, at_ms);
	hl_copy(r.camera, sizeof r.camera, camera);
	hl_copy(r.site, sizeof r.site, site);
	return r;
}

/* Records what the read hits on this list alone. */
static struct hl_recorded only(const struct hl_read *r, const char *list)
{
	struct hl_recorded out = { 0 };
	const struct hl_hit *h;
	fx.now_ms = r->time_ms > fx.now_ms ? r->time_ms : fx.now_ms;
	size_t n = hl_decide(fx.catalog, fx.decider, r, 1, &(struct hl_decide_opts){ .now_ms = fx.now_ms }, &h), found = 0;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(fx.catalog->list[h[i].list].name, list) != 0)
			continue;
		ck_assert_int_eq(hl_record_hit(fx.store, fx.catalog, r, &h[i], fx.now_ms, &out, &fx.err), HL_OK);
		found++;
	}
	ck_assert_uint_eq(found, 1);
	return out;
}

/* ---- sightings ---- */

START_TEST(the_vehicle_again_elsewhere_is_told_as_an_update_with_the_newest_place)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	struct hl_alert *a = fx_alert(first.alert);
	int64_t age_ms = a->list_age_ms;
	free(a);
	struct hl_read r = read_at("r2", "5SOW750", "cam8", "Exit 9", 5 * MINUTE);
	struct hl_recorded again = fx_record(&r);
	ck_assert_int_eq(again.outcome, HL_OUT_SIGHTED);
	ck_assert_str_eq(again.alert, first.alert);
	a = fx_alert(first.alert);
	ck_assert_int_eq(a->list_age_ms, age_ms); /* as it was when it was decided */
	ck_assert_int_eq(a->time_ms, FX_T0);
	ck_assert_int_eq(a->passage_reads, 1);
	ck_assert_int_eq(a->life.sightings, 1);
	ck_assert_str_eq(a->life.sighting[0].site, "Exit 9");
	ck_assert_int_eq(a->life.sighting[0].decision, HL_ALERT);
	ck_assert_str_eq(hl_alert_place(a), "Exit 9");
	free(a);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = "desk" }, 2);
	ck_assert_int_eq(d[0].type, HL_EVENT_UPDATED);
	ck_assert_int_eq(d[0].seen_ms, FX_T0 + 5 * MINUTE);
	fx_has(d[0].body, "\"site\":\"Exit 9\"");
	hl_deliveries_free(d, 2);
	/* 49 more reads of that passage: counted. */
	r = read_at("r3", "5SOW750", "cam8", "Exit 9", 5 * MINUTE + 300);
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_COUNTED);
	a = fx_alert(first.alert);
	ck_assert_int_eq(a->life.sightings, 1);
	ck_assert_int_eq(a->passage_reads, 1);
	free(a);
}
END_TEST

START_TEST(an_alert_that_nobody_closed_tells_days_later_also_those_of_the_new_place)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	struct hl_read r = read_at("r2", "5SOW750", "cam9", "Airport", 3 * (int64_t)DAY);
	struct hl_recorded again = fx_record(&r);
	ck_assert_str_eq(again.alert, first.alert);
	ck_assert_uint_eq(again.deliveries, 2);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_str_eq(a->receivers, "annex desk");
	free(a);
	free(told("annex", 1));
	free(told("desk", 2));
}
END_TEST

START_TEST(the_same_site_within_the_cooldown_is_counted_and_not_told_but_a_rise_is)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	ck_assert_int_eq(fx_see("r2", "5SOW350", 2 * MINUTE).why, HL_SUP_COOLDOWN);
	ck_assert_int_eq(fx_see("r3", "5SOW350", 2 * MINUTE + 500).why, HL_SUP_PASSAGE);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->life.sightings, 1);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	free(a);
	ck_assert_int_eq(fx_counts().pending, 1);
	struct hl_recorded rise = fx_see("r4", "5SOW750", 4 * MINUTE);
	ck_assert_int_eq(rise.outcome, HL_OUT_UPDATED);
	ck_assert_str_eq(rise.alert, first.alert);
	ck_assert_int_eq(fx_counts().pending, 2);
	a = fx_alert(first.alert);
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert_str_eq(a->plate_read, "5SOW750");
	ck_assert_int_eq(a->life.sightings, 2);
	free(a);
}
END_TEST

START_TEST(a_read_that_comes_late_is_kept_in_its_place_and_not_told)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	struct hl_read late = read_at("r3", "5SOW750", "cam6", "Bridge", 2 * MINUTE), r = read_at("r2", "5SOW750", "cam8", "Exit 9", 5 * MINUTE);
	fx_record(&r);
	struct hl_recorded out = fx_record(&late);
	ck_assert_int_eq(out.outcome, HL_OUT_SIGHTED);
	ck_assert_uint_eq(out.deliveries, 0);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->life.sightings, 2);
	ck_assert_str_eq(a->life.sighting[0].site, "Bridge");
	ck_assert_str_eq(a->life.sighting[1].site, "Exit 9");
	ck_assert_str_eq(hl_alert_place(a), "Exit 9");
	free(a);
	ck_assert_int_eq(fx_counts().pending, 2);
	const char *row = strstr(fx_ok("alert ls"), " 11-23 10:05:00 "); /* the time that belongs to the place */
	ck_assert_msg(row && strstr(row, "Exit 9"), "%s", hl_buf_text(&fx.out));
}
END_TEST

START_TEST(of_many_sightings_the_newest_are_kept_and_all_are_counted)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	for (int i = 1; i <= HL_SIGHTINGS_MAX + 4; i++) {
		char id[16], site[16];
		snprintf(id, sizeof id, "s%d", i);
		snprintf(site, sizeof site, "Exit %d", i);
		struct hl_read r = read_at(id, "5SOW750", site, site, i * MINUTE);
		ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_SIGHTED);
	}
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->life.sightings, HL_SIGHTINGS_MAX + 4);
	ck_assert_uint_eq(a->life.n_sightings, HL_SIGHTINGS_MAX);
	ck_assert_str_eq(a->life.sighting[0].camera, "Exit 5");
	ck_assert_str_eq(a->life.sighting[HL_SIGHTINGS_MAX - 1].camera, "Exit 20");
	free(a);
}
END_TEST

/* ---- incidents ---- */

START_TEST(several_entries_hit_by_one_read_are_one_notice_for_each_receiver)
{
	fx_see("r1", "TWO111", 0);
	ck_assert_int_eq(fx_counts().alerts, 3);
	char *desk = told("desk", 1);
	fx_has(desk, "\"type\":\"alert.created\"");
	fx_has(desk, "\"list\":\"felony\"");
	fx_has(desk, "\"also\":[{");
	fx_has(desk, "\"list\":\"stolen\"");
	/* What is covert is named to nobody but its own route, which for its part is not told of the others. */
	lacks(desk, "quiet");
	lacks(desk, "watched");
	free(desk);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = "north" }, 3);
	for (int i = 0; i < 3; i++) {
		lacks(d[i].body, "felony");
		lacks(d[i].body, "stolen");
	}
	hl_deliveries_free(d, 3);
}
END_TEST

START_TEST(a_short_message_names_the_other_entries_by_their_categories)
{
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nlists: {felony: {priority: 1}}\nroute: {receivers: [annex]}\n");
	fx_see("r1", "TWO111", 0);
	char *text = told("annex", 1);
	fx_has(text, "felony +");
	fx_has(text, "+stolen");
	free(text);
}
END_TEST

START_TEST(a_second_list_hit_later_is_told_by_the_open_alert)
{
	struct hl_read r = fx_read("r1", "TWO111", 0);
	struct hl_recorded felony = only(&r, "felony");
	r = read_at("r2", "TWO111", "cam8", "Exit 9", MINUTE);
	struct hl_recorded stolen = only(&r, "stolen");
	ck_assert_int_eq(stolen.outcome, HL_OUT_CREATED);
	ck_assert_str_ne(stolen.alert, felony.alert);
	char *desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.updated\"");
	fx_has(desk, felony.alert);
	fx_has(desk, stolen.alert);
	free(desk);
	/* The other way round the notice goes over to the more urgent one. */
	fx_teardown();
	setup();
	r = fx_read("r1", "TWO111", 0);
	only(&r, "stolen");
	r = read_at("r2", "TWO111", "cam8", "Exit 9", MINUTE);
	only(&r, "felony");
	desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.created\"");
	fx_has(desk, "\"also\":[{");
	free(desk);
}
END_TEST

START_TEST(a_receiver_of_both_hears_both_and_others_nothing_of_what_is_covert)
{
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0, alert_probability: 0.0}\nlists: {quiet: {priority: 1}, felony: {priority: 2}}\n"
		       "route:\n  receivers: [desk]\n  routes:\n    - {when: {list: quiet}, receivers: [north]}\n    - {when: {list: felony}, receivers: [desk, north]}\n");
	fx_see("r1", "TWO111", 0);
	char *desk = told("desk", 1);
	lacks(desk, "quiet");
	free(desk);
	char quiet[HL_ID_TEXT], felony[HL_ID_TEXT];
	alert_of("quiet", quiet);
	alert_of("felony", felony);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .alert = quiet }, 3);
	hl_deliveries_free(d, 3);
	d = outbox((struct hl_outbox_filter){ .alert = felony }, 1);
	ck_assert_str_eq(d[0].receiver, "desk");
	hl_deliveries_free(d, 1);
	/* What officers look up later must not tell it either: the stored notice of the other says which of those it names are covert. */
	struct hl_alert *a = fx_alert(felony);
	for (unsigned i = 0; i < a->life.n_also; i++)
		ck_assert_int_eq(a->life.also[i].covert, !strcmp(a->life.also[i].list, "quiet"));
	ck_assert(!a->life.covert);
	free(a);
	a = fx_alert(quiet);
	ck_assert(a->life.covert);
	free(a);
}
END_TEST

START_TEST(the_end_of_one_leaves_the_others_and_says_what_remains)
{
	char stolen[HL_ID_TEXT], felony[HL_ID_TEXT];
	size_t n = 0;
	fx_see("r1", "TWO111", 0);
	deliver_all();
	alert_of("stolen", stolen);
	alert_of("felony", felony);
	/* Told by the other's notice, and taken back under its own name. */
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, stolen, HL_SD_WITHDRAWN, "metro", "", fx.now_ms, &n, &fx.err), HL_OK);
	ck_assert_uint_eq(n, 1);
	char *desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.standdown\"");
	fx_has(desk, stolen);
	fx_has(desk, felony);
	lacks(desk, "quiet");
	free(desk);
	struct hl_alert *a = fx_alert(felony);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	free(a);
}
END_TEST

START_TEST(what_only_a_cancelled_notice_would_have_told_is_told_by_what_remains)
{
	char stolen[HL_ID_TEXT], felony[HL_ID_TEXT];
	size_t n = 99;
	fx_see("r1", "TWO111", 0);
	alert_of("stolen", stolen);
	alert_of("felony", felony);
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, felony, HL_SD_WITHDRAWN, "metro", "", fx.now_ms, &n, &fx.err), HL_OK);
	ck_assert_uint_eq(n, 0);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = "desk", .state = "pending" }, 1);
	ck_assert_str_eq(d[0].alert, stolen);
	lacks(d[0].body, felony);
	hl_deliveries_free(d, 1);
	d = outbox((struct hl_outbox_filter){ .receiver = "desk", .state = "cancelled" }, 1);
	ck_assert_str_eq(d[0].alert, felony);
	hl_deliveries_free(d, 1);
}
END_TEST

START_TEST(a_covert_alert_silences_no_other)
{
	struct hl_read r = fx_read("r1", "TWO111", 0);
	only(&r, "quiet");
	r = fx_read("r2", "TWO111", 1000);
	struct hl_recorded out = only(&r, "stolen");
	ck_assert_int_eq(out.outcome, HL_OUT_CREATED);
	ck_assert_uint_eq(out.deliveries, 1);
	char *desk = told("desk", 1);
	lacks(desk, "quiet");
	free(desk);
}
END_TEST

static const char inhibiting[] =
	"version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nlists: {felony: {priority: 1}, quiet: {priority: 2, inhibits: [stolen, felony]}, stolen: {}}\n"
	"route: {receivers: [desk], routes: [{when: {list: quiet}, receivers: [north]}]}\n";

START_TEST(an_approved_list_silences_others_and_nothing_is_dropped)
{
	char quiet[HL_ID_TEXT], stolen[HL_ID_TEXT], words[128];
	fx_teardown();
	fx_setup_rules(inhibiting);
	fx.catalog->rules->agreed = true;
	fx_see("r1", "TWO111", 0);
	ck_assert_int_eq(fx_counts().alerts, 3);
	hl_deliveries_free(outbox((struct hl_outbox_filter){ .receiver = "desk" }, 0), 0);
	alert_of("quiet", quiet);
	alert_of("stolen", stolen);
	struct hl_alert *a = fx_alert(stolen);
	ck_assert_str_eq(a->life.inhibited, "quiet");
	ck_assert_str_eq(a->receivers, "");
	free(a);
	/* What silences it is covert: an officer sees that it is silent, and not by what. */
	fx_has(fx_ok("alert ls --json"), "\"inhibited\":\"another list\"");
	lacks(hl_buf_text(&fx.out), "quiet");
	/* Its end lets the next read be told, cooldown or not. */
	snprintf(words, sizeof words, "alert reject %s --reason other --by smith --role dispatcher", quiet);
	fx_ok(words);
	fx_see("r2", "TWO111", MINUTE);
	char *desk = told("desk", 1);
	fx_has(desk, "\"list\":\"felony\"");
	fx_has(desk, "\"list\":\"stolen\"");
	lacks(desk, "inhibited");
	free(desk);
}
END_TEST

START_TEST(without_a_second_person_nothing_is_silenced)
{
	fx_teardown();
	fx_setup_rules(inhibiting);
	fx_see("r1", "TWO111", 0);
	free(told("desk", 1));
}
END_TEST

START_TEST(one_alert_of_a_vehicle_escalates_and_the_next_when_it_is_over)
{
	char stolen[HL_ID_TEXT], felony[HL_ID_TEXT], words[128];
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nlists: {felony: {priority: 1}}\n"
		       "route:\n  receivers: [desk]\n  escalate: [{after: 2m, receivers: annex}]\n  routes: [{when: {list: quiet}, receivers: [north], escalate: []}]\n");
	fx_see("r1", "TWO111", 0);
	deliver_all();
	alert_of("stolen", stolen);
	alert_of("felony", felony);
	story_fire_due(2 * MINUTE);
	ck_assert_uint_eq(story_told(felony, HL_EVENT_ESCALATED, "annex"), 1);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 0);
	snprintf(words, sizeof words, "alert reject %s --reason other --by smith", felony);
	fx_ok(words);
	story_fire_due(8 * MINUTE);
	ck_assert_uint_eq(story_told(stolen, HL_EVENT_ESCALATED, "annex"), 1);
}
END_TEST

START_TEST(what_is_covert_is_not_shown_to_officers)
{
	char quiet[HL_ID_TEXT], stolen[HL_ID_TEXT], words[128];
	fx_see("r1", "TWO111", 0);
	alert_of("quiet", quiet);
	alert_of("stolen", stolen);
	const char *const looks[] = { "alert ls", "alert ls --json", "alert ls --role officer --json", "alert ls --role agency --json", "status", "status --json" };
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		lacks(fx_ok(looks[i]), "quiet");
	fx_has(fx_ok("alert ls --json"), stolen);
	fx_has(fx_ok("alert ls --role supervisor --json"), quiet);
	const char *const verbs[] = { "show", "explain" };
	for (int i = 0; i < 2; i++) {
		snprintf(words, sizeof words, "alert %s %s", verbs[i], quiet);
		fx_fails(HL_E_NOTFOUND, "no alert", words);
		snprintf(words, sizeof words, "alert %s %s --role supervisor", verbs[i], quiet);
		fx_has(fx_ok(words), "TWO111");
		snprintf(words, sizeof words, "alert %s %s --json", verbs[i], stolen);
		lacks(fx_ok(words), "quiet");
		snprintf(words, sizeof words, "alert %s %s", verbs[i], stolen);
		lacks(fx_ok(words), "quiet");
	}
	snprintf(words, sizeof words, "alert show %s --role supervisor --json", stolen);
	fx_has(fx_ok(words), quiet);
	fx_ok("alert ls --json --limit 1");
	fx_has(hl_buf_text(&fx.out), "\"incident\"");
}
END_TEST

START_TEST(an_address_that_two_receivers_share_gets_an_event_once)
{
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nroute: {receivers: [north, annex]}\n");
	struct hl_recorded r = fx_see("r1", "5SOW750", 0);
	ck_assert_uint_eq(r.deliveries, 3);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = "annex" }, 0);
	hl_deliveries_free(d, 0);
	ck_assert_int_eq(fx_counts().dead, 0);
}
END_TEST

/* ---- half of it ---- */

static int before_refusal;

/* The change after so many others is refused, as where its id is taken. */
static enum hl_code refusing_apply(struct hl_store *s, const struct hl_change *c, struct hl_err *err)
{
	if (before_refusal-- == 0)
		return hl_err_set(err, HL_E_EXISTS, "the id is taken");
	return hl_store_sqlite.apply(s, c, err);
}

/* Nobody is told of an alert under an id that it does not get in the end. */
START_TEST(what_is_told_before_a_refusal_is_taken_back)
{
	struct hl_store_ops ops = hl_store_sqlite;
	struct hl_read r = fx_read("r1", "TWO111", 0);
	only(&r, "felony");
	deliver_all();
	ops.apply = refusing_apply;
	before_refusal = 1;
	fx.store->ops = &ops;
	r = read_at("r2", "TWO111", "cam8", "Exit 9", 5 * MINUTE);
	struct hl_recorded out = only(&r, "stolen");
	fx.store->ops = &hl_store_sqlite;
	ck_assert_int_eq(before_refusal, -3); /* two parts, twice */
	ck_assert_int_eq(out.outcome, HL_OUT_CREATED);
	char *body = told("desk", 2);
	fx_has(body, out.alert);
	free(body);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("story");
	TCase *t = tcase_create("story");
	tcase_add_checked_fixture(t, setup, fx_teardown);
	tcase_add_test(t, the_vehicle_again_elsewhere_is_told_as_an_update_with_the_newest_place);
	tcase_add_test(t, an_alert_that_nobody_closed_tells_days_later_also_those_of_the_new_place);
	tcase_add_test(t, the_same_site_within_the_cooldown_is_counted_and_not_told_but_a_rise_is);
	tcase_add_test(t, a_read_that_comes_late_is_kept_in_its_place_and_not_told);
	tcase_add_test(t, of_many_sightings_the_newest_are_kept_and_all_are_counted);
	tcase_add_test(t, several_entries_hit_by_one_read_are_one_notice_for_each_receiver);
	tcase_add_test(t, a_short_message_names_the_other_entries_by_their_categories);
	tcase_add_test(t, a_second_list_hit_later_is_told_by_the_open_alert);
	tcase_add_test(t, a_receiver_of_both_hears_both_and_others_nothing_of_what_is_covert);
	tcase_add_test(t, the_end_of_one_leaves_the_others_and_says_what_remains);
	tcase_add_test(t, what_only_a_cancelled_notice_would_have_told_is_told_by_what_remains);
	tcase_add_test(t, a_covert_alert_silences_no_other);
	tcase_add_test(t, one_alert_of_a_vehicle_escalates_and_the_next_when_it_is_over);
	tcase_add_test(t, an_approved_list_silences_others_and_nothing_is_dropped);
	tcase_add_test(t, without_a_second_person_nothing_is_silenced);
	tcase_add_test(t, what_is_covert_is_not_shown_to_officers);
	tcase_add_test(t, an_address_that_two_receivers_share_gets_an_event_once);
	suite_add_tcase(s, t);
	tcase_add_test(t, what_is_told_before_a_refusal_is_taken_back);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
