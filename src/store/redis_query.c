/* redis_query.c: what people and the daemon ask, totals, and the sweep, as operations of the script (redis/query.lua). A handle belongs to one thread. */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <stdlib.h>
#include <string.h>

static int64_t limit_of(size_t limit)
{
	return limit ? limit < HL_LIST_MAX ? (int64_t)limit : HL_LIST_MAX : 100;
}

static void put_from(struct hl_redis_args *a, int64_t ms)
{
	if (ms == HL_NO_TIME)
		hl_redis_put_text(a, "-inf");
	else
		hl_redis_put_int(a, ms);
}

static void put_to(struct hl_redis_args *a, int64_t ms)
{
	if (ms == HL_NO_TIME)
		hl_redis_put_text(a, "+inf");
	else
		hl_redis_put_int(a, ms);
}

/* ---- alerts ---- */

static void read_alert(const struct redisReply *r, struct hl_alert_row *row)
{
	hl_redis_copy(r, 0, row->id, sizeof row->id);
	row->body = hl_redis_bytes(r, 1, &row->body_n);
}

enum hl_code hl_redis_alert_get(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	struct hl_redis *q = hl_redis_of(s);
	size_t n;
	*out = (struct hl_alert_row){ 0 };
	if (strlen(id) < 4)
		return hl_err_set(err, HL_E_USAGE, "'%s' is too short for an id: give at least 4 characters of it", id);
	/* One of this group is known, body and all; the beginning of an id may be that of one that is new. */
	const char *body = q->in_group && !q->blurred && strlen(id) == HL_ID_TEXT - 1 ? hl_redis_noted(q, hl_redis_mark('b', id, NULL), &n) : NULL;
	if (body && !q->broken.code) {
		hl_copy(out->id, sizeof out->id, id);
		out->body = hl_strndup(body, n);
		out->body_n = n;
		return HL_OK;
	}
	hl_redis_put_text(&a, "alert_get");
	hl_redis_put_text(&a, id);
	enum hl_code rc = hl_redis_ask(s, &a, q->blurred || strlen(id) != HL_ID_TEXT - 1, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc)
		read_alert(r, out);
	hl_redis_reply_free(&whole);
	return rc;
}

static int state_named(const char *name)
{
	for (int i = 0; i < HL_ALERT_STATES; i++)
		if (!strcmp(hl_alert_state_name((enum hl_alert_state)i), name))
			return i;
	return -1;
}

enum hl_code hl_redis_alert_list(struct hl_store *s, const struct hl_alert_filter *f, struct hl_alert_row **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = NULL;
	*n = 0;
	hl_redis_put_text(&a, "alert_list");
	hl_redis_put_text(&a, f->list);
	if (f->state)
		hl_redis_put_int(&a, state_named(f->state));
	else
		hl_redis_put_text(&a, "");
	hl_redis_put_text(&a, f->camera);
	put_from(&a, f->since_ms);
	put_to(&a, f->until_ms);
	hl_redis_put_int(&a, limit_of(f->limit));
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		*n = hl_redis_n(r);
		*out = hl_calloc(*n, sizeof **out);
		for (size_t i = 0; i < *n; i++)
			read_alert(hl_redis_item(r, i), &(*out)[i]);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

/* ---- suppressed reads ---- */

static void read_suppressed(const struct redisReply *r, struct hl_suppressed *u)
{
	*u = (struct hl_suppressed){ .why = (enum hl_suppression)hl_redis_int(r, 0), .time_ms = hl_redis_int(r, 6) };
	hl_redis_copy(r, 1, u->entry, sizeof u->entry);
	hl_redis_copy(r, 2, u->alert, sizeof u->alert);
	hl_redis_copy(r, 3, u->camera, sizeof u->camera);
	hl_redis_copy(r, 4, u->plate_read, sizeof u->plate_read);
	hl_redis_copy(r, 5, u->read_id, sizeof u->read_id);
	hl_redis_copy(r, 7, u->pair, sizeof u->pair);
	hl_redis_copy(r, 8, u->list, sizeof u->list);
	hl_redis_copy(r, 9, u->plate_listed, sizeof u->plate_listed);
}

enum hl_code hl_redis_suppressed_list(struct hl_store *s, const struct hl_suppressed_filter *f, struct hl_suppressed **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = NULL;
	*n = 0;
	hl_redis_put_text(&a, "suppressed_list");
	hl_redis_put_int(&a, f->why);
	hl_redis_put_text(&a, f->pair);
	hl_redis_put_text(&a, f->alert);
	hl_redis_put_text(&a, f->list);
	hl_redis_put_text(&a, f->camera);
	put_from(&a, f->since_ms);
	put_to(&a, f->until_ms);
	hl_redis_put_int(&a, limit_of(f->limit));
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		*n = hl_redis_n(r);
		*out = hl_calloc(*n, sizeof **out);
		for (size_t i = 0; i < *n; i++)
			read_suppressed(hl_redis_item(r, i), &(*out)[i]);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

/* ---- numbers ---- */

enum hl_code hl_redis_counts(struct hl_store *s, struct hl_store_counts *out, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = (struct hl_store_counts){ .oldest_pending_ms = HL_NO_TIME };
	hl_redis_put_text(&a, "counts");
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	int64_t *const field[] = { &out->alerts, &out->events, &out->pending, &out->delivered, &out->dead, &out->cancelled, &out->suppressed, &out->cleared };
	for (size_t i = 0; !rc && i < sizeof field / sizeof field[0]; i++)
		*field[i] = hl_redis_int(r, i);
	if (!rc)
		out->oldest_pending_ms = hl_redis_time(r, sizeof field / sizeof field[0]);
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_totals_add(struct hl_store *s, int64_t hour_ms, const struct hl_total *v, size_t n, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (!rc && n > HL_TOTALS_MAX)
		rc = hl_err_set(err, HL_E_LIMIT, "%zu totals at once, at most %d", n, HL_TOTALS_MAX);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "totals_add");
	hl_redis_put_int(&a, hour_ms);
	hl_redis_put_int(&a, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		hl_redis_put_text(&a, v[i].name);
		hl_redis_put_int(&a, v[i].n);
	}
	if (q->in_group)
		hl_redis_keep(q, &a);
	else
		rc = hl_redis_change(s, &a, NULL, NULL, NULL, err);
	hl_redis_args_wipe(&a);
	return rc;
}

enum hl_code hl_redis_totals_sum(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_total **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	char before[32];
	*out = NULL;
	*n = 0;
	*first_ms = HL_NO_TIME;
	hl_redis_put_text(&a, "totals_sum");
	put_from(&a, since_ms);
	snprintf(before, sizeof before, "(%lld", (long long)until_ms);
	hl_redis_put_text(&a, until_ms == HL_NO_TIME ? "+inf" : before);
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc && hl_redis_n(r)) {
		*first_ms = hl_redis_time(r, 0);
		*n = hl_redis_n(r) - 1;
		*out = hl_calloc(*n, sizeof **out);
	}
	for (size_t i = 0; i < *n; i++) {
		hl_redis_copy(hl_redis_item(r, i + 1), 0, (*out)[i].name, sizeof (*out)[i].name);
		(*out)[i].n = hl_redis_int(hl_redis_item(r, i + 1), 1);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_sweep(struct hl_store *s, int64_t now_ms, int64_t retain_before_ms, struct hl_err *err)
{
	struct hl_redis *q = hl_redis_of(s);
	struct hl_redis_args a = { 0 };
	enum hl_code rc = hl_redis_may_write(q, err);
	if (rc)
		return rc;
	hl_redis_put_text(&a, "sweep");
	hl_redis_put_int(&a, now_ms - HL_KEEP_MS);
	hl_redis_put_int(&a, now_ms - HL_KEEP_NOTICE_MS);
	hl_redis_put_time(&a, retain_before_ms);
	hl_redis_put_int(&a, HL_SWEEP_ROWS);
	if (q->in_group)
		hl_redis_keep(q, &a);
	else
		rc = hl_redis_change(s, &a, NULL, NULL, NULL, err);
	hl_redis_args_wipe(&a);
	return rc;
}

enum hl_code hl_redis_pinned(struct hl_store *s, const char *list, struct hl_strings *versions, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*versions = (struct hl_strings){ 0 };
	hl_redis_put_text(&a, "pinned");
	hl_redis_put_text(&a, list);
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc && hl_redis_n(r)) {
		versions->n = hl_redis_n(r);
		versions->v = hl_calloc(versions->n, sizeof versions->v[0]);
		for (size_t i = 0; i < versions->n; i++)
			versions->v[i] = hl_strdup(hl_redis_text(r, i));
	}
	hl_redis_reply_free(&whole);
	return rc;
}
