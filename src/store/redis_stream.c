/* redis_stream.c: see redis_stream.h. Consumer groups of Redis keep who has got what; the scripts here make each step one piece: an entry is never acknowledged and left,
 * or moved to the dead letters and kept. One struct hl_stream belongs to one thread.
 */
#include "store/redis_stream.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hl_stream {
	struct hl_stream_conf conf;
	struct hl_redis link;
};

/* KEYS: stream. ARGV: group, then ids. */
static const char ack_script[] = "for i = 2, #ARGV do redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]); redis.call('XDEL', KEYS[1], ARGV[i]) end return #ARGV - 1";

/* KEYS: stream. ARGV: payloads. */
static const char put_script[] = "for i = 1, #ARGV do redis.call('XADD', KEYS[1], '*', 'payload', ARGV[i]) end return #ARGV";

/* KEYS: stream, its dead letters. ARGV: group, consumer, idle, tries, own, max, then ids that are busy. What was deleted from the stream is only acknowledged. */
static const char claim_script[] =
	"local busy, out, dead, from = {}, {}, 0, '-' for i = 7, #ARGV do busy[ARGV[i]] = true end "
	"local group, me, idle, tries, own, max = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1', tonumber(ARGV[6]) "
	"while #out < max do "
	" local p = own and redis.call('XPENDING', KEYS[1], group, 'IDLE', idle, from, '+', 256, me) or redis.call('XPENDING', KEYS[1], group, 'IDLE', idle, from, '+', 256) "
	" for _, e in ipairs(p) do "
	"  if #out < max and not busy[e[1]] then "
	"   local there = redis.call('XRANGE', KEYS[1], e[1], e[1])[1] "
	"   if there and e[4] < tries then "
	"    redis.call('XCLAIM', KEYS[1], group, me, 0, e[1], 'JUSTID', 'RETRYCOUNT', e[4] + 1) out[#out + 1] = there "
	"   else "
	"    if there then redis.call('XADD', KEYS[2], '*', 'tries', e[4], unpack(there[2])) dead = dead + 1 end "
	"    redis.call('XACK', KEYS[1], group, e[1]) redis.call('XDEL', KEYS[1], e[1]) "
	"   end "
	"  end "
	" end "
	" if #p < 256 then break end from = '(' .. p[#p][1] "
	"end return { dead, out }";

void hl_stream_entry_wipe(struct hl_stream_entry *e)
{
	free(e->payload);
	e->payload = NULL;
	e->n = 0;
}

static enum hl_code make_group(struct hl_stream *s, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	struct hl_err e;
	bool lost;
	static const char *const head[] = { "XGROUP", "CREATE" };
	for (size_t i = 0; i < 2; i++)
		hl_redis_put_text(&a, head[i]);
	hl_redis_put_text(&a, s->conf.stream);
	hl_redis_put_text(&a, s->conf.group);
	hl_redis_put_text(&a, "0");
	hl_redis_put_text(&a, "MKSTREAM");
	enum hl_code rc = hl_redis_command(&s->link, &a, &r, &lost, &e);
	hl_redis_args_wipe(&a);
	hl_redis_reply_free(&r);
	if (rc && strstr(e.text, "BUSYGROUP")) /* it is there */
		return HL_OK;
	if (rc)
		*err = e;
	return rc;
}

enum hl_code hl_stream_open(struct hl_stream **out, const struct hl_stream_conf *conf, struct hl_err *err)
{
	struct hl_stream *s = hl_calloc(1, sizeof *s);
	s->conf = *conf;
	s->link.conf = conf->at;
	s->link.mode = HL_STORE_WRITE; /* what is acknowledged must not be lost: the same promises */
	hl_redis_where_name(&conf->at, s->link.name, sizeof s->link.name);
	enum hl_code rc = hl_redis_connect(&s->link, err);
	if (!rc)
		rc = make_group(s, err);
	if (rc)
		hl_stream_close(&s);
	*out = s;
	return rc;
}

void hl_stream_close(struct hl_stream **s)
{
	if (!*s)
		return;
	hl_redis_disconnect(&(*s)->link);
	free(*s);
	*s = NULL;
}

/* Sends *a and takes it. A group that is gone (somebody deleted the stream) is made again for the next call. */
static enum hl_code say(struct hl_stream *s, struct hl_redis_args *a, struct redisReply **r, struct hl_err *err)
{
	bool lost;
	enum hl_code rc = hl_redis_command(&s->link, a, r, &lost, err);
	hl_redis_args_wipe(a);
	if (rc && strstr(err->text, "NOGROUP")) {
		struct hl_err e;
		make_group(s, &e);
	}
	return rc;
}

static void words(struct hl_redis_args *a, const char *const *word)
{
	for (; *word; word++)
		hl_redis_put_text(a, *word);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* [id, [field, value, ...]] */
static void read_entry(const struct redisReply *r, struct hl_stream_entry *e)
{
	const struct redisReply *fields = hl_redis_item(r, 1);
	size_t at = 1;
	hl_redis_copy(r, 0, e->id, sizeof e->id);
	for (size_t i = 0; i + 1 < hl_redis_n(fields); i += 2)
		if (!strcmp(hl_redis_text(fields, i), "payload"))
			at = i + 1;
	e->payload = hl_redis_bytes(fields, at, &e->n);
}

static void read_entries(const struct redisReply *r, struct hl_stream_entry *out, size_t max, size_t *n)
{
	for (size_t i = 0; i < hl_redis_n(r) && *n < max; i++)
		read_entry(hl_redis_item(r, i), &out[(*n)++]);
}

enum hl_code hl_stream_read(struct hl_stream *s, struct hl_stream_entry *out, size_t max, int64_t block_ms, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	int64_t most = s->conf.at.timeout_ms / 2; /* an answer that comes after our own time-out would be lost */
	*n = 0;
	words(&a, WORDS("XREADGROUP", "GROUP", s->conf.group, s->conf.consumer, "COUNT"));
	hl_redis_put_int(&a, (int64_t)(max < HL_STREAM_BATCH ? max : HL_STREAM_BATCH));
	if (block_ms > 0) {
		hl_redis_put_text(&a, "BLOCK");
		hl_redis_put_int(&a, block_ms < most ? block_ms : most);
	}
	words(&a, WORDS("STREAMS", s->conf.stream, ">"));
	enum hl_code rc = say(s, &a, &r, err);
	if (!rc)
		read_entries(hl_redis_item(hl_redis_item(r, 0), 1), out, max, n);
	hl_redis_reply_free(&r);
	return rc;
}

enum hl_code hl_stream_claim(struct hl_stream *s, const struct hl_stream_claim *c, struct hl_stream_entry *out, size_t max, size_t *n, size_t *dead, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	char letters[HL_STREAM_NAME_MAX + 8];
	*n = *dead = 0;
	snprintf(letters, sizeof letters, "%s:dead", s->conf.stream);
	words(&a, WORDS("EVAL", claim_script, "2", s->conf.stream, letters, s->conf.group, s->conf.consumer));
	hl_redis_put_int(&a, c->idle_ms);
	hl_redis_put_int(&a, c->tries);
	hl_redis_put_int(&a, c->own);
	hl_redis_put_int(&a, (int64_t)(max < HL_STREAM_BATCH ? max : HL_STREAM_BATCH));
	for (size_t i = 0; i < c->n_busy; i++)
		hl_redis_put_text(&a, c->busy[i]);
	enum hl_code rc = say(s, &a, &r, err);
	if (!rc) {
		*dead = (size_t)hl_redis_int(r, 0);
		read_entries(hl_redis_item(r, 1), out, max, n);
	}
	hl_redis_reply_free(&r);
	return rc;
}

enum hl_code hl_stream_ack(struct hl_stream *s, const char (*id)[HL_STREAM_ID_MAX], size_t n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	words(&a, WORDS("EVAL", ack_script, "1", s->conf.stream, s->conf.group));
	for (size_t i = 0; i < n; i++)
		hl_redis_put_text(&a, id[i]);
	enum hl_code rc = say(s, &a, &r, err);
	hl_redis_reply_free(&r);
	return rc;
}

enum hl_code hl_stream_put(struct hl_stream *s, const struct hl_stream_payload *v, size_t n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	words(&a, WORDS("EVAL", put_script, "1", s->conf.stream));
	for (size_t i = 0; i < n; i++)
		hl_redis_put(&a, v[i].data, v[i].n);
	enum hl_code rc = say(s, &a, &r, err);
	hl_redis_reply_free(&r);
	return rc;
}

enum hl_code hl_stream_length(struct hl_stream *s, int64_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	words(&a, WORDS("XLEN", s->conf.stream));
	enum hl_code rc = say(s, &a, &r, err);
	*n = rc ? 0 : hl_redis_own_int(r);
	hl_redis_reply_free(&r);
	return rc;
}

enum hl_code hl_stream_look(struct hl_stream *s, int64_t *waiting, int64_t *under_way, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	*under_way = 0;
	enum hl_code rc = hl_stream_length(s, waiting, err);
	if (rc)
		return rc;
	words(&a, WORDS("XPENDING", s->conf.stream, s->conf.group));
	rc = say(s, &a, &r, err);
	if (!rc)
		*under_way = hl_redis_int(r, 0);
	hl_redis_reply_free(&r);
	*waiting = *waiting > *under_way ? *waiting - *under_way : 0; /* what is acknowledged is deleted */
	return rc;
}
