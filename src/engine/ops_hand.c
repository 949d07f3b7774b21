/* ops_hand.c: `list add`, and the table of what is done to a list by hand. It never waits for an import: the daemon runs these operations beside those on
 * files, under a lock of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "core/index.h"
#include "engine/list_life.h"
#include "engine/ops_hand_priv.h"

enum { PLATES_TOLD = 5 };

static enum hl_code known_list(const struct hl_ops_ctx *ctx, const char *list, struct hl_err *err)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	struct hl_strings names = { 0 };
	if (s && hl_settings_list(s, list))
		return HL_OK;
	enum hl_code code = hl_version_lists(ctx->state, &names, err);
	const struct hl_list_settings *ls = s ? s->lists.v : NULL;
	size_t n = s ? s->lists.n : 0;
	const char **words = hl_calloc(names.n + n + 1, sizeof *words);
	bool known = false;
	for (size_t i = 0; i < names.n; i++) {
		words[i] = names.v[i];
		known = known || !strcmp(names.v[i], list);
	}
	for (size_t i = 0; i < n; i++)
		words[names.n + i] = ls[i].name;
	const char *near = hl_text_nearest(list, words);
	if (!code && !known)
		code = hl_err_set(err, HL_E_NOTFOUND, "there is no list '%s'%s%s%s", list, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(words);
	hl_strings_wipe(&names);
	return code;
}

enum hl_code hl_ops_hand_open(const struct hl_ops_ctx *ctx, const char *list, struct hl_ops_hand *o, struct hl_err *err)
{
	*o = (struct hl_ops_hand){ .list = list };
	enum hl_code code = known_list(ctx, list, err);
	if (!code)
		code = hl_hand_open(&o->hand, ctx->state, list, err);
	if (code)
		return code;
	if (ctx->catalog) {
		o->row = hl_catalog_list(ctx->catalog, list, false);
		o->s = o->row ? o->row->snapshot : NULL;
		hl_copy(o->version, sizeof o->version, o->row ? o->row->version.id : "");
		return HL_OK;
	}
	code = hl_version_active(ctx->state, list, o->version, err);
	if (!code && o->version[0])
		code = hl_ops_version_open(ctx, list, o->version, &o->own, err);
	o->s = code ? NULL : o->own.s;
	return code;
}

void hl_ops_hand_close(struct hl_ops_hand *o)
{
	hl_hand_close(&o->hand);
	hl_ops_version_close(&o->own);
}

bool hl_ops_hand_listed(const struct hl_ops_hand *o, const char *id, struct hl_entry *e)
{
	ptrdiff_t at = o->s ? hl_snapshot_find(o->s, id) : -1;
	if (at >= 0)
		hl_snapshot_get(o->s, (size_t)at, e);
	return at >= 0;
}

enum hl_code hl_ops_settle(struct hl_ops_ctx *ctx, const char *list, const char *version, struct hl_buf *told, struct hl_err *err)
{
	struct hl_hand *h;
	struct hl_ops_version o;
	enum hl_code code = hl_hand_open(&h, ctx->state, list, err);
	bool some = !code && h->masked;
	hl_hand_close(&h);
	if (!some)
		return code;
	code = hl_ops_version_open(ctx, list, version, &o, err);
	if (code)
		return code;
	code = hl_hand_settle(hl_ops_fleet(ctx), ctx->state, list, o.s, o.v.id, ctx->who ? ctx->who : "", ctx->now_ms, told, err);
	hl_ops_version_close(&o);
	return code;
}

static bool same_plate(const struct hl_pattern *a, const struct hl_pattern *b)
{
	return a->len == b->len && !memcmp(a->sym, b->sym, a->len);
}

/* By the index that reads go through: a look at each of ten million patterns would take longer than all else. */
static size_t plates_by_index(const struct hl_catalog *c, const struct hl_catalog_list *l, const struct hl_pattern *p, uint32_t *at, size_t max)
{
	struct hl_plate plate = { .len = p->len };
	struct hl_index_scratch *scratch = hl_index_scratch_new();
	const struct hl_found *f;
	const int budget = 0;
	size_t n = 0;
	memcpy(plate.sym, p->sym, sizeof plate.sym);
	size_t found = hl_index_query(c->segment[l->segment].index, scratch, &plate, &budget, 1, &f);
	for (size_t i = 0; i < found && n < max; i++) {
		uint32_t k = f[i].entry - l->first;
		if (f[i].entry >= l->first && k < hl_snapshot_count(l->snapshot) && same_plate(hl_snapshot_pattern(l->snapshot, k), p))
			at[n++] = k;
	}
	hl_index_scratch_free(&scratch);
	return n;
}

size_t hl_ops_hand_plates(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct hl_pattern *p, uint32_t *at, size_t max)
{
	size_t n = 0, all = o->s ? hl_snapshot_count(o->s) : 0;
	if (all && o->row && !(p->flags & HL_PAT_WILD))
		return plates_by_index(ctx->catalog, o->row, p, at, max);
	for (size_t i = 0; i < all && n < max; i++)
		if (same_plate(hl_snapshot_pattern(o->s, i), p))
			at[n++] = (uint32_t)i;
	return n;
}

void hl_ops_act_json(struct hl_json *j, const char *key, const struct hl_hand_act *a)
{
	if (!a->seq)
		return;
	hl_json_open_key(j, key, '{');
	hl_json_str(j, "by", a->by);
	hl_json_time(j, "time", a->time_ms);
	hl_json_opt(j, "why", a->why);
	hl_json_close(j);
}

/* What is to be known beside the entry that was added. */
struct beside {
	struct hl_hand_entry before; /* of the same id, by hand; added.seq 0: none */
	bool in_version, masked;
	uint32_t at[PLATES_TOLD];    /* entries of the version with the same plate and another id */
	size_t n_at;
};

static void look_beside(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct hl_entry *e, struct beside *b)
{
	struct hl_entry other;
	uint32_t at[PLATES_TOLD + 1];
	const struct hl_hand_entry *was = hl_hand_find(o->hand, e->id);
	const struct hl_hand_mask *m = hl_hand_find_mask(o->hand, e->id);
	*b = (struct beside){ .in_version = hl_ops_hand_listed(o, e->id, &other) };
	b->masked = b->in_version && m && !m->ended.seq && !strcmp(m->e.revision, other.revision);
	if (was && !was->ended.seq)
		b->before = *was;
	size_t n = hl_ops_hand_plates(ctx, o, &e->pattern, at, PLATES_TOLD + 1);
	for (size_t i = 0; i < n && b->n_at < PLATES_TOLD; i++) {
		hl_snapshot_get(o->s, at[i], &other);
		if (strcmp(other.id, e->id))
			b->at[b->n_at++] = at[i];
	}
}

static void add_text(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct hl_entry *e, const struct beside *b, const struct hl_hand_written *w,
		     struct hl_buf *out)
{
	char from[48], until[48];
	struct hl_entry other;
	hl_ops_full_time(ctx, e->starts_ms, from);
	hl_ops_full_time(ctx, e->expires_ms, until);
	hl_buf_printf(out, "%s: %s added by hand (%s), from %s until %s; layer %s\n", o->list, e->f[HL_F_PLATE], e->id, e->starts_ms == HL_NO_TIME ? "now" : from, until,
		      w->version);
	if (e->pattern.flags & HL_PAT_SCANNED)
		hl_buf_printf(out, "  it stands for many plates, and WAITS for another person: list add %s --approve %s --reason …\n", o->list, e->id);
	if (w->torn)
		hl_buf_printf(out, "  %zu bytes of a change that never became whole were cut off the layer's journal\n", w->torn);
	if (b->before.added.seq) {
		hl_ops_full_time(ctx, b->before.added.time_ms, from);
		hl_buf_printf(out, "  it takes the place of what %s added %s\n", b->before.added.by, from);
	}
	if (b->in_version)
		hl_buf_printf(out, "  the active version %s has the same entry%s: this one holds in its place while it is in force\n", o->version,
			      b->masked ? ", withdrawn" : "");
	for (size_t i = 0; i < b->n_at; i++) {
		hl_snapshot_get(o->s, b->at[i], &other);
		hl_buf_printf(out, "  the active version lists this plate, too: %s (%s %s, case %s): a read of it alerts for both\n", other.id, other.f[HL_F_STATE],
			      other.f[HL_F_CATEGORY], other.f[HL_F_CASE][0] ? other.f[HL_F_CASE] : "none");
	}
}

static void add_json(const struct hl_ops_hand *o, const struct hl_entry *e, const struct beside *b, const struct hl_hand_written *w, const struct hl_buf *odd,
		     struct hl_buf *out)
{
	struct hl_json j;
	struct hl_entry other;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "list", o->list);
	hl_json_str(&j, "layer", w->version);
	hl_json_open_key(&j, "entry", '{');
	hl_entry_write(e, &j);
	hl_json_close(&j);
	hl_json_bool(&j, "waits", e->pattern.flags & HL_PAT_SCANNED);
	hl_json_str(&j, "replaces", b->before.added.seq ? b->before.e.revision : NULL);
	hl_json_str(&j, "in_version", b->in_version ? o->version : NULL);
	hl_json_bool(&j, "withdrawn_there", b->masked);
	hl_json_open_key(&j, "same_plate", '[');
	for (size_t i = 0; i < b->n_at; i++) {
		hl_snapshot_get(o->s, b->at[i], &other);
		hl_json_str(&j, NULL, other.id);
	}
	hl_json_close(&j);
	hl_json_int(&j, "torn", (int64_t)w->torn);
	hl_json_opt(&j, "odd", hl_buf_text(odd));
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* --plate, --state … : an option for each field of an entry, by its own name. */
static enum hl_code parse_add(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_hand_words *w, const char **approve, struct hl_err *err)
{
	char name[HL_FIELDS][32];
	struct hl_ops_opt opts[HL_FIELDS + 2] = { { 0 } };
	for (int f = 0; f < HL_FIELDS; f++) {
		snprintf(name[f], sizeof name[f], "--%s", hl_fields[f].name);
		opts[f] = (struct hl_ops_opt){ .name = name[f], .value = &w->f[f] };
	}
	opts[HL_FIELDS] = (struct hl_ops_opt){ .name = "--approve", .value = approve };
	w->by = ctx->who ? ctx->who : "";
	w->now_ms = ctx->now_ms;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", &w->list, 1, 1, err);
	bool more = false;
	for (int f = 0; f < HL_FIELDS; f++)
		more = more || (f != HL_F_REASON && w->f[f]);
	if (!code && !w->f[HL_F_PLATE] && !*approve)
		code = hl_err_set(err, HL_E_USAGE, "--plate is missing");
	if (!code && *approve && more)
		code = hl_err_set(err, HL_E_USAGE, "--approve agrees to an entry as it is: with --reason alone");
	if (!code)
		code = hl_ops_may_keep(ctx, w->list, err);
	return code ? code : hl_list_reason(w->f[HL_F_REASON], err);
}

/* A second person's agreement to an entry that waits for it. Who that is, is known from the caller, never from what he says. */
static enum hl_code approve_entry(struct hl_ops_ctx *ctx, const struct hl_hand_words *w, const char *id, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_ops_hand o;
	struct hl_hand_written written;
	enum hl_code code = hl_ops_hand_open(ctx, w->list, &o, err);
	const struct hl_hand_entry *e = code ? NULL : hl_hand_find(o.hand, id);
	if (!code && (!e || e->ended.seq || !e->waits))
		code = hl_err_set(err, HL_E_NOTFOUND, "list '%s' has no entry %s that waits for an approval", w->list, id);
	if (!code && !strcmp(e->added.by, w->by))
		code = hl_err_set(err, HL_E_DENIED, "%s added it: another person must approve it", w->by);
	if (!code) {
		struct hl_hand_change c = { .op = HL_HAND_APPROVE, .entry = &e->e, .by = w->by, .why = w->f[HL_F_REASON], .time_ms = ctx->now_ms };
		code = hl_hand_write_for(hl_ops_fleet(ctx), ctx->state, w->list, &c, 1, &written, err);
	}
	if (!code) {
		hl_copy(ctx->hand_changed, sizeof ctx->hand_changed, w->list);
		hl_buf_printf(out, json ? "{\"list\":\"%s\",\"id\":\"%s\",\"approved\":true,\"layer\":\"%s\"}\n" : "%s: %s is approved; layer %s\n", w->list, id, written.version);
	}
	hl_ops_hand_close(&o);
	return code;
}

static enum hl_code list_add(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_hand_words w = { .list = NULL };
	struct hl_ops_hand o = { .list = NULL };
	struct hl_ops_dirs dirs;
	struct hl_snapshot *one = NULL;
	struct hl_buf odd = HL_BUF(4096);
	struct hl_hand_written written;
	struct hl_entry e;
	struct beside b;
	const char *approve = NULL;
	enum hl_code code = parse_add(ctx, argc, argv, &w, &approve, err);
	if (!code && approve)
		return approve_entry(ctx, &w, approve, json, out, err);
	if (!code)
		code = hl_ops_hand_open(ctx, w.list, &o, err);
	if (!code) {
		hl_ops_layout_dirs(ctx, &dirs);
		w.layout_dirs = dirs.v;
		code = hl_hand_check(hl_ops_settings(ctx), &w, &one, &odd, err);
	}
	if (!code) {
		hl_snapshot_get(one, 0, &e);
		look_beside(ctx, &o, &e, &b);
		struct hl_hand_change c = { .op = HL_HAND_ADD, .entry = &e, .waits = e.pattern.flags & HL_PAT_SCANNED, .by = w.by, .why = w.f[HL_F_REASON],
					    .time_ms = ctx->now_ms };
		code = hl_hand_write_for(hl_ops_fleet(ctx), ctx->state, w.list, &c, 1, &written, err);
	}
	if (!code) {
		hl_copy(ctx->hand_changed, sizeof ctx->hand_changed, w.list);
		if (json)
			add_json(&o, &e, &b, &written, &odd, out);
		else
			add_text(ctx, &o, &e, &b, &written, out);
		if (!json)
			hl_buf_puts(out, hl_buf_text(&odd));
	}
	hl_buf_fini(&odd);
	hl_snapshot_close(&one);
	hl_ops_hand_close(&o);
	return code;
}

const struct hl_op_row hl_ops_hand[] = {
	{ .family = "list", .verb = "add", .access = HL_OPS_HAND, .roles = HL_MAY_AGENCY, .own_state = true,
	  .usage = "list add NAME --plate P --state S --category C --case N --expires 6h --reason TEXT [--FIELD VALUE]... | NAME --approve ID --reason TEXT",
	  .help = "an entry by hand, checked like an uploaded line: matched at once, kept over uploads until it expires or is withdrawn; --approve: a second person's word for a partial plate", .run = list_add },
	{ .family = "list", .verb = "withdraw", .access = HL_OPS_HAND, .roles = HL_MAY_AGENCY, .own_state = true, .usage = "list withdraw NAME ID|--plate P [--state S] --reason TEXT [--undo]",
	  .help = "ends an entry added by hand; one of the active version is masked while it stays as it is", .run = hl_ops_hand_withdraw },
	{ .family = "list", .verb = "withdrawn", .access = HL_OPS_HAND, .looks = true, .usage = "list withdrawn NAME [--all]",
	  .help = "the entries withdrawn by hand, by whom and why; --all: also those that were taken back or overtaken by a version", .run = hl_ops_hand_withdrawn },
	{ 0 },
};
