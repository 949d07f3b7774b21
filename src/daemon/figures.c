/* figures.c: see figures.h. The stages are counted apart, so a sum that does not balance while nothing is under way is a fault that shows. */
#include "daemon/figures.h"

void hl_figures_write(struct hl_counters *k, int64_t started_ms, int64_t now_ms, struct hl_json *j)
{
	int64_t settled = k->matched + k->suppressed + k->failed;
	int64_t pending = k->submitted - settled;
	hl_json_int(j, "uptime_s", (now_ms - started_ms) / 1000);
	hl_json_open_key(j, "reads", '{');
	hl_json_int(j, "in", k->reads_in);
	hl_json_int(j, "matched", k->matched);
	hl_json_int(j, "suppressed", k->suppressed);
	hl_json_int(j, "discarded", k->discarded);
	hl_json_int(j, "rejected", k->rejected);
	hl_json_int(j, "failed", k->failed);
	hl_json_int(j, "pending", pending);
	hl_json_close(j);
	hl_json_open_key(j, "suppressed", '{');
	hl_json_int(j, "passage", k->by_reason[HL_SUP_PASSAGE]);
	hl_json_int(j, "cooldown", k->by_reason[HL_SUP_COOLDOWN]);
	hl_json_int(j, "cleared", k->by_reason[HL_SUP_CLEARED]);
	hl_json_int(j, "duplicate", k->by_reason[HL_SUP_DUPLICATE]);
	hl_json_close(j);
	hl_json_int(j, "payloads", k->payloads);
	hl_json_int(j, "hits", k->hits);
	hl_json_int(j, "alerts_created", k->alerts);
	hl_json_int(j, "alerts_updated", k->updates);
	hl_json_int(j, "clock_suspect", k->clock_suspect);
	hl_json_int(j, "seq_gaps", k->seq_gaps);
	hl_json_int(j, "commits", k->commits);
	hl_json_int(j, "commit_ns", k->commit_ns);
	hl_json_int(j, "commit_failures", k->commit_failures);
	hl_json_int(j, "reloads", k->reloads);
	hl_json_int(j, "reload_faults", k->reload_faults);
}
