/* fleet.h: what the nodes of one Redis tell each other: which versions of lists and rules are active, what was added by hand, and who is there. doc/fleet.md is its manual.
 *
 * A **thing** is "lists/NAME", "rules" or "hand/NAME". Its **head** says which version of it holds for all; each change of a head has the next revision, a number that is
 * given once, so that all nodes see one order. What a version is made of lies in Redis as a blob, named by the hash of what it says of itself, and in each node's state folder once it was
 * fetched: neither ever changes. Where the store is not on Redis there is no fleet, and every function here but hl_fleet_shared gives HL_E_CONFIG.
 *
 * A handle has a connection of its own and belongs to one thread. HL_E_IO: the server is away or refuses.
 */
#ifndef HL_STORE_FLEET_H
#define HL_STORE_FLEET_H

#include "store/shelf.h"

#include <stdatomic.h>

struct hl_fleet;

enum { HL_FLEET_THING = HL_NAME + 8, HL_FLEET_FACTS = 512 /* of one node */, HL_FLEET_BEAT_MS = 5000 /* a node that was not heard of for so long is away */ };

/* One change of a head, or the head itself (by, why, node and time_ms are then empty). */
struct hl_fleet_entry {
	char thing[HL_FLEET_THING];
	int64_t rev;
	char id[HL_VERSION_ID];    /* the version; of "hand/NAME" the number of the last change */
	char blob[HL_SHA256_HEX];  /* "": it has none */
	char by[HL_TEXT_SHORT], why[HL_TEXT_LONG], node[HL_ID_TEXT];
	int64_t time_ms;
	bool rollback;
};

/* Whether nodes share what is in this store (settings' `store`; NULL: no). */
bool hl_fleet_shared(const char *where);
/* Gives *f. The node's name is that of its store. */
enum hl_code hl_fleet_open(struct hl_fleet **f, const char *where, const char *state_dir, struct hl_err *err);
void hl_fleet_close(struct hl_fleet **f);
/* Whoever sets *stop ends what is under way: the next call to the server gives HL_E_UNAVAIL instead. Borrowed for life; NULL: nobody. */
void hl_fleet_stop_by(struct hl_fleet *f, const atomic_bool *stop);
const char *hl_fleet_node(const struct hl_fleet *f); /* borrowed */
const char *hl_fleet_id(const struct hl_fleet *f);   /* the fleet's own, drawn by its first node; borrowed */

/* Sends a version's files (a folder's, but for those that are a node's own: quarantine, lint report, indexes), unless they are there, and gives the blob's name. */
enum hl_code hl_fleet_send(struct hl_fleet *f, const char *dir, char blob[HL_SHA256_HEX], struct hl_err *err);
/* The other way, into a folder that is there and empty. HL_E_INPUT: what came is not what was sent; HL_E_NOTFOUND: there is no such blob any more. */
enum hl_code hl_fleet_fetch(struct hl_fleet *f, const char *blob, const char *dir, struct hl_err *err);
/* Makes e->id the head of e->thing, for all; e->rev is filled, node is this one. only_first: HL_E_EXISTS where it has a head already. */
enum hl_code hl_fleet_announce(struct hl_fleet *f, struct hl_fleet_entry *e, bool only_first, struct hl_err *err);
/* All heads, sorted by thing; gives *e (free()). */
enum hl_code hl_fleet_heads(struct hl_fleet *f, struct hl_fleet_entry **e, size_t *n, struct hl_err *err);
/* The changes after revision `after`, the first first, at most some thousand; waits up to wait_ms for the first one (0: not at all). Gives *e (free()). */
enum hl_code hl_fleet_log(struct hl_fleet *f, int64_t after, int64_t wait_ms, struct hl_fleet_entry **e, size_t *n, struct hl_err *err);

/* An activation with a->fleet: sends the version in dir and makes it the head of thing, before it is active here. HL_OK at once where a->fleet is not shared. HL_E_EXISTS:
 * a->only_first, and the fleet has one. */
enum hl_code hl_fleet_tell(const char *state, const char *thing, const char *dir, const char *id, const struct hl_activation *a, struct hl_err *err);

/* The shelf of "lists/NAME" or "rules". HL_E_INPUT: it is neither. */
enum hl_code hl_fleet_shelf(struct hl_shelf *shelf, const char *state, const char *thing, struct hl_err *err);
/* Fetches the version e->id into its shelf, unless it is there. As hl_fleet_fetch; HL_E_INPUT also where its name can't be one. */
enum hl_code hl_fleet_install(struct hl_fleet *f, const char *state, const struct hl_fleet_entry *e, struct hl_err *err);

/* Lines of a list's hand layer (hand_priv.h), n of them with numbers that go up by one from `last` + 1, whose text is `lines`. HL_E_CONFLICT: somebody was quicker, the last is
 * no longer `last`. */
enum hl_code hl_fleet_hand_put(struct hl_fleet *f, const char *list, int64_t last, int64_t next, const struct hl_buf *lines, struct hl_err *err);
/* The lines after number `after`, into out; *last: the number of the last change, 0: there is none. */
enum hl_code hl_fleet_hand_get(struct hl_fleet *f, const char *list, int64_t after, struct hl_buf *out, int64_t *last, struct hl_err *err);

/* What a node says of itself: names and values, as `status --fleet` shows them. */
struct hl_fleet_fact {
	char name[HL_FLEET_THING];
	char value[HL_TEXT_LONG];
};
/* "I am here": holds for HL_FLEET_BEAT_MS. */
enum hl_code hl_fleet_beat(struct hl_fleet *f, const struct hl_fleet_fact *v, size_t n, int64_t now_ms, struct hl_err *err);
/* This node ends as it should: it is not missed. */
enum hl_code hl_fleet_leave(struct hl_fleet *f, struct hl_err *err);
struct hl_fleet_node {
	char id[HL_ID_TEXT];
	int64_t seen_ms;             /* by the node's own clock */
	bool here;                   /* it was heard of within HL_FLEET_BEAT_MS */
	struct hl_fleet_fact *fact;  /* the last that it said */
	size_t n;
};
/* Nodes that were here within a week, sorted by id. Gives *v (hl_fleet_nodes_free). */
enum hl_code hl_fleet_nodes(struct hl_fleet *f, int64_t now_ms, struct hl_fleet_node **v, size_t *n, struct hl_err *err);
void hl_fleet_nodes_free(struct hl_fleet_node *v, size_t n);
/* The value of a fact, "" where the node did not say it. */
const char *hl_fleet_fact(const struct hl_fleet_node *n, const char *name);

#endif
