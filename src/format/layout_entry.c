/* layout_entry.c: the texts of a line -> an entry: what it lacks is filled, what is required is checked, plate, priority and `about` are read.
 * Works for one record of one run; pure; any thread.
 */
#include "format/layout_impl.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hl_record_init(struct hl_record_ctx *c, const struct hl_layout *l, const struct hl_layout_run *run, const struct hl_split *split, const int *column_of)
{
	size_t total = 0;
	*c = (struct hl_record_ctx){ .layout = l, .run = run, .split = split, .column_of = column_of };
	for (int f = 0; f < HL_FIELDS; f++)
		total += hl_fields[f].max + 1;
	c->named = hl_calloc(l->fields.n, sizeof c->named[0]);
	char *at = c->texts = hl_alloc(total);
	for (int f = 0; f < HL_FIELDS; f++) {
		c->text[f] = at;
		at += hl_fields[f].max + 1;
	}
}

void hl_record_fini(struct hl_record_ctx *c)
{
	hl_layout_json_free(c);
	free(c->named);
	free(c->texts);
}

static bool is_time(int field)
{
	return field == HL_F_STARTS || field == HL_F_EXPIRES;
}

static int64_t *time_of(struct hl_entry *e, int field)
{
	return field == HL_F_STARTS ? &e->starts_ms : &e->expires_ms;
}

/* "from-category" -> the field, -1 where value is no such thing, -2 where it names none. NIC is what NCIC calls the record. */
static int source_of(const char *value)
{
	if (strncmp(value, "from-", 5))
		return -1;
	int field = strcmp(value, "from-nic") ? hl_field_find(value + 5) : HL_F_RECORD;
	return field < 0 ? -2 : field;
}

/* "+30d", "36h" from now on, or a date. */
static bool fill_time(const struct hl_layout_run *run, const struct hl_layout_fill *fill, int64_t *ms)
{
	static const char *const dates[] = { "rfc3339", "yyyy-mm-dd", "yyyymmdd", "mm/dd/yyyy" };
	int64_t span;
	const char *s = fill->value + (fill->value[0] == '+');
	if (hl_duration_parse(s, &span) && span >= 0) {
		*ms = run->now_ms + span;
		return true;
	}
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
		if (hl_date_parse(dates[i], fill->value, strlen(fill->value), fill->field == HL_F_EXPIRES, ms))
			return true;
	return false;
}

static void fill_one(struct hl_record_ctx *c, const struct hl_layout_fill *fill)
{
	struct hl_entry *e = &c->entry;
	int from = source_of(fill->value);
	if (from >= 0) {
		e->f[fill->field] = e->f[from];
		if (is_time(fill->field))
			*time_of(e, fill->field) = *time_of(e, from);
		return;
	}
	e->f[fill->field] = fill->value;
	if (!is_time(fill->field))
		return;
	if (fill_time(c->run, fill, time_of(e, fill->field)))
		hl_time_format(*time_of(e, fill->field), c->text[fill->field]);
	e->f[fill->field] = c->text[fill->field];
}

static bool wrong(struct hl_record_ctx *c, int field, const char *expected)
{
	const char *text = c->entry.f[field];
	return hl_layout_fault(c, c->column[field], hl_fields[field].name, text, strlen(text), expected);
}

static bool missing(struct hl_record_ctx *c, int field)
{
	char expected[96];
	snprintf(expected, sizeof expected, "a value: %s is required", hl_fields[field].name);
	return hl_layout_fault(c, c->column[field], hl_fields[field].name, "", 0, expected);
}

/* Marks that never stand on a plate, but between the columns of a file that another layout would fit. */
static bool has_mark(const char *s)
{
	bool mark = false;
	for (; *s && !mark; s++)
		mark = *s == ',' || *s == ';' || *s == '|' || *s == '"' || *s == '<' || *s == '>' || *s == '{' || *s == '}';
	return mark;
}

static bool take_plate(struct hl_record_ctx *c)
{
	const char *text = c->entry.f[HL_F_PLATE];
	if (!text[0])
		return missing(c, HL_F_PLATE);
	if (has_mark(text))
		return wrong(c, HL_F_PLATE, "a plate: letters, digits, spaces, - . ? and * (is it the right layout?)");
	const struct hl_pattern *p = &c->entry.pattern;
	if (hl_pattern_parse(&c->entry.pattern, text, strlen(text), c->layout->o0_collapsed, NULL) != HL_OK)
		return wrong(c, HL_F_PLATE, "a plate of 1 to 12 letters, digits, ? and *, not only ? and *");
	if (hl_pattern_is_partial(p) && hl_pattern_fixed(p) < HL_PARTIAL_FIXED)
		return wrong(c, HL_F_PLATE, "at least 3 letters or digits in a partial plate (with * or more than two ?)");
	return true;
}

static bool take_priority(struct hl_record_ctx *c)
{
	const char *text = c->entry.f[HL_F_PRIORITY];
	if (!text[0])
		return true;
	if (text[0] < '1' || text[0] > '9' || text[1])
		return wrong(c, HL_F_PRIORITY, HL_EXPECT_PRIORITY);
	c->entry.priority = text[0] - '0';
	return true;
}

static bool take_about(struct hl_record_ctx *c)
{
	const char *text = c->entry.f[HL_F_ABOUT];
	c->entry.about_plate = !strcmp(text, "plate");
	return c->entry.about_plate || !text[0] || !strcmp(text, "vehicle") || wrong(c, HL_F_ABOUT, HL_EXPECT_ABOUT);
}

static bool take_action(struct hl_record_ctx *c)
{
	static const char *const words[] = { [HL_ACT_ADD] = "add", [HL_ACT_CHANGE] = "change", [HL_ACT_REMOVE] = "remove" };
	const char *text = c->entry.f[HL_F_ACTION];
	uint8_t action = HL_ACT_NONE;
	for (uint8_t i = HL_ACT_ADD; i <= HL_ACT_REMOVE; i++)
		action = hl_text_same(words[i], text) ? i : action;
	if (text[0] && !action)
		return wrong(c, HL_F_ACTION, HL_EXPECT_ACTION);
	if (c->run->remove && action && action != HL_ACT_REMOVE)
		return wrong(c, HL_F_ACTION, "remove: this upload takes entries off (--remove)");
	c->entry.action = c->run->remove ? HL_ACT_REMOVE : action;
	c->entry.f[HL_F_ACTION] = "";
	return true;
}

static bool check_times(struct hl_record_ctx *c)
{
	const struct hl_entry *e = &c->entry;
	return e->expires_ms == HL_NO_TIME || e->starts_ms == HL_NO_TIME || e->expires_ms > e->starts_ms || wrong(c, HL_F_EXPIRES, "a time after starts");
}

bool hl_layout_entry(struct hl_record_ctx *c)
{
	for (size_t i = 0; i < c->run->n_fill; i++)
		if (!c->entry.f[c->run->fill[i].field][0])
			fill_one(c, &c->run->fill[i]);
	if (!take_action(c) || !take_plate(c))
		return false;
	for (size_t i = 0; i < c->run->n_required && c->entry.action != HL_ACT_REMOVE; i++)
		if (!c->entry.f[c->run->required[i]][0])
			return missing(c, (int)c->run->required[i]);
	return take_priority(c) && take_about(c) && check_times(c);
}

static const char *fill_fault(const struct hl_layout_run *run, const struct hl_layout_fill *fill)
{
	int64_t ms;
	int from = source_of(fill->value);
	size_t n = strlen(fill->value);
	if (fill->field == HL_F_PLATE)
		return "no value: a plate is never filled";
	if (from == -2 || (from >= 0 && is_time(fill->field) != is_time(from)))
		return "from- and the name of another field of its kind";
	if (from >= 0)
		return NULL;
	if (is_time(fill->field))
		return fill_time(run, fill, &ms) ? NULL : "a duration from now (36h, +30d) or a date";
	if (fill->field == HL_F_PRIORITY && (n != 1 || fill->value[0] < '1' || fill->value[0] > '9'))
		return HL_EXPECT_PRIORITY;
	if (n > hl_fields[fill->field].max || !hl_text_utf8(fill->value, n))
		return "UTF-8 within the field's length";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)fill->value[i] < 0x20 || fill->value[i] == 0x7f)
			return "text without control bytes";
	return NULL;
}

enum hl_code hl_layout_check_run(const struct hl_layout_run *run, struct hl_err *err)
{
	for (size_t i = 0; i < run->n_fill; i++) {
		const char *expected = fill_fault(run, &run->fill[i]);
		if (expected)
			return hl_err_set(err, HL_E_USAGE, "fill %s: found '%.60s', expected %s", hl_fields[run->fill[i].field].name, run->fill[i].value, expected);
	}
	return HL_OK;
}
