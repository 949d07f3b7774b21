/* ops_table.c: see ops_table.h. */
#include "engine/ops_table.h"
#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, PLATE_MAX = 3 * HL_PLATE_MAX, MARK_AT = 8 /* where hl_alert_plates begins the symbols */ };

struct line {
	char id[12], when[32], place[WIDTH];
	char listed[PLATE_MAX + 1], read[PLATE_MAX + 1], mark[PLATE_MAX + 1];
	const char *decision, *state;
	int priority;
};

struct widths {
	int decision, state, plate, place;
};

/* Cuts the three rows of hl_alert_plates into the line's texts. */
static void put_plates(const struct hl_alert *a, struct line *l)
{
	char *const to[] = { l->listed, l->read, l->mark };
	struct hl_buf rows = HL_BUF(1024);
	hl_alert_plates(a, "", &rows);
	const char *s = hl_buf_text(&rows);
	for (size_t i = 0; i < 3; i++) {
		size_t n = strcspn(s, "\n");
		to[i][0] = 0;
		if (n > MARK_AT)
			hl_copy_n(to[i], PLATE_MAX + 1, s + MARK_AT, n - MARK_AT);
		s += n + (s[n] == '\n');
	}
	hl_buf_fini(&rows);
	size_t n = strlen(l->mark);
	while (n && l->mark[n - 1] == ' ')
		l->mark[--n] = 0;
}

static void put_line(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct line *l)
{
	hl_copy_n(l->id, sizeof l->id, a->id, 8);
	hl_ops_time(ctx, hl_alert_seen_ms(a), l->when); /* at that place */
	hl_copy(l->place, sizeof l->place, hl_alert_place(a));
	l->decision = hl_decision_name(a->decision);
	l->state = hl_alert_state_name(a->state);
	l->priority = a->priority;
	put_plates(a, l);
}

static int larger(int width, const char *text)
{
	int n = (int)strlen(text);
	return n > width ? n : width;
}

/* What the texts need; the place gets the rest of the line, but never so little that it says nothing. */
static struct widths measure(const struct line *l, size_t n)
{
	struct widths w = { .decision = 6, .state = 5, .plate = 6 };
	for (size_t i = 0; i < n; i++) {
		w.state = larger(w.state, l[i].state);
		w.plate = larger(larger(w.plate, l[i].listed), l[i].read);
	}
	int used = 8 + 1 + 14 + 1 + 1 + 1 + w.decision + 1 + w.state + 1 + 2 * (w.plate + 1);
	w.place = WIDTH - used > 8 ? WIDTH - used : 8;
	return w;
}

/* Columns are counted in bytes; a place of other letters than ASCII is cut at a letter all the same. */
static void print_line(const struct line *l, const struct widths *w, struct hl_buf *out)
{
	char place[WIDTH];
	hl_copy(place, (size_t)w->place + 1 < sizeof place ? (size_t)w->place + 1 : sizeof place, l->place);
	hl_buf_printf(out, "%-8s %-14s %d %-*s %-*s %-*s %-*s %s\n", l->id, l->when, l->priority, w->decision, l->decision, w->state, l->state, w->plate, l->listed,
		      w->plate, l->read, place);
	if (l->mark[0])
		hl_buf_printf(out, "%*s%-*s %s\n", 8 + 1 + 14 + 1 + 1 + 1 + w->decision + 1 + w->state + 1, "", w->plate, l->mark, l->mark);
}

enum hl_code hl_ops_alerts_text(const struct hl_ops_ctx *ctx, const struct hl_alert_row *rows, size_t n, struct hl_buf *out, struct hl_err *err)
{
	char zone[16], when[32];
	if (!n) {
		hl_buf_puts(out, "no alerts\n");
		return HL_OK;
	}
	struct line *l = hl_calloc(n, sizeof *l);
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	enum hl_code rc = HL_OK;
	for (size_t i = 0; !rc && i < n; i++) {
		rc = hl_alert_parse(a, rows[i].body, rows[i].body_n, err);
		if (!rc)
			put_line(ctx, a, &l[i]);
	}
	free(a);
	if (!rc) {
		struct widths w = measure(l, n);
		hl_ops_zone(ctx, zone, sizeof zone);
		snprintf(when, sizeof when, "TIME (%.7s)", zone);
		hl_buf_printf(out, "%-8s %-14s P %-*s %-*s %-*s %-*s PLACE\n", "ID", when, w.decision, "RESULT", w.state, "STATE", w.plate, "LISTED", w.plate,
			      "READ");
		for (size_t i = 0; i < n; i++)
			print_line(&l[i], &w, out);
		hl_buf_printf(out, "%zu alert%s, none of them verified by being here: confirm plate, state and vehicle\n", n, n == 1 ? "" : "s");
	}
	free(l);
	return rc;
}

void hl_ops_alerts_json(const struct hl_alert_row *rows, size_t n, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < n; i++)
		hl_json_raw(&j, NULL, rows[i].body);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- one alert ---- */

static void field(struct hl_buf *out, const char *name, const char *value)
{
	if (value && *value)
		hl_buf_printf(out, "%-14s %s\n", name, value);
}

static void text_entry(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	char when[48], age[32];
	hl_ops_span(a->list_age_ms, age);
	hl_buf_printf(out, "%-14s %s %s, %s old when it matched\n", "list", a->list, a->list_version, age);
	for (int i = HL_F_STATE; i < HL_FIELDS_KEPT; i++)
		if (i != HL_F_EXPIRES && i != HL_F_CATEGORY)
			field(out, hl_fields[i].name, a->entry[i]);
	hl_ops_full_time(ctx, a->entry_expires_ms, when);
	field(out, "expires", when);
}

/* Where it was seen again, the newest first, each with the plate as read there. */
static void text_sightings(const struct hl_ops_ctx *ctx, const struct hl_alert_life *l, struct hl_buf *out)
{
	char when[48];
	for (unsigned i = l->n_sightings; i--;) {
		const struct hl_sighting *s = &l->sighting[i];
		hl_ops_full_time(ctx, s->time_ms, when);
		hl_buf_printf(out, "%-14s %s at %s (camera %s), read %s, %s\n", i + 1 == l->n_sightings ? "seen again" : "", when, s->site[0] ? s->site : s->camera, s->camera,
			      s->plate_read, hl_decision_name(s->decision));
	}
	if (l->sightings > l->n_sightings)
		hl_buf_printf(out, "%-14s and %lld before\n", "", (long long)(l->sightings - l->n_sightings));
}

void hl_ops_alert_text(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	char text[HL_NOTICE_TEXT], when[48];
	hl_buf_printf(out, "alert %s  %s  priority %d  %s  %s\n", a->id, hl_alert_state_name(a->state), a->priority, a->category, hl_decision_name(a->decision));
	hl_alert_notice(a, text, sizeof text);
	hl_buf_printf(out, "%s\n\n", text);
	hl_alert_plates(a, "    ", out);
	while (out->len && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\n'))
		out->data[--out->len] = 0; /* where nothing differs there is no row of marks */
	hl_buf_putc(out, '\n');
	hl_alert_difference(a, text, sizeof text);
	hl_buf_printf(out, "    %s\n", text);
	hl_alert_contradictions(a, text, sizeof text);
	if (*text)
		hl_buf_printf(out, "    CONTRADICTS: %s\n", text);
	hl_ops_full_time(ctx, a->time_ms, when);
	hl_buf_printf(out, "\n%-14s %s at %s (camera %s), %lld read%s\n", "seen", when, a->read.site[0] ? a->read.site : a->read.camera, a->read.camera, (long long)a->passage_reads,
		      a->passage_reads == 1 ? "" : "s");
	field(out, "", hl_alert_time_note(a));
	text_sightings(ctx, &a->life, out);
	hl_buf_printf(out, "%-14s %s, cost %d.%02d, plate probability %.6g, probability %.6g\n", "match", hl_kind_name(a->kind), a->alignment.cost / 100,
		      a->alignment.cost % 100, a->plate_probability, a->probability);
	text_entry(ctx, a, out);
	field(out, "image", a->read.image);
	hl_ops_life_text(ctx, a, out);
	field(out, "rules", a->rules_version);
	field(out, "incident", a->incident);
}
