/* import_priv.h: what import.c and import_report.c share: where bad lines are told. */
#ifndef HL_ENGINE_IMPORT_PRIV_H
#define HL_ENGINE_IMPORT_PRIV_H

#include <stdio.h>
#include <sys/stat.h>

#include "base/json_out.h"
#include "engine/import.h"

enum { HL_IMPORT_REPORT_MAX = 4 << 20 };

/* Where the faults of a file go: to the report (bounded) and, for a version in the making, whole to quarantine.txt and lint.jsonl. */
struct hl_import_notes {
	struct hl_import_report *report;
	const char *source;
	FILE *quarantine, *lint;  /* NULL: none */
	int64_t left_out;         /* faults that the report had no room for */
	struct hl_buf line;
};

/* Empty notes that write into report and call the file source; both are borrowed until hl_notes_end. */
void hl_notes_init(struct hl_import_notes *n, struct hl_import_report *report, const char *source);
/* Opens quarantine.txt and lint.jsonl in dir. */
enum hl_code hl_notes_files(struct hl_import_notes *n, const char *dir, struct hl_err *err);
/* One fault, or a warning, of the line raw (borrowed). Past the report's room it is counted in `untold`, and still in the files. */
void hl_notes_fault(struct hl_import_notes *n, const struct hl_line_fault *f, const char *raw, size_t raw_n, bool warning);
/* Says how many were left out; closes the files: HL_E_IO where not all of them was written. */
enum hl_code hl_notes_end(struct hl_import_notes *n, struct hl_err *err);

/* import_steady.c: whether a file stayed as it was while it was read. */
struct hl_steady {
	bool regular; /* else nothing can be told */
	struct stat was;
};
void hl_steady_begin(struct hl_steady *s, int fd);
/* HL_E_AGAIN where the file was written to, or cut, since then. */
enum hl_code hl_steady_end(const struct hl_steady *s, int fd, const char *source, struct hl_err *err);

/* import_signature.c. Where the list has a key: checks the signature over a copy of in->fd, made in dir; gives *fd, that copy at its beginning (-1: none, read
 * in->fd), and the key's name. HL_E_DENIED: unsigned, or not this file's signature; HL_E_INPUT: no signature at all; HL_E_CONFIG: the key can't be used, or a
 * signature came for a list without key. The caller closes *fd in any case. */
enum hl_code hl_import_check_signature(const struct hl_list_settings *list, const struct hl_import *in, const char *dir, int *fd, char signed_by[HL_KEY_NAME],
				       struct hl_err *err);

#endif
