/* storethread.h: the store thread owns the only writing handle and groups everyone's writes: one COMMIT for all jobs that wait. An idle system commits
 * at once, a busy one every few milliseconds.
 */
#ifndef HL_DAEMON_STORETHREAD_H
#define HL_DAEMON_STORETHREAD_H

#include "daemon/counters.h"
#include "store/store.h"

struct hl_storethread;

/* One piece of work. run is called on the store thread inside a group and may be called again where the group had to be rolled back; it must then begin
 * anew; where it fails, nothing of what it has written is there. done is called on the store thread exactly once: after COMMIT with what run gave, or with the failure. */
struct hl_job {
	enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err);
	void (*done)(void *arg, enum hl_code code, const struct hl_err *err);
	void *arg;
	bool must; /* accepted work: tried again until the store takes it or the thread is stopped by force */
};

struct hl_storethread_opts {
	const char *store, *state; /* borrowed for the start only */
	int64_t flush_ms;          /* a busy system's time between commits */
	size_t inbox;              /* jobs that may wait */
	struct hl_counters *counters; /* borrowed for life */
};

/* Opens the store and waits until the thread is ready. Gives *t. */
enum hl_code hl_storethread_start(struct hl_storethread **t, const struct hl_storethread_opts *o, struct hl_err *err);
/* Queues a job; blocks while the inbox is full. HL_E_UNAVAIL (job not taken, done not called) once stopping. Any thread but the store thread. */
enum hl_code hl_storethread_submit(struct hl_storethread *t, const struct hl_job *job);
/* Queues a job where there is room, never blocks. HL_E_AGAIN: the inbox is full; otherwise as submit. For what can wait for another day. */
enum hl_code hl_storethread_offer(struct hl_storethread *t, const struct hl_job *job);
/* Queues and waits for done. Any thread but the store thread. */
enum hl_code hl_storethread_call(struct hl_storethread *t, enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err), void *arg,
				 struct hl_err *err);
/* The end is near: from deadline_ms from now on nobody waits for a store that does not take what it is given: who is blocked gets HL_E_UNAVAIL, jobs of
 * a group that fails are answered with the failure, kept ones too. Work goes on until hl_storethread_stop. NULL is allowed. */
void hl_storethread_stop_by(struct hl_storethread *t, int64_t deadline_ms);
/* Commits what is queued (giving up at deadline_ms from now, counted as failed), ends the thread, closes the store. */
void hl_storethread_stop(struct hl_storethread **t, int64_t deadline_ms);

#endif
