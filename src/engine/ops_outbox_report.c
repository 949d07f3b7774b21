/* ops_outbox_report.c: `outbox report`: what a gateway says became of a message that it took. Called for each report by whatever the gateway can reach. */
#include "engine/ops_priv.h"
#include "engine/delivery_report.h"

static void tell(const struct hl_report_in *in, const struct hl_report_out *r, bool json, struct hl_buf *out)
{
	struct hl_json j;
	if (!json) {
		hl_buf_printf(out, "delivery %s is %s: %s reported%s\n", in->delivery, hl_delivery_state_name(r->now), hl_report_name(r->report),
			      r->changed ? "" : ", which says nothing new");
		return;
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "id", in->delivery);
	hl_json_str(&j, "report", hl_report_name(r->report));
	hl_json_bool(&j, "changed", r->changed);
	hl_json_str(&j, "state", hl_delivery_state_name(r->now));
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code outbox_report(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_report_in in = { 0 };
	struct hl_report_out r;
	const struct hl_ops_opt opts[] = { { .name = "--status", .value = &in.status }, { .name = "--detail", .value = &in.detail }, { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &in.delivery, 1, 1, err);
	if (!rc && !in.status)
		rc = hl_err_set(err, HL_E_USAGE, "--status is missing: accepted, delivered, failed or a word of the gateway");
	if (!rc)
		rc = hl_report_take(ctx->store, &in, ctx->now_ms, &r, err);
	if (rc)
		return rc;
	ctx->outbox_changed = r.changed;
	if (r.now == HL_DL_DEAD && r.before != HL_DL_DEAD)
		hl_copy(ctx->died, sizeof ctx->died, in.delivery);
	tell(&in, &r, json, out);
	return HL_OK;
}

const struct hl_op_row hl_ops_outbox_report[] = {
	{ .family = "outbox", .verb = "report", .access = HL_OPS_WRITE, .usage = "outbox report ID --status accepted|delivered|failed|WORD [--detail TEXT]",
	  .help = "takes in what a gateway says became of a message that it took", .run = outbox_report },
	{ 0 },
};
