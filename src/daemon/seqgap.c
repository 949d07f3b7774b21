/* seqgap.c: see seqgap.h. Open addressing, grown by doubling up to the bound. */
#include "daemon/seqgap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct row {
	char *camera;
	int64_t seq;
};

struct hl_seqgap {
	struct row *row;
	size_t cap, n;
};

struct hl_seqgap *hl_seqgap_new(void)
{
	struct hl_seqgap *g = hl_calloc(1, sizeof *g);
	g->cap = 256;
	g->row = hl_calloc(g->cap, sizeof g->row[0]);
	return g;
}

void hl_seqgap_free(struct hl_seqgap **gp)
{
	struct hl_seqgap *g = *gp;
	if (!g)
		return;
	for (size_t i = 0; i < g->cap; i++)
		free(g->row[i].camera);
	free(g->row);
	free(g);
	*gp = NULL;
}

static size_t hash(const char *s)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a, Fowler, Noll and Vo */
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

static struct row *find(struct hl_seqgap *g, const char *camera)
{
	size_t i = hash(camera) & (g->cap - 1);
	while (g->row[i].camera && strcmp(g->row[i].camera, camera) != 0)
		i = (i + 1) & (g->cap - 1);
	return &g->row[i];
}

static void grow(struct hl_seqgap *g)
{
	struct hl_seqgap next = { .cap = g->cap * 2, .n = g->n };
	next.row = hl_calloc(next.cap, sizeof next.row[0]);
	for (size_t i = 0; i < g->cap; i++)
		if (g->row[i].camera)
			*find(&next, g->row[i].camera) = g->row[i];
	free(g->row);
	*g = next;
}

int64_t hl_seqgap_put(struct hl_seqgap *g, const char *camera, int64_t seq)
{
	struct row *r = find(g, camera);
	if (!r->camera) {
		if (g->n >= HL_SEQGAP_CAMERAS)
			return 0;
		if (2 * (g->n + 1) > g->cap) {
			grow(g);
			r = find(g, camera);
		}
		*r = (struct row){ .camera = hl_strdup(camera), .seq = seq };
		g->n++;
		return 0;
	}
	int64_t missing = seq > r->seq ? seq - r->seq - 1 : 0;
	r->seq = seq;
	return missing;
}
