/* channel.c: see channel.h. Prepares a read: what each slot says about each symbol, from the table's rates, the band of the reader's confidence, and its
 * alternatives broken into single edits. The sums are in channel_sum.c, the constants in channel_constants.c. Pure; any thread.
 */
#include "core/channel_priv.h"
#include "core/exact.h"
#include "core/match.h"

#include <string.h>

enum { HINT_EDITS = 200, LETTERS = 26, DIGITS = 10 };

#define LN10 2.302585092994046

/* Readers differ in what their figures mean, and nothing says which reader it was: the figures themselves tell shares of one from scores. */
static const struct hl_channel_profile *choose_profile(const struct hl_read *r)
{
	double sum = r->top_confidence > 0 ? r->top_confidence : 0;
	unsigned given = r->top_confidence >= 0;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		sum += r->candidate[i].confidence > 0 ? r->candidate[i].confidence : 0;
		given += r->candidate[i].confidence >= 0;
	}
	if (r->n_slots)
		return &hl_channel_distribution;
	if (!given)
		return &hl_channel_plain;
	double off = r->top_confidence - r->confidence;
	return sum > hl_channel_limits.distribution_most || (off < 1e-6 && off > -1e-6) ? &hl_channel_scores : &hl_channel_distribution;
}

static int band_of(const struct hl_channel_profile *p, double confidence)
{
	int band = 0;
	if (confidence < 0)
		return p->unknown_band;
	while (band < HL_BANDS - 1 && confidence >= p->cut[band])
		band++;
	return band;
}

static double at_most(double v, double most)
{
	return v < most ? v : most;
}

/* share[t][c]: of the errors of t, those read as c, sharpened by rho; total[t]: the rate of any other symbol read for t; usual: the median of the totals,
 * which a few rare symbols that are nearly always read as others (O, I, Q) do not move. */
struct rates {
	double share[HL_SYMBOLS][HL_SYMBOLS], total[HL_SYMBOLS], usual;
};

static double median(const double v[HL_SYMBOLS])
{
	double sorted[HL_SYMBOLS];
	for (int i = 0; i < HL_SYMBOLS; i++) {
		int at = i;
		for (; at && sorted[at - 1] > v[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = v[i];
	}
	return (sorted[HL_SYMBOLS / 2 - 1] + sorted[HL_SYMBOLS / 2]) / 2;
}

static void rates_init(struct rates *s, const struct hl_confusion *t, double rho)
{
	double by_cost[HL_HARD + 1], sharp[HL_HARD + 1];
	for (int c = 0; c <= HL_HARD; c++) {
		by_cost[c] = c == HL_HARD ? hl_channel_limits.unlisted_rate : hl_exact_exp(-LN10 * c / (100 * hl_channel_limits.cost_scale));
		sharp[c] = hl_exact_pow(by_cost[c], rho);
	}
	for (int a = 0; a < HL_SYMBOLS; a++) {
		s->total[a] = 0;
		for (int c = 0; c < HL_SYMBOLS; c++)
			s->total[a] += a == c ? 0 : by_cost[t->cost[a][c]];
		double all = hl_exact_pow(s->total[a], rho);
		for (int c = 0; c < HL_SYMBOLS; c++)
			s->share[a][c] = a == c ? 0 : sharp[t->cost[a][c]] / all;
	}
	s->usual = median(s->total);
}

static double prone(const struct rates *s, int a)
{
	double v = s->total[a] / s->usual;
	return v < hl_channel_limits.prone_least ? hl_channel_limits.prone_least : at_most(v, hl_channel_limits.prone_most);
}

/* The channel without alternatives: symbol a read right with 1 - e, as c with e * (share of c among a's errors)^rho, e = the band's rate scaled by how
 * error-prone a is. No other symbol explains what a slot shows better than the symbol itself. */
static void fill_slots(struct hl_channel *ch, const struct rates *s, const struct hl_read *r, double error, int k)
{
	double factor = k ? ch->profile->bad_factor : 1;
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double e = at_most(error * factor * prone(s, a), hl_channel_limits.error_most);
		for (unsigned j = 0; j < ch->m; j++) {
			int c = r->plate.sym[j];
			double right = 1 - at_most(error * factor * prone(s, c), hl_channel_limits.error_most);
			ch->e[k][j][a] = a == c ? right : at_most(e * s->share[a][c], right);
		}
	}
}

static void fill_rates(struct hl_channel *ch, const struct rates *s, const struct hl_read *r)
{
	const struct hl_channel_profile *p = ch->profile;
	int band = band_of(p, r->confidence);
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		double factor = k ? p->bad_factor : 1;
		fill_slots(ch, s, r, p->error[band], k);
		ch->lost[k] = at_most(p->lost[band] * factor, hl_channel_limits.lost_most);
		ch->end_lost[k] = at_most(p->lost[band] * factor * p->end_lost, hl_channel_limits.lost_most);
		for (unsigned j = 0; j < ch->m; j++) {
			const uint8_t *c = r->plate.sym;
			bool repeat = (j && c[j - 1] == c[j]) || (j + 1 < ch->m && c[j + 1] == c[j]);
			double rate = p->invented[band] * factor * (repeat ? p->repeat_invented : 1) * (j ? 1 : p->first_invented);
			ch->invented[k][j] = at_most(rate, hl_channel_limits.invented_most);
		}
	}
}

/* The least gap at which an alternative shows each single edit of the plate as read; negative: none does. */
struct lattice {
	double sub[HL_PLATE_MAX][HL_SYMBOLS], lost[HL_PLATE_MAX + 1][HL_SYMBOLS], invented[HL_PLATE_MAX];
};

static void least(double *gap, double v)
{
	if (*gap < 0 || v < *gap)
		*gap = v;
}

/* How far below the plate as read the reader put a candidate: hundredths of a score, or the logarithm of a ratio of shares. A candidate without a
 * confidence counts by its place in the list. */
static double gap_of(const struct hl_channel_profile *p, const struct hl_read *r, unsigned i)
{
	double top = r->top_confidence >= 0 ? r->top_confidence : r->confidence, c = r->candidate[i].confidence;
	if (c < 0 || top < 0)
		return 1.0 + i;
	double gap = p == &hl_channel_distribution ? hl_exact_log((top > hl_channel_limits.hint_floor ? top : hl_channel_limits.hint_floor) / (c > hl_channel_limits.hint_floor ? c : hl_channel_limits.hint_floor)) : 100 * (top - c);
	return gap > 0 ? gap : 0;
}

static void add_edits(struct lattice *l, const struct hl_alignment *a, double gap)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct hl_op *op = &a->op[i];
		if (op->type == HL_OP_SUB)
			least(&l->sub[op->rpos][hl_sym_code(op->listed[0])], gap);
		else if (op->type == HL_OP_LOST)
			least(&l->lost[op->rpos][hl_sym_code(op->listed[0])], gap);
		else if (op->type == HL_OP_INVENTED)
			least(&l->invented[op->rpos], gap);
		else if (op->rpos + 1 < HL_PLATE_MAX) {
			least(&l->sub[op->rpos][hl_sym_code(op->listed[0])], gap);
			least(&l->sub[op->rpos + 1][hl_sym_code(op->listed[1])], gap);
		}
	}
}

static void lattice_init(struct lattice *l, const struct hl_channel_profile *p, const struct hl_read *r)
{
	struct hl_confusion unit;
	hl_confusion_init(&unit);
	double *v = &l->sub[0][0];
	for (size_t i = 0; i < sizeof *l / sizeof *v; i++)
		v[i] = -1;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		struct hl_pattern c = { .len = r->candidate[i].plate.len };
		struct hl_alignment a;
		memcpy(c.sym, r->candidate[i].plate.sym, sizeof c.sym);
		if (hl_match_align(&unit, &c, &r->plate, &a) <= HINT_EDITS)
			add_edits(l, &a, gap_of(p, r, i));
	}
}

static double hint(const double ab[2], double gap)
{
	return gap < 0 ? 0 : ab[0] * hl_exact_exp(-ab[1] * gap);
}

static void add_hints(struct hl_channel *ch, const struct lattice *l)
{
	const struct hl_channel_profile *p = ch->profile;
	for (unsigned j = 0; j <= ch->m; j++)
		for (int a = 0; a < HL_SYMBOLS; a++) {
			ch->hint_lost[j][a] = hint(p->hint_lost, l->lost[j][a]);
			if (j == ch->m)
				continue;
			for (int k = 0; k < HL_CHANNEL_RATES; k++)
				ch->e[k][j][a] += hint(p->hint_sub, l->sub[j][a]);
		}
	for (unsigned j = 0; j < ch->m; j++)
		for (int k = 0; k < HL_CHANNEL_RATES; k++)
			ch->invented[k][j] = at_most(ch->invented[k][j] + hint(p->hint_invented, l->invented[j]), 0.5);
}

/* The reader's own distribution of slot j, mixed with what is known of readers: confidences of 1.00 on garbage are known. */
static void mix_slot(struct hl_channel *ch, const struct hl_read_slot *s, unsigned j)
{
	const struct hl_channel_profile *p = ch->profile;
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double share = p->slot_floor;
		for (unsigned i = 0; i < s->n; i++)
			if (s->sym[i] == a && s->p[i] > share)
				share = s->p[i];
		double own = p->slot_weight * hl_exact_pow(share, p->slot_power);
		for (int k = 0; k < HL_CHANNEL_RATES; k++)
			ch->e[k][j][a] = own + (1 - p->slot_weight) * ch->e[k][j][a];
	}
}

/* Slots that do not stand for the symbols of the plate as read, one each, can't be put beside them. */
static bool slots_fit(const struct hl_read *r)
{
	for (unsigned j = 0; r->n_slots == r->plate.len && j < r->n_slots; j++) {
		const struct hl_read_slot *s = &r->slot[j];
		double own = -1, best = -1;
		for (unsigned i = 0; i < s->n; i++) {
			own = s->sym[i] == r->plate.sym[j] ? s->p[i] : own;
			best = s->p[i] > best ? s->p[i] : best;
		}
		if (own < 0 || own < best)
			return false;
	}
	return r->n_slots == r->plate.len;
}

static double class_mean(const double *of, int c)
{
	double sum = 0;
	for (int a = c ? 0 : DIGITS; a < (c ? DIGITS : HL_SYMBOLS); a++)
		sum += of[a];
	return sum / (c ? DIGITS : LETTERS);
}

static void fill_means(struct hl_channel *ch)
{
	for (int c = 0; c < HL_CLASSES; c++) {
		for (unsigned j = 0; j <= ch->m; j++)
			ch->class_hint_lost[c][j] = class_mean(ch->hint_lost[j], c);
		for (unsigned j = 0; j < ch->m; j++)
			for (int k = 0; k < HL_CHANNEL_RATES; k++)
				ch->class_e[k][c][j] = class_mean(ch->e[k][j], c);
	}
}

void hl_channel_init(struct hl_channel *ch, const struct hl_confusion *t, const struct hl_read *r)
{
	struct rates s;
	struct lattice l;
	*ch = (struct hl_channel){ .profile = choose_profile(r), .m = r->plate.len };
	rates_init(&s, t, ch->profile->rho);
	fill_rates(ch, &s, r);
	lattice_init(&l, ch->profile, r);
	add_hints(ch, &l);
	for (unsigned j = 0; slots_fit(r) && j < ch->m; j++)
		mix_slot(ch, &r->slot[j], j);
	fill_means(ch);
	ch->background = hl_channel_sum(ch);
}

const char *hl_channel_profile_name(const struct hl_channel *ch)
{
	return ch->profile->name;
}
