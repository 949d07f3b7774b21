/* wire_send.h: the sending side of bench_wire: a PUSH or PUB socket on a thread and a context of its own, that sends the same messages round and round.
 * PUSH connects and sends payloads; PUB binds, waits for its subscriber, sends [topic][payload] and waits where the subscriber is slow, so that none is lost. */
#ifndef BENCH_WIRE_SEND_H
#define BENCH_WIRE_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_messages {
	char **text;
	size_t *size, n; /* n messages of `reads` reads each */
	size_t reads;
};

struct wire_sender;
/* Sends `messages` messages as fast as they are taken. */
struct wire_sender *wire_send_start(const char *endpoint, bool pub, const struct wire_messages *m, size_t messages);
/* Once all was received: when the first message was sent, monotonic ns; waits for the thread, frees. *cpu_ns: CPU time of the sending side, ZeroMQ's own thread
 * for it included. */
int64_t wire_send_end(struct wire_sender *s, int64_t *cpu_ns);

/* What a receiver does with the messages. put: one payload, borrowed; idle: nothing more is queued. */
struct wire_taker {
	void (*put)(void *arg, const char *data, size_t n);
	void (*idle)(void *arg);
	void *arg;
};

/* A PULL or SUB socket at endpoint that takes `messages` messages and gives their last parts to the taker, NULL: looks at nothing in them; when the last one
 * was there (and the taker done with it), monotonic ns. ready is called when the socket is there. */
int64_t wire_receive(const char *endpoint, bool sub, size_t messages, const struct wire_taker *taker, void (*ready)(void *arg), void *arg);

#endif
