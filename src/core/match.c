/* match.c: see match.h. hl_match_cost is what verifies the candidates of an index, so it has quick forms for the budgets in use; hl_match_align
 * fills the whole matrix and walks it. A pattern with '*' means the least cost over all plates that it stands for. Pure; any thread.
 */
#include "core/match.h"

#include <stdlib.h>
#include <string.h>

enum { SYM_O = 24, SYM_0 = 0 };

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

static bool free_pair(const struct hl_pattern *p, int i, const struct hl_plate *r, int j)
{
	return p->sym[i] == HL_SYM_ONE || same(p, p->sym[i], r->sym[j]);
}

/* The first i from which on listed i and read i + by differ, or `to`. */
static int run_of_equals(const struct hl_pattern *p, const struct hl_plate *r, int i, int to, int by)
{
	while (i < to && free_pair(p, i, r, i + by))
		i++;
	return i;
}

/* Equal lengths, one symbol lost and one invented, all else equal: between the first and the last difference one side stands one place further. */
static bool one_lost_one_invented(const struct hl_pattern *p, const struct hl_plate *r)
{
	int first = run_of_equals(p, r, 0, p->len, 0), last = p->len - 1;
	while (last > first && free_pair(p, last, r, last))
		last--;
	return run_of_equals(p, r, first + 1, last + 1, -1) > last || run_of_equals(p, r, first, last, 1) >= last;
}

/* Equal lengths. Losses and inventions come in pairs: only the whole budget of two hard edits allows one. */
static int cost_level(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, int max)
{
	int before = 0, now = 0;
	for (int i = 0; i < p->len; i++) {
		int v = now + sub_cost(t, p, p->sym[i], r->sym[i]);
		if (i && before + HL_HARD < v && swapped(p, i - 1, i, r, i - 1))
			v = before + HL_HARD;
		before = now;
		now = v;
		if (now > max && before > max)
			break;
	}
	if (now <= max)
		return now;
	return max >= 2 * HL_HARD && one_lost_one_invented(p, r) ? 2 * HL_HARD : HL_COST_NONE;
}

/* Lengths one apart: one gap, and substitutions and swaps on either side of it. */
static int cost_one_gap(const struct hl_confusion *t, const struct hl_pattern *p, const struct hl_plate *r, int max)
{
	int head[HL_PLATE_MAX + 1], tail[HL_PLATE_MAX + 1], best = HL_COST_NONE;
	bool lost = p->len > r->len;
	int n = lost ? r->len : p->len;
	/* By substitutions and swaps: head[i] is the least of the first i of both, tail[i] is the least of listed i + lost .. against read i + !lost .. */
	head[0] = tail[n] = 0;
	for (int i = 0; i < n; i++) {
		head[i + 1] = head[i] + sub_cost(t, p, p->sym[i], r->sym[i]);
		if (i && head[i - 1] + HL_HARD < head[i + 1] && swapped(p, i - 1, i, r, i - 1))
			head[i + 1] = head[i - 1] + HL_HARD;
	}
	for (int i = n - 1; i >= 0; i--) {
		tail[i] = tail[i + 1] + sub_cost(t, p, p->sym[i + lost], r->sym[i + !lost]);
		if (i + 1 < n && tail[i + 2] + HL_HARD < tail[i] && swapped(p, i + lost, i + 1 + lost, r, i + !lost))
			tail[i] = tail[i + 2] + HL_HARD;
	}
	for (int i = 0; i <= n; i++)
		if (head[i] + HL_HARD + tail[i] < best)
			best = head[i] + HL_HARD + tail[i];
	return best <= max ? best : HL_COST_NONE;
}

/* Lengths two apart take the whole budget: two gaps, each as late as possible, and all else equal. */
static int cost_two_gaps(const struct hl_pattern *p, const struct hl_plate *r)
{
	int by = p->len > r->len ? -1 : 1, n = p->len;
	int to = by > 0 ? n : r->len;
	int i = run_of_equals(p, r, 0, to, 0);
	i += by < 0;
	i = run_of_equals(p, r, i, by > 0 ? n : r->len + 1, by);
	i += by < 0;
	return run_of_equals(p, r, i, n, 2 * by) == n ? 2 * HL_HARD : HL_COST_NONE;
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
	if (gap == 2)
		return cost_two_gaps(listed, read);
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
