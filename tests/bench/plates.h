/* plates.h: generated plates for the benches: the shapes of real ones, the same sequence for the same seed. One thread each. */
#ifndef BENCH_PLATES_H
#define BENCH_PLATES_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_PLATE = 9 };

struct bench_random {
	uint64_t state;
};

uint64_t bench_next(struct bench_random *r);
/* Uniform in [0, n), n below 2^32. */
uint32_t bench_below(struct bench_random *r, uint32_t n);
/* A plate of one of the common shapes (ABC1234, 7ABC123 and so on), ended by a NUL. */
void bench_plate(struct bench_random *r, char plate[BENCH_PLATE]);
/* The i-th plate of the list of `seed`: the same whoever asks. */
void bench_listed(uint64_t seed, uint64_t i, char plate[BENCH_PLATE]);

#endif
