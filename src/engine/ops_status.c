/* ops_status.c: `status`: the state of things on one page: the sum of reads, what is stored, which lists and rules are active, what waits to be delivered. */
#include "engine/ops_priv.h"
#include "store/state_format.h"

#include <stdlib.h>
#include <string.h>

enum { FIGURES_MAX = 128 };

struct figures {
	struct hl_figure v[FIGURES_MAX];
	size_t n;
};

/* The figure group.name, or -1. */
static int64_t figure(const struct figures *f, const char *group, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].group, group) == 0 && strcmp(f->v[i].name, name) == 0)
			return f->v[i].value;
	return -1;
}

/* ---- JSON ---- */

static void json_figures(const struct figures *f, struct hl_json *j)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!i || strcmp(f->v[i].group, f->v[i - 1].group) != 0)
			hl_json_open_key(j, f->v[i].group, '{');
		hl_json_int(j, f->v[i].name, f->v[i].value);
		if (i + 1 == f->n || strcmp(f->v[i].group, f->v[i + 1].group) != 0)
			hl_json_close(j);
	}
}

static const char *weakness(const struct hl_ops_ctx *ctx)
{
	const struct hl_store_ops *o = ctx->store->ops;
	const char *text = o->weakness ? o->weakness(ctx->store) : NULL;
	return text ? text : "";
}

static void json_store(const struct hl_ops_ctx *ctx, const struct hl_store_counts *c, struct hl_json *j)
{
	hl_json_open_key(j, "store", '{');
	hl_json_str(j, "kind", ctx->store->ops->name);
	hl_json_str(j, "may_lose", weakness(ctx));
	hl_json_int(j, "alerts", c->alerts);
	hl_json_int(j, "events", c->events);
	hl_json_int(j, "suppressed", c->suppressed);
	hl_json_int(j, "cleared", c->cleared);
	hl_json_close(j);
	hl_json_open_key(j, "outbox", '{');
	hl_json_int(j, "pending", c->pending);
	hl_json_int(j, "delivered", c->delivered);
	hl_json_int(j, "dead", c->dead);
	hl_json_int(j, "cancelled", c->cancelled);
	hl_json_time(j, "oldest_pending", c->oldest_pending_ms);
	hl_json_bool(j, "held", hl_state_held(ctx->state));
	hl_json_close(j);
}

/* Older than its `max_age` allows: the feed may have stopped. */
static bool is_stale(const struct hl_ops_ctx *ctx, const struct hl_catalog_list *l)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	const struct hl_list_settings *ls = s ? hl_settings_list(s, l->name) : NULL;
	return ls && ls->max_age_ms && ctx->now_ms - l->version.imported_ms > ls->max_age_ms;
}

/* How many entries of the layer by hand are in force. */
static size_t in_force(const struct hl_ops_ctx *ctx, const struct hl_hand *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_entries; i++)
		n += !h->entry[i].ended.seq && !h->entry[i].waits && hl_entry_when(&h->entry[i].e, ctx->now_ms) == HL_WHEN_NOW;
	return n;
}

static void json_hand(const struct hl_ops_ctx *ctx, const struct hl_hand *h, struct hl_json *j)
{
	if (!h)
		return;
	hl_json_open_key(j, "hand", '{');
	hl_json_str(j, "layer", h->version);
	hl_json_int(j, "in_force", (int64_t)in_force(ctx, h));
	hl_json_int(j, "listed", (int64_t)h->listed);
	hl_json_int(j, "waiting", (int64_t)h->waiting);
	hl_json_int(j, "withdrawn", (int64_t)h->masked);
	hl_json_time(j, "changed", h->last.time_ms);
	hl_json_str(j, "by", h->last.by);
	hl_json_close(j);
}

/* Its name alone would tell. */
static bool is_hidden(const struct hl_ops_ctx *ctx, size_t list)
{
	struct hl_looker l;
	struct hl_err err;
	return hl_catalog_covert(ctx->catalog, list) && (hl_ops_looker(ctx, NULL, &l, &err) || l.officer);
}

static void json_lists(const struct hl_ops_ctx *ctx, struct hl_json *j)
{
	const struct hl_catalog *c = ctx->catalog;
	hl_json_open_key(j, "lists", '[');
	for (size_t i = 0; c && i < c->n_lists; i++) {
		const struct hl_catalog_list *l = &c->list[i];
		if ((l->by_hand && hl_catalog_list(c, l->name, false)) || is_hidden(ctx, i))
			continue; /* told with its version; or not to be told */
		hl_json_open(j, '{');
		hl_json_str(j, "name", l->name);
		hl_json_str(j, "version", l->by_hand ? NULL : l->version.id);
		hl_json_int(j, "entries", l->by_hand ? 0 : l->version.entries);
		hl_json_time(j, "imported", l->by_hand ? HL_NO_TIME : l->version.imported_ms);
		hl_json_bool(j, "stale", !l->by_hand && is_stale(ctx, l));
		json_hand(ctx, l->hand, j);
		hl_json_close(j);
	}
	hl_json_close(j);
}

/* Without those of lists that are not to be told. */
static size_t drops(const struct hl_ops_ctx *ctx, struct hl_drop_state **v)
{
	struct hl_looker l;
	struct hl_err err;
	size_t kept = 0;
	*v = hl_calloc(HL_DROPS_MAX, sizeof **v);
	size_t n = ctx->drops ? ctx->drops(ctx->live_arg, *v, HL_DROPS_MAX) : 0;
	if (hl_ops_looker(ctx, NULL, &l, &err))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!hl_ops_hidden(&l, (*v)[i].list))
			(*v)[kept++] = (*v)[i];
	return kept;
}

static void json_drops(const struct hl_ops_ctx *ctx, struct hl_json *j)
{
	struct hl_drop_state *v;
	size_t n = drops(ctx, &v);
	hl_json_open_key(j, "drop", '[');
	for (size_t i = 0; i < n; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "dir", v[i].dir);
		hl_json_str(j, "list", v[i].list);
		hl_json_opt(j, "fault", v[i].fault);
		hl_json_int(j, "waiting", v[i].waiting);
		hl_json_int(j, "imported", v[i].imported);
		hl_json_int(j, "refused", v[i].refused);
		hl_json_str(j, "file", v[i].file[0] ? v[i].file : NULL);
		hl_json_time(j, "time", v[i].file[0] ? v[i].time_ms : HL_NO_TIME);
		hl_json_str(j, "result", v[i].file[0] ? v[i].result : NULL);
		hl_json_str(j, "version", v[i].version[0] ? v[i].version : NULL);
		hl_json_str(j, "reason", v[i].why[0] ? v[i].why : NULL);
		hl_json_close(j);
	}
	hl_json_close(j);
	free(v);
}

static size_t refused(const struct hl_ops_ctx *ctx, struct hl_refused_sender v[HL_REFUSED_MAX])
{
	return ctx->refused ? ctx->refused(ctx->live_arg, v, HL_REFUSED_MAX) : 0;
}

static void json_refused(const struct hl_ops_ctx *ctx, struct hl_json *j)
{
	struct hl_refused_sender v[HL_REFUSED_MAX];
	size_t n = refused(ctx, v);
	hl_json_open_key(j, "refused_senders", '[');
	for (size_t i = 0; i < n; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "address", v[i].address);
		hl_json_str(j, "key", v[i].key);
		hl_json_int(j, "count", v[i].count);
		hl_json_time(j, "last", v[i].last_ms);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void json_status(const struct hl_ops_ctx *ctx, const struct hl_store_counts *counts, const struct figures *f, struct hl_buf *out)
{
	struct hl_json j;
	const struct hl_rules *rules = ctx->catalog ? ctx->catalog->rules : NULL;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", ctx->now_ms);
	hl_json_str(&j, "state", ctx->state);
	hl_json_bool(&j, "running", ctx->live != NULL);
	json_figures(f, &j);
	json_store(ctx, counts, &j);
	if (rules) {
		hl_json_open_key(&j, "rules", '{');
		hl_json_str(&j, "version", rules->id);
		hl_json_str(&j, "file", rules->file);
		hl_json_close(&j);
	} else {
		hl_json_null(&j, "rules");
	}
	json_lists(ctx, &j);
	hl_json_open_key(&j, "mutes", '[');
	hl_ops_mutes(ctx, ctx->catalog ? ctx->catalog->mutes : NULL, false, &j, "", out);
	hl_json_close(&j);
	json_drops(ctx, &j);
	json_refused(ctx, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- text ---- */

static void text_sum(const struct figures *f, struct hl_buf *out)
{
	static const char *const part[] = { "matched", "suppressed", "discarded", "rejected", "failed", "pending" };
	int64_t sum = 0;
	hl_buf_printf(out, "reads     %lld in =", (long long)figure(f, "reads", "in"));
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		int64_t v = figure(f, "reads", part[i]);
		sum += v;
		hl_buf_printf(out, "%s %lld %s", i ? " +" : "", (long long)v, part[i]);
	}
	hl_buf_printf(out, "%s\n", sum == figure(f, "reads", "in") ? "" : "  (counted while reads were under way)");
}

/* The other groups: one line each, what is zero left out. */
static void text_figures(const struct figures *f, struct hl_buf *out)
{
	bool some = false;
	for (size_t i = 0; i < f->n; i++) {
		bool first = !i || strcmp(f->v[i].group, f->v[i - 1].group) != 0, last = i + 1 == f->n || strcmp(f->v[i].group, f->v[i + 1].group) != 0;
		if (strcmp(f->v[i].group, "reads") == 0)
			continue;
		if (first)
			some = false;
		if (f->v[i].value && !some)
			hl_buf_printf(out, "%-9s", f->v[i].group);
		if (f->v[i].value)
			hl_buf_printf(out, " %s %lld", f->v[i].name, (long long)f->v[i].value);
		some = some || f->v[i].value;
		if (last && some)
			hl_buf_putc(out, '\n');
	}
}

/* Behind its version's line; one whose entries are all over or withdrawn has nothing to tell. */
static void text_hand(const struct hl_ops_ctx *ctx, const struct hl_catalog_list *l, struct hl_buf *out)
{
	char span[32];
	const struct hl_hand *h = l->hand;
	size_t n = in_force(ctx, h);
	if (!n && !h->masked)
		return;
	hl_ops_span(ctx->now_ms - h->last.time_ms, span);
	hl_buf_printf(out, "list      %-12s %s  %zu entries by hand, %zu of its version withdrawn, changed %s ago by %s\n", l->name, h->version, n, h->masked, span,
		      h->last.by);
}

static void text_lists(const struct hl_ops_ctx *ctx, struct hl_buf *out)
{
	char span[32];
	const struct hl_catalog *c = ctx->catalog;
	if (!c) {
		hl_buf_puts(out, "rules     unknown: no settings were given\n");
		return;
	}
	if (c->rules)
		hl_buf_printf(out, "rules     %s  %s\n", c->rules->id, c->rules->file);
	for (size_t i = 0; i < c->n_lists; i++) {
		const struct hl_catalog_list *l = &c->list[i];
		if (is_hidden(ctx, i))
			continue;
		if (l->by_hand) {
			text_hand(ctx, l, out);
			continue;
		}
		hl_ops_span(ctx->now_ms - l->version.imported_ms, span);
		hl_buf_printf(out, "list      %-12s %s  %lld entries, imported %s ago%s\n", l->name, l->version.id, (long long)l->version.entries, span,
			      is_stale(ctx, l) ? ", STALE: older than its max_age" : "");
	}
	hl_ops_mutes(ctx, c->mutes, false, NULL, "muted     ", out);
	if (!c->n_lists)
		hl_buf_puts(out, "lists     none is active\n");
}

static void text_drops(const struct hl_ops_ctx *ctx, struct hl_buf *out)
{
	char span[32];
	struct hl_drop_state *v;
	size_t n = drops(ctx, &v);
	for (size_t i = 0; i < n; i++) {
		hl_buf_printf(out, "drop      %-12s %s  %lld imported, %lld refused, %lld waiting", v[i].list, v[i].dir, (long long)v[i].imported,
			      (long long)v[i].refused, (long long)v[i].waiting);
		hl_ops_span(ctx->now_ms - v[i].time_ms, span);
		if (v[i].file[0])
			hl_buf_printf(out, "; the last, %s ago: %s: %s%s%s%s%s", span, v[i].file, v[i].result, v[i].version[0] ? ", " : "", v[i].version,
				      v[i].why[0] ? ": " : "", v[i].why);
		hl_buf_printf(out, "%s%s\n", v[i].fault[0] ? "; " : "", v[i].fault);
	}
	free(v);
}

static void text_refused(const struct hl_ops_ctx *ctx, struct hl_buf *out)
{
	char span[32];
	struct hl_refused_sender v[HL_REFUSED_MAX];
	size_t n = refused(ctx, v);
	for (size_t i = 0; i < n; i++) {
		hl_ops_span(ctx->now_ms - v[i].last_ms, span);
		hl_buf_printf(out, "refused   a sender at %s, %lld times, the last %s ago: its key %s is not allowed\n", v[i].address, (long long)v[i].count, span,
			      v[i].key);
	}
}

static void text_status(const struct hl_ops_ctx *ctx, const struct hl_store_counts *c, const struct figures *f, struct hl_buf *out)
{
	char span[32];
	hl_buf_printf(out, "state     %s  (%s)\n", ctx->state, ctx->live ? "a daemon is running" : "no daemon is running");
	if (ctx->live)
		text_sum(f, out);
	if (*weakness(ctx))
		hl_buf_printf(out, "DURABILITY RELAXED  %s\n", weakness(ctx));
	hl_buf_printf(out, "alerts    %lld, events %lld, suppressed reads %lld, cleared pairs %lld\n", (long long)c->alerts, (long long)c->events,
		      (long long)c->suppressed, (long long)c->cleared);
	if (hl_state_held(ctx->state))
		hl_buf_puts(out, "HELD      restored from a backup: nothing is sent until `hotlistctl outbox release --reason TEXT`\n");
	hl_buf_printf(out, "outbox    %lld pending, %lld delivered, %lld dead, %lld cancelled", (long long)c->pending, (long long)c->delivered,
		      (long long)c->dead, (long long)c->cancelled);
	if (c->oldest_pending_ms != HL_NO_TIME) {
		hl_ops_span(ctx->now_ms - c->oldest_pending_ms, span);
		hl_buf_printf(out, "; the oldest waits %s", span);
	}
	hl_buf_putc(out, '\n');
	text_lists(ctx, out);
	text_drops(ctx, out);
	text_refused(ctx, out);
	text_figures(f, out);
}

/* Of the cleared pairs that are kept, those that hold are what an operator asks about; at most HL_LIST_MAX are counted. */
static enum hl_code cleared_now(struct hl_ops_ctx *ctx, struct hl_store_counts *counts, struct hl_err *err)
{
	struct hl_cleared_row *rows;
	size_t n;
	const struct hl_cleared_filter f = { .holds_ms = ctx->now_ms, .limit = HL_LIST_MAX };
	enum hl_code rc = ctx->store->ops->cleared_list(ctx->store, &f, &rows, &n, err);
	if (rc)
		return rc;
	free(rows);
	counts->cleared = (int64_t)n;
	return HL_OK;
}

static enum hl_code status(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_store_counts counts;
	struct figures f = { .n = 0 };
	bool fleet = false;
	const struct hl_ops_opt opts[] = { { .name = "--fleet", .flag = &fleet }, { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc && fleet)
		return hl_ops_fleet_status(ctx, json, out, err);
	if (!rc)
		rc = ctx->store->ops->counts(ctx->store, &counts, err);
	if (!rc)
		rc = cleared_now(ctx, &counts, err);
	if (rc)
		return rc;
	if (ctx->live)
		f.n = ctx->live(ctx->live_arg, f.v, FIGURES_MAX);
	if (json)
		json_status(ctx, &counts, &f, out);
	else
		text_status(ctx, &counts, &f, out);
	return HL_OK;
}

const struct hl_op_row hl_ops_status[] = {
	{ .family = "status", .verb = "", .access = HL_OPS_READ, .unaudited = true, .usage = "status [--fleet]",
	  .help = "what is stored, active and counted; --fleet: the nodes of one Redis, what each of them runs, and where they differ", .run = status },
	{ 0 },
};
