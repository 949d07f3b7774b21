/* fleet_pull.c: see fleet_pull.h. The heads say what holds; the log only says in which order it came to be, so that a rollback goes back to the same version on every node. Any
 * thread; versions and hands may be pulled by two threads at once, each with a handle of its own.
 */
#include "engine/fleet_pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/rules_life.h"
#include "store/hand.h"
#include "store/versions.h"

enum { STEPS = 4 /* versions of one thing that are followed one after the other: as many as Redis keeps */, TOLD_MAX = 64 << 10 };

struct pull {
	struct hl_fleet *f;
	const struct hl_settings *s;
	const char *state;
	int64_t now_ms, after; /* after: the log was followed up to there */
	bool fresh;            /* this node is new in this fleet */
	struct hl_fleet_entry *head, *log;
	size_t n_heads, n_log;
	struct hl_fleet_pulled *out;
};

void hl_fleet_pulled_fini(struct hl_fleet_pulled *p)
{
	hl_buf_fini(&p->told);
}

/* ---- how far ---- */

static enum hl_code seen_path(const char *state, enum hl_fleet_kind kind, char path[HL_PATH_MAX], struct hl_err *err)
{
	return hl_path_join(path, HL_PATH_MAX, state, kind == HL_FLEET_HANDS ? "fleet.hands" : "fleet.versions", err);
}

static void load_one(const char *state, enum hl_fleet_kind kind, char id[HL_ID_TEXT], int64_t *rev)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(256);
	id[0] = 0;
	*rev = 0;
	if (!seen_path(state, kind, path, NULL) && !hl_file_read(path, &b, NULL)) {
		const char *text = hl_buf_text(&b);
		size_t n = strcspn(text, " \n");
		if (n < HL_ID_TEXT && text[n] == ' ') {
			hl_copy_n(id, HL_ID_TEXT, text, n);
			*rev = strtoll(text + n, NULL, 10);
		}
	}
	hl_buf_fini(&b);
}

static enum hl_code save(const struct pull *p, enum hl_fleet_kind kind, int64_t rev, struct hl_err *err)
{
	char path[HL_PATH_MAX], line[64];
	int n = snprintf(line, sizeof line, "%s %" PRId64 "\n", hl_fleet_id(p->f), rev);
	enum hl_code code = seen_path(p->state, kind, path, err);
	return code ? code : hl_file_write_atomic(path, line, (size_t)n, 0600, err);
}

void hl_fleet_seen_load(const char *state, struct hl_fleet_seen *seen)
{
	load_one(state, HL_FLEET_VERSIONS, seen->id, &seen->rev[HL_FLEET_VERSIONS]);
	load_one(state, HL_FLEET_HANDS, seen->id, &seen->rev[HL_FLEET_HANDS]);
}

/* ---- what could not be taken ---- */

static void fault(struct pull *p, const char *thing, const struct hl_err *err)
{
	size_t n = strlen(p->out->fault);
	snprintf(p->out->fault + n, sizeof p->out->fault - n, "%s%s: %s", n ? "; " : "", thing, err->text);
}

/* The server is away, or this node ends: there is no use in going on. */
static bool gone(enum hl_code code)
{
	return code == HL_E_IO || code == HL_E_UNAVAIL;
}

static bool is_hand(const char *thing)
{
	return !strncmp(thing, "hand/", 5);
}

/* ---- versions ---- */

/* Rules that don't fit this node's settings must not decide here, nor at the next start. */
static enum hl_code check_rules(const struct pull *p, const char *id, struct hl_err *err)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_rules *r = NULL;
	enum hl_code code = hl_rules_version_load(&r, p->state, id, faults);
	if (!code)
		code = hl_settings_check_rules(p->s, r, faults);
	if (code)
		hl_err_set(err, code, "%s does not fit this node's settings: %s", id, faults->n ? faults->v[0].text : hl_code_name(code));
	hl_rules_free(&r);
	free(faults);
	return code;
}

static enum hl_code switch_to(struct pull *p, const struct hl_fleet_entry *e, struct hl_err *err)
{
	char by[HL_TEXT_SHORT];
	struct hl_activation a = { .by = by, .why = e->why[0] ? e->why : "as the fleet has it", .time_ms = e->time_ms == HL_NO_TIME ? p->now_ms : e->time_ms,
				   .rollback = e->rollback };
	hl_copy(by, sizeof by, e->by[0] ? e->by : "fleet");
	enum hl_code code = hl_fleet_install(p->f, p->state, e, err);
	if (!code && !strcmp(e->thing, "rules")) {
		code = check_rules(p, e->id, err);
		if (!code)
			code = hl_rules_version_activate(p->state, e->id, &a, err);
	} else if (!code) {
		code = hl_version_activate_by(p->state, e->thing + 6, e->id, &a, err);
	}
	if (code)
		return code;
	p->out->changed = true;
	hl_buf_printf(&p->out->told, "%s: %s is active, by %s%s%s: %s\n", e->thing, e->id, by, e->node[0] ? " on node " : "", e->node, a.why);
	return HL_OK;
}

static enum hl_code active_of(const struct pull *p, const char *thing, char id[HL_VERSION_ID], struct hl_err *err)
{
	struct hl_shelf shelf;
	enum hl_code code = hl_fleet_shelf(&shelf, p->state, thing, err);
	if (!code && hl_shelf_active(&shelf, id, NULL))
		id[0] = 0; /* a damaged mark is what the switch mends */
	return code;
}

/* The steps of the log that lead to the head; those whose versions are gone are left out. */
static enum hl_code follow(struct pull *p, const struct hl_fleet_entry *head, struct hl_err *err)
{
	size_t step[STEPS], n = 0;
	for (size_t i = p->n_log; i-- > 0 && n < STEPS;)
		if (!strcmp(p->log[i].thing, head->thing) && p->log[i].rev <= head->rev)
			step[n++] = i;
	for (size_t k = n; k-- > 0;) {
		const struct hl_fleet_entry *e = &p->log[step[k]];
		char active[HL_VERSION_ID] = "";
		struct hl_err why;
		if (e->rev == head->rev)
			return switch_to(p, e, err);
		enum hl_code code = active_of(p, e->thing, active, &why);
		if (!code && strcmp(active, e->id) != 0)
			code = switch_to(p, e, &why);
		if (gone(code))
			return hl_err_set(err, code, "%s", why.text);
	}
	return switch_to(p, head, err);
}

static enum hl_code pull_version(struct pull *p, const struct hl_fleet_entry *head, struct hl_err *err)
{
	char active[HL_VERSION_ID] = "";
	enum hl_code code = active_of(p, head->thing, active, err);
	return code || !strcmp(active, head->id) ? code : follow(p, head, err);
}

/* What this node has and the fleet has not. */
static bool has_head(const struct pull *p, const char *thing)
{
	for (size_t i = 0; i < p->n_heads; i++)
		if (!strcmp(p->head[i].thing, thing))
			return true;
	return false;
}

static enum hl_code share_version(struct pull *p, const char *thing, struct hl_err *err)
{
	struct hl_shelf shelf;
	char id[HL_VERSION_ID] = "", dir[HL_PATH_MAX];
	struct hl_activation a = { .by = "hotlistd", .why = "the first node's", .time_ms = p->now_ms, .fleet = p->s->store, .only_first = true };
	enum hl_code code = has_head(p, thing) ? HL_OK : active_of(p, thing, id, err);
	if (code || !id[0])
		return code;
	code = hl_fleet_shelf(&shelf, p->state, thing, err);
	if (!code)
		code = hl_shelf_path(dir, &shelf, id, NULL, err);
	if (!code)
		code = hl_fleet_tell(p->state, thing, dir, id, &a, err);
	return code == HL_E_EXISTS ? HL_OK : code; /* another one was first: it is followed with the next pull */
}

/* ---- hands ---- */

static enum hl_code level_hand(struct pull *p, const char *list, struct hl_err *err)
{
	bool changed;
	enum hl_code code = hl_hand_level(p->f, p->state, list, &changed, err);
	if (!code && changed) {
		p->out->changed = true;
		hl_buf_printf(&p->out->told, "hand/%s: changes of other nodes are taken over\n", list);
	}
	return code;
}

static enum hl_code pull_hand(struct pull *p, const struct hl_fleet_entry *head, struct hl_err *err)
{
	enum hl_code code = p->fresh ? hl_hand_set_aside(p->state, head->thing + 5, p->now_ms, err) : HL_OK;
	return code || head->rev <= p->after ? code : level_hand(p, head->thing + 5, err);
}

/* ---- all of a kind ---- */

static enum hl_code share_all(struct pull *p, enum hl_fleet_kind kind, struct hl_err *err)
{
	struct hl_strings names = { 0 };
	enum hl_code code = hl_version_lists(p->state, &names, err);
	if (!code && kind == HL_FLEET_VERSIONS)
		code = share_version(p, "rules", err);
	for (size_t i = 0; !code && i < names.n; i++) {
		char thing[HL_FLEET_THING];
		snprintf(thing, sizeof thing, "%s/%s", kind == HL_FLEET_VERSIONS ? "lists" : "hand", names.v[i]);
		if (kind == HL_FLEET_VERSIONS)
			code = share_version(p, thing, err);
		else if (!has_head(p, thing))
			code = level_hand(p, names.v[i], err);
	}
	hl_strings_wipe(&names);
	return code;
}

/* Each head of the kind; one that can't be taken keeps none of the others from it. */
static enum hl_code pull_all(struct pull *p, enum hl_fleet_kind kind, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	for (size_t i = 0; !gone(code) && i < p->n_heads; i++) {
		struct hl_err why;
		const struct hl_fleet_entry *h = &p->head[i];
		if (is_hand(h->thing) != (kind == HL_FLEET_HANDS))
			continue;
		p->out->head = h->rev > p->out->head ? h->rev : p->out->head;
		code = kind == HL_FLEET_HANDS ? pull_hand(p, h, &why) : pull_version(p, h, &why);
		if (code && !gone(code))
			fault(p, h->thing, &why);
		if (gone(code))
			hl_err_set(err, code, "%s", why.text);
	}
	return gone(code) ? code : HL_OK;
}

enum hl_code hl_fleet_pull(struct hl_fleet *f, enum hl_fleet_kind kind, const struct hl_settings *s, const char *state, int64_t now_ms, struct hl_fleet_pulled *out,
			   struct hl_err *err)
{
	struct pull p = { .f = f, .s = s, .state = state, .now_ms = now_ms, .out = out };
	char id[HL_ID_TEXT];
	*out = (struct hl_fleet_pulled){ .told = HL_BUF(TOLD_MAX) };
	load_one(state, kind, id, &p.after);
	p.fresh = strcmp(id, hl_fleet_id(f)) != 0;
	p.after = p.fresh ? 0 : p.after;
	enum hl_code code = hl_fleet_heads(f, &p.head, &p.n_heads, err);
	if (!code && kind == HL_FLEET_VERSIONS)
		code = hl_fleet_log(f, p.after, 0, &p.log, &p.n_log, err);
	if (!code)
		code = pull_all(&p, kind, err);
	if (!code)
		code = share_all(&p, kind, err);
	out->rev = p.after;
	if (!code && !out->fault[0] && (p.fresh || out->head != p.after)) {
		code = save(&p, kind, out->head, err);
		out->rev = code ? p.after : out->head;
	}
	free(p.head);
	free(p.log);
	return code;
}
