/* test_channel.c: the learned artefacts: there and back, faults with their places; simulated reads are the same for a seed and err as the channel says; learning
 * from them finds the rates again, whatever the order of the reads. */
#include "core/channel_learn.h"
#include "core/channel_set.h"
#include "core/simulate.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct hl_shipped *shipped(const char *name)
{
	const struct hl_shipped *s = hl_shipped;
	while (strcmp(s->name, name) != 0)
		s++;
	return s;
}

static void open_set(struct hl_channel_set *set)
{
	static char us[] = "us", scores[] = "openalpr", shares[] = "fastplateocr", plain[] = "neutral";
	struct hl_channels_section names = { us, scores, shares, plain };
	struct hl_faults faults = { 0 };
	*set = (struct hl_channel_set){ 0 };
	ck_assert_int_eq(hl_channels_load(set, &names, "/nonexistent/rules.yaml", &faults), HL_OK);
	ck_assert_uint_eq(set->n, 3);
}

START_TEST(test_there_and_back)
{
	static const char *const names[] = { "channels/openalpr", "channels/fastplateocr", "channels/neutral" };
	struct hl_faults faults = { 0 };
	struct hl_channel_table *t = hl_calloc(2, sizeof *t);
	struct hl_density *d = hl_calloc(2, sizeof *d);
	for (int i = 0; i < 3; i++) {
		struct hl_buf text = HL_BUF(1 << 20);
		const struct hl_shipped *s = shipped(names[i]);
		memset(t, 0, 2 * sizeof *t);
		ck_assert_int_eq(hl_channel_parse(&t[0], "a", (const char *)s->text, s->n, &faults), HL_OK);
		hl_channel_write(&t[0], "", "reads \"", &text);
		ck_assert_int_eq(hl_channel_parse(&t[1], "b", hl_buf_text(&text), text.len, &faults), HL_E_CONFIG); /* a quote in the source */
		hl_buf_clear(&text);
		hl_faults_clear(&faults);
		memset(&t[1], 0, sizeof t[1]);
		hl_channel_write(&t[0], "# again\n", "reads", &text);
		ck_assert_int_eq(hl_channel_parse(&t[1], "b", hl_buf_text(&text), text.len, &faults), HL_OK);
		ck_assert_int_eq(memcmp(&t[0], &t[1], sizeof t[0]), 0);
		hl_buf_fini(&text);
	}
	struct hl_buf text = HL_BUF(1 << 20);
	const struct hl_shipped *s = shipped("density/us");
	ck_assert_int_eq(hl_density_parse(&d[0], "a", (const char *)s->text, s->n, &faults), HL_OK);
	hl_density_write(&d[0], NULL, &text);
	ck_assert_int_eq(hl_density_parse(&d[1], "b", hl_buf_text(&text), text.len, &faults), HL_OK);
	for (unsigned i = 0; i < d[0].n; i++)
		ck_assert(fabs(d[0].shape[i].share - d[1].shape[i].share) < 1e-6 && !strcmp(d[0].shape[i].classes, d[1].shape[i].classes));
	hl_buf_fini(&text);
	free(t);
	free(d);
}
END_TEST

/* The first shipped channel with one text exchanged for another. */
static void expect_fault(const char *from, const char *to, const char *fault)
{
	const struct hl_shipped *s = shipped("channels/neutral");
	struct hl_channel_table *t = hl_calloc(1, sizeof *t);
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(1 << 20), said = HL_BUF(1 << 16);
	char *whole = hl_calloc(s->n + 1, 1);
	memcpy(whole, s->text, s->n);
	char *at = strstr(whole, from);
	ck_assert_msg(at != NULL, "%s", from);
	hl_buf_put(&text, whole, (size_t)(at - whole));
	hl_buf_puts(&text, to);
	hl_buf_puts(&text, at + strlen(from));
	ck_assert_int_eq(hl_channel_parse(t, "c.yaml", hl_buf_text(&text), text.len, &faults), HL_E_CONFIG);
	hl_faults_print(&faults, &said);
	ck_assert_msg(strstr(hl_buf_text(&said), fault) != NULL, "said %s, expected %s", hl_buf_text(&said), fault);
	hl_buf_fini(&text);
	hl_buf_fini(&said);
	free(whole);
	free(t);
}

START_TEST(test_faults)
{
	expect_fault("gap: none", "gap: points of view", "'gap': expected none, points or ratio");
	expect_fault("rho: ", "rh0: ", "unknown key 'rh0'");
	expect_fault("rho: ", "rh0: ", "missing 'rho'");
	expect_fault("bad_share: 0", "bad_share: 7", "expected 0 to 0.5");
	expect_fault("bad_share: 0", "bad_share: -0", "expected 1 plain decimals separated by spaces; number 1 is none");
	expect_fault("end_lost: ", "end_lost: 1 ", "expected 1 plain decimals; there is more");
	expect_fault("bands: 0", "bands: 1 0", "there is more");
	expect_fault("\n  \"7\": ", "\n  \"77\": ", "'77' is no symbol");
	expect_fault("\n  \"Z\": 0.", "\n  \"Z\": 0.9", "sum to");
	expect_fault("\nconf:", "\nkonf:", "expected 'conf'");
	struct hl_density *d = hl_calloc(1, sizeof *d);
	struct hl_faults faults = { 0 };
	static const char bad[] = "version: 1\nshapes: {LX: 1, LLLLLLLLLLLLL: 1}\n";
	ck_assert_int_eq(hl_density_parse(d, "d.yaml", bad, sizeof bad - 1, &faults), HL_E_CONFIG);
	ck_assert_uint_ge(faults.errors, 9);
	/* A list at the top has no keys at all. */
	struct hl_channel_table *t = hl_calloc(1, sizeof *t);
	hl_faults_clear(&faults);
	ck_assert_int_eq(hl_density_parse(d, "d.yaml", "- x", 3, &faults), HL_E_CONFIG);
	ck_assert_int_eq(hl_channel_parse(t, "c.yaml", "- x", 3, &faults), HL_E_CONFIG);
	ck_assert_int_eq(hl_channel_parse(t, "c.yaml", "x", 1, &faults), HL_E_CONFIG);
	ck_assert_uint_eq(faults.errors, 3);
	free(t);
	free(d);
	struct hl_channel_set set;
	open_set(&set);
	hl_faults_clear(&faults);
	ck_assert_int_eq(hl_channels_need(&set, "nobody", "/nonexistent/r.yaml", "s.yaml", &faults), HL_E_CONFIG);
	ck_assert_int_eq(hl_channels_need(&set, "openalpr", "/nonexistent/r.yaml", "s.yaml", &faults), HL_OK);
	ck_assert_uint_eq(set.n, 3);
	hl_channels_fini(&set);
}
END_TEST

enum { READS = 6000 };

static void plate_of(struct hl_random *r, struct hl_plate *p)
{
	static const char shape[] = "LLLDDDD";
	*p = (struct hl_plate){ .len = 7 };
	for (int i = 0; i < 7; i++)
		p->sym[i] = (uint8_t)(shape[i] == 'L' ? 10 + (int)(hl_random_share(r) * 26) : (int)(hl_random_share(r) * 10));
}

START_TEST(test_simulated_reads)
{
	struct hl_channel_set set;
	struct hl_read a, b;
	open_set(&set);
	for (size_t k = 0; k < set.n; k++) {
		const struct hl_channel_table *t = set.table[k];
		struct hl_random x = { 5 }, y = { 5 };
		size_t exact = 0, shown = 0, inexact = 0;
		for (int i = 0; i < READS; i++) {
			struct hl_plate p, q;
			plate_of(&x, &p);
			plate_of(&y, &q);
			hl_simulate(t, &x, &p, &a);
			hl_simulate(t, &y, &q, &b);
			ck_assert(!memcmp(&a.plate, &b.plate, sizeof a.plate) && a.confidence == b.confidence && a.n_candidates == b.n_candidates);
			ck_assert(a.plate.len >= 1 && a.confidence >= 0 && a.confidence <= 1);
			bool same = !memcmp(&a.plate, &p, sizeof p);
			exact += same;
			inexact += !same;
			for (unsigned c = 0; c < a.n_candidates; c++)
				shown += !same && !memcmp(&a.candidate[c].plate, &p, sizeof p);
			ck_assert_int_eq(hl_channel_guess(&a), t->gap);
		}
		ck_assert_msg(exact > READS / 2 && exact < READS * 95 / 100, "%s: %zu exact", t->name, exact);
		ck_assert_msg(t->gap == HL_GAP_NONE ? !shown : shown > inexact / 6 && shown < inexact, "%s: %zu of %zu shown", t->name, shown, inexact);
	}
	hl_channels_fini(&set);
}
END_TEST

static void learn_from(const struct hl_channel_table *t, bool backwards, struct hl_channel_table *out, struct hl_channel_report *report)
{
	struct hl_channel_learn *l = hl_channel_learn_new((enum hl_gap_form)t->gap);
	struct hl_confusion align;
	struct hl_read r;
	struct hl_err err;
	hl_confusion_init(&align);
	for (int i = 0; i < READS / 4; i++) {
		struct hl_random random = { (uint64_t)(backwards ? READS / 4 - 1 - i : i) };
		struct hl_plate p;
		plate_of(&random, &p);
		hl_simulate(t, &random, &p, &r);
		ck_assert_int_eq(hl_channel_learn_add(l, &r, &p, 1, &err), HL_OK);
	}
	ck_assert_int_eq(hl_channel_learn_run(l, &align, &t->density, 1, out, report, &err), HL_OK);
	hl_channel_learn_free(&l);
}

START_TEST(test_learning)
{
	struct hl_channel_set set;
	struct hl_channel_table *t = hl_calloc(2, sizeof *t);
	struct hl_channel_report report;
	struct hl_err err;
	open_set(&set);
	const struct hl_channel_table *from = set.by_form[HL_GAP_NONE];
	learn_from(from, false, &t[0], &report);
	learn_from(from, true, &t[1], &report);
	ck_assert_int_eq(memcmp(&t[0], &t[1], sizeof t[0]), 0);
	ck_assert(report.log_ratio >= report.log_ratio_start && report.fitted == READS / 4);
	double was = 0, found = 0;
	for (int b = 0; b < HL_BANDS; b++) {
		was += from->seen_error[b];
		found += t[0].seen_error[b];
	}
	ck_assert_msg(found > was / 2 && found < 2 * was, "errors %g, learned %g", was, found);
	ck_assert(t[0].rel[hl_sym_code('O')] > 2 && t[0].conf[hl_sym_code('O')][0] > 0.3);
	struct hl_channel_learn *none = hl_channel_learn_new(HL_GAP_NONE);
	struct hl_confusion align;
	hl_confusion_init(&align);
	ck_assert_int_eq(hl_channel_learn_run(none, &align, &from->density, 1, &t[0], &report, &err), HL_E_INPUT);
	hl_channel_learn_free(&none);
	hl_channels_fini(&set);
	free(t);
}
END_TEST

UNIT_MAIN("channel", test_there_and_back, test_faults, test_simulated_reads, test_learning)
