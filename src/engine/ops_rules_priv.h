/* ops_rules_priv.h: what the files of `rules` share. Private to them. */
#ifndef HL_ENGINE_OPS_RULES_PRIV_H
#define HL_ENGINE_OPS_RULES_PRIV_H

#include "engine/ops_priv.h"

/* Whether a word means a file; else it means a version: an id or the beginning of one, "active" or "newest". */
bool hl_ops_is_rules_file(const char *word);

#endif
