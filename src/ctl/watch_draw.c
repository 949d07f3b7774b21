/* watch_draw.c: the screen of `alert watch` as rows of text with SGR attributes. Every text from outside passes hl_text_fit, so that no plate, reason or place can steer the
 * terminal or make a line too long. The meaning never hangs on color: differing symbols are reversed in the list and marked by ^ below the plates. See watch.h. Pure.
 */
#include "config.h"

#include "ctl/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { PLATE_COLUMNS = 10, MARK_AT = 8 /* where hl_alert_plates begins the symbols */, DETAIL_MAX = 64 << 10 };

static const char bold[] = "\x1b[1m", reverse[] = "\x1b[7m", plain[] = "\x1b[0m", red[] = "\x1b[31m", yellow[] = "\x1b[33m", dim[] = "\x1b[2m";

/* A whole row: the text, cut or filled to the width, between two attributes. */
static void row(struct hl_buf *out, const char *attribute, const char *text, size_t columns)
{
	hl_buf_puts(out, attribute);
	hl_text_fit(text, columns, *attribute != 0, out);
	hl_buf_puts(out, *attribute ? plain : "");
	hl_buf_putc(out, '\n');
}

static void age(int64_t ms, char dst[16])
{
	static const struct {
		int64_t ms;
		char unit;
	} unit[] = { { 86400000, 'd' }, { 3600000, 'h' }, { 60000, 'm' }, { 1000, 's' } };
	ms = ms < 0 ? 0 : ms;
	size_t i = 0;
	while (i < 3 && ms < unit[i].ms)
		i++;
	int64_t n = ms / unit[i].ms;
	snprintf(dst, 16, "%d%c", n < 9999 ? (int)n : 9999, unit[i].unit);
}

/* ---- the head ---- */

static void draw_head(const struct hl_watch_screen *w, size_t columns, struct hl_buf *out)
{
	char text[512], since[16];
	size_t fresh = 0;
	for (size_t i = 0; i < w->list.n; i++)
		fresh += w->list.alert[i]->state == HL_ST_NEW;
	if (w->away_ms) {
		age(w->away_ms, since);
		snprintf(text, sizeof text, " THE DAEMON IS AWAY for %s: %s", since, w->away);
		row(out, w->colors ? "\x1b[1;7;31m" : reverse, text, columns);
		return;
	}
	snprintf(text, sizeof text, " hotlistd   %zu open, %zu new%s   %s%s%s   ? help  q quit", w->list.n, fresh, w->list.cut ? ", the newest of each state" : "",
		 w->role ? w->role : "", w->role && w->by ? " " : "", w->by ? w->by : "");
	row(out, reverse, text, columns);
}

/* ---- the list ---- */

/* One plate with its differing symbols reversed, PLATE_COLUMNS wide. `which`: 0 the listed one, 1 the one that was read. */
static void draw_plate(const struct hl_alert *a, int which, const char *back, struct hl_buf *out)
{
	struct hl_buf rows = HL_BUF(2048);
	hl_alert_plates(a, "", &rows);
	const char *line[3], *s = hl_buf_text(&rows);
	size_t n[3], used = 0;
	for (int i = 0; i < 3; i++) {
		n[i] = strcspn(s, "\n");
		line[i] = s + (n[i] > MARK_AT ? MARK_AT : n[i]);
		n[i] -= n[i] > MARK_AT ? MARK_AT : n[i];
		s += n[i] + (size_t)(line[i] - s);
		s += *s == '\n';
	}
	for (size_t i = 0; i < n[which] && used < PLATE_COLUMNS;) {
		char one[8] = "";
		size_t len = hl_text_utf8_len(line[which] + i, n[which] - i);
		len = len ? len : 1;
		memcpy(one, line[which] + i, len);
		bool marked = used < n[2] && line[2][used] == '^';
		hl_buf_puts(out, marked ? "\x1b[1;7m" : "");
		hl_text_fit(one, 1, true, out);
		hl_buf_printf(out, "%s%s", marked ? plain : "", marked ? back : "");
		used++;
		i += len;
	}
	hl_text_fit("", PLATE_COLUMNS - used + 1, true, out);
	hl_buf_fini(&rows);
}

static const char *urgency(const struct hl_watch_screen *w, const struct hl_alert *a)
{
	if (!w->colors)
		return a->priority <= 2 ? bold : "";
	return a->priority == 1 ? "\x1b[1;31m" : a->priority <= 3 ? yellow : "";
}

static void state_text(const struct hl_alert *a, char *dst, size_t size)
{
	if (a->state == HL_ST_ACKNOWLEDGED)
		snprintf(dst, size, "ack %s", a->acknowledged_by);
	else
		hl_copy(dst, size, hl_alert_state_name(a->state));
}

/* Of the fixed columns 49 are used: mark 1, priority 2, age 6, state 13, plates 22, and the blanks; the category has 11, the place gets the rest. */
static void draw_alert(const struct hl_watch_screen *w, const struct hl_alert *a, bool selected, size_t columns, struct hl_buf *out)
{
	char text[128], since[16];
	struct hl_buf line = HL_BUF(4096);
	const char *back = urgency(w, a);
	age(w->now_ms - hl_alert_seen_ms(a), since);
	snprintf(text, sizeof text, "%c%d %5s ", selected ? '>' : ' ', a->priority, since);
	hl_buf_puts(&line, back);
	hl_text_fit(text, 9, true, &line);
	state_text(a, text, sizeof text);
	hl_text_fit(text, 12, true, &line);
	hl_buf_putc(&line, ' ');
	draw_plate(a, 0, back, &line);
	draw_plate(a, 1, back, &line);
	hl_text_fit(a->category, 10, true, &line);
	hl_buf_putc(&line, ' ');
	hl_text_fit(hl_alert_place(a), columns - 55, false, &line);
	hl_buf_printf(out, "%s%s\n", hl_buf_text(&line), plain);
	hl_buf_fini(&line);
}

static void draw_list(const struct hl_watch_screen *w, size_t columns, size_t rows, struct hl_buf *out)
{
	size_t shown = rows - 1, from = w->list.at >= shown ? w->list.at - shown + 1 : 0;
	row(out, bold, " P  SEEN STATE        LISTED     READ       CATEGORY   PLACE", columns);
	for (size_t i = 0; i < shown; i++) {
		size_t k = from + i;
		if (k < w->list.n)
			draw_alert(w, w->list.alert[k], k == w->list.at, columns, out);
		else
			row(out, "", !w->list.n && i == 1 ? (w->heard ? "  no open alerts" : "  nothing heard yet") : "", columns);
	}
}

/* ---- the details ---- */

/* A text in lines of so many columns, broken at blanks, added to the lines of out. */
static void wrapped(const char *text, size_t columns, struct hl_buf *out)
{
	while (*text) {
		struct hl_buf line = HL_BUF(4096);
		size_t n = hl_text_fit(text, columns, false, &line), blank = n;
		while (text[n] && blank && text[blank] != ' ')
			blank--;
		if (text[n] && blank && blank < n) {
			n = blank;
			char part[512];
			hl_copy_n(part, sizeof part, text, n < sizeof part ? n : sizeof part - 1);
			hl_buf_clear(&line);
			hl_text_fit(part, columns, false, &line);
		}
		hl_buf_printf(out, "%s\n", hl_buf_text(&line));
		hl_buf_fini(&line);
		text += n ? n : 1;
		text += strspn(text, " ");
	}
}

static void field(const char *name, const char *value, size_t columns, struct hl_buf *out)
{
	struct hl_buf text = HL_BUF(4096);
	hl_buf_printf(&text, "%s: %s", name, value);
	if (value[0])
		wrapped(hl_buf_text(&text), columns, out);
	hl_buf_fini(&text);
}

static void people(const struct hl_alert *a, char *dst, size_t size)
{
	size_t used = (size_t)snprintf(dst, size, "%s", a->acknowledged_by);
	for (unsigned i = 0; i < a->life.n_joined && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", used ? ", " : "", a->life.joined[i]);
}

static void verification(const struct hl_alert *a, char *dst, size_t size)
{
	size_t used = 0;
	dst[0] = 0;
	for (int i = 0; i < HL_VERIFIED_PARTS && used < size; i++)
		if (a->life.verification[i].result != HL_VR_NONE)
			used += (size_t)snprintf(dst + used, size - used, "%s%s %s (%s)", used ? ", " : "", hl_verified_part_name((enum hl_verified_part)i),
						 hl_verified_name(a->life.verification[i].result), a->life.verification[i].by);
}

static void entry_text(const struct hl_alert *a, char *dst, size_t size)
{
	static const enum hl_field shown[] = { HL_F_STATE, HL_F_YEAR, HL_F_COLOR, HL_F_MAKE, HL_F_MODEL, HL_F_TYPE };
	size_t used = 0;
	dst[0] = 0;
	for (size_t i = 0; i < sizeof shown / sizeof shown[0] && used < size; i++)
		if (a->entry[shown[i]][0])
			used += (size_t)snprintf(dst + used, size - used, "%s%s", used ? " " : "", a->entry[shown[i]]);
}

/* What it is about first, then what speaks against it, where, why and who; all lines that there are, however many go on the screen. */
static void details(const struct hl_watch_screen *w, const struct hl_alert *a, size_t columns, struct hl_buf *out)
{
	char text[1024], since[16];
	struct hl_buf plates = HL_BUF(2048);
	hl_alert_notice(a, text, sizeof text);
	wrapped(text, columns, out);
	hl_alert_plates(a, "  ", &plates);
	const char *s = hl_buf_text(&plates);
	size_t rest = strcspn(s, "\n") + 1;
	rest += strcspn(s + rest, "\n") + 1;
	hl_buf_put(out, s, strchr(s, '^') ? plates.len : rest);
	hl_buf_fini(&plates);
	hl_alert_difference(a, text, sizeof text);
	wrapped(text, columns, out);
	hl_alert_contradictions(a, text, sizeof text);
	field("CONTRADICTS", text, columns, out);
	wrapped(hl_alert_time_note(a), columns, out);
	field("DO", a->entry[HL_F_INSTRUCTIONS], columns, out);
	const struct hl_sighting *again = hl_alert_newest_sighting(a);
	age(w->now_ms - hl_alert_seen_ms(a), since);
	size_t n = (size_t)snprintf(text, sizeof text, "seen %s ago at %s (camera %s)", since, hl_alert_place(a), again ? again->camera : a->read.camera);
	if (a->life.sightings && n < sizeof text)
		snprintf(text + n, sizeof text - n, ", %lld sighting%s since", (long long)a->life.sightings, a->life.sightings == 1 ? "" : "s");
	wrapped(text, columns, out);
	snprintf(text, sizeof text, "%s%slist %s, agency %s, case %s", a->category, a->category[0] ? ", " : "", a->list, a->entry[HL_F_AGENCY][0] ? a->entry[HL_F_AGENCY] : "?",
		 a->entry[HL_F_CASE][0] ? a->entry[HL_F_CASE] : "?");
	field("listed", text, columns, out);
	entry_text(a, text, sizeof text);
	field("vehicle", text, columns, out);
	field("reason", a->entry[HL_F_REASON], columns, out);
	field("remark", a->entry[HL_F_NOTE], columns, out);
	people(a, text, sizeof text);
	field("with", text, columns, out);
	verification(a, text, sizeof text);
	field("compared", text, columns, out);
	for (unsigned i = 0; i < a->life.n_also; i++) {
		snprintf(text, sizeof text, "%s, list %s, listed %s", a->life.also[i].category, a->life.also[i].list, a->life.also[i].plate_listed);
		field("also", text, columns, out);
	}
	field("before", a->cleared_note, columns, out);
	field("muted", a->muted, columns, out);
}

static void draw_lines(const char *s, size_t columns, size_t rows, struct hl_buf *out)
{
	for (size_t i = 0; i < rows; i++) {
		char line[1024];
		size_t n = strcspn(s, "\n");
		bool more = i + 1 == rows && s[n] && s[n + 1];
		hl_copy_n(line, sizeof line, s, n < sizeof line ? n : sizeof line - 1);
		row(out, "", more ? "… more: `hotlistctl alert show`" : line, columns);
		s += n + (s[n] == '\n');
	}
}

static const char help[] =
	"arrows, j k   choose an alert; PgUp PgDn Home End\n"
	"a             acknowledge: you take it on\n"
	"J             join whoever has it\n"
	"v             verify: plate, state and vehicle, each agrees, differs or unknown\n"
	"r             reject: why, and the plate that was really seen\n"
	"c             close with an outcome\n"
	"?             this help, and back\n"
	"q, Ctrl-C     quit\n"
	"\n"
	"Listed and read stand one above the other; what differs is marked by ^.\n"
	"Nothing here is verified by being here.\n";

/* ---- all of it ---- */

/* The answer to the last command, or the question: one row, or two where it is long. The same text gives the same number. */
static size_t message_rows(const struct hl_watch_screen *w, size_t columns, struct hl_buf *lines)
{
	struct hl_buf text = HL_BUF(2048);
	if (w->prompt.kind)
		hl_prompt_text(&w->prompt, &text);
	else
		hl_buf_puts(&text, w->message);
	wrapped(hl_buf_text(&text), columns, lines);
	hl_buf_fini(&text);
	const char *first = strchr(hl_buf_text(lines), '\n');
	return first && first[1] ? 2 : 1;
}

static void draw_bottom(const struct hl_watch_screen *w, const char *lines, size_t n, size_t columns, struct hl_buf *out)
{
	const char *attribute = w->prompt.kind ? reverse : !w->failed ? "" : w->colors ? red : bold;
	for (size_t i = 0; i < n; i++) {
		char line[1024];
		size_t len = strcspn(lines, "\n");
		hl_copy_n(line, sizeof line, lines, len < sizeof line ? len : sizeof line - 1);
		row(out, attribute, line, columns);
		lines += len + (lines[len] == '\n');
	}
	row(out, dim, "a ack  J join  v verify  r reject  c close  arrows/jk choose  ? help  q quit", columns);
}

void hl_watch_draw(const struct hl_watch_screen *w, size_t columns, size_t rows, struct hl_buf *out)
{
	if (columns < 60 || rows < 12) {
		row(out, "", "make the window 60x12 or larger", columns);
		return;
	}
	struct hl_buf said = HL_BUF(DETAIL_MAX);
	size_t bottom = message_rows(w, columns, &said) - 1;
	size_t list = (rows - 4) / 2 < 10 ? (rows - 4) / 2 : (rows - 4) / 3 > 10 ? (rows - 4) / 3 : 10;
	list = list > 9 && rows < 30 ? 8 : list;
	size_t below = rows - 4 - list - bottom;
	const struct hl_alert *a = hl_watched_at(&w->list);
	struct hl_buf lines = HL_BUF(DETAIL_MAX);
	draw_head(w, columns, out);
	draw_list(w, columns, list, out);
	if (a && !w->help)
		details(w, a, columns, &lines);
	char rule[64];
	snprintf(rule, sizeof rule, "--- %s ", w->help ? "help" : a ? a->id : "");
	for (size_t n = strlen(rule); n < sizeof rule - 1; n++)
		rule[n] = '-';
	rule[sizeof rule - 1] = 0;
	row(out, dim, rule, columns);
	draw_lines(w->help ? help : hl_buf_text(&lines), columns, below, out);
	draw_bottom(w, hl_buf_text(&said), bottom + 1, columns, out);
	hl_buf_fini(&said);
	hl_buf_fini(&lines);
}
