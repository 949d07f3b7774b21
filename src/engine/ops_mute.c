/* ops_mute.c: `mute add`, `mute ls`, `mute end`: what is told to nobody for a while, see store/mutes.h and doc/live.md. The thread is the caller's. */
#include <stdlib.h>
#include <string.h>

#include "engine/list_life.h"
#include "engine/ops_priv.h"
#include "engine/rules_life.h"
#include "store/mutes.h"

/* Takes every --when out of argv: a YAML mapping by itself, or KEY=VALUE, several of which are joined to one. `at` has commas of its own. */
static enum hl_code take_when(int *argc, const char **argv, struct hl_buf *when, struct hl_err *err)
{
	struct hl_json j;
	int n = 0;
	hl_json_init(&j, when);
	for (int i = 0; i < *argc; i++) {
		const char *value = !strncmp(argv[i], "--when=", 7) ? argv[i] + 7 : strcmp(argv[i], "--when") ? NULL : ++i < *argc ? argv[i] : "";
		if (!value) {
			argv[n++] = argv[i];
			continue;
		}
		const char *eq = strchr(value, '=');
		if (*value == '{' && !when->len) {
			hl_buf_puts(when, value);
			continue;
		}
		if (!eq || eq == value || hl_buf_text(when)[0] != (j.depth ? '{' : 0))
			return hl_err_set(err, HL_E_USAGE, "--when '%s': expected KEY=VALUE[,VALUE…], such as list=permits, or one YAML mapping", value);
		if (!j.depth)
			hl_json_open(&j, '{');
		char *key = hl_strndup(value, (size_t)(eq - value));
		bool one = !strcmp(key, "at");
		hl_json_open_key(&j, key, '[');
		for (const char *p = eq + 1; p;) {
			size_t k = one ? strlen(p) : strcspn(p, ",");
			hl_json_str_n(&j, NULL, p, k);
			p = p[k] ? p + k + 1 : NULL;
		}
		hl_json_close(&j);
		free(key);
	}
	if (j.depth)
		hl_json_close(&j);
	*argc = n;
	return when->len ? HL_OK : hl_err_set(err, HL_E_USAGE, "--when KEY=VALUE is missing: a mute without conditions would silence every alert");
}

static enum hl_code check_why(const char *why, struct hl_err *err)
{
	return why ? hl_list_reason(why, err) : hl_err_set(err, HL_E_USAGE, "--why TEXT is missing: it is kept with what you do");
}

/* Whose zones a mute may name: those of the rules that decide. */
static enum hl_code add_checked(struct hl_ops_ctx *ctx, struct hl_shell_mute *m, struct hl_err *err)
{
	struct hl_rules *own = NULL;
	const struct hl_settings *s = hl_ops_settings(ctx);
	if (!ctx->catalog && s) {
		struct hl_faults *faults = hl_calloc(1, sizeof *faults);
		hl_rules_deciding(&own, s, faults);
		free(faults);
	}
	enum hl_code code = hl_mutes_add(ctx->state, m, ctx->catalog ? ctx->catalog->rules : own, err);
	hl_rules_free(&own);
	return code;
}

static enum hl_code fill(struct hl_ops_ctx *ctx, struct hl_shell_mute *m, const struct hl_buf *when, const char *span, const char *why, struct hl_err *err)
{
	int64_t ms;
	if (!span)
		return hl_err_set(err, HL_E_USAGE, "--for DURATION is missing: a mute is over by itself");
	if (!hl_duration_parse(span, &ms) || ms <= 0 || ms > HL_MUTE_LONGEST_MS)
		return hl_err_set(err, HL_E_USAGE, "--for '%s': expected a duration such as 45m or 2h, at most 30d; what is to last longer belongs into the rules", span);
	if (!hl_copy(m->when, sizeof m->when, hl_buf_text(when)) || when->full)
		return hl_err_set(err, HL_E_USAGE, "--when has more than %d bytes", HL_MUTE_WHEN - 1);
	hl_copy(m->by, sizeof m->by, ctx->who ? ctx->who : "");
	hl_copy(m->why, sizeof m->why, why);
	m->made_ms = ctx->now_ms;
	m->until_ms = ctx->now_ms + ms;
	return HL_OK;
}

static void mute_json(const struct hl_ops_ctx *ctx, const struct hl_shell_mute *m, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "id", m->id);
	hl_json_str(j, "when", m->when);
	hl_json_str(j, "by", m->by);
	hl_json_str(j, "why", m->why);
	hl_json_time(j, "made", m->made_ms);
	hl_json_time(j, "until", m->until_ms);
	hl_json_bool(j, "holds", hl_shell_mute_holds(m, ctx->now_ms));
	hl_json_opt(j, "warning", m->warning);
	hl_json_opt(j, "ended_by", m->ended_by);
	hl_json_opt(j, "ended_why", m->ended_why);
	if (m->ended_ms != HL_NO_TIME)
		hl_json_time(j, "ended", m->ended_ms);
	hl_json_close(j);
}

static void mute_line(const struct hl_ops_ctx *ctx, const struct hl_shell_mute *m, struct hl_buf *out)
{
	char until[48];
	hl_ops_full_time(ctx, m->ended_ms == HL_NO_TIME ? m->until_ms : m->ended_ms, until);
	hl_buf_printf(out, "%-6s %s %s  %s  by %s: %s", m->id, m->ended_ms != HL_NO_TIME ? "ended" : hl_shell_mute_holds(m, ctx->now_ms) ? "until" : "over since", until,
		      m->when, m->by, m->why);
	if (m->ended_ms != HL_NO_TIME)
		hl_buf_printf(out, "; ended by %s: %s", m->ended_by, m->ended_why);
	hl_buf_putc(out, '\n');
	if (m->warning[0])
		hl_buf_printf(out, "warning: %s\n", m->warning);
}

void hl_ops_mutes(const struct hl_ops_ctx *ctx, const struct hl_mutes *m, bool all, struct hl_json *j, const char *before, struct hl_buf *out)
{
	for (size_t i = 0; m && i < m->n; i++) {
		if (!all && !hl_shell_mute_holds(&m->v[i], ctx->now_ms))
			continue;
		if (j)
			mute_json(ctx, &m->v[i], j);
		else
			hl_buf_puts(out, before);
		if (!j)
			mute_line(ctx, &m->v[i], out);
	}
	if (!j && m && m->fault[0])
		hl_buf_printf(out, "%s%s\n", before, m->fault);
}

static void tell_one(const struct hl_ops_ctx *ctx, const struct hl_shell_mute *m, bool json, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	if (json)
		mute_json(ctx, m, &j);
	else
		mute_line(ctx, m, out);
	if (json)
		hl_buf_putc(out, '\n');
}

/* A list or a camera that the settings don't have: such a mute keeps nothing silent, which nobody would see. */
static void warn(const struct hl_ops_ctx *ctx, struct hl_shell_mute *m)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_mute mute;
	if (s && hl_mute_parse(&mute, m->when, NULL, faults) == HL_OK) {
		hl_settings_check_mute(s, &mute, faults);
		hl_mute_wipe(&mute);
	}
	if (faults->n)
		hl_copy(m->warning, sizeof m->warning, faults->v[0].text);
	free(faults);
}

static enum hl_code add(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[HL_OPS_ARGS], *why = NULL, *span = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--for", .value = &span }, { .name = "--why", .value = &why }, { .name = "--reason", .value = &why }, { 0 } };
	struct hl_shell_mute *m = hl_calloc(1, sizeof *m);
	struct hl_buf when = HL_BUF(HL_MUTE_WHEN);
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	enum hl_code code = take_when(&argc, words, &when, err);
	if (!code)
		code = hl_ops_args(argc, words, opts, "", NULL, 0, 0, err);
	if (!code)
		code = check_why(why, err);
	if (!code)
		code = fill(ctx, m, &when, span, why, err);
	if (!code)
		code = add_checked(ctx, m, err);
	if (!code) {
		ctx->mutes_changed = true;
		warn(ctx, m);
		tell_one(ctx, m, json, out);
	}
	hl_buf_fini(&when);
	free(m);
	return code;
}

static enum hl_code ls(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	bool all = false;
	const struct hl_ops_opt opts[] = { { .name = "--all", .flag = &all }, { 0 } };
	struct hl_json j;
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (code)
		return code;
	struct hl_mutes *m = hl_mutes_load(ctx->state);
	hl_json_init(&j, out);
	if (json)
		hl_json_open(&j, '[');
	hl_ops_mutes(ctx, m, all, json ? &j : NULL, "", out);
	if (json) {
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	}
	if (m->fault[0])
		code = hl_err_set(err, HL_E_INPUT, "%s", m->fault);
	hl_mutes_free(&m);
	return code;
}

static enum hl_code end(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *id, *why = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--why", .value = &why }, { .name = "--reason", .value = &why }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "ID", &id, 1, 1, err);
	if (!code)
		code = check_why(why, err);
	if (!code)
		code = hl_mutes_end(ctx->state, id, ctx->who ? ctx->who : "", why, ctx->now_ms, err);
	if (code)
		return code;
	ctx->mutes_changed = true;
	struct hl_mutes *m = hl_mutes_load(ctx->state);
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].id, id))
			tell_one(ctx, &m->v[i], json, out);
	hl_mutes_free(&m);
	return HL_OK;
}

const struct hl_op_row hl_ops_mute[] = {
	{ .family = "mute", .verb = "add", .access = HL_OPS_HAND, .usage = "mute add --when KEY=VALUE… --for DURATION --why TEXT",
	  .help = "what fits is written down and told to nobody for so long; the keys are those of `when` in the rules", .run = add },
	{ .family = "mute", .verb = "ls", .access = HL_OPS_HAND, .looks = true, .usage = "mute ls [--all]", .help = "the mutes that hold; with --all those of the last 30 days", .run = ls },
	{ .family = "mute", .verb = "end", .access = HL_OPS_HAND, .usage = "mute end ID --why TEXT", .help = "ends one before its time", .run = end },
	{ 0 },
};
