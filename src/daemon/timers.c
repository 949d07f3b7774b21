/* timers.c: see timers.h. A second's pause at most: so a clock that was set, and a timer that a change has set or moved in the meantime, are seen without anybody telling.
 * The question costs one step in an index, by a handle of this thread's own; only where something is due does the store thread get work.
 */
#include "config.h"

#include "daemon/timers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/follow.h"

enum { ROWS = 64 /* done in one go */, PAUSE_MS = 1000, AGAIN_MS = 10 };

struct hl_timers {
	struct hl_timers_opts o;
	char store[HL_STORE_WHERE_MAX], state[HL_PATH_MAX];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
	bool stopping;           /* under lock */
	struct hl_store *reader; /* what follows is the thread's own */
	unsigned long left_out;
};

/* ---- a batch, on the store thread ---- */

struct batch {
	struct hl_catalog *catalog;
	int64_t now_ms;
	struct hl_timer row[ROWS];
	/* what came of it */
	size_t rows, told, deliveries;
	unsigned long faults;
	struct hl_err fault;
	bool stuck; /* one can't even be put off */
};

struct firing {
	const struct hl_catalog *catalog;
	const struct hl_timer *timer;
	int64_t now_ms;
	struct hl_fired fired;
};

static enum hl_code fire(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct firing *f = arg;
	return hl_follow_fire(s, f->catalog, f->timer, f->now_ms, &f->fired, err);
}

/* A timer that can't be done must not keep the others from it. */
static enum hl_code one(struct hl_store *s, struct batch *b, const struct hl_timer *t, struct hl_err *err)
{
	struct firing f = { .catalog = b->catalog, .timer = t, .now_ms = b->now_ms };
	enum hl_code rc = hl_store_whole(s, fire, &f, err);
	if (rc == HL_E_IO)
		return rc;
	b->told += rc ? 0 : f.fired.told;
	b->deliveries += rc ? 0 : f.fired.deliveries;
	if (!rc)
		return rc;
	b->faults++;
	b->fault = *err;
	hl_err_clear(err);
	rc = hl_follow_put_off(s, t, b->now_ms, err);
	b->stuck |= rc != HL_OK;
	return rc == HL_E_IO ? rc : HL_OK;
}

static enum hl_code batch_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct batch *b = arg;
	b->rows = b->told = b->deliveries = 0;
	b->faults = 0;
	b->stuck = false;
	enum hl_code rc = s->ops->timer_list(s, &(struct hl_timer_filter){ .due_ms = b->now_ms }, b->row, ROWS, &b->rows, err);
	for (size_t i = 0; !rc && i < b->rows; i++)
		rc = one(s, b, &b->row[i], err);
	for (size_t i = 0; i < b->rows; i++)
		hl_timer_wipe(&b->row[i]);
	return rc;
}

/* ---- the thread ---- */

static bool is_stopping(struct hl_timers *t)
{
	pthread_mutex_lock(&t->lock);
	bool yes = t->stopping;
	pthread_mutex_unlock(&t->lock);
	return yes;
}

static void tell(struct hl_timers *t, const struct batch *b)
{
	if (b->faults)
		hl_log_limited(&t->left_out, HL_LOG_ERROR, "timers: %lu could not be done and are tried again; the last: %s", b->faults, b->fault.text);
	t->o.counters->timers_told += (int64_t)b->told;
	if (b->deliveries)
		t->o.outbox_changed(t->o.outbox_arg);
}

/* All that is due, a batch at a time; each by the catalog that is live then. False: not all, and the reason is logged. */
static bool do_due(struct hl_timers *t)
{
	struct batch *b = hl_calloc(1, sizeof *b);
	struct hl_err err = { 0 };
	enum hl_code rc;
	hl_crash_point("timers.due");
	do {
		b->now_ms = hl_clock_real_ms();
		b->catalog = hl_live_get(t->o.live);
		rc = hl_storethread_call(t->o.writer, batch_run, b, &err);
		hl_catalog_unref(&b->catalog);
		hl_crash_point("timers.done");
		if (!rc)
			tell(t, b);
	} while (!rc && b->rows == ROWS && !b->stuck && !is_stopping(t));
	bool all = !rc && !b->stuck;
	free(b);
	if (rc && rc != HL_E_UNAVAIL)
		hl_log_limited(&t->left_out, HL_LOG_ERROR, "timers: %s; trying again", err.text);
	return all;
}

/* When the next is due, HL_NO_TIME where none is or the store can't be asked. */
static int64_t next_due(struct hl_timers *t)
{
	struct hl_err err;
	int64_t due_ms = HL_NO_TIME;
	enum hl_code rc = t->reader ? HL_OK : hl_store_open(&t->reader, t->store, t->state, HL_STORE_READ, &err);
	if (!rc)
		rc = t->reader->ops->timer_next(t->reader, &due_ms, &err);
	if (!rc)
		return due_ms;
	hl_log_limited(&t->left_out, HL_LOG_ERROR, "timers: %s", err.text);
	hl_store_close(&t->reader);
	return HL_NO_TIME;
}

/* False: it is to end. */
static bool wait_ms(struct hl_timers *t, int64_t ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&t->lock);
	while (!t->stopping && pthread_cond_timedwait(&t->end, &t->lock, &until) != ETIMEDOUT)
		;
	bool on = !t->stopping;
	pthread_mutex_unlock(&t->lock);
	return on;
}

static void *timers_main(void *arg)
{
	struct hl_timers *t = arg;
	int64_t wait;
	do {
		int64_t due_ms = next_due(t), now_ms = hl_clock_real_ms();
		wait = PAUSE_MS;
		if (due_ms != HL_NO_TIME && due_ms <= now_ms && do_due(t))
			wait = AGAIN_MS;
		else if (due_ms != HL_NO_TIME && due_ms > now_ms && due_ms - now_ms < PAUSE_MS)
			wait = due_ms - now_ms;
	} while (wait_ms(t, wait));
	hl_store_close(&t->reader);
	return NULL;
}

static void discard(struct hl_timers **t)
{
	pthread_mutex_destroy(&(*t)->lock);
	pthread_cond_destroy(&(*t)->end);
	free(*t);
	*t = NULL;
}

enum hl_code hl_timers_start(struct hl_timers **out, const struct hl_timers_opts *o, struct hl_err *err)
{
	struct hl_timers *t = hl_calloc(1, sizeof *t);
	pthread_condattr_t mono;
	t->o = *o;
	hl_copy(t->store, sizeof t->store, o->store);
	hl_copy(t->state, sizeof t->state, o->state);
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&t->end, &mono);
	pthread_condattr_destroy(&mono);
	int e = pthread_create(&t->thread, NULL, timers_main, t);
	if (e) {
		discard(&t);
		return hl_err_set(err, HL_E_INTERNAL, "the timers' thread can't start: %s", strerror(e));
	}
	*out = t;
	return HL_OK;
}

void hl_timers_stop(struct hl_timers **tp)
{
	struct hl_timers *t = *tp;
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->end);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	discard(tp);
}
