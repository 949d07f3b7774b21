/* conf_help.c: a table of options as manual-page text, so that the page can't differ from what is parsed. Pure; any thread. */
#include "base/conf.h"
#include "base/conf_impl.h"

#include <stdio.h>

static const char *const type_names[] = {
	[HL_OPT_STRING] = "text", [HL_OPT_NAME] = "name", [HL_OPT_INT] = "whole number", [HL_OPT_BOOL] = "true or false",
	[HL_OPT_COST] = "number with at most two decimals", [HL_OPT_NUMBER] = "number", [HL_OPT_DURATION] = "duration", [HL_OPT_SIZE] = "size",
	[HL_OPT_ENUM] = "one of", [HL_OPT_STRINGS] = "list of texts, or one text", [HL_OPT_SECTION] = "mapping", [HL_OPT_LIST] = "list of mappings",
	[HL_OPT_MAP] = "mapping of names", [HL_OPT_CUSTOM] = "", [HL_OPT_LATER] = "not supported yet",
};

static void bound_text(char *dst, size_t size, enum hl_opt_type type, int64_t v)
{
	if (type == HL_OPT_DURATION)
		hl_conf_duration_text(dst, size, v);
	else if (type == HL_OPT_SIZE)
		hl_conf_size_text(dst, size, v);
	else if (type == HL_OPT_NUMBER)
		snprintf(dst, size, "%.7g", (double)v / 1e6);
	else if (type == HL_OPT_COST)
		snprintf(dst, size, "%.2f", (double)v / 100);
	else
		snprintf(dst, size, "%lld", (long long)v);
}

static void put_bounds(const struct hl_opt *opt, struct hl_buf *out)
{
	char low[32], high[32];
	bool ranged = opt->type == HL_OPT_INT || opt->type == HL_OPT_COST || opt->type == HL_OPT_NUMBER || opt->type == HL_OPT_DURATION || opt->type == HL_OPT_SIZE;
	if (!ranged || (!opt->min && !opt->max))
		return;
	bound_text(low, sizeof low, opt->type, opt->min);
	bound_text(high, sizeof high, opt->type, opt->max);
	if (opt->max >= opt->min)
		hl_buf_printf(out, ", %s to %s", low, high);
	else
		hl_buf_printf(out, ", from %s", low);
}

static void put_type(const struct hl_opt *opt, struct hl_buf *out)
{
	hl_buf_puts(out, type_names[opt->type]);
	for (size_t i = 0; opt->words && opt->words[i]; i++)
		hl_buf_printf(out, "%s %s", i ? "," : "", opt->words[i]);
	put_bounds(opt, out);
	if (opt->required)
		hl_buf_puts(out, "; required");
	if (opt->def)
		hl_buf_printf(out, "; default %s", opt->def[0] ? opt->def : "empty");
}

/* A table may contain itself (routes in routes): so deep and no deeper. */
static bool deep_enough(const char *prefix)
{
	int dots = 0;
	for (; *prefix; prefix++)
		dots += *prefix == '.';
	return dots > 4;
}

void hl_opt_help(const struct hl_opt *table, const char *prefix, struct hl_buf *out)
{
	for (; table->name; table++) {
		hl_buf_printf(out, ".TP\n.B %s%s\n", prefix, table->name);
		if (table->help)
			hl_buf_printf(out, "%s\n", table->help);
		hl_buf_puts(out, "(");
		put_type(table, out);
		hl_buf_puts(out, ")\n");
		if (!table->sub || table->type == HL_OPT_LATER || deep_enough(prefix))
			continue;
		const char *part = table->type == HL_OPT_LIST ? "[]." : table->type == HL_OPT_MAP ? ".NAME." : ".";
		struct hl_buf deeper = HL_BUF(256);
		hl_buf_printf(&deeper, "%s%s%s", prefix, table->name, part);
		hl_opt_help(table->sub, hl_buf_text(&deeper), out);
		hl_buf_fini(&deeper);
	}
}
