/* ops_hand_priv.h: what ops_hand.c and ops_hand_withdraw.c share: a list's active version and its layer by hand, for looking entries up. */
#ifndef HL_ENGINE_OPS_HAND_PRIV_H
#define HL_ENGINE_OPS_HAND_PRIV_H

#include "engine/hand.h"
#include "engine/ops_list_priv.h"

struct hl_ops_hand {
	const char *list;
	const struct hl_snapshot *s;          /* of the active version; NULL: none is */
	char version[HL_VERSION_ID];          /* its id, or "" */
	struct hl_hand *hand;
	const struct hl_catalog_list *row;    /* in the daemon's catalog; NULL: none */
	struct hl_ops_version own;            /* where s was opened for this */
};
/* HL_E_NOTFOUND, with a suggestion: neither the settings nor the state know a list of that name. Fills *o (hl_ops_hand_close, also after a fault). */
enum hl_code hl_ops_hand_open(const struct hl_ops_ctx *ctx, const char *list, struct hl_ops_hand *o, struct hl_err *err);
void hl_ops_hand_close(struct hl_ops_hand *o);
/* The entries of the active version that list this very plate: their positions into at (at most max), and how many were put there. */
size_t hl_ops_hand_plates(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct hl_pattern *p, uint32_t *at, size_t max);
/* The entry of this id in the active version. */
bool hl_ops_hand_listed(const struct hl_ops_hand *o, const char *id, struct hl_entry *e);
/* Who did it, when and why, as members of the open object: key "added" gives {"by","time","why"}; nothing where nobody did. */
void hl_ops_act_json(struct hl_json *j, const char *key, const struct hl_hand_act *a);

enum hl_code hl_ops_hand_withdraw(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_hand_withdrawn(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);

#endif
