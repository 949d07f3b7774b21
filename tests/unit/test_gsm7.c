/* test_gsm7.c: the room a text takes in one short message, symbol by symbol. */
#include "unit.h"

#include <string.h>

#include "adapter/gsm7.h"

START_TEST(test_septets)
{
	ck_assert_int_eq(hl_gsm7_septets(""), 0);
	ck_assert_int_eq(hl_gsm7_septets("NOT VERIFIED"), 12);
	ck_assert_int_eq(hl_gsm7_septets("^{}[]~\\|€\f"), 20);
	ck_assert_int_eq(hl_gsm7_septets("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r"), 44);
	ck_assert_int_eq(hl_gsm7_septets("!\"#%&'()*+,-./:;<=>?"), 20);
	ck_assert_int_eq(hl_gsm7_septets("`"), -1);
	ck_assert_int_eq(hl_gsm7_septets("ç"), -1);
	ck_assert_int_eq(hl_gsm7_septets("ê"), -1);
	ck_assert_int_eq(hl_gsm7_septets("A\t"), -1);
	ck_assert_int_eq(hl_gsm7_septets("\x7f"), -1);
	ck_assert_int_eq(hl_gsm7_septets("Д"), -1);
	ck_assert_int_eq(hl_gsm7_septets("\xff"), -1);
	ck_assert_int_eq(hl_gsm7_septets("\xc3"), -1);
}
END_TEST

START_TEST(test_units)
{
	ck_assert_int_eq(hl_ucs2_units("abc"), 3);
	ck_assert_int_eq(hl_ucs2_units("Дон"), 3);
	ck_assert_int_eq(hl_ucs2_units("😀"), 2);
	ck_assert_int_eq(hl_ucs2_units("\xf0\x9f"), 2); /* cut short: two bytes that begin nothing */
}
END_TEST

/* n copies of one symbol, which fit, and one more, which do not. */
static void edge(const char *symbol, int n)
{
	struct hl_buf text = HL_BUF(4096);
	for (int i = 0; i < n; i++)
		hl_buf_puts(&text, symbol);
	ck_assert_msg(hl_sms_fits(hl_buf_text(&text)), "%d of %s", n, symbol);
	hl_buf_puts(&text, symbol);
	ck_assert_msg(!hl_sms_fits(hl_buf_text(&text)), "%d of %s", n + 1, symbol);
	hl_buf_fini(&text);
}

START_TEST(test_edges)
{
	edge("a", 160);
	edge("é", 160);
	edge("€", 80);
	edge("[", 80);
	edge("ê", 70);
	edge("Д", 70);
	edge("😀", 35);
}
END_TEST

START_TEST(test_fold)
{
	struct hl_buf out = HL_BUF(256);
	hl_sms_fold("I‑25 – “N” 214… it’s` é", &out);
	ck_assert_str_eq(hl_buf_text(&out), "I-25 - \"N\" 214... it's' é");
	ck_assert_int_eq(hl_gsm7_septets(hl_buf_text(&out)), 25);
	hl_buf_fini(&out);
}
END_TEST

START_TEST(test_plain)
{
	struct hl_buf out = HL_BUF(256);
	hl_gsm7_plain("Дон é €\xff", &out);
	ck_assert_str_eq(hl_buf_text(&out), "??? é €?");
	hl_buf_fini(&out);
}
END_TEST

UNIT_MAIN("gsm7", test_plain, test_septets, test_units, test_edges, test_fold)
