/* bench_add.c: how long from `list add` until a read of that plate can alert, with a large list active, through the whole daemon.
 *
 *     bench_add [--entries N] [--adds N] [--max-p99 MS]
 *
 * Each turn: `list add` over the control socket, asked to answered; from the answer on reads are compared with the entry. Then a read of its plate into the
 * ROUTER socket, sent to committed: the first possible alert is there. The shares are the daemon's own: until the change is on the disk, and from then until it
 * is swapped in. Beside each turn the same number of bytes are appended to a file of the same disk and synced, which is what a journal costs at the least.
 * Prints JSON lines; with --max-p99 the exit code is 1 where the p99 of `list add` and its read takes longer.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wire.h"
#include "plates.h"
#include "rig.h"

enum { SEED = 7, JOURNAL_BYTES = 330, WAIT_MS = 30000 };

struct options {
	double entries, adds, max_p99;
};

struct times {
	double *add, *read, *both, *disk; /* ms, one a turn */
	size_t n;
};

struct bench {
	struct rig rig;
	void *context, *socket;
	char control[PATH_MAX + 32];
	int disk;
	struct times t;
};

static double since_ms(int64_t begun_ns)
{
	return (double)(rig_now_ns() - begun_ns) * 1e-6;
}

/* Not among the generated ones: they have no eight symbols that begin so. */
static void plate_of(size_t i, char plate[BENCH_PLATE])
{
	snprintf(plate, BENCH_PLATE, "QX%06zu", (i * 7919) % 1000000);
}

static void add(struct bench *b, const char *plate)
{
	const char *const words[] = { "list", "add", "small", "--plate", plate, "--state", "CA", "--category", "amber", "--case", "C1", "--reason", "a child was taken",
				      "--expires", "6h", "--make", "TOYT", "--color", "SIL" };
	struct hl_buf out = HL_BUF(65536);
	struct hl_err err = { 0 }, fault = { 0 };
	int sock = -1;
	enum hl_code code = hl_wire_connect(b->control, &sock, &err);
	if (!code)
		code = hl_wire_ask(sock, sizeof words / sizeof words[0], words, -1, &err);
	if (!code)
		code = hl_wire_replied(sock, &fault, &out, &err);
	if (code || fault.code)
		rig_fail("list add: %s", code ? err.text : fault.text);
	close(sock);
	hl_buf_fini(&out);
}

static void read_one(struct bench *b, size_t i, const char *plate)
{
	char text[256], time[HL_TIME_TEXT], answer[64];
	hl_time_format(hl_clock_real_ms(), time);
	int n = snprintf(text, sizeof text, "{\"id\":\"a%zu\",\"camera\":\"cam%zu\",\"time\":\"%s\",\"plate\":\"%s\",\"confidence\":0.9}", i, i, time, plate);
	if (zmq_send(b->socket, text, (size_t)n, 0) < 0)
		rig_fail("send: %s", zmq_strerror(zmq_errno()));
	n = zmq_recv(b->socket, answer, sizeof answer - 1, 0);
	if (n < 0)
		rig_fail("no answer to a read: %s", zmq_strerror(zmq_errno()));
	int more;
	size_t size = sizeof more;
	if (zmq_getsockopt(b->socket, ZMQ_RCVMORE, &more, &size) || more)
		rig_fail("the read was refused");
}

static void append_and_sync(struct bench *b)
{
	static const char line[JOURNAL_BYTES] = { 'x' };
	if (write(b->disk, line, sizeof line) != (ssize_t)sizeof line || fsync(b->disk))
		rig_fail("the disk: %s", strerror(errno));
}

static void turn(struct bench *b, size_t i)
{
	char plate[BENCH_PLATE];
	plate_of(i, plate);
	int64_t begun = rig_now_ns();
	add(b, plate);
	double added = since_ms(begun);
	read_one(b, i, plate);
	double both = since_ms(begun);
	begun = rig_now_ns();
	append_and_sync(b);
	struct times *t = &b->t;
	t->disk[t->n] = since_ms(begun);
	t->add[t->n] = added;
	t->both[t->n] = both;
	t->read[t->n++] = both - added;
}

static double print_times(const char *what, double *v, size_t n)
{
	double p50 = rig_percentile(v, n, 0.5), p99 = rig_percentile(v, n, 0.99);
	printf("{\"what\":\"%s\",\"n\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n", what, n, p50, p99, v[n - 1]);
	return p99;
}

static double mean(const double *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

/* Means of each step, and its share of the whole. */
static void print_shares(struct bench *b, json_t *before, json_t *after)
{
	const struct times *t = &b->t;
	double n = (double)t->n, whole = mean(t->both, t->n), asked = mean(t->add, t->n);
	double journal = (double)(rig_figure(after, "hand", "write_ns") - rig_figure(before, "hand", "write_ns")) * 1e-6 / n;
	double swap = (double)(rig_figure(after, "hand", "swap_ns") - rig_figure(before, "hand", "swap_ns")) * 1e-6 / n;
	double disk = mean(t->disk, t->n);
	const struct {
		const char *step;
		double ms;
	} steps[] = { { "check and journal", journal }, { "catalog and swap", swap }, { "socket and words", asked - journal - swap },
		      { "read to commit", whole - asked }, { "for comparison: a line appended and synced", disk } };
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		printf("{\"step\":\"%s\",\"mean_ms\":%.3f,\"share\":%.3f}\n", steps[i].step, steps[i].ms, steps[i].ms / whole);
}

static void load(struct bench *b, const struct options *o)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof path, "%s/stolen.txt", b->rig.dir);
	rig_plates_file(path, SEED, (uint32_t)o->entries);
	double t0 = rig_now();
	rig_import(&b->rig, "stolen", path);
	double t1 = rig_now();
	rig_activate(&b->rig, "stolen");
	printf("{\"entries\":%.0f,\"import_s\":%.1f,\"activate_s\":%.1f}\n", o->entries, t1 - t0, rig_now() - t1);
	fflush(stdout);
}

static void open_bench(struct bench *b, const char *argv0)
{
	char path[PATH_MAX + 32];
	const int none = 0, wait = WAIT_MS;
	rig_open(&b->rig, argv0);
	rig_start(&b->rig);
	snprintf(b->control, sizeof b->control, "%s/state/control.sock", b->rig.dir);
	snprintf(path, sizeof path, "%s/disk", b->rig.dir);
	b->disk = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	b->context = zmq_ctx_new();
	b->socket = zmq_socket(b->context, ZMQ_DEALER);
	zmq_setsockopt(b->socket, ZMQ_LINGER, &none, sizeof none);
	zmq_setsockopt(b->socket, ZMQ_RCVTIMEO, &wait, sizeof wait);
	if (b->disk < 0 || zmq_connect(b->socket, b->rig.endpoint))
		rig_fail("%s: %s", b->rig.endpoint, strerror(errno));
}

/* Each entry has made its alert. */
static void check_alerts(struct bench *b, size_t n)
{
	json_error_t e;
	char *text = rig_ctl(&b->rig, (const char *[]){ "alert", "ls", "--list", "small", "--limit", "1000", "--json", NULL });
	json_t *j = json_loads(text, 0, &e);
	size_t exact = 0, i;
	const json_t *a;
	json_array_foreach(j, i, a) {
		const char *kind = json_string_value(json_object_get(json_object_get(a, "match"), "kind"));
		exact += kind && !strcmp(kind, "exact");
	}
	if (exact != n)
		rig_fail("%zu of %zu entries made an alert", exact, n);
	json_decref(j);
	free(text);
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = { { "entries", required_argument, NULL, 0 }, { "adds", required_argument, NULL, 1 }, { "max-p99", required_argument, NULL, 2 },
						 { 0 } };
	*o = (struct options){ .entries = 1000000, .adds = 500 };
	double *const to[] = { &o->entries, &o->adds, &o->max_p99 };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		char *end = NULL;
		if (c == '?' || !(*to[c] = strtod(optarg, &end)) || *end || *to[c] < 1 || *to[c] > 2e7)
			exit(64);
	}
	if (o->adds > 1000)
		exit(64);
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct options o;
	parse(argc, argv, &o);
	size_t n = (size_t)o.adds;
	double **const v[] = { &b.t.add, &b.t.read, &b.t.both, &b.t.disk };
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		*v[i] = hl_calloc(n, sizeof **v[i]);
	open_bench(&b, argv[0]);
	load(&b, &o);
	json_t *before = rig_status(&b.rig);
	for (size_t i = 0; i < n; i++)
		turn(&b, i);
	json_t *after = rig_status(&b.rig);
	check_alerts(&b, n);
	print_shares(&b, before, after);
	print_times("list add: asked to answered", b.t.add, n);
	print_times("its read: sent to committed", b.t.read, n);
	double p99 = print_times("list add to first alert", b.t.both, n);
	json_decref(before);
	json_decref(after);
	close(b.disk);
	zmq_close(b.socket);
	zmq_ctx_term(b.context);
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		free(*v[i]);
	rig_close(&b.rig);
	return o.max_p99 > 0 && p99 > o.max_p99 ? 1 : 0;
}
