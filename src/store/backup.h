/* backup.h: a state folder as a backup: every file copied, hashed and named in MANIFEST, which is written last; the check of one, and the way back. doc/backup.md has the order and why.
 */
#ifndef HL_STORE_BACKUP_H
#define HL_STORE_BACKUP_H

#include <stdint.h>

#include "store/store.h"

struct hl_backup_sum {
	int64_t files, bytes;
	int64_t time_ms;       /* when it was made */
	int format;
	char program[HL_NAME]; /* "hotlistd 0.1.0" */
};

/* Makes dir, which must not exist, from the state folder, whose lists and rules nobody changes meanwhile; store: a handle on it. HL_E_EXISTS; HL_E_USAGE: its store can't be copied by files.
 * Where it fails, what was written is removed again. Takes as long as reading it all. */
enum hl_code hl_backup_make(const char *state, struct hl_store *store, const char *dir, const char *program, int64_t now_ms, struct hl_backup_sum *out, struct hl_err *err);
/* Compares every file with MANIFEST. Faults, and files that MANIFEST does not name, go to `faults` as lines (at most 20 told); *n counts them. HL_E_NOTFOUND: no MANIFEST, so it was never finished. */
enum hl_code hl_backup_check(const char *dir, struct hl_backup_sum *out, struct hl_buf *faults, size_t *n, struct hl_err *err);
/* Copies a good backup into `state`, which must not exist or be empty, and holds it. HL_E_INPUT: a file is not as MANIFEST says; what was written is removed again. */
enum hl_code hl_backup_restore(const char *dir, const char *state, struct hl_backup_sum *out, struct hl_err *err);

#endif
