/* timers.h: the thread that does what waits for its time: it asks the store which timers are due, once a second and exactly when the next one is, and has each done on the
 * store thread (engine/follow.h), some at a time, so that reads are never held up.
 */
#ifndef HL_DAEMON_TIMERS_H
#define HL_DAEMON_TIMERS_H

#include "daemon/live.h"
#include "daemon/storethread.h"

struct hl_timers;

struct hl_timers_opts {
	struct hl_live *live;              /* these are borrowed for life */
	struct hl_storethread *writer;
	struct hl_counters *counters;
	const char *store, *state;         /* copied */
	void (*outbox_changed)(void *arg); /* deliveries are due: called on the timers' thread */
	void *outbox_arg;
};

/* Starts the thread, which first does what fell due while no daemon ran. Gives *t. Any thread. */
enum hl_code hl_timers_start(struct hl_timers **t, const struct hl_timers_opts *o, struct hl_err *err);
/* Ends the thread after the batch under way. What is due is done at the next start. NULL is allowed; leaves NULL. */
void hl_timers_stop(struct hl_timers **t);

#endif
