/* fleet.c: versions on their way to the fleet and from it, see fleet.h. An activation is announced before it counts here, so that no node decides by what the others can't have;
 * what is fetched comes into being as versions do, by one rename of a whole folder. Any thread.
 */
#include "store/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/versions_priv.h"

enum hl_code hl_fleet_tell(const char *state, const char *thing, const char *dir, const char *id, const struct hl_activation *a, struct hl_err *err)
{
	struct hl_fleet *f;
	struct hl_fleet_entry e = { .time_ms = a->time_ms, .rollback = a->rollback };
	struct hl_err why;
	if (!hl_fleet_shared(a->fleet))
		return HL_OK;
	hl_copy(e.thing, sizeof e.thing, thing);
	hl_copy(e.id, sizeof e.id, id);
	hl_copy(e.by, sizeof e.by, a->by ? a->by : "");
	hl_copy(e.why, sizeof e.why, a->why ? a->why : "");
	enum hl_code code = hl_fleet_open(&f, a->fleet, state, &why);
	if (!code)
		code = hl_fleet_send(f, dir, e.blob, &why);
	if (!code)
		code = hl_fleet_announce(f, &e, a->only_first, &why);
	hl_fleet_close(&f);
	if (code == HL_E_EXISTS)
		return hl_err_set(err, code, "%s", why.text);
	return code ? hl_err_set(err, code, "the other nodes can't be told, so nothing is changed: %s", why.text) : HL_OK;
}

enum hl_code hl_fleet_shelf(struct hl_shelf *shelf, const char *state, const char *thing, struct hl_err *err)
{
	if (!strncmp(thing, "lists/", 6))
		return hl_versions_shelf(shelf, state, thing + 6, err);
	if (!strcmp(thing, "rules"))
		return hl_shelf_init(shelf, state, "rules", 'r', "the rule set", err);
	return hl_err_set(err, HL_E_INPUT, "the fleet has '%.60s', which this program does not know", thing);
}

enum hl_code hl_fleet_install(struct hl_fleet *f, const char *state, const struct hl_fleet_entry *e, struct hl_err *err)
{
	struct hl_shelf shelf;
	char path[HL_PATH_MAX], draft[HL_PATH_MAX] = "";
	enum hl_code code = hl_fleet_shelf(&shelf, state, e->thing, err);
	if (!code && (e->id[0] != shelf.letter || !hl_text_is_name(e->id, strlen(e->id), HL_VERSION_ID - 1)))
		code = hl_err_set(err, HL_E_INPUT, "the fleet has '%.60s' as a version of %s", e->id, e->thing);
	if (!code)
		code = hl_shelf_path(path, &shelf, e->id, NULL, err);
	if (code || access(path, F_OK) == 0)
		return code;
	code = hl_shelf_draft(&shelf, draft, err);
	if (!code)
		code = hl_fleet_fetch(f, e->blob, draft, err);
	if (!code)
		code = hl_shelf_publish(&shelf, draft, e->id, err);
	hl_shelf_abandon(&shelf, draft);
	return code;
}

void hl_fleet_nodes_free(struct hl_fleet_node *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].fact);
	free(v);
}

const char *hl_fleet_fact(const struct hl_fleet_node *n, const char *name)
{
	for (size_t i = 0; i < n->n; i++)
		if (!strcmp(n->fact[i].name, name))
			return n->fact[i].value;
	return "";
}
