/* replay_print.h: what `rules replay` prints: alerts gained, lost and changed, tallies, precision and recall; as text or as JSON, one object a line. Main thread.
 */
#ifndef HL_CTL_REPLAY_PRINT_H
#define HL_CTL_REPLAY_PRINT_H

#include "base/json_out.h"
#include "ctl/replay_store.h"
#include "engine/replay_diff.h"

struct hl_replay_print {
	const struct hl_replay *replay; /* sets 0 (old) and 1 (new) */
	const struct hl_replay_diff *diff;
	bool json, per_read;
	bool summary, all;              /* without the alerts themselves; with those that are the same */
	const struct hl_replay_stored *stored; /* the reads are those of alerts; NULL: of a file */
};

/* All of it, on standard output. Borrows. */
void hl_replay_print(const struct hl_replay_print *p);
/* A share with its interval: "0.912 (0.880 to 0.936, 312 of 342)", or "-" of none; as JSON under key: {"value","low","high","of"}. */
void hl_replay_share_text(int64_t k, int64_t n, struct hl_buf *out);
void hl_replay_share_json(struct hl_json *j, const char *key, int64_t k, int64_t n);
/* Puts out on standard output and empties it. */
void hl_replay_put(struct hl_buf *out);

#endif
