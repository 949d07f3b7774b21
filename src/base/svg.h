/* svg.h: drawings as SVG text, written by hand: shapes and words in user units, nothing else; no script, no style from outside, every word escaped. Pure; a
 * buffer belongs to one thread.
 */
#ifndef HL_BASE_SVG_H
#define HL_BASE_SVG_H

#include "base/mem.h"

enum hl_svg_anchor { HL_SVG_START, HL_SVG_MIDDLE, HL_SVG_END };

/* The beginning, with what it shows in words (for readers that don't see), and the end. width and height in units. */
void hl_svg_open(struct hl_buf *out, double width, double height, const char *title);
void hl_svg_close(struct hl_buf *out);
/* color: a literal such as "#345". */
void hl_svg_line(struct hl_buf *out, double x1, double y1, double x2, double y2, const char *color, double width);
void hl_svg_dot(struct hl_buf *out, double x, double y, double radius, const char *color);
void hl_svg_text(struct hl_buf *out, double x, double y, enum hl_svg_anchor anchor, double size, const char *color, const char *text);
/* The same, turned by 90 degrees, to be read from below. */
void hl_svg_text_up(struct hl_buf *out, double x, double y, enum hl_svg_anchor anchor, double size, const char *color, const char *text);
/* Round distances (1, 2 or 5 by powers of ten) that cut `span` into at most `most` parts. */
double hl_svg_step(double span, unsigned most);

#endif
