/* layout_marks.c: `head` and `tail` of a layout: the lines that say when a file was made and how many records it holds. They are held against what the
 * file has, so that one that was cut off or put together wrongly is known as such: every fault here is one of the whole file. Pure; one run's thread.
 */
#include "config.h"

#include "format/layout_impl.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

struct found {
	struct hl_piece date, count; /* s NULL: the pattern has none */
};

/* The bytes of the word for a run of text at p: "*", "<date>", "<count>"; 0 where a literal stands. */
static size_t run_word(const char *p)
{
	static const char *const words[] = { "*", "<date>", "<count>" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return strlen(words[i]);
	return 0;
}

static size_t literal_length(const char *p)
{
	size_t n = 0;
	while (p[n] && !run_word(p + n))
		n++;
	return n;
}

const char *hl_mark_pattern_fault(const char *pattern)
{
	size_t dates = 0, counts = 0;
	for (const char *p = pattern; *p;) {
		size_t word = run_word(p);
		dates += word == strlen("<date>");
		counts += word == strlen("<count>");
		if (word && run_word(p + word))
			return "text between <date>, <count> and *, to tell where one ends";
		if (!word && (*p == '<' || *p == '>'))
			return "<date> and <count>, and no other < or >";
		p += word ? word : 1;
	}
	return dates > 1 || counts > 1 ? "<date> and <count> at most once" : NULL;
}

/* The length of the run at s, up to the literal behind it (of which none is empty but at the pattern's end); false where that does not come. */
static bool run_length(const char *literal, size_t literal_n, bool last, const char *s, size_t n, size_t *run)
{
	const char *at = s;
	if (literal_n > n)
		return false;
	if (last)
		at = s + n - literal_n;
	else
		at = memmem(s, n, literal, literal_n);
	if (!at || memcmp(at, literal, literal_n))
		return false;
	*run = (size_t)(at - s);
	return true;
}

static void keep_run(struct found *f, size_t word, const char *s, size_t n)
{
	hl_text_trim(&s, &n);
	if (word == strlen("<date>"))
		f->date = (struct hl_piece){ .s = s, .n = n };
	else if (word == strlen("<count>"))
		f->count = (struct hl_piece){ .s = s, .n = n };
}

static bool fits(const char *p, const char *s, size_t n, struct found *f)
{
	size_t lead = literal_length(p);
	*f = (struct found){ 0 };
	if (lead > n || memcmp(p, s, lead))
		return false;
	p += lead, s += lead, n -= lead;
	while (*p) {
		size_t word = run_word(p), len = literal_length(p + word), run;
		if (!run_length(p + word, len, !p[word + len], s, n, &run))
			return false;
		keep_run(f, word, s, run);
		p += word + len, s += run + len, n -= run + len;
	}
	return !n;
}

static enum hl_mark_seen refuse(struct hl_marks *m, struct hl_record_ctx *c, unsigned line, const char *field, const struct hl_piece *found, const char *expected)
{
	hl_layout_fault(c, 0, field, found->s, found->n, expected);
	c->fault.line = line;
	c->fault.whole = true;
	if (!m->result->bad)
		m->result->why = c->fault;
	m->result->bad = true;
	return HL_MARK_FAULT;
}

static bool read_count(const struct hl_piece *p, int64_t *count)
{
	int64_t v = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (p->s[i] < '0' || p->s[i] > '9' || v > 99999999)
			return false;
		v = v * 10 + (p->s[i] - '0');
	}
	if (p->n)
		*count = v;
	return p->n > 0;
}

/* The number in a head or tail against what there is. */
static enum hl_mark_seen check_count(struct hl_marks *m, struct hl_record_ctx *c, unsigned line, unsigned lines)
{
	struct hl_layout_result *r = m->result;
	char found[64], expected[HL_EXPECTED];
	const char *what = m->promised_counts == HL_COUNTS_LINES ? "lines" : "records";
	if (m->promised_counts == HL_COUNTS_LINES)
		r->counted = lines;
	if (r->promised == r->counted)
		return HL_MARK_FINE;
	snprintf(found, sizeof found, "%lld %s", (long long)r->counted, what);
	snprintf(expected, sizeof expected, "%lld %s, as the file says itself: it is not whole", (long long)r->promised, what);
	return refuse(m, c, line, "", &(struct hl_piece){ .s = found, .n = strlen(found) }, expected);
}

/* A line that is the head or the tail. */
static enum hl_mark_seen take(struct hl_marks *m, struct hl_record_ctx *c, unsigned line, const struct hl_mark *mark, const struct found *f)
{
	const char *field = mark == &m->layout->head ? "head" : "tail";
	struct hl_layout_result *r = m->result;
	char expected[HL_EXPECTED];
	if (f->date.s && !hl_layout_date(m->layout, &mark->date, f->date.s, f->date.n, false, &r->file_time_ms)) {
		hl_layout_expect_date(&mark->date, "the file's date as ", expected);
		return refuse(m, c, line, field, &f->date, expected);
	}
	if (!f->count.s)
		return HL_MARK_FINE;
	if (!read_count(&f->count, &r->promised))
		return refuse(m, c, line, field, &f->count, "the number of records");
	m->promised_counts = mark->counts;
	return mark == &m->layout->tail ? check_count(m, c, line, line) : HL_MARK_FINE;
}

void hl_marks_init(struct hl_marks *m, const struct hl_layout *l, struct hl_layout_result *result)
{
	*m = (struct hl_marks){ .layout = l, .result = result };
	*result = (struct hl_layout_result){ .file_time_ms = HL_NO_TIME, .promised = -1 };
}

enum hl_mark_seen hl_marks_line(struct hl_marks *m, struct hl_record_ctx *c, unsigned line, const char *s, size_t n)
{
	const struct hl_layout *l = m->layout;
	bool first = !m->begun;
	struct found f;
	hl_text_trim(&s, &n);
	m->begun = true;
	if (m->tail)
		return refuse(m, c, line, "tail", &(struct hl_piece){ .s = s, .n = n }, "nothing behind the last line that says how much there is");
	if (first && l->head.line && fits(l->head.line, s, n, &f)) {
		m->head = true;
		return take(m, c, line, &l->head, &f);
	}
	if (!l->tail.line || !fits(l->tail.line, s, n, &f))
		return HL_MARK_NONE;
	m->tail = true;
	return take(m, c, line, &l->tail, &f);
}

static bool missing(struct hl_marks *m, struct hl_record_ctx *c, const char *field, const struct hl_mark *mark)
{
	char expected[HL_EXPECTED];
	snprintf(expected, sizeof expected, "the line '%.60s': the file is not whole", mark->line);
	return refuse(m, c, 0, field, &(struct hl_piece){ .s = "" }, expected) == HL_MARK_FAULT;
}

bool hl_marks_end(struct hl_marks *m, struct hl_record_ctx *c, unsigned lines)
{
	const struct hl_layout *l = m->layout;
	if (l->head.line && l->head.required && !m->head) {
		m->head = true;
		return missing(m, c, "head", &l->head);
	}
	if (l->tail.line && l->tail.required && !m->tail) {
		m->tail = true;
		return missing(m, c, "tail", &l->tail);
	}
	/* A tail's count was checked where it stood. */
	if (m->tail || m->ended || m->result->promised < 0)
		return false;
	m->ended = true;
	return check_count(m, c, 0, lines) == HL_MARK_FAULT;
}
