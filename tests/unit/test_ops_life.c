/* test_ops_life.c: what people do to alerts, on the real store: the answers, what is stored, who is told of it and who is not, who may, and two who act at once.
 */
#include "../fixture/engine_fixture.h"
#include "base/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/life.h"

#define NOT_VERIFIED "NOT VERIFIED: confirm plate, state and vehicle before acting"

static char id[HL_ID_TEXT];

/* "alert VERB ID MORE". */
static const char *cmd(const char *verb, const char *more)
{
	static char words[512];
	snprintf(words, sizeof words, "alert %s %s%s%s", verb, id, *more ? " " : "", more);
	return words;
}

static void see(const char *plate)
{
	static int n;
	char read[16];
	snprintf(read, sizeof read, "r%d", ++n);
	hl_copy(id, sizeof id, fx_see(read, plate, 0).alert);
}

/* Everything that is due goes out and arrives. */
static size_t deliver(void)
{
	struct hl_delivery d[64];
	size_t n, all = 0;
	do {
		ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, 60000, d, 64, &n, NULL), HL_OK);
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_eq(fx.store->ops->done(fx.store, d[i].id, fx.now_ms, "200", NULL), HL_OK);
			hl_delivery_wipe(&d[i]);
		}
		all += n;
	} while (n);
	return all;
}

/* The newest delivery of the alert to this receiver's channel; its body belongs to the list, which the next call frees. */
static const struct hl_delivery *newest(const char *receiver, const char *channel)
{
	static struct hl_delivery *d;
	static size_t n;
	hl_deliveries_free(d, n);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = id, .receiver = receiver }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(d[i].channel, channel))
			return &d[i];
	return NULL;
}

static size_t told(void)
{
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = id }, &d, &n, NULL), HL_OK);
	hl_deliveries_free(d, n);
	return n;
}

static void state_is(enum hl_alert_state s)
{
	struct hl_alert *a = fx_alert(id);
	ck_assert_int_eq(a->state, s);
	free(a);
}

/* ---- people ---- */

START_TEST(the_second_is_told_who_has_it_and_offered_to_join)
{
	char want[256];
	see("5SOW350");
	fx_ok(cmd("ack", "--by smith"));
	snprintf(want, sizeof want, "alert %s is acknowledged by smith and can't be acknowledged; join it: hotlistctl alert join %.8s", id, id);
	fx_fails(HL_E_CONFLICT, want, cmd("ack", "--by jones"));
	hl_buf_clear(&fx.out);
	ck_assert_int_eq(fx_run(cmd("ack", "--by jones --json")), HL_E_CONFLICT);
	fx_has(hl_buf_text(&fx.out), "\"acknowledged_by\":\"smith\"");
	fx_has(hl_buf_text(&fx.out), "\"offers\":[\"join\"]");
	snprintf(want, sizeof want, "alert %s: jones joins smith\n", id);
	ck_assert_str_eq(fx_ok(cmd("join", "--by jones")), want);
	fx_fails(HL_E_CONFLICT, "jones has joined already", cmd("join", "--by jones"));
	fx_has(fx_ok(cmd("show", "")), "joined         jones\n");
	fx_has(fx_ok(cmd("show", "--json")), "\"joined\":[\"jones\"]");
	/* The one who has it is not offered to join himself. */
	fx_fails(HL_E_CONFLICT, "can't be acknowledged", cmd("ack", "--by smith"));
	ck_assert_ptr_null(strstr(fx.err.text, "join"));
	ck_assert_uint_eq(told(), 1);
}
END_TEST

START_TEST(verified_in_parts_by_one_person)
{
	see("5SOW350");
	fx_fails(HL_E_CONFLICT, "is new and can't be verified", cmd("verify", "--plate agrees"));
	fx_ok(cmd("ack", "--by smith"));
	fx_fails(HL_E_USAGE, "what was compared?", cmd("verify", ""));
	fx_fails(HL_E_USAGE, "--state 'yes': expected one of agrees, differs, unknown", cmd("verify", "--state yes"));
	const char *text = fx_ok(cmd("verify", "--plate agrees --state agrees --by smith"));
	fx_has(text, "  plate    agrees, says smith\n  state    agrees, says smith\n  vehicle  not looked at\nnot verified: all three must agree\n");
	fx_has(fx_ok(cmd("verify", "--vehicle agrees --by jones")), "not verified: all three must agree, and one person must have said so of all three; not yet by jones: plate, state\n");
	ck_assert_uint_eq(told(), 1); /* nobody hears of half a verification */
	text = fx_ok(cmd("verify", "--vehicle agrees --by smith"));
	fx_has(text, "is verified\n");
	fx_has(text, "1 delivery tells: VERIFIED by smith at 2026-11-23 10:00:00Z; NOT CONFIRMED by the listing agency\n");
	ck_assert(fx.ctx.outbox_changed);
	const struct hl_delivery *d = newest("desk", "webhook");
	ck_assert_int_eq(d->type, HL_EVENT_UPDATED);
	fx_has(d->body, "\"notice\":\"VERIFIED by smith at 2026-11-23 10:00:00Z; NOT CONFIRMED by the listing agency\"");
	fx_fails(HL_E_CONFLICT, "smith has verified plate, state and vehicle already", cmd("verify", "--plate agrees --by jones"));
	fx_has(fx_ok(cmd("show", "")), "verification   plate agrees, says smith, 2026-11-23 10:00:00 UTC\n               state agrees, says smith,");
}
END_TEST

START_TEST(what_differs_is_told_and_offers_to_reject)
{
	char want[128];
	see("5SOW350");
	fx_ok(cmd("ack", "--by smith"));
	const char *text = fx_ok(cmd("verify", "--plate differs --vehicle unknown --by smith"));
	snprintf(want, sizeof want, "If it is not the vehicle: hotlistctl alert reject %.8s --reason misread|other_vehicle --plate SEEN\n", id);
	fx_has(text, want);
	fx_has(text, "1 delivery tells: " NOT_VERIFIED "; plate DIFFERS, says smith\n");
	fx_has(fx_ok(cmd("verify", "--plate differs --by smith --json")), "\"offers\":[\"reject\"]");
	ck_assert_uint_eq(told(), 2); /* the same said again is no news */
}
END_TEST

START_TEST(confirmed_by_the_dispatcher)
{
	see("XYZ999");
	fx_ok(cmd("ack", ""));
	fx_ok(cmd("verify", "--plate agrees --state agrees --vehicle agrees"));
	fx_fails(HL_E_DENIED, "confirm is for dispatcher, supervisor: jones is officer", cmd("confirm", "--source METRO --reference V123"));
	fx_fails(HL_E_USAGE, "--source is missing", cmd("confirm", "--role dispatcher"));
	fx_fails(HL_E_USAGE, "--reference is missing", cmd("confirm", "--source METRO --role dispatcher"));
	const char *text = fx_ok(cmd("confirm", "--source METRO --reference V123-XYZ999 --role dispatcher --by dora"));
	fx_has(text, "deliveries tell: VERIFIED by jones at 2026-11-23 10:00:00Z; CONFIRMED by METRO, reference V123-XYZ999\n");
	/* What a person wrote may name a plate: only those hear it who may. */
	fx_has(newest("desk", "webhook")->body, "reference V123-XYZ999");
	ck_assert_ptr_null(strstr(newest("north", "email")->body, "V123"));
	fx_has(newest("north", "email")->body, "CONFIRMED by the listing agency");
	ck_assert_ptr_null(strstr(newest("north", "sms")->body, "V123"));
	fx_has(newest("north", "sms")->body, "VERIFIED, CONFIRMED");
	fx_has(fx_ok(cmd("show", "")), "confirmed      by dora, 2026-11-23 10:00:00 UTC: METRO\nreference      V123-XYZ999\n");
	fx_fails(HL_E_CONFLICT, "is confirmed by dora", cmd("confirm", "--source a --reference b --role supervisor"));
}
END_TEST

/* ---- the end ---- */

START_TEST(closed_and_whoever_got_it_hears_so)
{
	see("XYZ999");
	ck_assert_uint_eq(deliver(), 4);
	fx_fails(HL_E_USAGE, "--outcome is missing", cmd("close", ""));
	fx_fails(HL_E_USAGE, "expected one of arrest, citation, stopped, recovered, found, not_found, no_action, other", cmd("close", "--outcome gone"));
	const char *text = fx_ok(cmd("close", "--outcome recovered --by smith"));
	fx_has(text, "is closed\n0 pending deliveries cancelled\n4 deliveries tell: CLOSED by smith: recovered\n");
	const struct hl_delivery *d = newest("desk", "webhook");
	ck_assert_int_eq(d->type, HL_EVENT_UPDATED);
	fx_has(d->body, "\"notice\":\"CLOSED by smith: recovered\"");
	fx_has(d->body, "\"outcome\":\"recovered\"");
	fx_has(newest("north", "sms")->body, "CLOSED");
	ck_assert_ptr_null(strstr(newest("north", "sms")->body, "VERIFIED"));
	fx_has(newest("north", "email")->body, "CLOSED by smith: recovered");
	fx_has(fx_ok(cmd("show", "")), "closed         by smith, 2026-11-23 10:00:00 UTC: recovered\n");
	fx_fails(HL_E_CONFLICT, "is closed by smith", cmd("ack", ""));
}
END_TEST

START_TEST(who_never_got_it_hears_nothing)
{
	see("XYZ999");
	fx_has(fx_ok(cmd("close", "--outcome not_found")), "4 pending deliveries cancelled\n");
	ck_assert_uint_eq(told(), 4);
	ck_assert_int_eq(fx_counts().cancelled, 4);
	ck_assert_uint_eq(deliver(), 0);
}
END_TEST

START_TEST(a_rejection_stands_down_whoever_got_it)
{
	struct hl_delivery d[4];
	size_t n;
	see("XYZ999");
	/* One arrives, one was tried, two were not. */
	ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, 60000, d, 2, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(fx.store->ops->done(fx.store, d[0].id, fx.now_ms, "200", NULL), HL_OK);
	ck_assert_int_eq(fx.store->ops->later(fx.store, d[1].id, fx.now_ms + 1000, "503", NULL), HL_OK);
	hl_delivery_wipe(&d[0]);
	hl_delivery_wipe(&d[1]);
	const char *text = fx_ok(cmd("reject", "--reason misread --plate XYZ99 --by smith"));
	fx_has(text, "rejected as misread by smith\n3 pending deliveries cancelled\n");
	fx_has(text, "2 deliveries tell: STAND DOWN: misread, says smith\n");
	ck_assert_uint_eq(told(), 6);
	ck_assert_int_eq(newest(d[0].receiver, d[0].channel)->type, HL_EVENT_STANDDOWN);
	ck_assert_uint_eq(deliver(), 2);
	ck_assert_ptr_nonnull(strstr(newest("desk", "webhook")->body, "\"notice\":\"STAND DOWN: misread, says smith\""));
	fx_fails(HL_E_CONFLICT, "is rejected by smith", cmd("reject", "--reason other"));
}
END_TEST

START_TEST(undo_of_a_rejection)
{
	see("5SOW350");
	deliver();
	fx_ok(cmd("reject", "--reason misread --plate 5SOW350 --by smith"));
	deliver();
	fx_fails(HL_E_DENIED, "undo is for supervisor", cmd("undo", "--reason no"));
	fx_fails(HL_E_USAGE, "--reason TEXT is missing", cmd("undo", "--role supervisor"));
	const char *text = fx_ok(cmd("undo", "--reason wrong-car --role supervisor --by sue"));
	fx_has(text, "is new again: rejected by smith is undone\nthe pair that it cleared is ended\n");
	fx_has(text, "1 delivery tells: STANDS AGAIN, says sue; " NOT_VERIFIED "\n");
	ck_assert_int_eq(newest("desk", "webhook")->type, HL_EVENT_UPDATED);
	state_is(HL_ST_NEW);
	fx_has(fx_ok(cmd("show", "")), "undone         rejected (smith) by sue, 2026-11-23 10:00:00 UTC: wrong-car\n");
	/* The entry is watched again, and the pair is told again: after the cooldown. */
	struct hl_watch w;
	size_t n;
	ck_assert_int_eq(fx.store->ops->watch_list(fx.store, &(struct hl_watch_filter){ .due_ms = HL_NO_TIME }, &w, 1, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	struct hl_cleared_row *rows;
	ck_assert_int_eq(fx.store->ops->cleared_list(fx.store, &(struct hl_cleared_filter){ .holds_ms = fx.now_ms }, &rows, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 0);
	free(rows);
	fx_fails(HL_E_CONFLICT, "is new and can't be undone", cmd("undo", "--reason more --role supervisor"));
}
END_TEST

START_TEST(another_rejections_pair_is_left_alone)
{
	see("5SOW350");
	fx_ok(cmd("reject", "--reason misread --plate 5SOW350 --by smith"));
	struct hl_alert *a = fx_alert(id);
	struct hl_peek_key key = { .entry = a->entry_id, .revision = a->entry_revision, .agency = "METRO", .plate_read = "5SOW350", .region = "" };
	struct hl_cleared other = { .exists = true, .at_ms = fx.now_ms, .until_ms = fx.now_ms + 1000, .by = "sue", .alert = "another" };
	hl_cleared_id(key.agency, key.plate_read, key.region, key.entry, key.revision, other.id);
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .key = &key, .cleared = &other, .now_ms = fx.now_ms }, NULL), HL_OK);
	free(a);
	ck_assert_ptr_null(strstr(fx_ok(cmd("undo", "--reason x --role supervisor")), "pair"));
	ck_assert_int_eq(fx_counts().cleared, 1);
	struct hl_cleared_row *rows;
	size_t n;
	ck_assert_int_eq(fx.store->ops->cleared_list(fx.store, &(struct hl_cleared_filter){ .holds_ms = fx.now_ms }, &rows, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	free(rows);
}
END_TEST

/* An alert whose entry is gone does not stand again: its stand-down would follow at once. */
START_TEST(what_no_longer_holds_is_not_opened_again)
{
	see("5SOW350");
	fx_ok(cmd("close", "--outcome other"));
	struct hl_alert *a = fx_alert(id);
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	hl_copy(a->entry_id, sizeof a->entry_id, "gone");
	a->rev++;
	hl_json_init(&j, &body);
	hl_alert_write(a, &j, NULL);
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &(struct hl_change){ .alert = a, .alert_body = body.data, .alert_body_n = body.len }, NULL), HL_OK);
	hl_buf_fini(&body);
	free(a);
	fx_fails(HL_E_CONFLICT, "its entry no longer holds", cmd("undo", "--reason x --role supervisor"));
	state_is(HL_ST_CLOSED);
}
END_TEST

START_TEST(nobody_is_told_without_settings_and_nothing_is_changed_then)
{
	see("5SOW350");
	deliver();
	fx.ctx.catalog = NULL;
	fx_ok(cmd("ack", ""));
	fx_fails(HL_E_CONFIG, "there are no settings", cmd("reject", "--reason other"));
	state_is(HL_ST_ACKNOWLEDGED);
	fx_fails(HL_E_CONFIG, "there are no settings", cmd("verify", "--plate agrees --state agrees --vehicle agrees"));
	fx_ok(cmd("verify", "--plate agrees"));
}
END_TEST

/* Whatever people do, no address is told the same notice twice in a row, and every told notice is the alert's own. */
START_TEST(never_the_same_notice_twice)
{
	static const char *const more[][2] = {
		{ "ack", "" }, { "ack", "--by smith" }, { "join", "--by smith" }, { "verify", "--plate agrees --state agrees --vehicle agrees" }, { "verify", "--vehicle agrees --by smith" },
		{ "verify", "--plate differs" }, { "verify", "--plate unknown --by smith" }, { "verify", "--plate agrees" }, { "confirm", "--source a --reference b --role dispatcher" },
		{ "close", "--outcome other" }, { "reject", "--reason other" }, { "undo", "--reason x --role supervisor" }, { "undo", "--reason y --role supervisor" },
	};
	unsigned seed = 1;
	see("5SOW350");
	size_t before = told();
	deliver();
	char last[HL_NOTICE_TEXT] = NOT_VERIFIED;
	for (int i = 0; i < 400; i++) {
		seed = seed * 1103515245 + 12345;
		size_t k = (seed >> 16) % (sizeof more / sizeof more[0]);
		fx.now_ms += 1000;
		enum hl_code rc = fx_run(cmd(more[k][0], more[k][1]));
		ck_assert_msg(rc == HL_OK || rc == HL_E_CONFLICT, "%s %s: %s", more[k][0], more[k][1], fx.err.text);
		size_t now = told();
		ck_assert_uint_le(now, before + (rc == HL_OK));
		if (now == before)
			continue;
		before = now;
		const char *at = strstr(newest("desk", "webhook")->body, "\"notice\":\"");
		ck_assert_ptr_nonnull(at);
		at += strlen("\"notice\":\"");
		ck_assert_msg(strncmp(at, last, strlen(last)) != 0 || at[strlen(last)] != '"', "%s %s told '%s' again", more[k][0], more[k][1], last);
		hl_copy_n(last, sizeof last, at, strcspn(at, "\""));
		ck_assert_uint_eq(deliver(), 1);
	}
	ck_assert_uint_gt(before, 50);
}
END_TEST

/* ---- who ---- */

static const struct hl_user people[] = {
	{ .name = (char[]){ "jones" }, .role = HL_ROLE_OFFICER }, { .name = (char[]){ "dora" }, .role = HL_ROLE_DISPATCHER }, { .name = (char[]){ "sue" }, .role = HL_ROLE_SUPERVISOR },
	{ .name = (char[]){ "carl" }, .role = HL_ROLE_AUDITOR },
};

START_TEST(the_settings_know_the_people)
{
	static struct hl_settings s;
	see("5SOW350");
	s = *fx.catalog->settings;
	s.users = (struct hl_array){ .v = (void *)people, .n = sizeof people / sizeof people[0] };
	fx.ctx.settings = &s;
	fx_ok(cmd("ack", ""));
	fx_fails(HL_E_DENIED, "--role supervisor: by the settings jones is officer", cmd("close", "--outcome other --role supervisor"));
	fx_fails(HL_E_DENIED, "--by sue: you are jones; only root and the daemon's own user speak for others", cmd("close", "--outcome other --by sue"));
	fx_fails(HL_E_DENIED, "alert undo is for supervisor: jones is officer", cmd("undo", "--reason x --by sue"));
	fx.ctx.trusted = true;
	fx_fails(HL_E_DENIED, "mallory is not among the users", cmd("join", "--by mallory"));
	fx_fails(HL_E_DENIED, "join is for officer, dispatcher, supervisor: carl is auditor", cmd("join", "--by carl"));
	fx_ok(cmd("join", "--by dora"));
	fx_fails(HL_E_DENIED, "undo is for supervisor: dora is dispatcher", cmd("undo", "--reason x --by dora"));
	fx_ok(cmd("undo", "--reason x --by sue"));
	fx_ok(cmd("ack", "--by sue --role supervisor"));
	fx.ctx.who = "root";
	fx_fails(HL_E_DENIED, "root is not among the users of the settings: --by NAME acts for one who is", cmd("close", "--outcome other"));
}
END_TEST

/* ---- two at once ---- */

static struct hl_store_ops slow_ops;
static const char *meanwhile; /* who acknowledges between another's look and his change */

static enum hl_code slow_get(struct hl_store *s, const char *alert, struct hl_alert_row *out, struct hl_err *err)
{
	enum hl_code rc = fx.store->ops->alert_get(fx.store, alert, out, err);
	(void)s;
	if (rc || !meanwhile)
		return rc;
	struct hl_lived *l = hl_calloc(1, sizeof *l);
	const struct hl_act act = { .by = meanwhile, .now_ms = fx.now_ms };
	meanwhile = NULL;
	ck_assert_int_eq(hl_life_transit(fx.store, fx.catalog, alert, HL_T_ACK, &act, l, NULL), HL_OK);
	free(l);
	return HL_OK;
}

START_TEST(two_by_the_same_revision_in_both_orders)
{
	static const char *const who[2] = { "smith", "jones" };
	static const char *const plates[2] = { "5SOW350", "ABC123" };
	struct hl_store slow = *fx.store;
	slow_ops = *fx.store->ops;
	slow_ops.alert_get = slow_get;
	slow.ops = &slow_ops;
	for (int i = 0; i < 2; i++) {
		char want[64];
		struct hl_lived *l = hl_calloc(1, sizeof *l);
		const struct hl_act act = { .by = who[1 - i], .now_ms = fx.now_ms };
		struct hl_err err = { 0 };
		see(plates[i]);
		meanwhile = who[i];
		ck_assert_int_eq(hl_life_transit(&slow, fx.catalog, id, HL_T_ACK, &act, l, &err), HL_E_CONFLICT);
		snprintf(want, sizeof want, "is acknowledged by %s", who[i]);
		fx_has(err.text, want);
		ck_assert_str_eq(l->alert.acknowledged_by, who[i]);
		ck_assert_int_eq(hl_life_transit(&slow, fx.catalog, id, HL_T_JOIN, &act, l, &err), HL_OK);
		ck_assert_int_eq(l->alert.rev, 3);
		free(l);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops life");
	TCase *t = tcase_create("ops life");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_second_is_told_who_has_it_and_offered_to_join);
	tcase_add_test(t, verified_in_parts_by_one_person);
	tcase_add_test(t, what_differs_is_told_and_offers_to_reject);
	tcase_add_test(t, confirmed_by_the_dispatcher);
	tcase_add_test(t, closed_and_whoever_got_it_hears_so);
	tcase_add_test(t, who_never_got_it_hears_nothing);
	tcase_add_test(t, a_rejection_stands_down_whoever_got_it);
	tcase_add_test(t, undo_of_a_rejection);
	tcase_add_test(t, another_rejections_pair_is_left_alone);
	tcase_add_test(t, what_no_longer_holds_is_not_opened_again);
	tcase_add_test(t, nobody_is_told_without_settings_and_nothing_is_changed_then);
	tcase_add_test(t, never_the_same_notice_twice);
	tcase_add_test(t, the_settings_know_the_people);
	tcase_add_test(t, two_by_the_same_revision_in_both_orders);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
