/* rejects.c: see rejects.h. Rejects are rare by nature and rated by the caller's log, so a lock and an open file suffice. */
#include "daemon/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/log.h"

enum { SAMPLE_MAX = 2048 };

struct hl_rejects {
	pthread_mutex_t lock;
	char path[HL_PATH_MAX], old[HL_PATH_MAX];
	int fd;
	int64_t size, max, keep_ms;
	int64_t begun_ms; /* time of the first line; HL_NO_TIME: there is none, or it can't be told */
};

/* The names that a read may have stay legible, so that a producer's mistake can be seen. */
static bool known_key(const char *s, size_t n)
{
	static const char *const keys[] = { "id", "camera", "site", "time", "plate", "confidence", "candidates", "chars", "region",
					    "region_confidence", "lat", "lon", "heading", "vehicle_id", "vehicle", "type", "make", "model",
					    "color", "image", "seq", "true", "false", "null", NULL };
	for (size_t i = 0; keys[i]; i++)
		if (strlen(keys[i]) == n && memcmp(keys[i], s, n) == 0)
			return true;
	return false;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char masked(char c)
{
	if (c >= '0' && c <= '9')
		return '9';
	if (is_word(c))
		return c == '_' ? c : 'x';
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x7f ? '.' : c; /* a plate of other letters than ASCII, too, whatever the sign of char */
}

/* A key name stays only where it stands as one: in quotes and before a colon. */
static bool stands_as_key(const char *data, size_t n, size_t from, size_t to)
{
	if (!from || data[from - 1] != '"' || to >= n || data[to] != '"')
		return false;
	size_t i = to + 1;
	while (i < n && (data[i] == ' ' || data[i] == '\t'))
		i++;
	return i < n && data[i] == ':' && known_key(data + from, to - from);
}

void hl_rejects_mask(const char *data, size_t n, size_t max, struct hl_buf *out)
{
	if (n > max)
		n = max;
	for (size_t i = 0; i < n;) {
		size_t end = i;
		while (end < n && is_word(data[end]))
			end++;
		if (end == i) {
			hl_buf_putc(out, masked(data[i++]));
			continue;
		}
		bool keep = stands_as_key(data, n, i, end);
		for (; i < end; i++)
			hl_buf_putc(out, keep ? data[i] : masked(data[i]));
	}
}

enum hl_code hl_rejects_open(struct hl_rejects **out, const char *state, int64_t max_bytes, int64_t keep_ms, struct hl_err *err)
{
	char dir[HL_PATH_MAX];
	struct hl_rejects *r = hl_calloc(1, sizeof *r);
	*r = (struct hl_rejects){ .fd = -1, .max = max_bytes, .keep_ms = keep_ms };
	enum hl_code rc = hl_path_join(dir, sizeof dir, state, "rejects", err);
	if (!rc)
		rc = hl_file_make_dirs(dir, 0700, err);
	if (!rc)
		rc = hl_path_join(r->path, sizeof r->path, dir, "rejects.jsonl", err);
	if (!rc)
		rc = hl_path_join(r->old, sizeof r->old, dir, "rejects.1.jsonl", err);
	if (rc) {
		free(r);
		return rc;
	}
	pthread_mutex_init(&r->lock, NULL);
	*out = r;
	return HL_OK;
}

void hl_rejects_close(struct hl_rejects **rp)
{
	struct hl_rejects *r = *rp;
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*rp = NULL;
}

/* The time that the first line of the file begins with (line_of). */
static int64_t begun(int fd)
{
	static const char head[] = "{\"time\":\"";
	char text[sizeof head - 1 + HL_TIME_TEXT];
	int64_t ms;
	ssize_t n = pread(fd, text, sizeof text, 0);
	const char *end = n > (ssize_t)sizeof head ? memchr(text + sizeof head - 1, '"', (size_t)n - (sizeof head - 1)) : NULL;
	if (!end || memcmp(text, head, sizeof head - 1) != 0)
		return HL_NO_TIME;
	return hl_time_parse(text + sizeof head - 1, (size_t)(end - text) - (sizeof head - 1), &ms) ? ms : HL_NO_TIME;
}

static void reopen(struct hl_rejects *r)
{
	struct stat st;
	if (r->fd >= 0)
		return;
	r->fd = open(r->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	r->size = r->fd >= 0 && fstat(r->fd, &st) == 0 ? st.st_size : 0;
	r->begun_ms = r->size ? begun(r->fd) : HL_NO_TIME;
}

static void put_aside(struct hl_rejects *r)
{
	close(r->fd);
	r->fd = -1;
	rename(r->path, r->old);
}

static void rotate(struct hl_rejects *r, size_t more)
{
	reopen(r);
	if (r->fd < 0 || r->size + (int64_t)more <= r->max / 2)
		return;
	put_aside(r);
	reopen(r);
}

static void line_of(struct hl_buf *line, int64_t now_ms, const char *source, const struct hl_err *why, const char *data, size_t n)
{
	struct hl_buf sample = HL_BUF(SAMPLE_MAX);
	struct hl_json j;
	hl_rejects_mask(data, n, SAMPLE_MAX, &sample);
	hl_json_init(&j, line);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", now_ms);
	hl_json_str(&j, "source", source);
	hl_json_str(&j, "code", hl_code_name(why->code));
	hl_json_int(&j, "line", why->line);
	hl_json_int(&j, "column", why->column);
	hl_json_int(&j, "bytes", (int64_t)n);
	hl_json_str_n(&j, "payload", hl_buf_text(&sample), sample.len);
	hl_json_close(&j);
	hl_buf_putc(line, '\n');
	hl_buf_fini(&sample);
}

void hl_rejects_put(struct hl_rejects *r, int64_t now_ms, const char *source, const struct hl_err *why, const char *data, size_t n)
{
	static unsigned long left_out;
	struct hl_buf line = HL_BUF(64 << 10);
	hl_log_limited(&left_out, HL_LOG_WARN, "rejected a read from %s: %s at line %u column %u of %zu bytes", source, hl_code_name(why->code), why->line,
		       why->column, n);
	if (r->max <= 0)
		return;
	line_of(&line, now_ms, source, why, data, n);
	pthread_mutex_lock(&r->lock);
	rotate(r, line.len);
	if (r->fd < 0 || write(r->fd, hl_buf_text(&line), line.len) != (ssize_t)line.len) {
		static unsigned long failed;
		hl_log_limited(&failed, HL_LOG_WARN, "%s: %s", r->path, strerror(errno));
	} else {
		r->size += (int64_t)line.len;
		r->begun_ms = r->begun_ms == HL_NO_TIME ? now_ms : r->begun_ms;
	}
	pthread_mutex_unlock(&r->lock);
	hl_buf_fini(&line);
}

static void drop_if_old(const char *path, int64_t before_ms)
{
	struct stat st;
	if (stat(path, &st) == 0 && (int64_t)st.st_mtime * 1000 < before_ms)
		unlink(path);
}

/* Each file takes lines for half the keep time, and goes when nothing was added to it for the other half: a line now and then keeps no old ones. */
void hl_rejects_sweep(struct hl_rejects *r, int64_t now_ms)
{
	int64_t half = r->keep_ms / 2;
	pthread_mutex_lock(&r->lock);
	drop_if_old(r->old, now_ms - half);
	if (r->fd >= 0 || access(r->path, F_OK) == 0)
		reopen(r);
	if (r->fd >= 0 && r->size && (r->begun_ms == HL_NO_TIME || r->begun_ms < now_ms - half)) {
		put_aside(r);
		drop_if_old(r->old, now_ms - half);
	}
	pthread_mutex_unlock(&r->lock);
}
