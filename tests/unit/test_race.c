/* test_race.c: two officers who race for one alert, a thousand times, on the real SQLite store through the real store thread: one has it, the other is told so and joins.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json_out.h"
#include "daemon/storethread.h"
#include "engine/life.h"
#include "format/alert_json.h"
#include "tmpdir.h"

enum { RACES = 1000, T0 = 1000000 };

static struct hl_storethread *writer;
static struct hl_counters counters;
static atomic_int gate; /* how many have come to the start */

static void id_of(int race, char id[HL_ID_TEXT])
{
	snprintf(id, HL_ID_TEXT, "race-%04d", race);
}

static enum hl_code put(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	*a = (struct hl_alert){ .rev = 1, .time_ms = T0, .created_ms = T0, .priority = 1, .entry_expires_ms = HL_NO_TIME, .acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME,
				.passage_first_ms = T0, .passage_last_ms = T0, .passage_reads = 1 };
	id_of(*(const int *)arg, a->id);
	hl_copy(a->list, sizeof a->list, "stolen");
	hl_copy(a->entry_id, sizeof a->entry_id, "entry");
	hl_read_init(&a->read);
	hl_copy(a->read.camera, sizeof a->read.camera, "cam7");
	hl_copy(a->read.id, sizeof a->read.id, "r1");
	a->read.time_ms = T0;
	hl_plate_parse(&a->read.plate, "5SOW350", 7, NULL);
	hl_copy(a->read.plate_text, sizeof a->read.plate_text, "5SOW350");
	hl_copy(a->plate_read, sizeof a->plate_read, "5SOW350");
	hl_copy(a->plate_listed, sizeof a->plate_listed, "5SOW750");
	hl_json_init(&j, &body);
	hl_alert_write(a, &j, NULL);
	enum hl_code rc = s->ops->apply(s, &(struct hl_change){ .alert = a, .alert_body = body.data, .alert_body_n = body.len, .now_ms = T0 }, err);
	hl_buf_fini(&body);
	free(a);
	return rc;
}

struct officer {
	const char *name;
	int won, joined;
	char fault[HL_ERR_TEXT]; /* what went wrong, "" : nothing */
};

struct asked {
	const char *id;
	enum hl_transition t;
	const char *by;
};

static enum hl_code ask(struct hl_store *s, void *arg, struct hl_err *err)
{
	const struct asked *q = arg;
	struct hl_lived *l = hl_calloc(1, sizeof *l);
	enum hl_code rc = hl_life_transit(s, NULL, q->id, q->t, &(struct hl_act){ .by = q->by, .now_ms = T0 + 1000 }, l, err);
	free(l);
	return rc;
}

static void race(struct officer *o, int k)
{
	char id[HL_ID_TEXT];
	struct hl_err err = { 0 };
	id_of(k, id);
	atomic_fetch_add(&gate, 1);
	while (atomic_load(&gate) < 2 * (k + 1))
		sched_yield(); /* both start together: a wait that sleeps would let one be first each time */
	enum hl_code rc = hl_storethread_call(writer, ask, &(struct asked){ id, HL_T_ACK, o->name }, &err);
	o->won += rc == HL_OK;
	if (rc == HL_E_CONFLICT && strstr(err.text, "is acknowledged by ") && strstr(err.text, "; join it"))
		rc = hl_storethread_call(writer, ask, &(struct asked){ id, HL_T_JOIN, o->name }, &err), o->joined += rc == HL_OK;
	if (rc && !o->fault[0])
		hl_copy(o->fault, sizeof o->fault, err.text);
}

static void *run(void *arg)
{
	for (int k = 0; k < RACES; k++)
		race(arg, k);
	return NULL;
}

static void check_alert(struct hl_store *s, int k, const struct officer *one, const struct officer *two, int *first)
{
	struct hl_alert_row row;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	char id[HL_ID_TEXT];
	id_of(k, id);
	ck_assert_int_eq(s->ops->alert_get(s, id, &row, NULL), HL_OK);
	ck_assert_int_eq(hl_alert_parse(a, row.body, row.body_n, NULL), HL_OK);
	bool is_one = !strcmp(a->acknowledged_by, one->name);
	ck_assert_str_eq(a->acknowledged_by, is_one ? one->name : two->name);
	ck_assert_uint_eq(a->life.n_joined, 1);
	ck_assert_str_eq(a->life.joined[0], is_one ? two->name : one->name);
	ck_assert_int_eq(a->rev, 3);
	*first += is_one;
	free(row.body);
	free(a);
}

START_TEST(one_wins_and_the_other_joins_a_thousand_times)
{
	struct officer one = { .name = "smith" }, two = { .name = "jones" };
	struct hl_err err = { 0 };
	pthread_t thread[2];
	int first = 0;
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	tmp_make();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("state"), 0700, NULL), HL_OK);
	const struct hl_storethread_opts o = { .store = "sqlite", .state = tmp_path("state"), .flush_ms = 1, .inbox = 64, .counters = &counters };
	ck_assert_msg(hl_storethread_start(&writer, &o, &err) == HL_OK, "%s", err.text);
	for (int k = 0; k < RACES; k++)
		ck_assert_msg(hl_storethread_call(writer, put, &k, &err) == HL_OK, "%s", err.text);
	ck_assert(!pthread_create(&thread[0], NULL, run, &one) && !pthread_create(&thread[1], NULL, run, &two));
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	hl_storethread_stop(&writer, 10000);
	ck_assert_str_eq(one.fault, "");
	ck_assert_str_eq(two.fault, "");
	ck_assert_int_eq(one.won + two.won, RACES);
	ck_assert_int_eq(one.joined, two.won);
	ck_assert_int_eq(two.joined, one.won);
	struct hl_store *s;
	ck_assert_int_eq(hl_store_open(&s, "sqlite", tmp_path("state"), HL_STORE_READ, NULL), HL_OK);
	for (int k = 0; k < RACES; k++)
		check_alert(s, k, &one, &two, &first);
	hl_store_close(&s);
	ck_assert_int_eq(first, one.won);
	tmp_remove();
}
END_TEST

UNIT_MAIN("race", one_wins_and_the_other_joins_a_thousand_times)
