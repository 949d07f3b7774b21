/* template.c: see template.h. Writing a loaded template; reading one is template_load.c. Any thread. */
#include "config.h"

#include "adapter/template_priv.h"

#include <stdlib.h>
#include <string.h>

static const char *const part_names[HL_PARTS] = { [HL_PART_SUBJECT] = "subject", [HL_PART_TEXT] = "text", [HL_PART_HTML] = "html", [HL_PART_SMS] = "sms" };

const char *hl_part_name(enum hl_part p)
{
	return part_names[p];
}

bool hl_template_has(const struct hl_template *t, enum hl_part p)
{
	return t && t->part[p].there;
}

const char *hl_template_language(const struct hl_template *t)
{
	return t->language;
}

void hl_template_free(struct hl_template **t)
{
	if (!*t)
		return;
	for (size_t p = 0; p < HL_PARTS; p++)
		free((*t)->part[p].item);
	free((*t)->text);
	free(*t);
	*t = NULL;
}

void hl_html_escape(struct hl_buf *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			hl_buf_puts(out, "&amp;");
			break;
		case '<':
			hl_buf_puts(out, "&lt;");
			break;
		case '>':
			hl_buf_puts(out, "&gt;");
			break;
		case '"':
			hl_buf_puts(out, "&quot;");
			break;
		case '\'':
			hl_buf_puts(out, "&#39;");
			break;
		default:
			hl_buf_putc(out, *text);
		}
}

struct writing {
	enum hl_part part;
	const struct hl_values *values;
	struct hl_buf *out, line;
	unsigned depth, skip;    /* open sections; the depth of the outermost one that is left out, 0: none */
	bool names, some, cut;   /* of this line: it has names; one of them has something; a section of it began, ended or was left out */
	bool blank, any;         /* the last line written was blank; there was one */
};

static const char *value_of(const struct writing *w, enum hl_name_id name)
{
	return w->values->v[name] ? w->values->v[name] : "";
}

static void put_name(struct writing *w, enum hl_name_id name)
{
	const char *text = value_of(w, name);
	w->names = true;
	w->some = w->some || text[0];
	if (w->part == HL_PART_HTML && hl_names[name].kind != HL_NK_BLOCK)
		hl_html_escape(&w->line, text);
	else
		hl_buf_puts(&w->line, text);
}

static void open_section(struct writing *w, const struct hl_item *it)
{
	bool there = value_of(w, it->name)[0] != 0;
	w->depth++;
	w->cut = true;
	if (!w->skip && there == (it->kind == HL_IT_OPEN_NOT))
		w->skip = w->depth;
}

static void close_section(struct writing *w)
{
	if (w->skip == w->depth)
		w->skip = 0;
	w->depth--;
	w->cut = true;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t")] == 0;
}

/* One line more, unless it is one of those that are left out. Of several blank lines one is kept. */
static void end_line(struct writing *w)
{
	const char *text = hl_buf_text(&w->line);
	bool blank = is_blank(text);
	bool drop = w->names ? !w->some : blank && (w->cut || w->skip);
	if (!drop && blank)
		w->blank = w->any;
	if (!drop && !blank) {
		bool lines = w->part == HL_PART_TEXT || w->part == HL_PART_HTML;
		hl_buf_puts(w->out, lines && w->blank ? "\n" : "");
		hl_buf_puts(w->out, text);
		hl_buf_puts(w->out, lines ? "\n" : "");
		w->blank = false;
		w->any = true;
	}
	hl_buf_clear(&w->line);
	w->names = w->some = w->cut = false;
}

void hl_template_write(const struct hl_template *t, enum hl_part p, const struct hl_values *values, struct hl_buf *out)
{
	struct writing w = { .part = p, .values = values, .out = out, .line = HL_BUF(out->max) };
	const struct hl_part_items *items = &t->part[p];
	for (size_t i = 0; i < items->n; i++) {
		const struct hl_item *it = &items->item[i];
		if (it->kind == HL_IT_END)
			end_line(&w);
		else if (it->kind == HL_IT_OPEN || it->kind == HL_IT_OPEN_NOT)
			open_section(&w, it);
		else if (it->kind == HL_IT_CLOSE)
			close_section(&w);
		else if (w.skip)
			w.cut = true;
		else if (it->kind == HL_IT_NAME)
			put_name(&w, it->name);
		else
			hl_buf_put(&w.line, it->text, it->n);
	}
	out->full = out->full || w.line.full;
	hl_buf_fini(&w.line);
}
