/* route_case.c: see route_case.h. Pure but for hl_route_suite_load, which reads a file; any thread. */
#include "engine/route_case.h"

#include "base/clock.h"
#include "base/text.h"
#include "core/match.h"

#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 10000, TEXT_MAX = 200 };

#define AT(member) offsetof(struct hl_route_case, member)

static const char *const kinds[] = { [HL_KIND_EXACT] = "exact", [HL_KIND_CONFUSABLE] = "confusable", [HL_KIND_EDIT] = "edit",
				     [HL_KIND_WILDCARD] = "wildcard", [HL_KIND_CANDIDATE] = "candidate", NULL };
static const char *const decisions[] = { [HL_DROP] = "by-rules", [HL_VERIFY] = "verify", [HL_ALERT] = "alert", NULL };

const struct hl_opt hl_route_case_options[] = {
	{ .name = "name", .type = HL_OPT_STRING, .offset = AT(name), .max = TEXT_MAX, .help = "what the case is for; stands in the report" },
	{ .name = "list", .type = HL_OPT_NAME, .offset = AT(list), .help = "the list that the entry is on" },
	{ .name = "category", .type = HL_OPT_STRING, .offset = AT(category), .max = TEXT_MAX, .help = "the entry's category" },
	{ .name = "agency", .type = HL_OPT_STRING, .offset = AT(agency), .max = TEXT_MAX, .help = "the entry's agency; else the list's in the settings" },
	{ .name = "priority", .type = HL_OPT_INT, .offset = AT(priority), .min = 1, .max = 9, .help = "the entry's; else the list's in the rules, else 5" },
	{ .name = "camera", .type = HL_OPT_STRING, .offset = AT(camera), .max = TEXT_MAX, .help = "the camera of the read" },
	{ .name = "site", .type = HL_OPT_STRING, .offset = AT(site), .max = TEXT_MAX, .help = "its site; else the camera's in the settings" },
	{ .name = "position", .type = HL_OPT_STRINGS, .min = 2, .max = 2, .offset = AT(position),
	  .help = "latitude and longitude of the read; else the camera's in the settings" },
	{ .name = "region", .type = HL_OPT_STRING, .offset = AT(region), .max = TEXT_MAX, .help = "the plate's region as the reader gives it, us-ca" },
	{ .name = "at", .type = HL_OPT_STRING, .offset = AT(at), .max = 40,
	  .help = "the time of the read, 2026-11-22T23:10-07:00; without offset in the rules' timezone; without a time no 'at' fits" },
	{ .name = "kind", .type = HL_OPT_ENUM, .offset = AT(kind), .def = "exact", .words = kinds, .help = "how the plates differ" },
	{ .name = "probability", .type = HL_OPT_NUMBER, .offset = AT(probability), .def = "1", .max = 1000000, .help = "with all evidence" },
	{ .name = "plate_probability", .type = HL_OPT_NUMBER, .offset = AT(plate_probability), .max = 1000000,
	  .help = "of the symbols alone; else as probability" },
	{ .name = "confidence", .type = HL_OPT_NUMBER, .offset = AT(confidence), .max = 1000000, .help = "the reader's own; else none" },
	{ .name = "contradiction", .type = HL_OPT_STRINGS, .max = HL_CONTRADICTIONS, .offset = AT(contradiction), .help = "state, type, make, color" },
	{ .name = "late", .type = HL_OPT_BOOL, .offset = AT(late), .def = "false", .help = "the read came later than late_after" },
	{ .name = "decision", .type = HL_OPT_ENUM, .offset = AT(decision), .def = "by-rules", .words = decisions,
	  .help = "alert or verify; by-rules: what the thresholds make of the figures" },
	{ .name = "expect", .type = HL_OPT_STRINGS, .max = HL_RECEIVERS_MAX, .offset = AT(expect), .help = "the receivers, all of them; [] for nobody" },
	{ .name = NULL },
};

/* RFC 3339, but for people: seconds and offset may be left out. */
static bool time_of(const struct hl_rules *r, const char *text, int64_t *ms)
{
	char full[64];
	int64_t day;
	size_t n = strlen(text);
	if (hl_day_parse(text, &day)) {
		*ms = hl_tz_instant(r->tz, day * 86400000);
		return true;
	}
	if (n < 16 || n > 40)
		return false;
	bool seconds = text[16] == ':';
	hl_copy_n(full, sizeof full, text, 16);
	hl_copy(full + 16, sizeof full - 16, seconds ? "" : ":00");
	size_t at = strlen(full);
	hl_copy(full + at, sizeof full - at, text + 16);
	if (hl_time_parse(full, strlen(full), ms))
		return true;
	at = strlen(full);
	hl_copy(full + at, sizeof full - at, "Z");
	if (!hl_time_parse(full, strlen(full), ms))
		return false;
	*ms = hl_tz_instant(r->tz, *ms);
	return true;
}

static void check_contradictions(const struct hl_node *node, const struct hl_route_case *c, struct hl_conf_ctx *ctx)
{
	const char *words[HL_CONTRADICTIONS + 1] = { NULL };
	for (unsigned i = 0; i < HL_CONTRADICTIONS; i++)
		words[i] = hl_contradiction_name(i);
	for (size_t i = 0; i < c->contradiction.n; i++) {
		unsigned k = 0;
		while (words[k] && strcmp(words[k], c->contradiction.v[i]))
			k++;
		if (!words[k])
			hl_conf_fault(ctx, node, "unknown contradiction '%s'; expected state, type, make or color", c->contradiction.v[i]);
	}
}

static void check_position(const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	double degrees;
	if (node->kind != HL_NODE_SEQ || node->n != 2)
		return;
	struct hl_node lat = node->child[0], lon = node->child[1];
	lat.key = "latitude";
	lon.key = "longitude";
	hl_conf_number(&lat, -90, 90, &degrees, ctx);
	hl_conf_number(&lon, -180, 180, &degrees, ctx);
}

enum hl_code hl_route_case_fill(const struct hl_node *node, const struct hl_rules *r, struct hl_route_case *c, struct hl_conf_ctx *ctx)
{
	size_t errors = ctx->faults->errors;
	const struct hl_node *at = hl_node_get(node, "at"), *contradiction = hl_node_get(node, "contradiction"), *position = hl_node_get(node, "position");
	hl_conf_fill(node, hl_route_case_options, c, ctx);
	c->line = node->line;
	c->column = node->column;
	c->expects = hl_node_has(node, "expect");
	c->time_ms = HL_NO_TIME;
	if (!hl_node_has(node, "plate_probability"))
		c->plate_probability = -1;
	if (!hl_node_has(node, "confidence"))
		c->confidence = -1;
	if (c->at && !time_of(r, c->at, &c->time_ms))
		hl_conf_fault(ctx, at, "'%s' is no time; expected one like 2026-11-22T23:10-07:00, or 2026-11-22T23:10 in the rules' timezone", c->at);
	if (contradiction)
		check_contradictions(contradiction, c, ctx);
	if (position)
		check_position(position, ctx);
	return ctx->faults->errors > errors ? HL_E_CONFIG : HL_OK;
}

/* ---- suites ---- */

struct suite_load {
	const struct hl_rules *rules;
};

static void cases_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	const struct suite_load *l = ctx->user;
	struct hl_array *a = target;
	if (node->kind != HL_NODE_SEQ || !node->n || node->n > CASES_MAX) {
		hl_conf_fault(ctx, node, "'cases': expected a list of 1 to %d cases, each like {list: stolen, camera: cam7, expect: [north]}", CASES_MAX);
		return;
	}
	struct hl_route_case *v = a->v = hl_calloc(node->n, sizeof *v);
	for (a->n = 0; a->n < node->n; a->n++) {
		const struct hl_node *row = &node->child[a->n];
		hl_route_case_fill(row, l->rules, &v[a->n], ctx);
		if (row->kind == HL_NODE_MAP && !v[a->n].expects)
			hl_conf_fault(ctx, row, "required key 'expect' is missing: the receivers that must be told, [] for nobody");
	}
}

static void cases_wipe(void *target)
{
	struct hl_array *a = target;
	for (size_t i = 0; i < a->n; i++)
		hl_conf_wipe(hl_route_case_options, (struct hl_route_case *)a->v + i);
	free(a->v);
	*a = (struct hl_array){ 0 };
}

static const struct hl_opt suite_options[] = {
	{ .name = "version", .type = HL_OPT_INT, .offset = offsetof(struct hl_route_suite, version), .def = "1", .min = 1, .max = 1, .help = "the form of this file" },
	{ .name = "cases", .type = HL_OPT_CUSTOM, .offset = offsetof(struct hl_route_suite, cases), .sub = hl_route_case_options, .required = true, .custom = cases_read,
	  .wipe = cases_wipe, .help = "the cases" },
	{ .name = NULL },
};

enum hl_code hl_route_suite_load(struct hl_route_suite **out, const char *path, const struct hl_rules *r, struct hl_faults *faults)
{
	struct hl_conf *conf;
	struct suite_load load = { r };
	struct hl_conf_ctx ctx = { .file = path, .faults = faults, .user = &load };
	*out = NULL;
	if (hl_conf_load(&conf, path, faults) != HL_OK)
		return HL_E_CONFIG;
	struct hl_route_suite *s = hl_calloc(1, sizeof *s);
	enum hl_code code = hl_conf_fill(hl_conf_root(conf), suite_options, s, &ctx);
	hl_conf_free(&conf);
	if (code != HL_OK)
		hl_route_suite_free(&s);
	*out = s;
	return code;
}

void hl_route_suite_free(struct hl_route_suite **s)
{
	if (!*s)
		return;
	hl_conf_wipe(suite_options, *s);
	free(*s);
	*s = NULL;
}

/* ---- running ---- */

static unsigned contradictions_of(const struct hl_strings *words)
{
	unsigned bits = 0;
	for (size_t i = 0; i < words->n; i++)
		for (unsigned k = 0; k < HL_CONTRADICTIONS; k++)
			if (!strcmp(hl_contradiction_name(k), words->v[i]))
				bits |= 1u << k;
	return bits;
}

/* What the description leaves open, the registries may know, as in hl_decide_case. */
static void fill_from_settings(const struct hl_settings *s, const struct hl_route_case *c, struct hl_case *k)
{
	const struct hl_camera *camera = c->camera ? hl_settings_camera(s, c->camera) : NULL;
	const struct hl_list_settings *list = c->list ? hl_settings_list(s, c->list) : NULL;
	if (camera && camera->has_position && !k->has_position) {
		k->has_position = true;
		k->position = hl_point_of(camera->lat, camera->lon);
	}
	if (camera && camera->site && !c->site)
		k->site = camera->site;
	if (list && list->agency && !c->agency)
		k->agency = list->agency;
}

static void make_case(const struct hl_rules *r, const struct hl_settings *s, const struct hl_route_case *c, struct hl_case *k)
{
	const struct hl_rules_list *list = c->list ? hl_rules_list(r, c->list) : NULL;
	*k = (struct hl_case){
		.list = c->list ? c->list : "", .category = c->category ? c->category : "", .agency = c->agency ? c->agency : "",
		.camera = c->camera ? c->camera : "", .site = c->site ? c->site : "", .region = c->region ? c->region : "",
		.time_ms = c->time_ms, .has_position = c->position.n == 2,
		.priority = (int)(c->priority ? c->priority : list && list->priority ? list->priority : HL_PRIORITY_DEFAULT),
		.kind = (enum hl_kind)c->kind, .contradictions = r->contradictions == HL_CON_IGNORE ? 0 : contradictions_of(&c->contradiction),
		.plate_probability = c->plate_probability < 0 ? c->probability : c->plate_probability, .probability = c->probability,
		.confidence = c->confidence, .late = c->late,
	};
	if (k->has_position)
		k->position = hl_point_of(strtod(c->position.v[0], NULL), strtod(c->position.v[1], NULL));
	if (s)
		fill_from_settings(s, c, k);
}

void hl_route_case_run(const struct hl_rules *r, const struct hl_settings *s, const struct hl_route_case *c, const struct hl_route_watch *watch,
		       struct hl_route_answer *out)
{
	*out = (struct hl_route_answer){ 0 };
	make_case(r, s, c, &out->kase);
	out->kase.decision = hl_rules_decide_why(r, hl_rules_match_for(r, out->kase.list, out->kase.camera), &out->kase, &out->why);
	if (c->decision) {
		out->kase.decision = (enum hl_decision)c->decision;
		out->why = "as given";
	}
	if (out->kase.decision == HL_DROP)
		return;
	out->n_route = hl_rules_route_watched(r, &out->kase, watch, out->route);
	out->mute = hl_rules_mute(r, &out->kase);
	out->n_told = out->mute ? 0 : out->n_route;
}

bool hl_route_case_ok(const struct hl_route_case *c, const struct hl_route_answer *a)
{
	bool wanted[HL_RECEIVERS_MAX] = { false };
	for (size_t i = 0; i < c->expect.n; i++) {
		size_t k = 0;
		while (k < a->n_told && strcmp(a->route[k], c->expect.v[i]))
			k++;
		if (k == a->n_told)
			return !c->expects;
		wanted[k] = true;
	}
	for (size_t k = 0; k < a->n_told; k++)
		if (!wanted[k])
			return !c->expects;
	return true;
}

static void put_contradictions(unsigned bits, struct hl_buf *out)
{
	const char *between = "";
	for (unsigned i = 0; i < HL_CONTRADICTIONS; i++)
		if (bits >> i & 1) {
			hl_buf_printf(out, "%s%s", between, hl_contradiction_name(i));
			between = ", ";
		}
	hl_buf_puts(out, bits ? "" : "none");
}

static void put_time(const struct hl_rules *r, int64_t time_ms, struct hl_buf *out)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	struct hl_local local;
	char text[64];
	if (time_ms == HL_NO_TIME) {
		hl_buf_puts(out, "no time");
		return;
	}
	hl_tz_local(r->tz, time_ms, &local);
	hl_tz_format(r->tz, time_ms, text, sizeof text);
	hl_buf_printf(out, "%s %s", days[((local.day + 3) % 7 + 7) % 7], text);
}

static void put_place(const struct hl_case *k, struct hl_buf *out)
{
	hl_buf_printf(out, "camera %s, ", k->camera[0] ? k->camera : "not given");
	if (k->has_position)
		hl_buf_printf(out, "position %.7g, %.7g", (double)k->position.lat / HL_DEGREE, (double)k->position.lon / HL_DEGREE);
	else
		hl_buf_puts(out, "no position");
}

void hl_route_case_value(const struct hl_rules *r, const struct hl_case *k, const char *key, struct hl_buf *out)
{
	const struct { const char *key, *text; } texts[] = {
		{ "list", k->list }, { "category", k->category }, { "agency", k->agency }, { "camera", k->camera }, { "site", k->site }, { "region", k->region },
		{ "kind", hl_kind_name(k->kind) }, { "decision", hl_decision_name(k->decision) },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!strcmp(key, texts[i].key)) {
			hl_buf_puts(out, texts[i].text[0] ? texts[i].text : "not given");
			return;
		}
	if (!strcmp(key, "priority"))
		hl_buf_printf(out, "%d", k->priority);
	else if (!strcmp(key, "probability"))
		hl_buf_printf(out, "%g", k->probability);
	else if (!strcmp(key, "confidence") && k->confidence >= 0)
		hl_buf_printf(out, "%g", k->confidence);
	else if (!strcmp(key, "contradiction"))
		put_contradictions(k->contradictions, out);
	else if (!strcmp(key, "zone"))
		put_place(k, out);
	else if (!strcmp(key, "at"))
		put_time(r, k->time_ms, out);
	else
		hl_buf_puts(out, "not given");
}
