/* Gaps of sequence numbers per camera. */
#include "daemon/seqgap.h"

#include "unit.h"

START_TEST(gaps_are_counted_per_camera)
{
	struct hl_seqgap *g = hl_seqgap_new();
	ck_assert_int_eq(hl_seqgap_put(g, 1, 10), 0); /* the first */
	ck_assert_int_eq(hl_seqgap_put(g, 1, 11), 0); /* the next */
	ck_assert_int_eq(hl_seqgap_put(g, 2, 500), 0);
	ck_assert_int_eq(hl_seqgap_put(g, 1, 15), 3); /* 12, 13 and 14 are missing */
	ck_assert_int_eq(hl_seqgap_put(g, 2, 502), 1);
	ck_assert_int_eq(hl_seqgap_put(g, 1, 15), 0); /* a repeat */
	ck_assert_int_eq(hl_seqgap_put(g, 1, 1), 0);  /* the camera began anew */
	ck_assert_int_eq(hl_seqgap_put(g, 1, 3), 1);
	hl_seqgap_free(&g);
	ck_assert_ptr_null(g);
}
END_TEST

START_TEST(many_cameras_and_no_more)
{
	struct hl_seqgap *g = hl_seqgap_new();
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < HL_SEQGAP_CAMERAS + 100; i++) {
			int64_t want = turn && i < HL_SEQGAP_CAMERAS ? 4 : 0;
			ck_assert_int_eq(hl_seqgap_put(g, (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15), turn * 5), want);
		}
	hl_seqgap_free(&g);
}
END_TEST

UNIT_MAIN("seqgap", gaps_are_counted_per_camera, many_cameras_and_no_more)
