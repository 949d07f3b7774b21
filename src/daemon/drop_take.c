/* drop_take.c: one file of a drop folder, from importing/ to done/ or failed/; see drop.h. The work itself runs on a thread in the background, for which the drop thread
 * waits.
 */
#include "config.h"

#include "daemon/drop_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/background.h"
#include "daemon/settle.h"
#include "daemon/user.h"
#include "engine/audited.h"

enum { SIGNATURE_BYTES = 2048 };

static const char importing[] = "importing", done[] = "done", failed[] = "failed";

/* A file on its way. */
struct way {
	struct hl_drop *d;
	struct hl_drop_folder *f;
	struct hl_drop_file *file;
	int work;               /* importing/ */
	int fd;                 /* the file; -1: can't be read */
	struct hl_buf signature;
	struct hl_drop_result r;
	bool changed;           /* it is not the file that was looked at */
	bool recovered;         /* it lay in importing/ already */
};

/* Without replacing what has that name. Some file systems can't say so; for them it is looked up. */
static int move(int from, const char *name, int to, const char *as)
{
	struct stat st;
	if (!renameat2(from, name, to, as, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (!fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW)) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from, name, to, as) : -1;
}

static void signature_name(const char *name, char *dst, size_t size)
{
	snprintf(dst, size, "%s.sig", name);
}

/* "drop:DIR (OWNER)", a long DIR by its end. */
static void name_importer(const struct hl_drop_folder *f, const struct stat *st, char dst[HL_TEXT_SHORT])
{
	char owner[32];
	hl_user_name(st->st_uid, owner, sizeof owner);
	size_t room = HL_TEXT_SHORT - sizeof "drop: ()" - strlen(owner), n = strlen(f->dir);
	bool cut = n > room;
	const char *dir = cut ? f->dir + n - (room - 3) : f->dir;
	while (cut && (*dir & 0xc0) == 0x80)
		dir++;
	struct hl_buf text = HL_BUF(2 * HL_TEXT_SHORT);
	hl_buf_printf(&text, "drop:%s%s (%s)", cut ? "..." : "", dir, owner);
	hl_copy(dst, HL_TEXT_SHORT, hl_buf_text(&text));
	hl_buf_fini(&text);
}

/* Into importing/: from here on nobody else has it by its name, and it is known that it can be moved. False: not now. */
static bool claim(struct way *w)
{
	struct hl_drop_file *file = w->file;
	char name[HL_DROP_NAME + 8];
	w->recovered = file->taken;
	w->work = hl_drop_subfolder(w->f->fd, importing, &w->r.why);
	if (w->work < 0)
		return false;
	if (!file->taken && move(w->f->fd, file->name, w->work, file->name)) {
		if (errno != ENOENT)
			hl_err_set(&w->r.why, HL_E_IO, "can't be moved into %s/: %s", importing, errno == EEXIST ? "an older file of that name is still there" : strerror(errno));
		return false;
	}
	signature_name(file->name, name, sizeof name);
	move(w->f->fd, name, w->work, name); /* there need not be one */
	file->taken = true;
	w->r.time_ms = hl_clock_real_ms(); /* not before its move: drop_again.c compares the two */
	hl_crash_point("drop.taken");
	return true;
}

/* HL_E_AGAIN: it has changed since it was looked at. Others: it will never be imported as it is. */
static enum hl_code open_file(struct way *w, struct hl_err *err)
{
	struct stat st;
	w->fd = openat(w->work, w->file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (w->fd < 0 && errno == ENOENT)
		return hl_err_set(err, HL_E_AGAIN, "it is gone");
	if (w->fd < 0)
		return hl_err_set(err, HL_E_DENIED, "hotlistd can't read it: %s", strerror(errno));
	if (fstat(w->fd, &st) || !S_ISREG(st.st_mode))
		return hl_err_set(err, HL_E_INPUT, "it is not a regular file");
	if (!hl_drop_same(&st, &w->file->st))
		return hl_err_set(err, HL_E_AGAIN, "it changed after it seemed to be complete");
	w->file->st = st;
	if (st.st_size > w->f->max_bytes)
		return hl_err_set(err, HL_E_LIMIT, "it has %lld bytes: 'max_size' allows %lld", (long long)st.st_size, (long long)w->f->max_bytes);
	return HL_OK;
}

/* Where there is none, or none that can be read, the import tells what is missing. */
static void read_signature(struct way *w)
{
	char name[HL_DROP_NAME + 8];
	struct stat st;
	signature_name(w->file->name, name, sizeof name);
	int fd = w->f->signed_only ? openat(w->work, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && hl_file_read_fd(fd, name, &w->signature, NULL))
		hl_buf_clear(&w->signature);
	close(fd);
}

static enum hl_code upload(struct way *w, struct hl_err *err)
{
	char why[HL_TEXT_LONG];
	struct hl_drop *d = w->d;
	struct hl_opened opened = { .snapshot = NULL };
	struct hl_catalog *c = hl_live_get(d->o.live);
	struct hl_ops_ctx ctx = { .catalog = c, .settings = c->settings, .state = d->o.state, .who = w->r.by, .now_ms = w->r.time_ms, .fd = w->fd,
				  .opened = &opened };
	struct hl_upload u = { .activate = w->f->activate, .why = why,
			       .in = { .list = w->f->list, .layout = w->f->layout[0] ? w->f->layout : NULL, .source = w->file->name, .by = w->r.by, .fd = w->fd,
				       .incremental = w->f->incremental, .now_ms = w->r.time_ms, .stop = &d->stop,
				       .signature = w->signature.len ? hl_buf_text(&w->signature) : NULL, .signature_n = w->signature.len } };
	snprintf(why, sizeof why, "dropped as %.200s", w->file->name);
	struct hl_audited audited;
	enum hl_code code = hl_audited_begin_own(&audited, d->o.audit, c->settings, w->r.by, "list import", w->f->list, why, w->r.time_ms, err);
	if (!code) {
		pthread_mutex_lock(d->o.files);
		code = hl_upload_run(&ctx, &u, &w->r.u, err);
		pthread_mutex_unlock(d->o.files);
		w->r.ran = true;
	}
	hl_crash_point("drop.imported");
	if (ctx.lists_changed && hl_settle_lists(d->o.live, &opened, err))
		hl_log(HL_LOG_ERROR, "drop list=%s: activated, but not loaded: %s", w->f->list, err->text);
	struct hl_err fault;
	if (hl_audited_end(&audited, code, hl_clock_real_ms(), NULL, &fault) != code)
		hl_log(HL_LOG_ERROR, "drop list=%s: %s", w->f->list, fault.text);
	hl_opened_fini(&opened);
	hl_catalog_unref(&c);
	return code;
}

/* What speaks against the machine, or against the moment, is no fault of the file. */
static bool is_passing(enum hl_code code)
{
	return code == HL_E_IO || code == HL_E_AGAIN || code == HL_E_CONFIG || code == HL_E_CONFLICT || code == HL_E_NOTFOUND || code == HL_E_INTERNAL;
}

static const char *judge(const struct hl_uploaded *u, bool ran, enum hl_code code)
{
	if (is_passing(code))
		return NULL;
	if (!ran || !u->done)
		return "refused";
	return u->active ? "active" : code ? "waits" : "imported";
}

static void import(void *arg)
{
	struct way *w = arg;
	struct hl_err err = { 0 };
	enum hl_code code = open_file(w, &err);
	w->changed = code == HL_E_AGAIN;
	if (!code && w->recovered && hl_drop_was_imported(w->d, w->f, w->file, &w->r))
		return;
	if (!code) {
		read_signature(w);
		code = upload(w, &err);
		w->changed = code == HL_E_AGAIN && !w->d->stop;
	}
	w->r.why = err;
	w->r.result = judge(&w->r.u, w->r.ran, code);
}

/* Out of importing/, with its reports there before it. False: it stays. */
static bool set_aside(struct way *w, struct hl_err *err)
{
	char aside[HL_DROP_NAME], name[HL_DROP_NAME + 8], to[HL_DROP_NAME + 8];
	bool good = strcmp(w->r.result, "refused") != 0;
	struct hl_err fault;
	int fd = hl_drop_subfolder(w->f->fd, good ? done : failed, err);
	if (fd < 0)
		return false;
	for (int64_t t = w->r.time_ms;; t++) { /* a time that nothing there has yet */
		struct stat st;
		hl_drop_aside_name(w->file->name, t, aside);
		if (fstatat(fd, aside, &st, AT_SYMLINK_NOFOLLOW))
			break;
	}
	if (hl_drop_report(w->f, w->file, &w->r, fd, aside, &fault))
		hl_log(HL_LOG_ERROR, "drop dir=%s file=%s: no report: %s", w->f->dir, w->file->name, fault.text);
	hl_crash_point("drop.reported");
	bool moved = !move(w->work, w->file->name, fd, aside);
	if (!moved)
		hl_err_set(err, HL_E_IO, "can't be moved into %s/: %s", good ? done : failed, strerror(errno));
	signature_name(w->file->name, name, sizeof name);
	signature_name(aside, to, sizeof to);
	if (moved)
		move(w->work, name, fd, to);
	hl_crash_point("drop.aside");
	if (moved && good) {
		struct hl_catalog *c = hl_live_get(w->d->o.live);
		const struct hl_list_settings *l = hl_settings_list(c->settings, w->f->list);
		hl_drop_trim(fd, l ? l->keep : INT64_MAX);
		hl_catalog_unref(&c);
	}
	close(fd);
	return moved;
}

static void tell(struct way *w)
{
	struct hl_drop_state *s = &w->f->said;
	const struct hl_drop_result *r = &w->r;
	const struct hl_import_report *report = r->ran ? &r->u.report : NULL;
	bool bad = !r->result || !strcmp(r->result, "refused") || !strcmp(r->result, "waits");
	pthread_mutex_lock(&w->d->lock);
	hl_copy(s->file, sizeof s->file, w->file->name);
	hl_copy(s->version, sizeof s->version, report && r->u.done ? report->version.id : "");
	hl_copy(s->why, sizeof s->why, r->why.code ? r->why.text : "");
	s->result = r->result ? r->result : "trying";
	s->time_ms = r->time_ms;
	s->refused += r->result && !strcmp(r->result, "refused");
	s->imported += r->result && strcmp(r->result, "refused") != 0;
	hl_log(bad ? HL_LOG_WARN : HL_LOG_INFO, "drop dir=%s list=%s file=%s result=%s version=%s entries=%lld rejected=%lld%s%s", w->f->dir, w->f->list, s->file, s->result,
	       s->version[0] ? s->version : "none", report ? (long long)report->entries : 0, report ? (long long)report->rejected : 0, s->why[0] ? ": " : "", s->why);
	pthread_mutex_unlock(&w->d->lock);
}

/* It keeps its place, and is tried again: at once settled, or when the folder is looked through next. */
static void put_off(struct way *w)
{
	int64_t now = hl_clock_mono_ms();
	if (w->changed) {
		w->file->moved = false;
		w->file->since_ms = now;
	} else {
		w->file->not_before_ms = now + w->f->rescan_ms;
	}
}

static void finish(struct way *w)
{
	struct hl_err err = { 0 };
	if (!w->r.result) {
		put_off(w);
		if (w->r.why.code && !w->d->stop)
			tell(w);
		return;
	}
	bool moved = set_aside(w, &err);
	if (!moved)
		w->r.why = err;
	w->file->stuck = !moved;
	tell(w);
	if (moved)
		hl_drop_forget(w->f, w->file);
}

void hl_drop_take(struct hl_drop *d, struct hl_drop_folder *f, struct hl_drop_file *file)
{
	struct way w = { .d = d, .f = f, .file = file, .work = -1, .fd = -1, .signature = HL_BUF(SIGNATURE_BYTES), .r = { .time_ms = hl_clock_real_ms() } };
	name_importer(f, &file->st, w.r.by);
	if (claim(&w))
		hl_background_run(import, &w);
	finish(&w);
	if (w.r.ran)
		hl_uploaded_fini(&w.r.u);
	hl_buf_fini(&w.signature);
	if (w.fd >= 0)
		close(w.fd);
	if (w.work >= 0)
		close(w.work);
}
