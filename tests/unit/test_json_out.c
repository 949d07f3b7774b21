/* test_json_out.c: the JSON writer: escapes, commas, numbers in every locale. */
#include "unit.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"

static struct hl_buf buf;
static struct hl_json j;

static void fresh(void)
{
	hl_buf_fini(&buf);
	buf = HL_BUF(1 << 16);
	hl_json_init(&j, &buf);
}

static void expect(const char *want)
{
	ck_assert_str_eq(hl_buf_text(&buf), want);
	hl_buf_fini(&buf);
}

START_TEST(test_shape)
{
	fresh();
	hl_json_open(&j, '{');
	hl_json_str(&j, "id", "a");
	hl_json_open_key(&j, "reads", '[');
	hl_json_int(&j, NULL, 1);
	hl_json_int(&j, NULL, INT64_MIN);
	hl_json_open(&j, '{');
	hl_json_close(&j);
	hl_json_open(&j, '[');
	hl_json_close(&j);
	hl_json_close(&j);
	hl_json_bool(&j, "t", true);
	hl_json_bool(&j, "f", false);
	hl_json_null(&j, "n");
	hl_json_opt(&j, "gone", "");
	hl_json_opt(&j, "gone", NULL);
	hl_json_opt(&j, "here", "x");
	hl_json_str(&j, "none", NULL);
	hl_json_raw(&j, "raw", "{\"a\":1}");
	hl_json_raw(&j, "empty", "");
	hl_json_close(&j);
	expect("{\"id\":\"a\",\"reads\":[1,-9223372036854775808,{},[]],\"t\":true,\"f\":false,\"n\":null,\"here\":\"x\",\"none\":null,"
	       "\"raw\":{\"a\":1},\"empty\":null}");
}
END_TEST

START_TEST(test_escapes)
{
	fresh();
	hl_json_str(&j, NULL, "a\"\\\b\f\n\r\t\x01\x7f/é\xc2\x85\xe2\x80\xa8");
	expect("\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f/é\\u0085\xe2\x80\xa8\"");
	fresh();
	hl_json_str_n(&j, NULL, "a\0b", 3);
	expect("\"a\\u0000b\"");
	/* Not UTF-8: a lone continuation, an overlong form, a surrogate, a cut sequence. */
	fresh();
	hl_json_str(&j, NULL, "x\x80y\xc0\xafz\xed\xa0\x80w\xe2\x82");
	expect("\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdw\xef\xbf\xbd\xef\xbf\xbd\"");
	fresh();
	hl_json_open(&j, '{');
	hl_json_int(&j, "a\"b", 1);
	hl_json_close(&j);
	expect("{\"a\\\"b\":1}");
}
END_TEST

static void check_prob(double p)
{
	char want[64];
	snprintf(want, sizeof want, "%.6g", p);
	fresh();
	hl_json_prob(&j, NULL, p);
	expect(want);
	snprintf(want, sizeof want, "%.9g", p);
	fresh();
	hl_json_num(&j, NULL, p);
	expect(want);
}

START_TEST(test_numbers_are_g)
{
	static const double some[] = { 0, 1, 0.5, 0.1, 0.21, 1e-4, 1e-5, 9.999995e-5, 0.9999995, 0.99999949, 123456, 1234567, 999999.5, 1e300, 5e-324,
				       -0.25, -1e-7, 39.7, -104.9, 100, 1e6, 1e9, 123456789, 1234567890 };
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		check_prob(some[i]);
	unsigned seed = 7;
	for (int i = 0; i < 20000; i++) {
		double a = (double)rand_r(&seed) / RAND_MAX;
		check_prob(a);
		check_prob(ldexp(a, (int)(rand_r(&seed) % 200) - 100));
	}
}
END_TEST

START_TEST(test_numbers_special)
{
	fresh();
	hl_json_open(&j, '[');
	hl_json_prob(&j, NULL, NAN);
	hl_json_prob(&j, NULL, INFINITY);
	hl_json_prob(&j, NULL, -0.0);
	hl_json_cost(&j, NULL, 40);
	hl_json_cost(&j, NULL, 205);
	hl_json_cost(&j, NULL, 0);
	hl_json_cost(&j, NULL, -5);
	hl_json_time(&j, NULL, 0);
	hl_json_time(&j, NULL, HL_NO_TIME);
	hl_json_close(&j);
	expect("[null,null,0,0.40,2.05,0.00,-0.05,\"1970-01-01T00:00:00.000Z\",null]");
}
END_TEST

START_TEST(test_locale)
{
	/* Only where such a locale is installed does this differ from test_numbers_are_g; the form is made without printf's point anyway. */
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (setlocale(LC_ALL, names[i]))
			break;
	fresh();
	hl_json_prob(&j, NULL, 0.0625);
	setlocale(LC_ALL, "C");
	expect("0.0625");
}
END_TEST

START_TEST(test_full)
{
	struct hl_buf small = HL_BUF(8);
	hl_json_init(&j, &small);
	hl_json_str(&j, NULL, "much too long");
	ck_assert(small.full);
	ck_assert_uint_le(small.len, 8);
	hl_buf_fini(&small);
}
END_TEST

UNIT_MAIN("json_out", test_shape, test_escapes, test_numbers_are_g, test_numbers_special, test_locale, test_full)
