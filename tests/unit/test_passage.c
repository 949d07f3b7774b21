/* test_passage.c: the mean of the ratios of a passage by hand, whose passage a read is of, every bound and what is forgotten, two threads. */
#include "base/mem.h"
#include "core/match.h"
#include "engine/passage.h"
#include "unit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 8000 };
#define EPSILON 0.002
static const int64_t start = 1795428000000;
static unsigned reads_made;

static struct hl_read read_at(const char *camera, const char *plate, int64_t at_ms)
{
	struct hl_read r;
	hl_read_init(&r);
	hl_copy(r.camera, sizeof r.camera, camera);
	hl_copy(r.plate_text, sizeof r.plate_text, plate);
	snprintf(r.id, sizeof r.id, "r%u", reads_made++);
	r.time_ms = r.received_ms = start + at_ms;
	hl_read_finish(&r, HL_NO_TIME);
	return r;
}

static unsigned miss(struct hl_passages *p, const char *camera, const char *plate, int64_t at_ms)
{
	struct hl_read r = read_at(camera, plate, at_ms);
	return hl_passages_put(p, &r, GAP, start + at_ms, EPSILON, NULL, 0);
}

static void wait_one(struct hl_passages *p, const struct hl_read *r, int64_t now_ms)
{
	hl_passages_misses(p, &r, 1, GAP, now_ms);
}

static struct hl_pattern pattern_of(const char *plate)
{
	struct hl_pattern pattern;
	ck_assert_int_eq(hl_pattern_parse(&pattern, plate, strlen(plate), false, NULL), HL_OK);
	return pattern;
}

/* The mean for `listed` after a read of it with this ratio. */
static double hit(struct hl_passages *p, const char *plate, int64_t at_ms, const char *listed, double ratio)
{
	struct hl_read r = read_at("cam", plate, at_ms);
	struct hl_pattern pattern = pattern_of(listed);
	struct hl_passage_ratio v = { &pattern, ratio };
	hl_passages_put(p, &r, GAP, start + at_ms, EPSILON, &v, 1);
	return v.ratio;
}

static void expect(double is, double wanted)
{
	ck_assert_msg(fabs(is - wanted) <= 1e-12 * wanted, "%.17g instead of %.17g", is, wanted);
}

START_TEST(the_mean_by_hand)
{
	const double eps = EPSILON;
	struct hl_passages *p = hl_passages_new();
	expect(hit(p, "ABC1234", 0, "ABC1234", 1000), 1000);
	ck_assert_uint_eq(miss(p, "cam", "A8C123", 1000), 2);
	expect(hit(p, "ABC1234", 2000, "ABC1234", 500), (1500 + eps) / 3);
	/* One that is new to the passage was not retrieved for the three before. */
	expect(hit(p, "ABC1235", 3000, "ABC1235", 80), (80 + 3 * eps) / 4);
	expect(hit(p, "ABC1235", 4000, "ABC1234", 100), (1600 + 2 * eps) / 5);
	hl_passages_free(&p);
	ck_assert_ptr_null(p);
}
END_TEST

/* The product would lose everything at the garbled frame, and the sum would promise n times as much as one read can. */
START_TEST(a_garbled_frame_costs_a_factor_and_no_more)
{
	struct hl_passages *p = hl_passages_new();
	double mean = 0;
	for (int i = 0; i < 4; i++)
		mean = i == 1 ? (miss(p, "cam", "A8C123", 100), 0) : hit(p, "ABC1234", 100 * i, "ABC1234", 1e6);
	ck_assert(mean > 0.75e6 && mean < 0.7501e6);
	hl_passages_free(&p);
	p = hl_passages_new();
	for (int i = 0; i < 50; i++)
		expect(hit(p, "ABC1234", 100 * i, "ABC1234", 7), 7);
	hl_passages_free(&p);
}
END_TEST

START_TEST(entries_with_one_plate_count_it_once_a_read)
{
	struct hl_passages *p = hl_passages_new();
	struct hl_pattern a = pattern_of("ABC1234"), b = pattern_of("ABC1234"), other = pattern_of("A8C1234");
	for (unsigned i = 1; i < 5; i++) {
		struct hl_passage_ratio v[] = { { &a, 100.0 * i }, { &other, 3 }, { &b, 100.0 * i } };
		struct hl_read r = read_at("cam", "ABC1234", i);
		ck_assert_uint_eq(hl_passages_put(p, &r, GAP, HL_NO_TIME, EPSILON, v, 3), i);
		expect(v[0].ratio, 50.0 * (i + 1));
		expect(v[1].ratio, 3);
		expect(v[2].ratio, 50.0 * (i + 1));
	}
	hl_passages_free(&p);
}
END_TEST

START_TEST(a_read_sent_twice_counts_once)
{
	struct hl_passages *p = hl_passages_new();
	struct hl_pattern a = pattern_of("ABC1234"), b = pattern_of("ABC1235");
	hit(p, "ABC1234", 0, "ABC1234", 10);
	struct hl_read r = read_at("cam", "ABC1234", 5);
	for (int i = 0; i < 3; i++) {
		struct hl_passage_ratio v[] = { { &a, 30 }, { &b, 4 } };
		ck_assert_uint_eq(hl_passages_put(p, &r, GAP, HL_NO_TIME, EPSILON, v, i ? 2 : 1), 2);
		expect(v[0].ratio, 20);
		if (i)
			expect(v[1].ratio, (4 + EPSILON) / 2);
	}
	r.time_ms++; /* the same id with another time is another read, as it is for the store */
	struct hl_passage_ratio v = { &a, 30 };
	ck_assert_uint_eq(hl_passages_put(p, &r, GAP, HL_NO_TIME, EPSILON, &v, 1), 3);
	hl_passages_free(&p);
}
END_TEST

START_TEST(vehicles_that_alternate_are_kept_apart)
{
	static const char *const plate[] = { "ABC1234", "XYZ7890", "5SOW750", "QQ11" };
	struct hl_passages *p = hl_passages_new();
	for (unsigned round = 1; round <= 6; round++)
		for (int i = 0; i < 4; i++) {
			ck_assert_uint_eq(miss(p, "cam", plate[i], 500 * round + i), round);
			ck_assert_uint_eq(miss(p, "other", plate[i], 500 * round + i), round);
		}
	/* By the nearest plate: at distance 1 of one passage and 2 of another. */
	ck_assert_uint_eq(miss(p, "two", "AAA1111", 0), 1);
	ck_assert_uint_eq(miss(p, "two", "AAA1222", 1), 1);
	ck_assert_uint_eq(miss(p, "two", "AAA1222", 2), 2);
	ck_assert_uint_eq(miss(p, "two", "AAA1112", 3), 2);
	/* Of equally near ones, that which was read last; a chain of misreadings stays one passage. */
	ck_assert_uint_eq(miss(p, "two", "AAA1212", 4), 3);
	hl_passages_free(&p);
}
END_TEST

static unsigned by_vehicle(struct hl_passages *p, const char *plate, const char *vehicle, int64_t at_ms)
{
	struct hl_read r = read_at("cam", plate, at_ms);
	hl_copy(r.vehicle_id, sizeof r.vehicle_id, vehicle);
	return hl_passages_put(p, &r, GAP, start + at_ms, EPSILON, NULL, 0);
}

START_TEST(the_producers_vehicle_decides)
{
	struct hl_passages *p = hl_passages_new();
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t1", 0), 1);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t2", 1), 1);
	ck_assert_uint_eq(by_vehicle(p, "WHOLLY99", "t1", 2), 2);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "", 3), 1);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t2", 4), 2);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t1", 5), 3);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "", 6), 2);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t1", 5 + GAP), 4);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "t1", 6 + 2 * GAP), 1);
	hl_passages_free(&p);
}
END_TEST

START_TEST(a_passage_has_a_gap_and_an_end)
{
	struct hl_passages *p = hl_passages_new();
	unsigned n = 0;
	int64_t t = 0;
	for (; t <= HL_PASSAGE_MS; t += GAP)
		ck_assert_uint_eq(miss(p, "cam", "ABC1234", t), ++n);
	ck_assert_uint_eq(miss(p, "cam", "ABC1234", t), 1); /* a minute in all */
	ck_assert_uint_eq(miss(p, "gap", "ABC1234", 0), 1);
	ck_assert_uint_eq(miss(p, "gap", "ABC1234", GAP), 2);
	ck_assert_uint_eq(miss(p, "gap", "ABC1234", 2 * GAP + 1), 1);
	/* Out of order. */
	ck_assert_uint_eq(miss(p, "order", "ABC1234", 2 * GAP), 1);
	ck_assert_uint_eq(miss(p, "order", "ABC1234", GAP), 2);
	ck_assert_uint_eq(miss(p, "order", "ABC1234", 0), 3);
	ck_assert_uint_eq(miss(p, "order", "ABC1234", 3 * GAP), 4);
	/* Nothing was read: joins nothing, opens nothing. */
	ck_assert_uint_eq(miss(p, "empty", "--", 0), 1);
	ck_assert_uint_eq(miss(p, "empty", "--", 0), 1);
	hl_passages_free(&p);
}
END_TEST

/* The filter by symbols in front of the distance loses none: against the distance itself. */
START_TEST(near_is_within_distance_two)
{
	static const char symbols[] = "ABC012";
	struct hl_passages *p = hl_passages_new();
	struct hl_confusion plain;
	unsigned joined = 0;
	uint32_t x = 12345;
	hl_confusion_init(&plain);
	for (int i = 0; i < 20000; i++) {
		char plate[2][9] = { 0 };
		for (int k = 0; k < 2; k++) {
			x = x * 1664525 + 1013904223;
			size_t len = 3 + (x >> 16) % 6;
			for (size_t j = 0; j < len; j++) {
				x = x * 1664525 + 1013904223;
				plate[k][j] = k && x >> 30 ? (plate[0][j] ? plate[0][j] : 'A') : symbols[(x >> 16) % 6];
			}
		}
		struct hl_pattern a = pattern_of(plate[0]);
		struct hl_read b = read_at("cam", plate[1], i * (HL_PASSAGE_MS + 1) + 1);
		miss(p, "cam", plate[0], i * (HL_PASSAGE_MS + 1));
		bool together = hl_passages_put(p, &b, GAP, HL_NO_TIME, EPSILON, NULL, 0) == 2;
		ck_assert_msg(together == (hl_match_cost(&plain, &a, &b.plate, 200) <= 200), "%s %s", plate[0], plate[1]);
		joined += together;
	}
	ck_assert(joined > 2000 && joined < 18000);
	hl_passages_free(&p);
}
END_TEST

START_TEST(bounds_of_a_camera)
{
	struct hl_passages *p = hl_passages_new();
	char vehicle[16];
	for (int i = 0; i <= HL_PASSAGE_OPEN; i++) {
		snprintf(vehicle, sizeof vehicle, "v%d", i);
		ck_assert_uint_eq(by_vehicle(p, "ABC1234", vehicle, i), 1);
	}
	ck_assert_uint_eq(hl_passages_sweep(p, start), HL_PASSAGE_OPEN);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "v1", 50), 2);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "v0", 51), 1); /* had been read longest ago; now v2 has */
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "v2", 52), 1);
	ck_assert_uint_eq(by_vehicle(p, "ABC1234", "v1", 53), 3);
	hl_passages_free(&p);
}
END_TEST

START_TEST(bounds_of_a_passage)
{
	struct hl_passages *p = hl_passages_new();
	char plate[16];
	/* Plates: after a chain of more than it holds the first is forgotten, and a read like it begins a passage. */
	for (unsigned i = 0; i < HL_PASSAGE_PLATES + 3; i++) {
		memset(plate, 'A', 12);
		memset(plate, 'B', i + 1 < 12 ? i + 1 : 12);
		plate[12] = 0;
		ck_assert_uint_eq(miss(p, "chain", plate, i), i + 1);
	}
	ck_assert_uint_eq(miss(p, "chain", "AAAAAAAAAAAA", 20), 1);
	/* Listed plates: the one with the least evidence makes room, unless it has more than the new one. */
	for (int i = 0; i < HL_PASSAGE_ENTRIES; i++) {
		snprintf(plate, sizeof plate, "ABC12%02d", i);
		hit(p, "ABC1234", i, plate, i == 3 ? 5 : 100);
	}
	expect(hit(p, "ABC1234", 20, "WEAK", 4), (4 + HL_PASSAGE_ENTRIES * EPSILON) / (HL_PASSAGE_ENTRIES + 1));
	expect(hit(p, "ABC1234", 21, "ABC1203", 0), (5 + (HL_PASSAGE_ENTRIES) * EPSILON) / (HL_PASSAGE_ENTRIES + 2));
	hit(p, "ABC1234", 22, "STRONG", 1000);
	expect(hit(p, "ABC1234", 23, "ABC1203", 40), (40 + (HL_PASSAGE_ENTRIES + 3) * EPSILON) / (HL_PASSAGE_ENTRIES + 4));
	expect(hit(p, "ABC1234", 24, "STRONG", 1000), (2000 + (HL_PASSAGE_ENTRIES + 3) * EPSILON) / (HL_PASSAGE_ENTRIES + 5));
	hl_passages_free(&p);
}
END_TEST

START_TEST(bounds_of_all)
{
	enum { ALL = HL_PASSAGE_SHARDS * HL_PASSAGE_CAMERAS };
	struct hl_passages *p = hl_passages_new();
	char camera[32];
	ck_assert_uint_eq(miss(p, "first", "ABC1234", 0), 1);
	for (int i = 0; i < 2 * ALL; i++) {
		snprintf(camera, sizeof camera, "camera-%d", i);
		ck_assert_uint_eq(miss(p, camera, "ABC1234", 1 + i / 1000), 1);
	}
	size_t left = hl_passages_sweep(p, start);
	ck_assert_msg(left > ALL / 2 && left <= ALL, "%zu passages", left);
	ck_assert_uint_eq(miss(p, camera, "ABC1234", 100), 2);
	ck_assert_uint_eq(miss(p, "first", "ABC1234", 101), 1);
	ck_assert_uint_eq(hl_passages_sweep(p, start + HL_PASSAGE_MS + 200), 0);
	hl_passages_free(&p);
}
END_TEST

/* A silent camera's plates are forgotten by the receive clock, wherever the read's own time lies and if the clock is set back. */
START_TEST(nothing_is_kept_longer_than_a_minute)
{
	struct hl_passages *p = hl_passages_new();
	struct hl_read r = read_at("cam", "ABC1234", -3600000);
	hl_passages_put(p, &r, GAP, start, EPSILON, NULL, 0);
	ck_assert_uint_eq(hl_passages_sweep(p, start + HL_PASSAGE_MS - 1000), 1);
	ck_assert_uint_eq(hl_passages_sweep(p, start + HL_PASSAGE_MS), 0);
	hl_passages_put(p, &r, GAP, start, EPSILON, NULL, 0);
	r.id[0] = 'x';
	ck_assert_uint_eq(hl_passages_put(p, &r, GAP, start + HL_PASSAGE_MS + 1, EPSILON, NULL, 0), 1);
	ck_assert_uint_eq(hl_passages_sweep(p, start - HL_PASSAGE_MS), 0);
	hl_passages_free(&p);
}
END_TEST

/* Misses that wait, given in batches of several cameras, and misses that are looked at when they come: the same figures, with sweeps in between. */
START_TEST(waiting_changes_nothing)
{
	static const char *const plate[] = { "ABC1234", "ABC123", "A8C1Z34", "XYZ7890", "XYZ789", "QQ11", "" }, *const camera[] = { "cam", "cam", "17", "cam-b" };
	struct hl_passages *now = hl_passages_new(), *later = hl_passages_new();
	struct hl_pattern pattern = pattern_of("ABC1234");
	static struct hl_read batch[HL_PASSAGE_BATCH];
	const struct hl_read *missed[HL_PASSAGE_BATCH];
	uint32_t x = 7;
	unsigned most = 0;
	size_t n = 0, largest = 0;
	for (int i = 0; i < 20000; i++) {
		x = x * 1664525 + 1013904223;
		struct hl_read r = read_at(camera[(x >> 13) % 4], plate[(x >> 16) % 7], 100 * i);
		if (x >> 31)
			hl_copy(r.vehicle_id, sizeof r.vehicle_id, "v");
		bool hits = (x >> 8) % 24 == 0;
		if (!hits) {
			hl_passages_put(now, &r, GAP, HL_NO_TIME, EPSILON, NULL, 0);
			missed[n] = &batch[n];
			batch[n++] = r;
		}
		if (hits || n == HL_PASSAGE_BATCH || i % 100 == 99) {
			hl_passages_misses(later, missed, n, GAP, HL_NO_TIME);
			largest = n > largest ? n : largest;
			n = 0;
		}
		if (hits) {
			struct hl_passage_ratio a = { &pattern, i }, b = a;
			unsigned reads = hl_passages_put(now, &r, GAP, HL_NO_TIME, EPSILON, &a, 1);
			ck_assert_uint_eq(reads, hl_passages_put(later, &r, GAP, HL_NO_TIME, EPSILON, &b, 1));
			ck_assert(a.ratio == b.ratio);
			most = reads > most ? reads : most;
		}
		if (i % 100 == 99)
			ck_assert_uint_eq(hl_passages_sweep(now, r.time_ms), hl_passages_sweep(later, r.time_ms));
	}
	ck_assert_uint_gt(most, 50);
	ck_assert_uint_eq(largest, HL_PASSAGE_BATCH);
	hl_passages_free(&now);
	hl_passages_free(&later);
}
END_TEST

/* Where nothing has matched a camera remembers its last reads, and these no longer than a passage. */
START_TEST(bounds_of_what_waits)
{
	struct hl_passages *p = hl_passages_new();
	for (int i = 0; i < 3 * HL_PASSAGE_WAITING; i++) {
		struct hl_read r = read_at("cam", "ABC1234", i);
		wait_one(p, &r, start + i);
	}
	ck_assert_uint_eq(hl_passages_sweep(p, start + 100), HL_PASSAGE_WAITING);
	expect(hit(p, "ABC1234", 500, "ABC1234", 10), (10 + HL_PASSAGE_WAITING * EPSILON) / (HL_PASSAGE_WAITING + 1));
	ck_assert_uint_eq(hl_passages_sweep(p, start + 100), 1);
	for (int i = 0; i < 3 * HL_PASSAGE_WAITING; i++) { /* now all count */
		struct hl_read r = read_at("cam", "ABC1234", 501 + i);
		wait_one(p, &r, start + 501 + i);
	}
	expect(hit(p, "ABC1234", 700, "ABC1234", 10), (20 + 4 * HL_PASSAGE_WAITING * EPSILON) / (4 * HL_PASSAGE_WAITING + 2));
	struct hl_read r = read_at("other", "ABC1234", 0);
	wait_one(p, &r, start);
	ck_assert_uint_eq(hl_passages_sweep(p, start + HL_PASSAGE_MS - 1000), 2);
	ck_assert_uint_eq(hl_passages_sweep(p, start + HL_PASSAGE_MS + 700), 0);
	hl_passages_free(&p);
}
END_TEST

enum { EACH = 20000 };
static struct hl_plate read_plate;

static void *worker(void *arg)
{
	struct hl_passages *p = arg;
	struct hl_pattern a = pattern_of("ABC1234");
	struct hl_read r;
	hl_read_init(&r);
	r.plate = read_plate;
	r.time_ms = start;
	for (int i = 0; i < EACH; i++) {
		struct hl_passage_ratio v = { &a, 2 };
		snprintf(r.id, sizeof r.id, "%p-%d", (void *)&r, i);
		snprintf(r.camera, sizeof r.camera, "cam%d", i % 5);
		hl_passages_put(p, &r, GAP, start, EPSILON, &v, 1);
		if (fabs(v.ratio - 2) > 1e-9)
			return arg;
		hl_copy(r.camera, sizeof r.camera, "other");
		wait_one(p, &r, start);
		if (i % 1000 == 0)
			hl_passages_sweep(p, start);
	}
	return NULL;
}

START_TEST(two_threads)
{
	struct hl_passages *p = hl_passages_new();
	pthread_t t[2];
	read_plate = read_at("cam", "ABC1234", 0).plate;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, worker, p), 0);
	for (int i = 0; i < 2; i++) {
		void *wrong;
		pthread_join(t[i], &wrong);
		ck_assert_ptr_null(wrong);
	}
	for (int i = 0; i < 5; i++) {
		char camera[8];
		snprintf(camera, sizeof camera, "cam%d", i);
		ck_assert_uint_eq(miss(p, camera, "ABC1234", 0), 2 * EACH / 5 + 1);
	}
	hl_passages_free(&p);
}
END_TEST

UNIT_MAIN("passage", the_mean_by_hand, a_garbled_frame_costs_a_factor_and_no_more, entries_with_one_plate_count_it_once_a_read,
	  a_read_sent_twice_counts_once, vehicles_that_alternate_are_kept_apart, the_producers_vehicle_decides, a_passage_has_a_gap_and_an_end,
	  near_is_within_distance_two, bounds_of_a_camera, bounds_of_a_passage, bounds_of_all, nothing_is_kept_longer_than_a_minute, waiting_changes_nothing, bounds_of_what_waits, two_threads)
