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

/* Where two plates of one length differ, if it is one place: most candidates. Negative: they differ otherwise. */
static int only_difference(const struct hl_plate *a, const struct hl_plate *b)
{
	int at = -1;
	if (a->len != b->len)
		return -1;
	for (int i = 0; i < a->len; i++) {
		if (a->sym[i] == b->sym[i])
			continue;
		if (at >= 0)
			return -1;
		at = i;
	}
	return at;
}

static void add_aligned(struct hl_observation *o, const struct hl_confusion *unit, const struct hl_plate *candidate, double gap)
{
	struct hl_pattern c = { .len = candidate->len };
	struct hl_alignment a;
	memcpy(c.sym, candidate->sym, sizeof c.sym);
	if (hl_match_cost(unit, &c, &o->plate, HINT_EDITS) == HL_COST_NONE)
		return;
	hl_match_align(unit, &c, &o->plate, &a);
	add_edits(o, &a, gap);
}

/* Each candidate within two edits of the plate as read, broken into its single edits: two that were never listed together still combine. */
static void add_candidates(struct hl_observation *o, enum hl_gap_form form, const struct hl_read *r)
{
	struct hl_confusion unit;
	bool made = false;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		const struct hl_plate *c = &r->candidate[i].plate;
		int at = only_difference(c, &r->plate);
		if (at >= 0) {
			hint_add(o, HL_HINT_SUB, (uint8_t)at, c->sym[at], gap_of(form, r, i));
			continue;
		}
		if (!made)
			hl_confusion_init(&unit);
		made = true;
		add_aligned(o, &unit, c, gap_of(form, r, i));
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

static struct hl_pair both(double v)
{
	return (struct hl_pair){ { v, v } };
}

static struct hl_pair smaller(struct hl_pair a, struct hl_pair b)
{
	return (struct hl_pair){ { at_most(a.v[0], b.v[0]), at_most(a.v[1], b.v[1]) } };
}

static void finish_rates(struct hl_channel_table *t, int band, int k)
{
	struct hl_channel_rates *r = &t->rates[band];
	double factor = k ? t->bad_factor : 1;
	for (int a = 0; a < HL_SYMBOLS; a++) {
		r->error[a].v[k] = at_most(t->error[band] * t->rel[a] * factor, ERROR_MOST);
		for (int end = 0; end < HL_ENDS; end++) {
			double lost = t->lost[band] * t->drel[a] * factor * (end ? t->end_lost : 1), pi = t->density.symbol[a];
			lost = at_most(lost, k ? BAD_LOST_MOST : LOST_MOST);
			r->lost[end][a].v[k] = lost;
			r->kept[end][a].v[k] = pi * (1 - lost);
			r->lost_mean[end][hl_class_of(a)].v[k] += pi * lost;
			r->kept_mean[end][hl_class_of(a)].v[k] += pi * (1 - lost);
		}
	}
}

/* E without alternatives: symbol a read right with 1 - e, as c with e * conf(c given a)^rho. No other symbol explains what a slot shows better than the
 * symbol itself. */
static struct hl_pair slot_shows(const struct hl_channel_table *t, const struct hl_channel_rates *r, int c, int a)
{
	struct hl_pair right = { 1 - r->error[c].v }, other = { r->error[a].v * t->share[c][a] };
	return a == c ? right : smaller(other, right);
}

static void finish_means(struct hl_channel_table *t, int band)
{
	struct hl_channel_rates *r = &t->rates[band];
	for (int c = 0; c < HL_SYMBOLS; c++)
		for (int a = 0; a < HL_SYMBOLS; a++) {
			struct hl_pair e = slot_shows(t, r, c, a);
			for (int end = 0; end < HL_ENDS; end++)
				r->match_mean[c][end][hl_class_of(a)].v += r->kept[end][a].v * e.v;
		}
}

void hl_channel_finish(struct hl_channel_table *t)
{
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int c = 0; c < HL_SYMBOLS; c++)
			t->share[c][a] = a == c ? 0 : hl_exact_pow(t->conf[a][c], t->rho);
	t->floor_power = t->slot_weight > 0 ? hl_exact_pow(t->slot_floor, t->slot_power) : 0;
	memset(t->rates, 0, sizeof t->rates);
	for (int band = 0; band < HL_BANDS; band++) {
		for (int k = 0; k < HL_CHANNEL_RATES; k++)
			finish_rates(t, band, k);
		finish_means(t, band);
	}
}

static void fill_invented(struct hl_channel_read *ch)
{
	const struct hl_channel_table *t = ch->table;
	const uint8_t *c = ch->plate.sym;
	for (unsigned j = 0; j < ch->m; j++) {
		bool repeat = (j && c[j - 1] == c[j]) || (j + 1 < ch->m && c[j + 1] == c[j]);
		for (int k = 0; k < HL_CHANNEL_RATES; k++) {
			double rate = t->invented[ch->band] * (k ? t->bad_factor : 1);
			double v = rate * t->insd[c[j]] * (repeat ? t->repeat_invented : 1) * (j ? 1 : t->first_invented);
			ch->invented[j].v[k] = at_most(v, k ? BAD_LOST_MOST : INVENTED_MOST);
		}
	}
}

static double hint(const double ab[2], double gap)
{
	return ab[0] * hl_exact_exp(-ab[1] * gap);
}

static void add_hint(struct hl_hint *v, unsigned *n, const struct hl_hint *h, double adds)
{
	v[*n] = *h;
	v[(*n)++].gap = adds;
}

static void add_hints(struct hl_channel_read *ch, const struct hl_observation *o)
{
	const struct hl_channel_table *t = ch->table;
	for (unsigned i = 0; i < o->n_hints; i++) {
		const struct hl_hint *h = &o->hint[i];
		if (h->type == HL_HINT_LOST)
			add_hint(ch->lost, &ch->n_lost, h, hint(t->hint_lost, h->gap));
		else if (h->type == HL_HINT_SUB)
			add_hint(ch->sub, &ch->n_sub, h, hint(t->hint_sub, h->gap));
		else
			ch->invented[h->slot] = smaller((struct hl_pair){ ch->invented[h->slot].v + hint(t->hint_invented, h->gap) }, both(INVENTED_MOST));
	}
}

/* The reader's own distribution of a slot, mixed with what is known of readers: confidences of 1.00 on garbage are known. A symbol given twice counts as it
 * was given last. */
static void slot_fill(const struct hl_channel_table *t, const struct hl_read_slot *s, struct hl_channel_slot *to)
{
	to->n = 0;
	for (unsigned i = 0; i < s->n; i++) {
		unsigned at = 0;
		if (!(s->p[i] > t->slot_floor))
			continue;
		while (at < to->n && to->sym[at] != s->sym[i])
			at++;
		to->n += at == to->n;
		to->sym[at] = s->sym[i];
		to->own[at] = t->slot_weight * hl_exact_pow(s->p[i], t->slot_power);
	}
}

static double own_share(const struct hl_channel_read *ch, unsigned j, int sym)
{
	const struct hl_channel_slot *s = &ch->slot[j];
	for (unsigned i = 0; i < s->n; i++)
		if (s->sym[i] == sym)
			return s->own[i];
	return ch->table->slot_weight * ch->table->floor_power;
}

const struct hl_pair *hl_channel_symbol(struct hl_channel_read *ch, int t)
{
	struct hl_pair *e = ch->e[t];
	if (ch->known >> t & 1)
		return e;
	ch->known |= (uint64_t)1 << t;
	for (unsigned j = 0; j < ch->m; j++)
		e[j] = slot_shows(ch->table, ch->rates, ch->plate.sym[j], t);
	for (unsigned i = 0; i < ch->n_sub; i++)
		if (ch->sub[i].sym == t)
			e[ch->sub[i].slot].v += ch->sub[i].gap;
	for (unsigned j = 0; j < ch->n_slots; j++)
		e[j].v = own_share(ch, j, t) + (1 - ch->table->slot_weight) * e[j].v;
	return e;
}

/* The reader's own figures into the means: floor_power for all symbols, and for those that it gives what they have above that. */
static void class_slot(struct hl_channel_read *ch, unsigned j)
{
	const struct hl_channel_slot *s = &ch->slot[j];
	double weight = ch->table->slot_weight, least = weight * ch->table->floor_power;
	for (int end = 0; end < HL_ENDS; end++) {
		for (int c = 0; c < HL_CLASSES; c++) {
			struct hl_pair *mean = &ch->class_match[end][c][j];
			mean->v = least * ch->rates->kept_mean[end][c].v + (1 - weight) * mean->v;
		}
		for (unsigned i = 0; i < s->n; i++)
			ch->class_match[end][hl_class_of(s->sym[i])][j].v += ch->rates->kept[end][s->sym[i]].v * (s->own[i] - least);
	}
}

/* Symbols of a class differ only in what rates and slots say of them, so the mean over the class goes inside the recursion. */
static void fill_means(struct hl_channel_read *ch, int end)
{
	const struct hl_channel_rates *r = ch->rates;
	for (int c = 0; c < HL_CLASSES; c++) {
		for (unsigned j = 0; j < ch->m; j++)
			ch->class_match[end][c][j] = r->match_mean[ch->plate.sym[j]][end][c];
		for (unsigned j = 0; j <= ch->m; j++)
			ch->class_lost[end][c][j] = r->lost_mean[end][c];
	}
	for (unsigned i = 0; i < ch->n_sub; i++) {
		const struct hl_hint *h = &ch->sub[i];
		ch->class_match[end][hl_class_of(h->sym)][h->slot].v += r->kept[end][h->sym].v * h->gap;
	}
	for (unsigned i = 0; i < ch->n_lost; i++) {
		const struct hl_hint *h = &ch->lost[i];
		ch->class_lost[end][hl_class_of(h->sym)][h->slot].v += ch->table->density.symbol[h->sym] * h->gap;
	}
}

void hl_channel_means(struct hl_channel_read *ch)
{
	if (ch->means)
		return;
	ch->means = true;
	for (int end = 0; end < HL_ENDS; end++)
		fill_means(ch, end);
	for (unsigned j = 0; j < ch->n_slots; j++)
		class_slot(ch, j);
}

void hl_channel_prepare(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o)
{
	ch->table = t;
	ch->plate = o->plate;
	ch->m = o->plate.len;
	ch->band = band_of(t, o->confidence);
	ch->rates = &t->rates[ch->band];
	ch->n_sub = ch->n_lost = 0;
	ch->known = 0;
	ch->means = false;
	ch->background = 0;
	fill_invented(ch);
	add_hints(ch, o);
	ch->n_slots = t->slot_weight > 0 && o->n_slots ? ch->m : 0;
	for (unsigned j = 0; j < ch->n_slots; j++)
		slot_fill(t, &o->slot[j], &ch->slot[j]);
}

void hl_channel_init(struct hl_channel_read *ch, const struct hl_channel_table *t, const struct hl_observation *o)
{
	hl_channel_prepare(ch, t, o);
	ch->background = hl_channel_sum(ch);
}
