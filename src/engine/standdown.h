/* standdown.h: an open alert whose entry no longer holds is stood down: it is withdrawn, what nobody got yet is cancelled, and everyone who got it or may have got it
 * is told, once, after what he has pending of it. One function does it, whatever the cause. doc/standdown.md is its manual. No clock: the daemon's watch (daemon/watch.h)
 * calls it on the store thread; counting needs a reading handle only.
 */
#ifndef HL_ENGINE_STANDDOWN_H
#define HL_ENGINE_STANDDOWN_H

#include "engine/catalog.h"
#include "store/store.h"

enum { HL_STANDDOWN_FREE = 20 /* open alerts that one activation may end without another person's approval */ };

/* Withdraws an open alert for a cause. by: who ended the entry, or "hotlistd"; detail: more words, which may name plates, "" : none. Fills *deliveries (may be NULL)
 * with how many are told. HL_E_CONFLICT where it is not open (any more); HL_E_NOTFOUND. Retries by itself where somebody else changed the alert meanwhile. */
enum hl_code hl_standdown(struct hl_store *s, const struct hl_catalog *c, const char *alert, enum hl_standdown why, const char *by, const char *detail, int64_t now_ms,
			  size_t *deliveries, struct hl_err *err);

/* What a look at one open alert led to. */
enum hl_looked { HL_LOOKED_HOLDS, HL_LOOKED_STOOD_DOWN, HL_LOOKED_GONE /* closed by somebody meanwhile */ };
/* Asks the catalog for the alert's entry, and stands the alert down where it is expired, withdrawn, absent, or lists another plate now. An entry that holds, or is yet
 * to start, with another end or revision is noted. *deliveries is added to. */
enum hl_code hl_standdown_look(struct hl_store *s, const struct hl_catalog *c, const struct hl_watch *w, int64_t now_ms, enum hl_looked *out, size_t *deliveries,
			       struct hl_err *err);

/* How many open alerts of the version's list would be stood down if it became active at now_ms: those whose entry is not in it, is over, or lists another plate
 * there, and is not in force by hand. store: the name of the store. It is opened for reading; where there is none yet nothing is open. Up to HL_STANDDOWN_FREE open alerts
 * of the list all together *n is 0 without a look at the version, which takes a while to open. HL_E_INPUT: the version or the layer by hand is damaged. */
enum hl_code hl_standdown_count(const char *store, const char *state, const struct hl_version *v, int64_t now_ms, size_t *n, struct hl_err *err);

#endif
