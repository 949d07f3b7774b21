/* conf_write.c: nodes as YAML again, for commands that show or explain a file. Pure; any thread. */
#include "base/conf.h"

#include <string.h>

/* What every reader of YAML takes for this very text, also inside brackets. */
static bool is_plain(const char *s)
{
	static const char begin[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	static const char wanted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+/-";
	bool negative = *s == '-' && s[1] >= '0' && s[1] <= '9';
	return *s && (negative || strchr(begin, *s)) && !s[strspn(s, wanted)];
}

void hl_node_write_text(const char *text, bool quoted, struct hl_buf *out)
{
	if (!quoted && is_plain(text)) {
		hl_buf_puts(out, text);
		return;
	}
	hl_buf_putc(out, '"');
	for (const char *s = text; *s; s++) {
		if (*s == '"' || *s == '\\')
			hl_buf_putc(out, '\\');
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			hl_buf_printf(out, "\\x%02x", (unsigned)*s);
		else if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0)
			hl_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*++s);
		else
			hl_buf_putc(out, *s);
	}
	hl_buf_putc(out, '"');
}

void hl_node_write(const struct hl_node *node, struct hl_buf *out)
{
	bool map = node->kind == HL_NODE_MAP;
	if (node->kind == HL_NODE_SCALAR) {
		hl_node_write_text(node->text, node->quoted, out);
		return;
	}
	hl_buf_putc(out, map ? '{' : '[');
	for (size_t i = 0; i < node->n; i++) {
		hl_buf_puts(out, i ? ", " : "");
		if (map) {
			hl_node_write_text(node->child[i].key, false, out);
			hl_buf_puts(out, ": ");
		}
		hl_node_write(&node->child[i], out);
	}
	hl_buf_putc(out, map ? '}' : ']');
}
