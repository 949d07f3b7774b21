/* figures.c: see figures.h. The stages are counted apart, so a sum that does not balance while nothing is under way is a fault that shows. */
#include "daemon/figures.h"

struct list {
	struct hl_figure *v;
	size_t n, max;
};

static void put(struct list *l, const char *group, const char *name, int64_t value)
{
	if (l->n < l->max)
		l->v[l->n++] = (struct hl_figure){ .group = group, .name = name, .value = value };
}

static void reads(struct list *l, struct hl_counters *k)
{
	int64_t settled = k->matched + k->suppressed + k->failed;
	put(l, "reads", "in", k->reads_in);
	put(l, "reads", "matched", k->matched);
	put(l, "reads", "suppressed", k->suppressed);
	put(l, "reads", "discarded", k->discarded);
	put(l, "reads", "rejected", k->rejected);
	put(l, "reads", "failed", k->failed);
	put(l, "reads", "pending", k->submitted - settled);
	put(l, "suppressed", "passage", k->by_reason[HL_SUP_PASSAGE]);
	put(l, "suppressed", "cooldown", k->by_reason[HL_SUP_COOLDOWN]);
	put(l, "suppressed", "cleared", k->by_reason[HL_SUP_CLEARED]);
	put(l, "suppressed", "duplicate", k->by_reason[HL_SUP_DUPLICATE]);
}

static void deliveries(struct list *l, struct hl_outbox *outbox)
{
	struct hl_deliver_counts c = { 0 };
	hl_outbox_count(outbox, &c);
	put(l, "deliver", "attempts", c.attempts);
	put(l, "deliver", "delivered", c.delivered);
	put(l, "deliver", "later", c.later);
	put(l, "deliver", "dead", c.dead);
	put(l, "deliver", "gone", c.gone);
	put(l, "deliver", "disabled", c.disabled);
	put(l, "deliver", "resting", c.resting);
	put(l, "deliver", "under_way", c.under_way);
	put(l, "deliver", "store_faults", c.store_faults);
}

static void curve(struct list *l, struct hl_counters *k, struct hl_zap *zap)
{
	int64_t accepted, refused;
	hl_zap_count(zap, &accepted, &refused);
	put(l, "curve", "accepted", accepted);
	put(l, "curve", "refused", refused);
	put(l, "curve", "messages_refused", k->key_withdrawn);
}

size_t hl_figures(struct hl_counters *k, struct hl_outbox *outbox, struct hl_zap *zap, int64_t uptime_ms, struct hl_figure *out, size_t max)
{
	struct list l = { .v = out, .max = max };
	reads(&l, k);
	put(&l, "daemon", "uptime_s", uptime_ms / 1000);
	put(&l, "daemon", "payloads", k->payloads);
	put(&l, "daemon", "hits", k->hits);
	put(&l, "daemon", "alerts_created", k->alerts);
	put(&l, "daemon", "alerts_updated", k->updates);
	put(&l, "daemon", "alerts_stood_down", k->stood_down);
	put(&l, "daemon", "alerts_inhibited", k->inhibited);
	put(&l, "daemon", "timers_told", k->timers_told);
	put(&l, "daemon", "clock_suspect", k->clock_suspect);
	put(&l, "daemon", "seq_gaps", k->seq_gaps);
	put(&l, "daemon", "commits", k->commits);
	put(&l, "daemon", "commit_ns", k->commit_ns);
	put(&l, "daemon", "commit_failures", k->commit_failures);
	put(&l, "daemon", "commit_races", k->commit_races);
	if (k->stream_entries + k->stream_claimed + k->stream_dead + k->stream_put) {
		put(&l, "stream", "entries", k->stream_entries);
		put(&l, "stream", "claimed", k->stream_claimed);
		put(&l, "stream", "dead", k->stream_dead);
		put(&l, "stream", "put", k->stream_put);
	}
	put(&l, "daemon", "reloads", k->reloads);
	put(&l, "daemon", "reload_faults", k->reload_faults);
	put(&l, "hand", "changes", k->hand_changes);
	put(&l, "hand", "write_ns", k->hand_write_ns);
	put(&l, "hand", "swap_ns", k->hand_swap_ns);
	curve(&l, k, zap);
	deliveries(&l, outbox);
	return l.n;
}
