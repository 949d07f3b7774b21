/* redis_stream.h: reads that wait in a Redis stream: put there by producers or by another node, given to the consumers of a group, acknowledged once they are decided. One struct
 * hl_stream is one connection and belongs to one thread.
 */
#ifndef HL_STORE_REDIS_STREAM_H
#define HL_STORE_REDIS_STREAM_H

#include "store/redis.h"

enum { HL_STREAM_NAME_MAX = 65, HL_STREAM_ID_MAX = 44, HL_STREAM_BATCH = 256 };

struct hl_stream_conf {
	struct hl_redis_conf at;          /* prefix is not used */
	char stream[HL_STREAM_NAME_MAX], group[HL_STREAM_NAME_MAX];
	char consumer[HL_STREAM_NAME_MAX]; /* this node: it finds again what it had */
};

struct hl_stream;

/* An entry: its payload is what stands in its field `payload`, else in its first field. */
struct hl_stream_entry {
	char id[HL_STREAM_ID_MAX];
	char *payload; /* owned (hl_stream_entry_wipe) */
	size_t n;
};
void hl_stream_entry_wipe(struct hl_stream_entry *e);

/* Connects, looks at what the server promises (as the store does), and makes stream and group where they are not there: from the first entry that is there
 * on. Gives *s. HL_E_IO: not there; HL_E_CONFIG: it promises too little, or refuses. */
enum hl_code hl_stream_open(struct hl_stream **s, const struct hl_stream_conf *conf, struct hl_err *err);
void hl_stream_close(struct hl_stream **s); /* NULL is fine */
/* Up to max (at most HL_STREAM_BATCH) entries that nobody of the group has got yet; waits up to block_ms for the first (0: not at all). Gives entries. */
enum hl_code hl_stream_read(struct hl_stream *s, struct hl_stream_entry *out, size_t max, int64_t block_ms, size_t *n, struct hl_err *err);

struct hl_stream_claim {
	int64_t idle_ms;          /* given out so long ago and never acknowledged */
	int64_t tries;            /* given out so many times: it goes to the stream NAME:dead */
	bool own;                 /* only what this consumer had: at a start */
	const char (*busy)[HL_STREAM_ID_MAX]; /* these are under way here: left alone */
	size_t n_busy;
};
/* Takes over entries that a consumer got and did not acknowledge; each time counts as one more try. Up to max. *dead: how many went to the dead-letter stream. Gives
 * entries. */
enum hl_code hl_stream_claim(struct hl_stream *s, const struct hl_stream_claim *c, struct hl_stream_entry *out, size_t max, size_t *n, size_t *dead, struct hl_err *err);
/* Acknowledges and deletes n entries, in one script. */
enum hl_code hl_stream_ack(struct hl_stream *s, const char (*id)[HL_STREAM_ID_MAX], size_t n, struct hl_err *err);

/* Puts payloads at the end of the stream, all in one call, which is whole. */
struct hl_stream_payload {
	const void *data;
	size_t n;
};
enum hl_code hl_stream_put(struct hl_stream *s, const struct hl_stream_payload *v, size_t n, struct hl_err *err);
/* How many entries the stream holds. */
enum hl_code hl_stream_length(struct hl_stream *s, int64_t *n, struct hl_err *err);
/* How many entries no node has got yet, and how many some node has and has not acknowledged. */
enum hl_code hl_stream_look(struct hl_stream *s, int64_t *waiting, int64_t *under_way, struct hl_err *err);

#endif
