/* score.c: see score.h. The frame around the channel: which entries are one vehicle, the prior of each, the background, the other evidence.
 *
 *     p(h) = prior(h) LR(h) / ( sum over listed vehicles h' of prior(h') LR(h') + 1 - sum of prior(h') )
 *
 * doc/scoring.md has the formulas and where they come from (the likelihood of a read given a plate by edit alignments: Oliveira-Neto, Han and Jeong, IEEE
 * Transactions on Intelligent Transportation Systems, 2013). Sums go over the vehicles in the order of their plates, never in that of the input.
 */
#include "core/score.h"
#include "base/mem.h"
#include "core/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* P(what the read says | this vehicle) / P(the same | any passing vehicle). right: how often readers, and the lists themselves, name the fact right; alike:
 * how often a vehicle drawn at random would agree with the entry. Assumptions, on the careful side of what makers state, until they are measured: states
 * at home are common (alike 0.5), half of the vehicles are of the entry's class, makes share the market (sum of squared shares about 0.09), a third of the
 * vehicles have a colour near to the entry's. */
struct reliability {
	double right, alike;
};

static const struct reliability reliability[HL_CONTRADICTIONS] = {
	[HL_C_STATE] = { 0.90, 0.50 },
	[HL_C_TYPE] = { 0.93, 0.50 },
	[HL_C_MAKE] = { 0.85, 0.17 },
	[HL_C_COLOR] = { 0.75, 0.35 },
};

static double evidence_factor(enum hl_contradiction c, enum hl_evidence e)
{
	const struct reliability *r = &reliability[c];
	if (e == HL_EV_AGREES)
		return r->right / r->alike;
	return e == HL_EV_DIFFERS ? (1 - r->right) / (1 - r->alike) : 1;
}

static double evidence_product(const struct hl_hypothesis *h)
{
	double v = 1;
	for (int c = 0; c < HL_CONTRADICTIONS; c++)
		v *= evidence_factor((enum hl_contradiction)c, h->evidence[c]);
	return v;
}

struct sums {
	double prior, plate, all; /* over vehicles: of prior, prior * ratio, and the latter with the other evidence */
};

/* One hypothesis with what sorting needs: twins (O and 0 alike) side by side, by state, the unknown state first. */
struct row {
	uint8_t key[HL_PLATE_MAX + 1];
	struct hl_hypothesis *h;
	size_t at; /* position in the input */
	double ratio, evidence;
	struct sums own; /* what its vehicle puts into the sums: an entry never competes with another about the same vehicle */
};

static void row_init(struct row *row, struct hl_hypothesis *h, size_t at)
{
	int o = hl_sym_code('O');
	*row = (struct row){ .h = h, .at = at, .ratio = h->ratio, .evidence = evidence_product(h) };
	row->key[HL_PLATE_MAX] = h->pattern->len;
	for (int i = 0; i < h->pattern->len; i++)
		row->key[i] = h->pattern->sym[i] == o ? 0 : h->pattern->sym[i];
}

static int by_vehicle(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = memcmp(x->key, y->key, sizeof x->key);
	return c ? c : strcmp(x->h->state, y->h->state);
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* The leading rows of one plate whose state is not known. */
static size_t unknown_states(const struct row *rows, size_t n)
{
	size_t unknown = 0;
	while (unknown < n && !rows[unknown].h->state[0])
		unknown++;
	return unknown;
}

struct vehicle {
	double prior, ratio, evidence;
};

static void join(struct vehicle *v, const struct row *row)
{
	v->prior = larger(v->prior, row->h->prior > 0 ? row->h->prior : 0);
	v->ratio = larger(v->ratio, row->ratio);
	v->evidence = larger(v->evidence, row->evidence);
}

/* Leaves in each row's hypothesis: plate_probability = prior * ratio of its vehicle, probability = the same with its own evidence, still to be divided. own:
 * what the sums hold of its vehicle, or of all vehicles with its plate where the entry names no state. */
static void weigh(struct row *rows, size_t n, const struct vehicle *v, const struct sums *own)
{
	for (size_t i = 0; i < n; i++) {
		rows[i].own = *own;
		rows[i].h->likelihood = v->ratio;
		rows[i].h->plate_probability = v->prior * v->ratio;
		rows[i].h->probability = v->prior * v->ratio * rows[i].evidence;
	}
}

static struct sums sums_of(const struct vehicle *v)
{
	double plate = v->prior * v->ratio;
	return (struct sums){ v->prior, plate, plate * v->evidence };
}

static void add(struct sums *s, const struct sums *more)
{
	s->prior += more->prior;
	s->plate += more->plate;
	s->all += more->all;
}

/* Vehicles with one plate: rows[0..n). Entries without a state may be any of the vehicles whose state is known, so they raise the prior of each; where no
 * state is known all are one vehicle. */
static void add_plate(struct sums *s, struct row *rows, size_t n)
{
	size_t unknown = unknown_states(rows, n);
	struct vehicle any = { 0 }, most = { 0 };
	struct sums plate = { 0 };
	for (size_t i = 0; i < unknown; i++)
		join(&any, &rows[i]);
	for (size_t i = unknown, end; i < n; i = end) {
		struct vehicle v = any;
		for (end = i; end < n && !strcmp(rows[end].h->state, rows[i].h->state); end++)
			join(&v, &rows[end]);
		struct sums own = sums_of(&v);
		weigh(rows + i, end - i, &v, &own);
		add(&plate, &own);
		most.prior = larger(most.prior, v.prior);
		most.ratio = larger(most.ratio, v.ratio);
	}
	if (unknown == n)
		plate = sums_of(&any);
	weigh(rows, unknown, unknown == n ? &any : &most, &plate);
	add(s, &plate);
}

/* What the row is measured against: all that is listed, its own vehicle with its own evidence. The passing vehicles that are not listed come on top. */
static double listed_plate(const struct row *row, const struct sums *s)
{
	return larger(s->plate - row->own.plate, 0) + row->h->plate_probability;
}

static double listed_all(const struct row *row, const struct sums *s)
{
	return larger(s->all - row->own.all, 0) + row->h->probability;
}

static void detail(struct hl_score_detail *d, const struct row *row, const struct sums *s)
{
	d->sum_plate = listed_plate(row, s);
	d->sum_all = listed_all(row, s);
	d->rest = larger(1 - s->prior, 0);
	d->prior = row->h->likelihood > 0 ? row->h->plate_probability / row->h->likelihood : 0;
	d->likelihood_ratio = row->h->likelihood;
	for (int c = 0; c < HL_CONTRADICTIONS; c++)
		d->evidence[c] = evidence_factor((enum hl_contradiction)c, row->h->evidence[c]);
}

static void finish(struct row *row, const struct sums *s)
{
	double rest = larger(1 - s->prior, 0), plate = listed_plate(row, s), all = listed_all(row, s);
	struct hl_hypothesis *h = row->h;
	h->plate_probability = plate + rest > 0 ? hl_score_round(h->plate_probability / (plate + rest)) : 0;
	h->probability = all + rest > 0 ? hl_score_round(h->probability / (all + rest)) : 0;
	h->likelihood = hl_score_round(h->likelihood);
}

static void nothing_read(struct hl_hypothesis *h, size_t n, struct hl_score_detail *details)
{
	for (size_t i = 0; i < n; i++) {
		h[i].ratio = h[i].plate_probability = h[i].probability = h[i].likelihood = 0;
		if (details)
			details[i] = (struct hl_score_detail){ 0 };
	}
}

void hl_score_ratios(struct hl_hypothesis *h, size_t n, struct hl_score_detail *details)
{
	struct row *rows = hl_calloc(n, sizeof rows[0]);
	struct sums s = { 0 };
	for (size_t i = 0; i < n; i++)
		row_init(&rows[i], &h[i], i);
	if (n > 1)
		qsort(rows, n, sizeof rows[0], by_vehicle);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && !memcmp(rows[end].key, rows[i].key, sizeof rows[i].key);)
			end++;
		add_plate(&s, rows + i, end - i);
	}
	for (size_t i = 0; i < n; i++) {
		if (details)
			detail(&details[rows[i].at], &rows[i], &s);
		finish(&rows[i], &s);
	}
	free(rows);
}

static void channel_detail(struct hl_score_detail *d, const struct hl_channel_read *ch, double f)
{
	d->channel = ch->table->id;
	d->band = ch->band;
	d->epsilon = ch->table->epsilon;
	d->calibration = ch->table->calibration;
	d->log_channel = hl_exact_log(f);
	d->log_background = hl_exact_log(ch->background);
}

void hl_score_begin(struct hl_score_work *w, const struct hl_channel_table *t, const struct hl_read *r)
{
	hl_observe(&w->observation, (enum hl_gap_form)t->gap, r);
	hl_channel_prepare(&w->channel, t, &w->observation);
	w->least = -1;
}

/* What rounding may add to a bound: sums of some thousand terms are right to some 1e-13; figures are rounded to six digits. */
#define ROUNDING 1e-9
#define SIX_DIGITS 1e-5
#define LITTLE 1e-6

double hl_score_ratio_most(struct hl_score_work *w, const struct hl_pattern *p)
{
	const struct hl_channel_table *t = w->channel.table;
	if (w->least < 0)
		w->least = hl_channel_least(&w->channel);
	if (!(w->least > 0))
		return INFINITY;
	return (1 - t->epsilon) * (t->calibration * hl_channel_likelihood(&w->channel, p) / w->least) * (1 + ROUNDING) + t->epsilon;
}

void hl_score_read(struct hl_score_work *w, struct hl_hypothesis *h, size_t n, struct hl_score_detail *details)
{
	struct hl_channel_read *ch = &w->channel;
	ch->background = hl_channel_sum(ch);
	for (size_t i = 0; i < n; i++) {
		double f = hl_channel_likelihood(ch, h[i].pattern);
		h[i].ratio = hl_channel_ratio(ch, f);
		if (details)
			channel_detail(&details[i], ch, f);
	}
}

/* x / (x + others + rest) grows with x and falls with the others. Each hypothesis is in one vehicle, whose prior and ratio are those of some hypothesis, not
 * always of the same. */
double hl_score_most(size_t n, double prior_most, double ratio_most)
{
	double x = prior_most * ratio_most, rest = 1 - (double)n * prior_most;
	if (!(x < HUGE_VAL && rest > LITTLE))
		return 1;
	return x / (x + rest) * (1 + SIX_DIGITS);
}

void hl_score(const struct hl_channel_table *t, const struct hl_read *r, struct hl_hypothesis *h, size_t n, struct hl_score_detail *details)
{
	struct hl_score_work w;
	if (!n || !r->plate.len) {
		nothing_read(h, n, details);
		return;
	}
	hl_score_begin(&w, t, r);
	hl_score_read(&w, h, n, details);
	hl_score_ratios(h, n, details);
}

double hl_score_base_rate(size_t n)
{
	return n >= 10000 ? 0.005 : 5e-7 * (double)n;
}

/* The text form rounds exactly: printing and reading back are, whatever the locale's decimal point. */
static double round_by_text(double p)
{
	char text[32];
	snprintf(text, sizeof text, "%.5e", p);
	return strtod(text, NULL);
}

/* Six digits as a whole number n, and n over or times a power of ten that is exact: one rounding, so the same double as by text. Where p is so near the middle
 * of two that the scaling's own rounding might matter, the text decides. */
double hl_score_round(double p)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	enum { MOST = sizeof tens / sizeof tens[0] - 1, LARGE = 9 /* 1e6 * 1e9 is exact */ };
	int k = 0, large = 0;
	if (!(p > 0))
		return 0;
	while (k < MOST && p * tens[k] < 1e5)
		k++;
	while (large < LARGE && p / tens[large] >= 1e6)
		large++;
	double scaled = large ? p / tens[large] : p * tens[k], n = floor(scaled + 0.5), off = scaled - n;
	if (!(scaled >= 1e5 && scaled < 1e6) || off > 0.499999 || off < -0.499999)
		return round_by_text(p);
	return large ? n * tens[large] : n / tens[k];
}
