/* alert_json_life.c: the inverse of core/alert_write_life.c: what happened to an alert, from its JSON. Any thread; nothing is kept between calls.
 */
#include "format/alert_json_priv.h"

#include <jansson.h>
#include <string.h>

#define OF(type, member) offsetof(struct type, member), sizeof((struct type *)0)->member

static const struct hl_alert_member life_members[] = {
	{ "verification_lapsed", HL_AM_TEXT, OF(hl_alert_life, verification_lapsed), false },
	{ "outcome", HL_AM_TEXT, OF(hl_alert_life, outcome), false },
	{ "inhibited", HL_AM_TEXT, OF(hl_alert_life, inhibited), false },
	{ "progress", HL_AM_TIME, OF(hl_alert_life, progress_ms), false },
	{ "sightings_total", HL_AM_INT64, OF(hl_alert_life, sightings), false },
	{ 0 }
};

static const struct hl_alert_member verification_members[] = {
	{ "by", HL_AM_TEXT, OF(hl_verification, by), true },
	{ "at", HL_AM_TIME, OF(hl_verification, at_ms), true },
	{ 0 }
};

static const struct hl_alert_member confirmed_members[] = {
	{ "by", HL_AM_TEXT, OF(hl_confirmation, by), true },
	{ "source", HL_AM_TEXT, OF(hl_confirmation, source), true },
	{ "reference", HL_AM_TEXT, OF(hl_confirmation, reference), true },
	{ "at", HL_AM_TIME, OF(hl_confirmation, at_ms), true },
	{ 0 }
};

static const struct hl_alert_member step_members[] = {
	{ "by", HL_AM_TEXT, OF(hl_alert_step, by), true },
	{ "at", HL_AM_TIME, OF(hl_alert_step, at_ms), true },
	{ 0 }
};

static const struct hl_alert_member past_members[] = {
	{ "of", HL_AM_TEXT, OF(hl_alert_past, of), true },
	{ "by", HL_AM_TEXT, OF(hl_alert_past, by), true },
	{ "why", HL_AM_TEXT, OF(hl_alert_past, why), false },
	{ "at", HL_AM_TIME, OF(hl_alert_past, at_ms), true },
	{ 0 }
};

static const struct hl_alert_member sighting_members[] = {
	{ "time", HL_AM_TIME, OF(hl_sighting, time_ms), true },
	{ "camera", HL_AM_TEXT, OF(hl_sighting, camera), true },
	{ "site", HL_AM_TEXT, OF(hl_sighting, site), false },
	{ "plate_read", HL_AM_TEXT, OF(hl_sighting, plate_read), true },
	{ "lat", HL_AM_NUMBER, OF(hl_sighting, lat), false },
	{ "lon", HL_AM_NUMBER, OF(hl_sighting, lon), false },
	{ 0 }
};

static const struct hl_alert_member also_members[] = {
	{ "alert", HL_AM_TEXT, OF(hl_also, alert), true },
	{ "list", HL_AM_TEXT, OF(hl_also, list), true },
	{ "entry", HL_AM_TEXT, OF(hl_also, entry_id), true },
	{ "plate_listed", HL_AM_TEXT, OF(hl_also, plate_listed), true },
	{ "category", HL_AM_TEXT, OF(hl_also, category), false },
	{ "priority", HL_AM_INT, OF(hl_also, priority), true },
	{ 0 }
};

static const struct hl_alert_member escalation_members[] = {
	{ "step", HL_AM_INT64, OF(hl_escalation, step), true },
	{ "at", HL_AM_TIME, OF(hl_escalation, at_ms), true },
	{ 0 }
};

static const char *decision_word(unsigned i)
{
	return hl_decision_name((enum hl_decision)i);
}

static const char *result_word(unsigned i)
{
	return hl_verified_name((enum hl_verified)i);
}

static bool take_verification(struct hl_alert_parse *p, const json_t *root)
{
	const json_t *all = json_object_get(root, "verification");
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		struct hl_verification *v = &p->a->life.verification[i];
		const char *name = hl_verified_part_name((enum hl_verified_part)i);
		const json_t *one = json_object_get(all, name);
		unsigned result;
		if (!one || json_is_null(one))
			continue;
		if (!hl_alert_json_members(p, v, one, name, verification_members) || !hl_alert_json_word(p, one, "result", result_word, HL_VERIFIED_RESULTS, &result))
			return false;
		v->result = (enum hl_verified)result;
	}
	return true;
}

/* One of up to max values of an array. */
typedef bool (*take_one)(struct hl_alert_parse *p, const json_t *v, unsigned i);

static bool take_array(struct hl_alert_parse *p, const json_t *root, const char *key, unsigned max, unsigned *n, take_one take)
{
	const json_t *list = json_object_get(root, key);
	if (list && (!json_is_array(list) || json_array_size(list) > max))
		return hl_alert_json_wrong(p, key, "a short array");
	for (*n = 0; *n < json_array_size(list); ++*n)
		if (!take(p, json_array_get(list, *n), *n))
			return false;
	return true;
}

static bool take_joined(struct hl_alert_parse *p, const json_t *v, unsigned i)
{
	return hl_alert_json_text(p, "joined", v, p->a->life.joined[i], sizeof p->a->life.joined[i]);
}

static bool take_step(struct hl_alert_parse *p, const json_t *v, unsigned i)
{
	struct hl_alert_step *s = &p->a->life.step[i];
	unsigned from, to;
	if (!hl_alert_json_members(p, s, v, "steps", step_members) || !hl_alert_json_word(p, v, "from", hl_alert_json_state, HL_ALERT_STATES, &from) ||
	    !hl_alert_json_word(p, v, "to", hl_alert_json_state, HL_ALERT_STATES, &to))
		return false;
	s->from = (enum hl_alert_state)from;
	s->to = (enum hl_alert_state)to;
	return true;
}

static bool take_sighting(struct hl_alert_parse *p, const json_t *v, unsigned i)
{
	struct hl_sighting *s = &p->a->life.sighting[i];
	unsigned decision;
	if (!hl_alert_json_members(p, s, v, "sightings", sighting_members) || !hl_alert_json_word(p, v, "decision", decision_word, HL_ALERT + 1, &decision))
		return false;
	s->decision = (enum hl_decision)decision;
	s->has_position = json_is_number(json_object_get(v, "lat")) && json_is_number(json_object_get(v, "lon"));
	return true;
}

static bool take_also(struct hl_alert_parse *p, const json_t *v, unsigned i)
{
	p->a->life.also[i].covert = json_is_true(json_object_get(v, "covert"));
	return hl_alert_json_members(p, &p->a->life.also[i], v, "also", also_members);
}

static bool take_past(struct hl_alert_parse *p, const json_t *root, const char *key, struct hl_alert_past *past)
{
	const json_t *v = json_object_get(root, key);
	unsigned state;
	if (!v)
		return true;
	if (!hl_alert_json_members(p, past, v, key, past_members) || !hl_alert_json_word(p, v, "state", hl_alert_json_state, HL_ALERT_STATES, &state))
		return false;
	past->state = (enum hl_alert_state)state;
	return true;
}

static bool take_escalation(struct hl_alert_parse *p, const json_t *root)
{
	struct hl_escalation *e = &p->a->life.escalation;
	const json_t *v = json_object_get(root, "escalation");
	return !v || (hl_alert_json_members(p, e, v, "escalation", escalation_members) &&
		      hl_alert_json_names(p, "told", json_object_get(v, "told"), e->told, sizeof e->told));
}

static bool take_confirmed(struct hl_alert_parse *p, const json_t *root)
{
	const json_t *v = json_object_get(root, "confirmed");
	return !v || json_is_null(v) || hl_alert_json_members(p, &p->a->life.confirmed, v, "confirmed", confirmed_members);
}

bool hl_alert_json_life(struct hl_alert_parse *p, const json_t *root)
{
	struct hl_alert_life *l = &p->a->life;
	l->covert = json_is_true(json_object_get(root, "covert"));
	return hl_alert_json_members(p, l, root, "alert", life_members) && take_verification(p, root) && take_confirmed(p, root) &&
	       take_array(p, root, "joined", HL_JOINED_MAX, &l->n_joined, take_joined) && take_array(p, root, "steps", HL_STEPS_MAX, &l->n_steps, take_step) &&
	       take_past(p, root, "lapsed", &l->lapsed) && take_past(p, root, "undone", &l->undone) && take_escalation(p, root) &&
	       take_array(p, root, "sightings", HL_SIGHTINGS_MAX, &l->n_sightings, take_sighting) &&
	       take_array(p, root, "also", HL_ALSO_MAX, &l->n_also, take_also);
}
