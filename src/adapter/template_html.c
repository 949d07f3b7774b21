/* template_html.c: which HTML a template may hold: tags and attributes of two short lists, names only between tags or as a whole href. Whoever writes a template is
 * trusted with its words, not with what a mail program does on opening it: nothing is fetched, run or hidden. Any thread.
 */
#include "config.h"

#include "adapter/template_priv.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part as one text in which a name is one byte, with the place of every byte. */
struct flat {
	struct hl_buf text;
	const struct hl_part_items *part;
	size_t at;               /* the byte being looked at */
	const char *file;
	struct hl_faults *faults;
	bool failed;             /* the rest can't be read for sure: one fault is enough */
};

enum { MARK = 1, SECTION = 2 }; /* bytes that no template holds: a name; where a section begins or ends */

static const char *const tags[] = { "html", "head", "body", "meta", "title", "table", "tbody", "tr", "td", "th", "p", "div", "span", "b", "strong", "i", "em", "u", "small",
				    "h1", "h2", "h3", "ul", "ol", "li", "a", "br", "hr", NULL };
static const char *const attributes[] = { "style", "href", "lang", "dir", "width", "align", "valign", "cellpadding", "cellspacing", "border", "role", "colspan", "bgcolor",
					  "charset", "name", "content", "title", NULL };
/* In styles: what fetches, hides or moves. */
static const char *const banned[] = { "url", "import", "script", "expression", "display", "visibility", "opacity", "position", "\\", "/*", "overflow", "clip", "transform",
				      "font-size:0", "text-indent", "http", "transparent", "rgba", "hsla", "mso-", NULL };

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (hl_text_same(word, *list))
			return true;
	return false;
}

/* The place of byte `at` in the file: the item that holds it, and how far into it. */
static void __attribute__((format(printf, 3, 4))) fault_at(struct flat *f, size_t at, const char *fmt, ...)
{
	char text[HL_ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	size_t pos = 0;
	unsigned line = f->part->line, column = 1;
	for (size_t i = 0; i < f->part->n; i++) {
		const struct hl_item *it = &f->part->item[i];
		size_t n = it->kind == HL_IT_TEXT ? it->n : 1;
		line = it->line;
		column = it->column + (it->kind == HL_IT_TEXT ? (unsigned)(at - pos) : 0);
		if (at < pos + n)
			break;
		pos += n;
	}
	hl_faults_add(f->faults, f->file, line, column, "%s", text);
	f->failed = true;
}

static void flatten(struct flat *f)
{
	for (size_t i = 0; i < f->part->n; i++) {
		const struct hl_item *it = &f->part->item[i];
		if (it->kind == HL_IT_TEXT)
			hl_buf_put(&f->text, it->text, it->n);
		else if (it->kind == HL_IT_NAME)
			hl_buf_putc(&f->text, MARK);
		else
			hl_buf_putc(&f->text, it->kind == HL_IT_END ? '\n' : SECTION);
	}
}

static char peek(const struct flat *f)
{
	return f->at < f->text.len ? f->text.data[f->at] : 0;
}

static void skip_blanks(struct flat *f)
{
	while (peek(f) && strchr(" \t", peek(f)))
		f->at++;
}

/* A word of letters, digits and '-' in lower case. */
static void take_word(struct flat *f, char *dst, size_t size)
{
	size_t n = 0;
	for (char c; (c = peek(f)) && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", c); f->at++)
		if (n + 1 < size)
			dst[n++] = c;
	dst[n] = 0;
}

static void check_style(struct flat *f, size_t at, const char *value)
{
	struct hl_buf plain = HL_BUF(1 << 16); /* without blanks, in lower case */
	for (const char *p = value; *p; p++)
		if (!strchr(" \t\n", *p))
			hl_buf_putc(&plain, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
	for (const char *const *b = banned; *b && !f->failed; b++)
		if (strstr(hl_buf_text(&plain), *b))
			fault_at(f, at, "'%s' does not belong in a style: it fetches, hides or moves", *b);
	if (!f->failed && strpbrk(hl_buf_text(&plain), "&<>"))
		fault_at(f, at, "%s does not belong in a style", "'&', '<' or '>'");
	hl_buf_fini(&plain);
}

/* The name whose mark is byte `at`. */
static enum hl_name_id name_at(const struct flat *f, size_t at)
{
	size_t pos = 0;
	for (size_t i = 0; i < f->part->n; i++) {
		const struct hl_item *it = &f->part->item[i];
		if (pos == at && it->kind == HL_IT_NAME)
			return it->name;
		pos += it->kind == HL_IT_TEXT ? it->n : 1;
	}
	return HL_NAMES;
}

static bool is_address(const struct flat *f, size_t at)
{
	enum hl_name_id name = name_at(f, at);
	return name == HL_V_LINK || name == HL_V_IMAGE_LINK;
}

static void check_value(struct flat *f, size_t at, const char *name, const char *value)
{
	static const char *const begins[] = { "https://", "mailto:", "tel:" };
	bool mark = strchr(value, MARK) != NULL, fine = mark && !value[1] && is_address(f, at);
	for (size_t i = 0; hl_text_same(name, "href") && i < 3; i++)
		fine = fine || (!mark && !strpbrk(value, " \t\n'") && !strncmp(value, begins[i], strlen(begins[i])));
	if (strchr(value, SECTION))
		fault_at(f, at, "attribute '%s': a section can't begin or end inside of a tag", name);
	else if (strchr(value, '\n'))
		fault_at(f, at, "attribute '%s' does not end on its line: a line may be left out", name);
	else if (strpbrk(value, "<>"))
		fault_at(f, at, "attribute '%s': '<' and '>' are written &lt; and &gt;", name);
	else if (hl_text_same(name, "href") && !fine)
		fault_at(f, at, "%s", "href: expected \"{{link}}\", \"{{image_link}}\", or an address without blanks that begins with https://, mailto: or tel:");
	else if (!hl_text_same(name, "href") && mark)
		fault_at(f, at, "a name in the attribute '%s': names stand between tags, or are a whole href", name);
	else if (hl_text_same(name, "style"))
		check_style(f, at, value);
	else if (hl_text_same(name, "content") && strpbrk(value, ";"))
		fault_at(f, at, "'%s' does not belong in content", ";");
}

/* name="value" */
static void read_attribute(struct flat *f)
{
	char name[32];
	size_t at = f->at;
	take_word(f, name, sizeof name);
	if (!is_one_of(name, attributes)) {
		fault_at(f, at, "attribute '%s' is not one of those that a mail may hold", name[0] ? name : "?");
		return;
	}
	if (peek(f) != '=' || f->at + 1 >= f->text.len || f->text.data[f->at + 1] != '"') {
		fault_at(f, at, "attribute '%s': expected a value in double quotes", name);
		return;
	}
	f->at += 2;
	at = f->at;
	const char *from = f->text.data + f->at, *end = memchr(from, '"', f->text.len - f->at);
	if (!end) {
		fault_at(f, at, "attribute '%s': no closing quote", name);
		return;
	}
	char *value = hl_strndup(from, (size_t)(end - from));
	f->at += (size_t)(end - from) + 1;
	check_value(f, at, name, value);
	free(value);
}

/* Behind <title>: what stands there is not seen in the mail, so no name may be there. */
static void read_title(struct flat *f)
{
	static const char close[] = "</title>";
	const char *from = f->text.data + f->at, *end = memmem(from, f->text.len - f->at, close, strlen(close));
	const char *mark = memchr(from, MARK, end ? (size_t)(end - from) : 0);
	if (!end)
		fault_at(f, f->at - 1, "tag 'title' is not closed: expected '%s'", close);
	else if (mark)
		fault_at(f, f->at + (size_t)(mark - from), "a name in the title: nobody sees it there");
	else if (memchr(from, '<', (size_t)(end - from)))
		fault_at(f, f->at, "a tag in the title");
	else
		f->at = (size_t)(end - f->text.data) + strlen(close);
}

static void read_tag(struct flat *f)
{
	static const char doctype[] = "<!DOCTYPE html>";
	char name[32];
	size_t at = f->at;
	if (f->text.len - at >= strlen(doctype) && !memcmp(f->text.data + at, doctype, strlen(doctype))) {
		f->at += strlen(doctype);
		return;
	}
	f->at++;
	bool end = peek(f) == '/';
	f->at += end;
	take_word(f, name, sizeof name);
	if (!is_one_of(name, tags)) {
		fault_at(f, at, "tag '%s' is not one of those that a mail may hold; a '<' of the text is written &lt;", name[0] ? name : "?");
		return;
	}
	if (peek(f) && !strchr(" \t\n>/", peek(f)))
		fault_at(f, at, "%s can't stand inside of a tag", peek(f) == MARK ? "a name" : "a section, or what else is none of its attributes,");
	for (skip_blanks(f); !f->failed && !end && peek(f) && !strchr(">/<\n", peek(f)); skip_blanks(f))
		read_attribute(f);
	f->at += peek(f) == '/' && !f->failed;
	if (!f->failed && peek(f) != '>')
		fault_at(f, at, "tag '%s' is not closed: expected '>' on the same line", name);
	f->at++;
	if (!f->failed && !end && hl_text_same(name, "title"))
		read_title(f);
}

void hl_template_check_html(const struct hl_part_items *part, const char *file, struct hl_faults *faults)
{
	struct flat f = { .text = HL_BUF(2 * HL_TEMPLATE_FILE_MAX), .part = part, .file = file, .faults = faults };
	flatten(&f);
	while (!f.failed && f.at < f.text.len) {
		if (f.text.data[f.at] == '<')
			read_tag(&f);
		else
			f.at++;
	}
	hl_buf_fini(&f.text);
}
