/* shelf.h: a folder of versions, of which one is active: DIR/versions/ID/ (written aside, fsynced, renamed: whole or not there), DIR/active (the active one's id,
 * replaced atomically) and DIR/activations.jsonl (who switched, when, why and from what). Lists and the rules each have theirs; what a version holds, they know.
 * Several processes may read; one writes (the holder of the state lock).
 */
#ifndef HL_STORE_SHELF_H
#define HL_STORE_SHELF_H

#include "base/err.h"
#include "base/json_out.h"
#include "core/alert.h"

enum { HL_SHELF_HEX = 12, HL_SHELF_NUMBER_MAX = 999999999 };
#define HL_SHELF_DRAFT ".draft-"

struct hl_shelf {
	char dir[HL_PATH_MAX];
	char what[HL_NAME + 8]; /* whose, in faults: "list 'a'" */
	char letter;            /* that ids begin with */
};

/* A version's folder by its name: the letter, a number of six digits at least, '-', the beginning of the content's SHA-256. */
struct hl_shelf_id {
	char id[HL_VERSION_ID];
	unsigned number;
	const char *hex; /* the beginning of the content's hash, inside id; valid after the scan's sorting */
};

/* STATE/SUB, or HL_E_LIMIT. */
enum hl_code hl_shelf_init(struct hl_shelf *s, const char *state, const char *sub, char letter, const char *what, struct hl_err *err);
/* DIR[/versions[/ID]][/FILE]: id NULL leaves `versions` out, "" the version. */
enum hl_code hl_shelf_path(char dst[HL_PATH_MAX], const struct hl_shelf *s, const char *id, const char *file, struct hl_err *err);
/* The versions by their folders' names, highest number first; none is HL_OK. Gives *ids (free()). */
enum hl_code hl_shelf_scan(const struct hl_shelf *s, struct hl_shelf_id **ids, size_t *n, struct hl_err *err);
/* The id that ref means, among n > 0 of them: an id, a unique beginning of one, or "newest". *id is of ids. HL_E_NOTFOUND, HL_E_USAGE (several). */
enum hl_code hl_shelf_resolve(const struct hl_shelf *s, const struct hl_shelf_id *ids, size_t n, const char *ref, const char **id, struct hl_err *err);
/* The id of the active version into dst, "" where none is. HL_E_INPUT where the mark is damaged. */
enum hl_code hl_shelf_active(const struct hl_shelf *s, char dst[HL_VERSION_ID], struct hl_err *err);

/* A folder aside for a version to be made in; drafts left by processes that died are removed. dir has HL_PATH_MAX bytes, "" after a fault. */
enum hl_code hl_shelf_draft(const struct hl_shelf *s, char dir[HL_PATH_MAX], struct hl_err *err);
/* Removes a draft, and the shelf's folders where nothing else is in them; nothing where dir is "" already. */
void hl_shelf_abandon(const struct hl_shelf *s, char dir[HL_PATH_MAX]);
/* The next id for the content, in hex; HL_E_LIMIT. */
enum hl_code hl_shelf_next(const struct hl_shelf *s, const struct hl_shelf_id *ids, size_t n, const char *content, char id[HL_VERSION_ID], struct hl_err *err);
/* Syncs the draft's files and renames it to what it is from now on. dir is "" once it has its name. */
enum hl_code hl_shelf_publish(const struct hl_shelf *s, char dir[HL_PATH_MAX], const char *id, struct hl_err *err);
/* Removes a version; HL_E_CONFLICT: it is active. */
enum hl_code hl_shelf_remove(const struct hl_shelf *s, const char *id, struct hl_err *err);

/* Who switches, and why: written down, synced, before the switch. */
struct hl_activation {
	char version[HL_VERSION_ID], was[HL_VERSION_ID]; /* filled by the call; was: "" where none was active */
	const char *by, *why;  /* by NULL: nothing is written down */
	int64_t time_ms;
	bool rollback;         /* it went back */
	const char *fleet;     /* the settings' store: where nodes share it (store/fleet.h) they are told first. NULL: nobody is; borrowed */
	bool only_first;       /* they are told only where they have none */
	struct hl_opened *opened; /* of a list: where the snapshot that was opened for it stays open, see versions.h; NULL: it is closed again */
};
/* Switches to id, which is known to be whole: after HL_OK the switch survives a crash. Fills a->version and a->was. */
enum hl_code hl_shelf_switch(const struct hl_shelf *s, const char *id, struct hl_activation *a, struct hl_err *err);
/* The version that was active before the present one, as the record tells it, "" where none was. An activation forgets nothing, a rollback forgets the
 * version that it leaves: so rollbacks one after the other go further back, and never forth. */
enum hl_code hl_shelf_before(const struct hl_shelf *s, char dst[HL_VERSION_ID], struct hl_err *err);
/* The same for whoever goes back to it. HL_E_NOTFOUND: none is active; HL_E_CONFLICT: there is none before it, or it has been removed. */
enum hl_code hl_shelf_back(const struct hl_shelf *s, char dst[HL_VERSION_ID], struct hl_err *err);
/* Whether a version of this id was ever active, as the record tells it. */
enum hl_code hl_shelf_was_active(const struct hl_shelf *s, const char *id, bool *was, struct hl_err *err);
/* Appends lines to a record and syncs it; a line that a crash has cut short is ended first. */
enum hl_code hl_shelf_append(const char *path, const struct hl_buf *lines, struct hl_err *err);
/* Text from outside as one clean line. */
void hl_shelf_put_text(struct hl_json *j, const char *key, const char *text);

#endif
