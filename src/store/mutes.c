/* mutes.c: see mutes.h. */
#include "store/mutes.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "store/shelf.h"

/* The file, written as JSON, which is YAML. */
struct row {
	char *id, *when, *by, *why, *made, *until, *ended_by, *ended_why, *ended;
};

struct file {
	int64_t last;
	struct hl_array mutes; /* struct row */
};

#define ROW(field, most) { .name = #field, .type = HL_OPT_STRING, .offset = offsetof(struct row, field), .required = true, .max = most, .help = "see mutes.h" }
#define LATER(field, most) { .name = #field, .type = HL_OPT_STRING, .offset = offsetof(struct row, field), .def = "\"\"", .max = most, .help = "see mutes.h" }
static const struct hl_opt row_table[] = {
	ROW(id, HL_MUTE_ID - 1),
	ROW(when, HL_MUTE_WHEN - 1),
	ROW(by, 4 * HL_TEXT_SHORT),
	ROW(why, 4 * HL_TEXT_LONG),
	ROW(made, HL_TIME_TEXT),
	ROW(until, HL_TIME_TEXT),
	LATER(ended_by, 4 * HL_TEXT_SHORT),
	LATER(ended_why, 4 * HL_TEXT_LONG),
	LATER(ended, HL_TIME_TEXT),
	{ 0 },
};
static const struct hl_opt file_table[] = {
	{ .name = "last", .type = HL_OPT_INT, .offset = offsetof(struct file, last), .required = true, .min = 0, .max = 999999999, .help = "the newest one's number" },
	{ .name = "mutes", .type = HL_OPT_LIST, .offset = offsetof(struct file, mutes), .required = true, .sub = row_table, .sub_size = sizeof(struct row), .help = "oldest first" },
	{ 0 },
};

/* ---- reading ---- */

/* What `when` says, by the tables of the rules. */
static enum hl_code parse_when(struct hl_shell_mute *m, const struct hl_rules *zones, struct hl_err *err)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	enum hl_code code = HL_OK;
	if (hl_mute_parse(&m->mute, m->when, zones, faults))
		code = hl_err_set(err, HL_E_USAGE, "--when: %s", faults->n ? faults->v[0].text : "can't be read");
	m->mute.from_ms = m->made_ms - HL_MUTE_BEFORE_MS;
	m->mute.until_ms = m->until_ms;
	if (!code)
		m->mute.comment = hl_strdup(m->why);
	free(faults);
	return code;
}

static bool take_time(const char *text, int64_t *ms)
{
	*ms = HL_NO_TIME;
	return hl_time_parse(text, strlen(text), ms);
}

static enum hl_code take_row(const struct row *r, struct hl_shell_mute *m, struct hl_err *err)
{
	*m = (struct hl_shell_mute){ .ended_ms = HL_NO_TIME };
	hl_copy(m->id, sizeof m->id, r->id);
	hl_copy(m->when, sizeof m->when, r->when);
	hl_copy(m->by, sizeof m->by, r->by);
	hl_copy(m->why, sizeof m->why, r->why);
	hl_copy(m->ended_by, sizeof m->ended_by, r->ended_by);
	hl_copy(m->ended_why, sizeof m->ended_why, r->ended_why);
	if (!take_time(r->made, &m->made_ms) || !take_time(r->until, &m->until_ms) || (r->ended[0] && !take_time(r->ended, &m->ended_ms)))
		return hl_err_set(err, HL_E_INPUT, "mute %s has a time that is none", m->id);
	return parse_when(m, NULL, err);
}

static enum hl_code read_file(const char *path, struct hl_mutes *all, struct hl_err *err)
{
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_conf *conf = NULL;
	struct file file = { 0 };
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	enum hl_code code = hl_file_read(path, &text, err);
	bool none = code == HL_E_NOTFOUND;
	if (!code && hl_conf_parse(&conf, path, hl_buf_text(&text), text.len, faults) == HL_OK)
		hl_conf_fill(hl_conf_root(conf), file_table, &file, &ctx);
	if (!code && faults->errors)
		code = hl_err_set(err, HL_E_INPUT, "%s", faults->v[0].text);
	all->last = file.last;
	all->v = hl_calloc(file.mutes.n + 1, sizeof *all->v);
	for (const struct row *r = file.mutes.v; !code && all->n < file.mutes.n; r++)
		code = take_row(r, &all->v[all->n++], err);
	hl_conf_wipe(file_table, &file);
	hl_conf_free(&conf);
	hl_buf_fini(&text);
	free(faults);
	return none ? HL_OK : code;
}

static void wipe(struct hl_mutes *m)
{
	for (size_t i = 0; i < m->n; i++)
		hl_mute_wipe(&m->v[i].mute);
	free(m->v);
	m->v = NULL;
	m->n = 0;
}

struct hl_mutes *hl_mutes_load(const char *state)
{
	struct hl_mutes *m = hl_calloc(1, sizeof *m);
	char path[HL_PATH_MAX];
	struct hl_err err;
	enum hl_code code = hl_path_join(path, sizeof path, state, "mutes.yaml", &err);
	if (!code)
		code = read_file(path, m, &err);
	if (code) {
		wipe(m);
		snprintf(m->fault, sizeof m->fault, "%.100s is damaged, no mute of it holds: %.100s", path, err.text);
	}
	return m;
}

void hl_mutes_free(struct hl_mutes **m)
{
	if (!*m)
		return;
	wipe(*m);
	free(*m);
	*m = NULL;
}

/* ---- writing ---- */

static void put_row(struct hl_json *j, const struct hl_shell_mute *m)
{
	hl_json_open(j, '{');
	hl_json_str(j, "id", m->id);
	hl_json_str(j, "when", m->when);
	hl_shelf_put_text(j, "by", m->by);
	hl_shelf_put_text(j, "why", m->why);
	hl_json_time(j, "made", m->made_ms);
	hl_json_time(j, "until", m->until_ms);
	if (m->ended_ms != HL_NO_TIME) {
		hl_shelf_put_text(j, "ended_by", m->ended_by);
		hl_shelf_put_text(j, "ended_why", m->ended_why);
		hl_json_time(j, "ended", m->ended_ms);
	}
	hl_json_close(j);
}

/* The record first: what has no line in it never held. */
static enum hl_code record(const char *state, const struct hl_shell_mute *m, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(64 << 10);
	struct hl_json j;
	hl_json_init(&j, &b);
	put_row(&j, m);
	hl_buf_putc(&b, '\n');
	enum hl_code code = hl_path_join(path, sizeof path, state, "mutes.jsonl", err);
	if (!code)
		code = hl_shelf_append(path, &b, err);
	if (!code)
		code = hl_file_sync_dir(state, err);
	hl_buf_fini(&b);
	return code;
}

static enum hl_code write_all(const char *state, const struct hl_mutes *all, const struct hl_shell_mute *more, int64_t last, int64_t now_ms, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_int(&j, "last", last);
	hl_json_open_key(&j, "mutes", '[');
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].until_ms > now_ms - HL_MUTE_LONGEST_MS)
			put_row(&j, &all->v[i]);
	if (more)
		put_row(&j, more);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(&b, '\n');
	enum hl_code code = b.full ? hl_err_set(err, HL_E_LIMIT, "the mutes have more than %d bytes", HL_CONF_FILE_MAX) : HL_OK;
	if (!code)
		code = hl_path_join(path, sizeof path, state, "mutes.yaml", err);
	hl_crash_point("mutes.recorded");
	if (!code)
		code = hl_file_write_atomic(path, hl_buf_text(&b), b.len, 0640, err);
	hl_crash_point("mutes.written");
	hl_buf_fini(&b);
	return code;
}

bool hl_shell_mute_holds(const struct hl_shell_mute *m, int64_t now_ms)
{
	return m->ended_ms == HL_NO_TIME && now_ms < m->until_ms;
}

static enum hl_code whole(const struct hl_mutes *all, struct hl_err *err)
{
	return all->fault[0] ? hl_err_set(err, HL_E_INPUT, "%s: move it away first", all->fault) : HL_OK;
}

enum hl_code hl_mutes_add(const char *state, struct hl_shell_mute *m, const struct hl_rules *rules, struct hl_err *err)
{
	struct hl_mutes *all = hl_mutes_load(state);
	size_t n = 0;
	enum hl_code code = whole(all, err);
	m->ended_ms = HL_NO_TIME;
	for (size_t i = 0; i < all->n; i++)
		n += all->v[i].until_ms > m->made_ms - HL_MUTE_LONGEST_MS;
	if (!code && n >= HL_MUTES_MAX)
		code = hl_err_set(err, HL_E_LIMIT, "there were %d mutes within 30 days: what is needed so often belongs into the rules", HL_MUTES_MAX);
	if (!code)
		code = parse_when(m, rules, err);
	if (!code) {
		snprintf(m->id, sizeof m->id, "m%lld", (long long)all->last + 1);
		code = record(state, m, err);
	}
	if (!code)
		code = write_all(state, all, m, all->last + 1, m->made_ms, err);
	hl_mute_wipe(&m->mute);
	hl_mutes_free(&all);
	return code;
}

static enum hl_code end_one(const char *state, struct hl_mutes *all, struct hl_shell_mute *m, const char *by, const char *why, int64_t now_ms, struct hl_err *err)
{
	if (!hl_shell_mute_holds(m, now_ms))
		return hl_err_set(err, HL_E_CONFLICT, "mute %s is over%s%s", m->id, m->ended_by[0] ? ", ended by " : "", m->ended_by);
	hl_copy(m->ended_by, sizeof m->ended_by, by);
	hl_copy(m->ended_why, sizeof m->ended_why, why);
	m->ended_ms = now_ms;
	enum hl_code code = record(state, m, err);
	return code ? code : write_all(state, all, NULL, all->last, now_ms, err);
}

enum hl_code hl_mutes_end(const char *state, const char *id, const char *by, const char *why, int64_t now_ms, struct hl_err *err)
{
	struct hl_mutes *all = hl_mutes_load(state);
	enum hl_code code = whole(all, err);
	size_t i = 0;
	while (i < all->n && strcmp(all->v[i].id, id) != 0)
		i++;
	if (!code && i == all->n)
		code = hl_err_set(err, HL_E_NOTFOUND, "there is no mute '%s'", id);
	if (!code)
		code = end_one(state, all, &all->v[i], by, why, now_ms, err);
	hl_mutes_free(&all);
	return code;
}

const struct hl_mute *hl_mutes_fit(const struct hl_mutes *m, const struct hl_rules *r, const struct hl_case *c)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (m->v[i].ended_ms == HL_NO_TIME && hl_mute_fits(r, &m->v[i].mute, c))
			return &m->v[i].mute;
	return NULL;
}
