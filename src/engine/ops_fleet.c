/* ops_fleet.c: `status --fleet`: who is in the fleet, what each node runs and where they differ, what waits to be delivered. The thread is the caller's. */
#include "config.h"

#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fleet.h"
#include "store/redis_stream.h"

struct fleet {
	const struct hl_ops_ctx *ctx;
	struct hl_looker looker;
	bool veiled;            /* nobody may be shown covert lists */
	struct hl_store_counts counts;
	struct hl_fleet_node *node;
	struct hl_fleet_entry *head;
	size_t n_nodes, n_heads;
};

/* "rules", "lists/NAME" or "hand/NAME": what nodes may differ in. */
static bool is_thing(const char *name)
{
	return !strcmp(name, "rules") || !strncmp(name, "lists/", 6) || !strncmp(name, "hand/", 5);
}

static bool is_hidden(const struct fleet *f, const char *thing)
{
	const char *slash = strchr(thing, '/');
	return slash && hl_catalog_covert_name(f->ctx->catalog, slash + 1) && (f->veiled || f->looker.officer);
}

/* How a node names what the head says: "hand-000017" for 17. */
static void wanted(const struct hl_fleet_entry *h, char dst[HL_VERSION_ID])
{
	if (!strncmp(h->thing, "hand/", 5))
		snprintf(dst, HL_VERSION_ID, "hand-%06lld", strtoll(h->id, NULL, 10));
	else
		hl_copy(dst, HL_VERSION_ID, h->id);
}

static bool differs(const struct hl_fleet_node *n, const struct hl_fleet_entry *h)
{
	char id[HL_VERSION_ID];
	wanted(h, id);
	return n->here && strcmp(hl_fleet_fact(n, h->thing), id) != 0;
}

/* What waits in a stream of the settings. False: there is none with this number. */
struct lag {
	const char *name;
	int64_t waiting, under_way;
	struct hl_err err; /* code 0: it could be looked at */
};

static bool lag_of(const struct fleet *f, size_t i, struct lag *l)
{
	const struct hl_settings *s = hl_ops_settings(f->ctx);
	if (i >= s->streams.n)
		return false;
	*l = (struct lag){ .name = ((const struct hl_ingest_redis *)s->streams.v)[i].stream };
#ifdef HL_WITH_REDIS
	const struct hl_ingest_redis *in = &((const struct hl_ingest_redis *)s->streams.v)[i];
	struct hl_stream_conf c = { .consumer = "status" };
	struct hl_stream *stream = NULL;
	hl_settings_redis_place(&in->at, &c.at);
	hl_copy(c.stream, sizeof c.stream, in->stream);
	hl_copy(c.group, sizeof c.group, in->group);
	if (!hl_stream_open(&stream, &c, &l->err))
		hl_stream_look(stream, &l->waiting, &l->under_way, &l->err);
	hl_stream_close(&stream);
#endif
	return true;
}

/* ---- JSON ---- */

static void json_node(const struct fleet *f, const struct hl_fleet_node *n, struct hl_json *j)
{
	static const char *const numbers[] = { "pid", "reads", "pending", "revision" };
	static const char *const texts[] = { "host", "state", "version", "fault" };
	hl_json_open(j, '{');
	hl_json_str(j, "node", n->id);
	hl_json_bool(j, "here", n->here);
	hl_json_time(j, "last_seen", n->seen_ms);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		hl_json_opt(j, texts[i], hl_fleet_fact(n, texts[i]));
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		hl_json_int(j, numbers[i], strtoll(hl_fleet_fact(n, numbers[i]), NULL, 10));
	hl_json_bool(j, "level", !strcmp(hl_fleet_fact(n, "level"), "yes"));
	hl_json_open_key(j, "runs", '{');
	for (size_t i = 0; i < n->n; i++)
		if (is_thing(n->fact[i].name) && !is_hidden(f, n->fact[i].name))
			hl_json_str(j, n->fact[i].name, n->fact[i].value);
	hl_json_close(j);
	hl_json_close(j);
}

static void json_heads(const struct fleet *f, struct hl_json *j)
{
	char id[HL_VERSION_ID];
	hl_json_open_key(j, "active", '[');
	for (size_t i = 0; i < f->n_heads; i++) {
		const struct hl_fleet_entry *h = &f->head[i];
		if (is_hidden(f, h->thing))
			continue;
		wanted(h, id);
		hl_json_open(j, '{');
		hl_json_str(j, "of", h->thing);
		hl_json_str(j, "version", id);
		hl_json_int(j, "revision", h->rev);
		hl_json_open_key(j, "differs", '[');
		for (size_t k = 0; k < f->n_nodes; k++)
			if (differs(&f->node[k], h))
				hl_json_str(j, NULL, f->node[k].id);
		hl_json_close(j);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void json_streams(const struct fleet *f, struct hl_json *j)
{
	struct lag l;
	hl_json_open_key(j, "streams", '[');
	for (size_t i = 0; lag_of(f, i, &l); i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "stream", l.name);
		hl_json_int(j, "waiting", l.waiting);
		hl_json_int(j, "under_way", l.under_way);
		hl_json_opt(j, "fault", l.err.code ? l.err.text : "");
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void write_json(const struct fleet *f, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", f->ctx->now_ms);
	hl_json_open_key(&j, "nodes", '[');
	for (size_t i = 0; i < f->n_nodes; i++)
		json_node(f, &f->node[i], &j);
	hl_json_close(&j);
	json_heads(f, &j);
	hl_json_open_key(&j, "outbox", '{');
	hl_json_int(&j, "pending", f->counts.pending);
	hl_json_int(&j, "dead", f->counts.dead);
	hl_json_time(&j, "oldest_pending", f->counts.oldest_pending_ms);
	hl_json_close(&j);
	json_streams(f, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- text ---- */

static void text_node(const struct fleet *f, const struct hl_fleet_node *n, struct hl_buf *out)
{
	char span[32];
	hl_ops_span(f->ctx->now_ms > n->seen_ms ? f->ctx->now_ms - n->seen_ms : 0, span);
	hl_buf_printf(out, "node      %s  %s pid %s  %s", n->id, hl_fleet_fact(n, "host"), hl_fleet_fact(n, "pid"), hl_fleet_fact(n, "state"));
	if (!n->here) {
		hl_buf_printf(out, "  AWAY, last seen %s ago\n", span);
		return;
	}
	hl_buf_printf(out, "  %s reads, %s pending, revision %s%s\n", hl_fleet_fact(n, "reads"), hl_fleet_fact(n, "pending"), hl_fleet_fact(n, "revision"),
		      strcmp(hl_fleet_fact(n, "level"), "yes") != 0 ? ", BEHIND" : "");
	if (*hl_fleet_fact(n, "fault"))
		hl_buf_printf(out, "          FAULT  %s\n", hl_fleet_fact(n, "fault"));
}

static void text_head(const struct fleet *f, const struct hl_fleet_entry *h, struct hl_buf *out)
{
	char id[HL_VERSION_ID];
	size_t n = 0;
	wanted(h, id);
	for (size_t k = 0; k < f->n_nodes; k++)
		n += differs(&f->node[k], h);
	hl_buf_printf(out, "active    %-20s %s%s", h->thing, id, n ? "  DIFFERS:" : "");
	for (size_t k = 0; n && k < f->n_nodes; k++)
		if (differs(&f->node[k], h))
			hl_buf_printf(out, " %s on %s", *hl_fleet_fact(&f->node[k], h->thing) ? hl_fleet_fact(&f->node[k], h->thing) : "none", f->node[k].id);
	hl_buf_putc(out, '\n');
}

static void text_streams(const struct fleet *f, struct hl_buf *out)
{
	struct lag l;
	for (size_t i = 0; lag_of(f, i, &l); i++)
		if (l.err.code)
			hl_buf_printf(out, "stream    %s  %s\n", l.name, l.err.text);
		else
			hl_buf_printf(out, "stream    %s  %lld waiting, %lld under way\n", l.name, (long long)l.waiting, (long long)l.under_way);
}

static void write_text(const struct fleet *f, struct hl_buf *out)
{
	char span[32];
	size_t here = 0;
	for (size_t i = 0; i < f->n_nodes; i++)
		here += f->node[i].here;
	hl_buf_printf(out, "fleet     %zu node%s here, %zu away\n", here, here == 1 ? "" : "s", f->n_nodes - here);
	hl_buf_printf(out, "outbox    %lld pending, %lld dead", (long long)f->counts.pending, (long long)f->counts.dead);
	if (f->counts.oldest_pending_ms != HL_NO_TIME) {
		hl_ops_span(f->ctx->now_ms - f->counts.oldest_pending_ms, span);
		hl_buf_printf(out, "; the oldest waits %s", span);
	}
	hl_buf_putc(out, '\n');
	text_streams(f, out);
	for (size_t i = 0; i < f->n_nodes; i++)
		text_node(f, &f->node[i], out);
	for (size_t i = 0; i < f->n_heads; i++)
		if (!is_hidden(f, f->head[i].thing))
			text_head(f, &f->head[i], out);
}

enum hl_code hl_ops_fleet_status(struct hl_ops_ctx *ctx, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct fleet f = { .ctx = ctx };
	struct hl_fleet *link = NULL;
	struct hl_err none;
	if (!hl_fleet_shared(hl_ops_fleet(ctx)))
		return hl_err_set(err, HL_E_USAGE, "there is no fleet: the store is not on Redis");
	f.veiled = hl_ops_looker(ctx, NULL, &f.looker, &none) != HL_OK;
	enum hl_code code = ctx->store->ops->counts(ctx->store, &f.counts, err);
	if (!code)
		code = hl_fleet_open(&link, hl_ops_fleet(ctx), ctx->state, err);
	if (!code)
		code = hl_fleet_nodes(link, ctx->now_ms, &f.node, &f.n_nodes, err);
	if (!code)
		code = hl_fleet_heads(link, &f.head, &f.n_heads, err);
	if (!code && json)
		write_json(&f, out);
	else if (!code)
		write_text(&f, out);
	hl_fleet_close(&link);
	hl_fleet_nodes_free(f.node, f.n_nodes);
	free(f.head);
	return code;
}
