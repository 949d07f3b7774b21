/* index.c: see index.h. Sorts entries into parts, plans and builds each, and puts the findings of the parts and of the scanned list together. */
#include "core/index.h"
#include "base/mem.h"
#include "core/index_scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENTRIES_MAX = 1 << 28
};

static unsigned count_ones(const struct hl_pattern *p)
{
	unsigned n = 0;
	for (unsigned i = 0; i < p->len; i++)
		n += p->sym[i] == HL_SYM_ONE;
	return n;
}

/* The part an entry belongs to, or -1 for the scanned list. The symbols decide, whatever the flags say. */
static int part_of(const struct hl_pattern *p)
{
	if (p->len == 0 || (p->flags & HL_PAT_SCANNED) || memchr(p->sym, HL_SYM_RUN, p->len))
		return -1;
	unsigned ones = count_ones(p);
	return ones <= HL_IX_ONES ? (int)ones : -1;
}

/* Up to so many entries with so many '?' are scanned: quicker than the keys that a read would ask for because of them. */
static const size_t few_ones[HL_IX_ONES + 1] = { 0, 64, 4000 };

/* Entries by part: entry[part] lists positions, n[part] counts; the last is the scanned list. */
struct sorted {
	uint32_t *entry[HL_IX_ONES + 2];
	size_t n[HL_IX_ONES + 2];
};

static void sort_entries(struct sorted *s, const struct hl_pattern *patterns, size_t n)
{
	enum { SCAN = HL_IX_ONES + 1 };
	*s = (struct sorted){ .n = { 0 } };
	for (size_t i = 0; i < n; i++)
		s->n[part_of(&patterns[i]) < 0 ? SCAN : part_of(&patterns[i])]++;
	bool few[SCAN + 1] = { false };
	for (int part = 1; part < SCAN; part++) {
		if (s->n[part] > few_ones[part])
			continue;
		few[part] = true;
		s->n[SCAN] += s->n[part];
	}
	for (int part = 0; part <= SCAN; part++) {
		s->entry[part] = hl_alloc(s->n[part] * sizeof(uint32_t));
		s->n[part] = 0;
	}
	for (size_t i = 0; i < n; i++) {
		int part = part_of(&patterns[i]);
		if (part < 0 || few[part])
			part = SCAN;
		s->entry[part][s->n[part]++] = (uint32_t)i;
	}
}

static enum hl_code build_parts(struct hl_index *ix, struct sorted *s, const struct hl_crew *crew, struct hl_err *err)
{
	for (unsigned part = 0; part <= HL_IX_ONES; part++) {
		struct hl_ix_part *p = &ix->part[part];
		p->ones = part;
		p->n = s->n[part];
		if (p->n == 0)
			continue;
		enum hl_code code = hl_ix_plan(p, &ix->confusion, ix->max_cost, ix->pattern, s->entry[part], err);
		if (code == HL_OK)
			code = hl_ix_part_build(p, ix, s->entry[part], crew, err);
		if (code != HL_OK)
			return code;
	}
	return HL_OK;
}

struct hl_index *hl_ix_new(const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params)
{
	struct hl_index *ix = hl_calloc(1, sizeof *ix);
	ix->confusion = *params->confusion;
	ix->max_cost = params->max_cost;
	ix->n = n;
	ix->pattern = patterns;
	ix->borrowed = true;
	ix->pattern_bytes = n * sizeof patterns[0];
	for (ix->id_bits = 1; n > (size_t)1 << ix->id_bits;)
		ix->id_bits++;
	ix->test = hl_ix_test_best();
	ix->probe = hl_ix_probe_best();
	return ix;
}

static void copy_patterns(struct hl_index *ix)
{
	struct hl_pattern *own = hl_alloc_pages(ix->pattern_bytes);
	if (ix->n)
		memcpy(own, ix->pattern, ix->pattern_bytes);
	ix->pattern = own;
	ix->borrowed = false;
}

enum hl_code hl_index_new(struct hl_index **out, const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params, struct hl_err *err)
{
	*out = NULL;
	if (params->max_cost < 0 || params->max_cost > HL_COST_MAX)
		return hl_err_set(err, HL_E_INPUT, "max_cost is %d hundredths, expected 0 to %d", params->max_cost, HL_COST_MAX);
	if (n > ENTRIES_MAX)
		return hl_err_set(err, HL_E_LIMIT, "%zu entries in one index, at most %d", n, ENTRIES_MAX);
	struct hl_index *ix = hl_ix_new(patterns, n, params);
	struct sorted s;
	if (!params->borrow)
		copy_patterns(ix);
	sort_entries(&s, patterns, n);
	enum hl_code code = build_parts(ix, &s, params->crew, err);
	hl_ix_scan_init(&ix->scan, &ix->confusion, patterns, s.entry[HL_IX_ONES + 1], s.n[HL_IX_ONES + 1]);
	for (int part = 0; part <= HL_IX_ONES + 1; part++)
		free(s.entry[part]);
	if (code == HL_OK)
		*out = ix;
	else
		hl_index_free(&ix);
	return code;
}

void hl_index_free(struct hl_index **ix)
{
	if (!*ix)
		return;
	for (int part = 0; part <= HL_IX_ONES; part++)
		hl_ix_part_fini(&(*ix)->part[part]);
	if (!(*ix)->borrowed)
		hl_free_pages((void *)(uintptr_t)(*ix)->pattern, (*ix)->pattern_bytes);
	hl_ix_scan_fini(&(*ix)->scan);
	free(*ix);
	*ix = NULL;
}

const struct hl_pattern *hl_index_pattern(const struct hl_index *ix, uint32_t entry)
{
	return &ix->pattern[entry];
}

void hl_index_stats(const struct hl_index *ix, struct hl_index_stats *stats)
{
	*stats = (struct hl_index_stats){ .entries = ix->n, .bytes = ix->pattern_bytes + hl_ix_scan_bytes(&ix->scan) };
	size_t n = 0;
	for (int part = 0; part <= HL_IX_ONES; part++) {
		const struct hl_ix_part *p = &ix->part[part];
		if (p->n == 0)
			continue;
		char plan[64];
		hl_ix_plan_text(p, plan, sizeof plan);
		stats->bytes += p->filter_bytes + p->offset_bytes + p->item_bytes;
		stats->filter_bytes += p->filter_bytes;
		if (n < sizeof stats->plan)
			n += (size_t)snprintf(stats->plan + n, sizeof stats->plan - n, "%s%.*s%s", n ? " " : "", part, "??", plan);
	}
	if (ix->scan.n && n < sizeof stats->plan)
		snprintf(stats->plan + n, sizeof stats->plan - n, "%sscan:%zu", n ? " " : "", ix->scan.n);
}

struct hl_index_scratch *hl_index_scratch_new(void)
{
	return hl_calloc(1, sizeof(struct hl_index_scratch));
}

void hl_index_scratch_free(struct hl_index_scratch **s)
{
	if (!*s)
		return;
	free((*s)->chunk.keys.v);
	free((*s)->survivor);
	free((*s)->candidate);
	free((*s)->seen);
	free((*s)->found);
	free(*s);
	*s = NULL;
}

void hl_index_scratch_stats(const struct hl_index_scratch *s, struct hl_index_stats *stats)
{
	stats->queries = s->stats.queries;
	stats->keys = s->stats.keys;
	stats->survivors = s->stats.survivors;
	stats->verified = s->stats.verified;
	stats->found = s->stats.found;
}

void hl_ix_found_add(struct hl_index_scratch *s, uint32_t query, uint32_t entry, int cost)
{
	if (s->n_found == s->found_cap) {
		s->found_cap = s->found_cap ? s->found_cap * 2 : 64;
		s->found = hl_realloc(s->found, s->found_cap, sizeof s->found[0]);
	}
	s->found[s->n_found++] = (struct hl_found){ .query = query, .entry = entry, .cost = cost };
}

static int by_query_and_entry(const void *a, const void *b)
{
	const struct hl_found *x = a, *y = b;
	if (x->query != y->query)
		return x->query < y->query ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static size_t finish(struct hl_index_scratch *s, size_t queries, const struct hl_found **found)
{
	bool sorted = true;
	for (size_t i = 1; i < s->n_found && sorted; i++)
		sorted = by_query_and_entry(&s->found[i - 1], &s->found[i]) < 0;
	if (!sorted)
		qsort(s->found, s->n_found, sizeof s->found[0], by_query_and_entry);
	s->stats.queries += queries;
	s->stats.found += s->n_found;
	*found = s->found;
	return s->n_found;
}

static void compare_all(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets, size_t query)
{
	for (size_t i = 0; i < ix->n; i++) {
		int cost = hl_match_cost(&ix->confusion, &ix->pattern[i], &plates[query], budgets[query]);
		if (cost != HL_COST_NONE)
			hl_ix_found_add(s, (uint32_t)query, (uint32_t)i, cost);
	}
	s->stats.verified += ix->n;
}

size_t hl_index_query(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets, size_t n,
		      const struct hl_found **found)
{
	s->n_found = 0;
	for (int part = 0; part <= HL_IX_ONES; part++)
		if (ix->part[part].n)
			hl_ix_part_query(ix, &ix->part[part], s, plates, budgets, n);
	for (size_t q = 0; q < n; q++) {
		if (budgets[q] > ix->max_cost) /* no keys were made for that */
			compare_all(ix, s, plates, budgets, q);
		else if (ix->scan.n && budgets[q] >= 0)
			hl_ix_scan_query(ix, s, &plates[q], budgets[q], (uint32_t)q);
	}
	return finish(s, n, found);
}

size_t hl_index_query_all(const struct hl_index *ix, struct hl_index_scratch *s, const struct hl_plate *plates, const int *budgets, size_t n,
			  const struct hl_found **found)
{
	s->n_found = 0;
	for (size_t q = 0; q < n; q++)
		compare_all(ix, s, plates, budgets, q);
	return finish(s, n, found);
}

static int by_line(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

size_t hl_index_lines(const struct hl_index *ix, const struct hl_plate *plate, int budget)
{
	enum { LINE = 64 };
	struct hl_ix_keys keys = { 0 };
	size_t lines = 0;
	for (int part = 0; part <= HL_IX_ONES && budget >= 0 && budget <= ix->max_cost; part++) {
		const struct hl_ix_part *p = &ix->part[part];
		keys.n = 0;
		if (p->n)
			hl_ix_keys_read(p, budget, plate, &keys);
		for (size_t i = 0; i < keys.n; i++)
			keys.v[i] = hl_ix_block(p, keys.v[i]) * HL_IX_BLOCK / LINE;
		if (keys.n)
			qsort(keys.v, keys.n, sizeof keys.v[0], by_line);
		for (size_t i = 0; i < keys.n; i++)
			lines += i == 0 || keys.v[i] != keys.v[i - 1];
	}
	free(keys.v);
	return lines;
}
