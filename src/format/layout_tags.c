/* layout_tags.c: a run of TAG/value in a line, as old teletype formats have it: "VYR/05 VMA/DODG VCO/RED DOT/010315". A word that begins with a tag and the
 * mark begins a value; the words behind it, up to the next tag, belong to it. Pieces are views. Works for one record of one run; pure; any thread.
 */
#include "format/layout_impl.h"

#include <string.h>

enum { TAG_MIN = 2, TAG_MAX = 8 };

/* The length of the tag at s: 2 to 8 capitals and digits before the mark; 0 where a value goes on ("N/A", "YEL/BLK" behind a space is a tag all the same). */
static size_t tag_length(const char *s, size_t n, char mark)
{
	size_t k = 0;
	while (k < n && k <= TAG_MAX && ((s[k] >= 'A' && s[k] <= 'Z') || (s[k] >= '0' && s[k] <= '9')))
		k++;
	return k >= TAG_MIN && k <= TAG_MAX && k < n && s[k] == mark ? k : 0;
}

/* The tag that begins next, behind a space; n where none does. */
static size_t next_tag(const char *s, size_t n, size_t at, char mark)
{
	for (; at < n; at++)
		if ((!at || s[at - 1] == ' ') && tag_length(s + at, n - at, mark))
			return at;
	return n;
}

static bool is_named(const struct hl_layout_field *row, const char *tag, size_t n)
{
	for (size_t i = 0; i < row->tag.n; i++)
		if (strlen(row->tag.v[i]) == n && !memcmp(row->tag.v[i], tag, n))
			return true;
	return false;
}

/* To each row that has the tag; of a tag that stands twice the first value that is not empty is kept. */
static void keep(struct hl_record_ctx *c, const char *tag, size_t tag_n, const struct hl_named *value)
{
	const struct hl_layout_field *rows = c->layout->fields.v;
	for (size_t i = 0; i < c->layout->fields.n; i++)
		if (!c->named[i].p.n && is_named(&rows[i], tag, tag_n))
			c->named[i] = *value;
}

/* Where the run stands in the record: false where it has none. */
static bool run_of(const struct hl_record_ctx *c, const char **s, size_t *n, unsigned *column)
{
	const struct hl_tags *t = &c->layout->tags;
	size_t from = c->layout->shape == HL_SHAPE_FIXED ? (size_t)t->from : 0;
	*column = (unsigned)from + 1;
	if (c->layout->shape == HL_SHAPE_DELIMITED) {
		*column = (unsigned)t->column;
		if ((size_t)t->column > c->split->n)
			return false;
		*s = c->split->piece[t->column - 1].s;
		*n = c->split->piece[t->column - 1].n;
		return true;
	}
	if (from >= c->n)
		return false;
	*s = c->s + from;
	*n = c->n - from;
	return true;
}

bool hl_layout_tags(struct hl_record_ctx *c)
{
	const char *s;
	size_t n, at;
	unsigned column;
	char mark = c->layout->tags.mark, expected[] = "TAG/value";
	memset(c->named, 0, c->layout->fields.n * sizeof c->named[0]);
	if (!run_of(c, &s, &n, &column))
		return true;
	at = next_tag(s, n, 0, mark);
	const char *lead = s;
	size_t lead_n = at;
	hl_text_trim(&lead, &lead_n);
	expected[3] = mark;
	if (lead_n)
		return hl_layout_fault(c, column, NULL, lead, lead_n, expected);
	while (at < n) {
		size_t tag = tag_length(s + at, n - at, mark), from = at + tag + 1, end = next_tag(s, n, from, mark);
		unsigned place = c->layout->shape == HL_SHAPE_DELIMITED ? column : column + (unsigned)from;
		const char *value = s + from;
		size_t value_n = end - from;
		hl_text_trim(&value, &value_n);
		keep(c, s + at, tag, &(struct hl_named){ .p = { .s = value, .n = value_n }, .column = place });
		at = end;
	}
	return true;
}
