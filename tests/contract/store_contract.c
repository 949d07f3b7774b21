/* store_contract.c: the contract of peek, apply and groups: each change whole or not at all, revisions, receipts, restart. */
#include "store_contract.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static struct hl_peek peek(const struct hl_peek_key *key, int64_t now_ms)
{
	struct hl_peek p;
	memset(&p, 0x5a, sizeof p);
	ok(st->ops->peek(st, key, now_ms, &p, err));
	return p;
}

/* A change with every part; the parts live in *all. */
struct all_parts {
	struct hl_alert *alert;
	struct hl_event event;
	struct hl_delivery delivery[2];
	struct hl_peek_key key;
	struct hl_track track;
	struct hl_notice notice;
	struct hl_cleared cleared;
	struct hl_suppressed suppressed;
	struct hl_change change;
};

static void all_parts_init(struct all_parts *p)
{
	*p = (struct all_parts){ .alert = contract_alert("alert1", T0), .event = contract_event("event1", "alert1") };
	p->delivery[0] = contract_delivery("del1", "event1", "alert1", "desk", "https://a.example/x");
	p->delivery[1] = contract_delivery("del2", "event1", "alert1", "desk", "https://b.example/x");
	p->key = contract_key("entry1", "read1");
	p->track = (struct hl_track){ .alert = "alert1", .decision = HL_VERIFY, .first_ms = T0 - 5, .last_ms = T0, .reads = 3 };
	p->notice = (struct hl_notice){ .at_ms = T0, .decision = HL_VERIFY, .alert = "alert1" };
	p->cleared = (struct hl_cleared){ .at_ms = T0, .until_ms = T0 + 1000, .by = "smith", .alert = "alert1", .agreed_state = true };
	p->suppressed = (struct hl_suppressed){ .why = HL_SUP_COOLDOWN, .entry = "entry1", .alert = "alert0", .camera = "cam7", .plate_read = "5SOW350",
						.read_id = "read1", .time_ms = T0 };
	p->change = (struct hl_change){ .alert = p->alert, .alert_body = "{\"a\":1}", .alert_body_n = 7, .event = &p->event, .deliveries = p->delivery,
					.n_deliveries = 2, .key = &p->key, .track = &p->track, .notice = &p->notice, .cleared = &p->cleared,
					.suppressed = &p->suppressed, .receipt = true, .now_ms = T0 };
}

static void assert_nothing(const struct hl_peek_key *key)
{
	struct hl_store_counts c = contract_counts();
	ck_assert_int_eq(c.alerts + c.events + c.pending + c.delivered + c.dead + c.cancelled + c.suppressed + c.cleared, 0);
	ck_assert_int_eq(c.oldest_pending_ms, HL_NO_TIME);
	struct hl_peek p = peek(key, T0);
	ck_assert(!p.track.exists && !p.notice.exists && !p.cleared.exists && !p.duplicate && p.track.rev == 0);
}

static void assert_all(const struct hl_peek_key *key)
{
	struct hl_store_counts c = contract_counts();
	ck_assert_int_eq(c.alerts, 1);
	ck_assert_int_eq(c.events, 1);
	ck_assert_int_eq(c.pending, 2);
	ck_assert_int_eq(c.suppressed, 1);
	ck_assert_int_eq(c.cleared, 1);
	ck_assert_int_eq(c.oldest_pending_ms, T0);
	struct hl_peek p = peek(key, T0);
	ck_assert(p.track.exists && p.notice.exists && p.cleared.exists && p.duplicate);
	ck_assert_int_eq(p.track.rev, 1);
	ck_assert_str_eq(p.track.alert, "alert1");
	ck_assert_int_eq(p.track.decision, HL_VERIFY);
	ck_assert_int_eq(p.track.first_ms, T0 - 5);
	ck_assert_int_eq(p.track.last_ms, T0);
	ck_assert_int_eq(p.track.reads, 3);
	ck_assert_int_eq(p.notice.at_ms, T0);
	ck_assert_int_eq(p.notice.decision, HL_VERIFY);
	ck_assert_str_eq(p.notice.alert, "alert1");
	ck_assert_int_eq(p.cleared.at_ms, T0);
	ck_assert_int_eq(p.cleared.until_ms, T0 + 1000);
	ck_assert_str_eq(p.cleared.by, "smith");
	ck_assert_str_eq(p.cleared.alert, "alert1");
	ck_assert(p.cleared.agreed_state && !p.cleared.agreed_vehicle);
}

START_TEST(every_part_is_written_and_survives)
{
	struct all_parts p;
	all_parts_init(&p);
	assert_nothing(&p.key);
	ok(st->ops->apply(st, &p.change, err));
	assert_all(&p.key);
	contract_reopen();
	assert_all(&p.key);
	free(p.alert);
}
END_TEST

/* Each row breaks one part so that it is refused after others were written. */
static void break_part(struct all_parts *p, int which)
{
	static const char huge[HL_BODY_MAX + 2];
	switch (which) {
	case 0: /* a delivery twice */
		p->delivery[1] = p->delivery[0];
		break;
	case 1: /* a delivery of an event that is not there */
		hl_copy(p->delivery[1].event, sizeof p->delivery[1].event, "no-such");
		break;
	case 2: /* an event of an alert that is not there */
		p->change.alert = NULL;
		break;
	case 3: /* a passage that is not the one looked at */
		p->track.rev = 7;
		break;
	case 4: /* an alert that was to be there */
		p->alert->rev = 2;
		break;
	case 5: /* a body past the ceiling */
		p->delivery[1].body = (char *)(uintptr_t)huge;
		p->delivery[1].body_n = HL_BODY_MAX + 1;
		break;
	default: /* no key for its parts */
		p->change.key = NULL;
	}
}

START_TEST(a_failing_part_leaves_nothing)
{
	static const enum hl_code expect[] = { HL_E_EXISTS, HL_E_NOTFOUND, HL_E_NOTFOUND, HL_E_CONFLICT, HL_E_CONFLICT, HL_E_LIMIT, HL_E_INTERNAL };
	struct all_parts p;
	all_parts_init(&p);
	break_part(&p, _i);
	fails(expect[_i], "", st->ops->apply(st, &p.change, err));
	assert_nothing(&p.key);
	ok(st->ops->begin(st, err));
	fails(expect[_i], "", st->ops->apply(st, &p.change, err));
	ok(st->ops->commit(st, err));
	assert_nothing(&p.key);
	free(p.alert);
}
END_TEST

START_TEST(a_failing_change_leaves_the_rest_of_its_group)
{
	static const enum hl_code expect[] = { HL_E_EXISTS, HL_E_NOTFOUND, HL_E_NOTFOUND, HL_E_CONFLICT, HL_E_CONFLICT, HL_E_LIMIT, HL_E_INTERNAL };
	struct all_parts p;
	all_parts_init(&p);
	break_part(&p, _i);
	ok(st->ops->begin(st, err));
	contract_put("before", "desk", "https://a.example/", 1);
	fails(expect[_i], "", st->ops->apply(st, &p.change, err));
	contract_put("after", "desk", "https://a.example/", 2);
	ok(st->ops->commit(st, err));
	contract_reopen();
	struct hl_store_counts c = contract_counts();
	ck_assert_int_eq(c.alerts, 2);
	ck_assert_int_eq(c.events, 2);
	ck_assert_int_eq(c.pending, 3);
	ck_assert_int_eq(c.suppressed + c.cleared, 0);
	ck_assert(!peek(&p.key, T0).track.exists);
	free(p.alert);
}
END_TEST

START_TEST(an_alert_is_made_once)
{
	contract_put("alert1", "desk", "https://a.example/", 1);
	struct hl_alert *a = contract_alert("alert1", T0 + 1);
	struct hl_change c = { .alert = a, .alert_body = "{}", .alert_body_n = 2 };
	fails(HL_E_EXISTS, "alert1", st->ops->apply(st, &c, err));
	free(a);
}
END_TEST

START_TEST(an_alert_is_replaced_only_by_its_next_revision)
{
	contract_put("alert1", "desk", "https://a.example/", 1);
	struct hl_alert *a = contract_alert("alert1", T0);
	struct hl_change c = { .alert = a, .alert_body = "{\"v\":2}", .alert_body_n = 7 };
	a->rev = 3;
	fails(HL_E_CONFLICT, "alert1", st->ops->apply(st, &c, err));
	a->rev = 2;
	a->state = HL_ST_ACKNOWLEDGED;
	ok(st->ops->apply(st, &c, err));
	fails(HL_E_CONFLICT, "alert1", st->ops->apply(st, &c, err));
	struct hl_alert_row row;
	ok(st->ops->alert_get(st, "alert1", &row, err));
	ck_assert_str_eq(row.body, "{\"v\":2}");
	ck_assert_uint_eq(row.body_n, 7);
	free(row.body);
	free(a);
}
END_TEST

START_TEST(a_passage_moves_only_from_the_revision_looked_at)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .first_ms = 1, .last_ms = 2, .reads = 1 };
	struct hl_change c = { .key = &key, .track = &t };
	ok(st->ops->apply(st, &c, err));
	fails(HL_E_CONFLICT, "entry1", st->ops->apply(st, &c, err));
	t = peek(&key, T0).track;
	ck_assert_int_eq(t.rev, 1);
	t.reads = 2;
	t.decision = HL_ALERT;
	ok(st->ops->apply(st, &c, err));
	fails(HL_E_CONFLICT, "entry1", st->ops->apply(st, &c, err));
	t = peek(&key, T0).track;
	ck_assert_int_eq(t.rev, 2);
	ck_assert_int_eq(t.reads, 2);
	ck_assert_int_eq(t.decision, HL_ALERT);
	key.place = "cam7/t-771";
	ck_assert(!peek(&key, T0).track.exists);
}
END_TEST

START_TEST(a_read_is_decided_once_for_an_entry_at_a_camera)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_change c = { .key = &key, .receipt = true, .now_ms = T0 };
	ck_assert(!peek(&key, T0).duplicate);
	ok(st->ops->apply(st, &c, err));
	ck_assert(peek(&key, T0).duplicate);
	fails(HL_E_CONFLICT, "read1", st->ops->apply(st, &c, err));
	struct hl_peek_key other = key;
	other.entry = "entry2";
	ck_assert(!peek(&other, T0).duplicate);
	other = key;
	other.camera = "cam8";
	ck_assert(!peek(&other, T0).duplicate);
	other = key;
	other.read_id = "read2";
	ck_assert(!peek(&other, T0).duplicate);
}
END_TEST

START_TEST(a_cleared_pair_is_this_very_pair_until_it_lapses)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_cleared cl = { .at_ms = T0, .until_ms = T0 + 1000, .by = "smith", .alert = "alert1", .agreed_vehicle = true };
	struct hl_change c = { .key = &key, .cleared = &cl };
	ok(st->ops->apply(st, &c, err));
	ck_assert(peek(&key, T0 + 999).cleared.exists);
	ck_assert(peek(&key, T0).cleared.agreed_vehicle);
	ck_assert(!peek(&key, T0 + 1000).cleared.exists);
	const char **part[] = { &key.entry, &key.revision, &key.agency, &key.plate_read, &key.region };
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		const char *was = *part[i];
		*part[i] = "other";
		ck_assert_msg(!peek(&key, T0).cleared.exists, "part %zu is not looked at", i);
		*part[i] = was;
	}
	cl.until_ms = T0 + 5000;
	ok(st->ops->apply(st, &c, err));
	ck_assert_int_eq(peek(&key, T0).cleared.until_ms, T0 + 5000);
}
END_TEST

START_TEST(the_last_notice_at_a_site_is_kept)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_notice n = { .at_ms = T0, .decision = HL_VERIFY, .alert = "alert1" };
	struct hl_change c = { .key = &key, .notice = &n };
	ok(st->ops->apply(st, &c, err));
	n = (struct hl_notice){ .at_ms = T0 + 7, .decision = HL_ALERT, .alert = "alert2" };
	ok(st->ops->apply(st, &c, err));
	struct hl_notice got = peek(&key, T0).notice;
	ck_assert_int_eq(got.at_ms, T0 + 7);
	ck_assert_str_eq(got.alert, "alert2");
	key.site = "elsewhere";
	ck_assert(!peek(&key, T0).notice.exists);
}
END_TEST

START_TEST(awkward_texts_come_back_as_they_went)
{
	static const char *const odd[] = { "'; DROP TABLE alert; --", "Zürich \xe2\x80\xa8 \"x\" \\ %s", "a\tb\nc", "*?[]{}" };
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		struct hl_peek_key key = contract_key(odd[i], odd[i]);
		key.place = odd[i];
		key.camera = odd[i];
		struct hl_track t = { .decision = HL_VERIFY, .reads = 1 };
		hl_copy(t.alert, sizeof t.alert, "x");
		struct hl_change c = { .key = &key, .track = &t, .receipt = true };
		ok(st->ops->apply(st, &c, err));
		ck_assert(peek(&key, T0).track.exists && peek(&key, T0).duplicate);
	}
}
END_TEST

TCase *contract_change_case(void)
{
	TCase *t = tcase_create("change");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, every_part_is_written_and_survives);
	tcase_add_loop_test(t, a_failing_part_leaves_nothing, 0, 7);
	tcase_add_loop_test(t, a_failing_change_leaves_the_rest_of_its_group, 0, 7);
	tcase_add_test(t, an_alert_is_made_once);
	tcase_add_test(t, an_alert_is_replaced_only_by_its_next_revision);
	tcase_add_test(t, a_passage_moves_only_from_the_revision_looked_at);
	tcase_add_test(t, a_read_is_decided_once_for_an_entry_at_a_camera);
	tcase_add_test(t, a_cleared_pair_is_this_very_pair_until_it_lapses);
	tcase_add_test(t, the_last_notice_at_a_site_is_kept);
	tcase_add_test(t, awkward_texts_come_back_as_they_went);
	return t;
}
