/* upload.c: see upload.h. The thread is the caller's. */
#include "engine/upload.h"

#include <stdlib.h>
#include <string.h>

#include "engine/ops_list_priv.h"

/* The faults of the report, one JSON object a line, as an array: of these lines the first bytes. */
static void faults_json(const struct hl_import_report *r, size_t part, struct hl_json *j)
{
	const char *s = hl_buf_text(&r->faults), *end = s + part;
	hl_json_open_key(j, "faults", '[');
	while (s < end) {
		size_t n = strcspn(s, "\n");
		char *line = hl_strndup(s, n);
		hl_json_raw(j, NULL, line);
		free(line);
		s += n + (s[n] == '\n');
	}
	hl_json_close(j);
}

static bool is_increment(const struct hl_import_report *r)
{
	return r->added || r->changed || r->removed;
}

void hl_uploaded_json(const struct hl_uploaded *u, struct hl_json *j)
{
	const struct hl_import_report *r = &u->report;
	int64_t left;
	size_t part = hl_import_report_part(r, &r->faults, j->out, &left);
	hl_json_str(j, "list", r->version.list);
	hl_json_str(j, "version", u->done ? r->version.id : NULL);
	hl_holds_json(r->version.holds, j);
	hl_json_int(j, "warnings", r->warnings);
	hl_json_int(j, "junk", r->junk);
	hl_json_int(j, "confusable", r->confusable);
	hl_json_int(j, "partial", r->partial);
	hl_json_bool(j, "existing", r->existing);
	hl_json_bool(j, "active", u->active);
	hl_json_str(j, "layout", r->version.layout);
	hl_json_int(j, "lines", r->lines);
	hl_json_int(j, "entries", r->entries);
	hl_json_int(j, "rejected", r->rejected);
	hl_json_int(j, "duplicates", r->duplicates);
	hl_json_int(j, "skipped", r->skipped);
	hl_json_int(j, "twins", r->twins);
	if (is_increment(r)) {
		hl_json_str(j, "parent", r->version.parent[0] ? r->version.parent : NULL);
		hl_json_int(j, "added", r->added);
		hl_json_int(j, "changed", r->changed);
		hl_json_int(j, "removed", r->removed);
		hl_json_int(j, "carried", r->carried);
	}
	hl_json_int(j, "untold", left);
	hl_cost_json(&r->cost, j);
	faults_json(r, part, j);
}

void hl_upload_warnings(const struct hl_import_report *r, struct hl_buf *out)
{
	if (r->warnings)
		hl_buf_printf(out, "%lld warning%s: %lld O/0 twins, %lld confusable pairs, %lld partial plates\n", (long long)r->warnings,
			      r->warnings == 1 ? "" : "s", (long long)r->twins, (long long)r->confusable, (long long)r->partial);
}

static void tell_report(const struct hl_uploaded *u, struct hl_buf *out)
{
	const struct hl_import_report *r = &u->report;
	char holds[HL_HOLDS_TEXT];
	hl_import_report_text(r, out);
	hl_buf_printf(out, "%lld lines: %lld good, %lld rejected (%lld of them duplicates), %lld skipped\n", (long long)r->lines, (long long)r->entries,
		      (long long)r->rejected, (long long)r->duplicates, (long long)r->skipped);
	if (is_increment(r))
		hl_buf_printf(out, "%lld added, %lld changed, %lld removed, %lld carried over\n", (long long)r->added, (long long)r->changed, (long long)r->removed,
			      (long long)r->carried);
	if (u->done)
		hl_buf_printf(out, "%s: %s %s%s\n", r->version.list, r->existing ? "the same as version" : "new version", r->version.id,
			      u->active ? ", active" : ", not active");
	else
		hl_buf_puts(out, "nothing was stored\n");
	hl_upload_warnings(r, out);
	hl_holds_text(r->version.holds, holds);
	if (u->done && holds[0] && !u->active)
		hl_buf_printf(out, "%s: held until it is approved: %s\n", r->version.list, holds);
	hl_cost_text(&r->cost, out);
}

void hl_uploaded_text(const struct hl_uploaded *u, struct hl_buf *out)
{
	if (u->report.layout_faults.n)
		hl_faults_print(&u->report.layout_faults, out);
	else
		tell_report(u, out);
	hl_buf_put(out, hl_buf_text(&u->ended), u->ended.len);
}

enum hl_code hl_upload_run(struct hl_ops_ctx *ctx, const struct hl_upload *u, struct hl_uploaded *out, struct hl_err *err)
{
	const struct hl_crew crew = { hl_crew_processors() };
	struct hl_import in = u->in;
	struct hl_ops_dirs dirs;
	struct hl_activation a;
	struct hl_ops_cost cost = { .reads = u->reads_a_day };
	*out = (struct hl_uploaded){ .ended = HL_BUF(HL_OPS_OUT_MAX) };
	hl_ops_layout_dirs(ctx, &dirs);
	in.layout_dirs = in.layout_dirs ? in.layout_dirs : dirs.v;
	in.crew = in.crew ? in.crew : &crew;
	in.cost = &cost.ask;
	enum hl_code code = hl_ops_cost_begin(ctx, &cost, NULL, err);
	if (!code)
		code = hl_import_run(hl_ops_settings(ctx), ctx->state, &in, &out->report, err);
	hl_ops_cost_end(&cost);
	out->done = !code;
	if (!code && u->activate && !out->report.version.active)
		code = hl_import_may_activate(&out->report, err);
	if (!code && u->activate)
		code = hl_ops_activate(ctx, in.list, out->report.version.id, u->why ? u->why : "imported", &a, err);
	out->active = out->done && !code && (u->activate || out->report.version.active);
	if (out->active && u->activate)
		code = hl_ops_settle(ctx, in.list, out->report.version.id, &out->ended, err);
	return code;
}

void hl_uploaded_fini(struct hl_uploaded *u)
{
	hl_import_report_fini(&u->report);
	hl_buf_fini(&u->ended);
}
