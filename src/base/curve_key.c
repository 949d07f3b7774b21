/* curve_key.c: see curve_key.h. */
#include "base/curve_key.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void hl_z85(const unsigned char key[HL_CURVE_KEY], char dst[HL_CURVE_TEXT])
{
	for (size_t i = 0; i < HL_CURVE_KEY; i += 4) {
		uint32_t word = (uint32_t)key[i] << 24 | (uint32_t)key[i + 1] << 16 | (uint32_t)key[i + 2] << 8 | key[i + 3];
		for (size_t k = 5; k-- > 0; word /= 85)
			dst[i / 4 * 5 + k] = alphabet[word % 85];
	}
	dst[HL_CURVE_TEXT - 1] = 0;
}

bool hl_z85_parse(const char *text, size_t n, unsigned char key[HL_CURVE_KEY])
{
	if (n != HL_CURVE_TEXT - 1)
		return false;
	for (size_t i = 0; i < HL_CURVE_KEY; i += 4) {
		uint64_t word = 0;
		for (size_t k = 0; k < 5; k++) {
			char c = text[i / 4 * 5 + k];
			const char *at = c ? strchr(alphabet, c) : NULL;
			if (!at)
				return false;
			word = word * 85 + (uint64_t)(at - alphabet);
		}
		if (word > UINT32_MAX)
			return false;
		for (size_t k = 0; k < 4; k++)
			key[i + k] = (unsigned char)(word >> (24 - 8 * k));
	}
	return true;
}

enum hl_code hl_curve_key_parse(const char *text, size_t n, unsigned char key[HL_CURVE_KEY], struct hl_err *err)
{
	unsigned line = 0, found = 0;
	const char *end = text + n;
	for (const char *p = text; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop ? stop : end) - p);
		size_t next = len + 1;
		line++;
		if (len && p[len - 1] == '\r')
			len--;
		bool comment = len && p[0] == '#' && (len == 1 || p[1] == ' ' || p[1] == '\t');
		if (len && !comment && found)
			return hl_err_set(err, HL_E_CONFIG, "line %u: a second key: one file holds one", line);
		if (len && !comment && !hl_z85_parse(p, len, key))
			return hl_err_set(err, HL_E_CONFIG, "line %u: no key: expected 40 characters of Z85 and nothing else, or '# ' and a comment", line);
		found |= len && !comment;
		p += next;
	}
	return found ? HL_OK : hl_err_set(err, HL_E_CONFIG, "no key: expected a line of 40 characters of Z85");
}

static enum hl_code named(const char *path, enum hl_code rc, const struct hl_err *why, struct hl_err *err)
{
	return rc ? hl_err_set(err, rc, "%s: %s", path, why->text) : HL_OK;
}

enum hl_code hl_curve_key_read(const char *path, unsigned char key[HL_CURVE_KEY], struct hl_err *err)
{
	struct stat st;
	struct hl_buf text = HL_BUF(HL_CURVE_FILE_MAX);
	struct hl_err why = { 0 };
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return hl_err_set(err, HL_E_CONFIG, "%s is not a regular file", path);
	enum hl_code rc = hl_file_read(path, &text, err);
	if (!rc && !stat(path, &st) && (st.st_mode & S_IWOTH))
		rc = hl_err_set(err, HL_E_CONFIG, "%s may be written by everyone: chmod o-w it", path);
	else if (!rc)
		rc = named(path, hl_curve_key_parse(hl_buf_text(&text), text.len, key, &why), &why, err);
	hl_buf_fini(&text);
	return rc;
}

enum hl_code hl_curve_secret_read(const char *path, unsigned char key[HL_CURVE_KEY], struct hl_err *err)
{
	struct hl_buf text = HL_BUF(HL_CURVE_FILE_MAX);
	struct hl_err why = { 0 };
	enum hl_code rc = hl_file_secret(path, &text, err);
	if (!rc)
		rc = named(path, hl_curve_key_parse(hl_buf_text(&text), text.len, key, &why), &why, err);
	if (text.data)
		explicit_bzero(text.data, text.len);
	hl_buf_fini(&text);
	return rc;
}

static int is_key(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	return d->d_name[0] != '.' && n > 4 && !strcmp(d->d_name + n - 4, ".key");
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct hl_curve_allowed *)a)->key, ((const struct hl_curve_allowed *)b)->key, HL_CURVE_KEY);
}

static enum hl_code check_dir(const char *dir, struct hl_err *err)
{
	struct stat st;
	if (stat(dir, &st))
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return hl_err_set(err, HL_E_CONFIG, "%s is not a folder", dir);
	if (st.st_mode & S_IWOTH)
		return hl_err_set(err, HL_E_CONFIG, "%s may be written by everyone, who could then let himself in: chmod o-w it", dir);
	return HL_OK;
}

static enum hl_code add(const char *dir, const char *file, struct hl_curve_keys *keys, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_curve_allowed *a = &keys->v[keys->n];
	enum hl_code rc = hl_path_join(path, sizeof path, dir, file, err);
	if (!rc)
		rc = hl_curve_key_read(path, a->key, err);
	if (rc)
		return rc;
	size_t n = strlen(file) - 4;
	hl_copy_n(a->name, sizeof a->name, file, n < sizeof a->name ? n : sizeof a->name - 1);
	keys->n++;
	return HL_OK;
}

static enum hl_code check_twins(const char *dir, const struct hl_curve_keys *keys, struct hl_err *err)
{
	for (size_t i = 1; i < keys->n; i++)
		if (!by_key(&keys->v[i - 1], &keys->v[i]))
			return hl_err_set(err, HL_E_CONFIG, "%s: %s.key and %s.key hold the same key", dir, keys->v[i - 1].name, keys->v[i].name);
	return HL_OK;
}

enum hl_code hl_curve_keys_read(const char *dir, struct hl_curve_keys *keys, struct hl_err *err)
{
	struct dirent **list = NULL;
	*keys = (struct hl_curve_keys){ 0 };
	enum hl_code rc = check_dir(dir, err);
	if (rc)
		return rc;
	int n = scandir(dir, &list, is_key, alphasort);
	if (n < 0)
		return hl_err_set(err, HL_E_IO, "%s: %s", dir, strerror(errno));
	if (n > HL_CURVE_KEYS_MAX)
		rc = hl_err_set(err, HL_E_LIMIT, "%s holds %d keys, at most %d", dir, n, HL_CURVE_KEYS_MAX);
	else if (n)
		keys->v = hl_calloc((size_t)n, sizeof *keys->v);
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = add(dir, list[i]->d_name, keys, err);
		free(list[i]);
	}
	free(list);
	if (!rc && keys->n)
		qsort(keys->v, keys->n, sizeof *keys->v, by_key);
	if (!rc)
		rc = check_twins(dir, keys, err);
	if (rc)
		hl_curve_keys_wipe(keys);
	return rc;
}

void hl_curve_keys_wipe(struct hl_curve_keys *keys)
{
	free(keys->v);
	*keys = (struct hl_curve_keys){ 0 };
}

const struct hl_curve_allowed *hl_curve_keys_find(const struct hl_curve_keys *keys, const unsigned char key[HL_CURVE_KEY])
{
	struct hl_curve_allowed want = { .name = "" };
	memcpy(want.key, key, HL_CURVE_KEY);
	return keys->n ? bsearch(&want, keys->v, keys->n, sizeof want, by_key) : NULL;
}
