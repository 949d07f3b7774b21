/* bench_fleet.c: what a fleet takes and how long an alert is on its way.
 *
 *     bench_fleet [--reads N] [--nodes N] [--rounds N] [--seconds N] [--entries N] [--only fleet|latency]
 *
 * Reads a second through one Redis (appendfsync always) with 1, 2 … nodes, from the first XADD to the last acknowledgement: reads of which 0.5 % are listed plates, one an entry, put into the stream
 * 256 pipelined by a thread of ours. Beside it a bare loop: the same entries by the same thread, read with XREADGROUP, acknowledged and deleted 256 at a time by hiredis, which looks
 * into none of them.
 *
 * Then the way of an alert, at 1,000 and at 10,000 reads/s of which 1 % are listed: from zmq_send at the sender to the webhook at the receiver, on SQLite and on Redis. What is between is told apart by
 * what others take: a read that matches nothing is decoded and matched, and waits for no fsync; an answer to a hit comes after COMMIT; what follows is the outbox and HTTP. Beside it
 * one fsync of 4 KB on the same disk. Prints JSON lines. Needs redis-server.
 */
#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "contract/redis_server.h"
#include "sender.h"

enum { SEED = 7, BATCH = 256, NODES_MAX = 8, ROUNDS_MAX = 15, FSYNCS = 400, WARM_S = 2 };

struct bench {
	long reads, nodes, rounds, seconds, entries;
	const char *only;
	struct redis_server server;
	const char *argv0;
	struct rig node[NODES_MAX];
};

static struct bench b = { .reads = 60000, .nodes = 3, .rounds = 3, .seconds = 10, .entries = 200000 };

/* ---- Redis ---- */

static redisContext *link_open(void)
{
	redisContext *c = redisConnectUnix(b.server.socket);
	if (!c || c->err)
		rig_fail("redis: %s", c ? c->errstr : "no connection");
	return c;
}

static redisReply *answer(redisContext *c)
{
	redisReply *r = NULL;
	if (redisGetReply(c, (void **)&r) || r->type == REDIS_REPLY_ERROR)
		rig_fail("redis: %s", r ? r->str : c->errstr);
	return r;
}

static long long number_of(redisContext *c, const char *command, const char *stream)
{
	redisAppendCommand(c, command, stream);
	redisReply *r = answer(c);
	long long n = r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
	freeReplyObject(r);
	return n;
}

/* One read as an entry; a list's plate now and then. */
static int make_read(struct bench_random *random, long i, char text[256])
{
	char plate[BENCH_PLATE], time[HL_TIME_TEXT];
	if (bench_below(random, 1000) < 5)
		bench_listed(SEED, bench_below(random, (uint32_t)b.entries), plate);
	else
		bench_plate(random, plate);
	hl_time_format(hl_clock_real_ms(), time);
	return snprintf(text, 256, "{\"id\":\"f%ld\",\"camera\":\"cam%u\",\"time\":\"%s\",\"plate\":\"%s\",\"confidence\":0.9}", i, bench_below(random, 1000), time, plate);
}

static long sent_before; /* ids are given once */

static void *produce(void *stream)
{
	redisContext *c = link_open();
	struct bench_random random = { (uint64_t)sent_before + 1 };
	char text[256];
	for (long done = 0; done < b.reads;) {
		long n = b.reads - done < BATCH ? b.reads - done : BATCH;
		for (long i = 0; i < n; i++) {
			int len = make_read(&random, sent_before + done + i, text);
			redisAppendCommand(c, "XADD %s * payload %b", stream, text, (size_t)len);
		}
		for (long i = 0; i < n; i++)
			freeReplyObject(answer(c));
		done += n;
	}
	sent_before += b.reads;
	redisFree(c);
	return NULL;
}

static pthread_t start_producer(const char *stream)
{
	pthread_t t;
	if (pthread_create(&t, NULL, produce, (void *)(uintptr_t)stream))
		rig_fail("no thread");
	return t;
}

/* Acknowledges and deletes what came, in one call each. */
static size_t acknowledge(redisContext *c, const redisReply *entries)
{
	const char *word[2][3 + BATCH] = { { "XACK", "bare", "g" }, { "XDEL", "bare" } };
	size_t n = entries->elements;
	for (size_t i = 0; i < n; i++)
		word[0][3 + i] = word[1][2 + i] = entries->element[i]->element[0]->str;
	redisAppendCommandArgv(c, (int)(3 + n), word[0], NULL);
	redisAppendCommandArgv(c, (int)(2 + n), word[1], NULL);
	freeReplyObject(answer(c));
	freeReplyObject(answer(c));
	return n;
}

static double bare(void)
{
	redisContext *c = link_open();
	freeReplyObject(redisCommand(c, "DEL bare"));
	freeReplyObject(redisCommand(c, "XGROUP CREATE bare g 0 MKSTREAM"));
	double begun = rig_now();
	pthread_t t = start_producer("bare");
	for (size_t got = 0; got < (size_t)b.reads;) {
		redisAppendCommand(c, "XREADGROUP GROUP g me COUNT %d BLOCK 100 STREAMS bare >", BATCH);
		redisReply *r = answer(c);
		if (r->type == REDIS_REPLY_ARRAY)
			got += acknowledge(c, r->element[0]->element[1]);
		freeReplyObject(r);
	}
	double s = rig_now() - begun;
	pthread_join(t, NULL);
	redisFree(c);
	return (double)b.reads / s;
}

static double through_nodes(void)
{
	redisContext *c = link_open();
	double begun = rig_now();
	pthread_t t = start_producer("reads");
	pthread_join(t, NULL);
	while (number_of(c, "XLEN %s", "reads"))
		poll(NULL, 0, 1);
	double s = rig_now() - begun;
	redisFree(c);
	return (double)b.reads / s;
}

/* ---- nodes ---- */

/* Puts text behind the line `after` of the settings, which is "" for their beginning. */
static void add_settings(struct rig *r, const char *after, const char *text)
{
	struct hl_buf was = HL_BUF(64 << 10), now = HL_BUF(128 << 10);
	struct hl_err err;
	if (hl_file_read(r->config, &was, &err))
		rig_fail("%s", err.text);
	const char *all = hl_buf_text(&was), *at = strstr(all, after);
	if (!at)
		rig_fail("the settings have no '%s'", after);
	at += strlen(after);
	hl_buf_put(&now, all, (size_t)(at - all));
	hl_buf_puts(&now, text);
	hl_buf_puts(&now, at);
	if (hl_file_write_atomic(r->config, hl_buf_text(&now), now.len, 0600, &err))
		rig_fail("%s", err.text);
	hl_buf_fini(&was);
	hl_buf_fini(&now);
}

static void open_node(struct rig *r, bool redis, const char *prefix, bool stream)
{
	char text[512];
	rig_open(r, b.argv0);
	if (redis) {
		snprintf(text, sizeof text, "store: {redis: {unix: %.100s, prefix: %s}}\n", b.server.socket, prefix);
		add_settings(r, "", text);
	}
	if (stream) {
		snprintf(text, sizeof text, "  - redis: {unix: %.100s, stream: reads}\n", b.server.socket);
		add_settings(r, "ingest:\n", text);
	}
	rig_start(r);
}

static void load_list(struct rig *r)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/stolen.txt", r->dir);
	rig_plates_file(path, SEED, (uint32_t)b.entries);
	rig_import(r, "stolen", path);
	rig_activate(r, "stolen");
}

/* Until node r runs what the fleet has. */
static void wait_level(struct rig *r)
{
	for (double end = rig_now() + 60;; poll(NULL, 0, 20)) {
		json_t *s = rig_status(r);
		bool there = json_array_size(json_object_get(s, "lists")) > 0;
		json_decref(s);
		if (there)
			return;
		if (rig_now() > end)
			rig_fail("a node does not get the list");
	}
}

static void fleet(void)
{
	double raw[ROUNDS_MAX], mine[ROUNDS_MAX];
	for (long n = 0; n < b.nodes; n++) {
		open_node(&b.node[n], true, "bench", true);
		if (!n)
			load_list(&b.node[0]);
		wait_level(&b.node[n]);
		for (long i = 0; i < b.rounds; i++) {
			raw[i] = bare();
			mine[i] = through_nodes();
		}
		double m = rig_percentile(mine, (size_t)b.rounds, 0.5), w = rig_percentile(raw, (size_t)b.rounds, 0.5);
		printf("{\"what\":\"reads through one Redis\",\"nodes\":%ld,\"reads\":%ld,\"rounds\":%ld,\"reads_per_s\":%.0f,\"bare_per_s\":%.0f,\"ratio\":%.2f}\n", n + 1, b.reads,
		       b.rounds, m, w, m / w);
		fflush(stdout);
	}
	for (long n = 0; n < b.nodes; n++)
		rig_close(&b.node[n]);
}

/* ---- the way of an alert ---- */

static _Atomic int64_t *received; /* by the read's number */
static size_t n_received;

/* On the receiver's thread: the first notice that names a read. */
static void on_request(const char *body)
{
	static const char mark[] = "\"id\":\"b0";
	const char *at = strstr(body, mark);
	size_t i = at ? strtoul(at + sizeof mark - 2, NULL, 10) : n_received;
	int64_t none = 0;
	if (i < n_received)
		atomic_compare_exchange_strong(&received[i], &none, rig_now_ns());
}

static void one_fsync(const struct rig *r)
{
	char path[PATH_MAX + 8], page[4096] = { 0 };
	double v[FSYNCS];
	snprintf(path, sizeof path, "%s/fsync", r->dir);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	for (int i = 0; i < FSYNCS; i++) {
		double t0 = rig_now();
		if (fd < 0 || write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd))
			rig_fail("%s can't be written", path);
		v[i] = (rig_now() - t0) * 1e3;
	}
	close(fd);
	double p50 = rig_percentile(v, FSYNCS, 0.5), p99 = rig_percentile(v, FSYNCS, 0.99);
	printf("{\"what\":\"one fsync\",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"flush_and_4_fsyncs_ms\":%.1f}\n", p50, p99, 5 + 4 * p99);
}

struct spans {
	double *v, mean, p50, p99;
	size_t n;
};

static void add(struct spans *s, int64_t from, int64_t to)
{
	s->v[s->n++] = (double)(to - from) * 1e-6;
}

static void sum_up(struct spans *s)
{
	double sum = 0;
	for (size_t i = 0; i < s->n; i++)
		sum += s->v[i];
	s->mean = s->n ? sum / (double)s->n : 0;
	s->p50 = rig_percentile(s->v, s->n, 0.50);
	s->p99 = rig_percentile(s->v, s->n, 0.99);
	free(s->v);
}

static void tell(const char *store, long rate, const struct sender *s, size_t first, double commit_ms)
{
	struct spans all = { .v = hl_calloc(s->sent, sizeof(double)) }, kept = { .v = hl_calloc(s->sent, sizeof(double)) }, told = { .v = hl_calloc(s->sent, sizeof(double)) },
		     missed = { .v = hl_calloc(s->sent, sizeof(double)) };
	for (size_t i = first; i < s->sent; i++) {
		int64_t got = atomic_load(&received[i]);
		const struct sender_mark *m = &s->mark[i];
		if (!m->listed)
			add(&missed, m->sent_ns, m->answered_ns);
		if (!got)
			continue;
		add(&all, m->sent_ns, got);
		add(&kept, m->sent_ns, m->answered_ns);
		add(&told, m->answered_ns, got > m->answered_ns ? got : m->answered_ns);
	}
	sum_up(&all);
	sum_up(&kept);
	sum_up(&told);
	sum_up(&missed);
	printf("{\"what\":\"sent to webhook received\",\"store\":\"%s\",\"reads_per_s\":%ld,\"alerts\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"committed_p50_ms\":%.2f,\"committed_p99_ms\":%.2f,"
	       "\"told_p50_ms\":%.2f,\"told_p99_ms\":%.2f,\"commit_mean_ms\":%.2f,\"share\":{\"decode_and_match\":%.2f,\"commit\":%.2f,\"http\":%.2f}}\n",
	       store, rate, all.n, all.p50, all.p99, kept.p50, kept.p99, told.p50, told.p99, commit_ms, missed.p50 / all.mean, commit_ms / all.mean, told.mean / all.mean);
	fflush(stdout);
}

static void wait_told(struct rig *r)
{
	for (double end = rig_now() + 60;; poll(NULL, 0, 20)) {
		json_t *s = rig_status(r);
		bool done = rig_figure(s, "outbox", "pending") == 0;
		json_decref(s);
		if (done)
			return;
		if (rig_now() > end)
			rig_fail("deliveries are pending for a minute");
	}
}

static void at_rate(struct rig *r, const char *store, long rate)
{
	struct sender s;
	n_received = (size_t)(rate * (b.seconds + WARM_S) + 1000);
	received = hl_calloc(n_received, sizeof *received);
	sender_open(&s, r, (double)rate, 0.01, SEED, (uint32_t)b.entries, n_received);
	s.far = true;
	sender_run(&s, WARM_S, NULL);
	sender_settle(&s, 20);
	json_t *before = rig_status(r);
	size_t first = s.sent;
	sender_run(&s, (double)b.seconds, NULL);
	sender_settle(&s, 20);
	json_t *after = rig_status(r);
	wait_told(r);
	int64_t commits = rig_figure(after, "daemon", "commits") - rig_figure(before, "daemon", "commits");
	double ns = (double)(rig_figure(after, "daemon", "commit_ns") - rig_figure(before, "daemon", "commit_ns"));
	tell(store, rate, &s, first, ns * 1e-6 / (double)(commits ? commits : 1));
	json_decref(before);
	json_decref(after);
	sender_close(&s);
	n_received = 0;
}

static void latency(void)
{
	static const char *const store[] = { "sqlite", "redis" };
	static const long rate[] = { 1000, 10000 };
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++) {
			char prefix[24];
			struct rig *r = &b.node[0];
			snprintf(prefix, sizeof prefix, "way%zu", k);
			open_node(r, i == 1, prefix, false);
			load_list(r);
			if (!i && !k)
				one_fsync(r);
			r->on_request = on_request;
			at_rate(r, store[i], rate[k]);
			rig_close(r);
			free((void *)received);
		}
}

/* ---- */

static void parse(int argc, char **argv)
{
	static const struct option options[] = { { "reads", required_argument, NULL, 'r' },   { "nodes", required_argument, NULL, 'n' }, { "rounds", required_argument, NULL, 'k' },
						 { "seconds", required_argument, NULL, 's' }, { "entries", required_argument, NULL, 'e' }, { "only", required_argument, NULL, 'o' },
						 { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		long v = c == '?' || c == 'o' ? 1 : strtol(optarg, NULL, 10);
		if (c == '?' || v < 1 || v > 100000000 || (c == 'n' && v > NODES_MAX) || (c == 'k' && v > ROUNDS_MAX))
			exit(64);
		if (c == 'o')
			b.only = optarg;
		else
			*(c == 'r' ? &b.reads : c == 'n' ? &b.nodes : c == 'k' ? &b.rounds : c == 's' ? &b.seconds : &b.entries) = v;
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	b.argv0 = argv[0];
	if (!redis_server_start(&b.server, NULL)) {
		fprintf(stderr, "bench_fleet: there is no redis-server\n");
		return 77;
	}
	if (!b.only || !strcmp(b.only, "fleet"))
		fleet();
	if (!b.only || !strcmp(b.only, "latency"))
		latency();
	redis_server_stop(&b.server);
	return 0;
}
