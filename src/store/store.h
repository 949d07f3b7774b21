/* store.h: what survives: alerts, events, deliveries (the outbox), timers, passages, cooldowns, cleared pairs, suppressed reads, receipts, dead letters.
 *
 * One interface, one row an implementation (struct hl_store_ops, last in its file); tests/contract/ is run on each. The store knows nothing of rules or channels: a caller looks up
 * (hl_store_peek), decides, and hands over one struct hl_change, which is applied whole or not at all: HL_E_CONFLICT where a revision it was based on
 * is no longer the present one. Changes between begin and commit are one group; COMMIT is the promise.
 *
 * Threads: a handle belongs to one thread. The writing handle is the store thread's; others open reading handles (HL_STORE_READ), on which writing
 * functions give HL_E_DENIED.
 */
#ifndef HL_STORE_STORE_H
#define HL_STORE_STORE_H

#include "core/alert.h"

struct hl_store;

enum hl_store_mode { HL_STORE_WRITE, HL_STORE_READ };

enum { HL_STORE_WHERE_MAX = 2048, /* of the text that names a store, with its NUL */ HL_ADDRESS_MAX = 512, HL_DELIVERY_ID = HL_ID_TEXT, HL_BODY_MAX = 256 << 10, HL_DELIVERIES_MAX = 4096 };

/* Where a notice goes: one channel address of one receiver. */
enum hl_delivery_state { HL_DL_PENDING, HL_DL_DELIVERED, HL_DL_DEAD, HL_DL_CANCELLED };
/* What a gateway reports of a message after it has taken it, the better one last: a later one of these takes the place of an earlier one, never the other way. */
enum hl_report { HL_REPORT_NONE, HL_REPORT_ACCEPTED, HL_REPORT_FAILED, HL_REPORT_DELIVERED };

struct hl_delivery {
	char id[HL_DELIVERY_ID];        /* hash of event id, receiver, channel, address */
	char event[HL_ID_TEXT], alert[HL_ID_TEXT];
	char incident[HL_ID_TEXT];      /* what one address is told of one incident comes in order; "": of one alert. Written, not read back */
	char receiver[HL_NAME];
	char channel[16];               /* webhook, email, sms */
	char address[HL_ADDRESS_MAX];   /* URL, mail address, number */
	char server[HL_TEXT_LONG];      /* whom the limit of concurrency is about, as the adapter names it; "": the address's host. Written, not read back */
	enum hl_event_type type;
	enum hl_delivery_state state;
	int64_t created_ms, due_ms;     /* real clock */
	int64_t deadline_ms;            /* past it: dead */
	int64_t attempts;
	int64_t seen_ms;                /* time of the read, for "seen N min ago" */
	int64_t done_ms;                /* HL_NO_TIME while pending */
	char result[HL_TEXT_LONG];      /* last answer or reason */
	char *body;                     /* identical over retries; owned by the struct (hl_delivery_wipe) */
	size_t body_n;
	enum hl_report report;          /* the gateway's own, after it took the message */
	int64_t report_ms;              /* HL_NO_TIME: none */
	char report_text[HL_TEXT_LONG]; /* the gateway's words */
	char held[HL_ID_TEXT];          /* pending, but sent by nobody: it waits for the digest that the timer of this id makes; "": it does not */
	char carrier[HL_DELIVERY_ID];   /* the digest's delivery that tells of it: what becomes of that becomes of it. Read, not written: hl_gather */
};
void hl_delivery_wipe(struct hl_delivery *d);

struct hl_event {
	char id[HL_ID_TEXT];            /* hash of alert id, type and rev */
	char alert[HL_ID_TEXT];
	enum hl_event_type type;
	int64_t time_ms;
	const char *body;               /* the alert's JSON at that time; borrowed */
	size_t body_n;
};

/* What is known about a hit before it is judged. */
struct hl_peek_key {
	const char *entry;              /* entry id */
	const char *revision;           /* entry revision */
	const char *place;              /* camera, or camera and the producer's vehicle id */
	const char *site;               /* for the cooldown: site, else camera */
	const char *agency, *plate_read, *region; /* for cleared pairs */
	const char *read_id, *camera;   /* for receipts of reads sent twice */
};
struct hl_peek {
	struct hl_track track;
	struct hl_notice notice;
	struct hl_cleared cleared;
	bool duplicate;                 /* this very (read, entry) was decided before */
};

/* What is to happen to an alert, or (digest) to an address, unless something else happens first: `due_ms` is when, `data` is what it needs then, as it was
 * decided when the timer was set; the store does not read it. A timer lives while its alert is in one of `states` (bit 1 << state): the very change that takes the alert
 * elsewhere deletes it, whoever makes that change, so that no order of an acknowledgement and a step leaves a step behind. A timer goes with its alert. */
enum hl_timer_kind { HL_TIMER_ESCALATE, HL_TIMER_FALLBACK, HL_TIMER_REPEAT, HL_TIMER_LAPSE, HL_TIMER_DIGEST, HL_TIMER_KINDS };
enum { HL_TIMER_DATA_MAX = 16 << 10, HL_TIMERS_MAX = 256 };
struct hl_timer {
	char id[HL_ID_TEXT];            /* the setter's: setting one that is there already takes its place */
	char alert[HL_ID_TEXT];         /* "": of none; such a timer lives until it is fired */
	enum hl_timer_kind kind;
	unsigned states;
	int64_t step;                   /* the setter's: which step, or the how manieth time */
	int64_t due_ms;                 /* real clock */
	char *data;                     /* owned by the struct where the store gave it (hl_timer_wipe) */
	size_t data_n;
};
void hl_timer_wipe(struct hl_timer *t);

struct hl_timer_filter {
	const char *id;                 /* NULL: any */
	const char *alert;              /* NULL: of any and of none */
	int64_t due_ms;                 /* due by then; HL_NO_TIME: all */
};

/* 9999-12-31: when what waits for something else than time is due. Small enough for a store that keeps times as floating point. */
#define HL_NEVER_MS INT64_C(253402214400000)

/* Pending deliveries to one address that are held for a digest go with its delivery, `carrier`, from now on. */
struct hl_gather {
	const char *held, *receiver, *channel, *address, *carrier;
};

struct hl_suppressed {
	enum hl_suppression why;
	char entry[HL_ID_TEXT], alert[HL_ID_TEXT], camera[HL_READ_NAME], plate_read[HL_READ_PLATE], read_id[HL_READ_ID];
	char pair[HL_ID_TEXT];          /* the cleared pair that did it, which counts it; "": another reason */
	char list[HL_NAME], plate_listed[HL_READ_PLATE];
	int64_t time_ms;
};

struct hl_suppressed_filter {
	enum hl_suppression why;        /* HL_SUP_NONE: any */
	const char *pair, *alert, *list, *camera; /* NULL: any */
	int64_t since_ms, until_ms;     /* HL_NO_TIME: any; by the read's time, both included */
	size_t limit;                   /* 0: 100 */
};

/* A cleared pair as it is kept. It is kept, lapsed or ended, as long as alerts are. */
struct hl_cleared_row {
	struct hl_cleared cleared;
	char agency[HL_TEXT_LONG], plate_read[HL_READ_PLATE], region[HL_TEXT_SHORT], entry[HL_ID_TEXT], revision[HL_ID_TEXT];
	int64_t suppressed, last_ms;    /* reads that it silenced, each time that it was cleared; the newest one's time, HL_NO_TIME: none */
	char ended_by[HL_TEXT_SHORT], ended_reason[HL_TEXT_LONG]; /* "": nobody has ended it before its time; until_ms is then when */
};

struct hl_cleared_filter {
	const char *id, *list;          /* NULL: any; id: whole or its beginning */
	int64_t holds_ms;               /* those that hold then; HL_NO_TIME: those that are over too */
	size_t limit;                   /* 0: 100 */
};

/* One number counted within an hour: reads in, matched, discarded … */
struct hl_total {
	char name[32];
	int64_t n;
};
enum { HL_TOTALS_MAX = 64 };
#define HL_TOTAL_MS (INT64_C(3600) * 1000)

/* One atomic change. Parts that are NULL are left alone. All borrowed. */
struct hl_change {
	const struct hl_alert *alert;   /* inserted where alert->rev is 1, else replaces revision rev - 1 */
	const char *alert_body;         /* its JSON */
	size_t alert_body_n;
	const struct hl_event *event;
	const struct hl_delivery *deliveries;
	size_t n_deliveries;
	const struct hl_peek_key *key;  /* whose track, notice and receipt are written */
	const struct hl_track *track;   /* rev is the one peeked; stored as rev + 1 */
	const struct hl_notice *notice;
	const struct hl_cleared *cleared;
	const struct hl_suppressed *suppressed;
	bool receipt;                   /* remember (camera, read id, entry); HL_E_CONFLICT where it is remembered already */
	int64_t now_ms;                 /* real clock: how long the receipt is kept */
	const char *cancel_alert;       /* pending deliveries of this alert are cancelled; those under way are once their attempt has ended without success */
	bool same_entry;                /* of an alert that is stored already: what it says of its entry is as it was, so that when to look at that again stays too */
	const struct hl_gather *gathers; /* after the new deliveries */
	size_t n_gathers;
	const struct hl_timer *fired;   /* is over: deleted, by id and due_ms; HL_E_CONFLICT where it is not there so (it was fired, moved or stopped meanwhile) */
	const char *stop_alert;         /* timers of this alert are deleted, those of the kinds in stop_kinds (bit 1 << kind) */
	unsigned stop_kinds;
	const struct hl_timer *timers;  /* set, after all that goes has gone */
	size_t n_timers;
	bool forget;                    /* the passages and cooldowns of `alert` go: the next read of its entry is told again */
};

struct hl_alert_row {
	char id[HL_ID_TEXT];
	char *body;                     /* owned (free) */
	size_t body_n;
};

struct hl_alert_filter {
	const char *list, *state, *camera; /* NULL: any */
	int64_t since_ms, until_ms;     /* HL_NO_TIME: any; by alert time */
	size_t limit;                   /* 0: 100 */
};

struct hl_outbox_filter {
	const char *held;               /* those that wait for this timer's digest; NULL: any */
	const char *receiver, *id, *alert, *state; /* NULL: any; id: whole or its beginning; state: pending, delivered, dead, cancelled */
	int64_t since_ms, before_ms;    /* 0: any; by when it was created: since_ms <= created < before_ms */
	size_t limit;                   /* of lists; 0: 100 */
};

/* An open alert and the entry it hangs on: what a stand-down asks about, without the alert's body. */
struct hl_watch {
	int64_t seq;                    /* counts up with the alerts */
	char alert[HL_ID_TEXT], list[HL_NAME], entry[HL_ID_TEXT], revision[HL_ID_TEXT];
	char incident[HL_ID_TEXT];      /* the vehicle: open alerts of one share it */
	int64_t look_ms;                /* when the entry is to be looked at again, as it ends then; HL_NO_TIME: it does not end */
};

struct hl_watch_filter {
	const char *list;               /* NULL: any */
	const char *incident;           /* those of this incident only, by seq; then list is NULL and due_ms HL_NO_TIME. NULL: any */
	int64_t due_ms;                 /* those to be looked at by then, the first due first; HL_NO_TIME: all, by seq */
	int64_t after;                  /* only seq above this */
};

/* What the store did that the audit does not know yet: a delivery that ended (delivered, dead or cancelled, whatever its count of attempts: one may
 * have been cut off by a crash, uncounted, and have arrived), or a stand-down that was decided. It stands here from the commit that did it until hl_store_ops.recorded, so that no crash leaves it out of the audit. */
enum hl_unrecorded_what { HL_UR_DELIVERED = 1, HL_UR_DEAD, HL_UR_CANCELLED, HL_UR_STANDDOWN };

struct hl_unrecorded {
	int64_t seq;                    /* counts up, never given twice */
	enum hl_unrecorded_what what;
	char id[HL_DELIVERY_ID];        /* of the delivery; of the event for a stand-down */
	char event[HL_ID_TEXT], alert[HL_ID_TEXT]; /* alert "": a test message */
	char receiver[HL_NAME], channel[16], address[HL_ADDRESS_MAX]; /* "" for a stand-down */
	int64_t time_ms;                /* when it ended or was decided */
};

/* Where somebody got an alert, or may have got it. */
struct hl_reached {
	char receiver[HL_NAME], channel[16], address[HL_ADDRESS_MAX];
};

struct hl_store_counts {
	int64_t alerts, events, pending, delivered, dead, cancelled, suppressed, cleared; /* cleared: lapsed ones too, as long as they are kept */
	int64_t oldest_pending_ms;      /* HL_NO_TIME */
};

struct hl_store_ops {
	const char *name;
	size_t size; /* of the private state */
	enum hl_code (*open)(struct hl_store *s, const char *state_dir, enum hl_store_mode mode, struct hl_err *err);
	void (*close)(struct hl_store *s);
	enum hl_code (*begin)(struct hl_store *s, struct hl_err *err);
	enum hl_code (*commit)(struct hl_store *s, struct hl_err *err); /* after a failure the group is rolled back, and nothing of it is there but where s->unsure is set */
	/* Whether the group whose commit failed, and left s->unsure, was committed all the same. Where it was not it never will be, however late it reaches the server. After a
	 * failure s->unsure stays. NULL: a commit that fails has done nothing. */
	enum hl_code (*settle)(struct hl_store *s, bool *committed, struct hl_err *err);
	void (*rollback)(struct hl_store *s);
	/* A mark is a place within the open group to go back to. undo takes back all that the group has taken since the newest mark, keep lets it stand; the mark is over with
	 * either. Marks nest, at most HL_MARKS_MAX deep (HL_E_INTERNAL), and go with their group. HL_E_NOTFOUND: no group, or no mark. All three NULL: nothing fails halfway here. */
	enum hl_code (*mark)(struct hl_store *s, struct hl_err *err);
	enum hl_code (*undo)(struct hl_store *s, struct hl_err *err);
	enum hl_code (*keep)(struct hl_store *s, struct hl_err *err);
	/* The group should be committed before more is put into it; NULL: never. */
	bool (*full)(struct hl_store *s);
	/* What the server behind the store may lose of what commit has said yes to, in words; "" or NULL: nothing. Borrowed until the next operation. */
	const char *(*weakness)(struct hl_store *s);
	enum hl_code (*peek)(struct hl_store *s, const struct hl_peek_key *key, int64_t now_ms, struct hl_peek *out, struct hl_err *err);
	/* Atomic also inside a group: a change that fails (HL_E_CONFLICT, HL_E_EXISTS for a known alert id at rev 1) leaves the rest of the group whole. */
	enum hl_code (*apply)(struct hl_store *s, const struct hl_change *change, struct hl_err *err);
	/* Entries of a stream on the store's own server are acknowledged and deleted with the group, once all else of it holds. NULL: the store has no streams. */
	enum hl_code (*ack)(struct hl_store *s, const char *stream, const char *group, const char *const *id, size_t n, struct hl_err *err);
	/* One that is held or has a carrier is nobody's to take: it is delivered, or dead, with its carrier; cancelled while it is held it was told to nobody, and with a carrier
	 * it keeps its place until that has ended.
	 * Up to max pending deliveries whose time has come, oldest due first but in turns over the receivers, at most s->concurrency of one destination
	 * (receiver, channel, address's host) at a time counting those already leased, leased until lease_ms from now (in memory: after a restart all
	 * pending is due). done, later and dead end the lease; where their group is rolled back it goes on, so that a full disk does not make a busy
	 * loop of sending. A lease taken in a group that is rolled back never was. Gives bodies (hl_delivery_wipe each). */
	enum hl_code (*take)(struct hl_store *s, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err);
	/* When the next pending delivery that is not leased falls due; where its destination is full, when the first lease there ends (where
	 * none is to be tried there now: when it fell due). HL_NO_TIME: none. */
	enum hl_code (*next_due)(struct hl_store *s, int64_t *due_ms, struct hl_err *err);
	/* What became of an attempt; each counts it. done also holds for a delivery cancelled or given up meanwhile: it did arrive. later and dead leave
	 * alone what is no longer pending. HL_E_NOTFOUND: no such delivery. */
	enum hl_code (*done)(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
	enum hl_code (*later)(struct hl_store *s, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err);
	enum hl_code (*dead)(struct hl_store *s, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
	/* The gateway's report on a delivery that it has taken, in whatever order reports come; *changed: it said something new. `delivered` makes it delivered
	 * whatever it is: it did arrive (an attempt under way is counted with it). `failed` makes what is delivered dead, with text as the result; where an attempt
	 * is under way, it holds for that one, once it is done; where none is, a pending delivery is tried again anyway and nothing changes. `accepted` changes no
	 * state. A report of a lower rank than the one that is there, or of the same, changes nothing. HL_E_NOTFOUND: no such delivery. */
	enum hl_code (*report)(struct hl_store *s, const char *delivery, enum hl_report report, int64_t now_ms, const char *text, bool *changed,
			       struct hl_err *err);
	/* Makes dead or pending deliveries due now, with a new deadline and no report; counts them. Leases stay. Of an alert that is over (closed, rejected, withdrawn)
	 * only its last event: nobody must get the alert behind its end. */
	enum hl_code (*retry)(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, int64_t deadline_ms, size_t *n, struct hl_err *err);
	/* Cancels dead or pending deliveries with this result; counts them. What is under way is cancelled once its attempt has ended without success. */
	enum hl_code (*drop)(struct hl_store *s, const struct hl_outbox_filter *f, int64_t now_ms, const char *result, size_t *n, struct hl_err *err);
	/* id or a unique beginning of >= 4; HL_E_NOTFOUND; HL_E_USAGE: too short, or the beginning of several (the text names two). */
	enum hl_code (*alert_get)(struct hl_store *s, const char *id, struct hl_alert_row *out, struct hl_err *err);
	/* Newest first. Lists give arrays: hl_alert_rows_free, hl_deliveries_free, free(). A limit is at most HL_LIST_MAX; 0 is 100. */
	enum hl_code (*alert_list)(struct hl_store *s, const struct hl_alert_filter *f, struct hl_alert_row **out, size_t *n, struct hl_err *err);
	enum hl_code (*outbox_list)(struct hl_store *s, const struct hl_outbox_filter *f, struct hl_delivery **out, size_t *n, struct hl_err *err); /* bodies too */
	enum hl_code (*suppressed_list)(struct hl_store *s, const struct hl_suppressed_filter *f, struct hl_suppressed **out, size_t *n, struct hl_err *err);
	/* Cleared pairs, the last cleared first. */
	enum hl_code (*cleared_list)(struct hl_store *s, const struct hl_cleared_filter *f, struct hl_cleared_row **out, size_t *n, struct hl_err *err);
	/* Ends a pair (its whole id) that holds at now_ms: it silences nothing from then on. HL_E_NOTFOUND: no such pair; HL_E_CONFLICT: it does not hold. */
	enum hl_code (*cleared_end)(struct hl_store *s, const char *id, int64_t now_ms, const char *by, const char *reason, struct hl_err *err);
	/* Adds to the totals of the hour that begins at hour_ms; at most HL_TOTALS_MAX of them, names not "". They are never swept: no plate is in them. */
	enum hl_code (*totals_add)(struct hl_store *s, int64_t hour_ms, const struct hl_total *v, size_t n, struct hl_err *err);
	/* The sums over the hours that begin at since_ms and later, and before until_ms (HL_NO_TIME: any), in the order of their names; *first_ms: the first hour
	 * of these that has any, HL_NO_TIME: none. Gives *out (free()). */
	enum hl_code (*totals_sum)(struct hl_store *s, int64_t since_ms, int64_t until_ms, int64_t *first_ms, struct hl_total **out, size_t *n, struct hl_err *err);
	enum hl_code (*counts)(struct hl_store *s, struct hl_store_counts *out, struct hl_err *err);
	/* The versions of a list that open alerts name: they must be kept for as long. Gives *versions (hl_strings_wipe). */
	enum hl_code (*pinned)(struct hl_store *s, const char *list, struct hl_strings *versions, struct hl_err *err);
	/* Open alerts, at most max of them. An alert is open from its creation to the change that closes it, and again from
	 * one that opens it; its entry, revision and look_ms are those of
	 * hl_alert at each change of it (entry_id, entry_revision, entry_expires_ms) but those with same_entry, unless watch_set has changed them since. */
	enum hl_code (*watch_list)(struct hl_store *s, const struct hl_watch_filter *f, struct hl_watch *out, size_t max, size_t *n, struct hl_err *err);
	/* When an open alert is to be looked at again, and (NULL: as it was) its entry's revision now. Nothing where the alert is no longer open. */
	enum hl_code (*watch_set)(struct hl_store *s, const char *alert, const char *revision, int64_t look_ms, struct hl_err *err);
	/* The addresses that got something of an alert or may have got it, each once: delivered, or tried at least once whatever was answered, or under way now;
	 * and what was pending when this handle was opened for writing, since an attempt may have been cut off by the end of the process before. Gives *out
	 * (free()). */
	enum hl_code (*reached)(struct hl_store *s, const char *alert, struct hl_reached **out, size_t *n, struct hl_err *err);
	/* Timers, the first due first, those due together by id; at most max. Gives data (hl_timer_wipe each). A timer stays until a change fires or stops it. */
	enum hl_code (*timer_list)(struct hl_store *s, const struct hl_timer_filter *f, struct hl_timer *out, size_t max, size_t *n, struct hl_err *err);
	/* When the next timer falls due. HL_NO_TIME: none. */
	enum hl_code (*timer_next)(struct hl_store *s, int64_t *due_ms, struct hl_err *err);
	/* At most max of what is not in the audit yet, by seq; and forgets all of it up to a seq, once that is in the audit. */
	enum hl_code (*unrecorded)(struct hl_store *s, struct hl_unrecorded *out, size_t max, size_t *n, struct hl_err *err);
	enum hl_code (*recorded)(struct hl_store *s, int64_t upto, struct hl_err *err);
	/* Where several nodes share the store, each has an audit: this one is there at now_ms, and what nodes that have not said so for idle_ms left unrecorded is this node's to
	 * record from now on, at most HL_SWEEP_ROWS of it a call. *n: how much that is. NULL: there is but one node. */
	enum hl_code (*adopt)(struct hl_store *s, int64_t now_ms, int64_t idle_ms, size_t *n, struct hl_err *err);
	/* Forgets receipts and passages of HL_KEEP_MS ago, notices of HL_KEEP_NOTICE_MS ago, and suppressed reads, cleared pairs (by their end), test events and
	 * alerts older than retain_before_ms (HL_NO_TIME: none), those too that nobody ever closed, unless a delivery is pending. At most HL_SWEEP_ROWS of each a call, so that the
	 * store thread is not held up: call it again and again. */
	enum hl_code (*sweep)(struct hl_store *s, int64_t now_ms, int64_t retain_before_ms, struct hl_err *err);
	/* Copies all of it, as it is at one moment, into a new file; others go on reading and writing. NULL where the store has no file of its own. */
	enum hl_code (*backup)(struct hl_store *s, const char *path, struct hl_err *err);
	/* Whether such a copy is sound; each (list, version) that an open alert of it names goes to `pinned`. Nothing in dir is changed. */
	enum hl_code (*backup_check)(const char *dir, void (*pinned)(void *arg, const char *list, const char *version), void *arg, struct hl_err *err);
	/* hl_store_set_aside; NULL where the store has no files of its own. */
	enum hl_code (*set_aside)(const char *state_dir, const char *suffix, char *aside, size_t size, struct hl_err *err);
};

enum { HL_PER_DESTINATION = 4, HL_LIST_MAX = 10000, HL_SWEEP_ROWS = 2000, HL_MARKS_MAX = 8 };
#define HL_KEEP_MS (INT64_C(48) * 3600 * 1000)
#define HL_KEEP_NOTICE_MS (INT64_C(31) * 24 * 3600 * 1000)

struct hl_store {
	const struct hl_store_ops *ops;
	void *priv;
	char *where;                    /* as it was opened */
	bool unsure;                    /* the last commit failed, and may have been done all the same: settle tells */
	bool again;                     /* the group failed only because another writer was quicker: it may be begun anew at once */
	/* How many deliveries of one destination (hl_store_destination) may be under way at once; 0: none is to be tried now. Set by whoever takes. NULL: HL_PER_DESTINATION. */
	int64_t (*concurrency)(void *arg, const char *destination);
	void *concurrency_arg;
};

/* Opens the store named so ("sqlite"; or what hl_redis_where writes, store/redis.h) in state_dir. Gives *s. HL_E_IO where the database is damaged (the text names the file: hl_store_set_aside
 * makes room for a fresh one), HL_E_CONFIG where a newer version of this program made it, HL_E_NOTFOUND where there is none to read. */
enum hl_code hl_store_open(struct hl_store **s, const char *where, const char *state_dir, enum hl_store_mode mode, struct hl_err *err);
void hl_store_close(struct hl_store **s);
/* Several changes that are one: where run fails, with whatever code, nothing of what it has written is there. Within a group the rest of it stays; without one
 * it is a group of its own. Gives what run gives, or the fault of the store. */
enum hl_code hl_store_whole(struct hl_store *s, enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err), void *arg, struct hl_err *err);
/* What names a store, in words without its secrets: "sqlite", "redis unix:/run/redis.sock, prefix hl". Into dst. */
void hl_store_where_name(const char *where, char *dst, size_t size);
/* Renames a damaged database of a store that nobody has open to NAME.corrupt-TIME, its side files too; nothing is deleted. Gives the new name in
 * aside. HL_E_NOTFOUND: there is none. */
enum hl_code hl_store_set_aside(const char *name, const char *state_dir, int64_t now_ms, char *aside, size_t size, struct hl_err *err);
void hl_alert_rows_free(struct hl_alert_row *rows, size_t n);
void hl_deliveries_free(struct hl_delivery *d, size_t n);
const char *hl_timer_kind_name(enum hl_timer_kind k); /* "escalate", "fallback", "repeat", "lapse", "digest" */
const char *hl_unrecorded_name(enum hl_unrecorded_what w); /* "delivered", "dead", "cancelled", "standdown" */
const char *hl_delivery_state_name(enum hl_delivery_state s); /* "pending", "delivered", "dead", "cancelled" */
/* The state named so, or -1. */
int hl_delivery_state_find(const char *name);
const char *hl_report_name(enum hl_report r); /* "none", "accepted", "failed", "delivered" */
/* The report named so, or -1. */
int hl_report_find(const char *name);
/* What a destination is for the limit of concurrency: "receiver channel server", the server in lower case: d->server, else the host of a URL (with its
 * port) or of a mail address. The receiver is part of it, so that a receiver with a flood or a dead server takes no room from another. */
void hl_store_destination(const struct hl_delivery *d, char *dst, size_t size);
/* The first two words of a destination. */
void hl_store_destination_parts(const char *destination, char receiver[HL_NAME], char channel[16]);

/* What no store takes: a change without the key of its parts, too many or too large parts (HL_E_INTERNAL, HL_E_LIMIT). For stores. */
enum hl_code hl_store_check_change(const struct hl_change *c, struct hl_err *err);

extern const struct hl_store_ops hl_store_sqlite, hl_store_redis;

#endif
