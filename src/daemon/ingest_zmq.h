/* ingest_zmq.h: one ingest thread: a ZeroMQ SUB, PULL or ROUTER socket, polled; its reads are decoded, matched and handed over on this thread, or by a pool
 * of threads where the socket has more than one.
 */
#ifndef HL_DAEMON_INGEST_ZMQ_H
#define HL_DAEMON_INGEST_ZMQ_H

#include "daemon/ingest_zap.h"
#include "daemon/pipeline.h"

struct hl_ingest;

struct hl_ingest_opts {
	const struct hl_ingest_zmq *conf; /* copied as far as needed; the settings may go after the start */
	struct hl_zap_domain *zap;        /* who may send; NULL: whoever can. Borrowed for life */
	unsigned threads;                 /* that decode and match for this socket: up to 1 is the ingest thread itself, more are a pool beside it */
	const struct hl_ingest_redis *into; /* its reads go to the end of this stream; NULL: they are decided here */
	const char *state;                  /* with into */
	struct hl_pipeline_opts pipeline; /* settled, settled_arg and source are set here */
};

/* The one ZeroMQ context of the process. */
enum hl_code hl_ingest_context_open(void **context, struct hl_err *err);
void hl_ingest_context_close(void **context);
/* Binds and connects (HL_E_UNAVAIL naming the endpoint where a bind fails), starts the thread, waits until it polls. Gives *in. */
enum hl_code hl_ingest_start(struct hl_ingest **in, void *context, const struct hl_ingest_opts *o, struct hl_err *err);
/* Asks the thread to stop accepting (unbind, disconnect) and to read what is queued until it is empty or deadline_ms from now. Returns at once. */
void hl_ingest_stop(struct hl_ingest *in, int64_t deadline_ms);
/* Waits for the thread. For ROUTER the answers of all that was handed over are sent first: the store thread must still run. */
void hl_ingest_join(struct hl_ingest *in);
/* Frees; only once the store thread has stopped, since reads handed over still name this. */
void hl_ingest_free(struct hl_ingest **in);

#endif
