/* server.h: the daemon as a whole: starts its threads in order and stops them in order. Main thread. */
#ifndef HL_DAEMON_SERVER_H
#define HL_DAEMON_SERVER_H

#include "base/err.h"

struct hl_server;
/* Takes the state's lock, loads the settings, rules and lists of settings_path, opens the store, starts all threads. Faults of files go to faults (then
 * HL_E_CONFIG). Gives *s. */
enum hl_code hl_server_start(struct hl_server **s, const char *settings_path, struct hl_faults *faults, struct hl_err *err);
/* SIGHUP: checks, loads aside, swaps; what was there stays on any fault, which is logged. */
void hl_server_reload(struct hl_server *s);
/* Now and then (each second): frees old catalogs, sweeps rejects and the store. */
void hl_server_tick(struct hl_server *s);
/* SIGTERM: stops accepting, reads what is queued, commits it, lets deliveries under way end, closes the store. */
void hl_server_stop(struct hl_server **s);

#endif
