/* blocks.c: see blocks.h. Any thread. */
#include "adapter/blocks.h"
#include "adapter/template.h"
#include "adapter/words.h"
#include "base/zone.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL = 8 /* bytes before the plate in each line of hl_alert_plates */ };

void hl_block_plates(const struct hl_alert *a, struct hl_buf *out)
{
	struct hl_buf plates = HL_BUF(1024);
	hl_alert_plates(a, "    ", &plates);
	for (const char *p = hl_buf_text(&plates); *p; p += *p == '\n') {
		size_t n = strcspn(p, "\n"), used = n;
		while (used && p[used - 1] == ' ')
			used--;
		hl_buf_put(out, p, used);
		hl_buf_puts(out, used ? "\n" : "");
		p += n;
	}
	hl_buf_fini(&plates);
}

/* One plate of n symbols; where the row of marks has ^ the symbol differs. */
static void put_symbols(struct hl_buf *out, const char *symbols, const char *marks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char one[2] = { (unsigned char)symbols[i] > 0x20 && (unsigned char)symbols[i] < 0x7f ? symbols[i] : ' ', 0 };
		bool differs = marks[i] == '^', first = differs && (!i || marks[i - 1] != '^'), last = differs && (i + 1 == n || marks[i + 1] != '^');
		if (first)
			hl_buf_puts(out, "<b style=\"background-color:#8a1010;color:#ffffff;text-decoration:underline;font-weight:bold\">");
		hl_html_escape(out, one);
		if (last)
			hl_buf_puts(out, "</b>");
	}
}

static void put_row(struct hl_buf *out, const char *label, const char *symbols, const char *marks, size_t n)
{
	hl_buf_printf(out,
		      "<tr><td style=\"padding:2px 12px 2px 0;font-size:13px\">%s</td><td style=\"padding:2px 8px;border:2px solid #777777;font-family:'Courier "
		      "New',Courier,monospace;font-size:30px;line-height:1.25;letter-spacing:2px;white-space:nowrap\">",
		      label);
	put_symbols(out, symbols, marks, n);
	hl_buf_puts(out, "</td></tr>\n");
}

void hl_block_plates_html(const struct hl_alert *a, struct hl_buf *out)
{
	struct hl_buf plates = HL_BUF(1024);
	const char *row[3];
	size_t n[3];
	hl_alert_plates(a, "", &plates);
	const char *p = hl_buf_text(&plates);
	for (size_t i = 0; i < 3; i++) {
		n[i] = strcspn(p, "\n");
		row[i] = p + (n[i] < LABEL ? n[i] : LABEL);
		n[i] -= n[i] < LABEL ? n[i] : LABEL;
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	size_t least = n[0] < n[1] ? n[0] : n[1];
	least = n[2] < least ? n[2] : least;
	hl_buf_puts(out, "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"border-collapse:collapse\">\n");
	put_row(out, "LISTED", row[0], row[2], least);
	put_row(out, "READ", row[1], row[2], least);
	hl_buf_puts(out, "</table>\n");
	hl_buf_fini(&plates);
}

/* One more piece of text, escaped where it must be. */
static void put(struct hl_buf *out, bool html, const char *text)
{
	char clean[HL_TEXT_LONG];
	hl_words_clean(text, clean, sizeof clean);
	if (html)
		hl_html_escape(out, clean);
	else
		hl_buf_puts(out, clean);
}

static void begin(struct hl_buf *out, bool html, const char *title)
{
	if (html)
		hl_buf_printf(out, "<p style=\"margin:12px 0 4px 0;font-weight:bold\">%s</p>\n<ul style=\"margin:0;padding:0 0 0 20px\">\n", title);
	else
		hl_buf_printf(out, "%s\n", title);
}

void hl_block_also(const struct hl_alert *a, bool html, struct hl_buf *out)
{
	const struct hl_alert_life *l = &a->life;
	if (!l->n_also)
		return;
	begin(out, html, "Also listed:");
	for (unsigned i = 0; i < l->n_also && i < HL_ALSO_MAX; i++) {
		hl_buf_printf(out, html ? "<li><b>P%d</b> " : "    P%d ", l->also[i].priority);
		put(out, html, l->also[i].category[0] ? l->also[i].category : "no category");
		hl_buf_puts(out, ", list ");
		put(out, html, l->also[i].list);
		hl_buf_puts(out, ", listed ");
		put(out, html, l->also[i].plate_listed);
		hl_buf_puts(out, html ? "</li>\n" : "\n");
	}
	hl_buf_puts(out, html ? "</ul>\n" : "");
}

void hl_block_sightings(const struct hl_message *m, bool full, bool html, struct hl_buf *out)
{
	const struct hl_alert_life *l = &m->alert->life;
	char when[HL_TEXT_SHORT];
	if (!l->n_sightings)
		return;
	begin(out, html, "Seen again:");
	for (unsigned i = l->n_sightings < HL_SIGHTINGS_MAX ? l->n_sightings : HL_SIGHTINGS_MAX; i--;) {
		hl_tz_format(m->tz, l->sighting[i].time_ms, when, sizeof when);
		hl_buf_puts(out, html ? "<li>" : "    ");
		put(out, html, when);
		hl_buf_puts(out, "  ");
		put(out, html, l->sighting[i].site[0] ? l->sighting[i].site : l->sighting[i].camera);
		if (full && l->sighting[i].plate_read[0] && strcmp(l->sighting[i].plate_read, m->alert->plate_read) != 0) {
			hl_buf_puts(out, ", read ");
			put(out, html, l->sighting[i].plate_read);
		}
		hl_buf_puts(out, html ? "</li>\n" : "\n");
	}
	if (l->sightings > l->n_sightings)
		hl_buf_printf(out, html ? "<li>and %" PRId64 " before</li>\n" : "    and %" PRId64 " before\n", l->sightings - l->n_sightings);
	hl_buf_puts(out, html ? "</ul>\n" : "");
}
