/* test_record.c: a hit -> what is written down: alerts, passages, cooldown, cleared pairs, duplicates; the deliveries of a route; what can't be sent. */
#include "../fixture/engine_fixture.h"
#include "rules_fixture.h"
#include "base/json_out.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_delivery *outbox(struct hl_outbox_filter f, size_t expect)
{
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &f, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, expect);
	return d;
}

START_TEST(a_hit_becomes_an_alert_an_event_and_a_delivery)
{
	struct hl_recorded r = fx_see("r1", "5SOW350", 0);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	ck_assert_uint_eq(r.deliveries, 1);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_str_eq(a->plate_read, "5SOW350");
	ck_assert_str_eq(a->plate_listed, "5SOW750");
	ck_assert_int_eq(a->kind, HL_KIND_CONFUSABLE);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	ck_assert_int_eq(a->alignment.cost, 40);
	ck_assert_int_eq(a->time_ms, FX_T0);
	ck_assert_int_eq(a->list_age_ms, 5400000);
	ck_assert_str_eq(a->list_version, "v000042-9f3c00112233");
	ck_assert_str_eq(a->entry[HL_F_AGENCY], "METRO");
	ck_assert_str_eq(a->entry[HL_F_CASE], "26-1");
	ck_assert_str_eq(a->read.camera, "cam7");
	ck_assert_str_eq(a->read.site, "I-25 N 214");
	ck_assert_str_eq(a->rules_version, fx.catalog->rules->id);
	ck_assert_str_eq(a->receivers, "desk");
	ck_assert_int_eq(a->passage_reads, 1);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ 0 }, 1);
	ck_assert_str_eq(d[0].alert, r.alert);
	ck_assert_str_eq(d[0].receiver, "desk");
	ck_assert_str_eq(d[0].channel, "webhook");
	ck_assert_str_eq(d[0].address, "https://cad.example/hook");
	ck_assert_int_eq(d[0].seen_ms, FX_T0);
	ck_assert_int_eq(d[0].due_ms, FX_T0);
	ck_assert_int_eq(d[0].deadline_ms, FX_T0 + 86400000);
	fx_has(d[0].body, "\"type\":\"alert.created\"");
	fx_has(d[0].body, r.alert);
	hl_deliveries_free(d, 1);
	free(a);
}
END_TEST

START_TEST(every_address_of_every_channel_is_one_delivery)
{
	struct hl_recorded r = fx_see("r1", "XYZ999", 0);
	ck_assert_uint_eq(r.deliveries, 4);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = "north" }, 3);
	ck_assert_str_eq(d[0].channel, "sms");
	ck_assert_str_eq(d[0].address, "+13035550100");
	ck_assert_str_eq(d[1].address, "n2@b.example");
	ck_assert_str_eq(d[2].address, "n1@b.example");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(d[i].state, HL_DL_PENDING);
		fx_has(d[i].body, "NOT VERIFIED");
	}
	hl_deliveries_free(d, 3);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_str_eq(a->receivers, "desk north");
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert_int_eq(a->priority, 1);
	free(a);
}
END_TEST

START_TEST(ids_are_the_same_for_the_same_parts)
{
	struct hl_recorded r = fx_see("r1", "XYZ999", 0);
	struct hl_delivery *first = outbox((struct hl_outbox_filter){ 0 }, 4);
	fx_teardown();
	fx_setup();
	struct hl_recorded again = fx_see("r1", "XYZ999", 0);
	struct hl_delivery *second = outbox((struct hl_outbox_filter){ 0 }, 4);
	ck_assert_str_eq(r.alert, again.alert);
	for (int i = 0; i < 4; i++) {
		ck_assert_str_eq(first[i].id, second[i].id);
		ck_assert_uint_eq(first[i].body_n, second[i].body_n);
		ck_assert_mem_eq(first[i].body, second[i].body, first[i].body_n);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(first[i].id, first[k].id);
	}
	hl_deliveries_free(first, 4);
	hl_deliveries_free(second, 4);
}
END_TEST

START_TEST(one_passage_is_one_alert)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	struct hl_recorded r = fx_see("r2", "5SOW350", 3000);
	ck_assert_int_eq(r.outcome, HL_OUT_COUNTED);
	ck_assert_int_eq(r.why, HL_SUP_PASSAGE);
	ck_assert_str_eq(r.alert, first.alert);
	struct hl_watch look[1];
	size_t due = 0;
	ck_assert(!fx.store->ops->watch_set(fx.store, first.alert, NULL, FX_T0, NULL)); /* to be looked at: counting one more read must not undo it */
	ck_assert_int_eq(fx_see("r3", "5SOW350", 1000).outcome, HL_OUT_COUNTED);
	ck_assert(!fx.store->ops->watch_list(fx.store, &(struct hl_watch_filter){ .due_ms = FX_T0 }, look, 1, &due, NULL) && due == 1);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->passage_reads, 3);
	ck_assert_int_eq(a->passage_first_ms, FX_T0);
	ck_assert_int_eq(a->passage_last_ms, FX_T0 + 3000);
	ck_assert_int_eq(a->rev, 3);
	ck_assert_int_eq(fx_counts().alerts, 1);
	ck_assert_int_eq(fx_counts().events, 1);
	ck_assert_int_eq(fx_counts().pending, 1);
	free(a);
}
END_TEST

START_TEST(a_rise_to_alert_is_told_as_an_update)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	struct hl_recorded r = fx_see("r2", "5SOW750", 2000);
	ck_assert_int_eq(r.outcome, HL_OUT_UPDATED);
	ck_assert_str_eq(r.alert, first.alert);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert_int_eq(a->kind, HL_KIND_EXACT);
	ck_assert_str_eq(a->plate_read, "5SOW750");
	ck_assert_int_eq(a->time_ms, FX_T0);
	ck_assert_int_eq(a->passage_reads, 2);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .alert = r.alert }, 2);
	ck_assert_int_eq(d[0].type, HL_EVENT_UPDATED);
	fx_has(d[0].body, "\"type\":\"alert.updated\"");
	fx_has(d[1].body, "\"type\":\"alert.created\"");
	hl_deliveries_free(d, 2);
	ck_assert_int_eq(fx_see("r3", "5SOW350", 4000).outcome, HL_OUT_COUNTED);
	ck_assert_int_eq(fx_see("r4", "5SOW750", 5000).outcome, HL_OUT_COUNTED);
	free(a);
}
END_TEST

START_TEST(a_read_sent_twice_is_decided_once)
{
	fx_see("r1", "5SOW350", 0);
	struct hl_recorded r = fx_see("r1", "5SOW350", 0);
	ck_assert_int_eq(r.outcome, HL_OUT_DUPLICATE);
	ck_assert_int_eq(r.why, HL_SUP_DUPLICATE);
	ck_assert_int_eq(fx_counts().alerts, 1);
	ck_assert_int_eq(fx_counts().suppressed, 0);
	fx_see("r2", "5SOW350", 100);
	ck_assert_int_eq(fx_see("r2", "5SOW350", 100).outcome, HL_OUT_DUPLICATE);
	struct hl_read elsewhere = fx_read("r1", "5SOW350", 200);
	hl_copy(elsewhere.camera, sizeof elsewhere.camera, "cam8");
	ck_assert_int_eq(fx_record(&elsewhere).outcome, HL_OUT_SIGHTED);
}
END_TEST

START_TEST(the_cooldown_keeps_silent_lists_it_and_ends)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	struct hl_recorded r = fx_see("r2", "5SOW750", 60000);
	ck_assert_int_eq(r.outcome, HL_OUT_SUPPRESSED);
	ck_assert_int_eq(r.why, HL_SUP_COOLDOWN);
	struct hl_suppressed *u;
	size_t n;
	ck_assert_int_eq(fx.store->ops->suppressed_list(fx.store, &(struct hl_suppressed_filter){ .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME }, &u, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(u[0].read_id, "r2");
	ck_assert_str_eq(u[0].alert, first.alert);
	ck_assert_int_eq(u[0].why, HL_SUP_COOLDOWN);
	free(u);
	ck_assert_int_eq(fx_see("r3", "ABC123", 61000).outcome, HL_OUT_CREATED);
	ck_assert_int_eq(fx_see("r4", "5SOW750", 600001).outcome, HL_OUT_SIGHTED);
	ck_assert_int_eq(fx_counts().alerts, 2);
}
END_TEST

START_TEST(a_producers_vehicle_id_tells_vehicles_apart)
{
	struct hl_read r = fx_read("r1", "5SOW350", 0);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, "t-1");
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_CREATED);
	r = fx_read("r2", "5SOW350", 100);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, "t-1");
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_COUNTED);
	r = fx_read("r3", "5SOW350", 200);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, "t-2");
	ck_assert_int_eq(fx_record(&r).why, HL_SUP_COOLDOWN);
	r = fx_read("r4", "5SOW750", 300);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, "t-2");
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_UPDATED);
}
END_TEST

START_TEST(a_rejected_misread_is_silent_until_it_lapses)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	char words[128];
	snprintf(words, sizeof words, "alert reject %s --reason misread --plate 5SOW350 --by smith", first.alert);
	fx_ok(words);
	ck_assert_int_eq(fx_counts().cancelled, 1);
	struct hl_recorded r = fx_see("r2", "5SOW350", 700000);
	ck_assert_int_eq(r.outcome, HL_OUT_SUPPRESSED);
	ck_assert_int_eq(r.why, HL_SUP_CLEARED);
	ck_assert_str_eq(r.alert, first.alert);
	ck_assert_int_eq(fx_counts().suppressed, 1);
	r = fx_see("r3", "5SOW750", 800000);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert_str_eq(a->cleared_note, "");
	free(a);
	r = fx_see("r4", "5SOW350", 86400000 + 700000);
	ck_assert_int_eq(r.outcome, HL_OUT_SIGHTED);
}
END_TEST

START_TEST(a_rejected_exact_pair_is_marked_and_never_silent)
{
	struct hl_recorded first = fx_see("r1", "5SOW750", 0);
	char words[128];
	snprintf(words, sizeof words, "alert reject %s --reason other_vehicle --plate 5SOW750 --by smith", first.alert);
	fx_ok(words);
	struct hl_recorded r = fx_see("r2", "5SOW750", 700000);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	struct hl_alert *a = fx_alert(r.alert);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	ck_assert_str_eq(a->cleared_note, "cleared 2026-11-23 by smith");
	free(a);
}
END_TEST

START_TEST(new_evidence_breaks_through_a_cleared_pair)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	char words[128];
	snprintf(words, sizeof words, "alert reject %s --reason misread --plate 5SOW350", first.alert);
	fx_ok(words);
	struct hl_read r = fx_read("r2", "5SOW350", 700000);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "GMC");
	ck_assert_int_eq(fx_record(&r).outcome, HL_OUT_CREATED);
	r = fx_read("r3", "5SOW350", 1400000);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	ck_assert_int_eq(fx_record(&r).why, HL_SUP_CLEARED);
}
END_TEST

START_TEST(contradictions_stand_in_the_alert)
{
	struct hl_read r = fx_read("r1", "5SOW750", 0);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	struct hl_alert *a = fx_alert(fx_record(&r).alert);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	ck_assert_uint_eq(a->n_contradictions, 1);
	ck_assert_str_eq(a->contradiction[0].what, "make");
	ck_assert_str_eq(a->contradiction[0].read, "LEXS");
	ck_assert_str_eq(a->contradiction[0].listed, "GMC");
	free(a);
}
END_TEST

START_TEST(what_people_closed_is_not_opened_again_but_a_rise_is_told)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	char words[128];
	snprintf(words, sizeof words, "alert reject %s --reason other", first.alert);
	fx_ok(words);
	ck_assert_int_eq(fx_see("r2", "5SOW350", 1000).outcome, HL_OUT_COUNTED);
	struct hl_recorded r = fx_see("r3", "5SOW750", 2000);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	ck_assert_str_ne(r.alert, first.alert);
	struct hl_alert *a = fx_alert(first.alert);
	ck_assert_int_eq(a->state, HL_ST_REJECTED);
	free(a);
	ck_assert_int_eq(fx_see("r4", "5SOW750", 3000).outcome, HL_OUT_COUNTED);
	a = fx_alert(r.alert);
	ck_assert_int_eq(a->state, HL_ST_NEW);
	free(a);
}
END_TEST

/* So that its vehicle is a new one again. */
static void close_alert(const char *id)
{
	struct hl_alert *a = fx_alert(id);
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	ck_assert_int_eq(hl_alert_transit(a, HL_T_CLOSE, &(struct hl_act){ .by = "smith", .now_ms = fx.now_ms, .outcome = "found" }, NULL), HL_OK);
	hl_json_init(&j, &body);
	hl_alert_write(a, &j, NULL);
	const struct hl_change c = { .alert = a, .alert_body = hl_buf_text(&body), .alert_body_n = body.len, .now_ms = fx.now_ms };
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &c, NULL), HL_OK);
	hl_buf_fini(&body);
	free(a);
}

START_TEST(a_producer_that_counts_from_one_again_loses_no_alert)
{
	struct hl_recorded first = fx_see("1", "5SOW750", 0);
	close_alert(first.alert);
	int64_t later = HL_KEEP_MS + 3600000;
	ck_assert_int_eq(fx.store->ops->sweep(fx.store, FX_T0 + later, HL_NO_TIME, NULL), HL_OK);
	struct hl_recorded r = fx_see("1", "5SOW750", later);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	ck_assert_str_ne(r.alert, first.alert);
	ck_assert_int_eq(fx_counts().alerts, 2);
}
END_TEST

/* A camera that starts again in the afternoon counts from one while the morning's receipts are still kept. */
START_TEST(an_id_used_again_the_same_day_is_another_read)
{
	struct hl_recorded first = fx_see("1", "5SOW750", 0);
	close_alert(first.alert);
	struct hl_recorded r = fx_see("1", "5SOW750", 4 * 3600000);
	ck_assert_int_eq(r.outcome, HL_OUT_CREATED);
	ck_assert_str_ne(r.alert, first.alert);
	ck_assert_int_eq(fx_see("1", "5SOW750", 4 * 3600000).outcome, HL_OUT_DUPLICATE);
	struct hl_read suspect = fx_read("2", "ABC123", 0);
	suspect.clock_suspect = true;
	ck_assert_int_eq(fx_record(&suspect).outcome, HL_OUT_CREATED);
	suspect.time_ms += 700000;
	ck_assert_int_eq(fx_record(&suspect).outcome, HL_OUT_DUPLICATE);
}
END_TEST

START_TEST(an_alert_that_cannot_be_read_back_costs_no_other)
{
	struct hl_recorded first = fx_see("r1", "5SOW350", 0);
	struct hl_alert *a = fx_alert(first.alert);
	a->rev++;
	struct hl_change c = { .alert = a, .alert_body = "{}", .alert_body_n = 2 };
	ck_assert_int_eq(fx.store->ops->apply(fx.store, &c, NULL), HL_OK);
	free(a);
	ck_assert_int_eq(fx_see("r2", "5SOW350", 1000).outcome, HL_OUT_COUNTED);
	struct hl_recorded rise = fx_see("r3", "5SOW750", 2000);
	ck_assert_int_eq(rise.outcome, HL_OUT_CREATED);
	ck_assert_str_ne(rise.alert, first.alert);
}
END_TEST

START_TEST(a_late_read_is_marked)
{
	fx.now_ms = FX_T0 + 3600000;
	struct hl_alert *a = fx_alert(fx_see("r1", "5SOW750", 0).alert);
	ck_assert(a->read.late);
	ck_assert_int_eq(a->decision, HL_VERIFY);
	ck_assert_int_eq(a->created_ms, FX_T0 + 3600000);
	free(a);
	fx_has(fx_ok("alert ls --json"), "\"late\":true");
}
END_TEST

/* A disk that was full for an hour makes no read late: it was decided in time, and the alert says what was decided. */
START_TEST(waiting_for_the_store_makes_no_read_late)
{
	struct hl_read r = fx_read("r1", "5SOW750", 0);
	struct hl_decide_opts o = { .now_ms = FX_T0 };
	const struct hl_hit *h;
	struct hl_recorded out;
	ck_assert_uint_eq(hl_decide(fx.catalog, fx.decider, &r, 1, &o, &h), 1);
	ck_assert_int_eq(hl_record_hit(fx.store, fx.catalog, &r, h, FX_T0 + 3600000, &out, NULL), HL_OK);
	struct hl_alert *a = fx_alert(out.alert);
	ck_assert_int_eq(a->decision, HL_ALERT);
	ck_assert(!a->read.late);
	free(a);
}
END_TEST

START_TEST(an_unknown_receiver_is_a_dead_letter_with_the_reason)
{
	fx_teardown();
	fx_setup_rules("version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nroute: {receivers: [nobody, desk]}\n");
	struct hl_recorded r = fx_see("r1", "5SOW750", 0);
	ck_assert_uint_eq(r.deliveries, 2);
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .state = "dead" }, 1);
	ck_assert_str_eq(d[0].receiver, "nobody");
	ck_assert_str_eq(d[0].channel, "none");
	ck_assert_str_eq(d[0].result, "the settings have no receiver of this name");
	hl_deliveries_free(d, 1);
	ck_assert_int_eq(fx_counts().pending, 1);
}
END_TEST

/* ---- a store that meets another writer ---- */

static int refusals;
static enum hl_code refuse_code;

static enum hl_code refusing_apply(struct hl_store *s, const struct hl_change *c, struct hl_err *err)
{
	if (refusals-- > 0)
		return hl_err_set(err, refuse_code, "someone was faster");
	return hl_store_sqlite.apply(s, c, err);
}

static enum hl_code refused(enum hl_code code, int times)
{
	struct hl_store_ops ops = hl_store_sqlite;
	const struct hl_hit *h;
	struct hl_recorded out;
	struct hl_read r = fx_read("r1", "5SOW750", 0);
	struct hl_decide_opts o = { .now_ms = fx.now_ms };
	ops.apply = refusing_apply;
	refusals = times;
	refuse_code = code;
	ck_assert_uint_eq(hl_decide(fx.catalog, fx.decider, &r, 1, &o, &h), 1);
	fx.store->ops = &ops;
	enum hl_code rc = hl_record_hit(fx.store, fx.catalog, &r, h, fx.now_ms, &out, &fx.err);
	fx.store->ops = &hl_store_sqlite;
	return rc;
}

START_TEST(a_conflict_is_tried_again_once)
{
	ck_assert_int_eq(refused(HL_E_CONFLICT, 1), HL_OK);
	ck_assert_int_eq(fx_counts().alerts, 1);
}
END_TEST

START_TEST(a_lasting_conflict_and_a_full_disk_are_told)
{
	ck_assert_int_eq(refused(HL_E_CONFLICT, 2), HL_E_CONFLICT);
	ck_assert_int_eq(refused(HL_E_IO, 1), HL_E_IO);
	ck_assert_str_eq(fx.err.text, "someone was faster");
	ck_assert_int_eq(fx_counts().alerts, 0);
	ck_assert_int_eq(refused(HL_E_IO, 0), HL_OK);
}
END_TEST

/* As many as there may be, with the longest names: each is told, now and with what comes later. */
START_TEST(all_receivers_of_a_long_route_are_told)
{
	struct hl_buf rules = HL_BUF(16 << 10);
	struct hl_delivery *d;
	size_t n;
	hl_buf_puts(&rules, "version: 1\nmatch: {max_cost: 0, min_probability: 0.0}\nroute:\n  receivers: [desk");
	for (int i = 1; i < HL_RECEIVERS_MAX; i++)
		hl_buf_printf(&rules, ", r%02d-%059d", i, 0);
	hl_buf_puts(&rules, "]\n");
	fx_teardown();
	fx_setup_rules(hl_buf_text(&rules));
	hl_buf_fini(&rules);
	struct hl_recorded one = fx_see("r1", "5SOW750", 0);
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = one.alert, .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, HL_RECEIVERS_MAX);
	hl_deliveries_free(d, n);
	struct hl_alert *a = fx_alert(one.alert);
	ck_assert_ptr_nonnull(strstr(a->receivers, "r63-"));
	free(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	tcase_add_checked_fixture(t, fx_setup, fx_teardown);
	tcase_add_test(t, all_receivers_of_a_long_route_are_told);
	tcase_add_test(t, a_hit_becomes_an_alert_an_event_and_a_delivery);
	tcase_add_test(t, every_address_of_every_channel_is_one_delivery);
	tcase_add_test(t, ids_are_the_same_for_the_same_parts);
	tcase_add_test(t, one_passage_is_one_alert);
	tcase_add_test(t, a_rise_to_alert_is_told_as_an_update);
	tcase_add_test(t, a_read_sent_twice_is_decided_once);
	tcase_add_test(t, the_cooldown_keeps_silent_lists_it_and_ends);
	tcase_add_test(t, a_producers_vehicle_id_tells_vehicles_apart);
	tcase_add_test(t, a_rejected_misread_is_silent_until_it_lapses);
	tcase_add_test(t, a_rejected_exact_pair_is_marked_and_never_silent);
	tcase_add_test(t, new_evidence_breaks_through_a_cleared_pair);
	tcase_add_test(t, contradictions_stand_in_the_alert);
	tcase_add_test(t, what_people_closed_is_not_opened_again_but_a_rise_is_told);
	tcase_add_test(t, a_producer_that_counts_from_one_again_loses_no_alert);
	tcase_add_test(t, an_id_used_again_the_same_day_is_another_read);
	tcase_add_test(t, an_alert_that_cannot_be_read_back_costs_no_other);
	tcase_add_test(t, a_late_read_is_marked);
	tcase_add_test(t, waiting_for_the_store_makes_no_read_late);
	tcase_add_test(t, an_unknown_receiver_is_a_dead_letter_with_the_reason);
	tcase_add_test(t, a_conflict_is_tried_again_once);
	tcase_add_test(t, a_lasting_conflict_and_a_full_disk_are_told);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
