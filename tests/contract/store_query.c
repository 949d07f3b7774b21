/* store_query.c: the contract of what people ask: alerts by id and filter, the outbox, suppressed reads; and of the sweep that forgets. */
#include "store_contract.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_alert(const char *id, int64_t time_ms, const char *list, const char *camera, enum hl_alert_state state)
{
	struct hl_alert *a = contract_alert(id, time_ms);
	hl_copy(a->list, sizeof a->list, list);
	hl_copy(a->read.camera, sizeof a->read.camera, camera);
	a->state = state;
	struct hl_change c = { .alert = a, .alert_body = id, .alert_body_n = strlen(id) };
	ok(st->ops->apply(st, &c, err));
	free(a);
}

static void assert_get(const char *ref, const char *id)
{
	struct hl_alert_row row;
	ok(st->ops->alert_get(st, ref, &row, err));
	ck_assert_str_eq(row.id, id);
	ck_assert_str_eq(row.body, id);
	free(row.body);
}

START_TEST(an_alert_is_found_by_its_beginning_where_that_is_one)
{
	put_alert("abcdef", T0, "stolen", "cam7", HL_ST_NEW);
	put_alert("abcdxx", T0, "stolen", "cam7", HL_ST_NEW);
	put_alert("abcdxxyy", T0, "stolen", "cam7", HL_ST_NEW);
	struct hl_alert_row row;
	assert_get("abcdef", "abcdef");
	assert_get("abcde", "abcdef");
	assert_get("abcdxx", "abcdxx");
	assert_get("abcdxxy", "abcdxxyy");
	fails(HL_E_USAGE, "several alerts, abcdef and abcdxx among them", st->ops->alert_get(st, "abcd", &row, err));
	fails(HL_E_USAGE, "at least 4", st->ops->alert_get(st, "abc", &row, err));
	fails(HL_E_USAGE, "at least 4", st->ops->alert_get(st, "", &row, err));
	fails(HL_E_NOTFOUND, "zzzz", st->ops->alert_get(st, "zzzz", &row, err));
	fails(HL_E_NOTFOUND, "ab%d", st->ops->alert_get(st, "ab%d", &row, err));
	fails(HL_E_NOTFOUND, "abcdefg", st->ops->alert_get(st, "abcdefg", &row, err));
	ck_assert_ptr_null(row.body);
}
END_TEST

static void assert_list(const struct hl_alert_filter *f, const char *expect)
{
	struct hl_alert_row *rows;
	size_t n;
	ok(st->ops->alert_list(st, f, &rows, &n, err));
	char got[256] = "";
	size_t used = 0;
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(got + used, sizeof got - used, "%s%s", i ? " " : "", rows[i].id);
	ck_assert_str_eq(got, expect);
	hl_alert_rows_free(rows, n);
}

static void put_pin(const char *id, const char *list, const char *body, enum hl_alert_state state)
{
	struct hl_alert *a = contract_alert(id, T0);
	hl_copy(a->list, sizeof a->list, list);
	a->state = state;
	ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = body, .alert_body_n = strlen(body) }, err));
	free(a);
}

START_TEST(open_alerts_pin_the_versions_they_name)
{
	static const char *const body[] = { "{\"entry\":{\"list_version\":\"v000001-a\"}}", "{\"entry\":{\"list_version\":\"v000002-b\"}}",
					    "{\"entry\":{\"list_version\":\"v000003-c\"}}" };
	struct hl_strings v;
	put_pin("open1", "stolen", body[0], HL_ST_NEW);
	put_pin("open2", "stolen", body[0], HL_ST_CONFIRMED);
	put_pin("open3", "other", body[1], HL_ST_NEW);
	put_pin("shut1", "stolen", body[2], HL_ST_CLOSED);
	put_pin("shut2", "stolen", body[2], HL_ST_WITHDRAWN);
	put_pin("shut3", "stolen", body[2], HL_ST_REJECTED);
	put_pin("bare", "third", "{}", HL_ST_NEW);
	put_pin("junk", "third", "no JSON", HL_ST_NEW);
	ok(st->ops->pinned(st, "stolen", &v, err));
	ck_assert_uint_eq(v.n, 1);
	ck_assert_str_eq(v.v[0], "v000001-a");
	hl_strings_wipe(&v);
	ok(st->ops->pinned(st, "third", &v, err));
	ck_assert_uint_eq(v.n, 1);
	ck_assert_str_eq(v.v[0], "");
	hl_strings_wipe(&v);
	ok(st->ops->pinned(st, "none", &v, err));
	ck_assert_uint_eq(v.n, 0);
	hl_strings_wipe(&v);
}
END_TEST

#define ANY .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME

START_TEST(alerts_are_listed_newest_first_by_filter)
{
	assert_list(&(struct hl_alert_filter){ ANY }, "");
	put_alert("a1", T0 + 1, "stolen", "cam1", HL_ST_NEW);
	put_alert("a3", T0 + 3, "felony", "cam1", HL_ST_REJECTED);
	put_alert("a2", T0 + 2, "stolen", "cam2", HL_ST_ACKNOWLEDGED);
	put_alert("a2b", T0 + 2, "stolen", "cam1", HL_ST_NEW);
	assert_list(&(struct hl_alert_filter){ ANY }, "a3 a2b a2 a1");
	assert_list(&(struct hl_alert_filter){ ANY, .limit = 2 }, "a3 a2b");
	assert_list(&(struct hl_alert_filter){ ANY, .list = "stolen" }, "a2b a2 a1");
	assert_list(&(struct hl_alert_filter){ ANY, .camera = "cam1" }, "a3 a2b a1");
	assert_list(&(struct hl_alert_filter){ ANY, .state = "new" }, "a2b a1");
	assert_list(&(struct hl_alert_filter){ ANY, .state = "rejected" }, "a3");
	assert_list(&(struct hl_alert_filter){ ANY, .state = "no-such" }, "");
	assert_list(&(struct hl_alert_filter){ .since_ms = T0 + 2, .until_ms = HL_NO_TIME }, "a3 a2b a2");
	assert_list(&(struct hl_alert_filter){ .since_ms = T0 + 2, .until_ms = T0 + 2 }, "a2b a2");
	assert_list(&(struct hl_alert_filter){ ANY, .list = "stolen", .state = "new", .camera = "cam1", .limit = 1 }, "a2b");
}
END_TEST

START_TEST(a_list_without_a_limit_ends_at_a_hundred)
{
	for (int i = 0; i < 120; i++) {
		char id[16];
		snprintf(id, sizeof id, "id%03d", i);
		put_alert(id, T0, "stolen", "cam1", HL_ST_NEW);
	}
	struct hl_alert_row *rows;
	size_t n;
	ok(st->ops->alert_list(st, &(struct hl_alert_filter){ ANY }, &rows, &n, err));
	ck_assert_uint_eq(n, 100);
	hl_alert_rows_free(rows, n);
	ok(st->ops->alert_list(st, &(struct hl_alert_filter){ ANY, .limit = 1000 }, &rows, &n, err));
	ck_assert_uint_eq(n, 120);
	hl_alert_rows_free(rows, n);
}
END_TEST

static void assert_outbox(const struct hl_outbox_filter *f, size_t expect)
{
	struct hl_delivery *d;
	size_t n;
	ok(st->ops->outbox_list(st, f, &d, &n, err));
	ck_assert_uint_eq(n, expect);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(d[i].body, "the body");
	hl_deliveries_free(d, n);
}

START_TEST(the_outbox_is_listed_by_filter)
{
	contract_put("a", "desk", "https://a.example/", 3);
	contract_put("b", "north", "https://b.example/", 2);
	ok(st->ops->dead(st, "d-a-1", T0, "410", err));
	assert_outbox(&(struct hl_outbox_filter){ 0 }, 5);
	assert_outbox(&(struct hl_outbox_filter){ .limit = 4 }, 4);
	assert_outbox(&(struct hl_outbox_filter){ .receiver = "desk" }, 3);
	assert_outbox(&(struct hl_outbox_filter){ .state = "dead" }, 1);
	assert_outbox(&(struct hl_outbox_filter){ .state = "pending", .receiver = "desk" }, 2);
	assert_outbox(&(struct hl_outbox_filter){ .alert = "b" }, 2);
	assert_outbox(&(struct hl_outbox_filter){ .id = "d-b-1" }, 1);
	assert_outbox(&(struct hl_outbox_filter){ .id = "d-b" }, 2);
	assert_outbox(&(struct hl_outbox_filter){ .id = "d-b-1-" }, 0);
	assert_outbox(&(struct hl_outbox_filter){ .state = "cancelled" }, 0);
	assert_outbox(&(struct hl_outbox_filter){ .state = "no-such" }, 0);
}
END_TEST

START_TEST(suppressed_reads_are_listed_newest_first)
{
	struct hl_suppressed u = { .why = HL_SUP_COOLDOWN, .entry = "entry1", .alert = "alert1", .camera = "cam7", .plate_read = "ABC123",
				   .read_id = "read1", .time_ms = T0 };
	struct hl_change c = { .suppressed = &u };
	ok(st->ops->apply(st, &c, err));
	u.why = HL_SUP_CLEARED;
	hl_copy(u.read_id, sizeof u.read_id, "read2");
	ok(st->ops->apply(st, &c, err));
	struct hl_suppressed *got;
	size_t n;
	ok(st->ops->suppressed_list(st, &(struct hl_suppressed_filter){ ANY }, &got, &n, err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(got[0].read_id, "read2");
	ck_assert_int_eq(got[0].why, HL_SUP_CLEARED);
	ck_assert_str_eq(got[1].entry, "entry1");
	ck_assert_str_eq(got[1].alert, "alert1");
	ck_assert_str_eq(got[1].camera, "cam7");
	ck_assert_str_eq(got[1].plate_read, "ABC123");
	ck_assert_int_eq(got[1].time_ms, T0);
	free(got);
	ok(st->ops->suppressed_list(st, &(struct hl_suppressed_filter){ ANY, .limit = 1 }, &got, &n, err));
	ck_assert_uint_eq(n, 1);
	free(got);
}
END_TEST

TCase *contract_query_case(void)
{
	TCase *t = tcase_create("query");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, an_alert_is_found_by_its_beginning_where_that_is_one);
	tcase_add_test(t, open_alerts_pin_the_versions_they_name);
	tcase_add_test(t, alerts_are_listed_newest_first_by_filter);
	tcase_add_test(t, a_list_without_a_limit_ends_at_a_hundred);
	tcase_add_test(t, the_outbox_is_listed_by_filter);
	tcase_add_test(t, suppressed_reads_are_listed_newest_first);
	return t;
}

START_TEST(the_sweep_forgets_what_no_longer_matters)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "a", .decision = HL_VERIFY, .first_ms = T0, .last_ms = T0, .reads = 1 };
	struct hl_notice n = { .at_ms = T0, .decision = HL_VERIFY, .alert = "a" };
	struct hl_cleared cl = { .at_ms = T0, .until_ms = T0 + 500, .by = "smith", .alert = "a" };
	struct hl_change c = { .key = &key, .track = &t, .notice = &n, .cleared = &cl, .receipt = true, .now_ms = T0 };
	ok(st->ops->apply(st, &c, err));
	struct hl_peek p;
	ok(st->ops->sweep(st, T0 + 499, HL_NO_TIME, err));
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(p.track.exists && p.notice.exists && p.cleared.exists && p.duplicate);
	ok(st->ops->sweep(st, T0 + HL_KEEP_MS, HL_NO_TIME, err));
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(p.track.exists && p.notice.exists && p.cleared.exists && p.duplicate);
	ok(st->ops->sweep(st, T0 + HL_KEEP_MS, T0 + 500, err));
	ck_assert_int_eq(contract_counts().cleared, 1); /* as long as alerts are kept, so that it can be seen who cleared it */
	ok(st->ops->sweep(st, T0 + HL_KEEP_MS, T0 + 501, err));
	ck_assert_int_eq(contract_counts().cleared, 0);
	ok(st->ops->sweep(st, T0 + HL_KEEP_MS + 1, HL_NO_TIME, err));
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(!p.track.exists && p.notice.exists && !p.duplicate);
	ok(st->ops->sweep(st, T0 + HL_KEEP_NOTICE_MS + 1, HL_NO_TIME, err));
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(!p.notice.exists);
}
END_TEST

START_TEST(the_sweep_removes_old_alerts_with_all_that_hangs_on_them)
{
	contract_put("open", "desk", "https://a.example/", 1);
	contract_put("closed", "desk", "https://a.example/", 2);
	contract_put("busy", "desk", "https://a.example/", 1);
	struct hl_event e = contract_event("test", "");
	struct hl_suppressed u = { .why = HL_SUP_COOLDOWN, .time_ms = T0 };
	ok(st->ops->apply(st, &(struct hl_change){ .event = &e, .suppressed = &u }, err));
	const char *const closed[] = { "closed", "busy" };
	for (size_t i = 0; i < 2; i++) {
		struct hl_alert *a = contract_alert(closed[i], T0);
		a->rev = 2;
		a->state = HL_ST_CLOSED;
		ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2 }, err));
		free(a);
	}
	ok(st->ops->done(st, "d-closed-0", T0, "200", err));
	ok(st->ops->dead(st, "d-closed-1", T0, "410", err));
	ok(st->ops->sweep(st, T0, T0, err));
	ck_assert_int_eq(contract_counts().alerts, 3);
	ck_assert_int_eq(contract_counts().suppressed, 1);
	ok(st->ops->sweep(st, T0, T0 + 1, err));
	struct hl_store_counts c = contract_counts();
	ck_assert_int_eq(c.alerts, 2);
	ck_assert_int_eq(c.events, 2);
	ck_assert_int_eq(c.pending, 2);
	ck_assert_int_eq(c.delivered + c.dead + c.suppressed, 0);
	ok(st->ops->done(st, "d-busy-0", T0, "200", err));
	ok(st->ops->sweep(st, T0, T0 + 1, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	/* How long plates may be kept does not hang on somebody's closing the alert. */
	ok(st->ops->done(st, "d-open-0", T0, "200", err));
	ok(st->ops->sweep(st, T0, T0 + 1, err));
	ck_assert_int_eq(contract_counts().alerts, 0);
}
END_TEST

TCase *contract_sweep_case(void)
{
	TCase *t = tcase_create("sweep");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, the_sweep_forgets_what_no_longer_matters);
	tcase_add_test(t, the_sweep_removes_old_alerts_with_all_that_hangs_on_them);
	return t;
}
