/* follow_moot.c: what waits in the outbox to say that nobody has answered, once somebody has: it is cancelled with the answer, lest a server that is down for hours be told then
 * what no longer holds. A repeat does the same to the one before it. Runs on the store thread.
 */
#include "engine/follow.h"
#include "engine/follow_priv.h"

#include <stdlib.h>
#include <string.h>

/* The event of the last repeat stands in the timer of the next one. */
static enum hl_code last_repeat(struct hl_store *s, const char *alert, char event[HL_ID_TEXT], struct hl_err *err)
{
	struct hl_timer t;
	bool found;
	event[0] = 0;
	enum hl_code rc = hl_follow_timer_of(s, alert, HL_TIMER_REPEAT, &t, &found, err);
	if (rc || !found)
		return rc;
	if (t.data && t.data_n < HL_ID_TEXT)
		hl_copy(event, HL_ID_TEXT, t.data);
	hl_timer_wipe(&t);
	return HL_OK;
}

enum hl_code hl_follow_moot_repeat(struct hl_store *s, const char *alert, const char *repeat, bool steps, struct hl_moot *out, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	size_t n = 0;
	const struct hl_outbox_filter f = { .alert = alert, .state = "pending", .limit = HL_LIST_MAX };
	*out = (struct hl_moot){ 0 };
	if (!steps && !*repeat)
		return HL_OK;
	enum hl_code rc = s->ops->outbox_list(s, &f, &d, &n, err);
	out->id = rc ? NULL : hl_calloc(n + 1, sizeof *out->id);
	for (size_t i = 0; !rc && i < n; i++)
		if ((*repeat && !strcmp(d[i].event, repeat)) || (steps && d[i].type == HL_EVENT_ESCALATED))
			hl_copy(out->id[out->n++], sizeof out->id[0], d[i].id);
	hl_deliveries_free(d, rc ? 0 : n);
	return rc;
}

enum hl_code hl_follow_moot(struct hl_store *s, const char *alert, struct hl_moot *out, struct hl_err *err)
{
	char repeat[HL_ID_TEXT];
	*out = (struct hl_moot){ 0 };
	enum hl_code rc = last_repeat(s, alert, repeat, err);
	return rc ? rc : hl_follow_moot_repeat(s, alert, repeat, true, out, err);
}

enum hl_code hl_follow_cancel(struct hl_store *s, const struct hl_moot *m, int64_t now_ms, const char *why, size_t *n, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	*n = 0;
	for (size_t i = 0; !rc && i < m->n; i++) {
		size_t one = 0;
		rc = s->ops->drop(s, &(struct hl_outbox_filter){ .id = m->id[i], .state = "pending" }, now_ms, why, &one, err);
		*n += one;
	}
	return rc;
}

void hl_follow_moot_wipe(struct hl_moot *m)
{
	free(m->id);
	*m = (struct hl_moot){ 0 };
}
