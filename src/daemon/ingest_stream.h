/* ingest_stream.h: one ingest thread on a Redis stream: its reads are decoded, matched and handed over on this thread; entries are acknowledged and deleted once all their
 * reads are decided, by the very script that writes the decision where the store is on the same server.
 */
#ifndef HL_DAEMON_INGEST_STREAM_H
#define HL_DAEMON_INGEST_STREAM_H

#include "daemon/pipeline.h"
#include "store/redis_stream.h"

struct hl_ingest_stream;

struct hl_ingest_stream_opts {
	const struct hl_ingest_redis *conf; /* copied as far as needed */
	const char *state;                  /* where this node's name is */
	const char *store;                  /* where the store is */
	struct hl_pipeline_opts pipeline;   /* settled, settled_arg, decided and source are set here */
};

/* Connects (HL_E_IO, HL_E_CONFIG where that fails), starts the thread. Gives *in. */
enum hl_code hl_ingest_stream_start(struct hl_ingest_stream **in, const struct hl_ingest_stream_opts *o, struct hl_err *err);
/* Asks the thread to read no more, and to wait until what it has is settled, at most deadline_ms from now. Returns at once. */
void hl_ingest_stream_stop(struct hl_ingest_stream *in, int64_t deadline_ms);
/* Waits for the thread: the store thread must still run. What is not settled then is pending in the stream, and found at the next start. */
void hl_ingest_stream_join(struct hl_ingest_stream *in);
/* Frees; only once the store thread has stopped, since reads handed over still name this. */
void hl_ingest_stream_free(struct hl_ingest_stream **in);

/* What a node needs to open a stream of these settings. */
enum hl_code hl_ingest_stream_conf(const struct hl_ingest_redis *r, const char *state, struct hl_stream_conf *out, struct hl_err *err);

#endif
