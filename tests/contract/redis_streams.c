/* redis_streams.c: streams of reads: each entry one consumer's, gone when it is acknowledged, taken over from who is gone, put aside after too many tries; and acknowledged with the group
 * that decides it, or not at all. */
#include "redis_nodes.h"
#include "store/redis_stream.h"
#include "store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_stream *consumer(const char *name)
{
	struct hl_stream_conf c = { .at = conf };
	struct hl_stream *s;
	snprintf(c.stream, sizeof c.stream, "reads-%.50s", conf.prefix); /* a stream for each test */
	hl_copy(c.group, sizeof c.group, "hotlistd");
	hl_copy(c.consumer, sizeof c.consumer, name);
	ok(hl_stream_open(&s, &c, err));
	return s;
}

static void put(struct hl_stream *s, const char *const *text, size_t n)
{
	struct hl_stream_payload v[8];
	for (size_t i = 0; i < n; i++)
		v[i] = (struct hl_stream_payload){ .data = text[i], .n = strlen(text[i]) };
	ok(hl_stream_put(s, v, n, err));
}

/* The payloads separated by blanks; the ids into id. */
static const char *told(struct hl_stream_entry *v, size_t n, char (*id)[HL_STREAM_ID_MAX])
{
	static char text[512];
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", v[i].payload);
		if (id)
			hl_copy(id[i], HL_STREAM_ID_MAX, v[i].id);
		hl_stream_entry_wipe(&v[i]);
	}
	return text;
}

static const char *reads(struct hl_stream *s, size_t max, char (*id)[HL_STREAM_ID_MAX])
{
	struct hl_stream_entry v[8];
	size_t n;
	ok(hl_stream_read(s, v, max, 0, &n, err));
	return told(v, n, id);
}

static const char *claims(struct hl_stream *s, struct hl_stream_claim c, size_t dead)
{
	struct hl_stream_entry v[8];
	size_t n, d = 99;
	ok(hl_stream_claim(s, &c, v, 8, &n, &d, err));
	ck_assert_uint_eq(d, dead);
	return told(v, n, NULL);
}

static int64_t length(struct hl_stream *s)
{
	int64_t n;
	ok(hl_stream_length(s, &n, err));
	return n;
}

static const char *const abc[] = { "a", "b", "c" };

START_TEST(an_entry_is_one_consumers_and_goes_when_it_is_acknowledged)
{
	struct hl_stream *one = consumer("one"), *two = consumer("two");
	char id[8][HL_STREAM_ID_MAX];
	ck_assert_str_eq(reads(one, 8, NULL), "");
	put(two, abc, 3);
	ck_assert_int_eq(length(one), 3);
	ck_assert_str_eq(reads(one, 2, id), "a b");
	ck_assert_str_eq(reads(two, 8, id + 2), "c");
	ck_assert_str_eq(reads(one, 8, NULL), "");
	ok(hl_stream_ack(one, (const char (*)[HL_STREAM_ID_MAX])id, 3, err));
	ck_assert_int_eq(length(one), 0);
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 9 }, 0), "");
	hl_stream_close(&one);
	hl_stream_close(&two);
}
END_TEST

START_TEST(what_was_there_before_the_group_is_read)
{
	redis_server_say(&server, "XADD reads-%s * payload first", conf.prefix);
	redis_server_say(&server, "XADD reads-%s * other second", conf.prefix);
	struct hl_stream *one = consumer("one");
	ck_assert_str_eq(reads(one, 8, NULL), "first second");
	hl_stream_close(&one);
}
END_TEST

START_TEST(a_waiting_read_ends_in_time)
{
	struct hl_stream *one = consumer("one");
	struct hl_stream_entry v[1];
	size_t n = 9;
	ok(hl_stream_read(one, v, 1, 5, &n, err));
	ck_assert_uint_eq(n, 0);
	hl_stream_close(&one);
}
END_TEST

START_TEST(what_a_consumer_had_is_found_by_itself_and_by_others)
{
	struct hl_stream *one = consumer("one"), *two = consumer("two");
	char id[8][HL_STREAM_ID_MAX];
	put(one, abc, 3);
	ck_assert_str_eq(reads(one, 2, id), "a b");
	ck_assert_str_eq(reads(two, 8, id + 2), "c");
	/* What is busy, or not idle for long enough, is left alone. */
	ck_assert_str_eq(claims(two, (struct hl_stream_claim){ .tries = 9, .idle_ms = 3600000 }, 0), "");
	ck_assert_str_eq(claims(two, (struct hl_stream_claim){ .tries = 9, .busy = (const char (*)[HL_STREAM_ID_MAX])(id + 2), .n_busy = 1 }, 0), "a b");
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 9, .own = true }, 0), "");
	ck_assert_str_eq(claims(two, (struct hl_stream_claim){ .tries = 9, .own = true }, 0), "a b c");
	hl_stream_close(&one);
	hl_stream_close(&two);
}
END_TEST

START_TEST(what_was_tried_too_often_is_put_aside_with_its_fields)
{
	struct hl_stream *one = consumer("one");
	char dead[128];
	put(one, abc, 2);
	ck_assert_str_eq(reads(one, 8, NULL), "a b");
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 3 }, 0), "a b");
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 3 }, 0), "a b");
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 3 }, 2), "");
	ck_assert_int_eq(length(one), 0);
	snprintf(dead, sizeof dead, "reads-%s:dead", conf.prefix);
	ck_assert_str_eq(redis_server_say(&server, "XLEN %s", dead), "2");
	hl_stream_close(&one);
}
END_TEST

START_TEST(a_stream_that_was_deleted_is_made_again)
{
	struct hl_stream *one = consumer("one");
	struct hl_stream_entry v[2];
	struct hl_err e;
	size_t n;
	redis_server_say(&server, "DEL reads-%s", conf.prefix);
	put(one, abc, 1);
	ck_assert_int_eq(hl_stream_read(one, v, 2, 0, &n, &e), HL_E_IO);
	ck_assert_str_eq(reads(one, 8, NULL), "a");
	hl_stream_close(&one);
}
END_TEST

/* _i: 0 committed, 1 rolled back, 2 refused since another was quicker. */
START_TEST(an_entry_is_acknowledged_with_the_group_that_decides_it)
{
	struct hl_stream *one = consumer("one");
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	char id[8][HL_STREAM_ID_MAX], name[128];
	struct hl_store *b;
	put(one, abc, 1);
	reads(one, 8, id);
	snprintf(name, sizeof name, "reads-%s", conf.prefix);
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(st->ops->ack(st, name, "hotlistd", (const char *const[]){ id[0] }, 1, err));
	ck_assert_int_eq(contract_counts().alerts, 0); /* tried, and taken back: the entry is there */
	ck_assert_int_eq(length(one), 1);
	switch (_i) {
	case 0:
		ok(st->ops->commit(st, err));
		break;
	case 1:
		st->ops->rollback(st);
		break;
	default:
		ok(hl_store_open(&b, contract_target.store, st_dir, HL_STORE_WRITE, err));
		ok(b->ops->apply(b, &(struct hl_change){ .key = &key, .track = &t }, err));
		hl_store_close(&b);
		fails(HL_E_IO, "quicker", st->ops->commit(st, err));
	}
	ck_assert_int_eq(length(one), _i ? 1 : 0);
	ck_assert_str_eq(claims(one, (struct hl_stream_claim){ .tries = 9 }, 0), _i ? "a" : "");
	struct hl_store *r = contract_reader();
	fails(HL_E_DENIED, "reading only", r->ops->ack(r, name, "hotlistd", (const char *const[]){ id[0] }, 1, err));
	hl_store_close(&r);
	hl_stream_close(&one);
}
END_TEST

TCase *redis_stream_case(void)
{
	TCase *t = tcase_create("stream");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, an_entry_is_one_consumers_and_goes_when_it_is_acknowledged);
	tcase_add_test(t, what_was_there_before_the_group_is_read);
	tcase_add_test(t, a_waiting_read_ends_in_time);
	tcase_add_test(t, what_a_consumer_had_is_found_by_itself_and_by_others);
	tcase_add_test(t, what_was_tried_too_often_is_put_aside_with_its_fields);
	tcase_add_test(t, a_stream_that_was_deleted_is_made_again);
	tcase_add_loop_test(t, an_entry_is_acknowledged_with_the_group_that_decides_it, 0, 3);
	return t;
}
