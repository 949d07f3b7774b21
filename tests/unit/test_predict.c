/* test_predict.c: what a list is expected to cost. Looser rules never cost less, vaguer entries never less than clear ones; a sample tells what all entries tell, whoever
 * shares the work; and the expectation, which is worked out from reads of the entry, is what reads of any passing vehicles make of it when they are made up and judged. */
#include "core/predict.h"
#include "core/score.h"
#include "core/simulate.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS = 300 };

static struct hl_rules *rules_of(const char *match)
{
	char text[512];
	struct hl_rules *r = NULL;
	struct hl_faults faults = { 0 };
	snprintf(text, sizeof text, "version: 1\nconfusions: {base: none, pairs: [{chars: \"8B\", cost: 0.3}, {chars: \"0O\", cost: 0.3}, {chars: \"0D\", cost: 0.4}]}\nmatch: {alert_probability: 1, %s}\n",
		 match);
	ck_assert_int_eq(hl_rules_parse(&r, "/nonexistent/rules.yaml", text, strlen(text), &faults), HL_OK);
	return r;
}

static struct hl_pattern pattern_of(const char *text)
{
	struct hl_pattern p;
	ck_assert_int_eq(hl_pattern_parse(&p, text, strlen(text), false, NULL), HL_OK);
	return p;
}

/* By rules with those of `match`, readers of that form, and that prior. */
static struct hl_predicted predicted(const char *match, int form, double prior, const char *plate)
{
	struct hl_rules *r = rules_of(match);
	struct hl_predict p = { r, &r->match, r->channels.by_form[form], prior };
	struct hl_pattern e = pattern_of(plate);
	struct hl_predicted out;
	hl_predict_entry(&p, &e, READS, &out);
	ck_assert(out.notices >= 0 && out.variance >= 0);
	ck_assert(out.verify <= out.notices && out.exact <= out.notices && out.same <= out.notices);
	hl_rules_free(&r);
	return out;
}

static const char *const plates[] = { "5SOW750", "B8D0O08", "12345", "XYZ", "1ABC234", "ABC?234", "AB1*", "T" };
enum { PLATES = sizeof plates / sizeof plates[0] };

/* Each in turn with the setting of one key looser than the one before. */
static void never_cheaper(const char *const *match, size_t n)
{
	static const double priors[] = { 5e-9, 5e-7, 1e-4 };
	for (int form = HL_GAP_NONE; form <= HL_GAP_RATIO; form++)
		for (size_t k = 0; k < PLATES * 3; k++) {
			double last = 0;
			for (size_t i = 0; i < n; i++) {
				double now = predicted(match[i], form, priors[k / PLATES], plates[k % PLATES]).notices;
				ck_assert_msg(now >= last, "%s, prior %g, form %d: %s costs %g, less than the stricter one's %g", plates[k % PLATES], priors[k / PLATES], form,
					      match[i], now, last);
				last = now;
			}
		}
}

START_TEST(looser_rules_cost_more)
{
	static const char *const probability[] = { "min_probability: 0.95", "min_probability: 0.5", "min_probability: 0.2", "min_probability: 0.01", "min_probability: 0" };
	static const char *const cost[] = { "max_cost: 0, candidates: 0, min_probability: 0.05", "max_cost: 0.5, candidates: 0, min_probability: 0.05",
					    "max_cost: 1.0, candidates: 0, min_probability: 0.05", "max_cost: 2.0, candidates: 0, min_probability: 0.05",
					    "max_cost: 2.0, candidates: 10, min_probability: 0.05" };
	never_cheaper(probability, 5);
	never_cheaper(cost, 5);
}
END_TEST

START_TEST(the_strictest_rules_leave_exact_reads)
{
	for (size_t i = 0; i < 5; i++) {
		struct hl_predicted p = predicted("max_cost: 0, candidates: 0, min_probability: 0.2", HL_GAP_POINTS, 5e-7, plates[i]);
		ck_assert_msg(p.notices > 0 && fabs(p.exact - p.notices) < 1e-12 * p.notices, "%s: %g of %g exact", plates[i], p.exact, p.notices);
	}
	/* Nothing can be sure enough of a partial plate, and only kind exact is spared. */
	ck_assert(predicted("min_probability: 1", HL_GAP_POINTS, 5e-7, "AB1*").notices == 0);
	ck_assert(predicted("min_probability: 1", HL_GAP_POINTS, 5e-7, "12345").notices > 0);
}
END_TEST

START_TEST(vaguer_entries_cost_more)
{
	static const char strict[] = "min_probability: 0.2, max_cost: 0, candidates: 0";
	static const char *const vaguer[] = { "1ABC234", "1ABC?34", "1ABC?3?", "1ABC*" };
	for (int form = HL_GAP_NONE; form <= HL_GAP_RATIO; form++) {
		double last = 0;
		for (size_t i = 0; i < 4; i++) {
			double now = predicted("min_probability: 0, max_cost: 0, candidates: 0", form, 5e-7, vaguer[i]).notices;
			ck_assert_msg(now > 2 * last, "%s: %g, the one before %g", vaguer[i], now, last);
			last = now;
		}
		ck_assert(predicted(strict, form, 5e-7, "1ABC?34").notices > predicted(strict, form, 5e-7, "1ABC234").notices);
		ck_assert(predicted(strict, form, 5e-7, "12345").notices > predicted(strict, form, 5e-7, "1ABC?34").notices);
	}
}
END_TEST

/* A passing vehicle's plate, by the density. */
static void draw_passing(const struct hl_density *d, struct hl_random *random, struct hl_plate *p)
{
	double at = hl_random_share(random);
	unsigned s = 0;
	while (s + 1 < d->n && (at -= d->shape[s].share) >= 0)
		s++;
	*p = (struct hl_plate){ .len = (uint8_t)strlen(d->shape[s].classes) };
	for (unsigned i = 0; i < p->len; i++) {
		int sym = d->shape[s].classes[i] == 'D' ? 0 : 10, last = sym ? HL_SYMBOLS - 1 : 9;
		at = hl_random_share(random) - d->symbol[sym];
		while (sym < last && at >= 0)
			at -= d->symbol[++sym];
		p->sym[i] = (uint8_t)sym;
	}
}

/* How many of n reads of any vehicles would be a notice about e: judged without what predict.c has. */
static unsigned counted(const struct hl_predict *p, const struct hl_pattern *e, unsigned n)
{
	struct hl_random random = { 77 };
	struct hl_read *read = hl_alloc(sizeof *read);
	unsigned notices = 0;
	for (unsigned i = 0; i < n; i++) {
		struct hl_plate plate;
		struct hl_alignment a;
		struct hl_hypothesis h = { .pattern = e, .state = "", .prior = p->prior };
		draw_passing(&p->channel->density, &random, &plate);
		hl_simulate(p->channel, &random, &plate, read);
		if (hl_match_cost(&p->rules->confusion, e, &read->plate, p->match->max_cost) > p->match->max_cost)
			continue;
		hl_match_align(&p->rules->confusion, e, &read->plate, &a);
		hl_score(p->channel, read, &h, 1, NULL);
		notices += hl_match_kind(e, &a) == HL_KIND_EXACT || h.plate_probability >= p->match->min_probability;
	}
	free(read);
	return notices;
}

/* Two ways to one figure: from reads of the entry, weighed, and from reads of all vehicles, counted. The simulator and the scorer are not the same model: hence the room. */
START_TEST(as_passing_vehicles_make_it)
{
	static const struct {
		const char *plate, *match;
		double prior;
	} rows[] = {
		{ "12*", "max_cost: 0, candidates: 0, min_probability: 0", 5e-7 }, { "A*", "max_cost: 0, candidates: 0, min_probability: 0", 5e-7 },
		{ "*B??", "max_cost: 0, candidates: 0, min_probability: 0", 5e-7 }, { "1????2?", "max_cost: 1, candidates: 0, min_probability: 0.2", 0.02 },
		{ "A*7", "max_cost: 1, candidates: 0, min_probability: 0.1", 0.005 },
	};
	enum { PASSING = 30000 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hl_rules *r = rules_of(rows[i].match);
		struct hl_predict p = { r, &r->match, r->channels.by_form[HL_GAP_NONE], rows[i].prior };
		struct hl_pattern e = pattern_of(rows[i].plate);
		struct hl_predicted out;
		hl_predict_entry(&p, &e, 4000, &out);
		unsigned n = counted(&p, &e, PASSING);
		ck_assert_msg(n >= 50 && PASSING * out.notices > 0.6 * n && PASSING * out.notices < 1.6 * n, "%s: %u counted, %.1f predicted", rows[i].plate, n,
			      PASSING * out.notices);
		hl_rules_free(&r);
	}
}
END_TEST

/* A list of n plates of seven symbols, with some short and partial ones among them. */
static struct hl_pattern *list_of(const struct hl_density *d, size_t n)
{
	struct hl_random random = { 5 };
	struct hl_pattern *v = hl_calloc(n, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		struct hl_plate plate;
		do
			draw_passing(d, &random, &plate);
		while (plate.len < 7);
		v[i] = (struct hl_pattern){ .len = plate.len };
		memcpy(v[i].sym, plate.sym, sizeof v[i].sym);
	}
	v[n / 3] = pattern_of("777");
	v[n / 2] = pattern_of("12??");
	return v;
}

START_TEST(a_sample_tells_what_all_tell)
{
	enum { N = 24000 };
	struct hl_rules *r = rules_of("min_probability: 0.05");
	struct hl_predict p = { r, &r->match, r->channels.by_form[HL_GAP_NONE], 1e-5 };
	struct hl_pattern *v = list_of(&p.channel->density, N);
	struct hl_predicted_list l, again;
	const struct hl_crew three = { 3 };
	double all = 0;
	hl_predict_list(&p, v, N, NULL, &l);
	hl_predict_list(&p, v, N, &three, &again);
	ck_assert_mem_eq(&l.sum, &again.sum, sizeof l.sum);
	ck_assert_uint_eq(l.n_worst, HL_PREDICT_WORST);
	for (size_t i = 0; i < l.n_worst; i++)
		ck_assert(l.worst[i].entry == again.worst[i].entry && l.worst[i].by.notices == again.worst[i].by.notices);
	ck_assert(l.looked_at > 3000 && l.looked_at < 5000);
	for (size_t i = 0; i < N; i++) {
		struct hl_predicted one;
		hl_predict_entry(&p, &v[i], i == N / 3 || i == N / 2 ? 2000 : 8, &one);
		all += one.notices;
	}
	ck_assert_msg(fabs(l.sum.notices - all) < 5 * sqrt(l.sum.variance), "%g from a sample, %g from all, error %g", l.sum.notices, all, sqrt(l.sum.variance));
	ck_assert(sqrt(l.sum.variance) < 0.2 * l.sum.notices);
	for (size_t i = 1; i < l.n_worst; i++)
		ck_assert(l.worst[i].by.notices <= l.worst[i - 1].by.notices);
	free(v);
	hl_rules_free(&r);
}
END_TEST

/* The few that cost most are found, wherever they stand. */
START_TEST(the_dearest_are_found)
{
	enum { N = 24000 };
	struct hl_rules *r = rules_of("min_probability: 0, max_cost: 0, candidates: 0");
	struct hl_predict p = { r, &r->match, r->channels.by_form[HL_GAP_NONE], 1e-5 };
	struct hl_pattern *v = list_of(&p.channel->density, N);
	struct hl_predicted_list l;
	hl_predict_list(&p, v, N, NULL, &l);
	ck_assert_uint_eq(l.worst[0].entry, N / 2);
	ck_assert_uint_eq(l.worst[1].entry, N / 3);
	ck_assert(l.looked_at > 3000 && l.looked_at < 5000);
	free(v);
	hl_rules_free(&r);
}
END_TEST

START_TEST(short_lists)
{
	struct hl_rules *r = rules_of("min_probability: 0.2");
	struct hl_predict p = { r, &r->match, r->channels.by_form[HL_GAP_POINTS], 5e-7 };
	struct hl_pattern two[] = { pattern_of("1ABC234"), pattern_of("12345") };
	struct hl_predicted_list l, one;
	hl_predict_list(&p, two, 0, NULL, &l);
	ck_assert(l.sum.notices == 0 && l.n_worst == 0 && l.looked_at == 0);
	hl_predict_list(&p, two, 2, NULL, &l);
	ck_assert_uint_eq(l.looked_at, 2);
	ck_assert_uint_eq(l.n_worst, 2);
	ck_assert_uint_eq(l.worst[0].entry, 1);
	hl_predict_list(&p, two, 1, NULL, &one);
	ck_assert(one.sum.notices > 0 && one.sum.notices < l.sum.notices);
	hl_rules_free(&r);
}
END_TEST

UNIT_MAIN("predict", looser_rules_cost_more, the_strictest_rules_leave_exact_reads, vaguer_entries_cost_more, as_passing_vehicles_make_it, a_sample_tells_what_all_tell,
	  the_dearest_are_found, short_lists)
