/* storethread.c: see storethread.h. One mutex guards the inbox; the store itself is touched by the store thread alone, so it needs none.
 *
 * The way of a group: wait for work -> take all that waits -> begin -> run each -> commit -> done for each. Where the disk refuses, the group is
 * rolled back, jobs that need not be kept get the error, the others stay and are tried again: producers then block at the full inbox and the senders
 * behind them wait. Nothing accepted is thrown away.
 */
#include "config.h"

#include "daemon/storethread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/totals.h"

enum { GROUP_MAX = 1024, RETRY_MS = 500, UNSURE_MS = 10000 /* that whoever asks waits to hear whether it was done */ };

struct slot {
	struct hl_job job;
	enum hl_code code;
	struct hl_err err;
};

struct hl_storethread {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	struct hl_job *ring;
	size_t cap, head, n;
	bool stopping;
	int64_t give_up_ms; /* monotonic; 0: never */
	struct hl_store *store;
	struct slot *group;
	size_t n_group, n_run; /* run: of the group now under way */
	int64_t flush_ms, last_commit_ms;
	struct hl_counters *counters;
	struct hl_totals totals;
};

static void wait_until(struct hl_storethread *t, pthread_cond_t *c, int64_t mono_ms)
{
	struct timespec ts;
	int64_t real = mono_ms - hl_clock_shifted();
	ts.tv_sec = real / 1000;
	ts.tv_nsec = (real % 1000) * 1000000;
	pthread_cond_timedwait(c, &t->lock, &ts);
}

/* Blocks until there is a job, the end is near, or counted totals are to be written. */
static void wait_for_work(struct hl_storethread *t)
{
	while (!t->n && !t->n_group && !t->stopping && !hl_totals_due(&t->totals, hl_clock_mono_ms()))
		wait_until(t, &t->work, hl_clock_mono_ms() + HL_TOTALS_EVERY_MS);
}

/* Takes all that waits into the group, unless some are kept from a failed one. False: stopped and empty. A group may be empty but for the totals. */
static bool gather(struct hl_storethread *t)
{
	pthread_mutex_lock(&t->lock);
	wait_for_work(t);
	int64_t flush = t->last_commit_ms + t->flush_ms;
	while (t->n < t->cap / 2 && !t->stopping && !t->n_group && hl_clock_mono_ms() < flush)
		wait_until(t, &t->work, flush);
	while (t->n && t->n_group < GROUP_MAX) {
		t->group[t->n_group++] = (struct slot){ .job = t->ring[t->head] };
		t->head = (t->head + 1) % t->cap;
		t->n--;
	}
	pthread_cond_broadcast(&t->room);
	bool over = t->stopping && !t->n_group;
	pthread_mutex_unlock(&t->lock);
	return !over;
}

/* HL_E_IO: the store itself failed. Anything else is no reason to give up a group of alerts. */
static enum hl_code run_totals(struct hl_storethread *t, struct hl_err *err)
{
	if (!hl_totals_due(&t->totals, hl_clock_mono_ms()))
		return HL_OK;
	return hl_totals_write(&t->totals, t->store, hl_clock_real_ms(), err) == HL_E_IO ? HL_E_IO : HL_OK;
}

static bool is_full(const struct hl_storethread *t)
{
	return t->store->ops->full && t->store->ops->full(t->store);
}

/* Runs the whole group, or as much as the store will have in one. A job that fails leaves nothing of itself. HL_E_IO: the store itself failed and the group must go back. */
static enum hl_code run_group(struct hl_storethread *t, struct hl_err *err)
{
	t->store->again = false;
	t->n_run = 0;
	enum hl_code rc = t->store->ops->begin(t->store, err);
	if (rc)
		return HL_E_IO;
	while (t->n_run < t->n_group && !is_full(t)) {
		struct slot *s = &t->group[t->n_run++];
		hl_err_clear(&s->err);
		s->code = hl_store_whole(t->store, s->job.run, s->job.arg, &s->err);
		if (s->code == HL_E_IO) {
			*err = s->err;
			t->store->ops->rollback(t->store);
			return HL_E_IO;
		}
	}
	if (run_totals(t, err)) {
		t->store->ops->rollback(t->store);
		return HL_E_IO;
	}
	hl_crash_point("store.group_run");
	int64_t from = hl_clock_mono_ns();
	rc = t->store->ops->commit(t->store, err);
	t->counters->commit_ns += hl_clock_mono_ns() - from;
	t->counters->commits++;
	hl_crash_point("store.committed");
	return rc ? HL_E_IO : HL_OK;
}

static bool give_up(struct hl_storethread *t)
{
	pthread_mutex_lock(&t->lock);
	bool yes = t->give_up_ms && hl_clock_mono_ms() >= t->give_up_ms;
	pthread_mutex_unlock(&t->lock);
	return yes;
}

/* Tells each job what became of the group; keeps those that did not come to their turn, those that must not be lost, and where only another writer was quicker
 * all of them: they begin anew at once, as those do whose commit is known now not to have been done. */
static void answer(struct hl_storethread *t, enum hl_code rc, bool anew, const struct hl_err *err)
{
	bool last = rc && give_up(t);
	size_t kept = 0;
	for (size_t i = 0; i < t->n_group; i++) {
		struct slot *s = &t->group[i];
		bool waits = rc ? !last && (s->job.must || anew || t->store->again) : i >= t->n_run;
		if (waits) {
			t->group[kept++] = *s;
			continue;
		}
		if (s->job.done)
			s->job.done(s->job.arg, rc ? rc : s->code, rc ? err : &s->err);
	}
	t->n_group = kept;
}

static void pause_after_failure(struct hl_storethread *t, const struct hl_err *err)
{
	static unsigned long left_out;
	t->counters->commit_failures++;
	hl_log_limited(&left_out, HL_LOG_ERROR, "store: %s; nothing is lost, trying again", err->text);
	pthread_mutex_lock(&t->lock);
	int64_t until = hl_clock_mono_ms() + RETRY_MS;
	while (!t->stopping && hl_clock_mono_ms() < until)
		wait_until(t, &t->work, until);
	if (t->stopping) /* no spinning while the last deadline runs */
		wait_until(t, &t->work, hl_clock_mono_ms() + 20);
	pthread_mutex_unlock(&t->lock);
}

/* Whoever waits for an answer gets one, though nobody knows it yet; what must be kept stays. */
static void answer_unsure(struct hl_storethread *t, const struct hl_err *err)
{
	struct hl_err told;
	size_t kept = 0, run = 0;
	hl_err_set(&told, HL_E_IO, "it is not known whether this was done: %s", err->text);
	for (size_t i = 0; i < t->n_group; i++) {
		struct slot *s = &t->group[i];
		if (!s->job.must && i < t->n_run) {
			if (s->job.done)
				s->job.done(s->job.arg, HL_E_IO, &told);
			continue;
		}
		run += i < t->n_run;
		t->group[kept++] = *s;
	}
	t->n_group = kept;
	t->n_run = run;
}

/* The commit failed and may have been done all the same: nothing of the group is run again, and nobody told that it failed, before that is known. HL_OK: it was
 * done. *anew: it was not, and never will be. */
static enum hl_code settle(struct hl_storethread *t, bool *anew, struct hl_err *err)
{
	const int64_t since = hl_clock_mono_ms();
	bool told = false, done = false;
	*anew = false;
	while (!give_up(t)) {
		struct hl_err why;
		pause_after_failure(t, err);
		if (!t->store->ops->settle(t->store, &done, &why)) {
			*anew = !done;
			return done ? HL_OK : HL_E_IO;
		}
		*err = why;
		if (!told && hl_clock_mono_ms() - since >= UNSURE_MS) {
			answer_unsure(t, err);
			told = true;
		}
	}
	return HL_E_IO;
}

/* What was counted until the very end: after a clean stop the totals are whole. */
static void last_totals(struct hl_storethread *t)
{
	struct hl_err err = { 0 };
	enum hl_code rc = t->store->ops->begin(t->store, &err);
	if (!rc)
		rc = hl_totals_write(&t->totals, t->store, hl_clock_real_ms(), &err);
	if (!rc)
		rc = t->store->ops->commit(t->store, &err);
	else
		t->store->ops->rollback(t->store);
	if (rc)
		hl_log(HL_LOG_WARN, "store: the last totals are lost: %s", err.text);
}

static void *store_main(void *arg)
{
	struct hl_storethread *t = arg;
	while (gather(t)) {
		struct hl_err err = { 0 };
		bool anew = false;
		enum hl_code rc = run_group(t, &err);
		if (rc && t->store->unsure)
			rc = settle(t, &anew, &err);
		t->last_commit_ms = hl_clock_mono_ms();
		hl_totals_settle(&t->totals, !rc, t->last_commit_ms);
		answer(t, rc, anew, &err);
		if (rc && t->store->again)
			t->counters->commit_races++;
		else if (rc && !anew)
			pause_after_failure(t, &err);
	}
	last_totals(t);
	return NULL;
}

enum hl_code hl_storethread_start(struct hl_storethread **out, const struct hl_storethread_opts *o, struct hl_err *err)
{
	struct hl_storethread *t = hl_calloc(1, sizeof *t);
	t->cap = o->inbox ? o->inbox : 4096;
	t->flush_ms = o->flush_ms;
	t->counters = o->counters;
	t->last_commit_ms = INT64_MIN / 2;
	hl_totals_init(&t->totals, o->counters, hl_clock_mono_ms() + HL_TOTALS_EVERY_MS);
	enum hl_code rc = hl_store_open(&t->store, o->store, o->state, HL_STORE_WRITE, err);
	if (rc) {
		free(t);
		return rc;
	}
	const char *weak = t->store->ops->weakness ? t->store->ops->weakness(t->store) : NULL;
	if (weak && *weak)
		hl_log(HL_LOG_WARN, "the store may lose what it has said to be written: %s", weak);
	t->ring = hl_calloc(t->cap, sizeof t->ring[0]);
	t->group = hl_calloc(GROUP_MAX, sizeof t->group[0]);
	pthread_condattr_t mono;
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, &mono);
	pthread_cond_init(&t->room, &mono);
	pthread_condattr_destroy(&mono);
	int e = pthread_create(&t->thread, NULL, store_main, t);
	if (e) {
		hl_store_close(&t->store);
		free(t->ring);
		free(t->group);
		free(t);
		return hl_err_set(err, HL_E_INTERNAL, "store thread: %s", strerror(e));
	}
	*out = t;
	return HL_OK;
}

/* Waits for room in the inbox, under the lock, as long as there is hope. */
static void wait_for_room(struct hl_storethread *t)
{
	while (t->n == t->cap && !t->stopping && (!t->give_up_ms || hl_clock_mono_ms() < t->give_up_ms)) {
		if (t->give_up_ms)
			wait_until(t, &t->room, t->give_up_ms);
		else
			pthread_cond_wait(&t->room, &t->lock);
	}
}

static enum hl_code put(struct hl_storethread *t, const struct hl_job *job, bool wait)
{
	pthread_mutex_lock(&t->lock);
	if (wait)
		wait_for_room(t);
	enum hl_code rc = t->stopping ? HL_E_UNAVAIL : t->n < t->cap ? HL_OK : wait ? HL_E_UNAVAIL : HL_E_AGAIN;
	if (!rc) {
		t->ring[(t->head + t->n++) % t->cap] = *job;
		pthread_cond_signal(&t->work);
	}
	pthread_mutex_unlock(&t->lock);
	return rc;
}

enum hl_code hl_storethread_submit(struct hl_storethread *t, const struct hl_job *job)
{
	return put(t, job, true);
}

enum hl_code hl_storethread_offer(struct hl_storethread *t, const struct hl_job *job)
{
	return put(t, job, false);
}

struct call {
	enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool over;
	enum hl_code code;
	struct hl_err *err;
};

static enum hl_code call_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct call *c = arg;
	return c->run(s, c->arg, err);
}

static void call_done(void *arg, enum hl_code code, const struct hl_err *err)
{
	struct call *c = arg;
	pthread_mutex_lock(&c->lock);
	c->code = code;
	if (c->err)
		*c->err = *err;
	c->over = true;
	pthread_cond_signal(&c->cond);
	pthread_mutex_unlock(&c->lock);
}

enum hl_code hl_storethread_call(struct hl_storethread *t, enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err), void *arg,
				 struct hl_err *err)
{
	struct call c = { .run = run, .arg = arg, .err = err };
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.cond, NULL);
	struct hl_job job = { .run = call_run, .done = call_done, .arg = &c };
	enum hl_code rc = hl_storethread_submit(t, &job);
	if (rc) {
		hl_err_set(err, rc, "the daemon is stopping");
	} else {
		pthread_mutex_lock(&c.lock);
		while (!c.over)
			pthread_cond_wait(&c.cond, &c.lock);
		pthread_mutex_unlock(&c.lock);
		rc = c.code;
	}
	pthread_mutex_destroy(&c.lock);
	pthread_cond_destroy(&c.cond);
	return rc;
}

void hl_storethread_stop_by(struct hl_storethread *t, int64_t deadline_ms)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->give_up_ms = hl_clock_mono_ms() + deadline_ms;
	pthread_cond_broadcast(&t->room);
	pthread_mutex_unlock(&t->lock);
}

void hl_storethread_stop(struct hl_storethread **tp, int64_t deadline_ms)
{
	struct hl_storethread *t = *tp;
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	t->give_up_ms = hl_clock_mono_ms() + deadline_ms;
	pthread_cond_broadcast(&t->work);
	pthread_cond_broadcast(&t->room);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	hl_store_close(&t->store);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->work);
	pthread_cond_destroy(&t->room);
	free(t->ring);
	free(t->group);
	free(t);
	*tp = NULL;
}
