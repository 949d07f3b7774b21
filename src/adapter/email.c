/* email.c: an event as a mail of one text part to one recipient. The whole message is made once and stored; the one thing filled in at each sending is
 * how long ago the vehicle was seen. With `detail: minimal` it names no plate and no person. Everything from outside is cleaned of control bytes, so
 * that no text can begin a header. Pure; any thread.
 */
#include "adapter/channel.h"
#include "adapter/mime.h"
#include "adapter/words.h"
#include "base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_AUTO, DETAIL_MINIMAL, DETAIL_FULL };
enum { TEXT_MAX = 64 << 10, MESSAGE_MAX = 256 << 10 };

struct email {
	struct hl_channel_net net;
	char *smtp, *user, *from;
	struct hl_secret password;
	struct hl_strings to;
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

static size_t addresses(const void *conf, const char **out, size_t max)
{
	const struct email *e = conf;
	for (size_t i = 0; i < e->to.n && i < max; i++)
		out[i] = e->to.v[i];
	return e->to.n;
}

/* "Label:   text", the text cleaned; nothing where it is empty. */
static void line(struct hl_buf *out, const char *label, const char *text)
{
	char clean[HL_READ_URL];
	hl_words_clean(text, clean, sizeof clean);
	if (clean[0])
		hl_buf_printf(out, "%-10s %s\n", label, clean);
}

/* The first line says it all; who withdrew it and why may name plates. */
static void write_standdown(const struct hl_alert *a, bool full, struct hl_buf *out)
{
	char text[2 * HL_TEXT_LONG];
	hl_words_standdown(a, text, sizeof text);
	hl_buf_printf(out, "%s\n\nThis alert no longer holds: do not act on it any more.\n", text);
	if (full)
		line(out, "Because:", a->standdown);
	hl_words_clean(a->category, text, sizeof text);
	hl_buf_printf(out, "\nPriority %d, %s\n", a->priority, text[0] ? text : "no category");
}

static void write_news(const struct hl_message *m, bool full, struct hl_buf *out)
{
	const struct hl_alert *a = m->alert;
	char text[2 * HL_TEXT_LONG], clean[2 * HL_TEXT_LONG];
	if (hl_words_event(m->type)[0])
		hl_buf_printf(out, "%s\n\n", hl_words_event(m->type));
	if (full && a->n_contradictions) {
		hl_alert_contradictions(a, text, sizeof text);
		hl_words_clean(text, clean, sizeof clean);
		hl_buf_printf(out, "CONTRADICTION: %s\n\n", clean);
	}
	(full ? hl_alert_notice : hl_alert_notice_brief)(a, text, sizeof text);
	hl_words_clean(text, clean, sizeof clean);
	hl_buf_printf(out, "%s\n", clean);
	hl_words_clean(a->category, clean, sizeof clean);
	hl_buf_printf(out, "\nPriority %d, %s, decision: %s\n", a->priority, clean[0] ? clean : "no category", hl_decision_name(a->decision));
}

static void write_head(const struct hl_message *m, bool full, struct hl_buf *out)
{
	const struct hl_alert *a = m->alert;
	char text[HL_TEXT_LONG];
	if (m->type == HL_EVENT_STANDDOWN)
		write_standdown(a, full, out);
	else
		write_news(m, full, out);
	line(out, "Place:", hl_alert_place(a));
	hl_tz_format(m->tz, a->read.time_ms == HL_NO_TIME ? a->time_ms : a->read.time_ms, text, sizeof text);
	line(out, "Time:", text);
	line(out, "", hl_alert_time_note(a));
	hl_buf_puts(out, "Seen:      " HL_AGE_MARK "\n\n");
}

/* Three digits, and never a 1 by rounding: nothing that was read is certain. */
static const char *chance(double p, char *dst, size_t size)
{
	snprintf(dst, size, p < 0.9995 ? "%.3g" : "above 0.999", p);
	return dst;
}

static void write_plates(const struct hl_alert *a, struct hl_buf *out)
{
	char text[HL_TEXT_LONG], clean[HL_TEXT_LONG], with[24], alone[24];
	struct hl_buf plates = HL_BUF(1024);
	hl_alert_plates(a, "    ", &plates);
	for (const char *p = hl_buf_text(&plates); *p; p += *p == '\n') {
		size_t n = strcspn(p, "\n"), used = n;
		while (used && p[used - 1] == ' ')
			used--;
		hl_buf_put(out, p, used);
		hl_buf_putc(out, '\n');
		p += n;
	}
	hl_buf_fini(&plates);
	hl_alert_difference(a, text, sizeof text);
	hl_words_clean(text, clean, sizeof clean);
	hl_buf_printf(out, "%s\n", clean);
	if (a->kind != HL_KIND_EXACT)
		line(out, "Kind:", hl_kind_name(a->kind));
	hl_buf_printf(out, "Probability %s (symbols alone %s)\n\n", chance(a->probability, with, sizeof with), chance(a->plate_probability, alone, sizeof alone));
}

static void write_entry(const struct hl_message *m, struct hl_buf *out)
{
	const struct hl_alert *a = m->alert;
	char text[HL_TEXT_LONG * 2];
	for (size_t i = 0; i < HL_FIELDS; i++) {
		char label[40];
		if (i == HL_F_PLATE || i == HL_F_PRIORITY || i == HL_F_CATEGORY || i == HL_F_ABOUT)
			continue;
		snprintf(label, sizeof label, "%s:", hl_fields[i].name);
		line(out, label, a->entry[i]);
	}
	snprintf(text, sizeof text, "%s, version %s, %" PRId64 " min old", a->list, a->list_version, a->list_age_ms / 60000);
	line(out, "List:", text);
	line(out, "Note:", a->cleared_note);
	const char *const seen[] = { a->read.vehicle.color, a->read.vehicle.make, a->read.vehicle.model, a->read.vehicle.type };
	text[0] = 0;
	for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
		size_t n = strlen(text);
		snprintf(text + n, sizeof text - n, "%s%s", n && seen[i][0] ? " " : "", seen[i]);
	}
	line(out, "Seen as:", text);
	line(out, "Region:", a->read.region);
	line(out, "Camera:", a->read.camera);
	line(out, "Image:", a->read.image);
}

static void write_text(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	char text[HL_TEXT_LONG], link[HL_LINK_TEXT];
	if (!m->alert) {
		hl_words_clean(m->receiver, text, sizeof text);
		hl_buf_printf(out, "TEST of receiver %s: no vehicle was seen, nothing to do.\n", text);
		return;
	}
	write_head(m, is_full(e), out);
	if (is_full(e)) {
		write_plates(m->alert, out);
		write_entry(m, out);
	} else if (m->type != HL_EVENT_STANDDOWN) {
		hl_words_difference(m->alert, text, sizeof text);
		hl_buf_printf(out, "%s\n", text);
	}
	line(out, "Alert:", m->alert->id);
	hl_words_link(m, link, sizeof link);
	line(out, "Link:", link);
}

static void subject_news(const struct email *e, const struct hl_message *m, struct hl_buf *text)
{
	const struct hl_alert *a = m->alert;
	char category[HL_TEXT_SHORT], difference[HL_TEXT_LONG];
	const char *event = hl_words_event(m->type);
	hl_words_clean(a->category, category, sizeof category);
	hl_words_difference(a, difference, sizeof difference);
	hl_buf_printf(text, "%s%s[P%d] %s: %s", event, event[0] ? " " : "", a->priority, hl_words_notice(a), category);
	if (!is_full(e))
		hl_buf_printf(text, ", %s,", difference);
}

static void subject_standdown(const struct hl_alert *a, struct hl_buf *text)
{
	char category[HL_TEXT_SHORT], why[HL_TEXT_LONG];
	hl_words_clean(a->category, category, sizeof category);
	hl_words_standdown(a, why, sizeof why);
	hl_buf_printf(text, "%s: [P%d] %s", why, a->priority, category);
}

static void write_subject(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	const struct hl_alert *a = m->alert;
	char place[HL_READ_SITE];
	struct hl_buf text = HL_BUF(1024);
	if (!a) {
		hl_words_clean(m->receiver, place, sizeof place);
		hl_buf_printf(&text, "TEST of receiver %s", place);
	} else {
		hl_words_clean(hl_alert_place(a), place, sizeof place);
		if (m->type == HL_EVENT_STANDDOWN)
			subject_standdown(a, &text);
		else
			subject_news(e, m, &text);
		if (is_full(e))
			hl_buf_printf(&text, " listed %s read %s", a->plate_listed, a->plate_read);
		hl_buf_printf(&text, " at %s", place);
	}
	hl_mime_header(out, "Subject", hl_buf_text(&text));
	hl_buf_fini(&text);
}

/* Identity and thread: the Message-ID is the delivery's and survives retries; all mails of one alert refer to one made-up root. */
static void write_ids(const struct email *e, const struct hl_message *m, struct hl_buf *out)
{
	const char *domain = strchr(e->from, '@') + 1;
	char id[512];
	snprintf(id, sizeof id, "<%s@%s>", m->delivery_id, domain);
	hl_mime_header(out, "Message-ID", id);
	if (!m->alert)
		return;
	snprintf(id, sizeof id, "<alert.%s@%s>", m->alert->id, domain);
	if (m->type != HL_EVENT_CREATED)
		hl_mime_header(out, "In-Reply-To", id);
	hl_mime_header(out, "References", id);
}

static enum hl_code render(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err)
{
	const struct email *e = conf;
	char date[40];
	if (!hl_mime_is_address(address) || !hl_mime_is_address(e->from))
		return hl_err_set(err, HL_E_INPUT, "no mail address: %s", address);
	hl_mime_date(m->time_ms, date, sizeof date);
	hl_mime_header(body, "Date", date);
	hl_mime_header(body, "From", e->from);
	hl_mime_header(body, "To", address);
	write_subject(e, m, body);
	write_ids(e, m, body);
	hl_mime_header(body, "Auto-Submitted", "auto-generated");
	if (m->alert && m->alert->priority <= 2)
		hl_mime_header(body, "Importance", "high");
	hl_mime_header(body, "MIME-Version", "1.0");
	hl_mime_header(body, "Content-Type", "text/plain; charset=utf-8");
	hl_mime_header(body, "Content-Transfer-Encoding", "quoted-printable");
	hl_buf_puts(body, "\r\n");
	struct hl_buf text = HL_BUF(TEXT_MAX);
	write_text(e, m, &text);
	hl_mime_quoted(body, hl_buf_text(&text));
	bool full = text.full || body->full;
	hl_buf_fini(&text);
	return full ? hl_err_set(err, HL_E_LIMIT, "mail of more than %zu bytes", body->max) : HL_OK;
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
	.addresses = addresses,
	.render = render,
	.prepare = prepare,
	.judge = judge,
	.destination = destination,
	.deadline_ms = hl_channel_deadline_ms,
	.concurrency = hl_channel_concurrency,
};
