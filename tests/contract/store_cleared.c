/* store_cleared.c: the contract of cleared pairs and suppressed reads as people see them, and of the totals by the hour. */
#include "store_contract.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_cleared pair(const char *id, int64_t at_ms)
{
	struct hl_cleared c = { .at_ms = at_ms, .until_ms = at_ms + 1000, .by = "smith", .role = "officer", .reason = "misread", .alert = "alert1", .list = "stolen",
				.plate_listed = "5SOW750", .agreed_vehicle = true };
	hl_copy(c.id, sizeof c.id, id);
	return c;
}

static void clear(const char *entry, const struct hl_cleared *c)
{
	struct hl_peek_key key = contract_key(entry, "read1");
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .cleared = c }, err));
}

static void silence(const char *id, const char *alert, int64_t time_ms)
{
	struct hl_suppressed u = { .why = id[0] ? HL_SUP_CLEARED : HL_SUP_COOLDOWN, .entry = "entry1", .camera = "cam7", .plate_read = "5SOW350", .read_id = "r",
				   .list = "stolen", .plate_listed = "5SOW750", .time_ms = time_ms };
	hl_copy(u.pair, sizeof u.pair, id);
	hl_copy(u.alert, sizeof u.alert, alert);
	ok(st->ops->apply(st, &(struct hl_change){ .suppressed = &u }, err));
}

/* The pairs that fit, by id, and asserts how many; the first one into *row. */
static void listed(struct hl_store *s, const struct hl_cleared_filter *f, size_t expect, struct hl_cleared_row *first)
{
	struct hl_cleared_row *rows;
	size_t n;
	ok(s->ops->cleared_list(s, f, &rows, &n, err));
	ck_assert_uint_eq(n, expect);
	if (first && n)
		*first = rows[0];
	free(rows);
}

START_TEST(a_cleared_pair_tells_all_of_itself)
{
	struct hl_cleared c = pair("pair1", T0);
	struct hl_cleared_row r;
	clear("entry1", &c);
	c = pair("pair2", T0 + 1);
	hl_copy(c.list, sizeof c.list, "felony");
	clear("entry2", &c);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 + 1 }, 2, &r);
	ck_assert_str_eq(r.cleared.id, "pair2");
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 + 1, .list = "stolen" }, 1, &r);
	ck_assert_str_eq(r.cleared.id, "pair1");
	ck_assert(r.cleared.exists && r.cleared.agreed_vehicle && !r.cleared.agreed_state);
	ck_assert_int_eq(r.cleared.at_ms, T0);
	ck_assert_int_eq(r.cleared.until_ms, T0 + 1000);
	ck_assert_str_eq(r.cleared.by, "smith");
	ck_assert_str_eq(r.cleared.role, "officer");
	ck_assert_str_eq(r.cleared.reason, "misread");
	ck_assert_str_eq(r.cleared.alert, "alert1");
	ck_assert_str_eq(r.cleared.plate_listed, "5SOW750");
	ck_assert_str_eq(r.agency, "METRO");
	ck_assert_str_eq(r.plate_read, "5SOW350");
	ck_assert_str_eq(r.region, "us-ca");
	ck_assert_str_eq(r.entry, "entry1");
	ck_assert_str_eq(r.revision, "rev1");
	ck_assert_int_eq(r.suppressed, 0);
	ck_assert_int_eq(r.last_ms, HL_NO_TIME);
	ck_assert_str_eq(r.ended_by, "");
	listed(st, &(struct hl_cleared_filter){ .id = "pair", .holds_ms = HL_NO_TIME, .limit = 1 }, 1, NULL);
	listed(st, &(struct hl_cleared_filter){ .id = "pair1", .holds_ms = HL_NO_TIME }, 1, NULL);
	listed(st, &(struct hl_cleared_filter){ .id = "air1", .holds_ms = HL_NO_TIME }, 0, NULL);
	struct hl_peek p;
	struct hl_peek_key key = contract_key("entry1", "read1");
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert_str_eq(p.cleared.id, "pair1");
	ck_assert_str_eq(p.cleared.reason, "misread");
}
END_TEST

START_TEST(a_pair_counts_what_it_silences_over_all_its_times)
{
	struct hl_cleared c = pair("pair1", T0), again = pair("pair1", T0 + 5000);
	struct hl_cleared_row r;
	clear("entry1", &c);
	silence("pair1", "alert1", T0 + 30);
	silence("pair1", "alert1", T0 + 20);
	silence("", "alert2", T0 + 40);
	silence("gone", "alert1", T0 + 50);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = HL_NO_TIME }, 1, &r);
	ck_assert_int_eq(r.suppressed, 2);
	ck_assert_int_eq(r.last_ms, T0 + 30);
	clear("entry1", &again);
	silence("pair1", "alert1", T0 + 5001);
	contract_reopen();
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 + 5001 }, 1, &r);
	ck_assert_int_eq(r.suppressed, 3);
	ck_assert_int_eq(r.cleared.at_ms, T0 + 5000);
}
END_TEST

START_TEST(a_silenced_read_that_is_not_written_is_not_counted)
{
	struct hl_cleared c = pair("pair1", T0);
	struct hl_cleared_row r;
	clear("entry1", &c);
	ok(st->ops->begin(st, err));
	silence("pair1", "alert1", T0);
	st->ops->rollback(st);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 }, 1, &r);
	ck_assert_int_eq(r.suppressed, 0);
	ck_assert_int_eq(contract_counts().suppressed, 0);
}
END_TEST

START_TEST(a_pair_that_is_ended_silences_nothing_and_says_who_ended_it)
{
	struct hl_cleared c = pair("pair1", T0);
	struct hl_cleared_row r;
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_peek p;
	clear("entry1", &c);
	fails(HL_E_NOTFOUND, "no cleared pair pair", st->ops->cleared_end(st, "pair", T0 + 5, "lee", "why", err));
	ok(st->ops->cleared_end(st, "pair1", T0 + 5, "lee", "it was the car after all", err));
	fails(HL_E_CONFLICT, "pair1 does not hold", st->ops->cleared_end(st, "pair1", T0 + 6, "lee", "why", err));
	ok(st->ops->peek(st, &key, T0 + 5, &p, err));
	ck_assert(!p.cleared.exists);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 + 5 }, 0, NULL);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = HL_NO_TIME }, 1, &r);
	ck_assert_int_eq(r.cleared.until_ms, T0 + 5);
	ck_assert_str_eq(r.ended_by, "lee");
	ck_assert_str_eq(r.ended_reason, "it was the car after all");
	c.until_ms = T0 + 9000;
	clear("entry1", &c);
	listed(st, &(struct hl_cleared_filter){ .holds_ms = T0 + 2000 }, 1, &r);
	ck_assert_str_eq(r.ended_by, "");
	fails(HL_E_CONFLICT, "does not hold", st->ops->cleared_end(st, "pair1", T0 + 9000, "lee", "why", err));
	struct hl_store *reader = contract_reader();
	fails(HL_E_DENIED, "", reader->ops->cleared_end(reader, "pair1", T0, "lee", "why", err));
	hl_store_close(&reader);
}
END_TEST

static void suppressed(const struct hl_suppressed_filter *f, size_t expect, int64_t newest_ms)
{
	struct hl_suppressed *got;
	size_t n;
	ok(st->ops->suppressed_list(st, f, &got, &n, err));
	ck_assert_uint_eq(n, expect);
	if (n)
		ck_assert_int_eq(got[0].time_ms, newest_ms);
	free(got);
}

#define ANY .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME

START_TEST(suppressed_reads_are_listed_by_filter_and_the_reads_time)
{
	silence("pair1", "alert1", T0 + 30);
	silence("pair1", "alert1", T0 + 10);
	silence("", "alert2", T0 + 20);
	suppressed(&(struct hl_suppressed_filter){ ANY }, 3, T0 + 30);
	suppressed(&(struct hl_suppressed_filter){ ANY, .limit = 2 }, 2, T0 + 30);
	suppressed(&(struct hl_suppressed_filter){ ANY, .why = HL_SUP_COOLDOWN }, 1, T0 + 20);
	suppressed(&(struct hl_suppressed_filter){ ANY, .why = HL_SUP_PASSAGE }, 0, 0);
	suppressed(&(struct hl_suppressed_filter){ ANY, .pair = "pair1" }, 2, T0 + 30);
	suppressed(&(struct hl_suppressed_filter){ ANY, .alert = "alert2" }, 1, T0 + 20);
	suppressed(&(struct hl_suppressed_filter){ ANY, .list = "stolen", .camera = "cam7" }, 3, T0 + 30);
	suppressed(&(struct hl_suppressed_filter){ ANY, .list = "felony" }, 0, 0);
	suppressed(&(struct hl_suppressed_filter){ ANY, .camera = "cam8" }, 0, 0);
	suppressed(&(struct hl_suppressed_filter){ .since_ms = T0 + 10, .until_ms = T0 + 20 }, 2, T0 + 20);
	struct hl_suppressed *got;
	size_t n;
	ok(st->ops->suppressed_list(st, &(struct hl_suppressed_filter){ ANY, .limit = 1 }, &got, &n, err));
	ck_assert_str_eq(got[0].pair, "pair1");
	ck_assert_str_eq(got[0].list, "stolen");
	ck_assert_str_eq(got[0].plate_listed, "5SOW750");
	free(got);
}
END_TEST

TCase *contract_cleared_case(void)
{
	TCase *t = tcase_create("cleared");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, a_cleared_pair_tells_all_of_itself);
	tcase_add_test(t, a_pair_counts_what_it_silences_over_all_its_times);
	tcase_add_test(t, a_silenced_read_that_is_not_written_is_not_counted);
	tcase_add_test(t, a_pair_that_is_ended_silences_nothing_and_says_who_ended_it);
	tcase_add_test(t, suppressed_reads_are_listed_by_filter_and_the_reads_time);
	return t;
}

/* ---- totals ---- */

static void totals(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t expect_first, const char *expect)
{
	struct hl_total *v;
	size_t n, used = 0;
	int64_t first = 99;
	char got[256] = "";
	ok(s->ops->totals_sum(s, since_ms, until_ms, &first, &v, &n, err));
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(got + used, sizeof got - used, "%s%s=%lld", i ? " " : "", v[i].name, (long long)v[i].n);
	ck_assert_str_eq(got, expect);
	ck_assert_int_eq(first, expect_first);
	free(v);
}

START_TEST(totals_add_up_by_the_hour)
{
	const struct hl_total one[] = { { "in", 10 }, { "discarded", 9 } }, two[] = { { "in", 5 } };
	totals(st, HL_NO_TIME, HL_NO_TIME, HL_NO_TIME, "");
	ok(st->ops->totals_add(st, 0, one, 2, err));
	ok(st->ops->totals_add(st, 0, two, 1, err));
	ok(st->ops->totals_add(st, 2 * HL_TOTAL_MS, one, 2, err));
	contract_reopen();
	totals(st, HL_NO_TIME, HL_NO_TIME, 0, "discarded=18 in=25");
	totals(st, 0, 2 * HL_TOTAL_MS, 0, "discarded=9 in=15");
	totals(st, 1, HL_NO_TIME, 2 * HL_TOTAL_MS, "discarded=9 in=10");
	totals(st, HL_TOTAL_MS, 2 * HL_TOTAL_MS, HL_NO_TIME, "");
	ok(st->ops->sweep(st, INT64_C(4000000000000), INT64_C(4000000000000), err));
	totals(st, HL_NO_TIME, HL_NO_TIME, 0, "discarded=18 in=25");
	struct hl_store *reader = contract_reader();
	totals(reader, 0, 1, 0, "discarded=9 in=15");
	fails(HL_E_DENIED, "", reader->ops->totals_add(reader, 0, one, 1, err));
	hl_store_close(&reader);
}
END_TEST

START_TEST(totals_of_a_group_that_goes_back_are_not_there)
{
	const struct hl_total v = { "in", 7 };
	struct hl_total many[HL_TOTALS_MAX + 1] = { { "x", 1 } };
	ok(st->ops->begin(st, err));
	ok(st->ops->totals_add(st, 0, &v, 1, err));
	st->ops->rollback(st);
	totals(st, HL_NO_TIME, HL_NO_TIME, HL_NO_TIME, "");
	fails(HL_E_LIMIT, "totals", st->ops->totals_add(st, 0, many, HL_TOTALS_MAX + 1, err));
}
END_TEST

TCase *contract_totals_case(void)
{
	TCase *t = tcase_create("totals");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, totals_add_up_by_the_hour);
	tcase_add_test(t, totals_of_a_group_that_goes_back_are_not_there);
	return t;
}
