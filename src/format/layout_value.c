/* layout_value.c: a piece of a line -> the text of a field: unquoted, trimmed, UTF-8 without control bytes, codes restored and mapped, dates parsed.
 * Works for one record of one run; pure; any thread.
 */
#include "format/layout_impl.h"
#include "core/vehicle.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CODE = 256 };

/* Writes one byte of a found text so that it can be shown. */
static size_t show(const char *s, size_t n, char *dst, size_t room)
{
	size_t len = hl_text_utf8_len(s, n);
	unsigned char c = (unsigned char)s[0], next = len > 1 ? (unsigned char)s[1] : 0xff;
	bool plain = len && c >= 0x20 && c != 0x7f && !(c == 0xc2 && next < 0xa0);
	if (plain && len <= room) {
		memcpy(dst, s, len);
		return len;
	}
	if (!plain && room >= 4) {
		static const char hex[] = "0123456789abcdef";
		memcpy(dst, "\\x", 2);
		dst[2] = hex[c >> 4];
		dst[3] = hex[c & 15];
		return 4;
	}
	return 0;
}

static void show_all(const char *s, size_t n, char *dst, size_t size)
{
	size_t at = 0, room = size - 4;
	for (size_t i = 0; i < n;) {
		size_t put = show(s + i, n - i, dst + at, room - at);
		if (!put) {
			memcpy(dst + at, "...", 3);
			at += 3;
			break;
		}
		size_t len = hl_text_utf8_len(s + i, n - i);
		i += len && put == len ? len : 1;
		at += put;
	}
	dst[at] = 0;
}

bool hl_layout_fault(struct hl_record_ctx *c, unsigned column, const char *field, const char *found, size_t found_n, const char *expected)
{
	c->fault.column = column;
	c->fault.whole = false;
	hl_copy(c->fault.field, sizeof c->fault.field, field ? field : "");
	show_all(found, found_n, c->fault.found, sizeof c->fault.found);
	hl_copy(c->fault.expected, sizeof c->fault.expected, expected);
	return false;
}

void hl_layout_join(char *dst, size_t size, const char *before, const char *const *words)
{
	size_t at = strlen(before), room = size - sizeof ", ...";
	hl_copy(dst, size, before);
	for (size_t i = 0; words[i]; i++) {
		size_t n = strlen(words[i]) + (i ? 2 : 0);
		if (at + n > room) {
			snprintf(dst + at, size - at, "%s...", i ? ", " : "");
			return;
		}
		snprintf(dst + at, size - at, "%s%s", i ? ", " : "", words[i]);
		at += n;
	}
}

/* The piece that a row names; false where the line has none. */
static bool find_piece(const struct hl_record_ctx *c, const struct hl_layout_field *row, size_t i, struct hl_piece *p, unsigned *column)
{
	if (row->tag.n || row->key.n) {
		*column = c->named[i].column;
		*p = c->named[i].p;
		return p->s != NULL;
	}
	if (c->layout->shape == HL_SHAPE_DELIMITED) {
		int k = c->column_of[i];
		*column = (unsigned)(k + 1);
		if (k < 0 || (size_t)k >= c->split->n)
			return false;
		*p = c->split->piece[k];
		return true;
	}
	size_t from = (size_t)row->at.from, to = row->at.to ? (size_t)row->at.to : c->n;
	*column = (unsigned)from + 1;
	if (from >= c->n)
		return false;
	*p = (struct hl_piece){ .s = c->s + from, .n = (to < c->n ? to : c->n) - from };
	return true;
}

static bool is_white(char c, bool lines)
{
	return c == ' ' || c == '\t' || (lines && (c == '\r' || c == '\n'));
}

static void trim(struct hl_piece *p)
{
	while (p->n && is_white(p->s[0], p->quoted))
		p->s++, p->n--;
	while (p->n && is_white(p->s[p->n - 1], p->quoted))
		p->n--;
}

struct text_out {
	char *dst;
	size_t size, n;
};

static bool put(struct text_out *o, const char *s, size_t n)
{
	if (o->n + n >= o->size)
		return false;
	memcpy(o->dst + o->n, s, n);
	o->n += n;
	return true;
}

/* One character at s; *used its bytes. NULL, or what would be accepted in its place. */
static const char *put_char(const struct hl_layout *l, const struct hl_piece *p, size_t i, struct text_out *o, size_t *used, bool *full)
{
	unsigned char ch = (unsigned char)p->s[i];
	*used = 1;
	if (p->quoted && (ch == '\n' || ch == '\r' || ch == '\t')) {
		*full = !put(o, " ", ch != '\r' || i + 1 == p->n || p->s[i + 1] != '\n');
		return NULL;
	}
	if (ch < 0x20 || ch == 0x7f)
		return "text without control bytes";
	*used = ch < 0x80 ? 1 : hl_text_utf8_len(p->s + i, p->n - i);
	if (ch >= 0x80 && (l->latin1 == HL_LATIN1 || (l->latin1 == HL_EITHER && !*used))) {
		*used = 1;
		char two[2] = { (char)(0xc0 | ch >> 6), (char)(0x80 | (ch & 0x3f)) };
		*full = !put(o, two, 2);
		return ch < 0xa0 ? "Latin-1 without control bytes" : NULL;
	}
	if (!*used)
		return "UTF-8 (if the file is Latin-1, a layout that says so)";
	*full = !put(o, p->s + i, *used);
	return ch == 0xc2 && (unsigned char)p->s[i + 1] < 0xa0 ? "text without control bytes" : NULL;
}

static void expect_length(int field, char *dst, size_t size)
{
	if (field == HL_F_PRIORITY)
		hl_copy(dst, size, HL_EXPECT_PRIORITY);
	else if (field == HL_F_ABOUT)
		hl_copy(dst, size, HL_EXPECT_ABOUT);
	else if (field == HL_F_ACTION)
		hl_copy(dst, size, HL_EXPECT_ACTION);
	else
		snprintf(dst, size, "at most %zu bytes", hl_fields[field].max);
}

static bool too_long(struct hl_record_ctx *c, const struct hl_layout_field *row, const struct hl_piece *p, unsigned column)
{
	char expected[64];
	expect_length(row->field, expected, sizeof expected);
	return hl_layout_fault(c, column, hl_fields[row->field].name, p->s, p->n, expected);
}

/* ASCII without control bytes: nearly all that is in lists, taken as it is. */
static bool is_plain(const char *s, size_t n)
{
	unsigned odd = 0;
	for (size_t i = 0; i < n; i++)
		odd |= (unsigned char)s[i] - 0x20u >= 0x7fu - 0x20u;
	return !odd;
}

/* The piece as text in dst. */
static bool to_text(struct hl_record_ctx *c, const struct hl_layout_field *row, const struct hl_piece *p, unsigned column, char *dst, size_t size)
{
	bool full = false;
	struct text_out o = { .dst = dst, .size = size };
	if (!p->escaped && p->n < size && is_plain(p->s, p->n)) {
		memcpy(dst, p->s, p->n);
		dst[p->n] = 0;
		return true;
	}
	for (size_t i = 0, used; i < p->n && !full; i += used) {
		const char *wrong = put_char(c->layout, p, i, &o, &used, &full);
		if (wrong)
			return hl_layout_fault(c, column, hl_fields[row->field].name, p->s, p->n, wrong);
		used += p->escaped && p->s[i] == c->layout->quote; /* the second of two */
	}
	o.dst[o.n] = 0;
	return !full || too_long(c, row, p, column);
}

static bool means_empty(const struct hl_layout_field *row, const char *text)
{
	for (size_t i = 0; i < row->empty.n; i++)
		if (hl_text_same(row->empty.v[i], text))
			return true;
	return false;
}

/* A code that the map lacks. */
static bool unmapped(struct hl_record_ctx *c, const struct hl_layout_field *row, unsigned column, const char *code)
{
	char expected[HL_EXPECTED];
	const char *words[HL_EXPECTED / 2 + 1] = { NULL }; /* more than can be shown */
	c->text[row->field][0] = 0;
	if (row->unmapped == HL_UNMAPPED_KEEP && !hl_copy(c->text[row->field], hl_fields[row->field].max + 1, code))
		return too_long(c, row, &(struct hl_piece){ .s = code, .n = strlen(code) }, column);
	if (row->unmapped != HL_UNMAPPED_FAULT)
		return true;
	for (size_t i = 0; i < row->map.n && i < HL_EXPECTED / 2; i++)
		words[i] = row->map.v[i].from;
	if (row->code)
		snprintf(expected, sizeof expected, "a %s by its code or name", hl_fields[row->field].name);
	else
		hl_layout_join(expected, sizeof expected, "one of ", words);
	return hl_layout_fault(c, column, hl_fields[row->field].name, code, strlen(code), expected);
}

static bool stands_for(const struct hl_code_pair *pair, const char *text)
{
	return pair->start ? !strncasecmp(pair->from, text, pair->start) : hl_text_same(pair->from, text);
}

/* What the code stands for, into the field's room. */
static bool map_code(struct hl_record_ctx *c, const struct hl_layout_field *row, unsigned column, const char *code)
{
	char *text = c->text[row->field];
	size_t size = hl_fields[row->field].max + 1;
	for (size_t i = 0; i < row->map.n; i++)
		if (stands_for(&row->map.v[i], code)) {
			hl_copy(text, size, row->map.v[i].to);
			return true;
		}
	return (row->code && hl_vehicle_code((enum hl_field)row->field, code, text, size)) || unmapped(c, row, column, code);
}

/* Files that wrote the letter O as zero: state, make, type and colour are known by their tables. */
static void restore(const struct hl_layout *l, int field, char *text, size_t size)
{
	char before[CODE];
	bool known = field == HL_F_STATE || field == HL_F_MAKE || field == HL_F_TYPE || field == HL_F_COLOR;
	if (!l->o0_collapsed || !known || !strchr(text, '0'))
		return;
	if (hl_copy(before, sizeof before, text))
		hl_vehicle_restore((enum hl_field)field, before, text, size);
}

static bool to_time(struct hl_record_ctx *c, const struct hl_layout_field *row, unsigned column)
{
	char expected[HL_EXPECTED], year[5];
	char *text = c->text[row->field];
	bool end = row->field == HL_F_EXPIRES, good;
	int64_t *ms = end ? &c->entry.expires_ms : &c->entry.starts_ms;
	if (row->field == HL_F_YEAR)
		good = hl_year_parse(&row->date, text, c->run->now_ms, year) && hl_copy(text, sizeof year, year);
	else
		good = hl_layout_date(c->layout, &row->date, text, strlen(text), end, ms);
	if (good)
		return true;
	hl_layout_expect_date(&row->date, row->field == HL_F_YEAR ? "a year as " : "a date as ", expected);
	return hl_layout_fault(c, column, hl_fields[row->field].name, text, strlen(text), expected);
}

static bool take_row(struct hl_record_ctx *c, const struct hl_layout_field *row, size_t i)
{
	struct hl_piece p;
	unsigned column = 0;
	if (row->constant)
		p = (struct hl_piece){ .s = row->constant, .n = strlen(row->constant) };
	else if (!find_piece(c, row, i, &p, &column))
		p = (struct hl_piece){ 0 };
	c->column[row->field] = column;
	trim(&p);
	if (!p.n)
		return true;
	/* A code may be longer than what it stands for. */
	bool mapped = row->map.n || row->code;
	char code[CODE], *text = mapped ? code : c->text[row->field];
	size_t size = mapped ? sizeof code : hl_fields[row->field].max + 1;
	if (!to_text(c, row, &p, column, text, size))
		return false;
	if (means_empty(row, text))
		return true;
	restore(c->layout, row->field, text, size);
	if (mapped && !map_code(c, row, column, code))
		return false;
	text = c->text[row->field];
	if (!text[0])
		return true;
	if (row->date.n && !to_time(c, row, column))
		return false;
	c->entry.f[row->field] = text;
	return true;
}

bool hl_layout_values(struct hl_record_ctx *c)
{
	const struct hl_layout_field *rows = c->layout->fields.v;
	if (c->layout->tagged && !hl_layout_tags(c))
		return false;
	if (c->layout->shape == HL_SHAPE_JSON && !hl_layout_json(c))
		return false;
	memset(&c->entry, 0, sizeof c->entry);
	memset(c->column, 0, sizeof c->column);
	c->entry.starts_ms = c->entry.expires_ms = HL_NO_TIME;
	for (int f = 0; f < HL_FIELDS; f++)
		c->entry.f[f] = "";
	for (size_t i = 0; i < c->layout->fields.n; i++)
		if (!c->entry.f[rows[i].field][0] && !take_row(c, &rows[i], i))
			return false;
	return true;
}
