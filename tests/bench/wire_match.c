/* wire_match.c: see wire_match.h. */
#include "wire_match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "daemon/pipeline.h"
#include "rig.h"

struct wire_match {
	struct hl_catalog *catalog;
	struct hl_index_scratch *scratch;
	struct hl_read read[HL_BATCH_READS];
	struct hl_plate plate[HL_BATCH_READS];
	int budget[HL_BATCH_READS];
	size_t n, reads, found;
};

struct wire_match *wire_match_new(struct hl_catalog *c)
{
	struct wire_match *m = hl_calloc(1, sizeof *m);
	m->catalog = c;
	m->scratch = hl_index_scratch_new();
	return m;
}

void wire_match_free(struct wire_match *m)
{
	hl_index_scratch_free(&m->scratch);
	free(m);
}

size_t wire_match_reads(const struct wire_match *m)
{
	return m->reads;
}

void wire_match_idle(void *match)
{
	struct wire_match *m = match;
	const struct hl_catalog *c = m->catalog;
	const struct hl_found *f;
	for (size_t i = 0; i < m->n; i++)
		m->plate[i] = m->read[i].plate;
	for (size_t k = 0; k < c->n_segments && m->n; k++) {
		for (size_t i = 0; i < m->n; i++)
			m->budget[i] = c->segment[k].reach[0].plate;
		m->found += hl_index_query(c->segment[k].index, m->scratch, m->plate, m->budget, m->n, &f);
	}
	m->reads += m->n;
	m->n = 0;
}

static struct hl_read *room(void *match)
{
	struct wire_match *m = match;
	return &m->read[m->n];
}

static void one_read(void *match, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	struct wire_match *m = match;
	(void)line, (void)n, (void)line_no;
	if (!r)
		rig_fail("%s", err->text);
	if (r->n_candidates || r->n_slots)
		rig_fail("reads with alternatives are not matched here");
	if (++m->n == HL_BATCH_READS)
		wire_match_idle(m);
}

void wire_match_put(void *match, const char *data, size_t n)
{
	hl_reads_walk_into(hl_read_format_find("native"), data, n, hl_clock_real_ms(), room, one_read, match);
}
