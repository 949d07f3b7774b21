/* settings_ingest.c: where reads come from: `ingest`. An endpoint is checked here as far as it can be without opening it, so that a slip is a fault of the
 * file and not a failed start; a plain bind that others in the network can reach needs `insecure: true`. Pure; any thread.
 */
#include "base/text.h"
#include "engine/settings_priv.h"
#include "format/reads.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INGEST_MAX = 64, ENDPOINTS_MAX = 32, IPC_PATH_MAX = 107 /* sun_path */, HOST_MAX = 255 };

#define AT(member) offsetof(struct hl_ingest_zmq, member)
static const char *const kinds[] = { [HL_SOCK_SUB] = "sub", [HL_SOCK_PULL] = "pull", [HL_SOCK_ROUTER] = "router", NULL };

static const char *const intos[] = { [HL_INTO_HERE] = "here", [HL_INTO_STREAM] = "stream", NULL };

const struct hl_opt hl_zmq_options[] = {
	{ .name = "socket", .type = HL_OPT_ENUM, .offset = AT(socket), .words = kinds, .required = true, .help = "the ZeroMQ socket that takes reads" },
	{ .name = "connect", .type = HL_OPT_STRINGS, .offset = AT(connect), .max = ENDPOINTS_MAX, .help = "endpoints to connect to" },
	{ .name = "bind", .type = HL_OPT_STRINGS, .offset = AT(bind), .max = ENDPOINTS_MAX, .help = "endpoints to bind" },
	{ .name = "topics", .type = HL_OPT_STRINGS, .offset = AT(topics), .max = 256, .help = "topics, by their beginning; sub only; none means all" },
	{ .name = "rcvhwm", .type = HL_OPT_INT, .offset = AT(rcvhwm), .def = "10000", .min = 1, .max = 1000000, .help = "messages held for us by ZeroMQ" },
	{ .name = "max_message", .type = HL_OPT_SIZE, .offset = AT(max_message), .def = "1MiB", .min = 1024, .max = 64 << 20,
	  .help = "a larger message ends its sender's connection" },
	{ .name = "window", .type = HL_OPT_INT, .offset = AT(window), .def = "10000", .min = 1, .max = 1000000,
	  .help = "reads of one sender that are not yet answered; router only" },
	{ .name = "format", .type = HL_OPT_NAME, .offset = AT(format), .def = "native", .help = "the format of the payload" },
	{ .name = "into", .type = HL_OPT_ENUM, .offset = AT(into), .words = intos, .def = "here",
	  .help = "here: this node decides its reads; stream: they go to the end of the stream of the one redis source, which its nodes share" },
	{ .name = "insecure", .type = HL_OPT_BOOL, .offset = AT(insecure), .def = "false", .help = "allows a plain bind that is not on loopback" },
	{ .name = "curve", .type = HL_OPT_SECTION, .offset = AT(curve), .sub = hl_curve_options, .help = "encrypted, and from known senders only" },
	{ 0 },
};

/* What a source may be; read_source reads it, and words of later versions. */
const struct hl_opt hl_source_options[] = {
	{ .name = "zmq", .type = HL_OPT_SECTION, .sub = hl_zmq_options, .help = "a ZeroMQ socket" },
	{ .name = "redis", .type = HL_OPT_SECTION, .sub = hl_redis_ingest_options, .help = "a Redis stream" },
	{ 0 },
};

/* host and port of tcp://HOST:PORT, an IPv6 host without its brackets. False with the reason. */
static bool split_tcp(const char *rest, char host[HOST_MAX + 1], const char **why)
{
	bool six = *rest == '[';
	const char *colon = six ? strstr(rest, "]:") : strrchr(rest, ':');
	const char *port = colon ? colon + 1 + six : "";
	unsigned long n = 0;
	for (const char *p = port; *p; p++)
		n = *p >= '0' && *p <= '9' && n < 65536 ? n * 10 + (unsigned)(*p - '0') : 65536;
	*why = "expected tcp://HOST:PORT with a port from 1 to 65535";
	if (n < 1 || n > 65535 || colon <= rest + six)
		return false;
	*why = "the host is too long";
	if (!hl_copy_n(host, HOST_MAX + 1, rest + six, (size_t)(colon - rest - six)))
		return false;
	unsigned char addr[16];
	*why = six ? "no IPv6 address between [ and ]" : "the host holds a character that no host name has";
	if (six)
		return inet_pton(AF_INET6, host, addr) == 1;
	return strcmp(host, "*") == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == strlen(host);
}

static bool is_loopback(const char *host)
{
	unsigned char addr[16];
	if (inet_pton(AF_INET, host, addr) == 1)
		return addr[0] == 127;
	if (inet_pton(AF_INET6, host, addr) == 1)
		return memcmp(addr, (unsigned char[16]){ [15] = 1 }, 16) == 0;
	return strcmp(host, "lo") == 0;
}

static void check_tcp(const struct hl_node *at, const char *text, bool bind, bool insecure, struct hl_conf_ctx *ctx)
{
	char host[HOST_MAX + 1];
	const char *why;
	unsigned char addr[4];
	if (!split_tcp(text + 6, host, &why)) {
		hl_conf_fault(ctx, at, "endpoint '%.100s': %s", text, why);
		return;
	}
	bool dotted = strspn(host, "0123456789.") == strlen(host);
	if (dotted && inet_pton(AF_INET, host, addr) != 1)
		hl_conf_fault(ctx, at, "endpoint '%.100s': '%.40s' is no IPv4 address", text, host);
	else if (!bind && strcmp(host, "*") == 0)
		hl_conf_fault(ctx, at, "endpoint '%.100s': '*' is no host to connect to", text);
	else if (bind && (strcmp(host, "localhost") == 0 || (!dotted && strchr(host, '.'))))
		hl_conf_fault(ctx, at, "endpoint '%.100s': bind takes an address, an interface or *, not a host name; for loopback 127.0.0.1", text);
	else if (bind && !insecure && !is_loopback(host))
		hl_conf_fault(ctx, at, "endpoint '%.100s': anyone who reaches this port could send reads: bind 127.0.0.1, use curve, or say insecure: true", text);
}

static void check_ipc(const struct hl_node *at, const char *text, struct hl_conf_ctx *ctx)
{
	const char *path = text + 6;
	if (path[0] != '/' || !path[1])
		hl_conf_fault(ctx, at, "endpoint '%.100s': expected ipc:// and an absolute path, for example ipc:///run/hotlistd/reads", text);
	else if (strlen(path) > IPC_PATH_MAX)
		hl_conf_fault(ctx, at, "endpoint '%.40s...': the path has %zu bytes, at most %d", text, strlen(path), IPC_PATH_MAX);
}

static void check_endpoint(const struct hl_node *at, const char *text, bool bind, bool insecure, struct hl_conf_ctx *ctx)
{
	if (strncmp(text, "tcp://", 6) == 0)
		check_tcp(at, text, bind, insecure, ctx);
	else if (strncmp(text, "ipc://", 6) == 0)
		check_ipc(at, text, ctx);
	else if (strncmp(text, "inproc://", 9) == 0)
		hl_conf_fault(ctx, at, "endpoint '%.100s': inproc:// ends inside one process: expected tcp:// or ipc://", text);
	else
		hl_conf_fault(ctx, at, "endpoint '%.100s': expected tcp://HOST:PORT or ipc:///PATH", text);
}

static void check_endpoints(const struct hl_node *map, const char *key, const struct hl_strings *v, bool insecure, struct hl_conf_ctx *ctx)
{
	const struct hl_node *node = hl_node_get(map, key);
	for (size_t i = 0; i < v->n; i++) {
		const struct hl_node *at = node->kind == HL_NODE_SEQ ? &node->child[i] : node;
		check_endpoint(at, v->v[i], strcmp(key, "bind") == 0, insecure, ctx);
		for (size_t k = 0; k < i; k++)
			if (strcmp(v->v[i], v->v[k]) == 0)
				hl_conf_fault(ctx, at, "endpoint '%.100s' stands here twice", v->v[i]);
	}
}

static void check_zmq(const struct hl_node *node, struct hl_ingest_zmq *z, struct hl_conf_ctx *ctx)
{
	const struct hl_node *at;
	bool open = z->insecure || hl_node_has(node, "curve");
	check_endpoints(node, "connect", &z->connect, open, ctx);
	check_endpoints(node, "bind", &z->bind, open, ctx);
	hl_settings_check_curve(node, &z->curve, ctx);
	if (!hl_node_has(node, "connect") && !hl_node_has(node, "bind"))
		hl_conf_fault(ctx, node, "'zmq' needs 'connect' or 'bind' with an endpoint");
	if (!hl_node_has(node, "socket"))
		return;
	if ((at = hl_node_get(node, "topics")) && z->socket != HL_SOCK_SUB)
		hl_conf_fault_key(ctx, at, "'topics' is for socket: sub only");
	if ((at = hl_node_get(node, "window")) && z->socket != HL_SOCK_ROUTER)
		hl_conf_fault_key(ctx, at, "'window' is for socket: router only");
	if (z->format && !hl_read_format_find(z->format))
		hl_conf_fault(ctx, hl_node_get(node, "format"), "'format' is '%.64s': expected native", z->format);
}

const struct hl_node *hl_settings_one_key(const struct hl_node *node, const char *expected, struct hl_conf_ctx *ctx)
{
	if (node->kind == HL_NODE_MAP && node->n == 1)
		return &node->child[0];
	if (node->kind == HL_NODE_MAP && node->n > 1)
		hl_conf_fault_key(ctx, &node->child[1], "'%.64s' is a second key: expected %s alone (is a '- ' missing before it?)", node->child[1].key, expected);
	else
		hl_conf_fault(ctx, node, "expected %s", expected);
	return NULL;
}

static void read_redis(const struct hl_node *node, struct hl_settings *s, struct hl_conf_ctx *ctx)
{
	struct hl_ingest_redis *r = (struct hl_ingest_redis *)s->streams.v + s->streams.n++;
	r->line = node->key_line;
	r->column = node->key_column;
	hl_settings_read_stream(node, r, ctx);
}

static void read_source(const struct hl_node *item, struct hl_settings *s, struct hl_conf_ctx *ctx)
{
	static const char *const words[] = { "zmq", "redis", "http", NULL };
	const struct hl_node *node = hl_settings_one_key(item, "zmq: {...}", ctx);
	struct hl_array *a = &s->ingest;
	if (!node)
		return;
	if (strcmp(node->key, "redis") == 0) {
		read_redis(node, s, ctx);
		return;
	}
	if (strcmp(node->key, "http") == 0) {
		hl_conf_fault_key(ctx, node, "'%s' is not supported yet", node->key);
		return;
	}
	if (strcmp(node->key, "zmq") != 0) {
		const char *near = hl_text_nearest(node->key, words);
		if (near)
			hl_conf_fault_key(ctx, node, "unknown source '%.64s' (did you mean '%s'?)", node->key, near);
		else
			hl_conf_fault_key(ctx, node, "unknown source '%.64s': expected zmq or redis", node->key);
		return;
	}
	struct hl_ingest_zmq *z = (struct hl_ingest_zmq *)a->v + a->n++;
	z->line = node->key_line;
	z->column = node->key_column;
	hl_conf_fill(node, hl_zmq_options, z, ctx);
	if (node->kind == HL_NODE_MAP)
		check_zmq(node, z, ctx);
}

/* Two sockets can't bind one address: told here with both places, not at the start. */
static void check_bound_twice(const struct hl_ingest_zmq *a, const struct hl_ingest_zmq *b, struct hl_conf_ctx *ctx)
{
	for (size_t x = 0; x < a->bind.n; x++)
		for (size_t y = 0; y < b->bind.n; y++)
			if (strcmp(a->bind.v[x], b->bind.v[y]) == 0) {
				hl_faults_add(ctx->faults, ctx->file, a->line, a->column, "'%.100s' is bound in line %u already", a->bind.v[x], b->line);
				return;
			}
}

static void check_streams(const struct hl_settings *s, struct hl_conf_ctx *ctx)
{
	const struct hl_ingest_zmq *z = s->ingest.v;
	const struct hl_ingest_redis *r = s->streams.v;
	for (size_t i = 0; i < s->ingest.n; i++)
		if (z[i].into == HL_INTO_STREAM && s->streams.n != 1)
			hl_faults_add(ctx->faults, ctx->file, z[i].line, z[i].column, "'into: stream' needs one 'redis' source beside it, there are %zu", s->streams.n);
	for (size_t i = 0; i < s->streams.n; i++)
		for (size_t k = 0; k < i; k++)
			if (r[i].stream && r[k].stream && !strcmp(r[i].stream, r[k].stream) && hl_settings_same_redis(&r[i].at, &r[k].at))
				hl_faults_add(ctx->faults, ctx->file, r[i].line, r[i].column, "the stream '%.64s' is a source in line %u already", r[i].stream, r[k].line);
}

/* One list in the file, two arrays in the struct, of which the option names the first. */
void hl_settings_read_ingest(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_settings *s = (struct hl_settings *)((char *)target - offsetof(struct hl_settings, ingest));
	struct hl_array *a = &s->ingest;
	if (node->kind != HL_NODE_SEQ) {
		hl_conf_fault(ctx, node, "'ingest': expected a list of sources, for example - zmq: {socket: pull, bind: [\"tcp://127.0.0.1:5557\"]}");
		return;
	}
	if (node->n > INGEST_MAX) {
		hl_conf_fault(ctx, node, "'ingest' has %zu sources: expected at most %d", node->n, INGEST_MAX);
		return;
	}
	a->v = hl_calloc(node->n, sizeof(struct hl_ingest_zmq));
	s->streams.v = hl_calloc(node->n, sizeof(struct hl_ingest_redis));
	for (size_t i = 0; i < node->n; i++)
		read_source(&node->child[i], s, ctx);
	const struct hl_ingest_zmq *v = a->v;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < i; k++)
			check_bound_twice(&v[i], &v[k], ctx);
	check_streams(s, ctx);
}

void hl_settings_wipe_ingest(void *target)
{
	struct hl_array *a = target;
	struct hl_ingest_zmq *v = a->v;
	for (size_t i = 0; i < a->n; i++) {
		hl_settings_wipe_curve(&v[i].curve);
		hl_conf_wipe(hl_zmq_options, &v[i]);
	}
	free(v);
	*a = (struct hl_array){ 0 };
	struct hl_array *streams = &((struct hl_settings *)((char *)target - offsetof(struct hl_settings, ingest)))->streams;
	struct hl_ingest_redis *r = streams->v;
	for (size_t i = 0; i < streams->n; i++)
		hl_conf_wipe(hl_redis_ingest_options, &r[i]);
	free(r);
	*streams = (struct hl_array){ 0 };
}
