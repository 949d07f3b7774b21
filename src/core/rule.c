/* rule.c: the struct of loaded rules: finding a list's options, deciding, freeing. Loading stands in rule_load.c, conditions in rule_when.c, the way
 * to receivers in rule_route.c. Immutable after loading, therefore any thread.
 */
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

static const char *const decision_names[] = { [HL_DROP] = "drop", [HL_VERIFY] = "verify", [HL_ALERT] = "alert" };

const char *hl_decision_name(enum hl_decision d)
{
	return (size_t)d < sizeof decision_names / sizeof decision_names[0] ? decision_names[d] : "unknown";
}

void hl_rules_free(struct hl_rules **r)
{
	if (!*r)
		return;
	hl_tz_free(&(*r)->tz);
	hl_channels_fini(&(*r)->channels);
	hl_strings_wipe(&(*r)->included);
	hl_rules_files_fini(&(*r)->files);
	hl_rules_wipe(*r);
	free((*r)->at_camera);
	free(*r);
	*r = NULL;
}

const struct hl_rules_list *hl_rules_list(const struct hl_rules *r, const char *list)
{
	const struct hl_rules_list *v = r->lists.v;
	for (size_t i = 0; i < r->lists.n; i++)
		if (v[i].name && !strcmp(v[i].name, list)) /* while loading, one whose key is no name has none */
			return &v[i];
	return NULL;
}

const struct hl_match_opts *hl_rules_match(const struct hl_rules *r, const char *list)
{
	const struct hl_rules_list *l = hl_rules_list(r, list);
	return l ? &l->match : &r->match;
}

enum hl_decision hl_rules_decide_why(const struct hl_rules *r, const struct hl_match_opts *m, const struct hl_case *c, const char **why)
{
	bool exact = c->kind == HL_KIND_EXACT;
	bool contradicted = c->contradictions && r->contradictions != HL_CON_IGNORE;
	bool unlikely = c->plate_probability < m->min_probability;
	bool unsure = c->confidence >= 0 && c->confidence < m->min_confidence;

	*why = unlikely ? "the plate probability is below min_probability" : "the reader's confidence is below min_confidence";
	if ((unlikely || unsure) && !exact)
		return HL_DROP;
	if (contradicted && r->contradictions == HL_CON_DROP) {
		*why = "contradicted, and 'contradictions' is drop";
		return HL_DROP;
	}
	/* What an inexact match would be dropped for makes an exact one a question for a person. */
	if (unlikely || unsure)
		return HL_VERIFY;
	*why = !exact ? "not exact" : contradicted ? "contradicted" : "late";
	if (!exact || contradicted || c->late)
		return HL_VERIFY;
	bool probable = c->probability >= m->alert_probability;
	*why = probable ? "exact, and the probability is not below alert_probability" : "the probability is below alert_probability";
	return probable ? HL_ALERT : HL_VERIFY;
}

enum hl_decision hl_rules_decide(const struct hl_rules *r, const struct hl_match_opts *m, const struct hl_case *c)
{
	const char *why;
	return hl_rules_decide_why(r, m, c, &why);
}
