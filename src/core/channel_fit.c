/* channel_fit.c: the scalars of a channel by the greatest mean ln LR of the plate that was there. Pattern search (Hooke and Jeeves, Journal of the ACM 1961):
 * each scalar in turn a step up or down on its own scale (logarithm, or log odds for shares), steps that adapt, then a leap along what a sweep has changed.
 * No derivative, no chance, one fixed order of sums: the same reads give the same figures. A small price on leaving the start keeps scalars that the reads say
 * nothing about where they were. Pure.
 */
#include "core/channel_learn.h"
#include "core/exact.h"

#include <stdlib.h>
#include <string.h>

#define PRICE 0.0005
#define ENOUGH 0.0003
#define FIRST_STEP 0.5
#define LEAST_STEP 0.02

struct param {
	size_t offset;
	double low, high;
	bool share; /* on the scale of log odds */
	unsigned forms; /* bit set of the gap forms that have it */
};

#define AT(member) offsetof(struct hl_channel_table, member)
enum { ALL = 7, HINTS = 6, RATIO = 4 };
static const struct param params[] = {
	{ AT(rho), 0.5, 2.5, false, ALL },
	{ AT(hint_sub[0]), 0.001, 100, false, HINTS },
	{ AT(hint_sub[1]), 0.02, 5, false, HINTS },
	{ AT(hint_lost[0]), 0.001, 100, false, HINTS },
	{ AT(hint_lost[1]), 0.02, 5, false, HINTS },
	{ AT(hint_invented[0]), 0.0001, 10, false, HINTS },
	{ AT(hint_invented[1]), 0.02, 5, false, HINTS },
	{ AT(end_lost), 0.2, 20, false, ALL },
	{ AT(repeat_invented), 0.1, 20, false, ALL },
	{ AT(first_invented), 0.2, 40, false, ALL },
	{ AT(epsilon), 0.0002, 0.05, true, ALL },
	{ AT(bad_share), 0.002, 0.2, true, ALL },
	{ AT(bad_factor), 2, 35, false, ALL },
	{ AT(slot_weight), 0.1, 0.98, true, RATIO },
	{ AT(slot_power), 0.3, 3, false, RATIO },
	{ AT(slot_floor), 0.000001, 0.01, false, RATIO },
};
enum { N_PARAMS = sizeof params / sizeof params[0], N_SCALES = 3 /* of error, lost, invented: all bands together */, N = N_PARAMS + N_SCALES };
_Static_assert((int)N <= (int)HL_FIT_PARAMS, "the report's bound");

struct fit {
	struct hl_channel_table *t;
	struct hl_channel_table *work; /* with the scalars in question */
	const struct hl_channel_sample *v;
	size_t n, stride;
	double weight;
	double start[N];
	struct hl_channel_read *ch;
	unsigned sums;
};

static double to_scale(const struct param *p, double v)
{
	v = v < p->low ? p->low : v > p->high ? p->high : v;
	return p->share ? hl_exact_log(v / (1 - v)) : hl_exact_log(v);
}

static double from_scale(const struct param *p, double x)
{
	double e = hl_exact_exp(x), v = p->share ? e / (1 + e) : e;
	return v < p->low ? p->low : v > p->high ? p->high : v;
}

static double *member(struct hl_channel_table *t, size_t offset)
{
	return (double *)(void *)((char *)t + offset);
}

static bool has(const struct fit *f, int i)
{
	return i >= N_PARAMS || (params[i].forms >> f->t->gap & 1);
}

/* The scalars x into *to, whose counted figures are those of f->t. */
static void put(const struct fit *f, const double x[N], struct hl_channel_table *to)
{
	double *const bands[N_SCALES] = { to->error, to->lost, to->invented };
	const double *const counted[N_SCALES] = { f->t->error, f->t->lost, f->t->invented };
	for (int i = 0; i < N_PARAMS; i++)
		if (has(f, i))
			*member(to, params[i].offset) = from_scale(&params[i], x[i]);
	for (int s = 0; s < N_SCALES; s++)
		for (int b = 0; b < HL_BANDS; b++) {
			double v = counted[s][b] * hl_exact_exp(x[N_PARAMS + s]);
			bands[s][b] = v < 1e-6 ? 1e-6 : v > 0.9 ? 0.9 : v;
		}
}

static double price(const struct fit *f, const double x[N])
{
	double sum = 0;
	for (int i = 0; i < N; i++)
		sum += (x[i] - f->start[i]) * (x[i] - f->start[i]);
	return PRICE * sum;
}

/* The weighted mean of ln LR at x, over every stride-th sample, less the price. */
static double value(struct fit *f, const double x[N])
{
	double sum = 0, weight = 0;
	put(f, x, f->work);
	hl_channel_finish(f->work);
	for (size_t i = 0; i < f->n; i += f->stride) {
		const struct hl_channel_sample *s = &f->v[i];
		if (!(s->weight > 0))
			continue;
		hl_channel_init(f->ch, f->work, &s->o);
		sum += s->weight * hl_exact_log(hl_channel_ratio(f->ch, hl_channel_likelihood(f->ch, &s->truth)));
		weight += s->weight;
	}
	f->sums++;
	return (weight > 0 ? sum / weight : 0) - price(f, x);
}

static bool try_step(struct fit *f, double x[N], int i, double step, double *best)
{
	double was = x[i];
	x[i] += step;
	double v = value(f, x);
	if (v > *best) {
		*best = v;
		return true;
	}
	x[i] = was;
	return false;
}

static void sweep(struct fit *f, double x[N], double step[N], double *best)
{
	for (int i = 0; i < N; i++) {
		if (!has(f, i) || (step[i] < LEAST_STEP && step[i] > -LEAST_STEP))
			continue;
		if (try_step(f, x, i, step[i], best))
			step[i] *= 1.4;
		else if (try_step(f, x, i, -step[i], best))
			step[i] *= -1;
		else
			step[i] *= 0.4;
	}
}

static void leap(struct fit *f, double x[N], const double before[N], double *best)
{
	double far[N];
	for (int i = 0; i < N; i++)
		far[i] = x[i] + (x[i] - before[i]);
	double v = value(f, far);
	if (v <= *best)
		return;
	*best = v;
	memcpy(x, far, sizeof far);
}

static double search(struct fit *f, double x[N], unsigned sweeps, double first_step)
{
	double step[N], before[N], best = value(f, x);
	for (int i = 0; i < N; i++)
		step[i] = first_step;
	for (unsigned s = 0; s < sweeps; s++) {
		double was = best;
		memcpy(before, x, sizeof before);
		sweep(f, x, step, &best);
		leap(f, x, before, &best);
		if (best - was < ENOUGH)
			break;
	}
	return best;
}

/* Coarsely on every third sample first, which is most of the way for a third of the price. */
void hl_channel_fit(struct hl_channel_table *t, const struct hl_channel_sample *v, size_t n, unsigned sweeps, struct hl_channel_report *report)
{
	double x[N] = { 0 };
	struct fit f = { .t = t, .v = v, .n = n, .stride = 1 };
	for (size_t i = 0; i < n; i++)
		report->fitted += v[i].weight > 0;
	for (int i = 0; i < N_PARAMS; i++)
		x[i] = has(&f, i) ? to_scale(&params[i], *member(t, params[i].offset)) : 0;
	memcpy(f.start, x, sizeof x);
	f.work = hl_alloc(sizeof *f.work);
	f.ch = hl_alloc(sizeof *f.ch);
	*f.work = *t;
	if (report->fitted && sweeps) {
		report->log_ratio_start = value(&f, x);
		f.stride = n > 1500 ? 3 : 1;
		search(&f, x, sweeps, FIRST_STEP);
		f.stride = 1;
		report->log_ratio = search(&f, x, sweeps, 0.15);
	}
	put(&f, x, f.work);
	*t = *f.work;
	hl_channel_finish(t);
	report->sums = f.sums;
	free(f.work);
	free(f.ch);
}
