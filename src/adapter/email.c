/* email.c: an event as a mail to one recipient, in text and in HTML. The whole message is made once and stored; the one thing filled in at each sending is
 * how long ago the vehicle was seen. Its words are a template's (template.h). With `detail: minimal` it names no plate and no person. Everything from outside is
 * cleaned of control bytes, so that no text can begin a header, and escaped in HTML. Pure; any thread.
 */
#include "config.h"

#include "adapter/digest.h"
#include "adapter/channel.h"
#include "adapter/channel_words.h"
#include "adapter/mime.h"
#include "adapter/values.h"
#include "adapter/words.h"

#include <stdio.h>
#include <string.h>

enum { DETAIL_AUTO, DETAIL_MINIMAL, DETAIL_FULL };
enum { TEXT_MAX = 64 << 10, MESSAGE_MAX = 256 << 10 };

struct email {
	struct hl_channel_net net;
	char *smtp, *user, *from;
	struct hl_secret password;
	struct hl_strings to;
	struct hl_channel_words words;
	int starttls; /* enum hl_tls */
	int detail;
};
_Static_assert(offsetof(struct email, net) == 0, "the functions of channel.h look for it there");

static const char *const tls_words[] = { [HL_TLS_OFF] = "off", [HL_TLS_TRY] = "try", [HL_TLS_REQUIRE] = "require", NULL };
static const char *const details[] = { [DETAIL_AUTO] = "auto", [DETAIL_MINIMAL] = "minimal", [DETAIL_FULL] = "full", NULL };

static const struct hl_opt options[] = {
	{ .name = "smtp", .type = HL_OPT_STRING, .offset = offsetof(struct email, smtp), .required = true, .max = HL_URL_MAX,
	  .help = "the mail server, smtp://host:port or smtps://host:port" },
	{ .name = "starttls", .type = HL_OPT_ENUM, .offset = offsetof(struct email, starttls), .def = "require", .words = tls_words,
	  .help = "require: no mail without TLS; try: TLS where it is offered; off: never" },
	{ .name = "user", .type = HL_OPT_STRING, .offset = offsetof(struct email, user), .max = 256, .help = "name to log in with" },
	{ .name = "password_file", .type = HL_OPT_CUSTOM, .offset = offsetof(struct email, password), .custom = hl_secret_read,
	  .wipe = hl_secret_wipe, .help = "the file that holds the password" },
	{ .name = "from", .type = HL_OPT_STRING, .offset = offsetof(struct email, from), .required = true, .max = 254, .help = "the sender's address" },
	{ .name = "to", .type = HL_OPT_STRINGS, .offset = offsetof(struct email, to), .required = true,
	  .help = "the recipients' addresses; each gets a mail of its own" },
	{ .name = "detail", .type = HL_OPT_ENUM, .offset = offsetof(struct email, detail), .def = "auto", .words = details,
	  .help = "full: plates, entry and vehicle; minimal: priority, category, place and how much differs; auto: full with TLS required, else minimal" },
	HL_CHANNEL_WORDS_OPTION(struct email),
	HL_CHANNEL_OPTIONS(struct email, "30s", "2"),
	{ .name = NULL }
};

static bool is_smtps(const struct email *e)
{
	return e->smtp && !strncmp(e->smtp, "smtps:", 6);
}

static bool is_full(const struct email *e)
{
	return e->detail == DETAIL_FULL || (e->detail == DETAIL_AUTO && e->starttls == HL_TLS_REQUIRE);
}

static void check_server(const struct hl_node *node, struct email *e, struct hl_conf_ctx *ctx)
{
	const struct hl_node *at = hl_node_get(node, "smtp");
	struct hl_url u;
	struct hl_err err = { 0 };
	if (!e->smtp || !at)
		return;
	if (hl_url_parse(&u, e->smtp, &err) != HL_OK) {
		hl_conf_fault(ctx, at, "smtp: %s", err.text);
		return;
	}
	if (strncmp(u.scheme, "smtp", 4))
		hl_conf_fault(ctx, at, "smtp: scheme '%s', expected smtp or smtps", u.scheme);
	else if (u.rest[0] && strcmp(u.rest, "/"))
		hl_conf_fault(ctx, at, "smtp: '%s' after the host, expected nothing", u.rest);
	else if (u.literal && !hl_net_allowed(u.addr, e->net.allow.v, e->net.allow.n))
		hl_conf_fault(ctx, at, "smtp: %s is a private or reserved address: name its network in `allow`", u.host);
	bool inside = u.literal && hl_net_held(u.addr, e->net.allow.v, e->net.allow.n);
	if (e->user && e->starttls != HL_TLS_REQUIRE && !inside)
		hl_conf_fault(ctx, hl_node_get(node, "user"), "a password is sent over TLS only: starttls: require, or smtps://");
}

static void check_words(const struct hl_node *node, const struct email *e, struct hl_conf_ctx *ctx)
{
	const struct hl_node *at = hl_node_get(node, "starttls");
	if (is_smtps(e) && e->starttls != HL_TLS_REQUIRE && at)
		hl_conf_fault(ctx, at, "starttls: smtps:// is encrypted from its first byte, expected require or nothing");
	at = hl_node_get(node, "detail");
	if (e->detail == DETAIL_FULL && e->starttls != HL_TLS_REQUIRE && at)
		hl_conf_fault(ctx, at, "detail: full needs starttls: require, or plates and names could cross the network in the clear");
	if (!e->user != !e->password.path)
		hl_conf_fault(ctx, node, "user and password_file go together, '%s' is missing", e->user ? "password_file" : "user");
}

static void check_addresses(const struct hl_node *node, const struct email *e, struct hl_conf_ctx *ctx)
{
	const struct hl_node *from = hl_node_get(node, "from"), *to = hl_node_get(node, "to");
	if (from && e->from && !hl_mime_is_address(e->from))
		hl_conf_fault(ctx, from, "from: '%s' is no mail address, expected name@domain in ASCII", e->from);
	if (!to)
		return;
	if (e->to.n < 1 || e->to.n > HL_ADDRESSES_MAX)
		hl_conf_fault(ctx, to, "to: %zu addresses, expected 1 to %d", e->to.n, HL_ADDRESSES_MAX);
	for (size_t i = 0; i < e->to.n; i++) {
		const struct hl_node *at = to->kind == HL_NODE_SEQ && i < to->n ? &to->child[i] : to;
		if (!hl_mime_is_address(e->to.v[i]))
			hl_conf_fault(ctx, at, "to: '%s' is no mail address, expected name@domain in ASCII", e->to.v[i]);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(e->to.v[i], e->to.v[k]))
				hl_conf_fault(ctx, at, "to: '%s' stands here twice", e->to.v[i]);
	}
}

static void check(const struct hl_node *node, void *conf, struct hl_conf_ctx *ctx)
{
	struct email *e = conf;
	hl_channel_words_finish(&e->words);
	hl_channel_place_ca(&e->net, ctx);
	check_server(node, e, ctx);
	check_words(node, e, ctx);
	check_addresses(node, e, ctx);
}

static void secrets(void *conf, void (*need)(void *arg, const char *path, struct hl_strings *into), void *arg)
{
	struct email *e = conf;
	if (e->password.path)
		need(arg, e->password.path, &e->password.content);
}

static enum hl_code check_secrets(const void *conf, struct hl_err *err)
{
	return hl_secret_check_one(&((const struct email *)conf)->password, err);
}

static struct hl_channel_words *words(void *conf)
{
	return &((struct email *)conf)->words;
}

static size_t addresses(const void *conf, const char **out, size_t max)
{
	const struct email *e = conf;
	for (size_t i = 0; i < e->to.n && i < max; i++)
		out[i] = e->to.v[i];
	return e->to.n;
}

static void write_subject(const struct email *e, const struct hl_message *m, const struct hl_said *said, struct hl_buf *out)
{
	struct hl_buf text = HL_BUF(1024);
	char receiver[HL_READ_SITE];
	if (m->digest)
		hl_digest_head(m, &text);
	else if (said)
		hl_template_write(hl_channel_words_for(&e->words, HL_PART_SUBJECT), HL_PART_SUBJECT, &said->values, &text);
	else {
		hl_words_clean(m->receiver, receiver, sizeof receiver);
		hl_buf_printf(&text, "TEST of receiver %s", receiver);
	}
	hl_mime_header(out, "Subject", hl_buf_text(&text));
	hl_buf_fini(&text);
}

/* Identity and thread: the Message-ID is the delivery's and survives retries; later mails of an alert refer to the first one to the same address. */
static void write_ids(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	const char *domain = strchr(e->from, '@') + 1;
	char id[512];
	snprintf(id, sizeof id, "<%s@%s>", m->delivery_id, domain);
	hl_mime_header(out, "Message-ID", id);
	if (!m->alert || !m->first_id || !m->first_id[0] || !strcmp(m->first_id, m->delivery_id))
		return;
	snprintf(id, sizeof id, "<%s@%s>", m->first_id, domain);
	hl_mime_header(out, "In-Reply-To", id);
	hl_mime_header(out, "References", id);
}

static void write_headers(const struct email *e, const struct hl_message *m, const struct hl_said *said, const char *address, struct hl_buf *out)
{
	char date[40];
	const char *language = hl_template_language(hl_channel_words_for(&e->words, HL_PART_TEXT));
	hl_mime_date(m->time_ms, date, sizeof date);
	hl_mime_header(out, "Date", date);
	hl_mime_header(out, "From", e->from);
	hl_mime_header(out, "To", address);
	write_subject(e, m, said, out);
	write_ids(e, m, out);
	hl_mime_header(out, "Auto-Submitted", "auto-generated");
	if (m->alert && m->alert->priority <= 2)
		hl_mime_header(out, "Importance", "high");
	hl_mime_header(out, "Content-Language", m->alert && language[0] ? language : "en");
	hl_mime_header(out, "MIME-Version", "1.0");
}

static bool put_quoted(const char *type, struct hl_buf *text, struct hl_buf *out)
{
	hl_mime_header(out, "Content-Type", type);
	hl_mime_header(out, "Content-Transfer-Encoding", "quoted-printable");
	hl_buf_puts(out, "\r\n");
	hl_mime_quoted(out, hl_buf_text(text));
	bool full = text->full || out->full;
	hl_buf_fini(text);
	return !full;
}

/* One of the two parts. */
static bool put_part(const struct email *e, const struct hl_message *m, enum hl_part p, struct hl_buf *out)
{
	struct hl_buf text = HL_BUF(TEXT_MAX);
	struct hl_said said;
	bool html = p == HL_PART_HTML;
	hl_said_init(&said, m, is_full(e), html);
	hl_template_write(hl_channel_words_for(&e->words, p), p, &said.values, &text);
	text.full = text.full || said.text.full;
	hl_said_fini(&said);
	return put_quoted(html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8", &text, out);
}

/* Text for every reader, and HTML for those who show it, the better one last (RFC 2046, 5.1.4). "=_" stands in no quoted-printable text. */
static bool write_alternatives(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	char type[HL_TEXT_LONG], mark[HL_TEXT_SHORT + 8] = "=_";
	size_t n = 2;
	for (const char *p = m->delivery_id; *p && n < HL_TEXT_SHORT; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *p))
			mark[n++] = *p;
	snprintf(type, sizeof type, "multipart/alternative; boundary=\"%s\"", mark);
	hl_mime_header(out, "Content-Type", type);
	hl_buf_printf(out, "\r\n--%s\r\n", mark);
	bool fits = put_part(e, m, HL_PART_TEXT, out);
	hl_buf_printf(out, "\r\n--%s\r\n", mark);
	fits = put_part(e, m, HL_PART_HTML, out) && fits;
	hl_buf_printf(out, "\r\n--%s--\r\n", mark);
	return fits && !out->full;
}

static bool write_digest(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	struct hl_buf text = HL_BUF(TEXT_MAX);
	hl_digest_text(m, is_full(e), &text);
	return put_quoted("text/plain; charset=utf-8", &text, out);
}

static bool write_test(const struct hl_message *m, struct hl_buf *out)
{
	char receiver[HL_READ_SITE];
	struct hl_buf text = HL_BUF(TEXT_MAX);
	hl_words_clean(m->receiver, receiver, sizeof receiver);
	hl_buf_printf(&text, "TEST of receiver %s: no vehicle was seen, nothing to do.\n", receiver);
	return put_quoted("text/plain; charset=utf-8", &text, out);
}

static enum hl_code render(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err)
{
	const struct email *e = conf;
	struct hl_said said = { .text = HL_BUF(0) };
	if (!hl_mime_is_address(address) || !hl_mime_is_address(e->from))
		return hl_err_set(err, HL_E_INPUT, "no mail address: %s", address);
	if (m->alert)
		hl_said_init(&said, m, is_full(e), false);
	write_headers(e, m, m->alert ? &said : NULL, address, body);
	hl_said_fini(&said);
	bool fits = m->digest ? write_digest(e, m, body) : m->alert ? write_alternatives(e, m, body) : write_test(m, body);
	return fits ? HL_OK : hl_err_set(err, HL_E_LIMIT, "mail of more than %zu bytes", body->max);
}

static enum hl_code prepare(const void *conf, const char *delivery_id, const char *address, const char *body, size_t body_n, int64_t seen_ms,
			    int64_t now_ms, struct hl_request *out, struct hl_err *err)
{
	const struct email *e = conf;
	(void)delivery_id;
	if (!hl_mime_is_address(address))
		return hl_err_set(err, HL_E_INPUT, "no mail address: %s", address);
	struct hl_buf text = HL_BUF(MESSAGE_MAX);
	hl_age_fill(body, body_n, seen_ms, now_ms, &text);
	if (text.full) {
		hl_buf_fini(&text);
		return hl_err_set(err, HL_E_LIMIT, "mail of more than %d bytes", MESSAGE_MAX);
	}
	hl_channel_request(&e->net, e->smtp, out);
	out->kind = HL_REQ_SMTP;
	out->tls = (enum hl_tls)e->starttls;
	out->mail_from = hl_strdup(e->from);
	out->mail_to = hl_strdup(address);
	size_t n;
	const char *password = hl_secret_line(&e->password, 0, &n);
	if (e->user && password) {
		out->user = hl_strdup(e->user);
		out->password = hl_strndup(password, n);
	}
	out->body_n = text.len;
	out->body = hl_buf_steal(&text);
	return HL_OK;
}

static void judge(const void *conf, const struct hl_answer *a, struct hl_fate_of *out)
{
	const struct email *e = conf;
	if (a->refused_address)
		hl_fate_set(out, HL_FATE_DEAD, -1, "address refused: %s", a->text);
	else if (a->tls_failed)
		hl_fate_set(out, HL_FATE_LATER, -1, "TLS: %s", a->text);
	else if (!a->sent)
		hl_fate_set(out, HL_FATE_LATER, -1, "no answer: %s", a->text);
	else if (a->status >= 500)
		hl_fate_set(out, HL_FATE_DEAD, -1, "SMTP %d%s %s", a->status, a->auth_failed ? ", login refused" : "", a->text);
	else if (a->status >= 200 && a->status < 300 && !a->auth_failed)
		hl_fate_set(out, HL_FATE_DONE, -1, "SMTP %d", a->status);
	else
		hl_fate_set(out, HL_FATE_LATER, -1, "SMTP %d%s %s", a->status, a->auth_failed ? ", login failed" : "", a->text);
	hl_fate_redact(out, &e->password);
}

static void destination(const void *conf, const char *address, char *dst, size_t size)
{
	(void)address;
	hl_url_origin(((const struct email *)conf)->smtp, dst, size);
}

extern const struct hl_adapter hl_adapter_email;
const struct hl_adapter hl_adapter_email = {
	.name = "email",
	.conf_size = sizeof(struct email),
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
	.deadline_ms = hl_channel_deadline_ms,
	.concurrency = hl_channel_concurrency,
};
