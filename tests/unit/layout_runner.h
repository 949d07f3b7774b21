/* layout_runner.h: runs a layout over bytes and writes down every call of its sink as one line of text, for comparison. */
#ifndef HL_TESTS_LAYOUT_RUNNER_H
#define HL_TESTS_LAYOUT_RUNNER_H

#include "base/mem.h"
#include "format/layout.h"

#define RUNNER_NOW INT64_C(1795428000000) /* 2026-11-23T10:00:00Z */

struct runner {
	struct hl_buf out;
	unsigned entries, faults, skipped;
	struct hl_layout_result file;
};

/* A layout of hotlists/layouts (or of dir, where given); fails the test where it has a fault. */
struct hl_layout *runner_layout(const char *dir, const char *name);
/* A layout of this YAML text, read from a folder that is gone again when it returns. */
struct hl_layout *runner_yaml(const char *yaml);
/* A YAML text that is no layout has just these faults, as text without the folder's name. */
void runner_refuses(const char *yaml, const char *want);
/* A layout of this YAML text makes just these lines of the data; the file is bad where one of them is a fault of the whole file. */
void runner_gives(const char *yaml, const char *data, const char *want);
/* n bytes through the layout; run NULL: no fill, nothing required. */
enum hl_code runner_bytes(struct runner *r, const struct hl_layout *l, const struct hl_layout_run *run, const void *data, size_t n);
/* The same for a file under tests/data/lists. */
enum hl_code runner_file(struct runner *r, const struct hl_layout *l, const struct hl_layout_run *run, const char *name);
/* The whole of a file under the source folder into out. */
void runner_read(const char *name, struct hl_buf *out);
void runner_fini(struct runner *r);

#endif
