/* catalog_entry.c: what a catalog says of one entry, by its id: for stand-downs and explanations, which ask about alerts that are open already. Any thread that
 * holds a reference to the catalog.
 */
#include "engine/catalog.h"

#include <string.h>

/* The entry of this id in the list's active version. */
static bool in_version(const struct hl_catalog_list *l, const char *id, struct hl_entry *e)
{
	ptrdiff_t at = l ? hl_snapshot_find(l->snapshot, id) : -1;
	if (at >= 0)
		hl_snapshot_get(l->snapshot, (size_t)at, e);
	return at >= 0;
}

static enum hl_listed tell(struct hl_listing *out, const struct hl_entry *e, const char *version, bool by_hand, const struct hl_hand_act *withdrawn, int64_t at_ms)
{
	static const enum hl_listed listed[] = { [HL_WHEN_EARLY] = HL_LISTED_NOT_YET, [HL_WHEN_NOW] = HL_LISTED, [HL_WHEN_OVER] = HL_LISTED_EXPIRED };
	*out = (struct hl_listing){ .by_hand = by_hand, .starts_ms = e->starts_ms, .expires_ms = e->expires_ms, .withdrawn_ms = HL_NO_TIME };
	hl_copy(out->revision, sizeof out->revision, e->revision);
	hl_pattern_text(&e->pattern, out->plate);
	hl_copy(out->version, sizeof out->version, version);
	if (!withdrawn)
		return listed[hl_entry_when(e, at_ms)];
	hl_copy(out->by, sizeof out->by, withdrawn->by);
	hl_copy(out->why, sizeof out->why, withdrawn->why);
	out->withdrawn_ms = withdrawn->time_ms;
	return HL_LISTED_WITHDRAWN;
}

/* Of the entry by hand and the version's the one that is in force counts; where neither is, the one whose end says more: a person's word before a date. */
enum hl_listed hl_catalog_entry(const struct hl_catalog *c, const char *list, const char *id, int64_t at_ms, struct hl_listing *out)
{
	struct hl_listing room, other, *l = out ? out : &room;
	struct hl_entry e;
	const struct hl_catalog_list *version = hl_catalog_list(c, list, false), *layer = hl_catalog_list(c, list, true);
	const struct hl_hand *hand = layer ? layer->hand : NULL;
	const struct hl_hand_entry *by_hand = hand ? hl_hand_find(hand, id) : NULL;
	const struct hl_hand_mask *mask = hand ? hl_hand_find_mask(hand, id) : NULL;
	enum hl_listed is = HL_LISTED_ABSENT;
	*l = (struct hl_listing){ .starts_ms = HL_NO_TIME, .expires_ms = HL_NO_TIME, .withdrawn_ms = HL_NO_TIME };
	hl_copy(l->version, sizeof l->version, version ? version->version.id : layer ? layer->version.id : "");
	if (by_hand && !by_hand->waits)
		is = tell(l, &by_hand->e, layer->version.id, true, by_hand->ended.seq ? &by_hand->ended : NULL, at_ms);
	if (is == HL_LISTED || !in_version(version, id, &e))
		return is;
	bool masked = mask && !mask->ended.seq && !strcmp(mask->e.revision, e.revision);
	enum hl_listed in = tell(&other, &e, version->version.id, false, masked ? &mask->made : NULL, at_ms);
	static const int weight[] = { [HL_LISTED] = 0, [HL_LISTED_WITHDRAWN] = 1, [HL_LISTED_NOT_YET] = 2, [HL_LISTED_EXPIRED] = 3, [HL_LISTED_ABSENT] = 4 };
	if (weight[in] >= weight[is])
		return is;
	*l = other;
	return in;
}

bool hl_catalog_covert_name(const struct hl_catalog *c, const char *list)
{
	const struct hl_list_settings *s = c && c->settings ? hl_settings_list(c->settings, list) : NULL;
	const struct hl_rules_list *r = c ? hl_rules_list(c->rules, list) : NULL;
	return (s && s->covert) || (r && r->covert);
}

bool hl_catalog_covert(const struct hl_catalog *c, size_t list)
{
	return hl_catalog_covert_name(c, c->list[list].name);
}
