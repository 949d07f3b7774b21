/* fleet_pull.h: a node's state folder brought level with its fleet (store/fleet.h): the versions that the others have activated are fetched, checked and activated here, in the
 * order in which that was done; what was added by hand is appended to the journals; what the fleet does not know yet is given to it. What can't be taken is left as it is,
 * told, and tried again with the next pull. Works on the state folder alone: the catalog is the caller's to renew. A pull of versions must not run beside other work on
 * list files; a pull of hands may run at any time. doc/fleet.md is its manual.
 */
#ifndef HL_ENGINE_FLEET_PULL_H
#define HL_ENGINE_FLEET_PULL_H

#include "engine/settings.h"
#include "store/fleet.h"

/* Up to where a node has followed its fleet: STATE/fleet.versions and STATE/fleet.hands. */
struct hl_fleet_seen {
	char id[HL_ID_TEXT]; /* of the fleet; "": it was in none */
	int64_t rev[2];      /* of versions, and of what is added by hand */
};

struct hl_fleet_pulled {
	bool changed;            /* the catalog is to be renewed */
	int64_t head;            /* the newest revision that the fleet has of this kind */
	int64_t rev;             /* up to which this node has followed */
	struct hl_buf told;      /* what was done, one line each: "lists/stolen: v000003-… is active, by ann: …" */
	char fault[HL_ERR_TEXT]; /* what could not be taken, and why; "": nothing */
};
void hl_fleet_pulled_fini(struct hl_fleet_pulled *p);

enum hl_fleet_kind { HL_FLEET_VERSIONS, HL_FLEET_HANDS };
/* Follows the fleet in what is of this kind, and then gives it what it has not. Fills *p (hl_fleet_pulled_fini, also after a fault). HL_E_IO: the server is away. p->fault is no fault
 * of the call: the rest was taken. */
enum hl_code hl_fleet_pull(struct hl_fleet *f, enum hl_fleet_kind kind, const struct hl_settings *s, const char *state, int64_t now_ms, struct hl_fleet_pulled *p,
			   struct hl_err *err);
/* "", 0 where there is no such file or it is damaged. */
void hl_fleet_seen_load(const char *state, struct hl_fleet_seen *seen);

#endif
