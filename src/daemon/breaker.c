/* breaker.c: see breaker.h. Only destinations whose last attempt failed are known, so the table is small and looked through from one end to the other. */
#include "daemon/breaker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct known {
	char *destination;
	unsigned failures;  /* in a row */
	int64_t pause_ms;   /* the last one; 0: it does not rest */
	int64_t until_ms;
};

struct hl_breaker {
	pthread_mutex_t lock;
	struct known *v;
	size_t n, cap;
};

struct hl_breaker *hl_breaker_new(void)
{
	struct hl_breaker *b = hl_calloc(1, sizeof *b);
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

static void forget(struct hl_breaker *b, struct known *k)
{
	free(k->destination);
	*k = b->v[--b->n];
}

void hl_breaker_clear(struct hl_breaker *b)
{
	pthread_mutex_lock(&b->lock);
	while (b->n)
		forget(b, &b->v[b->n - 1]);
	pthread_mutex_unlock(&b->lock);
}

void hl_breaker_free(struct hl_breaker **b)
{
	if (!*b)
		return;
	hl_breaker_clear(*b);
	pthread_mutex_destroy(&(*b)->lock);
	free((*b)->v);
	free(*b);
	*b = NULL;
}

static struct known *find(const struct hl_breaker *b, const char *destination)
{
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->v[i].destination, destination))
			return &b->v[i];
	return NULL;
}

int64_t hl_breaker_room(struct hl_breaker *b, const char *destination, int64_t limit, int64_t now_ms)
{
	pthread_mutex_lock(&b->lock);
	const struct known *k = find(b, destination);
	int64_t room = !k || !k->pause_ms ? limit : now_ms < k->until_ms ? 0 : 1;
	pthread_mutex_unlock(&b->lock);
	return room < limit ? room : limit;
}

bool hl_breaker_answered(struct hl_breaker *b, const char *destination)
{
	pthread_mutex_lock(&b->lock);
	struct known *k = find(b, destination);
	bool rested = k && k->pause_ms;
	if (k)
		forget(b, k);
	pthread_mutex_unlock(&b->lock);
	return rested;
}

static struct known *find_or_add(struct hl_breaker *b, const char *destination)
{
	struct known *k = find(b, destination);
	if (k || b->n == HL_BREAKER_KNOWN)
		return k;
	if (b->n == b->cap)
		b->v = hl_realloc(b->v, b->cap = b->cap ? 2 * b->cap : 16, sizeof *b->v);
	k = &b->v[b->n++];
	*k = (struct known){ .destination = hl_strdup(destination) };
	return k;
}

/* Attempts that were under way when the rest began end while it lasts: they don't make it longer. */
static void rest(struct known *k, int64_t asked_ms, int64_t now_ms)
{
	if (asked_ms >= 0) {
		int64_t until = now_ms + asked_ms;
		k->pause_ms = k->pause_ms ? k->pause_ms : HL_BREAKER_FIRST_MS;
		k->until_ms = until > k->until_ms ? until : k->until_ms;
	} else if (!k->pause_ms || now_ms >= k->until_ms) {
		k->pause_ms = k->pause_ms ? 2 * k->pause_ms : HL_BREAKER_FIRST_MS;
		k->pause_ms = k->pause_ms < HL_BREAKER_MOST_MS ? k->pause_ms : HL_BREAKER_MOST_MS;
		k->until_ms = now_ms + k->pause_ms;
	}
}

bool hl_breaker_failed(struct hl_breaker *b, const char *destination, int64_t asked_ms, int64_t now_ms)
{
	asked_ms = asked_ms > HL_BREAKER_ASKED_MS ? -1 : asked_ms;
	pthread_mutex_lock(&b->lock);
	struct known *k = find_or_add(b, destination);
	bool began = false;
	if (k) {
		k->failures++;
		bool rested = k->pause_ms;
		if (asked_ms >= 0 || k->failures >= HL_BREAKER_FAILURES)
			rest(k, asked_ms, now_ms);
		began = !rested && k->pause_ms;
	}
	pthread_mutex_unlock(&b->lock);
	return began;
}

int64_t hl_breaker_until(struct hl_breaker *b, const char *destination)
{
	pthread_mutex_lock(&b->lock);
	const struct known *k = find(b, destination);
	int64_t until = k && k->pause_ms ? k->until_ms : 0;
	pthread_mutex_unlock(&b->lock);
	return until;
}

size_t hl_breaker_resting(struct hl_breaker *b)
{
	size_t n = 0;
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->n; i++)
		n += b->v[i].pause_ms != 0;
	pthread_mutex_unlock(&b->lock);
	return n;
}
