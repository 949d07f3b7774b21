/* ops_alert.c: `alert`: looking at alerts. What people do to them: ops_life.c. */
#include "engine/ops_priv.h"
#include "engine/ops_table.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum hl_code hl_ops_load_alert(const struct hl_ops_ctx *ctx, const char *id, struct hl_alert *a, char **body, struct hl_err *err)
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

/* Leaves out what is covert, and has the others as they may be shown; at most limit of them. */
static enum hl_code veil_rows(const struct hl_looker *l, struct hl_alert_row *rows, size_t *n, size_t limit, struct hl_err *err)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	enum hl_code rc = HL_OK;
	size_t kept = 0, i = 0;
	for (; !rc && i < *n; i++) {
		rc = hl_alert_parse(a, rows[i].body, rows[i].body_n, err);
		if (rc || hl_ops_hidden_alert(l, a) || kept == limit) {
			free(rows[i].body);
			continue;
		}
		rows[kept] = rows[i];
		if (a->life.n_also || a->life.inhibited[0]) {
			struct hl_buf body = HL_BUF(HL_BODY_MAX);
			hl_ops_veil(l, a);
			rc = hl_record_body(a, &body, err);
			free(rows[kept].body);
			rows[kept].body_n = body.len;
			rows[kept].body = hl_buf_steal(&body);
		}
		kept++;
	}
	for (; i < *n; i++)
		free(rows[i].body);
	*n = kept;
	free(a);
	return rc;
}

enum { LS_LIMIT = 100 };

/* The rows that the caller may see. Gives *rows. */
static enum hl_code list_for(struct hl_ops_ctx *ctx, struct hl_alert_filter *f, const char *role, struct hl_alert_row **rows, size_t *n, struct hl_err *err)
{
	struct hl_looker l;
	size_t limit = f->limit ? f->limit : LS_LIMIT;
	enum hl_code rc = hl_ops_looker(ctx, role, &l, err);
	f->limit = l.officer ? HL_LIST_MAX : limit;
	if (!rc)
		rc = ctx->store->ops->alert_list(ctx->store, f, rows, n, err);
	if (rc || !l.officer)
		return rc;
	rc = veil_rows(&l, *rows, n, limit, err);
	if (rc)
		hl_alert_rows_free(*rows, *n);
	return rc;
}

static enum hl_code alert_ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_alert_filter f = { .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	const char *since = NULL, *limit = NULL, *role = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--state", .value = &f.state }, { .name = "--list", .value = &f.list },
					   { .name = "--camera", .value = &f.camera }, { .name = "--since", .value = &since },
					   { .name = "--limit", .value = &limit },     { .name = "--role", .value = &role }, { 0 } };
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
		rc = list_for(ctx, &f, role, &rows, &n, err);
	if (rc)
		return rc;
	if (json)
		hl_ops_alerts_json(rows, n, out);
	else
		rc = hl_ops_alerts_text(ctx, rows, n, out, err);
	hl_alert_rows_free(rows, n);
	return rc;
}

/* Its body anew, as an officer may see it. */
static enum hl_code veil_one(const struct hl_looker *l, struct hl_alert *a, char **body, struct hl_err *err)
{
	struct hl_buf fresh = HL_BUF(HL_BODY_MAX);
	if (!l->officer)
		return HL_OK;
	hl_ops_veil(l, a);
	if (!body)
		return HL_OK;
	enum hl_code rc = hl_record_body(a, &fresh, err);
	free(*body);
	*body = hl_buf_steal(&fresh);
	return rc;
}

/* What `show` and `explain` share: one id, one alert. */
static enum hl_code one_alert(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_alert **a, char **body, struct hl_err *err)
{
	const char *id, *role = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--role", .value = &role }, { 0 } };
	*a = NULL;
	struct hl_looker l;
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &id, 1, 1, err);
	if (!rc)
		rc = hl_ops_looker(ctx, role, &l, err);
	if (rc)
		return rc;
	*a = hl_calloc(1, sizeof **a);
	rc = hl_ops_alert_for(&l, id, *a, body, err);
	if (!rc) {
		rc = veil_one(&l, *a, body, err);
		if (rc && body)
			free(*body);
	}
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

const struct hl_op_row hl_ops_alert[] = {
	{ .family = "alert", .verb = "ls", .access = HL_OPS_READ, .own_state = true, .usage = "alert ls [--state S] [--list L] [--camera C] [--since 2h] [--limit N] [--role ROLE]",
	  .help = "alerts, the newest first, with the differing symbols marked", .run = alert_ls },
	{ .family = "alert", .verb = "show", .access = HL_OPS_READ, .usage = "alert show ID [--role ROLE]", .help = "one alert, all of it", .run = alert_show },
	{ .family = "alert", .verb = "explain", .access = HL_OPS_READ, .usage = "alert explain ID [--role ROLE]",
	  .help = "why it was raised: what differs, how likely it is, which thresholds it met", .run = alert_explain },
	{ 0 },
};
