/* crypto.c: see crypto.h. The only file that knows libsodium. Plain SHA-256 is taken from the processor where it has it (sha256_x86.h), else from libsodium.
 * Any thread after hl_crypto_init.
 */
#include "config.h" /* memmem */

#include "base/crypto.h"

#include <sodium.h>
#include <string.h>

#include "base/sha256_x86.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct hl_sha256 *)0)->state), "the state of libsodium's SHA-256 must fit struct hl_sha256");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= 16, "struct hl_sha256 is aligned to 16 bytes");
_Static_assert(crypto_hash_sha256_BYTES == HL_SHA256 && crypto_auth_hmacsha256_BYTES == HL_SHA256, "SHA-256 has 32 bytes");

enum { BLOCK = 64 };

static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

/* The state of a hash that the processor makes. */
struct quick {
	uint32_t h[8];
	uint64_t n; /* bytes in all */
	unsigned char rest[BLOCK]; /* of a block not yet whole */
};

_Static_assert(sizeof(struct quick) <= sizeof(((struct hl_sha256 *)0)->state), "our own state must fit struct hl_sha256");

static crypto_hash_sha256_state *state_of(struct hl_sha256 *h)
{
	return (crypto_hash_sha256_state *)(void *)h->state;
}

static struct quick *quick_of(struct hl_sha256 *h)
{
	return (struct quick *)(void *)h->state;
}

static void quick_put(struct quick *q, const unsigned char *data, size_t n)
{
	size_t held = q->n % BLOCK, k = BLOCK - held;
	q->n += n;
	if (held && n >= k) {
		memcpy(q->rest + held, data, k);
		hl_sha256_x86_blocks(q->h, q->rest, 1);
		data += k;
		n -= k;
		held = 0;
	}
	if (!held && n >= BLOCK) {
		hl_sha256_x86_blocks(q->h, data, n / BLOCK);
		data += n / BLOCK * BLOCK;
		n %= BLOCK;
	}
	memcpy(q->rest + held, data, n);
}

/* What ends a message of n bytes whose last n % BLOCK are at dst: one block or two; gives how many. */
static size_t put_end(unsigned char dst[2 * BLOCK], uint64_t n)
{
	size_t held = n % BLOCK, blocks = held < BLOCK - 8 ? 1 : 2;
	dst[held] = 0x80;
	memset(dst + held + 1, 0, blocks * BLOCK - held - 9);
	for (size_t i = 0; i < 8; i++)
		dst[blocks * BLOCK - 8 + i] = (unsigned char)(n * 8 >> (56 - 8 * i));
	return blocks;
}

static void put_words(const uint32_t h[8], unsigned char out[HL_SHA256])
{
	for (int i = 0; i < HL_SHA256; i++)
		out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void quick_end(struct quick *q, unsigned char out[HL_SHA256])
{
	unsigned char last[2 * BLOCK];
	memcpy(last, q->rest, q->n % BLOCK);
	hl_sha256_x86_blocks(q->h, last, put_end(last, q->n));
	put_words(q->h, out);
}

/* Side by side while both have blocks, then the longer one by itself. */
static void quick_blocks(uint32_t g[8], const unsigned char *a, size_t a_blocks, uint32_t h[8], const unsigned char *b, size_t b_blocks)
{
	size_t both = a_blocks < b_blocks ? a_blocks : b_blocks;
	hl_sha256_x86_two(g, a, h, b, both);
	hl_sha256_x86_blocks(g, a + both * BLOCK, a_blocks - both);
	hl_sha256_x86_blocks(h, b + both * BLOCK, b_blocks - both);
}

enum hl_code hl_crypto_init(struct hl_err *err)
{
	if (sodium_init() < 0)
		return hl_err_set(err, HL_E_INTERNAL, "libsodium can't start: no source of randomness");
	return HL_OK;
}

void hl_sha256_init(struct hl_sha256 *h)
{
	if (!hl_sha256_x86()) {
		crypto_hash_sha256_init(state_of(h));
		return;
	}
	memcpy(quick_of(h)->h, first, sizeof first);
	quick_of(h)->n = 0;
}

void hl_sha256_put(struct hl_sha256 *h, const void *data, size_t n)
{
	if (n && hl_sha256_x86())
		quick_put(quick_of(h), data, n);
	else if (n)
		crypto_hash_sha256_update(state_of(h), data, n);
}

/* What goes before a field's text: whether there is one, and its length. Gives how many bytes. */
static size_t put_head(unsigned char dst[HL_SHA256_FIELD], const char *field, size_t n)
{
	dst[0] = field != NULL;
	for (int i = 0; i < 8; i++)
		dst[i + 1] = (unsigned char)((uint64_t)n >> (8 * i));
	return field ? HL_SHA256_FIELD : 1;
}

size_t hl_sha256_field_bytes(unsigned char *dst, const char *field, size_t n)
{
	size_t head = put_head(dst, field, n);
	if (n)
		memcpy(dst + head, field, n);
	return head + n;
}

void hl_sha256_field(struct hl_sha256 *h, const char *field)
{
	unsigned char head[HL_SHA256_FIELD];
	size_t n = field ? strlen(field) : 0;
	hl_sha256_put(h, head, put_head(head, field, n));
	hl_sha256_put(h, field, n);
}

void hl_sha256_end(struct hl_sha256 *h, unsigned char out[HL_SHA256])
{
	if (hl_sha256_x86())
		quick_end(quick_of(h), out);
	else
		crypto_hash_sha256_final(state_of(h), out);
}

static void one(const void *data, size_t n, unsigned char out[HL_SHA256])
{
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_put(&h, data, n);
	hl_sha256_end(&h, out);
}

void hl_sha256_two(const void *a, size_t a_n, const void *b, size_t b_n, unsigned char out_a[HL_SHA256], unsigned char out_b[HL_SHA256])
{
	uint32_t g[8], h[8];
	unsigned char a_last[2 * BLOCK], b_last[2 * BLOCK];
	if (!hl_sha256_x86()) {
		one(a, a_n, out_a);
		one(b, b_n, out_b);
		return;
	}
	memcpy(g, first, sizeof g);
	memcpy(h, first, sizeof h);
	quick_blocks(g, a, a_n / BLOCK, h, b, b_n / BLOCK);
	memcpy(a_last, (const unsigned char *)a + a_n / BLOCK * BLOCK, a_n % BLOCK);
	memcpy(b_last, (const unsigned char *)b + b_n / BLOCK * BLOCK, b_n % BLOCK);
	quick_blocks(g, a_last, put_end(a_last, a_n), h, b_last, put_end(b_last, b_n));
	put_words(g, out_a);
	put_words(h, out_b);
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
	/* Five bytes are eight letters. */
	for (size_t i = 0; i < 15; i += 5) {
		uint64_t bits = (uint64_t)hash[i] << 32 | (uint64_t)hash[i + 1] << 24 | (uint64_t)hash[i + 2] << 16 | (uint64_t)hash[i + 3] << 8 | hash[i + 4];
		for (int k = 35; k >= 0; k -= 5)
			*dst++ = alphabet[bits >> k & 31];
	}
	*dst++ = alphabet[hash[15] >> 3];
	*dst++ = alphabet[hash[15] << 2 & 31];
	*dst = 0;
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

void hl_curve25519_pair(unsigned char secret[HL_CURVE25519], unsigned char public[HL_CURVE25519])
{
	crypto_box_keypair(public, secret);
}

bool hl_curve25519_public(const unsigned char secret[HL_CURVE25519], unsigned char public[HL_CURVE25519])
{
	return crypto_scalarmult_base(public, secret) == 0;
}

bool hl_ed25519_verify(const unsigned char signature[HL_ED25519_SIGNATURE], const void *data, size_t n, const unsigned char key[HL_ED25519_KEY])
{
	return crypto_sign_verify_detached(signature, data, n, key) == 0;
}

void hl_ed25519_make(unsigned char seed[HL_ED25519_KEY])
{
	randombytes_buf(seed, HL_ED25519_KEY);
}

void hl_ed25519_public(const unsigned char seed[HL_ED25519_KEY], unsigned char key[HL_ED25519_KEY])
{
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(key, secret, seed);
	sodium_memzero(secret, sizeof secret);
}

void hl_ed25519_sign(const unsigned char seed[HL_ED25519_KEY], const void *data, size_t n, unsigned char signature[HL_ED25519_SIGNATURE])
{
	unsigned char key[HL_ED25519_KEY], secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(key, secret, seed);
	crypto_sign_detached(signature, NULL, data, n, secret);
	sodium_memzero(secret, sizeof secret);
}

void hl_wipe(void *secret, size_t n)
{
	sodium_memzero(secret, n);
}

bool hl_base64_exactly(const char *s, size_t n, unsigned char *dst, size_t want)
{
	unsigned char room[128];
	size_t got;
	if (sodium_base642bin(room, sizeof room, s, n, " \t\r\n", &got, NULL, sodium_base64_VARIANT_ORIGINAL) || got != want)
		return false;
	memcpy(dst, room, want);
	return true;
}

bool hl_ed25519_key_parse(const char *text, size_t n, unsigned char key[HL_ED25519_KEY])
{
	/* SubjectPublicKeyInfo of id-Ed25519 (1.3.101.112), all but the key itself. */
	static const unsigned char head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	static const char begin[] = "-----BEGIN PUBLIC KEY-----", end[] = "-----END PUBLIC KEY-----";
	unsigned char der[sizeof head + HL_ED25519_KEY];
	if (memchr(text, 0, n))
		return false;
	const char *from = n ? memmem(text, n, begin, sizeof begin - 1) : NULL;
	if (!from)
		return hl_base64_exactly(text, n, key, HL_ED25519_KEY);
	from += sizeof begin - 1;
	const char *to = memmem(from, (size_t)(text + n - from), end, sizeof end - 1);
	if (!to || !hl_base64_exactly(from, (size_t)(to - from), der, sizeof der) || memcmp(der, head, sizeof head) != 0)
		return false;
	memcpy(key, der + sizeof head, HL_ED25519_KEY);
	return true;
}

void hl_key_name(const unsigned char key[HL_ED25519_KEY], char dst[HL_KEY_NAME])
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	hl_sha256_init(&h);
	hl_sha256_put(&h, key, HL_ED25519_KEY);
	hl_sha256_end(&h, hash);
	hl_hex(hash, (HL_KEY_NAME - 1) / 2, dst);
}
