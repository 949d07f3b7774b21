/* crypto.c: see crypto.h. The only file that knows libsodium. Any thread after hl_crypto_init. */
#include "base/crypto.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct hl_sha256 *)0)->state), "the state of libsodium's SHA-256 must fit struct hl_sha256");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= 16, "struct hl_sha256 is aligned to 16 bytes");
_Static_assert(crypto_hash_sha256_BYTES == HL_SHA256 && crypto_auth_hmacsha256_BYTES == HL_SHA256, "SHA-256 has 32 bytes");

static crypto_hash_sha256_state *state_of(struct hl_sha256 *h)
{
	return (crypto_hash_sha256_state *)(void *)h->state;
}

enum hl_code hl_crypto_init(struct hl_err *err)
{
	if (sodium_init() < 0)
		return hl_err_set(err, HL_E_INTERNAL, "libsodium can't start: no source of randomness");
	return HL_OK;
}

void hl_sha256_init(struct hl_sha256 *h)
{
	crypto_hash_sha256_init(state_of(h));
}

void hl_sha256_put(struct hl_sha256 *h, const void *data, size_t n)
{
	if (n)
		crypto_hash_sha256_update(state_of(h), data, n);
}

void hl_sha256_field(struct hl_sha256 *h, const char *field)
{
	unsigned char head[9] = { field != NULL };
	if (!field) {
		hl_sha256_put(h, head, 1);
		return;
	}
	uint64_t n = strlen(field);
	for (int i = 0; i < 8; i++)
		head[i + 1] = (unsigned char)(n >> (8 * i));
	hl_sha256_put(h, head, sizeof head);
	hl_sha256_put(h, field, n);
}

void hl_sha256_end(struct hl_sha256 *h, unsigned char out[HL_SHA256])
{
	crypto_hash_sha256_final(state_of(h), out);
}

void hl_hmac_sha256(const void *key, size_t key_n, const void *data, size_t n, unsigned char out[HL_SHA256])
{
	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, key, key_n);
	if (n)
		crypto_auth_hmacsha256_update(&state, data, n);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

void hl_hex(const unsigned char *data, size_t n, char *dst)
{
	static const char digit[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		*dst++ = digit[data[i] >> 4];
		*dst++ = digit[data[i] & 15];
	}
	*dst = 0;
}

void hl_id_text(const unsigned char hash[HL_SHA256], char dst[HL_ID_TEXT])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned bits = 0, held = 0;
	size_t n = 0;
	for (size_t i = 0; i < 16; i++) {
		bits = (bits << 8 | hash[i]) & 0xfff;
		for (held += 8; held >= 5; held -= 5)
			dst[n++] = alphabet[bits >> (held - 5) & 31];
	}
	dst[n++] = alphabet[bits << (5 - held) & 31];
	dst[n] = 0;
}

static int base32_value(char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool hl_id_parse(const char *text, unsigned char id[16])
{
	unsigned bits = 0, held = 0;
	size_t n = 0;
	if (strnlen(text, HL_ID_TEXT) != HL_ID_TEXT - 1)
		return false;
	for (; *text; text++) {
		int v = base32_value(*text);
		if (v < 0)
			return false;
		bits = (bits << 5 | (unsigned)v) & 0xfff;
		held += 5;
		if (held < 8)
			continue;
		held -= 8;
		id[n++] = (unsigned char)(bits >> held);
	}
	return (bits & ((1U << held) - 1)) == 0;
}

void hl_base64(const void *data, size_t n, char *dst, size_t dst_size)
{
	sodium_bin2base64(dst, dst_size, data, n, sodium_base64_VARIANT_ORIGINAL);
}

bool hl_base64_decode(const char *s, size_t n, unsigned char *dst, size_t dst_size, size_t *out_n)
{
	size_t pad = 0;
	while (pad < 2 && n > pad && s[n - pad - 1] == '=')
		pad++;
	*out_n = 0;
	if (pad && n % 4 != 0)
		return false;
	return sodium_base642bin(dst, dst_size, s, n - pad, NULL, out_n, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

uint64_t hl_keyed_hash(const unsigned char key[16], const void *data, size_t n)
{
	uint64_t h;
	crypto_shorthash_siphash24((unsigned char *)&h, data, n, key);
	return h;
}

void hl_random(void *dst, size_t n)
{
	randombytes_buf(dst, n);
}

uint64_t hl_random_below(uint64_t n)
{
	uint64_t r, least;
	if (n < 2)
		return 0;
	/* The first 2^64 mod n values would make the small results likelier: they are drawn again. */
	least = (0 - n) % n;
	do
		randombytes_buf(&r, sizeof r);
	while (r < least);
	return r % n;
}
