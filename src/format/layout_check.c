/* layout_check.c: what the option tables of a layout can't know: which keys fit the shape, that each row says where its field comes from, that there is a
 * plate. All faults with their places. Pure; any thread.
 */
#include "format/layout_impl.h"

#include <string.h>

static bool given(const struct hl_node *node)
{
	return node->kind == HL_NODE_SCALAR && (node->quoted || (node->text[0] && strcmp(node->text, "~") && strcmp(node->text, "null")));
}

static const struct hl_node *child_of(const struct hl_node *root, const char *key, size_t i)
{
	const struct hl_node *list = hl_node_get(root, key);
	return list && list->kind == HL_NODE_SEQ && i < list->n && list->child[i].kind == HL_NODE_MAP ? &list->child[i] : NULL;
}

static const char *place_of(const struct hl_layout *l)
{
	switch (l->shape) {
	case HL_SHAPE_FIXED: return "at";
	case HL_SHAPE_JSON: return "key";
	default: return l->shape == HL_SHAPE_DELIMITED && l->header == HL_HEADER_NAMES ? "header" : "column";
	}
}

/* Exactly one of the places a field may come from, and one that the shape has. */
static void check_source(const struct hl_layout *l, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	static const char *const keys[] = { "const", "column", "header", "at", "tag", "key" };
	const char *fits = place_of(l);
	bool tag = l->tagged && hl_node_has(row, "tag");
	unsigned n = 0;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		n += hl_node_has(row, keys[i]);
	if (n != 1)
		hl_conf_fault(ctx, row, "this row says %u times where its field comes from: expected once, by '%s' or 'const'", n, fits);
	else if (!tag && !hl_node_has(row, "const") && !hl_node_has(row, fits))
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
	bool time = f->field == HL_F_STARTS || f->field == HL_F_EXPIRES, year = f->field == HL_F_YEAR, has = hl_node_has(row, "date");
	const struct hl_node *date = hl_node_get(row, "date");
	if (time && !has)
		hl_conf_fault(ctx, row, "'date' is missing: expected how the dates of '%s' are written", hl_layout_fields[f->field]);
	if (!time && !year && has)
		hl_conf_fault_key(ctx, date, "'date' is only for starts, expires and year");
	for (size_t i = 0; year && i < f->date.n; i++)
		if (strcmp(f->date.v[i], "yyyy") && strcmp(f->date.v[i], "yy"))
			hl_conf_fault(ctx, date->kind == HL_NODE_SEQ ? &date->child[i] : date, "'date' of year is '%.40s': expected yyyy, yy or both", f->date.v[i]);
	if (!year)
		check_patterns(&f->date, date, ctx);
}

/* Texts of the layout itself must fit their field. */
static void check_texts(const struct hl_layout_field *f, const struct hl_node *row, struct hl_conf_ctx *ctx)
{
	size_t max = hl_fields[f->field].max;
	const struct hl_node *map = hl_node_get(row, "map");
	if (f->constant && strlen(f->constant) > max)
		hl_conf_fault(ctx, hl_node_get(row, "const"), "'const' has %zu bytes: expected at most %zu for '%s'", strlen(f->constant), max, hl_layout_fields[f->field]);
	for (size_t i = 0; f->map.n && i < map->n; i++)
		if (given(&map->child[i]) && strlen(map->child[i].text) > max)
			hl_conf_fault(ctx, &map->child[i], "this text has %zu bytes: expected at most %zu for '%s'", strlen(map->child[i].text), max, hl_layout_fields[f->field]);
	if (hl_node_has(row, "unmapped") && !map && !f->code)
		hl_conf_fault_key(ctx, hl_node_get(row, "unmapped"), "'unmapped' needs a 'map' or 'code'");
	if (f->code && f->field != HL_F_STATE && f->field != HL_F_MAKE && f->field != HL_F_COLOR)
		hl_conf_fault_key(ctx, hl_node_get(row, "code"), "'code' is only for state, make and color");
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
	if (l->fields.n > HL_COLUMNS_MAX)
		hl_conf_fault(ctx, list, "'fields' has %zu rows: expected at most %d", l->fields.n, HL_COLUMNS_MAX);
	if (list && list->kind == HL_NODE_SEQ && !plate)
		hl_conf_fault(ctx, list, "no field is 'plate': expected a row for it");
}

/* Fixed lines have bytes, all others columns. */
static void check_tags(const struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *tags = hl_node_get(root, "tags");
	const char *fits = l->shape == HL_SHAPE_FIXED ? "from" : "column", *other = l->shape == HL_SHAPE_FIXED ? "column" : "from";
	if (!l->tagged || tags->kind != HL_NODE_MAP || l->shape == HL_SHAPE_JSON)
		return;
	if (!hl_node_has(tags, fits))
		hl_conf_fault(ctx, tags, "'%s' is missing: expected where the tags begin", fits);
	if (hl_node_has(tags, other))
		hl_conf_fault_key(ctx, hl_node_get(tags, other), "'%s' is not for shape: %s", other, hl_layout_shapes[l->shape]);
	if (l->shape == HL_SHAPE_LINES && l->tags.column > 1)
		hl_conf_fault(ctx, hl_node_get(tags, "column"), "'column' is '%d': expected 1, a line of this shape is one column", (int)l->tags.column);
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
	static const char *const not_json[] = { "encoding", "header", "head", "tail", "tags" };
	for (size_t i = 0; i < sizeof only / sizeof only[0]; i++)
		if (hl_node_has(root, only[i].key) && l->shape != (int)only[i].shape && hl_node_has(root, "shape"))
			hl_conf_fault_key(ctx, hl_node_get(root, only[i].key), "'%s' is only for shape: %s", only[i].key, hl_layout_shapes[only[i].shape]);
	for (size_t i = 0; l->shape == HL_SHAPE_JSON && i < sizeof not_json / sizeof not_json[0]; i++)
		if (hl_node_has(root, not_json[i]))
			hl_conf_fault_key(ctx, hl_node_get(root, not_json[i]), "'%s' is not for shape: json", not_json[i]);
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

void hl_layout_check(const struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	check_shape(l, root, ctx);
	check_tags(l, root, ctx);
	check_fields(l, root, ctx);
	check_mark(&l->head, root, "head", ctx);
	check_mark(&l->tail, root, "tail", ctx);
}
