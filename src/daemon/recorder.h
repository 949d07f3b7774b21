/* recorder.h: the thread that brings into the audit what the daemon does by itself: each delivery that ended (to whom, when), each stand-down, in groups of a second; signs
 * the audit every hour, and erases what is too old once a day.
 */
#ifndef HL_DAEMON_RECORDER_H
#define HL_DAEMON_RECORDER_H

#include "daemon/live.h"
#include "daemon/storethread.h"
#include "store/audit.h"

struct hl_recorder_opts {
	struct hl_live *live;
	struct hl_storethread *writer;
	struct hl_audit *audit;
	const char *store, *state; /* copied */
};

struct hl_recorder;
/* Main thread. Gives *r (hl_recorder_stop). */
enum hl_code hl_recorder_start(struct hl_recorder **r, const struct hl_recorder_opts *o, struct hl_err *err);
/* Records what there is, ends the thread and frees; the store thread must still run. What can't be recorded now stays in the store and is at the next start. NULL is fine. */
void hl_recorder_stop(struct hl_recorder **r);

#endif
