/* wire.h: the framing of the control socket: a request is a list of words and perhaps an open file, an answer is a code, text and a fault. Blocking, with
 * the socket's own time-outs; any thread, one at a time for one socket.
 */
#ifndef HL_BASE_WIRE_H
#define HL_BASE_WIRE_H

#include "base/err.h"
#include "base/mem.h"

enum { HL_WIRE_WORDS = 64, HL_WIRE_REQUEST_MAX = 64 << 10, HL_WIRE_ANSWER_MAX = 256 << 20 };

struct hl_wire_request {
	int argc;
	const char *argv[HL_WIRE_WORDS + 1]; /* into text */
	struct hl_buf text;
	int fd; /* handed over, or -1; the receiver closes it */
};

/* Sends words and, where fd >= 0, a duplicate of it (SCM_RIGHTS). HL_E_IO, HL_E_LIMIT. Borrows. */
enum hl_code hl_wire_ask(int sock, int argc, const char *const *argv, int fd, struct hl_err *err);
/* Receives a request into *r (hl_wire_request_fini). HL_E_INPUT for a malformed one, HL_E_LIMIT past the bounds, HL_E_IO. */
enum hl_code hl_wire_hear(int sock, struct hl_wire_request *r, struct hl_err *err);
void hl_wire_request_fini(struct hl_wire_request *r);
/* Sends an answer: the code and text of fault, and out. */
enum hl_code hl_wire_reply(int sock, const struct hl_err *fault, const struct hl_buf *out, struct hl_err *err);
/* Receives it: *fault and out (whose max bounds it). The result is about the transport only. */
enum hl_code hl_wire_replied(int sock, struct hl_err *fault, struct hl_buf *out, struct hl_err *err);
/* Connects to a unix stream socket; HL_E_UNAVAIL where nobody listens. Gives *sock. */
enum hl_code hl_wire_connect(const char *path, int *sock, struct hl_err *err);
/* Binds and listens (mode 0660), replacing a socket file that nobody listens at. */
enum hl_code hl_wire_listen(const char *path, int *sock, struct hl_err *err);

#endif
