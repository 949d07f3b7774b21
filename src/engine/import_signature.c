/* import_signature.c: uploads signed by the agency's key (the list's `public_key_file`), see import_priv.h. What is checked is a copy of the upload in the draft's
 * folder, without a name, and that copy is what is read afterwards: nobody can change the file in between. One import at a time in a state folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/import_priv.h"

enum { KEY_FILE_MAX = 4096, COPY_BYTES = 1 << 16 };

static enum hl_code load_key(const char *path, unsigned char key[HL_ED25519_KEY], struct hl_err *err)
{
	struct hl_buf b = HL_BUF(KEY_FILE_MAX);
	struct hl_err why;
	enum hl_code code = hl_file_read(path, &b, &why);
	if (code)
		code = hl_err_set(err, HL_E_CONFIG, "the list's public_key_file can't be read: %s", why.text);
	else if (!hl_ed25519_key_parse(hl_buf_text(&b), b.len, key))
		code = hl_err_set(err, HL_E_CONFIG, "%s is not an Ed25519 public key: expected what `openssl pkey -pubout` writes, or 32 bytes in base64", path);
	hl_buf_fini(&b);
	return code;
}

/* 64 bytes as they are, or in base64 with blanks around it. */
static bool parse_signature(const struct hl_import *in, unsigned char signature[HL_ED25519_SIGNATURE])
{
	if (in->signature_n != HL_ED25519_SIGNATURE)
		return hl_base64_exactly(in->signature, in->signature_n, signature, HL_ED25519_SIGNATURE);
	memcpy(signature, in->signature, HL_ED25519_SIGNATURE);
	return true;
}

/* All of from into a file without a name in dir; *n its bytes. */
static enum hl_code copy(int from, const char *dir, int *to, size_t *n, struct hl_err *err)
{
	char path[HL_PATH_MAX + 32], room[COPY_BYTES];
	ssize_t k = 0;
	*n = 0;
	*to = -1;
	enum hl_code code = hl_path_join(path, sizeof path, dir, "upload", err);
	if (code)
		return code;
	*to = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool bad = *to < 0 || unlink(path);
	while (!bad && ((k = read(from, room, sizeof room)) > 0 || (k < 0 && errno == EINTR))) {
		*n += k > 0 ? (size_t)k : 0;
		if (*n > (size_t)HL_LIST_FILE_MAX)
			return hl_err_set(err, HL_E_LIMIT, "the file has more than %lld bytes", (long long)HL_LIST_FILE_MAX);
		bad = k > 0 && write(*to, room, (size_t)k) != k;
	}
	if (bad || k < 0 || lseek(*to, 0, SEEK_SET))
		return hl_err_set(err, HL_E_IO, "can't copy the upload into %s: %s", dir, strerror(errno));
	return HL_OK;
}

static enum hl_code check(int fd, size_t n, const unsigned char signature[HL_ED25519_SIGNATURE], const unsigned char key[HL_ED25519_KEY], struct hl_err *err)
{
	char name[HL_KEY_NAME];
	void *map = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (map == MAP_FAILED)
		return hl_err_set(err, HL_E_IO, "can't map the upload: %s", strerror(errno));
	bool good = hl_ed25519_verify(signature, n ? map : "", n, key);
	if (n)
		munmap(map, n);
	hl_key_name(key, name);
	return good ? HL_OK : hl_err_set(err, HL_E_DENIED, "the signature is not that of this file by the key %s of the list: nothing was stored", name);
}

enum hl_code hl_import_check_signature(const struct hl_list_settings *list, const struct hl_import *in, const char *dir, int *fd, char signed_by[HL_KEY_NAME],
				       struct hl_err *err)
{
	unsigned char key[HL_ED25519_KEY], signature[HL_ED25519_SIGNATURE];
	const char *file = list ? list->public_key_file : NULL;
	size_t n;
	*fd = -1;
	signed_by[0] = 0;
	if (!file && !in->signature)
		return HL_OK;
	if (!file)
		return hl_err_set(err, HL_E_CONFIG, "list '%s' has no public_key_file in the settings: the signature can't be checked", in->list);
	if (!in->signature)
		return hl_err_set(err, HL_E_DENIED, "list '%s' takes signed uploads only: --signature FILE is missing", in->list);
	if (!parse_signature(in, signature))
		return hl_err_set(err, HL_E_INPUT, "the signature has %zu bytes: expected the 64 of an Ed25519 signature, or those in base64", in->signature_n);
	enum hl_code code = load_key(file, key, err);
	if (!code)
		code = copy(in->fd, dir, fd, &n, err);
	if (!code)
		code = check(*fd, n, signature, key, err);
	if (!code)
		hl_key_name(key, signed_by);
	return code;
}
