/* watch.c: see watch.h. What has been looked at is remembered list by list, as the version and the state of the layer by hand: so a swap that nobody told of is seen
 * within a second too, and a list that has not changed costs nothing.
 *
 * Nothing is missed between two catalogs: a batch of reads that was matched against the old one and is recorded after the swap marks its alerts as to be looked at
 * (daemon/pipeline.c), and all looks are taken on the store thread, behind whatever was recorded before.
 */
#include "config.h"

#include "daemon/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/standdown.h"

enum { ROWS = 256 /* looked at in one go */, ENDED_MAX = 32 /* stood down in one go: some ten milliseconds */, PAUSE_MS = 1000 };

/* A list as it was when it was looked through. */
struct seen {
	char list[HL_NAME], version[HL_VERSION_ID], layer[HL_VERSION_ID];
	bool there; /* in the catalog under way */
};

struct hl_watcher {
	struct hl_watcher_opts o;
	char store[HL_STORE_WHERE_MAX], state[HL_PATH_MAX];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool woken, stopping;        /* under lock */
	struct hl_store *reader;     /* what follows is the thread's own */
	struct seen *seen;
	size_t n_seen, cap_seen;
	bool begun;                  /* all open alerts have been looked at once */
	unsigned long left_out;
};

/* ---- a batch, on the store thread ---- */

struct batch {
	struct hl_catalog *catalog;
	struct hl_watch_filter filter;
	int64_t now_ms;
	struct hl_watch row[ROWS];
	/* what came of it */
	int64_t last; /* seq of the last one looked at */
	size_t rows, looked, ended, deliveries;
	unsigned long faults;
	struct hl_err fault;
};

static enum hl_code look(struct hl_store *s, struct batch *b, const struct hl_watch *w, struct hl_err *err)
{
	enum hl_looked what;
	enum hl_code rc = hl_standdown_look(s, b->catalog, w, b->now_ms, &what, &b->deliveries, err);
	b->looked++;
	b->last = w->seq;
	if (rc == HL_E_IO)
		return rc;
	b->ended += !rc && what == HL_LOOKED_STOOD_DOWN;
	if (!rc)
		return HL_OK;
	/* An alert that can't be stood down must not keep the others from it; it is looked at again when its list changes. */
	b->faults++;
	b->fault = *err;
	hl_err_clear(err);
	return s->ops->watch_set(s, w->alert, NULL, HL_NO_TIME, err);
}

static enum hl_code batch_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct batch *b = arg;
	b->last = b->filter.after;
	b->rows = b->looked = b->ended = b->deliveries = 0;
	b->faults = 0;
	enum hl_code rc = s->ops->watch_list(s, &b->filter, b->row, ROWS, &b->rows, err);
	for (size_t i = 0; !rc && i < b->rows && b->ended < ENDED_MAX; i++)
		rc = look(s, b, &b->row[i], err);
	return rc;
}

/* ---- the thread ---- */

static bool is_stopping(struct hl_watcher *w)
{
	pthread_mutex_lock(&w->lock);
	bool yes = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return yes;
}

static void tell(struct hl_watcher *w, const struct batch *b)
{
	if (b->faults)
		hl_log_limited(&w->left_out, HL_LOG_ERROR, "stand-down: %lu alerts could not be looked at; the last: %s", b->faults, b->fault.text);
	if (!b->ended)
		return;
	w->o.counters->stood_down += (int64_t)b->ended;
	hl_log(HL_LOG_INFO, "stood down %zu alerts, %zu deliveries", b->ended, b->deliveries);
	w->o.outbox_changed(w->o.outbox_arg);
}

/* All open alerts that fit, a batch at a time; each batch by the catalog that is live then. False: not all of them, and the reason is logged. */
static bool look_through(struct hl_watcher *w, const char *list, int64_t due_ms)
{
	struct batch *b = hl_calloc(1, sizeof *b);
	struct hl_err err = { 0 };
	enum hl_code rc = HL_OK;
	/* Looked at by the time that it is due by: were the clock set back in between, what is due would not be over, and be due again at once. */
	*b = (struct batch){ .filter = { .list = list, .due_ms = due_ms }, .now_ms = due_ms == HL_NO_TIME ? hl_clock_real_ms() : due_ms };
	hl_crash_point("watch.looking");
	do {
		b->catalog = hl_live_get(w->o.live);
		rc = hl_storethread_call(w->o.writer, batch_run, b, &err);
		hl_catalog_unref(&b->catalog);
		hl_crash_point("watch.looked");
		if (!rc)
			tell(w, b);
		if (due_ms == HL_NO_TIME) /* what is due is so no longer once it was looked at */
			b->filter.after = b->last;
	} while (!rc && (b->rows == ROWS || b->looked < b->rows) && !is_stopping(w));
	bool all = !rc && b->rows < ROWS && b->looked == b->rows;
	free(b);
	if (rc && rc != HL_E_UNAVAIL)
		hl_log_limited(&w->left_out, HL_LOG_ERROR, "stand-down: %s; trying again", err.text);
	return all;
}

static struct seen *seen_of(struct hl_watcher *w, const char *list)
{
	for (size_t i = 0; i < w->n_seen; i++)
		if (!strcmp(w->seen[i].list, list))
			return &w->seen[i];
	if (w->n_seen == w->cap_seen)
		w->seen = hl_realloc(w->seen, w->cap_seen = w->cap_seen ? 2 * w->cap_seen : 16, sizeof *w->seen);
	struct seen *s = &w->seen[w->n_seen++];
	*s = (struct seen){ .there = false };
	hl_copy(s->list, sizeof s->list, list);
	return s;
}

/* One row of the catalog, a version or a layer by hand, against what was looked through. */
static void note(struct hl_watcher *w, const struct hl_catalog_list *l, struct seen *now)
{
	hl_copy(now->list, sizeof now->list, l->name);
	if (!l->by_hand)
		hl_copy(now->version, sizeof now->version, l->version.id);
	if (l->hand)
		hl_copy(now->layer, sizeof now->layer, l->hand->version);
	seen_of(w, l->name)->there = true;
}

static void look_list(struct hl_watcher *w, const struct seen *now)
{
	struct seen *was = seen_of(w, now->list);
	if (w->begun && !strcmp(was->version, now->version) && !strcmp(was->layer, now->layer))
		return;
	if (w->begun && !look_through(w, now->list, HL_NO_TIME))
		return;
	was = seen_of(w, now->list);
	hl_copy(was->version, sizeof was->version, now->version);
	hl_copy(was->layer, sizeof was->layer, now->layer);
}

/* The lists that the catalog has no more; their alerts stand down like all others. */
static void look_gone(struct hl_watcher *w)
{
	for (size_t i = w->n_seen; i-- > 0;) {
		char list[HL_NAME];
		hl_copy(list, sizeof list, w->seen[i].list);
		if (!w->seen[i].there && look_through(w, list, HL_NO_TIME))
			w->seen[i] = w->seen[--w->n_seen];
	}
}

/* Lists one after the other: the rows of one stand together, sorted by name, its layer behind its version. */
static void look_lists(struct hl_watcher *w)
{
	struct hl_catalog *c = hl_live_get(w->o.live);
	bool all = w->begun || look_through(w, NULL, HL_NO_TIME);
	for (size_t i = 0; i < w->n_seen; i++)
		w->seen[i].there = false;
	for (size_t i = 0; all && i < c->n_lists;) {
		struct seen now = { .there = true };
		const char *name = c->list[i].name;
		for (; i < c->n_lists && !strcmp(c->list[i].name, name); i++)
			note(w, &c->list[i], &now);
		look_list(w, &now);
	}
	if (all && w->begun)
		look_gone(w);
	w->begun = all;
	hl_catalog_unref(&c);
}

/* Whether any entry of an open alert has come to its end: by a handle of our own, so that nothing is committed while nothing happens. */
static bool any_due(struct hl_watcher *w, int64_t now_ms)
{
	struct hl_watch one;
	struct hl_err err;
	size_t n = 0;
	enum hl_code rc = w->reader ? HL_OK : hl_store_open(&w->reader, w->store, w->state, HL_STORE_READ, &err);
	if (!rc)
		rc = w->reader->ops->watch_list(w->reader, &(struct hl_watch_filter){ .due_ms = now_ms }, &one, 1, &n, &err);
	if (!rc)
		return n;
	hl_log_limited(&w->left_out, HL_LOG_ERROR, "stand-down: %s", err.text);
	hl_store_close(&w->reader);
	return false;
}

/* False: it is to end. */
static bool wait_for_work(struct hl_watcher *w)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PAUSE_MS / 1000;
	pthread_mutex_lock(&w->lock);
	while (!w->woken && !w->stopping && pthread_cond_timedwait(&w->work, &w->lock, &until) != ETIMEDOUT)
		;
	w->woken = false;
	bool on = !w->stopping;
	pthread_mutex_unlock(&w->lock);
	return on;
}

static void *watch_main(void *arg)
{
	struct hl_watcher *w = arg;
	do {
		look_lists(w);
		if (any_due(w, hl_clock_real_ms()))
			look_through(w, NULL, hl_clock_real_ms());
	} while (wait_for_work(w));
	hl_store_close(&w->reader);
	return NULL;
}

static void discard(struct hl_watcher **w)
{
	pthread_mutex_destroy(&(*w)->lock);
	pthread_cond_destroy(&(*w)->work);
	free((*w)->seen);
	free(*w);
	*w = NULL;
}

enum hl_code hl_watcher_start(struct hl_watcher **out, const struct hl_watcher_opts *o, struct hl_err *err)
{
	struct hl_watcher *w = hl_calloc(1, sizeof *w);
	pthread_condattr_t mono;
	w->o = *o;
	hl_copy(w->store, sizeof w->store, o->store);
	hl_copy(w->state, sizeof w->state, o->state);
	w->o.store = w->store;
	w->o.state = w->state;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &mono);
	pthread_condattr_destroy(&mono);
	int e = pthread_create(&w->thread, NULL, watch_main, w);
	if (e) {
		discard(&w);
		return hl_err_set(err, HL_E_INTERNAL, "the watch thread can't start: %s", strerror(e));
	}
	*out = w;
	return HL_OK;
}

void hl_watcher_wake(void *arg)
{
	struct hl_watcher *w = arg;
	pthread_mutex_lock(&w->lock);
	w->woken = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

void hl_watcher_stop(struct hl_watcher **wp)
{
	struct hl_watcher *w = *wp;
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	discard(wp);
}
