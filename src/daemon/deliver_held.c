/* deliver_held.c: the deliveries in hand and the endpoints closed by a 410. Runs on the delivery thread. */
#include "daemon/deliver_priv.h"

#include <stdlib.h>
#include <string.h>

struct hl_flight *hl_held_find(struct hl_deliver *d, const char *id)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->held[i]->d.id, id))
			return d->held[i];
	return NULL;
}

struct hl_flight *hl_held_add(struct hl_deliver *d, struct hl_delivery *delivery)
{
	struct hl_flight *f = hl_calloc(1, sizeof *f);
	f->d = *delivery;
	f->answer = HL_BUF(HL_DELIVER_ANSWER);
	*delivery = (struct hl_delivery){ 0 };
	d->held[d->n++] = f;
	atomic_store(&d->n_held, (int64_t)d->n);
	return f;
}

void hl_held_drop(struct hl_deliver *d, struct hl_flight *f)
{
	size_t i = 0;
	while (d->held[i] != f)
		i++;
	memmove(&d->held[i], &d->held[i + 1], (d->n - i - 1) * sizeof d->held[0]);
	d->n--;
	atomic_store(&d->n_held, (int64_t)d->n);
	hl_buf_fini(&f->answer);
	hl_delivery_wipe(&f->d);
	free(f);
}

int64_t hl_held_flying(const struct hl_deliver *d, const char *destination)
{
	int64_t n = 0;
	for (size_t i = 0; i < d->n; i++)
		if (d->held[i]->stage == HL_FLIGHT_FLYING && !strcmp(d->held[i]->destination, destination))
			n++;
	return n;
}

bool hl_closed_has(const struct hl_deliver *d, const struct hl_delivery *v)
{
	for (size_t i = 0; i < d->n_closed; i++) {
		const struct hl_closed *c = &d->closed[i];
		if (!strcmp(c->receiver, v->receiver) && !strcmp(c->channel, v->channel) && !strcmp(c->address, v->address))
			return true;
	}
	return false;
}

void hl_closed_add(struct hl_deliver *d, const struct hl_delivery *v)
{
	/* Past the bound an endpoint is merely asked again, and says 410 again. */
	if (d->n_closed == HL_DELIVER_CLOSED || hl_closed_has(d, v))
		return;
	d->closed = hl_realloc(d->closed, d->n_closed + 1, sizeof *d->closed);
	struct hl_closed *c = &d->closed[d->n_closed++];
	hl_copy(c->receiver, sizeof c->receiver, v->receiver);
	hl_copy(c->channel, sizeof c->channel, v->channel);
	hl_copy(c->address, sizeof c->address, v->address);
	atomic_store(&d->disabled, (int64_t)d->n_closed);
}

void hl_closed_clear(struct hl_deliver *d)
{
	d->n_closed = 0;
	atomic_store(&d->disabled, 0);
}
