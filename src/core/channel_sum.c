/* channel_sum.c: see channel.h. P(read | plate) by the forward recursion over all alignments (not the best one), for one plate, for a pattern, and for all
 * plates that may pass. Pure; any thread.
 *
 *     f[i][j] = f[i-1][j-1] (1 - lost(t_i)) E(j, t_i)  +  f[i-1][j] (lost(t_i) + hint(j, t_i))  +  f[i][j-1] invented(j)
 *
 * with i symbols of the plate and j slots used. Method: doc/scoring.md.
 */
#include "core/channel.h"

#include <string.h>

/* What the slots say of one symbol of the plate: match[j] = (1 - lost) E, lost[j] = lost + hint. */
struct symbol {
	double match[HL_PLATE_MAX], lost[HL_PLATE_MAX + 1];
};

/* One more symbol of the plate: from[j], slots used before it, to to[j], slots used after it. The inventions in front of the symbol were already summed
 * into from. */
static void step(unsigned m, const double *from, const double *match, const double *lost, double *to)
{
	to[0] = from[0] * lost[0];
	for (unsigned j = 1; j <= m; j++)
		to[j] = from[j] * lost[j] + from[j - 1] * match[j - 1];
}

/* Slots that no symbol of the plate stands behind, at this place of the plate. */
static void invent(const struct hl_channel_read *ch, int k, double *row)
{
	const double *invented = ch->invented[k];
	for (unsigned j = 1; j <= ch->m; j++)
		row[j] += row[j - 1] * invented[j - 1];
}

/* The mean over all symbols of a class: the sum over all plates is exact without walking them. */
static void step_class(const struct hl_channel_read *ch, int k, int end, int c, const double *from, double *to)
{
	step(ch->m, from, ch->class_match[k][end][c], ch->class_lost[k][end][c], to);
	invent(ch, k, to);
}

/* row[i]: after i symbols of a shape, none of them the last. Shapes share the rows of a common beginning. */
struct prefix {
	double row[HL_PLATE_MAX + 1][HL_PLATE_MAX + 1];
	int known; /* rows 0..known are those of the shape before */
};

/* same: the symbols at the beginning that are those of the shape before. */
static double sum_of_shape(const struct hl_channel_read *ch, int k, const char *classes, int same, struct prefix *p)
{
	double last[HL_PLATE_MAX + 1];
	int n = (int)strlen(classes);
	if (same > p->known)
		same = p->known;
	if (same > n - 1)
		same = n - 1;
	for (int i = same; i < n - 1; i++)
		step_class(ch, k, i == 0, classes[i] == 'D', p->row[i], p->row[i + 1]);
	p->known = n - 1;
	step_class(ch, k, 1, classes[n - 1] == 'D', p->row[n - 1], last);
	return last[ch->m];
}

static void prefix_init(const struct hl_channel_read *ch, int k, struct prefix *p)
{
	memset(p->row[0], 0, sizeof p->row[0]);
	p->row[0][0] = 1;
	p->known = 0;
	invent(ch, k, p->row[0]);
}

/* v[c][j]: the sum over all plates so far whose last symbol is of class c. */
struct rows {
	double v[HL_CLASSES][HL_PLATE_MAX + 1];
};

static void step_any(const struct hl_channel_read *ch, int k, bool first, int end, const struct rows *r, struct rows *next)
{
	const struct hl_density *d = &ch->table->density;
	for (int c = 0; c < HL_CLASSES; c++) {
		double from[HL_PLATE_MAX + 1];
		for (unsigned j = 0; j <= ch->m; j++)
			from[j] = first ? d->first[c] * r->v[0][j] : d->next[0][c] * r->v[0][j] + d->next[1][c] * r->v[1][j];
		step_class(ch, k, end, c, from, next->v[c]);
	}
}

/* sum[n]: over all plates of n symbols. */
static void sums_of_lengths(const struct hl_channel_read *ch, int k, double sum[HL_PLATE_MAX + 1])
{
	struct rows r = { { { 1 } } }, next = { { { 0 } } };
	invent(ch, k, r.v[0]);
	for (int n = 1; n <= HL_PLATE_MAX; n++) {
		step_any(ch, k, n == 1, 1, &r, &next);
		sum[n] = next.v[0][ch->m] + next.v[1][ch->m];
		step_any(ch, k, n == 1, n == 1, &r, &next);
		r = next;
	}
}

static double usual_or_bad(const struct hl_channel_read *ch, const double f[HL_CHANNEL_RATES])
{
	return (1 - ch->table->bad_share) * f[0] + ch->table->bad_share * f[1];
}

double hl_channel_any(const struct hl_channel_read *ch, int n)
{
	double sum[HL_CHANNEL_RATES][HL_PLATE_MAX + 1], f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		sums_of_lengths(ch, k, sum[k]);
		f[k] = sum[k][n];
	}
	return usual_or_bad(ch, f);
}

double hl_channel_shape(const struct hl_channel_read *ch, const char *classes)
{
	double f[HL_CHANNEL_RATES];
	struct prefix p;
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		prefix_init(ch, k, &p);
		f[k] = sum_of_shape(ch, k, classes, 0, &p);
	}
	return usual_or_bad(ch, f);
}

static double sum_of_all(const struct hl_channel_read *ch, int k)
{
	const struct hl_density *d = &ch->table->density;
	struct prefix p;
	double lengths[HL_PLATE_MAX + 1], listed = 0, any = 0;
	prefix_init(ch, k, &p);
	for (unsigned i = 0; i < d->n; i++)
		listed += d->shape[i].share * sum_of_shape(ch, k, d->shape[i].classes, d->shape[i].same, &p);
	sums_of_lengths(ch, k, lengths);
	for (int n = 1; n <= HL_PLATE_MAX; n++)
		any += d->length[n] * lengths[n];
	return (1 - d->any_shape) * listed + d->any_shape * any;
}

double hl_channel_sum(const struct hl_channel_read *ch)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = sum_of_all(ch, k);
	return usual_or_bad(ch, f);
}

static void symbol_add(const struct hl_channel_read *ch, int k, int end, int t, double weight, struct symbol *s)
{
	double lost = ch->table->rates[ch->band][k].lost[end][t];
	for (unsigned j = 0; j < ch->m; j++)
		s->match[j] += weight * (1 - lost) * ch->e[k][t][j];
	for (unsigned j = 0; j <= ch->m; j++)
		s->lost[j] += weight * lost;
	for (unsigned i = 0; i < ch->n_lost; i++)
		if (ch->lost[i].sym == t)
			s->lost[ch->lost[i].slot] += weight * ch->lost[i].gap;
}

/* Of one symbol of a pattern: a symbol's own, the mean over what a wildcard stands for, the mean of O and 0 where the file wrote them alike. */
static void symbol_of(const struct hl_channel_read *ch, int k, const struct hl_pattern *p, int i, struct symbol *s)
{
	int sym = p->sym[i], o = hl_sym_code('O'), end = i == 0 || i == p->len - 1;
	*s = (struct symbol){ { 0 }, { 0 } };
	if (sym < HL_SYMBOLS && (p->flags & HL_PAT_O0) && (sym == 0 || sym == o)) {
		symbol_add(ch, k, end, 0, 0.5, s);
		symbol_add(ch, k, end, o, 0.5, s);
		return;
	}
	if (sym < HL_SYMBOLS) {
		symbol_add(ch, k, end, sym, 1, s);
		return;
	}
	for (int c = 0; c < HL_CLASSES; c++)
		for (unsigned j = 0; j <= ch->m; j++) {
			s->match[j < ch->m ? j : 0] += j < ch->m ? ch->class_match[k][end][c][j] / 2 : 0;
			s->lost[j] += ch->class_lost[k][end][c][j] / 2;
		}
}

/* '*' stands for no symbol, one, two … each run of one more half as likely. */
static void run(const struct hl_channel_read *ch, int k, const struct symbol *s, double *row)
{
	double left[HL_PLATE_MAX + 1], sum[HL_PLATE_MAX + 1] = { 0 };
	memcpy(left, row, sizeof left);
	for (unsigned j = 0; j <= ch->m; j++)
		sum[j] = left[j] / 2;
	for (int i = 0; i < HL_PLATE_MAX; i++) {
		double next[HL_PLATE_MAX + 1] = { 0 };
		for (unsigned j = 0; j <= ch->m; j++)
			left[j] /= 2;
		step(ch->m, left, s->match, s->lost, next);
		invent(ch, k, next);
		for (unsigned j = 0; j <= ch->m; j++)
			sum[j] += next[j] / 2;
		memcpy(left, next, sizeof left);
	}
	memcpy(row, sum, sizeof sum);
}

static double likelihood(const struct hl_channel_read *ch, int k, const struct hl_pattern *p)
{
	double row[HL_PLATE_MAX + 1] = { 1 };
	invent(ch, k, row);
	for (int i = 0; i < p->len; i++) {
		double next[HL_PLATE_MAX + 1];
		struct symbol s;
		symbol_of(ch, k, p, i, &s);
		if (p->sym[i] == HL_SYM_RUN) {
			run(ch, k, &s, row);
			continue;
		}
		step(ch->m, row, s.match, s.lost, next);
		invent(ch, k, next);
		memcpy(row, next, (ch->m + 1) * sizeof row[0]);
	}
	return row[ch->m];
}

double hl_channel_likelihood(const struct hl_channel_read *ch, const struct hl_pattern *p)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = likelihood(ch, k, p);
	return usual_or_bad(ch, f);
}

double hl_channel_ratio(const struct hl_channel_read *ch, double value)
{
	double epsilon = ch->table->epsilon;
	double ratio = ch->background > 0 ? ch->table->calibration * value / ch->background : 0;
	return (1 - epsilon) * ratio + epsilon;
}
