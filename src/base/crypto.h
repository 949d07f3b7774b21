/* crypto.h: hashes, signatures, randomness and their text forms, over libsodium. Any thread after hl_crypto_init. */
#ifndef HL_BASE_CRYPTO_H
#define HL_BASE_CRYPTO_H

#include "base/err.h"
#include <stdint.h>

enum { HL_SHA256 = 32, HL_SHA256_HEX = 65, HL_ID_TEXT = 27, HL_KEY_NAME = 17 }; /* an id: 26 characters of base32 (128 bits and 2 spare) and a NUL; a key by the beginning of its hash, in hex */

struct hl_sha256 {
	_Alignas(16) unsigned char state[256];
};

/* Must be called once before any thread starts; HL_E_INTERNAL where libsodium can't start. */
enum hl_code hl_crypto_init(struct hl_err *err);
void hl_sha256_init(struct hl_sha256 *h);
void hl_sha256_put(struct hl_sha256 *h, const void *data, size_t n);
/* Length-prefixed, so that ("ab","c") and ("a","bc") differ; NULL hashes as a missing field, which differs from "". */
void hl_sha256_field(struct hl_sha256 *h, const char *field);
/* The bytes that hl_sha256_field would hash for a field of n bytes, for a message of many short fields that is hashed in one piece: quicker. dst has room for
 * HL_SHA256_FIELD + n; gives how many there are. */
enum { HL_SHA256_FIELD = 9 };
size_t hl_sha256_field_bytes(unsigned char *dst, const char *field, size_t n);
void hl_sha256_end(struct hl_sha256 *h, unsigned char out[HL_SHA256]);
/* The hashes of two messages: quicker than one after the other, as far as they are as long as each other. */
void hl_sha256_two(const void *a, size_t a_n, const void *b, size_t b_n, unsigned char out_a[HL_SHA256], unsigned char out_b[HL_SHA256]);
void hl_hmac_sha256(const void *key, size_t key_n, const void *data, size_t n, unsigned char out[HL_SHA256]);
void hl_hex(const unsigned char *data, size_t n, char *dst); /* 2n + 1 bytes */
/* Lower-case base32 (RFC 4648 alphabet a-z2-7, no padding) of the first 16 bytes of a hash: an id. */
void hl_id_text(const unsigned char hash[HL_SHA256], char dst[HL_ID_TEXT]);
/* The 16 bytes behind an id; false where text is not one that hl_id_text makes. */
bool hl_id_parse(const char *text, unsigned char id[16]);
/* Standard base64 with padding; dst_size >= 4 * ((n + 2) / 3) + 1. */
void hl_base64(const void *data, size_t n, char *dst, size_t dst_size);
/* Decodes standard base64 (padding optional, no other bytes); false on a fault or where dst is too small. */
bool hl_base64_decode(const char *s, size_t n, unsigned char *dst, size_t dst_size, size_t *out_n);
/* The same with padding, blanks anywhere ignored; false where it does not mean exactly `want` bytes, at most 128. */
bool hl_base64_exactly(const char *s, size_t n, unsigned char *dst, size_t want);
/* Keyed 64-bit hash (SipHash-2-4) for hash tables over data from outside, so that nobody can choose colliding keys. */
uint64_t hl_keyed_hash(const unsigned char key[16], const void *data, size_t n);
void hl_random(void *dst, size_t n);
uint64_t hl_random_below(uint64_t n); /* uniform in [0, n) */

enum { HL_CURVE25519 = 32 };
/* A fresh key pair of Curve25519 (CurveZMQ's); and the public key that belongs to a secret one. */
void hl_curve25519_pair(unsigned char secret[HL_CURVE25519], unsigned char public[HL_CURVE25519]);
bool hl_curve25519_public(const unsigned char secret[HL_CURVE25519], unsigned char public[HL_CURVE25519]);

enum { HL_ED25519_KEY = 32, HL_ED25519_SIGNATURE = 64 };
/* Plain Ed25519 (RFC 8032, not Ed25519ph) over the n bytes of data. */
bool hl_ed25519_verify(const unsigned char signature[HL_ED25519_SIGNATURE], const void *data, size_t n, const unsigned char key[HL_ED25519_KEY]);
/* A private key is the 32 bytes of RFC 8032's seed. make draws a new one; public gives the key that belongs to it; sign makes a plain Ed25519 signature. */
void hl_ed25519_make(unsigned char seed[HL_ED25519_KEY]);
void hl_ed25519_public(const unsigned char seed[HL_ED25519_KEY], unsigned char key[HL_ED25519_KEY]);
void hl_ed25519_sign(const unsigned char seed[HL_ED25519_KEY], const void *data, size_t n, unsigned char signature[HL_ED25519_SIGNATURE]);
/* Wipes what was secret; the compiler does not leave it out. */
void hl_wipe(void *secret, size_t n);
/* A public key as `openssl pkey -pubout` writes it (PEM, RFC 8410), or its 32 bytes in base64; blanks around it are fine. False for anything else. */
bool hl_ed25519_key_parse(const char *text, size_t n, unsigned char key[HL_ED25519_KEY]);
/* The name of a key: the first 16 hex digits of its SHA-256. */
void hl_key_name(const unsigned char key[HL_ED25519_KEY], char dst[HL_KEY_NAME]);

#endif
