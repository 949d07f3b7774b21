/* redis_cleared.c: cleared pairs as people see them, as operations of the script. A handle belongs to one thread. */
#include "base/clock.h"
#include "store/redis_priv.h"

#include <hiredis.h>
#include <stdlib.h>
#include <string.h>

/* The members that peek and cleared_list begin with. */
void hl_redis_read_pair(const struct redisReply *r, struct hl_cleared *c)
{
	c->exists = true;
	c->at_ms = hl_redis_int(r, 0);
	c->until_ms = hl_redis_int(r, 1);
	hl_redis_copy(r, 2, c->by, sizeof c->by);
	hl_redis_copy(r, 3, c->alert, sizeof c->alert);
	c->agreed_state = hl_redis_int(r, 4) != 0;
	c->agreed_vehicle = hl_redis_int(r, 5) != 0;
	hl_redis_copy(r, 6, c->id, sizeof c->id);
	hl_redis_copy(r, 7, c->role, sizeof c->role);
	hl_redis_copy(r, 8, c->reason, sizeof c->reason);
	hl_redis_copy(r, 9, c->list, sizeof c->list);
	hl_redis_copy(r, 10, c->plate_listed, sizeof c->plate_listed);
}

static void read_row(const struct redisReply *r, struct hl_cleared_row *row)
{
	hl_redis_read_pair(r, &row->cleared);
	hl_redis_copy(r, 11, row->agency, sizeof row->agency);
	hl_redis_copy(r, 12, row->plate_read, sizeof row->plate_read);
	hl_redis_copy(r, 13, row->region, sizeof row->region);
	hl_redis_copy(r, 14, row->entry, sizeof row->entry);
	hl_redis_copy(r, 15, row->revision, sizeof row->revision);
	row->suppressed = hl_redis_int(r, 16);
	row->last_ms = hl_redis_time(r, 17);
	hl_redis_copy(r, 18, row->ended_by, sizeof row->ended_by);
	hl_redis_copy(r, 19, row->ended_reason, sizeof row->ended_reason);
}

enum hl_code hl_redis_cleared_list(struct hl_store *s, const struct hl_cleared_filter *f, struct hl_cleared_row **out, size_t *n, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole;
	const struct redisReply *r;
	*out = NULL;
	*n = 0;
	hl_redis_put_text(&a, "cleared_list");
	hl_redis_put_text(&a, f->id);
	hl_redis_put_text(&a, f->list);
	hl_redis_put_time(&a, f->holds_ms);
	hl_redis_put_int(&a, f->limit ? f->limit < HL_LIST_MAX ? (int64_t)f->limit : HL_LIST_MAX : 100);
	enum hl_code rc = hl_redis_ask(s, &a, true, &whole, &r, err);
	hl_redis_args_wipe(&a);
	if (!rc) {
		*n = hl_redis_n(r);
		*out = hl_calloc(*n, sizeof **out);
		for (size_t i = 0; i < *n; i++)
			read_row(hl_redis_item(r, i), &(*out)[i]);
	}
	hl_redis_reply_free(&whole);
	return rc;
}

enum hl_code hl_redis_cleared_end(struct hl_store *s, const char *id, int64_t now_ms, const char *by, const char *reason, struct hl_err *err)
{
	struct hl_redis_args a = { 0 };
	struct redisReply *whole = NULL;
	const struct redisReply *r;
	hl_redis_put_text(&a, "cleared_end");
	hl_redis_put_text(&a, id);
	hl_redis_put_int(&a, now_ms);
	hl_redis_put_text(&a, by);
	hl_redis_put_text(&a, reason);
	/* Whatever the group clears may be this pair: it is tried with all of it. */
	enum hl_code rc = hl_redis_change(s, &a, NULL, &whole, &r, err);
	if (!rc && hl_redis_of(s)->in_group) {
		hl_redis_keep(hl_redis_of(s), &a);
		hl_redis_of(s)->blurred = true;
	}
	hl_redis_reply_free(&whole);
	hl_redis_args_wipe(&a);
	return rc;
}
