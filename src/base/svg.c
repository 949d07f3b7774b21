/* svg.c: see svg.h. */
#include "base/svg.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static void put_escaped(struct hl_buf *out, const char *text)
{
	struct hl_buf clean = HL_BUF(4096);
	hl_text_clean(text, strlen(text), &clean);
	for (const char *s = hl_buf_text(&clean); *s; s++) {
		switch (*s) {
		case '<': hl_buf_puts(out, "&lt;"); break;
		case '>': hl_buf_puts(out, "&gt;"); break;
		case '&': hl_buf_puts(out, "&amp;"); break;
		case '"': hl_buf_puts(out, "&quot;"); break;
		default: hl_buf_putc(out, *s); break;
		}
	}
	hl_buf_fini(&clean);
}

void hl_svg_open(struct hl_buf *out, double width, double height, const char *title)
{
	hl_buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" font-family=\"sans-serif\">\n<title>",
		      width, height, width, height);
	put_escaped(out, title);
	hl_buf_printf(out, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", width, height);
}

void hl_svg_close(struct hl_buf *out)
{
	hl_buf_puts(out, "</svg>\n");
}

void hl_svg_line(struct hl_buf *out, double x1, double y1, double x2, double y2, const char *color, double width)
{
	hl_buf_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n", x1, y1, x2, y2, color, width);
}

void hl_svg_dot(struct hl_buf *out, double x, double y, double radius, const char *color)
{
	hl_buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y, radius, color);
}

static void text(struct hl_buf *out, double x, double y, enum hl_svg_anchor anchor, double size, const char *color, const char *turn, const char *words)
{
	static const char *const anchors[] = { [HL_SVG_START] = "start", [HL_SVG_MIDDLE] = "middle", [HL_SVG_END] = "end" };
	hl_buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%.0f\" fill=\"%s\"", x, y, anchors[anchor], size, color);
	if (turn)
		hl_buf_printf(out, " transform=\"rotate(%s %.1f %.1f)\"", turn, x, y);
	hl_buf_putc(out, '>');
	put_escaped(out, words);
	hl_buf_puts(out, "</text>\n");
}

void hl_svg_text(struct hl_buf *out, double x, double y, enum hl_svg_anchor anchor, double size, const char *color, const char *words)
{
	text(out, x, y, anchor, size, color, NULL, words);
}

void hl_svg_text_up(struct hl_buf *out, double x, double y, enum hl_svg_anchor anchor, double size, const char *color, const char *words)
{
	text(out, x, y, anchor, size, color, "-90", words);
}

double hl_svg_step(double span, unsigned most)
{
	double least = span / (most ? most : 1), power = 1;
	if (!(least > 0) || isinf(least))
		return 1;
	power = pow(10, floor(log10(least)));
	double m = least / power;
	return power * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}
