/* totals.h: the counters of this process as totals by the hour in the store, so that a report survives restarts. What was counted is written with a group of the
 * store thread, every few seconds at most, never per read; after a crash what was counted since the last time is missing from the totals (the alerts themselves
 * never are). The store thread only.
 */
#ifndef HL_DAEMON_TOTALS_H
#define HL_DAEMON_TOTALS_H

#include "daemon/counters.h"
#include "store/store.h"

enum { HL_TOTALS_EVERY_MS = 10000 };

struct hl_totals {
	const struct hl_counters *counters; /* borrowed for life */
	int64_t written[HL_TOTALS_MAX], now[HL_TOTALS_MAX];
	int64_t next_ms; /* monotonic: not before */
	bool under_way;
};

/* next: from when on, monotonic. */
void hl_totals_init(struct hl_totals *t, const struct hl_counters *counters, int64_t next_ms);
/* Whether it is time, and there is something to write. */
bool hl_totals_due(const struct hl_totals *t, int64_t mono_ms);
/* Inside a group: adds what was counted since the last time to the hour of real_ms. Does nothing where nothing was. */
enum hl_code hl_totals_write(struct hl_totals *t, struct hl_store *s, int64_t real_ms, struct hl_err *err);
/* What became of that group. */
void hl_totals_settle(struct hl_totals *t, bool committed, int64_t mono_ms);

#endif
