/* ops_list.c: `list`: files in, and the table of the family. Looking at versions is in ops_list_show.c and ops_list_diff.c, their life in ops_list_life.c,
 * layouts in ops_list_layouts.c.
 * Works on the state folder only; the thread is the caller's.
 */
#include "engine/list_life.h"
#include "engine/ops_list_priv.h"
#include "engine/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* "field=value" of a --set. */
static enum hl_code parse_set(const char *text, struct hl_layout_fill *fill, struct hl_err *err)
{
	const char *words[HL_FIELDS_KEPT + 1], *eq = strchr(text, '=');
	char name[64];
	if (!eq || !eq[1])
		return hl_err_set(err, HL_E_USAGE, "--set '%s': expected FIELD=VALUE", text);
	hl_copy_n(name, sizeof name, text, (size_t)(eq - text));
	int field = hl_field_find(name);
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		words[i] = hl_fields[i].name;
	words[HL_FIELDS_KEPT] = NULL;
	const char *near = field < 0 ? hl_text_nearest(name, words) : NULL;
	if (field < 0)
		return hl_err_set(err, HL_E_USAGE, "--set: unknown field '%s'%s%s%s", name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	*fill = (struct hl_layout_fill){ .field = (enum hl_field)field, .value = eq + 1 };
	return HL_OK;
}

/* Takes the --set options, which may stand several times, out of argv. */
static enum hl_code take_sets(int argc, const char *const *argv, const char **rest, int *n_rest, struct hl_layout_fill *fill, size_t *n, struct hl_err *err)
{
	*n = 0;
	*n_rest = 0;
	for (int i = 0; i < argc; i++) {
		const char *value = !strncmp(argv[i], "--set=", 6) ? argv[i] + 6 : NULL;
		if (!value && strcmp(argv[i], "--set")) {
			rest[(*n_rest)++] = argv[i];
			continue;
		}
		if (!value && ++i < argc)
			value = argv[i];
		if (!value)
			return hl_err_set(err, HL_E_USAGE, "option --set needs a value");
		if (*n == HL_FIELDS)
			return hl_err_set(err, HL_E_USAGE, "more than %d --set", HL_FIELDS);
		enum hl_code code = parse_set(value, &fill[*n], err);
		if (code)
			return code;
		(*n)++;
	}
	return HL_OK;
}

enum { READS_A_DAY_MAX = 2000000000 };

struct request {
	struct hl_import in;
	struct hl_layout_fill fill[HL_FIELDS];
	struct hl_ops_dirs dirs;
	struct hl_crew crew;
	struct hl_ops_cost cost;
	const char *words[2], *why, *signature, *reads;
	unsigned char signed_room[HL_OPS_ARG_MAX];
	bool activate;
};

/* The words of import and lint. */
static enum hl_code parse(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool import, struct request *r, struct hl_err *err)
{
	const char *rest[HL_OPS_ARGS];
	int n_rest;
	*r = (struct request){ .in = { .fd = ctx->fd, .by = ctx->who, .now_ms = ctx->now_ms, .set = r->fill }, .crew = { hl_crew_processors() } };
	r->in.crew = &r->crew;
	const struct hl_ops_opt lint_opts[] = { { .name = "--layout", .value = &r->in.layout }, { .name = "--reads-per-day", .value = &r->reads },
						{ .name = "--rules", .value = &r->cost.rules }, { .name = "--channel", .value = &r->cost.channel }, { 0 } };
	const struct hl_ops_opt import_opts[] = { { .name = "--layout", .value = &r->in.layout }, { .name = "--strict", .flag = &r->in.strict },
						  { .name = "--activate", .flag = &r->activate }, { .name = "--reason", .value = &r->why },
						  { .name = "--signature", .value = &r->signature },
						  { .name = "--incremental", .flag = &r->in.incremental }, { .name = "--remove", .flag = &r->in.remove },
						  { .name = "--onto", .value = &r->in.onto }, { .name = "--reads-per-day", .value = &r->reads }, { 0 } };
	enum hl_code code = take_sets(argc, argv, rest, &n_rest, r->fill, &r->in.n_set, err);
	if (!code)
		code = hl_ops_args(n_rest, rest, import ? import_opts : lint_opts, "NAME FILE", r->words, 2, 2, err);
	if (!code)
		code = hl_ops_count("--reads-per-day", r->reads, READS_A_DAY_MAX, &r->cost.reads, err);
	if (!code && r->why && !r->activate)
		code = hl_err_set(err, HL_E_USAGE, "--reason says why the version is activated: it needs --activate");
	r->in.incremental = r->in.incremental || r->in.remove;
	if (!code && r->why)
		code = hl_list_reason(r->why, err);
	if (!code && r->signature && !hl_base64_decode(r->signature, strlen(r->signature), r->signed_room, sizeof r->signed_room, &r->in.signature_n))
		code = hl_err_set(err, HL_E_USAGE, "--signature was not handed over as base64");
	if (!code && r->signature)
		r->in.signature = (const char *)r->signed_room;
	if (!code && import && r->in.layout && !strcmp(r->in.layout, "auto"))
		code = hl_err_set(err, HL_E_USAGE, "an import needs the name of a layout: 'list lint NAME FILE --layout auto' says which is likely");
	if (!code && ctx->fd < 0)
		code = hl_err_set(err, HL_E_USAGE, "%s was not handed over", r->words[1]);
	if (code)
		return code;
	hl_ops_layout_dirs(ctx, &r->dirs);
	r->in.layout_dirs = r->dirs.v;
	r->in.list = r->words[0];
	r->in.source = strcmp(r->words[1], "-") ? r->words[1] : "standard input";
	return HL_OK;
}

/* Which settings a lint went by: it need not be the ones that somebody has just edited. */
static void tell_settings(const struct hl_ops_ctx *ctx, const char *list, struct hl_buf *out)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	if (!s)
		hl_buf_puts(out, "by no settings (-c FILE): only the plate is required\n");
	else
		hl_buf_printf(out, "by %s%s%s\n", ctx->live ? "the running daemon's settings, " : "", s->file,
			      hl_settings_list(s, list) ? "" : ", which has no such list: only the plate is required");
}

/* A version of a list that nobody meant is looked for in vain where it should decide. "" where the settings have the list. */
static void unknown_list(const struct hl_ops_ctx *ctx, const char *list, char *dst, size_t size)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	dst[0] = 0;
	if (!s || hl_settings_list(s, list))
		return;
	const struct hl_list_settings *v = s->lists.v;
	const char **names = hl_calloc(s->lists.n + 1, sizeof *names);
	size_t n = 0;
	for (size_t i = 0; i < s->lists.n; i++)
		if (v[i].name)
			names[n++] = v[i].name;
	const char *near = hl_text_nearest(list, names);
	snprintf(dst, size, "the settings have no list '%s'%s%s%s: only the plate was required", list, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(names);
}

/* Where the rejected lines lie; "" where there are none. */
static void quarantine_of(const struct hl_ops_ctx *ctx, const struct hl_uploaded *u, char *dst, size_t size)
{
	dst[0] = 0;
	if (u->done && u->report.rejected)
		snprintf(dst, size, "%s/lists/%s/versions/%s/quarantine.txt", ctx->state, u->report.version.list, u->report.version.id);
}

static void tell_import(const struct hl_ops_ctx *ctx, const struct hl_uploaded *done, const char *list, bool json, struct hl_buf *out)
{
	char warning[HL_ERR_TEXT], quarantine[HL_PATH_MAX];
	struct hl_json j;
	unknown_list(ctx, list, warning, sizeof warning);
	quarantine_of(ctx, done, quarantine, sizeof quarantine);
	if (json) {
		hl_json_init(&j, out);
		hl_json_open(&j, '{');
		hl_uploaded_json(done, &j);
		hl_json_opt(&j, "quarantine", quarantine);
		hl_json_opt(&j, "warning", warning);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
		return;
	}
	hl_uploaded_text(done, out);
	if (quarantine[0])
		hl_buf_printf(out, "the rejected lines, with their reasons: %s\n", quarantine);
	if (done->done && warning[0])
		hl_buf_printf(out, "warning: %s\n", warning);
}

static void lint_text(const struct hl_ops_ctx *ctx, const struct request *r, const struct hl_import_report *report, struct hl_buf *out)
{
	char holds[HL_HOLDS_TEXT];
	hl_buf_printf(out, "%s: %lld lines: %lld good, %lld rejected, %lld skipped\n", r->in.source, (long long)report->lines,
		      (long long)report->entries, (long long)report->rejected, (long long)report->skipped);
	hl_upload_warnings(report, out);
	hl_holds_text(report->version.holds, holds);
	if (holds[0])
		hl_buf_printf(out, "an import would be held until it is approved: %s\n", holds);
	hl_cost_text(&report->cost, out);
	tell_settings(ctx, r->in.list, out);
}

/* An object a line: the faults and warnings, how many there was no room for, what is to be expected of the list. */
static void lint_json(const struct hl_import_report *report, struct hl_buf *out)
{
	struct hl_json j;
	int64_t left;
	hl_buf_put(out, hl_buf_text(&report->faults), hl_import_report_part(report, &report->faults, out, &left));
	if (left)
		hl_buf_printf(out, "{\"untold\":%lld}\n", (long long)left);
	if (!report->cost.made)
		return;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_cost_json(&report->cost, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code lint(const struct hl_ops_ctx *ctx, const struct request *r, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_import_report report;
	enum hl_code code = hl_import_lint(hl_ops_settings(ctx), &r->in, &report, err);
	if (!json && report.layout_faults.n)
		hl_faults_print(&report.layout_faults, out);
	if (json)
		lint_json(&report, out);
	else
		hl_import_report_text(&report, out);
	if (!json && (!code || code == HL_E_INPUT))
		lint_text(ctx, r, &report, out);
	hl_import_report_fini(&report);
	return code;
}

static enum hl_code list_lint(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct request r;
	enum hl_code code = parse(ctx, argc, argv, false, &r, err);
	if (code)
		return code;
	if (r.in.layout && !strcmp(r.in.layout, "auto"))
		return hl_ops_list_guess(ctx, r.words, json, out, err);
	r.in.state = ctx->state;
	r.in.cost = &r.cost.ask;
	code = hl_ops_cost_begin(ctx, &r.cost, out, err);
	if (!code)
		code = lint(ctx, &r, json, out, err);
	hl_ops_cost_end(&r.cost);
	return code;
}

static enum hl_code list_import(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct request r;
	struct hl_uploaded done;
	enum hl_code code = parse(ctx, argc, argv, true, &r, err);
	if (!code)
		code = hl_ops_may_keep(ctx, r.words[0], err);
	if (!code && r.activate)
		code = hl_ops_may(ctx, "list import --activate", hl_ops_roles(hl_ops_find("list", "activate")), err);
	if (code)
		return code;
	code = hl_upload_run(ctx, &(struct hl_upload){ .in = r.in, .activate = r.activate, .why = r.why, .reads_a_day = r.cost.reads }, &done, err);
	tell_import(ctx, &done, r.in.list, json, out);
	hl_uploaded_fini(&done);
	return code;
}

const struct hl_op_row hl_ops_list[] = {
	{ .family = "list", .verb = "import", .access = HL_OPS_FILES, .roles = HL_MAY_AGENCY, .wants_file = true, .flags = " --strict --activate --incremental --remove ", .contents = " --signature ",
	  .usage = "list import NAME FILE [--layout L] [--strict] [--set FIELD=VALUE]... [--signature FILE] [--incremental | --remove] [--onto VERSION] [--activate [--reason TEXT]] [--reads-per-day N]",
	  .help = "makes a version of the file's good lines; bad ones are kept beside it and told", .run = list_import },
	{ .family = "list", .verb = "lint", .access = HL_OPS_FILES, .unaudited = true, .wants_file = true, .stateless = true, .asks_daemon = true, .here = " --rules ",
	  .usage = "list lint NAME FILE [--layout L|auto] [--set FIELD=VALUE]... [--reads-per-day N] [--rules RULES.yaml] [--channel NAME]",
	  .help = "checks a file, by the daemon's settings where one runs, and stores nothing; ends with 65 on any fault. auto: names the likely layout, and why",
	  .run = list_lint },
	{ .family = "list", .verb = "versions", .access = HL_OPS_FILES, .looks = true, .usage = "list versions [NAME]", .help = "the versions of a list, or of all, newest first",
	  .run = hl_ops_list_versions },
	{ .family = "list", .verb = "show", .access = HL_OPS_FILES, .looks = true, .usage = "list show NAME [VERSION] [--plate PLATE] [--limit N]",
	  .help = "a version and its first entries; by default the active one, else the newest; hand: what was added by hand", .run = hl_ops_list_show },
	{ .family = "list", .verb = "diff", .access = HL_OPS_FILES, .looks = true, .usage = "list diff NAME [FROM [TO]] [--summary] [--limit N]",
	  .help = "what one version adds to, removes from and changes in another; by default the newest against the active", .run = hl_ops_list_diff },
	{ .family = "list", .verb = "activate", .access = HL_OPS_FILES, .usage = "list activate NAME [VERSION] --reason TEXT",
	  .help = "makes a version (else the newest) the one that reads are compared with; who, when and why is recorded", .run = hl_ops_list_activate },
	{ .family = "list", .verb = "approve", .access = HL_OPS_FILES, .roles = HL_MAY_AGENCY, .usage = "list approve NAME VERSION --reason TEXT",
	  .help = "a second person's agreement to a version; never the importer's", .run = hl_ops_list_approve },
	{ .family = "list", .verb = "rollback", .access = HL_OPS_FILES, .usage = "list rollback NAME --reason TEXT",
	  .help = "makes the version active that was before the active one; once more goes further back", .run = hl_ops_list_rollback },
	{ .family = "list", .verb = "gc", .access = HL_OPS_FILES, .wants_store = true, .usage = "list gc NAME [--dry-run]",
	  .help = "removes versions beyond the list's `keep`; never the active one, the one before it, or what is still needed", .run = hl_ops_list_gc },
	{ .family = "list", .verb = "export", .access = HL_OPS_FILES, .looks = true, .usage = "list export NAME [VERSION] [--skip N] [--limit N]",
	  .help = "a version as CSV that imports again to the same entries; hand: what was added by hand", .run = hl_ops_list_export },
	{ .family = "list", .verb = "layouts", .access = HL_OPS_FILES, .unaudited = true, .stateless = true, .usage = "list layouts",
	  .help = "the layouts there are, with shape and help, folder by folder; the first of a name is used", .run = hl_ops_list_layouts },
	{ 0 },
};
