/* redis_server.c: see redis_server.h. */
#include "redis_server.h"

#include <errno.h>
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

/* Whether it says PONG: while it loads it says something else. */
static bool answers(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[16] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof to.sun_path, "%.100s", path);
	bool good = fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof to) && write(fd, "PING\r\n", 6) == 6 && read(fd, text, sizeof text - 1) > 0;
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

void redis_server_stop(struct redis_server *s)
{
	struct hl_err err;
	redis_server_kill(s, SIGKILL);
	hl_file_remove_tree(s->dir, &err);
}
