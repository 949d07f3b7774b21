/* story_case.h: what the tests of a vehicle's story ask: the outbox of a receiver, the alert of a list. */
#ifndef HL_TESTS_STORY_CASE_H
#define HL_TESTS_STORY_CASE_H

#include "../fixture/engine_fixture.h"
#include "base/mem.h"
#include "engine/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline struct hl_delivery *outbox(struct hl_outbox_filter f, size_t expect)
{
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &f, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, expect);
	return d;
}

/* The newest of n pieces to the receiver; the caller frees. */
static inline char *told(const char *receiver, size_t n)
{
	struct hl_delivery *d = outbox((struct hl_outbox_filter){ .receiver = receiver }, n);
	char *body = hl_strndup(d[0].body, d[0].body_n);
	hl_deliveries_free(d, n);
	return body;
}

static inline void lacks(const char *text, const char *piece)
{
	ck_assert_msg(!strstr(text, piece), "'%s' in:\n%s", piece, text);
}

/* All that is pending has arrived. */
static inline void deliver_all(void)
{
	struct hl_delivery d[16];
	size_t n = 1;
	while (n) {
		ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, 1000, d, 16, &n, NULL), HL_OK);
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_eq(fx.store->ops->done(fx.store, d[i].id, fx.now_ms, "200", NULL), HL_OK);
			hl_delivery_wipe(&d[i]);
		}
	}
}

/* The alert of the list among those that are stored. */
static inline void alert_of(const char *list, char id[HL_ID_TEXT])
{
	struct hl_alert_row *rows;
	size_t n;
	const struct hl_alert_filter f = { .list = list, .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	ck_assert_int_eq(fx.store->ops->alert_list(fx.store, &f, &rows, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	hl_copy(id, HL_ID_TEXT, rows[0].id);
	hl_alert_rows_free(rows, n);
}

/* What the daemon's timers do at that time. */
static inline void story_fire_due(int64_t at_ms)
{
	struct hl_timer t[16];
	struct hl_fired f;
	size_t n = 0;
	fx.now_ms = fx.ctx.now_ms = FX_T0 + at_ms;
	ck_assert_int_eq(fx.store->ops->timer_list(fx.store, &(struct hl_timer_filter){ .due_ms = fx.now_ms }, t, 16, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(hl_follow_fire(fx.store, fx.catalog, &t[i], fx.now_ms, &f, &fx.err), HL_OK);
		hl_timer_wipe(&t[i]);
	}
}

/* How many events of this type of an alert a receiver has been told. */
static inline size_t story_told(const char *alert, enum hl_event_type type, const char *receiver)
{
	struct hl_delivery *d;
	size_t n, found = 0;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .alert = alert, .receiver = receiver, .limit = HL_LIST_MAX }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		found += d[i].type == type && (!i || strcmp(d[i].event, d[i - 1].event) != 0);
	hl_deliveries_free(d, n);
	return found;
}

#endif
