/* audit.h: the record of who did what, and why: a chain of lines in STATE/audit, each bound to the one before by its hash, its end signed now and then. doc/audit.md
 * has the format, byte by byte, for programs that are not ours.
 *
 * One chain belongs to one state folder; whoever works on the folder appends to it (the daemon, and hotlistctl beside it), one at a time by audit/lock, for
 * milliseconds. A record is on the disk when hl_audit_append returns HL_OK. Nothing of a record names a plate but its details, which are bound by a salted hash
 * and can be erased: the chain stays whole. A handle may be used by several threads.
 */
#ifndef HL_STORE_AUDIT_H
#define HL_STORE_AUDIT_H

#include <stdint.h>

#include "base/crypto.h"
#include "base/mem.h"

enum {
	HL_AUDIT_CHAIN = 17,                  /* a chain's name: 16 hex digits and a NUL */
	HL_AUDIT_TEXT = 200,                  /* bytes of who, purpose and the like at most; longer ones are cut */
	HL_AUDIT_DETAILS_MAX = 400 << 10,     /* bytes of details */
	HL_AUDIT_LINE_MAX = 1 << 20,
	HL_AUDIT_SEGMENT_MAX = 32 << 20,      /* a file of the chain ends with the day, or where it has grown so long */
	HL_AUDIT_SIGN_RECORDS = 1000,         /* a checkpoint is signed at the latest after so many records … */
	HL_AUDIT_FAULTS = 20                  /* of a check that are told one by one */
};
#define HL_AUDIT_SIGN_MS INT64_C(3600000) /* … or so long after the last one */

/* What a record tells of. A look is one record, made before the answer is given. A change is two: one before it is begun, one with what came of it. */
enum hl_audit_kind {
	HL_AUDIT_BEGIN,    /* the first of a chain; object: the name of the key that signs it, details: what it goes on from */
	HL_AUDIT_LOOK,
	HL_AUDIT_CHANGE,   /* about to be done; it has no result */
	HL_AUDIT_OUTCOME,  /* of: the seq of the change */
	HL_AUDIT_TOLD,     /* deliveries that ended and alerts that were stood down, n of them */
	HL_AUDIT_NOTE,     /* what the keeper of the chain found or did: a torn line, a start, a stop */
	HL_AUDIT_PURGE,    /* op "details" or "records": erased up to seq `of` */
	HL_AUDIT_KINDS
};

struct hl_audit_record {
	int64_t seq;          /* from 1, without gaps; given by hl_audit_append */
	int64_t time_ms;
	enum hl_audit_kind kind;
	const char *chain;    /* given by hl_audit_append */
	const char *who, *role, *org, *purpose; /* never empty */
	const char *op;       /* "alert show"; never empty */
	const char *object;   /* what it was done to, where that has a name that tells no plate; "": nothing */
	int64_t of, n;        /* 0: none */
	const char *result;   /* "ok", or the name of a fault; "" for a change that is about to be done */
	const char *details;  /* any text of ours, may name plates; NULL: none, or erased */
	bool erased;          /* read: it had details once */
};

struct hl_audit;

/* Opens the chain of a state folder; the first time makes the folder, the key and the chain. Where the key is gone or another, a new chain is begun that names the
 * end of the old one. Gives *a. HL_E_IO; HL_E_CONFIG: the key is open to others. */
enum hl_code hl_audit_open(struct hl_audit **a, const char *state, int64_t now_ms, struct hl_err *err);
void hl_audit_close(struct hl_audit **a);
/* Appends r, whose seq and chain are filled in, and waits for the disk. What a crash has left of a line is removed and noted first. HL_E_IO: nothing was appended;
 * HL_E_INTERNAL: a column is empty. Borrows r. */
enum hl_code hl_audit_append(struct hl_audit *a, struct hl_audit_record *r, struct hl_err *err);
/* Signs the present end; the line goes to the chain's checkpoints and to out (may be NULL). fresh: also where nothing was appended since the last one. */
enum hl_code hl_audit_checkpoint(struct hl_audit *a, int64_t now_ms, bool fresh, struct hl_buf *out, struct hl_err *err);
/* The public key of the present chain, in base64. */
void hl_audit_public_key(struct hl_audit *a, char dst[48]);

/* What was erased. */
struct hl_audit_purged {
	int64_t details, records; /* how many */
};
/* Erases the details of records older than details_before_ms, and the records older than records_before_ms themselves, in whole files (a day each): the first
 * record left hangs on a signed root. Of the chain that this folder appends to: those of other writers stay as they are, since only they can sign their roots. */
enum hl_code hl_audit_purge(struct hl_audit *a, int64_t details_before_ms, int64_t records_before_ms, int64_t now_ms, struct hl_audit_purged *out, struct hl_err *err);

/* What a check of one chain found. */
struct hl_audit_chain {
	char chain[HL_AUDIT_CHAIN], key[HL_KEY_NAME], last_hash[HL_SHA256_HEX];
	int64_t first, last, records; /* first 0: no record */
	int64_t signed_seq;           /* of the last checkpoint that fits; 0: none */
	int64_t erased;               /* records without their details */
	bool writer;                  /* the one that this folder appends to */
};

struct hl_audit_report {
	size_t n_chains;
	struct hl_audit_chain *chain;
	size_t faults, notes; /* all of them */
	size_t n;             /* kept below, faults and notes */
	struct { bool note; char text[HL_ERR_TEXT]; } said[HL_AUDIT_FAULTS];
};

struct hl_audit_proof {
	const char *checkpoints; /* text of exported checkpoints; NULL: none */
	size_t n;
	const unsigned char *key; /* the public key that they must be signed with; NULL: the one beside each chain */
};

/* Checks every chain of the folder; fills *out (hl_audit_report_fini). each (may be NULL) is called for every record whose hash fits, oldest chain first; false ends the walk.
 * The result is about reading only: faults found are in *out. HL_E_NOTFOUND: there is no audit. */
enum hl_code hl_audit_verify(const char *state, const struct hl_audit_proof *proof, bool (*each)(void *arg, const struct hl_audit_record *r), void *arg,
			     struct hl_audit_report *out, struct hl_err *err);
void hl_audit_report_fini(struct hl_audit_report *r);
const char *hl_audit_kind_name(enum hl_audit_kind k); /* "look" … */

#endif
