/* decide_priv.h: what decide.c and decide_write.c share. */
#ifndef HL_ENGINE_DECIDE_PRIV_H
#define HL_ENGINE_DECIDE_PRIV_H

#include "engine/decide.h"

/* What the hit looks like to the rules. Texts are borrowed from all arguments. */
void hl_decide_case(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_entry *e, struct hl_case *out);

#endif
