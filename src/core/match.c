/* match.c: see match.h. hl_match_cost is what verifies the candidates of an index, so it has quick forms for the budgets in use; hl_match_align
 * fills the whole matrix and walks it. A pattern with '*' means the least cost over all plates that it stands for. Pure; any thread.
 */
#include "core/match.h"

#include <stdlib.h>
#include <string.h>

enum { SYM_O = 24, SYM_0 = 0, BAND = HL_COST_MAX / HL_HARD };

static bool o_or_0(int sym)
{
	return sym == SYM_O || sym == SYM_0;
}

/* Equal without cost for this entry; a '?' equals nothing here, see swapped. */
static bool same(const struct hl_pattern *p, int listed, int read)
{
	return listed == read || ((p->flags & HL_PAT_O0) && o_or_0(listed) && o_or_0(read));
}

static int sub_cost(const struct hl_confusion *t, const struct hl_pattern *p, int listed, int read)
{
	if (listed == HL_SYM_ONE || same(p, listed, read))
		return 0;
	return t->cost[listed][read];
}

/* Are listed i, k (neighbours, i first) read the other way round at j, j + 1? A '?' needs no swap: standing for the symbol read there it costs nothing,
 * and its neighbour is at most one hard edit. */
static bool swapped(const struct hl_pattern *p, int i, int k, const struct hl_plate *r, int j)
{
	return same(p, p->sym[i], r->sym[j + 1]) && same(p, p->sym[k], r->sym[j]) && !same(p, p->sym[i], p->sym[k]);
}

/* Equal lengths and less than two hard edits: losses and inventions come in pairs, so only substitutions and swaps are left. */
static int cost_level(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, int max)
{
	int before = 0, now = 0, last = 0;
	for (int i = 0; i < p->len; i++) {
		int sub = sub_cost(t, p, p->sym[i], r->sym[i]);
		int v = now + sub;
		if (sub && last && before + HL_HARD < v && swapped(p, i - 1, i, r, i - 1))
			v = before + HL_HARD;
		before = now;
		now = v;
		last = sub;
		if (now > max && before > max)
			return HL_COST_NONE;
	}
	return now <= max ? now : HL_COST_NONE;
}

/* Lengths one apart and less than two hard edits: one gap, and substitutions. shorter_is_read: a listed symbol was lost. */
static int cost_one_gap(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, int max)
{
	bool lost = p->len > r->len;
	int n = lost ? r->len : p->len, tail[HL_PLATE_MAX + 1], best = HL_COST_NONE, head = 0;
	tail[n] = 0;
	for (int i = n - 1; i >= 0; i--)
		tail[i] = tail[i + 1] + sub_cost(t, p, p->sym[i + lost], r->sym[i + !lost]);
	for (int i = 0; head + HL_HARD <= max; i++) {
		if (head + HL_HARD + tail[i] < best)
			best = head + HL_HARD + tail[i];
		if (i == n)
			break;
		head += sub_cost(t, p, p->sym[i], r->sym[i]);
	}
	return best <= max ? best : HL_COST_NONE;
}

/* The whole of the recurrence, in the band that the budget leaves. Rows are kept for the last two symbols. */
static int cost_band(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, int max)
{
	enum { PAD = BAND + 1, WIDTH = HL_PLATE_MAX + 2 * PAD + 1 };
	int rows[3][WIDTH];
	int m = r->len, k = max / HL_HARD;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < WIDTH; j++)
			rows[i][j] = HL_COST_NONE;
	for (int j = 0; j <= m && j <= k; j++)
		rows[0][PAD + j] = j * HL_HARD;
	for (int i = 1; i <= p->len; i++) {
		int *row = rows[i % 3] + PAD, *up = rows[(i + 2) % 3] + PAD, *up2 = rows[(i + 1) % 3] + PAD, least = HL_COST_NONE;
		int lo = i > k ? i - k : 0, hi = i + k < m ? i + k : m;
		row[lo - 1] = HL_COST_NONE;
		for (int j = lo; j <= hi; j++) {
			int v = up[j] + HL_HARD;
			if (j && row[j - 1] + HL_HARD < v)
				v = row[j - 1] + HL_HARD;
			if (j && up[j - 1] < v) {
				int d = up[j - 1] + sub_cost(t, p, p->sym[i - 1], r->sym[j - 1]);
				v = d < v ? d : v;
			}
			if (i > 1 && j > 1 && up2[j - 2] + HL_HARD < v && swapped(p, i - 2, i - 1, r, j - 2))
				v = up2[j - 2] + HL_HARD;
			row[j] = v;
			least = v < least ? v : least;
		}
		row[hi + 1] = HL_COST_NONE;
		if (least > max + HL_HARD) /* a swap may still start in the row above, one hard edit below its cost */
			return HL_COST_NONE;
	}
	int cost = p->len - m <= k ? rows[p->len % 3][PAD + m] : HL_COST_NONE;
	return cost <= max ? cost : HL_COST_NONE;
}

/* cost[i][j]: of listed i.. against read j.. */
struct matrix {
	int cost[HL_PLATE_MAX + 1][HL_PLATE_MAX + 1];
};

/* The listed symbol after i that is no '*', or len. */
static int next_symbol(const struct hl_pattern *p, int i)
{
	do
		i++;
	while (i < p->len && p->sym[i] == HL_SYM_RUN);
	return i;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int cell(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, const struct matrix *m, int i, int j)
{
	bool more_listed = i < p->len, more_read = j < r->len;
	if (!more_listed)
		return (r->len - j) * HL_HARD;
	if (p->sym[i] == HL_SYM_RUN)
		return more_read ? least(m->cost[i + 1][j], m->cost[i][j + 1]) : m->cost[i + 1][j];
	int v = m->cost[i + 1][j] + HL_HARD;
	if (!more_read)
		return v;
	v = least(v, m->cost[i][j + 1] + HL_HARD);
	v = least(v, m->cost[i + 1][j + 1] + sub_cost(t, p, p->sym[i], r->sym[j]));
	int k = next_symbol(p, i);
	if (k < p->len && j + 1 < r->len && swapped(p, i, k, r, j))
		v = least(v, m->cost[k + 1][j + 2] + HL_HARD);
	return v;
}

/* From the right, so that a walk from the left can choose among equals. */
static void fill(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, struct matrix *m)
{
	for (int i = p->len; i >= 0; i--)
		for (int j = r->len; j >= 0; j--)
			m->cost[i][j] = cell(t, p, r, m, i, j);
}

static bool has_run(const struct hl_pattern *p)
{
	return (p->flags & HL_PAT_SCANNED) && memchr(p->sym, HL_SYM_RUN, p->len);
}

int hl_match_cost(const struct hl_confusion *t, const struct hl_pattern *listed, const struct hl_plate *read, int max)
{
	if (max < 0)
		return HL_COST_NONE;
	if (max > HL_COST_MAX || has_run(listed)) {
		struct matrix m;
		fill(t, listed, read, &m);
		return m.cost[0][0] <= max ? m.cost[0][0] : HL_COST_NONE;
	}
	int gap = abs(listed->len - read->len);
	if (gap * HL_HARD > max)
		return HL_COST_NONE;
	if (max >= 2 * HL_HARD)
		return cost_band(t, listed, read, max);
	return gap ? cost_one_gap(t, listed, read, max) : cost_level(t, listed, read, max);
}

static void put_text(char dst[3], const uint8_t *sym, int a, int b)
{
	memset(dst, 0, 3);
	if (a >= 0)
		dst[0] = hl_sym_char(sym[a]);
	if (b >= 0)
		dst[1] = hl_sym_char(sym[b]);
}

static void put_op(struct hl_alignment *a, enum hl_op_type type, int i, int j, int cost)
{
	a->op[a->n++] = (struct hl_op){ .type = (uint8_t)type, .pos = (uint8_t)i, .rpos = (uint8_t)j, .cost = (uint8_t)cost };
}

/* One step of the walk at *i, *j; the texts of an op are put in here as well. */
static void step(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, const struct matrix *m, int *i, int *j,
		 struct hl_alignment *a)
{
	int v = m->cost[*i][*j], k = next_symbol(p, *i);
	bool both = *i < p->len && *j < r->len;
	if (*i < p->len && p->sym[*i] == HL_SYM_RUN) {
		*(m->cost[*i + 1][*j] == v ? i : j) += 1;
		return;
	}
	int sub = both ? sub_cost(t, p, p->sym[*i], r->sym[*j]) : 0;
	struct hl_op *op = &a->op[a->n];
	if (both && m->cost[*i + 1][*j + 1] + sub == v) {
		if (p->sym[*i] != HL_SYM_ONE && p->sym[*i] != r->sym[*j]) {
			put_op(a, HL_OP_SUB, *i, *j, sub);
			put_text(op->listed, p->sym, *i, -1);
			put_text(op->read, r->sym, *j, -1);
		}
		*i += 1;
		*j += 1;
	} else if (both && k < p->len && *j + 1 < r->len && swapped(p, *i, k, r, *j) && m->cost[k + 1][*j + 2] + HL_HARD == v) {
		put_op(a, HL_OP_SWAP, *i, *j, HL_HARD);
		put_text(op->listed, p->sym, *i, k);
		put_text(op->read, r->sym, *j, *j + 1);
		*i = k + 1;
		*j += 2;
	} else if (*i < p->len && m->cost[*i + 1][*j] + HL_HARD == v) {
		put_op(a, HL_OP_LOST, *i, *j, HL_HARD);
		put_text(op->listed, p->sym, *i, -1);
		*i += 1;
	} else {
		put_op(a, HL_OP_INVENTED, *i, *j, HL_HARD);
		put_text(op->read, r->sym, *j, -1);
		*j += 1;
	}
}

int hl_match_align(const struct hl_confusion *t, const struct hl_pattern *listed, const struct hl_plate *read, struct hl_alignment *a)
{
	struct matrix m;
	fill(t, listed, read, &m);
	*a = (struct hl_alignment){ .cost = m.cost[0][0] };
	for (int i = 0, j = 0; i < listed->len || j < read->len;)
		step(t, listed, read, &m, &i, &j, a);
	return a->cost;
}

enum hl_kind hl_match_kind(const struct hl_pattern *listed, const struct hl_alignment *a)
{
	if (listed->flags & HL_PAT_WILD)
		return HL_KIND_WILDCARD;
	for (unsigned i = 0; i < a->n; i++)
		if (a->op[i].type != HL_OP_SUB || a->op[i].cost >= HL_HARD)
			return HL_KIND_EDIT;
	return a->n ? HL_KIND_CONFUSABLE : HL_KIND_EXACT;
}

const char *hl_kind_name(enum hl_kind kind)
{
	static const char *const names[] = { "exact", "confusable", "edit", "wildcard", "candidate" };
	return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

const char *hl_op_name(uint8_t type)
{
	static const char *const names[] = { "sub", "lost", "invented", "swap" };
	return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}
