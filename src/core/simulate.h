/* simulate.h: reads made up by a channel: a plate, read as that sort of reader would, with its errors, confidences and alternatives. For demonstrations, load
 * and tests without real reads; not for learning, and not for judging a scorer that uses the same channel. Seeded: the same seed gives the same reads
 * everywhere. Pure; one thread at a time for one struct hl_random.
 */
#ifndef HL_CORE_SIMULATE_H
#define HL_CORE_SIMULATE_H

#include "core/channel.h"

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): integers only, so the same on every machine. Set state to the seed; any will do. */
struct hl_random {
	uint64_t state;
};

uint64_t hl_random_next(struct hl_random *r);
double hl_random_share(struct hl_random *r); /* uniform, 0 <= x < 1, of 53 bits */

/* Fills plate, confidence, candidates and slots of *out (initialised by it; the plate as text too) as t's reader would report the plate: each symbol read right,
 * as another, or lost, each place with an invention, independently, by the rates that were counted for the band of confidence drawn; camera, time and id are
 * left to the caller. What is read is never empty. Borrows t (finished) and the plate, which has symbols; takes from r as many numbers as it needs. No
 * errors. */
void hl_simulate(const struct hl_channel_table *t, struct hl_random *r, const struct hl_plate *plate, struct hl_read *out);

#endif
