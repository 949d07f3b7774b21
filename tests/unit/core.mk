# Tests of the room core.
check_PROGRAMS += tests/unit/test_match
TESTS += tests/unit/test_match
tests_unit_test_match_SOURCES = tests/unit/brute.c tests/unit/brute.h tests/unit/test_match.c
tests_unit_test_match_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_plate
TESTS += tests/unit/test_plate
tests_unit_test_plate_SOURCES = tests/unit/test_plate.c
tests_unit_test_plate_LDADD = $(core_libs) $(CHECK_LIBS)
