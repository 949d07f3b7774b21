/* reads.c: see reads.h. The table of read formats and the walk over a payload: it cuts the payload into objects, has each decoded and finished, and hands
 * it on. One bad line never costs its neighbours. Any thread; nothing is kept between calls and nothing is copied.
 */
#include "format/reads.h"
#include "format/read_native.h"

#include <string.h>

static const struct hl_read_format *const formats[] = {
	&hl_read_native,
};

const struct hl_read_format *hl_read_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

struct walk {
	const struct hl_read_format *format;
	int64_t now_ms;
	hl_read_room_fn room;
	hl_read_fn fn;
	void *arg;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool all_blank(const char *s, size_t n)
{
	while (n && blank(s[n - 1]))
		n--;
	return !n;
}

static void fault(const struct walk *w, const char *s, size_t n, unsigned line, struct hl_err *err)
{
	err->line = line + (err->line ? err->line - 1 : 0);
	w->fn(w->arg, NULL, s, n, line, err);
}

/* Hands one object on. False where it was a fault, which is then in *err and not yet told. */
static bool give(const struct walk *w, const char *s, size_t n, unsigned line, struct hl_err *err)
{
	struct hl_read *r = w->room(w->arg);
	if (w->format->decode(s, n, r, err) != HL_OK)
		return false;
	hl_read_finish(r, w->now_ms);
	w->fn(w->arg, r, s, n, line, NULL);
	return true;
}

/* The byte after the string that begins at s[i], or n where it does not end. A raw newline ends no string in JSON. */
static size_t string_end(const char *s, size_t n, size_t i)
{
	for (i++; i < n && s[i] != '\n'; i++) {
		if (s[i] == '"')
			return i + 1;
		if (s[i] == '\\')
			i++;
	}
	return n;
}

/* The bytes of s up to the brace that closes the first one, 0 where none does. Only brackets and strings are looked at: the decoder judges the rest. */
static size_t object_span(const char *s, size_t n)
{
	size_t depth = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"') {
			i = string_end(s, n, i) - 1;
			continue;
		}
		depth += s[i] == '{' || s[i] == '[';
		if ((s[i] == '}' || s[i] == ']') && depth && !--depth)
			return i + 1;
	}
	return 0;
}

/* The first line s[0..n) is no object: is the whole rest (of `all` bytes) one that spans lines? */
static bool give_spanning(const struct walk *w, const char *s, size_t n, size_t all, unsigned line)
{
	size_t span = n < all ? object_span(s, all) : 0;
	if (span <= n || !all_blank(s + span, all - span))
		return false;
	struct hl_err err;
	hl_err_clear(&err);
	if (!give(w, s, span, line, &err))
		fault(w, s, span, line, &err);
	return true;
}

static void rest(const struct walk *w, const char *s, size_t n, unsigned line, bool size)
{
	struct hl_err err;
	if (size)
		hl_err_at(&err, HL_E_LIMIT, 0, 1, "payload: the rest was not read: found more than %d bytes, expected at most so many", HL_READ_PAYLOAD_MAX);
	else
		hl_err_at(&err, HL_E_LIMIT, 0, 1, "payload: the rest was not read: found more than %d reads, expected at most so many", HL_READS_PER_PAYLOAD);
	fault(w, s, n, line, &err);
}

/* One line that is not blank, the first or a later one. False where it took the rest of the payload with it. */
static bool walk_line(const struct walk *w, const char *s, size_t n, size_t all, unsigned line, bool first)
{
	while (n && blank(s[n - 1]))
		n--;
	struct hl_err err;
	err.code = HL_OK;
	err.line = err.column = 0;
	err.text[0] = 0;
	if (give(w, s, n, line, &err))
		return true;
	if (first && give_spanning(w, s, n, all, line))
		return false;
	fault(w, s, n, line, &err);
	return true;
}

void hl_reads_walk_into(const struct hl_read_format *f, const char *data, size_t n, int64_t now_ms, hl_read_room_fn room, hl_read_fn fn, void *arg)
{
	struct walk w = { .format = f, .now_ms = now_ms, .room = room, .fn = fn, .arg = arg };
	unsigned line = 0, lines = 0;
	size_t at = n >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
	while (at < n) {
		const char *s = data + at, *end = memchr(s, '\n', n - at);
		size_t len = end ? (size_t)(end - s) : n - at;
		line++;
		bool size = at + len > HL_READ_PAYLOAD_MAX;
		if (!all_blank(s, len)) {
			if (size || lines == HL_READS_PER_PAYLOAD) {
				rest(&w, s, n - at, line, size);
				return;
			}
			if (!walk_line(&w, s, len, n - at, line, !lines++))
				return;
		}
		at += len + 1;
	}
	if (!lines) {
		struct hl_err err;
		hl_err_at(&err, HL_E_INPUT, 0, 1, "payload: found nothing, expected a read");
		fault(&w, data, n, 1, &err);
	}
}

struct one {
	struct hl_read read;
	hl_read_fn fn;
	void *arg;
};

static struct hl_read *same_room(void *arg)
{
	struct one *o = arg;
	return &o->read;
}

static void pass_on(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	const struct one *o = arg;
	o->fn(o->arg, r, line, n, line_no, err);
}

void hl_reads_walk(const struct hl_read_format *f, const char *data, size_t n, int64_t now_ms, hl_read_fn fn, void *arg)
{
	struct one o;
	o.fn = fn;
	o.arg = arg;
	hl_reads_walk_into(f, data, n, now_ms, same_room, pass_on, &o);
}
