/* store_fixture.c: what the contract's tests share: a fresh store for each, and small alerts, events and deliveries. */
#include "store_contract.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hl_store *st;
char st_dir[HL_PATH_MAX];

void contract_setup(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(st_dir, sizeof st_dir, "%s/hl-store-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(st_dir));
	ok(hl_crypto_init(err));
	if (contract_target.prepare)
		contract_target.prepare();
	ok(hl_store_open(&st, contract_target.store, st_dir, HL_STORE_WRITE, err));
}

void contract_teardown(void)
{
	hl_store_close(&st);
	ok(hl_file_remove_tree(st_dir, err));
}

void contract_reopen(void)
{
	hl_store_close(&st);
	ok(hl_store_open(&st, contract_target.store, st_dir, HL_STORE_WRITE, err));
}

struct hl_store *contract_reader(void)
{
	struct hl_store *r;
	ok(hl_store_open(&r, contract_target.store, st_dir, HL_STORE_READ, err));
	return r;
}

struct hl_alert *contract_alert(const char *id, int64_t time_ms)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	hl_copy(a->id, sizeof a->id, id);
	a->rev = 1;
	a->time_ms = time_ms;
	hl_copy(a->list, sizeof a->list, "stolen");
	hl_copy(a->read.camera, sizeof a->read.camera, "cam7");
	return a;
}

struct hl_event contract_event(const char *id, const char *alert)
{
	struct hl_event e = { .type = HL_EVENT_CREATED, .time_ms = T0, .body = "{\"e\":1}", .body_n = 7 };
	hl_copy(e.id, sizeof e.id, id);
	hl_copy(e.alert, sizeof e.alert, alert);
	return e;
}

struct hl_delivery contract_delivery(const char *id, const char *event, const char *alert, const char *receiver, const char *address)
{
	static char body[] = "the body";
	struct hl_delivery d = { .type = HL_EVENT_CREATED, .created_ms = T0, .due_ms = T0, .deadline_ms = T0 + 86400000, .seen_ms = T0,
				 .done_ms = HL_NO_TIME, .channel = "webhook", .body = body, .body_n = 8 };
	hl_copy(d.id, sizeof d.id, id);
	hl_copy(d.event, sizeof d.event, event);
	hl_copy(d.alert, sizeof d.alert, alert);
	hl_copy(d.receiver, sizeof d.receiver, receiver);
	hl_copy(d.address, sizeof d.address, address);
	return d;
}

struct hl_peek_key contract_key(const char *entry, const char *read_id)
{
	return (struct hl_peek_key){ .entry = entry, .revision = "rev1", .place = "cam7", .site = "I-25", .agency = "METRO", .plate_read = "5SOW350",
				     .region = "us-ca", .read_id = read_id, .camera = "cam7" };
}

void contract_put(const char *id, const char *receiver, const char *address, size_t n)
{
	struct hl_alert *a = contract_alert(id, T0);
	char event_id[HL_ID_TEXT];
	snprintf(event_id, sizeof event_id, "e-%.20s", id);
	struct hl_event e = contract_event(event_id, id);
	struct hl_delivery *d = hl_calloc(n, sizeof *d);
	for (size_t i = 0; i < n; i++) {
		char delivery_id[HL_ID_TEXT + 16];
		snprintf(delivery_id, sizeof delivery_id, "d-%.15s-%u", id, (unsigned)i % 10000);
		d[i] = contract_delivery(delivery_id, event_id, id, receiver, address);
		d[i].due_ms = T0 + (int64_t)i;
	}
	struct hl_change c = { .alert = a, .alert_body = "{}", .alert_body_n = 2, .event = &e, .deliveries = d, .n_deliveries = n, .now_ms = T0 };
	ok(st->ops->apply(st, &c, err));
	free(d);
	free(a);
}

void contract_take(int64_t now_ms, size_t max, size_t expect, char *ids)
{
	struct hl_delivery *d = hl_calloc(max, sizeof *d);
	size_t n = 99;
	ok(st->ops->take(st, now_ms, 60000, d, max, &n, err));
	ids[0] = 0;
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		int w = snprintf(ids + used, 1024 - used, "%s%s", i ? " " : "", d[i].id);
		ck_assert(w > 0 && used + (size_t)w < 1024);
		used += (size_t)w;
	}
	hl_deliveries_free(d, n);
	ck_assert_msg(n == expect, "took %zu, not %zu: %s", n, expect, ids);
}

struct hl_store_counts contract_counts(void)
{
	struct hl_store_counts c;
	ok(st->ops->counts(st, &c, err));
	return c;
}

struct hl_delivery contract_get_delivery(const char *id)
{
	struct hl_delivery *list, d;
	size_t n;
	ok(st->ops->outbox_list(st, &(struct hl_outbox_filter){ .id = id }, &list, &n, err));
	ck_assert_uint_eq(n, 1);
	d = list[0];
	d.body = NULL;
	hl_deliveries_free(list, n);
	return d;
}

void contract_cases(Suite *s)
{
	suite_add_tcase(s, contract_change_case());
	suite_add_tcase(s, contract_watch_case());
	suite_add_tcase(s, contract_timer_case());
	suite_add_tcase(s, contract_digest_case());
	suite_add_tcase(s, contract_group_case());
	suite_add_tcase(s, contract_unrecorded_case());
	suite_add_tcase(s, contract_outbox_case());
	suite_add_tcase(s, contract_lease_case());
	suite_add_tcase(s, contract_query_case());
	suite_add_tcase(s, contract_report_case());
	suite_add_tcase(s, contract_sweep_case());
	suite_add_tcase(s, contract_cleared_case());
	suite_add_tcase(s, contract_totals_case());
}
