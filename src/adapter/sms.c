/* sms.c: an event as one short message through a gateway's HTTP interface. One template driver, one preset a gateway. The text fits one segment (160
 * septets, or 70 units where a symbol is outside the GSM alphabet) by cutting the least important parts; the words NOT VERIFIED and how much differs
 * are never cut. With `detail: minimal` it names no plate. Pure; any thread.
 */
#include "adapter/channel.h"
#include "adapter/gsm7.h"
#include "adapter/words.h"

#include <stdio.h>
#include <string.h>

enum { DETAIL_MINIMAL, DETAIL_FULL };
enum { TEXT_MAX = 2048, URL_MAX = 8192, PLACE_LEAST = 12 };

struct preset {
	const char *name;
	bool later;           /* known, of a later version */
	const char *query;    /* {name} is replaced, percent-encoded */
	void (*judge)(const struct hl_answer *answer, struct hl_fate_of *out);
};

struct sms {
	struct hl_channel_net net;
	char *gateway, *url, *user, *from;
	struct hl_secret password;
	struct hl_strings to;
	int detail;
};
_Static_assert(offsetof(struct sms, net) == 0, "the functions of channel.h look for it there");

static const char *const details[] = { [DETAIL_MINIMAL] = "minimal", [DETAIL_FULL] = "full", NULL };

static const struct hl_opt options[] = {
	{ .name = "gateway", .type = HL_OPT_STRING, .offset = offsetof(struct sms, gateway), .required = true, .max = 32,
	  .help = "the kind of gateway: kannel" },
	{ .name = "url", .type = HL_OPT_STRING, .offset = offsetof(struct sms, url), .required = true, .max = HL_URL_MAX,
	  .help = "the gateway's address for sending, without a query" },
	{ .name = "user", .type = HL_OPT_STRING, .offset = offsetof(struct sms, user), .required = true, .max = 256, .help = "the gateway's user" },
	{ .name = "password_file", .type = HL_OPT_CUSTOM, .offset = offsetof(struct sms, password), .required = true, .custom = hl_secret_read,
	  .wipe = hl_secret_wipe, .help = "the file that holds the gateway's password" },
	{ .name = "from", .type = HL_OPT_STRING, .offset = offsetof(struct sms, from), .max = 16, .help = "the sender's number or name" },
	{ .name = "to", .type = HL_OPT_STRINGS, .offset = offsetof(struct sms, to), .required = true,
	  .help = "the recipients' numbers; each gets a message of its own" },
	{ .name = "detail", .type = HL_OPT_ENUM, .offset = offsetof(struct sms, detail), .def = "minimal", .words = details,
	  .help = "minimal: priority, category, place, how much differs and a link; full: the plates too" },
	HL_CHANNEL_OPTIONS(struct sms, "20s", "2"),
	{ .name = NULL }
};

/* Kannel's sendsms: 202 with "0: Accepted for delivery" or "3: Queued for later delivery". An answer of 2xx in other words is not Kannel's. */
static void judge_kannel(const struct hl_answer *a, struct hl_fate_of *out)
{
	hl_judge_http(a, out);
	if (out->fate == HL_FATE_GONE)
		out->fate = HL_FATE_DEAD; /* a gateway is shared by all numbers: one answer does not close it */
	if (out->fate != HL_FATE_DONE)
		return;
	if (a->body && a->body_n >= 2 && (!memcmp(a->body, "0:", 2) || !memcmp(a->body, "3:", 2)))
		hl_fate_set(out, HL_FATE_DONE, -1, "HTTP %d %s", a->status, a->text);
	else
		hl_fate_set(out, HL_FATE_DEAD, -1, "HTTP %d, but not in the gateway's words: %s", a->status, a->text);
}

static const struct preset presets[] = {
	{ .name = "kannel", .judge = judge_kannel,
	  .query = "?username={user}&password={password}&from={from}&to={to}&charset=UTF-8&coding={coding}&text={text}" },
	{ .name = "twilio", .later = true },
};

static const struct preset *find_preset(const char *name)
{
	for (size_t i = 0; name && i < sizeof presets / sizeof presets[0]; i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

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

static void check(const struct hl_node *node, void *conf, struct hl_conf_ctx *ctx)
{
	struct sms *s = conf;
	const struct preset *p = find_preset(s->gateway);
	const struct hl_node *at = hl_node_get(node, "gateway");
	if (at && s->gateway && !p)
		hl_conf_fault(ctx, at, "gateway: unknown gateway '%s', expected kannel", s->gateway);
	else if (at && p && p->later)
		hl_conf_fault(ctx, at, "gateway: '%s' is not supported yet, expected kannel", s->gateway);
	at = hl_node_get(node, "url");
	if (at && s->url && strchr(s->url, '?'))
		hl_conf_fault(ctx, at, "url: a query does not belong here, the gateway's words are added");
	hl_channel_check_http(node, "url", s->url, &s->net, ctx);
	check_numbers(node, s, ctx);
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

static size_t addresses(const void *conf, const char **out, size_t max)
{
	const struct sms *s = conf;
	for (size_t i = 0; i < s->to.n && i < max; i++)
		out[i] = s->to.v[i];
	return s->to.n;
}

/* What a text is made of. Empty parts are left out. */
struct parts {
	char event[HL_TEXT_LONG], category[HL_TEXT_SHORT], place[HL_READ_SITE], whole_place[HL_READ_SITE], difference[HL_TEXT_LONG], plates[64], extra[HL_TEXT_LONG], link[HL_LINK_TEXT];
	const char *notice;
	int priority;
	bool age;
};

static void clean_into(const char *text, char *dst, size_t size)
{
	char clean[HL_TEXT_LONG];
	struct hl_buf folded = HL_BUF(1024);
	hl_words_clean(text, clean, sizeof clean);
	hl_sms_fold(clean, &folded);
	hl_copy(dst, size, hl_buf_text(&folded));
	hl_buf_fini(&folded);
}

/* What it is about comes first, and is never cut; how sure the alert was no longer matters. */
static void gather_standdown(const struct hl_alert *a, struct parts *p)
{
	char text[HL_TEXT_LONG], folded[HL_TEXT_LONG];
	struct hl_buf plain = HL_BUF(1024);
	hl_words_standdown(a, text, sizeof text);
	clean_into(text, folded, sizeof folded);
	hl_gsm7_plain(folded, &plain);
	snprintf(p->event, sizeof p->event, "%.200s;", hl_buf_text(&plain));
	hl_buf_fini(&plain);
}

static void gather(const struct sms *s, const struct hl_message *m, struct parts *p)
{
	const struct hl_alert *a = m->alert;
	bool over = m->type == HL_EVENT_STANDDOWN;
	*p = (struct parts){ .notice = over ? "" : hl_words_notice(a), .priority = a->priority, .age = true };
	if (over)
		gather_standdown(a, p);
	else
		hl_copy(p->event, sizeof p->event, hl_words_event(m->type));
	clean_into(a->category, p->category, sizeof p->category);
	clean_into(hl_alert_place(a), p->place, sizeof p->place);
	hl_copy(p->whole_place, sizeof p->whole_place, p->place);
	if (!over)
		hl_words_difference(a, p->difference, sizeof p->difference);
	hl_words_link(m, p->link, sizeof p->link);
	if (s->detail != DETAIL_FULL)
		return;
	snprintf(p->plates, sizeof p->plates, "listed %.12s read %.12s", a->plate_listed, a->plate_read);
	char text[2 * HL_TEXT_LONG + 2];
	snprintf(text, sizeof text, "%s %s", a->entry[HL_F_AGENCY], a->entry[HL_F_CASE]);
	clean_into(text[0] == ' ' && !text[1] ? "" : text, p->extra, sizeof p->extra);
}

static void put_part(struct hl_buf *out, const char *before, const char *text)
{
	if (!text[0])
		return;
	if (out->len)
		hl_buf_puts(out, before);
	hl_buf_puts(out, text);
}

static void compose(const struct parts *p, const char *age, struct hl_buf *out)
{
	char priority[16];
	hl_buf_clear(out);
	snprintf(priority, sizeof priority, "P%d", p->priority);
	put_part(out, "", p->event);
	put_part(out, " ", priority);
	put_part(out, " ", p->category);
	put_part(out, " ", p->notice);
	put_part(out, ": ", p->difference);
	put_part(out, "; ", p->plates);
	put_part(out, "; ", p->place);
	if (p->age) {
		put_part(out, ", ", "seen ");
		hl_buf_puts(out, age);
	}
	put_part(out, "; ", p->extra);
	put_part(out, " ", p->link);
}

/* The last symbol of text goes, all its bytes, and the blanks before it; two dots say so, lest "car 12" pass for "car 1". At least two symbols longer
 * than the dots. */
static void shorten(char *text)
{
	size_t n = strlen(text);
	if (n > 2 && strcmp(text + n - 2, "..") == 0)
		n -= 2;
	for (int i = n == strlen(text) ? 3 : 1; i && n; i--) { /* the first cut makes room for the dots too */
		while (n > 1 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
			n--;
		n--;
	}
	while (n && text[n - 1] == ' ')
		n--;
	memcpy(text + n, "..", 3);
}

/* Symbols outside the GSM alphabet would leave 70 units for everything: a category gets '?' for them, and a site gives way to the camera's name, before
 * the link and the age are lost. */
static void make_plain(struct parts *p, const struct hl_alert *a)
{
	struct hl_buf plain = HL_BUF(1024);
	if (hl_gsm7_septets(p->place) < 0) {
		clean_into(a->read.camera, p->place, sizeof p->place);
		if (hl_gsm7_septets(p->place) < 0)
			p->place[0] = 0;
	}
	hl_copy(p->whole_place, sizeof p->whole_place, p->place);
	hl_gsm7_plain(p->category, &plain);
	hl_copy(p->category, sizeof p->category, hl_buf_text(&plain));
	hl_buf_clear(&plain);
	hl_gsm7_plain(p->extra, &plain);
	hl_copy(p->extra, sizeof p->extra, hl_buf_text(&plain));
	hl_buf_fini(&plain);
}

/* Cuts the least important thing that is still there; false where nothing may be cut any more. */
static bool cut(struct parts *p)
{
	if (p->extra[0])
		p->extra[0] = 0;
	else if (hl_ucs2_units(p->place) > PLACE_LEAST)
		shorten(p->place);
	else if (p->link[0]) {
		p->link[0] = 0; /* and the place has its room */
		hl_copy(p->place, sizeof p->place, p->whole_place);
	} else if (hl_ucs2_units(p->category) > PLACE_LEAST)
		shorten(p->category);
	else if (p->age)
		p->age = false;
	else if (p->place[0])
		p->place[0] = 0;
	else if (p->category[0])
		p->category[0] = 0;
	else if (p->plates[0])
		p->plates[0] = 0;
	else
		return false;
	return true;
}

static enum hl_code render(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err)
{
	static const char longest_age[] = "9999 d ago";
	struct parts p;
	struct hl_buf text = HL_BUF(TEXT_MAX);
	if (!is_number(address))
		return hl_err_set(err, HL_E_INPUT, "no number: %s", address);
	if (!m->alert) {
		char receiver[HL_NAME];
		clean_into(m->receiver, receiver, sizeof receiver);
		hl_buf_printf(body, "TEST of receiver %s: no vehicle was seen, nothing to do", receiver);
		return HL_OK;
	}
	gather(conf, m, &p);
	compose(&p, longest_age, &text);
	if (!hl_sms_fits(hl_buf_text(&text)))
		make_plain(&p, m->alert);
	do
		compose(&p, longest_age, &text);
	while (!hl_sms_fits(hl_buf_text(&text)) && cut(&p));
	compose(&p, HL_AGE_MARK, &text);
	hl_buf_put(body, hl_buf_text(&text), text.len);
	hl_buf_fini(&text);
	return body->full ? hl_err_set(err, HL_E_LIMIT, "no room for a message") : HL_OK;
}

struct value {
	const char *name, *text;
};

/* The template with each {name} replaced by its value, percent-encoded. */
static void expand(const char *template, const struct value *v, size_t n, struct hl_buf *out)
{
	while (*template) {
		const struct value *hit = NULL;
		size_t len = 0;
		for (size_t i = 0; *template == '{' && i < n && !hit; i++) {
			len = strlen(v[i].name);
			if (!strncmp(template + 1, v[i].name, len) && template[1 + len] == '}')
				hit = &v[i];
		}
		if (hit)
			hl_url_escape(out, hit->text);
		else
			hl_buf_putc(out, *template);
		template += hit ? len + 2 : 1;
	}
}

static enum hl_code prepare(const void *conf, const char *delivery_id, const char *address, const char *body, size_t body_n, int64_t seen_ms,
			    int64_t now_ms, struct hl_request *out, struct hl_err *err)
{
	const struct sms *s = conf;
	const struct preset *p = find_preset(s->gateway);
	size_t n;
	const char *password = hl_secret_line(&s->password, 0, &n);
	(void)delivery_id;
	if (!p || p->later || !password)
		return hl_err_set(err, HL_E_CONFIG, "no usable gateway or password");
	struct hl_buf text = HL_BUF(TEXT_MAX), url = HL_BUF(URL_MAX);
	hl_age_fill(body, body_n, seen_ms, now_ms, &text);
	char *secret = hl_strndup(password, n);
	const struct value values[] = {
		{ "user", s->user }, { "password", secret }, { "from", s->from ? s->from : "" }, { "to", address },
		{ "coding", hl_gsm7_septets(hl_buf_text(&text)) >= 0 ? "0" : "2" }, { "text", hl_buf_text(&text) },
	};
	hl_buf_puts(&url, s->url);
	expand(p->query, values, sizeof values / sizeof values[0], &url);
	bool full = text.full || url.full;
	if (!full) {
		hl_channel_request(&s->net, hl_buf_text(&url), out);
		out->method = hl_strdup("GET");
		hl_request_header(out, "User-Agent", "hotlistd");
	}
	if (url.data)
		explicit_bzero(url.data, url.len);
	explicit_bzero(secret, n);
	hl_request_wipe(&(struct hl_request){ .password = secret });
	hl_buf_fini(&url);
	hl_buf_fini(&text);
	return full ? hl_err_set(err, HL_E_LIMIT, "short message of more than %d bytes", TEXT_MAX) : HL_OK;
}

static void judge(const void *conf, const struct hl_answer *answer, struct hl_fate_of *out)
{
	const struct sms *s = conf;
	const struct preset *p = find_preset(s->gateway);
	if (p && p->judge)
		p->judge(answer, out);
	else
		hl_fate_set(out, HL_FATE_DEAD, -1, "no such gateway");
	hl_fate_redact(out, &s->password);
}

static void destination(const void *conf, const char *address, char *dst, size_t size)
{
	(void)address;
	hl_url_origin(((const struct sms *)conf)->url, dst, size);
}

extern const struct hl_adapter hl_adapter_sms;
const struct hl_adapter hl_adapter_sms = {
	.name = "sms",
	.conf_size = sizeof(struct sms),
	.options = options,
	.check = check,
	.secrets = secrets,
	.check_secrets = check_secrets,
	.addresses = addresses,
	.render = render,
	.prepare = prepare,
	.judge = judge,
	.destination = destination,
	.deadline_ms = hl_channel_deadline_ms,
	.concurrency = hl_channel_concurrency,
};
