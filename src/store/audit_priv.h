/* audit_priv.h: what the files of the audit share: lines, files, signed points. Private to src/store/audit*.c and its tests.
 */
#ifndef HL_STORE_AUDIT_PRIV_H
#define HL_STORE_AUDIT_PRIV_H

#include <pthread.h>
#include <sys/types.h>

#include "base/conf.h"
#include "store/audit.h"

enum { HL_AUDIT_SALT_HEX = 33, HL_AUDIT_MARK_MAX = 512 };

/* One line, taken apart. */
struct hl_audit_line {
	struct hl_audit_record r;
	const char *hash, *prev;
	const char *bound;  /* the hash of the details; NULL: there never were any */
	bool fits;          /* the line's hash is that of its bytes */
	bool details_fit;   /* true where there are none */
};

/* audit_line.c: pure. */
/* Appends the line of r (with its newline) to out; the new hash goes to hash. False where it is longer than HL_AUDIT_LINE_MAX. */
bool hl_audit_put(const struct hl_audit_record *r, const char *prev, struct hl_buf *out, char hash[HL_SHA256_HEX]);
/* Takes a line of n bytes without its newline apart, in place; line[n] must be writable. HL_E_INPUT says what is wrong with its form. */
enum hl_code hl_audit_take(char *line, size_t n, struct hl_audit_line *out, struct hl_err *err);
/* How many of the n bytes are the chained part and so stay when details are erased. */
size_t hl_audit_chained(const char *line, size_t n);
/* What the first record of a chain names as the hash before it. */
void hl_audit_genesis(const char *chain, char hash[HL_SHA256_HEX]);
void hl_audit_sha(const void *data, size_t n, char hex[HL_SHA256_HEX]);

/* A signed place in a chain. root: what is before it was purged. */
struct hl_audit_mark {
	bool root, exported;
	char chain[HL_AUDIT_CHAIN], hash[HL_SHA256_HEX], key[HL_KEY_NAME];
	int64_t seq, time_ms;
	bool hit; /* the record of that seq was met and fits */
};

/* audit_mark.c. */
void hl_audit_mark_put(const struct hl_audit_mark *m, const unsigned char seed[HL_ED25519_KEY], struct hl_buf *out);
/* False where the n bytes are no such line. *fits: signed by key (NULL: not looked at). */
bool hl_audit_mark_take(const char *line, size_t n, const unsigned char *key, struct hl_audit_mark *m, bool *fits);
/* Appends whole lines to a chain's file and waits for the disk; what a crash left of a line there is cut off first. */
enum hl_code hl_audit_mark_append(const char *dir, const char *name, const struct hl_buf *lines, struct hl_err *err);
/* The private key of the folder; made where there is none. */
enum hl_code hl_audit_key(const char *audit, unsigned char seed[HL_ED25519_KEY], bool *made, struct hl_err *err);

struct hl_audit {
	char audit[HL_PATH_MAX], dir[HL_PATH_MAX]; /* STATE/audit; the chain's folder in it */
	char chain[HL_AUDIT_CHAIN];
	unsigned char seed[HL_ED25519_KEY], key[HL_ED25519_KEY];
	pthread_mutex_t lock;   /* of all that follows, with the lock file */
	int lock_fd, fd;        /* fd: the newest file, -1: to be looked for */
	unsigned segment;
	int64_t end, day;       /* bytes of it; the day of its first record, -1: it has none */
	int64_t seq;            /* of the last record */
	char hash[HL_SHA256_HEX];
	int64_t signed_seq, signed_ms;
};

/* audit_files.c. */
enum { HL_AUDIT_NAME = 32 };
void hl_audit_segment_name(unsigned segment, char dst[HL_AUDIT_NAME]);
/* The numbers of a chain's files, in order. Gives *v (free()). */
enum hl_code hl_audit_segments(const char *dir, unsigned **v, size_t *n, struct hl_err *err);
/* The names of the chains of a folder. Gives *out (hl_strings_wipe). HL_E_NOTFOUND: no folder. */
enum hl_code hl_audit_chains(const char *audit, struct hl_strings *out, struct hl_err *err);
/* All of a segment. */
enum hl_code hl_audit_segment_read(const char *dir, unsigned segment, struct hl_buf *out, struct hl_err *err);
/* The chain that the folder appends to, "": none yet. */
enum hl_code hl_audit_writer(const char *audit, char chain[HL_AUDIT_CHAIN], struct hl_err *err);
enum hl_code hl_audit_chain_key(const char *dir, unsigned char key[HL_ED25519_KEY], struct hl_err *err);
/* Last whole record of a chain: its seq and hash; what is behind it in the newest file. */
struct hl_audit_tail {
	unsigned segment;
	int64_t seq, time_ms, first_ms, good; /* good: bytes of the newest file that are whole; first_ms: of that file, HL_NO_TIME where it is empty */
	char hash[HL_SHA256_HEX];
	int64_t torn;        /* bytes of an unfinished line */
	bool damaged;        /* whole lines that don't fit: they are left where they are */
	char torn_hash[HL_SHA256_HEX];
};
enum hl_code hl_audit_tail_find(const char *dir, const char *chain, struct hl_audit_tail *t, struct hl_err *err);

/* audit.c: under both locks. */
enum hl_code hl_audit_lock(struct hl_audit *a, struct hl_err *err);
void hl_audit_unlock(struct hl_audit *a);
enum hl_code hl_audit_append_locked(struct hl_audit *a, struct hl_audit_record *r, struct hl_err *err);

#endif
