/* curve_key.h: keys of CurveZMQ as people keep them: a small text file with the 40 characters of Z85 on a line of their own. Files only read what they are given; any
 * thread.
 */
#ifndef HL_BASE_CURVE_KEY_H
#define HL_BASE_CURVE_KEY_H

#include "base/err.h"
#include "base/mem.h"

enum { HL_CURVE_KEY = 32, HL_CURVE_TEXT = 41 /* Z85 and a NUL */, HL_CURVE_FILE_MAX = 4096, HL_CURVE_KEYS_MAX = 10000 };

/* A public key that may connect. */
struct hl_curve_allowed {
	unsigned char key[HL_CURVE_KEY];
	char name[64];                  /* of its file, without ".key", cut where it is longer */
};

/* Keys sorted by their bytes. */
struct hl_curve_keys {
	struct hl_curve_allowed *v;
	size_t n;
};

/* Source of Z85: ZeroMQ RFC 32. */
void hl_z85(const unsigned char key[HL_CURVE_KEY], char dst[HL_CURVE_TEXT]);
/* False where text is not exactly 40 characters of Z85 that mean 32 bytes. */
bool hl_z85_parse(const char *text, size_t n, unsigned char key[HL_CURVE_KEY]);
/* The one key in a file's text: a line of 40 characters; empty lines and lines of "#" or "# TEXT" are skipped ('#' alone is a character of Z85, a blank never). HL_E_CONFIG
 * with the line where there is none, a second one, or something else. */
enum hl_code hl_curve_key_parse(const char *text, size_t n, unsigned char key[HL_CURVE_KEY], struct hl_err *err);
/* A public key's file. HL_E_CONFIG: no key in it, or writable by everyone; the text names the file. */
enum hl_code hl_curve_key_read(const char *path, unsigned char key[HL_CURVE_KEY], struct hl_err *err);
/* A secret key's file, which must not be open to others (hl_file_secret). */
enum hl_code hl_curve_secret_read(const char *path, unsigned char key[HL_CURVE_KEY], struct hl_err *err);
/* All files *.key of a folder that does not lie open for everyone to write. HL_E_CONFIG naming the first file that holds no key, or one that another file holds already;
 * HL_E_LIMIT above HL_CURVE_KEYS_MAX. Gives *keys (hl_curve_keys_wipe); an empty folder gives none. */
enum hl_code hl_curve_keys_read(const char *dir, struct hl_curve_keys *keys, struct hl_err *err);
void hl_curve_keys_wipe(struct hl_curve_keys *keys);
/* The entry of this key, or NULL. Borrowed. */
const struct hl_curve_allowed *hl_curve_keys_find(const struct hl_curve_keys *keys, const unsigned char key[HL_CURVE_KEY]);

#endif
