/* test_background.c: work in the background gives way, and so do the threads of a crew that it uses; the caller's own priority stays. */
#include "config.h"

#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "base/crew.h"
#include "daemon/background.h"

struct seen {
	int nice;
	pthread_t worker;
	atomic_uint jobs, lowered, batch;
	pthread_barrier_t both;
};

static int nice_of_this_thread(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

/* Both at once, so that each has a thread of its own. */
static void job(void *arg, size_t i)
{
	struct seen *s = arg;
	(void)i;
	pthread_barrier_wait(&s->both);
	atomic_fetch_add(&s->jobs, 1);
	atomic_fetch_add(&s->lowered, nice_of_this_thread() > s->nice || s->nice >= 10);
	atomic_fetch_add(&s->batch, sched_getscheduler(0) == SCHED_BATCH);
}

static void work(void *arg)
{
	struct seen *s = arg;
	const struct hl_crew crew = { .threads = 2 };
	s->worker = pthread_self();
	hl_crew_run(&crew, job, s, 2);
}

START_TEST(test_crew_in_the_background)
{
	struct seen s = { .nice = nice_of_this_thread() };
	ck_assert_int_eq(pthread_barrier_init(&s.both, NULL, 2), 0);
	hl_background_run(work, &s);
	ck_assert(!pthread_equal(s.worker, pthread_self()));
	ck_assert_uint_eq(atomic_load(&s.jobs), 2);
	ck_assert_uint_eq(atomic_load(&s.lowered), 2);
	ck_assert_uint_eq(atomic_load(&s.batch), 2);
	ck_assert_int_eq(nice_of_this_thread(), s.nice);
	pthread_barrier_destroy(&s.both);
}
END_TEST

UNIT_MAIN("background", test_crew_in_the_background)
