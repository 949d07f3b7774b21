/* ops_covert.c: what officers, and agencies, are not shown: everything of a covert list. Whoever names no role, and has none in the settings, looks as an officer. Pure.
 */
#include "engine/ops_priv.h"

enum hl_code hl_ops_looker(const struct hl_ops_ctx *ctx, const char *role, struct hl_looker *l, struct hl_err *err)
{
	struct hl_caller c;
	struct hl_err why = { 0 };
	enum hl_code rc = hl_ops_caller(ctx, NULL, role, &c, &why);
	*l = (struct hl_looker){ .ctx = ctx, .officer = rc || c.role == HL_ROLE_OFFICER || c.role == HL_ROLE_AGENCY };
	if (!rc || !role)
		return HL_OK; /* a stranger may look, as an officer does */
	if (err)
		*err = why;
	return rc;
}

bool hl_ops_hidden(const void *looker, const char *list)
{
	const struct hl_looker *l = looker;
	const struct hl_rules *rules = l->ctx->catalog ? l->ctx->catalog->rules : NULL;
	const struct hl_settings *settings = hl_ops_settings(l->ctx);
	const struct hl_rules_list *r = rules ? hl_rules_list(rules, list) : NULL;
	const struct hl_list_settings *s = settings ? hl_settings_list(settings, list) : NULL;
	return l->officer && ((r && r->covert) || (s && s->covert));
}

bool hl_ops_hidden_list(const struct hl_ops_ctx *ctx, const char *list)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	struct hl_caller c;
	struct hl_err err;
	if (!s || !s->users.n || hl_ops_caller(ctx, NULL, NULL, &c, &err) || c.role != HL_ROLE_OFFICER)
		return false;
	return hl_ops_hidden(&(struct hl_looker){ .ctx = ctx, .officer = true }, list);
}

bool hl_ops_hidden_alert(const struct hl_looker *l, const struct hl_alert *a)
{
	return l->officer && (a->life.covert || hl_ops_hidden(l, a->list));
}

void hl_ops_veil(const struct hl_looker *looker, struct hl_alert *a)
{
	struct hl_alert_life *l = &a->life;
	if (l->inhibited[0] && hl_ops_hidden(looker, l->inhibited))
		hl_copy(l->inhibited, sizeof l->inhibited, "another list");
	unsigned kept = 0;
	for (unsigned i = 0; i < l->n_also; i++)
		if (!l->also[i].covert)
			l->also[kept++] = l->also[i];
	l->n_also = kept;
}
