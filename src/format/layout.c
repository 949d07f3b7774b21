/* layout.c: see layout.h. The run of a file through a layout, record by record: skip, header, split, values, entry. Every line ends in exactly one call of
 * the sink. One thread a run; a layout may serve several runs at once.
 */
#include "config.h"

#include "format/layout_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const struct hl_layout *l;
	const struct hl_layout_sink *sink;
	struct hl_lines lines;
	struct hl_record_ctx c;
	struct hl_split split;
	struct hl_span columns;
	size_t most; /* the column that takes the rest, 0: none */
	int *column_of;
	struct hl_batches *batches; /* NULL: entries are told as they are read */
	const atomic_bool *stopped; /* NULL: nobody can */
	struct hl_marks marks;
	struct hl_layout_result result;
	bool marked; /* the layout has a head or tail */
	enum hl_array_state array; /* json */
	bool begun, header, stop; /* the header line is still to come; the rest of the file is not read */
};

static void run_init(struct run *r, const struct hl_layout *l, int fd, const struct hl_layout_run *run, const struct hl_layout_sink *sink)
{
	const struct hl_layout_field *rows = l->fields.v;
	*r = (struct run){ .l = l, .sink = sink, .columns = l->columns, .header = l->header != HL_HEADER_NONE, .stopped = run->stop };
	hl_lines_init(&r->lines, fd);
	if (run->text)
		hl_lines_text(&r->lines, run->text, run->text_n);
	hl_marks_init(&r->marks, l, &r->result);
	r->marked = l->head.line || l->tail.line;
	r->column_of = hl_calloc(l->fields.n, sizeof r->column_of[0]);
	for (size_t i = 0; i < l->fields.n; i++) {
		r->column_of[i] = (int)rows[i].column - 1;
		r->most = l->last_takes_rest && (size_t)rows[i].column > r->most ? (size_t)rows[i].column : r->most;
	}
	hl_record_init(&r->c, l, run, &r->split, r->column_of);
	if (sink->stage) {
		r->batches = hl_batches_new(l, run, sink, &r->most, r->column_of);
		r->sink = hl_batches_sink(r->batches);
	}
}

static void run_fini(struct run *r)
{
	hl_lines_fini(&r->lines);
	free(r->column_of);
	hl_record_fini(&r->c);
	hl_batches_free(&r->batches);
}

static void tell_fault(struct run *r, const char *raw, size_t n)
{
	r->c.fault.line = r->lines.line;
	r->sink->fault(r->sink->arg, &r->c.fault, raw, n);
}

/* A fault that ends the reading: what was not read can't be vouched for. */
static void tell_end(struct run *r, const char *raw, size_t n)
{
	r->stop = r->result.bad = r->c.fault.whole = true;
	r->result.why = r->c.fault;
	r->sink->fault(r->sink->arg, &r->c.fault, raw, n);
}

static void fault(struct run *r, unsigned column, const char *found, const char *expected, const char *raw, size_t n)
{
	hl_layout_fault(&r->c, column, NULL, found, strlen(found), expected);
	tell_fault(r, raw, n);
}

static bool is_blank(const char *s, size_t n)
{
	hl_text_trim(&s, &n);
	return !n;
}

static bool contains(const char *s, size_t n, const char *part)
{
	return memmem(s, n, part, strlen(part)) != NULL;
}

/* The reason why a line is left out, or NULL. */
static const char *skip_reason(const struct hl_layout *l, const char *s, size_t n)
{
	const struct hl_skip_rule *rule = l->skip.v;
	if (is_blank(s, n))
		return "blank line";
	for (size_t i = 0; i < l->skip.n; i++) {
		const char *p = rule[i].prefix, *in = rule[i].contains;
		bool fits = (!p || (n >= strlen(p) && !memcmp(s, p, strlen(p)))) && (!in || contains(s, n, in));
		if (fits)
			return rule[i].why ? rule[i].why : "skip rule";
	}
	return NULL;
}

/* One name of the header line. False: the file can't be read. */
static bool take_name(struct run *r, size_t k, struct hl_buf *unknown, unsigned *first)
{
	const struct hl_layout_field *rows = r->l->fields.v;
	const char *s = r->split.piece[k].s;
	size_t n = r->split.piece[k].n;
	bool known = false;
	hl_text_trim(&s, &n);
	for (size_t i = 0; i < r->l->fields.n; i++) {
		if (!hl_layout_named(&rows[i].header, s, n))
			continue;
		if (r->column_of[i] >= 0)
			return hl_layout_fault(&r->c, (unsigned)k + 1, hl_fields[rows[i].field].name, s, n, "one column for this field: the file was not read");
		r->column_of[i] = (int)k;
		r->result.named += !known;
		known = true;
	}
	r->result.unnamed += !known;
	if (!known && !r->l->unknown_ignored) {
		*first = unknown->len ? *first : (unsigned)k + 1;
		hl_buf_puts(unknown, unknown->len ? ", '" : "'");
		hl_buf_put(unknown, s, n);
		hl_buf_putc(unknown, '\'');
	}
	return true;
}

/* What the first unknown name may have meant, else the names there are. */
static void expect_names(const struct hl_layout *l, const struct hl_piece *unknown, char *dst, size_t size)
{
	const struct hl_layout_field *rows = l->fields.v;
	const char *words[HL_FIELDS * 2 + 1] = { NULL }, *nearest;
	char name[64];
	size_t n = 0;
	for (size_t i = 0; i < l->fields.n && n < HL_FIELDS * 2; i++)
		if (rows[i].header.n)
			words[n++] = rows[i].header.v[0];
	hl_copy_n(name, sizeof name, unknown->s, unknown->n);
	nearest = hl_text_nearest(name, words);
	if (nearest)
		snprintf(dst, size, "the name of a field (did you mean '%s'?)", nearest);
	else
		hl_layout_join(dst, size, "one of ", words);
}

/* The header line by names. Without a column for the plate, or with two for one field, nothing that follows would mean anything. */
static void take_header(struct run *r, const char *raw, size_t n)
{
	const struct hl_layout_field *rows = r->l->fields.v;
	struct hl_buf unknown = HL_BUF(1024);
	unsigned first = 0;
	bool plate = false;
	char expected[HL_EXPECTED];
	for (size_t k = 0; k < r->split.n && !r->stop; k++)
		r->stop = !take_name(r, k, &unknown, &first);
	for (size_t i = 0; i < r->l->fields.n; i++)
		plate = plate || (rows[i].field == HL_F_PLATE && r->column_of[i] >= 0);
	r->c.fault.line = r->lines.line;
	if (r->stop) {
		tell_end(r, raw, n);
	} else if (!plate) {
		hl_layout_fault(&r->c, 0, "plate", raw, n, "a header line with a column for plate: the file was not read");
		tell_end(r, raw, n);
	} else if (unknown.len) {
		expect_names(r->l, &r->split.piece[first - 1], expected, sizeof expected);
		fault(r, first, hl_buf_text(&unknown), expected, raw, n);
	} else {
		r->sink->skipped(r->sink->arg, r->lines.line, "header");
	}
	r->columns = (struct hl_span){ (int)r->split.n, (int)r->split.n };
	r->most = r->l->last_takes_rest ? r->split.n : 0;
	hl_buf_fini(&unknown);
}

static bool in_span(const struct hl_span *span, size_t n)
{
	return n >= (size_t)span->from && (!span->to || n <= (size_t)span->to);
}

static void span_fault(struct run *r, const struct hl_span *span, size_t found, const char *what, const char *raw, size_t n)
{
	char f[64], e[64];
	snprintf(f, sizeof f, "%zu %s%s", found, what, found == 1 ? "" : "s");
	if (span->from == span->to)
		snprintf(e, sizeof e, "%d %s%s", span->from, what, span->from == 1 ? "" : "s");
	else if (!span->to)
		snprintf(e, sizeof e, "at least %d %s%s", span->from, what, span->from == 1 ? "" : "s");
	else
		snprintf(e, sizeof e, "%d to %d %ss", span->from, span->to, what);
	fault(r, 0, f, e, raw, n);
}

/* The column in which a byte of the record stands. */
static unsigned column_of_byte(const struct run *r, const char *raw, const char *at)
{
	size_t k = 0;
	if (r->l->shape != HL_SHAPE_DELIMITED)
		return (unsigned)(at - raw) + 1;
	while (k + 1 < r->split.n && at >= r->split.piece[k + 1].s)
		k++;
	return (unsigned)k + 1;
}

/* A record of n bytes that is no header. */
static void take_record(struct run *r, const char *raw, size_t n)
{
	const char *nul = memchr(raw, 0, n);
	bool delimited = r->l->shape == HL_SHAPE_DELIMITED;
	size_t length = n;
	r->c.s = raw;
	r->c.n = n;
	r->result.counted++;
	while (length && raw[length - 1] == ' ')
		length--;
	if (nul)
		fault(r, column_of_byte(r, raw, nul), "a NUL byte", "text without control bytes", raw, n);
	else if (delimited && !in_span(&r->columns, r->split.n))
		span_fault(r, &r->columns, r->split.n, "column", raw, n);
	else if (!delimited && !in_span(&r->l->length, length))
		span_fault(r, &r->l->length, length, "byte", raw, n);
	else if (r->batches)
		hl_batches_record(r->batches, r->lines.line, raw, n);
	else if (hl_layout_values(&r->c) && hl_layout_entry(&r->c))
		r->sink->entry(r->sink->arg, &r->c.entry, r->lines.line, raw, n);
	else
		tell_fault(r, raw, n);
}

/* Tells of a record that is longer than any may be, and goes on behind its end, or that of the line where the end of the record is not known. */
static enum hl_code too_long(struct run *r, const char *s, size_t n, struct hl_err *err)
{
	r->result.counted++;
	fault(r, 0, "more than 65536 bytes", "at most 65536 bytes in a line", s, HL_LINE_MAX);
	hl_lines_take(&r->lines, n);
	return hl_lines_drop(&r->lines, err);
}

/* Head and tail, and what stands behind the tail; false: the line is a record or header. */
static bool take_mark(struct run *r, const char *raw, size_t n)
{
	enum hl_mark_seen seen = hl_marks_line(&r->marks, &r->c, r->lines.line, raw, n);
	if (seen == HL_MARK_FINE)
		r->sink->skipped(r->sink->arg, r->lines.line, r->marks.tail ? "tail" : "head");
	if (seen == HL_MARK_FAULT)
		r->sink->fault(r->sink->arg, &r->c.fault, raw, n);
	return seen != HL_MARK_NONE;
}

/* The record at the beginning of the window, n > 0. */
static enum hl_code one(struct run *r, const char *s, size_t n, struct hl_err *err)
{
	const char *nl = memchr(s, '\n', n < HL_LINE_MAX + 1 ? n : HL_LINE_MAX + 1), *why;
	if (!nl && n > HL_LINE_MAX)
		return too_long(r, s, 0, err);
	size_t used = nl ? (size_t)(nl - s) + 1 : n, text = nl ? (size_t)(nl - s) : n;
	text -= text && s[text - 1] == '\r';
	if ((why = skip_reason(r->l, s, text))) {
		r->sink->skipped(r->sink->arg, r->lines.line, why);
	} else if (r->marked && take_mark(r, s, text)) {
		/* told */
	} else if (r->l->shape == HL_SHAPE_DELIMITED && !hl_split_delimited(r->l, s, n, r->most, &r->split)) {
		r->result.counted++;
		fault(r, (unsigned)r->split.n, r->split.found, r->split.expected, s, text);
	} else if (r->l->shape == HL_SHAPE_DELIMITED && r->split.text > HL_LINE_MAX) {
		return too_long(r, s, r->split.text, err);
	} else {
		if (r->l->shape == HL_SHAPE_DELIMITED) {
			used = r->split.used;
			text = r->split.text;
		}
		if (r->header && r->l->header == HL_HEADER_NAMES)
			take_header(r, s, text);
		else if (r->header)
			r->sink->skipped(r->sink->arg, r->lines.line, "header");
		else
			take_record(r, s, text);
		r->header = false;
	}
	hl_lines_take(&r->lines, used);
	return HL_OK;
}

/* A step through a list of objects. Where its brackets and commas are not in order nothing that follows can be trusted to be what it seems. */
static void one_of_array(struct run *r, const char *s, size_t n)
{
	size_t skip, object;
	const char *expected = hl_array_step(&r->array, s, n, &skip, &object), *why;
	if (expected) {
		hl_layout_fault(&r->c, 0, NULL, s, n < 40 ? n : 40, expected);
		r->c.fault.line = r->lines.line;
		tell_end(r, s, n < HL_LINE_MAX ? n : HL_LINE_MAX);
	} else if (object && (why = skip_reason(r->l, s, object))) {
		r->sink->skipped(r->sink->arg, r->lines.line, why);
	} else if (object) {
		take_record(r, s, object);
	}
	hl_lines_take(&r->lines, skip + object);
}

/* The file's first bytes: a byte order mark is skipped, UTF-16 refused by name instead of by a fault in every line. */
static enum hl_code begin(struct run *r, struct hl_err *err)
{
	const char *s;
	size_t n;
	if (hl_lines_window(&r->lines, &s, &n, err) != HL_OK)
		return HL_E_IO;
	if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		hl_lines_take(&r->lines, 3);
	if (n >= 2 && (!memcmp(s, "\xff\xfe", 2) || !memcmp(s, "\xfe\xff", 2))) {
		hl_layout_fault(&r->c, 0, NULL, "UTF-16", 6, "UTF-8 or Latin-1: the file was not read");
		r->c.fault.line = 0;
		tell_end(r, s, 0);
	} else if (r->l->shape == HL_SHAPE_JSON) {
		if (hl_lines_window(&r->lines, &s, &n, err) != HL_OK)
			return HL_E_IO;
		r->array = hl_array_begins(s, n) ? HL_ARRAY_BEGIN : HL_ARRAY_NONE;
	}
	return HL_OK;
}

/* What the file as a whole has to say, once all of it was read. */
static void end(struct run *r)
{
	unsigned lines = r->lines.line - (r->lines.last == '\n');
	while (r->lines.eof && !r->stop && hl_marks_end(&r->marks, &r->c, lines))
		r->sink->fault(r->sink->arg, &r->c.fault, "", 0);
	if (r->array && r->array != HL_ARRAY_CLOSED && r->lines.eof && !r->stop) {
		hl_layout_fault(&r->c, 0, NULL, "", 0, "the list's closing bracket: the file is not whole");
		r->c.fault.line = 0;
		tell_end(r, "", 0);
	}
	r->result.complete = r->lines.eof && (r->lines.last == '\n' || r->array == HL_ARRAY_CLOSED);
	if (r->sink->result)
		*r->sink->result = r->result;
}

/* Reads on, to the end or until there is no room in the batches for what is told. */
static enum hl_code read_on(void *arg, bool *more, struct hl_err *err)
{
	struct run *r = arg;
	enum hl_code code = r->begun ? HL_OK : begin(r, err);
	const char *s;
	size_t n = 0;
	r->begun = true;
	*more = true;
	if (code == HL_OK && r->stopped && atomic_load(r->stopped))
		code = hl_err_set(err, HL_E_AGAIN, "stopped");
	while (code == HL_OK && !r->stop) {
		code = hl_lines_window(&r->lines, &s, &n, err);
		if (code != HL_OK || !n)
			break;
		if (r->batches && hl_batches_full(r->batches))
			return HL_OK;
		if (r->lines.line > HL_LINES_MAX)
			code = hl_err_at(err, HL_E_LIMIT, r->lines.line, 0, "the list has more than %d lines", HL_LINES_MAX);
		else if (r->array)
			one_of_array(r, s, n);
		else
			code = one(r, s, n, err);
	}
	*more = false;
	end(r);
	return code;
}

enum hl_code hl_layout_read(const struct hl_layout *l, int fd, const struct hl_layout_run *run, const struct hl_layout_sink *sink, struct hl_err *err)
{
	enum hl_code code = hl_layout_check_run(run, err);
	if (code != HL_OK)
		return code;
	bool more;
	struct run *r = hl_alloc(sizeof *r);
	run_init(r, l, fd, run, sink);
	code = r->batches ? hl_batches_run(r->batches, read_on, r, err) : read_on(r, &more, err);
	run_fini(r);
	free(r);
	return code;
}
