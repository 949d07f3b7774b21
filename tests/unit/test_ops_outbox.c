/* test_ops_outbox.c: looking through deliveries, trying them again and giving them up, on the real store: text, JSON, faults of usage. */
#include "../fixture/engine_fixture.h"

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

START_TEST(outbox_ls_shows_what_became_of_deliveries)
{
	ck_assert_str_eq(fx_ok("outbox ls"), "no deliveries\n");
	struct hl_recorded a = fx_see("r1", "XYZ999", 0);
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = "desk" }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(fx.store->ops->dead(fx.store, d[0].id, FX_T0 + 5000, "HTTP 410 Gone", NULL), HL_OK);
	const char *text = fx_ok("outbox ls");
	fx_has(text, "ID        STATE     RECEIVER     CHANNEL TRIES WHEN (UTC)     EVENT\n");
	char expect[256];
	snprintf(expect, sizeof expect, "%.8s  dead      desk         webhook     1 11-23 10:00:05 alert.created\n"
		 "          alert %.8s to https://cad.example/hook: HTTP 410 Gone\n",
		 d[0].id, a.alert);
	fx_has(text, expect);
	fx_has(text, "4 deliveries\n");
	hl_deliveries_free(d, n);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = "north" }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(fx.store->ops->later(fx.store, d[0].id, FX_T0 + 5000, "deadline reached after 6 attempts; the last: no answer: Failed to connect to it", NULL),
			 HL_OK);
	text = fx_ok("outbox ls");
	fx_has(text, " to +13035550100: deadline reached after 6 attempts; the\n          last: no answer: ");
	fx_has(text, "Failed to connect to it\n");
	for (const char *s = text; *s; s += strcspn(s, "\n") + 1)
		ck_assert_uint_le(strcspn(s, "\n"), 80);
	fx_has(fx_ok("outbox ls --state dead"), "1 delivery\n");
	fx_has(fx_ok("outbox ls --receiver north"), "3 deliveries\n");
	fx_has(fx_ok(with("outbox ls --alert @", a.alert)), "4 deliveries\n");
	fx_has(fx_ok("outbox ls --state dead --json"), "\"state\":\"dead\",\"attempts\":1,");
	fx_fails(HL_E_USAGE, "--state 'lost': expected one of pending, delivered, dead, cancelled", "outbox ls --state lost");
	fx_fails(HL_E_NOTFOUND, "no alert", "outbox ls --alert zzzzzz");
	hl_deliveries_free(d, n);
}
END_TEST

START_TEST(outbox_retry_wakes_what_is_meant)
{
	struct hl_recorded a = fx_see("r1", "XYZ999", 0);
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ 0 }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 4);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(fx.store->ops->dead(fx.store, d[i].id, FX_T0, "gone", NULL), HL_OK);
	ck_assert_int_eq(fx.store->ops->done(fx.store, d[2].id, FX_T0, "200", NULL), HL_OK);
	fx_fails(HL_E_CONFLICT, "is delivered: there is nothing to try again", with("outbox retry --id @", d[2].id));
	fx_fails(HL_E_NOTFOUND, "no delivery zzzzzz", "outbox retry --id zzzzzz");
	fx_fails(HL_E_USAGE, "at least 4", "outbox retry --id zzz");
	fx_fails(HL_E_NOTFOUND, "no alert", "outbox retry --alert zzzzzz");
	ck_assert(!fx.ctx.outbox_reopened);
	ck_assert_str_eq(fx_ok(with("outbox retry @", d[0].id)), "1 delivery will be tried again now\n");
	ck_assert(fx.ctx.outbox_reopened);
	ck_assert_str_eq(fx_ok("outbox retry --json"), "{\"retried\":1}\n");
	ck_assert_str_eq(fx_ok("outbox retry"), "0 deliveries will be tried again now\n");
	ck_assert_str_eq(fx_ok("outbox retry --receiver nobody"), "0 deliveries will be tried again now\n");
	ck_assert_str_eq(fx_ok(with("outbox retry --alert @", a.alert)), "3 deliveries will be tried again now\n");
	ck_assert_int_eq(fx_counts().pending, 3);
	hl_deliveries_free(d, n);
}
END_TEST

START_TEST(outbox_drop_gives_up_what_is_meant)
{
	struct hl_recorded a = fx_see("r1", "XYZ999", 0);
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ 0 }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 4);
	fx_fails(HL_E_USAGE, "what is to be dropped? expected ids, --receiver", "outbox drop --reason why");
	fx_fails(HL_E_USAGE, "--reason is missing", with("outbox drop @", d[0].id));
	fx_fails(HL_E_USAGE, "ids say what is meant by themselves", with("outbox drop @ --receiver desk --reason why", d[0].id));
	fx_fails(HL_E_USAGE, "--before", "outbox drop --before yesterday --reason why");
	fx_fails(HL_E_NOTFOUND, "no delivery zzzzzz", "outbox drop zzzzzz --reason why");
	ck_assert_int_eq(fx_counts().pending, 4);
	ck_assert_str_eq(fx_ok(with("outbox drop @ --reason wrong-number", d[0].id)), "1 delivery dropped\n");
	fx_has(fx_ok("outbox ls --state cancelled --json"), ": wrong-number\"");
	fx_fails(HL_E_CONFLICT, "is cancelled: there is nothing to try again or to drop", with("outbox drop @ --reason again", d[0].id));
	ck_assert_str_eq(fx_ok("outbox drop --before 1h --reason old"), "0 deliveries dropped\n");
	ck_assert_str_eq(fx_ok("outbox drop --since 1h --receiver desk --reason old --json"), "{\"dropped\":1}\n");
	ck_assert_str_eq(fx_ok(with("outbox drop --alert @ --reason over", a.alert)), "2 deliveries dropped\n");
	ck_assert_int_eq(fx_counts().pending, 0);
	ck_assert_int_eq(fx_counts().cancelled, 4);
	fx_has(fx_ok("outbox ls --before 1h"), "no deliveries\n");
	fx_has(fx_ok("outbox ls --since 1h"), "4 deliveries\n");
	hl_deliveries_free(d, n);
}
END_TEST

START_TEST(several_are_chosen_by_their_ids)
{
	fx_see("r1", "XYZ999", 0);
	struct hl_delivery *d;
	size_t n;
	char both[256];
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ 0 }, &d, &n, NULL), HL_OK);
	snprintf(both, sizeof both, "outbox drop %s %s --reason x", d[0].id, d[1].id);
	ck_assert_str_eq(fx_ok(both), "2 deliveries dropped\n");
	/* One that does not fit: nothing is done. */
	snprintf(both, sizeof both, "outbox drop %s %s --reason x", d[2].id, d[0].id);
	fx_fails(HL_E_CONFLICT, "is cancelled", both);
	ck_assert_int_eq(fx_counts().pending, 2);
	hl_deliveries_free(d, n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("operations on the outbox");
	TCase *t = tcase_create("outbox");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, outbox_ls_shows_what_became_of_deliveries);
	tcase_add_test(t, outbox_retry_wakes_what_is_meant);
	tcase_add_test(t, outbox_drop_gives_up_what_is_meant);
	tcase_add_test(t, several_are_chosen_by_their_ids);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
