/* redis_priv.h: what the files of the Redis store share. Private to src/store/redis*.c. A handle belongs to one thread.
 *
 * All that is done is done by one script (src/store/redis/), which takes a list of operations. Outside a group an operation is sent and done at once. Inside, it
 * is only looked at (would it be taken?) and kept; the commit sends the whole group, which is applied whole or not at all. An operation that
 * depends on what the group holds already is tried together with it and taken back, within one call (mode dry): so that a group sees itself, and nobody else does.
 */
#ifndef HL_STORE_REDIS_PRIV_H
#define HL_STORE_REDIS_PRIV_H

#include "store/redis.h"
#include "store/store.h"

struct redisContext;
struct redisReply;

/* Texts one after the other, as a command has them. */
struct hl_redis_args {
	struct hl_buf data;
	size_t *end; /* where each ends */
	size_t n, cap;
};

/* Something that the open group has written: mark is a hash of what it is about. */
struct hl_redis_fact {
	uint64_t mark;
	char *value;
	size_t n;
};

/* The group as it was when a mark was set in it. */
struct hl_redis_mark {
	size_t n_group, n_args, bytes, n_facts;
	bool blurred;
};

enum hl_redis_mode { HL_RM_READ, HL_RM_CHECK, HL_RM_DRY, HL_RM_COMMIT };

struct hl_redis {
	struct hl_redis_conf conf;
	char name[HL_REDIS_HOST_MAX + 8];     /* of the server, for people */
	char node[HL_ID_TEXT];                /* this state folder's, kept in it */
	enum hl_store_mode mode;
	struct redisContext *link;            /* NULL: not connected */
	bool entered;                         /* it was opened: what the server refuses from now on may pass */
	char sha[41];
	char weak[HL_TEXT_LONG];              /* what the server may lose; "" nothing */
	char token[24], opened_seq[24];
	int64_t groups;                       /* counts commits, for their numbers */
	char start[24];                       /* makes the numbers of this process's groups its own */
	char unsure[64];                      /* the number of the group whose commit may have been done; "" none */
	bool perhaps;                         /* of the last call: it was sent, and no answer came */
	bool unconfirmed;                     /* replicas have not yet said that they have the last group */
	/* the group */
	bool in_group;
	struct hl_err broken;                 /* code 0: the group is whole */
	struct hl_redis_args group;
	size_t n_group;
	struct hl_redis_fact *fact;           /* what the group has written, where others of it ask for that */
	size_t n_facts, cap_facts;
	struct hl_redis_mark mark[HL_MARKS_MAX];
	size_t n_marks;
	bool fates;                           /* it holds what became of deliveries, or who takes them */
	bool blurred;                         /* it holds what no fact tells of: whoever asks is answered by trying the whole group */
};

/* redis_args.c */
void hl_redis_put(struct hl_redis_args *a, const void *data, size_t n);
void hl_redis_put_text(struct hl_redis_args *a, const char *text);       /* NULL is "" */
void hl_redis_put_int(struct hl_redis_args *a, int64_t n);
void hl_redis_put_time(struct hl_redis_args *a, int64_t ms);             /* HL_NO_TIME is "" */
void hl_redis_put_some(struct hl_redis_args *a, const char *text);       /* two: "1" and text, or "0" and "" where it is NULL */
/* For the operation "assume": a name of a kind and one or two names, and its value. */
void hl_redis_put_pair(struct hl_redis_args *a, char kind, const char *name, const char *second, const void *value, size_t n);
void hl_redis_args_wipe(struct hl_redis_args *a);
void hl_redis_args_add(struct hl_redis_args *a, const struct hl_redis_args *b);
const char *hl_redis_at(const struct hl_redis_args *a, size_t i, size_t *n);
/* An answer's members; what is not there is "", HL_NO_TIME or 0. */
size_t hl_redis_n(const struct redisReply *r);
const struct redisReply *hl_redis_item(const struct redisReply *r, size_t i);
int64_t hl_redis_own_int(const struct redisReply *r); /* of an answer that is one number or text */
const char *hl_redis_text(const struct redisReply *r, size_t i);
int64_t hl_redis_int(const struct redisReply *r, size_t i);
int64_t hl_redis_time(const struct redisReply *r, size_t i);
void hl_redis_copy(const struct redisReply *r, size_t i, char *dst, size_t size);
/* Gives. */
char *hl_redis_bytes(const struct redisReply *r, size_t i, size_t *n);
void hl_redis_reply_free(struct redisReply **r);

/* redis_link.c. Connects where there is no connection: authenticates, loads the script, and for a writing handle looks at what the server promises. */
enum hl_code hl_redis_connect(struct hl_redis *q, struct hl_err *err);
void hl_redis_disconnect(struct hl_redis *q);
/* Sends, waits for the answer. HL_E_IO: the connection is gone, the server refuses or did not answer in time; *lost: it may have been done all the same. Gives *out. */
enum hl_code hl_redis_command(struct hl_redis *q, const struct hl_redis_args *a, struct redisReply **out, bool *lost, struct hl_err *err);

/* redis_call.c. */
struct hl_redis *hl_redis_of(struct hl_store *s);
/* HL_E_DENIED on a reading handle; the group's own fault where it is broken. */
enum hl_code hl_redis_may_write(struct hl_redis *q, struct hl_err *err);
/* A hash of a kind and one or two names. */
uint64_t hl_redis_mark(char kind, const char *name, const char *second);
/* What op asks, with all that the open group holds where `with` is true, else of what is committed. Gives *whole; *out is the answer's list within it. */
enum hl_code hl_redis_ask(struct hl_store *s, const struct hl_redis_args *op, bool with, struct redisReply **whole, const struct redisReply **out, struct hl_err *err);
/* A change. Outside of a group it is done. Inside it is looked at, and whoever calls then keeps it: alone (out NULL; assume, which may be NULL, is an operation that tells the script
 * what of the group it rests on), or with all that the group holds, for its answer. */
enum hl_code hl_redis_change(struct hl_store *s, const struct hl_redis_args *op, const struct hl_redis_args *assume, struct redisReply **whole, const struct redisReply **out,
			     struct hl_err *err);
/* The same with all that the group holds, although no answer is needed. */
enum hl_code hl_redis_try(struct hl_store *s, const struct hl_redis_args *op, struct hl_err *err);
/* Keeps op for the commit without a look. */
void hl_redis_keep(struct hl_redis *q, const struct hl_redis_args *op);
/* What the open group has written; the newest value, NULL: nothing. Borrowed until the next note. */
void hl_redis_note(struct hl_redis *q, uint64_t mark, const void *value, size_t n);
const void *hl_redis_noted(const struct hl_redis *q, uint64_t mark, size_t *n);
/* All of them, the oldest first: *at is 0 at the first call. NULL: no more. */
const void *hl_redis_noted_next(const struct hl_redis *q, uint64_t mark, size_t *at, size_t *n);

/* The note of mark 'i', an incident: an alert of it as this group has left it. */
struct hl_redis_of_incident {
	struct hl_watch watch;
	bool open, same_entry;
};
enum hl_code hl_redis_begin(struct hl_store *s, struct hl_err *err);
enum hl_code hl_redis_commit(struct hl_store *s, struct hl_err *err);
enum hl_code hl_redis_settle(struct hl_store *s, bool *committed, struct hl_err *err);
void hl_redis_rollback(struct hl_store *s);
bool hl_redis_full(struct hl_store *s);
enum hl_code hl_redis_set_mark(struct hl_store *s, struct hl_err *err);
enum hl_code hl_redis_undo(struct hl_store *s, struct hl_err *err);
enum hl_code hl_redis_keep_mark(struct hl_store *s, struct hl_err *err);

/* redis_change.c */
enum hl_code hl_redis_peek(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err);
enum hl_code hl_redis_apply(struct hl_store *s, const struct hl_change *c, struct hl_err *err);

/* redis_outbox.c */
enum hl_code hl_redis_take(struct hl_store *s, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_redis_next_due(struct hl_store *s, int64_t *due_ms, struct hl_err *err);
enum hl_code hl_redis_done(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
enum hl_code hl_redis_later(struct hl_store *s, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err);
enum hl_code hl_redis_dead(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
enum hl_code hl_redis_report(struct hl_store *s, const char *delivery, enum hl_report report, int64_t now_ms, const char *text, bool *changed, struct hl_err *err);
enum hl_code hl_redis_retry(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, int64_t deadline_ms, size_t *n, struct hl_err *err);
enum hl_code hl_redis_drop(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, size_t *n, struct hl_err *err);
enum hl_code hl_redis_outbox_list(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err);
enum hl_code hl_redis_reached(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err);

/* redis_query.c */
enum hl_code hl_redis_alert_get(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err);
enum hl_code hl_redis_alert_list(struct hl_store *s, const struct hl_alert_filter *f, struct hl_alert_row **out, size_t *n, struct hl_err *err);
enum hl_code hl_redis_suppressed_list(struct hl_store *s, const struct hl_suppressed_filter *f, struct hl_suppressed **out, size_t *n, struct hl_err *err);
enum hl_code hl_redis_counts(struct hl_store *s, struct hl_store_counts *out, struct hl_err *err);
enum hl_code hl_redis_totals_add(struct hl_store *s, int64_t hour_ms, const struct hl_total *v, size_t n, struct hl_err *err);
enum hl_code hl_redis_totals_sum(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_total **out, size_t *n, struct hl_err *err);
enum hl_code hl_redis_sweep(struct hl_store *s, int64_t now_ms, int64_t retain_before_ms, struct hl_err *err);
enum hl_code hl_redis_pinned(struct hl_store *s, const char *list, struct hl_strings *versions, struct hl_err *err);

/* redis_cleared.c */
void hl_redis_read_pair(const struct redisReply *r, struct hl_cleared *c);
enum hl_code hl_redis_cleared_list(struct hl_store *s, const struct hl_cleared_filter *f, struct hl_cleared_row **out, size_t *n, struct hl_err *err);
enum hl_code hl_redis_cleared_end(struct hl_store *s, const char *id, int64_t now_ms, const char *by, const char *reason, struct hl_err *err);

/* redis_watch.c */
enum hl_code hl_redis_watch_list(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_redis_watch_set(struct hl_store *s, const char *alert, const char *revision, int64_t look_ms, struct hl_err *err);
enum hl_code hl_redis_timer_list(struct hl_store *s, const struct hl_timer_filter *f, struct hl_timer *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_redis_timer_next(struct hl_store *s, int64_t *due_ms, struct hl_err *err);
enum hl_code hl_redis_unrecorded(struct hl_store *s, struct hl_unrecorded *out, size_t max, size_t *n, struct hl_err *err);
enum hl_code hl_redis_recorded(struct hl_store *s, int64_t upto, struct hl_err *err);
enum hl_code hl_redis_adopt(struct hl_store *s, int64_t now_ms, int64_t idle_ms, size_t *n, struct hl_err *err);

#endif
