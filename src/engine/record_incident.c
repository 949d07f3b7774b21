/* record_incident.c: the open alerts of one vehicle, as a notice about it needs them: which there are, whose turn it is to speak, and which of them a receiver may hear of.
 * Pure but for reading the store.
 */
#include "engine/record_priv.h"
#include "format/alert_json.h"

#include <stdlib.h>
#include <string.h>

void hl_incident_fini(struct hl_incident *inc)
{
	for (size_t i = 0; i < inc->n; i++)
		free(inc->v[i].alert);
	*inc = (struct hl_incident){ .n = 0 };
}

struct hl_member *hl_incident_add(struct hl_incident *inc)
{
	if (inc->n == HL_INCIDENT_MAX)
		return NULL; /* HL_INCIDENT_LOAD and HL_RECORD_HITS leave room */
	struct hl_member *m = &inc->v[inc->n++];
	*m = (struct hl_member){ .alert = hl_calloc(1, sizeof *m->alert) };
	return m;
}

/* One that can't be read back is as good as gone: what comes next must not be lost with it. */
enum hl_code hl_incident_fetch(struct hl_store *s, struct hl_incident *inc, const char *id, struct hl_member **out, struct hl_err *err)
{
	struct hl_alert_row row;
	*out = hl_incident_find(inc, id);
	if (*out)
		return HL_OK;
	enum hl_code rc = s->ops->alert_get(s, id, &row, err);
	if (rc)
		return rc == HL_E_NOTFOUND ? HL_OK : rc;
	struct hl_member *m = hl_incident_add(inc);
	if (m && hl_alert_parse(m->alert, row.body, row.body_n, err) == HL_OK && m->alert->state < HL_ST_CLOSED)
		*out = m;
	else if (m)
		free(inc->v[--inc->n].alert);
	free(row.body);
	return HL_OK;
}

enum hl_code hl_incident_load(struct hl_store *s, const char *incident, const char *but, struct hl_incident *inc, struct hl_err *err)
{
	struct hl_watch w[HL_INCIDENT_LOAD];
	struct hl_member *m;
	size_t n = 0;
	const struct hl_watch_filter f = { .incident = incident, .due_ms = HL_NO_TIME };
	enum hl_code rc = s->ops->watch_list(s, &f, w, HL_INCIDENT_LOAD, &n, err);
	for (size_t i = 0; !rc && i < n; i++)
		if (!but || strcmp(w[i].alert, but) != 0)
			rc = hl_incident_fetch(s, inc, w[i].alert, &m, err);
	return rc;
}

struct hl_member *hl_incident_find(struct hl_incident *inc, const char *id)
{
	for (size_t i = 0; i < inc->n; i++)
		if (!strcmp(inc->v[i].alert->id, id))
			return &inc->v[i];
	return NULL;
}

void hl_incident_remove(struct hl_incident *inc, const char *id)
{
	struct hl_member *m = hl_incident_find(inc, id);
	if (!m)
		return;
	free(m->alert);
	*m = inc->v[--inc->n];
}

struct hl_member *hl_incident_of_entry(struct hl_incident *inc, const char *entry)
{
	for (size_t i = 0; i < inc->n; i++)
		if (!strcmp(inc->v[i].alert->entry_id, entry))
			return &inc->v[i];
	return NULL;
}

/* The most urgent first; of equals the likelier, then the older. */
static int compare(const struct hl_alert *a, const struct hl_alert *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->decision != b->decision)
		return a->decision > b->decision ? -1 : 1;
	if (a->time_ms != b->time_ms)
		return a->time_ms < b->time_ms ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int by_urgency(const void *x, const void *y)
{
	return compare(((const struct hl_member *)x)->alert, ((const struct hl_member *)y)->alert);
}

bool hl_incident_before(const struct hl_alert *a, const struct hl_alert *b)
{
	return compare(a, b) < 0;
}

void hl_incident_sort(struct hl_incident *inc)
{
	if (inc->n > 1)
		qsort(inc->v, inc->n, sizeof inc->v[0], by_urgency);
}

bool hl_alert_told(const struct hl_alert *a, const char *receiver)
{
	size_t n = strlen(receiver);
	for (const char *s = a->receivers; *s;) {
		size_t word = strcspn(s, " ");
		if (word == n && !memcmp(s, receiver, n))
			return true;
		s += word + (s[word] == ' ');
	}
	return false;
}

uint32_t hl_incident_sees(const struct hl_incident *inc, const char *receiver)
{
	uint32_t bits = 0;
	for (size_t i = 0; i < inc->n; i++)
		bits |= (!inc->v[i].alert->life.inhibited[0] && hl_alert_told(inc->v[i].alert, receiver) ? UINT32_C(1) : 0) << i;
	return bits;
}

static void put_also(const struct hl_alert *o, struct hl_also *x)
{
	*x = (struct hl_also){ .priority = o->priority, .covert = o->life.covert };
	hl_copy(x->alert, sizeof x->alert, o->id);
	hl_copy(x->list, sizeof x->list, o->list);
	hl_copy(x->entry_id, sizeof x->entry_id, o->entry_id);
	hl_copy(x->plate_listed, sizeof x->plate_listed, o->plate_listed);
	hl_copy(x->category, sizeof x->category, o->category);
}

void hl_incident_also(const struct hl_incident *inc, uint32_t sees, struct hl_alert *a)
{
	a->life.n_also = 0;
	for (size_t i = 0; i < inc->n && a->life.n_also < HL_ALSO_MAX; i++)
		if (sees >> i & 1 && strcmp(inc->v[i].alert->id, a->id) != 0)
			put_also(inc->v[i].alert, &a->life.also[a->life.n_also++]);
}

const char *hl_incident_inhibits(const struct hl_incident *inc, const struct hl_rules *rules, const struct hl_alert *a)
{
	for (size_t i = 0; rules->agreed && i < inc->n; i++) {
		const struct hl_alert *o = inc->v[i].alert;
		/* One that told nobody keeps nobody silent: somebody must hear of the vehicle. */
		if (o != a && strcmp(o->id, a->id) != 0 && o->receivers[0] && !o->life.inhibited[0] && hl_rules_inhibits(rules, o->list, a->list))
			return o->list;
	}
	return NULL;
}
