/* redis_call.c: operations on their way to the script: at once outside of a group, looked at and kept inside, all together at its commit. Redis has no rollback,
 * so nothing of a group is written before its commit, and the commit is one call of the script, which is whole. A handle belongs to one thread.
 */
#include "store/redis_priv.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A group of this size is committed before more is put into it: a call of the script holds up everybody else at the server. */
enum { GROUP_OPS = 512, GROUP_BYTES = 4 << 20, TRIES = 3 };

struct hl_redis *hl_redis_of(struct hl_store *s)
{
	return s->priv;
}

enum hl_code hl_redis_may_write(struct hl_redis *q, struct hl_err *err)
{
	if (q->mode != HL_STORE_WRITE)
		return hl_err_set(err, HL_E_DENIED, "the store on Redis %s is open for reading only", q->name);
	if (q->broken.code && err)
		*err = q->broken;
	return q->broken.code;
}

/* ---- what a group changes ---- */

/* Source: FNV-1a. Two names with one hash cost a longer way, nothing else. */
uint64_t hl_redis_mark(char kind, const char *name)
{
	uint64_t h = (UINT64_C(14695981039346656037) ^ (unsigned char)kind) * UINT64_C(1099511628211);
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return h;
}

static bool is_touched(const struct hl_redis *q, const uint64_t *marks, size_t n)
{
	if (!marks)
		return q->n_group > 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < q->n_touched; k++)
			if (q->touched[k] == marks[i])
				return true;
	return false;
}

static void touch(struct hl_redis *q, uint64_t mark)
{
	if (q->n_touched == q->cap_touched) {
		q->cap_touched = q->cap_touched ? 2 * q->cap_touched : 64;
		q->touched = hl_realloc(q->touched, q->cap_touched, sizeof q->touched[0]);
	}
	q->touched[q->n_touched++] = mark;
}

void hl_redis_keep(struct hl_redis *q, const struct hl_redis_args *op, const uint64_t *marks, size_t n_marks)
{
	hl_redis_args_add(&q->group, op);
	q->n_group++;
	for (size_t i = 0; i < n_marks; i++)
		touch(q, marks[i]);
}

static void empty_group(struct hl_redis *q)
{
	hl_redis_args_wipe(&q->group);
	q->n_group = q->n_touched = 0;
}

/* ---- one call ---- */

static const char *const mode_names[] = { [HL_RM_READ] = "read", [HL_RM_CHECK] = "check", [HL_RM_DRY] = "dry", [HL_RM_COMMIT] = "commit" };

static void head(const struct hl_redis *q, struct hl_redis_args *a, enum hl_redis_mode mode, const char *group, size_t n)
{
	char prefix[HL_REDIS_PREFIX_MAX + 4];
	bool looks = mode == HL_RM_READ || mode == HL_RM_CHECK;
	snprintf(prefix, sizeof prefix, "{%s}", q->conf.prefix);
	hl_redis_put_text(a, looks ? "EVALSHA_RO" : "EVALSHA");
	hl_redis_put_text(a, q->sha);
	hl_redis_put_text(a, "1");
	hl_redis_put_text(a, prefix);
	hl_redis_put_text(a, mode_names[mode]);
	hl_redis_put_text(a, q->node);
	hl_redis_put_text(a, group);
	hl_redis_put_int(a, (int64_t)n);
}

static enum hl_code code_named(const char *name)
{
	static const struct {
		const char *name;
		enum hl_code code;
	} row[] = { { "EXISTS", HL_E_EXISTS }, { "NOTFOUND", HL_E_NOTFOUND }, { "CONFLICT", HL_E_CONFLICT }, { "USAGE", HL_E_USAGE }, { "AGAIN", HL_E_AGAIN } };
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (!strcmp(row[i].name, name))
			return row[i].code;
	return HL_E_INTERNAL;
}

/* Of an answer of the script. *at: which operation was refused. */
static enum hl_code judge(const struct redisReply *r, size_t *at, struct hl_err *err)
{
	const char *word = hl_redis_text(r, 0);
	if (!strcmp(word, "ok") || !strcmp(word, "done"))
		return HL_OK;
	*at = (size_t)hl_redis_int(r, 3);
	return hl_err_set(err, code_named(hl_redis_text(r, 1)), "%s", hl_redis_text(r, 2));
}

/* Sends what the group holds (with) and op (may be NULL) in one call. Tried again where the connection breaks: looking is harmless, and a commit is known by its
 * number. Gives *whole. */
static enum hl_code send(struct hl_redis *q, enum hl_redis_mode mode, const char *number, bool with, const struct hl_redis_args *op, struct redisReply **whole,
			 struct hl_err *err)
{
	enum hl_code rc = HL_E_IO;
	bool lost = true;
	for (int i = 0; rc && lost && i < TRIES; i++) {
		rc = hl_redis_connect(q, err); /* before the head: it has the script's name */
		if (rc)
			return rc;
		struct hl_redis_args a = { 0 };
		head(q, &a, mode, number, (with ? q->n_group : 0) + (op ? 1 : 0));
		if (with)
			hl_redis_args_add(&a, &q->group);
		if (op)
			hl_redis_args_add(&a, op);
		rc = hl_redis_command(q, &a, whole, &lost, err);
		lost = rc && !q->link;
		hl_redis_args_wipe(&a);
	}
	return rc;
}

static void next_number(struct hl_redis *q, char *dst, size_t size)
{
	snprintf(dst, size, "%s-%" PRId64, q->start, ++q->groups);
}

/* What the group rests on was changed by another writer: it can only begin anew. */
static enum hl_code break_group(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_err why = *err;
	s->again = true;
	hl_err_set(&q->broken, HL_E_IO, "another writer was quicker: %s", why.text);
	*err = q->broken;
	return HL_E_IO;
}

enum hl_code hl_redis_ask(struct hl_store *s, const struct hl_redis_args *op, const uint64_t *marks, size_t n_marks, struct redisReply **whole, const struct redisReply **out,
			  struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_err e = { 0 };
	size_t at = 0;
	*whole = NULL;
	*out = NULL;
	if (q->in_group && q->broken.code)
		return hl_redis_may_write(q, err);
	bool with = q->in_group && is_touched(q, marks, n_marks);
	enum hl_code rc = send(q, with ? HL_RM_DRY : HL_RM_READ, "", with, op, whole, &e);
	if (!rc)
		rc = judge(*whole, &at, &e);
	*out = hl_redis_item(*whole, 1);
	if (rc && err)
		*err = e;
	return rc && with && at && at <= q->n_group ? break_group(s, err ? err : &e) : rc;
}

static enum hl_code change_now(struct hl_redis *q, const struct hl_redis_args *op, struct redisReply **whole, struct hl_err *err)
{
	char number[64];
	size_t at;
	next_number(q, number, sizeof number);
	enum hl_code rc = send(q, HL_RM_COMMIT, number, false, op, whole, err);
	return rc ? rc : judge(*whole, &at, err);
}

enum hl_code hl_redis_change(struct hl_store *s, const struct hl_redis_args *op, const uint64_t *marks, size_t n_marks, struct redisReply **whole,
			     const struct redisReply **out, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct redisReply *own = NULL;
	struct hl_err e = { 0 };
	size_t at = 0;
	enum hl_code rc = hl_redis_may_write(q, &e);
	bool with = !rc && q->in_group && (out || is_touched(q, marks, n_marks));
	if (!rc && !q->in_group)
		rc = change_now(q, op, &own, &e);
	else if (!rc)
		rc = send(q, with ? HL_RM_DRY : HL_RM_CHECK, "", with, op, &own, &e);
	if (!rc && q->in_group)
		rc = judge(own, &at, &e);
	if (rc && err)
		*err = e;
	if (rc && with && at && at <= q->n_group)
		rc = break_group(s, err ? err : &e);
	if (out)
		*out = hl_redis_item(own, 1);
	if (whole)
		*whole = own;
	else
		hl_redis_reply_free(&own);
	return rc;
}

/* ---- groups ---- */

enum hl_code hl_redis_begin(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	if (q->in_group)
		return hl_err_set(err, HL_E_INTERNAL, "a group is open already");
	q->in_group = true;
	s->again = false;
	return HL_OK;
}

void hl_redis_rollback(struct hl_store *s)
{
	struct hl_redis *q = hl_redis_of(s);
	empty_group(q);
	q->in_group = false;
	q->broken.code = HL_OK;
}

/* The replicas that must have it have it. */
static enum hl_code wait_for_replicas(struct hl_redis *q, struct hl_err *err)
{
	if (!q->conf.replicas || !q->unconfirmed)
		return HL_OK;
	struct hl_redis_args a = { 0 };
	struct redisReply *r = NULL;
	bool lost;
	hl_redis_put_text(&a, "WAIT");
	hl_redis_put_int(&a, q->conf.replicas);
	hl_redis_put_int(&a, q->conf.wait_ms);
	enum hl_code rc = hl_redis_command(q, &a, &r, &lost, err);
	hl_redis_args_wipe(&a);
	int64_t have = !rc && r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
	hl_redis_reply_free(&r);
	if (!rc && have < q->conf.replicas)
		rc = hl_err_set(err, HL_E_IO, "Redis %s: %" PRId64 " of %" PRId64 " replicas have what was written", q->name, have, q->conf.replicas);
	q->unconfirmed = rc != HL_OK;
	return rc;
}

static enum hl_code commit_group(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct redisReply *whole = NULL;
	char number[64];
	size_t at;
	if (!q->n_group)
		return HL_OK;
	next_number(q, number, sizeof number);
	enum hl_code rc = send(q, HL_RM_COMMIT, number, true, NULL, &whole, err);
	if (!rc) {
		rc = judge(whole, &at, err);
		if (rc && rc != HL_E_INTERNAL)
			rc = break_group(s, err);
	}
	q->unconfirmed = q->unconfirmed || !rc;
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_commit(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	if (!q->in_group)
		return hl_err_set(err, HL_E_INTERNAL, "no group is open");
	enum hl_code rc = hl_redis_may_write(q, err);
	if (!rc)
		rc = commit_group(s, err);
	if (!rc)
		rc = wait_for_replicas(q, err);
	hl_redis_rollback(s);
	return rc;
}

bool hl_redis_full(struct hl_store *s)
{
	const struct hl_redis *q = hl_redis_of(s);
	return q->in_group && (q->n_group >= GROUP_OPS || q->group.data.len >= GROUP_BYTES);
}
