/* replay.h: recorded reads through several sets of rules over the same lists: what each would have told, by the code that decides and records live, with each
 * read's own receive time as the clock. Sets of rules that differ only in what comes after the figures (thresholds, routes, mutes, cooldown …) share one search
 * and one scoring. Nothing is written. One thread calls; the work of a call is spread over a crew.
 */
#ifndef HL_ENGINE_REPLAY_H
#define HL_ENGINE_REPLAY_H

#include "engine/decide.h"

enum hl_replay_truth { HL_TRUTH_UNKNOWN, HL_TRUTH_RIGHT, HL_TRUTH_WRONG };

/* An alert that would have been made; per read: a match that the rules let through. */
struct hl_replay_told {
	uint64_t read;            /* line of the read that made it, from 1 */
	int64_t time_ms, first_ms, last_ms; /* of that read; of the passage's reads */
	int64_t reads;            /* of the passage */
	uint32_t list, entry;     /* as in struct hl_hit: the same in all sets */
	char id[HL_ID_TEXT];      /* of the alert; "": per read */
	char read_id[HL_READ_ID], camera[HL_READ_NAME], vehicle_id[HL_READ_NAME];
	char plate_read[HL_PLATE_MAX + 1], plate_listed[HL_PLATE_MAX + 1];
	enum hl_kind kind;
	enum hl_decision decision; /* as told last */
	double plate_probability, probability; /* of the read that was told last */
	bool muted;               /* written down, told to nobody */
	enum hl_replay_truth truth;
	char *receivers;          /* names separated by spaces, sorted; owned */
};

struct hl_replay_counts {
	int64_t told, alerts, verifies; /* told = alerts + verifies, muted ones among them */
	int64_t muted;
	int64_t right, wrong;           /* of told, where the truth is known */
	int64_t found;                  /* labelled reads with a match of the plate that was there; an alert kept silent by passage or cooldown counts */
	/* An exact match is told whatever its probability: the same without those below min_probability, per read. */
	int64_t likely_right, likely_wrong, likely_found;
	int64_t suppressed;             /* by passage, cooldown or as a duplicate */
	int64_t failed;                 /* could not be recorded */
};

/* One set of rules and what it told. */
struct hl_replay_set {
	struct hl_catalog *catalog; /* a reference of its own */
	struct hl_store *state;     /* NULL: per read */
	struct hl_replay_told *told;
	size_t n, cap;
	struct hl_replay_counts counts;
};

struct hl_replay_opts {
	bool per_read;              /* each read by itself: no passage, no cooldown */
	bool counts_only;           /* told alerts are counted, not kept (per read only) */
	const struct hl_crew *crew; /* borrowed; NULL: the caller's thread alone. The same result with any */
	void (*bad)(void *arg, uint64_t line, const struct hl_err *why); /* a line that is no read; may be NULL */
	void *bad_arg;
	/* What a person said of the read in a line and an entry (by its id): goes before `_truth`. Asked by the crew. NULL: nobody said anything. */
	enum hl_replay_truth (*said)(const void *arg, uint64_t line, const char *entry);
	const void *said_arg;
};

struct hl_replay_totals {
	int64_t reads, bad;
	int64_t labelled, listed;   /* reads with a truth; of these, whose plate is on a list, in force */
};

struct hl_replay;
/* Gives a replay over sets of rules: n catalogs (references taken) with the same lists in the same versions (hl_catalog_with). opts are copied. */
enum hl_code hl_replay_new(struct hl_replay **out, struct hl_catalog *const *catalogs, size_t n, const struct hl_replay_opts *opts, struct hl_err *err);
void hl_replay_free(struct hl_replay **p);
/* Whole lines of native reads, in the order they came: one JSON object each, blank ones skipped. `_truth` is the plate that was there (format/labelled.h), `received` the
 * receive clock; without it a read came when it was read. Borrows. */
void hl_replay_feed(struct hl_replay *p, const char *data, size_t size);
size_t hl_replay_sets(const struct hl_replay *p);
const struct hl_replay_set *hl_replay_set(const struct hl_replay *p, size_t i); /* borrowed */
const struct hl_replay_totals *hl_replay_totals(const struct hl_replay *p);
/* How many searches a read takes: sets whose figures agree share one. For tests and the bench. */
size_t hl_replay_searches(const struct hl_replay *p);

/* Whether both catalogs give every read the same figures, so that one search does for both. per_read: passages don't matter. */
bool hl_replay_same_figures(const struct hl_catalog *a, const struct hl_catalog *b, bool per_read);

#endif
