/* replay_state.h: what has been told so far, in memory: a store with as much of struct hl_store_ops as engine/record asks for (peek, apply, alert_get, the open alerts of an incident), so that a
 * replay is judged by the very code that records live. Nothing is written anywhere, nothing is forgotten. One thread.
 */
#ifndef HL_ENGINE_REPLAY_STATE_H
#define HL_ENGINE_REPLAY_STATE_H

#include "store/store.h"

/* An alert as it stands. */
struct hl_replay_alert {
	enum hl_decision decision;
	bool muted;
	char *receivers; /* names separated by spaces; owned by the state */
	int64_t reads, first_ms, last_ms;
	size_t told;     /* for the owner of the state: a number of its own */
};

/* Gives an empty state; freed by hl_replay_state_free, which leaves NULL. */
struct hl_store *hl_replay_state_new(void);
void hl_replay_state_free(struct hl_store **s);
/* The alert of this id, or NULL; valid until the next change. */
struct hl_replay_alert *hl_replay_state_alert(struct hl_store *s, const char *id);

#endif
