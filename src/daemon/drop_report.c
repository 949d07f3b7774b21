/* drop_report.c: what an agency finds beside its file: NAME.report.txt and NAME.report.json in done/ or failed/; see drop.h. Whoever may write to a drop folder may also
 * put links there in the place of its sub-folders: they are opened as folders, never through a link, and reached by descriptor from then on. The drop thread.
 */
#include "config.h"

#include "daemon/drop_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"

enum { STAMP = 20 /* 20261123T174500.123Z */, STEM_MAX = HL_DROP_NAME - STAMP - 1 - 32 /* .report.json and its name while it is written */, TRIM_MAX = 100000 };

int hl_drop_subfolder(int dir, const char *name, struct hl_err *err)
{
	struct stat st;
	bool made = !fstat(dir, &st) && !mkdirat(dir, name, 0700);
	int fd = made || errno == EEXIST ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd < 0) {
		hl_err_set(err, HL_E_IO, "can't use the folder %s/ in it: %s", name, strerror(errno));
		return -1;
	}
	/* Who may read in the folder may read in this one; nobody else need write. That the group can't be given is no reason to stop. */
	if (made && (fchown(fd, (uid_t)-1, st.st_gid) || true) && fchmod(fd, 0700 | (st.st_mode & 0055)))
		hl_err_set(err, HL_E_IO, "%s/: %s", name, strerror(errno));
	return fd;
}

void hl_drop_aside_name(const char *name, int64_t time_ms, char *dst)
{
	char t[HL_TIME_TEXT], stem[STEM_MAX + 1];
	hl_time_format(time_ms, t); /* 2026-11-23T17:45:00.123Z */
	hl_copy(stem, sizeof stem, name);
	snprintf(dst, HL_DROP_NAME, "%.4s%.2s%.2sT%.2s%.2s%.6sZ-%s", t, t + 5, t + 8, t + 11, t + 14, t + 17, stem);
}

static void put_text(const struct hl_drop_folder *f, const struct hl_drop_file *file, const struct hl_drop_result *r, struct hl_buf *out)
{
	char time[HL_TIME_TEXT];
	hl_time_format(r->time_ms, time);
	hl_buf_printf(out, "%s for list %s, %s\n%s", file->name, f->list, r->by, r->result);
	hl_buf_printf(out, " at %s%s%s\n", time, r->why.code ? ": " : "", r->why.code ? r->why.text : "");
	if (r->ran)
		hl_uploaded_text(&r->u, out);
}

static void put_json(const struct hl_drop_folder *f, const struct hl_drop_file *file, const struct hl_drop_result *r, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "file", file->name);
	hl_json_str(&j, "dir", f->dir);
	hl_json_time(&j, "time", r->time_ms);
	hl_json_str(&j, "by", r->by);
	hl_json_str(&j, "result", r->result);
	hl_json_str(&j, "reason", r->why.code ? r->why.text : NULL);
	if (r->ran)
		hl_uploaded_json(&r->u, &j);
	else
		hl_json_str(&j, "list", f->list);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code write_one(int fd, const char *aside, const char *end, const struct hl_buf *b, const struct stat *st, struct hl_err *err)
{
	char path[2 * HL_DROP_NAME], name[HL_DROP_NAME + 32];
	snprintf(name, sizeof name, "%s%s", aside, end);
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", fd, name); /* the folder that was opened, whatever has its name by now */
	enum hl_code code = hl_file_write_atomic(path, hl_buf_text(b), b->len, 0600 | (st->st_mode & 0044), err);
	if (!code && fchownat(fd, name, (uid_t)-1, st->st_gid, AT_SYMLINK_NOFOLLOW))
		return HL_OK; /* it is readable for our own group, then */
	return code;
}

enum hl_code hl_drop_report(const struct hl_drop_folder *f, const struct hl_drop_file *file, const struct hl_drop_result *r, int fd, const char *aside, struct hl_err *err)
{
	struct hl_buf text = HL_BUF(HL_OPS_OUT_MAX), json = HL_BUF(HL_OPS_OUT_MAX);
	put_text(f, file, r, &text);
	put_json(f, file, r, &json);
	enum hl_code code = write_one(fd, aside, ".report.txt", &text, &file->st, err);
	if (!code)
		code = write_one(fd, aside, ".report.json", &json, &file->st, err);
	hl_buf_fini(&text);
	hl_buf_fini(&json);
	return code;
}

/* Names that hl_drop_aside_name makes, and those of their reports; nothing else is ever removed. */
static bool is_stamped(const char *name)
{
	static const char form[] = "dddddddd" "T" "dddddd" "." "ddd" "Z-";
	size_t i = 0;
	for (; form[i]; i++)
		if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return name[i] != 0;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

void hl_drop_trim(int fd, int64_t keep)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	char **name = hl_calloc(TRIM_MAX, sizeof *name);
	size_t n = 0;
	int64_t files = 0;
	if (!dir && own >= 0)
		close(own);
	for (struct dirent *e; dir && n < TRIM_MAX && (e = readdir(dir));)
		if (is_stamped(e->d_name))
			name[n++] = hl_strdup(e->d_name);
	if (dir)
		closedir(dir);
	qsort(name, n, sizeof *name, newest_first);
	for (size_t i = 0; i < n; i++) {
		files += !i || strncmp(name[i], name[i - 1], STAMP) != 0;
		if (files > keep)
			unlinkat(fd, name[i], 0);
	}
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
}
