/* html_tokens.h: a small reader of HTML of its own, for the fuzz targets: what a mail program would see in our mails. It knows nothing of how they are made: tags and
 * attributes from two short lists, every text free of < > and of a & that begins no known entity. Stops the program where something else is there.
 */
#ifndef HL_TESTS_HTML_TOKENS_H
#define HL_TESTS_HTML_TOKENS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static inline void holds(bool is_so)
{
	if (!is_so)
		__builtin_trap();
}

static inline bool word_in(const char *s, size_t n, const char *list)
{
	for (const char *p = list; *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && !strncasecmp(p, s, n))
			return true;
	return false;
}

static inline size_t word_n(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}

static inline void see_style(const char *v, size_t n)
{
	static const char *const bad[] = { "url", "import", "expression", "display", "visibility", "opacity", "position", "javascript", "\\", "<", ">" };
	char *text = hl_strndup(v, n);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		holds(!strcasestr(text, bad[i]));
	free(text);
}

static inline void see_attribute(const char *name, size_t name_n, const char *v, size_t n)
{
	holds(word_in(name, name_n, "style href lang dir width align valign cellpadding cellspacing border role colspan bgcolor charset name content title"));
	holds(!memchr(v, '<', n) && !memchr(v, '>', n));
	if (word_in(name, name_n, "style"))
		see_style(v, n);
	if (!word_in(name, name_n, "href"))
		return;
	holds(n == 0 || !strncmp(v, "http://", 7) || !strncmp(v, "https://", 8) || !strncmp(v, "mailto:", 7) || !strncmp(v, "tel:", 4));
	for (size_t i = 0; i < n; i++)
		holds((unsigned char)v[i] > 0x20 && v[i] != '\'');
}

/* One tag at p, which is at '<'; what is behind it. */
static inline const char *see_tag(const char *p)
{
	if (!strncmp(p, "<!DOCTYPE html>", 15))
		return p + 15;
	p++;
	bool end = *p == '/';
	p += end;
	const char *tag = p;
	size_t tag_n = word_n(p);
	holds(word_in(tag, tag_n, "html head body meta title table tbody tr td th p div span b strong i em u small h1 h2 h3 ul ol li a br hr"));
	for (p += tag_n; *p != '>';) {
		p += strspn(p, " \t\n/");
		if (*p == '>')
			break;
		const char *name = p;
		size_t name_n = word_n(p);
		p += name_n;
		holds(!end && name_n && p[0] == '=' && p[1] == '"');
		p += 2;
		size_t n = strcspn(p, "\"");
		holds(p[n] == '"');
		see_attribute(name, name_n, p, n);
		p += n + 1;
	}
	return p + 1;
}

/* Reads all; what stands between the tags, with its entities resolved, goes to seen. strict: entities are ours and no quote stands bare, as in what is escaped. */
static inline void see_html(const char *p, bool strict, struct hl_buf *seen)
{
	static const char *const entity[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	while (*p) {
		if (*p == '<') {
			bool title = !strncasecmp(p, "<title", 6);
			p = see_tag(p);
			p += title ? strcspn(p, "<") : 0; /* nobody sees it in the mail */
			continue;
		}
		holds(*p != '>' || !strict);
		holds(!strict || (*p != '"' && *p != '\''));
		size_t n = 0;
		for (size_t i = 0; *p == '&' && i < 5; i++)
			if (!strncmp(p, entity[i], strlen(entity[i]))) {
				n = strlen(entity[i]);
				hl_buf_putc(seen, "&<>\"'"[i]);
			}
		holds(*p != '&' || n || !strict);
		if (!n)
			hl_buf_putc(seen, *p);
		p += n ? n : 1;
	}
}

#endif
