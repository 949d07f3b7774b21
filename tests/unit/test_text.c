/* test_text.c: normal forms of plates, cleaning of texts, suggestions. */
#include "unit.h"

#include <string.h>

#include "base/text.h"

static void plate(const char *in, const char *keep, const char *want)
{
	char dst[32];
	size_t n = hl_text_plate(in, strlen(in), keep, dst, sizeof dst);
	ck_assert_msg(!strcmp(dst, want), "%s: %s, expected %s", in, dst, want);
	ck_assert_uint_eq(n, strlen(want));
}

START_TEST(test_plate)
{
	plate("5sow 750", NULL, "5SOW750");
	plate(" a-b.c/1:2_3 ", NULL, "ABC123");
	plate("", NULL, "");
	plate("-- --", NULL, "");
	plate("A?B*C", NULL, "ABC");
	plate("a?b*c", "?*", "A?B*C");
	plate("\x01\x7f\tA\n", NULL, "A");
	plate("ＡＢＣ１２３", NULL, "ABC123"); /* fullwidth */
	plate("ＡＢ？１", "?", "AB?1");
	plate("А123ВС 77", NULL, "A123BC77"); /* Cyrillic */
	plate("авекмнорстух", NULL, "ABEKMHOPCTYX");
	plate("ІЈЅ", NULL, "IJS");
	plate("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", NULL, "ABEZHIKMNOPTYX"); /* Greek */
	plate("αβχ", NULL, "ABX");
	plate("①②ⅷ", NULL, "12VIII"); /* compatibility forms */
	plate("ﬁ1", NULL, "FI1");
	plate("TÜ AB 12", NULL, "TAB12");
	plate("TU\xcc\x88 AB 12", NULL, "TAB12"); /* the same, decomposed */
	plate("ЖЩ1", NULL, "1");
	plate("京A12345", NULL, "A12345");
}
END_TEST

START_TEST(test_plate_bad_bytes)
{
	plate("A\xff" "B\xc3", NULL, "AB");
	plate("\xc0\x80" "A\xed\xa0\x80" "1\xf5\x80\x80\x80", NULL, "A1");
	char dst[4];
	ck_assert_uint_eq(hl_text_plate("ABCDEF", 6, NULL, dst, sizeof dst), 6);
	ck_assert_str_eq(dst, "ABC");
	ck_assert_uint_eq(hl_text_plate("ABCDEФF", 8, NULL, dst, sizeof dst), 6);
	ck_assert_str_eq(dst, "ABC");
	ck_assert_uint_eq(hl_text_plate("A\0B", 3, "?*", dst, sizeof dst), 2);
	ck_assert_str_eq(dst, "AB");
	ck_assert_uint_eq(hl_text_plate("AB", 2, NULL, dst, 1), 2);
	ck_assert_str_eq(dst, "");
	ck_assert_uint_eq(hl_text_plate("AB", 2, NULL, NULL, 0), 2);
	/* The code point that grows most: 18 code points from 3 bytes. */
	char big[3000];
	for (size_t i = 0; i < sizeof big; i += 3)
		memcpy(big + i, "\xef\xb7\xba", 3);
	ck_assert_uint_eq(hl_text_plate(big, sizeof big, NULL, dst, sizeof dst), 0);
	/* Random bytes: never a fault, always ended, only allowed symbols. */
	unsigned seed = 1;
	for (int i = 0; i < 20000; i++) {
		char junk[24], out[16];
		size_t n = (size_t)rand_r(&seed) % sizeof junk;
		for (size_t k = 0; k < n; k++)
			junk[k] = (char)rand_r(&seed);
		hl_text_plate(junk, n, NULL, out, sizeof out);
		ck_assert_uint_eq(strspn(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), strlen(out));
	}
}
END_TEST

START_TEST(test_utf8)
{
	ck_assert(hl_text_utf8("", 0));
	ck_assert(hl_text_utf8("aé漢😀", strlen("aé漢😀")));
	ck_assert(!hl_text_utf8("a\0b", 3));
	static const char *const bad[] = { "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "a\xff" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert(!hl_text_utf8(bad[i], strlen(bad[i])));
	ck_assert_uint_eq(hl_text_utf8_len("é", 1), 0);
	ck_assert_uint_eq(hl_text_utf8_len("é", 2), 2);
	ck_assert_uint_eq(hl_text_utf8_len("", 0), 0);
}
END_TEST

START_TEST(test_clean)
{
	struct hl_buf out = HL_BUF(100);
	hl_text_clean("a\x1b[31mb\nc\x7f\xc2\x9bz\xff\0é", 17, &out);
	ck_assert_str_eq(hl_buf_text(&out), "a [31mb c  z\xef\xbf\xbd é");
	hl_buf_clear(&out);
	hl_text_latin1("caf\xe9 \xff\x80", 7, &out);
	ck_assert_str_eq(hl_buf_text(&out), "café ÿ\xc2\x80");
	hl_buf_fini(&out);
}
END_TEST

START_TEST(test_words)
{
	static const char *const words[] = { "plate", "state", "category", "to", NULL };
	ck_assert_str_eq(hl_text_nearest("plat", words), "plate");
	ck_assert_str_eq(hl_text_nearest("Sttae", words), "state");
	ck_assert_str_eq(hl_text_nearest("categorie", words), "category");
	ck_assert_ptr_null(hl_text_nearest("zzz", words));
	ck_assert_ptr_null(hl_text_nearest("x", words));
	ck_assert_ptr_null(hl_text_nearest("ta", words));
	ck_assert_uint_eq(hl_text_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(hl_text_distance("ABC", "abc"), 0);
	ck_assert_uint_eq(hl_text_distance("", "abc"), 3);
	char a[100], b[100];
	memset(a, 'a', 99);
	memset(b, 'b', 99);
	a[99] = b[99] = 0;
	ck_assert_uint_eq(hl_text_distance(a, b), 64);
	ck_assert(hl_text_same("Plate", "pLATE"));
	ck_assert(!hl_text_same("plate", "plates"));
	ck_assert(!hl_text_same("plates", "plate"));
	ck_assert(hl_text_same("", ""));
}
END_TEST

START_TEST(test_trim_and_names)
{
	const char *s = " \t a b \t";
	size_t n = strlen(s);
	hl_text_trim(&s, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_mem_eq(s, "a b", 3);
	s = "  ";
	n = 2;
	hl_text_trim(&s, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert(hl_text_is_name("stolen", 6, 64));
	ck_assert(hl_text_is_name("a.b-c_D9", 8, 64));
	ck_assert(!hl_text_is_name("", 0, 64));
	ck_assert(!hl_text_is_name("..", 2, 64));
	ck_assert(!hl_text_is_name("-x", 2, 64));
	ck_assert(!hl_text_is_name("a/b", 3, 64));
	ck_assert(!hl_text_is_name("a b", 3, 64));
	ck_assert(!hl_text_is_name("é", 2, 64));
	ck_assert(!hl_text_is_name("abc", 3, 2));
}
END_TEST

/* All texts of up to 40 bytes of one kind, and each with one byte changed, differ; what stands behind the NUL does not count, the seed does. */
START_TEST(test_hash)
{
	enum { ROOM = 48 };
	static uint64_t seen[2000];
	size_t n = 0;
	for (size_t len = 0; len <= 40; len++)
		for (size_t change = 0; change <= len; change++) {
			char a[ROOM], b[ROOM];
			memset(a, 0x5a, sizeof a);
			memset(b, 0xa5, sizeof b);
			memset(a, 'c', len);
			a[change] = change < len ? '\x80' : 0;
			a[len] = 0;
			memcpy(b, a, len + 1);
			ck_assert(hl_text_hash(a, 7) == hl_text_hash(b, 7));
			ck_assert(hl_text_hash(a, 7) != hl_text_hash(a, 8));
			seen[n++] = hl_text_hash(a, 7);
			for (size_t k = 0; k + 1 < n; k++)
				ck_assert_msg(seen[k] != seen[n - 1], "%zu bytes, the one changed %zu", len, change);
		}
	/* It ends with its array. */
	char *full = malloc(8);
	memcpy(full, "1234567", 8);
	ck_assert(hl_text_hash(full, 7) != hl_text_hash("1234568", 7));
	free(full);
}
END_TEST

/* What goes into columns of a terminal: wide letters, marks above letters, and nothing that steers it or turns the direction of writing. */
static const struct {
	const char *text;
	size_t columns;
	const char *fits;
	size_t used;
} fit[] = {
	{ "abc", 5, "abc  ", 3 },
	{ "abcdef", 3, "abc", 3 },
	{ "", 2, "  ", 0 },
	{ "\xe4\xbd\xa0\xe5\xa5\xbd", 4, "\xe4\xbd\xa0\xe5\xa5\xbd", 6 },
	{ "\xe4\xbd\xa0\xe5\xa5\xbd", 3, "\xe4\xbd\xa0 ", 3 },
	{ "e\xcc\x81x", 2, "e\xcc\x81x", 4 },
	{ "a\x1b[2Jb\x07\x7f\n\rc", 8, "a[2Jbc  ", 11 },
	{ "a\xc2\x9b" "31mb", 8, "a31mb   ", 7 },
	{ "a\xe2\x80\xae" "b\xe2\x81\xa9" "c\xe2\x80\x8b", 4, "abc ", 12 },
	{ "a\xff\xc3", 4, "a?? ", 3 },
	{ "\xc3\xa9t\xc3\xa9", 3, "\xc3\xa9t\xc3\xa9", 5 },
};

START_TEST(test_fit)
{
	for (size_t i = 0; i < sizeof fit / sizeof fit[0]; i++) {
		struct hl_buf out = HL_BUF(256);
		ck_assert_uint_eq(hl_text_fit(fit[i].text, fit[i].columns, true, &out), fit[i].used);
		ck_assert_str_eq(hl_buf_text(&out), fit[i].fits);
		hl_buf_fini(&out);
	}
}
END_TEST

UNIT_MAIN("text", test_fit, test_plate, test_plate_bad_bytes, test_utf8, test_clean, test_words, test_trim_and_names, test_hash)
