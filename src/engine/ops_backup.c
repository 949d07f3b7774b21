/* ops_backup.c: backup, its check, restore, and the end of the hold that a restored state is under. doc/backup.md.
 */
#include "config.h"

#include "base/clock.h"
#include "base/file.h"
#include "engine/ops_priv.h"
#include "store/audit.h"
#include "store/backup.h"
#include "store/state_format.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put_sum(const struct hl_backup_sum *sum, const char *dir, const char *word, bool json, struct hl_buf *out)
{
	char time[HL_TIME_TEXT];
	struct hl_json j;
	hl_time_format(sum->time_ms, time);
	if (!json) {
		hl_buf_printf(out, "%s %s: %lld files, %lld bytes, as of %s\n", dir, word, (long long)sum->files, (long long)sum->bytes, time);
		return;
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "dir", dir);
	hl_json_str(&j, "result", word);
	hl_json_int(&j, "files", sum->files);
	hl_json_int(&j, "bytes", sum->bytes);
	hl_json_str(&j, "time", time);
	hl_json_int(&j, "format", sum->format);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code backup(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { 0 } };
	struct hl_backup_sum sum;
	const char *word[1];
	enum hl_code code = hl_ops_args(argc, argv, opts, "DIR", word, 1, 1, err);
	if (!code)
		code = hl_backup_make(ctx->state, ctx->store, word[0], "hotlistd " PACKAGE_VERSION, ctx->now_ms, &sum, err);
	if (!code)
		put_sum(&sum, word[0], "made", json, out);
	return code;
}

/* ---- verify ---- */

struct faults {
	const char *dir;
	struct hl_buf text;
	size_t n;
};

/* A version that an open alert names is there: a folder, or for one added by hand the journal. */
static void see_version(void *arg, const char *list, const char *version)
{
	struct faults *f = arg;
	char path[HL_PATH_MAX];
	bool by_hand = !strncmp(version, "hand-", 5);
	int n = by_hand ? snprintf(path, sizeof path, "%s/lists/%s/hand.journal", f->dir, list) : snprintf(path, sizeof path, "%s/lists/%s/versions/%s", f->dir, list, version);
	if (n > 0 && (size_t)n < sizeof path && !access(path, F_OK))
		return;
	hl_buf_printf(&f->text, "an open alert names version %.60s of list %.64s, which is not in the backup\n", version, list);
	f->n++;
}

static enum hl_code check_contents(struct faults *f, struct hl_err *err)
{
	struct hl_audit_report report;
	char path[HL_PATH_MAX];
	enum hl_code code = hl_store_sqlite.backup_check(f->dir, see_version, f, err);
	if (code == HL_E_IO || code == HL_E_INPUT) { /* that is what was asked */
		hl_buf_printf(&f->text, "%s\n", err->text);
		f->n++;
		code = HL_OK;
	}
	if (!code)
		code = hl_path_join(path, sizeof path, f->dir, "audit", err);
	if (code || access(path, F_OK))
		return code;
	code = hl_audit_verify(f->dir, NULL, NULL, NULL, &report, err);
	for (size_t i = 0; !code && i < report.n; i++)
		if (!report.said[i].note)
			hl_buf_printf(&f->text, "audit/%s\n", report.said[i].text);
	f->n += code ? 0 : report.faults;
	if (!code)
		hl_audit_report_fini(&report);
	return code;
}

static enum hl_code verify(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { 0 } };
	struct hl_backup_sum sum;
	const char *word[1];
	(void)ctx;
	enum hl_code code = hl_ops_args(argc, argv, opts, "DIR", word, 1, 1, err);
	if (code)
		return code;
	struct faults f = { .dir = word[0], .text = HL_BUF(1 << 20) };
	code = hl_backup_check(word[0], &sum, &f.text, &f.n, err);
	if (!code)
		code = check_contents(&f, err);
	if (!code && !json)
		hl_buf_puts(out, hl_buf_text(&f.text));
	if (!code && !f.n)
		put_sum(&sum, word[0], "good", json, out);
	if (!code && f.n)
		code = hl_err_set(err, HL_E_INPUT, "the backup is not good: %zu fault%s%s%.200s", f.n, f.n == 1 ? "" : "s", json ? ", the first: " : "", json ? hl_buf_text(&f.text) : "");
	hl_buf_fini(&f.text);
	return code;
}

static enum hl_code restore(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { 0 } };
	struct hl_backup_sum sum;
	const char *word[2];
	(void)ctx;
	enum hl_code code = hl_ops_args(argc, argv, opts, "DIR NEW", word, 2, 2, err);
	if (!code)
		code = hl_backup_restore(word[0], word[1], &sum, err);
	if (code)
		return code;
	put_sum(&sum, word[1], "restored", json, out);
	if (!json)
		hl_buf_puts(out, "It is held: reads are taken and alerts written, nothing is sent. See that the old node is off, then: hotlistctl outbox release --reason TEXT\n");
	return HL_OK;
}

static enum hl_code release(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *reason = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &reason }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code && (!reason || !*reason))
		code = hl_err_set(err, HL_E_USAGE, "--reason TEXT is missing: why may this node send?");
	if (!code)
		code = hl_state_release(ctx->state, err);
	if (code)
		return code;
	ctx->outbox_changed = true;
	hl_buf_puts(out, json ? "{\"released\":true}\n" : "released: what is pending goes out from here on\n");
	return HL_OK;
}

const struct hl_op_row hl_ops_backup[] = {
	{ .family = "backup", .verb = "verify", .access = HL_OPS_FREE, .unaudited = true, .stateless = true, .usage = "backup verify DIR",
	  .help = "compares a backup with its MANIFEST, and checks its database, versions and audit", .run = verify },
	{ .family = "backup", .verb = "", .access = HL_OPS_FILES, .wants_store = true, .wants_new_path = true, .usage = "backup DIR",
	  .help = "copies the state, while the daemon runs too, into a folder that is not there yet", .run = backup },
	{ .family = "restore", .verb = "", .access = HL_OPS_FREE, .unaudited = true, .stateless = true, .usage = "restore DIR NEW",
	  .help = "makes a state folder of a backup; it is held: nothing is sent until it is released", .run = restore },
	{ .family = "outbox", .verb = "release", .access = HL_OPS_HAND, .usage = "outbox release --reason TEXT", .help = "lets a restored state send", .run = release },
	{ 0 },
};
