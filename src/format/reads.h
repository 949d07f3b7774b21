/* reads.h: bytes of a producer -> struct hl_read. One format a file, one row a format in the table of reads.c. Pure; any thread.
 */
#ifndef HL_FORMAT_READS_H
#define HL_FORMAT_READS_H

#include "core/read.h"

enum { HL_READ_PAYLOAD_MAX = 1 << 20, HL_READ_OBJECT_MAX = 64 << 10, HL_READS_PER_PAYLOAD = 4096 };

struct hl_read_format {
	const char *name; /* "native" */
	/* Reads one object (n bytes). HL_E_INPUT with the place (line is the line inside the payload, column the 1-based byte) and what was found and
	 * expected. Does not call hl_read_finish. */
	enum hl_code (*decode)(const char *data, size_t n, struct hl_read *r, struct hl_err *err);
};

/* The format named so, or NULL. */
const struct hl_read_format *hl_read_format_find(const char *name);

/* Walks a payload: one JSON object, or several, one a line (blank lines are skipped). Calls fn for each line with either a read (finished with now_ms)
 * or a fault (r NULL), and the line's bytes; counts both. A payload over HL_READ_PAYLOAD_MAX, or past HL_READS_PER_PAYLOAD lines, is one fault for the
 * rest. fn borrows. A single object may span lines (pretty-printed): tried first as a whole where the first line alone is not an object. */
typedef void (*hl_read_fn)(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err);
void hl_reads_walk(const struct hl_read_format *f, const char *data, size_t n, int64_t now_ms, hl_read_fn fn, void *arg);
/* The same, each read decoded where the caller wants it: room gives the place of the next one, before it is known whether it is one. The read that fn gets
 * is the one in that place. Spares a copy of some 2,300 bytes a read. */
typedef struct hl_read *(*hl_read_room_fn)(void *arg);
void hl_reads_walk_into(const struct hl_read_format *f, const char *data, size_t n, int64_t now_ms, hl_read_room_fn room, hl_read_fn fn, void *arg);

#endif
