/* settings_redis.c: where a Redis server is, for the store and for reads that come from a stream: `store: {redis: {...}}`, `- redis: {...}`. That it is there and
 * what it promises is looked at when it is opened (store/redis_link.c). Any thread.
 */
#include "config.h"

#include "base/conf_schema.h"
#include "base/file.h"
#include "engine/settings_priv.h"
#include "format/reads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct hl_redis_settings, member)

static const char *const durabilities[] = { "strict", "relaxed", NULL };

#define PLACE_OPTIONS                                                                                                                               \
	{ .name = "unix", .type = HL_OPT_STRING, .offset = AT(unix_path), .min = 1, .max = HL_REDIS_UNIX_MAX - 1, .help = "the server's socket" },      \
	{ .name = "host", .type = HL_OPT_STRING, .offset = AT(host), .min = 1, .max = HL_REDIS_HOST_MAX - 1, .help = "the server's name or address" },  \
	{ .name = "port", .type = HL_OPT_INT, .offset = AT(port), .def = "6379", .min = 1, .max = 65535, .help = "its port" },                          \
	{ .name = "user", .type = HL_OPT_STRING, .offset = AT(user), .min = 1, .max = HL_REDIS_USER_MAX - 1, .help = "the ACL user" },                  \
	{ .name = "password_file", .type = HL_OPT_STRING, .offset = AT(password_file), .min = 1, .max = HL_PATH_MAX - 1,                                \
	  .help = "the file that holds the password" },                                                                                             \
	{ .name = "timeout", .type = HL_OPT_DURATION, .offset = AT(timeout_ms), .def = "5s", .min = 100, .max = 60000,                                  \
	  .help = "how long an answer may take" }

const struct hl_opt hl_redis_store_options[] = {
	PLACE_OPTIONS,
	{ .name = "prefix", .type = HL_OPT_NAME, .offset = AT(prefix), .def = "hl", .help = "what all keys begin with" },
	{ .name = "durability", .type = HL_OPT_ENUM, .offset = AT(durability), .words = durabilities, .def = "strict",
	  .help = "strict: a server that may lose what it has said to be written is refused; relaxed: it is taken, and status says so" },
	{ .name = "min_replicas", .type = HL_OPT_INT, .offset = AT(min_replicas), .def = "0", .max = 16,
	  .help = "how many replicas must have what is committed" },
	{ .name = "wait", .type = HL_OPT_DURATION, .offset = AT(wait_ms), .def = "1s", .min = 1, .max = 60000, .help = "how long they have for it" },
	{ 0 },
};

#define STREAM(member) offsetof(struct hl_ingest_redis, member)

const struct hl_opt hl_redis_ingest_options[] = {
	PLACE_OPTIONS,
	{ .name = "durability", .type = HL_OPT_ENUM, .offset = AT(durability), .words = durabilities, .def = "strict",
	  .help = "strict: a server that may lose reads that were acknowledged to senders is refused; relaxed: it is taken" },
	{ .name = "stream", .type = HL_OPT_NAME, .offset = STREAM(stream), .def = "reads", .help = "the stream's key" },
	{ .name = "group", .type = HL_OPT_NAME, .offset = STREAM(group), .def = "hotlistd", .help = "the consumer group; nodes of one group share the reads" },
	{ .name = "format", .type = HL_OPT_NAME, .offset = STREAM(format), .def = "native", .help = "the format of the payload" },
	{ .name = "window", .type = HL_OPT_INT, .offset = STREAM(window), .def = "1000", .min = 1, .max = 10000, .help = "entries that may be under way here at a time" },
	{ .name = "max_length", .type = HL_OPT_INT, .offset = STREAM(max_length), .def = "1000000", .min = 1000, .max = 1000000000,
	  .help = "so many entries in the stream, and sources that go into it let their senders wait" },
	{ .name = "claim_after", .type = HL_OPT_DURATION, .offset = STREAM(claim_after_ms), .def = "60s", .min = 100, .max = 3600000,
	  .help = "an entry that a node has had for so long is taken over from it" },
	{ .name = "tries", .type = HL_OPT_INT, .offset = STREAM(tries), .def = "5", .min = 1, .max = 1000,
	  .help = "an entry that was given out so often and never decided goes to the stream NAME:dead" },
	{ 0 },
};

static void put_place(const struct hl_node *node, char **field, const struct hl_settings_loader *l, size_t most, struct hl_conf_ctx *ctx)
{
	if (!*field)
		return;
	char *full = hl_settings_place(l, *field);
	if (strlen(full) >= most)
		hl_conf_fault(ctx, node, "the path has %zu bytes with the folder of this file before it: expected at most %zu", strlen(full), most - 1);
	free(*field);
	*field = full;
}

static void check_password(const struct hl_node *node, const struct hl_redis_settings *r, struct hl_conf_ctx *ctx)
{
	struct hl_buf secret = HL_BUF(4096);
	struct hl_err err;
	if (hl_file_secret(r->password_file, &secret, &err))
		hl_conf_fault(ctx, node, "%s", err.text);
	hl_buf_fini(&secret);
}

void hl_settings_check_redis(const struct hl_node *node, struct hl_redis_settings *r, struct hl_conf_ctx *ctx)
{
	const struct hl_settings_loader *l = ctx->user;
	const struct hl_node *at;
	bool here = hl_node_has(node, "unix"), there = hl_node_has(node, "host");
	if (here == there)
		hl_conf_fault(ctx, node, here ? "'unix' and 'host' both: expected one of them" : "'redis' needs 'unix' with a path, or 'host'");
	if ((at = hl_node_get(node, "port")) && !there)
		hl_conf_fault_key(ctx, at, "'port' goes with 'host'");
	put_place(hl_node_get(node, "unix"), &r->unix_path, l, HL_REDIS_UNIX_MAX, ctx);
	put_place(hl_node_get(node, "password_file"), &r->password_file, l, HL_PATH_MAX, ctx);
	if (r->user && !r->password_file)
		hl_conf_fault(ctx, hl_node_get(node, "user"), "'user' needs 'password_file'");
	if (r->password_file)
		check_password(hl_node_get(node, "password_file"), r, ctx);
}

void hl_settings_redis_place(const struct hl_redis_settings *r, struct hl_redis_conf *c)
{
	*c = (struct hl_redis_conf){ .port = r->port, .timeout_ms = r->timeout_ms, .relaxed = r->durability == HL_REDIS_RELAXED, .replicas = r->min_replicas,
				     .wait_ms = r->wait_ms };
	hl_copy(c->unix_path, sizeof c->unix_path, r->unix_path ? r->unix_path : "");
	hl_copy(c->host, sizeof c->host, r->host ? r->host : "");
	hl_copy(c->user, sizeof c->user, r->user ? r->user : "");
	hl_copy(c->password_file, sizeof c->password_file, r->password_file ? r->password_file : "");
	hl_copy(c->prefix, sizeof c->prefix, r->prefix ? r->prefix : "");
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool hl_settings_same_redis(const struct hl_redis_settings *a, const struct hl_redis_settings *b)
{
	return same(a->unix_path, b->unix_path) && same(a->host, b->host) && a->port == b->port;
}

static void read_redis(const struct hl_node *node, char **target, struct hl_conf_ctx *ctx)
{
	struct hl_redis_settings r = { 0 };
	struct hl_redis_conf c;
	struct hl_buf where = HL_BUF(HL_STORE_WHERE_MAX - 1);
	const struct hl_node *at;
	enum hl_code rc = hl_conf_fill(node, hl_redis_store_options, &r, ctx);
	if (node->kind == HL_NODE_MAP) {
		hl_settings_check_redis(node, &r, ctx);
		if ((at = hl_node_get(node, "wait")) && !r.min_replicas)
			hl_conf_fault_key(ctx, at, "'wait' goes with 'min_replicas'");
		if (r.min_replicas && r.wait_ms >= r.timeout_ms)
			hl_conf_fault(ctx, at ? at : node, "'wait' is as long as 'timeout' or longer: expected less, or no answer would be heard");
	}
#ifndef HL_WITH_REDIS
	hl_conf_fault_key(ctx, node, "this hotlistd was built without Redis: expected sqlite");
#endif
	if (!rc) {
		hl_settings_redis_place(&r, &c);
		hl_redis_where(&c, &where);
		*target = hl_buf_steal(&where);
	}
	hl_buf_fini(&where);
	hl_conf_wipe(hl_redis_store_options, &r);
}

void hl_settings_read_stream(const struct hl_node *node, struct hl_ingest_redis *r, struct hl_conf_ctx *ctx)
{
	hl_conf_fill(node, hl_redis_ingest_options, r, ctx);
#ifndef HL_WITH_REDIS
	hl_conf_fault_key(ctx, node, "this hotlistd was built without Redis");
#endif
	if (node->kind != HL_NODE_MAP)
		return;
	hl_settings_check_redis(node, &r->at, ctx);
	if (r->format && !hl_read_format_find(r->format))
		hl_conf_fault(ctx, hl_node_get(node, "format"), "'format' is '%.64s': expected native", r->format);
}

void hl_settings_read_store(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	char **store = target;
	if (node->kind == HL_NODE_SCALAR && !strcmp(node->text, "sqlite")) {
		*store = hl_strdup("sqlite");
	} else if (node->kind == HL_NODE_SCALAR) {
		hl_conf_fault(ctx, node, "'store' is '%.60s': expected sqlite, or redis: {unix: /run/redis/redis.sock}", node->text);
	} else {
		const struct hl_node *redis = hl_settings_one_key(node, "sqlite, or redis: {...}", ctx);
		if (redis && strcmp(redis->key, "redis"))
			hl_conf_fault_key(ctx, redis, "unknown store '%.64s': expected sqlite, or redis: {...}", redis->key);
		else if (redis)
			read_redis(redis, store, ctx);
	}
}

void hl_settings_schema_store(struct hl_schema *s)
{
	struct hl_json *j = s->j;
	hl_json_open_key(j, "anyOf", '[');
	hl_json_open(j, '{');
	hl_json_str(j, "const", "sqlite");
	hl_json_close(j);
	hl_json_open(j, '{');
	hl_json_str(j, "type", "object");
	hl_json_bool(j, "additionalProperties", false);
	hl_json_open_key(j, "properties", '{');
	hl_json_open_key(j, "redis", '{');
	hl_schema_table(s, hl_redis_store_options);
	for (int i = 0; i < 4; i++)
		hl_json_close(j);
}
