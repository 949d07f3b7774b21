/* record_deliver.c: an event as deliveries: one for each address of each channel of each receiver, its body made by the channel's adapter and kept. What
 * can't be made is a dead letter with the reason, never nothing. Pure.
 */
#include "engine/record_priv.h"
#include "base/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hash_id(const char *const *part, size_t n, char dst[HL_ID_TEXT])
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	for (size_t i = 0; i < n; i++)
		hl_sha256_field(&h, part[i]);
	hl_sha256_end(&h, hash);
	hl_id_text(hash, dst);
}

void hl_record_event_id(const char *alert, enum hl_event_type type, int64_t rev, char dst[HL_ID_TEXT])
{
	char number[24];
	snprintf(number, sizeof number, "%lld", (long long)rev);
	const char *const part[] = { "event", alert, hl_event_name(type), number };
	hash_id(part, 4, dst);
}

/* The first rev of an alert: its `created` event is that one's. */
enum { FIRST_REV = 1 };

static void delivery_id(const char *event, const char *receiver, const char *channel, const char *address, char dst[HL_ID_TEXT])
{
	const char *const part[] = { "delivery", event, receiver, channel, address };
	hash_id(part, 5, dst);
}

struct fan {
	const struct hl_catalog *catalog;
	const struct hl_event *event;
	struct hl_message *message;
	int64_t now_ms;
	struct hl_delivery *v;
	uint32_t *saw;                     /* beside v: the members that each may hear of */
	size_t n, cap, shared;             /* shared: addresses that have theirs already */
	const struct hl_incident *incident; /* NULL: the alert alone */
	const struct hl_alert *base;
	struct hl_alert *view;             /* base as the receiver at hand may see it */
	struct hl_buf view_json;
	uint32_t sees;
};

/* Who is told anything of a silenced alert, its end, is not told of a covert list that it was for. */
static bool hides_reason(const struct fan *f, const struct hl_alert *a)
{
	return a->life.inhibited[0] && hl_catalog_covert_name(f->catalog, a->life.inhibited);
}

/* The notice names those entries only that the receiver's own routes let it have. */
static void look_as(struct fan *f, const char *receiver)
{
	struct hl_message *m = f->message;
	uint32_t sees = f->incident ? hl_incident_sees(f->incident, receiver) : 0;
	struct hl_err err;
	if (!m->alert || (!f->incident && !m->alert->life.n_also && !hides_reason(f, m->alert)) || (f->view && sees == f->sees))
		return;
	if (!f->view) {
		f->base = m->alert;
		f->view = hl_calloc(1, sizeof *f->view);
		f->view_json = HL_BUF(HL_BODY_MAX);
	}
	f->sees = sees;
	*f->view = *f->base;
	f->view->life.n_also = 0;
	if (hides_reason(f, f->base))
		f->view->life.inhibited[0] = 0;
	if (f->incident)
		hl_incident_also(f->incident, sees, f->view);
	m->alert = f->view;
	hl_record_body(f->view, &f->view_json, &err); /* one that is too long makes a dead letter of the body that holds it */
	m->alert_json = hl_buf_text(&f->view_json);
	m->alert_json_n = f->view_json.len;
}

static void fan_end(struct fan *f)
{
	free(f->saw);
	free(f->view);
	hl_buf_fini(&f->view_json);
}

/* Somebody else has this address too, and hears no less. */
static bool is_shared(const struct fan *f, const char *channel, const char *address)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].address, address) && !strcmp(f->v[i].channel, channel) && !(f->sees & ~f->saw[i]))
			return true;
	return false;
}

/* A new delivery of this event; NULL where there is one for the same address already. */
static struct hl_delivery *add(struct fan *f, const char *receiver, const char *channel, const char *address)
{
	char id[HL_ID_TEXT];
	delivery_id(f->event->id, receiver, channel, address, id);
	if (address[0] && is_shared(f, channel, address)) {
		f->shared++;
		return NULL;
	}
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].id, id))
			return NULL;
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 8;
		f->v = hl_realloc(f->v, f->cap, sizeof *f->v);
		f->saw = hl_realloc(f->saw, f->cap, sizeof *f->saw);
	}
	f->saw[f->n] = f->sees;
	struct hl_delivery *d = &f->v[f->n++];
	*d = (struct hl_delivery){ .type = f->event->type, .state = HL_DL_PENDING, .created_ms = f->now_ms, .due_ms = f->now_ms, .deadline_ms = HL_NO_TIME,
				   .done_ms = HL_NO_TIME, .seen_ms = f->message->alert ? hl_alert_seen_ms(f->message->alert) : f->now_ms };
	hl_copy(d->id, sizeof d->id, id);
	hl_copy(d->event, sizeof d->event, f->event->id);
	hl_copy(d->alert, sizeof d->alert, f->event->alert);
	if (f->message->alert)
		hl_copy(d->incident, sizeof d->incident, f->message->alert->incident);
	hl_copy(d->receiver, sizeof d->receiver, receiver);
	hl_copy(d->channel, sizeof d->channel, channel);
	hl_copy(d->address, sizeof d->address, address);
	return d;
}

static void kill_letter(struct hl_delivery *d, int64_t now_ms, const char *why)
{
	d->state = HL_DL_DEAD;
	d->done_ms = now_ms;
	hl_copy(d->result, sizeof d->result, why);
}

static void add_address(struct fan *f, const char *receiver, const struct hl_channel *ch, const char *address)
{
	struct hl_delivery *d = add(f, receiver, ch->adapter->name, address);
	if (!d)
		return;
	d->deadline_ms = f->now_ms + ch->adapter->deadline_ms(ch->conf);
	ch->adapter->destination(ch->conf, address, d->server, sizeof d->server);
	char created[HL_ID_TEXT], first[HL_ID_TEXT] = "";
	if (f->message->alert) {
		hl_record_event_id(f->message->alert->id, HL_EVENT_CREATED, FIRST_REV, created);
		delivery_id(created, receiver, ch->adapter->name, address, first);
	}
	f->message->first_id = first;
	f->message->receiver = receiver;
	f->message->delivery_id = d->id;
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_err why;
	if (ch->adapter->render(ch->conf, f->message, address, &body, &why)) {
		kill_letter(d, f->now_ms, why.text);
		hl_buf_fini(&body);
	} else if (body.full) {
		kill_letter(d, f->now_ms, "the message is longer than a body may be");
		hl_buf_fini(&body);
	}
	d->body_n = body.len;
	d->body = hl_buf_steal(&body);
	f->message->first_id = NULL;
}

static void add_channel(struct fan *f, const char *receiver, const struct hl_channel *ch)
{
	size_t n = ch->adapter->addresses(ch->conf, NULL, 0);
	const char **address = hl_calloc(n, sizeof *address);
	size_t got = ch->adapter->addresses(ch->conf, address, n);
	for (size_t i = 0; i < got && i < n; i++)
		add_address(f, receiver, ch, address[i]);
	free(address);
}

static void add_receiver(struct fan *f, const char *name)
{
	const struct hl_receiver *r = f->catalog->settings ? hl_settings_receiver(f->catalog->settings, name) : NULL;
	const struct hl_channel *ch = r ? r->channels.v : NULL;
	size_t before = f->n + f->shared;
	look_as(f, name);
	for (size_t i = 0; r && i < r->channels.n; i++)
		add_channel(f, name, &ch[i]);
	if (f->n + f->shared > before)
		return;
	struct hl_delivery *d = add(f, name, "none", "");
	if (d)
		kill_letter(d, f->now_ms, r ? "the receiver has no address" : "the settings have no receiver of this name");
}

static bool has_others(const struct hl_incident *inc, const struct hl_alert *a)
{
	for (size_t i = 0; inc && a && i < inc->n; i++)
		if (strcmp(inc->v[i].alert->id, a->id) != 0)
			return true;
	return false;
}

/* Whoever may hear most comes first, so that an address which several have gets all of it; of equals the order of the route. */
static void in_turn(const struct hl_audience *to, size_t *order)
{
	for (size_t i = 0; i < to->n; i++) {
		int sees = to->incident ? __builtin_popcount(hl_incident_sees(to->incident, to->receivers[i])) : 0;
		size_t at = i;
		while (to->incident && at > 0 && __builtin_popcount(hl_incident_sees(to->incident, to->receivers[order[at - 1]])) < sees) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
	}
}

enum hl_code hl_record_fan_out(const struct hl_catalog *c, const struct hl_event *event, struct hl_message *m, const struct hl_audience *to, int64_t now_ms,
			       struct hl_delivery **out, size_t *n_out, struct hl_err *err)
{
	struct fan f = { .catalog = c, .event = event, .message = m, .now_ms = now_ms, .incident = has_others(to->incident, m->alert) ? to->incident : NULL };
	size_t order[HL_RECEIVERS_MAX], n = to->n < HL_RECEIVERS_MAX ? to->n : HL_RECEIVERS_MAX;
	in_turn(&(struct hl_audience){ to->receivers, n, f.incident }, order);
	for (size_t i = 0; i < n; i++)
		add_receiver(&f, to->receivers[order[i]]);
	fan_end(&f);
	*out = f.v;
	*n_out = f.n;
	if (f.n <= HL_DELIVERIES_MAX)
		return HL_OK;
	hl_deliveries_free(f.v, f.n);
	*out = NULL;
	*n_out = 0;
	return hl_err_set(err, HL_E_LIMIT, "an event for %zu addresses, at most %d", f.n, HL_DELIVERIES_MAX);
}

/* The event of a, and what its bodies are made from: *m borrows body. */
static enum hl_code make_event(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, int64_t now_ms, struct hl_event *event, struct hl_buf *body,
			       struct hl_message *m, struct hl_err *err)
{
	enum hl_code rc = hl_record_body(a, body, err);
	if (rc)
		return rc;
	*event = (struct hl_event){ .type = type, .time_ms = now_ms, .body = hl_buf_text(body), .body_n = body->len };
	hl_record_event_id(a->id, type, a->rev, event->id);
	hl_copy(event->alert, sizeof event->alert, a->id);
	*m = (struct hl_message){ .alert = a, .type = type, .event_id = event->id, .time_ms = now_ms, .alert_json = event->body, .alert_json_n = event->body_n,
				  .tz = c->rules->tz, .link = c->settings && c->settings->link ? c->settings->link : "" };
	return HL_OK;
}

static void add_reached(struct fan *f, const struct hl_reached *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct hl_channel *ch = hl_settings_channel(f->catalog->settings, to[i].receiver, to[i].channel, to[i].address);
		look_as(f, to[i].receiver);
		struct hl_delivery *dead = ch ? NULL : add(f, to[i].receiver, to[i].channel, to[i].address);
		if (ch)
			add_address(f, to[i].receiver, ch, to[i].address);
		else if (dead)
			kill_letter(dead, f->now_ms, "the receiver has no such channel with this address any more");
	}
}

void hl_record_digest(const struct hl_catalog *c, const struct hl_digest *digest, const struct hl_event *event, const struct hl_reached *to, size_t n, int64_t now_ms,
		      struct hl_delivery **out, size_t *n_out)
{
	struct hl_message m = { .type = event->type, .digest = digest, .event_id = event->id, .time_ms = now_ms, .tz = c->rules->tz,
				.link = c->settings && c->settings->link ? c->settings->link : "" };
	struct fan f = { .catalog = c, .event = event, .message = &m, .now_ms = now_ms };
	add_reached(&f, to, n);
	fan_end(&f);
	*out = f.v;
	*n_out = f.n;
}

enum hl_code hl_record_to(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const struct hl_incident *incident, const struct hl_reached *to,
			  size_t n, int64_t now_ms, struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err)
{
	struct hl_message m;
	enum hl_code rc = make_event(c, a, type, now_ms, event, event_body, &m, err);
	struct fan f = { .catalog = c, .event = event, .message = &m, .now_ms = now_ms, .incident = incident };
	if (!rc)
		add_reached(&f, to, n);
	fan_end(&f);
	*out = f.v;
	*n_out = f.n;
	return rc;
}

enum hl_code hl_record_tell(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const struct hl_audience *to, int64_t now_ms,
			    struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err)
{
	struct hl_message m;
	enum hl_code rc = make_event(c, a, type, now_ms, event, event_body, &m, err);
	return rc ? rc : hl_record_fan_out(c, event, &m, to, now_ms, out, n_out, err);
}

enum hl_code hl_record_deliveries(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const char *const *receivers, size_t n,
				  int64_t now_ms, struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err)
{
	return hl_record_tell(c, a, type, &(struct hl_audience){ receivers, n, NULL }, now_ms, event, event_body, out, n_out, err);
}
