/* ops_outbox.c: `outbox`: what has been, will be or could not be delivered, and trying again. */
#include "engine/ops_priv.h"
#include "engine/delivery_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LS_LIMIT = 100 };

static const char *const states[] = { "pending", "delivered", "dead", "cancelled", NULL };

static void write_delivery(const struct hl_delivery *d, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "id", d->id);
	hl_json_str(j, "event", d->event);
	hl_json_str(j, "alert", d->alert[0] ? d->alert : NULL);
	hl_json_str(j, "type", hl_event_name(d->type));
	hl_json_str(j, "receiver", d->receiver);
	hl_json_str(j, "channel", d->channel);
	hl_json_str(j, "address", d->address);
	hl_json_str(j, "state", hl_delivery_state_name(d->state));
	hl_json_int(j, "attempts", d->attempts);
	hl_json_time(j, "created", d->created_ms);
	hl_json_time(j, "due", d->state == HL_DL_PENDING && d->due_ms < HL_NEVER_MS ? d->due_ms : HL_NO_TIME);
	hl_json_time(j, "deadline", d->deadline_ms);
	hl_json_time(j, "done", d->done_ms);
	hl_json_str(j, "result", d->result);
	if (d->held[0])
		hl_json_bool(j, "held", true);
	hl_json_opt(j, "digest", d->carrier);
	hl_report_json(d, j);
	hl_json_int(j, "bytes", (int64_t)d->body_n);
	hl_json_close(j);
}

/* What the gateway reported, unless the result says it already. */
static void text_report(const struct hl_ops_ctx *ctx, const struct hl_delivery *d, struct hl_buf *out)
{
	char when[32], text[HL_TEXT_LONG + 64];
	if (d->report == HL_REPORT_NONE)
		return;
	hl_ops_time(ctx, d->report_ms, when);
	bool said = !strcmp(d->result, d->report_text);
	snprintf(text, sizeof text, "reported %s, %s%s%s", hl_report_name(d->report), when, said ? "" : ": ", said ? "" : d->report_text);
	hl_ops_wrapped(text, 10, out);
}

/* of: whether the alert is named; in `alert show` it is known. */
static void text_delivery(const struct hl_ops_ctx *ctx, const struct hl_delivery *d, bool of, struct hl_buf *out)
{
	char when[32];
	const char *said = d->state != HL_DL_PENDING ? d->result : d->held[0] ? "held for a digest" : d->carrier[0] ? "in a digest that is under way" : d->result;
	if (d->state == HL_DL_PENDING && d->due_ms == HL_NEVER_MS)
		hl_copy(when, sizeof when, "-");
	else
		hl_ops_time(ctx, d->state == HL_DL_PENDING ? d->due_ms : d->done_ms, when);
	hl_buf_printf(out, "%.8s  %-9s %-12.12s %-7s %5lld %-14s %s\n", d->id, hl_delivery_state_name(d->state), d->receiver, d->channel,
		      (long long)d->attempts, when, hl_event_name(d->type));
	char text[HL_ADDRESS_MAX + HL_TEXT_LONG + 32];
	of = of && d->alert[0];
	snprintf(text, sizeof text, "%s%.8s%s%s%s%s", of ? "alert " : "", of ? d->alert : "", of ? " to " : "", d->address, d->address[0] && said[0] ? ": " : "", said);
	hl_ops_wrapped(text, 10, out);
	text_report(ctx, d, out);
}

/* Deliveries of an alert for `alert show`; in the order in which they were made. */
enum hl_code hl_ops_told(const struct hl_ops_ctx *ctx, const char *alert, struct hl_json *j, struct hl_buf *out, struct hl_err *err)
{
	struct hl_delivery *d;
	size_t n;
	enum hl_code rc = ctx->store->ops->outbox_list(ctx->store, &(struct hl_outbox_filter){ .alert = alert, .limit = HL_LIST_MAX }, &d, &n, err);
	if (rc)
		return rc;
	if (!j && n)
		hl_buf_puts(out, "\ndeliveries\n");
	for (size_t i = n; i-- > 0;) {
		if (j)
			write_delivery(&d[i], j);
		else
			text_delivery(ctx, &d[i], false, out);
	}
	hl_deliveries_free(d, n);
	return HL_OK;
}

static void text_outbox(const struct hl_ops_ctx *ctx, const struct hl_delivery *d, size_t n, struct hl_buf *out)
{
	char zone[16], when[32];
	if (!n) {
		hl_buf_puts(out, "no deliveries\n");
		return;
	}
	hl_ops_zone(ctx, zone, sizeof zone);
	snprintf(when, sizeof when, "WHEN (%.7s)", zone);
	hl_buf_printf(out, "%-8s  %-9s %-12s %-7s %5s %-14s %s\n", "ID", "STATE", "RECEIVER", "CHANNEL", "TRIES", when, "EVENT");
	for (size_t i = 0; i < n; i++)
		text_delivery(ctx, &d[i], true, out);
	hl_buf_printf(out, "%zu deliver%s\n", n, n == 1 ? "y" : "ies");
}

/* Up to max of the newest, without those that the looker may not know of; *some: how many there were with them. Gives *d. */
static enum hl_code newest(const struct hl_looker *l, struct hl_outbox_filter *f, size_t max, struct hl_delivery **d, size_t *n, size_t *some, struct hl_err *err)
{
	f->limit = max;
	enum hl_code rc = l->ctx->store->ops->outbox_list(l->ctx->store, f, d, n, err);
	*some = rc ? 0 : *n;
	if (rc)
		return rc;
	rc = hl_ops_veil_deliveries(l, *d, n, err);
	if (rc)
		hl_deliveries_free(*d, *n);
	return rc;
}

/* As many as were asked for, where there are so many behind those that are left out. Gives *d. */
static enum hl_code list_for(const struct hl_looker *l, struct hl_outbox_filter *f, struct hl_delivery **d, size_t *n, struct hl_err *err)
{
	size_t limit = f->limit ? f->limit : LS_LIMIT, some;
	enum hl_code rc = newest(l, f, limit, d, n, &some, err);
	if (rc || some < limit || *n == limit)
		return rc;
	hl_deliveries_free(*d, *n);
	rc = newest(l, f, HL_LIST_MAX, d, n, &some, err);
	while (!rc && *n > limit)
		hl_delivery_wipe(&(*d)[--*n]);
	return rc;
}

static enum hl_code outbox_ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_outbox_filter f = { 0 };
	const char *limit = NULL, *since = NULL, *before = NULL, *role = NULL;
	char room[HL_ID_TEXT];
	struct hl_looker l;
	const struct hl_ops_opt opts[] = { { .name = "--receiver", .value = &f.receiver }, { .name = "--state", .value = &f.state },
					   { .name = "--alert", .value = &f.alert },	   { .name = "--limit", .value = &limit },
					   { .name = "--since", .value = &since },	   { .name = "--before", .value = &before },
					   { .name = "--role", .value = &role },	   { 0 } };
	struct hl_delivery *d;
	size_t n;
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc)
		rc = hl_ops_word("--state", f.state, states, err);
	if (!rc)
		rc = hl_ops_count("--limit", limit, HL_LIST_MAX, &f.limit, err);
	if (!rc)
		rc = hl_ops_since("--since", since, ctx->now_ms, &f.since_ms, err);
	if (!rc)
		rc = hl_ops_since("--before", before, ctx->now_ms, &f.before_ms, err);
	if (!rc)
		rc = hl_ops_looker(ctx, role, &l, err);
	if (!rc)
		rc = hl_ops_whole_alert(&l, &f.alert, room, err);
	if (!rc)
		rc = list_for(&l, &f, &d, &n, err);
	if (rc)
		return rc;
	if (json) {
		struct hl_json j;
		hl_json_init(&j, out);
		hl_json_open(&j, '[');
		for (size_t i = 0; i < n; i++)
			write_delivery(&d[i], &j);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else {
		text_outbox(ctx, d, n, out);
	}
	hl_deliveries_free(d, n);
	return HL_OK;
}

const struct hl_op_row hl_ops_outbox[] = {
	{ .family = "outbox", .verb = "ls", .access = HL_OPS_READ, .own_state = true, .usage = "outbox ls [--receiver R] [--state S] [--alert ID] [--since 2h] [--before 1h] [--limit N] [--role ROLE]",
	  .help = "deliveries, the newest first: pending, delivered, dead or cancelled", .run = outbox_ls },
	{ .family = "outbox", .verb = "retry", .access = HL_OPS_WRITE, .usage = "outbox retry [ID…] [--receiver R] [--alert ID] [--since 2d] [--before 1h] [--role ROLE]",
	  .help = "tries dead and waiting deliveries again at once; without a choice all that are dead", .run = hl_ops_outbox_retry },
	{ .family = "outbox", .verb = "drop", .access = HL_OPS_WRITE,
	  .usage = "outbox drop [ID…] [--receiver R] [--alert ID] [--since 2d] [--before 1h] [--role ROLE] --reason TEXT",
	  .help = "gives up dead and waiting deliveries for good", .run = hl_ops_outbox_drop },
	{ 0 },
};
