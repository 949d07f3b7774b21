/* template_load.c: a template's file into its parts. The file: `#` comments and `language: NAME` before the first part; each part begins with `=== NAME` on a line
 * of its own and reaches to the next. All faults of a file are told, with line and column. Any thread.
 */
#include "config.h"

#include "adapter/template_priv.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 32 };

struct loading {
	struct hl_template *t;
	const char *file;
	struct hl_faults *faults;
	const char *line;                          /* where the present one begins */
	size_t n;                                  /* its bytes, without its end */
	unsigned number;
	struct hl_part_items *part;                /* NULL: none yet, or one of an unknown name */
	enum hl_part which;
	bool in_part;
	struct hl_item open[HL_TEMPLATE_DEPTH];    /* sections that are not closed yet */
	unsigned depth;
};

static void __attribute__((format(printf, 3, 4))) fault(struct loading *l, const char *at, const char *fmt, ...)
{
	char text[HL_ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	hl_faults_add(l->faults, l->file, l->number, (unsigned)(at - l->line) + 1, "%s", text);
}

static void add(struct loading *l, struct hl_item item, const char *at)
{
	struct hl_part_items *p = l->part;
	if (p->n >= HL_TEMPLATE_ITEMS_MAX) {
		if (p->n++ == HL_TEMPLATE_ITEMS_MAX)
			fault(l, at, "part '%s' has more than %d pieces", hl_part_name(l->which), HL_TEMPLATE_ITEMS_MAX);
		return;
	}
	if ((p->n & (p->n - 1)) == 0)
		p->item = hl_realloc(p->item, p->n ? 2 * p->n : 1, sizeof *p->item);
	item.line = l->number;
	item.column = (unsigned)(at - l->line) + 1;
	p->item[p->n++] = item;
}

static void add_text(struct loading *l, const char *s, size_t n)
{
	if (n)
		add(l, (struct hl_item){ .kind = HL_IT_TEXT, .text = s, .n = n }, s);
}

static void close_section(struct loading *l, const struct hl_item *it, const char *at)
{
	if (!l->depth) {
		fault(l, at, "{{/%s}} ends a section that has not begun", hl_names[it->name].name);
		return;
	}
	const struct hl_item *open = &l->open[l->depth - 1];
	if (open->name != it->name)
		fault(l, at, "{{/%s}} stands where {{/%s}} is expected, for line %u", hl_names[it->name].name, hl_names[open->name].name, open->line);
	l->depth--;
	add(l, *it, at);
}

static void open_section(struct loading *l, struct hl_item it, const char *at)
{
	if (l->depth == HL_TEMPLATE_DEPTH) {
		fault(l, at, "more than %d sections inside each other", HL_TEMPLATE_DEPTH);
		return;
	}
	it.line = l->number;
	it.column = (unsigned)(at - l->line) + 1;
	l->open[l->depth++] = it;
	add(l, it, at);
}

/* The id of the name of n bytes; HL_NAMES with a fault where there is none. */
static enum hl_name_id find_name(struct loading *l, const char *s, size_t n, const char *at)
{
	char name[NAME_MAX_LEN + 1];
	const char *words[HL_NAMES + 1] = { 0 };
	if (!n || n > NAME_MAX_LEN || strspn(s, "abcdefghijklmnopqrstuvwxyz_") < n) {
		fault(l, at, "'{{' without a name: expected {{name}}, {{#name}}, {{^name}} or {{/name}}");
		return HL_NAMES;
	}
	hl_copy_n(name, sizeof name, s, n);
	for (unsigned i = 0; i < HL_NAMES; i++) {
		words[i] = hl_names[i].name;
		if (!strcmp(name, words[i]))
			return (enum hl_name_id)i;
	}
	const char *near = hl_text_nearest(name, words);
	if (near)
		fault(l, at, "unknown name '%s' (did you mean '%s'?)", name, near);
	else
		fault(l, at, "unknown name '%s'", name);
	return HL_NAMES;
}

/* The mark of n bytes between the braces; at is where they begin. */
static void add_mark(struct loading *l, const char *s, size_t n, const char *at)
{
	struct hl_item it = { .kind = HL_IT_NAME };
	if (n && strchr("#^/", *s)) {
		it.kind = *s == '#' ? HL_IT_OPEN : *s == '^' ? HL_IT_OPEN_NOT : HL_IT_CLOSE;
		s++;
		n--;
	}
	hl_text_trim(&s, &n);
	it.name = find_name(l, s, n, at);
	if (it.name == HL_NAMES)
		return;
	if (it.kind == HL_IT_CLOSE)
		close_section(l, &it, at);
	else if (it.kind != HL_IT_NAME)
		open_section(l, it, at);
	else if (hl_names[it.name].kind == HL_NK_FLAG)
		fault(l, at, "'%s' has no text: it is for sections, {{#%s}}…{{/%s}}", hl_names[it.name].name, hl_names[it.name].name, hl_names[it.name].name);
	else
		add(l, it, at);
}

/* One line of a part. */
static void read_words(struct loading *l)
{
	const char *p = l->line, *end = p + l->n;
	while (p < end) {
		const char *open = memmem(p, (size_t)(end - p), "{{", 2);
		const char *stray = memmem(p, (size_t)((open ? open : end) - p), "}}", 2);
		add_text(l, p, (size_t)((open ? open : end) - p));
		if (stray)
			fault(l, stray, "'}}' without '{{'");
		if (!open)
			break;
		const char *close = memmem(open + 2, (size_t)(end - open - 2), "}}", 2);
		if (!close) {
			fault(l, open, "'{{' without '}}' on the same line");
			break;
		}
		add_mark(l, open + 2, (size_t)(close - open - 2), open);
		p = close + 2;
	}
	add(l, (struct hl_item){ .kind = HL_IT_END }, end);
}

static void end_part(struct loading *l)
{
	while (l->depth) {
		const struct hl_item *it = &l->open[--l->depth];
		hl_faults_add(l->faults, l->file, it->line, it->column, "section '%s' is not closed: expected {{/%s}}", hl_names[it->name].name, hl_names[it->name].name);
	}
	/* What is behind the last words is no part of them. */
	while (l->part && l->part->n && l->part->n <= HL_TEMPLATE_ITEMS_MAX && l->part->item[l->part->n - 1].kind == HL_IT_END &&
	       (l->part->n == 1 || l->part->item[l->part->n - 2].kind == HL_IT_END))
		l->part->n--;
	l->part = NULL;
}

static void begin_part(struct loading *l)
{
	const char *s = l->line + 3;
	size_t n = l->n - 3;
	const char *words[] = { "subject", "text", "html", "sms", NULL };
	end_part(l);
	l->in_part = true;
	hl_text_trim(&s, &n);
	for (unsigned p = 0; p < HL_PARTS; p++)
		if (strlen(hl_part_name(p)) == n && !memcmp(hl_part_name(p), s, n)) {
			l->part = &l->t->part[p];
			l->which = (enum hl_part)p;
		}
	if (!l->part) {
		char name[NAME_MAX_LEN + 1];
		hl_copy_n(name, sizeof name, s, n);
		const char *near = hl_text_nearest(name, words);
		fault(l, s, "unknown part '%s'%s%s%s: expected subject, text, html or sms", name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	} else if (l->part->there) {
		fault(l, s, "part '%s' stands here twice, the first time in line %u", hl_part_name(l->which), l->part->line);
		l->part = NULL;
	} else {
		l->part->there = true;
		l->part->line = l->number;
	}
}

/* Before the first part: comments and the language. */
static void read_head(struct loading *l)
{
	static const char key[] = "language:";
	const char *s = l->line;
	size_t n = l->n;
	hl_text_trim(&s, &n);
	if (!n || *s == '#')
		return;
	if (n <= strlen(key) || memcmp(s, key, strlen(key))) {
		fault(l, s, "expected '# comment', 'language: NAME' or '=== PART'");
		return;
	}
	s += strlen(key);
	n -= strlen(key);
	hl_text_trim(&s, &n);
	if (!n || n >= sizeof l->t->language || strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") < n)
		fault(l, s, "no language: expected a name as 'de' or 'es-MX'");
	else
		hl_copy_n(l->t->language, sizeof l->t->language, s, n);
}

/* Bytes that are no text, with their place. */
static bool check_bytes(struct loading *l, const char *text, size_t n)
{
	const char *line = text;
	unsigned number = 1;
	for (size_t i = 0, k; i < n; i += k) {
		unsigned char c = (unsigned char)text[i];
		k = hl_text_utf8_len(text + i, n - i);
		bool line_end = c == '\n' || (c == '\r' && i + 1 < n && text[i + 1] == '\n');
		if (k && (c >= 0x20 || c == '\t' || line_end) && c != 0x7f) {
			number += c == '\n';
			line = c == '\n' ? text + i + 1 : line;
			continue;
		}
		hl_faults_add(l->faults, l->file, number, (unsigned)(text + i - line) + 1, "byte 0x%02x is no text: expected UTF-8 without control characters", c);
		return false;
	}
	return true;
}

static void read_lines(struct loading *l, size_t n)
{
	const char *p = l->t->text, *end = p + n;
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		l->line = p;
		l->n = (size_t)((stop ? stop : end) - p);
		l->n -= l->n && p[l->n - 1] == '\r';
		l->number++;
		if (l->n >= 3 && !memcmp(p, "===", 3))
			begin_part(l);
		else if (!l->in_part)
			read_head(l);
		else if (l->part)
			read_words(l);
		p = stop ? stop + 1 : end;
	}
	end_part(l);
}

enum hl_code hl_template_parse(struct hl_template **out, const char *file, const char *text, size_t n, struct hl_faults *faults)
{
	struct hl_template *t = hl_calloc(1, sizeof *t);
	struct loading l = { .t = t, .file = file, .faults = faults };
	size_t errors = faults->errors;
	bool any = false;
	if (n > HL_TEMPLATE_FILE_MAX)
		hl_faults_add(faults, file, 0, 0, "a template of %zu bytes: expected at most %d", n, HL_TEMPLATE_FILE_MAX);
	else if (check_bytes(&l, text, n)) {
		t->text = hl_strndup(text, n);
		read_lines(&l, n);
		for (unsigned p = 0; p < HL_PARTS && faults->errors == errors; p++) {
			any = any || t->part[p].there;
			if (t->part[p].there)
				hl_template_check(t, (enum hl_part)p, file, faults);
		}
		if (!any && faults->errors == errors)
			hl_faults_add(faults, file, 1, 1, "no part: expected '=== subject', '=== text', '=== html' or '=== sms'");
	}
	if (faults->errors > errors)
		hl_template_free(&t);
	*out = t;
	return t ? HL_OK : HL_E_CONFIG;
}
