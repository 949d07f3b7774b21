/* settle.c: see settle.h. An activation through `list activate` has done it already, and told whoever asked; this is for all other ways, and for a crash
 * between an activation and its end.
 */
#include "daemon/settle.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/hand.h"

/* Whether anything of the list was overtaken. */
static bool settle_list(const struct hl_catalog *c, const struct hl_catalog_list *l)
{
	struct hl_buf told = HL_BUF(1 << 20);
	struct hl_err err;
	enum hl_code code = hl_hand_settle(c->settings->store, c->settings->state, l->name, l->snapshot, l->version.id, "hotlistd", hl_clock_real_ms(), &told, &err);
	if (code)
		hl_log(HL_LOG_ERROR, "hand list=%s: %s", l->name, err.text);
	else if (told.len)
		hl_log(HL_LOG_INFO, "hand list=%s: version %s has ended withdrawals", l->name, l->version.id);
	bool some = !code && told.len;
	hl_buf_fini(&told);
	return some;
}

/* Whoever has activated another version meanwhile settles by that one: what was withdrawn from it must not be ended by this one, which may not have it. */
static bool is_active(const struct hl_catalog *c, const struct hl_catalog_list *l)
{
	char id[HL_VERSION_ID];
	return !hl_version_active(c->settings->state, l->name, id, NULL) && !strcmp(id, l->version.id);
}

void hl_settle(struct hl_live *live)
{
	struct hl_catalog *c = hl_live_get(live);
	struct hl_err err;
	bool some = false;
	for (size_t i = 0; i < c->n_lists; i++)
		if (!c->list[i].by_hand && c->list[i].hand && c->list[i].hand->masked && is_active(c, &c->list[i]) && settle_list(c, &c->list[i]))
			some = true;
	if (some && hl_live_hand(live, NULL, &err))
		hl_log(HL_LOG_ERROR, "hand: %s", err.text);
	hl_catalog_unref(&c);
}

enum hl_code hl_settle_lists(struct hl_live *live, struct hl_opened *opened, struct hl_err *err)
{
	enum hl_code code = hl_live_refresh(live, opened, err);
	hl_settle(live);
	return code;
}
