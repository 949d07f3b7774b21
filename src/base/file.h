/* file.h: whole files, bounded; writing that survives a crash. Any thread. */
#ifndef HL_BASE_FILE_H
#define HL_BASE_FILE_H

#include "base/err.h"
#include "base/mem.h"

/* Reads all of path (regular file or pipe) into out, whose max is the ceiling: HL_E_LIMIT above it, HL_E_NOTFOUND, HL_E_DENIED, HL_E_IO. */
enum hl_code hl_file_read(const char *path, struct hl_buf *out, struct hl_err *err);
enum hl_code hl_file_read_fd(int fd, const char *name, struct hl_buf *out, struct hl_err *err);
/* A secret: like hl_file_read with a ceiling of 4 KiB; trailing newlines removed; refuses (HL_E_CONFIG) an empty file and one that others may read
 * (mode & 0007). */
enum hl_code hl_file_secret(const char *path, struct hl_buf *out, struct hl_err *err);
/* Writes aside (path.tmp-PID-N), fsyncs, renames over path, fsyncs the folder: after HL_OK the new content is there after a crash, before it the old. */
enum hl_code hl_file_write_atomic(const char *path, const void *data, size_t n, unsigned mode, struct hl_err *err);
enum hl_code hl_file_sync_dir(const char *dir, struct hl_err *err);
/* mkdir -p with mode for the new parts. */
enum hl_code hl_file_make_dirs(const char *dir, unsigned mode, struct hl_err *err);
/* Removes a folder and all below it; missing is HL_OK. Refuses to follow symbolic links. */
enum hl_code hl_file_remove_tree(const char *dir, struct hl_err *err);
/* dir/name into dst; HL_E_LIMIT where it does not fit. */
enum hl_code hl_path_join(char *dst, size_t size, const char *dir, const char *name, struct hl_err *err);
/* An open, exclusively flock()ed file path (made where missing, mode 0600), with our pid inside: HL_E_CONFLICT naming the holder's pid where another
 * process has it. Gives *fd: close() ends the lock. */
enum hl_code hl_file_lock(const char *path, int *fd, struct hl_err *err);
/* The same lock, but whoever has it, another thread or process, is waited for: for work of some milliseconds. No pid is written. */
enum hl_code hl_file_lock_wait(const char *path, int *fd, struct hl_err *err);

#endif
