/* memory_store.h: an outbox in memory for tests of the delivery thread, which remembers every verdict, and receivers from YAML. It locks, so that the
 * test can look while the thread runs.
 */
#ifndef HL_TESTS_MEMORY_STORE_H
#define HL_TESTS_MEMORY_STORE_H

#include <pthread.h>

#include "daemon/deliver.h"

enum { MEMORY_MAX = 512, MEMORY_RECEIVERS = 16 };

struct memory_row {
	struct hl_delivery d;
	bool leased;
	int64_t asked_wait_ms; /* the last `later`: how far ahead it was */
	int64_t due_ms;
	unsigned laters, settles;
};

struct memory_receiver {
	const char *name;
	const struct hl_adapter *adapter;
	struct hl_conf *doc;
	void *conf;
	bool vanished;
	int refs;
};

struct memory {
	pthread_mutex_t lock;
	struct memory_row row[MEMORY_MAX];
	size_t n;
	struct memory_receiver receiver[MEMORY_RECEIVERS];
	size_t n_receivers;
	int64_t later_cap_ms;  /* what was put off comes back after at most so long */
	unsigned fail_settles; /* so many verdicts are refused with HL_E_IO */
	enum hl_code settle_as; /* HL_OK, or what every verdict is answered with */
	bool give_twice;       /* leases are forgotten */
	struct hl_deliver *deliver;
};

void memory_open(struct memory *m);
/* Starts the delivery thread on it. */
void memory_start(struct memory *m);
/* Stops it and frees all. All channels must have been released. */
void memory_close(struct memory *m, int64_t grace_ms);
/* A receiver with one channel; secret is what its secret file is said to hold. Names the fault and gives false where the YAML has one. */
bool memory_receiver(struct memory *m, const char *name, const char *adapter, const char *yaml, const char *secret, char *fault, size_t size);
void memory_vanish(struct memory *m, const char *name);
/* Adds a delivery that is due now and wakes the thread. */
void memory_put(struct memory *m, const char *id, const char *receiver, const char *channel, const char *address, const char *body, int64_t deadline_ms);
/* Its row as it is now (body NULL). */
struct memory_row memory_get(struct memory *m, const char *id);
/* Waits until the delivery is no longer pending; false after limit_ms. */
bool memory_wait(struct memory *m, const char *id, int64_t limit_ms);
/* Waits until it has been put off n times. */
bool memory_wait_later(struct memory *m, const char *id, unsigned n, int64_t limit_ms);
size_t memory_count(struct memory *m, const char *prefix, enum hl_delivery_state state);
/* Waits for a condition on arg; false after limit_ms. */
bool wait_for(bool (*condition)(void *arg), void *arg, int64_t limit_ms);

#endif
