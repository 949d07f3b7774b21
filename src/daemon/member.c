/* member.c: see member.h. Each thread waits in one call to Redis for the next change, a quarter of a second at most, and looks at everything once a second: so a change is there at
 * once, and nothing that was missed stays so for long. A server that is away is tried again every second; the old lists and rules go on meanwhile.
 */
#include "config.h"

#include "daemon/member.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "daemon/settle.h"
#include "engine/audited.h"
#include "engine/fleet_pull.h"

enum { WAIT_MS = 250, PULL_MS = 1000 };

/* One of the two. */
struct part {
	struct hl_member *m;
	enum hl_fleet_kind kind;
	pthread_t thread;
	struct hl_fleet *f;    /* NULL: not connected */
	bool running, renew;   /* renew: the catalog could not be, and is to be tried again */
	int64_t heard;         /* up to which revision the log was heard */
	int64_t looked_ms, beat_ms;
};

struct hl_member {
	struct hl_member_opts o; /* store and state lead to the copies below */
	char store[HL_STORE_WHERE_MAX], state[HL_PATH_MAX];
	struct part part[2];
	atomic_bool stopping;
	pthread_mutex_t lock;  /* what follows: what both parts know, for the heartbeat */
	pthread_cond_t end;
	int64_t head[2], rev[2];
	char fault[2][HL_ERR_TEXT];
};

/* ---- what was done ---- */

/* Into the log and the audit, a line each. */
static void tell(struct hl_audit *audit, const struct hl_settings *s, const struct hl_fleet_pulled *p)
{
	struct hl_buf b = HL_BUF(HL_AUDIT_DETAILS_MAX);
	struct hl_json j;
	struct hl_err err;
	if (!p->told.len)
		return;
	hl_json_init(&j, &b);
	hl_json_open(&j, '[');
	for (const char *at = hl_buf_text(&p->told); *at;) {
		size_t n = strcspn(at, "\n");
		hl_log(HL_LOG_INFO, "fleet: %.*s", (int)n, at);
		hl_json_str_n(&j, NULL, at, n);
		at += n + (at[n] == '\n');
	}
	hl_json_close(&j);
	if (hl_audited_note(audit, s, HL_AUDIT_NOTE, "fleet", hl_buf_text(&b), 0, hl_clock_real_ms(), &err))
		hl_log(HL_LOG_ERROR, "audit: %s", err.text);
	hl_buf_fini(&b);
}

enum hl_code hl_member_join(const struct hl_settings *s, const char *state, struct hl_err *err)
{
	struct hl_fleet *f;
	if (!hl_fleet_shared(s->store))
		return HL_OK;
	enum hl_code code = hl_fleet_open(&f, s->store, state, err);
	for (int kind = HL_FLEET_VERSIONS; !code && kind <= HL_FLEET_HANDS; kind++) {
		struct hl_fleet_pulled p;
		code = hl_fleet_pull(f, (enum hl_fleet_kind)kind, s, state, hl_clock_real_ms(), &p, err);
		if (p.fault[0])
			hl_log(HL_LOG_ERROR, "fleet: %s; what this node has stays", p.fault);
		tell(NULL, s, &p);
		hl_fleet_pulled_fini(&p);
	}
	hl_fleet_close(&f);
	return code;
}

/* ---- following ---- */

static void note(struct part *p, const struct hl_fleet_pulled *r, const char *fault)
{
	struct hl_member *m = p->m;
	pthread_mutex_lock(&m->lock);
	if (r) {
		m->head[p->kind] = r->head;
		m->rev[p->kind] = r->rev;
	}
	bool fresh = strcmp(m->fault[p->kind], fault) != 0;
	hl_copy(m->fault[p->kind], sizeof m->fault[p->kind], fault);
	pthread_mutex_unlock(&m->lock);
	if (*fault && fresh && !atomic_load(&m->stopping)) /* what stays so stands in `status --fleet` */
		hl_log(HL_LOG_ERROR, "fleet: %s; what this node has stays, trying again", fault);
}

/* Reads are decided by what is there now. */
static enum hl_code renew(struct part *p, struct hl_err *err)
{
	if (p->kind == HL_FLEET_HANDS)
		return hl_live_hand(p->m->o.live, NULL, err);
	return hl_settle_lists(p->m->o.live, NULL, err);
}

static enum hl_code pull(struct part *p, struct hl_err *err)
{
	struct hl_member *m = p->m;
	struct hl_fleet_pulled r;
	struct hl_catalog *c = hl_live_get(m->o.live);
	bool versions = p->kind == HL_FLEET_VERSIONS;
	if (versions)
		pthread_mutex_lock(m->o.files);
	enum hl_code code = hl_fleet_pull(p->f, p->kind, c->settings, m->state, hl_clock_real_ms(), &r, err);
	if (versions)
		pthread_mutex_unlock(m->o.files);
	tell(m->o.audit, c->settings, &r);
	p->renew = p->renew || r.changed;
	if (p->renew) {
		struct hl_err why;
		bool failed = renew(p, &why) != HL_OK;
		if (failed && !r.fault[0])
			hl_copy(r.fault, sizeof r.fault, why.text);
		p->renew = failed;
	}
	note(p, code ? NULL : &r, code ? err->text : r.fault);
	hl_fleet_pulled_fini(&r);
	hl_catalog_unref(&c);
	return code;
}

/* ---- the heartbeat ---- */

struct facts {
	struct hl_fleet_fact *v;
	size_t n;
};

static void fact(struct facts *f, const char *kind, const char *name, const char *value)
{
	if (f->n == HL_FLEET_FACTS)
		return;
	snprintf(f->v[f->n].name, sizeof f->v[f->n].name, "%s%s", kind, name);
	hl_copy(f->v[f->n++].value, HL_TEXT_LONG, value);
}

static void number(struct facts *f, const char *name, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	fact(f, "", name, text);
}

static void facts_of_catalog(struct facts *f, struct hl_live *live)
{
	struct hl_catalog *c = hl_live_get(live);
	fact(f, "", "rules", c->rules->id);
	for (size_t i = 0; i < c->n_lists; i++) {
		const struct hl_catalog_list *l = &c->list[i];
		if (!l->by_hand)
			fact(f, "lists/", l->name, l->version.id);
		if (l->hand && (l->by_hand || i + 1 == c->n_lists || !c->list[i + 1].by_hand))
			fact(f, "hand/", l->name, l->hand->version);
	}
	hl_catalog_unref(&c);
}

static void facts_of_reads(struct facts *f, struct hl_counters *k)
{
	number(f, "reads", k->reads_in);
	number(f, "pending", k->submitted - (k->matched + k->suppressed + k->failed));
}

static enum hl_code beat(struct part *p, struct hl_err *err)
{
	struct hl_member *m = p->m;
	struct facts f = { .v = hl_calloc(HL_FLEET_FACTS, sizeof *f.v) };
	char host[HL_TEXT_SHORT] = "";
	gethostname(host, sizeof host - 1);
	fact(&f, "", "host", host);
	number(&f, "pid", getpid());
	fact(&f, "", "state", m->state);
	fact(&f, "", "version", PACKAGE_VERSION);
	number(&f, "started_ms", m->o.started_ms);
	facts_of_reads(&f, m->o.counters);
	pthread_mutex_lock(&m->lock);
	int64_t head = m->head[0] > m->head[1] ? m->head[0] : m->head[1];
	bool behind = m->rev[0] < m->head[0] || m->rev[1] < m->head[1];
	fact(&f, "", "fault", m->fault[HL_FLEET_VERSIONS][0] ? m->fault[HL_FLEET_VERSIONS] : m->fault[HL_FLEET_HANDS]);
	pthread_mutex_unlock(&m->lock);
	number(&f, "revision", head);
	fact(&f, "", "level", behind ? "no" : "yes");
	facts_of_catalog(&f, m->o.live);
	enum hl_code code = hl_fleet_beat(p->f, f.v, f.n, hl_clock_real_ms(), err);
	free(f.v);
	return code;
}

/* ---- the threads ---- */

/* Waits for the next change, and looks at all of it where there is one, or where a second has passed. */
static enum hl_code turn(struct part *p, struct hl_err *err)
{
	struct hl_fleet_entry *e;
	size_t n;
	enum hl_code code = hl_fleet_log(p->f, p->heard, p->looked_ms ? WAIT_MS : 0, &e, &n, err);
	bool news = false;
	for (size_t i = 0; i < n; i++) {
		news = news || (strncmp(e[i].thing, "hand/", 5) == 0) == (p->kind == HL_FLEET_HANDS);
		p->heard = e[i].rev;
	}
	free(e);
	int64_t now = hl_clock_mono_ms();
	if (!code && (news || !p->looked_ms || now - p->looked_ms >= PULL_MS)) {
		p->looked_ms = now;
		code = pull(p, err);
	}
	if (!code && p->kind == HL_FLEET_HANDS && (!p->beat_ms || now - p->beat_ms >= PULL_MS)) {
		p->beat_ms = now;
		code = beat(p, err);
	}
	return code;
}

/* A second, or until the end. */
static void pause_part(struct hl_member *m)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PULL_MS / 1000;
	pthread_mutex_lock(&m->lock);
	while (!atomic_load(&m->stopping) && pthread_cond_timedwait(&m->end, &m->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&m->lock);
}

static void *part_main(void *arg)
{
	struct part *p = arg;
	struct hl_member *m = p->m;
	while (!atomic_load(&m->stopping)) {
		struct hl_err err;
		enum hl_code code = p->f ? HL_OK : hl_fleet_open(&p->f, m->store, m->state, &err);
		if (!code)
			hl_fleet_stop_by(p->f, &m->stopping);
		if (!code)
			code = turn(p, &err);
		if (!code || atomic_load(&m->stopping))
			continue;
		note(p, NULL, err.text);
		hl_fleet_close(&p->f); /* the next one may be another server, or another fleet */
		p->heard = p->looked_ms = p->beat_ms = 0;
		pause_part(m);
	}
	if (p->f && p->kind == HL_FLEET_HANDS) {
		hl_fleet_stop_by(p->f, NULL);
		hl_fleet_leave(p->f, NULL);
	}
	hl_fleet_close(&p->f);
	return NULL;
}

enum hl_code hl_member_start(struct hl_member **out, const struct hl_member_opts *o, struct hl_err *err)
{
	*out = NULL;
	if (!hl_fleet_shared(o->store))
		return HL_OK;
	struct hl_member *m = hl_calloc(1, sizeof *m);
	pthread_condattr_t mono;
	m->o = *o;
	hl_copy(m->store, sizeof m->store, o->store);
	hl_copy(m->state, sizeof m->state, o->state);
	m->o.store = m->store;
	m->o.state = m->state;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&m->end, &mono);
	pthread_condattr_destroy(&mono);
	int e = 0;
	for (int kind = HL_FLEET_VERSIONS; !e && kind <= HL_FLEET_HANDS; kind++) {
		m->part[kind] = (struct part){ .m = m, .kind = (enum hl_fleet_kind)kind };
		e = pthread_create(&m->part[kind].thread, NULL, part_main, &m->part[kind]);
		m->part[kind].running = !e;
	}
	if (e) {
		hl_member_stop(&m);
		return hl_err_set(err, HL_E_INTERNAL, "the fleet's threads can't start: %s", strerror(e));
	}
	*out = m;
	return HL_OK;
}

void hl_member_stop(struct hl_member **mp)
{
	struct hl_member *m = *mp;
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	atomic_store(&m->stopping, true);
	pthread_cond_broadcast(&m->end);
	pthread_mutex_unlock(&m->lock);
	for (int i = 0; i < 2; i++)
		if (m->part[i].running)
			pthread_join(m->part[i].thread, NULL);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->end);
	free(m);
	*mp = NULL;
}
