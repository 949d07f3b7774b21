/* ops_cleared.c: `cleared` and `alert suppressed`: which pairs people have cleared, what was kept silent by them and by passage and cooldown, and ending a
 * pair before its time. Looking reads the store; ending one runs on the store thread.
 */
#include "engine/ops_cleared.h"
#include "engine/ops_priv.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* ---- what a pair is now ---- */

/* Whether it silences anything, in one word or two. */
static const char *standing(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r)
{
	struct hl_listing now;
	if (r->ended_by[0])
		return "ended";
	if (r->cleared.until_ms <= ctx->now_ms)
		return "lapsed";
	if (!ctx->catalog || !r->cleared.list[0])
		return "holds";
	if (hl_catalog_entry(ctx->catalog, r->cleared.list, r->entry, ctx->now_ms, &now) != HL_LISTED)
		return "not listed";
	return strcmp(now.revision, r->revision) ? "entry changed" : "holds";
}

static bool holds(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r)
{
	return !strcmp(standing(ctx, r), "holds");
}

/* Those that don't hold go, unless all are asked for, and those that the looker may not know of. Gives the number left. */
static size_t keep_held(const struct hl_looker *l, bool all, struct hl_cleared_row *r, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!hl_ops_hidden(l, r[i].cleared.list) && (all || holds(l->ctx, &r[i])))
			r[kept++] = r[i];
	return kept;
}

/* ---- cleared ls ---- */

static void json_pair(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r, struct hl_json *j)
{
	const struct hl_cleared *c = &r->cleared;
	hl_json_open(j, '{');
	hl_json_str(j, "id", c->id);
	hl_json_str(j, "standing", standing(ctx, r));
	hl_json_str(j, "plate_read", r->plate_read);
	hl_json_str(j, "plate_listed", c->plate_listed);
	hl_json_str(j, "region", r->region);
	hl_json_str(j, "list", c->list);
	hl_json_str(j, "agency", r->agency);
	hl_json_str(j, "entry", r->entry);
	hl_json_str(j, "revision", r->revision);
	hl_json_str(j, "reason", c->reason);
	hl_json_str(j, "by", c->by);
	hl_json_str(j, "role", c->role);
	hl_json_time(j, "at", c->at_ms);
	hl_json_time(j, "until", c->until_ms);
	hl_json_str(j, "alert", c->alert);
	hl_json_int(j, "suppressed", r->suppressed);
	hl_json_time(j, "last", r->last_ms);
	hl_json_str(j, "ended_by", r->ended_by[0] ? r->ended_by : NULL);
	hl_json_str(j, "ended_reason", r->ended_by[0] ? r->ended_reason : NULL);
	hl_json_close(j);
}

static int larger(int width, const char *text)
{
	int n = (int)strlen(text);
	return n > width ? n : width;
}

/* The second line: what it is if it does not hold, why, by whom, of which alert. */
static void text_why(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r, struct hl_buf *out)
{
	struct hl_buf b = HL_BUF(4096);
	const struct hl_cleared *c = &r->cleared;
	if (!holds(ctx, r))
		hl_buf_printf(&b, "%s: ", standing(ctx, r));
	hl_buf_printf(&b, "%s, by %s", c->reason[0] ? c->reason : "cleared", c->by);
	if (c->role[0])
		hl_buf_printf(&b, " (%s)", c->role);
	hl_buf_printf(&b, ", of alert %.8s", c->alert);
	if (r->region[0])
		hl_buf_printf(&b, "; region %s", r->region);
	if (r->agency[0])
		hl_buf_printf(&b, "; listed by %s", r->agency);
	if (r->ended_by[0])
		hl_buf_printf(&b, "; ended by %s: %s", r->ended_by, r->ended_reason);
	hl_ops_wrapped(hl_buf_text(&b), 9, out);
	hl_buf_fini(&b);
}

static void text_pairs(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r, size_t n, struct hl_buf *out)
{
	char zone[16], when[32], at[32], until[32];
	int plate = 6;
	if (!n) {
		hl_buf_puts(out, "no cleared pairs\n");
		return;
	}
	for (size_t i = 0; i < n; i++)
		plate = larger(larger(plate, r[i].plate_read), r[i].cleared.plate_listed);
	hl_ops_zone(ctx, zone, sizeof zone);
	snprintf(when, sizeof when, "AT (%.9s)", zone);
	hl_buf_printf(out, "%-8s %-*s %-*s %-12s %-14s %-14s SILENCED\n", "ID", plate, "READ", plate, "LISTED", "LIST", when, "UNTIL");
	for (size_t i = 0; i < n; i++) {
		const struct hl_cleared *c = &r[i].cleared;
		hl_ops_time(ctx, c->at_ms, at);
		hl_ops_time(ctx, c->until_ms, until);
		hl_buf_printf(out, "%-8.8s %-*s %-*s %-12.12s %-14s %-14s %8lld\n", c->id, plate, r[i].plate_read, plate, c->plate_listed, c->list, at, until,
			      (long long)r[i].suppressed);
		text_why(ctx, &r[i], out);
	}
	hl_buf_printf(out, "%zu cleared pair%s\n", n, n == 1 ? "" : "s");
}

static void json_pairs(const struct hl_ops_ctx *ctx, const struct hl_cleared_row *r, size_t n, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < n; i++)
		json_pair(ctx, &r[i], &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code cleared_ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_cleared_filter f = { .holds_ms = ctx->now_ms };
	const char *limit = NULL, *role = NULL;
	struct hl_looker l;
	bool all = false;
	const struct hl_ops_opt opts[] = { { .name = "--list", .value = &f.list }, { .name = "--all", .flag = &all }, { .name = "--limit", .value = &limit },
					   { .name = "--role", .value = &role }, { 0 } };
	struct hl_cleared_row *rows;
	size_t n;
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc)
		rc = hl_ops_count("--limit", limit, HL_LIST_MAX, &f.limit, err);
	if (all)
		f.holds_ms = HL_NO_TIME;
	if (!rc)
		rc = hl_ops_looker(ctx, role, &l, err);
	if (!rc)
		rc = ctx->store->ops->cleared_list(ctx->store, &f, &rows, &n, err);
	if (rc)
		return rc;
	n = keep_held(&l, all, rows, n);
	(json ? json_pairs : text_pairs)(ctx, rows, n, out);
	free(rows);
	return HL_OK;
}

/* ---- cleared end ---- */

struct ending {
	const char *id, *reason, *by, *role;
};

static enum hl_code read_ending(struct ending *e, int argc, const char *const *argv, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { .name = "--reason", .value = &e->reason }, { .name = "--by", .value = &e->by }, { .name = "--role", .value = &e->role },
					   { 0 } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &e->id, 1, 1, err);
	if (!rc && !e->reason)
		rc = hl_err_set(err, HL_E_USAGE, "--reason is missing: why is it to be told again?");
	if (!rc)
		rc = hl_ops_plain("--reason", e->reason, HL_TEXT_LONG, err);
	return rc;
}

enum hl_code hl_ops_pair(const struct hl_looker *l, const char *id, struct hl_cleared_row *r, struct hl_err *err)
{
	struct hl_cleared_row *rows;
	size_t n;
	if (strlen(id) < 4)
		return hl_err_set(err, HL_E_USAGE, "'%s' is too short for an id: give at least 4 characters of it", id);
	struct hl_store *s = l->ctx->store;
	enum hl_code rc = s->ops->cleared_list(s, &(struct hl_cleared_filter){ .id = id, .holds_ms = HL_NO_TIME, .limit = 2 }, &rows, &n, err);
	if (rc)
		return rc;
	for (size_t i = n; i-- > 0;)
		if (hl_ops_hidden(l, rows[i].cleared.list))
			rows[i] = rows[--n];
	if (!n)
		rc = hl_err_set(err, HL_E_NOTFOUND, "no cleared pair %s", id);
	else if (n > 1)
		rc = hl_err_set(err, HL_E_USAGE, "'%s' is the beginning of several pairs, %s and %s among them: give more of it", id, rows[0].cleared.id,
				rows[1].cleared.id);
	else
		*r = rows[0];
	free(rows);
	return rc;
}

/* A supervisor ends any; officers and dispatchers what they have cleared themselves. */
static enum hl_code may_end(const struct ending *e, const struct hl_cleared_row *r, struct hl_err *err)
{
	const char *role = e->role;
	if (!strcmp(role, "supervisor") || ((!strcmp(role, "officer") || !strcmp(role, "dispatcher")) && !strcmp(e->by, r->cleared.by)))
		return HL_OK;
	return hl_err_set(err, HL_E_DENIED, "the pair %.8s was cleared by %s: that person or a supervisor may end it, not %s as %s", r->cleared.id, r->cleared.by, e->by, role);
}

static enum hl_code cleared_end(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct ending e = { .id = NULL };
	struct hl_cleared_row r;
	struct hl_caller caller;
	enum hl_code rc = read_ending(&e, argc, argv, err);
	if (!rc)
		rc = hl_ops_caller(ctx, e.by, e.role, &caller, err);
	if (rc)
		return rc;
	e.by = caller.by;
	e.role = hl_role_name(caller.role);
	const struct hl_looker who = hl_ops_looker_of(ctx, &caller);
	rc = hl_ops_pair(&who, e.id, &r, err);
	if (!rc)
		rc = may_end(&e, &r, err);
	if (!rc)
		rc = ctx->store->ops->cleared_end(ctx->store, r.cleared.id, ctx->now_ms, e.by, e.reason, err);
	if (!rc && json)
		rc = hl_ops_pair(&who, r.cleared.id, &r, err);
	if (rc)
		return rc;
	struct hl_json j;
	hl_json_init(&j, out);
	if (json)
		json_pair(ctx, &r, &j);
	else
		hl_buf_printf(out, "pair %s is ended: plate %s as read against listed %s is told again; it has silenced %lld read%s", r.cleared.id, r.plate_read,
			      r.cleared.plate_listed, (long long)r.suppressed, r.suppressed == 1 ? "" : "s");
	hl_buf_putc(out, '\n');
	return HL_OK;
}

const struct hl_op_row hl_ops_cleared[] = {
	{ .family = "cleared", .verb = "ls", .access = HL_OPS_READ, .usage = "cleared ls [--list L] [--all] [--limit N] [--role ROLE]",
	  .help = "pairs that people have rejected and that are kept silent: who, when, until, why, how many reads", .run = cleared_ls },
	{ .family = "cleared", .verb = "end", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER, .usage = "cleared end ID --reason TEXT [--by NAME] [--role ROLE]",
	  .help = "the pair is told again: whoever cleared it, or a supervisor", .run = cleared_end },
	{ .family = "cleared", .verb = "suppressed", .access = HL_OPS_READ, .usage = "cleared suppressed [ID] [--list L] [--camera C] [--since 2h] [--limit N] [--role ROLE]",
	  .help = "the reads that cleared pairs, or one of them, have kept silent", .run = hl_ops_suppressed_by_pair },
	{ .family = "alert", .verb = "suppressed", .access = HL_OPS_READ,
	  .usage = "alert suppressed [ID] [--why passage|cooldown|cleared] [--list L] [--camera C] [--since 2h] [--limit N] [--role ROLE]",
	  .help = "the reads that were kept silent, behind one alert or all", .run = hl_ops_suppressed },
	{ .family = "standdown", .verb = "ls", .access = HL_OPS_READ, .usage = "standdown ls [--cause C] [--list L] [--since 2h] [--limit N] [--role ROLE]",
	  .help = "alerts that were taken back: why, by whom, and who was told so", .run = hl_ops_standdowns },
	{ 0 },
};
