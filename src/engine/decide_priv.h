/* decide_priv.h: what the files of decide share. */
#ifndef HL_ENGINE_DECIDE_PRIV_H
#define HL_ENGINE_DECIDE_PRIV_H

#include "engine/decide.h"

/* What the hit looks like to the rules. Texts are borrowed from all arguments. */
void hl_decide_case(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_entry *e, struct hl_case *out);

/* All of a hit that is the rules' business: contradictions, lateness, priority, decision. e is its entry; now_ms as in hl_decide_opts. */
void hl_decide_apply(const struct hl_catalog *c, const struct hl_read *r, const struct hl_entry *e, int64_t now_ms, struct hl_hit *h);
/* The list that holds entry `number` of the segment. */
uint32_t hl_decide_list_of(const struct hl_catalog *c, size_t segment, uint32_t number);
/* Whether the entry exists for a read of that time: within its dates, not withdrawn, not overlaid by hand. */
bool hl_decide_in_force(const struct hl_catalog_list *l, uint32_t entry, int64_t read_ms);

#endif
