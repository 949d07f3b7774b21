/* channel_sum.c: see channel.h. P(read | plate) by the forward recursion over all alignments (not the best one), for one plate, for a pattern, and for all
 * plates that may pass. Pure; any thread.
 *
 *     f[i][j] = f[i-1][j-1] (1 - lost) E(j, t_i)  +  f[i-1][j] (lost + hint(j, t_i))  +  f[i][j-1] invented(j)
 *
 * with i symbols of the plate and j slots used. Method: doc/scoring.md.
 */
#include "core/channel_priv.h"

#include <string.h>

/* One more symbol of the plate: from[j], slots used before it, to to[j], slots used after it. e and lost_hint hold what each slot says of the symbol. The
 * inventions in front of the symbol were already summed into from. */
static void step(const struct hl_channel *ch, int k, bool end, const double *from, const double *e, const double *lost_hint, double *to)
{
	double lost = end ? ch->end_lost[k] : ch->lost[k];
	for (unsigned j = 0; j <= ch->m; j++) {
		double v = from[j] * (lost + lost_hint[j]);
		if (j)
			v += from[j - 1] * (1 - lost) * e[j - 1];
		to[j] = v;
	}
}

/* Slots that no symbol of the plate stands behind, at this place of the plate. */
static void invent(const struct hl_channel *ch, int k, double *row)
{
	for (unsigned j = 1; j <= ch->m; j++)
		row[j] += row[j - 1] * ch->invented[k][j - 1];
}

/* The mean over all symbols of a class: symbols of a class differ only in what the slots say of them, so the mean goes inside the recursion, and the sum
 * over all plates is exact without walking them. */
static void step_class(const struct hl_channel *ch, int k, bool end, int c, const double *from, double *to)
{
	double e[HL_PLATE_MAX] = { 0 }, hints[HL_PLATE_MAX + 1];
	for (unsigned j = 0; j <= ch->m; j++) {
		hints[j] = ch->class_hint_lost[j][c];
		if (j < ch->m)
			e[j] = ch->class_e[k][j][c];
	}
	step(ch, k, end, from, e, hints, to);
	invent(ch, k, to);
}

static double sum_of_shape(const struct hl_channel *ch, int k, const char *classes)
{
	double row[HL_PLATE_MAX + 1] = { 1 }, next[HL_PLATE_MAX + 1] = { 0 };
	invent(ch, k, row);
	for (const char *p = classes; *p; p++) {
		step_class(ch, k, p == classes || !p[1], *p == 'D', row, next);
		memcpy(row, next, sizeof row);
	}
	return row[ch->m];
}

struct rows {
	double v[HL_CLASSES][HL_PLATE_MAX + 1];
};

/* One more symbol of any plate: v[c][j] becomes the sum over all plates so far whose last symbol is of class c. */
static void step_any(const struct hl_channel *ch, int k, bool first, bool end, struct rows *r)
{
	struct rows next = { { { 0 } } };
	for (int c = 0; c < HL_CLASSES; c++) {
		double from[HL_PLATE_MAX + 1];
		for (unsigned j = 0; j <= ch->m; j++)
			from[j] = first ? hl_density.first[c] * r->v[0][j] : hl_density.next[0][c] * r->v[0][j] + hl_density.next[1][c] * r->v[1][j];
		step_class(ch, k, end, c, from, next.v[c]);
	}
	*r = next;
}

static double sum_of_length(const struct hl_channel *ch, int k, int n)
{
	struct rows r = { { { 0 } } };
	r.v[0][0] = 1;
	invent(ch, k, r.v[0]);
	for (int i = 0; i < n; i++)
		step_any(ch, k, i == 0, i == 0 || i == n - 1, &r);
	return r.v[0][ch->m] + r.v[1][ch->m];
}

static double usual_or_bad(const struct hl_channel *ch, const double f[HL_CHANNEL_RATES])
{
	return (1 - ch->profile->bad_share) * f[0] + ch->profile->bad_share * f[1];
}

double hl_channel_any(const struct hl_channel *ch, int n)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = sum_of_length(ch, k, n);
	return usual_or_bad(ch, f);
}

double hl_channel_shape(const struct hl_channel *ch, const char *classes)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = sum_of_shape(ch, k, classes);
	return usual_or_bad(ch, f);
}

double hl_channel_sum(const struct hl_channel *ch)
{
	double listed = 0, any = 0, share = 0;
	for (size_t i = 0; i < HL_SHAPES; i++) {
		listed += hl_density.shape[i].share * hl_channel_shape(ch, hl_density.shape[i].classes);
		share += hl_density.shape[i].share;
	}
	for (int n = 1; n <= HL_PLATE_MAX; n++)
		any += hl_density.length[n] * hl_channel_any(ch, n);
	return (1 - hl_density.any_shape) * listed / share + hl_density.any_shape * any;
}

/* What the slots say of one symbol of a pattern: a symbol's own row, the mean over what '?' stands for, the mean of O and 0 where the file wrote them alike. */
static void symbol_rows(const struct hl_channel *ch, int k, const struct hl_pattern *p, int i, double *e, double *hints)
{
	int sym = p->sym[i], o = hl_sym_code('O');
	bool either = (p->flags & HL_PAT_O0) && (sym == 0 || sym == o);
	for (unsigned j = 0; j <= ch->m; j++) {
		const double *he = ch->hint_lost[j], *hc = ch->class_hint_lost[j];
		hints[j] = sym >= HL_SYMBOLS ? (hc[0] + hc[1]) / 2 : either ? (he[0] + he[o]) / 2 : he[sym];
		if (j == ch->m)
			return;
		const double *se = ch->e[k][j], *sc = ch->class_e[k][j];
		e[j] = sym >= HL_SYMBOLS ? (sc[0] + sc[1]) / 2 : either ? (se[0] + se[o]) / 2 : se[sym];
	}
}

/* '*' stands for no symbol, one, two … each run of one more half as likely. */
static void run(const struct hl_channel *ch, int k, const double *e, const double *hints, double *row)
{
	double left[HL_PLATE_MAX + 1], sum[HL_PLATE_MAX + 1] = { 0 };
	memcpy(left, row, sizeof left);
	for (unsigned j = 0; j <= ch->m; j++)
		sum[j] = left[j] / 2;
	for (int i = 0; i < HL_PLATE_MAX; i++) {
		double next[HL_PLATE_MAX + 1] = { 0 };
		for (unsigned j = 0; j <= ch->m; j++)
			left[j] /= 2;
		step(ch, k, false, left, e, hints, next);
		invent(ch, k, next);
		for (unsigned j = 0; j <= ch->m; j++)
			sum[j] += next[j] / 2;
		memcpy(left, next, sizeof left);
	}
	memcpy(row, sum, sizeof sum);
}

static double likelihood(const struct hl_channel *ch, int k, const struct hl_pattern *p)
{
	double row[HL_PLATE_MAX + 1] = { 1 };
	invent(ch, k, row);
	for (int i = 0; i < p->len; i++) {
		double e[HL_PLATE_MAX] = { 0 }, hints[HL_PLATE_MAX + 1], next[HL_PLATE_MAX + 1] = { 0 };
		symbol_rows(ch, k, p, i, e, hints);
		if (p->sym[i] == HL_SYM_RUN) {
			run(ch, k, e, hints, row);
			continue;
		}
		step(ch, k, i == 0 || i == p->len - 1, row, e, hints, next);
		invent(ch, k, next);
		memcpy(row, next, sizeof row);
	}
	return row[ch->m];
}

double hl_channel_likelihood(const struct hl_channel *ch, const struct hl_pattern *p)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = likelihood(ch, k, p);
	return usual_or_bad(ch, f);
}

double hl_channel_ratio(const struct hl_channel *ch, double value)
{
	double epsilon = ch->profile->epsilon;
	double ratio = ch->background > 0 ? hl_channel_limits.calibration * value / ch->background : 0;
	return (1 - epsilon) * ratio + epsilon;
}
