/* ops_list_show.c: `list versions`, `list show`, `list export`: looking at versions, and getting them out. Reads the state folder only; the thread is the
 * caller's.
 */
#include "engine/list_life.h"
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
	hl_json_str(j, "parent", v->parent[0] ? v->parent : NULL);
	hl_json_str(j, "signed_by", v->signed_by[0] ? v->signed_by : NULL);
}

/* What a version is held for, who agreed to it and how many must. */
static void approvals_json(const struct hl_version *v, const struct hl_list_approvals *a, bool readable, struct hl_json *j)
{
	hl_holds_json(v->holds, j);
	hl_json_open_key(j, "approvals", '[');
	for (size_t i = 0; i < a->n; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "by", a->approval[i].by);
		hl_json_time(j, "time", a->approval[i].time_ms);
		hl_json_str(j, "why", a->approval[i].why);
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_json_int(j, "approvals_needed", a->needed);
	hl_json_bool(j, "waits", !readable || a->given < a->needed);
}

static void version_json(const struct hl_ops_ctx *ctx, const struct hl_version *v, struct hl_json *j)
{
	struct hl_list_approvals a;
	bool readable = !hl_list_approvals(hl_ops_settings(ctx), ctx->state, v, NULL, &a, NULL);
	hl_ops_version_json(v, j);
	approvals_json(v, &a, readable, j);
	hl_list_approvals_fini(&a);
}

/* "approved by bob", "waits for 1 of 2 approvals (held: shrink; approved by bob)", "". */
static void approvals_text(const struct hl_ops_ctx *ctx, const struct hl_version *v, struct hl_buf *out)
{
	struct hl_list_approvals a;
	struct hl_err err;
	char holds[HL_HOLDS_TEXT];
	if (hl_list_approvals(hl_ops_settings(ctx), ctx->state, v, NULL, &a, &err))
		hl_buf_printf(out, "; %s", err.text);
	else if (a.given < a.needed)
		hl_buf_printf(out, "; waits for %lld of %lld approvals", (long long)(a.needed - a.given), (long long)a.needed);
	hl_holds_text(v->holds, holds);
	if (*holds)
		hl_buf_printf(out, "; held: %s", holds);
	for (size_t i = 0; i < a.n; i++)
		hl_buf_printf(out, "%s%s", i ? ", " : "; approved by ", a.approval[i].by);
	hl_list_approvals_fini(&a);
}

static void version_line(const struct hl_ops_ctx *ctx, const struct hl_version *v, struct hl_buf *out)
{
	char when[48] = "";
	if (v->entries >= 0)
		hl_ops_full_time(ctx, v->imported_ms, when);
	hl_buf_printf(out, "%-12s %-20s %-6s ", v->list, v->id, v->active ? "active" : "");
	if (v->entries >= 0)
		hl_buf_printf(out, "%8" PRId64 " %8" PRId64 "  %.19s  %-10s %s", v->entries, v->rejected, when, v->by, v->source);
	else
		hl_buf_puts(out, v->source);
	approvals_text(ctx, v, out);
	hl_buf_putc(out, '\n');
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
		version_json(ctx, &v[i], j);
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
		if (hl_ops_hidden_list(ctx, names.v[i]))
			continue;
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

/* The catalog's snapshot of this very version, or NULL: a version's id holds the hash of its content. */
static const struct hl_snapshot *held(const struct hl_ops_ctx *ctx, const struct hl_version *v)
{
	const struct hl_catalog *c = ctx->catalog;
	for (size_t i = 0; c && i < c->n_lists; i++)
		if (!strcmp(c->list[i].name, v->list) && !strcmp(c->list[i].version.id, v->id))
			return c->list[i].snapshot;
	const struct hl_opened *o = ctx->opened; /* by an activation that is not over yet */
	return o && o->snapshot && !strcmp(o->list, v->list) && !strcmp(o->id, v->id) ? o->snapshot : NULL;
}

/* The layer by hand in place of a version; one that was never changed is not found. */
static enum hl_code open_hand(const struct hl_ops_ctx *ctx, const char *list, struct hl_ops_version *o, struct hl_err *err)
{
	enum hl_code code = hl_hand_open(&o->hand, ctx->state, list, err);
	if (!code && !o->hand->last.seq) {
		hl_hand_close(&o->hand);
		code = hl_err_set(err, HL_E_NOTFOUND, "nothing was ever added to list '%s' by hand", list);
	}
	if (code)
		return code;
	hl_hand_version(o->hand, &o->v);
	o->s = o->hand->snapshot;
	return HL_OK;
}

enum hl_code hl_ops_version_open(const struct hl_ops_ctx *ctx, const char *list, const char *ref, struct hl_ops_version *o, struct hl_err *err)
{
	char active[HL_VERSION_ID] = "";
	enum hl_code code = HL_OK;
	struct hl_err none;
	o->own = NULL;
	o->hand = NULL;
	if (ref && !strcmp(ref, "hand"))
		return open_hand(ctx, list, o, err);
	if (!ref)
		code = hl_version_active(ctx->state, list, active, err);
	if (!code)
		code = hl_version_find(ctx->state, list, ref ? ref : *active ? active : "newest", &o->v, err);
	if (code == HL_E_NOTFOUND && !ref && open_hand(ctx, list, o, &none) == HL_OK)
		return HL_OK;
	if (code)
		return code;
	o->s = held(ctx, &o->v);
	if (!o->s)
		code = hl_version_open(ctx->state, &o->v, &o->own, err);
	o->s = o->s ? o->s : o->own;
	return code;
}

void hl_ops_version_close(struct hl_ops_version *o)
{
	hl_snapshot_close(&o->own);
	hl_hand_close(&o->hand);
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
	const struct hl_hand *hand;     /* the list's layer by hand */
	bool by_hand;                   /* s is the layer's */
	const struct hl_pattern *plate; /* NULL: all */
	size_t limit;
};

/* Whether the symbols asked for are the listed ones, where a listed '?' is any one symbol, '*' any run, and O and 0 may be alike. */
static bool covers(const uint8_t *listed, size_t n, const uint8_t *asked, size_t m, bool o0)
{
	for (; n && listed[0] != HL_SYM_RUN; listed++, asked++, n--, m--) {
		bool zero = o0 && (!listed[0] || listed[0] == hl_sym_code('O')) && (m && (!asked[0] || asked[0] == hl_sym_code('O')));
		if (!m || (listed[0] != asked[0] && listed[0] != HL_SYM_ONE && !zero))
			return false;
	}
	for (size_t skip = 0; n && skip <= m; skip++)
		if (covers(listed + 1, n - 1, asked + skip, m - skip, o0))
			return true;
	return !n && !m;
}

/* The plate as it is listed, or one that it stands for. One pass over 16 bytes an entry: the other pages of a large snapshot are not touched. */
static bool fits(const struct look *l, size_t i)
{
	if (!l->plate)
		return true;
	const struct hl_pattern *p = hl_snapshot_pattern(l->s, i);
	if (p->len == l->plate->len && !memcmp(p->sym, l->plate->sym, p->len))
		return true;
	return p->flags && covers(p->sym, p->len, l->plate->sym, l->plate->len, p->flags & HL_PAT_O0);
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
			hl_ops_hand_note(ctx, l->hand, l->by_hand, &e, NULL, out);
			continue;
		}
		hl_json_open(j, '{');
		hl_entry_write(&e, j);
		hl_ops_hand_note(ctx, l->hand, l->by_hand, &e, j, out);
		hl_json_close(j);
	}
	return n;
}

static void show_json(const struct hl_ops_ctx *ctx, const struct hl_version *v, const struct look *l, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	version_json(ctx, v, &j);
	hl_json_open_key(&j, "shown", '[');
	size_t n = put_entries(ctx, l, &j, out);
	hl_json_close(&j);
	hl_json_int(&j, "fitting", (int64_t)n);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void show_approvals(const struct hl_ops_ctx *ctx, const struct hl_version *v, struct hl_buf *out)
{
	struct hl_list_approvals a;
	struct hl_err err;
	char when[48];
	if (hl_list_approvals(hl_ops_settings(ctx), ctx->state, v, NULL, &a, &err))
		hl_buf_printf(out, "approvals %s\n", err.text);
	else if (a.needed || a.n)
		hl_buf_printf(out, "approvals %lld of %lld needed\n", (long long)a.given, (long long)a.needed);
	for (const struct hl_hold_info *h = hl_holds; h->name; h++)
		if (v->holds & h->bit)
			hl_buf_printf(out, "held      %s: %s\n", h->name, h->help);
	for (size_t i = 0; i < a.n; i++) {
		hl_ops_full_time(ctx, a.approval[i].time_ms, when);
		hl_buf_printf(out, "approved  %s by %s: %s\n", when, a.approval[i].by, a.approval[i].why);
	}
	hl_list_approvals_fini(&a);
}

static void show_text(const struct hl_ops_ctx *ctx, const struct hl_version *v, const struct look *l, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, v->imported_ms, when);
	hl_buf_printf(out, "list      %s\nversion   %s%s\nimported  %s by %s from %s (layout %s)\n", v->list, v->id, v->active ? " (active)" : "", when, v->by,
		      v->source, v->layout);
	hl_buf_printf(out, "lines     %" PRId64 ": %" PRId64 " entries, %" PRId64 " rejected, %" PRId64 " skipped\n", v->lines, v->entries, v->rejected, v->skipped);
	if (v->parent[0])
		hl_buf_printf(out, "parent    %s, of which this is an increment\n", v->parent);
	if (v->signed_by[0])
		hl_buf_printf(out, "signed    by the key %s\n", v->signed_by);
	show_approvals(ctx, v, out);
	hl_ops_hand_line(ctx, l->hand, out);
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
	struct hl_ops_version o;
	struct hl_hand *hand = NULL;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", words, 1, 2, err);
	if (!code)
		code = hl_ops_count("--limit", limit, SHOWN_MAX, &l.limit, err);
	if (!code && plate) {
		l.plate = &pattern;
		code = hl_pattern_parse(&pattern, plate, strlen(plate), false, err) ? HL_E_USAGE : HL_OK;
	}
	if (!code)
		code = hl_ops_version_open(ctx, words[0], words[1], &o, err);
	if (code)
		return code;
	code = hl_hand_open(&hand, ctx->state, words[0], err);
	l.s = o.s;
	l.hand = hand;
	l.by_hand = o.hand != NULL;
	if (!code && json)
		show_json(ctx, &o.v, &l, out);
	else if (!code)
		show_text(ctx, &o.v, &l, out);
	hl_hand_close(&hand);
	hl_ops_version_close(&o);
	return code;
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
	struct hl_ops_version o;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", words, 1, 2, err);
	if (!code)
		code = hl_ops_count("--limit", limit_text, SIZE_MAX - 1, &limit, err);
	if (!code)
		code = hl_ops_count("--skip", skip_text, SIZE_MAX - 1, &from, err);
	if (!code)
		code = hl_ops_version_open(ctx, words[0], words[1], &o, err);
	if (code)
		return code;
	size_t n = hl_snapshot_count(o.s);
	from = from < n ? from : n;
	size_t to = limit < n - from ? from + limit : n;
	if (json)
		export_json(o.s, from, to, out);
	else
		export_csv(o.s, from, to, out);
	hl_ops_version_close(&o);
	if (!out->full)
		return HL_OK;
	hl_buf_clear(out); /* a part must not be taken for the whole */
	return hl_err_set(err, HL_E_LIMIT, "%s has %zu entries, more than fit one answer: export them in parts by --skip and --limit", o.v.id, n);
}
