/* sqlite_backup.c: the database as one file, as it is at one moment, and the check of such a file. Any thread with a handle of its own. */
#include "store/sqlite_priv.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A handle of its own: the caller's may be one that can't write anywhere. It reads in one transaction, beside whoever writes. */
enum hl_code hl_sqlite_backup(struct hl_store *s, const char *path, struct hl_err *err)
{
	struct hl_sqlite *q = hl_sqlite_of(s), own = { .mode = HL_STORE_READ };
	sqlite3_stmt *st = NULL;
	hl_copy(own.path, sizeof own.path, q->path);
	int rc = sqlite3_open_v2(own.path, &own.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(own.db, 5000);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(own.db, "VACUUM INTO ?1", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	enum hl_code code = rc == SQLITE_DONE ? HL_OK : hl_sqlite_fault(&own, err);
	sqlite3_finalize(st);
	sqlite3_close(own.db);
	int fd = code ? -1 : open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (!code && (fd < 0 || fchmod(fd, 0600) || fsync(fd)))
		code = hl_err_set(err, HL_E_IO, "can't sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return code;
}

static enum hl_code look(struct hl_sqlite *q, void (*pinned)(void *arg, const char *list, const char *version), void *arg, struct hl_err *err)
{
	static const char versions[] = "SELECT DISTINCT list, json_extract(body, '$.entry.list_version') FROM (SELECT list, CAST(body AS TEXT) AS body FROM alert WHERE state < ?1)"
				       " WHERE json_valid(body)";
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(q->db, "PRAGMA quick_check(1)", -1, &st, NULL);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	bool sound = said && !strcmp(said, "ok");
	enum hl_code code = rc != SQLITE_ROW ? hl_sqlite_fault(q, err) : sound ? HL_OK : hl_err_set(err, HL_E_INPUT, "%s is damaged: %s", q->path, said ? said : "");
	sqlite3_finalize(st);
	st = NULL;
	if (!code && sqlite3_prepare_v2(q->db, versions, -1, &st, NULL) != SQLITE_OK)
		code = hl_sqlite_fault(q, err);
	if (!code)
		sqlite3_bind_int(st, 1, HL_ST_CLOSED);
	while (!code && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *list = (const char *)sqlite3_column_text(st, 0), *version = (const char *)sqlite3_column_text(st, 1);
		if (list && version)
			pinned(arg, list, version);
	}
	if (!code && rc != SQLITE_DONE)
		code = hl_sqlite_fault(q, err);
	sqlite3_finalize(st);
	return code;
}

/* immutable: no side files are made beside it. */
enum hl_code hl_sqlite_backup_check(const char *dir, void (*pinned)(void *arg, const char *list, const char *version), void *arg, struct hl_err *err)
{
	struct hl_sqlite q = { .mode = HL_STORE_READ };
	struct hl_buf uri = HL_BUF(4 * HL_PATH_MAX);
	enum hl_code code = hl_sqlite_path(dir, q.path, sizeof q.path, err);
	if (code)
		return code;
	hl_buf_puts(&uri, "file:");
	for (const char *p = q.path; *p; p++)
		strchr("%?#", *p) ? hl_buf_printf(&uri, "%%%02X", (unsigned char)*p) : hl_buf_putc(&uri, *p);
	hl_buf_puts(&uri, "?immutable=1");
	int rc = sqlite3_open_v2(hl_buf_text(&uri), &q.db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	code = rc == SQLITE_OK ? look(&q, pinned, arg, err) : hl_sqlite_fault(&q, err);
	sqlite3_close(q.db);
	hl_buf_fini(&uri);
	return code;
}
