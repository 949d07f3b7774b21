/* conf_schema.c: a table of options as JSON Schema (2020-12), for editors: the same rows that parse a file. What is legal here is what hl_conf_fill takes, as far as a
 * schema can say it; relations of several options are for `rules check`. Pure; any thread.
 */
#include "base/conf_schema.h"

#include <string.h>

static const char name_pattern[] = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

/* Scalars are text until a type reads them: a camera 0123 or a list no is a number or a truth value to an editor. */
static void put_text_type(struct hl_json *j)
{
	hl_json_raw(j, "type", "[\"string\",\"number\",\"boolean\"]");
}

static void put_bounds(const struct hl_opt *o, double unit, struct hl_json *j)
{
	bool bounded = o->min || o->max;
	hl_json_num(j, "minimum", bounded ? (double)o->min / unit : 0);
	if (bounded && o->max >= o->min)
		hl_json_num(j, "maximum", (double)o->max / unit);
}

static void put_strings(const struct hl_opt *o, struct hl_json *j)
{
	hl_json_open_key(j, "anyOf", '[');
	hl_json_open(j, '{');
	put_text_type(j);
	hl_json_close(j);
	hl_json_open(j, '{');
	hl_json_str(j, "type", "array");
	hl_json_open_key(j, "items", '{');
	put_text_type(j);
	hl_json_close(j);
	if (o->min > 0)
		hl_json_int(j, "minItems", o->min);
	if (o->max > 0)
		hl_json_int(j, "maxItems", o->max);
	hl_json_close(j);
	hl_json_close(j);
}

static void put_words(const struct hl_opt *o, struct hl_json *j)
{
	hl_json_open_key(j, "enum", '[');
	for (size_t i = 0; o->words[i]; i++)
		hl_json_str(j, NULL, o->words[i]);
	hl_json_close(j);
}

/* The table is open further out: a reference to there. */
static bool put_reference(struct hl_schema *s, const struct hl_opt *table)
{
	char path[HL_SCHEMA_PATH + 1];
	for (size_t i = 0; i < s->depth; i++) {
		if (s->open[i].table != table)
			continue;
		hl_copy_n(path, sizeof path, s->path, s->open[i].length);
		hl_json_str(s->j, "$ref", path);
		return true;
	}
	return false;
}

static size_t go_in(struct hl_schema *s, const char *part)
{
	size_t n = strlen(s->path);
	hl_copy(s->path + n, sizeof s->path - n, "/");
	hl_copy(s->path + n + 1, sizeof s->path - n - 1, part);
	return n;
}

static void put_list_of(struct hl_schema *s, const struct hl_opt *table)
{
	hl_json_str(s->j, "type", "array");
	hl_json_open_key(s->j, "items", '{');
	size_t n = go_in(s, "items");
	hl_schema_table(s, table);
	s->path[n] = 0;
	hl_json_close(s->j);
}

static void put_map_of(struct hl_schema *s, const struct hl_opt *o)
{
	hl_json_str(s->j, "type", "object");
	if (o->max <= 0)
		hl_schema_names(s);
	hl_json_open_key(s->j, "additionalProperties", '{');
	size_t n = go_in(s, "additionalProperties");
	hl_schema_table(s, o->sub);
	s->path[n] = 0;
	hl_json_close(s->j);
}

static void put_shape(struct hl_schema *s, const struct hl_opt *o)
{
	if (o->schema)
		o->schema(s);
	else if (o->shape && !strcmp(o->shape, HL_SHAPE_LIST))
		put_list_of(s, o->sub);
	else if (o->shape)
		hl_json_raw(s->j, "anyOf", o->shape);
	else if (o->sub)
		hl_schema_table(s, o->sub);
	else
		put_text_type(s->j);
}

static void put_type(struct hl_schema *s, const struct hl_opt *o)
{
	struct hl_json *j = s->j;
	switch (o->type) {
	case HL_OPT_STRING:
		put_text_type(j);
		if (o->min > 0)
			hl_json_int(j, "minLength", o->min);
		if (o->max > 0)
			hl_json_int(j, "maxLength", o->max);
		break;
	case HL_OPT_NAME:
		put_text_type(j);
		hl_json_str(j, "pattern", name_pattern);
		break;
	case HL_OPT_INT:
		hl_json_str(j, "type", "integer");
		put_bounds(o, 1, j);
		break;
	case HL_OPT_BOOL: hl_json_str(j, "type", "boolean"); break;
	case HL_OPT_COST:
	case HL_OPT_NUMBER:
		hl_json_str(j, "type", "number");
		put_bounds(o, o->type == HL_OPT_COST ? 100 : 1e6, j);
		break;
	case HL_OPT_DURATION:
		hl_json_str(j, "type", "string");
		hl_json_str(j, "pattern", "^[0-9]+(ms|s|m|h|d|y)$");
		break;
	case HL_OPT_SIZE:
		hl_json_raw(j, "type", "[\"integer\",\"string\"]");
		hl_json_str(j, "pattern", "^[0-9]+ ?(kB|MB|GB|KiB|MiB|GiB)?$");
		break;
	case HL_OPT_ENUM: put_words(o, j); break;
	case HL_OPT_STRINGS: put_strings(o, j); break;
	case HL_OPT_SECTION: hl_schema_table(s, o->sub); break;
	case HL_OPT_LIST: put_list_of(s, o->sub); break;
	case HL_OPT_MAP: put_map_of(s, o); break;
	case HL_OPT_CUSTOM: put_shape(s, o); break;
	case HL_OPT_LATER: break;
	}
}

static void put_row(struct hl_schema *s, const struct hl_opt *o)
{
	hl_json_open_key(s->j, o->name, '{');
	size_t n = go_in(s, o->name);
	hl_json_opt(s->j, "description", o->help);
	put_type(s, o);
	if (o->def && o->def[0])
		hl_json_str(s->j, "$comment", o->def); /* the default as YAML: a cost of 1.0 is a text here */
	s->path[n] = 0;
	hl_json_close(s->j);
}

void hl_schema_names(struct hl_schema *s)
{
	hl_json_open_key(s->j, "propertyNames", '{');
	hl_json_str(s->j, "pattern", name_pattern);
	hl_json_close(s->j);
}

void hl_schema_table(struct hl_schema *s, const struct hl_opt *table)
{
	bool some = false;
	if (put_reference(s, table) || s->depth == HL_SCHEMA_DEPTH)
		return;
	s->open[s->depth].table = table;
	s->open[s->depth++].length = strlen(s->path);
	hl_json_str(s->j, "type", "object");
	hl_json_bool(s->j, "additionalProperties", false);
	hl_json_open_key(s->j, "properties", '{');
	size_t n = go_in(s, "properties");
	for (const struct hl_opt *o = table; o->name; o++) {
		if (o->type != HL_OPT_LATER)
			put_row(s, o);
		some |= o->required;
	}
	s->path[n] = 0;
	hl_json_close(s->j);
	if (some) {
		hl_json_open_key(s->j, "required", '[');
		for (const struct hl_opt *o = table; o->name; o++)
			if (o->required)
				hl_json_str(s->j, NULL, o->name);
		hl_json_close(s->j);
	}
	s->depth--;
}

/* json with a member a line: a committed schema is compared line by line. */
static void indent(const char *json, struct hl_buf *out)
{
	int depth = 0;
	bool text = false;
	for (const char *s = json; *s; s++) {
		bool opens = !text && (*s == '{' || *s == '['), closes = !text && (*s == '}' || *s == ']');
		bool empty = (opens && (s[1] == '}' || s[1] == ']')) || (closes && (s[-1] == '{' || s[-1] == '['));
		depth -= closes;
		if (closes && !empty)
			hl_buf_printf(out, "\n%*s", 2 * depth, "");
		hl_buf_putc(out, *s);
		depth += opens;
		if ((opens && !empty) || (!text && *s == ','))
			hl_buf_printf(out, "\n%*s", 2 * depth, "");
		if (!text && *s == ':')
			hl_buf_putc(out, ' ');
		if (text && *s == '\\')
			hl_buf_putc(out, *++s);
		else if (*s == '"')
			text = !text;
	}
	hl_buf_putc(out, '\n');
}

void hl_conf_schema(const struct hl_opt *table, const char *title, struct hl_buf *out)
{
	struct hl_buf json = HL_BUF(4 << 20);
	struct hl_json j;
	struct hl_schema s = { .j = &j, .path = "#" };
	hl_json_init(&j, &json);
	hl_json_open(&j, '{');
	hl_json_str(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	hl_json_str(&j, "title", title);
	hl_schema_table(&s, table);
	hl_json_close(&j);
	indent(hl_buf_text(&json), out);
	hl_buf_fini(&json);
}
