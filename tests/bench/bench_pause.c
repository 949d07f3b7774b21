/* bench_pause.c: does an activation make reads wait?
 *
 *     bench_pause [--entries N] [--rate N] [--seconds N] [--phase N] [--hits SHARE] [--max-ratio X] [--max-memory X]
 *
 * 20,000 reads/s go into a ROUTER socket all the time. Phases take turns: quiet ones, and busy ones in which a new version of a large list and one of a small
 * list are imported and activated, the next pair every two seconds or as soon as the one before is done. Every read is counted: acknowledged once, and the
 * sums of `status` equal the sender's ledger. A pause is the time between two answers as the sender gets them, over all of its reads; the sender's own loop is
 * measured too, because a machine that stops the sender makes pauses that are not the daemon's. Prints JSON lines; with --max-ratio the exit code is 1 where
 * the p99.9 pause of the busy phases is more than so many times that of the quiet ones; with --max-memory where the daemon, its lists swapped many times, keeps more than
 * so many times the anonymous memory that it had before.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "sender.h"

enum { SEED = 7, SMALL = 200, SMALL_SEED = 8, LINE = 8, EVERY_S = 2, WARM_S = 3, QUIET = 0, BUSY = 1, WARM = 2 };

static const char *const phase_name[] = { [QUIET] = "quiet", [BUSY] = "activations" };

struct options {
	double entries, rate, seconds, phase, hits, max_ratio, max_memory;
};

/* The thread that changes lists. */
struct changer {
	struct rig *rig;
	char large[PATH_MAX + 16], small[PATH_MAX + 16];
	double until;
	unsigned pairs;
	double import_s, activate_s; /* of the large list, sums */
	atomic_bool done;
	pthread_t thread;
};

/* A new first line, so that the content is a new version. */
static void touch_list(const char *path, unsigned number)
{
	char line[LINE + 1];
	snprintf(line, sizeof line, "Z%06u\n", number % 1000000);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, line, LINE, 0) != LINE || close(fd))
		rig_fail("%s: %s", path, strerror(errno));
}

static void change_pair(struct changer *c)
{
	touch_list(c->large, c->pairs);
	touch_list(c->small, c->pairs);
	double t0 = rig_now();
	rig_import(c->rig, "stolen", c->large);
	double t1 = rig_now();
	rig_activate(c->rig, "stolen");
	c->import_s += t1 - t0;
	c->activate_s += rig_now() - t1;
	rig_import(c->rig, "small", c->small);
	rig_activate(c->rig, "small");
	c->pairs++;
}

static void *changer_main(void *arg)
{
	struct changer *c = arg;
	setpriority(PRIO_PROCESS, 0, 0); /* what it starts runs as others do */
	while (rig_now() < c->until) {
		double next = rig_now() + EVERY_S;
		change_pair(c);
		double left = next - rig_now();
		if (left > 0) {
			struct timespec t = { .tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9) };
			clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
		}
	}
	c->done = true;
	return NULL;
}

static size_t gaps_of(const struct sender_gap *g, size_t n, unsigned char phase, double *v)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (g[i].phase == phase && g[i].seconds >= 0)
			v[k++] = (double)g[i].seconds * 1e3;
	return k;
}

/* The p99.9 pause of the phase. */
static double print_phase(const struct sender *s, unsigned char phase, double seconds)
{
	double *v = hl_calloc(s->sent + 1, sizeof *v);
	size_t n = gaps_of(s->gap, s->answered, phase, v);
	double p50 = rig_percentile(v, n, 0.5), p999 = rig_percentile(v, n, 0.999), max = n ? v[n - 1] : 0;
	printf("{\"phase\":\"%s\",\"seconds\":%.1f,\"answers\":%zu,\"answers_per_s\":%.0f,\"pause_p50_ms\":%.3f,\"pause_p999_ms\":%.3f,\"pause_max_ms\":%.3f", phase_name[phase],
	       seconds, n, (double)n / seconds, p50, p999, max);
	n = gaps_of(s->tick, s->n_ticks, phase, v);
	p50 = rig_percentile(v, n, 0.999);
	printf(",\"sender_loop_p999_ms\":%.3f,\"sender_loop_max_ms\":%.3f}\n", p50, n ? v[n - 1] : 0);
	free(v);
	return p999;
}

static void print_latency(const struct sender *s, unsigned char phase, bool listed)
{
	double *v = hl_calloc(s->sent + 1, sizeof *v);
	size_t n = 0;
	for (size_t i = 0; i < s->sent; i++)
		if (s->mark[i].listed == listed && s->mark[i].phase == phase)
			v[n++] = (double)(s->mark[i].answered_ns - s->mark[i].sent_ns) * 1e-6;
	double p50 = rig_percentile(v, n, 0.5), p999 = rig_percentile(v, n, 0.999);
	printf("{\"phase\":\"%s\",\"sent_to_answered\":\"%s\",\"reads\":%zu,\"p50_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f}\n", phase_name[phase],
	       listed ? "listed plates" : "others", n, p50, p999, n ? v[n - 1] : 0);
	free(v);
}

static void check_ledger(struct rig *r, const struct sender *s)
{
	json_t *j = rig_status(r);
	int64_t in = rig_figure(j, "reads", "in"), sum = 0;
	static const char *const part[] = { "matched", "suppressed", "discarded", "rejected", "failed", "pending" };
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		sum += rig_figure(j, "reads", part[i]);
	int64_t bad = rig_figure(j, "reads", "failed") + rig_figure(j, "reads", "rejected");
	if (in != (int64_t)s->sent || sum != in || bad || s->refused || s->answered != s->sent)
		rig_fail("the ledgers differ: sent %zu, acknowledged %zu, refused %zu; the daemon's in %lld, sum %lld, failed or rejected %lld", s->sent, s->answered,
			 s->refused, (long long)in, (long long)sum, (long long)bad);
	printf("{\"sent\":%zu,\"acknowledged\":%zu,\"daemon_in\":%lld,\"matched\":%lld,\"suppressed\":%lld,\"discarded\":%lld,\"missed\":0}\n", s->sent, s->answered,
	       (long long)in, (long long)rig_figure(j, "reads", "matched"), (long long)rig_figure(j, "reads", "suppressed"),
	       (long long)rig_figure(j, "reads", "discarded"));
	json_decref(j);
}

static double busy_phase(struct changer *c, struct sender *s, double seconds)
{
	double begun = rig_now();
	c->until = begun + seconds;
	c->done = false;
	sender_break(s, BUSY);
	if (pthread_create(&c->thread, NULL, changer_main, c))
		rig_fail("no thread");
	sender_run(s, 600, &c->done);
	pthread_join(c->thread, NULL);
	return rig_now() - begun;
}

static double quiet_phase(struct sender *s, double seconds)
{
	sender_break(s, WARM); /* what the last change left behind, pages to be freed and such, counts for the busy phase's account neither way */
	sender_run(s, 1, NULL);
	sender_break(s, QUIET);
	sender_run(s, seconds, NULL);
	return seconds;
}

static double anonymous_mb(const struct rig *r)
{
	struct rig_memory m;
	rig_memory(r, &m);
	return (double)m.anonymous / 1e6;
}

/* Old catalogs are freed a second or so after nobody reads them any more. */
static bool back_to_level(const struct rig *r, double before, double most)
{
	enum { TRIES = 100, PAUSE_NS = 100000000 };
	double after = anonymous_mb(r);
	for (int i = 0; i < TRIES && after > before * (most > 0 ? most : 1); i++) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		after = anonymous_mb(r);
	}
	printf("{\"anonymous_mb_before\":%.1f,\"anonymous_mb_after\":%.1f,\"memory_ratio\":%.2f}\n", before, after, after / before);
	return most <= 0 || after <= before * most;
}

static bool measure(struct rig *r, const struct options *o, struct changer *c)
{
	struct sender s;
	double seconds[2] = { 0, 0 }, begun = rig_now();
	sender_open(&s, r, o->rate, o->hits, SEED, (uint32_t)o->entries, (size_t)(o->rate * (o->seconds + 700)));
	sender_break(&s, WARM);
	sender_run(&s, WARM_S, NULL);
	double before = anonymous_mb(r);
	while (rig_now() - begun < o->seconds) {
		seconds[QUIET] += quiet_phase(&s, o->phase);
		seconds[BUSY] += busy_phase(c, &s, o->phase);
	}
	sender_break(&s, WARM);
	sender_settle(&s, 30);
	double quiet = print_phase(&s, QUIET, seconds[QUIET]), busy = print_phase(&s, BUSY, seconds[BUSY]);
	for (unsigned char phase = QUIET; phase <= BUSY; phase++) {
		print_latency(&s, phase, true);
		print_latency(&s, phase, false);
	}
	unsigned n = c->pairs - 1; /* without the first, before the measuring */
	printf("{\"activations\":%u,\"import_mean_s\":%.2f,\"activate_mean_s\":%.2f}\n", 2 * n, c->import_s / n, c->activate_s / n);
	check_ledger(r, &s);
	double ratio = quiet > 0 ? busy / quiet : 0;
	printf("{\"pause_p999_ratio\":%.2f}\n", ratio);
	sender_close(&s);
	bool level = back_to_level(r, before, o->max_memory);
	return level && (o->max_ratio <= 0 || ratio <= o->max_ratio);
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = { { "entries", required_argument, NULL, 0 }, { "rate", required_argument, NULL, 1 },
						 { "seconds", required_argument, NULL, 2 }, { "phase", required_argument, NULL, 3 },
						 { "hits", required_argument, NULL, 4 },    { "max-ratio", required_argument, NULL, 5 },
						 { "max-memory", required_argument, NULL, 6 },
						 { 0 } };
	*o = (struct options){ .entries = 1000000, .rate = 20000, .seconds = 30, .phase = 5, .hits = 0.002 };
	double *const to[] = { &o->entries, &o->rate, &o->seconds, &o->phase, &o->hits, &o->max_ratio, &o->max_memory };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		char *end = NULL;
		if (c == '?' || !(*to[c] = strtod(optarg, &end)) || *end || *to[c] < 0 || *to[c] > 1e8)
			exit(64);
	}
}

int main(int argc, char **argv)
{
	static struct rig r;
	static struct changer c;
	struct options o;
	parse(argc, argv, &o);
	rig_open(&r, argv[0]);
	rig_start(&r);
	/* The sender stands for cameras on other machines: it shall not wait for the processors behind the daemon's own work. */
	bool raised = setpriority(PRIO_PROCESS, 0, -10) == 0;
	c.rig = &r;
	snprintf(c.large, sizeof c.large, "%s/large.txt", r.dir);
	snprintf(c.small, sizeof c.small, "%s/small.txt", r.dir);
	rig_plates_file(c.large, SEED, (uint32_t)o.entries);
	rig_plates_file(c.small, SMALL_SEED, SMALL);
	change_pair(&c);
	c.import_s = c.activate_s = 0;
	printf("{\"entries\":%.0f,\"reads_per_s\":%.0f,\"sender_nice\":%d}\n", o.entries, o.rate, raised ? -10 : 0);
	bool good = measure(&r, &o, &c);
	rig_close(&r);
	return good ? 0 : 1;
}
