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

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { WORDS = HL_IX_BLOCK / 4 };

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

/* One key: out[found] is it, found is one more if the filter has it. */
__attribute__((target("avx2"), always_inline)) static inline unsigned probe_key(const uint8_t *filter, uint64_t blocks, uint64_t key, uint64_t *out,
										 unsigned found)
{
	const __m256i salt = _mm256_load_si256((const __m256i *)(const void *)salts);
	__m256i bit = _mm256_srli_epi32(_mm256_mullo_epi32(salt, _mm256_set1_epi32((int)(uint32_t)key)), 27);
	__m256i block = _mm256_load_si256((const __m256i *)(const void *)(filter + HL_IX_BLOCK * ((key >> 32) * blocks >> 32)));
	out[found] = key;
	return found + (unsigned)_mm256_testc_si256(block, _mm256_sllv_epi32(_mm256_set1_epi32(1), bit));
}

/* n is a constant at each call, so that the loops are unrolled: the one thing about a plate that is hard to foresee is then one jump. */
__attribute__((target("avx2"), always_inline)) static inline unsigned probe_n(const struct hl_ix_part *p, const uint8_t *sym, const unsigned n,
									       uint64_t *out)
{
	const struct hl_ix_family *f = p->quick_deletions, *g = p->quick_fold;
	const uint8_t *filter = p->filter;
	const uint64_t blocks = p->blocks;
	uint64_t head[HL_PLATE_MAX + 1], tail = 0;
	unsigned found = 0;
	head[0] = f->salt;
	UNROLL
	for (unsigned i = 0; i < n; i++)
		head[i + 1] = head[i] ^ f->mark[i][sym[i]];
	found = probe_key(filter, blocks, head[n], out, found);
	UNROLL
	for (unsigned i = n; i-- > 0;) {
		found = probe_key(filter, blocks, head[i] ^ tail, out, found);
		tail ^= i ? f->mark[i - 1][sym[i]] : 0;
	}
	if (!g)
		return found;
	uint64_t fold = g->salt;
	UNROLL
	for (unsigned i = 0; i < n; i++)
		fold ^= g->mark[i][sym[i]];
	return probe_key(filter, blocks, fold, out, found);
}

__attribute__((target("avx2"))) static unsigned probe_avx2(const struct hl_ix_part *p, const struct hl_plate *plate, uint64_t *out)
{
	const uint8_t *sym = plate->sym;
	switch (plate->len) {
	case 1: return probe_n(p, sym, 1, out);
	case 2: return probe_n(p, sym, 2, out);
	case 3: return probe_n(p, sym, 3, out);
	case 4: return probe_n(p, sym, 4, out);
	case 5: return probe_n(p, sym, 5, out);
	case 6: return probe_n(p, sym, 6, out);
	case 7: return probe_n(p, sym, 7, out);
	case 8: return probe_n(p, sym, 8, out);
	case 9: return probe_n(p, sym, 9, out);
	case 10: return probe_n(p, sym, 10, out);
	case 11: return probe_n(p, sym, 11, out);
	default: return probe_n(p, sym, HL_PLATE_MAX, out);
	}
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
