/* breaker.h: which destinations are down. After so many attempts in a row without a sign of life a destination rests: none of its deliveries is tried but one at a time
 * now and then, until one is answered. So a dead server is asked rarely, however much waits for it, and gets all that waits as soon as it is back. In memory: after
 * a restart every destination is asked anew. Any thread; a lock inside, held for a look-up.
 * Source of the method: Nygard, "Release It!", 2007, Circuit Breaker.
 */
#ifndef HL_DAEMON_BREAKER_H
#define HL_DAEMON_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HL_BREAKER_FAILURES = 5,      /* in a row, until a destination rests */
	HL_BREAKER_FIRST_MS = 1000,   /* until the first look whether it is back, doubled each time it is not */
	HL_BREAKER_MOST_MS = 60000,
	HL_BREAKER_ASKED_MS = 600000, /* the longest pause that a destination may ask for; a longer one counts as none: it may be a maintenance page's habit */
	HL_BREAKER_KNOWN = 4096       /* destinations that have failed lately; those beyond never rest */
};

struct hl_breaker;
struct hl_breaker *hl_breaker_new(void);
void hl_breaker_free(struct hl_breaker **b);
/* How many of its deliveries may be under way now: limit; while it rests none, and one when it is time to look. now: monotonic ms. */
int64_t hl_breaker_room(struct hl_breaker *b, const char *destination, int64_t limit, int64_t now_ms);
/* An attempt has ended with an answer. True: it was resting, and does no longer. */
bool hl_breaker_answered(struct hl_breaker *b, const char *destination);
/* An attempt has ended without one, or with the answer to come again in asked_ms (negative: nothing was asked). True: it was not resting, and does from now on. */
bool hl_breaker_failed(struct hl_breaker *b, const char *destination, int64_t asked_ms, int64_t now_ms);
/* When a resting destination is looked at next (monotonic ms); 0: it does not rest. */
int64_t hl_breaker_until(struct hl_breaker *b, const char *destination);
/* Forgets all: somebody has looked. */
void hl_breaker_clear(struct hl_breaker *b);
size_t hl_breaker_resting(struct hl_breaker *b);

#endif
