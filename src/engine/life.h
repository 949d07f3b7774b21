/* life.h: a person's act on an alert, whole: the transition (core/alert_transit.c), the pair that a rejection clears, who is told of it, all in one change of the store.
 * hotlistctl's commands, the control socket's and the API's come through here. Needs a writing handle: the store thread, inside a group. No clock. doc/life.md is the manual.
 */
#ifndef HL_ENGINE_LIFE_H
#define HL_ENGINE_LIFE_H

#include "engine/catalog.h"
#include "store/store.h"

/* What came of it. */
struct hl_lived {
	struct hl_alert alert;     /* as it is now; where the transition was refused, as it is all the same (id "": it could not be read) */
	bool told;                 /* an event was made */
	enum hl_event_type event;
	size_t deliveries;         /* that tell it */
	size_t cancelled;          /* that nobody had tried yet, and nobody will */
	int64_t cleared_until_ms;  /* until when a rejection clears the pair; HL_NO_TIME: it clears none */
	bool pair_ended;           /* an undone rejection's pair no longer holds */
};

/* Makes a transition of the alert of this id, or unique beginning of one. c may be NULL (no settings and rules are at hand) as long as nobody is to be told. An acknowledgement
 * that has outlived the rules' ack_for lapses first. HL_E_CONFLICT, HL_E_DENIED, HL_E_USAGE and HL_E_LIMIT as hl_alert_transit; HL_E_NOTFOUND; HL_E_CONFIG: somebody is to be told,
 * and there are no settings. Looks again by itself where somebody else changed the alert meanwhile. *out is large: on the heap. */
enum hl_code hl_life_transit(struct hl_store *s, const struct hl_catalog *c, const char *id, enum hl_transition t, const struct hl_act *act, struct hl_lived *out,
			     struct hl_err *err);

#endif
