/* redis_args.c: the texts of a command, and the members of an answer. Whatever an answer lacks reads as nothing: the script decides what there is. A handle
 * belongs to one thread.
 */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 1 << 30 };

void hl_redis_put(struct hl_redis_args *a, const void *data, size_t n)
{
	if (a->n == a->cap) {
		a->cap = a->cap ? 2 * a->cap : 32;
		a->end = hl_realloc(a->end, a->cap, sizeof a->end[0]);
	}
	a->data.max = ARGS_MAX;
	hl_buf_put(&a->data, data, n);
	a->end[a->n++] = a->data.len;
}

void hl_redis_put_text(struct hl_redis_args *a, const char *text)
{
	hl_redis_put(a, text ? text : "", text ? strlen(text) : 0);
}

void hl_redis_put_int(struct hl_redis_args *a, int64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, n);
	hl_redis_put_text(a, text);
}

void hl_redis_put_time(struct hl_redis_args *a, int64_t ms)
{
	if (ms == HL_NO_TIME)
		hl_redis_put_text(a, "");
	else
		hl_redis_put_int(a, ms);
}

void hl_redis_put_some(struct hl_redis_args *a, const char *text)
{
	hl_redis_put_text(a, text ? "1" : "0");
	hl_redis_put_text(a, text);
}

void hl_redis_put_pair(struct hl_redis_args *a, char kind, const char *name, const char *second, const void *value, size_t n)
{
	struct hl_buf b = HL_BUF(4096);
	hl_buf_putc(&b, kind);
	hl_buf_puts(&b, name);
	if (second) {
		hl_buf_putc(&b, 0);
		hl_buf_puts(&b, second);
	}
	hl_redis_put(a, hl_buf_text(&b), b.len);
	hl_redis_put(a, value, n);
	hl_buf_fini(&b);
}

void hl_redis_args_wipe(struct hl_redis_args *a)
{
	hl_buf_fini(&a->data);
	free(a->end);
	*a = (struct hl_redis_args){ 0 };
}

const char *hl_redis_at(const struct hl_redis_args *a, size_t i, size_t *n)
{
	size_t from = i ? a->end[i - 1] : 0;
	*n = a->end[i] - from;
	return *n ? a->data.data + from : "";
}

void hl_redis_args_add(struct hl_redis_args *a, const struct hl_redis_args *b)
{
	for (size_t i = 0; i < b->n; i++) {
		size_t n;
		const char *text = hl_redis_at(b, i, &n);
		hl_redis_put(a, text, n);
	}
}

/* ---- answers ---- */

size_t hl_redis_n(const struct redisReply *r)
{
	return r && r->type == REDIS_REPLY_ARRAY ? r->elements : 0;
}

const struct redisReply *hl_redis_item(const struct redisReply *r, size_t i)
{
	return i < hl_redis_n(r) ? r->element[i] : NULL;
}

static bool is_text(const struct redisReply *e)
{
	return e && (e->type == REDIS_REPLY_STRING || e->type == REDIS_REPLY_STATUS || e->type == REDIS_REPLY_ERROR);
}

const char *hl_redis_text(const struct redisReply *r, size_t i)
{
	const struct redisReply *e = hl_redis_item(r, i);
	return is_text(e) ? e->str : "";
}

int64_t hl_redis_own_int(const struct redisReply *r)
{
	return r->type == REDIS_REPLY_INTEGER ? r->integer : is_text(r) ? strtoll(r->str, NULL, 10) : 0;
}

int64_t hl_redis_int(const struct redisReply *r, size_t i)
{
	const struct redisReply *e = hl_redis_item(r, i);
	if (e && e->type == REDIS_REPLY_INTEGER)
		return e->integer;
	const char *text = hl_redis_text(r, i);
	return strpbrk(text, "e.") ? (int64_t)strtod(text, NULL) : strtoll(text, NULL, 10); /* a score may come as 1.5e+12 */
}

int64_t hl_redis_time(const struct redisReply *r, size_t i)
{
	const struct redisReply *e = hl_redis_item(r, i);
	bool none = !e || e->type == REDIS_REPLY_NIL || (is_text(e) && !e->len);
	return none ? HL_NO_TIME : hl_redis_int(r, i);
}

void hl_redis_copy(const struct redisReply *r, size_t i, char *dst, size_t size)
{
	hl_copy(dst, size, hl_redis_text(r, i));
}

char *hl_redis_bytes(const struct redisReply *r, size_t i, size_t *n)
{
	const struct redisReply *e = hl_redis_item(r, i);
	*n = is_text(e) ? (size_t)e->len : 0;
	return hl_strndup(*n ? e->str : "", *n);
}

void hl_redis_reply_free(struct redisReply **r)
{
	if (*r)
		freeReplyObject(*r);
	*r = NULL;
}
