/* ops_list_life.c: `list activate`, `approve`, `rollback`, `gc`: what becomes of versions once they are there. Works on the state folder; the thread is the
 * caller's.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/list_life.h"
#include "engine/ops_list_priv.h"

enum hl_code hl_ops_activate(struct hl_ops_ctx *ctx, const char *list, const char *ref, const char *why, struct hl_activation *a, struct hl_err *err)
{
	*a = (struct hl_activation){ .by = ctx->who ? ctx->who : "", .why = why, .time_ms = ctx->now_ms, .opened = ctx->opened };
	enum hl_code code = hl_list_activate(hl_ops_settings(ctx), ctx->state, list, ref, a, err);
	if (!code)
		ctx->lists_changed = true;
	return code;
}

/* What is active now, and which withdrawals by hand that has ended. */
static enum hl_code tell(struct hl_ops_ctx *ctx, const char *list, const struct hl_activation *a, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_json j;
	struct hl_buf told = HL_BUF(out->max);
	enum hl_code code = hl_ops_settle(ctx, list, a->version, &told, err);
	if (!json) {
		hl_buf_printf(out, "%s: %s is active (was: %s)\n%s", list, a->version, a->was[0] ? a->was : "none", hl_buf_text(&told));
		hl_buf_fini(&told);
		return code;
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "list", list);
	hl_json_str(&j, "version", a->version);
	hl_json_str(&j, "was", a->was[0] ? a->was : NULL);
	hl_json_opt(&j, "overtaken", hl_buf_text(&told));
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
	hl_buf_fini(&told);
	return code;
}

enum hl_code hl_ops_list_activate(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[2], *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_activation a;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME [VERSION]", words, 1, 2, err);
	if (!code)
		code = hl_list_reason(why, err);
	if (!code)
		code = hl_ops_activate(ctx, words[0], words[1] ? words[1] : "newest", why, &a, err);
	return code ? code : tell(ctx, words[0], &a, json, out, err);
}

enum hl_code hl_ops_list_rollback(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *name, *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_activation a = { .by = ctx->who ? ctx->who : "", .time_ms = ctx->now_ms, .opened = ctx->opened, .fleet = hl_ops_fleet(ctx) };
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", &name, 1, 1, err);
	if (!code)
		code = hl_list_reason(a.why = why, err);
	if (!code)
		code = hl_version_rollback_by(ctx->state, name, &a, err);
	if (code)
		return code;
	ctx->lists_changed = true;
	return tell(ctx, name, &a, json, out, err);
}

enum hl_code hl_ops_list_approve(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[2], *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_approval one = { .time_ms = ctx->now_ms };
	struct hl_list_approvals all = { 0 };
	struct hl_version v;
	struct hl_snapshot *s;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME VERSION", words, 2, 2, err);
	if (!code)
		code = hl_ops_may_keep(ctx, words[0], err);
	if (!code)
		code = hl_list_reason(why, err);
	if (!code)
		code = hl_version_find(ctx->state, words[0], words[1], &v, err);
	if (!code)
		code = hl_version_open(ctx->state, &v, &s, err); /* nobody can have looked at what can't be opened */
	if (code)
		return code;
	hl_snapshot_close(&s);
	hl_copy(one.by, sizeof one.by, ctx->who ? ctx->who : "");
	hl_copy(one.why, sizeof one.why, why);
	code = hl_version_approve(ctx->state, &v, &one, err);
	if (!code)
		code = hl_list_approvals(hl_ops_settings(ctx), ctx->state, &v, NULL, &all, err);
	if (!code && json) {
		struct hl_json j;
		hl_json_init(&j, out);
		hl_json_open(&j, '{');
		hl_json_str(&j, "list", words[0]);
		hl_json_str(&j, "version", v.id);
		hl_json_int(&j, "given", all.given);
		hl_json_int(&j, "needed", all.needed);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else if (!code) {
		hl_buf_printf(out, "%s: %s is approved by %s (%lld of %lld needed)\n", words[0], v.id, one.by, (long long)all.given, (long long)all.needed);
	}
	hl_list_approvals_fini(&all);
	return code;
}

/* Removes what the plan says; stops at the first fault, telling what was done before it. */
static enum hl_code sweep(const struct hl_ops_ctx *ctx, struct hl_gc_row *row, size_t n, size_t *removed, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	*removed = 0;
	for (size_t i = n; !code && i--;) { /* oldest first */
		if (row[i].why != HL_GC_REMOVE)
			continue;
		code = hl_version_remove(ctx->state, &row[i].version, err);
		*removed += !code;
	}
	return code;
}

static void tell_gc(const char *list, const struct hl_gc_row *row, size_t n, bool dry, size_t removed, bool json, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	if (json) {
		hl_json_open(&j, '{');
		hl_json_str(&j, "list", list);
		hl_json_bool(&j, "dry_run", dry);
		hl_json_int(&j, "removed", (int64_t)removed);
		hl_json_open_key(&j, "versions", '[');
	}
	for (size_t i = 0; i < n; i++) {
		bool goes = row[i].why == HL_GC_REMOVE;
		if (!json) {
			hl_buf_printf(out, "%-20s %s%s\n", row[i].version.id, goes ? (dry ? "would be removed" : "removed") : "kept: ", hl_gc_why_text(row[i].why));
			continue;
		}
		hl_json_open(&j, '{');
		hl_json_str(&j, "id", row[i].version.id);
		hl_json_str(&j, "kept", goes ? NULL : hl_gc_why_text(row[i].why));
		hl_json_close(&j);
	}
	if (json) {
		hl_json_close(&j);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else {
		hl_buf_printf(out, "%s: %zu of %zu versions %s\n", list, removed, n, dry ? "would be removed" : "removed");
	}
}

enum hl_code hl_ops_list_gc(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *name;
	bool dry = false;
	const struct hl_ops_opt opts[] = { { .name = "--dry-run", .flag = &dry }, { 0 } };
	struct hl_strings pinned = { 0 };
	struct hl_gc_row *row = NULL;
	size_t n = 0, removed = 0;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", &name, 1, 1, err);
	if (!code)
		code = ctx->store->ops->pinned(ctx->store, name, &pinned, err);
	if (!code)
		code = hl_gc_plan(hl_ops_settings(ctx), ctx->state, name, &pinned, ctx->catalog, &row, &n, err);
	for (size_t i = 0; dry && i < n; i++)
		removed += row[i].why == HL_GC_REMOVE;
	if (!code && !dry)
		code = sweep(ctx, row, n, &removed, err);
	if (!code)
		tell_gc(name, row, n, dry, removed, json, out);
	free(row);
	hl_strings_wipe(&pinned);
	return code;
}
