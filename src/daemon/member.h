/* member.h: this node as a member of its fleet, where the store is on Redis (doc/fleet.md): it follows what the others activate and add by hand, and says that it is here. Two
 * threads: one follows the versions of lists and rules, which may take long to fetch; the other what is added by hand, and says every second what this node runs.
 */
#ifndef HL_DAEMON_MEMBER_H
#define HL_DAEMON_MEMBER_H

#include <pthread.h>

#include "daemon/counters.h"
#include "daemon/live.h"
#include "store/audit.h"

struct hl_member;

struct hl_member_opts {
	struct hl_live *live;         /* borrowed for life, as all that follows */
	struct hl_counters *counters;
	struct hl_audit *audit;
	pthread_mutex_t *files;       /* held while versions are fetched and activated */
	const char *store, *state;    /* copied */
	int64_t started_ms;
};

/* Before the first catalog is loaded: what the fleet has is fetched and activated, so that a node that comes late decides as the others do from its first read. HL_OK where the store
 * is not shared. HL_E_IO: the server is away. What can't be taken is logged, and tried again later. */
enum hl_code hl_member_join(const struct hl_settings *s, const char *state, struct hl_err *err);
/* Gives *m; NULL and HL_OK where the store is not shared. */
enum hl_code hl_member_start(struct hl_member **m, const struct hl_member_opts *o, struct hl_err *err);
void hl_member_stop(struct hl_member **m); /* NULL is fine */

#endif
