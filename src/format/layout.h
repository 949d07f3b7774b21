/* layout.h: the shape of a hotlist file as data: hotlists/layouts/NAME.yaml, read by one engine (delimited or fixed columns). doc/layouts.md is its
 * manual. Immutable once loaded. Pure but for hl_layout_load.
 */
#ifndef HL_FORMAT_LAYOUT_H
#define HL_FORMAT_LAYOUT_H

#include <stdatomic.h>

#include "base/conf.h"
#include "base/crew.h"
#include "core/entry.h"

/* A file of more bytes is refused: an endless one must end somewhere. */
#define HL_LIST_FILE_MAX (INT64_C(4) << 30)

struct hl_layout;

/* Loads DIR/NAME.yaml for the first DIR of dirs (NULL-ended) that has it. Faults as for every YAML file (HL_E_CONFIG); HL_E_NOTFOUND, with a fault, where
 * no folder has it or name is none. Gives *out. */
enum hl_code hl_layout_load(struct hl_layout **out, const char *name, const char *const *dirs, struct hl_faults *faults);
void hl_layout_free(struct hl_layout **l);
const char *hl_layout_name(const struct hl_layout *l);
const char *hl_layout_help(const struct hl_layout *l);  /* one line, "" where it has none */
const char *hl_layout_shape(const struct hl_layout *l); /* delimited, fixed, lines or json */

/* A fault of one line. */
struct hl_line_fault {
	unsigned line;      /* 1-based; 0: the file as a whole */
	unsigned column;    /* 1-based byte (fixed) or field number (delimited); 0: the line as a whole */
	char field[32];     /* hl_fields name, "" where none */
	char found[128];    /* what stood there, control bytes escaped */
	char expected[128]; /* what would be accepted */
	bool whole;         /* the file as a whole is bad because of it (cut off, wrong count): nothing of it may be used */
};

/* What a file says of itself, beside its entries. */
struct hl_layout_result {
	int64_t file_time_ms; /* the date in its head or tail: when the list was made; HL_NO_TIME: it says none */
	int64_t promised;     /* how many records (or lines) its head or tail says there are; -1: it says nothing */
	int64_t counted;      /* what there is of that; without such a promise the records: entries and bad lines, without headers and skipped lines */
	unsigned named, unnamed; /* columns of the header line by name: that a field takes, and others */
	bool complete;        /* the last line ends with a line break, or the file is empty */
	bool bad;             /* a fault with `whole` was told, with the first of them in `why` */
	struct hl_line_fault why;
};

/* Who receives the lines of a file: exactly one call for each line, or for each record that spans lines (line is its first), and perhaps faults
 * of line 0; after a fault that ends the reading (a header line without plate, UTF-16) there are no more calls. Entries are views, valid during the call: id and revision are NOT set yet, texts as in the file after the
 * layout's code maps, pattern parsed, times parsed. An entry that lacks a required field is a fault, never an entry. */
struct hl_layout_sink {
	void *arg;
	void (*entry)(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t raw_n);
	void (*fault)(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n);
	void (*skipped)(void *arg, unsigned line, const char *why); /* headers, comments, skip rules: counted */
	struct hl_layout_result *result; /* filled when the reading ends, also by an error; NULL: not wanted */
	const struct hl_layout_stage *stage; /* instead of entry; NULL: none */
};

/* For a sink that takes entries in two steps, so that several threads can share the work: what can be made of an entry by itself is made by `prepare`, on any
 * thread, several at once, and kept in a part (one thread at a time has it); `take` is called in the order of the lines, among fault and skipped, as
 * `entry` would be. The same calls with any crew, and with none. */
struct hl_layout_stage {
	const struct hl_crew *crew; /* NULL: the caller's thread alone */
	void *(*part_new)(void *arg);
	void (*part_clear)(void *arg, void *part);
	void (*part_free)(void *arg, void *part);
	/* False: nothing was put into the part, and f (but its line) is told by `refused` in the entry's place. */
	bool (*prepare)(void *arg, void *part, struct hl_entry *e, struct hl_line_fault *f);
	void (*refused)(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n);
	void (*take)(void *arg, void *part, size_t i, unsigned line, const char *raw, size_t raw_n); /* the i-th that was put into the part */
};

struct hl_layout_fill { /* supplies fields that a line leaves empty: settings `fill`, `--set` */
	enum hl_field field;
	const char *value; /* text; for times a duration from now ("+30d", "36h") or a date; "from-category", "from-record" copy another field (from-nic is
			    * from-record). A fill that can't work is HL_E_USAGE */
};

struct hl_layout_run {
	int64_t now_ms;
	const struct hl_layout_fill *fill;
	size_t n_fill;
	const enum hl_field *required; /* fields that must be there after filling, plate always */
	size_t n_required;
	bool remove; /* each line takes an entry off: its action is that, and fields that do not say which entry need not be there */
	const char *text; /* read instead of a file: text_n bytes; NULL: the file */
	size_t text_n;
	const atomic_bool *stop; /* set by another thread: the reading ends soon, with HL_E_AGAIN; only with a stage. NULL: never */
};

/* Streams a file (fd from its beginning; any size; one line at most 64 KiB) through the layout. HL_OK also with faults (the sink has them); HL_E_IO where reading
 * fails; HL_E_AGAIN where it was stopped; HL_E_LIMIT over 20 million lines or HL_LIST_FILE_MAX bytes. Bytes: BOM skipped, CRLF or LF, UTF-8, or Latin-1 where the layout says so (or either); a NUL byte is a fault of its line. */
enum hl_code hl_layout_read(const struct hl_layout *l, int fd, const struct hl_layout_run *run, const struct hl_layout_sink *sink, struct hl_err *err);

#endif
