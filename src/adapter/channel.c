/* channel.c: see channel.h. Pure; any thread. */
#include "config.h"

#include "adapter/channel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hl_channel_read_allow(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_allow *allow = target;
	struct hl_strings words = { 0 };
	allow->n = 0;
	if (!hl_conf_strings(node, &words, ctx))
		goto out;
	if (words.n > HL_NETS_MAX) {
		hl_conf_fault(ctx, node, "%zu networks, at most %d", words.n, HL_NETS_MAX);
		goto out;
	}
	for (size_t i = 0; i < words.n; i++) {
		const struct hl_node *at = node->kind == HL_NODE_SEQ && i < node->n ? &node->child[i] : node;
		if (hl_net_parse(words.v[i], &allow->v[allow->n]))
			allow->n++;
		else
			hl_conf_fault(ctx, at, "'%s' is no network: an address, or one with a prefix length and no bits beyond it (10.0.0.0/8, ::1)",
				      words.v[i]);
	}
out:
	hl_strings_wipe(&words);
}

void hl_secret_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_secret *s = target;
	if (node->kind != HL_NODE_SCALAR || !node->text[0]) {
		hl_conf_fault(ctx, node, "expected the name of a file that holds the secret");
		return;
	}
	if (strlen(node->text) >= HL_PATH_MAX) {
		hl_conf_fault(ctx, node, "file name of %zu bytes, at most %d", strlen(node->text), HL_PATH_MAX - 1);
		return;
	}
	free(s->path);
	s->path = hl_strdup(node->text);
}

void hl_secret_wipe(void *target)
{
	struct hl_secret *s = target;
	for (size_t i = 0; i < s->content.n; i++)
		explicit_bzero(s->content.v[i], strlen(s->content.v[i]));
	hl_strings_wipe(&s->content);
	free(s->path);
	s->path = NULL;
}

const char *hl_secret_line(const struct hl_secret *s, size_t i, size_t *n)
{
	for (size_t k = 0; k < s->content.n; k++) {
		const char *p = s->content.v[k];
		while (*p) {
			size_t len = strcspn(p, "\r\n");
			if (len && i-- == 0) {
				*n = len;
				return p;
			}
			p += len;
			p += strspn(p, "\r\n");
		}
	}
	return NULL;
}

enum hl_code hl_secret_check_one(const struct hl_secret *s, struct hl_err *err)
{
	size_t n;
	if (!s->path)
		return HL_OK;
	if (!hl_secret_line(s, 0, &n))
		return hl_err_set(err, HL_E_CONFIG, "%s: empty", s->path);
	if (hl_secret_line(s, 1, &n))
		return hl_err_set(err, HL_E_CONFIG, "%s: more than one line, expected one password", s->path);
	return HL_OK;
}

void hl_channel_place_ca(struct hl_channel_net *net, const struct hl_conf_ctx *ctx)
{
	const char *slash = ctx->file ? strrchr(ctx->file, '/') : NULL;
	if (!net->ca_file || net->ca_file[0] == '/' || !slash)
		return;
	struct hl_buf path = HL_BUF(2 * HL_PATH_MAX);
	hl_buf_put(&path, ctx->file, (size_t)(slash - ctx->file) + 1);
	hl_buf_puts(&path, net->ca_file);
	free(net->ca_file);
	net->ca_file = hl_buf_steal(&path);
}

void hl_channel_check_http(const struct hl_node *node, const char *key, const char *url, struct hl_channel_net *net, struct hl_conf_ctx *ctx)
{
	hl_channel_place_ca(net, ctx);
	const struct hl_node *at = hl_node_get(node, key);
	if (!url || !at)
		return; /* named as missing by the option table */
	struct hl_url u;
	struct hl_err err = { 0 };
	if (hl_url_parse(&u, url, &err) != HL_OK)
		hl_conf_fault(ctx, at, "%s: %s", key, err.text);
	else if (strcmp(u.scheme, "https") && strcmp(u.scheme, "http"))
		hl_conf_fault(ctx, at, "%s: scheme '%s', expected https (or http inside `allow`)", key, u.scheme);
	else if (u.literal && !hl_net_allowed(u.addr, net->allow.v, net->allow.n))
		hl_conf_fault(ctx, at, "%s: %s is a private or reserved address: name its network in `allow`", key, u.host);
	else if (!strcmp(u.scheme, "http") && (u.literal ? !hl_net_held(u.addr, net->allow.v, net->allow.n) : net->allow.n == 0))
		hl_conf_fault(ctx, at, "%s: http is unencrypted: use https, or name the receiver's network in `allow`", key);
}

void hl_channel_request(const struct hl_channel_net *net, const char *url, struct hl_request *out)
{
	*out = (struct hl_request){ .kind = HL_REQ_HTTP };
	out->url = hl_strdup(url);
	out->ca_file = hl_strdup(net->ca_file);
	out->allow = net->allow.v;
	out->n_allow = net->allow.n;
	out->allow_only = !strncmp(url, "http:", 5);
	out->timeout_ms = net->timeout_ms;
}

void hl_request_header(struct hl_request *r, const char *name, const char *value)
{
	struct hl_buf line = HL_BUF(8192);
	if (r->headers.n >= HL_HEADERS_MAX)
		return;
	hl_buf_printf(&line, "%s: ", name);
	for (const char *p = value; *p; p++)
		hl_buf_putc(&line, (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p);
	r->headers.v = hl_realloc(r->headers.v, r->headers.n + 1, sizeof *r->headers.v);
	r->headers.v[r->headers.n++] = hl_buf_steal(&line);
}

void hl_fate_set(struct hl_fate_of *out, enum hl_fate fate, int64_t wait_ms, const char *fmt, ...)
{
	char text[4 * HL_TEXT_LONG];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	out->fate = fate;
	out->wait_ms = wait_ms;
	hl_copy(out->reason, sizeof out->reason, text);
}

void hl_fate_redact(struct hl_fate_of *out, const struct hl_secret *s)
{
	const char *line;
	size_t n;
	for (size_t i = 0; (line = hl_secret_line(s, i, &n)); i++) {
		char *hit;
		while ((hit = memmem(out->reason, strlen(out->reason), line, n))) {
			size_t tail = strlen(hit + n) + 1;
			size_t stars = n < 3 ? n : 3;
			memset(hit, '*', stars);
			memmove(hit + stars, hit + n, tail);
			if (n <= 3 && line[0] == '*')
				break; /* a password of stars hides itself */
		}
	}
}

int64_t hl_channel_deadline_ms(const void *conf)
{
	return ((const struct hl_channel_net *)conf)->deadline_ms;
}

int64_t hl_channel_concurrency(const void *conf)
{
	return ((const struct hl_channel_net *)conf)->concurrency;
}

void hl_judge_http(const struct hl_answer *a, struct hl_fate_of *out)
{
	int s = a->status;
	if (a->refused_address)
		hl_fate_set(out, HL_FATE_DEAD, -1, "address refused: %s", a->text);
	else if (!a->sent)
		hl_fate_set(out, HL_FATE_LATER, -1, "no answer: %s", a->text);
	else if (s >= 200 && s < 300)
		hl_fate_set(out, HL_FATE_DONE, -1, "HTTP %d", s);
	else if (s == 410)
		hl_fate_set(out, HL_FATE_GONE, -1, "HTTP 410, the endpoint is gone: %s", a->text);
	else if (s == 429 || s == 503)
		hl_fate_set(out, HL_FATE_LATER, a->retry_after_ms, "HTTP %d %s", s, a->text);
	else if (s == 408 || s == 425 || s >= 500)
		hl_fate_set(out, HL_FATE_LATER, -1, "HTTP %d %s", s, a->text);
	else if (s >= 300 && s < 400)
		hl_fate_set(out, HL_FATE_DEAD, -1, "HTTP %d, redirects are not followed", s);
	else
		hl_fate_set(out, HL_FATE_DEAD, -1, "HTTP %d %s", s, a->text);
}
