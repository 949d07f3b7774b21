/* alert_text.c: an alert in words, the same in every channel: NOT VERIFIED, how much differs and where, what contradicts. Written for an officer at the
 * roadside: the differing symbol must be seen before the plate is believed (Green v. San Francisco: a 3 for a 7). Pure; any thread.
 */
#include "core/alert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A bounded text that grows; what does not fit is cut without splitting a character. */
struct words {
	char *dst;
	size_t size, len;
};

static struct words words_at(char *dst, size_t size)
{
	dst[0] = 0;
	return (struct words){ dst, size, 0 };
}

static void __attribute__((format(printf, 2, 3))) say(struct words *w, const char *fmt, ...)
{
	char text[HL_TEXT_LONG];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	hl_copy(w->dst + w->len, w->size - w->len, text);
	w->len += strlen(w->dst + w->len);
}

const char *hl_alert_why(const struct hl_alert *a)
{
	return a->life.why_rev == a->rev ? a->life.why : "";
}

/* What people see: the plate as listed and the plate as read, with what differs. */
struct shown {
	char read[HL_PLATE_MAX + 1];
	struct hl_alignment alignment;
};

/* Where an alternative of the reader matched, the alert's alignment is that alternative's; people must see what the plate as read says, so that is
 * worked out here, symbol by symbol. */
static void show(const struct hl_alert *a, struct shown *s)
{
	struct hl_confusion none;
	struct hl_pattern listed;
	hl_copy(s->read, sizeof s->read, a->plate_read);
	s->alignment = a->alignment;
	if (a->kind != HL_KIND_CANDIDATE || !a->read.plate.len || hl_pattern_parse(&listed, a->plate_listed, strlen(a->plate_listed), false, NULL) != HL_OK)
		return;
	hl_plate_text(&a->read.plate, s->read);
	hl_confusion_init(&none);
	hl_match_align(&none, &listed, &a->read.plate, &s->alignment);
}

static unsigned differing(const struct hl_alignment *al)
{
	unsigned n = 0;
	for (unsigned i = 0; i < al->n; i++)
		n += al->op[i].type == HL_OP_SWAP ? 2 : 1;
	return n;
}

static void say_op(struct words *w, const struct hl_op *op, size_t listed_n)
{
	unsigned pos = op->pos + 1u;
	if (op->type == HL_OP_SUB)
		say(w, "listed %s, read %s (position %u)", op->listed, op->read, pos);
	else if (op->type == HL_OP_SWAP)
		say(w, "listed %s, read %s (positions %u and %u)", op->listed, op->read, pos, pos + 1);
	else if (op->type == HL_OP_LOST)
		say(w, "listed %s, not read (position %u)", op->listed, pos);
	else if (op->pos >= listed_n)
		say(w, "read %s, not listed (at the end)", op->read);
	else
		say(w, "read %s, not listed (before position %u)", op->read, pos);
}

static void say_count(struct words *w, const struct hl_alert *a, unsigned n, const char *end)
{
	size_t len = strlen(a->plate_listed), wild = 0;
	for (const char *p = a->plate_listed; *p; p++)
		wild += *p == '?' || *p == '*';
	if (!n)
		say(w, "all %zu symbols agree", len - wild);
	else
		say(w, "%u of %zu symbols differ%s%s", n, len - wild, n == 1 ? "s" : "", end);
}

void hl_alert_difference_brief(const struct hl_alert *a, char *dst, size_t size)
{
	struct shown s;
	struct words w = words_at(dst, size);
	show(a, &s);
	say_count(&w, a, differing(&s.alignment), "");
	if (strpbrk(a->plate_listed, "?*"))
		say(&w, ", partial plate");
	if (a->kind == HL_KIND_CANDIDATE)
		say(&w, ", reader's alternative");
	if (hl_alert_read_otherwise(a))
		say(&w, ", read otherwise since");
}

void hl_alert_difference(const struct hl_alert *a, char *dst, size_t size)
{
	struct shown s;
	const struct hl_alignment *al = &s.alignment;
	struct words w = words_at(dst, size);
	show(a, &s);
	size_t len = strlen(a->plate_listed), wild = 0;
	for (const char *p = a->plate_listed; *p; p++)
		wild += *p == '?' || *p == '*';
	if (a->kind == HL_KIND_CANDIDATE)
		say(&w, "the reader's alternative %s%smatched; of its first reading ", a->alternative, a->alternative[0] ? " " : "");
	say_count(&w, a, differing(al), ": ");
	for (unsigned i = 0; i < al->n; i++) {
		say(&w, "%s", i ? "; " : "");
		say_op(&w, &al->op[i], len);
	}
	if (wild)
		say(&w, "; %zu of the listed plate unknown", wild);
	if (hl_alert_read_otherwise(a))
		say(&w, "; at the newest place %s was read", hl_alert_newest_sighting(a)->plate_read);
}

/* The three rows being laid out, one column a symbol. */
struct rows {
	char listed[3 * HL_PLATE_MAX + 1], read[3 * HL_PLATE_MAX + 1], mark[3 * HL_PLATE_MAX + 1];
	size_t n;
};

static void column(struct rows *r, char listed, char read, char mark)
{
	if (r->n + 1 >= sizeof r->listed)
		return;
	r->listed[r->n] = listed;
	r->read[r->n] = read;
	r->mark[r->n++] = mark;
}

/* What stands unchanged between two differences: i and j move to i_end and j_end. The first '*' takes what the read has more. */
static void unchanged(struct rows *r, const char *listed, const char *read, size_t *i, size_t *j, size_t i_end, size_t j_end)
{
	size_t fixed = 0, spare;
	for (size_t k = *i; k < i_end; k++)
		fixed += listed[k] != '*';
	spare = j_end - *j > fixed ? j_end - *j - fixed : 0;
	for (; *i < i_end; ++*i) {
		if (listed[*i] != '*') {
			column(r, listed[*i], *j < j_end ? read[(*j)++] : '-', ' ');
			continue;
		}
		if (!spare)
			column(r, '*', '-', ' ');
		for (; spare; spare--)
			column(r, '*', read[(*j)++], ' ');
	}
}

/* A swap may reach over a '*', which then stands for nothing. */
static void changed(struct rows *r, const struct hl_op *op, const char *listed, size_t *i, size_t *j)
{
	size_t l = strlen(op->listed), n = strlen(op->read);
	for (size_t k = 0; k < (l > n ? l : n); k++)
		column(r, k < l ? op->listed[k] : '-', k < n ? op->read[k] : '-', '^');
	for (size_t k = 0; k < l; k++, ++*i)
		while (k && listed[*i] == '*')
			++*i;
	*j += n;
}

void hl_alert_plates(const struct hl_alert *a, const char *prefix, struct hl_buf *out)
{
	struct shown s;
	const struct hl_alignment *al = &s.alignment;
	struct rows r = { .n = 0 };
	show(a, &s);
	size_t i = 0, j = 0, listed_n = strlen(a->plate_listed), read_n = strlen(s.read);
	for (unsigned k = 0; k < al->n && al->op[k].pos <= listed_n && al->op[k].rpos <= read_n; k++) {
		unchanged(&r, a->plate_listed, s.read, &i, &j, al->op[k].pos, al->op[k].rpos);
		changed(&r, &al->op[k], a->plate_listed, &i, &j);
	}
	unchanged(&r, a->plate_listed, s.read, &i, &j, listed_n, read_n);
	hl_buf_printf(out, "%slisted  %s\n%sread    %s\n%s        %s\n", prefix, r.listed, prefix, r.read, prefix, r.mark);
}

const char *hl_alert_time_note(const struct hl_alert *a)
{
	if (a->read.late)
		return "LATE: the read came in long after it was made";
	return a->read.clock_suspect ? "the camera's clock is wrong: this is when the read came in" : "";
}

void hl_alert_contradictions(const struct hl_alert *a, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	for (unsigned i = 0; i < a->n_contradictions; i++)
		say(&w, "%s%s: read %s, listed %s", i ? "; " : "", a->contradiction[i].what, a->contradiction[i].read, a->contradiction[i].listed);
}
