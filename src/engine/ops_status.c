/* ops_status.c: `status`: the state of things on one page: what is stored, which lists and rules are active, and what the daemon has counted. */
#include "engine/ops_priv.h"

#include <stdlib.h>
#include <string.h>

static void json_store(const struct hl_store_counts *c, struct hl_json *j)
{
	hl_json_open_key(j, "store", '{');
	hl_json_int(j, "alerts", c->alerts);
	hl_json_int(j, "events", c->events);
	hl_json_int(j, "pending", c->pending);
	hl_json_int(j, "delivered", c->delivered);
	hl_json_int(j, "dead", c->dead);
	hl_json_int(j, "cancelled", c->cancelled);
	hl_json_int(j, "suppressed", c->suppressed);
	hl_json_int(j, "cleared", c->cleared);
	hl_json_time(j, "oldest_pending", c->oldest_pending_ms);
	hl_json_close(j);
}

static void json_lists(const struct hl_catalog *c, struct hl_json *j)
{
	hl_json_open_key(j, "lists", '[');
	for (size_t i = 0; c && i < c->n_lists; i++) {
		const struct hl_catalog_list *l = &c->list[i];
		hl_json_open(j, '{');
		hl_json_str(j, "name", l->name);
		hl_json_str(j, "version", l->version.id);
		hl_json_int(j, "entries", l->version.entries);
		hl_json_time(j, "imported", l->version.imported_ms);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void json_status(const struct hl_ops_ctx *ctx, const struct hl_store_counts *counts, const char *live, struct hl_buf *out)
{
	struct hl_json j;
	const struct hl_rules *rules = ctx->catalog ? ctx->catalog->rules : NULL;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", ctx->now_ms);
	hl_json_str(&j, "state", ctx->state);
	hl_json_raw(&j, "daemon", live);
	json_store(counts, &j);
	if (rules) {
		hl_json_open_key(&j, "rules", '{');
		hl_json_str(&j, "version", rules->id);
		hl_json_str(&j, "file", rules->file);
		hl_json_close(&j);
	} else {
		hl_json_null(&j, "rules");
	}
	json_lists(ctx->catalog, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- text: the daemon's figures come as JSON of our own making, without blanks; they are shown as they come ---- */

/* Past the string that begins at s; *n gets its inner length. */
static const char *past_string(const char *s, size_t *n)
{
	const char *p = s + 1;
	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	*n = (size_t)(p - s - 1);
	return *p ? p + 1 : p;
}

/* The whole number `object`.`key`, or -1. */
static int64_t figure(const char *json, const char *object, const char *key)
{
	char want[HL_TEXT_SHORT];
	struct hl_buf name = HL_BUF(sizeof want - 1);
	hl_buf_printf(&name, "\"%s\":{", object);
	const char *o = strstr(json, hl_buf_text(&name));
	hl_buf_clear(&name);
	hl_buf_printf(&name, "\"%s\":", key);
	const char *end = o ? strchr(o, '}') : NULL, *k = o ? strstr(o, hl_buf_text(&name)) : NULL;
	int64_t v = k && end && k < end ? strtoll(k + name.len, NULL, 10) : -1;
	hl_buf_fini(&name);
	return v;
}

static void text_sum(const char *live, struct hl_buf *out)
{
	static const char *const part[] = { "matched", "suppressed", "discarded", "rejected", "pending" };
	int64_t in = figure(live, "reads", "in"), failed = figure(live, "reads", "failed"), sum = 0;
	if (in < 0)
		return;
	hl_buf_printf(out, "reads     %lld in =", (long long)in);
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		int64_t v = figure(live, "reads", part[i]);
		sum += v > 0 ? v : 0;
		hl_buf_printf(out, "%s %lld %s", i ? " +" : "", (long long)(v > 0 ? v : 0), part[i]);
	}
	if (failed > 0)
		hl_buf_printf(out, " + %lld failed", (long long)failed);
	sum += failed > 0 ? failed : 0;
	hl_buf_printf(out, "%s\n", sum == in ? "" : "  (counted while reads were under way)");
}

/* "group.key value" a line. Values are numbers, words or true and false; lists are not shown. */
static void text_figures(const char *json, struct hl_buf *out)
{
	char group[HL_TEXT_SHORT] = "", key[HL_TEXT_SHORT] = "";
	size_t n;
	for (const char *s = json; *s;) {
		if (*s == '"' && !key[0]) {
			const char *next = past_string(s, &n);
			hl_copy_n(key, sizeof key, s + 1, n);
			s = *next == ':' ? next + 1 : next;
		} else if (*s == '{') {
			hl_copy(group, sizeof group, key);
			key[0] = 0;
			s++;
		} else if (*s == '}' || *s == ',' || *s == '[' || *s == ']') {
			group[0] = *s == '}' ? 0 : group[0];
			key[0] = 0;
			s++;
		} else {
			n = strcspn(s, ",{}[]");
			if (key[0] && strcmp(group, "reads") != 0)
				hl_buf_printf(out, "  %s%s%s %.*s\n", group, group[0] ? "." : "", key, (int)n, s);
			key[0] = 0;
			s += n;
		}
	}
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
		hl_ops_span(ctx->now_ms - l->version.imported_ms, span);
		hl_buf_printf(out, "list      %-12s %s  %lld entries, imported %s ago\n", l->name, l->version.id, (long long)l->version.entries, span);
	}
	if (!c->n_lists)
		hl_buf_puts(out, "lists     none is active\n");
}

static void text_status(const struct hl_ops_ctx *ctx, const struct hl_store_counts *c, const char *live, struct hl_buf *out)
{
	char span[32];
	hl_buf_printf(out, "state     %s  (%s)\n", ctx->state, *live ? "a daemon is running" : "no daemon is running");
	if (*live)
		text_sum(live, out);
	hl_buf_printf(out, "alerts    %lld, events %lld, suppressed reads %lld, cleared pairs %lld\n", (long long)c->alerts, (long long)c->events,
		      (long long)c->suppressed, (long long)c->cleared);
	hl_buf_printf(out, "outbox    %lld pending, %lld delivered, %lld dead, %lld cancelled", (long long)c->pending, (long long)c->delivered,
		      (long long)c->dead, (long long)c->cancelled);
	if (c->oldest_pending_ms != HL_NO_TIME) {
		hl_ops_span(ctx->now_ms - c->oldest_pending_ms, span);
		hl_buf_printf(out, "; the oldest waits %s", span);
	}
	hl_buf_putc(out, '\n');
	text_lists(ctx, out);
	if (*live) {
		hl_buf_puts(out, "daemon\n");
		text_figures(live, out);
	}
}

static enum hl_code status(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_store_counts counts;
	enum hl_code rc = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "", NULL, 0, 0, err);
	if (!rc)
		rc = ctx->store->ops->counts(ctx->store, &counts, err);
	if (rc)
		return rc;
	struct hl_buf live = HL_BUF(1 << 20);
	if (ctx->live) {
		struct hl_json j;
		hl_json_init(&j, &live);
		hl_json_open(&j, '{');
		ctx->live(ctx->live_arg, &j);
		hl_json_close(&j);
	}
	if (json)
		json_status(ctx, &counts, hl_buf_text(&live), out);
	else
		text_status(ctx, &counts, hl_buf_text(&live), out);
	hl_buf_fini(&live);
	return HL_OK;
}

const struct hl_op_row hl_ops_status[] = {
	{ .family = "status", .verb = "", .access = HL_OPS_READ, .usage = "status", .help = "what is stored, active and counted", .run = status },
	{ 0 },
};
