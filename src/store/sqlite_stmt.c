/* sqlite_stmt.c: the statements of the SQLite store in one table, prepared at first use and kept; and small steps over sqlite3 that turn its results
 * into the project's codes. A handle belongs to one thread.
 */
#include "store/sqlite_priv.h"

#include <stdio.h>
#include <string.h>

#define DELIVERY_COLUMNS                                                                                                                            \
	"d.seq, d.id, d.event, d.alert, d.receiver, d.channel, d.address, d.type, d.state, d.created_ms, d.due_ms, d.deadline_ms, d.attempts,"      \
	" d.seen_ms, d.done_ms, d.result, b.data, d.report, d.report_ms, d.report_text, d.held, d.carrier"
#define OUTBOX_FILTER "(?1 IS NULL OR receiver = ?1) AND (?2 IS NULL OR (id >= ?2 AND id < ?2 || '~')) AND (?3 IS NULL OR alert = ?3) AND (?4 IS NULL OR state = ?4)" \
	" AND (?5 IS NULL OR created_ms >= ?5) AND (?6 IS NULL OR created_ms < ?6)"

/* What one address is told of one incident comes in order: an update never overtakes what it updates, nor a stand-down the notice that named its entry. */
#define IN_ORDER                                                                                                                              \
	" AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.chain = delivery.chain AND e.event <> delivery.event AND e.state = 0 AND e.held IS NULL AND e.seq < delivery.seq"\
	" AND e.receiver = delivery.receiver AND e.channel = delivery.channel AND e.address = delivery.address)"

#define OUTBOX_WHERE(first)                                                                                                                   \
	"SELECT " DELIVERY_COLUMNS " FROM (SELECT * FROM delivery WHERE " first OUTBOX_FILTER " ORDER BY seq DESC LIMIT ?7) d"                \
	" JOIN body b ON b.seq = d.seq ORDER BY d.seq DESC"

#define DROP_WHERE(first)                                                                                                                     \
	"UPDATE delivery SET state = 3, done_ms = ?7, result = ?8 WHERE " first "state IN (0, 2) AND ends_ms IS NULL AND (carrier IS NULL OR state = 2) AND " OUTBOX_FILTER

#define CANCELLED "'cancelled: the alert is over'"

static const char *const statement_sql[HL_SQ_STATEMENTS] = {
	[HL_SQ_TRACK] = "SELECT rev, alert, decision, first_ms, last_ms, reads FROM track WHERE entry = ?1 AND place = ?2",
	[HL_SQ_NOTICE] = "SELECT at_ms, decision, alert FROM notice WHERE entry = ?1 AND site = ?2",
	[HL_SQ_CLEARED] = "SELECT at_ms, until_ms, by, alert, agreed_state, agreed_vehicle, id, role, reason, list, plate_listed FROM cleared"
			  " WHERE entry = ?1 AND revision = ?2 AND plate_read = ?3 AND region = ?4 AND agency = ?5 AND until_ms > ?6",
	[HL_SQ_RECEIPT] = "SELECT 1 FROM receipt WHERE read_id = ?1 AND camera = ?2 AND entry = ?3",
	[HL_SQ_PUT_RECEIPT] = "INSERT INTO receipt (read_id, camera, entry, at_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
	[HL_SQ_NEW_ALERT] = "INSERT INTO alert (id, rev, time_ms, state, list, camera, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
	[HL_SQ_SET_ALERT] = "UPDATE alert SET rev = ?2, time_ms = ?3, state = ?4, list = ?5, camera = ?6, body = ?7 WHERE id = ?1 AND rev = ?2 - 1",
	[HL_SQ_NEW_EVENT] = "INSERT INTO event (id, alert, type, time_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)",
	[HL_SQ_OF_ALERT] = "SELECT seq, state, attempts, receiver, channel, address, held, carrier FROM delivery WHERE alert = ?1 ORDER BY seq",
	[HL_SQ_CANCEL] = "UPDATE delivery SET state = 3, done_ms = ?2, result = " CANCELLED " WHERE seq = ?1 AND state = 0",
	[HL_SQ_CANCEL_LATER] = "UPDATE delivery SET ends_ms = ?2 WHERE seq = ?1 AND state = 0",
	[HL_SQ_END_CANCELLED] = "UPDATE delivery SET state = 3, done_ms = ends_ms, result = coalesce(ends_why, " CANCELLED ")"
				" WHERE (?1 = 0 OR seq = ?1) AND state = 0 AND ends_ms IS NOT NULL AND carrier IS NULL",
	[HL_SQ_LAST_DELIVERY] = "SELECT coalesce(max(seq), 0) FROM delivery",
	[HL_SQ_NEW_DELIVERY] = "INSERT INTO delivery (id, event, alert, receiver, channel, address, destination, type, state, created_ms, due_ms,"
			       " deadline_ms, attempts, seen_ms, done_ms, result, chain, held)"
			       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
	[HL_SQ_GATHER] = "UPDATE delivery SET carrier = ?5, held = NULL WHERE held = ?1 AND receiver = ?2 AND channel = ?3 AND address = ?4 AND state = 0",
	[HL_SQ_NEW_BODY] = "INSERT INTO body (seq, data) VALUES (?1, ?2)",
	[HL_SQ_NEW_TRACK] = "INSERT INTO track (entry, place, rev, alert, decision, first_ms, last_ms, reads) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			    " ON CONFLICT DO NOTHING",
	[HL_SQ_SET_TRACK] = "UPDATE track SET rev = ?3, alert = ?4, decision = ?5, first_ms = ?6, last_ms = ?7, reads = ?8"
			    " WHERE entry = ?1 AND place = ?2 AND rev = ?3 - 1",
	[HL_SQ_PUT_NOTICE] = "INSERT INTO notice (entry, site, at_ms, decision, alert) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (entry, site)"
			     " DO UPDATE SET at_ms = excluded.at_ms, decision = excluded.decision, alert = excluded.alert",
	[HL_SQ_PUT_CLEARED] = "INSERT INTO cleared (entry, revision, plate_read, region, agency, at_ms, until_ms, by, alert, agreed_state, agreed_vehicle, id,"
			      " role, reason, list, plate_listed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
			      " ON CONFLICT (entry, revision, plate_read, region, agency) DO UPDATE SET at_ms = excluded.at_ms, until_ms = excluded.until_ms,"
			      " by = excluded.by, alert = excluded.alert, agreed_state = excluded.agreed_state, agreed_vehicle = excluded.agreed_vehicle,"
			      " id = excluded.id, role = excluded.role, reason = excluded.reason, list = excluded.list, plate_listed = excluded.plate_listed,"
			      " ended_by = '', ended_reason = ''",
	[HL_SQ_NEW_SUPPRESSED] = "INSERT INTO suppressed (why, entry, alert, camera, plate_read, read_id, time_ms, pair, list, plate_listed)"
				 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[HL_SQ_COUNT_CLEARED] = "UPDATE cleared SET suppressed = suppressed + 1, last_ms = max(coalesce(last_ms, ?2), ?2) WHERE id = ?1 AND id <> ''",
	[HL_SQ_NEXT_DESTINATION] = "SELECT destination FROM delivery INDEXED BY delivery_pending WHERE state = 0 AND destination > ?1 ORDER BY destination"
				   " LIMIT 1",
	[HL_SQ_DUE] = "SELECT seq, due_ms, receiver FROM delivery INDEXED BY delivery_pending WHERE state = 0 AND destination = ?1 AND due_ms <= ?2" IN_ORDER
		      " ORDER BY due_ms, seq LIMIT ?3",
	[HL_SQ_NEXT_DUE] = "SELECT seq, due_ms, receiver, channel FROM delivery INDEXED BY delivery_pending WHERE state = 0 AND destination = ?1"
			   " AND due_ms < 253402214400000" IN_ORDER /* HL_NEVER_MS */
			   " ORDER BY due_ms, seq LIMIT ?2",
	[HL_SQ_DELIVERY] = "SELECT " DELIVERY_COLUMNS " FROM delivery d JOIN body b ON b.seq = d.seq WHERE d.seq = ?1",
	[HL_SQ_FIND_DELIVERY] = "SELECT seq FROM delivery WHERE id = ?1",
	[HL_SQ_DONE] = "UPDATE delivery SET state = 1, done_ms = ?2, result = ?3, attempts = attempts + 1 WHERE seq = ?1 AND state <> 1",
	[HL_SQ_LATER] = "UPDATE delivery SET state = CASE WHEN ends_ms IS NULL THEN 0 ELSE 3 END, done_ms = ends_ms, due_ms = ?2, attempts = attempts + 1,"
			" result = CASE WHEN ends_ms IS NULL THEN ?3 ELSE coalesce(ends_why, " CANCELLED ") || '; the last: ' || ?3 END WHERE seq = ?1 AND state = 0",
	[HL_SQ_DEAD] = "UPDATE delivery SET state = 2, done_ms = ?2, result = ?3, attempts = attempts + 1 WHERE seq = ?1 AND state = 0",
	[HL_SQ_RETRY] = "UPDATE delivery SET state = 0, due_ms = ?7, deadline_ms = ?8, done_ms = NULL,"
			" ends_ms = CASE WHEN ends_why IS NULL THEN ends_ms END, ends_why = NULL, report = 0, report_ms = NULL, report_text = '', held = NULL, carrier = NULL WHERE (state = 2 OR (state = 0 AND carrier IS NULL)) AND " OUTBOX_FILTER
			" AND (NOT EXISTS (SELECT 1 FROM alert a WHERE a.id = delivery.alert AND a.state > 3)" /* closed and later */
			" OR event = (SELECT e.id FROM event e WHERE e.alert = delivery.alert ORDER BY e.seq DESC LIMIT 1))",
	[HL_SQ_DROP] = DROP_WHERE(""),
	[HL_SQ_DROP_ID] = DROP_WHERE("id >= ?2 AND id < ?2 || '~' AND "),
	[HL_SQ_DROP_LATER] = "UPDATE delivery SET ends_ms = ?7, ends_why = ?8 WHERE seq = ?9 AND state = 0 AND ends_ms IS NULL AND " OUTBOX_FILTER,
	[HL_SQ_REPORTED] = "SELECT seq, state, report FROM delivery WHERE id = ?1",
	[HL_SQ_REPORT] = "UPDATE delivery SET state = ?2, report = ?3, report_ms = ?4, report_text = ?5, attempts = attempts + ?6,"
			 " done_ms = CASE WHEN state = ?2 THEN done_ms ELSE ?4 END, result = CASE WHEN state = ?2 THEN result ELSE ?5 END WHERE seq = ?1",
	[HL_SQ_ALERT] = "SELECT id, body FROM alert WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 2",
	[HL_SQ_ALERTS] = "SELECT id, body FROM alert WHERE (?1 IS NULL OR list = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR camera = ?3)"
			 " AND time_ms >= ?4 AND time_ms <= ?5 ORDER BY time_ms DESC, seq DESC LIMIT ?6",
	[HL_SQ_OUTBOX_HELD] = "SELECT " DELIVERY_COLUMNS " FROM delivery d JOIN body b ON b.seq = d.seq WHERE d.held = ?1 AND d.state = 0 ORDER BY d.seq DESC LIMIT ?7",
	[HL_SQ_OUTBOX] = OUTBOX_WHERE(""),
	/* What is asked on the store thread, of one alert or one delivery: a condition that may be left out would have the whole table read. */
	[HL_SQ_OUTBOX_OF] = OUTBOX_WHERE("alert = ?3 AND "),
	[HL_SQ_OUTBOX_ID] = OUTBOX_WHERE("id >= ?2 AND id < ?2 || '~' AND "),
	[HL_SQ_SUPPRESSED] = "SELECT why, entry, alert, camera, plate_read, read_id, time_ms, pair, list, plate_listed FROM suppressed WHERE (?1 = 0 OR why = ?1)"
			     " AND (?2 IS NULL OR pair = ?2) AND (?3 IS NULL OR alert = ?3) AND (?4 IS NULL OR list = ?4) AND (?5 IS NULL OR camera = ?5)"
			     " AND time_ms >= ?6 AND time_ms <= ?7 ORDER BY time_ms DESC, seq DESC LIMIT ?8",
	[HL_SQ_CLEARED_LIST] = "SELECT at_ms, until_ms, by, alert, agreed_state, agreed_vehicle, id, role, reason, list, plate_listed, agency, plate_read, region,"
			       " entry, revision, suppressed, last_ms, ended_by, ended_reason FROM cleared WHERE (?1 IS NULL OR (id >= ?1 AND id < ?1 || '~'))"
			       " AND (?2 IS NULL OR list = ?2) AND (?3 IS NULL OR until_ms > ?3) ORDER BY at_ms DESC, id LIMIT ?4",
	[HL_SQ_CLEARED_END] = "UPDATE cleared SET until_ms = ?2, ended_by = ?3, ended_reason = ?4 WHERE id = ?1 AND id <> '' AND until_ms > ?2",
	[HL_SQ_TOTALS_ADD] = "INSERT INTO total (hour_ms, name, n) VALUES (?1, ?2, ?3) ON CONFLICT (hour_ms, name) DO UPDATE SET n = n + excluded.n",
	[HL_SQ_TOTALS_SUM] = "SELECT name, sum(n) FROM total WHERE hour_ms >= ?1 AND hour_ms < ?2 GROUP BY name ORDER BY name",
	[HL_SQ_TOTALS_FIRST] = "SELECT min(hour_ms) FROM total WHERE hour_ms >= ?1 AND hour_ms < ?2",
	[HL_SQ_COUNTS] = "SELECT (SELECT count(*) FROM alert), (SELECT count(*) FROM event), (SELECT count(*) FROM delivery WHERE state = 0),"
			 " (SELECT count(*) FROM delivery WHERE state = 1), (SELECT count(*) FROM delivery WHERE state = 2),"
			 " (SELECT count(*) FROM delivery WHERE state = 3), (SELECT count(*) FROM suppressed), (SELECT count(*) FROM cleared),"
			 " (SELECT min(created_ms) FROM delivery WHERE state = 0)",
	[HL_SQ_PINNED] = "SELECT DISTINCT json_extract(body, '$.entry.list_version') FROM (SELECT CAST(body AS TEXT) AS body FROM alert"
			 " WHERE list = ?1 AND state < ?2) WHERE json_valid(body)",
	[HL_SQ_WATCH] = "INSERT INTO watch (seq, list, entry, revision, look_ms, incident) SELECT seq, list, ?2, ?3, ?4, ?5 FROM alert WHERE id = ?1 ON CONFLICT (seq)"
			" DO UPDATE SET list = excluded.list, entry = excluded.entry, revision = excluded.revision, look_ms = excluded.look_ms,"
			" incident = excluded.incident",
	[HL_SQ_WATCH_ON] = "INSERT INTO watch (seq, list, entry, revision, look_ms, incident) SELECT seq, list, ?2, ?3, ?4, ?5 FROM alert WHERE id = ?1 ON CONFLICT (seq) DO NOTHING",
	[HL_SQ_UNWATCH] = "DELETE FROM watch WHERE seq = (SELECT seq FROM alert WHERE id = ?1)",
	[HL_SQ_WATCH_SET] = "UPDATE watch SET revision = coalesce(?2, revision), look_ms = ?3 WHERE seq = (SELECT seq FROM alert WHERE id = ?1)",
	[HL_SQ_WATCHES] = "SELECT w.seq, a.id, w.list, w.entry, w.revision, w.look_ms, w.incident FROM watch w JOIN alert a ON a.seq = w.seq WHERE w.seq > ?2 ORDER BY w.seq"
			  " LIMIT ?3",
	[HL_SQ_WATCHES_OF] = "SELECT w.seq, a.id, w.list, w.entry, w.revision, w.look_ms, w.incident FROM watch w INDEXED BY watch_list JOIN alert a ON a.seq = w.seq"
			     " WHERE w.list = ?1 AND w.seq > ?2 ORDER BY w.seq LIMIT ?3",
	[HL_SQ_WATCHES_AT] = "SELECT w.seq, a.id, w.list, w.entry, w.revision, w.look_ms, w.incident FROM watch w INDEXED BY watch_incident JOIN alert a ON a.seq = w.seq"
			     " WHERE w.incident = ?1 AND w.seq > ?2 ORDER BY w.seq LIMIT ?3",
	[HL_SQ_WATCHES_DUE] = "SELECT w.seq, a.id, w.list, w.entry, w.revision, w.look_ms, w.incident FROM watch w INDEXED BY watch_look JOIN alert a ON a.seq = w.seq"
			      " WHERE w.look_ms <= ?4 AND (?1 IS NULL OR w.list = ?1) AND w.seq > ?2 ORDER BY w.look_ms, w.seq LIMIT ?3",
	[HL_SQ_FORGET_TRACKS] = "DELETE FROM track WHERE entry = ?1 AND alert = ?2",
	[HL_SQ_FORGET_NOTICES] = "DELETE FROM notice WHERE entry = ?1 AND alert = ?2",
	[HL_SQ_UNRECORDED] = "SELECT seq, what, id, event, alert, receiver, channel, address, time_ms FROM unrecorded ORDER BY seq LIMIT ?1",
	[HL_SQ_RECORDED] = "DELETE FROM unrecorded WHERE seq <= ?1",
	[HL_SQ_TIMER_FIRED] = "DELETE FROM timer WHERE id = ?1 AND due_ms = ?2",
	[HL_SQ_TIMERS_LEFT] = "DELETE FROM timer WHERE alert = ?1 AND NOT (states & (1 << ?2))",
	[HL_SQ_TIMERS_STOP] = "DELETE FROM timer WHERE alert = ?1 AND (?2 & (1 << kind))",
	[HL_SQ_TIMER_SET] = "INSERT OR REPLACE INTO timer (id, alert, kind, states, step, due_ms, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[HL_SQ_TIMERS] = "SELECT id, alert, kind, states, step, due_ms, data FROM timer WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT ?2",
	[HL_SQ_TIMER] = "SELECT id, alert, kind, states, step, due_ms, data FROM timer WHERE id = ?3 AND due_ms <= ?1 LIMIT ?2",
	[HL_SQ_TIMERS_OF] = "SELECT id, alert, kind, states, step, due_ms, data FROM timer WHERE alert = ?3 AND due_ms <= ?1 ORDER BY due_ms, id LIMIT ?2",
	[HL_SQ_TIMER_NEXT] = "SELECT min(due_ms) FROM timer",
	[HL_SQ_SWEEP_RECEIPTS] = "DELETE FROM receipt WHERE (read_id, camera, entry) IN"
				 " (SELECT read_id, camera, entry FROM receipt WHERE at_ms < ?1 LIMIT ?2)",
	[HL_SQ_SWEEP_TRACKS] = "DELETE FROM track WHERE (entry, place) IN (SELECT entry, place FROM track WHERE last_ms < ?1 LIMIT ?2)",
	[HL_SQ_SWEEP_NOTICES] = "DELETE FROM notice WHERE (entry, site) IN (SELECT entry, site FROM notice WHERE at_ms < ?1 LIMIT ?2)",
	[HL_SQ_SWEEP_CLEARED] = "DELETE FROM cleared WHERE (entry, revision, plate_read, region, agency) IN"
				" (SELECT entry, revision, plate_read, region, agency FROM cleared WHERE until_ms < ?1 LIMIT ?2)",
	[HL_SQ_SWEEP_SUPPRESSED] = "DELETE FROM suppressed WHERE seq IN (SELECT seq FROM suppressed WHERE time_ms < ?1 LIMIT ?2)",
	[HL_SQ_SWEEP_ALERTS] = "DELETE FROM alert WHERE seq IN (SELECT a.seq FROM alert a WHERE a.time_ms < ?1"
			       " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert = a.id AND d.state = 0) LIMIT ?2)",
	[HL_SQ_SWEEP_TESTS] = "DELETE FROM event WHERE seq IN (SELECT e.seq FROM event e WHERE e.alert IS NULL AND e.time_ms < ?1"
			      " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = e.id AND d.state = 0) LIMIT ?2)",
};

struct hl_sqlite *hl_sqlite_of(struct hl_store *s)
{
	return s->priv;
}

static enum hl_code code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return HL_E_AGAIN;
	case SQLITE_TOOBIG:
		return HL_E_LIMIT;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_FOREIGNKEY ? HL_E_NOTFOUND : HL_E_EXISTS;
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_INTERNAL:
		return HL_E_INTERNAL;
	default:
		return HL_E_IO;
	}
}

static bool is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* What the disk refused once would leave holes in the group if the rest went on: it ends here, and the group's commit says why. */
static void break_group(struct hl_sqlite *q, const struct hl_err *why)
{
	if (!q->in_group || q->broken.code)
		return;
	if (!sqlite3_get_autocommit(q->db)) {
		if (why->code != HL_E_IO)
			return;
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	}
	q->broken = *why;
}

enum hl_code hl_sqlite_fault(struct hl_sqlite *q, struct hl_err *err)
{
	int rc = sqlite3_extended_errcode(q->db);
	struct hl_err why;
	const char *os = sqlite3_system_errno(q->db) && (rc & 0xff) != SQLITE_CONSTRAINT ? strerror(sqlite3_system_errno(q->db)) : "";
	hl_err_set(&why, code_of(rc), "%s%s: %s%s%s%s", is_damage(rc) ? "the database is damaged: " : "", q->path, sqlite3_errmsg(q->db), *os ? " (" : "",
		   os, *os ? ")" : "");
	break_group(q, &why);
	if (err)
		*err = why;
	return why.code;
}

enum hl_code hl_sqlite_may_write(struct hl_sqlite *q, struct hl_err *err)
{
	if (q->mode != HL_STORE_WRITE)
		return hl_err_set(err, HL_E_DENIED, "%s is open for reading only", q->path);
	if (q->broken.code && err)
		*err = q->broken;
	return q->broken.code;
}

enum hl_code hl_sqlite_exec(struct hl_sqlite *q, const char *sql, struct hl_err *err)
{
	return sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK ? HL_OK : hl_sqlite_fault(q, err);
}

sqlite3_stmt *hl_sqlite_get(struct hl_sqlite *q, enum hl_sqlite_statement which, struct hl_err *err)
{
	sqlite3_stmt **st = &q->statement[which];
	if (*st) {
		sqlite3_reset(*st);
		sqlite3_clear_bindings(*st);
		return *st;
	}
	if (sqlite3_prepare_v3(q->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
		hl_sqlite_fault(q, err);
	return *st;
}

void hl_sqlite_text(sqlite3_stmt *st, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC);
}

void hl_sqlite_text_some(sqlite3_stmt *st, int i, const char *text)
{
	if (text && *text)
		hl_sqlite_text(st, i, text);
}

void hl_sqlite_time(sqlite3_stmt *st, int i, int64_t ms)
{
	if (ms != HL_NO_TIME)
		sqlite3_bind_int64(st, i, ms);
}

int64_t hl_sqlite_time_at(sqlite3_stmt *st, int i)
{
	return sqlite3_column_type(st, i) == SQLITE_NULL ? HL_NO_TIME : sqlite3_column_int64(st, i);
}

void hl_sqlite_copy(sqlite3_stmt *st, int i, char *dst, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(st, i);
	hl_copy(dst, size, text ? text : "");
}

enum hl_code hl_sqlite_run(struct hl_sqlite *q, sqlite3_stmt *st, int64_t *changed, struct hl_err *err)
{
	int rc = sqlite3_step(st);
	enum hl_code code = rc == SQLITE_DONE ? HL_OK : hl_sqlite_fault(q, err);
	if (changed)
		*changed = sqlite3_changes64(q->db);
	sqlite3_reset(st);
	return code;
}

enum hl_code hl_sqlite_step(struct hl_sqlite *q, sqlite3_stmt *st, bool *row, struct hl_err *err)
{
	int rc = sqlite3_step(st);
	*row = rc == SQLITE_ROW;
	if (*row)
		return HL_OK;
	enum hl_code code = rc == SQLITE_DONE ? HL_OK : hl_sqlite_fault(q, err);
	sqlite3_reset(st);
	return code;
}

void hl_sqlite_finalize_all(struct hl_sqlite *q)
{
	for (int i = 0; i < HL_SQ_STATEMENTS; i++) {
		sqlite3_finalize(q->statement[i]);
		q->statement[i] = NULL;
	}
}
