/* passage_priv.h: the memory of passages, for passage.c, which fills it, and passage_fall.c, which asks what has become of what was told. Private to these. */
#ifndef HL_ENGINE_PASSAGE_PRIV_H
#define HL_ENGINE_PASSAGE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/match.h"
#include "engine/passage.h"

/* A listed plate retrieved in this passage. */
struct item {
	struct hl_pattern pattern;
	double sum;           /* of the ratios of the reads it was retrieved for */
	uint32_t reads, last; /* how many these are; the number of the last */
	struct hl_passage_kept *kept; /* what was told of it; NULL: nothing. Owned */
};

struct head {
	int64_t first_ms; /* by read time */
	int64_t came_ms;  /* receive clock, of the first */
	uint64_t vehicle; /* hash of the producer's id; 0: none */
	uint32_t reads;   /* 0: free */
	uint32_t plates;  /* put so far; the ring holds the last of them */
	uint32_t items;
};

struct body {
	struct hl_plate plate[HL_PASSAGE_PLATES];
	uint64_t id[HL_PASSAGE_IDS];
	struct item item[HL_PASSAGE_ENTRIES];
};

/* A read, as far as it matters here. */
struct seen {
	struct hl_plate plate;
	int64_t time_ms, came_ms; /* read time; receive clock */
	uint64_t vehicle, id;
};

struct camera {
	int64_t used_ms, passage_ms; /* when a read came last, and the rules' passage then */
	uint32_t open, waiting, first; /* passages; reads not yet in any, a ring from `first` on in the order they came */
	struct seen wait[HL_PASSAGE_WAITING];
	uint64_t symbols[HL_PASSAGE_OPEN]; /* all that the passage's plates ever held, a bit each */
	int64_t last_ms[HL_PASSAGE_OPEN];  /* its last read, by read time; FREE */
	struct head head[HL_PASSAGE_OPEN];
	struct body body[HL_PASSAGE_OPEN];
};

/* Cameras are known by their hash alone: two that share one of 2^64 would share their passages, which does no harm. */
struct shard {
	size_t n;
	struct slot {
		uint64_t hash;
		struct camera *camera;
	} slot[HL_PASSAGE_CAMERAS];
};

struct hl_passages {
	struct hl_confusion plain; /* nothing is confusable: for the plain distance */
	atomic_int kept;           /* how many items have something kept */
	struct lock {
		pthread_mutex_t mutex;
		struct shard shard[HL_PASSAGE_SHARDS / HL_PASSAGE_LOCKS];
	} lock[HL_PASSAGE_LOCKS];
};

/* Under the camera's lock: the passage that the read belongs to, once all that waits is in its own; -1: none. Gives *c (borrowed), NULL where the camera is not known. */
int hl_passage_at(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, struct camera **c);
pthread_mutex_t *hl_passage_mutex(struct hl_passages *p, const struct hl_read *r);
/* Nothing is kept of the item any more. */
void hl_passage_let_go(struct hl_passages *p, struct item *it);

#endif
