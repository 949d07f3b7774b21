/* ops_standdown.c: `standdown ls`: the alerts that were taken back, why and by whom, and every address that was told so. Reads the store only.
 */
#include "engine/ops_cleared.h"
#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One alert that was taken back, and what of the outbox told so. */
struct taken_back {
	struct hl_alert *alert; /* owned */
	struct hl_delivery *told; /* owned; only stand-downs */
	size_t n;
};

struct taken_list {
	struct hl_looker looker;
	struct taken_back *v;
	size_t n;
};

static void list_free(struct taken_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		hl_deliveries_free(l->v[i].told, l->v[i].n);
		free(l->v[i].alert);
	}
	free(l->v);
}

/* The deliveries that are stand-downs; the others go. */
static enum hl_code who_was_told(struct hl_ops_ctx *ctx, struct taken_back *t, struct hl_err *err)
{
	struct hl_delivery *d;
	size_t n, kept = 0;
	enum hl_code rc = ctx->store->ops->outbox_list(ctx->store, &(struct hl_outbox_filter){ .alert = t->alert->id, .limit = HL_LIST_MAX }, &d, &n, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (d[i].type == HL_EVENT_STANDDOWN)
			d[kept++] = d[i];
		else
			hl_delivery_wipe(&d[i]);
	}
	t->told = d;
	t->n = kept;
	return HL_OK;
}

/* A rejected alert counts where somebody had to be told. */
static enum hl_code add(struct hl_ops_ctx *ctx, struct taken_list *l, const struct hl_alert_row *row, const char *cause, struct hl_err *err)
{
	struct taken_back *t = &l->v[l->n];
	*t = (struct taken_back){ .alert = hl_calloc(1, sizeof *t->alert) };
	enum hl_code rc = hl_alert_parse(t->alert, row->body, row->body_n, err);
	bool wanted = !rc && !hl_ops_hidden_alert(&l->looker, t->alert) && (!cause || !strcmp(t->alert->closed_reason, cause));
	if (wanted)
		rc = who_was_told(ctx, t, err);
	if (!rc && wanted && (t->n || t->alert->state == HL_ST_WITHDRAWN)) {
		l->n++;
		return HL_OK;
	}
	hl_deliveries_free(t->told, t->n);
	free(t->alert);
	return rc;
}

static enum hl_code collect(struct hl_ops_ctx *ctx, struct hl_alert_filter *f, enum hl_alert_state state, const char *cause, struct taken_list *l, struct hl_err *err)
{
	struct hl_alert_row *rows;
	size_t n;
	f->state = hl_alert_state_name(state);
	enum hl_code rc = ctx->store->ops->alert_list(ctx->store, f, &rows, &n, err);
	if (rc)
		return rc;
	l->v = hl_realloc(l->v, l->n + n + 1, sizeof *l->v);
	for (size_t i = 0; !rc && i < n; i++)
		rc = add(ctx, l, &rows[i], cause, err);
	hl_alert_rows_free(rows, n);
	return rc;
}

static int by_end(const void *a, const void *b)
{
	const struct hl_alert *x = ((const struct taken_back *)a)->alert, *y = ((const struct taken_back *)b)->alert;
	int c = (x->closed_ms < y->closed_ms) - (x->closed_ms > y->closed_ms);
	return c ? c : strcmp(x->id, y->id);
}

static void json_one(const struct taken_back *t, struct hl_json *j)
{
	const struct hl_alert *a = t->alert;
	hl_json_open(j, '{');
	hl_json_str(j, "alert", a->id);
	hl_json_str(j, "state", hl_alert_state_name(a->state));
	hl_json_str(j, "cause", a->closed_reason);
	hl_json_time(j, "time", a->closed_ms);
	hl_json_str(j, "by", a->closed_by);
	hl_json_str(j, "list", a->list);
	hl_json_str(j, "plate_read", a->plate_read);
	hl_json_str(j, "plate_listed", a->plate_listed);
	hl_json_str(j, "because", a->standdown[0] ? a->standdown : NULL);
	hl_json_open_key(j, "told", '[');
	for (size_t i = 0; i < t->n; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "receiver", t->told[i].receiver);
		hl_json_str(j, "channel", t->told[i].channel);
		hl_json_str(j, "address", t->told[i].address);
		hl_json_str(j, "state", hl_delivery_state_name(t->told[i].state));
		hl_json_time(j, "done", t->told[i].done_ms);
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_json_close(j);
}

static void text_one(const struct hl_ops_ctx *ctx, const struct taken_back *t, struct hl_buf *out)
{
	char when[32];
	struct hl_buf line = HL_BUF(4096);
	const struct hl_alert *a = t->alert;
	hl_ops_time(ctx, a->closed_ms, when);
	hl_buf_printf(out, "%-8.8s %-14s %-13.13s %-9s %-9s %-10.10s %.11s\n", a->id, when, a->closed_reason, a->plate_listed, a->plate_read, a->list, a->closed_by);
	if (a->standdown[0])
		hl_ops_wrapped(a->standdown, 9, out);
	if (!t->n)
		hl_ops_wrapped("nobody had heard of it", 9, out);
	for (size_t i = 0; i < t->n; i++) {
		hl_buf_clear(&line);
		hl_buf_printf(&line, "%s %s %s: %s", t->told[i].receiver, t->told[i].channel, t->told[i].address, hl_delivery_state_name(t->told[i].state));
		hl_ops_wrapped(hl_buf_text(&line), 9, out);
	}
	hl_buf_fini(&line);
}

static void print(const struct hl_ops_ctx *ctx, const struct taken_list *l, bool json, struct hl_buf *out)
{
	char zone[16], when[32];
	struct hl_json j;
	if (json) {
		hl_json_init(&j, out);
		hl_json_open(&j, '[');
		for (size_t i = 0; i < l->n; i++)
			json_one(&l->v[i], &j);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
		return;
	}
	if (!l->n) {
		hl_buf_puts(out, "no stand-downs\n");
		return;
	}
	hl_ops_zone(ctx, zone, sizeof zone);
	snprintf(when, sizeof when, "TIME (%.7s)", zone);
	hl_buf_printf(out, "%-8s %-14s %-13s %-9s %-9s %-10s %s\n", "ALERT", when, "CAUSE", "LISTED", "READ", "LIST", "BY");
	for (size_t i = 0; i < l->n; i++)
		text_one(ctx, &l->v[i], out);
	hl_buf_printf(out, "%zu stand-down%s\n", l->n, l->n == 1 ? "" : "s");
}

enum hl_code hl_ops_standdowns(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_alert_filter f = { .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	struct taken_list l = { .n = 0 };
	const char *since = NULL, *limit = NULL, *cause = NULL, *role = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--cause", .value = &cause }, { .name = "--list", .value = &f.list }, { .name = "--since", .value = &since },
					   { .name = "--limit", .value = &limit }, { .name = "--role", .value = &role }, { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc)
		rc = hl_ops_since("--since", since, ctx->now_ms, &f.since_ms, err);
	if (!rc)
		rc = hl_ops_count("--limit", limit, HL_LIST_MAX, &f.limit, err);
	if (!rc)
		rc = hl_ops_looker(ctx, role, &l.looker, err);
	if (!rc)
		rc = collect(ctx, &f, HL_ST_WITHDRAWN, cause, &l, err);
	if (!rc)
		rc = collect(ctx, &f, HL_ST_REJECTED, cause, &l, err);
	if (!rc && l.n > 1)
		qsort(l.v, l.n, sizeof l.v[0], by_end);
	if (!rc)
		print(ctx, &l, json, out);
	list_free(&l);
	return rc;
}
