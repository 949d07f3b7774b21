/* conf_fill.c: a mapping node -> a struct, by a table of options; also the defaults, the freeing, and the manual-page text of the same table. All faults of a
 * file are collected: a member with a fault keeps its default and the rest is read on. Pure; any thread.
 */
#include "base/conf.h"
#include "base/conf_impl.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64, NAME_BYTES = 64 };

static void read_option(const struct hl_node *node, const struct hl_opt *opt, void *target, struct hl_conf_ctx *ctx);
static void fill_members(const struct hl_node *node, const struct hl_opt *table, void *target, struct hl_conf_ctx *ctx);

static void set_string(char **field, const char *text)
{
	free(*field);
	*field = hl_strdup(text);
}

static void read_string(const struct hl_node *node, const struct hl_opt *opt, char **field, struct hl_conf_ctx *ctx)
{
	if (hl_conf_text(node, (size_t)opt->min, opt->max > 0 ? (size_t)opt->max : HL_CONF_STRING, ctx))
		set_string(field, node->text);
}

static void read_name(const struct hl_node *node, char **field, struct hl_conf_ctx *ctx)
{
	if (node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node) && hl_text_is_name(node->text, strlen(node->text), NAME_BYTES))
		set_string(field, node->text);
	else
		hl_conf_wrong(ctx, node, "a name of 1 to 64 characters A-Z a-z 0-9 _ . - that begins with a letter or digit");
}

static void read_bool(const struct hl_node *node, bool *field, struct hl_conf_ctx *ctx)
{
	bool scalar = node->kind == HL_NODE_SCALAR;
	if (scalar && strcmp(node->text, "true") == 0)
		*field = true;
	else if (scalar && strcmp(node->text, "false") == 0)
		*field = false;
	else
		hl_conf_wrong(ctx, node, "true or false");
}

static void join_words(char *dst, size_t size, const char *const *words)
{
	size_t n = 0;
	dst[0] = 0;
	for (size_t i = 0; words[i] && n < size; i++)
		n += (size_t)snprintf(dst + n, size - n, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static void read_enum(const struct hl_node *node, const struct hl_opt *opt, int *field, struct hl_conf_ctx *ctx)
{
	char text[256];
	for (int i = 0; node->kind == HL_NODE_SCALAR && opt->words[i]; i++)
		if (strcmp(node->text, opt->words[i]) == 0) {
			*field = i;
			return;
		}
	join_words(text, sizeof text, opt->words);
	hl_conf_wrong(ctx, node, text);
}

static void read_strings(const struct hl_node *node, const struct hl_opt *opt, struct hl_strings *field, struct hl_conf_ctx *ctx)
{
	struct hl_strings v = { 0 };
	char text[64];
	if (!hl_conf_strings(node, &v, ctx))
		return;
	bool few = (int64_t)v.n < opt->min, many = opt->max > 0 && (int64_t)v.n > opt->max;
	if (few || many) {
		snprintf(text, sizeof text, "'%.40s'", node->key ? node->key : opt->name);
		hl_conf_fault(ctx, node, "%s has %zu values: expected at %s %lld", text, v.n, few ? "least" : "most", (long long)(few ? opt->min : opt->max));
		hl_strings_wipe(&v);
		return;
	}
	hl_strings_wipe(field);
	*field = v;
}

static void wipe_array(const struct hl_opt *opt, struct hl_array *a)
{
	for (size_t i = 0; i < a->n; i++) {
		char *item = (char *)a->v + i * opt->sub_size;
		hl_conf_wipe(opt->sub, item);
		if (opt->type == HL_OPT_MAP)
			set_string((char **)(void *)item, NULL);
	}
	free(a->v);
	*a = (struct hl_array){ 0 };
}

/* The key of a map's member is a NAME, or any one line of at most opt->max bytes where that is given. */
static bool check_key(const struct hl_node *item, const struct hl_opt *opt, struct hl_conf_ctx *ctx)
{
	struct hl_node key = { .kind = HL_NODE_SCALAR, .line = item->key_line, .column = item->key_column, .text = item->key, .quoted = true };
	if (opt->max > 0)
		return hl_conf_text(&key, 1, (size_t)opt->max, ctx);
	if (hl_text_is_name(item->key, strlen(item->key), NAME_BYTES))
		return true;
	hl_conf_fault_key(ctx, item, "'%.80s' is not a name: expected 1 to 64 characters A-Z a-z 0-9 _ . - that begin with a letter or digit", item->key);
	return false;
}

static void read_array(const struct hl_node *node, const struct hl_opt *opt, struct hl_array *a, struct hl_conf_ctx *ctx)
{
	bool map = opt->type == HL_OPT_MAP;
	if (node->kind != (map ? HL_NODE_MAP : HL_NODE_SEQ)) {
		hl_conf_wrong(ctx, node, map ? "a mapping of names" : "a list of mappings");
		return;
	}
	wipe_array(opt, a);
	a->v = hl_calloc(node->n, opt->sub_size);
	for (size_t i = 0; i < node->n; i++) {
		const struct hl_node *item = &node->child[i];
		char *target = (char *)a->v + i * opt->sub_size;
		a->n++;
		if (map && check_key(item, opt, ctx))
			set_string((char **)(void *)target, item->key);
		hl_conf_defaults(opt->sub, target);
		fill_members(item, opt->sub, target, ctx);
	}
}

static void read_custom(const struct hl_node *node, const struct hl_opt *opt, void *field, struct hl_conf_ctx *ctx)
{
	if (hl_conf_is_null(node)) {
		hl_conf_wrong(ctx, node, opt->help ? opt->help : "a value");
		return;
	}
	if (opt->wipe)
		opt->wipe(field);
	opt->custom(node, field, ctx);
}

static void read_number(const struct hl_node *node, const struct hl_opt *opt, double *field, struct hl_conf_ctx *ctx)
{
	hl_conf_number(node, (double)opt->min / 1e6, (double)opt->max / 1e6, field, ctx);
}

static void read_option(const struct hl_node *node, const struct hl_opt *opt, void *target, struct hl_conf_ctx *ctx)
{
	void *field = (char *)target + opt->offset;
	switch (opt->type) {
	case HL_OPT_STRING: read_string(node, opt, field, ctx); break;
	case HL_OPT_NAME: read_name(node, field, ctx); break;
	case HL_OPT_INT: hl_conf_int(node, opt->min, opt->max, field, ctx); break;
	case HL_OPT_BOOL: read_bool(node, field, ctx); break;
	case HL_OPT_COST: hl_conf_cost(node, opt->min, opt->max, field, ctx); break;
	case HL_OPT_NUMBER: read_number(node, opt, field, ctx); break;
	case HL_OPT_DURATION: hl_conf_duration(node, opt->min, opt->max, field, ctx); break;
	case HL_OPT_SIZE: hl_conf_size(node, opt->min, opt->max, field, ctx); break;
	case HL_OPT_ENUM: read_enum(node, opt, field, ctx); break;
	case HL_OPT_STRINGS: read_strings(node, opt, field, ctx); break;
	case HL_OPT_SECTION: fill_members(node, opt->sub, field, ctx); break;
	case HL_OPT_LIST:
	case HL_OPT_MAP: read_array(node, opt, field, ctx); break;
	case HL_OPT_CUSTOM: read_custom(node, opt, field, ctx); break;
	case HL_OPT_LATER: hl_conf_fault_key(ctx, node, "'%s' is not supported yet", opt->name); break;
	}
}

static const struct hl_opt *find_option(const struct hl_opt *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* The section of table that has a key so named, or NULL. */
static const char *section_with(const struct hl_opt *table, const char *key)
{
	for (; table->name; table++)
		if (table->type == HL_OPT_SECTION && find_option(table->sub, key))
			return table->name;
	return NULL;
}

static void unknown_key(const struct hl_node *item, const struct hl_opt *table, struct hl_conf_ctx *ctx)
{
	const char *known[OPTIONS_MAX + 1], *all[OPTIONS_MAX + 1];
	size_t n = 0, n_all = 0;
	char text[256], key[HL_CONF_EXCERPT];
	const char *section = section_with(table, item->key);
	for (; table->name && n_all < OPTIONS_MAX; table++) {
		all[n_all++] = table->name;
		if (table->type != HL_OPT_LATER)
			known[n++] = table->name;
	}
	known[n] = all[n_all] = NULL;
	if (!hl_copy(key, sizeof key, item->key))
		memcpy(key + sizeof key - 4, "...", 4);
	const char *near = hl_text_nearest(item->key, all);
	join_words(text, sizeof text, known);
	if (section)
		hl_conf_fault_key(ctx, item, "unknown key '%s': it belongs in '%s'", key, section);
	else if (near)
		hl_conf_fault_key(ctx, item, "unknown key '%s' (did you mean '%s'?)", key, near);
	else if (hl_conf_is_null(item))
		hl_conf_fault_key(ctx, item, "unknown key '%s', without a value: text that contains ',' needs quotes; else expected %s", key, text);
	else
		hl_conf_fault_key(ctx, item, "unknown key '%s': expected %s", key, text);
}

static void missing_keys(const struct hl_node *node, const struct hl_opt *table, struct hl_conf_ctx *ctx)
{
	for (; table->name; table++) {
		if (!table->required || hl_node_has(node, table->name))
			continue;
		if (node->key)
			hl_conf_fault(ctx, node, "required key '%s' is missing in '%.80s'", table->name, node->key);
		else
			hl_conf_fault(ctx, node, "required key '%s' is missing", table->name);
	}
}

/* Once for all places: many routes may have the key. */
static void warn_not_yet(const struct hl_node *item, const struct hl_opt *opt, struct hl_conf_ctx *ctx)
{
	char text[256];
	snprintf(text, sizeof text, "not in force yet: '%s': %s", opt->name, opt->not_yet);
	for (size_t i = 0; i < ctx->faults->n; i++)
		if (!strcmp(ctx->faults->v[i].text, text))
			return;
	hl_faults_warn(ctx->faults, item->file ? item->file : ctx->file, item->key_line, item->key_column, "%s", text);
}

/* Defaults stand in target already. */
static void fill_members(const struct hl_node *node, const struct hl_opt *table, void *target, struct hl_conf_ctx *ctx)
{
	if (node->kind != HL_NODE_MAP) {
		hl_conf_wrong(ctx, node, "a mapping of keys");
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		const struct hl_node *item = &node->child[i];
		const struct hl_opt *opt = find_option(table, item->key);
		if (opt && opt->not_yet)
			warn_not_yet(item, opt, ctx);
		if (opt)
			read_option(item, opt, target, ctx);
		else
			unknown_key(item, table, ctx);
	}
	missing_keys(node, table, ctx);
}

enum hl_code hl_conf_fill(const struct hl_node *node, const struct hl_opt *table, void *target, struct hl_conf_ctx *ctx)
{
	size_t errors = ctx->faults->errors;
	hl_conf_defaults(table, target);
	fill_members(node, table, target, ctx);
	return ctx->faults->errors > errors ? HL_E_CONFIG : HL_OK;
}

/* The default is YAML like the file's; a table whose default has a fault is our own mistake, found by the test of each table. */
static void read_default(const struct hl_opt *opt, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_conf *conf;
	if (hl_conf_parse(&conf, "default", opt->def, strlen(opt->def), ctx->faults) != HL_OK)
		return;
	struct hl_node node = *hl_conf_root(conf);
	node.key = opt->name;
	if (!opt->def[0]) /* an empty text, not "no value" */
		node = (struct hl_node){ .kind = HL_NODE_SCALAR, .quoted = true, .text = "", .key = opt->name };
	read_option(&node, opt, target, ctx);
	hl_conf_free(&conf);
}

size_t hl_conf_default_faults(const struct hl_opt *table, void *target, struct hl_faults *faults)
{
	struct hl_conf_ctx ctx = { .file = "default", .faults = faults };
	for (const struct hl_opt *opt = table; opt->name; opt++) {
		if (opt->type == HL_OPT_SECTION)
			hl_conf_default_faults(opt->sub, (char *)target + opt->offset, faults);
		if (opt->def && opt->type != HL_OPT_LATER)
			read_default(opt, target, &ctx);
	}
	return faults->errors;
}

void hl_conf_defaults(const struct hl_opt *table, void *target)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	hl_conf_default_faults(table, target, faults);
	free(faults);
}

void hl_conf_wipe(const struct hl_opt *table, void *target)
{
	for (; table->name; table++) {
		void *field = (char *)target + table->offset;
		switch (table->type) {
		case HL_OPT_STRING:
		case HL_OPT_NAME: set_string(field, NULL); break;
		case HL_OPT_INT:
		case HL_OPT_DURATION:
		case HL_OPT_SIZE: *(int64_t *)field = 0; break;
		case HL_OPT_BOOL: *(bool *)field = false; break;
		case HL_OPT_COST:
		case HL_OPT_ENUM: *(int *)field = 0; break;
		case HL_OPT_NUMBER: *(double *)field = 0; break;
		case HL_OPT_STRINGS: hl_strings_wipe(field); break;
		case HL_OPT_SECTION: hl_conf_wipe(table->sub, field); break;
		case HL_OPT_LIST:
		case HL_OPT_MAP: wipe_array(table, field); break;
		case HL_OPT_CUSTOM:
			if (table->wipe)
				table->wipe(field);
			break;
		case HL_OPT_LATER: break;
		}
	}
}

const struct hl_node *hl_node_get(const struct hl_node *map, const char *key)
{
	if (map->kind != HL_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->child[i].key, key) == 0)
			return &map->child[i];
	return NULL;
}

bool hl_node_has(const struct hl_node *map, const char *key)
{
	return hl_node_get(map, key) != NULL;
}
