/* settle.h: withdrawals by hand that the active versions have overtaken are ended, whatever way the versions came. Any thread.
 */
#ifndef HL_DAEMON_SETTLE_H
#define HL_DAEMON_SETTLE_H

#include "daemon/live.h"

/* After a start, a reload or an activation: ends them (hl_hand_settle), logs how many lists that was, and swaps their layers in. What went wrong is logged: the
 * withdrawals then hold until the next time, for entries with the very content that was withdrawn. Costs nothing where nothing is withdrawn. */
void hl_settle(struct hl_live *live);
/* After active versions have changed: swaps them in, and does that. opened as hl_live_refresh has it. What the swap says is given back. */
enum hl_code hl_settle_lists(struct hl_live *live, struct hl_opened *opened, struct hl_err *err);

#endif
