/* ingest_into.c: see ingest_into.h. A sender is answered when the stream has its read: from then on it is as safe as an alert, and some node decides it. What can't be read is told to
 * the sender here, and counted and kept among the rejects by the node that takes it from the stream.
 */
#include "daemon/ingest_into.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/ingest_stream.h"
#include "store/redis_stream.h"

enum { MESSAGES_MAX = HL_STREAM_BATCH, LOOK_MS = 200, PAUSE_MS = 500 };

struct hl_into {
	struct hl_into_opts o;
	struct hl_stream *stream;
	int64_t most, look_ms;
	bool full;
	zmq_msg_t routing[MESSAGES_MAX], payload[MESSAGES_MAX];
	size_t n, settled;
	const zmq_msg_t *from; /* of the message whose reads are walked */
};

enum hl_code hl_into_open(struct hl_into **into, const struct hl_into_opts *o, struct hl_err *err)
{
	struct hl_into *t = hl_calloc(1, sizeof *t);
	struct hl_stream_conf conf;
	t->o = *o;
	t->most = o->conf->max_length;
	enum hl_code rc = hl_ingest_stream_conf(o->conf, o->state, &conf, err);
	if (!rc)
		rc = hl_stream_open(&t->stream, &conf, err);
	if (rc)
		hl_into_close(&t);
	*into = t;
	return rc;
}

static void forget(struct hl_into *t)
{
	for (size_t i = 0; i < t->n; i++) {
		zmq_msg_close(&t->routing[i]);
		zmq_msg_close(&t->payload[i]);
	}
	t->n = 0;
}

void hl_into_close(struct hl_into **into)
{
	if (!*into)
		return;
	forget(*into);
	hl_stream_close(&(*into)->stream);
	free(*into);
	*into = NULL;
}

void hl_into_put(struct hl_into *t, void *routing, void *payload)
{
	if (t->n == MESSAGES_MAX)
		return; /* a turn is no longer than this */
	zmq_msg_init(&t->routing[t->n]);
	zmq_msg_init(&t->payload[t->n]);
	zmq_msg_move(&t->routing[t->n], routing);
	zmq_msg_move(&t->payload[t->n], payload);
	t->n++;
}

static void one_read(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	struct hl_into *t = arg;
	(void)line;
	(void)n;
	(void)line_no;
	t->settled++;
	t->o.settled(t->o.settled_arg, zmq_msg_data((zmq_msg_t *)(uintptr_t)t->from), zmq_msg_size(t->from), r ? r->id : "", r ? NULL : err->text);
}

static void settle(struct hl_into *t)
{
	t->o.counters->stream_put += (int64_t)t->n;
	for (size_t i = 0; i < t->n && t->o.settled; i++) {
		t->from = &t->routing[i];
		hl_reads_walk(t->o.format, zmq_msg_data(&t->payload[i]), zmq_msg_size(&t->payload[i]), hl_clock_real_ms(), one_read, t);
	}
	forget(t);
}

static bool give_up(const struct hl_into *t, const _Atomic int64_t *deadline_ms, const struct hl_err *err)
{
	static unsigned long left_out;
	int64_t deadline = *deadline_ms;
	if (deadline && hl_clock_mono_ms() >= deadline) {
		hl_log(HL_LOG_ERROR, "%zu messages could not be put into the stream before the stop: %s", t->n, err->text);
		return true;
	}
	hl_log_limited(&left_out, HL_LOG_ERROR, "into the stream: %s; senders wait, trying again", err->text);
	return false;
}

size_t hl_into_flush(struct hl_into *t, const _Atomic int64_t *deadline_ms)
{
	struct hl_stream_payload v[MESSAGES_MAX];
	struct hl_err err = { 0 };
	t->settled = 0;
	for (size_t i = 0; i < t->n; i++)
		v[i] = (struct hl_stream_payload){ .data = zmq_msg_data(&t->payload[i]), .n = zmq_msg_size(&t->payload[i]) };
	while (t->n && hl_stream_put(t->stream, v, t->n, &err)) {
		struct pollfd event = { .fd = t->o.event, .events = POLLIN };
		if (give_up(t, deadline_ms, &err)) {
			forget(t);
			return 0;
		}
		poll(*deadline_ms ? NULL : &event, *deadline_ms ? 0 : 1, PAUSE_MS);
	}
	hl_crash_point("into.put");
	settle(t);
	return t->settled;
}

bool hl_into_full(struct hl_into *t)
{
	int64_t now = hl_clock_mono_ms(), n;
	struct hl_err err;
	if (now < t->look_ms)
		return t->full;
	t->look_ms = now + LOOK_MS;
	t->full = !hl_stream_length(t->stream, &n, &err) && n >= t->most;
	return t->full;
}
