/* replay.c: see replay.h. Lines are gathered into blocks; while one block is decided the next is decoded. A group is the sets of rules that share a search: their
 * reads are decided once, with the least of their thresholds, and then judged by each set's own rules in the order of the reads.
 */
#include "engine/decide_priv.h"
#include "engine/replay_priv.h"
#include "engine/replay_state.h"

#include <stdlib.h>
#include <string.h>

enum { PIECES_MAX = 16 };

/* Sets that share a search. */
struct group {
	struct hl_catalog *catalog;      /* the first set's, with thresholds that keep all that any set may want */
	struct hl_match_opts *match;     /* of its lists, for each at cameras without options of their own, then at each camera that has some */
	struct hl_passages *passages;    /* NULL: per read */
	struct hl_decider *decider[PIECES_MAX];
	const struct hl_hit *hits[PIECES_MAX]; /* of the block at hand */
	size_t n_hits[PIECES_MAX], from[PIECES_MAX];
};

struct hl_replay {
	struct hl_replay_opts o;
	struct hl_replay_set *set;
	size_t *group_of;                /* by set */
	size_t n_sets, n_groups, pieces; /* pieces: into which deciding a block is cut */
	struct group *group;
	struct hl_replay_block *now, *next;
	uint64_t lines;
	struct hl_replay_totals totals;
	struct hl_index_scratch *scratch;
};

/* ---- making ---- */

static size_t find_group(const struct hl_replay *p, size_t set)
{
	for (size_t i = 0; i < set; i++)
		if (hl_replay_same_figures(p->set[i].catalog, p->set[set].catalog, p->o.per_read))
			return p->group_of[i];
	return p->n_groups;
}

/* A list's thresholds are the least that any of the group's sets has for it. */
static void lower(struct group *g, const struct hl_catalog *c)
{
	struct hl_match_opts *m = g->match;
	for (size_t i = 0; i < c->n_lists; i++)
		for (unsigned k = 0; k <= c->rules->cameras.n; k++, m++) {
			double p = hl_catalog_match(&c->list[i], k)->min_probability;
			m->min_probability = p < m->min_probability ? p : m->min_probability;
		}
}

static enum hl_code group_new(struct hl_replay *p, struct hl_catalog *of, struct hl_err *err)
{
	struct group *g = &p->group[p->n_groups];
	enum hl_code code = hl_catalog_with(&g->catalog, of, NULL, p->o.crew, err);
	if (code != HL_OK)
		return code;
	p->n_groups++;
	size_t at = of->rules->cameras.n + 1;
	g->match = hl_calloc(of->n_lists * at + 1, sizeof g->match[0]);
	for (size_t i = 0; i < of->n_lists; i++) {
		for (unsigned k = 0; k < at; k++)
			g->match[i * at + k] = *hl_catalog_match(&of->list[i], k);
		g->catalog->list[i].match = &g->match[i * at];
		g->catalog->list[i].match_at = &g->match[i * at + 1];
	}
	for (size_t i = 0; i < p->pieces; i++)
		g->decider[i] = hl_decider_new();
	g->passages = p->o.per_read ? NULL : hl_passages_new();
	return HL_OK;
}

static enum hl_code add_set(struct hl_replay *p, struct hl_catalog *c, struct hl_err *err)
{
	struct hl_replay_set *s = &p->set[p->n_sets];
	s->catalog = hl_catalog_ref(c);
	s->state = p->o.per_read ? NULL : hl_replay_state_new();
	size_t g = p->group_of[p->n_sets] = find_group(p, p->n_sets);
	p->n_sets++;
	enum hl_code code = g == p->n_groups ? group_new(p, c, err) : HL_OK;
	if (code == HL_OK)
		lower(&p->group[g], c);
	return code;
}

enum hl_code hl_replay_new(struct hl_replay **out, struct hl_catalog *const *catalogs, size_t n, const struct hl_replay_opts *opts, struct hl_err *err)
{
	struct hl_replay *p = hl_calloc(1, sizeof *p);
	enum hl_code code = HL_OK;
	unsigned threads = opts->crew && opts->crew->threads ? opts->crew->threads : 1;
	p->o = *opts;
	p->pieces = !opts->per_read ? 1 : threads < PIECES_MAX ? threads : PIECES_MAX;
	p->set = hl_calloc(n, sizeof p->set[0]);
	p->group_of = hl_calloc(n, sizeof p->group_of[0]);
	p->group = hl_calloc(n, sizeof p->group[0]);
	p->now = hl_calloc(1, sizeof *p->now);
	p->next = hl_calloc(1, sizeof *p->next);
	p->scratch = hl_index_scratch_new();
	for (size_t i = 0; i < n && code == HL_OK; i++)
		code = add_set(p, catalogs[i], err);
	if (code != HL_OK)
		hl_replay_free(&p);
	*out = p;
	return code;
}

static void set_fini(struct hl_replay_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->told[i].receivers);
	free(s->told);
	hl_replay_state_free(&s->state);
	hl_catalog_unref(&s->catalog);
}

static void group_fini(struct group *g)
{
	for (size_t i = 0; i < PIECES_MAX; i++)
		hl_decider_free(&g->decider[i]);
	hl_passages_free(&g->passages);
	hl_catalog_unref(&g->catalog);
	free(g->match);
}

void hl_replay_free(struct hl_replay **pp)
{
	struct hl_replay *p = *pp;
	if (!p)
		return;
	for (size_t i = 0; i < p->n_sets; i++)
		set_fini(&p->set[i]);
	for (size_t i = 0; i < p->n_groups; i++)
		group_fini(&p->group[i]);
	hl_index_scratch_free(&p->scratch);
	free(p->set);
	free(p->group_of);
	free(p->group);
	free(p->now);
	free(p->next);
	free(p);
	*pp = NULL;
}

/* ---- a block: decide this one while the next is decoded, then tell ---- */

static void decide_piece(struct hl_replay *p, struct group *g, size_t piece)
{
	size_t n = p->now->n, from = n * piece / p->pieces, to = n * (piece + 1) / p->pieces;
	const struct hl_decide_opts o = { .kept_only = true, .now_ms = HL_NO_TIME, .passages = g->passages };
	g->from[piece] = from;
	g->n_hits[piece] = hl_decide(g->catalog, g->decider[piece], p->now->read + from, to - from, &o, &g->hits[piece]);
}

static void job(void *arg, size_t i)
{
	struct hl_replay *p = arg;
	size_t deciding = p->n_groups * p->pieces;
	if (i < deciding) {
		decide_piece(p, &p->group[i / p->pieces], i % p->pieces);
		return;
	}
	i -= deciding;
	hl_replay_decode(p->next, p->next->n * i / PIECES_MAX, p->next->n * (i + 1) / PIECES_MAX);
}

static void tell_piece(struct hl_replay *p, struct hl_replay_set *s, const struct group *g, size_t piece)
{
	const struct hl_hit *h = g->hits[piece];
	for (size_t i = 0, end; i < g->n_hits[piece]; i = end) {
		for (end = i + 1; end < g->n_hits[piece] && h[end].read == h[i].read;)
			end++;
		hl_replay_tell(s, &p->o, p->now, g->from[piece] + h[i].read, h + i, end - i);
	}
}

/* Each set by itself, in the order of the reads: what a set told before is its own. */
static void tell_job(void *arg, size_t i)
{
	struct hl_replay *p = arg;
	for (size_t piece = 0; piece < p->pieces; piece++)
		tell_piece(p, &p->set[i], &p->group[p->group_of[i]], piece);
}

static void bad_line(const struct hl_replay *p, size_t i)
{
	struct hl_err err = { 0 };
	if (!p->o.bad)
		return;
	hl_replay_fault(p->now, i, &err);
	p->o.bad(p->o.bad_arg, p->now->first + i, &err);
}

static bool is_listed(const struct hl_replay *p, const struct hl_plate *plate, int64_t time_ms)
{
	const struct hl_catalog *c = p->set[0].catalog;
	const struct hl_found *f;
	int budget = 0;
	for (size_t s = 0; s < c->n_segments; s++) {
		size_t n = hl_index_query(c->segment[s].index, p->scratch, plate, &budget, 1, &f);
		for (size_t i = 0; i < n; i++) {
			const struct hl_catalog_list *l = &c->list[hl_decide_list_of(c, s, f[i].entry)];
			if (hl_decide_in_force(l, f[i].entry - l->first, time_ms))
				return true;
		}
	}
	return false;
}

static void count_block(struct hl_replay *p)
{
	struct hl_replay_block *b = p->now;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->good[i] && b->size[i])
			bad_line(p, i);
		p->totals.reads += b->good[i];
		p->totals.bad += !b->good[i] && b->size[i];
		if (!b->label[i].has)
			continue;
		b->label[i].listed = is_listed(p, &b->label[i].truth, b->read[i].time_ms);
		p->totals.labelled++;
		p->totals.listed += b->label[i].listed;
	}
}

/* Decides `now`, decodes `next`, tells `now`; then `next` is `now`. */
static void turn(struct hl_replay *p)
{
	hl_crew_run(p->o.crew, job, p, p->n_groups * p->pieces + PIECES_MAX);
	count_block(p);
	hl_crew_run(p->o.crew, tell_job, p, p->n_sets);
	struct hl_replay_block *done = p->now;
	p->now = p->next;
	p->next = done;
	p->next->n = 0;
}

static void add_line(struct hl_replay *p, const char *line, size_t size)
{
	struct hl_replay_block *b = p->next;
	if (!b->n)
		b->first = p->lines + 1;
	p->lines++;
	while (size && (line[size - 1] == '\r' || line[size - 1] == ' ' || line[size - 1] == '\t'))
		size--;
	b->text[b->n] = line;
	b->size[b->n++] = size;
	if (b->n == HL_REPLAY_BLOCK)
		turn(p);
}

void hl_replay_feed(struct hl_replay *p, const char *data, size_t size)
{
	for (const char *at = data, *end = data + size; at < end;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);
		add_line(p, at, n);
		at += n + (nl != NULL);
	}
	/* The lines are the caller's: nothing of them may wait for the next call. */
	while (p->next->n || p->now->n)
		turn(p);
}

size_t hl_replay_sets(const struct hl_replay *p)
{
	return p->n_sets;
}

const struct hl_replay_set *hl_replay_set(const struct hl_replay *p, size_t i)
{
	return &p->set[i];
}

const struct hl_replay_totals *hl_replay_totals(const struct hl_replay *p)
{
	return &p->totals;
}

size_t hl_replay_searches(const struct hl_replay *p)
{
	return p->n_groups;
}
