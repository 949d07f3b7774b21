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
	step(ch, k, end, from, ch->class_e[k][c], ch->class_hint_lost[c], to);
	invent(ch, k, to);
}

/* rows[i]: after i symbols of a shape, none of them the last. Shapes share the rows of a common beginning. */
struct prefix {
	double row[HL_PLATE_MAX + 1][HL_PLATE_MAX + 1];
	const char *classes;
	int known; /* rows 0..known are filled for `classes` */
};

static double sum_of_shape(const struct hl_channel *ch, int k, const char *classes, struct prefix *p)
{
	double last[HL_PLATE_MAX + 1] = { 0 };
	int n = (int)strlen(classes), same = 0;
	while (same < p->known && same < n - 1 && p->classes[same] == classes[same])
		same++;
	for (int i = same; i < n - 1; i++)
		step_class(ch, k, i == 0, classes[i] == 'D', p->row[i], p->row[i + 1]);
	p->classes = classes;
	p->known = n - 1;
	step_class(ch, k, true, classes[n - 1] == 'D', p->row[n - 1], last);
	return last[ch->m];
}

static void prefix_init(const struct hl_channel *ch, int k, struct prefix *p)
{
	*p = (struct prefix){ .row = { { 1 } }, .classes = "" };
	invent(ch, k, p->row[0]);
}

/* v[c][j]: the sum over all plates so far whose last symbol is of class c. */
struct rows {
	double v[HL_CLASSES][HL_PLATE_MAX + 1];
};

static void step_any(const struct hl_channel *ch, int k, bool first, bool end, const struct rows *r, struct rows *next)
{
	for (int c = 0; c < HL_CLASSES; c++) {
		double from[HL_PLATE_MAX + 1];
		for (unsigned j = 0; j <= ch->m; j++)
			from[j] = first ? hl_density.first[c] * r->v[0][j] : hl_density.next[0][c] * r->v[0][j] + hl_density.next[1][c] * r->v[1][j];
		step_class(ch, k, end, c, from, next->v[c]);
	}
}

/* sum[n]: over all plates of n symbols. */
static void sums_of_lengths(const struct hl_channel *ch, int k, double sum[HL_PLATE_MAX + 1])
{
	struct rows r = { { { 1 } } }, next = { { { 0 } } };
	invent(ch, k, r.v[0]);
	for (int n = 1; n <= HL_PLATE_MAX; n++) {
		step_any(ch, k, n == 1, true, &r, &next);
		sum[n] = next.v[0][ch->m] + next.v[1][ch->m];
		step_any(ch, k, n == 1, n == 1, &r, &next);
		r = next;
	}
}

static double usual_or_bad(const struct hl_channel *ch, const double f[HL_CHANNEL_RATES])
{
	return (1 - ch->profile->bad_share) * f[0] + ch->profile->bad_share * f[1];
}

double hl_channel_any(const struct hl_channel *ch, int n)
{
	double sum[HL_CHANNEL_RATES][HL_PLATE_MAX + 1], f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		sums_of_lengths(ch, k, sum[k]);
		f[k] = sum[k][n];
	}
	return usual_or_bad(ch, f);
}

double hl_channel_shape(const struct hl_channel *ch, const char *classes)
{
	double f[HL_CHANNEL_RATES];
	struct prefix p;
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		prefix_init(ch, k, &p);
		f[k] = sum_of_shape(ch, k, classes, &p);
	}
	return usual_or_bad(ch, f);
}

static double sum_of_all(const struct hl_channel *ch, int k)
{
	struct prefix p;
	double lengths[HL_PLATE_MAX + 1], listed = 0, any = 0, share = 0;
	prefix_init(ch, k, &p);
	for (int i = 0; i < HL_SHAPES; i++) {
		listed += hl_density.shape[i].share * sum_of_shape(ch, k, hl_density.shape[i].classes, &p);
		share += hl_density.shape[i].share;
	}
	sums_of_lengths(ch, k, lengths);
	for (int n = 1; n <= HL_PLATE_MAX; n++)
		any += hl_density.length[n] * lengths[n];
	return (1 - hl_density.any_shape) * listed / share + hl_density.any_shape * any;
}

double hl_channel_sum(const struct hl_channel *ch)
{
	double f[HL_CHANNEL_RATES];
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		f[k] = sum_of_all(ch, k);
	return usual_or_bad(ch, f);
}

/* What the slots say of one symbol of a pattern: a symbol's own row, the mean over what '?' stands for, the mean of O and 0 where the file wrote them alike. */
static void symbol_rows(const struct hl_channel *ch, int k, const struct hl_pattern *p, int i, double *e, double *hints)
{
	int sym = p->sym[i], o = hl_sym_code('O');
	bool either = (p->flags & HL_PAT_O0) && (sym == 0 || sym == o);
	for (unsigned j = 0; j <= ch->m; j++) {
		const double *he = ch->hint_lost[j];
		hints[j] = sym >= HL_SYMBOLS ? (ch->class_hint_lost[0][j] + ch->class_hint_lost[1][j]) / 2 : either ? (he[0] + he[o]) / 2 : he[sym];
		if (j == ch->m)
			return;
		const double *se = ch->e[k][j];
		e[j] = sym >= HL_SYMBOLS ? (ch->class_e[k][0][j] + ch->class_e[k][1][j]) / 2 : either ? (se[0] + se[o]) / 2 : se[sym];
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
