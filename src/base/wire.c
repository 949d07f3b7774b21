/* wire.c: see wire.h. Numbers are 32 bits in the machine's order: both ends are on one machine. */
#include "base/wire.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum hl_code send_all(int sock, const void *data, size_t n, struct hl_err *err)
{
	const char *p = data;
	while (n) {
		ssize_t k = send(sock, p, n, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return hl_err_set(err, HL_E_IO, "control socket: %s", strerror(errno));
		p += k;
		n -= (size_t)k;
	}
	return HL_OK;
}

static enum hl_code receive_all(int sock, void *data, size_t n, struct hl_err *err)
{
	char *p = data;
	while (n) {
		ssize_t k = recv(sock, p, n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k == 0)
			return hl_err_set(err, HL_E_IO, "control socket: the other side closed it");
		if (k < 0)
			return hl_err_set(err, HL_E_IO, "control socket: %s", strerror(errno));
		p += k;
		n -= (size_t)k;
	}
	return HL_OK;
}

union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* The first number of a request carries the open file. */
static enum hl_code send_size(int sock, uint32_t size, int fd, struct hl_err *err)
{
	struct iovec iov = { .iov_base = &size, .iov_len = sizeof size };
	union rights rights;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	memset(&rights, 0, sizeof rights);
	if (fd >= 0) {
		msg.msg_control = rights.room;
		msg.msg_controllen = sizeof rights.room;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) != sizeof size)
		return hl_err_set(err, HL_E_IO, "control socket: %s", strerror(errno));
	return HL_OK;
}

enum hl_code hl_wire_ask(int sock, int argc, const char *const *argv, int fd, struct hl_err *err)
{
	struct hl_buf text = HL_BUF(HL_WIRE_REQUEST_MAX);
	for (int i = 0; i < argc; i++)
		hl_buf_put(&text, argv[i], strlen(argv[i]) + 1);
	enum hl_code rc = HL_OK;
	if (text.full || argc > HL_WIRE_WORDS)
		rc = hl_err_set(err, HL_E_LIMIT, "the command is too long: at most %d words and %d bytes", HL_WIRE_WORDS, HL_WIRE_REQUEST_MAX);
	if (!rc)
		rc = send_size(sock, (uint32_t)text.len, fd, err);
	if (!rc)
		rc = send_all(sock, hl_buf_text(&text), text.len, err);
	hl_buf_fini(&text);
	return rc;
}

static int fd_of(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static enum hl_code split(struct hl_wire_request *r, struct hl_err *err)
{
	const char *p = r->text.data, *end = p + r->text.len;
	if (!r->text.len || end[-1] != 0)
		return hl_err_set(err, HL_E_INPUT, "control socket: malformed request");
	for (; p < end; p += strlen(p) + 1) {
		if (r->argc == HL_WIRE_WORDS)
			return hl_err_set(err, HL_E_LIMIT, "control socket: more than %d words", HL_WIRE_WORDS);
		r->argv[r->argc++] = p;
	}
	return HL_OK;
}

enum hl_code hl_wire_hear(int sock, struct hl_wire_request *r, struct hl_err *err)
{
	uint32_t size = 0;
	union rights rights;
	struct iovec iov = { .iov_base = &size, .iov_len = sizeof size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = rights.room, .msg_controllen = sizeof rights.room };
	*r = (struct hl_wire_request){ .fd = -1, .text = HL_BUF(HL_WIRE_REQUEST_MAX) };
	ssize_t k = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	if (k > 0)
		r->fd = fd_of(&msg);
	if (k != sizeof size)
		return hl_err_set(err, HL_E_IO, "control socket: no request");
	if (size > HL_WIRE_REQUEST_MAX)
		return hl_err_set(err, HL_E_LIMIT, "control socket: a request of %u bytes", size);
	char *room = hl_alloc(size);
	enum hl_code rc = receive_all(sock, room, size, err);
	if (!rc)
		hl_buf_put(&r->text, room, size);
	free(room);
	return rc ? rc : split(r, err);
}

void hl_wire_request_fini(struct hl_wire_request *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	hl_buf_fini(&r->text);
}

struct head {
	uint32_t code, line, column, text_n, out_n;
};

enum hl_code hl_wire_reply(int sock, const struct hl_err *fault, const struct hl_buf *out, struct hl_err *err)
{
	struct head h = { .code = fault->code, .line = fault->line, .column = fault->column, .text_n = (uint32_t)strlen(fault->text), .out_n = (uint32_t)out->len };
	enum hl_code rc = send_all(sock, &h, sizeof h, err);
	if (!rc)
		rc = send_all(sock, fault->text, h.text_n, err);
	return rc ? rc : send_all(sock, hl_buf_text(out), h.out_n, err);
}

enum hl_code hl_wire_replied(int sock, struct hl_err *fault, struct hl_buf *out, struct hl_err *err)
{
	struct head h;
	enum hl_code rc = receive_all(sock, &h, sizeof h, err);
	if (rc)
		return rc;
	if (h.text_n >= sizeof fault->text || h.out_n > out->max || h.code > HL_E_CONFIG)
		return hl_err_set(err, HL_E_INPUT, "control socket: malformed answer");
	*fault = (struct hl_err){ .code = (enum hl_code)h.code, .line = h.line, .column = h.column };
	rc = receive_all(sock, fault->text, h.text_n, err);
	if (rc)
		return rc;
	char *room = hl_alloc(h.out_n);
	rc = receive_all(sock, room, h.out_n, err);
	if (!rc)
		hl_buf_put(out, room, h.out_n);
	free(room);
	return rc;
}

static enum hl_code address(const char *path, struct sockaddr_un *a, struct hl_err *err)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a->sun_path)
		return hl_err_set(err, HL_E_LIMIT, "%s: the path of a socket has at most %zu bytes", path, sizeof a->sun_path - 1);
	memcpy(a->sun_path, path, strlen(path));
	return HL_OK;
}

enum hl_code hl_wire_connect(const char *path, int *sock, struct hl_err *err)
{
	struct sockaddr_un a;
	enum hl_code rc = address(path, &a, err);
	if (rc)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return hl_err_set(err, HL_E_IO, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		int e = errno;
		close(fd);
		return hl_err_set(err, e == EACCES ? HL_E_DENIED : HL_E_UNAVAIL, "%s: %s", path, strerror(e));
	}
	*sock = fd;
	return HL_OK;
}

enum hl_code hl_wire_listen(const char *path, int *sock, struct hl_err *err)
{
	struct sockaddr_un a;
	struct hl_err nobody;
	int other;
	enum hl_code rc = address(path, &a, err);
	if (rc)
		return rc;
	if (hl_wire_connect(path, &other, &nobody) == HL_OK) {
		close(other);
		return hl_err_set(err, HL_E_CONFLICT, "%s: another process listens there", path);
	}
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return hl_err_set(err, HL_E_IO, "socket: %s", strerror(errno));
	mode_t old = umask(0117);
	int bad = bind(fd, (struct sockaddr *)&a, sizeof a);
	umask(old);
	if (bad < 0 || listen(fd, 16) < 0) {
		rc = hl_err_set(err, HL_E_IO, "%s: %s", path, strerror(errno));
		close(fd);
		return rc;
	}
	*sock = fd;
	return HL_OK;
}
