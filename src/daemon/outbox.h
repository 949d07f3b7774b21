/* outbox.h: the delivery thread's two sides joined: deliveries come from and go back to the store thread, channels are found in the live catalog.
 */
#ifndef HL_DAEMON_OUTBOX_H
#define HL_DAEMON_OUTBOX_H

#include "daemon/deliver.h"
#include "daemon/live.h"
#include "daemon/storethread.h"

struct hl_outbox;
/* Gives *o, also where it fails (hl_outbox_free). */
enum hl_code hl_outbox_start(struct hl_outbox **o, struct hl_storethread *store, struct hl_live *live, struct hl_err *err);
/* New work may be due. Any thread until hl_outbox_stop; NULL is allowed. */
void hl_outbox_wake(struct hl_outbox *o);
/* Receivers may have changed, or somebody has looked: endpoints that were given up and destinations that are down are tried again. Any thread until
 * hl_outbox_stop; NULL is allowed. */
void hl_outbox_reloaded(struct hl_outbox *o);
void hl_outbox_count(struct hl_outbox *o, struct hl_deliver_counts *out);
/* Lets deliveries under way end, at most deadline_ms; the store thread must still run. NULL is allowed. */
void hl_outbox_stop(struct hl_outbox *o, int64_t deadline_ms);
/* Frees; only once the store thread has stopped. */
void hl_outbox_free(struct hl_outbox **o);

#endif
