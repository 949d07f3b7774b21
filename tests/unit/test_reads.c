/* test_reads.c: the native read and the walk over a payload, with good input and bad input of every kind. */
#include "format/reads.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

#define MIN "\"camera\":\"cam7\",\"time\":\"2026-11-23T10:00:00.123Z\",\"plate\":\"5SOW350\""

static const char full[] =
	"{\"id\":\"cam7-000123\",\"camera\":\"cam7\",\"site\":\"I-25 N 214\",\"time\":\"2026-11-23T10:00:00.123Z\",\"plate\":\"5SOW350\",\"confidence\":0.91,"
	"\"candidates\":[{\"plate\":\"5SOW750\",\"confidence\":0.55}],\"chars\":[[[\"5\",0.99]],[[\"S\",0.97],[\"5\",0.02]]],"
	"\"region\":\"us-ca\",\"region_confidence\":0.6,\"lat\":37.77,\"lon\":-122.42,\"heading\":180,\"vehicle_id\":\"t-771\","
	"\"vehicle\":{\"type\":\"car\",\"make\":\"LEXS\",\"model\":\"ES\",\"color\":\"MAR\"},\"image\":\"https://x.example/1\",\"seq\":123,"
	"\"_truth\":\"ignored\",\"more\":{\"deep\":[1,{\"plate\":7}]}}";

static enum hl_code decode(const char *s, size_t n, struct hl_read *r, struct hl_err *err)
{
	/* An exact copy, so that a sanitizer sees a look past its end. */
	char *copy = malloc(n ? n : 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, s, n);
	hl_err_clear(err);
	enum hl_code code = hl_read_format_find("native")->decode(copy, n, r, err);
	free(copy);
	return code;
}

static void good(const char *members, struct hl_read *r)
{
	char text[4096];
	struct hl_err err;
	int n = snprintf(text, sizeof text, "{" MIN "%s%s}", *members ? "," : "", members);
	ck_assert_msg(decode(text, (size_t)n, r, &err) == HL_OK, "%s: %s", text, err.text);
}

static void bad(const char *text, unsigned line, unsigned column, const char *message)
{
	struct hl_read r;
	struct hl_err err;
	ck_assert_msg(decode(text, strlen(text), &r, &err) == HL_E_INPUT, "accepted: %s", text);
	ck_assert_str_eq(err.text, message);
	ck_assert_msg(err.line == line && err.column == column, "%s: %u:%u, expected %u:%u", err.text, err.line, err.column, line, column);
}

START_TEST(every_key)
{
	struct hl_read r;
	struct hl_err err;
	char plate[HL_PLATE_MAX + 1];
	ck_assert_int_eq(decode(full, sizeof full - 1, &r, &err), HL_OK);
	ck_assert_str_eq(r.id, "cam7-000123");
	ck_assert_str_eq(r.camera, "cam7");
	ck_assert_str_eq(r.site, "I-25 N 214");
	ck_assert_int_eq(r.time_ms, 1795428000123);
	ck_assert_str_eq(r.plate_text, "5SOW350");
	ck_assert_double_eq(r.confidence, 0.91);
	ck_assert_uint_eq(r.n_candidates, 1);
	hl_plate_text(&r.candidate[0].plate, plate);
	ck_assert_str_eq(plate, "5SOW750");
	ck_assert_float_eq_tol(r.candidate[0].confidence, 0.55f, 1e-6f);
	ck_assert_uint_eq(r.n_slots, 2);
	ck_assert_uint_eq(r.slot[1].n, 2);
	ck_assert_uint_eq(r.slot[1].sym[0], (unsigned)hl_sym_code('S'));
	ck_assert_float_eq_tol(r.slot[1].p[1], 0.02f, 1e-6f);
	ck_assert_str_eq(r.region, "us-ca");
	ck_assert_double_eq(r.region_confidence, 0.6);
	ck_assert(r.has_position);
	ck_assert_double_eq(r.lat, 37.77);
	ck_assert_double_eq(r.lon, -122.42);
	ck_assert_double_eq(r.heading, 180);
	ck_assert_str_eq(r.vehicle_id, "t-771");
	ck_assert_str_eq(r.vehicle.make, "LEXS");
	ck_assert_str_eq(r.vehicle.color, "MAR");
	ck_assert_str_eq(r.image, "https://x.example/1");
	ck_assert_int_eq(r.seq, 123);
}
END_TEST

START_TEST(least)
{
	struct hl_read r;
	good("", &r);
	ck_assert_str_eq(r.id, "");
	ck_assert(r.confidence < 0 && r.region_confidence < 0 && r.heading < 0 && r.seq < 0 && !r.has_position);
	ck_assert_uint_eq(r.n_candidates + r.n_slots, 0);
	good("\"confidence\":null,\"vehicle\":null,\"candidates\":null,\"lat\":null,\"lon\":null,\"id\":null", &r);
	ck_assert(r.confidence < 0 && !r.has_position);
	good("\"vehicle\":{\"make\":null,\"x\":[]},\"chars\":[],\"candidates\":[]", &r);
	ck_assert_str_eq(r.vehicle.make, "");
	good("\"chars\":[[[\"\",0.4],[\"-\",0.3]],[[\"\xd0\x90\",1]]]", &r);
	ck_assert_uint_eq(r.n_slots, 1);
	ck_assert_uint_eq(r.slot[0].sym[0], (unsigned)hl_sym_code('A'));
}
END_TEST

START_TEST(times)
{
	static const struct { const char *text; int64_t ms; } v[] = {
		{ "\"2026-11-23T10:00:00Z\"", 1795428000000 },   { "\"2026-11-23 11:00:00.5+01:00\"", 1795428000500 },
		{ "1795428000", 1795428000000 },                 { "1795428000123", 1795428000123 },
		{ "1795428000.25", 1795428000250 },              { "1795428000123.9", 1795428000123 },
		{ "1.795428e9", 1795428000000 },                 { "0", 0 },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		char text[200];
		struct hl_read r;
		struct hl_err err;
		int n = snprintf(text, sizeof text, "{\"camera\":\"c\",\"plate\":\"A1\",\"time\":%s}", v[i].text);
		ck_assert_msg(decode(text, (size_t)n, &r, &err) == HL_OK, "%s: %s", text, err.text);
		ck_assert_msg(r.time_ms == v[i].ms, "%s gives %lld", v[i].text, (long long)r.time_ms);
	}
}
END_TEST

START_TEST(bad_times)
{
	static const char *const v[] = { "\"2026-11-23T10:00:00\"", "\"23.11.2026\"", "\"1795428000\"", "-1", "1e300", "4102444800000", "true", "[]", "{}", "\"\"", "null" };
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		char text[200];
		struct hl_read r;
		struct hl_err err;
		int n = snprintf(text, sizeof text, "{\"camera\":\"c\",\"plate\":\"A1\",\"time\":%s}", v[i]);
		ck_assert_msg(decode(text, (size_t)n, &r, &err) == HL_E_INPUT, "accepted %s", text);
		ck_assert_msg(!strncmp(err.text, "time: found ", 12) && err.column == 35, "%s at %u", err.text, err.column);
	}
}
END_TEST

START_TEST(wrong_types)
{
	bad("{" MIN ",\"confidence\":\"0.9\"}", 1, 83, "confidence: found \"0.9\", expected a number from 0 to 1");
	bad("{" MIN ",\"confidence\":91}", 1, 83, "confidence: found 91, expected a number from 0 to 1");
	bad("{" MIN ",\"confidence\":-0.1}", 1, 83, "confidence: found -0.1, expected a number from 0 to 1");
	bad("{\"x\":{\"plate\":1},\n\"camera\":7,\"time\":1,\"plate\":\"A\"}", 2, 10, "camera: found 7, expected a string");
	bad("{\"camera\":\"a b\",\"time\":1,\"plate\":\"A\"}", 1, 11,
	    "camera: found \"a b\", expected a name: letters, digits, _ . -, not beginning with . or -");
	bad("{\"camera\":\"\",\"time\":1,\"plate\":\"A\"}", 1, 11,
	    "camera: found \"\", expected a name: letters, digits, _ . -, not beginning with . or -");
	bad("{\"camera\":\"c\",\"time\":1,\"plate\":\"\"}", 1, 32, "plate: found a text of 0 bytes, expected 1 byte or more");
	bad("{\"camera\":\"c\",\"time\":1,\"plate\":[\"A\"]}", 1, 32, "plate: found an array, expected a string");
	bad("{\"camera\":\"c\",\"time\":1,\"plate\":null}", 1, 32, "plate: found null, expected a string");
	bad("{\"camera\":\"c\",\"time\":1,\"plate\":\"A\\u0007B\"}", 1, 32, "plate: found a text of 3 bytes, expected text without control characters");
	bad("{\"camera\":\"c\",\"time\":1}", 1, 1, "plate: found nothing, expected a value: camera, time and plate are required");
	bad("{\"camera\":\"c\",\"plate\":\"A\"}", 1, 1, "time: found nothing, expected a value: camera, time and plate are required");
	bad("{}", 1, 1, "camera: found nothing, expected a value: camera, time and plate are required");
	bad("{" MIN ",\"lat\":91,\"lon\":1}", 1, 76, "lat: found 91, expected a number from -90 to 90");
	bad("{" MIN ",\"lat\":9}", 1, 1, "lon: found nothing, expected both lat and lon, or neither");
	bad("{" MIN ",\"lon\":9}", 1, 1, "lat: found nothing, expected both lat and lon, or neither");
	bad("{" MIN ",\"seq\":1.5}", 1, 76, "seq: found 1.5, expected a whole number, 0 or more");
	bad("{" MIN ",\"seq\":-1}", 1, 76, "seq: found -1, expected a whole number, 0 or more");
	bad("{" MIN ",\"id\":17}", 1, 75, "id: found 17, expected a string");
	bad("{" MIN ",\"vehicle\":\"car\"}", 1, 80, "vehicle: found \"car\", expected an object");
	bad("{" MIN ",\"vehicle\":{\"make\":true}}", 1, 80, "vehicle.make: found true, expected a string");
	bad("{" MIN ",\"site\":\"a\\nb\"}", 1, 77, "site: found \"a?b\", expected text without control characters");
	bad("{" MIN ",\"site\":\"a\\u0085b\"}", 1, 77, "site: found \"a\xc2\x85" "b\", expected text without control characters");
}
END_TEST

START_TEST(wrong_lists)
{
	bad("{" MIN ",\"candidates\":{}}", 1, 83, "candidates: found an object, expected an array");
	bad("{" MIN ",\"candidates\":[\"AB\"]}", 1, 83, "candidates[0]: found a text of 2 bytes, expected an object with plate and confidence");
	bad("{" MIN ",\"candidates\":[{\"plate\":\"A\"},{\"confidence\":1}]}", 1, 83, "candidates[1].plate: found nothing, expected a string");
	bad("{" MIN ",\"candidates\":[{\"plate\":\"A\",\"confidence\":55}]}", 1, 83,
	    "candidates[0].confidence: found 55, expected a number from 0 to 1");
	bad("{" MIN ",\"chars\":\"ABC\"}", 1, 78, "chars: found a text of 3 bytes, expected an array with one array a symbol");
	bad("{" MIN ",\"chars\":[[\"A\",1]]}", 1, 78, "chars[0]: found a text of 1 bytes, expected [symbol, probability], the symbol a string");
	bad("{" MIN ",\"chars\":[[[\"A\",1]],[[8,1]]]}", 1, 78, "chars[1]: found an array, expected [symbol, probability], the symbol a string");
	bad("{" MIN ",\"chars\":[[[\"A\",1.01]]]}", 1, 78, "chars[0]: found 1.01, expected a number from 0 to 1");
	bad("{" MIN ",\"chars\":[[[\"A\"]]]}", 1, 78, "chars[0]: found an array, expected [symbol, probability], the symbol a string");
}
END_TEST

START_TEST(not_json)
{
	static const struct { const char *text; unsigned column; } v[] = {
		{ "", 1 },
		{ "{" MIN, 72 },
		{ "{" MIN "} x", 75 },
		{ "{" MIN ",}", 73 },
		{ "\"text\"", 1 },
		{ "nonsense", 1 },
		{ "{\"plate\":\"\\ud800\"}", 10 },
		{ "{\"plate\":\"\\udc00x\"}", 10 },
		{ "{\"plate\":\"A\\u0000\"}", 10 },
		{ "{\"plate\":\"\xff\"}", 11 },
		{ "{\"plate\":\"\xc0\xaf\"}", 11 },
		{ "{\"plate\":\"\xed\xa0\x80\"}", 11 },
		{ "{\"seq\":99999999999999999999999}", 8 },
		{ "{\"seq\":1e999}", 8 },
		{ "{\"seq\":NaN}", 8 },
		{ "{\"seq\":01}", 8 },
		{ "{'plate':1}", 2 },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct hl_read r;
		struct hl_err err;
		ck_assert_msg(decode(v[i].text, strlen(v[i].text), &r, &err) == HL_E_INPUT, "accepted: %s", v[i].text);
		ck_assert_msg(!strncmp(err.text, "not JSON: ", 10), "%s: %s", v[i].text, err.text);
		ck_assert_msg(err.line == 1 && err.column >= 1 && err.column <= strlen(v[i].text) + 1, "%s at %u", v[i].text, err.column);
		ck_assert_msg(!strstr(err.text, "5SOW350"), "a plate is quoted: %s", err.text);
	}
	bad("{" MIN ",\"plate\":\"B\"}", 1, 76, "not JSON: duplicate object key near '\"plate\"'");
	bad("[1]", 1, 1, "read: found an array, expected an object");
}
END_TEST

START_TEST(truncated_anywhere)
{
	struct hl_read r;
	struct hl_err err;
	for (size_t n = 0; n < sizeof full - 1; n++)
		ck_assert_int_eq(decode(full, n, &r, &err), HL_E_INPUT);
}
END_TEST

START_TEST(every_byte_a_nul)
{
	struct hl_read r;
	struct hl_err err;
	char text[sizeof full];
	for (size_t i = 0; i < sizeof full - 1; i++) {
		memcpy(text, full, sizeof full);
		text[i] = 0;
		ck_assert_msg(decode(text, sizeof full - 1, &r, &err) == HL_E_INPUT, "a NUL at %zu was accepted", i);
	}
}
END_TEST

/* before, n times fill, after. */
static char *filled(const char *before, char fill, size_t n, const char *after, size_t *len)
{
	size_t a = strlen(before), b = strlen(after);
	char *s = malloc(a + n + b + 1);
	ck_assert_ptr_nonnull(s);
	memcpy(s, before, a);
	memset(s + a, fill, n);
	memcpy(s + a + n, after, b + 1);
	*len = a + n + b;
	return s;
}

static void sized(const char *before, char fill, size_t n, const char *after, enum hl_code code, const char *message)
{
	struct hl_read r;
	struct hl_err err;
	size_t len;
	char *s = filled(before, fill, n, after, &len);
	ck_assert_int_eq(decode(s, len, &r, &err), code);
	if (message)
		ck_assert_str_eq(err.text, message);
	free(s);
}

START_TEST(too_large)
{
	sized("{" MIN ",\"id\":\"", 'a', 127, "\"}", HL_OK, NULL);
	sized("{" MIN ",\"id\":\"", 'a', 128, "\"}", HL_E_INPUT, "id: found a text of 128 bytes, expected at most 127 bytes");
	sized("{\"time\":1,\"camera\":\"c\",\"plate\":\"", 'A', 63, "\"}", HL_OK, NULL);
	sized("{\"time\":1,\"camera\":\"c\",\"plate\":\"", 'A', 64, "\"}", HL_E_INPUT, "plate: found a text of 64 bytes, expected at most 63 bytes");
	sized("{\"time\":1,\"plate\":\"A\",\"camera\":\"", 'A', 64, "\"}", HL_E_INPUT, "camera: found a text of 64 bytes, expected at most 63 bytes");
	sized("{" MIN ",\"x\":\"", 'a', 65000, "\"}", HL_OK, NULL);
	sized("{" MIN ",\"x\":\"", 'a', 65536, "\"}", HL_E_LIMIT, "read: found 65612 bytes, expected at most 65536");
	sized("{" MIN ",\"x\":", '[', 60000, "", HL_E_INPUT, "not JSON: maximum parsing depth reached");
	sized("", '[', 65000, "", HL_E_INPUT, "not JSON: maximum parsing depth reached");
	sized("{" MIN ",\"x\":", '9', 60000, "}", HL_E_INPUT, NULL);
}
END_TEST

START_TEST(descriptions_are_cut)
{
	struct hl_read r;
	struct hl_err err;
	size_t len;
	char *s = filled("{" MIN ",\"vehicle\":{\"model\":\"\xc3\xa9", 'm', 50, "\"},\"region\":\"District of Columbia\"}", &len);
	ck_assert_int_eq(decode(s, len, &r, &err), HL_OK);
	ck_assert_uint_eq(strlen(r.vehicle.model), sizeof r.vehicle.model - 1);
	ck_assert_str_eq(r.region, "us-dc");
	free(s);
	s = filled("{" MIN ",\"image\":\"https://", 'u', 2000, "\"}", &len);
	ck_assert_int_eq(decode(s, len, &r, &err), HL_OK);
	ck_assert_str_eq(r.image, "");
	free(s);
}
END_TEST

START_TEST(many_parts)
{
	char text[4096] = "", *at = text, *end = text + sizeof text;
	struct hl_read r;
	at += snprintf(at, (size_t)(end - at), "\"candidates\":[");
	for (int i = 0; i < 40; i++)
		at += snprintf(at, (size_t)(end - at), "%s{\"plate\":\"AB%03d\"}", i ? "," : "", i);
	at += snprintf(at, (size_t)(end - at), "],\"chars\":[[");
	for (int i = 0; i < 12; i++)
		at += snprintf(at, (size_t)(end - at), "%s[\"%c\",0.%02d]", i ? "," : "", 'A' + i, i + 1);
	at += snprintf(at, (size_t)(end - at), "]]");
	good(text, &r);
	ck_assert_uint_eq(r.n_candidates, HL_CANDIDATES_MAX);
	ck_assert_uint_eq(r.slot[0].n, HL_SLOT_SYMBOLS);
	bool best = false;
	for (unsigned i = 0; i < r.slot[0].n; i++)
		best = best || r.slot[0].sym[i] == hl_sym_code('L');
	ck_assert_msg(best, "the most probable of 12 symbols was dropped");
	good("\"chars\":[[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],[[\"1\",1]],"
	     "[[\"1\",1]],[[\"1\",1]],[[\"1\",1]]]", &r);
	ck_assert_uint_eq(r.n_slots, 0);
}
END_TEST

START_TEST(formats)
{
	ck_assert_str_eq(hl_read_format_find("native")->name, "native");
	ck_assert_ptr_null(hl_read_format_find("nativ"));
	ck_assert_ptr_null(hl_read_format_find(""));
}
END_TEST

UNIT_MAIN("reads", every_key, least, times, bad_times, wrong_types, wrong_lists, not_json, truncated_anywhere, every_byte_a_nul, too_large, descriptions_are_cut, many_parts, formats)
