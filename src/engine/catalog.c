/* catalog.c: the snapshot of everything that decides: lists, rules, settings, index segments. Built aside by one thread (start, reload, activation),
 * then immutable and shared by count. Loading from the state folder stands in catalog_load.c.
 */
#include "engine/catalog.h"
#include "core/score.h"
#include "engine/catalog_priv.h"
#include "engine/segment.h"

#include <stdlib.h>
#include <string.h>

struct hl_share *hl_share_new(void *what, void (*end)(void *what))
{
	struct hl_share *s = hl_calloc(1, sizeof *s);
	atomic_init(&s->refs, 1);
	s->what = what;
	s->end = end;
	return s;
}

struct hl_share *hl_share_ref(struct hl_share *s)
{
	if (s)
		atomic_fetch_add(&s->refs, 1);
	return s;
}

void hl_share_unref(struct hl_share **s)
{
	struct hl_share *was = *s;
	*s = NULL;
	if (!was || atomic_fetch_sub(&was->refs, 1) != 1)
		return;
	was->end(was->what);
	free(was);
}

struct hl_catalog *hl_catalog_ref(struct hl_catalog *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void hl_catalog_unref(struct hl_catalog **c)
{
	struct hl_catalog *was = *c;
	*c = NULL;
	if (!was || atomic_fetch_sub(&was->refs, 1) != 1)
		return;
	for (size_t i = 0; i < was->n_segments; i++) {
		hl_share_unref(&was->segment[i].share);
		free(was->segment[i].reach);
	}
	for (size_t i = 0; i < was->n_lists; i++) {
		hl_share_unref(&was->list[i].share);
		hl_share_unref(&was->list[i].hand_share);
	}
	hl_share_unref(&was->settings_share);
	hl_share_unref(&was->rules_share);
	hl_share_unref(&was->mutes_share);
	if (was->shadow)
		hl_catalog_unref(&was->shadow);
	free(was->list);
	free(was);
}

size_t hl_catalog_names(const struct hl_catalog *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_lists; i++)
		n += !i || strcmp(c->list[i].name, c->list[i - 1].name) != 0;
	return n;
}

const struct hl_catalog_list *hl_catalog_list(const struct hl_catalog *c, const char *name, bool by_hand)
{
	for (size_t i = 0; i < c->n_lists; i++)
		if (c->list[i].by_hand == by_hand && !strcmp(c->list[i].name, name))
			return &c->list[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hl_catalog_part *)a)->name, ((const struct hl_catalog_part *)b)->name);
}

/* What both rows of a list have in common. */
static struct hl_catalog_list *put_row(struct hl_catalog *c, const struct hl_catalog_part *p)
{
	struct hl_catalog_list *l = &c->list[c->n_lists++];
	const struct hl_rules_list *rl = hl_rules_list(c->rules, p->name);
	const struct hl_hand *hand = p->hand ? p->hand->what : NULL;
	size_t n = (p->share ? hl_snapshot_count(p->share->what) : 0) + (hand ? hand->listed : 0);
	hl_copy(l->name, sizeof l->name, p->name);
	l->hand_share = hl_share_ref(p->hand);
	l->hand = hand;
	l->match = hl_rules_match(c->rules, p->name);
	l->match_at = hl_rules_match_at(c->rules, p->name);
	l->priority = rl && rl->priority ? (int)rl->priority : HL_PRIORITY_DEFAULT;
	l->prior = n ? (rl && rl->base_rate >= 0 ? rl->base_rate : hl_score_base_rate(n)) / (double)n : 0;
	return l;
}

/* One row for the version, one for what was added by hand. */
static void put_list(struct hl_catalog *c, const struct hl_catalog_part *p)
{
	struct hl_catalog_list *l;
	if (p->share) {
		l = put_row(c, p);
		l->version = p->version;
		l->share = hl_share_ref(p->share);
		l->snapshot = p->share->what;
	}
	if (p->hand) {
		l = put_row(c, p);
		l->by_hand = true;
		l->snapshot = l->hand->snapshot;
		hl_hand_version(l->hand, &l->version);
	}
}

static size_t entries(const struct hl_catalog_list *l)
{
	return hl_snapshot_count(l->snapshot);
}

/* Marks the lists that have a segment of their own: the largest first, at most as many as leave one segment for the others and one for what is added by
 * hand. That one is kept free also while nothing was: the first entry by hand must not push a large list out of its segment. */
static void pick_own(struct hl_catalog *c, bool *own)
{
	size_t n = 0;
	for (; n < HL_SEGMENTS_MAX - 2; n++) {
		size_t best = c->n_lists;
		for (size_t i = 0; i < c->n_lists; i++)
			if (!own[i] && !c->list[i].by_hand && entries(&c->list[i]) >= HL_SEGMENT_OWN && (best == c->n_lists || entries(&c->list[i]) > entries(&c->list[best])))
				best = i;
		if (best == c->n_lists)
			return;
		own[best] = true;
	}
}

/* What one list looks for at one camera. */
static void reach_add(struct hl_catalog *c, struct hl_segment *s, unsigned camera, const struct hl_match_opts *m)
{
	struct hl_budget *b = &s->reach[camera];
	b->plate = m->max_cost > b->plate ? m->max_cost : b->plate;
	if (m->candidates > 0 && m->candidate_cost > b->alternative)
		b->alternative = m->candidate_cost;
	s->candidates = m->candidates > s->candidates ? m->candidates : s->candidates;
	c->candidates = m->candidates > c->candidates ? m->candidates : c->candidates;
	int most = b->plate > b->alternative ? b->plate : b->alternative;
	s->budget = most > s->budget ? most : s->budget;
}

static enum hl_code segment_add(struct hl_catalog *c, struct hl_catalog_list *l, size_t segment, struct hl_err *err)
{
	struct hl_segment *s = &c->segment[segment];
	size_t cameras = c->rules->cameras.n;
	if (segment == c->n_segments) {
		*s = (struct hl_segment){ .reach = hl_calloc(cameras + 1, sizeof s->reach[0]) };
		for (size_t i = 0; i <= cameras; i++)
			s->reach[i].alternative = -1;
		c->n_segments++;
	}
	if (entries(l) >= UINT32_MAX - s->entries)
		return hl_err_set(err, HL_E_LIMIT, "the lists have more than %u entries together", UINT32_MAX);
	l->segment = (unsigned)segment;
	l->first = s->entries;
	s->entries += (uint32_t)entries(l);
	for (unsigned camera = 0; camera <= cameras; camera++)
		reach_add(c, s, camera, hl_catalog_match(l, camera));
	return HL_OK;
}

/* Which list stands where. Segment 0 is the shared one where there are small lists; the last is that of the entries by hand where there are some. */
static enum hl_code lay_out(struct hl_catalog *c, struct hl_err *err)
{
	bool *own = hl_calloc(c->n_lists, sizeof *own);
	enum hl_code code = HL_OK;
	pick_own(c, own);
	for (size_t i = 0; i < c->n_lists && code == HL_OK; i++)
		if (!own[i] && !c->list[i].by_hand)
			code = segment_add(c, &c->list[i], 0, err);
	for (size_t i = 0; i < c->n_lists && code == HL_OK; i++)
		if (own[i])
			code = segment_add(c, &c->list[i], c->n_segments, err);
	size_t hand = c->n_segments;
	for (size_t i = 0; i < c->n_lists && code == HL_OK; i++)
		if (c->list[i].by_hand && entries(&c->list[i]))
			code = segment_add(c, &c->list[i], hand, err);
		else if (c->list[i].by_hand)
			c->list[i].segment = HL_SEGMENTS_MAX;
	free(own);
	return code;
}

static void segment_key(const struct hl_catalog *c, size_t segment, unsigned char key[HL_SHA256])
{
	const unsigned char **content = hl_calloc(c->n_lists, sizeof *content);
	size_t n = 0;
	for (size_t i = 0; i < c->n_lists; i++)
		if (c->list[i].segment == segment)
			content[n++] = hl_snapshot_hash(c->list[i].snapshot);
	hl_segment_key(&c->rules->confusion, c->segment[segment].budget, content, n, key);
	free(content);
}

/* The one list of a segment, where it is large and of a version: its index may stand in a file. */
static const struct hl_catalog_list *only_list(const struct hl_catalog *c, size_t segment)
{
	const struct hl_catalog_list *only = NULL;
	for (size_t i = 0; i < c->n_lists; i++) {
		if (c->list[i].segment != segment)
			continue;
		if (only)
			return NULL;
		only = &c->list[i];
	}
	return only && only->share && !only->by_hand && entries(only) >= HL_SEGMENT_OWN ? only : NULL;
}

static enum hl_code segment_build(struct hl_catalog *c, size_t segment, const char *state, const struct hl_crew *crew, struct hl_err *err)
{
	struct hl_segment *s = &c->segment[segment];
	const struct hl_catalog_list *only = only_list(c, segment);
	struct hl_index_params params = { .confusion = &c->rules->confusion, .max_cost = s->budget, .crew = crew };
	if (only)
		return hl_segment_open(&s->share, &s->index, state, &only->version, only->share, s->key, &params, err);
	struct hl_pattern *patterns = hl_calloc((size_t)s->entries + 1, sizeof *patterns);
	for (size_t i = 0; i < c->n_lists; i++)
		for (size_t k = 0; c->list[i].segment == segment && k < entries(&c->list[i]); k++)
			patterns[c->list[i].first + k] = *hl_snapshot_pattern(c->list[i].snapshot, k);
	enum hl_code code = hl_index_new(&s->index, patterns, s->entries, &params, err);
	free(patterns);
	if (code == HL_OK)
		s->share = hl_segment_share(s->index);
	return code;
}

/* An index that was built before over the same entries, table and budget is the same index. */
static enum hl_code segment_make(struct hl_catalog *c, size_t segment, const char *state, const struct hl_catalog *before, const struct hl_crew *crew,
				 struct hl_err *err)
{
	struct hl_segment *s = &c->segment[segment];
	segment_key(c, segment, s->key);
	for (size_t i = 0; before && i < before->n_segments; i++)
		if (!memcmp(before->segment[i].key, s->key, sizeof s->key)) {
			s->share = hl_share_ref(before->segment[i].share);
			s->index = before->segment[i].index;
			return HL_OK;
		}
	return segment_build(c, segment, state, crew, err);
}

enum hl_code hl_catalog_build(struct hl_catalog **out, struct hl_share *settings, struct hl_share *rules, struct hl_catalog_part *part, size_t n, const char *state,
			      const struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err)
{
	struct hl_catalog *c = hl_calloc(1, sizeof *c);
	*out = NULL;
	atomic_init(&c->refs, 1);
	c->settings_share = hl_share_ref(settings);
	c->settings = settings ? settings->what : NULL;
	c->rules_share = hl_share_ref(rules);
	c->rules = rules->what;
	c->number = before ? before->number + 1 : 1;
	c->list = hl_calloc(2 * n, sizeof c->list[0]);
	qsort(part, n, sizeof part[0], by_name);
	for (size_t i = 0; i < n; i++)
		put_list(c, &part[i]);
	enum hl_code code = lay_out(c, err);
	for (size_t i = 0; i < c->n_segments && code == HL_OK; i++)
		code = segment_make(c, i, state, before, crew, err);
	if (code == HL_OK)
		*out = c;
	else
		hl_catalog_unref(&c);
	return code;
}

void hl_catalog_parts_free(struct hl_catalog_part *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		hl_share_unref(&part[i].share);
		hl_share_unref(&part[i].hand);
	}
	free(part);
}

enum hl_code hl_catalog_new(struct hl_catalog **out, struct hl_settings *settings, struct hl_rules *rules, struct hl_catalog_source *src, size_t n,
			    struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err)
{
	struct hl_share *s = settings ? hl_share_new(settings, hl_settings_end) : NULL, *r = hl_share_new(rules, hl_rules_end);
	struct hl_catalog_part *part = hl_calloc(n, sizeof *part);
	for (size_t i = 0; i < n; i++) {
		hl_copy(part[i].name, sizeof part[i].name, src[i].name);
		part[i].version = src[i].version;
		part[i].share = hl_share_new(src[i].snapshot, hl_snapshot_end);
		src[i].snapshot = NULL;
	}
	enum hl_code code = hl_catalog_build(out, s, r, part, n, NULL, before, crew, err);
	hl_catalog_parts_free(part, n);
	hl_share_unref(&s);
	hl_share_unref(&r);
	return code;
}
