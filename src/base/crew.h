/* crew.h: spreads work that falls into independent jobs over several processors: the one place below floor 4 that may start threads. They live within
 * one call, so floors 1 to 3 stay free of threads as seen from outside: a function that is given a crew returns when all its work is done, with the
 * same result whatever the number of threads. A crew is a plain value; any thread may use it, several at once.
 */
#ifndef HL_BASE_CREW_H
#define HL_BASE_CREW_H

#include <stddef.h>

enum { HL_CREW_MAX = 64 };

struct hl_crew {
	unsigned threads; /* that may work at once, the caller's among them; 0 is 1, more than HL_CREW_MAX is HL_CREW_MAX */
};

/* One job of a call, 0..n-1. Jobs run in any order and at once: each writes only what is its own. */
typedef void (*hl_crew_job)(void *arg, size_t i);

/* Runs job(arg, i) for each i of 0..n-1, once each, and returns when all are done; what they wrote is then visible to the caller. NULL or one thread:
 * all on the caller's, in order. The threads inherit the caller's priority, scheduling and signal mask, and have ended on return; where the
 * system gives fewer, those do the work. Starting one takes some tens of microseconds: a job is worth a crew from about a millisecond on. Borrows all. */
void hl_crew_run(const struct hl_crew *crew, hl_crew_job job, void *arg, size_t n);

/* How many processors crews may use: those of this process but for the ones kept, 1..HL_CREW_MAX. */
unsigned hl_crew_processors(void);
/* Keeps n processors for other work than crews': the daemon one, once it has started, so that the stream of reads does not wait
 * for an import. One processor is always a crew's. Any thread. */
void hl_crew_keep(unsigned n);

#endif
