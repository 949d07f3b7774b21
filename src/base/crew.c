/* crew.c: see crew.h. Threads take the next job from a shared counter, so that long jobs and short ones mix well. They are started for each call: a pool that
 * waits would have the priority of whoever made it, not of whoever asks. Any thread.
 */
#include "config.h"

#include "base/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct call {
	hl_crew_job job;
	void *arg;
	size_t n;
	atomic_size_t next;
};

static void *work(void *arg)
{
	struct call *c = arg;
	for (;;) {
		size_t i = atomic_fetch_add_explicit(&c->next, 1, memory_order_relaxed);
		if (i >= c->n)
			return NULL;
		c->job(c->arg, i);
	}
}

static unsigned threads_of(const struct hl_crew *crew, size_t n)
{
	unsigned threads = crew && crew->threads ? crew->threads : 1;
	threads = threads < HL_CREW_MAX ? threads : HL_CREW_MAX;
	return threads < n ? threads : (unsigned)n;
}

void hl_crew_run(const struct hl_crew *crew, hl_crew_job job, void *arg, size_t n)
{
	struct call c = { .job = job, .arg = arg, .n = n };
	pthread_t thread[HL_CREW_MAX];
	unsigned more = threads_of(crew, n), started = 0;
	atomic_init(&c.next, 0);
	while (started + 1 < more && pthread_create(&thread[started], NULL, work, &c) == 0)
		started++;
	work(&c);
	for (unsigned i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
}

static atomic_uint kept;

void hl_crew_keep(unsigned n)
{
	atomic_store(&kept, n);
}

unsigned hl_crew_processors(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set))
		return 1; /* more processors than the set has room for, or none of the system's business: one always works */
	int n = CPU_COUNT(&set) - (int)atomic_load(&kept);
	return n < 1 ? 1 : n > HL_CREW_MAX ? HL_CREW_MAX : (unsigned)n;
}
