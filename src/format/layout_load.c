/* layout_load.c: hotlists/layouts/NAME.yaml -> struct hl_layout, by option tables; doc/layouts.md is its manual. What one row can't know (which keys fit the
 * shape, that there is a plate) is checked after filling by layout_check.c. Pure but for reading the file; any thread.
 */
#include "format/layout_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order of enum hl_field. */
const char *const hl_layout_fields[] = { "plate", "state", "category", "reason", "agency", "case", "starts", "expires", "priority", "make", "model", "color",
					   "type", "year", "vin", "note", "instructions", "record", "about", "action", NULL };
const char *const hl_layout_shapes[] = { "delimited", "fixed", "lines", "json", NULL };
static const char *const encoding_words[] = { "utf-8", "latin-1", "either", NULL };
static const char *const header_words[] = { "none", "skip", "names", NULL };
static const char *const unknown_words[] = { "fault", "ignore", NULL };
static const char *const unmapped_words[] = { "fault", "keep", "empty", NULL };

static void wrong(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *expected)
{
	if (node->kind == HL_NODE_SCALAR)
		hl_conf_fault(ctx, node, "'%.40s' is '%.40s': expected %s", node->key ? node->key : "this", node->text, expected);
	else
		hl_conf_fault(ctx, node, "'%.40s' is a %s: expected %s", node->key ? node->key : "this", node->kind == HL_NODE_SEQ ? "list" : "mapping", expected);
}

static bool given(const struct hl_node *node)
{
	return node->kind == HL_NODE_SCALAR && (node->quoted || (node->text[0] && strcmp(node->text, "~") && strcmp(node->text, "null")));
}

/* A mark that no plate, word or number has. */
static bool is_mark(const char *s)
{
	return s[0] > 0x20 && s[0] < 0x7f && !s[1] && !strchr("-.?*", s[0]) && !((s[0] | 0x20) >= 'a' && (s[0] | 0x20) <= 'z') && !(s[0] >= '0' && s[0] <= '9');
}

static void read_delimiter(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	char *c = target;
	if (node->kind == HL_NODE_SCALAR && !strcmp(node->text, "tab"))
		*c = '\t';
	else if (node->kind == HL_NODE_SCALAR && is_mark(node->text) && node->text[0] != '"')
		*c = node->text[0];
	else
		wrong(ctx, node, "one mark such as ',' ';' '|', or tab");
}

static void read_quote(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	char *c = target;
	if (node->kind == HL_NODE_SCALAR && !strcmp(node->text, "none"))
		*c = 0;
	else if (node->kind == HL_NODE_SCALAR && is_mark(node->text))
		*c = node->text[0];
	else
		wrong(ctx, node, "one mark such as '\"', or none");
}

/* [from, to] with to > least; anything else is a fault. */
static bool read_pair(const struct hl_node *node, int64_t max, struct hl_span *span, struct hl_conf_ctx *ctx)
{
	int64_t from, to;
	if (node->kind != HL_NODE_SEQ || node->n != 2) {
		wrong(ctx, node, "a list of two whole numbers");
		return false;
	}
	if (!hl_conf_int(&node->child[0], 0, max, &from, ctx) || !hl_conf_int(&node->child[1], 1, max, &to, ctx))
		return false;
	*span = (struct hl_span){ (int)from, (int)to };
	return true;
}

static void read_at(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_span span;
	if (!read_pair(node, HL_LINE_MAX, &span, ctx))
		return;
	if (span.from < span.to)
		*(struct hl_span *)target = span;
	else
		hl_conf_fault(ctx, node, "'at' is [%d, %d]: expected [from, to] with from < to, counted from 0, to not included", span.from, span.to);
}

/* One number: exactly so many. Two: from, to. */
static void read_count(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_span span = { 0, 0 };
	int64_t n;
	if (node->kind == HL_NODE_SCALAR && hl_conf_int(node, 1, HL_LINE_MAX, &n, ctx))
		span = (struct hl_span){ (int)n, (int)n };
	else if (node->kind != HL_NODE_SCALAR && read_pair(node, HL_LINE_MAX, &span, ctx) && span.from > span.to)
		hl_conf_fault(ctx, node, "'%s' is [%d, %d]: expected the smaller number first", node->key, span.from, span.to);
	*(struct hl_span *)target = span;
}

static void wipe_map(void *target)
{
	struct hl_code_map *map = target;
	for (size_t i = 0; i < map->n; i++) {
		free(map->v[i].from);
		free(map->v[i].to);
	}
	free(map->v);
	*map = (struct hl_code_map){ 0 };
}

static void read_map(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_code_map *map = target;
	if (node->kind != HL_NODE_MAP || !node->n) {
		wrong(ctx, node, "a mapping CODE: text");
		return;
	}
	map->v = hl_calloc(node->n, sizeof map->v[0]);
	for (size_t i = 0; i < node->n; i++) {
		const struct hl_node *to = &node->child[i];
		if (!given(to)) {
			hl_conf_fault(ctx, to, "'%.40s' has no value: expected the text that the code stands for", to->key);
			continue;
		}
		size_t n = strlen(to->key);
		map->v[map->n++] = (struct hl_code_pair){ .from = hl_strdup(to->key), .to = hl_strdup(to->text), .start = n && to->key[n - 1] == '*' ? n - 1 : 0 };
	}
}

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct hl_opt skip_table[] = {
	{ "prefix", HL_OPT_STRING, AT(hl_skip_rule, prefix), .min = 1, .max = 256, .help = "the line begins so" },
	{ "contains", HL_OPT_STRING, AT(hl_skip_rule, contains), .min = 1, .max = 256, .help = "the line has this in it" },
	{ "why", HL_OPT_STRING, AT(hl_skip_rule, why), .min = 1, .max = 100, .help = "the reason told with the line" },
	{ 0 }
};

static const struct hl_opt field_table[] = {
	{ "field", HL_OPT_ENUM, AT(hl_layout_field, field), .required = true, .words = hl_layout_fields, .help = "the field of the entry" },
	{ "column", HL_OPT_INT, AT(hl_layout_field, column), .min = 1, .max = HL_COLUMNS_MAX, .help = "delimited: the number of its column, from 1" },
	{ "header", HL_OPT_STRINGS, AT(hl_layout_field, header), .min = 1, .max = 32, .help = "delimited: the names its column may have in the header line" },
	{ "at", HL_OPT_CUSTOM, AT(hl_layout_field, at), .custom = read_at, .help = "fixed: [from, to], bytes from 0, to not included" },
	{ "tag", HL_OPT_STRINGS, AT(hl_layout_field, tag), .min = 1, .max = 16, .help = "with tags: the tag or tags before its value" },
	{ "key", HL_OPT_STRINGS, AT(hl_layout_field, key), .min = 1, .max = 32, .help = "json: the name or names of its member" },
	{ "const", HL_OPT_STRING, AT(hl_layout_field, constant), .min = 1, .max = 255, .help = "always this text" },
	{ "map", HL_OPT_CUSTOM, AT(hl_layout_field, map), .custom = read_map, .wipe = wipe_map, .help = "a mapping CODE: text" },
	{ "code", HL_OPT_BOOL, AT(hl_layout_field, code), .def = "false", .help = "state, make, color: a word becomes its code" },
	{ "unmapped", HL_OPT_ENUM, AT(hl_layout_field, unmapped), .def = "fault", .words = unmapped_words, .help = "a code that the map lacks" },
	{ "empty", HL_OPT_STRINGS, AT(hl_layout_field, empty), .max = 32, .help = "texts that mean: not given" },
	{ "date", HL_OPT_STRINGS, AT(hl_layout_field, date), .min = 1, .max = 8, .help = "how dates are written: rfc3339, yyyymmdd, mm/dd/yyyy and the like" },
	{ 0 }
};

static const char *const counts_words[] = { "records", "lines", NULL };

static const struct hl_opt mark_table[] = {
	{ "line", HL_OPT_STRING, AT(hl_mark, line), .required = true, .min = 1, .max = 200, .help = "the line: text, <date>, <count> and * for any text" },
	{ "date", HL_OPT_STRINGS, AT(hl_mark, date), .min = 1, .max = 8, .help = "how <date> is written" },
	{ "counts", HL_OPT_ENUM, AT(hl_mark, counts), .def = "records", .words = counts_words, .help = "of what <count> is the number" },
	{ "required", HL_OPT_BOOL, AT(hl_mark, required), .def = "true", .help = "a file without it is refused" },
	{ 0 }
};

static const struct hl_opt tags_table[] = {
	{ "from", HL_OPT_INT, AT(hl_tags, from), .min = 0, .max = HL_LINE_MAX, .help = "fixed: the byte where the first begins, from 0" },
	{ "column", HL_OPT_INT, AT(hl_tags, column), .min = 1, .max = HL_COLUMNS_MAX, .help = "otherwise: the column they stand in, from 1" },
	{ "mark", HL_OPT_CUSTOM, AT(hl_tags, mark), .custom = read_delimiter, .help = "between tag and value; / where not given" },
	{ 0 }
};

static const struct hl_opt layout_table[] = {
	{ "version", HL_OPT_INT, AT(hl_layout, version), .required = true, .min = 1, .max = 1, .help = "of this schema: 1" },
	{ "help", HL_OPT_STRING, AT(hl_layout, help), .max = 400, .help = "one line for hotlistctl list layouts" },
	{ "encoding", HL_OPT_ENUM, AT(hl_layout, latin1), .def = "utf-8", .words = encoding_words, .help = "of the file" },
	{ "shape", HL_OPT_ENUM, AT(hl_layout, shape), .required = true, .words = hl_layout_shapes, .help = "how a line is cut" },
	{ "delimiter", HL_OPT_CUSTOM, AT(hl_layout, delimiter), .custom = read_delimiter, .help = "delimited: one mark, or tab; a comma where not given" },
	{ "quote", HL_OPT_CUSTOM, AT(hl_layout, quote), .custom = read_quote, .help = "delimited: one mark, or none; a double quote where not given" },
	{ "header", HL_OPT_ENUM, AT(hl_layout, header), .def = "none", .words = header_words, .help = "the first line" },
	{ "unknown_columns", HL_OPT_ENUM, AT(hl_layout, unknown_ignored), .def = "fault", .words = unknown_words, .help = "names in the header line that no field has" },
	{ "columns", HL_OPT_CUSTOM, AT(hl_layout, columns), .custom = read_count, .help = "delimited: how many a line has: one number, or [from, to]" },
	{ "length", HL_OPT_CUSTOM, AT(hl_layout, length), .custom = read_count, .help = "fixed: bytes of a line: one number, or [from, to]" },
	{ "last_takes_rest", HL_OPT_BOOL, AT(hl_layout, last_takes_rest), .def = "false", .help = "delimited: the last column takes the rest of the line" },
	{ "o0_collapsed", HL_OPT_BOOL, AT(hl_layout, o0_collapsed), .def = "false", .help = "the file writes the letter O as zero" },
	{ "zone", HL_OPT_STRING, AT(hl_layout, zone), .min = 1, .max = 64, .help = "time zone of the dates; UTC where not given" },
	{ "tags", HL_OPT_SECTION, AT(hl_layout, tags), .sub = tags_table, .help = "values that stand behind their names: VMA/DODG VCO/RED" },
	{ "skip", HL_OPT_LIST, AT(hl_layout, skip), .sub = skip_table, .sub_size = sizeof(struct hl_skip_rule), .help = "lines to leave out and count" },
	{ "fields", HL_OPT_LIST, AT(hl_layout, fields), .required = true, .sub = field_table, .sub_size = sizeof(struct hl_layout_field), .help = "where each field comes from" },
	{ "head", HL_OPT_SECTION, AT(hl_layout, head), .sub = mark_table, .help = "the first line, with the file's date, count or both" },
	{ "tail", HL_OPT_SECTION, AT(hl_layout, tail), .sub = mark_table, .help = "the last line, the same" },
	{ 0 }
};

/* What follows from the rest: marks that were not given, and the least number of columns. */
static void settle(struct hl_layout *l, const struct hl_node *root)
{
	const struct hl_layout_field *f = l->fields.v;
	if (!hl_node_has(root, "delimiter"))
		l->delimiter = ',';
	if (!hl_node_has(root, "quote"))
		l->quote = '"';
	l->tagged = hl_node_has(root, "tags");
	if (!l->tags.mark)
		l->tags.mark = '/';
	for (size_t i = 0; i < l->fields.n && !l->columns.to; i++)
		l->columns.from = f[i].column > l->columns.from ? (int)f[i].column : l->columns.from;
	if (!l->columns.to && l->tags.column > l->columns.from)
		l->columns.from = (int)l->tags.column;
}

static void load_zone(struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	struct hl_err err;
	if (l->zone && hl_tz_new(&l->tz, l->zone, &err) != HL_OK)
		hl_conf_fault(ctx, hl_node_get(root, "zone"), "'zone' is '%.64s': expected a name such as America/Denver or UTC", l->zone);
}

static enum hl_code load(struct hl_layout *l, const char *path, struct hl_faults *faults)
{
	struct hl_conf *conf = NULL;
	struct hl_conf_ctx ctx = { .file = path, .faults = faults };
	size_t before = faults->errors;
	if (hl_conf_load(&conf, path, faults) != HL_OK)
		return HL_E_CONFIG;
	const struct hl_node *root = hl_conf_root(conf);
	hl_conf_fill(root, layout_table, l, &ctx);
	if (root->kind == HL_NODE_MAP) {
		settle(l, root);
		load_zone(l, root, &ctx);
		hl_layout_check(l, root, &ctx);
	}
	hl_conf_free(&conf);
	return faults->errors > before ? HL_E_CONFIG : HL_OK;
}

static bool find(const char *name, const char *const *dirs, char *path, size_t size)
{
	for (size_t i = 0; dirs[i]; i++) {
		int n = snprintf(path, size, "%s/%s.yaml", dirs[i], name);
		if (n > 0 && (size_t)n < size && !access(path, F_OK))
			return true;
	}
	return false;
}

static enum hl_code not_found(const char *name, const char *const *dirs, struct hl_faults *faults)
{
	struct hl_buf where = HL_BUF(256);
	for (size_t i = 0; dirs[i]; i++)
		hl_buf_printf(&where, "%s%s", i ? ", " : "", dirs[i]);
	hl_faults_add(faults, name, 0, 0, "no such layout: expected %s.yaml in %s", name, where.len ? where.data : "a folder of layouts");
	hl_buf_fini(&where);
	return HL_E_NOTFOUND;
}

enum hl_code hl_layout_load(struct hl_layout **out, const char *name, const char *const *dirs, struct hl_faults *faults)
{
	char path[HL_PATH_MAX];
	*out = NULL;
	if (!hl_text_is_name(name, strlen(name), 64)) {
		hl_faults_add(faults, name, 0, 0, "not the name of a layout: expected letters, digits, _ . -");
		return HL_E_NOTFOUND;
	}
	if (!find(name, dirs, path, sizeof path))
		return not_found(name, dirs, faults);
	struct hl_layout *l = hl_calloc(1, sizeof *l);
	hl_copy(l->name, sizeof l->name, name);
	enum hl_code code = load(l, path, faults);
	if (code == HL_OK)
		*out = l;
	else
		hl_layout_free(&l);
	return code;
}

void hl_layout_free(struct hl_layout **l)
{
	if (!*l)
		return;
	hl_conf_wipe(layout_table, *l);
	hl_tz_free(&(*l)->tz);
	free(*l);
	*l = NULL;
}

const char *hl_layout_name(const struct hl_layout *l)
{
	return l->name;
}

const char *hl_layout_help(const struct hl_layout *l)
{
	return l->help ? l->help : "";
}

const char *hl_layout_shape(const struct hl_layout *l)
{
	return hl_layout_shapes[l->shape];
}
