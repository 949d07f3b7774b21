/* ingest_zap.h: who may send over CurveZMQ: the handler that ZeroMQ asks (ZAP, ZeroMQ RFC 27) about each new connection to a socket of ours with `curve`. It has one
 * thread, for the one context; without a handler ZeroMQ would let any key in.
 *
 * A reload changes who is allowed. ZeroMQ asks once a connection, so the ingest threads ask again about a connection's key after each change: a key that was taken
 * away has no more say from then on.
 */
#ifndef HL_DAEMON_INGEST_ZAP_H
#define HL_DAEMON_INGEST_ZAP_H

#include <stdatomic.h>

#include "engine/ops.h"

struct hl_zap;
struct hl_zap_domain; /* one folder of keys */

/* Binds the handler and starts its thread where a source of the settings binds with `curve`; else *z is NULL. Before any socket with curve binds. Gives *z. */
enum hl_code hl_zap_start(struct hl_zap **z, void *context, const struct hl_settings *s, struct hl_err *err);
/* The keys as the settings have read them now. A folder that they no longer name keeps its keys: its socket stands until a restart. Any thread; NULL is fine. */
void hl_zap_update(struct hl_zap *z, const struct hl_settings *s);
/* The domain of a source that binds with curve, NULL: none. Borrowed from z. */
struct hl_zap_domain *hl_zap_find(struct hl_zap *z, const struct hl_ingest_zmq *conf);
/* Its name, for ZMQ_ZAP_DOMAIN. */
const char *hl_zap_name(const struct hl_zap_domain *d);
/* Changes whenever its keys do. Any thread. */
unsigned hl_zap_generation(struct hl_zap_domain *d);
/* May the sender of this User-Id (the key as text, which the handler gave its connection; NULL: none) still send? Any thread. */
bool hl_zap_allows(struct hl_zap_domain *d, const char *user);
/* The senders that were refused, those of the last time first, at most max. Any thread; NULL is fine. */
size_t hl_zap_refused(struct hl_zap *z, struct hl_refused_sender *out, size_t max);
/* Connections let in and refused so far; NULL is fine: none. */
void hl_zap_count(struct hl_zap *z, int64_t *accepted, int64_t *refused);
/* Ends the thread; only once all sockets with curve are closed. */
void hl_zap_stop(struct hl_zap **z);

#endif
