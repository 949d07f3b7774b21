/* ops_list_cost.c: what `list lint` and `list import` ask of engine/cost: whose rules, which channel, how many reads a day. The thread is the caller's.
 */
#include "engine/ops_list_priv.h"
#include "engine/rules_life.h"

#include <string.h>

enum { COUNTED_S = 3600 /* a daemon has counted for so long, or it is no figure */, FIGURES = 128 };

static int64_t figure(const struct hl_figure *v, size_t n, const char *group, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].group, group) && !strcmp(v[i].name, name))
			return v[i].value;
	return 0;
}

/* By the option, else by what a daemon has counted, else by assumption. */
static void reads_a_day(struct hl_ops_ctx *ctx, struct hl_ops_cost *c)
{
	struct hl_figure v[FIGURES];
	size_t n = ctx->live ? ctx->live(ctx->live_arg, v, FIGURES) : 0;
	int64_t reads = figure(v, n, "reads", "in"), seconds = figure(v, n, "daemon", "uptime_s");
	c->ask.reads_a_day = HL_COST_READS_A_DAY;
	c->ask.reads_from = "assumed";
	if (c->reads) {
		c->ask.reads_a_day = (double)c->reads;
		c->ask.reads_from = "as given";
	} else if (reads > 0 && seconds >= COUNTED_S) {
		c->ask.reads_a_day = (double)reads * 86400 / (double)seconds;
		c->ask.reads_from = "as counted since the daemon's start";
	}
}

/* The caller's own file. Its faults are told. */
static enum hl_code load_rules(struct hl_ops_cost *c, struct hl_buf *out, struct hl_err *err)
{
	struct hl_faults faults = { 0 };
	enum hl_code code = hl_rules_load(&c->own, c->rules, &faults);
	if (!code && c->channel)
		code = hl_channels_need(&c->own->channels, c->channel, c->rules, "--channel", &faults);
	if (faults.n)
		hl_faults_print(&faults, out);
	return code ? hl_err_set(err, code, "%s can't be used", c->own ? "the channel" : c->rules) : HL_OK;
}

/* The daemon's, else those that decide by the settings. Where they have faults nothing is worked out: that is no fault of the list. */
static void usual_rules(struct hl_ops_ctx *ctx, struct hl_ops_cost *c)
{
	struct hl_faults faults = { 0 };
	const struct hl_settings *s = c->ask.settings;
	if (ctx->catalog) {
		c->ask.rules = ctx->catalog->rules;
	} else if (s && s->rules && hl_rules_deciding(&c->own, s, &faults) == HL_OK) {
		hl_settings_check_rules(s, c->own, &faults); /* loads the cameras' channels */
		if (c->channel)
			hl_channels_need(&c->own->channels, c->channel, s->rules, "--channel", &faults);
	}
}

enum hl_code hl_ops_cost_begin(struct hl_ops_ctx *ctx, struct hl_ops_cost *c, struct hl_buf *out, struct hl_err *err)
{
	c->ask = (struct hl_cost_ask){ .settings = hl_ops_settings(ctx), .channel = c->channel };
	enum hl_code code = HL_OK;
	reads_a_day(ctx, c);
	if (c->rules && ctx->live)
		code = hl_err_set(err, HL_E_USAGE, "--rules: a daemon reads no file of yours");
	else if (c->rules)
		code = load_rules(c, out, err);
	else
		usual_rules(ctx, c);
	if (c->own)
		c->ask.rules = c->own;
	if (!code && c->channel && (!c->ask.rules || !hl_cost_channel(&c->ask)))
		code = hl_err_set(err, HL_E_NOTFOUND, "--channel: there is no '%s' among those of the rules and the cameras", c->channel);
	return code;
}

void hl_ops_cost_end(struct hl_ops_cost *c)
{
	hl_rules_free(&c->own);
}
