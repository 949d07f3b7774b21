/* rule_odd.h: which alerts fit two `when`s: for warnings about routes that are never reached. Pure; any thread. */
#ifndef HL_CORE_RULE_ODD_H
#define HL_CORE_RULE_ODD_H

#include "core/rule.h"

/* A `when` and those of the routes around it, all of which hold for what arrives there. */
struct hl_when_scope {
	const struct hl_when *when;
	const struct hl_when_scope *around; /* NULL: none */
};

/* True where it is certain that all that fits the scope fits a, too. False may mean that it could not be told. */
bool hl_when_covers(const struct hl_rules *r, const struct hl_when *a, const struct hl_when_scope *scope);
/* The key on which nothing fits both a and b, or NULL where none was found. */
const char *hl_when_apart(const struct hl_when *a, const struct hl_when *b);

#endif
