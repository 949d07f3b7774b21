/* bench_import.c: what bench_import.sh measures with.
 *
 *     bench_import run NAME COMMAND...      runs it; wall and processor seconds, the most memory it had with and without pages of files
 *     bench_import live SETTINGS LIST       from the activation of the newest version to the first answer of a catalog with it, as the daemon does it; then what
 *                                           two processes with that catalog share
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/decide.h"

static double now(void)
{
	return (double)hl_clock_mono_ns() / 1e9;
}

/* A field of /proc/PID/status in kB, 0 where it is not there any more. */
static long status_kb(pid_t pid, const char *field)
{
	char path[64], line[256];
	long kb = 0;
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, field, strlen(field)))
			kb = strtol(line + strlen(field) + 1, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int run(const char *name, char **command)
{
	struct rusage u;
	struct timespec pause = { .tv_nsec = 10000000 };
	int status = 0;
	long anon = 0;
	double begun = now();
	pid_t pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while (pid > 0 && wait4(pid, &status, WNOHANG, &u) == 0) {
		long kb = status_kb(pid, "RssAnon");
		anon = kb > anon ? kb : anon;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "bench_import: %s failed\n", command[0]);
		return 1;
	}
	printf("{\"%s_s\":%.3f,\"cpu_s\":%.3f,\"peak_rss_mb\":%.1f,\"peak_anon_mb\":%.1f}\n", name, now() - begun, seconds(&u.ru_utime) + seconds(&u.ru_stime),
	       (double)u.ru_maxrss / 1024, (double)anon / 1024);
	return 0;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_import: %s\n", what);
	exit(1);
}

static struct hl_catalog *load(const char *settings)
{
	static struct hl_faults faults;
	struct hl_catalog *c;
	if (hl_catalog_load(&c, settings, NULL, &(const struct hl_crew){ hl_crew_processors() }, &faults))
		die(faults.n ? faults.v[0].text : settings);
	return c;
}

/* One read: the catalog answers. */
static void ask(const struct hl_catalog *c)
{
	struct hl_decider *d = hl_decider_new();
	struct hl_decide_opts o = { .now_ms = HL_NO_TIME };
	struct hl_read r;
	const struct hl_hit *h;
	hl_read_init(&r);
	hl_copy(r.camera, sizeof r.camera, "cam1");
	hl_copy(r.plate_text, sizeof r.plate_text, "ABC1234");
	hl_read_finish(&r, HL_NO_TIME);
	hl_decide(c, d, &r, 1, &o, &h);
	hl_decider_free(&d);
}

/* What of this process's index file is in memory: all, its share of it, what others have too; MB. */
static void print_index_memory(void)
{
	char line[1024], field[64];
	double rss = 0, pss = 0, shared = 0, kb;
	bool ours = false;
	FILE *f = fopen("/proc/self/smaps", "re");
	while (f && fgets(line, sizeof line, f)) {
		if (strchr(line, '-') && strchr(line, '/'))
			ours = strstr(line, ".index") != NULL;
		if (!ours || sscanf(line, "%63[^:]: %lf kB", field, &kb) != 2)
			continue;
		rss += strcmp(field, "Rss") ? 0 : kb;
		pss += strcmp(field, "Pss") ? 0 : kb;
		shared += strcmp(field, "Shared_Clean") ? 0 : kb;
	}
	if (f)
		fclose(f);
	printf("{\"index_rss_mb\":%.1f,\"index_pss_mb\":%.1f,\"index_shared_mb\":%.1f,\"process_anon_mb\":%.1f}\n", rss / 1024, pss / 1024, shared / 1024,
	       (double)status_kb(getpid(), "RssAnon") / 1024);
}

static void second_process(const char *settings, struct hl_catalog *first)
{
	int ready[2], done[2];
	char byte = 0;
	if (pipe(ready) || pipe(done))
		die("no pipe");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		hl_catalog_unref(&first); /* the maps that came with the fork: what is measured is what two that opened the file share */
		double begun = now();
		struct hl_catalog *c = load(settings);
		ask(c);
		printf("{\"second_process_s\":%.3f}\n", now() - begun);
		fflush(stdout);
		if (write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		die("no second process");
	print_index_memory();
	if (write(done[1], "x", 1) != 1)
		die("no second process");
	waitpid(pid, NULL, 0);
}

static int live(const char *settings, const char *list)
{
	struct hl_err err;
	struct hl_catalog *before = load(settings), *c;
	struct hl_opened opened = { .snapshot = NULL };
	struct hl_activation a = { .by = "bench", .why = "measured", .time_ms = hl_clock_real_ms(), .opened = &opened };
	double begun = now();
	if (hl_version_activate_by(before->settings->state, list, "newest", &a, &err))
		die(err.text);
	double activated = now();
	if (hl_catalog_activated(&c, before, &opened, &(const struct hl_crew){ hl_crew_processors() }, &err))
		die(err.text);
	ask(c);
	printf("{\"live_s\":%.3f,\"activate_s\":%.3f,\"entries\":%u}\n", now() - begun, activated - begun, c->segment[0].entries);
	hl_opened_fini(&opened);
	hl_catalog_unref(&before);
	second_process(settings, c);
	hl_catalog_unref(&c);
	return 0;
}

int main(int argc, char **argv)
{
	struct hl_err err;
	if (hl_crypto_init(&err))
		die(err.text);
	if (argc > 3 && !strcmp(argv[1], "run"))
		return run(argv[2], argv + 3);
	if (argc == 4 && !strcmp(argv[1], "live"))
		return live(argv[2], argv[3]);
	fprintf(stderr, "usage: bench_import run NAME COMMAND... | live SETTINGS LIST\n");
	return 64;
}
