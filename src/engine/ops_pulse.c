/* ops_pulse.c: `alert pulse`: a mark that is another whenever the open alerts are, and shows none of them. A live screen asks for it each second, and looks at the alerts, which
 * the audit records, only when there is something new to see. Reads the store only.
 */
#include "engine/ops_priv.h"
#include "base/crypto.h"

#include <stdlib.h>
#include <string.h>

enum { OF_EACH = 100 };

/* What the looker may see of one state, added to the hash: the stored bodies, which change with every revision. */
static enum hl_code add_state(struct hl_ops_ctx *ctx, enum hl_alert_state state, const struct hl_looker *l, struct hl_sha256 *hash, struct hl_err *err)
{
	const struct hl_alert_filter f = { .state = hl_alert_state_name(state), .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME, .limit = OF_EACH };
	struct hl_alert_row *rows;
	size_t n;
	enum hl_code rc = ctx->store->ops->alert_list(ctx->store, &f, &rows, &n, err);
	if (rc)
		return rc;
	struct hl_alert *a = hl_alloc(sizeof *a);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = hl_alert_parse(a, rows[i].body, rows[i].body_n, err);
		if (!rc && !hl_ops_hidden_alert(l, a))
			hl_sha256_field(hash, rows[i].body);
	}
	free(a);
	hl_alert_rows_free(rows, n);
	return rc;
}

static enum hl_code alert_pulse(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *role = NULL;
	struct hl_looker l;
	struct hl_sha256 hash;
	unsigned char sum[HL_SHA256];
	char mark[HL_ID_TEXT];
	enum hl_code rc = hl_ops_args(argc, argv, (const struct hl_ops_opt[]){ { .name = "--role", .value = &role }, { 0 } }, "", NULL, 0, 0, err);
	if (!rc)
		rc = hl_ops_looker(ctx, role, &l, err);
	hl_sha256_init(&hash);
	for (int s = HL_ST_NEW; !rc && s < HL_ST_CLOSED; s++)
		rc = add_state(ctx, (enum hl_alert_state)s, &l, &hash, err);
	hl_sha256_end(&hash, sum);
	hl_id_text(sum, mark);
	if (!rc)
		hl_buf_printf(out, json ? "{\"pulse\":\"%s\"}\n" : "%s\n", mark);
	return rc;
}

const struct hl_op_row hl_ops_pulse[] = {
	{ .family = "alert", .verb = "pulse", .access = HL_OPS_READ, .unaudited = true, .usage = "alert pulse [--role ROLE]",
	  .help = "a mark that changes when the open alerts do, for screens; shows none of them", .run = alert_pulse },
	{ 0 },
};
