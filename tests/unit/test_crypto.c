/* test_crypto.c: published vectors of SHA-256, HMAC (RFC 4231), base64 and base32 (RFC 4648), and what ids depend on. */
#include "unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"

static char *sha(const char *s, size_t n, size_t step, char hex[HL_SHA256_HEX])
{
	struct hl_sha256 h;
	unsigned char out[HL_SHA256];
	hl_sha256_init(&h);
	for (size_t i = 0; i < n; i += step)
		hl_sha256_put(&h, s + i, n - i < step ? n - i : step);
	hl_sha256_end(&h, out);
	hl_hex(out, sizeof out, hex);
	return hex;
}

/* Two messages side by side have the hashes that each has alone. */
START_TEST(test_two_hashes)
{
	static unsigned char a[1000], b[1000];
	hl_random(a, sizeof a);
	hl_random(b, sizeof b);
	for (size_t i = 0; i < 30000; i++) {
		const unsigned char *message[] = { a, b };
		const size_t n[] = { i < 300 ? i : hl_random_below(sizeof a + 1), i < 300 ? i : hl_random_below(i % 2 ? 200 : sizeof b + 1) };
		unsigned char got[2][HL_SHA256], want[HL_SHA256];
		hl_sha256_two(a, n[0], b, n[1], got[0], got[1]);
		for (int k = 0; k < 2; k++) {
			struct hl_sha256 h;
			hl_sha256_init(&h);
			hl_sha256_put(&h, message[k], n[k]);
			hl_sha256_end(&h, want);
			ck_assert_msg(!memcmp(got[k], want, HL_SHA256), "of %zu and %zu bytes", n[0], n[1]);
		}
	}
}
END_TEST

START_TEST(test_sha256)
{
	char hex[HL_SHA256_HEX];
	ck_assert_str_eq(sha("", 0, 1, hex), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	ck_assert_str_eq(sha("abc", 3, 3, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	char big[1000];
	memset(big, 'a', sizeof big);
	char whole[HL_SHA256_HEX];
	ck_assert_str_eq(sha(big, sizeof big, 7, hex), sha(big, sizeof big, sizeof big, whole));
}
END_TEST

/* Whichever way this processor goes, every length and every way of cutting it gives what libsodium gives. */
START_TEST(test_sha256_in_pieces)
{
	unsigned char data[700], want[HL_SHA256], got[HL_SHA256];
	struct hl_sha256 h;
	hl_random(data, sizeof data);
	for (size_t n = 0; n <= sizeof data; n++) {
		crypto_hash_sha256(want, data, n);
		for (int round = 0; round < 4; round++) {
			hl_sha256_init(&h);
			for (size_t at = 0, k; at < n; at += k) {
				k = 1 + (size_t)hl_random_below(round == 3 ? n : 150);
				k = k < n - at ? k : n - at;
				hl_sha256_put(&h, data + at, k);
			}
			hl_sha256_end(&h, got);
			ck_assert_mem_eq(got, want, HL_SHA256);
		}
	}
}
END_TEST

static void fields(const char *a, const char *b, unsigned char out[HL_SHA256])
{
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_field(&h, a);
	hl_sha256_field(&h, b);
	hl_sha256_end(&h, out);
}

START_TEST(test_fields_do_not_run_together)
{
	unsigned char x[5][HL_SHA256];
	fields("ab", "c", x[0]);
	fields("a", "bc", x[1]);
	fields("", "abc", x[2]);
	fields(NULL, "abc", x[3]);
	fields("abc", NULL, x[4]);
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < i; k++)
			ck_assert_mem_ne(x[i], x[k], HL_SHA256);
}
END_TEST

START_TEST(test_hmac)
{
	unsigned char out[HL_SHA256], key[131];
	char hex[HL_SHA256_HEX];
	hl_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	hl_hex(out, sizeof out, hex);
	ck_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	static const char data[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	hl_hmac_sha256(key, sizeof key, data, sizeof data - 1, out);
	hl_hex(out, sizeof out, hex);
	ck_assert_str_eq(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

START_TEST(test_id_text)
{
	unsigned char hash[HL_SHA256] = "foobar0123456789 and what is cut";
	char id[HL_ID_TEXT];
	hl_id_text(hash, id);
	ck_assert_str_eq(id, "mzxw6ytboiydcmrtgq2tmnzyhe");
	unsigned char back[16];
	ck_assert(hl_id_parse(id, back));
	ck_assert_mem_eq(back, hash, sizeof back);
	static const char *const bad[] = { "", "mzxw6", "mzxw6ytboiydcmrtgq2tmnzyhf", "mzxw6ytboiydcmrtgq2tmnzyhea", "Mzxw6ytboiydcmrtgq2tmnzyhe", "1zxw6ytboiydcmrtgq2tmnzyhe" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!hl_id_parse(bad[i], back), "%s", bad[i]);
	memset(hash, 0xff, sizeof hash);
	hl_id_text(hash, id);
	ck_assert_str_eq(id, "77777777777777777777777774");
}
END_TEST

START_TEST(test_base64)
{
	static const struct { const char *plain, *text; } v[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
								  { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		char text[16];
		unsigned char back[8];
		size_t n, plain = strlen(v[i].plain), len = strlen(v[i].text);
		hl_base64(v[i].plain, plain, text, 4 * ((plain + 2) / 3) + 1);
		ck_assert_str_eq(text, v[i].text);
		ck_assert(hl_base64_decode(text, len, back, sizeof back, &n));
		ck_assert_uint_eq(n, plain);
		ck_assert_mem_eq(back, v[i].plain, n);
		while (len && text[len - 1] == '=')
			len--;
		ck_assert(hl_base64_decode(text, len, back, sizeof back, &n));
		ck_assert_uint_eq(n, plain);
		ck_assert(plain == 0 || !hl_base64_decode(text, len, back, plain - 1, &n));
	}
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "=", "Zm9v=", "Zm 9v", "Zm9v\n", "Zh==", "Zm9-", "Z===" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		unsigned char back[8];
		size_t n;
		ck_assert_msg(!hl_base64_decode(bad[i], strlen(bad[i]), back, sizeof back, &n), "%s", bad[i]);
	}
}
END_TEST

START_TEST(test_random)
{
	unsigned char a[32], b[32];
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	hl_random(a, sizeof a);
	hl_random(b, sizeof b);
	ck_assert_mem_ne(a, b, sizeof a);
	ck_assert_uint_eq(hl_random_below(0), 0);
	ck_assert_uint_eq(hl_random_below(1), 0);
	unsigned seen[6] = { 0 };
	for (int i = 0; i < 6000; i++) {
		uint64_t r = hl_random_below(6);
		ck_assert_uint_lt(r, 6);
		seen[r]++;
	}
	for (int i = 0; i < 6; i++)
		ck_assert_uint_gt(seen[i], 800); /* 1000 expected, 7 standard deviations */
	for (int i = 0; i < 100; i++)
		ck_assert_uint_lt(hl_random_below(UINT64_C(3) << 61), UINT64_C(3) << 61);
}
END_TEST

START_TEST(test_keyed_hash)
{
	/* The vector of the SipHash paper: key 00..0f, data 00..0e. */
	unsigned char key[16], data[15];
	for (unsigned i = 0; i < 16; i++)
		key[i] = (unsigned char)i;
	memcpy(data, key, sizeof data);
	uint64_t h = hl_keyed_hash(key, data, sizeof data);
	static const unsigned char want[8] = { 0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1 };
	ck_assert_mem_eq(&h, want, sizeof h);
}
END_TEST

static void unhex(const char *hex, unsigned char *dst)
{
	for (; *hex; hex += 2) {
		char two[3] = { hex[0], hex[1], 0 };
		*dst++ = (unsigned char)strtoul(two, NULL, 16);
	}
}

START_TEST(test_ed25519)
{
	/* RFC 8032, 7.1: tests 1, 2 and 3. */
	static const struct { const char *key, *message, *signature; } v[] = {
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		unsigned char key[HL_ED25519_KEY], message[2], signature[HL_ED25519_SIGNATURE];
		size_t n = strlen(v[i].message) / 2;
		unhex(v[i].key, key);
		unhex(v[i].message, message);
		unhex(v[i].signature, signature);
		ck_assert(hl_ed25519_verify(signature, message, n, key));
		signature[40] ^= 1;
		ck_assert(!hl_ed25519_verify(signature, message, n, key));
		signature[40] ^= 1;
		key[3] ^= 1;
		ck_assert(!hl_ed25519_verify(signature, message, n, key));
	}
}
END_TEST

START_TEST(test_ed25519_keys)
{
	/* The key of RFC 8410, 10.1, in PEM and bare. */
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
	static const char *const bad[] = {
		"", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n", /* X25519 */
		"-----END PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----BEGIN PUBLIC KEY-----\n",
		"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZu", "no key at all",
		"Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=!",
	};
	unsigned char key[HL_ED25519_KEY], bare[HL_ED25519_KEY];
	char name[HL_KEY_NAME];
	ck_assert(hl_ed25519_key_parse(pem, sizeof pem - 1, key));
	ck_assert(hl_ed25519_key_parse("\n Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\r\n", 48, bare));
	ck_assert_mem_eq(key, bare, sizeof key);
	ck_assert_uint_eq(key[0], 0x19);
	hl_key_name(key, name);
	ck_assert_uint_eq(strlen(name), 16);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!hl_ed25519_key_parse(bad[i], strlen(bad[i]), key), "%s", bad[i]);
	ck_assert(!hl_ed25519_key_parse("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\0", 45, key));
}
END_TEST

UNIT_MAIN("crypto", test_two_hashes, test_ed25519, test_ed25519_keys, test_sha256, test_sha256_in_pieces, test_fields_do_not_run_together, test_hmac, test_id_text, test_base64, test_random, test_keyed_hash)
