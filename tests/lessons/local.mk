# Tests: one a failure that this software exists to prevent.
lesson_sources = tests/lessons/lesson.h tests/fixture/engine_fixture.c tests/unit/catalog_fixture.h $(golden_sources)
EXTRA_DIST += tests/fixture/engine_fixture.h
check_PROGRAMS += tests/lessons/test_aurora
TESTS += tests/lessons/test_aurora
tests_lessons_test_aurora_SOURCES = tests/lessons/test_aurora.c $(lesson_sources)
tests_lessons_test_aurora_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_aurora_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/lessons/test_colorado
TESTS += tests/lessons/test_colorado
tests_lessons_test_colorado_SOURCES = tests/lessons/test_colorado.c $(lesson_sources)
tests_lessons_test_colorado_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_colorado_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/lessons/test_crumb
TESTS += tests/lessons/test_crumb
tests_lessons_test_crumb_SOURCES = tests/lessons/test_crumb.c $(lesson_sources)
tests_lessons_test_crumb_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_crumb_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/lessons/test_green
TESTS += tests/lessons/test_green
tests_lessons_test_green_SOURCES = tests/lessons/test_green.c $(lesson_sources)
tests_lessons_test_green_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_green_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/lessons/test_hofer
TESTS += tests/lessons/test_hofer
tests_lessons_test_hofer_SOURCES = tests/lessons/test_hofer.c $(lesson_sources)
tests_lessons_test_hofer_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_hofer_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/lessons/test_lists
TESTS += tests/lessons/test_lists
tests_lessons_test_lists_SOURCES = tests/lessons/test_lists.c
tests_lessons_test_lists_CPPFLAGS = $(golden_cppflags)
tests_lessons_test_lists_LDADD = $(engine_libs) $(unit_ldadd)
EXTRA_DIST += tests/lessons/test_told.py
if ENABLE_TEST_HOOKS
TESTS += tests/lessons/test_told.py
endif
