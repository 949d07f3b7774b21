/* fuzz_list.c: any bytes as a hotlist file through each shipped layout and through two that use the rest of the schema; the first byte chooses. Entries keep their bounds, and
 * every line ends in exactly one call. Run from the top of the source tree, or with srcdir set.
 */
#include "config.h"

#include "base/text.h"
#include "format/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const names[] = { "csv", "plates", "ncic-fixed", "fuzz-delimited", "fuzz-fixed" };

enum { NAMES = sizeof names / sizeof names[0] };

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

struct seen {
	unsigned last;
};

static void line_is_new(struct seen *s, unsigned line)
{
	check(line > s->last);
	s->last = line;
}

static void entry(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t n)
{
	line_is_new(arg, line);
	check(raw && n && n <= 65536 && !memchr(raw, 0, n));
	check(e->pattern.len && e->f[HL_F_PLATE][0] && e->priority >= 0 && e->priority <= 9);
	for (int f = 0; f < HL_FIELDS; f++)
		check(strlen(e->f[f]) <= hl_fields[f].max && hl_text_utf8(e->f[f], strlen(e->f[f])));
}

static void fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t n)
{
	struct seen *s = arg;
	check(raw && n <= 65536 && f->expected[0] && hl_text_utf8(f->found, strlen(f->found)));
	if (f->line)
		line_is_new(s, f->line);
}

static void skipped(void *arg, unsigned line, const char *why)
{
	line_is_new(arg, line);
	check(why[0]);
}

static struct hl_layout *load(const char *name)
{
	const char *top = getenv("srcdir");
	char shipped[500], own[500];
	struct hl_faults faults = { 0 };
	struct hl_layout *l;
	snprintf(shipped, sizeof shipped, "%s/hotlists/layouts", top ? top : ".");
	snprintf(own, sizeof own, "%s/tests/fuzz/corpus/layout", top ? top : ".");
	check(hl_layout_load(&l, name, (const char *[]){ shipped, own, NULL }, &faults) == HL_OK);
	return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct hl_layout *layouts[NAMES];
	static const struct hl_layout_fill fill[] = { { HL_F_CASE, "from-nic" }, { HL_F_EXPIRES, "36h" } };
	static const enum hl_field required[] = { HL_F_CASE };
	const struct hl_layout_run run = { .now_ms = INT64_C(1795428000000), .fill = fill, .n_fill = 2, .required = required, .n_required = n & 1 };
	struct seen seen = { 0 };
	const struct hl_layout_sink sink = { .arg = &seen, .entry = entry, .fault = fault, .skipped = skipped };
	struct hl_err err;
	if (!n)
		return 0;
	unsigned which = data[0] % NAMES;
	if (!layouts[which])
		layouts[which] = load(names[which]);
	int fd = memfd_create("list", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, data + 1, n - 1) == (ssize_t)(n - 1) && lseek(fd, 0, SEEK_SET) == 0);
	check(hl_layout_read(layouts[which], fd, &run, &sink, &err) == HL_OK);
	close(fd);
	return 0;
}
