/* rules_diff.h: what differs between two sets of rules: by what they say (options, lists, zones, routes), and line by line. Pure. */
#ifndef HL_ENGINE_RULES_DIFF_H
#define HL_ENGINE_RULES_DIFF_H

#include "base/conf.h"

/* One difference: where ("lists.stolen.priority", "route.routes[2]"), and what stood and stands there as flow YAML; NULL: nothing. All borrowed for the call. */
typedef void (*hl_rules_diff_fn)(void *arg, const char *where, const char *from, const char *to);
/* Calls fn for each difference of the two documents, in their order. A row put in or taken out of a list does not make those behind it differ. */
void hl_rules_diff(const struct hl_node *a, const struct hl_node *b, hl_rules_diff_fn fn, void *arg);
/* The lines that differ, marked - and +, with three lines around them; nothing where the texts are equal. Texts of more than 4,000 differing lines are told apart as a whole. */
void hl_rules_diff_text(const char *a, const char *b, struct hl_buf *out);

#endif
