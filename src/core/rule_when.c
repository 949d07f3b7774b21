/* rule_when.c: the conditions of a `when`: reading them and testing one match against them. All keys must hold; a list of values means any of them.
 * Names of lists, cameras and sites are compared to the letter; categories and agencies come from many sources' files and are compared without
 * regard to case. Pure; any thread.
 */
#include "core/rule_priv.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 8, RANGES_MAX = 16, VALUES_MAX = 1000 };

/* A set of words as bits: its words, by number. */
struct word_set {
	const char *what;
	const char *word[WORDS_MAX]; /* ended by NULL */
	unsigned bits[WORDS_MAX];
};

static const struct word_set kind_words = {
	"kind",
	{ "exact", "confusable", "edit", "wildcard", "candidate" },
	{ 1u << HL_KIND_EXACT, 1u << HL_KIND_CONFUSABLE, 1u << HL_KIND_EDIT, 1u << HL_KIND_WILDCARD, 1u << HL_KIND_CANDIDATE },
};
static const struct word_set decision_words = {
	"decision",
	{ "verify", "alert" },
	{ 1u << HL_VERIFY, 1u << HL_ALERT },
};
static const struct word_set contradiction_words = {
	"contradiction",
	{ "state", "type", "make", "color", "any", "none" },
	{ 1u << HL_C_STATE, 1u << HL_C_TYPE, 1u << HL_C_MAKE, 1u << HL_C_COLOR, (1u << HL_CONTRADICTIONS) - 1, 1u << HL_CONTRADICTIONS },
};

static void word_fault(const struct hl_node *node, const struct word_set *set, const char *word, struct hl_conf_ctx *ctx)
{
	char all[128] = "";
	size_t at = 0;
	for (unsigned i = 0; set->word[i]; i++) {
		hl_copy(all + at, sizeof all - at, i ? ", " : "");
		at += strlen(all + at);
		hl_copy(all + at, sizeof all - at, set->word[i]);
		at += strlen(all + at);
	}
	if (!strcmp(set->what, "decision") && !strcmp(word, "drop"))
		hl_conf_fault(ctx, node, "what is dropped is told to nobody; expected %s", all);
	else
		hl_conf_fault(ctx, node, "unknown %s '%s'; expected %s", set->what, word, all);
}

static void words_read(const struct hl_node *node, const struct word_set *set, unsigned *bits, struct hl_conf_ctx *ctx)
{
	struct hl_strings words = { 0 };
	if (!hl_conf_strings(node, &words, ctx))
		return;
	if (!words.n)
		hl_conf_fault(ctx, node, "'%s' is empty: give at least one value", set->what);
	for (size_t i = 0; i < words.n; i++) {
		unsigned k = 0;
		while (set->word[k] && strcmp(set->word[k], words.v[i]))
			k++;
		if (set->word[k])
			*bits |= set->bits[k];
		else
			word_fault(node->kind == HL_NODE_SEQ ? &node->child[i] : node, set, words.v[i], ctx);
	}
	hl_strings_wipe(&words);
}

static void kinds_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	words_read(node, &kind_words, target, ctx);
}

static void decisions_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	words_read(node, &decision_words, target, ctx);
}

static void contradictions_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	words_read(node, &contradiction_words, target, ctx);
}

/* A plain decimal of n bytes: digits, at most one dot, nothing else. */
static bool decimal(const char *s, size_t n, double *out)
{
	char text[24];
	size_t dots = 0, digits = 0;
	if (!n || n >= sizeof text)
		return false;
	for (size_t i = 0; i < n; i++) {
		dots += s[i] == '.';
		digits += s[i] >= '0' && s[i] <= '9';
	}
	if (dots > 1 || !digits || dots + digits != n)
		return false;
	hl_copy_n(text, sizeof text, s, n);
	/* strtod would take a decimal comma in some locales. */
	double v = 0, scale = 1;
	bool after = false;
	for (const char *p = text; *p; p++) {
		after |= *p == '.';
		if (*p == '.')
			continue;
		v = v * 10 + (*p - '0');
		scale *= after ? 10 : 1;
	}
	*out = v / scale;
	return true;
}

/* "<=3", "<3", ">=3", ">3", "=3", "3", "2..4" (both ends belong to it). Bounds are what the value can be at all. */
static bool range_parse(const char *s, double low, double high, struct hl_range *r)
{
	static const char *const ops[] = { "<=", ">=", "<", ">", "=", "" };
	*r = (struct hl_range){ .low = low, .high = high };
	const char *dots = strstr(s, "..");
	if (dots)
		return decimal(s, (size_t)(dots - s), &r->low) && decimal(dots + 2, strlen(dots + 2), &r->high) && r->low <= r->high &&
		       r->low <= high && r->high >= low;
	unsigned op = 0;
	while (strncmp(s, ops[op], strlen(ops[op])))
		op++;
	double v;
	s += strlen(ops[op]);
	while (*s == ' ')
		s++;
	if (!decimal(s, strlen(s), &v) || v < low || v > high)
		return false;
	if (ops[op][0] != '<')
		r->low = v;
	if (ops[op][0] != '>')
		r->high = v;
	r->low_open = op == 3;
	r->high_open = op == 2;
	return r->low < r->high || (!r->low_open && !r->high_open);
}

static void ranges_read(const struct hl_node *node, struct hl_array *a, const char *what, double low, double high, struct hl_conf_ctx *ctx)
{
	struct hl_strings texts = { 0 };
	if (!hl_conf_strings(node, &texts, ctx))
		return;
	if (!texts.n || texts.n > RANGES_MAX)
		hl_conf_fault(ctx, node, "'%s' has %zu values; expected 1 to %d", what, texts.n, RANGES_MAX);
	size_t n = texts.n > RANGES_MAX ? 0 : texts.n;
	struct hl_range *v = hl_calloc(n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++)
		if (!range_parse(texts.v[i], low, high, &v[i]))
			hl_conf_fault(ctx, node->kind == HL_NODE_SEQ ? &node->child[i] : node,
				      "'%s' is no condition on %s; expected a number from %g to %g, or one with <, <=, >, >= before it, or \"LOW..HIGH\"",
				      texts.v[i], what, low, high);
	a->v = v;
	a->n = n;
	hl_strings_wipe(&texts);
}

static void priority_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	ranges_read(node, target, "priority", 1, 9, ctx);
}

static void probability_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	ranges_read(node, target, "probability", 0, 1, ctx);
}

static void confidence_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	ranges_read(node, target, "confidence", 0, 1, ctx);
}

static void at_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	struct hl_strings texts = { 0 };
	if (!hl_conf_strings(node, &texts, ctx))
		return;
	if (!texts.n || texts.n > HL_TIMES_MAX)
		hl_conf_fault(ctx, node, "'at' has %zu values; expected 1 to %d", texts.n, HL_TIMES_MAX);
	size_t n = texts.n > HL_TIMES_MAX ? 0 : texts.n;
	struct hl_times *v = hl_calloc(HL_TIMES_MAX * (n + 1), sizeof *v);
	a->v = v;
	for (size_t i = 0; i < n; i++) {
		const char *bad;
		size_t got = hl_times_parse(texts.v[i], v + a->n, HL_TIMES_MAX, &bad);
		if (!got)
			hl_conf_fault(ctx, node->kind == HL_NODE_SEQ ? &node->child[i] : node,
				      "'%s' is no time%s%s%s; expected days, hours or both: \"Mon-Fri 06:00-18:00\", \"Sat,Sun\", \"!Hol 22:00-06:00\"", texts.v[i],
				      *bad ? " from '" : "", bad, *bad ? "' on" : "");
		a->n += got;
	}
	hl_strings_wipe(&texts);
}

static void array_wipe(void *target)
{
	struct hl_array *a = target;
	free(a->v);
	*a = (struct hl_array){ 0 };
}

#define AT(member) offsetof(struct hl_when, member)

const struct hl_opt hl_when_options[] = {
	{ .name = "list", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(list), .help = "names of lists" },
	{ .name = "category", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(category), .help = "the entry's category; case does not matter" },
	{ .name = "agency", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(agency), .help = "the entry's agency; case does not matter" },
	{ .name = "priority", .type = HL_OPT_CUSTOM, .offset = AT(priority), .custom = priority_read, .wipe = array_wipe, .shape = HL_SHAPE_TEXTS,
	  .help = "1 (most urgent) to 9: \"<=3\", \"2..4\" or a number" },
	{ .name = "camera", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(camera), .help = "names of cameras" },
	{ .name = "site", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(site), .help = "names of sites, as the settings or the read give them" },
	{ .name = "kind", .type = HL_OPT_CUSTOM, .offset = AT(kinds), .custom = kinds_read,
	  .shape = "[{\"enum\":[\"exact\",\"confusable\",\"edit\",\"wildcard\",\"candidate\"]},{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[\"exact\",\"confusable\",\"edit\",\"wildcard\",\"candidate\"]}}]",
	 
	  .help = "exact, confusable, edit, wildcard, candidate" },
	{ .name = "decision", .type = HL_OPT_CUSTOM, .offset = AT(decisions), .custom = decisions_read,
	  .shape = "[{\"enum\":[\"alert\",\"verify\"]},{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[\"alert\",\"verify\"]}}]",
	  .help = "alert, verify" },
	{ .name = "probability", .type = HL_OPT_CUSTOM, .offset = AT(probability), .custom = probability_read, .wipe = array_wipe, .shape = HL_SHAPE_TEXTS,
	  .help = "the probability with all evidence, 0 to 1" },
	{ .name = "confidence", .type = HL_OPT_CUSTOM, .offset = AT(confidence), .custom = confidence_read, .wipe = array_wipe, .shape = HL_SHAPE_TEXTS,
	  .help = "the reader's own confidence, 0 to 1; a read without one fits no such condition" },
	{ .name = "contradiction", .type = HL_OPT_CUSTOM, .offset = AT(contradictions), .custom = contradictions_read,
	  .shape = "[{\"enum\":[\"state\",\"type\",\"make\",\"color\",\"any\",\"none\"]},{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[\"state\",\"type\",\"make\",\"color\",\"any\",\"none\"]}}]",
	 
	  .help = "state, type, make, color: any of those named; any; none" },
	{ .name = "zone", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(zone), .help = "names of zones of this file" },
	{ .name = "region", .type = HL_OPT_STRINGS, .min = 1, .max = VALUES_MAX, .offset = AT(region),
	  .help = "the plate's region as the reader gave it: us-ca, or us for all of its states; a read without one fits no such condition" },
	{ .name = "at", .type = HL_OPT_CUSTOM, .offset = AT(at), .custom = at_read, .wipe = array_wipe, .shape = HL_SHAPE_TEXTS,
	  .help = "by the read's time in the rules' timezone: \"Mon-Fri 06:00-18:00\", \"Sat,Sun\", \"!Hol 22:00-06:00\"; past midnight belongs to the day of its start" },
	{ .name = NULL },
};

void hl_when_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_when *w = target;
	w->line = node->line;
	w->column = node->column;
	hl_conf_fill(node, hl_when_options, w, ctx);
	const struct hl_node *zone = hl_node_get(node, "zone");
	w->zone_line = zone ? zone->line : node->line;
	w->zone_column = zone ? zone->column : node->column;
}

void hl_when_wipe(void *target)
{
	hl_conf_wipe(hl_when_options, target);
}

bool hl_when_empty(const struct hl_when *w)
{
	return !w->list.n && !w->category.n && !w->agency.n && !w->camera.n && !w->site.n && !w->kinds && !w->decisions && !w->contradictions &&
	       !w->zone.n && !w->region.n && !w->at.n && !w->priority.n && !w->probability.n && !w->confidence.n;
}

static bool in_strings(const struct hl_strings *s, const char *value, bool any_case)
{
	value = value ? value : "";
	for (size_t i = 0; i < s->n; i++)
		if (any_case ? hl_text_same(s->v[i], value) : !strcmp(s->v[i], value))
			return true;
	return !s->n;
}

bool hl_ranges_have(const struct hl_array *a, double value)
{
	const struct hl_range *r = a->v;
	for (size_t i = 0; i < a->n; i++)
		if ((r[i].low_open ? value > r[i].low : value >= r[i].low) && (r[i].high_open ? value < r[i].high : value <= r[i].high))
			return true;
	return !a->n;
}

static const struct hl_zone *zone_find(const struct hl_rules *r, const char *name)
{
	const struct hl_zone *z = r->zones.v;
	for (size_t i = 0; i < r->zones.n; i++)
		if (z[i].name && !strcmp(z[i].name, name)) /* while loading, one whose key is no name has none */
			return &z[i];
	return NULL;
}

static bool in_zones(const struct hl_rules *r, const struct hl_strings *names, const struct hl_case *c)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct hl_zone *z = zone_find(r, names->v[i]);
		if (z && hl_zone_has(z, c->camera, c->has_position ? &c->position : NULL))
			return true;
	}
	return !names->n;
}

/* "us" is every region that begins with "us-". */
static bool in_regions(const struct hl_strings *regions, const char *region)
{
	region = region ? region : "";
	size_t country = strcspn(region, "-");
	for (size_t i = 0; i < regions->n; i++)
		if (*region && (hl_text_same(regions->v[i], region) ||
				(strlen(regions->v[i]) == country && strncasecmp(regions->v[i], region, country) == 0)))
			return true;
	return !regions->n;
}

static bool in_times(const struct hl_rules *r, const struct hl_array *at, int64_t time_ms)
{
	struct hl_local now;
	if (!at->n)
		return true;
	if (time_ms == HL_NO_TIME)
		return false;
	hl_tz_local(r->tz, time_ms, &now);
	for (size_t i = 0; i < at->n; i++)
		if (hl_times_fit(&((const struct hl_times *)at->v)[i], &r->holidays, &now))
			return true;
	return false;
}

void hl_when_check_zones(const struct hl_rules *r, const struct hl_when *w, const char *file, struct hl_conf_ctx *ctx)
{
	const struct hl_zone *z = r->zones.v;
	const char **names = hl_calloc(r->zones.n + 1, sizeof *names);
	for (size_t i = 0, n = 0; i < r->zones.n; i++)
		if (z[i].name)
			names[n++] = z[i].name;
	for (size_t i = 0; i < w->zone.n; i++) {
		const char *near = zone_find(r, w->zone.v[i]) ? NULL : hl_text_nearest(w->zone.v[i], names);
		if (near)
			hl_faults_add(ctx->faults, file ? file : ctx->file, w->zone_line, w->zone_column, "unknown zone '%s' (did you mean '%s'?)", w->zone.v[i], near);
		else if (!zone_find(r, w->zone.v[i]))
			hl_faults_add(ctx->faults, file ? file : ctx->file, w->zone_line, w->zone_column, "unknown zone '%s'; expected a name under 'zones'", w->zone.v[i]);
	}
	free(names);
}

static const char *entry_misses(const struct hl_when *w, const struct hl_case *c)
{
	if (!in_strings(&w->list, c->list, false))
		return "list";
	if (!in_strings(&w->category, c->category, true))
		return "category";
	if (!in_strings(&w->agency, c->agency, true))
		return "agency";
	return hl_ranges_have(&w->priority, c->priority) ? NULL : "priority";
}

static const char *match_misses(const struct hl_when *w, const struct hl_case *c)
{
	unsigned contradictions = c->contradictions ? c->contradictions : 1u << HL_CONTRADICTIONS;
	if (w->kinds && !(w->kinds >> c->kind & 1))
		return "kind";
	if (w->decisions && !(w->decisions >> c->decision & 1))
		return "decision";
	if (!hl_ranges_have(&w->probability, c->probability))
		return "probability";
	if (!hl_ranges_have(&w->confidence, c->confidence))
		return "confidence";
	return !w->contradictions || (w->contradictions & contradictions) ? NULL : "contradiction";
}

const char *hl_when_misses(const struct hl_rules *r, const struct hl_when *w, const struct hl_case *c)
{
	const char *missed = entry_misses(w, c);
	if (missed)
		return missed;
	if (!in_strings(&w->camera, c->camera, false))
		return "camera";
	if (!in_strings(&w->site, c->site, false))
		return "site";
	if (!in_zones(r, &w->zone, c))
		return "zone";
	if (!in_regions(&w->region, c->region))
		return "region";
	missed = match_misses(w, c);
	if (missed)
		return missed;
	return in_times(r, &w->at, c->time_ms) ? NULL : "at";
}

bool hl_when_fits(const struct hl_rules *r, const struct hl_when *w, const struct hl_case *c)
{
	return !hl_when_misses(r, w, c);
}
