/* import_run.h: imports from a text, for tests. */
#ifndef HL_TESTS_IMPORT_RUN_H
#define HL_TESTS_IMPORT_RUN_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/import.h"
#include "tmpdir.h"

#define IMPORT_NOW INT64_C(1795428000000) /* 2026-11-23T10:00:00Z */

static inline int text_fd(const void *text, size_t n)
{
	int fd = open(tmp_path("input"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline const char *const *layout_dirs(void)
{
	static char dir[HL_PATH_MAX];
	static const char *const dirs[] = { dir, NULL };
	const char *top = getenv("srcdir");
	snprintf(dir, sizeof dir, "%s/hotlists/layouts", top ? top : ".");
	return dirs;
}

static inline struct hl_import import_of(const char *list, const char *layout, const char *text)
{
	return (struct hl_import){ .list = list, .layout = layout, .source = "list.csv", .by = "smith", .fd = text_fd(text, strlen(text)),
				   .now_ms = IMPORT_NOW, .layout_dirs = layout_dirs() };
}

#endif
