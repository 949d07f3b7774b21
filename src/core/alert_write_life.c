/* alert_write_life.c: the part of an alert's JSON that tells of its life (doc/life.md). format/alert_json_life.c is its inverse. Pure; any thread.
 */
#include "base/json_out.h"
#include "core/alert.h"

#include <string.h>

static const char *const part_names[HL_VERIFIED_PARTS] = { [HL_VP_PLATE] = "plate", [HL_VP_STATE] = "state", [HL_VP_VEHICLE] = "vehicle" };

static const char *const result_names[HL_VERIFIED_RESULTS] = {
	[HL_VR_NONE] = "none",
	[HL_VR_AGREES] = "agrees",
	[HL_VR_DIFFERS] = "differs",
	[HL_VR_UNKNOWN] = "unknown",
};

const char *hl_verified_part_name(enum hl_verified_part p)
{
	return (unsigned)p < HL_VERIFIED_PARTS ? part_names[p] : "?";
}

const char *hl_verified_name(enum hl_verified r)
{
	return (unsigned)r < HL_VERIFIED_RESULTS ? result_names[r] : "?";
}

void hl_alert_names_write(const char *names, struct hl_json *j, const char *key)
{
	hl_json_open_key(j, key, '[');
	for (const char *s = names; *s;) {
		size_t n = strcspn(s, " ");
		if (n)
			hl_json_str_n(j, NULL, s, n);
		s += n + (s[n] == ' ');
	}
	hl_json_close(j);
}

static void write_verification(const struct hl_alert_life *l, struct hl_json *j)
{
	hl_json_open_key(j, "verification", '{');
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		const struct hl_verification *v = &l->verification[i];
		if (v->result == HL_VR_NONE) {
			hl_json_null(j, part_names[i]);
			continue;
		}
		hl_json_open_key(j, part_names[i], '{');
		hl_json_str(j, "result", hl_verified_name(v->result));
		hl_json_str(j, "by", v->by);
		hl_json_time(j, "at", v->at_ms);
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_json_opt(j, "verification_lapsed", l->verification_lapsed);
}

static void write_confirmed(const struct hl_confirmation *c, struct hl_json *j)
{
	if (!c->by[0]) {
		hl_json_null(j, "confirmed");
		return;
	}
	hl_json_open_key(j, "confirmed", '{');
	hl_json_str(j, "by", c->by);
	hl_json_str(j, "source", c->source);
	hl_json_str(j, "reference", c->reference);
	hl_json_time(j, "at", c->at_ms);
	hl_json_close(j);
}

static void write_steps(const struct hl_alert_life *l, struct hl_json *j)
{
	hl_json_open_key(j, "steps", '[');
	for (unsigned i = 0; i < l->n_steps; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "from", hl_alert_state_name(l->step[i].from));
		hl_json_str(j, "to", hl_alert_state_name(l->step[i].to));
		hl_json_str(j, "by", l->step[i].by);
		hl_json_time(j, "at", l->step[i].at_ms);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void write_past(const struct hl_alert_past *p, struct hl_json *j, const char *key)
{
	if (!p->of[0])
		return;
	hl_json_open_key(j, key, '{');
	hl_json_str(j, "state", hl_alert_state_name(p->state));
	hl_json_str(j, "of", p->of);
	hl_json_str(j, "by", p->by);
	hl_json_str(j, "why", p->why);
	hl_json_time(j, "at", p->at_ms);
	hl_json_close(j);
}

static void write_escalation(const struct hl_escalation *e, struct hl_json *j)
{
	if (!e->step)
		return;
	hl_json_open_key(j, "escalation", '{');
	hl_json_int(j, "step", e->step);
	hl_json_time(j, "at", e->at_ms);
	hl_alert_names_write(e->told, j, "told");
	hl_json_close(j);
}

static void write_also(const struct hl_alert_life *l, struct hl_json *j)
{
	hl_json_open_key(j, "also", '[');
	for (unsigned i = 0; i < l->n_also; i++) {
		const struct hl_also *o = &l->also[i];
		hl_json_open(j, '{');
		hl_json_str(j, "alert", o->alert);
		hl_json_str(j, "list", o->list);
		hl_json_str(j, "entry", o->entry_id);
		hl_json_str(j, "plate_listed", o->plate_listed);
		hl_json_str(j, "category", o->category);
		hl_json_int(j, "priority", o->priority);
		if (o->covert)
			hl_json_bool(j, "covert", true);
		hl_json_close(j);
	}
	hl_json_close(j);
}

void hl_alert_life_write(const struct hl_alert_life *l, struct hl_json *j)
{
	write_verification(l, j);
	hl_json_open_key(j, "joined", '[');
	for (unsigned i = 0; i < l->n_joined; i++)
		hl_json_str(j, NULL, l->joined[i]);
	hl_json_close(j);
	write_confirmed(&l->confirmed, j);
	hl_json_opt(j, "outcome", l->outcome);
	if (l->progress_ms)
		hl_json_time(j, "progress", l->progress_ms);
	write_steps(l, j);
	write_past(&l->lapsed, j, "lapsed");
	write_past(&l->undone, j, "undone");
	write_escalation(&l->escalation, j);
	write_also(l, j);
	if (l->covert)
		hl_json_bool(j, "covert", true);
	hl_json_opt(j, "inhibited", l->inhibited);
}

void hl_alert_sightings_write(const struct hl_alert_life *l, struct hl_json *j)
{
	hl_json_open_key(j, "sightings", '[');
	for (unsigned i = 0; i < l->n_sightings; i++) {
		const struct hl_sighting *s = &l->sighting[i];
		hl_json_open(j, '{');
		hl_json_time(j, "time", s->time_ms);
		hl_json_str(j, "camera", s->camera);
		hl_json_opt(j, "site", s->site);
		hl_json_str(j, "plate_read", s->plate_read);
		hl_json_str(j, "decision", hl_decision_name(s->decision));
		if (s->has_position) {
			hl_json_num(j, "lat", s->lat);
			hl_json_num(j, "lon", s->lon);
		}
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_json_int(j, "sightings_total", l->sightings);
}
