/* ops_list_show.c: `list versions`, `list show`, `list export`: looking at versions, and getting them out. Reads the state folder only; the thread is the
 * caller's.
 */
#include "engine/ops_list_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, SHOWN_MAX = 1000 };

void hl_ops_version_json(const struct hl_version *v, struct hl_json *j)
{
	bool readable = v->entries >= 0;
	hl_json_str(j, "id", v->id);
	hl_json_str(j, "list", v->list);
	hl_json_bool(j, "active", v->active);
	if (!readable) {
		hl_json_str(j, "fault", v->source);
		return;
	}
	hl_json_time(j, "imported", v->imported_ms);
	hl_json_str(j, "source", v->source);
	hl_json_str(j, "layout", v->layout);
	hl_json_str(j, "by", v->by);
	hl_json_int(j, "entries", v->entries);
	hl_json_int(j, "rejected", v->rejected);
	hl_json_int(j, "skipped", v->skipped);
	hl_json_int(j, "lines", v->lines);
}

static void version_line(const struct hl_ops_ctx *ctx, const struct hl_version *v, struct hl_buf *out)
{
	char when[48] = "";
	if (v->entries >= 0)
		hl_ops_full_time(ctx, v->imported_ms, when);
	hl_buf_printf(out, "%-12s %-20s %-6s ", v->list, v->id, v->active ? "active" : "");
	if (v->entries >= 0)
		hl_buf_printf(out, "%8" PRId64 " %8" PRId64 "  %.19s  %-10s %s\n", v->entries, v->rejected, when, v->by, v->source);
	else
		hl_buf_printf(out, "%s\n", v->source);
}

static enum hl_code put_versions(const struct hl_ops_ctx *ctx, const char *list, struct hl_json *j, struct hl_buf *out, struct hl_err *err)
{
	struct hl_version *v;
	size_t n;
	enum hl_code code = hl_version_list(ctx->state, list, &v, &n, err);
	for (size_t i = 0; !code && i < n; i++) {
		if (!j) {
			version_line(ctx, &v[i], out);
			continue;
		}
		hl_json_open(j, '{');
		hl_ops_version_json(&v[i], j);
		hl_json_close(j);
	}
	free(v);
	return code;
}

enum hl_code hl_ops_list_versions(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *name;
	struct hl_json j;
	struct hl_strings names = { 0 };
	enum hl_code code = hl_ops_args(argc, argv, &(const struct hl_ops_opt){ 0 }, "", &name, 0, 1, err);
	if (!code && !name)
		code = hl_version_lists(ctx->state, &names, err);
	if (code)
		return code;
	struct hl_buf body = HL_BUF(out->max);
	hl_json_init(&j, &body);
	if (json)
		hl_json_open(&j, '[');
	else
		hl_buf_printf(&body, "%-12s %-20s %-6s %8s %8s  %-19s  %-10s %s\n", "LIST", "VERSION", "", "ENTRIES", "REJECTED", "IMPORTED", "BY", "SOURCE");
	if (name)
		code = put_versions(ctx, name, json ? &j : NULL, &body, err);
	for (size_t i = 0; !code && i < names.n; i++) {
		/* A list whose first import is under way has no version yet. */
		code = put_versions(ctx, names.v[i], json ? &j : NULL, &body, err);
		code = code == HL_E_NOTFOUND ? HL_OK : code;
	}
	if (json) {
		hl_json_close(&j);
		hl_buf_putc(&body, '\n');
	}
	if (!code)
		hl_buf_put(out, hl_buf_text(&body), body.len);
	hl_buf_fini(&body);
	hl_strings_wipe(&names);
	return code;
}

/* The version named, else the active one, else the newest, open. */
static enum hl_code open_version(const struct hl_ops_ctx *ctx, const char *list, const char *ref, struct hl_version *v, struct hl_snapshot **s, struct hl_err *err)
{
	char active[HL_VERSION_ID] = "";
	enum hl_code code = HL_OK;
	if (!ref)
		code = hl_version_active(ctx->state, list, active, err);
	if (!code)
		code = hl_version_find(ctx->state, list, ref ? ref : *active ? active : "newest", v, err);
	return code ? code : hl_version_open(ctx->state, v, s, err);
}

static void entry_line(const struct hl_ops_ctx *ctx, const struct hl_entry *e, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, e->expires_ms, when);
	hl_buf_printf(out, "  %-12s %-5s %-12s %-12s %-16s until %-23s %s\n", e->f[HL_F_PLATE], e->f[HL_F_STATE], e->f[HL_F_CATEGORY], e->f[HL_F_AGENCY],
		      e->f[HL_F_CASE], when, e->f[HL_F_REASON]);
}

struct look {
	const struct hl_snapshot *s;
	const struct hl_pattern *plate; /* NULL: all */
	size_t limit;
};

static bool fits(const struct look *l, size_t i)
{
	const struct hl_pattern *p = hl_snapshot_pattern(l->s, i);
	return !l->plate || (p->len == l->plate->len && !memcmp(p->sym, l->plate->sym, p->len));
}

/* Writes what fits, at most limit; returns how many fit. */
static size_t put_entries(const struct hl_ops_ctx *ctx, const struct look *l, struct hl_json *j, struct hl_buf *out)
{
	size_t n = 0;
	for (size_t i = 0; i < hl_snapshot_count(l->s); i++) {
		struct hl_entry e;
		if (!fits(l, i) || n++ >= l->limit)
			continue;
		hl_snapshot_get(l->s, i, &e);
		if (!j) {
			entry_line(ctx, &e, out);
			continue;
		}
		hl_json_open(j, '{');
		hl_entry_write(&e, j);
		hl_json_close(j);
	}
	return n;
}

static void show_json(const struct hl_ops_ctx *ctx, const struct hl_version *v, const struct look *l, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_ops_version_json(v, &j);
	hl_json_open_key(&j, "shown", '[');
	size_t n = put_entries(ctx, l, &j, out);
	hl_json_close(&j);
	hl_json_int(&j, "fitting", (int64_t)n);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void show_text(const struct hl_ops_ctx *ctx, const struct hl_version *v, const struct look *l, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, v->imported_ms, when);
	hl_buf_printf(out, "list      %s\nversion   %s%s\nimported  %s by %s from %s (layout %s)\n", v->list, v->id, v->active ? " (active)" : "", when, v->by,
		      v->source, v->layout);
	hl_buf_printf(out, "lines     %" PRId64 ": %" PRId64 " entries, %" PRId64 " rejected, %" PRId64 " skipped\n", v->lines, v->entries, v->rejected, v->skipped);
	size_t n = put_entries(ctx, l, NULL, out);
	if (n > l->limit)
		hl_buf_printf(out, "  ... and %zu more (--limit)\n", n - l->limit);
	if (l->plate && !n)
		hl_buf_puts(out, "  no entry of this plate\n");
}

enum hl_code hl_ops_list_show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[2], *limit = NULL, *plate = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--limit", .value = &limit }, { .name = "--plate", .value = &plate }, { 0 } };
	struct look l = { .limit = SHOWN };
	struct hl_pattern pattern;
	struct hl_version v;
	struct hl_snapshot *s;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", words, 1, 2, err);
	if (!code)
		code = hl_ops_count("--limit", limit, SHOWN_MAX, &l.limit, err);
	if (!code && plate) {
		l.plate = &pattern;
		code = hl_pattern_parse(&pattern, plate, strlen(plate), false, err) ? HL_E_USAGE : HL_OK;
	}
	if (!code)
		code = open_version(ctx, words[0], words[1], &v, &s, err);
	if (code)
		return code;
	l.s = s;
	if (json)
		show_json(ctx, &v, &l, out);
	else
		show_text(ctx, &v, &l, out);
	hl_snapshot_close(&s);
	return HL_OK;
}

/* A value in quotes where RFC 4180 or the trimming of the importer asks for it. */
static void put_csv(struct hl_buf *out, const char *s)
{
	size_t n = strlen(s);
	bool plain = !s[strcspn(s, ",\"\r\n")] && (!n || (s[0] != ' ' && s[n - 1] != ' '));
	if (plain) {
		hl_buf_put(out, s, n);
		return;
	}
	hl_buf_putc(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			hl_buf_putc(out, '"');
		hl_buf_putc(out, *s);
	}
	hl_buf_putc(out, '"');
}

static void put_row(struct hl_buf *out, const bool used[HL_FIELDS], const char *const *f)
{
	bool first = true;
	for (int i = 0; i < HL_FIELDS; i++) {
		if (!used[i])
			continue;
		if (!first)
			hl_buf_putc(out, ',');
		put_csv(out, f ? f[i] : hl_fields[i].name);
		first = false;
	}
	hl_buf_putc(out, '\n');
}

/* Only columns that any entry uses. Entries whose source wrote O as 0 begin with a line that says so, since plain csv could not. */
static void export_csv(const struct hl_snapshot *s, size_t from, size_t to, struct hl_buf *out)
{
	bool used[HL_FIELDS] = { [HL_F_PLATE] = true };
	bool o0 = false;
	struct hl_entry e;
	for (size_t i = 0; i < hl_snapshot_count(s); i++) {
		hl_snapshot_get(s, i, &e);
		o0 = o0 || (e.pattern.flags & HL_PAT_O0);
		for (int f = 0; f < HL_FIELDS; f++)
			used[f] = used[f] || e.f[f][0];
	}
	if (o0)
		hl_buf_puts(out, "# layout: csv-o0\n");
	put_row(out, used, NULL);
	for (size_t i = from; i < to && !out->full; i++) {
		hl_snapshot_get(s, i, &e);
		put_row(out, used, e.f);
	}
}

static void export_json(const struct hl_snapshot *s, size_t from, size_t to, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	for (size_t i = from; i < to && !out->full; i++) {
		struct hl_entry e;
		hl_snapshot_get(s, i, &e);
		hl_json_open(&j, '{');
		hl_entry_write(&e, &j);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

enum hl_code hl_ops_list_export(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[2], *limit_text = NULL, *skip_text = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--limit", .value = &limit_text }, { .name = "--skip", .value = &skip_text }, { 0 } };
	size_t limit = SIZE_MAX, from = 0;
	struct hl_version v;
	struct hl_snapshot *s;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", words, 1, 2, err);
	if (!code)
		code = hl_ops_count("--limit", limit_text, SIZE_MAX - 1, &limit, err);
	if (!code)
		code = hl_ops_count("--skip", skip_text, SIZE_MAX - 1, &from, err);
	if (!code)
		code = open_version(ctx, words[0], words[1], &v, &s, err);
	if (code)
		return code;
	size_t n = hl_snapshot_count(s);
	from = from < n ? from : n;
	size_t to = limit < n - from ? from + limit : n;
	if (json)
		export_json(s, from, to, out);
	else
		export_csv(s, from, to, out);
	hl_snapshot_close(&s);
	if (!out->full)
		return HL_OK;
	hl_buf_clear(out); /* a part must not be taken for the whole */
	return hl_err_set(err, HL_E_LIMIT, "%s has %zu entries, more than fit one answer: export them in parts by --skip and --limit", v.id, n);
}
