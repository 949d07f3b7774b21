/* test_evidence.c: what further reads take back of what was told of a passage (doc/story.md, Better evidence), and mutes, which keep silent. */
#include "rules_fixture.h"
#include "story_case.h"

/* One more result for the vehicle, whatever it matches. */
static enum hl_outcome result_at(const char *camera, const char *id, const char *plate, int64_t at_ms, size_t *hits)
{
	const struct hl_hit *h, *kept[8];
	struct hl_recorded out[8] = { 0 };
	struct hl_read r = fx_read(id, plate, at_ms);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, "t-1");
	hl_copy(r.camera, sizeof r.camera, camera);
	fx.now_ms = r.time_ms;
	size_t n = hl_decide(fx.catalog, fx.decider, &r, 1, &(struct hl_decide_opts){ .now_ms = fx.now_ms, .passages = fx.passages, .kept_only = true }, &h);
	*hits = 0;
	for (size_t i = 0; i < n && *hits < 8; i++)
		if (h[i].decision != HL_DROP || h[i].fell)
			kept[(*hits)++] = &h[i];
	if (*hits)
		ck_assert_int_eq(hl_record_hits(fx.store, fx.catalog, &r, kept, *hits, fx.now_ms, out, &fx.err), HL_OK);
	return out[0].outcome;
}

static enum hl_outcome result(const char *id, const char *plate, int64_t at_ms, size_t *hits)
{
	return result_at("cam7", id, plate, at_ms, hits);
}

START_TEST(a_misread_that_the_passage_does_not_bear_out_is_stood_down_once)
{
	char alert[HL_ID_TEXT];
	size_t hits;
	fx_teardown();
	fx_setup_rules("version: 1\nconfusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\nmatch: {max_cost: 1.0, min_probability: 0.001}\nroute: {receivers: [desk]}\n");
	ck_assert_int_eq(result("r1", "5SOW350", 0, &hits), HL_OUT_CREATED);
	ck_assert_uint_eq(hits, 1);
	alert_of("stolen", alert);
	deliver_all();
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	/* Just over the threshold for one read: a few that say something else, and it is far below. */
	fx.catalog->rules->match.min_probability = 0;
	struct hl_match_opts *m = (struct hl_match_opts *)hl_rules_match(fx.catalog->rules, "stolen");
	m->min_probability = a->plate_probability;
	free(a);
	int fell = 0;
	for (int i = 2; i <= 12; i++) {
		char id[8];
		snprintf(id, sizeof id, "r%d", i);
		result(id, "8KRM912", i * 500, &hits);
		fell += hits > 0;
	}
	ck_assert_int_eq(fell, 1);
	a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_WITHDRAWN);
	ck_assert_str_eq(a->closed_reason, "evidence");
	free(a);
	char *desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.standdown\"");
	fx_has(desk, "STAND DOWN: misread, as further reads of the vehicle show");
	free(desk);
	/* Its next bad frame does not begin it again. */
	m->min_probability = 0;
	ck_assert_int_eq(result("r13", "5SOW350", 6700, &hits), HL_OUT_COUNTED);
	ck_assert_int_eq(fx_counts().alerts, 1);
}
END_TEST

/* What another vehicle was taken for at another camera says nothing against the alert that it was a sighting of. */
START_TEST(a_misread_elsewhere_takes_back_no_alert)
{
	char alert[HL_ID_TEXT], id[8];
	size_t hits;
	fx_teardown();
	fx_setup_rules("version: 1\nconfusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\nmatch: {max_cost: 1.0, min_probability: 0.001}\nroute: {receivers: [desk]}\n");
	ck_assert_int_eq(result("r1", "5SOW750", 0, &hits), HL_OUT_CREATED);
	alert_of("stolen", alert);
	struct hl_alert *was = fx_alert(alert);
	ck_assert_int_eq(result_at("cam8", "r2", "5SOW350", 1200000, &hits), HL_OUT_SIGHTED);
	((struct hl_match_opts *)hl_rules_match(fx.catalog->rules, "stolen"))->min_probability = 0.5; /* so high that a few other reads are enough */
	size_t fell = 0;
	for (int i = 3; i <= 14; i++) {
		snprintf(id, sizeof id, "r%d", i);
		result_at("cam8", id, "8KRM912", 1200000 + i * 500, &hits);
		fell += hits;
	}
	ck_assert_uint_eq(fell, 1);
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	ck_assert_int_eq(a->decision, was->decision);
	free(a);
	free(was);
}
END_TEST

/* Reads of something else by the camera, from the number on, until what was told there falls. */
static void let_fall(const char *camera, int number, int64_t at_ms)
{
	char id[8];
	size_t hits, fell = 0;
	((struct hl_match_opts *)hl_rules_match(fx.catalog->rules, "stolen"))->min_probability = 0.5; /* so high that a few other reads are enough */
	for (int i = 0; i < 12; i++) {
		snprintf(id, sizeof id, "r%d", number + i);
		result_at(camera, id, "8KRM912", at_ms + i * 500, &hits);
		fell += hits;
	}
	ck_assert_uint_eq(fell, 1);
}

/* The alert's own passage falls while another camera has seen the vehicle, too: one of the two is enough, whichever falls first, and neither is not. */
START_TEST(what_a_sighting_bears_out_is_taken_back_when_that_falls_too)
{
	char alert[HL_ID_TEXT];
	size_t hits;
	static const char *const order[][2] = { { "cam7", "cam8" }, { "cam8", "cam7" } };
	fx_teardown();
	fx_setup_rules("version: 1\nconfusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\nmatch: {max_cost: 1.0, min_probability: 0.001}\nroute: {receivers: [desk]}\n");
	ck_assert_int_eq(result_at("cam7", "r1", "5SOW350", 0, &hits), HL_OUT_CREATED);
	alert_of("stolen", alert);
	ck_assert_int_eq(result_at("cam8", "r2", "5SOW350", 1000, &hits), HL_OUT_SIGHTED);
	deliver_all();
	let_fall(order[_i][0], 100, 1500);
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	ck_assert_int_eq(a->passage_fell, _i == 0);
	ck_assert_int_eq(a->life.sighting[0].decision, _i == 0 ? HL_VERIFY : HL_DROP);
	free(a);
	free(told("desk", 2)); /* nothing is said of it: what was told holds */
	let_fall(order[_i][1], 200, 7500);
	a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_WITHDRAWN);
	ck_assert_str_eq(a->closed_reason, "evidence");
	free(a);
}
END_TEST

START_TEST(an_alert_that_becomes_unlikely_is_told_as_one_to_verify_once)
{
	char alert[HL_ID_TEXT];
	size_t hits;
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0, alert_probability: 0.0}\nroute: {receivers: [desk]}\n");
	ck_assert_int_eq(result("r1", "5SOW750", 0, &hits), HL_OUT_CREATED);
	alert_of("stolen", alert);
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->decision, HL_ALERT);
	((struct hl_match_opts *)hl_rules_match(fx.catalog->rules, "stolen"))->alert_probability = 2 * a->probability - 0.0001; /* just under, for one read */
	free(a);
	int fell = 0;
	for (int i = 2; i <= 14; i++) {
		char id[8];
		snprintf(id, sizeof id, "r%d", i);
		result(id, "8KRM912", i * 400, &hits);
		fell += hits > 0;
	}
	ck_assert_int_eq(fell, 1);
	a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	free(a);
	char *desk = told("desk", 2);
	fx_has(desk, "\"type\":\"alert.updated\"");
	fx_has(desk, "less likely by further reads");
	free(desk);
}
END_TEST

/* ---- mutes ---- */

/* FX_T0 is 2026-11-23T10:00:00Z: five minutes and a half before it ends. */
static const char mute_rules[] = "version: 1\nmatch: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.0}\nroute: {receivers: [desk]}\n"
				 "mute:\n  - {when: {list: [stolen, wanted]}, until: \"2026-11-23T10:05:30Z\", comment: roadworks}\n";

START_TEST(a_mute_stops_notices_and_never_the_alert)
{
	fx_teardown();
	fx_setup_rules(mute_rules);
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	ck_assert_int_eq(first.outcome, HL_OUT_CREATED);
	ck_assert_uint_eq(first.deliveries, 0);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_str_eq(a->muted, "until 2026-11-23T10:05:30.000Z: roadworks");
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert_str_eq(a->receivers, "");
	free(a);
	ck_assert_int_eq(fx_see("r2", "5SOW750", 2000).outcome, HL_OUT_COUNTED);
	ck_assert_int_eq(fx_see("r3", "5SOW750", 320000).why, HL_SUP_COOLDOWN);
	ck_assert_int_eq(fx_counts().pending, 0);
	/* It is over: what nobody was told of is news, cooldown or not. */
	struct hl_recorded r = fx_see("r4", "5SOW750", 330000);
	ck_assert_int_eq(r.outcome, HL_OUT_SIGHTED);
	ck_assert_uint_eq(r.deliveries, 1);
	a = fx_alert(r.alert);
	ck_assert_str_eq(a->muted, "");
	free(a);
	ck_assert_int_eq(fx_see("r5", "5SOW750", 400000).why, HL_SUP_COOLDOWN);
}
END_TEST

START_TEST(a_mute_takes_nothing_from_those_who_were_told)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	ck_assert_int_eq(fx_counts().pending, 1);
	struct hl_catalog *told = fx.catalog;
	struct hl_rules *rules = told->rules, *muting = rules_of(mute_rules);
	told->rules = muting;
	ck_assert_int_eq(fx_see("r2", "5SOW750", 2000).outcome, HL_OUT_COUNTED);
	told->rules = rules;
	ck_assert_int_eq(fx_see("r3", "5SOW750", 3000).outcome, HL_OUT_UPDATED);
	ck_assert_int_eq(fx_counts().pending, 2);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_str_eq(a->muted, "");
	ck_assert_int_eq(a->passage_reads, 3);
	free(a);
	hl_rules_free(&muting);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence");
	TCase *t = tcase_create("evidence");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, a_misread_that_the_passage_does_not_bear_out_is_stood_down_once);
	tcase_add_test(t, a_misread_elsewhere_takes_back_no_alert);
	tcase_add_loop_test(t, what_a_sighting_bears_out_is_taken_back_when_that_falls_too, 0, 2);
	tcase_add_test(t, an_alert_that_becomes_unlikely_is_told_as_one_to_verify_once);
	tcase_add_test(t, a_mute_stops_notices_and_never_the_alert);
	tcase_add_test(t, a_mute_takes_nothing_from_those_who_were_told);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
