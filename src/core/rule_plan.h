/* rule_plan.h: what the rules mean for one alert beyond its first notice: who is told, by which steps while nobody acknowledges, how often again, and who instead of a
 * receiver that can't be reached. doc/escalation.md is the manual. Pure; any thread.
 */
#ifndef HL_CORE_RULE_PLAN_H
#define HL_CORE_RULE_PLAN_H

#include "core/rule.h"

enum { HL_PLAN_STEPS = 32, HL_PLAN_FALLBACKS = 16 };

struct hl_names {
	const char *v[HL_RECEIVERS_MAX];
	size_t n;
};

struct hl_plan_step {
	int64_t after_ms;
	struct hl_names names;
};

struct hl_plan_fallback {
	int64_t after_ms;
	struct hl_names of;     /* the receivers that it watches */
	struct hl_names names;
};

/* Names are borrowed from the rules, or from the text that it was read from. Some 50 KiB: not for a stack. */
struct hl_plan {
	struct hl_names told;
	struct hl_plan_step step[HL_PLAN_STEPS]; /* ascending */
	size_t n_steps;
	struct hl_plan_fallback fallback[HL_PLAN_FALLBACKS];
	size_t n_fallbacks;
	int64_t repeat_ms;      /* 0: none */
};

/* Fills p for one match: hl_rules_route's receivers, and what the routes that tell them say or inherit. Steps of the same time are one. Where there are more times or
 * fallbacks than there is room for, the last ones' receivers are told with the one before: too early rather than never. */
void hl_rules_plan(const struct hl_rules *r, const struct hl_case *c, struct hl_plan *p);
/* Adds a name that is not there yet. False: there is no room. */
bool hl_names_add(struct hl_names *n, const char *name);

#endif
