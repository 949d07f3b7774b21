/* record_fall.c: what is left of an alert once a passage of it has fallen (doc/story.md, Better evidence): an alert is borne out by the passage that made it and by each sighting,
 * until their own further reads say otherwise. Pure; called on the store thread.
 */
#include "engine/record_priv.h"

#include <string.h>

/* The sighting that this read's passage was; NULL: none that is kept. */
static struct hl_sighting *sighting_of(const struct hl_record *r, const struct hl_record_hit *w, struct hl_alert *a)
{
	const struct hl_track *t = &w->peek.track;
	for (unsigned i = 0; i < a->life.n_sightings; i++) {
		struct hl_sighting *s = &a->life.sighting[i];
		if (s->time_ms >= t->first_ms && s->time_ms <= t->last_ms && !strcmp(s->camera, r->read->camera))
			return s;
	}
	return NULL;
}

enum hl_decision hl_record_left(const struct hl_record *r, const struct hl_record_hit *w, struct hl_alert *a, bool own, bool *marked)
{
	struct hl_sighting *s = own ? NULL : sighting_of(r, w, a);
	enum hl_decision left = own ? w->hit->decision : a->passage_fell || !s ? HL_DROP : a->decision;
	*marked = own ? !a->passage_fell && left == HL_DROP : s && s->decision > w->hit->decision;
	a->passage_fell = a->passage_fell || (own && left == HL_DROP);
	if (*marked && s)
		s->decision = w->hit->decision;
	for (unsigned i = 0; i < a->life.n_sightings; i++)
		left = a->life.sighting[i].decision > left ? a->life.sighting[i].decision : left;
	return s || own ? left : a->decision;
}
