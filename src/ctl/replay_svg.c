/* replay_svg.c: a sweep as a drawing: with labelled reads recall (with its interval) over false alerts for 1,000 reads, a dot a value; else what is told over the
 * value. Main thread.
 */
#include "ctl/replay_sweep.h"

#include <stdio.h>

#include "base/svg.h"

enum { WIDTH = 760, HEIGHT = 460, LEFT = 80, RIGHT = 30, TOP = 60, BOTTOM = 70, TICKS = 8 };

static const char INK[] = "#222", GRID[] = "#ddd";
static const char *const colors[HL_REPLAY_RULES_MAX] = { "#1f5fa8", "#b3491b" };

/* One dot. */
struct point {
	double x, y, low, high; /* low, high: of y's interval */
};

struct frame {
	double x0, x1, y0, y1; /* what the axes show */
	const char *x_title, *y_title;
	bool labelled;
	struct hl_buf *out;
};

static struct point point_of(const struct frame *f, const struct hl_sweep *s, size_t i, const struct hl_sweep_row *r)
{
	struct point p = { 0 };
	const struct hl_replay_totals *t = &r->totals;
	if (!f->labelled) {
		p.x = s->number[i];
		p.y = p.low = p.high = t->reads ? 1000.0 * (double)r->counts.told / (double)t->reads : 0;
		return p;
	}
	p.x = t->labelled ? 1000.0 * (double)r->counts.wrong / (double)t->labelled : 0;
	p.y = t->listed ? (double)r->counts.found / (double)t->listed : 0;
	hl_replay_wilson(r->counts.found, t->listed, &p.low, &p.high);
	return p;
}

static double min(double a, double b)
{
	return a < b ? a : b;
}

static double max(double a, double b)
{
	return a > b ? a : b;
}

/* The axes take in all points, with some air, and whole steps. */
static void fit(struct frame *f, const struct hl_sweep *s, const struct hl_sweep_row *rows, size_t n)
{
	struct point p = point_of(f, s, 0, rows);
	f->x0 = f->x1 = p.x;
	f->y0 = p.low;
	f->y1 = p.high;
	for (size_t i = 0; i < n; i++) {
		p = point_of(f, s, i % s->n, &rows[i]);
		f->x0 = min(f->x0, p.x);
		f->x1 = max(f->x1, p.x);
		f->y0 = min(f->y0, p.low);
		f->y1 = max(f->y1, p.high);
	}
	double x = f->x1 > f->x0 ? f->x1 - f->x0 : 1, y = f->y1 > f->y0 ? f->y1 - f->y0 : 1;
	f->x0 = max(0, f->x0 - 0.04 * x);
	f->x1 += 0.06 * x;
	f->y0 = max(0, f->y0 - 0.06 * y);
	f->y1 += 0.06 * y;
}

static double to_x(const struct frame *f, double v)
{
	return LEFT + (v - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - RIGHT);
}

static double to_y(const struct frame *f, double v)
{
	return HEIGHT - BOTTOM - (v - f->y0) / (f->y1 - f->y0) * (HEIGHT - TOP - BOTTOM);
}

static void ticks(const struct frame *f, bool upright)
{
	double from = upright ? f->y0 : f->x0, to = upright ? f->y1 : f->x1, step = hl_svg_step(to - from, TICKS);
	char text[32];
	for (double k = (double)(int64_t)(from / step); k * step <= to; k++) {
		double v = k * step;
		if (v < from)
			continue;
		snprintf(text, sizeof text, "%.6g", v);
		if (upright) {
			hl_svg_line(f->out, LEFT, to_y(f, v), WIDTH - RIGHT, to_y(f, v), GRID, 1);
			hl_svg_text(f->out, LEFT - 8, to_y(f, v) + 4, HL_SVG_END, 12, INK, text);
		} else {
			hl_svg_line(f->out, to_x(f, v), TOP, to_x(f, v), HEIGHT - BOTTOM, GRID, 1);
			hl_svg_text(f->out, to_x(f, v), HEIGHT - BOTTOM + 18, HL_SVG_MIDDLE, 12, INK, text);
		}
	}
}

static void axes(const struct frame *f)
{
	ticks(f, false);
	ticks(f, true);
	hl_svg_line(f->out, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, INK, 1.5);
	hl_svg_line(f->out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, INK, 1.5);
	hl_svg_text(f->out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 24, HL_SVG_MIDDLE, 14, INK, f->x_title);
	hl_svg_text_up(f->out, 22, (TOP + HEIGHT - BOTTOM) / 2.0, HL_SVG_MIDDLE, 14, INK, f->y_title);
}

/* The dots of one rules file, joined; the value stands at some of them. */
static void curve(const struct frame *f, const struct hl_sweep *s, const struct hl_sweep_row *rows, const char *color)
{
	struct point last = { 0 };
	size_t every = (s->n + 19) / 20;
	for (size_t i = 0; i < s->n; i++) {
		struct point p = point_of(f, s, i, &rows[i]);
		if (i)
			hl_svg_line(f->out, to_x(f, last.x), to_y(f, last.y), to_x(f, p.x), to_y(f, p.y), color, 1.5);
		if (f->labelled)
			hl_svg_line(f->out, to_x(f, p.x), to_y(f, p.low), to_x(f, p.x), to_y(f, p.high), color, 0.5);
		hl_svg_dot(f->out, to_x(f, p.x), to_y(f, p.y), 3, color);
		if (i % every == 0)
			hl_svg_text(f->out, to_x(f, p.x) + 5, to_y(f, p.y) + 13, HL_SVG_START, 10, color, s->value[i]);
		last = p;
	}
}

void hl_sweep_draw(const struct hl_replay_args *a, const struct hl_sweep *s, const struct hl_sweep_row *rows, struct hl_buf *out)
{
	char title[HL_TEXT_LONG + 64];
	struct frame f = { .out = out, .labelled = rows[0].totals.labelled > 0 };
	f.x_title = f.labelled ? "false alerts for 1,000 reads" : s->option;
	f.y_title = f.labelled ? "recall: share of listed plates that are told, 95 % interval" : "told for 1,000 reads";
	snprintf(title, sizeof title, "%s from %s to %s%s", s->option, s->value[0], s->value[s->n - 1], a->per_read ? ", each read by itself" : "");
	fit(&f, s, rows, s->n * a->n_rules);
	hl_svg_open(out, WIDTH, HEIGHT, title);
	hl_svg_text(out, LEFT, 26, HL_SVG_START, 16, INK, title);
	axes(&f);
	for (size_t k = 0; k < a->n_rules; k++) {
		curve(&f, s, &rows[k * s->n], colors[k]);
		hl_svg_text(out, LEFT + 12 + 330.0 * (double)k, 46, HL_SVG_START, 12, colors[k], a->rules[k]);
	}
	hl_svg_close(out);
}
