/* rejects.h: the bounded file of payloads that could not be read: STATE/rejects/rejects.jsonl, one JSON object a line, every letter and digit outside the
 * known key names masked (a reject may hold a plate). Two files of half the bound each; both go after the keep time. Any thread.
 */
#ifndef HL_DAEMON_REJECTS_H
#define HL_DAEMON_REJECTS_H

#include "base/err.h"
#include "base/mem.h"
#include <stdint.h>

struct hl_rejects;
/* Makes the folder. Gives *r. max 0: nothing is kept. */
enum hl_code hl_rejects_open(struct hl_rejects **r, const char *state, int64_t max_bytes, int64_t keep_ms, struct hl_err *err);
void hl_rejects_close(struct hl_rejects **r);
/* One reject. source: the endpoint. A write that fails is told in the next log line and loses nothing but this sample. */
void hl_rejects_put(struct hl_rejects *r, int64_t now_ms, const char *source, const struct hl_err *why, const char *data, size_t n);
/* Removes what is older than the keep time. Call it now and then. */
void hl_rejects_sweep(struct hl_rejects *r, int64_t now_ms);
/* The mask: letters to x, digits to 9, bytes above ASCII and control bytes to '.'; member names of the native read format stay. At most max bytes of data. */
void hl_rejects_mask(const char *data, size_t n, size_t max, struct hl_buf *out);

#endif
