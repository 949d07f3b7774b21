/* redis_server.c: see redis_server.h. */
#include "redis_server.h"

#include <errno.h>
#include <hiredis.h>
#include <stdarg.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

enum { ARGS_MAX = 32, WAIT_MS = 20000 };

static void child(const struct redis_server *s, const char *const *extra)
{
	const char *v[ARGS_MAX] = { "redis-server", "--port",    "0",      "--unixsocket", s->socket, "--dir",   s->dir,     "--appendonly",
				    "yes",	    "--appendfsync", "always", "--save",	"",	    "--logfile", "redis.log", "--daemonize", "no" };
	size_t n = 0;
	while (v[n])
		n++;
	for (; extra && *extra && n < ARGS_MAX - 1; extra++)
		v[n++] = *extra;
	v[n] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(v[0], (char *const *)(uintptr_t)v);
	_exit(127);
}

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof to.sun_path, "%.100s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Whether it says PONG: while it loads it says something else. */
static bool answers(const char *path)
{
	char text[16] = "";
	int fd = connect_to(path);
	bool good = fd >= 0 && write(fd, "PING\r\n", 6) == 6 && read(fd, text, sizeof text - 1) > 0;
	if (fd >= 0)
		close(fd);
	return good && (!strncmp(text, "+PONG", 5) || !strncmp(text, "-NOAUTH", 7));
}

static bool run(struct redis_server *s, const char *const *extra)
{
	s->pid = fork();
	if (!s->pid)
		child(s, extra);
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		if (answers(s->socket))
			return true;
		int status;
		if (waitpid(s->pid, &status, WNOHANG) == s->pid)
			break;
		poll(NULL, 0, 10); /* until the deadline above */
	}
	s->pid = 0;
	return false;
}

bool redis_server_start(struct redis_server *s, const char *const *extra)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(s->dir, sizeof s->dir, "%s/hl-redis-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		return false;
	snprintf(s->socket, sizeof s->socket, "%s/r.sock", s->dir);
	return run(s, extra);
}

void redis_server_again(struct redis_server *s, const char *const *extra)
{
	if (!run(s, extra))
		abort();
}

void redis_server_kill(struct redis_server *s, int signal)
{
	int status;
	if (s->pid > 0 && !kill(s->pid, signal))
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			continue;
	s->pid = 0;
}

const char *redis_server_say(const struct redis_server *s, const char *fmt, ...)
{
	static char text[512];
	va_list ap;
	va_start(ap, fmt);
	redisContext *c = redisConnectUnix(s->socket);
	redisReply *r = c && !c->err ? redisvCommand(c, fmt, ap) : NULL;
	va_end(ap);
	if (r && r->type == REDIS_REPLY_INTEGER)
		snprintf(text, sizeof text, "%lld", r->integer);
	else
		snprintf(text, sizeof text, "%s", r && r->str ? r->str : "");
	if (r)
		freeReplyObject(r);
	if (c)
		redisFree(c);
	return text;
}

/* ---- a relay ---- */

static bool hand_on(int from, int to)
{
	char data[65536];
	ssize_t n = read(from, data, sizeof data);
	for (ssize_t done = 0, w; n > 0 && done < n; done += w)
		if ((w = write(to, data + done, (size_t)(n - done))) <= 0)
			return false;
	return n > 0;
}

static void relay_one(int client, const char *server, const char *cut)
{
	int fd = connect_to(server);
	struct pollfd p[2] = { { .fd = client, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	while (fd >= 0 && poll(p, 2, -1) > 0) {
		if (p[1].revents && !unlink(cut))
			break;
		if ((p[0].revents && !hand_on(client, fd)) || (p[1].revents && !hand_on(fd, client)))
			break;
	}
	if (fd >= 0)
		close(fd);
	close(client);
}

pid_t redis_relay_start(const struct redis_server *s)
{
	char path[HL_PATH_MAX + 16], cut[HL_PATH_MAX + 16];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(path, sizeof path, "%s/relay.sock", s->dir);
	snprintf(cut, sizeof cut, "%s/cut", s->dir);
	snprintf(at.sun_path, sizeof at.sun_path, "%.100s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 8))
		abort();
	pid_t pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		relay_one(accept(fd, NULL, NULL), s->socket, cut); /* one connection at a time is enough */
}

void redis_server_stop(struct redis_server *s)
{
	struct hl_err err;
	redis_server_kill(s, SIGKILL);
	hl_file_remove_tree(s->dir, &err);
}
