/* index_filter.c: the split-block Bloom filter: a key sets one bit in each of the eight words of one 32-byte block, so that a test touches one cache
 * line. Source: Putze, Sanders, Singler 2007; the multipliers are those of the Apache Parquet specification. The quick form uses AVX2 where the
 * processor has it; both give the same answers. Pure; any thread.
 */
#include "core/index_int.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_FORM 1
#else
#define HAVE_AVX2_FORM 0
#endif

enum { WORDS = HL_IX_BLOCK / 4 };

const _Alignas(HL_IX_BLOCK) uint32_t hl_ix_salts[WORDS] = { 0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
							    0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u };

void hl_ix_filter_add(struct hl_ix_part *p, uint64_t block, uint32_t bits)
{
	uint32_t *word = (uint32_t *)(void *)(p->filter + HL_IX_BLOCK * block);
	for (int i = 0; i < WORDS; i++)
		word[i] |= 1u << (bits * hl_ix_salts[i] >> 27);
}

static unsigned test_portable(const struct hl_ix_part *p, const uint64_t *key, unsigned n, uint32_t *out)
{
	unsigned found = 0;
	for (unsigned k = 0; k < n; k++) {
		const uint32_t *word = (const uint32_t *)(const void *)(p->filter + HL_IX_BLOCK * hl_ix_block(p, key[k]));
		int i = 0;
		while (i < WORDS && word[i] >> ((uint32_t)key[k] * hl_ix_salts[i] >> 27) & 1)
			i++;
		out[found] = k;
		found += i == WORDS;
	}
	return found;
}

#if HAVE_AVX2_FORM
__attribute__((target("avx2"))) static unsigned test_avx2(const struct hl_ix_part *p, const uint64_t *key, unsigned n, uint32_t *out)
{
	const __m256i one = _mm256_set1_epi32(1), salt = _mm256_load_si256((const __m256i *)(const void *)hl_ix_salts);
	const uint8_t *filter = p->filter;
	const uint64_t blocks = p->blocks;
	unsigned found = 0;
	for (unsigned k = 0; k < n; k++) {
		__m256i bit = _mm256_srli_epi32(_mm256_mullo_epi32(salt, _mm256_set1_epi32((int)(uint32_t)key[k])), 27);
		__m256i block = _mm256_load_si256((const __m256i *)(const void *)(filter + HL_IX_BLOCK * ((key[k] >> 32) * blocks >> 32)));
		out[found] = k;
		found += (unsigned)_mm256_testc_si256(block, _mm256_sllv_epi32(one, bit));
	}
	return found;
}
#endif

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
