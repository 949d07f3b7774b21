/* sender.h: a DEALER that sends generated reads at a steady rate and keeps the ledger: when each was sent and when it was acknowledged. One thread.
 *
 * Every tick (half a millisecond) the reads that are due go out, one message each, then the answers that have come are taken. A share of the reads are
 * plates of the list, each at another camera; the others are of the same shapes.
 */
#ifndef BENCH_SENDER_H
#define BENCH_SENDER_H

#include "plates.h"
#include "rig.h"

/* Plates that are far from every generated one: WQ and eight digits. */
enum { SENDER_FAR = 10 };
#define SENDER_FAR_PREFIX "WQ"

struct sender_mark {
	int64_t sent_ns, answered_ns; /* 0: not yet */
	bool listed;
	unsigned char phase;
};

/* One answer's distance to the one before, and the sender's own lateness, so that its pauses are told from the daemon's. */
struct sender_gap {
	float seconds;
	unsigned char phase;
};

struct sender {
	void *context, *socket;
	struct bench_random random;
	double rate, hits;      /* reads a second, share of listed plates */
	uint64_t seed;          /* of the list */
	uint32_t listed;        /* entries of the list */
	bool far;               /* reads that are not listed are far from every entry, and of a shape of their own */
	struct sender_mark *mark;
	struct sender_gap *gap, *tick; /* tick: between two turns of the sender's own loop */
	size_t cap, sent, answered, refused, n_ticks, cap_ticks;
	int64_t begun_ns, last_answer_ns, last_tick_ns;
	unsigned char phase;    /* marks the gaps that follow */
};

/* Room for `reads` reads in all. */
void sender_open(struct sender *s, const struct rig *r, double rate, double hits, uint64_t seed, uint32_t listed, size_t reads);
/* Sends for so many seconds, or until *stop. */
void sender_run(struct sender *s, double seconds, const atomic_bool *stop);
/* Waits until everything is answered; the program fails after the given seconds without an answer. */
void sender_settle(struct sender *s, double seconds);
/* Forgets when the last answer came: the next gap counts from the next answer on. */
void sender_break(struct sender *s, unsigned char phase);
void sender_close(struct sender *s);

#endif
