/* test_crew.c: every job once, whatever the number of threads; on the caller's thread in order where there is one; all done on return. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/crew.h"

enum { JOBS = 1000 };

struct seen {
	unsigned times[JOBS]; /* each job writes its own alone, so no atomic: a second run of a job would be a race as well */
	size_t order[JOBS], n;
	atomic_size_t total;
	pthread_t caller;
	atomic_uint elsewhere;
};

static void count(void *arg, size_t i)
{
	struct seen *s = arg;
	s->times[i]++;
	atomic_fetch_add(&s->total, i);
	atomic_fetch_add(&s->elsewhere, !pthread_equal(pthread_self(), s->caller));
}

static void note_order(void *arg, size_t i)
{
	struct seen *s = arg;
	s->order[s->n++] = i;
	ck_assert(pthread_equal(pthread_self(), s->caller));
}

START_TEST(test_each_job_once)
{
	static const unsigned threads[] = { 1, 2, 3, 8, HL_CREW_MAX, 100000 };
	static const size_t jobs[] = { 1, 2, 7, JOBS };
	for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++)
		for (size_t j = 0; j < sizeof jobs / sizeof jobs[0]; j++) {
			struct seen s = { .caller = pthread_self() };
			struct hl_crew crew = { .threads = threads[t] };
			hl_crew_run(&crew, count, &s, jobs[j]);
			for (size_t i = 0; i < JOBS; i++)
				ck_assert_uint_eq(s.times[i], i < jobs[j]);
			ck_assert_uint_eq(atomic_load(&s.total), jobs[j] * (jobs[j] - 1) / 2);
		}
}
END_TEST

START_TEST(test_one_thread_is_the_callers)
{
	static const struct hl_crew none = { 0 }, one = { 1 };
	const struct hl_crew *const crews[] = { NULL, &none, &one };
	for (size_t c = 0; c < 3; c++) {
		struct seen s = { .caller = pthread_self() };
		hl_crew_run(crews[c], note_order, &s, 20);
		ck_assert_uint_eq(s.n, 20);
		for (size_t i = 0; i < 20; i++)
			ck_assert_uint_eq(s.order[i], i);
	}
}
END_TEST

START_TEST(test_no_job)
{
	struct seen s = { .caller = pthread_self() };
	struct hl_crew crew = { .threads = 4 };
	hl_crew_run(&crew, count, &s, 0);
	ck_assert_uint_eq(atomic_load(&s.total), 0);
	ck_assert_uint_eq(s.times[0], 0);
}
END_TEST

struct meeting {
	pthread_barrier_t both;
	atomic_uint came;
};

/* Passes only where the other job runs at the same time. */
static void meet(void *arg, size_t i)
{
	struct meeting *m = arg;
	(void)i;
	pthread_barrier_wait(&m->both);
	atomic_fetch_add(&m->came, 1);
}

START_TEST(test_at_once)
{
	struct meeting m;
	struct hl_crew crew = { .threads = 2 };
	ck_assert_int_eq(pthread_barrier_init(&m.both, NULL, 2), 0);
	atomic_init(&m.came, 0);
	hl_crew_run(&crew, meet, &m, 2);
	ck_assert_uint_eq(atomic_load(&m.came), 2);
	pthread_barrier_destroy(&m.both);
}
END_TEST

static void nested(void *arg, size_t i)
{
	struct seen *all = arg;
	struct hl_crew crew = { .threads = 2 };
	(void)i;
	struct seen s = { .caller = pthread_self() };
	hl_crew_run(&crew, count, &s, 10);
	atomic_fetch_add(&all->total, atomic_load(&s.total));
}

START_TEST(test_within_a_job)
{
	struct seen s = { .caller = pthread_self() };
	struct hl_crew crew = { .threads = 3 };
	hl_crew_run(&crew, nested, &s, 5);
	ck_assert_uint_eq(atomic_load(&s.total), 5 * 45);
}
END_TEST

START_TEST(test_processors)
{
	ck_assert_uint_ge(hl_crew_processors(), 1);
	ck_assert_uint_le(hl_crew_processors(), HL_CREW_MAX);
	unsigned all = hl_crew_processors();
	hl_crew_keep(1);
	ck_assert_uint_eq(hl_crew_processors(), all > 1 ? all - 1 : 1);
	hl_crew_keep(1000);
	ck_assert_uint_eq(hl_crew_processors(), 1);
	hl_crew_keep(0);
	ck_assert_uint_eq(hl_crew_processors(), all);
}
END_TEST

UNIT_MAIN("crew", test_each_job_once, test_one_thread_is_the_callers, test_no_job, test_at_once, test_within_a_job, test_processors)
