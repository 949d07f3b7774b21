/* test_score_bound.c: what lets a read be dropped at sight holds for every read: the term that stands for the sum over all plates is never above it, the bound
 * of a ratio never below the ratio, the bound of a figure never below the figure. On simulated reads of all shipped channels against their own plates, plates
 * near them, and patterns; some bounds must be near, or they would be of no use. And the quick way of rounding figures. */
#include "core/channel_set.h"
#include "core/score.h"
#include "core/simulate.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { READS = 1500, GROUP = 6 };

struct scene {
	struct hl_channel_set set;
	struct hl_random random;
	struct hl_read read;
	struct hl_pattern pattern[GROUP];
	struct hl_hypothesis h[GROUP];
	size_t n;
};

static unsigned below(struct scene *s, unsigned n)
{
	return (unsigned)(hl_random_share(&s->random) * n);
}

static struct scene *scene_new(void)
{
	static char us[] = "us", scores[] = "openalpr", shares[] = "fastplateocr", plain[] = "neutral";
	struct hl_channels_section names = { us, scores, shares, plain };
	struct hl_faults faults = { 0 };
	struct scene *s = hl_calloc(1, sizeof *s);
	ck_assert_int_eq(hl_channels_load(&s->set, &names, "/nonexistent/rules.yaml", &faults), HL_OK);
	s->random.state = 11;
	return s;
}

static void scene_free(struct scene *s)
{
	hl_channels_fini(&s->set);
	free(s);
}

/* Any length from one symbol on, letters and digits in any order: shapes that are in no density too. */
static void random_plate(struct scene *s, struct hl_plate *p)
{
	*p = (struct hl_plate){ .len = (uint8_t)(below(s, 4) ? 6 + below(s, 2) : 1 + below(s, HL_PLATE_MAX)) };
	for (int i = 0; i < p->len; i++)
		p->sym[i] = (uint8_t)(below(s, 2) ? below(s, 10) : 10 + below(s, 26));
}

/* The plate with none to three symbols changed; now and then a pattern. */
static void near_pattern(struct scene *s, const struct hl_plate *p, struct hl_pattern *to)
{
	*to = (struct hl_pattern){ .len = p->len };
	memcpy(to->sym, p->sym, sizeof to->sym);
	for (unsigned k = below(s, 4); k; k--)
		to->sym[below(s, p->len)] = (uint8_t)below(s, 36);
	if (below(s, 8) == 0)
		to->sym[below(s, p->len)] = HL_SYM_ONE + below(s, 2);
	to->flags = below(s, 4) ? 0 : HL_PAT_O0;
}

/* A read of a random plate as the table's reader, and a group of entries near it: with and without states, priors small and large. */
static void scene_make(struct scene *s, const struct hl_channel_table *t)
{
	static const char *const states[] = { "", "us-co", "us-ca", "us-wy" };
	static const double priors[] = { 5e-9, 5e-7, 1e-4, 0.02, 0.15 };
	struct hl_plate plate;
	double prior = priors[below(s, 5)];
	random_plate(s, &plate);
	hl_simulate(t, &s->random, &plate, &s->read);
	if (below(s, 5) == 0)
		s->read.confidence = -1;
	s->n = 1 + below(s, GROUP);
	for (size_t i = 0; i < s->n; i++) {
		near_pattern(s, &plate, &s->pattern[i]);
		if (i && below(s, 2))
			s->pattern[i] = s->pattern[0];
		s->h[i] = (struct hl_hypothesis){ .pattern = &s->pattern[i], .state = states[below(s, 4)], .prior = below(s, 3) ? prior : prior / 10 };
	}
}

START_TEST(no_ratio_is_above_its_bound)
{
	struct scene *s = scene_new();
	struct hl_score_work *w = hl_calloc(1, sizeof *w);
	unsigned near = 0, all = 0;
	for (int k = 0; k < READS; k++) {
		double most[GROUP];
		const struct hl_channel_table *t = s->set.table[(size_t)k % s->set.n];
		scene_make(s, t);
		hl_score_begin(w, t, &s->read);
		for (size_t i = 0; i < s->n; i++)
			most[i] = hl_score_ratio_most(w, &s->pattern[i]);
		hl_score_read(w, s->h, s->n, NULL);
		ck_assert_msg(w->least >= 0 && w->least <= w->channel.background * (1 + 1e-12), "read %d: a term %g of %g", k, w->least, w->channel.background);
		for (size_t i = 0; i < s->n; i++) {
			ck_assert_msg(most[i] >= s->h[i].ratio, "read %d, entry %zu: ratio %.17g, bound %.17g", k, i, s->h[i].ratio, most[i]);
			near += most[i] < 3 * s->h[i].ratio;
			all++;
		}
	}
	ck_assert_msg(near > all / 4, "%u of %u bounds are within three times", near, all);
	free(w);
	scene_free(s);
}
END_TEST

START_TEST(no_figure_is_above_its_bound)
{
	struct scene *s = scene_new();
	unsigned told = 0;
	for (int k = 0; k < READS; k++) {
		double prior = 0, ratio = 0;
		const struct hl_channel_table *t = s->set.table[(size_t)k % s->set.n];
		scene_make(s, t);
		hl_score(t, &s->read, s->h, s->n, NULL);
		for (size_t i = 0; i < s->n; i++) {
			prior = fmax(prior, s->h[i].prior);
			ratio = fmax(ratio, s->h[i].ratio);
		}
		double most = hl_score_most(s->n, prior, ratio);
		for (size_t i = 0; i < s->n; i++)
			ck_assert_msg(s->h[i].plate_probability <= most, "read %d, entry %zu: %.9g, bound %.9g", k, i, s->h[i].plate_probability, most);
		told += most < 0.2;
	}
	ck_assert_uint_gt(told, READS / 20);
	ck_assert(hl_score_most(1, 0, 1e300) == 0 && hl_score_most(10, 0.1, 1) == 1 && hl_score_most(1, 0.5, INFINITY) == 1 && hl_score_most(1, 2, 1) == 1);
	scene_free(s);
}
END_TEST

/* Heads, tails and products give what each shape by itself gives. */
START_TEST(the_background_is_the_sum_of_shapes_for_every_read)
{
	struct scene *s = scene_new();
	struct hl_score_work *w = hl_calloc(1, sizeof *w);
	for (int k = 0; k < READS / 10; k++) {
		const struct hl_channel_table *t = s->set.table[(size_t)k % s->set.n];
		const struct hl_density *d = &t->density;
		double listed = 0, any = 0;
		scene_make(s, t);
		hl_score_begin(w, t, &s->read);
		for (unsigned i = 0; i < d->n; i++)
			listed += d->shape[i].share * hl_channel_shape(&w->channel, d->shape[i].classes);
		for (int n = 1; n <= HL_PLATE_MAX; n++)
			any += d->length[n] * hl_channel_any(&w->channel, n);
		double all = (1 - d->any_shape) * listed + d->any_shape * any, is = hl_channel_sum(&w->channel);
		ck_assert_msg(fabs(all / is - 1) < 1e-11, "read %d: %g against %g", k, all, is);
	}
	free(w);
	scene_free(s);
}
END_TEST

static void expect_rounded(double p)
{
	char text[32];
	snprintf(text, sizeof text, "%.5e", p);
	ck_assert_msg(hl_score_round(p) == strtod(text, NULL), "%.17g is rounded to %.17g, as text %s", p, hl_score_round(p), text);
}

/* The quick way of rounding gives what printing and reading back gives: anywhere, at the middle of two figures and next to it, at powers of ten. */
START_TEST(rounding_is_that_of_the_text)
{
	struct hl_random random = { 3 };
	for (int k = 0; k < 300000; k++) {
		double n = floor(100000 + 900000 * hl_random_share(&random)), scale = pow(10, floor(44 * hl_random_share(&random)) - 28);
		double middle = (n + 0.5) * scale, values[] = { hl_random_share(&random) * scale, n * scale, middle };
		for (int i = 0; i < 3; i++) {
			expect_rounded(values[i]);
			expect_rounded(nextafter(values[i], 0));
			expect_rounded(nextafter(values[i], HUGE_VAL));
		}
	}
	for (int e = -320; e < 308; e++) {
		expect_rounded(pow(10, e));
		expect_rounded(nextafter(pow(10, e), 0));
		expect_rounded(9.999995 * pow(10, e));
	}
	ck_assert(hl_score_round(NAN) == 0 && hl_score_round(-1) == 0 && hl_score_round(0) == 0 && isinf(hl_score_round(INFINITY)));
}
END_TEST

UNIT_MAIN("score_bound", rounding_is_that_of_the_text, no_ratio_is_above_its_bound, no_figure_is_above_its_bound, the_background_is_the_sum_of_shapes_for_every_read)
