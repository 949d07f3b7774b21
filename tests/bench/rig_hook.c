/* rig_hook.c: see rig_hook.h. Requests are taken to be whole once head and content-length bytes are there; nothing else is looked at. */
#include "config.h"

#include "rig_hook.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

enum { CONNECTIONS = 64, REQUEST_MAX = 64 << 10 };

struct connection {
	int fd;
	size_t n;
	char data[REQUEST_MAX + 1];
};

int rig_hook_listen(struct sockaddr_in *a)
{
	socklen_t n = sizeof *a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd >= 0 && (bind(fd, (struct sockaddr *)a, n) || listen(fd, 128) || getsockname(fd, (struct sockaddr *)a, &n))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Answers every whole request of c. False: the connection is over. */
static bool take(struct rig *r, struct connection *c)
{
	static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
	ssize_t got = read(c->fd, c->data + c->n, REQUEST_MAX - c->n);
	if (got <= 0)
		return false;
	c->n += (size_t)got;
	c->data[c->n] = 0;
	char *body, *length;
	while ((body = strstr(c->data, "\r\n\r\n"))) {
		length = strcasestr(c->data, "content-length:");
		size_t whole = (size_t)(body + 4 - c->data) + (length && length < body ? strtoul(length + 15, NULL, 10) : 0);
		if (c->n < whole)
			break;
		if (write(c->fd, answer, sizeof answer - 1) < 0)
			return false;
		r->delivered++;
		if (r->on_request) {
			char next = c->data[whole];
			c->data[whole] = 0;
			r->on_request(c->data);
			c->data[whole] = next;
		}
		c->n -= whole;
		memmove(c->data, c->data + whole, c->n + 1);
	}
	return c->n < REQUEST_MAX;
}

void *rig_hook_main(void *arg)
{
	struct rig *r = arg;
	struct connection *c = calloc(CONNECTIONS, sizeof *c);
	struct pollfd p[CONNECTIONS + 1];
	size_t n = 0;
	while (c) {
		p[0] = (struct pollfd){ .fd = n < CONNECTIONS ? r->hook : -1, .events = POLLIN };
		for (size_t i = 0; i < n; i++)
			p[i + 1] = (struct pollfd){ .fd = c[i].fd, .events = POLLIN };
		if (poll(p, n + 1, -1) < 0)
			continue;
		for (size_t i = n; i-- > 0;)
			if (p[i + 1].revents && !take(r, &c[i])) {
				close(c[i].fd);
				c[i] = c[--n];
			}
		if (!p[0].revents)
			continue;
		int fd = accept4(r->hook, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		c[n].fd = fd;
		c[n++].n = 0;
	}
	for (size_t i = 0; i < n; i++)
		close(c[i].fd);
	free(c);
	return NULL;
}
