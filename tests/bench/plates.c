/* plates.c: see plates.h. The generator is SplitMix64 (Steele, Lea, Flood 2014): a number's place in the sequence gives it at once. */
#include "plates.h"

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t bench_next(struct bench_random *r)
{
	return mix(r->state += 0x9e3779b97f4a7c15u);
}

uint32_t bench_below(struct bench_random *r, uint32_t n)
{
	return (uint32_t)((bench_next(r) >> 32) * n >> 32);
}

/* Shapes by weight: L a letter, D a digit. The letters I, O and Q are rare on real plates and left out. */
void bench_plate(struct bench_random *r, char plate[BENCH_PLATE])
{
	static const char *const shapes[] = { "LLLDDDD", "LLLDDDD", "LLLDDDD", "DLLLDDD", "DLLLDDD", "LLLDDD", "LLLDDD", "DDDLLL", "LLDDDDD", "LDDDDDD", "DLLDDDD", "LLLDLDD" };
	static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
	const char *shape = shapes[bench_below(r, sizeof shapes / sizeof shapes[0])];
	size_t n = 0;
	for (; shape[n]; n++)
		plate[n] = shape[n] == 'L' ? letters[bench_below(r, sizeof letters - 1)] : (char)('0' + bench_below(r, 10));
	plate[n] = 0;
}

void bench_listed(uint64_t seed, uint64_t i, char plate[BENCH_PLATE])
{
	struct bench_random r = { .state = mix(seed * 1000003u + i) };
	bench_plate(&r, plate);
}
