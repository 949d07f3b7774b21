/* channel.c: see channel.h. Prepares a read: what each slot says about each symbol, from the table's rates, the band of the reader's confidence, and its
 * alternatives broken into single edits. The sums are in channel_sum.c, the file in channel_file.c. Pure; any thread.
 */
#include "core/channel.h"
#include "core/exact.h"
#include "core/match.h"

#include <string.h>

enum { HINT_EDITS = 200, UNKNOWN_BAND = 2 };

/* However high rates and factors: a read is some evidence of its plate. */
#define ERROR_MOST 0.7
#define LOST_MOST 0.6
#define BAD_LOST_MOST 0.4
#define INVENTED_MOST 0.5
#define RATIO_FLOOR 1e-6
#define SHARES_MOST 1.05

static double at_most(double v, double most)
{
	return v < most ? v : most;
}

/* Readers differ in what their figures mean: shares of one sum to one, and give the plate itself less than the read's own confidence. */
enum hl_gap_form hl_channel_guess(const struct hl_read *r)
{
	double sum = r->top_confidence > 0 ? r->top_confidence : 0;
	unsigned given = r->top_confidence >= 0;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		sum += r->candidate[i].confidence > 0 ? r->candidate[i].confidence : 0;
		given += r->candidate[i].confidence >= 0;
	}
	if (r->n_slots)
		return HL_GAP_RATIO;
	if (!given)
		return HL_GAP_NONE;
	double off = r->top_confidence - r->confidence;
	return sum > SHARES_MOST || (off < 1e-6 && off > -1e-6) ? HL_GAP_POINTS : HL_GAP_RATIO;
}

/* How far below the plate as read the reader put a candidate. One without a confidence counts by its place in the list. */
static double gap_of(enum hl_gap_form form, const struct hl_read *r, unsigned i)
{
	double top = r->top_confidence >= 0 ? r->top_confidence : r->confidence, c = r->candidate[i].confidence, gap;
	if (c < 0 || top < 0)
		return 1.0 + i;
	if (form == HL_GAP_RATIO)
		gap = hl_exact_log((top > RATIO_FLOOR ? top : RATIO_FLOOR) / (c > RATIO_FLOOR ? c : RATIO_FLOOR));
	else
		gap = 100 * (top - c);
	return gap > 0 ? gap : 0;
}

/* Keeps the least gap at which an alternative shows the edit. */
static void hint_add(struct hl_observation *o, enum hl_hint_type type, uint8_t slot, int sym, double gap)
{
	unsigned i = 0;
	while (i < o->n_hints && !(o->hint[i].type == type && o->hint[i].slot == slot && o->hint[i].sym == sym))
		i++;
	if (i == HL_HINTS_MAX)
		return;
	if (i == o->n_hints)
		o->hint[o->n_hints++] = (struct hl_hint){ (uint8_t)type, slot, (uint8_t)sym, gap };
	else if (gap < o->hint[i].gap)
		o->hint[i].gap = gap;
}

static void add_edits(struct hl_observation *o, const struct hl_alignment *a, double gap)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct hl_op *op = &a->op[i];
		if (op->type == HL_OP_SUB)
			hint_add(o, HL_HINT_SUB, op->rpos, hl_sym_code(op->listed[0]), gap);
		else if (op->type == HL_OP_LOST)
			hint_add(o, HL_HINT_LOST, op->rpos, hl_sym_code(op->listed[0]), gap);
		else if (op->type == HL_OP_INVENTED)
			hint_add(o, HL_HINT_INVENTED, op->rpos, 0, gap);
		else
			for (int k = 0; k < 2; k++)
				hint_add(o, HL_HINT_SUB, (uint8_t)(op->rpos + k), hl_sym_code(op->listed[k]), gap);
	}
}

/* Each candidate within two edits of the plate as read, broken into its single edits: two that were never listed together still combine. */
static void add_candidates(struct hl_observation *o, enum hl_gap_form form, const struct hl_read *r)
{
	struct hl_confusion unit;
	hl_confusion_init(&unit);
	for (unsigned i = 0; i < r->n_candidates; i++) {
		struct hl_pattern c = { .len = r->candidate[i].plate.len };
		struct hl_alignment a;
		memcpy(c.sym, r->candidate[i].plate.sym, sizeof c.sym);
		if (hl_match_cost(&unit, &c, &r->plate, HINT_EDITS) == HL_COST_NONE)
			continue;
		hl_match_align(&unit, &c, &r->plate, &a);
		add_edits(o, &a, gap_of(form, r, i));
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

void hl_observe(struct hl_observation *o, enum hl_gap_form gap, const struct hl_read *r)
{
	o->plate = r->plate;
	o->confidence = r->confidence;
	o->n_hints = o->n_slots = 0;
	if (gap != HL_GAP_NONE)
		add_candidates(o, gap, r);
	if (!slots_fit(r))
		return;
	o->n_slots = r->n_slots;
	/* What stands behind the symbols that are given is nobody's, and no order of samples may depend on it. */
	for (unsigned j = 0; j < r->n_slots; j++) {
		o->slot[j].n = r->slot[j].n;
		memcpy(o->slot[j].sym, r->slot[j].sym, r->slot[j].n * sizeof r->slot[j].sym[0]);
		memcpy(o->slot[j].p, r->slot[j].p, r->slot[j].n * sizeof r->slot[j].p[0]);
	}
}

static int band_of(const struct hl_channel_table *t, double confidence)
{
	int band = 0;
	if (confidence < 0)
		return UNKNOWN_BAND;
	while (band < HL_BANDS - 1 && confidence >= t->cut[band])
		band++;
	return band;
}

static void finish_rates(struct hl_channel_table *t, int band, int k)
{
	struct hl_channel_rates *r = &t->rates[band][k];
	double factor = k ? t->bad_factor : 1;
	memset(r->lost_mean, 0, sizeof r->lost_mean);
	for (int a = 0; a < HL_SYMBOLS; a++) {
		r->error[a] = at_most(t->error[band] * t->rel[a] * factor, ERROR_MOST);
		for (int end = 0; end < HL_ENDS; end++) {
			double lost = t->lost[band] * t->drel[a] * factor * (end ? t->end_lost : 1), pi = t->density.symbol[a];
			lost = at_most(lost, k ? BAD_LOST_MOST : LOST_MOST);
			r->lost[end][a] = lost;
			r->kept[end][a] = pi * (1 - lost);
			r->lost_mean[end][hl_class_of(a)] += pi * lost;
		}
	}
}

void hl_channel_finish(struct hl_channel_table *t)
{
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int c = 0; c < HL_SYMBOLS; c++)
			t->share[c][a] = a == c ? 0 : hl_exact_pow(t->conf[a][c], t->rho);
	t->floor_power = t->slot_weight > 0 ? hl_exact_pow(t->slot_floor, t->slot_power) : 0;
	for (int band = 0; band < HL_BANDS; band++)
		for (int k = 0; k < HL_CHANNEL_RATES; k++)
			finish_rates(t, band, k);
}

/* The channel without alternatives: symbol a read right with 1 - e, as c with e * conf(c given a)^rho. No other symbol explains what a slot shows better
 * than the symbol itself. */
static void fill_slots(struct hl_channel_read *ch, const struct hl_observation *o, int k)
{
	const struct hl_channel_rates *r = &ch->table->rates[ch->band][k];
	for (unsigned j = 0; j < ch->m; j++) {
		int c = o->plate.sym[j];
		const double *share = ch->table->share[c];
		double right = 1 - r->error[c];
		for (int a = 0; a < HL_SYMBOLS; a++)
			ch->e[k][a][j] = at_most(r->error[a] * share[a], right);
		ch->e[k][c][j] = right;
	}
}

static void fill_invented(struct hl_channel_read *ch, const struct hl_observation *o, int k)
{
	const struct hl_channel_table *t = ch->table;
	double rate = t->invented[ch->band] * (k ? t->bad_factor : 1);
	const uint8_t *c = o->plate.sym;
	for (unsigned j = 0; j < ch->m; j++) {
		bool repeat = (j && c[j - 1] == c[j]) || (j + 1 < ch->m && c[j + 1] == c[j]);
		double v = rate * t->insd[c[j]] * (repeat ? t->repeat_invented : 1) * (j ? 1 : t->first_invented);
		ch->invented[k][j] = at_most(v, k ? BAD_LOST_MOST : INVENTED_MOST);
	}
}

static double hint(const double ab[2], double gap)
{
	return ab[0] * hl_exact_exp(-ab[1] * gap);
}

static void add_hints(struct hl_channel_read *ch, const struct hl_observation *o)
{
	const struct hl_channel_table *t = ch->table;
	for (unsigned i = 0; i < o->n_hints; i++) {
		const struct hl_hint *h = &o->hint[i];
		if (h->type == HL_HINT_LOST) {
			ch->lost[ch->n_lost] = *h;
			ch->lost[ch->n_lost++].gap = hint(t->hint_lost, h->gap);
			continue;
		}
		double v = hint(h->type == HL_HINT_SUB ? t->hint_sub : t->hint_invented, h->gap);
		for (int k = 0; k < HL_CHANNEL_RATES; k++) {
			if (h->type == HL_HINT_SUB)
				ch->e[k][h->sym][h->slot] += v;
			else
				ch->invented[k][h->slot] = at_most(ch->invented[k][h->slot] + v, INVENTED_MOST);
		}
	}
}

/* The reader's own distribution of slot j, mixed with what is known of readers: confidences of 1.00 on garbage are known. */
static void mix_slot(struct hl_channel_read *ch, const struct hl_read_slot *s, unsigned j)
{
	const struct hl_channel_table *t = ch->table;
	double own[HL_SYMBOLS];
	for (int a = 0; a < HL_SYMBOLS; a++)
		own[a] = t->slot_weight * t->floor_power;
	for (unsigned i = 0; i < s->n; i++)
		if (s->p[i] > t->slot_floor)
			own[s->sym[i]] = t->slot_weight * hl_exact_pow(s->p[i], t->slot_power);
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		for (int a = 0; a < HL_SYMBOLS; a++)
			ch->e[k][a][j] = own[a] + (1 - t->slot_weight) * ch->e[k][a][j];
}

static void class_match(struct hl_channel_read *ch, int k, int end)
{
	const double *kept = ch->table->rates[ch->band][k].kept[end];
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double *sum = ch->class_match[k][end][hl_class_of(a)];
		const double *e = ch->e[k][a];
		for (int j = 0; j < HL_PLATE_MAX; j++)
			sum[j] += kept[a] * e[j];
	}
}

/* Symbols of a class differ only in what rates and slots say of them, so the mean over the class goes inside the recursion. */
static void fill_means(struct hl_channel_read *ch)
{
	for (int k = 0; k < HL_CHANNEL_RATES; k++)
		for (int end = 0; end < HL_ENDS; end++) {
			class_match(ch, k, end);
			for (int c = 0; c < HL_CLASSES; c++)
				for (unsigned j = 0; j <= ch->m; j++)
					ch->class_lost[k][end][c][j] = ch->table->rates[ch->band][k].lost_mean[end][c];
			for (unsigned i = 0; i < ch->n_lost; i++) {
				const struct hl_hint *h = &ch->lost[i];
				ch->class_lost[k][end][hl_class_of(h->sym)][h->slot] += ch->table->density.symbol[h->sym] * h->gap;
			}
		}
}

void hl_channel_init(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o)
{
	ch->table = t;
	ch->m = o->plate.len;
	ch->band = band_of(t, o->confidence);
	ch->n_lost = 0;
	memset(ch->e, 0, sizeof ch->e);
	memset(ch->class_match, 0, sizeof ch->class_match);
	for (int k = 0; k < HL_CHANNEL_RATES; k++) {
		fill_slots(ch, o, k);
		fill_invented(ch, o, k);
	}
	add_hints(ch, o);
	for (unsigned j = 0; t->slot_weight > 0 && o->n_slots && j < ch->m; j++)
		mix_slot(ch, &o->slot[j], j);
	fill_means(ch);
	ch->background = hl_channel_sum(ch);
}
