/* redis_loss.c: a server that is away, killed, or whose answer is lost. */
#include "redis_nodes.h"
#include "base/file.h"
#include "base/mem.h"
#include "store_contract.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(a_killed_server_keeps_what_was_committed_and_nothing_of_an_open_group)
{
	struct hl_redis_conf own = conf;
	hl_store_close(&st);
	ck_assert(redis_server_start(&server, NULL)); /* the other tests' one goes on */
	snprintf(own.unix_path, sizeof own.unix_path, "%.100s", server.socket);
	contract_target.store = redis_elsewhere(&own);
	contract_reopen();
	ok(st->ops->begin(st, err));
	contract_put("kept", "desk", "https://a.example/", 2);
	ok(st->ops->commit(st, err));
	ok(st->ops->begin(st, err));
	contract_put("open", "desk", "https://a.example/", 2);
	redis_server_kill(&server, SIGKILL);
	fails(HL_E_IO, "Redis unix:", st->ops->commit(st, err));
	struct hl_store_counts c;
	fails(HL_E_IO, "Redis unix:", st->ops->counts(st, &c, err));
	redis_server_again(&server, NULL);
	ck_assert_int_eq(contract_counts().alerts, 1);
	ok(st->ops->begin(st, err));
	contract_put("open", "desk", "https://a.example/", 2);
	ok(st->ops->commit(st, err));
	contract_reopen();
	ck_assert_int_eq(contract_counts().alerts, 2);
	ck_assert_int_eq(contract_counts().pending, 4);
	redis_server_stop(&server);
}
END_TEST

static void cut_next(void)
{
	char path[HL_PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/cut", server.dir);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static pid_t through_a_relay(void)
{
	struct hl_redis_conf c = conf;
	pid_t relay = redis_relay_start(&server);
	hl_store_close(&st);
	snprintf(c.unix_path, sizeof c.unix_path, "%.90s/relay.sock", server.dir);
	ok(hl_store_open(&st, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	return relay;
}

static void end(pid_t pid)
{
	int status;
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

/* The answer is lost, not the group: it is not done again. */
START_TEST(a_commit_whose_answer_is_lost_is_done_once)
{
	const struct hl_total one = { "in", 1 };
	pid_t relay = through_a_relay();
	for (int i = 0; i < 20; i++) {
		ok(st->ops->begin(st, err));
		ok(st->ops->totals_add(st, 0, &one, 1, err));
		if (_i)
			contract_put((char[]){ 'a', (char)('a' + i), 0 }, "desk", "https://a.example/", 1);
		cut_next();
		ok(st->ops->commit(st, err));
	}
	struct hl_total *v;
	size_t n;
	int64_t first;
	ok(st->ops->totals_sum(st, 0, 1, &first, &v, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(v[0].n, 20);
	free(v);
	ck_assert_int_eq(contract_counts().alerts, _i ? 20 : 0);
	end(relay);
}
END_TEST

/* The server stays away longer than is tried: whoever asks afterwards learns whether it was done, and if it was not it never is. */
START_TEST(a_commit_without_an_answer_is_settled)
{
	const struct hl_total one = { "in", 1 };
	struct hl_redis_conf c = conf;
	bool committed = false;
	hl_store_close(&st);
	c.timeout_ms = 200;
	ok(hl_store_open(&st, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	fails(HL_E_INTERNAL, "unsure", st->ops->settle(st, &committed, err));
	ok(st->ops->begin(st, err));
	ok(st->ops->totals_add(st, 0, &one, 1, err));
	kill(server.pid, SIGSTOP);
	fails(HL_E_IO, "no answer in time", st->ops->commit(st, err));
	ck_assert(st->unsure);
	fails(HL_E_IO, "no answer in time", st->ops->settle(st, &committed, err));
	ck_assert(st->unsure);
	kill(server.pid, SIGCONT);
	enum hl_code rc = HL_E_IO;
	for (int i = 0; rc && i < 100; i++)
		rc = st->ops->settle(st, &committed, NULL);
	ck_assert_int_eq(rc, HL_OK);
	ck_assert(!st->unsure);
	struct hl_total *v;
	size_t n;
	int64_t first;
	for (int i = 0; i < 3; i++) { /* also what still lay in the server's buffers has been seen to by now */
		ok(st->ops->totals_sum(st, 0, 1, &first, &v, &n, err));
		ck_assert_uint_eq(n, committed);
		free(v);
	}
	ok(st->ops->begin(st, err)); /* it goes on with the next one */
	ok(st->ops->totals_add(st, 0, &one, 1, err));
	ok(st->ops->commit(st, err));
	ok(st->ops->totals_sum(st, 0, 1, &first, &v, &n, err));
	ck_assert_int_eq(v[0].n, committed ? 2 : 1);
	free(v);
}
END_TEST

/* Looking, checking and trying are simply done again. */
START_TEST(a_question_whose_answer_is_lost_is_asked_again)
{
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	struct hl_peek p;
	pid_t relay = through_a_relay();
	ok(st->ops->begin(st, err));
	cut_next();
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(!p.track.exists);
	cut_next();
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	cut_next();
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert(p.track.exists);
	ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 0);
	end(relay);
}
END_TEST

START_TEST(a_server_that_does_not_answer_is_given_up_in_time)
{
	struct hl_redis_conf c = conf;
	hl_store_close(&st);
	c.timeout_ms = 100;
	ok(hl_store_open(&st, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	ok(st->ops->begin(st, err));
	contract_put("a", "desk", "https://a.example/", 1);
	kill(server.pid, SIGSTOP);
	fails(HL_E_IO, "no answer in time", st->ops->commit(st, err));
	kill(server.pid, SIGCONT);
	st->ops->rollback(st);
	/* Perhaps it was done, perhaps not; never half. */
	struct hl_store_counts n;
	enum hl_code rc = HL_E_IO;
	for (int i = 0; rc && i < 100; i++)
		rc = st->ops->counts(st, &n, NULL);
	ck_assert_int_eq(rc, HL_OK);
	ck_assert_int_eq(n.alerts, n.pending);
}
END_TEST

/* Scripts are forgotten by a server that begins anew, and by SCRIPT FLUSH. */
START_TEST(a_script_that_is_gone_is_loaded_again)
{
	ok(st->ops->begin(st, err));
	contract_put("a", "desk", "https://a.example/", 1);
	redis_server_say(&server, "SCRIPT FLUSH");
	ok(st->ops->commit(st, err));
	redis_server_say(&server, "SCRIPT FLUSH");
	ck_assert_int_eq(contract_counts().alerts, 1);
}
END_TEST

/* A free port, as text. */
static void free_port(char dst[8])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof at) && !getsockname(fd, (struct sockaddr *)&at, &n));
	snprintf(dst, 8, "%u", (unsigned)ntohs(at.sin_port));
	close(fd);
}

static void put_one(const char *id)
{
	ok(st->ops->begin(st, err));
	contract_put(id, "desk", "https://a.example/", 1);
}

static void put_twice(const char *id)
{
	struct hl_alert *a = contract_alert(id, T0);
	ok(st->ops->begin(st, err));
	fails(HL_E_EXISTS, id, st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = "{}", .alert_body_n = 2 }, err));
	free(a);
}

START_TEST(a_commit_waits_for_its_replica)
{
	struct redis_server replica;
	struct hl_redis_conf c = conf;
	char port[8];
	free_port(port);
	hl_store_close(&st);
	ck_assert(redis_server_start(&server, (const char *const[]){ "--port", port, "--bind", "127.0.0.1", "--min-replicas-to-write", "1", "--repl-diskless-sync-delay", "0", NULL }));
	ck_assert(redis_server_start(&replica, (const char *const[]){ "--replicaof", "127.0.0.1", port, NULL }));
	snprintf(c.unix_path, sizeof c.unix_path, "%.100s", server.socket);
	c.replicas = 1;
	c.wait_ms = 3000; /* a busy machine */
	contract_target.store = redis_elsewhere(&c);
	for (int i = 0; i < 2000 && strcmp(redis_server_say(&server, "WAIT 1 10"), "1"); i++)
		continue; /* until it is connected; each asks for ten milliseconds */
	contract_reopen();
	put_one("a");
	ok(st->ops->commit(st, err));
	kill(replica.pid, SIGSTOP);
	put_one("b");
	fails(HL_E_IO, "0 of 1 replicas have what was written", st->ops->commit(st, err));
	kill(replica.pid, SIGCONT);
	/* It was written: a repeat finds it, and is confirmed. */
	put_twice("b");
	ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 2);
	hl_store_close(&st);
	redis_server_stop(&replica);
	redis_server_stop(&server);
}
END_TEST

TCase *redis_loss_case(void)
{
	TCase *t = tcase_create("loss");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, a_killed_server_keeps_what_was_committed_and_nothing_of_an_open_group);
	tcase_add_loop_test(t, a_commit_whose_answer_is_lost_is_done_once, 0, 2);
	tcase_add_test(t, a_commit_without_an_answer_is_settled);
	tcase_add_test(t, a_question_whose_answer_is_lost_is_asked_again);
	tcase_add_test(t, a_server_that_does_not_answer_is_given_up_in_time);
	tcase_add_test(t, a_script_that_is_gone_is_loaded_again);
	tcase_add_test(t, a_commit_waits_for_its_replica);
	tcase_set_timeout(t, 30);
	return t;
}
