/* shadow.c: see shadow.h. */
#include "engine/shadow.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"

enum { NAMES = 128 };

/* What differs: decisions, and who is told more or less. */
struct kind {
	char list[HL_NAME], gained[NAMES], lost[NAMES];
	enum hl_decision from, to;
};

struct tally {
	struct kind kind;
	int64_t n;
};

struct difference {
	struct kind kind;
	int64_t time_ms;
	char camera[HL_READ_NAME], plate_read[HL_PLATE_MAX + 1], plate_listed[HL_PLATE_MAX + 1];
};

struct hl_shadow {
	pthread_mutex_t lock;
	struct hl_passages *passages;
	char rules[HL_RULES_ID], next[HL_RULES_ID]; /* the two that the figures are of */
	int64_t since_ms, compared, differing, more; /* more: of kinds beyond those kept */
	struct tally tally[HL_SHADOW_KINDS];
	size_t n;
	struct difference last[HL_SHADOW_LAST]; /* a ring */
	uint64_t n_last;
};

struct hl_shadow *hl_shadow_new(void)
{
	struct hl_shadow *s = hl_calloc(1, sizeof *s);
	pthread_mutex_init(&s->lock, NULL);
	s->passages = hl_passages_new();
	return s;
}

void hl_shadow_free(struct hl_shadow **s)
{
	if (!*s)
		return;
	hl_passages_free(&(*s)->passages);
	pthread_mutex_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

struct hl_passages *hl_shadow_passages(struct hl_shadow *s)
{
	return s->passages;
}

/* ---- comparing ---- */

/* What one set of rules makes of a pair. */
struct outcome {
	enum hl_decision decision;
	const char *receivers[HL_RECEIVERS_MAX];
	size_t n;
};

/* h NULL: it was dropped, or not even looked at closely. */
static void judge(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, struct outcome *o)
{
	o->decision = h ? h->decision : HL_DROP;
	o->n = o->decision == HL_DROP || hl_decide_mute(c, r, h) ? 0 : hl_decide_route(c, r, h, o->receivers);
}

/* The names of a that are not b's. */
static void minus(const struct outcome *a, const struct outcome *b, char dst[NAMES])
{
	size_t used = 0;
	dst[0] = 0;
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;
		while (k < b->n && strcmp(a->receivers[i], b->receivers[k]) != 0)
			k++;
		if (k == b->n && used < NAMES)
			used += (size_t)snprintf(dst + used, NAMES - used, "%s%s", used ? " " : "", a->receivers[i]);
	}
}

static bool same_kind(const struct kind *a, const struct kind *b)
{
	return a->from == b->from && a->to == b->to && !strcmp(a->list, b->list) && !strcmp(a->gained, b->gained) && !strcmp(a->lost, b->lost);
}

/* Under the lock. */
static void count(struct hl_shadow *s, const struct kind *k, const struct hl_read *r, const struct hl_pattern *listed)
{
	size_t i = 0;
	while (i < s->n && !same_kind(&s->tally[i].kind, k))
		i++;
	if (i == s->n && s->n < HL_SHADOW_KINDS)
		s->tally[s->n++] = (struct tally){ .kind = *k };
	if (i < s->n)
		s->tally[i].n++;
	else
		s->more++;
	s->differing++;
	struct difference *d = &s->last[s->n_last++ % HL_SHADOW_LAST];
	*d = (struct difference){ .kind = *k, .time_ms = r->time_ms };
	hl_copy(d->camera, sizeof d->camera, r->camera);
	hl_plate_text(&r->plate, d->plate_read);
	hl_pattern_text(listed, d->plate_listed);
}

/* Of one pair; one of live and next may be NULL. */
static void compare_one(struct hl_shadow *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *live, const struct hl_hit *next)
{
	const struct hl_hit *h = live ? live : next;
	struct outcome was, is;
	struct kind k = { .from = HL_DROP };
	judge(c, r, live, &was);
	judge(c->shadow, r, next, &is);
	if (was.decision == HL_DROP && is.decision == HL_DROP)
		return;
	s->compared++;
	minus(&is, &was, k.gained);
	minus(&was, &is, k.lost);
	k.from = was.decision;
	k.to = is.decision;
	hl_copy(k.list, sizeof k.list, c->list[h->list].name);
	if (k.from != k.to || k.gained[0] || k.lost[0])
		count(s, &k, r, hl_snapshot_pattern(c->list[h->list].snapshot, h->entry));
}

static const struct hl_hit *find(const struct hl_hit *h, size_t n, const struct hl_hit *like)
{
	for (size_t i = 0; i < n; i++)
		if (h[i].list == like->list && h[i].entry == like->entry)
			return &h[i];
	return NULL;
}

/* How many of the hits at h are of this read. */
static size_t of_read(const struct hl_hit *h, size_t n, uint32_t read)
{
	size_t k = 0;
	while (k < n && h[k].read == read)
		k++;
	return k;
}

static void begin(struct hl_shadow *s, const struct hl_catalog *c, int64_t now_ms)
{
	if (!strcmp(s->rules, c->rules->id) && !strcmp(s->next, c->shadow->rules->id))
		return;
	hl_copy(s->rules, sizeof s->rules, c->rules->id);
	hl_copy(s->next, sizeof s->next, c->shadow->rules->id);
	s->since_ms = now_ms;
	s->compared = s->differing = s->more = 0;
	s->n = 0;
	s->n_last = 0;
}

void hl_shadow_compare(struct hl_shadow *s, const struct hl_catalog *c, const struct hl_read *reads, const struct hl_hit *live, size_t n_live, const struct hl_hit *next,
		       size_t n_next, int64_t now_ms)
{
	if (!n_live && !n_next)
		return;
	pthread_mutex_lock(&s->lock);
	begin(s, c, now_ms);
	while (n_live || n_next) {
		uint32_t read = n_live && (!n_next || live->read <= next->read) ? live->read : next->read;
		size_t a = of_read(live, n_live, read), b = of_read(next, n_next, read);
		for (size_t i = 0; i < a; i++)
			compare_one(s, c, &reads[read], &live[i], find(next, b, &live[i]));
		for (size_t i = 0; i < b; i++)
			if (!find(live, a, &next[i]))
				compare_one(s, c, &reads[read], NULL, &next[i]);
		live += a;
		n_live -= a;
		next += b;
		n_next -= b;
	}
	pthread_mutex_unlock(&s->lock);
}

/* ---- telling ---- */

static void kind_json(const struct kind *k, struct hl_json *j)
{
	hl_json_str(j, "list", k->list);
	hl_json_str(j, "from", hl_decision_name(k->from));
	hl_json_str(j, "to", hl_decision_name(k->to));
	hl_json_str(j, "gained", k->gained);
	hl_json_str(j, "lost", k->lost);
}

static void kind_text(const struct kind *k, struct hl_buf *out)
{
	hl_buf_printf(out, "%-12s %s -> %s", k->list, hl_decision_name(k->from), hl_decision_name(k->to));
	if (k->gained[0])
		hl_buf_printf(out, "  gained: %s", k->gained);
	if (k->lost[0])
		hl_buf_printf(out, "  lost: %s", k->lost);
}

static int most_first(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	return x->n < y->n ? 1 : x->n > y->n ? -1 : memcmp(&x->kind, &y->kind, sizeof x->kind);
}

static const struct difference *nth_last(const struct hl_shadow *s, size_t i)
{
	return &s->last[(s->n_last - 1 - i) % HL_SHADOW_LAST];
}

static bool is_hidden(const struct hl_shadow_asked *q, const struct kind *k)
{
	return q->hidden && q->hidden(q->arg, k->list);
}

static void tell_json(const struct hl_shadow *s, size_t last, const struct hl_shadow_asked *q, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "rules", s->rules);
	hl_json_str(&j, "shadow", s->next);
	hl_json_time(&j, "since", s->since_ms);
	hl_json_int(&j, "hits", s->compared);
	hl_json_int(&j, "differing", s->differing);
	hl_json_int(&j, "not_told_apart", s->more);
	hl_json_open_key(&j, "counts", '[');
	for (size_t i = 0; i < s->n; i++) {
		if (is_hidden(q, &s->tally[i].kind))
			continue;
		hl_json_open(&j, '{');
		kind_json(&s->tally[i].kind, &j);
		hl_json_int(&j, "n", s->tally[i].n);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_open_key(&j, "last", '[');
	for (size_t i = 0; i < last; i++) {
		const struct difference *d = nth_last(s, i);
		if (is_hidden(q, &d->kind))
			continue;
		hl_json_open(&j, '{');
		hl_json_time(&j, "time", d->time_ms);
		hl_json_str(&j, "camera", d->camera);
		hl_json_str(&j, "plate_read", d->plate_read);
		hl_json_str(&j, "plate_listed", d->plate_listed);
		kind_json(&d->kind, &j);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void tell_text(const struct hl_shadow *s, size_t last, const struct hl_shadow_asked *q, struct hl_buf *out)
{
	char since[HL_TIME_TEXT];
	hl_time_format(s->since_ms, since);
	hl_buf_printf(out, "%s beside %s since %s: %lld hits, %lld decided or told otherwise\n", s->next, s->rules, since, (long long)s->compared, (long long)s->differing);
	for (size_t i = 0; i < s->n; i++) {
		if (is_hidden(q, &s->tally[i].kind))
			continue;
		hl_buf_printf(out, "%8lld  ", (long long)s->tally[i].n);
		kind_text(&s->tally[i].kind, out);
		hl_buf_putc(out, '\n');
	}
	if (s->more)
		hl_buf_printf(out, "%8lld  of other kinds\n", (long long)s->more);
	const char *head = "\nthe last ones:\n";
	for (size_t i = 0; i < last; i++) {
		const struct difference *d = nth_last(s, i);
		if (is_hidden(q, &d->kind))
			continue;
		hl_time_format(d->time_ms, since);
		hl_buf_printf(out, "%s%s  %-12s %-10s for %-10s ", head, since, d->camera, d->plate_read, d->plate_listed);
		kind_text(&d->kind, out);
		hl_buf_putc(out, '\n');
		head = "";
	}
}

void hl_shadow_tell(struct hl_shadow *s, const struct hl_catalog *c, const struct hl_shadow_asked *asked, int64_t now_ms, struct hl_buf *out)
{
	pthread_mutex_lock(&s->lock);
	if (c->shadow)
		begin(s, c, now_ms);
	qsort(s->tally, s->n, sizeof s->tally[0], most_first);
	uint64_t kept = s->n_last < HL_SHADOW_LAST ? s->n_last : HL_SHADOW_LAST;
	size_t last = asked->last < kept ? asked->last : (size_t)kept;
	if (asked->json)
		tell_json(s, last, asked, out);
	else if (!c->shadow)
		hl_buf_puts(out, "no shadow rules: the settings have no 'shadow'\n");
	else
		tell_text(s, last, asked, out);
	pthread_mutex_unlock(&s->lock);
}
