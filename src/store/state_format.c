/* state_format.c: see state_format.h. Called under the state's lock; `held` by any thread. */
#include "store/state_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"

/* From 1 to 2 nothing has to be moved: the audit is begun, and the database brought up, by whoever opens them next. The number keeps the programs of before away. */
static enum hl_code to_2(const char *state, struct hl_err *err)
{
	(void)state;
	(void)err;
	return HL_OK;
}

/* steps[0] makes 2 of 1. Each may be done again after a crash. */
static enum hl_code (*const steps[HL_STATE_FORMAT - 1])(const char *state, struct hl_err *err) = { to_2 };

static bool has(const char *state, const char *name)
{
	char path[HL_PATH_MAX];
	return !hl_path_join(path, sizeof path, state, name, NULL) && !access(path, F_OK);
}

enum hl_code hl_state_format(const char *state, int *format, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(64);
	enum hl_code code = hl_path_join(path, sizeof path, state, "format", err);
	*format = 0;
	if (!code)
		code = hl_file_read(path, &text, err);
	if (code == HL_E_NOTFOUND) {
		*format = has(state, "hotlistd.db") || has(state, "lists") || has(state, "rules");
		code = HL_OK;
	} else if (!code || code == HL_E_LIMIT) {
		char *end;
		long n = strtol(hl_buf_text(&text), &end, 10);
		bool good = !code && n > 0 && n < 1000000 && (!*end || !strcmp(end, "\n"));
		*format = good ? (int)n : 0;
		code = !good ? hl_err_set(err, HL_E_CONFIG, "%s holds no number of a format: nothing is done in this folder", path) :
		       n > HL_STATE_FORMAT ? hl_err_set(err, HL_E_CONFIG, "%s has format %ld, made by a newer hotlistd; this one knows up to %d", state, n, HL_STATE_FORMAT) :
					     HL_OK;
	}
	hl_buf_fini(&text);
	return code;
}

enum hl_code hl_state_format_bring_up(const char *state, struct hl_err *err)
{
	char path[HL_PATH_MAX], text[16];
	int format;
	enum hl_code code = hl_state_format(state, &format, err);
	if (code || format == HL_STATE_FORMAT)
		return code;
	for (int i = format; !code && i && i < HL_STATE_FORMAT; i++)
		code = steps[i - 1](state, err);
	hl_crash_point("format.upgraded");
	int n = snprintf(text, sizeof text, "%d\n", HL_STATE_FORMAT);
	if (!code)
		code = hl_path_join(path, sizeof path, state, "format", err);
	return code ? code : hl_file_write_atomic(path, text, (size_t)n, 0644, err);
}

bool hl_state_held(const char *state)
{
	return has(state, "restored");
}

enum hl_code hl_state_hold(const char *state, const char *why, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	enum hl_code code = hl_path_join(path, sizeof path, state, "restored", err);
	return code ? code : hl_file_write_atomic(path, why, strlen(why), 0644, err);
}

enum hl_code hl_state_release(const char *state, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	enum hl_code code = hl_path_join(path, sizeof path, state, "restored", err);
	if (code)
		return code;
	if (unlink(path))
		return errno == ENOENT ? hl_err_set(err, HL_E_CONFLICT, "this state is not held: deliveries go out") : hl_err_set(err, HL_E_IO, "can't remove %s: %s", path, strerror(errno));
	return hl_file_sync_dir(state, err);
}
