/* same_read.h: whether two decoded reads are the same, member by member and bit by bit: what stands behind the end of a text or a list does not count. */
#ifndef HL_TESTS_SAME_READ_H
#define HL_TESTS_SAME_READ_H

#include "core/read.h"

#include <string.h>

static inline bool same_double(double a, double b)
{
	return !memcmp(&a, &b, sizeof a);
}

static inline bool same_lists(const struct hl_read *a, const struct hl_read *b)
{
	if (a->n_candidates != b->n_candidates || a->n_slots != b->n_slots)
		return false;
	for (unsigned i = 0; i < a->n_candidates; i++)
		if (memcmp(&a->candidate[i], &b->candidate[i], sizeof a->candidate[i]) != 0)
			return false;
	for (unsigned i = 0; i < a->n_slots; i++) {
		const struct hl_read_slot *x = &a->slot[i], *y = &b->slot[i];
		if (x->n != y->n || memcmp(x->sym, y->sym, x->n) != 0 || memcmp(x->p, y->p, x->n * sizeof x->p[0]) != 0)
			return false;
	}
	return true;
}

static inline bool same_texts(const struct hl_read *a, const struct hl_read *b)
{
	const struct hl_vehicle_text *v = &a->vehicle, *w = &b->vehicle;
	return !strcmp(a->id, b->id) && !strcmp(a->camera, b->camera) && !strcmp(a->site, b->site) && !strcmp(a->plate_text, b->plate_text) &&
	       !strcmp(a->region, b->region) && !strcmp(a->vehicle_id, b->vehicle_id) && !strcmp(a->image, b->image) && !strcmp(v->type, w->type) &&
	       !strcmp(v->make, w->make) && !strcmp(v->model, w->model) && !strcmp(v->color, w->color);
}

static inline bool same_read(const struct hl_read *a, const struct hl_read *b)
{
	return same_texts(a, b) && same_lists(a, b) && !memcmp(&a->plate, &b->plate, sizeof a->plate) && a->time_ms == b->time_ms &&
	       a->received_ms == b->received_ms && a->clock_suspect == b->clock_suspect && a->late == b->late && a->made_id == b->made_id &&
	       same_double(a->confidence, b->confidence) && same_double(a->top_confidence, b->top_confidence) &&
	       same_double(a->region_confidence, b->region_confidence) && a->has_position == b->has_position && same_double(a->lat, b->lat) &&
	       same_double(a->lon, b->lon) && same_double(a->heading, b->heading) && a->seq == b->seq;
}

#endif
