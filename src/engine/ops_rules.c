/* ops_rules.c: `rules versions`, `activate`, `rollback`, `show`: the rules as versions, see rules_life.h and doc/rules.md. Works on the state folder; the thread is the
 * caller's.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/list_life.h"
#include "engine/ops_rules_priv.h"
#include "engine/rules_life.h"

static void version_json(const struct hl_rules_version *v, struct hl_json *j)
{
	hl_json_str(j, "id", v->id);
	hl_json_bool(j, "active", v->active);
	hl_json_time(j, "imported", v->imported_ms);
	hl_json_str(j, "by", v->by);
	hl_json_str(j, v->files < 0 ? "fault" : "source", v->source);
	hl_json_int(j, "files", v->files < 0 ? 0 : v->files);
}

static void version_line(const struct hl_ops_ctx *ctx, const struct hl_rules_version *v, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, v->imported_ms, when);
	if (v->files < 0)
		hl_buf_printf(out, "%-22s %-8s %s\n", v->id, v->active ? "active" : "", v->source);
	else
		hl_buf_printf(out, "%-22s %-8s imported %s by %s, %s and %lld more file%s\n", v->id, v->active ? "active" : "", when, v->by, v->source,
			      (long long)v->files - 1, v->files == 2 ? "" : "s");
}

static enum hl_code versions(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_rules_version *v = NULL;
	struct hl_json j;
	size_t n = 0;
	enum hl_code code = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "", NULL, 0, 0, err);
	if (!code)
		code = hl_rules_version_list(ctx->state, &v, &n, err);
	if (code)
		return code;
	hl_json_init(&j, out);
	if (json)
		hl_json_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		if (!json) {
			version_line(ctx, &v[i], out);
			continue;
		}
		hl_json_open(&j, '{');
		version_json(&v[i], &j);
		hl_json_close(&j);
	}
	if (json) {
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else if (!n) {
		hl_buf_puts(out, "there is no version: the daemon makes one of the rules file when it starts\n");
	}
	free(v);
	return HL_OK;
}

bool hl_ops_is_rules_file(const char *word)
{
	bool version = word[0] == 'r' && strspn(word + 1, "0123456789abcdef-") == strlen(word) - 1;
	return !version && strcmp(word, "active") != 0 && strcmp(word, "newest") != 0;
}

/* ---- activate, rollback ---- */

/* All faults are the answer. */
static enum hl_code refuse(const char *what, const struct hl_faults *faults, struct hl_buf *out, struct hl_err *err)
{
	hl_faults_print(faults, out);
	return hl_err_set(err, HL_E_CONFIG, "%s: not activated, the rules stay as they are", what);
}

/* A version with `inhibits` decides at once, but silences nothing until a second person has agreed. */
static void put_agreement(const struct hl_ops_ctx *ctx, const char *id, struct hl_buf *out)
{
	size_t given, needed;
	if (!hl_rules_agreed(ctx->state, id, &given, &needed))
		hl_buf_printf(out, "rules: 'inhibits' of %s silences nothing yet: %zu of %zu approvals; somebody else: hotlistctl rules approve %s --reason …\n", id, given, needed, id);
}

static enum hl_code tell(struct hl_ops_ctx *ctx, const struct hl_activation *a, bool inhibits, const struct hl_faults *faults, bool json, struct hl_buf *out)
{
	struct hl_json j;
	ctx->lists_changed = true;
	if (!json) {
		hl_faults_print(faults, out); /* warnings */
		hl_buf_printf(out, "rules: %s is active (was: %s)\n", a->version, a->was[0] ? a->was : "none");
		if (inhibits)
			put_agreement(ctx, a->version, out);
		return HL_OK;
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "version", a->version);
	hl_json_str(&j, "was", a->was[0] ? a->was : NULL);
	hl_json_open_key(&j, "warnings", '[');
	for (size_t i = 0; i < faults->n; i++)
		hl_json_str(&j, NULL, faults->v[i].text);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
	return HL_OK;
}

/* A version is checked again: the settings may have changed since it was active. */
static enum hl_code switch_to(struct hl_ops_ctx *ctx, const char *id, struct hl_activation *a, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_rules *r = NULL;
	enum hl_code code = hl_rules_version_load(&r, ctx->state, id, faults);
	if (!code)
		code = hl_settings_check_rules(hl_ops_settings(ctx), r, faults);
	bool inhibits = !code && hl_rules_inhibit(r);
	hl_rules_free(&r);
	if (code)
		code = refuse(id, faults, out, err);
	else
		code = hl_rules_version_activate(ctx->state, id, a, err);
	if (!code)
		code = tell(ctx, a, inhibits, faults, json, out);
	free(faults);
	return code;
}

static enum hl_code take_file(struct hl_ops_ctx *ctx, const char *path, struct hl_activation *a, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_rules *r = NULL;
	enum hl_code code = hl_rules_checked(&r, hl_ops_settings(ctx), path, faults);
	if (code)
		code = refuse(path, faults, out, err);
	else
		code = hl_rules_import(r, ctx->state, a->by, a->time_ms, err);
	if (!code)
		code = hl_rules_version_activate(ctx->state, r->id, a, err);
	if (!code)
		code = tell(ctx, a, hl_rules_inhibit(r), faults, json, out);
	hl_rules_free(&r);
	free(faults);
	return code;
}

static enum hl_code approve(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *word, *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_approval one = { .time_ms = ctx->now_ms };
	struct hl_rules_version v;
	struct hl_rules_files files = { 0 };
	size_t given, needed;
	enum hl_code code = hl_ops_args(argc, argv, opts, "VERSION", &word, 1, 1, err);
	if (!code)
		code = hl_list_reason(why, err);
	if (!code)
		code = hl_rules_version_find(ctx->state, word, &v, err);
	if (!code)
		code = hl_rules_version_open(ctx->state, v.id, &files, err); /* nobody can have looked at what can't be opened */
	hl_rules_files_fini(&files);
	if (code)
		return code;
	hl_copy(one.by, sizeof one.by, ctx->who ? ctx->who : "");
	hl_copy(one.why, sizeof one.why, why);
	code = hl_rules_version_approve(ctx->state, &v, &one, err);
	if (code)
		return code;
	ctx->lists_changed = true;
	hl_rules_agreed(ctx->state, v.id, &given, &needed);
	if (!json) {
		hl_buf_printf(out, "rules: %s is approved by %s (%zu of %zu needed for its 'inhibits')\n", v.id, one.by, given, needed);
		return HL_OK;
	}
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "version", v.id);
	hl_json_int(&j, "given", (int64_t)given);
	hl_json_int(&j, "needed", (int64_t)needed);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
	return HL_OK;
}

static enum hl_code begin(const struct hl_ops_ctx *ctx, const char *why, struct hl_activation *a, struct hl_err *err)
{
	*a = (struct hl_activation){ .by = ctx->who ? ctx->who : "", .why = why, .time_ms = ctx->now_ms };
	if (!hl_ops_settings(ctx))
		return hl_err_set(err, HL_E_USAGE, "rules are checked against the settings: give -c FILE");
	a->fleet = hl_ops_settings(ctx)->store;
	return hl_list_reason(why, err);
}

static enum hl_code activate(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *word, *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_activation a;
	struct hl_rules_version v;
	enum hl_code code = hl_ops_args(argc, argv, opts, "", &word, 0, 1, err);
	if (!code)
		code = begin(ctx, why, &a, err);
	if (code)
		return code;
	if (!word || hl_ops_is_rules_file(word))
		return take_file(ctx, word ? word : hl_ops_settings(ctx)->rules, &a, json, out, err);
	code = hl_rules_version_find(ctx->state, word, &v, err);
	return code ? code : switch_to(ctx, v.id, &a, json, out, err);
}

static enum hl_code rollback(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *why = NULL;
	char id[HL_VERSION_ID];
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &why }, { 0 } };
	struct hl_activation a;
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code)
		code = begin(ctx, why, &a, err);
	if (!code)
		code = hl_rules_version_back(ctx->state, id, err);
	a.rollback = true;
	return code ? code : switch_to(ctx, id, &a, json, out, err);
}

/* ---- show ---- */

static enum hl_code show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *ref;
	struct hl_rules_version v;
	struct hl_rules_files files = { 0 };
	struct hl_json j;
	enum hl_code code = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "", &ref, 0, 1, err);
	if (!code)
		code = hl_rules_version_find(ctx->state, ref ? ref : "active", &v, err);
	if (!code)
		code = hl_rules_version_open(ctx->state, v.id, &files, err);
	if (code)
		return code;
	hl_json_init(&j, out);
	if (json) {
		hl_json_open(&j, '{');
		version_json(&v, &j);
		hl_json_open_key(&j, "contents", '[');
	} else {
		version_line(ctx, &v, out);
	}
	for (size_t i = 0; i < files.n; i++) {
		const struct hl_rules_file *f = &files.v[i];
		if (json) {
			hl_json_open(&j, '{');
			hl_json_str(&j, "name", f->name);
			hl_json_bool(&j, "table", f->table);
			hl_json_str_n(&j, "text", f->text, f->n);
			hl_json_close(&j);
		} else {
			hl_buf_printf(out, f->table ? "# table %s, %zu bytes\n" : "# %s, %zu bytes\n%s", f->name, f->n, f->table ? "" : f->text);
		}
	}
	if (json) {
		hl_json_close(&j);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	}
	hl_rules_files_fini(&files);
	return HL_OK;
}

static enum hl_code shadow(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *count = NULL, *role = NULL;
	struct hl_looker looker;
	struct hl_shadow_asked asked = { .last = 20, .json = json, .hidden = hl_ops_hidden, .arg = &looker };
	const struct hl_ops_opt opts[] = { { .name = "--last", .value = &count }, { .name = "--role", .value = &role }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code)
		code = hl_ops_count("--last", count, HL_SHADOW_LAST, &asked.last, err);
	if (!code)
		code = hl_ops_looker(ctx, role, &looker, err);
	if (!code && !ctx->shadow)
		code = hl_err_set(err, HL_E_UNAVAIL, "no daemon is running: shadow rules decide in a daemon only");
	if (!code)
		hl_shadow_tell(ctx->shadow, ctx->catalog, &asked, ctx->now_ms, out);
	return code;
}

const struct hl_op_row hl_ops_rules[] = {
	{ .family = "rules", .verb = "versions", .access = HL_OPS_FILES, .looks = true, .usage = "rules versions", .help = "which rules there have been, newest first, and which decide now",
	  .run = versions },
	{ .family = "rules", .verb = "activate", .access = HL_OPS_FILES, .wants_path = true, .usage = "rules activate [FILE|VERSION] --reason TEXT",
	  .help = "checks a rules file (without one: that of the settings), keeps it as a version and lets it decide from now on; or a version that there is", .run = activate },
	{ .family = "rules", .verb = "approve", .access = HL_OPS_FILES, .usage = "rules approve VERSION --reason TEXT",
	  .help = "a second person's agreement to rules in which a list inhibits others; never the importer's", .run = approve },
	{ .family = "rules", .verb = "rollback", .access = HL_OPS_FILES, .usage = "rules rollback --reason TEXT", .help = "back to the version that decided before", .run = rollback },
	{ .family = "rules", .verb = "version", .access = HL_OPS_FILES, .looks = true, .usage = "rules version [VERSION]",
	  .help = "the files of a version, as they were (without one: of the active one)", .run = show },
	{ .family = "rules", .verb = "shadow", .access = HL_OPS_HAND, .looks = true, .usage = "rules shadow [--last N] [--role ROLE]",
	  .help = "what the settings' shadow rules would have decided otherwise, counted, and the last differences", .run = shadow },
	{ 0 },
};
