/* rule_mute.c: the rows of `mute`: reading them, and whether a match falls under one. Muting stops notices, never the alert. Pure; any thread. */
#include "base/clock.h"
#include "core/rule_priv.h"

#include <string.h>

#define AT(member) offsetof(struct hl_mute, member)

enum { TEXT_MAX = 200, DAY_MS = 86400000 };

const struct hl_opt hl_mute_options[] = {
	{ .name = "when", .type = HL_OPT_CUSTOM, .required = true, .offset = AT(when), .sub = hl_when_options, .custom = hl_when_read, .wipe = hl_when_wipe,
	  .help = "conditions that must all hold, one at least" },
	{ .name = "from", .type = HL_OPT_STRING, .offset = AT(from), .max = 40, .help = "first day, 2026-12-24, or instant, 2026-12-24T18:00:00-07:00; default: at once" },
	{ .name = "until", .type = HL_OPT_STRING, .offset = AT(until), .max = 40,
	  .help = "the day on which it is over, or the instant; by the read's time; default: never" },
	{ .name = "comment", .type = HL_OPT_STRING, .offset = AT(comment), .max = TEXT_MAX, .help = "why; shown with each alert that it keeps silent" },
	{ .name = NULL },
};

static int64_t time_of(const struct hl_rules *r, const char *text, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	int64_t t;
	if (!text)
		return HL_NO_TIME;
	if (hl_day_parse(text, &t))
		return hl_tz_instant(r->tz, t * DAY_MS);
	if (hl_time_parse(text, strlen(text), &t))
		return t;
	hl_conf_fault(ctx, node, "'%s' is neither a date nor a time; expected one like 2027-01-01 or 2027-01-01T06:00:00-07:00", text);
	return HL_NO_TIME;
}

void hl_mutes_finish(struct hl_rules *r, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	struct hl_mute *m = r->mutes.v;
	for (size_t i = 0; i < r->mutes.n && node && i < node->n; i++, m++) {
		const struct hl_node *row = &node->child[i], *from = hl_node_get(row, "from"), *until = hl_node_get(row, "until");
		m->from_ms = time_of(r, m->from, from, ctx);
		m->until_ms = time_of(r, m->until, until, ctx);
		const struct hl_node *when = hl_node_get(row, "when");
		if (when && when->kind == HL_NODE_MAP && !when->n)
			hl_conf_fault(ctx, row, "a mute without conditions would silence every alert; expected one key of 'when' at least");
		if (m->from_ms != HL_NO_TIME && m->until_ms != HL_NO_TIME && m->until_ms <= m->from_ms)
			hl_conf_fault(ctx, until, "the mute ends (%s) before it begins (%s)", m->until, m->from);
		hl_when_check_zones(r, &m->when, row->file, ctx);
	}
}

bool hl_mute_fits(const struct hl_rules *r, const struct hl_mute *m, const struct hl_case *c)
{
	if ((m->from_ms != HL_NO_TIME && (c->time_ms == HL_NO_TIME || c->time_ms < m->from_ms)) ||
	    (m->until_ms != HL_NO_TIME && c->time_ms != HL_NO_TIME && c->time_ms >= m->until_ms))
		return false;
	return hl_when_fits(r, &m->when, c);
}

const struct hl_mute *hl_rules_mute(const struct hl_rules *r, const struct hl_case *c)
{
	const struct hl_mute *m = r->mutes.v;
	for (size_t i = 0; i < r->mutes.n; i++)
		if (hl_mute_fits(r, &m[i], c))
			return &m[i];
	return NULL;
}

enum hl_code hl_mute_parse(struct hl_mute *m, const char *when, const struct hl_rules *zones, struct hl_faults *faults)
{
	static const char name[] = "when";
	struct hl_conf *conf = NULL;
	struct hl_conf_ctx ctx = { .file = name, .faults = faults };
	size_t errors = faults->errors;
	*m = (struct hl_mute){ .from_ms = HL_NO_TIME, .until_ms = HL_NO_TIME };
	if (hl_conf_parse(&conf, name, when, strlen(when), faults) != HL_OK)
		return HL_E_CONFIG;
	hl_when_read(hl_conf_root(conf), &m->when, &ctx);
	if (faults->errors == errors && hl_when_empty(&m->when))
		hl_faults_add(faults, name, 0, 0, "a mute without conditions would silence every alert; expected one key at least");
	if (zones)
		hl_when_check_zones(zones, &m->when, name, &ctx);
	hl_conf_free(&conf);
	return faults->errors == errors ? HL_OK : HL_E_CONFIG;
}

void hl_mute_wipe(struct hl_mute *m)
{
	hl_conf_wipe(hl_mute_options, m);
}
