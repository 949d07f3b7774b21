/* layout_lines.c: a file as a window of bytes that moves over it, so that a file of any size needs constant memory. The window always holds more than the
 * longest line allowed, or the rest of the file: whoever looks for the end of a record finds it, or knows that it is too long. One thread.
 */
#include "format/layout_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, WINDOW = HL_LINE_MAX + 2 };

void hl_lines_init(struct hl_lines *l, int fd)
{
	*l = (struct hl_lines){ .fd = fd, .buf = hl_alloc(BUFFER), .line = 1, .last = '\n' };
}

void hl_lines_fini(struct hl_lines *l)
{
	free(l->buf);
	*l = (struct hl_lines){ .fd = -1 };
}

void hl_lines_text(struct hl_lines *l, const char *s, size_t n)
{
	l->text = s;
	l->text_n = n;
}

/* As read(2). */
static ssize_t more_bytes(struct hl_lines *l, char *dst, size_t room)
{
	if (!l->text)
		return read(l->fd, dst, room);
	size_t n = l->text_n < room ? l->text_n : room;
	memcpy(dst, l->text, n);
	l->text += n;
	l->text_n -= n;
	return (ssize_t)n;
}

static enum hl_code refill(struct hl_lines *l, struct hl_err *err)
{
	memmove(l->buf, l->buf + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	while (!l->eof && l->end < BUFFER) {
		ssize_t got = more_bytes(l, l->buf + l->end, BUFFER - l->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return hl_err_at(err, HL_E_IO, l->line, 0, "reading the list failed: %s", strerror(errno));
		l->eof = got == 0;
		l->end += (size_t)got;
		l->last = got ? l->buf[l->end - 1] : l->last;
		l->bytes += got;
		if (l->bytes > HL_LIST_FILE_MAX)
			return hl_err_at(err, HL_E_LIMIT, l->line, 0, "the list has more than %lld bytes", (long long)HL_LIST_FILE_MAX);
	}
	return HL_OK;
}

enum hl_code hl_lines_window(struct hl_lines *l, const char **s, size_t *n, struct hl_err *err)
{
	enum hl_code code = !l->eof && l->end - l->at < WINDOW ? refill(l, err) : HL_OK;
	if (code != HL_OK)
		return code;
	*s = l->buf + l->at;
	*n = l->end - l->at;
	return HL_OK;
}

void hl_lines_take(struct hl_lines *l, size_t n)
{
	const char *s = l->buf + l->at, *end = s + n;
	while (s < end && (s = memchr(s, '\n', (size_t)(end - s)))) {
		l->line++;
		s++;
	}
	l->at += n;
}

enum hl_code hl_lines_drop(struct hl_lines *l, struct hl_err *err)
{
	const char *s, *nl;
	size_t n;
	for (;;) {
		enum hl_code code = hl_lines_window(l, &s, &n, err);
		if (code != HL_OK)
			return code;
		nl = n ? memchr(s, '\n', n) : NULL;
		hl_lines_take(l, nl ? (size_t)(nl - s) + 1 : n);
		if (nl || !n)
			return HL_OK;
	}
}
