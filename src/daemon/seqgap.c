/* seqgap.c: see seqgap.h. Open addressing, grown by doubling up to the bound. */
#include "daemon/seqgap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct row {
	uint64_t camera; /* 0: free; a camera of that number is 1 */
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
	free(g->row);
	free(g);
	*gp = NULL;
}

static struct row *find(struct hl_seqgap *g, uint64_t camera)
{
	size_t i = camera & (g->cap - 1);
	while (g->row[i].camera && g->row[i].camera != camera)
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

int64_t hl_seqgap_put(struct hl_seqgap *g, uint64_t camera, int64_t seq)
{
	camera += !camera;
	struct row *r = find(g, camera);
	if (!r->camera) {
		if (g->n >= HL_SEQGAP_CAMERAS)
			return 0;
		if (2 * (g->n + 1) > g->cap) {
			grow(g);
			r = find(g, camera);
		}
		*r = (struct row){ .camera = camera, .seq = seq };
		g->n++;
		return 0;
	}
	int64_t missing = seq > r->seq ? seq - r->seq - 1 : 0;
	r->seq = seq;
	return missing;
}
