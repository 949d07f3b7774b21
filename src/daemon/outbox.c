/* outbox.c: see outbox.h. Called on the delivery thread, but for `concurrency`, which the store asks on the store thread. What became of an attempt is
 * handed to the store thread without waiting: the thread that sends must not wait for a disk, and the store thread keeps the verdict until it is written.
 */
#include "daemon/outbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/deliver.h"
#include "store/state_format.h"
#include "engine/follow.h"

struct hl_outbox {
	struct hl_storethread *store;
	struct hl_live *live;
	pthread_mutex_t lock; /* of the pointer below: the store thread wakes it while the main thread ends it */
	struct hl_deliver *deliver;
};

/* ---- channels ---- */

static bool find(void *arg, const char *receiver, const char *channel, const char *address, struct hl_deliver_target *out)
{
	struct hl_outbox *o = arg;
	struct hl_catalog *c = hl_live_get(o->live);
	const struct hl_channel *ch = hl_settings_channel(c->settings, receiver, channel, address);
	if (!ch) {
		hl_catalog_unref(&c);
		return false;
	}
	*out = (struct hl_deliver_target){ .adapter = ch->adapter, .conf = ch->conf, .ref = c };
	return true;
}

static void release(void *arg, void *ref)
{
	struct hl_catalog *c = ref;
	(void)arg;
	hl_catalog_unref(&c);
}

static int64_t concurrency(void *arg, const char *destination)
{
	struct hl_outbox *o = arg;
	char receiver[HL_NAME], channel[16];
	hl_store_destination_parts(destination, receiver, channel);
	struct hl_catalog *c = hl_live_get(o->live);
	const struct hl_channel *ch = hl_settings_channel(c->settings, receiver, channel, NULL);
	int64_t n = ch ? ch->adapter->concurrency(ch->conf) : HL_PER_DESTINATION;
	hl_catalog_unref(&c);
	pthread_mutex_lock(&o->lock);
	n = o->deliver ? hl_deliver_room(o->deliver, destination, n) : n;
	pthread_mutex_unlock(&o->lock);
	return n;
}

/* ---- the store ---- */

struct take {
	int64_t now_ms, lease_ms, due_ms;
	struct hl_delivery *out;
	size_t max, n;
};

static enum hl_code take_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct take *t = arg;
	return s->ops->take(s, t->now_ms, t->lease_ms, t->out, t->max, &t->n, err);
}

/* A state restored from a backup sends nothing until a person releases it: looked up each time, so that the word counts at once. */
static bool is_held(struct hl_outbox *o)
{
	struct hl_catalog *c = hl_live_get(o->live);
	bool held = hl_state_held(c->settings->state);
	hl_catalog_unref(&c);
	return held;
}

static enum hl_code take(void *arg, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err)
{
	struct hl_outbox *o = arg;
	struct take t = { .now_ms = now_ms, .lease_ms = lease_ms, .out = out, .max = max };
	enum hl_code rc = is_held(o) ? HL_OK : hl_storethread_call(o->store, take_run, &t, err);
	for (size_t i = 0; rc && i < t.n; i++) /* the group went back: what was taken was not given */
		hl_delivery_wipe(&out[i]);
	*n = rc ? 0 : t.n;
	return rc;
}

static enum hl_code due_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct take *t = arg;
	return s->ops->next_due(s, &t->due_ms, err);
}

static enum hl_code next_due(void *arg, int64_t *due_ms, struct hl_err *err)
{
	struct hl_outbox *o = arg;
	struct take t = { .due_ms = HL_NO_TIME };
	enum hl_code rc = hl_storethread_call(o->store, due_run, &t, err);
	*due_ms = t.due_ms;
	return rc;
}

/* What became of one attempt, on its way to the store thread. */
struct fate {
	enum hl_fate what;
	int64_t ms;
	char delivery[HL_DELIVERY_ID];
	char result[HL_TEXT_LONG];
};

static enum hl_code tell_instead(struct hl_store *s, void *arg, struct hl_err *err)
{
	const struct fate *f = arg;
	return hl_follow_dead(s, f->delivery, f->ms, err);
}

/* A dead letter, and whoever is to be told instead is told now. That somebody can't be told so must not take back that it is dead. */
static enum hl_code bury(struct hl_store *s, const struct fate *f, struct hl_err *err)
{
	enum hl_code rc = s->ops->dead(s, f->delivery, f->ms, f->result, err);
	if (rc)
		return rc;
	rc = hl_store_whole(s, tell_instead, (void *)(uintptr_t)f, err);
	return rc == HL_E_IO ? rc : HL_OK;
}

static enum hl_code fate_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	const struct fate *f = arg;
	switch (f->what) {
	case HL_FATE_DONE:
		return s->ops->done(s, f->delivery, f->ms, f->result, err);
	case HL_FATE_LATER:
		return s->ops->later(s, f->delivery, f->ms, f->result, err);
	case HL_FATE_DEAD:
	case HL_FATE_GONE:
		break;
	}
	return bury(s, f, err);
}

static void fate_done(void *arg, enum hl_code code, const struct hl_err *err)
{
	struct fate *f = arg;
	if (code)
		hl_log(HL_LOG_WARN, "delivery %s: its result was not written (it will be sent again): %s", f->delivery, err->text);
	free(f);
}

static enum hl_code put_fate(void *arg, enum hl_fate what, const char *delivery, int64_t ms, const char *result, struct hl_err *err)
{
	struct hl_outbox *o = arg;
	struct fate *f = hl_calloc(1, sizeof *f);
	f->what = what;
	f->ms = ms;
	hl_copy(f->delivery, sizeof f->delivery, delivery);
	hl_copy(f->result, sizeof f->result, result);
	struct hl_job job = { .run = fate_run, .done = fate_done, .arg = f, .must = true };
	enum hl_code rc = hl_storethread_submit(o->store, &job);
	if (rc) {
		free(f);
		return hl_err_set(err, rc, "the daemon is stopping");
	}
	return HL_OK;
}

static enum hl_code done(void *arg, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return put_fate(arg, HL_FATE_DONE, delivery, now_ms, result, err);
}

static enum hl_code later(void *arg, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err)
{
	return put_fate(arg, HL_FATE_LATER, delivery, due_ms, result, err);
}

static enum hl_code dead(void *arg, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err)
{
	return put_fate(arg, HL_FATE_DEAD, delivery, now_ms, result, err);
}

/* ---- life ---- */

static enum hl_code set_concurrency(struct hl_store *s, void *arg, struct hl_err *err)
{
	(void)err;
	s->concurrency = arg ? concurrency : NULL;
	s->concurrency_arg = arg;
	return HL_OK;
}

enum hl_code hl_outbox_start(struct hl_outbox **out, struct hl_storethread *store, struct hl_live *live, struct hl_err *err)
{
	struct hl_outbox *o = hl_calloc(1, sizeof *o);
	*o = (struct hl_outbox){ .store = store, .live = live };
	pthread_mutex_init(&o->lock, NULL);
	struct hl_deliver_store ds = { .arg = o, .take = take, .next_due = next_due, .done = done, .later = later, .dead = dead };
	struct hl_deliver_channels dc = { .arg = o, .find = find, .release = release };
	enum hl_code rc = hl_storethread_call(store, set_concurrency, o, err);
	struct hl_deliver *d = NULL;
	if (!rc)
		rc = hl_deliver_start(&d, &ds, &dc, err);
	pthread_mutex_lock(&o->lock); /* its thread takes already, and the store thread asks for its room */
	o->deliver = d;
	pthread_mutex_unlock(&o->lock);
	*out = o; /* freed by hl_outbox_free, also after a failure: the store thread may know it */
	return rc;
}

void hl_outbox_wake(struct hl_outbox *o)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	if (o->deliver)
		hl_deliver_wake(o->deliver);
	pthread_mutex_unlock(&o->lock);
}

void hl_outbox_reloaded(struct hl_outbox *o)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	if (o->deliver)
		hl_deliver_reopen(o->deliver);
	pthread_mutex_unlock(&o->lock);
}

void hl_outbox_count(struct hl_outbox *o, struct hl_deliver_counts *out)
{
	hl_deliver_count(o->deliver, out);
}

void hl_outbox_stop(struct hl_outbox *o, int64_t deadline_ms)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	struct hl_deliver *d = o->deliver;
	o->deliver = NULL;
	pthread_mutex_unlock(&o->lock);
	if (d)
		hl_deliver_stop(&d, deadline_ms);
}

void hl_outbox_free(struct hl_outbox **o)
{
	if (*o)
		pthread_mutex_destroy(&(*o)->lock);
	free(*o);
	*o = NULL;
}
