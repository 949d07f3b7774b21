/* sqlite_schema.c: the database file itself: where it is, who may read it, what tables it has and whether it is sound. STATE/hotlistd.db, mode 0600.
 * The version of the schema stands in user_version, a mark of ours in application_id: a foreign or a newer database is refused, never touched, an older one is
 * brought up to the present schema in one transaction. A damaged one is refused too; setting it aside is the caller's decision, because what is pending in it would
 * not be sent.
 */
#include "store/sqlite_priv.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 3, APPLICATION_ID = 0x484c4442 /* "HLDB" */ };

/* Bodies stand in a table of their own, so that a change of a delivery's state does not write its body again. The index of what is pending is made
 * for take: one destination after the other, oldest due first. */
static const char schema[] =
	"CREATE TABLE alert (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL, time_ms INTEGER NOT NULL, state INTEGER NOT NULL,"
	" list TEXT NOT NULL, camera TEXT NOT NULL, body BLOB NOT NULL);"
	"CREATE INDEX alert_time ON alert (time_ms);"
	"CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, alert TEXT REFERENCES alert (id) ON DELETE CASCADE, type INTEGER NOT NULL,"
	" time_ms INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE INDEX event_alert ON event (alert);"
	"CREATE TABLE delivery (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE, alert TEXT,"
	" receiver TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, destination TEXT NOT NULL, type INTEGER NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3), created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, deadline_ms INTEGER,"
	" attempts INTEGER NOT NULL, seen_ms INTEGER, done_ms INTEGER, result TEXT NOT NULL);"
	"CREATE INDEX delivery_event ON delivery (event);"
	"CREATE INDEX delivery_alert ON delivery (alert);"
	"CREATE INDEX delivery_state ON delivery (state);"
	"CREATE INDEX delivery_pending ON delivery (destination, due_ms) WHERE state = 0;"
	"CREATE TABLE body (seq INTEGER PRIMARY KEY REFERENCES delivery (seq) ON DELETE CASCADE, data BLOB NOT NULL);"
	"CREATE TABLE track (entry TEXT NOT NULL, place TEXT NOT NULL, rev INTEGER NOT NULL, alert TEXT NOT NULL, decision INTEGER NOT NULL,"
	" first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, reads INTEGER NOT NULL, PRIMARY KEY (entry, place)) WITHOUT ROWID;"
	"CREATE TABLE notice (entry TEXT NOT NULL, site TEXT NOT NULL, at_ms INTEGER NOT NULL, decision INTEGER NOT NULL, alert TEXT NOT NULL,"
	" PRIMARY KEY (entry, site)) WITHOUT ROWID;"
	"CREATE TABLE cleared (agency TEXT NOT NULL, plate_read TEXT NOT NULL, region TEXT NOT NULL, entry TEXT NOT NULL, revision TEXT NOT NULL,"
	" at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL, alert TEXT NOT NULL, agreed_state INTEGER NOT NULL,"
	" agreed_vehicle INTEGER NOT NULL, PRIMARY KEY (entry, revision, plate_read, region, agency)) WITHOUT ROWID;"
	"CREATE TABLE receipt (camera TEXT NOT NULL, read_id TEXT NOT NULL, entry TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" PRIMARY KEY (read_id, camera, entry)) WITHOUT ROWID;"
	"CREATE INDEX receipt_at ON receipt (at_ms);"
	"CREATE TABLE suppressed (seq INTEGER PRIMARY KEY, why INTEGER NOT NULL, entry TEXT NOT NULL, alert TEXT NOT NULL, camera TEXT NOT NULL,"
	" plate_read TEXT NOT NULL, read_id TEXT NOT NULL, time_ms INTEGER NOT NULL);"
	"CREATE INDEX suppressed_time ON suppressed (time_ms);";

/* What each later schema added: upgrade[0] makes 2 of 1. A fresh database is made by the same steps, so that both are alike.
 * 2: the open alerts by list and by the end of their entry, in rows of their own, so that looking through them reads no bodies; and deliveries that are
 * cancelled once the attempt under way has ended.
 * 3: the incident of open alerts and of what is told; what gateways report, timers of alerts; what people see of cleared pairs and of the reads they silence; totals by the hour; and what the
 * audit does not know yet, written by triggers, so that no way of ending a delivery can forget it. */
static const char *const upgrade[SCHEMA_VERSION - 1] = {
	"CREATE TABLE watch (seq INTEGER PRIMARY KEY REFERENCES alert (seq) ON DELETE CASCADE, list TEXT NOT NULL, entry TEXT NOT NULL, revision TEXT NOT NULL,"
	" look_ms INTEGER);"
	"CREATE INDEX watch_list ON watch (list);"
	"CREATE INDEX watch_look ON watch (look_ms) WHERE look_ms IS NOT NULL;"
	"INSERT INTO watch SELECT seq, list, coalesce(json_extract(e, '$.id'), ''), coalesce(json_extract(e, '$.revision'), ''),"
	" CAST(strftime('%s', json_extract(e, '$.expires')) AS INTEGER) * 1000 FROM (SELECT seq, list, CASE WHEN json_valid(CAST(body AS TEXT))"
	" THEN coalesce(json_extract(CAST(body AS TEXT), '$.entry'), '{}') ELSE '{}' END AS e FROM alert WHERE state < 4);"
	"ALTER TABLE delivery ADD COLUMN ends_ms INTEGER;",

	/* 3: delivery: what the gateway reported. */
	"ALTER TABLE delivery ADD COLUMN report INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE delivery ADD COLUMN report_ms INTEGER;"
	"ALTER TABLE delivery ADD COLUMN report_text TEXT NOT NULL DEFAULT '';"
	/* 3: delivery: why one that ends with the attempt under way does. */
	"ALTER TABLE delivery ADD COLUMN ends_why TEXT;"
	/* 3: the incident of an open alert, and of what an address is told. */
	"ALTER TABLE watch ADD COLUMN incident TEXT NOT NULL DEFAULT '';"
	"UPDATE watch SET incident = coalesce((SELECT json_extract(CAST(body AS TEXT), '$.incident') FROM alert a WHERE a.seq = watch.seq"
	" AND json_valid(CAST(body AS TEXT))), '');"
	"CREATE INDEX watch_incident ON watch (incident);"
	"ALTER TABLE delivery ADD COLUMN chain TEXT;"
	"UPDATE delivery SET chain = alert;"
	"CREATE INDEX delivery_chain ON delivery (chain) WHERE state = 0;"
	/* 3: deliveries that wait for a digest, and end as it does. */
	"ALTER TABLE delivery ADD COLUMN held TEXT;"
	"ALTER TABLE delivery ADD COLUMN carrier TEXT;"
	"CREATE INDEX delivery_held ON delivery (held) WHERE held IS NOT NULL;"
	"CREATE INDEX delivery_carrier ON delivery (carrier) WHERE carrier IS NOT NULL;"
	"CREATE TRIGGER delivery_carried AFTER UPDATE OF state ON delivery WHEN NEW.state <> OLD.state AND NEW.state <> 0 BEGIN"
	" UPDATE delivery SET state = CASE WHEN NEW.state = 2 AND ends_ms IS NOT NULL THEN 3 ELSE NEW.state END, done_ms = NEW.done_ms, attempts = attempts + 1,"
	" result = 'in the digest ' || NEW.id || ': ' || NEW.result WHERE carrier = NEW.id AND (state = 0 OR (state = 2 AND NEW.state = 1)); END;"
	/* 3: timers. */
	"CREATE TABLE timer (id TEXT NOT NULL PRIMARY KEY, alert TEXT REFERENCES alert (id) ON DELETE CASCADE, kind INTEGER NOT NULL, states INTEGER NOT NULL,"
	" step INTEGER NOT NULL, due_ms INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX timer_due ON timer (due_ms, id);"
	"CREATE INDEX timer_alert ON timer (alert) WHERE alert IS NOT NULL;"
	/* 3: cleared pairs, suppressed reads, totals. */
	"ALTER TABLE cleared ADD COLUMN id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN role TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN list TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN plate_listed TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN suppressed INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE cleared ADD COLUMN last_ms INTEGER;"
	"ALTER TABLE cleared ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cleared ADD COLUMN ended_reason TEXT NOT NULL DEFAULT '';"
	"UPDATE cleared SET id = 'old' || lower(hex(randomblob(11))), list = coalesce((SELECT list FROM alert a WHERE a.id = cleared.alert), '');"
	"CREATE UNIQUE INDEX cleared_id ON cleared (id) WHERE id <> '';"
	"ALTER TABLE suppressed ADD COLUMN pair TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE suppressed ADD COLUMN list TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE suppressed ADD COLUMN plate_listed TEXT NOT NULL DEFAULT '';"
	"CREATE INDEX suppressed_pair ON suppressed (pair, time_ms) WHERE pair <> '';"
	"CREATE INDEX suppressed_alert ON suppressed (alert, time_ms);"
	"CREATE TABLE total (hour_ms INTEGER NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (hour_ms, name)) WITHOUT ROWID;"
	/* 3: what is not in the audit yet. */
	"CREATE TABLE unrecorded (seq INTEGER PRIMARY KEY AUTOINCREMENT, what INTEGER NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, alert TEXT NOT NULL,"
	" receiver TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, time_ms INTEGER NOT NULL);"
	"CREATE TRIGGER delivery_ended AFTER UPDATE OF state ON delivery WHEN NEW.state <> OLD.state AND NEW.state > 0 BEGIN"
	" INSERT INTO unrecorded (what, id, event, alert, receiver, channel, address, time_ms) VALUES (NEW.state, NEW.id, NEW.event, coalesce(NEW.alert, ''),"
	" NEW.receiver, NEW.channel, NEW.address, coalesce(NEW.done_ms, 0)); END;"
	"CREATE TRIGGER event_standdown AFTER INSERT ON event WHEN NEW.type = 3 BEGIN"
	" INSERT INTO unrecorded (what, id, event, alert, receiver, channel, address, time_ms) VALUES (4, NEW.id, NEW.id, coalesce(NEW.alert, ''), '', '', '',"
	" NEW.time_ms); END;",
};

enum hl_code hl_sqlite_path(const char *state_dir, char *dst, size_t size, struct hl_err *err)
{
	return hl_path_join(dst, size, state_dir, "hotlistd.db", err);
}

/* SQLite gives its side files the mode of the database, so this one file decides for all. */
enum hl_code hl_sqlite_create_file(struct hl_sqlite *q, struct hl_err *err)
{
	int fd = open(q->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return hl_err_set(err, HL_E_IO, "can't open the database %s: %s", q->path, strerror(errno));
	struct stat st;
	bool ok = !fstat(fd, &st) && S_ISREG(st.st_mode) && (!(st.st_mode & 077) || !fchmod(fd, 0600));
	close(fd);
	return ok ? HL_OK : hl_err_set(err, HL_E_IO, "the database %s must be a regular file of mode 0600", q->path);
}

/* The integer a pragma gives. */
static enum hl_code pragma(struct hl_sqlite *q, const char *sql, int64_t *value, struct hl_err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(q->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	enum hl_code code = HL_OK;
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(st, 0);
	else
		code = hl_sqlite_fault(q, err);
	sqlite3_finalize(st);
	return code;
}

/* Takes the database from one schema to ours, whole or not at all. from 0: it is empty. */
static enum hl_code bring_up(struct hl_sqlite *q, int64_t from, struct hl_err *err)
{
	struct hl_buf sql = HL_BUF(64 << 10);
	hl_buf_printf(&sql, "BEGIN IMMEDIATE; %s", from ? "" : schema);
	for (int64_t i = from ? from : 1; i < SCHEMA_VERSION; i++)
		hl_buf_puts(&sql, upgrade[i - 1]);
	hl_buf_printf(&sql, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", APPLICATION_ID, SCHEMA_VERSION);
	enum hl_code rc = sql.full ? hl_err_set(err, HL_E_INTERNAL, "%s: no room for the schema", q->path) : hl_sqlite_exec(q, hl_buf_text(&sql), err);
	hl_buf_fini(&sql);
	if (rc && !sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* Walks all pages: a damaged file must be met at the start, not by a lost alert in the night. */
static enum hl_code check_sound(struct hl_sqlite *q, struct hl_err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(q->db, "PRAGMA quick_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	enum hl_code code = HL_OK;
	if (rc != SQLITE_ROW) {
		code = hl_sqlite_fault(q, err);
	} else {
		const char *said = (const char *)sqlite3_column_text(st, 0);
		if (!said || strcmp(said, "ok") != 0)
			code = hl_err_set(err, HL_E_IO, "the database %s is damaged: %s", q->path, said ? said : "");
	}
	sqlite3_finalize(st);
	return code;
}

enum hl_code hl_sqlite_prepare_schema(struct hl_sqlite *q, struct hl_err *err)
{
	int64_t version = 0, application = 0, tables = 0;
	enum hl_code rc = pragma(q, "PRAGMA user_version", &version, err);
	if (!rc)
		rc = pragma(q, "PRAGMA application_id", &application, err);
	if (!rc)
		rc = pragma(q, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (rc)
		return rc;
	if (!version && !application && !tables)
		return q->mode == HL_STORE_WRITE ? bring_up(q, 0, err)
						 : hl_err_set(err, HL_E_NOTFOUND, "the database %s is still empty: start hotlistd first", q->path);
	if (application != APPLICATION_ID)
		return hl_err_set(err, HL_E_CONFIG, "%s is not a database of hotlistd: it is left as it is", q->path);
	if (version > SCHEMA_VERSION)
		return hl_err_set(err, HL_E_CONFIG, "the database %s has schema %lld, made by a newer hotlistd; this one knows up to %d", q->path,
				  (long long)version, SCHEMA_VERSION);
	if (version < 1)
		return hl_err_set(err, HL_E_CONFIG, "the database %s has schema %lld, which never was released", q->path, (long long)version);
	if (q->mode != HL_STORE_WRITE)
		return version == SCHEMA_VERSION ? HL_OK
						 : hl_err_set(err, HL_E_CONFIG, "the database %s has schema %lld, made by an older hotlistd: start hotlistd once, which"
							      " brings it up to %d", q->path, (long long)version, SCHEMA_VERSION);
	rc = check_sound(q, err);
	return !rc && version < SCHEMA_VERSION ? bring_up(q, version, err) : rc;
}

/* The side files go first: a log of changes must never be applied to another database. */
enum hl_code hl_sqlite_set_aside(const char *state_dir, const char *suffix, char *aside, size_t size, struct hl_err *err)
{
	static const char *const side[] = { "-wal", "-shm", "" };
	char path[HL_PATH_MAX];
	enum hl_code rc = hl_sqlite_path(state_dir, path, sizeof path, err);
	if (rc)
		return rc;
	if ((size_t)snprintf(aside, size, "%s%s", path, suffix) >= size)
		return hl_err_set(err, HL_E_LIMIT, "the name of %s%s is too long", path, suffix);
	if (access(path, F_OK))
		return hl_err_set(err, HL_E_NOTFOUND, "there is no database %s", path);
	if (!access(aside, F_OK))
		return hl_err_set(err, HL_E_EXISTS, "%s is there already", aside);
	for (size_t i = 0; i < sizeof side / sizeof side[0]; i++) {
		char from[HL_PATH_MAX + 8], to[HL_PATH_MAX + 64];
		snprintf(from, sizeof from, "%s%s", path, side[i]);
		snprintf(to, sizeof to, "%s%s", aside, side[i]);
		if (rename(from, to) && errno != ENOENT)
			return hl_err_set(err, HL_E_IO, "can't rename %s to %s: %s", from, to, strerror(errno));
	}
	return hl_file_sync_dir(state_dir, err);
}
