/* follow.h: what follows an alert's first notice until somebody answers it: steps of an escalation, repeats, fallbacks, and the lapse of an acknowledgement. Each waits as
 * a timer in the store (store/store.h), set by the change that makes it wait and ended by the change that takes the alert elsewhere. doc/escalation.md is the manual.
 * No clock and no thread: the store thread calls it within a group, for the daemon's timers (daemon/timers.h) and for whatever changes an alert.
 */
#ifndef HL_ENGINE_FOLLOW_H
#define HL_ENGINE_FOLLOW_H

#include "core/rule_plan.h"
#include "engine/catalog.h"
#include "engine/decide.h"
#include "store/store.h"

enum { HL_FOLLOW_TIMERS = HL_PLAN_FALLBACKS + 3 + HL_RECEIVERS_MAX, HL_REPEATS_MAX = 100, HL_FOLLOW_AGAIN_MS = 60000 };

/* What a change does to an alert's timers. All zero: nothing. */
struct hl_follow {
	struct hl_timer timer[HL_FOLLOW_TIMERS];
	size_t n;
	unsigned stop; /* kinds */
};
void hl_follow_wipe(struct hl_follow *f);
/* Puts it into a change of this alert; f is borrowed until the change is applied. */
void hl_follow_into(const struct hl_follow *f, const char *alert, struct hl_change *c);

/* An alert is told first, or anew with a rise: the timers of its plan, in place of those it had. h: the hit as people were told of it (its decision decides the route);
 * event, d: what is told now. f is filled (wiped by the caller). An alert that somebody has already gets no steps; a muted one must not be given. */
void hl_follow_told(struct hl_follow *f, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const struct hl_alert *a, const struct hl_event *event,
		    const struct hl_delivery *d, size_t n_d, int64_t now_ms);
/* A person changes an alert: a is as it is to be stored, s still has it as it was. Acknowledged, or got on with since: its lapse is set. New again: its steps begin again from
 * now. c: for ack_for where the alert has no plan; may be NULL, then 15 minutes. f is filled (wiped by the caller). HL_E_IO. */
enum hl_code hl_follow_moved(struct hl_follow *f, struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, int64_t now_ms, struct hl_err *err);
/* The time after which an acknowledgement of this alert lapses: its plan's, else the present rules'. HL_E_IO. */
enum hl_code hl_follow_ack_ms(struct hl_store *s, const struct hl_catalog *c, const char *alert, int64_t *ack_ms, struct hl_err *err);
/* Deliveries that say that nobody has answered. */
struct hl_moot {
	char (*id)[HL_DELIVERY_ID];
	size_t n;
};
/* Those of an alert that have not arrived: of its steps, fallbacks and last repeat. To be asked before the change that answers it, which ends the timers. Gives *out (hl_follow_moot_wipe).
 * HL_E_IO. */
enum hl_code hl_follow_moot(struct hl_store *s, const char *alert, struct hl_moot *out, struct hl_err *err);
/* Cancels them, to be called in the group of that change and behind it; *n: how many. One that is under way is cancelled once its attempt has failed; what has arrived has. HL_E_IO. */
enum hl_code hl_follow_cancel(struct hl_store *s, const struct hl_moot *m, int64_t now_ms, const char *why, size_t *n, struct hl_err *err);
void hl_follow_moot_wipe(struct hl_moot *m);
/* A delivery has become a dead letter: a fallback that waits for its event looks at it now. Applied at once. HL_E_IO. */
enum hl_code hl_follow_dead(struct hl_store *s, const char *delivery, int64_t now_ms, struct hl_err *err);

/* What a receiver can bear (the rules' `receivers`): counts this notice for each receiver of d that has a rate_limit, and holds its deliveries for the receiver's digest where
 * it is over it. Nothing of priority 1 is held or counted, nor a step of an escalation, nor a stand-down. Timers are added to f. HL_E_IO. */
enum hl_code hl_digest_limit(struct hl_follow *f, struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, struct hl_delivery *d, size_t n, int64_t now_ms,
			     struct hl_err *err);

/* An update of an alert that is still held for a receiver's digest is held with it, lest it overtake what it updates: the deliveries d of an event of a that is not written yet.
 * Priority 1 waits for nothing. hl_digest_limit does it, too. HL_E_IO. */
enum hl_code hl_digest_join(struct hl_store *s, const struct hl_alert *a, struct hl_delivery *d, size_t n, struct hl_err *err);

/* What became of a timer. */
struct hl_fired {
	bool told;
	size_t deliveries;
};
/* Does what a timer that is due is for, as one change; nothing where its alert or the timer itself is gone or has moved meanwhile. After a fault (but HL_E_IO) the timer is to
 * be put off by hl_follow_put_off. */
enum hl_code hl_follow_fire(struct hl_store *s, const struct hl_catalog *c, const struct hl_timer *t, int64_t now_ms, struct hl_fired *out, struct hl_err *err);
/* The timer is due again HL_FOLLOW_AGAIN_MS from now, that it may not keep others waiting. */
enum hl_code hl_follow_put_off(struct hl_store *s, const struct hl_timer *t, int64_t now_ms, struct hl_err *err);

#endif
