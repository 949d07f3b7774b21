/* layout_json.c: hotlist files in JSON: an array of objects, or one object a line. An array is cut into its objects before they are parsed, so that a file of
 * any size needs the memory of one; its brackets and commas are held against each other, so that a list that was cut off is known as such. Works
 * for one record of one run; pure; any thread.
 */
#include "config.h"

#include "format/layout_impl.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the object at s, its brackets counted; 0 where it does not end within n bytes. */
static size_t object_length(const char *s, size_t n)
{
	size_t depth = 0;
	bool text = false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (text && c == '\\') {
			i++;
		} else if (c == '"') {
			text = !text;
		} else if (!text) {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			if (!depth)
				return i + 1;
		}
	}
	return 0;
}

bool hl_array_begins(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && strchr(" \t\r\n", s[i]) && s[i])
		i++;
	return i < n && s[i] == '[';
}

static const char *array_expects(enum hl_array_state state)
{
	if (state == HL_ARRAY_BEHIND)
		return "a comma or the list's closing bracket: the rest was not read";
	return state == HL_ARRAY_CLOSED ? "nothing behind the list's closing bracket: it was not read" : "an object {...}: the rest was not read";
}

const char *hl_array_step(enum hl_array_state *state, const char *s, size_t n, size_t *skip, size_t *object)
{
	char c;
	*object = *skip = 0;
	while (*skip < n && s[*skip] && strchr(" \t\r\n", s[*skip]))
		++*skip;
	/* What follows is looked at in a window of its own, which holds the longest object there may be. */
	if (*skip)
		return NULL;
	c = s[0];
	*skip = 1;
	if (*state == HL_ARRAY_BEGIN && c == '[') {
		*state = HL_ARRAY_FIRST;
	} else if (*state == HL_ARRAY_BEHIND && c == ',') {
		*state = HL_ARRAY_NEXT;
	} else if ((*state == HL_ARRAY_BEHIND || *state == HL_ARRAY_FIRST) && c == ']') {
		*state = HL_ARRAY_CLOSED;
	} else if ((*state == HL_ARRAY_FIRST || *state == HL_ARRAY_NEXT) && c == '{') {
		*skip = 0;
		*object = object_length(s, n < HL_LINE_MAX ? n : HL_LINE_MAX);
		*state = HL_ARRAY_BEHIND;
		return *object ? NULL : "an object that ends within 65536 bytes: the rest was not read";
	} else {
		return array_expects(*state);
	}
	return NULL;
}

/* The character that comes next in a name: without case and without the space, _ and - between its words. 0: the end. */
static char next_of(const char **s, const char *end)
{
	while (*s < end && (**s == ' ' || **s == '_' || **s == '-'))
		++*s;
	if (*s == end)
		return 0;
	char c = *(*s)++;
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_name(const char *a, size_t a_n, const char *b, size_t b_n)
{
	const char *a_end = a + a_n, *b_end = b + b_n;
	char x, y;
	do {
		x = next_of(&a, a_end);
		y = next_of(&b, b_end);
	} while (x == y && x);
	return x == y;
}

bool hl_layout_named(const struct hl_strings *names, const char *s, size_t n)
{
	for (size_t i = 0; i < names->n; i++)
		if (same_name(names->v[i], strlen(names->v[i]), s, n))
			return true;
	return false;
}

/* The member of an object by the first part of a path; its number from 1. */
static json_t *member_of(json_t *object, const char *name, size_t n, unsigned *number)
{
	const char *key;
	json_t *value;
	unsigned i = 0;
	json_object_foreach(object, key, value) {
		i++;
		if (!same_name(name, n, key, strlen(key)))
			continue;
		*number = i;
		return value;
	}
	return NULL;
}

/* "a.b": member b of member a. The number is that of the outermost. */
static json_t *find(json_t *object, const char *path, unsigned *number)
{
	unsigned inner;
	size_t n = strcspn(path, ".");
	json_t *value = member_of(object, path, n, number);
	while (value && path[n] == '.') {
		path += n + 1;
		n = strcspn(path, ".");
		value = member_of(value, path, n, &inner);
	}
	return value;
}

/* A value as text. Numbers are whole: a plate or year that was written with a fraction is none. False for what no field can be. */
static bool value_text(const json_t *value, char room[HL_NUMBER_TEXT], struct hl_piece *p)
{
	if (json_is_string(value)) {
		*p = (struct hl_piece){ .s = json_string_value(value), .n = json_string_length(value), .quoted = true };
		return true;
	}
	if (json_is_integer(value))
		snprintf(room, HL_NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		hl_copy(room, HL_NUMBER_TEXT, json_is_true(value) ? "true" : json_is_false(value) ? "false" : "");
	*p = (struct hl_piece){ .s = room, .n = strlen(room) };
	return json_is_integer(value) || json_is_boolean(value) || json_is_null(value);
}

void hl_layout_json_free(struct hl_record_ctx *c)
{
	json_decref(c->json);
	c->json = NULL;
}

static bool take_member(struct hl_record_ctx *c, const struct hl_layout_field *row, struct hl_named *out)
{
	json_t *value = NULL;
	out->p = (struct hl_piece){ 0 };
	out->column = 0;
	for (size_t k = 0; k < row->key.n && !value; k++)
		value = find(c->json, row->key.v[k], &out->column);
	if (!value || value_text(value, out->number, &out->p))
		return true;
	return hl_layout_fault(c, out->column, hl_fields[row->field].name, "a list, an object or a fraction", strlen("a list, an object or a fraction"),
			       "a text or a whole number");
}

bool hl_layout_json(struct hl_record_ctx *c)
{
	const struct hl_layout_field *rows = c->layout->fields.v;
	char expected[HL_EXPECTED];
	json_error_t e;
	hl_layout_json_free(c);
	c->json = json_loadb(c->s, c->n, JSON_REJECT_DUPLICATES, &e);
	if (!c->json) {
		/* Without the bytes that jansson quotes: they stand in `found`, escaped. */
		char *near = strstr(e.text, " near ");
		if (near)
			*near = 0;
		snprintf(expected, sizeof expected, "an object of JSON (%.100s)", e.text);
		return hl_layout_fault(c, e.position > 0 ? (unsigned)e.position : 0, NULL, c->s, c->n, expected);
	}
	if (!json_is_object((const json_t *)c->json))
		return hl_layout_fault(c, 0, NULL, c->s, c->n, "an object {...} in each line, or a list of them");
	for (size_t i = 0; i < c->layout->fields.n; i++)
		if (rows[i].key.n && !take_member(c, &rows[i], &c->named[i]))
			return false;
	return true;
}
