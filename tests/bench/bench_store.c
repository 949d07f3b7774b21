/* bench_store.c: alerts written down a second, through the store thread with its group commit, beside a bare loop of the same durability; and how long one alert waits.
 *
 *     bench_store [--seconds N] [--in-flight N] [--rounds N] [--redis SOCKET]
 *
 * An alert is what the daemon writes for one hit: the alert with its JSON, an event, one delivery with its body, the passage, the notice and the receipt, in one change,
 * after the look-up that it is judged by. The bare loop inserts one row of the same JSON into a table with one index, 100 a transaction, on the same disk (WAL, FULL).
 * A third loop makes the same changes as the store thread, rows, indexes and bytes, 100 a transaction, on a handle of its own without thread, hand-over and answer:
 * what of the difference is the rows that an alert consists of, and what is the thread's. Rounds alternate; the medians are printed. Latency: one alert at a time on an idle store, from the hand-over to the answer after COMMIT, beside a bare insert with
 * a COMMIT of its own. With --redis the store is on that server (as durable as the daemon asks for), and the bare loop adds one entry of the same JSON to a stream, 100
 * pipelined. Prints JSON lines.
 */
#include "config.h"

#include <getopt.h>
#ifdef HL_WITH_REDIS
#include <hiredis.h>
#endif
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/storethread.h"
#include "rig.h"
#include "store/redis.h"

enum { BODY = 2200 /* bytes of an alert's JSON */, ROUNDS_MAX = 31, BARE_GROUP = 100, ALONE = 200, FLUSH_MS = 5 };

struct bench {
	int seconds, rounds;
	long in_flight;
	char dir[HL_PATH_MAX];
	char body[BODY + 1];
	const char *redis; /* its socket; NULL: SQLite */
	char where[HL_STORE_WHERE_MAX], where_same[HL_STORE_WHERE_MAX];
	struct hl_storethread *thread;
	struct hl_counters counters;
	atomic_long done;
	atomic_bool failed;
	long next;
};

static struct bench b = { .seconds = 3, .rounds = 5, .in_flight = 1000 };

struct one {
	long number;
	struct hl_alert alert;
};

static enum hl_code run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct one *o = arg;
	struct hl_peek peek;
	char entry[32], read[32], id[HL_ID_TEXT];
	snprintf(id, sizeof id, "a%024ld", o->number);
	snprintf(entry, sizeof entry, "e%024ld", o->number);
	snprintf(read, sizeof read, "r%ld", o->number);
	const struct hl_peek_key key = { .entry = entry, .revision = "1", .place = "cam1", .site = "gate 1", .agency = "METRO", .plate_read = "ABC123", .region = "us-co",
					 .read_id = read, .camera = "cam1" };
	enum hl_code rc = s->ops->peek(s, &key, 1000, &peek, err);
	if (rc)
		return rc;
	hl_copy(o->alert.id, sizeof o->alert.id, id);
	hl_copy(o->alert.entry_id, sizeof o->alert.entry_id, entry);
	struct hl_event event = { .type = HL_EVENT_CREATED, .time_ms = 1000, .body = b.body, .body_n = BODY };
	struct hl_delivery d = { .type = HL_EVENT_CREATED, .created_ms = 1000, .due_ms = INT64_MAX / 2, .deadline_ms = INT64_MAX / 2, .seen_ms = 1000, .done_ms = HL_NO_TIME,
				 .channel = "webhook", .receiver = "desk", .address = "https://cad.example/hook", .body = b.body, .body_n = BODY };
	snprintf(event.id, sizeof event.id, "v%024ld", o->number);
	snprintf(d.id, sizeof d.id, "d%024ld", o->number);
	hl_copy(event.alert, sizeof event.alert, id);
	hl_copy(d.alert, sizeof d.alert, id);
	hl_copy(d.event, sizeof d.event, event.id);
	struct hl_track track = { .exists = true, .rev = peek.track.rev, .decision = HL_ALERT, .first_ms = 1000, .last_ms = 1000, .reads = 1 };
	struct hl_notice notice = { .exists = true, .at_ms = 1000, .decision = HL_ALERT };
	hl_copy(track.alert, sizeof track.alert, id);
	hl_copy(notice.alert, sizeof notice.alert, id);
	const struct hl_change c = { .alert = &o->alert, .alert_body = b.body, .alert_body_n = BODY, .event = &event, .deliveries = &d, .n_deliveries = 1, .key = &key,
				     .track = &track, .notice = &notice, .receipt = true, .now_ms = 1000 };
	return s->ops->apply(s, &c, err);
}

static void finished(void *arg, enum hl_code code, const struct hl_err *err)
{
	if (code) {
		fprintf(stderr, "bench_store: %s\n", err->text);
		atomic_store(&b.failed, true);
	}
	free(arg);
	atomic_fetch_add(&b.done, 1);
}

static struct one *new_one(void)
{
	struct one *o = hl_calloc(1, sizeof *o);
	o->number = b.next++;
	o->alert = (struct hl_alert){ .rev = 1, .time_ms = 1000, .created_ms = 1000, .acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME, .decision = HL_ALERT,
				      .entry_expires_ms = HL_NO_TIME };
	hl_copy(o->alert.list, sizeof o->alert.list, "stolen");
	hl_copy(o->alert.read.camera, sizeof o->alert.read.camera, "cam1");
	return o;
}

static enum hl_code nothing(struct hl_store *s, void *arg, struct hl_err *err)
{
	(void)s;
	(void)arg;
	(void)err;
	return HL_OK;
}

static double ours(void)
{
	double begun = rig_now(), end = begun + b.seconds;
	long first = atomic_load(&b.done);
	struct hl_err err = { 0 };
	while (rig_now() < end && !atomic_load(&b.failed)) {
		struct hl_job job = { .run = run, .done = finished, .arg = new_one(), .must = true };
		if (hl_storethread_submit(b.thread, &job)) /* waits where as many are under way as may be */
			rig_fail("the store thread is gone");
	}
	if (hl_storethread_call(b.thread, nothing, NULL, &err))
		rig_fail("%s", err.text);
	return (double)(atomic_load(&b.done) - first) / (rig_now() - begun);
}

/* ---- the bare loop ---- */

static sqlite3 *bare_db;
static sqlite3_stmt *bare_insert;

static void sql(const char *text)
{
	char *fault = NULL;
	if (sqlite3_exec(bare_db, text, NULL, NULL, &fault))
		rig_fail("%s: %s", text, fault);
}

#ifdef HL_WITH_REDIS
static redisContext *bare_link;

static void redis_open(void)
{
	bare_link = redisConnectUnix(b.redis);
	if (!bare_link || bare_link->err)
		rig_fail("%s: %s", b.redis, bare_link ? bare_link->errstr : "no connection");
}

/* n entries in one go. */
static void redis_rows(int n)
{
	for (int i = 0; i < n; i++)
		redisAppendCommand(bare_link, "XADD bench-bare * body %b", b.body, (size_t)BODY);
	for (int i = 0; i < n; i++) {
		redisReply *r = NULL;
		if (redisGetReply(bare_link, (void **)&r) || r->type == REDIS_REPLY_ERROR)
			rig_fail("XADD: %s", r ? r->str : bare_link->errstr);
		freeReplyObject(r);
	}
}

static void redis_close(void)
{
	freeReplyObject(redisCommand(bare_link, "DEL bench-bare"));
	redisFree(bare_link);
}
#else
#define redis_open() rig_fail("built without Redis")
#define redis_rows(n) (void)(n)
#define redis_close() (void)0
#endif

static void bare_open(void)
{
	if (b.redis) {
		redis_open();
		return;
	}
	char path[HL_PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/bare.db", b.dir);
	if (sqlite3_open(path, &bare_db))
		rig_fail("%s", sqlite3_errmsg(bare_db));
	sql("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE alert (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)");
	if (sqlite3_prepare_v2(bare_db, "INSERT INTO alert (id, body) VALUES (?1, ?2)", -1, &bare_insert, NULL))
		rig_fail("%s", sqlite3_errmsg(bare_db));
}

static void bare_row(void)
{
	static long n;
	char id[32];
	snprintf(id, sizeof id, "a%024ld", n++);
	sqlite3_bind_text(bare_insert, 1, id, -1, SQLITE_TRANSIENT);
	sqlite3_bind_blob(bare_insert, 2, b.body, BODY, SQLITE_STATIC);
	if (sqlite3_step(bare_insert) != SQLITE_DONE)
		rig_fail("%s", sqlite3_errmsg(bare_db));
	sqlite3_reset(bare_insert);
}

static double bare(void)
{
	double begun = rig_now(), end = begun + b.seconds;
	long n = 0;
	while (b.redis && rig_now() < end) {
		redis_rows(BARE_GROUP);
		n += BARE_GROUP;
	}
	while (!b.redis && rig_now() < end) {
		sql("BEGIN IMMEDIATE");
		for (int i = 0; i < BARE_GROUP; i++, n++)
			bare_row();
		sql("COMMIT");
	}
	return (double)n / (rig_now() - begun);
}

/* ---- the same changes without the thread ---- */

static struct hl_store *same_store;

static void same_open(void)
{
	struct hl_err err = { 0 };
	char dir[HL_PATH_MAX + 16];
	snprintf(dir, sizeof dir, "%s/same", b.dir);
	if (mkdir(dir, 0700) || hl_store_open(&same_store, b.where_same, dir, HL_STORE_WRITE, &err))
		rig_fail("%s: %s", dir, err.text);
}

static double same(void)
{
	double begun = rig_now(), end = begun + b.seconds;
	struct hl_err err = { 0 };
	const struct hl_store_ops *ops = same_store->ops;
	long n = 0;
	while (rig_now() < end) {
		enum hl_code rc = ops->begin(same_store, &err);
		for (int i = 0; !rc && i < BARE_GROUP; i++, n++) {
			struct one *o = new_one();
			rc = run(same_store, o, &err);
			free(o);
		}
		if (rc || ops->commit(same_store, &err))
			rig_fail("%s", err.text);
	}
	return (double)n / (rig_now() - begun);
}

/* ---- one at a time ---- */

static void alone(void)
{
	static double mine[ALONE], raw[ALONE];
	for (int i = 0; i < ALONE; i++) {
		double t0 = rig_now();
		struct hl_err err = { 0 };
		struct one *o = new_one();
		if (hl_storethread_call(b.thread, run, o, &err))
			rig_fail("%s", err.text);
		mine[i] = (rig_now() - t0) * 1e3;
		free(o);
		poll(NULL, 0, 2 * FLUSH_MS); /* what follows a commit at once is held for its group: then it is not an idle store */
		t0 = rig_now();
		if (b.redis) {
			redis_rows(1);
		} else {
			sql("BEGIN IMMEDIATE");
			bare_row();
			sql("COMMIT");
		}
		raw[i] = (rig_now() - t0) * 1e3;
	}
	double m50 = rig_percentile(mine, ALONE, 0.5), m99 = rig_percentile(mine, ALONE, 0.99), r50 = rig_percentile(raw, ALONE, 0.5), r99 = rig_percentile(raw, ALONE, 0.99);
	printf("{\"what\":\"one alert on an idle store\",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"bare_p50_ms\":%.2f,\"bare_p99_ms\":%.2f,\"added_p50_ms\":%.2f}\n", m50, m99, r50, r99,
	       m50 - r50);
}

static void rounds(void)
{
	double mine[ROUNDS_MAX], raw[ROUNDS_MAX], ratio[ROUNDS_MAX], bare_same[ROUNDS_MAX], of_same[ROUNDS_MAX];
	for (int i = 0; i < b.rounds; i++) {
		raw[i] = bare();
		mine[i] = ours();
		bare_same[i] = same();
		ratio[i] = mine[i] / raw[i];
		of_same[i] = mine[i] / bare_same[i];
		int64_t commits = atomic_exchange(&b.counters.commits, 0), ns = atomic_exchange(&b.counters.commit_ns, 0);
		printf("{\"round\":%d,\"alerts_per_s\":%.0f,\"bare_rows_per_s\":%.0f,\"same_changes_per_s\":%.0f,\"ratio\":%.2f,\"of_same\":%.2f,\"commits\":%lld,\"commit_mean_ms\":%.2f}\n",
		       i + 1, mine[i], raw[i], bare_same[i], ratio[i], of_same[i], (long long)commits, (double)ns * 1e-6 / (double)(commits ? commits : 1));
		fflush(stdout);
	}
	size_t n = (size_t)b.rounds;
	printf("{\"store\":\"%s\",\"in_flight\":%ld,\"alerts_per_s\":%.0f,\"bare_rows_per_s\":%.0f,\"ratio\":%.2f,\"same_changes_per_s\":%.0f,\"of_same\":%.2f}\n", b.redis ? "redis" : "sqlite", b.in_flight,
	       rig_percentile(mine, n, 0.5), rig_percentile(raw, n, 0.5), rig_percentile(ratio, n, 0.5), rig_percentile(bare_same, n, 0.5), rig_percentile(of_same, n, 0.5));
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = { { "seconds", required_argument, NULL, 's' }, { "in-flight", required_argument, NULL, 'i' },
						 { "rounds", required_argument, NULL, 'r' }, { "redis", required_argument, NULL, 'R' }, { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'R') {
			b.redis = optarg;
			continue;
		}
		long v = c == '?' ? 0 : strtol(optarg, NULL, 10);
		if (v < 1 || v > 1000000 || (c == 'r' && v > ROUNDS_MAX))
			exit(64);
		if (c == 's')
			b.seconds = (int)v;
		else if (c == 'i')
			b.in_flight = v;
		else
			b.rounds = (int)v;
	}
}

/* On Redis: two prefixes of one server, so that the thread and the loop beside it don't meet. */
static void name_stores(void)
{
	char *const text[] = { b.where, b.where_same };
	for (int i = 0; i < 2; i++) {
		struct hl_redis_conf c = { .timeout_ms = 5000 };
		struct hl_buf where = HL_BUF(HL_STORE_WHERE_MAX - 1);
		snprintf(c.unix_path, sizeof c.unix_path, "%.100s", b.redis ? b.redis : "");
		snprintf(c.prefix, sizeof c.prefix, "bench%d", i);
		hl_redis_where(&c, &where);
		hl_copy(text[i], HL_STORE_WHERE_MAX, b.redis ? hl_buf_text(&where) : "sqlite");
		hl_buf_fini(&where);
	}
}

int main(int argc, char **argv)
{
	struct hl_err err = { 0 };
	parse(argc, argv);
	name_stores();
	hl_log_open(HL_LOG_ERROR, 0);
	const char *tmp = getenv("TMPDIR");
	snprintf(b.dir, sizeof b.dir, "%s/hl-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(b.dir))
		rig_fail("no folder in %s", tmp ? tmp : "/tmp");
	memset(b.body, 'x', BODY);
	const struct hl_storethread_opts o = { .store = b.where, .state = b.dir, .flush_ms = FLUSH_MS, .inbox = (size_t)b.in_flight, .counters = &b.counters };
	if (hl_storethread_start(&b.thread, &o, &err))
		rig_fail("%s", err.text);
	bare_open();
	same_open();
	rounds();
	alone();
	hl_storethread_stop(&b.thread, 5000);
	hl_store_close(&same_store);
	if (b.redis)
		redis_close();
	sqlite3_finalize(bare_insert);
	sqlite3_close(bare_db);
	hl_file_remove_tree(b.dir, &err);
	return atomic_load(&b.failed);
}
