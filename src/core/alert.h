/* alert.h: what people are told, as one struct, its JSON, its words and its life. A struct hl_alert owns nothing: fixed arrays only. Pure.
 */
#ifndef HL_CORE_ALERT_H
#define HL_CORE_ALERT_H

#include "core/alert_life.h"
#include "core/entry.h"
#include "core/rule.h"

enum hl_event_type { HL_EVENT_CREATED, HL_EVENT_UPDATED, HL_EVENT_ESCALATED, HL_EVENT_STANDDOWN, HL_EVENT_TEST, HL_EVENT_DIGEST, HL_EVENT_TYPES };
enum { HL_VERSION_ID = 48, HL_NOTICE_TEXT = 1024, HL_RECEIVERS_TEXT = HL_RECEIVERS_MAX * HL_NAME /* as many names as there may be */ };

struct hl_contradiction_text {
	char what[8];           /* state, type, make, color */
	char read[24], listed[24];
};

/* The sum behind the two probabilities, as core/score.h's detail has it: kept so that it can be explained later. likelihood_ratio 0: not kept. */
struct hl_alert_factors {
	int64_t band; /* of the reader's confidence, 1 the lowest */
	double log_channel, log_background, epsilon, calibration, likelihood_ratio, prior, listed, listed_with_evidence, not_listed;
	double state, type, make, color; /* factors of the evidence; 1: it says nothing */
};

struct hl_alert {
	char id[HL_ID_TEXT];    /* base32 of hash(entry id, camera, id of the first matching read) */
	int64_t rev;            /* counts changes; the store's optimistic lock */
	int64_t time_ms;        /* of the first matching read */
	int64_t created_ms;     /* when it was decided (receive clock) */
	enum hl_alert_state state;
	int priority;
	char category[HL_TEXT_SHORT];
	char plate_read[HL_READ_PLATE], plate_listed[HL_READ_PLATE]; /* normal forms */
	/* match */
	enum hl_kind kind;
	char alternative[HL_READ_PLATE]; /* the reader's alternative that matched, which the alignment is of; "" where the plate as read did */
	struct hl_alignment alignment;
	double plate_probability, probability;
	int64_t match_reads;    /* reads of the passage that the two are of, with those that matched nothing */
	struct hl_alert_factors factors;
	unsigned n_contradictions;
	struct hl_contradiction_text contradiction[HL_CONTRADICTIONS];
	enum hl_decision decision;
	/* entry, as text */
	char list[HL_NAME], list_version[HL_VERSION_ID];
	int64_t list_age_ms;    /* age of the version when it was decided */
	char entry_id[HL_ID_TEXT], entry_revision[HL_ID_TEXT];
	char entry[HL_FIELDS_KEPT][HL_TEXT_LONG];
	int64_t entry_expires_ms;
	struct hl_read read;    /* the best read so far */
	int64_t passage_reads, passage_first_ms, passage_last_ms;
	bool passage_fell;      /* its further reads do not bear it out; a sighting does */
	char incident[HL_ID_TEXT];
	char rules_version[HL_RULES_ID], channel_version[HL_VERSION_ID];
	char acknowledged_by[HL_TEXT_SHORT];
	int64_t acknowledged_ms; /* HL_NO_TIME */
	char closed_by[HL_TEXT_SHORT], closed_reason[HL_TEXT_SHORT], plate_seen[HL_READ_PLATE];
	int64_t closed_ms;      /* HL_NO_TIME */
	char cleared_note[HL_TEXT_LONG]; /* "cleared 2026-11-01 by smith": an exact pair that a person had rejected */
	char muted[HL_TEXT_LONG]; /* "until 2027-01-01T00:00:00.000Z: no enforcement": nobody was told when it was created; "" where somebody was */
	char standdown[HL_TEXT_LONG]; /* of a withdrawn alert: who withdrew the entry and why, which version lacks it …; closed_reason has the cause. May name plates */
	char receivers[HL_RECEIVERS_TEXT]; /* names told so far, separated by spaces */
	struct hl_alert_life life;
};

/* The id of the alert of (entry, camera, first read). */
void hl_alert_id(const char *entry_id, const char *camera, const char *read_id, char dst[HL_ID_TEXT]);
/* contract.md (An alert): as an object under key, or into the open object where key is "" . */
void hl_alert_write(const struct hl_alert *a, struct hl_json *j, const char *key);
/* The sum as object `factors`. */
void hl_alert_factors_write(const struct hl_alert_factors *f, struct hl_json *j);
/* An alignment as a list of its differences: [{"op","pos","rpos","read","listed","cost"}]. */
void hl_alignment_write(const struct hl_alignment *a, struct hl_json *j, const char *key);
/* "NOT VERIFIED: confirm plate, state and vehicle before acting" and its later forms (doc/life.md, The notice), into dst, which wants HL_NOTICE_TEXT bytes. It
 * changes only when the facts do. */
void hl_alert_notice(const struct hl_alert *a, char *dst, size_t size);
/* The same without what a person wrote freely, which may name a plate: for channels that may not carry one. */
void hl_alert_notice_brief(const struct hl_alert *a, char *dst, size_t size);
/* How much differs, in words: "all 7 symbols agree", "1 of 7 symbols differs: listed 7, read 3 (position 5)". Into dst. Where an alternative of the
 * reader matched, this and the next speak of the plate as read first, and say so; both also say where another plate was read at the newest place. */
void hl_alert_difference(const struct hl_alert *a, char *dst, size_t size);
/* The same without naming any symbol, for channels that may not carry a plate: "1 of 7 symbols differs", "all 5 symbols agree, partial plate". */
void hl_alert_difference_brief(const struct hl_alert *a, char *dst, size_t size);
/* The two plates one above the other with the differing symbols marked by ^ below, gaps as '-': three lines, each ended by \n, prefix before each:
 * "listed  5SOW750", "read    5SOW350", "            ^". */
void hl_alert_plates(const struct hl_alert *a, const char *prefix, struct hl_buf *out);
/* Contradictions in words: "make: read LEXS, listed GMC; …", "" where there are none. */
void hl_alert_contradictions(const struct hl_alert *a, char *dst, size_t size);
/* What is to be known of the read's time: "LATE: …" or that the camera's clock is wrong; "" where it is as it should be. A literal. */
const char *hl_alert_time_note(const struct hl_alert *a);
/* Why an alert is stood down: its closed_reason is the name of one of these. */
enum hl_standdown { HL_SD_WITHDRAWN /* by a person */, HL_SD_EXPIRED, HL_SD_ABSENT /* from the active version */, HL_SD_CHANGED /* the entry has another plate */, HL_SD_EVIDENCE /* further reads speak against the match */, HL_STANDDOWNS };
const char *hl_standdown_name(enum hl_standdown why); /* "withdrawn", "expired", "absent", "changed", "evidence" */
/* Of a withdrawn alert, in words without any plate: "entry withdrawn", "entry no longer listed, ask METRO". Into dst. */
void hl_alert_standdown(const struct hl_alert *a, char *dst, size_t size);
/* Why its present revision is told: life.why, "" where that was said of another. Borrowed. */
const char *hl_alert_why(const struct hl_alert *a);
/* The newest place by read time: of its read, or where the vehicle was seen again: site, else camera. */
const char *hl_alert_place(const struct hl_alert *a);
const char *hl_alert_camera(const struct hl_alert *a); /* that place's camera */
/* Where it was seen again, if that is the newest place; NULL: its own read is newer. Borrowed. */
const struct hl_sighting *hl_alert_newest_sighting(const struct hl_alert *a);
/* Whether at the newest place another plate was read than the alert's: then the place must not stand beside "all symbols agree" as if it belonged to it. */
bool hl_alert_read_otherwise(const struct hl_alert *a);
/* The plate as read there: of the newest sighting, where one was, else of the alert. What stands beside a place is what was read at it. */
const char *hl_alert_read_there(const struct hl_alert *a);
/* When the vehicle was seen last: the newest sighting's time, else the first read's. */
int64_t hl_alert_seen_ms(const struct hl_alert *a);
/* Where the vehicle was seen, and seen again: adds a sighting, in the order of read times; of more than there is room for the newest stay. True: it is the newest place. */
bool hl_alert_sight(struct hl_alert *a, const struct hl_sighting *s);

/* As JSON and people have it: "new", "acknowledged" …; "unknown" for none. Literals. */
const char *hl_alert_state_name(enum hl_alert_state s);
const char *hl_event_name(enum hl_event_type t); /* "alert.created" … "receiver.test" */

/* Suppression, decided in the transaction that writes: what the store knows about (entry, place) before this hit. */
struct hl_track {
	bool exists;
	int64_t rev;
	char alert[HL_ID_TEXT];        /* the passage's alert */
	enum hl_decision decision;     /* what was told last */
	int64_t first_ms, last_ms, reads; /* of the passage, by read time */
};

struct hl_notice {              /* the last notice about this entry at this site, for the cooldown */
	bool exists;
	int64_t at_ms;          /* read time */
	enum hl_decision decision;
	char alert[HL_ID_TEXT];
};

struct hl_cleared {
	bool exists;
	char id[HL_ID_TEXT];    /* of the pair: hl_cleared_id */
	int64_t at_ms, until_ms;
	char by[HL_TEXT_SHORT], role[HL_TEXT_SHORT], reason[HL_TEXT_SHORT], alert[HL_ID_TEXT]; /* who, as what, why, of which alert */
	char list[HL_NAME], plate_listed[HL_READ_PLATE]; /* of that alert, for people */
	bool agreed_state, agreed_vehicle; /* what agreed when it was cleared: a read whose state or vehicle agrees now, and did not then, breaks through */
};

/* The id of the pair (agency, plate as read, region, entry, revision): the same each time that it is cleared. */
void hl_cleared_id(const char *agency, const char *plate_read, const char *region, const char *entry, const char *revision, char dst[HL_ID_TEXT]);

enum hl_action { HL_ACT_CREATE, HL_ACT_UPDATE, HL_ACT_COUNT /* same passage, nothing new to tell */, HL_ACT_SUPPRESS };
enum hl_suppression { HL_SUP_NONE, HL_SUP_PASSAGE, HL_SUP_COOLDOWN, HL_SUP_CLEARED, HL_SUP_DUPLICATE };
/* "passage", "cooldown", "cleared", "duplicate"; "" for none. */
const char *hl_suppression_name(enum hl_suppression why);

struct hl_verdict {
	enum hl_action action;
	enum hl_suppression why;
	bool mark_cleared; /* an exact pair that was cleared: told as verify, with a note */
};

/* One hit against what is known. passage: the last matching read at most passage_ms ago, 60 s in all. A rise from verify to alert breaks through the
 * passage (update) and the cooldown (create). */
struct hl_verdict hl_alert_judge(const struct hl_track *track, const struct hl_notice *notice, const struct hl_cleared *cleared,
				 enum hl_decision decision, enum hl_kind kind, bool state_agrees, bool vehicle_agrees, int64_t read_ms,
				 int64_t now_ms, int64_t passage_ms, int64_t cooldown_ms);

#endif
