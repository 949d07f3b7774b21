/* pipeline.c: see pipeline.h. The way of a read, top to bottom:
 *
 *     hl_pipeline_put    decode (format/), normal form and clock (hl_read_finish), sequence gaps
 *     hl_pipeline_flush  match, score, rules (hl_decide); reads without a hit are settled here and forgotten
 *     batch_run          on the store thread, inside the group: suppression, alert, event, deliveries (hl_record_hits)
 *     batch_done         after COMMIT: counted and settled
 */
#include "daemon/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "daemon/seqgap.h"
#include "engine/decide.h"
#include "engine/record.h"

enum { ROUTING_MAX = 256 };

struct sender {
	unsigned char id[ROUTING_MAX];
	size_t n;
};

/* What crosses to the store thread: the reads that have hits, owned by the batch. */
struct batch {
	struct hl_pipeline_opts o;
	struct hl_catalog *catalog;
	int64_t now_ms;
	size_t n_reads, n_hits;
	struct hl_read *read;
	struct sender *sender;
	struct hl_hit *hit; /* hit.read counts in this batch's reads */
	bool *matched;      /* by read: something was told */
	bool *faulty;       /* by read: could not be recorded */
	enum hl_suppression *why;
	int64_t alerts, updates, inhibited, faults;
};

/* Counted here read by read and added to the shared counters now and then: several threads would otherwise hand one cache line to and fro. */
struct tally {
	int64_t reads_in, clock_suspect, seq_gaps;
};

struct hl_pipeline {
	struct hl_pipeline_opts o;
	struct hl_decider *decider, *beside; /* beside: of the shadow rules; NULL until there are some */
	struct hl_seqgap *gaps;
	struct tally tally;
	size_t n;
	struct hl_read read[HL_BATCH_READS];
	struct sender sender[HL_BATCH_READS];
	/* of the payload under way */
	const void *routing;
	size_t routing_n, found;
	int64_t now_ms;
};

struct hl_pipeline *hl_pipeline_new(const struct hl_pipeline_opts *o)
{
	struct hl_pipeline *p = hl_calloc(1, sizeof *p);
	p->o = *o;
	p->decider = hl_decider_new();
	p->gaps = hl_seqgap_new();
	return p;
}

void hl_pipeline_free(struct hl_pipeline **pp)
{
	struct hl_pipeline *p = *pp;
	if (!p)
		return;
	hl_decider_free(&p->decider);
	hl_decider_free(&p->beside);
	hl_seqgap_free(&p->gaps);
	free(p);
	*pp = NULL;
}

/* ---- decode ---- */

static void settle(const struct hl_pipeline_opts *o, const struct sender *s, const char *read_id, const char *why)
{
	if (o->settled)
		o->settled(o->settled_arg, s->id, s->n, read_id, why);
}

static void set_sender(struct sender *s, const void *routing, size_t n)
{
	s->n = n < ROUTING_MAX ? n : ROUTING_MAX;
	if (s->n)
		memcpy(s->id, routing, s->n);
}

static void reject(struct hl_pipeline *p, const char *line, size_t n, const struct hl_err *err)
{
	struct sender s;
	p->o.counters->rejected++;
	hl_rejects_put(p->o.rejects, p->now_ms, p->o.source, err, line, n);
	set_sender(&s, p->routing, p->routing_n);
	settle(&p->o, &s, "", err->text);
}

/* A read is decoded where it stays until it is decided. A batch is never left full. */
static struct hl_read *room(void *arg)
{
	struct hl_pipeline *p = arg;
	return &p->read[p->n];
}

static void publish(struct hl_pipeline *p)
{
	struct tally *t = &p->tally;
	p->o.counters->reads_in += t->reads_in;
	if (t->clock_suspect)
		p->o.counters->clock_suspect += t->clock_suspect;
	if (t->seq_gaps)
		p->o.counters->seq_gaps += t->seq_gaps;
	*t = (struct tally){ 0 };
}

static void number(struct hl_pipeline *p, const struct hl_read *r)
{
	if (p->o.number)
		p->o.number(p->o.number_arg, hl_read_camera(r), r->seq);
	else
		p->tally.seq_gaps += hl_seqgap_put(p->gaps, hl_read_camera(r), r->seq);
}

static void one_read(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	struct hl_pipeline *p = arg;
	(void)line_no;
	p->tally.reads_in++;
	p->found++;
	if (!r) {
		publish(p);
		reject(p, line, n, err);
		return;
	}
	p->tally.clock_suspect += r->clock_suspect;
	if (r->seq >= 0)
		number(p, r);
	set_sender(&p->sender[p->n], p->routing, p->routing_n);
	if (++p->n == HL_BATCH_READS)
		hl_pipeline_flush(p, p->now_ms);
}

size_t hl_pipeline_put(struct hl_pipeline *p, const struct hl_read_format *format, const void *routing, size_t routing_n, const char *data, size_t n,
		     int64_t now_ms)
{
	p->routing = routing;
	p->routing_n = routing_n;
	p->now_ms = now_ms;
	p->o.counters->payloads++;
	hl_crash_point("pipeline.taken");
	p->found = 0;
	hl_reads_walk_into(format, data, n, now_ms, room, one_read, p);
	publish(p);
	return p->found;
}

/* ---- match, score, rules ---- */

static void batch_free(struct batch *b)
{
	hl_catalog_unref(&b->catalog);
	free(b->read);
	free(b->sender);
	free(b->hit);
	free(b->matched);
	free(b->faulty);
	free(b->why);
	free(b);
}

/* Something is to be written of it: also what takes back something that was told. */
static bool is_told(const struct hl_hit *h)
{
	return h->decision != HL_DROP || h->fell;
}

/* A batch of the reads that have a hit that the rules let through; the others are settled on the spot. NULL where none has. */
static struct batch *batch_of(struct hl_pipeline *p, struct hl_catalog *c, const struct hl_hit *hits, size_t n_hits)
{
	size_t place[HL_BATCH_READS], n_reads = 0, n = 0;
	bool has[HL_BATCH_READS] = { false };
	for (size_t i = 0; i < n_hits; i++)
		if (is_told(&hits[i])) {
			has[hits[i].read] = true;
			n++;
		}
	for (size_t i = 0; i < p->n; i++)
		if (has[i])
			place[i] = n_reads++;
	if (!n)
		return NULL;
	struct batch *b = hl_calloc(1, sizeof *b);
	*b = (struct batch){ .o = p->o, .catalog = hl_catalog_ref(c), .n_reads = n_reads };
	b->read = hl_calloc(n_reads, sizeof b->read[0]);
	b->sender = hl_calloc(n_reads, sizeof b->sender[0]);
	b->hit = hl_calloc(n, sizeof b->hit[0]);
	b->matched = hl_calloc(n_reads, sizeof b->matched[0]);
	b->faulty = hl_calloc(n_reads, sizeof b->faulty[0]);
	b->why = hl_calloc(n_reads, sizeof b->why[0]);
	for (size_t i = 0; i < p->n; i++)
		if (has[i]) {
			b->read[place[i]] = p->read[i];
			b->sender[place[i]] = p->sender[i];
		}
	for (size_t i = 0; i < n_hits; i++)
		if (is_told(&hits[i])) {
			b->hit[b->n_hits] = hits[i];
			b->hit[b->n_hits++].read = (uint32_t)place[hits[i].read];
		}
	return b;
}

static void settle_misses(struct hl_pipeline *p, const struct hl_hit *hits, size_t n_hits)
{
	bool has[HL_BATCH_READS] = { false };
	int64_t misses = 0;
	for (size_t i = 0; i < n_hits; i++)
		has[hits[i].read] |= is_told(&hits[i]);
	for (size_t i = 0; i < p->n; i++)
		misses += !has[i];
	p->o.counters->discarded += misses;
	for (size_t i = 0; i < p->n; i++)
		if (!has[i])
			settle(&p->o, &p->sender[i], p->read[i].id, NULL);
}

static enum hl_code batch_run(struct hl_store *s, void *arg, struct hl_err *err);
static void batch_done(void *arg, enum hl_code code, const struct hl_err *err);

/* Takes b. */
static void hand_over(struct hl_pipeline *p, struct batch *b, int64_t now_ms)
{
	b->now_ms = now_ms;
	p->o.counters->submitted += (int64_t)b->n_reads;
	p->o.counters->hits += (int64_t)b->n_hits;
	hl_crash_point("pipeline.decided");
	struct hl_job job = { .run = batch_run, .done = batch_done, .arg = b, .must = true };
	struct hl_err err;
	if (hl_storethread_submit(p->o.store, &job)) {
		hl_err_set(&err, HL_E_UNAVAIL, "the daemon is stopping");
		batch_done(b, HL_E_UNAVAIL, &err);
	}
}

/* The shadow rules come when everything that counts is on its way. */
static void decide_beside(struct hl_pipeline *p, const struct hl_catalog *c, const struct hl_hit *hits, size_t n_hits, int64_t now_ms)
{
	const struct hl_hit *next;
	struct hl_decide_opts o = { .now_ms = now_ms, .passages = hl_shadow_passages(p->o.shadow), .kept_only = true, .found_by = c->shadow_reaches ? p->decider : NULL };
	if (!p->beside)
		p->beside = hl_decider_new();
	size_t n = hl_decide(c->shadow, p->beside, p->read, p->n, &o, &next);
	hl_shadow_compare(p->o.shadow, c, p->read, hits, n_hits, next, n, now_ms);
}

void hl_pipeline_flush(struct hl_pipeline *p, int64_t now_ms)
{
	if (!p->n)
		return;
	hl_crash_point("pipeline.decoded");
	publish(p);
	struct hl_catalog *c = hl_live_get(p->o.live);
	const struct hl_hit *hits;
	struct hl_decide_opts o = { .now_ms = now_ms, .passages = p->o.passages, .kept_only = true };
	size_t n_hits = hl_decide(c, p->decider, p->read, p->n, &o, &hits);
	settle_misses(p, hits, n_hits);
	struct batch *b = batch_of(p, c, hits, n_hits);
	if (b)
		hand_over(p, b, now_ms);
	if (c->shadow && p->o.shadow)
		decide_beside(p, c, hits, n_hits, now_ms);
	hl_catalog_unref(&c);
	p->n = 0;
}

/* ---- the store thread ---- */

static void note(struct batch *b, uint32_t read, const struct hl_recorded *r)
{
	switch (r->outcome) {
	case HL_OUT_CREATED:
		b->alerts++;
		b->matched[read] = true;
		break;
	case HL_OUT_UPDATED:
	case HL_OUT_SIGHTED:
		b->updates++;
		b->matched[read] = true;
		break;
	case HL_OUT_COUNTED:
		b->why[read] = HL_SUP_PASSAGE;
		break;
	case HL_OUT_SUPPRESSED:
	case HL_OUT_DUPLICATE:
		b->why[read] = r->why;
		break;
	}
}

/* A fault of ours that trying again can't mend. Its read is neither acknowledged nor forgotten: it is told, and the others go on. */
static void fault(struct batch *b, uint32_t read, const struct hl_err *err)
{
	hl_log(HL_LOG_ERROR, "read %s of camera %s could not be recorded: %s", b->read[read].id, b->read[read].camera, err->text);
	b->faulty[read] = true; /* another vehicle's alert may have been made all the same */
	b->faults++;
}

/* Matched against a catalog that is no longer the one that holds: whether the entry still stands is looked at once more (daemon/watch.c), since the look after the
 * swap was perhaps before this. */
static enum hl_code look_again(struct hl_store *s, const struct batch *b, const struct hl_recorded *r, struct hl_err *err)
{
	if (r->outcome != HL_OUT_CREATED && r->outcome != HL_OUT_UPDATED && r->outcome != HL_OUT_SIGHTED)
		return HL_OK;
	struct hl_catalog *live = hl_live_get(b->o.live);
	bool old = live != b->catalog;
	hl_catalog_unref(&live);
	return old ? s->ops->watch_set(s, r->alert, NULL, b->now_ms, err) : HL_OK;
}

/* All hits of one read together: its entries may be of one vehicle. */
static enum hl_code record_read(struct hl_store *s, struct batch *b, size_t first, size_t n, struct hl_err *err)
{
	const struct hl_read *read = &b->read[b->hit[first].read];
	const struct hl_hit **h = hl_calloc(n, sizeof *h);
	struct hl_recorded *out = hl_calloc(n, sizeof *out);
	for (size_t i = 0; i < n; i++)
		h[i] = &b->hit[first + i];
	enum hl_code rc = hl_record_hits(s, b->catalog, read, h, n, b->now_ms, out, err);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = look_again(s, b, &out[i], err);
		if (!rc)
			note(b, h[i]->read, &out[i]);
		b->inhibited += !rc && out[i].inhibited;
	}
	free(h);
	free(out);
	return rc;
}

const char hl_settled_fault[] = "internal fault, see the log";

static enum hl_code tell_decided(struct hl_store *s, const struct batch *b, struct hl_err *err)
{
	struct hl_decided v[HL_BATCH_READS];
	if (!b->o.decided)
		return HL_OK;
	for (size_t i = 0; i < b->n_reads; i++)
		v[i] = (struct hl_decided){ .routing = b->sender[i].id, .routing_n = b->sender[i].n, .faulty = b->faulty[i] };
	return b->o.decided(b->o.settled_arg, s, v, b->n_reads, err);
}

static enum hl_code batch_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct batch *b = arg;
	b->alerts = b->updates = b->inhibited = b->faults = 0;
	memset(b->matched, 0, b->n_reads * sizeof b->matched[0]);
	memset(b->why, 0, b->n_reads * sizeof b->why[0]);
	memset(b->faulty, 0, b->n_reads * sizeof b->faulty[0]);
	for (size_t i = 0, n; i < b->n_hits; i += n) {
		for (n = 1; i + n < b->n_hits && b->hit[i + n].read == b->hit[i].read;)
			n++;
		enum hl_code rc = record_read(s, b, i, n, err);
		if (rc == HL_E_IO)
			return rc; /* the whole group goes back and is tried again: no half-written read */
		if (rc)
			fault(b, b->hit[i].read, err);
	}
	return tell_decided(s, b, err) == HL_E_IO ? HL_E_IO : HL_OK;
}

static void count(struct batch *b)
{
	struct hl_counters *k = b->o.counters;
	for (size_t i = 0; i < b->n_reads; i++) {
		if (b->faulty[i]) {
			k->failed++;
		} else if (b->matched[i]) {
			k->matched++;
		} else {
			k->suppressed++;
			k->by_reason[b->why[i]]++;
		}
	}
	k->alerts += b->alerts;
	k->updates += b->updates;
	k->inhibited += b->inhibited;
}

static void batch_done(void *arg, enum hl_code code, const struct hl_err *err)
{
	struct batch *b = arg;
	if (code) {
		b->o.counters->failed += (int64_t)b->n_reads;
		hl_log(HL_LOG_ERROR, "%zu reads could not be committed before the stop: %s", b->n_reads, err->text);
	} else {
		count(b);
		hl_crash_point("pipeline.committed");
		for (size_t i = 0; i < b->n_reads; i++)
			settle(&b->o, &b->sender[i], b->read[i].id, b->faulty[i] ? hl_settled_fault : NULL);
		if (b->o.outbox_changed && b->alerts + b->updates + b->faults)
			b->o.outbox_changed(b->o.outbox_arg);
	}
	batch_free(b);
}
