/* settings.h: the administrator's file, hotlistd.yaml, as a struct. doc/man/hotlistd.yaml.5 is its manual. Immutable once loaded.
 */
#ifndef HL_ENGINE_SETTINGS_H
#define HL_ENGINE_SETTINGS_H

#include "adapter/adapter.h"
#include "base/conf.h"
#include "base/curve_key.h"
#include "core/alert_life.h"
#include "core/rule.h"
#include "format/layout.h"
#include "store/redis.h"

enum hl_socket_kind { HL_SOCK_SUB, HL_SOCK_PULL, HL_SOCK_ROUTER };

/* CurveZMQ on a socket: its server where it binds, its client where it connects. */
struct hl_curve_settings {
	bool on;
	char *secret_key_file, *allowed_keys_dir, *server_key_file; /* absolute */
	unsigned char secret[HL_CURVE_KEY], public[HL_CURVE_KEY], server[HL_CURVE_KEY];
	struct hl_curve_keys allowed;
};

enum hl_into_kind { HL_INTO_HERE, HL_INTO_STREAM };

struct hl_ingest_zmq {
	int socket; /* enum hl_socket_kind */
	struct hl_strings connect, bind, topics;
	int64_t rcvhwm;       /* messages, default 10000 */
	int64_t max_message;  /* bytes, default 1 MiB */
	int into;             /* enum hl_into_kind: where its reads go */
	int64_t window;       /* router: unanswered reads a sender may have, default 10000 */
	char *format;         /* "native" */
	bool insecure;        /* a plain bind off loopback is refused unless true */
	struct hl_curve_settings curve;
	unsigned line, column;
};

enum hl_redis_durability { HL_REDIS_STRICT, HL_REDIS_RELAXED };

/* A Redis server, and what the store wants of it. */
struct hl_redis_settings {
	char *unix_path, *host; /* one of them; the path absolute */
	int64_t port;
	char *user, *password_file;
	int64_t timeout_ms;
	char *prefix;
	int durability; /* enum hl_redis_durability */
	int64_t min_replicas, wait_ms;
};

/* Reads from a Redis stream. */
struct hl_ingest_redis {
	struct hl_redis_settings at; /* first; prefix, min_replicas and wait_ms are not used */
	char *stream, *group;
	char *format;         /* "native" */
	int64_t window;       /* entries that may be under way, default 1000 */
	int64_t max_length;   /* entries in the stream, from which on `into: stream` lets senders wait */
	int64_t claim_after_ms; /* an entry that another consumer has had for so long is taken over */
	int64_t tries;        /* an entry that was given out so often goes to the dead letters */
	unsigned line, column;
};

struct hl_camera {
	char *name; /* first: HL_OPT_MAP */
	char *site;
	bool has_position;
	double lat, lon;
	bool mobile;
	char *channel;
};

struct hl_list_settings {
	char *name;
	char *agency, *layout;
	bool feed;
	int64_t max_age_ms;
	struct hl_strings categories, require; /* require: empty = plate, state, category, reason, agency, case, expires (layout plates: plate) */
	struct hl_array fill;                  /* struct hl_layout_fill with owned values */
	bool covert;                           /* so may the rules say, too: hl_catalog_covert */
	/* The policy of uploads, see settings_policy.c and doc/lists.md. */
	int64_t approvals;                     /* people other than the uploader who must approve a version before it can become active */
	int64_t max_entries, max_entries_day;  /* 0: not given; what then holds is told by hl_list_max_entries and hl_list_max_entries_day */
	int64_t shrink, growth;                /* percent against the active version */
	double max_false_a_day;                /* 0: not given; more to be expected than this is a warning */
	int64_t bad_lines;                     /* rejected lines that an import may have and still activate its version */
	struct hl_strings accept_plates;       /* plates that look like none, and are some */
	int64_t keep;                          /* versions, the active one among them */
	struct hl_array longest;               /* struct hl_longest */
	char *public_key_file;                 /* absolute; the agency's Ed25519 key; not read or checked by the settings. NULL: uploads need no signature */
};

/* The longest time from an import to the expiry of an entry of one category. */
struct hl_longest {
	char *category; /* NULL: of all categories that are not named */
	int64_t ms;
};

/* A folder in which agencies put files. */
struct hl_drop_settings {
	char *dir;             /* absolute */
	char *list, *layout;   /* layout NULL: the list's */
	char *pattern;         /* as fnmatch(3) has it; other files are left alone; NULL: all */
	bool activate, incremental;
	int64_t settle_ms;     /* how long a file that was not renamed in must stay as it is */
	int64_t rescan_ms;
	int64_t max_bytes;
};

struct hl_channel {
	const struct hl_adapter *adapter;
	void *conf; /* adapter->conf_size bytes */
	unsigned line, column;
};

struct hl_receiver {
	char *name;
	struct hl_array channels; /* struct hl_channel */
};

/* Somebody who does things to alerts. */
struct hl_user {
	char *name;   /* first: HL_OPT_MAP */
	int role;     /* enum hl_role, never HL_ROLE_PROGRAM */
	char *agency; /* whose entries one of role agency may withdraw */
};

enum { HL_DROPS_MAX = 64 };

struct hl_settings {
	char file[HL_PATH_MAX];
	char *state;          /* absolute, or under the folder of file */
	char *store;          /* as hl_store_open takes it */
	char *rules;          /* path, made absolute the same way */
	char *shadow;         /* path of a second set of rules that only counts, made absolute the same way; NULL: none */
	char *control;        /* path of the control socket, default STATE/control.sock */
	char *link;           /* base URL for messages */
	struct hl_array ingest;    /* struct hl_ingest_zmq */
	struct hl_array streams;   /* struct hl_ingest_redis; from `ingest`, too */
	struct hl_array cameras;   /* struct hl_camera, by name: each read that comes near an entry asks for its own */
	struct hl_array lists;     /* struct hl_list_settings */
	struct hl_array drops;     /* struct hl_drop_settings, at most HL_DROPS_MAX */
	struct hl_array templates; /* settings_templates.c */
	struct hl_array receivers; /* struct hl_receiver, at most HL_RECEIVERS_MAX */
	struct hl_array users;     /* struct hl_user, by name; none: everybody is taken at his word */
	struct hl_strings layout_dirs; /* `layouts:`, before the installed ones */
	char *purpose;        /* in the audit, where a command names none; "required": it must */
	char *organization;   /* in the audit */
	int64_t retain_alerts_ms, retain_audit_ms, retain_audit_details_ms, retain_nonhits_ms, rejects_max, rejects_keep_ms; /* retain_nonhits must be 0s */
	struct { int64_t threads, flush_ms, stop_ms, outbox_deadline_ms; } engine;
};

/* A server of the settings as the store's files have it. */
void hl_settings_redis_place(const struct hl_redis_settings *r, struct hl_redis_conf *c);
/* Loads and checks all of path, secrets too. All faults collected; HL_E_CONFIG where there are errors. Gives *out. */
enum hl_code hl_settings_load(struct hl_settings **out, const char *path, struct hl_faults *faults);
/* The same from n bytes of text; path names the file they came from (its folder is where relative paths begin). */
enum hl_code hl_settings_parse(struct hl_settings **out, const char *path, const char *text, size_t n, struct hl_faults *faults);
void hl_settings_free(struct hl_settings **s);
/* The options of a settings file, for its JSON Schema. */
const struct hl_opt *hl_settings_table(void);
/* Only where the state folder and the control socket are: for whoever may talk to the daemon but not read its secrets. state and control have HL_PATH_MAX
 * bytes each. Faults and HL_E_CONFIG where the file can't be read or names no state. */
enum hl_code hl_settings_where(const char *path, char *state, char *control, struct hl_faults *faults);
const struct hl_camera *hl_settings_camera(const struct hl_settings *s, const char *name);
const struct hl_list_settings *hl_settings_list(const struct hl_settings *s, const char *name);
/* The most entries that one upload, or the uploads of 24 hours, may have before a second person must approve them; INT64_MAX: any number. A list that is not a feed has
 * a bound where none is given. */
int64_t hl_list_max_entries(const struct hl_list_settings *l);
int64_t hl_list_max_entries_day(const struct hl_list_settings *l);
/* The longest time to live of an entry of that category, ms; 0: any. */
int64_t hl_list_longest(const struct hl_list_settings *l, const char *category);
/* What holds for a list that the settings don't name: the defaults. Fill an empty struct; nothing in it is to be freed but by hl_list_policy_wipe. */
void hl_list_policy_default(struct hl_list_settings *l);
void hl_list_policy_wipe(struct hl_list_settings *l);
const struct hl_user *hl_settings_user(const struct hl_settings *s, const char *name);
const struct hl_receiver *hl_settings_receiver(const struct hl_settings *s, const char *name);
/* A receiver's channel of this kind; with an address, the one that has it. NULL: the settings (NULL: none) have none (any more). Borrowed from s. */
const struct hl_channel *hl_settings_channel(const struct hl_settings *s, const char *receiver, const char *kind, const char *address);
/* Rules against settings: the channels that cameras name are loaded into the rules; every receiver the route names must exist and have a channel, and there must be a route; a list that the settings don't have
 * is a warning. Faults name the rules file. */
/* Lists and cameras that a mute names and the settings don't have: warnings, as hl_settings_check_rules has them of routes. */
void hl_settings_check_mute(const struct hl_settings *s, const struct hl_mute *m, struct hl_faults *faults);
enum hl_code hl_settings_check_rules(const struct hl_settings *s, struct hl_rules *r, struct hl_faults *faults);

#endif
