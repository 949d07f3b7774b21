/* ops_report.h: a report for eyes, programs and spreadsheets. Pure but for the context it is given. Private to src/engine/ops_report*.c. */
#ifndef HL_ENGINE_OPS_REPORT_H
#define HL_ENGINE_OPS_REPORT_H

#include "engine/ops.h"
#include "engine/review.h"

/* 80 columns. */
void hl_ops_report_text(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out);
void hl_ops_report_json(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out);
/* RFC 4180: a line a figure or row, the columns named in the first. */
void hl_ops_report_csv(const struct hl_review *r, struct hl_buf *out);
/* The yearly form: counts by purpose, nothing that names a vehicle or a person. json false: text. */
void hl_ops_report_year(const struct hl_ops_ctx *ctx, const struct hl_review *r, int year, bool json, struct hl_buf *out);

struct hl_json;
/* Precision of a row with its interval: as object `precision`; "0.833 (0.436-0.970)", "-" where nothing is known. dst has 32 bytes. */
void hl_ops_report_share(const struct hl_review_row *row, struct hl_json *j);
void hl_ops_report_share_text(const struct hl_review_row *row, char *dst);

#endif
