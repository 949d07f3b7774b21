/* decide_rules.c: what the rules make of a hit whose figures are known: contradictions, priority, lateness, thresholds -> decision, route, mute. Apart from
 * decide.c so that the same figures can be judged by several sets of rules (replay). Pure; any thread.
 */
#include "engine/decide_priv.h"

static unsigned contradictions(const struct hl_rules *rules, const enum hl_evidence evidence[HL_CONTRADICTIONS])
{
	unsigned bits = 0;
	for (unsigned i = 0; i < HL_CONTRADICTIONS && rules->contradictions != HL_CON_IGNORE; i++)
		bits |= (evidence[i] == HL_EV_DIFFERS ? 1u : 0u) << i;
	return bits;
}

void hl_decide_apply(const struct hl_catalog *c, const struct hl_read *r, const struct hl_entry *e, int64_t now_ms, struct hl_hit *h)
{
	const struct hl_catalog_list *list = &c->list[h->list];
	struct hl_case kase;
	now_ms = now_ms == HL_NO_TIME ? r->received_ms : now_ms;
	h->contradictions = contradictions(c->rules, h->evidence);
	h->late = r->late || (now_ms != HL_NO_TIME && r->time_ms < now_ms - c->rules->late_ms);
	h->priority = e->priority ? e->priority : list->priority;
	hl_decide_case(c, r, h, e, &kase);
	h->decision = hl_rules_decide(c->rules, hl_catalog_match(list, hl_rules_camera(c->rules, r->camera)), &kase);
}

void hl_decide_again(const struct hl_catalog *c, const struct hl_read *r, int64_t now_ms, struct hl_hit *h)
{
	struct hl_entry e;
	hl_snapshot_get(c->list[h->list].snapshot, h->entry, &e);
	hl_decide_apply(c, r, &e, now_ms, h);
}

/* What the entry or the read leaves open, the settings' registries may know. */
void hl_decide_case(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_entry *e, struct hl_case *out)
{
	const struct hl_catalog_list *list = &c->list[h->list];
	const struct hl_camera *camera = c->settings ? hl_settings_camera(c->settings, r->camera) : NULL;
	bool placed = !r->has_position && camera && camera->has_position;
	const struct hl_list_settings *ls = c->settings && !e->f[HL_F_AGENCY][0] ? hl_settings_list(c->settings, list->name) : NULL;
	*out = (struct hl_case){
		.list = list->name,
		.category = e->f[HL_F_CATEGORY],
		.agency = ls && ls->agency ? ls->agency : e->f[HL_F_AGENCY],
		.camera = r->camera,
		.site = !r->site[0] && camera && camera->site ? camera->site : r->site,
		.region = r->region,
		.time_ms = r->time_ms,
		.has_position = r->has_position || placed,
		.position = placed ? hl_point_of(camera->lat, camera->lon) : hl_point_of(r->lat, r->lon),
		.priority = h->priority,
		.kind = h->kind,
		.decision = h->decision,
		.contradictions = h->contradictions,
		.plate_probability = h->plate_probability,
		.probability = h->probability,
		.confidence = r->confidence,
		.late = h->late,
	};
}

size_t hl_decide_route(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const char **receivers)
{
	struct hl_entry e;
	struct hl_case kase;
	hl_snapshot_get(c->list[h->list].snapshot, h->entry, &e);
	hl_decide_case(c, r, h, &e, &kase);
	return hl_rules_route(c->rules, &kase, receivers);
}

const struct hl_mute *hl_decide_mute(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h)
{
	struct hl_entry e;
	struct hl_case kase;
	if (!c->rules->mutes.n && !(c->mutes && c->mutes->n))
		return NULL;
	hl_snapshot_get(c->list[h->list].snapshot, h->entry, &e);
	hl_decide_case(c, r, h, &e, &kase);
	const struct hl_mute *m = hl_rules_mute(c->rules, &kase);
	return m ? m : hl_mutes_fit(c->mutes, c->rules, &kase);
}
