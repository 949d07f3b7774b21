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

/* Mails and short messages: a line for each alert, plates only where the channel may have them; short messages count. */
START_TEST(each_channel_has_its_digest)
{
	struct hl_delivery *d;
	size_t n, seen = 0;
	begin(HEAD "receivers: {north: {rate_limit: {notices: 1, per: 3m}}}\nroute: {receivers: [north]}\n");
	flood(3, 1 * M);
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
		else
			fx_has(d[i].body, "Subject: DIGEST: 3 alerts, the most urgent P5");
	}
	ck_assert_uint_eq(seen, 3);
	hl_deliveries_free(d, n);
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
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
