/* deliver.h: the delivery thread: one thread (curl_multi) that takes due deliveries from a store, sends them through their channel's adapter, and
 * writes the verdict back: done, later or dead. One recipient is one transaction. A receiver that hangs takes up no more than its own share of
 * attempts at once; nothing else waits for it. A mail under way has a thread of its own besides, since libcurl waits without turning to others for a
 * mail server's last word.
 *
 * What the store and the catalog are is the caller's business: both stand behind function pointers, which are called on the delivery thread only.
 */
#ifndef HL_DAEMON_DELIVER_H
#define HL_DAEMON_DELIVER_H

#include "adapter/adapter.h"
#include "store/store.h"

enum {
	HL_DELIVER_HELD = 256,          /* deliveries in hand at once, waiting or under way */
	HL_DELIVER_ANSWER = 16 << 10,   /* bytes of an answer that are read */
	HL_DELIVER_BACKOFF_BASE = 1000, /* ms */
	HL_DELIVER_BACKOFF_CAP = 300000,
	HL_DELIVER_LEASE = 600000
};

/* As in struct hl_store_ops (store.h). Each may wait for a commit, but not for longer. HL_E_NOTFOUND and HL_E_CONFLICT of done, later and dead mean that the
 * delivery is no longer pending (cancelled, say) and are final; any other fault is tried again. take gives deliveries with their bodies. */
struct hl_deliver_store {
	void *arg;
	enum hl_code (*take)(void *arg, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err);
	enum hl_code (*next_due)(void *arg, int64_t *due_ms, struct hl_err *err);
	enum hl_code (*done)(void *arg, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
	enum hl_code (*later)(void *arg, const char *delivery, int64_t due_ms, const char *result, struct hl_err *err);
	enum hl_code (*dead)(void *arg, const char *delivery, int64_t now_ms, const char *result, struct hl_err *err);
};

/* A channel as it stands at the time of an attempt. */
struct hl_deliver_target {
	const struct hl_adapter *adapter;
	const void *conf;
	void *ref; /* what keeps conf alive until release */
};

/* The catalog, which may be swapped between two attempts. */
struct hl_deliver_channels {
	void *arg;
	/* False where the receiver has no such channel with this address any more: the delivery becomes a dead letter. Fills *out, to be released. */
	bool (*find)(void *arg, const char *receiver, const char *channel, const char *address, struct hl_deliver_target *out);
	void (*release)(void *arg, void *ref);
};

struct hl_deliver_counts {
	int64_t attempts, delivered, later, dead;
	int64_t gone;     /* endpoints that answered 410, ever */
	int64_t disabled; /* endpoints closed now: a supervisor has to look */
	int64_t resting;  /* destinations that are down now (daemon/breaker.h) */
	int64_t held, under_way;
	int64_t store_faults;
};

struct hl_deliver;
/* Starts the thread. Borrows what the pointers point to until hl_deliver_stop. Gives *d. HL_E_INTERNAL where the network library or the thread can't start. */
enum hl_code hl_deliver_start(struct hl_deliver **d, const struct hl_deliver_store *store, const struct hl_deliver_channels *channels, struct hl_err *err);
/* New work may be due. Any thread; never waits. */
void hl_deliver_wake(struct hl_deliver *d);
/* How many deliveries of a destination (hl_store_destination) may be under way now, where its channel allows limit: fewer while it is down. Any thread. */
int64_t hl_deliver_room(struct hl_deliver *d, const char *destination, int64_t limit);
/* Endpoints closed by a 410 are tried again, and destinations that are down: after a reload, or when a person asks. Any thread. */
void hl_deliver_reopen(struct hl_deliver *d);
/* Takes nothing more, lets what is under way end for at most grace_ms, writes its verdicts, ends the thread and frees. What was not finished stays
 * pending in the store. */
void hl_deliver_stop(struct hl_deliver **d, int64_t grace_ms);
/* Any thread. */
void hl_deliver_count(struct hl_deliver *d, struct hl_deliver_counts *out);

/* How long to wait after the n-th failed attempt in a row (1 = the first), ms: full jitter, uniform in 1 .. min(cap, base * 2^(n-1)).
 * Source: Brooker, "Exponential Backoff And Jitter", 2015. */
int64_t hl_deliver_backoff(int64_t n);

#endif
