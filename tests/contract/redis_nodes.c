/* redis_nodes.c: a server that is away, killed, or whose answer is lost; and several nodes on one server: who is quicker, whose lease it is. */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char ids[1024];

/* ---- loss ---- */

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

/* ---- nodes ---- */

static char other_dir[HL_PATH_MAX];

/* A second node, with a state folder of its own. */
static struct hl_store *other_node(void)
{
	struct hl_store *s;
	snprintf(other_dir, sizeof other_dir, "%.400s/other", st_dir);
	if (mkdir(other_dir, 0700) && errno != EEXIST)
		abort();
	ok(hl_store_open(&s, contract_target.store, other_dir, HL_STORE_WRITE, err));
	return s;
}

static size_t takes(struct hl_store *s, int64_t now_ms, int64_t lease_ms)
{
	struct hl_delivery d[8];
	size_t n = 99;
	ok(s->ops->take(s, now_ms, lease_ms, d, 8, &n, err));
	for (size_t i = 0; i < n; i++)
		hl_delivery_wipe(&d[i]);
	return n;
}

START_TEST(who_commits_first_wins_and_the_other_begins_anew)
{
	struct hl_store *b = other_node();
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	ok(st->ops->begin(st, err));
	contract_put("mine", "desk", "https://a.example/", 1);
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(b->ops->apply(b, &(struct hl_change){ .key = &key, .track = &t }, err));
	fails(HL_E_IO, "another writer was quicker: the passage of entry entry1", st->ops->commit(st, err));
	ck_assert(st->again);
	ck_assert_int_eq(contract_counts().alerts, 0);
	ok(st->ops->begin(st, err));
	ck_assert(!st->again);
	contract_put("mine", "desk", "https://a.example/", 1);
	fails(HL_E_CONFLICT, "entry1", st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	t.rev = 1;
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(st->ops->commit(st, err));
	ck_assert_int_eq(contract_counts().alerts, 1);
	hl_store_close(&b);
}
END_TEST

/* Found while the group is still open, where something asks for all of it. */
START_TEST(a_group_that_has_lost_already_is_told_at_the_next_step)
{
	struct hl_store *b = other_node();
	struct hl_peek_key key = contract_key("entry1", "read1");
	struct hl_track t = { .alert = "alert1", .decision = HL_VERIFY, .reads = 1 };
	struct hl_peek p;
	ok(st->ops->begin(st, err));
	ok(st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	ok(b->ops->apply(b, &(struct hl_change){ .key = &key, .track = &t }, err));
	struct hl_store_counts n;
	fails(HL_E_IO, "another writer was quicker", st->ops->counts(st, &n, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->peek(st, &key, T0, &p, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->apply(st, &(struct hl_change){ .key = &key, .track = &t }, err));
	fails(HL_E_IO, "another writer was quicker", st->ops->commit(st, err));
	ck_assert(st->again);
	ok(st->ops->peek(st, &key, T0, &p, err));
	ck_assert_int_eq(p.track.rev, 1);
	hl_store_close(&b);
}
END_TEST

START_TEST(a_delivery_is_one_nodes_at_a_time)
{
	struct hl_store *b = other_node();
	int64_t due;
	contract_put("a", "desk", "https://a.example/", 1);
	ck_assert_uint_eq(takes(st, T0, 1000), 1);
	ck_assert_uint_eq(takes(b, T0 + 999, 1000), 0);
	/* The end of another node's lease is a time to look. */
	ok(b->ops->next_due(b, &due, err));
	ck_assert_int_eq(due, T0 + 1000);
	ok(st->ops->next_due(st, &due, err));
	ck_assert_int_eq(due, HL_NO_TIME);
	ck_assert_uint_eq(takes(b, T0 + 1000, 1000), 1);
	hl_store_close(&b);
}
END_TEST

/* The first node was stopped past its lease: whatever it says then does not undo what the second one does. */
START_TEST(who_wakes_past_his_lease_does_no_harm)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 1);
	ck_assert_uint_eq(takes(st, T0, 1000), 1);
	ck_assert_uint_eq(takes(b, T0 + 1000, 60000), 1);
	switch (_i) {
	case 0:
		ok(st->ops->later(st, "d-a-0", T0 + 90000, "time-out", err));
		break;
	case 1:
		ok(st->ops->dead(st, "d-a-0", T0 + 2000, "deadline", err));
		break;
	case 2: /* it did arrive: that holds, whoever says it */
		ok(st->ops->done(st, "d-a-0", T0 + 2000, "200 late", err));
		ok(b->ops->later(b, "d-a-0", T0 + 3000, "503", err));
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_DELIVERED);
		hl_store_close(&b);
		return;
	default: /* the second one has failed, and waits */
		ok(b->ops->later(b, "d-a-0", T0 + 5000, "503", err));
		ok(st->ops->dead(st, "d-a-0", T0 + 4000, "deadline", err));
		ck_assert_int_eq(contract_get_delivery("d-a-0").due_ms, T0 + 5000);
		ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
		hl_store_close(&b);
		return;
	}
	ck_assert_int_eq(contract_get_delivery("d-a-0").state, HL_DL_PENDING);
	ck_assert_uint_eq(takes(st, T0 + 4000, 1000), 0);
	ok(b->ops->done(b, "d-a-0", T0 + 5000, "200", err));
	struct hl_delivery d = contract_get_delivery("d-a-0");
	ck_assert_int_eq(d.state, HL_DL_DELIVERED);
	ck_assert_str_eq(d.result, "200");
	ck_assert_int_eq(d.attempts, 1);
	hl_store_close(&b);
}
END_TEST

START_TEST(a_node_that_begins_again_lets_go_of_its_own_leases_only)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 1);
	contract_put("b", "north", "https://b.example/", 1);
	st->concurrency = NULL;
	ck_assert_uint_eq(takes(st, T0, 60000), 2);
	hl_store_close(&b);
	b = other_node();
	ck_assert_uint_eq(takes(b, T0 + 1, 60000), 0);
	contract_reopen();
	ck_assert_uint_eq(takes(b, T0 + 1, 60000), 2);
	contract_reopen();
	ck_assert_uint_eq(takes(st, T0 + 2, 60000), 0);
	hl_store_close(&b);
}
END_TEST

/* Two groups that take at once: one of them begins anew and gets what is left. */
START_TEST(what_two_groups_take_is_taken_once)
{
	struct hl_store *b = other_node();
	contract_put("a", "desk", "https://a.example/", 3);
	ok(st->ops->begin(st, err));
	ck_assert_uint_eq(takes(st, T0 + 50, 60000), 3);
	ok(b->ops->begin(b, err));
	ck_assert_uint_eq(takes(b, T0 + 50, 60000), 3);
	ok(b->ops->commit(b, err));
	fails(HL_E_IO, "was taken by another node", st->ops->commit(st, err));
	ck_assert(st->again);
	ck_assert_uint_eq(takes(st, T0 + 50, 60000), 0);
	hl_store_close(&b);
}
END_TEST

/* Each node records in its own audit what it did itself. */
START_TEST(what_a_node_did_is_for_its_own_audit)
{
	struct hl_store *b = other_node();
	struct hl_unrecorded u[4];
	size_t n;
	contract_put("a", "desk", "https://a.example/", 2);
	contract_take(T0 + 1, 8, 2, ids);
	ok(st->ops->done(st, "d-a-0", T0 + 2, "200", err));
	ok(b->ops->done(b, "d-a-1", T0 + 2, "200", err));
	ok(st->ops->unrecorded(st, u, 4, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(u[0].id, "d-a-0");
	ok(st->ops->recorded(st, u[0].seq + 1000, err));
	ok(b->ops->unrecorded(b, u, 4, &n, err));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(u[0].id, "d-a-1");
	hl_store_close(&b);
}
END_TEST

/* More than one call of the script should hold: the store says so. */
START_TEST(a_large_group_says_that_it_is_full)
{
	char *body = hl_calloc(1, HL_BODY_MAX);
	bool full = false;
	memset(body, 'x', HL_BODY_MAX);
	ok(st->ops->begin(st, err));
	ck_assert(!st->ops->full(st));
	for (int i = 0; !full && i < 1000; i++) {
		char id[HL_ID_TEXT];
		snprintf(id, sizeof id, "big%d", i);
		struct hl_alert *a = contract_alert(id, T0);
		ok(st->ops->apply(st, &(struct hl_change){ .alert = a, .alert_body = body, .alert_body_n = HL_BODY_MAX }, err));
		free(a);
		full = st->ops->full(st);
	}
	ck_assert(full);
	ok(st->ops->commit(st, err));
	ck_assert(!st->ops->full(st));
	free(body);
}
END_TEST

TCase *redis_nodes_case(void)
{
	TCase *t = tcase_create("nodes");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_test(t, who_commits_first_wins_and_the_other_begins_anew);
	tcase_add_test(t, a_group_that_has_lost_already_is_told_at_the_next_step);
	tcase_add_test(t, a_delivery_is_one_nodes_at_a_time);
	tcase_add_loop_test(t, who_wakes_past_his_lease_does_no_harm, 0, 4);
	tcase_add_test(t, a_node_that_begins_again_lets_go_of_its_own_leases_only);
	tcase_add_test(t, what_two_groups_take_is_taken_once);
	tcase_add_test(t, what_a_node_did_is_for_its_own_audit);
	tcase_add_test(t, a_large_group_says_that_it_is_full);
	return t;
}
