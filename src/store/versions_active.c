/* versions_active.c: switching a list to a version and back, see versions.h; how a switch is written down stands in shelf_active.c. Any thread; one writer at a time
 * (the holder of the state lock).
 */
#include "store/fleet.h"
#include "store/versions_priv.h"

#include <stdio.h>

/* The other nodes, before it counts here. */
static enum hl_code tell_fleet(const char *state, const struct hl_shelf *shelf, const struct hl_version *v, const struct hl_activation *a, struct hl_err *err)
{
	char thing[HL_FLEET_THING], dir[HL_PATH_MAX];
	snprintf(thing, sizeof thing, "lists/%s", v->list);
	enum hl_code code = hl_shelf_path(dir, shelf, v->id, NULL, err);
	return code ? code : hl_fleet_tell(state, thing, dir, v->id, a, err);
}

enum hl_code hl_version_before(const char *state, const char *list, char dst[HL_VERSION_ID], struct hl_err *err)
{
	struct hl_shelf shelf;
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	dst[0] = 0;
	return code ? code : hl_shelf_before(&shelf, dst, err);
}

enum hl_code hl_version_was_active(const char *state, const char *list, const char *id, bool *was, struct hl_err *err)
{
	struct hl_shelf shelf;
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	*was = false;
	return code ? code : hl_shelf_was_active(&shelf, id, was, err);
}

void hl_opened_fini(struct hl_opened *o)
{
	hl_snapshot_close(&o->snapshot);
}

/* Takes *s. */
static void keep(struct hl_opened *o, const struct hl_version *v, struct hl_snapshot **s)
{
	hl_opened_fini(o);
	hl_copy(o->list, sizeof o->list, v->list);
	hl_copy(o->id, sizeof o->id, v->id);
	o->snapshot = *s;
	*s = NULL;
}

enum hl_code hl_version_activate_by(const char *state, const char *list, const char *ref, struct hl_activation *a, struct hl_err *err)
{
	struct hl_shelf shelf;
	struct hl_version v;
	struct hl_snapshot *s;
	a->version[0] = a->was[0] = 0;
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	if (!code)
		code = hl_version_find(state, list, ref, &v, err);
	if (!code)
		code = hl_version_open(state, &v, &s, err);
	if (code)
		return code;
	code = tell_fleet(state, &shelf, &v, a, err);
	if (!code)
		code = hl_shelf_switch(&shelf, v.id, a, err);
	if (!code && a->opened)
		keep(a->opened, &v, &s);
	hl_snapshot_close(&s);
	return code;
}

enum hl_code hl_version_activate(const char *state, const char *list, const char *id, struct hl_err *err)
{
	struct hl_activation nobody = { .by = NULL };
	return hl_version_activate_by(state, list, id, &nobody, err);
}

enum hl_code hl_version_rollback_by(const char *state, const char *list, struct hl_activation *a, struct hl_err *err)
{
	struct hl_shelf shelf;
	struct hl_version present;
	char before[HL_VERSION_ID];
	enum hl_code code = hl_versions_shelf(&shelf, state, list, err);
	if (!code)
		code = hl_version_find(state, list, "active", &present, err);
	if (!code)
		code = hl_shelf_back(&shelf, before, err);
	if (code)
		return code;
	a->rollback = true;
	return hl_version_activate_by(state, list, before, a, err);
}
