/* ops_who.c: who acts, and as what. The name comes from the control socket's credentials (daemon/control.c) or the process's own user; the role is taken at its word,
 * unless the settings say who is who. doc/life.md, Who asks.
 */
#include "engine/ops_priv.h"
#include "base/text.h"

#include <string.h>

enum hl_code hl_ops_plain(const char *option, const char *text, size_t size, struct hl_err *err)
{
	bool plain = text && *text && strlen(text) < size && hl_text_utf8(text, strlen(text));
	for (const char *c = text; plain && *c; c++)
		plain = (unsigned char)*c >= 0x20 && *c != 0x7f;
	return plain ? HL_OK : hl_err_set(err, HL_E_USAGE, "%s: 1 to %zu bytes are expected, UTF-8 without control characters", option, size - 1);
}

static enum hl_code role_of(const char *role, struct hl_caller *c, struct hl_err *err)
{
	static const char *const words[] = { "officer", "dispatcher", "supervisor", "agency", "auditor", NULL };
	enum hl_code rc = hl_ops_word("--role", role, words, err);
	c->role = rc || !role ? HL_ROLE_OFFICER : (enum hl_role)hl_role_find(role);
	return rc;
}

/* The settings know the people: a name has the role that stands there and no other. */
static enum hl_code role_in(const struct hl_ops_ctx *ctx, const struct hl_settings *s, const char *role, struct hl_caller *c, struct hl_err *err)
{
	const struct hl_user *u = hl_settings_user(s, c->by);
	if (strcmp(c->by, ctx->who ? ctx->who : "") != 0 && !ctx->trusted)
		return hl_err_set(err, HL_E_DENIED, "--by %s: you are %s; only root and the daemon's own user speak for others, as the settings have users", c->by,
				  ctx->who ? ctx->who : "nobody");
	if (!u)
		return hl_err_set(err, HL_E_DENIED, "%s is not among the users of the settings%s", c->by,
				  ctx->trusted && !strcmp(c->by, ctx->who ? ctx->who : "") ? ": --by NAME acts for one who is" : "");
	if (role && strcmp(role, hl_role_name((enum hl_role)u->role)) != 0)
		return hl_err_set(err, HL_E_DENIED, "--role %s: by the settings %s is %s", role, c->by, hl_role_name((enum hl_role)u->role));
	c->role = (enum hl_role)u->role;
	c->agency = u->agency ? u->agency : "";
	return HL_OK;
}

enum hl_code hl_ops_caller(const struct hl_ops_ctx *ctx, const char *by, const char *role, struct hl_caller *c, struct hl_err *err)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	*c = (struct hl_caller){ .by = by ? by : ctx->who, .agency = "" };
	enum hl_code rc = hl_ops_plain("--by", c->by, HL_TEXT_SHORT, err);
	if (!rc)
		rc = role_of(role, c, err);
	return rc || !s || !s->users.n ? rc : role_in(ctx, s, role, c, err);
}

void hl_ops_roles_text(unsigned roles, struct hl_buf *out)
{
	const char *sep = "";
	for (int i = 0; i < HL_ROLES; i++) {
		if (!(roles >> i & 1))
			continue;
		hl_buf_printf(out, "%s%s", sep, hl_role_name((enum hl_role)i));
		sep = ", ";
	}
}

/* Whether the caller is to be asked for at all. */
static bool all_may(const struct hl_ops_ctx *ctx)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	return !s || !s->users.n || ctx->trusted;
}

enum hl_code hl_ops_may(const struct hl_ops_ctx *ctx, const char *what, unsigned roles, struct hl_err *err)
{
	struct hl_caller c = { .by = "" };
	if (roles == HL_MAY_ALL || all_may(ctx))
		return HL_OK;
	enum hl_code rc = hl_ops_caller(ctx, NULL, NULL, &c, err);
	if (rc || roles >> c.role & 1)
		return rc;
	struct hl_buf who = HL_BUF(256);
	hl_ops_roles_text(roles, &who);
	hl_err_set(err, HL_E_DENIED, "%s is for %s: %s is %s", what, hl_buf_text(&who), c.by, hl_role_name(c.role));
	hl_buf_fini(&who);
	return HL_E_DENIED;
}

enum hl_code hl_ops_may_keep(const struct hl_ops_ctx *ctx, const char *list, struct hl_err *err)
{
	struct hl_caller c = { .by = "" };
	if (all_may(ctx))
		return HL_OK;
	enum hl_code rc = hl_ops_caller(ctx, NULL, NULL, &c, err);
	if (rc || c.role != HL_ROLE_AGENCY)
		return rc;
	const struct hl_list_settings *l = hl_settings_list(hl_ops_settings(ctx), list);
	if (c.agency[0] && l && l->agency && !strcmp(l->agency, c.agency))
		return HL_OK;
	return hl_err_set(err, HL_E_DENIED, "list '%s' is kept by its own agency or a supervisor: %s is agency of %s", list, c.by, c.agency[0] ? c.agency : "(none)");
}

enum hl_code hl_ops_may_withdraw(const struct hl_ops_ctx *ctx, const char *agency, struct hl_err *err)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	struct hl_caller c;
	if (!s || !s->users.n)
		return HL_OK;
	enum hl_code rc = hl_ops_caller(ctx, NULL, NULL, &c, err);
	if (rc || c.role == HL_ROLE_SUPERVISOR || (c.role == HL_ROLE_AGENCY && c.agency[0] && !strcmp(c.agency, agency)))
		return rc;
	return hl_err_set(err, HL_E_DENIED, "an entry of %s is withdrawn by that agency or a supervisor: %s is %s%s%s", agency[0] ? agency : "no agency", c.by, hl_role_name(c.role),
			  c.agency[0] ? " of " : "", c.agency);
}
