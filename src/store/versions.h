/* versions.h: list versions in the state folder: STATE/lists/NAME/versions/ID/{entries.snap,version.yaml,quarantine.txt,lint.jsonl,approvals.yaml} and
 * STATE/lists/NAME/active (the active version's id, replaced atomically). doc/versions.md tells a version's life. A version is written into a folder aside, fsynced, renamed: whole or not
 * there. ID = "v%06u-" and 12 hex digits of the content's SHA-256. Several processes may read; one writes (the holder of the state lock).
 */
#ifndef HL_STORE_VERSIONS_H
#define HL_STORE_VERSIONS_H

#include "core/alert.h"
#include "store/approvals.h"
#include "store/shelf.h"
#include "store/snapshot.h"

/* Why a version must not become active before a second person has approved it. Set at import, never taken back; approvals are recorded beside. */
enum hl_hold {
	HL_HOLD_POLICY = 1 << 0,     /* the list's `approvals` ask for it */
	HL_HOLD_PARTIAL = 1 << 1,    /* it has partial plates: a '*' or more than two '?' */
	HL_HOLD_SHRINK = 1 << 2,     /* many entries of the active version are missing: a file cut off looks like this */
	HL_HOLD_GROWTH = 1 << 3,     /* many entries more than the active version: a wrong file looks like this */
	HL_HOLD_STANDDOWN = 1 << 4,  /* it would end many open alerts */
	HL_HOLD_CAP = 1 << 5,        /* more entries than one upload, or one day, may have */
	HL_HOLD_AGE = 1 << 6,        /* the file is old, or older than the one that the active version came from */
	HL_HOLD_UNREADABLE = 1 << 7  /* its description can't be read: what it was held for is not known */
};
struct hl_hold_info {
	unsigned bit;
	const char *name; /* in version.yaml, JSON and text */
	const char *help; /* after "held: " */
};
extern const struct hl_hold_info hl_holds[]; /* ends with a row without name */
/* The names of the bits set, with commas: "shrink, partial"; "" for none. dst has at least HL_HOLDS_TEXT bytes. */
enum { HL_HOLDS_TEXT = 128 };
void hl_holds_text(unsigned holds, char dst[HL_HOLDS_TEXT]);
struct hl_json;
/* `holds`: an array of their names, into the open object. */
void hl_holds_json(unsigned holds, struct hl_json *j);

struct hl_version {
	char id[HL_VERSION_ID];
	char list[HL_NAME];
	int64_t imported_ms;   /* when */
	char source[HL_TEXT_LONG], layout[HL_NAME], by[HL_TEXT_SHORT];
	char parent[HL_VERSION_ID];   /* of an increment: the version it was made from; else "" */
	char signed_by[HL_KEY_NAME];  /* the key whose signature of the upload was checked; "": none was */
	int64_t entries, rejected, skipped, lines;
	int64_t file_time_ms;  /* when the file says itself that it was made; HL_NO_TIME: it does not */
	unsigned holds;        /* bits of enum hl_hold */
	bool active;
};

/* A version being made: its folder aside. */
struct hl_version_draft {
	char dir[HL_PATH_MAX]; /* entries.snap, quarantine.txt and lint.jsonl are written here; "" once it is gone */
	struct hl_version v;   /* all but id and active are filled by the caller before the commit */
	char state[HL_PATH_MAX];
};

/* Makes the folder aside. HL_E_USAGE where list can't be a name, HL_E_IO. Drafts left by processes that died are removed. */
enum hl_code hl_version_begin(struct hl_version_draft *d, const char *state, const char *list, struct hl_err *err);
/* Fills v.id from the hash (the next number; the same content as an existing version gives that version's id and HL_E_EXISTS, the draft removed,
 * unless that version's snapshot is damaged). After any fault the draft is removed. */
enum hl_code hl_version_commit(struct hl_version_draft *d, const unsigned char hash[HL_SHA256], struct hl_err *err);
/* Removes the draft; nothing where it is gone already. */
void hl_version_abandon(struct hl_version_draft *d);

/* Adds holds to a version that is there already (the same content came again, and in its place it would be held). Atomic. */
enum hl_code hl_version_hold(const char *state, const char *list, const char *id, unsigned holds, struct hl_err *err);

/* Newest first; gives *v (free()). No version at all: HL_E_NOTFOUND. A version whose description can't be read has entries -1 and the reason as
 * its source. */
enum hl_code hl_version_list(const char *state, const char *list, struct hl_version **v, size_t *n, struct hl_err *err);
/* ref: a version's id, a unique beginning of one ("v000042"), "active" or "newest". HL_E_NOTFOUND; HL_E_USAGE where
 * several versions begin so. */
enum hl_code hl_version_find(const char *state, const char *list, const char *ref, struct hl_version *v, struct hl_err *err);
/* Gives *s. HL_E_INPUT where the snapshot is damaged or is not this version's content. */
enum hl_code hl_version_open(const char *state, const struct hl_version *v, struct hl_snapshot **s, struct hl_err *err);
/* The snapshot of a version that has just been activated: it was read and verified whole, which of ten million entries takes a second, and whoever puts the
 * version to use need not do that again. */
struct hl_opened {
	char list[HL_NAME], id[HL_VERSION_ID];
	struct hl_snapshot *snapshot; /* NULL: none */
};
/* Closes it, where nobody took it. */
void hl_opened_fini(struct hl_opened *o);
/* Checks that the snapshot opens whole, then switches: after HL_OK the switch survives a crash. id may be any ref. */
enum hl_code hl_version_activate(const char *state, const char *list, const char *id, struct hl_err *err);
/* The same, written to STATE/lists/NAME/activations.jsonl, synced, before the switch, once the snapshot has opened whole. Where a->opened is there,
 * it gets the snapshot, in the place of the one that it had, after HL_OK; the caller's by then (hl_opened_fini). */
enum hl_code hl_version_activate_by(const char *state, const char *list, const char *ref, struct hl_activation *a, struct hl_err *err);
/* The version that was active before the present one: see hl_shelf_before. */
enum hl_code hl_version_before(const char *state, const char *list, char dst[HL_VERSION_ID], struct hl_err *err);
/* Activates that one. HL_E_CONFLICT where there is none, or where it has been removed. */
enum hl_code hl_version_rollback_by(const char *state, const char *list, struct hl_activation *a, struct hl_err *err);
/* Whether a version of this id was ever active, as the record tells it. */
enum hl_code hl_version_was_active(const char *state, const char *list, const char *id, bool *was, struct hl_err *err);

/* Who agreed to a version, when and why: kept in the version's folder, replaced whole. Gives *a (free()), oldest first; none is HL_OK. HL_E_INPUT where the record can't be read: nobody's approval then. */
enum hl_code hl_version_approvals(const char *state, const struct hl_version *v, struct hl_approval **a, size_t *n, struct hl_err *err);
/* Whether `by`, as records of versions have it, is the person `who`: the name itself, or "drop:DIR (NAME)" of an upload that came through a drop folder, NAME being the
 * owner of the file. */
bool hl_version_is_by(const char *by, const char *who);
/* HL_E_DENIED: by imported the version; HL_E_EXISTS: by has approved it already; HL_E_LIMIT: HL_APPROVALS_MAX did. */
enum hl_code hl_version_approve(const char *state, const struct hl_version *v, const struct hl_approval *a, struct hl_err *err);

/* Removes a version; whoever has its snapshot mapped keeps it. HL_E_CONFLICT: it is active. What else must stay is the caller's to know. */
enum hl_code hl_version_remove(const char *state, const struct hl_version *v, struct hl_err *err);
/* The id of the active version into dst, "" where none is. HL_E_INPUT where the mark is damaged. */
enum hl_code hl_version_active(const char *state, const char *list, char dst[HL_VERSION_ID], struct hl_err *err);
/* The names of all lists of the state folder, sorted; freed by hl_strings_wipe. */
enum hl_code hl_version_lists(const char *state, struct hl_strings *names, struct hl_err *err);

#endif
