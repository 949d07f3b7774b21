/* index_scan.c: the entries that stand beside the keys: partial plates, and those with one or two '?' where there are few. A read is compared with each by a
 * sum that never exceeds the distance: what each letter or digit of the entry costs at least, given the symbols that the read has where this one could
 * stand. Only entries whose sum is within the budget go on to the distance. Entries of one layout stand in columns, so that 32 of them are summed at
 * once where the processor has AVX2; the portable form answers alike. Built once, then immutable; any thread.
 *
 * Where a symbol can stand: an alignment with at most h hard edits moves no symbol by more than h places, counted from the beginning where no '*' stands
 * before it, from the end where none stands behind it; between two '*' it may be anywhere. A lost symbol costs a hard edit, which is the most that the sum
 * takes for it; both symbols of a swap are among those that the read has nearby, so the sum takes nothing.
 */
#include "core/index_scratch.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_FORM 1
#else
#define HAVE_AVX2_FORM 0
#endif

/* Symbols of the columns: the 36, O and 0 of entries to which they are alike, and '?', which costs nothing: so that entries of one length share a layout
 * wherever their '?' stand. */
enum { SYM_O = 24, SYM_0 = 0, ALIKE_O = HL_SYMBOLS, ALIKE_0, ONE, FROM_END = HL_PLATE_MAX, ANYWHERE = 2 * HL_PLATE_MAX, LINE = 64 };

struct hl_ix_layout {
	uint8_t run, columns;       /* has a '*'; symbols that are none */
	uint8_t slot[HL_PLATE_MAX]; /* of each column: the place, FROM_END + the place from the end, ANYWHERE */
};

struct sorted_entry {
	struct hl_ix_layout layout;
	uint32_t entry;
};

static uint8_t column_symbol(const struct hl_pattern *p, unsigned i)
{
	if (p->sym[i] == HL_SYM_ONE)
		return ONE;
	if (!(p->flags & HL_PAT_O0) || (p->sym[i] != SYM_O && p->sym[i] != SYM_0))
		return p->sym[i];
	return p->sym[i] == SYM_O ? ALIKE_O : ALIKE_0;
}

static struct hl_ix_layout layout_of(const struct hl_pattern *p)
{
	struct hl_ix_layout l = { 0 };
	unsigned last_run = 0;
	for (unsigned i = 0; i < p->len; i++)
		last_run = p->sym[i] == HL_SYM_RUN ? i : last_run;
	for (unsigned i = 0; i < p->len; i++) {
		if (p->sym[i] == HL_SYM_RUN)
			l.run = 1;
		else
			l.slot[l.columns++] = (uint8_t)(!l.run ? i : i > last_run ? FROM_END + (p->len - 1 - i) : ANYWHERE);
	}
	return l;
}

static int by_layout(const void *a, const void *b)
{
	const struct sorted_entry *x = a, *y = b;
	int c = memcmp(&x->layout, &y->layout, sizeof x->layout);
	return c ? c : x->entry < y->entry ? -1 : x->entry > y->entry;
}

static size_t padded(size_t n)
{
	return (n + HL_IX_LANES - 1) / HL_IX_LANES * HL_IX_LANES;
}

/* How many entries from `first` on have one layout. */
static size_t alike(const struct sorted_entry *e, size_t first, size_t n)
{
	size_t end = first + 1;
	while (end < n && !memcmp(&e[end].layout, &e[first].layout, sizeof e[first].layout))
		end++;
	return end - first;
}

static void add_group(struct hl_ix_scan *s, const struct sorted_entry *e, size_t first, size_t n, const struct hl_pattern *patterns)
{
	struct hl_ix_scan_group *g = &s->group[s->n_groups++];
	*g = (struct hl_ix_scan_group){ .run = e[first].layout.run, .columns = e[first].layout.columns, .n = (uint32_t)n,
					.first = (uint32_t)first, .column = s->column_bytes };
	memcpy(g->slot, e[first].layout.slot, sizeof g->slot);
	s->column_bytes += g->columns * padded(n);
	for (unsigned c = 0; c < g->columns; c++)
		s->slots |= 1u << g->slot[c];
	for (size_t k = 0; k < n; k++) {
		const struct hl_pattern *p = &patterns[e[first + k].entry];
		uint8_t *at = s->column + g->column + k;
		s->entry[first + k] = e[first + k].entry;
		for (unsigned i = 0; i < p->len; i++)
			if (p->sym[i] != HL_SYM_RUN) {
				*at = column_symbol(p, i);
				at += padded(n);
			}
	}
}

/* By read symbol: what each listed one costs against it; the last row is where nothing was read. */
static void fill_rows(struct hl_ix_scan *s, const struct hl_confusion *t)
{
	memset(s->row, HL_HARD, sizeof s->row);
	for (int read = 0; read <= HL_SYMBOLS; read++)
		s->row[read][ONE] = 0;
	for (int read = 0; read < HL_SYMBOLS; read++) {
		bool o_or_0 = read == SYM_O || read == SYM_0;
		for (int listed = 0; listed < HL_SYMBOLS; listed++)
			s->row[read][listed] = t->cost[listed][read];
		s->row[read][ALIKE_O] = o_or_0 ? 0 : t->cost[SYM_O][read];
		s->row[read][ALIKE_0] = o_or_0 ? 0 : t->cost[SYM_0][read];
	}
}

void hl_ix_scan_init(struct hl_ix_scan *s, const struct hl_confusion *t, const struct hl_pattern *patterns, const uint32_t *entry, size_t n)
{
	struct sorted_entry *e = hl_calloc(n, sizeof e[0]);
	size_t groups = 0, bytes = 0;
	for (size_t i = 0; i < n; i++)
		e[i] = (struct sorted_entry){ layout_of(&patterns[entry[i]]), entry[i] };
	if (n > 1)
		qsort(e, n, sizeof e[0], by_layout);
	for (size_t i = 0, k; i < n; i += k, groups++) {
		k = alike(e, i, n);
		bytes += e[i].layout.columns * padded(k);
	}
	*s = (struct hl_ix_scan){ .n = n, .sum = hl_ix_sum_best() };
	s->entry = hl_calloc((n * sizeof s->entry[0] + LINE - 1) / LINE, LINE);
	s->group = hl_calloc(groups, sizeof s->group[0]);
	s->column = hl_calloc(bytes, 1);
	for (size_t i = 0, k; i < n; i += k) {
		k = alike(e, i, n);
		add_group(s, e, i, k, patterns);
	}
	fill_rows(s, t);
	free(e);
}

void hl_ix_scan_fini(struct hl_ix_scan *s)
{
	free(s->entry);
	free(s->group);
	free(s->column);
	*s = (struct hl_ix_scan){ 0 };
}

size_t hl_ix_scan_bytes(const struct hl_ix_scan *s)
{
	return s->n * sizeof s->entry[0] + s->n_groups * sizeof s->group[0] + s->column_bytes;
}

static uint32_t sum_portable(const uint8_t *column, size_t stride, unsigned columns, const uint8_t (*const *least)[HL_IX_SCAN_SYMBOLS], int budget)
{
	uint16_t sum[HL_IX_LANES] = { 0 };
	uint32_t within = 0;
	for (unsigned c = 0; c < columns; c++, column += stride)
		for (unsigned i = 0; i < HL_IX_LANES; i++)
			sum[i] = (uint16_t)(sum[i] + (*least[c])[column[i]]);
	for (unsigned i = 0; i < HL_IX_LANES; i++)
		within |= (uint32_t)(sum[i] <= budget) << i;
	return within;
}

#if HAVE_AVX2_FORM
/* A table of 48 bytes is three of 16: a place beyond the one at hand has its high bit set and gives 0. */
__attribute__((target("avx2"))) static uint32_t sum_avx2(const uint8_t *column, size_t stride, unsigned columns,
							 const uint8_t (*const *least)[HL_IX_SCAN_SYMBOLS], int budget)
{
	const __m256i past = _mm256_set1_epi8(0x70), next = _mm256_set1_epi8(16);
	__m256i sum = _mm256_setzero_si256();
	for (unsigned c = 0; c < columns; c++, column += stride) {
		const __m128i *table = (const __m128i *)(const void *)least[c];
		__m256i at = _mm256_loadu_si256((const __m256i *)(const void *)column), value = sum;
		value = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(table)), _mm256_adds_epu8(at, past));
		at = _mm256_sub_epi8(at, next);
		value = _mm256_or_si256(value, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(table + 1)), _mm256_adds_epu8(at, past)));
		at = _mm256_sub_epi8(at, next);
		value = _mm256_or_si256(value, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(table + 2)), at));
		sum = _mm256_adds_epu8(sum, value);
	}
	const __m256i most = _mm256_set1_epi8((char)budget);
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(sum, most), sum));
}
#endif

hl_ix_sum hl_ix_sum_portable(void)
{
	return sum_portable;
}

hl_ix_sum hl_ix_sum_best(void)
{
#if HAVE_AVX2_FORM
	if (__builtin_cpu_supports("avx2"))
		return sum_avx2;
#endif
	return sum_portable;
}

static void lower(uint8_t *restrict least, const uint8_t *restrict row)
{
	for (unsigned i = 0; i < HL_IX_SCAN_SYMBOLS; i++)
		least[i] = row[i] < least[i] ? row[i] : least[i];
}

/* For each slot in use the least cost of each listed symbol against what the read has within `hard` places. */
static void fill_least(const struct hl_ix_scan *s, const struct hl_plate *plate, int hard, uint8_t least[HL_IX_SLOTS][HL_IX_SCAN_SYMBOLS])
{
	for (int slot = 0; slot < HL_IX_SLOTS; slot++) {
		if (!(s->slots >> slot & 1))
			continue;
		int from = 0, to = plate->len - 1;
		if (slot < ANYWHERE) {
			int place = slot < FROM_END ? slot : plate->len - 1 - (slot - FROM_END);
			from = place - hard > 0 ? place - hard : 0;
			to = place + hard < to ? place + hard : to;
		}
		memcpy(least[slot], from <= to ? s->row[plate->sym[from]] : s->row[HL_SYMBOLS], HL_IX_SCAN_SYMBOLS);
		for (int j = from + 1; j <= to; j++)
			lower(least[slot], s->row[plate->sym[j]]);
	}
}

static bool in_reach(const struct hl_ix_scan_group *g, const struct hl_plate *plate, int hard)
{
	return g->columns <= plate->len + hard && (g->run || plate->len <= g->columns + hard);
}

/* Compares those of one block of lanes that passed. */
static void compare(const struct hl_index *ix, struct hl_index_scratch *s, const uint32_t *entry, uint32_t passed, const struct hl_plate *plate,
		    int budget, uint32_t query)
{
	for (; passed; passed &= passed - 1) {
		uint32_t e = entry[__builtin_ctz(passed)];
		int cost = hl_match_cost(&ix->confusion, &ix->pattern[e], plate, budget);
		s->stats.verified++;
		if (cost != HL_COST_NONE)
			hl_ix_found_add(s, query, e, cost);
	}
}

void hl_ix_scan_query(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plate, int budget, uint32_t query)
{
	const struct hl_ix_scan *scan = &ix->scan;
	uint8_t least[HL_IX_SLOTS][HL_IX_SCAN_SYMBOLS];
	int hard = budget / HL_HARD;
	fill_least(scan, plate, hard, least);
	for (unsigned k = 0; k < scan->n_groups; k++) {
		const struct hl_ix_scan_group *g = &scan->group[k];
		const uint8_t(*table[HL_PLATE_MAX])[HL_IX_SCAN_SYMBOLS];
		if (!in_reach(g, plate, hard))
			continue;
		for (unsigned c = 0; c < g->columns; c++)
			table[c] = &least[g->slot[c]];
		for (uint32_t i = 0; i < g->n; i += HL_IX_LANES) {
			uint32_t passed = scan->sum(scan->column + g->column + i, padded(g->n), g->columns, table, budget);
			if (g->n - i < HL_IX_LANES)
				passed &= (1u << (g->n - i)) - 1;
			if (passed)
				compare(ix, s, scan->entry + g->first + i, passed, plate, budget, query);
		}
	}
}
