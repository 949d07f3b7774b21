/* catalog.h: everything that decides a read's fate, as one immutable, reference-counted snapshot, swapped whole: settings, rules, active list versions, index
 * segments. Built aside by one thread, then read by all.
 */
#ifndef HL_ENGINE_CATALOG_H
#define HL_ENGINE_CATALOG_H

#include <stdatomic.h>

#include "core/index.h"
#include "core/rule.h"
#include "engine/settings.h"
#include "store/hand.h"
#include "store/mutes.h"
#include "store/versions.h"

/* Something that several catalogs hold; the last one frees it. */
struct hl_share {
	atomic_int refs;
	void *what;
	void (*end)(void *what);
};

/* The entries of one list's active version, or those added to it by hand: these are a row of their own, behind the version's. */
struct hl_catalog_list {
	char name[HL_NAME];
	bool by_hand;
	struct hl_version version;        /* by_hand: the layer, as a version: "hand-000017", imported when it was last changed */
	struct hl_snapshot *snapshot;     /* of share; by_hand: the layer's */
	struct hl_share *share;           /* NULL where by_hand */
	const struct hl_hand *hand;       /* of hand_share: the list's layer, in both rows; NULL: nothing was ever added or withdrawn by hand */
	struct hl_share *hand_share;
	const struct hl_match_opts *match;
	const struct hl_match_opts *match_at; /* the same at each camera that has its own (hl_rules_match_at); NULL: none has */
	int priority;                     /* the rules', else HL_PRIORITY_DEFAULT */
	double prior;                     /* base rate / entries, both rows' */
	unsigned segment;                 /* whose index holds it; HL_SEGMENTS_MAX where there is nothing to hold */
	uint32_t first;                   /* its first entry number in that segment */
};

/* How far is looked. */
struct hl_budget {
	int plate;       /* the largest max_cost, in hundredths */
	int alternative; /* the largest candidate_cost of those that use alternatives; negative: none does */
};

struct hl_segment {
	struct hl_index *index;           /* of share */
	struct hl_share *share;
	unsigned char key[HL_SHA256];     /* of all that the index is made from: an equal key is an equal index */
	uint32_t entries;
	int budget;                       /* hundredths: the largest of all in reach */
	int64_t candidates;               /* the most alternatives that one of its lists uses at a camera */
	struct hl_budget *reach;          /* of its lists together: [0] at cameras without options of their own, [k] at the rules' camera k */
};

enum { HL_SEGMENTS_MAX = 8, HL_SEGMENT_OWN = 50000 /* entries from which a list has a segment of its own */ };

struct hl_catalog {
	atomic_int refs;
	const struct hl_settings *settings; /* of settings_share; NULL offline */
	struct hl_rules *rules;           /* of rules_share */
	const struct hl_mutes *mutes;     /* of mutes_share: those from the shell; NULL: none (offline, replay) */
	struct hl_share *settings_share, *rules_share, *mutes_share;
	bool shadow_reaches;              /* the shadow looks just as far: what was found for the one does for the other */
	struct hl_catalog *shadow;        /* the same lists by the settings' shadow rules, with the same rows of `list`; NULL: none */
	struct hl_catalog_list *list;     /* sorted by name */
	size_t n_lists;                   /* rows; hl_catalog_names counts lists */
	struct hl_segment segment[HL_SEGMENTS_MAX];
	size_t n_segments;
	int64_t candidates;               /* the most alternatives that any list uses */
	uint64_t number;                  /* counts swaps */
};

/* One list given by file (offline matching) or by version. */
struct hl_catalog_source {
	const char *name;
	struct hl_version version;
	struct hl_snapshot *snapshot;     /* taken */
};

/* Builds a catalog over the sources, whose names differ; their snapshots, rules and settings are taken, also after a fault (settings may be NULL
 * offline). before (may be NULL): unchanged snapshots and index segments are shared with it instead of built again. Gives *out with one reference.
 * Lists of HL_SEGMENT_OWN entries and more have a segment each, the largest first while there is room; all others share one; and so do the entries added by
 * hand, so that adding one builds a small index only. HL_E_LIMIT: a segment
 * would hold more than 2^32 entries. Any thread; takes as long as building the indexes, which the crew does (borrowed; NULL: this thread alone). */
enum hl_code hl_catalog_new(struct hl_catalog **out, struct hl_settings *settings, struct hl_rules *rules, struct hl_catalog_source *src, size_t n,
			    struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err);
/* Loads settings, the rules that decide (the active version, else the settings' file) and the active versions of all lists of the state folder; writes nothing but index files that are missing. All faults are collected; HL_E_CONFIG where there are errors, also where
 * `state` or `store` are not those of before: that needs a restart. */
enum hl_code hl_catalog_load(struct hl_catalog **out, const char *settings_path, struct hl_catalog *before, const struct hl_crew *crew,
			     struct hl_faults *faults);
/* The same by the rules file that the settings name, which is imported, so that the rules are named by their version, and waits to be activated
 * (hl_rules_version_activate). by: who, for the version's description. */
enum hl_code hl_catalog_take(struct hl_catalog **out, const char *settings_path, struct hl_catalog *before, const struct hl_crew *crew, const char *by,
			     int64_t now_ms, struct hl_faults *faults);
/* The same settings with the present active rules (before's where none are active) and the lists' present active versions. HL_E_USAGE: before has no settings;
 * HL_E_CONFIG: the rules don't fit the settings. */
enum hl_code hl_catalog_refresh(struct hl_catalog **out, struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err);
/* The same right after an activation: the snapshot that it has opened (may be NULL) is taken, where its version is the list's active one, instead of being
 * opened and verified once more. */
enum hl_code hl_catalog_activated(struct hl_catalog **out, struct hl_catalog *before, struct hl_opened *opened, const struct hl_crew *crew, struct hl_err *err);
/* The same settings, rules and versions with the hand layer of one list (NULL: of all) as it is now on the disk: takes some milliseconds, since of the indexes
 * only that of the entries by hand is built. HL_E_USAGE as above; HL_E_INPUT: a layer is damaged. */
enum hl_code hl_catalog_hand(struct hl_catalog **out, struct hl_catalog *before, const char *list, struct hl_err *err);
/* The same settings, versions and layers by hand under other rules, which are taken, also after a fault; NULL: under the same. Index segments are shared where
 * confusions and budgets agree. */
enum hl_code hl_catalog_with(struct hl_catalog **out, struct hl_catalog *of, struct hl_rules *rules, const struct hl_crew *crew, struct hl_err *err);
/* The same with the mutes from the shell as they are now on the disk: takes some milliseconds. */
enum hl_code hl_catalog_mutes(struct hl_catalog **out, struct hl_catalog *before, struct hl_err *err);
struct hl_catalog *hl_catalog_ref(struct hl_catalog *c);
/* Whether both, over the same lists, look equally far at every camera. */
bool hl_catalog_same_reach(const struct hl_catalog *a, const struct hl_catalog *b);
/* How many lists there are. */
size_t hl_catalog_names(const struct hl_catalog *c);
/* Whether the list of this row is covert, by the settings or by the rules. */
bool hl_catalog_covert(const struct hl_catalog *c, size_t list);
bool hl_catalog_covert_name(const struct hl_catalog *c, const char *list); /* the same of a list by name; c may be NULL: no */
/* The list's options at a camera, by its number (hl_rules_camera). */
static inline const struct hl_match_opts *hl_catalog_match(const struct hl_catalog_list *l, unsigned camera)
{
	return camera ? &l->match_at[camera - 1] : l->match;
}
/* Where the list's active version, or (by_hand) its layer by hand stands, or NULL. */
const struct hl_catalog_list *hl_catalog_list(const struct hl_catalog *c, const char *name, bool by_hand);

/* What a catalog says of one entry at one time: whether somebody wants to be told about it, and if not, why not. */
enum hl_listed {
	HL_LISTED,           /* in force */
	HL_LISTED_NOT_YET,   /* it starts later */
	HL_LISTED_EXPIRED,
	HL_LISTED_WITHDRAWN, /* by a person: who, when and why are told */
	HL_LISTED_ABSENT     /* not in the active version, nor added by hand; also where the list has no active version, or is none */
};
struct hl_listing {
	bool by_hand;                       /* told of the entry added by hand, else of the active version's */
	char revision[HL_ID_TEXT];          /* "" where absent */
	char plate[HL_READ_PLATE];          /* normal form, "" where absent */
	char version[HL_VERSION_ID];        /* where it stands, or is absent from: the active version, or the state of the hand layer; "" : none */
	int64_t starts_ms, expires_ms;      /* HL_NO_TIME: none */
	char by[HL_TEXT_SHORT], why[HL_TEXT_LONG]; /* of a withdrawal, else "" */
	int64_t withdrawn_ms;               /* HL_NO_TIME: it was not */
};
/* Looks an entry up by list and id at a time (of a read, or now): some microseconds, however long the list is; it reads memory that is mapped. Fills *out
 * (may be NULL), which holds copies. Any thread that holds a reference to c. */
enum hl_listed hl_catalog_entry(const struct hl_catalog *c, const char *list, const char *id, int64_t at_ms, struct hl_listing *out);
void hl_catalog_unref(struct hl_catalog **c);

#endif
