/* ops_covert.c: what officers, and agencies, are not shown: everything of a covert list. Whoever names no role, and has none in the settings, looks as an officer. Pure.
 */
#include "engine/ops_priv.h"

#include <stdlib.h>
#include <string.h>

enum { ID_LEAST = 4 /* of an id, for the store to look it up */ };

struct hl_looker hl_ops_looker_of(const struct hl_ops_ctx *ctx, const struct hl_caller *c)
{
	return (struct hl_looker){ .ctx = ctx, .officer = c->role == HL_ROLE_OFFICER || c->role == HL_ROLE_AGENCY };
}

enum hl_code hl_ops_looker(const struct hl_ops_ctx *ctx, const char *role, struct hl_looker *l, struct hl_err *err)
{
	struct hl_caller c;
	struct hl_err why = { 0 };
	enum hl_code rc = hl_ops_caller(ctx, NULL, role, &c, &why);
	if (rc)
		c.role = HL_ROLE_OFFICER;
	*l = hl_ops_looker_of(ctx, &c);
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
		if (!looker->officer || (!l->also[i].covert && !hl_ops_hidden(looker, l->also[i].list)))
			l->also[kept++] = l->also[i];
	l->n_also = kept;
}

enum hl_code hl_ops_alert_for(const struct hl_looker *l, const char *id, struct hl_alert *a, char **body, struct hl_err *err)
{
	struct hl_err why = { 0 };
	enum hl_code rc = hl_ops_load_alert(l->ctx, id, a, body, &why);
	if (!rc && hl_ops_hidden_alert(l, a)) {
		if (body)
			free(*body);
		return hl_err_set(err, HL_E_NOTFOUND, "no alert %s", id);
	}
	if (rc == HL_E_USAGE && l->officer && strlen(id) >= ID_LEAST)
		return hl_err_set(err, rc, "'%s' is the beginning of several alerts: give more of it", id);
	if (rc && err)
		*err = why;
	return rc;
}

enum hl_code hl_ops_whole_alert(const struct hl_looker *l, const char **alert, char *room, struct hl_err *err)
{
	if (!*alert)
		return HL_OK;
	struct hl_alert *a = hl_alloc(sizeof *a);
	enum hl_code rc = hl_ops_alert_for(l, *alert, a, NULL, err);
	if (!rc) {
		hl_copy(room, HL_ID_TEXT, a->id);
		*alert = room;
	}
	free(a);
	return rc;
}

/* ---- deliveries ---- */

/* What is known of the alert of the delivery before: they come in runs. */
struct known {
	char id[HL_ID_TEXT];
	bool hidden;
};

/* One whose alert is forgotten, or can't be read, may have been covert. */
static enum hl_code look_up(const struct hl_looker *l, const char *id, struct known *k, struct hl_err *err)
{
	struct hl_err why = { 0 };
	if (!strcmp(k->id, id))
		return HL_OK;
	struct hl_alert *a = hl_alloc(sizeof *a);
	enum hl_code rc = hl_ops_load_alert(l->ctx, id, a, NULL, &why);
	if (rc == HL_E_IO && err)
		*err = why;
	hl_copy(k->id, sizeof k->id, id);
	k->hidden = rc || hl_ops_hidden_alert(l, a);
	free(a);
	return rc == HL_E_IO ? rc : HL_OK;
}

/* A digest is of several alerts: it is shown where all that it carries may be. */
static enum hl_code digest_hidden(const struct hl_looker *l, const struct hl_delivery *digest, bool *hidden, struct hl_err *err)
{
	struct hl_delivery *d;
	size_t n;
	struct known k = { .hidden = false };
	const struct hl_outbox_filter f = { .receiver = digest->receiver, .before_ms = digest->created_ms + 1, .limit = HL_LIST_MAX };
	enum hl_code rc = l->ctx->store->ops->outbox_list(l->ctx->store, &f, &d, &n, err);
	if (rc)
		return rc;
	*hidden = false;
	for (size_t i = 0; !rc && !*hidden && i < n; i++) {
		if (strcmp(d[i].carrier, digest->id) != 0)
			continue;
		rc = look_up(l, d[i].alert, &k, err);
		*hidden = k.hidden;
	}
	hl_deliveries_free(d, n);
	return rc;
}

bool hl_ops_veils(const struct hl_looker *l)
{
	const struct hl_settings *s = hl_ops_settings(l->ctx);
	const struct hl_rules *r = l->ctx->catalog ? l->ctx->catalog->rules : NULL;
	bool some = false;
	if (!l->officer)
		return false;
	for (size_t i = 0; s && i < s->lists.n; i++)
		some = some || ((const struct hl_list_settings *)s->lists.v)[i].covert;
	for (size_t i = 0; r && i < r->lists.n; i++)
		some = some || ((const struct hl_rules_list *)r->lists.v)[i].covert;
	return some;
}

enum hl_code hl_ops_veil_deliveries(const struct hl_looker *l, struct hl_delivery *d, size_t *n, struct hl_err *err)
{
	struct known k = { .hidden = false };
	enum hl_code rc = HL_OK;
	size_t kept = 0, i = 0;
	if (!l->officer)
		return HL_OK;
	for (; !rc && i < *n; i++) {
		bool hidden = false;
		if (d[i].alert[0]) {
			rc = look_up(l, d[i].alert, &k, err);
			hidden = k.hidden;
		} else if (d[i].type == HL_EVENT_DIGEST) {
			rc = digest_hidden(l, &d[i], &hidden, err);
		}
		if (hidden || rc)
			hl_delivery_wipe(&d[i]);
		else
			d[kept++] = d[i];
	}
	for (; i < *n; i++)
		hl_delivery_wipe(&d[i]);
	*n = kept;
	return rc;
}
