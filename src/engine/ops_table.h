/* ops_table.h: alerts for eyes: a table of 80 columns, and one alert whole. Pure. Private to src/engine/ops*.c. */
#ifndef HL_ENGINE_OPS_TABLE_H
#define HL_ENGINE_OPS_TABLE_H

#include "engine/ops.h"

/* One line an alert, and below it a line that marks the differing symbols of both plates by ^. */
enum hl_code hl_ops_alerts_text(const struct hl_ops_ctx *ctx, const struct hl_alert_row *rows, size_t n, struct hl_buf *out, struct hl_err *err);
/* A JSON array of the alerts as stored. */
void hl_ops_alerts_json(const struct hl_alert_row *rows, size_t n, struct hl_buf *out);
void hl_ops_alert_text(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out);

/* ops_life_text.c: what people did to it, and who was told. */
void hl_ops_life_text(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out);

#endif
