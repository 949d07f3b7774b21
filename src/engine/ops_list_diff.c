/* ops_list_diff.c: `list diff`: one version against another. Both snapshots are in the order of their entries' ids, so that one walk along both finds what was
 * added, removed and changed, in no more memory than the answer takes. Reads the state folder only; the thread is the caller's.
 */
#include <inttypes.h>
#include <string.h>

#include "engine/ops_list_priv.h"

enum { SHOWN = 200 };

struct diff {
	const struct hl_snapshot *a, *b;
	size_t added, removed, changed, unchanged;
	size_t told, limit;
	struct hl_json *j;  /* NULL: text */
	struct hl_buf *out; /* NULL: count only */
};

static bool room(struct diff *d)
{
	return d->out && d->told < d->limit && ++d->told;
}

static void put_plain(struct diff *d, const struct hl_snapshot *s, size_t i, bool added)
{
	struct hl_entry e;
	if (!room(d))
		return;
	hl_snapshot_get(s, i, &e);
	if (!d->j) {
		hl_buf_printf(d->out, "%c %-12s %-5s %-12s %-16s %s\n", added ? '+' : '-', e.f[HL_F_PLATE], e.f[HL_F_STATE], e.f[HL_F_CATEGORY], e.f[HL_F_CASE],
			      e.f[HL_F_REASON]);
		return;
	}
	hl_json_open(d->j, '{');
	hl_json_str(d->j, "change", added ? "added" : "removed");
	hl_json_open_key(d->j, "entry", '{');
	hl_entry_write(&e, d->j);
	hl_json_close(d->j);
	hl_json_close(d->j);
}

static void put_field(struct diff *d, const char *name, const char *from, const char *to)
{
	if (!d->j) {
		hl_buf_printf(d->out, "    %s: '%s' -> '%s'\n", name, from, to);
		return;
	}
	hl_json_open_key(d->j, name, '{');
	hl_json_str(d->j, "from", from);
	hl_json_str(d->j, "to", to);
	hl_json_close(d->j);
}

static void put_fields(struct diff *d, const struct hl_entry *x, const struct hl_entry *y)
{
	bool o0 = x->pattern.flags & HL_PAT_O0, o0_now = y->pattern.flags & HL_PAT_O0;
	for (int f = 0; f < HL_FIELDS; f++)
		if (strcmp(x->f[f], y->f[f]) != 0)
			put_field(d, hl_fields[f].name, x->f[f], y->f[f]);
	if (o0 != o0_now)
		put_field(d, "o0_collapsed", o0 ? "true" : "false", o0_now ? "true" : "false");
}

static void put_changed(struct diff *d, size_t i, size_t k)
{
	struct hl_entry x, y;
	if (!room(d))
		return;
	hl_snapshot_get(d->a, i, &x);
	hl_snapshot_get(d->b, k, &y);
	if (!d->j) {
		hl_buf_printf(d->out, "~ %-12s %-5s %-12s %s\n", y.f[HL_F_PLATE], y.f[HL_F_STATE], y.f[HL_F_CATEGORY], y.f[HL_F_CASE]);
		put_fields(d, &x, &y);
		return;
	}
	hl_json_open(d->j, '{');
	hl_json_str(d->j, "change", "changed");
	hl_json_open_key(d->j, "entry", '{');
	hl_entry_write(&y, d->j);
	hl_json_close(d->j);
	hl_json_open_key(d->j, "fields", '{');
	put_fields(d, &x, &y);
	hl_json_close(d->j);
	hl_json_close(d->j);
}

static void walk(struct diff *d)
{
	size_t i = 0, k = 0, n = hl_snapshot_count(d->a), m = hl_snapshot_count(d->b);
	while (i < n || k < m) {
		int c = i == n ? 1 : k == m ? -1 : hl_snapshot_compare(d->a, i, d->b, k);
		if (c < 0) {
			d->removed++;
			put_plain(d, d->a, i++, false);
		} else if (c > 0) {
			d->added++;
			put_plain(d, d->b, k++, true);
		} else {
			bool same = hl_snapshot_same(d->a, i, d->b, k);
			d->unchanged += same;
			d->changed += !same;
			if (!same)
				put_changed(d, i, k);
			i++;
			k++;
		}
	}
}

static void as_json(struct diff *d, const struct hl_ops_version *a, const struct hl_ops_version *b, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "list", a->v.list);
	hl_json_str(&j, "from", a->v.id);
	hl_json_str(&j, "to", b->v.id);
	d->j = &j;
	if (d->out)
		hl_json_open_key(&j, "changes", '[');
	walk(d);
	if (d->out)
		hl_json_close(&j);
	hl_json_int(&j, "added", (int64_t)d->added);
	hl_json_int(&j, "removed", (int64_t)d->removed);
	hl_json_int(&j, "changed", (int64_t)d->changed);
	hl_json_int(&j, "unchanged", (int64_t)d->unchanged);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void as_text(struct diff *d, const struct hl_ops_version *a, const struct hl_ops_version *b, struct hl_buf *out)
{
	hl_buf_printf(out, "%s: %s -> %s\n", a->v.list, a->v.id, b->v.id);
	walk(d);
	size_t all = d->added + d->removed + d->changed;
	if (d->out && all > d->told)
		hl_buf_printf(out, "  ... and %zu more (--limit)\n", all - d->told);
	hl_buf_printf(out, "%zu added, %zu removed, %zu changed, %zu unchanged\n", d->added, d->removed, d->changed, d->unchanged);
}

enum hl_code hl_ops_list_diff(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[3], *limit = NULL;
	bool summary = false;
	const struct hl_ops_opt opts[] = { { .name = "--limit", .value = &limit }, { .name = "--summary", .flag = &summary }, { 0 } };
	struct hl_ops_version a, b;
	struct diff d = { .limit = json ? SIZE_MAX : SHOWN };
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", words, 1, 3, err);
	if (!code)
		code = hl_ops_count("--limit", limit, SIZE_MAX - 1, &d.limit, err);
	if (!code && limit && summary)
		code = hl_err_set(err, HL_E_USAGE, "--summary shows no entries: it needs no --limit");
	if (!code)
		code = hl_ops_version_open(ctx, words[0], words[1] ? words[1] : "active", &a, err);
	if (code)
		return code;
	code = hl_ops_version_open(ctx, words[0], words[2] ? words[2] : "newest", &b, err);
	if (!code) {
		d.a = a.s;
		d.b = b.s;
		d.out = summary ? NULL : out;
		if (json)
			as_json(&d, &a, &b, out);
		else
			as_text(&d, &a, &b, out);
		hl_ops_version_close(&b);
	}
	hl_ops_version_close(&a);
	if (code || !out->full)
		return code;
	hl_buf_clear(out); /* a part must not be taken for the whole */
	return hl_err_set(err, HL_E_LIMIT, "%zu entries differ, more than fit one answer: ask for --summary, or for the first of them by --limit",
			  d.added + d.removed + d.changed);
}
