/* ops_outbox_change.c: `outbox retry` and `outbox drop`: deliveries chosen by id, receiver, alert or time, tried again or given up by a person. */
#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 50 };

/* What is meant. */
struct choice {
	struct hl_outbox_filter f;
	const char *id[IDS_MAX + 1]; /* as given: whole or a beginning; the last may be that of --id */
	char whole[IDS_MAX + 1][HL_ID_TEXT];
	size_t n;
	char alert[HL_ID_TEXT];
	const char *since, *before, *reason, *role;
	struct hl_looker looker;
};

/* One delivery by its id or the beginning of one: it must be there, be one, and be something to change. */
static enum hl_code check_one(const struct hl_looker *l, const char *id, char whole[HL_ID_TEXT], struct hl_err *err)
{
	struct hl_delivery *d;
	size_t n;
	if (strlen(id) < 4)
		return hl_err_set(err, HL_E_USAGE, "'%s' is too short for an id: give at least 4 characters of it", id);
	struct hl_store *s = l->ctx->store;
	enum hl_code rc = s->ops->outbox_list(s, &(struct hl_outbox_filter){ .id = id, .limit = 2 }, &d, &n, err);
	if (!rc) {
		rc = hl_ops_veil_deliveries(l, d, &n, err);
		if (rc)
			hl_deliveries_free(d, n);
	}
	if (rc)
		return rc;
	if (!n)
		rc = hl_err_set(err, HL_E_NOTFOUND, "no delivery %s", id);
	else if (n > 1)
		rc = hl_err_set(err, HL_E_USAGE, "'%s' is the beginning of several deliveries, %s and %s among them: give more of it", id, d[0].id, d[1].id);
	else if (d[0].state == HL_DL_DELIVERED || d[0].state == HL_DL_CANCELLED)
		rc = hl_err_set(err, HL_E_CONFLICT, "delivery %s is %s: there is nothing to try again or to drop", d[0].id, hl_delivery_state_name(d[0].state));
	else
		hl_copy(whole, HL_ID_TEXT, d[0].id);
	hl_deliveries_free(d, n);
	return rc;
}

static enum hl_code read_time(const char *option, const char *text, int64_t now_ms, int64_t *ms, struct hl_err *err)
{
	int64_t t = 0;
	enum hl_code rc = hl_ops_since(option, text, now_ms, &t, err);
	if (!rc && text)
		*ms = t;
	return rc;
}

static enum hl_code read_choice(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct choice *c, bool reason, struct hl_err *err)
{
	const char *id = NULL;
	const struct hl_ops_opt opts[] = {
		{ .name = "--id", .value = &id },	   { .name = "--receiver", .value = &c->f.receiver }, { .name = "--alert", .value = &c->f.alert },
		{ .name = "--since", .value = &c->since }, { .name = "--before", .value = &c->before },
		{ .name = "--role", .value = &c->role },
		{ .name = reason ? "--reason" : NULL, .value = &c->reason }, { 0 },
	};
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", c->id, 0, IDS_MAX, err);
	while (c->n < IDS_MAX && c->id[c->n])
		c->n++;
	if (id)
		c->id[c->n++] = id;
	if (!rc)
		rc = read_time("--since", c->since, ctx->now_ms, &c->f.since_ms, err);
	if (!rc)
		rc = read_time("--before", c->before, ctx->now_ms, &c->f.before_ms, err);
	if (!rc && c->n && (c->f.receiver || c->f.alert || c->since || c->before))
		rc = hl_err_set(err, HL_E_USAGE, "ids say what is meant by themselves; expected no --receiver, --alert, --since or --before beside them");
	if (!rc)
		rc = hl_ops_looker(ctx, c->role, &c->looker, err);
	if (!rc)
		rc = hl_ops_whole_alert(&c->looker, &c->f.alert, c->alert, err);
	for (size_t i = 0; !rc && i < c->n; i++)
		rc = check_one(&c->looker, c->id[i], c->whole[i], err);
	return rc;
}

static bool chosen(const struct choice *c)
{
	return c->n || c->f.receiver || c->f.alert || c->since || c->before;
}

/* What is done to those that a filter names. */
struct deed {
	bool drop;
	int64_t deadline_ms;
	const char *result;
};

static enum hl_code do_some(struct hl_ops_ctx *ctx, const struct deed *deed, const struct hl_outbox_filter *f, size_t *n, struct hl_err *err)
{
	size_t some = 0;
	const struct hl_store_ops *ops = ctx->store->ops;
	enum hl_code rc = deed->drop ? ops->drop(ctx->store, f, ctx->now_ms, deed->result, &some, err)
				     : ops->retry(ctx->store, f, ctx->now_ms, deed->deadline_ms, &some, err);
	*n += some;
	return rc;
}

/* Of those that a filter names the ones that the caller may know of, one by one. */
static enum hl_code do_listed(struct hl_ops_ctx *ctx, const struct deed *deed, const struct choice *c, const char *state, size_t *n, struct hl_err *err)
{
	struct hl_outbox_filter f = c->f;
	struct hl_delivery *d;
	size_t all;
	f.state = state;
	f.limit = HL_LIST_MAX;
	enum hl_code rc = ctx->store->ops->outbox_list(ctx->store, &f, &d, &all, err);
	if (rc)
		return rc;
	rc = hl_ops_veil_deliveries(&c->looker, d, &all, err);
	for (size_t i = 0; !rc && i < all; i++)
		rc = do_some(ctx, deed, &(struct hl_outbox_filter){ .id = d[i].id }, n, err);
	hl_deliveries_free(d, all);
	return rc;
}

/* Nobody gives up what he does not know of. To try again harms nothing, and is not left to whoever knows of it: all is tried, and what may be seen is counted. */
static enum hl_code do_seen(struct hl_ops_ctx *ctx, const struct deed *deed, const struct choice *c, size_t *n, struct hl_err *err)
{
	size_t unseen = 0;
	enum hl_code rc = c->f.state ? HL_OK : do_listed(ctx, deed, c, "pending", n, err);
	if (!rc)
		rc = do_listed(ctx, deed, c, "dead", n, err);
	return rc || deed->drop ? rc : do_some(ctx, deed, &c->f, &unseen, err);
}

static enum hl_code do_all(struct hl_ops_ctx *ctx, const struct deed *deed, const struct choice *c, size_t *n, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	*n = 0;
	if (!c->n && hl_ops_veils(&c->looker))
		return do_seen(ctx, deed, c, n, err);
	if (!c->n)
		return do_some(ctx, deed, &c->f, n, err);
	for (size_t i = 0; !rc && i < c->n; i++)
		rc = do_some(ctx, deed, &(struct hl_outbox_filter){ .id = c->whole[i] }, n, err);
	return rc;
}

enum hl_code hl_ops_outbox_retry(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct choice *c = hl_calloc(1, sizeof *c);
	size_t n = 0;
	enum hl_code rc = read_choice(ctx, argc, argv, c, false, err);
	/* Without a choice only what was given up: what waits will be tried anyway. */
	if (!chosen(c))
		c->f.state = "dead";
	const struct hl_settings *s = hl_ops_settings(ctx);
	int64_t again_ms = s && s->engine.outbox_deadline_ms ? s->engine.outbox_deadline_ms : INT64_C(86400000);
	if (!rc)
		rc = do_all(ctx, &(struct deed){ .deadline_ms = ctx->now_ms + again_ms }, c, &n, err);
	free(c);
	if (rc)
		return rc;
	ctx->outbox_reopened = n > 0;
	if (json)
		hl_buf_printf(out, "{\"retried\":%zu}\n", n);
	else
		hl_buf_printf(out, "%zu deliver%s will be tried again now\n", n, n == 1 ? "y" : "ies");
	return HL_OK;
}

enum hl_code hl_ops_outbox_drop(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct choice *c = hl_calloc(1, sizeof *c);
	char result[HL_TEXT_LONG];
	size_t n = 0;
	enum hl_code rc = read_choice(ctx, argc, argv, c, true, err);
	if (!rc && !chosen(c))
		rc = hl_err_set(err, HL_E_USAGE, "what is to be dropped? expected ids, --receiver, --alert, --since or --before");
	if (!rc && (!c->reason || !*c->reason))
		rc = hl_err_set(err, HL_E_USAGE, "--reason is missing: why nobody is to be told any more");
	snprintf(result, sizeof result, "dropped by %s: %s", ctx->who ? ctx->who : "", c->reason ? c->reason : "");
	if (!rc)
		rc = do_all(ctx, &(struct deed){ .drop = true, .result = result }, c, &n, err);
	free(c);
	if (rc)
		return rc;
	if (json)
		hl_buf_printf(out, "{\"dropped\":%zu}\n", n);
	else
		hl_buf_printf(out, "%zu deliver%s dropped\n", n, n == 1 ? "y" : "ies");
	return HL_OK;
}
