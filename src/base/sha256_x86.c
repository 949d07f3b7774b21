/* sha256_x86.c: see sha256_x86.h. A million entries have two hashes each, and a version's file is hashed when it is written and when it is opened: the
 * portable code of libsodium takes most of that time. The rounds are those of FIPS 180-4, section 6.2; what each instruction does stands in Intel's
 * "New Instructions Supporting the Secure Hash Algorithm" (2013). tests/unit/test_crypto.c compares with libsodium. Pure; any thread.
 */
#include "base/sha256_x86.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

enum { KNOWN = 1, THERE = 2 };

bool hl_sha256_x86(void)
{
	static _Atomic int answer; /* asking is slow in virtual machines; everybody gets the same answer */
	int a = atomic_load_explicit(&answer, memory_order_relaxed);
	if (!a) {
		unsigned eax, ebx, ecx, edx;
		bool sse = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_SSSE3) && (ecx & bit_SSE4_1);
		bool sha = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & 1u << 29);
		a = KNOWN | (sse && sha ? THERE : 0);
		atomic_store_explicit(&answer, a, memory_order_relaxed);
	}
	return a & THERE;
}

static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Four rounds with the words w0, in whose place the words of sixteen rounds later are made. */
WITH_SHA static inline void four(__m128i *abef, __m128i *cdgh, const uint32_t *constants, __m128i *w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i m = _mm_add_epi32(*w0, _mm_loadu_si128((const __m128i *)(const void *)constants));
	*cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, m);
	*abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(m, 0x0e));
	*w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(*w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3);
}

WITH_SHA static inline __m128i words(const unsigned char *data)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)data), big_endian);
}

/* The eight words as the instructions want them: A B E F and C D G H, from the high end. */
struct halves {
	__m128i abef, cdgh;
};

WITH_SHA static inline struct halves load(const uint32_t h[8])
{
	__m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)h), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(h + 4)), 0x1b);
	return (struct halves){ _mm_alignr_epi8(badc, efgh, 8), _mm_blend_epi16(efgh, badc, 0xf0) };
}

WITH_SHA static inline void store(uint32_t h[8], struct halves v)
{
	__m128i feba = _mm_shuffle_epi32(v.abef, 0x1b), dchg = _mm_shuffle_epi32(v.cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

WITH_SHA static inline struct halves add(struct halves a, struct halves b)
{
	return (struct halves){ _mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh) };
}

WITH_SHA void hl_sha256_x86_blocks(uint32_t h[8], const unsigned char *data, size_t n)
{
	struct halves v = load(h);
	for (; n; n--, data += 64) {
		__m128i w0 = words(data), w1 = words(data + 16), w2 = words(data + 32), w3 = words(data + 48);
		struct halves before = v;
		for (size_t i = 0; i < 64; i += 16) {
			four(&v.abef, &v.cdgh, k + i, &w0, w1, w2, w3);
			four(&v.abef, &v.cdgh, k + i + 4, &w1, w2, w3, w0);
			four(&v.abef, &v.cdgh, k + i + 8, &w2, w3, w0, w1);
			four(&v.abef, &v.cdgh, k + i + 12, &w3, w0, w1, w2);
		}
		v = add(v, before);
	}
	store(h, v);
}

/* A round waits for the one before it: of two messages side by side the one computes while the other waits. */
WITH_SHA void hl_sha256_x86_two(uint32_t g[8], const unsigned char *a, uint32_t h[8], const unsigned char *b, size_t n)
{
	struct halves v = load(g), u = load(h);
	for (; n; n--, a += 64, b += 64) {
		__m128i w0 = words(a), w1 = words(a + 16), w2 = words(a + 32), w3 = words(a + 48);
		__m128i x0 = words(b), x1 = words(b + 16), x2 = words(b + 32), x3 = words(b + 48);
		struct halves before_v = v, before_u = u;
		for (size_t i = 0; i < 64; i += 16) {
			four(&v.abef, &v.cdgh, k + i, &w0, w1, w2, w3);
			four(&u.abef, &u.cdgh, k + i, &x0, x1, x2, x3);
			four(&v.abef, &v.cdgh, k + i + 4, &w1, w2, w3, w0);
			four(&u.abef, &u.cdgh, k + i + 4, &x1, x2, x3, x0);
			four(&v.abef, &v.cdgh, k + i + 8, &w2, w3, w0, w1);
			four(&u.abef, &u.cdgh, k + i + 8, &x2, x3, x0, x1);
			four(&v.abef, &v.cdgh, k + i + 12, &w3, w0, w1, w2);
			four(&u.abef, &u.cdgh, k + i + 12, &x3, x0, x1, x2);
		}
		v = add(v, before_v);
		u = add(u, before_u);
	}
	store(g, v);
	store(h, u);
}

#else

bool hl_sha256_x86(void)
{
	return false;
}

void hl_sha256_x86_blocks(uint32_t h[8], const unsigned char *data, size_t n)
{
	(void)h;
	(void)data;
	(void)n;
}

void hl_sha256_x86_two(uint32_t g[8], const unsigned char *a, uint32_t h[8], const unsigned char *b, size_t n)
{
	(void)g;
	(void)a;
	(void)h;
	(void)b;
	(void)n;
}

#endif
