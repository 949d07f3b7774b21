/* list_file.c: see list_file.h. */
#include "ctl/list_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "engine/import.h"

/* NAME=FILE[:LAYOUT] taken apart. The layout is what stands behind the last colon, if that is a name. */
static bool split_list(const char *text, char *name, size_t name_n, char *file, size_t file_n, char *layout, size_t layout_n)
{
	const char *eq = strchr(text, '=');
	if (!eq || eq == text || !eq[1])
		return false;
	const char *colon = strrchr(eq, ':');
	if (colon && (strchr(colon, '/') || !colon[1]))
		colon = NULL;
	hl_copy(layout, layout_n, colon ? colon + 1 : "csv");
	return hl_copy_n(name, name_n, text, (size_t)(eq - text)) && hl_copy_n(file, file_n, eq + 1, colon ? (size_t)(colon - eq - 1) : strlen(eq + 1));
}

enum hl_code hl_ctl_load_list(const char *text, const char *const *layouts, struct hl_catalog_source *src, char name[HL_NAME], struct hl_err *err)
{
	char file[HL_PATH_MAX], layout[HL_NAME];
	if (!split_list(text, name, HL_NAME, file, sizeof file, layout, sizeof layout))
		return hl_err_set(err, HL_E_USAGE, "--list wants NAME=FILE[:LAYOUT], found '%s'", text);
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_import in = { .list = name, .layout = layout, .source = file, .by = "", .now_ms = hl_clock_real_ms(), .crew = &crew,
				.layout_dirs = layouts };
	in.fd = open(file, O_RDONLY | O_CLOEXEC);
	if (in.fd < 0)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", file, strerror(errno));
	struct hl_import_report report = { 0 };
	*src = (struct hl_catalog_source){ .name = name };
	enum hl_code rc = hl_import_snapshot(&in, &src->snapshot, &report, err);
	close(in.fd);
	hl_ctl_faults(&report.layout_faults);
	if (!rc && report.rejected)
		fprintf(stderr, "%s: %lld of %lld lines are bad and were left out:\n%s", file, (long long)report.rejected, (long long)report.lines,
			hl_buf_text(&report.text));
	if (!rc && report.untold)
		fprintf(stderr, "... and %lld more\n", (long long)report.untold);
	src->version = report.version;
	hl_copy(src->version.list, sizeof src->version.list, name);
	hl_import_report_fini(&report);
	return rc;
}
