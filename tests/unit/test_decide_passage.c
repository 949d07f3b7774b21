/* test_decide_passage.c: passages in the decisions: with one read each nothing changes, several go into both figures by the mean of their ratios, and
 * only the order of a camera's reads counts, not how they were batched.
 */
#include "catalog_fixture.h"
#include "unit.h"

#include <math.h>

static const char *const listed[] = { "ABC1234", "ABC1284", "A8C1234", "XYZ7890", "5SOW750", "ABC?234" };
enum { LISTED = sizeof listed / sizeof listed[0], READS = 300 };

static const char rules[] = "confusions: {pairs: [{chars: \"8B\", cost: 0.3}, {chars: \"37\", cost: 0.4}]}\n"
			    "match: {max_cost: 1.0, min_probability: 0, alert_probability: 0.5}\nlists: {stolen: {base_rate: 0.00001}}\n";

static struct hl_catalog *catalog(void)
{
	const char *const name = "stolen";
	struct hl_snapshot *s = plates_of("stolen", listed, LISTED);
	return catalog_of(rules, &name, &s, 1, NULL);
}

/* Reads of the listed plates with symbols changed, at some cameras, a second apart. */
static void some_reads(struct hl_read *r, size_t n, unsigned cameras)
{
	static const char symbols[] = "ABC8B3712X";
	uint32_t x = 99;
	for (size_t i = 0; i < n; i++) {
		char plate[16];
		hl_copy(plate, sizeof plate, listed[(x >> 16) % (LISTED - 1)]);
		for (int k = 0; k < 2; k++) {
			x = x * 1664525 + 1013904223;
			if (x >> 30)
				plate[(x >> 16) % 7] = symbols[(x >> 8) % 10];
		}
		r[i] = read_of(plate);
		snprintf(r[i].camera, sizeof r[i].camera, "cam%zu", i % cameras);
		snprintf(r[i].id, sizeof r[i].id, "r%zu", i);
		r[i].time_ms += (int64_t)i * 100;
		r[i].confidence = 0.7 + 0.03 * (x >> 29);
	}
}

/* All hits of the reads, `batch` at a time, as bytes; the number of reads with hits of more than one read in *several. */
static char *figures(const struct hl_catalog *c, const struct hl_read *r, size_t n, size_t batch, bool passages, unsigned *several)
{
	struct hl_buf out = HL_BUF(16 << 20);
	struct hl_decider *d = hl_decider_new();
	struct hl_decide_opts o = { .now_ms = HL_NO_TIME, .passages = passages ? hl_passages_new() : NULL };
	*several = 0;
	for (size_t at = 0; at < n; at += batch) {
		const struct hl_hit *h;
		size_t hits = hl_decide(c, d, r + at, n - at < batch ? n - at : batch, &o, &h);
		for (size_t i = 0; i < hits; i++) {
			*several += h[i].passage_reads > 1;
			hl_buf_printf(&out, "%zu %u %u %u %a %a %a %d\n", at + h[i].read, h[i].entry, (unsigned)h[i].cost, h[i].passage_reads, h[i].plate_probability,
				      h[i].probability, h[i].detail.likelihood_ratio, (int)h[i].decision);
		}
	}
	hl_decider_free(&d);
	hl_passages_free(&o.passages);
	return hl_buf_steal(&out);
}

START_TEST(one_read_a_passage_changes_nothing)
{
	struct hl_catalog *c = catalog();
	struct hl_read *r = hl_calloc(READS, sizeof *r);
	unsigned several;
	some_reads(r, READS, READS);
	char *without = figures(c, r, READS, READS, false, &several), *with = figures(c, r, READS, READS, true, &several);
	ck_assert_uint_eq(several, 0);
	ck_assert_uint_gt(strlen(without), 1000);
	ck_assert_str_eq(without, with);
	free(without);
	free(with);
	free(r);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(batches_change_nothing)
{
	struct hl_catalog *c = catalog();
	struct hl_read *r = hl_calloc(READS, sizeof *r);
	unsigned several;
	some_reads(r, READS, 3);
	char *all = figures(c, r, READS, READS, true, &several);
	ck_assert_uint_gt(several, 100);
	for (size_t batch = 1; batch < 80; batch += 21) {
		char *is = figures(c, r, READS, batch, true, &several);
		ck_assert_str_eq(all, is);
		free(is);
	}
	free(all);
	free(r);
	hl_catalog_unref(&c);
}
END_TEST

/* One read of plate at t seconds; the hit on the listed plate, or none (decision HL_DROP and passage_reads 0). */
static struct hl_hit see(const struct hl_catalog *c, struct hl_passages *p, const char *plate, int t, const char *on)
{
	struct hl_read r = read_of(plate);
	struct hl_decider *d = hl_decider_new();
	struct hl_hit hit = { 0 };
	const struct hl_hit *h;
	r.time_ms += 1000 * t;
	snprintf(r.id, sizeof r.id, "t%d", t);
	size_t n = hl_decide(c, d, &r, 1, &(struct hl_decide_opts){ .now_ms = r.time_ms, .passages = p }, &h);
	for (size_t i = 0; i < n; i++) {
		char text[HL_PLATE_MAX + 1];
		hl_pattern_text(hl_snapshot_pattern(c->list[h[i].list].snapshot, h[i].entry), text);
		if (!strcmp(text, on))
			hit = h[i];
	}
	hl_decider_free(&d);
	return hit;
}

START_TEST(the_figures_are_of_the_mean)
{
	struct hl_catalog *c = catalog();
	struct hl_passages *p = hl_passages_new();
	double good = see(c, NULL, "XYZ7890", 0, "XYZ7890").detail.likelihood_ratio, bad = see(c, NULL, "XYZ789", 0, "XYZ7890").detail.likelihood_ratio;
	ck_assert(good > 100 * bad && bad > 0);
	struct hl_hit h = see(c, p, "XYZ789", 0, "XYZ7890");
	ck_assert_uint_eq(h.passage_reads, 1);
	ck_assert(h.detail.likelihood_ratio == bad);
	h = see(c, p, "XY2789", 1, "XYZ7890"); /* two edits: not retrieved */
	ck_assert_uint_eq(h.passage_reads, 0);
	h = see(c, p, "XYZ7890", 2, "XYZ7890");
	ck_assert_uint_eq(h.passage_reads, 3);
	double mean = (good + bad + h.detail.epsilon) / 3, weight = h.detail.prior * mean;
	ck_assert_msg(fabs(h.detail.likelihood_ratio / mean - 1) < 1e-5, "%g instead of %g", h.detail.likelihood_ratio, mean);
	ck_assert(fabs(h.plate_probability / (weight / (weight + 1 - h.detail.prior)) - 1) < 1e-5);
	hl_passages_free(&p);
	hl_catalog_unref(&c);
}
END_TEST

/* An exact match among reads of another plate is not what passed: each frame alone would alert. And reads that get better rise. */
START_TEST(decisions_fall_and_rise)
{
	struct hl_catalog *c = catalog();
	struct hl_passages *p = hl_passages_new();
	ck_assert_int_eq(see(c, NULL, "5SOW750", 9, "5SOW750").decision, HL_ALERT);
	for (int i = 0; i < 9; i++)
		see(c, p, "5SQW75X", i, "5SOW750");
	struct hl_hit alone = see(c, NULL, "5SOW750", 9, "5SOW750"), h = see(c, p, "5SOW750", 9, "5SOW750");
	ck_assert_uint_eq(h.passage_reads, 10);
	ck_assert(h.plate_probability < alone.plate_probability);
	ck_assert(fabs(h.detail.likelihood_ratio * 10 / alone.detail.likelihood_ratio - 1) < 1e-4);
	h = see(c, p, "XYZ789", 10, "XYZ7890");
	ck_assert_int_eq(h.decision, HL_VERIFY);
	h = see(c, p, "XYZ7890", 11, "XYZ7890");
	ck_assert_int_eq(h.decision, HL_ALERT);
	ck_assert_uint_eq(h.passage_reads, 2);
	hl_passages_free(&p);
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("decide_passage", one_read_a_passage_changes_nothing, batches_change_nothing, the_figures_are_of_the_mean, decisions_fall_and_rise)
