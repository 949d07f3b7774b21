/* redis_call.c: operations on their way to the script: at once outside of a group, looked at and kept inside, all together at its commit. Redis has no rollback,
 * so nothing of a group is written before its commit, and the commit is one call of the script, which is whole. A handle belongs to one thread.
 */
#include "store/redis_priv.h"

#include <hiredis.h>
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

/* ---- what a group holds ---- */

static uint64_t hash(uint64_t h, const char *name)
{
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return h;
}

/* Source: FNV-1a. The names are ours and the producers'; two with one hash would at worst be refused by the commit, which looks at all again. */
uint64_t hl_redis_mark(char kind, const char *name, const char *second)
{
	uint64_t h = hash((UINT64_C(14695981039346656037) ^ (unsigned char)kind) * UINT64_C(1099511628211), name);
	return second ? hash(h * UINT64_C(1099511628211), second) : h;
}

void hl_redis_note(struct hl_redis *q, uint64_t mark, const void *value, size_t n)
{
	if (q->n_facts == q->cap_facts) {
		q->cap_facts = q->cap_facts ? 2 * q->cap_facts : 64;
		q->fact = hl_realloc(q->fact, q->cap_facts, sizeof q->fact[0]);
	}
	q->fact[q->n_facts++] = (struct hl_redis_fact){ .mark = mark, .value = hl_strndup(value, n), .n = n };
}

const void *hl_redis_noted(const struct hl_redis *q, uint64_t mark, size_t *n)
{
	for (size_t i = q->n_facts; i-- > 0;)
		if (q->fact[i].mark == mark) {
			*n = q->fact[i].n;
			return q->fact[i].value;
		}
	return NULL;
}

const void *hl_redis_noted_next(const struct hl_redis *q, uint64_t mark, size_t *at, size_t *n)
{
	while (*at < q->n_facts) {
		const struct hl_redis_fact *f = &q->fact[(*at)++];
		if (f->mark == mark) {
			*n = f->n;
			return f->value;
		}
	}
	return NULL;
}

void hl_redis_keep(struct hl_redis *q, const struct hl_redis_args *op)
{
	hl_redis_args_add(&q->group, op);
	q->n_group++;
}

static void forget_facts(struct hl_redis *q, size_t but)
{
	while (q->n_facts > but)
		free(q->fact[--q->n_facts].value);
}

static void empty_group(struct hl_redis *q)
{
	hl_redis_args_wipe(&q->group);
	forget_facts(q, 0);
	q->n_group = 0;
	q->n_marks = 0;
	q->blurred = q->fates = false;
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

/* Sends op (may be NULL) behind what is first: the group, or what is assumed (NULL: nothing), in one call. Tried again where the connection breaks: looking is harmless, and a commit is known by its
 * number. Gives *whole. */
static enum hl_code send(struct hl_redis *q, enum hl_redis_mode mode, const char *number, const struct hl_redis_args *first, const struct hl_redis_args *op,
			 struct redisReply **whole, struct hl_err *err)
{
	enum hl_code rc = HL_E_IO;
	bool lost = true, sent;
	q->perhaps = false;
	for (int i = 0; rc && lost && i < TRIES; i++) {
		rc = hl_redis_connect(q, err); /* before the head: it has the script's name */
		if (rc)
			return rc;
		struct hl_redis_args a = { 0 };
		size_t before = !first ? 0 : first == &q->group ? q->n_group : 1;
		head(q, &a, mode, number, before + (op ? 1 : 0));
		if (first)
			hl_redis_args_add(&a, first);
		if (op)
			hl_redis_args_add(&a, op);
		rc = hl_redis_command(q, &a, whole, &sent, err);
		q->perhaps |= sent;
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

enum hl_code hl_redis_ask(struct hl_store *s, const struct hl_redis_args *op, bool with, struct redisReply **whole, const struct redisReply **out, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_err e = { 0 };
	size_t at = 0;
	*whole = NULL;
	*out = NULL;
	if (q->in_group && q->broken.code)
		return hl_redis_may_write(q, err);
	with = with && q->in_group && q->n_group;
	enum hl_code rc = send(q, with ? HL_RM_DRY : HL_RM_READ, "", with ? &q->group : NULL, op, whole, &e);
	if (!rc)
		rc = judge(*whole, &at, &e);
	*out = hl_redis_item(*whole, 1);
	if (rc && with && at && at <= q->n_group)
		rc = break_group(s, &e);
	if (rc && err)
		*err = e;
	return rc;
}

static enum hl_code change_now(struct hl_redis *q, const struct hl_redis_args *op, struct redisReply **whole, struct hl_err *err)
{
	char number[64];
	size_t at;
	next_number(q, number, sizeof number);
	enum hl_code rc = send(q, HL_RM_COMMIT, number, NULL, op, whole, err);
	return rc ? rc : judge(*whole, &at, err);
}

/* with: tried together with all that the group holds. */
static enum hl_code look(struct hl_store *s, const struct hl_redis_args *op, const struct hl_redis_args *assume, bool with, struct redisReply **whole, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	size_t at = 0;
	enum hl_code rc = send(q, with ? HL_RM_DRY : HL_RM_CHECK, "", with ? &q->group : assume, op, whole, err);
	if (!rc)
		rc = judge(*whole, &at, err);
	return rc && with && at && at <= q->n_group ? break_group(s, err) : rc;
}

enum hl_code hl_redis_change(struct hl_store *s, const struct hl_redis_args *op, const struct hl_redis_args *assume, struct redisReply **whole, const struct redisReply **out,
			     struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct redisReply *own = NULL;
	struct hl_err e = { 0 };
	enum hl_code rc = hl_redis_may_write(q, &e);
	if (!rc)
		rc = q->in_group ? look(s, op, assume, out != NULL, &own, &e) : change_now(q, op, &own, &e);
	if (rc && err)
		*err = e;
	if (out)
		*out = hl_redis_item(own, 1);
	if (whole)
		*whole = own;
	else
		hl_redis_reply_free(&own);
	return rc;
}

enum hl_code hl_redis_try(struct hl_store *s, const struct hl_redis_args *op, struct hl_err *err)
{
	struct redisReply *whole = NULL;
	const struct redisReply *out;
	enum hl_code rc = hl_redis_change(s, op, NULL, &whole, &out, err);
	hl_redis_reply_free(&whole);
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
	s->unsure = false;
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
	hl_copy(q->unsure, sizeof q->unsure, number);
	enum hl_code rc = send(q, HL_RM_COMMIT, number, &q->group, NULL, &whole, err);
	s->unsure = rc && q->perhaps;
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
	if (!rc) {
		rc = wait_for_replicas(q, err);
		s->unsure = rc && q->n_group;
	}
	hl_redis_rollback(s);
	return rc;
}

/* The question is a write, and bars the group: a server that was stopped with the commit in its buffer may come to it after this. */
enum hl_code hl_redis_settle(struct hl_store *s, bool *committed, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args op = { 0 };
	struct redisReply *whole = NULL;
	size_t at;
	*committed = false;
	if (q->in_group || !s->unsure)
		return hl_err_set(err, HL_E_INTERNAL, "no commit is unsure");
	hl_redis_put_text(&op, "settle");
	hl_redis_put_text(&op, q->unsure);
	enum hl_code rc = send(q, HL_RM_COMMIT, "", NULL, &op, &whole, err);
	if (!rc)
		rc = judge(whole, &at, err);
	*committed = !rc && hl_redis_int(hl_redis_item(whole, 1), 0) == 1;
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&op);
	if (!rc && *committed) {
		q->unconfirmed = true;
		rc = wait_for_replicas(q, err);
	}
	s->unsure = rc != HL_OK;
	return rc ? HL_E_IO : HL_OK;
}

bool hl_redis_full(struct hl_store *s)
{
	const struct hl_redis *q = hl_redis_of(s);
	return q->in_group && (q->n_group >= GROUP_OPS || q->group.data.len >= GROUP_BYTES);
}

/* ---- marks: nothing of a group is written yet, so that what is taken back is only forgotten ---- */

static enum hl_code may_mark(struct hl_redis *q, bool is_there, struct hl_err *err)
{
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	return q->in_group && is_there ? HL_OK : hl_err_set(err, HL_E_NOTFOUND, q->in_group ? "no mark is set" : "no group is open");
}

enum hl_code hl_redis_set_mark(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	enum hl_code rc = may_mark(q, true, err);
	if (rc)
		return rc;
	if (q->n_marks == HL_MARKS_MAX)
		return hl_err_set(err, HL_E_INTERNAL, "more than %d marks in a group", HL_MARKS_MAX);
	q->mark[q->n_marks++] =
		(struct hl_redis_mark){ .n_group = q->n_group, .n_args = q->group.n, .bytes = q->group.data.len, .n_facts = q->n_facts, .blurred = q->blurred };
	return HL_OK;
}

enum hl_code hl_redis_undo(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	enum hl_code rc = may_mark(q, q->n_marks > 0, err);
	if (rc)
		return rc;
	const struct hl_redis_mark *m = &q->mark[--q->n_marks];
	forget_facts(q, m->n_facts);
	q->group.n = m->n_args;
	q->group.data.len = m->bytes;
	q->n_group = m->n_group;
	q->blurred = m->blurred;
	return HL_OK;
}

enum hl_code hl_redis_keep_mark(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	enum hl_code rc = may_mark(q, q->n_marks > 0, err);
	q->n_marks -= !rc;
	return rc;
}
