/* The store thread on the real SQLite store: grouping, order, failures, back-pressure, and that accepted work is kept until the store takes it. */
#include "daemon/storethread.h"
#include "daemon/totals.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "tmpdir.h"
#include "unit.h"

static struct hl_counters counters;
static struct hl_storethread *thread;

static void begin(size_t inbox)
{
	struct hl_err err = { 0 };
	hl_log_open(HL_LOG_ERROR, 0);
	memset(&counters, 0, sizeof counters);
	tmp_make();
	struct hl_storethread_opts o = { .store = "sqlite", .state = tmp_dir, .flush_ms = 1, .inbox = inbox, .counters = &counters };
	ck_assert_msg(hl_storethread_start(&thread, &o, &err) == HL_OK, "%s", err.text);
}

static void end(void)
{
	struct hl_err err = { 0 };
	hl_storethread_stop(&thread, 5000);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}

struct work {
	_Atomic int runs, dones;
	_Atomic int fail_first; /* that many runs end with HL_E_IO */
	_Atomic int code;
	int order;
};

static atomic_int order;

static enum hl_code work_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct work *w = arg;
	ck_assert_ptr_nonnull(s);
	w->runs++;
	if (w->fail_first > 0) {
		w->fail_first--;
		return hl_err_set(err, HL_E_IO, "the disk is full");
	}
	return HL_OK;
}

static void work_done(void *arg, enum hl_code code, const struct hl_err *err)
{
	struct work *w = arg;
	(void)err;
	w->code = (int)code;
	w->order = atomic_fetch_add(&order, 1);
	w->dones++;
}

static void put(struct work *w, bool must)
{
	struct hl_job job = { .run = work_run, .done = work_done, .arg = w, .must = must };
	ck_assert_int_eq(hl_storethread_submit(thread, &job), HL_OK);
}

static enum hl_code nothing(struct hl_store *s, void *arg, struct hl_err *err)
{
	(void)s;
	(void)arg;
	(void)err;
	return HL_OK;
}

START_TEST(jobs_run_once_in_order)
{
	static struct work w[500];
	struct hl_err err = { 0 };
	memset(w, 0, sizeof w);
	order = 0;
	begin(64);
	for (int i = 0; i < 500; i++)
		put(&w[i], true);
	ck_assert_int_eq(hl_storethread_call(thread, nothing, NULL, &err), HL_OK);
	for (int i = 0; i < 500; i++) {
		ck_assert_int_eq(w[i].runs, 1);
		ck_assert_int_eq(w[i].dones, 1);
		ck_assert_int_eq(w[i].order, i);
		ck_assert_int_eq(w[i].code, HL_OK);
	}
	ck_assert_int_lt(counters.commits, 500); /* grouped */
	end();
}
END_TEST

START_TEST(accepted_work_outlives_a_full_disk)
{
	struct work must = { .fail_first = 2 }, other = { 0 }, may = { 0 };
	struct hl_err err = { 0 };
	begin(64);
	put(&other, true);
	put(&must, true);
	put(&may, false);
	while (!must.dones || !other.dones)
		hl_storethread_call(thread, nothing, NULL, &err);
	ck_assert_int_eq(must.runs, 3);
	ck_assert_int_eq(must.dones, 1);
	ck_assert_int_eq(must.code, HL_OK);
	ck_assert_int_eq(other.dones, 1);
	ck_assert_int_eq(other.code, HL_OK);
	ck_assert_int_eq(may.dones, 1);
	ck_assert_int_ge(counters.commit_failures, 2);
	end();
}
END_TEST

static enum hl_code half_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	ck_assert_int_eq(s->ops->totals_add(s, 0, &(struct hl_total){ "half", 1 }, 1, err), HL_OK);
	return arg ? hl_err_set(err, HL_E_LIMIT, "the second part") : HL_OK;
}

/* What a job has written before it failed is not there, and what others have written is. */
START_TEST(a_job_that_fails_halfway_leaves_nothing)
{
	struct hl_err err = { 0 };
	struct hl_store *r;
	struct hl_total *v;
	size_t n;
	int64_t first;
	begin(64);
	ck_assert_int_eq(hl_storethread_call(thread, half_run, NULL, &err), HL_OK);
	ck_assert_int_eq(hl_storethread_call(thread, half_run, &err, &err), HL_E_LIMIT);
	ck_assert_int_eq(hl_storethread_call(thread, half_run, NULL, &err), HL_OK);
	ck_assert_int_eq(hl_store_open(&r, "sqlite", tmp_dir, HL_STORE_READ, &err), HL_OK);
	ck_assert_int_eq(r->ops->totals_sum(r, HL_NO_TIME, HL_NO_TIME, &first, &v, &n, &err), HL_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(v[0].n, 2);
	free(v);
	hl_store_close(&r);
	end();
}
END_TEST

/* ---- a commit whose answer does not come ---- */

static struct hl_store_ops deaf;
static bool was_done;
static int questions;

static enum hl_code deaf_commit(struct hl_store *s, struct hl_err *err)
{
	s->ops = &hl_store_sqlite;
	if (was_done)
		ck_assert_int_eq(s->ops->commit(s, err), HL_OK);
	else
		s->ops->rollback(s);
	s->ops = &deaf;
	s->unsure = true;
	return hl_err_set(err, HL_E_IO, "no answer");
}

static enum hl_code deaf_settle(struct hl_store *s, bool *committed, struct hl_err *err)
{
	if (!questions++)
		return hl_err_set(err, HL_E_IO, "still no answer");
	*committed = was_done;
	s->unsure = false;
	s->ops = &hl_store_sqlite;
	return HL_OK;
}

static enum hl_code deafen_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct work *w = arg;
	if (!w->runs++) {
		deaf = hl_store_sqlite;
		deaf.commit = deaf_commit;
		deaf.settle = deaf_settle;
		s->ops = &deaf;
	}
	return half_run(s, NULL, err);
}

/* What was done is answered as done and not done twice; what was not is begun anew; neither is told to have failed. */
static void without_an_answer(bool done)
{
	struct hl_err err = { 0 };
	struct work w = { 0 };
	struct hl_store *r;
	struct hl_total *v;
	size_t n;
	int64_t first;
	was_done = done;
	questions = 0;
	begin(64);
	ck_assert_int_eq(hl_storethread_call(thread, deafen_run, &w, &err), HL_OK);
	ck_assert_int_eq(w.runs, was_done ? 1 : 2);
	ck_assert_int_eq(questions, 2);
	ck_assert_int_eq(hl_store_open(&r, "sqlite", tmp_dir, HL_STORE_READ, &err), HL_OK);
	ck_assert_int_eq(r->ops->totals_sum(r, HL_NO_TIME, HL_NO_TIME, &first, &v, &n, &err), HL_OK);
	ck_assert_int_eq(v[0].n, 1);
	free(v);
	hl_store_close(&r);
	end();
}

START_TEST(a_commit_that_was_done_without_an_answer_stands)
{
	without_an_answer(true);
}
END_TEST

START_TEST(a_commit_that_was_not_done_is_begun_anew)
{
	without_an_answer(false);
}
END_TEST

START_TEST(a_question_gets_the_failure)
{
	struct work w = { .fail_first = 1 };
	struct hl_err err = { 0 };
	begin(64);
	ck_assert_int_eq(hl_storethread_call(thread, work_run, &w, &err), HL_E_IO);
	ck_assert_str_eq(err.text, "the disk is full");
	ck_assert_int_eq(w.runs, 1);
	end();
}
END_TEST

START_TEST(a_stop_commits_what_is_queued)
{
	static struct work w[200];
	memset(w, 0, sizeof w);
	begin(1000);
	for (int i = 0; i < 200; i++)
		put(&w[i], true);
	end();
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(w[i].code == HL_OK && w[i].dones == 1, 1);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_ever)
{
	struct work w = { .fail_first = 1 << 30 };
	struct hl_err err = { 0 };
	begin(64);
	put(&w, true);
	hl_storethread_stop(&thread, 200);
	ck_assert_int_eq(w.dones, 1);
	ck_assert_int_eq(w.code, HL_E_IO);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

static void *flood(void *arg)
{
	struct work *w = arg;
	for (int i = 0; i < 2000; i++)
		put(w, true);
	return NULL;
}

START_TEST(producers_wait_at_a_full_inbox)
{
	static struct work w[4];
	pthread_t t[4];
	memset(w, 0, sizeof w);
	begin(8);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, flood, &w[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	end();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(w[i].dones, 2000);
}
END_TEST

static void *flood_a_full_disk(void *arg)
{
	struct work *w = arg;
	struct hl_job job = { .run = work_run, .done = work_done, .arg = w, .must = true };
	while (!w->dones && hl_storethread_submit(thread, &job) == HL_OK)
		;
	return NULL;
}

static void *ask(void *arg)
{
	struct hl_err err = { 0 };
	*(int *)arg = (int)hl_storethread_call(thread, nothing, NULL, &err);
	return NULL;
}

/* A disk that stays full: the group and the inbox hold all they can, a producer and one who asks are blocked. Stopping must reach them all, and offering
 * never blocks. */
START_TEST(the_end_reaches_who_is_blocked)
{
	struct work w = { .fail_first = INT32_MAX }, offered = { 0 };
	struct hl_job job = { .run = work_run, .done = work_done, .arg = &offered };
	int asked = -1;
	pthread_t producer, asker;
	begin(8);
	ck_assert_int_eq(pthread_create(&producer, NULL, flood_a_full_disk, &w), 0);
	while (hl_storethread_offer(thread, &job) != HL_E_AGAIN)
		;
	ck_assert_int_eq(pthread_create(&asker, NULL, ask, &asked), 0);
	hl_storethread_stop_by(thread, 300);
	pthread_join(producer, NULL);
	pthread_join(asker, NULL);
	ck_assert_int_ge(asked, HL_OK); /* that it ends is the point: in a group of its own it may even succeed */
	end();
	ck_assert_int_ge(w.dones, 1);
}
END_TEST

/* What the store has of "reads.in" over all hours. */
static int64_t total_in(void)
{
	struct hl_err err = { 0 };
	struct hl_store *r;
	struct hl_total *v;
	size_t n;
	int64_t first, sum = 0;
	ck_assert_msg(hl_store_open(&r, "sqlite", tmp_dir, HL_STORE_READ, &err) == HL_OK, "%s", err.text);
	ck_assert_int_eq(r->ops->totals_sum(r, HL_NO_TIME, HL_NO_TIME, &first, &v, &n, &err), HL_OK);
	for (size_t i = 0; i < n; i++)
		sum += strcmp(v[i].name, "reads.in") ? 0 : v[i].n;
	ck_assert(n == 0 || first % HL_TOTAL_MS == 0);
	free(v);
	hl_store_close(&r);
	return sum;
}

START_TEST(totals_go_along_with_a_group_and_are_whole_after_a_stop)
{
	struct work w = { .fail_first = 1 };
	struct hl_err err = { 0 };
	if (!hl_clock_shift(0))
		return; /* a build without test hooks */
	begin(64);
	counters.reads_in = 5;
	hl_storethread_call(thread, nothing, NULL, &err);
	ck_assert_int_eq(total_in(), 0); /* not with every group */
	ck_assert(hl_clock_shift(HL_TOTALS_EVERY_MS));
	hl_storethread_call(thread, nothing, NULL, &err);
	ck_assert_int_eq(total_in(), 5);
	counters.reads_in = 8;
	ck_assert(hl_clock_shift(HL_TOTALS_EVERY_MS));
	ck_assert_int_eq(hl_storethread_call(thread, work_run, &w, &err), HL_E_IO);
	hl_storethread_call(thread, nothing, NULL, &err);
	ck_assert_int_eq(total_in(), 8); /* once, though the first group went back */
	counters.reads_in = 10;
	hl_storethread_stop(&thread, 5000);
	ck_assert_int_eq(total_in(), 10);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

START_TEST(totals_of_a_second_start_are_added)
{
	struct hl_err err = { 0 };
	begin(64);
	counters.reads_in = 5;
	hl_storethread_stop(&thread, 5000);
	memset(&counters, 0, sizeof counters);
	struct hl_storethread_opts o = { .store = "sqlite", .state = tmp_dir, .flush_ms = 1, .inbox = 64, .counters = &counters };
	ck_assert_msg(hl_storethread_start(&thread, &o, &err) == HL_OK, "%s", err.text);
	counters.reads_in = 2;
	hl_storethread_stop(&thread, 5000);
	ck_assert_int_eq(total_in(), 7);
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

UNIT_MAIN("storethread", totals_go_along_with_a_group_and_are_whole_after_a_stop, totals_of_a_second_start_are_added, a_commit_that_was_done_without_an_answer_stands, a_commit_that_was_not_done_is_begun_anew, jobs_run_once_in_order, a_job_that_fails_halfway_leaves_nothing, accepted_work_outlives_a_full_disk, a_question_gets_the_failure, a_stop_commits_what_is_queued,
	  a_stop_does_not_wait_for_ever, producers_wait_at_a_full_inbox, the_end_reaches_who_is_blocked)
