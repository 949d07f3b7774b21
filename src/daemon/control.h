/* control.h: the control socket: what hotlistctl asks of a running daemon. One thread accepts, one a connection serves a request (at most
 * HL_CONTROL_CLIENTS). Reading operations have a reading store handle of their own; writing ones run on the store thread; list files are worked on by
 * the serving thread, one at a time.
 */
#ifndef HL_DAEMON_CONTROL_H
#define HL_DAEMON_CONTROL_H

#include <pthread.h>

#include "daemon/drop.h"
#include "daemon/ingest_zap.h"
#include "daemon/outbox.h"
#include "daemon/storethread.h"
#include "engine/shadow.h"

enum { HL_CONTROL_CLIENTS = 16 };

struct hl_control_opts {
	const char *path, *store;   /* of the socket; the kind of store. Copied: the settings they stand in end with the first reload */
	const char *state;          /* borrowed for life */
	enum hl_code (*reload)(void *arg, const char *by, struct hl_faults *faults); /* what SIGHUP does, in whose name; called by any serving thread */
	void *reload_arg;
	struct hl_live *live;
	struct hl_storethread *writer;
	struct hl_counters *counters;
	struct hl_audit *audit;
	struct hl_outbox *outbox;
	struct hl_drop *drop;
	pthread_mutex_t *files;     /* held by whoever works on the list folders */
	struct hl_shadow *shadow;
	struct hl_zap *zap;         /* may be NULL */
	int64_t started_ms;
};

struct hl_control;
/* Binds the socket (HL_E_IO where it can't) and starts its thread. Main thread. Gives *c (hl_control_stop). */
enum hl_code hl_control_start(struct hl_control **c, const struct hl_control_opts *o, struct hl_err *err);
/* Refuses new connections, waits for those being served, removes the socket. The store thread must still run. */
void hl_control_stop(struct hl_control **c);

#endif
