/* sms_text.c: see sms_text.h. Parts are gathered, put together, and cut, the least important first, until the text fits. Pure; any thread. */
#include "adapter/sms_text.h"
#include "adapter/digest.h"
#include "adapter/gsm7.h"
#include "adapter/words.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 2048, PLACE_LEAST = 12, MARK = 6 };

static const char longest_age[] = "9999 d ago", longest_span[] = "9999 d";

/* What a text is made of. Empty parts are left out. */
struct parts {
	char event[HL_TEXT_LONG], why[HL_TEXT_LONG], category[HL_TEXT_SHORT], place[HL_READ_SITE], whole_place[HL_READ_SITE], difference[HL_TEXT_LONG], plates[64], extra[HL_TEXT_LONG], link[HL_LINK_TEXT], mark[MARK + 2];
	const char *notice;
	int priority;
	bool age;
};

static void clean_into(const char *text, char *dst, size_t size)
{
	char clean[HL_TEXT_LONG];
	struct hl_buf folded = HL_BUF(1024);
	hl_words_clean(text, clean, sizeof clean);
	hl_sms_fold(clean, &folded);
	hl_copy(dst, size, hl_buf_text(&folded));
	hl_buf_fini(&folded);
}

/* Why it is told, without symbols that would make the whole text longer. */
static void gather_why(const struct hl_alert *a, struct parts *p)
{
	char folded[HL_TEXT_LONG];
	struct hl_buf plain = HL_BUF(1024);
	clean_into(hl_alert_why(a), folded, sizeof folded);
	hl_gsm7_plain(folded, &plain);
	if (plain.len)
		snprintf(p->why, sizeof p->why, "%.200s;", hl_buf_text(&plain));
	hl_buf_fini(&plain);
}

/* What it is about comes first, and is never cut; how sure the alert was no longer matters. */
static void gather_standdown(const struct hl_alert *a, struct parts *p)
{
	char text[HL_TEXT_LONG], folded[HL_TEXT_LONG];
	struct hl_buf plain = HL_BUF(1024);
	hl_words_standdown(a, text, sizeof text);
	clean_into(text, folded, sizeof folded);
	hl_gsm7_plain(folded, &plain);
	snprintf(p->event, sizeof p->event, "%.200s;", hl_buf_text(&plain));
	hl_buf_fini(&plain);
}

/* The other entries of the vehicle that the receiver may hear of, by their categories: "felony +stolen". */
static void gather_also(const struct hl_alert *a, struct parts *p)
{
	char word[HL_TEXT_SHORT];
	for (unsigned i = 0; i < a->life.n_also; i++) {
		size_t n = strlen(p->category);
		clean_into(a->life.also[i].category[0] ? a->life.also[i].category : a->life.also[i].list, word, sizeof word);
		if (n + strlen(word) + 3 <= sizeof p->category)
			snprintf(p->category + n, sizeof p->category - n, " +%s", word);
	}
}

static void gather(const struct hl_message *m, bool full, bool marked, struct parts *p)
{
	const struct hl_alert *a = m->alert;
	bool over = m->type == HL_EVENT_STANDDOWN;
	*p = (struct parts){ .notice = over ? "" : hl_words_notice(a), .priority = a->priority, .age = true };
	if (over)
		gather_standdown(a, p);
	else
		hl_copy(p->event, sizeof p->event, hl_words_event(m->type));
	if (!over)
		gather_why(a, p);
	clean_into(a->category, p->category, sizeof p->category);
	gather_also(a, p);
	clean_into(hl_alert_place(a), p->place, sizeof p->place);
	hl_copy(p->whole_place, sizeof p->whole_place, p->place);
	if (!over)
		hl_words_difference(a, p->difference, sizeof p->difference);
	hl_words_link(m, p->link, sizeof p->link);
	if (marked)
		snprintf(p->mark, sizeof p->mark, "#%.*s", MARK, m->delivery_id);
	if (!full)
		return;
	snprintf(p->plates, sizeof p->plates, "listed %.12s read %.12s", a->plate_listed, hl_alert_read_there(a));
	char text[2 * HL_TEXT_LONG + 2];
	snprintf(text, sizeof text, "%s %s", a->entry[HL_F_AGENCY], a->entry[HL_F_CASE]);
	clean_into(text[0] == ' ' && !text[1] ? "" : text, p->extra, sizeof p->extra);
}

static void put_part(struct hl_buf *out, const char *before, const char *text)
{
	if (!text[0])
		return;
	if (out->len)
		hl_buf_puts(out, before);
	hl_buf_puts(out, text);
}

static void compose(const struct parts *p, const char *age, struct hl_buf *out)
{
	char priority[16];
	hl_buf_clear(out);
	snprintf(priority, sizeof priority, "P%d", p->priority);
	put_part(out, "", p->event);
	put_part(out, ": ", p->why);
	put_part(out, " ", priority);
	put_part(out, " ", p->category);
	put_part(out, " ", p->notice);
	put_part(out, ": ", p->difference);
	put_part(out, "; ", p->plates);
	put_part(out, "; ", p->place);
	if (p->age) {
		put_part(out, ", ", "seen ");
		hl_buf_puts(out, age);
	}
	put_part(out, "; ", p->extra);
	put_part(out, " ", p->link);
	put_part(out, " ", p->mark);
}

/* The last symbol of text goes, all its bytes, and the blanks before it; two dots say so, lest "car 12" pass for "car 1". At least two symbols longer
 * than the dots. */
static void shorten(char *text)
{
	size_t n = strlen(text);
	if (n > 2 && strcmp(text + n - 2, "..") == 0)
		n -= 2;
	for (int i = n == strlen(text) ? 3 : 1; i && n; i--) { /* the first cut makes room for the dots too */
		while (n > 1 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
			n--;
		n--;
	}
	while (n && text[n - 1] == ' ')
		n--;
	memcpy(text + n, "..", 3);
}

/* Symbols outside the GSM alphabet would leave 70 units for everything: a category gets '?' for them, and a site gives way to the camera's name, before
 * the link and the age are lost. */
static void make_plain(struct parts *p, const struct hl_alert *a)
{
	struct hl_buf plain = HL_BUF(1024);
	if (hl_gsm7_septets(p->place) < 0) {
		clean_into(hl_alert_camera(a), p->place, sizeof p->place);
		if (hl_gsm7_septets(p->place) < 0)
			p->place[0] = 0;
	}
	hl_copy(p->whole_place, sizeof p->whole_place, p->place);
	hl_gsm7_plain(p->category, &plain);
	hl_copy(p->category, sizeof p->category, hl_buf_text(&plain));
	hl_buf_clear(&plain);
	hl_gsm7_plain(p->extra, &plain);
	hl_copy(p->extra, sizeof p->extra, hl_buf_text(&plain));
	hl_buf_fini(&plain);
}

/* Cuts the least important thing that is still there; false where nothing may be cut any more. */
static bool cut(struct parts *p)
{
	if (p->extra[0])
		p->extra[0] = 0;
	else if (p->why[0])
		p->why[0] = 0;
	else if (hl_ucs2_units(p->place) > PLACE_LEAST)
		shorten(p->place);
	else if (p->link[0]) {
		p->link[0] = 0; /* and the place has its room */
		hl_copy(p->place, sizeof p->place, p->whole_place);
	} else if (hl_ucs2_units(p->category) > PLACE_LEAST)
		shorten(p->category);
	else if (p->age)
		p->age = false;
	else if (p->place[0])
		p->place[0] = 0;
	else if (p->category[0])
		p->category[0] = 0;
	else if (p->plates[0])
		p->plates[0] = 0;
	else
		return false;
	return true;
}

/* The same in a template's words: what was cut has nothing. */
static void compose_words(const struct hl_template *t, const struct hl_message *m, const struct parts *p, const char *age, const char *span, struct hl_buf *out)
{
	const struct hl_alert *a = m->alert;
	struct hl_values v = { 0 };
	char priority[16], listed[16], read[16], agency[HL_TEXT_LONG], number[HL_TEXT_LONG], over[HL_TEXT_LONG];
	snprintf(priority, sizeof priority, "P%d", p->priority);
	snprintf(listed, sizeof listed, "%.12s", p->plates[0] ? a->plate_listed : "");
	snprintf(read, sizeof read, "%.12s", p->plates[0] ? hl_alert_read_there(a) : "");
	clean_into(p->extra[0] ? a->entry[HL_F_AGENCY] : "", agency, sizeof agency);
	clean_into(p->extra[0] ? a->entry[HL_F_CASE] : "", number, sizeof number);
	hl_copy(over, sizeof over, p->event);
	over[strcspn(over, ";")] = 0;
	v.v[HL_V_EVENT] = p->notice[0] ? p->event : "";
	v.v[HL_V_NOTICE_SHORT] = p->notice[0] ? p->notice : over;
	v.v[HL_V_WHY] = p->why;
	v.v[HL_V_PRIORITY] = priority + 1;
	v.v[HL_V_CATEGORY] = p->category;
	v.v[HL_V_PLACE] = p->place;
	v.v[HL_V_AGE] = p->age ? age : "";
	v.v[HL_V_SPAN] = p->age ? span : "";
	v.v[HL_V_LISTED] = listed;
	v.v[HL_V_READ] = read;
	v.v[HL_V_DIFFERENCE] = p->difference;
	v.v[HL_V_AGENCY] = agency;
	v.v[HL_V_CASE] = number;
	v.v[HL_V_LINK] = p->link;
	v.v[HL_V_CREATED] = m->type == HL_EVENT_CREATED ? "1" : "";
	v.v[HL_V_UPDATED] = m->type == HL_EVENT_UPDATED ? "1" : "";
	v.v[HL_V_ESCALATED] = m->type == HL_EVENT_ESCALATED ? "1" : "";
	v.v[HL_V_STANDDOWN] = p->notice[0] ? "" : "1";
	v.v[HL_V_LATE] = a->read.late ? "1" : "";
	v.v[HL_V_INEXACT] = a->kind != HL_KIND_EXACT ? "1" : "";
	v.v[HL_V_PARTIAL] = strpbrk(a->plate_listed, "?*") ? "1" : "";
	v.v[HL_V_NOT_VERIFIED] = strstr(p->notice, "NOT VERIFIED") ? "1" : "";
	hl_buf_clear(out);
	hl_template_write(t, HL_PART_SMS, &v, out);
	put_part(out, " ", p->mark);
}

/* In the template's words, cut until they fit; false where they don't. */
static bool say_words(const struct hl_template *t, const struct hl_message *m, struct parts p, struct hl_buf *text)
{
	compose_words(t, m, &p, longest_age, longest_span, text);
	if (!hl_sms_fits(hl_buf_text(text)))
		make_plain(&p, m->alert);
	do
		compose_words(t, m, &p, longest_age, longest_span, text);
	while (!hl_sms_fits(hl_buf_text(text)) && cut(&p));
	bool fits = hl_sms_fits(hl_buf_text(text));
	compose_words(t, m, &p, HL_AGE_MARK, HL_SPAN_MARK, text);
	return fits;
}

void hl_sms_text(const struct hl_message *m, bool full, bool marked, const struct hl_template *words, struct hl_buf *body)
{
	struct parts p;
	if (m->digest) {
		hl_digest_brief(m, body);
		return;
	}
	if (!m->alert) {
		char receiver[HL_NAME];
		clean_into(m->receiver, receiver, sizeof receiver);
		hl_buf_printf(body, "TEST of receiver %s: no vehicle was seen, nothing to do", receiver);
		return;
	}
	struct hl_buf text = HL_BUF(TEXT_MAX);
	gather(m, full, marked, &p);
	if (hl_template_has(words, HL_PART_SMS) && say_words(words, m, p, &text)) {
		hl_buf_put(body, hl_buf_text(&text), text.len);
		hl_buf_fini(&text);
		return;
	}
	compose(&p, longest_age, &text);
	if (!hl_sms_fits(hl_buf_text(&text)))
		make_plain(&p, m->alert);
	do
		compose(&p, longest_age, &text);
	while (!hl_sms_fits(hl_buf_text(&text)) && cut(&p));
	compose(&p, HL_AGE_MARK, &text);
	hl_buf_put(body, hl_buf_text(&text), text.len);
	hl_buf_fini(&text);
}
