/* rule_load.c: a rules file into struct hl_rules by option tables: every option is declared once, here, in rule_when.c, rule_route.c and
 * rule_confusion.c. What needs the whole file (a list's options inherit from `match`, thresholds in order, every alert reaches somebody) is
 * checked afterwards. Reads files at start and reload only.
 */
#include "base/clock.h"
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COST_ODD = 125, DAY_MS = 86400000, HOLIDAYS_MAX = 1000 };

const struct hl_opt hl_match_options[] = {
	{ .name = "max_cost", .type = HL_OPT_COST, .offset = offsetof(struct hl_match_opts, max_cost), .def = "1.0", .min = 0, .max = HL_COST_MAX,
	  .help = "largest weighted distance of the plate as read, in hard edits" },
	{ .name = "min_probability", .type = HL_OPT_NUMBER, .offset = offsetof(struct hl_match_opts, min_probability), .def = "0.20", .min = 0,
	  .max = 1000000, .help = "below this plate probability an inexact match is dropped" },
	{ .name = "alert_probability", .type = HL_OPT_NUMBER, .offset = offsetof(struct hl_match_opts, alert_probability), .def = "0.80", .min = 0,
	  .max = 1000000, .help = "from this probability on an exact match is an alert; below it is to be verified" },
	{ .name = "min_confidence", .type = HL_OPT_NUMBER, .offset = offsetof(struct hl_match_opts, min_confidence), .def = "0.0", .min = 0,
	  .max = 1000000, .help = "below this confidence of the reader an inexact match is dropped; better left at 0" },
	{ .name = "candidates", .type = HL_OPT_INT, .offset = offsetof(struct hl_match_opts, candidates), .def = "10", .min = 0,
	  .max = HL_CANDIDATES_MAX, .help = "how many of the reader's alternatives are used; 0: the plate as read only" },
	{ .name = "candidate_cost", .type = HL_OPT_COST, .offset = offsetof(struct hl_match_opts, candidate_cost), .def = "1.0", .min = 0,
	  .max = HL_COST_MAX, .help = "largest distance of an alternative; below 1.0: confusable symbols only" },
	{ .name = NULL },
};

static const struct hl_opt list_options[] = {
	{ .name = "priority", .type = HL_OPT_INT, .offset = offsetof(struct hl_rules_list, priority), .min = 1, .max = 9,
	  .help = "1 (most urgent) to 9, for entries without one of their own; else 5" },
	{ .name = "base_rate", .type = HL_OPT_NUMBER, .offset = offsetof(struct hl_rules_list, base_rate), .min = 0, .max = 1000000,
	  .help = "share of passing vehicles that are on this list; default by its size" },
	{ .name = "match", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_rules_list, match), .sub = hl_match_options,
	  .sub_size = sizeof(struct hl_match_opts), .help = "overrides of the options of match for this list" },
	{ .name = "covert", .type = HL_OPT_BOOL, .offset = offsetof(struct hl_rules_list, covert), .def = "false",
	  .help = "told only to its own routes; absent from what officers are shown, and from other notices" },
	{ .name = "inhibits", .type = HL_OPT_STRINGS, .min = 1, .max = 64, .offset = offsetof(struct hl_rules_list, inhibits),
	  .help = "lists whose notices of the same vehicle an open alert of this list silences, once a second person has approved the rules" },
	{ .name = NULL },
};

static const char *const contradiction_words[] = { [HL_CON_VERIFY] = "verify", [HL_CON_DROP] = "drop", [HL_CON_IGNORE] = "ignore", NULL };

/* The sections alerts and cleared_for lie flat in struct hl_rules. */
static const struct hl_opt cleared_options[] = {
	{ .name = "officer", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, cleared_officer_ms), .def = "24h", .min = 0,
	  .max = 365LL * DAY_MS, .help = "how long a pair that an officer rejected stays silent" },
	{ .name = "supervisor", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, cleared_supervisor_ms), .def = "30d", .min = 0,
	  .max = 365LL * DAY_MS, .help = "the same for a supervisor" },
	{ .name = NULL },
};

static const struct hl_opt alerts_options[] = {
	{ .name = "passage", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, passage_ms), .def = "8s", .min = 0, .max = 60000,
	  .help = "reads of one vehicle at one camera at most this far apart are one passage" },
	{ .name = "cooldown", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, cooldown_ms), .def = "10m", .min = 0, .max = 7LL * DAY_MS,
	  .help = "no second notice about the same entry at the same site within this time" },
	{ .name = "contradictions", .type = HL_OPT_ENUM, .offset = offsetof(struct hl_rules, contradictions), .def = "verify",
	  .words = contradiction_words, .help = "what another state, type, make or colour does" },
	{ .name = "cleared_for", .type = HL_OPT_SECTION, .sub = cleared_options, .help = "how long a rejected pair stays silent" },
	{ .name = "ack_for", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, ack_ms), .def = "15m", .min = 1000, .max = DAY_MS,
	  .help = "an acknowledgement without progress lapses after this time: another person may acknowledge" },
	{ .name = "late_after", .type = HL_OPT_DURATION, .offset = offsetof(struct hl_rules, late_ms), .def = "10m", .min = 1000, .max = DAY_MS,
	  .help = "older reads are marked late and decide verify at most" },
	{ .name = NULL },
};

static int by_day(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void holidays_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_holidays *h = target;
	struct hl_strings texts = { 0 };
	if (!hl_conf_strings(node, &texts, ctx))
		return;
	if (texts.n > HOLIDAYS_MAX)
		hl_conf_fault(ctx, node, "'holidays' has %zu dates; expected at most %d", texts.n, HOLIDAYS_MAX);
	size_t n = texts.n > HOLIDAYS_MAX ? 0 : texts.n;
	h->day = hl_calloc(n + 1, sizeof h->day[0]);
	for (size_t i = 0; i < n; i++)
		if (!hl_day_parse(texts.v[i], &h->day[h->n]))
			hl_conf_fault(ctx, node->kind == HL_NODE_SEQ ? &node->child[i] : node, "'%s' is no date; expected one like 2026-12-25", texts.v[i]);
		else
			h->n++;
	qsort(h->day, h->n, sizeof h->day[0], by_day);
	hl_strings_wipe(&texts);
}

static void holidays_wipe(void *target)
{
	struct hl_holidays *h = target;
	free(h->day);
	*h = (struct hl_holidays){ 0 };
}

/* Kept as a node until all options are known. */
static void confusions_keep(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	(void)target;
	*(const struct hl_node **)ctx->user = node;
}

static void route_mark(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_rules *r = target;
	size_t errors = ctx->faults->errors;
	r->has_route = true;
	hl_route_read(node, &r->route, ctx);
	if (ctx->faults->errors == errors)
		hl_route_check(&r->route, ctx);
}

static void route_unmark(void *target)
{
	struct hl_rules *r = target;
	hl_route_wipe(&r->route);
	r->has_route = false;
}

const struct hl_opt hl_rules_table[] = {
	{ .name = "version", .type = HL_OPT_INT, .offset = offsetof(struct hl_rules, version), .def = "1", .min = 1, .max = 1,
	  .help = "the form of this file" },
	{ .name = "timezone", .type = HL_OPT_STRING, .offset = offsetof(struct hl_rules, timezone), .def = "UTC", .max = 64,
	  .help = "an IANA name, for local times in messages" },
	{ .name = "confusions", .type = HL_OPT_CUSTOM, .sub = hl_confusions_options, .custom = confusions_keep,
	  .help = "which symbols a reader confuses, and what that costs" },
	{ .name = "channels", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_rules, channel_names), .sub = hl_channels_options,
	  .sub_size = sizeof(struct hl_channels_section), .help = "what readers make of plates, for cameras whose settings name no channel" },
	{ .name = "match", .type = HL_OPT_SECTION, .offset = offsetof(struct hl_rules, match), .sub = hl_match_options,
	  .sub_size = sizeof(struct hl_match_opts), .help = "what is close enough, and how sure it must be" },
	{ .name = "lists", .type = HL_OPT_MAP, .offset = offsetof(struct hl_rules, lists), .sub = list_options,
	  .sub_size = sizeof(struct hl_rules_list), .help = "options of single lists, by name" },
	{ .name = "cameras", .type = HL_OPT_MAP, .offset = offsetof(struct hl_rules, cameras), .sub = hl_rules_camera_options,
	  .sub_size = sizeof(struct hl_rules_camera), .help = "options of match that differ at single cameras, by name" },
	{ .name = "include", .type = HL_OPT_STRINGS, .min = 0, .max = 64, .offset = offsetof(struct hl_rules, include),
	  .help = "files, relative to this one, whose lists, zones, holidays and mutes stand as if they were written here" },
	{ .name = "holidays", .type = HL_OPT_CUSTOM, .offset = offsetof(struct hl_rules, holidays), .custom = holidays_read, .shape = HL_SHAPE_TEXTS, .wipe = holidays_wipe,
	  .help = "dates, 2026-12-25, that 'at' calls Hol; a holiday is still the day of the week that it falls on, unless !Hol takes it out" },
	{ .name = "zones", .type = HL_OPT_MAP, .offset = offsetof(struct hl_rules, zones), .sub = hl_zone_options, .sub_size = sizeof(struct hl_zone),
	  .help = "areas by name: cameras, a polygon, or both" },
	{ .name = "mute", .type = HL_OPT_LIST, .offset = offsetof(struct hl_rules, mutes), .sub = hl_mute_options, .sub_size = sizeof(struct hl_mute),
	  .help = "what is written down and told to nobody" },
	{ .name = "alerts", .type = HL_OPT_SECTION, .sub = alerts_options, .help = "when people are told, and told again" },
	{ .name = "receivers", .type = HL_OPT_MAP, .offset = offsetof(struct hl_rules, receivers), .sub = hl_rules_receiver_options,
	  .sub_size = sizeof(struct hl_rules_receiver), .help = "what single receivers can bear, by the names of the settings" },
	{ .name = "route", .type = HL_OPT_CUSTOM, .sub = hl_route_options, .custom = route_mark, .wipe = route_unmark,
	  .help = "who is told; offline matching needs none" },
	{ .name = NULL },
};

const struct hl_opt *hl_rules_options(void)
{
	return hl_rules_table;
}

void hl_rules_wipe(struct hl_rules *r)
{
	hl_conf_wipe(hl_rules_table, r);
}

/* The mapping root.a.b, or NULL. */
static const struct hl_node *below(const struct hl_node *root, const char *a, const char *b)
{
	const struct hl_node *n = root ? hl_node_get(root, a) : NULL;
	return n && b ? hl_node_get(n, b) : n;
}

static size_t match_member_size(const struct hl_opt *o)
{
	return o->type == HL_OPT_COST ? sizeof(int) : o->type == HL_OPT_INT ? sizeof(int64_t) : sizeof(double);
}

void hl_match_take(struct hl_match_opts *m, const struct hl_match_opts *from, const struct hl_node *node)
{
	for (const struct hl_opt *o = hl_match_options; node && o->name; o++)
		if (hl_node_has(node, o->name))
			memcpy((char *)m + o->offset, (const char *)from + o->offset, match_member_size(o));
}

/* False where node is given and is no probability: its own fault has been told already. */
static bool probability_reads(const struct hl_node *node)
{
	double p;
	struct hl_faults *scratch = hl_calloc(1, sizeof *scratch);
	struct hl_conf_ctx ctx = { .faults = scratch };
	bool ok = !node || hl_conf_number(node, 0, 1, &p, &ctx);
	free(scratch);
	return ok;
}

void hl_match_check(const struct hl_match_opts *m, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_node *low = hl_node_get(node, "min_probability"), *high = hl_node_get(node, "alert_probability");
	const struct hl_node *cost = hl_node_get(node, "max_cost"), *confidence = hl_node_get(node, "min_confidence");
	if (m->min_probability > m->alert_probability && (low || high) && probability_reads(low) && probability_reads(high))
		hl_conf_fault(ctx, low ? low : high, "min_probability (%g) is above alert_probability (%g)", m->min_probability,
			      m->alert_probability);
	if (cost && m->max_cost > MAX_COST_ODD)
		hl_conf_warn(ctx, cost, "max_cost above 1.25 is slow on a large list, and most reads will match something");
	if (confidence && m->min_confidence > 0)
		hl_conf_warn(ctx, confidence, "min_confidence above 0 drops right matches: readers' confidences are not comparable; better tune min_probability");
	hl_match_warn_odd(m, node, ctx);
}

static void finish_lists(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *lists = below(root, "lists", NULL);
	struct hl_rules_list *l = r->lists.v;
	for (size_t i = 0; i < r->lists.n; i++, l++) {
		/* A key that is no name was told and left without one. */
		const struct hl_node *node = lists && l->name ? hl_node_get(lists, l->name) : NULL;
		const struct hl_node *match = node ? below(node, "match", NULL) : NULL;
		if (!node || !hl_node_has(node, "base_rate"))
			l->base_rate = -1;
		const struct hl_match_opts own = l->match; /* what it does not say itself it has from `match` */
		l->match = r->match;
		hl_match_take(&l->match, &own, match);
		if (match)
			hl_match_check(&l->match, match, ctx);
	}
}

static void finish_timezone(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	struct hl_err err;
	const struct hl_node *node = hl_node_get(root, "timezone");
	if (hl_tz_new(&r->tz, r->timezone, &err) == HL_OK)
		return;
	if (node)
		hl_conf_fault(ctx, node, "unknown time zone '%s'; expected a name such as America/Denver or UTC", r->timezone);
	else
		hl_faults_add(ctx->faults, ctx->file, 0, 0, "%s", err.text);
}

static void finish_zones(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *zones = below(root, "zones", NULL);
	struct hl_zone *z = r->zones.v;
	for (size_t i = 0; i < r->zones.n; i++, z++) {
		const struct hl_node *node = zones && z->name ? hl_node_get(zones, z->name) : NULL;
		if (node && !hl_node_has(node, "cameras") && !hl_node_has(node, "polygon"))
			hl_conf_fault(ctx, node, "zone '%s' has neither cameras nor a polygon", z->name);
		if (node) {
			z->line = node->line;
			z->column = node->column;
		}
	}
}

/* All that needs more than one option, or another file. */
static void finish(struct hl_rules *r, const struct hl_node *root, const struct hl_node *confusions, struct hl_conf_ctx *ctx)
{
	const struct hl_node *match = hl_node_get(root, "match");
	struct hl_confusions_section s = { 0 };
	hl_confusion_init(&r->confusion);
	if (confusions) {
		hl_conf_fill(confusions, hl_confusions_options, &s, ctx);
		hl_confusions_apply(&r->confusion, &s, ctx->file, &r->files, ctx);
	}
	if (r->channel_names.density && r->channel_names.scores && r->channel_names.shares && r->channel_names.plain)
		hl_channels_load(&r->channels, &r->channel_names, ctx->file, ctx->faults);
	if (match)
		hl_match_check(&r->match, match, ctx);
	finish_lists(r, root, ctx);
	hl_cameras_finish(r, root, ctx);
	finish_timezone(r, root, ctx);
	finish_zones(r, root, ctx);
	hl_mutes_finish(r, below(root, "mute", NULL), ctx);
	hl_rules_finish_life(r, root, ctx);
	hl_route_check_zones(r, &r->route, ctx);
}

void hl_rules_name(struct hl_rules *r)
{
	unsigned char hash[HL_SHA256];
	char hex[13];
	hl_rules_files_hash(&r->files, hash);
	hl_hex(hash, 6, hex);
	hl_copy(r->id, sizeof r->id, "r-");
	hl_copy(r->id + 2, sizeof r->id - 2, hex);
}

struct hl_rules_tree {
	const struct hl_rules_set *set; /* options set from outside while it is loaded */
	size_t n_set;
	struct hl_conf *conf;
	struct hl_included *included;
	const struct hl_node *root;
};

void hl_rules_tree_free(struct hl_rules_tree **tree)
{
	if (!*tree)
		return;
	hl_included_free(&(*tree)->included);
	hl_conf_free(&(*tree)->conf);
	free(*tree);
	*tree = NULL;
}

const struct hl_node *hl_rules_tree_root(const struct hl_rules_tree *tree)
{
	return tree->root;
}

/* Routes stand in one file, each at a place of its own; an alias gives two the same place, and then the same content. */
static const struct hl_node *route_at(const struct hl_node *node, const struct hl_route *route)
{
	const struct hl_node *routes = hl_node_get(node, "routes"), *found = NULL;
	if (node->line == route->line && node->column == route->column)
		return node;
	for (size_t i = 0; routes && i < routes->n && !found; i++)
		found = route_at(&routes->child[i], route);
	return found;
}

const struct hl_node *hl_rules_tree_route(const struct hl_rules_tree *tree, const struct hl_route *route)
{
	const struct hl_node *top = hl_node_get(tree->root, "route");
	return top ? route_at(top, route) : NULL;
}

/* tree: the parsed document, which is filled with what it includes. files: what is not to be looked for on the disk; NULL: nothing. */
static enum hl_code parse_into(struct hl_rules **out, struct hl_rules_tree *tree, const char *name, const char *text, size_t n,
			       const struct hl_rules_files *files, struct hl_faults *faults)
{
	size_t errors = faults->errors;
	const struct hl_node *confusions = NULL;
	struct hl_conf_ctx ctx = { .file = name, .faults = faults, .user = &confusions };
	struct hl_err err;
	if (hl_conf_parse(&tree->conf, name, text, n, faults) != HL_OK)
		return HL_E_CONFIG;
	for (size_t i = 0; i < tree->n_set; i++)
		if (hl_conf_set(tree->conf, tree->set[i].option, tree->set[i].value, &err) != HL_OK) {
			hl_faults_add(faults, name, 0, 0, "%s", err.text);
			return HL_E_CONFIG;
		}
	struct hl_rules *r = hl_calloc(1, sizeof *r);
	hl_copy(r->file, sizeof r->file, name);
	hl_rules_files_add(&r->files, false, name, text, n);
	for (size_t i = 0; files && i < files->n; i++)
		hl_rules_files_add(&r->files, files->v[i].table, files->v[i].name, files->v[i].text, files->v[i].n);
	r->channels.files = &r->files;
	tree->root = hl_rules_include(&tree->included, hl_conf_root(tree->conf), name, &r->files, &ctx);
	hl_conf_fill(tree->root, hl_rules_table, r, &ctx);
	finish(r, tree->root, confusions, &ctx);
	if (faults->errors == errors)
		hl_rules_warn_odd(r, tree->root, &ctx);
	hl_rules_name(r);
	hl_included_files(tree->included, &r->included);
	if (faults->errors == errors) {
		*out = r;
		return HL_OK;
	}
	hl_rules_free(&r);
	return HL_E_CONFIG;
}

static enum hl_code parse_tree(struct hl_rules **out, struct hl_rules_tree **tree, const char *name, const char *text, size_t n,
			       const struct hl_rules_files *files, struct hl_faults *faults)
{
	*out = NULL;
	*tree = hl_calloc(1, sizeof **tree);
	enum hl_code code = parse_into(out, *tree, name, text, n, files, faults);
	if (code != HL_OK)
		hl_rules_tree_free(tree);
	return code;
}

enum hl_code hl_rules_parse(struct hl_rules **out, const char *name, const char *text, size_t n, struct hl_faults *faults)
{
	struct hl_rules_tree *tree;
	enum hl_code code = parse_tree(out, &tree, name, text, n, NULL, faults);
	hl_rules_tree_free(&tree);
	return code;
}

enum hl_code hl_rules_remake_tree(struct hl_rules **out, struct hl_rules_tree **tree, const struct hl_rules_files *files, struct hl_faults *faults)
{
	return parse_tree(out, tree, files->v[0].name, files->v[0].text, files->v[0].n, files, faults);
}

enum hl_code hl_rules_remake(struct hl_rules **out, const struct hl_rules_files *files, struct hl_faults *faults)
{
	struct hl_rules_tree *tree;
	enum hl_code code = hl_rules_remake_tree(out, &tree, files, faults);
	hl_rules_tree_free(&tree);
	return code;
}

enum hl_code hl_rules_load_tree(struct hl_rules **out, struct hl_rules_tree **tree, const char *path, struct hl_faults *faults)
{
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	*out = NULL;
	*tree = NULL;
	enum hl_code code = hl_rules_read_file(&text, path, faults);
	if (code == HL_OK)
		code = parse_tree(out, tree, path, hl_buf_text(&text), text.len, NULL, faults);
	hl_buf_fini(&text);
	return code;
}

enum hl_code hl_rules_load(struct hl_rules **out, const char *path, struct hl_faults *faults)
{
	struct hl_rules_tree *tree;
	enum hl_code code = hl_rules_load_tree(out, &tree, path, faults);
	hl_rules_tree_free(&tree);
	return code;
}

enum hl_code hl_rules_load_with(struct hl_rules **out, const char *path, const struct hl_rules_set *set, size_t n, struct hl_faults *faults)
{
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_rules_tree *tree = hl_calloc(1, sizeof *tree);
	tree->set = set;
	tree->n_set = n;
	*out = NULL;
	enum hl_code code = hl_rules_read_file(&text, path, faults);
	if (code == HL_OK)
		code = parse_into(out, tree, path, hl_buf_text(&text), text.len, NULL, faults);
	hl_buf_fini(&text);
	hl_rules_tree_free(&tree);
	return code;
}
