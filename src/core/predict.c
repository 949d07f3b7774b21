/* predict.c: see predict.h. For an entry e and the reads A that the rules would make a notice of,
 *
 *     P(a read of a vehicle that is not listed falls in A)  =  sum over r in A of P(r)  =  sum over r in A of P(r | e) / LR(r)
 *
 * with LR(r) = P(r | e) / P(r), the likelihood ratio that the scorer works out anyway. So reads of the entry itself are made up, judged as if they had come in, and each
 * that would be a notice counts 1 / LR: importance sampling, where the reads that matter are those drawn most often, and where the reader's alternatives, `chars` and
 * confidence count as they do in earnest. What an inexact read adds is bounded by the threshold: LR is above (1 / prior - 1) min_probability / (1 - min_probability).
 * Pure; any thread.
 */
#include "core/predict.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/score.h"
#include "core/simulate.h"

enum { STRINGS_MAX = 16 };

/* One read made up, its memory used again for the next. */
struct trial {
	const struct hl_predict *p;
	const struct hl_pattern *e;
	struct hl_random random;
	struct hl_plate plate; /* drawn from what the entry stands for */
	double drawn;          /* how probable it was to be drawn */
	struct hl_read read;
	struct hl_score_work score;
};

/* How the least distant string of a read matches. */
struct nearest {
	int cost;
	bool alternative;
	const struct hl_plate *plate;
};

static void put(struct trial *t, int sym, double p)
{
	t->plate.sym[t->plate.len++] = (uint8_t)sym;
	t->drawn *= p;
}

/* Any symbol, as the scorer weighs them: letters and digits alike, within a class by how frequent they are. */
static void put_any(struct trial *t)
{
	const double *share = t->p->channel->density.symbol;
	bool digit = hl_random_share(&t->random) < 0.5;
	int first = digit ? 0 : 10, last = digit ? 9 : HL_SYMBOLS - 1, sym = first;
	double at = hl_random_share(&t->random) - share[first];
	while (at >= 0 && sym < last)
		at -= share[++sym];
	put(t, sym, share[sym] / 2);
}

/* How many symbols a plate has that the pattern stands for: by how frequent their lengths are. */
static unsigned draw_length(struct trial *t, unsigned least)
{
	const double *share = t->p->channel->density.symbols;
	unsigned n = least;
	double all = 0;
	for (unsigned i = least; i <= HL_PLATE_MAX; i++)
		all += share[i];
	double at = hl_random_share(&t->random) * all - share[n];
	while (at >= 0 && n < HL_PLATE_MAX)
		at -= share[++n];
	t->drawn *= all > 0 ? share[n] / all : 1;
	return n;
}

/* The symbols of one run, `more` being left for it and `runs` after it: each way to share them out is as likely as another, so that of the places that are left one
 * ends the run with the share of ends among them. */
static unsigned draw_run(struct trial *t, unsigned more, unsigned runs)
{
	unsigned run = 0;
	for (; run < more && runs; run++) {
		double end = (double)runs / (double)(more - run + runs);
		if (hl_random_share(&t->random) < end) {
			t->drawn *= end;
			return run;
		}
		t->drawn *= 1 - end;
	}
	return runs ? run : more;
}

static void put_listed(struct trial *t, int sym)
{
	int o = hl_sym_code('O');
	bool either = (t->e->flags & HL_PAT_O0) && (sym == 0 || sym == o);
	if (!either)
		put(t, sym, 1);
	else
		put(t, hl_random_share(&t->random) < 0.5 ? 0 : o, 0.5);
}

/* A plate that the entry stands for. */
static void draw_plate(struct trial *t)
{
	unsigned runs = 0, least = 0, more;
	t->plate = (struct hl_plate){ .len = 0 };
	t->drawn = 1;
	for (unsigned i = 0; i < t->e->len; i++)
		runs += t->e->sym[i] == HL_SYM_RUN;
	least = t->e->len - runs;
	more = runs ? draw_length(t, least) - least : 0;
	for (unsigned i = 0; i < t->e->len; i++) {
		int sym = t->e->sym[i];
		if (sym < HL_SYMBOLS) {
			put_listed(t, sym);
			continue;
		}
		unsigned run = sym == HL_SYM_RUN ? draw_run(t, more, --runs) : 1;
		more -= sym == HL_SYM_RUN ? run : 0;
		for (unsigned k = 0; k < run; k++)
			put_any(t);
	}
}

static void consider(const struct trial *t, const struct hl_plate *plate, bool alternative, struct nearest *near)
{
	int most = alternative ? t->p->match->candidate_cost : t->p->match->max_cost;
	int cost = hl_match_cost(&t->p->rules->confusion, t->e, plate, most);
	if (cost <= most && cost < near->cost)
		*near = (struct nearest){ cost, alternative, plate };
}

static void find_nearest(const struct trial *t, struct hl_plate strings[STRINGS_MAX], struct nearest *near)
{
	const struct hl_read *r = &t->read;
	int64_t candidates = t->p->match->candidates;
	*near = (struct nearest){ .cost = HL_COST_NONE };
	consider(t, &r->plate, false, near);
	for (unsigned i = 0; i < r->n_candidates && i < candidates; i++)
		consider(t, &r->candidate[i].plate, true, near);
	unsigned n = candidates > 0 && r->n_slots ? hl_read_strings(r, strings, STRINGS_MAX) : 0;
	for (unsigned i = 0; i < n; i++)
		consider(t, &strings[i], true, near);
}

static enum hl_decision judge(const struct trial *t, const struct nearest *near, struct hl_hypothesis *h, enum hl_kind *kind)
{
	struct hl_alignment a;
	hl_match_align(&t->p->rules->confusion, t->e, near->plate, &a);
	*kind = near->alternative ? HL_KIND_CANDIDATE : hl_match_kind(t->e, &a);
	hl_score_ratios(h, 1, NULL);
	const struct hl_case c = { .kind = *kind, .plate_probability = h->plate_probability, .probability = h->probability, .confidence = t->read.confidence,
				   .time_ms = HL_NO_TIME };
	return hl_rules_decide(t->p->rules, t->p->match, &c);
}

/* What one made-up read adds to the expectation. */
static void try_one(struct trial *t, struct hl_predicted *to)
{
	struct hl_plate strings[STRINGS_MAX];
	struct nearest near;
	enum hl_kind kind;
	draw_plate(t);
	hl_simulate(t->p->channel, &t->random, &t->plate, &t->read);
	find_nearest(t, strings, &near);
	if (near.cost == HL_COST_NONE)
		return;
	struct hl_hypothesis h = { .pattern = t->e, .state = "", .prior = t->p->prior };
	hl_score_begin(&t->score, t->p->channel, &t->read);
	hl_score_read(&t->score, &h, 1, NULL);
	double ratio = h.ratio;
	enum hl_decision d = judge(t, &near, &h, &kind);
	if (d == HL_DROP || !(ratio > 0))
		return;
	double one = 1 / ratio, same = hl_density_share(&t->p->channel->density, &t->plate) / t->drawn;
	to->notices += one;
	to->verify += d == HL_VERIFY ? one : 0;
	to->exact += kind == HL_KIND_EXACT ? one : 0;
	to->same += same < one ? same : one;
	to->variance += one * one;
}

/* The reads of a pattern begin where its symbols say. */
static uint64_t seed_of(const struct hl_pattern *e)
{
	struct hl_random mix = { e->flags & HL_PAT_O0 };
	for (unsigned i = 0; i < e->len; i++)
		mix.state = hl_random_next(&mix) ^ e->sym[i];
	return hl_random_next(&mix);
}

void hl_predict_entry(const struct hl_predict *p, const struct hl_pattern *e, unsigned reads, struct hl_predicted *out)
{
	struct trial *t = hl_alloc(sizeof *t);
	double n = (double)reads;
	t->p = p;
	t->e = e;
	t->random.state = seed_of(e);
	*out = (struct hl_predicted){ 0 };
	for (unsigned i = 0; i < reads; i++)
		try_one(t, out);
	out->notices /= n;
	out->verify /= n;
	out->exact /= n;
	out->same /= n;
	double spread = out->variance / n - out->notices * out->notices;
	out->variance = spread > 0 ? spread / n : 0;
	free(t);
}
