/* bench_wire.c: what is left of the wire's speed: a bare ZeroMQ receiver, one that decodes and matches, and the daemon's whole way from socket to decision
 * (receive, decode, match, score, passages, rules), in turns, in one run.
 *
 *     bench_wire [--entries N] [--batch N] [--reads N] [--rounds N] [--threads N] [--sub] [--rich] [--no-wire]
 *
 * One sender on a thread of its own (PUSH, with --sub PUB, which has a topic before each message) sends generated reads of some 290 bytes, one or more a message, as fast as they are taken. Reads that the rules let
 * through would measure the disk: they are left out beforehand, but those that match and are dropped stay. A round's time runs from the first message sent to
 * the last one received (bare), or to the last read matched or decided. The ratio is the median of the rounds' ratios. The sender has the same processors
 * as the receiver, so its CPU time is printed too. --no-wire: only what needs no
 * socket; --rich: of that only the reads near an entry, with candidates and `chars`. Prints JSON lines.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "daemon/ingest_zmq.h"
#include "engine/decide.h"
#include "read_text.h"
#include "rig.h"
#include "wire_match.h"
#include "wire_send.h"

enum { DISTINCT = 16384, ROUNDS_MAX = 99, LIST_SEED = 7 };

struct options {
	unsigned long entries, batch, reads, rounds, threads;
	bool sub, rich, no_wire;
};

struct bench {
	struct options o;
	struct rig rig;
	struct hl_live *live;
	struct hl_counters counters;
	struct hl_rejects *rejects;
	struct hl_passages *passages;
	struct hl_storethread *store;
	void *context;
	struct hl_catalog *catalog;
	struct wire_match *match;
	struct wire_messages messages;
	size_t count; /* messages of a round */
	struct wire_sender *sender;
	int64_t sender_cpu_ns; /* of the round before */
	char endpoint[128];
};

static void nap(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = 500000 }, NULL);
}

/* ---- what is sent ---- */

static bool lets_through(const struct hl_catalog *c, struct hl_decider *d, const char *text, size_t n, size_t *matches)
{
	struct hl_read r;
	struct hl_err err;
	const struct hl_hit *hit;
	struct hl_decide_opts o = { .now_ms = hl_clock_real_ms() };
	if (hl_read_format_find("native")->decode(text, n, &r, &err))
		rig_fail("%s: %s", err.text, text);
	hl_read_finish(&r, o.now_ms);
	size_t hits = hl_decide(c, d, &r, 1, &o, &hit);
	*matches += hits > 0;
	for (size_t i = 0; i < hits; i++)
		if (hit[i].decision != HL_DROP)
			return true;
	return false;
}

static void make_messages(struct bench *b)
{
	struct hl_catalog *c = hl_live_get(b->live);
	struct hl_decider *d = hl_decider_new();
	struct wire_messages *m = &b->messages;
	struct bench_random random = { 5 };
	struct hl_buf line = HL_BUF(HL_READ_PAYLOAD_MAX);
	char time[32], text[BENCH_READ_MAX];
	size_t matches = 0, bytes = 0, left_out = 0;
	bench_time_text(time);
	*m = (struct wire_messages){ .reads = b->o.batch, .n = (DISTINCT + b->o.batch - 1) / b->o.batch };
	m->text = hl_calloc(m->n, sizeof m->text[0]);
	m->size = hl_calloc(m->n, sizeof m->size[0]);
	for (size_t i = 0; i < m->n * m->reads; i++) {
		size_t n, before = matches;
		while (n = bench_read_text(&random, i, time, b->o.rich, text), lets_through(c, d, text, n, &matches)) {
			left_out++;
			matches = before;
		}
		hl_buf_put(&line, text, n);
		hl_buf_putc(&line, '\n');
		if ((i + 1) % m->reads)
			continue;
		m->size[i / m->reads] = line.len - 1;
		m->text[i / m->reads] = hl_strndup(line.data, line.len);
		bytes += line.len;
		hl_buf_clear(&line);
	}
	b->count = (b->o.reads + m->reads - 1) / m->reads;
	printf("{\"entries\":%lu,\"distinct_reads\":%zu,\"bytes_a_read\":%.0f,\"matching_but_dropped\":%zu,\"left_out\":%zu}\n", b->o.entries, m->n * m->reads,
	       (double)bytes / (double)(m->n * m->reads), matches, left_out);
	hl_buf_fini(&line);
	hl_decider_free(&d);
	hl_catalog_unref(&c);
}

/* ---- without the wire ---- */

static double cpu_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void ignore(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	(void)arg, (void)r, (void)line, (void)n, (void)line_no, (void)err;
}

/* Where the batch's reads are put, as the daemon does. */
static struct hl_read *next_room(void *arg)
{
	static struct hl_read room[HL_BATCH_READS];
	unsigned *next = arg;
	return &room[(*next)++ % HL_BATCH_READS];
}

static void decode_only(void *arg, const char *data, size_t n)
{
	hl_reads_walk_into(hl_read_format_find("native"), data, n, hl_clock_real_ms(), next_room, ignore, arg);
}

static void to_decision(void *arg, const char *data, size_t n)
{
	hl_pipeline_put(arg, hl_read_format_find("native"), NULL, 0, data, n, hl_clock_real_ms());
}

static void no_more(void *arg)
{
	(void)arg;
}

static void flush(void *arg)
{
	hl_pipeline_flush(arg, hl_clock_real_ms());
}

/* CPU time of one thread for a read, ns. */
static double stage(const struct bench *b, struct wire_taker t)
{
	enum { TURNS = 4 };
	double begun = cpu_now();
	for (size_t i = 0; i < TURNS * b->messages.n; i++)
		t.put(t.arg, b->messages.text[i % b->messages.n], b->messages.size[i % b->messages.n]);
	t.idle(t.arg);
	return (cpu_now() - begun) * 1e9 / (double)(TURNS * b->messages.n * b->messages.reads);
}

/* One thread, from the message's bytes: decoded only, matched, decided. */
static void measure_stages(struct bench *b)
{
	struct hl_pipeline_opts o = { .live = b->live, .store = b->store, .counters = &b->counters, .rejects = b->rejects, .passages = b->passages };
	struct hl_pipeline *p = hl_pipeline_new(&o);
	double decode[ROUNDS_MAX], match[ROUNDS_MAX], all[ROUNDS_MAX];
	unsigned next = 0;
	for (unsigned long k = 0; k < b->o.rounds; k++) {
		decode[k] = stage(b, (struct wire_taker){ decode_only, no_more, &next });
		match[k] = b->o.rich ? 0 : stage(b, (struct wire_taker){ wire_match_put, wire_match_idle, b->match });
		all[k] = stage(b, (struct wire_taker){ to_decision, flush, p });
	}
	hl_pipeline_free(&p);
	printf("{\"what\":\"no wire\",\"entries\":%lu,\"decode_ns\":%.0f,\"decode_match_ns\":%.0f,\"decode_to_decision_ns\":%.0f}\n", b->o.entries,
	       rig_percentile(decode, b->o.rounds, 0.5), rig_percentile(match, b->o.rounds, 0.5), rig_percentile(all, b->o.rounds, 0.5));
	fflush(stdout);
}

/* The reads that come near an entry, as objects; gives how many of all. */
static size_t near_reads(struct bench *b, const struct hl_catalog *c, struct hl_decider *d, struct hl_read *near)
{
	struct bench_random random = { 5 };
	char time[32], text[BENCH_READ_MAX];
	size_t n = 0, matches = 0;
	bench_time_text(time);
	for (size_t i = 0; i < DISTINCT; i++) {
		struct hl_err err;
		size_t before = matches, bytes = bench_read_text(&random, i, time, b->o.rich, text);
		if (lets_through(c, d, text, bytes, &matches) || matches == before)
			continue;
		hl_read_format_find("native")->decode(text, bytes, &near[n], &err);
		hl_read_finish(&near[n++], hl_clock_real_ms());
	}
	return n;
}

/* CPU time for a read that comes near an entry and is dropped, µs: all figures, only the decision, the decision with passages. In turns. */
static void measure_near(struct bench *b)
{
	struct hl_catalog *c = hl_live_get(b->live);
	struct hl_decider *d = hl_decider_new();
	struct hl_read *near = hl_calloc(DISTINCT, sizeof near[0]);
	const struct hl_hit *hit;
	struct hl_decide_opts o[3] = { { .kept_only = false }, { .kept_only = true }, { .kept_only = true, .passages = b->passages } };
	double us[3][ROUNDS_MAX];
	size_t n = near_reads(b, c, d, near);
	for (unsigned long k = 0; n && k < 3 * b->o.rounds; k++) {
		o[k % 3].now_ms = hl_clock_real_ms();
		double begun = cpu_now();
		hl_decide(c, d, near, n, &o[k % 3], &hit);
		us[k % 3][k / 3] = (cpu_now() - begun) * 1e6 / (double)n;
	}
	if (n)
		printf("{\"what\":\"near reads\",\"entries\":%lu,\"rich\":%s,\"share\":%.3f,\"all_figures_us\":%.2f,\"decision_us\":%.2f,\"decision_with_passages_us\":%.2f}\n",
		       b->o.entries, b->o.rich ? "true" : "false", (double)n / DISTINCT, rig_percentile(us[0], b->o.rounds, 0.5),
		       rig_percentile(us[1], b->o.rounds, 0.5), rig_percentile(us[2], b->o.rounds, 0.5));
	fflush(stdout);
	free(near);
	hl_decider_free(&d);
	hl_catalog_unref(&c);
}

/* ---- a round ---- */

static void start_sender(void *arg)
{
	struct bench *b = arg;
	b->sender = wire_send_start(b->endpoint, b->o.sub, &b->messages, b->count);
}

/* Reads a second. */
static double rate(const struct bench *b, int64_t begun, int64_t end)
{
	return (double)(b->count * b->messages.reads) * 1e9 / (double)(end - begun);
}

static double bare(struct bench *b)
{
	int64_t end = wire_receive(b->endpoint, b->o.sub, b->count, NULL, start_sender, b);
	return rate(b, wire_send_end(b->sender, &b->sender_cpu_ns), end);
}

static double match(struct bench *b)
{
	struct wire_taker t = { wire_match_put, wire_match_idle, b->match };
	size_t before = wire_match_reads(b->match);
	int64_t end = wire_receive(b->endpoint, b->o.sub, b->count, &t, start_sender, b);
	if (wire_match_reads(b->match) - before != b->count * b->messages.reads)
		rig_fail("not all reads were matched");
	return rate(b, wire_send_end(b->sender, &b->sender_cpu_ns), end);
}

static double whole(struct bench *b)
{
	struct hl_err err;
	struct hl_ingest *in;
	char *format = hl_strdup("native"), *endpoint = hl_strdup(b->endpoint), *topic = hl_strdup("reads.");
	struct hl_strings at = { .v = &endpoint, .n = 1 };
	struct hl_ingest_zmq conf = { .socket = b->o.sub ? HL_SOCK_SUB : HL_SOCK_PULL, .topics = { .v = &topic, .n = 1 }, .rcvhwm = 10000, .max_message = HL_READ_PAYLOAD_MAX, .window = 10000, .format = format };
	struct hl_ingest_opts o = { .conf = &conf, .threads = (unsigned)b->o.threads,
				    .pipeline = { .live = b->live, .store = b->store, .counters = &b->counters, .rejects = b->rejects, .passages = b->passages } };
	*(b->o.sub ? &conf.connect : &conf.bind) = at;
	int64_t target = b->counters.discarded + (int64_t)(b->count * b->messages.reads);
	if (hl_ingest_start(&in, b->context, &o, &err))
		rig_fail("%s", err.text);
	start_sender(b);
	while (b->counters.discarded < target) {
		if (b->counters.rejected || b->counters.submitted)
			rig_fail("%lld reads rejected, %lld let through", (long long)b->counters.rejected, (long long)b->counters.submitted);
		nap();
	}
	int64_t end = rig_now_ns();
	double r = rate(b, wire_send_end(b->sender, &b->sender_cpu_ns), end);
	hl_ingest_stop(in, 1000);
	hl_ingest_join(in);
	hl_ingest_free(&in);
	free(format);
	free(endpoint);
	free(topic);
	return r;
}

/* CPU time of the whole process for a read, sender and all, ns: tells a busy machine from a slow way. */
static double cpu_a_read(const struct bench *b, const struct timespec *from)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return ((double)(t.tv_sec - from->tv_sec) * 1e9 + (double)(t.tv_nsec - from->tv_nsec)) / (double)(b->count * b->messages.reads);
}

static double timed(struct bench *b, double (*run)(struct bench *b), double *cpu, double *sender_cpu)
{
	struct timespec from;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	double r = run(b);
	*cpu = cpu_a_read(b, &from);
	*sender_cpu = (double)b->sender_cpu_ns / (double)(b->count * b->messages.reads);
	return r;
}

static const struct way {
	const char *name;
	double (*run)(struct bench *b);
} ways[] = {
	{ "bare", bare },           /* receive */
	{ "match", match },         /* receive, decode, match, in the receiving thread */
	{ "decision", whole },      /* the daemon's own: receive, decode, match, score, passages, rules */
};

enum { WAYS = sizeof ways / sizeof ways[0] };

static void measure(struct bench *b, const char *transport)
{
	static double reads_s[WAYS][ROUNDS_MAX], ratio[WAYS][ROUNDS_MAX], cpu[WAYS][ROUNDS_MAX], sender[WAYS][ROUNDS_MAX];
	for (unsigned long k = 0; k < b->o.rounds; k++)
		for (size_t i = 0; i < WAYS; i++) {
			if (b->o.rich && ways[i].run == match)
				continue; /* knows no alternatives */
			if (!strcmp(transport, "tcp"))
				snprintf(b->endpoint, sizeof b->endpoint, "tcp://127.0.0.1:%d", rig_free_port());
			else
				snprintf(b->endpoint, sizeof b->endpoint, "ipc://%.80s/wire", b->rig.dir);
			reads_s[i][k] = timed(b, ways[i].run, &cpu[i][k], &sender[i][k]);
			ratio[i][k] = reads_s[i][k] / reads_s[0][k];
		}
	for (size_t i = 0; i < WAYS; i++) {
		if (b->o.rich && ways[i].run == match)
			continue;
		printf("{\"transport\":\"%s\",\"socket\":\"%s\",\"entries\":%lu,\"reads_a_message\":%lu,\"to\":\"%s\",\"threads\":%lu,\"reads_per_s\":%.0f,\"of_bare\":%.3f,"
		       "\"cpu_ns_a_read\":%.0f,\"of_it_sender_ns\":%.0f,\"rounds\":%lu}\n", transport, b->o.sub ? "sub" : "pull", b->o.entries, b->o.batch, ways[i].name,
		       ways[i].run == whole ? b->o.threads : 1, rig_percentile(reads_s[i], b->o.rounds, 0.5), rig_percentile(ratio[i], b->o.rounds, 0.5),
		       rig_percentile(cpu[i], b->o.rounds, 0.5), rig_percentile(sender[i], b->o.rounds, 0.5), b->o.rounds);
	}
	fflush(stdout);
}

/* ---- the daemon's parts ---- */

static void open_parts(struct bench *b, const char *argv0)
{
	static struct hl_faults faults;
	struct hl_catalog *c;
	struct hl_err err;
	char state[PATH_MAX + 8], list[PATH_MAX + 8];
	rig_open(&b->rig, argv0);
	snprintf(state, sizeof state, "%s/state", b->rig.dir);
	snprintf(list, sizeof list, "%s/list", b->rig.dir);
	rig_plates_file(list, LIST_SEED, (uint32_t)b->o.entries);
	rig_import(&b->rig, "stolen", list);
	rig_activate(&b->rig, "stolen");
	if (hl_catalog_load(&c, b->rig.config, NULL, NULL, &faults))
		rig_fail("%s", faults.v[0].text);
	b->live = hl_live_new(c);
	b->catalog = hl_live_get(b->live);
	b->match = wire_match_new(b->catalog);
	struct hl_storethread_opts o = { .store = "sqlite", .state = state, .flush_ms = 5, .counters = &b->counters };
	b->passages = hl_passages_new();
	if (hl_rejects_open(&b->rejects, state, 1 << 20, 1000, &err) || hl_storethread_start(&b->store, &o, &err) || hl_ingest_context_open(&b->context, &err))
		rig_fail("%s", err.text);
}

static void close_parts(struct bench *b)
{
	hl_storethread_stop(&b->store, 1000);
	hl_ingest_context_close(&b->context);
	hl_rejects_close(&b->rejects);
	wire_match_free(b->match);
	hl_catalog_unref(&b->catalog);
	hl_live_free(&b->live);
	hl_passages_free(&b->passages);
	for (size_t i = 0; i < b->messages.n; i++)
		free(b->messages.text[i]);
	free(b->messages.text);
	free(b->messages.size);
	rig_close(&b->rig);
}

int main(int argc, char **argv)
{
	static const struct option names[] = { { "entries", required_argument, NULL, 0 }, { "batch", required_argument, NULL, 1 }, { "reads", required_argument, NULL, 2 },
					       { "rounds", required_argument, NULL, 3 }, { "threads", required_argument, NULL, 4 },
					       { "sub", no_argument, NULL, 5 }, { "rich", no_argument, NULL, 6 }, { "no-wire", no_argument, NULL, 7 },
					       { NULL, 0, NULL, 0 } };
	static struct bench b = { .o = { .entries = 10000, .batch = 16, .reads = 400000, .rounds = 5, .threads = 1 } };
	unsigned long *const value[] = { &b.o.entries, &b.o.batch, &b.o.reads, &b.o.rounds, &b.o.threads };
	int c;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c >= 5 && c <= 7) {
			*(c == 5 ? &b.o.sub : c == 6 ? &b.o.rich : &b.o.no_wire) = true;
			continue;
		}
		unsigned long v = c == '?' ? 0 : strtoul(optarg, NULL, 10);
		if (!v || v > 100000000 || (c == 3 && v > ROUNDS_MAX) || (c == 1 && v > 2048) || (c == 4 && v > 64)) {
			fprintf(stderr, "usage: bench_wire [--entries N] [--batch 1..2048] [--reads N] [--rounds 1..%d] [--threads 1..64] [--sub] [--rich] [--no-wire]\n", ROUNDS_MAX);
			return 64;
		}
		*value[c] = v;
	}
	open_parts(&b, argv[0]);
	make_messages(&b);
	if (!b.o.rich)
		measure_stages(&b);
	measure_near(&b);
	if (!b.o.no_wire && !b.o.rich) {
		measure(&b, "tcp");
		measure(&b, "ipc");
	}
	close_parts(&b);
	return 0;
}
