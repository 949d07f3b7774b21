/* sms.c: an event as one short message through a gateway's HTTP interface: options, the request, the verdict. What a gateway wants stands in its row
 * (sms_gateway.c), what a message says in sms_text.c. Pure; any thread.
 */
#include "adapter/channel.h"
#include "adapter/channel_words.h"
#include "adapter/gsm7.h"
#include "adapter/sms_gateway.h"
#include "adapter/sms_text.h"
#include "adapter/words.h"

#include <stdio.h>
#include <string.h>

enum { DETAIL_MINIMAL, DETAIL_FULL };
enum { TEXT_MAX = 2048, REQUEST_MAX = 8192, KEEP_MAX = 36000 /* s: Twilio's longest */ };

struct sms {
	struct hl_channel_net net;
	char *gateway, *url, *user, *from, *service, *report_url;
	struct hl_secret password;
	struct hl_channel_words words;
	struct hl_strings to;
	int detail;
};
_Static_assert(offsetof(struct sms, net) == 0, "the functions of channel.h look for it there");

static const char *const details[] = { [DETAIL_MINIMAL] = "minimal", [DETAIL_FULL] = "full", NULL };

static const struct hl_opt options[] = {
	{ .name = "gateway", .type = HL_OPT_STRING, .offset = offsetof(struct sms, gateway), .required = true, .max = 32,
	  .help = "the kind of gateway: kannel or twilio" },
	{ .name = "url", .type = HL_OPT_STRING, .offset = offsetof(struct sms, url), .max = HL_URL_MAX,
	  .help = "the gateway's address for sending, without a query; twilio has one of its own" },
	{ .name = "user", .type = HL_OPT_STRING, .offset = offsetof(struct sms, user), .required = true, .max = 256, .help = "the gateway's user; twilio: the account's sid" },
	{ .name = "password_file", .type = HL_OPT_CUSTOM, .offset = offsetof(struct sms, password), .required = true, .custom = hl_secret_read,
	  .wipe = hl_secret_wipe, .help = "the file that holds the gateway's password; twilio: the auth token" },
	{ .name = "from", .type = HL_OPT_STRING, .offset = offsetof(struct sms, from), .max = 16, .help = "the sender's number or name" },
	{ .name = "service", .type = HL_OPT_STRING, .offset = offsetof(struct sms, service), .max = 64,
	  .help = "twilio: the sid of the messaging service that chooses the sender, instead of from" },
	{ .name = "report_url", .type = HL_OPT_STRING, .offset = offsetof(struct sms, report_url), .max = HL_URL_MAX,
	  .help = "where the gateway is to say what became of a message: the address of sms-reports; without it nobody hears" },
	{ .name = "to", .type = HL_OPT_STRINGS, .offset = offsetof(struct sms, to), .required = true,
	  .help = "the recipients' numbers; each gets a message of its own" },
	{ .name = "detail", .type = HL_OPT_ENUM, .offset = offsetof(struct sms, detail), .def = "minimal", .words = details,
	  .help = "minimal: priority, category, place, how much differs and a link; full: the plates too" },
	HL_CHANNEL_WORDS_OPTION(struct sms),
	HL_CHANNEL_OPTIONS(struct sms, "20s", "2"),
	{ .name = NULL }
};

static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '+'), "0123456789");
	return n >= 3 && n <= 15 && !s[(*s == '+') + n];
}

static bool is_sender(const char *s)
{
	size_t n = strlen(s);
	if (is_number(s))
		return true;
	return n <= 11 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_.") == n;
}

static void check_numbers(const struct hl_node *node, const struct sms *s, struct hl_conf_ctx *ctx)
{
	const struct hl_node *from = hl_node_get(node, "from"), *to = hl_node_get(node, "to");
	if (from && s->from && !is_sender(s->from))
		hl_conf_fault(ctx, from, "from: '%s', expected a number or at most 11 letters and digits", s->from);
	if (!to)
		return;
	if (s->to.n < 1 || s->to.n > HL_ADDRESSES_MAX)
		hl_conf_fault(ctx, to, "to: %zu numbers, expected 1 to %d", s->to.n, HL_ADDRESSES_MAX);
	for (size_t i = 0; i < s->to.n; i++) {
		const struct hl_node *at = to->kind == HL_NODE_SEQ && i < to->n ? &to->child[i] : to;
		if (!is_number(s->to.v[i]))
			hl_conf_fault(ctx, at, "to: '%s' is no number, expected 3 to 15 digits, with or without a +", s->to.v[i]);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(s->to.v[i], s->to.v[k]))
				hl_conf_fault(ctx, at, "to: '%s' stands here twice", s->to.v[i]);
	}
}

static void check_report_url(const struct hl_node *at, const struct sms *s, struct hl_conf_ctx *ctx)
{
	struct hl_url u;
	struct hl_err err = { 0 };
	if (!at || !s->report_url)
		return;
	if (hl_url_parse(&u, s->report_url, &err) != HL_OK)
		hl_conf_fault(ctx, at, "report_url: %s", err.text);
	else if (strcmp(u.scheme, "https") && strcmp(u.scheme, "http"))
		hl_conf_fault(ctx, at, "report_url: scheme '%s', expected https or http", u.scheme);
	else if (strpbrk(s->report_url, "?%"))
		hl_conf_fault(ctx, at, "report_url: neither ? nor %% belongs here, the delivery's id and the gateway's words are added");
}

/* What one gateway wants and another does not know. */
static void check_gateway(const struct hl_node *node, const struct sms *s, const struct hl_sms_gateway *p, struct hl_conf_ctx *ctx)
{
	const struct hl_node *to = hl_node_get(node, "to");
	if (!s->url && !hl_node_has(node, "url") && !p->url)
		hl_conf_fault(ctx, node, "gateway %s needs 'url', its address for sending", p->name);
	if (p->sender && !hl_node_has(node, "from") && !hl_node_has(node, "service"))
		hl_conf_fault(ctx, node, "gateway %s needs 'from' or 'service'", p->name);
	if (hl_node_has(node, "service") && !p->sender)
		hl_conf_fault_key(ctx, hl_node_get(node, "service"), "'service' is not for gateway %s", p->name);
	else if (hl_node_has(node, "service") && hl_node_has(node, "from"))
		hl_conf_fault_key(ctx, hl_node_get(node, "service"), "'from' and 'service' exclude each other");
	for (size_t i = 0; to && p->international && i < s->to.n; i++)
		if (s->to.v[i][0] != '+')
			hl_conf_fault(ctx, to->kind == HL_NODE_SEQ && i < to->n ? &to->child[i] : to,
				      "to: '%s': gateway %s takes numbers with + and the country's code", s->to.v[i], p->name);
}

static void check(const struct hl_node *node, void *conf, struct hl_conf_ctx *ctx)
{
	struct sms *s = conf;
	const struct hl_sms_gateway *p = hl_sms_gateway_find(s->gateway);
	const struct hl_node *at = hl_node_get(node, "gateway");
	char names[64];
	hl_sms_gateway_names(names, sizeof names);
	if (at && s->gateway && !p)
		hl_conf_fault(ctx, at, "gateway: unknown gateway '%s', expected %s", s->gateway, names);
	at = hl_node_get(node, "url");
	if (at && s->url && strchr(s->url, '?'))
		hl_conf_fault(ctx, at, "url: a query does not belong here, the gateway's words are added");
	hl_channel_check_http(node, "url", s->url, &s->net, ctx);
	check_numbers(node, s, ctx);
	if (p)
		check_gateway(node, s, p, ctx);
	check_report_url(hl_node_get(node, "report_url"), s, ctx);
}

static void secrets(void *conf, void (*need)(void *arg, const char *path, struct hl_strings *into), void *arg)
{
	struct sms *s = conf;
	if (s->password.path)
		need(arg, s->password.path, &s->password.content);
}

static enum hl_code check_secrets(const void *conf, struct hl_err *err)
{
	return hl_secret_check_one(&((const struct sms *)conf)->password, err);
}

static struct hl_channel_words *words(void *conf)
{
	return &((struct sms *)conf)->words;
}

static size_t addresses(const void *conf, const char **out, size_t max)
{
	const struct sms *s = conf;
	for (size_t i = 0; i < s->to.n && i < max; i++)
		out[i] = s->to.v[i];
	return s->to.n;
}

static enum hl_code render(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err)
{
	const struct sms *s = conf;
	const struct hl_sms_gateway *g = hl_sms_gateway_find(s->gateway);
	if (!is_number(address))
		return hl_err_set(err, HL_E_INPUT, "no number: %s", address);
	hl_sms_text(m, s->detail == DETAIL_FULL, g && g->marked, s->words.named, body);
	return body->full ? hl_err_set(err, HL_E_LIMIT, "no room for a message") : HL_OK;
}

struct value {
	const char *name, *text;
};

static const char *value_of(const struct value *v, const char *name)
{
	if (name[0] == '=')
		return name + 1;
	while (v->name && strcmp(v->name, name))
		v++;
	return v->text ? v->text : "";
}

/* The gateway's parameters, percent-encoded. */
static void put_params(const struct hl_sms_param *p, const struct value *v, struct hl_buf *out)
{
	for (bool first = true; p->name; p++) {
		const char *text = value_of(v, p->value);
		if (!text[0])
			continue;
		hl_buf_printf(out, "%s%s=", first ? "" : "&", p->name);
		hl_url_escape(out, text);
		first = false;
	}
}

/* Where the message goes: as settings say, else the gateway's own address. */
static void put_url(const struct sms *s, const struct hl_sms_gateway *g, struct hl_buf *out)
{
	const char *mark = s->url ? NULL : strstr(g->url, "{user}");
	if (s->url || !mark) {
		hl_buf_puts(out, s->url ? s->url : g->url);
		return;
	}
	hl_buf_put(out, g->url, (size_t)(mark - g->url));
	hl_url_escape(out, s->user);
	hl_buf_puts(out, mark + strlen("{user}"));
}

static void put_report(const struct sms *s, const struct hl_sms_gateway *g, const char *delivery_id, struct hl_buf *out)
{
	if (!s->report_url)
		return;
	hl_buf_printf(out, "%s?delivery=", s->report_url);
	hl_url_escape(out, delivery_id);
	hl_buf_puts(out, g->report);
}

static void fill_request(const struct sms *s, const struct hl_sms_gateway *g, const struct value *v, struct hl_buf *url, struct hl_buf *params,
			 struct hl_request *out)
{
	put_url(s, g, url);
	put_params(g->param, v, params);
	if (!g->post)
		hl_buf_printf(url, "?%s", hl_buf_text(params));
	if (url->full || params->full)
		return;
	hl_channel_request(&s->net, hl_buf_text(url), out);
	out->method = hl_strdup(g->post ? "POST" : "GET");
	hl_request_header(out, "User-Agent", "hotlistd");
	if (!g->post)
		return;
	hl_request_header(out, "Content-Type", "application/x-www-form-urlencoded");
	out->body = hl_strndup(hl_buf_text(params), params->len);
	out->body_n = params->len;
	out->user = hl_strdup(s->user);
	out->password = hl_strdup(value_of(v, "password"));
}

static void wipe_buf(struct hl_buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
	hl_buf_fini(b);
}

static enum hl_code prepare(const void *conf, const char *delivery_id, const char *address, const char *body, size_t body_n, int64_t seen_ms,
			    int64_t now_ms, struct hl_request *out, struct hl_err *err)
{
	const struct sms *s = conf;
	const struct hl_sms_gateway *g = hl_sms_gateway_find(s->gateway);
	size_t n;
	const char *password = hl_secret_line(&s->password, 0, &n);
	if (!g || !password)
		return hl_err_set(err, HL_E_CONFIG, "no usable gateway or password");
	struct hl_buf text = HL_BUF(TEXT_MAX), url = HL_BUF(REQUEST_MAX), params = HL_BUF(REQUEST_MAX), report = HL_BUF(2 * HL_URL_MAX);
	char keep[16];
	int64_t keep_s = s->net.deadline_ms / 1000;
	hl_age_fill(body, body_n, seen_ms, now_ms, &text);
	put_report(s, g, delivery_id, &report);
	snprintf(keep, sizeof keep, "%d", keep_s < KEEP_MAX ? (int)keep_s : KEEP_MAX);
	char *secret = hl_strndup(password, n);
	const struct value values[] = {
		{ "user", s->user },       { "password", secret },           { "from", s->from },
		{ "service", s->service }, { "to", address },                { "coding", hl_gsm7_septets(hl_buf_text(&text)) >= 0 ? "0" : "2" },
		{ "keep", keep },          { "text", hl_buf_text(&text) },   { "mask", report.len ? "31" : "" },
		{ "report", hl_buf_text(&report) }, { NULL, NULL },
	};
	*out = (struct hl_request){ 0 };
	if (!text.full && !report.full)
		fill_request(s, g, values, &url, &params, out);
	bool full = !out->url;
	wipe_buf(&url);
	wipe_buf(&params);
	explicit_bzero(secret, n);
	hl_request_wipe(&(struct hl_request){ .password = secret });
	hl_buf_fini(&report);
	hl_buf_fini(&text);
	return full ? hl_err_set(err, HL_E_LIMIT, "short message of more than %d bytes", TEXT_MAX) : HL_OK;
}

static void judge(const void *conf, const struct hl_answer *answer, struct hl_fate_of *out)
{
	const struct sms *s = conf;
	const struct hl_sms_gateway *g = hl_sms_gateway_find(s->gateway);
	if (g)
		g->judge(answer, out);
	else
		hl_fate_set(out, HL_FATE_DEAD, -1, "no such gateway");
	hl_fate_redact(out, &s->password);
}

static void destination(const void *conf, const char *address, char *dst, size_t size)
{
	const struct sms *s = conf;
	const struct hl_sms_gateway *g = hl_sms_gateway_find(s->gateway);
	(void)address;
	struct hl_buf url = HL_BUF(REQUEST_MAX);
	if (g)
		put_url(s, g, &url);
	hl_url_origin(hl_buf_text(&url), dst, size);
	hl_buf_fini(&url);
}

extern const struct hl_adapter hl_adapter_sms;
const struct hl_adapter hl_adapter_sms = {
	.name = "sms",
	.conf_size = sizeof(struct sms),
	.options = options,
	.check = check,
	.secrets = secrets,
	.check_secrets = check_secrets,
	.words = words,
	.addresses = addresses,
	.render = render,
	.prepare = prepare,
	.judge = judge,
	.destination = destination,
	.report = hl_sms_report_find,
	.deadline_ms = hl_channel_deadline_ms,
	.concurrency = hl_channel_concurrency,
};
