/* test_follow.c: what follows a first notice: steps, repeats, fallbacks and lapses, done at the times that the test gives; an acknowledgement at any point of it. */
#include "follow_case.h"

static char told_text[4096];

#define STEPS "route:\n  receivers: [desk]\n  escalate: [{after: 2m, receivers: [north]}, {after: 10m, receivers: [north, watch]}, {after: 20m, receivers: [chief]}]\n"

/* Who was told, each event once for a receiver, in order: "created desk, escalated north". */
static const char *told(void)
{
	struct hl_delivery *d;
	size_t n, used = 0;
	char last[HL_ID_TEXT + HL_NAME] = "", now[HL_ID_TEXT + HL_NAME];
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	told_text[0] = 0;
	for (size_t i = n; i-- > 0;) {
		snprintf(now, sizeof now, "%s %s", d[i].event, d[i].receiver);
		if (strcmp(now, last) != 0)
			used += (size_t)snprintf(told_text + used, sizeof told_text - used, "%s%s %s", used ? ", " : "", hl_event_name(d[i].type) + strlen("alert."), d[i].receiver);
		hl_copy(last, sizeof last, now);
	}
	hl_deliveries_free(d, n);
	return told_text;
}

/* Why the alert was told last, from its stored form. */
static const char *why(void)
{
	static char text[HL_TEXT_LONG];
	struct hl_alert *a = fx_alert(alert);
	hl_copy(text, sizeof text, hl_alert_why(a));
	free(a);
	return text;
}

START_TEST(steps_are_told_in_their_time)
{
	begin(HEAD STEPS);
	ck_assert_str_eq(told(), "created desk");
	at(2 * M - 1);
	ck_assert_str_eq(told(), "created desk");
	at(2 * M);
	ck_assert_str_eq(told(), "created desk, escalated north");
	ck_assert_str_eq(why(), "not acknowledged for 2 min");
	at(9 * M);
	at(10 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, escalated north, escalated watch");
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->life.escalation.step, 2);
	ck_assert_int_eq(a->life.escalation.at_ms, FX_T0 + 10 * M);
	ck_assert_str_eq(a->life.escalation.told, "north watch");
	ck_assert_str_eq(a->receivers, "desk north watch");
	ck_assert_int_eq(a->state, HL_ST_NEW);
	free(a);
	at(20 * M);
	at(50 * H);
	ck_assert_str_eq(told(), "created desk, escalated north, escalated north, escalated watch, escalated chief");
}
END_TEST

/* Why it comes stands in each channel's message: north has mail and a phone, the desk a webhook. */
START_TEST(each_channel_says_why)
{
	struct hl_delivery *d;
	size_t n, mails = 0, phones = 0, hooks = 0;
	begin(HEAD "route: {receivers: [chief], escalate: [{after: 2m, receivers: [north, desk]}]}\n");
	at(2 * M);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .state = "pending" }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++) {
		bool mail = !strcmp(d[i].channel, "email"), phone = !strcmp(d[i].channel, "sms");
		mails += mail;
		phones += phone;
		hooks += !mail && !phone;
		/* A short message has room for that it is one, and the link; not for why. */
		fx_has(d[i].body, mail ? "ESCALATED: not acknowledged for 2 min" : phone ? "ESCALATED P5" : "\"why\":\"not acknowledged for 2 min\"");
		fx_has(d[i].body, "NOT VERIFIED");
	}
	ck_assert(mails == 2 && phones == 1 && hooks == 1);
	hl_deliveries_free(d, n);
}
END_TEST

START_TEST(what_was_missed_is_told_once)
{
	begin(HEAD STEPS);
	at(8 * H);
	ck_assert_str_eq(told(), "created desk, escalated north, escalated watch, escalated chief");
	ck_assert_str_eq(why(), "not acknowledged for 8 h");
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->life.escalation.step, 3);
	free(a);
	begin(HEAD STEPS);
	at(11 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, escalated watch");
	at(20 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, escalated watch, escalated chief");
}
END_TEST

START_TEST(it_is_repeated_to_all_who_were_told)
{
	begin(HEAD "route: {receivers: [desk], repeat: 5m, escalate: [{after: 7m, receivers: [north]}]}\n");
	at(5 * M);
	ck_assert_str_eq(told(), "created desk, updated desk");
	ck_assert_str_eq(why(), "REPEAT 1, not acknowledged for 5 min");
	at(7 * M);
	at(10 * M);
	ck_assert_str_eq(told(), "created desk, updated desk, escalated north, updated desk, updated north");
	at(31 * M); /* 15, 20, 25 and 30 are over */
	ck_assert_str_eq(told(), "created desk, updated desk, escalated north, updated desk, updated north, updated desk, updated north");
	ck_assert_str_eq(why(), "REPEAT 3, not acknowledged for 31 min");
	run("ack", 32 * M);
	at(36 * M);
	ck_assert_str_eq(told(), "created desk, updated desk, escalated north, updated desk, updated north, updated desk, updated north");
	ck_assert_str_eq(why(), "");
}
END_TEST

START_TEST(repeats_have_an_end)
{
	begin(HEAD "route: {receivers: [desk], repeat: 30s}\n");
	for (int i = 1; i <= HL_REPEATS_MAX + 5; i++)
		at(i * 30 * S);
	ck_assert_str_eq(why(), "REPEAT 100, not acknowledged for 50 min");
	struct hl_timer t[4];
	ck_assert_uint_eq(due(1000 * H, t, 4), 0);
}
END_TEST

START_TEST(an_acknowledgement_that_nothing_follows_lapses)
{
	begin(HEAD STEPS);
	at(2 * M);
	run("ack", 3 * M);
	at(10 * M);
	at(18 * M - 1);
	ck_assert_str_eq(told(), "created desk, escalated north");
	at(18 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, updated desk, updated north");
	ck_assert_str_eq(why(), "the acknowledgement by jones has lapsed, nothing was done for 15 min");
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	ck_assert_str_eq(a->acknowledged_by, "");
	ck_assert_str_eq(a->life.lapsed.of, "jones");
	free(a);
	at(20 * M - 1);
	at(20 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, updated desk, updated north, escalated north");
	ck_assert_str_eq(why(), "not acknowledged for 2 min");
	at(28 * M);
	at(38 * M);
	ck_assert_str_eq(told(), "created desk, escalated north, updated desk, updated north, escalated north, escalated north, escalated watch, escalated chief");
	run("ack", 39 * M);
	run("reject --reason other", 40 * M);
	at(9 * H);
	ck_assert_int_eq(fx_counts().alerts, 1);
	struct hl_timer t[4];
	ck_assert_uint_eq(due(1000 * H, t, 4), 0);
}
END_TEST

/* The daemon asks what is due, and acknowledgements come before, between and after what it does: three timers due at once, an acknowledgement after _i of them. */
START_TEST(an_acknowledgement_stops_what_comes_after_it)
{
	struct hl_timer t[8];
	char before[sizeof told_text] = "";
	begin(HEAD "route: {receivers: [desk], repeat: 5m, escalate: [{after: 3m, receivers: [north]}], fallback: {after: 1m, receivers: [phone]}}\n");
	size_t n = due(6 * M, t, 8);
	ck_assert_uint_eq(n, 3);
	for (int i = 0; i < 3; i++) {
		if (i == _i)
			run("ack", 6 * M);
		if (i == _i)
			hl_copy(before, sizeof before, told());
		fire(&t[i], 6 * M);
		hl_timer_wipe(&t[i]);
	}
	if (_i == 3)
		run("ack", 6 * M);
	if (_i < 3)
		ck_assert_str_eq(told(), before);
	hl_copy(before, sizeof before, told());
	at(7 * M);
	at(20 * M);
	ck_assert_str_eq(told(), before);
	ck_assert_uint_eq(strstr(before, "escalated phone") != NULL, _i > 0);
	ck_assert_uint_eq(strstr(before, "escalated north") != NULL, _i > 1);
	ck_assert_uint_eq(strstr(before, "updated desk") != NULL, _i > 2);
}
END_TEST

/* How many events of this type to the receiver stand in the outbox so. */
static size_t events(const char *receiver, enum hl_event_type type, const char *state)
{
	struct hl_delivery *d;
	size_t n, found = 0;
	const struct hl_outbox_filter f = { .alert = alert, .receiver = receiver, .state = state, .limit = HL_LIST_MAX };
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &f, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		found += d[i].type == type && (!i || strcmp(d[i].event, d[i - 1].event) != 0);
	hl_deliveries_free(d, n);
	return found;
}

/* The server that is to get them is down: hours later nobody must be told that an alert is not acknowledged which is. What else there was to say is said. */
START_TEST(an_acknowledgement_takes_back_what_has_not_arrived)
{
	begin(HEAD "route: {receivers: [desk], repeat: 5m, escalate: [{after: 3m, receivers: [north]}], fallback: {after: 1m, receivers: [annex]}}\n");
	at(1 * M);
	at(3 * M);
	at(5 * M);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "pending"), 1);
	ck_assert_uint_eq(events("north", HL_EVENT_ESCALATED, "pending"), 1);
	ck_assert_uint_eq(events("annex", HL_EVENT_ESCALATED, "pending"), 1);
	run("ack", 6 * M);
	fx_has(hl_buf_text(&fx.out), "deliveries cancelled");
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "cancelled"), 1);
	ck_assert_uint_eq(events("north", HL_EVENT_ESCALATED, "cancelled"), 1);
	ck_assert_uint_eq(events("annex", HL_EVENT_ESCALATED, "cancelled"), 1);
	ck_assert_uint_eq(events("desk", HL_EVENT_CREATED, "pending"), 1);
	/* An acknowledgement that lapses is told, and so is what comes after it. */
	at(21 * M);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "pending"), 1);
	at(24 * M);
	ck_assert_uint_eq(events("north", HL_EVENT_ESCALATED, "pending"), 1);
	run("ack", 25 * M);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "pending"), 1);
	ck_assert_uint_eq(events("north", HL_EVENT_ESCALATED, "pending"), 0);
}
END_TEST

START_TEST(a_repeat_takes_the_place_of_the_one_before)
{
	begin(HEAD "route: {receivers: [desk], repeat: 30s}\n");
	for (int i = 1; i <= HL_REPEATS_MAX + 5; i++)
		at(i * 30 * S);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "pending"), 1);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "cancelled"), HL_REPEATS_MAX - 1);
	ck_assert_uint_eq(events("desk", HL_EVENT_CREATED, "pending"), 1);
	run("ack", 60 * M);
	ck_assert_uint_eq(events("desk", HL_EVENT_UPDATED, "pending"), 0);
}
END_TEST

/* Also in one group, and also where the group goes back. */
START_TEST(an_acknowledgement_and_a_step_in_one_group)
{
	struct hl_timer t[8];
	begin(HEAD STEPS);
	size_t n = due(2 * M, t, 8);
	ck_assert_uint_eq(n, 1);
	fx.ctx.now_ms = FX_T0 + 2 * M;
	ck_assert_int_eq(fx.store->ops->begin(fx.store, NULL), HL_OK);
	if (_i & 1)
		fire(&t[0], 2 * M);
	run("ack", 2 * M);
	fire(&t[0], 2 * M);
	if (_i & 2)
		fx.store->ops->rollback(fx.store);
	else
		ck_assert_int_eq(fx.store->ops->commit(fx.store, NULL), HL_OK);
	ck_assert_str_eq(told(), _i == 1 ? "created desk, escalated north" : "created desk");
	hl_timer_wipe(&t[0]);
	at(2 * M);
	ck_assert_str_eq(told(), _i == 0 ? "created desk" : "created desk, escalated north");
}
END_TEST

static void deliver(const char *receiver, enum hl_delivery_state state, int64_t at_ms)
{
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = receiver }, &d, &n, NULL), HL_OK);
	ck_assert_uint_ge(n, 1);
	if (state == HL_DL_DELIVERED)
		ck_assert_int_eq(fx.store->ops->done(fx.store, d[0].id, FX_T0 + at_ms, "200", NULL), HL_OK);
	else
		ck_assert_int_eq(fx.store->ops->dead(fx.store, d[0].id, FX_T0 + at_ms, "410", NULL), HL_OK);
	ck_assert_int_eq(hl_follow_dead(fx.store, d[0].id, FX_T0 + at_ms, &fx.err), HL_OK);
	hl_deliveries_free(d, n);
}

#define FALLBACK "route: {receivers: [desk], fallback: {after: 1m, receivers: [phone]}}\n"

START_TEST(who_can_not_be_reached_in_time_is_stood_in_for)
{
	begin(HEAD FALLBACK);
	at(1 * M - 1);
	ck_assert_str_eq(told(), "created desk");
	at(1 * M);
	ck_assert_str_eq(told(), "created desk, escalated phone");
	ck_assert_str_eq(why(), "desk could not be reached");
	at(9 * H);
	ck_assert_str_eq(told(), "created desk, escalated phone");
	begin(HEAD FALLBACK);
	deliver("desk", HL_DL_DELIVERED, 30 * S);
	at(1 * M);
	ck_assert_str_eq(told(), "created desk");
}
END_TEST

START_TEST(a_dead_letter_is_stood_in_for_at_once)
{
	begin(HEAD FALLBACK);
	deliver("desk", HL_DL_DEAD, 10 * S);
	at(10 * S);
	ck_assert_str_eq(told(), "created desk, escalated phone");
	begin(HEAD "route: {receivers: [nobody, desk], fallback: {after: 1m, receivers: [phone]}}\n"); /* not in the settings: dead from the first */
	at(0);
	ck_assert_str_eq(told(), "created nobody, created desk, escalated phone");
	ck_assert_str_eq(why(), "nobody could not be reached");
}
END_TEST

/* One channel of several is dead: the others have their time. */
START_TEST(one_channel_is_enough)
{
	begin(HEAD "route: {receivers: [north], fallback: {after: 1m, receivers: [phone]}}\n");
	deliver("north", HL_DL_DEAD, 10 * S);
	at(10 * S);
	ck_assert_str_eq(told(), "created north");
	at(59 * S);
	ck_assert_str_eq(told(), "created north");
	at(1 * M);
	ck_assert_str_eq(told(), "created north, escalated phone");
}
END_TEST

START_TEST(a_rise_begins_anew)
{
	begin("version: 1\nconfusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\nmatch: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.001}\n" STEPS);
	fx_teardown();
	fx_setup_rules("version: 1\nconfusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\nmatch: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.001}\n"
		       "alerts: {passage: 60s}\nroute:\n  receivers: [desk]\n  escalate: [{after: 30s, receivers: [north]}]\n"
		       "  routes: [{when: {decision: alert}, receivers: [desk], escalate: [{after: 40s, receivers: [chief]}]}]\n");
	hl_copy(alert, sizeof alert, fx_see("r1", "5SOW350", 0).alert);
	struct hl_recorded r = fx_see("r2", "5SOW750", 20 * S);
	ck_assert_int_eq(r.outcome, HL_OUT_UPDATED);
	at(30 * S);
	ck_assert_str_eq(told(), "created desk, updated desk");
	at(60 * S);
	ck_assert_str_eq(told(), "created desk, updated desk, escalated chief");
}
END_TEST

/* A vehicle that drives past camera after camera is escalated in the time that holds for one that stands still. */
START_TEST(a_sighting_does_not_begin_anew)
{
	begin(HEAD STEPS);
	struct hl_read r = fx_read("r2", "5SOW750", 90 * S);
	hl_copy(r.camera, sizeof r.camera, "cam8");
	r.site[0] = 0;
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_SIGHTED);
	at(2 * M);
	ck_assert_str_eq(told(), "created desk, updated desk, escalated north");
	ck_assert_str_eq(why(), "not acknowledged for 2 min");
}
END_TEST

/* The end of a mute is the first that anybody hears. */
START_TEST(what_was_muted_begins_when_it_is_told)
{
	begin(HEAD STEPS "mute: [{when: {list: stolen, camera: cam7}, comment: x}]\n");
	struct hl_timer t[4];
	struct hl_read r = fx_read("r2", "5SOW750", 90 * S);
	ck_assert_uint_eq(due(1000 * H, t, 4), 0);
	hl_copy(r.camera, sizeof r.camera, "cam8");
	r.site[0] = 0;
	hl_copy(alert, sizeof alert, fx_record(&r).alert);
	at(2 * M);
	ck_assert_str_eq(told(), "updated desk");
	at(90 * S + 2 * M);
	ck_assert_str_eq(told(), "updated desk, escalated north");
}
END_TEST

START_TEST(of_united_routes_all_steps_count)
{
	begin(HEAD "route:\n  receivers: [desk]\n  repeat: 9m\n  routes:\n"
		   "    - {receivers: [desk], continue: true, escalate: [{after: 4m, receivers: [watch]}]}\n"
		   "    - {receivers: [north], repeat: 6m, escalate: [{after: 2m, receivers: [chief]}, {after: 4m, receivers: [chief]}]}\n");
	at(2 * M);
	at(4 * M);
	ck_assert_str_eq(told(), "created desk, created north, escalated chief, escalated watch, escalated chief");
	at(6 * M);
	ck_assert_str_eq(why(), "REPEAT 1, not acknowledged for 6 min");
}
END_TEST

/* The rules that held when it was told hold for it: others have come since. */
START_TEST(an_open_alert_keeps_its_plan)
{
	begin(HEAD STEPS);
	struct hl_catalog *old = fx.catalog;
	struct hl_rules other = *old->rules, *was = old->rules;
	other.has_route = false;
	old->rules = &other;
	at(2 * M);
	run("ack", 3 * M);
	at(18 * M);
	at(20 * M);
	old->rules = was;
	ck_assert_str_eq(told(), "created desk, escalated north, updated desk, updated north, escalated north");
}
END_TEST

/* Nor do they keep hold of an acknowledgement longer than its plan does. */
START_TEST(an_acknowledgement_lapses_by_the_plan)
{
	begin(HEAD STEPS);
	char words[128];
	snprintf(words, sizeof words, "alert ack %s --by ann", alert);
	fx_ok(words);
	fx.catalog->rules->ack_ms = 60 * M;
	fx.now_ms = fx.ctx.now_ms = FX_T0 + 17 * M;
	snprintf(words, sizeof words, "alert ack %s --by bob", alert);
	fx_ok(words);
}
END_TEST

START_TEST(a_muted_alert_waits_for_nothing)
{
	begin(HEAD STEPS "mute: [{when: {list: stolen}, comment: x}]\n");
	struct hl_timer t[4];
	ck_assert_uint_eq(due(1000 * H, t, 4), 0);
	run("ack", 1 * M); /* and yet its acknowledgement lapses, that it may not seem to be somebody's for ever */
	at(16 * M);
	struct hl_alert *a = fx_alert(alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	free(a);
	ck_assert_str_eq(told(), "");
}
END_TEST

/* A timer of an alert that can't be read keeps no other from its time. */
START_TEST(what_can_not_be_done_is_put_off)
{
	begin(HEAD STEPS);
	struct hl_alert *a = fx_alert(alert);
	struct hl_timer t[2], later[2];
	struct hl_fired f;
	a->rev++;
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .alert = a, .alert_body = "{", .alert_body_n = 1 }, &fx.err), HL_OK);
	ck_assert_uint_eq(due(2 * M, t, 2), 1);
	ck_assert_int_eq(hl_follow_fire(fx.store, fx.catalog, &t[0], FX_T0 + 2 * M, &f, &fx.err), HL_E_INPUT);
	ck_assert_int_eq(hl_follow_put_off(fx.store, &t[0], FX_T0 + 2 * M, &fx.err), HL_OK);
	ck_assert_uint_eq(due(2 * M, later, 2), 0);
	ck_assert_uint_eq(due(3 * M, later, 2), 1);
	hl_timer_wipe(&t[0]);
	hl_timer_wipe(&later[0]);
	free(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("follow");
	TCase *t = tcase_create("follow");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, steps_are_told_in_their_time);
	tcase_add_test(t, each_channel_says_why);
	tcase_add_test(t, what_was_missed_is_told_once);
	tcase_add_test(t, it_is_repeated_to_all_who_were_told);
	tcase_add_test(t, repeats_have_an_end);
	tcase_add_test(t, an_acknowledgement_that_nothing_follows_lapses);
	tcase_add_loop_test(t, an_acknowledgement_stops_what_comes_after_it, 0, 4);
	tcase_add_test(t, an_acknowledgement_takes_back_what_has_not_arrived);
	tcase_add_test(t, a_repeat_takes_the_place_of_the_one_before);
	tcase_add_loop_test(t, an_acknowledgement_and_a_step_in_one_group, 0, 4);
	tcase_add_test(t, who_can_not_be_reached_in_time_is_stood_in_for);
	tcase_add_test(t, a_dead_letter_is_stood_in_for_at_once);
	tcase_add_test(t, one_channel_is_enough);
	tcase_add_test(t, a_rise_begins_anew);
	tcase_add_test(t, a_sighting_does_not_begin_anew);
	tcase_add_test(t, what_was_muted_begins_when_it_is_told);
	tcase_add_test(t, of_united_routes_all_steps_count);
	tcase_add_test(t, an_open_alert_keeps_its_plan);
	tcase_add_test(t, an_acknowledgement_lapses_by_the_plan);
	tcase_add_test(t, a_muted_alert_waits_for_nothing);
	tcase_add_test(t, what_can_not_be_done_is_put_off);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
