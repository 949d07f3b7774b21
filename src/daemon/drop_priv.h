/* drop_priv.h: what the drop*.c files share; nobody else includes it. All of it belongs to the drop thread, but for what is said to be under the lock. */
#ifndef HL_DAEMON_DROP_PRIV_H
#define HL_DAEMON_DROP_PRIV_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "daemon/drop.h"
#include "engine/upload.h"

enum { HL_DROP_FILES = 1000 /* looked after at once in a folder */, HL_DROP_SOON_MS = 1000 };

/* A file in a folder, or in its importing/. */
struct hl_drop_file {
	char name[HL_DROP_NAME];
	bool taken;             /* it lies in importing/ */
	struct stat st;         /* as it was at the last look */
	int64_t since_ms;       /* monotonic: it has been so since then */
	int64_t not_before_ms;  /* monotonic: what kept it from being imported may be over by then */
	bool moved;             /* renamed into the folder: complete */
	bool made, written;     /* created, or written to, and not closed since */
	bool stuck;             /* imported, but can't be set aside */
	bool seen;
};

struct hl_drop_folder {
	char dir[HL_PATH_MAX], list[HL_NAME], layout[HL_NAME], pattern[HL_DROP_NAME];
	bool activate, incremental, signed_only;
	int64_t settle_ms, rescan_ms, max_bytes;
	int fd, watch;          /* -1: not there */
	int64_t look_ms;        /* monotonic: when to look next */
	struct hl_drop_file *file;
	size_t n;
	struct hl_drop_state said; /* under the lock */
};

struct hl_drop {
	struct hl_drop_opts o;
	pthread_t thread;
	int notify, event;
	atomic_bool stop, reloaded;
	pthread_mutex_t lock;   /* folder, n and what the folders say; the thread itself reads without it */
	struct hl_drop_folder *folder;
	size_t n;
};

/* drop_folder.c: what is in a folder. */
void hl_drop_folder_close(struct hl_drop *d, struct hl_drop_folder *f);
/* Opens and watches the folder where it is not, then looks at what is there. */
void hl_drop_look(struct hl_drop *d, struct hl_drop_folder *f, int64_t now_ms);
/* An event of inotify about a name in it. */
void hl_drop_event(struct hl_drop_folder *f, uint32_t mask, const char *name, int64_t now_ms);
/* Of the files that are complete the one that was written first; NULL: none is. *next becomes earlier where something may be complete before it. */
struct hl_drop_file *hl_drop_next(struct hl_drop_folder *f, int64_t now_ms, int64_t *next);
/* Whether nothing was written to it in between, as far as can be seen. */
bool hl_drop_same(const struct stat *a, const struct stat *b);
void hl_drop_forget(struct hl_drop_folder *f, struct hl_drop_file *file);

/* drop_take.c: imports one file and sets it aside. */
void hl_drop_take(struct hl_drop *d, struct hl_drop_folder *f, struct hl_drop_file *file);

/* drop_report.c. What became of a file. */
struct hl_drop_result {
	const char *result;     /* active, imported, waits, refused; NULL: none yet, it is tried again */
	char by[HL_TEXT_SHORT];
	int64_t time_ms;
	struct hl_err why;      /* code HL_OK: nothing to say */
	bool ran;               /* the import was tried: u is valid */
	struct hl_uploaded u;
};
/* A folder in dir, made where it is not there; never through a link. -1 with the fault. The caller closes it. */
int hl_drop_subfolder(int dir, const char *name, struct hl_err *err);
/* name as it is called in done/ and failed/: with the time before it. dst has HL_DROP_NAME bytes. */
void hl_drop_aside_name(const char *name, int64_t time_ms, char *dst);
/* Writes aside.report.txt and aside.report.json into the folder fd; readable for whoever may read the file st. */
enum hl_code hl_drop_report(const struct hl_drop_folder *f, const struct hl_drop_file *file, const struct hl_drop_result *r, int fd, const char *aside, struct hl_err *err);
/* Removes all but the newest `keep` files, and their reports, from the folder fd. */
void hl_drop_trim(int fd, int64_t keep);

/* drop_again.c: whether the import of a file that was found in importing/ had come to its version before the daemon ended, so that it must not be done again: then r
 * has the result. The time of the file's inode is that of its move there. */
bool hl_drop_was_imported(const struct hl_drop *d, const struct hl_drop_folder *f, const struct hl_drop_file *file, struct hl_drop_result *r);

/* A name that is never a list: hidden, unfinished (.tmp, .part …), a report of ours, a signature. */
bool hl_drop_ignores(const char *name);

#endif
