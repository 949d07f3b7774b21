/* replay_sweep.h: one option of the rules over a range of values: what is told at each, with labelled reads what it costs and brings. Main thread.
 */
#ifndef HL_CTL_REPLAY_SWEEP_H
#define HL_CTL_REPLAY_SWEEP_H

#include "ctl/replay_print.h"
#include "ctl/replay_load.h"

enum { HL_SWEEP_MAX = 400, HL_SWEEP_TEXT = 32 };

/* The values of a sweep, as they are written in YAML. */
struct hl_sweep {
	char option[HL_TEXT_LONG];
	size_t n;
	char value[HL_SWEEP_MAX][HL_SWEEP_TEXT];
	double number[HL_SWEEP_MAX];
};

/* "match.min_probability=0.05:0.9:0.05" (from, to, step: exact decimals, the end is one of them where the steps meet it), "alerts.cooldown=1m:10m:1m" (one unit),
 * or values by commas. HL_E_USAGE naming what is wrong. */
enum hl_code hl_sweep_parse(struct hl_sweep *s, const char *text, struct hl_err *err);

/* What was told at one value. */
struct hl_sweep_row {
	struct hl_replay_counts counts;
	struct hl_replay_totals totals;
};

/* Runs and prints the sweep a->sweep for each of a->rules, and draws a->svg. */
enum hl_code hl_replay_sweep(struct hl_replay_args *a, struct hl_err *err);
/* The curves as SVG text: rows[k * s->n + i] is of rules k at value i. With labelled reads recall over false alerts, else what is told over the value. */
void hl_sweep_draw(const struct hl_replay_args *a, const struct hl_sweep *s, const struct hl_sweep_row *rows, struct hl_buf *out);

#endif
