/* passage.c: see passage.h. Cameras are found by hash in shards; some shards share a lock, which is held for one read that matched something, or for all of
 * a batch that matched nothing: some tens of nanoseconds each.
 * A read that matches nothing only waits in its camera's memory: whose it is, is worked out when a read of the camera matches something, or for all that
 * wait at once where passages are open. At most cameras nothing ever matches.
 */
#include "engine/passage_priv.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 2, SWEEP_MS = 1000 };
#define FREE INT64_MIN

/* The read at hand. */
struct look {
	struct hl_passages *all;
	struct seen seen;
	struct hl_pattern pattern; /* its plate */
	uint64_t symbols;
	int64_t passage_ms;
	double epsilon;
	bool again; /* sent before */
};

static struct lock *lock_of(struct hl_passages *p, uint64_t hash)
{
	return &p->lock[hash % HL_PASSAGE_LOCKS];
}

static struct shard *shard_of(struct hl_passages *p, uint64_t hash)
{
	return &lock_of(p, hash)->shard[hash / HL_PASSAGE_LOCKS % (HL_PASSAGE_SHARDS / HL_PASSAGE_LOCKS)];
}

struct hl_passages *hl_passages_new(void)
{
	struct hl_passages *p = hl_calloc(1, sizeof *p);
	hl_confusion_init(&p->plain);
	for (int i = 0; i < HL_PASSAGE_LOCKS; i++)
		pthread_mutex_init(&p->lock[i].mutex, NULL);
	return p;
}

static uint64_t symbols_of(const struct hl_plate *p)
{
	uint64_t bits = 0;
	for (int i = 0; i < p->len; i++)
		bits |= UINT64_C(1) << p->sym[i];
	return bits;
}

/* When a read of a recording came: where that is not known, when it was read. */
static int64_t came(const struct hl_read *r)
{
	return r->received_ms == HL_NO_TIME ? r->time_ms : r->received_ms;
}

static struct seen seen_of(const struct hl_read *r, int64_t now_ms)
{
	return (struct seen){ .plate = r->plate, .time_ms = r->time_ms, .came_ms = now_ms == HL_NO_TIME ? came(r) : now_ms,
			      .vehicle = r->vehicle_id[0] ? hl_text_hash(r->vehicle_id, 1) | 1 : 0, .id = hl_text_hash(r->id, (uint64_t)r->time_ms) };
}

static struct look look_at(struct hl_passages *all, const struct seen *seen, int64_t passage_ms)
{
	struct look l = { .all = all, .seen = *seen, .symbols = symbols_of(&seen->plate), .passage_ms = passage_ms };
	l.pattern.len = seen->plate.len;
	memcpy(l.pattern.sym, seen->plate.sym, sizeof l.pattern.sym);
	return l;
}

/* ---- forgetting ---- */

/* No plate outlives its passage, in memory that is not used again for long either. */
static void wipe(struct hl_passages *p, struct camera *c, int i)
{
	struct head *h = &c->head[i];
	for (uint32_t k = 0; k < h->items; k++)
		hl_passage_let_go(p, &c->body[i].item[k]);
	uint32_t plates = h->plates < HL_PASSAGE_PLATES ? h->plates : HL_PASSAGE_PLATES;
	memset(c->body[i].plate, 0, plates * sizeof c->body[i].plate[0]);
	memset(c->body[i].item, 0, h->items * sizeof c->body[i].item[0]);
	c->open -= h->reads != 0;
	*h = (struct head){ 0 };
	c->symbols[i] = 0;
	c->last_ms[i] = FREE;
}

/* A clock that was set back must not keep anything either. */
static bool is_over(int64_t came_ms, int64_t now_ms, int64_t keep_ms)
{
	return now_ms - came_ms > keep_ms || came_ms - now_ms > keep_ms;
}

/* ---- finding ---- */

static size_t longest_silent(const struct shard *s)
{
	size_t oldest = 0;
	for (size_t i = 1; i < s->n; i++)
		if (s->slot[i].camera->used_ms < s->slot[oldest].camera->used_ms)
			oldest = i;
	return oldest;
}

static struct camera *camera_of(struct hl_passages *p, struct shard *s, uint64_t h)
{
	size_t at;
	for (at = 0; at < s->n; at++)
		if (s->slot[at].hash == h)
			return s->slot[at].camera;
	if (s->n == HL_PASSAGE_CAMERAS) {
		at = longest_silent(s);
		for (int i = 0; i < HL_PASSAGE_OPEN; i++)
			wipe(p, s->slot[at].camera, i);
		memset(s->slot[at].camera, 0, sizeof *s->slot[at].camera);
	} else {
		s->slot[s->n++].camera = hl_calloc(1, sizeof(struct camera));
	}
	s->slot[at].hash = h;
	for (int i = 0; i < HL_PASSAGE_OPEN; i++)
		s->slot[at].camera->last_ms[i] = FREE;
	return s->slot[at].camera;
}

/* As core/alert judges it: reads may come out of order. */
static bool in_time(const struct camera *c, int i, int64_t t, int64_t passage_ms)
{
	int64_t first = c->head[i].first_ms, last = c->last_ms[i];
	bool close = t - last <= passage_ms && first - t <= passage_ms;
	return close && (t > last ? t : last) - (t < first ? t : first) <= HL_PASSAGE_MS;
}

/* A plate within distance 2 lacks at most two of the read's symbols. */
static bool may_be_near(uint64_t symbols, uint64_t of_plates)
{
	uint64_t lacking = symbols & ~of_plates;
	for (int i = 0; i < NEAR && lacking; i++)
		lacking &= lacking - 1;
	return !lacking;
}

/* The distance to the nearest of the passage's plates, 3 where none is within 2. */
static int distance(const struct look *l, const struct head *h, const struct body *b)
{
	uint32_t n = h->plates < HL_PASSAGE_PLATES ? h->plates : HL_PASSAGE_PLATES;
	int least = NEAR + 1;
	for (uint32_t i = 0; i < n; i++)
		if (!memcmp(&b->plate[i], &l->seen.plate, sizeof b->plate[i]))
			return 0;
	for (uint32_t i = 0; i < n && least > 1; i++) {
		if (!may_be_near(l->symbols, symbols_of(&b->plate[i])))
			continue;
		int cost = hl_match_cost(&l->all->plain, &l->pattern, &b->plate[i], (least - 1) * HL_HARD);
		least = cost < least * HL_HARD ? cost / HL_HARD : least;
	}
	return least;
}

/* The passage of the read, -1: none is open. The nearest, and of equal ones that which was read last. */
static int passage_of(const struct look *l, struct camera *c)
{
	int best = -1, least = NEAR + 1;
	for (int i = 0; i < HL_PASSAGE_OPEN; i++) {
		const struct head *h = &c->head[i];
		if (c->last_ms[i] == FREE || (!l->seen.vehicle && !may_be_near(l->symbols, c->symbols[i])))
			continue;
		if (is_over(h->came_ms, l->seen.came_ms, HL_PASSAGE_MS))
			wipe(l->all, c, i);
		if (!h->reads || h->vehicle != l->seen.vehicle || !in_time(c, i, l->seen.time_ms, l->passage_ms))
			continue;
		int d = h->vehicle ? 0 : distance(l, h, &c->body[i]);
		if (d < least || (d == least && best >= 0 && c->last_ms[i] > c->last_ms[best])) {
			best = i;
			least = d;
		}
	}
	return best;
}

static int passage_open(const struct look *l, struct camera *c)
{
	int at = 0;
	for (int i = 1; i < HL_PASSAGE_OPEN; i++)
		at = c->last_ms[i] < c->last_ms[at] ? i : at;
	wipe(l->all, c, at);
	c->open++;
	c->last_ms[at] = l->seen.time_ms;
	c->head[at] = (struct head){ .first_ms = l->seen.time_ms, .came_ms = l->seen.came_ms, .vehicle = l->seen.vehicle };
	return at;
}

/* ---- adding ---- */

static bool sent_before(const struct look *l, const struct head *h, const struct body *b)
{
	uint32_t n = h->reads < HL_PASSAGE_IDS ? h->reads : HL_PASSAGE_IDS;
	for (uint32_t i = 0; i < n; i++)
		if (b->id[i] == l->seen.id)
			return true;
	return false;
}

static void add_read(const struct look *l, struct camera *c, int at)
{
	struct head *h = &c->head[at];
	struct body *b = &c->body[at];
	int64_t t = l->seen.time_ms;
	uint32_t n = h->plates < HL_PASSAGE_PLATES ? h->plates : HL_PASSAGE_PLATES, i = 0;
	h->first_ms = t < h->first_ms ? t : h->first_ms;
	c->last_ms[at] = t > c->last_ms[at] ? t : c->last_ms[at];
	b->id[h->reads++ % HL_PASSAGE_IDS] = l->seen.id;
	while (i < n && memcmp(&b->plate[i], &l->seen.plate, sizeof b->plate[i]) != 0)
		i++;
	if (i < n)
		return;
	b->plate[h->plates++ % HL_PASSAGE_PLATES] = l->seen.plate;
	c->symbols[at] |= l->symbols;
}

static struct item *item_of(const struct head *h, struct body *b, const struct hl_pattern *p)
{
	for (uint32_t i = 0; i < h->items; i++)
		if (!memcmp(&b->item[i].pattern, p, sizeof *p))
			return &b->item[i];
	return NULL;
}

/* Room for a plate that is new to the passage; NULL where all others have more evidence than `ratio`. */
static struct item *item_new(struct hl_passages *all, struct head *h, struct body *b, const struct hl_pattern *p, double ratio)
{
	struct item *it = &b->item[0];
	if (h->items < HL_PASSAGE_ENTRIES) {
		it = &b->item[h->items++];
	} else {
		for (uint32_t i = 1; i < h->items; i++)
			it = b->item[i].sum < it->sum ? &b->item[i] : it;
		if (it->sum >= ratio)
			return NULL;
		hl_passage_let_go(all, it);
	}
	*it = (struct item){ .pattern = *p };
	return it;
}

static double mean(const struct look *l, double sum, uint32_t retrieved, uint32_t reads)
{
	return (sum + (reads - retrieved) * l->epsilon) / reads;
}

/* One entry after the other: several with one plate count it once a read. */
static void add_ratio(const struct look *l, struct head *h, struct body *b, struct hl_passage_ratio *v)
{
	struct item *it = item_of(h, b, v->pattern);
	if (!it && !l->again)
		it = item_new(l->all, h, b, v->pattern, v->ratio);
	if (!it) {
		v->ratio = mean(l, v->ratio, 1, h->reads);
		return;
	}
	if (!l->again && it->last != h->reads) {
		it->sum += v->ratio;
		it->reads++;
		it->last = h->reads;
	}
	v->ratio = mean(l, it->sum, it->reads, h->reads);
}

/* The read into its passage; which one that is. */
static int join(struct look *l, struct camera *c)
{
	int at = passage_of(l, c);
	if (at < 0)
		at = passage_open(l, c);
	l->again = sent_before(l, &c->head[at], &c->body[at]);
	if (!l->again)
		add_read(l, c, at);
	return at;
}

static void drop_first(struct camera *c)
{
	memset(&c->wait[c->first], 0, sizeof c->wait[0]);
	c->first = (c->first + 1) % HL_PASSAGE_WAITING;
	c->waiting--;
}

/* Those that wait, in the order they came, as if each had been looked at when it came. */
static void catch_up(struct hl_passages *p, struct camera *c)
{
	while (c->waiting) {
		struct look l = look_at(p, &c->wait[c->first], c->passage_ms);
		join(&l, c);
		drop_first(c);
	}
}

unsigned hl_passages_put(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, double epsilon, struct hl_passage_ratio *v,
			 size_t n)
{
	if (!r->plate.len)
		return 1;
	uint64_t h = hl_read_camera(r);
	struct seen seen = seen_of(r, now_ms);
	struct look l = look_at(p, &seen, passage_ms);
	l.epsilon = epsilon;
	pthread_mutex_lock(&lock_of(p, h)->mutex);
	struct camera *c = camera_of(p, shard_of(p, h), h);
	c->used_ms = seen.came_ms;
	c->passage_ms = passage_ms;
	catch_up(p, c);
	int at = join(&l, c);
	for (size_t i = 0; i < n; i++)
		add_ratio(&l, &c->head[at], &c->body[at], &v[i]);
	unsigned reads = c->head[at].reads;
	pthread_mutex_unlock(&lock_of(p, h)->mutex);
	return reads;
}

/* Under the lock. */
static void miss(struct hl_passages *p, uint64_t h, const struct hl_read *r, int64_t passage_ms, int64_t now_ms)
{
	struct camera *c = camera_of(p, shard_of(p, h), h);
	struct seen seen = seen_of(r, now_ms);
	c->used_ms = seen.came_ms;
	c->passage_ms = passage_ms;
	if (c->waiting == HL_PASSAGE_WAITING && c->open)
		catch_up(p, c);
	else if (c->waiting == HL_PASSAGE_WAITING)
		drop_first(c);
	c->wait[(c->first + c->waiting++) % HL_PASSAGE_WAITING] = seen;
}

/* Lock by lock: a lock taken and left for each read would wait each time until all that was written before has reached memory. */
void hl_passages_misses(struct hl_passages *p, const struct hl_read *const *r, size_t n, int64_t passage_ms, int64_t now_ms)
{
	uint64_t h[HL_PASSAGE_BATCH];
	uint8_t next[HL_PASSAGE_BATCH + 1], first[HL_PASSAGE_LOCKS] = { 0 }, last[HL_PASSAGE_LOCKS]; /* reads, counted from 1, by lock; 0: no more */
	for (unsigned i = 0; i < n; i++) {
		if (!r[i]->plate.len)
			continue;
		h[i] = hl_read_camera(r[i]);
		unsigned k = h[i] % HL_PASSAGE_LOCKS;
		*(first[k] ? &next[last[k]] : &first[k]) = (uint8_t)(i + 1);
		last[k] = (uint8_t)(i + 1);
		next[i + 1] = 0;
	}
	for (unsigned k = 0; k < HL_PASSAGE_LOCKS; k++) {
		if (!first[k])
			continue;
		pthread_mutex_lock(&p->lock[k].mutex);
		for (unsigned i = first[k]; i; i = next[i])
			miss(p, h[i - 1], r[i - 1], passage_ms, now_ms);
		pthread_mutex_unlock(&p->lock[k].mutex);
	}
}

/* ---- forgetting by the clock ---- */

static size_t camera_sweep(struct hl_passages *p, struct camera *c, int64_t now_ms)
{
	if (c->open)
		catch_up(p, c);
	while (c->waiting && is_over(c->wait[c->first].came_ms, now_ms, HL_PASSAGE_MS - SWEEP_MS))
		drop_first(c);
	for (int i = 0; i < HL_PASSAGE_OPEN; i++)
		if (c->head[i].reads && is_over(c->head[i].came_ms, now_ms, HL_PASSAGE_MS - SWEEP_MS))
			wipe(p, c, i);
	return c->open + c->waiting;
}

static size_t shard_sweep(struct hl_passages *p, struct shard *s, int64_t now_ms)
{
	size_t all = 0;
	for (size_t k = s->n; k-- > 0;) {
		size_t left = camera_sweep(p, s->slot[k].camera, now_ms);
		all += left;
		if (left)
			continue;
		free(s->slot[k].camera);
		s->slot[k] = s->slot[--s->n];
	}
	return all;
}

size_t hl_passages_sweep(struct hl_passages *p, int64_t now_ms)
{
	size_t all = 0;
	for (uint64_t i = 0; i < HL_PASSAGE_SHARDS; i++) {
		pthread_mutex_lock(&lock_of(p, i)->mutex);
		all += shard_sweep(p, shard_of(p, i), now_ms);
		pthread_mutex_unlock(&lock_of(p, i)->mutex);
	}
	return all;
}

void hl_passages_free(struct hl_passages **pp)
{
	struct hl_passages *p = *pp;
	if (!p)
		return;
	for (int i = 0; i < HL_PASSAGE_SHARDS; i++) {
		struct shard *s = shard_of(p, (uint64_t)i);
		for (size_t k = 0; k < s->n; k++) {
			for (int n = 0; n < HL_PASSAGE_OPEN; n++)
				wipe(p, s->slot[k].camera, n);
			free(s->slot[k].camera);
		}
	}
	for (int i = 0; i < HL_PASSAGE_LOCKS; i++)
		pthread_mutex_destroy(&p->lock[i].mutex);
	free(p);
	*pp = NULL;
}

int hl_passage_at(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, struct camera **out)
{
	uint64_t h = hl_read_camera(r);
	struct shard *s = shard_of(p, h);
	struct seen seen = seen_of(r, now_ms);
	struct look l = look_at(p, &seen, passage_ms);
	*out = NULL;
	for (size_t i = 0; i < s->n && !*out; i++)
		*out = s->slot[i].hash == h ? s->slot[i].camera : NULL;
	if (!*out || !r->plate.len)
		return -1;
	catch_up(p, *out);
	return passage_of(&l, *out);
}

pthread_mutex_t *hl_passage_mutex(struct hl_passages *p, const struct hl_read *r)
{
	return &lock_of(p, hl_read_camera(r))->mutex;
}
