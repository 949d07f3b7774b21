/* decide.c: from a read to decisions. The stages stand in `chunk` and `judge_read`, to be read top to bottom: queries, index, budgets, one hit per
 * (read, entry), in force, ratios, passage, evidence, probability, contradictions, decision. Nearly all that comes near a long list is dropped: where dropped
 * hits are not wanted, a read whose hits can only be dropped goes no further than is needed to know that. No threads, no sockets, no clock; each thread has a
 * decider of its own.
 */
#include "engine/decide.h"
#include "engine/decide_priv.h"

#include <stdlib.h>
#include <string.h>

/* Reads that go through the index together, so that their memory accesses overlap. */
enum { CHUNK = HL_PASSAGE_BATCH, STRINGS_MAX = 16, QUERIES_MAX = CHUNK * (1 + HL_CANDIDATES_MAX + STRINGS_MAX) };

/* A plate asked for: rank 0 is the plate as read, k the reader's k-th candidate. A string of `chars` counts as the first. */
struct query {
	uint32_t read;
	uint32_t rank;
};

/* A (query, entry) pair within its list's budget. */
struct found {
	uint32_t read, list, entry, query;
	int cost;
};

/* A hit of the read at hand, with what sorting and scoring need. */
struct member {
	struct found found;
	const struct hl_pattern *pattern;
	const struct hl_snapshot *snapshot;
	char plate[HL_PLATE_MAX + 1];
	struct hl_entry entry; /* from describe_members on */
	char state[16];
};

struct hl_decider {
	struct hl_index_scratch *scratch;
	struct hl_plate plate[QUERIES_MAX];
	struct query query[QUERIES_MAX];
	int budget[QUERIES_MAX];
	uint32_t first;                /* read of the chunk */
	unsigned camera[CHUNK];        /* of each, its number in the rules */
	size_t n_queries; /* of each read the plate, then its alternatives: these share lines of the index, which so are near */
	struct found *found;
	size_t n_found, found_cap;
	struct hl_hit *hit;
	size_t n_hits, hit_cap;
	struct member *member; /* of one read; the arrays below go with it */
	struct hl_hypothesis *hypothesis;
	struct hl_score_detail *detail;
	struct hl_passage_ratio *ratio;
	size_t n_members, member_cap;
	struct hl_score_work score;
	unsigned passage_reads;
	const struct hl_read *miss[CHUNK]; /* of the chunk, not yet in their passages */
	size_t n_missed;
};

struct hl_decider *hl_decider_new(void)
{
	struct hl_decider *d = hl_calloc(1, sizeof *d);
	d->scratch = hl_index_scratch_new();
	return d;
}

void hl_decider_free(struct hl_decider **d)
{
	if (!*d)
		return;
	hl_index_scratch_free(&(*d)->scratch);
	free((*d)->found);
	free((*d)->hit);
	free((*d)->member);
	free((*d)->hypothesis);
	free((*d)->detail);
	free((*d)->ratio);
	free(*d);
	*d = NULL;
}

static void query_add(struct hl_decider *d, const struct hl_plate *plate, uint32_t read, uint32_t rank)
{
	d->plate[d->n_queries] = *plate;
	d->query[d->n_queries++] = (struct query){ read, rank };
}

/* The reader's candidates and the likeliest strings of its symbols, each plate once with the best rank that it has. */
static void alternatives(struct hl_decider *d, const struct hl_read *r, uint32_t read, int64_t candidates)
{
	struct hl_plate strings[STRINGS_MAX];
	size_t first = d->n_queries;
	for (unsigned i = 0; i < r->n_candidates && i < candidates; i++)
		query_add(d, &r->candidate[i].plate, read, i + 1);
	unsigned n = r->n_slots ? hl_read_strings(r, strings, STRINGS_MAX) : 0;
	for (unsigned i = 0; i < n; i++) {
		size_t k = first;
		while (k < d->n_queries && memcmp(&d->plate[k], &strings[i], sizeof strings[i]) != 0)
			k++;
		if (k == d->n_queries)
			query_add(d, &strings[i], read, 1);
		else
			d->query[k].rank = 1;
	}
}

/* The thresholds for a list at a read's camera. */
static const struct hl_match_opts *match_of(const struct hl_decider *d, const struct hl_catalog_list *l, uint32_t read)
{
	return hl_catalog_match(l, d->camera[read - d->first]);
}

static void make_queries(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *reads, uint32_t first, uint32_t n)
{
	d->n_queries = 0;
	d->first = first;
	for (uint32_t i = first; i < first + n; i++) {
		d->camera[i - first] = hl_rules_camera(c->rules, reads[i].camera);
		if (reads[i].plate.len == 0)
			continue;
		query_add(d, &reads[i].plate, i, 0);
		if (c->candidates > 0 && (reads[i].n_candidates || reads[i].n_slots))
			alternatives(d, &reads[i], i, c->candidates);
	}
}

static void found_add(struct hl_decider *d, const struct found *f)
{
	if (d->n_found == d->found_cap) {
		d->found_cap = d->found_cap ? 2 * d->found_cap : 256;
		d->found = hl_realloc(d->found, d->found_cap, sizeof d->found[0]);
	}
	d->found[d->n_found++] = *f;
}

/* The list that holds entry `number` of the segment: the last that begins at or before it. */
uint32_t hl_decide_list_of(const struct hl_catalog *c, size_t segment, uint32_t number)
{
	uint32_t list = UINT32_MAX;
	for (size_t i = 0; i < c->n_lists; i++)
		if (c->list[i].segment == segment && c->list[i].first <= number && (list == UINT32_MAX || c->list[i].first >= c->list[list].first))
			list = (uint32_t)i;
	return list;
}

/* Each list has budgets of its own at each camera: max_cost for the plate as read, candidate_cost for as many alternatives as it uses. */
static bool within_budget(const struct hl_match_opts *m, const struct query *q, int cost)
{
	return q->rank ? (q->rank <= m->candidates && cost <= m->candidate_cost) : cost <= m->max_cost;
}

static void search(struct hl_decider *d, const struct hl_catalog *c, size_t segment, bool exhaustive)
{
	const struct hl_segment *s = &c->segment[segment];
	const struct hl_found *f;
	for (size_t i = 0; i < d->n_queries; i++) {
		const struct hl_budget *b = &s->reach[d->camera[d->query[i].read - d->first]];
		d->budget[i] = d->query[i].rank ? b->alternative : b->plate;
	}
	size_t n = (exhaustive ? hl_index_query_all : hl_index_query)(s->index, d->scratch, d->plate, d->budget, d->n_queries, &f);
	for (size_t i = 0; i < n; i++) {
		uint32_t list = hl_decide_list_of(c, segment, f[i].entry);
		const struct hl_catalog_list *l = &c->list[list];
		const struct query *q = &d->query[f[i].query];
		if (within_budget(match_of(d, l, q->read), q, f[i].cost))
			found_add(d, &(struct found){ q->read, list, f[i].entry - l->first, f[i].query, f[i].cost });
	}
}

/* By read, list and entry; then the least cost first, then the plate as read before the alternatives, and these in the order given. */
static int by_choice(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->read != y->read)
		return x->read < y->read ? -1 : 1;
	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->query < y->query ? -1 : x->query > y->query;
}

/* One hit per (read, entry). */
static void choose(struct hl_decider *d)
{
	size_t kept = 0;
	if (d->n_found > 1)
		qsort(d->found, d->n_found, sizeof d->found[0], by_choice);
	for (size_t i = 0; i < d->n_found; i++) {
		const struct found *f = &d->found[i], *last = kept ? &d->found[kept - 1] : NULL;
		if (!last || last->read != f->read || last->list != f->list || last->entry != f->entry)
			d->found[kept++] = *f;
	}
	d->n_found = kept;
}

static void members_reserve(struct hl_decider *d, size_t n)
{
	if (n <= d->member_cap)
		return;
	d->member_cap = n * 2;
	d->member = hl_realloc(d->member, d->member_cap, sizeof d->member[0]);
	d->hypothesis = hl_realloc(d->hypothesis, d->member_cap, sizeof d->hypothesis[0]);
	d->detail = hl_realloc(d->detail, d->member_cap, sizeof d->detail[0]);
	d->ratio = hl_realloc(d->ratio, d->member_cap, sizeof d->ratio[0]);
}

/* What a read's hits have in common, as far as it decides whether one can be kept. */
struct most {
	size_t n;
	double prior, ratio, least_probability; /* the largest prior and ratio, the smallest min_probability */
	bool exact;                             /* one may be an exact hit: these are never dropped by probability */
};

static void most_add(struct most *m, const struct hl_decider *d, const struct hl_catalog_list *list, const struct found *f, double ratio)
{
	double least = match_of(d, list, f->read)->min_probability;
	m->least_probability = m->n++ && m->least_probability < least ? m->least_probability : least;
	m->prior = list->prior > m->prior ? list->prior : m->prior;
	m->ratio = ratio > m->ratio ? ratio : m->ratio;
	m->exact |= f->cost == 0 && d->query[f->query].rank == 0;
}

static bool can_only_be_dropped(const struct most *m)
{
	return !m->exact && hl_score_most(m->n, m->prior, m->ratio) < m->least_probability;
}

/* Without a look at the entries or the sum over all plates, and whether they are in force or not: those that are not would be no rivals, and bounds only fall. */
static bool dropped_at_sight(struct hl_decider *d, const struct hl_catalog *c, const struct found *f, size_t n)
{
	struct most m = { 0 };
	for (size_t i = 0; i < n; i++) {
		const struct hl_catalog_list *list = &c->list[f[i].list];
		const struct hl_pattern *p = hl_index_pattern(c->segment[list->segment].index, list->first + f[i].entry);
		most_add(&m, d, list, &f[i], hl_score_ratio_most(&d->score, p));
	}
	return can_only_be_dropped(&m);
}

static bool members_dropped(const struct hl_decider *d, const struct hl_catalog *c)
{
	struct most m = { 0 };
	for (size_t i = 0; i < d->n_members; i++)
		most_add(&m, d, &c->list[d->member[i].found.list], &d->member[i].found, d->hypothesis[i].ratio);
	return can_only_be_dropped(&m);
}

/* Entries outside their time do not exist, for the probability of the others neither; nor do those that are withdrawn, or that stand in the layer by hand too. */
bool hl_decide_in_force(const struct hl_catalog_list *l, uint32_t entry, int64_t read_ms)
{
	struct hl_entry e;
	hl_snapshot_times(l->snapshot, entry, &e.starts_ms, &e.expires_ms);
	if (hl_entry_when(&e, read_ms) != HL_WHEN_NOW)
		return false;
	if (!l->hand || l->by_hand)
		return true;
	hl_snapshot_get(l->snapshot, entry, &e);
	return !hl_hand_hides(l->hand, &e, read_ms);
}

static int by_id(const struct member *a, const struct member *b)
{
	char x[HL_ID_TEXT], y[HL_ID_TEXT];
	hl_snapshot_id(a->snapshot, a->found.entry, x);
	hl_snapshot_id(b->snapshot, b->found.entry, y);
	return strcmp(x, y);
}

/* By list, plate listed and entry id: the order of the hits of one read. */
static int by_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	if (x->found.list != y->found.list)
		return x->found.list < y->found.list ? -1 : 1;
	int c = strcmp(x->plate, y->plate);
	return c ? c : by_id(x, y);
}

static void load_members(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, const struct found *f, size_t n)
{
	members_reserve(d, n);
	d->n_members = 0;
	for (size_t i = 0; i < n; i++) {
		const struct hl_catalog_list *list = &c->list[f[i].list];
		struct member *m = &d->member[d->n_members];
		if (!hl_decide_in_force(list, f[i].entry, r->time_ms))
			continue;
		m->found = f[i];
		m->snapshot = list->snapshot;
		m->pattern = hl_index_pattern(c->segment[list->segment].index, list->first + f[i].entry);
		hl_pattern_text(m->pattern, m->plate);
		d->n_members++;
	}
	if (d->n_members > 1)
		qsort(d->member, d->n_members, sizeof d->member[0], by_order);
}

static void begin_score(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r)
{
	const struct hl_camera *camera = c->settings ? hl_settings_camera(c->settings, r->camera) : NULL;
	hl_score_begin(&d->score, hl_channels_choose(&c->rules->channels, camera ? camera->channel : NULL, r), r);
}

static void score_members(struct hl_decider *d, const struct hl_catalog *c)
{
	for (size_t i = 0; i < d->n_members; i++)
		d->hypothesis[i] = (struct hl_hypothesis){ .pattern = d->member[i].pattern, .prior = c->list[d->member[i].found.list].prior };
	if (d->n_members)
		hl_score_read(&d->score, d->hypothesis, d->n_members, d->detail);
}

static void join_misses(struct hl_decider *d, const struct hl_catalog *c, const struct hl_decide_opts *o)
{
	hl_passages_misses(o->passages, d->miss, d->n_missed, c->rules->passage_ms, o->now_ms);
	d->n_missed = 0;
}

/* The passage's other reads count as much as this one. Reads that match nothing come here, too: they speak against what the others matched. */
static void join_passage(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, const struct hl_decide_opts *o)
{
	d->passage_reads = 1;
	if (!o->passages)
		return;
	if (!d->n_members) {
		d->miss[d->n_missed++] = r;
		return;
	}
	join_misses(d, c, o); /* they came before it */
	for (size_t i = 0; i < d->n_members; i++)
		d->ratio[i] = (struct hl_passage_ratio){ d->hypothesis[i].pattern, d->hypothesis[i].ratio };
	d->passage_reads = hl_passages_put(o->passages, r, c->rules->passage_ms, o->now_ms, d->detail[0].epsilon, d->ratio, d->n_members);
	if (d->passage_reads == 1)
		return;
	for (size_t i = 0; i < d->n_members; i++)
		d->hypothesis[i].ratio = d->ratio[i].ratio;
}

/* All that was found for one read competes: which vehicle is it, if any of them. */
static void describe_members(struct hl_decider *d, const struct hl_read *r)
{
	for (size_t i = 0; i < d->n_members; i++) {
		struct member *m = &d->member[i];
		hl_snapshot_get(m->snapshot, m->found.entry, &m->entry);
		hl_state_canon(m->entry.f[HL_F_STATE], m->state);
		d->hypothesis[i].state = m->state;
		hl_vehicle_compare(&m->entry, r, d->hypothesis[i].evidence);
	}
	if (d->n_members)
		hl_score_ratios(d->hypothesis, d->n_members, d->detail);
}

static struct hl_hit *hit_add(struct hl_decider *d)
{
	if (d->n_hits == d->hit_cap) {
		d->hit_cap = d->hit_cap ? 2 * d->hit_cap : 64;
		d->hit = hl_realloc(d->hit, d->hit_cap, sizeof d->hit[0]);
	}
	struct hl_hit *h = &d->hit[d->n_hits++];
	memset(h, 0, sizeof *h);
	return h;
}

static void make_hit(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, size_t i, int64_t now_ms)
{
	const struct member *m = &d->member[i];
	const struct hl_hypothesis *hyp = &d->hypothesis[i];
	struct hl_hit *h = hit_add(d);
	h->read = m->found.read;
	h->list = m->found.list;
	h->entry = m->found.entry;
	h->as_read = d->plate[m->found.query];
	hl_match_align(&c->rules->confusion, m->pattern, &h->as_read, &h->alignment);
	h->kind = d->query[m->found.query].rank ? HL_KIND_CANDIDATE : hl_match_kind(m->pattern, &h->alignment);
	h->cost = m->found.cost;
	h->plate_probability = hyp->plate_probability;
	h->probability = hyp->probability;
	memcpy(h->evidence, hyp->evidence, sizeof h->evidence);
	h->passage_reads = d->passage_reads;
	h->detail = d->detail[i];
	hl_decide_apply(c, r, &m->entry, now_ms, h);
}

/* The hits of one read, from what was found for it, if anything was. A passage needs the ratios of dropped hits, too. */
static void judge_members(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, const struct found *f, size_t n,
			  const struct hl_decide_opts *o)
{
	if (n)
		begin_score(d, c, r);
	if (n && o->kept_only && !o->passages && dropped_at_sight(d, c, f, n))
		return;
	load_members(d, c, r, f, n);
	score_members(d, c);
	join_passage(d, c, r, o);
	if (o->kept_only && d->n_members && members_dropped(d, c))
		return;
	describe_members(d, r);
	for (size_t i = 0; i < d->n_members; i++) {
		make_hit(d, c, r, i, o->now_ms);
		if (o->passages && d->hit[d->n_hits - 1].decision != HL_DROP)
			hl_decide_remember(c, r, &d->hit[d->n_hits - 1], d->member[i].pattern, o);
	}
}

/* A hit of the same entry by the read itself gives way: the read is told once. */
static void add_falls(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, uint32_t read, size_t first, const struct hl_decide_opts *o)
{
	struct hl_hit fell[HL_FALLS_MAX];
	if (!o->passages || !r->plate.len || !hl_passages_keeps(o->passages))
		return;
	if (d->n_missed)
		join_misses(d, c, o);
	size_t n = hl_decide_falls(c, r, read, o, fell);
	for (size_t i = 0; i < n; i++) {
		size_t at = first;
		while (at < d->n_hits && (d->hit[at].list != fell[i].list || d->hit[at].entry != fell[i].entry))
			at++;
		if (at == d->n_hits)
			hit_add(d);
		d->hit[at] = fell[i];
	}
}

/* And what the read says of what was told of its passage before. */
static void judge_read(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *r, uint32_t read, const struct found *f, size_t n,
		       const struct hl_decide_opts *o)
{
	size_t first = d->n_hits;
	judge_members(d, c, r, f, n, o);
	add_falls(d, c, r, read, first, o);
}

static void look(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *reads, uint32_t first, uint32_t n, const struct hl_decide_opts *o)
{
	make_queries(d, c, reads, first, n);
	d->n_found = 0;
	for (size_t i = 0; i < c->n_segments && d->n_queries; i++)
		search(d, c, i, o->exhaustive);
	choose(d);
}

/* The same without looking: what the other has found for its only chunk. */
static void take_found(struct hl_decider *d, const struct hl_decider *of, uint32_t n)
{
	d->first = of->first;
	memcpy(d->camera, of->camera, n * sizeof d->camera[0]);
	memcpy(d->plate, of->plate, of->n_queries * sizeof d->plate[0]);
	memcpy(d->query, of->query, of->n_queries * sizeof d->query[0]);
	d->n_queries = of->n_queries;
	d->n_found = 0;
	for (size_t i = 0; i < of->n_found; i++)
		found_add(d, &of->found[i]);
}

static void chunk(struct hl_decider *d, const struct hl_catalog *c, const struct hl_read *reads, uint32_t first, uint32_t n,
		  const struct hl_decide_opts *o)
{
	if (o->found_by)
		take_found(d, o->found_by, n);
	else
		look(d, c, reads, first, n, o);
	/* At sight nobody looks at the entries. */
	for (size_t i = 0; i < d->n_found && !(o->kept_only && !o->passages); i++)
		hl_snapshot_prefetch(c->list[d->found[i].list].snapshot, d->found[i].entry);
	size_t at = 0;
	for (uint32_t i = first; i < first + n; i++) {
		size_t end = at;
		while (end < d->n_found && d->found[end].read == i)
			end++;
		judge_read(d, c, &reads[i], i, d->found + at, end - at, o);
		at = end;
	}
	if (d->n_missed)
		join_misses(d, c, o);
}

size_t hl_decide(const struct hl_catalog *c, struct hl_decider *d, const struct hl_read *reads, size_t n, const struct hl_decide_opts *o,
		 const struct hl_hit **hits)
{
	d->n_hits = 0;
	for (size_t first = 0; first < n; first += CHUNK)
		chunk(d, c, reads, (uint32_t)first, (uint32_t)(n - first < CHUNK ? n - first : CHUNK), o);
	*hits = d->hit;
	return d->n_hits;
}
