/* replay_state.c: see replay_state.h. Five tables by hashed keys: passages, notices, receipts, alerts, incidents. Nobody but better evidence closes an alert in a replay, so the JSON of each
 * is kept: its vehicle's next read may ask for it. One thread.
 */
#include "engine/replay_state.h"
#include "base/crypto.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 16, FIRST_ROOM = 64 };

/* Keys (the first bytes of a SHA-256) to numbers 0, 1, 2 … in the order they came. */
struct map {
	uint32_t *slot; /* number + 1; 0: free */
	size_t room, n; /* room: a power of two, at least twice n */
	unsigned char (*key)[KEY];
};

struct row {
	struct hl_replay_alert alert;
	int64_t rev;
	char *body;
	size_t body_n;
	bool over;     /* stood down by better evidence: nothing else closes an alert here */
	uint32_t next; /* of its incident: number + 1; 0: the last */
};

/* Rows of one incident, the oldest first. */
struct chain {
	uint32_t first, last; /* number + 1 */
};

struct state {
	struct map tracks, notices, receipts, alerts, incidents;
	struct hl_track *track;
	struct hl_notice *notice;
	struct row *row;
	struct chain *chain;
	size_t track_cap, notice_cap, row_cap, chain_cap;
};

static size_t place(const struct map *m, const unsigned char key[KEY])
{
	size_t at;
	memcpy(&at, key, sizeof at);
	for (at &= m->room - 1; m->slot[at] && memcmp(m->key[m->slot[at] - 1], key, KEY) != 0;)
		at = (at + 1) & (m->room - 1);
	return at;
}

static void map_grow(struct map *m)
{
	m->room = m->room ? 2 * m->room : FIRST_ROOM;
	free(m->slot);
	m->slot = hl_calloc(m->room, sizeof m->slot[0]);
	m->key = hl_realloc(m->key, m->room / 2, sizeof m->key[0]);
	for (size_t i = 0; i < m->n; i++)
		m->slot[place(m, m->key[i])] = (uint32_t)i + 1;
}

static bool map_find(const struct map *m, const unsigned char key[KEY], size_t *number)
{
	size_t at = m->room ? place(m, key) : 0;
	if (!m->room || !m->slot[at])
		return false;
	*number = m->slot[at] - 1;
	return true;
}

/* The number of the key; *fresh: it is new. */
static size_t map_put(struct map *m, const unsigned char key[KEY], bool *fresh)
{
	size_t number;
	*fresh = !map_find(m, key, &number);
	if (!*fresh)
		return number;
	if (2 * (m->n + 1) > m->room)
		map_grow(m);
	memcpy(m->key[m->n], key, KEY);
	m->slot[place(m, key)] = (uint32_t)m->n + 1;
	return m->n++;
}

static void map_fini(struct map *m)
{
	free(m->slot);
	free(m->key);
}

/* Room for number, as the arrays beside a map need it. */
static void *reserve(void *v, size_t *cap, size_t number, size_t size)
{
	if (number < *cap)
		return v;
	*cap = *cap ? 2 * *cap : FIRST_ROOM;
	return hl_realloc(v, *cap, size);
}

static void key_of(unsigned char key[KEY], const char *a, const char *b, const char *c)
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_field(&h, a);
	hl_sha256_field(&h, b);
	hl_sha256_field(&h, c);
	hl_sha256_end(&h, hash);
	memcpy(key, hash, KEY);
}

static struct state *state_of(struct hl_store *s)
{
	return s->priv;
}

static enum hl_code peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err)
{
	struct state *q = state_of(s);
	unsigned char hash[KEY];
	size_t i;
	(void)now_ms;
	(void)err;
	*out = (struct hl_peek){ .duplicate = false };
	key_of(hash, key->entry, key->place, NULL);
	if (map_find(&q->tracks, hash, &i))
		out->track = q->track[i];
	key_of(hash, key->entry, key->site, NULL);
	if (map_find(&q->notices, hash, &i))
		out->notice = q->notice[i];
	key_of(hash, key->entry, key->camera, key->read_id);
	out->duplicate = map_find(&q->receipts, hash, &i);
	return HL_OK;
}

static void alert_key(unsigned char key[KEY], const char *id)
{
	if (!hl_id_parse(id, key))
		memset(key, 0, KEY);
}

static struct row *row_of(struct state *q, const char *id)
{
	unsigned char key[KEY];
	size_t i;
	alert_key(key, id);
	return map_find(&q->alerts, key, &i) ? &q->row[i] : NULL;
}

static void put_track(struct state *q, const struct hl_change *c)
{
	unsigned char key[KEY];
	bool fresh;
	key_of(key, c->key->entry, c->key->place, NULL);
	size_t i = map_put(&q->tracks, key, &fresh);
	q->track = reserve(q->track, &q->track_cap, i, sizeof q->track[0]);
	q->track[i] = *c->track;
	q->track[i].rev++;
}

static void put_notice(struct state *q, const struct hl_change *c)
{
	unsigned char key[KEY];
	bool fresh;
	key_of(key, c->key->entry, c->key->site, NULL);
	size_t i = map_put(&q->notices, key, &fresh);
	q->notice = reserve(q->notice, &q->notice_cap, i, sizeof q->notice[0]);
	q->notice[i] = *c->notice;
}

static void put_receipt(struct state *q, const struct hl_change *c)
{
	unsigned char key[KEY];
	bool fresh;
	key_of(key, c->key->entry, c->key->camera, c->key->read_id);
	map_put(&q->receipts, key, &fresh);
}

static void fill_row(struct row *r, const struct hl_change *c)
{
	const struct hl_alert *a = c->alert;
	free(r->body);
	free(r->alert.receivers);
	r->rev = a->rev;
	r->over = a->state >= HL_ST_CLOSED;
	r->body = hl_strndup(c->alert_body, c->alert_body_n);
	r->body_n = c->alert_body_n;
	r->alert.decision = a->decision;
	r->alert.muted = a->muted[0] != 0;
	r->alert.receivers = hl_strdup(a->receivers);
	r->alert.reads = a->passage_reads;
	r->alert.first_ms = a->passage_first_ms;
	r->alert.last_ms = a->passage_last_ms;
}

static void put_incident(struct state *q, const char *incident, size_t row)
{
	unsigned char key[KEY];
	bool fresh;
	key_of(key, incident, NULL, NULL);
	size_t i = map_put(&q->incidents, key, &fresh);
	q->chain = reserve(q->chain, &q->chain_cap, i, sizeof q->chain[0]);
	struct chain *c = &q->chain[i];
	if (fresh)
		*c = (struct chain){ .first = (uint32_t)row + 1 };
	else
		q->row[c->last - 1].next = (uint32_t)row + 1;
	c->last = (uint32_t)row + 1;
}

static enum hl_code put_alert(struct state *q, const struct hl_change *c, struct hl_err *err)
{
	const struct hl_alert *a = c->alert;
	unsigned char key[KEY];
	bool fresh;
	struct row *old = row_of(q, a->id);
	if (old && a->rev == 1)
		return hl_err_set(err, HL_E_EXISTS, "alert %s is there already", a->id);
	if ((!old && a->rev > 1) || (old && old->rev != a->rev - 1))
		return hl_err_set(err, HL_E_CONFLICT, "revision %lld of alert %s is not the next", (long long)a->rev, a->id);
	alert_key(key, a->id);
	size_t i = map_put(&q->alerts, key, &fresh);
	q->row = reserve(q->row, &q->row_cap, i, sizeof q->row[0]);
	if (fresh) {
		q->row[i] = (struct row){ .alert = { .told = SIZE_MAX } };
		put_incident(q, a->incident, i);
	}
	fill_row(&q->row[i], c);
	return HL_OK;
}

static enum hl_code apply(struct hl_store *s, const struct hl_change *c, struct hl_err *err)
{
	struct state *q = state_of(s);
	enum hl_code rc = c->alert ? put_alert(q, c, err) : HL_OK;
	if (rc)
		return rc;
	if (c->receipt)
		put_receipt(q, c);
	if (c->track)
		put_track(q, c);
	if (c->notice)
		put_notice(q, c);
	return HL_OK;
}

static enum hl_code alert_get(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err)
{
	const struct row *r = row_of(state_of(s), id);
	if (!r || !r->body)
		return hl_err_set(err, HL_E_NOTFOUND, "no alert %s", id);
	hl_copy(out->id, sizeof out->id, id);
	out->body = hl_strndup(r->body, r->body_n);
	out->body_n = r->body_n;
	return HL_OK;
}

/* Of one incident only: nobody asks for more. */
static enum hl_code watch_list(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err)
{
	struct state *q = state_of(s);
	unsigned char key[KEY];
	size_t i;
	*n = 0;
	if (!f->incident)
		return hl_err_set(err, HL_E_INTERNAL, "a replay looks for incidents only");
	key_of(key, f->incident, NULL, NULL);
	if (!map_find(&q->incidents, key, &i))
		return HL_OK;
	for (uint32_t at = q->chain[i].first; at && *n < max; at = q->row[at - 1].next) {
		if (q->row[at - 1].over)
			continue;
		struct hl_watch *w = &out[(*n)++];
		*w = (struct hl_watch){ .seq = at, .look_ms = HL_NO_TIME };
		unsigned char hash[HL_SHA256] = { 0 };
		memcpy(hash, q->alerts.key[at - 1], KEY);
		hl_id_text(hash, w->alert);
		hl_copy(w->incident, sizeof w->incident, f->incident);
	}
	return HL_OK;
}

/* Nobody is told in a replay. */
static enum hl_code reached(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err)
{
	(void)s;
	(void)alert;
	(void)err;
	*out = NULL;
	*n = 0;
	return HL_OK;
}

static enum hl_code outbox_list(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err)
{
	(void)s;
	(void)f;
	(void)err;
	*out = NULL;
	*n = 0;
	return HL_OK;
}

static const struct hl_store_ops in_memory = { .name = "replay", .peek = peek, .apply = apply, .alert_get = alert_get, .watch_list = watch_list,
						    .reached = reached, .outbox_list = outbox_list };

struct hl_store *hl_replay_state_new(void)
{
	struct hl_store *s = hl_calloc(1, sizeof *s);
	*s = (struct hl_store){ .ops = &in_memory, .priv = hl_calloc(1, sizeof(struct state)) };
	return s;
}

void hl_replay_state_free(struct hl_store **s)
{
	if (!*s)
		return;
	struct state *q = state_of(*s);
	for (size_t i = 0; i < q->alerts.n; i++) {
		free(q->row[i].body);
		free(q->row[i].alert.receivers);
	}
	map_fini(&q->tracks);
	map_fini(&q->notices);
	map_fini(&q->receipts);
	map_fini(&q->alerts);
	map_fini(&q->incidents);
	free(q->chain);
	free(q->track);
	free(q->notice);
	free(q->row);
	free(q);
	free(*s);
	*s = NULL;
}

struct hl_replay_alert *hl_replay_state_alert(struct hl_store *s, const char *id)
{
	struct row *r = row_of(state_of(s), id);
	return r ? &r->alert : NULL;
}
