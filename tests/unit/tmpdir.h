/* tmpdir.h: a folder for one test, under TMPDIR, removed at its end. */
#ifndef HL_TESTS_TMPDIR_H
#define HL_TESTS_TMPDIR_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

static char tmp_dir[256];

static inline const char *tmp_make(void)
{
	const char *root = getenv("TMPDIR");
	snprintf(tmp_dir, sizeof tmp_dir, "%s/hl-test-XXXXXX", root && *root ? root : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(tmp_dir));
	return tmp_dir;
}

/* A path below the folder, in one of eight buffers taken in turn. */
static inline const char *tmp_path(const char *name)
{
	static char path[8][HL_PATH_MAX];
	static unsigned turn;
	char *p = path[turn++ % 8];
	ck_assert_int_eq(hl_path_join(p, HL_PATH_MAX, tmp_dir, name, NULL), HL_OK);
	return p;
}

static inline void tmp_remove(void)
{
	struct hl_err err;
	enum hl_code code = hl_file_remove_tree(tmp_dir, &err);
	ck_assert_msg(!code, "%s", err.text);
}

#endif
