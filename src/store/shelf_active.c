/* shelf_active.c: switching to a version and back, see shelf.h. Each switch is one line of activations.jsonl, synced, then one
 * rename of a synced file. A crash in between leaves a line about a switch that never was: whoever reads the record finds it out, since each line says
 * what was active when it was written. Any thread; one writer at a time (the holder of the state lock).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "store/shelf.h"

enum { RECORD_MAX = 256 << 20 };

/* The versions that were active, the first one first; those left by a rollback are not among them. */
struct past {
	char (*id)[HL_VERSION_ID];
	size_t n, cap;
	size_t before; /* n before the last line: what it was about may never have been */
};

/* What one line says. */
struct switched {
	char version[HL_VERSION_ID], was[HL_VERSION_ID];
	bool rollback;
};

static bool take(const char **p, const char *literal)
{
	size_t n = strlen(literal);
	if (strncmp(*p, literal, n))
		return false;
	*p += n;
	return true;
}

/* A quoted id, or null, which gives "". */
static bool take_id(const char **p, char dst[HL_VERSION_ID])
{
	dst[0] = 0;
	if (take(p, "null"))
		return true;
	size_t n = **p == '"' ? strcspn(*p + 1, "\"\\\n") : 0;
	if (!n || n >= HL_VERSION_ID || (*p)[1 + n] != '"')
		return false;
	hl_copy_n(dst, HL_VERSION_ID, *p + 1, n);
	*p += n + 2;
	return true;
}

/* A line as `record` writes it; false for one that was cut off or is not ours. */
static bool parse_line(const char *line, struct switched *s)
{
	const char *p = line;
	char time[HL_VERSION_ID];
	_Static_assert(HL_VERSION_ID > 24, "a time of 24 characters is read like an id");
	if (!take(&p, "{\"time\":") || !take_id(&p, time) || !take(&p, ",\"version\":") || !take_id(&p, s->version) || !take(&p, ",\"was\":") || !take_id(&p, s->was))
		return false;
	s->rollback = take(&p, ",\"kind\":\"rollback\"");
	return *p == ',' && s->version[0];
}

static void push(struct past *h, const char *id)
{
	if (h->n && !strcmp(h->id[h->n - 1], id))
		return;
	if (h->n == h->cap)
		h->id = hl_realloc(h->id, h->cap = h->cap ? 2 * h->cap : 64, sizeof *h->id);
	hl_copy(h->id[h->n++], HL_VERSION_ID, id);
}

static bool ends_in(const struct past *h, size_t n, const char *id)
{
	return n ? !strcmp(h->id[n - 1], id) : !*id;
}

/* Makes the past end in the version that is known to have been active then: the last line's switch was, or was not. */
static void settle(struct past *h, const char *active)
{
	if (!ends_in(h, h->n, active) && ends_in(h, h->before, active))
		h->n = h->before;
	else if (*active)
		push(h, active); /* also a switch without a record */
	h->before = h->n;
}

static void apply(struct past *h, const struct switched *s)
{
	settle(h, s->was);
	size_t at = h->n;
	while (s->rollback && at && strcmp(h->id[at - 1], s->version) != 0)
		at--;
	if (s->rollback && at)
		h->n = at;
	else
		push(h, s->version);
}

/* The record as text; none is "". */
static enum hl_code read_record(const struct hl_shelf *shelf, struct hl_buf *b, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_err why;
	enum hl_code code = hl_shelf_path(path, shelf, NULL, "activations.jsonl", err);
	if (!code)
		code = hl_file_read(path, b, &why);
	if (code == HL_E_NOTFOUND)
		return HL_OK;
	return code ? hl_err_set(err, code, "%s", why.text) : HL_OK;
}

enum hl_code hl_shelf_before(const struct hl_shelf *shelf, char dst[HL_VERSION_ID], struct hl_err *err)
{
	char active[HL_VERSION_ID];
	struct hl_buf b = HL_BUF(RECORD_MAX);
	struct past h = { .id = NULL };
	dst[0] = 0;
	enum hl_code code = hl_shelf_active(shelf, active, err);
	if (!code)
		code = read_record(shelf, &b, err);
	for (const char *line = hl_buf_text(&b); !code && *line;) {
		struct switched s;
		if (parse_line(line, &s))
			apply(&h, &s);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	settle(&h, active);
	if (!code && active[0] && h.n >= 2)
		hl_copy(dst, HL_VERSION_ID, h.id[h.n - 2]);
	free(h.id);
	hl_buf_fini(&b);
	return code;
}

enum hl_code hl_shelf_was_active(const struct hl_shelf *shelf, const char *id, bool *was, struct hl_err *err)
{
	struct hl_buf b = HL_BUF(RECORD_MAX);
	char active[HL_VERSION_ID];
	*was = false;
	enum hl_code code = hl_shelf_active(shelf, active, err);
	if (!code)
		code = read_record(shelf, &b, err);
	for (const char *line = hl_buf_text(&b); !code && *line;) {
		struct switched s;
		if (parse_line(line, &s)) /* that it was active is what the next switch says */
			*was = *was || !strcmp(s.was, id);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	*was = *was || !strcmp(active, id);
	hl_buf_fini(&b);
	return code;
}

/* Whether the record ends in the middle of a line: a crash or a full disk cut it off. */
static bool is_cut(int fd)
{
	char last;
	off_t end = lseek(fd, 0, SEEK_END);
	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

enum hl_code hl_shelf_append(const char *path, const struct hl_buf *b, struct hl_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	bool bad = fd < 0 || (is_cut(fd) && write(fd, "\n", 1) != 1) || write(fd, b->data, b->len) != (ssize_t)b->len || fsync(fd);
	enum hl_code code = bad ? hl_err_set(err, HL_E_IO, "can't write %s: %s", path, strerror(errno)) : HL_OK;
	if (fd >= 0)
		close(fd);
	return code;
}

/* One more line of the list's record of activations. */
static enum hl_code record(const struct hl_shelf *shelf, const struct hl_activation *a, struct hl_err *err)
{
	char path[HL_PATH_MAX], dir[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(16 << 10);
	struct hl_json j;
	enum hl_code code = hl_shelf_path(path, shelf, NULL, "activations.jsonl", err);
	if (!code)
		code = hl_shelf_path(dir, shelf, NULL, NULL, err);
	if (code)
		return code;
	bool first = access(path, F_OK) != 0;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", a->time_ms);
	hl_json_str(&j, "version", a->version);
	hl_json_str(&j, "was", a->was[0] ? a->was : NULL);
	if (a->rollback)
		hl_json_str(&j, "kind", "rollback");
	hl_shelf_put_text(&j, "by", a->by);
	hl_shelf_put_text(&j, "why", a->why);
	hl_json_close(&j);
	hl_buf_putc(&b, '\n');
	code = hl_shelf_append(path, &b, err);
	hl_buf_fini(&b);
	return !code && first ? hl_file_sync_dir(dir, err) : code;
}

static enum hl_code mark_active(const struct hl_shelf *shelf, const char *id, struct hl_err *err)
{
	char path[HL_PATH_MAX], line[HL_VERSION_ID + 1];
	enum hl_code code = hl_shelf_path(path, shelf, NULL, "active", err);
	if (code)
		return code;
	int n = snprintf(line, sizeof line, "%s\n", id);
	hl_crash_point("version.activating");
	code = hl_file_write_atomic(path, line, (size_t)n, 0640, err);
	hl_crash_point("version.activated");
	return code;
}

enum hl_code hl_shelf_switch(const struct hl_shelf *shelf, const char *id, struct hl_activation *a, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	hl_copy(a->version, sizeof a->version, id);
	hl_shelf_active(shelf, a->was, NULL); /* a damaged mark is what this mends */
	if (a->by)
		code = record(shelf, a, err);
	return code ? code : mark_active(shelf, id, err);
}

enum hl_code hl_shelf_back(const struct hl_shelf *shelf, char dst[HL_VERSION_ID], struct hl_err *err)
{
	char active[HL_VERSION_ID], path[HL_PATH_MAX];
	enum hl_code code = hl_shelf_active(shelf, active, err);
	if (!code && !active[0])
		code = hl_err_set(err, HL_E_NOTFOUND, "%s has no active version", shelf->what);
	if (!code)
		code = hl_shelf_before(shelf, dst, err);
	if (!code && !dst[0])
		code = hl_err_set(err, HL_E_CONFLICT, "%s has no version that was active before %s: nothing to go back to", shelf->what, active);
	if (!code)
		code = hl_shelf_path(path, shelf, dst, NULL, err);
	if (!code && access(path, F_OK) != 0)
		code = hl_err_set(err, HL_E_CONFLICT, "version %s, which was active before %s, has been removed: activate another one by its name", dst, active);
	return code;
}
