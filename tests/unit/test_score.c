/* test_score.c: the two figures: sums, order, twins, contradictions, honesty about short plates and huge lists, the reader's confidence and alternatives;
 * the background against a walk over all plates; exp and log. */
#include "base/mem.h"
#include "core/channel.h"
#include "core/exact.h"
#include "core/channel_set.h"
#include "core/score.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 64 };

struct scene {
	struct hl_read read;
	struct hl_pattern pattern[MAX];
	struct hl_hypothesis h[MAX];
	struct hl_score_detail detail[MAX];
	size_t n;
};

static void scene_init(struct scene *s, const char *plate, double confidence)
{
	memset(s, 0, sizeof *s);
	hl_read_init(&s->read);
	hl_copy(s->read.plate_text, sizeof s->read.plate_text, plate);
	s->read.time_ms = 0;
	s->read.confidence = confidence;
	hl_copy(s->read.id, sizeof s->read.id, "r");
	hl_read_finish(&s->read, HL_NO_TIME);
}

static struct hl_hypothesis *list(struct scene *s, const char *plate, const char *state, double prior)
{
	size_t i = s->n++;
	ck_assert_uint_lt(i, MAX);
	ck_assert_int_eq(hl_pattern_parse(&s->pattern[i], plate, strlen(plate), false, NULL), HL_OK);
	s->h[i] = (struct hl_hypothesis){ .pattern = &s->pattern[i], .state = state, .prior = prior };
	return &s->h[i];
}

/* The channels that come with the program. */
static struct hl_channel_set channels;

static void channels_open(void)
{
	static char us[] = "us", scores[] = "openalpr", shares[] = "fastplateocr", plain[] = "neutral";
	struct hl_channels_section names = { us, scores, shares, plain };
	struct hl_faults faults = { 0 };
	ck_assert_int_eq(hl_channels_load(&channels, &names, "/nonexistent/rules.yaml", &faults), HL_OK);
}

static void channels_close(void)
{
	hl_channels_fini(&channels);
}

static void score(struct scene *s)
{
	hl_score(hl_channels_choose(&channels, NULL, &s->read), &s->read, s->h, s->n, s->detail);
}

static void candidate(struct scene *s, const char *plate, double confidence)
{
	hl_read_add_candidate(&s->read, plate, strlen(plate), confidence);
}

static double plate_probability(const char *read, double confidence, const char *listed, double prior)
{
	struct scene s;
	scene_init(&s, read, confidence);
	list(&s, listed, "", prior);
	score(&s);
	ck_assert(s.h[0].plate_probability == s.h[0].probability);
	ck_assert(s.h[0].plate_probability >= 0 && s.h[0].plate_probability <= 1);
	return s.h[0].plate_probability;
}

#define TEN_THOUSAND (0.005 / 10000)
#define MILLION (0.005 / 1000000)

START_TEST(test_better_match_never_smaller)
{
	static const char *const falling[] = { "ABC1234", "ABC1284", "ABC128Z", "XYZ128Z" };
	double last = 1;
	ck_assert(plate_probability("ABC1234", 0.93, falling[0], TEN_THOUSAND) > 0.99);
	for (size_t i = 0; i < 4; i++) {
		double p = plate_probability("ABC1234", 0.93, falling[i], TEN_THOUSAND);
		ck_assert_msg(p <= last, "%s: %g after %g", falling[i], p, last);
		last = p;
	}
	ck_assert(last < 0.001);
	/* A confusable pair by its cost: dearer is less probable, none listed least. */
	double o = plate_probability("ABC1B34", 0.93, "ABC1834", TEN_THOUSAND), hard = plate_probability("ABC1934", 0.93, "ABC1834", TEN_THOUSAND);
	double dear = plate_probability("5SOW350", 0.93, "5SOW750", TEN_THOUSAND);
	ck_assert_msg(o > dear && dear > hard, "%g %g %g", o, dear, hard);
	ck_assert_msg(o > 0.2, "%g", o);
	ck_assert_msg(hard < 0.2 && hard < o / 2, "%g of %g", hard, o);
}
END_TEST

START_TEST(test_more_confidence_makes_an_exact_match_surer)
{
	double last = 0;
	for (double c = 0.05; c < 1; c += 0.05) {
		double p = plate_probability("ABC1234", c, "ABC1234", MILLION / 100);
		ck_assert_msg(p >= last, "confidence %g: %g after %g", c, p, last);
		last = p;
	}
	/* and an inexact one less probable */
	ck_assert(plate_probability("ABC1934", 0.999, "ABC1834", TEN_THOUSAND) < plate_probability("ABC1934", 0.9, "ABC1834", TEN_THOUSAND));
	double unknown = plate_probability("ABC1K34", -1, "ABC1834", TEN_THOUSAND);
	ck_assert(unknown > 0 && unknown < 1);
}
END_TEST

START_TEST(test_short_plates_and_huge_lists_are_honest)
{
	double p7 = plate_probability("ABC1234", 0.95, "ABC1234", TEN_THOUSAND), p4 = plate_probability("1234", 0.95, "1234", TEN_THOUSAND);
	double p7m = plate_probability("ABC1234", 0.95, "ABC1234", MILLION), p5m = plate_probability("12345", 0.95, "12345", MILLION);
	ck_assert_msg(p7 > 0.99, "%g", p7);
	ck_assert_msg(p4 < 0.9 && p4 < p7, "%g", p4);
	ck_assert_msg(p7m < p7, "%g", p7m);
	ck_assert_msg(p5m < 0.2, "%g", p5m);
}
END_TEST

START_TEST(test_sum_over_vehicles)
{
	static const char *const plates[] = { "ABC1234", "A8C1234", "ABC1284", "AB01234", "ABC123", "ABC12345", "4BC1234", "ABC1Z34" };
	struct scene s;
	scene_init(&s, "ABC1234", 0.7);
	for (size_t i = 0; i < 8; i++)
		list(&s, plates[i], i & 1 ? "us-ca" : "", 0.01 * (double)(i + 1));
	s.h[2].evidence[HL_C_STATE] = HL_EV_AGREES;
	s.h[2].evidence[HL_C_MAKE] = HL_EV_AGREES;
	score(&s);
	double plate = 0, all = 0;
	for (size_t i = 0; i < s.n; i++) {
		plate += s.h[i].plate_probability;
		all += s.h[i].probability;
	}
	ck_assert_msg(plate > 0 && plate <= 1.00001, "%g", plate);
	ck_assert_msg(all > 0 && all <= 1.00001, "%g", all);
}
END_TEST

/* A listed rival takes probability away; an entry of the same vehicle does not. */
START_TEST(test_competition_and_twins)
{
	struct scene s;
	scene_init(&s, "ABC12B4", 0.9);
	list(&s, "ABC1284", "us-ca", 1e-4);
	score(&s);
	double alone = s.h[0].plate_probability;
	list(&s, "ABC12B4", "us-ca", 1e-4);
	score(&s);
	ck_assert(s.h[0].plate_probability < alone);
	ck_assert(s.h[1].plate_probability > s.h[0].plate_probability);

	scene_init(&s, "ABC1204", 0.6);
	list(&s, "ABC1204", "us-ca", 1e-6);
	score(&s);
	alone = s.h[0].plate_probability;
	list(&s, "ABC1204", "us-ca", 1e-6); /* a second list */
	list(&s, "ABC12O4", "us-ca", 1e-7); /* the twin */
	list(&s, "ABC1204", "", 1e-7);      /* no state */
	score(&s);
	for (int i = 0; i < 4; i++)
		ck_assert_msg(fabs(s.h[i].plate_probability / alone - 1) < 0.001, "%d: %g, alone %g", i, s.h[i].plate_probability, alone);
	list(&s, "ABC1204", "us-nv", 1e-6); /* another vehicle */
	score(&s);
	ck_assert(s.h[0].plate_probability < alone && fabs(s.h[0].plate_probability / s.h[4].plate_probability - 1) < 0.05);
	ck_assert(s.h[0].plate_probability + s.h[4].plate_probability <= 1.00001);
}
END_TEST

/* The prior of a vehicle on two lists is the larger one, and one list's size is no business of another's entries. */
START_TEST(test_prior_is_the_largest)
{
	struct scene a, b;
	scene_init(&a, "ABC12B4", 0.6);
	list(&a, "ABC1284", "", 1e-9);
	list(&a, "ABC1284", "", 1e-5);
	score(&a);
	scene_init(&b, "ABC12B4", 0.6);
	list(&b, "ABC1284", "", 1e-5);
	score(&b);
	ck_assert(a.h[0].plate_probability == b.h[0].plate_probability);
	ck_assert(a.h[1].plate_probability == b.h[0].plate_probability);
	ck_assert(hl_score_base_rate(10000) == 0.005 && hl_score_base_rate(1000000) == 0.005);
	ck_assert(hl_score_base_rate(2) == 1e-6 && hl_score_base_rate(0) == 0);
}
END_TEST

START_TEST(test_contradictions)
{
	for (int c = 0; c < HL_CONTRADICTIONS; c++) {
		struct scene none, agrees, differs;
		struct scene *all[] = { &none, &agrees, &differs };
		for (int i = 0; i < 3; i++) {
			scene_init(all[i], "ABC12B4", 0.9);
			list(all[i], "ABC1284", "", 1e-7);
			all[i]->h[0].evidence[c] = (enum hl_evidence)i;
			score(all[i]);
			ck_assert(all[i]->h[0].plate_probability == none.h[0].plate_probability);
			ck_assert(all[i]->detail[0].evidence[c] > 0);
		}
		ck_assert(none.h[0].probability == none.h[0].plate_probability);
		ck_assert(agrees.h[0].probability > none.h[0].probability);
		ck_assert(differs.h[0].probability < none.h[0].probability);
	}
}
END_TEST

/* Of two entries about one vehicle the one that the read contradicts is less probable, and it does not hurt the other. */
START_TEST(test_contradiction_is_the_entrys_own)
{
	struct scene s;
	scene_init(&s, "ABC1284", 0.6);
	list(&s, "ABC1284", "us-ca", 1e-8);
	s.h[0].evidence[HL_C_MAKE] = HL_EV_AGREES;
	score(&s);
	double alone = s.h[0].probability;
	list(&s, "ABC1284", "us-ca", 1e-8);
	s.h[1].evidence[HL_C_MAKE] = HL_EV_DIFFERS;
	score(&s);
	ck_assert(s.h[0].probability == alone);
	ck_assert(s.h[1].probability < alone);
	ck_assert(s.h[0].plate_probability == s.h[1].plate_probability);
}
END_TEST

/* A car on two lists: the entry that says nothing of make and colour is as probable as if it stood alone, however well the other's description fits. */
START_TEST(test_entries_about_one_vehicle_do_not_compete)
{
	struct scene alone, both, stateless;
	scene_init(&alone, "ABC1284", 0.9);
	list(&alone, "ABC1284", "us-ca", 1e-6);
	score(&alone);
	scene_init(&both, "ABC1284", 0.9);
	list(&both, "ABC1284", "us-ca", 1e-6);
	list(&both, "ABC1284", "us-ca", 1e-6);
	both.h[1].evidence[HL_C_MAKE] = both.h[1].evidence[HL_C_COLOR] = both.h[1].evidence[HL_C_STATE] = HL_EV_AGREES;
	score(&both);
	ck_assert(both.h[0].probability == alone.h[0].probability);
	ck_assert(both.h[0].plate_probability == alone.h[0].plate_probability);
	ck_assert(both.h[1].probability > both.h[0].probability);
	scene_init(&stateless, "ABC1284", 0.9);
	list(&stateless, "ABC1284", "", 1e-6);
	list(&stateless, "ABC1284", "us-ca", 1e-6);
	stateless.h[1].evidence[HL_C_MAKE] = HL_EV_AGREES;
	score(&stateless);
	ck_assert(stateless.h[0].probability == alone.h[0].probability);
}
END_TEST

START_TEST(test_candidates_are_evidence)
{
	struct scene s;
	double last = 1;
	static const double below[] = { 0.01, 0.03, 0.06, 0.2 };
	for (int i = 0; i < 5; i++) {
		scene_init(&s, "ABC1K34", 0.9);
		candidate(&s, "ABC1K34", 0.9);
		candidate(&s, "AXC1K34", 0.85);
		if (i < 4)
			candidate(&s, "ABC1834", 0.9 - below[i]);
		list(&s, "ABC1834", "", TEN_THOUSAND);
		score(&s);
		ck_assert_msg(s.h[0].plate_probability <= last, "%d: %g after %g", i, s.h[0].plate_probability, last);
		last = s.h[0].plate_probability;
	}
	/* A longer candidate shows a lost symbol; two alternatives never listed together combine. */
	scene_init(&s, "ABC134", 0.9);
	candidate(&s, "ABC134", 0.9);
	list(&s, "ABC1W34", "", TEN_THOUSAND);
	score(&s);
	double without = s.h[0].plate_probability;
	candidate(&s, "ABC1W34", 0.88);
	score(&s);
	ck_assert(s.h[0].plate_probability > 2 * without);
	scene_init(&s, "ABC1K34", 0.9);
	candidate(&s, "ABC1K34", 0.9);
	list(&s, "AXC1Z34", "", TEN_THOUSAND);
	score(&s);
	without = s.h[0].plate_probability;
	candidate(&s, "AXC1K34", 0.89);
	candidate(&s, "ABC1Z34", 0.89);
	score(&s);
	ck_assert(s.h[0].plate_probability > 10 * without);
}
END_TEST

START_TEST(test_slots_are_evidence)
{
	struct scene s;
	double p[2];
	for (int i = 0; i < 2; i++) {
		scene_init(&s, "AB1", 0.95);
		static const char top[] = "AB1";
		for (int j = 0; j < 3; j++)
			s.read.slot[j] = (struct hl_read_slot){ .n = 2, .sym = { (uint8_t)hl_sym_code(top[j]), (uint8_t)hl_sym_code('Z') }, .p = { 0.9f, i && j == 2 ? 0.3f : 0.001f } };
		s.read.n_slots = 3;
		list(&s, "ABZ", "", 1e-5);
		score(&s);
		p[i] = s.h[0].plate_probability;
	}
	ck_assert(p[1] > 5 * p[0]);
	s.read.n_slots = 2; /* can't be put beside the symbols: not used */
	score(&s);
	ck_assert(s.h[0].plate_probability < p[1]);
}
END_TEST

START_TEST(test_order_does_not_matter)
{
	static const char *const plates[] = { "ABC1234", "ABC1234", "A8C1234", "AB01234", "ABO1234", "ABC1?34", "ABC*", "ABC12345", "XYZ" };
	struct scene a, b;
	scene_init(&a, "ABC1234", 0.8);
	scene_init(&b, "ABC1234", 0.8);
	for (int i = 0; i < 9; i++) {
		struct hl_hypothesis *x = list(&a, plates[i], i % 3 ? "us-ca" : "", 1e-3 / (i + 1));
		x->evidence[HL_C_TYPE] = (enum hl_evidence)(i % 3);
	}
	for (int i = 8; i >= 0; i--) {
		struct hl_hypothesis *x = list(&b, plates[i], i % 3 ? "us-ca" : "", 1e-3 / (i + 1));
		x->evidence[HL_C_TYPE] = (enum hl_evidence)(i % 3);
	}
	score(&a);
	score(&b);
	for (int i = 0; i < 9; i++) {
		ck_assert(a.h[i].plate_probability == b.h[8 - i].plate_probability);
		ck_assert(a.h[i].probability == b.h[8 - i].probability);
		ck_assert(a.h[i].likelihood == b.h[8 - i].likelihood);
		ck_assert(a.detail[i].log_channel == b.detail[8 - i].log_channel);
	}
}
END_TEST

START_TEST(test_collapsed_and_wildcards)
{
	struct scene s;
	scene_init(&s, "ABC1234", 0.9);
	list(&s, "ABC1234", "", 1e-7);
	list(&s, "ABC1?34", "", 1e-7);
	list(&s, "ABC1*", "", 1e-7);
	score(&s);
	ck_assert(s.detail[0].log_channel > s.detail[1].log_channel && s.detail[1].log_channel > s.detail[2].log_channel);
	ck_assert(s.h[2].plate_probability > 0);
	scene_init(&s, "ABO1234", 0.9);
	list(&s, "AB01234", "", 1e-7);
	score(&s);
	double apart = s.h[0].plate_probability;
	s.pattern[0].flags |= HL_PAT_O0;
	score(&s);
	ck_assert(s.h[0].plate_probability > apart);
}
END_TEST

START_TEST(test_nothing_to_score)
{
	struct scene s;
	scene_init(&s, "---", 0.9);
	list(&s, "ABC1234", "", 1e-7);
	s.h[0].probability = 7;
	score(&s);
	ck_assert(s.h[0].probability == 0 && s.h[0].plate_probability == 0);
	s.n = 0;
	score(&s);
	scene_init(&s, "ABCDEFGHIJKL", 1.0);
	list(&s, "ABCDEFGHIJKL", "", 0);
	list(&s, "ABCDEFGHIJKM", "", 1);
	list(&s, "A*", "", NAN);
	score(&s);
	for (size_t i = 0; i < s.n; i++)
		ck_assert(s.h[i].probability >= 0 && s.h[i].probability <= 1);
}
END_TEST

/* The sum over all plates of one, two and three symbols by the recursion, against walking them. */
static double weight(const struct hl_density *d, const struct hl_pattern *p)
{
	double w = d->first[hl_class_of(p->sym[0])];
	for (int i = 0; i < p->len; i++)
		w *= d->symbol[p->sym[i]] * (i ? d->next[hl_class_of(p->sym[i - 1])][hl_class_of(p->sym[i])] : 1);
	return w;
}

START_TEST(test_background_against_a_walk)
{
	struct scene s;
	struct hl_observation o;
	struct hl_channel_read ch;
	double sum[4] = { 0 }, shape = 0;
	scene_init(&s, "A7", 0.9);
	candidate(&s, "A7", 0.9);
	candidate(&s, "AB7", 0.88);
	candidate(&s, "A", 0.87);
	const struct hl_channel_table *t = hl_channels_choose(&channels, NULL, &s.read);
	ck_assert_str_eq(t->name, "openalpr");
	hl_observe(&o, HL_GAP_POINTS, &s.read);
	ck_assert_uint_eq(o.n_hints, 2);
	hl_channel_init(&ch, t, &o);
	for (int i = 0; i < HL_SYMBOLS * HL_SYMBOLS * HL_SYMBOLS; i++) {
		struct hl_pattern p = { .len = 3, .sym = { (uint8_t)(i % HL_SYMBOLS), (uint8_t)(i / HL_SYMBOLS % HL_SYMBOLS), (uint8_t)(i / HL_SYMBOLS / HL_SYMBOLS) } };
		bool two = !p.sym[2], one = two && !p.sym[1];
		for (p.len = 3; p.len; p.len--)
			if (p.len == 3 || (p.len == 2 ? two : one))
				sum[p.len] += weight(&t->density, &p) * hl_channel_likelihood(&ch, &p);
	}
	for (int n = 1; n <= 3; n++)
		ck_assert_msg(fabs(sum[n] / hl_channel_any(&ch, n) - 1) < 1e-9, "%d symbols: walked %g, recursion %g", n, sum[n], hl_channel_any(&ch, n));
	for (int a = 10; a < 36; a++)
		for (int d = 0; d < 10; d++) {
			struct hl_pattern p = { .len = 2, .sym = { (uint8_t)a, (uint8_t)d } };
			shape += hl_channel_likelihood(&ch, &p) * t->density.symbol[a] * t->density.symbol[d];
		}
	ck_assert(fabs(shape / hl_channel_shape(&ch, "LD") - 1) < 1e-9);
	ck_assert(ch.background > 0);
}
END_TEST

/* The background from the shapes one by one, without the beginnings that they share. */
START_TEST(test_background_is_the_sum_of_shapes)
{
	struct scene s;
	struct hl_observation o;
	struct hl_channel_read ch;
	double listed = 0, any = 0;
	scene_init(&s, "8ABC123", 0.97);
	for (int j = 0; j < 7; j++)
		s.read.slot[j] = (struct hl_read_slot){ .n = 2, .sym = { s.read.plate.sym[j], 11 }, .p = { 0.9f, 0.05f } };
	s.read.n_slots = 7;
	const struct hl_channel_table *t = hl_channels_choose(&channels, "nobody", &s.read);
	ck_assert_str_eq(t->name, "fastplateocr");
	ck_assert(hl_channels_choose(&channels, "neutral", &s.read) != t);
	hl_observe(&o, HL_GAP_RATIO, &s.read);
	hl_channel_init(&ch, t, &o);
	for (unsigned i = 0; i < t->density.n; i++)
		listed += t->density.shape[i].share * hl_channel_shape(&ch, t->density.shape[i].classes);
	for (int n = 1; n <= HL_PLATE_MAX; n++)
		any += t->density.length[n] * hl_channel_any(&ch, n);
	double all = (1 - t->density.any_shape) * listed + t->density.any_shape * any;
	ck_assert_msg(fabs(all / ch.background - 1) < 1e-9, "%g against %g", all, ch.background);
}
END_TEST

/* The sum that doc/scoring.md works out by hand. Who changes a constant of the channel makes the default table's example again there. */
START_TEST(test_the_documents_sum)
{
	struct scene s;
	scene_init(&s, "5SOW350", 0.91);
	list(&s, "5SOW750", "", TEN_THOUSAND);
	s.h[0].evidence[HL_C_MAKE] = HL_EV_DIFFERS;
	score(&s);
	ck_assert_msg(fabs(s.h[0].likelihood / 5.53763e6 - 1) < 0.01, "LR %g", s.h[0].likelihood);
	ck_assert_msg(s.h[0].plate_probability == 0.734665, "%.9g", s.h[0].plate_probability);
	ck_assert_msg(s.h[0].probability == 0.333506, "%.9g", s.h[0].probability);
}
END_TEST

START_TEST(test_exact_functions_and_rounding)
{
	for (double x = -690; x < 690; x += 0.37) {
		ck_assert(fabs(hl_exact_exp(x) / exp(x) - 1) < 1e-12);
		ck_assert(fabs(hl_exact_log(exp(x)) - x) < 1e-12 * (1 + fabs(x)));
	}
	ck_assert(hl_exact_exp(-1e9) == 0 && hl_exact_exp(1e9) > 1e300 && hl_exact_log(0) < -700 && hl_exact_log(1) == 0);
	ck_assert(fabs(hl_exact_pow(2, 10) - 1024) < 1e-9 && hl_exact_pow(0, 2) == 0);
	ck_assert(hl_score_round(0.12345649) == 0.123456 && hl_score_round(1.0 / 3) == 0.333333 && hl_score_round(-1) == 0 && hl_score_round(NAN) == 0);
	ck_assert(hl_score_round(1) == 1 && hl_score_round(1.23456789e-12) == 1.23457e-12 && hl_score_round(0) == 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_better_match_never_smaller, test_more_confidence_makes_an_exact_match_surer, test_short_plates_and_huge_lists_are_honest,
		test_sum_over_vehicles, test_competition_and_twins, test_prior_is_the_largest, test_contradictions, test_contradiction_is_the_entrys_own, test_entries_about_one_vehicle_do_not_compete,
		test_candidates_are_evidence, test_slots_are_evidence, test_order_does_not_matter, test_collapsed_and_wildcards, test_nothing_to_score,
		test_background_against_a_walk, test_background_is_the_sum_of_shapes, test_the_documents_sum, test_exact_functions_and_rounding,
	};
	Suite *s = suite_create("score");
	TCase *t = tcase_create("score");
	tcase_add_unchecked_fixture(t, channels_open, channels_close);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
