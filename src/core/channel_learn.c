/* channel_learn.c: see channel_learn.h. Counts best alignments (at most four full edits), and makes rates of the counts:
 *
 *     conf(c given t) = (n[t > c] + 4 prior) / (errors of t + 4), prior = 0.40 uniform + 0.35 the other readers' row + 0.25 own opposite
 *     rel, drel, insd = a symbol's rate over the mean, with 10 and 20 pseudo-trials of the mean
 *     error, lost, invented by sixths of the confidence, with 30 pseudo-trials of the mean, made falling
 *
 * Pure.
 */
#include "core/channel_learn.h"
#include "core/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 400 };
#define PRIOR 4.0
#define UNIFORM 0.40
#define OTHERS 0.35
#define OPPOSITE 0.25
#define REL_TRIALS 10.0
#define DREL_TRIALS 20.0
#define BAND_TRIALS 30.0

struct counts {
	double sub[HL_SYMBOLS][HL_SYMBOLS], right[HL_SYMBOLS], lost[HL_SYMBOLS], invented[HL_SYMBOLS], read[HL_SYMBOLS];
	struct { double sub, aligned, lost, symbols, invented, slots; } band[HL_BANDS];
};

struct pair {
	struct hl_plate read, truth;
};

struct hl_channel_learn {
	enum hl_gap_form gap;
	size_t n, cap, others_n, others_cap;
	struct hl_channel_sample *v;
	struct pair *others;
	struct counts own, other;
};

struct hl_channel_learn *hl_channel_learn_new(enum hl_gap_form gap)
{
	struct hl_channel_learn *l = hl_calloc(1, sizeof *l);
	l->gap = gap;
	return l;
}

void hl_channel_learn_free(struct hl_channel_learn **l)
{
	if (*l) {
		free((*l)->v);
		free((*l)->others);
	}
	free(*l);
	*l = NULL;
}

static struct hl_pattern pattern_of(const struct hl_plate *p)
{
	struct hl_pattern out = { .len = p->len };
	memcpy(out.sym, p->sym, sizeof out.sym);
	return out;
}

enum hl_code hl_channel_learn_add(struct hl_channel_learn *l, const struct hl_read *r, const struct hl_plate *truth, double weight, struct hl_err *err)
{
	if (l->n == HL_CHANNEL_LEARN_MAX)
		return hl_err_set(err, HL_E_LIMIT, "more than %d labelled reads", HL_CHANNEL_LEARN_MAX);
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 1024;
		l->v = hl_realloc(l->v, l->cap, sizeof l->v[0]);
	}
	struct hl_channel_sample *s = &l->v[l->n++];
	memset(s, 0, sizeof *s);
	hl_observe(&s->o, l->gap, r);
	if (l->gap == HL_GAP_NONE)
		s->o.n_slots = 0;
	s->truth = pattern_of(truth);
	s->weight = weight;
	return HL_OK;
}

enum hl_code hl_channel_learn_other(struct hl_channel_learn *l, const struct hl_plate *read, const struct hl_plate *truth, struct hl_err *err)
{
	if (l->others_n == HL_CHANNEL_LEARN_MAX)
		return hl_err_set(err, HL_E_LIMIT, "more than %d labelled reads of other readers", HL_CHANNEL_LEARN_MAX);
	if (l->others_n == l->others_cap) {
		l->others_cap = l->others_cap ? 2 * l->others_cap : 1024;
		l->others = hl_realloc(l->others, l->others_cap, sizeof l->others[0]);
	}
	l->others[l->others_n++] = (struct pair){ *read, *truth };
	return HL_OK;
}

static void count_ops(struct counts *c, const struct hl_alignment *a, int band)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct hl_op *op = &a->op[i];
		int n = op->type == HL_OP_SWAP ? 2 : 1;
		for (int k = 0; k < n; k++) {
			int t = op->listed[0] ? hl_sym_code(op->listed[k]) : 0, r = op->read[0] ? hl_sym_code(op->read[k]) : 0;
			if (op->type == HL_OP_LOST) {
				c->lost[t]++;
				c->band[band].lost++;
			} else if (op->type == HL_OP_INVENTED) {
				c->invented[r]++;
				c->band[band].invented++;
			} else {
				c->sub[t][r]++;
				c->band[band].sub++;
			}
		}
	}
}

/* True where the two are near enough to be counted. */
static bool count(struct counts *c, const struct hl_confusion *align, const struct hl_pattern *truth, const struct hl_plate *read, int band)
{
	struct hl_alignment a;
	double lost = 0, off = 0, before = c->band[band].sub;
	if (hl_match_align(align, truth, read, &a) > LIMIT)
		return false;
	bool touched[HL_PLATE_MAX + 2] = { false };
	for (unsigned i = 0; i < a.n; i++) {
		touched[a.op[i].pos] |= a.op[i].type != HL_OP_INVENTED;
		touched[a.op[i].pos + 1] |= a.op[i].type == HL_OP_SWAP;
		lost += a.op[i].type == HL_OP_LOST;
	}
	count_ops(c, &a, band);
	off = c->band[band].sub - before;
	for (unsigned i = 0; i < truth->len; i++)
		if (!touched[i]) {
			c->right[truth->sym[i]]++;
			off++;
		}
	c->band[band].aligned += off;
	c->band[band].symbols += off + lost;
	c->band[band].slots += read->len;
	for (unsigned i = 0; i < read->len; i++)
		c->read[read->sym[i]]++;
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void cut_bands(const struct hl_channel_learn *l, struct hl_channel_table *t)
{
	double *v = hl_calloc(l->n, sizeof *v);
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].o.confidence >= 0)
			v[n++] = l->v[i].o.confidence;
	qsort(v, n, sizeof *v, by_value);
	for (size_t i = 0; i < HL_BANDS - 1; i++)
		t->cut[i] = n ? floor(v[n * (i + 1) / HL_BANDS] * 1e5 + 0.5) / 1e5 : 1;
	free(v);
}

static int band_of(const struct hl_channel_table *t, double confidence)
{
	int band = 0;
	while (confidence >= 0 && band < HL_BANDS - 1 && confidence >= t->cut[band])
		band++;
	return confidence < 0 ? 2 : band;
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static double errors_of(const struct counts *c, int t)
{
	double sum = 0;
	for (int r = 0; r < HL_SYMBOLS; r++)
		sum += c->sub[t][r];
	return sum;
}

static double opposites_of(const struct counts *c, int t)
{
	double sum = 0;
	for (int r = 0; r < HL_SYMBOLS; r++)
		sum += c->sub[r][t];
	return sum;
}

static void make_conf(const struct hl_channel_learn *l, struct hl_channel_table *t)
{
	const double uniform = 1.0 / (HL_SYMBOLS - 1);
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double n = errors_of(&l->own, a), others = errors_of(&l->other, a), opposite = opposites_of(&l->own, a);
		for (int c = 0; c < HL_SYMBOLS; c++) {
			double prior = UNIFORM * uniform;
			prior += OTHERS * (others > 0 ? l->other.sub[a][c] / others : uniform);
			prior += OPPOSITE * (opposite > 0 ? l->own.sub[c][a] / opposite : uniform);
			t->conf[a][c] = a == c ? 0 : (l->own.sub[a][c] + PRIOR * prior) / (n + PRIOR);
		}
	}
}

static void make_symbols(const struct hl_channel_learn *l, struct hl_channel_table *t)
{
	const struct counts *c = &l->own;
	double errors = 0, aligned = 0, lost = 0, invented = 0, slots = 0;
	for (int a = 0; a < HL_SYMBOLS; a++) {
		errors += errors_of(c, a);
		aligned += errors_of(c, a) + c->right[a];
		lost += c->lost[a];
		invented += c->invented[a];
		slots += c->read[a];
	}
	double e = ratio(errors, aligned), d = ratio(lost, aligned + lost), i = ratio(invented, slots);
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double n = errors_of(c, a) + c->right[a];
		t->rel[a] = e > 0 ? (errors_of(c, a) + REL_TRIALS * e) / (n + REL_TRIALS) / e : 1;
		t->drel[a] = d > 0 ? (c->lost[a] + DREL_TRIALS * d) / (n + c->lost[a] + DREL_TRIALS) / d : 1;
		t->insd[a] = i > 0 ? (c->invented[a] + DREL_TRIALS * i) / (c->read[a] + DREL_TRIALS) / i : 1;
	}
}

/* Pools neighbours until the rates fall with confidence. */
static void make_falling(double v[HL_BANDS], double trials[HL_BANDS])
{
	for (int i = 1; i < HL_BANDS; i++)
		for (int k = i; k > 0 && v[k] > v[k - 1]; k--) {
			int from = k - 1;
			while (from > 0 && v[from - 1] == v[k - 1])
				from--;
			double sum = 0, n = 0;
			for (int j = from; j <= i; j++) {
				sum += v[j] * trials[j];
				n += trials[j];
			}
			for (int j = from; j <= i; j++)
				v[j] = n > 0 ? sum / n : v[j];
		}
}

static void make_bands(const struct hl_channel_learn *l, struct hl_channel_table *t)
{
	double all[6] = { 0 }, trials[3][HL_BANDS];
	for (int b = 0; b < HL_BANDS; b++) {
		all[0] += l->own.band[b].sub;
		all[1] += l->own.band[b].aligned;
		all[2] += l->own.band[b].lost;
		all[3] += l->own.band[b].symbols;
		all[4] += l->own.band[b].invented;
		all[5] += l->own.band[b].slots;
	}
	for (int b = 0; b < HL_BANDS; b++) {
		trials[0][b] = l->own.band[b].aligned + BAND_TRIALS;
		trials[1][b] = l->own.band[b].symbols + BAND_TRIALS;
		trials[2][b] = l->own.band[b].slots + BAND_TRIALS;
		t->error[b] = (l->own.band[b].sub + BAND_TRIALS * ratio(all[0], all[1])) / trials[0][b];
		t->lost[b] = (l->own.band[b].lost + BAND_TRIALS * ratio(all[2], all[3])) / trials[1][b];
		t->invented[b] = (l->own.band[b].invented + BAND_TRIALS * ratio(all[4], all[5])) / trials[2][b];
	}
	make_falling(t->error, trials[0]);
	make_falling(t->lost, trials[1]);
	make_falling(t->invented, trials[2]);
	memcpy(t->seen_error, t->error, sizeof t->error);
	memcpy(t->seen_lost, t->lost, sizeof t->lost);
	memcpy(t->seen_invented, t->invented, sizeof t->invented);
}

/* Where the fit begins: round figures, not fitted to anything. */
static void begin(struct hl_channel_table *t, enum hl_gap_form gap)
{
	bool points = gap == HL_GAP_POINTS;
	t->gap = (int)gap;
	t->rho = 1.2;
	t->hint_sub[0] = t->hint_lost[0] = points ? 1 : 0.2;
	t->hint_invented[0] = gap == HL_GAP_NONE ? 0 : 0.03;
	t->hint_sub[1] = t->hint_lost[1] = t->hint_invented[1] = 0.5;
	if (gap == HL_GAP_NONE)
		t->hint_sub[0] = t->hint_lost[0] = 0;
	t->end_lost = 3;
	t->repeat_invented = 2;
	t->first_invented = 5;
	t->epsilon = 0.002;
	t->bad_share = 0.02;
	t->bad_factor = 10;
	t->slot_weight = gap == HL_GAP_RATIO ? 0.8 : 0;
	t->slot_power = 1.2;
	t->slot_floor = 0.0001;
	t->calibration = 1;
}

static int by_sample(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hl_channel_sample));
}

static void count_all(struct hl_channel_learn *l, const struct hl_confusion *align, const struct hl_channel_table *t, struct hl_channel_report *report)
{
	memset(&l->own, 0, sizeof l->own);
	memset(&l->other, 0, sizeof l->other);
	*report = (struct hl_channel_report){ .reads = l->n, .others = l->others_n };
	for (size_t i = 0; i < l->n; i++)
		report->too_far += !count(&l->own, align, &l->v[i].truth, &l->v[i].o.plate, band_of(t, l->v[i].o.confidence));
	for (size_t i = 0; i < l->others_n; i++) {
		struct hl_pattern truth = pattern_of(&l->others[i].truth);
		count(&l->other, align, &truth, &l->others[i].read, 0);
	}
}

enum hl_code hl_channel_learn_run(struct hl_channel_learn *l, const struct hl_confusion *align, const struct hl_density *density, unsigned sweeps,
				  struct hl_channel_table *out, struct hl_channel_report *report, struct hl_err *err)
{
	if (!l->n)
		return hl_err_set(err, HL_E_INPUT, "no labelled read to learn a channel from");
	memset(out, 0, sizeof *out);
	out->density = *density;
	begin(out, l->gap);
	qsort(l->v, l->n, sizeof l->v[0], by_sample);
	cut_bands(l, out);
	count_all(l, align, out, report);
	make_conf(l, out);
	make_symbols(l, out);
	make_bands(l, out);
	hl_channel_fit(out, l->v, l->n, sweeps, report);
	return HL_OK;
}
