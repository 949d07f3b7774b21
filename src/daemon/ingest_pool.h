/* ingest_pool.h: threads that share the work of one socket. The ingest thread only receives; messages go to the pool in jobs, each worker decodes, matches
 * and hands over with a pipeline of its own. Which reads of a camera come first is then open, and does not matter: see daemon/pipeline.h. Only gaps in a
 * camera's numbers need the order of arrival, so they are counted job after job.
 */
#ifndef HL_DAEMON_INGEST_POOL_H
#define HL_DAEMON_INGEST_POOL_H

#include "daemon/pipeline.h"

struct hl_ingest_pool;

struct hl_ingest_pool_opts {
	struct hl_pipeline_opts pipeline; /* number, number_arg are set here */
	const struct hl_read_format *format; /* borrowed for life */
	unsigned threads;
	/* A job of n messages held so many reads, good and bad ones; on a worker's thread, before the job counts as done. */
	void (*found)(void *arg, size_t messages, size_t reads);
	void *found_arg;
};

/* Starts the threads. Gives *pool. */
enum hl_code hl_ingest_pool_start(struct hl_ingest_pool **pool, const struct hl_ingest_pool_opts *o, struct hl_err *err);
/* Takes the contents of both messages, which are left empty. Blocks while all jobs are under way: the socket's queue fills and the senders wait. The
 * ingest thread only. */
void hl_ingest_pool_put(struct hl_ingest_pool *pool, void *routing, void *payload);
/* Hands over what was put: an idle system decides a single read at once. The ingest thread only. */
void hl_ingest_pool_flush(struct hl_ingest_pool *pool);
/* Waits until all that was handed over is decided. */
void hl_ingest_pool_drain(struct hl_ingest_pool *pool);
/* Drains, ends the threads, frees. NULL is fine. */
void hl_ingest_pool_stop(struct hl_ingest_pool **pool);

#endif
