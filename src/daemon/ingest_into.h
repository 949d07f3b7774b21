/* ingest_into.h: messages of a ZeroMQ socket on their way into a Redis stream (`into: stream`), so that the nodes of a fleet share them. One struct hl_into belongs to the
 * socket's ingest thread.
 */
#ifndef HL_DAEMON_INGEST_INTO_H
#define HL_DAEMON_INGEST_INTO_H

#include "daemon/pipeline.h"

struct hl_into;

struct hl_into_opts {
	const struct hl_ingest_redis *conf; /* the stream; for the start only */
	const char *state;
	const struct hl_read_format *format;
	struct hl_counters *counters;
	hl_settled_fn settled;              /* each read of a message, once the stream has it; NULL: nobody waits */
	void *settled_arg;
	int event;                          /* something to do: no pause is longer than until this can be read */
};

/* Connects. Gives *into. Errors as hl_stream_open. */
enum hl_code hl_into_open(struct hl_into **into, const struct hl_into_opts *o, struct hl_err *err);
void hl_into_close(struct hl_into **into); /* NULL is fine */
/* Takes the contents of both messages (zmq_msg_t), which are left empty. */
void hl_into_put(struct hl_into *into, void *routing, void *payload);
/* Sends what was put, in one call; tries again for as long as Redis is away, and meanwhile the socket's queue fills and senders wait. Past deadline_ms (monotonic; 0: never) it gives
 * up what it holds: nobody was told that it is safe. Returns how many reads were settled. */
size_t hl_into_flush(struct hl_into *into, const _Atomic int64_t *deadline_ms);
/* The stream is as long as it may be: nothing is to be read from the socket. Asks Redis a few times a second at most. */
bool hl_into_full(struct hl_into *into);

#endif
