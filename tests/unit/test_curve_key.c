/* test_curve_key.c: keys as text (the vector of ZeroMQ RFC 32, and round trips), files of one key, folders of them, and what is wrong with either. */
#include "unit.h"

#include <string.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/curve_key.h"
#include "tmpdir.h"

/* The test key of RFC 32. */
static const unsigned char rfc[HL_CURVE_KEY] = { 0x8E, 0x0B, 0xDD, 0x69, 0x76, 0x28, 0xB9, 0x1D, 0x8F, 0x24, 0x55, 0x87, 0xEE, 0x95, 0xC5, 0xB0,
						 0x4D, 0x48, 0x96, 0x3F, 0x79, 0x25, 0x98, 0x77, 0xB4, 0x9C, 0xD9, 0x06, 0x3A, 0xEA, 0xD3, 0xB7 };
#define RFC_TEXT "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

START_TEST(test_text)
{
	char text[HL_CURVE_TEXT];
	unsigned char key[HL_CURVE_KEY], ones[HL_CURVE_KEY];
	hl_z85(rfc, text);
	ck_assert_str_eq(text, RFC_TEXT);
	ck_assert(hl_z85_parse(text, 40, key));
	ck_assert_mem_eq(key, rfc, sizeof key);
	memset(ones, 0xff, sizeof ones);
	hl_z85(ones, text);
	ck_assert(hl_z85_parse(text, 40, key));
	ck_assert_mem_eq(key, ones, sizeof key);
	for (int i = 0; i < 1000; i++) {
		hl_random(ones, sizeof ones);
		hl_z85(ones, text);
		ck_assert(hl_z85_parse(text, 40, key));
		ck_assert_mem_eq(key, ones, sizeof key);
	}
	ck_assert(!hl_z85_parse(text, 39, key));
	ck_assert(!hl_z85_parse("#####00000000000000000000000000000000000", 40, key)); /* more than 32 bits */
	ck_assert(!hl_z85_parse("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh~", 40, key));
	ck_assert(!hl_z85_parse("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh\0", 40, key));
}
END_TEST

struct row {
	const char *text, *fault; /* fault NULL: good */
};

START_TEST(test_files)
{
	static const struct row rows[] = {
		{ RFC_TEXT, NULL },
		{ RFC_TEXT "\n", NULL },
		{ "# a camera\r\n#\n\n" RFC_TEXT "\r\n# the end\n", NULL },
		{ "", "no key: expected a line of 40 characters of Z85" },
		{ "# only words\n", "no key: expected a line of 40 characters of Z85" },
		{ "# x\n" RFC_TEXT " \n", "line 2: no key: expected 40 characters of Z85 and nothing else, or '# ' and a comment" },
		{ "#x\n" RFC_TEXT "\n", "line 1: no key: expected 40 characters of Z85 and nothing else, or '# ' and a comment" },
		{ RFC_TEXT "\n" RFC_TEXT "\n", "line 2: a second key: one file holds one" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned char key[HL_CURVE_KEY];
		struct hl_err err = { 0 };
		enum hl_code rc = hl_curve_key_parse(rows[i].text, strlen(rows[i].text), key, &err);
		ck_assert_int_eq(rc, rows[i].fault ? HL_E_CONFIG : HL_OK);
		ck_assert_str_eq(err.text, rows[i].fault ? rows[i].fault : "");
		if (!rc)
			ck_assert_mem_eq(key, rfc, sizeof key);
	}
}
END_TEST

static void put(const char *name, const char *text, unsigned mode)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path(name), text, strlen(text), mode, NULL), HL_OK);
	ck_assert_int_eq(chmod(tmp_path(name), mode), 0);
}

static void says(const char *piece, const struct hl_err *err)
{
	ck_assert_msg(strstr(err->text, piece) != NULL, "no '%s' in '%s'", piece, err->text);
}

START_TEST(test_folder)
{
	struct hl_curve_keys keys;
	struct hl_err err = { 0 };
	unsigned char key[HL_CURVE_KEY], secret[HL_CURVE_KEY];
	char text[HL_CURVE_TEXT];
	tmp_make();
	const char *dir = tmp_dir;
	ck_assert_int_eq(hl_curve_keys_read(dir, &keys, &err), HL_OK);
	ck_assert_uint_eq(keys.n, 0);
	ck_assert_ptr_null(hl_curve_keys_find(&keys, rfc));
	for (int i = 0; i < 50; i++) {
		char name[32];
		hl_curve25519_pair(secret, key);
		hl_z85(key, text);
		snprintf(name, sizeof name, "cam%d.key", i);
		put(name, text, 0644);
	}
	put("green.key", "# Green\n" RFC_TEXT "\n", 0644);
	put("README", "no key", 0644);
	put("old.key.off", "no key", 0644);
	ck_assert_int_eq(hl_curve_keys_read(dir, &keys, &err), HL_OK);
	ck_assert_uint_eq(keys.n, 51);
	ck_assert_str_eq(hl_curve_keys_find(&keys, rfc)->name, "green");
	ck_assert_ptr_nonnull(hl_curve_keys_find(&keys, key));
	ck_assert_ptr_null(hl_curve_keys_find(&keys, secret));
	hl_curve_keys_wipe(&keys);
	put("twin.key", RFC_TEXT, 0644);
	ck_assert_int_eq(hl_curve_keys_read(dir, &keys, &err), HL_E_CONFIG);
	says("hold the same key", &err);
	put("twin.key", "x", 0644);
	hl_err_clear(&err);
	ck_assert_int_eq(hl_curve_keys_read(dir, &keys, &err), HL_E_CONFIG);
	says("twin.key: line 1: no key", &err);
	put("twin.key", RFC_TEXT, 0666);
	hl_err_clear(&err);
	ck_assert_int_eq(hl_curve_key_read(tmp_path("twin.key"), key, &err), HL_E_CONFIG);
	says("may be written by everyone", &err);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	hl_err_clear(&err);
	ck_assert_int_eq(hl_curve_keys_read(dir, &keys, &err), HL_E_CONFIG);
	says("may be written by everyone", &err);
	hl_err_clear(&err);
	ck_assert_int_eq(hl_curve_keys_read(tmp_path("none"), &keys, &err), HL_E_NOTFOUND);
	hl_err_clear(&err);
	ck_assert_int_eq(hl_curve_keys_read(tmp_path("green.key"), &keys, &err), HL_E_CONFIG);
	says("is not a folder", &err);
	tmp_remove();
}
END_TEST

START_TEST(test_secrets)
{
	unsigned char secret[HL_CURVE_KEY], public[HL_CURVE_KEY], again[HL_CURVE_KEY];
	char text[HL_CURVE_TEXT];
	struct hl_err err = { 0 };
	tmp_make();
	hl_curve25519_pair(secret, public);
	hl_z85(secret, text);
	put("a.secret", text, 0600);
	ck_assert_int_eq(hl_curve_secret_read(tmp_path("a.secret"), again, &err), HL_OK);
	ck_assert_mem_eq(again, secret, sizeof again);
	ck_assert(hl_curve25519_public(secret, again));
	ck_assert_mem_eq(again, public, sizeof again);
	put("a.secret", text, 0604);
	ck_assert_int_eq(hl_curve_secret_read(tmp_path("a.secret"), again, &err), HL_E_CONFIG);
	says("open to everyone", &err);
	tmp_remove();
}
END_TEST

int main(void)
{
	if (hl_crypto_init(NULL))
		return 1;
	Suite *s = suite_create("curve_key");
	TCase *t = tcase_create("curve_key");
	tcase_add_test(t, test_text);
	tcase_add_test(t, test_files);
	tcase_add_test(t, test_folder);
	tcase_add_test(t, test_secrets);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
