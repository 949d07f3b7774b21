/* redis_fleet.c: the fleet on Redis, see fleet.h: heads, the log of their changes, and the nodes. A handle belongs to one thread. Keys, all behind "{PREFIX}:fleet:":
 *
 *     id       the fleet's own; rev: the last revision
 *     heads    a hash: thing -> "REV ID BLOB"
 *     log      a stream, an entry "REV-0" a change; nodes read on from where they were. The heads are what counts: the log may be cut
 *     kept     a hash: thing -> the last blobs, the newest first; what falls out of it is deleted
 *     blob:X   a hash, see redis_fleet_blob.c; hand:LIST: see redis_fleet_hand.c
 *     nodes    a sorted set: node -> when it was heard of last; node:X: a hash, what it said; here:X: expires
 */
#include "store/redis_fleet.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"

enum { LOG_COUNT = 1000, HEADS_MAX = 4096 };
#define NODE_KEEP_MS (INT64_C(7) * 86400000)

static const char announce_script[] =
	"local P = KEYS[1] .. ':fleet:' "
	"local thing, id, blob, first = ARGV[1], ARGV[2], ARGV[3], ARGV[4] "
	"if blob ~= '' and redis.call('HEXISTS', P .. 'blob:' .. blob, 'whole') == 0 then return 'GONE' end "
	"if first == '1' and redis.call('HEXISTS', P .. 'heads', thing) == 1 then return 'EXISTS' end "
	"local rev = redis.call('INCR', P .. 'rev') "
	"redis.call('HSET', P .. 'heads', thing, rev .. ' ' .. id .. ' ' .. blob) "
	"redis.call('XADD', P .. 'log', 'MAXLEN', '~', '20000', rev .. '-0', 'thing', thing, 'id', id, 'blob', blob, "
	"           'by', ARGV[5], 'why', ARGV[6], 'time', ARGV[7], 'rollback', ARGV[8], 'node', ARGV[9]) "
	"local keep, n = blob, 1 "
	"for old in string.gmatch(redis.call('HGET', P .. 'kept', thing) or '', '%S+') do "
	"    if old ~= blob and n < 4 then keep, n = keep .. ' ' .. old, n + 1 "
	"    elseif old ~= blob then redis.call('UNLINK', P .. 'blob:' .. old) end "
	"end "
	"redis.call('HSET', P .. 'kept', thing, keep) "
	"return tostring(rev)";

bool hl_fleet_shared(const char *where)
{
	return where && !strncmp(where, "redis\n", 6);
}

void hl_fleet_key(const struct hl_fleet *f, const char *name, const char *of, char dst[HL_FLEET_KEY])
{
	snprintf(dst, HL_FLEET_KEY, "{%s}:fleet:%s%s", f->q.conf.prefix, name, of);
}

void hl_fleet_put_key(const struct hl_fleet *f, struct hl_redis_args *a, const char *name, const char *of)
{
	char key[HL_FLEET_KEY];
	hl_fleet_key(f, name, of, key);
	hl_redis_put_text(a, key);
}

void hl_fleet_put_script(const struct hl_fleet *f, struct hl_redis_args *a, const char *script)
{
	char prefix[HL_REDIS_PREFIX_MAX + 4];
	snprintf(prefix, sizeof prefix, "{%s}", f->q.conf.prefix);
	hl_redis_put_text(a, "EVAL");
	hl_redis_put_text(a, script);
	hl_redis_put_text(a, "1");
	hl_redis_put_text(a, prefix);
}

enum hl_code hl_fleet_ask(struct hl_fleet *f, struct hl_redis_args *a, struct redisReply **r, struct hl_err *err)
{
	bool lost;
	enum hl_code code = f->stop && atomic_load(f->stop) ? hl_err_set(err, HL_E_UNAVAIL, "this node is ending") : hl_redis_command(&f->q, a, r, &lost, err);
	hl_redis_args_wipe(a);
	return code;
}

const char *hl_fleet_own_text(const struct redisReply *r)
{
	return r && (r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS) ? r->str : "";
}

/* The fleet's name: the first one's draw. */
static enum hl_code name_fleet(struct hl_fleet *f, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	unsigned char random[HL_SHA256];
	char own[HL_ID_TEXT];
	hl_random(random, sizeof random);
	hl_id_text(random, own);
	hl_redis_put_text(&a, "SET");
	hl_fleet_put_key(f, &a, "id", "");
	hl_redis_put_text(&a, own);
	hl_redis_put_text(&a, "NX");
	hl_redis_put_text(&a, "GET");
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	if (!code)
		hl_copy(f->id, sizeof f->id, *hl_fleet_own_text(r) ? hl_fleet_own_text(r) : own);
	hl_redis_reply_free(&r);
	return code;
}

enum hl_code hl_fleet_open(struct hl_fleet **out, const char *where, const char *state_dir, struct hl_err *err)
{
	struct hl_fleet *f = hl_calloc(1, sizeof *f);
	*out = NULL;
	f->q.mode = HL_STORE_READ; /* what the server promises is looked at by whoever writes alerts */
	enum hl_code code = hl_redis_where_parse(where, &f->q.conf, err);
	hl_redis_where_name(&f->q.conf, f->q.name, sizeof f->q.name);
	if (!code)
		code = hl_redis_node(state_dir, true, f->q.node, err);
	if (!code)
		code = name_fleet(f, err);
	if (code) {
		hl_fleet_close(&f);
		return code;
	}
	*out = f;
	return HL_OK;
}

void hl_fleet_close(struct hl_fleet **f)
{
	if (!*f)
		return;
	hl_redis_disconnect(&(*f)->q);
	free(*f);
	*f = NULL;
}

void hl_fleet_stop_by(struct hl_fleet *f, const atomic_bool *stop)
{
	f->stop = stop;
}

const char *hl_fleet_node(const struct hl_fleet *f)
{
	return f->q.node;
}

const char *hl_fleet_id(const struct hl_fleet *f)
{
	return f->id;
}

/* ---- heads ---- */

enum hl_code hl_fleet_announce(struct hl_fleet *f, struct hl_fleet_entry *e, bool only_first, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	hl_fleet_put_script(f, &a, announce_script);
	hl_redis_put_text(&a, e->thing);
	hl_redis_put_text(&a, e->id);
	hl_redis_put_text(&a, e->blob);
	hl_redis_put_text(&a, only_first ? "1" : "0");
	hl_redis_put_text(&a, e->by);
	hl_redis_put_text(&a, e->why);
	hl_redis_put_int(&a, e->time_ms);
	hl_redis_put_text(&a, e->rollback ? "1" : "0");
	hl_redis_put_text(&a, f->q.node);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	const char *said = hl_fleet_own_text(r);
	e->rev = strtoll(said, NULL, 10);
	if (!code && !strcmp(said, "EXISTS"))
		code = hl_err_set(err, HL_E_EXISTS, "the fleet has %s already", e->thing);
	else if (!code && e->rev <= 0)
		code = hl_err_set(err, HL_E_IO, "Redis %s has lost what was sent of %s", f->q.name, e->thing);
	hl_redis_reply_free(&r);
	return code;
}

/* "REV ID BLOB". */
static void parse_head(struct hl_fleet_entry *e, const char *thing, const char *text)
{
	char *at;
	*e = (struct hl_fleet_entry){ .time_ms = HL_NO_TIME };
	hl_copy(e->thing, sizeof e->thing, thing);
	e->rev = strtoll(text, &at, 10);
	at += *at == ' ';
	size_t n = strcspn(at, " ");
	hl_copy_n(e->id, sizeof e->id, at, n);
	if (at[n])
		hl_copy(e->blob, sizeof e->blob, at + n + 1);
}

static int by_thing(const void *a, const void *b)
{
	return strcmp(((const struct hl_fleet_entry *)a)->thing, ((const struct hl_fleet_entry *)b)->thing);
}

enum hl_code hl_fleet_heads(struct hl_fleet *f, struct hl_fleet_entry **e, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	*e = NULL;
	*n = 0;
	hl_redis_put_text(&a, "HGETALL");
	hl_fleet_put_key(f, &a, "heads", "");
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	if (code)
		return code;
	*n = hl_redis_n(r) / 2;
	if (*n > HEADS_MAX)
		code = hl_err_set(err, HL_E_LIMIT, "the fleet has %zu lists: at most %d can be", *n, HEADS_MAX);
	else
		*e = hl_calloc(*n + 1, sizeof **e);
	for (size_t i = 0; !code && i < *n; i++)
		parse_head(&(*e)[i], hl_redis_text(r, 2 * i), hl_redis_text(r, 2 * i + 1));
	if (*e && *n)
		qsort(*e, *n, sizeof **e, by_thing);
	hl_redis_reply_free(&r);
	return code;
}

/* ---- the log ---- */

static const char *field(const struct redisReply *v, const char *name)
{
	for (size_t i = 0; i + 1 < hl_redis_n(v); i += 2)
		if (!strcmp(hl_redis_text(v, i), name))
			return hl_redis_text(v, i + 1);
	return "";
}

static void parse_entry(struct hl_fleet_entry *e, const struct redisReply *one)
{
	const struct redisReply *v = hl_redis_item(one, 1);
	*e = (struct hl_fleet_entry){ .rev = strtoll(hl_redis_text(one, 0), NULL, 10), .time_ms = strtoll(field(v, "time"), NULL, 10),
				      .rollback = !strcmp(field(v, "rollback"), "1") };
	hl_copy(e->thing, sizeof e->thing, field(v, "thing"));
	hl_copy(e->id, sizeof e->id, field(v, "id"));
	hl_copy(e->blob, sizeof e->blob, field(v, "blob"));
	hl_copy(e->by, sizeof e->by, field(v, "by"));
	hl_copy(e->why, sizeof e->why, field(v, "why"));
	hl_copy(e->node, sizeof e->node, field(v, "node"));
}

enum hl_code hl_fleet_log(struct hl_fleet *f, int64_t after, int64_t wait_ms, struct hl_fleet_entry **e, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	char from[32];
	*e = NULL;
	*n = 0;
	snprintf(from, sizeof from, "%" PRId64 "-0", after);
	hl_redis_put_text(&a, "XREAD");
	hl_redis_put_text(&a, "COUNT");
	hl_redis_put_int(&a, LOG_COUNT);
	if (wait_ms) {
		hl_redis_put_text(&a, "BLOCK");
		hl_redis_put_int(&a, wait_ms < f->q.conf.timeout_ms / 2 ? wait_ms : f->q.conf.timeout_ms / 2);
	}
	hl_redis_put_text(&a, "STREAMS");
	hl_fleet_put_key(f, &a, "log", "");
	hl_redis_put_text(&a, from);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	const struct redisReply *all = hl_redis_item(hl_redis_item(r, 0), 1);
	*n = code ? 0 : hl_redis_n(all);
	*e = hl_calloc(*n + 1, sizeof **e);
	for (size_t i = 0; i < *n; i++)
		parse_entry(&(*e)[i], hl_redis_item(all, i));
	hl_redis_reply_free(&r);
	return code;
}

/* ---- nodes ---- */

static enum hl_code done(struct hl_fleet *f, struct hl_redis_args *a, struct hl_err *err)
{
	struct redisReply *r = NULL;
	enum hl_code code = hl_fleet_ask(f, a, &r, err);
	hl_redis_reply_free(&r);
	return code;
}

static const char beat_script[] =
	"local P, node, now, keep = KEYS[1] .. ':fleet:', ARGV[1], ARGV[2], ARGV[3] "
	"redis.call('DEL', P .. 'node:' .. node) "
	"redis.call('HSET', P .. 'node:' .. node, unpack(ARGV, 5)) "
	"redis.call('PEXPIRE', P .. 'node:' .. node, keep) "
	"redis.call('SET', P .. 'here:' .. node, now, 'PX', ARGV[4]) "
	"redis.call('ZADD', P .. 'nodes', now, node) "
	"redis.call('ZREMRANGEBYSCORE', P .. 'nodes', '-inf', string.format('%.0f', now - keep)) "
	"return 'OK'";

enum hl_code hl_fleet_beat(struct hl_fleet *f, const struct hl_fleet_fact *v, size_t n, int64_t now_ms, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	hl_fleet_put_script(f, &a, beat_script);
	hl_redis_put_text(&a, f->q.node);
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_int(&a, NODE_KEEP_MS);
	hl_redis_put_int(&a, HL_FLEET_BEAT_MS);
	for (size_t i = 0; i < n && i < HL_FLEET_FACTS; i++) {
		hl_redis_put_text(&a, v[i].name);
		hl_redis_put_text(&a, v[i].value);
	}
	return done(f, &a, err);
}

enum hl_code hl_fleet_leave(struct hl_fleet *f, struct hl_err *err)
{
	struct hl_redis_args a = { 0 }, b = { 0 };
	hl_redis_put_text(&a, "DEL");
	hl_fleet_put_key(f, &a, "here:", f->q.node);
	hl_fleet_put_key(f, &a, "node:", f->q.node);
	hl_redis_put_text(&b, "ZREM");
	hl_fleet_put_key(f, &b, "nodes", "");
	hl_redis_put_text(&b, f->q.node);
	enum hl_code code = done(f, &a, err);
	if (!code)
		return done(f, &b, err);
	hl_redis_args_wipe(&b);
	return code;
}

static enum hl_code load_node(struct hl_fleet *f, struct hl_fleet_node *v, struct hl_err *err)
{
	struct hl_redis_args a = { 0 }, b = { 0 };
	struct redisReply *r = NULL;
	hl_redis_put_text(&a, "EXISTS");
	hl_fleet_put_key(f, &a, "here:", v->id);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	v->here = !code && hl_redis_own_int(r) == 1;
	hl_redis_reply_free(&r);
	if (code)
		return code;
	hl_redis_put_text(&b, "HGETALL");
	hl_fleet_put_key(f, &b, "node:", v->id);
	code = hl_fleet_ask(f, &b, &r, err);
	v->n = code ? 0 : hl_redis_n(r) / 2;
	v->n = v->n > HL_FLEET_FACTS ? HL_FLEET_FACTS : v->n;
	v->fact = hl_calloc(v->n + 1, sizeof *v->fact);
	for (size_t i = 0; i < v->n; i++) {
		hl_copy(v->fact[i].name, sizeof v->fact[i].name, hl_redis_text(r, 2 * i));
		hl_copy(v->fact[i].value, sizeof v->fact[i].value, hl_redis_text(r, 2 * i + 1));
	}
	hl_redis_reply_free(&r);
	return code;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct hl_fleet_node *)a)->id, ((const struct hl_fleet_node *)b)->id);
}

enum hl_code hl_fleet_nodes(struct hl_fleet *f, int64_t now_ms, struct hl_fleet_node **v, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	*v = NULL;
	*n = 0;
	hl_redis_put_text(&a, "ZRANGEBYSCORE");
	hl_fleet_put_key(f, &a, "nodes", "");
	hl_redis_put_int(&a, now_ms - NODE_KEEP_MS);
	hl_redis_put_text(&a, "+inf");
	hl_redis_put_text(&a, "WITHSCORES");
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	if (code)
		return code;
	*n = hl_redis_n(r) / 2 > 1024 ? 1024 : hl_redis_n(r) / 2;
	*v = hl_calloc(*n + 1, sizeof **v);
	for (size_t i = 0; !code && i < *n; i++) {
		hl_redis_copy(r, 2 * i, (*v)[i].id, sizeof (*v)[i].id);
		(*v)[i].seen_ms = hl_redis_int(r, 2 * i + 1);
		code = load_node(f, &(*v)[i], err);
	}
	hl_redis_reply_free(&r);
	if (!code && *n)
		qsort(*v, *n, sizeof **v, by_id);
	if (!code)
		return HL_OK;
	hl_fleet_nodes_free(*v, *n);
	*v = NULL;
	*n = 0;
	return code;
}
