/* ingest_stream.c: see ingest_stream.h. The thread blocks in Redis for half a second at most, or while as many entries are under way as the window has room for: what is
 * not taken stays in the stream, where it takes no memory of ours.
 *
 * The way of an entry: read or claimed -> a slot -> hl_pipeline_put (its routing is the slot) -> each of its reads is settled -> acknowledged. A read that nothing comes of is settled
 * on this thread, and its entry acknowledged with others in the next turn; a hit's is acknowledged in the group that writes it (`decided`), where the store can do that, else
 * after its commit. An entry with a read that could not be recorded is not acknowledged: it is tried again, and ends among the dead letters.
 */
#include "daemon/ingest_stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/redis_stream.h"

enum { BLOCK_MS = 500, BUSY_BLOCK_MS = 20, PAUSE_MS = 500 };

/* An entry under way. left: its reads that are not settled, once `whole`: all of them were found. */
struct slot {
	char id[HL_STREAM_ID_MAX];
	int64_t left;
	bool used, whole, fault, acked;
};

struct hl_ingest_stream {
	pthread_t thread;
	struct hl_stream_conf conf;
	struct hl_stream *stream;
	const struct hl_read_format *format;
	struct hl_pipeline *pipeline;
	struct hl_counters *counters;
	char source[HL_TEXT_LONG];
	int64_t claim_after_ms, tries, claim_at_ms, began_ms;
	bool in_store; /* the store acknowledges */
	atomic_bool stopping;
	_Atomic int64_t deadline_ms;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t moved;
	struct slot *slot;
	size_t window, used;
	char (*ack)[HL_STREAM_ID_MAX]; /* to be acknowledged by the thread */
	size_t n_acks, cap_acks;
};

/* ---- slots, under the lock ---- */

static size_t take_slot(struct hl_ingest_stream *in, const char *id)
{
	size_t i = 0;
	while (in->slot[i].used)
		i++;
	in->slot[i] = (struct slot){ .used = true };
	hl_copy(in->slot[i].id, sizeof in->slot[i].id, id);
	in->used++;
	return i;
}

static void add_ack(struct hl_ingest_stream *in, const char *id)
{
	if (in->n_acks == in->cap_acks) {
		in->cap_acks = in->cap_acks ? 2 * in->cap_acks : 256;
		in->ack = hl_realloc(in->ack, in->cap_acks, sizeof in->ack[0]);
	}
	hl_copy(in->ack[in->n_acks++], sizeof in->ack[0], id);
}

static void end_if_settled(struct hl_ingest_stream *in, struct slot *s)
{
	if (!s->whole || s->left)
		return;
	if (!s->fault && !s->acked)
		add_ack(in, s->id);
	s->used = false;
	in->used--;
	pthread_cond_signal(&in->moved);
}

static struct slot *slot_of(struct hl_ingest_stream *in, const void *routing)
{
	size_t i;
	memcpy(&i, routing, sizeof i);
	return &in->slot[i];
}

/* From either thread: the fate of one read is settled. What can't be read is among the rejects, and settled too. */
static void settled(void *arg, const void *routing, size_t routing_n, const char *read_id, const char *why)
{
	struct hl_ingest_stream *in = arg;
	(void)routing_n;
	(void)read_id;
	pthread_mutex_lock(&in->lock);
	struct slot *s = slot_of(in, routing);
	s->left--;
	s->fault |= why == hl_settled_fault;
	end_if_settled(in, s);
	pthread_mutex_unlock(&in->lock);
}

/* On the store thread, in the group that holds these reads' decisions: entries of which nothing else is open are acknowledged with it. Where the group goes back and is
 * run again, so is this. */
static enum hl_code decided(void *arg, struct hl_store *s, const struct hl_decided *v, size_t n, struct hl_err *err)
{
	struct hl_ingest_stream *in = arg;
	const char *id[HL_BATCH_READS];
	size_t n_ids = 0;
	pthread_mutex_lock(&in->lock);
	for (size_t i = 0; i < n; i++) {
		struct slot *e = slot_of(in, v[i].routing);
		int64_t here = 0;
		bool fault = e->fault, first = true;
		for (size_t k = 0; k < n; k++) {
			if (slot_of(in, v[k].routing) != e)
				continue;
			first &= k >= i;
			fault |= v[k].faulty;
			here++;
		}
		e->acked = e->whole && !fault && e->left == here;
		if (first && e->acked)
			id[n_ids++] = e->id;
	}
	pthread_mutex_unlock(&in->lock);
	/* The ids stay: their slots are freed when these reads are settled, after this. */
	return n_ids ? s->ops->ack(s, in->conf.stream, in->conf.group, id, n_ids, err) : HL_OK;
}

/* ---- the thread ---- */

static void tell(struct hl_ingest_stream *in, const struct hl_err *err)
{
	static unsigned long left_out;
	hl_log_limited(&left_out, HL_LOG_ERROR, "%s: %s; its reads wait there, trying again", in->source, err->text);
}

static struct timespec in_ms(int64_t ms)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

/* Until something moves, or for so long. */
static void wait_some(struct hl_ingest_stream *in, int64_t ms)
{
	struct timespec ts = in_ms(ms);
	pthread_mutex_lock(&in->lock);
	if (!in->n_acks)
		pthread_cond_timedwait(&in->moved, &in->lock, &ts);
	pthread_mutex_unlock(&in->lock);
}

/* The server is away: what moves here is of no use. */
static void pause_after(struct hl_ingest_stream *in, const struct hl_err *err)
{
	struct timespec ts = in_ms(PAUSE_MS);
	tell(in, err);
	pthread_mutex_lock(&in->lock);
	while (!in->stopping && pthread_cond_timedwait(&in->moved, &in->lock, &ts) != ETIMEDOUT)
		continue;
	pthread_mutex_unlock(&in->lock);
}

/* Sends what is to be acknowledged, in batches; what could not be sent stays. */
static enum hl_code send_acks(struct hl_ingest_stream *in, struct hl_err *err)
{
	char (*id)[HL_STREAM_ID_MAX] = hl_calloc(HL_STREAM_BATCH, sizeof *id);
	enum hl_code rc = HL_OK;
	for (size_t n = HL_STREAM_BATCH; !rc && n == HL_STREAM_BATCH;) {
		pthread_mutex_lock(&in->lock);
		n = in->n_acks < HL_STREAM_BATCH ? in->n_acks : HL_STREAM_BATCH;
		memcpy(id, in->ack + (in->n_acks - n), n * sizeof *id);
		in->n_acks -= n;
		pthread_mutex_unlock(&in->lock);
		hl_crash_point("stream.acking");
		rc = n ? hl_stream_ack(in->stream, (const char (*)[HL_STREAM_ID_MAX])id, n, err) : HL_OK;
		pthread_mutex_lock(&in->lock);
		for (size_t i = 0; rc && i < n; i++)
			add_ack(in, id[i]);
		pthread_mutex_unlock(&in->lock);
	}
	free(id);
	return rc;
}

static void put(struct hl_ingest_stream *in, struct hl_stream_entry *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pthread_mutex_lock(&in->lock);
		size_t slot = take_slot(in, v[i].id);
		pthread_mutex_unlock(&in->lock);
		in->counters->stream_entries++;
		size_t found = hl_pipeline_put(in->pipeline, in->format, &slot, sizeof slot, v[i].payload, v[i].n, hl_clock_real_ms());
		pthread_mutex_lock(&in->lock);
		struct slot *s = &in->slot[slot];
		s->left += (int64_t)found;
		s->whole = true;
		end_if_settled(in, s);
		pthread_mutex_unlock(&in->lock);
		hl_stream_entry_wipe(&v[i]);
	}
	hl_pipeline_flush(in->pipeline, hl_clock_real_ms());
}

static size_t room(struct hl_ingest_stream *in)
{
	pthread_mutex_lock(&in->lock);
	size_t n = in->window - in->used;
	pthread_mutex_unlock(&in->lock);
	return n < HL_STREAM_BATCH ? n : HL_STREAM_BATCH;
}

/* Entries that somebody got and did not acknowledge: at the start our own, later those of nodes that have gone, and our own that failed. */
static enum hl_code claim(struct hl_ingest_stream *in, bool own, size_t *got, struct hl_err *err)
{
	struct hl_stream_entry v[HL_STREAM_BATCH];
	char (*busy)[HL_STREAM_ID_MAX];
	/* At the start: what was given out before it, and not what was claimed since. */
	int64_t idle_ms = own ? hl_clock_mono_ms() - in->began_ms + 1 : in->claim_after_ms;
	struct hl_stream_claim c = { .idle_ms = idle_ms, .tries = in->tries, .own = own };
	size_t max = room(in), dead = 0;
	pthread_mutex_lock(&in->lock);
	busy = hl_calloc(in->window + in->n_acks, sizeof *busy);
	for (size_t i = 0; i < in->window; i++)
		if (in->slot[i].used)
			hl_copy(busy[c.n_busy++], sizeof *busy, in->slot[i].id);
	for (size_t i = 0; i < in->n_acks; i++) /* decided, only not acknowledged yet */
		hl_copy(busy[c.n_busy++], sizeof *busy, in->ack[i]);
	pthread_mutex_unlock(&in->lock);
	c.busy = (const char (*)[HL_STREAM_ID_MAX])busy;
	*got = 0;
	enum hl_code rc = max ? hl_stream_claim(in->stream, &c, v, max, got, &dead, err) : HL_OK;
	free(busy);
	in->counters->stream_claimed += (int64_t)*got;
	in->counters->stream_dead += (int64_t)dead;
	if (dead)
		hl_log(HL_LOG_ERROR, "%s: %zu entries were given out %lld times and never decided: they are in the stream %s:dead", in->source, dead, (long long)in->tries,
		       in->conf.stream);
	put(in, v, *got);
	return rc;
}

static enum hl_code one_turn(struct hl_ingest_stream *in, struct hl_err *err)
{
	struct hl_stream_entry v[HL_STREAM_BATCH];
	size_t max = room(in), n = 0;
	enum hl_code rc = send_acks(in, err);
	if (!rc && hl_clock_mono_ms() >= in->claim_at_ms) {
		rc = claim(in, false, &n, err);
		in->claim_at_ms = hl_clock_mono_ms() + in->claim_after_ms / 2;
	}
	if (rc)
		return rc;
	max = room(in);
	if (!max) {
		wait_some(in, BUSY_BLOCK_MS);
		return HL_OK;
	}
	rc = hl_stream_read(in->stream, v, max, max < in->window ? BUSY_BLOCK_MS : BLOCK_MS, &n, err);
	hl_crash_point("stream.received");
	put(in, v, n);
	return rc;
}

/* What this node had when it ended. Claiming counts as a try, so that a read that ends the process does not do so for ever. */
static void take_up(struct hl_ingest_stream *in)
{
	struct hl_err err = { 0 };
	size_t got = 1;
	in->began_ms = hl_clock_mono_ms();
	while (got && !in->stopping) {
		enum hl_code rc = send_acks(in, &err);
		if (!rc)
			rc = claim(in, true, &got, &err);
		if (rc)
			pause_after(in, &err);
		else if (!got && !room(in))
			wait_some(in, BUSY_BLOCK_MS);
		got = got || rc || !room(in);
	}
}

static void drain(struct hl_ingest_stream *in)
{
	struct hl_err err;
	hl_pipeline_flush(in->pipeline, hl_clock_real_ms());
	for (;;) {
		send_acks(in, &err);
		pthread_mutex_lock(&in->lock);
		bool over = !in->used && !in->n_acks;
		pthread_mutex_unlock(&in->lock);
		if (over || hl_clock_mono_ms() >= in->deadline_ms)
			return;
		wait_some(in, BUSY_BLOCK_MS);
	}
}

static void *stream_main(void *arg)
{
	struct hl_ingest_stream *in = arg;
	struct hl_err err = { 0 };
	take_up(in);
	while (!in->stopping) {
		if (one_turn(in, &err))
			pause_after(in, &err);
	}
	drain(in);
	return NULL;
}

/* ---- life ---- */

enum hl_code hl_ingest_stream_conf(const struct hl_ingest_redis *r, const char *state, struct hl_stream_conf *out, struct hl_err *err)
{
	*out = (struct hl_stream_conf){ 0 };
	hl_settings_redis_place(&r->at, &out->at);
	hl_copy(out->stream, sizeof out->stream, r->stream);
	hl_copy(out->group, sizeof out->group, r->group);
	return hl_redis_node(state, true, out->consumer, err);
}

static void stream_free(struct hl_ingest_stream *in)
{
	hl_stream_close(&in->stream);
	hl_pipeline_free(&in->pipeline);
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->moved);
	free(in->slot);
	free(in->ack);
	free(in);
}

static struct hl_ingest_stream *stream_new(const struct hl_ingest_stream_opts *o)
{
	struct hl_ingest_stream *in = hl_calloc(1, sizeof *in);
	in->format = hl_read_format_find(o->conf->format);
	in->counters = o->pipeline.counters;
	in->claim_after_ms = o->conf->claim_after_ms;
	in->tries = o->conf->tries;
	in->window = (size_t)o->conf->window;
	in->slot = hl_calloc(in->window, sizeof in->slot[0]);
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->moved, NULL);
	return in;
}

enum hl_code hl_ingest_stream_start(struct hl_ingest_stream **out, const struct hl_ingest_stream_opts *o, struct hl_err *err)
{
	struct hl_ingest_stream *in = stream_new(o);
	struct hl_pipeline_opts p = o->pipeline;
	char name[HL_REDIS_HOST_MAX + 8];
	enum hl_code rc = hl_ingest_stream_conf(o->conf, o->state, &in->conf, err);
	if (!rc)
		rc = hl_stream_open(&in->stream, &in->conf, err);
	if (rc) {
		stream_free(in);
		return rc;
	}
	hl_redis_where_name(&in->conf.at, name, sizeof name);
	snprintf(in->source, sizeof in->source, "redis %.150s %s", name, in->conf.stream);
	in->in_store = hl_redis_same_server(o->store, &in->conf.at);
	p.source = in->source;
	p.settled = settled;
	p.settled_arg = in;
	p.decided = in->in_store ? decided : NULL;
	in->pipeline = hl_pipeline_new(&p);
	int e = pthread_create(&in->thread, NULL, stream_main, in);
	if (e) {
		stream_free(in);
		return hl_err_set(err, HL_E_INTERNAL, "ingest thread: %s", strerror(e));
	}
	*out = in;
	return HL_OK;
}

void hl_ingest_stream_stop(struct hl_ingest_stream *in, int64_t deadline_ms)
{
	in->deadline_ms = hl_clock_mono_ms() + deadline_ms;
	in->stopping = true;
}

void hl_ingest_stream_join(struct hl_ingest_stream *in)
{
	pthread_join(in->thread, NULL);
}

void hl_ingest_stream_free(struct hl_ingest_stream **in)
{
	if (*in)
		stream_free(*in);
	*in = NULL;
}
