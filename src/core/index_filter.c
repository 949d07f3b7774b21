/* index_filter.c: the split-block Bloom filter: a key sets one bit in each of the eight words of one 32-byte block, so that a test touches one cache
 * line. Source: Putze, Sanders, Singler 2007; the multipliers are those of the Apache Parquet specification. The quick form uses AVX2 where the
 * processor has it; both give the same answers. Pure; any thread.
 */
#include "core/index_scratch.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_FORM 1
#else
#define HAVE_AVX2_FORM 0
#endif

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { WORDS = HL_IX_BLOCK / 4, RING = 32 };

static const _Alignas(HL_IX_BLOCK) uint32_t salts[WORDS] = { 0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
							    0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u };

void hl_ix_filter_add(struct hl_ix_part *p, uint64_t key)
{
	uint32_t *word = (uint32_t *)(void *)(p->filter + HL_IX_BLOCK * hl_ix_block(p, key));
	for (int i = 0; i < WORDS; i++)
		word[i] |= 1u << ((uint32_t)key * salts[i] >> 27);
}

static unsigned test_portable(const struct hl_ix_part *p, const uint64_t *key, unsigned n, uint64_t *out)
{
	unsigned found = 0;
	for (unsigned k = 0; k < n; k++) {
		const uint32_t *word = (const uint32_t *)(const void *)(p->filter + HL_IX_BLOCK * hl_ix_block(p, key[k]));
		int i = 0;
		while (i < WORDS && word[i] >> ((uint32_t)key[k] * salts[i] >> 27) & 1)
			i++;
		out[found] = key[k];
		found += i == WORDS;
	}
	return found;
}

#if HAVE_AVX2_FORM
__attribute__((target("avx2"))) static unsigned test_avx2(const struct hl_ix_part *p, const uint64_t *key, unsigned n, uint64_t *out)
{
	const __m256i one = _mm256_set1_epi32(1), salt = _mm256_load_si256((const __m256i *)(const void *)salts);
	const uint8_t *filter = p->filter;
	const uint64_t blocks = p->blocks;
	unsigned found = 0;
	for (unsigned k = 0; k < n; k++) {
		__m256i bit = _mm256_srli_epi32(_mm256_mullo_epi32(salt, _mm256_set1_epi32((int)(uint32_t)key[k])), 27);
		__m256i block = _mm256_load_si256((const __m256i *)(const void *)(filter + HL_IX_BLOCK * ((key[k] >> 32) * blocks >> 32)));
		out[found] = key[k];
		found += (unsigned)_mm256_testc_si256(block, _mm256_sllv_epi32(one, bit));
	}
	return found;
}

/* The keys of a plate for the quick families into v; n is a constant at each call, so that the loops are unrolled: the one thing about a plate that is
 * hard to foresee is then one jump. Gives how many. */
__attribute__((always_inline)) static inline unsigned quick_keys_n(const struct hl_ix_part *p, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	const struct hl_ix_family *f = p->quick_deletions, *g = p->quick_fold;
	uint64_t head[HL_PLATE_MAX + 1], tail = 0, fold;
	head[0] = f->salt;
	UNROLL
	for (unsigned i = 0; i < n; i++)
		head[i + 1] = head[i] ^ f->mark[i][sym[i]];
	v[n] = head[n];
	UNROLL
	for (unsigned i = n; i-- > 0;) {
		v[i] = head[i] ^ tail;
		tail ^= i ? f->mark[i - 1][sym[i]] : 0;
	}
	fold = g->salt;
	UNROLL
	for (unsigned i = 0; i < n; i++)
		fold ^= g->mark[i][sym[i]];
	v[n + 1] = fold;
	return n + 2;
}

static inline unsigned quick_keys(const struct hl_ix_part *p, const struct hl_plate *plate, uint64_t *v)
{
	const uint8_t *sym = plate->sym;
	switch (plate->len) {
	case 1: return quick_keys_n(p, sym, 1, v);
	case 2: return quick_keys_n(p, sym, 2, v);
	case 3: return quick_keys_n(p, sym, 3, v);
	case 4: return quick_keys_n(p, sym, 4, v);
	case 5: return quick_keys_n(p, sym, 5, v);
	case 6: return quick_keys_n(p, sym, 6, v);
	case 7: return quick_keys_n(p, sym, 7, v);
	case 8: return quick_keys_n(p, sym, 8, v);
	case 9: return quick_keys_n(p, sym, 9, v);
	case 10: return quick_keys_n(p, sym, 10, v);
	case 11: return quick_keys_n(p, sym, 11, v);
	default: return quick_keys_n(p, sym, HL_PLATE_MAX, v);
	}
}

/* Tests the n keys of the ring's slot; marks the survivors' query. */
__attribute__((target("avx2"), always_inline)) static inline unsigned test_slot(const struct hl_ix_part *p, const uint64_t *v, unsigned n,
										 uint32_t query, struct hl_ix_survivor *out, unsigned found)
{
	const __m256i one = _mm256_set1_epi32(1), salt = _mm256_load_si256((const __m256i *)(const void *)salts);
	for (unsigned k = 0; k < n; k++) {
		__m256i bit = _mm256_srli_epi32(_mm256_mullo_epi32(salt, _mm256_set1_epi32((int)(uint32_t)v[k])), 27);
		__m256i block = _mm256_load_si256((const __m256i *)(const void *)(p->filter + HL_IX_BLOCK * hl_ix_block(p, v[k])));
		out[found] = (struct hl_ix_survivor){ .key = v[k], .query = query };
		found += (unsigned)_mm256_testc_si256(block, _mm256_sllv_epi32(one, bit));
	}
	return found;
}

/* A plate's keys are tested `lag` plates after its lines were asked for. */
__attribute__((target("avx2"))) static unsigned probe_avx2(const struct hl_ix_part *p, const struct hl_plate *plates, unsigned n, uint32_t first,
							    unsigned lag, struct hl_ix_survivor *out)
{
	uint64_t ring[RING][HL_IX_QUICK_KEYS];
	unsigned found = 0;
	for (unsigned i = 0; i < n + lag; i++) {
		if (i < n) {
			uint64_t *v = ring[i % RING];
			unsigned keys = quick_keys(p, &plates[i], v);
			for (unsigned k = 0; lag && k < keys; k++)
				__builtin_prefetch(p->filter + HL_IX_BLOCK * hl_ix_block(p, v[k]));
		}
		if (i >= lag)
			found = test_slot(p, ring[(i - lag) % RING], plates[i - lag].len + 2u, first + i - lag, out, found);
	}
	return found;
}
#endif

hl_ix_probe hl_ix_probe_best(void)
{
#if HAVE_AVX2_FORM
	if (__builtin_cpu_supports("avx2"))
		return probe_avx2;
#endif
	return NULL;
}

hl_ix_test hl_ix_test_portable(void)
{
	return test_portable;
}

hl_ix_test hl_ix_test_best(void)
{
#if HAVE_AVX2_FORM
	if (__builtin_cpu_supports("avx2"))
		return test_avx2;
#endif
	return test_portable;
}
