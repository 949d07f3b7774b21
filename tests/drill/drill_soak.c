/* drill_soak.c: a long steady stream through the whole daemon: nothing is lost, memory and descriptors stay level, and no plate that matched nothing is found in any
 * file of the state folder, before the stop and after it.
 *
 *     drill_soak [--entries N] [--rate N] [--seconds N] [--hits SHARE]
 *
 * A ROUTER sender at 10,000 reads/s for ten minutes, of which 1 % are listed plates; the others are of a shape that is far from every entry, so that each of them must
 * leave no trace. Prints JSON lines, one each half minute; ends with 1 where anything is not as it must be.
 */
#include "config.h" /* memmem, nftw */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/sender.h"

enum { SEED = 11, SLICE_S = 30, JUDGED_S = 120 /* shorter runs tell nothing about growth */, SLICES_MAX = 4096, DRAIN_S = 120 };

struct options {
	long entries, rate, seconds;
	double hits;
};

struct slice {
	int64_t anonymous, descriptors;
};

struct soak {
	struct rig r;
	struct options o;
	struct sender s;
	struct slice slice[SLICES_MAX];
	size_t n_slices;
};

static struct soak k;

static int64_t descriptors_of(pid_t pid)
{
	char path[64];
	int64_t n = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

/* Milliseconds from zmq_send to the answer of the reads from `first` on that were listed. */
static void print_times(size_t first, const char *what)
{
	double *v = hl_calloc(k.s.sent - first + 1, sizeof *v);
	size_t n = 0;
	for (size_t i = first; i < k.s.sent; i++)
		if (k.s.mark[i].listed && k.s.mark[i].answered_ns)
			v[n++] = (double)(k.s.mark[i].answered_ns - k.s.mark[i].sent_ns) * 1e-6;
	double p50 = rig_percentile(v, n, 0.50), p99 = rig_percentile(v, n, 0.99);
	const struct slice *now = &k.slice[k.n_slices - 1];
	printf("{\"what\":\"%s\",\"sent\":%zu,\"hits\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"anonymous_mb\":%.1f,\"descriptors\":%lld}\n", what, k.s.sent, n, p50, p99,
	       (double)now->anonymous / 1e6, (long long)now->descriptors);
	fflush(stdout);
	free(v);
}

static void look(void)
{
	struct rig_memory m;
	rig_memory(&k.r, &m);
	if (k.n_slices < SLICES_MAX)
		k.slice[k.n_slices++] = (struct slice){ m.anonymous, descriptors_of(k.r.daemon) };
}

static void stream(void)
{
	for (long left = k.o.seconds; left > 0; left -= SLICE_S) {
		size_t first = k.s.sent;
		sender_run(&k.s, (double)(left < SLICE_S ? left : SLICE_S), NULL);
		look();
		print_times(first, "slice");
	}
	sender_settle(&k.s, 30);
}

/* The second half against the end of the first quarter, when all that is kept for a minute is there. */
static void judge_level(void)
{
	if (k.o.seconds < JUDGED_S) {
		printf("{\"level\":\"not judged in %ld s\"}\n", k.o.seconds);
		return;
	}
	const struct slice *early = &k.slice[k.n_slices / 4], *late = &k.slice[k.n_slices - 1];
	double grown = (double)late->anonymous / (double)early->anonymous;
	printf("{\"memory_late_to_early\":%.3f,\"descriptors_early\":%lld,\"descriptors_late\":%lld}\n", grown, (long long)early->descriptors,
	       (long long)late->descriptors);
	if (grown > 1.10 && late->anonymous - early->anonymous > 16000000)
		rig_fail("memory grows: %.1f MB to %.1f MB", (double)early->anonymous / 1e6, (double)late->anonymous / 1e6);
	if (late->descriptors > early->descriptors + 8)
		rig_fail("descriptors grow: %lld to %lld", (long long)early->descriptors, (long long)late->descriptors);
}

static void drain(void)
{
	double begun = rig_now();
	for (;;) {
		json_t *status = rig_status(&k.r);
		int64_t pending = rig_figure(status, "outbox", "pending");
		json_decref(status);
		if (!pending)
			return;
		if (rig_now() - begun > DRAIN_S)
			rig_fail("%lld deliveries are still pending after %d s", (long long)pending, DRAIN_S);
		poll(NULL, 0, 100);
	}
}

static void check_ledger(void)
{
	json_t *status = rig_status(&k.r);
	static const char *const part[] = { "matched", "suppressed", "discarded", "rejected", "failed", "pending" };
	int64_t v[6], sum = 0, in = rig_figure(status, "reads", "in"), hits = 0;
	for (size_t i = 0; i < 6; i++)
		sum += v[i] = rig_figure(status, "reads", part[i]);
	for (size_t i = 0; i < k.s.sent; i++)
		hits += k.s.mark[i].listed;
	int64_t delivered = rig_figure(status, "outbox", "delivered"), dead = rig_figure(status, "outbox", "dead"), got = atomic_load(&k.r.delivered);
	printf("{\"sent\":%zu,\"acknowledged\":%zu,\"in\":%lld,\"matched\":%lld,\"suppressed\":%lld,\"discarded\":%lld,\"hits_sent\":%lld,\"delivered\":%lld,\"received\":%lld,"
	       "\"dead\":%lld,\"lost\":%lld}\n",
	       k.s.sent, k.s.answered, (long long)in, (long long)v[0], (long long)v[1], (long long)v[2], (long long)hits, (long long)delivered, (long long)got,
	       (long long)dead, (long long)(delivered - got > 0 ? delivered - got : 0));
	if (in != (int64_t)k.s.sent || sum != in || k.s.refused || v[3] || v[4] || v[5])
		rig_fail("the ledgers differ: sent %zu, refused %zu, in %lld, sum %lld", k.s.sent, k.s.refused, (long long)in, (long long)sum);
	if (v[0] + v[1] != hits)
		rig_fail("%lld listed plates were sent, %lld were decided as hits", (long long)hits, (long long)(v[0] + v[1]));
	if (dead || got < delivered)
		rig_fail("%lld dead, %lld delivered, %lld received", (long long)dead, (long long)delivered, (long long)got);
	json_decref(status);
}

/* ---- no trace of what matched nothing ---- */

static size_t files_read, bytes_read, found;

static bool is_far(const char *p)
{
	for (int i = 2; i < SENDER_FAR; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static void search(const char *path, const char *p, size_t n)
{
	for (const char *at = p; (at = memmem(at, n - (size_t)(at - p), SENDER_FAR_PREFIX, 2)); at++)
		if ((size_t)(p + n - at) >= SENDER_FAR && is_far(at)) {
			fprintf(stderr, "%s has the plate of a read that matched nothing: %.*s\n", path, SENDER_FAR, at);
			found++;
			return;
		}
}

static int scan(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)where;
	if (type != FTW_F || st->st_size < SENDER_FAR)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = (size_t)st->st_size;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		rig_fail("can't read %s", path);
	search(path, p, n);
	files_read++;
	bytes_read += n;
	munmap(p, n);
	return 0;
}

static void scan_folder(const char *name)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/%s", k.r.dir, name);
	files_read = bytes_read = found = 0;
	if (nftw(path, scan, 16, FTW_PHYS))
		rig_fail("can't walk %s", path);
}

static void scan_state(const char *when)
{
	scan_folder("state");
	printf("{\"scan\":\"%s\",\"files\":%zu,\"bytes\":%zu,\"files_with_plates_of_others\":%zu}\n", when, files_read, bytes_read, found);
	if (!files_read || found)
		rig_fail("%zu of %zu files have a plate that matched nothing", found, files_read);
}

/* The scan must find what is there: a file with such a plate in the middle. */
static void check_scan(void)
{
	char dir[PATH_MAX + 16], path[PATH_MAX + 32];
	snprintf(dir, sizeof dir, "%s/probe", k.r.dir);
	snprintf(path, sizeof path, "%s/file", dir);
	FILE *f = mkdir(dir, 0700) ? NULL : fopen(path, "we");
	if (!f || fprintf(f, "WQ1234567x, " SENDER_FAR_PREFIX "12345678.") < 0 || fclose(f))
		rig_fail("can't write %s", path);
	fprintf(stderr, "the scan is tried on a file of its own:\n");
	scan_folder("probe");
	if (found != 1)
		rig_fail("the scan does not find what is there");
	unlink(path);
	rmdir(dir);
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
	*o = (struct options){ .entries = 1000000, .rate = 10000, .seconds = 600, .hits = 0.01 };
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
	char path[PATH_MAX + 16];
	parse(argc, argv, &k.o);
	rig_open(&k.r, argv[0]);
	check_scan();
	rig_start(&k.r);
	snprintf(path, sizeof path, "%s/stolen.txt", k.r.dir);
	rig_plates_file(path, SEED, (uint32_t)k.o.entries);
	rig_import(&k.r, "stolen", path);
	rig_activate(&k.r, "stolen");
	sender_open(&k.s, &k.r, (double)k.o.rate, k.o.hits, SEED, (uint32_t)k.o.entries, (size_t)(k.o.rate * k.o.seconds + 1000));
	k.s.far = true;
	stream();
	drain();
	look();
	print_times(0, "all");
	check_ledger();
	judge_level();
	scan_state("running");
	rig_stop(&k.r);
	scan_state("stopped");
	sender_close(&k.s);
	rig_close(&k.r);
	return 0;
}
