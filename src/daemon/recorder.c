/* recorder.c: see recorder.h. What is to be recorded waits in the store, from the commit that did it: so no crash leaves it out. A crash between the record and the
 * store's forgetting records it twice, with the same ids.
 */
#include "config.h"

#include "daemon/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/json_out.h"
#include "base/log.h"
#include "engine/audited.h"

enum { ROWS = 200 /* in one record */, PAUSE_MS = 1000, GROUPS = 50 /* before anything else is looked at */ };
#define DAY_MS INT64_C(86400000)
#define SEEN_EVERY_MS INT64_C(60000)
#define GONE_MS INT64_C(600000) /* a node that has said nothing for so long does not record what it did; another does */

struct hl_recorder {
	struct hl_recorder_opts o;
	char store[HL_STORE_WHERE_MAX], state[HL_PATH_MAX];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool stopping; /* under lock */
	struct hl_store *reader; /* what follows is the thread's own */
	struct hl_unrecorded *row;
	int64_t purged_day, seen_ms; /* seen: when this node last said that it is there; 0: never */
	unsigned long left_out;
};

static void fault(struct hl_recorder *r, const struct hl_err *err)
{
	hl_log_limited(&r->left_out, HL_LOG_ERROR, "audit: %s; nothing is lost, trying again", err->text);
}

static char *rows_json(const struct hl_unrecorded *row, size_t n)
{
	struct hl_buf b = HL_BUF(HL_AUDIT_DETAILS_MAX);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		hl_json_open(&j, '{');
		hl_json_str(&j, "what", hl_unrecorded_name(row[i].what));
		hl_json_str(&j, "id", row[i].id);
		hl_json_str(&j, "event", row[i].event);
		hl_json_opt(&j, "alert", row[i].alert);
		hl_json_opt(&j, "receiver", row[i].receiver);
		hl_json_opt(&j, "channel", row[i].channel);
		hl_json_opt(&j, "address", row[i].address);
		hl_json_time(&j, "time", row[i].time_ms);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	return hl_buf_steal(&b);
}

static enum hl_code forget(struct hl_store *s, void *arg, struct hl_err *err)
{
	return s->ops->recorded(s, *(int64_t *)arg, err);
}

/* One group. *n: how many there were. */
static enum hl_code record_group(struct hl_recorder *r, const struct hl_settings *s, size_t *n, struct hl_err *err)
{
	enum hl_code code = r->reader->ops->unrecorded(r->reader, r->row, ROWS, n, err);
	if (code || !*n)
		return code;
	char *details = rows_json(r->row, *n);
	code = hl_audited_note(r->o.audit, s, HL_AUDIT_TOLD, "deliveries", details, (int64_t)*n, hl_clock_real_ms(), err);
	free(details);
	hl_crash_point("recorder.recorded");
	return code ? code : hl_storethread_call(r->o.writer, forget, &r->row[*n - 1].seq, err);
}

static void record_all(struct hl_recorder *r, const struct hl_settings *s)
{
	struct hl_err err;
	size_t n = ROWS;
	enum hl_code code = HL_OK;
	for (int i = 0; !code && n == ROWS && i < GROUPS; i++)
		code = record_group(r, s, &n, &err);
	if (code)
		fault(r, &err);
}

/* Once a day, and at the start. What is erased is told before it is. */
static void purge(struct hl_recorder *r, const struct hl_settings *s, int64_t now)
{
	struct hl_audit_purged gone;
	struct hl_err err;
	if (now / DAY_MS == r->purged_day)
		return;
	struct hl_buf b = HL_BUF(4096);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_time(&j, "alerts_before", now - s->retain_alerts_ms);
	hl_json_time(&j, "details_before", now - s->retain_audit_details_ms);
	hl_json_time(&j, "records_before", now - s->retain_audit_ms);
	hl_json_close(&j);
	enum hl_code code = hl_audited_note(r->o.audit, s, HL_AUDIT_NOTE, "retention", hl_buf_text(&b), 0, now, &err);
	if (!code)
		code = hl_audit_purge(r->o.audit, now - s->retain_audit_details_ms, now - s->retain_audit_ms, now, &gone, &err);
	if (!code && (gone.records || gone.details))
		hl_log(HL_LOG_INFO, "audit: retention has erased %lld records and the details of %lld", (long long)gone.records, (long long)gone.details);
	if (code)
		fault(r, &err);
	else
		r->purged_day = now / DAY_MS;
	hl_buf_fini(&b);
}

struct adoption {
	int64_t now_ms;
	size_t n;
};

static enum hl_code adopt_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct adoption *a = arg;
	return s->ops->adopt(s, a->now_ms, GONE_MS, &a->n, err);
}

/* What a node of the fleet that is gone for good left unrecorded must reach an audit: this one's. Should it come back it finds nothing left; what it had recorded and
 * not yet forgotten is then in both, with the same ids. */
static void adopt(struct hl_recorder *r, int64_t now)
{
	struct adoption a = { .now_ms = now, .n = HL_SWEEP_ROWS };
	struct hl_err err;
	if (!r->reader->ops->adopt || (r->seen_ms && now >= r->seen_ms && now - r->seen_ms < SEEN_EVERY_MS))
		return;
	enum hl_code code = hl_storethread_call(r->o.writer, adopt_run, &a, &err);
	if (code) {
		fault(r, &err);
		return;
	}
	r->seen_ms = a.n < HL_SWEEP_ROWS ? now : 0;
	if (a.n)
		hl_log(HL_LOG_INFO, "audit: records %zu deliveries and stand-downs of a node that is gone", a.n);
}

static void turn(struct hl_recorder *r, bool last)
{
	struct hl_err err;
	int64_t now = hl_clock_real_ms();
	struct hl_catalog *c = hl_live_get(r->o.live);
	if (!last)
		adopt(r, now);
	if (r->reader->ops->unrecorded)
		record_all(r, c->settings);
	if (!last)
		purge(r, c->settings, now);
	if (hl_audit_checkpoint(r->o.audit, now, last, NULL, &err))
		fault(r, &err);
	hl_catalog_unref(&c);
}

/* False: it is to end. */
static bool pause_a_while(struct hl_recorder *r)
{
	struct timespec until;
	int64_t ms = hl_clock_mono_ms() - hl_clock_shifted() + PAUSE_MS;
	until.tv_sec = ms / 1000;
	until.tv_nsec = ms % 1000 * 1000000;
	pthread_mutex_lock(&r->lock);
	int rc = 0;
	while (!r->stopping && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&r->work, &r->lock, &until);
	bool go = !r->stopping;
	pthread_mutex_unlock(&r->lock);
	return go;
}

static void *recorder_main(void *arg)
{
	struct hl_recorder *r = arg;
	do
		turn(r, false);
	while (pause_a_while(r));
	turn(r, true);
	return NULL;
}

static void discard(struct hl_recorder **r)
{
	if ((*r)->reader)
		hl_store_close(&(*r)->reader);
	pthread_mutex_destroy(&(*r)->lock);
	pthread_cond_destroy(&(*r)->work);
	free((*r)->row);
	free(*r);
	*r = NULL;
}

enum hl_code hl_recorder_start(struct hl_recorder **out, const struct hl_recorder_opts *o, struct hl_err *err)
{
	struct hl_recorder *r = hl_calloc(1, sizeof *r);
	pthread_condattr_t mono;
	r->o = *o;
	hl_copy(r->store, sizeof r->store, o->store);
	hl_copy(r->state, sizeof r->state, o->state);
	r->row = hl_calloc(ROWS, sizeof *r->row);
	r->purged_day = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&r->work, &mono);
	pthread_condattr_destroy(&mono);
	enum hl_code code = hl_store_open(&r->reader, r->store, r->state, HL_STORE_READ, err);
	int e = code ? 0 : pthread_create(&r->thread, NULL, recorder_main, r);
	if (e)
		code = hl_err_set(err, HL_E_INTERNAL, "recorder thread: %s", strerror(e));
	if (code)
		discard(&r);
	*out = r;
	return code;
}

void hl_recorder_stop(struct hl_recorder **r)
{
	if (!*r)
		return;
	pthread_mutex_lock(&(*r)->lock);
	(*r)->stopping = true;
	pthread_cond_signal(&(*r)->work);
	pthread_mutex_unlock(&(*r)->lock);
	pthread_join((*r)->thread, NULL);
	discard(r);
}
