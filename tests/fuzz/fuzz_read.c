/* fuzz_read.c: any bytes through the walk and the native decoder; what is accepted keeps its promises. */
#include "base/text.h"
#include "format/reads.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void see(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	(void)arg;
	check(line && line_no && !r == !!err);
	if (!r) {
		check(err->line >= line_no && err->text[0]);
		return;
	}
	check(n <= HL_READ_OBJECT_MAX);
	check(hl_text_is_name(r->camera, strlen(r->camera), HL_READ_NAME - 1));
	check(r->id[0] && r->plate_text[0] && r->plate.len <= HL_PLATE_MAX);
	check(hl_text_utf8(r->plate_text, strlen(r->plate_text)) && hl_text_utf8(r->site, strlen(r->site)));
	check(r->confidence <= 1 && r->n_candidates <= HL_CANDIDATES_MAX && r->n_slots <= HL_SLOTS_MAX);
	check(!r->has_position || (r->lat >= -90 && r->lat <= 90 && r->lon >= -180 && r->lon <= 180));
	for (unsigned i = 0; i < r->n_slots; i++)
		check(r->slot[i].n && r->slot[i].n <= HL_SLOT_SYMBOLS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	hl_reads_walk(hl_read_format_find("native"), (const char *)data, n, INT64_C(1795428001000), see, NULL);
	return 0;
}
