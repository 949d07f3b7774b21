/* layout_load.c: hotlists/layouts/NAME.yaml -> struct hl_layout, by option tables; doc/layouts.md is its manual. What one row can't know (which keys fit the
 * shape, that there is a plate) is checked after filling, with the place of each fault. Pure but for reading the file; any thread.
 */
#include "format/layout_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order of enum hl_field. */
static const char *const field_words[] = { "plate", "state", "category", "reason", "agency", "case", "starts", "expires", "priority", "make", "model", "color",
					   "type", "year", "vin", "note", "instructions", "record", "about", NULL };
static const char *const shape_words[] = { "delimited", "fixed", "lines", NULL };
static const char *const encoding_words[] = { "utf-8", "latin-1", NULL };
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
		map->v[map->n++] = (struct hl_code_pair){ .from = hl_strdup(to->key), .to = hl_strdup(to->text) };
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
	{ "field", HL_OPT_ENUM, AT(hl_layout_field, field), .required = true, .words = field_words, .help = "the field of the entry" },
	{ "column", HL_OPT_INT, AT(hl_layout_field, column), .min = 1, .max = HL_COLUMNS_MAX, .help = "delimited: the number of its column, from 1" },
	{ "header", HL_OPT_STRINGS, AT(hl_layout_field, header), .min = 1, .max = 32, .help = "delimited: the names its column may have in the header line" },
	{ "at", HL_OPT_CUSTOM, AT(hl_layout_field, at), .custom = read_at, .help = "fixed: [from, to], bytes from 0, to not included" },
	{ "const", HL_OPT_STRING, AT(hl_layout_field, constant), .min = 1, .max = 255, .help = "always this text" },
	{ "map", HL_OPT_CUSTOM, AT(hl_layout_field, map), .custom = read_map, .wipe = wipe_map, .help = "a mapping CODE: text" },
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

static const struct hl_opt layout_table[] = {
	{ "version", HL_OPT_INT, AT(hl_layout, version), .required = true, .min = 1, .max = 1, .help = "of this schema: 1" },
	{ "help", HL_OPT_STRING, AT(hl_layout, help), .max = 400, .help = "one line for hotlistctl list layouts" },
	{ "encoding", HL_OPT_ENUM, AT(hl_layout, latin1), .def = "utf-8", .words = encoding_words, .help = "of the file" },
	{ "shape", HL_OPT_ENUM, AT(hl_layout, shape), .required = true, .words = shape_words, .help = "how a line is cut" },
	{ "delimiter", HL_OPT_CUSTOM, AT(hl_layout, delimiter), .custom = read_delimiter, .help = "delimited: one mark, or tab; a comma where not given" },
	{ "quote", HL_OPT_CUSTOM, AT(hl_layout, quote), .custom = read_quote, .help = "delimited: one mark, or none; a double quote where not given" },
	{ "header", HL_OPT_ENUM, AT(hl_layout, header), .def = "none", .words = header_words, .help = "the first line" },
	{ "unknown_columns", HL_OPT_ENUM, AT(hl_layout, unknown_ignored), .def = "fault", .words = unknown_words, .help = "names in the header line that no field has" },
	{ "columns", HL_OPT_CUSTOM, AT(hl_layout, columns), .custom = read_count, .help = "delimited: how many a line has: one number, or [from, to]" },
	{ "length", HL_OPT_CUSTOM, AT(hl_layout, length), .custom = read_count, .help = "fixed: bytes of a line: one number, or [from, to]" },
	{ "last_takes_rest", HL_OPT_BOOL, AT(hl_layout, last_takes_rest), .def = "false", .help = "delimited: the last column takes the rest of the line" },
	{ "o0_collapsed", HL_OPT_BOOL, AT(hl_layout, o0_collapsed), .def = "false", .help = "the file writes the letter O as zero" },
	{ "skip", HL_OPT_LIST, AT(hl_layout, skip), .sub = skip_table, .sub_size = sizeof(struct hl_skip_rule), .help = "lines to leave out and count" },
	{ "fields", HL_OPT_LIST, AT(hl_layout, fields), .required = true, .sub = field_table, .sub_size = sizeof(struct hl_layout_field), .help = "where each field comes from" },
	{ "head", HL_OPT_SECTION, AT(hl_layout, head), .sub = mark_table, .help = "the first line, with the file's date, count or both" },
	{ "tail", HL_OPT_SECTION, AT(hl_layout, tail), .sub = mark_table, .help = "the last line, the same" },
	{ 0 }
};

static const struct hl_node *child_of(const struct hl_node *root, const char *key, size_t i)
{
	const struct hl_node *list = hl_node_get(root, key);
	return list && list->kind == HL_NODE_SEQ && i < list->n && list->child[i].kind == HL_NODE_MAP ? &list->child[i] : NULL;
}

/* Exactly one of the places a field may come from, and one that the shape has. */
static void check_source(const struct hl_layout *l, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	static const char *const keys[] = { "const", "column", "header", "at" };
	const char *fits = l->shape == HL_SHAPE_FIXED ? "at" : l->shape == HL_SHAPE_DELIMITED && l->header == HL_HEADER_NAMES ? "header" : "column";
	unsigned n = 0;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		n += hl_node_has(row, keys[i]);
	if (n != 1)
		hl_conf_fault(ctx, row, "this row says %u times where its field comes from: expected once, by '%s' or 'const'", n, fits);
	else if (!hl_node_has(row, "const") && !hl_node_has(row, fits))
		hl_conf_fault(ctx, row, "where this field comes from does not fit shape and header: expected '%s' or 'const'", fits);
}

/* With shape: lines the line is one column. */
static void check_column(const struct hl_layout *l, const struct hl_layout_field *f, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	if (l->shape == HL_SHAPE_LINES && f->column > 1)
		hl_conf_fault(ctx, hl_node_get(row, "column"), "'column' is '%d': expected 1, a line of this shape is one column", (int)f->column);
}

static void check_patterns(const struct hl_strings *date, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	for (size_t i = 0; i < date->n; i++)
		if (!hl_date_pattern_ok(date->v[i]))
			hl_conf_fault(ctx, node->kind == HL_NODE_SEQ ? &node->child[i] : node,
				      "'date' is '%.40s': expected rfc3339, or a pattern of yyyy or yy, mm, dd and perhaps HH, MM, SS", date->v[i]);
}

/* A line with neither date nor count is one to skip; a tail of nothing but a count would be any line of digits. */
static void check_mark(const struct hl_mark *m, const struct hl_node *root, const char *key, struct hl_conf_ctx *ctx)
{
	const struct hl_node *node = hl_node_get(root, key), *line = node && node->kind == HL_NODE_MAP ? hl_node_get(node, "line") : NULL;
	if (!line || !m->line)
		return;
	const char *fault = hl_mark_pattern_fault(m->line);
	bool date = strstr(m->line, "<date>") != NULL;
	if (fault)
		hl_conf_fault(ctx, line, "'line' is '%.60s': expected %s", m->line, fault);
	else if (!date && !strstr(m->line, "<count>"))
		hl_conf_fault(ctx, line, "'line' is '%.60s': expected <date>, <count> or both in it", m->line);
	else if (!strcmp(key, "tail") && (m->line[0] == '<' || m->line[0] == '*'))
		hl_conf_fault(ctx, line, "'line' is '%.60s': expected text first, to tell it from a record", m->line);
	if (date != hl_node_has(node, "date"))
		hl_conf_fault(ctx, node, date ? "'date' is missing: expected how <date> is written" : "'date' needs <date> in the line");
	check_patterns(&m->date, hl_node_get(node, "date"), ctx);
}

static void check_date(const struct hl_layout_field *f, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	bool time = f->field == HL_F_STARTS || f->field == HL_F_EXPIRES, has = hl_node_has(row, "date");
	const struct hl_node *date = hl_node_get(row, "date");
	if (time && !has)
		hl_conf_fault(ctx, row, "'date' is missing: expected how the dates of '%s' are written", field_words[f->field]);
	if (!time && has)
		hl_conf_fault_key(ctx, date, "'date' is only for starts and expires");
	check_patterns(&f->date, date, ctx);
}

/* Texts of the layout itself must fit their field. */
static void check_texts(const struct hl_layout_field *f, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	size_t max = hl_fields[f->field].max;
	const struct hl_node *map = hl_node_get(row, "map");
	if (f->constant && strlen(f->constant) > max)
		hl_conf_fault(ctx, hl_node_get(row, "const"), "'const' has %zu bytes: expected at most %zu for '%s'", strlen(f->constant), max, field_words[f->field]);
	for (size_t i = 0; f->map.n && i < map->n; i++)
		if (given(&map->child[i]) && strlen(map->child[i].text) > max)
			hl_conf_fault(ctx, &map->child[i], "this text has %zu bytes: expected at most %zu for '%s'", strlen(map->child[i].text), max, field_words[f->field]);
	if (hl_node_has(row, "unmapped") && !map)
		hl_conf_fault_key(ctx, hl_node_get(row, "unmapped"), "'unmapped' needs a 'map'");
}

static void check_fields(const struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_layout_field *f = l->fields.v;
	const struct hl_node *list = hl_node_get(root, "fields");
	bool plate = false;
	for (size_t i = 0; i < l->fields.n; i++) {
		const struct hl_node *row = child_of(root, "fields", i);
		if (!row || !hl_node_has(row, "field"))
			continue;
		plate = plate || f[i].field == HL_F_PLATE;
		check_source(l, row, ctx);
		check_column(l, &f[i], row, ctx);
		check_date(&f[i], row, ctx);
		check_texts(&f[i], row, ctx);
	}
	if (list && list->kind == HL_NODE_SEQ && !plate)
		hl_conf_fault(ctx, list, "no field is 'plate': expected a row for it");
}

static void check_shape(const struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	static const struct {
		const char *key;
		enum hl_shape shape;
	} only[] = {
		{ "delimiter", HL_SHAPE_DELIMITED },       { "quote", HL_SHAPE_DELIMITED },   { "columns", HL_SHAPE_DELIMITED },
		{ "last_takes_rest", HL_SHAPE_DELIMITED }, { "length", HL_SHAPE_FIXED },
	};
	for (size_t i = 0; i < sizeof only / sizeof only[0]; i++)
		if (hl_node_has(root, only[i].key) && l->shape != (int)only[i].shape && hl_node_has(root, "shape"))
			hl_conf_fault_key(ctx, hl_node_get(root, only[i].key), "'%s' is only for shape: %s", only[i].key, shape_words[only[i].shape]);
	if (l->header == HL_HEADER_NAMES && l->shape != HL_SHAPE_DELIMITED)
		hl_conf_fault(ctx, hl_node_get(root, "header"), "'header' is 'names': only for shape: delimited");
	if (hl_node_has(root, "unknown_columns") && l->header != HL_HEADER_NAMES)
		hl_conf_fault_key(ctx, hl_node_get(root, "unknown_columns"), "'unknown_columns' needs header: names");
	if (l->delimiter == l->quote && l->quote)
		hl_conf_fault(ctx, hl_node_get(root, "quote"), "'quote' is the delimiter too: expected another mark");
	for (size_t i = 0; i < l->skip.n; i++) {
		const struct hl_node *rule = child_of(root, "skip", i);
		if (rule && !hl_node_has(rule, "prefix") && !hl_node_has(rule, "contains"))
			hl_conf_fault(ctx, rule, "this rule skips nothing: expected 'prefix' or 'contains'");
	}
}

/* What follows from the rest: marks that were not given, and the least number of columns. */
static void settle(struct hl_layout *l, const struct hl_node *root)
{
	const struct hl_layout_field *f = l->fields.v;
	if (!hl_node_has(root, "delimiter"))
		l->delimiter = ',';
	if (!hl_node_has(root, "quote"))
		l->quote = '"';
	for (size_t i = 0; i < l->fields.n && !l->columns.to; i++)
		l->columns.from = f[i].column > l->columns.from ? (int)f[i].column : l->columns.from;
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
		check_shape(l, root, &ctx);
		check_fields(l, root, &ctx);
		check_mark(&l->head, root, "head", &ctx);
		check_mark(&l->tail, root, "tail", &ctx);
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
	free(*l);
	*l = NULL;
}

const char *hl_layout_name(const struct hl_layout *l)
{
	return l->name;
}
