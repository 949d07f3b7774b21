/* rules_diff.c: see rules_diff.h. */
#include "engine/rules_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"

enum { TEXT_MAX = 64 << 10, WHERE_MAX = 1024, LINES_MAX = 4000, AROUND = 3 };

/* ---- by what they say ---- */

struct walk {
	hl_rules_diff_fn fn;
	void *arg;
};

/* Flow YAML, which JSON is. */
static void put(const struct hl_node *n, const char *key, struct hl_json *j)
{
	if (n->kind == HL_NODE_SCALAR) {
		hl_json_str(j, key, n->text);
		return;
	}
	hl_json_open_key(j, key, n->kind == HL_NODE_MAP ? '{' : '[');
	for (size_t i = 0; i < n->n; i++)
		put(&n->child[i], n->kind == HL_NODE_MAP ? n->child[i].key : NULL, j);
	hl_json_close(j);
}

/* The node's text; a scalar without quotes. */
static void text_of(const struct hl_node *n, struct hl_buf *b)
{
	struct hl_json j;
	if (n->kind == HL_NODE_SCALAR) {
		hl_buf_puts(b, n->text);
		return;
	}
	hl_json_init(&j, b);
	put(n, NULL, &j);
}

static bool same(const struct hl_node *a, const struct hl_node *b)
{
	if (a->kind != b->kind || a->n != b->n)
		return false;
	if (a->kind == HL_NODE_SCALAR)
		return !strcmp(a->text, b->text);
	for (size_t i = 0; i < a->n; i++) {
		const struct hl_node *other = a->kind == HL_NODE_MAP ? hl_node_get(b, a->child[i].key) : &b->child[i];
		if (!other || !same(&a->child[i], other))
			return false;
	}
	return true;
}

static void tell(const struct walk *w, const char *where, const struct hl_node *a, const struct hl_node *b)
{
	struct hl_buf from = HL_BUF(TEXT_MAX), to = HL_BUF(TEXT_MAX);
	if (a)
		text_of(a, &from);
	if (b)
		text_of(b, &to);
	w->fn(w->arg, where, a ? hl_buf_text(&from) : NULL, b ? hl_buf_text(&to) : NULL);
	hl_buf_fini(&from);
	hl_buf_fini(&to);
}

static void walk_node(const struct walk *w, const char *where, const struct hl_node *a, const struct hl_node *b);

static void child(const struct walk *w, const char *where, const char *key, size_t number, const struct hl_node *a, const struct hl_node *b)
{
	struct hl_buf name = HL_BUF(WHERE_MAX);
	if (key)
		hl_buf_printf(&name, "%s%s%s", where, *where ? "." : "", key);
	else
		hl_buf_printf(&name, "%s[%zu]", where, number);
	if (a && b)
		walk_node(w, hl_buf_text(&name), a, b);
	else
		tell(w, hl_buf_text(&name), a, b);
	hl_buf_fini(&name);
}

static void walk_map(const struct walk *w, const char *where, const struct hl_node *a, const struct hl_node *b)
{
	for (size_t i = 0; i < a->n; i++)
		child(w, where, a->child[i].key, 0, &a->child[i], hl_node_get(b, a->child[i].key));
	for (size_t i = 0; i < b->n; i++)
		if (!hl_node_get(a, b->child[i].key))
			child(w, where, b->child[i].key, 0, NULL, &b->child[i]);
}

/* Rows equal at both ends are the same rows; of those between them each is compared with the one in its place. Numbers are those of the new list, else of the old. */
static void walk_rows(const struct walk *w, const char *where, const struct hl_node *a, const struct hl_node *b)
{
	size_t first = 0, an = a->n, bn = b->n;
	while (first < an && first < bn && same(&a->child[first], &b->child[first]))
		first++;
	for (; an > first && bn > first && same(&a->child[an - 1], &b->child[bn - 1]); an--)
		bn--;
	for (size_t i = first; i < an || i < bn; i++)
		child(w, where, NULL, i + 1, i < an ? &a->child[i] : NULL, i < bn ? &b->child[i] : NULL);
}

static void walk_node(const struct walk *w, const char *where, const struct hl_node *a, const struct hl_node *b)
{
	bool rows = a->kind == HL_NODE_SEQ && b->kind == HL_NODE_SEQ && ((a->n && a->child[0].kind == HL_NODE_MAP) || (b->n && b->child[0].kind == HL_NODE_MAP));
	if (same(a, b))
		return;
	if (a->kind == HL_NODE_MAP && b->kind == HL_NODE_MAP)
		walk_map(w, where, a, b);
	else if (rows)
		walk_rows(w, where, a, b);
	else
		tell(w, where, a, b);
}

void hl_rules_diff(const struct hl_node *a, const struct hl_node *b, hl_rules_diff_fn fn, void *arg)
{
	const struct walk w = { .fn = fn, .arg = arg };
	walk_node(&w, "", a, b);
}

/* ---- line by line ---- */

struct line {
	const char *s;
	size_t n;
};

struct text {
	struct line *v;
	size_t n;
};

static struct text split(const char *s)
{
	struct text t = { 0 };
	while (*s) {
		size_t n = strcspn(s, "\n");
		if (!(t.n & (t.n + 1)))
			t.v = hl_realloc(t.v, 2 * t.n + 2, sizeof *t.v);
		t.v[t.n++] = (struct line){ s, n };
		s += n + (s[n] == '\n');
	}
	return t;
}

static bool same_line(const struct line *a, const struct line *b)
{
	return a->n == b->n && !memcmp(a->s, b->s, a->n);
}

/* What is to be printed, one after the other, and what of it. */
struct edit {
	char mark;
	const struct line *line;
};

/* The longest common subsequence of the lines between equal beginnings and ends, by the table of its lengths. */
static size_t edits(const struct text *a, const struct text *b, struct edit *e)
{
	size_t first = 0, an = a->n, bn = b->n, k = 0;
	while (first < an && first < bn && same_line(&a->v[first], &b->v[first]))
		first++;
	for (; an > first && bn > first && same_line(&a->v[an - 1], &b->v[bn - 1]); an--)
		bn--;
	size_t rows = an - first, columns = bn - first, width = columns + 1;
	bool whole = rows > LINES_MAX || columns > LINES_MAX;
	uint16_t *length = hl_calloc(whole ? 1 : (rows + 1) * width, sizeof *length);
	for (size_t i = rows; !whole && i-- > 0;)
		for (size_t j = columns; j-- > 0;) {
			uint16_t down = length[(i + 1) * width + j], right = length[i * width + j + 1];
			length[i * width + j] = same_line(&a->v[first + i], &b->v[first + j]) ? (uint16_t)(length[(i + 1) * width + j + 1] + 1) : down > right ? down : right;
		}
	for (size_t i = 0; i < first; i++)
		e[k++] = (struct edit){ ' ', &a->v[i] };
	for (size_t i = 0, j = 0; i < rows || j < columns;) {
		if (!whole && i < rows && j < columns && same_line(&a->v[first + i], &b->v[first + j])) {
			e[k++] = (struct edit){ ' ', &a->v[first + i++] };
			j++;
		} else if (i < rows && (whole || j == columns || length[(i + 1) * width + j] >= length[i * width + j + 1])) {
			e[k++] = (struct edit){ '-', &a->v[first + i++] };
		} else {
			e[k++] = (struct edit){ '+', &b->v[first + j++] };
		}
	}
	for (size_t i = an; i < a->n; i++)
		e[k++] = (struct edit){ ' ', &a->v[i] };
	free(length);
	return k;
}

static bool near_change(const struct edit *e, size_t n, size_t i)
{
	for (size_t k = i > AROUND ? i - AROUND : 0; k < n && k <= i + AROUND; k++)
		if (e[k].mark != ' ')
			return true;
	return false;
}

void hl_rules_diff_text(const char *a, const char *b, struct hl_buf *out)
{
	struct text x = split(a), y = split(b);
	struct edit *e = hl_calloc(x.n + y.n + 1, sizeof *e);
	size_t n = edits(&x, &y, e), was = 0, is = 0;
	bool shown = false;
	for (size_t i = 0; i < n; i++) {
		bool show = near_change(e, n, i);
		was += e[i].mark != '+';
		is += e[i].mark != '-';
		if (show && !shown)
			hl_buf_printf(out, "@@ line %zu, line %zu @@\n", was ? was : 1, is ? is : 1);
		if (show)
			hl_buf_printf(out, "%c%.*s\n", e[i].mark, (int)e[i].line->n, e[i].line->s);
		shown = show;
	}
	free(e);
	free(x.v);
	free(y.v);
}
