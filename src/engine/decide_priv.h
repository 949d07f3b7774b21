/* decide_priv.h: what the files of decide share. */
#ifndef HL_ENGINE_DECIDE_PRIV_H
#define HL_ENGINE_DECIDE_PRIV_H

#include "engine/decide.h"

/* What the hit looks like to the rules. Texts are borrowed from all arguments. */
void hl_decide_case(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_entry *e, struct hl_case *out);

/* What was told of a passage is remembered, so that its further reads may take it back. h: a hit that is not dropped. */
void hl_decide_remember(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_pattern *pattern, const struct hl_decide_opts *o);
/* What of it the read has taken back: at most max hits with `fell` set, of the read's own number. Each falls at most once to a decision (doc/story.md, Better evidence). */
enum { HL_FALLS_MAX = 4, HL_FALL_READS = 4 };
size_t hl_decide_falls(const struct hl_catalog *c, const struct hl_read *r, uint32_t read, const struct hl_decide_opts *o, struct hl_hit *out);
/* All of a hit that is the rules' business: contradictions, lateness, priority, decision. e is its entry; now_ms as in hl_decide_opts. */
void hl_decide_apply(const struct hl_catalog *c, const struct hl_read *r, const struct hl_entry *e, int64_t now_ms, struct hl_hit *h);
/* The list that holds entry `number` of the segment. */
uint32_t hl_decide_list_of(const struct hl_catalog *c, size_t segment, uint32_t number);
/* Whether the entry exists for a read of that time: within its dates, not withdrawn, not overlaid by hand. */
bool hl_decide_in_force(const struct hl_catalog_list *l, uint32_t entry, int64_t read_ms);

#endif
