/* digest.h: several alerts in one message: a line each in mails, counts in short messages, a list of short objects in webhooks. Private to the room. Pure; any thread. */
#ifndef HL_ADAPTER_DIGEST_H
#define HL_ADAPTER_DIGEST_H

#include "adapter/adapter.h"
#include "base/json_out.h"

/* "DIGEST: 12 alerts, the most urgent P3, NOT VERIFIED" */
void hl_digest_head(const struct hl_message *m, struct hl_buf *out);
/* The text of a mail; full: with plates. */
void hl_digest_text(const struct hl_message *m, bool full, struct hl_buf *out);
/* A short message: how many of which priority, and the link. No plate. */
void hl_digest_brief(const struct hl_message *m, struct hl_buf *out);
/* One alert as an object; full: with plates. */
void hl_digest_json(const struct hl_alert *a, bool full, struct hl_json *j);

#endif
