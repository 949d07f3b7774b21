# Tests of the room format.
format_libs = libhl_format.a $(core_libs) $(JANSSON_LIBS)
check_PROGRAMS += tests/unit/test_labelled
TESTS += tests/unit/test_labelled
tests_unit_test_labelled_SOURCES = tests/unit/test_labelled.c
tests_unit_test_labelled_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_reads
TESTS += tests/unit/test_reads
tests_unit_test_reads_SOURCES = tests/unit/test_reads.c
tests_unit_test_reads_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_reads_walk
TESTS += tests/unit/test_reads_walk
tests_unit_test_reads_walk_SOURCES = tests/unit/test_reads_walk.c
tests_unit_test_reads_walk_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_scan
TESTS += tests/unit/test_scan
tests_unit_test_scan_SOURCES = tests/unit/same_read.h tests/unit/test_scan.c
tests_unit_test_scan_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_alert_json
TESTS += tests/unit/test_alert_json
tests_unit_test_alert_json_SOURCES = tests/unit/test_alert_json.c
tests_unit_test_alert_json_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_layout
TESTS += tests/unit/test_layout
tests_unit_test_layout_SOURCES = tests/unit/layout_runner.c tests/unit/layout_runner.h tests/unit/test_layout.c
tests_unit_test_layout_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_layout_load
TESTS += tests/unit/test_layout_load
tests_unit_test_layout_load_SOURCES = tests/unit/layout_runner.c tests/unit/layout_runner.h tests/unit/test_layout_load.c
tests_unit_test_layout_load_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_layout_marks
TESTS += tests/unit/test_layout_marks
tests_unit_test_layout_marks_SOURCES = tests/unit/layout_runner.c tests/unit/layout_runner.h tests/unit/test_layout_marks.c
tests_unit_test_layout_marks_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_layout_shapes
TESTS += tests/unit/test_layout_shapes
tests_unit_test_layout_shapes_SOURCES = tests/unit/layout_runner.c tests/unit/layout_runner.h tests/unit/test_layout_shapes.c
tests_unit_test_layout_shapes_LDADD = $(format_libs) $(unit_ldadd)
EXTRA_DIST += \
	tests/data/lists/csv-bad.csv tests/data/lists/csv-bad.csv.golden \
	tests/data/lists/csv-good.csv tests/data/lists/csv-good.csv.golden \
	tests/data/lists/ncic-bad.txt tests/data/lists/ncic-bad.txt.golden \
	tests/data/lists/ncic.txt tests/data/lists/ncic.txt.golden \
	tests/data/lists/plates.txt tests/data/lists/plates.txt.golden
