/* test_deliver_stalls.c: nothing blocks anything else: receivers, resolvers and mail servers that hang beside healthy ones; and an orderly stop. */
#include "config.h"

#include "unit.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>

#include "deliver/desk.h"
#include "base/clock.h"

static void healthy(struct script_server *s, int fd, int n)
{
	(void)n;
	while (script_read(s, fd))
		script_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void black_hole(struct script_server *s, int fd, int n)
{
	(void)fd, (void)n;
	script_hold(s, 60000);
}

static void put_many(struct memory *m, const char *prefix, int n, const char *receiver, const char *channel, const char *address)
{
	for (int i = 0; i < n; i++) {
		char id[HL_ID_TEXT];
		snprintf(id, sizeof id, "%s%d", prefix, i);
		memory_put(m, id, receiver, channel, address, "A: b\r\n\r\nbody\r\n", DAY_MS);
	}
}

struct all {
	struct memory *m;
	const char *prefix;
	size_t n;
};

static bool all_delivered(void *arg)
{
	const struct all *a = arg;
	return memory_count(a->m, a->prefix, HL_DL_DELIVERED) >= a->n;
}

START_TEST(test_black_hole_beside_healthy)
{
	struct desk *k = desk_open(healthy, NULL, ", allow: 127.0.0.0/8");
	struct script_server hole;
	char url[128];
	script_start(&hole, black_hole, NULL);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", hole.port);
	desk_webhook(&k->m, "hole", url, ", allow: 127.0.0.0/8, timeout: 60s, concurrency: 3");
	put_many(&k->m, "hole", 100, "hole", "webhook", url);
	put_many(&k->m, "well", 100, "desk", "webhook", k->url);
	memory_start(&k->m);
	struct all a = { &k->m, "well", 100 };
	int64_t before = hl_clock_mono_ms();
	ck_assert(wait_for(all_delivered, &a, SOON_MS));
	ck_assert_int_lt(hl_clock_mono_ms() - before, 5000);
	ck_assert_int_eq(atomic_load(&hole.most_open), 3);
	ck_assert_uint_eq(memory_count(&k->m, "hole", HL_DL_PENDING), 100);
	ck_assert_int_le(atomic_load(&k->s.most_open), 4);
	desk_close(k);
	script_stop(&hole);
}
END_TEST

static void drip(struct script_server *s, int fd, int n)
{
	(void)n;
	script_read(s, fd);
	script_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	while (!script_hold(s, 50))
		script_say(fd, "x");
}

START_TEST(test_drip_times_out)
{
	struct desk *k = desk_open(drip, NULL, ", allow: 127.0.0.0/8, timeout: 400ms");
	k->m.later_cap_ms = DAY_MS;
	memory_start(&k->m);
	desk_put(k, "d1");
	ck_assert(memory_wait_later(&k->m, "d1", 1, SOON_MS));
	ck_assert_ptr_nonnull(strstr(memory_get(&k->m, "d1").d.result, "timed out"));
	desk_close(k);
}
END_TEST

/* A resolver that hangs: names under .stuck take five seconds. libcurl's own calls come here too, since the program's symbols go first. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	typedef int fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	union {
		void *symbol;
		fn *call;
	} real = { dlsym(RTLD_NEXT, "getaddrinfo") };
	if (node && strstr(node, ".stuck")) {
		poll(NULL, 0, 5000);
		return EAI_AGAIN;
	}
	return real.call(node, service, hints, res);
}

START_TEST(test_stuck_resolver)
{
	struct desk *k = desk_open(healthy, NULL, ", allow: 127.0.0.0/8");
	k->m.later_cap_ms = DAY_MS;
	desk_webhook(&k->m, "stuck", "https://receiver.stuck/", ", timeout: 300ms");
	memory_start(&k->m);
	memory_put(&k->m, "s1", "stuck", "webhook", "https://receiver.stuck/", "{}", DAY_MS);
	int64_t before = hl_clock_mono_ms();
	ck_assert(memory_wait_later(&k->m, "s1", 1, 3000));
	desk_put(k, "d1");
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_int_lt(hl_clock_mono_ms() - before, 3000);
	ck_assert_ptr_nonnull(strstr(memory_get(&k->m, "s1").d.result, "no answer: Resolving timed out"));
	desk_close(k);
}
END_TEST

enum mail_mode { MAIL_FINE, MAIL_HANGS_AFTER_DATA, MAIL_HANGS_AT_GOODBYE, MAIL_451_AT_RCPT, MAIL_550_AT_RCPT, MAIL_552_AFTER_DATA, MAIL_DROPS_IN_DATA };

static bool mail_body(struct script_server *s, int fd, enum mail_mode mode)
{
	char line[1024];
	script_say(fd, "354 go on\r\n");
	if (mode == MAIL_DROPS_IN_DATA)
		return false;
	do {
		if (!script_line(s, fd, line, sizeof line))
			return false;
	} while (strcmp(line, "."));
	if (mode == MAIL_HANGS_AFTER_DATA)
		return script_hold(s, 60000), false;
	script_say(fd, mode == MAIL_552_AFTER_DATA ? "552 mailbox full\r\n" : "250 taken as 4711\r\n");
	return true;
}

static void mail_server(struct script_server *s, int fd, int n)
{
	enum mail_mode mode = *(enum mail_mode *)s->arg;
	char line[1024];
	(void)n;
	script_say(fd, "220 test ESMTP\r\n");
	while (script_line(s, fd, line, sizeof line)) {
		if (!strncmp(line, "RCPT", 4) && mode == MAIL_451_AT_RCPT)
			script_say(fd, "451 come back\r\n");
		else if (!strncmp(line, "RCPT", 4) && mode == MAIL_550_AT_RCPT)
			script_say(fd, "550 no such user\r\n");
		else if (!strncmp(line, "DATA", 4) && !mail_body(s, fd, mode))
			return;
		else if (!strncmp(line, "QUIT", 4) && mode == MAIL_HANGS_AT_GOODBYE)
			script_hold(s, 60000);
		else if (strncmp(line, "DATA", 4))
			script_say(fd, "250 fine\r\n");
	}
}

static void add_mail(struct memory *m, const char *name, const struct script_server *s, const char *more)
{
	char yaml[512], fault[256] = "";
	snprintf(yaml, sizeof yaml, "{smtp: 'smtp://127.0.0.1:%d', starttls: off, from: a@b.example, to: c@d.example, allow: 127.0.0.0/8%s}", s->port, more);
	ck_assert_msg(memory_receiver(m, name, "email", yaml, "", fault, sizeof fault), "%s", fault);
}

struct mail_row {
	enum mail_mode mode;
	enum hl_delivery_state state;
	const char *result;
};

START_TEST(test_mail_verdicts)
{
	static const struct mail_row rows[] = {
		{ MAIL_FINE, HL_DL_DELIVERED, "SMTP 250" },
		{ MAIL_HANGS_AT_GOODBYE, HL_DL_DELIVERED, "SMTP 250" },
		{ MAIL_550_AT_RCPT, HL_DL_DEAD, "SMTP 550 550 no such user" },
		{ MAIL_552_AFTER_DATA, HL_DL_DEAD, "SMTP 552 552 mailbox full" },
		{ MAIL_451_AT_RCPT, HL_DL_PENDING, "SMTP 451 451 come back" },
		{ MAIL_DROPS_IN_DATA, HL_DL_PENDING, "no answer" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum mail_mode mode = rows[i].mode;
		struct desk *k = desk_open(healthy, NULL, ", allow: 127.0.0.0/8");
		struct script_server server;
		script_start(&server, mail_server, &mode);
		add_mail(&k->m, "box", &server, "");
		k->m.later_cap_ms = DAY_MS;
		memory_start(&k->m);
		int64_t before = hl_clock_mono_ms();
		memory_put(&k->m, "m1", "box", "email", "c@d.example", "A: b\r\n\r\nbody\r\n", DAY_MS);
		if (rows[i].state == HL_DL_PENDING)
			ck_assert(memory_wait_later(&k->m, "m1", 1, SOON_MS));
		else
			ck_assert(memory_wait(&k->m, "m1", SOON_MS));
		struct memory_row r = memory_get(&k->m, "m1");
		ck_assert_msg(r.d.state == rows[i].state && strstr(r.d.result, rows[i].result), "row %zu: %d %s", i, r.d.state, r.d.result);
		ck_assert_int_lt(hl_clock_mono_ms() - before, 5000);
		desk_close(k);
		script_stop(&server);
	}
}
END_TEST

/* libcurl waits for the last word of a mail server without turning to anything else: here it must not matter. */
START_TEST(test_hanging_mail_beside_healthy)
{
	enum mail_mode hangs = MAIL_HANGS_AFTER_DATA, fine = MAIL_FINE;
	struct desk *k = desk_open(healthy, NULL, ", allow: 127.0.0.0/8");
	struct script_server stuck, good;
	script_start(&stuck, mail_server, &hangs);
	script_start(&good, mail_server, &fine);
	add_mail(&k->m, "stuck", &stuck, ", timeout: 60s");
	add_mail(&k->m, "good", &good, "");
	memory_start(&k->m);
	put_many(&k->m, "stuck", 5, "stuck", "email", "c@d.example");
	put_many(&k->m, "good", 10, "good", "email", "c@d.example");
	put_many(&k->m, "well", 50, "desk", "webhook", k->url);
	struct all a = { &k->m, "well", 50 }, b = { &k->m, "good", 10 };
	ck_assert(wait_for(all_delivered, &a, 5000));
	ck_assert(wait_for(all_delivered, &b, 5000));
	ck_assert_int_le(atomic_load(&stuck.most_open), 2);
	int64_t before = hl_clock_mono_ms();
	desk_close(k); /* with mails still hanging */
	ck_assert_int_lt(hl_clock_mono_ms() - before, 5000);
	script_stop(&stuck);
	script_stop(&good);
}
END_TEST

static void slowly(struct script_server *s, int fd, int n)
{
	(void)n;
	script_read(s, fd);
	atomic_fetch_add(&s->served, 1);
	script_hold(s, 400);
	script_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

static bool one_served(void *arg)
{
	return atomic_load(&((struct desk *)arg)->s.served) == 1;
}

START_TEST(test_stop_lets_what_flies_end)
{
	struct desk *k = desk_open(slowly, NULL, ", allow: 127.0.0.0/8, concurrency: 1");
	memory_start(&k->m);
	desk_put(k, "d1");
	desk_put(k, "d2");
	ck_assert(wait_for(one_served, k, SOON_MS));
	hl_deliver_stop(&k->m.deliver, SOON_MS);
	ck_assert_int_eq(memory_get(&k->m, "d1").d.state, HL_DL_DELIVERED);
	ck_assert_int_eq(memory_get(&k->m, "d2").d.state, HL_DL_PENDING);
	ck_assert_int_eq(script_requests(&k->s), 1);
	desk_close(k);
}
END_TEST

START_TEST(test_stop_does_not_wait_past_its_grace)
{
	struct desk *k = desk_open(black_hole, NULL, ", allow: 127.0.0.0/8, timeout: 60s");
	memory_start(&k->m);
	desk_put(k, "d1");
	int64_t before = hl_clock_mono_ms();
	hl_deliver_stop(&k->m.deliver, 200);
	ck_assert_int_lt(hl_clock_mono_ms() - before, 3000);
	ck_assert_int_eq(memory_get(&k->m, "d1").d.state, HL_DL_PENDING);
	desk_close(k);
}
END_TEST

#ifdef HL_TEST_HOOKS
/* Refuses everybody until it is up. */
static void down(struct script_server *s, int fd, int n)
{
	atomic_bool *up = s->arg;
	if (atomic_load(up))
		healthy(s, fd, n);
	else
		script_reset(fd);
}

START_TEST(test_down_for_an_hour)
{
	atomic_bool up = false;
	struct desk *k = desk_open(down, &up, ", allow: 127.0.0.0/8");
	int64_t began = hl_clock_real_ms(), longest = 0;
	unsigned attempts = 0;
	k->m.later_cap_ms = DAY_MS;
	memory_start(&k->m);
	desk_put(k, "d1");
	while (hl_clock_real_ms() - began < 3600000) {
		ck_assert_msg(memory_wait_later(&k->m, "d1", ++attempts, SOON_MS), "attempt %u", attempts);
		int64_t wait = memory_get(&k->m, "d1").asked_wait_ms;
		longest = wait > longest ? wait : longest;
		hl_clock_shift(wait);
	}
	ck_assert_int_le(longest, 300000);
	ck_assert_uint_gt(attempts, 11);
	ck_assert_uint_lt(attempts, 200);
	atomic_store(&up, true);
	hl_clock_shift(300000);
	desk_expect(k, "d1", HL_DL_DELIVERED, "HTTP 200");
	ck_assert_ptr_nonnull(strstr(script_request(&k->s, 0), "\nwebhook-id: d1\n"));
	desk_close(k);
}
END_TEST
#endif

UNIT_MAIN("deliver stalls", test_black_hole_beside_healthy, test_drip_times_out, test_stuck_resolver, test_mail_verdicts, test_hanging_mail_beside_healthy,
	  test_stop_lets_what_flies_end, test_stop_does_not_wait_past_its_grace
#ifdef HL_TEST_HOOKS
	  ,
	  test_down_for_an_hour
#endif
)
