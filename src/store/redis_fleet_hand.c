/* redis_fleet_hand.c: the hand layers on Redis, see fleet.h: hand:LIST is a sorted set of a journal's lines by their numbers. Whoever adds some says which number was the last
 * that he knew; where it no longer is, he gets the others' first: so all journals have the same lines under the same numbers. A handle belongs to one thread.
 */
#include "store/redis_fleet.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000 };

static const char put_script[] =
	"local P, list, last, next = KEYS[1] .. ':fleet:', ARGV[1], ARGV[2], ARGV[3] "
	"local head = redis.call('HGET', P .. 'heads', 'hand/' .. list) "
	"if (head and string.match(head, '^%d+ (%d+)') or '0') ~= last then return 'CONFLICT' end "
	"for i = 5, #ARGV, 2 do redis.call('ZADD', P .. 'hand:' .. list, ARGV[i], ARGV[i + 1]) end "
	"local rev = redis.call('INCR', P .. 'rev') "
	"redis.call('HSET', P .. 'heads', 'hand/' .. list, rev .. ' ' .. next) "
	"redis.call('XADD', P .. 'log', 'MAXLEN', '~', '20000', rev .. '-0', 'thing', 'hand/' .. list, 'id', next, 'node', ARGV[4]) "
	"return 'OK'";

/* Each line behind its number, which stands in it behind the check. */
static void put_lines(struct hl_redis_args *a, const struct hl_buf *lines)
{
	for (const char *at = hl_buf_text(lines), *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end)
			break;
		const char *number = memchr(at, ' ', (size_t)(end - at));
		hl_redis_put_int(a, number ? strtoll(number, NULL, 10) : 0);
		hl_redis_put(a, at, (size_t)(end - at));
	}
}

enum hl_code hl_fleet_hand_put(struct hl_fleet *f, const char *list, int64_t last, int64_t next, const struct hl_buf *lines, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	hl_fleet_put_script(f, &a, put_script);
	hl_redis_put_text(&a, list);
	hl_redis_put_int(&a, last);
	hl_redis_put_int(&a, next);
	hl_redis_put_text(&a, f->q.node);
	put_lines(&a, lines);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	if (!code && strcmp(hl_fleet_own_text(r), "OK") != 0)
		code = hl_err_set(err, HL_E_CONFLICT, "another node has changed the layer by hand of list '%s' meanwhile", list);
	hl_redis_reply_free(&r);
	return code;
}

static enum hl_code last_of(struct hl_fleet *f, const char *list, int64_t *last, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	char thing[HL_FLEET_THING];
	snprintf(thing, sizeof thing, "hand/%s", list);
	hl_redis_put_text(&a, "HGET");
	hl_fleet_put_key(f, &a, "heads", "");
	hl_redis_put_text(&a, thing);
	enum hl_code code = hl_fleet_ask(f, &a, &r, err);
	const char *space = strchr(hl_fleet_own_text(r), ' ');
	*last = space ? strtoll(space, NULL, 10) : 0;
	hl_redis_reply_free(&r);
	return code;
}

enum hl_code hl_fleet_hand_get(struct hl_fleet *f, const char *list, int64_t after, struct hl_buf *out, int64_t *last, struct hl_err *err)
{
	enum hl_code code = last_of(f, list, last, err);
	size_t n = PAGE;
	for (size_t off = 0; !code && n == PAGE && *last > after; off += n) {
		struct hl_redis_args a = { 0 };
		struct redisReply *r = NULL;
		char from[32];
		snprintf(from, sizeof from, "(%lld", (long long)after);
		hl_redis_put_text(&a, "ZRANGEBYSCORE");
		hl_fleet_put_key(f, &a, "hand:", list);
		hl_redis_put_text(&a, from);
		hl_redis_put_int(&a, *last); /* what came behind it comes with the next call */
		hl_redis_put_text(&a, "LIMIT");
		hl_redis_put_int(&a, (int64_t)off);
		hl_redis_put_int(&a, PAGE);
		code = hl_fleet_ask(f, &a, &r, err);
		n = code ? 0 : hl_redis_n(r);
		for (size_t i = 0; !code && i < n; i++)
			if (!hl_buf_printf(out, "%s\n", hl_redis_text(r, i)))
				code = hl_err_set(err, HL_E_LIMIT, "list '%s' has more by hand than can be kept", list);
		hl_redis_reply_free(&r);
	}
	return code;
}
