/* values.c: see values.h. What is said of an alert is the same in every language and channel; only what stands around it differs. Any thread. */
#include "adapter/values.h"
#include "adapter/blocks.h"
#include "adapter/channel.h"
#include "adapter/words.h"
#include "base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SAID_MAX = 96 << 10 };

/* A value as it is. */
static void set_raw(struct hl_said *s, enum hl_name_id name, const char *text)
{
	if (!text[0])
		return;
	s->at[name] = s->text.len;
	hl_buf_put(&s->text, text, strlen(text) + 1);
}

/* A text that came from outside. */
static void set(struct hl_said *s, enum hl_name_id name, const char *text)
{
	char clean[HL_READ_URL];
	hl_words_clean(text, clean, sizeof clean);
	set_raw(s, name, clean);
}

static void set_block(struct hl_said *s, enum hl_name_id name, struct hl_buf *text)
{
	while (text->len && text->data[text->len - 1] == '\n')
		text->data[--text->len] = 0;
	set_raw(s, name, hl_buf_text(text));
	hl_buf_clear(text);
}

bool hl_said_is_link(const char *url)
{
	struct hl_url u;
	return hl_url_parse(&u, url, NULL) == HL_OK && !strncmp(u.scheme, "http", 4);
}

static void say_notice(struct hl_said *s, const struct hl_message *m, bool full)
{
	const struct hl_alert *a = m->alert;
	bool over = m->type == HL_EVENT_STANDDOWN;
	char text[HL_NOTICE_TEXT], line[HL_TEXT_LONG * 2];
	const char *event = over ? "" : hl_words_event(m->type);
	(full ? hl_alert_notice : hl_alert_notice_brief)(a, text, sizeof text);
	const char *brief = over ? "STAND DOWN" : hl_words_notice(a);
	if (over)
		hl_words_standdown(a, text, sizeof text);
	set(s, HL_V_NOTICE, text);
	set(s, HL_V_NOTICE_SHORT, brief);
	set_raw(s, HL_V_EVENT, event);
	set(s, HL_V_WHY, over ? "" : hl_alert_why(a));
	if (over)
		snprintf(line, sizeof line, "%.300s: [P%d]", text, a->priority);
	else
		snprintf(line, sizeof line, "%s%s[P%d] %s:", event, event[0] ? " " : "", a->priority, brief);
	set(s, HL_V_HEADLINE, line);
}

static void say_when(struct hl_said *s, const struct hl_message *m)
{
	const struct hl_alert *a = m->alert;
	char local[HL_TEXT_SHORT], utc[HL_TEXT_SHORT];
	int64_t at = a->life.n_sightings || a->read.time_ms == HL_NO_TIME ? hl_alert_seen_ms(a) : a->read.time_ms; /* the time that belongs to the place */
	hl_tz_format(m->tz, at, local, sizeof local);
	hl_tz_format(NULL, at, utc, sizeof utc);
	set(s, HL_V_TIME, local);
	set(s, HL_V_UTC, strcmp(local, utc) ? utc : "");
	set(s, HL_V_TIME_NOTE, hl_alert_time_note(a));
	set_raw(s, HL_V_AGE, HL_AGE_MARK);
	set_raw(s, HL_V_SPAN, HL_SPAN_MARK);
	set(s, HL_V_PLACE, hl_alert_place(a));
}

/* Three digits, and never a 1 by rounding: nothing that was read is certain. */
static void say_chance(struct hl_said *s, enum hl_name_id name, double p)
{
	char text[32];
	snprintf(text, sizeof text, p < 0.9995 ? "%.3g" : "above 0.999", p);
	set_raw(s, name, text);
}

static void say_plates(struct hl_said *s, const struct hl_alert *a, bool html)
{
	char text[2 * HL_TEXT_LONG];
	struct hl_buf block = HL_BUF(16 << 10);
	set(s, HL_V_LISTED, a->plate_listed);
	set(s, HL_V_READ, hl_alert_read_there(a));
	if (html)
		hl_block_plates_html(a, &block);
	else
		hl_block_plates(a, &block);
	set_block(s, HL_V_PLATES, &block);
	hl_block_also(a, html, &block);
	set_block(s, HL_V_ALSO, &block);
	hl_buf_fini(&block);
	hl_alert_difference(a, text, sizeof text);
	set(s, HL_V_DIFFERENCE, text);
	hl_alert_contradictions(a, text, sizeof text);
	set(s, HL_V_CONTRADICTIONS, text);
	if (a->kind != HL_KIND_EXACT)
		set(s, HL_V_KIND, hl_kind_name(a->kind));
	say_chance(s, HL_V_PROBABILITY, a->probability);
	say_chance(s, HL_V_PLATE_PROBABILITY, a->plate_probability);
}

/* Words with a blank between, empty ones left out. */
static void join(const char *const *word, size_t n, char *dst, size_t size)
{
	dst[0] = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(dst);
		if (word[i][0])
			snprintf(dst + len, size - len, "%s%s", len ? " " : "", word[i]);
	}
}

static void say_entry(struct hl_said *s, const struct hl_message *m)
{
	const struct hl_alert *a = m->alert;
	static const struct {
		enum hl_field field;
		enum hl_name_id name;
	} fields[] = {
		{ HL_F_STATE, HL_V_STATE }, { HL_F_REASON, HL_V_REASON }, { HL_F_AGENCY, HL_V_AGENCY }, { HL_F_CASE, HL_V_CASE }, { HL_F_STARTS, HL_V_STARTS },
		{ HL_F_EXPIRES, HL_V_EXPIRES }, { HL_F_MAKE, HL_V_MAKE }, { HL_F_MODEL, HL_V_MODEL }, { HL_F_COLOR, HL_V_COLOR }, { HL_F_TYPE, HL_V_TYPE },
		{ HL_F_YEAR, HL_V_YEAR }, { HL_F_VIN, HL_V_VIN }, { HL_F_NOTE, HL_V_NOTE }, { HL_F_INSTRUCTIONS, HL_V_INSTRUCTIONS }, { HL_F_RECORD, HL_V_RECORD },
	};
	char text[6 * HL_TEXT_LONG];
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		set(s, fields[i].name, a->entry[fields[i].field]);
	if (a->entry_expires_ms != HL_NO_TIME) {
		hl_tz_format(m->tz, a->entry_expires_ms, text, HL_TEXT_SHORT);
		set(s, HL_V_EXPIRES, text);
	}
	const char *const listed[] = { a->entry[HL_F_STATE], a->entry[HL_F_YEAR], a->entry[HL_F_COLOR], a->entry[HL_F_MAKE], a->entry[HL_F_MODEL], a->entry[HL_F_TYPE] };
	join(listed, sizeof listed / sizeof listed[0], text, sizeof text);
	set(s, HL_V_LISTED_AS, text);
	set(s, HL_V_LIST, a->list);
	set(s, HL_V_LIST_VERSION, a->list_version);
	snprintf(text, sizeof text, "%" PRId64 " min", a->list_age_ms / 60000);
	set(s, HL_V_LIST_AGE, text);
	set(s, HL_V_CLEARED, a->cleared_note);
}

static void say_read(struct hl_said *s, const struct hl_alert *a)
{
	char text[2 * HL_TEXT_LONG];
	const char *const seen[] = { a->read.vehicle.color, a->read.vehicle.make, a->read.vehicle.model, a->read.vehicle.type };
	join(seen, sizeof seen / sizeof seen[0], text, sizeof text);
	set(s, HL_V_SEEN_AS, text);
	set(s, HL_V_REGION, a->read.region);
	const struct hl_sighting *again = hl_alert_newest_sighting(a);
	set(s, HL_V_CAMERA, again ? again->camera : a->read.camera);
	set(s, HL_V_IMAGE, a->read.image);
	if (hl_said_is_link(a->read.image))
		set(s, HL_V_IMAGE_LINK, a->read.image);
	set(s, HL_V_HOLDER, a->acknowledged_by);
}

static void say_flags(struct hl_said *s, const struct hl_message *m)
{
	static const enum hl_name_id events[HL_EVENT_TYPES] = { [HL_EVENT_CREATED] = HL_V_CREATED, [HL_EVENT_UPDATED] = HL_V_UPDATED, [HL_EVENT_ESCALATED] = HL_V_ESCALATED,
								[HL_EVENT_STANDDOWN] = HL_V_STANDDOWN };
	const struct hl_alert *a = m->alert;
	if ((unsigned)m->type < HL_EVENT_TYPES && events[m->type])
		set_raw(s, events[m->type], "1");
	set_raw(s, HL_V_LATE, a->read.late ? "1" : "");
	set_raw(s, HL_V_INEXACT, a->alignment.n || a->kind != HL_KIND_EXACT ? "1" : "");
	set_raw(s, HL_V_PARTIAL, strpbrk(a->plate_listed, "?*") ? "1" : "");
	set_raw(s, HL_V_NOT_VERIFIED, strstr(hl_words_notice(a), "NOT VERIFIED") ? "1" : "");
}

static void say_sightings(struct hl_said *s, const struct hl_message *m, bool full, bool html)
{
	struct hl_buf block = HL_BUF(16 << 10);
	hl_block_sightings(m, full, html, &block);
	set_block(s, HL_V_SIGHTINGS, &block);
	hl_buf_fini(&block);
}

void hl_said_init(struct hl_said *s, const struct hl_message *m, bool full, bool html)
{
	const struct hl_alert *a = m->alert;
	char text[2 * HL_TEXT_LONG], link[HL_LINK_TEXT];
	bool over = m->type == HL_EVENT_STANDDOWN;
	*s = (struct hl_said){ .text = HL_BUF(SAID_MAX) };
	hl_buf_putc(&s->text, 0); /* no value begins at 0 */
	say_notice(s, m, full);
	snprintf(text, sizeof text, "%d", a->priority);
	set(s, HL_V_PRIORITY, text);
	set(s, HL_V_CATEGORY, a->category);
	set(s, HL_V_DECISION, over ? "" : hl_decision_name(a->decision));
	say_when(s, m);
	say_flags(s, m);
	say_sightings(s, m, full, html);
	if (full) {
		say_plates(s, a, html);
		say_entry(s, m);
		say_read(s, a);
		set(s, HL_V_BECAUSE, over ? a->standdown : "");
		if (over)
			s->at[HL_V_INSTRUCTIONS] = 0; /* nothing is to be done any more */
	} else if (!over) {
		hl_words_difference(a, text, sizeof text);
		set(s, HL_V_DIFFERENCE, text);
	}
	set(s, HL_V_ALERT, a->id);
	hl_words_link(m, link, sizeof link);
	set(s, HL_V_LINK, hl_said_is_link(link) ? link : "");
	set(s, HL_V_RECEIVER, m->receiver ? m->receiver : "");
	for (size_t i = 0; i < HL_NAMES; i++)
		s->values.v[i] = s->at[i] ? s->text.data + s->at[i] : "";
}

void hl_said_fini(struct hl_said *s)
{
	hl_buf_fini(&s->text);
}
