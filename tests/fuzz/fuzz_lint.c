/* fuzz_lint.c: any bytes as a list file, by one of a few layouts that its first byte chooses, through the whole lint: whatever comes, the counts add up, every line of the report
 * says how grave it is, and no file that is refused whole has a version.
 */
#include "config.h"

#include "engine/import.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static const char yaml[] = "state: /nowhere\nrules: r.yaml\nlists:\n  strict: {agency: M, categories: [stolen, felony], longest: {stolen: 30d, \"*\": 1y}, max_entries: 3, max_age: 1h,\n"
			   "    accept_plates: [NONE], fill: {reason: from-category, case: none, state: CA, expires: 36h}}\n";

static void check_report(const struct hl_import_report *r)
{
	int64_t told = 0, warnings = 0;
	check(r->lines == r->entries + r->rejected + r->skipped);
	check(r->duplicates + r->junk <= r->rejected && r->copies <= r->duplicates && r->partial <= r->entries);
	for (const char *p = hl_buf_text(&r->faults); *p; p = strchr(p, '\n') + 1) {
		const char *end = strchr(p, '\n');
		check(end && end - p > 30 && end[-1] == '}');
		warnings += !strncmp(end - 21, "\"severity\":\"warning\"}", 21);
		told++;
	}
	check(r->untold || (warnings == r->warnings && told >= r->rejected + r->warnings));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const layouts[] = { "csv", "plates", "ncic-fixed", "clew", "csv-o0" };
	static struct hl_settings *s;
	struct hl_faults faults = { 0 };
	struct hl_import_report r;
	struct hl_err err;
	if (!s)
		check(hl_settings_parse(&s, "/nowhere/hotlistd.yaml", yaml, sizeof yaml - 1, &faults) == HL_OK);
	if (!n)
		return 0;
	struct hl_import in = { .list = data[0] & 8 ? "strict" : "other", .layout = layouts[data[0] % 5], .source = "list", .by = "smith",
				.fd = memfd_create("list", MFD_CLOEXEC), .now_ms = INT64_C(1795428000000) };
	check(in.fd >= 0 && write(in.fd, data + 1, n - 1) == (ssize_t)(n - 1) && lseek(in.fd, 0, SEEK_SET) == 0);
	enum hl_code code = hl_import_lint(s, &in, &r, &err);
	check(code == HL_OK || code == HL_E_INPUT);
	check(code != HL_OK || (r.entries && !r.rejected && !r.file.bad));
	check_report(&r);
	hl_import_report_fini(&r);
	close(in.fd);
	return 0;
}
