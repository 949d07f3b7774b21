/* index_model.c: see index_model.h. Plates have shapes (which places hold letters), and within a shape symbols are taken as independent: the chance
 * that two plates share a key is then a product over places, summed over the pairs of shapes that the sample has. Rough, but it orders the families
 * as measurements do. Only speed depends on it, never which entries are found.
 */
#include "core/index_model.h"
#include "base/mem.h"

#include <stdlib.h>

enum { SAMPLE = 2048, SHAPES = 24 };

/* Costs in nanoseconds, measured with bench_match: a key asked for, a candidate compared; small lists stay in the near caches. */
static const double key_ns_small = 3, key_ns_large = 8, candidate_ns_small = 25, candidate_ns_large = 90, byte_ns = 0.1;

struct plate_shape {
	uint8_t len;
	uint16_t letters; /* bit set of places */
	double share;
};

struct hl_ix_model {
	const struct hl_confusion *table;
	size_t n;
	unsigned ones;
	double large; /* 0: the filter of a list like this stays in a near cache, 1: it does not */
	unsigned n_shapes;
	struct plate_shape shape[SHAPES];
	double freq[2][HL_SYMBOLS]; /* [letter][symbol], each adding up to 1 */
};

static void note(struct hl_ix_model *m, const struct hl_pattern *p)
{
	struct plate_shape s = { 0 };
	for (unsigned i = 0; i < p->len; i++) {
		if (p->sym[i] >= HL_SYMBOLS)
			continue;
		bool letter = p->sym[i] >= 10;
		s.letters |= (uint16_t)((unsigned)letter << s.len++);
		m->freq[letter][p->sym[i]]++;
	}
	unsigned i = 0;
	while (i < m->n_shapes && (m->shape[i].len != s.len || m->shape[i].letters != s.letters))
		i++;
	if (i == SHAPES) /* the tail counts as the last shape met */
		i--;
	else if (i == m->n_shapes)
		m->shape[m->n_shapes++] = s;
	m->shape[i].share++;
}

struct hl_ix_model *hl_ix_model_new(const struct hl_confusion *t, const struct hl_pattern *patterns, const uint32_t *entry, size_t n, unsigned ones)
{
	struct hl_ix_model *m = hl_calloc(1, sizeof *m);
	size_t take = n < SAMPLE ? n : SAMPLE;
	m->table = t;
	m->n = n;
	m->ones = ones;
	m->large = n < 20000 ? 0 : n > 500000 ? 1 : (double)(n - 20000) / 480000;
	for (size_t i = 0; i < take; i++)
		note(m, &patterns[entry[i * n / take]]);
	for (unsigned i = 0; i < m->n_shapes; i++)
		m->shape[i].share /= (double)take;
	for (int letter = 0; letter < 2; letter++) {
		double sum = 0;
		for (int c = 0; c < HL_SYMBOLS; c++)
			sum += m->freq[letter][c] += (c >= 10) == (letter != 0) ? 0.1 : 0;
		for (int c = 0; c < HL_SYMBOLS; c++)
			m->freq[letter][c] /= sum;
	}
	return m;
}

void hl_ix_model_free(struct hl_ix_model **m)
{
	free(*m);
	*m = NULL;
}

static double choose(unsigned n, unsigned k)
{
	double v = 1;
	for (unsigned i = 0; i < k; i++)
		v = v * (n > i ? n - i : 0) / (i + 1);
	return v;
}

static double alternatives(const struct hl_ix_family *f)
{
	unsigned sum = 0;
	for (int c = 0; c < HL_SYMBOLS; c++)
		sum += f->n_alt[c];
	return (double)sum / HL_SYMBOLS;
}

double hl_ix_model_keys(const struct hl_ix_family *f, struct hl_ix_need need, unsigned ones, unsigned n)
{
	double alt = need.expand ? alternatives(f) : 0, keys = 0;
	unsigned most = (unsigned)need.k + (f->shape.holes ? 0 : ones);
	for (unsigned k = f->shape.holes ? most : 0; k <= most && k <= n; k++)
		keys += choose(n, k) * (1 + alt * (n - k));
	return keys;
}

/* same[x][y]: the chance that a symbol of kind x and one of kind y (0 digit, 1 letter) are of one class. */
static void chances(const struct hl_ix_model *m, const struct hl_ix_family *f, double same[2][2])
{
	double by_class[2][HL_SYMBOLS] = { { 0 } };
	for (int kind = 0; kind < 2; kind++)
		for (int c = 0; c < HL_SYMBOLS; c++)
			by_class[kind][f->cls[c]] += m->freq[kind][c];
	for (int x = 0; x < 2; x++) {
		for (int y = 0; y < 2; y++) {
			same[x][y] = 0;
			for (int c = 0; c < HL_SYMBOLS; c++)
				same[x][y] += by_class[x][c] * by_class[y][c];
		}
	}
}

/* The expected number of ways in which two plates of these shapes agree but for k places. */
static double agreements(const struct plate_shape *a, const struct plate_shape *b, unsigned k, double same[2][2])
{
	double ways[HL_IX_SHIFTS + 1] = { 1 };
	unsigned n = a->len < b->len ? a->len : b->len;
	for (unsigned i = 0; i < n; i++) {
		double chance = same[a->letters >> i & 1][b->letters >> i & 1];
		for (unsigned h = k + 1; h-- > 0;)
			ways[h] = ways[h] * chance + (h ? ways[h - 1] : 0);
	}
	return ways[k];
}

static double candidates(const struct hl_ix_model *m, const struct hl_ix_family *f)
{
	double same[2][2], sum = 0;
	chances(m, f, same);
	for (unsigned i = 0; i < m->n_shapes; i++) {
		const struct plate_shape *a = &m->shape[i];
		double more = 1 + (f->shape.expand ? alternatives(f) * a->len : 0);
		for (unsigned k = 0; k < m->n_shapes; k++) {
			const struct plate_shape *b = &m->shape[k];
			unsigned gap = (unsigned)abs(a->len - b->len);
			if (gap > (f->shape.holes ? 0u : f->shape.k))
				continue;
			double ways = agreements(a, b, f->shape.k - gap, same) * (f->shape.holes ? 1 : choose(a->len, f->shape.k));
			sum += a->share * b->share * ways * more;
		}
	}
	return sum * (double)m->n;
}

double hl_ix_model_cost(const struct hl_ix_model *m, const struct hl_ix_shape *shape)
{
	struct hl_ix_family f = { .shape = *shape };
	hl_ix_family_init(&f, m->table, 0);
	struct hl_ix_need all = { .k = (int8_t)shape->k, .expand = shape->expand > 0 };
	double key_ns = key_ns_small + m->large * (key_ns_large - key_ns_small);
	double candidate_ns = candidate_ns_small + m->large * (candidate_ns_large - candidate_ns_small);
	double listed = hl_ix_model_keys(&f, (struct hl_ix_need){ .k = (int8_t)shape->k }, 0, 7);
	return hl_ix_model_keys(&f, all, m->ones, 7) * key_ns + candidates(m, &f) * candidate_ns + listed * 6.5 * byte_ns;
}
