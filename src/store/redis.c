/* redis.c: the store on Redis: opening, and the table of operations. Several nodes may write at once: each keeps its group to itself until the commit, which is one call of
 * the script and is refused where another was quicker; the store thread then begins the group anew. A handle belongs to one thread. doc/redis.md has the reasons.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "store/redis_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1 };

/* A prefix is ours or nobody's, and of this format. */
static enum hl_code check_format(struct hl_redis *q, struct hl_err *err)
{
	struct redisReply *r = NULL;
	struct hl_redis_args a = { 0 };
	char key[HL_REDIS_PREFIX_MAX + 16];
	bool lost;
	snprintf(key, sizeof key, "{%s}:format", q->conf.prefix);
	if (q->mode == HL_STORE_WRITE) {
		hl_redis_put_text(&a, "SET");
		hl_redis_put_text(&a, key);
		hl_redis_put_int(&a, FORMAT);
		hl_redis_put_text(&a, "NX");
		hl_redis_put_text(&a, "GET");
	} else {
		hl_redis_put_text(&a, "GET");
		hl_redis_put_text(&a, key);
	}
	enum hl_code rc = hl_redis_command(q, &a, &r, &lost, err);
	hl_redis_args_wipe(&a);
	if (rc)
		return rc;
	int64_t format = hl_redis_own_int(r);
	hl_redis_reply_free(&r);
	if (!format && q->mode == HL_STORE_READ)
		return hl_err_set(err, HL_E_NOTFOUND, "Redis %s has nothing under the prefix '%s': start hotlistd first", q->name, q->conf.prefix);
	if (format && format != FORMAT)
		return hl_err_set(err, HL_E_CONFIG, "Redis %s: what is under the prefix '%s' has format %d; this hotlistd knows %d", q->name, q->conf.prefix, (int)format,
				  FORMAT);
	return HL_OK;
}

/* What this node had under way before is due; it gets a token above all others. */
static enum hl_code enter(struct hl_store *s, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r = NULL;
	hl_redis_put_text(&a, "open");
	hl_redis_put_text(&a, q->weak);
	enum hl_code rc = hl_redis_change(s, &a, NULL, &whole, &r, err);
	if (!rc) {
		snprintf(q->token, sizeof q->token, "%lld", (long long)hl_redis_int(r, 0));
		snprintf(q->opened_seq, sizeof q->opened_seq, "%lld", (long long)hl_redis_int(r, 1));
	}
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return rc;
}

static enum hl_code store_open(struct hl_store *s, const char *state_dir, enum hl_store_mode mode, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	uint64_t start;
	enum hl_code rc = hl_redis_where_parse(s->where, &q->conf, err);
	if (rc)
		return rc;
	q->mode = mode;
	hl_redis_where_name(&q->conf, q->name, sizeof q->name);
	hl_random(&start, sizeof start);
	snprintf(q->start, sizeof q->start, "%016llx", (unsigned long long)start);
	hl_copy(q->opened_seq, sizeof q->opened_seq, "0");
	rc = hl_redis_node(state_dir, mode == HL_STORE_WRITE, q->node, err);
	if (!rc)
		rc = hl_redis_connect(q, err);
	if (!rc)
		rc = check_format(q, err);
	if (!rc && mode == HL_STORE_WRITE)
		rc = enter(s, err);
	q->entered = rc == HL_OK;
	return rc;
}

static void store_close(struct hl_store *s)
{
	struct hl_redis *q = hl_redis_of(s);
	hl_redis_rollback(s);
	hl_redis_disconnect(q);
	free(q->fact);
	q->fact = NULL;
}

/* A reading handle tells what the writing one of this node has found. */
/* Reads of a stream of this server, acknowledged and deleted with the group. It is never refused, and not taken back: the script does it behind all else. */
static enum hl_code store_ack(struct hl_store *s, const char *stream, const char *group, const char *const *id, size_t n, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "ack");
	hl_redis_put_text(&a, stream);
	hl_redis_put_text(&a, group);
	hl_redis_put_int(&a, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		hl_redis_put_text(&a, id[i]);
	if (q->in_group)
		hl_redis_keep(q, &a);
	else
		rc = hl_redis_change(s, &a, NULL, NULL, NULL, err);
	hl_redis_args_wipe(&a);
	return rc;
}

static const char *store_weakness(struct hl_store *s)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r;
	if (q->mode == HL_STORE_WRITE)
		return q->weak;
	hl_redis_put_text(&a, "weakness");
	if (!hl_redis_ask(s, &a, true, &whole, &r, NULL))
		hl_redis_copy(r, 0, q->weak, sizeof q->weak);
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return q->weak;
}

const struct hl_store_ops hl_store_redis = {
	.name = "redis",
	.size = sizeof(struct hl_redis),
	.open = store_open,
	.close = store_close,
	.begin = hl_redis_begin,
	.commit = hl_redis_commit,
	.settle = hl_redis_settle,
	.rollback = hl_redis_rollback,
	.mark = hl_redis_set_mark,
	.undo = hl_redis_undo,
	.keep = hl_redis_keep_mark,
	.full = hl_redis_full,
	.weakness = store_weakness,
	.peek = hl_redis_peek,
	.apply = hl_redis_apply,
	.ack = store_ack,
	.take = hl_redis_take,
	.next_due = hl_redis_next_due,
	.done = hl_redis_done,
	.later = hl_redis_later,
	.dead = hl_redis_dead,
	.report = hl_redis_report,
	.retry = hl_redis_retry,
	.drop = hl_redis_drop,
	.alert_get = hl_redis_alert_get,
	.alert_list = hl_redis_alert_list,
	.outbox_list = hl_redis_outbox_list,
	.suppressed_list = hl_redis_suppressed_list,
	.cleared_list = hl_redis_cleared_list,
	.cleared_end = hl_redis_cleared_end,
	.totals_add = hl_redis_totals_add,
	.totals_sum = hl_redis_totals_sum,
	.counts = hl_redis_counts,
	.pinned = hl_redis_pinned,
	.watch_list = hl_redis_watch_list,
	.watch_set = hl_redis_watch_set,
	.reached = hl_redis_reached,
	.timer_list = hl_redis_timer_list,
	.timer_next = hl_redis_timer_next,
	.unrecorded = hl_redis_unrecorded,
	.recorded = hl_redis_recorded,
	.adopt = hl_redis_adopt,
	.sweep = hl_redis_sweep,
};
