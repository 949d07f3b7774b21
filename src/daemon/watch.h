/* watch.h: the thread that keeps open alerts to what the lists say now: whenever another catalog has been swapped in it looks through the open alerts of the lists that
 * changed, and all the time for those whose entry has come to its end; what no longer holds is stood down (engine/standdown.h) on the store thread, a few at a time, so
 * that reads are never held up.
 */
#ifndef HL_DAEMON_WATCH_H
#define HL_DAEMON_WATCH_H

#include "daemon/live.h"
#include "daemon/storethread.h"

struct hl_watcher;

struct hl_watcher_opts {
	struct hl_live *live;              /* these are borrowed for life */
	struct hl_storethread *writer;
	struct hl_counters *counters;
	const char *store, *state;         /* copied */
	void (*outbox_changed)(void *arg); /* deliveries are due: called on the watcher's thread */
	void *outbox_arg;
};

/* Starts the thread, which first looks at all open alerts: what changed while no daemon ran is found then. Gives *w. Any thread. */
enum hl_code hl_watcher_start(struct hl_watcher **w, const struct hl_watcher_opts *o, struct hl_err *err);
/* Something may have changed: look now, not within a second. arg: the watcher. Any thread; never waits. */
void hl_watcher_wake(void *arg);
/* Ends the thread after the batch under way. What was not looked at is at the next start. NULL is allowed; leaves NULL. */
void hl_watcher_stop(struct hl_watcher **w);

#endif
