/* ops_receiver.c: `receiver`: who is told, and a message to try whether they are. */
#include "engine/ops_priv.h"

#include <stdlib.h>
#include <string.h>

const struct hl_settings *hl_ops_settings(const struct hl_ops_ctx *ctx)
{
	if (ctx->settings)
		return ctx->settings;
	return ctx->catalog ? ctx->catalog->settings : NULL;
}

const char *hl_ops_fleet(const struct hl_ops_ctx *ctx)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	return s ? s->store : NULL;
}

static enum hl_code need_settings(const struct hl_ops_ctx *ctx, const struct hl_settings **s, struct hl_err *err)
{
	*s = hl_ops_settings(ctx);
	return *s ? HL_OK : hl_err_set(err, HL_E_CONFIG, "receivers stand in the settings: give them with -c FILE");
}

/* The addresses of a channel; free() the array, not the texts. */
static const char **addresses_of(const struct hl_channel *ch, size_t *n)
{
	*n = ch->adapter->addresses(ch->conf, NULL, 0);
	const char **a = hl_calloc(*n, sizeof *a);
	size_t got = ch->adapter->addresses(ch->conf, a, *n);
	*n = got < *n ? got : *n;
	return a;
}

static void text_channel(const struct hl_channel *ch, const char *name, struct hl_buf *out)
{
	size_t n;
	const char **a = addresses_of(ch, &n);
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(out, "%-16s %-8s %s\n", name, ch->adapter->name, a[i]);
	free(a);
}

static void json_channel(const struct hl_channel *ch, struct hl_json *j)
{
	size_t n;
	const char **a = addresses_of(ch, &n);
	hl_json_open(j, '{');
	hl_json_str(j, "channel", ch->adapter->name);
	hl_json_open_key(j, "addresses", '[');
	for (size_t i = 0; i < n; i++)
		hl_json_str(j, NULL, a[i]);
	hl_json_close(j);
	hl_json_close(j);
	free(a);
}

static void json_receivers(const struct hl_settings *s, struct hl_buf *out)
{
	const struct hl_receiver *r = s->receivers.v;
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < s->receivers.n; i++) {
		const struct hl_channel *ch = r[i].channels.v;
		hl_json_open(&j, '{');
		hl_json_str(&j, "name", r[i].name);
		hl_json_open_key(&j, "channels", '[');
		for (size_t k = 0; k < r[i].channels.n; k++)
			json_channel(&ch[k], &j);
		hl_json_close(&j);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code receiver_ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_settings *s;
	enum hl_code rc = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "", NULL, 0, 0, err);
	if (!rc)
		rc = need_settings(ctx, &s, err);
	if (rc)
		return rc;
	if (json) {
		json_receivers(s, out);
		return HL_OK;
	}
	const struct hl_receiver *r = s->receivers.v;
	hl_buf_puts(out, s->receivers.n ? "RECEIVER         CHANNEL  ADDRESS\n" : "no receivers\n");
	for (size_t i = 0; i < s->receivers.n; i++) {
		const struct hl_channel *ch = r[i].channels.v;
		for (size_t k = 0; k < r[i].channels.n; k++)
			text_channel(&ch[k], r[i].name, out);
	}
	return HL_OK;
}

/* A test may be asked for twice in one millisecond: its id is drawn, not made from its parts. */
static void test_event(const struct hl_ops_ctx *ctx, const char *name, struct hl_event *e, struct hl_buf *body)
{
	unsigned char drawn[HL_SHA256];
	struct hl_json j;
	hl_random(drawn, sizeof drawn);
	*e = (struct hl_event){ .type = HL_EVENT_TEST, .time_ms = ctx->now_ms };
	hl_id_text(drawn, e->id);
	hl_json_init(&j, body);
	hl_json_open(&j, '{');
	hl_json_str(&j, "type", hl_event_name(HL_EVENT_TEST));
	hl_json_time(&j, "time", ctx->now_ms);
	hl_json_str(&j, "receiver", name);
	hl_json_str(&j, "by", ctx->who);
	hl_json_close(&j);
	e->body = hl_buf_text(body);
	e->body_n = body->len;
}

static void tell_test(const char *name, const struct hl_event *e, const struct hl_delivery *d, size_t n, bool json, struct hl_buf *out)
{
	if (json) {
		struct hl_json j;
		hl_json_init(&j, out);
		hl_json_open(&j, '{');
		hl_json_str(&j, "receiver", name);
		hl_json_str(&j, "event", e->id);
		hl_json_open_key(&j, "deliveries", '[');
		for (size_t i = 0; i < n; i++) {
			hl_json_open(&j, '{');
			hl_json_str(&j, "id", d[i].id);
			hl_json_str(&j, "channel", d[i].channel);
			hl_json_str(&j, "address", d[i].address);
			hl_json_str(&j, "state", hl_delivery_state_name(d[i].state));
			hl_json_str(&j, "result", d[i].result);
			hl_json_close(&j);
		}
		hl_json_close(&j);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
		return;
	}
	hl_buf_printf(out, "test %s for %s: %zu deliver%s\n", e->id, name, n, n == 1 ? "y" : "ies");
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(out, "  %s  %-8s %-9s %s%s%s\n", d[i].id, d[i].channel, hl_delivery_state_name(d[i].state), d[i].address,
			      d[i].result[0] ? ": " : "", d[i].result);
	hl_buf_puts(out, "what becomes of them: hotlistctl outbox ls\n");
}

static enum hl_code receiver_test(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_settings *s;
	const char *name;
	enum hl_code rc = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "NAME", &name, 1, 1, err);
	if (!rc)
		rc = need_settings(ctx, &s, err);
	if (!rc && !hl_settings_receiver(s, name))
		rc = hl_err_set(err, HL_E_NOTFOUND, "the settings have no receiver '%s'", name);
	if (rc)
		return rc;
	struct hl_catalog with_settings = { .settings = s };
	struct hl_event e;
	struct hl_buf body = HL_BUF(4096);
	struct hl_delivery *d = NULL;
	size_t n = 0;
	test_event(ctx, name, &e, &body);
	struct hl_message m = { .type = HL_EVENT_TEST, .event_id = e.id, .time_ms = ctx->now_ms, .link = s->link ? s->link : "",
				.tz = ctx->catalog && ctx->catalog->rules ? ctx->catalog->rules->tz : NULL };
	rc = hl_record_fan_out(&with_settings, &e, &m, &(struct hl_audience){ (const char *const[]){ name }, 1, NULL }, ctx->now_ms, &d, &n, err);
	struct hl_change c = { .event = &e, .deliveries = d, .n_deliveries = n, .now_ms = ctx->now_ms };
	if (!rc)
		rc = ctx->store->ops->apply(ctx->store, &c, err);
	if (!rc)
		tell_test(name, &e, d, n, json, out);
	ctx->outbox_changed = !rc;
	hl_deliveries_free(d, n);
	hl_buf_fini(&body);
	return rc;
}

const struct hl_op_row hl_ops_receiver[] = {
	{ .family = "receiver", .verb = "ls", .access = HL_OPS_READ, .usage = "receiver ls", .help = "the receivers of the settings and their addresses",
	  .run = receiver_ls },
	{ .family = "receiver", .verb = "test", .access = HL_OPS_WRITE, .usage = "receiver test NAME",
	  .help = "sends a test message to every address of a receiver, through the outbox like any other", .run = receiver_test },
	{ 0 },
};
