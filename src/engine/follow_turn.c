/* follow_turn.c: whether a step or a repeat of an alert waits for a more urgent one of the same vehicle. It does only while that one tells the same people the same kind of thing
 * itself: an alert that tells nobody, or whose people are others, keeps none from being escalated. Nor does a covert one an open one: silence would tell of it. Pure but for
 * reading the store; runs on the store thread.
 */
#include "engine/follow_priv.h"
#include "engine/record_priv.h"

#include <stdlib.h>
#include <string.h>

/* After a step its receivers have that long to answer, before they hear of the vehicle's other alerts. */
enum { TURN_MS = 5 * HL_FOLLOW_AGAIN_MS };

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = text; (at = strstr(at, word)); at += n)
		if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static bool all_in_text(const struct hl_names *names, const char *text)
{
	for (size_t i = 0; i < names->n; i++)
		if (!has_word(text, names->v[i]))
			return false;
	return true;
}

static bool all_in_names(const struct hl_names *names, const struct hl_names *in)
{
	for (size_t i = 0; i < names->n; i++) {
		bool found = false;
		for (size_t k = 0; k < in->n && !found; k++)
			found = !strcmp(names->v[i], in->v[k]);
		if (!found)
			return false;
	}
	return true;
}

/* b's own next step, or repeat, comes soon and tells all of them. */
static bool will_tell(const struct hl_turn *turn, const struct hl_alert *b, const struct hl_timer *t, const struct hl_kept_plan *k)
{
	size_t step = t->step > 0 ? (size_t)t->step - 1 : 0;
	if (t->due_ms > turn->now_ms + (turn->kind == HL_TIMER_REPEAT ? turn->repeat_ms : TURN_MS))
		return false;
	if (turn->kind == HL_TIMER_REPEAT)
		return all_in_text(turn->names, b->receivers);
	return step < k->plan.n_steps && all_in_names(turn->names, &k->plan.step[step].names);
}

static bool has_told(const struct hl_turn *turn, const struct hl_alert *b)
{
	const struct hl_escalation *e = &b->life.escalation;
	return turn->kind == HL_TIMER_ESCALATE && e->step > 0 && turn->now_ms - e->at_ms < TURN_MS && all_in_text(turn->names, e->told);
}

static enum hl_code look(const struct hl_turn *turn, const struct hl_alert *b, bool *speaks, struct hl_err *err)
{
	struct hl_timer plan, own;
	bool has_plan = false, has_own = false;
	enum hl_code rc = hl_follow_timer_of(turn->store, b->id, turn->kind, &own, &has_own, err);
	if (!rc && has_own)
		rc = hl_follow_plan_of(turn->store, b->id, &plan, &has_plan, err);
	if (!rc && has_plan) {
		struct hl_kept_plan *k = hl_calloc(1, sizeof *k);
		hl_kept_plan_read(k, plan.data);
		*speaks = will_tell(turn, b, &own, k);
		free(k);
	}
	if (has_own)
		hl_timer_wipe(&own);
	if (has_plan)
		hl_timer_wipe(&plan);
	return rc;
}

enum hl_code hl_follow_waits(const struct hl_turn *turn, const struct hl_alert *a, bool *waits, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	*waits = false;
	for (size_t i = 0; !rc && !*waits && i < turn->others->n; i++) {
		const struct hl_alert *b = turn->others->v[i].alert;
		bool covert = b->life.covert || hl_catalog_covert_name(turn->catalog, b->list);
		/* Whoever has acknowledged b has said nothing of a. */
		if (b->state != HL_ST_NEW || !hl_incident_before(b, a) || (covert && !a->life.covert))
			continue;
		*waits = has_told(turn, b);
		if (!*waits)
			rc = look(turn, b, waits, err);
	}
	return rc;
}
