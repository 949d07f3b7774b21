/* rig.c: see rig.h. The receiver has a thread of its own (rig_hook.c). */
#include "config.h"

#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "plates.h"
#include "rig_hook.h"

extern char **environ;
enum { RIGS_MAX = 8 };
static struct rig *running[RIGS_MAX]; /* what rig_fail has to put away */

double rig_now(void)
{
	return (double)rig_now_ns() * 1e-9;
}

int64_t rig_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void nap_ms(long ms)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static void remove_dir(struct rig *r)
{
	struct hl_err err;
	if (r->dir[0] && hl_file_remove_tree(r->dir, &err))
		fprintf(stderr, "%s: %s\n", r->dir, err.text);
}

/* With what the daemon has said. */
static void put_away(struct rig *r)
{
	char log[PATH_MAX + 8];
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_err err;
	snprintf(log, sizeof log, "%s/log", r->dir);
	if (hl_file_read(log, &text, &err) == HL_OK)
		fprintf(stderr, "--- log of hotlistd\n%s", hl_buf_text(&text));
	if (r->daemon > 0) {
		kill(r->daemon, SIGKILL);
		waitpid(r->daemon, NULL, 0);
	}
	remove_dir(r);
}

/* NULL takes r's place. */
static void replace(const struct rig *was, struct rig *now)
{
	for (size_t i = 0; i < RIGS_MAX; i++)
		if (running[i] == was) {
			running[i] = now;
			return;
		}
}

void rig_fail(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	for (size_t i = 0; i < RIGS_MAX; i++)
		if (running[i])
			put_away(running[i]);
	_exit(1);
}

static void write_file(const struct rig *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void write_file(const struct rig *r, const char *name, const char *fmt, ...)
{
	char path[PATH_MAX + 32];
	va_list ap;
	snprintf(path, sizeof path, "%s/%s", r->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		rig_fail("%s: %s", path, strerror(errno));
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	if (fclose(f))
		rig_fail("%s: %s", path, strerror(errno));
}

int rig_free_port(void)
{
	struct sockaddr_in a;
	int fd = rig_hook_listen(&a);
	if (fd < 0)
		rig_fail("no port: %s", strerror(errno));
	close(fd);
	return ntohs(a.sin_port);
}

static void find_programs(struct rig *r, const char *argv0)
{
	char path[PATH_MAX], up[PATH_MAX + 4];
	if (!realpath(argv0, path))
		rig_fail("%s: %s", argv0, strerror(errno));
	snprintf(r->build, sizeof r->build, "%s", dirname(path));
	const char *top = getenv("HL_TOP");
	snprintf(up, sizeof up, "%s/..", r->build);
	if (!realpath(top ? top : up, r->top))
		rig_fail("%s: %s", top ? top : up, strerror(errno));
}

void rig_open(struct rig *r, const char *argv0)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_in a;
	memset(r, 0, sizeof *r);
	find_programs(r, argv0);
	snprintf(r->dir, sizeof r->dir, "%s/hl-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(r->dir))
		rig_fail("%s: %s", r->dir, strerror(errno));
	replace(NULL, r);
	r->hook = rig_hook_listen(&a);
	if (r->hook < 0 || pthread_create(&r->hook_thread, NULL, rig_hook_main, r))
		rig_fail("no receiver: %s", strerror(errno));
	snprintf(r->endpoint, sizeof r->endpoint, "tcp://127.0.0.1:%d", rig_free_port());
	snprintf(r->config, sizeof r->config, "%.*s/hotlistd.yaml", PATH_MAX - 20, r->dir);
	write_file(r, "secret", "whsec_c2VjcmV0IG9mIGEgdGVzdCBvZiB3ZWJob29rcw==\n");
	write_file(r, "hotlistd.yaml",
		   "state: state\nrules: \"%s/rules/default.yaml\"\nlayouts: [\"%s/hotlists/layouts\"]\n"
		   "ingest:\n  - zmq: {socket: router, bind: [\"%s\"]}\n"
		   "lists:\n  stolen: {agency: METRO, layout: plates, feed: true}\n  small: {agency: METRO, layout: plates, feed: true}\n"
		   "receivers:\n  desk:\n    - webhook: {url: \"http://127.0.0.1:%d/hook\", secret_file: secret, allow: [\"127.0.0.0/8\"], timeout: 5s}\n",
		   r->top, r->top, r->endpoint, ntohs(a.sin_port));
}

static bool answers(const struct rig *r)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if ((size_t)snprintf(a.sun_path, sizeof a.sun_path, "%.80s/state/control.sock", r->dir) >= sizeof a.sun_path)
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static pid_t spawn(const struct rig *r, const char *program, const char *const *words, int out)
{
	char path[PATH_MAX + 32];
	char *argv[40] = { path, (char *)(uintptr_t)"-c", (char *)(uintptr_t)r->config };
	size_t n = 3;
	snprintf(path, sizeof path, "%s/%s", r->build, program);
	while (words && *words && n < 39)
		argv[n++] = (char *)(uintptr_t)*words++;
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_adddup2(&fa, out, 2);
	pid_t pid;
	int e = posix_spawn(&pid, path, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (e)
		rig_fail("%s: %s", path, strerror(e));
	return pid;
}

void rig_start(struct rig *r)
{
	char log[PATH_MAX + 8];
	snprintf(log, sizeof log, "%s/log", r->dir);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		rig_fail("%s: %s", log, strerror(errno));
	r->daemon = spawn(r, "hotlistd", NULL, fd);
	close(fd);
	for (double end = rig_now() + 120; !answers(r); nap_ms(10)) {
		if (waitpid(r->daemon, NULL, WNOHANG) == r->daemon) {
			r->daemon = 0;
			rig_fail("hotlistd did not start");
		}
		if (rig_now() > end)
			rig_fail("hotlistd gives no answer");
	}
}

char *rig_ctl(struct rig *r, const char *const *words)
{
	struct hl_buf out = HL_BUF(64 << 20);
	int p[2], status;
	char room[65536];
	if (pipe2(p, O_CLOEXEC))
		rig_fail("pipe: %s", strerror(errno));
	pid_t pid = spawn(r, "hotlistctl", words, p[1]);
	close(p[1]);
	for (ssize_t n; (n = read(p[0], room, sizeof room)) > 0 || (n < 0 && errno == EINTR);)
		if (n > 0)
			hl_buf_put(&out, room, (size_t)n);
	close(p[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		rig_fail("hotlistctl %s %s: status %x: %s", words[0], words[1] ? words[1] : "", status, hl_buf_text(&out));
	return hl_buf_steal(&out);
}

json_t *rig_status(struct rig *r)
{
	json_error_t e;
	char *text = rig_ctl(r, (const char *[]){ "status", "--json", NULL });
	json_t *j = json_loads(text, 0, &e);
	if (!j)
		rig_fail("status: %s in %.200s", e.text, text);
	free(text);
	return j;
}

int64_t rig_figure(const json_t *status, const char *group, const char *key)
{
	const json_t *v = json_object_get(json_object_get(status, group), key);
	if (!json_is_integer(v))
		rig_fail("status has no %s.%s", group, key);
	return json_integer_value(v);
}

void rig_import(struct rig *r, const char *list, const char *path)
{
	free(rig_ctl(r, (const char *[]){ "list", "import", list, path, NULL }));
}

void rig_activate(struct rig *r, const char *list)
{
	free(rig_ctl(r, (const char *[]){ "list", "activate", list, "newest", "--reason", "bench", NULL }));
}

void rig_memory(const struct rig *r, struct rig_memory *m)
{
	char path[64], line[256];
	long kb;
	snprintf(path, sizeof path, "/proc/%d/status", (int)r->daemon);
	FILE *f = fopen(path, "re");
	*m = (struct rig_memory){ 0 };
	if (!f)
		rig_fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			m->rss = kb * 1024;
		else if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			m->anonymous = kb * 1024;
		else if (sscanf(line, "RssFile: %ld", &kb) == 1)
			m->file = kb * 1024;
	}
	fclose(f);
}

void rig_stop(struct rig *r)
{
	int status = 0;
	if (r->daemon <= 0)
		return;
	kill(r->daemon, SIGTERM);
	pid_t pid = waitpid(r->daemon, &status, 0);
	r->daemon = 0;
	if (pid < 0 || status)
		rig_fail("hotlistd ended with status %x", status);
}

void rig_close(struct rig *r)
{
	rig_stop(r);
	shutdown(r->hook, SHUT_RDWR);
	pthread_join(r->hook_thread, NULL);
	close(r->hook);
	replace(r, NULL);
	remove_dir(r);
}

void rig_plates_file(const char *path, uint64_t seed, uint32_t n)
{
	char plate[BENCH_PLATE];
	FILE *f = fopen(path, "we");
	if (!f)
		rig_fail("%s: %s", path, strerror(errno));
	for (uint32_t i = 0; i < n; i++) {
		bench_listed(seed, i, plate);
		fprintf(f, "%-7s\n", plate);
	}
	if (fclose(f))
		rig_fail("%s: %s", path, strerror(errno));
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

double rig_percentile(double *v, size_t n, double p)
{
	if (!n)
		return 0;
	qsort(v, n, sizeof *v, by_value);
	size_t i = (size_t)(p * (double)n);
	return v[i < n ? i : n - 1];
}
