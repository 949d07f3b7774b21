/* approvals.c: who agreed to a version of a list or of the rules: a file in the version's folder, replaced whole, so that a crash leaves it with the new approval or without.
 * How many are needed is not known here. Any thread; one writer at a time (the holder of the state lock).
 */
#include "store/approvals.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/json_out.h"
#include "store/shelf.h"

/* The file, written as JSON, which is YAML. */
struct row {
	char *by, *why, *time;
};

struct rows {
	struct hl_array approvals; /* struct row */
};

#define ROW(field, most) { .name = #field, .type = HL_OPT_STRING, .offset = offsetof(struct row, field), .required = true, .max = most, .help = "see versions.h" }

static const struct hl_opt row_table[] = {
	ROW(time, HL_TIME_TEXT),
	ROW(by, 4 * HL_TEXT_SHORT),
	ROW(why, 4 * HL_TEXT_LONG),
	{ 0 },
};

static const struct hl_opt file_table[] = {
	{ .name = "approvals", .type = HL_OPT_LIST, .offset = offsetof(struct rows, approvals), .required = true, .sub = row_table, .sub_size = sizeof(struct row),
	  .help = "oldest first" },
	{ 0 },
};

static enum hl_code take_rows(const struct rows *rows, struct hl_approval **a, size_t *n)
{
	const struct row *r = rows->approvals.v;
	*n = rows->approvals.n;
	*a = hl_calloc(*n + 1, sizeof **a);
	for (size_t i = 0; i < *n; i++) {
		hl_copy((*a)[i].by, sizeof (*a)[i].by, r[i].by);
		hl_copy((*a)[i].why, sizeof (*a)[i].why, r[i].why);
		if (!hl_time_parse(r[i].time, strlen(r[i].time), &(*a)[i].time_ms))
			(*a)[i].time_ms = HL_NO_TIME;
	}
	return HL_OK;
}

enum hl_code hl_approvals_load(const char *path, const char *version, struct hl_approval **a, size_t *n, struct hl_err *err)
{
	struct hl_conf *conf = NULL;
	struct rows rows = { 0 };
	*a = NULL;
	*n = 0;
	if (access(path, F_OK) != 0)
		return HL_OK;
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	enum hl_code code = hl_conf_load(&conf, path, faults);
	if (!code)
		code = hl_conf_fill(hl_conf_root(conf), file_table, &rows, &ctx);
	if (!code && rows.approvals.n > HL_APPROVALS_MAX)
		hl_faults_add(faults, path, 0, 0, "more than %d approvals", HL_APPROVALS_MAX);
	if (faults->errors)
		code = hl_err_set(err, HL_E_INPUT, "the approvals of %s can't be read: %s", version, faults->v[0].text);
	else
		code = take_rows(&rows, a, n);
	hl_conf_wipe(file_table, &rows);
	hl_conf_free(&conf);
	free(faults);
	return code;
}

static void put_row(struct hl_json *j, const struct hl_approval *a)
{
	hl_json_open(j, '{');
	hl_json_time(j, "time", a->time_ms == HL_NO_TIME ? 0 : a->time_ms);
	hl_shelf_put_text(j, "by", a->by);
	hl_shelf_put_text(j, "why", a->why);
	hl_json_close(j);
}

static enum hl_code write_rows(const char *path, const struct hl_approval *had, size_t n, const struct hl_approval *more, struct hl_err *err)
{
	struct hl_buf b = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_open_key(&j, "approvals", '[');
	for (size_t i = 0; i < n; i++)
		put_row(&j, &had[i]);
	put_row(&j, more);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(&b, '\n');
	hl_crash_point("version.approving");
	enum hl_code code = hl_file_write_atomic(path, hl_buf_text(&b), b.len, 0640, err);
	hl_crash_point("version.approved");
	hl_buf_fini(&b);
	return code;
}

enum hl_code hl_approvals_add(const char *path, const char *version, const struct hl_approval *a, struct hl_err *err)
{
	struct hl_approval *had;
	size_t n;
	enum hl_code code = hl_approvals_load(path, version, &had, &n, err);
	if (code)
		return code;
	for (size_t i = 0; !code && i < n; i++)
		if (!strcmp(had[i].by, a->by))
			code = hl_err_set(err, HL_E_EXISTS, "%s has approved version %s already", a->by, version);
	if (!code && n >= HL_APPROVALS_MAX)
		code = hl_err_set(err, HL_E_LIMIT, "version %s has %d approvals already", version, HL_APPROVALS_MAX);
	if (!code)
		code = write_rows(path, had, n, a, err);
	free(had);
	return code;
}
