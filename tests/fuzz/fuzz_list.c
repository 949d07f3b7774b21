/* fuzz_list.c: any bytes as a hotlist file through each shipped layout and through two that use the rest of the schema; its name in the first line, or the first byte, chooses. Entries keep their bounds, and
 * every line ends in exactly one call. Run from the top of the source tree, or with srcdir set.
 */
#include "config.h"

#include "base/text.h"
#include "format/layout.h"
#include "format/layout_fit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LAYOUTS = 64 };

static struct {
	char name[64];
	struct hl_layout *l;
	bool shares; /* several records may stand in one line */
} layouts[LAYOUTS];
static size_t n_layouts;

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

struct seen {
	unsigned last;
	bool shares, whole;
	int64_t entries;
};

static void line_is_new(struct seen *s, unsigned line)
{
	check(s->shares ? line >= s->last : line > s->last);
	s->last = line;
}

static void entry(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t n)
{
	struct seen *s = arg;
	line_is_new(s, line);
	s->entries++;
	check(raw && n && n <= 65536 && !memchr(raw, 0, n));
	check(e->pattern.len && e->f[HL_F_PLATE][0] && e->priority >= 0 && e->priority <= 9);
	for (int f = 0; f < HL_FIELDS; f++)
		check(strlen(e->f[f]) <= hl_fields[f].max && hl_text_utf8(e->f[f], strlen(e->f[f])));
}

static void fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t n)
{
	struct seen *s = arg;
	check(raw && n <= 65536 && f->expected[0] && hl_text_utf8(f->found, strlen(f->found)));
	s->whole = s->whole || f->whole;
	if (f->line)
		line_is_new(s, f->line);
}

static void skipped(void *arg, unsigned line, const char *why)
{
	line_is_new(arg, line);
	check(why[0]);
}

/* All layouts of a folder. */
static void load_all(const char *folder)
{
	const char *top = getenv("srcdir");
	char dir[400], pattern[500];
	glob_t g;
	snprintf(dir, sizeof dir, "%s/%s", top ? top : ".", folder);
	snprintf(pattern, sizeof pattern, "%s/*.yaml", dir);
	check(!glob(pattern, 0, NULL, &g) && n_layouts + g.gl_pathc <= LAYOUTS);
	for (size_t i = 0; i < g.gl_pathc; i++, n_layouts++) {
		struct hl_faults faults = { 0 };
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;
		hl_copy_n(layouts[n_layouts].name, sizeof layouts[0].name, name, strcspn(name, "."));
		check(hl_layout_load(&layouts[n_layouts].l, layouts[n_layouts].name, (const char *[]){ dir, NULL }, &faults) == HL_OK);
		layouts[n_layouts].shares = !strcmp(hl_layout_shape(layouts[n_layouts].l), "json");
	}
	globfree(&g);
}

/* By the name in the first line, else by the first byte; *used bytes name it. */
static size_t choose(const uint8_t *data, size_t n, size_t *used)
{
	const uint8_t *nl = memchr(data, '\n', n < sizeof layouts[0].name ? n : sizeof layouts[0].name);
	for (size_t i = 0; nl && i < n_layouts; i++)
		if (strlen(layouts[i].name) == (size_t)(nl - data) && !memcmp(layouts[i].name, data, (size_t)(nl - data))) {
			*used = (size_t)(nl - data) + 1;
			return i;
		}
	*used = 1;
	return data[0] % n_layouts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct hl_layout_fill fill[] = { { HL_F_CASE, "from-nic" }, { HL_F_EXPIRES, "36h" } };
	static const enum hl_field required[] = { HL_F_CASE };
	const struct hl_layout_run run = { .now_ms = INT64_C(1795428000000), .fill = fill, .n_fill = 2, .required = required, .n_required = n & 1 };
	struct seen seen = { 0 };
	struct hl_layout_result file;
	struct hl_layout_fit fit;
	const struct hl_layout_sink sink = { .arg = &seen, .entry = entry, .fault = fault, .skipped = skipped, .result = &file };
	struct hl_err err;
	size_t used;
	if (!n)
		return 0;
	if (!n_layouts) {
		load_all("hotlists/layouts");
		load_all("tests/fuzz/corpus/layout");
	}
	size_t which = choose(data, n, &used);
	seen.shares = layouts[which].shares;
	int fd = memfd_create("list", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, data + used, n - used) == (ssize_t)(n - used) && lseek(fd, 0, SEEK_SET) == 0);
	check(hl_layout_read(layouts[which].l, fd, &run, &sink, &err) == HL_OK);
	check(file.bad == seen.whole && file.why.whole == file.bad && seen.entries <= (int64_t)n);
	check(file.promised < 0 || file.bad || file.promised == file.counted);
	close(fd);
	/* From memory the same file is the same. */
	hl_layout_fit(layouts[which].l, (const char *)data + used, n - used, run.now_ms, &fit);
	check(n & 1 || fit.good >= seen.entries);
	return 0;
}
