/* script_server.c: see script_server.h. */
#include "deliver/script_server.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
	struct script_server *s;
	int fd, n;
};

static void *serve_one(void *arg)
{
	struct connection c = *(struct connection *)arg;
	free(arg);
	int now = atomic_fetch_add(&c.s->open, 1) + 1, most = atomic_load(&c.s->most_open);
	while (now > most && !atomic_compare_exchange_weak(&c.s->most_open, &most, now))
		;
	c.s->serve(c.s, c.fd, c.n);
	atomic_fetch_sub(&c.s->open, 1);
	close(c.fd);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct script_server *s = arg;
	struct pollfd p[2] = { { .fd = s->listener, .events = POLLIN }, { .fd = s->stop_pipe[0], .events = POLLIN } };
	for (;;) {
		poll(p, 2, -1);
		if (p[1].revents)
			return NULL;
		int fd = accept(s->listener, NULL, NULL), n = atomic_load(&s->connections);
		if (fd < 0)
			continue;
		if (n == SCRIPT_CONNECTIONS) {
			close(fd);
			continue;
		}
		struct connection *c = hl_alloc(sizeof *c);
		*c = (struct connection){ .s = s, .fd = fd, .n = n };
		s->fd[n] = fd;
		if (pthread_create(&s->thread[n], NULL, serve_one, c)) {
			free(c);
			close(fd);
			continue;
		}
		atomic_store(&s->connections, n + 1);
	}
}

void script_start(struct script_server *s, script_fn serve, void *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	memset(s, 0, sizeof *s);
	s->serve = serve;
	s->arg = arg;
	pthread_mutex_init(&s->lock, NULL);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(s->listener, 0);
	ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(s->listener, 128), 0);
	ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	ck_assert_int_eq(pipe(s->stop_pipe), 0);
	ck_assert_int_eq(pthread_create(&s->acceptor, NULL, accept_all, s), 0);
}

void script_stop(struct script_server *s)
{
	ck_assert_int_eq(write(s->stop_pipe[1], "x", 1), 1);
	pthread_join(s->acceptor, NULL);
	for (int i = 0; i < atomic_load(&s->connections); i++)
		pthread_join(s->thread[i], NULL);
	close(s->listener);
	close(s->stop_pipe[0]);
	close(s->stop_pipe[1]);
	pthread_mutex_destroy(&s->lock);
}

/* One byte, or false at the end of the connection or of the server. */
static bool next_byte(struct script_server *s, int fd, char *c)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = s->stop_pipe[0], .events = POLLIN } };
	poll(p, 2, 30000);
	return !p[1].revents && read(fd, c, 1) == 1;
}

bool script_line(struct script_server *s, int fd, char *dst, size_t size)
{
	size_t n = 0;
	for (char c; next_byte(s, fd, &c);) {
		if (c == '\n') {
			n -= n && dst[n - 1] == '\r';
			dst[n] = 0;
			return true;
		}
		if (n + 1 < size)
			dst[n++] = c;
	}
	return false;
}

bool script_read(struct script_server *s, int fd)
{
	struct hl_buf text = HL_BUF(SCRIPT_TEXT - 1);
	char line[1024], c;
	long body = 0;
	do {
		if (!script_line(s, fd, line, sizeof line)) {
			hl_buf_fini(&text);
			return false;
		}
		hl_buf_printf(&text, "%s\n", line);
		if (!strncasecmp(line, "Content-Length:", 15))
			body = strtol(line + 15, NULL, 10);
	} while (line[0]);
	for (; body > 0 && next_byte(s, fd, &c); body--)
		hl_buf_putc(&text, c);
	pthread_mutex_lock(&s->lock);
	if (s->n_requests < SCRIPT_REQUESTS)
		hl_copy(s->request[s->n_requests++], SCRIPT_TEXT, hl_buf_text(&text));
	pthread_mutex_unlock(&s->lock);
	hl_buf_fini(&text);
	return body == 0;
}

int script_requests(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->n_requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *script_request(struct script_server *s, int n)
{
	return n < script_requests(s) ? s->request[n] : "";
}

void script_say(int fd, const char *text)
{
	size_t n = strlen(text);
	while (n) {
		ssize_t got = send(fd, text, n, MSG_NOSIGNAL);
		if (got <= 0)
			return;
		text += got;
		n -= (size_t)got;
	}
}

bool script_hold(struct script_server *s, int ms)
{
	struct pollfd p = { .fd = s->stop_pipe[0], .events = POLLIN };
	return poll(&p, 1, ms) > 0;
}

void script_reset(int fd)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}
