/* passage_fall.c: what was told of a passage, kept beside the evidence for it, so that the passage's further reads can take it back (doc/story.md, Better evidence). Nearly all
 * passages have nothing kept. Any thread: each call holds the camera's lock.
 */
#include "engine/passage_priv.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void hl_passage_let_go(struct hl_passages *p, struct item *it)
{
	if (!it->kept)
		return;
	memset(it->kept, 0, sizeof *it->kept); /* no plate outlives its passage */
	free(it->kept);
	it->kept = NULL;
	p->kept--;
}

static struct item *find(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, const struct hl_pattern *pattern)
{
	struct camera *c;
	int at = hl_passage_at(p, r, passage_ms, now_ms, &c);
	for (uint32_t i = 0; at >= 0 && i < c->head[at].items; i++)
		if (!memcmp(&c->body[at].item[i].pattern, pattern, sizeof *pattern))
			return &c->body[at].item[i];
	return NULL;
}

void hl_passages_keep(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, const struct hl_pattern *pattern,
		      const struct hl_passage_kept *k)
{
	pthread_mutex_lock(hl_passage_mutex(p, r));
	struct item *it = find(p, r, passage_ms, now_ms, pattern);
	if (it && !it->kept) {
		it->kept = hl_alloc(sizeof *it->kept);
		*it->kept = *k;
		p->kept++;
	} else if (it && k->rank >= it->kept->rank) {
		unsigned falls = it->kept->falls;
		*it->kept = *k;
		it->kept->falls = falls;
	}
	pthread_mutex_unlock(hl_passage_mutex(p, r));
}

bool hl_passages_keeps(struct hl_passages *p)
{
	return p->kept > 0;
}

size_t hl_passages_told(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, struct hl_passage_fall *out, size_t max)
{
	struct camera *c;
	size_t n = 0;
	if (!p->kept)
		return 0;
	pthread_mutex_lock(hl_passage_mutex(p, r));
	int at = hl_passage_at(p, r, passage_ms, now_ms, &c);
	for (uint32_t i = 0; at >= 0 && i < c->head[at].items && n < max; i++) {
		const struct item *it = &c->body[at].item[i];
		uint32_t reads = c->head[at].reads;
		if (!it->kept)
			continue;
		out[n].pattern = it->pattern;
		out[n].reads = reads;
		out[n].ratio = (it->sum + (reads - it->reads) * it->kept->epsilon) / reads;
		out[n++].kept = *it->kept;
	}
	pthread_mutex_unlock(hl_passage_mutex(p, r));
	return n;
}

void hl_passages_fell(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, const struct hl_pattern *pattern, unsigned falls)
{
	pthread_mutex_lock(hl_passage_mutex(p, r));
	struct item *it = find(p, r, passage_ms, now_ms, pattern);
	if (it && it->kept)
		it->kept->falls = falls;
	pthread_mutex_unlock(hl_passage_mutex(p, r));
}
