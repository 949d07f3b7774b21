/* totals.c: see totals.h. */
#include "config.h"

#include "daemon/totals.h"

#include <string.h>

#include "base/mem.h"

/* Each with its name in the store. */
static const struct {
	const char *name;
	size_t at;
} row[] = {
	{ "reads.in", offsetof(struct hl_counters, reads_in) },
	{ "reads.matched", offsetof(struct hl_counters, matched) },
	{ "reads.suppressed", offsetof(struct hl_counters, suppressed) },
	{ "reads.discarded", offsetof(struct hl_counters, discarded) },
	{ "reads.rejected", offsetof(struct hl_counters, rejected) },
	{ "reads.failed", offsetof(struct hl_counters, failed) },
	{ "suppressed.passage", offsetof(struct hl_counters, by_reason[HL_SUP_PASSAGE]) },
	{ "suppressed.cooldown", offsetof(struct hl_counters, by_reason[HL_SUP_COOLDOWN]) },
	{ "suppressed.cleared", offsetof(struct hl_counters, by_reason[HL_SUP_CLEARED]) },
	{ "suppressed.duplicate", offsetof(struct hl_counters, by_reason[HL_SUP_DUPLICATE]) },
	{ "hits", offsetof(struct hl_counters, hits) },
	{ "alerts.created", offsetof(struct hl_counters, alerts) },
	{ "alerts.stood_down", offsetof(struct hl_counters, stood_down) },
	{ "seq_gaps", offsetof(struct hl_counters, seq_gaps) },
};
enum { ROWS = sizeof row / sizeof row[0] };
_Static_assert((int)ROWS <= (int)HL_TOTALS_MAX, "more totals than a store takes at once");

static int64_t value(const struct hl_totals *t, size_t i)
{
	return atomic_load((const _Atomic int64_t *)(const void *)((const char *)t->counters + row[i].at));
}

void hl_totals_init(struct hl_totals *t, const struct hl_counters *counters, int64_t next_ms)
{
	*t = (struct hl_totals){ .counters = counters, .next_ms = next_ms };
}

bool hl_totals_due(const struct hl_totals *t, int64_t mono_ms)
{
	if (mono_ms < t->next_ms)
		return false;
	for (size_t i = 0; i < ROWS; i++)
		if (value(t, i) != t->written[i])
			return true;
	return false;
}

enum hl_code hl_totals_write(struct hl_totals *t, struct hl_store *s, int64_t real_ms, struct hl_err *err)
{
	struct hl_total v[ROWS];
	size_t n = 0;
	for (size_t i = 0; i < ROWS; i++) {
		t->now[i] = value(t, i);
		if (t->now[i] == t->written[i])
			continue;
		v[n] = (struct hl_total){ .n = t->now[i] - t->written[i] };
		hl_copy(v[n++].name, sizeof v[0].name, row[i].name);
	}
	t->under_way = n > 0;
	return n ? s->ops->totals_add(s, real_ms - real_ms % HL_TOTAL_MS, v, n, err) : HL_OK;
}

void hl_totals_settle(struct hl_totals *t, bool committed, int64_t mono_ms)
{
	if (committed && t->under_way)
		memcpy(t->written, t->now, sizeof t->written);
	if (t->under_way)
		t->next_ms = mono_ms + HL_TOTALS_EVERY_MS;
	t->under_way = false;
}
