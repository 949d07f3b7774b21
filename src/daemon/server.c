/* server.c: see server.h. The order of starting is the order of the struct's members; stopping goes backwards.
 *
 *     lock -> audit -> fleet joined -> catalog -> store thread -> recorder -> deliver -> watch -> timers -> member -> drop -> authentication -> control -> ingest
 *
 * Drop is told to end before all others, since an import may take a while to hear it. Ingest stops first and hands over what was queued; then what was handed over
 * is committed; deliveries under way end; the store closes last. What is not delivered by then is pending in the outbox and goes out at the next start.
 */
#include "config.h"

#include "daemon/server.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/control.h"
#include "daemon/drop.h"
#include "daemon/ingest_zap.h"
#include "daemon/ingest_stream.h"
#include "daemon/ingest_zmq.h"
#include "daemon/member.h"
#include "daemon/outbox.h"
#include "daemon/recorder.h"
#include "daemon/settle.h"
#include "daemon/timers.h"
#include "daemon/watch.h"
#include "engine/audited.h"
#include "engine/rules_life.h"
#include "store/state_format.h"

enum {
	INGEST_MAX = 64,
	INBOX = 1024,    /* jobs of at most 64 reads of 3 KB: some 200 MB where a disk is full and every read matches */
	SWEEP_MS = 10000 /* HL_SWEEP_ROWS each time: 200 receipts a second */
};

/* The store's sweep under way. */
struct sweep {
	atomic_bool busy;
	int64_t now_ms, retain_before_ms;
};

struct hl_server {
	char settings_path[HL_PATH_MAX], state[HL_PATH_MAX];
	int lock;
	struct hl_audit *audit;
	struct hl_live *live;
	struct hl_counters counters;
	struct hl_rejects *rejects;
	struct hl_passages *passages;
	struct hl_shadow *shadow;
	struct hl_storethread *store;
	struct hl_recorder *recorder;
	struct hl_outbox *outbox;
	struct hl_watcher *watch;
	struct hl_timers *timers;
	struct hl_member *member;
	pthread_mutex_t files; /* one works on the list folders: on an upload, an activation … */
	struct hl_drop *drop;
	void *context;
	struct hl_zap *zap;
	struct hl_control *control;
	struct hl_ingest *ingest[INGEST_MAX];
	size_t n_ingest;
	struct hl_ingest_stream *stream[INGEST_MAX];
	size_t n_streams;
	int64_t stop_ms, swept_ms;
	struct sweep sweep;
};

static void log_faults(const struct hl_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		enum hl_log_level level = f->v[i].warning ? HL_LOG_WARN : HL_LOG_ERROR;
		if (f->v[i].line)
			hl_log(level, "%s:%u:%u: %s", f->v[i].file, f->v[i].line, f->v[i].column, f->v[i].text);
		else
			hl_log(level, "%s: %s", f->v[i].file, f->v[i].text);
	}
}

static void outbox_changed(void *arg)
{
	struct hl_server *s = arg;
	hl_outbox_wake(s->outbox);
}

static enum hl_code take_lock(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	hl_copy(s->state, sizeof s->state, conf->state);
	enum hl_code rc = hl_file_make_dirs(s->state, 0700, err);
	if (!rc)
		rc = hl_path_join(path, sizeof path, s->state, "lock", err);
	if (!rc)
		rc = hl_file_lock(path, &s->lock, err);
	if (!rc)
		rc = hl_state_format_bring_up(s->state, err);
	if (!rc && hl_state_held(s->state))
		hl_log(HL_LOG_WARN, "HELD: this state was restored from a backup; nothing is sent until `hotlistctl outbox release --reason TEXT`");
	return rc;
}

static enum hl_code start_store(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	struct hl_storethread_opts o = { .store = conf->store, .state = s->state, .flush_ms = conf->engine.flush_ms, .inbox = INBOX, .counters = &s->counters };
	enum hl_code rc = hl_rejects_open(&s->rejects, s->state, conf->rejects_max, conf->rejects_keep_ms, err);
	return rc ? rc : hl_storethread_start(&s->store, &o, err);
}

static enum hl_code start_watch(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	struct hl_watcher_opts o = { .live = s->live, .writer = s->store, .counters = &s->counters, .store = conf->store, .state = s->state, .outbox_changed = outbox_changed,
				     .outbox_arg = s };
	enum hl_code rc = hl_watcher_start(&s->watch, &o, err);
	if (!rc)
		hl_live_on_swap(s->live, hl_watcher_wake, s->watch);
	return rc;
}

static enum hl_code start_timers(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	struct hl_timers_opts o = { .live = s->live, .writer = s->store, .counters = &s->counters, .store = conf->store, .state = s->state, .outbox_changed = outbox_changed,
				    .outbox_arg = s };
	return hl_timers_start(&s->timers, &o, err);
}

static void stop_watch(struct hl_server *s)
{
	if (s->live)
		hl_live_on_swap(s->live, NULL, NULL);
	hl_watcher_stop(&s->watch);
}

/* Which rules and versions decide from here on. */
static void record_active(struct hl_server *s, const char *op)
{
	struct hl_buf b = HL_BUF(HL_AUDIT_DETAILS_MAX);
	struct hl_json j;
	struct hl_err err;
	struct hl_catalog *c = hl_live_get(s->live);
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_str(&j, "rules", c->rules->id);
	hl_json_open_key(&j, "lists", '{');
	for (size_t i = 0; i < c->n_lists; i++)
		if (!c->list[i].by_hand)
			hl_json_str(&j, c->list[i].name, c->list[i].version.id);
	hl_json_close(&j);
	hl_json_close(&j);
	if (hl_audited_note(s->audit, c->settings, HL_AUDIT_NOTE, op, hl_buf_text(&b), 0, hl_clock_real_ms(), &err))
		hl_log(HL_LOG_ERROR, "audit: %s", err.text);
	hl_catalog_unref(&c);
	hl_buf_fini(&b);
}

/* For SIGHUP on the main thread and for `hotlistctl reload` on a thread of the control socket; the log tells of both. */
static enum hl_code reload(void *arg, const char *by, struct hl_faults *faults)
{
	struct hl_server *s = arg;
	struct hl_audited audited;
	struct hl_err err;
	struct hl_catalog *before = hl_live_get(s->live);
	enum hl_code rc = hl_audited_begin_own(&audited, s->audit, before->settings, by, "reload", "", s->settings_path, hl_clock_real_ms(), &err);
	hl_catalog_unref(&before);
	if (!rc)
		rc = hl_live_reload(s->live, s->settings_path, by, faults);
	else
		hl_faults_add(faults, s->settings_path, 0, 0, "not read: what can't be recorded is not done: %s", err.text);
	if (hl_audited_end(&audited, rc, hl_clock_real_ms(), NULL, &err) != rc)
		hl_log(HL_LOG_ERROR, "audit: %s", err.text);
	log_faults(faults);
	if (rc) {
		s->counters.reload_faults++;
		hl_log(HL_LOG_ERROR, "not reloaded: the old settings, rules and lists stay (%zu faults)", faults->errors);
		return rc;
	}
	s->counters.reloads++;
	hl_settle(s->live);
	struct hl_catalog *c = hl_live_get(s->live);
	hl_zap_update(s->zap, c->settings);
	hl_log(HL_LOG_INFO, "reloaded rules=%s lists=%zu", c->rules->id, hl_catalog_names(c));
	hl_catalog_unref(&c);
	record_active(s, "reloaded");
	hl_outbox_reloaded(s->outbox);
	hl_drop_reloaded(s->drop);
	return HL_OK;
}

static enum hl_code start_control(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	struct hl_control_opts o = { .path = conf->control, .store = conf->store, .state = s->state, .reload = reload, .reload_arg = s, .live = s->live,
				     .writer = s->store, .counters = &s->counters, .outbox = s->outbox, .shadow = s->shadow, .drop = s->drop, .zap = s->zap, .files = &s->files, .audit = s->audit,
				     .started_ms = hl_clock_real_ms() };
	return hl_control_start(&s->control, &o, err);
}

/* The settings' threads, shared out among the sockets: each has one at the least, the first ones get what is left over. */
static unsigned threads_of(const struct hl_settings *conf, size_t i)
{
	size_t all = (size_t)conf->engine.threads, sockets = conf->ingest.n;
	return (unsigned)(all <= sockets ? 1 : all / sockets + (i < all % sockets));
}

static struct hl_pipeline_opts pipeline_of(struct hl_server *s)
{
	return (struct hl_pipeline_opts){ .live = s->live, .store = s->store, .counters = &s->counters, .rejects = s->rejects, .passages = s->passages, .shadow = s->shadow,
					  .outbox_changed = outbox_changed, .outbox_arg = s };
}

#ifdef HL_WITH_REDIS
static enum hl_code start_streams(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	const struct hl_ingest_redis *in = conf->streams.v;
	enum hl_code rc = HL_OK;
	for (size_t i = 0; !rc && i < conf->streams.n && i < INGEST_MAX; i++) {
		struct hl_ingest_stream_opts o = { .conf = &in[i], .state = s->state, .store = conf->store, .pipeline = pipeline_of(s) };
		rc = hl_ingest_stream_start(&s->stream[i], &o, err);
		s->n_streams += !rc;
	}
	return rc;
}

static void stop_streams(struct hl_server *s)
{
	for (size_t i = 0; i < s->n_streams; i++)
		hl_ingest_stream_stop(s->stream[i], s->stop_ms);
	for (size_t i = 0; i < s->n_streams; i++)
		hl_ingest_stream_join(s->stream[i]);
}

static void free_streams(struct hl_server *s)
{
	for (size_t i = 0; i < s->n_streams; i++)
		hl_ingest_stream_free(&s->stream[i]);
}
#else
#define start_streams(s, conf, err) HL_OK /* the settings have none */
#define stop_streams(s) (void)(s)
#define free_streams(s) (void)(s)
#endif

static enum hl_code start_ingest(struct hl_server *s, const struct hl_settings *conf, struct hl_err *err)
{
	const struct hl_ingest_zmq *in = conf->ingest.v;
	enum hl_code rc = HL_OK;
	for (size_t i = 0; !rc && i < conf->ingest.n && i < INGEST_MAX; i++) {
		struct hl_ingest_opts o = { .conf = &in[i],
					    .zap = hl_zap_find(s->zap, &in[i]),
					    .into = in[i].into == HL_INTO_STREAM ? conf->streams.v : NULL,
					    .state = s->state,
					    .threads = threads_of(conf, i),
					    .pipeline = pipeline_of(s) };
		rc = hl_ingest_start(&s->ingest[i], s->context, &o, err);
		if (!rc)
			s->n_ingest++;
	}
	return rc ? rc : start_streams(s, conf, err);
}

static enum hl_code start_threads(struct hl_server *s, struct hl_err *err)
{
	struct hl_catalog *c = hl_live_get(s->live);
	const struct hl_settings *conf = c->settings;
	s->stop_ms = conf->engine.stop_ms;
	enum hl_code rc = start_store(s, conf, err);
	if (!rc)
		rc = hl_recorder_start(&s->recorder, &(struct hl_recorder_opts){ .live = s->live, .writer = s->store, .audit = s->audit, .store = conf->store, .state = s->state }, err);
	if (!rc)
		rc = hl_outbox_start(&s->outbox, s->store, s->live, err);
	if (!rc)
		rc = start_watch(s, conf, err);
	if (!rc)
		rc = start_timers(s, conf, err);
	if (!rc)
		rc = hl_member_start(&s->member,
				     &(struct hl_member_opts){ .live = s->live, .counters = &s->counters, .audit = s->audit, .files = &s->files, .store = conf->store, .state = s->state,
							       .started_ms = hl_clock_real_ms() },
				     err);
	if (!rc)
		rc = hl_drop_start(&s->drop, &(struct hl_drop_opts){ .state = s->state, .live = s->live, .files = &s->files, .audit = s->audit }, err);
	if (!rc)
		rc = hl_ingest_context_open(&s->context, err);
	if (!rc)
		rc = hl_zap_start(&s->zap, s->context, conf, err);
	if (!rc)
		rc = start_control(s, conf, err);
	if (!rc)
		rc = start_ingest(s, conf, err);
	if (!rc)
		hl_log(HL_LOG_INFO, "started state=%s rules=%s lists=%zu ingest=%zu", s->state, c->rules->id, hl_catalog_names(c), s->n_ingest + s->n_streams);
	hl_catalog_unref(&c);
	return rc;
}

/* What the active versions say. The very first start imports and activates the rules file. */
static enum hl_code first_catalog(struct hl_catalog **out, const char *settings_path, const char *state, const char *store, struct hl_faults *faults)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_activation a = { .by = "hotlistd", .why = "first start", .time_ms = hl_clock_real_ms(), .fleet = store };
	char active[HL_VERSION_ID];
	struct hl_err err;
	if (hl_rules_version_active(state, active, NULL) || active[0])
		return hl_catalog_load(out, settings_path, NULL, &crew, faults);
	enum hl_code rc = hl_catalog_take(out, settings_path, NULL, &crew, a.by, a.time_ms, faults);
	if (rc || !hl_rules_version_activate(state, (*out)->rules->id, &a, &err))
		return rc;
	hl_faults_add(faults, state, 0, 0, "rules: %s", err.text);
	hl_catalog_unref(out);
	return HL_E_CONFIG;
}

/* From the first catalog on: what the start imports and activates is a change like others. */
static enum hl_code start_all(struct hl_server *s, const struct hl_settings *conf, struct hl_faults *faults, struct hl_err *err)
{
	struct hl_catalog *first = NULL;
	hl_faults_clear(faults);
	enum hl_code rc = hl_member_join(conf, s->state, err);
	if (!rc)
		rc = first_catalog(&first, s->settings_path, s->state, conf->store, faults);
	if (rc)
		return rc;
	s->live = hl_live_new(first);
	hl_settle(s->live);
	rc = start_threads(s, err);
	if (!rc)
		record_active(s, "started");
	return rc;
}

/* The state folder is ours: opens the audit and starts the rest. */
static enum hl_code start_audited(struct hl_server *s, const struct hl_settings *conf, struct hl_faults *faults, struct hl_err *err)
{
	struct hl_audited audited = { .audit = NULL };
	struct hl_err fault;
	enum hl_code rc = hl_audit_open(&s->audit, s->state, hl_clock_real_ms(), err);
	if (!rc)
		rc = hl_audited_begin_own(&audited, s->audit, conf, "hotlistd", "start", "", s->settings_path, hl_clock_real_ms(), err);
	if (!rc)
		rc = start_all(s, conf, faults, err);
	if (hl_audited_end(&audited, rc, hl_clock_real_ms(), NULL, &fault) != rc)
		hl_log(HL_LOG_ERROR, "audit: %s", fault.text);
	return rc;
}

enum hl_code hl_server_start(struct hl_server **out, const char *settings_path, struct hl_faults *faults, struct hl_err *err)
{
	struct hl_server *s = hl_calloc(1, sizeof *s);
	struct hl_settings *conf = NULL;
	s->lock = -1;
	pthread_mutex_init(&s->files, NULL);
	s->passages = hl_passages_new();
	s->shadow = hl_shadow_new();
	hl_copy(s->settings_path, sizeof s->settings_path, settings_path);
	enum hl_code rc = hl_settings_load(&conf, settings_path, faults);
	if (!rc)
		rc = take_lock(s, conf, err);
	if (!rc)
		rc = start_audited(s, conf, faults, err);
	hl_settings_free(&conf);
	if (rc) {
		hl_server_stop(&s);
		return rc;
	}
	*out = s;
	return HL_OK;
}

void hl_server_reload(struct hl_server *s)
{
	struct hl_faults faults = { 0 };
	reload(s, "SIGHUP", &faults);
}

static enum hl_code sweep_run(struct hl_store *store, void *arg, struct hl_err *err)
{
	struct sweep *w = arg;
	return store->ops->sweep(store, w->now_ms, w->retain_before_ms, err);
}

static void sweep_done(void *arg, enum hl_code code, const struct hl_err *err)
{
	struct sweep *w = arg;
	if (code)
		hl_log(HL_LOG_WARN, "sweep: %s", err->text);
	w->busy = false;
}

/* Never waits for the store: this is the thread that hears SIGTERM. */
static void sweep(struct hl_server *s)
{
	struct hl_catalog *c = hl_live_get(s->live);
	int64_t now = hl_clock_real_ms(), retain_ms = c->settings->retain_alerts_ms;
	hl_catalog_unref(&c);
	hl_rejects_sweep(s->rejects, now);
	if (s->sweep.busy)
		return;
	s->sweep.now_ms = now;
	s->sweep.retain_before_ms = now - retain_ms;
	s->sweep.busy = true;
	struct hl_job job = { .run = sweep_run, .done = sweep_done, .arg = &s->sweep };
	if (hl_storethread_offer(s->store, &job))
		s->sweep.busy = false;
}

void hl_server_tick(struct hl_server *s)
{
	hl_live_sweep(s->live);
	hl_passages_sweep(s->passages, hl_clock_real_ms());
	hl_passages_sweep(hl_shadow_passages(s->shadow), hl_clock_real_ms());
	int64_t now = hl_clock_mono_ms();
	if (now - s->swept_ms < SWEEP_MS)
		return;
	s->swept_ms = now;
	sweep(s);
}

static void record_stop(struct hl_server *s)
{
	struct hl_err err;
	struct hl_catalog *c = s->live ? hl_live_get(s->live) : NULL;
	if (c && hl_audited_note(s->audit, c->settings, HL_AUDIT_NOTE, "stop", NULL, 0, hl_clock_real_ms(), &err))
		hl_log(HL_LOG_ERROR, "audit: %s", err.text);
	hl_catalog_unref(&c);
}

void hl_server_stop(struct hl_server **sp)
{
	struct hl_server *s = *sp;
	hl_drop_stop(s->drop);
	hl_storethread_stop_by(s->store, s->stop_ms); /* whoever is blocked at a store that takes nothing must be able to end */
	for (size_t i = 0; i < s->n_ingest; i++)
		hl_ingest_stop(s->ingest[i], s->stop_ms);
	for (size_t i = 0; i < s->n_ingest; i++)
		hl_ingest_join(s->ingest[i]);
	stop_streams(s);
	hl_control_stop(&s->control);
	hl_drop_free(&s->drop);
	hl_member_stop(&s->member);
	stop_watch(s);
	hl_timers_stop(&s->timers);
	hl_outbox_stop(s->outbox, s->stop_ms);
	hl_recorder_stop(&s->recorder);
	hl_storethread_stop(&s->store, s->stop_ms);
	hl_outbox_free(&s->outbox);
	for (size_t i = 0; i < s->n_ingest; i++)
		hl_ingest_free(&s->ingest[i]);
	free_streams(s);
	hl_zap_stop(&s->zap);
	hl_ingest_context_close(&s->context);
	hl_passages_free(&s->passages);
	hl_shadow_free(&s->shadow);
	hl_rejects_close(&s->rejects);
	record_stop(s);
	hl_live_free(&s->live);
	hl_audit_close(&s->audit);
	pthread_mutex_destroy(&s->files);
	if (s->lock >= 0)
		close(s->lock);
	free(s);
	*sp = NULL;
}
