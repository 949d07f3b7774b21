/* layout_runner.c: see layout_runner.h. */
#include "config.h"

#include "layout_runner.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void path_of(char *dst, size_t size, const char *name)
{
	const char *top = getenv("srcdir");
	ck_assert_int_lt(snprintf(dst, size, "%s/%s", top ? top : ".", name), (int)size);
}

struct hl_layout *runner_layout(const char *dir, const char *name)
{
	char path[HL_PATH_MAX];
	path_of(path, sizeof path, "hotlists/layouts");
	const char *dirs[] = { dir ? dir : path, NULL };
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(8192);
	struct hl_layout *l = NULL;
	enum hl_code code = hl_layout_load(&l, name, dirs, &faults);
	hl_faults_print(&faults, &text);
	ck_assert_msg(code == HL_OK, "%s", hl_buf_text(&text));
	hl_buf_fini(&text);
	return l;
}

static void folder_of(const char *name, const char *yaml, char *dir, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	char path[300];
	struct hl_err err;
	snprintf(dir, size, "%s/hl-layout-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/%s.yaml", dir, name);
	ck_assert_int_eq(hl_file_write_atomic(path, yaml, strlen(yaml), 0644, &err), HL_OK);
}

struct hl_layout *runner_yaml(const char *yaml)
{
	char dir[200];
	struct hl_err err;
	folder_of("mine", yaml, dir, sizeof dir);
	struct hl_layout *l = runner_layout(dir, "mine");
	ck_assert_int_eq(hl_file_remove_tree(dir, &err), HL_OK);
	return l;
}

void runner_refuses(const char *yaml, const char *want)
{
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(16384), got = HL_BUF(16384);
	struct hl_layout *l = NULL;
	struct hl_err err;
	char dir[200];
	folder_of("bad", yaml, dir, sizeof dir);
	const char *dirs[] = { "/nowhere", dir, NULL };
	ck_assert_int_eq(hl_layout_load(&l, "bad", dirs, &faults), HL_E_CONFIG);
	ck_assert_ptr_null(l);
	hl_faults_print(&faults, &text);
	for (const char *s = hl_buf_text(&text); *s; s += strcspn(s, "\n") + 1) {
		const char *from = strncmp(s, dir, strlen(dir)) ? s : s + strlen(dir) + 1;
		hl_buf_put(&got, from, (size_t)(strchr(s, '\n') + 1 - from));
	}
	ck_assert_int_eq(hl_file_remove_tree(dir, &err), HL_OK);
	ck_assert_str_eq(hl_buf_text(&got), want);
	hl_buf_fini(&text);
	hl_buf_fini(&got);
}

static void put_time(struct hl_buf *out, const char *key, int64_t ms)
{
	char text[HL_TIME_TEXT];
	if (ms == HL_NO_TIME)
		return;
	hl_time_format(ms, text);
	hl_buf_printf(out, " %s=%s", key, text);
}

static void entry(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t raw_n)
{
	struct runner *r = arg;
	char pattern[HL_PLATE_MAX + 1];
	hl_pattern_text(&e->pattern, pattern);
	ck_assert_msg(raw_n && memchr(raw, '\0', raw_n) == NULL, "line %u", line);
	hl_buf_printf(&r->out, "%u entry %s%s", line, pattern, e->pattern.flags & HL_PAT_O0 ? " o0" : "");
	for (int f = 0; f < HL_FIELDS; f++) {
		ck_assert_uint_le(strlen(e->f[f]), hl_fields[f].max);
		ck_assert(hl_text_utf8(e->f[f], strlen(e->f[f])));
		if (e->f[f][0])
			hl_buf_printf(&r->out, " %s=\"%s\"", hl_fields[f].name, e->f[f]);
	}
	if (e->action)
		hl_buf_printf(&r->out, " action=\"%s\"", (const char *const[]){ "", "add", "change", "remove" }[e->action]);
	put_time(&r->out, "from", e->starts_ms);
	put_time(&r->out, "until", e->expires_ms);
	hl_buf_printf(&r->out, "%s\n", e->about_plate ? " plate-only" : "");
	r->entries++;
}

static void fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	struct runner *r = arg;
	ck_assert_ptr_nonnull(raw);
	ck_assert_uint_le(raw_n, 65536);
	ck_assert_msg(hl_text_utf8(f->found, strlen(f->found)), "line %u", f->line);
	ck_assert(f->expected[0]);
	hl_buf_printf(&r->out, "%u %sfault %u %s: found \"%s\", expected %s\n", f->line, f->whole ? "FILE " : "", f->column, f->field[0] ? f->field : "-", f->found,
		      f->expected);
	r->faults++;
}

static void skipped(void *arg, unsigned line, const char *why)
{
	struct runner *r = arg;
	hl_buf_printf(&r->out, "%u skip %s\n", line, why);
	r->skipped++;
}

/* What the file says of itself, where it says anything. */
static void put_file(struct runner *r)
{
	if (r->file.file_time_ms == HL_NO_TIME && r->file.promised < 0)
		return;
	hl_buf_printf(&r->out, "file");
	put_time(&r->out, "time", r->file.file_time_ms);
	if (r->file.promised >= 0)
		hl_buf_printf(&r->out, " promised=%d counted=%d", (int)r->file.promised, (int)r->file.counted);
	hl_buf_puts(&r->out, "\n");
}

static enum hl_code run_fd(struct runner *r, const struct hl_layout *l, const struct hl_layout_run *run, int fd)
{
	const struct hl_layout_run none = { .now_ms = RUNNER_NOW };
	const struct hl_layout_sink sink = { .arg = r, .entry = entry, .fault = fault, .skipped = skipped, .result = &r->file };
	struct hl_err err;
	if (!r->out.max)
		hl_buf_init(&r->out, 64 << 20);
	hl_err_clear(&err);
	enum hl_code code = hl_layout_read(l, fd, run ? run : &none, &sink, &err);
	if (code == HL_OK)
		put_file(r);
	else
		hl_buf_printf(&r->out, "%s: %s\n", hl_code_name(code), err.text);
	return code;
}

enum hl_code runner_bytes(struct runner *r, const struct hl_layout *l, const struct hl_layout_run *run, const void *data, size_t n)
{
	int fd = memfd_create("list", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	for (size_t at = 0; at < n;) {
		ssize_t put = write(fd, (const char *)data + at, n - at);
		ck_assert_int_gt(put, 0);
		at += (size_t)put;
	}
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	enum hl_code code = run_fd(r, l, run, fd);
	close(fd);
	return code;
}

void runner_gives(const char *yaml, const char *data, const char *want)
{
	struct runner r = { 0 };
	struct hl_layout *l = runner_yaml(yaml);
	ck_assert_int_eq(runner_bytes(&r, l, NULL, data, strlen(data)), HL_OK);
	ck_assert_str_eq(hl_buf_text(&r.out), want);
	ck_assert_int_eq(r.file.bad, strstr(want, "FILE fault") != NULL);
	runner_fini(&r);
	hl_layout_free(&l);
}

enum hl_code runner_file(struct runner *r, const struct hl_layout *l, const struct hl_layout_run *run, const char *name)
{
	char path[HL_PATH_MAX], under[HL_PATH_MAX];
	snprintf(under, sizeof under, "tests/data/lists/%s", name);
	path_of(path, sizeof path, under);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s", path);
	enum hl_code code = run_fd(r, l, run, fd);
	close(fd);
	return code;
}

void runner_read(const char *name, struct hl_buf *out)
{
	char path[HL_PATH_MAX];
	struct hl_err err;
	path_of(path, sizeof path, name);
	ck_assert_msg(hl_file_read(path, out, &err) == HL_OK, "%s: %s", path, err.text);
}

void runner_fini(struct runner *r)
{
	hl_buf_fini(&r->out);
	*r = (struct runner){ 0 };
}
