/* settings_lists.c: the registries: `cameras` (site, position) and `lists` (agency, layout, policy, and what is filled in where a feed lacks it). Pure; any
 * thread.
 */
#include "base/clock.h"
#include "base/data.h"
#include "base/text.h"
#include "core/read.h"
#include "engine/settings_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTS_MAX = 256 };

#define CAMERA(member) offsetof(struct hl_camera, member)
#define LIST(member) offsetof(struct hl_list_settings, member)

const struct hl_opt hl_camera_options[] = {
	{ .name = "site", .type = HL_OPT_STRING, .offset = CAMERA(site), .max = 127, .def = "", .help = "the place, as people call it" },
	{ .name = "lat", .type = HL_OPT_NUMBER, .offset = CAMERA(lat), .min = -90000000, .max = 90000000, .help = "latitude, degrees" },
	{ .name = "lon", .type = HL_OPT_NUMBER, .offset = CAMERA(lon), .min = -180000000, .max = 180000000, .help = "longitude, degrees" },
	{ .name = "mobile", .type = HL_OPT_BOOL, .offset = CAMERA(mobile), .def = "false", .help = "the camera moves; no effect yet" },
	{ .name = "channel", .type = HL_OPT_NAME, .offset = CAMERA(channel), .help = "the reader's channel, rules/channels/NAME.yaml; default by what its reads look like" },
	{ 0 },
};

static void read_fill(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
static void wipe_fill(void *target);
static void read_require(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);

static void wipe_strings(void *target)
{
	hl_strings_wipe(target);
}

const struct hl_opt hl_list_options[] = {
	{ .name = "agency", .type = HL_OPT_STRING, .offset = LIST(agency), .max = 64, .def = "", .help = "who owns the list" },
	{ .name = "layout", .type = HL_OPT_NAME, .offset = LIST(layout), .def = "csv", .help = "the shape of its files" },
	{ .name = "feed", .type = HL_OPT_BOOL, .offset = LIST(feed), .def = "false", .help = "it comes from a system, whole, again and again" },
	{ .name = "max_age", .type = HL_OPT_DURATION, .offset = LIST(max_age_ms), .min = 1000, .max = INT64_C(315360000000),
	  .help = "a file older than this is held at import, and an active version is reported as stale by `status`" },
	{ .name = "categories", .type = HL_OPT_STRINGS, .offset = LIST(categories), .max = 64, .help = "the only categories it may hold; none given: any" },
	{ .name = "require", .type = HL_OPT_CUSTOM, .offset = LIST(require), .custom = read_require, .wipe = wipe_strings, .shape = HL_SHAPE_TEXTS,
	  .help = "the fields that each entry must have" },
	{ .name = "fill", .type = HL_OPT_CUSTOM, .offset = LIST(fill), .custom = read_fill, .wipe = wipe_fill,
	  .shape = "[{\"type\":\"object\"}]",
	  .help = "values for fields that the file leaves empty" },
	{ .name = "covert", .type = HL_OPT_BOOL, .offset = LIST(covert), .def = "false",
	  .help = "told only to its own routes; absent from what officers are shown, and from other notices" },
	{ .name = "approvals", .type = HL_OPT_INT, .offset = LIST(approvals), .min = 0, .max = 3, .def = "0",
	  .help = "how many people other than the uploader must approve each version" },
	{ .name = "max_entries", .type = HL_OPT_INT, .offset = LIST(max_entries), .min = 1, .max = 20000000,
	  .help = "more entries in an upload must be approved; default 2500, for a feed any number" },
	{ .name = "max_entries_a_day", .type = HL_OPT_INT, .offset = LIST(max_entries_day), .min = 1, .max = INT64_C(1000000000),
	  .help = "more entries in the uploads of 24 hours must be approved; default four times max_entries, for a feed any number" },
	{ .name = "shrink", .type = HL_OPT_INT, .offset = LIST(shrink), .min = 0, .max = 100, .def = "20",
	  .help = "an upload with fewer entries than the active version by more than this, percent, must be approved; 100: any is taken" },
	{ .name = "growth", .type = HL_OPT_INT, .offset = LIST(growth), .min = 0, .max = 1000000, .def = "50",
	  .help = "an upload with more entries than the active version by more than this, percent, must be approved" },
	{ .name = "longest", .type = HL_OPT_CUSTOM, .offset = LIST(longest), .custom = hl_settings_read_longest, .wipe = hl_settings_wipe_longest,
	  .shape = "[{\"type\":\"string\"},{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}]",
	  .help = "the longest time from the import to an entry's expiry: a duration, or one for each category" },
	{ .name = "bad_lines", .type = HL_OPT_INT, .offset = LIST(bad_lines), .min = 0, .max = 20000000, .def = "0",
	  .help = "how many rejected lines an import may have and still activate its version by itself" },
	{ .name = "max_false_a_day", .type = HL_OPT_NUMBER, .offset = LIST(max_false_a_day), .min = 1000, .max = INT64_C(1000000000000),
	  .help = "more false alerts a day than this to be expected of a file are a warning; default: any" },
	{ .name = "accept_plates", .type = HL_OPT_STRINGS, .offset = LIST(accept_plates), .max = 256,
	  .help = "plates that are taken although they look like none (NULL, 111111)" },
	{ .name = "keep", .type = HL_OPT_INT, .offset = LIST(keep), .min = 2, .max = 100000, .def = "30", .help = "how many versions are kept" },
	{ .name = "public_key_file", .type = HL_OPT_CUSTOM, .offset = LIST(public_key_file), .custom = hl_settings_read_key_file,
	  .wipe = hl_settings_wipe_key_file, .help = "the agency's Ed25519 key, by which each upload must be signed" },
	{ 0 },
};

/* The number of the field named so, or -1 with a fault at the place given. */
static int find_field(const char *name, unsigned line, unsigned column, struct hl_conf_ctx *ctx)
{
	const char *words[HL_FIELDS_KEPT + 1];
	char known[256] = "";
	size_t n = 0;
	int field = hl_field_find(name);
	if (field >= 0)
		return field;
	for (int i = 0; i < HL_FIELDS_KEPT; i++) {
		words[i] = hl_fields[i].name;
		if (n < sizeof known)
			n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", words[i]);
	}
	words[HL_FIELDS_KEPT] = NULL;
	const char *near = hl_text_nearest(name, words);
	if (near)
		hl_faults_add(ctx->faults, ctx->file, line, column, "unknown field '%.40s' (did you mean '%s'?)", name, near);
	else
		hl_faults_add(ctx->faults, ctx->file, line, column, "unknown field '%.40s': expected %s", name, known);
	return -1;
}

static void read_require(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_strings *v = target;
	if (!hl_conf_strings(node, v, ctx))
		return;
	for (size_t i = 0; i < v->n; i++) {
		const struct hl_node *at = node->kind == HL_NODE_SEQ ? &node->child[i] : node;
		find_field(v->v[i], at->line, at->column, ctx);
	}
}

static bool is_date(const char *s)
{
	int64_t ms;
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || strspn(s, "0123456789-") != 10)
		return false;
	return hl_time_from_date((int)strtol(s, NULL, 10), (int)strtol(s + 5, NULL, 10), (int)strtol(s + 8, NULL, 10), &ms);
}

/* True for a moment that an import can work out: a duration from now, a day, or a time. */
static bool is_when(const char *s)
{
	int64_t ms;
	return hl_duration_parse(s + (*s == '+'), &ms) || is_date(s) || hl_time_parse(s, strlen(s), &ms);
}

static bool is_time(int field)
{
	return field == HL_F_STARTS || field == HL_F_EXPIRES;
}

/* "from-category": another field's value. "from-nic" is how NCIC users say from-record. */
static const char *check_from(const struct hl_node *item, int field, struct hl_conf_ctx *ctx)
{
	const char *name = item->text + strlen("from-");
	if (strcmp(name, "nic") == 0)
		name = "record";
	int from = find_field(name, item->line, item->column, ctx);
	if (from < 0)
		return NULL;
	if (from == field) {
		hl_conf_fault(ctx, item, "'%s' can't be filled from itself", item->key);
		return NULL;
	}
	if (is_time(from) != is_time(field)) {
		hl_conf_fault(ctx, item, "'%s' can't be filled from '%s': one is a time, the other a text", item->key, name);
		return NULL;
	}
	return strcmp(item->text, "from-nic") == 0 ? "from-record" : item->text;
}

/* The value to keep, or NULL with a fault. */
static const char *check_value(const struct hl_node *item, int field, struct hl_conf_ctx *ctx)
{
	if (item->kind != HL_NODE_SCALAR || (!item->quoted && (!strcmp(item->text, "~") || !strcmp(item->text, "null"))) || !item->text[0]) {
		hl_conf_fault(ctx, item, "'%s' has no value: expected a text", item->key);
		return NULL;
	}
	if (strncmp(item->text, "from-", 5) == 0)
		return check_from(item, field, ctx);
	for (const unsigned char *p = (const unsigned char *)item->text; *p; p++)
		if (*p < 0x20 || *p == 0x7f) {
			hl_conf_fault(ctx, item, "'%s' holds a control character", item->key);
			return NULL;
		}
	if (is_time(field) && !is_when(item->text))
		hl_conf_fault(ctx, item, "'%s' is '%.60s': expected a duration from now (36h), a date (2027-01-31) or a time", item->key, item->text);
	else if (field == HL_F_PRIORITY && (strlen(item->text) != 1 || item->text[0] < '1' || item->text[0] > '9'))
		hl_conf_fault(ctx, item, "'priority' is '%.60s': expected 1 to 9", item->text);
	else if (strlen(item->text) > hl_fields[field].max)
		hl_conf_fault(ctx, item, "'%s' has %zu bytes: expected at most %zu", item->key, strlen(item->text), hl_fields[field].max);
	else
		return item->text;
	return NULL;
}

static void read_fill(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	if (node->kind != HL_NODE_MAP) {
		hl_conf_fault(ctx, node, "'fill': expected a mapping of fields to values");
		return;
	}
	struct hl_layout_fill *v = hl_calloc(node->n, sizeof *v);
	a->v = v;
	for (size_t i = 0; i < node->n; i++) {
		const struct hl_node *item = &node->child[i];
		int field = find_field(item->key, item->key_line, item->key_column, ctx);
		if (field == HL_F_PLATE)
			hl_conf_fault_key(ctx, item, "'plate' can't be filled in: an entry without a plate is no entry");
		const char *value = field > HL_F_PLATE ? check_value(item, field, ctx) : NULL;
		if (value)
			v[a->n++] = (struct hl_layout_fill){ .field = (enum hl_field)field, .value = hl_strdup(value) };
	}
}

static void wipe_fill(void *target)
{
	struct hl_array *a = target;
	struct hl_layout_fill *v = a->v;
	for (size_t i = 0; i < a->n; i++)
		free((char *)(uintptr_t)v[i].value);
	free(v);
	*a = (struct hl_array){ 0 };
}

void hl_settings_check_cameras(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *map = hl_node_get(root, "cameras");
	struct hl_camera *v = s->cameras.v;
	for (size_t i = 0; map && i < s->cameras.n; i++) {
		const struct hl_node *node = &map->child[i];
		bool lat = hl_node_has(node, "lat"), lon = hl_node_has(node, "lon");
		if (lat != lon)
			hl_conf_fault(ctx, node, "camera '%.64s' has '%s' without '%s'", node->key, lat ? "lat" : "lon", lat ? "lon" : "lat");
		v[i].has_position = lat && lon;
		if (v[i].name && strlen(v[i].name) >= HL_READ_NAME)
			hl_conf_fault_key(ctx, node, "the name of camera '%s' has %zu bytes: expected at most %d", v[i].name, strlen(v[i].name), HL_READ_NAME - 1);
	}
}

static bool has_layout(const char *dir, const char *name)
{
	struct hl_buf path = HL_BUF(2 * HL_PATH_MAX);
	hl_buf_printf(&path, "%s/%s.yaml", dir, name);
	bool found = !path.full && access(hl_buf_text(&path), F_OK) == 0;
	hl_buf_fini(&path);
	return found;
}

/* Only a warning: an import needs the layout, the daemon does not, and it must not stay down for the lack of one. */
void hl_settings_check_layout(const struct hl_settings *s, const char *layout, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	char installed[HL_PATH_MAX];
	bool some = hl_data_find(installed, sizeof installed, "hotlists/layouts");
	bool found = !layout || (!some && !s->layout_dirs.n) || (some && has_layout(installed, layout));
	for (size_t i = 0; i < s->layout_dirs.n && !found; i++)
		found = has_layout(s->layout_dirs.v[i], layout);
	if (!found)
		hl_conf_warn(ctx, node, "there is no layout '%s' (%s.yaml) among the installed ones or in 'layouts'", layout, layout);
}

void hl_settings_check_lists(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *map = hl_node_get(root, "lists");
	const struct hl_list_settings *v = s->lists.v;
	if (s->lists.n > LISTS_MAX) {
		hl_conf_fault(ctx, map, "'lists' has %zu of them: expected at most %d", s->lists.n, LISTS_MAX);
		return;
	}
	for (size_t i = 0; map && i < s->lists.n; i++)
		hl_settings_check_layout(s, v[i].layout, hl_node_has(&map->child[i], "layout") ? hl_node_get(&map->child[i], "layout") : &map->child[i], ctx);
	for (size_t i = 0; map && i < s->lists.n; i++)
		for (size_t k = 0; k < i; k++)
			if (v[i].name && v[k].name && hl_text_same(v[i].name, v[k].name) && strcmp(v[i].name, v[k].name) != 0)
				hl_conf_fault_key(ctx, &map->child[i], "the lists '%s' and '%s' differ in case only", v[k].name, v[i].name);
}
