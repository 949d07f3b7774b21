/* figures.h: the daemon's own figures for `status`: the ledger of reads, stage by stage, and what the delivery thread counted. Any thread. */
#ifndef HL_DAEMON_FIGURES_H
#define HL_DAEMON_FIGURES_H

#include "daemon/counters.h"
#include "daemon/ingest_zap.h"
#include "daemon/outbox.h"
#include "engine/ops.h"

/* Fills out with at most max figures, a group's next to each other; returns how many. zap may be NULL. */
size_t hl_figures(struct hl_counters *k, struct hl_outbox *outbox, struct hl_zap *zap, int64_t uptime_ms, struct hl_figure *out, size_t max);

#endif
