/* rule_confusion.c: the confusion table of a rules file: a base table by name, then the file's own pairs over it. A table file holds the same `pairs`.
 * Reads files (at start and reload only: main or a command); everything else here is pure.
 */
#include "base/data.h"
#include "base/file.h"
#include "base/text.h"
#include "core/rule_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COST_LEAST = 10, COST_MOST = 90, PAIRS_MAX = 4 * HL_SYMBOLS * HL_SYMBOLS };

struct pair {
	char *chars, *listed, *read;
	int cost;
};

static const struct hl_opt pair_options[] = {
	{ .name = "chars", .type = HL_OPT_STRING, .offset = offsetof(struct pair, chars), .max = 64,
	  .help = "two symbols, confused both ways" },
	{ .name = "listed", .type = HL_OPT_STRING, .offset = offsetof(struct pair, listed), .max = 64,
	  .help = "one way: the symbol of the list" },
	{ .name = "read", .type = HL_OPT_STRING, .offset = offsetof(struct pair, read), .max = 64,
	  .help = "one way: what it is read as" },
	{ .name = "cost", .type = HL_OPT_COST, .offset = offsetof(struct pair, cost), .required = true, .min = COST_LEAST, .max = COST_MOST,
	  .help = "what reading the one as the other costs, in hard edits" },
	{ .name = NULL },
};

static void base_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_confusions_section *s = target;
	if (node->kind != HL_NODE_SCALAR || !hl_text_is_name(node->text, strlen(node->text), 64)) {
		hl_conf_fault(ctx, node, "'base' is no name of a confusion table; expected such a name, or none");
		return;
	}
	s->base_node = node;
}

/* The pairs are read when the base is in place; see hl_confusions_apply. */
static void pairs_keep(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	(void)ctx;
	((struct hl_confusions_section *)target)->pairs = node;
}

const struct hl_opt hl_confusions_options[] = {
	{ .name = "base", .type = HL_OPT_CUSTOM, .custom = base_read, .help = "a table under rules/confusions/, or none (the default)" },
	{ .name = "pairs", .type = HL_OPT_CUSTOM, .sub = pair_options, .custom = pairs_keep, .shape = HL_SHAPE_LIST,
	  .help = "pairs over the base: {chars: \"37\", cost: 0.4} both ways, {listed: \"7\", read: \"1\", cost: 0.6} one way" },
	{ .name = NULL },
};

/* The root of a file under rules/confusions/. */
struct table_file {
	int64_t version;
	char *source;
	struct hl_confusions_section pairs;
};

static const struct hl_opt table_options[] = {
	{ .name = "version", .type = HL_OPT_INT, .offset = offsetof(struct table_file, version), .def = "1", .min = 1, .max = 1,
	  .help = "the form of this file" },
	{ .name = "source", .type = HL_OPT_STRING, .offset = offsetof(struct table_file, source), .max = 4096,
	  .help = "where the figures come from" },
	{ .name = "pairs", .type = HL_OPT_CUSTOM, .offset = offsetof(struct table_file, pairs), .sub = pair_options, .custom = pairs_keep,
	  .required = true, .help = "as in a rules file" },
	{ .name = NULL },
};

/* The code of the one symbol of a text, or -1 with a fault. */
static int symbol(const struct hl_node *pair, const char *key, const char *text, struct hl_conf_ctx *ctx)
{
	int code = strlen(text) == 1 ? hl_sym_code(text[0]) : -1;
	if (code < 0)
		hl_conf_fault(ctx, hl_node_get(pair, key), "'%s' is '%s'; expected one symbol of 0-9 A-Z", key, text);
	return code;
}

/* The two codes of a pair; false with a fault. */
static bool pair_symbols(const struct hl_node *node, const struct pair *p, int *a, int *b, struct hl_conf_ctx *ctx)
{
	if (p->chars ? (p->listed || p->read) : (!p->listed || !p->read)) {
		hl_conf_fault(ctx, node, "a pair has either 'chars' (both ways) or 'listed' and 'read' (one way)");
		return false;
	}
	if (p->chars) {
		const struct hl_node *chars = hl_node_get(node, "chars");
		*a = strlen(p->chars) == 2 ? hl_sym_code(p->chars[0]) : -1;
		*b = *a >= 0 ? hl_sym_code(p->chars[1]) : -1;
		if (*b < 0)
			hl_conf_fault(ctx, chars, "'chars' is '%s'; expected two symbols of 0-9 A-Z", p->chars);
		else if (*a == *b)
			hl_conf_fault(ctx, chars, "'chars' is '%s': a symbol can't be confused with itself", p->chars);
		return *b >= 0 && *a != *b;
	}
	*a = symbol(node, "listed", p->listed, ctx);
	*b = symbol(node, "read", p->read, ctx);
	if (*a >= 0 && *a == *b)
		hl_conf_fault(ctx, node, "'listed' and 'read' are both '%s': a symbol can't be confused with itself", p->read);
	return *a >= 0 && *b >= 0 && *a != *b;
}

/* Sets one direction; a second cost for the same direction in one list is surely a slip. */
static void pair_set(struct hl_confusion *t, uint16_t seen[HL_SYMBOLS][HL_SYMBOLS], int a, int b, const struct hl_node *node, int cost,
		     struct hl_conf_ctx *ctx)
{
	if (seen[a][b] && seen[a][b] != cost)
		hl_faults_warn(ctx->faults, ctx->file, node->line, node->column,
			       "listed %c read as %c was given above at %d.%02d; this %d.%02d replaces it", hl_sym_char(a), hl_sym_char(b),
			       seen[a][b] / 100, seen[a][b] % 100, cost / 100, cost % 100);
	seen[a][b] = (uint16_t)cost;
	hl_confusion_set(t, a, b, cost, NULL);
}

static void pair_read(struct hl_confusion *t, uint16_t seen[HL_SYMBOLS][HL_SYMBOLS], const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	struct pair p = { 0 };
	int a, b;
	if (hl_conf_fill(node, pair_options, &p, ctx) == HL_OK && pair_symbols(node, &p, &a, &b, ctx)) {
		pair_set(t, seen, a, b, node, p.cost, ctx);
		if (p.chars)
			pair_set(t, seen, b, a, node, p.cost, ctx);
	}
	hl_conf_wipe(pair_options, &p);
}

static void pairs_read(struct hl_confusion *t, const struct hl_node *pairs, struct hl_conf_ctx *ctx)
{
	uint16_t seen[HL_SYMBOLS][HL_SYMBOLS] = { { 0 } };
	if (pairs->kind != HL_NODE_SEQ) {
		hl_conf_fault(ctx, pairs, "'pairs': expected a list of pairs");
		return;
	}
	if (pairs->n > PAIRS_MAX) {
		hl_conf_fault(ctx, pairs, "'pairs' has %zu pairs; expected at most %d", pairs->n, PAIRS_MAX);
		return;
	}
	for (size_t i = 0; i < pairs->n; i++)
		pair_read(t, seen, &pairs->child[i], ctx);
}

enum hl_code hl_rules_read_file(struct hl_buf *text, const char *path, struct hl_faults *faults)
{
	struct hl_err err;
	if (hl_file_read(path, text, &err) == HL_OK)
		return HL_OK;
	hl_faults_add(faults, path, 0, 0, "%s", err.text);
	return HL_E_CONFIG;
}

static bool names_base(const struct hl_confusions_section *s)
{
	return s->base_node && strcmp(s->base_node->text, "none") != 0;
}

/* A table that is itself a base names no other base: what it means must not depend on a chain of files, nor on a circle of them. */
static void table_fill(struct hl_confusion *t, const struct hl_node *root, bool is_base, struct hl_conf_ctx *ctx)
{
	const struct hl_node *section = hl_node_get(root, "confusions");
	if (section) {
		struct hl_confusions_section s = { 0 };
		hl_conf_fill(section, hl_confusions_options, &s, ctx);
		if (is_base && names_base(&s))
			hl_conf_fault(ctx, s.base_node, "a table that is a base itself can't have another base; expected none");
		else
			hl_confusions_apply(t, &s, ctx->file, NULL, ctx);
		return;
	}
	struct table_file file = { 0 };
	hl_conf_fill(root, table_options, &file, ctx);
	if (file.pairs.pairs)
		pairs_read(t, file.pairs.pairs, ctx);
	hl_conf_wipe(table_options, &file);
}

static void table_parse(struct hl_confusion *t, const char *path, const char *text, size_t n, bool is_base, struct hl_faults *faults)
{
	struct hl_conf *conf = NULL;
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	if (hl_conf_parse(&conf, path, text, n, faults) != HL_OK)
		return;
	table_fill(t, hl_conf_root(conf), is_base, &ctx);
	hl_conf_free(&conf);
}

/* Where the table named so stands: beside the rules file, else among the installed ones. False with a fault that says where it was looked for. */
static bool base_path(const struct hl_node *node, const char *rules_path, char *dst, size_t size, struct hl_conf_ctx *ctx)
{
	const char *slash = strrchr(rules_path, '/');
	char rel[HL_PATH_MAX];
	int folder = slash ? (int)(slash - rules_path) + 1 : 0;
	int n = snprintf(dst, size, "%.*sconfusions/%s.yaml", folder, rules_path, node->text);
	if (n > 0 && (size_t)n < size && access(dst, F_OK) == 0)
		return true;
	snprintf(rel, sizeof rel, "rules/confusions/%s.yaml", node->text);
	if (hl_data_find(dst, size, rel))
		return true;
	hl_conf_fault(ctx, node, "there is no confusion table '%s': neither %.*sconfusions/%s.yaml nor among the installed ones", node->text, folder,
		      rules_path, node->text);
	return false;
}

/* The base: of the rules' files, else of the disk. */
static void base_load(struct hl_confusion *t, const struct hl_node *node, const char *rules_path, struct hl_rules_files *files, struct hl_conf_ctx *ctx)
{
	char path[HL_PATH_MAX], name[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	snprintf(name, sizeof name, "confusions/%s", node->text);
	const struct hl_rules_file *had = hl_rules_files_find(files, true, name);
	if (had) {
		snprintf(path, sizeof path, "confusions/%s.yaml", node->text);
		table_parse(t, path, had->text, had->n, true, ctx->faults);
	} else if (base_path(node, rules_path, path, sizeof path, ctx) && hl_rules_read_file(&text, path, ctx->faults) == HL_OK) {
		hl_rules_files_add(files, true, name, hl_buf_text(&text), text.len);
		table_parse(t, path, hl_buf_text(&text), text.len, true, ctx->faults);
	}
	hl_buf_fini(&text);
}

void hl_confusions_apply(struct hl_confusion *t, const struct hl_confusions_section *s, const char *rules_path, struct hl_rules_files *files,
			 struct hl_conf_ctx *ctx)
{
	hl_confusion_init(t);
	if (names_base(s))
		base_load(t, s->base_node, rules_path, files, ctx);
	if (s->pairs)
		pairs_read(t, s->pairs, ctx);
}

enum hl_code hl_confusion_load(struct hl_confusion *t, const char *path, struct hl_faults *faults)
{
	size_t errors = faults->errors;
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	hl_confusion_init(t);
	if (hl_rules_read_file(&text, path, faults) == HL_OK)
		table_parse(t, path, hl_buf_text(&text), text.len, false, faults);
	hl_buf_fini(&text);
	return faults->errors == errors ? HL_OK : HL_E_CONFIG;
}
