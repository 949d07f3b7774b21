/* ops_alert.c: `alert`: looking at alerts, acknowledging and rejecting them. */
#include "engine/ops_priv.h"
#include "engine/ops_table.h"
#include "base/text.h"
#include "engine/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const roles[] = { "officer", "supervisor", NULL };
static const char *const reasons[] = { "misread", "other_vehicle", "other", NULL };

enum hl_code hl_ops_load_alert(struct hl_ops_ctx *ctx, const char *id, struct hl_alert *a, char **body, struct hl_err *err)
{
	struct hl_alert_row row;
	enum hl_code rc = ctx->store->ops->alert_get(ctx->store, id, &row, err);
	if (rc)
		return rc;
	rc = hl_alert_parse(a, row.body, row.body_n, err);
	if (rc || !body)
		free(row.body);
	else
		*body = row.body;
	return rc;
}

static enum hl_code check_state(const char *state, struct hl_err *err)
{
	const char *names[HL_ALERT_STATES + 1];
	for (int i = 0; i < HL_ALERT_STATES; i++)
		names[i] = hl_alert_state_name((enum hl_alert_state)i);
	names[HL_ALERT_STATES] = NULL;
	return hl_ops_word("--state", state, names, err);
}

static enum hl_code alert_ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_alert_filter f = { .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	const char *since = NULL, *limit = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--state", .value = &f.state }, { .name = "--list", .value = &f.list },
					   { .name = "--camera", .value = &f.camera }, { .name = "--since", .value = &since },
					   { .name = "--limit", .value = &limit },     { 0 } };
	struct hl_alert_row *rows;
	size_t n;
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc)
		rc = check_state(f.state, err);
	if (!rc)
		rc = hl_ops_since("--since", since, ctx->now_ms, &f.since_ms, err);
	if (!rc)
		rc = hl_ops_count("--limit", limit, HL_LIST_MAX, &f.limit, err);
	if (!rc)
		rc = ctx->store->ops->alert_list(ctx->store, &f, &rows, &n, err);
	if (rc)
		return rc;
	if (json)
		hl_ops_alerts_json(rows, n, out);
	else
		rc = hl_ops_alerts_text(ctx, rows, n, out, err);
	hl_alert_rows_free(rows, n);
	return rc;
}

/* What `show` and `explain` share: one id, one alert. */
static enum hl_code one_alert(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_alert **a, char **body, struct hl_err *err)
{
	const char *id;
	*a = NULL;
	enum hl_code rc = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "ID", &id, 1, 1, err);
	if (rc)
		return rc;
	*a = hl_calloc(1, sizeof **a);
	rc = hl_ops_load_alert(ctx, id, *a, body, err);
	if (rc) {
		free(*a);
		*a = NULL;
	}
	return rc;
}

/* The alert as it is stored, and who was told. */
static enum hl_code show_json(const struct hl_ops_ctx *ctx, const char *id, const char *body, struct hl_buf *out, struct hl_err *err)
{
	const char *end = strrchr(body, '}');
	struct hl_json j;
	hl_buf_printf(out, "%.*s,\"deliveries\":", end ? (int)(end - body) : 0, body);
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	enum hl_code rc = hl_ops_told(ctx, id, &j, NULL, err);
	hl_json_close(&j);
	hl_buf_puts(out, "}\n");
	return rc;
}

static enum hl_code alert_show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_alert *a;
	char *body = NULL;
	enum hl_code rc = one_alert(ctx, argc, argv, &a, &body, err);
	if (rc)
		return rc;
	if (!json) {
		hl_ops_alert_text(ctx, a, out);
		rc = hl_ops_told(ctx, a->id, NULL, out, err);
	} else {
		rc = show_json(ctx, a->id, body, out, err);
	}
	free(body);
	free(a);
	return rc;
}

static enum hl_code alert_explain(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_alert *a;
	enum hl_code rc = one_alert(ctx, argc, argv, &a, NULL, err);
	if (rc)
		return rc;
	(json ? hl_ops_explain_json : hl_ops_explain)(ctx, a, out);
	free(a);
	return HL_OK;
}

/* Writes the changed alert, with what goes with it. */
static enum hl_code store_alert(struct hl_ops_ctx *ctx, struct hl_alert *a, struct hl_change *c, struct hl_err *err)
{
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_follow follow = { 0 };
	enum hl_code rc = hl_record_body(a, &body, err);
	if (!rc)
		rc = hl_follow_moved(&follow, ctx->store, ctx->catalog, a, ctx->now_ms, err);
	hl_follow_into(&follow, a->id, c);
	c->alert = a;
	c->same_entry = true;
	c->alert_body = hl_buf_text(&body);
	c->alert_body_n = body.len;
	c->now_ms = ctx->now_ms;
	if (!rc)
		rc = ctx->store->ops->apply(ctx->store, c, err);
	hl_follow_wipe(&follow);
	hl_buf_fini(&body);
	return rc;
}

static enum hl_code check_name(const char *by, struct hl_err *err)
{
	bool plain = by && *by && strlen(by) < HL_TEXT_SHORT && hl_text_utf8(by, strlen(by));
	for (const char *c = by; plain && *c; c++)
		plain = (unsigned char)*c >= 0x20 && *c != 0x7f;
	if (plain)
		return HL_OK;
	return hl_err_set(err, HL_E_USAGE, "--by: a name of 1 to %d bytes is expected, UTF-8 without control characters", HL_TEXT_SHORT - 1);
}

static void answer_alert(const struct hl_alert *a, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_alert_write(a, &j, NULL);
	hl_buf_putc(out, '\n');
}

/* An acknowledgement that nothing followed within ack_for holds nobody else off. */
static void lapse(const struct hl_ops_ctx *ctx, struct hl_alert *a)
{
	const struct hl_rules *rules = ctx->catalog ? ctx->catalog->rules : NULL;
	if (rules && a->state == HL_ST_ACKNOWLEDGED && a->acknowledged_ms != HL_NO_TIME && ctx->now_ms - a->acknowledged_ms >= rules->ack_ms)
		a->state = HL_ST_NEW;
}

static enum hl_code alert_ack(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *id, *by = ctx->who;
	const struct hl_ops_opt opts[] = { { .name = "--by", .value = &by }, { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &id, 1, 1, err);
	if (!rc)
		rc = check_name(by, err);
	if (rc)
		return rc;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	struct hl_change c = { 0 };
	rc = hl_ops_load_alert(ctx, id, a, NULL, err);
	if (!rc)
		lapse(ctx, a);
	if (!rc)
		rc = hl_alert_transit(a, HL_T_ACK, &(struct hl_act){ .by = by, .now_ms = ctx->now_ms }, err);
	if (!rc)
		rc = store_alert(ctx, a, &c, err);
	if (!rc && json)
		answer_alert(a, out);
	else if (!rc)
		hl_buf_printf(out, "alert %s acknowledged by %s\n", a->id, a->acknowledged_by);
	free(a);
	return rc;
}

/* ---- reject ---- */

struct reject {
	const char *id, *reason, *plate, *by, *role;
	char seen[HL_PLATE_MAX + 1];
	struct hl_peek_key key;
	struct hl_cleared cleared;
};

static bool clears(const struct reject *r)
{
	return !strcmp(r->reason, "misread") || !strcmp(r->reason, "other_vehicle");
}

static enum hl_code read_reject(struct reject *r, int argc, const char *const *argv, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &r->reason }, { .name = "--plate", .value = &r->plate },
					   { .name = "--by", .value = &r->by },		{ .name = "--role", .value = &r->role }, { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &r->id, 1, 1, err);
	if (!rc && !r->reason)
		rc = hl_err_set(err, HL_E_USAGE, "--reason is missing: misread, other_vehicle or other");
	if (!rc)
		rc = hl_ops_word("--reason", r->reason, reasons, err);
	if (!rc)
		rc = hl_ops_word("--role", r->role, roles, err);
	if (!rc)
		rc = check_name(r->by, err);
	if (!rc && clears(r) && !r->plate)
		rc = hl_err_set(err, HL_E_USAGE, "--plate is missing: %s needs the plate that was really seen", r->reason);
	if (rc || !r->plate)
		return rc;
	struct hl_plate p;
	struct hl_err why;
	if (hl_plate_parse(&p, r->plate, strlen(r->plate), &why))
		return hl_err_set(err, HL_E_USAGE, "--plate '%.40s': %s", r->plate, why.text);
	hl_plate_text(&p, r->seen);
	return HL_OK;
}

/* What spoke for the pair when it was rejected: only new evidence breaks through later. */
static void remember_evidence(const struct hl_alert *a, struct hl_cleared *c)
{
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	struct hl_entry e = { .about_plate = !strcmp(a->entry[HL_F_ABOUT], "plate") };
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		e.f[i] = a->entry[i];
	hl_vehicle_compare(&e, &a->read, evidence);
	c->agreed_state = evidence[HL_C_STATE] == HL_EV_AGREES;
	c->agreed_vehicle = hl_record_vehicle_agrees(evidence);
}

static void make_cleared(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct reject *r)
{
	const struct hl_rules *rules = ctx->catalog ? ctx->catalog->rules : NULL;
	bool supervisor = r->role && !strcmp(r->role, "supervisor");
	int64_t for_ms = supervisor ? INT64_C(30) * 86400000 : INT64_C(86400000); /* the rules' own defaults, where none are loaded */
	if (rules)
		for_ms = supervisor ? rules->cleared_supervisor_ms : rules->cleared_officer_ms;
	r->key = (struct hl_peek_key){ .entry = a->entry_id, .revision = a->entry_revision, .agency = a->entry[HL_F_AGENCY], .plate_read = a->plate_read,
				       .region = a->read.region };
	r->cleared = (struct hl_cleared){ .exists = true, .at_ms = ctx->now_ms, .until_ms = ctx->now_ms + for_ms };
	hl_copy(r->cleared.by, sizeof r->cleared.by, r->by);
	hl_cleared_id(r->key.agency, r->key.plate_read, r->key.region, r->key.entry, r->key.revision, r->cleared.id);
	hl_copy(r->cleared.role, sizeof r->cleared.role, supervisor ? "supervisor" : "officer");
	hl_copy(r->cleared.reason, sizeof r->cleared.reason, r->reason);
	hl_copy(r->cleared.alert, sizeof r->cleared.alert, a->id);
	hl_copy(r->cleared.list, sizeof r->cleared.list, a->list);
	hl_copy(r->cleared.plate_listed, sizeof r->cleared.plate_listed, a->plate_listed);
	remember_evidence(a, &r->cleared);
}

static enum hl_code count_pending(struct hl_ops_ctx *ctx, const char *alert, size_t *n, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	struct hl_outbox_filter f = { .alert = alert, .state = "pending", .limit = HL_LIST_MAX };
	enum hl_code rc = ctx->store->ops->outbox_list(ctx->store, &f, &d, n, err);
	hl_deliveries_free(d, rc ? 0 : *n);
	return rc;
}

static void answer_reject(const struct hl_ops_ctx *ctx, const struct hl_alert *a, const struct reject *r, size_t cancelled, struct hl_buf *out)
{
	char until[48];
	hl_buf_printf(out, "alert %s rejected as %s by %s\n", a->id, a->closed_reason, a->closed_by);
	hl_buf_printf(out, "%zu pending deliver%s cancelled\n", cancelled, cancelled == 1 ? "y" : "ies");
	if (!clears(r))
		return;
	hl_ops_full_time(ctx, r->cleared.until_ms, until);
	hl_buf_printf(out, "plate %s as read against listed %s is cleared until %s,%s\n", a->plate_read, a->plate_listed, until,
		      a->kind == HL_KIND_EXACT ? " marked but never silenced, since it is exact" : " or until the entry changes");
}

static enum hl_code reject_loaded(struct hl_ops_ctx *ctx, struct reject *r, struct hl_alert *a, bool json, struct hl_buf *out, struct hl_err *err)
{
	size_t pending = 0;
	struct hl_change c = { .cancel_alert = a->id };
	const struct hl_act act = { .by = r->by, .now_ms = ctx->now_ms, .reason = r->reason, .plate_seen = r->seen };
	enum hl_code rc = hl_alert_transit(a, HL_T_REJECT, &act, err);
	if (!rc && !strcmp(r->reason, "misread") && !strcmp(r->seen, a->plate_listed))
		rc = hl_err_set(err, HL_E_USAGE, "%s is the listed plate: if it was seen, it was no misread", r->seen);
	if (!rc)
		rc = count_pending(ctx, a->id, &pending, err);
	if (rc)
		return rc;
	if (clears(r)) {
		make_cleared(ctx, a, r);
		c.key = &r->key;
		c.cleared = &r->cleared;
	}
	rc = store_alert(ctx, a, &c, err);
	if (!rc && json)
		answer_alert(a, out);
	else if (!rc)
		answer_reject(ctx, a, r, pending, out);
	return rc;
}

static enum hl_code alert_reject(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct reject r = { .by = ctx->who };
	enum hl_code rc = read_reject(&r, argc, argv, err);
	if (rc)
		return rc;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	rc = hl_ops_load_alert(ctx, r.id, a, NULL, err);
	if (!rc)
		rc = reject_loaded(ctx, &r, a, json, out, err);
	free(a);
	return rc;
}

const struct hl_op_row hl_ops_alert[] = {
	{ .family = "alert", .verb = "ls", .access = HL_OPS_READ, .own_state = true, .usage = "alert ls [--state S] [--list L] [--camera C] [--since 2h] [--limit N]",
	  .help = "alerts, the newest first, with the differing symbols marked", .run = alert_ls },
	{ .family = "alert", .verb = "show", .access = HL_OPS_READ, .usage = "alert show ID", .help = "one alert, all of it", .run = alert_show },
	{ .family = "alert", .verb = "explain", .access = HL_OPS_READ, .usage = "alert explain ID",
	  .help = "why it was raised: what differs, how likely it is, which thresholds it met", .run = alert_explain },
	{ .family = "alert", .verb = "ack", .access = HL_OPS_WRITE, .usage = "alert ack ID [--by NAME]", .help = "takes an alert on", .run = alert_ack },
	{ .family = "alert", .verb = "reject", .access = HL_OPS_WRITE,
	  .usage = "alert reject ID --reason misread|other_vehicle|other [--plate SEEN] [--by NAME] [--role officer|supervisor]",
	  .help = "says that it is wrong: cancels what is not delivered yet, clears the pair for a time", .run = alert_reject },
	{ 0 },
};
