/* passage.h: what the reads of one passage say together: the mean of the likelihood ratios of its reads, of those that matched nothing too. The mean of
 * ratios is itself one, whatever the frames have in common, so it can never promise too much; sums of logarithms do (doc/scoring.md, Passages).
 * In memory only, bounded, forgotten after a minute; a crash forgets what was below the threshold. One struct is shared by all match threads.
 */
#ifndef HL_ENGINE_PASSAGE_H
#define HL_ENGINE_PASSAGE_H

#include "core/read.h"

enum {
	HL_PASSAGE_SHARDS = 64,    /* of cameras */
	HL_PASSAGE_LOCKS = 16,     /* each for as many shards: a batch of misses takes each of them at most once */
	HL_PASSAGE_BATCH = 64,     /* misses */
	HL_PASSAGE_CAMERAS = 128,  /* a shard; then the camera that was silent longest is forgotten */
	HL_PASSAGE_OPEN = 8,       /* passages a camera; then the one that was read longest ago is forgotten */
	HL_PASSAGE_PLATES = 8,     /* unlike plates as read a passage, for telling whose the next read is; then the oldest is forgotten */
	HL_PASSAGE_ENTRIES = 16,   /* listed plates a passage; then the one with the least evidence is forgotten: its earlier reads count as misses */
	HL_PASSAGE_WAITING = 32,   /* last reads of a camera where nothing has matched for a minute; earlier ones are forgotten */
	HL_PASSAGE_IDS = 16,       /* last reads a passage, for telling a read that was sent twice */
	HL_PASSAGE_MS = 60000      /* a passage takes at most this, and nothing of it is kept longer */
};

struct hl_passage_ratio {
	const struct hl_pattern *pattern; /* in: a listed plate that was retrieved for the read */
	double ratio;                     /* in: of this read alone; out: the mean over the reads of the passage so far */
};

struct hl_passages;
struct hl_passages *hl_passages_new(void);
void hl_passages_free(struct hl_passages **p);
/* One more read of its camera, with the n plates retrieved for it (0: none). Its passage: that of its vehicle_id where it has one, else the nearest of
 * which a plate is within distance 2 (plain, unweighted); at most passage_ms from its reads so far, a minute in all, by read time. A read sent twice
 * counts once. epsilon: the ratio of a plate for a read it was not retrieved for (the channel's share of reads that are not of the vehicle). now_ms: the receive clock, for forgetting; HL_NO_TIME: the read's
 * received_ms, else its time. Gives the number of reads of the passage, this one included; 1 for
 * a read without symbols, which joins nothing. Any thread; the same for the same order of reads of a camera. */
unsigned hl_passages_put(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, double epsilon, struct hl_passage_ratio *v,
			 size_t n);
/* The same for n reads that matched nothing, at most HL_PASSAGE_BATCH, in their order, where the number of reads does not matter: cheaper, since they mostly
 * wait until the next hl_passages_put of their camera looks whose they were. Borrows the reads. */
void hl_passages_misses(struct hl_passages *p, const struct hl_read *const *r, size_t n, int64_t passage_ms, int64_t now_ms);
/* What was told of a listed plate in a passage, so that its other reads, which may not come near the plate, can take it back. A copy of the caller's is kept, as long as
 * the passage is. */
enum { HL_PASSAGE_KEEP = 2048 };
struct hl_passage_kept {
	int rank;                      /* of what was told: a higher one takes its place */
	unsigned falls;                /* the caller's: what was taken back of it already */
	double epsilon;
	size_t size;
	unsigned char what[HL_PASSAGE_KEEP];
};
/* Keeps it with the plate that was put for the read just before, unless what is there ranks higher. Any thread. */
void hl_passages_keep(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, const struct hl_pattern *pattern,
		      const struct hl_passage_kept *k);
/* Whether anything is kept anywhere. */
bool hl_passages_keeps(struct hl_passages *p);
/* What is kept in the read's passage, with the mean of the ratios of each plate as it is now, after the read: at most max. Gives how many; 0 at once where nothing is kept
 * anywhere. */
struct hl_passage_fall {
	struct hl_pattern pattern;
	double ratio;
	unsigned reads;                /* of the passage */
	struct hl_passage_kept kept;
};
size_t hl_passages_told(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, struct hl_passage_fall *out, size_t max);
/* Takes note that it was taken back as far as `falls` says. */
void hl_passages_fell(struct hl_passages *p, const struct hl_read *r, int64_t passage_ms, int64_t now_ms, const struct hl_pattern *pattern, unsigned falls);
/* Forgets what is as old as a passage may be; to be called each second. Returns how many passages and waiting reads are left. Any thread. */
size_t hl_passages_sweep(struct hl_passages *p, int64_t now_ms);

#endif
