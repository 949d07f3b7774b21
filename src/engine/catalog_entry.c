/* catalog_entry.c: what a catalog says of one entry, by its id: for stand-downs and explanations, which ask about alerts that are open already. Any thread that
 * holds a reference to the catalog.
 */
#include "engine/catalog.h"

#include <string.h>

static enum hl_listed in_time(const struct hl_entry *e, int64_t at_ms)
{
	static const enum hl_listed listed[] = { [HL_WHEN_EARLY] = HL_LISTED_NOT_YET, [HL_WHEN_NOW] = HL_LISTED, [HL_WHEN_OVER] = HL_LISTED_EXPIRED };
	return listed[hl_entry_when(e, at_ms)];
}

enum hl_listed hl_catalog_entry(const struct hl_catalog *c, const char *list, const char *id, int64_t at_ms, struct hl_listing *out)
{
	struct hl_listing room, *l = out ? out : &room;
	struct hl_entry e;
	*l = (struct hl_listing){ .starts_ms = HL_NO_TIME, .expires_ms = HL_NO_TIME, .withdrawn_ms = HL_NO_TIME };
	for (size_t i = 0; i < c->n_lists; i++) {
		if (strcmp(c->list[i].name, list) != 0)
			continue;
		hl_copy(l->version, sizeof l->version, c->list[i].version.id);
		ptrdiff_t at = hl_snapshot_find(c->list[i].snapshot, id);
		if (at < 0)
			continue;
		hl_snapshot_get(c->list[i].snapshot, (size_t)at, &e);
		hl_copy(l->revision, sizeof l->revision, e.revision);
		l->starts_ms = e.starts_ms;
		l->expires_ms = e.expires_ms;
		return in_time(&e, at_ms);
	}
	return HL_LISTED_ABSENT;
}
