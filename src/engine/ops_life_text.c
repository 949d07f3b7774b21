/* ops_life_text.c: the lines of `alert show` that tell what people did to an alert, and who was told. See ops_table.h. */
#include "engine/ops_priv.h"
#include "engine/ops_table.h"

static void field(struct hl_buf *out, const char *name, const char *value)
{
	if (value && *value)
		hl_buf_printf(out, "%-14s %s\n", name, value);
}

static void did(const struct hl_ops_ctx *ctx, const char *what, const char *by, int64_t at_ms, const char *more, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, at_ms, when);
	hl_buf_printf(out, "%-14s by %s, %s%s%s\n", what, by, when, more[0] ? ": " : "", more);
}

static void text_verification(const struct hl_ops_ctx *ctx, const struct hl_alert_life *l, struct hl_buf *out)
{
	char when[48];
	const char *label = "verification";
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		const struct hl_verification *v = &l->verification[i];
		if (v->result == HL_VR_NONE)
			continue;
		hl_ops_full_time(ctx, v->at_ms, when);
		hl_buf_printf(out, "%-14s %s %s, says %s, %s\n", label, hl_verified_part_name((enum hl_verified_part)i), hl_verified_name(v->result), v->by, when);
		label = "";
	}
	if (l->verification_lapsed[0])
		hl_buf_printf(out, "%-14s no longer: %s\n", label, l->verification_lapsed);
}

static void text_past(const struct hl_ops_ctx *ctx, const char *what, const struct hl_alert_past *p, struct hl_buf *out)
{
	char when[48];
	if (!p->of[0])
		return;
	hl_ops_full_time(ctx, p->at_ms, when);
	hl_buf_printf(out, "%-14s %s (%s) by %s, %s%s%s\n", what, hl_alert_state_name(p->state), p->of, p->by, when, p->why[0] ? ": " : "", p->why);
}

static void text_people(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	const struct hl_alert_life *l = &a->life;
	if (a->acknowledged_by[0])
		did(ctx, "acknowledged", a->acknowledged_by, a->acknowledged_ms, "", out);
	for (unsigned i = 0; i < l->n_joined; i++)
		hl_buf_printf(out, i ? ", %s" : "joined         %s", l->joined[i]);
	if (l->n_joined)
		hl_buf_putc(out, '\n');
	text_verification(ctx, l, out);
	if (!l->confirmed.by[0])
		return;
	did(ctx, "confirmed", l->confirmed.by, l->confirmed.at_ms, l->confirmed.source, out);
	hl_buf_printf(out, "%-14s %s\n", "reference", l->confirmed.reference);
}

void hl_ops_life_text(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	text_people(ctx, a, out);
	if (a->closed_by[0])
		did(ctx, hl_alert_state_name(a->state), a->closed_by, a->closed_ms, a->life.outcome[0] ? a->life.outcome : a->closed_reason, out);
	text_past(ctx, "lapsed", &a->life.lapsed, out);
	text_past(ctx, "undone", &a->life.undone, out);
	field(out, "because", a->standdown);
	field(out, "plate seen", a->plate_seen);
	field(out, "before", a->cleared_note);
	field(out, "muted", a->muted);
	field(out, "told", a->receivers);
}
