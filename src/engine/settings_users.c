/* settings_users.c: `users`: who does things to alerts, and as what. Without it everybody is taken at his word, as long as nothing but the control socket asks. Pure; any
 * thread.
 */
#include "engine/settings_priv.h"

#include <string.h>

enum { USERS_MAX = 1000 };

#define USER(member) offsetof(struct hl_user, member)

static const char *const roles[] = { [HL_ROLE_OFFICER] = "officer", [HL_ROLE_DISPATCHER] = "dispatcher", [HL_ROLE_SUPERVISOR] = "supervisor",
				     [HL_ROLE_AGENCY] = "agency",   [HL_ROLE_AUDITOR] = "auditor",	[HL_ROLE_PROGRAM] = NULL };

const struct hl_opt hl_user_options[] = {
	{ .name = "role", .type = HL_OPT_ENUM, .offset = USER(role), .required = true, .words = roles,
	  .help = "what the user may do: officer, dispatcher, supervisor, agency or auditor" },
	{ .name = "agency", .type = HL_OPT_STRING, .offset = USER(agency), .max = 64, .def = "", .help = "whose lists and entries a user of role agency may change" },
	{ 0 },
};

void hl_settings_check_users(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *users = hl_node_get(root, "users");
	const struct hl_user *u = s->users.v;
	if (s->users.n > USERS_MAX)
		hl_conf_fault(ctx, users, "'users' has %zu: expected at most %d", s->users.n, USERS_MAX);
	for (size_t i = 0; i < s->users.n; i++) {
		const struct hl_node *at = users && i < users->n ? &users->child[i] : users;
		if (!u[i].name)
			continue; /* told already */
		bool agency = u[i].agency && u[i].agency[0];
		if (u[i].role == HL_ROLE_AGENCY && !agency)
			hl_conf_fault(ctx, at, "user '%.60s' has the role agency: 'agency' is missing", u[i].name);
		else if (u[i].role != HL_ROLE_AGENCY && agency)
			hl_conf_fault(ctx, at, "user '%.60s' has an agency, which only the role agency has", u[i].name);
	}
}

const struct hl_user *hl_settings_user(const struct hl_settings *s, const char *name)
{
	const struct hl_user *u = s ? s->users.v : NULL;
	for (size_t i = 0; name && s && i < s->users.n; i++)
		if (!strcmp(u[i].name, name))
			return &u[i];
	return NULL;
}
