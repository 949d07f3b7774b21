/* rule.h: the supervisors' rules as a struct, and what they mean: thresholds -> decision, route tree -> receivers. Immutable once loaded.
 * contract.md (Rules) has the schema; doc/man/hotlist-rules.5 is its manual. Floor 1; hl_rules_load reads files, the rest is pure.
 */
#ifndef HL_CORE_RULE_H
#define HL_CORE_RULE_H

#include "base/conf.h"
#include "base/crypto.h"
#include "base/zone.h"
#include "core/channel_set.h"
#include "core/match.h"
#include "core/rule_files.h"
#include "core/rule_times.h"
#include "core/rule_zone.h"
#include "core/vehicle.h"

enum hl_decision { HL_DROP, HL_VERIFY, HL_ALERT };
enum { HL_RECEIVERS_MAX = 64, HL_PRIORITY_DEFAULT = 5, HL_RULES_ID = 24 };

struct hl_match_opts {
	int max_cost, candidate_cost; /* hundredths */
	int64_t candidates;           /* 0: the plate as read only (no candidates, no chars) */
	double min_probability, alert_probability, min_confidence;
};

struct hl_rules_list {
	char *name;
	int64_t priority;       /* 0: not given */
	double base_rate;       /* negative: not given */
	struct hl_match_opts match; /* whole: the defaults with this list's overrides */
	bool covert;                /* told to its own routes only; so may the settings say, too */
	struct hl_strings inhibits; /* names of lists, whose notices of the same vehicle it silences: hl_rules_inhibits */
};

/* What differs at one camera, and there for one list. */
struct hl_camera_list {
	char *name;
	struct hl_match_opts match; /* as written only where the file says so: hl_rules_match_at is whole */
};
struct hl_rules_camera {
	char *name;
	struct hl_match_opts match; /* whole, for lists that the rules do not name */
	struct hl_array lists;      /* struct hl_camera_list */
	unsigned line, column;
};

/* A numeric condition of a `when`: "<=3", ">0.5", "0.2..0.8", "4". */
struct hl_range {
	double low, high;
	bool low_open, high_open;
};

struct hl_when {
	struct hl_strings list, category, agency, camera, site, zone, region;
	unsigned kinds, decisions, contradictions; /* bit sets, 0: not given; the bit HL_CONTRADICTIONS stands for "none" */
	struct hl_array priority, probability, confidence; /* struct hl_range: any of them; empty: not given */
	struct hl_array at;      /* struct hl_times: any of them */
	unsigned line, column, zone_line, zone_column;
};

/* A `mute`: what it fits is written down and told to nobody. */
struct hl_mute {
	struct hl_when when;
	char *from, *until;            /* as written: a date in the rules' zone, or RFC 3339; NULL: not given */
	int64_t from_ms, until_ms;     /* HL_NO_TIME: open */
	char *comment;                 /* why; NULL: not given */
};

/* Who else is told, and how long after: a step of `escalate`, or the `fallback`. */
struct hl_step {
	int64_t after_ms;
	struct hl_strings receivers; /* names; none: not given */
	unsigned line, column;       /* of the names */
};

struct hl_route {
	struct hl_when when;
	struct hl_strings receivers; /* names; empty: inherited */
	unsigned *places;            /* line and column of each name */
	bool cont;                   /* `continue` */
	/* Of the alert's life: rule_plan.h. */
	struct hl_array escalate;    /* struct hl_step, ascending */
	struct hl_step fallback;
	int64_t repeat_ms;           /* 0: not given */
	struct hl_array routes;      /* struct hl_route, children */
	unsigned line, column;
};

/* What one receiver can bear: engine/digest.c. */
struct hl_rules_receiver {
	char *name;
	struct hl_rate_limit { int64_t notices, per_ms; } limit; /* notices 0: none */
	int64_t digest_ms;                                      /* what is over the limit is told in one message this often; 0: not given */
	unsigned line, column;
};

enum hl_contradiction_policy { HL_CON_VERIFY, HL_CON_DROP, HL_CON_IGNORE };

struct hl_rules {
	char id[HL_RULES_ID]; /* rules_version: "r-" and 12 hex digits of the hash of files; of an imported version "r000007-" and those */
	char file[HL_PATH_MAX];
	int64_t version;
	char *timezone;
	struct hl_tz *tz;
	struct hl_holidays holidays;
	struct hl_strings include;  /* as written */
	struct hl_strings included; /* paths of all files that came in so, in the order read */
	struct hl_rules_files files; /* all that these rules are made of */
	struct hl_array zones; /* struct hl_zone */
	struct hl_array mutes; /* struct hl_mute */
	struct hl_confusion confusion;
	struct hl_channels_section channel_names;
	struct hl_channel_set channels;
	struct hl_match_opts match;
	struct hl_array lists; /* struct hl_rules_list */
	struct hl_array cameras; /* struct hl_rules_camera, by name */
	struct hl_match_opts *at_camera; /* for each list, then for those not named, cameras.n */
	int64_t passage_ms, cooldown_ms, cleared_officer_ms, cleared_supervisor_ms, ack_ms, late_ms;
	int contradictions; /* enum hl_contradiction_policy */
	struct hl_array receivers; /* struct hl_rules_receiver */
	bool agreed;           /* a second person approved these rules: `inhibits` is in force. Set by whoever loads a version (engine/rules_life.h) */
	bool has_route;
	struct hl_route route;
};

/* Loads path and the tables it names (under the folder of path: confusions/NAME.yaml, else HL_DATADIR/rules/confusions). All faults are collected;
 * HL_E_CONFIG where there are errors (warnings alone are HL_OK). Gives *out. A file without `route` is fine for offline matching. */
enum hl_code hl_rules_load(struct hl_rules **out, const char *path, struct hl_faults *faults);
/* The same with n options (hl_conf_set: "match.max_cost") as if the file gave them these values; the id is the file's. */
struct hl_rules_set {
	const char *option, *value;
};
enum hl_code hl_rules_load_with(struct hl_rules **out, const char *path, const struct hl_rules_set *set, size_t n, struct hl_faults *faults);
/* The same from n bytes of text that stand (or would stand) at path `name`. */
enum hl_code hl_rules_parse(struct hl_rules **out, const char *name, const char *text, size_t n, struct hl_faults *faults);
/* The same from files as an earlier loading has left them in another's `files` (borrowed): what is among them is not looked for on the disk. */
enum hl_code hl_rules_remake(struct hl_rules **out, const struct hl_rules_files *files, struct hl_faults *faults);
/* Names r by its files as they are now. */
void hl_rules_name(struct hl_rules *r);
void hl_rules_free(struct hl_rules **r);
/* A rules file as it was written, the files that it includes joined to it: for commands that show or explain rules. Its nodes live until hl_rules_tree_free. */
struct hl_rules_tree;
/* hl_rules_load, giving the tree, too (NULL after a fault). */
enum hl_code hl_rules_load_tree(struct hl_rules **out, struct hl_rules_tree **tree, const char *path, struct hl_faults *faults);
/* The same of files as hl_rules_remake takes them. */
enum hl_code hl_rules_remake_tree(struct hl_rules **out, struct hl_rules_tree **tree, const struct hl_rules_files *files, struct hl_faults *faults);
void hl_rules_tree_free(struct hl_rules_tree **tree);
const struct hl_node *hl_rules_tree_root(const struct hl_rules_tree *tree);
/* Warnings about what is over: mutes that have ended, holidays of the past. */
void hl_rules_warn_times(const struct hl_rules *r, const struct hl_rules_tree *tree, int64_t now_ms, struct hl_faults *faults);
/* The node of a route of these rules; NULL where it is none of them. */
const struct hl_node *hl_rules_tree_route(const struct hl_rules_tree *tree, const struct hl_route *route);
/* The options of a rules file (with the tables below it as `sub`), for the manual and its test. */
const struct hl_opt *hl_rules_options(void);
/* Loads one confusion table into *t (initialised by it): a file under rules/confusions/, whose root holds `pairs`, or a rules file, of which only
 * `confusions` counts. Faults as above. */
enum hl_code hl_confusion_load(struct hl_confusion *t, const char *path, struct hl_faults *faults);

/* The list's options, or the defaults where the rules do not name it (then a static copy of the defaults, never NULL). */
const struct hl_match_opts *hl_rules_match(const struct hl_rules *r, const char *list);
const struct hl_rules_list *hl_rules_list(const struct hl_rules *r, const char *list); /* NULL: not named */

/* The camera's number among those with options of their own, from 1 on; 0: it has none. */
unsigned hl_rules_camera(const struct hl_rules *r, const char *camera);
/* The list's options at each such camera: cameras.n of them, in the order of their numbers (the first is camera 1's); NULL where there is no such camera. Borrowed. */
const struct hl_match_opts *hl_rules_match_at(const struct hl_rules *r, const char *list);
/* The list's options at a camera, whichever they are. */
const struct hl_match_opts *hl_rules_match_for(const struct hl_rules *r, const char *list, const char *camera);
/* The largest distance that is looked for of the list at any camera, of a plate as read or of an alternative: hundredths. */
int hl_rules_budget(const struct hl_rules *r, const char *list);

/* What a match looks like to the rules. */
struct hl_case {
	const char *list, *category, *agency, *camera, *site, *region; /* region: "us-ca"; NULL or "": not known */
	int64_t time_ms;               /* of the read; HL_NO_TIME: not known, fits no `at` */
	bool has_position;             /* else it lies in no polygon */
	struct hl_point position;
	int priority;
	enum hl_kind kind;
	enum hl_decision decision;
	unsigned contradictions; /* bit set of enum hl_contradiction */
	double plate_probability, probability;
	double confidence; /* the reader's own; negative: not given (passes min_confidence, fits no `confidence` condition) */
	bool late;
};

/* contract.md (Decision): below min_probability (of plate_probability) drop, but an exact match never; below min_confidence drop, but an exact match
 * never; contradictions by policy; inexact, contradicted, late, or below alert_probability: verify; else alert. */
enum hl_decision hl_rules_decide(const struct hl_rules *r, const struct hl_match_opts *m, const struct hl_case *c);
/* The same, with the first reason in words (a constant). */
enum hl_decision hl_rules_decide_why(const struct hl_rules *r, const struct hl_match_opts *m, const struct hl_case *c, const char **why);
/* Where it goes: the names of receivers, each once, in the order met; at most HL_RECEIVERS_MAX. Borrowed from r. Returns how many (>= 1 for loaded
 * rules with a route). */
size_t hl_rules_route(const struct hl_rules *r, const struct hl_case *c, const char **receivers);
/* One step of that way, for whoever asks why: a route was tried (missed: the key of the first condition that does not hold, NULL: it fits), or it tells (tells: the
 * names, its own or inherited). */
struct hl_route_step {
	const struct hl_route *route;
	unsigned depth;                 /* 0: the topmost route, which is not tried: it takes every alert */
	const char *missed;
	const struct hl_strings *tells; /* NULL: the route was tried */
};
struct hl_route_watch {
	void (*step)(void *arg, const struct hl_route_step *s);
	void *arg;
};
/* hl_rules_route, with each step told to watch in turn. */
size_t hl_rules_route_watched(const struct hl_rules *r, const struct hl_case *c, const struct hl_route_watch *watch, const char **receivers);
/* The first mute that c falls under by its conditions and the read's time, or NULL. Borrowed from r. */
const struct hl_mute *hl_rules_mute(const struct hl_rules *r, const struct hl_case *c);
/* Reads the conditions of a mute that stands in no rules file: when is a YAML mapping as after `when:`. Where zones is not NULL it may only name zones of those rules. *m is
 * filled but for its times and comment, and wiped by hl_mute_wipe, also after a fault. HL_E_CONFIG and faults; one without conditions is a fault. */
enum hl_code hl_mute_parse(struct hl_mute *m, const char *when, const struct hl_rules *zones, struct hl_faults *faults);
void hl_mute_wipe(struct hl_mute *m);
/* The same for one mute, whose zones and times are r's. */
bool hl_mute_fits(const struct hl_rules *r, const struct hl_mute *m, const struct hl_case *c);
/* Whether an open alert of list `by` silences notices of list `list`, in force or not. */
bool hl_rules_inhibits(const struct hl_rules *r, const char *by, const char *list);
/* Whether any list inhibits another: then the rules need a second person. */
bool hl_rules_inhibit(const struct hl_rules *r);
const char *hl_decision_name(enum hl_decision d); /* "drop", "verify", "alert" */
/* Calls fn for every receiver name that the rules use (with its place), so that settings can be checked against it: by routes, their escalations and fallbacks, and
 * `receivers`. */
void hl_rules_each_receiver(const struct hl_rules *r, void (*fn)(void *arg, const char *name, unsigned line, unsigned column), void *arg);

#endif
