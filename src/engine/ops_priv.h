/* ops_priv.h: the families of operations, and what they share. Private to src/engine/ops*.c. */
#ifndef HL_ENGINE_OPS_PRIV_H
#define HL_ENGINE_OPS_PRIV_H

#include "engine/ops.h"
#include "engine/ops_args.h"
#include "engine/record_priv.h"
#include "base/json_out.h"

extern const struct hl_op_row hl_ops_alert[];
extern const struct hl_op_row hl_ops_audit[];
extern const struct hl_op_row hl_ops_backup[];
extern const struct hl_op_row hl_ops_cleared[];
extern const struct hl_op_row hl_ops_hand[];
extern const struct hl_op_row hl_ops_life[];
extern const struct hl_op_row hl_ops_list[];
extern const struct hl_op_row hl_ops_mute[];
extern const struct hl_op_row hl_ops_outbox[];
extern const struct hl_op_row hl_ops_receiver[];
extern const struct hl_op_row hl_ops_outbox_report[];
extern const struct hl_op_row hl_ops_pulse[];
extern const struct hl_op_row hl_ops_report[];
extern const struct hl_op_row hl_ops_rules[];
extern const struct hl_op_row hl_ops_rules_diff[];
extern const struct hl_op_row hl_ops_status[];

/* The alert of this id or beginning of one, parsed; *body (free()) is its JSON where body is not NULL. */
enum hl_code hl_ops_load_alert(const struct hl_ops_ctx *ctx, const char *id, struct hl_alert *a, char **body, struct hl_err *err);
/* ops_outbox_change.c */
enum hl_code hl_ops_outbox_retry(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_ops_outbox_drop(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
/* Who acts, and as what (doc/life.md, Who asks). All borrowed. */
struct hl_caller {
	const char *by;
	enum hl_role role;
	const char *agency; /* "": none */
};
/* by: --by's name, NULL: the caller's own; role: --role's word, NULL: not given. HL_E_USAGE; HL_E_DENIED where the settings have users, and it is not among them, is
 * another's, or has another role. */
enum hl_code hl_ops_caller(const struct hl_ops_ctx *ctx, const char *by, const char *role, struct hl_caller *c, struct hl_err *err);
/* Who looks: an officer is shown nothing of covert lists. role: --role's word, NULL: not given. HL_E_USAGE, HL_E_DENIED as hl_ops_caller, where a role is given. */
struct hl_looker {
	const struct hl_ops_ctx *ctx; /* borrowed */
	bool officer; /* or agency: shown nothing of covert lists */
};
enum hl_code hl_ops_looker(const struct hl_ops_ctx *ctx, const char *role, struct hl_looker *l, struct hl_err *err);
/* Whether what is of this list, or this alert, is hidden from the looker (struct hl_looker). */
bool hl_ops_hidden(const void *looker, const char *list);
bool hl_ops_hidden_alert(const struct hl_looker *l, const struct hl_alert *a);
/* Whether the settings have users, the caller is an officer among them, and the list is covert: commands on lists do not find it then. Others keep lists. */
bool hl_ops_hidden_list(const struct hl_ops_ctx *ctx, const char *list);
/* The looker that a caller is. */
struct hl_looker hl_ops_looker_of(const struct hl_ops_ctx *ctx, const struct hl_caller *c);
/* An alert as the looker may see it: an officer without the names of entries of lists that are covert now, or were when they joined. */
void hl_ops_veil(const struct hl_looker *looker, struct hl_alert *a);
/* hl_ops_load_alert for somebody: what is hidden from him is not found, in the words for an id that there is not, and an id that is too short for one alert names no others. */
enum hl_code hl_ops_alert_for(const struct hl_looker *l, const char *id, struct hl_alert *a, char **body, struct hl_err *err);
/* The whole id, in room (HL_ID_TEXT bytes), of the alert that *alert names by its beginning; NULL stays. HL_E_NOTFOUND and HL_E_USAGE as hl_ops_alert_for. */
enum hl_code hl_ops_whole_alert(const struct hl_looker *l, const char **alert, char *room, struct hl_err *err);
/* Whether anything may be hidden from the looker: some list is covert. */
bool hl_ops_veils(const struct hl_looker *l);
/* Leaves of *n deliveries those that the looker may know of, in their order; the others are wiped. */
enum hl_code hl_ops_veil_deliveries(const struct hl_looker *l, struct hl_delivery *d, size_t *n, struct hl_err *err);
/* Where the settings have users: HL_E_DENIED where the caller is an agency, and the list is not of that agency by the settings. The row says which other roles may. */
enum hl_code hl_ops_may_keep(const struct hl_ops_ctx *ctx, const char *list, struct hl_err *err);
/* Where the settings have users: HL_E_DENIED unless the caller is a supervisor, or of the agency that owns the entry. */
enum hl_code hl_ops_may_withdraw(const struct hl_ops_ctx *ctx, const char *agency, struct hl_err *err);
/* HL_E_USAGE unless text is 1 to size - 1 bytes of UTF-8 without control characters. */
enum hl_code hl_ops_plain(const char *option, const char *text, size_t size, struct hl_err *err);
/* The settings, from wherever they are; NULL: none. */
const struct hl_settings *hl_ops_settings(const struct hl_ops_ctx *ctx);
/* Where nodes share what is changed (store/fleet.h): the settings' store; NULL: no settings. */
const char *hl_ops_fleet(const struct hl_ops_ctx *ctx);
/* ops_fleet.c: the answer of `status --fleet`. HL_E_USAGE: the store is not shared. */
enum hl_code hl_ops_fleet_status(struct hl_ops_ctx *ctx, bool json, struct hl_buf *out, struct hl_err *err);
/* ops_outbox.c: the deliveries of an alert, the first first: into the open array of j, or, where j is NULL, as lines. */
enum hl_code hl_ops_told(const struct hl_ops_ctx *ctx, const char *alert, struct hl_json *j, struct hl_buf *out, struct hl_err *err);
/* ops_mute.c: the mutes that hold (all: those of the last 30 days): into the open array of j, or, where j is NULL, as lines that begin with `before`. m may be NULL. */
void hl_ops_mutes(const struct hl_ops_ctx *ctx, const struct hl_mutes *m, bool all, struct hl_json *j, const char *before, struct hl_buf *out);
/* ops_explain.c: why an alert is what it is, in words. */
void hl_ops_explain(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out);
/* Its last part: the entry in the version that the alert pins, where that is kept, and what it is now. The second: as object `entry`. */
void hl_ops_explain_entry(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out);
struct hl_json;
void hl_ops_explain_entry_json(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_json *j);
void hl_ops_explain_json(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out);

#endif
