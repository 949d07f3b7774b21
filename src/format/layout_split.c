/* layout_split.c: a delimited record -> pieces, by RFC 4180: quotes open only at the beginning of a column, are doubled inside, and may hold delimiters and line breaks.
 * A quote inside a column that does not begin with one is text (5" lift). Pieces are views; nothing is copied. Pure; any thread.
 */
#include "format/layout_impl.h"

#include <string.h>

struct cursor {
	const char *s;
	size_t n, i;
	char delimiter, quote;
};

static bool line_end(const struct cursor *c)
{
	return c->i == c->n || c->s[c->i] == '\n' || (c->s[c->i] == '\r' && (c->i + 1 == c->n || c->s[c->i + 1] == '\n'));
}

/* False where the quote is not closed within a line's bounds. c->i is left behind the closing quote. */
static bool quoted_piece(struct cursor *c, struct hl_piece *p)
{
	size_t limit = c->n < HL_LINE_MAX ? c->n : HL_LINE_MAX;
	*p = (struct hl_piece){ .s = c->s + ++c->i, .quoted = true };
	for (; c->i < limit; c->i++) {
		const char *q = memchr(c->s + c->i, c->quote, limit - c->i);
		if (!q)
			return false;
		c->i = (size_t)(q - c->s);
		if (c->i + 1 == c->n || q[1] != c->quote) {
			p->n = (size_t)(q - p->s);
			c->i++;
			return true;
		}
		p->escaped = true;
		c->i++;
	}
	return false;
}

static void plain_piece(struct cursor *c, struct hl_piece *p, bool rest)
{
	size_t from = c->i;
	while (!line_end(c) && (rest || c->s[c->i] != c->delimiter))
		c->i++;
	*p = (struct hl_piece){ .s = c->s + from, .n = c->i - from };
}

static bool refuse(struct hl_split *out, const char *found, const char *expected)
{
	out->found = found;
	out->expected = expected;
	return false;
}

bool hl_split_delimited(const struct hl_layout *l, const char *s, size_t n, size_t most, struct hl_split *out)
{
	struct cursor c = { .s = s, .n = n, .delimiter = l->delimiter, .quote = l->quote };
	for (out->n = 0;;) {
		if (out->n == HL_COLUMNS_MAX)
			return refuse(out, "more than 256 columns", "at most 256 columns");
		struct hl_piece *p = &out->piece[out->n++];
		bool rest = most && out->n == most;
		if (!c.quote || rest || line_end(&c) || c.s[c.i] != c.quote)
			plain_piece(&c, p, rest);
		else if (!quoted_piece(&c, p))
			return refuse(out, "a quote that is never closed", "a closing quote within 65536 bytes");
		else if (!line_end(&c) && c.s[c.i] != c.delimiter)
			return refuse(out, "text after a closing quote", "a delimiter or the line's end after a closing quote");
		if (line_end(&c))
			break;
		c.i++;
	}
	out->text = c.i;
	c.i += c.i < n && s[c.i] == '\r';
	out->used = c.i + (c.i < n);
	return true;
}
