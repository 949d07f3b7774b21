/* test_deliver.c: the delivery thread against scripted receivers: every verdict, from the bytes on the wire to what the store was told. */
#include "unit.h"

#include "deliver/desk.h"
#include "base/clock.h"

/* Answers each request on every connection with the next of a list of answers; the last one again and again. */
static void answer_in_turn(struct script_server *s, int fd, int n)
{
	const char *const *answers = s->arg;
	(void)n;
	while (script_read(s, fd)) {
		int k = atomic_fetch_add(&s->served, 1), last = 0;
		while (answers[last + 1])
			last++;
		script_say(fd, answers[k < last ? k : last]);
	}
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"

START_TEST(test_one_alert_goes_out_at_once)
{
	static const char *const answers[] = { OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	memory_start(&k->m);
	int64_t before = hl_clock_mono_ms();
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_int_lt(hl_clock_mono_ms() - before, 400); /* sooner than the thread looks by itself */
	ck_assert_int_eq(script_requests(&k->s), 1);
	ck_assert_ptr_nonnull(strstr(script_request(&k->s, 0), "POST /hook HTTP/1.1\n"));
	ck_assert_ptr_nonnull(strstr(script_request(&k->s, 0), "\nwebhook-id: d1\n"));
	ck_assert_ptr_nonnull(strstr(script_request(&k->s, 0), "\nwebhook-signature: v1,"));
	ck_assert_ptr_nonnull(strstr(script_request(&k->s, 0), "\n\n{\"type\":\"alert.created\"}"));
	desk_close(k);
}
END_TEST

START_TEST(test_503_503_200)
{
	static const char *const answers[] = { BUSY, BUSY, OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	memory_start(&k->m);
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_uint_eq(memory_get(&k->m, "d1").laters, 2);
	ck_assert_int_eq(script_requests(&k->s), 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(strstr(script_request(&k->s, i), "\nwebhook-id: d1\n"));
		ck_assert_str_eq(strstr(script_request(&k->s, i), "\n\n"), strstr(script_request(&k->s, 0), "\n\n"));
	}
	desk_close(k);
}
END_TEST

START_TEST(test_retry_after)
{
	static const char *const answers[] = { "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
					       "HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n", OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	memory_start(&k->m);
	desk_put(k, "d1");
	ck_assert(memory_wait_later(&k->m, "d1", 1, SOON_MS));
	struct memory_row r = memory_get(&k->m, "d1");
	ck_assert_int_gt(r.asked_wait_ms, 2000);
	ck_assert_int_lt(r.asked_wait_ms, 4000);
	/* What it says holds for all that goes there. */
	desk_put(k, "d2");
	struct hl_deliver_counts c;
	hl_deliver_count(k->m.deliver, &c);
	ck_assert_int_eq(c.resting, 1);
	ck_assert_int_eq(c.attempts, 1);
	/* A date past the deadline can't be waited for: the next try comes by our own backoff. */
	desk_expect(k, "d1", HL_DL_DELIVERED, "200");
	desk_expect(k, "d2", HL_DL_DELIVERED, "200");
	hl_deliver_count(k->m.deliver, &c);
	ck_assert_int_eq(c.resting, 0);
	desk_close(k);
}
END_TEST

struct one_answer {
	const char *answer;
	enum hl_delivery_state state;
	const char *result;
};

START_TEST(test_final_answers)
{
	static const struct one_answer rows[] = {
		{ "HTTP/1.1 204 No Content\r\n\r\n", HL_DL_DELIVERED, "HTTP 204" },
		{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", HL_DL_DEAD, "HTTP 302, redirects are not followed" },
		{ "HTTP/1.1 400 Bad\r\nContent-Length: 10\r\n\r\nno\x1b[2J way", HL_DL_DEAD, "HTTP 400 no [2J way" },
		{ "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", HL_DL_DEAD, "HTTP 404" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *const answers[] = { rows[i].answer, NULL };
		struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
		memory_start(&k->m);
		desk_put(k, "d1");
		desk_expect(k, "d1", rows[i].state, rows[i].result);
		ck_assert_int_eq(script_requests(&k->s), 1);
		desk_close(k);
	}
}
END_TEST

START_TEST(test_410_closes_the_endpoint)
{
	static const char *const answers[] = { "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8, concurrency: 1");
	struct hl_deliver_counts c;
	memory_start(&k->m);
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DEAD, "HTTP 410, the endpoint is gone");
	desk_put(k, "d2");
	desk_expect(k, "d2", HL_DL_DEAD, "the endpoint is disabled: it has answered 410 Gone");
	hl_deliver_count(k->m.deliver, &c);
	ck_assert_int_eq(c.gone, 1);
	ck_assert_int_eq(c.disabled, 1);
	ck_assert_int_eq(c.dead, 2);
	ck_assert_int_eq(script_requests(&k->s), 1);
	hl_deliver_reopen(k->m.deliver);
	desk_put(k, "d3");
	desk_expect(k, "d3", HL_DL_DELIVERED, "HTTP 200");
	hl_deliver_count(k->m.deliver, &c);
	ck_assert_int_eq(c.disabled, 0);
	ck_assert_int_eq(c.held, 0);
	ck_assert_int_eq(c.under_way, 0);
	desk_close(k);
}
END_TEST

/* The first connections misbehave, each in its way; the last one answers. */
static void misbehave(struct script_server *s, int fd, int n)
{
	script_read(s, fd);
	switch (n) {
	case 0:
		script_reset(fd);
		return;
	case 1:
		return; /* closed without a word */
	case 2:
		script_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly ha");
		return; /* closed in mid-body: nobody knows whether it was taken */
	case 3:
		script_say(fd, "\x16\x03garbage that is no HTTP\r\n\r\n");
		return;
	case 4:
		script_say(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 3000; i++)
			script_say(fd, "X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
		script_hold(s, 5000);
		return;
	default:
		script_say(fd, OK);
	}
}

START_TEST(test_broken_answers_are_tried_again)
{
	struct desk *k = desk_open(misbehave, NULL, ", allow: 127.0.0.0/8, timeout: 5s");
	memory_start(&k->m);
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_uint_eq(memory_get(&k->m, "d1").laters, 5);
	desk_close(k);
}
END_TEST

static void endless_body(struct script_server *s, int fd, int n)
{
	(void)n;
	script_read(s, fd);
	script_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	for (int i = 0; i < 4000; i++)
		script_say(fd, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
	script_hold(s, 20000);
}

START_TEST(test_an_endless_answer_is_cut)
{
	struct desk *k = desk_open(endless_body, NULL, ", allow: 127.0.0.0/8, timeout: 10s");
	memory_start(&k->m);
	int64_t before = hl_clock_mono_ms();
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_int_lt(hl_clock_mono_ms() - before, 5000);
	desk_close(k);
}
END_TEST

START_TEST(test_gate)
{
	static const char *const answers[] = { OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	char url[128];
	/* A name is judged when it has been resolved: http to a name that leads outside `allow`, and https to a private address. */
	snprintf(url, sizeof url, "http://localhost:%d/", k->s.port);
	desk_webhook(&k->m, "outside", url, ", allow: 10.0.0.0/8");
	snprintf(url, sizeof url, "https://localhost:%d/", k->s.port);
	desk_webhook(&k->m, "private", url, "");
	memory_start(&k->m);
	memory_put(&k->m, "p1", "private", "webhook", url, "{}", DAY_MS);
	desk_expect(k, "p1", HL_DL_DEAD, "1 is private or reserved, and not in `allow`"); /* 127.0.0.1, or ::1 */
	snprintf(url, sizeof url, "http://localhost:%d/", k->s.port);
	memory_put(&k->m, "o1", "outside", "webhook", url, "{}", DAY_MS);
	desk_expect(k, "o1", HL_DL_DEAD, "is not in `allow`, and http goes to such addresses only");
	ck_assert_int_eq(atomic_load(&k->s.connections), 0);
	desk_close(k);
}
END_TEST

/* A connection that one channel may use is still open when another, which may not, wants the same host. */
START_TEST(test_gate_holds_for_open_connections)
{
	static const char *const answers[] = { OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	char url[128];
	snprintf(url, sizeof url, "http://localhost:%d/", k->s.port);
	desk_webhook(&k->m, "inside", url, ", allow: [127.0.0.0/8, '::1']");
	desk_webhook(&k->m, "outside", url, ", allow: 10.0.0.0/8");
	memory_start(&k->m);
	memory_put(&k->m, "i1", "inside", "webhook", url, "{}", DAY_MS);
	desk_expect(k, "i1", HL_DL_DELIVERED, "HTTP 200");
	memory_put(&k->m, "o1", "outside", "webhook", url, "{}", DAY_MS);
	desk_expect(k, "o1", HL_DL_DEAD, "http goes to such addresses only");
	memory_put(&k->m, "i2", "inside", "webhook", url, "{}", DAY_MS);
	desk_expect(k, "i2", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_int_eq(script_requests(&k->s), 2);
	desk_close(k);
}
END_TEST

START_TEST(test_vanished_and_overdue)
{
	static const char *const answers[] = { BUSY, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	memory_start(&k->m);
	memory_put(&k->m, "d1", "nobody", "webhook", k->url, "{}", DAY_MS);
	desk_expect(k, "d1", HL_DL_DEAD, "receiver nobody has no webhook channel with this address any more");
	memory_put(&k->m, "d2", "desk", "webhook", k->url, "{}", -1);
	desk_expect(k, "d2", HL_DL_DEAD, "deadline reached after 0 attempts");
	ck_assert_int_eq(script_requests(&k->s), 0);
	memory_put(&k->m, "d3", "desk", "webhook", k->url, "{}", 1);
	desk_expect(k, "d3", HL_DL_DEAD, "deadline reached after");
	desk_put(k, "d4");
	ck_assert(memory_wait_later(&k->m, "d4", 1, SOON_MS));
	memory_vanish(&k->m, "desk");
	desk_expect(k, "d4", HL_DL_DEAD, "receiver desk has no webhook channel");
	desk_close(k);
}
END_TEST

START_TEST(test_store_faults)
{
	static const char *const answers[] = { OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	struct hl_deliver_counts c;
	k->m.fail_settles = 2;
	memory_start(&k->m);
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_uint_eq(memory_get(&k->m, "d1").settles, 3);
	ck_assert_int_eq(script_requests(&k->s), 1); /* the verdict is written again, the message is not sent again */
	hl_deliver_count(k->m.deliver, &c);
	ck_assert_int_eq(c.store_faults, 2);
	desk_close(k);
}
END_TEST

static bool let_go(void *arg)
{
	struct hl_deliver_counts c;
	hl_deliver_count(((struct desk *)arg)->m.deliver, &c);
	return c.attempts == 1 && c.held == 0;
}

START_TEST(test_cancelled_meanwhile)
{
	static const char *const answers[] = { OK, NULL };
	struct desk *k = desk_open(answer_in_turn, (void *)answers, ", allow: 127.0.0.0/8");
	k->m.settle_as = HL_E_CONFLICT;
	memory_start(&k->m);
	desk_put(k, "d1");
	ck_assert(wait_for(let_go, k, SOON_MS));
	ck_assert_uint_eq(memory_get(&k->m, "d1").settles, 1);
	desk_close(k);
}
END_TEST

static void slowly(struct script_server *s, int fd, int n)
{
	(void)n;
	script_read(s, fd);
	script_hold(s, 300);
	script_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

START_TEST(test_a_delivery_given_twice_flies_once)
{
	struct desk *k = desk_open(slowly, NULL, ", allow: 127.0.0.0/8");
	k->m.give_twice = true;
	memory_start(&k->m);
	desk_put(k, "d1");
	for (int i = 0; i < 5; i++)
		hl_deliver_wake(k->m.deliver);
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_int_eq(script_requests(&k->s), 1);
	desk_close(k);
}
END_TEST

START_TEST(test_backoff)
{
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	for (int64_t n = -1; n < 70; n++) {
		int64_t ceiling = n < 1 ? 1000 : n > 9 ? 300000 : INT64_C(1000) << (n - 1), sum = 0;
		if (ceiling > 300000)
			ceiling = 300000;
		for (int i = 0; i < 400; i++) {
			int64_t w = hl_deliver_backoff(n);
			ck_assert_int_ge(w, 1);
			ck_assert_int_le(w, ceiling);
			sum += w;
		}
		/* Uniform: the mean of 400 draws lies within a fifth of the middle but once in 10^11. */
		ck_assert_int_gt(sum / 400, ceiling * 2 / 5);
		ck_assert_int_lt(sum / 400, ceiling * 3 / 5);
	}
}
END_TEST

UNIT_MAIN("deliver", test_one_alert_goes_out_at_once, test_503_503_200, test_retry_after, test_final_answers, test_410_closes_the_endpoint,
	  test_broken_answers_are_tried_again, test_an_endless_answer_is_cut, test_gate, test_gate_holds_for_open_connections, test_vanished_and_overdue,
	  test_store_faults, test_cancelled_meanwhile, test_a_delivery_given_twice_flies_once, test_backoff)
