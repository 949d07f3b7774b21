/* standdown_who.c: whom a stand-down concerns where one notice named several entries of a vehicle: an alert may have been told by another's notice, and a notice that is
 * cancelled may have been the only one to name another. Floor 3; on the store thread.
 */
#include "engine/standdown_who.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct hl_reached *v, size_t n, const struct hl_delivery *d)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].address, d->address) && !strcmp(v[i].channel, d->channel) && !strcmp(v[i].receiver, d->receiver))
			return true;
	return false;
}

static void put(struct hl_reached **v, size_t *n, const struct hl_delivery *d)
{
	if (*n == HL_DELIVERIES_MAX || has(*v, *n, d))
		return;
	*v = hl_realloc(*v, *n + 1, sizeof **v);
	struct hl_reached *r = &(*v)[(*n)++];
	*r = (struct hl_reached){ .receiver = "" };
	hl_copy(r->receiver, sizeof r->receiver, d->receiver);
	hl_copy(r->channel, sizeof r->channel, d->channel);
	hl_copy(r->address, sizeof r->address, d->address);
}

/* Another's notices to those who were to hear of this one: also what is still pending of them, since it will name it; the stand-down comes behind it. */
static enum hl_code add_told_by(struct hl_store *s, const struct hl_alert *a, const char *other, struct hl_reached **v, size_t *n, struct hl_err *err)
{
	struct hl_delivery *d;
	size_t all;
	enum hl_code rc = s->ops->outbox_list(s, &(struct hl_outbox_filter){ .alert = other, .limit = HL_LIST_MAX }, &d, &all, err);
	if (rc)
		return rc;
	for (size_t i = all; i-- > 0;)
		if ((d[i].state == HL_DL_DELIVERED || d[i].state == HL_DL_PENDING || d[i].attempts) && d[i].created_ms >= a->created_ms && hl_alert_told(a, d[i].receiver))
			put(v, n, &d[i]);
	hl_deliveries_free(d, all);
	return HL_OK;
}

enum hl_code hl_standdown_reached(struct hl_store *s, const struct hl_alert *a, struct hl_reached **v, size_t *n, struct hl_err *err)
{
	enum hl_code rc = s->ops->reached(s, a->id, v, n, err);
	for (unsigned i = 0; !rc && i < a->life.n_also; i++)
		rc = add_told_by(s, a, a->life.also[i].alert, v, n, err);
	return rc;
}

/* One of those that remain speaks for all of them to these addresses. */
static enum hl_code tell_again(struct hl_store *s, const struct hl_catalog *c, struct hl_incident *inc, size_t lead, const struct hl_reached *to, size_t n, int64_t now_ms,
			       struct hl_err *err)
{
	struct hl_event event;
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_delivery *d = NULL;
	size_t n_d = 0;
	struct hl_alert *a = inc->v[lead].alert;
	a->rev++;
	enum hl_code rc = hl_record_to(c, a, HL_EVENT_UPDATED, inc, to, n, now_ms, &event, &body, &d, &n_d, err);
	if (!rc) {
		struct hl_change change = { .alert = a, .alert_body = hl_buf_text(&body), .alert_body_n = body.len, .event = &event, .deliveries = d, .n_deliveries = n_d,
					    .same_entry = true, .now_ms = now_ms };
		rc = s->ops->apply(s, &change, err);
	}
	hl_deliveries_free(d, n_d);
	hl_buf_fini(&body);
	return rc;
}

enum hl_code hl_standdown_remains(struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, struct hl_incident *inc, const struct hl_reached *reached,
				  size_t n_reached, int64_t now_ms, struct hl_err *err)
{
	struct hl_delivery *d = NULL;
	size_t n = 0;
	if (!inc->n)
		return HL_OK;
	const struct hl_outbox_filter f = { .alert = a->id, .state = "pending", .limit = HL_LIST_MAX };
	enum hl_code rc = s->ops->outbox_list(s, &f, &d, &n, err);
	for (size_t lead = 0; !rc && lead < inc->n; lead++) {
		struct hl_reached *to = NULL;
		size_t n_to = 0;
		for (size_t i = 0; i < n; i++) {
			uint32_t sees = hl_incident_sees(inc, d[i].receiver);
			if (sees && (size_t)__builtin_ctz(sees) == lead && !has(reached, n_reached, &d[i]))
				put(&to, &n_to, &d[i]);
		}
		if (n_to)
			rc = tell_again(s, c, inc, lead, to, n_to, now_ms, err);
		free(to);
	}
	hl_deliveries_free(d, n);
	return rc;
}
