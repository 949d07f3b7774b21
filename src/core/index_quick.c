/* index_quick.c: the keys of a plate as read, for the families in common use, in loops that the compiler unrolls for each length: the one thing about a
 * plate that is hard to foresee is then one jump. Neighbours that are alike are not left out once but each: a key twice costs less than the
 * branch. The general way is index_keys.c. Pure; any thread.
 */
#include "core/index_scratch.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_FORM 1
#else
#define HAVE_AVX2_FORM 0
#endif

/* Unrolled and instrumented, the same code takes a compiler minutes and a gigabyte: sanitizers get plain loops. */
#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#if SANITIZED
#define UNROLL
#define INLINE static inline
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE __attribute__((always_inline)) static inline
#else
#define UNROLL _Pragma("GCC unroll 16")
#define INLINE __attribute__((always_inline)) static inline
#endif

enum { RING = 32 };

enum kind { FOLD, ONE, TWO, HOLE, HOLE_REPLACING };

/* Nothing left out. */
INLINE unsigned whole(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	uint64_t key = f->salt;
	UNROLL
	for (unsigned i = 0; i < n; i++)
		key ^= f->mark[i][sym[i]];
	v[0] = key;
	return 1;
}

/* At most one symbol left out. */
INLINE unsigned one_out(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	uint64_t head[HL_PLATE_MAX + 1], tail = 0;
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
	return n + 1;
}

/* At most two left out. Of places i < k the key is what stands before i, between them moved by one, and after k moved by two: a part that depends on i
 * alone, and one on k alone. */
INLINE unsigned two_out(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	uint64_t first[HL_PLATE_MAX], second[HL_PLATE_MAX], by_one[HL_PLATE_MAX + 1], by_two = 0;
	unsigned m = one_out(f, sym, n, v);
	by_one[n] = 0;
	UNROLL
	for (unsigned i = n; i-- > 1;)
		by_one[i] = by_one[i + 1] ^ f->mark[i - 1][sym[i]];
	UNROLL
	for (unsigned k = n; k-- > 1;) {
		second[k] = by_one[k] ^ by_two;
		by_two ^= k > 1 ? f->mark[k - 2][sym[k]] : 0;
	}
	/* v[i] is head[i] ^ by_one[i + 1] already. */
	UNROLL
	for (unsigned i = 0; i + 1 < n; i++)
		first[i] = v[i];
	UNROLL
	for (unsigned i = 0; i + 1 < n; i++) {
		UNROLL
		for (unsigned k = i + 1; k < n; k++)
			v[m++] = first[i] ^ second[k];
	}
	return m;
}

/* The other place of a group of two, or the same. */
INLINE unsigned partner(const struct hl_ix_family *f, unsigned i, const unsigned n)
{
	return (i ^ 1) < n && f->group > 1 ? i ^ 1 : i;
}

/* One hole. What says the block of the filter leaves out all symbols of the hole's group. */
INLINE unsigned one_hole(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	const uint64_t place = HL_IX_PLACE, bits = ~place, hole = f->group > 1 ? bits : place | bits;
	uint64_t key;
	whole(f, sym, n, &key);
	UNROLL
	for (unsigned i = 0; i < n; i++) {
		uint64_t other = f->group > 1 && (i ^ 1) < n ? f->mark[i ^ 1][sym[i ^ 1]] & place : 0;
		v[i] = key ^ f->mark[i][sym[i]] ^ (f->mark[i][HL_SYMBOLS] & hole) ^ other;
	}
	return n;
}

/* The replacements of all symbols: what each changes in a key, and its place. Most symbols have at most two. */
INLINE unsigned list_replacements(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *change, uint8_t *place)
{
	unsigned m = 0;
	UNROLL
	for (unsigned p = 0; p < n; p++) {
		const uint64_t *mark = f->mark[p], own = mark[sym[p]];
		const uint8_t *alt = f->alt[sym[p]];
		unsigned n_alt = f->n_alt[sym[p]];
		change[m] = own ^ mark[alt[0]];
		change[m + 1] = own ^ mark[alt[1]];
		place[m] = place[m + 1] = (uint8_t)p;
		for (unsigned a = 2; a < n_alt; a++) {
			change[m + a] = own ^ mark[alt[a]];
			place[m + a] = (uint8_t)p;
		}
		m += n_alt;
	}
	return m;
}

/* One hole, and with each also one symbol replaced; 0 where there are too many of these. */
INLINE unsigned one_hole_replacing(const struct hl_ix_family *f, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	uint64_t change[HL_IX_QUICK_ALTERNATIVES + 2];
	uint8_t place[HL_IX_QUICK_ALTERNATIVES + 2];
	unsigned all = 0, m = n;
	UNROLL
	for (unsigned p = 0; p < n; p++)
		all += f->n_alt[sym[p]];
	if (all > HL_IX_QUICK_ALTERNATIVES)
		return 0;
	one_hole(f, sym, n, v);
	list_replacements(f, sym, n, change, place);
	for (unsigned a = 0; a < all; a++) {
		UNROLL
		for (unsigned i = 0; i < n; i++)
			v[m + i] = v[i] ^ change[a];
		unsigned other = partner(f, place[a], n);
		v[m + other] = v[other] ^ (change[a] & ~HL_IX_PLACE);
		/* A symbol is not both left out and replaced. */
		v[m + place[a]] = v[m + n - 1];
		m += n - 1;
	}
	return m;
}

INLINE unsigned keys_n(const struct hl_ix_part *p, const struct hl_ix_quick *q, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	unsigned m = 0;
	for (unsigned i = 0; i < q->n; i++) {
		const struct hl_ix_family *f = &p->family[q->family[i]];
		unsigned made;
		switch (q->kind[i]) {
		case FOLD: made = whole(f, sym, n, v + m); break;
		case ONE: made = one_out(f, sym, n, v + m); break;
		case TWO: made = two_out(f, sym, n, v + m); break;
		case HOLE: made = one_hole(f, sym, n, v + m); break;
		default: made = one_hole_replacing(f, sym, n, v + m);
		}
		if (made == 0)
			return 0;
		m += made;
	}
	return m;
}

unsigned hl_ix_quick_keys(const struct hl_ix_part *p, const struct hl_ix_quick *q, const struct hl_plate *plate, uint64_t *v)
{
	const uint8_t *sym = plate->sym;
	switch (plate->len) {
	case 1: return keys_n(p, q, sym, 1, v);
	case 2: return keys_n(p, q, sym, 2, v);
	case 3: return keys_n(p, q, sym, 3, v);
	case 4: return keys_n(p, q, sym, 4, v);
	case 5: return keys_n(p, q, sym, 5, v);
	case 6: return keys_n(p, q, sym, 6, v);
	case 7: return keys_n(p, q, sym, 7, v);
	case 8: return keys_n(p, q, sym, 8, v);
	case 9: return keys_n(p, q, sym, 9, v);
	case 10: return keys_n(p, q, sym, 10, v);
	case 11: return keys_n(p, q, sym, 11, v);
	default: return keys_n(p, q, sym, HL_PLATE_MAX, v);
	}
}

#if HAVE_AVX2_FORM
INLINE unsigned sparse_keys_n(const struct hl_ix_family *f, const struct hl_ix_family *g, const uint8_t *sym, const unsigned n, uint64_t *v)
{
	one_out(f, sym, n, v);
	whole(g, sym, n, v + n + 1);
	return n + 2;
}

INLINE unsigned sparse_keys(const struct hl_ix_family *f, const struct hl_ix_family *g, const struct hl_plate *plate, uint64_t *v)
{
	const uint8_t *sym = plate->sym;
	switch (plate->len) {
	case 1: return sparse_keys_n(f, g, sym, 1, v);
	case 2: return sparse_keys_n(f, g, sym, 2, v);
	case 3: return sparse_keys_n(f, g, sym, 3, v);
	case 4: return sparse_keys_n(f, g, sym, 4, v);
	case 5: return sparse_keys_n(f, g, sym, 5, v);
	case 6: return sparse_keys_n(f, g, sym, 6, v);
	case 7: return sparse_keys_n(f, g, sym, 7, v);
	case 8: return sparse_keys_n(f, g, sym, 8, v);
	case 9: return sparse_keys_n(f, g, sym, 9, v);
	case 10: return sparse_keys_n(f, g, sym, 10, v);
	case 11: return sparse_keys_n(f, g, sym, 11, v);
	default: return sparse_keys_n(f, g, sym, HL_PLATE_MAX, v);
	}
}

/* Tests the n keys of the ring's slot; marks the survivors' query. */
__attribute__((target("avx2"))) INLINE unsigned test_slot(const struct hl_ix_part *p, const uint64_t *v, unsigned n, uint32_t query,
							   struct hl_ix_survivor *out, unsigned found)
{
	const __m256i one = _mm256_set1_epi32(1), salt = _mm256_load_si256((const __m256i *)(const void *)hl_ix_salts);
	for (unsigned k = 0; k < n; k++) {
		__m256i bit = _mm256_srli_epi32(_mm256_mullo_epi32(salt, _mm256_set1_epi32((int)(uint32_t)v[k])), 27);
		__m256i block = _mm256_load_si256((const __m256i *)(const void *)(p->filter + HL_IX_BLOCK * hl_ix_block(p, v[k])));
		out[found] = (struct hl_ix_survivor){ .key = v[k], .query = query };
		found += (unsigned)_mm256_testc_si256(block, _mm256_sllv_epi32(one, bit));
	}
	return found;
}

/* A plate's keys are tested `lag` plates after its lines were asked for. */
__attribute__((target("avx2"))) static unsigned probe_avx2(const struct hl_ix_part *p, const struct hl_ix_quick *q, const struct hl_plate *plates,
							    unsigned n, uint32_t first, unsigned lag, struct hl_ix_survivor *out)
{
	const struct hl_ix_family *f = &p->family[q->family[0]], *g = &p->family[q->family[q->n - 1]];
	uint64_t ring[RING][HL_IX_SPARSE_KEYS];
	unsigned found = 0;
	for (unsigned i = 0; i < n + lag; i++) {
		if (i < n) {
			uint64_t *v = ring[i % RING];
			unsigned keys = sparse_keys(f, g, &plates[i], v);
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

/* The unrolled form for what is needed of a family, or -1. */
static int kind_of(const struct hl_ix_shape *shape, struct hl_ix_need need, unsigned ones)
{
	if (shape->holes)
		return need.k != 1 ? -1 : need.expand ? HOLE_REPLACING : HOLE;
	int k = need.k + (int)ones;
	return need.expand || k > TWO ? -1 : k;
}

void hl_ix_quick_init(struct hl_ix_part *p)
{
	for (int b = 0; b <= HL_COST_MAX; b++) {
		struct hl_ix_quick q = { 0 };
		bool all = true;
		for (unsigned i = 0; i < p->n_families; i++) {
			struct hl_ix_need need = p->need[b][i];
			if (need.k < 0)
				continue;
			int kind = kind_of(&p->family[i].shape, need, p->ones);
			all &= kind >= 0;
			q.kind[q.n] = (uint8_t)kind;
			q.family[q.n++] = (uint8_t)i;
		}
		/* Of an empty table it has one family alone: then the exact key comes twice, which costs little. */
		q.sparse = (q.n == 1 || (q.n == 2 && q.kind[1] == FOLD)) && q.kind[0] == ONE;
		p->quick[b] = all ? q : (struct hl_ix_quick){ 0 };
	}
}
