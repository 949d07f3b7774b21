/* hand.h: what people add to a list by hand, and which entries of its active version they have withdrawn: a layer of its own, which no upload touches.
 *
 * STATE/lists/NAME/hand.journal has one line a change, each with a checksum, who, when and why; a change counts once its line is on the disk. The layer
 * is the sum of the lines. Lines that are of no more use move to hand.history beside it. Loading gives an immutable struct hl_hand, which any thread may
 * read; writing is for the holder of the state lock, from any of its threads, one at a time by hand.lock. doc/hand.md says what the layer means.
 */
#ifndef HL_STORE_HAND_H
#define HL_STORE_HAND_H

#include "core/alert.h"
#include "store/versions.h"

enum {
	HL_HAND_MAX = 10000,          /* entries and withdrawals that hold, of one list: more belong into an upload */
	HL_HAND_BYTES_MAX = 64 << 20, /* of the journal */
	HL_HAND_LINE_MAX = 32 << 10
};
#define HL_HAND_KEEP_MS (7 * 86400000LL) /* what is over stays this long: late reads and stand-downs ask for it */

/* Who did it. seq 0: nobody did. */
struct hl_hand_act {
	int64_t seq, time_ms; /* seq: the number of the change, from 1, never given twice in one list */
	const char *by, *why;
};

/* An entry added by hand; ended: it was withdrawn. */
struct hl_hand_entry {
	struct hl_entry e;
	bool waits;                   /* for another person's approval: not listed until then */
	struct hl_hand_act added, approved, ended;
};

/* An entry of a version withdrawn by its id, as long as its revision stays; e is the entry as it was then. ended: by whom the withdrawal was taken back, or
 * by which version (`why`) it was overtaken. */
struct hl_hand_mask {
	struct hl_entry e;
	const char *version;
	struct hl_hand_act made, ended;
};

struct hl_hand {
	char list[HL_NAME];
	char version[HL_VERSION_ID];  /* "hand-000017": the layer after change 17; "" where nothing was ever changed */
	struct hl_hand_act last;      /* the last change; why is "" */
	struct hl_hand_entry *entry;  /* sorted by id, ended ones too */
	struct hl_hand_mask *mask;    /* the same */
	size_t n_entries, n_masks;
	size_t listed, waiting, masked; /* how many entries are listed, and wait, and how many withdrawals hold: none of them has ended */
	struct hl_snapshot *snapshot; /* the entries that are listed, also those whose time is over or to come */
	size_t torn;                  /* bytes of a last line that never became whole: not counted, cut by the next change */
	size_t bytes;                 /* of the journal, torn ones not counted */
	char *text;
};

/* The layer of a list; none at all is an empty one. HL_E_INPUT: a line other than the last is damaged, which is named. Gives *h. */
enum hl_code hl_hand_open(struct hl_hand **h, const char *state, const char *list, struct hl_err *err);
void hl_hand_close(struct hl_hand **h);
/* The entry or the withdrawal of this id, ended or not; NULL: there is none. */
const struct hl_hand_entry *hl_hand_find(const struct hl_hand *h, const char *id);
const struct hl_hand_mask *hl_hand_find_mask(const struct hl_hand *h, const char *id);
/* Whether the version's entry e does not count at this time: it is withdrawn, or the entry added by hand under the same id is in force. */
bool hl_hand_hides(const struct hl_hand *h, const struct hl_entry *e, int64_t at_ms);

/* The layer as a version: id "hand-000017", imported when and by whom it was last changed, entries those that have not ended. */
void hl_hand_version(const struct hl_hand *h, struct hl_version *v);

enum hl_hand_op {
	HL_HAND_ADD,      /* entry, identified: listed from now on, in place of what was added under its id before */
	HL_HAND_WITHDRAW, /* entry: what was added under its id ends; with mask, the version's entry is withdrawn too */
	HL_HAND_UNDO,     /* entry: the last withdrawal of its id is taken back */
	HL_HAND_APPROVE,  /* entry: what was added under its id waits no longer */
	HL_HAND_OVERTAKEN /* entry: a version has ended its withdrawal */
};
struct hl_hand_change {
	enum hl_hand_op op;
	const struct hl_entry *entry;
	bool mask;
	bool waits;          /* of an entry that is added */
	const char *version; /* of the version's entry that is withdrawn; may be NULL */
	const char *by, *why;
	int64_t time_ms;
};
struct hl_hand_written {
	char version[HL_VERSION_ID]; /* of the layer afterwards */
	size_t torn;                 /* bytes of a torn last line that were cut first */
	size_t moved;                /* lines that were moved to the history */
};
/* Writes n changes, which are on the disk after HL_OK; after a fault none is (HL_E_IO), unless the disk fails as a crash would. HL_E_LIMIT: the layer
 * is full, or a line would be too long. Borrows all; waits while another thread writes. out may be NULL. */
enum hl_code hl_hand_write(const char *state, const char *list, const struct hl_hand_change *c, size_t n, struct hl_hand_written *out, struct hl_err *err);

/* The same where nodes share the layer (fleet: the settings' store; NULL: they don't): what the others have written comes first, and all have it in this order. HL_E_IO: they can't be
 * told, and nothing is changed; where the answer was lost it may yet come to hold. */
enum hl_code hl_hand_write_for(const char *fleet, const char *state, const char *list, const struct hl_hand_change *c, size_t n, struct hl_hand_written *out,
			       struct hl_err *err);
/* The journal and the fleet's lines become the same: theirs are appended (*changed), or those that only this node has are given to them. HL_E_INPUT: theirs are damaged, and are
 * not taken. */
struct hl_fleet;
enum hl_code hl_hand_level(struct hl_fleet *f, const char *state, const char *list, bool *changed, struct hl_err *err);
/* A journal that was kept without the fleet, and that it knows nothing of, is renamed to hand.journal.alone-TIME. None is HL_OK. */
enum hl_code hl_hand_set_aside(const char *state, const char *list, int64_t now_ms, struct hl_err *err);

#endif
