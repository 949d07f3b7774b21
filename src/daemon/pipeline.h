/* pipeline.h: from decoded reads to committed decisions. The order of the stages stands in pipeline.c, to be read top to bottom. One struct hl_pipeline
 * belongs to one thread that decodes and matches; what it shares with others is the store thread's inbox, the live catalog and the counters. The order of
 * the reads of one camera does not matter here: what one read does to another (passage, cooldown, cleared pairs) is decided in the store's transaction.
 */
#ifndef HL_DAEMON_PIPELINE_H
#define HL_DAEMON_PIPELINE_H

#include "daemon/live.h"
#include "daemon/rejects.h"
#include "daemon/storethread.h"
#include "engine/passage.h"
#include "engine/shadow.h"
#include "format/reads.h"

enum { HL_BATCH_READS = 64 };

/* Who is told that a read's fate is settled: (routing, id) as given to hl_pipeline_put. Called on the ingest thread for a read without a hit, on the store
 * thread after COMMIT for the others; once a read. why: NULL where it was accepted, else the reason it was not. */
/* why of a read that could not be recorded, by a fault of ours: this very pointer. */
extern const char hl_settled_fault[];
typedef void (*hl_settled_fn)(void *arg, const void *routing, size_t routing_n, const char *read_id, const char *why);

/* A read whose decision is in the group that is being written. */
struct hl_decided {
	const void *routing;
	size_t routing_n;
	bool faulty; /* it could not be recorded */
};

/* All is borrowed until hl_pipeline_free, or where reads were handed over until the store thread has settled them. */
struct hl_pipeline_opts {
	struct hl_live *live;
	struct hl_storethread *store;
	struct hl_counters *counters;
	struct hl_passages *passages;      /* shared by all pipelines; NULL: each read is judged alone */
	struct hl_shadow *shadow;          /* what shadow rules would decide; NULL: nobody asks */
	struct hl_rejects *rejects;
	void (*outbox_changed)(void *arg); /* deliveries may be due: called on the store thread after COMMIT */
	void *outbox_arg;
	hl_settled_fn settled;             /* NULL: nobody waits */
	void *settled_arg;
	/* Called on the store thread with the reads of a batch, within the group that writes their decisions and perhaps more than once for one batch; what it writes is of that group.
	 * HL_E_IO: the group goes back. arg is settled_arg. NULL: nothing more is written. */
	enum hl_code (*decided)(void *arg, struct hl_store *s, const struct hl_decided *v, size_t n, struct hl_err *err);
	const char *source;                /* the endpoint, for rejects; borrowed */
	/* Where several threads share one socket their reads come out of order, and gaps in a camera's numbers can't be seen here: then each number goes to
	 * this function, on the calling thread. NULL: gaps are counted here. */
	void (*number)(void *arg, uint64_t camera, int64_t seq);
	void *number_arg;
};

struct hl_pipeline;
/* Gives a pipeline for the calling thread; copies *o. hl_pipeline_free also takes NULL and leaves NULL; flush before: what the batch still holds is not decided. */
struct hl_pipeline *hl_pipeline_new(const struct hl_pipeline_opts *o);
void hl_pipeline_free(struct hl_pipeline **p);
/* One payload of n bytes from a sender: decoded into the batch; a full batch is decided at once. Borrows data, copies routing. now_ms: the receive clock.
 * Returns how many reads were found, bad ones too: each will be settled once, perhaps before this returns. What can't be read is no error here: it is counted,
 * put among the rejects, and settled with the reason. Waits where the store thread's inbox is full: that is what slows senders down. */
size_t hl_pipeline_put(struct hl_pipeline *p, const struct hl_read_format *format, const void *routing, size_t routing_n, const char *data, size_t n,
		     int64_t now_ms);
/* Decides what the batch holds: reads without a hit that the rules let through are settled at once, the others go to the store thread together. Where that one has
 * stopped, they are settled with the reason. now_ms: for expiry and lateness. To be called when no more payloads wait, so that none stays undecided. */
void hl_pipeline_flush(struct hl_pipeline *p, int64_t now_ms);

#endif
