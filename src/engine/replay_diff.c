/* replay_diff.c: see replay_diff.h. Pairs are found by sorting both sides by what makes two alerts the same and walking them together.
 */
#include "engine/replay_diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pointers to told alerts; those that were paired are NULL. */
struct side {
	const struct hl_replay_told **v;
	size_t n;
};

typedef int (*order_fn)(const struct hl_replay_told *a, const struct hl_replay_told *b);

static int order_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int order_entries(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	int c = order_numbers(a->list, b->list);
	return c ? c : order_numbers(a->entry, b->entry);
}

static int order_reads(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	int c = order_numbers(a->read, b->read);
	return c ? c : order_entries(a, b);
}

static int order_ids(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	return strcmp(a->id, b->id);
}

/* Alerts of one entry, camera and vehicle stand together, in the order of time. */
static int order_places(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	int c = order_entries(a, b);
	c = c ? c : strcmp(a->camera, b->camera);
	return c ? c : strcmp(a->vehicle_id, b->vehicle_id);
}

static int order_times(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	int c = order_places(a, b);
	return c ? c : a->first_ms < b->first_ms ? -1 : a->first_ms > b->first_ms;
}

/* qsort has no argument for the order: one comparison a way of sorting. */
#define BY(NAME, ORDER) \
	static int NAME(const void *a, const void *b) \
	{ \
		return ORDER(*(const struct hl_replay_told *const *)a, *(const struct hl_replay_told *const *)b); \
	}
BY(by_read, order_reads)
BY(by_id, order_ids)
BY(by_time, order_times)

static struct side side_of(const struct hl_replay_set *s)
{
	struct side side = { hl_calloc(s->n, sizeof *side.v), s->n };
	for (size_t i = 0; i < s->n; i++)
		side.v[i] = &s->told[i];
	return side;
}

static void sort(struct side *s, int (*by)(const void *, const void *))
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i])
			s->v[kept++] = s->v[i];
	s->n = kept;
	if (kept > 1)
		qsort(s->v, kept, sizeof *s->v, by);
}

static bool differ(const struct hl_replay_told *a, const struct hl_replay_told *b)
{
	return a->decision != b->decision || a->muted != b->muted || strcmp(a->receivers ? a->receivers : "", b->receivers ? b->receivers : "") != 0;
}

static void add(struct hl_replay_diff *d, const struct hl_replay_told *before, const struct hl_replay_told *after)
{
	enum hl_replay_change c = !before ? HL_REPLAY_GAINED : !after ? HL_REPLAY_LOST : differ(before, after) ? HL_REPLAY_CHANGED : HL_REPLAY_SAME;
	d->pair[d->n++] = (struct hl_replay_pair){ c, before, after };
	d->total[c]++;
}

static void pair_equal(struct hl_replay_diff *d, struct side *x, struct side *y, order_fn order)
{
	for (size_t i = 0, k = 0; i < x->n && k < y->n;) {
		int c = order(x->v[i], y->v[k]);
		if (c == 0) {
			add(d, x->v[i], y->v[k]);
			x->v[i] = y->v[k] = NULL;
		}
		i += c <= 0;
		k += c >= 0;
	}
}

/* Where the other set told an earlier or a later read of a passage first. */
static void pair_passages(struct hl_replay_diff *d, struct side *x, struct side *y, int64_t passage_ms)
{
	for (size_t i = 0, k = 0; i < x->n && k < y->n;) {
		const struct hl_replay_told *a = x->v[i], *b = y->v[k];
		int c = order_places(a, b);
		if (c == 0)
			c = a->last_ms + passage_ms < b->first_ms ? -1 : b->last_ms + passage_ms < a->first_ms ? 1 : 0;
		if (c == 0) {
			add(d, a, b);
			x->v[i] = y->v[k] = NULL;
		}
		i += c <= 0;
		k += c >= 0;
	}
}

static const struct hl_replay_told *either(const struct hl_replay_pair *p)
{
	return p->after ? p->after : p->before;
}

static int pairs_by_read(const void *a, const void *b)
{
	return order_reads(either(a), either(b));
}

static void rest(struct hl_replay_diff *d, const struct side *s, bool after)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i])
			add(d, after ? NULL : s->v[i], after ? s->v[i] : NULL);
}

void hl_replay_diff(struct hl_replay_diff *d, const struct hl_replay_set *before, const struct hl_replay_set *after)
{
	struct side x = side_of(before), y = side_of(after);
	int64_t p = before->catalog->rules->passage_ms, q = after->catalog->rules->passage_ms;
	bool per_read = !before->state;
	*d = (struct hl_replay_diff){ .pair = hl_calloc(x.n + y.n, sizeof d->pair[0]) };
	sort(&x, per_read ? by_read : by_id);
	sort(&y, per_read ? by_read : by_id);
	pair_equal(d, &x, &y, per_read ? order_reads : order_ids);
	if (!per_read) {
		sort(&x, by_time);
		sort(&y, by_time);
		pair_passages(d, &x, &y, p > q ? p : q);
	}
	rest(d, &x, false);
	rest(d, &y, true);
	free(x.v);
	free(y.v);
	if (d->n > 1)
		qsort(d->pair, d->n, sizeof d->pair[0], pairs_by_read);
}

void hl_replay_diff_fini(struct hl_replay_diff *d)
{
	free(d->pair);
	*d = (struct hl_replay_diff){ 0 };
}

/* ---- views ---- */

const char *hl_replay_change_name(enum hl_replay_change c)
{
	static const char *const names[HL_REPLAY_CHANGES] = { "same", "gained", "lost", "changed" };
	return names[c];
}

const char *hl_replay_view_name(enum hl_replay_view v)
{
	static const char *const names[HL_REPLAY_VIEWS] = { "list", "route", "camera", "hour" };
	return names[v];
}

void hl_replay_view_key(enum hl_replay_view v, const struct hl_catalog *c, const struct hl_replay_pair *p, char *dst, size_t size)
{
	const struct hl_replay_told *t = either(p);
	struct hl_local local;
	switch (v) {
	case HL_REPLAY_BY_LIST: hl_copy(dst, size, c->list[t->list].name); return;
	case HL_REPLAY_BY_ROUTE: hl_copy(dst, size, t->muted ? "(muted)" : t->receivers && t->receivers[0] ? t->receivers : "(nobody)"); return;
	case HL_REPLAY_BY_CAMERA: hl_copy(dst, size, t->camera); return;
	case HL_REPLAY_BY_HOUR: break;
	case HL_REPLAY_VIEWS: break;
	}
	hl_tz_local(c->rules->tz, t->time_ms, &local);
	snprintf(dst, size, "%02d", local.minute / 60);
}

struct keyed {
	char *name;
	enum hl_replay_change change;
};

static int keyed_by_name(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->name, ((const struct keyed *)b)->name);
}

size_t hl_replay_tallies(enum hl_replay_view v, const struct hl_catalog *c, const struct hl_replay_diff *d, struct hl_replay_tally **out)
{
	struct keyed *k = hl_calloc(d->n, sizeof *k);
	struct hl_replay_tally *t = hl_calloc(d->n, sizeof *t);
	char key[HL_RECEIVERS_MAX * HL_NAME];
	size_t n = 0;
	for (size_t i = 0; i < d->n; i++) {
		hl_replay_view_key(v, c, &d->pair[i], key, sizeof key);
		k[i] = (struct keyed){ hl_strdup(key), d->pair[i].change };
	}
	if (d->n > 1)
		qsort(k, d->n, sizeof *k, keyed_by_name);
	for (size_t i = 0; i < d->n; i++) {
		if (n && !strcmp(t[n - 1].name, k[i].name))
			free(k[i].name);
		else
			t[n++].name = k[i].name;
		t[n - 1].n[k[i].change]++;
	}
	free(k);
	*out = t;
	return n;
}

void hl_replay_tallies_free(struct hl_replay_tally *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(t[i].name);
	free(t);
}

void hl_replay_wilson(int64_t k, int64_t n, double *low, double *high)
{
	const double z = 1.959963984540054, zz = z * z;
	*low = 0;
	*high = 1;
	if (n <= 0)
		return;
	double m = (double)n, p = (double)k / m, middle = (p + zz / (2 * m)) / (1 + zz / m);
	double half = z / (1 + zz / m) * sqrt(p * (1 - p) / m + zz / (4 * m * m));
	*low = k == 0 ? 0 : middle - half;
	*high = k == n ? 1 : middle + half;
}
