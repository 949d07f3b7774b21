/* import.h: a hotlist file -> lint report, quarantine and a version. Floor 3: no log, no clock; the caller gives now and an open file.
 */
#ifndef HL_ENGINE_IMPORT_H
#define HL_ENGINE_IMPORT_H

#include "engine/cost.h"
#include "engine/settings.h"
#include "store/versions.h"

struct hl_import {
	const char *list, *layout;        /* layout NULL: the settings' */
	const char *source;               /* the file's name, for records */
	const char *by;                   /* who */
	int fd;                           /* borrowed, at its beginning */
	bool strict;                      /* all or nothing */
	struct hl_layout_fill *set;       /* --set, before the settings' fill */
	size_t n_set;
	bool incremental;                 /* lines add to, change in or remove from a version; only hl_import_run */
	bool remove;                      /* of an increment: all lines remove */
	const char *onto;                 /* of an increment: that version; NULL: see hl_increment_begin */
	const char *signature;            /* the signature file's content, signature_n bytes; NULL: unsigned. Only hl_import_run looks at it */
	size_t signature_n;
	int64_t now_ms;
	const atomic_bool *stop;          /* set by another thread: the import ends soon and stores nothing, HL_E_AGAIN; NULL: never */
	const char *state;                /* of a lint: where the active version is, to be compared with; NULL: nowhere */
	const struct hl_cost_ask *cost;   /* what is to be expected of the list, worked out as well; NULL: nothing */
	const struct hl_crew *crew;       /* who shares the work; NULL: this thread alone. The same version and report with any */
	const char *const *layout_dirs;   /* NULL-ended, or NULL; those that came with the program are looked at after them */
};

/* lines = entries + removed + rejected + skipped; duplicates are among the rejected. Of an increment: entries = added + changed, and the version has the carried ones
 * too. */
struct hl_import_report {
	int64_t lines, entries, rejected, skipped, duplicates;
	int64_t added, changed, removed, carried; /* of an increment */
	int64_t warnings;                 /* told; an entry with one is taken */
	int64_t junk;                     /* of the rejected: plates that are none */
	int64_t copies;                   /* of the duplicates: the same entry with the same content */
	int64_t twins;                    /* plates of good entries that differ from another's only by O and 0: warnings */
	int64_t confusable;               /* pairs of plates that cameras take for one another: warnings, of which some are told */
	int64_t partial;                  /* good entries with partial plates */
	struct hl_cost cost;              /* where it was asked for, and the file was good enough */
	int64_t bad_lines;                /* what the list's settings allow, for hl_import_may_activate */
	bool cut;                         /* the last line is bad, and has no line break */
	int64_t untold;                   /* faults that were counted but had no room in faults and text */
	struct hl_layout_result file;     /* what the file says of itself; where it is `bad` nothing is stored */
	bool existing;                    /* the version was there already */
	struct hl_version version;        /* of an import */
	struct hl_buf faults;             /* one JSON object a line: {"line":N,"column":…,"field":…,"found":…,"expected":…,"severity":"fault|warning"}; bounded, the rest counted */
	struct hl_buf text;               /* the same as "NAME:LINE:COLUMN: field: found X, expected Y" */
	struct hl_faults layout_faults;   /* where the layout itself is broken */
};
void hl_import_report_fini(struct hl_import_report *r);
enum { HL_IMPORT_REST = 64 << 10 /* of an answer: for what is said beside the lines of the report */ };
/* How many bytes of whole lines (of the report's faults or text) can be added to out, HL_IMPORT_REST bytes being left for the rest of an answer; *left: how many faults and
 * warnings are left out so, those that the report itself had no room for among them. */
size_t hl_import_report_part(const struct hl_import_report *r, const struct hl_buf *lines, const struct hl_buf *out, int64_t *left);
/* The report's text as far as out has room for it, and how much is left out. */
void hl_import_report_text(const struct hl_import_report *r, struct hl_buf *out);

/* What is required of an entry: what the settings' list says, by default plate, state, category, reason, agency, case and expires (layout plates: the
 * plate); the plate alone where the settings do not name the list. Empty fields are filled from `set`, then the settings' fill, then the list's agency.
 * HL_E_CONFIG: the layout has faults, in layout_faults. The report is valid, and to be finished, after any result. */

/* Checks only. HL_E_INPUT where any line is bad (or no line is good). settings may be NULL. */
enum hl_code hl_import_lint(const struct hl_settings *s, const struct hl_import *in, struct hl_import_report *out, struct hl_err *err);
/* Makes a version in the state folder: the good lines; bad ones quarantined and reported. HL_OK also with rejected lines (unless strict: HL_E_INPUT and
 * nothing stored). No good line at all: HL_E_INPUT and nothing stored. A regular file that changed while it was read, or `stop`: HL_E_AGAIN and nothing stored. The same content as an existing version: HL_OK, that version. Duplicates (same id,
 * same content) are counted and reported as a fault of the later line; the same id with other content likewise. */
enum hl_code hl_import_run(const struct hl_settings *s, const char *state, const struct hl_import *in, struct hl_import_report *out, struct hl_err *err);
/* Whether the version that an import made may be activated without anybody having looked at the report: HL_E_INPUT where lines were rejected that are no
 * copies and no junk, more than the list's `bad_lines`, or where the file does not end with a line break. Holds are another matter: the activation asks for them. */
enum hl_code hl_import_may_activate(const struct hl_import_report *r, struct hl_err *err);
/* The good entries as a snapshot in memory, without a state folder: checked as hl_import_run checks them. What is added by hand comes this way, too. */
enum hl_code hl_import_entries(const struct hl_settings *s, const struct hl_import *in, struct hl_snapshot **out, struct hl_import_report *report, struct hl_err *err);
/* A version in memory for offline matching: the same without settings. */
enum hl_code hl_import_snapshot(const struct hl_import *in, struct hl_snapshot **out, struct hl_import_report *report, struct hl_err *err);

#endif
