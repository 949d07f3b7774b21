/* replay_diff.h: what one set of rules tells and another does not. Pure.
 */
#ifndef HL_ENGINE_REPLAY_DIFF_H
#define HL_ENGINE_REPLAY_DIFF_H

#include "engine/replay.h"

enum hl_replay_change { HL_REPLAY_SAME, HL_REPLAY_GAINED, HL_REPLAY_LOST, HL_REPLAY_CHANGED, HL_REPLAY_CHANGES };

/* One alert of either set, or of both. */
struct hl_replay_pair {
	enum hl_replay_change change;
	const struct hl_replay_told *before, *after; /* NULL: not told. Borrowed from the sets */
};

/* How often each change happened to what has this name in common. */
struct hl_replay_tally {
	char *name; /* owned */
	int64_t n[HL_REPLAY_CHANGES];
};

struct hl_replay_diff {
	struct hl_replay_pair *pair; /* in the order of the reads */
	size_t n;
	int64_t total[HL_REPLAY_CHANGES];
};

/* Pairs what both sets told: per read by read and entry; else by alert, or where another read of the passage was the first that was told: by entry, camera and
 * vehicle, and the time of the passage. Changed: another decision, other receivers, muted or no longer. The sets are to outlive *d, which is freed by
 * hl_replay_diff_fini. */
void hl_replay_diff(struct hl_replay_diff *d, const struct hl_replay_set *before, const struct hl_replay_set *after);
void hl_replay_diff_fini(struct hl_replay_diff *d);

enum hl_replay_view { HL_REPLAY_BY_LIST, HL_REPLAY_BY_ROUTE, HL_REPLAY_BY_CAMERA, HL_REPLAY_BY_HOUR, HL_REPLAY_VIEWS };
const char *hl_replay_view_name(enum hl_replay_view v); /* "list", "route" … */
/* What of the pair a view goes by: the list, the receivers (of the newer set, where it tells the alert), the camera, the hour of the day ("06") in the time zone of
 * c's rules. Into dst. */
void hl_replay_view_key(enum hl_replay_view v, const struct hl_catalog *c, const struct hl_replay_pair *p, char *dst, size_t size);
/* The tallies of a view, sorted by name; *out and its names are freed by hl_replay_tallies_free. */
size_t hl_replay_tallies(enum hl_replay_view v, const struct hl_catalog *c, const struct hl_replay_diff *d, struct hl_replay_tally **out);
void hl_replay_tallies_free(struct hl_replay_tally *t, size_t n);
/* "same", "gained", "lost", "changed". */
const char *hl_replay_change_name(enum hl_replay_change c);

/* The 95 % interval of a share of k in n by Wilson (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209); 0..1 where n is 0. */
void hl_replay_wilson(int64_t k, int64_t n, double *low, double *high);

#endif
