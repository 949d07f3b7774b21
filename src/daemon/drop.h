/* drop.h: drop folders (`drop` of hotlistd.yaml): one thread watches them, imports what is complete and sets it aside with a report. doc/lists.md is its manual.
 *
 * inotify only says when to look; what is there is read from the folder each time, so that an event that was lost, or never came (network file systems), costs a
 * `rescan` and nothing else. A file is first renamed into importing/, which nobody else writes to, then read from a descriptor, and at its end renamed into done/ or
 * failed/: a crash leaves it in one of the three, and what lies in importing/ at a start is imported (again: the same content is the same version).
 */
#ifndef HL_DAEMON_DROP_H
#define HL_DAEMON_DROP_H

#include <pthread.h>

#include "daemon/live.h"
#include "engine/ops.h"

struct hl_drop_opts {
	const char *state;      /* borrowed for life */
	struct hl_live *live;
	pthread_mutex_t *files; /* held by whoever works on the list folders */
	struct hl_audit *audit;
};

struct hl_drop;
/* Starts the thread, also where there are no folders: a reload may bring some. Main thread. Gives *d. */
enum hl_code hl_drop_start(struct hl_drop **d, const struct hl_drop_opts *o, struct hl_err *err);
/* The settings have changed. Any thread. */
void hl_drop_reloaded(struct hl_drop *d);
/* What each folder did last; at most max of them. Any thread. */
size_t hl_drop_states(struct hl_drop *d, struct hl_drop_state *out, size_t max);
/* Lets the thread end: an import that is under way stores nothing more, and its file stays in importing/. Does not wait. NULL is fine. */
void hl_drop_stop(struct hl_drop *d);
/* The same, waits for the end and frees. NULL is fine. */
void hl_drop_free(struct hl_drop **d);

#endif
