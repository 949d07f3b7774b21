/* test_entry.c: the identity of an entry over versions and changes, and its JSON. */
#include "base/clock.h"
#include "base/json_out.h"
#include "core/entry.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"

static struct hl_entry entry(const char *plate)
{
	struct hl_entry e = { .starts_ms = HL_NO_TIME, .expires_ms = HL_NO_TIME };
	for (int i = 0; i < HL_FIELDS; i++)
		e.f[i] = "";
	e.f[HL_F_PLATE] = plate;
	e.f[HL_F_STATE] = "CA";
	e.f[HL_F_CATEGORY] = "stolen";
	e.f[HL_F_CASE] = "26-1";
	ck_assert_int_eq(hl_pattern_parse(&e.pattern, plate, strlen(plate), false, NULL), HL_OK);
	hl_entry_identify(&e, "stolen");
	return e;
}

/* Ids of entries that states hold: how they are made must never change. */
START_TEST(test_ids_stay)
{
	struct hl_entry e = entry_of("stolen", "ABC123", "stolen", "blue ink");
	unsigned char bits[HL_SHA256] = { 0 };
	struct hl_entry_hash h;
	char text[HL_ID_TEXT];
	e.starts_ms = -1795428000000;
	e.priority = 3;
	hl_entry_identify(&e, "stolen");
	ck_assert_str_eq(e.id, "g6gfjvvhrpnf5sagjuwjxhk2c4");
	ck_assert_str_eq(e.revision, "whht6gpyc6rwzl6stxfjepm23q");
	hl_entry_hash(&e, "stolen", &h);
	memcpy(bits, h.id, sizeof h.id);
	hl_id_text(bits, text);
	ck_assert_str_eq(text, e.id);
	memcpy(bits, h.revision, sizeof h.revision);
	hl_id_text(bits, text);
	ck_assert_str_eq(text, e.revision);
	e.f[HL_F_RECORD] = "V123456789";
	hl_entry_identify(&e, "stolen");
	ck_assert_str_eq(e.id, "nmk66n3fm677rlwirebzrsy4pa");
	char *large = hl_alloc(5000);
	memset(large, 'x', 4999);
	large[4999] = 0;
	e.f[HL_F_NOTE] = large;
	hl_entry_identify(&e, "stolen");
	ck_assert_str_eq(e.revision, "iqa4pbm3h346zf7wpfilnat34e");
	free(large);
}
END_TEST

/* Two entries side by side have the hashes that each has alone, also where one has no room for its message. */
START_TEST(test_two_side_by_side)
{
	static struct hl_entry_messages a, b;
	struct hl_entry_hash one, two, got[2];
	char large[3000];
	for (size_t n = 0; n < sizeof large; n += n < 300 ? 7 : 411) {
		struct hl_entry x = entry_of("stolen", "ABC123", "stolen", "blue ink"), y = x;
		memset(large, 'x', n);
		large[n] = 0;
		y.f[HL_F_NOTE] = large;
		y.f[HL_F_RECORD] = n % 2 ? large : "";
		hl_entry_hash(&x, "stolen", &one);
		hl_entry_hash(&y, "stolen", &two);
		hl_entry_messages(&x, "stolen", &a);
		hl_entry_messages(&y, "stolen", &b);
		hl_entry_hash_two(&a, &b, &got[0], &got[1]);
		ck_assert_mem_eq(&got[0], &one, sizeof one);
		ck_assert_mem_eq(&got[1], &two, sizeof two);
		ck_assert_mem_ne(&one, &two, sizeof one);
	}
}
END_TEST

START_TEST(test_id_survives_change)
{
	struct hl_entry a = entry("5SOW750"), b = entry("5SOW750");
	ck_assert_uint_eq(strlen(a.id), 26);
	ck_assert_str_eq(a.id, b.id);
	ck_assert_str_eq(a.revision, b.revision);
	ck_assert_str_ne(a.id, a.revision);
	b.f[HL_F_NOTE] = "armed";
	b.expires_ms = 5;
	hl_entry_identify(&b, "stolen");
	ck_assert_str_eq(a.id, b.id);
	ck_assert_str_ne(a.revision, b.revision);
	b = entry("5SOW-750");
	ck_assert_str_eq(a.id, b.id);
	b.f[HL_F_STATE] = "California";
	hl_entry_identify(&b, "stolen");
	ck_assert_str_eq(a.id, b.id);
}
END_TEST

START_TEST(test_id_tells_apart)
{
	struct hl_entry a = entry("5SOW750"), b = entry("5SOW751");
	ck_assert_str_ne(a.id, b.id);
	b = entry("5SOW750");
	hl_entry_identify(&b, "felony");
	ck_assert_str_ne(a.id, b.id);
	b.f[HL_F_CASE] = "26-2";
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.id, b.id);
	b = entry("5SOW750");
	b.f[HL_F_STATE] = "NV";
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.id, b.id);
}
END_TEST

/* With a record number the plate may be corrected and the entry stays the same one. */
START_TEST(test_id_by_record)
{
	struct hl_entry a = entry("5SOW750"), b = entry("5SOW751");
	a.f[HL_F_RECORD] = b.f[HL_F_RECORD] = "V123456789";
	hl_entry_identify(&a, "stolen");
	hl_entry_identify(&b, "stolen");
	ck_assert_str_eq(a.id, b.id);
	ck_assert_str_ne(a.revision, b.revision);
	b.f[HL_F_RECORD] = "V123456780";
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.id, b.id);
}
END_TEST

START_TEST(test_revision_sees_everything)
{
	struct hl_entry a = entry("5SOW750");
	for (int i = 0; i < HL_FIELDS_KEPT; i++) {
		struct hl_entry b = entry("5SOW750");
		if (i == HL_F_EXPIRES)
			continue;
		b.f[i] = "x";
		hl_entry_identify(&b, "stolen");
		ck_assert_msg(strcmp(a.revision, b.revision) != 0, "field %s is not in the revision", hl_fields[i].name);
	}
	struct hl_entry b = entry("5SOW750");
	b.pattern.flags |= HL_PAT_O0;
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.revision, b.revision);
	b = entry("5SOW750");
	b.priority = 1;
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.revision, b.revision);
	b = entry("5SOW750");
	b.about_plate = true;
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.revision, b.revision);
}
END_TEST

/* A feed that is refreshed twice a day gives its entries a new expiry each time: what a person has cleared must outlive that. */
START_TEST(test_revision_survives_a_moved_expiry)
{
	struct hl_entry a = entry("5SOW750"), b = entry("5SOW750");
	a.expires_ms = 1795428000000;
	a.f[HL_F_EXPIRES] = "2026-11-23T10:00:00.000Z";
	b.expires_ms = a.expires_ms + 43200000;
	b.f[HL_F_EXPIRES] = "2026-11-23T22:00:00.000Z";
	hl_entry_identify(&a, "stolen");
	hl_entry_identify(&b, "stolen");
	ck_assert_str_eq(a.id, b.id);
	ck_assert_str_eq(a.revision, b.revision);
	b.starts_ms = 1795428000000;
	hl_entry_identify(&b, "stolen");
	ck_assert_str_ne(a.revision, b.revision);
}
END_TEST

START_TEST(test_fields)
{
	for (int i = 0; i < HL_FIELDS; i++) {
		ck_assert_ptr_nonnull(hl_fields[i].name);
		ck_assert_ptr_nonnull(hl_fields[i].help);
		ck_assert_uint_gt(hl_fields[i].max, 0);
		ck_assert_uint_lt(hl_fields[i].max, 256);
		ck_assert_int_eq(hl_field_find(hl_fields[i].name), i < HL_FIELDS_KEPT ? i : -1);
	}
	ck_assert_int_eq(hl_field_find("colour"), -1);
	ck_assert_int_eq(hl_field_find(""), -1);
}
END_TEST

static void expect_json(const struct hl_entry *e, const char *want)
{
	struct hl_buf b = HL_BUF(1 << 16);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_entry_write(e, &j);
	hl_json_close(&j);
	ck_assert_str_eq(hl_buf_text(&b), want);
	hl_buf_fini(&b);
}

START_TEST(test_json)
{
	struct hl_entry e = entry("5SOW750");
	hl_copy(e.id, sizeof e.id, "i");
	hl_copy(e.revision, sizeof e.revision, "r");
	expect_json(&e, "{\"id\":\"i\",\"revision\":\"r\",\"plate\":\"5SOW750\",\"state\":\"CA\",\"category\":\"stolen\",\"case\":\"26-1\",\"vehicle\":{}}");
	e.f[HL_F_MAKE] = "GMC";
	e.f[HL_F_NOTE] = "two \"men\"";
	e.expires_ms = 0;
	e.priority = 2;
	e.about_plate = true;
	expect_json(&e, "{\"id\":\"i\",\"revision\":\"r\",\"plate\":\"5SOW750\",\"state\":\"CA\",\"category\":\"stolen\",\"case\":\"26-1\","
			"\"expires\":\"1970-01-01T00:00:00.000Z\",\"priority\":2,\"vehicle\":{\"make\":\"GMC\"},\"note\":\"two \\\"men\\\"\",\"about\":\"plate\"}");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("entry");
	TCase *t = tcase_create("entry");
	tcase_add_test(t, test_ids_stay);
	tcase_add_test(t, test_two_side_by_side);
	tcase_add_test(t, test_id_survives_change);
	tcase_add_test(t, test_id_tells_apart);
	tcase_add_test(t, test_id_by_record);
	tcase_add_test(t, test_revision_sees_everything);
	tcase_add_test(t, test_revision_survives_a_moved_expiry);
	tcase_add_test(t, test_fields);
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
