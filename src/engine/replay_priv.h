/* replay_priv.h: what the files of replay share. */
#ifndef HL_ENGINE_REPLAY_PRIV_H
#define HL_ENGINE_REPLAY_PRIV_H

#include "engine/replay.h"

enum { HL_REPLAY_BLOCK = 1024 }; /* reads decoded, decided and recorded together */

/* What is known of a read besides itself. */
struct hl_replay_label {
	bool has, listed;
	struct hl_plate truth;
};

/* Reads of consecutive lines; a line that is none has an empty read, which matches nothing. */
struct hl_replay_block {
	size_t n;
	uint64_t first; /* line number of the first */
	const char *text[HL_REPLAY_BLOCK]; /* borrowed from what is fed */
	size_t size[HL_REPLAY_BLOCK];
	bool good[HL_REPLAY_BLOCK];
	struct hl_replay_label label[HL_REPLAY_BLOCK];
	struct hl_read read[HL_REPLAY_BLOCK];
};

/* Decodes lines from..to-1. */
void hl_replay_decode(struct hl_replay_block *b, size_t from, size_t to);
/* Why line i is no read: decodes it once more. */
void hl_replay_fault(const struct hl_replay_block *b, size_t i, struct hl_err *err);
/* One read of a block: its hits (n, of one read, dropped ones too) judged by the set's rules, and told. */
void hl_replay_tell(struct hl_replay_set *s, const struct hl_replay_opts *o, const struct hl_replay_block *b, size_t read, const struct hl_hit *hits, size_t n);
#endif
