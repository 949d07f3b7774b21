/* audit_mark.c: signed places of a chain: checkpoints ("up to here it is so"), and roots ("what was before here was purged"), a line each; and the key that
 * signs them. What is exported of the first makes every later change of the chain before it evident, also to somebody who has the key.
 * Any thread, under the lock of audit.c where it writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "store/audit_priv.h"

enum { SIGNATURE = 89 /* 64 bytes in base64, and a NUL */ };

void hl_audit_mark_put(const struct hl_audit_mark *m, const unsigned char seed[HL_ED25519_KEY], struct hl_buf *out)
{
	unsigned char signature[HL_ED25519_SIGNATURE];
	struct hl_buf b = HL_BUF(HL_AUDIT_MARK_MAX);
	char time[HL_TIME_TEXT], text[SIGNATURE];
	hl_time_format(m->time_ms, time);
	hl_buf_printf(&b, "%s\tchain=%s\tseq=%" PRId64 "\ttime=%s\thash=%s\tkey=%s", m->root ? "root" : "checkpoint", m->chain, m->seq, time, m->hash, m->key);
	hl_ed25519_sign(seed, b.data, b.len, signature);
	hl_base64(signature, sizeof signature, text, sizeof text);
	hl_buf_printf(out, "%s\tsig=%s\n", hl_buf_text(&b), text);
	hl_buf_fini(&b);
}

/* The value of "\tkey=" in text, into dst of `size` bytes; false where it is not there or has another length. */
static bool value(const char *text, const char *key, char *dst, size_t size)
{
	const char *at = strstr(text, key);
	size_t n = at ? strcspn(at + strlen(key), "\t") : 0;
	return at && n < size && hl_copy_n(dst, size, at + strlen(key), n);
}

static bool take_fields(const char *text, struct hl_audit_mark *m)
{
	char seq[24], time[HL_TIME_TEXT], *end;
	*m = (struct hl_audit_mark){ .root = !strncmp(text, "root\t", 5) };
	if (!m->root && strncmp(text, "checkpoint\t", 11) != 0)
		return false;
	if (!value(text, "\tchain=", m->chain, sizeof m->chain) || !value(text, "\thash=", m->hash, sizeof m->hash) || !value(text, "\tkey=", m->key, sizeof m->key) ||
	    !value(text, "\tseq=", seq, sizeof seq) || !value(text, "\ttime=", time, sizeof time))
		return false;
	m->seq = strtoll(seq, &end, 10);
	return !*end && m->seq > 0 && strlen(m->chain) == HL_AUDIT_CHAIN - 1 && strspn(m->chain, "0123456789abcdef") == HL_AUDIT_CHAIN - 1 &&
	       strlen(m->hash) == HL_SHA256_HEX - 1 && hl_time_parse(time, strlen(time), &m->time_ms);
}

bool hl_audit_mark_take(const char *line, size_t n, const unsigned char *key, struct hl_audit_mark *m, bool *fits)
{
	char text[HL_AUDIT_MARK_MAX];
	unsigned char signature[HL_ED25519_SIGNATURE];
	*fits = false;
	if (n >= sizeof text || memchr(line, 0, n))
		return false;
	hl_copy_n(text, sizeof text, line, n);
	char *sig = strstr(text, "\tsig=");
	if (!sig || !hl_base64_exactly(sig + 5, strlen(sig + 5), signature, sizeof signature))
		return false;
	*sig = 0;
	if (!take_fields(text, m))
		return false;
	char name[HL_KEY_NAME];
	if (key) {
		hl_key_name(key, name);
		*fits = !strcmp(name, m->key) && hl_ed25519_verify(signature, text, (size_t)(sig - text), key);
	}
	return true;
}

/* Where the last whole line ends. */
static off_t whole_end(int fd)
{
	char b[HL_AUDIT_MARK_MAX];
	off_t size = lseek(fd, 0, SEEK_END), from = size > (off_t)sizeof b ? size - (off_t)sizeof b : 0;
	ssize_t n = size > 0 ? pread(fd, b, (size_t)(size - from), from) : 0;
	for (; n > 0; n--)
		if (b[n - 1] == '\n')
			return from + n;
	return from ? size : 0;
}

enum hl_code hl_audit_mark_append(const char *dir, const char *name, const struct hl_buf *lines, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	enum hl_code code = hl_path_join(path, sizeof path, dir, name, err);
	if (code)
		return code;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	off_t at = fd < 0 ? -1 : whole_end(fd);
	bool ok = at >= 0 && !ftruncate(fd, at) && pwrite(fd, lines->data, lines->len, at) == (ssize_t)lines->len && !fsync(fd);
	if (!ok)
		code = hl_err_set(err, HL_E_IO, "can't write %s: %s", path, strerror(errno));
	if (!ok && at >= 0 && ftruncate(fd, at))
		fsync(fd); /* the half line is cut off by whoever writes next */
	if (fd >= 0)
		close(fd);
	return code ? code : hl_file_sync_dir(dir, err);
}

/* ---- the key ---- */

static enum hl_code make_key(const char *path, unsigned char seed[HL_ED25519_KEY], struct hl_err *err)
{
	char text[48];
	hl_ed25519_make(seed);
	hl_base64(seed, HL_ED25519_KEY, text, sizeof text);
	hl_copy(text + strlen(text), 2, "\n");
	enum hl_code code = hl_file_write_atomic(path, text, strlen(text), 0600, err);
	hl_wipe(text, sizeof text);
	hl_crash_point("audit.key");
	return code;
}

enum hl_code hl_audit_key(const char *audit, unsigned char seed[HL_ED25519_KEY], bool *made, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct stat st;
	struct hl_buf text = HL_BUF(256);
	enum hl_code code = hl_path_join(path, sizeof path, audit, "key", err);
	*made = !code && lstat(path, &st) && errno == ENOENT;
	if (code)
		return code;
	if (*made)
		return make_key(path, seed, err);
	if (lstat(path, &st) || !S_ISREG(st.st_mode) || (st.st_mode & 077))
		return hl_err_set(err, HL_E_CONFIG, "%s holds the key of the audit and is open to others, or is no file: chmod 0600 it", path);
	code = hl_file_read(path, &text, err);
	if (!code && !hl_base64_exactly(hl_buf_text(&text), text.len, seed, HL_ED25519_KEY))
		code = hl_err_set(err, HL_E_CONFIG, "%s holds no key: move it away, and a new chain is begun with a new one", path);
	if (text.data)
		hl_wipe(text.data, text.len);
	hl_buf_fini(&text);
	return code;
}
