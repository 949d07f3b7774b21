/* Where the files that come with the program are found. */
#include "base/data.h"

#include <stdlib.h>
#include <string.h>

#include "tmpdir.h"
#include "unit.h"

START_TEST(the_environment_names_the_folder)
{
	char path[HL_PATH_MAX], want[HL_PATH_MAX];
	struct hl_err err = { 0 };
	tmp_make();
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("x.yaml"), "a", 1, 0600, &err), HL_OK);
	hl_path_join(want, sizeof want, tmp_dir, "x.yaml", &err);
	setenv("HOTLISTD_DATA", tmp_dir, 1);
	ck_assert(hl_data_find(path, sizeof path, "x.yaml"));
	ck_assert_str_eq(path, want);
	ck_assert(!hl_data_find(path, sizeof path, "y.yaml"));
	ck_assert(!hl_data_find(path, 5, "x.yaml")); /* too small a room */
	setenv("HOTLISTD_DATA", "/nonexistent", 1);
	ck_assert(!hl_data_find(path, sizeof path, "x.yaml")); /* and nowhere else */
	ck_assert_int_eq(hl_file_remove_tree(tmp_dir, &err), HL_OK);
}
END_TEST

START_TEST(what_is_nowhere_is_not_found)
{
	char path[HL_PATH_MAX];
	unsetenv("HOTLISTD_DATA");
	ck_assert(!hl_data_find(path, sizeof path, "no/such/file"));
}
END_TEST

UNIT_MAIN("data", the_environment_names_the_folder, what_is_nowhere_is_not_found)
