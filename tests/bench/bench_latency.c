/* bench_latency.c: from reads on the wire to alerts committed, through the whole daemon.
 *
 *     bench_latency [--entries N] [--rate N] [--seconds N] [--hits SHARE]
 *
 * A ROUTER sender of ours at 5,000 reads/s, of which 0.5 % are listed plates. The time is measured at the sender, from zmq_send to the answer that says
 * COMMIT; the share of fsync is the mean time of a COMMIT by the mean time of a hit. Also the daemon's memory with the list active. Prints JSON lines.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sender.h"

struct options {
	long entries, rate, seconds;
	double hits;
};

enum { SEED = 7, WARM_S = 2 };

static void print_memory(struct rig *r, const struct options *o)
{
	struct rig_memory m;
	rig_memory(r, &m);
	printf("{\"entries\":%ld,\"rss_mb\":%.1f,\"rss_without_file_pages_mb\":%.1f,\"anonymous_bytes_per_entry\":%.1f}\n", o->entries, (double)m.rss / 1e6,
	       (double)m.anonymous / 1e6, (double)m.anonymous / (double)o->entries);
	fflush(stdout);
}

/* The times of the reads from `first` on that are (not) listed. */
static void print_times(const struct sender *s, size_t first, bool listed, const char *name, double *mean)
{
	double *v = hl_calloc(s->sent, sizeof *v), sum = 0;
	size_t n = 0;
	for (size_t i = first; i < s->sent; i++)
		if (s->mark[i].listed == listed)
			sum += v[n++] = (double)(s->mark[i].answered_ns - s->mark[i].sent_ns) * 1e-6;
	*mean = n ? sum / (double)n : 0;
	double p50 = rig_percentile(v, n, 0.50), p99 = rig_percentile(v, n, 0.99);
	printf("{\"what\":\"%s\",\"reads\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"mean_ms\":%.3f}\n", name, n, p50, p99, n ? v[n - 1] : 0, *mean);
	free(v);
}

static void check_ledger(const struct rig *r, const struct sender *s, const json_t *status, int64_t in_before)
{
	int64_t in = rig_figure(status, "reads", "in") - in_before, sum = -in_before;
	static const char *const part[] = { "matched", "suppressed", "discarded", "rejected", "failed", "pending" };
	(void)r;
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		sum += rig_figure(status, "reads", part[i]);
	if (in != (int64_t)s->sent || sum != in || s->refused || rig_figure(status, "reads", "failed"))
		rig_fail("the ledgers differ: sent %zu, refused %zu, the daemon's %lld in, sum %lld", s->sent, s->refused, (long long)in, (long long)sum);
}

static void measure(struct rig *r, const struct options *o)
{
	struct sender s;
	double hit_mean, miss_mean;
	sender_open(&s, r, (double)o->rate, o->hits, SEED, (uint32_t)o->entries, (size_t)(o->rate * (o->seconds + WARM_S) + 1000));
	sender_run(&s, WARM_S, NULL);
	sender_settle(&s, 10);
	size_t first = s.sent;
	json_t *before = rig_status(r);
	sender_run(&s, (double)o->seconds, NULL);
	sender_settle(&s, 10);
	json_t *after = rig_status(r);
	print_times(&s, first, true, "hit: sent to committed", &hit_mean);
	print_times(&s, first, false, "others: sent to answered", &miss_mean);
	int64_t commits = rig_figure(after, "daemon", "commits") - rig_figure(before, "daemon", "commits");
	double commit_ms = (double)(rig_figure(after, "daemon", "commit_ns") - rig_figure(before, "daemon", "commit_ns")) * 1e-6 / (double)(commits ? commits : 1);
	int64_t hits = rig_figure(after, "daemon", "hits") - rig_figure(before, "daemon", "hits");
	printf("{\"reads_per_s\":%ld,\"sent\":%zu,\"hits\":%lld,\"hit_share\":%.4f,\"commits\":%lld,\"commit_mean_ms\":%.3f,\"fsync_share\":%.2f}\n", o->rate,
	       s.sent - first, (long long)hits, (double)hits / (double)(s.sent - first), (long long)commits, commit_ms, hit_mean > 0 ? commit_ms / hit_mean : 0);
	check_ledger(r, &s, after, 0);
	json_decref(before);
	json_decref(after);
	sender_close(&s);
}

static long number(const char *s)
{
	char *end;
	double v = strtod(s, &end);
	if (*end || !(v > 0 && v < 1e9))
		rig_fail("not a number: %s", s);
	return lround(v);
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = { { "entries", required_argument, NULL, 'e' }, { "rate", required_argument, NULL, 'r' },
						 { "seconds", required_argument, NULL, 's' }, { "hits", required_argument, NULL, 'h' }, { 0 } };
	*o = (struct options){ .entries = 1000000, .rate = 5000, .seconds = 20, .hits = 0.005 };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'e')
			o->entries = number(optarg);
		else if (c == 'r')
			o->rate = number(optarg);
		else if (c == 's')
			o->seconds = number(optarg);
		else if (c == 'h')
			o->hits = strtod(optarg, NULL);
		else
			exit(64);
	}
}

int main(int argc, char **argv)
{
	static struct rig r;
	struct options o;
	char path[PATH_MAX + 16];
	parse(argc, argv, &o);
	rig_open(&r, argv[0]);
	rig_start(&r);
	snprintf(path, sizeof path, "%s/stolen.txt", r.dir);
	rig_plates_file(path, SEED, (uint32_t)o.entries);
	double t0 = rig_now();
	rig_import(&r, "stolen", path);
	double t1 = rig_now();
	rig_activate(&r, "stolen");
	printf("{\"import_s\":%.2f,\"activate_s\":%.2f}\n", t1 - t0, rig_now() - t1);
	print_memory(&r, &o);
	measure(&r, &o);
	print_memory(&r, &o);
	rig_close(&r);
	return 0;
}
