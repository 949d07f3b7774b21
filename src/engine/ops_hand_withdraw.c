/* ops_hand_withdraw.c: `list withdraw` and `list withdrawn`: entries that a person says no longer hold. See ops_hand.c. */
#include <string.h>

#include "core/vehicle.h"
#include "engine/list_life.h"
#include "engine/ops_hand_priv.h"

enum { FOUND_MAX = 16 };

struct request {
	const char *words[2]; /* NAME ID */
	const char *plate, *state, *why;
	bool undo;
};

/* The different ids that an asked-for plate stands for. */
struct found {
	char id[FOUND_MAX][HL_ID_TEXT];
	size_t n;
};

static void found_add(struct found *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->id[i], id))
			return;
	if (f->n < FOUND_MAX)
		hl_copy(f->id[f->n++], sizeof f->id[0], id);
}

static bool is_masked(const struct hl_hand *h, const struct hl_entry *e)
{
	const struct hl_hand_mask *m = hl_hand_find_mask(h, e->id);
	return m && !m->ended.seq && !strcmp(m->e.revision, e->revision);
}

/* Whether the entry has the plate and, where one is given, the state asked for. */
static bool asked_for(const struct hl_entry *e, const struct hl_pattern *p, const char *state)
{
	char is[16], asked[16];
	if (e->pattern.len != p->len || memcmp(e->pattern.sym, p->sym, p->len) != 0)
		return false;
	if (!state)
		return true;
	hl_state_canon(state, asked);
	hl_state_canon(e->f[HL_F_STATE], is);
	return asked[0] ? !strcmp(is, asked) : !strcmp(e->f[HL_F_STATE], state);
}

static void find_by_hand(const struct hl_ops_hand *o, const struct request *r, const struct hl_pattern *p, struct found *f)
{
	const struct hl_hand *h = o->hand;
	for (size_t i = 0; i < h->n_entries; i++)
		if ((h->entry[i].ended.seq != 0) == r->undo && asked_for(&h->entry[i].e, p, r->state))
			found_add(f, h->entry[i].e.id);
	for (size_t i = 0; r->undo && i < h->n_masks; i++)
		if (!h->mask[i].ended.seq && asked_for(&h->mask[i].e, p, r->state))
			found_add(f, h->mask[i].e.id);
}

static enum hl_code find_plate(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct request *r, char id[HL_ID_TEXT], struct hl_err *err)
{
	struct hl_pattern p;
	struct found f = { .n = 0 };
	uint32_t at[FOUND_MAX];
	struct hl_buf ids = HL_BUF(256);
	if (hl_pattern_parse(&p, r->plate, strlen(r->plate), false, err))
		return HL_E_USAGE;
	find_by_hand(o, r, &p, &f);
	size_t n = r->undo ? 0 : hl_ops_hand_plates(ctx, o, &p, at, FOUND_MAX);
	for (size_t i = 0; i < n; i++) {
		struct hl_entry e;
		hl_snapshot_get(o->s, at[i], &e);
		if (asked_for(&e, &p, r->state) && !is_masked(o->hand, &e))
			found_add(&f, e.id);
	}
	for (size_t i = 0; i < f.n; i++)
		hl_buf_printf(&ids, "%s%s", i ? ", " : "", f.id[i]);
	enum hl_code code = HL_OK;
	if (!f.n)
		code = hl_err_set(err, HL_E_NOTFOUND, "list '%s' has no entry of plate %s%s%s%s", o->list, r->plate, r->state ? " of " : "", r->state ? r->state : "",
				  r->undo ? " that is withdrawn" : "");
	else if (f.n > 1)
		code = hl_err_set(err, HL_E_CONFLICT, "plate %s is listed more than once: give the ID: %s", r->plate, hl_buf_text(&ids));
	else
		hl_copy(id, HL_ID_TEXT, f.id[0]);
	hl_buf_fini(&ids);
	return code;
}

/* What a withdrawal, or taking it back, changes; e holds the entry. */
struct effect {
	struct hl_entry e;
	bool by_hand, in_version;
};

static enum hl_code effect_of(const struct hl_ops_hand *o, const char *id, bool undo, struct effect *x, struct hl_err *err)
{
	const struct hl_hand_entry *h = hl_hand_find(o->hand, id);
	const struct hl_hand_mask *m = hl_hand_find_mask(o->hand, id);
	struct hl_entry listed;
	bool in = hl_ops_hand_listed(o, id, &listed), masked = m && !m->ended.seq && (undo || (in && is_masked(o->hand, &listed)));
	*x = (struct effect){ .by_hand = h && (h->ended.seq != 0) == undo, .in_version = undo ? masked : in && !masked };
	if (x->by_hand)
		x->e = h->e;
	if (x->in_version)
		x->e = undo ? m->e : listed;
	if (x->by_hand || x->in_version)
		return HL_OK;
	if (undo)
		return hl_err_set(err, HL_E_NOTFOUND, "list '%s' has no entry %s that is withdrawn", o->list, id);
	const struct hl_hand_act *by = masked ? &m->made : h && h->ended.seq ? &h->ended : NULL;
	if (by)
		return hl_err_set(err, HL_E_EXISTS, "%s is withdrawn already, by %s: %s", id, by->by, by->why);
	return hl_err_set(err, HL_E_NOTFOUND, "list '%s' has no entry %s, neither in its active version nor by hand", o->list, id);
}

static void tell(const struct hl_ops_hand *o, const struct effect *x, const struct request *r, const struct hl_hand_written *w, bool json, struct hl_buf *out)
{
	struct hl_json j;
	if (json) {
		hl_json_init(&j, out);
		hl_json_open(&j, '{');
		hl_json_str(&j, "list", o->list);
		hl_json_str(&j, "layer", w->version);
		hl_json_str(&j, "id", x->e.id);
		hl_json_str(&j, "plate", x->e.f[HL_F_PLATE]);
		hl_json_bool(&j, "withdrawn", !r->undo);
		hl_json_bool(&j, "by_hand", x->by_hand);
		hl_json_str(&j, "in_version", x->in_version && o->version[0] ? o->version : NULL);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
		return;
	}
	hl_buf_printf(out, "%s: %s (%s) is %s%s\n", o->list, x->e.f[HL_F_PLATE], x->e.id, r->undo ? "listed again" : "withdrawn", x->by_hand ? "; it was added by hand" : "");
	if (x->in_version && !r->undo)
		hl_buf_printf(out, "  it stays withdrawn while versions of the list have it with this content; the active one is %s\n", o->version);
}

/* The entry's, else its list's. */
static const char *agency_of(const struct hl_ops_ctx *ctx, const struct hl_ops_hand *o, const struct hl_entry *e)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	const struct hl_list_settings *l = s ? hl_settings_list(s, o->list) : NULL;
	if (e->f[HL_F_AGENCY] && e->f[HL_F_AGENCY][0])
		return e->f[HL_F_AGENCY];
	return l && l->agency ? l->agency : "";
}

enum hl_code hl_ops_hand_withdraw(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct request r = { .why = NULL };
	const struct hl_ops_opt opts[] = { { .name = "--plate", .value = &r.plate }, { .name = "--state", .value = &r.state }, { .name = "--reason", .value = &r.why },
					   { .name = "--undo", .flag = &r.undo }, { 0 } };
	struct hl_ops_hand o = { .list = NULL };
	struct hl_hand_written w;
	struct effect x;
	char id[HL_ID_TEXT] = "";
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", r.words, 1, 2, err);
	if (!code && (!r.words[1] == !r.plate || (r.state && !r.plate)))
		code = hl_err_set(err, HL_E_USAGE, "which entry? Give its ID, or --plate and perhaps --state");
	if (!code)
		code = hl_list_reason(r.why, err);
	if (!code)
		code = hl_ops_hand_open(ctx, r.words[0], &o, err);
	if (!code && r.plate)
		code = find_plate(ctx, &o, &r, id, err);
	if (!code)
		code = effect_of(&o, r.plate ? id : r.words[1], r.undo, &x, err);
	if (!code)
		code = hl_ops_may_withdraw(ctx, agency_of(ctx, &o, &x.e), err);
	if (!code) {
		struct hl_hand_change c = { .op = r.undo ? HL_HAND_UNDO : HL_HAND_WITHDRAW, .entry = &x.e, .mask = !r.undo && x.in_version, .version = o.version,
					    .by = ctx->who ? ctx->who : "", .why = r.why, .time_ms = ctx->now_ms };
		code = hl_hand_write_for(hl_ops_fleet(ctx), ctx->state, o.list, &c, 1, &w, err);
	}
	if (!code) {
		hl_copy(ctx->hand_changed, sizeof ctx->hand_changed, o.list);
		tell(&o, &x, &r, &w, json, out);
	}
	hl_ops_hand_close(&o);
	return code;
}

static void put_row(const struct hl_ops_ctx *ctx, const struct hl_entry *e, const struct hl_hand_act *made, const struct hl_hand_act *ended, const char *version,
		    struct hl_json *j, struct hl_buf *out)
{
	char when[48];
	if (j) {
		hl_json_open(j, '{');
		hl_entry_write(e, j);
		hl_json_bool(j, "by_hand", !version);
		hl_json_opt(j, "version", version);
		hl_ops_act_json(j, "withdrawn", made);
		hl_ops_act_json(j, "ended", ended);
		hl_json_close(j);
		return;
	}
	hl_ops_full_time(ctx, made->time_ms, when);
	hl_buf_printf(out, "  %-12s %-5s %s %-8s by %s %s: %s\n", e->f[HL_F_PLATE], e->f[HL_F_STATE], e->id, version ? "version" : "by hand", made->by, when, made->why);
	if (!ended->seq)
		return;
	hl_ops_full_time(ctx, ended->time_ms, when);
	hl_buf_printf(out, "  %-12s       until %s, %s: %s\n", "", when, ended->by, ended->why);
}

enum hl_code hl_ops_hand_withdrawn(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *name;
	bool all = false;
	const struct hl_ops_opt opts[] = { { .name = "--all", .flag = &all }, { 0 } };
	static const struct hl_hand_act nobody = { .seq = 0 };
	struct hl_hand *h;
	struct hl_json j;
	size_t n = 0;
	enum hl_code code = hl_ops_args(argc, argv, opts, "NAME", &name, 1, 1, err);
	if (!code)
		code = hl_hand_open(&h, ctx->state, name, err);
	if (code)
		return code;
	hl_json_init(&j, out);
	if (json)
		hl_json_open(&j, '[');
	for (size_t i = 0; i < h->n_masks; i++)
		if (all || !h->mask[i].ended.seq)
			put_row(ctx, &h->mask[i].e, &h->mask[i].made, &h->mask[i].ended, h->mask[i].version, json ? &j : NULL, out), n++;
	for (size_t i = 0; i < h->n_entries; i++)
		if (h->entry[i].ended.seq)
			put_row(ctx, &h->entry[i].e, &h->entry[i].ended, &nobody, NULL, json ? &j : NULL, out), n++;
	if (json) {
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else if (!n) {
		hl_buf_printf(out, "%s: nothing is withdrawn\n", name);
	}
	hl_hand_close(&h);
	return HL_OK;
}

void hl_ops_hand_note(const struct hl_ops_ctx *ctx, const struct hl_hand *h, bool by_hand, const struct hl_entry *e, struct hl_json *j, struct hl_buf *out)
{
	static const char *const when_words[] = { [HL_WHEN_EARLY] = "not yet in force", [HL_WHEN_NOW] = "in force", [HL_WHEN_OVER] = "over" };
	const struct hl_hand_entry *added = by_hand ? hl_hand_find(h, e->id) : NULL;
	const struct hl_hand_act *act = added ? &added->added : !by_hand && is_masked(h, e) ? &hl_hand_find_mask(h, e->id)->made : NULL;
	char when[48];
	if (!act)
		return;
	if (j) {
		if (by_hand)
			hl_json_str(j, "is", when_words[hl_entry_when(e, ctx->now_ms)]);
		hl_ops_act_json(j, by_hand ? "added" : "withdrawn", act);
		return;
	}
	hl_ops_full_time(ctx, act->time_ms, when);
	hl_buf_printf(out, "               %s by %s %s: %s\n", by_hand ? when_words[hl_entry_when(e, ctx->now_ms)] : "WITHDRAWN", act->by, when, act->why);
}

void hl_ops_hand_line(const struct hl_ops_ctx *ctx, const struct hl_hand *h, struct hl_buf *out)
{
	char when[48];
	for (size_t i = 0; h->waiting && i < h->n_entries; i++)
		if (h->entry[i].waits && !h->entry[i].ended.seq)
			hl_buf_printf(out, "waits     %s (%s), added by %s, for another person: list add %s --approve %s --reason …\n", h->entry[i].e.f[HL_F_PLATE],
				      h->entry[i].e.id, h->entry[i].added.by, h->list, h->entry[i].e.id);
	if (!h->listed && !h->masked)
		return;
	hl_ops_full_time(ctx, h->last.time_ms, when);
	hl_buf_printf(out, "by hand   %zu entries (list show %s hand), %zu of the versions withdrawn (list withdrawn %s); changed %s by %s\n", h->listed, h->list, h->masked,
		      h->list, when, h->last.by);
}
