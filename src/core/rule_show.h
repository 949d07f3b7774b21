/* rule_show.h: rules as they are in force, the defaults filled in and what they include joined: for people, as YAML that is the same rules, and as JSON. Pure; any thread. */
#ifndef HL_CORE_RULE_SHOW_H
#define HL_CORE_RULE_SHOW_H

#include "base/json_out.h"
#include "core/rule.h"

/* Each borrows the rules and the tree that hl_rules_load_tree gave with them, and appends to out. */

/* The thresholds of each list, the sections, the route tree. */
void hl_rules_show_text(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out);
/* A rules file that means the same where its tables (confusions, channels) are found: beside the file that was loaded. It includes nothing. */
void hl_rules_show_yaml(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out);
/* {"file":…,"id":…,"rules":{…},"thresholds":[{"list":null,…},{"list":NAME,…}]} */
void hl_rules_show_json(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out);

#endif
