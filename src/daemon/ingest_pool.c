/* ingest_pool.c: see ingest_pool.h. One mutex guards the queue and the states of the jobs; decoding and matching go on outside it.
 *
 * A job: filled by the ingest thread -> queued -> decoded and decided by a worker -> its numbers counted, once those of all jobs before it are -> free
 * again. There are a few jobs per thread and no more, which bounds memory and how far a quick worker may run ahead of a slow one.
 */
#include "daemon/ingest_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/mem.h"
#include "daemon/seqgap.h"

enum { JOB_MESSAGES = 64, JOB_BYTES = 64 << 10, JOBS_A_THREAD = 4 };

struct number {
	uint64_t camera;
	int64_t seq;
};

struct job {
	zmq_msg_t routing[JOB_MESSAGES], payload[JOB_MESSAGES];
	size_t n, bytes, reads;
	struct number *number;
	size_t n_numbers, numbers_cap;
	bool decided; /* under the lock */
};

struct worker {
	struct hl_ingest_pool *pool;
	pthread_t thread;
	struct hl_pipeline *pipeline;
	struct job *job;
};

/* Jobs are numbered as they are filled; job i lives in job[i % n_jobs]. counted <= taken <= filled <= counted + n_jobs. */
struct hl_ingest_pool {
	struct hl_ingest_pool_opts o;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	struct job *job;
	size_t n_jobs;
	uint64_t filled, taken, counted;
	bool stopping;
	struct hl_seqgap *gaps;
	struct worker *worker;
	unsigned n_workers;
};

/* ---- workers ---- */

static void note_number(void *arg, uint64_t camera, int64_t seq)
{
	struct job *j = ((struct worker *)arg)->job;
	if (j->n_numbers == j->numbers_cap) {
		j->numbers_cap = j->numbers_cap ? 2 * j->numbers_cap : JOB_MESSAGES;
		j->number = hl_realloc(j->number, j->numbers_cap, sizeof j->number[0]);
	}
	j->number[j->n_numbers++] = (struct number){ camera, seq };
}

static void decide(struct worker *w, struct job *j)
{
	const struct hl_ingest_pool *p = w->pool;
	w->job = j;
	j->reads = j->n_numbers = 0;
	for (size_t i = 0; i < j->n; i++) {
		j->reads += hl_pipeline_put(w->pipeline, p->o.format, zmq_msg_data(&j->routing[i]), zmq_msg_size(&j->routing[i]),
					    zmq_msg_data(&j->payload[i]), zmq_msg_size(&j->payload[i]), hl_clock_real_ms());
		zmq_msg_close(&j->payload[i]);
		zmq_msg_close(&j->routing[i]);
	}
	hl_pipeline_flush(w->pipeline, hl_clock_real_ms());
	if (p->o.found)
		p->o.found(p->o.found_arg, j->n, j->reads);
	j->n = j->bytes = 0;
}

/* Under the lock: the numbers of all jobs that are decided, as far as no earlier one is still under way. */
static void count_numbers(struct hl_ingest_pool *p)
{
	int64_t missing = 0;
	while (p->counted < p->taken && p->job[p->counted % p->n_jobs].decided) {
		struct job *j = &p->job[p->counted++ % p->n_jobs];
		for (size_t i = 0; i < j->n_numbers; i++)
			missing += hl_seqgap_put(p->gaps, j->number[i].camera, j->number[i].seq);
		j->decided = false;
	}
	if (missing)
		p->o.pipeline.counters->seq_gaps += missing;
	pthread_cond_signal(&p->room);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct hl_ingest_pool *p = w->pool;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->taken == p->filled && !p->stopping)
			pthread_cond_wait(&p->work, &p->lock);
		if (p->taken == p->filled)
			break;
		struct job *j = &p->job[p->taken++ % p->n_jobs];
		pthread_mutex_unlock(&p->lock);
		decide(w, j);
		pthread_mutex_lock(&p->lock);
		j->decided = true;
		count_numbers(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- the ingest thread ---- */

void hl_ingest_pool_put(struct hl_ingest_pool *p, void *routing, void *payload)
{
	/* `filled` is moved by this thread alone, and the job behind it is free: flush saw to it. */
	struct job *j = &p->job[p->filled % p->n_jobs];
	zmq_msg_init(&j->routing[j->n]);
	zmq_msg_init(&j->payload[j->n]);
	zmq_msg_move(&j->routing[j->n], routing);
	zmq_msg_move(&j->payload[j->n], payload);
	j->bytes += zmq_msg_size(&j->payload[j->n]);
	if (++j->n == JOB_MESSAGES || j->bytes >= JOB_BYTES)
		hl_ingest_pool_flush(p);
}

void hl_ingest_pool_flush(struct hl_ingest_pool *p)
{
	if (!p->job[p->filled % p->n_jobs].n)
		return;
	pthread_mutex_lock(&p->lock);
	p->filled++;
	pthread_cond_signal(&p->work);
	while (p->filled - p->counted == p->n_jobs)
		pthread_cond_wait(&p->room, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void hl_ingest_pool_drain(struct hl_ingest_pool *p)
{
	hl_ingest_pool_flush(p);
	pthread_mutex_lock(&p->lock);
	while (p->counted < p->filled)
		pthread_cond_wait(&p->room, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

/* ---- life ---- */

static enum hl_code start_worker(struct hl_ingest_pool *p, struct hl_err *err)
{
	struct worker *w = &p->worker[p->n_workers];
	struct hl_pipeline_opts o = p->o.pipeline;
	o.number = note_number;
	o.number_arg = w;
	w->pool = p;
	w->pipeline = hl_pipeline_new(&o);
	int e = pthread_create(&w->thread, NULL, worker_main, w);
	if (e) {
		hl_pipeline_free(&w->pipeline);
		return hl_err_set(err, HL_E_INTERNAL, "match thread: %s", strerror(e));
	}
	p->n_workers++;
	return HL_OK;
}

enum hl_code hl_ingest_pool_start(struct hl_ingest_pool **out, const struct hl_ingest_pool_opts *o, struct hl_err *err)
{
	struct hl_ingest_pool *p = hl_calloc(1, sizeof *p);
	enum hl_code rc = HL_OK;
	p->o = *o;
	p->n_jobs = (size_t)o->threads * JOBS_A_THREAD;
	p->job = hl_calloc(p->n_jobs, sizeof p->job[0]);
	p->worker = hl_calloc(o->threads, sizeof p->worker[0]);
	p->gaps = hl_seqgap_new();
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->room, NULL);
	for (unsigned i = 0; !rc && i < o->threads; i++)
		rc = start_worker(p, err);
	if (rc)
		hl_ingest_pool_stop(&p);
	*out = p;
	return rc;
}

void hl_ingest_pool_stop(struct hl_ingest_pool **pp)
{
	struct hl_ingest_pool *p = *pp;
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_workers; i++) {
		pthread_join(p->worker[i].thread, NULL);
		hl_pipeline_free(&p->worker[i].pipeline);
	}
	for (size_t i = 0; i < p->n_jobs; i++)
		free(p->job[i].number);
	hl_seqgap_free(&p->gaps);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->room);
	free(p->job);
	free(p->worker);
	free(p);
	*pp = NULL;
}
