/* test_score_partial.c: what a read is worth for a plate of which a run of symbols is not known: the mean over the plates it stands for, by how frequent their
 * lengths are. The expected figures are made from patterns without '*', written out here.
 */
#include "core/channel_set.h"
#include "core/score.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct scene {
	struct hl_channel_set set;
	const struct hl_channel_table *table;
	struct hl_read read;
	struct hl_observation observation;
	struct hl_channel_read channel;
};

static void scene_init(struct scene *s, const char *plate)
{
	static char us[] = "us", scores[] = "openalpr", shares[] = "fastplateocr", plain[] = "neutral";
	struct hl_channels_section names = { us, scores, shares, plain };
	struct hl_faults faults = { 0 };
	memset(s, 0, sizeof *s);
	ck_assert_int_eq(hl_channels_load(&s->set, &names, "/nonexistent/rules.yaml", &faults), HL_OK);
	hl_read_init(&s->read);
	hl_copy(s->read.camera, sizeof s->read.camera, "cam1");
	hl_copy(s->read.plate_text, sizeof s->read.plate_text, plate);
	s->read.confidence = 0.9;
	hl_read_finish(&s->read, HL_NO_TIME);
	s->table = hl_channels_choose(&s->set, NULL, &s->read);
	hl_observe(&s->observation, (enum hl_gap_form)s->table->gap, &s->read);
	hl_channel_init(&s->channel, s->table, &s->observation);
}

static double likelihood(struct scene *s, const char *text)
{
	struct hl_pattern p;
	ck_assert_int_eq(hl_pattern_parse(&p, text, strlen(text), false, NULL), HL_OK);
	return hl_channel_likelihood(&s->channel, &p);
}

/* The share of passing plates with n symbols, from the density's own figures. */
static double share_of(const struct hl_density *d, size_t n)
{
	double share = d->any_shape * d->length[n];
	for (unsigned i = 0; i < d->n; i++)
		share += strlen(d->shape[i].classes) == n ? (1 - d->any_shape) * d->shape[i].share : 0;
	return share;
}

static void put_ones(char *dst, const char *before, size_t n, const char *between, size_t m, const char *behind)
{
	snprintf(dst, 2 * HL_PLATE_MAX, "%s%.*s%s%.*s%s", before, (int)n, "????????????", between, (int)m, "????????????", behind);
}

/* One run: "before*behind". */
static double written_out(struct scene *s, const char *before, const char *behind)
{
	size_t least = strlen(before) + strlen(behind), m = s->read.plate.len;
	double sum = 0, all = 0;
	for (size_t n = least; n <= HL_PLATE_MAX; n++) {
		char text[2 * HL_PLATE_MAX];
		put_ones(text, before, n - least, "", 0, behind);
		all += share_of(&s->table->density, n);
		if (n <= m + 3 && n + 3 >= m)
			sum += share_of(&s->table->density, n) * likelihood(s, text);
	}
	return sum / all;
}

/* Two runs: "*middle*", each share of the symbols alike. */
static double written_out_twice(struct scene *s, const char *middle)
{
	size_t least = strlen(middle), m = s->read.plate.len;
	double sum = 0, all = 0;
	for (size_t n = least; n <= HL_PLATE_MAX; n++) {
		all += share_of(&s->table->density, n);
		for (size_t first = 0; first <= n - least && n <= m + 3 && n + 3 >= m; first++) {
			char text[2 * HL_PLATE_MAX];
			put_ones(text, "", first, middle, n - least - first, "");
			sum += share_of(&s->table->density, n) * likelihood(s, text) / (double)(n - least + 1);
		}
	}
	return sum / all;
}

static void expect(double is, double want, const char *what)
{
	ck_assert_msg(want > 0 && fabs(is / want - 1) < 1e-9, "%s: %g, expected %g", what, is, want);
}

START_TEST(test_mean_over_runs)
{
	static const char *const reads[] = { "ABC1234", "ABC12", "ABC", "XBC1234", "ABC123456789", "AC1234" };
	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
		struct scene s;
		scene_init(&s, reads[i]);
		expect(likelihood(&s, "ABC*"), written_out(&s, "ABC", ""), reads[i]);
		expect(likelihood(&s, "*234"), written_out(&s, "", "234"), reads[i]);
		expect(likelihood(&s, "AB*34"), written_out(&s, "AB", "34"), reads[i]);
		expect(likelihood(&s, "A?*3?"), written_out(&s, "A?", "3?"), reads[i]);
		expect(likelihood(&s, "*BC1*"), written_out_twice(&s, "BC1"), reads[i]);
		hl_channels_fini(&s.set);
	}
}
END_TEST

/* The more is known, the more an exact read is worth; what differs is worth less; many runs are bounded. */
START_TEST(test_order)
{
	struct scene s;
	scene_init(&s, "ABC1234");
	double whole = likelihood(&s, "ABC1234"), six = likelihood(&s, "ABC123*"), three = likelihood(&s, "ABC*");
	ck_assert(whole > six && six > three && three > likelihood(&s, "ABX*"));
	ck_assert(likelihood(&s, "A*B*C*1*2*3*") > 0);
	ck_assert(likelihood(&s, "ABCDEFGHIJK*") >= 0);
	hl_channels_fini(&s.set);
}
END_TEST

/* A symbol read right is worth about as much whatever the run is: the figure of a run does not fall with its length as if each symbol were a surprise. */
START_TEST(test_runs_of_usual_length)
{
	struct scene s;
	scene_init(&s, "ABC1234");
	double run = likelihood(&s, "ABC*"), ones = likelihood(&s, "ABC????");
	ck_assert_msg(run / ones > 0.9 * share_of(&s.table->density, 7), "%g against %g", run, ones);
	hl_channels_fini(&s.set);
}
END_TEST

UNIT_MAIN("score_partial", test_mean_over_runs, test_order, test_runs_of_usual_length)
