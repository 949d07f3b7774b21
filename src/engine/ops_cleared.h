/* ops_cleared.h: what `cleared`, `alert suppressed` and `standdown` share. Private to src/engine/ops*.c. */
#ifndef HL_ENGINE_OPS_CLEARED_H
#define HL_ENGINE_OPS_CLEARED_H

#include "engine/ops.h"

/* ops_suppressed.c: operations (struct hl_op_row.run): suppressed reads by cleared pair, by alert; the stand-downs of alerts. */
enum hl_code hl_ops_suppressed_by_pair(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_suppressed(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_standdowns(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
/* ops_cleared.c: the pair of this id or beginning of one. HL_E_USAGE: too short, or of several; HL_E_NOTFOUND: none, or none that the looker may know of. */
struct hl_looker;
enum hl_code hl_ops_pair(const struct hl_looker *l, const char *id, struct hl_cleared_row *r, struct hl_err *err);

#endif
