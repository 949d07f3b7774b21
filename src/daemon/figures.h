/* figures.h: the daemon's own figures for `status`: the ledger of reads, stage by stage. Any thread. */
#ifndef HL_DAEMON_FIGURES_H
#define HL_DAEMON_FIGURES_H

#include "base/json_out.h"
#include "daemon/counters.h"

/* Writes members into the open object: uptime_s, reads{in, matched, suppressed, discarded, rejected, failed, pending, balanced}, suppressed{…}, hits … */
void hl_figures_write(struct hl_counters *k, int64_t started_ms, int64_t now_ms, struct hl_json *j);

#endif
