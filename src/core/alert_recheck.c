/* alert_recheck.c: what people agreed with is only agreed with as long as it is what the alert says: another read, another entry or a new contradiction undoes the
 * agreement about that part. What somebody found to differ stays. Pure; any thread.
 */
#include "core/alert.h"

#include <stdio.h>
#include <string.h>

static bool contradicts(const struct hl_alert *a, const char *what)
{
	for (unsigned i = 0; i < a->n_contradictions; i++)
		if (!strcmp(a->contradiction[i].what, what))
			return true;
	return false;
}

static bool field_changed(const struct hl_alert *a, const struct hl_alert *was, enum hl_field f)
{
	return strcmp(a->entry[f], was->entry[f]) != 0;
}

/* Why agreement about a part no longer counts; NULL: it does. A literal. */
static const char *plate_changed(const struct hl_alert *a, const struct hl_alert *was)
{
	if (strcmp(a->plate_listed, was->plate_listed) != 0)
		return "another plate is listed since";
	return strcmp(a->plate_read, was->plate_read) != 0 ? "it is read otherwise since" : NULL;
}

static const char *state_changed(const struct hl_alert *a, const struct hl_alert *was)
{
	if (field_changed(a, was, HL_F_STATE))
		return "another state is listed since";
	return contradicts(a, "state") && !contradicts(was, "state") ? "the reader contradicts since" : NULL;
}

static const char *vehicle_changed(const struct hl_alert *a, const struct hl_alert *was)
{
	static const enum hl_field about[] = { HL_F_TYPE, HL_F_MAKE, HL_F_MODEL, HL_F_COLOR };
	static const char *const what[] = { "type", "make", "color" };
	for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
		if (field_changed(a, was, about[i]))
			return "another vehicle is listed since";
	for (size_t i = 0; i < sizeof what / sizeof what[0]; i++)
		if (contradicts(a, what[i]) && !contradicts(was, what[i]))
			return "the reader contradicts since";
	return NULL;
}

static void note(struct hl_alert_life *l, enum hl_verified_part part, const char *why)
{
	size_t n = strlen(l->verification_lapsed);
	snprintf(l->verification_lapsed + n, sizeof l->verification_lapsed - n, "%s%s (%.40s): %s", n ? ", " : "", hl_verified_part_name(part), l->verification[part].by, why);
}

bool hl_alert_recheck(struct hl_alert *a, const struct hl_alert *was)
{
	const char *const why[HL_VERIFIED_PARTS] = { plate_changed(a, was), state_changed(a, was), vehicle_changed(a, was) };
	struct hl_alert_life *l = &a->life;
	bool any = false;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		if (!why[i] || l->verification[i].result != HL_VR_AGREES)
			continue;
		if (!any)
			l->verification_lapsed[0] = 0;
		any = true;
		note(l, (enum hl_verified_part)i, why[i]);
		l->verification[i] = (struct hl_verification){ 0 };
	}
	if (any && (a->state == HL_ST_VERIFIED || a->state == HL_ST_CONFIRMED))
		hl_alert_unverify(a);
	return any;
}
