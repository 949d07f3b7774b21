/* wire_send.h: the sending side of bench_wire: a PUSH socket on a thread and a context of its own, that sends the same messages round and round. */
#ifndef BENCH_WIRE_SEND_H
#define BENCH_WIRE_SEND_H

#include <stddef.h>
#include <stdint.h>

struct wire_messages {
	char **text;
	size_t *size, n; /* n messages of `reads` reads each */
	size_t reads;
};

struct wire_sender;
/* Connects and sends `messages` messages as fast as they are taken. */
struct wire_sender *wire_send_start(const char *endpoint, const struct wire_messages *m, size_t messages);
/* When the first message was sent, monotonic ns; waits for the thread, frees. */
int64_t wire_send_end(struct wire_sender *s);

/* A PULL socket bound to endpoint that takes `messages` messages and looks at nothing in them; when the last one was
 * there, monotonic ns. *bytes: all that came. */
int64_t wire_bare_receive(const char *endpoint, size_t messages, size_t *bytes, void (*ready)(void *arg), void *arg);

#endif
