/* predict_list.c: see predict.h. The sum over a list. Of a long one a sample is looked at, in which an entry has a chance in proportion to how common its plate is (the few
 * short and partial ones, which may cost more than all others together, are in it for sure), and counts for as many as it stands for (Horvitz and Thompson, Journal of the
 * American Statistical Association 47, 1952). The sample is taken at equal steps, without chance. Pure; any thread.
 */
#include "core/predict.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	SAMPLE = 4000,                     /* entries looked at, about; all of a list that is no longer */
	READS = 20000, MOST = 400,         /* made-up reads: in all, and for one entry */
	CLOSER = 20, CLOSER_READS = 300,   /* the dearest are looked at again */
	TOGETHER = 64                      /* entries of one job */
};

#define COMMON 0.5 /* of the chance to be in the sample goes by how common the plate is, the rest is alike for all */

struct looked {
	size_t entry;
	double chance; /* of being in the sample */
	struct hl_predicted by;
};

struct survey {
	const struct hl_predict *p;
	const struct hl_pattern *pattern;
	struct looked *v;
	size_t n;
	unsigned reads;
};

/* How common the plates are that the pattern stands for, roughly: only the sample's spread depends on it. */
static double how_common(const struct hl_density *d, const struct hl_pattern *e)
{
	struct hl_plate plate = { .len = e->len };
	double share = 1;
	if (!(e->flags & HL_PAT_WILD)) {
		memcpy(plate.sym, e->sym, sizeof plate.sym);
		return hl_density_share(d, &plate);
	}
	for (unsigned i = 0; i < e->len; i++)
		share *= e->sym[i] < HL_SYMBOLS ? d->symbol[e->sym[i]] / 2 : 1;
	return share;
}

static void look(struct survey *s, size_t entry, double chance)
{
	s->v[s->n++] = (struct looked){ .entry = entry, .chance = chance };
}

static void choose_all(struct survey *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		look(s, i, 1);
}

/* What a plate's commonness is multiplied by to be its chance. The commonest are in the sample whatever it is, and may be nearly all of the sum: it is made by the others, in
 * rounds, since with each round more may prove to be among the commonest. */
static double chance_of_one(const double *common, size_t n)
{
	enum { ROUNDS = 8 };
	double one = 0;
	for (int round = 0; round < ROUNDS; round++) {
		double others = 0;
		size_t sure = 0;
		for (size_t i = 0; i < n; i++) {
			bool is_sure = one * common[i] >= 1;
			sure += is_sure;
			others += is_sure ? 0 : common[i];
		}
		if (!(others > 0) || sure >= (size_t)(SAMPLE * COMMON))
			break;
		one = (SAMPLE * COMMON - (double)sure) / others;
	}
	return one;
}

static void choose_some(struct survey *s, size_t n)
{
	double *common = hl_calloc(n, sizeof *common), at = 0.5;
	for (size_t i = 0; i < n; i++)
		common[i] = how_common(&s->p->channel->density, &s->pattern[i]);
	double one = chance_of_one(common, n);
	for (size_t i = 0; i < n; i++) {
		double chance = one * common[i] + SAMPLE * (1 - COMMON) / (double)n;
		if (chance >= 1) {
			look(s, i, 1);
		} else if ((at += chance) >= 1) {
			at -= 1;
			look(s, i, chance);
		}
	}
	free(common);
}

static void look_job(void *arg, size_t job)
{
	struct survey *s = arg;
	for (size_t i = job * TOGETHER; i < s->n && i < (job + 1) * TOGETHER; i++)
		hl_predict_entry(s->p, &s->pattern[s->v[i].entry], s->reads, &s->v[i].by);
}

static void add(struct hl_predicted *to, const struct hl_predicted *by, double weight)
{
	to->notices += weight * by->notices;
	to->verify += weight * by->verify;
	to->exact += weight * by->exact;
	to->same += weight * by->same;
}

/* What the spread of the sample says of the error of its sum holds the error of each entry's own figure, too; where an entry stands for itself alone only the latter is left. */
static void sum_up(const struct survey *s, struct hl_predicted *sum)
{
	double n = 0, mean = 0, squares = 0;
	*sum = (struct hl_predicted){ 0 };
	for (size_t i = 0; i < s->n; i++) {
		const struct looked *l = &s->v[i];
		add(sum, &l->by, 1 / l->chance);
		if (l->chance < 1) {
			double one = l->by.notices / l->chance, off = one - mean;
			mean += off / ++n;
			squares += off * (one - mean);
		} else {
			sum->variance += l->by.variance;
		}
	}
	if (n > 1)
		sum->variance += squares * n / (n - 1);
}

static int by_cost(const void *a, const void *b)
{
	const struct looked *x = a, *y = b;
	if (x->by.notices != y->by.notices)
		return x->by.notices > y->by.notices ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Those that seem dearest, looked at more closely. */
static void find_worst(struct survey *s, const struct hl_crew *crew, struct hl_predicted_list *out)
{
	qsort(s->v, s->n, sizeof s->v[0], by_cost);
	s->n = s->n < CLOSER ? s->n : CLOSER;
	if (s->reads < CLOSER_READS) {
		s->reads = CLOSER_READS;
		hl_crew_run(crew, look_job, s, (s->n + TOGETHER - 1) / TOGETHER);
		qsort(s->v, s->n, sizeof s->v[0], by_cost);
	}
	for (size_t i = 0; i < s->n && out->n_worst < HL_PREDICT_WORST && s->v[i].by.notices > 0; i++)
		out->worst[out->n_worst++] = (struct hl_predict_worst){ s->v[i].entry, s->v[i].by };
}

void hl_predict_list(const struct hl_predict *p, const struct hl_pattern *patterns, size_t n, const struct hl_crew *crew, struct hl_predicted_list *out)
{
	struct survey s = { .p = p, .pattern = patterns };
	*out = (struct hl_predicted_list){ .looked_at = 0 };
	if (!n)
		return;
	s.v = hl_calloc(n < 2 * SAMPLE ? n : 2 * SAMPLE, sizeof s.v[0]);
	if (n > SAMPLE)
		choose_some(&s, n);
	else
		choose_all(&s, n);
	s.reads = (unsigned)(READS / s.n);
	s.reads = s.reads > MOST ? MOST : s.reads ? s.reads : 1;
	hl_crew_run(crew, look_job, &s, (s.n + TOGETHER - 1) / TOGETHER);
	sum_up(&s, &out->sum);
	out->looked_at = s.n;
	find_worst(&s, crew, out);
	free(s.v);
}
