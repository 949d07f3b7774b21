/* test_read.c: finishing a read, its candidates, the strings of its slots, and its JSON. */
#include "base/crypto.h"
#include "base/json_out.h"
#include "core/read.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hl_read read_of(const char *plate)
{
	struct hl_read r;
	hl_read_init(&r);
	hl_copy(r.camera, sizeof r.camera, "cam7");
	hl_copy(r.plate_text, sizeof r.plate_text, plate);
	r.time_ms = 1000000000000;
	hl_plate_parse(&r.plate, plate, strlen(plate), NULL);
	return r;
}

START_TEST(test_init_is_not_given)
{
	struct hl_read r;
	hl_read_init(&r);
	ck_assert(r.confidence < 0 && r.top_confidence < 0 && r.region_confidence < 0 && r.heading < 0);
	ck_assert_int_eq(r.seq, -1);
	ck_assert_uint_eq(r.plate.len, 0);
	ck_assert(!r.has_position && !r.clock_suspect && !r.made_id);
}
END_TEST

START_TEST(test_finish_makes_plate_and_id)
{
	struct hl_read a = read_of("5sow-350"), b = read_of("5SOW350");
	a.plate.len = 0;
	hl_read_finish(&a, HL_NO_TIME);
	hl_read_finish(&b, HL_NO_TIME);
	ck_assert_uint_eq(a.plate.len, 7);
	ck_assert(a.made_id);
	ck_assert_uint_eq(strlen(a.id), 26);
	ck_assert_str_eq(a.id, b.id);
	ck_assert(a.received_ms == a.time_ms);
	b = read_of("5SOW350");
	b.time_ms++;
	hl_read_finish(&b, HL_NO_TIME);
	ck_assert_str_ne(a.id, b.id);
	b = read_of("5SOW350");
	hl_copy(b.id, sizeof b.id, "given");
	hl_read_finish(&b, HL_NO_TIME);
	ck_assert_str_eq(b.id, "given");
	ck_assert(!b.made_id);
}
END_TEST

START_TEST(test_finish_without_a_normal_form)
{
	struct hl_read a = read_of("---"), b = read_of("ABCDEFGHIJKLM"), c = read_of("????");
	hl_read_finish(&a, HL_NO_TIME);
	hl_read_finish(&b, HL_NO_TIME);
	hl_read_finish(&c, HL_NO_TIME);
	ck_assert_uint_eq(a.plate.len, 0);
	ck_assert_uint_eq(b.plate.len, 0);
	ck_assert_uint_eq(c.plate.len, 0);
	ck_assert_str_ne(a.id, b.id);
	ck_assert_str_ne(a.id, c.id);
}
END_TEST

START_TEST(test_clock)
{
	const int64_t now = 1800000000000, day = 86400000;
	static const struct { int64_t off; bool suspect; } rows[] = {
		{ 0, false }, { 60000, false }, { 60001, true }, { -86400000, false }, { -86400001, true }, { -1800000000000, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hl_read r = read_of("ABC123"), sure = read_of("ABC123");
		r.time_ms = sure.time_ms = now + rows[i].off;
		hl_read_finish(&r, now);
		hl_read_finish(&sure, HL_NO_TIME);
		ck_assert_int_eq(r.clock_suspect, rows[i].suspect);
		ck_assert(r.time_ms == (rows[i].suspect ? now : now + rows[i].off));
		ck_assert(r.received_ms == now);
		ck_assert_str_eq(r.id, sure.id); /* the id goes by the time given */
	}
	struct hl_read r = read_of("ABC123");
	r.time_ms = INT64_MAX;
	hl_read_finish(&r, now + day);
	ck_assert(r.clock_suspect);
}
END_TEST

static void add(struct hl_read *r, const char *text, double confidence)
{
	hl_read_add_candidate(r, text, strlen(text), confidence);
}

START_TEST(test_candidates)
{
	struct hl_read r = read_of("ABC123");
	add(&r, "abc-123", 0.9);
	ck_assert_uint_eq(r.n_candidates, 0);
	ck_assert(r.top_confidence > 0.89);
	add(&r, "ABC128", 0.8);
	add(&r, "A8C123", -1);
	add(&r, "abc128", 0.7);
	add(&r, "", 0.7);
	add(&r, "ABCDEFGHIJKLMNOP", 0.7);
	ck_assert_uint_eq(r.n_candidates, 2);
	ck_assert(r.candidate[0].confidence > 0.79f && r.candidate[1].confidence < 0);
	for (int i = 0; i < 40; i++) {
		char text[8] = { 'X', (char)('A' + i % 26), (char)('A' + i / 26), 0 };
		add(&r, text, 0.1);
	}
	ck_assert_uint_eq(r.n_candidates, HL_CANDIDATES_MAX);
}
END_TEST

/* A format that meets the candidates before the plate still ends with the plate taken out of them. */
START_TEST(test_candidates_before_the_plate)
{
	struct hl_read r;
	hl_read_init(&r);
	add(&r, "ABC123", 0.9);
	add(&r, "ABC128", 0.8);
	hl_copy(r.plate_text, sizeof r.plate_text, "ABC123");
	r.time_ms = 1;
	hl_read_finish(&r, HL_NO_TIME);
	ck_assert_uint_eq(r.n_candidates, 1);
	ck_assert(r.candidate[0].plate.sym[5] == 8);
	ck_assert(r.top_confidence > 0.89);
}
END_TEST

static void slot(struct hl_read *r, const char *symbols, const float *p)
{
	struct hl_read_slot *s = &r->slot[r->n_slots++];
	*s = (struct hl_read_slot){ 0 };
	for (; *symbols; symbols++, s->n++) {
		s->sym[s->n] = (uint8_t)hl_sym_code(*symbols);
		s->p[s->n] = *p++;
	}
}

START_TEST(test_strings)
{
	struct hl_read r = read_of("A1");
	slot(&r, "BA", (const float[]){ 0.25f, 0.75f }); /* not in order */
	slot(&r, "1IT1", (const float[]){ 0.5f, 0.3f, 0.2f, 0.1f });
	struct hl_plate out[16];
	static const char *const want[] = { "AI", "AT", "B1", "BI", "BT" }; /* .225 .15 .125 .075 .05, without A1 (.375) */
	ck_assert_uint_eq(hl_read_strings(&r, out, 16), 5);
	for (int i = 0; i < 5; i++) {
		char text[HL_PLATE_MAX + 1];
		hl_plate_text(&out[i], text);
		ck_assert_str_eq(text, want[i]);
	}
	ck_assert_uint_eq(hl_read_strings(&r, out, 2), 2);
	ck_assert_uint_eq(hl_read_strings(&r, out, 0), 0);
	r.n_slots = 0;
	ck_assert_uint_eq(hl_read_strings(&r, out, 16), 0);
}
END_TEST

/* The lazy walk against sorting all 3^6 strings, and full slots at the greatest length. */
static int descending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? 1 : x > y ? -1 : 0;
}

START_TEST(test_strings_against_all)
{
	struct hl_read r = read_of("ZZZZZZ");
	double all[729];
	for (int i = 0; i < 6; i++)
		slot(&r, "A8B", (const float[]){ 0.9f - 0.07f * (float)i, 0.3f - 0.01f * (float)i, 0.1f + 0.03f * (float)i });
	for (int k = 0; k < 729; k++) {
		all[k] = 1;
		for (int i = 0, rest = k; i < 6; i++, rest /= 3)
			all[k] *= r.slot[i].p[rest % 3];
	}
	qsort(all, 729, sizeof all[0], descending);
	struct hl_plate out[16];
	ck_assert_uint_eq(hl_read_strings(&r, out, 16), 16);
	for (int k = 0; k < 16; k++) {
		double p = 1;
		for (int i = 0; i < 6; i++)
			p *= r.slot[i].p[out[k].sym[i] == 10 ? 0 : out[k].sym[i] == 8 ? 1 : 2];
		ck_assert(p > all[k] * 0.999999 && p < all[k] * 1.000001);
	}
	r.n_slots = 0;
	for (int i = 0; i < HL_SLOTS_MAX; i++)
		slot(&r, "ABCDEFGH", (const float[]){ 1, 1, 1, 1, 1, 1, 1, 1 });
	ck_assert_uint_eq(hl_read_strings(&r, out, 99), 16);
}
END_TEST

static void expect_json(const struct hl_read *r, const char *want)
{
	struct hl_buf b = HL_BUF(1 << 16);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_read_write(r, &j, "read");
	hl_json_close(&j);
	ck_assert_str_eq(hl_buf_text(&b), want);
	hl_buf_fini(&b);
}

START_TEST(test_json)
{
	struct hl_read r = read_of("5sow-350");
	hl_copy(r.id, sizeof r.id, "x1");
	hl_read_finish(&r, HL_NO_TIME);
	expect_json(&r, "{\"read\":{\"id\":\"x1\",\"camera\":\"cam7\",\"time\":\"2001-09-09T01:46:40.000Z\",\"received\":\"2001-09-09T01:46:40.000Z\",\"plate\":\"5sow-350\"}}");
	r.confidence = 0.91;
	add(&r, "5SOW350", 0.91);
	add(&r, "5SOW750", 0.55);
	slot(&r, "5S", (const float[]){ 0.97f, 0.02f });
	hl_copy(r.region, sizeof r.region, "us-ca");
	r.region_confidence = 0.6;
	r.has_position = true;
	r.lat = 37.77;
	r.lon = -122.42;
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	r.seq = 123;
	r.clock_suspect = true;
	expect_json(&r, "{\"read\":{\"id\":\"x1\",\"camera\":\"cam7\",\"time\":\"2001-09-09T01:46:40.000Z\",\"received\":\"2001-09-09T01:46:40.000Z\",\"plate\":\"5sow-350\","
			"\"confidence\":0.91,\"candidates\":[{\"plate\":\"5SOW350\",\"confidence\":0.91},{\"plate\":\"5SOW750\",\"confidence\":0.55}],"
			"\"chars\":[[[\"5\",0.97],[\"S\",0.02]]],\"region\":\"us-ca\",\"region_confidence\":0.6,\"lat\":37.77,\"lon\":-122.42,"
			"\"vehicle\":{\"make\":\"LEXS\"},\"seq\":123,\"clock_suspect\":true}}");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("read");
	TCase *t = tcase_create("read");
	tcase_add_test(t, test_init_is_not_given);
	tcase_add_test(t, test_finish_makes_plate_and_id);
	tcase_add_test(t, test_finish_without_a_normal_form);
	tcase_add_test(t, test_clock);
	tcase_add_test(t, test_candidates);
	tcase_add_test(t, test_candidates_before_the_plate);
	tcase_add_test(t, test_strings);
	tcase_add_test(t, test_strings_against_all);
	tcase_add_test(t, test_json);
	suite_add_tcase(s, t);
	if (hl_crypto_init(NULL) != HL_OK)
		return 1;
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
