/* segment.c: see segment.h. */
#include "engine/segment.h"

#include <stdlib.h>

#include "engine/rules_life.h"
#include "store/index_file.h"

/* What a share of an index holds: the index by itself, or of a file, with the snapshot whose patterns it has. */
struct held {
	struct hl_index *index; /* ours; NULL: the file's */
	struct hl_index_file *file;
	struct hl_share *snapshot;
};

static void held_end(void *what)
{
	struct held *h = what;
	hl_index_free(&h->index);
	hl_index_file_close(&h->file);
	hl_share_unref(&h->snapshot);
	free(h);
}

struct hl_share *hl_segment_share(struct hl_index *index)
{
	struct held *h = hl_calloc(1, sizeof *h);
	h->index = index;
	return hl_share_new(h, held_end);
}

void hl_segment_key(const struct hl_confusion *t, int budget, const unsigned char *const *content, size_t n, unsigned char key[HL_SHA256])
{
	struct hl_sha256 h;
	uint64_t confusion = hl_confusion_hash(t), b = (uint64_t)budget;
	hl_sha256_init(&h);
	hl_sha256_put(&h, &confusion, sizeof confusion);
	hl_sha256_put(&h, &b, sizeof b);
	for (size_t i = 0; i < n; i++)
		hl_sha256_put(&h, content[i], HL_SHA256);
	hl_sha256_end(&h, key);
}

enum hl_code hl_segment_open(struct hl_share **out, struct hl_index **index, const char *state, const struct hl_version *v, struct hl_share *snapshot,
			     const unsigned char key[HL_SHA256], const struct hl_index_params *params, struct hl_err *err)
{
	const struct hl_snapshot *s = snapshot->what;
	struct hl_index_params own = *params;
	struct held *h = hl_calloc(1, sizeof *h);
	size_t n = hl_snapshot_count(s);
	enum hl_code code = HL_OK;
	h->snapshot = hl_share_ref(snapshot);
	*out = NULL;
	*index = NULL;
	if (state && hl_index_file_open(&h->file, state, v, key, s, params, NULL) == HL_OK) {
		*index = h->file->index;
	} else {
		own.borrow = false; /* in the snapshot's map each look at a pattern costs more */
		code = hl_index_new(&h->index, n ? hl_snapshot_pattern(s, 0) : NULL, n, &own, err);
		*index = h->index;
		if (!code && state)
			hl_index_file_write(state, v, h->index, key, params->crew, NULL);
	}
	if (code)
		held_end(h);
	else
		*out = hl_share_new(h, held_end);
	return code;
}

void hl_segment_begin(struct hl_segment_draft *d, const struct hl_settings *s, const char *list, size_t entries)
{
	struct hl_faults faults = { 0 };
	*d = (struct hl_segment_draft){ .rules = NULL };
	if (!s || !s->rules || entries < HL_SEGMENT_OWN || hl_rules_deciding(&d->rules, s, &faults))
		return;
	d->budget = hl_rules_budget(d->rules, list);
}

void hl_segment_build(struct hl_segment_draft *d, const struct hl_pattern *patterns, size_t n, const struct hl_crew *crew)
{
	if (!d->rules)
		return;
	const struct hl_index_params params = { .confusion = &d->rules->confusion, .max_cost = d->budget, .crew = crew, .borrow = true };
	hl_index_new(&d->index, patterns, n, &params, NULL);
}

void hl_segment_write(const struct hl_segment_draft *d, const char *state, const struct hl_version *v, const unsigned char hash[HL_SHA256],
		      const struct hl_crew *crew)
{
	unsigned char key[HL_SHA256];
	if (!d->index)
		return;
	hl_segment_key(&d->rules->confusion, d->budget, &hash, 1, key);
	hl_index_file_write(state, v, d->index, key, crew, NULL);
}

void hl_segment_end(struct hl_segment_draft *d)
{
	hl_index_free(&d->index);
	hl_rules_free(&d->rules);
}
