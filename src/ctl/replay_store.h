/* replay_store.h: for `rules replay --from-store`: the reads that a state's alerts keep, and what people found of them. Read through a handle of its own, so that a daemon may
 * hold the state. Main thread; the answers about a loaded store may be asked for by any.
 */
#ifndef HL_CTL_REPLAY_STORE_H
#define HL_CTL_REPLAY_STORE_H

#include "engine/replay.h"

struct hl_replay_stored;

/* The alerts since since_ms (HL_NO_TIME: all), at most the newest HL_LIST_MAX; a note on standard error where there are more. Gives *out. */
enum hl_code hl_replay_stored_load(struct hl_replay_stored **out, const char *store, const char *state, int64_t since_ms, struct hl_err *err);
void hl_replay_stored_free(struct hl_replay_stored **s);
/* Native reads, one a line, in the order of time, each read once whatever number of alerts it made; `_truth` where a person found what was there. Borrowed. */
const struct hl_buf *hl_replay_stored_reads(const struct hl_replay_stored *s);
size_t hl_replay_stored_alerts(const struct hl_replay_stored *s);
size_t hl_replay_stored_disposed(const struct hl_replay_stored *s); /* alerts of which a person said that they were right or wrong */
/* For hl_replay_opts.said, with a struct hl_replay_stored. */
enum hl_replay_truth hl_replay_stored_said(const void *stored, uint64_t line, const char *entry);
/* The id of the alert that the read in this line made of the entry; of any that it made, where it made none of that. "" for no line. Borrowed. */
const char *hl_replay_stored_alert(const struct hl_replay_stored *s, uint64_t line, const char *entry);

#endif
