/* fuzz_layout.c: any bytes as a layout's YAML; one that is accepted then reads a small file. */
#include "config.h"

#include "base/file.h"
#include "format/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char list[] = "plate,state,note,expires\nAB1,CA,\"a, \"\"b\"\"\",2026-12-31\nV123456789LA057020020190509AB123456  CA2009MC2009YAMACYLMCBLK\n"
			   "0H;D0DG;x\ty\n\xe9\x85\n'q';'r\nDATE07/02/2018 09:00\nAB1     VYR/05 VMA/DODG VCO/YEL/BLK N/A\n"
			   "{\"plate\":\"AB1\",\"state\":\"Colorado\",\"a\":{\"b\":7}}\n[{\"plate\":\"AB2\"}]\nTOTAL RECORD 0000003\n";

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void entry(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t n)
{
	(void)arg;
	check(line && raw && n);
	for (int f = 0; f < HL_FIELDS; f++)
		check(strlen(e->f[f]) <= hl_fields[f].max);
}

static void fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t n)
{
	(void)arg;
	check(raw && n < sizeof list && f->expected[0]);
}

static void skipped(void *arg, unsigned line, const char *why)
{
	(void)arg;
	check(line && why[0]);
}

static void use(const struct hl_layout *l)
{
	static const struct hl_layout_run run = { .now_ms = INT64_C(1795428000000) };
	const struct hl_layout_sink sink = { .entry = entry, .fault = fault, .skipped = skipped };
	struct hl_err err;
	int fd = memfd_create("list", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, list, sizeof list - 1) == (ssize_t)sizeof list - 1 && lseek(fd, 0, SEEK_SET) == 0);
	check(hl_layout_read(l, fd, &run, &sink, &err) == HL_OK);
	close(fd);
	/* A list of objects begins with its bracket. */
	const struct hl_layout_run array = { .now_ms = run.now_ms, .text = strstr(list, "[{"), .text_n = strlen("[{\"plate\":\"AB2\"}]") };
	check(hl_layout_read(l, -1, &array, &sink, &err) == HL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* A layout is a file: it stands in memory and is reached through /proc. */
	char link[64], dir[] = "/tmp/hl-fuzz-XXXXXX", path[100];
	const char *dirs[] = { dir, NULL };
	struct hl_faults faults = { 0 };
	struct hl_layout *l = NULL;
	int fd = memfd_create("layout", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, data, n) == (ssize_t)n && mkdtemp(dir));
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	snprintf(path, sizeof path, "%s/x.yaml", dir);
	check(!symlink(link, path));
	enum hl_code code = hl_layout_load(&l, "x", dirs, &faults);
	check((code == HL_OK) == (l != NULL) && (code == HL_OK) == (faults.errors == 0));
	if (l)
		use(l);
	hl_layout_free(&l);
	unlink(path);
	rmdir(dir);
	close(fd);
	return 0;
}
