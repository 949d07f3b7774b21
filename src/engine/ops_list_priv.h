/* ops_list_priv.h: what the files of `list` share. Private to them. */
#ifndef HL_ENGINE_OPS_LIST_PRIV_H
#define HL_ENGINE_OPS_LIST_PRIV_H

#include "engine/ops_priv.h"
#include "store/hand.h"

enum { HL_OPS_DIRS = 32 };
/* The settings' layout folders, NULL-ended; borrowed from them. */
struct hl_ops_dirs {
	const char *v[HL_OPS_DIRS + 1];
};
void hl_ops_layout_dirs(const struct hl_ops_ctx *ctx, struct hl_ops_dirs *d);
/* A version's own members into the open object. */
void hl_ops_version_json(const struct hl_version *v, struct hl_json *j);
/* list versions, list show, list export: see the table in ops_list.c. */
enum hl_code hl_ops_list_versions(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_export(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
/* ops_list_life.c. */
enum hl_code hl_ops_list_activate(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_approve(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_rollback(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_list_gc(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
/* Activates in the caller's name, once the approvals are there. */
enum hl_code hl_ops_activate(struct hl_ops_ctx *ctx, const char *list, const char *ref, const char *why, struct hl_activation *a, struct hl_err *err);
/* After an activation: ends the withdrawals by hand that the version (any ref) overtakes, and tells of each in a line; see hl_hand_settle. */
enum hl_code hl_ops_settle(struct hl_ops_ctx *ctx, const char *list, const char *version, struct hl_buf *told, struct hl_err *err);
/* ops_list_cost.c: the options are put in by the caller; what is asked of engine/cost comes out. HL_E_CONFIG: the caller's own rules have faults, told in out
 * (NULL: nothing is given but reads, and so nothing is told).
 * HL_E_NOTFOUND: no such channel. */
struct hl_ops_cost {
	const char *rules, *channel; /* --rules, --channel; NULL: not given */
	size_t reads;                /* --reads-per-day; 0: not given */
	struct hl_rules *own;
	struct hl_cost_ask ask;
};
enum hl_code hl_ops_cost_begin(struct hl_ops_ctx *ctx, struct hl_ops_cost *c, struct hl_buf *out, struct hl_err *err);
void hl_ops_cost_end(struct hl_ops_cost *c); /* also after a fault */
/* ops_list_diff.c. */
enum hl_code hl_ops_list_diff(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);

/* ops_list_layouts.c. */
enum hl_code hl_ops_list_layouts(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
/* `list lint NAME FILE --layout auto`: words are those two. Looks at the first lines of ctx's file; HL_E_INPUT where no layout takes any. */
enum hl_code hl_ops_list_guess(struct hl_ops_ctx *ctx, const char *const *words, bool json, struct hl_buf *out, struct hl_err *err);

/* A version's snapshot: the catalog's where it has that very version, as checking a large one whole takes a second or two. */
struct hl_ops_version {
	struct hl_version v;
	const struct hl_snapshot *s;
	struct hl_snapshot *own;
	struct hl_hand *hand; /* where it is the layer by hand */
};
/* The version named; "hand" is the list's layer by hand, as hl_hand_version has it; none named: the active one, else the newest, else the layer. Fills *o
 * (hl_ops_version_close, not after a fault). */
enum hl_code hl_ops_version_open(const struct hl_ops_ctx *ctx, const char *list, const char *ref, struct hl_ops_version *o, struct hl_err *err);
void hl_ops_version_close(struct hl_ops_version *o);

/* What the layer says of an entry of a version, or (by_hand) of its own: members of the open object, or, where j is NULL, a line. Nothing where it says nothing. */
void hl_ops_hand_note(const struct hl_ops_ctx *ctx, const struct hl_hand *h, bool by_hand, const struct hl_entry *e, struct hl_json *j, struct hl_buf *out);
/* Lines about the layer and what waits in it, for a version's description; nothing where there is nothing in it. */
void hl_ops_hand_line(const struct hl_ops_ctx *ctx, const struct hl_hand *h, struct hl_buf *out);

#endif
