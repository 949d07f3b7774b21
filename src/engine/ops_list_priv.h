/* ops_list_priv.h: what ops_list.c and ops_list_show.c share. Private to them. */
#ifndef HL_ENGINE_OPS_LIST_PRIV_H
#define HL_ENGINE_OPS_LIST_PRIV_H

#include "engine/ops_priv.h"

/* A version's own members into the open object. */
void hl_ops_version_json(const struct hl_version *v, struct hl_json *j);
/* list versions, list show, list export: see the table in ops_list.c. */
enum hl_code hl_ops_list_versions(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_export(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);

#endif
