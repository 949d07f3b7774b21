/* cmd_keygen.c: `hotlistctl keygen curve`: a key pair for a ZeroMQ source or sender: the secret key in a file of mode 0600, the public one beside it. No file that is
 * there already is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/curve_key.h"
#include "base/file.h"
#include "base/json_out.h"
#include "ctl/ctl.h"

static enum hl_code write_new(const char *path, const struct hl_buf *text, unsigned mode, struct hl_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return hl_err_set(err, errno == EEXIST ? HL_E_EXISTS : HL_E_IO, "%s: %s", path, strerror(errno));
	bool ok = !fchmod(fd, mode) && write(fd, text->data, text->len) == (ssize_t)text->len && !fsync(fd);
	int e = errno;
	ok = !close(fd) && ok;
	if (ok)
		return HL_OK;
	unlink(path);
	return hl_err_set(err, HL_E_IO, "%s: %s", path, strerror(e));
}

static enum hl_code write_key(const char *path, const char *what, const char *name, const unsigned char key[HL_CURVE_KEY], unsigned mode, struct hl_err *err)
{
	char text[HL_CURVE_TEXT], time[HL_TIME_TEXT];
	struct hl_buf out = HL_BUF(HL_CURVE_FILE_MAX);
	hl_z85(key, text);
	hl_time_format(hl_clock_real_ms(), time);
	hl_buf_printf(&out, "# %s of %s, made %.10s\n%s\n", what, name, time, text);
	enum hl_code rc = write_new(path, &out, mode, err);
	explicit_bzero(out.data, out.len);
	explicit_bzero(text, sizeof text);
	hl_buf_fini(&out);
	return rc;
}

/* The pair or nothing. */
static enum hl_code make_pair(const char *base, char secret_path[HL_PATH_MAX], char key_path[HL_PATH_MAX], char public_text[HL_CURVE_TEXT], struct hl_err *err)
{
	unsigned char secret[HL_CURVE_KEY], public[HL_CURVE_KEY];
	const char *slash = strrchr(base, '/'), *name = slash ? slash + 1 : base;
	if (snprintf(secret_path, HL_PATH_MAX, "%s.secret", base) >= HL_PATH_MAX || snprintf(key_path, HL_PATH_MAX, "%s.key", base) >= HL_PATH_MAX)
		return hl_err_set(err, HL_E_LIMIT, "the name is too long");
	hl_curve25519_pair(secret, public);
	hl_z85(public, public_text);
	enum hl_code rc = write_key(secret_path, "secret key", name, secret, 0600, err);
	explicit_bzero(secret, sizeof secret);
	if (rc)
		return rc;
	rc = write_key(key_path, "public key", name, public, 0644, err);
	if (rc)
		unlink(secret_path);
	return rc;
}

static int keygen_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	char secret[HL_PATH_MAX], key[HL_PATH_MAX], text[HL_CURVE_TEXT];
	struct hl_err err = { 0 };
	if (argc != 1 || argv[0][0] == '-' || !argv[0][0])
		return hl_ctl_usage(&hl_ctl_keygen_curve, argc ? "expected one name of the files to make" : "NAME is missing");
	if (make_pair(argv[0], secret, key, text, &err))
		return hl_ctl_fail(&err);
	if (!g->json) {
		printf("%s  the secret key: keep it where it is used, mode 0600\n%s  the public key: for the other side\n", secret, key);
		return EX_OK;
	}
	struct hl_json j;
	struct hl_buf out = HL_BUF(8192);
	hl_json_init(&j, &out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "secret_key_file", secret);
	hl_json_str(&j, "key_file", key);
	hl_json_str(&j, "public_key", text);
	hl_json_close(&j);
	puts(hl_buf_text(&out));
	hl_buf_fini(&out);
	return EX_OK;
}

const struct hl_ctl_command hl_ctl_keygen_curve = {
	.family = "keygen",
	.verb = "curve",
	.usage = "NAME",
	.help = "makes a key pair for ZeroMQ: NAME.secret and NAME.key",
	.run = keygen_run,
};
