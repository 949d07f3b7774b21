/* words.c: see words.h. Pure; any thread. */
#include "config.h"

#include "adapter/words.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whole seconds, never negative. */
static int64_t seconds_between(int64_t seen_ms, int64_t now_ms)
{
	int64_t ms = 0;
	if (seen_ms == HL_NO_TIME || __builtin_sub_overflow(now_ms, seen_ms, &ms) || ms < 0)
		return 0;
	return ms / 1000;
}

void hl_span_text(int64_t seen_ms, int64_t now_ms, char dst[HL_AGE_TEXT])
{
	int64_t s = seconds_between(seen_ms, now_ms), days = s / 86400 > 9999 ? 9999 : s / 86400;
	if (s < 100)
		snprintf(dst, HL_AGE_TEXT, "%" PRId64 " s", s);
	else if (s < 6000)
		snprintf(dst, HL_AGE_TEXT, "%" PRId64 " min", s / 60);
	else if (s < 360000)
		snprintf(dst, HL_AGE_TEXT, "%" PRId64 " h", s / 3600);
	else
		snprintf(dst, HL_AGE_TEXT, "%" PRId64 " d", days);
}

void hl_age_text(int64_t seen_ms, int64_t now_ms, char dst[HL_AGE_TEXT])
{
	char span[HL_AGE_TEXT];
	hl_span_text(seen_ms, now_ms, span);
	if (seconds_between(seen_ms, now_ms) < 1)
		hl_copy(dst, HL_AGE_TEXT, "just now");
	else
		snprintf(dst, HL_AGE_TEXT, "%.8s ago", span);
}

void hl_age_fill(const char *body, size_t n, int64_t seen_ms, int64_t now_ms, struct hl_buf *out)
{
	char age[HL_AGE_TEXT], span[HL_AGE_TEXT];
	const size_t age_n = strlen(HL_AGE_MARK), span_n = strlen(HL_SPAN_MARK);
	const char *end = body + n;
	hl_age_text(seen_ms, now_ms, age);
	hl_span_text(seen_ms, now_ms, span);
	for (const char *hit; (hit = memmem(body, (size_t)(end - body), "{{", 2));) {
		size_t left = (size_t)(end - hit), skip = 2;
		hl_buf_put(out, body, (size_t)(hit - body));
		if (left >= age_n && !memcmp(hit, HL_AGE_MARK, skip = age_n))
			hl_buf_puts(out, age);
		else if (left >= span_n && !memcmp(hit, HL_SPAN_MARK, skip = span_n))
			hl_buf_puts(out, span);
		else
			hl_buf_put(out, hit, skip = 1);
		body = hit + skip;
	}
	hl_buf_put(out, body, (size_t)(end - body));
}

/* Bytes of an invisible or direction-turning mark at p: U+061C, U+200B..U+200F, U+202A..U+202E, U+2060..U+206F, U+FEFF; 0 where there is none. */
static size_t invisible(const unsigned char *p)
{
	if (p[0] == 0xd8 && p[1] == 0x9c)
		return 2;
	if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		return 3;
	if (p[0] != 0xe2)
		return 0;
	if (p[1] == 0x80)
		return (p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xaa && p[2] <= 0xae) ? 3 : 0;
	return p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf ? 3 : 0;
}

void hl_words_clean(const char *text, char *dst, size_t size)
{
	struct hl_buf clean = HL_BUF(8192), kept = HL_BUF(8192);
	hl_text_clean(text, strlen(text), &clean);
	const char *p = hl_buf_text(&clean);
	while (*p) {
		size_t skip = invisible((const unsigned char *)p);
		if (!skip)
			hl_buf_putc(&kept, *p == '{' && (p[1] == '{' || (p > clean.data && p[-1] == '{')) ? '(' : *p);
		p += skip ? skip : 1;
	}
	hl_copy(dst, size, hl_buf_text(&kept));
	hl_buf_fini(&clean);
	hl_buf_fini(&kept);
}

const char *hl_words_event(enum hl_event_type t)
{
	switch (t) {
	case HL_EVENT_UPDATED:
		return "UPDATE";
	case HL_EVENT_ESCALATED:
		return "ESCALATED";
	case HL_EVENT_STANDDOWN:
		return "STAND DOWN";
	case HL_EVENT_TEST:
		return "TEST";
	case HL_EVENT_DIGEST:
		return "DIGEST";
	case HL_EVENT_CREATED:
	case HL_EVENT_TYPES:
		break;
	}
	return "";
}

const char *hl_words_notice(const struct hl_alert *a)
{
	static const char *const words[HL_ALERT_STATES] = {
		[HL_ST_NEW] = "NOT VERIFIED", [HL_ST_ACKNOWLEDGED] = "NOT VERIFIED", [HL_ST_VERIFIED] = "VERIFIED, NOT CONFIRMED", [HL_ST_CONFIRMED] = "VERIFIED, CONFIRMED",
		[HL_ST_CLOSED] = "CLOSED",    [HL_ST_REJECTED] = "REJECTED",	     [HL_ST_WITHDRAWN] = "WITHDRAWN",
	};
	if (a->state <= HL_ST_ACKNOWLEDGED && a->read.late)
		return "LATE, NOT VERIFIED";
	return (unsigned)a->state < HL_ALERT_STATES ? words[a->state] : words[HL_ST_NEW];
}

void hl_words_standdown(const struct hl_alert *a, char *dst, size_t size)
{
	char why[HL_TEXT_LONG], clean[HL_TEXT_LONG];
	hl_alert_standdown(a, why, sizeof why);
	hl_words_clean(why, clean, sizeof clean);
	snprintf(dst, size, "STAND DOWN: %s", clean);
}

void hl_words_difference(const struct hl_alert *a, char *dst, size_t size)
{
	char count[HL_TEXT_LONG];
	struct hl_buf text = HL_BUF(512);
	for (unsigned i = 0; i < a->n_contradictions && i < HL_CONTRADICTIONS; i++)
		hl_buf_printf(&text, "%s%.7s", i ? ", " : "", a->contradiction[i].what);
	if (a->n_contradictions)
		hl_buf_printf(&text, " %s, ", a->n_contradictions == 1 ? "differs" : "differ");
	hl_alert_difference_brief(a, count, sizeof count);
	hl_buf_puts(&text, count);
	hl_copy(dst, size, hl_buf_text(&text));
	hl_buf_fini(&text);
}

void hl_words_link(const struct hl_message *m, char *dst, size_t size)
{
	dst[0] = 0;
	if (!m->link || !m->link[0] || !m->alert)
		return;
	char base[HL_LINK_TEXT];
	hl_words_clean(m->link, base, sizeof base);
	size_t n = strlen(base);
	while (n && base[n - 1] == '/')
		base[--n] = 0;
	if ((size_t)snprintf(dst, size, "%s/alerts/%s", base, m->alert->id) >= size)
		dst[0] = 0;
}
