/* ops_report_text.c: a report for eyes, 80 columns wide. Pure but for the context it is given.
 */
#include "engine/ops_report.h"
#include "engine/ops_priv.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 20 };

static void span_of(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out)
{
	char since[48], until[48];
	hl_ops_full_time(ctx, r->filter.since_ms, since);
	hl_ops_full_time(ctx, r->filter.until_ms == HL_NO_TIME ? ctx->now_ms : r->filter.until_ms, until);
	hl_buf_printf(out, "report     %s until %s\n", r->filter.since_ms == HL_NO_TIME ? "from the beginning" : since, until);
	if (r->filter.hidden)
		hl_buf_puts(out, "           as an officer sees it: covert lists are left out (--role)\n");
	if (r->filter.list || r->filter.camera)
		hl_buf_printf(out, "           %s%s%s%s%s only\n", r->filter.list ? "list " : "", r->filter.list ? r->filter.list : "",
			      r->filter.list && r->filter.camera ? ", " : "", r->filter.camera ? "camera " : "", r->filter.camera ? r->filter.camera : "");
}

static void text_reads(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out)
{
	char from[48];
	struct hl_buf b = HL_BUF(1024);
	hl_buf_printf(&b, "%lld in = %lld matched + %lld suppressed + %lld discarded + %lld rejected + %lld failed", (long long)hl_review_total(r, "reads.in"),
		      (long long)hl_review_total(r, "reads.matched"), (long long)hl_review_total(r, "reads.suppressed"),
		      (long long)hl_review_total(r, "reads.discarded"), (long long)hl_review_total(r, "reads.rejected"),
		      (long long)hl_review_total(r, "reads.failed"));
	hl_ops_full_time(ctx, r->total_from_ms, from);
	hl_buf_puts(out, "reads\n");
	hl_ops_wrapped(r->filter.list || r->filter.camera ? "not counted by list or camera" : hl_buf_text(&b), 11, out);
	if (r->total_from_ms != HL_NO_TIME)
		hl_buf_printf(out, "           whole hours, counted since %s\n", from);
	hl_buf_printf(out, "silenced   %lld by their passage, %lld by the cooldown, %lld by cleared pairs\n", (long long)r->suppressed[HL_SUP_PASSAGE],
		      (long long)r->suppressed[HL_SUP_COOLDOWN], (long long)r->suppressed[HL_SUP_CLEARED]);
	hl_buf_fini(&b);
}

/* "name 3, other 1" behind a head; nothing where there are none. */
static void text_counts(const char *head, const struct hl_review_counts *c, struct hl_buf *out)
{
	struct hl_buf b = HL_BUF(64 << 10);
	if (!c->n)
		return;
	for (size_t i = 0; i < c->n; i++)
		hl_buf_printf(&b, "%s%s %lld", i ? ", " : "", c->v[i].name, (long long)c->v[i].n);
	hl_buf_printf(out, "%s\n", head);
	hl_ops_wrapped(hl_buf_text(&b), 11, out);
	hl_buf_fini(&b);
}

static void text_alerts(const struct hl_review *r, struct hl_buf *out)
{
	char share[32];
	struct hl_buf b = HL_BUF(1024);
	for (int i = 0; i < HL_ALERT_STATES; i++)
		if (r->by_state[i])
			hl_buf_printf(&b, "%s%lld %s", b.len ? ", " : "", (long long)r->by_state[i], hl_alert_state_name((enum hl_alert_state)i));
	hl_buf_printf(out, "alerts     %lld, %lld of them to verify; %lld muted, %lld late\n", (long long)r->all.alerts, (long long)r->all.verify, (long long)r->muted,
		      (long long)r->late);
	if (b.len)
		hl_ops_wrapped(hl_buf_text(&b), 11, out);
	hl_ops_report_share_text(&r->all, share);
	hl_buf_printf(out, "found      %lld right, %lld wrong, %lld unknown; precision %s\n", (long long)r->all.right, (long long)r->all.wrong, (long long)r->all.unknown,
		      share);
	hl_buf_fini(&b);
}

static void text_answers(const struct hl_review *r, struct hl_buf *out)
{
	char median[32], p90[32];
	hl_ops_span(hl_review_quantile(r, 0.5), median);
	hl_ops_span(hl_review_quantile(r, 0.9), p90);
	hl_buf_printf(out, "answered   %zu", r->n_answers);
	if (r->n_answers)
		hl_buf_printf(out, ", half within %s, nine of ten within %s", median, p90);
	hl_buf_printf(out, "\n           %lld unanswered, %lld taken back before an answer\n", (long long)r->unanswered, (long long)r->ended_unanswered);
}

static void text_view(const struct hl_review *r, enum hl_review_view v, struct hl_buf *out)
{
	char head[32], share[32], name[22];
	snprintf(head, sizeof head, "BY %s", hl_review_view_name(v));
	for (char *c = head; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	hl_buf_printf(out, "\n%-21s %7s %7s %6s %6s %7s  PRECISION (95 %%)\n", head, "ALERTS", "VERIFY", "RIGHT", "WRONG", "UNKNOWN");
	for (size_t i = 0; i < r->view[v].n; i++) {
		const struct hl_review_row *row = &r->view[v].v[i];
		hl_ops_report_share_text(row, share);
		hl_copy(name, sizeof name, row->name);
		hl_buf_printf(out, "%-21s %7lld %7lld %6lld %6lld %7lld  %s\n", name, (long long)row->alerts, (long long)row->verify, (long long)row->right,
			      (long long)row->wrong, (long long)row->unknown, share);
	}
}

static void text_open(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out)
{
	char when[32], waits[32], place[32];
	if (!r->n_open)
		return;
	hl_buf_printf(out, "\n%-8s %-14s P %-14s %-10s PLACE\n", "NO ANSWER", "TIME", "LIST", "WAITS");
	for (size_t i = 0; i < r->n_open && i < SHOWN; i++) {
		hl_ops_time(ctx, r->open[i].time_ms, when);
		hl_ops_span(ctx->now_ms - r->open[i].created_ms, waits);
		hl_copy(place, sizeof place, r->open[i].place);
		hl_buf_printf(out, "%-9.8s %-14s %d %-14.14s %-10s %s\n", r->open[i].id, when, r->open[i].priority, r->open[i].list, waits, place);
	}
	if (r->unanswered > SHOWN)
		hl_buf_printf(out, "and %lld more; --json lists up to %d\n", (long long)r->unanswered - SHOWN, HL_REVIEW_OPEN_MAX);
}

void hl_ops_report_text(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out)
{
	span_of(ctx, r, out);
	text_reads(ctx, r, out);
	text_alerts(r, out);
	text_counts("rejected", &r->rejected, out);
	text_counts("closed", &r->outcomes, out);
	text_counts("taken back", &r->standdowns, out);
	text_answers(r, out);
	for (int v = 0; v < HL_REVIEW_VIEWS; v++)
		if (r->view[v].n)
			text_view(r, (enum hl_review_view)v, out);
	text_open(ctx, r, out);
}
