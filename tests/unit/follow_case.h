/* follow_case.h: one alert at FX_T0, and timers that are done at the times that a test gives. */
#ifndef HL_TESTS_FOLLOW_CASE_H
#define HL_TESTS_FOLLOW_CASE_H

#include "../fixture/engine_fixture.h"
#include "engine/follow.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000)
#define M (60 * S)
#define H (60 * M)

#define HEAD "version: 1\nmatch: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.001}\nalerts: {ack_for: 15m}\n"

static char alert[HL_ID_TEXT];

static inline void begin(const char *rules)
{
	fx_teardown();
	fx_setup_rules(rules);
	hl_copy(alert, sizeof alert, fx_see("r1", "5SOW750", 0).alert);
}

static inline size_t due(int64_t at_ms, struct hl_timer *t, size_t max)
{
	size_t n;
	ck_assert_int_eq(fx.store->ops->timer_list(fx.store, &(struct hl_timer_filter){ .due_ms = FX_T0 + at_ms }, t, max, &n, &fx.err), HL_OK);
	return n;
}

static inline void fire(struct hl_timer *t, int64_t at_ms)
{
	struct hl_fired f;
	enum hl_code rc = hl_follow_fire(fx.store, fx.catalog, t, FX_T0 + at_ms, &f, &fx.err);
	ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
}

/* What the daemon does at that time. */
static inline void at(int64_t at_ms)
{
	struct hl_timer t[16];
	fx.now_ms = fx.ctx.now_ms = FX_T0 + at_ms;
	size_t n = due(at_ms, t, 16);
	for (size_t i = 0; i < n; i++) {
		fire(&t[i], at_ms);
		hl_timer_wipe(&t[i]);
	}
}

static inline void run(const char *verb, int64_t at_ms)
{
	char words[128];
	snprintf(words, sizeof words, "alert %s %s", verb, alert);
	fx.now_ms = fx.ctx.now_ms = FX_T0 + at_ms;
	fx_ok(words);
}

#endif
