/* drop_folder.c: what lies in a drop folder, and which of it is complete; see drop.h. A file is complete that was renamed into the folder, or that nobody has open for
 * writing, as far as inotify tells, and that has stayed as it is for `settle`. The drop thread.
 */
#include "config.h"

#include "daemon/drop_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

/* How long an upload waits for its signature before it is refused for the lack of it. */
enum { SIGNATURE_WAIT_MS = 600000 };

static const char taken_folder[] = "importing";

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);
	return n > k && hl_text_same(name + n - k, end);
}

bool hl_drop_ignores(const char *name)
{
	static const char *const end[] = { ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~", ".report.txt", ".report.json", ".sig", NULL };
	bool yes = name[0] == '.' || !name[0];
	for (size_t i = 0; end[i] && !yes; i++)
		yes = ends_in(name, end[i]);
	return yes;
}

static bool is_ours(const struct hl_drop_folder *f, const char *name)
{
	return !hl_drop_ignores(name) && strlen(name) < HL_DROP_NAME && !fnmatch(f->pattern, name, FNM_PERIOD);
}

static struct hl_drop_file *find(struct hl_drop_folder *f, const char *name, bool taken)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->file[i].taken == taken && !strcmp(f->file[i].name, name))
			return &f->file[i];
	return NULL;
}

/* NULL where there are too many: the others have their turn when some of these are done. */
static struct hl_drop_file *add(struct hl_drop_folder *f, const char *name, bool taken, int64_t now_ms)
{
	struct hl_drop_file *file = find(f, name, taken);
	if (file || f->n == HL_DROP_FILES)
		return file;
	f->file = hl_realloc(f->file, f->n + 1, sizeof *f->file);
	file = &f->file[f->n++];
	*file = (struct hl_drop_file){ .taken = taken, .since_ms = now_ms, .moved = taken };
	hl_copy(file->name, sizeof file->name, name);
	return file;
}

void hl_drop_forget(struct hl_drop_folder *f, struct hl_drop_file *file)
{
	*file = f->file[--f->n];
}

void hl_drop_folder_close(struct hl_drop *d, struct hl_drop_folder *f)
{
	if (f->watch >= 0)
		inotify_rm_watch(d->notify, f->watch);
	if (f->fd >= 0)
		close(f->fd);
	free(f->file);
	f->fd = f->watch = -1;
	f->file = NULL;
	f->n = 0;
}

static void say(struct hl_drop *d, struct hl_drop_folder *f, const char *fault)
{
	if (strcmp(f->said.fault, fault) != 0)
		hl_log(*fault ? HL_LOG_WARN : HL_LOG_INFO, "drop dir=%s: %s", f->dir, *fault ? fault : "watched");
	pthread_mutex_lock(&d->lock);
	hl_copy(f->said.fault, sizeof f->said.fault, fault);
	f->said.waiting = (int64_t)f->n;
	pthread_mutex_unlock(&d->lock);
}

/* Before the folder is looked at, so that nothing comes in between. Where it can't be had, the folder is looked at now and then. */
static void watch(struct hl_drop *d, struct hl_drop_folder *f)
{
	static unsigned long left_out;
	if (f->watch >= 0 || d->notify < 0)
		return;
	f->watch = inotify_add_watch(d->notify, f->dir,
				     IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK);
	if (f->watch < 0)
		hl_log_limited(&left_out, HL_LOG_WARN, "drop dir=%s: can't be watched: %s", f->dir, strerror(errno));
}

/* The folder that has the name now, which need not be the one that had it when it was opened. */
static bool reopen(struct hl_drop *d, struct hl_drop_folder *f)
{
	struct stat is, was;
	if (f->fd < 0 || stat(f->dir, &is) || fstat(f->fd, &was) || is.st_ino != was.st_ino || is.st_dev != was.st_dev) {
		hl_drop_folder_close(d, f);
		f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	int e = errno;
	if (f->fd >= 0)
		watch(d, f);
	errno = e;
	return f->fd >= 0;
}

bool hl_drop_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A file as it is now. Links, pipes and the like are not looked after; neither is a file with a second name, through which it could change at any time, until that is gone. */
static void look_at(struct hl_drop_folder *f, int dir, const char *name, bool taken, int64_t now_ms)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return;
	struct hl_drop_file *file = add(f, name, taken, now_ms);
	if (!file)
		return;
	file->seen = true;
	if (hl_drop_same(&file->st, &st))
		return;
	file->moved = file->moved && (!file->st.st_ino || file->st.st_ino != st.st_ino);
	file->stuck = false;
	file->since_ms = now_ms;
	file->not_before_ms = 0;
	file->st = st;
}

static void look_through(struct hl_drop_folder *f, int dir, bool taken, int64_t now_ms)
{
	int own = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	if (!list && own >= 0)
		close(own);
	for (struct dirent *e; list && (e = readdir(list));)
		if (taken ? !hl_drop_ignores(e->d_name) : is_ours(f, e->d_name))
			look_at(f, dir, e->d_name, taken, now_ms);
	if (list)
		closedir(list);
}

void hl_drop_look(struct hl_drop *d, struct hl_drop_folder *f, int64_t now_ms)
{
	char fault[HL_ERR_TEXT] = "";
	f->look_ms = now_ms + f->rescan_ms;
	if (!reopen(d, f)) {
		snprintf(fault, sizeof fault, "can't be looked into: %s", strerror(errno));
		f->look_ms = now_ms + (f->rescan_ms < HL_DROP_SOON_MS ? f->rescan_ms : HL_DROP_SOON_MS);
	}
	for (size_t i = 0; i < f->n; i++)
		f->file[i].seen = false;
	if (f->fd >= 0) {
		int taken = openat(f->fd, taken_folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		look_through(f, taken, true, now_ms);
		look_through(f, f->fd, false, now_ms);
		if (taken >= 0)
			close(taken);
	}
	for (size_t i = f->n; i-- > 0;)
		if (!f->file[i].seen)
			hl_drop_forget(f, &f->file[i]);
	say(d, f, fault);
}

void hl_drop_event(struct hl_drop_folder *f, uint32_t mask, const char *name, int64_t now_ms)
{
	if (mask & IN_IGNORED)
		f->watch = -1;
	/* While it is written there is nothing to look for. */
	int64_t look = mask & (IN_CREATE | IN_MODIFY) ? now_ms + f->settle_ms : now_ms;
	f->look_ms = look < f->look_ms ? look : f->look_ms;
	if (!*name || mask & IN_ISDIR || !is_ours(f, name))
		return;
	struct hl_drop_file *file = add(f, name, false, now_ms);
	if (!file)
		return;
	if (mask & IN_CREATE)
		file->made = true;
	if (mask & IN_MODIFY)
		file->written = true;
	if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
		file->made = file->written = false;
	if (mask & (IN_MODIFY | IN_CREATE | IN_CLOSE_WRITE))
		file->since_ms = now_ms;
	file->moved = mask & IN_MOVED_TO ? true : file->moved && !(mask & (IN_MODIFY | IN_CREATE));
}

/* Whether the signature of an upload is there, or will not come any more. */
static bool is_signed(const struct hl_drop_folder *f, const struct hl_drop_file *file, int64_t now_ms, int64_t *when)
{
	char name[HL_DROP_NAME + 8];
	struct stat st;
	if (!f->signed_only || file->taken)
		return true;
	snprintf(name, sizeof name, "%s.sig", file->name);
	*when = file->since_ms + SIGNATURE_WAIT_MS;
	return (!fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_size >= HL_ED25519_SIGNATURE) || now_ms >= *when;
}

static bool is_due(const struct hl_drop_folder *f, const struct hl_drop_file *file, int64_t now_ms, int64_t *next)
{
	int64_t when = file->moved ? file->since_ms : file->since_ms + f->settle_ms;
	if (!file->st.st_ino || file->stuck || file->written || (file->made && !file->st.st_size))
		return false;
	when = when > file->not_before_ms ? when : file->not_before_ms;
	if (when <= now_ms && is_signed(f, file, now_ms, &when))
		return true;
	*next = when < *next ? when : *next;
	return false;
}

static bool before(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec < b->st_mtim.tv_sec : a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

struct hl_drop_file *hl_drop_next(struct hl_drop_folder *f, int64_t now_ms, int64_t *next)
{
	struct hl_drop_file *first = NULL;
	for (size_t i = 0; i < f->n; i++)
		if (is_due(f, &f->file[i], now_ms, next) && (!first || before(&f->file[i].st, &first->st)))
			first = &f->file[i];
	return first;
}
