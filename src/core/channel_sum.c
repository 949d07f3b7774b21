/* channel_sum.c: see channel.h. P(read | plate) by the forward recursion over all alignments (not the best one), for one plate and for a pattern; the sum over
 * all plates is in channel_background.c. Pure; any thread.
 *
 *     f[i][j] = f[i-1][j-1] (1 - lost(t_i)) E(j, t_i)  +  f[i-1][j] (lost(t_i) + hint(j, t_i))  +  f[i][j-1] invented(j)
 *
 * with i symbols of the plate and j slots used. Method: doc/scoring.md.
 */
#include "core/channel.h"

#include <string.h>

/* What the slots say of one symbol of the plate: match[j] = (1 - lost) E, lost[j] = lost + hint. */
struct symbol {
	struct hl_pair match[HL_PLATE_MAX], lost[HL_PLATE_MAX + 1];
};

double hl_channel_mix(const struct hl_channel_read *ch, struct hl_pair f)
{
	return (1 - ch->table->bad_share) * f.v[0] + ch->table->bad_share * f.v[1];
}

static void symbol_add(struct hl_channel_read *ch, int end, int t, double weight, struct symbol *s)
{
	const struct hl_pair *e = hl_channel_symbol(ch, t);
	struct hl_pair lost = ch->rates->lost[end][t], kept = { (1 - lost.v) * weight };
	for (unsigned j = 0; j < ch->m; j++)
		s->match[j].v += kept.v * e[j].v;
	for (unsigned j = 0; j <= ch->m; j++)
		s->lost[j].v += lost.v * weight;
	for (unsigned i = 0; i < ch->n_lost; i++)
		if (ch->lost[i].sym == t)
			s->lost[ch->lost[i].slot].v += weight * ch->lost[i].gap;
}

/* Any symbol: the mean of both classes. */
static void symbol_any(struct hl_channel_read *ch, int end, struct symbol *s)
{
	hl_channel_means(ch);
	for (int c = 0; c < HL_CLASSES; c++) {
		for (unsigned j = 0; j < ch->m; j++)
			s->match[j].v += ch->class_match[end][c][j].v / 2;
		for (unsigned j = 0; j <= ch->m; j++)
			s->lost[j].v += ch->class_lost[end][c][j].v / 2;
	}
}

/* Of one symbol of a pattern: a symbol's own, the mean over what a wildcard stands for, the mean of O and 0 where the file wrote them alike. */
static void symbol_of(struct hl_channel_read *ch, const struct hl_pattern *p, int i, struct symbol *s)
{
	int sym = p->sym[i], o = hl_sym_code('O'), end = i == 0 || i == p->len - 1;
	memset(s->match, 0, ch->m * sizeof s->match[0]);
	memset(s->lost, 0, (ch->m + 1) * sizeof s->lost[0]);
	if (sym < HL_SYMBOLS && (p->flags & HL_PAT_O0) && (sym == 0 || sym == o)) {
		symbol_add(ch, end, 0, 0.5, s);
		symbol_add(ch, end, o, 0.5, s);
	} else if (sym < HL_SYMBOLS) {
		symbol_add(ch, end, sym, 1, s);
	} else {
		symbol_any(ch, end, s);
	}
}

/* Of a pattern without '*'. */
static struct hl_pair of_symbols(struct hl_channel_read *ch, const struct hl_pattern *p)
{
	struct hl_pair row[HL_PLATE_MAX + 1], next[HL_PLATE_MAX + 1];
	row[0].v = (struct hl_pair){ { 1, 1 } }.v;
	for (unsigned j = 0; j < ch->m; j++)
		row[j + 1].v = row[j].v * ch->invented[j].v;
	for (int i = 0; i < p->len; i++) {
		struct symbol s;
		symbol_of(ch, p, i, &s);
		hl_channel_step(ch, row, s.match, s.lost, next);
		memcpy(row, next, (ch->m + 1) * sizeof row[0]);
	}
	return row[ch->m];
}

/* A pattern with '*' written out: plates of n symbols weigh as much as they are frequent, and each way to share the symbols out among several '*' alike. */
struct writing {
	struct hl_channel_read *ch;
	const struct hl_pattern *p;
	struct hl_pattern out;
	struct hl_pair sum;
	unsigned ways;
};

/* Writes p from i on, `more` symbols being left for its '*'. The last '*' takes what is left. */
static void write_out(struct writing *w, unsigned i, unsigned more)
{
	unsigned len = w->out.len, runs = 0;
	for (; i < w->p->len && w->p->sym[i] != HL_SYM_RUN; i++)
		w->out.sym[w->out.len++] = w->p->sym[i];
	for (unsigned k = i + 1; k < w->p->len; k++)
		runs += w->p->sym[k] == HL_SYM_RUN;
	if (i == w->p->len) {
		w->sum.v += of_symbols(w->ch, &w->out).v;
		w->ways++;
	} else {
		unsigned first = w->out.len;
		for (unsigned run = runs ? 0 : more; run <= more; run++) {
			memset(w->out.sym + first, HL_SYM_ONE, run);
			w->out.len = (uint8_t)(first + run);
			write_out(w, i + 1, more - run);
		}
	}
	w->out.len = (uint8_t)len;
}

/* Plates more than FAR symbols longer or shorter than the read count as not read so at all. */
static struct hl_pair over_runs(struct hl_channel_read *ch, const struct hl_pattern *p)
{
	enum { FAR = 3 };
	const double *share = ch->table->density.symbols;
	struct hl_pair sum = { { 0, 0 } };
	unsigned least = 0;
	double all = 0;
	for (unsigned i = 0; i < p->len; i++)
		least += p->sym[i] != HL_SYM_RUN;
	for (unsigned n = least; n <= HL_PLATE_MAX; n++)
		all += share[n];
	for (unsigned n = least; n <= HL_PLATE_MAX && all > 0; n++) {
		if (n > ch->m + FAR || n + FAR < ch->m)
			continue;
		struct writing w = { .ch = ch, .p = p, .out = { .flags = p->flags } };
		write_out(&w, 0, n - least);
		sum.v += w.sum.v * (share[n] / all / w.ways);
	}
	return sum;
}

double hl_channel_likelihood(struct hl_channel_read *ch, const struct hl_pattern *p)
{
	return hl_channel_mix(ch, memchr(p->sym, HL_SYM_RUN, p->len) ? over_runs(ch, p) : of_symbols(ch, p));
}

double hl_channel_ratio(const struct hl_channel_read *ch, double value)
{
	double epsilon = ch->table->epsilon;
	double ratio = ch->background > 0 ? ch->table->calibration * value / ch->background : 0;
	return (1 - epsilon) * ratio + epsilon;
}
