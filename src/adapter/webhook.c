/* webhook.c: an event as an HTTP POST, signed as Standard Webhooks 1.0 says (webhook-id, webhook-timestamp, webhook-signature over
 * id.timestamp.body). The body is made once and stays byte-identical over retries; only the timestamp and so the signature change.
 * Pure; any thread.
 */
#include "adapter/channel.h"
#include "adapter/digest.h"
#include "adapter/words.h"
#include "base/crypto.h"
#include "base/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAYLOAD_FULL, PAYLOAD_THIN };
enum { KEY_MIN = 16, KEY_MIN_ENCODED = 24, KEY_MAX = 64, KEYS_MAX = 8, BODY_MAX = 256 << 10 };

struct webhook {
	struct hl_channel_net net;
	char *url;
	struct hl_secret secret;
	int payload;
};
_Static_assert(offsetof(struct webhook, net) == 0, "the functions of channel.h look for it there");

static const char *const payloads[] = { "full", "thin", NULL };

static const struct hl_opt options[] = {
	{ .name = "url", .type = HL_OPT_STRING, .offset = offsetof(struct webhook, url), .required = true, .max = HL_URL_MAX,
	  .help = "where events are posted; https, or http inside `allow`" },
	{ .name = "secret_file", .type = HL_OPT_CUSTOM, .offset = offsetof(struct webhook, secret), .required = true, .custom = hl_secret_read,
	  .wipe = hl_secret_wipe, .help = "the signing secret, whsec_ and base64 or plain; several lines sign several times while a secret is changed" },
	{ .name = "payload", .type = HL_OPT_ENUM, .offset = offsetof(struct webhook, payload), .def = "full", .words = payloads,
	  .help = "the whole alert, or only its id, priority, category, decision and notice" },
	HL_CHANNEL_OPTIONS(struct webhook, "10s", "4"),
	{ .name = NULL }
};

static void check(const struct hl_node *node, void *conf, struct hl_conf_ctx *ctx)
{
	struct webhook *w = conf;
	hl_channel_check_http(node, "url", w->url, &w->net, ctx);
}

static void secrets(void *conf, void (*need)(void *arg, const char *path, struct hl_strings *into), void *arg)
{
	struct webhook *w = conf;
	if (w->secret.path)
		need(arg, w->secret.path, &w->secret.content);
}

/* One line of the secret file as a key of *n bytes. NULL: fine, else what is wrong with it. */
static const char *read_key(const char *line, size_t len, unsigned char key[KEY_MAX], size_t *n)
{
	static const char mark[] = "whsec_";
	if (len > strlen(mark) && !memcmp(line, mark, strlen(mark))) {
		if (!hl_base64_decode(line + strlen(mark), len - strlen(mark), key, KEY_MAX, n))
			return "is no base64 of at most 64 bytes after whsec_";
		return *n < KEY_MIN_ENCODED ? "holds fewer than 24 bytes" : NULL;
	}
	if (len < KEY_MIN)
		return "is shorter than 16 characters";
	if (len > KEY_MAX)
		return "is longer than 64 characters";
	memcpy(key, line, len);
	*n = len;
	return NULL;
}

static enum hl_code check_secrets(const void *conf, struct hl_err *err)
{
	const struct webhook *w = conf;
	unsigned char key[KEY_MAX];
	const char *line;
	size_t len, n, i = 0;
	for (; (line = hl_secret_line(&w->secret, i, &len)); i++) {
		const char *fault = i < KEYS_MAX ? read_key(line, len, key, &n) : "is one too many, at most 8";
		explicit_bzero(key, sizeof key);
		if (fault)
			return hl_err_at(err, HL_E_CONFIG, (unsigned)i + 1, 0, "%s: secret %zu %s", w->secret.path, i + 1, fault);
	}
	return i ? HL_OK : hl_err_set(err, HL_E_CONFIG, "%s: empty", w->secret.path ? w->secret.path : "secret_file");
}

static size_t addresses(const void *conf, const char **out, size_t max)
{
	const struct webhook *w = conf;
	if (max)
		out[0] = w->url;
	return 1;
}

static void write_thin(const struct hl_message *m, struct hl_json *j)
{
	const struct hl_alert *a = m->alert;
	char notice[HL_NOTICE_TEXT];
	hl_alert_notice_brief(a, notice, sizeof notice);
	hl_json_open_key(j, "data", '{');
	hl_json_str(j, "id", a->id);
	hl_json_str(j, "state", hl_alert_state_name(a->state));
	hl_json_int(j, "priority", a->priority);
	hl_json_str(j, "category", a->category);
	hl_json_str(j, "decision", hl_decision_name(a->decision));
	hl_json_opt(j, "why", hl_alert_why(a));
	hl_json_str(j, "notice", notice);
	hl_json_close(j);
}

static void write_test(const struct hl_message *m, struct hl_json *j)
{
	hl_json_open_key(j, "data", '{');
	hl_json_bool(j, "test", true);
	hl_json_str(j, "receiver", m->receiver);
	hl_json_str(j, "notice", "TEST: no vehicle was seen, nothing to do");
	hl_json_close(j);
}

static void write_digest(const struct webhook *w, const struct hl_message *m, struct hl_json *j)
{
	hl_json_open_key(j, "data", '{');
	hl_json_str(j, "receiver", m->receiver);
	hl_json_int(j, "count", (int64_t)m->digest->all);
	hl_json_open_key(j, "alerts", '[');
	for (size_t i = 0; i < m->digest->n; i++)
		hl_digest_json(m->digest->alert[i], w->payload != PAYLOAD_THIN, j);
	hl_json_close(j);
	hl_json_close(j);
}

static enum hl_code render(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err)
{
	const struct webhook *w = conf;
	char link[HL_LINK_TEXT];
	struct hl_json j;
	(void)address;
	hl_json_init(&j, body);
	hl_json_open(&j, '{');
	hl_json_str(&j, "type", hl_event_name(m->type));
	hl_json_time(&j, "timestamp", m->time_ms);
	if (m->digest)
		write_digest(w, m, &j);
	else if (!m->alert)
		write_test(m, &j);
	else if (w->payload == PAYLOAD_THIN)
		write_thin(m, &j);
	else
		hl_json_raw(&j, "data", m->alert_json);
	hl_words_link(m, link, sizeof link);
	hl_json_opt(&j, "link", link);
	hl_json_close(&j);
	if (body->full)
		return hl_err_set(err, HL_E_LIMIT, "webhook body of more than %zu bytes", body->max);
	return HL_OK;
}

/* "v1,<base64>" for every secret, separated by spaces. */
static void sign(const struct webhook *w, const char *id, int64_t when, const char *body, size_t body_n, struct hl_buf *out)
{
	struct hl_buf text = HL_BUF(BODY_MAX + 256);
	unsigned char key[KEY_MAX], mac[HL_SHA256];
	char mac_text[4 * ((HL_SHA256 + 2) / 3) + 1];
	const char *line;
	size_t len, n;
	hl_buf_printf(&text, "%s.%" PRId64 ".", id, when);
	hl_buf_put(&text, body, body_n);
	for (size_t i = 0; i < KEYS_MAX && (line = hl_secret_line(&w->secret, i, &len)); i++) {
		if (read_key(line, len, key, &n))
			continue;
		hl_hmac_sha256(key, n, hl_buf_text(&text), text.len, mac);
		hl_base64(mac, sizeof mac, mac_text, sizeof mac_text);
		hl_buf_printf(out, "%sv1,%s", out->len ? " " : "", mac_text);
	}
	explicit_bzero(key, sizeof key);
	hl_buf_fini(&text);
}

static enum hl_code prepare(const void *conf, const char *delivery_id, const char *address, const char *body, size_t body_n, int64_t seen_ms,
			    int64_t now_ms, struct hl_request *out, struct hl_err *err)
{
	const struct webhook *w = conf;
	(void)address, (void)seen_ms;
	if (body_n > BODY_MAX)
		return hl_err_set(err, HL_E_LIMIT, "webhook body of %zu bytes, at most %d", body_n, BODY_MAX);
	struct hl_buf signature = HL_BUF(1024);
	sign(w, delivery_id, now_ms / 1000, body, body_n, &signature);
	if (!signature.len)
		return hl_err_set(err, HL_E_CONFIG, "no usable signing secret");
	char when[24];
	snprintf(when, sizeof when, "%" PRId64, now_ms / 1000);
	hl_channel_request(&w->net, w->url, out);
	out->method = hl_strdup("POST");
	hl_request_header(out, "Content-Type", "application/json");
	hl_request_header(out, "User-Agent", "hotlistd");
	hl_request_header(out, "webhook-id", delivery_id);
	hl_request_header(out, "webhook-timestamp", when);
	hl_request_header(out, "webhook-signature", hl_buf_text(&signature));
	out->body = hl_strndup(body, body_n);
	out->body_n = body_n;
	hl_buf_fini(&signature);
	return HL_OK;
}

static void judge(const void *conf, const struct hl_answer *answer, struct hl_fate_of *out)
{
	const struct webhook *w = conf;
	hl_judge_http(answer, out);
	hl_fate_redact(out, &w->secret);
}

static void destination(const void *conf, const char *address, char *dst, size_t size)
{
	const struct webhook *w = conf;
	(void)address;
	hl_url_endpoint(w->url, dst, size);
}

extern const struct hl_adapter hl_adapter_webhook;
const struct hl_adapter hl_adapter_webhook = {
	.name = "webhook",
	.conf_size = sizeof(struct webhook),
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
