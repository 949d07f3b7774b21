/* test_labelled.c: labelled reads: what counts, what is a fault, and where. */
#include "base/crypto.h"
#include "base/mem.h"
#include "format/labelled.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
	char text[256];
};

static void note(void *arg, const struct hl_read *r, const struct hl_label *truth)
{
	struct seen *s = arg;
	char read[HL_PLATE_MAX + 1], was[HL_PLATE_MAX + 1];
	hl_plate_text(&r->plate, read);
	hl_plate_text(&truth->plate, was);
	size_t n = strlen(s->text);
	snprintf(s->text + n, sizeof s->text - n, "%s<%s ", read, was);
}

static enum hl_code walk(const char *data, struct seen *s, struct hl_labelled *n, struct hl_faults *f)
{
	*s = (struct seen){ { 0 } };
	*n = (struct hl_labelled){ 0 };
	hl_faults_clear(f);
	return hl_labelled_walk("f.jsonl", data, strlen(data), note, s, n, f);
}

#define READ(plate, rest) "{\"camera\":\"c\",\"time\":\"2026-11-01T00:00:07Z\",\"plate\":\"" plate "\"" rest "}\n"

START_TEST(test_walk)
{
	struct seen s;
	struct hl_labelled n;
	struct hl_faults f;
	ck_assert_int_eq(walk(READ("AB-1", ",\"_truth\":\"a81\",\"_x\":[1]") "\n \t\r\n" READ("C2", "") READ("---", ",\"_truth\":\"A\"") READ("A", ",\"_truth\":\"--\"")
				      READ("A", ",\"_truth\":null") "{\"camera\":\"c\",\"time\":1,\"plate\":\"Z9\",\"_truth\":\"Z8\"}",
			      &s, &n, &f),
			 HL_OK);
	ck_assert_str_eq(s.text, "AB1<A81 Z9<Z8 ");
	ck_assert_uint_eq(n.reads, 2);
	ck_assert_uint_eq(n.unlabelled, 2);
	ck_assert_uint_eq(n.unusable, 2);
	ck_assert_int_eq(walk("", &s, &n, &f), HL_OK);
	ck_assert_uint_eq(n.reads, 0);
}
END_TEST

START_TEST(test_faults)
{
	struct seen s;
	struct hl_labelled n;
	struct hl_faults f;
	ck_assert_int_eq(walk(READ("A1", ",\"_truth\":\"A7\"") "{\"camera\":\n" READ("A2", ",\"_truth\":7") "\xff\xfe\n" READ("A3", ",\"_truth\":\"A3\""), &s, &n, &f), HL_E_INPUT);
	ck_assert_str_eq(s.text, "A1<A7 A3<A3 ");
	ck_assert_uint_eq(f.errors, 3);
	ck_assert_uint_eq(f.v[0].line, 2);
	ck_assert_uint_eq(f.v[1].line, 3);
	ck_assert_str_eq(f.v[1].text, "'_truth' is no text; expected the plate that was there");
	ck_assert_uint_eq(f.v[2].line, 4);
	ck_assert_str_eq(f.v[2].file, "f.jsonl");
}
END_TEST

START_TEST(test_long_line)
{
	struct seen s = { { 0 } };
	struct hl_labelled n = { 0 };
	struct hl_faults f;
	hl_faults_clear(&f);
	size_t size = 70000;
	char *data = hl_alloc(size);
	memset(data, '[', size);
	ck_assert_int_eq(hl_labelled_walk("f.jsonl", data, size, note, &s, &n, &f), HL_E_INPUT);
	ck_assert_str_eq(f.v[0].text, "a read of 70000 bytes; expected at most 65536");
	free(data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("labelled");
	TCase *t = tcase_create("labelled");
	tcase_add_test(t, test_walk);
	tcase_add_test(t, test_faults);
	tcase_add_test(t, test_long_line);
	suite_add_tcase(s, t);
	if (hl_crypto_init(NULL) != HL_OK)
		return 1;
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
