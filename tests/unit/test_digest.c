/* test_digest.c: what a receiver can bear: what is over its rate limit is held, and told in one message in its time. */
#include "follow_case.h"

#define LIMIT "receivers: {desk: {rate_limit: {notices: 2, per: 10m}, digest: 5m}}\nroute: {receivers: [desk], routes: [{when: {list: felony}, receivers: [desk, north]}]}\n"

/* Alerts of other vehicles at other cameras: n more; late ones of others again. */
static void flood(int n, int64_t at_ms)
{
	for (int i = 0; i < n; i++) {
		char id[16];
		snprintf(id, sizeof id, "f%d-%d", (int)(at_ms / S), i);
		struct hl_read r = fx_read(id, fx_plate(i + (at_ms > 5 * M ? 5 : 0)), at_ms);
		snprintf(r.camera, sizeof r.camera, "cam-%d-%d", (int)(at_ms / S), i);
		hl_copy(alert, sizeof alert, fx_record(&r).alert);
	}
}

static size_t count(const char *state, bool held, enum hl_event_type type)
{
	struct hl_delivery *d;
	size_t n, found = 0;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .state = state, .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		found += d[i].type == type && held == (d[i].held[0] != 0);
	hl_deliveries_free(d, n);
	return found;
}

/* The digest's body. */
static const char *digest(void)
{
	static char text[HL_BODY_MAX];
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	text[0] = 0;
	for (size_t i = 0; i < n && !text[0]; i++)
		if (d[i].type == HL_EVENT_DIGEST)
			hl_copy(text, sizeof text, d[i].body);
	hl_deliveries_free(d, n);
	return text;
}

START_TEST(more_than_a_receiver_can_bear_is_gathered)
{
	begin(HEAD LIMIT);
	flood(5, 1 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_CREATED), 2);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 4);
	at(6 * M - 1);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 0);
	at(6 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 1);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 0);
	fx_has(digest(), "\"type\":\"alert.digest\"");
	fx_has(digest(), "\"receiver\":\"desk\",\"count\":4");
	fx_has(digest(), alert);
	at(7 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 1);
	flood(3, 10 * M); /* a new stretch begins */
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 1);
}
END_TEST

START_TEST(the_most_urgent_is_never_held)
{
	begin(HEAD "lists: {felony: {priority: 1}}\n" LIMIT);
	flood(4, 1 * M);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 3);
	fx_see("p1", "XYZ999", 61 * S);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 3);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_CREATED), 2 + 4);
}
END_TEST

START_TEST(a_rejected_alert_leaves_the_digest)
{
	begin(HEAD LIMIT);
	flood(3, 1 * M);
	run("reject --reason other", 2 * M);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 1);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_STANDDOWN), 0);
	at(6 * M);
	fx_has(digest(), "\"count\":1");
	ck_assert_ptr_null(strstr(digest(), alert));
}
END_TEST

/* Where no `digest` is given it comes when `per` is over. */
START_TEST(a_digest_without_a_time_of_its_own)
{
	begin(HEAD "receivers: {desk: {rate_limit: {notices: 1, per: 3m}}}\nroute: {receivers: [desk]}\n");
	flood(2, 1 * M);
	at(4 * M - 1);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 0);
	at(4 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 1);
}
END_TEST

static size_t widest(const char *text)
{
	size_t most = 0;
	for (const char *p = strstr(text, "\r\n\r\n"); p && *p; p += strcspn(p, "\n"), p += *p == '\n')
		most = strcspn(p, "\r\n") > most ? strcspn(p, "\r\n") : most;
	return most;
}

/* Mails and short messages: a line for each alert, plates only where the channel may have them; short messages count. */
START_TEST(each_channel_has_its_digest)
{
	struct hl_delivery *d;
	size_t n, seen = 0;
	begin(HEAD "receivers: {north: {rate_limit: {notices: 1, per: 3m}}}\nroute: {receivers: [north]}\n");
	flood(3, 1 * M);
	run("ack", 2 * M);
	run("verify --state differs", 2 * M);
	at(4 * M);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = "north", .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++) {
		if (d[i].type != HL_EVENT_DIGEST)
			continue;
		seen++;
		ck_assert_int_eq(d[i].state, HL_DL_PENDING);
		ck_assert_ptr_null(strstr(d[i].body, "5SOW750"));
		if (!strcmp(d[i].channel, "sms"))
			ck_assert_str_eq(d[i].body, "DIGEST 3 alerts NOT VERIFIED: P5 x3 https://hl.example");
		else {
			fx_has(d[i].body, "Subject: DIGEST: 3 alerts, the most urgent P5");
			fx_has(d[i].body, "\r\n    state DIFFERS, says jones\r\n");
			ck_assert_uint_le(widest(d[i].body), 80);
		}
	}
	ck_assert_uint_eq(seen, 3);
	hl_deliveries_free(d, n);
}
END_TEST

/* All that can be taken has arrived. */
static void deliver_all(int64_t at_ms)
{
	struct hl_delivery d[16];
	size_t n = 1;
	while (n) {
		ck_assert_int_eq(fx.store->ops->take(fx.store, FX_T0 + at_ms, 1000, d, 16, &n, NULL), HL_OK);
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_eq(fx.store->ops->done(fx.store, d[i].id, FX_T0 + at_ms, "200", NULL), HL_OK);
			hl_delivery_wipe(&d[i]);
		}
	}
}

#define WITH_FALLBACK "receivers: {desk: {rate_limit: {notices: 1, per: 10m}, digest: 5m}}\nroute: {receivers: [desk], fallback: {after: 1m, receivers: [annex]}}\n"

/* It waits for the digest: nobody has tried to reach the receiver yet. From then on it has the time that it would have had. */
START_TEST(what_is_held_is_not_out_of_reach)
{
	begin(HEAD WITH_FALLBACK);
	deliver_all(0);
	flood(1, 10 * S);
	for (int i = 1; i <= 5; i++)
		at(i * M);
	ck_assert_uint_eq(count(NULL, false, HL_EVENT_ESCALATED), 0);
	at(5 * M + 10 * S);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 1);
	if (_i)
		deliver_all(5 * M + 11 * S);
	at(6 * M + 9 * S);
	ck_assert_uint_eq(count(NULL, false, HL_EVENT_ESCALATED), 0);
	at(6 * M + 10 * S);
	at(7 * M + 10 * S);
	ck_assert_uint_eq(count(NULL, false, HL_EVENT_ESCALATED), _i ? 0 : 1);
}
END_TEST

/* An update is not told before what it updates: it goes with it, in the digest. One of priority 1 does not wait. */
START_TEST(what_follows_a_held_alert_does_not_overtake_it)
{
	begin(HEAD LIMIT);
	flood(3, 1 * M);
	run("ack", 2 * M);
	run("verify --plate agrees --state agrees --vehicle agrees", 2 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_UPDATED), 0);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_UPDATED), 1);
	at(6 * M);
	fx_has(digest(), "\"count\":2");
	fx_has(digest(), "VERIFIED by");
	ck_assert_uint_eq(count("pending", true, HL_EVENT_UPDATED), 0);
	deliver_all(6 * M);
	ck_assert_uint_eq(count("delivered", false, HL_EVENT_UPDATED), 1);
	run("confirm --source NCIC --reference 7 --role dispatcher", 7 * M);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_UPDATED), 1);
}
END_TEST

/* Nor does a repeat, in a stretch in which there is room again. */
START_TEST(a_repeat_of_a_held_alert_joins_it)
{
	begin(HEAD "receivers: {desk: {rate_limit: {notices: 1, per: 2m}, digest: 30m}}\nroute: {receivers: [desk], repeat: 5m}\n");
	flood(1, 1 * M);
	char words[128];
	struct hl_alert_row *rows;
	size_t n_rows;
	const struct hl_alert_filter all = { .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	ck_assert_int_eq(fx.store->ops->alert_list(fx.store, &all, &rows, &n_rows, NULL), HL_OK);
	snprintf(words, sizeof words, "alert ack %s", rows[n_rows - 1].id); /* the first: there is room for the other's repeat */
	hl_alert_rows_free(rows, n_rows);
	fx_ok(words);
	at(6 * M);
	at(11 * M);
	struct hl_delivery *d;
	size_t n, pending = 0;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = alert, .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++) {
		ck_assert(d[i].held[0] || d[i].state == HL_DL_CANCELLED);
		pending += d[i].state == HL_DL_PENDING;
	}
	ck_assert_uint_eq(pending, 2);
	hl_deliveries_free(d, n);
}
END_TEST

/* What another timer of the same moment has counted is not forgotten. */
START_TEST(a_digest_leaves_the_count_as_it_is)
{
	begin(HEAD "receivers: {desk: {rate_limit: {notices: 1, per: 5m}, digest: 5m}}\nroute: {receivers: [desk], repeat: 5m}\n");
	deliver_all(0);
	flood(1, 10 * S);
	run("ack", 20 * S);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 1);
	at(5 * M + 10 * S);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_DIGEST), 1);
	ck_assert_uint_eq(count("pending", false, HL_EVENT_UPDATED), 1);
	flood(1, 5 * M + 20 * S);
	ck_assert_uint_eq(count("pending", true, HL_EVENT_CREATED), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("digest");
	TCase *t = tcase_create("digest");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, more_than_a_receiver_can_bear_is_gathered);
	tcase_add_test(t, the_most_urgent_is_never_held);
	tcase_add_test(t, a_rejected_alert_leaves_the_digest);
	tcase_add_test(t, a_digest_without_a_time_of_its_own);
	tcase_add_test(t, each_channel_has_its_digest);
	tcase_add_loop_test(t, what_is_held_is_not_out_of_reach, 0, 2);
	tcase_add_test(t, what_follows_a_held_alert_does_not_overtake_it);
	tcase_add_test(t, a_repeat_of_a_held_alert_joins_it);
	tcase_add_test(t, a_digest_leaves_the_count_as_it_is);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
