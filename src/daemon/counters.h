/* counters.h: what went through each stage, counted where it happened, so that the sums can be compared: reads in = matched + suppressed + discarded
 * + rejected + pending. Atomic; any thread.
 */
#ifndef HL_DAEMON_COUNTERS_H
#define HL_DAEMON_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/store.h"

struct hl_counters {
	_Atomic int64_t payloads;  /* messages received */
	_Atomic int64_t reads_in;  /* reads found in them, good or bad */
	_Atomic int64_t rejected;  /* could not be read */
	_Atomic int64_t discarded; /* no match, or every match dropped */
	_Atomic int64_t submitted; /* handed to the store thread */
	_Atomic int64_t matched;   /* committed with an alert made or changed */
	_Atomic int64_t suppressed; /* committed, nothing told: passage, cooldown, cleared pair, duplicate */
	_Atomic int64_t failed;    /* could not be committed before the stop: never acknowledged */
	_Atomic int64_t by_reason[HL_SUP_DUPLICATE + 1]; /* suppressed, by enum hl_suppression */
	_Atomic int64_t hits;      /* (read, entry) pairs let through by the rules */
	_Atomic int64_t alerts, updates, stood_down, inhibited; /* inhibited: alerts made or seen again of which another list kept the notice silent */
	_Atomic int64_t timers_told; /* steps, repeats, fallbacks and lapses that people were told of */
	_Atomic int64_t key_withdrawn; /* messages of senders whose CURVE key is no longer allowed: not read */
	_Atomic int64_t clock_suspect, seq_gaps;
	_Atomic int64_t commits, commit_ns, commit_failures, commit_races; /* races: another writer was quicker, the group began anew */
	_Atomic int64_t hand_changes, hand_write_ns, hand_swap_ns; /* entries added and withdrawn by hand; until they were on the disk, and from then until they held */
	_Atomic int64_t stream_entries, stream_claimed, stream_dead, stream_put; /* entries of a Redis stream: taken, taken over, given up; put there */
	_Atomic int64_t reloads, reload_faults;
};

#endif
