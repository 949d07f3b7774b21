/* sqlite_priv.h: what the files of the SQLite store share: the handle, the cached statements, the leases, and small steps over sqlite3. Private to
 * src/store/sqlite*.c. A handle belongs to one thread.
 *
 * Faults: the function that meets one calls hl_sqlite_fault, which also rolls the group back where the disk refused, and remembers why: from then on
 * every write of the group and its commit give that same fault.
 */
#ifndef HL_STORE_SQLITE_PRIV_H
#define HL_STORE_SQLITE_PRIV_H

#include "store/store.h"

#include <sqlite3.h>

enum hl_sqlite_statement {
	HL_SQ_TRACK, HL_SQ_NOTICE, HL_SQ_CLEARED, HL_SQ_RECEIPT,
	HL_SQ_PUT_RECEIPT, HL_SQ_NEW_ALERT, HL_SQ_SET_ALERT, HL_SQ_NEW_EVENT, HL_SQ_OF_ALERT, HL_SQ_CANCEL, HL_SQ_CANCEL_LATER, HL_SQ_END_CANCELLED, HL_SQ_LAST_DELIVERY, HL_SQ_NEW_DELIVERY, HL_SQ_NEW_BODY, HL_SQ_NEW_TRACK,
	HL_SQ_SET_TRACK, HL_SQ_PUT_NOTICE, HL_SQ_PUT_CLEARED, HL_SQ_NEW_SUPPRESSED, HL_SQ_COUNT_CLEARED,
	HL_SQ_NEXT_DESTINATION, HL_SQ_DUE, HL_SQ_NEXT_DUE, HL_SQ_DELIVERY, HL_SQ_FIND_DELIVERY, HL_SQ_DONE, HL_SQ_LATER, HL_SQ_DEAD, HL_SQ_RETRY, HL_SQ_DROP, HL_SQ_DROP_ID, HL_SQ_DROP_LATER, HL_SQ_REPORTED, HL_SQ_REPORT,
	HL_SQ_ALERT, HL_SQ_ALERTS, HL_SQ_OUTBOX, HL_SQ_SUPPRESSED, HL_SQ_CLEARED_LIST, HL_SQ_CLEARED_END, HL_SQ_TOTALS_ADD, HL_SQ_TOTALS_SUM, HL_SQ_TOTALS_FIRST, HL_SQ_COUNTS, HL_SQ_PINNED,
	HL_SQ_WATCH, HL_SQ_WATCH_ON, HL_SQ_UNWATCH, HL_SQ_WATCH_SET, HL_SQ_WATCHES, HL_SQ_WATCHES_OF, HL_SQ_WATCHES_AT, HL_SQ_WATCHES_DUE, HL_SQ_FORGET_TRACKS, HL_SQ_FORGET_NOTICES, HL_SQ_UNRECORDED, HL_SQ_RECORDED,
	HL_SQ_TIMER_FIRED, HL_SQ_TIMERS_LEFT, HL_SQ_TIMERS_STOP, HL_SQ_TIMER_SET, HL_SQ_TIMERS, HL_SQ_TIMER, HL_SQ_TIMERS_OF, HL_SQ_TIMER_NEXT, HL_SQ_GATHER, HL_SQ_OUTBOX_HELD, HL_SQ_OUTBOX_OF, HL_SQ_OUTBOX_ID,
	HL_SQ_SWEEP_RECEIPTS, HL_SQ_SWEEP_TRACKS, HL_SQ_SWEEP_NOTICES, HL_SQ_SWEEP_CLEARED, HL_SQ_SWEEP_SUPPRESSED, HL_SQ_SWEEP_ALERTS,
	HL_SQ_SWEEP_TESTS,
	HL_SQ_STATEMENTS
};

/* A delivery under way. over: its attempt has ended in a group not yet committed; fresh: it was taken in such a group. */
struct hl_lease {
	int64_t seq, until_ms;
	char *destination; /* owned */
	char *failed;      /* owned: what the gateway has reported of this attempt already; NULL: nothing */
	/* Else 0. 1: since the group's beginning; 1 + n: since its nth mark. */
	unsigned over, fresh;
};

struct hl_sqlite {
	sqlite3 *db;
	enum hl_store_mode mode;
	char path[HL_PATH_MAX];
	sqlite3_stmt *statement[HL_SQ_STATEMENTS]; /* prepared at first use */
	bool in_group;
	unsigned n_marks;
	struct hl_err broken; /* code 0: the group is whole */
	struct hl_lease *lease;
	size_t n_leases, cap_leases;
	int64_t opened_seq; /* the last delivery when this handle was opened */
};

/* sqlite_schema.c. Paths, the file itself, its schema. */
enum hl_code hl_sqlite_path(const char *state_dir, char *dst, size_t size, struct hl_err *err);
enum hl_code hl_sqlite_create_file(struct hl_sqlite *q, struct hl_err *err);
enum hl_code hl_sqlite_prepare_schema(struct hl_sqlite *q, struct hl_err *err);
enum hl_code hl_sqlite_set_aside(const char *state_dir, const char *suffix, char *aside, size_t size, struct hl_err *err);

/* sqlite_stmt.c. Small steps. */
struct hl_sqlite *hl_sqlite_of(struct hl_store *s);
/* SQLite's last fault on this handle as a code and a text that begins with the file's name. */
enum hl_code hl_sqlite_fault(struct hl_sqlite *q, struct hl_err *err);
/* HL_E_DENIED on a reading handle; the group's own fault where it is broken. */
enum hl_code hl_sqlite_may_write(struct hl_sqlite *q, struct hl_err *err);
enum hl_code hl_sqlite_exec(struct hl_sqlite *q, const char *sql, struct hl_err *err);
/* The cached statement, reset, nothing bound; NULL after a fault. Borrowed from q. */
sqlite3_stmt *hl_sqlite_get(struct hl_sqlite *q, enum hl_sqlite_statement which, struct hl_err *err);
void hl_sqlite_text(sqlite3_stmt *st, int i, const char *text);      /* text lives until the statement is reset; NULL binds NULL */
void hl_sqlite_text_some(sqlite3_stmt *st, int i, const char *text); /* "" binds NULL too */
void hl_sqlite_time(sqlite3_stmt *st, int i, int64_t ms);            /* HL_NO_TIME binds NULL */
int64_t hl_sqlite_time_at(sqlite3_stmt *st, int i);
void hl_sqlite_copy(sqlite3_stmt *st, int i, char *dst, size_t size); /* NULL gives "" */
/* Runs to the end and resets; *changed (may be NULL) gets the count of rows. */
enum hl_code hl_sqlite_run(struct hl_sqlite *q, sqlite3_stmt *st, int64_t *changed, struct hl_err *err);
/* One step: *row says whether there is one. At the end and after a fault the statement is reset. */
enum hl_code hl_sqlite_step(struct hl_sqlite *q, sqlite3_stmt *st, bool *row, struct hl_err *err);
void hl_sqlite_finalize_all(struct hl_sqlite *q);

/* sqlite_outbox.c. */
void hl_sqlite_read_delivery(sqlite3_stmt *st, struct hl_delivery *d); /* columns of HL_SQ_DELIVERY and HL_SQ_OUTBOX */
void hl_sqlite_leases_settle(struct hl_sqlite *q, bool committed);
/* The newest mark is over: what was taken and ended since is undone, or is the group's. */
void hl_sqlite_leases_unmark(struct hl_sqlite *q, bool undone);
void hl_sqlite_leases_free(struct hl_sqlite *q);
enum hl_code hl_sqlite_take(struct hl_store *s, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_next_due(struct hl_store *s, int64_t *due_ms, struct hl_err *err);
enum hl_code hl_sqlite_done(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
enum hl_code hl_sqlite_later(struct hl_store *s, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err);
enum hl_code hl_sqlite_dead(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
enum hl_code hl_sqlite_drop(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, size_t *n, struct hl_err *err);
/* The parameters 1 to 6 of OUTBOX_FILTER. */
void hl_sqlite_bind_filter(sqlite3_stmt *st, const struct hl_outbox_filter *f);
enum hl_code hl_sqlite_retry(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, int64_t deadline_ms, size_t *n, struct hl_err *err);

/* The attempt of this delivery that is under way; NULL: none. */
struct hl_lease *hl_sqlite_lease(struct hl_sqlite *q, int64_t seq);
/* After opening for writing: what was to be cancelled with its attempt is, and which deliveries are from before is remembered. */
enum hl_code hl_sqlite_outbox_opened(struct hl_sqlite *q, struct hl_err *err);

/* sqlite_report.c. */
enum hl_code hl_sqlite_report(struct hl_store *s, const char *delivery, enum hl_report report, int64_t now_ms, const char *text, bool *changed,
			      struct hl_err *err);
/* An attempt is done of which the gateway has reported failure already. */
enum hl_code hl_sqlite_report_failed(struct hl_sqlite *q, int64_t seq, int64_t now_ms, const char *text, struct hl_err *err);

/* sqlite_watch.c. */
/* The change's alert is open or not, as it is now. */
enum hl_code hl_sqlite_watch(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err);
/* The marks that would keep the next read of its entry silent go. */
enum hl_code hl_sqlite_forget(struct hl_sqlite *q, const struct hl_alert *a, struct hl_err *err);
/* Pending deliveries of an alert are cancelled: now, or where one is under way, with its attempt. */
enum hl_code hl_sqlite_cancel(struct hl_sqlite *q, const char *alert, int64_t now_ms, struct hl_err *err);
enum hl_code hl_sqlite_watch_list(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_watch_set(struct hl_store *s, const char *alert, const char *revision, int64_t look_ms, struct hl_err *err);
enum hl_code hl_sqlite_reached(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err);

/* sqlite_timer.c. */
/* The timer that a change fires is there, and goes. */
enum hl_code hl_sqlite_timer_fired(struct hl_sqlite *q, const struct hl_timer *t, struct hl_err *err);
/* The change's other timers: those that its alert's new state ends, those it stops, those it sets. */
enum hl_code hl_sqlite_timers(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err);
enum hl_code hl_sqlite_timer_list(struct hl_store *s, const struct hl_timer_filter *f, struct hl_timer *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_timer_next(struct hl_store *s, int64_t *due_ms, struct hl_err *err);

/* sqlite_backup.c. */
enum hl_code hl_sqlite_backup(struct hl_store *s, const char *path, struct hl_err *err);
enum hl_code hl_sqlite_backup_check(const char *dir, void (*pinned)(void *arg, const char *list, const char *version), void *arg, struct hl_err *err);

/* sqlite_unrecorded.c. */
enum hl_code hl_sqlite_unrecorded(struct hl_store *s, struct hl_unrecorded *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_recorded(struct hl_store *s, int64_t upto, struct hl_err *err);

/* sqlite_change.c. */
enum hl_code hl_sqlite_peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err);
enum hl_code hl_sqlite_apply(struct hl_store *s, const struct hl_change *change, struct hl_err *err);

/* sqlite_query.c. */
enum hl_code hl_sqlite_alert_get(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err);
enum hl_code hl_sqlite_alert_list(struct hl_store *s, const struct hl_alert_filter *f, struct hl_alert_row **out, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_outbox_list(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err);
int64_t hl_sqlite_limit(size_t limit); /* what a filter's limit means */
/* All rows of st as an array of elements of `size` bytes, each filled by `read`. Gives *out, also after a fault: what was read until then. */
enum hl_code hl_sqlite_rows(struct hl_sqlite *q, sqlite3_stmt *st, size_t size, void (*read)(sqlite3_stmt *st, void *element), void **out, size_t *n,
			    struct hl_err *err);
enum hl_code hl_sqlite_counts(struct hl_store *s, struct hl_store_counts *out, struct hl_err *err);
enum hl_code hl_sqlite_pinned(struct hl_store *s, const char *list, struct hl_strings *versions, struct hl_err *err);
enum hl_code hl_sqlite_sweep(struct hl_store *s, int64_t now_ms, int64_t retain_before_ms, struct hl_err *err);

/* sqlite_cleared.c. */
enum hl_code hl_sqlite_peek_cleared(struct hl_sqlite *q, const struct hl_peek_key *key, int64_t now_ms, struct hl_cleared *c, struct hl_err *err);
enum hl_code hl_sqlite_put_cleared(struct hl_sqlite *q, const struct hl_change *c, struct hl_err *err);
enum hl_code hl_sqlite_put_suppressed(struct hl_sqlite *q, const struct hl_suppressed *u, struct hl_err *err);
enum hl_code hl_sqlite_suppressed_list(struct hl_store *s, const struct hl_suppressed_filter *f, struct hl_suppressed **out, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_cleared_list(struct hl_store *s, const struct hl_cleared_filter *f, struct hl_cleared_row **out, size_t *n, struct hl_err *err);
enum hl_code hl_sqlite_cleared_end(struct hl_store *s, const char *id, int64_t now_ms, const char *by, const char *reason, struct hl_err *err);

/* sqlite_totals.c. */
enum hl_code hl_sqlite_totals_add(struct hl_store *s, int64_t hour_ms, const struct hl_total *v, size_t n, struct hl_err *err);
enum hl_code hl_sqlite_totals_sum(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_total **out, size_t *n, struct hl_err *err);

#endif
