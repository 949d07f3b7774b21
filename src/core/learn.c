/* learn.c: see learn.h. Align, count, turn rates into costs, choose how many pairs, write the file. Pure.
 *
 * rate(t > r) = (n[t > r] + n[r > t] / 2) / (n[t read right] + 10): half of the opposite confusion counts too, since what looks alike one way looks
 * alike the other way, if less often; the 10 keeps rare symbols from extremes. cost = scale * -log10(rate), within 0.10 .. 0.90.
 */
#include "core/learn.h"
#include "core/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A read further from its plate than LIMIT hundredths is noise: its alignment would invent confusions. */
enum { ROUNDS = 3, LIMIT = 250, COST_LOW = 10, COST_HIGH = 90 };
#define OPPOSITE 0.5
#define DAMPING 10.0

struct sample {
	struct hl_plate truth, read;
};

/* n substitutions of one pair on the reads of one plate. */
struct token {
	uint8_t listed, read;
	uint16_t n, opposite; /* opposite: of read > listed on the same plate */
	double left_out;      /* the pair's rate without this plate */
};

struct hl_learn {
	size_t n, cap;
	struct sample *v;
	uint64_t count[HL_SYMBOLS][HL_SYMBOLS]; /* [truth][read]; the diagonal: read right */
	size_t tokens_n, tokens_cap;
	struct token *tokens;
};

struct hl_learn *hl_learn_new(void)
{
	return hl_calloc(1, sizeof(struct hl_learn));
}

void hl_learn_free(struct hl_learn **l)
{
	if (*l) {
		free((*l)->v);
		free((*l)->tokens);
	}
	free(*l);
	*l = NULL;
}

enum hl_code hl_learn_add(struct hl_learn *l, const struct hl_plate *truth, const struct hl_plate *read, struct hl_err *err)
{
	if (l->n == HL_LEARN_MAX)
		return hl_err_set(err, HL_E_LIMIT, "more than %d labelled reads", HL_LEARN_MAX);
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 1024;
		l->v = hl_realloc(l->v, l->cap, sizeof l->v[0]);
	}
	l->v[l->n++] = (struct sample){ *truth, *read };
	return HL_OK;
}

static int by_plate(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sample));
}

/* What one round counts on the reads of one plate. */
struct tally {
	uint16_t sub[HL_SYMBOLS][HL_SYMBOLS];
	struct hl_learn_report *report;
};

static void count_ops(struct tally *tally, const struct hl_alignment *a)
{
	struct hl_learn_report *r = tally->report;
	for (unsigned i = 0; i < a->n; i++) {
		const struct hl_op *op = &a->op[i];
		if (op->type == HL_OP_SUB)
			tally->sub[hl_sym_code(op->listed[0])][hl_sym_code(op->read[0])]++;
		r->substituted += op->type == HL_OP_SUB;
		r->lost += op->type == HL_OP_LOST;
		r->invented += op->type == HL_OP_INVENTED;
		r->swapped += op->type == HL_OP_SWAP;
	}
}

/* The symbols of the truth that no operation touches were read right. */
static void count_right(struct tally *tally, const struct hl_plate *truth, const struct hl_alignment *a)
{
	bool touched[HL_PLATE_MAX + 2] = { false };
	for (unsigned i = 0; i < a->n; i++) {
		touched[a->op[i].pos] |= a->op[i].type != HL_OP_INVENTED;
		touched[a->op[i].pos + 1] |= a->op[i].type == HL_OP_SWAP;
	}
	for (unsigned i = 0; i < truth->len; i++)
		if (!touched[i]) {
			tally->sub[truth->sym[i]][truth->sym[i]]++;
			tally->report->correct++;
		}
}

static void count_sample(struct tally *tally, const struct hl_confusion *t, const struct sample *s)
{
	struct hl_pattern listed = { .len = s->truth.len };
	struct hl_alignment a;
	memcpy(listed.sym, s->truth.sym, sizeof listed.sym);
	tally->report->reads++;
	if (hl_match_align(t, &listed, &s->read, &a) > LIMIT) {
		tally->report->too_far++;
		return;
	}
	tally->report->exact += a.cost == 0;
	count_ops(tally, &a);
	count_right(tally, &s->truth, &a);
}

static void keep_token(struct hl_learn *l, const struct tally *tally, int t, int r)
{
	if (l->tokens_n == l->tokens_cap) {
		l->tokens_cap = l->tokens_cap ? 2 * l->tokens_cap : 256;
		l->tokens = hl_realloc(l->tokens, l->tokens_cap, sizeof l->tokens[0]);
	}
	l->tokens[l->tokens_n++] = (struct token){ .listed = (uint8_t)t, .read = (uint8_t)r, .n = tally->sub[t][r], .opposite = tally->sub[r][t] };
}

static void keep_tally(struct hl_learn *l, const struct tally *tally)
{
	for (int t = 0; t < HL_SYMBOLS; t++)
		for (int r = 0; r < HL_SYMBOLS; r++) {
			l->count[t][r] += tally->sub[t][r];
			if (t != r && tally->sub[t][r])
				keep_token(l, tally, t, r);
		}
}

static void count_all(struct hl_learn *l, const struct hl_confusion *t, struct hl_learn_report *report)
{
	memset(l->count, 0, sizeof l->count);
	l->tokens_n = 0;
	*report = (struct hl_learn_report){ 0 };
	for (size_t i = 0; i < l->n;) {
		struct tally tally = { .report = report };
		size_t first = i;
		/* A tally of one plate is 16 bits wide: more reads of it than that go to a second one. */
		for (; i < l->n && i - first < 4000 && !memcmp(&l->v[i].truth, &l->v[first].truth, sizeof l->v[i].truth); i++)
			count_sample(&tally, t, &l->v[i]);
		keep_tally(l, &tally);
		report->plates++;
	}
}

static double rate_of(const struct hl_learn *l, int t, int r, unsigned less, unsigned less_opposite)
{
	double n = (double)(l->count[t][r] - less) + OPPOSITE * (double)(l->count[r][t] - less_opposite);
	return n / ((double)l->count[t][t] + DAMPING);
}

static int cost_of(double rate, double scale)
{
	double cost = rate > 0 ? floor(100 * scale * -log10(rate) + 0.5) : COST_HIGH;
	return cost < COST_LOW ? COST_LOW : cost > COST_HIGH ? COST_HIGH : (int)cost;
}

static void table_of(const struct hl_learn *l, double scale, double least_rate, struct hl_confusion *t)
{
	hl_confusion_init(t);
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int b = 0; b < HL_SYMBOLS; b++) {
			double rate = a == b ? 0 : rate_of(l, a, b, 0, 0);
			if (rate > 0 && rate >= least_rate)
				hl_confusion_set(t, a, b, cost_of(rate, scale), NULL);
		}
}

static int by_left_out(const void *a, const void *b)
{
	double x = ((const struct token *)a)->left_out, y = ((const struct token *)b)->left_out;
	return x < y ? 1 : x > y ? -1 : 0;
}

/* The least rate at which the table still covers the wanted share of the substitutions on plates that it was not learned from: each plate is left out in
 * turn, and its substitutions are covered where the pair's rate on all other plates is high enough. 0: all pairs seen, where that is not enough. */
static double least_rate(struct hl_learn *l, double coverage, struct hl_learn_report *report)
{
	uint64_t all = 0, covered = 0, coverable = 0;
	for (size_t i = 0; i < l->tokens_n; i++) {
		struct token *t = &l->tokens[i];
		t->left_out = rate_of(l, t->listed, t->read, t->n, t->opposite);
		all += t->n;
		coverable += t->left_out > 0 ? t->n : 0;
	}
	qsort(l->tokens, l->tokens_n, sizeof l->tokens[0], by_left_out);
	report->covered_max = (double)coverable / (double)all;
	double rate = 0;
	for (size_t i = 0; i < l->tokens_n && l->tokens[i].left_out > 0 && (double)covered < coverage * (double)all; i++) {
		covered += l->tokens[i].n;
		rate = l->tokens[i].left_out;
	}
	report->covered = (double)covered / (double)all;
	if ((double)covered < coverage * (double)all)
		return 0;
	return rate;
}

static int by_cost(const void *a, const void *b)
{
	const struct hl_learn_pair *x = a, *y = b;
	if (x->cost != y->cost)
		return x->cost - y->cost;
	return x->listed != y->listed ? x->listed - y->listed : x->read - y->read;
}

static void choose(struct hl_learn *l, const struct hl_learn_params *params, struct hl_learn_report *report)
{
	struct hl_confusion t;
	table_of(l, params->scale, 0, &t);
	report->pairs_seen = t.pairs;
	table_of(l, params->scale, least_rate(l, params->coverage, report), &t);
	for (int a = 0; a < HL_SYMBOLS; a++)
		for (int b = 0; b < HL_SYMBOLS; b++)
			if (a != b && t.cost[a][b] < HL_HARD)
				report->pair[report->n++] =
					(struct hl_learn_pair){ .listed = (uint8_t)a, .read = (uint8_t)b, .cost = t.cost[a][b], .n = (unsigned)l->count[a][b] };
	qsort(report->pair, report->n, sizeof report->pair[0], by_cost);
}

enum hl_code hl_learn_run(struct hl_learn *l, const struct hl_learn_params *params, struct hl_learn_report *report, struct hl_err *err)
{
	if (!(params->scale >= 0.01 && params->scale <= 10))
		return hl_err_set(err, HL_E_INPUT, "scale %g; expected 0.01 .. 10", params->scale);
	if (!(params->coverage > 0 && params->coverage <= 1))
		return hl_err_set(err, HL_E_INPUT, "coverage %g; expected above 0, at most 1", params->coverage);
	if (!l->n)
		return hl_err_set(err, HL_E_INPUT, "no labelled read to learn from");
	struct hl_confusion t;
	hl_confusion_init(&t);
	qsort(l->v, l->n, sizeof l->v[0], by_plate);
	for (int round = 0; round < ROUNDS; round++) {
		count_all(l, &t, report);
		table_of(l, params->scale, 0, &t);
	}
	if (!report->substituted)
		return hl_err_set(err, HL_E_INPUT, "no substitution in %zu labelled reads to learn from", report->reads);
	choose(l, params, report);
	return HL_OK;
}

static void write_head(const struct hl_learn_params *params, const struct hl_learn_report *r, struct hl_buf *out)
{
	hl_buf_puts(out, "# Which symbols are taken for which, by measurement. Made by `hotlistctl channel learn`; make it again rather than editing it:\n"
			 "# pairs of a rules file override it. Statistics only: no plate is in here.\n#\n");
	hl_buf_printf(out, "# From %zu labelled reads of %zu plates (%zu without error, %zu too unlike their plate to align): %llu symbols right, %llu substituted,\n",
		      r->reads, r->plates, r->exact, r->too_far, (unsigned long long)r->correct, (unsigned long long)r->substituted);
	hl_buf_printf(out, "# %llu lost, %llu invented, %llu swaps.\n#\n", (unsigned long long)r->lost, (unsigned long long)r->invented,
		      (unsigned long long)r->swapped);
	hl_buf_printf(out, "# cost = %g * -log10((n + opposite / 2) / (read right + %g)), within 0.10 .. 0.90; n, the times that the listed symbol was read so,\n"
			   "# stands behind each pair. 0 means that only the opposite was seen.\n#\n", params->scale, DAMPING);
	hl_buf_printf(out, "# %zu of the %zu directed pairs seen, the most frequent first, are enough for --coverage %g: with each plate left out in turn, the table\n"
			   "# of the others holds %.1f %% of its substitutions (all pairs seen: %.1f %%). At max_cost 1.0 any one substitution is found without being\n"
			   "# listed, so more pairs hardly find more; they tell a usual misreading from an odd one, and they count below 1.0. Fewer than about 60\n"
			   "# pairs make the index faster and smaller. doc/scoring.md has the figures.\n",
		      r->n, r->pairs_seen, params->coverage, 100 * r->covered, 100 * r->covered_max);
}

void hl_learn_write(const struct hl_learn_params *params, const struct hl_learn_report *report, const char *source, struct hl_buf *out)
{
	write_head(params, report, out);
	hl_buf_puts(out, "version: 1\n");
	if (source && source[0])
		hl_buf_printf(out, "source: \"%s\"\n", source);
	hl_buf_puts(out, "pairs:\n");
	for (size_t i = 0; i < report->n; i++) {
		const struct hl_learn_pair *p = &report->pair[i];
		hl_buf_printf(out, "  - {listed: \"%c\", read: \"%c\", cost: %d.%02d} # %u\n", hl_sym_char(p->listed), hl_sym_char(p->read), p->cost / HL_HARD,
			      p->cost % HL_HARD, p->n);
	}
}
